#include "fields.h"

#include <assert.h>
#include <stdio.h>

#include "base/instant.h"

/* --- What a value may be --------------------------------------------------------------- */

uint64_t field_most(const struct field *f)
{
	if (f->most != 0)
		return f->most;
	return f->type == FIELD_LIST   ? FIELD_LIST_MAX
	       : f->type == FIELD_UINT ? FIELD_UINT_MAX
	                               : FIELD_TEXT_MAX;
}

struct field field_element(const struct field *list)
{
	return (struct field){.name = list->name,
	                      .type = list->element,
	                      .fields = list->fields,
	                      .words = list->words,
	                      .size = list->size};
}

static const void *value_of(const struct field *f, const void *in)
{
	return (const uint8_t *)in + f->offset;
}

bool field_is_present(const struct field *f, const void *in)
{
	if (!f->optional)
		return true;
	if (f->type == FIELD_LIST)
		return ((const struct list *)value_of(f, in))->count > 0;
	return *(const bool *)((const uint8_t *)in + f->present);
}

/*
 * The code point at at[0] when it could mislead whoever reads the text: control characters
 * (LF is judged by the caller), line separators, and those that turn the direction of what
 * follows (U+202A..U+202E, U+2066..U+2069); 0 otherwise. `at` is UTF-8 and ends with a lead
 * byte's full sequence.
 */
