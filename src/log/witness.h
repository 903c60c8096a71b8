/*
 * witness: what a log asks of a witness, and how a witness judges it (C2SP tlog-witness,
 * add-checkpoint). Pure: who keeps what was cosigned last is src/witness.
 *
 * A witness knows some logs, each by its origin and keys, and of each the last checkpoint it
 * cosigned. It signs a checkpoint when the log signed it and it extends that last one; so what
 * it has ever cosigned of an origin is one history.
 */
#ifndef PROVISO_LOG_WITNESS_H
#define PROVISO_LOG_WITNESS_H

#include "merkle.h"
#include "note.h"
#include "policy.h"

enum {
	WITNESS_PROOF_MAX = 63, /* hashes of a request */
	WITNESS_REQUEST_MAX = NOTE_MAX + 4096,
	WITNESS_LISTS_MAX = 1 << 20, /* bytes of a list of logs */
	WITNESS_LOGS = 1024,
	WITNESS_KEYS = 8, /* of one log */
};

/* --- Requests ----------------------------------------------------------------------------- */

struct witness_request {
	uint64_t old_size;
	struct merkle_proof proof;
	struct bytes checkpoint; /* the signed note, verbatim */
};

/* Errors are bad input naming the line: witness.too-large, witness.request. */
bool witness_request_parse(struct arena *, struct bytes, struct witness_request *out, struct err *);

/* What a log sends. */
struct bytes witness_request_format(struct arena *, const struct witness_request *);

/* --- Logs --------------------------------------------------------------------------------- */

struct witness_log {
	const char *origin;
	struct public_key *keys; /* one at least */
	size_t key_count;
	uint64_t growths_a_day; /* how often it may grow in a day (UTC); 0: any */
};

struct witness_logs {
	struct witness_log *at;
	size_t count;
};

/*
 * A list of logs in the form of the witness network's, a block a log:
 *
 *     logs/v0
 *
 *     vkey sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8
 *     origin go.sum database tree       when it is not the name of the key
 *     qpd 86400                         growths a day
 *     contact somebody@example.com      not looked at
 *
 * Blocks of one origin are one log with several keys. Lines that begin with # are comments.
 * Errors are bad input naming the line: witness.logs, and those of keys.
 */
bool witness_logs_parse(struct arena *, struct bytes, struct witness_logs *out, struct err *);

const struct witness_log *witness_logs_find(const struct witness_logs *, const char *origin);

/* --- Judging ------------------------------------------------------------------------------ */

/* What was cosigned last; {0} where nothing was. */
struct witness_seen {
	uint64_t size;
	struct hash root; /* of no meaning while the size is 0 */
};

/* A request taken apart whose checkpoint a log known here has signed. */
struct witness_case {
	struct witness_request request;
	struct note note;
	struct checkpoint checkpoint;
	const struct witness_log *log;
};

/*
 * The checks before what was seen is looked up. Errors: bad input those of
 * witness_request_parse, note_parse, checkpoint_parse and witness.sizes (the old one is the
 * larger); refused witness.unknown-log; note.unsigned or note.bad-signature.
 */
bool witness_case_open(struct arena *, const struct witness_logs *, struct bytes request,
                       struct witness_case *out, struct err *);

/*
 * The checks after it, to be made where nobody else changes it until it is stored. Errors,
 * refused: witness.conflict (something else was seen last), witness.inconsistent.
 */
bool witness_judge(const struct witness_case *, const struct witness_seen *, struct err *);

/* --- Asking ------------------------------------------------------------------------------- */

/* What a log wants cosigned: a tree it has, and its own signature on it. */
struct cosigning {
	const struct policy *policy;
	struct checkpoint head;
	struct merkle_source tree; /* of `head` at least */
	struct bytes note;         /* signed by the log; afterwards with the cosignatures got */
};

/*
 * Whoever can ask witnesses: src/gather, or a test. False only where a witness shows that
 * it has cosigned more than `head`, refused witness.ahead; that too few answered is left to the
 * policy.
 */
struct cosigners {
	bool (*ask)(void *ctx, struct arena *, struct cosigning *, struct err *);
	void *ctx;
};

/* The status of HTTP for an error of these. */
unsigned witness_status(const struct err *);

#endif
