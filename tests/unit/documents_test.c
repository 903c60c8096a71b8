/* Documents: any record becomes pages, and comes out of them as it went in. */
#include "documents/documents.h"

#include "documents/messages.h"
#include "generate.h"
#include "log/proof.h"
#include "record/fields.h"
#include "test.h"

/* fontconfig keeps its configuration to the end of the process, and says so. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

static const char proof_text[] = "c2sp.org/tlog-proof@v1\nindex 7\n\nexample.org\n8\n"
                                 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

static struct typesetter *typesetter(void)
{
	static struct typesetter *one;
	struct err e = {0};
	if (one == NULL && (one = typesetter_new(&e)) == NULL)
		printf("# %s\n", e.text);
	return one;
}

static struct secret_key signer(void)
{
	static const uint8_t seed[KEY_SEED] = {7};
	struct secret_key key;
	struct err e = {0};
	if (!key_library_start(&e) || !key_make(KEY_ED25519, "ada", seed, &key, &e))
		abort();
	return key;
}

static bool record_of(struct arena *arena, enum record_kind kind, const union record_body *body,
                      struct record *out, struct err *e)
{
	struct secret_key key = signer();
	struct bytes bytes;
	bool ok =
	    record_kind(kind)->is_signed
	        ? record_sign(arena, kind, body, "licensing.example.org", 1767225600, &key, &bytes,
	                      e)
	        : record_entry(arena, kind, body, "licensing.example.org", 1767225600, &bytes, e);
	return ok && record_decode(arena, bytes, out, e);
}

static bool make(struct arena *arena, const struct record *record, const char *language,
                 struct bytes *pdf, struct err *e)
{
	struct document d = {
	    .record = record, .index = 7, .language = language, .url = "https://example.org/a"};
	return document_make(typesetter(), arena, &d, bytes_text(proof_text), pdf, e);
}

static void check_comes_back(struct arena *arena, const struct record *record, struct bytes pdf,
                             const char *language)
{
	struct carried carried;
	struct err e = {0};
	CHECK(document_record(arena, pdf, &carried, &e), "%s", e.text);
	if (e.kind != ERR_NONE)
		return;
	CHECK(bytes_equal(carried.record, record->bytes), "another record");
	CHECK(bytes_equal(carried.proof, bytes_text(proof_text)), "another proof");
	CHECK(carried.is_as_written, "taken for changed");
	CHECK(strcmp(carried.language, language) == 0, "%s", carried.language);
	CHECK(strcmp(carried.url, "https://example.org/a") == 0, "%s", carried.url);
	struct bytes again;
	struct document d = {
	    .record = record, .index = 7, .language = carried.language, .url = carried.url};
	CHECK(document_pages(typesetter(), arena, &d, &again, &e) &&
	          bytes_equal(again, carried.pages),
	      "set again, the pages are others %s", e.text);
}

static void every_kind_is_set_in_every_language_and_comes_back(void)
{
	struct generator g = {.state = test_seed()};
	for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
		for (unsigned l = 0; l < MESSAGE_LANGUAGES; l++) {
			owned_arena arena = {0};
			union record_body body;
			struct record record;
			struct bytes pdf;
			struct err e = {0};
			g.arena = &arena;
			generate_body(&g, kind, &body);
			if (!record_of(&arena, kind, &body, &record, &e))
				continue; /* larger than an entry may be */
			CHECK(make(&arena, &record, message_languages[l], &pdf, &e), "%s: %s",
			      record_kind(kind)->name, e.text);
			if (e.kind == ERR_NONE)
				check_comes_back(&arena, &record, pdf, message_languages[l]);
		}
	}
}

/* --- Words ----------------------------------------------------------------------------------- */

static void check_words(const char *group, const char *name)
{
	char key[128];
	snprintf(key, sizeof key, "%s.%s", group, name);
	for (unsigned l = 0; l < MESSAGE_LANGUAGES; l++) {
		const char *words = message((enum message_language)l, key);
		CHECK(words != NULL && *words != 0, "%s has no words in %s", key,
		      message_languages[l]);
	}
}

