#include "wire.h"

#include <assert.h>

#include "fields.h"

/* --- Requests ----------------------------------------------------------------------------- */

static void put_text(struct buffer *b, const char *text)
{
	if (text == NULL)
		cbor_null(b);
	else
		cbor_text(b, text);
}

static void put_use(struct buffer *b, const struct wire_request *q)
{
	const struct proviso_use_text *use = &q->use;
	cbor_array(b, q->operation == WIRE_ASK ? 7 : 6);
	put_text(b, use->capability);
	put_text(b, use->purpose);
	put_text(b, use->territory);
	put_text(b, use->subject);
	/* Of a warrant every byte counts, whatever text it is meant to be. */
	if (use->warrant == NULL)
		cbor_null(b);
	else
		cbor_bytes(b, bytes_text(use->warrant));
	cbor_array(b, use->with_count);
	for (size_t i = 0; i < use->with_count; i++)
		put_text(b, use->with[i]);
	if (q->operation != WIRE_ASK)
		return;
	if (q->has_at)
		cbor_int(b, q->at);
	else
		cbor_null(b);
}

void wire_request_write(struct buffer *b, const struct wire_request *q)
{
	cbor_array(b, 4);
	cbor_uint(b, WIRE_VERSION);
	cbor_uint(b, q->id);
	cbor_uint(b, q->operation);
	switch (q->operation) {
	case WIRE_DECIDE:
	case WIRE_ASK:
		put_use(b, q);
		return;
	case WIRE_LABEL:
		cbor_text(b, q->label);
		return;
	case WIRE_LEASE:
	case WIRE_RENEWAL:
	case WIRE_REQUEST:
		cbor_uint(b, q->authority);
		return;
	case WIRE_ACCEPT:
		cbor_bytes(b, q->reply);
		return;
	case WIRE_STATUS:
	case WIRE_SCOPE:
	case WIRE_SYNC:
		cbor_null(b);
		return;
	}
}

/* A copy that ends as C's strings do; a text that holds a NUL is none. */
static const char *take_string(struct cbor_reader *r, struct wire_request *q, struct bytes text)
{
	if (r->bad)
		return NULL;
	if (text.len > WIRE_TEXT_MAX || (text.len > 0 && memchr(text.at, 0, text.len) != NULL)) {
		cbor_fail(r, "wire.malformed", "a text has at most %d bytes, and no zeros",
		          WIRE_TEXT_MAX);
		return NULL;
	}
	assert(q->used + text.len < sizeof q->room);
	char *to = q->room + q->used;
	if (text.len > 0)
		memcpy(to, text.at, text.len);
	to[text.len] = 0;
	q->used += text.len + 1;
	return to;
}

static const char *take_text(struct cbor_reader *r, struct wire_request *q)
{
	if (cbor_peek(r) == CBOR_NULL) {
		cbor_read_null(r);
		return NULL;
	}
	return take_string(r, q, cbor_read_text(r));
}

static void take_use(struct cbor_reader *r, struct wire_request *q)
{
	size_t fields = q->operation == WIRE_ASK ? 7 : 6, count = cbor_read_array(r);
	if (!r->bad && count != fields) {
		cbor_fail(r, "wire.malformed", "a use has %zu fields here, not %zu", fields, count);
		return;
	}
	q->use.capability = take_text(r, q);
	q->use.purpose = take_text(r, q);
	q->use.territory = take_text(r, q);
	q->use.subject = take_text(r, q);
	if (cbor_peek(r) == CBOR_NULL)
		cbor_read_null(r);
	else
		q->use.warrant = take_string(r, q, cbor_read_bytes(r));
	q->use.with = q->with;
	q->use.with_count = cbor_read_array(r);
	if (!r->bad && q->use.with_count > PROVISO_WITH_MAX)
		cbor_fail(r, "wire.malformed", "a use names at most %d obligations",
		          PROVISO_WITH_MAX);
	for (size_t i = 0; !r->bad && i < q->use.with_count; i++)
		q->with[i] = take_text(r, q);
	if (q->operation != WIRE_ASK)
		return;
	q->has_at = cbor_peek(r) != CBOR_NULL;
	if (q->has_at)
		q->at = cbor_read_int(r);
	else
		cbor_read_null(r);
}

/* The four items of a message, of which the first two are read. */
static void take_head(struct cbor_reader *r, uint64_t *id)
{
	size_t count = cbor_read_array(r);
	if (!r->bad && count != 4)
		cbor_fail(r, "wire.malformed", "a message has 4 items, not %zu", count);
	uint64_t version = cbor_read_uint(r);
	if (!r->bad && version != WIRE_VERSION)
		cbor_fail(r, "wire.malformed", "version %llu is not spoken here",
		          (unsigned long long)version);
	*id = cbor_read_uint(r);
}

