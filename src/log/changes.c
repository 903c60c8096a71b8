#include "changes.h"

#include <assert.h>

#include "record/cbor.h"

static void put_change(struct buffer *b, const struct log_change *c)
{
	assert(c->count > 0 && c->count <= CHANGE_RECORDS);
	cbor_array(b, 3);
	cbor_uint(b, c->index);
	cbor_array(b, c->count);
	for (size_t i = 0; i < c->count; i++)
		cbor_bytes(b, c->records[i]);
	cbor_array(b, c->inclusion.count);
	for (size_t i = 0; i < c->inclusion.count; i++)
		cbor_bytes(b, hash_bytes(&c->inclusion.at[i]));
}

struct bytes changes_format(struct arena *arena, const struct log_changes *changes)
{
	struct buffer b = {.arena = arena};
	cbor_array(&b, 2);
	cbor_bytes(&b, changes->checkpoint);
	cbor_array(&b, changes->count);
	for (size_t i = 0; i < changes->count; i++)
		put_change(&b, &changes->at[i]);
	return buffer_view(&b);
}

static bool malformed(struct cbor_reader *r, const char *what)
{
	return cbor_fail(r, "changes.malformed", "%s", what);
}

static bool take_hash(struct cbor_reader *r, struct hash *out)
{
	struct bytes hash = cbor_read_bytes(r);
	if (r->bad || hash.len != HASH_SIZE)
		return malformed(r, "a hash has 32 bytes");
	memcpy(out->at, hash.at, HASH_SIZE);
	return true;
}

static bool take_change(struct cbor_reader *r, struct log_change *c)
{
	if (cbor_read_array(r) != 3)
		return malformed(r, "a change is its index, records and path");
	c->index = cbor_read_uint(r);
	c->count = cbor_read_array(r);
	if (r->bad || c->count == 0 || c->count > CHANGE_RECORDS)
		return malformed(r, "a change has 1 to 32 records");
	for (size_t i = 0; i < c->count; i++)
		c->records[i] = cbor_read_bytes(r);
	c->inclusion.count = cbor_read_array(r);
	if (r->bad || c->inclusion.count > MERKLE_PROOF_MAX)
		return malformed(r, "a path is not so long");
	for (size_t i = 0; i < c->inclusion.count; i++)
		if (!take_hash(r, &c->inclusion.at[i]))
			return false;
	return !r->bad;
}

bool changes_parse(struct arena *arena, struct bytes all, struct log_changes *out, struct err *e)
{
	if (all.len > CHANGES_MAX)
		return err_input(e, "changes.too-large", "%zu bytes are more than %d", all.len,
		                 CHANGES_MAX);
	struct err why = {0};
	struct cbor_reader r = cbor_reader(all, &why);
	if (cbor_read_array(&r) != 2)
		malformed(&r, "not a checkpoint and changes");
	out->checkpoint = cbor_read_bytes(&r);
	out->count = cbor_read_array(&r);
	/* Of so many bytes there are no more of them than this. */
	if (!r.bad && (out->count == 0 || out->count > all.len / 8))
		malformed(&r, "there is no change");
	out->at = r.bad ? NULL : arena_array(arena, out->count, sizeof *out->at);
	for (size_t i = 0; !r.bad && i < out->count; i++)
		take_change(&r, &out->at[i]);
	return cbor_done(&r) ||
	       err_input(e, "changes.malformed", "not changes to follow: %s", why.text);
}

struct bytes changes_beside(struct arena *arena, struct bytes answer, struct bytes changes)
{
	struct buffer b = {.arena = arena};
	cbor_array(&b, 2);
	cbor_bytes(&b, answer);
	cbor_bytes(&b, changes);
	return buffer_view(&b);
}

void changes_apart(struct bytes both, struct bytes *answer, struct bytes *changes)
{
	struct err why;
	struct cbor_reader r = cbor_reader(both, &why);
	bool is_pair = cbor_read_array(&r) == 2;
	struct bytes one = is_pair ? cbor_read_bytes(&r) : (struct bytes){0};
	struct bytes other = cbor_peek(&r) == CBOR_BYTES ? cbor_read_bytes(&r) : (struct bytes){0};
	bool is_both = is_pair && other.len > 0 && cbor_done(&r);
	*answer = is_both ? one : both;
	*changes = is_both ? other : (struct bytes){0};
}
