/* Records and leases: taken in, given out, proven. */
#include "parts.h"

#include "authority/access.h"
#include "base/rim.h"
#include "log/proof.h"
#include "log/receipt.h"
#include "record/cbor.h"
#include "words/words.h"

enum {
	SUBMISSION_MAX = 4 * RECORD_MAX,
	RETRY_SECONDS = 1,
	LEAF_IS_NEVER_CHANGED_SECONDS = 31536000
};

static const char cose[] = "application/cose",
                  submission[] = "application/vnd.proviso.submission+cbor";

bool wants(const struct http_request *q, const char *type)
{
	const char *accept = http_header(q, "Accept");
	return accept != NULL && strstr(accept, type) != NULL;
}

static struct job *job_new(struct service *s, struct http_request *q, const struct record *record,
                           bool is_renewal)
{
	struct job *job = arena_alloc(q->arena, sizeof *job);
	*job = (struct job){.is_renewal = is_renewal,
	                    .message = record->bytes,
	                    .service = s,
	                    .kid = record->cose.kid,
	                    .arena = q->arena,
	                    .exchange = q->exchange};
	return job;
}

/*
 * A key is counted for what it signed well, which is known only afterwards: nobody uses up
 * another's rate. So what comes is only looked at here, and counted when it is answered.
 */
static bool may_sign(struct service *s, struct http_request *q, struct http_response *r,
                     const struct hash *kid)
{
	if (rates_has(s->by_key, hash_bytes(kid), service_microseconds()))
		return true;
	service_too_often(q, r, "this key");
	return false;
}

static void count_key(struct job *job)
{
	bool unproven = job->err.rule != NULL && (strstr(job->err.rule, "signature") != NULL ||
	                                          strstr(job->err.rule, "unknown") != NULL);
	if (job->err.kind != ERR_ENVIRONMENT && !unproven)
		rates_take(job->service->by_key, hash_bytes(&job->kid), service_microseconds());
}

static void hand_over(struct service *s, struct http_request *q, struct http_response *r,
                      struct job *job, http_handler *then)
{
	http_later(q, r, then, job);
	if (writer_take(s->writer, job))
		return;
	r->is_later = false;
	http_again(q, r, 503, RETRY_SECONDS, "service.busy", "too many wait for the log already");
}

/* --- Submitting --------------------------------------------------------------------------------
 */

static void accepted(void *ctx, struct http_request *q, struct http_response *r)
{
	struct job *job = ctx;
	count_key(job);
	if (job->err.kind != ERR_NONE) {
		http_problem(q, r, &job->err);
		return;
	}
	const char *id = words_hex(q->arena, &job->accepted.id);
	http_json(q, r, job->accepted.was_there ? 200 : 201,
	          json_pack("{s:s,s:I,s:b}", "id", id, "seq", (json_int_t)job->accepted.index,
	                    "was-there", job->accepted.was_there));
	http_add_header(r, "Location", arena_printf(q->arena, "/v1/records/%s", id));
}

/* [record, [disclosure, ...]], or the record alone. */
static bool read_submission(struct http_request *q, struct bytes *record,
                            struct cbor_reader *disclosures, size_t *count, struct err *e)
{
	const char *type = http_header(q, "Content-Type");
	*count = 0;
	*record = q->body;
	if (type == NULL || strncmp(type, submission, sizeof submission - 1) != 0)
		return true;
	*disclosures = cbor_reader(q->body, e);
	if (cbor_read_array(disclosures) != 2 && !disclosures->bad)
		return err_input(e, "submission.form",
		                 "a submission is an array of a record and its disclosures");
	*record = cbor_read_bytes(disclosures);
	*count = cbor_read_array(disclosures);
	return !disclosures->bad;
}

/*
 * Confidential values are kept before the record is on the log, so that there is no hole
 * after a crash; and so that nobody fills the disk with them, only for a good signature by a
 * key that is registered. A rule may still refuse the record: what is kept then shows nothing.
 */
static bool keep(struct authority *a, struct http_request *q, struct record *record,
                 struct cbor_reader *disclosures, size_t count, struct err *e)
{
	struct state state = authority_state(a);
	struct key_info key;
	for (; count > 0 && !disclosures->bad; count--) {
		struct bytes disclosure = cbor_read_bytes(disclosures);
		if (!disclosures->bad && !record_disclose(q->arena, record, disclosure, e))
			return false;
	}
	if (!cbor_done(disclosures))
		return false;
	if (!query_key(&state, q->arena, &record->cose.kid, &key, e))
		return e->kind == ERR_REFUSED
		           ? err_refused(e, "record.unknown-signer",
		                         "the key that signed it is not registered here")
		           : false;
	if (!service_key_lives(&key, "record.key-ended", e))
		return false;
	if (!query_signed_by(&key, &record->cose, e))
		return e->kind == ERR_REFUSED &&
		       err_refused(e, "record.bad-signature",
		                   "the signature is not by the key of %s", key.holder);
	return authority_keep_disclosures(a, record, e);
}

