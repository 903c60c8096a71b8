#include "fields.h"

#define FIELD(type, of, name)                                                                      \
	{                                                                                          \
		type, offsetof(struct of, name), sizeof(((struct of *)0)->name)                    \
	}
#define TABLE(fields)                                                                              \
	{                                                                                          \
		fields, sizeof fields / sizeof *fields                                             \
	}

static const struct wire_field error_fields[] = {
    FIELD(WIRE_KIND, proviso_error, kind),
    FIELD(WIRE_CHARS, proviso_error, code),
    FIELD(WIRE_CHARS, proviso_error, text),
};

static const struct wire_field answer_fields[] = {
    FIELD(WIRE_BOOL, proviso_answer, allowed), FIELD(WIRE_BOOL, proviso_answer, would_be_allowed),
    FIELD(WIRE_CODE, proviso_answer, code),    FIELD(WIRE_I64, proviso_answer, time),
    FIELD(WIRE_U64, proviso_answer, position), FIELD(WIRE_CHARS, proviso_answer, words),
};

static const struct wire_field status_fields[] = {
    FIELD(WIRE_CHARS, proviso_status, serial),  FIELD(WIRE_COUNT, proviso_status, authority_count),
    FIELD(WIRE_CODE, proviso_status, code),     FIELD(WIRE_I64, proviso_status, remaining_seconds),
    FIELD(WIRE_I64, proviso_status, time),      FIELD(WIRE_U64, proviso_status, allowed),
    FIELD(WIRE_U64, proviso_status, refused),   FIELD(WIRE_U64, proviso_status, uses_today),
    FIELD(WIRE_U64, proviso_status, subjects),  FIELD(WIRE_U64, proviso_status, leaves),
    FIELD(WIRE_ROOT, proviso_status, root),     FIELD(WIRE_U64, proviso_status, waiting_bytes),
    FIELD(WIRE_U64, proviso_status, cut_bytes), FIELD(WIRE_BOOL, proviso_status, durable),
};

static const struct wire_field lease_fields[] = {
    FIELD(WIRE_CHARS, proviso_lease_status, authority),
    FIELD(WIRE_CODE, proviso_lease_status, code),
    FIELD(WIRE_BOOL, proviso_lease_status, known),
    FIELD(WIRE_CHARS, proviso_lease_status, system),
    FIELD(WIRE_CHARS, proviso_lease_status, lease),
    FIELD(WIRE_U64, proviso_lease_status, sequence),
    FIELD(WIRE_I64, proviso_lease_status, granted),
    FIELD(WIRE_U64, proviso_lease_status, ttl_seconds),
    FIELD(WIRE_I64, proviso_lease_status, remaining_seconds),
    FIELD(WIRE_U64, proviso_lease_status, log_size),
    FIELD(WIRE_U64, proviso_lease_status, counter),
    FIELD(WIRE_BOOL, proviso_lease_status, pending),
    FIELD(WIRE_U64, proviso_lease_status, acknowledged),
    FIELD(WIRE_CHARS, proviso_lease_status, refusal_code),
    FIELD(WIRE_CHARS, proviso_lease_status, refusal_reason),
};

static const struct wire_field renewal_fields[] = {
    FIELD(WIRE_BOOL, proviso_renewal_status, reachable),
    FIELD(WIRE_BOOL, proviso_renewal_status, watching),
    FIELD(WIRE_U64, proviso_renewal_status, failures),
    FIELD(WIRE_I64, proviso_renewal_status, failing_since),
    FIELD(WIRE_I64, proviso_renewal_status, next_seconds),
    FIELD(WIRE_CHARS, proviso_renewal_status, why),
};

const struct wire_table wire_error = TABLE(error_fields), wire_answer = TABLE(answer_fields),
                        wire_status = TABLE(status_fields), wire_lease = TABLE(lease_fields),
                        wire_renewal = TABLE(renewal_fields);

/* A sentence cut to its room may end in the middle of a character. */
static struct bytes as_utf8(const char *at, size_t room)
{
	struct bytes text = bytes_of(at, strnlen(at, room));
	while (!bytes_are_utf8(text))
		text.len--;
	return text;
}

