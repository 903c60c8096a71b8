/* What the queue is worked out from, as a home has it. */
#include "work.h"

bool work_world_read(struct work_world *w, struct authority *a, struct arena *arena, int64_t now,
                     struct err *e)
{
	struct state *state = arena_alloc(arena, sizeof *state);
	struct witnessing *witnessing = arena_alloc(arena, sizeof *witnessing);
	struct watched_list *lists;
	*state = authority_state(a);
	if (!case_world_read(&w->cases, state, arena, now, e) ||
	    !lists_load(a->home, arena, &lists, &w->list_count, e) ||
	    !authority_witnesses(a, arena, witnessing, e))
		return false;
	w->lists = lists;
	w->witnessing = witnessing;
	return true;
}
