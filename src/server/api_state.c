/* What is in force: systems, licences, measures, definitions; and watching a system. */
#include "parts.h"

#include "base/rim.h"
#include "words/words.h"

enum { STATUS_SYSTEMS_MAX = 1000 };

static struct words words_of(struct authority *a, struct http_request *q, struct err *e)
{
	return (struct words){
	    .arena = q->arena,
	    .authority = a,
	    .now = rim_now(),
	    .json = !wants(q, "text/plain"),
	    .is_public = true,
	    .err = e,
	};
}

static bool give(struct words *w, struct http_request *q, struct http_response *r, bool told)
{
	if (!told)
		return false;
	if (w->json)
		http_json(q, r, 200, w->value);
	else
		http_text(r, 200, "text/plain; charset=utf-8", buffer_cstr(&w->text));
	http_add_header(r, "Vary", "Accept");
	http_add_header(r, "Cache-Control", "no-cache");
	if (w->is_no)
		http_add_header(r, "Proviso-Answer", "no");
	return true;
}

static bool status(struct authority *a, struct http_request *q, struct http_response *r,
                   struct err *e)
{
	struct words w = words_of(a, q, e);
	struct state state = authority_state(a);
	struct hash *ids;
	size_t count;
	if (!query_ids(&state, q->arena, "system/", NULL, STATUS_SYSTEMS_MAX + 1, &ids, &count, e))
		return false;
	if (count > STATUS_SYSTEMS_MAX)
		return err_refused(
		    e, "status.too-many",
		    "there are more than %d systems: /v1/systems has them page by page",
		    STATUS_SYSTEMS_MAX);
	return give(&w, q, r, words_status(&w, NULL));
}

static bool status_of_one(struct authority *a, struct http_request *q, struct http_response *r,
                          struct err *e)
{
	struct words w = words_of(a, q, e);
	return give(&w, q, r, words_status(&w, http_parameter(q, "id")));
}

/* The id that a prefix begins, of a record of this kind. */
static bool find(struct authority *a, struct http_request *q, enum record_kind kind,
                 struct hash *id, struct err *e)
{
	uint64_t index;
	struct record record;
	if (!authority_find_kind(a, q->arena, kind, http_parameter(q, "id"), &record, &index, e))
		return false;
	*id = record.id;
	return true;
}

static bool one_system(struct authority *a, struct http_request *q, struct http_response *r,
                       struct err *e)
{
	struct hash id;
	return find(a, q, KIND_ENROLMENT, &id, e) && status_of_one(a, q, r, e);
}

static bool one_licence(struct authority *a, struct http_request *q, struct http_response *r,
                        struct err *e)
{
	struct hash id;
	return find(a, q, KIND_LICENCE, &id, e) && status_of_one(a, q, r, e);
}

static bool one_measure(struct authority *a, struct http_request *q, struct http_response *r,
                        struct err *e)
{
	struct state state = authority_state(a);
	struct measure_info m;
	struct hash id;
	if (!find(a, q, KIND_MEASURE, &id, e) ||
	    !query_measure(&state, q->arena, &id, rim_now(), &m, e))
		return false;
	http_json(q, r, 200, words_measure(q->arena, &m));
	return true;
}

static bool explain(struct authority *a, struct http_request *q, struct http_response *r,
                    struct err *e)
{
	struct words w = words_of(a, q, e);
	struct hash id;
	return find(a, q, KIND_ENROLMENT, &id, e) &&
	       give(&w, q, r, words_explain(&w, http_parameter(q, "id"), http_query(q, "use")));
}

/* --- Pages
 * ---------------------------------------------------------------------------------------- */

