/* A service instead of a home: --url, PROVISO_URL. */
#include "remote.h"

#include <curl/curl.h>
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/rim.h"
#include "log/note.h"
#include "log/tile.h"
#include "server/signature.h"

enum { CONNECT_SECONDS = 10, TOTAL_SECONDS = 120 };

const char *cli_url(struct cli *cli)
{
	const char *given = cli_option(cli, "url"), *home = getenv("PROVISO_HOME"),
	           *url = getenv("PROVISO_URL");
	if (given != NULL)
		return given;
	if (cli_option(cli, "home") != NULL || (home != NULL && *home != 0))
		return NULL;
	return url != NULL && *url != 0 ? url : NULL;
}

/* --- One exchange ---------------------------------------------------------------------------- */

struct exchange {
	struct buffer body;
	size_t limit;
	bool is_too_large, is_no;
	int64_t date;
	long status;
	const char *type;
	struct arena *arena;
};

static size_t take_body(char *at, size_t size, size_t count, void *ctx)
{
	struct exchange *x = ctx;
	if (x->body.len + size * count > x->limit) {
		x->is_too_large = true;
		return 0;
	}
	buffer_bytes(&x->body, bytes_of(at, size * count));
	return count;
}

static size_t take_header(char *at, size_t size, size_t count, void *ctx)
{
	struct exchange *x = ctx;
	if (size * count >= 19 && strncasecmp(at, "proviso-answer: no", 18) == 0)
		x->is_no = true;
	if (size * count > 5 && strncasecmp(at, "date:", 5) == 0) {
		owned_arena arena = {0};
		time_t said = curl_getdate(
		    arena_printf(&arena, "%.*s", (int)(size * count - 5), at + 5), NULL);
		x->date = said > 0 ? said : 0;
	}
	return count;
}

/* A problem becomes the error it was at the other end. */
static bool problem(struct cli *cli, const char *url, long status, struct bytes body)
{
	json_t *json = json_loadb((const char *)body.at, body.len, 0, NULL);
	const char *detail = json_string_value(json_object_get(json, "detail"));
	const char *rule = json_string_value(json_object_get(json, "rule"));
	struct err *e = &cli->err;
	e->kind = status == 400 || status == 413 || status == 415 ? ERR_INPUT
	          : status < 500 && status != 429                 ? ERR_REFUSED
	                                                          : ERR_ENVIRONMENT;
	e->rule = rule != NULL ? arena_copy(&cli->arena, rule, strlen(rule)) : NULL;
	if (detail != NULL)
		snprintf(e->text, sizeof e->text, "%s", detail);
	else
		snprintf(e->text, sizeof e->text, "%s answers with status %ld and no reason", url,
		         status);
	json_decref(json);
	return false;
}

static bool perform(struct cli *cli, CURL *curl, const char *url, struct exchange *x)
{
	char why[CURL_ERROR_SIZE] = "";
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	CURLcode code = curl_easy_perform(curl);
	if (x->is_too_large)
		return err_input(&cli->err, "url.too-large",
		                 "%s: the answer is longer than any that is expected", url);
	if (code != CURLE_OK)
		return err_environment(&cli->err, "%s: %s", url,
		                       *why != 0 ? why : curl_easy_strerror(code));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &x->status);
	return x->status < 300 || problem(cli, url, x->status, buffer_view(&x->body));
}

static void set_up(CURL *curl, const char *url, struct exchange *x, const struct remote *r,
                   struct curl_slist *headers)
{
	const char *authorities = getenv("PROVISO_CA");
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TOTAL_SECONDS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
	if (authorities != NULL && *authorities != 0)
		curl_easy_setopt(curl, CURLOPT_CAINFO, authorities);
	if (r->method != NULL)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, r->method);
	if (r->content_type != NULL) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, r->body.at);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
	}
}

