/* Checkpoints and cosignatures: every line of them, and every bit. */
#include "log/note.h"
#include "log/merkle.h"
#include "test.h"

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

/* --- Checkpoints ------------------------------------------------------------------------ */

#define ROOT  "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
#define EMPTY "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static void checkpoints_are_taken_line_by_line(void)
{
	static const struct {
		const char *text, *rule;
		uint64_t size;
	} rows[] = {
	    {"log.example/a\n15\n" ROOT "\n", NULL, 15},
	    {"log.example/a\n0\n" EMPTY "\n", NULL, 0},
	    {"go.sum database tree\n9223372036854775807\n" ROOT "\n", NULL, INT64_MAX},
	    {"log.example/a\n15\n" ROOT "\nextension\nanother one\n", NULL, 15},
	    {"log.example/a\n15\n" ROOT "\n\n", "checkpoint.extension", 0},
	    {"log.example/a\n15\n" ROOT "\nextension\n\nanother\n", "checkpoint.extension", 0},
	    {"log.example/a\n15\n" ROOT "\nextension", "checkpoint.extension", 0},
	    {"\n15\n" ROOT "\n", "checkpoint.origin", 0},
	    {"", "checkpoint.origin", 0},
	    {"log.example/a\n", "checkpoint.size", 0},
	    {"log.example/a\n\n" ROOT "\n", "checkpoint.size", 0},
	    {"log.example/a\n015\n" ROOT "\n", "checkpoint.size", 0},
	    {"log.example/a\n00\n" EMPTY "\n", "checkpoint.size", 0},
	    {"log.example/a\n+15\n" ROOT "\n", "checkpoint.size", 0},
	    {"log.example/a\n-1\n" ROOT "\n", "checkpoint.size", 0},
	    {"log.example/a\n 15\n" ROOT "\n", "checkpoint.size", 0},
	    {"log.example/a\n15 \n" ROOT "\n", "checkpoint.size", 0},
	    {"log.example/a\n0x15\n" ROOT "\n", "checkpoint.size", 0},
	    {"log.example/a\n9223372036854775808\n" ROOT "\n", "checkpoint.size", 0},
	    {"log.example/a\n18446744073709551616\n" ROOT "\n", "checkpoint.size", 0},
	    {"log.example/a\n15\n", "checkpoint.root", 0},
	    {"log.example/a\n15\n" ROOT, "checkpoint.root", 0},
	    {"log.example/a\n15\n\n", "checkpoint.root", 0},
	    {"log.example/a\n15\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n", "checkpoint.root",
	     0},
	    {"log.example/a\n15\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", "checkpoint.root",
	     0},
	    {"log.example/a\n15\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n", "checkpoint.root",
	     0},
	    {"log.example/a\n0\n" ROOT "\n", NULL, 0}, /* read, and refused by checkpoint_check */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct checkpoint out;
		struct err e = {0};
		bool good = checkpoint_parse(&arena, bytes_text(rows[i].text), &out, &e);
		CHECK(good == (rows[i].rule == NULL), "row %zu: %s", i, e.text);
		if (good)
			CHECK(out.size == rows[i].size &&
			          checkpoint_check(&out, &e) ==
			              (out.size > 0 || hash_equal(&out.root, &merkle_empty)),
			      "row %zu", i);
		else
			CHECK(has_rule(&e, ERR_INPUT, rows[i].rule), "row %zu: %s", i, e.text);
	}
}

static struct checkpoint a_checkpoint(uint64_t size)
{
	return (struct checkpoint){.origin = "log.example/a",
	                           .size = size,
	                           .root = size == 0 ? merkle_empty : (struct hash){{7}}};
}

static void a_signed_checkpoint_opens(void)
{
	static const uint64_t sizes[] = {0, 1, 15, INT64_MAX};
	for (size_t i = 0; i < 4; i++) {
		owned_arena arena = {0};
		struct checkpoint c = a_checkpoint(sizes[i]), out;
		struct bytes note;
		struct err e = {0};
		CHECK(checkpoint_sign(&arena, &c, &key, &note, &e), "%s", e.text);
		CHECK(checkpoint_open(&arena, note, &key.public, &out, &e), "%s", e.text);
		CHECK(out.size == c.size && hash_equal(&out.root, &c.root) &&
		          strcmp(out.origin, c.origin) == 0,
		      "row %zu", i);
	}
}

