/* Responses: bodies, problems, pages; and what is the same for all: ETags, compression. */
#include "http_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <strings.h>
#include <zlib.h>

enum { PAGE_DEFAULT = 100, COMPRESS_FROM = 1024, RETRY_SECONDS = 5 };

void http_add_header(struct http_response *r, const char *name, const char *value)
{
	assert(r->header_count < HTTP_HEADERS_OUT);
	r->headers[r->header_count++] = (struct http_field){name, value};
}

void http_bytes(struct http_response *r, unsigned status, const char *content_type,
                struct bytes body)
{
	r->status = status;
	r->content_type = content_type;
	r->body = body;
}

void http_text(struct http_response *r, unsigned status, const char *content_type, const char *text)
{
	http_bytes(r, status, content_type, bytes_text(text));
}

void http_file(struct http_request *q, struct http_response *r, const char *folder,
               const char *path, const char *content_type)
{
	for (const char *at = path; at != NULL; at = strchr(at, '/')) {
		at += at != path;
		size_t len = strcspn(at, "/");
		if (len == 0 || (len == 1 && at[0] == '.') ||
		    (len == 2 && at[0] == '.' && at[1] == '.')) {
			http_problem_status(q, r, 404, "http.no-such-file",
			                    "there is no such file");
			return;
		}
	}
	r->status = 200;
	r->content_type = content_type;
	r->file = arena_printf(q->arena, "%s/%s", folder, path);
}

void http_download(struct http_request *q, struct http_response *r, const char *name)
{
	http_add_header(r, "Content-Disposition",
	                arena_printf(q->arena, "attachment; filename=\"%s\"", name));
	http_add_header(r, "Content-Security-Policy",
	                "sandbox; default-src 'none'; frame-ancestors 'none'");
	http_add_header(r, "Cross-Origin-Resource-Policy", "same-origin");
}

/* The value as text in the arena, released. */
static struct bytes dump(struct arena *arena, json_t *json)
{
	size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);
	char *at = arena_alloc(arena, len + 1);
	json_dumpb(json, at, len, JSON_COMPACT);
	json_decref(json);
	at[len] = '\n';
	return bytes_of(at, len + 1);
}

void http_json(struct http_request *q, struct http_response *r, unsigned status, json_t *json)
{
	struct bytes body = dump(q->arena, json);
	struct hash digest = sha256(body);
	r->etag = arena_printf(q->arena, "\"%.32s\"", hex_encode(q->arena, hash_bytes(&digest)));
	http_bytes(r, status, "application/json", body);
}

/* --- Problems ----------------------------------------------------------------------------- */

static const char *title(unsigned status)
{
	switch (status) {
	case 400:
		return "Bad input";
	case 401:
		return "Not signed";
	case 403:
		return "Not entitled";
	case 404:
		return "Not found";
	case 405:
		return "Method not allowed";
	case 409:
		return "Conflict";
	case 413:
		return "Too large";
	case 415:
		return "Unsupported media type";
	case 422:
		return "Refused by a rule";
	case 429:
		return "Too many requests";
	case 503:
		return "Not available now";
	default:
		return "Error";
	}
}

