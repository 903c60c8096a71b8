/* OpenSanctions' matching API: /match, /search, /entities, /catalog and what goes with them. */
#include "forms_parts.h"

#include <string.h>

#include "base/instant.h"
#include "base/rim.h"

enum {
	BATCH_MOST = 100,
	MATCH_DEFAULT = 5,
	SEARCH_DEFAULT = 10,
	RESULTS_MOST = 500,
	OFFSET_MOST = 9499
};

/* A search shows what comes near as well: people look at it. */
static const double SEARCH_THRESHOLD = 0.3, LEAST_THRESHOLD = 0.01;

/* What one request asks for, whatever it looks for. */
struct asked {
	struct forms *forms;
	struct http_request *q;
	struct http_response *r;
	const struct screened *set;
	bool *lists; /* one of the set each: it is wanted */
	int64_t now;
};

static void refuse(struct asked *a, unsigned status, const char *rule, const char *detail)
{
	http_problem_status(a->q, a->r, status, rule, detail);
}

/* --- Datasets and filters -------------------------------------------------------------------- */

static bool is_all(const char *dataset)
{
	return strcmp(dataset, "default") == 0 || strcmp(dataset, "all") == 0 ||
	       strcmp(dataset, "sanctions") == 0;
}

static bool mark(struct asked *a, const char *dataset, bool as)
{
	bool found = is_all(dataset);
	for (size_t i = 0; i < a->set->count; i++) {
		if (!is_all(dataset) && strcmp(a->set->lists[i].name, dataset) != 0)
			continue;
		a->lists[i] = as;
		found = true;
	}
	return found;
}

/* The dataset of the path, narrowed to those included, without those excluded. */
static bool choose_lists(struct asked *a)
{
	size_t at = 0;
	a->lists = arena_array(a->q->arena, a->set->count, sizeof *a->lists);
	bool *included = arena_array(a->q->arena, a->set->count, sizeof *included),
	     *scope = a->lists;
	const char *name = forms_next(a->q, "include_dataset", &at);
	if (!mark(a, http_parameter(a->q, "dataset"), true)) {
		refuse(a, 404, "match.no-such-dataset", "No such dataset.");
		return false;
	}
	a->lists = included;
	for (; name != NULL; name = forms_next(a->q, "include_dataset", &at))
		mark(a, name, true);
	at = 0;
	bool narrows = forms_next(a->q, "include_dataset", &at) != NULL;
	a->lists = scope;
	for (size_t i = 0; i < a->set->count && narrows; i++)
		scope[i] = scope[i] && included[i];
	at = 0;
	while ((name = forms_next(a->q, "exclude_dataset", &at)) != NULL)
		mark(a, name, false);
	const char *why;
	return forms_are_fresh(a->q, a->r, &(struct wanted){a->set, a->lists}, a->now, &why);
}

/* True when the request gives `name`, and not with any of what `is_it` knows. */
static bool none_of(const struct http_request *q, const char *name,
                    bool (*is_it)(const void *ctx, const char *value), const void *ctx)
{
	size_t at = 0;
	bool given = false;
	for (const char *v; (v = forms_next(q, name, &at)) != NULL; given = true)
		if (is_it(ctx, v))
			return false;
	return given;
}

static bool is_text(const void *ctx, const char *value)
{
	return strcmp(ctx, value) == 0;
}

static bool is_topic(const void *ctx, const char *value)
{
	const struct entity *x = ctx;
	bool any = false;
	for (size_t i = 0; i < x->note_count; i++) {
		if (strcmp(x->notes[i].label, "topic") != 0)
			continue;
		any = true;
		if (strcmp(x->notes[i].text, value) == 0)
			return true;
	}
	return !any && strcmp(value, "sanction") == 0;
}

static bool is_country(const void *ctx, const char *value)
{
	const struct entity *x = ctx;
	const char *code = country_code(value);
	for (size_t i = 0; i < x->country_count && code != NULL; i++)
		if (strcmp(x->countries[i], code) == 0)
			return true;
	return false;
}

static bool is_given(const struct http_request *q, const char *name, const char *text)
{
	size_t at = 0;
	for (const char *v; (v = forms_next(q, name, &at)) != NULL;)
		if (is_text(text, v))
			return true;
	return false;
}

