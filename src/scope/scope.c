#include "parts.h"

#include <assert.h>

const struct scope scope_any = {.from = SCOPE_NO_FROM, .until = SCOPE_NO_UNTIL};
const struct scope scope_none = {.none = true, .from = SCOPE_NO_FROM, .until = SCOPE_NO_UNTIL};

const char *scope_dimension_name(enum scope_dimension dimension)
{
	static const char *const names[SCOPE_DIMENSIONS] = {"capability",  "purpose", "territory",
	                                                    "subject-not", "require", "from",
	                                                    "until",       "limit"};
	assert((unsigned)dimension < SCOPE_DIMENSIONS);
	return names[dimension];
}

const struct scope *scope_settle(struct arena *arena, const struct scope *draft)
{
	if (draft->none || draft->from >= draft->until)
		return &scope_none;
	struct scope *scope = arena_alloc(arena, sizeof *scope);
	*scope = *draft;
	return scope;
}

/* --- Equality ------------------------------------------------------------------------- */

static bool set_equal(const struct scope_set *a, const struct scope_set *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; a->at != b->at && i < a->count; i++)
		if (a->at[i] != b->at[i] && strcmp(a->at[i], b->at[i]) != 0)
			return false;
	return true;
}

static bool limits_equal(const struct scope *a, const struct scope *b)
{
	if (a->limit_count != b->limit_count)
		return false;
	for (size_t i = 0; i < a->limit_count; i++)
		if (a->limits[i].maximum != b->limits[i].maximum ||
		    strcmp(a->limits[i].name, b->limits[i].name) != 0)
			return false;
	return true;
}

bool scope_equal(const struct scope *a, const struct scope *b)
{
	if (a == b)
		return true;
	for (int d = 0; d < 3; d++)
		if (!set_equal(&a->allow[d], &b->allow[d]))
			return false;
	return a->none == b->none && a->from == b->from && a->until == b->until &&
	       set_equal(&a->subject_not, &b->subject_not) && set_equal(&a->require, &b->require) &&
	       limits_equal(a, b);
}

/* --- Meet ----------------------------------------------------------------------------- */

/* Both sets together; a set that adds nothing is not copied. */
static struct scope_set merged(struct arena *arena, const struct scope_set *a,
                               const struct scope_set *b, set_find *find, enum set_keep keep)
{
	if (b->count == 0 || (a->at == b->at && a->count == b->count))
		return *a;
	if (a->count == 0)
		return *b;
	const char **out = arena_array(arena, a->count + b->count, sizeof *out);
	size_t count = set_merge(a, b, find, keep, out);
	return (struct scope_set){out, count};
}

static void meet_limits(struct arena *arena, const struct scope *a, const struct scope *b,
                        struct scope *out)
{
	size_t i = 0, j = 0, count = 0;
	struct scope_limit *limits =
	    arena_array(arena, a->limit_count + b->limit_count, sizeof *limits);
	while (i < a->limit_count || j < b->limit_count) {
		int order = i == a->limit_count   ? 1
		            : j == b->limit_count ? -1
		                                  : strcmp(a->limits[i].name, b->limits[j].name);
		struct scope_limit limit = order <= 0 ? a->limits[i] : b->limits[j];
		if (order == 0 && b->limits[j].maximum < limit.maximum)
			limit.maximum = b->limits[j].maximum;
		limits[count++] = limit;
		i += order <= 0;
		j += order >= 0;
	}
	out->limits = limits;
	out->limit_count = count;
}

