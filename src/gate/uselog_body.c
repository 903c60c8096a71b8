#include "uselog.h"

#include <assert.h>
#include <endian.h>

#include "scope/scope.h"
#include "tags/tags.h"

/*
 * A use: kind, code, flags, count of `with`; u16 capability, purpose, territory; tag type, 0;
 * u64 time, wall, sequence; tag; warrant's tag when flagged; u16 numbers of `with`; then for
 * each number that is 0, in order, u8 length and text.
 */
enum { FLAG_WARRANT = 1 };

static uint8_t *put16(uint8_t *to, uint16_t v)
{
	v = htole16(v);
	memcpy(to, &v, sizeof v);
	return to + sizeof v;
}

static uint8_t *put64(uint8_t *to, uint64_t v)
{
	v = htole64(v);
	memcpy(to, &v, sizeof v);
	return to + sizeof v;
}

static uint8_t *put(uint8_t *to, const void *from, size_t len)
{
	memcpy(to, from, len);
	return to + len;
}

static uint8_t *put_text(uint8_t *to, const struct uselog_label *label)
{
	if (label->number != 0)
		return to;
	size_t len = label->text == NULL ? 0 : strlen(label->text);
	assert(len < PROVISO_LABEL_MAX);
	*to++ = (uint8_t)len;
	return len == 0 ? to : put(to, label->text, len);
}

size_t uselog_body_use(uint8_t *to, const struct uselog_use *use)
{
	assert(use->with_count <= PROVISO_WITH_MAX);
	uint8_t *at = to;
	*at++ = PROVISO_ENTRY_USE;
	*at++ = use->code;
	*at++ = use->warrant_tag != NULL ? FLAG_WARRANT : 0;
	*at++ = (uint8_t)use->with_count;
	for (size_t i = 0; i < 3; i++)
		at = put16(at, use->labels[i].number);
	*at++ = use->tag_type;
	*at++ = 0;
	at = put64(at, (uint64_t)use->time);
	at = put64(at, (uint64_t)use->wall);
	at = put64(at, use->sequence);
	at = put(at, use->tag, PROVISO_TAG_SIZE);
	if (use->warrant_tag != NULL)
		at = put(at, use->warrant_tag, PROVISO_TAG_SIZE);
	for (size_t i = 0; i < use->with_count; i++)
		at = put16(at, use->with[i].number);
	assert((size_t)(at - to) <= USELOG_USE_MAX);
	for (size_t i = 0; i < 3; i++)
		at = put_text(at, &use->labels[i]);
	for (size_t i = 0; i < use->with_count; i++)
		at = put_text(at, &use->with[i]);
	return (size_t)(at - to);
}

size_t uselog_body_lease(uint8_t *to, size_t authority, uint64_t sequence, const struct hash *id)
{
	uint8_t *at = to;
	*at++ = PROVISO_ENTRY_LEASE;
	*at++ = (uint8_t)authority;
	at = put64(at, sequence);
	at = put(at, id->at, HASH_SIZE);
	return (size_t)(at - to);
}

size_t uselog_body_refusal(uint8_t *to, size_t authority, const struct hash *id)
{
	uint8_t *at = to;
	*at++ = PROVISO_ENTRY_REFUSAL;
	*at++ = (uint8_t)authority;
	at = put(at, id->at, HASH_SIZE);
	return (size_t)(at - to);
}

size_t uselog_body_label(uint8_t *to, uint16_t number, const char *text)
{
	size_t len = strlen(text);
	assert(len < PROVISO_LABEL_MAX);
	uint8_t *at = to;
	*at++ = PROVISO_ENTRY_LABEL;
	at = put16(at, number);
	at = put(at, text, len);
	return (size_t)(at - to);
}

size_t uselog_body_group(uint8_t *to, uint64_t leaf, uint64_t start, uint64_t end,
                         const struct hash *hash)
{
	uint8_t *at = to;
	*at++ = PROVISO_ENTRY_GROUP;
	at = put64(at, leaf);
	at = put64(at, start);
	at = put64(at, end);
	at = put(at, hash->at, HASH_SIZE);
	return (size_t)(at - to);
}

_Static_assert(4 + 2 * HASH_SIZE + TAG_SIZE + TAG_PROOFS_MAX <= USELOG_BODY_MAX, "room for proofs");

/* Kind, 0; u16 place; id of the request; tag; what was blinded; the proofs (tags/tags.h). */
size_t uselog_body_admission(uint8_t *to, const struct hash *request, uint16_t place,
                             const uint8_t tag[PROVISO_TAG_SIZE], const struct hash *blinded,
                             struct bytes proofs)
{
	uint8_t *at = to;
	*at++ = PROVISO_ENTRY_ADMISSION;
	*at++ = 0;
	at = put16(at, place);
	at = put(at, request->at, HASH_SIZE);
	at = put(at, tag, PROVISO_TAG_SIZE);
	at = put(at, blinded->at, HASH_SIZE);
	at = put(at, proofs.at, proofs.len);
	return (size_t)(at - to);
}

size_t uselog_body_cut(uint8_t *to, uint64_t bytes)
{
	*to = PROVISO_ENTRY_CUT;
	put64(to + 1, bytes);
	return 1 + sizeof bytes;
}

size_t uselog_body_end(uint8_t *to)
{
	*to = PROVISO_ENTRY_END;
	return 1;
}

/* --- And back -------------------------------------------------------------------------- */

