/*
 * The inbox: anybody may leave a report of misuse, encrypted for the authority, and ask by its
 * code what has become of it. Nothing of it is read here, and who left it is not written down.
 */
#include "parts.h"

#include "authority/inbox.h"
#include "authority/query.h"
#include "words/words.h"

enum { DAY_SECONDS = 86400, FULL_SECONDS = 3600, BODY_MAX = INBOX_MESSAGE_MAX * 4 / 3 + 256 };

static bool hash_of(struct http_request *q, const char *text, struct hash *out, struct err *e)
{
	struct bytes digits;
	if (text == NULL || strlen(text) != (size_t)2 * HASH_SIZE ||
	    !hex_decode(q->arena, text, &digits))
		return err_input(e, "inbox.form", "id: 64 hexadecimal digits are due");
	memcpy(out->at, digits.at, HASH_SIZE);
	return true;
}

static void no_store(struct http_response *r)
{
	http_add_header(r, "Cache-Control", "no-store");
}

/* The key record by which it is on the log; NULL: there is none in force. */
static bool find_record(struct authority *a, struct arena *arena, const struct public_key *key,
                        const char **out, struct err *e)
{
	struct state state = authority_state(a);
	struct hash kid = key_id(key);
	struct key_info info;
	*out = NULL;
	if (!query_key(&state, arena, &kid, &info, e))
		return e->rule != NULL && strcmp(e->rule, "state.no-such-key") == 0;
	if (strcmp(info.role, "inbox") == 0 && info.ended == NULL)
		*out = words_hex(arena, &info.record);
	return true;
}

static bool give_key(struct authority *a, struct http_request *q, struct http_response *r,
                     struct err *e)
{
	struct public_key key;
	const char *record;
	if (!inbox_key(a->home, a->public.name, &key, e) ||
	    !find_record(a, q->arena, &key, &record, e))
		return false;
	http_json(q, r, 200,
	          json_pack("{s:s,s:s?}", "key", key_line(q->arena, &key), "record", record));
	return true;
}

static bool read_message(struct http_request *q, struct hash *id, struct bytes *message,
                         struct err *e)
{
	json_error_t why;
	json_t *body =
	    json_loadb((const char *)q->body.at, q->body.len, JSON_REJECT_DUPLICATES, &why);
	const char *digits, *text;
	bool ok = body != NULL && json_unpack_ex(body, &why, JSON_STRICT, "{s:s,s:s}", "id",
	                                         &digits, "message", &text) == 0;
	if (!ok)
		err_input(e, "inbox.form", "the body is {id, message}: %s", why.text);
	else
		ok = hash_of(q, digits, id, e) &&
		     (base64url_decode(q->arena, bytes_text(text), message) ||
		      err_input(e, "inbox.form", "message: bytes in base64url are due"));
	json_decref(body);
	return ok;
}

static bool keep(struct authority *a, struct http_request *q, struct http_response *r,
                 struct err *e)
{
	struct public_key key;
	struct hash id;
	struct bytes message;
	if (!read_message(q, &id, &message, e) || !inbox_key(a->home, a->public.name, &key, e))
		return false;
	if (!inbox_keep(a->home, &key, &id, message, e)) {
		if (e->rule == NULL || strcmp(e->rule, "inbox.full") != 0)
			return false;
		http_again(q, r, 503, FULL_SECONDS, e->rule, e->text);
		return true;
	}
	http_json(q, r, 201, json_pack("{s:s}", "id", words_hex(q->arena, &id)));
	no_store(r);
	return true;
}

/* To the day: when exactly somebody wrote is nobody's business. */
static bool tell(struct authority *a, struct http_request *q, struct http_response *r,
                 struct err *e)
{
	struct hash id;
	struct inbox_message found;
	struct bytes answer;
	if (!hash_of(q, http_parameter(q, "id"), &id, e) || !inbox_find(a->home, &id, &found, e) ||
	    !inbox_answered(q->arena, a->home, &id, &answer, e))
		return false;
	const char *state = found.is_answered ? "answered" : found.is_read ? "read" : "received";
	int64_t day = found.received / DAY_SECONDS * DAY_SECONDS;
	http_json(q, r, 200,
	          json_pack("{s:s,s:s,s:s?}", "state", state, "received", words_time(q->arena, day),
	                    "answer", answer.len > 0 ? base64url_encode(q->arena, answer) : NULL));
	no_store(r);
	return true;
}

static void get_key(void *ctx, struct http_request *q, struct http_response *r)
{
	service_read(ctx, q, r, give_key);
}

static void get_message(void *ctx, struct http_request *q, struct http_response *r)
{
	service_read(ctx, q, r, tell);
}

static void post_message(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	if (s->by_inbox == NULL ||
	    rates_take(s->by_inbox, rates_prefix(q->arena, q->peer), service_microseconds()))
		service_read(ctx, q, r, keep);
	else
		service_too_often(q, r, "your network");
}

void inbox_routes(struct service *s)
{
	service_route(s, (struct http_route){HTTP_GET, "/v1/inbox/key", get_key, NULL, 0, NULL});
	service_route(s,
	              (struct http_route){HTTP_GET, "/v1/inbox/{id}", get_message, NULL, 0, NULL});
	service_route(s, (struct http_route){HTTP_POST, "/v1/inbox", post_message, NULL, BODY_MAX,
	                                     "application/json"});
}
