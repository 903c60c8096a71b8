/* proviso screen and lists show where --url names a service: by its forms for screening clients. */
#include "screen_remote.h"

#include <string.h>

#include "remote.h"
#include "screening/entity.h"

enum { RESULTS_MOST = 500 };

static const struct {
	enum entity_type type;
	const char *schema;
} schemas[] = {{ENTITY_PERSON, "Person"},
               {ENTITY_ORGANISATION, "Organization"},
               {ENTITY_VESSEL, "Vessel"},
               {ENTITY_AIRCRAFT, "Airplane"}};

static const char *schema_of(enum entity_type type)
{
	for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++)
		if (schemas[i].type == type)
			return schemas[i].schema;
	return "LegalEntity";
}

static const char *type_of(const char *schema)
{
	for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++)
		if (schema != NULL && strcmp(schemas[i].schema, schema) == 0)
			return entity_type_name(schemas[i].type);
	return entity_type_name(ENTITY_ANY);
}

/* A member's text; an answer that lacks it is no answer. */
static const char *text_in(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text != NULL ? text : "?";
}

/* --- Asking ------------------------------------------------------------------------------------
 */

static json_t *example(struct cli *cli, const char *name, enum entity_type type)
{
	const char *country = cli_option(cli, "country"), *birth = cli_option(cli, "birth");
	json_t *properties = json_pack("{s:[s]}", "name", name);
	if (country != NULL)
		json_object_set_new(properties, "country", json_pack("[s]", country));
	if (birth != NULL)
		json_object_set_new(properties, "birthDate", json_pack("[s]", birth));
	return json_pack("{s:{s:{s:s,s:o}}}", "queries", "q", "schema", schema_of(type),
	                 "properties", properties);
}

/* The results for one name, to be released; NULL after filling cli->err. */
static json_t *ask(struct cli *cli, const char *name, const struct screening_query *q,
                   enum entity_type type)
{
	const char *list = cli_option(cli, "list");
	json_t *asked = example(cli, name, type);
	char *body = json_dumps(asked, JSON_COMPACT);
	struct remote r = {.path = arena_printf(&cli->arena,
	                                        "/match/%s?limit=%d&threshold=%.6g&cutoff=%.6g",
	                                        cli_escaped(cli, list != NULL ? list : "default"),
	                                        RESULTS_MOST, q->threshold, q->threshold),
	                   .accept = "application/json",
	                   .content_type = "application/json",
	                   .body = bytes_text(body),
	                   .limit = REMOTE_MAX};
	json_decref(asked);
	bool answered = cli_remote(cli, &r);
	free(body);
	if (!answered)
		return NULL;
	json_t *json = json_loadb((const char *)r.answer.at, r.answer.len, 0, NULL);
	json_t *results =
	    json_object_get(json_object_get(json_object_get(json, "responses"), "q"), "results");
	json_incref(results);
	json_decref(json);
	if (!json_is_array(results)) {
		json_decref(results);
		err_input(&cli->err, "url.answer", "%s: the answer to a match has no results",
		          cli_url(cli));
		return NULL;
	}
	return results;
}

/* --- Telling -----------------------------------------------------------------------------------
 */

static const json_t *why_of(const json_t *result)
{
	return json_object_get(json_object_get(result, "explanations"), "proviso");
}

static const char *list_of(const json_t *result)
{
	const char *name =
	    json_string_value(json_array_get(json_object_get(result, "datasets"), 0));
	return name != NULL ? name : "?";
}

/* The form that `screen` gives of a home's lists, as far as the service tells. */
static json_t *results_json(struct cli *cli, const char *name, json_t *results)
{
	json_t *hits = json_array(), *result;
	size_t i;
	(void)cli;
	json_array_foreach(results, i, result)
	{
		const json_t *notes =
		    json_object_get(json_object_get(result, "properties"), "notes");
		json_array_append_new(
		    hits, json_pack("{s:s,s:s,s:s,s:s,s:s,s:f,s:b,s:[s],s:O*}", "id",
		                    text_in(result, "id"), "list", list_of(result), "name",
		                    text_in(why_of(result), "candidate"), "primary",
		                    text_in(result, "caption"), "type",
		                    type_of(text_in(result, "schema")), "score",
		                    json_number_value(json_object_get(result, "score")), "match",
		                    json_is_true(json_object_get(result, "match")), "why",
		                    text_in(why_of(result), "detail"), "notes", notes));
	}
	return json_pack("{s:{s:s},s:o}", "query", "name", name, "hits", hits);
}

