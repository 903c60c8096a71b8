/*
 * hash: SHA-256, through libcrypto's low-level interface: no algorithm is fetched
 * in a loop and the processor's SHA extensions are used where there are any
 * (libsodium's SHA-256 is portable C and an order of magnitude slower).
 */
#ifndef PROVISO_BASE_HASH_H
#define PROVISO_BASE_HASH_H

#include "bytes.h"

enum { HASH_SIZE = 32 };

struct hash {
	uint8_t at[HASH_SIZE];
};

struct hash sha256(struct bytes);

/* The hash of the concatenation of `count` parts. */
struct hash sha256_parts(const struct bytes parts[], size_t count);

/*
 * The hashes of two messages at once, each the prefix and what follows it: where the processor
 * has SHA extensions in little more than the time of one.
 */
void sha256_pair(uint8_t prefix, const struct bytes message[2], struct hash out[2]);

/* HMAC-SHA-256 (RFC 2104) of the concatenation of `count` parts, at most 7. */
struct hash hmac_sha256(struct bytes key, const struct bytes parts[], size_t count);

static inline struct bytes hash_bytes(const struct hash *h)
{
	return bytes_of(h->at, HASH_SIZE);
}

static inline bool hash_equal(const struct hash *a, const struct hash *b)
{
	return memcmp(a->at, b->at, HASH_SIZE) == 0;
}

#endif
