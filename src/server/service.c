#include "parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rim.h"
#include "casework/papers.h"
#include "press.h"
#include "signature.h"

void service_route(struct service *s, struct http_route route)
{
	assert(s->route_count < ROUTES_MAX);
	route.ctx = s;
	s->routes[s->route_count++] = route;
}

const struct http_route *service_routes(struct service *s)
{
	return s->routes;
}

void service_read(struct service *s, struct http_request *q, struct http_response *r,
                  bool (*read)(struct authority *, struct http_request *, struct http_response *,
                               struct err *))
{
	struct err e = {0};
	struct authority *a = reader_take(s->readers, &e);
	bool ok = a != NULL && read(a, q, r, &e);
	if (a != NULL)
		reader_give(s->readers, a);
	if (!ok)
		http_problem(q, r, &e);
}

static bool size_of(struct readers *readers, uint64_t *size, struct err *e)
{
	struct authority *a = reader_take(readers, e);
	if (a == NULL)
		return false;
	*size = store_size(a->store);
	reader_give(readers, a);
	return true;
}

static bool open_parts(struct service *s, struct err *e)
{
	struct service_options *o = &s->options;
	uint64_t size;
	struct document document = {.language = "en", .url = o->url};
	if (!document_check(&document, e) || (s->press = press_new(e)) == NULL)
		return false;
	s->readers = readers_new(o->home, o->readers, e);
	if (s->readers == NULL || !size_of(s->readers, &size, e))
		return false;
	s->hub = hub_new(size, o->beat_seconds);
	s->metrics = metrics_new();
	s->by_address = o->rate_address > 0 ? rates_new(o->rate_address) : NULL;
	s->by_key = o->rate_key > 0 ? rates_new(o->rate_key) : NULL;
	s->by_inbox = o->rate_address > 0 ? rates_new(1) : NULL;
	s->nonces = nonces_new();
	s->signins =
	    signins_new(&(struct signins_options){o->session_idle_seconds, o->session_seconds});
	if (s->hub == NULL || s->metrics == NULL || s->nonces == NULL || s->signins == NULL ||
	    (o->rate_address > 0 && (s->by_address == NULL || s->by_inbox == NULL)) ||
	    (o->rate_key > 0 && s->by_key == NULL))
		return err_environment(e, "out of memory");
	if (o->demo_passkeys != NULL && (s->demo = demo_read(o->demo_passkeys, e)) == NULL)
		return false;
	if (o->screens && (s->forms = forms_open(o->home, o->version, true, e)) == NULL)
		return false;
	struct hooks_options hooks = {o->home, o->webhooks, o->webhook_key, o->webhook_authorities,
	                              o->webhook_retry_seconds};
	if (o->webhooks != NULL && (s->hooks = hooks_open(&hooks, s->readers, e)) == NULL)
		return false;
	if ((s->papers = papers_open(o->home, true, e)) == NULL)
		return false;
	s->writer = writer_new(o->home, s->hub, o->queue, o->cosign_seconds, e);
	if (s->writer == NULL)
		return false;
	s->signs = authority_open(&s->signer, o->home, true, e);
	return s->signs && (s->looker = looker_new(o->home, s->hub, size, e)) != NULL;
}

static void forms_of(struct service *s)
{
	for (const struct http_route *r = forms_routes_without_health(s->forms); r->method != 0;
	     r++) {
		assert(s->route_count < ROUTES_MAX);
		s->routes[s->route_count++] = *r;
	}
}

struct service *service_open(const struct service_options *options, struct err *e)
{
	struct service *s = calloc(1, sizeof *s);
	if (s == NULL) {
		err_environment(e, "out of memory");
		return NULL;
	}
	s->options = *options;
	pthread_mutex_init(&s->signing, NULL);
	pthread_mutex_init(&s->inviting, NULL);
	pthread_mutex_init(&s->routing, NULL);
	struct service_options *o = &s->options;
	o->readers = o->readers == 0 ? 4 : o->readers;
	o->queue = o->queue == 0 ? 4096 : o->queue;
	o->beat_seconds = o->beat_seconds == 0 ? 15 : o->beat_seconds;
	o->cosign_seconds = o->cosign_seconds == 0 ? 60 : o->cosign_seconds;
	o->session_idle_seconds = o->session_idle_seconds == 0 ? 900 : o->session_idle_seconds;
	o->session_seconds = o->session_seconds == 0 ? 28800 : o->session_seconds;
	o->webhook_retry_seconds = o->webhook_retry_seconds == 0 ? 5 : o->webhook_retry_seconds;
	if (!open_parts(s, e)) {
		service_close(s);
		return NULL;
	}
	records_routes(s);
	document_routes(s);
	cases_routes(s);
	routing_routes(s);
	what_if_routes(s);
	state_routes(s);
	log_routes(s);
	evidence_routes(s);
	inbox_routes(s);
	health_routes(s);
	session_routes(s);
	people_routes(s);
	invitations_routes(s);
	if (s->demo != NULL)
		demo_routes(s);
	statements_routes(s);
	if (s->forms != NULL)
		forms_of(s);
	if (o->console != NULL && !pages_routes(s, o->console, e)) {
		service_close(s);
		return NULL;
	}
	return s;
}

