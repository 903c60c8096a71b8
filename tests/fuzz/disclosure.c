/* Disclosures, offered to a report: only what its digest was made of is taken. */
#include "record/record.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	struct record record = {.kind = KIND_REPORT};
	struct bytes disclosure = bytes_of(at, len);
	struct err e = {0};
	record.body.report.subject.digest = sha256(disclosure);
	if (!record_disclose(&arena, &record, disclosure, &e)) {
		assert(e.kind == ERR_INPUT && e.rule != NULL);
		assert(record.body.report.subject.value == NULL);
		return 0;
	}
	assert(record.body.report.subject.value != NULL);
	assert(record.body.report.reporter.value == NULL);
	assert(bytes_equal(record.body.report.subject.disclosure, disclosure));
	return 0;
}
