/* Bytes and their text forms, readers, buffers, arenas, instants, errors, files. */
#include "base/err.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/instant.h"
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct bytes text(const char *t)
{
	return bytes_text(t);
}

/* A literal with NULs and without its last one. */
#define RAW(literal) bytes_of((literal), sizeof(literal) - 1)

/* The same bytes at the very end of a heap block, where the sanitizer sees a step too far. */
static struct bytes exact(struct bytes b)
{
	uint8_t *copy = malloc(b.len > 0 ? b.len : 1);
	if (copy != NULL && b.len > 0)
		memcpy(copy, b.at, b.len);
	return bytes_of(copy, b.len);
}

static void release(struct bytes b)
{
	free((void *)(uintptr_t)b.at);
}

/* RFC 4648 section 10. */
static void base64_gives_the_vectors_of_its_rfc(void)
{
	static const struct {
		const char *plain, *encoded;
	} rows[] = {
	    {"", ""},
	    {"f", "Zg=="},
	    {"fo", "Zm8="},
	    {"foo", "Zm9v"},
	    {"foob", "Zm9vYg=="},
	    {"fooba", "Zm9vYmE="},
	    {"foobar", "Zm9vYmFy"},
	};
	owned_arena arena = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bytes back;
		char *encoded = base64_encode(&arena, text(rows[i].plain));
		CHECK(strcmp(encoded, rows[i].encoded) == 0, "%s gives %s", rows[i].plain, encoded);
		CHECK(base64_decode(&arena, text(rows[i].encoded), &back) &&
		          bytes_equal(back, text(rows[i].plain)),
		      "%s", rows[i].encoded);
	}
}

static void base64_refuses_every_other_form(void)
{
	const struct {
		struct bytes text;
		const char *why;
	} rows[] = {
	    {RAW("Z"), "one digit"},
	    {RAW("Zg"), "no padding"},
	    {RAW("Zg="), "half the padding"},
	    {RAW("Zm8"), "no padding of one"},
	    {RAW("Zg==="), "too much padding"},
	    {RAW("Zg==Zg=="), "padding inside"},
	    {RAW("===="), "nothing but padding"},
	    {RAW("Z==="), "one digit, padded"},
	    {RAW("Zh=="), "stray bits behind one byte"},
	    {RAW("Zm9="), "stray bits behind two bytes"},
	    {RAW("Zg==\n"), "a line end"},
	    {RAW("Zm9v\nYmE="), "a line end inside"},
	    {RAW("Zm9 "), "a space"},
	    {RAW("Zm-_"), "the URL alphabet"},
	    {RAW("Zm9\0"), "a NUL"},
	    {RAW("Zm9\x80"), "a byte outside ASCII"},
	    {RAW("Z=9v"), "padding in front of digits"},
	};
	owned_arena arena = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bytes out, in = exact(rows[i].text);
		CHECK(!base64_decode(&arena, in, &out), "%s", rows[i].why);
		release(in);
	}
}

static void base64url_is_for_addresses_and_as_strict(void)
{
	static const char *const refused[] = {"Z",  "Zg==", "Zg=",  "Zm+v", "Zm/v",
	                                      "Zh", "Zm9",  "Zg\n", "=",    "Zm9vZ"};
	static const uint8_t raw[] = {0xFB, 0xFF, 0xFE, 0x00};
	owned_arena arena = {0};
	struct bytes out;
	for (size_t len = 0; len <= sizeof raw; len++) {
		const char *encoded = base64url_encode(&arena, bytes_of(raw, len));
		CHECK(strpbrk(encoded, "+/=") == NULL &&
		          base64url_decode(&arena, text(encoded), &out) &&
		          bytes_equal(out, bytes_of(raw, len)),
		      "%s", encoded);
	}
	CHECK(strcmp(base64url_encode(&arena, bytes_of(raw, 3)), "-__-") == 0, "another alphabet");
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		CHECK(!base64url_decode(&arena, text(refused[i]), &out), "%s", refused[i]);
}

