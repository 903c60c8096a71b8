/*
 * renewer: renews one authority's leases in time, from a thread of its own.
 *
 * A lease is renewed when between half and three quarters of its life are over; where in
 * between is told by the system's id, so that systems whose leases began together do not come
 * together. What fails is tried again after waits that double, of which chance leaves out
 * some; a change that the authority tells of (the watch) renews at once. When the authority
 * cannot be reached the log and proviso_gate_renewal() say how long the lease still lasts.
 */
#ifndef PROVISO_GATED_RENEWER_H
#define PROVISO_GATED_RENEWER_H

#include <pthread.h>

#include "transport.h"

struct renewer {
	struct proviso_gate *gate;
	size_t authority;
	struct transport transport;
	int wake; /* an eventfd: renew now, or stop */
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	bool stops, now;
	struct proviso_renewal_status status;
	int64_t next; /* milliseconds of CLOCK_BOOTTIME */
	/* The thread's own. */
	uint64_t refusals; /* in a row */
	bool waits;        /* for a reply */
	int64_t waits_until;
	uint8_t room[TRANSPORT_MESSAGE_MAX];
	bool lost; /* its transport is gone: the daemon ends */
	int gone;  /* an eventfd that is written then */
};

/* Of the life of `ttl_seconds`: after how many milliseconds the system renews. */
int64_t renewer_due(const char *system, uint64_t ttl_seconds);

/* The wait after so many failures (or, slower, refusals) in a row; `chance` is any number. */
int64_t renewer_wait(uint64_t in_a_row, bool refused, uint32_t chance);

/* `gate`, `authority`, `transport` and `gone` are set. Errors: environment. */
bool renewer_start(struct renewer *, struct err *);
void renewer_now(struct renewer *);
void renewer_stop(struct renewer *);
void renewer_status(struct renewer *, struct proviso_renewal_status *);

#endif
