/* Signed notes and verifier keys: what is taken, and what is refused by which name. */
#include "log/note.h"
#include "test.h"

#define DASH "\xE2\x80\x94 "

static struct secret_key key, other, witness, hardware;

static void set_up(void)
{
	struct err e = {0};
	const uint8_t seeds[4][KEY_SEED] = {{1}, {2}, {3}, {4}};
	if (!key_library_start(&e) || !key_make(KEY_ED25519, "log.example/a", seeds[0], &key, &e) ||
	    !key_make(KEY_ED25519, "log.example/b", seeds[1], &other, &e) ||
	    !key_make(KEY_ED25519, "witness.example", seeds[2], &witness, &e) ||
	    !key_make(KEY_ES256, "log.example/hsm", seeds[3], &hardware, &e)) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
}

static bool has_rule(const struct err *e, enum err_kind kind, const char *rule)
{
	return e->kind == kind && e->rule != NULL && strcmp(e->rule, rule) == 0;
}

static struct bytes signed_text(struct arena *arena, const char *text, const struct secret_key *k)
{
	struct bytes out = {0};
	struct err e = {0};
	CHECK(note_sign(arena, bytes_text(text), k, &out, &e), "%s", e.text);
	return out;
}

/* Two notes of one text as one note with the signatures of both. */
static struct bytes both(struct arena *arena, struct bytes a, struct bytes b)
{
	struct buffer out = {.arena = arena};
	struct note note;
	struct err e = {0};
	CHECK(note_parse(arena, b, &note, &e), "%s", e.text);
	buffer_bytes(&out, a);
	buffer_bytes(&out, bytes_of(b.at + note.text.len + 1, b.len - note.text.len - 1));
	return buffer_view(&out);
}

/* --- Notes ------------------------------------------------------------------------------ */

/* Made by another program (python3-cryptography) from the text of C2SP signed-note alone. */
#define VKEY "note.example/foo+986562c4+AROY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK"

static void a_note_by_another_program_is_good(void)
{
	static const char text[] =
	    "Text of a note, by another program.\n\n" DASH "note.example/foo "
	    "mGVixPs5/N9cINCzggaHikD/6d7lVdpDnLa+CV4RtD5Hrh9A8mYfpnGu/ExCh+MZ6oDSS61isYdFL/PqaKloP"
	    "zvsDA4=\n";
	owned_arena arena = {0};
	struct public_key public;
	struct note note;
	struct err e = {0};
	CHECK(key_line_parse(bytes_text(VKEY), &public, &e), "%s", e.text);
	CHECK(note_parse(&arena, bytes_text(text), &note, &e), "%s", e.text);
	CHECK(note_verify(&note, &public, &e), "%s", e.text);
	CHECK(note.signature_count == 1 && note.signatures[0].key_id == 0x986562c4, "its id");
	CHECK(bytes_equal(note.text, bytes_text("Text of a note, by another program.\n")),
	      "its text");
}

static void a_note_is_taken_apart_by_its_last_blank_line(void)
{
	static const char *const texts[] = {"\n",       "a\n",   "a\n\nb\n",
	                                    "\n\n\n",   "a\n\n", DASH "not a signature here\n\nb\n",
	                                    "é水\x7F\n"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		owned_arena arena = {0};
		struct note note;
		struct err e = {0};
		struct bytes all = signed_text(&arena, texts[i], &key);
		CHECK(note_parse(&arena, all, &note, &e), "row %zu: %s", i, e.text);
		CHECK(bytes_equal(note.text, bytes_text(texts[i])), "row %zu", i);
		CHECK(note_verify(&note, &key.public, &e), "row %zu: %s", i, e.text);
	}
}

#define SIG "AAAAAQI=" /* an id of four bytes, one of signature */