/* Of the 64 digits in the last place that carries spare bits, only those with zeros there. */
static void base64_has_one_text_for_each_value(void)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	int accepted_one = 0, accepted_two = 0;
	for (size_t i = 0; i < 64; i++) {
		owned_arena arena = {0};
		struct bytes out;
		char one[] = "A?==", two[] = "AA?=";
		one[1] = two[2] = digits[i];
		accepted_one += base64_decode(&arena, text(one), &out);
		accepted_two += base64_decode(&arena, text(two), &out);
	}
	CHECK(accepted_one == 4, "%d of 64 for one byte", accepted_one);
	CHECK(accepted_two == 16, "%d of 64 for two bytes", accepted_two);
}

static void text_forms_lead_back_to_the_bytes(void)
{
	uint64_t state = test_seed();
	for (int round = 0; round < 2000; round++) {
		owned_arena arena = {0};
		uint8_t raw[80];
		size_t len = test_random(&state) % (sizeof raw + 1);
		struct bytes back;
		for (size_t i = 0; i < len; i++)
			raw[i] = (uint8_t)test_random(&state);
		CHECK(
		    base64_decode(&arena, text(base64_encode(&arena, bytes_of(raw, len))), &back) &&
		        bytes_equal(back, bytes_of(raw, len)),
		    "base64 of %zu bytes", len);
		CHECK(hex_decode(&arena, hex_encode(&arena, bytes_of(raw, len)), &back) &&
		          bytes_equal(back, bytes_of(raw, len)),
		      "hex of %zu bytes", len);
	}
}

static void hex_takes_either_case_and_nothing_else(void)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
	    {"", true},      {"00ff", true},   {"00FF", true}, {"aBcD", true},      {"0", false},
	    {"000", false},  {"0g", false},    {"g0", false},  {" 00", false},      {"00 ", false},
	    {"0x00", false}, {"00:11", false}, {"-1", false},  {"\xC3\xA9", false},
	};
	owned_arena arena = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bytes out;
		CHECK(hex_decode(&arena, rows[i].text, &out) == rows[i].good, "'%s'", rows[i].text);
	}
	CHECK(strcmp(hex_encode(&arena, RAW("\x00\x7F\xAB")), "007fab") == 0, "lower case");
}

