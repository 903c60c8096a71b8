/* Trust policies: every line of the format, and which cosignatures make a quorum, at what time. */
#include "log/policy.h"
#include "log/merkle.h"
#include "test.h"

enum { WITNESSES = 6 };

static struct secret_key log_key, new_log_key, other_log, witnesses[WITNESSES];

static struct secret_key make_key(const char *name, uint8_t seed)
{
	struct secret_key out;
	struct err e = {0};
	const uint8_t seeds[KEY_SEED] = {seed};
	if (!key_make(KEY_ED25519, name, seeds, &out, &e)) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	return out;
}

static void set_up(void)
{
	struct err e = {0};
	if (!key_library_start(&e))
		abort();
	log_key = make_key("log.example/a", 1);
	new_log_key = make_key("log.example/a", 2);
	other_log = make_key("log.example/b", 3);
	for (uint8_t i = 0; i < WITNESSES; i++) {
		char name[32];
		snprintf(name, sizeof name, "witness%u.example", i);
		witnesses[i] = make_key(name, (uint8_t)(10 + i));
	}
}

static bool has_rule(const struct err *e, enum err_kind kind, const char *rule)
{
	return e->kind == kind && e->rule != NULL && strcmp(e->rule, rule) == 0;
}

/* %L0 to %L2 stand for the keys of the logs, %W0 to %W5 for those of the witnesses. */
static struct bytes filled(struct arena *arena, const char *text)
{
	const struct secret_key *logs[] = {&log_key, &new_log_key, &other_log};
	struct buffer out = {.arena = arena};
	for (; *text != 0; text++) {
		if (*text != '%') {
			buffer_u8(&out, (uint8_t)*text);
			continue;
		}
		unsigned at = (unsigned)(text[2] - '0');
		buffer_text(&out, text[1] == 'L' ? key_line(arena, &logs[at]->public)
		                                 : key_cosigner_line(arena, &witnesses[at].public));
		text += 2;
	}
	return buffer_view(&out);
}

static struct policy *parsed(struct arena *arena, const char *text)
{
	struct policy *p = arena_alloc(arena, sizeof *p);
	struct err e = {0};
	CHECK(policy_parse(arena, filled(arena, text), p, &e), "%s", e.text);
	return p;
}

#define TWO_LEVELS                                                                                 \
	"log %L0\n"                                                                                \
	"\n"                                                                                       \
	"witness X1 %W0\nwitness X2 %W1\nwitness X3 %W2\n"                                         \
	"group X-witnesses 2 X1 X2 X3\n"                                                           \
	"witness Y1 %W3\nwitness Y2 %W4\nwitness Y3 %W5\n"                                         \
	"group Y-witnesses any Y1 Y2 Y3\n"                                                         \
	"group X-and-Y all X-witnesses Y-witnesses\n"                                              \
	"quorum X-and-Y\n"

static void a_policy_is_read(void)
{
	owned_arena arena = {0};
	struct policy *p = parsed(&arena, "# a comment, with words\n \t# another\n\t\n"
	                                  "  log\t%L0  https://log.example/a/ \n"
	                                  "witness W1 %W0 https://witness0.example/\n"
	                                  "witness \xFF\xFE %W1\n"
	                                  "group both all W1 \xFF\xFE\n"
	                                  "quorum both\n");
	CHECK(p->log_count == 1 && strcmp(p->logs[0].url, "https://log.example/a/") == 0, "log");
	CHECK(p->member_count == 3 && p->quorum == 2 && p->members[2].is_group, "members");
	CHECK(strcmp(p->members[0].witness.url, "https://witness0.example/") == 0 &&
	          p->members[1].witness.url == NULL,
	      "urls");
	CHECK(p->members[2].group.threshold == 2 && p->members[2].group.count == 2, "both");
	CHECK(parsed(&arena, "quorum none\n")->quorum == POLICY_NONE, "none");
	CHECK(parsed(&arena, TWO_LEVELS)->member_count == 9, "two levels");
}

