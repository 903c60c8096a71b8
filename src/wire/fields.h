/*
 * fields: the public structs as CBOR arrays, by one table each that writes and reads them.
 */
#ifndef PROVISO_WIRE_FIELDS_H
#define PROVISO_WIRE_FIELDS_H

#include "record/cbor.h"
#include "wire.h"

enum wire_type {
	WIRE_CHARS, /* text in an array of chars; what is not UTF-8 at its end is cut */
	WIRE_U64,
	WIRE_I64,
	WIRE_COUNT, /* size_t */
	WIRE_BOOL,
	WIRE_CODE, /* enum proviso_code, one that has a name */
	WIRE_KIND, /* enum proviso_error_kind */
	WIRE_ROOT, /* 32 bytes */
};

struct wire_field {
	enum wire_type type;
	size_t offset, size;
};

struct wire_table {
	const struct wire_field *fields;
	size_t count;
};

extern const struct wire_table wire_error, wire_answer, wire_status, wire_lease, wire_renewal;

void wire_put(struct buffer *, const struct wire_table *, const void *from);
/* Makes the reader bad where something does not fit. */
void wire_take(struct cbor_reader *, const struct wire_table *, void *to);

#endif
