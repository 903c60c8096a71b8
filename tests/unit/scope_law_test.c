/* The laws of the scope algebra, over generated scopes and uses, and the worked cases. */
#include "test.h"

#include "base/instant.h"
#include "scope/scope.h"

enum { GENERATED_CASES = 100000 };

/* --- A generator whose scopes overlap ---------------------------------------------------
 *
 * Words come from small vocabularies in which much covers much, so that most pairs have
 * something in common and something not; empty results and equal scopes are frequent too.
 */

struct vocabulary {
	const char *const *word;
	size_t count;
};
#define VOCABULARY(...)                                                                            \
	{                                                                                          \
		(const char *const[]){__VA_ARGS__},                                                \
		    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)              \
	}

/* '-' sorts before '.', digits and letters behind it: siblings stand between parent and child. */
static const struct vocabulary labels =
    VOCABULARY("a", "a-b", "a.b", "a.b.c", "a.b-c", "a.c", "a0", "ab", "ab.c", "b", "b.c", "b.c.d",
               "b.c.d.e", "B", "b-", "-");
static const struct vocabulary patterns = VOCABULARY(
    "tel:+1", "tel:+12", "tel:+1202", "tel:+1203", "tel:+2", "tel:+97250", "TEL:+1 (202) 555-0100",
    "imsi:0", "imsi:00101", "imsi:001010123456789", "mailto:@gov", "mailto:@state.gov",
    "mailto:@us.state.gov", "mailto:@late.gov", "mailto:a@state.gov", "mailto:A@us.State.Gov.",
    "mailto:b@gov", "mailto:gov@x", "ip:0.0.0.0/0", "ip:10.0.0.0/8", "ip:10.1.0.0/16",
    "ip:10.1.2.3", "ip:10.128.0.0/9", "ip:11.0.0.0/8", "ip:::ffff:10.1.0.0/112", "ip:::ffff:0:0/96",
    "ip:::/0", "ip:::/64", "ip:::/80", "ip:::fffe:0:0/95", "ip:2001:db8::/32", "ip:2001:db8::1",
    "ip:2001:db8:0:1::/64", "ip:2000::/3", "ip:8000::/1", "x:b", "x:a", "x:ab", "xy:a", "X:a");
static const struct vocabulary subjects = VOCABULARY(
    "tel:+1", "tel:+12025550100", "tel:+1 203 1", "tel:+972501", "imsi:001010123456789", "imsi:02",
    "mailto:a@state.gov", "mailto:\"A\"@us.STATE.gov", "mailto:b@gov", "mailto:c@late.gov",
    "mailto:gov@x", "mailto:b@us.state.gov.", "ip:10.1.2.3", "ip:10.200.0.1", "ip:::ffff:10.1.2.4",
    "ip:::ffff:a01:203", "ip:2001:db8::1", "ip:2001:db8:0:1::5", "ip:::1",
    "ip:9000::", "ip:0.0.0.0", "x:a", "x:abc", "xy:b", "xy:ab");
static const struct vocabulary obligations =
    VOCABULARY("admission", "second-officer", "warrant", "warrant.court", "w");
static const struct vocabulary limit_names = VOCABULARY("subjects", "uses-per-day", "a.b", "a");

static uint64_t below(uint64_t *state, uint64_t bound)
{
	return test_random(state) % bound;
}

static const char *pick(uint64_t *state, const struct vocabulary *v)
{
	return v->word[below(state, v->count)];
}

/* Up to `most` words, mostly few. */
static void generate_set(uint64_t *state, struct buffer *b, const char *dimension,
                         const struct vocabulary *v, uint64_t most)
{
	if (below(state, 3) == 0)
		return;
	uint64_t count = 1 + below(state, 1 + below(state, most));
	for (uint64_t i = 0; i < count; i++)
		buffer_printf(b, "%s%s", i > 0 ? "," : dimension, pick(state, v));
	buffer_text(b, "; ");
}

static int64_t generate_instant(uint64_t *state)
{
	return 1767225600 + (int64_t)below(state, 8) * DAY_SECONDS;
}

