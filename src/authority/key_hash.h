/* key_hash: of a key of the state, for tables in memory. Internal to the authority. */
#ifndef PROVISO_AUTHORITY_KEY_HASH_H
#define PROVISO_AUTHORITY_KEY_HASH_H

#include "base/bytes.h"

static inline uint64_t key_hash64(struct bytes key)
{
	const uint64_t odd = 0x9E3779B97F4A7C15u;
	uint64_t h = key.len * odd;
	for (size_t i = 0; i < key.len; i += 8) {
		uint64_t word = 0;
		memcpy(&word, key.at + i, key.len - i < 8 ? key.len - i : 8);
		h = (h ^ word) * odd;
		h ^= h >> 29;
	}
	return h ^ h >> 32;
}

#endif
