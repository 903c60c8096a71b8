/*
 * key_internal: what the files of the key module share, and what their tests reach for.
 *
 * P-256 by libcrypto: points are x||y, scalars and coordinates 32 bytes, big endian. None of
 * these knows about names or algorithms. es256_start() comes first, once a process.
 */
#ifndef PROVISO_BASE_KEY_INTERNAL_H
#define PROVISO_BASE_KEY_INTERNAL_H

#include "key.h"

enum {
	ES256_COORDINATE = 32,
	ES256_POINT = 64,
	X25519_SIZE = 32,
	KEY_SHARED = 32, /* what two keys agree on, either curve */
	AES_KEY = 32,
	AES_WRAP_MORE = 8, /* by which wrapping makes a key longer */
	AES_GCM_NONCE = 12,
	AES_GCM_TAG = 16,
	AES_IN_MAX = 1 << 16,
};

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

/* False when the shared secret is all zeros: the point has small order. */
bool x25519_agree(const uint8_t scalar[X25519_SIZE], const uint8_t point[X25519_SIZE],
                  uint8_t shared[KEY_SHARED]);

/* A coordinate of Curve25519 is below 2^255 - 19; the top bit is not looked at. */
bool coordinate_is_canonical(const uint8_t at[X25519_SIZE]);

/* RFC 5869; up to 255 * 32 bytes. */
void hkdf_sha256(struct bytes salt, struct bytes secret, struct bytes info, uint8_t *out,
                 size_t len);

/* RFC 3394 with a 256-bit key: 16 bytes or more, a multiple of 8, become 8 bytes longer. */
bool aes_key_wrap(const uint8_t key[AES_KEY], struct bytes secret, uint8_t *out);
bool aes_key_unwrap(const uint8_t key[AES_KEY], struct bytes wrapped, uint8_t *out);

/* The tag is at the end of what is sealed. */
bool aes_gcm_seal(const uint8_t key[AES_KEY], const uint8_t nonce[AES_GCM_NONCE],
                  struct bytes additional, struct bytes plain, uint8_t *out);
bool aes_gcm_open(const uint8_t key[AES_KEY], const uint8_t nonce[AES_GCM_NONCE],
                  struct bytes additional, struct bytes sealed, uint8_t *out);

/* From the shared secret to the key that wraps (RFC 9053 section 5.2); false for all zeros. */
bool wrap_key_of(const uint8_t shared[KEY_SHARED], uint8_t out[AES_KEY]);

/* What finding out a passphrase costs; key_file() writes the moderate one of libsodium. */
struct key_cost {
	uint64_t passes, kibibytes;
};

/* A sealed file of another cost: tests have not the time for the real one. */
char *key_file_costing(struct arena *, const struct secret_key *, const char *passphrase,
                       const uint8_t salt[KEY_SALT], const struct key_cost *, struct err *);

#endif
