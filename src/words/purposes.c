/*
 * What purposes mean and never mean, in the words of the definitions: shown wherever a
 * purpose is chosen or stands, because a label alone says too little.
 */
#include "words.h"

#include "authority/query.h"
#include "scope/scope.h"

static bool concerns(const struct scope *scope, const char *label)
{
	const struct scope_set *chosen = scope == NULL ? NULL : &scope->allow[SCOPE_PURPOSE];
	if (chosen == NULL || chosen->count == 0)
		return true;
	for (size_t i = 0; i < chosen->count; i++)
		if (scope_label_covers(label, chosen->at[i]) ||
		    scope_label_covers(chosen->at[i], label))
			return true;
	return false;
}

static void add_purpose(struct buffer *out, const char *mark, const struct purpose *p)
{
	const char *const *never = p->excludes.at;
	buffer_printf(out, "%s%s: %s\n%s    %s\n", mark, p->label, p->title, mark, p->text);
	if (p->has_minimum_penalty_years)
		buffer_printf(out, "%s    only declared offences that carry %llu years or more\n",
		              mark, (unsigned long long)p->minimum_penalty_years);
	for (size_t i = 0; i < p->excludes.count; i++)
		buffer_printf(out, "%s    never: %s\n", mark, never[i]);
}

bool words_purposes(struct arena *arena, const struct state *state, const struct hash *definitions,
                    const struct scope *scope, const char *mark, const char **out, struct err *e)
{
	struct definitions_info *all, *which = NULL;
	struct buffer text = {.arena = arena};
	size_t count;
	if (!query_definitions(state, arena, &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (definitions == NULL || hash_equal(definitions, &all[i].id))
			which = &all[i];
	*out = "";
	if (which == NULL)
		return true;
	const struct purpose *p = which->body->purposes.at;
	buffer_printf(&text, "%sThe purposes, in the words of definitions no. %llu:\n", mark,
	              (unsigned long long)which->number);
	for (size_t i = 0; i < which->body->purposes.count; i++)
		if (concerns(scope, p[i].label))
			add_purpose(&text, mark, &p[i]);
	*out = buffer_cstr(&text);
	return true;
}