static void utf8_is_what_rfc_3629_allows(void)
{
	const struct {
		struct bytes bytes;
		bool good;
		const char *what;
	} rows[] = {
	    {RAW(""), true, "nothing"},
	    {RAW("a\0b"), true, "NUL is a character"},
	    {RAW("\x7F"), true, "the last of one byte"},
	    {RAW("\xC2\x80"), true, "the first of two"},
	    {RAW("\xDF\xBF"), true, "the last of two"},
	    {RAW("\xE0\xA0\x80"), true, "the first of three"},
	    {RAW("\xED\x9F\xBF"), true, "before the surrogates"},
	    {RAW("\xEE\x80\x80"), true, "after the surrogates"},
	    {RAW("\xEF\xBF\xBF"), true, "a noncharacter"},
	    {RAW("\xF0\x90\x80\x80"), true, "the first of four"},
	    {RAW("\xF4\x8F\xBF\xBF"), true, "the last of all"},
	    {RAW("\x80"), false, "a tail alone"},
	    {RAW("\xBF"), false, "a tail alone"},
	    {RAW("\xC0\x80"), false, "NUL, overlong"},
	    {RAW("\xC1\xBF"), false, "DEL, overlong"},
	    {RAW("\xC2"), false, "cut"},
	    {RAW("\xC2\x7F"), false, "no tail"},
	    {RAW("\xC2\xC0"), false, "a lead as tail"},
	    {RAW("\xE0\x9F\xBF"), false, "three, overlong"},
	    {RAW("\xE0\xA0"), false, "three, cut"},
	    {RAW("\xE1\x80\x41"), false, "three, last is no tail"},
	    {RAW("\xED\xA0\x80"), false, "the first surrogate"},
	    {RAW("\xED\xBF\xBF"), false, "the last surrogate"},
	    {RAW("\xF0\x8F\xBF\xBF"), false, "four, overlong"},
	    {RAW("\xF0\x90\x80"), false, "four, cut"},
	    {RAW("\xF4\x90\x80\x80"), false, "behind U+10FFFF"},
	    {RAW("\xF5\x80\x80\x80"), false, "F5"},
	    {RAW("\xF8\x88\x80\x80\x80"), false, "five bytes"},
	    {RAW("\xFE"), false, "FE"},
	    {RAW("\xFF"), false, "FF"},
	    {RAW("good\xE2\x82"), false, "good, then cut"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bytes in = exact(rows[i].bytes);
		CHECK(bytes_are_utf8(in) == rows[i].good, "%s", rows[i].what);
		release(in);
	}
}

/* Every code point, encoded by hand, is well formed exactly when it is no surrogate. */
static void utf8_holds_every_code_point(void)
{
	unsigned wrong = 0;
	for (uint32_t c = 0; c < 0x110000; c++) {
		uint8_t at[4];
		size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		for (size_t i = len; i-- > 1;)
			at[i] = (uint8_t)(0x80 | (c >> 6 * (len - 1 - i) & 0x3F));
		static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
		at[0] = (uint8_t)(lead[len] | c >> 6 * (len - 1));
		wrong += bytes_are_utf8(bytes_of(at, len)) == (c >= 0xD800 && c <= 0xDFFF);
	}
	CHECK(wrong == 0, "%u code points", wrong);
}

static void order_is_bytewise_and_a_prefix_comes_first(void)
{
	const struct bytes rising[] = {
	    RAW(""),   RAW("\0"), RAW("\0\0"), RAW("A"),
	    RAW("AA"), RAW("B"),  RAW("\x80"), RAW("\xFF"),
	};
	for (size_t i = 0; i < sizeof rising / sizeof *rising; i++)
		for (size_t k = 0; k < sizeof rising / sizeof *rising; k++) {
			int order = bytes_compare(rising[i], rising[k]);
			CHECK((order > 0) - (order < 0) == (i > k) - (i < k), "%zu, %zu: %d", i, k,
			      order);
			CHECK(bytes_equal(rising[i], rising[k]) == (i == k), "%zu, %zu", i, k);
		}
	CHECK(bytes_equal((struct bytes){0}, RAW("")), "nowhere and empty are equal");
}

static void reader_reads_big_endian(void)
{
	struct reader r =
	    reader_of(RAW("\x01\x02\x03\x04\x05\x06\x07\x80\x00\x00\x00\x00\x00\x00\x01"
	                  "line\n\nrest"));
	CHECK(read_u8(&r) == 0x01, "u8");
	CHECK(read_u16be(&r) == 0x0203, "u16");
	CHECK(read_u32be(&r) == 0x04050607, "u32");
	CHECK(read_u64be(&r) == 0x8000000000000001, "u64");
	CHECK(bytes_equal(read_line(&r), text("line")), "a line");
	CHECK(bytes_equal(read_line(&r), text("")), "an empty line");
	CHECK(!r.bad && reader_left(&r) == 4, "%zu left", reader_left(&r));
	CHECK(read_line(&r).len == 0 && r.bad, "no line end");
}

/* Random reads over exact allocations; what was read is a piece of the input. */
static void reader_never_runs_past_the_end(void)
{
	uint64_t state = test_seed();
	for (int round = 0; round < 3000; round++) {
		uint8_t raw[40];
		size_t len = test_random(&state) % sizeof raw;
		for (size_t i = 0; i < len; i++)
			raw[i] = test_random(&state) % 5 == 0 ? '\n' : (uint8_t)test_random(&state);
		struct bytes all = exact(bytes_of(raw, len));
		struct reader r = reader_of(all);
		bool was_bad = false;
		for (int step = 0; step < 12; step++) {
			size_t before = r.offset, wanted = test_random(&state) % 20;
			uint64_t number = 0;
			struct bytes part = {0};
			switch (test_random(&state) % 7) {
			case 0:
				number = read_u8(&r);
				break;
			case 1:
				number = read_u16be(&r);
				break;
			case 2:
				number = read_u32be(&r);
				break;
			case 3:
				number = read_u64be(&r);
				break;
			case 4:
				part = read_line(&r);
				break;
			case 5:
				part = read_bytes(&r, wanted);
				break;
			default:
				part = read_bytes(&r, SIZE_MAX - wanted);
				break;
			}
			CHECK(r.offset <= len && r.offset >= before, "offset %zu of %zu", r.offset,
			      len);
			CHECK(!was_bad || r.bad, "bad is for good");
			if (r.bad)
				CHECK(number == 0 && part.len == 0 && r.offset == before,
				      "a bad read gives");
			else if (part.len > 0)
				CHECK(memcmp(part.at, raw + before, part.len) == 0, "other bytes");
			was_bad = r.bad;
		}
		release(all);
	}
}

static void buffer_holds_what_was_put(void)
{
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	CHECK(buffer_view(&b).len == 0, "empty at first");
	buffer_u8(&b, 1);
	buffer_u16be(&b, 0x0203);
	buffer_u32be(&b, 0x04050607);
	buffer_u64be(&b, 0x08090A0B0C0D0E0F);
	buffer_bytes(&b, (struct bytes){0});
	buffer_text(&b, "ab");
	buffer_printf(&b, "%d%s", 42, "!");
	struct bytes wanted = RAW("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F"
	                          "ab42!");
	CHECK(bytes_equal(buffer_view(&b), wanted), "%zu bytes", b.len);
	const char *terminated = buffer_cstr(&b);
	CHECK(strlen(terminated) == wanted.len && b.len == wanted.len, "the NUL is not content");
	buffer_text(&b, "more");
	CHECK(b.len == wanted.len + 4, "and it is written over");
	struct buffer large = {.arena = &arena};
	for (uint32_t i = 0; i < 100000; i++)
		buffer_u32be(&large, i);
	struct reader r = reader_of(buffer_view(&large));
	for (uint32_t i = 0; i < 100000; i++)
		if (read_u32be(&r) != i)
			r.bad = true;
	CHECK(!r.bad && reader_left(&r) == 0, "growing kept the bytes");
}

static void decimal_has_one_form(void)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
	} rows[] = {
	    {"0", true, 0},
	    {"7", true, 7},
	    {"10", true, 10},
	    {"9223372036854775807", true, INT64_MAX},
	    {"9223372036854775808", false, 0},
	    {"9999999999999999999", false, 0},
	    {"10000000000000000000", false, 0},
	    {"18446744073709551616", false, 0},
	    {"", false, 0},
	    {"00", false, 0},
	    {"01", false, 0},
	    {"+1", false, 0},
	    {"-1", false, 0},
	    {" 1", false, 0},
	    {"1 ", false, 0},
	    {"1\n", false, 0},
	    {"0x1", false, 0},
	    {"1e3", false, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t value = 0;
		struct bytes in = exact(text(rows[i].text));
		CHECK(decimal_parse(in, &value) == rows[i].good && value == rows[i].value,
		      "'%s': %llu", rows[i].text, (unsigned long long)value);
		release(in);
	}
}

