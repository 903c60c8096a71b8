/*
 * hooks: webhooks. Those whom the operator names are told of each new record that is about
 * what they follow: by POST to the one address that he names for them, never elsewhere.
 *
 * Standard Webhooks (github.com/standard-webhooks/standard-webhooks): the headers webhook-id (the
 * record's id: the same at every try), webhook-timestamp and webhook-signature, by Ed25519
 * ("v1a"). What is sent is on the public log: nothing confidential.
 *
 * The log itself is the queue: of each follower only the place up to which he was told is
 * kept (HOME/webhooks/NAME), so that nothing is lost by a restart or by a receiver that is away
 * for a month, and no memory grows. In the log's order, each at least once.
 */
#ifndef PROVISO_SERVER_HOOKS_H
#define PROVISO_SERVER_HOOKS_H

#include "base/bytes.h"
#include "base/err.h"

struct hooks;
struct readers;

struct hooks_options {
	const char *home;
	const char *file;        /* who follows what: lines of NAME URL TARGET... */
	const char *key;         /* file of the Ed25519 key that signs, without a passphrase */
	const char *authorities; /* PEM: whose certificates receivers have; NULL: the system's */
	unsigned retry_seconds;  /* after a first failure; doubled by each, to an hour */
};

/*
 * Reads who follows what, and up to where each was told: who is new is told from here on.
 * Errors: bad input webhooks.syntax, webhooks.url, webhooks.target, webhooks.key, with the line;
 * store.no-such-id.
 */
struct hooks *hooks_open(const struct hooks_options *, struct readers *, struct err *);

/* Sends from here on; and from there on no more, which takes two seconds at most. */
bool hooks_start(struct hooks *, struct err *);
void hooks_stop(struct hooks *);
void hooks_close(struct hooks *);

/* "whpk_" and the key, in base64: what receivers verify by. */
const char *hooks_public_key(const struct hooks *);

/* Prometheus text. */
void hooks_metrics(struct hooks *, struct buffer *);

#endif
