#include "record/cbor.h"

#include <inttypes.h>
#include <jansson.h>

#include "cbor_copy.h"
#include "test.h"

static struct bytes from_hex(struct arena *arena, const char *hex)
{
	struct bytes out = {0};
	CHECK(hex_decode(arena, hex, &out), "%s", hex);
	/* A copy without anything behind it, so that the sanitizer sees a read past the end. */
	uint8_t *exact = malloc(out.len > 0 ? out.len : 1);
	if (exact == NULL)
		abort();
	memcpy(exact, out.at, out.len);
	return bytes_of(exact, out.len);
}

static void drop(struct bytes *b)
{
	free((void *)(uintptr_t)b->at);
}

#define owned_bytes __attribute__((cleanup(drop))) struct bytes

/* cbor_check and a reading item by item say the same, and what they accept is canonical. */
static bool accepts(struct bytes in, struct err *e)
{
	owned_arena arena = {0};
	struct buffer copy = {.arena = &arena};
	struct err other = {0};
	bool ok = cbor_check(in, e), copied = cbor_copied(in, &copy, &other);
	CHECK(ok == copied, "%s: %s, %s", hex_encode(&arena, in), e->text, other.text);
	if (ok && copied)
		CHECK(bytes_equal(in, buffer_view(&copy)), "%s copied is %s",
		      hex_encode(&arena, in), hex_encode(&arena, buffer_view(&copy)));
	if (!ok)
		CHECK(e->kind == ERR_INPUT && e->rule != NULL && strcmp(e->rule, other.rule) == 0,
		      "%s: %s, %s", hex_encode(&arena, in), e->text, other.text);
	return ok;
}

/* Values with their diagnostic notation: each is accepted and copied to itself. */
static const struct {
	const char *hex, *diagnostic;
} good[] = {
    {"00", "0"},
    {"17", "23"},
    {"1818", "24"},
    {"18ff", "255"},
    {"190100", "256"},
    {"19ffff", "65535"},
    {"1a00010000", "65536"},
    {"1affffffff", "4294967295"},
    {"1b0000000100000000", "4294967296"},
    {"1bffffffffffffffff", "18446744073709551615"},
    {"20", "-1"},
    {"37", "-24"},
    {"3818", "-25"},
    {"3b7fffffffffffffff", "-9223372036854775808"},
    {"3b8000000000000000", "-9223372036854775809"},
    {"3bffffffffffffffff", "-18446744073709551616"},
    {"40", "h''"},
    {"42ff00", "h'ff00'"},
    {"60", "\"\""},
    {"62225c", "\"\\\"\\\\\""},
    {"63c3bc0a", "\"\xC3\xBC\\u000a\""},
    {"617f", "\"\\u007f\""},
    {"f4", "false"},
    {"f5", "true"},
    {"f6", "null"},
    {"80", "[]"},
    {"a0", "{}"},
    {"8301820203820405", "[1, [2, 3], [4, 5]]"},
    {"828080", "[[], []]"},
    {"a201a002a10304", "{1: {}, 2: {3: 4}}"},
    /* bytewise order, where RFC 7049's length-first order would have -1 first */
    {"a2186401"
     "2002",
     "{100: 1, -1: 2}"},
    {"a400f401f520f66161820102", "{0: false, 1: true, -1: null, \"a\": [1, 2]}"},
    {"a261620162616102", "{\"b\": 1, \"aa\": 2}"},
    {"a26161f561620a", "{\"a\": true, \"b\": 10}"},
    {"81818181818181818181818181818180", "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"},
};

static void values_in_the_profile_are_accepted(void)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		owned_arena arena = {0};
		owned_bytes in = from_hex(&arena, good[i].hex);
		struct err e = {0};
		CHECK(accepts(in, &e), "%s: %s", good[i].hex, e.text);
		const char *diagnostic = cbor_diagnostic(&arena, in);
		CHECK(diagnostic != NULL && strcmp(diagnostic, good[i].diagnostic) == 0,
		      "%s: %s, not %s", good[i].hex, diagnostic, good[i].diagnostic);
	}
}

