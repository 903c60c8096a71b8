#include "what_if.h"

#include <string.h>

/* What is left of a scope where subjects, the window and limits are set aside. */
static const struct scope *judgeable(struct arena *arena, const struct scope *scope, bool *has_more)
{
	struct scope *out = arena_alloc(arena, sizeof *out);
	*out = *scope;
	if (!scope->none) {
		out->subject_not = (struct scope_set){0};
		out->from = SCOPE_NO_FROM;
		out->until = SCOPE_NO_UNTIL;
		out->limits = NULL;
		out->limit_count = 0;
		out->text = NULL;
	}
	*has_more = !scope_equal(out, scope);
	return out;
}

static bool allows_at(const struct scope *scope, int64_t at)
{
	return !scope->none && at >= scope->from && at < scope->until;
}

static bool touch(const struct state *state, struct arena *arena, const struct scope *scope,
                  int64_t at, struct touched_system *out, struct what_if *all, struct err *e)
{
	struct effective effective_now;
	if (!effective(state, &out->system.id, at, false, arena, &effective_now, e))
		return false;
	out->now = effective_now.scope;
	out->then = scope_meet(arena, out->now, scope);
	out->is_in_force = allows_at(out->now, at);
	out->is_narrowed = out->is_in_force && !scope_equal(out->now, out->then);
	out->is_stopped = out->is_in_force && !allows_at(out->then, at);
	all->in_force += out->is_in_force;
	all->narrowed += out->is_narrowed;
	all->stopped += out->is_stopped;
	return true;
}

bool what_if_read(const struct state *state, struct arena *arena, const char *target,
                  const struct scope *scope, int64_t at, struct what_if *out, struct err *e)
{
	struct system_info *systems;
	*out = (struct what_if){.target = target, .scope = scope};
	out->judged = judgeable(arena, scope, &out->has_unjudged);
	if (!query_aimed(state, arena, target, &systems, &out->count, e))
		return false;
	out->systems = arena_array(arena, out->count, sizeof *out->systems);
	for (size_t i = 0; i < out->count; i++) {
		out->systems[i].system = systems[i];
		if (!touch(state, arena, scope, at, &out->systems[i], out, e))
			return false;
	}
	return true;
}

void what_if_use(const struct what_if *w, const struct scope_use *use, struct uses_judged *out)
{
	enum scope_dimension which;
	out->allowed++;
	if (scope_allows(w->judged, use, &which))
		return;
	out->refused++;
	out->by[which]++;
}