static void check_fields(const struct field *f)
{
	for (; f->type != FIELD_END; f++) {
		check_words("field", f->name);
		for (size_t i = 0; f->type == FIELD_CHOICE && f->words[i] != NULL; i++)
			check_words("choice", f->words[i]);
		if (f->fields != NULL)
			check_fields(f->fields);
	}
}

static void all_that_tables_name_has_words_in_every_language(void)
{
	for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
		check_words("kind", record_kind(kind)->name);
		check_fields(record_kind(kind)->fields);
	}
	for (unsigned d = 0; d < SCOPE_DIMENSIONS; d++)
		check_words("scope", scope_dimension_name(d));
}

/* --- Hostile text ----------------------------------------------------------------------------- */

static const char *repeated(struct arena *arena, const char *piece, size_t bytes)
{
	struct buffer b = {.arena = arena};
	while (b.len + strlen(piece) <= bytes)
		buffer_text(&b, piece);
	return buffer_cstr(&b);
}

static void text_of_every_kind_is_set(void)
{
	static const char *const pieces[] = {
	    "x",
	    "a\xCC\x81\xCC\x82\xCC\x83\xE2\x83\x9D", /* marks upon marks */
	    "\xD7\xA9\xD6\xB8\xD7\x81",
	    "\xD9\x84\xD8\xA7 ",
	    "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB",
	    "漢字",
	    "\xE2\x80\x8F\xE2\x80\x8E",
	    "\n",
	    "\xEF\xBF\xBF",
	    "\xF4\x8F\xBF\xBF",
	    "(\\)",
	    "%PDF-1.4 endstream endobj ",
	    "\xE0\xA4\x95\xE0\xA5\x8D\xE0\xA4\xB7 ",
	    "/ProvisoProof <",
	    "<< >> ",
	};
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		owned_arena arena = {0};
		union record_body body = {
		    .surrender = {.reason = repeated(&arena, pieces[i], FIELD_TEXT_MAX)}};
		struct record record;
		struct bytes pdf;
		struct err e = {0};
		CHECK(record_of(&arena, KIND_SURRENDER, &body, &record, &e), "%s", e.text);
		CHECK(make(&arena, &record, i % 2 == 0 ? "en" : "ar", &pdf, &e), "%s", e.text);
		if (e.kind == ERR_NONE)
			check_comes_back(&arena, &record, pdf, i % 2 == 0 ? "en" : "ar");
	}
}

static void the_largest_record_is_set(void)
{
	owned_arena arena = {0};
	const char *texts[15];
	struct record record;
	struct bytes pdf;
	struct err e = {0};
	for (size_t i = 0; i < 15; i++)
		texts[i] = repeated(
		    &arena, i % 2 == 0 ? "lorem ipsum dolor " : "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D ",
		    FIELD_TEXT_MAX);
	union record_body body = {
	    .decision = {.outcome = DECISION_APPROVE, .reasons = "Long.", .provisos = {texts, 15}}};
	CHECK(record_of(&arena, KIND_DECISION, &body, &record, &e), "%s", e.text);
	CHECK(make(&arena, &record, "he", &pdf, &e), "%s", e.text);
	check_comes_back(&arena, &record, pdf, "he");
}

static void an_address_or_language_that_is_none_is_refused(void)
{
	static const char *const addresses[] = {
	    "ftp://example.org", "https://",     "https://a b",         "https://a'b",
	    "https://a)b",       "https://a\\b", "javascript:alert(1)", "https://\xD7\xA9"};
	struct err e = {0};
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		struct document d = {.language = "en", .url = addresses[i]};
		CHECK(!document_check(&d, &e), "%s was taken", addresses[i]);
	}
	struct document d = {.language = "xx"};
	CHECK(!document_check(&d, &e) && strcmp(e.rule, "document.language") == 0, "%s", e.text);
}

/* --- Altered files ---------------------------------------------------------------------------- */