/* What is refused, by which rule, and the byte at which the fault stands. */
static const struct {
	const char *hex, *rule;
	size_t at;
} bad[] = {
    {"", "cbor.truncated", 0},
    /* heads */
    {"1800", "cbor.not-shortest", 0},
    {"1817", "cbor.not-shortest", 0},
    {"1900ff", "cbor.not-shortest", 0},
    {"1a0000ffff", "cbor.not-shortest", 0},
    {"1b00000000ffffffff", "cbor.not-shortest", 0},
    {"3817", "cbor.not-shortest", 0},
    {"3900ff", "cbor.not-shortest", 0},
    {"3b00000000ffffffff", "cbor.not-shortest", 0},
    {"580100", "cbor.not-shortest", 0},
    {"59000100", "cbor.not-shortest", 0},
    {"5a0000000100", "cbor.not-shortest", 0},
    {"5b000000000000000100", "cbor.not-shortest", 0},
    {"780161", "cbor.not-shortest", 0},
    {"980100", "cbor.not-shortest", 0},
    {"b8010000", "cbor.not-shortest", 0},
    {"d81200", "cbor.not-shortest", 0},
    {"82011817", "cbor.not-shortest", 2},
    {"18", "cbor.truncated", 0},
    {"19ff", "cbor.truncated", 0},
    {"1affffff", "cbor.truncated", 0},
    {"1bffffffffffffff", "cbor.truncated", 0},
    {"8118", "cbor.truncated", 1},
    {"1c", "cbor.type", 0},
    {"1d", "cbor.type", 0},
    {"3e", "cbor.type", 0},
    {"5c", "cbor.type", 0},
    {"9d", "cbor.type", 0},
    {"dc00", "cbor.type", 0},
    /* indefinite lengths */
    {"1f", "cbor.indefinite", 0},
    {"5f4100ff", "cbor.indefinite", 0},
    {"7f6161ff", "cbor.indefinite", 0},
    {"9fff", "cbor.indefinite", 0},
    {"bfff", "cbor.indefinite", 0},
    {"ff", "cbor.indefinite", 0},
    {"82019fff", "cbor.indefinite", 2},
    /* what is not in the profile */
    {"f90000", "cbor.float", 0},
    {"fa00000000", "cbor.float", 0},
    {"fb0000000000000000", "cbor.float", 0},
    {"8200f97e00", "cbor.float", 2},
    {"e0", "cbor.simple", 0},
    {"f3", "cbor.simple", 0},
    {"f7", "cbor.simple", 0},
    {"f818", "cbor.simple", 0},
    {"f814", "cbor.simple", 0},
    {"fc", "cbor.simple", 0},
    {"c000", "cbor.tag", 0},
    {"d2", "cbor.tag", 0},
    {"d28440a0f640", "cbor.tag", 0},
    {"8101c200", "cbor.trailing", 2},
    {"81c24101", "cbor.tag", 1},
    /* lengths beyond the input, refused at the head */
    {"41", "cbor.truncated", 0},
    {"4361ff", "cbor.truncated", 0},
    {"6261", "cbor.truncated", 0},
    {"5bffffffffffffffff", "cbor.truncated", 0},
    {"5b7fffffffffffffff", "cbor.truncated", 0},
    {"7bffffffffffffffff61", "cbor.truncated", 0},
    {"9bffffffffffffffff00", "cbor.truncated", 0},
    {"bbffffffffffffffff00", "cbor.truncated", 0},
    {"bb80000000000000000000", "cbor.truncated", 0},
    {"8201", "cbor.truncated", 0},
    {"81", "cbor.truncated", 0},
    {"a1", "cbor.truncated", 0},
    {"a101", "cbor.truncated", 0},
    {"a2010203", "cbor.truncated", 0},
    {"828101", "cbor.truncated", 3},
    {"82820102", "cbor.truncated", 4},
    /* keys */
    {"a202000100", "cbor.key-order", 3},
    {"a220000000", "cbor.key-order", 3},
    {"a22000186400", "cbor.key-order", 3},
    {"a2616200616100", "cbor.key-order", 4},
    {"a262616100616200", "cbor.key-order", 5},
    {"a2616100616100", "cbor.key-twice", 4},
    {"a201000100", "cbor.key-twice", 3},
    {"a301000200010000", "cbor.key-order", 5},
    {"a101a202000200", "cbor.key-twice", 5},
    {"a201a1050001f6", "cbor.key-twice", 5},
    {"a1f400", "cbor.type", 1},
    {"a1f600", "cbor.type", 1},
    {"a1410000", "cbor.type", 1},
    {"a18000", "cbor.type", 1},
    {"a1a000", "cbor.type", 1},
    {"a1c00000", "cbor.type", 1},
    {"a1f9000000", "cbor.float", 1},
    /* text */
    {"6180", "cbor.utf8", 0},
    {"62c328", "cbor.utf8", 0},
    {"62c080", "cbor.utf8", 0},
    {"63eda080", "cbor.utf8", 0},
    {"64f4908080", "cbor.utf8", 0},
    {"61c3", "cbor.utf8", 0},
    {"a161ff00", "cbor.utf8", 1},
    /* nesting, of which a container with nothing in it is part */
    {"8181818181818181818181818181818180", "cbor.depth", 16},
    {"818181818181818181818181818181818100", "cbor.depth", 16},
    {"a100a100a100a100a100a100a100a100a100a100a100a100a100a100a100a100a10000", "cbor.depth", 32},
    /* what is left */
    {"0000", "cbor.trailing", 1},
    {"a000", "cbor.trailing", 1},
    {"8100f6", "cbor.trailing", 2},
};

