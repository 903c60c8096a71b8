/*
 * Inviting: an officer names somebody, who puts a passkey forward by a secret link; an officer
 * registers it by a key record, which alone makes it a key. Somebody who has a key already gets
 * another in its place: a lost device is the same.
 */
#include "parts.h"

#include <ctype.h>

#include "base/rim.h"
#include "invitations.h"
#include "record/form_json.h"
#include "words/words.h"

enum { BODY_MAX = 16384 };

/* One at a time: what is read is written again. */
struct turn {
	struct service *s;
	struct http_request *q;
	struct http_response *r;
	struct authority *a;
	const char *field; /* at fault */
	struct err e;
};

static void take_turn(struct service *s, struct http_request *q, struct http_response *r,
                      bool (*does)(struct turn *))
{
	struct turn t = {.s = s, .q = q, .r = r};
	pthread_mutex_lock(&s->inviting);
	t.a = reader_take(s->readers, &t.e);
	bool ok = t.a != NULL && does(&t);
	if (t.a != NULL)
		reader_give(s->readers, t.a);
	pthread_mutex_unlock(&s->inviting);
	if (ok)
		http_add_header(r, "Cache-Control", "no-store");
	else if (t.field != NULL && t.e.kind != ERR_ENVIRONMENT)
		http_problem_field(q, r, http_status(&t.e), &t.e, t.field);
	else
		http_problem(q, r, &t.e);
}

static bool is_officer(struct turn *t, struct key_info *by)
{
	return service_person(t->s, t->a, t->q, by, &t->e) &&
	       (strcmp(by->role, "officer") == 0 ||
	        err_refused(&t->e, "invitation.not-entitled", "officers invite"));
}

static bool read_body(struct turn *t, json_t **out)
{
	json_error_t why = {.text = "it is another value"};
	json_t *body =
	    json_loadb((const char *)t->q->body.at, t->q->body.len, JSON_REJECT_DUPLICATES, &why);
	if (json_is_object(body)) {
		*out = body;
		return true;
	}
	json_decref(body);
	return err_input(&t->e, "invitation.form", "the body is a JSON object: %s", why.text);
}

/* --- An officer invites -------------------------------------------------------------------- */

/* Held to the table of key records, before anybody is asked to make a passkey for it. */
static bool read_form(struct turn *t, const json_t *json, const struct key_info *by,
                      struct key_body *out)
{
	static const struct form_world world = {0};
	struct form_node *root;
	union record_body body;
	if (!form_of_json(t->q->arena, json, &root, &t->e) ||
	    !form_fill(t->q->arena, KIND_KEY, root, &world, &body, &t->field, &t->e))
		return false;
	*out = body.key;
	/* The site is that of the officer's own passkey, unless it is said. */
	if (by->rp_id != NULL && !out->has_rp_id && !out->has_origin) {
		out->has_rp_id = out->has_origin = true;
		out->rp_id = by->rp_id;
		out->origin = by->origin;
	}
	return true;
}

static bool judge_form(struct turn *t, const struct key_body *key)
{
	const struct {
		const char *field;
		bool wrong;
	} rows[] = {
	    {"role", key->role == ROLE_AUTHORITY},
	    {"rp-id", !key->has_rp_id},
	    {"origin", !key->has_origin},
	    {"valid-until", key->has_valid_until && key->valid_until <= rim_now()},
	    {"public-key", key->has_public_key},
	    {"replaces", key->has_replaces},
	    {"threshold", key->has_threshold},
	    {"reason", key->has_reason},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].wrong) {
			t->field = rows[i].field;
			return err_input(
			    &t->e, "invitation.form",
			    "%s: an invitation is of anybody but the authority, at a site, until a "
			    "time ahead or for good, and says no more",
			    t->field);
		}
	return true;
}

/* A key's name is its holder's, without what no name of a key has. */
static const char *name_of(struct turn *t, const char *holder)
{
	char *name = arena_copy(t->q->arena, holder, strlen(holder));
	for (char *c = name; *c != 0; c++)
		*c = isspace((unsigned char)*c) || *c == '+' ? '-' : *c;
	t->field = key_name_check(name, &t->e) ? NULL : "holder";
	return t->field == NULL ? name : NULL;
}

