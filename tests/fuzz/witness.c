#include <stdlib.h>

#include "log/witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* A request to a witness, and the same bytes as its list of logs: read, or refused by name. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct witness_case c;
	static struct public_key key = {.algorithm = KEY_ED25519, .name = "fuzz.example/log"};
	struct witness_log log = {.origin = "fuzz.example/log", .keys = &key, .key_count = 1};
	struct witness_logs logs = {&log, 1}, read;
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes all = bytes_of(at, len);
	if (!key_library_start(&e))
		abort();
	if (witness_request_parse(&arena, all, &c.request, &e) &&
	    !bytes_equal(witness_request_format(&arena, &c.request), all))
		abort();
	e = (struct err){0};
	if (witness_case_open(&arena, &logs, all, &c, &e) || e.rule == NULL ||
	    witness_status(&e) == 503)
		abort();
	e = (struct err){0};
	if (!witness_logs_parse(&arena, all, &read, &e) && (e.kind != ERR_INPUT || e.rule == NULL))
		abort();
	return 0;
}
