#include "generate.h"
#include "record/cbor.h"
#include "record/fields.h"

static const uint8_t salt[16] = {1}, other_salt[16] = {2};

/* A report about `subject` as it stands on the log: decoded, with nothing disclosed. */
struct report {
	struct redactable subject, reporter;
	struct record record;
};

static bool make_report(struct arena *arena, const char *subject, struct report *out)
{
	union record_body body = {.report = {.allegation = "x"}};
	struct secret_key key;
	struct bytes bytes;
	struct err e = {0};
	uint8_t seed[KEY_SEED] = {1};
	bool ok =
	    key_library_start(&e) && key_make(KEY_ED25519, "k", seed, &key, &e) &&
	    redactable_make(arena, KIND_REPORT, "subject", subject, salt, &out->subject) &&
	    redactable_make(arena, KIND_REPORT, "reporter", "lab", other_salt, &out->reporter);
	body.report.subject = out->subject;
	body.report.reporter = out->reporter;
	ok = ok && record_sign(arena, KIND_REPORT, &body, "log", 0, &key, &bytes, &e) &&
	     record_decode(arena, bytes, &out->record, &e);
	CHECK(ok, "%s", e.text);
	return ok;
}

static void nothing_is_in_clear_until_it_is_disclosed(void)
{
	owned_arena arena = {0};
	struct report report;
	struct err e = {0};
	static const char subject[] = "tel:+15550100";
	if (!make_report(&arena, subject, &report))
		return;
	struct report_body *body = &report.record.body.report;
	CHECK(memmem(report.record.bytes.at, report.record.bytes.len, subject, strlen(subject)) ==
	          NULL,
	      "the subject is in the record");
	CHECK(body->subject.value == NULL && body->subject.disclosure.len == 0, "disclosed");
	struct hash digest = sha256(report.subject.disclosure);
	CHECK(hash_equal(&digest, &body->subject.digest),
	      "the digest is not that of the disclosure");
	CHECK(record_disclose(&arena, &report.record, report.subject.disclosure, &e), "%s", e.text);
	CHECK(body->subject.value != NULL && strcmp(body->subject.value, subject) == 0, "no value");
	CHECK(bytes_equal(body->subject.disclosure, report.subject.disclosure), "no disclosure");
	CHECK(body->reporter.value == NULL, "the reporter is disclosed with the subject");
	CHECK(record_disclose(&arena, &report.record, report.reporter.disclosure, &e), "%s",
	      e.text);
	CHECK(strcmp(body->reporter.value, "lab") == 0, "%s", body->reporter.value);
}

static void a_disclosure_reads_as_it_is_written(void)
{
	owned_arena arena = {0};
	struct redactable r;
	CHECK(redactable_make(&arena, KIND_REPORT, "subject", "x", salt, &r), "not made");
	const char *text = cbor_diagnostic(&arena, r.disclosure);
	CHECK(strcmp(text,
	             "[h'01000000000000000000000000000000', \"report\", \"subject\", \"x\"]") == 0,
	      "%s", text);
}

static void one_value_twice_has_two_digests(void)
{
	owned_arena arena = {0};
	struct redactable a, b, again;
	CHECK(redactable_make(&arena, KIND_REPORT, "subject", "yes", salt, &a) &&
	          redactable_make(&arena, KIND_REPORT, "subject", "yes", other_salt, &b) &&
	          redactable_make(&arena, KIND_REPORT, "subject", "yes", salt, &again),
	      "not made");
	CHECK(!hash_equal(&a.digest, &b.digest), "the digest tells the value");
	CHECK(hash_equal(&a.digest, &again.digest), "the digest is not of salt and value alone");
}

static void values_that_no_text_may_have_are_not_made(void)
{
	owned_arena arena = {0};
	struct redactable r;
	CHECK(!redactable_make(&arena, KIND_REPORT, "subject", "", salt, &r), "empty");
	CHECK(!redactable_make(&arena, KIND_REPORT, "subject", "a\x07", salt, &r), "BEL");
}

