/*
 * serve: a witness over HTTP, as C2SP tlog-witness has it: POST /add-checkpoint, and
 * GET /ORIGIN-HASH/checkpoint for those who watch. I/O.
 */
#ifndef PROVISO_WITNESS_SERVE_H
#define PROVISO_WITNESS_SERVE_H

#include "cosigner.h"
#include "server/http.h"

struct witness_service {
	struct cosigner *cosigner;
	int64_t (*now)(void); /* rim_now, but for tests */
	/* What was refused and why, or could not be done; may be NULL. */
	void (*refused)(void *ctx, const char *peer, const struct err *);
	void *ctx;
	struct http_route routes[3];
};

/* Fills the routes; `*s` and its cosigner must stay while they are served. */
const struct http_route *witness_routes(struct witness_service *s);

#endif
