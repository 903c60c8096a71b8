#include "sessions.h"

#include <sodium.h>
#include <stdlib.h>

enum { FIRST_ROOM = 1024 };

/* A kid is a hash: any of its bytes spread as well as others. */
static struct session_slot *slot_of(struct session_slot *slots, size_t room, const struct hash *kid)
{
	uint64_t start;
	memcpy(&start, kid->at, sizeof start);
	size_t i = (size_t)start & (room - 1);
	while (slots[i].taken && !hash_equal(&slots[i].kid, kid))
		i = (i + 1) & (room - 1);
	return &slots[i];
}

static bool grow(struct sessions *s)
{
	size_t room = s->room == 0 ? FIRST_ROOM : 2 * s->room;
	struct session_slot *slots = calloc(room, sizeof *slots);
	if (slots == NULL)
		return false;
	for (size_t i = 0; i < s->room; i++)
		if (s->slots[i].taken)
			*slot_of(slots, room, &s->slots[i].kid) = s->slots[i];
	size_t count = s->count;
	sessions_free(s);
	s->slots = slots;
	s->room = room;
	s->count = count;
	return true;
}

static bool work_out(const struct secret_key *authority, const struct public_key *device,
                     const struct hash *kid, const uint8_t nonce[RENEWAL_NONCE],
                     uint8_t out[SESSION_KEY], struct err *e)
{
	uint8_t secret[KEY_SHARED_SECRET];
	struct hash own = key_id(&authority->public);
	if (!key_agree(authority, device, secret, e))
		return false;
	session_key(secret, kid, &own, nonce, out);
	sodium_memzero(secret, sizeof secret);
	return true;
}

static bool key(void *ctx, const struct public_key *device, const struct hash *kid,
                const uint8_t nonce[RENEWAL_NONCE], uint8_t out[SESSION_KEY], struct err *e)
{
	struct sessions *s = ctx;
	if (s->count >= SESSIONS_MAX)
		sessions_free(s);
	if (2 * (s->count + 1) > s->room && !grow(s))
		return err_environment(e, "out of memory");
	struct session_slot *slot = slot_of(s->slots, s->room, kid);
	if (!slot->taken || memcmp(slot->nonce, nonce, RENEWAL_NONCE) != 0) {
		if (!work_out(s->authority, device, kid, nonce, out, e))
			return false;
		s->count += !slot->taken;
		*slot = (struct session_slot){.taken = true, .kid = *kid};
		memcpy(slot->nonce, nonce, RENEWAL_NONCE);
		memcpy(slot->key, out, SESSION_KEY);
	}
	memcpy(out, slot->key, SESSION_KEY);
	return true;
}

struct session_keys session_keys_of(struct sessions *s, const struct secret_key *authority)
{
	s->authority = authority;
	return (struct session_keys){.ctx = s, .key = key};
}

void sessions_free(struct sessions *s)
{
	if (s->slots != NULL)
		sodium_memzero(s->slots, s->room * sizeof *s->slots);
	free(s->slots);
	s->slots = NULL;
	s->room = s->count = 0;
}
