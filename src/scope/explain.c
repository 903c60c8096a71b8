#include "parts.h"

#include <assert.h>

enum { WORDS_MEMBERS_MAX = 8 }; /* members of a set that a sentence names */

static const struct scope_set *set_of(const struct scope *scope, enum scope_dimension dimension)
{
	switch (dimension) {
	case SCOPE_SUBJECT_NOT:
		return &scope->subject_not;
	case SCOPE_REQUIRE:
		return &scope->require;
	default:
		return &scope->allow[dimension];
	}
}

static const char *set_words(struct arena *arena, const struct scope_set *set)
{
	struct buffer b = {.arena = arena};
	size_t named = set->count > WORDS_MEMBERS_MAX ? WORDS_MEMBERS_MAX : set->count;
	for (size_t i = 0; i < named; i++) {
		buffer_text(&b, i == 0 ? "" : ", ");
		buffer_text(&b, set->at[i]);
	}
	if (named < set->count)
		buffer_printf(&b, " and %zu more", set->count - named);
	return buffer_cstr(&b);
}

static const char *limits_words(struct arena *arena, const struct scope *scope)
{
	struct buffer b = {.arena = arena};
	for (size_t i = 0; i < scope->limit_count; i++)
		buffer_printf(&b, "%s%s at most %llu", i == 0 ? "" : ", ", scope->limits[i].name,
		              (unsigned long long)scope->limits[i].maximum);
	return buffer_cstr(&b);
}

/* --- Why a scope does not include another --------------------------------------------- */

/* The first member of `narrow` that nothing in `wide` covers, or NULL. */
static const char *uncovered(const struct scope_set *wide, const struct scope_set *narrow,
                             set_find *find)
{
	for (size_t i = 0; i < narrow->count; i++)
		if (!find(wide, narrow->at[i]))
			return narrow->at[i];
	return NULL;
}

static const char *label_beyond(struct arena *arena, const struct scope_set *wide,
                                const struct scope_set *narrow)
{
	if (wide->count == 0)
		return NULL;
	if (narrow->count == 0)
		return arena_printf(arena, "no limit is not within %s", set_words(arena, wide));
	const char *label = uncovered(wide, narrow, set_find_label);
	return label == NULL
	           ? NULL
	           : arena_printf(arena, "%s is not within %s", label, set_words(arena, wide));
}

/* The last dimension: when nothing else goes beyond, a limit does. */
static const char *limit_beyond(struct arena *arena, const struct scope *a, const struct scope *b)
{
	for (size_t i = 0;; i++) {
		assert(i < a->limit_count);
		const struct scope_limit *wide = &a->limits[i];
		const struct scope_limit *narrow = scope_find_limit(b, wide->name);
		if (narrow == NULL)
			return arena_printf(arena, "%s without a maximum is more than %llu",
			                    wide->name, (unsigned long long)wide->maximum);
		if (narrow->maximum > wide->maximum)
			return arena_printf(arena, "%s of %llu is more than %llu", wide->name,
			                    (unsigned long long)narrow->maximum,
			                    (unsigned long long)wide->maximum);
	}
}

/* How `b` goes beyond `a` in one dimension, or NULL where it does not. */
static const char *beyond(struct arena *arena, const struct scope *a, const struct scope *b,
                          enum scope_dimension dimension)
{
	const char *member;
	switch (dimension) {
	case SCOPE_SUBJECT_NOT:
		member = uncovered(&b->subject_not, &a->subject_not, set_find_pattern);
		return member == NULL ? NULL : arena_printf(arena, "%s is not excluded", member);
	case SCOPE_REQUIRE:
		member = uncovered(&b->require, &a->require, set_find_same);
		return member == NULL ? NULL : arena_printf(arena, "%s is not required", member);
	case SCOPE_FROM:
		if (a->from <= b->from)
			return NULL;
		return arena_printf(arena, "%s is before %s",
		                    b->from == SCOPE_NO_FROM ? "no beginning"
		                                             : instant_shown(b->from).text,
		                    instant_shown(a->from).text);
	case SCOPE_UNTIL:
		if (a->until >= b->until)
			return NULL;
		return arena_printf(arena, "%s is after %s",
		                    b->until == SCOPE_NO_UNTIL ? "no end"
		                                               : instant_shown(b->until).text,
		                    instant_shown(a->until).text);
	case SCOPE_LIMIT:
		return limit_beyond(arena, a, b);
	default:
		return label_beyond(arena, &a->allow[dimension], &b->allow[dimension]);
	}
}

bool scope_includes_why(struct arena *arena, const struct scope *a, const struct scope *b,
                        enum scope_dimension *which, const char **why)
{
	if (scope_includes(a, b))
		return true;
	const char *words = "something is not within nothing";
	int d = 0;
	if (!a->none)
		while ((words = beyond(arena, a, b, (enum scope_dimension)d)) == NULL)
			d++;
	*which = (enum scope_dimension)d;
	*why = arena_printf(arena, "%s: %s", scope_dimension_name(*which), words);
	return false;
}

/* --- Why a use is refused -------------------------------------------------------------- */