static void a_checkpoint_of_somebody_else_does_not_open(void)
{
	owned_arena arena = {0};
	struct checkpoint c = a_checkpoint(3), out;
	struct bytes note, foreign;
	struct err e = {0};
	CHECK(checkpoint_sign(&arena, &c, &key, &note, &e), "%s", e.text);
	CHECK(!checkpoint_open(&arena, note, &other.public, &out, &e) &&
	          has_rule(&e, ERR_REFUSED, "checkpoint.other-origin"),
	      "%s", e.text);
	/* Our origin, signed by another. */
	CHECK(note_sign(&arena, checkpoint_text(&arena, &c), &other, &foreign, &e), "%s", e.text);
	CHECK(!checkpoint_open(&arena, foreign, &key.public, &out, &e) &&
	          has_rule(&e, ERR_REFUSED, "note.unsigned"),
	      "%s", e.text);
	CHECK(!checkpoint_open(&arena, bytes_text("a\n"), &key.public, &out, &e) &&
	          has_rule(&e, ERR_INPUT, "note.separator"),
	      "%s", e.text);
	CHECK(!checkpoint_open(&arena, signed_text(&arena, "a\n", &key), &key.public, &out, &e) &&
	          has_rule(&e, ERR_INPUT, "checkpoint.size"),
	      "%s", e.text);
}

static void every_flipped_bit_of_a_checkpoint_is_noticed(void)
{
	owned_arena arena = {0};
	struct checkpoint c = a_checkpoint(15), out;
	struct bytes note;
	struct err e = {0};
	CHECK(checkpoint_sign(&arena, &c, &key, &note, &e), "%s", e.text);
	uint8_t *copy = arena_alloc(&arena, note.len);
	for (size_t i = 0; i < note.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(copy, note.at, note.len);
			copy[i] ^= (uint8_t)(1u << bit);
			e = (struct err){0};
			CHECK(!checkpoint_open(&arena, bytes_of(copy, note.len), &key.public, &out,
			                       &e) &&
			          e.rule != NULL,
			      "byte %zu bit %u", i, bit);
		}
	}
	for (size_t len = 0; len < note.len; len++)
		CHECK(!checkpoint_open(&arena, bytes_of(note.at, len), &key.public, &out, &e),
		      "%zu", len);
}

/* --- Cosignatures ----------------------------------------------------------------------- */

static struct bytes cosigned(struct arena *arena, struct bytes note, int64_t time)
{
	struct buffer all = {.arena = arena};
	struct note parsed;
	struct bytes line = {0};
	struct err e = {0};
	CHECK(note_parse(arena, note, &parsed, &e), "%s", e.text);
	CHECK(cosignature_sign(arena, &parsed, &witness, time, &line, &e), "%s", e.text);
	buffer_bytes(&all, note);
	buffer_bytes(&all, line);
	return buffer_view(&all);
}

static void cosignatures_carry_their_time(void)
{
	static const int64_t times[] = {0, 1, 1767225600, INT64_MAX};
	owned_arena arena = {0};
	struct bytes base = signed_text(&arena, "log.example/a\n15\n" ROOT "\n", &key), all;
	struct note note;
	struct err e = {0};
	int64_t time;
	for (size_t i = 0; i < 4; i++) {
		all = cosigned(&arena, base, times[i]);
		CHECK(note_parse(&arena, all, &note, &e), "%s", e.text);
		CHECK(cosignature_verify(&note, &witness.public, &time, &e) && time == times[i],
		      "%s", e.text);
		CHECK(note_verify(&note, &key.public, &e), "the log's own: %s", e.text);
		CHECK(!note_verify(&note, &witness.public, &e) &&
		          has_rule(&e, ERR_REFUSED, "note.unsigned"),
		      "a cosignature is no signature");
	}
	/* Of several by one witness the latest counts, in either order. */
	CHECK(note_parse(&arena, cosigned(&arena, cosigned(&arena, base, 9), 5), &note, &e) &&
	          cosignature_verify(&note, &witness.public, &time, &e) && time == 9,
	      "%s", e.text);
	CHECK(note_parse(&arena, cosigned(&arena, cosigned(&arena, base, 5), 9), &note, &e) &&
	          cosignature_verify(&note, &witness.public, &time, &e) && time == 9,
	      "%s", e.text);
	CHECK(note_parse(&arena, base, &note, &e) &&
	          !cosignature_verify(&note, &witness.public, &time, &e) &&
	          has_rule(&e, ERR_REFUSED, "note.unsigned"),
	      "%s", e.text);
}

