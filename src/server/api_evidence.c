/*
 * Evidence: files that reports name by digest, kept beside the log. Only who asks by a
 * registered key may leave one, so that nobody else fills the disk, and only who may
 * read every report may read one. Its name is its digest: sending it again is the same.
 */
#include "parts.h"

#include "authority/access.h"
#include "base/file.h"
#include "base/rim.h"
#include "words/words.h"

/* The digest of the path, or a problem. */
static bool digest_of(struct http_request *q, struct hash *out, struct err *e)
{
	struct bytes digits;
	if (!hex_decode(q->arena, http_parameter(q, "digest"), &digits) || digits.len != HASH_SIZE)
		return err_input(e, "evidence.digest",
		                 "a digest is SHA-256, in 64 hexadecimal digits");
	memcpy(out->at, digits.at, HASH_SIZE);
	return true;
}

static bool keep(struct service *s, struct http_request *q, const struct hash *digest,
                 const struct key_info *by, bool *was_there, struct err *e)
{
	const char *folder = arena_printf(q->arena, "%s/evidence", s->options.home),
	           *path = arena_printf(q->arena, "%s/%s", folder, words_hex(q->arena, digest));
	*was_there = file_exists(path);
	if (*was_there)
		return true;
	if (!directory_make(folder, 0700, e) || !file_write(path, q->body, 0600, e))
		return false;
	service_log("evidence-kept",
	            json_pack("{s:s,s:I,s:s}", "digest", words_hex(q->arena, digest), "bytes",
	                      (json_int_t)q->body.len, "from", by->holder));
	return true;
}

static void put_evidence(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct hash digest, is = sha256(q->body);
	struct key_info by;
	bool was_there = false;
	struct authority *a = reader_take(s->readers, &e);
	bool ok = a != NULL && digest_of(q, &digest, &e) && service_person(s, a, q, &by, &e);
	if (a != NULL)
		reader_give(s->readers, a);
	if (ok && memcmp(digest.at, is.at, HASH_SIZE) != 0)
		ok = err_input(&e, "evidence.digest", "the file's digest is %s",
		               words_hex(q->arena, &is));
	if (ok && !rates_take(s->by_key, hash_bytes(&by.kid), service_microseconds())) {
		service_too_often(q, r, "this key");
		return;
	}
	if (!ok || !keep(s, q, &digest, &by, &was_there, &e)) {
		http_problem(q, r, &e);
		return;
	}
	http_json(q, r, was_there ? 200 : 201,
	          json_pack("{s:s,s:I}", "digest", words_hex(q->arena, &digest), "size",
	                    (json_int_t)q->body.len));
}

static void get_evidence(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct hash digest;
	struct key_info by;
	struct authority *a = reader_take(s->readers, &e);
	bool ok = a != NULL && digest_of(q, &digest, &e) && service_person(s, a, q, &by, &e);
	if (a != NULL)
		reader_give(s->readers, a);
	if (ok && access_of(access_role(by.role), KIND_REPORT) != ACCESS_ALL)
		ok = err_refused(&e, "evidence.not-entitled",
		                 "evidence is for officers and auditors");
	if (!ok) {
		http_problem(q, r, &e);
		return;
	}
	const char *name = words_hex(q->arena, &digest);
	service_log("disclosed", json_pack("{s:s,s:s,s:s}", "evidence", name, "to", by.holder,
	                                   "key", words_hex(q->arena, &by.kid)));
	http_file(q, r, arena_printf(q->arena, "%s/evidence", s->options.home), name,
	          "application/octet-stream");
	http_add_header(r, "Cache-Control", "private, no-store");
	http_download(q, r, name);
}

void evidence_routes(struct service *s)
{
	service_route(s, (struct http_route){HTTP_PUT, "/v1/evidence/{digest}", put_evidence, NULL,
	                                     EVIDENCE_MAX, NULL});
	service_route(
	    s, (struct http_route){HTTP_GET, "/v1/evidence/{digest}", get_evidence, NULL, 0, NULL});
}