const struct scope *scope_meet(struct arena *arena, const struct scope *a, const struct scope *b)
{
	if (a == b || a->none)
		return a;
	if (b->none)
		return b;
	struct scope out = {
	    .from = a->from > b->from ? a->from : b->from,
	    .until = a->until < b->until ? a->until : b->until,
	};
	for (int d = 0; d < 3; d++) {
		const struct scope_set *x = &a->allow[d], *y = &b->allow[d];
		out.allow[d] = merged(arena, x, y, set_find_label, SET_KEEP_NARROW);
		if (out.allow[d].count == 0 && x->count > 0)
			return &scope_none;
	}
	out.subject_not =
	    merged(arena, &a->subject_not, &b->subject_not, set_find_pattern, SET_KEEP_WIDE);
	out.require = merged(arena, &a->require, &b->require, set_find_same, SET_KEEP_WIDE);
	if (a->limit_count + b->limit_count > 0)
		meet_limits(arena, a, b, &out);
	return scope_settle(arena, &out);
}

const struct scope *scope_meet_all(struct arena *arena, const struct scope_operand *operands,
                                   size_t count)
{
	const struct scope *meet = &scope_any;
	for (size_t i = 0; i < count; i++)
		meet = scope_meet(arena, meet, operands[i].scope);
	return meet;
}

/* --- Order ---------------------------------------------------------------------------- */

static bool covers_all(const struct scope_set *wide, const struct scope_set *narrow, set_find *find)
{
	for (size_t i = 0; i < narrow->count; i++)
		if (!find(wide, narrow->at[i]))
			return false;
	return true;
}

const struct scope_limit *scope_find_limit(const struct scope *scope, const char *name)
{
	size_t low = 0, high = scope->limit_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(scope->limits[middle].name, name);
		if (order == 0)
			return &scope->limits[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool limits_include(const struct scope *a, const struct scope *b)
{
	for (size_t i = 0; i < a->limit_count; i++) {
		const struct scope_limit *narrow = scope_find_limit(b, a->limits[i].name);
		if (narrow == NULL || narrow->maximum > a->limits[i].maximum)
			return false;
	}
	return true;
}

bool scope_includes(const struct scope *a, const struct scope *b)
{
	if (a == b || b->none)
		return true;
	if (a->none || a->from > b->from || a->until < b->until)
		return false;
	for (int d = 0; d < 3; d++)
		if (a->allow[d].count > 0 &&
		    (b->allow[d].count == 0 ||
		     !covers_all(&a->allow[d], &b->allow[d], set_find_label)))
			return false;
	return covers_all(&b->require, &a->require, set_find_same) && limits_include(a, b) &&
	       covers_all(&b->subject_not, &a->subject_not, set_find_pattern);
}

/* --- Judging a use -------------------------------------------------------------------- */

const char *scope_missing(const struct scope *scope, const struct scope_use *use)
{
	for (size_t i = 0; i < scope->require.count; i++) {
		size_t k = 0;
		while (k < use->with_count && strcmp(scope->require.at[i], use->with[k]) != 0)
			k++;
		if (k == use->with_count)
			return scope->require.at[i];
	}
	return NULL;
}

static bool dimension_allows(const struct scope *scope, const struct scope_use *use,
                             enum scope_dimension dimension)
{
	const char *const labels[] = {use->capability, use->purpose, use->territory};
	switch (dimension) {
	case SCOPE_SUBJECT_NOT:
		/* Where some are excluded, a use that names nobody can't be judged. */
		return scope->subject_not.count == 0 ||
		       (use->subject != NULL &&
		        !selector_matches(&scope->subject_not, use->subject, NULL));
	case SCOPE_REQUIRE:
		return scope_missing(scope, use) == NULL;
	case SCOPE_FROM:
		return use->at >= scope->from;
	case SCOPE_UNTIL:
		return use->at < scope->until;
	default:
		return scope->allow[dimension].count == 0 ||
		       set_find_label(&scope->allow[dimension], labels[dimension]);
	}
}

bool scope_allows(const struct scope *scope, const struct scope_use *use,
                  enum scope_dimension *which)
{
	int dimension = SCOPE_CAPABILITY;
	if (!scope->none)
		while (dimension < SCOPE_LIMIT &&
		       dimension_allows(scope, use, (enum scope_dimension)dimension))
			dimension++;
	if (dimension == SCOPE_LIMIT)
		return true;
	if (which != NULL)
		*which = (enum scope_dimension)dimension;
	return false;
}
