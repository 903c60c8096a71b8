#include "session_table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 256, WAYS = 8 };

struct slot {
	struct hash token, kid;
	int64_t began, used;
	bool taken;
};

struct session_table {
	pthread_mutex_t lock;
	int64_t idle, most;
	struct slot slots[SETS][WAYS];
};

struct session_table *session_table_new(int64_t idle, int64_t most)
{
	struct session_table *t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	t->idle = idle;
	t->most = most;
	return t;
}

void session_table_free(struct session_table *t)
{
	if (t != NULL)
		pthread_mutex_destroy(&t->lock);
	free(t);
}

static bool is_live(const struct session_table *t, const struct slot *s, int64_t now)
{
	return s->taken && now - s->used < t->idle && now - s->began < t->most;
}

static struct slot *find(struct session_table *t, const struct hash *token)
{
	struct slot *set = t->slots[token->at[0] % SETS];
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].taken && hash_equal(&set[i].token, token))
			return &set[i];
	return NULL;
}

/* A place of the set that is free, or whose session has ended, or was used longest ago. */
static struct slot *make_room(struct session_table *t, const struct hash *token, int64_t now)
{
	struct slot *set = t->slots[token->at[0] % SETS], *oldest = &set[0];
	for (size_t i = 0; i < WAYS; i++) {
		if (!is_live(t, &set[i], now))
			return &set[i];
		if (set[i].used < oldest->used)
			oldest = &set[i];
	}
	return oldest;
}

void session_table_begin(struct session_table *t, struct bytes token, const struct hash *kid,
                         int64_t now)
{
	struct hash name = sha256(token);
	pthread_mutex_lock(&t->lock);
	*make_room(t, &name, now) = (struct slot){name, *kid, now, now, true};
	pthread_mutex_unlock(&t->lock);
}

bool session_table_find(struct session_table *t, struct bytes token, bool is_use, int64_t now,
                        struct hash *kid, int64_t *ends)
{
	struct hash name = sha256(token);
	pthread_mutex_lock(&t->lock);
	struct slot *s = find(t, &name);
	bool live = s != NULL && is_live(t, s, now);
	if (live) {
		*kid = s->kid;
		*ends = s->began + t->most;
		s->used = is_use ? now : s->used;
	}
	pthread_mutex_unlock(&t->lock);
	return live;
}

void session_table_end(struct session_table *t, struct bytes token)
{
	struct hash name = sha256(token);
	pthread_mutex_lock(&t->lock);
	struct slot *s = find(t, &name);
	if (s != NULL)
		*s = (struct slot){0};
	pthread_mutex_unlock(&t->lock);
}
