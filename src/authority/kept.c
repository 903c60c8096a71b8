/*
 *     "proviso audit state 1" LF, texts: made by, authority's key, checkpoint, words;
 *     u64be: entries, leases, refusals, records, faults; hashes of the tree's edge;
 *     u64be count, and so many pairs of the state in their order, key and value;
 *     HMAC-SHA-256 of all before it.
 *
 * A text, a key, a value: u64be length and bytes.
 */
#include "kept.h"

#include "memory.h"

#define MAGIC "proviso audit state 1\n"

bool audit_kept_begin(struct audit_kept *k, struct err *e)
{
	*k = (struct audit_kept){.memory = memory_new()};
	return k->memory != NULL || err_environment(e, "out of memory");
}

void audit_kept_free(struct audit_kept *k)
{
	memory_free(k->memory);
	arena_free(&k->arena);
	*k = (struct audit_kept){0};
}

/* --- Writing --------------------------------------------------------------------------- */

static void put(struct buffer *b, struct bytes bytes)
{
	buffer_u64be(b, bytes.len);
	buffer_bytes(b, bytes);
}

static bool put_pair(void *ctx, struct bytes key, struct bytes value)
{
	put(ctx, key);
	put(ctx, value);
	return true;
}

static bool count_pair(void *ctx, struct bytes key, struct bytes value)
{
	(void)key, (void)value;
	++*(uint64_t *)ctx;
	return true;
}

static size_t edge_count(const struct merkle_edge *edge)
{
	return (size_t)__builtin_popcountll(edge->size);
}

void audit_kept_write(const struct audit_kept *k, struct arena *arena, const uint8_t key[KEPT_KEY],
                      const char *made_by, struct bytes *file)
{
	const uint64_t counts[] = {k->edge.size, k->check.leases, k->check.refusals,
	                           k->check.records, k->check.faults};
	struct buffer b = {.arena = arena};
	struct state state = memory_state(k->memory);
	uint64_t pairs = 0;
	buffer_text(&b, MAGIC);
	put(&b, bytes_text(made_by));
	put(&b, bytes_text(key_line(arena, &k->authority)));
	put(&b, k->note);
	put(&b, k->words);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		buffer_u64be(&b, counts[i]);
	for (size_t i = 0; i < edge_count(&k->edge); i++)
		buffer_bytes(&b, hash_bytes(&k->edge.at[i]));
	/* In memory a walk does not fail. */
	state.scan(state.ctx, (struct bytes){0}, (struct bytes){0}, count_pair, &pairs, NULL);
	buffer_u64be(&b, pairs);
	state.scan(state.ctx, (struct bytes){0}, (struct bytes){0}, put_pair, &b, NULL);
	const struct bytes all = buffer_view(&b);
	struct hash tag = hmac_sha256(bytes_of(key, KEPT_KEY), &all, 1);
	buffer_bytes(&b, hash_bytes(&tag));
	*file = buffer_view(&b);
}

/* --- Reading --------------------------------------------------------------------------- */

static struct bytes take(struct reader *r)
{
	uint64_t len = read_u64be(r);
	if (len > reader_left(r)) {
		r->bad = true;
		return (struct bytes){0};
	}
	return read_bytes(r, (size_t)len);
}

static void take_tree(struct reader *r, struct audit_kept *k)
{
	k->edge.size = read_u64be(r);
	k->check = (struct log_check){.entries = k->edge.size};
	k->check.leases = read_u64be(r);
	k->check.refusals = read_u64be(r);
	k->check.records = read_u64be(r);
	k->check.faults = read_u64be(r);
	for (size_t i = 0; i < edge_count(&k->edge); i++) {
		struct bytes hash = read_bytes(r, HASH_SIZE);
		if (!r->bad)
			memcpy(k->edge.at[i].at, hash.at, HASH_SIZE);
	}
}

static void take_state(struct reader *r, struct audit_kept *k)
{
	owned_arena arena = {0};
	for (uint64_t pairs = read_u64be(r); pairs > 0 && !r->bad; pairs--) {
		struct change change = {.key = take(r), .value = take(r)};
		struct changes changes = {.arena = &arena, .first = &change, .last = &change.next};
		r->bad = r->bad || change.key.len == 0 || change.value.len == 0;
		if (!r->bad)
			memory_change(k->memory, &changes);
	}
}

/* What it says of the log, held to the log's own signature. */
static bool check_tree(const struct audit_kept *k, struct err *e)
{
	owned_arena arena = {0};
	struct checkpoint head;
	struct hash root = merkle_edge_root(&k->edge);
	return (checkpoint_open(&arena, k->note, &k->authority, &head, e) ||
	        err_context(e, "the checkpoint in it")) &&
	       ((head.size == k->edge.size && hash_equal(&head.root, &root)) ||
	        err_refused(e, "audit.state-log", "its tree is not that of the checkpoint in it"));
}

static bool check_tag(struct bytes file, const uint8_t key[KEPT_KEY], struct err *e)
{
	if (file.len < sizeof MAGIC - 1 + HASH_SIZE ||
	    memcmp(file.at, MAGIC, sizeof MAGIC - 1) != 0)
		return err_input(e, "audit.state", "this is no state of an audit");
	const struct bytes all = bytes_of(file.at, file.len - HASH_SIZE);
	struct hash tag = hmac_sha256(bytes_of(key, KEPT_KEY), &all, 1);
	return memcmp(tag.at, file.at + all.len, HASH_SIZE) == 0 ||
	       err_refused(
	           e, "audit.state-forged",
	           "it is not what an audit left here: it was altered, or the key is another's");
}

bool audit_kept_read(struct audit_kept *k, struct bytes file, const uint8_t key[KEPT_KEY],
                     const char *made_by, struct err *e)
{
	if (!audit_kept_begin(k, e) || !check_tag(file, key, e))
		return false;
	struct reader r = reader_of(bytes_of(file.at, file.len - HASH_SIZE));
	read_bytes(&r, sizeof MAGIC - 1);
	struct bytes by = take(&r), line = take(&r);
	k->note = bytes_copy(&k->arena, take(&r));
	k->words = bytes_copy(&k->arena, take(&r));
	if (!r.bad && !bytes_equal(by, bytes_text(made_by)))
		return err_refused(
		    e, "audit.state-program",
		    "it was left by %.*s, whose rules may be others: audit without it once",
		    (int)(by.len < 64 ? by.len : 64), (const char *)by.at);
	take_tree(&r, k);
	take_state(&r, k);
	if (r.bad || reader_left(&r) > 0)
		return err_input(e, "audit.state", "this is no state of an audit");
	return key_line_parse(line, &k->authority, e) && check_tree(k, e);
}
