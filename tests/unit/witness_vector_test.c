/*
 * The requests that torchwood's litewitness is tested with, in their order, and the answers it
 * wants, over the routes as they are served; from the folder of larger real files.
 */
#include <jansson.h>

#include "base/file.h"
#include "stored.h"
#include "witness/serve.h"

#define NO_DATA "PROVISO_TEST_DATA is not set"

static int64_t now = 1767225600;

static int64_t time_of_test(void)
{
	return now++;
}

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));
	CHECK(text != NULL, "no %s", member);
	return text != NULL ? text : "";
}

/*
 * Their scripts name a log by a sigsum key in hexadecimal, whose digest is in its origin, or by
 * "-origin 'ORIGIN' -key VKEY".
 */
static const char *list_of(struct arena *arena, const json_t *row)
{
	const json_t *named = json_object_get(row, "log");
	const char *last = json_string_value(json_array_get(named, json_array_size(named) - 1));
	const char *origin = strchr(last, '\''), *vkey = strstr(last, "-key ");
	struct bytes raw = {0};
	struct public_key key;
	struct err e = {0};
	if (origin != NULL && vkey != NULL)
		return arena_printf(arena, "logs/v0\nvkey %s\norigin %.*s\n",
		                    vkey + strlen("-key "), (int)strcspn(origin + 1, "'"),
		                    origin + 1);
	CHECK(hex_decode(arena, last, &raw), "%s", last);
	struct hash digest = sha256(raw);
	const char *name =
	    arena_printf(arena, "sigsum.org/v1/tree/%s", hex_encode(arena, hash_bytes(&digest)));
	CHECK(key_from_public(KEY_ED25519, raw, name, &key, &e), "%s", e.text);
	return arena_printf(arena, "logs/v0\nvkey %s\n", key_line(arena, &key));
}

struct script {
	const char *name;
	struct witness_logs logs;
	struct witness_service service;
};

static void begin_script(struct arena *arena, struct script *s, const json_t *row)
{
	const char *name = text_of(row, "script");
	const uint8_t seed[KEY_SEED] = {9};
	struct secret_key key;
	struct err e = {0};
	cosigner_close(s->service.cosigner);
	snprintf(path, sizeof path, "%s/%.8s.db", folder, name);
	*s = (struct script){.name = name, .service = {.now = time_of_test}};
	CHECK(witness_logs_parse(arena, bytes_text(list_of(arena, row)), &s->logs, &e) &&
	          key_make(KEY_ED25519, "example.com/witness", seed, &key, &e),
	      "%s", e.text);
	s->service.cosigner = cosigner_open(path, true, &key, &s->logs, &e);
	CHECK(s->service.cosigner != NULL, "%s", e.text);
	witness_routes(&s->service);
}

static struct http_response send_to(struct arena *arena, struct script *s, enum http_method method,
                                    const char *where, struct bytes body)
{
	struct http_request q = {.arena = arena,
	                         .method = method,
	                         .target = where,
	                         .path = where,
	                         .body = body,
	                         .peer = "test"};
	struct http_response r = {0};
	http_dispatch(s->service.routes, &q, &r);
	return r;
}

static void litewitness_s_requests_get_the_answers_it_wants(void)
{
	if (test_data() == NULL)
		SKIP(NO_DATA);
	owned_arena arena = {0};
	struct script s = {0};
	json_error_t why;
	json_t *all = json_load_file(
	    arena_printf(&arena, "%s/vectors/tlog/witness-scripts/litewitness-requests.json",
	                 test_data()),
	    0, &why);
	CHECK(json_array_size(all) == 10, "%s", why.text);
	json_t *row;
	size_t i;
	json_array_foreach(all, i, row)
	{
		const char *script = text_of(row, "script"), *asserts = text_of(row, "asserts");
		if (s.name == NULL || strcmp(s.name, script) != 0)
			begin_script(&arena, &s, row);
		char *sent = arena_printf(&arena, "%s", text_of(row, "body"));
		struct http_response r =
		    send_to(&arena, &s, HTTP_POST, text_of(row, "path"), bytes_text(sent));
		/* Base64 with stray bits at its end, which Go takes and we do not; then without. */
		char *stray = strstr(sent, "x6gx=\n");
		if (stray != NULL) {
			CHECK(r.status == 400, "row %zu: %u", i, r.status);
			stray[3] = 'w';
			r = send_to(&arena, &s, HTTP_POST, text_of(row, "path"), bytes_text(sent));
		}
		unsigned want = (unsigned)json_integer_value(json_object_get(row, "status"));
		/* The older of the specification's texts said 403 of an unknown log. */
		if (strstr(asserts, "unknown log") != NULL)
			want = 404;
		const char *body = arena_copy(&arena, r.body.at, r.body.len);
		CHECK(r.status == want, "row %zu: %u, not %u: %s", i, r.status, want, body);
		if (want == 200)
			CHECK(strncmp(body, "\xE2\x80\x94 example.com/witness ", 24) == 0,
			      "row %zu: %s", i, body);
		if (want == 409)
			CHECK(strstr(asserts, arena_printf(&arena, "\"%.*s\\n\"",
			                                   (int)r.body.len - 1, body)) != NULL &&
			          strcmp(r.content_type, "text/x.tlog.size") == 0,
			      "row %zu: %s", i, body);
	}
	/* And what was cosigned of Go's log is there for those who watch. */
	struct hash origin = sha256(bytes_text("go.sum database tree"));
	const char *hash = hex_encode(&arena, hash_bytes(&origin));
	struct http_response r = send_to(
	    &arena, &s, HTTP_GET, arena_printf(&arena, "/%s/checkpoint", hash), (struct bytes){0});
	CHECK(r.status == 200 && memmem(r.body.at, r.body.len, "\n35225469\n", 10) != NULL, "%u",
	      r.status);
	hash = arena_printf(&arena, "/%064d/checkpoint", 0);
	r = send_to(&arena, &s, HTTP_GET, hash, (struct bytes){0});
	CHECK(r.status == 404, "%u", r.status);
	r = send_to(&arena, &s, HTTP_GET, "/add-checkpoint", (struct bytes){0});
	CHECK(r.status == 405, "%u", r.status);
	cosigner_close(s.service.cosigner);
	json_decref(all);
}

int main(void)
{
	struct err e = {0};
	if (!stored_begin() || !key_library_start(&e))
		return 1;
	static const struct test tests[] = {TEST(litewitness_s_requests_get_the_answers_it_wants)};
	int status = test_main(tests, sizeof tests / sizeof *tests);
	stored_end();
	return status;
}
