#include "session.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rim.h"
#include "parts.h"
#include "session_table.h"
#include "words/words.h"

#define COOKIE           "proviso-session"
#define CHALLENGE_COOKIE "proviso-challenge"

enum {
	TOKEN = 32,
	CHALLENGE_SECONDS = 300,
	CHALLENGE_RANDOM = 16,
	CHALLENGE_MAC = 16,
	CHALLENGE_NONCE = CHALLENGE_RANDOM + 8 + CHALLENGE_MAC,
	SIGN_IN_MAX = 8192, /* bytes of a body */
};

struct signins {
	struct session_table *table;
	struct nonces *answered; /* challenges */
	struct hash key;         /* of their MAC */
	unsigned most_seconds;
};

/* Goes on while the machine sleeps. */
static int64_t seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec;
}

struct signins *signins_new(const struct signins_options *o)
{
	struct signins *s = calloc(1, sizeof *s);
	if (s == NULL)
		return NULL;
	s->table = session_table_new(o->idle_seconds, o->most_seconds);
	s->answered = nonces_new();
	s->most_seconds = o->most_seconds;
	rim_random(s->key.at, HASH_SIZE);
	if (s->table != NULL && s->answered != NULL)
		return s;
	signins_free(s);
	return NULL;
}

void signins_free(struct signins *s)
{
	if (s == NULL)
		return;
	session_table_free(s->table);
	nonces_free(s->answered);
	sodium_memzero(&s->key, sizeof s->key);
	free(s);
}

/* --- Cookies -------------------------------------------------------------------------------- */

/* The bytes that a cookie has in base64url. */
static bool cookie(const struct http_request *q, const char *name, struct bytes *out)
{
	struct bytes value;
	return http_cookie(q, name, &value) && base64url_decode(q->arena, value, out);
}

/* `seconds` 0: it goes. Secure wherever the site is, also behind a proxy that ends TLS. */
static void set_cookie(struct http_request *q, struct http_response *r, const char *origin,
                       const char *name, struct bytes value, const char *path, unsigned seconds)
{
	bool is_secure = q->is_tls || (origin != NULL && strncmp(origin, "https://", 8) == 0);
	http_add_header(r, "Set-Cookie",
	                arena_printf(q->arena,
	                             "%s=%s; Path=%s; Max-Age=%u; HttpOnly; SameSite=Strict%s",
	                             name, base64url_encode(q->arena, value), path, seconds,
	                             is_secure ? "; Secure" : ""));
}

/* --- Whose session --------------------------------------------------------------------------- */

static bool find(struct signins *s, const struct http_request *q, bool is_use, struct hash *kid,
                 int64_t *ends)
{
	struct bytes token;
	int64_t now = seconds();
	if (!cookie(q, COOKIE, &token) || token.len != TOKEN ||
	    !session_table_find(s->table, token, is_use, now, kid, ends))
		return false;
	*ends -= now;
	return true;
}

bool session_is_there(struct signins *s, const struct http_request *q)
{
	struct hash kid;
	int64_t ends;
	return find(s, q, false, &kid, &ends);
}

bool session_kid(struct signins *s, const struct http_request *q, struct hash *kid, struct err *e)
{
	int64_t ends;
	/* A page that shows itself anew is nobody's use: else one left open is signed in all day.
	 */
	return find(s, q, http_header(q, "Proviso-Live") == NULL, kid, &ends) ||
	       err_refused(e, "session.none",
	                   "sign in first, or sign the request: nobody is signed in, or no more");
}

bool session_same_origin(const struct http_request *q, const char *origin, struct err *e)
{
	const char *console = http_header(q, "Proviso-Console"), *from = http_header(q, "Origin"),
	           *site = http_header(q, "Sec-Fetch-Site");
	bool is_ours = console != NULL && strcmp(console, "1") == 0 &&
	               (from != NULL || site != NULL) &&
	               (from == NULL || strcmp(from, origin) == 0) &&
	               (site == NULL || strcmp(site, "same-origin") == 0);
	return is_ours ||
	       err_refused(e, "request.cross-site",
	                   "it takes the header Proviso-Console: 1, and to come from %s", origin);
}

/* --- Challenges ------------------------------------------------------------------------------- */

/* Random bytes, the time, and what shows that both are ours. */
static void seal_challenge(const struct signins *s, const uint8_t nonce[CHALLENGE_NONCE],
                           uint8_t mac[CHALLENGE_MAC])
{
	struct bytes said = bytes_of(nonce, CHALLENGE_NONCE - CHALLENGE_MAC);
	struct hash whole = hmac_sha256(hash_bytes(&s->key), &said, 1);
	memcpy(mac, whole.at, CHALLENGE_MAC);
}

