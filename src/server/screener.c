#include "screener.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "screening/matching.h"

enum { SEARCHERS = 32, LOOK_SECONDS = 1 };

struct set {
	struct screened shown; /* first: what callers hold */
	struct arena arena;
	struct screening_index **indexes;
	size_t opened;
	struct hash state; /* of what list.json of each said */
	unsigned users;    /* and 1 while it is the current one */
	struct screening_searcher *idle[SEARCHERS];
	size_t idle_count;
};

struct screener {
	char *home;
	pthread_mutex_t lock;    /* of the pointers and counts below and in sets */
	pthread_mutex_t opening; /* one opens at a time */
	struct set *current;
	int64_t looked;
};

/* --- Opening ------------------------------------------------------------------------------ */

static struct hash state_of(struct arena *arena, const struct watched_list *lists, size_t count)
{
	struct buffer b = {.arena = arena};
	for (size_t i = 0; i < count; i++) {
		const struct list_snapshot *s = list_current(&lists[i]);
		buffer_printf(&b, "%s %lld %llu ", lists[i].name, (long long)lists[i].checked,
		              (unsigned long long)lists[i].max_age);
		if (s != NULL)
			buffer_bytes(&b, hash_bytes(&s->digest));
	}
	return sha256(buffer_view(&b));
}

static bool open_list(struct set *set, struct screened_list *out, const struct watched_list *l,
                      struct err *e)
{
	const struct list_snapshot *s = list_current(l);
	if (s == NULL)
		return err_refused(e, "screening.no-list", "list %s has no snapshot yet", l->name);
	struct screening_index *index = list_index_open(l->name, s, e);
	if (index == NULL)
		return false;
	const struct list_format *format = list_format(s->facts.format);
	set->indexes[set->opened++] = index;
	*out = (struct screened_list){
	    .name = l->name,
	    .format = s->facts.format,
	    .title = format != NULL ? format->title : l->name,
	    .index = index,
	    .date = s->facts.has_published ? s->facts.published : s->retrieved,
	    .checked = l->checked,
	    .max_age = l->max_age,
	    .digest = s->digest,
	};
	return true;
}

static bool open_embedded(struct set *set, struct screened_list *out, struct err *e)
{
	struct screening_index *index = screening_index_embedded(e);
	if (index == NULL)
		return false;
	set->indexes[set->opened++] = index;
	*out = (struct screened_list){
	    .name = screening_embedded_name(),
	    .format = "built in",
	    .title = "Companies that traffic in cyber intrusion tools, 86 FR 60759",
	    .index = index,
	    .date = screening_embedded_date(),
	    .digest = screening_index_snapshot(index),
	};
	return true;
}

static void set_free(struct set *set)
{
	for (size_t i = 0; i < set->idle_count; i++)
		screening_searcher_free(set->idle[i]);
	for (size_t i = 0; i < set->opened; i++)
		screening_index_close(set->indexes[i]);
	arena_free(&set->arena);
	free(set);
}

/* NULL after an error, or when nothing has changed since `old` (no error then). */
static struct set *set_open(const char *home, const struct set *old, struct err *e)
{
	struct set *set = calloc(1, sizeof *set);
	struct watched_list *lists;
	size_t count;
	if (set == NULL) {
		err_environment(e, "out of memory");
		return NULL;
	}
	bool ok = lists_load(home, &set->arena, &lists, &count, e);
	if (ok) {
		set->state = state_of(&set->arena, lists, count);
		ok = old == NULL || memcmp(&old->state, &set->state, sizeof set->state) != 0;
	}
	if (ok) {
		struct screened_list *shown = arena_array(&set->arena, count + 1, sizeof *shown);
		set->indexes = arena_array(&set->arena, count + 1, sizeof(void *));
		for (size_t i = 0; ok && i < count; i++)
			ok = open_list(set, &shown[i], &lists[i], e);
		ok = ok && open_embedded(set, &shown[count], e);
		set->shown = (struct screened){shown, count + 1};
		set->users = 1;
	}
	if (ok)
		return set;
	set_free(set);
	return NULL;
}

