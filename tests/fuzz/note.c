#include <stdlib.h>

#include "log/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* A note is taken apart and can be put together again byte for byte, or is refused by name. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct note note;
	owned_arena arena = {0};
	struct err e = {0};
	if (!note_parse(&arena, bytes_of(at, len), &note, &e)) {
		if (e.kind != ERR_INPUT || e.rule == NULL)
			abort();
		return 0;
	}
	struct buffer again = {.arena = &arena};
	buffer_bytes(&again, note.text);
	buffer_u8(&again, '\n');
	for (size_t i = 0; i < note.signature_count; i++) {
		struct buffer blob = {.arena = &arena};
		buffer_u32be(&blob, note.signatures[i].key_id);
		buffer_bytes(&blob, note.signatures[i].blob);
		buffer_text(&again, "\xE2\x80\x94 ");
		buffer_bytes(&again, note.signatures[i].name);
		buffer_printf(&again, " %s\n", base64_encode(&arena, buffer_view(&blob)));
	}
	if (!bytes_equal(buffer_view(&again), bytes_of(at, len)))
		abort();
	return 0;
}