static const char *generate_text(uint64_t *state, struct arena *arena)
{
	struct buffer b = {.arena = arena};
	uint64_t odds = below(state, 40);
	if (odds < 2)
		return odds == 0 ? "any" : "none";
	generate_set(state, &b, "capability=", &labels, 6);
	generate_set(state, &b, "purpose=", &labels, 4);
	generate_set(state, &b, "territory=", &labels, 4);
	/* Now and then enough networks that they are searched, not looked at one by one. */
	generate_set(state, &b, "subject-not=", &patterns, below(state, 8) == 0 ? 60 : 5);
	generate_set(state, &b, "require=", &obligations, 4);
	for (int until = 0; until < 2; until++) {
		char text[INSTANT_TEXT + 1];
		instant_format(generate_instant(state) + until * 5 * DAY_SECONDS, text);
		if (below(state, 3) == 0)
			buffer_printf(&b, "%s=%s; ", until ? "until" : "from", text);
	}
	for (size_t i = 0; i < limit_names.count; i++)
		if (below(state, 4) == 0)
			buffer_printf(&b, "limit.%s=%d; ", limit_names.word[i],
			              (int)below(state, 25) == 0 ? 0 : 1 + (int)below(state, 4));
	return b.len == 0 ? "any" : buffer_cstr(&b);
}

static const struct scope *parsed(struct arena *arena, const char *text)
{
	const struct scope *scope = &scope_none;
	struct err e = {0};
	bool ok = scope_parse(arena, bytes_text(text), &scope, &e);
	CHECK(ok, "%s: %s", text, e.text);
	return scope;
}

static struct scope_use generate_use(uint64_t *state, struct selector *subject, const char **with)
{
	struct scope_use use = {
	    .capability = pick(state, &labels),
	    .purpose = pick(state, &labels),
	    .territory = pick(state, &labels),
	    .at = generate_instant(state) + (int64_t)below(state, 7) * DAY_SECONDS,
	    .with = with,
	};
	struct err e = {0};
	const char *name = pick(state, &subjects);
	CHECK(selector_parse(bytes_text(name), subject, &e), "%s: %s", name, e.text);
	if (below(state, 50) != 0)
		use.subject = subject;
	for (size_t i = 0; i < obligations.count; i++)
		if (below(state, 4) != 0)
			with[use.with_count++] = obligations.word[i];
	return use;
}

/* A scope that differs from `s` in little: a part taken away, or met with another. */
static const struct scope *generate_near(uint64_t *state, struct arena *arena,
                                         const struct scope *s)
{
	struct scope near = *s;
	switch (s->none ? 9 : below(state, 10)) {
	case 0:
		near.allow[below(state, 3)] = (struct scope_set){0};
		break;
	case 1:
		near.subject_not = (struct scope_set){0};
		break;
	case 2:
		near.require.count /= 2;
		break;
	case 3:
		near.from = SCOPE_NO_FROM;
		break;
	case 4:
		near.limit_count /= 2;
		break;
	case 5:
	case 6:
		return scope_meet(arena, s, parsed(arena, generate_text(state, arena)));
	default:
		return parsed(arena, generate_text(state, arena));
	}
	return parsed(arena, scope_text(arena, &near));
}

/* --- The laws ---------------------------------------------------------------------------- */

struct sample {
	struct arena *arena;
	const struct scope *a, *b, *c;
	struct scope_use use;
};

/* LAW(holds): prints the whole case when it does not hold. */
#define LAW(s, holds)                                                                              \
	CHECK(holds, "\n#   a = %s\n#   b = %s\n#   c = %s\n#   use %s %s %s %s %lld",             \
	      scope_text((s)->arena, (s)->a), scope_text((s)->arena, (s)->b),                      \
	      scope_text((s)->arena, (s)->c), (s)->use.capability, (s)->use.purpose,               \
	      (s)->use.territory, (s)->use.subject == NULL ? "-" : (s)->use.subject->text,         \
	      (long long)(s)->use.at)

static void meet_is_associative_commutative_idempotent(const struct sample *s)
{
	const struct scope *ab = scope_meet(s->arena, s->a, s->b);
	const struct scope *bc = scope_meet(s->arena, s->b, s->c);
	LAW(s, scope_equal(ab, scope_meet(s->arena, s->b, s->a)));
	LAW(s, scope_equal(scope_meet(s->arena, ab, s->c), scope_meet(s->arena, s->a, bc)));
	LAW(s, scope_equal(scope_meet(s->arena, s->a, s->a), s->a));
	LAW(s, scope_equal(scope_meet(s->arena, ab, s->a), ab));
	/* An equal scope that shares nothing, so that nothing is short-cut by its address. */
	const struct scope *copy = parsed(s->arena, scope_text(s->arena, s->a));
	LAW(s, scope_equal(scope_meet(s->arena, s->a, copy), copy));
}