static void submit(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct bytes bytes;
	struct record record;
	struct cbor_reader disclosures;
	size_t count;
	bool ok = read_submission(q, &bytes, &disclosures, &count, &e) &&
	          record_decode(q->arena, bytes, &record, &e);
	if (ok && count > 0) {
		struct authority *a = reader_take(s->readers, &e);
		ok = a != NULL && keep(a, q, &record, &disclosures, count, &e);
		if (a != NULL)
			reader_give(s->readers, a);
	}
	if (!ok)
		http_problem(q, r, &e);
	else if (may_sign(s, q, r, &record.cose.kid))
		hand_over(s, q, r, job_new(s, q, &record, false), accepted);
}

/* --- Leases -------------------------------------------------------------------------------------
 */

static void leased(void *ctx, struct http_request *q, struct http_response *r)
{
	struct job *job = ctx;
	count_key(job);
	if (job->err.kind != ERR_NONE)
		http_problem(q, r, &job->err);
	else
		http_bytes(r, 200, "application/octet-stream", job->reply);
}

static void renew(void *ctx, struct http_request *q, struct http_response *r)
{
	struct record record;
	struct err e = {0};
	if (!record_decode(q->arena, q->body, &record, &e))
		http_problem(q, r, &e);
	else if (may_sign(ctx, q, r, &record.cose.kid))
		hand_over(ctx, q, r, job_new(ctx, q, &record, true), leased);
}

/* --- Showing ------------------------------------------------------------------------------------
 */

/* What is on the log stays as it is; a prefix may become ambiguous. */
static void cache(struct http_request *q, struct http_response *r, const struct hash *id,
                  const char *form)
{
	bool whole = strlen(http_parameter(q, "id")) == (size_t)2 * HASH_SIZE;
	r->etag = arena_printf(q->arena, "\"%s-%s\"", words_short(q->arena, id), form);
	http_add_header(r, "Cache-Control",
	                whole ? arena_printf(q->arena, "public, max-age=%d, immutable",
	                                     LEAF_IS_NEVER_CHANGED_SECONDS)
	                      : "no-cache");
	http_add_header(r, "Vary", "Accept, Signature, Cookie");
}

/* Whether the values of a record are shown with it; each time that they are is logged. */
static bool may_read(struct service *s, struct authority *a, struct http_request *q,
                     const struct record *record, bool *out, struct err *e)
{
	struct key_info key, signer;
	struct state state = authority_state(a);
	*out = false;
	if (!service_is_person(s, q))
		return true;
	if (!service_person(s, a, q, &key, e))
		return false;
	if (!record_kind(record->kind)->is_signed)
		return true;
	if (!query_key(&state, q->arena, &record->cose.kid, &signer, e))
		return false;
	*out = access_allows(access_role(key.role), key.holder, record->kind, signer.holder);
	if (*out)
		service_log("disclosed",
		            json_pack("{s:s,s:s,s:s}", "record", words_hex(q->arena, &record->id),
		                      "to", key.holder, "key", words_hex(q->arena, &key.kid)));
	return true;
}

static bool show(struct service *s, struct authority *a, struct http_request *q,
                 struct http_response *r, struct err *e)
{
	const char *prefix = http_parameter(q, "id");
	struct words w = {.arena = q->arena, .authority = a, .now = rim_now(), .err = e};
	uint64_t index;
	struct record record;
	bool disclosed;
	if (!authority_find(a, q->arena, prefix, &record, &index, e) ||
	    !may_read(s, a, q, &record, &disclosed, e))
		return false;
	if (wants(q, cose)) {
		http_bytes(r, 200, cose, record.bytes);
		cache(q, r, &record.id, "cose");
		return true;
	}
	w.is_public = !disclosed;
	w.json = !wants(q, "text/plain");
	if (!words_show_record(&w, &record, index))
		return false;
	if (w.json)
		http_json(q, r, 200, w.value);
	else
		http_text(r, 200, "text/plain; charset=utf-8", buffer_cstr(&w.text));
	if (!service_is_person(s, q))
		cache(q, r, &record.id, w.json ? "json" : "text");
	else
		http_add_header(r, "Cache-Control", "private, no-store");
	return true;
}

static void get_record(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct authority *a = reader_take(s->readers, &e);
	bool ok = a != NULL && show(s, a, q, r, &e);
	if (a != NULL)
		reader_give(s->readers, a);
	if (!ok)
		http_problem(q, r, &e);
}

/*
 * The forms of a proof: ours, and what other tools take, which the authority's key signs.
 * The first is the one for those who name none.
 */