static unsigned misleading(const uint8_t *at)
{
	if (at[0] < ' ' || at[0] == 0x7F)
		return at[0] == 0 ? 0xFFFD : at[0];
	if (at[0] == 0xC2 && at[1] < 0xA0)
		return at[1];
	if (at[0] != 0xE2 || at[1] > 0x81)
		return 0;
	unsigned c = 0x2000u + (at[1] - 0x80u) * 0x40u + (at[2] - 0x80u);
	return (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ? c : 0;
}

static bool text_is_readable(struct bytes text, bool one_line, struct err *e)
{
	if (text.len == 0)
		return err_input(e, "record.field-value", "the text is empty");
	size_t i = 0;
	while (i < text.len && text.at[i] >= ' ' && text.at[i] < 0x7F)
		i++; /* almost all text is this, to its end */
	if (i < text.len && !bytes_are_utf8(text))
		return err_input(e, "record.field-value", "the text is not UTF-8");
	for (; i < text.len; i++) {
		if (text.at[i] >= ' ' && text.at[i] < 0x7F)
			continue;
		unsigned c = text.at[i] == '\n' && !one_line ? 0 : misleading(text.at + i);
		if (c == '\n')
			return err_input(e, "record.field-value", "the text must be one line");
		if (c != 0)
			return err_input(e, "record.field-value",
			                 "the character at byte %zu of the text may not stand in a "
			                 "record (control, or of writing direction)",
			                 i);
	}
	return true;
}

bool field_text_check(const struct field *f, struct bytes text, struct err *e)
{
	if (f->type == FIELD_LABEL)
		return scope_label_check(text, e);
	if (f->type == FIELD_COUNTRY) {
		bool shaped = text.len == 2 && text.at[0] >= 'A' && text.at[0] <= 'Z' &&
		              text.at[1] >= 'A' && text.at[1] <= 'Z';
		return shaped || err_input(e, "record.field-value",
		                           "a country is two capital letters (ISO 3166-1)");
	}
	uint64_t most = field_most(f);
	if (text.len > most)
		return err_input(e, "record.field-value", "%zu bytes of text; at most %llu fit",
		                 text.len, (unsigned long long)most);
	return text_is_readable(text, most <= FIELD_LINE_MAX, e);
}

bool field_uint_check(const struct field *f, uint64_t value, struct err *e)
{
	if (value <= field_most(f))
		return true;
	return err_input(e, "record.field-value", "%llu is more than %llu",
	                 (unsigned long long)value, (unsigned long long)field_most(f));
}

bool field_bytes_check(const struct field *f, size_t len, struct err *e)
{
	if (f->size != 0 && len != f->size)
		return err_input(e, "record.field-value", "%zu bytes, not %zu", len, f->size);
	if (len > field_most(f))
		return err_input(e, "record.field-value", "%zu bytes; at most %llu fit", len,
		                 (unsigned long long)field_most(f));
	return true;
}

bool field_list_check(const struct field *f, size_t count, struct err *e)
{
	if (count <= field_most(f))
		return true;
	return err_input(e, "record.field-value", "a list of %zu; at most %llu fit", count,
	                 (unsigned long long)field_most(f));
}

bool field_time_check(int64_t at, struct err *e)
{
	return (at >= INSTANT_FIRST && at <= INSTANT_LAST) ||
	       err_input(e, "record.field-value", "the time is not in the years 0000 to 9999");
}

bool field_word(const struct field *f, struct bytes text, unsigned *out, struct err *e)
{
	char known[256];
	size_t len = 0;
	for (*out = 0; f->words[*out] != NULL; (*out)++) {
		if (bytes_equal(text, bytes_text(f->words[*out])))
			return true;
		len += (size_t)snprintf(known + len, sizeof known - len, "%s%s",
		                        len > 0 ? ", " : "", f->words[*out]);
		assert(len < sizeof known);
	}
	return err_input(e, "record.field-value", "expected one of: %s", known);
}

bool field_public_key(struct bytes line, struct public_key *out, struct err *e)
{
	return text_is_readable(line, true, e) && key_line_parse(line, out, e);
}

/* --- Decoding -------------------------------------------------------------------------- */

static const struct {
	const char *words;
	enum cbor_type cbor;
} wire[FIELD_END] = {
    [FIELD_TEXT] = {"text", CBOR_TEXT},
    [FIELD_LABEL] = {"text", CBOR_TEXT},
    [FIELD_COUNTRY] = {"text", CBOR_TEXT},
    [FIELD_UINT] = {"a number of 0 or more", CBOR_UINT},
    [FIELD_TIME] = {"a time as an integer", CBOR_UINT},
    [FIELD_BYTES] = {"bytes", CBOR_BYTES},
    [FIELD_HASH] = {"32 bytes", CBOR_BYTES},
    [FIELD_REFERENCE] = {"32 bytes", CBOR_BYTES},
    [FIELD_SCOPE] = {"a scope as text", CBOR_TEXT},
    [FIELD_PUBLIC_KEY] = {"a public key as text", CBOR_TEXT},
    [FIELD_CHOICE] = {"a word as text", CBOR_TEXT},
    [FIELD_REDACTABLE] = {"32 bytes", CBOR_BYTES},
    [FIELD_STRUCT] = {"a map", CBOR_MAP},
    [FIELD_LIST] = {"an array", CBOR_ARRAY},
};

static bool read_value(struct cbor_reader *, struct arena *, const struct field *, void *at);

static bool read_text(struct cbor_reader *r, struct arena *arena, const struct field *f,
                      const char **out)
{
	struct bytes text = cbor_read_text(r);
	if (r->bad || !field_text_check(f, text, r->err))
		return false;
	*out = arena_copy(arena, text.at, text.len);
	return true;
}

/* A scope stands on the wire as its one canonical text, so that a record has one encoding. */
static bool read_scope(struct cbor_reader *r, struct arena *arena, const struct scope **out)
{
	struct scope_known *known = r->context;
	struct bytes text = cbor_read_text(r);
	if (!r->bad && known != NULL && (*out = scope_known_find(known, text)) != NULL)
		return true;
	if (r->bad || !(known != NULL ? scope_parse_known(known, text, out, r->err)
	                              : scope_parse(arena, text, out, r->err)))
		return false;
	if (!bytes_equal(text, bytes_text(scope_text(arena, *out))))
		return cbor_fail(r, "record.field-value", "the scope is not in canonical form");
	return true;
}

static bool read_hash(struct cbor_reader *r, struct hash *out)
{
	struct bytes b = cbor_read_bytes(r);
	if (r->bad)
		return false;
	if (b.len != HASH_SIZE)
		return cbor_fail(r, "record.field-type", "expected 32 bytes, not %zu", b.len);
	memcpy(out->at, b.at, HASH_SIZE);
	return true;
}

static bool read_list(struct cbor_reader *r, struct arena *arena, const struct field *f,
                      struct list *out)
{
	size_t count = cbor_read_array(r);
	if (r->bad || !field_list_check(f, count, r->err))
		return false;
	if (count == 0 && f->optional)
		return cbor_fail(r, "record.field-value", "an empty list is left out");
	struct field element = field_element(f);
	uint8_t *at = arena_array(arena, count, f->size);
	for (size_t i = 0; i < count; i++)
		if (!read_value(r, arena, &element, at + i * f->size))
			return err_context(r->err, "%zu", i + 1);
	*out = (struct list){at, count};
	return true;
}

static bool read_type(struct cbor_reader *r, const struct field *f)
{
	enum cbor_type type = cbor_peek(r);
	if (type == wire[f->type].cbor || type == CBOR_NOTHING)
		return true; /* of what is not there, the reader itself says why */
	if (f->type == FIELD_TIME && type == CBOR_NEGATIVE)
		return true;
	return cbor_fail(r, "record.field-type", "expected %s", wire[f->type].words);
}

static bool read_value(struct cbor_reader *r, struct arena *arena, const struct field *f, void *at)
{
	if (!read_type(r, f))
		return false;
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_LABEL:
	case FIELD_COUNTRY:
		return read_text(r, arena, f, at);
	case FIELD_UINT:
		*(uint64_t *)at = cbor_read_uint(r);
		return !r->bad && field_uint_check(f, *(uint64_t *)at, r->err);
	case FIELD_TIME:
		*(int64_t *)at = cbor_read_int(r);
		return !r->bad && field_time_check(*(int64_t *)at, r->err);
	case FIELD_BYTES:
		*(struct bytes *)at = cbor_read_bytes(r);
		return !r->bad && field_bytes_check(f, ((struct bytes *)at)->len, r->err);
	case FIELD_HASH:
	case FIELD_REFERENCE:
		return read_hash(r, at);
	case FIELD_REDACTABLE:
		*(struct redactable *)at = (struct redactable){0};
		return read_hash(r, &((struct redactable *)at)->digest);
	case FIELD_SCOPE:
		return read_scope(r, arena, at);
	case FIELD_PUBLIC_KEY: {
		struct bytes line = cbor_read_text(r);
		return !r->bad && (f->ours ? key_line_read(line, at, r->err)
		                           : field_public_key(line, at, r->err));
	}
	case FIELD_CHOICE: {
		struct bytes word = cbor_read_text(r);
		return !r->bad && field_word(f, word, at, r->err);
	}
	case FIELD_STRUCT:
		return fields_read(r, arena, f->fields, at);
	case FIELD_LIST:
		return read_list(r, arena, f, at);
	case FIELD_END:
		break;
	}
	assert(false && "a field of no type");
	return false;
}

