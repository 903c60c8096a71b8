#include "recent.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "key_hash.h"

enum { FIRST_ROOM = 1024 };

static bool begins_with(struct bytes key, const char *prefix)
{
	size_t len = strlen(prefix);
	return key.len > len && memcmp(key.at, prefix, len) == 0;
}

bool recent_keeps(struct bytes key)
{
	return begins_with(key, "lease/") || begins_with(key, "device/") ||
	       bytes_equal(key, bytes_text("log"));
}

static struct recent_slot *slot_of(struct recent_slot *slots, size_t room, uint64_t hash,
                                   struct bytes key)
{
	size_t i = hash & (room - 1);
	while (slots[i].at != NULL && (slots[i].hash != hash ||
	                               !bytes_equal(bytes_of(slots[i].at, slots[i].key_len), key)))
		i = (i + 1) & (room - 1);
	return &slots[i];
}

bool recent_get(const struct recent *r, struct bytes key, struct bytes *value)
{
	if (r->room == 0)
		return false;
	const struct recent_slot *slot = slot_of(r->slots, r->room, key_hash64(key), key);
	if (slot->at == NULL)
		return false;
	*value = bytes_of(slot->at + slot->key_len, slot->len);
	return true;
}

void recent_expect(const struct recent *r, const struct bytes keys[], size_t count)
{
	enum { LINE = 64 };
	uint64_t hashes[RECENT_EXPECTED];
	assert(count <= RECENT_EXPECTED);
	if (r->room == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		hashes[i] = key_hash64(keys[i]);
		__builtin_prefetch(&r->slots[hashes[i] & (r->room - 1)]);
	}
	/* The first place is most often the right one; where it is not, only time is lost. */
	for (size_t i = 0; i < count; i++) {
		const struct recent_slot *slot = &r->slots[hashes[i] & (r->room - 1)];
		for (size_t at = 0; slot->at != NULL && at < slot->key_len + slot->len; at += LINE)
			__builtin_prefetch(slot->at + at);
	}
}

static _Noreturn void out_of_memory(void)
{
	fputs("proviso: out of memory\n", stderr);
	abort();
}

static void grow(struct recent *r)
{
	size_t room = r->room == 0 ? FIRST_ROOM : 2 * r->room;
	struct recent_slot *slots = calloc(room, sizeof *slots);
	if (slots == NULL)
		out_of_memory();
	for (size_t i = 0; i < r->room; i++) {
		const struct recent_slot *slot = &r->slots[i];
		if (slot->at != NULL)
			*slot_of(slots, room, slot->hash, bytes_of(slot->at, slot->key_len)) =
			    *slot;
	}
	free(r->slots);
	r->slots = slots;
	r->room = room;
}

/* Room for a key and a value of this length; what was there goes. */
static void make_room(struct recent_slot *slot, struct bytes key, size_t len)
{
	free(slot->at);
	slot->room = (uint32_t)len;
	slot->key_len = (uint32_t)key.len;
	slot->at = malloc(key.len + len);
	if (slot->at == NULL)
		out_of_memory();
	memcpy(slot->at, key.at, key.len);
}

void recent_put(struct recent *r, struct bytes key, struct bytes value)
{
	if (2 * (r->count + 1) > r->room)
		grow(r);
	uint64_t hash = key_hash64(key);
	struct recent_slot *slot = slot_of(r->slots, r->room, hash, key);
	bool is_new = slot->at == NULL;
	if (is_new || slot->room < value.len)
		make_room(slot, key, value.len);
	r->count += is_new;
	slot->hash = hash;
	slot->len = (uint32_t)value.len;
	memcpy(slot->at + slot->key_len, value.at, value.len);
}

void recent_forget(struct recent *r)
{
	for (size_t i = 0; i < r->room; i++)
		free(r->slots[i].at);
	free(r->slots);
	*r = (struct recent){.version = r->version};
}