static bool surrender(struct arena *arena, struct record *record, struct bytes *pdf)
{
	union record_body body = {.surrender = {.reason = "The contract has ended."}};
	struct err e = {0};
	return record_of(arena, KIND_SURRENDER, &body, record, &e) &&
	       make(arena, record, "fr", pdf, &e);
}

static void a_changed_byte_anywhere_is_seen(void)
{
	owned_arena arena = {0};
	struct record record;
	struct bytes pdf;
	CHECK(surrender(&arena, &record, &pdf), "not made");
	uint8_t *copy = arena_alloc(&arena, pdf.len);
	memcpy(copy, pdf.at, pdf.len);
	size_t step = pdf.len / 700 + 1; /* and every byte of what was added */
	for (size_t at = 0; at < pdf.len; at += at < pdf.len - 3000 ? step : 1) {
		owned_arena each = {0};
		struct carried carried;
		struct err e = {0};
		copy[at] ^= 0x20;
		bool found = document_record(&each, bytes_of(copy, pdf.len), &carried, &e);
		CHECK(!found || !carried.is_as_written, "byte %zu", at);
		CHECK(!found || bytes_equal(carried.record, record.bytes),
		      "another record at byte %zu", at);
		copy[at] ^= 0x20;
	}
}

static void a_file_that_was_added_to_is_seen(void)
{
	owned_arena arena = {0};
	struct record record;
	struct bytes pdf;
	struct carried carried;
	struct err e = {0};
	CHECK(surrender(&arena, &record, &pdf), "not made");
	struct buffer more = {.arena = &arena};
	buffer_bytes(&more, pdf);
	buffer_text(&more, "\n%%EOF\n");
	CHECK(document_record(&arena, buffer_view(&more), &carried, &e) && !carried.is_as_written,
	      "%s", e.text);
	CHECK(carried.pages.len == 0, "pages of a changed file were given");
}

static void expect(struct bytes pdf, const char *rule)
{
	owned_arena arena = {0};
	struct carried carried;
	struct err e = {0};
	CHECK(!document_record(&arena, pdf, &carried, &e) && strcmp(e.rule, rule) == 0, "%s: %s",
	      e.rule, e.text);
}

static void what_cannot_be_read_says_why(void)
{
	owned_arena arena = {0};
	struct record one, other;
	struct bytes pdf, second = {0};
	CHECK(surrender(&arena, &one, &pdf), "not made");
	union record_body body = {.surrender = {.reason = "Another."}};
	struct err e = {0};
	CHECK(record_of(&arena, KIND_SURRENDER, &body, &other, &e) &&
	          make(&arena, &other, "fr", &second, &e),
	      "%s", e.text);
	struct buffer both = {.arena = &arena};
	buffer_bytes(&both, pdf);
	expect(bytes_of(NULL, 0), "document.not-pdf");
	expect(bytes_text("hello"), "document.not-pdf");
	expect(bytes_text("%PDF-1.7\n1 0 obj\n<< >>\nendobj\n"), "document.no-record");
	expect(bytes_of(pdf.at, pdf.len - 2500), "document.no-record");
	expect(bytes_of(arena_alloc(&arena, CARRIER_MAX + 1), CARRIER_MAX + 1),
	       "document.too-large");
	buffer_bytes(&both, second);
	expect(buffer_view(&both), "document.two-records");
	uint8_t *copy = arena_alloc(&arena, pdf.len);
	memcpy(copy, pdf.at, pdf.len);
	uint8_t *inside = memmem(copy, pdf.len, "The contract", 12);
	CHECK(inside != NULL, "the record does not stand in the clear");
	inside[0] = 'A';
	expect(bytes_of(copy, pdf.len), "document.altered");
}

TEST_MAIN(TEST(every_kind_is_set_in_every_language_and_comes_back),
          TEST(all_that_tables_name_has_words_in_every_language), TEST(text_of_every_kind_is_set),
          TEST(the_largest_record_is_set), TEST(an_address_or_language_that_is_none_is_refused),
          TEST(a_changed_byte_anywhere_is_seen), TEST(a_file_that_was_added_to_is_seen),
          TEST(what_cannot_be_read_says_why))