/* A page of what stands under `prefix`, each told by `one`. */
static bool pages(struct authority *a, struct http_request *q, struct http_response *r,
                  const char *prefix,
                  bool (*one)(struct words *, const struct state *, const struct hash *, json_t **,
                              struct err *),
                  struct err *e)
{
	struct http_page page;
	struct state state = authority_state(a);
	struct words w = words_of(a, q, e);
	struct hash after, *ids;
	struct bytes digits;
	size_t count;
	if (!http_page(q, &page, e))
		return false;
	if (page.after != NULL) {
		if (!hex_decode(q->arena, page.after, &digits) || digits.len != HASH_SIZE)
			return err_input(e, "http.page", "after is the id that a page ended with");
		memcpy(after.at, digits.at, HASH_SIZE);
	}
	if (!query_ids(&state, q->arena, prefix, page.after != NULL ? &after : NULL, page.limit + 1,
	               &ids, &count, e))
		return false;
	json_t *items = json_array();
	bool more = count > page.limit;
	count -= more;
	for (size_t i = 0; i < count; i++) {
		json_t *item = NULL;
		if (!one(&w, &state, &ids[i], &item, e)) {
			json_decref(items);
			return false;
		}
		json_array_append_new(items, item);
	}
	http_json_page(q, r, items, more ? words_hex(q->arena, &ids[count - 1]) : NULL);
	http_add_header(r, "Cache-Control", "no-cache");
	return true;
}

static bool tell_system(struct words *w, const struct state *state, const struct hash *id,
                        json_t **out, struct err *e)
{
	struct system_info info;
	const char *cells[6];
	return query_system(state, w->arena, id, &info, e) &&
	       words_system(w, state, &info, out, cells);
}

static bool tell_licence(struct words *w, const struct state *state, const struct hash *id,
                         json_t **out, struct err *e)
{
	struct licence_info info;
	if (!query_licence(state, w->arena, id, w->now, &info, e))
		return false;
	*out = words_licence(w->arena, &info);
	return true;
}

static bool tell_measure(struct words *w, const struct state *state, const struct hash *id,
                         json_t **out, struct err *e)
{
	struct measure_info info;
	if (!query_measure(state, w->arena, id, w->now, &info, e))
		return false;
	*out = words_measure(w->arena, &info);
	return true;
}

static bool systems(struct authority *a, struct http_request *q, struct http_response *r,
                    struct err *e)
{
	return pages(a, q, r, "system/", tell_system, e);
}

static bool licences(struct authority *a, struct http_request *q, struct http_response *r,
                     struct err *e)
{
	return pages(a, q, r, "licence/", tell_licence, e);
}

static bool measures(struct authority *a, struct http_request *q, struct http_response *r,
                     struct err *e)
{
	return pages(a, q, r, "measure/", tell_measure, e);
}

/* --- The authority, definitions
 * ------------------------------------------------------------------- */

static bool about(struct authority *a, struct http_request *q, struct http_response *r,
                  struct err *e)
{
	struct authority_info info;
	struct hash tags;
	struct state state = authority_state(a);
	if (!query_authority(&state, q->arena, rim_now(), &info, e))
		return false;
	bool has_tags = query_tags(&state, q->arena, &tags, e);
	if (!has_tags && e->kind != ERR_REFUSED)
		return false;
	char *line = key_line(q->arena, &a->public);
	line[strcspn(line, "\n")] = 0;
	http_json(q, r, 200,
	          json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:s*,s:s}", "origin", info.origin, "key",
	                    line, "threshold", (json_int_t)info.threshold, "officers",
	                    (json_int_t)info.officers, "definitions", (json_int_t)info.definitions,
	                    "entries", (json_int_t)info.entries, "tags",
	                    has_tags ? words_hex(q->arena, &tags) : NULL, "time",
	                    words_time(q->arena, info.time)));
	http_add_header(r, "Cache-Control", "no-cache");
	return true;
}

/* By which those who follow verify what they are told. */
static void webhook_key(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	if (s->hooks == NULL)
		http_problem_status(q, r, 404, "webhooks.none", "nobody follows by webhooks here");
	else
		http_json(q, r, 200, json_pack("{s:s}", "key", hooks_public_key(s->hooks)));
}

