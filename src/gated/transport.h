/*
 * transport: carries requests to one authority and its replies back, from a process of its own.
 *
 * The process that holds the device's key makes no connection and runs no program; this one
 * does, and holds nothing. The two speak over a socket pair, a packet a message. What comes
 * back is believed by nobody: a lease is proven, an event only asks for a renewal.
 */
#ifndef PROVISO_GATED_TRANSPORT_H
#define PROVISO_GATED_TRANSPORT_H

#include <proviso/gate.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/err.h"

struct transport_options {
	const char *url;     /* of a provisod: POST URL/v1/leases, GET URL/v1/systems/ID/watch */
	const char *ca_file; /* for https: beside the system's; NULL: those alone */
	const char *command; /* or: the request on its standard input, the reply on its output */
	unsigned seconds;    /* an exchange may take; 0: 20 */
};

enum transport_kind {
	/* To the transport. */
	TRANSPORT_RENEW = 1, /* a request's bytes */
	TRANSPORT_WATCH = 2, /* "SYSTEM SIZE": watch from this log size on */
	/* From it. */
	TRANSPORT_REPLY = 3,   /* a reply's bytes */
	TRANSPORT_FAILED = 4,  /* "SECONDS WHY": no reply; not again before so many seconds */
	TRANSPORT_CHANGED = 5, /* what is in force for the system may have changed */
	TRANSPORT_WATCHING = 6,
	TRANSPORT_LOST = 7, /* why the watch is not open */
};

enum { TRANSPORT_MESSAGE_MAX = 1 + PROVISO_REPLY_MAX };

struct transport {
	int socket; /* this process's end */
	pid_t child;
};

/* Starts the process. Before the gate is opened: a gate does not survive a fork. */
bool transport_start(const struct transport_options *, struct transport *, struct err *);

/* One message. The bytes of what was received lie in `room`. False: the other end is gone. */
bool transport_send(int socket, enum transport_kind, struct bytes);
bool transport_receive(int socket, uint8_t room[TRANSPORT_MESSAGE_MAX], enum transport_kind *,
                       struct bytes *);

/* --- Between the files of the transport ---------------------------------------------------------
 */

/* Runs in the child until its socket closes. */
void transport_http(int socket, const struct transport_options *);
void transport_command(int socket, const struct transport_options *);

#endif
