#include "authority/authority.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* Whatever is taken has a digest, and no more indicators than bytes; a refusal says why. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct evidence out;
	struct err e = {0};
	if (!evidence_read(bytes_of(at, len), "stix-2.1", &out, &e)) {
		if (e.kind != ERR_INPUT || e.rule == NULL || e.text[0] == 0)
			abort();
		return 0;
	}
	struct hash digest = sha256(bytes_of(at, len));
	if (!hash_equal(&out.digest, &digest) || out.size != len || !out.has_indicators ||
	    out.indicators >= len)
		abort();
	return 0;
}
