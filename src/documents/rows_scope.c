/* A scope in words: each dimension begins "Only …" or "Never …", as it narrows. */
#include "place.h"
#include "rows.h"

static void begin(struct sheet *s, unsigned depth, enum scope_dimension dimension)
{
	const char *key = arena_printf(s->arena, "scope.%s", scope_dimension_name(dimension));
	sheet_label(s, depth, message(s->language, key));
}

static void set(struct sheet *s, unsigned depth, enum scope_dimension dimension,
                const struct scope_set *set)
{
	struct buffer text = {.arena = s->arena};
	if (set->count == 0)
		return;
	for (size_t i = 0; i < set->count; i++) {
		bool is_place = dimension == SCOPE_TERRITORY;
		buffer_printf(&text, "%s%s", i > 0 ? ", " : "",
		              is_place ? place_name(s->arena, s->language, set->at[i])
		                       : set->at[i]);
	}
	begin(s, depth, dimension);
	sheet_row(s, depth, buffer_cstr(&text), STYLE_TEXT);
}

static void instant(struct sheet *s, unsigned depth, enum scope_dimension dimension, int64_t at)
{
	begin(s, depth, dimension);
	sheet_row(s, depth, place_time(s->arena, s->language, at), STYLE_TEXT);
}

static void limits(struct sheet *s, unsigned depth, const struct scope *scope)
{
	struct buffer text = {.arena = s->arena};
	for (size_t i = 0; i < scope->limit_count; i++)
		buffer_printf(&text, "%s%s: %llu", i > 0 ? ", " : "", scope->limits[i].name,
		              (unsigned long long)scope->limits[i].maximum);
	begin(s, depth, SCOPE_LIMIT);
	sheet_row(s, depth, buffer_cstr(&text), STYLE_TEXT);
}

void rows_scope(struct sheet *s, const struct scope *scope, unsigned depth)
{
	if (scope->none || scope_equal(scope, &scope_any)) {
		sheet_row(s, depth > 0 ? depth - 1 : 0,
		          message(s->language, scope->none ? "scope.none" : "scope.any"),
		          STYLE_TEXT);
		return;
	}
	for (enum scope_dimension d = SCOPE_CAPABILITY; d <= SCOPE_TERRITORY; d++)
		set(s, depth, d, &scope->allow[d]);
	set(s, depth, SCOPE_SUBJECT_NOT, &scope->subject_not);
	set(s, depth, SCOPE_REQUIRE, &scope->require);
	if (scope->from != SCOPE_NO_FROM)
		instant(s, depth, SCOPE_FROM, scope->from);
	if (scope->until != SCOPE_NO_UNTIL)
		instant(s, depth, SCOPE_UNTIL, scope->until);
	if (scope->limit_count > 0)
		limits(s, depth, scope);
}
