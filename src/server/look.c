/*
 * The log grows by commands too, and by other services at the same home: whom that touches is
 * told as well. What came through this process the writer has told already, and the hub tells
 * nothing twice.
 */
#include "parts.h"

#include <stdlib.h>
#include <time.h>

enum { LOOK_MILLISECONDS = 200, LOOK_MAX = 4096 };

struct looker {
	struct authority authority;
	struct hub *hub;
	uint64_t next; /* place of the first entry not looked at */
	pthread_t thread;
	atomic_bool ends;
};

struct looking {
	struct looker *looker;
	struct state state;
	struct err *err;
	bool ok, records; /* anything but leases was among what is new */
};

/* Leases are most of a log, and touch nobody: they are told by their first bytes. */
static bool is_lease(struct bytes entry)
{
	const char *type = record_kind(KIND_LEASE)->content_type;
	size_t len = strlen(type), head = 3; /* of the array and the text */
	return entry.len > head + len && memcmp(entry.at + head, type, len) == 0;
}

static bool look_at(void *ctx, uint64_t index, struct bytes entry)
{
	struct looking *l = ctx;
	owned_arena arena = {0};
	struct record record;
	struct touched touched;
	if (!is_lease(entry)) {
		bool is_read = record_decode(&arena, entry, &record, l->err) &&
		               query_touched(&l->state, &arena, &record, &touched, l->err);
		l->ok = is_read || l->err->kind != ERR_ENVIRONMENT;
		if (!l->ok)
			return false;
		l->records = true;
		if (is_read && (touched.all || touched.target != NULL))
			hub_touch(l->looker->hub, &touched, &record.id, index);
	}
	l->looker->next = index + 1;
	return true;
}

/* Some of what is new; false when there is no more, or it cannot be read now. */
static bool look(struct looker *l)
{
	struct err ignored = {0};
	struct looking looking = {.looker = l, .err = &ignored, .ok = true};
	if (!store_begin(l->authority.store, false, &ignored))
		return false;
	uint64_t size = store_size(l->authority.store), from = l->next,
	         to = size - l->next > LOOK_MAX ? l->next + LOOK_MAX : size;
	looking.state = authority_state(&l->authority);
	bool ok = l->next == to ||
	          store_entries(l->authority.store, l->next, to, look_at, &looking, &ignored);
	store_rollback(l->authority.store);
	if (l->next > from)
		hub_news(l->hub, looking.records, l->next);
	return ok && looking.ok && l->next < size;
}

static void *look_on(void *ctx)
{
	struct looker *l = ctx;
	while (!atomic_load(&l->ends))
		if (!look(l))
			nanosleep(&(struct timespec){.tv_nsec = LOOK_MILLISECONDS * 1000000}, NULL);
	return NULL;
}

struct looker *looker_new(const char *home, struct hub *hub, uint64_t from, struct err *e)
{
	struct looker *l = calloc(1, sizeof *l);
	if (l == NULL) {
		err_environment(e, "out of memory");
		return NULL;
	}
	l->hub = hub;
	l->next = from;
	if (authority_open(&l->authority, home, false, e)) {
		if (pthread_create(&l->thread, NULL, look_on, l) == 0)
			return l;
		authority_close(&l->authority);
		err_environment(e, "cannot start a thread");
	}
	free(l);
	return NULL;
}

void looker_free(struct looker *l)
{
	if (l == NULL)
		return;
	atomic_store(&l->ends, true);
	pthread_join(l->thread, NULL);
	authority_close(&l->authority);
	free(l);
}
