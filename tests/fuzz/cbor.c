/* Any bytes: what is accepted is the one encoding of its value, and has a notation. */
#include <assert.h>

#include "../unit/cbor_copy.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	struct bytes in = bytes_of(at, len);
	struct err e = {0}, copying = {0};
	struct buffer copy = {.arena = &arena};
	bool ok = cbor_check(in, &e);
	bool copied = cbor_copied(in, &copy, &copying);
	const char *notation = cbor_diagnostic(&arena, in);
	assert(ok == copied);
	if (ok) {
		assert(bytes_equal(in, buffer_view(&copy)) && notation != NULL);
	} else {
		assert(e.kind == ERR_INPUT && e.rule != NULL && strncmp(e.text, "byte ", 5) == 0);
		/* Only tags are shown that were not asked for. */
		assert(notation == NULL || strcmp(e.rule, "cbor.tag") == 0);
	}
	return 0;
}
