/*
 * A node is in two structures at once: a hash table, for the many reads of single keys, and
 * a treap, for walks in order. A treap's priorities are the keys' hashes, so that its shape
 * depends on nothing else. Keys live in the memory's arena and stay for ever: a deleted one
 * is a node without a value, as it would soon come back.
 */
#include "memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "key_hash.h"

struct node {
	struct bytes key;
	uint64_t hash;
	uint8_t *value; /* NULL: not there */
	size_t len, room;
	struct node *left, *right;
};

struct memory {
	struct arena arena;
	struct node **slots;
	size_t room, count; /* room: a power of two */
	struct node *root;
};

enum { MEMORY_ROOM = 1024 };

struct memory *memory_new(void)
{
	struct memory *m = calloc(1, sizeof *m);
	if (m == NULL)
		return NULL;
	m->room = MEMORY_ROOM;
	m->slots = calloc(m->room, sizeof *m->slots);
	if (m->slots != NULL)
		return m;
	free(m);
	return NULL;
}

static void node_free(struct node *n)
{
	if (n == NULL)
		return;
	node_free(n->left);
	node_free(n->right);
	free(n->value);
}

void memory_free(struct memory *m)
{
	if (m == NULL)
		return;
	node_free(m->root);
	arena_free(&m->arena);
	free(m->slots);
	free(m);
}

/* --- By hash --------------------------------------------------------------------------- */

static struct node **slot_of(struct node **slots, size_t room, uint64_t hash, struct bytes key)
{
	size_t i = hash & (room - 1);
	while (slots[i] != NULL && (slots[i]->hash != hash || !bytes_equal(slots[i]->key, key)))
		i = (i + 1) & (room - 1);
	return &slots[i];
}

static _Noreturn void out_of_memory(void)
{
	fputs("proviso: out of memory\n", stderr);
	abort();
}

static void slots_grow(struct memory *m)
{
	size_t room = m->room * 2;
	struct node **slots = calloc(room, sizeof *slots);
	if (slots == NULL)
		out_of_memory();
	for (size_t i = 0; i < m->room; i++)
		if (m->slots[i] != NULL)
			*slot_of(slots, room, m->slots[i]->hash, m->slots[i]->key) = m->slots[i];
	free(m->slots);
	m->slots = slots;
	m->room = room;
}

static bool get(void *ctx, struct bytes key, struct arena *arena, struct bytes *value,
                struct err *e)
{
	struct memory *m = ctx;
	(void)arena, (void)e;
	const struct node *n = *slot_of(m->slots, m->room, key_hash64(key), key);
	*value = (struct bytes){0};
	if (n != NULL && n->value != NULL)
		*value = bytes_of(n->value, n->len);
	return true;
}

void memory_expect(const struct memory *m, const struct hash *const systems[], size_t count)
{
	static const char prefix[] = "lease/";
	enum { PREFIX = sizeof prefix - 1, LINE = 64 };
	uint64_t hashes[MEMORY_EXPECTED];
	const struct node *nodes[MEMORY_EXPECTED];
	uint8_t key[PREFIX + HASH_SIZE];
	assert(count <= MEMORY_EXPECTED);
	memcpy(key, prefix, PREFIX);
	for (size_t i = 0; i < count; i++) {
		memcpy(key + PREFIX, systems[i]->at, HASH_SIZE);
		hashes[i] = key_hash64(bytes_of(key, sizeof key));
		__builtin_prefetch(&m->slots[hashes[i] & (m->room - 1)]);
	}
	/* The first place is most often the right one; where it is not, only time is lost. */
	for (size_t i = 0; i < count; i++) {
		nodes[i] = m->slots[hashes[i] & (m->room - 1)];
		__builtin_prefetch(nodes[i]);
		__builtin_prefetch((const uint8_t *)nodes[i] + LINE);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t at = 0; nodes[i] != NULL && at < nodes[i]->len; at += LINE)
			__builtin_prefetch(nodes[i]->value + at);
}

/* --- In order -------------------------------------------------------------------------- */

static struct node *rotate_right(struct node *n)
{
	struct node *top = n->left;
	n->left = top->right;
	top->right = n;
	return top;
}

static struct node *rotate_left(struct node *n)
{
	struct node *top = n->right;
	n->right = top->left;
	top->left = n;
	return top;
}