static void arena_gives_zeroed_aligned_room_of_its_own(void)
{
	uint64_t state = test_seed();
	owned_arena arena = {0};
	struct {
		uint8_t *at;
		size_t len;
	} taken[600];
	const size_t count = sizeof taken / sizeof *taken;
	for (size_t i = 0; i < count; i++) {
		taken[i].len = i % 100 == 99 ? 1 << 21 : test_random(&state) % 700;
		taken[i].at = arena_alloc(&arena, taken[i].len);
		CHECK((uintptr_t)taken[i].at % _Alignof(max_align_t) == 0, "%p",
		      (void *)taken[i].at);
		bool zero = true;
		for (size_t k = 0; k < taken[i].len; k++)
			zero &= taken[i].at[k] == 0;
		CHECK(zero, "%zu bytes", taken[i].len);
		memset(taken[i].at, (int)(i & 0xFF), taken[i].len);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < taken[i].len; k++)
			if (taken[i].at[k] != (i & 0xFF)) {
				CHECK(false, "piece %zu was written over", i);
				break;
			}
	char *copy = arena_copy(&arena, "abc", 2);
	CHECK(strcmp(copy, "ab") == 0, "%s", copy);
	CHECK(strcmp(arena_printf(&arena, "%s-%d", "x", 7), "x-7") == 0, "printf");
	arena_free(&arena);
	CHECK(arena.last == NULL, "empty again");
	arena_free(&arena);
	CHECK(arena_alloc(&arena, 0) != NULL, "and of use again");
}

/* Sizes that overflow end the process: they never give less room than was asked for. */
static void arena_never_gives_less_than_asked(void)
{
	for (int which = 0; which < 3; which++) {
		pid_t child = fork();
		if (child == 0) {
			struct arena arena = {0};
			if (freopen("/dev/null", "w", stderr) == NULL)
				_exit(1);
			if (which == 0)
				arena_alloc(&arena, SIZE_MAX - 8);
			else if (which == 1)
				arena_array(&arena, SIZE_MAX / 16 + 2, 16);
			else
				arena_copy(&arena, "x", SIZE_MAX);
			_exit(0);
		}
		int status = 0;
		waitpid(child, &status, 0);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "%d: status %d", which,
		      status);
	}
}

