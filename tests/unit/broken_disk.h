/*
 * broken_disk: the same work with the n-th read failing, for every n. What fails is told as a
 * failure of the environment and changes nothing; nothing is passed over.
 */
#ifndef PROVISO_TEST_BROKEN_DISK_H
#define PROVISO_TEST_BROKEN_DISK_H

#include "test.h"
#include "world.h"

static bool broken_disk_judge(const struct state *state, struct bytes entry, uint64_t index,
                              struct changes *changes, struct err *e)
{
	struct record record;
	int64_t now = 0;
	return record_decode(changes->arena, entry, &record, e) &&
	       state_time(state, &record, &now, e) && apply(state, &record, index, now, changes, e);
}

static void broken_disk_change(struct memory *memory, const struct changes *changes)
{
	for (const struct change *c = changes->first; c != NULL; c = c->next)
		memory_set(memory, c->key, c->value);
}

/* One entry, with no read failing. */
__attribute__((unused)) static void broken_disk_keep(struct memory *memory, struct bytes entry,
                                                     uint64_t index)
{
	owned_arena arena = {0};
	struct state state = memory_state(memory);
	struct changes changes = {.arena = &arena};
	struct err e = {0};
	bool done = broken_disk_judge(&state, entry, index, &changes, &e);
	CHECK(done, "entry %llu: %s", (unsigned long long)index, e.text);
	broken_disk_change(memory, &changes);
}

/* Gives one entry to apply() until no read fails, and then keeps what it changes. */
__attribute__((unused)) static void broken_disk_apply(struct memory *memory, struct bytes entry,
                                                      uint64_t index)
{
	struct state state = memory_state(memory);
	for (uint64_t n = 1;; n++) {
		owned_arena arena = {0};
		struct changes changes = {.arena = &arena};
		struct err e = {0};
		memory->reads = 0;
		memory->breaks_after = n;
		bool done = broken_disk_judge(&state, entry, index, &changes, &e);
		memory->breaks_after = 0;
		if (done) {
			CHECK(memory->reads < n, "a failed read was passed over");
			broken_disk_change(memory, &changes);
			return;
		}
		CHECK(e.kind == ERR_ENVIRONMENT && changes.first == NULL,
		      "read %llu of entry %llu: %s", (unsigned long long)n,
		      (unsigned long long)index, e.text);
		if (e.kind != ERR_ENVIRONMENT)
			return;
	}
}

/* Asks the world until no read fails. */
__attribute__((unused)) static void broken_disk_ask(struct world *w,
                                                    bool (*ask)(struct world *, struct arena *,
                                                                struct err *))
{
	bool done = false;
	for (uint64_t n = 1; !done; n++) {
		owned_arena arena = {0};
		struct err e = {0};
		w->memory.reads = 0;
		w->memory.breaks_after = n;
		done = ask(w, &arena, &e);
		w->memory.breaks_after = 0;
		CHECK(done || e.kind == ERR_ENVIRONMENT, "read %llu: %s", (unsigned long long)n,
		      e.text);
		CHECK(!done || w->memory.reads < n, "a failed read was passed over");
		if (!done && e.kind != ERR_ENVIRONMENT)
			return;
	}
}

#endif