static void everything_else_is_refused_where_it_stands(void)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		owned_arena arena = {0};
		owned_bytes in = from_hex(&arena, bad[i].hex);
		struct err e = {0};
		if (accepts(in, &e)) {
			CHECK(false, "%s is accepted", bad[i].hex);
			continue;
		}
		char place[32];
		snprintf(place, sizeof place, "byte %zu: ", bad[i].at);
		CHECK(strcmp(e.rule, bad[i].rule) == 0, "%s: %s, not %s", bad[i].hex, e.rule,
		      bad[i].rule);
		CHECK(strncmp(e.text, place, strlen(place)) == 0, "%s: %s, not at %zu", bad[i].hex,
		      e.text, bad[i].at);
	}
}

/* A reading that fails, done on one input: what it gives, and how the reader then stands. */
static const struct {
	const char *hex, *what, *rule;
} wrong_reads[] = {
    {"20", "uint", "cbor.type"},
    {"6130", "uint", "cbor.type"},
    {"c200", "uint", "cbor.tag"},
    {"f93c00", "uint", "cbor.float"},
    {"", "uint", "cbor.truncated"},
    {"1b8000000000000000", "int", "cbor.range"},
    {"3b8000000000000000", "int", "cbor.range"},
    {"40", "int", "cbor.type"},
    {"d200", "int", "cbor.tag"},
    {"18", "int", "cbor.truncated"},
    {"60", "bytes", "cbor.type"},
    {"4201", "bytes", "cbor.truncated"},
    {"40", "text", "cbor.type"},
    {"61ff", "text", "cbor.utf8"},
    {"f6", "bool", "cbor.type"},
    {"01", "bool", "cbor.type"},
    {"f4", "null", "cbor.type"},
    {"00", "tag", "cbor.type"},
    {"c100", "tag", "cbor.tag"},
    {"d2", "tag", "cbor.truncated"},
    {"a0", "array", "cbor.type"},
    {"8201", "array", "cbor.truncated"},
    {"80", "map", "cbor.type"},
    {"a101", "map", "cbor.truncated"},
};

/* Tries one call by name; true when it gave nothing (zero, false, no bytes). */
static bool gives_nothing(struct cbor_reader *r, const char *what)
{
	if (strcmp(what, "uint") == 0)
		return cbor_read_uint(r) == 0;
	if (strcmp(what, "int") == 0)
		return cbor_read_int(r) == 0;
	if (strcmp(what, "bytes") == 0)
		return cbor_read_bytes(r).len == 0;
	if (strcmp(what, "text") == 0)
		return cbor_read_text(r).len == 0;
	if (strcmp(what, "bool") == 0)
		return !cbor_read_bool(r);
	if (strcmp(what, "array") == 0)
		return cbor_read_array(r) == 0;
	if (strcmp(what, "map") == 0)
		return cbor_read_map(r) == 0;
	if (strcmp(what, "item") == 0)
		return cbor_read_item(r).len == 0;
	if (strcmp(what, "null") == 0)
		cbor_read_null(r);
	else
		cbor_read_tag(r, 18);
	return true;
}

static const char *const calls[] = {"uint", "int",   "bytes", "text", "bool",
                                    "null", "array", "map",   "item", "tag"};