bool service_key_lives(const struct key_info *key, const char *rule, struct err *e)
{
	return (key->ended == NULL && (!key->has_until || key->until > rim_now())) ||
	       err_refused(e, rule, "the key of %s has ended", key->holder);
}

/*
 * A signed request does not cover its body; so the body's digest stands in the query or the path,
 * which are covered: nobody on the way can put another body under the signature.
 */
static bool body_is_meant(const struct http_request *q, struct err *e)
{
	const char *digest = http_query(q, "digest");
	struct hash is = sha256(q->body);
	struct bytes named = {0};
	if (http_parameter(q, "digest") != NULL) /* whose route holds the body to it */
		return true;
	if (q->body.len == 0 || (digest != NULL && hex_decode(q->arena, digest, &named) &&
	                         bytes_equal(named, hash_bytes(&is))))
		return true;
	return err_refused(e, "signature.body", "a signed request names its body: ?digest=%s",
	                   hex_encode(q->arena, hash_bytes(&is)));
}

static bool signer(struct service *s, struct authority *a, struct http_request *q,
                   struct key_info *out, struct err *e)
{
	struct state state = authority_state(a);
	struct request_signature signature;
	struct public_key public;
	if (!signature_read(q, rim_now(), &signature, e))
		return false;
	if (!query_key(&state, q->arena, &signature.kid, out, e))
		return e->kind == ERR_REFUSED
		           ? err_refused(e, "signature.unknown-key",
		                         "the key that signed the request is not registered here")
		           : false;
	if (out->rp_id != NULL)
		return err_refused(e, "signature.passkey",
		                   "a passkey signs no requests: sign in with it");
	if (!service_key_lives(out, "signature.key-ended", e) ||
	    !key_line_parse(bytes_text(out->line), &public, e) ||
	    !signature_verify(&signature, &public, e) || !body_is_meant(q, e))
		return false;
	struct buffer once = {.arena = q->arena};
	buffer_bytes(&once, hash_bytes(&signature.kid));
	buffer_printf(&once, "%s", signature.nonce);
	struct hash nonce = sha256(buffer_view(&once));
	return nonces_take(s->nonces, &nonce, rim_now(), signature.created + SIGNATURE_SECONDS, e);
}

bool service_is_person(struct service *s, const struct http_request *q)
{
	return signature_is_there(q) || session_is_there(s->signins, q);
}

bool service_person(struct service *s, struct authority *a, struct http_request *q,
                    struct key_info *out, struct err *e)
{
	struct state state = authority_state(a);
	struct hash kid;
	if (signature_is_there(q))
		return signer(s, a, q, out, e);
	return session_kid(s->signins, q, &kid, e) && query_key(&state, q->arena, &kid, out, e) &&
	       service_key_lives(out, "session.key-ended", e) &&
	       (q->method == HTTP_GET || session_same_origin(q, out->origin, e));
}

uint64_t service_microseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void service_too_often(struct http_request *q, struct http_response *r, const char *who)
{
	http_again(q, r, 429, 1, "service.too-often",
	           arena_printf(q->arena, "%s asks more often than is allowed", who));
}

/* Health and metrics are for whoever keeps the service, who must see how it does under load. */
bool service_admit(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	if (s->by_address == NULL || strcmp(q->path, "/healthz") == 0 ||
	    strcmp(q->path, "/readyz") == 0 || strcmp(q->path, "/metrics") == 0 ||
	    rates_take(s->by_address, rates_prefix(q->arena, q->peer), service_microseconds()))
		return true;
	service_too_often(q, r, "your network");
	return false;
}

bool service_serves(struct service *s, struct http_server *http, struct err *e)
{
	s->http = http;
	if (s->hooks == NULL)
		return true;
	if (http != NULL)
		return hooks_start(s->hooks, e);
	hooks_stop(s->hooks);
	return true;
}

void service_close(struct service *s)
{
	if (s->writer != NULL)
		writer_free(s->writer);
	if (s->signs)
		authority_close(&s->signer);
	pthread_mutex_destroy(&s->signing);
	pthread_mutex_destroy(&s->inviting);
	pthread_mutex_destroy(&s->routing);
	press_free(s->press);
	if (s->hooks != NULL)
		hooks_close(s->hooks);
	papers_close(s->papers);
	looker_free(s->looker);
	overview_free(s->overview);
	if (s->hub != NULL)
		hub_free(s->hub);
	if (s->readers != NULL)
		readers_free(s->readers);
	if (s->forms != NULL)
		forms_close(s->forms);
	pages_close(s);
	nonces_free(s->nonces);
	signins_free(s->signins);
	json_decref(s->demo);
	metrics_free(s->metrics);
	rates_free(s->by_address);
	rates_free(s->by_key);
	rates_free(s->by_inbox);
	free(s);
}
