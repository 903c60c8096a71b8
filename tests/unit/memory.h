/*
 * memory: a state in memory, sorted pairs in an arena, for tests. It can break as a disk does.
 */
#ifndef PROVISO_TEST_MEMORY_H
#define PROVISO_TEST_MEMORY_H

#include "authority/state.h"
#include "base/hash.h"

struct memory_pair {
	struct bytes key, value;
};

struct memory {
	struct arena arena;
	struct memory_pair *pairs; /* sorted by key */
	size_t count, room;
	bool breaks;                  /* every read fails, as a disk can */
	uint64_t reads, breaks_after; /* with breaks_after: from this read on */
};

__attribute__((unused)) static size_t memory_at(const struct memory *m, struct bytes key,
                                                bool *found)
{
	size_t low = 0, high = m->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (bytes_compare(m->pairs[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = low < m->count && bytes_equal(m->pairs[low].key, key);
	return low;
}

__attribute__((unused)) static bool memory_fails(struct memory *m, struct err *e)
{
	m->reads++;
	if (m->breaks || (m->breaks_after > 0 && m->reads >= m->breaks_after)) {
		err_environment(e, "the disk is broken");
		return true;
	}
	return false;
}

__attribute__((unused)) static bool memory_get(void *ctx, struct bytes key, struct arena *arena,
                                               struct bytes *value, struct err *e)
{
	struct memory *m = ctx;
	bool found;
	size_t at = memory_at(m, key, &found);
	if (memory_fails(m, e))
		return false;
	*value = found ? bytes_copy(arena, m->pairs[at].value) : (struct bytes){0};
	return true;
}

__attribute__((unused)) static bool memory_scan(void *ctx, struct bytes prefix, struct bytes after,
                                                bool (*each)(void *ctx, struct bytes key,
                                                             struct bytes value),
                                                void *each_ctx, struct err *e)
{
	struct memory *m = ctx;
	bool found;
	if (memory_fails(m, e))
		return false;
	for (size_t at = memory_at(m, prefix, &found); at < m->count; at++) {
		struct memory_pair *pair = &m->pairs[at];
		if (pair->key.len < prefix.len ||
		    !bytes_equal(bytes_of(pair->key.at, prefix.len), prefix))
			break;
		if (after.len > 0 && bytes_compare(pair->key, after) <= 0)
			continue;
		if (!each(each_ctx, pair->key, pair->value))
			break;
	}
	return true;
}

__attribute__((unused)) static void memory_set(struct memory *m, struct bytes key,
                                               struct bytes value)
{
	bool found;
	size_t at = memory_at(m, key, &found);
	if (value.at == NULL) {
		if (found)
			memmove(m->pairs + at, m->pairs + at + 1,
			        (--m->count - at) * sizeof *m->pairs);
		return;
	}
	if (!found) {
		if (m->count == m->room) {
			size_t room = m->room * 2 + 64;
			struct memory_pair *more = arena_array(&m->arena, room, sizeof *more);
			if (m->count > 0)
				memcpy(more, m->pairs, m->count * sizeof *more);
			m->pairs = more;
			m->room = room;
		}
		memmove(m->pairs + at + 1, m->pairs + at, (m->count++ - at) * sizeof *m->pairs);
		m->pairs[at].key = bytes_copy(&m->arena, key);
	}
	m->pairs[at].value = bytes_copy(&m->arena, value);
}

__attribute__((unused)) static struct state memory_state(struct memory *m)
{
	return (struct state){.ctx = m, .get = memory_get, .scan = memory_scan};
}

/* As store_digest(). */
__attribute__((unused)) static struct hash memory_digest(const struct memory *m)
{
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	for (size_t i = 0; i < m->count; i++) {
		buffer_u32be(&b, (uint32_t)m->pairs[i].key.len);
		buffer_bytes(&b, m->pairs[i].key);
		buffer_u32be(&b, (uint32_t)m->pairs[i].value.len);
		buffer_bytes(&b, m->pairs[i].value);
	}
	return sha256(buffer_view(&b));
}

#endif