static void a_wrong_read_makes_the_reader_bad_for_good(void)
{
	for (size_t i = 0; i < sizeof wrong_reads / sizeof *wrong_reads; i++) {
		owned_arena arena = {0};
		owned_bytes in = from_hex(&arena, wrong_reads[i].hex);
		struct err e = {0};
		struct cbor_reader r = cbor_reader(in, &e);
		const char *what = wrong_reads[i].what, *rule = wrong_reads[i].rule;
		CHECK(gives_nothing(&r, what), "%s read as %s", wrong_reads[i].hex, what);
		CHECK(r.bad && strcmp(e.rule, rule) == 0, "%s read as %s: %s, not %s",
		      wrong_reads[i].hex, what, e.rule, rule);
		struct err first = e;
		for (size_t k = 0; k < sizeof calls / sizeof *calls; k++)
			CHECK(gives_nothing(&r, calls[k]), "%s", calls[k]);
		CHECK(cbor_peek(&r) == CBOR_NOTHING, "%s", wrong_reads[i].hex);
		CHECK(!cbor_fail(&r, "test.later", "later"), "%s", wrong_reads[i].hex);
		CHECK(!cbor_done(&r), "%s", wrong_reads[i].hex);
		CHECK(first.rule == e.rule && strcmp(first.text, e.text) == 0,
		      "the first fault is %s, then %s", first.text, e.text);
	}
}

static void a_peek_tells_the_type_and_reads_nothing(void)
{
	static const struct {
		const char *hex;
		enum cbor_type type;
	} rows[] = {
	    {"01", CBOR_UINT},  {"20", CBOR_NEGATIVE}, {"40", CBOR_BYTES}, {"60", CBOR_TEXT},
	    {"80", CBOR_ARRAY}, {"a0", CBOR_MAP},      {"d200", CBOR_TAG}, {"f4", CBOR_BOOL},
	    {"f5", CBOR_BOOL},  {"f6", CBOR_NULL},     {"", CBOR_NOTHING},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		owned_bytes in = from_hex(&arena, rows[i].hex);
		struct err e = {0};
		struct cbor_reader r = cbor_reader(in, &e);
		CHECK(cbor_peek(&r) == rows[i].type && cbor_peek(&r) == rows[i].type, "%s",
		      rows[i].hex);
		CHECK(!r.bad && r.offset == 0, "%s", rows[i].hex);
	}
	struct err e = {0};
	struct cbor_reader r = cbor_reader(bytes_text("\xFA"), &e);
	CHECK(cbor_peek(&r) == CBOR_NOTHING && r.bad && strcmp(e.rule, "cbor.float") == 0, "%s",
	      e.text);
}

static void tags_are_read_only_when_asked_for(void)
{
	owned_arena arena = {0};
	owned_bytes in = from_hex(&arena, "82d20a01");
	struct err e = {0};
	struct cbor_reader r = cbor_reader(in, &e);
	CHECK(cbor_read_array(&r) == 2, "%s", e.text);
	cbor_read_tag(&r, 18);
	CHECK(cbor_read_uint(&r) == 10 && cbor_read_uint(&r) == 1 && cbor_done(&r), "%s", e.text);

	owned_bytes foreign = from_hex(&arena, "d28443a10126a0f6d8624101");
	const char *text = cbor_diagnostic(&arena, foreign);
	CHECK(text != NULL && strcmp(text, "18([h'a10126', {}, null, 98(h'01')])") == 0, "%s",
	      text);
}

static void the_writer_spells_each_type(void)
{
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	cbor_tag(&b, 18);
	cbor_array(&b, 7);
	cbor_uint(&b, UINT64_MAX);
	cbor_int(&b, INT64_MIN);
	cbor_bytes(&b, bytes_text("xy"));
	cbor_text(&b, "\xC3\xBC");
	cbor_map(&b, 1);
	cbor_int(&b, 24);
	cbor_bool(&b, true);
	cbor_bool(&b, false);
	cbor_null(&b);
	const char *hex = hex_encode(&arena, buffer_view(&b));
	CHECK(strcmp(hex, "d287"
	                  "1bffffffffffffffff"
	                  "3b7fffffffffffffff"
	                  "427879"
	                  "62c3bc"
	                  "a11818f5"
	                  "f4"
	                  "f6") == 0,
	      "%s", hex);
}

