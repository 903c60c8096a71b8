/*
 * key_internal: what the files of the key module share, and what their tests reach for.
 *
 * P-256 by libcrypto: points are x||y, scalars and coordinates 32 bytes, big endian. None of
 * these knows about names or algorithms. es256_start() comes first, once a process.
 */
#ifndef PROVISO_BASE_KEY_INTERNAL_H
#define PROVISO_BASE_KEY_INTERNAL_H

#include "key.h"

enum { ES256_COORDINATE = 32, ES256_POINT = 64, KEY_SHARED = 32 };

bool es256_start(void);

/* Both coordinates are below the field's prime and the point is on the curve. */
bool es256_point_is_valid(const uint8_t point[ES256_POINT]);

/* False when the scalar is not in 1..n-1. */
bool es256_point_of(const uint8_t scalar[ES256_COORDINATE], uint8_t point[ES256_POINT]);

/* False when libcrypto fails, which only happens without memory or randomness. */
bool es256_sign(const struct secret_key *, struct bytes message, uint8_t out[KEY_SIGNATURE]);

bool es256_verify(const uint8_t point[ES256_POINT], struct bytes message,
    const uint8_t signature[KEY_SIGNATURE]);

/* The x coordinate of scalar * point; false when either is not valid. */
bool es256_agree(const uint8_t scalar[ES256_COORDINATE], const uint8_t point[ES256_POINT],
    uint8_t shared[KEY_SHARED]);

/* What finding out a passphrase costs; key_file() writes the moderate one of libsodium. */
struct key_cost {
	uint64_t passes, kibibytes;
};

/* A sealed file of another cost: tests have not the time for the real one. */
char *key_file_costing(struct arena *, const struct secret_key *, const char *passphrase,
    const uint8_t salt[KEY_SALT], const struct key_cost *, struct err *);

#endif