static void instants_are_the_days_of_the_calendar(void)
{
	static const struct {
		const char *text;
		int64_t at;
	} rows[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"1969-12-31T23:59:59Z", -1},
	    {"2001-09-09T01:46:40Z", 1000000000},
	    {"2038-01-19T03:14:08Z", 2147483648},
	    {"2000-02-29T12:00:00Z", 951825600},
	    {"2024-02-29T23:59:59Z", 1709251199},
	    {"0000-01-01T00:00:00Z", INSTANT_FIRST},
	    {"0000-02-29T00:00:00Z", INSTANT_FIRST + 59 * DAY_SECONDS},
	    {"9999-12-31T23:59:59Z", INSTANT_LAST},
	    {"1582-10-10T00:00:00Z", -12219724800},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t at = 42;
		char back[INSTANT_TEXT + 1];
		CHECK(instant_parse(text(rows[i].text), &at) && at == rows[i].at, "%s: %lld",
		      rows[i].text, (long long)at);
		instant_format(rows[i].at, back);
		CHECK(strcmp(back, rows[i].text) == 0, "%lld gives %s", (long long)rows[i].at,
		      back);
	}
}

static void instants_refuse_other_texts(void)
{
	static const char *const rows[] = {
	    "",
	    "2026-01-01",
	    "2026-01-01T00:00:00",
	    "2026-01-01T00:00:00z",
	    "2026-01-01t00:00:00Z",
	    "2026-01-01 00:00:00Z",
	    "2026-01-01T00:00:00+00:00",
	    "2026-01-01T00:00:00.0Z",
	    "2026-01-01T00:00:00ZZ",
	    " 2026-01-01T00:00:00Z",
	    "2026-01-01T00:00:0Z",
	    "2026-00-01T00:00:00Z",
	    "2026-13-01T00:00:00Z",
	    "2026-01-00T00:00:00Z",
	    "2026-01-32T00:00:00Z",
	    "2026-04-31T00:00:00Z",
	    "2026-02-29T00:00:00Z",
	    "2024-02-30T00:00:00Z",
	    "1900-02-29T00:00:00Z",
	    "2100-02-29T00:00:00Z",
	    "2026-01-01T24:00:00Z",
	    "2026-01-01T00:60:00Z",
	    "2026-12-31T23:59:60Z",
	    "-026-01-01T00:00:00Z",
	    "+026-01-01T00:00:00Z",
	    "2026-1 -01T00:00:00Z",
	    "2026/01/01T00:00:00Z",
	    "2O26-01-01T00:00:00Z",
	    "20260101T000000Z",
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t at;
		struct bytes in = exact(text(rows[i]));
		CHECK(!instant_parse(in, &at), "'%s'", rows[i]);
		release(in);
	}
}

static void instants_lead_there_and_back(void)
{
	uint64_t state = test_seed();
	int64_t span = INSTANT_LAST - INSTANT_FIRST + 1;
	char last[INSTANT_TEXT + 1] = "";
	/* every day of all 10,000 years, in order, at a random second of it */
	for (int64_t at = INSTANT_FIRST, back; at <= INSTANT_LAST; at += DAY_SECONDS) {
		char now[INSTANT_TEXT + 1];
		int64_t second = at + (int64_t)(test_random(&state) % DAY_SECONDS);
		instant_format(second, now);
		if (!instant_parse(bytes_of(now, INSTANT_TEXT), &back) || back != second ||
		    strcmp(last, now) >= 0)
			CHECK(false, "%lld gives %s after %s", (long long)second, now, last);
		memcpy(last, now, sizeof last);
	}
	for (int i = 0; i < 20000; i++) {
		char now[INSTANT_TEXT + 1];
		int64_t at = INSTANT_FIRST + (int64_t)(test_random(&state) % (uint64_t)span), back;
		instant_format(at, now);
		if (!instant_parse(bytes_of(now, INSTANT_TEXT), &back) || back != at)
			CHECK(false, "%lld gives %s", (long long)at, now);
	}
}

