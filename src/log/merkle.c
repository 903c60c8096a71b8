#define OPENSSL_SUPPRESS_DEPRECATED /* the low-level calls are the fast ones, see base/hash.h */
#include "merkle.h"

#include <assert.h>
#include <openssl/sha.h>
#include <stdlib.h>

const struct hash merkle_empty = {{
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
}};

enum { LEAF, NODE }; /* the byte before what is hashed */

struct hash merkle_leaf(struct bytes entry)
{
	static const uint8_t prefix = 0x00;
	return sha256_parts((struct bytes[]){{&prefix, 1}, entry}, 2);
}

struct hash merkle_node(const struct hash *left, const struct hash *right)
{
	uint8_t all[1 + 2 * HASH_SIZE];
	SHA256_CTX ctx;
	struct hash out;
	all[0] = 0x01;
	memcpy(all + 1, left->at, HASH_SIZE);
	memcpy(all + 1 + HASH_SIZE, right->at, HASH_SIZE);
	SHA256_Init(&ctx);
	SHA256_Update(&ctx, all, sizeof all);
	SHA256_Final(out.at, &ctx);
	return out;
}

void merkle_leaves(const struct bytes entries[], size_t count, struct hash leaves[])
{
	size_t i = 0;
	for (; i + 2 <= count; i += 2)
		sha256_pair(LEAF, entries + i, leaves + i);
	if (i < count)
		leaves[i] = merkle_leaf(entries[i]);
}

void merkle_nodes(const struct hash below[], size_t count, struct hash out[])
{
	size_t i = 0;
	for (; i + 2 <= count; i += 2) {
		const struct hash *at = below + 2 * i;
		const struct bytes both[] = {bytes_of(at, 2 * sizeof *at),
		                             bytes_of(at + 2, 2 * sizeof *at)};
		struct hash made[2];
		sha256_pair(NODE, both, made); /* `out` may be `below` */
		out[i] = made[0];
		out[i + 1] = made[1];
	}
	if (i < count)
		out[i] = merkle_node(&below[2 * i], &below[2 * i + 1]);
}

/* The largest power of two below n, as an exponent; n > 1. */
static unsigned split(uint64_t n)
{
	assert(n > 1);
	return 63 - (unsigned)__builtin_clzll(n - 1);
}

/* The hash of leaves [from, from + size), where `from` is a multiple of the split of size. */
static bool range(const struct merkle_source *s, uint64_t from, uint64_t size, struct hash *out,
                  struct err *e)
{
	if ((size & (size - 1)) == 0) {
		unsigned level = (unsigned)__builtin_ctzll(size);
		return s->hash(s->ctx, level, from >> level, out, e);
	}
	unsigned level = split(size);
	uint64_t left_size = (uint64_t)1 << level;
	struct hash left, right;
	if (!s->hash(s->ctx, level, from >> level, &left, e) ||
	    !range(s, from + left_size, size - left_size, &right, e))
		return false;
	*out = merkle_node(&left, &right);
	return true;
}

bool merkle_root(const struct merkle_source *s, uint64_t size, struct hash *out, struct err *e)
{
	if (size == 0) {
		*out = merkle_empty;
		return true;
	}
	return range(s, 0, size, out, e);
}

/* Paths are found from the root down and given from the leaf up. */
static void reverse(struct merkle_proof *proof)
{
	for (size_t i = 0; i < proof->count / 2; i++) {
		struct hash swap = proof->at[i];
		proof->at[i] = proof->at[proof->count - 1 - i];
		proof->at[proof->count - 1 - i] = swap;
	}
}

bool merkle_inclusion(const struct merkle_source *s, uint64_t index, uint64_t size,
                      struct merkle_proof *out, struct err *e)
{
	assert(index < size && size <= MERKLE_SIZE_MAX);
	uint64_t from = 0;
	out->count = 0;
	while (size > 1) {
		uint64_t left_size = (uint64_t)1 << split(size);
		bool left = index - from < left_size;
		if (!range(s, left ? from + left_size : from, left ? size - left_size : left_size,
		           &out->at[out->count], e))
			return false;
		out->count++;
		from += left ? 0 : left_size;
		size = left ? left_size : size - left_size;
	}
	reverse(out);
	return true;
}

struct paths {
	const struct merkle_source *source;
	struct arena *arena;
	uint64_t first;
	struct merkle_path *out;
	struct hash down[MERKLE_PROOF_MAX]; /* siblings from the root to where the walk is */
};

/* Paths are given from the leaf up. */
static struct merkle_path path_up(struct arena *arena, const struct hash down[], size_t count)
{
	struct hash *at = arena_array(arena, count, sizeof *at);
	for (size_t i = 0; i < count; i++)
		at[i] = down[count - 1 - i];
	return (struct merkle_path){count, at};
}