static void what_is_no_policy_is_refused_by_name(void)
{
#define W01 "witness a %W0\nwitness b %W1\n"
	static const struct {
		const char *text, *rule, *told;
	} rows[] = {
	    {"", "policy.quorum", "no quorum"},
	    {"log %L0\n", "policy.quorum", "no quorum"},
	    {"quorum none", "policy.line", "line 1 does not end"},
	    {"quorum none\nquorum none\n", "policy.quorum", "line 2"},
	    {"quorum\n", "policy.line", "line 1"},
	    {"quorum none none\n", "policy.line", "line 1"},
	    {"quorum a\nwitness a %W0\n", "policy.reference", "line 1"},
	    {"Quorum none\n", "policy.line", "line 1"},
	    {"log\nquorum none\n", "policy.line", "line 1"},
	    {"log %L0 url more\nquorum none\n", "policy.line", "line 1"},
	    {"log %W0\nquorum none\n", "key.line", "line 1"},
	    {"witness a %L0\nquorum none\n", "key.line", "line 1"},
	    {"witness a\nquorum none\n", "policy.line", "line 1"},
	    {"witness a %W0 url more\nquorum none\n", "policy.line", "line 1"},
	    {"witness a nonsense\nquorum none\n", "key.line", "line 1"},
	    {"witness none %W0\nquorum none\n", "policy.name", "line 1"},
	    {W01 "witness a %W2\nquorum a\n", "policy.name", "line 3"},
	    {W01 "witness c %W0\nquorum a\n", "policy.duplicate", "line 3"},
	    {"log %L0\nlog %L0\nquorum none\n", "policy.duplicate", "line 2"},
	    {W01 "group g 2 a\nquorum g\n", "policy.threshold", "line 3"},
	    {W01 "group g 0 a b\nquorum g\n", "policy.threshold", "line 3"},
	    {W01 "group g 01 a b\nquorum g\n", "policy.threshold", "line 3"},
	    {W01 "group g most a b\nquorum g\n", "policy.threshold", "line 3"},
	    {W01 "group g all\nquorum g\n", "policy.line", "line 3"},
	    {W01 "group g all a c\nquorum g\n", "policy.reference", "line 3"},
	    {W01 "group g all a g\nquorum g\n", "policy.reference", "line 3"},
	    {W01 "group g all a none\nquorum g\n", "policy.reference", "line 3"},
	    {W01 "group g any a a\nquorum g\n", "policy.reference", "line 3"},
	    {W01 "group g any a\ngroup h any a b\nquorum g\n", "policy.reference", "line 4"},
	    {W01 "group a any b\nquorum a\n", "policy.name", "line 3"},
	    {"quorum none\r\n", "policy.character", "CR LF"},
	    {"#\x01\nquorum none\n", "policy.character", "line 1"},
	    {"#\x7F\nquorum none\n", "policy.character", "line 1"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct policy *p = arena_alloc(&arena, sizeof *p);
		struct err e = {0};
		CHECK(!policy_parse(&arena, filled(&arena, rows[i].text), p, &e), "row %zu", i);
		CHECK(has_rule(&e, ERR_INPUT, rows[i].rule) && strstr(e.text, rows[i].told) != NULL,
		      "row %zu: %s: %s", i, e.rule, e.text);
	}
	owned_arena arena = {0};
	struct policy *p = arena_alloc(&arena, sizeof *p);
	struct err e = {0};
	struct buffer long_one = {.arena = &arena};
	buffer_text(&long_one, "quorum none\n#");
	while (long_one.len < POLICY_MAX - 1)
		buffer_u8(&long_one, 'a');
	buffer_u8(&long_one, '\n');
	CHECK(policy_parse(&arena, buffer_view(&long_one), p, &e), "as long as it may be: %s",
	      e.text);
	buffer_text(&long_one, "\n");
	CHECK(!policy_parse(&arena, buffer_view(&long_one), p, &e) &&
	          has_rule(&e, ERR_INPUT, "policy.too-large"),
	      "%s", e.text);
}

static void as_many_as_asked_for_are_taken(void)
{
	for (unsigned count = 32; count <= 129; count += count == 32 ? 32 : count == 64 ? 63 : 1) {
		owned_arena arena = {0};
		struct policy *p = arena_alloc(&arena, sizeof *p);
		struct buffer text = {.arena = &arena};
		struct err e = {0};
		for (unsigned i = 0; i < count; i++) {
			struct secret_key k = make_key("w.example", (uint8_t)i);
			buffer_printf(&text, "witness w%u %s\n", i,
			              key_cosigner_line(&arena, &k.public));
		}
		for (unsigned i = 0; i < (count < 65 ? count : 0); i++) {
			struct secret_key k = make_key("l.example", (uint8_t)(100 + i));
			buffer_printf(&text, "log %s\ngroup g%u any w%u\n",
			              key_line(&arena, &k.public), i, i);
		}
		buffer_text(&text, "quorum w0\n");
		bool good = policy_parse(&arena, buffer_view(&text), p, &e);
		CHECK(good == (count <= POLICY_MEMBERS), "%u: %s", count, e.text);
		CHECK(good || has_rule(&e, ERR_INPUT, "policy.too-large"), "%s", e.text);
	}
}

/* --- Quorums ------------------------------------------------------------------------------ */

/* A checkpoint, signed by a log and cosigned by witnesses with a time (below 0: not). */
static struct bytes checkpoint(struct arena *arena, const struct secret_key *log,
                               const int64_t times[WITNESSES])
{
	struct checkpoint c = {.origin = log->public.name, .size = 3, .root = {{7}}};
	struct bytes note = {0}, line = {0};
	struct note *read = arena_alloc(arena, sizeof *read);
	struct buffer all = {.arena = arena};
	struct err e = {0};
	CHECK(checkpoint_sign(arena, &c, log, &note, &e) && note_parse(arena, note, read, &e), "%s",
	      e.text);
	buffer_bytes(&all, note);
	for (size_t i = 0; i < WITNESSES; i++) {
		if (times[i] < 0)
			continue;
		CHECK(cosignature_sign(arena, read, &witnesses[i], times[i], &line, &e), "%s",
		      e.text);
		buffer_bytes(&all, line);
	}
	return buffer_view(&all);
}

static void a_quorum_is_what_the_policy_says_at_its_kth_latest_time(void)
{
	static const struct {
		const char *policy;
		int64_t times[WITNESSES];
		int64_t time, late; /* -1: no quorum */
	} rows[] = {
	    {"log %L0\nquorum none\n", {-1, -1, -1, -1, -1, -1}, 0, 0},
	    {"log %L0\nwitness a %W0\nquorum a\n", {7, -1, -1, -1, -1, -1}, 7, 7},
	    {"log %L0\nwitness a %W0\nquorum a\n", {0, -1, -1, -1, -1, -1}, 0, 0},
	    {"log %L0\nwitness a %W0\nquorum a\n", {-1, 7, 7, 7, 7, 7}, -1, -1},
	    {"log %L0\nwitness a %W0\nwitness b %W1\nwitness c %W2\ngroup g 2 a b c\nquorum g\n",
	     {9, 5, 7, -1, -1, -1},
	     7,
	     7},
	    {"log %L0\nwitness a %W0\nwitness b %W1\nwitness c %W2\ngroup g 2 a b c\nquorum g\n",
	     {-1, 5, 7, -1, -1, -1},
	     5,
	     7},
	    {"log %L0\nwitness a %W0\nwitness b %W1\nwitness c %W2\ngroup g 2 a b c\nquorum g\n",
	     {9, -1, -1, 8, 8, 8},
	     -1,
	     -1},
	    /* One that lies about the time moves nothing forward. */
	    {"log %L0\nwitness a %W0\nwitness b %W1\nwitness c %W2\ngroup g 2 a b c\nquorum g\n",
	     {INT64_MAX, 5, 7, -1, -1, -1},
	     7,
	     7},
	    {"log %L0\nwitness a %W0\nwitness b %W1\ngroup g all a b\nquorum g\n",
	     {9, 5, -1, -1, -1, -1},
	     5,
	     9},
	    {"log %L0\nwitness a %W0\nwitness b %W1\ngroup g any a b\nquorum g\n",
	     {9, 5, -1, -1, -1, -1},
	     9,
	     5},
	    {TWO_LEVELS, {9, 5, 7, 6, -1, 3}, 6, 7},
	    {TWO_LEVELS, {9, 5, 7, 8, -1, 3}, 7, 7},
	    {TWO_LEVELS, {9, 5, 7, -1, -1, -1}, -1, -1},
	    {TWO_LEVELS, {9, -1, -1, 6, 6, 6}, -1, -1},
	    {TWO_LEVELS, {9, -1, 4, -1, 6, -1}, 4, 9},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct policy *p = parsed(&arena, rows[i].policy);
		struct policed out;
		struct err e = {0};
		bool good =
		    policy_open(&arena, p, checkpoint(&arena, &log_key, rows[i].times), &out, &e);
		CHECK(good == (rows[i].time >= 0), "row %zu: %s", i, e.text);
		if (good)
			CHECK(out.time == rows[i].time && out.late == rows[i].late &&
			          out.checkpoint.size == 3 && out.log == &p->logs[0],
			      "row %zu: %lld to %lld", i, (long long)out.time, (long long)out.late);
		else
			CHECK(has_rule(&e, ERR_REFUSED, "policy.quorum-missing"), "row %zu: %s", i,
			      e.text);
	}
}

static const int64_t nobody[WITNESSES] = {-1, -1, -1, -1, -1, -1};

static void a_log_must_be_known_and_have_signed(void)
{
	owned_arena arena = {0};
	struct policy *p = parsed(&arena, "log %L0\nlog %L1\nquorum none\n");
	struct policed out;
	struct err e = {0};
	CHECK(policy_open(&arena, p, checkpoint(&arena, &log_key, nobody), &out, &e), "%s", e.text);
	/* Of two keys of one origin either will do. */
	CHECK(policy_open(&arena, p, checkpoint(&arena, &new_log_key, nobody), &out, &e) &&
	          out.log == &p->logs[1],
	      "%s", e.text);
	CHECK(!policy_open(&arena, p, checkpoint(&arena, &other_log, nobody), &out, &e) &&
	          has_rule(&e, ERR_REFUSED, "policy.unknown-log"),
	      "%s", e.text);
	CHECK(!policy_open(&arena, parsed(&arena, "quorum none\n"),
	                   checkpoint(&arena, &log_key, nobody), &out, &e) &&
	          has_rule(&e, ERR_REFUSED, "policy.unknown-log"),
	      "%s", e.text);
	p = parsed(&arena, "log %L1\nquorum none\n");
	CHECK(!policy_open(&arena, p, checkpoint(&arena, &log_key, nobody), &out, &e) &&
	          has_rule(&e, ERR_REFUSED, "note.unsigned"),
	      "%s", e.text);
	CHECK(!policy_open(&arena, p, bytes_text("a\n"), &out, &e) &&
	          has_rule(&e, ERR_INPUT, "note.separator"),
	      "%s", e.text);
	struct checkpoint empty = {.origin = "log.example/a", .root = {{7}}};
	struct bytes note;
	CHECK(checkpoint_sign(&arena, &empty, &new_log_key, &note, &e) &&
	          !policy_open(&arena, p, note, &out, &e) &&
	          has_rule(&e, ERR_INPUT, "checkpoint.root"),
	      "%s", e.text);
}

/* Any bit of the text, a signature or a cosignature: with all of three witnesses needed. */
static void every_flipped_bit_is_noticed(void)
{
	static const int64_t times[WITNESSES] = {9, 8, 7, -1, -1, -1};
	owned_arena arena = {0};
	struct policy *p = parsed(&arena, "log %L0\nwitness a %W0\nwitness b %W1\nwitness c %W2\n"
	                                  "group g all a b c\nquorum g\n");
	struct bytes good = checkpoint(&arena, &log_key, times);
	uint8_t *copy = arena_alloc(&arena, good.len);
	for (size_t i = 0; i < good.len; i++) {
		owned_arena scratch = {0};
		struct policed out;
		struct err e = {0};
		memcpy(copy, good.at, good.len);
		copy[i] ^= (uint8_t)(1u << i % 8);
		CHECK(!policy_open(&scratch, p, bytes_of(copy, good.len), &out, &e) &&
		          e.rule != NULL,
		      "byte %zu", i);
	}
}

/* Where two of three are enough, a third that is known and wrong still refuses it all. */
static void a_known_witness_with_a_bad_signature_refuses_the_checkpoint(void)
{
	static const int64_t times[WITNESSES] = {9, 8, 7, 6, -1, -1};
	owned_arena arena = {0};
	struct policy *p = parsed(&arena, "log %L0\nwitness a %W0\nwitness b %W1\nwitness c %W2\n"
	                                  "group g 2 a b c\nquorum g\n");
	struct bytes good = checkpoint(&arena, &log_key, times);
	struct note *note = arena_alloc(&arena, sizeof *note);
	struct err e = {0};
	struct policed out;
	CHECK(note_parse(&arena, good, note, &e) && policy_quorum(p, note, &out, &e) &&
	          out.time == 8 && out.late == 8 && out.cosignatures == 3,
	      "%s", e.text);
	/* The fourth is a stranger's: whatever it holds. */
	note->signatures[4].blob.len--;
	CHECK(policy_quorum(p, note, &out, &e), "%s", e.text);
	note->signatures[3].blob = note->signatures[2].blob;
	CHECK(!policy_quorum(p, note, &out, &e) && has_rule(&e, ERR_REFUSED, "note.bad-signature"),
	      "%s", e.text);
}

static void a_policy_is_as_strict_as_another_or_says_who_makes_it_weaker(void)
{
	static const char one[] = "log %L0\nwitness a %W0\nwitness b %W1\nwitness c %W2\n";
	static const struct {
		const char *policy, *least, *weaker;
	} rows[] = {
	    {"group g 2 a b c\nquorum g\n", "group g 2 a b c\nquorum g\n", NULL},
	    {"group g 3 a b c\nquorum g\n", "group g 2 a b c\nquorum g\n", NULL},
	    {"group g 1 a b c\nquorum g\n", "group g 2 a b c\nquorum g\n", "by a "},
	    {"group g 2 a b\nquorum g\n", "group g 2 a b c\nquorum g\n", NULL},
	    {"group g 2 a b c\nquorum g\n", "group g 2 a b\nquorum g\n", "by a, c "},
	    {"group h 1 a b\ngroup g 2 h c\nquorum g\n", "group g 2 a b c\nquorum g\n", NULL},
	    {"group g 2 a b c\nquorum g\n", "group h 1 a b\ngroup g 2 h c\nquorum g\n", "by a, b "},
	    {"quorum none\n", "quorum a\n", "by nobody "},
	    {"quorum a\n", "quorum none\n", NULL},
	    {"quorum b\n", "quorum a\n", "by b "},
	};
	owned_arena arena = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err e = {0};
		bool is = policy_is_as_strict(
		    parsed(&arena, arena_printf(&arena, "%s%s", one, rows[i].policy)),
		    parsed(&arena, arena_printf(&arena, "%s%s", one, rows[i].least)), &e);
		CHECK(is == (rows[i].weaker == NULL), "row %zu: %s", i, e.text);
		CHECK(is || (has_rule(&e, ERR_REFUSED, "policy.weaker") &&
		             strstr(e.text, rows[i].weaker) != NULL),
		      "row %zu: %s", i, e.text);
	}
	/* It is the key that makes a witness, not what a policy calls it. */
	struct err e = {0};
	CHECK(policy_is_as_strict(parsed(&arena, "witness x %W1\nquorum x\n"),
	                          parsed(&arena, "witness y %W1\nquorum y\n"), &e),
	      "%s", e.text);
	CHECK(!policy_is_as_strict(parsed(&arena, "witness x %W0\nquorum x\n"),
	                           parsed(&arena, "witness x %W1\nquorum x\n"), &e) &&
	          has_rule(&e, ERR_REFUSED, "policy.weaker"),
	      "%s", e.text);
}

int main(void)
{
	set_up();
	static const struct test tests[] = {
	    TEST(a_policy_is_read),
	    TEST(what_is_no_policy_is_refused_by_name),
	    TEST(as_many_as_asked_for_are_taken),
	    TEST(a_quorum_is_what_the_policy_says_at_its_kth_latest_time),
	    TEST(a_log_must_be_known_and_have_signed),
	    TEST(every_flipped_bit_is_noticed),
	    TEST(a_known_witness_with_a_bad_signature_refuses_the_checkpoint),
	    TEST(a_policy_is_as_strict_as_another_or_says_who_makes_it_weaker),
	};
	return test_main(tests, sizeof tests / sizeof *tests);
}
