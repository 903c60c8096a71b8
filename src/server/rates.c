#include "rates.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/rim.h"

enum { SLOTS = 1 << 16, PROBES = 8, BURST_SECONDS = 2, SALT = 16 };

struct bucket {
	uint64_t who; /* 0: free */
	uint64_t at;
	double tokens;
};

struct rates {
	pthread_mutex_t lock;
	double per_second;
	uint8_t salt[SALT]; /* so that nobody can aim at another's slot */
	struct bucket slots[SLOTS];
};

struct rates *rates_new(unsigned per_second)
{
	struct rates *r = calloc(1, sizeof *r);
	if (r == NULL)
		return NULL;
	pthread_mutex_init(&r->lock, NULL);
	r->per_second = per_second;
	rim_random(r->salt, sizeof r->salt);
	return r;
}

void rates_free(struct rates *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static uint64_t name_of(const struct rates *r, struct bytes who)
{
	struct hash hash = sha256_parts((struct bytes[]){bytes_of(r->salt, SALT), who}, 2);
	uint64_t name;
	memcpy(&name, hash.at, sizeof name);
	return name | 1;
}

/* Its bucket, filled up to now; in a full neighbourhood the one that was used longest ago. */
static struct bucket *find(struct rates *r, struct bytes who, uint64_t now)
{
	uint64_t name = name_of(r, who);
	double most = r->per_second * BURST_SECONDS;
	struct bucket *oldest = NULL;
	for (size_t i = 0; i < PROBES; i++) {
		struct bucket *b = &r->slots[(name + i) % SLOTS];
		if (b->who == name) {
			b->tokens += (double)(now - b->at) / 1e6 * r->per_second;
			b->tokens = b->tokens > most ? most : b->tokens;
			b->at = now;
			return b;
		}
		if (oldest == NULL || b->who == 0 || (oldest->who != 0 && b->at < oldest->at))
			oldest = b;
	}
	*oldest = (struct bucket){name, now, most};
	return oldest;
}

bool rates_take(struct rates *r, struct bytes who, uint64_t now)
{
	if (r == NULL || who.len == 0)
		return true;
	pthread_mutex_lock(&r->lock);
	struct bucket *b = find(r, who, now);
	bool has = b->tokens >= 1;
	b->tokens -= has;
	pthread_mutex_unlock(&r->lock);
	return has;
}

bool rates_has(struct rates *r, struct bytes who, uint64_t now)
{
	if (r == NULL || who.len == 0)
		return true;
	pthread_mutex_lock(&r->lock);
	bool has = find(r, who, now)->tokens >= 1;
	pthread_mutex_unlock(&r->lock);
	return has;
}

struct bytes rates_prefix(struct arena *arena, const char *address)
{
	uint8_t *at = arena_alloc(arena, 16);
	if (inet_pton(AF_INET, address, at) == 1)
		return bytes_of(at, 3);
	if (inet_pton(AF_INET6, address, at) != 1)
		return (struct bytes){0};
	/* An IPv4 client of a socket for both. */
	static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
	return memcmp(at, mapped, sizeof mapped) == 0 ? bytes_of(at, 15) : bytes_of(at, 6);
}
