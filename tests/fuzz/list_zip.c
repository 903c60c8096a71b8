#include "list_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	return fuzz_list(at, len);
}
