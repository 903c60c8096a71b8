#include "cbor.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* RFC 8949 section 3: the initial byte is a major type and additional information. */
enum major {
	MAJOR_UINT,
	MAJOR_NEGATIVE,
	MAJOR_BYTES,
	MAJOR_TEXT,
	MAJOR_ARRAY,
	MAJOR_MAP,
	MAJOR_TAG,
	MAJOR_SIMPLE,
};

enum { INFO_WIDTH_1 = 24, INFO_WIDTH_8 = 27, INFO_INDEFINITE = 31 };
enum { SIMPLE_FALSE = 20, SIMPLE_TRUE = 21, SIMPLE_NULL = 22, HALF_FLOAT = 25, DOUBLE_FLOAT = 27 };
enum { HEAD_MAX = 9 };

static const char *const type_names[] = {
    "an unsigned integer",
    "a negative integer",
    "a byte string",
    "a text",
    "an array",
    "a map",
    "a tag",
    "a boolean",
    "null",
    "nothing",
};

struct head {
	enum major major;
	uint64_t argument;
	size_t len;
};

struct cbor_reader cbor_reader(struct bytes all, struct err *e)
{
	/* The levels are left as they are: each is filled when it is entered. */
	struct cbor_reader r;
	assert(e != NULL && (all.at != NULL || all.len == 0));
	r.all = all;
	r.offset = r.item = 0;
	r.bad = r.at_key = false;
	r.depth = 0;
	r.err = e;
	r.context = NULL;
	return r;
}

__attribute__((format(printf, 3, 0))) static bool fail(struct cbor_reader *r, const char *rule,
                                                       const char *fmt, va_list ap)
{
	if (r->bad)
		return false;
	char text[sizeof r->err->text];
	vsnprintf(text, sizeof text, fmt, ap);
	r->bad = true;
	return err_input(r->err, rule, "byte %zu: %s", r->item, text);
}

/* Always false, as err_input() is: where either ends an `||`, one branch is never taken. */
bool cbor_fail(struct cbor_reader *r, const char *rule, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fail(r, rule, fmt, ap);
	va_end(ap);
	return false;
}

static inline size_t left(const struct cbor_reader *r)
{
	return r->all.len - r->offset;
}

/* Of major type 7 only false, true and null: one byte each. */
static bool check_simple(struct cbor_reader *r, unsigned info)
{
	if (info >= SIMPLE_FALSE && info <= SIMPLE_NULL)
		return true;
	if (info >= HALF_FLOAT && info <= DOUBLE_FLOAT)
		return cbor_fail(r, "cbor.float", "a floating-point number");
	if (info == INFO_INDEFINITE)
		return cbor_fail(r, "cbor.indefinite", "the end of an indefinite length");
	return cbor_fail(r, "cbor.simple", "a simple value other than false, true and null");
}

/* Keys of other types would be compared by content of any size and depth; none are in use. */
static inline bool is_key_type(enum major major)
{
	return major == MAJOR_UINT || major == MAJOR_NEGATIVE || major == MAJOR_TEXT;
}

/* An argument that follows the initial byte in 1, 2, 4 or 8 bytes. */
static bool read_wide(struct cbor_reader *r, unsigned info, struct head *out)
{
	if (info == INFO_INDEFINITE)
		return cbor_fail(r, "cbor.indefinite", "an indefinite length");
	if (info > INFO_WIDTH_8)
		return cbor_fail(r, "cbor.type", "additional information %u is reserved", info);
	size_t width = (size_t)1 << (info - INFO_WIDTH_1);
	if (left(r) <= width)
		return cbor_fail(r, "cbor.truncated", "the input ends within a head");
	const uint8_t *at = r->all.at + r->offset + 1;
	uint64_t value = 0;
	for (size_t i = 0; i < width; i++)
		value = value << 8 | at[i];
	/* What half the width could hold (or, of one byte, the initial byte) is not shortest. */
	if (width == 1 ? value < INFO_WIDTH_1 : value >> (4 * width) == 0)
		return cbor_fail(r, "cbor.not-shortest", "%" PRIu64 " has a shorter head", value);
	out->argument = value;
	out->len = 1 + width;
	return true;
}