static struct bytes disclosure(struct arena *arena, size_t salt_len, const char *kind,
                               const char *path, const char *value)
{
	struct buffer b = {.arena = arena};
	cbor_array(&b, 4);
	cbor_bytes(&b, bytes_of(salt, salt_len));
	cbor_text(&b, kind);
	cbor_text(&b, path);
	cbor_text(&b, value);
	return buffer_view(&b);
}

static void check_refused(struct record *record, struct bytes bytes, const char *name)
{
	owned_arena arena = {0};
	struct err e = {0};
	CHECK(!record_disclose(&arena, record, bytes, &e), "%s is taken", name);
	CHECK(e.rule != NULL && strcmp(e.rule, "record.disclosure") == 0 && e.kind == ERR_INPUT,
	      "%s: %s", name, e.text);
	CHECK(record->body.report.subject.value == NULL, "%s leaves a value", name);
}

static void a_disclosure_fits_one_field_of_one_record(void)
{
	owned_arena arena = {0};
	struct report report, other;
	if (!make_report(&arena, "x", &report) || !make_report(&arena, "y", &other))
		return;
	struct record *r = &report.record;
	check_refused(r, other.subject.disclosure, "another record's");
	check_refused(r, disclosure(&arena, 16, "report", "subject", "z"), "another value's");
	check_refused(r, disclosure(&arena, 16, "finding", "subject", "x"), "another kind's");
	check_refused(r, disclosure(&arena, 16, "report", "reporter", "x"), "another field's");
	check_refused(r, disclosure(&arena, 16, "report", "allegation", "x"), "an open field's");
	check_refused(r, disclosure(&arena, 16, "report", "witness", "x"), "no field's");
	check_refused(r, disclosure(&arena, 15, "report", "subject", "x"), "one of a short salt");
	check_refused(r, disclosure(&arena, 16, "report", "subject", ""), "an empty one");
	check_refused(r, bytes_text("\x83\x00\x00\x00"), "one of three parts");
	check_refused(r, bytes_text("a"), "one that is a number");
	check_refused(r, (struct bytes){0}, "nothing");
	struct bytes good = report.subject.disclosure;
	for (size_t i = 0; i < good.len; i++) {
		uint8_t *changed = arena_alloc(&arena, good.len + 1);
		memcpy(changed, good.at, good.len);
		changed[i] ^= 1;
		check_refused(r, bytes_of(changed, good.len), "a changed one");
		check_refused(r, bytes_of(good.at, i), "one cut short");
	}
}

/* --- Paths ----------------------------------------------------------------------------- */

struct note {
	struct redactable text;
};

struct file {
	const char *name;
	struct note note;
	struct list notes; /* struct note */
	struct list tags;
	bool has_owner;
	struct redactable owner;
};

static const struct field note_fields[] = {
    {1, "text", FIELD_REDACTABLE, offsetof(struct note, text)},
    {.type = FIELD_END},
};

static const struct field file_fields[] = {
    {1, "name", FIELD_TEXT, offsetof(struct file, name)},
    {2, "note", FIELD_STRUCT, offsetof(struct file, note), .fields = note_fields,
     .size = sizeof(struct note)},
    {3, "notes", FIELD_LIST, offsetof(struct file, notes), .element = FIELD_STRUCT,
     .fields = note_fields, .size = sizeof(struct note)},
    {4, "tags", FIELD_LIST, offsetof(struct file, tags), .element = FIELD_TEXT,
     .size = sizeof(const char *)},
    {5, "owner", FIELD_REDACTABLE, offsetof(struct file, owner), .optional = true,
     .present = offsetof(struct file, has_owner)},
    {.type = FIELD_END},
};

static void collect(void *ctx, const char *path, struct redactable *r)
{
	buffer_printf(ctx, "%s=%s ", path, r->value);
}

static void confidential_fields_are_found_by_their_path(void)
{
	owned_arena arena = {0};
	const char *tags[] = {"t"};
	struct note notes[] = {{{.value = "b"}}, {{.value = "c"}}};
	struct buffer found = {.arena = &arena};
	struct file file = {.name = "n",
	                    .note = {{.value = "a"}},
	                    .notes = {notes, 2},
	                    .tags = {tags, 1},
	                    .owner = {.value = "d"}};
	fields_redactables(file_fields, &file, collect, &found);
	CHECK(strcmp(buffer_cstr(&found), "note.text=a notes.0.text=b notes.1.text=c ") == 0, "%s",
	      buffer_cstr(&found));
	file.has_owner = true;
	found.len = 0;
	fields_redactables(file_fields, &file, collect, &found);
	CHECK(strstr(buffer_cstr(&found), " owner=d ") != NULL, "%s", buffer_cstr(&found));
}

