/*
 * bytes: borrowed slices, a cursor to read them with, a buffer to build them in,
 * and their text forms (hexadecimal, base64).
 */
#ifndef PROVISO_BASE_BYTES_H
#define PROVISO_BASE_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "arena.h"

/* Borrowed: whoever made the bytes owns them. An empty slice may have at == NULL. */
struct bytes {
	const uint8_t *at;
	size_t len;
};

static inline struct bytes bytes_of(const void *at, size_t len)
{
	return (struct bytes){at, len};
}

static inline struct bytes bytes_text(const char *text)
{
	return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Bytewise order, a prefix first: <0, 0, >0. */
int bytes_compare(struct bytes a, struct bytes b);

struct bytes bytes_copy(struct arena *, struct bytes);

/* True when the bytes are well formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool bytes_are_utf8(struct bytes);

/*
 * A cursor over bytes from outside. It can't run past the end; a read that does
 * sets `bad` once and for all and gives zeros or empty slices, so that a parser
 * reads like its format and checks once.
 */
struct reader {
	struct bytes all;
	size_t offset;
	bool bad;
};

static inline struct reader reader_of(struct bytes all)
{
	return (struct reader){.all = all};
}

static inline size_t reader_left(const struct reader *r)
{
	return r->all.len - r->offset;
}

uint8_t read_u8(struct reader *);
uint16_t read_u16be(struct reader *);
uint32_t read_u32be(struct reader *);
struct bytes read_bytes(struct reader *, size_t len);

static inline uint64_t read_u64be(struct reader *r)
{
	uint64_t value;
	if (r->bad || reader_left(r) < sizeof value) {
		r->bad = true;
		return 0;
	}
	memcpy(&value, r->all.at + r->offset, sizeof value);
	r->offset += sizeof value;
	return be64toh(value);
}

/* Reads up to and over the next LF; the line is given without it. No LF left: bad. */
struct bytes read_line(struct reader *);

/* A buffer that grows in an arena. {.arena = a} is an empty one. */
struct buffer {
	struct arena *arena;
	uint8_t *at;
	size_t len, room;
};

void buffer_bytes(struct buffer *, struct bytes);
void buffer_u8(struct buffer *, uint8_t);
void buffer_u16be(struct buffer *, uint16_t);
void buffer_u32be(struct buffer *, uint32_t);
void buffer_text(struct buffer *, const char *);
void buffer_base64(struct buffer *, struct bytes); /* as base64_encode */
void buffer_printf(struct buffer *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Room for so many bytes more, so that they are written without growing. */
void buffer_reserve(struct buffer *, size_t more);

static inline void buffer_u64be(struct buffer *b, uint64_t value)
{
	value = htobe64(value);
	if (b->room - b->len < sizeof value) {
		buffer_bytes(b, bytes_of(&value, sizeof value));
		return;
	}
	memcpy(b->at + b->len, &value, sizeof value);
	b->len += sizeof value;
}

static inline struct bytes buffer_view(const struct buffer *b)
{
	return (struct bytes){b->at, b->len};
}

/* The text so far, NUL-terminated, in the arena. */
const char *buffer_cstr(struct buffer *);

/* Lower-case hexadecimal, NUL-terminated. */
char *hex_encode(struct arena *, struct bytes);

/* Hexadecimal of an even number of digits, either case; false when it is anything else. */
bool hex_decode(struct arena *, const char *text, struct bytes *out);

/* RFC 4648 section 4, with padding, no line ends; NUL-terminated. */
char *base64_encode(struct arena *, struct bytes);

/* Strict: padding required, no white space, no stray trailing bits; false otherwise. */
bool base64_decode(struct arena *, struct bytes text, struct bytes *out);

/* RFC 4648 section 5, without padding, as JOSE and WebAuthn have it; as strict. */
char *base64url_encode(struct arena *, struct bytes);
bool base64url_decode(struct arena *, struct bytes text, struct bytes *out);

/*
 * A decimal number without sign or leading zeros, below 2^63 (the form of sizes and
 * times in the C2SP formats); false when it is anything else.
 */
bool decimal_parse(struct bytes text, uint64_t *out);

#endif
