/* Records: what decodes is the one encoding of what it says. */
#include "record/record.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void disclose(void *ctx, const char *path, struct redactable *r)
{
	(void)path;
	assert(r->value == NULL);
	*(size_t *)ctx += 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	struct record record;
	struct bytes again;
	struct err e = {0};
	size_t confidential = 0;
	if (!key_library_start(&e))
		abort();
	if (!record_decode(&arena, bytes_of(at, len), &record, &e)) {
		assert(e.kind == ERR_INPUT && e.rule != NULL);
		return 0;
	}
	const struct kind *kind = record_kind(record.kind);
	bool ok = kind->is_signed
	              ? record_payload(&arena, record.kind, &record.body, &again, &e)
	              : record_entry(&arena, record.kind, &record.body, record.claims.subject,
	                             record.claims.issued_at, &again, &e);
	assert(ok && bytes_equal(again, kind->is_signed ? record.cose.payload : record.bytes));
	record_redactables(&record, disclose, &confidential);
	assert(confidential == (record.kind == KIND_REPORT ? 2 : 0));
	/* No record is a disclosure of itself. */
	assert(!record_disclose(&arena, &record, record.bytes, &e));
	return 0;
}
