/*
 * server: answers gates over a socket, for a gate that it is given.
 *
 * One thread, one epoll; many clients at once, each a few bytes: a message is a packet, so there
 * is never half of one to keep, and an answer that a client has no room for cuts that client.
 * When all places are taken the client longest silent makes room. Everything it does with
 * the gate it does through the public header.
 */
#ifndef PROVISO_GATED_SERVER_H
#define PROVISO_GATED_SERVER_H

#include <proviso/gate.h>
#include <sys/types.h>

#include "base/err.h"

enum {
	SERVER_CLIENTS = 256,
	SERVER_CLIENTS_MAX = 4096,
	SERVER_IDLE_SECONDS = 300,
	SERVER_USERS = 16
};

struct server {
	struct proviso_gate *gate;
	int listener;          /* SOCK_SEQPACKET, listening, not blocking */
	int stop;              /* readable: an eventfd or signalfd; ends the serving */
	unsigned clients;      /* at once; 0: SERVER_CLIENTS */
	unsigned idle_seconds; /* then a silent client is cut; 0: SERVER_IDLE_SECONDS */
	/* Who may ask, beside root and this process's own user; none: whoever may connect. */
	uid_t users[SERVER_USERS];
	size_t user_count;
	/* What proviso_gate_renewal() is told; NULL: nobody renews here. */
	bool (*renewal)(void *ctx, size_t authority, struct proviso_renewal_status *);
	void *ctx;
};

/*
 * Makes the socket, with `mode` and, unless it is (gid_t)-1, `group`. A socket that nobody
 * listens at any more is replaced. Errors: refused, gate.in-use (somebody does); environment.
 */
bool server_listen(const char *path, mode_t mode, gid_t group, int *out, struct err *);

/* Serves until `stop` is readable. Errors: environment. */
bool server_run(const struct server *, struct err *);

#endif