/* `key` is not in the treap yet. */
static struct node *insert(struct node *n, struct node *fresh)
{
	if (n == NULL)
		return fresh;
	if (bytes_compare(fresh->key, n->key) < 0) {
		n->left = insert(n->left, fresh);
		return n->left->hash > n->hash ? rotate_right(n) : n;
	}
	n->right = insert(n->right, fresh);
	return n->right->hash > n->hash ? rotate_left(n) : n;
}

struct walk {
	struct bytes prefix, after;
	bool (*each)(void *ctx, struct bytes key, struct bytes value);
	void *ctx;
};

static bool begins_with(struct bytes key, struct bytes prefix)
{
	return key.len >= prefix.len && bytes_equal(bytes_of(key.at, prefix.len), prefix);
}

/* False once `each` said stop, or the keys are past the prefix. */
static bool walk(const struct walk *w, const struct node *n)
{
	if (n == NULL)
		return true;
	bool is_after = bytes_compare(n->key, w->after) > 0 || w->after.len == 0;
	bool is_in = begins_with(n->key, w->prefix);
	if (is_after && bytes_compare(n->key, w->prefix) >= 0 && !walk(w, n->left))
		return false;
	if (is_after && is_in && n->value != NULL &&
	    !w->each(w->ctx, n->key, bytes_of(n->value, n->len)))
		return false;
	if (!is_in && bytes_compare(n->key, w->prefix) > 0)
		return false;
	return walk(w, n->right);
}

static bool scan(void *ctx, struct bytes prefix, struct bytes after,
                 bool (*each)(void *ctx, struct bytes key, struct bytes value), void *each_ctx,
                 struct err *e)
{
	struct memory *m = ctx;
	struct walk w = {prefix, after, each, each_ctx};
	(void)e;
	walk(&w, m->root);
	return true;
}

struct state memory_state(struct memory *m)
{
	return (struct state){.ctx = m, .get = get, .scan = scan};
}

/* --- Changing -------------------------------------------------------------------------- */

static struct node *node_at(struct memory *m, struct bytes key)
{
	uint64_t hash = key_hash64(key);
	struct node **slot = slot_of(m->slots, m->room, hash, key);
	if (*slot != NULL)
		return *slot;
	struct node *n = arena_alloc(&m->arena, sizeof *n + key.len);
	memcpy(n + 1, key.at, key.len); /* beside it, as one is never looked at without the other */
	*n = (struct node){.key = bytes_of(n + 1, key.len), .hash = hash};
	*slot = n;
	m->root = insert(m->root, n);
	if (++m->count * 2 > m->room)
		slots_grow(m);
	return n;
}

static void node_set(struct node *n, struct bytes value)
{
	/* An empty value is one: what is not there has none. */
	if (n->value == NULL || n->room < value.len) {
		size_t room = value.len > 0 ? value.len : 1;
		free(n->value);
		n->value = malloc(room);
		if (n->value == NULL)
			out_of_memory();
		n->room = room;
	}
	if (value.len > 0)
		memcpy(n->value, value.at, value.len);
	n->len = value.len;
}

static void node_clear(struct node *n)
{
	free(n->value);
	n->value = NULL;
	n->room = n->len = 0;
}

void memory_change(struct memory *m, const struct changes *changes)
{
	for (const struct change *c = changes->first; c != NULL; c = c->next) {
		struct node *n = node_at(m, c->key);
		if (c->value.at == NULL)
			node_clear(n);
		else
			node_set(n, c->value);
	}
}

/* --- Digest ---------------------------------------------------------------------------- */

static bool digest_pair(void *ctx, struct bytes key, struct bytes value)
{
	struct hash *hash = ctx;
	uint8_t lengths[2][4];
	for (unsigned i = 0; i < 4; i++) {
		lengths[0][i] = (uint8_t)(key.len >> (24 - 8 * i));
		lengths[1][i] = (uint8_t)(value.len >> (24 - 8 * i));
	}
	const struct bytes parts[] = {
	    hash_bytes(hash), {lengths[0], 4}, key, {lengths[1], 4}, value};
	*hash = sha256_parts(parts, sizeof parts / sizeof *parts);
	return true;
}

struct hash memory_digest(struct memory *m)
{
	struct hash hash = sha256(bytes_of(NULL, 0));
	walk(&(struct walk){.each = digest_pair, .ctx = &hash}, m->root);
	return hash;
}
