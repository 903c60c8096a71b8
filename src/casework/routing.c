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

/* Whether all that the rule has holds; `why` gets what did. */
static bool fits(struct arena *arena, const struct routing_rule *rule,
                 const struct case_facts *facts, const char **why)
{
	struct buffer b = {.arena = arena};
	buffer_printf(&b, "%s:", rule->name);
	if (!fits_kind(&rule->kinds, facts->kind))
		return false;
	if (rule->countries.count > 0) {
		if (found(&rule->countries, facts->country) == NULL)
			return false;
		buffer_printf(&b, " end user in %s;", facts->country);
	}
	if (rule->capabilities.count > 0) {
		const char *capability = covered(&rule->capabilities, &facts->capabilities);
		if (capability == NULL)
			return false;
		buffer_printf(&b, " capability %s;", capability);
	}
	if (rule->items.count > 0) {
		if (found(&rule->items, facts->item) == NULL)
			return false;
		buffer_printf(&b, " item %s;", facts->item);
	}
	if (rule->has_hits) {
		if (facts->hits < rule->hits)
			return false;
		buffer_printf(&b, " %llu open hits;", (unsigned long long)facts->hits);
	}
	const char *text = buffer_cstr(&b);
	size_t len = strlen(text);
	*why = text[len - 1] == ';' ? arena_copy(arena, text, len - 1)
	                            : arena_printf(arena, "%s every case", text);
	return true;
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
	for (size_t i = 0; i < list->count; i++) {
		const char *why;
		if (!fits(arena, &rules[i], facts, &why))
			continue;
		if (out.team == NULL && rules[i].has_team)
			out.team = rules[i].team;
		add_all(&out.flags, &rules[i].flags);
		add_all(&out.bodies, &rules[i].bodies);
		add_all(&out.checklists, &rules[i].checklists);
		add(&out.because, why);
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
