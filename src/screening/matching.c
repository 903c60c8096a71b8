#include "matching.h"

#include <string.h>

#include "base/bytes.h"
#include "screening.h"

enum { HITS_MOST = 64 };

const char *list_engine(void)
{
	return SCREENING_ENGINE;
}

unsigned list_threshold(void)
{
	return 1000;
}

bool list_screener_open(struct list_screener *s, const char *home, int64_t now, struct err *e)
{
	*s = (struct list_screener){0};
	if (!lists_load(home, &s->arena, &s->lists, &s->list_count, e))
		return false;
	for (size_t i = 0; i < s->list_count; i++)
		if (list_is_stale(&s->lists[i], now))
			return err_refused(e, "lists.stale",
			                   "list %s was not looked at within its limit: nothing is "
			                   "screened (proviso lists update)",
			                   s->lists[i].name);
	return true;
}

void list_screener_close(struct list_screener *s)
{
	arena_free(&s->arena);
	*s = (struct list_screener){0};
}

struct look {
	struct arena *arena;
	const char *list;
	const struct entity *party;
	const char *normal; /* of the party's name */
	struct list_hit *hits;
	size_t count;
};

static void add(struct look *l, const struct entity *x, const char *matched)
{
	if (l->count == HITS_MOST)
		return;
	/* The entity again, in the arena: the line says all of it. */
	const char *line = entity_line(l->arena, x);
	struct entity *kept = arena_alloc(l->arena, sizeof *kept);
	struct err e;
	if (!entity_from_line(l->arena, line, strlen(line), kept, &e))
		return;
	l->hits[l->count++] = (struct list_hit){
	    .list = l->list,
	    .entity = kept,
	    .digest = sha256(bytes_text(line)),
	    .matched = arena_copy(l->arena, matched, strlen(matched)),
	    .score = 1000,
	    .why = arena_printf(l->arena, "\"%s\" is, compared as \"%s\", a name of %s",
	                        l->party->names[0].text, l->normal, x->names[0].text),
	};
}

static bool compare(void *context, const struct entity *x, struct err *e)
{
	struct look *l = context;
	owned_arena arena = {0};
	(void)e;
	bool is_other_type =
	    l->party->type != ENTITY_ANY && x->type != ENTITY_ANY && l->party->type != x->type;
	for (size_t i = 0; !is_other_type && i < x->name_count; i++) {
		if (strcmp(screening_normalise(&arena, x->names[i].text), l->normal) == 0) {
			add(l, x, x->names[i].text);
			break;
		}
	}
	return true;
}

/* The list built in, as entities. */
static bool look_embedded(struct look *l, struct err *e)
{
	size_t count;
	const struct listed *entries = screening_embedded(&count);
	l->list = screening_embedded_name();
	for (size_t i = 0; i < count; i++) {
		struct entity_name names[16];
		struct entity_note note = {"reason", entries[i].reason};
		struct entity x = {.id = entries[i].name,
		                   .type = ENTITY_ORGANISATION,
		                   .names = names,
		                   .countries = &entries[i].country,
		                   .country_count = 1,
		                   .notes = &note,
		                   .note_count = 1};
		names[x.name_count++] =
		    (struct entity_name){.text = entries[i].name, .kind = NAME_PRIMARY};
		for (size_t k = 0; entries[i].aliases[k] != NULL && x.name_count < 16; k++)
			names[x.name_count++] =
			    (struct entity_name){.text = entries[i].aliases[k], .kind = NAME_ALIAS};
		if (!compare(l, &x, e))
			return false;
	}
	return true;
}

bool list_screener_look(struct list_screener *s, const struct entity *party, struct arena *arena,
                        struct list_hit **out, size_t *count, struct err *e)
{
	struct look l = {.arena = arena, .party = party};
	l.hits = arena_array(arena, HITS_MOST, sizeof *l.hits);
	l.normal = screening_normalise(arena, party->names[0].text);
	bool ok = *l.normal == 0 || look_embedded(&l, e);
	for (size_t i = 0; ok && *l.normal != 0 && i < s->list_count; i++) {
		l.list = s->lists[i].name;
		ok = snapshot_read(list_current(&s->lists[i])->folder, compare, &l, e);
	}
	*out = l.hits;
	*count = l.count;
	return ok;
}
