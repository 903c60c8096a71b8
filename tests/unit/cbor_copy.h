/* Reads any item and writes it again: what was accepted has one encoding. */
#ifndef PROVISO_TEST_CBOR_COPY_H
#define PROVISO_TEST_CBOR_COPY_H

#include "record/cbor.h"

static void cbor_copy_integer(struct cbor_reader *r, struct buffer *b)
{
	struct bytes rest = bytes_of(r->all.at + r->offset, r->all.len - r->offset);
	/* A negative integer below INT64_MIN has no C type: it is copied as it stands. */
	if (rest.at[0] == 0x3B && rest.len > 1 && rest.at[1] >= 0x80)
		buffer_bytes(b, cbor_read_item(r));
	else if (cbor_peek(r) == CBOR_UINT)
		cbor_uint(b, cbor_read_uint(r));
	else
		cbor_int(b, cbor_read_int(r));
}

static void cbor_copy(struct cbor_reader *r, struct buffer *b)
{
	size_t count = 0;
	switch (cbor_peek(r)) {
	case CBOR_UINT:
	case CBOR_NEGATIVE:
		cbor_copy_integer(r, b);
		return;
	case CBOR_BYTES:
		cbor_bytes(b, cbor_read_bytes(r));
		return;
	case CBOR_TEXT:
		cbor_text_bytes(b, cbor_read_text(r));
		return;
	case CBOR_BOOL:
		cbor_bool(b, cbor_read_bool(r));
		return;
	case CBOR_NULL:
		cbor_read_null(r);
		cbor_null(b);
		return;
	case CBOR_ARRAY:
		count = cbor_read_array(r);
		cbor_array(b, count);
		break;
	case CBOR_MAP:
		count = cbor_read_map(r);
		cbor_map(b, count);
		count *= 2;
		break;
	case CBOR_TAG:
	case CBOR_NOTHING:
		cbor_read_item(r); /* which refuses it */
	}
	for (size_t i = 0; i < count && !r->bad; i++)
		cbor_copy(r, b);
}

/* True when the bytes are accepted, with what the copy gave; false when they are refused. */
static bool cbor_copied(struct bytes in, struct buffer *out, struct err *e)
{
	struct cbor_reader r = cbor_reader(in, e);
	cbor_copy(&r, out);
	return cbor_done(&r);
}

#endif
