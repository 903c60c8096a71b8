#include <stdlib.h>

#include "documents/carrier.h"
#include "log/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* What comes out of a PDF from anywhere is an entry and a proof, or a refusal that says why. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	struct carried carried;
	struct err e = {0};
	if (!document_record(&arena, bytes_of(at, len), &carried, &e)) {
		if (e.rule == NULL)
			abort();
		return 0;
	}
	struct bytes again = reply_format(&arena, carried.record, carried.proof);
	if (!bytes_equal(again, carried.attachment) || carried.pages.len > len)
		abort();
	if (strlen(carried.language) > CARRIER_LANGUAGE_MAX ||
	    strlen(carried.url) > CARRIER_URL_MAX + CARRIER_LANGUAGE_MAX)
		abort();
	return 0;
}