static void print_result(const char *name, const json_t *result, bool explains)
{
	json_t *notes = json_object_get(json_object_get(result, "properties"), "notes"), *note;
	size_t i;
	printf("HIT  %.3f  %s\n     is \"%s\" of %s (%s) on %s, id %s\n",
	       json_number_value(json_object_get(result, "score")), name,
	       text_in(why_of(result), "candidate"), text_in(result, "caption"),
	       type_of(text_in(result, "schema")), list_of(result), text_in(result, "id"));
	if (explains)
		printf("     %s\n", text_in(why_of(result), "detail"));
	json_array_foreach(notes, i, note)
	{
		const char *text = json_string_value(note);
		if (text != NULL && strncmp(text, "reason: ", 8) == 0)
			printf("     listed because: %s\n", text + 8);
	}
}

int screen_remote(struct cli *cli, const struct screening_query *q, enum entity_type type)
{
	size_t hits = 0;
	for (int i = 0; i < cli->argument_count; i++) {
		json_t *results = ask(cli, cli->arguments[i], q, type), *result;
		size_t k;
		if (results == NULL)
			return cli_fail(cli);
		hits += json_array_size(results);
		if (cli->json)
			cli_print_json(results_json(cli, cli->arguments[i], results));
		else
			json_array_foreach(results, k, result)
			    print_result(cli->arguments[i], result, q->explain);
		if (!cli->json && json_array_size(results) == 0)
			printf("no hit  %s  (screened by %s)\n", cli->arguments[i], cli_url(cli));
		json_decref(results);
	}
	return hits == 0 ? 0 : 1;
}

/* --- Lists -------------------------------------------------------------------------------------
 */

static bool is_among(const json_t *names, const char *name)
{
	json_t *one;
	size_t i;
	json_array_foreach((json_t *)(uintptr_t)names, i,
	                   one) if (json_is_string(one) &&
	                            strcmp(json_string_value(one), name) == 0) return true;
	return false;
}

int lists_remote(struct cli *cli)
{
	const char *only = cli->argument_count > 0 ? cli->arguments[0] : NULL;
	json_t *catalog = cli_remote_json(cli, "/catalog"), *all = json_array(), *one;
	size_t i;
	if (catalog == NULL) {
		json_decref(all);
		return cli_fail(cli);
	}
	json_array_foreach(json_object_get(catalog, "datasets"), i, one)
	{
		const char *name = text_in(one, "name");
		bool is_list = json_is_true(json_object_get(one, "load")),
		     is_stale = is_among(json_object_get(catalog, "outdated"), name);
		if (!is_list || (only != NULL && strcmp(only, name) != 0))
			continue;
		json_int_t entries = json_integer_value(json_object_get(one, "entity_count"));
		json_array_append_new(all,
		                      json_pack("{s:s,s:s,s:I,s:s,s:b}", "name", name, "title",
		                                text_in(one, "title"), "entries", entries, "date",
		                                text_in(one, "updated_at"), "stale", is_stale));
		if (!cli->json)
			printf("%s  %s  as of %s  %lld entries%s\n", name, text_in(one, "title"),
			       text_in(one, "updated_at"), (long long)entries,
			       is_stale ? "  STALE: it is not screened against" : "");
	}
	size_t count = json_array_size(all);
	json_decref(catalog);
	if (cli->json)
		cli_print_json(all);
	else
		json_decref(all);
	if (count > 0)
		return 0;
	err_input(&cli->err, "lists.no-such-list", "%s has no list %s", cli_url(cli),
	          only != NULL ? only : "at all");
	return cli_fail(cli);
}