static const struct {
	const char *type;
	bool is_receipt, is_statement;
} proofs[] = {
    {"application/octet-stream", false, false},
    {"application/scitt-receipt+cose", true, false},
    {"application/scitt-statement+cose", false, true},
};

static bool prove(struct service *s, struct authority *a, struct http_request *q, uint64_t index,
                  struct bytes entry, size_t as, struct bytes *out, struct err *e)
{
	struct bytes proof;
	if (as == 0) {
		if (!authority_prove(a, q->arena, index, &proof, e))
			return false;
		*out = reply_format(q->arena, entry, proof);
		return true;
	}
	pthread_mutex_lock(&s->signing);
	bool ok = authority_receipt(&s->signer, q->arena, index, &proof, e);
	pthread_mutex_unlock(&s->signing);
	*out = proof;
	return ok && (proofs[as].is_receipt || statement_join(q->arena, entry, proof, out, e));
}

/* The record and its proof under the checkpoint published now. */
static void get_receipt(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct hash id;
	uint64_t index;
	struct bytes entry, out;
	size_t as = 0;
	for (size_t i = 1; i < sizeof proofs / sizeof *proofs; i++)
		as = wants(q, proofs[i].type) ? i : as;
	struct authority *a = reader_take(s->readers, &e);
	bool ok = a != NULL && store_find(a->store, http_parameter(q, "id"), &id, &index, &e) &&
	          store_entry(a->store, index, q->arena, &entry, &e);
	if (a != NULL) {
		store_rollback(a->store); /* proving has a transaction of its own */
		ok = ok && prove(s, a, q, index, entry, as, &out, &e);
		reader_give(s->readers, a);
	}
	if (!ok) {
		http_problem(q, r, &e);
		return;
	}
	http_bytes(r, 200, proofs[as].type, out);
	http_add_header(r, "Cache-Control", "no-cache");
	http_add_header(r, "Vary", "Accept");
	struct hash digest = sha256(r->body);
	r->etag = arena_printf(q->arena, "\"%.32s\"", words_hex(q->arena, &digest));
}

/* --- Lists --------------------------------------------------------------------------------------
 */

struct listing {
	struct arena *arena;
	json_t *items;
	uint64_t next;
};

static bool list_one(void *ctx, uint64_t index, struct bytes entry)
{
	struct listing *l = ctx;
	struct record record;
	struct err ignored = {0};
	owned_arena arena = {0};
	l->next = index + 1;
	if (!record_decode(&arena, entry, &record, &ignored))
		return true;
	json_array_append_new(
	    l->items, json_pack("{s:s,s:I,s:s,s:s*,s:s}", "id", words_hex(&arena, &record.id),
	                        "seq", (json_int_t)index, "kind", record_kind(record.kind)->name,
	                        "signed-by", record.claims.issuer, "issued-at",
	                        words_time(&arena, record.claims.issued_at)));
	return true;
}

/* By place on the log; `after` is the last place seen. */
static bool list(struct authority *a, struct http_request *q, struct http_response *r,
                 struct err *e)
{
	struct http_page page;
	uint64_t from = 0, size = store_size(a->store);
	if (!http_page(q, &page, e))
		return false;
	if (page.after != NULL && !decimal_parse(bytes_text(page.after), &from))
		return err_input(e, "http.page", "after is the place of a record on the log");
	from += page.after != NULL;
	struct listing l = {.arena = q->arena, .items = json_array(), .next = from};
	uint64_t to = from > size || size - from < page.limit ? size : from + page.limit;
	if (from < to && !store_entries(a->store, from, to, list_one, &l, e)) {
		json_decref(l.items);
		return false;
	}
	http_json_page(q, r, l.items,
	               to < size && from < size
	                   ? arena_printf(q->arena, "%llu", (unsigned long long)to - 1)
	                   : NULL);
	return true;
}

static void list_records(void *ctx, struct http_request *q, struct http_response *r)
{
	service_read(ctx, q, r, list);
}

void records_routes(struct service *s)
{
	service_route(
	    s, (struct http_route){HTTP_POST, "/v1/records", submit, NULL, SUBMISSION_MAX,
	                           "application/cose application/vnd.proviso.submission+cbor"});
	service_route(s, (struct http_route){HTTP_GET, "/v1/records", list_records, NULL, 0, NULL});
	service_route(s,
	              (struct http_route){HTTP_GET, "/v1/records/{id}", get_record, NULL, 0, NULL});
	service_route(s, (struct http_route){HTTP_GET, "/v1/records/{id}/receipt", get_receipt,
	                                     NULL, 0, NULL});
	service_route(s, (struct http_route){HTTP_POST, "/v1/leases", renew, NULL, RECORD_MAX,
	                                     "application/cose application/octet-stream"});
}