static struct bytes make_challenge(const struct signins *s, struct arena *arena)
{
	struct buffer b = {.arena = arena};
	uint8_t random[CHALLENGE_RANDOM], mac[CHALLENGE_MAC] = {0};
	rim_random(random, sizeof random);
	buffer_bytes(&b, bytes_of(random, sizeof random));
	buffer_u64be(&b, (uint64_t)seconds());
	buffer_bytes(&b, bytes_of(mac, sizeof mac));
	seal_challenge(s, b.at, b.at + CHALLENGE_NONCE - CHALLENGE_MAC);
	return buffer_view(&b);
}

static bool check_challenge(const struct signins *s, const struct http_request *q,
                            struct bytes *nonce, struct err *e)
{
	uint8_t mac[CHALLENGE_MAC];
	bool is_ours = cookie(q, CHALLENGE_COOKIE, nonce) && nonce->len == CHALLENGE_NONCE;
	if (is_ours) {
		seal_challenge(s, nonce->at, mac);
		struct reader r = reader_of(*nonce);
		read_bytes(&r, CHALLENGE_RANDOM);
		int64_t made = (int64_t)read_u64be(&r);
		is_ours = sodium_memcmp(mac, nonce->at + CHALLENGE_NONCE - CHALLENGE_MAC,
		                        sizeof mac) == 0 &&
		          seconds() - made < CHALLENGE_SECONDS;
	}
	return is_ours ||
	       err_refused(e, "session.challenge",
	                   "it answers no challenge that was given to this browser in the "
	                   "last %d s: ask for another",
	                   CHALLENGE_SECONDS);
}

/* No digest of a record begins so: nobody signs one by signing in. */
static struct hash challenge_at(const char *origin, struct bytes nonce)
{
	static const char what[] = "proviso sign-in";
	return sha256_parts((struct bytes[]){bytes_of(what, sizeof what),
	                                     bytes_of(origin, strlen(origin) + 1), nonce},
	                    3);
}

static void give_challenge(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct bytes nonce = make_challenge(s->signins, q->arena);
	http_json(q, r, 200, json_pack("{s:s}", "nonce", base64url_encode(q->arena, nonce)));
	http_add_header(r, "Cache-Control", "no-store");
	set_cookie(q, r, http_header(q, "Origin"), CHALLENGE_COOKIE, nonce, "/v1/session",
	           CHALLENGE_SECONDS);
}

/* --- Signing in --------------------------------------------------------------------------------
 */

struct answer {
	struct hash kid;
	struct passkey_assertion assertion;
};

static bool read_bytes_of(struct arena *arena, json_t *body, const char *name, struct bytes *out,
                          struct err *e)
{
	const char *text = json_string_value(json_object_get(body, name));
	return (text != NULL && base64url_decode(arena, bytes_text(text), out)) ||
	       err_input(e, "session.form", "%s: bytes in base64url are due", name);
}

static bool read_answer(struct http_request *q, struct answer *out, struct err *e)
{
	json_t *body =
	    json_loadb((const char *)q->body.at, q->body.len, JSON_REJECT_DUPLICATES, NULL);
	const char *kid = json_string_value(json_object_get(body, "kid"));
	struct bytes digits = {0};
	bool ok = kid != NULL && hex_decode(q->arena, kid, &digits) && digits.len == HASH_SIZE;
	if (!ok)
		err_input(
		    e, "session.form",
		    "the body is {kid, authenticatorData, clientDataJSON, signature}; kid has 64 "
		    "hexadecimal digits");
	else
		memcpy(out->kid.at, digits.at, HASH_SIZE);
	ok = ok &&
	     read_bytes_of(q->arena, body, "authenticatorData", &out->assertion.authenticator_data,
	                   e) &&
	     read_bytes_of(q->arena, body, "clientDataJSON", &out->assertion.client_data, e) &&
	     read_bytes_of(q->arena, body, "signature", &out->assertion.signature, e);
	json_decref(body);
	return ok;
}

static bool find_passkey(const struct state *state, struct arena *arena,
                         const struct answer *answer, struct key_info *key, struct passkey *passkey,
                         struct err *e)
{
	if (!query_key(state, arena, &answer->kid, key, e))
		return e->kind == ERR_REFUSED &&
		       err_refused(e, "session.unknown-key", "that passkey is not registered here");
	if (key->rp_id == NULL)
		return err_refused(e, "session.no-passkey",
		                   "the key of %s is in a file: only passkeys sign in",
		                   key->holder);
	return service_key_lives(key, "session.key-ended", e) && query_passkey(key, passkey, e);
}

/* The assertion, by a passkey of this log, made for this challenge in this browser; and not before.
 */