/* No list: whoever asks is told so, and nobody that there is no hit. */
static struct set *set_empty(void)
{
	struct set *set = calloc(1, sizeof *set);
	if (set != NULL)
		set->users = 1;
	return set;
}

struct screener *screener_open(const char *home, bool waits, struct err *e)
{
	struct screener *s = calloc(1, sizeof *s);
	if (s == NULL || (s->home = strdup(home)) == NULL) {
		free(s);
		err_environment(e, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->opening, NULL);
	s->current = set_open(home, NULL, e);
	if (s->current == NULL && waits)
		s->current = set_empty();
	if (s->current == NULL) {
		screener_close(s);
		return NULL;
	}
	return s;
}

void screener_close(struct screener *s)
{
	if (s->current != NULL)
		set_free(s->current);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->opening);
	free(s->home);
	free(s);
}

/* --- Using -------------------------------------------------------------------------------- */

static void release(struct screener *s, struct set *set)
{
	pthread_mutex_lock(&s->lock);
	bool is_last = --set->users == 0;
	pthread_mutex_unlock(&s->lock);
	if (is_last)
		set_free(set);
}

static bool is_due(struct screener *s, int64_t now)
{
	pthread_mutex_lock(&s->lock);
	bool due = now < s->looked || now - s->looked >= LOOK_SECONDS;
	if (due)
		s->looked = now;
	pthread_mutex_unlock(&s->lock);
	return due;
}

/* A set that cannot be opened leaves the one there is: the next look tries again. */
static void look(struct screener *s)
{
	struct err e = {0};
	pthread_mutex_lock(&s->opening);
	struct set *fresh = set_open(s->home, s->current, &e), *old = NULL;
	if (fresh != NULL) {
		pthread_mutex_lock(&s->lock);
		old = s->current;
		s->current = fresh;
		pthread_mutex_unlock(&s->lock);
	}
	pthread_mutex_unlock(&s->opening);
	if (old != NULL)
		release(s, old);
}

const struct screened *screener_enter(struct screener *s, int64_t now)
{
	if (is_due(s, now))
		look(s);
	pthread_mutex_lock(&s->lock);
	struct set *set = s->current;
	set->users++;
	pthread_mutex_unlock(&s->lock);
	return &set->shown;
}

void screener_leave(struct screener *s, const struct screened *shown)
{
	release(s, (struct set *)(uintptr_t)shown);
}

bool screened_is_stale(const struct screened_list *l, int64_t now)
{
	return l->max_age != 0 && (now < l->checked || (uint64_t)(now - l->checked) > l->max_age);
}

static struct screening_searcher *searcher_take(struct screener *s, struct set *set)
{
	pthread_mutex_lock(&s->lock);
	struct screening_searcher *idle = set->idle_count > 0 ? set->idle[--set->idle_count] : NULL;
	pthread_mutex_unlock(&s->lock);
	const struct screening_index *const *indexes =
	    (const struct screening_index *const *)(void *)set->indexes;
	return idle != NULL ? idle : screening_searcher_new(indexes, set->opened);
}

static void searcher_give(struct screener *s, struct set *set, struct screening_searcher *searcher)
{
	pthread_mutex_lock(&s->lock);
	bool kept = set->idle_count < SEARCHERS;
	if (kept)
		set->idle[set->idle_count++] = searcher;
	pthread_mutex_unlock(&s->lock);
	if (!kept)
		screening_searcher_free(searcher);
}

bool screener_search(struct screener *s, const struct screened *shown, struct arena *arena,
                     const struct screening_query *query, struct screening_answer *out,
                     struct err *e)
{
	struct set *set = (struct set *)(uintptr_t)shown;
	struct screening_searcher *searcher = searcher_take(s, set);
	bool ok = screening_search(searcher, arena, query, out, e);
	searcher_give(s, set, searcher);
	return ok;
}