static json_t *make(struct turn *t, json_t *form, const char *name, const struct key_info *by,
                    const char **secret)
{
	struct arena *arena = t->q->arena;
	uint8_t id[INVITATION_ID], drawn[INVITATION_SECRET];
	int64_t now = rim_now();
	rim_random(id, sizeof id);
	rim_random(drawn, sizeof drawn);
	struct hash hash = sha256(bytes_of(drawn, sizeof drawn));
	*secret = base64url_encode(arena, bytes_of(drawn, sizeof drawn));
	return json_pack("{s:s,s:o,s:s,s:s,s:I,s:I,s:s,s:n}", "id",
	                 hex_encode(arena, bytes_of(id, sizeof id)), "form", form, "name", name,
	                 "by", by->holder, "made", (json_int_t)now, "expires",
	                 (json_int_t)(now + INVITATION_SECONDS), "secret", words_hex(arena, &hash),
	                 "public-key");
}

static bool invite_by(struct turn *t, const json_t *asked)
{
	const char *home = t->s->options.home, *secret, *name;
	struct key_info by;
	struct key_body key;
	if (!is_officer(t, &by) || !read_form(t, asked, &by, &key) || !judge_form(t, &key) ||
	    (name = name_of(t, key.holder)) == NULL ||
	    !invitations_sweep(t->q->arena, home, rim_now(), &t->e))
		return false;
	json_t *form = words_fields(t->q->arena, record_kind(KIND_KEY)->fields, &key);
	json_t *made = make(t, form, name, &by, &secret);
	const char *id = invitation_text(made, "id");
	bool ok = invitation_write(t->q->arena, home, made, &t->e);
	if (ok) {
		service_log("invited", json_pack("{s:s,s:s,s:s}", "invitation", id, "by", by.holder,
		                                 "holder", key.holder));
		http_json(t->q, t->r, 201,
		          json_pack("{s:s,s:s,s:s}", "id", id, "link",
		                    arena_printf(t->q->arena, "%s/invitation/%s#%s", key.origin, id,
		                                 secret),
		                    "expires",
		                    words_time(t->q->arena, invitation_number(made, "expires"))));
	}
	json_decref(made);
	return ok;
}

static bool invite(struct turn *t)
{
	json_t *form;
	if (!read_body(t, &form))
		return false;
	bool ok = invite_by(t, form);
	json_decref(form);
	return ok;
}

/* --- What waits ------------------------------------------------------------------------------ */

/* The key record that the new one replaces: of the same holder in the same role. */
static const char *key_replaced(struct arena *arena, const struct key_info keys[], size_t count,
                                const json_t *form)
{
	const char *role = json_string_value(json_object_get(form, "role"));
	const char *holder = json_string_value(json_object_get(form, "holder"));
	for (size_t i = 0; i < count; i++)
		if (keys[i].ended == NULL && strcmp(keys[i].role, role) == 0 &&
		    strcmp(keys[i].holder, holder) == 0)
			return words_hex(arena, &keys[i].record);
	return NULL;
}

struct known {
	struct key_info *keys;
	struct key_proposal *proposals;
	size_t key_count, proposal_count;
};

static bool know(struct turn *t, struct known *k)
{
	struct state state = authority_state(t->a);
	return query_keys(&state, t->q->arena, &k->keys, &k->key_count, &t->e) &&
	       query_key_proposals(&state, t->q->arena, rim_now(), &k->proposals,
	                           &k->proposal_count, &t->e);
}

/* How far it has come, as the log has it: and by which record. */
static const char *stage_of(const struct known *k, const json_t *invitation,
                            const struct hash **record)
{
	const char *line = invitation_text(invitation, "public-key");
	struct public_key key;
	struct err unused;
	*record = NULL;
	if (line == NULL)
		return invitation_number(invitation, "expires") > rim_now() ? "invited" : "expired";
	if (!key_line_parse(bytes_text(line), &key, &unused))
		return "put forward";
	struct hash kid = key_id(&key);
	for (size_t i = 0; i < k->key_count; i++)
		if (hash_equal(&k->keys[i].kid, &kid)) {
			*record = &k->keys[i].record;
			return "registered";
		}
	for (size_t i = 0; i < k->proposal_count; i++)
		if (k->proposals[i].body->has_public_key &&
		    key_equal(&k->proposals[i].body->public_key, &key)) {
			*record = &k->proposals[i].id;
			return "proposed";
		}
	return "put forward";
}

