/*
 * fetch: a file from a URL, as lists are published: only when it has changed, on from where an
 * earlier try broke off, again after a pause when the network fails. HTTPS; plain HTTP from this
 * machine only, since it can be altered on its way.
 */
#ifndef PROVISO_CLI_FETCH_H
#define PROVISO_CLI_FETCH_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct fetch {
	const char *url;
	const char *path;                 /* of the file to be; PATH.part holds what came so far */
	const char *etag, *last_modified; /* of what is there, or NULL */
	const char *proxy;                /* NULL: as the environment says */
	unsigned retries;
	/* May be NULL. `total` is 0 while it is unknown. */
	void (*step)(void *context, uint64_t done, uint64_t total);
	void *context;
};

struct fetched {
	bool is_changed;                  /* false: the server says that what is there is current */
	const char *etag, *last_modified; /* in the arena, or NULL */
};

bool fetch_is_url(const char *source);
/* Errors: usage (no such scheme), refused fetch.status, environment. */
bool fetch(const struct fetch *, struct arena *, struct fetched *out, struct err *);

#endif