static uint16_t get16(struct reader *r)
{
	struct bytes b = read_bytes(r, 2);
	uint16_t v = 0;
	if (!r->bad)
		memcpy(&v, b.at, sizeof v);
	return le16toh(v);
}

static uint64_t get64(struct reader *r)
{
	struct bytes b = read_bytes(r, 8);
	uint64_t v = 0;
	if (!r->bad)
		memcpy(&v, b.at, sizeof v);
	return le64toh(v);
}

static void get(struct reader *r, uint8_t *to, size_t len)
{
	struct bytes b = read_bytes(r, len);
	if (!r->bad)
		memcpy(to, b.at, len);
}

/* The label of a number already read, or its text, which is next. */
static const char *get_label(struct reader *r, uint16_t number, const struct uselog_labels *labels,
                             char text[PROVISO_LABEL_MAX])
{
	if (number > labels->count) {
		r->bad = true;
		return "";
	}
	if (number > 0)
		return labels->at[number - 1];
	size_t len = read_u8(r);
	struct bytes b = read_bytes(r, len);
	if (r->bad || len >= PROVISO_LABEL_MAX || memchr(b.at, 0, len) != NULL) {
		r->bad = true;
		return "";
	}
	memcpy(text, b.at, len);
	text[len] = 0;
	return text;
}

static void decode_use(struct reader *r, const struct uselog_labels *labels,
                       struct uselog_text *text, struct proviso_entry *out)
{
	uint16_t numbers[3 + PROVISO_WITH_MAX];
	out->code = read_u8(r);
	uint8_t flags = read_u8(r);
	out->with_count = read_u8(r);
	if (proviso_code_name(out->code) == NULL || flags > FLAG_WARRANT ||
	    out->with_count > PROVISO_WITH_MAX) {
		r->bad = true;
		return;
	}
	for (size_t i = 0; i < 3; i++)
		numbers[i] = get16(r);
	out->tag_type = read_u8(r);
	if ((out->tag_type != PROVISO_TAG_SIPHASH && out->tag_type != PROVISO_TAG_VOPRF) ||
	    read_u8(r) != 0)
		r->bad = true;
	out->time = (int64_t)get64(r);
	out->wall = (int64_t)get64(r);
	out->sequence = get64(r);
	get(r, out->tag, sizeof out->tag);
	out->has_warrant = (flags & FLAG_WARRANT) != 0;
	if (out->has_warrant)
		get(r, out->warrant_tag, sizeof out->warrant_tag);
	for (size_t i = 0; i < out->with_count; i++)
		numbers[3 + i] = get16(r);
	out->capability = get_label(r, numbers[0], labels, text->at[0]);
	out->purpose = get_label(r, numbers[1], labels, text->at[1]);
	out->territory = get_label(r, numbers[2], labels, text->at[2]);
	for (size_t i = 0; i < out->with_count; i++)
		out->with[i] = get_label(r, numbers[3 + i], labels, text->at[3 + i]);
}

static void decode_label(struct reader *r, struct uselog_text *text, struct proviso_entry *out)
{
	out->number = get16(r);
	size_t len = reader_left(r);
	struct bytes b = read_bytes(r, len);
	if (r->bad || len >= PROVISO_LABEL_MAX || !scope_label_check(b, &(struct err){0})) {
		r->bad = true;
		return;
	}
	memcpy(text->at[0], b.at, len);
	text->at[0][len] = 0;
	out->label = text->at[0];
}

static void decode_admission(struct reader *r, struct proviso_entry *out)
{
	if (read_u8(r) != 0)
		r->bad = true;
	out->place = get16(r);
	get(r, out->id, sizeof out->id);
	out->tag_type = PROVISO_TAG_VOPRF;
	get(r, out->tag, sizeof out->tag);
	get(r, out->blinded, sizeof out->blinded);
	struct bytes proofs = read_bytes(r, reader_left(r));
	if (r->bad || proofs.len == 0 || proofs.len != 1 + (size_t)proofs.at[0] * TAG_PROOF)
		r->bad = true;
	out->proofs = proofs.at;
	out->proofs_size = proofs.len;
}

bool uselog_decode(struct bytes body, const struct uselog_labels *labels, struct uselog_text *text,
                   struct proviso_entry *out)
{
	struct reader r = reader_of(body);
	*out =
	    (struct proviso_entry){.capability = "", .purpose = "", .territory = "", .label = ""};
	out->kind = read_u8(&r);
	switch (out->kind) {
	case PROVISO_ENTRY_USE:
		decode_use(&r, labels, text, out);
		break;
	case PROVISO_ENTRY_LEASE:
		out->authority = read_u8(&r);
		out->sequence = get64(&r);
		get(&r, out->id, sizeof out->id);
		break;
	case PROVISO_ENTRY_REFUSAL:
		out->authority = read_u8(&r);
		get(&r, out->id, sizeof out->id);
		break;
	case PROVISO_ENTRY_LABEL:
		decode_label(&r, text, out);
		break;
	case PROVISO_ENTRY_GROUP:
		out->leaf = get64(&r);
		out->start = get64(&r);
		out->end = get64(&r);
		get(&r, out->hash, sizeof out->hash);
		break;
	case PROVISO_ENTRY_ADMISSION:
		decode_admission(&r, out);
		break;
	case PROVISO_ENTRY_CUT:
		out->cut_bytes = get64(&r);
		break;
	case PROVISO_ENTRY_END:
		break;
	default:
		return false;
	}
	return !r.bad && reader_left(&r) == 0;
}