static void any_is_the_unit_and_none_the_zero(const struct sample *s)
{
	LAW(s, scope_equal(scope_meet(s->arena, s->a, &scope_any), s->a));
	LAW(s, scope_equal(scope_meet(s->arena, &scope_any, s->a), s->a));
	LAW(s, scope_meet(s->arena, s->a, &scope_none)->none);
	LAW(s, scope_meet(s->arena, &scope_none, s->a)->none);
}

static void includes_is_meet_being_the_narrower(const struct sample *s)
{
	const struct scope *meet = scope_meet(s->arena, s->a, s->b);
	LAW(s, scope_includes(s->a, s->b) == scope_equal(meet, s->b));
	LAW(s, scope_includes(s->b, s->a) == scope_equal(meet, s->a));
	enum scope_dimension which = SCOPE_DIMENSIONS;
	const char *why = NULL;
	LAW(s,
	    scope_includes_why(s->arena, s->a, s->b, &which, &why) == scope_includes(s->a, s->b));
	LAW(s, scope_includes(s->a, s->b) ? why == NULL : which < SCOPE_DIMENSIONS && why != NULL);
}

static void includes_is_a_partial_order_with_meet_its_greatest_lower_bound(const struct sample *s)
{
	const struct scope *meet = scope_meet(s->arena, s->a, s->b);
	LAW(s, scope_includes(s->a, s->a));
	LAW(s,
	    (scope_includes(s->a, s->b) && scope_includes(s->b, s->a)) == scope_equal(s->a, s->b));
	LAW(s, !scope_includes(s->a, s->b) || !scope_includes(s->b, s->c) ||
	           scope_includes(s->a, s->c));
	LAW(s, scope_includes(s->a, meet) && scope_includes(s->b, meet));
	LAW(s, (scope_includes(s->a, s->c) && scope_includes(s->b, s->c)) ==
	           scope_includes(meet, s->c));
}

static void allows_distributes_over_meet(const struct sample *s)
{
	bool a = scope_allows(s->a, &s->use, NULL), b = scope_allows(s->b, &s->use, NULL);
	LAW(s, scope_allows(scope_meet(s->arena, s->a, s->b), &s->use, NULL) == (a && b));
	LAW(s, !scope_includes(s->a, s->b) || !b || a);
}

static void who_refuses_is_empty_exactly_when_the_meet_allows(const struct sample *s)
{
	struct scope_operand operands[] = {{"a", s->a}, {"b", s->b}, {"c", s->c}};
	bool refuses[3];
	size_t count = scope_who_refuses(operands, 3, &s->use, refuses);
	const struct scope *meet = scope_meet_all(s->arena, operands, 3);
	LAW(s, (count > 0) == !scope_allows(meet, &s->use, NULL));
	LAW(s, count == (size_t)refuses[0] + refuses[1] + refuses[2]);
	for (size_t i = 0; i < 3; i++) {
		enum scope_dimension which = SCOPE_DIMENSIONS;
		LAW(s, refuses[i] == !scope_allows(operands[i].scope, &s->use, &which));
		LAW(s, !refuses[i] ||
		           strlen(scope_refusal(s->arena, operands[i].scope, &s->use, which)) > 0);
	}
}

static bool sets_are_canonical(const struct scope *s)
{
	const struct scope_set *sets[] = {&s->allow[0], &s->allow[1], &s->allow[2], &s->subject_not,
	                                  &s->require};
	for (size_t k = 0; k < 5; k++)
		for (size_t i = 1; i < sets[k]->count; i++)
			if (strcmp(sets[k]->at[i - 1], sets[k]->at[i]) >= 0)
				return false;
	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < sets[k]->count; i++)
			for (size_t j = 0; j < sets[k]->count; j++)
				if (i != j && scope_label_covers(sets[k]->at[i], sets[k]->at[j]))
					return false;
	return true;
}