/* Fields up to `key` that were not there: fine where they are optional. */
static const struct field *skip_absent(struct cbor_reader *r, const struct field *f, uint64_t key,
                                       void *out)
{
	for (; f->type != FIELD_END && f->key < key; f++) {
		if (!f->optional) {
			cbor_fail(r, "record.field-missing", "%s is missing", f->name);
			return NULL;
		}
		if (f->type == FIELD_LIST)
			*(struct list *)((uint8_t *)out + f->offset) = (struct list){0};
		else
			*(bool *)((uint8_t *)out + f->present) = false;
	}
	return f;
}

/* The keys of a map rise, and so do those of a table: one walk over both. */
bool fields_read(struct cbor_reader *r, struct arena *arena, const struct field *f, void *out)
{
	size_t pairs = cbor_read_map(r);
	for (size_t i = 0; i < pairs; i++) {
		if (!cbor_is_small(r)) {
			enum cbor_type type = cbor_peek(r);
			if (type != CBOR_UINT && type != CBOR_NOTHING)
				return cbor_fail(r, "record.field-unknown",
				                 "a key that is not a number");
		}
		uint64_t key = cbor_read_uint(r);
		if (r->bad)
			return false;
		f = skip_absent(r, f, key, out);
		if (f == NULL)
			return false;
		if (f->type == FIELD_END || f->key != key)
			return cbor_fail(r, "record.field-unknown",
			                 "there is no field with key %llu",
			                 (unsigned long long)key);
		if (!read_value(r, arena, f, (uint8_t *)out + f->offset))
			return err_context(r->err, "%s", f->name);
		if (f->optional && f->type != FIELD_LIST)
			*(bool *)((uint8_t *)out + f->present) = true;
		f++;
	}
	return !r->bad && skip_absent(r, f, UINT64_MAX, out) != NULL;
}

bool fields_decode(struct arena *arena, const struct field *f, struct bytes bytes, void *out,
                   struct err *e)
{
	struct cbor_reader r = cbor_reader(bytes, e);
	if (cbor_peek(&r) != CBOR_MAP && cbor_peek(&r) != CBOR_NOTHING)
		return cbor_fail(&r, "record.field-type", "expected a map");
	return fields_read(&r, arena, f, out) && cbor_done(&r);
}

/* --- Encoding -------------------------------------------------------------------------- */

static bool write_fields(struct buffer *, const struct field *, const void *in, struct err *);
static bool write_value(struct buffer *, const struct field *, const void *at, struct err *);