static void errors_keep_kind_and_rule_and_get_context_in_front(void)
{
	struct err e = {0};
	CHECK(!err_input(&e, "cbor.key-order", "key %d follows %d", 3, 4), "false");
	CHECK(!err_context(&e, "in %s", "a.rec"), "false");
	CHECK(e.kind == ERR_INPUT && strcmp(e.rule, "cbor.key-order") == 0, "%d, %s", e.kind,
	      e.rule);
	CHECK(strcmp(e.text, "in a.rec: key 3 follows 4") == 0, "%s", e.text);
	CHECK(!err_refused(&e, "measure.needs-approvals", "no") && e.kind == ERR_REFUSED,
	      "refused");
	CHECK(!err_usage(&e, "what?") && e.kind == ERR_USAGE && e.rule == NULL, "usage");
	CHECK(!err_environment(&e, "disk") && e.kind == ERR_ENVIRONMENT, "environment");
	errno = ENOSPC;
	CHECK(!err_errno(&e, "cannot write %s", "x") && e.kind == ERR_ENVIRONMENT, "errno");
	CHECK(strncmp(e.text, "cannot write x: ", 16) == 0 && strlen(e.text) > 16, "%s", e.text);
}

/* Texts at and around the size of the room are cut, and end in it. */
static void errors_cut_what_is_too_long(void)
{
	char long_text[2000];
	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = 0;
	const int room = (int)sizeof((struct err *)NULL)->text;
	for (int first = room - 6; first <= room + 2; first++)
		for (int second = 0; second <= room + 2; second += second < 8 ? 1 : room - 14) {
			struct err e;
			err_input(&e, NULL, "%.*s", first, long_text);
			err_context(&e, "%.*s", second, long_text);
			CHECK(strnlen(e.text, sizeof e.text) < sizeof e.text, "%d, %d", first,
			      second);
			CHECK(e.kind == ERR_INPUT, "%d", e.kind);
			err_errno(&e, "%.*s", first, long_text);
			CHECK(strnlen(e.text, sizeof e.text) < sizeof e.text, "errno, %d", first);
		}
}

static void sha256_is_that_of_fips_180(void)
{
	owned_arena arena = {0};
	static const struct {
		const char *text, *hash;
	} rows[] = {
	    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hash h = sha256(text(rows[i].text));
		CHECK(strcmp(hex_encode(&arena, hash_bytes(&h)), rows[i].hash) == 0, "%s",
		      rows[i].text);
		size_t len = strlen(rows[i].text);
		struct hash parts =
		    sha256_parts((struct bytes[]){bytes_of(rows[i].text, len / 2),
		                                  {0},
		                                  bytes_of(rows[i].text + len / 2, len - len / 2)},
		                 3);
		CHECK(hash_equal(&h, &parts), "in parts: %s", rows[i].text);
	}
}

/* Every length around every block's end, each beside every few others. */
static void two_hashed_at_once_are_two_hashed_apart(void)
{
	enum { MOST = 1100 };
	static uint8_t bytes[2][MOST];
	for (unsigned i = 0; i < 2 * MOST; i++)
		bytes[i / MOST][i % MOST] = (uint8_t)(i * 131 + i / 7);
	for (size_t a = 0; a < MOST; a++)
		for (size_t b = a % 13; b < MOST; b += 61) {
			const struct bytes both[] = {bytes_of(bytes[0], a), bytes_of(bytes[1], b)};
			const uint8_t prefix = (uint8_t)(a + b);
			struct hash out[2];
			sha256_pair(prefix, both, out);
			for (unsigned i = 0; i < 2; i++) {
				struct hash want =
				    sha256_parts((struct bytes[]){{&prefix, 1}, both[i]}, 2);
				if (!hash_equal(&out[i], &want))
					CHECK(false, "%zu and %zu bytes: number %u", a, b, i);
			}
		}
}

/* An arena that took another's room frees both, and goes on giving zeroed room of its own. */
static void an_arena_takes_another_s_room(void)
{
	struct arena to = {0}, from = {0}, none = {0};
	char *mine = arena_printf(&to, "%0200d", 1), *theirs = arena_printf(&from, "%05000d", 2);
	arena_move(&to, &none);
	arena_move(&to, &from);
	CHECK(from.last == NULL && strlen(mine) == 200 && strlen(theirs) == 5000, "moved");
	char *more = arena_alloc(&to, 100);
	for (unsigned i = 0; i < 100; i++)
		CHECK(more[i] == 0, "byte %u", i);
	memset(more, 1, 100);
	CHECK(theirs[4999] == '2' && mine[199] == '1', "kept");
	arena_move(&none, &to);
	CHECK(to.last == NULL && theirs[4999] == '2', "moved again");
	arena_free(&none);
}

