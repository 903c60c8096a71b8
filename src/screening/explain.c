/* The comparison of two names in words: which part goes with which, and what speaks against. */
#include "explain.h"

#include <stdio.h>

static const char *words_of(struct arena *arena, const struct name *n, size_t from, size_t count)
{
	struct buffer b = {.arena = arena};
	for (size_t i = from; i < from + count; i++) {
		if (i > from)
			buffer_u8(&b, ' ');
		for (size_t k = 0; k < n->words[i]->latin_length; k++)
			buffer_u8(&b, (uint8_t)name_latin(n->words[i], k));
	}
	return buffer_cstr(&b);
}

static void say(struct why *why, const char *text)
{
	if (why->count < WHY_MOST)
		why->texts[why->count++] = text;
}

static void say_link(struct arena *arena, const struct name *a, const struct name *b,
                     const struct link *l, struct why *why)
{
	static const char *const how[] = {[LINK_SAME] = "is the same",
	                                  [LINK_SPELLING] = "is spelled alike",
	                                  [LINK_RENDERED] = "is a rendering of it",
	                                  [LINK_KNOWN] = "is another form of it",
	                                  [LINK_INITIAL] = "has the same initial",
	                                  [LINK_ARTICLE] = "is the same but for the article",
	                                  [LINK_JOINED] = "is the same written together or apart",
	                                  [LINK_ACRONYM] = "are the initials",
	                                  [LINK_NUMBER] = "is the same number"};
	const char *x = words_of(arena, a, l->a, l->a_count),
	           *y = words_of(arena, b, l->b, l->b_count);
	if (l->how == LINK_SAME)
		say(why, arena_printf(arena, "\"%s\" is in both", x));
	else
		say(why, arena_printf(arena, "\"%s\": \"%s\" %s (%.2f)", x, y, how[l->how],
		                      l->similarity));
}

static void say_missing(struct arena *arena, const struct name *n, uint32_t linked,
                        const char *which, struct why *why)
{
	for (size_t i = 0; i < n->count; i++)
		if ((linked & 1u << i) == 0 && (n->roles[i] & ROLE_FORM) == 0)
			say(why, arena_printf(arena, "against: \"%s\" is only in %s%s",
			                      words_of(arena, n, i, 1), which,
			                      n->words[i]->weight < 450 ? " (a common word)" : ""));
}

void explain_names(struct arena *arena, const struct name *a, const struct name *b,
                   const struct comparison *c, const char *which_a, const char *which_b,
                   struct why *why)
{
	for (size_t i = 0; i < c->link_count; i++)
		say_link(arena, a, b, &c->links[i], why);
	say_missing(arena, a, c->linked_a, which_a, why);
	say_missing(arena, b, c->linked_b, which_b, why);
	if (c->features[FEATURE_FORMS_SAME] > 0)
		say(why, "the legal forms are of one kind");
	if (c->forms_differ)
		say(why, "against: the legal forms are of different kinds");
	if (c->numbers_differ)
		say(why, "against: the numbers differ");
	if (c->features[FEATURE_FAMILIES_DIFFER] > 0)
		say(why, "against: the family names are not the same");
	if (c->features[FEATURE_ORDER] < 1)
		say(why, "the order differs");
	if (c->link_count == 0)
		say(why, "against: they have no word in common");
}
