#define OPENSSL_SUPPRESS_DEPRECATED /* the low-level calls are the fast ones, see hash.h */
#include "hash.h"

#include <assert.h>
#include <openssl/sha.h>
#include <sodium.h>

struct hash sha256(struct bytes b)
{
	return sha256_parts(&b, 1);
}

struct hash sha256_parts(const struct bytes parts[], size_t count)
{
	SHA256_CTX ctx;
	struct hash out;
	SHA256_Init(&ctx);
	for (size_t i = 0; i < count; i++)
		SHA256_Update(&ctx, parts[i].at, parts[i].len);
	SHA256_Final(out.at, &ctx);
	return out;
}

struct hash hmac_sha256(struct bytes key, const struct bytes parts[], size_t count)
{
	enum { BLOCK = 64, PARTS_MAX = 7 };
	uint8_t inner[BLOCK] = {0}, outer[BLOCK];
	struct hash hash;
	struct bytes all[1 + PARTS_MAX] = {bytes_of(inner, BLOCK)};
	assert(count <= PARTS_MAX);
	if (key.len > BLOCK) {
		hash = sha256(key);
		key = hash_bytes(&hash);
	}
	memcpy(inner, key.at, key.len);
	for (size_t i = 0; i < BLOCK; i++) {
		outer[i] = inner[i] ^ 0x5C;
		inner[i] ^= 0x36;
	}
	memcpy(all + 1, parts, count * sizeof *parts);
	hash = sha256_parts(all, 1 + count);
	hash = sha256_parts((struct bytes[]){bytes_of(outer, BLOCK), hash_bytes(&hash)}, 2);
	sodium_memzero(inner, BLOCK);
	sodium_memzero(outer, BLOCK);
	return hash;
}
