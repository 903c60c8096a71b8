#include "keyring.h"

#include <pthread.h>
#include <stdlib.h>

enum { KEYRING_SLOTS = 1 << 12 };

struct ring_key {
	struct hash kid;
	struct passkey key;
	struct ring_key *next;
};

struct keyring {
	pthread_mutex_t lock;
	struct arena arena;
	struct ring_key *slots[KEYRING_SLOTS];
};

struct keyring *keyring_new(void)
{
	struct keyring *ring = calloc(1, sizeof *ring);
	if (ring != NULL && pthread_mutex_init(&ring->lock, NULL) != 0) {
		free(ring);
		ring = NULL;
	}
	return ring;
}

void keyring_free(struct keyring *ring)
{
	if (ring == NULL)
		return;
	pthread_mutex_destroy(&ring->lock);
	arena_free(&ring->arena);
	free(ring);
}

/* A kid is a hash: any of its bytes spread as well as others. */
static struct ring_key **slot_of(struct keyring *ring, const struct hash *kid)
{
	return &ring->slots[(kid->at[0] | (unsigned)kid->at[1] << 8) % KEYRING_SLOTS];
}

static const struct ring_key *find(struct keyring *ring, const struct hash *kid)
{
	const struct ring_key *at = *slot_of(ring, kid);
	while (at != NULL && !hash_equal(&at->kid, kid))
		at = at->next;
	return at;
}

static const char *kept_text(struct keyring *ring, bool has, const char *text)
{
	return has ? arena_copy(&ring->arena, text, strlen(text)) : NULL;
}

void keyring_add(struct keyring *ring, const struct key_body *body)
{
	if (!body->has_public_key)
		return;
	struct hash kid = key_id(&body->public_key);
	pthread_mutex_lock(&ring->lock);
	if (find(ring, &kid) == NULL) {
		struct ring_key **slot = slot_of(ring, &kid);
		struct ring_key *key = arena_alloc(&ring->arena, sizeof *key);
		*key = (struct ring_key){
		    .kid = kid,
		    .key = {body->public_key, kept_text(ring, body->has_rp_id, body->rp_id),
		            kept_text(ring, body->has_origin, body->origin)},
		    .next = *slot,
		};
		*slot = key;
	}
	pthread_mutex_unlock(&ring->lock);
}

void keyring_verify(struct keyring *ring, struct record *record)
{
	struct err ignored;
	pthread_mutex_lock(&ring->lock);
	const struct ring_key *found = find(ring, &record->cose.kid);
	pthread_mutex_unlock(&ring->lock);
	/* Keys stay where they are, and as they are. */
	if (found != NULL && record_verify(record, &found->key, &ignored))
		record->verified = &found->key;
}