/* Reads a head, without going over it. */
static inline bool read_head(struct cbor_reader *r, struct head *out)
{
	*out = (struct head){0};
	if (r->bad)
		return false;
	r->item = r->offset;
	if (left(r) == 0)
		return cbor_fail(r, "cbor.truncated", "the input ends where an item should be");
	unsigned initial = r->all.at[r->offset], info = initial & 31;
	out->major = (enum major)(initial >> 5);
	if (out->major == MAJOR_SIMPLE && !check_simple(r, info))
		return false;
	if (r->at_key && !is_key_type(out->major))
		return cbor_fail(r, "cbor.type", "a map key that is neither an integer nor a text");
	out->argument = info;
	out->len = 1;
	return info < INFO_WIDTH_1 || read_wide(r, info, out);
}

/* Bytewise lexicographic order of the encodings (RFC 8949 section 4.2.1). */
static bool check_key_order(struct cbor_reader *r, struct bytes last, struct bytes key)
{
	/* Most keys differ in their first byte. */
	int order = last.at[0] != key.at[0] ? last.at[0] - key.at[0] : bytes_compare(last, key);
	if (order < 0)
		return true;
	size_t place = (size_t)(last.at - r->all.at);
	if (order == 0)
		return cbor_fail(r, "cbor.key-twice", "the same map key as at byte %zu", place);
	return cbor_fail(r, "cbor.key-order", "this key sorts before that at byte %zu", place);
}

static bool end_key(struct cbor_reader *r)
{
	struct cbor_level *map = &r->levels[r->depth - 1];
	struct bytes key = bytes_of(r->all.at + r->item, r->offset - r->item);
	if (map->last_key.len > 0 && !check_key_order(r, map->last_key, key))
		return false;
	map->last_key = key;
	r->at_key = false;
	return true;
}

/* An item has been read: the one that begins at r->item, or a level that is now empty. */
static inline bool end_item(struct cbor_reader *r)
{
	if (r->at_key)
		return end_key(r);
	for (; r->depth > 0; r->depth--) {
		struct cbor_level *level = &r->levels[r->depth - 1];
		if (--level->left > 0) {
			r->at_key = level->is_map;
			return true;
		}
	}
	return true;
}

/* Almost all text is ASCII, and that is found out eight bytes at a time. */
static bool is_ascii(struct bytes text)
{
	uint64_t all = 0, word;
	size_t i = 0;
	for (; i + sizeof word <= text.len; i += sizeof word) {
		memcpy(&word, text.at + i, sizeof word);
		all |= word;
	}
	for (; i < text.len; i++)
		all |= text.at[i];
	return (all & 0x8080808080808080u) == 0;
}

/* Behind the head of a byte or text string. */
static bool read_string(struct cbor_reader *r, const struct head *head, struct bytes *out)
{
	size_t room = left(r) - head->len;
	if (head->argument > room)
		return cbor_fail(r, "cbor.truncated",
		                 "a string of %" PRIu64 " bytes where %zu are left", head->argument,
		                 room);
	struct bytes content = bytes_of(r->all.at + r->offset + head->len, (size_t)head->argument);
	if (head->major == MAJOR_TEXT && !is_ascii(content) && !bytes_are_utf8(content))
		return cbor_fail(r, "cbor.utf8", "a text that is not UTF-8");
	r->offset += head->len + content.len;
	if (!end_item(r))
		return false;
	*out = content;
	return true;
}

/* Behind the head of an array or a map. */
static bool enter(struct cbor_reader *r, const struct head *head)
{
	bool is_map = head->major == MAJOR_MAP;
	size_t room = left(r) - head->len;
	if (head->argument > (is_map ? room / 2 : room))
		return cbor_fail(r, "cbor.truncated", "%" PRIu64 " %s where %zu bytes are left",
		                 head->argument, is_map ? "pairs" : "items", room);
	if (r->depth == CBOR_DEPTH)
		return cbor_fail(r, "cbor.depth", "nested deeper than %d", CBOR_DEPTH);
	r->offset += head->len;
	if (head->argument == 0)
		return end_item(r);
	struct cbor_level *level = &r->levels[r->depth++];
	level->is_map = is_map;
	level->left = head->argument;
	level->last_key = (struct bytes){0};
	r->at_key = is_map;
	return true;
}

