#include "matching.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "explain.h"
#include "screening.h"

/*
 * Every name is prepared when the lists are read; a look goes over all words and compares the
 * names that have one in common, by the letters they are made of.
 */
struct listed_name {
	const char *text;
	uint32_t entity;
	uint32_t word; /* its first of screener.words; NULL-pointers of `name` are made from it */
	uint8_t word_count, type, forms;
	uint8_t roles[NAME_WORDS];
};

struct listed_entity {
	const char *line; /* entity_line() */
	uint32_t list;
};

struct growing {
	void *at;
	size_t count, room;
};

struct list_screener {
	struct arena arena;
	struct watched_list *lists;
	size_t list_count;
	const char **list_names; /* one more: the list that is built in comes first */
	struct growing entities; /* struct listed_entity */
	struct growing names;    /* struct listed_name */
	struct growing words;    /* struct name_word */
	uint32_t reading;        /* the list being read */
};

enum { HITS_MOST = 256 };

const char *list_engine(void)
{
	return "names-1";
}

unsigned list_threshold(void)
{
	return (unsigned)(SCREENING_THRESHOLD * 1000 + 0.5);
}

/* --- Reading -------------------------------------------------------------------------------- */

static void *add(struct growing *g, size_t size, size_t count)
{
	if (g->count + count > g->room) {
		size_t room =
		    g->room * 2 > g->count + count ? g->room * 2 : g->count + count + 1024;
		void *at = reallocarray(g->at, room, size);
		if (at == NULL)
			return NULL;
		g->at = at;
		g->room = room;
	}
	void *slot = (char *)g->at + g->count * size;
	g->count += count;
	return slot;
}

static bool add_name(struct list_screener *s, const struct entity *x, size_t which, uint32_t entity,
                     struct err *e)
{
	struct prepared p;
	const char *text = x->names[which].text;
	/* A name that can't be compared is no name to be found by; the entry has others, or none.
	 */
	if (!name_prepare(text, strlen(text), x->type, &p, &(struct err){0}) || p.name.count == 0)
		return true;
	uint32_t first = (uint32_t)s->words.count;
	struct name_word *words = add(&s->words, sizeof *words, p.name.count);
	struct listed_name *name = add(&s->names, sizeof *name, 1);
	if (words == NULL || name == NULL)
		return err_environment(e, "no memory for the names of the lists");
	for (size_t i = 0; i < p.name.count; i++)
		words[i] = *p.name.words[i];
	*name = (struct listed_name){.text = arena_copy(&s->arena, text, strlen(text)),
	                             .entity = entity,
	                             .word = first,
	                             .word_count = p.name.count,
	                             .type = p.name.type,
	                             .forms = p.name.forms};
	memcpy(name->roles, p.name.roles, sizeof name->roles);
	return true;
}

static bool add_entity(void *context, const struct entity *x, struct err *e)
{
	struct list_screener *s = context;
	uint32_t number = (uint32_t)s->entities.count;
	struct listed_entity *entity = add(&s->entities, sizeof *entity, 1);
	if (entity == NULL)
		return err_environment(e, "no memory for the entries of the lists");
	*entity = (struct listed_entity){entity_line(&s->arena, x), s->reading};
	for (size_t i = 0; i < x->name_count; i++)
		if (!add_name(s, x, i, number, e))
			return false;
	return true;
}

/* The list built in, as entities. */
static bool add_embedded(struct list_screener *s, struct err *e)
{
	size_t count;
	const struct listed *entries = screening_embedded(&count);
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
		if (!add_entity(s, &x, e))
			return false;
	}
	return true;
}

static bool read_lists(struct list_screener *s, const char *home, int64_t now, struct err *e)
{
	if (!lists_load(home, &s->arena, &s->lists, &s->list_count, e))
		return false;
	s->list_names = arena_array(&s->arena, s->list_count + 1, sizeof *s->list_names);
	s->list_names[0] = screening_embedded_name();
	if (!add_embedded(s, e))
		return false;
	for (size_t i = 0; i < s->list_count; i++) {
		if (list_is_stale(&s->lists[i], now))
			return err_refused(
			    e, "lists.stale",
			    "list %s was not looked at within its limit: nothing is screened "
			    "(proviso lists update)",
			    s->lists[i].name);
		s->list_names[i + 1] = s->lists[i].name;
		s->reading = (uint32_t)i + 1;
		if (!snapshot_read(list_current(&s->lists[i])->folder, add_entity, s, e))
			return err_context(e, "list %s", s->lists[i].name);
	}
	return true;
}

struct list_screener *list_screener_open(const char *home, int64_t now, struct err *e)
{
	struct list_screener *s = calloc(1, sizeof *s);
	if (s == NULL) {
		err_environment(e, "no memory for the lists");
		return NULL;
	}
	if (read_lists(s, home, now, e))
		return s;
	list_screener_close(s);
	return NULL;
}

void list_screener_close(struct list_screener *s)
{
	if (s == NULL)
		return;
	free(s->entities.at);
	free(s->names.at);
	free(s->words.at);
	arena_free(&s->arena);
	free(s);
}

const struct watched_list *list_screener_lists(const struct list_screener *s, size_t *count)
{
	*count = s->list_count;
	return s->lists;
}

/* --- Looking -------------------------------------------------------------------------------- */