/* What the filters of the request leave of a hit; NULL when it is not wanted. */
static const struct entity *wanted(const struct asked *a, const struct screening_found *hit,
                                   const struct screened_list **list)
{
	const struct screened_list *l = *list = forms_list_of(a->set, hit);
	if (l == NULL || !a->lists[l - a->set->lists])
		return NULL;
	const struct entity *x = screening_index_entity(a->q->arena, hit->index, hit->entity);
	if (is_given(a->q, "exclude_schema", match_schema(x->type)) ||
	    is_given(a->q, "exclude_entity_ids", forms_id(a->q->arena, l, x->id)) ||
	    none_of(a->q, "topics", is_topic, x) || none_of(a->q, "countries", is_country, x))
		return NULL;
	return x;
}

/* --- /match ------------------------------------------------------------------------------------
 */

struct numbers {
	double limit, threshold, cutoff;
};

static bool read_numbers(struct asked *a, struct numbers *n)
{
	if (forms_number(a->q, "limit", 1, RESULTS_MOST, MATCH_DEFAULT, &n->limit) &&
	    forms_number(a->q, "threshold", 0, 1, SCREENING_THRESHOLD, &n->threshold) &&
	    forms_number(a->q, "cutoff", 0, 1, SCREENING_THRESHOLD, &n->cutoff)) {
		n->cutoff = n->cutoff < n->threshold ? n->cutoff : n->threshold;
		n->cutoff = n->cutoff > LEAST_THRESHOLD ? n->cutoff : LEAST_THRESHOLD;
		return true;
	}
	refuse(a, 422, "match.parameter",
	       "limit is a number from 1 to 500; threshold and cutoff are from 0 to 1");
	return false;
}

/* Clients name one of OpenSanctions' algorithms; all of them mean the one there is here. */
static bool read_algorithm(struct asked *a)
{
	static const char *const known[] = {"best",           "proviso",      "logic-v1",
	                                    "logic-v2",       "name-based",   "ofac-249",
	                                    "name-qualified", "regression-v1"};
	const char *name = http_query(a->q, "algorithm");
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (name == NULL || strcmp(known[i], name) == 0)
			return true;
	refuse(a, 400, "match.algorithm",
	       arena_printf(a->q->arena, "Invalid algorithm: %.80s", name));
	return false;
}

static json_t *explanation(struct arena *arena, const struct screening_found *hit,
                           const char *asked)
{
	struct buffer b = {.arena = arena};
	for (size_t i = 0; i < hit->why_count; i++)
		buffer_printf(&b, "%s%s", i == 0 ? "" : "; ", hit->why[i]);
	return json_pack("{s:{s:f,s:s,s:s,s:s,s:f}}", "proviso", "score", hit->score, "detail",
	                 buffer_cstr(&b), "query", asked, "candidate", hit->name, "weight", 1.0);
}

static json_t *query_echo(const json_t *example)
{
	json_t *all = json_object(), *value;
	const char *key;
	json_object_foreach(json_object_get((json_t *)(uintptr_t)example, "properties"), key, value)
	    json_object_set_new(all, key,
	                        json_is_array(value) ? json_copy(value) : json_pack("[O]", value));
	return json_pack("{s:O?,s:O,s:o}", "id", json_object_get(example, "id"), "schema",
	                 json_object_get(example, "schema"), "properties", all);
}

static json_t *results_of(const struct asked *a, const struct screening_answer *hits,
                          const struct numbers *n, const char *name, json_int_t *matches)
{
	json_t *results = json_array();
	for (size_t i = 0; i < hits->count; i++) {
		const struct screened_list *list;
		const struct screening_found *hit = &hits->at[i];
		const struct entity *x = wanted(a, hit, &list);
		if (x == NULL)
			continue;
		bool is_match = hit->score >= n->threshold;
		*matches += is_match;
		if ((double)json_array_size(results) >= n->limit)
			continue;
		json_t *result = match_entity(a->q->arena, list, x);
		json_object_set_new(result, "score", json_real(hit->score));
		json_object_set_new(result, "match", json_boolean(is_match));
		json_object_set_new(result, "explanations", explanation(a->q->arena, hit, name));
		json_array_append_new(results, result);
	}
	return results;
}

