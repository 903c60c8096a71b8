/* Documents: a record as pages for people, with its proof under the checkpoint published now. */
#include "parts.h"

#include "press.h"
#include "words/words.h"

enum { RETRY_SECONDS = 1 };

/* Of what the file is made, so that who has it already need not have it made again. */
static const char *etag(struct service *s, const struct press_job *job)
{
	const struct document *d = &job->document;
	const char *version = s->options.version != NULL ? s->options.version : "";
	const struct bytes parts[] = {bytes_text(version), hash_bytes(&d->record->id),
	                              bytes_text(d->language),
	                              bytes_text(d->url != NULL ? d->url : ""), job->proof};
	struct hash digest = sha256_parts(parts, sizeof parts / sizeof *parts);
	return arena_printf(job->arena, "\"%.32s\"", words_hex(job->arena, &digest));
}

static bool has_it(const struct http_request *q, const char *etag)
{
	const char *had = http_header(q, "If-None-Match");
	return had != NULL && strstr(had, etag) != NULL;
}

static void is_set(void *ctx, struct http_request *q, struct http_response *r)
{
	struct press_job *job = ctx;
	if (job->err.kind != ERR_NONE) {
		http_problem(q, r, &job->err);
		return;
	}
	http_bytes(r, 200, "application/pdf", job->pdf);
	r->etag = job->etag;
	http_add_header(r, "Cache-Control", "no-cache");
	http_download(q, r,
	              arena_printf(q->arena, "%s.pdf", document_name(q->arena, &job->record)));
}

static bool find(struct service *s, struct http_request *q, struct press_job *job, struct err *e)
{
	const char *language = http_query(q, "language");
	struct document *d = &job->document;
	*d = (struct document){.record = &job->record,
	                       .language = language != NULL ? language : "en",
	                       .url = s->options.url};
	struct authority *a = document_check(d, e) ? reader_take(s->readers, e) : NULL;
	bool ok = a != NULL &&
	          authority_find(a, q->arena, http_parameter(q, "id"), &job->record, &d->index, e);
	if (a == NULL)
		return false;
	store_rollback(a->store); /* proving has a transaction of its own */
	ok = ok && authority_prove(a, q->arena, d->index, &job->proof, e);
	reader_give(s->readers, a);
	return ok;
}

static void get_document(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct press_job *job = arena_alloc(q->arena, sizeof *job);
	job->arena = q->arena;
	job->exchange = q->exchange;
	if (!find(s, q, job, &e)) {
		http_problem(q, r, &e);
		return;
	}
	job->etag = etag(s, job);
	if (has_it(q, job->etag)) {
		is_set(job, q, r);
		return;
	}
	http_later(q, r, is_set, job);
	if (press_take(s->press, job))
		return;
	r->is_later = false;
	http_again(q, r, 503, RETRY_SECONDS, "service.busy", "too many documents wait already");
}

void document_routes(struct service *s)
{
	service_route(s, (struct http_route){HTTP_GET, "/v1/records/{id}/document", get_document,
	                                     NULL, 0, NULL});
}