static bool write_text(struct buffer *b, const struct field *f, const char *text, struct err *e)
{
	if (text == NULL)
		return err_input(e, "record.field-missing", "the text is missing");
	if (!field_text_check(f, bytes_text(text), e))
		return false;
	cbor_text(b, text);
	return true;
}

static bool write_scope(struct buffer *b, const struct scope *scope, struct err *e)
{
	if (scope == NULL)
		return err_input(e, "record.field-missing", "the scope is missing");
	const char *text = scope_text(b->arena, scope);
	if (strlen(text) > SCOPE_TEXT_MAX)
		return err_input(e, "scope.too-large",
		                 "the scope's text has %zu bytes; at most %d fit", strlen(text),
		                 SCOPE_TEXT_MAX);
	cbor_text(b, text);
	return true;
}

static bool write_public_key(struct buffer *b, const struct field *f, const struct public_key *key,
                             struct err *e)
{
	struct public_key same;
	if (key->name[0] == 0)
		return err_input(e, "record.field-value", "the public key has no name");
	const char *line = key_line(b->arena, key);
	if (!f->ours && !field_public_key(bytes_text(line), &same, e))
		return false;
	cbor_text(b, line);
	return true;
}

static bool write_list(struct buffer *b, const struct field *f, const struct list *list,
                       struct err *e)
{
	struct field element = field_element(f);
	if (!field_list_check(f, list->count, e))
		return false;
	cbor_array(b, list->count);
	for (size_t i = 0; i < list->count; i++)
		if (!write_value(b, &element, (const uint8_t *)list->at + i * f->size, e))
			return err_context(e, "%zu", i + 1);
	return true;
}

static bool write_value(struct buffer *b, const struct field *f, const void *at, struct err *e)
{
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_LABEL:
	case FIELD_COUNTRY:
		return write_text(b, f, *(const char *const *)at, e);
	case FIELD_UINT:
		cbor_uint(b, *(const uint64_t *)at);
		return field_uint_check(f, *(const uint64_t *)at, e);
	case FIELD_TIME:
		cbor_int(b, *(const int64_t *)at);
		return field_time_check(*(const int64_t *)at, e);
	case FIELD_BYTES:
		cbor_bytes(b, *(const struct bytes *)at);
		return field_bytes_check(f, ((const struct bytes *)at)->len, e);
	case FIELD_HASH:
	case FIELD_REFERENCE:
		cbor_bytes(b, hash_bytes(at));
		return true;
	case FIELD_REDACTABLE:
		cbor_bytes(b, hash_bytes(&((const struct redactable *)at)->digest));
		return true;
	case FIELD_SCOPE:
		return write_scope(b, *(const struct scope *const *)at, e);
	case FIELD_PUBLIC_KEY:
		return write_public_key(b, f, at, e);
	case FIELD_CHOICE: {
		unsigned choice = *(const unsigned *)at, count = 0;
		while (f->words[count] != NULL)
			count++;
		if (choice >= count)
			return err_input(e, "record.field-value", "%u is none of the choices",
			                 choice);
		cbor_text(b, f->words[choice]);
		return true;
	}
	case FIELD_STRUCT:
		return write_fields(b, f->fields, at, e);
	case FIELD_LIST:
		return write_list(b, f, at, e);
	case FIELD_END:
		break;
	}
	assert(false && "a field of no type");
	return false;
}

static bool write_fields(struct buffer *b, const struct field *fields, const void *in,
                         struct err *e)
{
	size_t pairs = 0;
	for (const struct field *f = fields; f->type != FIELD_END; f++)
		pairs += field_is_present(f, in);
	cbor_map(b, pairs);
	for (const struct field *f = fields; f->type != FIELD_END; f++) {
		if (!field_is_present(f, in))
			continue;
		cbor_uint(b, f->key);
		if (!write_value(b, f, value_of(f, in), e))
			return err_context(e, "%s", f->name);
	}
	return true;
}

bool fields_put(struct buffer *b, const struct field *fields, const void *in, struct err *e)
{
	return write_fields(b, fields, in, e);
}

bool fields_encode(struct arena *arena, const struct field *fields, const void *in,
                   struct bytes *out, struct err *e)
{
	struct buffer b = {.arena = arena};
	if (!fields_put(&b, fields, in, e))
		return false;
	*out = buffer_view(&b);
	struct err check = {0};
	assert(cbor_check(*out, &check));
	return true;
}
