/*
 * What screening clients send: a body for the matching API, or else a target of Watchman's
 * search. Whatever comes is a party or an error.
 */
#include "server/forms_parts.h"

#include <assert.h>

#include "server/http_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void example(const uint8_t *at, size_t len)
{
	struct draft draft;
	struct err e = {0};
	const char *schema;
	json_t *value = json_loadb((const char *)at, len, 0, NULL);
	draft_begin(&draft, "query", ENTITY_ANY);
	if (value != NULL && match_party(value, &draft, &schema, &e)) {
		struct screened_list list = {.name = "a", .format = "simple"};
		struct entity party = draft_entity(&draft);
		json_t *back = match_entity(&draft.arena, &list, &party);
		assert(party.name_count > 0 && schema != NULL && back != NULL);
		json_decref(back);
	} else {
		assert(value == NULL || e.kind == ERR_INPUT);
	}
	draft_end(&draft);
	json_decref(value);
}

static void search(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	struct draft draft;
	struct err e = {0};
	const char *kind = NULL;
	struct http_request q = {
	    .arena = &arena,
	    .target = arena_printf(&arena, "/v2/search?%s", arena_copy(&arena, at, len))};
	draft_begin(&draft, "query", ENTITY_ANY);
	if (http_parse_target(&q, &e))
		assert(watchman_party(&q, &draft, &kind, &e) ? kind != NULL : e.kind == ERR_INPUT);
	draft_end(&draft);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	if (len > 0 && (at[0] == '{' || at[0] == '['))
		example(at, len);
	else
		search(at, len);
	return 0;
}
