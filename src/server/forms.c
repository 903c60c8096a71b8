#include "forms_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rim.h"

struct forms *forms_open(const char *home, const char *version, bool waits, struct err *e)
{
	struct forms *f = calloc(1, sizeof *f);
	if (f == NULL) {
		err_environment(e, "out of memory");
		return NULL;
	}
	f->screener = screener_open(home, waits, e);
	if (f->screener == NULL) {
		free(f);
		return NULL;
	}
	f->version = version;
	f->started = rim_now();
	size_t count = 0;
	match_health_routes(f, &count);
	f->without_health = count;
	match_routes(f, &count);
	watchman_routes(f, &count);
	assert(count <= FORMS_ROUTES);
	return f;
}

void forms_close(struct forms *f)
{
	screener_close(f->screener);
	free(f);
}

const struct http_route *forms_routes(const struct forms *f)
{
	return f->routes;
}

const struct http_route *forms_routes_without_health(const struct forms *f)
{
	return f->routes + f->without_health;
}

/* --- Which lists and hits are wanted -------------------------------------------------------- */

const struct screened_list *forms_list_of(const struct screened *set,
                                          const struct screening_found *hit)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->lists[i].index == hit->index)
			return &set->lists[i];
	return NULL;
}

bool forms_are_fresh(struct http_request *q, struct http_response *r, const struct wanted *w,
                     int64_t now, const char **why)
{
	size_t count = 0;
	*why = NULL;
	for (size_t i = 0; i < w->set->count && *why == NULL; i++) {
		count += w->lists[i];
		if (w->lists[i] && screened_is_stale(&w->set->lists[i], now))
			*why = arena_printf(q->arena,
			                    "list %s has not been looked at within its limit, so "
			                    "nothing was screened: update it",
			                    w->set->lists[i].name);
	}
	if (count == 0)
		*why = "no list is left to screen against";
	if (*why == NULL)
		return true;
	http_again(q, r, 503, 60, count == 0 ? "screening.no-list" : "lists.stale", *why);
	return false;
}

static bool has_unique_ids(const struct screened_list *l)
{
	return strcmp(l->format, "ftm") == 0 || strcmp(l->format, "simple") == 0 ||
	       strcmp(l->format, "senzing") == 0;
}

const char *forms_id(struct arena *arena, const struct screened_list *l, const char *id)
{
	return has_unique_ids(l) ? id : arena_printf(arena, "%s-%s", l->name, id);
}

const struct entity *forms_entity(struct arena *arena, const struct screened *set, const char *id,
                                  const struct screened_list **list)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct screened_list *l = &set->lists[i];
		size_t number, len = has_unique_ids(l) ? 0 : strlen(l->name) + 1;
		bool is_its =
		    len == 0 || (strncmp(id, l->name, len - 1) == 0 && id[len - 1] == '-');
		if (is_its && screening_index_find(l->index, id + len, &number)) {
			*list = l;
			return screening_index_entity(arena, l->index, number);
		}
	}
	return NULL;
}

/* --- Queries -------------------------------------------------------------------------------- */

const char *forms_next(const struct http_request *q, const char *name, size_t *at)
{
	while (*at < q->query_count) {
		const struct http_field *field = &q->query[(*at)++];
		if (strcmp(field->name, name) == 0)
			return field->value;
	}
	return NULL;
}

bool forms_number(const struct http_request *q, const char *name, double least, double most,
                  double otherwise, double *out)
{
	const char *text = http_query(q, name);
	char *end;
	*out = otherwise;
	if (text == NULL)
		return true;
	*out = strtod(text, &end);
	return end != text && *end == 0 && *out >= least && *out <= most;
}