/* The paths of leaves [from, from + size) as far as they are asked for. */
static bool walk_paths(struct paths *p, uint64_t from, uint64_t size, size_t depth, struct err *e)
{
	if (from + size <= p->first)
		return true;
	if (size == 1) {
		p->out[from - p->first] = path_up(p->arena, p->down, depth);
		return true;
	}
	uint64_t left = (uint64_t)1 << split(size), right = size - left;
	if (from + left > p->first && (!range(p->source, from + left, right, &p->down[depth], e) ||
	                               !walk_paths(p, from, left, depth + 1, e)))
		return false;
	return range(p->source, from, left, &p->down[depth], e) &&
	       walk_paths(p, from + left, right, depth + 1, e);
}

bool merkle_paths(const struct merkle_source *s, struct arena *arena, uint64_t first, uint64_t size,
                  struct merkle_path out[], struct err *e)
{
	assert(first < size && size <= MERKLE_SIZE_MAX);
	struct paths paths = {.source = s, .arena = arena, .first = first, .out = out};
	return walk_paths(&paths, 0, size, 0, e);
}

/* RFC 9162 section 2.1.4.1: SUBPROOF(m, D[n], b), unrolled from the root down. */
bool merkle_consistency(const struct merkle_source *s, uint64_t old_size, uint64_t size,
                        struct merkle_proof *out, struct err *e)
{
	assert(old_size <= size && size <= MERKLE_SIZE_MAX);
	out->count = 0;
	if (old_size == 0 || old_size == size)
		return true;
	uint64_t from = 0;
	bool whole = true; /* the old tree is the whole of what is left: its root is known */
	while (old_size != size) {
		uint64_t left_size = (uint64_t)1 << split(size);
		bool left = old_size <= left_size;
		if (!range(s, left ? from + left_size : from, left ? size - left_size : left_size,
		           &out->at[out->count], e))
			return false;
		out->count++;
		if (left) {
			size = left_size;
		} else {
			from += left_size;
			old_size -= left_size;
			size -= left_size;
			whole = false;
		}
	}
	if (!whole) {
		if (!range(s, from, size, &out->at[out->count], e))
			return false;
		out->count++;
	}
	reverse(out);
	return true;
}