/* The subject is left out of the words: they may be kept where it may not be. */
static const char *subject_refusal(struct arena *arena, const struct scope *scope,
                                   const struct scope_use *use)
{
	if (use->subject == NULL)
		return "no subject is named, and some are excluded";
	size_t i;
	bool excluded = selector_matches(&scope->subject_not, use->subject, &i);
	assert(excluded);
	return arena_printf(arena, "the subject is excluded by %s", scope->subject_not.at[i]);
}

const char *scope_refusal(struct arena *arena, const struct scope *scope,
                          const struct scope_use *use, enum scope_dimension which)
{
	const char *const labels[] = {use->capability, use->purpose, use->territory};
	if (scope->none)
		return "nothing is allowed";
	switch (which) {
	case SCOPE_SUBJECT_NOT:
		return subject_refusal(arena, scope, use);
	case SCOPE_REQUIRE:
		return arena_printf(arena, "%s is required and not met", scope_missing(scope, use));
	case SCOPE_FROM:
		return arena_printf(arena, "%s is before %s", instant_shown(use->at).text,
		                    instant_shown(scope->from).text);
	case SCOPE_UNTIL:
		return arena_printf(arena, "%s is not before %s, the end",
		                    instant_shown(use->at).text, instant_shown(scope->until).text);
	case SCOPE_LIMIT:
		return arena_printf(arena, "a limit is reached: %s", limits_words(arena, scope));
	default:
		return arena_printf(arena, "%s %s is not within %s", scope_dimension_name(which),
		                    labels[which], set_words(arena, set_of(scope, which)));
	}
}

size_t scope_who_refuses(const struct scope_operand *operands, size_t count,
                         const struct scope_use *use, bool refuses[])
{
	size_t refusing = 0;
	for (size_t i = 0; i < count; i++) {
		refuses[i] = !scope_allows(operands[i].scope, use, NULL);
		refusing += refuses[i];
	}
	return refusing;
}

/* --- Which operand narrowed what -------------------------------------------------------- */

/* The scope that limits one dimension as `scope` does, and no other. */
static struct scope projection(const struct scope *scope, enum scope_dimension dimension)
{
	struct scope p = scope_any;
	switch (dimension) {
	case SCOPE_SUBJECT_NOT:
		p.subject_not = scope->subject_not;
		break;
	case SCOPE_REQUIRE:
		p.require = scope->require;
		break;
	case SCOPE_FROM:
		p.from = scope->from;
		break;
	case SCOPE_UNTIL:
		p.until = scope->until;
		break;
	case SCOPE_LIMIT:
		p.limits = scope->limits;
		p.limit_count = scope->limit_count;
		break;
	default:
		p.allow[dimension] = scope->allow[dimension];
	}
	return p;
}

static const char *value_words(struct arena *arena, const struct scope *scope,
                               enum scope_dimension dimension)
{
	if (scope->none)
		return "nothing";
	switch (dimension) {
	case SCOPE_FROM:
		return arena_printf(arena, "%s", instant_shown(scope->from).text);
	case SCOPE_UNTIL:
		return arena_printf(arena, "%s", instant_shown(scope->until).text);
	case SCOPE_LIMIT:
		return limits_words(arena, scope);
	default:
		return set_words(arena, set_of(scope, dimension));
	}
}

/*
 * Follows one dimension through the operands in their order: those that changed it narrowed
 * it. A dimension that became empty stays visible as "nothing", because each is followed
 * on its own.
 */
static void explain_dimension(struct arena *arena, struct buffer *out,
                              const struct scope_operand *operands, size_t count,
                              enum scope_dimension dimension)
{
	const struct scope *so_far = &scope_any;
	struct buffer lines = {.arena = arena};
	for (size_t i = 0; i < count; i++) {
		struct scope own = projection(operands[i].scope, dimension);
		const struct scope *next = scope_meet(arena, so_far, &own);
		if (!scope_equal(next, so_far))
			buffer_printf(&lines, "  %s: %s\n", operands[i].name,
			              value_words(arena, &own, dimension));
		so_far = next;
	}
	if (lines.len > 0)
		buffer_printf(out, "%s is %s\n%s", scope_dimension_name(dimension),
		              value_words(arena, so_far, dimension), buffer_cstr(&lines));
}

const char *scope_explain(struct arena *arena, const struct scope_operand *operands, size_t count)
{
	struct buffer out = {.arena = arena};
	int64_t from = SCOPE_NO_FROM, until = SCOPE_NO_UNTIL;
	for (size_t i = 0; i < count; i++) {
		if (operands[i].scope->none)
			buffer_printf(&out, "nothing is allowed\n  %s: none\n", operands[i].name);
		from = operands[i].scope->from > from ? operands[i].scope->from : from;
		until = operands[i].scope->until < until ? operands[i].scope->until : until;
	}
	for (int d = 0; d < SCOPE_DIMENSIONS; d++)
		explain_dimension(arena, &out, operands, count, (enum scope_dimension)d);
	if (from >= until)
		buffer_text(&out, "no time lies between from and until: nothing is allowed\n");
	if (out.len == 0)
		return "nothing is narrowed\n";
	return buffer_cstr(&out);
}