static void results_are_canonical_and_survive_their_text(const struct sample *s)
{
	const struct scope *results[] = {s->a, s->b, scope_meet(s->arena, s->a, s->b)};
	for (size_t i = 0; i < 3; i++) {
		const char *text = scope_text(s->arena, results[i]);
		const struct scope *again = parsed(s->arena, text);
		LAW(s, sets_are_canonical(results[i]));
		LAW(s, scope_equal(again, results[i]));
		LAW(s, strcmp(scope_text(s->arena, again), text) == 0);
	}
	LAW(s, scope_equal(s->a, s->b) ==
	           (strcmp(scope_text(s->arena, s->a), scope_text(s->arena, s->b)) == 0));
}

/*
 * Excluding patterns together excludes what each does alone: canonical form drops only what
 * is covered, and the search among many finds what the search among one does.
 */
static void patterns_exclude_together_what_they_exclude_alone(const struct sample *s)
{
	if (s->use.subject == NULL)
		return;
	const struct scope_set *all = &s->a->subject_not;
	bool alone = false;
	for (size_t i = 0; i < all->count; i++) {
		struct scope_set one = {all->at + i, 1};
		alone = alone || selector_matches(&one, s->use.subject, NULL);
	}
	size_t which = SIZE_MAX;
	LAW(s, selector_matches(all, s->use.subject, &which) == alone);
	if (!alone)
		return;
	LAW(s, which < all->count);
	struct scope_set named = {all->at + which, 1};
	LAW(s, selector_matches(&named, s->use.subject, NULL));
}

static uint64_t seed;

/* Each law is a test of its own, over the same cases. */
static void over_generated_cases(void (*law)(const struct sample *))
{
	uint64_t state = seed;
	unsigned long failed = test_checks_failed;
	for (int i = 0; i < GENERATED_CASES && test_checks_failed - failed < 5; i++) {
		owned_arena arena = {0};
		struct selector subject;
		const char *with[8];
		struct sample s = {.arena = &arena};
		s.a = parsed(&arena, generate_text(&state, &arena));
		s.b = generate_near(&state, &arena, s.a);
		s.c = generate_near(&state, &arena, below(&state, 2) == 0 ? s.a : s.b);
		s.use = generate_use(&state, &subject, with);
		law(&s);
	}
}

#define OVER_GENERATED_CASES(law)                                                                  \
	static void law##_always(void)                                                             \
	{                                                                                          \
		over_generated_cases(law);                                                         \
	}

OVER_GENERATED_CASES(meet_is_associative_commutative_idempotent)
OVER_GENERATED_CASES(any_is_the_unit_and_none_the_zero)
OVER_GENERATED_CASES(includes_is_meet_being_the_narrower)
OVER_GENERATED_CASES(includes_is_a_partial_order_with_meet_its_greatest_lower_bound)
OVER_GENERATED_CASES(allows_distributes_over_meet)
OVER_GENERATED_CASES(who_refuses_is_empty_exactly_when_the_meet_allows)
OVER_GENERATED_CASES(results_are_canonical_and_survive_their_text)
OVER_GENERATED_CASES(patterns_exclude_together_what_they_exclude_alone)

/* A generator that hits only one side of a question shows nothing about it. */
static void generated_cases_are_worth_their_time(void)
{
	uint64_t state = seed;
	int cases = 20000, none = 0, includes = 0, equal = 0, allowed = 0, excluded = 0;
	for (int i = 0; i < cases; i++) {
		owned_arena arena = {0};
		struct selector subject;
		const char *with[8];
		const struct scope *a = parsed(&arena, generate_text(&state, &arena));
		const struct scope *b = generate_near(&state, &arena, a);
		struct scope_use use = generate_use(&state, &subject, with);
		none += !a->none && !b->none && scope_meet(&arena, a, b)->none;
		equal += scope_equal(a, b);
		includes += !b->none && !scope_equal(a, b) && scope_includes(a, b);
		allowed += scope_allows(a, &use, NULL);
		excluded +=
		    use.subject != NULL && selector_matches(&a->subject_not, use.subject, NULL);
	}
	printf("# of %d pairs %d meet in none, %d include, %d are equal; %d uses are allowed, "
	       "%d excluded\n",
	       cases, none, includes, equal, allowed, excluded);
	CHECK(none > cases / 50 && none < cases / 2, "%d", none);
	CHECK(includes > cases / 50, "%d", includes);
	CHECK(equal > cases / 100 && equal < cases / 2, "%d", equal);
	CHECK(allowed > cases / 50 && allowed < cases * 9 / 10, "%d", allowed);
	CHECK(excluded > cases / 50 && excluded < cases / 2, "%d", excluded);
}

