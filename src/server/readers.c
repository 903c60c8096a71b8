#include "parts.h"

#include <stdlib.h>

struct reading {
	struct authority authority; /* first: a reader is found by it */
	struct reading *next;
};

struct readers {
	char *home;
	pthread_mutex_t lock;
	pthread_cond_t given;
	struct reading *free;
	unsigned open, most;
};

static struct reading *reader_open(const char *home, struct err *e)
{
	struct reading *r = calloc(1, sizeof *r);
	if (r == NULL)
		err_environment(e, "out of memory");
	else if (authority_open(&r->authority, home, false, e))
		return r;
	free(r);
	return NULL;
}

struct readers *readers_new(const char *home, unsigned most, struct err *e)
{
	struct readers *rs = calloc(1, sizeof *rs);
	struct reading *first = reader_open(home, e); /* so that a bad home is found at once */
	if (rs == NULL || first == NULL || (rs->home = strdup(home)) == NULL) {
		free(rs);
		return NULL;
	}
	pthread_mutex_init(&rs->lock, NULL);
	pthread_cond_init(&rs->given, NULL);
	rs->most = most;
	rs->open = 1;
	rs->free = first;
	return rs;
}

void readers_free(struct readers *rs)
{
	while (rs->free != NULL) {
		struct reading *r = rs->free;
		rs->free = r->next;
		authority_close(&r->authority);
		free(r);
	}
	pthread_mutex_destroy(&rs->lock);
	pthread_cond_destroy(&rs->given);
	free(rs->home);
	free(rs);
}

/* A free one, or NULL when one more may be opened. */
static struct reading *wait_for_one(struct readers *rs)
{
	pthread_mutex_lock(&rs->lock);
	while (rs->free == NULL && rs->open == rs->most)
		pthread_cond_wait(&rs->given, &rs->lock);
	struct reading *r = rs->free;
	if (r != NULL)
		rs->free = r->next;
	else
		rs->open++;
	pthread_mutex_unlock(&rs->lock);
	return r;
}

static void gone(struct readers *rs)
{
	pthread_mutex_lock(&rs->lock);
	rs->open--;
	pthread_cond_signal(&rs->given);
	pthread_mutex_unlock(&rs->lock);
}

struct authority *reader_take(struct readers *rs, struct err *e)
{
	struct reading *r = wait_for_one(rs);
	if (r == NULL)
		r = reader_open(rs->home, e);
	if (r == NULL) {
		gone(rs);
		return NULL;
	}
	if (store_begin(r->authority.store, false, e))
		return &r->authority;
	authority_close(&r->authority);
	free(r);
	gone(rs);
	return NULL;
}

void reader_give(struct readers *rs, struct authority *a)
{
	struct reading *r = (struct reading *)a;
	store_rollback(a->store);
	pthread_mutex_lock(&rs->lock);
	r->next = rs->free;
	rs->free = r;
	pthread_cond_signal(&rs->given);
	pthread_mutex_unlock(&rs->lock);
}