/* With the form for /v1/statements, where a passkey was put forward. */
static json_t *told(struct turn *t, const struct known *k, const json_t *invitation)
{
	struct arena *arena = t->q->arena;
	const struct hash *record;
	const char *stage = stage_of(k, invitation, &record);
	json_t *form = json_copy(json_object_get(invitation, "form"));
	const char *line = invitation_text(invitation, "public-key"),
	           *replaces = key_replaced(arena, k->keys, k->key_count, form);
	if (line != NULL)
		json_object_set_new(form, "public-key", json_string(line));
	if (replaces != NULL && strcmp(stage, "registered") != 0)
		json_object_set_new(form, "replaces", json_string(replaces));
	return json_pack("{s:s,s:s,s:s?,s:s,s:s,s:s,s:o}", "id", invitation_text(invitation, "id"),
	                 "stage", stage, "record", record != NULL ? words_hex(arena, record) : NULL,
	                 "by", invitation_text(invitation, "by"), "made",
	                 words_time(arena, invitation_number(invitation, "made")), "expires",
	                 words_time(arena, invitation_number(invitation, "expires")), "form", form);
}

static bool list(struct turn *t)
{
	struct key_info by;
	struct known known;
	size_t at;
	json_t *one;
	if (!is_officer(t, &by) || !know(t, &known))
		return false;
	json_t *all = invitations_all(t->q->arena, t->s->options.home, &t->e),
	       *items = json_array();
	json_array_foreach(all, at, one) json_array_append_new(items, told(t, &known, one));
	bool ok = all != NULL;
	json_decref(all);
	if (ok)
		http_json_page(t->q, t->r, items, NULL);
	else
		json_decref(items);
	return ok;
}

static bool withdraw(struct turn *t)
{
	const char *id = http_parameter(t->q, "id");
	struct key_info by;
	if (!is_officer(t, &by))
		return false;
	json_t *one = invitation_read(t->q->arena, t->s->options.home, id, &t->e);
	if (one == NULL)
		return false;
	json_decref(one);
	if (!invitation_remove(t->q->arena, t->s->options.home, id, &t->e))
		return false;
	service_log("invitation-withdrawn",
	            json_pack("{s:s,s:s}", "invitation", id, "by", by.holder));
	http_bytes(t->r, 204, NULL, (struct bytes){0});
	return true;
}

/* --- The invited -------------------------------------------------------------------------------
 */

/* By the secret alone; that there is no such invitation and that it is another's look alike. */
static json_t *find_by_secret(struct turn *t, struct bytes *secret)
{
	static const char scheme[] = "Bearer ";
	const char *given = http_header(t->q, "Authorization");
	struct err unknown = {0};
	json_t *one =
	    invitation_read(t->q->arena, t->s->options.home, http_parameter(t->q, "id"), &unknown);
	if (one != NULL && given != NULL && strncmp(given, scheme, sizeof scheme - 1) == 0 &&
	    base64url_decode(t->q->arena, bytes_text(given + sizeof scheme - 1), secret) &&
	    invitation_is_secret(t->q->arena, one, *secret))
		return one;
	json_decref(one);
	if (unknown.kind == ERR_ENVIRONMENT)
		t->e = unknown;
	else
		err_refused(&t->e, "invitation.secret",
		            "there is no invitation by this link, or no more");
	return NULL;
}

static bool show_invited(struct turn *t)
{
	struct bytes secret;
	struct known known;
	const struct hash *record;
	json_t *one = find_by_secret(t, &secret);
	bool ok = one != NULL && know(t, &known);
	if (ok)
		http_json(t->q, t->r, 200,
		          json_pack("{s:s,s:s,s:s,s:s,s:O}", "stage",
		                    stage_of(&known, one, &record), "name",
		                    invitation_text(one, "name"), "by", invitation_text(one, "by"),
		                    "expires",
		                    words_time(t->q->arena, invitation_number(one, "expires")),
		                    "form", json_object_get(one, "form")));
	json_decref(one);
	return ok;
}

static bool bytes_member(struct turn *t, const json_t *body, const char *name, struct bytes *out)
{
	const char *text = json_string_value(json_object_get(body, name));
	if (text != NULL && base64url_decode(t->q->arena, bytes_text(text), out))
		return true;
	t->field = name;
	return err_input(&t->e, "invitation.form", "%s: bytes in base64url are due", name);
}

/* No digest of a record, and none of a sign-in, begins so. */
static struct hash challenge_of(const char *origin, struct bytes secret)
{
	static const char what[] = "proviso invitation";
	return sha256_parts((struct bytes[]){bytes_of(what, sizeof what),
	                                     bytes_of(origin, strlen(origin) + 1), secret},
	                    3);
}

