/*
 * cbor: deterministic CBOR (RFC 8949 section 4.2.1), and nothing else.
 *
 * A strict pull reader over the bytes and a writer; no allocation but the writer's
 * buffer. The reader refuses where it stands, by name and offset: heads that are not
 * shortest, indefinite lengths, keys out of bytewise order or twice, floats, undefined
 * and simple values other than false, true and null, tags that were not asked for,
 * keys that are neither integers nor texts, text that is not UTF-8, nesting beyond
 * CBOR_DEPTH, lengths beyond the input, bytes left over. So an accepted value has one
 * encoding: the one that was read.
 */
#ifndef PROVISO_RECORD_CBOR_H
#define PROVISO_RECORD_CBOR_H

#include "base/bytes.h"
#include "base/err.h"

enum { CBOR_DEPTH = 16 };

enum cbor_type {
	CBOR_UINT,
	CBOR_NEGATIVE,
	CBOR_BYTES,
	CBOR_TEXT,
	CBOR_ARRAY,
	CBOR_MAP,
	CBOR_TAG,
	CBOR_BOOL,
	CBOR_NULL,
	CBOR_NOTHING, /* the end of the input, or a reader gone bad */
};

/*
 * Goes bad once and for all; *err then has the first fault: cbor.truncated,
 * cbor.not-shortest, cbor.indefinite, cbor.key-order, cbor.key-twice, cbor.float,
 * cbor.simple, cbor.tag, cbor.utf8, cbor.depth, cbor.trailing, cbor.type, cbor.range.
 */
struct cbor_reader {
	struct bytes all;
	size_t offset;
	size_t item; /* where the item read last begins: the place that a fault names */
	bool bad;
	bool at_key; /* the next item is a key of a map */
	unsigned depth;
	struct err *err;
	void *context; /* the caller's own; NULL at first */
	struct cbor_level {
		bool is_map;
		uint64_t left; /* items still to come; of a map: pairs */
		struct bytes last_key;
	} levels[CBOR_DEPTH];
};

struct cbor_reader cbor_reader(struct bytes, struct err *);

/* What comes next, without reading it. A head that is refused makes the reader bad. */
enum cbor_type cbor_peek(struct cbor_reader *);

/* An unsigned integer below 24 comes next, as most keys are: cbor_peek() in one look. */
static inline bool cbor_is_small(const struct cbor_reader *r)
{
	return !r->bad && r->offset < r->all.len && r->all.at[r->offset] < 24;
}

/* Each reads one item of that type; anything else makes the reader bad (cbor.type). */
uint64_t cbor_read_uint(struct cbor_reader *);
int64_t cbor_read_int(struct cbor_reader *); /* CBOR_UINT or CBOR_NEGATIVE within int64 */
struct bytes cbor_read_bytes(struct cbor_reader *);
struct bytes cbor_read_text(struct cbor_reader *);
bool cbor_read_bool(struct cbor_reader *);
void cbor_read_null(struct cbor_reader *);
void cbor_read_tag(struct cbor_reader *, uint64_t want);

/*
 * Enter an array or a map; give the number of items or pairs, which is never more than
 * the bytes left. The items follow by the calls above; the level ends by itself with its
 * last item. In a map read key, value, key, value: the reader checks the keys' order.
 */
size_t cbor_read_array(struct cbor_reader *);
size_t cbor_read_map(struct cbor_reader *);

/* Reads over one item whole, checking all of it; gives its bytes. Refuses tags. */
struct bytes cbor_read_item(struct cbor_reader *);

/* True when nothing is left and nothing was bad. Call at the end. */
bool cbor_done(struct cbor_reader *);

/* Marks the reader bad with a fault of the caller's; false. */
bool cbor_fail(struct cbor_reader *, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* True when the bytes are one item in deterministic form with nothing behind it. */
bool cbor_check(struct bytes, struct err *);

/* Diagnostic notation (RFC 8949 section 8) of a valid item, with or without tags; else NULL. */
const char *cbor_diagnostic(struct arena *, struct bytes);

/*
 * The writer appends to a buffer. Map keys are the caller's to order; debug is cheap: an
 * encoder ends with assert(cbor_check(...)).
 */
void cbor_uint(struct buffer *, uint64_t);
void cbor_int(struct buffer *, int64_t);
void cbor_bytes(struct buffer *, struct bytes);
void cbor_text(struct buffer *, const char *);
void cbor_text_bytes(struct buffer *, struct bytes);
void cbor_text_head(struct buffer *, size_t len); /* the caller puts the text behind it */
void cbor_array(struct buffer *, size_t count);
void cbor_map(struct buffer *, size_t pairs);
void cbor_tag(struct buffer *, uint64_t);
void cbor_bool(struct buffer *, bool);
void cbor_null(struct buffer *);

#endif