/* NULL after filling the error. */
static json_t *match_one(const struct asked *a, const json_t *example, const struct numbers *n,
                         struct err *e)
{
	struct draft draft;
	struct screening_answer hits;
	const char *schema;
	json_t *answer = NULL;
	draft_begin(&draft, "query", ENTITY_ANY);
	if (match_party(example, &draft, &schema, e)) {
		struct entity party = draft_entity(&draft);
		struct screening_query query = {
		    .party = &party, .threshold = n->cutoff, .limit = FORMS_HITS, .explain = true};
		if (screener_search(a->forms->screener, a->set, a->q->arena, &query, &hits, e)) {
			json_int_t matches = 0;
			json_t *results = results_of(a, &hits, n, party.names[0].text, &matches);
			answer =
			    json_pack("{s:i,s:o,s:{s:I,s:s},s:o}", "status", 200, "results",
			              results, "total", "value", matches, "relation",
			              hits.is_cut ? "gte" : "eq", "query", query_echo(example));
		}
	}
	draft_end(&draft);
	return answer;
}

static void match_all(struct asked *a, json_t *queries, const struct numbers *n)
{
	json_t *responses = json_object(), *example;
	const char *key;
	struct err e = {0};
	json_object_foreach(queries, key, example)
	{
		json_t *one = json_is_null(example) ? NULL : match_one(a, example, n, &e);
		if (one != NULL)
			json_object_set_new(responses, key, one);
		if (e.kind != 0)
			break;
	}
	if (e.kind == ERR_ENVIRONMENT || e.kind == ERR_REFUSED) {
		http_again(a->q, a->r, 503, 60, e.rule, e.text);
	} else if (e.kind != 0) {
		refuse(a, 400, e.rule,
		       arena_printf(a->q->arena, "Cannot parse example entity: %s", e.text));
	} else if (json_object_size(responses) == 0) {
		refuse(a, 400, "match.no-query", "No queries provided.");
	} else {
		http_json(a->q, a->r, 200,
		          json_pack("{s:O,s:i}", "responses", responses, "limit", (int)n->limit));
		http_add_header(a->r, "x-batch-size",
		                arena_printf(a->q->arena, "%zu", json_object_size(responses)));
		http_add_header(a->r, "Cache-Control", "no-store");
	}
	json_decref(responses);
}

static void match_body(struct asked *a)
{
	struct numbers n;
	json_error_t where;
	if (!read_numbers(a, &n) || !read_algorithm(a) || !choose_lists(a))
		return;
	json_t *body = json_loadb((const char *)a->q->body.at, a->q->body.len, 0, &where);
	json_t *queries = json_object_get(body, "queries");
	if (body == NULL)
		refuse(a, 422, "match.body",
		       arena_printf(a->q->arena, "the body is no JSON: line %d, column %d: %s",
		                    where.line, where.column, where.text));
	else if (!json_is_object(queries))
		refuse(a, 422, "match.body", "the body has an object `queries`, an example a name");
	else if (json_object_size(queries) > BATCH_MOST)
		refuse(a, 400, "match.batch", "Too many queries in one batch (limit: 100)");
	else
		match_all(a, queries, &n);
	json_decref(body);
}

/* --- /search ------------------------------------------------------------------------------------
 */

static void count_facet(json_t *facet, const char *name)
{
	json_t *values = json_object_get(facet, "values");
	for (size_t i = 0; i < json_array_size(values); i++) {
		json_t *item = json_array_get(values, i);
		if (strcmp(json_string_value(json_object_get(item, "name")), name) == 0) {
			json_int_t count = json_integer_value(json_object_get(item, "count"));
			json_object_set_new(item, "count", json_integer(count + 1));
			return;
		}
	}
	json_array_append_new(values,
	                      json_pack("{s:s,s:s,s:i}", "name", name, "label", name, "count", 1));
}

static void count_all(json_t *facets, const json_t *entity)
{
	static const char *const of[][2] = {
	    {"countries", "country"}, {"countries", "flag"}, {"topics", "topics"}};
	const json_t *properties = json_object_get(entity, "properties");
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		const json_t *values = json_object_get(properties, of[i][1]);
		for (size_t k = 0; k < json_array_size(values); k++)
			count_facet(json_object_get(facets, of[i][0]),
			            json_string_value(json_array_get(values, k)));
	}
	count_facet(json_object_get(facets, "datasets"),
	            json_string_value(json_array_get(json_object_get(entity, "datasets"), 0)));
}

