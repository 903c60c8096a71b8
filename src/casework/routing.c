#include "routing.h"

#include <string.h>

bool texts_have(const struct texts *t, const char *text)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->at[i], text) == 0)
			return true;
	return false;
}

/* There is room for all: see route_of(). */
static void add(struct texts *t, const char *text)
{
	if (!texts_have(t, text))
		t->at[t->count++] = text;
}

static void add_all(struct texts *t, const struct list *list)
{
	const char *const *at = (const char *const *)list->at;
	for (size_t i = 0; i < list->count; i++)
		add(t, at[i]);
}

/* --- Conditions ----------------------------------------------------------------------------- */

static bool fits_kind(const struct list *kinds, enum rule_kind kind)
{
	const unsigned *at = kinds->at;
	for (size_t i = 0; i < kinds->count; i++)
		if (at[i] == (unsigned)kind)
			return true;
	return kinds->count == 0;
}

/* The element of a list that a text is; NULL: none. */
static const char *found(const struct list *list, const char *text)
{
	const char *const *at = (const char *const *)list->at;
	for (size_t i = 0; text != NULL && i < list->count; i++)
		if (strcmp(at[i], text) == 0)
			return at[i];
	return NULL;
}

/* A capability of the item that lies under one of the rule's; NULL: none. */
static const char *covered(const struct list *wide, const struct list *narrow)
{
	const char *const *over = (const char *const *)wide->at, *const *under =
	                                                             (const char *const *)
	                                                                 narrow->at;
	for (size_t i = 0; i < wide->count; i++)
		for (size_t k = 0; k < narrow->count; k++)
			if (scope_label_covers(over[i], under[k]))
				return under[k];
	return NULL;
}

/* Whether all that the rule has holds, and by what. */
static bool fits(const struct routing_rule *rule, const struct case_facts *facts,
                 struct route_match *by)
{
	*by = (struct route_match){.rule = rule->name};
	if (rule->countries.count > 0)
		by->country = found(&rule->countries, facts->country);
	if (rule->capabilities.count > 0)
		by->capability = covered(&rule->capabilities, &facts->capabilities);
	if (rule->items.count > 0)
		by->item = found(&rule->items, facts->item);
	if (rule->has_hits)
		by->hits = facts->hits;
	return fits_kind(&rule->kinds, facts->kind) &&
	       (rule->countries.count == 0 || by->country != NULL) &&
	       (rule->capabilities.count == 0 || by->capability != NULL) &&
	       (rule->items.count == 0 || by->item != NULL) &&
	       (!rule->has_hits || facts->hits >= rule->hits);
}

static const char *why(struct arena *arena, const struct route_match *by, bool counts_hits)
{
	struct buffer b = {.arena = arena};
	if (by->country != NULL)
		buffer_printf(&b, " end user in %s;", by->country);
	if (by->capability != NULL)
		buffer_printf(&b, " capability %s;", by->capability);
	if (by->item != NULL)
		buffer_printf(&b, " item %s;", by->item);
	if (counts_hits)
		buffer_printf(&b, " %llu open hits;", (unsigned long long)by->hits);
	return b.len == 0
	           ? arena_printf(arena, "%s: every case", by->rule)
	           : arena_printf(arena, "%s:%.*s", by->rule, (int)b.len - 1, buffer_cstr(&b));
}

/* --- The route ------------------------------------------------------------------------------ */

static struct texts room(struct arena *arena, size_t most)
{
	return (struct texts){arena_array(arena, most, sizeof(const char *)), 0};
}

struct route route_of(struct arena *arena, const struct list *list, const struct case_facts *facts)
{
	const struct routing_rule *rules = list->at;
	struct route out = {0};
	size_t flags = 0, bodies = 0, checklists = 0;
	for (size_t i = 0; i < list->count; i++) {
		flags += rules[i].flags.count;
		bodies += rules[i].bodies.count;
		checklists += rules[i].checklists.count;
	}
	out.flags = room(arena, flags);
	out.bodies = room(arena, bodies);
	out.checklists = room(arena, checklists);
	out.because = room(arena, list->count);
	out.matches = arena_array(arena, list->count, sizeof *out.matches);
	for (size_t i = 0; i < list->count; i++) {
		struct route_match by;
		if (!fits(&rules[i], facts, &by))
			continue;
		if (out.team == NULL && rules[i].has_team)
			out.team = rules[i].team;
		add_all(&out.flags, &rules[i].flags);
		add_all(&out.bodies, &rules[i].bodies);
		add_all(&out.checklists, &rules[i].checklists);
		out.matches[out.because.count] = by;
		out.because.at[out.because.count++] = why(arena, &by, rules[i].has_hits);
	}
	return out;
}

/* --- Differences ---------------------------------------------------------------------------- */

static void tell_texts(struct buffer *b, const char *what, const struct texts *before,
                       const struct texts *after)
{
	for (size_t i = 0; i < after->count; i++)
		if (!texts_have(before, after->at[i]))
			buffer_printf(b, "%s%s %s is new", b->len > 0 ? "; " : "", what,
			              after->at[i]);
	for (size_t i = 0; i < before->count; i++)
		if (!texts_have(after, before->at[i]))
			buffer_printf(b, "%s%s %s is gone", b->len > 0 ? "; " : "", what,
			              before->at[i]);
}

const char *route_difference(struct arena *arena, const struct route *before,
                             const struct route *after)
{
	const char *from = before->team != NULL ? before->team : "no team",
	           *to = after->team != NULL ? after->team : "no team";
	struct buffer b = {.arena = arena};
	if (strcmp(from, to) != 0)
		buffer_printf(&b, "from %s to %s", from, to);
	tell_texts(&b, "flag", &before->flags, &after->flags);
	tell_texts(&b, "body", &before->bodies, &after->bodies);
	tell_texts(&b, "checklist", &before->checklists, &after->checklists);
	return b.len > 0 ? buffer_cstr(&b) : NULL;
}
