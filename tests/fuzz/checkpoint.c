#include <stdlib.h>

#include "log/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/*
 * The text of a checkpoint: what is read is written the same, but for extension lines. Whole,
 * as a note: a stranger's is never opened.
 */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct secret_key log;
	struct err e = {0};
	struct checkpoint c;
	int64_t time;
	if (log.public.name[0] == 0) {
		const uint8_t seed[KEY_SEED] = {1};
		if (!key_library_start(&e) ||
		    !key_make(KEY_ED25519, "fuzz.example/log", seed, &log, &e))
			abort();
	}
	owned_arena arena = {0};
	struct bytes all = bytes_of(at, len);
	if (checkpoint_parse(&arena, all, &c, &e)) {
		struct bytes again = checkpoint_text(&arena, &c);
		/* A NUL in an origin ends it here; a note has none. */
		if (memchr(at, 0, len) == NULL &&
		    (again.len > len || memcmp(again.at, at, again.len) != 0))
			abort();
	} else if (e.kind != ERR_INPUT || e.rule == NULL) {
		abort();
	}
	e = (struct err){0};
	struct note *note = arena_alloc(&arena, sizeof *note);
	if (checkpoint_open(&arena, all, &log.public, &c, &e) || e.rule == NULL)
		abort();
	if (note_parse(&arena, all, note, &e) && cosignature_verify(note, &log.public, &time, &e))
		abort();
	return 0;
}