static bool end_scalar(struct cbor_reader *r, const struct head *head)
{
	r->offset += head->len;
	return end_item(r);
}

static enum cbor_type type_of(const struct head *head)
{
	if (head->major != MAJOR_SIMPLE)
		return (enum cbor_type)head->major;
	return head->argument == SIMPLE_NULL ? CBOR_NULL : CBOR_BOOL;
}

static bool wrong_type(struct cbor_reader *r, const struct head *head, const char *wanted)
{
	if (head->major == MAJOR_TAG)
		return cbor_fail(r, "cbor.tag", "tag %" PRIu64 " where %s is due", head->argument,
		                 wanted);
	return cbor_fail(r, "cbor.type", "%s where %s is due", type_names[type_of(head)], wanted);
}

static bool read_typed(struct cbor_reader *r, enum cbor_type type, struct head *head)
{
	return read_head(r, head) &&
	       (type_of(head) == type || wrong_type(r, head, type_names[type]));
}

enum cbor_type cbor_peek(struct cbor_reader *r)
{
	if (cbor_is_small(r))
		return CBOR_UINT;
	struct head head;
	if (r->bad || left(r) == 0 || !read_head(r, &head))
		return CBOR_NOTHING;
	return type_of(&head);
}

/* A key below 24 that rises: nearly all are, and one look tells. False: it is judged at length. */
static inline bool read_small_key(struct cbor_reader *r, uint64_t *out)
{
	if (!r->at_key || !cbor_is_small(r))
		return false;
	struct cbor_level *map = &r->levels[r->depth - 1];
	const uint8_t *at = r->all.at + r->offset;
	if (map->last_key.len > 0 && map->last_key.at[0] >= *at)
		return false;
	map->last_key = bytes_of(at, 1);
	r->item = r->offset++;
	r->at_key = false;
	*out = *at;
	return true;
}

uint64_t cbor_read_uint(struct cbor_reader *r)
{
	struct head head;
	uint64_t key;
	if (read_small_key(r, &key))
		return key;
	return read_typed(r, CBOR_UINT, &head) && end_scalar(r, &head) ? head.argument : 0;
}

int64_t cbor_read_int(struct cbor_reader *r)
{
	struct head head;
	if (!read_head(r, &head))
		return 0;
	if (head.major != MAJOR_UINT && head.major != MAJOR_NEGATIVE)
		return wrong_type(r, &head, "an integer");
	if (head.argument > INT64_MAX)
		return cbor_fail(r, "cbor.range", "an integer beyond 64 bits with sign");
	if (!end_scalar(r, &head))
		return 0;
	int64_t value = (int64_t)head.argument;
	return head.major == MAJOR_UINT ? value : -1 - value;
}

struct bytes cbor_read_bytes(struct cbor_reader *r)
{
	struct head head;
	struct bytes out = {0};
	if (read_typed(r, CBOR_BYTES, &head))
		read_string(r, &head, &out);
	return out;
}

struct bytes cbor_read_text(struct cbor_reader *r)
{
	struct head head;
	struct bytes out = {0};
	if (read_typed(r, CBOR_TEXT, &head))
		read_string(r, &head, &out);
	return out;
}

bool cbor_read_bool(struct cbor_reader *r)
{
	struct head head;
	if (!read_typed(r, CBOR_BOOL, &head))
		return false;
	end_scalar(r, &head);
	return head.argument == SIMPLE_TRUE;
}

void cbor_read_null(struct cbor_reader *r)
{
	struct head head;
	if (read_typed(r, CBOR_NULL, &head))
		end_scalar(r, &head);
}