/* By number: the record's id, and what it says. */
static bool definitions(struct authority *a, struct http_request *q, struct http_response *r,
                        struct err *e)
{
	struct state state = authority_state(a);
	struct hash id;
	uint64_t number;
	struct words w = words_of(a, q, e);
	if (!decimal_parse(bytes_text(http_parameter(q, "number")), &number))
		return err_input(e, "definitions.number", "definitions go by their number");
	return query_definitions_id(&state, number, &id, e) &&
	       give(&w, q, r, words_show(&w, words_hex(q->arena, &id)));
}

/* What purposes mean: of the latest definitions, or those of ?definitions=ID. */
static bool purposes(struct authority *a, struct http_request *q, struct http_response *r,
                     struct err *e)
{
	struct state state = authority_state(a);
	const char *out;
	if (!words_purposes(q->arena, &state, NULL, NULL, "# ", &out, e))
		return false;
	http_text(r, 200, "text/plain; charset=utf-8", out);
	return true;
}

/* --- Watching
 * -------------------------------------------------------------------------------------- */

static bool find_watched(struct authority *a, struct http_request *q, struct system_info *info,
                         uint64_t *size, struct err *e)
{
	struct state state = authority_state(a);
	struct hash id;
	*size = store_size(a->store);
	return find(a, q, KIND_ENROLMENT, &id, e) && query_system(&state, q->arena, &id, info, e);
}

static void watch(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct system_info info;
	uint64_t size = 0, since;
	const char *last = http_header(q, "Last-Event-ID");
	/* What is read goes at once: the exchange lasts as long as the watch. */
	owned_arena scratch = {0};
	struct http_request reading = *q;
	reading.arena = &scratch;
	struct authority *a = reader_take(s->readers, &e);
	bool ok = a != NULL && find_watched(a, &reading, &info, &size, &e);
	if (a != NULL)
		reader_give(s->readers, a);
	if (!ok) {
		http_problem(q, r, &e);
		return;
	}
	if (last == NULL || !decimal_parse(bytes_text(last), &since) || since > size)
		since = size;
	hub_watch(s->hub, &info, since, q, r);
}

/* Nothing is told but that there is more: it is the same for everybody. */
static void watch_all(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	const char *last = http_header(q, "Last-Event-ID");
	struct authority *a = reader_take(s->readers, &e);
	if (a == NULL) {
		http_problem(q, r, &e);
		return;
	}
	uint64_t size = store_size(a->store), since;
	reader_give(s->readers, a);
	if (last == NULL || !decimal_parse(bytes_text(last), &since) || since > size)
		since = size;
	hub_watch_all(s->hub, since, q, r);
}

/* --- Routes
 * ----------------------------------------------------------------------------------------- */

#define READ(name, function)                                                                       \
	static void name(void *ctx, struct http_request *q, struct http_response *r)               \
	{                                                                                          \
		service_read(ctx, q, r, function);                                                 \
	}
READ(get_status, status)
READ(get_status_of_one, status_of_one)
READ(get_systems, systems)
READ(get_system, one_system)
READ(get_explanation, explain)
READ(get_licences, licences)
READ(get_licence, one_licence)
READ(get_measures, measures)
READ(get_measure, one_measure)
READ(get_authority, about)
READ(get_definitions, definitions)
READ(get_purposes, purposes)

void state_routes(struct service *s)
{
	static const struct {
		const char *pattern;
		http_handler *handle;
	} rows[] = {
	    {"/v1/authority", get_authority},
	    {"/v1/status", get_status},
	    {"/v1/status/{id}", get_status_of_one},
	    {"/v1/systems", get_systems},
	    {"/v1/systems/{id}", get_system},
	    {"/v1/systems/{id}/explain", get_explanation},
	    {"/v1/watch", watch_all},
	    {"/v1/systems/{id}/watch", watch},
	    {"/v1/licences", get_licences},
	    {"/v1/licences/{id}", get_licence},
	    {"/v1/measures", get_measures},
	    {"/v1/measures/{id}", get_measure},
	    {"/v1/definitions/{number}", get_definitions},
	    {"/v1/purposes", get_purposes},
	    {"/v1/webhook-key", webhook_key},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		service_route(s, (struct http_route){HTTP_GET, rows[i].pattern, rows[i].handle,
		                                     NULL, 0, NULL});
}
