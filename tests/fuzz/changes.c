#include "log/changes.h"
#include "record/roster.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct roster roster;
	owned_arena arena = {0};
	struct bytes all = bytes_of(at, len), answer, changes;
	struct log_changes parsed;
	struct err e = {0};
	const char *origin;
	uint64_t followed;
	if (changes_parse(&arena, all, &parsed, &e) &&
	    !bytes_equal(changes_format(&arena, &parsed), all))
		abort();
	changes_apart(all, &answer, &changes);
	if (changes.len > 0 && !bytes_equal(changes_beside(&arena, answer, changes), all))
		abort();
	if (roster_parse(&arena, all, &origin, &roster, &followed, &e)) {
		struct bytes text = roster_format(&arena, origin, &roster, followed);
		struct bytes again = roster_parse(&arena, text, &origin, &roster, &followed, &e)
		                         ? roster_format(&arena, origin, &roster, followed)
		                         : (struct bytes){0};
		if (!bytes_equal(text, again))
			abort();
	}
	return 0;
}
