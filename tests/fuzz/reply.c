#include <stdlib.h>

#include "gate/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* A reply from a stranger: taken apart and proven, or refused by name; there is no third. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct system system;
	struct err e = {0};
	struct bytes entry, proof;
	struct proven proven;
	uint8_t seed[KEY_SEED] = {1};
	if (system.authority_count == 0) {
		struct secret_key authority;
		if (!key_library_start(&e) ||
		    !key_make(KEY_ED25519, "fuzz.example/log", seed, &authority, &e) ||
		    !key_make(KEY_ED25519, "XR-0001", seed, &system.device, &e))
			abort();
		system.authorities[system.authority_count++] = authority.public;
	}
	owned_arena arena = {0};
	if (reply_parse(bytes_of(at, len), &entry, &proof, &e) &&
	    !bytes_equal(reply_format(&arena, entry, proof), bytes_of(at, len)))
		abort();
	e = (struct err){0};
	if (reply_prove(&system, bytes_of(at, len), false, &proven, &e))
		arena_free(&proven.arena);
	else if (e.rule == NULL || (e.kind != ERR_INPUT && e.kind != ERR_REFUSED))
		abort();
	return 0;
}
