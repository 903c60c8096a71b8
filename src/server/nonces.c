#include "nonces.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 1 << 13, WAYS = 8 };

struct nonces {
	pthread_mutex_t lock;
	struct {
		struct hash seen;
		int64_t until;
	} slots[SETS][WAYS];
};

struct nonces *nonces_new(void)
{
	struct nonces *n = calloc(1, sizeof *n);
	if (n != NULL)
		pthread_mutex_init(&n->lock, NULL);
	return n;
}

void nonces_free(struct nonces *n)
{
	if (n != NULL)
		pthread_mutex_destroy(&n->lock);
	free(n);
}

bool nonces_take(struct nonces *n, const struct hash *what, int64_t now, int64_t until,
                 struct err *e)
{
	size_t set = ((size_t)what->at[0] << 8 | what->at[1]) % SETS, free_way = WAYS;
	bool seen = false;
	pthread_mutex_lock(&n->lock);
	for (size_t i = 0; i < WAYS; i++) {
		bool live = n->slots[set][i].until >= now;
		seen |= live && memcmp(&n->slots[set][i].seen, what, sizeof *what) == 0;
		free_way = live ? free_way : i;
	}
	if (!seen && free_way < WAYS) {
		n->slots[set][free_way].seen = *what;
		n->slots[set][free_way].until = until;
	}
	pthread_mutex_unlock(&n->lock);
	if (seen)
		return err_refused(e, "signature.replayed",
		                   "a request with this nonce was answered already: sign anew");
	return free_way < WAYS ||
	       err_environment(e, "too many signed requests at once: sign anew, a little later");
}