static void levels_end_by_themselves(void)
{
	/* {1: [], 2: {"a": [true]}, 3: -1}, then nothing */
	owned_arena arena = {0};
	owned_bytes in = from_hex(&arena, "a3018002a1616181f50320");
	struct err e = {0};
	struct cbor_reader r = cbor_reader(in, &e);
	CHECK(cbor_read_map(&r) == 3, "%s", e.text);
	CHECK(cbor_read_uint(&r) == 1 && cbor_read_array(&r) == 0, "%s", e.text);
	CHECK(cbor_read_int(&r) == 2 && cbor_read_map(&r) == 1, "%s", e.text);
	CHECK(bytes_equal(cbor_read_text(&r), bytes_text("a")), "%s", e.text);
	CHECK(cbor_read_array(&r) == 1 && cbor_read_bool(&r), "%s", e.text);
	struct cbor_reader early = r;
	CHECK(!cbor_done(&early) && strcmp(e.rule, "cbor.trailing") == 0, "%s", e.text);
	CHECK(cbor_read_uint(&r) == 3 && cbor_read_int(&r) == -1, "%s", e.text);
	CHECK(cbor_done(&r) && r.depth == 0, "%s", e.text);

	owned_bytes cut = from_hex(&arena, "828101");
	r = cbor_reader(cut, &e);
	cbor_read_array(&r);
	cbor_read_item(&r);
	CHECK(!cbor_done(&r) && strcmp(e.rule, "cbor.truncated") == 0, "%s", e.text);
}

static void an_item_is_read_whole(void)
{
	owned_arena arena = {0};
	owned_bytes in = from_hex(&arena, "83"
	                                  "a20182020304f5"
	                                  "8100"
	                                  "6161");
	struct err e = {0};
	struct cbor_reader r = cbor_reader(in, &e);
	cbor_read_array(&r);
	static const char *const items[] = {"a20182020304f5", "8100", "6161"};
	for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
		const char *item = hex_encode(&arena, cbor_read_item(&r));
		CHECK(strcmp(item, items[i]) == 0, "%s, not %s", item, items[i]);
	}
	CHECK(cbor_done(&r), "%s", e.text);
}

static void a_callers_fault_names_the_item(void)
{
	owned_arena arena = {0};
	owned_bytes in = from_hex(&arena, "83010263616263");
	struct err e = {0};
	struct cbor_reader r = cbor_reader(in, &e);
	cbor_read_array(&r);
	cbor_read_uint(&r);
	cbor_read_uint(&r);
	cbor_read_text(&r);
	CHECK(!cbor_fail(&r, "test.rule", "%s will not do", "abc"), "a fault");
	CHECK(e.kind == ERR_INPUT && strcmp(e.rule, "test.rule") == 0 &&
	          strcmp(e.text, "byte 3: abc will not do") == 0,
	      "%s", e.text);
}

static void there_is_no_notation_for_what_is_refused(void)
{
	static const char *const rows[] = {
	    "",   "18",       "8201", "0000", "f7",           "d2",       "a1",        "a101",
	    "9f", "a2020001", "61ff", "c1c1", "818181f90000", "83f70000", "a2f7000000"};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		owned_bytes in = from_hex(&arena, rows[i]);
		CHECK(cbor_diagnostic(&arena, in) == NULL, "%s", rows[i]);
	}
	/* Tags nest without end, and cost no stack. */
	enum { MANY = 100000 };
	owned_arena arena = {0};
	uint8_t *tags = arena_alloc(&arena, MANY);
	memset(tags, 0xC1, MANY);
	CHECK(cbor_diagnostic(&arena, bytes_of(tags, MANY)) == NULL, "tags of nothing");
}

/* The rule by which a vector of RFC 8949 appendix A is outside the profile, or NULL. */
static const char *outside(struct bytes in, bool round_trips)
{
	uint8_t first = in.at[0];
	if (first >> 5 == 6)
		return "cbor.tag";
	if (first >= 0xF9 && first <= 0xFB)
		return "cbor.float";
	if (first == 0xF0 || first == 0xF7 || first == 0xF8)
		return "cbor.simple";
	/* What is left and doesn't come back as it was has an indefinite length somewhere. */
	return round_trips ? NULL : "cbor.indefinite";
}

