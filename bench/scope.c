/*
 * How long scopes take, and how that grows with the number of excluded patterns. One line
 * of JSON a figure: the median of several rounds.
 */
#include "scope/scope.h"

#include <assert.h>

#include "bench.h"

enum { ROUNDS = 9, PATTERNS_EACH = 1000 };

static const size_t sizes[] = {1, 10, 100, 1000, 10000};

static const struct scope *must_parse(struct arena *arena, const char *text)
{
	const struct scope *scope;
	struct err e = {0};
	if (!scope_parse(arena, bytes_text(text), &scope, &e)) {
		fprintf(stderr, "bench scope: %s\n", e.text);
		exit(1);
	}
	return scope;
}

static struct selector must_select(const char *text)
{
	struct selector s;
	struct err e = {0};
	if (!selector_parse(bytes_text(text), &s, &e)) {
		fprintf(stderr, "bench scope: %s\n", e.text);
		exit(1);
	}
	return s;
}

/* Patterns that cover nothing of each other and none of the subjects asked for. */
enum mix { TEL, MAILTO, IP4, IP6, MIXED };

static void write_pattern(struct buffer *b, enum mix mix, unsigned i)
{
	switch (mix == MIXED ? (enum mix)(i % 4) : mix) {
	case TEL:
		buffer_printf(b, "tel:+4%08u", i * 7919u);
		break;
	case MAILTO:
		buffer_printf(b, "mailto:@ministry%u.example", i);
		break;
	case IP4:
		buffer_printf(b, "ip:%u.%u.%u.0/24", 11 + i % 100, i / 100 % 256, i / 25600);
		break;
	default:
		buffer_printf(b, "ip:2a%02x:%x::/32", i % 100, i);
	}
}

/* A scope with `count` patterns, as the meet of as many texts as it takes. */
static const struct scope *scope_of(struct arena *arena, enum mix mix, size_t count)
{
	const struct scope *all = must_parse(
	    arena,
	    "capability=capture.content,capture.headers; purpose=serious-crime.a,serious-crime.b,"
	    "terrorism; territory=XR; require=warrant; from=2026-01-01T00:00:00Z; "
	    "until=2027-01-01T00:00:00Z; limit.subjects=25");
	for (size_t done = 0; done < count;) {
		struct buffer b = {.arena = arena};
		for (size_t k = 0; k < PATTERNS_EACH && done < count; k++, done++) {
			buffer_text(&b, k == 0 ? "subject-not=" : ",");
			write_pattern(&b, mix, (unsigned)done);
		}
		all = scope_meet(arena, all, must_parse(arena, buffer_cstr(&b)));
	}
	assert(all->subject_not.count == count);
	return all;
}

/* Work is what is measured; `context` is its own. It returns what must not be optimised away. */
typedef size_t work(const void *context);

static volatile size_t sink;

static void measure(const char *name, const char *kind, size_t patterns, work *w,
                    const void *context)
{
	double rounds[ROUNDS];
	uint64_t times = 1;
	for (double spent = 0; spent < 2e6; times *= 2) {
		double from = bench_nanoseconds();
		for (uint64_t i = 0; i < times; i++)
			sink += w(context);
		spent = bench_nanoseconds() - from;
	}
	for (size_t r = 0; r < ROUNDS; r++) {
		double from = bench_nanoseconds();
		for (uint64_t i = 0; i < times; i++)
			sink += w(context);
		rounds[r] = (bench_nanoseconds() - from) / (double)times;
	}
	double median = bench_median(rounds, ROUNDS);
	printf("{\"name\":\"%s\",\"value\":%.1f,\"unit\":\"ns\",\"kind\":\"%s\",\"patterns\":%zu,"
	       "\"best\":%.1f,\"worst\":%.1f}\n",
	       name, median, kind, patterns, rounds[0], rounds[ROUNDS - 1]);
	fflush(stdout);
}

struct pair {
	const struct scope *a, *b;
};

static size_t work_meet(const void *context)
{
	const struct pair *p = context;
	owned_arena arena = {0};
	return scope_meet(&arena, p->a, p->b)->subject_not.count;
}

static size_t work_includes(const void *context)
{
	const struct pair *p = context;
	return scope_includes(p->a, p->b);
}

struct judged {
	const struct scope *scope;
	struct scope_use use;
};

static size_t work_allows(const void *context)
{
	const struct judged *j = context;
	return scope_allows(j->scope, &j->use, NULL);
}

static size_t work_selector(const void *context)
{
	const struct bytes *text = context;
	struct selector s;
	struct err e;
	return selector_parse(*text, &s, &e) + s.len;
}

static size_t work_parse(const void *context)
{
	owned_arena arena = {0};
	return must_parse(&arena, context)->subject_not.count;
}

static const struct {
	const char *kind, *subject;
} asked[] = {
    {"tel", "tel:+972501234567"},
    {"mailto", "mailto:reporter@news.example.org"},
    {"ipv4", "ip:198.51.100.7"},
    {"ipv6", "ip:2001:db8:85a3::8a2e:370:7334"},
};

static void measure_size(size_t count)
{
	static const char *const obligations[] = {"warrant"};
	owned_arena arena = {0};
	const struct scope *scope = scope_of(&arena, MIXED, count);
	const struct scope *measure_in_force =
	    must_parse(&arena, "capability=capture.headers; subject-not=tel:+1,mailto:@state.gov");
	struct pair met = {scope, measure_in_force};
	measure("scope.meet", "mixed", count, work_meet, &met);
	struct pair order = {scope, scope_meet(&arena, scope, measure_in_force)};
	measure("scope.includes", "mixed", count, work_includes, &order);
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		/* As hard as it gets: every pattern is of the kind asked for. */
		const enum mix kinds[] = {TEL, MAILTO, IP4, IP6};
		struct selector subject = must_select(asked[i].subject);
		struct judged judged = {
		    .scope = scope_of(&arena, kinds[i], count),
		    .use = {"capture.headers", "terrorism", "XR", &subject, 1780000000, obligations,
		            1},
		};
		assert(scope_allows(judged.scope, &judged.use, NULL));
		measure("scope.allows", asked[i].kind, count, work_allows, &judged);
	}
}

int main(void)
{
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		struct bytes text = bytes_text(asked[i].subject);
		measure("scope.selector_parse", asked[i].kind, 0, work_selector, &text);
	}
	owned_arena arena = {0};
	measure("scope.parse", "licence", 2, work_parse,
	        scope_text(&arena, scope_of(&arena, MIXED, 2)));
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		measure_size(sizes[i]);
	return 0;
}
