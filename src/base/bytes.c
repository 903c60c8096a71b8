#include "bytes.h"

#include <assert.h>
#include <endian.h>
#include <stdarg.h>
#include <stdio.h>

int bytes_compare(struct bytes a, struct bytes b)
{
	size_t shared = a.len < b.len ? a.len : b.len;
	int order = shared == 0 ? 0 : memcmp(a.at, b.at, shared);
	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

struct bytes bytes_copy(struct arena *arena, struct bytes b)
{
	return bytes_of(arena_copy(arena, b.at, b.len), b.len);
}

/* RFC 3629 section 4, the UTF8-octets grammar. */
bool bytes_are_utf8(struct bytes b)
{
	for (size_t i = 0; i < b.len;) {
		uint8_t lead = b.at[i++];
		if (lead < 0x80)
			continue;
		size_t more;
		uint8_t low = 0x80, high = 0xBF; /* what the second octet may be */
		if (lead >= 0xC2 && lead <= 0xDF) {
			more = 1;
		} else if (lead >= 0xE0 && lead <= 0xEF) {
			more = 2;
			if (lead == 0xE0)
				low = 0xA0;
			if (lead == 0xED)
				high = 0x9F;
		} else if (lead >= 0xF0 && lead <= 0xF4) {
			more = 3;
			if (lead == 0xF0)
				low = 0x90;
			if (lead == 0xF4)
				high = 0x8F;
		} else {
			return false;
		}
		if (b.len - i < more)
			return false;
		for (; more > 0; more--, i++, low = 0x80, high = 0xBF)
			if (b.at[i] < low || b.at[i] > high)
				return false;
	}
	return true;
}

static bool can_read(struct reader *r, size_t len)
{
	if (r->bad || reader_left(r) < len) {
		r->bad = true;
		return false;
	}
	return true;
}

static inline uint64_t read_be(struct reader *r, size_t width)
{
	if (!can_read(r, width))
		return 0;
	uint64_t value = 0;
	memcpy((uint8_t *)&value + sizeof value - width, r->all.at + r->offset, width);
	r->offset += width;
	return be64toh(value);
}

uint8_t read_u8(struct reader *r)
{
	return (uint8_t)read_be(r, 1);
}

uint16_t read_u16be(struct reader *r)
{
	return (uint16_t)read_be(r, 2);
}

uint32_t read_u32be(struct reader *r)
{
	return (uint32_t)read_be(r, 4);
}

struct bytes read_bytes(struct reader *r, size_t len)
{
	if (!can_read(r, len))
		return (struct bytes){0};
	/* Nothing has no address to add to. */
	struct bytes out = bytes_of(r->all.at == NULL ? NULL : r->all.at + r->offset, len);
	r->offset += len;
	return out;
}

struct bytes read_line(struct reader *r)
{
	if (!can_read(r, 1))
		return (struct bytes){0};
	const uint8_t *from = r->all.at + r->offset;
	const uint8_t *end = memchr(from, '\n', reader_left(r));
	if (end == NULL) {
		r->bad = true;
		return (struct bytes){0};
	}
	size_t len = (size_t)(end - from);
	r->offset += len + 1;
	return bytes_of(from, len);
}

static uint8_t *grow(struct buffer *b, size_t more)
{
	assert(b->arena != NULL);
	assert(more <= SIZE_MAX / 4 && b->len <= SIZE_MAX / 4);
	if (b->at == NULL || b->room - b->len < more) {
		size_t room = b->room == 0 ? 64 : b->room * 2;
		if (room < b->len + more)
			room = b->len + more;
		uint8_t *at = arena_alloc(b->arena, room);
		if (b->at != NULL)
			memcpy(at, b->at, b->len);
		b->at = at;
		b->room = room;
	}
	uint8_t *end = b->at == NULL ? NULL : b->at + b->len;
	b->len += more;
	return end;
}

void buffer_reserve(struct buffer *b, size_t more)
{
	grow(b, more);
	b->len -= more;
}

void buffer_bytes(struct buffer *b, struct bytes bytes)
{
	uint8_t *to = grow(b, bytes.len);
	if (bytes.len > 0)
		memcpy(to, bytes.at, bytes.len);
}

static inline void put_be(struct buffer *b, uint64_t value, size_t width)
{
	value = htobe64(value);
	memcpy(grow(b, width), (const uint8_t *)&value + sizeof value - width, width);
}

void buffer_u8(struct buffer *b, uint8_t value)
{
	put_be(b, value, 1);
}

void buffer_u16be(struct buffer *b, uint16_t value)
{
	put_be(b, value, 2);
}

void buffer_u32be(struct buffer *b, uint32_t value)
{
	put_be(b, value, 4);
}

void buffer_text(struct buffer *b, const char *text)
{
	buffer_bytes(b, bytes_text(text));
}

void buffer_printf(struct buffer *b, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(len >= 0);
	char *to = (char *)grow(b, (size_t)len + 1);
	vsnprintf(to, (size_t)len + 1, fmt, again);
	va_end(again);
	b->len--; /* the NUL is not content */
}

const char *buffer_cstr(struct buffer *b)
{
	buffer_u8(b, 0);
	b->len--;
	return (const char *)b->at;
}

char *hex_encode(struct arena *arena, struct bytes b)
{
	static const char digits[] = "0123456789abcdef";
	char *text = arena_alloc(arena, b.len * 2 + 1);
	for (size_t i = 0; i < b.len; i++) {
		text[2 * i] = digits[b.at[i] >> 4];
		text[2 * i + 1] = digits[b.at[i] & 15];
	}
	return text;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_decode(struct arena *arena, const char *text, struct bytes *out)
{
	size_t len = strlen(text);
	if (len % 2 != 0)
		return false;
	uint8_t *at = arena_alloc(arena, len / 2);
	for (size_t i = 0; i < len; i += 2) {
		int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
		if (high < 0 || low < 0)
			return false;
		at[i / 2] = (uint8_t)(high << 4 | low);
	}
	*out = bytes_of(at, len / 2);
	return true;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The last one or two bytes of a text, padded. */
static void encode_rest(const uint8_t *at, size_t have, uint8_t to[4])
{
	uint32_t v = (uint32_t)at[0] << 16 | (have > 1 ? (uint32_t)at[1] << 8 : 0);
	to[0] = (uint8_t)base64_digits[v >> 18];
	to[1] = (uint8_t)base64_digits[v >> 12 & 63];
	to[2] = (uint8_t)(have > 1 ? base64_digits[v >> 6 & 63] : '=');
	to[3] = '=';
}

static void encode_base64(struct bytes b, uint8_t *to)
{
	size_t i = 0;
	for (; b.len - i >= 3; i += 3, to += 4) {
		uint32_t v = (uint32_t)b.at[i] << 16 | (uint32_t)b.at[i + 1] << 8 | b.at[i + 2];
		to[0] = (uint8_t)base64_digits[v >> 18];
		to[1] = (uint8_t)base64_digits[v >> 12 & 63];
		to[2] = (uint8_t)base64_digits[v >> 6 & 63];
		to[3] = (uint8_t)base64_digits[v & 63];
	}
	if (i < b.len)
		encode_rest(b.at + i, b.len - i, to);
}

static size_t base64_length(size_t len)
{
	return (len + 2) / 3 * 4;
}

char *base64_encode(struct arena *arena, struct bytes b)
{
	char *text = arena_alloc(arena, base64_length(b.len) + 1);
	encode_base64(b, (uint8_t *)text);
	return text;
}

void buffer_base64(struct buffer *b, struct bytes bytes)
{
	encode_base64(bytes, grow(b, base64_length(bytes.len)));
}

bool base64_decode(struct arena *arena, struct bytes text, struct bytes *out)
{
	if (text.len % 4 != 0)
		return false;
	uint8_t *at = arena_alloc(arena, text.len / 4 * 3);
	size_t len = 0;
	for (size_t i = 0; i < text.len; i += 4) {
		uint32_t v = 0;
		size_t pad = 0;
		for (size_t k = 0; k < 4; k++) {
			uint8_t c = text.at[i + k];
			if (c == '=' && i + 4 == text.len && k >= 2) {
				pad++;
				v <<= 6;
				continue;
			}
			const char *digit = c == 0 ? NULL : strchr(base64_digits, c);
			if (digit == NULL || pad > 0)
				return false;
			v = v << 6 | (uint32_t)(digit - base64_digits);
		}
		if ((pad == 1 && (v & 0xFF) != 0) || (pad == 2 && (v & 0xFFFF) != 0))
			return false;
		at[len++] = (uint8_t)(v >> 16);
		if (pad < 2)
			at[len++] = (uint8_t)(v >> 8);
		if (pad < 1)
			at[len++] = (uint8_t)v;
	}
	*out = bytes_of(at, len);
	return true;
}

char *base64url_encode(struct arena *arena, struct bytes b)
{
	char *text = base64_encode(arena, b);
	text[strcspn(text, "=")] = 0;
	for (char *c = text; *c != 0; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
	return text;
}

bool base64url_decode(struct arena *arena, struct bytes text, struct bytes *out)
{
	size_t pad = (4 - text.len % 4) % 4;
	char *plain = arena_alloc(arena, text.len + pad + 1);
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];
		if (c == '+' || c == '/' || c == '=')
			return false;
		plain[i] = c == '-' ? '+' : c == '_' ? '/' : (char)c;
	}
	memset(plain + text.len, '=', pad);
	return base64_decode(arena, bytes_of(plain, text.len + pad), out);
}

bool decimal_parse(struct bytes text, uint64_t *out)
{
	if (text.len == 0 || text.len > 19 || (text.len > 1 && text.at[0] == '0'))
		return false;
	uint64_t value = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text.at[i] - '0');
	}
	if (value > INT64_MAX)
		return false;
	*out = value;
	return true;
}
