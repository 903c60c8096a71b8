/*
 * wire: what a gate beside the product (proviso-gated) and its clients say to each other.
 *
 * A message is one packet of a SOCK_SEQPACKET socket: deterministic CBOR, every length bounded,
 * nothing left over. A request is [version, id, operation, content], its reply
 * [version, id, error or null, result or null]. Contents are told in doc/protocol.md, "The gate
 * beside a product". Pure: no I/O. Reading a request allocates nothing.
 */
#ifndef PROVISO_WIRE_H
#define PROVISO_WIRE_H

#include "base/bytes.h"
#include "base/err.h"
#include "proviso/gate.h"

enum {
	WIRE_VERSION = 1,
	WIRE_TEXT_MAX = 511,                       /* bytes of a text of a use */
	WIRE_REQUEST_MAX = PROVISO_REPLY_MAX + 64, /* bytes: of WIRE_ACCEPT */
	WIRE_REPLY_MAX = PROVISO_SCOPE_MAX + 1024, /* bytes: of WIRE_SCOPE */
	WIRE_USE_ROOM = (5 + PROVISO_WITH_MAX) * (WIRE_TEXT_MAX + 1),
};

/* The numbers never change. */
enum wire_operation {
	WIRE_DECIDE = 1,
	WIRE_ASK = 2,
	WIRE_LABEL = 3,
	WIRE_STATUS = 4,
	WIRE_LEASE = 5,
	WIRE_SCOPE = 6,
	WIRE_RENEWAL = 7,
	/* Those of the daemon's own user and root. */
	WIRE_REQUEST = 8,
	WIRE_ACCEPT = 9,
	WIRE_SYNC = 10,
};

/* What is pointed to lies in `room`, or, of WIRE_ACCEPT, in the message. */
struct wire_request {
	uint64_t id;
	enum wire_operation operation;
	struct proviso_use_text use; /* WIRE_DECIDE, WIRE_ASK; any text may be NULL */
	bool has_at;                 /* WIRE_ASK */
	int64_t at;
	const char *label;  /* WIRE_LABEL */
	uint64_t authority; /* WIRE_LEASE, WIRE_RENEWAL, WIRE_REQUEST */
	struct bytes reply; /* WIRE_ACCEPT */
	const char *with[PROVISO_WITH_MAX];
	size_t used;
	char room[WIRE_USE_ROOM];
};

/* Errors: bad input, cbor.*, wire.malformed, naming the place. */
bool wire_request_read(struct bytes, struct wire_request *, struct err *);
void wire_request_write(struct buffer *, const struct wire_request *);

struct wire_reply {
	uint64_t id;
	struct proviso_error error; /* its kind PROVISO_OK: none */
	bool has_result;
	union {
		struct proviso_answer answer; /* WIRE_DECIDE, WIRE_ASK: with an error too */
		uint32_t label;
		struct proviso_status status;
		struct proviso_lease_status lease;
		struct proviso_renewal_status renewal;
		struct bytes bytes; /* WIRE_SCOPE, WIRE_REQUEST; in the message */
	};
};

/* As the answer to that operation. Errors as those of wire_request_read(). */
bool wire_reply_read(struct bytes, enum wire_operation, struct wire_reply *, struct err *);
void wire_reply_write(struct buffer *, enum wire_operation, const struct wire_reply *);

#endif