static void what_is_no_note_is_refused_by_name(void)
{
	static const struct {
		const char *text, *rule, *told;
	} rows[] = {
	    {"", "note.separator", "blank line"},
	    {"a\n", "note.separator", "blank line"},
	    {"a\n" DASH "n " SIG "\n", "note.separator", "blank line"},
	    {"a\n\n", "note.signature", "no signature"},
	    {"a\n\n" DASH "n " SIG, "note.signature", "line 3 does not end"},
	    {"a\n\nb\n\n" DASH "n " SIG, "note.signature", "line 5 does not end"},
	    {"a\n\n" DASH "n " SIG "\nx", "note.signature", "line 4"},
	    {"a\n\nn " SIG "\n", "note.signature", "line 3"},
	    {"a\n\n- n " SIG "\n", "note.signature", "line 3"},
	    {"a\n\n\xE2\x80\x93 n " SIG "\n", "note.signature", "line 3"}, /* en dash */
	    {"a\n\n" DASH "\n", "note.signature", "line 3"},
	    {"a\n\n" DASH "n\n", "note.signature", "line 3"},
	    {"a\n\n" DASH " " SIG "\n", "note.signature", "line 3"},
	    {"a\n\n" DASH "n+m " SIG "\n", "note.signature", "line 3"},
	    {"a\n\n" DASH "n\xC2\xA0m " SIG "\n", "note.signature", "line 3"},    /* U+00A0 */
	    {"a\n\n" DASH "n\xC2\x85m " SIG "\n", "note.signature", "line 3"},    /* U+0085 */
	    {"a\n\n" DASH "n\xE3\x80\x80 " SIG "\n", "note.signature", "line 3"}, /* U+3000 */
	    {"a\n\n" DASH "n  " SIG "\n", "note.signature", "line 3"},
	    {"a\n\n" DASH "n " SIG " \n", "note.signature", "line 3"},
	    {"a\n\n" DASH "n " SIG " x\n", "note.signature", "line 3"},
	    {"a\n\n" DASH "n AAAAAQI\n", "note.signature", "line 3"},  /* no padding */
	    {"a\n\n" DASH "n AAAAAQJ=\n", "note.signature", "line 3"}, /* stray bits */
	    {"a\n\n" DASH "n AAAAAQ==\n", "note.signature", "line 3"}, /* an id alone */
	    {"a\n\n" DASH "n \n", "note.signature", "line 3"},
	    {"a\n\n" DASH "n AAAA_QI=\n", "note.signature", "line 3"},
	    {"a\r\n\r\n" DASH "n " SIG "\r\n", "note.control", "CR LF"},
	    {"a\n\n" DASH "n " SIG "\r\n", "note.control", "line 3 ends in CR LF"},
	    {"a\tb\n\n" DASH "n " SIG "\n", "note.control", "line 1 has the control character 09"},
	    {"a\nb\x1F\n\n" DASH "n " SIG "\n", "note.control",
	     "line 2 has the control character 1f"},
	    {"a\xFF\n\n" DASH "n " SIG "\n", "note.utf8", "UTF-8"},
	    {"a\xED\xA0\x80\n\n" DASH "n " SIG "\n", "note.utf8", "UTF-8"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct note note;
		struct err e = {0};
		CHECK(!note_parse(&arena, bytes_text(rows[i].text), &note, &e), "row %zu", i);
		CHECK(has_rule(&e, ERR_INPUT, rows[i].rule), "row %zu: %s: %s", i,
		      e.rule == NULL ? "-" : e.rule, e.text);
		CHECK(strstr(e.text, rows[i].told) != NULL, "row %zu: %s", i, e.text);
	}
	owned_arena arena = {0};
	struct note note;
	struct err e = {0};
	CHECK(!note_parse(&arena, bytes_of("a\0\n\n", 4), &note, &e), "NUL");
	CHECK(has_rule(&e, ERR_INPUT, "note.control"), "%s", e.text);
}

static void foreign_signature_lines_are_taken(void)
{
	static const char *const lines[] = {
	    DASH "n " SIG "\n",     DASH "n/m.o-p:8 " SIG "\n", DASH "é水 " SIG "\n",
	    DASH "n\x7F " SIG "\n", DASH "n\xC2\x80 " SIG "\n", /* a control character, and no space
	                                                         */
	    DASH DASH SIG "\n",                                 /* the dash as a name */
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		owned_arena arena = {0};
		struct note note;
		struct err e = {0};
		const char *all = arena_printf(&arena, "a\n\n%s", lines[i]);
		CHECK(note_parse(&arena, bytes_text(all), &note, &e), "row %zu: %s", i, e.text);
		CHECK(note.signatures[0].key_id == 1 && note.signatures[0].blob.len == 1, "row %zu",
		      i);
		CHECK(!note_verify(&note, &key.public, &e) &&
		          has_rule(&e, ERR_REFUSED, "note.unsigned"),
		      "row %zu: %s", i, e.text);
	}
}

static void sizes_and_counts_are_capped(void)
{
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	struct note *note = arena_alloc(&arena, sizeof *note);
	struct err e = {0};
	buffer_text(&b, "a\n\n");
	for (unsigned i = 0; i < NOTE_SIGNATURES; i++)
		buffer_text(&b, DASH "n " SIG "\n");
	CHECK(note_parse(&arena, buffer_view(&b), note, &e), "%s", e.text);
	CHECK(note->signature_count == NOTE_SIGNATURES, "%zu", note->signature_count);
	buffer_text(&b, DASH "n " SIG "\n");
	CHECK(!note_parse(&arena, buffer_view(&b), note, &e), "one too many");
	CHECK(has_rule(&e, ERR_INPUT, "note.too-many-signatures"), "%s", e.text);

	/* Sixteen ML-DSA-44 cosignatures of 2,432 bytes must have room. */
	static const uint8_t large[4 + 8 + 2420];
	b.len = 0;
	buffer_text(&b, "a\n\n");
	for (unsigned i = 0; i < 16; i++)
		buffer_printf(&b, DASH "witness%u.example %s\n", i,
		              base64_encode(&arena, bytes_of(large, sizeof large)));
	CHECK(note_parse(&arena, buffer_view(&b), note, &e), "%s", e.text);
	CHECK(note->signature_count == 16 && note->signatures[15].blob.len == 8 + 2420, "blobs");

	struct buffer long_one = {.arena = &arena};
	static const char tail[] = "\n\n" DASH "n " SIG "\n";
	for (size_t i = 0; i < NOTE_MAX - strlen(tail); i++)
		buffer_u8(&long_one, 'a');
	buffer_text(&long_one, tail);
	CHECK(long_one.len == NOTE_MAX && note_parse(&arena, buffer_view(&long_one), note, &e),
	      "%s", e.text);
	buffer_u8(&long_one, '\n');
	CHECK(!note_parse(&arena, buffer_view(&long_one), note, &e), "a byte too long");
	CHECK(has_rule(&e, ERR_INPUT, "note.too-large"), "%s", e.text);
}

static void a_known_key_with_a_bad_signature_refuses_the_whole_note(void)
{
	owned_arena arena = {0};
	struct note note;
	struct err e = {0};
	struct bytes good = signed_text(&arena, "a\n", &key),
	             bad = signed_text(&arena, "b\n", &key);
	struct bytes stranger = signed_text(&arena, "b\n", &other);
	/* The signature of another text under the same key, before or behind a good one. */
	CHECK(note_parse(&arena, both(&arena, good, bad), &note, &e), "%s", e.text);
	CHECK(!note_verify(&note, &key.public, &e) &&
	          has_rule(&e, ERR_REFUSED, "note.bad-signature"),
	      "%s", e.text);
	CHECK(strstr(e.text, "log.example/a") != NULL, "%s", e.text);
	struct note_signature swap = note.signatures[0];
	note.signatures[0] = note.signatures[1];
	note.signatures[1] = swap;
	CHECK(!note_verify(&note, &key.public, &e) &&
	          has_rule(&e, ERR_REFUSED, "note.bad-signature"),
	      "%s", e.text);
	/* Twice the same good one is no fault; a stranger's bad one is not looked at. */
	CHECK(note_parse(&arena, both(&arena, good, good), &note, &e) &&
	          note_verify(&note, &key.public, &e),
	      "%s", e.text);
	CHECK(note_parse(&arena, both(&arena, good, stranger), &note, &e) &&
	          note_verify(&note, &key.public, &e),
	      "%s", e.text);
	CHECK(!note_verify(&note, &other.public, &e) &&
	          has_rule(&e, ERR_REFUSED, "note.bad-signature"),
	      "%s", e.text);
	CHECK(!note_verify(&note, &witness.public, &e) &&
	          has_rule(&e, ERR_REFUSED, "note.unsigned"),
	      "%s", e.text);
}

static void name_and_id_both_select_the_key(void)
{
	owned_arena arena = {0};
	struct note note;
	struct err e = {0};
	struct public_key renamed = key.public;
	CHECK(note_parse(&arena, signed_text(&arena, "a\n", &key), &note, &e), "%s", e.text);
	strcpy(renamed.name, "log.example/c"); /* another name is another id */
	CHECK(!note_verify(&note, &renamed, &e) && has_rule(&e, ERR_REFUSED, "note.unsigned"), "%s",
	      e.text);
	note.signatures[0].name = bytes_text("log.example/c");
	CHECK(!note_verify(&note, &key.public, &e) && has_rule(&e, ERR_REFUSED, "note.unsigned"),
	      "the id alone");
	note.signatures[0].name = bytes_text("log.example/a");
	note.signatures[0].key_id ^= 1;
	CHECK(!note_verify(&note, &key.public, &e) && has_rule(&e, ERR_REFUSED, "note.unsigned"),
	      "the name alone");
	/* A signature of another length under the right name and id. */
	note.signatures[0].key_id ^= 1;
	note.signatures[0].blob.len--;
	CHECK(!note_verify(&note, &key.public, &e) &&
	          has_rule(&e, ERR_REFUSED, "note.bad-signature"),
	      "%s", e.text);
}

static void only_ed25519_keys_sign_notes(void)
{
	owned_arena arena = {0};
	struct note note;
	struct err e = {0};
	struct bytes out;
	int64_t time;
	CHECK(!note_sign(&arena, bytes_text("a\n"), &hardware, &out, &e) &&
	          has_rule(&e, ERR_REFUSED, "note.algorithm"),
	      "%s", e.text);
	CHECK(note_parse(&arena, signed_text(&arena, "a\n", &key), &note, &e), "%s", e.text);
	CHECK(!cosignature_sign(&arena, &note, &hardware, 1, &out, &e) &&
	          has_rule(&e, ERR_REFUSED, "note.algorithm"),
	      "%s", e.text);
	CHECK(!note_verify(&note, &hardware.public, &e) &&
	          has_rule(&e, ERR_REFUSED, "note.unsigned"),
	      "%s", e.text);
	CHECK(!cosignature_verify(&note, &hardware.public, &time, &e) &&
	          has_rule(&e, ERR_REFUSED, "note.unsigned"),
	      "%s", e.text);
	struct secret_key nameless = key;
	nameless.public.name[0] = 0;
	CHECK(!note_sign(&arena, bytes_text("a\n"), &nameless, &out, &e) &&
	          has_rule(&e, ERR_INPUT, "key.name"),
	      "%s", e.text);
	CHECK(!note_sign(&arena, bytes_text("a\tb\n"), &key, &out, &e) &&
	          has_rule(&e, ERR_INPUT, "note.control"),
	      "what could not be read is not signed: %s", e.text);
}

/* --- Verifier keys ---------------------------------------------------------------------- */

static void verifier_keys_are_split_at_the_first_two_plus(void)
{
	/* Many keys: base64 has a '+' in about two of three, and an '=' in each. */
	unsigned with_plus = 0;
	uint64_t state = test_seed();
	for (unsigned i = 0; i < 300; i++) {
		owned_arena arena = {0};
		struct secret_key k;
		struct public_key back;
		struct err e = {0};
		uint8_t seed[KEY_SEED];
		for (size_t n = 0; n < sizeof seed; n++)
			seed[n] = (uint8_t)test_random(&state);
		CHECK(key_make(KEY_ED25519, "log.example/a", seed, &k, &e), "%s", e.text);
		const char *line = key_line(&arena, &k.public);
		CHECK(key_line_parse(bytes_text(line), &back, &e), "%s: %s", line, e.text);
		CHECK(key_equal(&back, &k.public) && strcmp(back.name, "log.example/a") == 0, "%s",
		      line);
		with_plus += strchr(strchr(strchr(line, '+') + 1, '+') + 1, '+') != NULL;
	}
	CHECK(with_plus > 20, "%u keys with a plus in their base64", with_plus);
}

static void a_verifier_key_that_does_not_fit_is_refused(void)
{
	static const char *const lines[] = {
	    "",
	    "log.example/a",
	    "log.example/a+986562c4",
	    "+986562c4+AROY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK",
	    "note.example/foo+986562C4+AROY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK", /* upper case
	                                                                               */
	    "note.example/foo+986562c5+AROY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK", /* another id
	                                                                               */
	    "note.example/fop+986562c4+AROY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK", /* another
	                                                                               * name
	                                                                               */
	    "note.example/foo+2db45cab+BBOY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK", /* a
	                                                                               * cosigner's
	                                                                               */
	    "note.example/foo+986562c4+AROY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZP",
	    "note.example/foo+986562c4+AROY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK=",
	    "note example/foo+986562c4+AROY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK",
	    "note.example/foo+986562c4+AROY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK\r\n",
	    "note.example/foo+986562c4+AROY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK\n\n",
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct public_key out;
		struct err e = {0};
		CHECK(!key_line_parse(bytes_text(lines[i]), &out, &e) && e.kind == ERR_INPUT,
		      "row %zu: %s", i, lines[i]);
	}
}

int main(void)
{
	set_up();
	static const struct test tests[] = {
	    TEST(a_note_by_another_program_is_good),
	    TEST(a_note_is_taken_apart_by_its_last_blank_line),
	    TEST(what_is_no_note_is_refused_by_name),
	    TEST(foreign_signature_lines_are_taken),
	    TEST(sizes_and_counts_are_capped),
	    TEST(a_known_key_with_a_bad_signature_refuses_the_whole_note),
	    TEST(name_and_id_both_select_the_key),
	    TEST(only_ed25519_keys_sign_notes),
	    TEST(verifier_keys_are_split_at_the_first_two_plus),
	    TEST(a_verifier_key_that_does_not_fit_is_refused),
	};
	return test_main(tests, sizeof tests / sizeof *tests);
}