/* Goes over any tag. What it tags must follow, or a tag alone would count as nothing left. */
static bool read_tag(struct cbor_reader *r, struct head *head)
{
	if (!read_typed(r, CBOR_TAG, head))
		return false;
	if (left(r) == head->len)
		return cbor_fail(r, "cbor.truncated", "the input ends behind a tag");
	r->offset += head->len;
	return true;
}

void cbor_read_tag(struct cbor_reader *r, uint64_t want)
{
	struct head head;
	if (read_tag(r, &head) && head.argument != want)
		cbor_fail(r, "cbor.tag", "tag %" PRIu64 " where tag %" PRIu64 " is due",
		          head.argument, want);
}

size_t cbor_read_array(struct cbor_reader *r)
{
	struct head head;
	return read_typed(r, CBOR_ARRAY, &head) && enter(r, &head) ? (size_t)head.argument : 0;
}

size_t cbor_read_map(struct cbor_reader *r)
{
	struct head head;
	return read_typed(r, CBOR_MAP, &head) && enter(r, &head) ? (size_t)head.argument : 0;
}

/* One item of any type but a tag; of an array or map the head alone. */
static bool read_any(struct cbor_reader *r)
{
	struct head head;
	struct bytes content;
	if (!read_head(r, &head))
		return false;
	switch (head.major) {
	case MAJOR_BYTES:
	case MAJOR_TEXT:
		return read_string(r, &head, &content);
	case MAJOR_ARRAY:
	case MAJOR_MAP:
		return enter(r, &head);
	case MAJOR_TAG:
		return wrong_type(r, &head, "an untagged item");
	default:
		return end_scalar(r, &head);
	}
}

struct bytes cbor_read_item(struct cbor_reader *r)
{
	size_t from = r->offset;
	unsigned depth = r->depth;
	do {
		if (!read_any(r))
			return (struct bytes){0};
	} while (r->depth > depth);
	return bytes_of(r->all.at + from, r->offset - from);
}

bool cbor_done(struct cbor_reader *r)
{
	if (r->bad)
		return false;
	r->item = r->offset;
	if (left(r) > 0)
		return cbor_fail(r, "cbor.trailing", "%zu bytes left over", left(r));
	if (r->depth > 0)
		return cbor_fail(r, "cbor.truncated", "the input ends within an array or a map");
	return true;
}

bool cbor_check(struct bytes all, struct err *e)
{
	struct cbor_reader r = cbor_reader(all, e);
	cbor_read_item(&r);
	return cbor_done(&r);
}

static void put_head(struct buffer *b, enum major major, uint64_t argument)
{
	uint8_t head[HEAD_MAX];
	unsigned info = argument < INFO_WIDTH_1 ? (unsigned)argument : INFO_WIDTH_1;
	size_t width = 0;
	if (argument >= INFO_WIDTH_1) {
		for (width = 1; width < 8 && argument >> (8 * width) != 0; width *= 2)
			info++;
	}
	head[0] = (uint8_t)(major << 5 | info);
	for (size_t i = width; i > 0; i--, argument >>= 8)
		head[i] = (uint8_t)argument;
	buffer_bytes(b, bytes_of(head, 1 + width));
}

void cbor_uint(struct buffer *b, uint64_t value)
{
	put_head(b, MAJOR_UINT, value);
}

void cbor_int(struct buffer *b, int64_t value)
{
	if (value < 0)
		put_head(b, MAJOR_NEGATIVE, (uint64_t)(-1 - value));
	else
		put_head(b, MAJOR_UINT, (uint64_t)value);
}

void cbor_bytes(struct buffer *b, struct bytes content)
{
	put_head(b, MAJOR_BYTES, content.len);
	buffer_bytes(b, content);
}

void cbor_text(struct buffer *b, const char *text)
{
	cbor_text_bytes(b, bytes_text(text));
}

void cbor_text_head(struct buffer *b, size_t len)
{
	put_head(b, MAJOR_TEXT, len);
}

void cbor_text_bytes(struct buffer *b, struct bytes text)
{
	cbor_text_head(b, text.len);
	buffer_bytes(b, text);
}