/* --- Guessing ----------------------------------------------------------------------------------
 */

enum { DAYS = 12 * 31 * 30 };

/* Every value that a country or a day of thirty years can have, as a guesser writes them down. */
static size_t dictionary(struct arena *arena, const char **out)
{
	size_t count = 0;
	for (char a = 'A'; a <= 'Z'; a++)
		for (char b = 'A'; b <= 'Z'; b++)
			out[count++] = arena_printf(arena, "%c%c", a, b);
	for (int day = 0; day < DAYS; day++)
		out[count++] = arena_printf(arena, "%04d-%02d-%02d", 1996 + day / 372,
		                            1 + day % 372 / 31, 1 + day % 31);
	return count;
}

/* How many of the words, salted with `guess`, have the digest. */
static size_t found_by(const char *const words[], size_t count, const uint8_t guess[16],
                       const struct hash *digest)
{
	size_t found = 0;
	for (size_t i = 0; i < count; i++) {
		owned_arena arena = {0};
		struct redactable r;
		if (redactable_make(&arena, KIND_REPORT, "subject", words[i], guess, &r))
			found += hash_equal(&r.digest, digest);
	}
	return found;
}

/*
 * A value of few possibilities is not found by trying them all, with salts that a guesser has:
 * none, the digest itself, that of another field. With the field's own salt, which is 128 bits that
 * only its disclosure holds, it is found: so the trying is a fair one.
 */
static void a_country_or_a_date_is_not_guessed_from_its_digest(void)
{
	static const char *const secrets[] = {"XR", "IL", "1999-12-31", "2025-02-03"};
	owned_arena arena = {0};
	const char **words = arena_array(&arena, 26 * 26 + DAYS, sizeof *words);
	size_t count = dictionary(&arena, words);
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
		uint8_t own[16], other[16], none[16] = {0};
		for (size_t k = 0; k < sizeof own; k++) {
			own[k] = (uint8_t)(200 + 13 * k + i);
			other[k] = (uint8_t)(17 + 7 * k + i);
		}
		struct redactable field;
		CHECK(redactable_make(&arena, KIND_REPORT, "subject", secrets[i], own, &field),
		      "make");
		CHECK(found_by(words, count, own, &field.digest) == 1,
		      "%s is not in the dictionary", secrets[i]);
		CHECK(found_by(words, count, none, &field.digest) == 0, "%s: without a salt",
		      secrets[i]);
		CHECK(found_by(words, count, other, &field.digest) == 0, "%s: another's salt",
		      secrets[i]);
		CHECK(found_by(words, count, field.digest.at, &field.digest) == 0, "%s: its digest",
		      secrets[i]);
		for (size_t w = 0; w < count; w++) {
			struct hash plain = sha256(bytes_text(words[w]));
			CHECK(!hash_equal(&plain, &field.digest), "%s: unsalted", secrets[i]);
		}
		/* Each bit of the salt counts. */
		for (unsigned bit = 0; bit < 128; bit++) {
			struct redactable near;
			uint8_t flipped[16];
			memcpy(flipped, own, sizeof own);
			flipped[bit / 8] ^= (uint8_t)(1u << bit % 8);
			CHECK(redactable_make(&arena, KIND_REPORT, "subject", secrets[i], flipped,
			                      &near) &&
			          !hash_equal(&near.digest, &field.digest),
			      "bit %u", bit);
		}
	}
}

TEST_MAIN(TEST(a_country_or_a_date_is_not_guessed_from_its_digest),
          TEST(nothing_is_in_clear_until_it_is_disclosed),
          TEST(a_disclosure_reads_as_it_is_written), TEST(one_value_twice_has_two_digests),
          TEST(values_that_no_text_may_have_are_not_made),
          TEST(a_disclosure_fits_one_field_of_one_record),
          TEST(confidential_fields_are_found_by_their_path))
