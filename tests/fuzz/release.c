#include <stdlib.h>

#include "log/release.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* Values handed to a reader: nothing is released by nobody's key. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct public_key nobody = {.algorithm = KEY_ED25519, .name = "nobody"};
	owned_arena arena = {0};
	struct release release;
	struct err e = {0};
	release_is_one(bytes_of(at, len));
	if (release_open(&arena, bytes_of(at, len), &nobody, &release, &e))
		abort();
	if ((e.kind != ERR_INPUT && e.kind != ERR_REFUSED) || e.rule == NULL)
		abort();
	return 0;
}