/* A word that tells one name from another. */
static bool tells(const struct name_word *w)
{
	return (w->flags & (FLAG_FORM | FLAG_INITIAL | FLAG_PARTICLE | FLAG_TITLE)) == 0;
}

/* Made of the same letters but for a third: enough for typing, spelling and script. */
static bool may_be_like(const struct name_word *a, const struct name_word *b)
{
	if (a->hash == b->hash)
		return true;
	int both = __builtin_popcount(a->bag & b->bag);
	int less = __builtin_popcount(a->bag), more = __builtin_popcount(b->bag);
	if (less > more) {
		int swap = less;
		less = more;
		more = swap;
	}
	bool is_known =
	    a->groups[0] != 0 && (a->groups[0] == b->groups[0] || a->groups[0] == b->groups[1] ||
	                          a->groups[0] == b->groups[2]);
	return is_known || (less >= 2 && both * 3 >= less * 2 && less * 2 >= more);
}

static bool may_be(const struct name *asked, const struct name_word *words, size_t count)
{
	for (size_t i = 0; i < asked->count; i++) {
		if (!tells(asked->words[i]))
			continue;
		for (size_t k = 0; k < count; k++)
			if (tells(&words[k]) && may_be_like(asked->words[i], &words[k]))
				return true;
	}
	return false;
}

struct best {
	uint32_t entity, name;
	double score;
};

static void keep_best(struct best hits[HITS_MOST], size_t *count, struct best one)
{
	for (size_t i = 0; i < *count; i++) {
		if (hits[i].entity == one.entity) {
			if (one.score > hits[i].score)
				hits[i] = one;
			return;
		}
	}
	size_t lowest = 0;
	if (*count < HITS_MOST) {
		hits[(*count)++] = one;
		return;
	}
	for (size_t i = 1; i < *count; i++)
		if (hits[i].score < hits[lowest].score)
			lowest = i;
	if (one.score > hits[lowest].score)
		hits[lowest] = one;
}

static struct name name_at(const struct list_screener *s, const struct listed_name *listed)
{
	const struct name_word *words = s->words.at;
	struct name name = {
	    .type = listed->type, .count = listed->word_count, .forms = listed->forms};
	memcpy(name.roles, listed->roles, sizeof name.roles);
	for (size_t i = 0; i < name.count; i++)
		name.words[i] = &words[listed->word + i];
	return name;
}

static int by_score(const void *a, const void *b)
{
	const struct best *x = a, *y = b;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return (x->entity > y->entity) - (x->entity < y->entity);
}

static const char *explain(struct arena *arena, const struct name *asked, const struct name *listed)
{
	struct comparison c;
	struct why why = {.count = 0};
	struct buffer b = {.arena = arena};
	compare_names(asked, listed, &c);
	explain_names(arena, asked, listed, &c, "the party", "the list", &why);
	for (size_t i = 0; i < why.count; i++)
		buffer_printf(&b, "%s%s", i > 0 ? "; " : "", why.texts[i]);
	return buffer_cstr(&b);
}

static bool tell_hit(const struct list_screener *s, const struct name *asked,
                     const struct best *best, struct arena *arena, struct list_hit *out,
                     struct err *e)
{
	const struct listed_entity *entity = (struct listed_entity *)s->entities.at + best->entity;
	const struct listed_name *listed = (struct listed_name *)s->names.at + best->name;
	struct name name = name_at(s, listed);
	struct entity *x = arena_alloc(arena, sizeof *x);
	if (!entity_from_line(arena, entity->line, strlen(entity->line), x, e))
		return false;
	*out = (struct list_hit){.list = s->list_names[entity->list],
	                         .entity = x,
	                         .digest = sha256(bytes_text(entity->line)),
	                         .matched = arena_copy(arena, listed->text, strlen(listed->text)),
	                         .score = (unsigned)(best->score * 1000 + 0.5),
	                         .why = explain(arena, asked, &name)};
	return true;
}

bool list_screener_look(struct list_screener *s, const struct entity *party, struct arena *arena,
                        struct list_hit **out, size_t *count, struct err *e)
{
	const struct listed_name *names = s->names.at;
	const struct name_word *words = s->words.at;
	struct prepared *asked = arena_alloc(arena, sizeof *asked);
	struct best hits[HITS_MOST];
	*count = 0;
	if (!name_prepare(party->names[0].text, strlen(party->names[0].text), party->type, asked,
	                  e))
		return false;
	if (asked->name.count == 0)
		return err_refused(e, "lists.no-letters",
		                   "\"%.80s\" has no letters: it can't be screened",
		                   party->names[0].text);
	for (size_t i = 0; i < s->names.count; i++) {
		struct comparison c;
		bool is_other = party->type != ENTITY_ANY && names[i].type != ENTITY_ANY &&
		                party->type != names[i].type;
		if (is_other || !may_be(&asked->name, &words[names[i].word], names[i].word_count))
			continue;
		struct name listed = name_at(s, &names[i]);
		compare_names(&asked->name, &listed, &c);
		if (c.score >= SCREENING_THRESHOLD)
			keep_best(hits, count,
			          (struct best){names[i].entity, (uint32_t)i, c.score});
	}
	qsort(hits, *count, sizeof *hits, by_score);
	*out = arena_array(arena, *count, sizeof **out);
	for (size_t i = 0; i < *count; i++)
		if (!tell_hit(s, &asked->name, &hits[i], arena, &(*out)[i], e))
			return false;
	return true;
}