static void search_answer(struct asked *a, const struct screening_answer *hits, size_t limit,
                          size_t offset)
{
	json_t *results = json_array();
	json_t *facets = json_pack("{s:{s:s,s:[]},s:{s:s,s:[]},s:{s:s,s:[]}}", "countries", "label",
	                           "Countries", "values", "topics", "label", "Topics", "values",
	                           "datasets", "label", "Data sources", "values");
	size_t found = 0;
	for (size_t i = 0; i < hits->count; i++) {
		const struct screened_list *list;
		const struct entity *x = wanted(a, &hits->at[i], &list);
		if (x == NULL)
			continue;
		json_t *entity = match_entity(a->q->arena, list, x);
		count_all(facets, entity);
		if (found >= offset && json_array_size(results) < limit)
			json_array_append(results, entity);
		json_decref(entity);
		found++;
	}
	http_json(a->q, a->r, 200,
	          json_pack("{s:o,s:o,s:{s:I,s:s},s:I,s:I}", "results", results, "facets", facets,
	                    "total", "value", (json_int_t)found, "relation",
	                    hits->is_cut ? "gte" : "eq", "limit", (json_int_t)limit, "offset",
	                    (json_int_t)offset));
	http_add_header(a->r, "Cache-Control", "no-store");
}

static void search_text(struct asked *a)
{
	const char *text = http_query(a->q, "q"), *schema = http_query(a->q, "schema");
	double limit, offset;
	enum entity_type type = ENTITY_ANY;
	struct draft draft;
	struct screening_answer hits;
	struct err e = {0};
	if (schema != NULL && !match_type(schema, &type)) {
		refuse(a, 400, "match.schema", "Invalid schema");
		return;
	}
	if (!forms_number(a->q, "limit", 0, RESULTS_MOST, SEARCH_DEFAULT, &limit) ||
	    !forms_number(a->q, "offset", 0, OFFSET_MOST, 0, &offset)) {
		refuse(a, 422, "match.parameter", "limit is from 0 to 500, offset from 0 to 9499");
		return;
	}
	if (!choose_lists(a))
		return;
	draft_begin(&draft, "query", type);
	draft_name(&draft, NAME_PRIMARY, text != NULL ? text : "");
	struct entity party = draft_entity(&draft);
	struct screening_query query = {
	    .party = &party, .threshold = SEARCH_THRESHOLD, .limit = FORMS_HITS};
	if (party.name_count == 0)
		refuse(a, 400, "match.no-query", "q, the name to look for, is needed");
	else if (screener_search(a->forms->screener, a->set, a->q->arena, &query, &hits, &e))
		search_answer(a, &hits, (size_t)limit, (size_t)offset);
	else
		http_problem(a->q, a->r, &e);
	draft_end(&draft);
}

/* --- /entities -----------------------------------------------------------------------------------
 */

static void fetch(struct asked *a)
{
	const struct screened_list *list;
	const struct entity *x =
	    forms_entity(a->q->arena, a->set, http_parameter(a->q, "id"), &list);
	if (x == NULL)
		refuse(a, 404, "match.no-such-entity", "No such entity!");
	else
		http_json(a->q, a->r, 200, match_entity(a->q->arena, list, x));
}

static void adjacent(struct asked *a)
{
	const struct screened_list *list;
	const struct entity *x =
	    forms_entity(a->q->arena, a->set, http_parameter(a->q, "id"), &list);
	if (x == NULL)
		refuse(a, 404, "match.no-such-entity", "No such entity!");
	else /* lists hold parties and no graph: what is said of one stands in it */
		http_json(a->q, a->r, 200,
		          json_pack("{s:o,s:{}}", "entity", match_entity(a->q->arena, list, x),
		                    "adjacent"));
}

/* --- /catalog
 * ------------------------------------------------------------------------------------- */

static json_t *dataset(struct arena *arena, const struct screened_list *l, int64_t now)
{
	char date[INSTANT_TEXT + 1];
	instant_format(l->date, date);
	const char *version = arena_printf(arena, "%.4s%.2s%.2s%.2s%.2s%.2s-%.3s", date, date + 5,
	                                   date + 8, date + 11, date + 14, date + 17,
	                                   hex_encode(arena, hash_bytes(&l->digest)));
	return json_pack("{s:s,s:s,s:s,s:s,s:b,s:b,s:I,s:I,s:s,s:s,s:[],s:[],s:[]}", "name",
	                 l->name, "title", l->title, "version", version, "index_version", version,
	                 "load", true, "index_current", !screened_is_stale(l, now), "entity_count",
	                 (json_int_t)screening_index_count(l->index), "thing_count",
	                 (json_int_t)screening_index_count(l->index), "updated_at", date,
	                 "last_export", date, "children", "resources", "tags");
}

