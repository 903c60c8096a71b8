/* Who may sign what: keys as the log has them, and officers' keys that officers have yet to agree
 * to. */
#include "parts.h"

#include "base/rim.h"
#include "words/words.h"

static json_t *time_or_null(struct arena *arena, bool has, int64_t at)
{
	return has ? json_string(words_time(arena, at)) : json_null();
}

static json_t *key_json(struct arena *arena, const struct key_info *key)
{
	struct err unused = {0};
	return json_pack("{s:s,s:s,s:s,s:s,s:s?,s:s,s:s?,s:s?,s:o,s:s?,s:b}", "kid",
	                 words_hex(arena, &key->kid), "record", words_hex(arena, &key->record),
	                 "role", key->role, "holder", key->holder, "country", key->country, "key",
	                 key->line, "rp-id", key->rp_id, "origin", key->origin, "valid-until",
	                 time_or_null(arena, key->has_until, key->until), "ended",
	                 key->ended != NULL ? words_hex(arena, key->ended) : NULL, "may-sign",
	                 (int)service_key_lives(key, "key.ended", &unused));
}

/* By key id; `after` is the last one seen. */
static bool list(struct authority *a, struct http_request *q, struct http_response *r,
                 struct err *e)
{
	struct http_page page;
	struct state state = authority_state(a);
	struct key_info *keys;
	size_t count, at = 0, given = 0;
	if (!http_page(q, &page, e) || !query_keys(&state, q->arena, &keys, &count, e))
		return false;
	while (at < count && page.after != NULL &&
	       strcmp(words_hex(q->arena, &keys[at].kid), page.after) <= 0)
		at++;
	json_t *items = json_array();
	for (; at < count && given < page.limit; at++, given++)
		json_array_append_new(items, key_json(q->arena, &keys[at]));
	http_json_page(q, r, items,
	               at < count && given > 0 ? words_hex(q->arena, &keys[at - 1].kid) : NULL);
	return true;
}

/* By the key's id: who holds it, and the record that says so. */
static bool one(struct authority *a, struct http_request *q, struct http_response *r, struct err *e)
{
	struct state state = authority_state(a);
	struct key_info info;
	struct hash kid;
	struct bytes digits;
	const char *given = http_parameter(q, "id");
	if (strlen(given) != (size_t)2 * HASH_SIZE || !hex_decode(q->arena, given, &digits))
		return err_input(e, "key.id", "the id of a key is 64 hexadecimal digits");
	memcpy(kid.at, digits.at, HASH_SIZE);
	if (!query_key(&state, q->arena, &kid, &info, e))
		return false;
	http_json(q, r, 200, key_json(q->arena, &info));
	http_add_header(r, "Cache-Control", "no-cache");
	return true;
}

static json_t *proposal_json(struct arena *arena, const struct key_proposal *p)
{
	json_t *approvals = json_array();
	for (size_t i = 0; i < p->approval_count; i++)
		json_array_append_new(approvals, json_string(p->approvals[i].officer));
	return json_pack("{s:s,s:s,s:o,s:I,s:o}", "id", words_hex(arena, &p->id), "proposer",
	                 p->proposer, "approvals", approvals, "needed", (json_int_t)p->needed,
	                 "says", words_fields(arena, record_kind(KIND_KEY)->fields, p->body));
}

static bool proposed(struct authority *a, struct http_request *q, struct http_response *r,
                     struct err *e)
{
	struct state state = authority_state(a);
	struct key_proposal *proposals;
	size_t count;
	if (!query_key_proposals(&state, q->arena, rim_now(), &proposals, &count, e))
		return false;
	json_t *items = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(items, proposal_json(q->arena, &proposals[i]));
	http_json_page(q, r, items, NULL);
	return true;
}

static void get_keys(void *ctx, struct http_request *q, struct http_response *r)
{
	service_read(ctx, q, r, list);
}

static void get_key(void *ctx, struct http_request *q, struct http_response *r)
{
	service_read(ctx, q, r, one);
}

static void get_proposed(void *ctx, struct http_request *q, struct http_response *r)
{
	service_read(ctx, q, r, proposed);
}

void people_routes(struct service *s)
{
	service_route(s, (struct http_route){HTTP_GET, "/v1/keys", get_keys, NULL, 0, NULL});
	service_route(s, (struct http_route){HTTP_GET, "/v1/keys/{id}", get_key, NULL, 0, NULL});
	service_route(
	    s, (struct http_route){HTTP_GET, "/v1/proposed-keys", get_proposed, NULL, 0, NULL});
}