static void check_number(double value, const json_t *want)
{
	CHECK(value == json_number_value(want), "%f, not %f", value, json_number_value(want));
}

/* `want` is what a JSON parser made of the vector's value. */
static void check_value(struct cbor_reader *r, const json_t *want)
{
	size_t count;
	switch (cbor_peek(r)) {
	case CBOR_UINT:
		check_number((double)cbor_read_uint(r), want);
		break;
	case CBOR_NEGATIVE:
		if (r->all.at[r->offset] == 0x3B) { /* -2^64 is the one that int64_t can't hold */
			cbor_read_item(r);
			check_number(-0x1p64, want);
		} else {
			check_number((double)cbor_read_int(r), want);
		}
		break;
	case CBOR_TEXT: {
		struct bytes text = cbor_read_text(r);
		CHECK(json_is_string(want) &&
		          bytes_equal(text, bytes_text(json_string_value(want))),
		      "%.*s", (int)text.len, (const char *)text.at);
		break;
	}
	case CBOR_ARRAY:
		count = cbor_read_array(r);
		CHECK(count == json_array_size(want), "%zu items", count);
		for (size_t i = 0; i < count; i++)
			check_value(r, json_array_get(want, i));
		break;
	case CBOR_MAP:
		count = cbor_read_map(r);
		CHECK(count == json_object_size(want), "%zu pairs", count);
		for (size_t i = 0; i < count; i++) {
			struct bytes key = cbor_read_text(r);
			check_value(r, json_object_getn(want, (const char *)key.at, key.len));
		}
		break;
	case CBOR_BOOL:
		CHECK(cbor_read_bool(r) == json_is_true(want), "a boolean");
		break;
	default:
		CHECK(cbor_peek(r) == CBOR_NULL && json_is_null(want), "null");
		cbor_read_null(r);
	}
}

static void check_accepted_vector(const json_t *vector, struct bytes in)
{
	owned_arena arena = {0};
	struct err e = {0};
	const json_t *value = json_object_get(vector, "decoded");
	const char *hex = json_string_value(json_object_get(vector, "hex"));
	CHECK(accepts(in, &e), "%s: %s", hex, e.text);
	if (value != NULL) {
		struct cbor_reader r = cbor_reader(in, &e);
		check_value(&r, value);
		CHECK(cbor_done(&r), "%s: %s", hex, e.text);
	} else {
		const char *want = json_string_value(json_object_get(vector, "diagnostic"));
		const char *text = cbor_diagnostic(&arena, in);
		CHECK(text != NULL && strcmp(text, want) == 0, "%s, not %s", text, want);
	}
}

static void the_vectors_of_rfc_8949_are_judged_by_the_profile(void)
{
	if (test_data() == NULL)
		SKIP("no PROVISO_TEST_DATA");
	owned_arena arena = {0};
	json_error_t problem;
	json_t *vectors =
	    json_load_file(arena_printf(&arena, "%s/vectors/cbor/appendix_a.json", test_data()),
	                   JSON_DECODE_INT_AS_REAL, &problem);
	CHECK(vectors != NULL, "%s", problem.text);
	size_t i, accepted = 0;
	json_t *vector;
	json_array_foreach(vectors, i, vector)
	{
		const char *hex = json_string_value(json_object_get(vector, "hex"));
		owned_bytes in = from_hex(&arena, hex);
		struct err e = {0};
		const char *rule = outside(in, json_is_true(json_object_get(vector, "roundtrip")));
		if (rule == NULL) {
			check_accepted_vector(vector, in);
			accepted++;
		} else {
			CHECK(!accepts(in, &e) && strcmp(e.rule, rule) == 0, "%s: %s, not %s", hex,
			      e.text, rule);
		}
	}
	CHECK(accepted == 37 && json_array_size(vectors) == 82, "%zu of %zu", accepted,
	      json_array_size(vectors));
	json_decref(vectors);
}

/*
 * One generator, run twice from one seed: it writes values, then reads them and finds what
 * it wrote.
 */
struct generator {
	uint64_t state;
	struct arena *arena;
	struct buffer *out; /* NULL while reading */
	struct cbor_reader *in;
};

static uint64_t draw(struct generator *g, uint64_t below)
{
	return test_random(&g->state) % below;
}