/* Made by another program (python3-cryptography) from the text of C2SP tlog-cosignature alone. */
static void a_cosignature_by_another_program_is_good(void)
{
	static const char text[] =
	    "log.example/a\n1\nPH6byTDck/AfppmF7yQtn56GHzxTVaokzl70tLinDMs=\n\n"
	    "\xE2\x80\x94 note.example/foo "
	    "LbRcqwAAAABpVbkAIj+yQYuMG0/lOq6vJ4U/vn39tl62Bo4zTgG87a9cAw1PdpAG/"
	    "wvKrZFDSMv69vXno8Dy24YqwA"
	    "dYnJw5upmTDw==\n";
	owned_arena arena = {0};
	struct public_key public;
	struct note note;
	struct err e = {0};
	int64_t time = 0;
	CHECK(key_line_parse(
	          bytes_text(
	              "note.example/foo+986562c4+AROY9ixtGkV8UbpqS189vS9p/KkyFiGNyJl+QWvRfZPK"),
	          &public, &e),
	      "%s", e.text);
	CHECK(note_parse(&arena, bytes_text(text), &note, &e) &&
	          cosignature_verify(&note, &public, &time, &e) && time == 1767225600,
	      "%s", e.text);
}

static void every_flipped_bit_of_a_cosignature_is_noticed(void)
{
	owned_arena arena = {0};
	struct bytes all =
	    cosigned(&arena, signed_text(&arena, "log.example/a\n15\n" ROOT "\n", &key), 77);
	struct note note;
	struct err e = {0};
	int64_t time;
	CHECK(note_parse(&arena, all, &note, &e), "%s", e.text);
	struct bytes blob = note.signatures[1].blob;
	uint8_t *copy = arena_alloc(&arena, blob.len + 1);
	for (size_t i = 0; i < blob.len; i++) {
		memcpy(copy, blob.at, blob.len);
		copy[i] ^= (uint8_t)(1u << i % 8);
		note.signatures[1].blob = bytes_of(copy, blob.len);
		CHECK(!cosignature_verify(&note, &witness.public, &time, &e) &&
		          has_rule(&e, ERR_REFUSED, "note.bad-signature"),
		      "byte %zu", i);
	}
	memcpy(copy, blob.at, blob.len);
	copy[0] |= 0x80; /* a time of 2^63 and more */
	CHECK(!cosignature_verify(&note, &witness.public, &time, &e), "too late a time");
	static const size_t lengths[] = {0, 7, 8, 71, 73};
	memcpy(copy, blob.at, blob.len);
	for (size_t i = 0; i < 5; i++) {
		note.signatures[1].blob = bytes_of(copy, lengths[i]);
		CHECK(!cosignature_verify(&note, &witness.public, &time, &e) &&
		          has_rule(&e, ERR_REFUSED, "note.bad-signature"),
		      "length %zu", lengths[i]);
	}
}

int main(void)
{
	set_up();
	static const struct test tests[] = {
	    TEST(checkpoints_are_taken_line_by_line),
	    TEST(a_signed_checkpoint_opens),
	    TEST(a_checkpoint_of_somebody_else_does_not_open),
	    TEST(every_flipped_bit_of_a_checkpoint_is_noticed),
	    TEST(cosignatures_carry_their_time),
	    TEST(a_cosignature_by_another_program_is_good),
	    TEST(every_flipped_bit_of_a_cosignature_is_noticed),
	};
	return test_main(tests, sizeof tests / sizeof *tests);
}
