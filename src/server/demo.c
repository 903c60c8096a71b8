/*
 * Software passkeys of a demonstration, given to the page that signs with them in place of an
 * authenticator. They are anybody's who can read this: so only a service that this machine alone
 * can reach has them, and only to a page that was loaded from this machine by its own name, since
 * another site may have its name lead here.
 */
#include "parts.h"

#include "base/file.h"
#include "words/words.h"

enum { DEMO_MAX = 1 << 20 };

static bool is_passkey(json_t *line, struct hash *kid)
{
	const char *digits, *rp_id, *origin, *name;
	json_t *jwk;
	struct bytes at;
	owned_arena arena = {0};
	if (json_unpack(line, "{s:s,s:s,s:s,s:s,s:o}", "kid", &digits, "name", &name, "rp-id",
	                &rp_id, "origin", &origin, "jwk", &jwk) != 0 ||
	    !json_is_object(jwk) || !hex_decode(&arena, digits, &at) || at.len != HASH_SIZE)
		return false;
	memcpy(kid->at, at.at, HASH_SIZE);
	return true;
}

/* A file of lines, each as `proviso keygen --passkey` writes it. */
json_t *demo_read(const char *path, struct err *e)
{
	owned_arena arena = {0};
	struct bytes file;
	struct hash kid;
	if (!file_read(&arena, path, DEMO_MAX, &file, e))
		return NULL;
	json_t *all = json_array();
	struct reader r = reader_of(file);
	for (size_t number = 1; reader_left(&r) > 0; number++) {
		struct bytes text = read_line(&r);
		json_t *line = r.bad ? NULL : json_loadb((const char *)text.at, text.len, 0, NULL);
		if (line == NULL || !is_passkey(line, &kid)) {
			err_input(e, "demo.passkeys",
			          "%s: line %zu is not what proviso keygen --passkey writes", path,
			          number);
			json_decref(line);
			json_decref(all);
			return NULL;
		}
		json_array_append_new(all, line);
	}
	return all;
}

static bool is_own_name(const char *host)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
	for (size_t i = 0; host != NULL && i < sizeof names / sizeof *names; i++) {
		size_t len = strlen(names[i]);
		if (strncmp(host, names[i], len) == 0 && (host[len] == 0 || host[len] == ':'))
			return true;
	}
	return false;
}

/* Those that are registered and have not ended, each with whom the log knows it as. */
static bool list(struct service *s, const struct state *state, struct arena *arena, json_t *out,
                 struct err *e)
{
	size_t i;
	json_t *passkey;
	json_array_foreach(s->demo, i, passkey)
	{
		struct hash kid;
		struct key_info key;
		struct err unknown = {0};
		if (!is_passkey(passkey, &kid))
			continue;
		if (!query_key(state, arena, &kid, &key, &unknown)) {
			if (unknown.kind == ERR_REFUSED)
				continue;
			*e = unknown;
			return false;
		}
		if (!service_key_lives(&key, "session.key-ended", &unknown))
			continue;
		json_t *one = json_copy(passkey);
		json_object_set_new(one, "role", json_string(key.role));
		json_object_set_new(one, "holder", json_string(key.holder));
		json_array_append_new(out, one);
	}
	return true;
}

static void get_passkeys(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	if (!is_own_name(http_header(q, "Host"))) {
		err_refused(&e, "demo.cross-site",
		            "demonstration passkeys are for pages of localhost");
		http_problem(q, r, &e);
		return;
	}
	json_t *passkeys = json_array();
	struct authority *a = reader_take(s->readers, &e);
	bool ok = false;
	if (a != NULL) {
		struct state state = authority_state(a);
		ok = list(s, &state, q->arena, passkeys, &e);
		reader_give(s->readers, a);
	}
	if (!ok) {
		json_decref(passkeys);
		http_problem(q, r, &e);
		return;
	}
	http_json(
	    q, r, 200,
	    json_pack("{s:s,s:o}", "warning",
	              "Demonstration: these passkeys are no secrets. Whoever can open this page "
	              "can sign as these people.",
	              "passkeys", passkeys));
	http_add_header(r, "Cache-Control", "no-store");
	http_add_header(r, "Cross-Origin-Resource-Policy", "same-origin");
}

void demo_routes(struct service *s)
{
	service_route(s,
	              (struct http_route){HTTP_GET, "/demo/passkeys", get_passkeys, NULL, 0, NULL});
}
