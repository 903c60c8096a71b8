#include "base/key.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* A line that is read is the one line of its key, but for the line end. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	struct public_key key;
	struct err e = {0};
	if (!key_library_start(&e))
		abort();
	if (!key_line_parse(bytes_of(at, len), &key, &e))
		return 0;
	if (at[len - 1] == '\n')
		len--;
	if (!bytes_equal(bytes_text(key_line(&arena, &key)), bytes_of(at, len)))
		abort();
	return 0;
}