static void take_content(struct cbor_reader *r, struct wire_request *q, uint64_t operation)
{
	switch (operation) {
	case WIRE_DECIDE:
	case WIRE_ASK:
		take_use(r, q);
		return;
	case WIRE_LABEL:
		q->label = take_string(r, q, cbor_read_text(r));
		return;
	case WIRE_LEASE:
	case WIRE_RENEWAL:
	case WIRE_REQUEST:
		q->authority = cbor_read_uint(r);
		return;
	case WIRE_ACCEPT:
		q->reply = cbor_read_bytes(r);
		return;
	case WIRE_STATUS:
	case WIRE_SCOPE:
	case WIRE_SYNC:
		cbor_read_null(r);
		return;
	default:
		cbor_fail(r, "wire.malformed", "there is no operation %llu",
		          (unsigned long long)operation);
	}
}

bool wire_request_read(struct bytes message, struct wire_request *q, struct err *e)
{
	struct cbor_reader r = cbor_reader(message, e);
	q->id = q->authority = q->used = 0;
	q->use = (struct proviso_use_text){0};
	q->has_at = false;
	q->at = 0;
	q->label = NULL;
	q->reply = (struct bytes){0};
	take_head(&r, &q->id);
	uint64_t operation = cbor_read_uint(&r);
	q->operation = (enum wire_operation)operation;
	if (!r.bad)
		take_content(&r, q, operation);
	return cbor_done(&r);
}

/* --- Replies ------------------------------------------------------------------------------ */

/* The table of what an operation gives; NULL where it is no struct. */
static const struct wire_table *table_of(enum wire_operation operation)
{
	switch (operation) {
	case WIRE_DECIDE:
	case WIRE_ASK:
		return &wire_answer;
	case WIRE_STATUS:
		return &wire_status;
	case WIRE_LEASE:
		return &wire_lease;
	case WIRE_RENEWAL:
		return &wire_renewal;
	case WIRE_LABEL:
	case WIRE_SCOPE:
	case WIRE_REQUEST:
	case WIRE_ACCEPT:
	case WIRE_SYNC:
		break;
	}
	return NULL;
}

void wire_reply_write(struct buffer *b, enum wire_operation operation, const struct wire_reply *p)
{
	const struct wire_table *table = table_of(operation);
	cbor_array(b, 4);
	cbor_uint(b, WIRE_VERSION);
	cbor_uint(b, p->id);
	if (p->error.kind == PROVISO_OK)
		cbor_null(b);
	else
		wire_put(b, &wire_error, &p->error);
	if (!p->has_result)
		cbor_null(b);
	else if (table != NULL)
		wire_put(b, table, &p->answer);
	else if (operation == WIRE_LABEL)
		cbor_uint(b, p->label);
	else
		cbor_bytes(b, p->bytes);
}

static void take_result(struct cbor_reader *r, enum wire_operation operation, struct wire_reply *p)
{
	const struct wire_table *table = table_of(operation);
	if (table != NULL) {
		wire_take(r, table, &p->answer);
	} else if (operation == WIRE_LABEL) {
		uint64_t number = cbor_read_uint(r);
		if (!r->bad && (number == 0 || number > PROVISO_LABELS_MAX))
			cbor_fail(r, "wire.malformed", "%llu is no number of a label",
			          (unsigned long long)number);
		p->label = (uint32_t)number;
	} else if (operation == WIRE_SCOPE || operation == WIRE_REQUEST) {
		p->bytes = cbor_read_bytes(r);
	} else {
		cbor_fail(r, "wire.malformed", "a result where none belongs");
	}
}

/* What says yes must have been judged and, when it is to be done, recorded. */
static bool answer_holds(enum wire_operation operation, const struct proviso_answer *a)
{
	bool yes = a->code == PROVISO_ALLOWED;
	if (a->would_be_allowed != yes)
		return false;
	return operation == WIRE_DECIDE ? a->allowed == yes && (!yes || a->position > 0)
	                                : !a->allowed && a->position == 0;
}

bool wire_reply_read(struct bytes message, enum wire_operation operation, struct wire_reply *p,
                     struct err *e)
{
	struct cbor_reader r = cbor_reader(message, e);
	p->error = (struct proviso_error){0};
	p->has_result = false;
	take_head(&r, &p->id);
	if (cbor_peek(&r) == CBOR_NULL)
		cbor_read_null(&r);
	else
		wire_take(&r, &wire_error, &p->error);
	if (cbor_peek(&r) == CBOR_NULL) {
		cbor_read_null(&r);
	} else {
		take_result(&r, operation, p);
		p->has_result = !r.bad;
	}
	if (!cbor_done(&r))
		return false;
	if (p->has_result && (operation == WIRE_DECIDE || operation == WIRE_ASK) &&
	    (!answer_holds(operation, &p->answer) ||
	     (p->error.kind != PROVISO_OK && p->answer.would_be_allowed)))
		return err_input(e, "wire.malformed", "an answer that contradicts itself");
	return true;
}