/* A detail may have been cut within a letter, or quote what is no UTF-8. */
static const char *readable(struct arena *arena, const char *text)
{
	size_t len = strlen(text);
	for (size_t cut = 0; cut <= 3 && cut <= len; cut++)
		if (bytes_are_utf8(bytes_of(text, len - cut)))
			return cut == 0 ? text : arena_copy(arena, text, len - cut);
	char *out = arena_copy(arena, text, len);
	for (char *c = out; *c != 0; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return out;
}

static void problem(struct http_request *q, struct http_response *r, unsigned status,
                    const char *rule, const char *detail, const char *field)
{
	json_t *json = json_pack(
	    "{s:s,s:s,s:i,s:s,s:s*,s:s*}", "type",
	    rule != NULL ? arena_printf(q->arena, "urn:proviso:rule:%s", rule) : "about:blank",
	    "title", title(status), "status", (int)status, "detail", readable(q->arena, detail),
	    "rule", rule, "field", field != NULL ? readable(q->arena, field) : NULL);
	r->etag = NULL;
	r->file = NULL;
	r->rule = rule;
	http_bytes(r, status, "application/problem+json", dump(q->arena, json));
	http_add_header(r, "Cache-Control", "no-store");
}

void http_problem_status(struct http_request *q, struct http_response *r, unsigned status,
                         const char *rule, const char *detail)
{
	problem(q, r, status, rule, detail, NULL);
}

void http_problem_field(struct http_request *q, struct http_response *r, unsigned status,
                        const struct err *e, const char *field)
{
	problem(q, r, status, e->rule, e->text, field);
}

void http_again(struct http_request *q, struct http_response *r, unsigned status,
                unsigned after_seconds, const char *rule, const char *detail)
{
	http_problem_status(q, r, status, rule, detail);
	http_add_header(r, "Retry-After", arena_printf(q->arena, "%u", after_seconds));
}

static bool ends(const char *text, const char *with)
{
	size_t len = strlen(text), tail = strlen(with);
	return len >= tail && strcmp(text + len - tail, with) == 0;
}

unsigned http_status(const struct err *e)
{
	const char *rule = e->rule != NULL ? e->rule : "";
	bool is_sign_in = strncmp(rule, "session.", 8) == 0 || strncmp(rule, "passkey.", 8) == 0 ||
	                  strcmp(rule, "invitation.secret") == 0;
	if (strncmp(rule, "signature.", 10) == 0 || (e->kind == ERR_REFUSED && is_sign_in))
		return 401;
	if (e->kind == ERR_ENVIRONMENT || strcmp(rule, "witness.ahead") == 0)
		return 503;
	if (e->kind != ERR_REFUSED)
		return 400;
	if (strstr(rule, ".no-such-") != NULL || strcmp(rule, "log.proof-index") == 0)
		return 404;
	static const char *const may_not[] = {".unknown-signer", ".key-ended",     ".key-expired",
	                                      ".other-issuer",   ".wrong-role",    ".bad-signature",
	                                      ".not-entitled",   ".not-signatory", ".keeper-only",
	                                      ".unknown-device", ".bad-tag",       ".cross-site"};
	for (size_t i = 0; i < sizeof may_not / sizeof *may_not; i++)
		if (ends(rule, may_not[i]))
			return 403;
	static const char *const already[] = {
	    ".duplicate",        ".ambiguous-id",     ".already-ended",
	    ".already-decided",  ".closed",           ".report-closed",
	    ".same-officer",     ".in-use",           ".holder-has-key",
	    ".serial-taken",     ".device-key-taken", ".counter-reused",
	    ".superseded-twice", ".number",           ".used"};
	for (size_t i = 0; i < sizeof already / sizeof *already; i++)
		if (ends(rule, already[i]))
			return 409;
	return 422;
}

void http_problem(struct http_request *q, struct http_response *r, const struct err *e)
{
	unsigned status = http_status(e);
	/* Paths and the like of this machine are for its keepers. */
	if (status == 503 && e->rule != NULL && strncmp(e->rule, "witness.", 8) == 0) {
		http_again(q, r, status, RETRY_SECONDS, e->rule, e->text);
		return;
	}
	if (status == 503) {
		http_again(q, r, status, RETRY_SECONDS, "http.environment",
		           "the service cannot do this now; nothing was half done");
		return;
	}
	http_problem_status(q, r, status, e->rule, e->text);
}

/* --- Pages -------------------------------------------------------------------------------- */

bool http_page(const struct http_request *q, struct http_page *out, struct err *e)
{
	const char *limit = http_query(q, "limit");
	uint64_t number = PAGE_DEFAULT;
	if (limit != NULL &&
	    (!decimal_parse(bytes_text(limit), &number) || number == 0 || number > HTTP_PAGE_MAX))
		return err_input(e, "http.page", "limit is a number from 1 to %d", HTTP_PAGE_MAX);
	*out = (struct http_page){(size_t)number, http_query(q, "after")};
	return true;
}

void http_escape(struct buffer *out, const char *text)
{
	for (; *text != 0; text++) {
		unsigned char c = (unsigned char)*text;
		bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
		             (c != 0 && strchr("-._~", c) != NULL);
		buffer_printf(out, plain ? "%c" : "%%%02X", c);
	}
}

void http_json_page(struct http_request *q, struct http_response *r, json_t *items,
                    const char *next)
{
	if (next != NULL) {
		struct buffer link = {.arena = q->arena};
		buffer_printf(&link, "<%.*s?", (int)strcspn(q->target, "?"), q->target);
		for (size_t i = 0; i < q->query_count; i++) {
			if (strcmp(q->query[i].name, "after") == 0)
				continue;
			http_escape(&link, q->query[i].name);
			buffer_text(&link, "=");
			http_escape(&link, q->query[i].value);
			buffer_text(&link, "&");
		}
		buffer_text(&link, "after=");
		http_escape(&link, next);
		buffer_text(&link, ">; rel=\"next\"");
		http_add_header(r, "Link", buffer_cstr(&link));
	}
	http_json(q, r, 200, json_pack("{s:o,s:s?}", "items", items, "next", next));
}

/* --- The same for all --------------------------------------------------------------------- */

/* RFC 9110 section 13.1.2: weak comparison with each of the list. */
static bool has_it(const char *list, const char *etag)
{
	while (*list != 0) {
		list += strspn(list, " \t,");
		if (*list == '*')
			return true;
		if (strncmp(list, "W/", 2) == 0)
			list += 2;
		size_t len = strlen(etag);
		if (strncmp(list, etag, len) == 0)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

static bool takes_gzip(const struct http_request *q)
{
	const char *accept = http_header(q, "Accept-Encoding");
	const char *at = accept != NULL ? strcasestr(accept, "gzip") : NULL;
	if (at == NULL)
		return false;
	at += 4;
	at += strspn(at, " \t");
	if (*at != ';')
		return true;
	at += 1 + strspn(at + 1, " \t");
	return !(strncasecmp(at, "q=0", 3) == 0 && strspn(at + 3, ".0") == strcspn(at + 3, ", \t"));
}

static bool is_text(const char *type)
{
	return strncmp(type, "text/", 5) == 0 || strstr(type, "json") != NULL ||
	       strstr(type, "javascript") != NULL || strstr(type, "svg") != NULL ||
	       strstr(type, "wasm") != NULL;
}

struct bytes http_compress(struct arena *arena, struct bytes body)
{
	z_stream z = {0};
	if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return body;
	size_t room = deflateBound(&z, body.len);
	uint8_t *out = arena_alloc(arena, room);
	z.next_in = (Bytef *)(uintptr_t)body.at;
	z.avail_in = (uInt)body.len;
	z.next_out = out;
	z.avail_out = (uInt)room;
	bool done = deflate(&z, Z_FINISH) == Z_STREAM_END;
	if (done && z.total_out < body.len)
		body = bytes_of(out, z.total_out);
	deflateEnd(&z);
	return body;
}

/* The bytes differ from those without: so do strong tags. */
static void is_compressed(struct http_request *q, struct http_response *r, struct bytes compressed)
{
	r->body = compressed;
	http_add_header(r, "Content-Encoding", "gzip");
	if (r->etag != NULL)
		r->etag = arena_printf(q->arena, "W/%s", r->etag);
}

void http_finish(struct http_request *q, struct http_response *r)
{
	const char *if_none = http_header(q, "If-None-Match");
	assert(r->status != 0);
	if (r->stream.next != NULL || r->file != NULL)
		return;
	if (r->status == 200 && q->method == HTTP_GET && r->etag != NULL && if_none != NULL &&
	    has_it(if_none, r->etag)) {
		r->status = 304;
		r->body = (struct bytes){0};
		r->content_type = NULL;
		return;
	}
	bool is_ready = r->compressed.len > 0;
	if (!is_ready &&
	    (r->content_type == NULL || !is_text(r->content_type) || r->body.len < COMPRESS_FROM))
		return;
	http_add_header(r, "Vary", "Accept-Encoding");
	if (!takes_gzip(q))
		return;
	struct bytes compressed = is_ready ? r->compressed : http_compress(q->arena, r->body);
	if (compressed.len < r->body.len)
		is_compressed(q, r, compressed);
}