static CURL *handle(struct cli *cli)
{
	static CURL *one; /* kept, so that a connection serves all exchanges of a command */
	if (one == NULL && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		one = curl_easy_init();
	if (one == NULL)
		err_environment(&cli->err, "the HTTP library cannot start");
	else
		curl_easy_reset(one);
	return one;
}

/* With --key the request is signed: RFC 9421. */
static bool sign_request(struct cli *cli, const struct remote *r, const char *url,
                         struct curl_slist **headers)
{
	const char *path = cli_option(cli, "key"), *input, *signature;
	struct secret_key key;
	uint8_t random[16];
	if (path == NULL)
		return true;
	rim_random(random, sizeof random);
	const char *nonce = hex_encode(&cli->arena, bytes_of(random, sizeof random));
	const char *host = strstr(url, "://"),
	           *target = host != NULL ? strchr(host + 3, '/') : NULL;
	if (target == NULL)
		return err_usage(&cli->err, "\"%s\" is no address of a service", url);
	bool ok = cli_key(cli, path, &key) &&
	          signature_make(&cli->arena, r->method != NULL ? r->method : "GET", target,
	                         rim_now(), nonce, &key, &input, &signature, &cli->err);
	key_wipe(&key);
	if (!ok)
		return false;
	*headers =
	    curl_slist_append(*headers, arena_printf(&cli->arena, "Signature-Input: %s", input));
	*headers =
	    curl_slist_append(*headers, arena_printf(&cli->arena, "Signature: %s", signature));
	return true;
}

bool cli_remote(struct cli *cli, struct remote *r)
{
	struct exchange x = {
	    .body = {.arena = &cli->arena}, .limit = r->limit, .arena = &cli->arena};
	const char *base = r->base != NULL ? r->base : cli_url(cli);
	size_t len = strlen(base);
	struct curl_slist *headers = NULL;
	CURL *curl = handle(cli);
	if (curl == NULL)
		return false;
	while (len > 0 && base[len - 1] == '/')
		len--;
	const char *url = arena_printf(&cli->arena, "%.*s%s", (int)len, base, r->path);
	if (r->accept != NULL)
		headers =
		    curl_slist_append(headers, arena_printf(&cli->arena, "Accept: %s", r->accept));
	if (r->content_type != NULL)
		headers = curl_slist_append(
		    headers, arena_printf(&cli->arena, "Content-Type: %s", r->content_type));
	headers = curl_slist_append(headers, "Expect:");
	set_up(curl, url, &x, r, headers);
	bool ok =
	    (!r->is_signed || sign_request(cli, r, url, &headers)) && perform(cli, curl, url, &x);
	curl_slist_free_all(headers);
	r->answer = buffer_view(&x.body);
	r->status = x.status;
	r->is_no = x.is_no;
	r->date = x.date;
	return ok;
}

json_t *cli_remote_json(struct cli *cli, const char *path)
{
	struct remote r = {.path = path, .accept = "application/json", .limit = REMOTE_MAX};
	if (!cli_remote(cli, &r))
		return NULL;
	json_t *json = json_loadb((const char *)r.answer.at, r.answer.len, 0, NULL);
	if (json == NULL)
		err_input(&cli->err, "url.answer",
		          "%s%s: the answer is no JSON: is this a provisod?", cli_url(cli), path);
	return json;
}

static bool text_of(struct cli *cli, const char *path, const char *name, const char **out)
{
	json_t *json = cli_remote_json(cli, path);
	const char *text = json_string_value(json_object_get(json, name));
	if (json != NULL && text == NULL)
		err_input(&cli->err, "url.answer",
		          "%s%s: the answer has no \"%s\": is this a provisod?", cli_url(cli), path,
		          name);
	*out = text != NULL ? arena_copy(&cli->arena, text, strlen(text)) : NULL;
	json_decref(json);
	return *out != NULL;
}

bool cli_remote_origin(struct cli *cli, const char **out)
{
	return text_of(cli, "/v1/authority", "origin", out);
}

bool cli_remote_find(struct cli *cli, const char *prefix, bool is_number, struct hash *id,
                     const char **kind)
{
	const char *path = arena_printf(&cli->arena,
	                                is_number ? "/v1/definitions/%s" : "/v1/records/%s",
	                                cli_escaped(cli, prefix)),
	           *text;
	struct bytes bytes;
	if (!text_of(cli, path, "id", &text) || !text_of(cli, path, "kind", kind))
		return false;
	if (!hex_decode(&cli->arena, text, &bytes) || bytes.len != HASH_SIZE)
		return err_input(&cli->err, "url.answer", "%s: the answer's id is none", path);
	memcpy(id->at, bytes.at, HASH_SIZE);
	return true;
}

/* --- Submitting --------------------------------------------------------------------------------
 */

bool cli_remote_submit(struct cli *cli, struct bytes record, struct bytes disclosures,
                       struct accepted *out)
{
	struct buffer both = {.arena = &cli->arena};
	struct remote r = {.path = "/v1/records",
	                   .content_type = "application/cose",
	                   .body = record,
	                   .limit = REMOTE_MAX};
	if (disclosures.len > 0) { /* [record, disclosures]: the latter is an array already */
		cbor_array(&both, 2);
		cbor_bytes(&both, record);
		buffer_bytes(&both, disclosures);
		r.body = buffer_view(&both);
		r.content_type = "application/vnd.proviso.submission+cbor";
	}
	if (!cli_remote(cli, &r))
		return false;
	json_t *json = json_loadb((const char *)r.answer.at, r.answer.len, 0, NULL);
	json_t *seq = json_object_get(json, "seq"), *was_there = json_object_get(json, "was-there");
	bool ok = json_is_integer(seq) && json_is_boolean(was_there);
	*out = (struct accepted){sha256(record), (uint64_t)json_integer_value(seq),
	                         json_is_true(was_there)};
	json_decref(json);
	return ok || err_input(&cli->err, "url.answer",
	                       "the answer has no place on the log: is this a provisod?");
}

bool cli_remote_evidence(struct cli *cli, const struct hash *digest, struct bytes file)
{
	struct remote r = {
	    .path = arena_printf(&cli->arena, "/v1/evidence/%s", cli_hex(cli, digest)),
	    .method = "PUT",
	    .content_type = "application/octet-stream",
	    .body = file,
	    .limit = REMOTE_MAX,
	    .is_signed = true,
	};
	return cli_remote(cli, &r);
}

bool cli_remote_renew(struct cli *cli, struct bytes request, struct bytes *reply)
{
	struct remote r = {.path = "/v1/leases",
	                   .content_type = "application/cose",
	                   .body = request,
	                   .limit = REMOTE_MAX};
	if (!cli_remote(cli, &r))
		return false;
	*reply = r.answer;
	return true;
}

/* --- The log, copied into a folder to be checked there -------------------------------------------
 */

/* *is_there false: they have no such file, which is no failure of getting it. */
static bool fetch(struct cli *cli, const char *base, const char *folder, const char *path,
                  size_t limit, bool *is_there)
{
	struct remote r = {
	    .base = base, .path = arena_printf(&cli->arena, "/%s", path), .limit = limit};
	const char *to = arena_printf(&cli->arena, "%s/%s", folder, path);
	char *above = arena_copy(&cli->arena, to, strlen(to));
	*strrchr(above, '/') = 0;
	*is_there = cli_remote(cli, &r);
	if (!*is_there)
		return r.status == 404 || r.status == 410;
	if (!directory_make(above, 0700, &cli->err))
		return false;
	FILE *f = fopen(to, "we"); /* a copy that goes: nothing of it need be durable */
	bool ok = f != NULL && fwrite(r.answer.at, 1, r.answer.len, f) == r.answer.len;
	ok = (f == NULL || fclose(f) == 0) && ok;
	return ok || err_errno(&cli->err, "cannot write %s", to);
}

/* A part of the log may be gone as such when the whole is there (tlog-tiles). */
static bool fetch_tile(struct cli *cli, const char *base, const char *folder, const char *partial,
                       const char *full, size_t limit)
{
	bool is_there;
	if (!fetch(cli, base, folder, partial, limit, &is_there))
		return false;
	return is_there || strcmp(partial, full) == 0 ||
	       fetch(cli, base, folder, full, limit, &is_there);
}

static bool fetch_level(struct cli *cli, const char *base, const char *folder, uint64_t size,
                        int level)
{
	unsigned shift = level < 0 ? 0 : 8 * (unsigned)level;
	uint64_t all = size >> shift, first = cli->mirror_from >> shift;
	for (uint64_t i = first / TILE_WIDTH; i * TILE_WIDTH < all; i++) {
		char partial[TILE_PATH_MAX], full[TILE_PATH_MAX];
		unsigned width = all - i * TILE_WIDTH < TILE_WIDTH
		                     ? (unsigned)(all - i * TILE_WIDTH)
		                     : TILE_WIDTH;
		if (level < 0) {
			bundle_path(i, width, partial);
			bundle_path(i, TILE_WIDTH, full);
		} else {
			tile_path((unsigned)level, i, width, partial);
			tile_path((unsigned)level, i, TILE_WIDTH, full);
		}
		if (!fetch_tile(cli, base, folder, partial, full,
		                level < 0 ? (size_t)BUNDLE_MAX : (size_t)TILE_BYTES))
			return false;
	}
	return true;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void cli_mirror_remove(const char *folder)
{
	if (folder != NULL)
		nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

bool cli_mirror(struct cli *cli, const char *base, const struct public_key *key,
                const char **folder)
{
	const char *temporary = getenv("TMPDIR");
	char *made = arena_printf(&cli->arena, "%s/proviso-log-XXXXXX",
	                          temporary != NULL ? temporary : "/tmp");
	struct bytes note, origins = {0};
	struct checkpoint head;
	struct public_key signer;
	bool is_there, has_origins = false;
	if (mkdtemp(made) == NULL)
		return err_errno(&cli->err, "cannot make a folder for a copy of the log");
	*folder = made;
	bool ok =
	    fetch(cli, base, made, "checkpoint", NOTE_MAX, &is_there) && is_there &&
	    file_read(&cli->arena, arena_printf(&cli->arena, "%s/checkpoint", made), NOTE_MAX,
	              &note, &cli->err) &&
	    fetch(cli, base, made, "origins", NOTE_MAX, &has_origins) &&
	    (!has_origins || file_read(&cli->arena, arena_printf(&cli->arena, "%s/origins", made),
	                               NOTE_MAX, &origins, &cli->err));
	if (ok)
		log_signer(&cli->arena, note, origins, key, &signer);
	ok = ok && checkpoint_open(&cli->arena, note, &signer, &head, &cli->err);
	for (int level = -1; ok && level < TILE_LEVELS; level++)
		ok = fetch_level(cli, base, made, head.size, level);
	if (!ok)
		cli_mirror_remove(made);
	else
		cli->err = (struct err){0};
	return ok;
}
