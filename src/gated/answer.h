/*
 * answer: a request of a client, done with the gate.
 */
#ifndef PROVISO_GATED_ANSWER_H
#define PROVISO_GATED_ANSWER_H

#include "server.h"
#include "wire/wire.h"

/* What answering needs beside the request, kept from one to the next. */
struct answer_room {
	struct wire_request request;
	struct wire_reply reply;
	char scope[PROVISO_SCOPE_MAX];
	uint8_t renewal[PROVISO_REQUEST_MAX];
};

/*
 * Reads `message`, does what it asks, writes the reply. False when the message is none: the
 * reply says why, and the client is to be cut. `manager`: may renew by hand.
 */
bool answer(const struct server *, bool manager, struct bytes message, struct answer_room *,
            struct buffer *reply);

#endif