/* Of every width, often near the border between two. */
static uint64_t draw_number(struct generator *g)
{
	static const uint8_t borders[] = {3, 5, 8, 16, 32, 63, 64};
	unsigned bits = borders[draw(g, sizeof borders)];
	uint64_t most = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
	if (draw(g, 2) == 0)
		return most - draw(g, 3) + (draw(g, 2) == 0 && bits < 64 ? 3 : 0);
	return test_random(&g->state) & most;
}

static size_t draw_length(struct generator *g)
{
	static const size_t borders[] = {0, 1, 23, 24, 255, 256};
	return draw(g, 3) == 0 ? borders[draw(g, 6)] : draw(g, 12);
}

static struct bytes draw_bytes(struct generator *g)
{
	size_t len = draw_length(g);
	uint8_t *at = arena_alloc(g->arena, len);
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)test_random(&g->state);
	return bytes_of(at, len);
}

static struct bytes draw_text(struct generator *g)
{
	static const char *const letters[] = {
	    "a", "Z", "\n", "\"", "\xC3\xA9", "\xE6\xB0\xB4", "\xF0\x90\x85\x91", ""};
	struct buffer text = {.arena = g->arena};
	for (size_t left = draw_length(g); left > 0; left--)
		buffer_text(&text, letters[draw(g, 8)]);
	return buffer_view(&text);
}

static void do_uint(struct generator *g, uint64_t value)
{
	if (g->out != NULL)
		cbor_uint(g->out, value);
	else
		CHECK(cbor_read_uint(g->in) == value, "%" PRIu64, value);
}

static void do_int(struct generator *g, int64_t value)
{
	if (g->out != NULL)
		cbor_int(g->out, value);
	else
		CHECK(cbor_read_int(g->in) == value, "%" PRId64, value);
}

static void do_bytes(struct generator *g, struct bytes value)
{
	if (g->out != NULL)
		cbor_bytes(g->out, value);
	else
		CHECK(bytes_equal(cbor_read_bytes(g->in), value), "%zu bytes", value.len);
}

static void do_text(struct generator *g, struct bytes value)
{
	if (g->out != NULL)
		cbor_text_bytes(g->out, value);
	else
		CHECK(bytes_equal(cbor_read_text(g->in), value), "text of %zu", value.len);
}

static void do_simple(struct generator *g, uint64_t which)
{
	if (g->out == NULL) {
		if (which < 2)
			CHECK(cbor_read_bool(g->in) == (which == 1), "a boolean");
		else
			cbor_read_null(g->in);
	} else if (which < 2) {
		cbor_bool(g->out, which == 1);
	} else {
		cbor_null(g->out);
	}
}

static void do_item(struct generator *g, unsigned depth);

static void do_array(struct generator *g, unsigned depth)
{
	size_t count = depth > 4 ? draw(g, 2) : draw(g, 5);
	if (g->out != NULL)
		cbor_array(g->out, count);
	else
		CHECK(cbor_read_array(g->in) == count, "%zu items", count);
	for (size_t i = 0; i < count; i++)
		do_item(g, depth + 1);
}

static int compare_keys(const void *a, const void *b)
{
	const struct bytes *x = a, *y = b;
	return bytes_compare(*x, *y);
}

/* Keys are drawn, put in order by their encodings, and their doubles dropped. */
static void do_map(struct generator *g, unsigned depth)
{
	struct bytes keys[8];
	size_t drawn = draw(g, depth > 4 ? 2 : 8), count = 0;
	for (size_t i = 0; i < drawn; i++) {
		struct buffer key = {.arena = g->arena};
		if (draw(g, 3) == 0)
			cbor_text_bytes(&key, draw_text(g));
		else if (draw(g, 2) == 0)
			cbor_uint(&key, draw_number(g));
		else
			cbor_int(&key, -1 - (int64_t)draw(g, 300));
		keys[i] = buffer_view(&key);
	}
	qsort(keys, drawn, sizeof *keys, compare_keys);
	for (size_t i = 0; i < drawn; i++)
		if (count == 0 || !bytes_equal(keys[count - 1], keys[i]))
			keys[count++] = keys[i];
	if (g->out != NULL)
		cbor_map(g->out, count);
	else
		CHECK(cbor_read_map(g->in) == count, "%zu pairs", count);
	for (size_t i = 0; i < count; i++) {
		if (g->out != NULL)
			buffer_bytes(g->out, keys[i]);
		else
			CHECK(bytes_equal(cbor_read_item(g->in), keys[i]), "key %zu", i);
		do_item(g, depth + 1);
	}
}

