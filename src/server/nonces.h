/*
 * nonces: that a signed request is good once. What was seen is kept as long as its signature
 * would be good; bounded, and only for signatures that were good, so that no stranger fills it.
 * Not kept over a restart: a request signed within the 300 seconds before it is good once more.
 */
#ifndef PROVISO_SERVER_NONCES_H
#define PROVISO_SERVER_NONCES_H

#include "base/err.h"
#include "base/hash.h"

struct nonces;

struct nonces *nonces_new(void); /* NULL: no memory */
void nonces_free(struct nonces *);

/*
 * Takes a nonce (a digest of key and nonce) that is good until `until`. Errors: refused
 * signature.replayed; environment where too many are kept.
 */
bool nonces_take(struct nonces *, const struct hash *, int64_t now, int64_t until, struct err *);

#endif