bool merkle_inclusion_root(const struct hash *leaf, uint64_t index, uint64_t size,
                           const struct hash proof[], size_t count, struct hash *root,
                           struct err *e)
{
	if (index >= size)
		return err_refused(e, "log.proof-index", "entry %llu is not in a tree of %llu",
		                   (unsigned long long)index, (unsigned long long)size);
	uint64_t fn = index, sn = size - 1;
	struct hash r = *leaf;
	for (size_t i = 0; i < count; i++) {
		if (sn == 0)
			return err_refused(e, "log.proof-length",
			                   "the inclusion proof has hashes too many");
		if ((fn & 1) != 0 || fn == sn) {
			r = merkle_node(&proof[i], &r);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			r = merkle_node(&r, &proof[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0)
		return err_refused(e, "log.proof-length", "the inclusion proof has hashes too few");
	*root = r;
	return true;
}

bool merkle_verify_inclusion(const struct hash *leaf, uint64_t index, uint64_t size,
                             const struct hash proof[], size_t count, const struct hash *root,
                             struct err *e)
{
	struct hash leads_to;
	if (!merkle_inclusion_root(leaf, index, size, proof, count, &leads_to, e))
		return false;
	if (!hash_equal(&leads_to, root))
		return err_refused(e, "log.proof-root",
		                   "the inclusion proof does not lead to the root");
	return true;
}

bool merkle_verify_consistency(uint64_t old_size, const struct hash *old_root, uint64_t size,
                               const struct hash *root, const struct hash proof[], size_t count,
                               struct err *e)
{
	if (old_size > size)
		return err_refused(e, "log.proof-index",
		                   "a tree of %llu does not extend one of %llu",
		                   (unsigned long long)size, (unsigned long long)old_size);
	if (size == 0 && !hash_equal(root, &merkle_empty))
		return err_refused(e, "log.proof-root", "the root is not that of the empty tree");
	if (old_size == 0 || old_size == size) {
		if (count != 0)
			return err_refused(e, "log.proof-length",
			                   "the consistency proof has hashes too many");
		/* Every tree extends the empty one, whose root nobody has to be told. */
		if (old_size != 0 && !hash_equal(old_root, root))
			return err_refused(e, "log.proof-root",
			                   "the consistency proof does not lead to the root");
		return true;
	}
	/* A complete old tree is its own first hash and is left out of the proof. */
	size_t next = (old_size & (old_size - 1)) == 0 ? 0 : 1;
	if (count == 0)
		return err_refused(e, "log.proof-length", "the consistency proof is empty");
	uint64_t fn = old_size - 1, sn = size - 1;
	struct hash fr = next == 0 ? *old_root : proof[0], sr = fr;
	while ((fn & 1) != 0) {
		fn >>= 1;
		sn >>= 1;
	}
	for (size_t i = next; i < count; i++) {
		if (sn == 0)
			return err_refused(e, "log.proof-length",
			                   "the consistency proof has hashes too many");
		if ((fn & 1) != 0 || fn == sn) {
			fr = merkle_node(&proof[i], &fr);
			sr = merkle_node(&proof[i], &sr);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			sr = merkle_node(&sr, &proof[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0)
		return err_refused(e, "log.proof-length",
		                   "the consistency proof has hashes too few");
	if (!hash_equal(&fr, old_root))
		return err_refused(e, "log.proof-root",
		                   "the consistency proof does not lead to the old root");
	if (!hash_equal(&sr, root))
		return err_refused(e, "log.proof-root",
		                   "the consistency proof does not lead to the root");
	return true;
}

void merkle_append(struct merkle_edge *edge, const struct hash *leaf,
                   void (*emit)(void *ctx, unsigned level, uint64_t index, const struct hash *),
                   void *ctx)
{
	merkle_append_subtree(edge, 0, leaf, emit, ctx);
}

void merkle_append_subtree(struct merkle_edge *edge, unsigned level, const struct hash *subtree,
                           void (*emit)(void *ctx, unsigned level, uint64_t index,
                                        const struct hash *),
                           void *ctx)
{
	struct hash hash = *subtree;
	uint64_t size = edge->size;
	size_t count = (size_t)__builtin_popcountll(size);
	assert(level < 63 && size % ((uint64_t)1 << level) == 0);
	edge->size += (uint64_t)1 << level;
	if (emit != NULL)
		emit(ctx, level, size >> level, &hash);
	/* Each one bit of the size from there on is a complete subtree that this one completes. */
	for (; (size >> level & 1) != 0; level++) {
		hash = merkle_node(&edge->at[--count], &hash);
		if (emit != NULL)
			emit(ctx, level + 1, size >> (level + 1), &hash);
	}
	edge->at[count] = hash;
}

struct hash merkle_edge_root(const struct merkle_edge *edge)
{
	size_t count = (size_t)__builtin_popcountll(edge->size);
	if (count == 0)
		return merkle_empty;
	struct hash root = edge->at[count - 1];
	for (size_t i = count - 1; i > 0; i--)
		root = merkle_node(&edge->at[i - 1], &root);
	return root;
}

static bool make_room(struct merkle_tree *t, unsigned level)
{
	if (t->counts[level] < t->rooms[level])
		return true;
	uint64_t room = t->rooms[level] == 0 ? 16 : t->rooms[level] * 2;
	struct hash *more = room > SIZE_MAX / sizeof *more
	                        ? NULL
	                        : realloc(t->levels[level], (size_t)room * sizeof *more);
	if (more == NULL)
		return false;
	t->levels[level] = more;
	t->rooms[level] = room;
	return true;
}

static void keep(void *ctx, unsigned level, uint64_t index, const struct hash *hash)
{
	struct merkle_tree *t = ctx;
	assert(index == t->counts[level]);
	t->levels[level][t->counts[level]++] = *hash;
}

bool merkle_tree_append(struct merkle_tree *t, const struct hash *leaf)
{
	/* Room for all it completes, before anything changes. */
	unsigned completes = (unsigned)__builtin_ctzll(~t->edge.size);
	for (unsigned level = 0; level <= completes; level++)
		if (!make_room(t, level))
			return false;
	merkle_append(&t->edge, leaf, keep, t);
	return true;
}

static bool tree_hash(void *ctx, unsigned level, uint64_t index, struct hash *out, struct err *e)
{
	const struct merkle_tree *t = ctx;
	if (level >= 64 || index >= t->counts[level])
		return err_environment(e, "the tree has no subtree %llu of level %u",
		                       (unsigned long long)index, level);
	*out = t->levels[level][index];
	return true;
}

struct merkle_source merkle_tree_source(const struct merkle_tree *t)
{
	/* The source reads only; its context has no const to carry. */
	union {
		const struct merkle_tree *in;
		void *out;
	} ctx = {t};
	return (struct merkle_source){ctx.out, tree_hash};
}

void merkle_tree_free(struct merkle_tree *t)
{
	for (unsigned level = 0; level < 64; level++)
		free(t->levels[level]);
	*t = (struct merkle_tree){0};
}