static void do_item(struct generator *g, unsigned depth)
{
	switch (draw(g, depth == 0 ? 5 : depth < CBOR_DEPTH ? 8 : 5) + (depth == 0 ? 3 : 0)) {
	case 0:
		do_uint(g, draw_number(g));
		break;
	case 1:
		do_int(g, (int64_t)draw_number(g));
		break;
	case 2:
		do_bytes(g, draw_bytes(g));
		break;
	case 3:
		do_text(g, draw_text(g));
		break;
	case 4:
		do_simple(g, draw(g, 3));
		break;
	case 5:
		do_array(g, depth);
		break;
	default:
		do_map(g, depth);
	}
}

static struct bytes generate(struct arena *arena, uint64_t seed)
{
	struct buffer out = {.arena = arena};
	struct generator g = {.state = seed, .arena = arena, .out = &out};
	do_item(&g, 0);
	return buffer_view(&out);
}

enum { GENERATED = 4000, FLIPPED_IN = 60 };

static void what_was_written_is_read_back(void)
{
	uint64_t seed = test_seed();
	for (int i = 0; i < GENERATED; i++, test_random(&seed)) {
		owned_arena arena = {0};
		struct bytes bytes = generate(&arena, seed);
		struct err e = {0};
		struct cbor_reader r = cbor_reader(bytes, &e);
		struct generator g = {.state = seed, .arena = &arena, .in = &r};
		do_item(&g, 0);
		CHECK(cbor_done(&r), "seed %" PRIu64 ": %s", seed, e.text);
		CHECK(accepts(bytes, &e), "seed %" PRIu64 ": %s", seed, e.text);
		CHECK(cbor_diagnostic(&arena, bytes) != NULL, "seed %" PRIu64, seed);
	}
}

/* accepts() holds everything that is accepted to be the one encoding of its value. */
static void a_changed_byte_is_refused_or_another_value(void)
{
	uint64_t seed = test_seed();
	unsigned long refused = 0, accepted = 0;
	for (int i = 0; i < FLIPPED_IN; i++, test_random(&seed)) {
		owned_arena arena = {0};
		struct err e = {0};
		struct bytes bytes = generate(&arena, seed);
		uint8_t *at = (uint8_t *)arena_copy(&arena, bytes.at, bytes.len);
		for (size_t k = 0; k < bytes.len * 8; k++) {
			at[k / 8] ^= (uint8_t)(1 << k % 8);
			*(accepts(bytes_of(at, bytes.len), &e) ? &accepted : &refused) += 1;
			at[k / 8] ^= (uint8_t)(1 << k % 8);
		}
	}
	CHECK(refused > 1000 && accepted > 1000, "%lu refused, %lu accepted", refused, accepted);
}

static void a_cut_value_is_refused(void)
{
	uint64_t seed = test_seed();
	for (int i = 0; i < FLIPPED_IN; i++, test_random(&seed)) {
		owned_arena arena = {0};
		struct err e = {0};
		struct bytes bytes = generate(&arena, seed);
		for (size_t len = 0; len < bytes.len; len++) {
			uint8_t *cut = malloc(len > 0 ? len : 1);
			if (cut == NULL)
				abort();
			memcpy(cut, bytes.at, len);
			CHECK(!accepts(bytes_of(cut, len), &e), "seed %" PRIu64 " cut to %zu", seed,
			      len);
			free(cut);
		}
	}
}

TEST_MAIN(TEST(values_in_the_profile_are_accepted),
          TEST(everything_else_is_refused_where_it_stands),
          TEST(a_wrong_read_makes_the_reader_bad_for_good),
          TEST(a_peek_tells_the_type_and_reads_nothing), TEST(tags_are_read_only_when_asked_for),
          TEST(the_writer_spells_each_type), TEST(levels_end_by_themselves),
          TEST(an_item_is_read_whole), TEST(a_callers_fault_names_the_item),
          TEST(there_is_no_notation_for_what_is_refused),
          TEST(the_vectors_of_rfc_8949_are_judged_by_the_profile),
          TEST(what_was_written_is_read_back), TEST(a_changed_byte_is_refused_or_another_value),
          TEST(a_cut_value_is_refused))