static bool judge(struct service *s, struct authority *a, struct http_request *q,
                  struct key_info *key, struct err *e)
{
	struct state state = authority_state(a);
	struct answer answer;
	struct passkey passkey;
	struct bytes nonce;
	uint32_t count;
	if (!read_answer(q, &answer, e) ||
	    !find_passkey(&state, q->arena, &answer, key, &passkey, e) ||
	    !session_same_origin(q, passkey.origin, e) ||
	    !check_challenge(s->signins, q, &nonce, e))
		return false;
	struct hash challenge = challenge_at(passkey.origin, nonce), once = sha256(nonce);
	if (!passkey_verify(&passkey, &challenge, &answer.assertion, &count, e))
		return false;
	return nonces_take(s->signins->answered, &once, seconds(), seconds() + CHALLENGE_SECONDS,
	                   e) ||
	       (e->kind == ERR_REFUSED &&
	        err_refused(e, "session.challenge", "that challenge was answered already"));
}

static json_t *told(struct arena *arena, const struct key_info *key, int64_t ends)
{
	return json_pack("{s:s,s:s,s:s,s:s?,s:s}", "kid", words_hex(arena, &key->kid), "role",
	                 key->role, "holder", key->holder, "country", key->country, "ends",
	                 words_time(arena, rim_now() + ends));
}

static void begin(struct service *s, struct http_request *q, struct http_response *r,
                  const struct key_info *key)
{
	uint8_t token[TOKEN];
	struct bytes old, fresh = bytes_of(token, sizeof token);
	if (cookie(q, COOKIE, &old))
		session_table_end(s->signins->table, old);
	rim_random(token, sizeof token);
	session_table_begin(s->signins->table, fresh, &key->kid, seconds());
	service_log("signed-in", json_pack("{s:s,s:s}", "holder", key->holder, "key",
	                                   words_hex(q->arena, &key->kid)));
	http_json(q, r, 201, told(q->arena, key, s->signins->most_seconds));
	http_add_header(r, "Cache-Control", "no-store");
	set_cookie(q, r, key->origin, COOKIE, fresh, "/", s->signins->most_seconds);
	set_cookie(q, r, key->origin, CHALLENGE_COOKIE, (struct bytes){0}, "/v1/session", 0);
}

static void sign_in(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct key_info key;
	struct authority *a = reader_take(s->readers, &e);
	bool ok = a != NULL && judge(s, a, q, &key, &e);
	if (a != NULL)
		reader_give(s->readers, a);
	if (!ok)
		http_problem(q, r, &e);
	else if (!rates_take(s->by_key, hash_bytes(&key.kid), service_microseconds()))
		service_too_often(q, r, "this key");
	else
		begin(s, q, r, &key);
}

/* --- Being signed in -----------------------------------------------------------------------------
 */

/* A page that only looks does not keep the session awake. */
static bool tell(struct service *s, struct authority *a, struct http_request *q,
                 struct http_response *r, struct err *e)
{
	struct state state = authority_state(a);
	struct hash kid;
	struct key_info key;
	int64_t ends;
	if (!find(s->signins, q, false, &kid, &ends))
		return err_refused(e, "session.none", "nobody is signed in");
	if (!query_key(&state, q->arena, &kid, &key, e) ||
	    !service_key_lives(&key, "session.key-ended", e))
		return false;
	http_json(q, r, 200, told(q->arena, &key, ends));
	http_add_header(r, "Cache-Control", "no-store");
	return true;
}

static void get_session(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct authority *a = reader_take(s->readers, &e);
	bool ok = a != NULL && tell(s, a, q, r, &e);
	if (a != NULL)
		reader_give(s->readers, a);
	if (!ok)
		http_problem(q, r, &e);
}

static void sign_out(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct key_info key;
	struct bytes token;
	struct authority *a = reader_take(s->readers, &e);
	bool ok =
	    a != NULL && service_person(s, a, q, &key, &e) &&
	    (cookie(q, COOKIE, &token) || err_refused(&e, "session.none", "nobody is signed in"));
	if (a != NULL)
		reader_give(s->readers, a);
	if (!ok) {
		http_problem(q, r, &e);
		return;
	}
	session_table_end(s->signins->table, token);
	service_log("signed-out", json_pack("{s:s,s:s}", "holder", key.holder, "key",
	                                    words_hex(q->arena, &key.kid)));
	http_bytes(r, 204, NULL, (struct bytes){0});
	set_cookie(q, r, key.origin, COOKIE, (struct bytes){0}, "/", 0);
}

void session_routes(struct service *s)
{
	service_route(s, (struct http_route){HTTP_POST, "/v1/session/challenge", give_challenge,
	                                     NULL, 0, NULL});
	service_route(s, (struct http_route){HTTP_POST, "/v1/session", sign_in, NULL, SIGN_IN_MAX,
	                                     "application/json"});
	service_route(s, (struct http_route){HTTP_GET, "/v1/session", get_session, NULL, 0, NULL});
	service_route(s, (struct http_route){HTTP_DELETE, "/v1/session", sign_out, NULL, 0, NULL});
}