static void put_one(struct buffer *b, const struct wire_field *f, const void *at)
{
	switch (f->type) {
	case WIRE_CHARS:
		cbor_text_bytes(b, as_utf8(at, f->size));
		return;
	case WIRE_U64:
		cbor_uint(b, *(const uint64_t *)at);
		return;
	case WIRE_I64:
		cbor_int(b, *(const int64_t *)at);
		return;
	case WIRE_COUNT:
		cbor_uint(b, *(const size_t *)at);
		return;
	case WIRE_BOOL:
		cbor_bool(b, *(const bool *)at);
		return;
	case WIRE_CODE:
		cbor_uint(b, *(const enum proviso_code *)at);
		return;
	case WIRE_KIND:
		cbor_uint(b, *(const enum proviso_error_kind *)at);
		return;
	case WIRE_ROOT:
		cbor_bytes(b, bytes_of(at, f->size));
		return;
	}
}

static void take_chars(struct cbor_reader *r, const struct wire_field *f, char *to)
{
	struct bytes text = cbor_read_text(r);
	if (r->bad)
		return;
	if (text.len >= f->size || memchr(text.at, 0, text.len) != NULL) {
		cbor_fail(r, "wire.malformed", "a text of %zu bytes has no room in %zu", text.len,
		          f->size);
		return;
	}
	memcpy(to, text.at, text.len);
	to[text.len] = 0;
}

static void take_number(struct cbor_reader *r, const struct wire_field *f, void *to)
{
	uint64_t number = cbor_read_uint(r);
	if (r->bad)
		return;
	if (f->type == WIRE_CODE &&
	    (number > 255 || proviso_code_name((enum proviso_code)number) == NULL))
		cbor_fail(r, "wire.malformed", "%llu is no code", (unsigned long long)number);
	else if (f->type == WIRE_CODE)
		*(enum proviso_code *)to = (enum proviso_code)number;
	else if (f->type == WIRE_KIND && (number == PROVISO_OK || number > PROVISO_ENVIRONMENT))
		cbor_fail(r, "wire.malformed", "%llu is no kind of error",
		          (unsigned long long)number);
	else if (f->type == WIRE_KIND)
		*(enum proviso_error_kind *)to = (enum proviso_error_kind)number;
	else if (f->type == WIRE_COUNT)
		*(size_t *)to = (size_t)number;
	else
		*(uint64_t *)to = number;
}

static void take_one(struct cbor_reader *r, const struct wire_field *f, void *to)
{
	struct bytes root;
	switch (f->type) {
	case WIRE_CHARS:
		take_chars(r, f, to);
		return;
	case WIRE_I64:
		*(int64_t *)to = cbor_read_int(r);
		return;
	case WIRE_BOOL:
		*(bool *)to = cbor_read_bool(r);
		return;
	case WIRE_ROOT:
		root = cbor_read_bytes(r);
		if (!r->bad && root.len != f->size)
			cbor_fail(r, "wire.malformed", "a root has %zu bytes", f->size);
		else if (!r->bad)
			memcpy(to, root.at, f->size);
		return;
	case WIRE_U64:
	case WIRE_COUNT:
	case WIRE_CODE:
	case WIRE_KIND:
		take_number(r, f, to);
		return;
	}
}

void wire_put(struct buffer *b, const struct wire_table *table, const void *from)
{
	cbor_array(b, table->count);
	for (size_t i = 0; i < table->count; i++)
		put_one(b, &table->fields[i], (const char *)from + table->fields[i].offset);
}

void wire_take(struct cbor_reader *r, const struct wire_table *table, void *to)
{
	size_t count = cbor_read_array(r);
	if (!r->bad && count != table->count)
		cbor_fail(r, "wire.malformed", "%zu fields where %zu belong", count, table->count);
	for (size_t i = 0; i < table->count && !r->bad; i++)
		take_one(r, &table->fields[i], (char *)to + table->fields[i].offset);
}
