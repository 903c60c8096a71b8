/*
 * The state with changes laid over it. Changes are a list that grows while records of a
 * batch are applied; a table in the arena finds the last change of a key, and takes in what
 * was added since it was last asked.
 */
#include <assert.h>
#include <stdlib.h>

#include "entries.h"
#include "key_hash.h"

enum { OVERLAY_ROOM = 64 };

struct slot {
	const struct change *change; /* NULL: free */
	uint64_t hash;
};

struct overlay {
	struct arena *arena;
	const struct state *below;
	const struct changes *above;
	const struct change *known; /* the last change taken into the table */
	struct slot *slots;
	size_t room, count; /* room: a power of two */
};

static struct slot *slot_find(struct slot *slots, size_t room, uint64_t hash, struct bytes key)
{
	size_t i = hash & (room - 1);
	while (slots[i].change != NULL &&
	       (slots[i].hash != hash || !bytes_equal(slots[i].change->key, key)))
		i = (i + 1) & (room - 1);
	return &slots[i];
}

static void overlay_grow(struct overlay *o)
{
	size_t room = o->room == 0 ? OVERLAY_ROOM : o->room * 2;
	struct slot *slots = arena_array(o->arena, room, sizeof *slots);
	for (size_t i = 0; i < o->room; i++)
		if (o->slots[i].change != NULL)
			*slot_find(slots, room, o->slots[i].hash, o->slots[i].change->key) =
			    o->slots[i];
	o->slots = slots;
	o->room = room;
}

static void overlay_catch_up(struct overlay *o)
{
	const struct change *next = o->known == NULL ? o->above->first : o->known->next;
	for (; next != NULL; next = next->next) {
		if (o->count * 2 >= o->room)
			overlay_grow(o);
		uint64_t hash = key_hash64(next->key);
		struct slot *slot = slot_find(o->slots, o->room, hash, next->key);
		o->count += slot->change == NULL;
		*slot = (struct slot){next, hash};
		o->known = next;
	}
}

static bool overlay_get(void *ctx, struct bytes key, struct arena *arena, struct bytes *value,
                        struct err *e)
{
	struct overlay *o = ctx;
	overlay_catch_up(o);
	if (o->room > 0) {
		const struct change *change =
		    slot_find(o->slots, o->room, key_hash64(key), key)->change;
		if (change != NULL) {
			*value = change->value;
			return true;
		}
	}
	return o->below->get(o->below->ctx, key, arena, value, e);
}

/* --- Scanning: the keys below and the changed ones, merged in order -------------------- */

struct merge {
	struct overlay *o;
	const struct change **changed; /* of the prefix, in order of keys */
	size_t count, next;
	bool stopped;
	bool (*each)(void *ctx, struct bytes key, struct bytes value);
	void *each_ctx;
};

static int by_key(const void *a, const void *b)
{
	return bytes_compare((*(const struct change *const *)a)->key,
	                     (*(const struct change *const *)b)->key);
}

static bool begins_with(struct bytes key, struct bytes prefix)
{
	return key.len >= prefix.len && bytes_equal(bytes_of(key.at, prefix.len), prefix);
}

static void merge_collect(struct merge *m, struct arena *arena, struct bytes prefix,
                          struct bytes after)
{
	m->changed = arena_array(arena, m->o->count, sizeof *m->changed);
	for (size_t i = 0; i < m->o->room; i++) {
		const struct change *change = m->o->slots[i].change;
		if (change != NULL && begins_with(change->key, prefix) &&
		    (after.len == 0 || bytes_compare(change->key, after) > 0))
			m->changed[m->count++] = change;
	}
	qsort(m->changed, m->count, sizeof *m->changed, by_key);
}

static bool merge_give(struct merge *m, struct bytes key, struct bytes value)
{
	m->stopped = m->stopped || !m->each(m->each_ctx, key, value);
	return !m->stopped;
}

/* Gives the changed keys up to `key` (NULL: all); says whether `key` itself was one. */
static bool merge_up_to(struct merge *m, const struct bytes *key)
{
	bool same = false;
	while (m->next < m->count && !m->stopped) {
		const struct change *change = m->changed[m->next];
		int order = key == NULL ? -1 : bytes_compare(change->key, *key);
		if (order > 0)
			break;
		same = order == 0;
		m->next++;
		if (change->value.at != NULL)
			merge_give(m, change->key, change->value);
	}
	return same;
}

static bool merge_below(void *ctx, struct bytes key, struct bytes value)
{
	struct merge *m = ctx;
	if (!merge_up_to(m, &key) && !m->stopped)
		merge_give(m, key, value);
	return !m->stopped;
}

static bool overlay_scan(void *ctx, struct bytes prefix, struct bytes after,
                         bool (*each)(void *ctx, struct bytes key, struct bytes value),
                         void *each_ctx, struct err *e)
{
	struct overlay *o = ctx;
	owned_arena arena = {0};
	overlay_catch_up(o);
	struct merge m = {.o = o, .each = each, .each_ctx = each_ctx};
	merge_collect(&m, &arena, prefix, after);
	if (!o->below->scan(o->below->ctx, prefix, after, merge_below, &m, e))
		return false;
	merge_up_to(&m, NULL);
	return true;
}

size_t state_changed(const struct state *over, struct arena *arena, const struct change ***out)
{
	struct overlay *o = over->ctx;
	size_t count = 0;
	overlay_catch_up(o);
	*out = arena_array(arena, o->count, sizeof **out);
	for (size_t i = 0; i < o->room; i++)
		if (o->slots[i].change != NULL)
			(*out)[count++] = o->slots[i].change;
	return count;
}

struct state state_over(struct arena *arena, const struct state *below, const struct changes *above)
{
	assert(arena != NULL && below != NULL && above != NULL);
	struct overlay *o = arena_alloc(arena, sizeof *o);
	*o = (struct overlay){.arena = arena, .below = below, .above = above};
	return (struct state){
	    .ctx = o, .get = overlay_get, .scan = overlay_scan, .known = below->known};
}