/* A folder of our own, empty; the path is to be removed by clear(). */
static const char *folder(void)
{
	static char path[64];
	snprintf(path, sizeof path, "/tmp/proviso-base-test-XXXXXX");
	return mkdtemp(path);
}

static int count_names(const char *path)
{
	int count = 0;
	DIR *d = opendir(path);
	for (struct dirent *entry = d == NULL ? NULL : readdir(d); entry != NULL;
	     entry = readdir(d))
		count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
	if (d != NULL)
		closedir(d);
	return count;
}

static void written_files_are_whole_and_of_the_mode(void)
{
	static const mode_t modes[] = {0600, 0644, 0666, 0400};
	owned_arena arena = {0};
	const char *in = folder();
	char *path = arena_printf(&arena, "%s/file", in);
	mode_t before = umask(077);
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		struct err e = {0};
		struct stat st = {0};
		struct bytes back;
		char *content = arena_printf(&arena, "content %zu", i);
		CHECK(file_write(path, text(content), modes[i], &e), "%s", e.text);
		CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == modes[i], "%o", st.st_mode);
		CHECK(file_read(&arena, path, 100, &back, &e) && bytes_equal(back, text(content)),
		      "%s", e.text);
		CHECK(count_names(in) == 1, "%d names", count_names(in));
	}
	umask(before);
	unlink(path);
	rmdir(in);
}

/* Whoever reads while files are put in place sees one of them whole, never a part. */
static void a_reader_sees_the_old_file_or_the_new(void)
{
	enum { SIZE = 200000, ROUNDS = 30 };
	owned_arena arena = {0};
	struct err e = {0};
	const char *in = folder();
	char *path = arena_printf(&arena, "%s/file", in);
	uint8_t *content = arena_alloc(&arena, SIZE);
	memset(content, 'a', SIZE);
	CHECK(file_write(path, bytes_of(content, SIZE), 0600, &e), "%s", e.text);
	pid_t child = fork();
	if (child == 0) {
		for (int round = 0; round < ROUNDS; round++) {
			memset(content, 'a' + round % 26, SIZE);
			if (!file_write(path, bytes_of(content, SIZE), 0600, &e))
				_exit(1);
		}
		_exit(0);
	}
	int status = 0, reads = 0;
	while (waitpid(child, &status, WNOHANG) == 0) {
		owned_arena part = {0};
		struct bytes seen;
		CHECK(file_read(&part, path, SIZE, &seen, &e) && seen.len == SIZE, "%s", e.text);
		CHECK(seen.len == SIZE && memcmp(seen.at, seen.at + 1, SIZE - 1) == 0, "a mixture");
		reads++;
	}
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the writer failed: %d", status);
	CHECK(reads > 0 && count_names(in) == 1, "%d reads, %d names", reads, count_names(in));
	unlink(path);
	rmdir(in);
}

static void a_failed_write_leaves_nothing_behind(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes back;
	const char *in = folder();
	char *path = arena_printf(&arena, "%s/file", in);
	CHECK(file_create(path, text("first"), 0600, &e), "%s", e.text);
	CHECK(!file_create(path, text("second"), 0600, &e) && e.kind == ERR_ENVIRONMENT,
	      "created over a file");
	CHECK(file_read(&arena, path, 100, &back, &e) && bytes_equal(back, text("first")),
	      "changed");
	CHECK(count_names(in) == 1, "%d names after a failed create", count_names(in));
	char *directory = arena_printf(&arena, "%s/sub", in);
	CHECK(directory_make(directory, 0700, &e), "%s", e.text);
	CHECK(!file_write(directory, text("x"), 0600, &e), "wrote over a directory");
	CHECK(count_names(in) == 2, "%d names after a failed write", count_names(in));
	CHECK(!file_write(arena_printf(&arena, "%s/none/file", in), text("x"), 0600, &e),
	      "wrote into a directory that is not there");
	rmdir(directory);
	unlink(path);
	rmdir(in);
}