static void catalog(struct asked *a)
{
	json_t *datasets = json_array(), *current = json_array(), *outdated = json_array(),
	       *children = json_array();
	for (size_t i = 0; i < a->set->count; i++) {
		const struct screened_list *l = &a->set->lists[i];
		json_array_append_new(datasets, dataset(a->q->arena, l, a->now));
		json_array_append_new(screened_is_stale(l, a->now) ? outdated : current,
		                      json_string(l->name));
		json_array_append_new(children, json_string(l->name));
	}
	json_array_insert_new(datasets, 0,
	                      json_pack("{s:s,s:s,s:b,s:o,s:[]}", "name", "default", "title",
	                                "All lists", "load", false, "children", children,
	                                "resources"));
	bool stale = json_array_size(outdated) > 0;
	http_json(a->q, a->r, 200,
	          json_pack("{s:o,s:o,s:o,s:b}", "datasets", datasets, "current", current,
	                    "outdated", outdated, "index_stale", stale));
}

static void algorithms(struct asked *a)
{
	http_json(a->q, a->r, 200,
	          json_pack("{s:[{s:s,s:s,s:{},s:{s:{}}}],s:s,s:s}", "algorithms", "name",
	                    "proviso", "description",
	                    "Words aligned across scripts, weighed by what they say.", "features",
	                    "docs", "features", "default", "proviso", "best", "proviso"));
}

/* --- Health --------------------------------------------------------------------------------------
 */

static void healthz(struct asked *a)
{
	http_json(a->q, a->r, 200, json_pack("{s:s}", "status", "ok"));
	http_add_header(a->r, "Cache-Control", "no-store");
}

static void readyz(struct asked *a)
{
	const char *why;
	a->lists = arena_array(a->q->arena, a->set->count, sizeof *a->lists);
	mark(a, "default", true);
	if (forms_are_fresh(a->q, a->r, &(struct wanted){a->set, a->lists}, a->now, &why))
		healthz(a);
}

/* --- Routes --------------------------------------------------------------------------------------
 */

/* Enters the lists around a handler. */
static void within(void *ctx, struct http_request *q, struct http_response *r,
                   void (*handle)(struct asked *))
{
	struct forms *f = ctx;
	struct asked a = {.forms = f, .q = q, .r = r, .now = rim_now()};
	a.set = screener_enter(f->screener, a.now);
	handle(&a);
	screener_leave(f->screener, a.set);
}

#define HANDLER(name, handle)                                                                      \
	static void name(void *ctx, struct http_request *q, struct http_response *r)               \
	{                                                                                          \
		within(ctx, q, r, handle);                                                         \
	}

HANDLER(post_match, match_body)
HANDLER(get_search, search_text)
HANDLER(get_entity, fetch)
HANDLER(get_adjacent, adjacent)
HANDLER(get_catalog, catalog)
HANDLER(get_algorithms, algorithms)
HANDLER(get_healthz, healthz)
HANDLER(get_readyz, readyz)

void match_health_routes(struct forms *f, size_t *count)
{
	f->routes[(*count)++] = (struct http_route){HTTP_GET, "/healthz", get_healthz, f, 0, NULL};
	f->routes[(*count)++] = (struct http_route){HTTP_GET, "/readyz", get_readyz, f, 0, NULL};
}

void match_routes(struct forms *f, size_t *count)
{
	const struct http_route routes[] = {
	    {HTTP_POST, "/match/{dataset}", post_match, f, FORMS_BODY, NULL},
	    {HTTP_GET, "/search/{dataset}", get_search, f, 0, NULL},
	    {HTTP_GET, "/entities/{id}", get_entity, f, 0, NULL},
	    {HTTP_GET, "/entities/{id}/adjacent", get_adjacent, f, 0, NULL},
	    {HTTP_GET, "/catalog", get_catalog, f, 0, NULL},
	    {HTTP_GET, "/manifest", get_catalog, f, 0, NULL},
	    {HTTP_GET, "/algorithms", get_algorithms, f, 0, NULL},
	};
	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
		f->routes[(*count)++] = routes[i];
}
