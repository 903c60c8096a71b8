#include "matching.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum { MILLI = 1000 };

const char *list_engine(void)
{
	return SCREENING_ENGINE;
}

unsigned list_threshold(void)
{
	return (unsigned)(SCREENING_THRESHOLD * MILLI);
}

static bool choose(struct list_screener *s, const struct watched_list *l, int64_t now,
                   const struct list_choice *choice, struct err *e)
{
	const struct list_snapshot *snapshot =
	    choice->has_as_of ? list_as_of(l, choice->as_of) : list_current(l);
	if (!choice->has_as_of && list_is_stale(l, now))
		return err_refused(e, "lists.stale",
		                   "list %s was not looked at within its limit: nothing is "
		                   "screened (proviso lists update)",
		                   l->name);
	if (snapshot == NULL)
		return err_refused(e, "lists.no-snapshot", "there is no snapshot of list %s%s",
		                   l->name, choice->has_as_of ? " so old" : "");
	struct screening_index *x = list_index_open(l->name, snapshot, e);
	if (x == NULL)
		return false;
	s->snapshots[s->index_count] = snapshot;
	s->indexes[s->index_count++] = x;
	return true;
}

/* The list built in was there from its notice on. */
static bool choose_embedded(struct list_screener *s, const struct list_choice *choice,
                            struct err *e)
{
	if (choice->has_as_of && choice->as_of < screening_embedded_date())
		return true;
	struct screening_index *x = screening_index_embedded(e);
	if (x != NULL)
		s->indexes[s->index_count++] = x;
	return x != NULL;
}

static bool open_chosen(struct list_screener *s, const char *home, int64_t now,
                        const struct list_choice *choice, struct err *e)
{
	if (home != NULL && !lists_load(home, &s->arena, &s->lists, &s->list_count, e))
		return false;
	s->snapshots = arena_array(&s->arena, s->list_count + 1, sizeof *s->snapshots);
	s->indexes = arena_array(&s->arena, s->list_count + 1, sizeof *s->indexes);
	for (size_t i = 0; i < s->list_count; i++)
		if ((choice->only == NULL || strcmp(choice->only, s->lists[i].name) == 0) &&
		    !choose(s, &s->lists[i], now, choice, e))
			return false;
	if ((choice->only == NULL || strcmp(choice->only, screening_embedded_name()) == 0) &&
	    !choose_embedded(s, choice, e))
		return false;
	if (s->index_count == 0 && choice->only != NULL)
		return err_input(e, "lists.no-such-list", "there is no list %s", choice->only);
	s->searcher = screening_searcher_new((const struct screening_index *const *)s->indexes,
	                                     s->index_count);
	return true;
}

bool list_screener_open_chosen(struct list_screener *s, const char *home, int64_t now,
                               const struct list_choice *choice, struct err *e)
{
	*s = (struct list_screener){0};
	if (open_chosen(s, home, now, choice, e))
		return true;
	list_screener_close(s);
	return false;
}

bool list_screener_open(struct list_screener *s, const char *home, int64_t now, struct err *e)
{
	return list_screener_open_chosen(s, home, now, &(struct list_choice){0}, e);
}

void list_screener_close(struct list_screener *s)
{
	for (size_t i = 0; i < s->index_count; i++)
		screening_index_close(s->indexes[i]);
	screening_searcher_free(s->searcher);
	arena_free(&s->arena);
	*s = (struct list_screener){0};
}

static const char *in_one_line(struct arena *arena, const char *const *why, size_t count)
{
	struct buffer b = {.arena = arena};
	for (size_t i = 0; i < count; i++) {
		buffer_text(&b, i > 0 ? "; " : "");
		buffer_text(&b, why[i]);
	}
	return buffer_cstr(&b);
}

/* All in the arena: hits outlive the indexes. */
static bool keep(struct arena *arena, const struct screening_found *f, struct list_hit *out,
                 struct err *e)
{
	const char *line = entity_line(arena, screening_index_entity(arena, f->index, f->entity));
	struct entity *kept = arena_alloc(arena, sizeof *kept);
	*out = (struct list_hit){.list = arena_copy(arena, f->list, strlen(f->list)),
	                         .entity = kept,
	                         .digest = sha256(bytes_text(line)),
	                         .matched = arena_copy(arena, f->name, strlen(f->name)),
	                         .score = (unsigned)(f->score * MILLI),
	                         .why = in_one_line(arena, f->why, f->why_count)};
	return entity_from_line(arena, line, strlen(line), kept, e);
}

bool list_screener_look(struct list_screener *s, const struct entity *party, struct arena *arena,
                        struct list_hits *out, struct err *e)
{
	struct screening_query query = {
	    .party = party, .limit = SIZE_MAX, .thorough = true, .explain = true};
	struct screening_answer answer;
	if (!screening_search(s->searcher, arena, &query, &answer, e))
		return false;
	*out = (struct list_hits){arena_array(arena, answer.count, sizeof *out->at), answer.count,
	                          answer.is_cut};
	for (size_t i = 0; i < answer.count; i++)
		if (!keep(arena, &answer.at[i], &out->at[i], e))
			return false;
	return true;
}