/* Disk full is made with a limit on the size of files, which write(2) reports the same way. */
static void a_full_disk_keeps_the_old_file(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes back;
	const char *in = folder();
	char *path = arena_printf(&arena, "%s/file", in);
	CHECK(file_write(path, text("old"), 0600, &e), "%s", e.text);
	pid_t child = fork();
	if (child == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000});
		uint8_t *large = arena_alloc(&arena, 5000);
		_exit(file_write(path, bytes_of(large, 5000), 0600, &e) ? 1 : (int)e.kind);
	}
	int status = 0;
	waitpid(child, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == ERR_ENVIRONMENT, "%d", status);
	CHECK(file_read(&arena, path, 100, &back, &e) && bytes_equal(back, text("old")), "changed");
	CHECK(count_names(in) == 1, "%d names", count_names(in));
	unlink(path);
	rmdir(in);
}

static void reading_stops_at_the_limit(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes out;
	const char *in = folder();
	char *path = arena_printf(&arena, "%s/file", in);
	uint8_t *content = arena_alloc(&arena, 20000);
	CHECK(file_write(path, bytes_of(content, 20000), 0600, &e), "%s", e.text);
	CHECK(file_read(&arena, path, 20000, &out, &e) && out.len == 20000, "at the limit");
	CHECK(!file_read(&arena, path, 19999, &out, &e) && e.kind == ERR_INPUT, "above it: %s",
	      e.text);
	CHECK(!file_read(&arena, "/dev/zero", 100000, &out, &e) && e.kind == ERR_INPUT, "endless");
	CHECK(!file_read(&arena, in, 100, &out, &e) && e.kind == ERR_ENVIRONMENT, "a directory");
	unlink(path);
	CHECK(!file_read(&arena, path, 100, &out, &e) && e.kind == ERR_ENVIRONMENT, "not there");
	CHECK(!file_exists(path) && file_exists(in), "existence");
	rmdir(in);
}

static void directories_are_made_with_those_above(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	const char *in = folder();
	char *deep = arena_printf(&arena, "%s/a/b/c", in);
	CHECK(directory_make(deep, 0700, &e) && file_exists(deep), "%s", e.text);
	CHECK(directory_make(deep, 0700, &e), "again: %s", e.text);
	CHECK(directory_sync(deep, &e), "%s", e.text);
	char *file = arena_printf(&arena, "%s/file", deep);
	CHECK(file_write(file, text(""), 0600, &e), "%s", e.text);
	CHECK(!directory_make(file, 0700, &e), "a file is no directory");
	CHECK(!directory_make(arena_printf(&arena, "%s/below", file), 0700, &e), "nor has it any");
	unlink(file);
	for (const char *const *part = (const char *const[]){"a/b/c", "a/b", "a", NULL}; *part;
	     part++)
		rmdir(arena_printf(&arena, "%s/%s", in, *part));
	CHECK(rmdir(in) == 0, "something was left in %s", in);
}

TEST_MAIN(TEST(base64_gives_the_vectors_of_its_rfc), TEST(base64_refuses_every_other_form),
          TEST(base64url_is_for_addresses_and_as_strict), TEST(base64_has_one_text_for_each_value),
          TEST(text_forms_lead_back_to_the_bytes), TEST(hex_takes_either_case_and_nothing_else),
          TEST(utf8_is_what_rfc_3629_allows), TEST(utf8_holds_every_code_point),
          TEST(order_is_bytewise_and_a_prefix_comes_first), TEST(reader_reads_big_endian),
          TEST(reader_never_runs_past_the_end), TEST(buffer_holds_what_was_put),
          TEST(decimal_has_one_form), TEST(arena_gives_zeroed_aligned_room_of_its_own),
          TEST(arena_never_gives_less_than_asked), TEST(instants_are_the_days_of_the_calendar),
          TEST(instants_refuse_other_texts), TEST(instants_lead_there_and_back),
          TEST(errors_keep_kind_and_rule_and_get_context_in_front),
          TEST(errors_cut_what_is_too_long), TEST(sha256_is_that_of_fips_180),
          TEST(two_hashed_at_once_are_two_hashed_apart), TEST(an_arena_takes_another_s_room),
          TEST(written_files_are_whole_and_of_the_mode),
          TEST(a_reader_sees_the_old_file_or_the_new), TEST(a_failed_write_leaves_nothing_behind),
          TEST(a_full_disk_keeps_the_old_file), TEST(reading_stops_at_the_limit),
          TEST(directories_are_made_with_those_above))
