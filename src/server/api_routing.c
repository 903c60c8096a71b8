/* Routing by rules: what they are, what others would do, and others in their place. */
#include "parts.h"

#include <string.h>

#include "base/rim.h"
#include "casework/asked.h"
#include "casework/keep.h"
#include "words/words.h"

bool cases_office(const struct key_info *key, struct err *e)
{
	struct person who = person_of(key);
	return person_is_office(&who) ||
	       err_refused(e, "case.not-entitled", "how the office works is the office's");
}

/* Where a case would go by other rules; nothing where it stays. */
static bool try_case(const struct case_world *w, const struct casework_settings *now,
                     const struct casework_settings *then, const struct hash *id, json_t *moves,
                     struct err *e)
{
	struct case_file c;
	if (!case_read(w, id, &c, e))
		return false;
	struct route from = route_of(w->arena, &now->rules, &c.facts),
	             to = route_of(w->arena, &then->rules, &c.facts);
	const char *difference = c.is_open ? route_difference(w->arena, &from, &to) : NULL;
	if (difference != NULL)
		json_array_append_new(moves, json_pack("{s:s,s:s,s:s,s:s,s:o,s:o}", "subject",
		                                       words_hex(w->arena, id), "kind",
		                                       record_kind(c.kind)->name, "title", c.title,
		                                       "words", difference, "from",
		                                       route_json(&from), "to", route_json(&to)));
	return true;
}

static bool dry_run(struct service *s, struct authority *a, struct http_request *q,
                    const struct key_info *key, struct http_response *r, struct err *e)
{
	(void)s;
	struct state state = authority_state(a);
	struct casework_settings now, then;
	struct case_world w;
	struct hash *ids;
	size_t count;
	if (!cases_office(key, e) || !settings_parse(q->arena, q->body, &then, e) ||
	    !settings_load(q->arena, a->home, &now, e) ||
	    !case_world_read(&w, &state, q->arena, rim_now(), e) ||
	    !query_open(&state, q->arena, &ids, &count, e))
		return false;
	json_t *moves = json_array();
	for (size_t i = 0; i < count; i++)
		if (!try_case(&w, &now, &then, &ids[i], moves, e)) {
			json_decref(moves);
			return false;
		}
	http_json(q, r, 200, json_pack("{s:I,s:o}", "open", (json_int_t)count, "moves", moves));
	return true;
}

/* --- Other rules in their place ----------------------------------------------------------------
 */

/* {"yaml", "digest", "applied", "has-previous"} */
static json_t *routing_json(struct arena *arena, const struct kept_settings *k)
{
	return json_pack("{s:s,s:s,s:s?,s:b}", "yaml", k->yaml, "digest",
	                 words_hex(arena, &k->digest), "applied", k->applied, "has-previous",
	                 k->has_previous);
}

static bool tell(struct authority *a, struct http_request *q, struct http_response *r,
                 struct err *e)
{
	struct kept_settings kept;
	if (!keep_read(q->arena, a->home, &kept, e))
		return false;
	http_json(q, r, 200, routing_json(q->arena, &kept));
	return true;
}

static bool see_rules(struct service *s, struct authority *a, struct http_request *q,
                      const struct key_info *key, struct http_response *r, struct err *e)
{
	(void)s;
	return cases_office(key, e) && tell(a, q, r, e);
}

/* ?over=DIGEST: of the file that whoever changes it has seen. */
static bool read_over(struct http_request *q, struct hash *out, struct err *e)
{
	const char *over = http_query(q, "over");
	struct bytes digits;
	if (over == NULL || !hex_decode(q->arena, over, &digits) || digits.len != HASH_SIZE)
		return err_input(e, "settings.over",
		                 "?over= is the digest of the rules that you have looked at");
	memcpy(out->at, digits.at, HASH_SIZE);
	return true;
}

static bool change(struct service *s, struct authority *a, struct http_request *q,
                   const struct key_info *key, bool back, struct err *e)
{
	struct person who = person_of(key);
	struct hash over;
	if (who.role != ROLE_OFFICER && who.role != ROLE_AUTHORITY)
		return err_refused(e, "case.not-entitled",
		                   "the rules of routing are the officers' to change");
	if (!read_over(q, &over, e))
		return false;
	pthread_mutex_lock(&s->routing);
	bool ok = back ? keep_undo(q->arena, a->home, &over, key->holder, rim_now(), e)
	               : keep_apply(q->arena, a->home, q->body, &over, key->holder, rim_now(), e);
	pthread_mutex_unlock(&s->routing);
	if (ok)
		service_log("routing", json_pack("{s:s,s:s,s:b,s:s}", "holder", key->holder, "key",
		                                 words_hex(q->arena, &key->kid), "back", back,
		                                 "over", words_hex(q->arena, &over)));
	return ok;
}

static bool apply_rules(struct service *s, struct authority *a, struct http_request *q,
                        const struct key_info *key, struct http_response *r, struct err *e)
{
	return change(s, a, q, key, false, e) && tell(a, q, r, e);
}

static bool undo_rules(struct service *s, struct authority *a, struct http_request *q,
                       const struct key_info *key, struct http_response *r, struct err *e)
{
	return change(s, a, q, key, true, e) && tell(a, q, r, e);
}

CASES_SERVE(get_rules, see_rules)
CASES_SERVE(put_rules, apply_rules)
CASES_SERVE(post_undo, undo_rules)
CASES_SERVE(post_dry_run, dry_run)

void routing_routes(struct service *s)
{
	static const struct http_route rows[] = {
	    {HTTP_GET, "/v1/routing", get_rules, NULL, 0, NULL},
	    {HTTP_PUT, "/v1/routing", put_rules, NULL, SETTINGS_MAX, "application/yaml"},
	    {HTTP_POST, "/v1/routing/undo", post_undo, NULL, 0, NULL},
	    {HTTP_POST, "/v1/routing/dry-run", post_dry_run, NULL, SETTINGS_MAX,
	     "application/yaml"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		service_route(s, rows[i]);
}
