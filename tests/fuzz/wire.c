#include <stdlib.h>

#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* A reply, as the answer to `operation`: what is taken is written again the same. */
static void try_reply(struct bytes message, enum wire_operation operation)
{
	static struct wire_reply reply;
	struct err e = {0};
	owned_arena arena = {0};
	struct buffer again = {.arena = &arena};
	if (!wire_reply_read(message, operation, &reply, &e)) {
		if (e.rule == NULL || e.kind != ERR_INPUT)
			abort();
		return;
	}
	wire_reply_write(&again, operation, &reply);
	if (!bytes_equal(buffer_view(&again), message))
		abort();
}

/* A message from a stranger: read, or refused by name. One statement has one encoding. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct wire_request request;
	struct err e = {0};
	struct bytes message = bytes_of(at, len);
	owned_arena arena = {0};
	struct buffer again = {.arena = &arena};
	for (int i = WIRE_DECIDE; i <= WIRE_SYNC; i++)
		try_reply(message, (enum wire_operation)i);
	if (!wire_request_read(message, &request, &e)) {
		if (e.rule == NULL || e.kind != ERR_INPUT)
			abort();
		return 0;
	}
	wire_request_write(&again, &request);
	if (!bytes_equal(buffer_view(&again), message))
		abort();
	return 0;
}
