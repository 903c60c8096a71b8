/* Documents: a record as pages for people, with its proof under the checkpoint published now. */
#include "parts.h"

#include "documents/documents.h"
#include "words/words.h"

/* Fonts are read when the first document is asked for: most services never set one. */
static struct typesetter *typesetter(struct service *s, struct err *e)
{
	pthread_mutex_lock(&s->setting);
	if (s->typesetter == NULL)
		s->typesetter = typesetter_new(e);
	pthread_mutex_unlock(&s->setting);
	return s->typesetter;
}

/* Of what the file is made, so that who has it already need not have it made again. */
static const char *etag(struct service *s, struct http_request *q, const struct document *d,
                        struct bytes proof)
{
	const struct bytes parts[] = {
	    bytes_text(s->options.version != NULL ? s->options.version : ""),
	    hash_bytes(&d->record->id), bytes_text(d->language),
	    bytes_text(d->url != NULL ? d->url : ""), proof};
	struct hash digest = sha256_parts(parts, sizeof parts / sizeof *parts);
	return arena_printf(q->arena, "\"%.32s\"", words_hex(q->arena, &digest));
}

static bool has_it(const struct http_request *q, const char *etag)
{
	const char *had = http_header(q, "If-None-Match");
	return had != NULL && strstr(had, etag) != NULL;
}

static bool answer(struct service *s, struct http_request *q, struct http_response *r,
                   const struct document *d, struct bytes proof, struct err *e)
{
	struct bytes pdf = {0};
	struct typesetter *t = NULL;
	r->etag = etag(s, q, d, proof);
	if (!has_it(q, r->etag) && ((t = typesetter(s, e)) == NULL ||
	                            !document_make(t, q->arena, d, proof, &pdf, e))) {
		r->etag = NULL;
		return false;
	}
	http_bytes(r, 200, "application/pdf", pdf);
	http_add_header(r, "Cache-Control", "no-cache");
	http_add_header(r, "Content-Disposition",
	                arena_printf(q->arena, "attachment; filename=\"%s.pdf\"",
	                             document_name(q->arena, d->record)));
	/* Should a browser show it all the same: as a page that may do nothing. */
	http_add_header(r, "Content-Security-Policy", "sandbox; default-src 'none'");
	return true;
}

static void get_document(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct hash id;
	struct bytes entry, proof;
	struct record record;
	const char *language = http_query(q, "language");
	struct document d = {.record = &record,
	                     .language = language != NULL ? language : "en",
	                     .url = s->options.url};
	struct authority *a = document_check(&d, &e) ? reader_take(s->readers, &e) : NULL;
	bool ok = a != NULL && store_find(a->store, http_parameter(q, "id"), &id, &d.index, &e) &&
	          store_entry(a->store, d.index, q->arena, &entry, &e) &&
	          record_decode(q->arena, entry, &record, &e);
	if (a != NULL) {
		store_rollback(a->store); /* proving has a transaction of its own */
		ok = ok && authority_prove(a, q->arena, d.index, &proof, &e);
		reader_give(s->readers, a);
	}
	if (!ok || !answer(s, q, r, &d, proof, &e))
		http_problem(q, r, &e);
}

void document_routes(struct service *s)
{
	service_route(s, (struct http_route){HTTP_GET, "/v1/records/{id}/document", get_document,
	                                     NULL, 0, NULL});
}