void cbor_array(struct buffer *b, size_t count)
{
	put_head(b, MAJOR_ARRAY, count);
}

void cbor_map(struct buffer *b, size_t pairs)
{
	put_head(b, MAJOR_MAP, pairs);
}

void cbor_tag(struct buffer *b, uint64_t tag)
{
	put_head(b, MAJOR_TAG, tag);
}

void cbor_bool(struct buffer *b, bool value)
{
	put_head(b, MAJOR_SIMPLE, value ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void cbor_null(struct buffer *b)
{
	put_head(b, MAJOR_SIMPLE, SIMPLE_NULL);
}

static void show_text(struct buffer *b, struct bytes text)
{
	buffer_u8(b, '"');
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];
		if (c == '"' || c == '\\')
			buffer_u8(b, '\\');
		if (c < 0x20 || c == 0x7F)
			buffer_printf(b, "\\u%04x", c);
		else
			buffer_u8(b, c);
	}
	buffer_u8(b, '"');
}

static void show_negative(struct buffer *b, uint64_t argument)
{
	/* -1 - argument has 65 bits at most; the one that needs them all is spelled out. */
	if (argument == UINT64_MAX)
		buffer_text(b, "-18446744073709551616");
	else
		buffer_printf(b, "-%" PRIu64, argument + 1);
}

static void show(struct cbor_reader *r, struct buffer *b);

static void show_items(struct cbor_reader *r, struct buffer *b)
{
	size_t count = cbor_read_array(r);
	buffer_u8(b, '[');
	for (size_t i = 0; i < count && !r->bad; i++) {
		buffer_text(b, i > 0 ? ", " : "");
		show(r, b);
	}
	buffer_u8(b, ']');
}

static void show_pairs(struct cbor_reader *r, struct buffer *b)
{
	size_t count = cbor_read_map(r);
	buffer_u8(b, '{');
	for (size_t i = 0; i < count && !r->bad; i++) {
		buffer_text(b, i > 0 ? ", " : "");
		show(r, b);
		buffer_text(b, ": ");
		show(r, b);
	}
	buffer_u8(b, '}');
}

static void show_scalar(struct cbor_reader *r, struct buffer *b)
{
	struct head head;
	struct bytes content = {0};
	if (!read_head(r, &head))
		return;
	switch (type_of(&head)) {
	case CBOR_UINT:
		buffer_printf(b, "%" PRIu64, head.argument);
		break;
	case CBOR_NEGATIVE:
		show_negative(b, head.argument);
		break;
	case CBOR_BYTES:
		read_string(r, &head, &content);
		buffer_printf(b, "h'%s'", hex_encode(b->arena, content));
		return;
	case CBOR_TEXT:
		read_string(r, &head, &content);
		show_text(b, content);
		return;
	case CBOR_BOOL:
		buffer_text(b, head.argument == SIMPLE_TRUE ? "true" : "false");
		break;
	default:
		buffer_text(b, "null");
	}
	end_scalar(r, &head);
}

/* Recursion goes no deeper than CBOR_DEPTH: tags, which are no level, are a loop. */
static void show(struct cbor_reader *r, struct buffer *b)
{
	struct head head;
	size_t tags = 0;
	while (cbor_peek(r) == CBOR_TAG && read_tag(r, &head)) {
		buffer_printf(b, "%" PRIu64 "(", head.argument);
		tags++;
	}
	enum cbor_type type = cbor_peek(r);
	if (type == CBOR_ARRAY)
		show_items(r, b);
	else if (type == CBOR_MAP)
		show_pairs(r, b);
	else
		show_scalar(r, b);
	while (tags-- > 0)
		buffer_u8(b, ')');
}

const char *cbor_diagnostic(struct arena *arena, struct bytes item)
{
	struct err e;
	struct cbor_reader r = cbor_reader(item, &e);
	struct buffer text = {.arena = arena};
	show(&r, &text);
	return cbor_done(&r) ? buffer_cstr(&text) : NULL;
}
