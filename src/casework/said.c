#include "said.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"

static const struct {
	const char *key, *words;
} table[] = {
    {"asked", "%1 was asked by %2 and has not answered"},
    {"not-answered", "%1 was asked by %2, to reply by %3, and has not"},
    {"answered", "%1 has answered a question, and nobody has taken it up"},
    {"checklist", "the checklist %1 is not answered with sources"},
    {"hit-note", "%1 may be %2 on %3, and until it is decided the list's policy is: note"},
    {"hit-hold", "%1 may be %2 on %3, and until it is decided the list's policy is: hold"},
    {"hit-suspend", "%1 may be %2 on %3, and until it is decided the list's policy is: suspend"},
    {"advice-missing", "%1 must be heard and has not advised"},
    {"not-screened", "its parties were not screened yet"},
    {"held", "it is held by hits on lists (%1 open)"},
    {"with-party", "it waits for an answer"},
    {"advice-awaited", "it waits for the advice of %1"},
    {"advice-conflicts", "the advice on it conflicts"},
    {"decidable", "all that was asked for is there: it can be decided"},
    {"proposed-one", "%1 proposed it; one more officer must agree"},
    {"proposed", "%1 proposed it; %2 more officers must agree"},
    {"suspended-one", "%1 suspended alone, until %2; one more officer must agree for it to last"},
    {"suspended", "%1 suspended alone, until %2; %3 more officers must agree for it to last"},
    {"no-reply", "no reply came in time, and no finding has been made"},
    {"no-finding", "no finding has been made on it"},
    {"sign-again", "definitions no. %1 are superseded: it must be signed again by %2"},
    {"list-stale", "it was last looked at on %1: nothing can be screened against it"},
    {"list-never", "it was never fetched: nothing can be screened against it"},
    {"witness", "it has not cosigned the checkpoint that is published"},
    {"title-lift", "lift of measure %1"},
    {"title-key", "key of %1"},
    {"title-key-end", "end of the key of %1"},
    {"title-declaration", "declaration of %1"},
    {"title-list", "list %1"},
    {"title-witness", "witness %1"},
};

const char *said_key(size_t which)
{
	return which < sizeof table / sizeof *table ? table[which].key : NULL;
}

static const char *pattern(const char *key)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcmp(table[i].key, key) == 0)
			return table[i].words;
	return NULL;
}

const char *said_words(struct arena *arena, const struct said *s)
{
	struct buffer out = {.arena = arena};
	if (s->key == NULL)
		return s->about[0];
	const char *at = pattern(s->key);
	assert(at != NULL);
	for (; *at != 0; at++)
		if (*at == '%' && at[1] >= '1' && at[1] < '1' + SAID_ABOUT) {
			const char *about = s->about[*++at - '1'];
			assert(about != NULL);
			buffer_text(&out, about);
		} else {
			buffer_u8(&out, (uint8_t)*at);
		}
	return buffer_cstr(&out);
}
