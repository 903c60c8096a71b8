#include "base/key.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static struct secret_key key_of(enum key_algorithm algorithm)
{
	static const uint8_t seed[KEY_SEED] = {1};
	struct secret_key key;
	struct err e = {0};
	if (!key_library_start(&e) || !key_make(algorithm, "inbox", seed, &key, &e))
		abort();
	return key;
}

/* What is opened has the form of what is for this key, and nobody's else. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	for (enum key_algorithm a = KEY_ED25519; a <= KEY_ES256; a++) {
		owned_arena arena = {0};
		struct secret_key key = key_of(a),
		                  other = key_of(a == KEY_ES256 ? KEY_ED25519 : KEY_ES256);
		struct err e = {0};
		struct bytes plain, wrapped = bytes_of(at, len);
		bool is_for = key_is_wrapped_for(&key.public, wrapped);
		if (key_unwrap(&arena, &key, wrapped, &plain, &e) &&
		    (!is_for || key_is_wrapped_for(&other.public, wrapped) ||
		     plain.len + 100 > len))
			abort();
	}
	return 0;
}