/* A key that is new here, whose holder has it, at the site, and was verified. */
static bool judge_passkey(struct turn *t, const json_t *one, const json_t *body,
                          struct bytes secret, struct public_key *key)
{
	const json_t *form = json_object_get(one, "form");
	struct state state = authority_state(t->a);
	struct passkey_assertion assertion;
	struct bytes spki;
	struct key_info known;
	struct err unknown = {0};
	uint32_t count;
	if (!bytes_member(t, body, "public-key", &spki) ||
	    !bytes_member(t, body, "authenticatorData", &assertion.authenticator_data) ||
	    !bytes_member(t, body, "clientDataJSON", &assertion.client_data) ||
	    !bytes_member(t, body, "signature", &assertion.signature))
		return false;
	t->field = "public-key";
	if (!key_from_spki(spki, invitation_text(one, "name"), key, &t->e))
		return false;
	t->field = NULL;
	struct passkey passkey = {*key, json_string_value(json_object_get(form, "rp-id")),
	                          json_string_value(json_object_get(form, "origin"))};
	struct hash challenge = challenge_of(passkey.origin, secret), kid = key_id(key);
	if (!passkey_verify(&passkey, &challenge, &assertion, &count, &t->e))
		return false;
	if (query_key(&state, t->q->arena, &kid, &known, &unknown))
		return err_refused(&t->e, "key.in-use",
		                   "the passkey is registered already; a new one is needed");
	if (unknown.kind == ERR_ENVIRONMENT)
		t->e = unknown;
	return unknown.kind != ERR_ENVIRONMENT;
}

static bool put_forward_by(struct turn *t, json_t *one, const json_t *body, struct bytes secret)
{
	struct public_key key;
	if (invitation_text(one, "public-key") != NULL)
		return err_refused(&t->e, "invitation.used",
		                   "a passkey was put forward by this link already");
	if (invitation_number(one, "expires") <= rim_now())
		return err_refused(&t->e, "invitation.secret",
		                   "the invitation has expired: ask for another");
	if (!judge_passkey(t, one, body, secret, &key))
		return false;
	json_object_set_new(one, "public-key", json_string(key_line(t->q->arena, &key)));
	if (!invitation_write(t->q->arena, t->s->options.home, one, &t->e))
		return false;
	struct hash kid = key_id(&key);
	const char *hex = words_hex(t->q->arena, &kid);
	service_log("passkey-put-forward",
	            json_pack("{s:s,s:s}", "invitation", invitation_text(one, "id"), "key", hex));
	http_json(t->q, t->r, 201, json_pack("{s:s,s:s}", "kid", hex, "stage", "put forward"));
	return true;
}

static bool put_forward(struct turn *t)
{
	struct bytes secret;
	json_t *body = NULL, *one = find_by_secret(t, &secret);
	bool ok = one != NULL && read_body(t, &body) && put_forward_by(t, one, body, secret);
	json_decref(one);
	json_decref(body);
	return ok;
}

/* --- Routes
 * ---------------------------------------------------------------------------------------- */

#define HANDLER(name, does)                                                                        \
	static void name(void *ctx, struct http_request *q, struct http_response *r)               \
	{                                                                                          \
		take_turn(ctx, q, r, does);                                                        \
	}

HANDLER(post_invitation, invite)
HANDLER(get_invitations, list)
HANDLER(delete_invitation, withdraw)
HANDLER(get_invitation, show_invited)
HANDLER(post_key, put_forward)

void invitations_routes(struct service *s)
{
	static const char json[] = "application/json";
	service_route(s, (struct http_route){HTTP_POST, "/v1/invitations", post_invitation, NULL,
	                                     BODY_MAX, json});
	service_route(
	    s, (struct http_route){HTTP_GET, "/v1/invitations", get_invitations, NULL, 0, NULL});
	service_route(s, (struct http_route){HTTP_GET, "/v1/invitations/{id}", get_invitation, NULL,
	                                     0, NULL});
	service_route(s, (struct http_route){HTTP_DELETE, "/v1/invitations/{id}", delete_invitation,
	                                     NULL, 0, NULL});
	service_route(s, (struct http_route){HTTP_POST, "/v1/invitations/{id}/key", post_key, NULL,
	                                     BODY_MAX, json});
}