/* --- Worked cases of another implementation ------------------------------------------------ */

static struct scope_use use_of(struct arena *arena, char *text, struct selector *subject)
{
	struct scope_use use = {0};
	struct err e = {0};
	char *save = NULL;
	for (char *word = strtok_r(text, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		char *value = strchr(word, '=');
		CHECK(value != NULL, "%s", word);
		*value++ = 0;
		if (strcmp(word, "capability") == 0) {
			use.capability = value;
		} else if (strcmp(word, "purpose") == 0) {
			use.purpose = value;
		} else if (strcmp(word, "territory") == 0) {
			use.territory = value;
		} else if (strcmp(word, "subject") == 0) {
			CHECK(selector_parse(bytes_text(value), subject, &e), "%s", e.text);
			use.subject = subject;
		} else if (strcmp(word, "at") == 0) {
			CHECK(instant_parse(bytes_text(value), &use.at), "%s", value);
		} else {
			CHECK(strcmp(word, "with") == 0, "%s", word);
			const char **with = arena_array(arena, strlen(value) + 1, sizeof *with);
			char *inner = NULL;
			for (char *o = strtok_r(value, ",", &inner); o != NULL;
			     o = strtok_r(NULL, ",", &inner))
				with[use.with_count++] = o;
			use.with = with;
		}
	}
	return use;
}

static const char *answer(struct arena *arena, const char *op, const char *a, char *b)
{
	const struct scope *wide = parsed(arena, a);
	if (strcmp(op, "allows") == 0) {
		struct selector subject;
		struct scope_use use = use_of(arena, b, &subject);
		return scope_allows(wide, &use, NULL) ? "yes" : "no";
	}
	const struct scope *narrow = parsed(arena, b);
	if (strcmp(op, "includes") == 0)
		return scope_includes(wide, narrow) ? "yes" : "no";
	CHECK(strcmp(op, "meet") == 0, "%s", op);
	return scope_text(arena, scope_meet(arena, wide, narrow));
}

static void worked_cases_agree(void)
{
	if (test_data() == NULL)
		SKIP("PROVISO_TEST_DATA is not set");
	owned_arena arena = {0};
	FILE *f = fopen(arena_printf(&arena, "%s/scope/cases.tsv", test_data()), "r");
	CHECK(f != NULL, "no scope/cases.tsv in %s", test_data());
	if (f == NULL)
		return;
	char line[8192];
	size_t rows = 0;
	while (fgets(line, sizeof line, f) != NULL) {
		char *field[4] = {NULL}, *rest = line;
		for (size_t i = 0; i < 4; i++)
			field[i] = strsep(&rest, "\t\n");
		CHECK(field[3] != NULL, "row %zu is short", rows + 1);
		if (field[3] == NULL || strcmp(field[0], "op") == 0)
			continue;
		rows++;
		char *b = arena_copy(&arena, field[2], strlen(field[2]));
		const char *got = answer(&arena, field[0], field[1], field[2]);
		CHECK(strcmp(got, field[3]) == 0, "row %zu: %s\n#   %s\n#   %s\n# is %s\n# not %s",
		      rows, field[0], field[1], b, field[3], got);
	}
	fclose(f);
	CHECK(rows >= 1600, "%zu rows", rows);
}

int main(void)
{
	static const struct test tests[] = {
	    TEST(generated_cases_are_worth_their_time),
	    TEST(meet_is_associative_commutative_idempotent_always),
	    TEST(any_is_the_unit_and_none_the_zero_always),
	    TEST(includes_is_meet_being_the_narrower_always),
	    TEST(includes_is_a_partial_order_with_meet_its_greatest_lower_bound_always),
	    TEST(allows_distributes_over_meet_always),
	    TEST(who_refuses_is_empty_exactly_when_the_meet_allows_always),
	    TEST(results_are_canonical_and_survive_their_text_always),
	    TEST(patterns_exclude_together_what_they_exclude_alone_always),
	    TEST(worked_cases_agree),
	};
	seed = test_seed();
	return test_main(tests, sizeof tests / sizeof *tests);
}
