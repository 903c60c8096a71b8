/* Which systems have a measure, and which have not heard of it yet. */
#include "query.h"

#include <assert.h>

#include "judge.h"
#include "targets.h"

/*
 * The entries on the log up to the record that put the measure in force. Of several records of
 * that second the last is taken: it says "not yet" too long rather than not long enough.
 */
static bool began_after(const struct state *state, struct arena *arena,
                        const struct measure_info *m, uint64_t *out, struct err *e)
{
	*out = 0;
	for (size_t i = 0; i <= m->approval_count; i++) {
		const struct hash *id = i == 0 ? &m->id : &m->approvals[i - 1].id;
		struct record_entry record;
		bool found;
		if (!entry_get(state, arena, ENTRY_RECORD, key_hash(arena, "record/", id), &record,
		               &found, e))
			return false;
		if (found && record.at == m->began && record.index >= *out)
			*out = record.index + 1;
	}
	return true;
}

static bool aims_at(const struct target *t, const struct system_info *s)
{
	return (t->kind != TARGET_EXPORTER || strcmp(t->name, s->exporter) == 0) &&
	       (t->kind != TARGET_ITEM || strcmp(t->name, s->item) == 0);
}

bool query_aimed(const struct state *state, struct arena *arena, const char *target,
                 struct system_info **out, size_t *count, struct err *e)
{
	struct target t;
	size_t all;
	*count = 0;
	if (!target_parse(arena, target, &t))
		return err_input(e, "measure.target-malformed", "\"%.200s\" is not " TARGET_FORMS,
		                 target);
	if (t.kind == TARGET_SYSTEM) {
		*out = arena_alloc(arena, sizeof **out);
		*count = 1;
		return query_system(state, arena, &t.id, *out, e);
	}
	struct query_filter filter = {.country = t.kind == TARGET_COUNTRY ? t.name : NULL,
	                              .end_user = t.kind == TARGET_END_USER ? t.name : NULL,
	                              .licence = t.kind == TARGET_LICENCE ? &t.id : NULL};
	if (!query_systems(state, arena, &filter, out, &all, e))
		return false;
	for (size_t i = 0; i < all; i++)
		if (aims_at(&t, &(*out)[i]))
			(*out)[(*count)++] = (*out)[i];
	return true;
}

static struct arrival arrival_at(const struct system_info *s, uint64_t after)
{
	assert(after > 0);
	return (struct arrival){
	    .system = *s,
	    .has_it = s->heard > after,
	    .lease_ends = s->sequence > 0 ? s->granted + (int64_t)s->ttl_seconds : 0,
	};
}

bool query_arrival(const struct state *state, struct arena *arena, const struct measure_info *m,
                   const struct system_info *s, struct arrival *out, struct err *e)
{
	uint64_t after;
	assert(m->is_in_force);
	if (!began_after(state, arena, m, &after, e))
		return false;
	*out = arrival_at(s, after);
	return true;
}

bool query_arrivals(const struct state *state, struct arena *arena, const struct measure_info *m,
                    struct arrival **out, size_t *count, struct err *e)
{
	struct system_info *systems;
	size_t all;
	uint64_t after;
	*count = 0;
	*out = NULL;
	if (!m->is_in_force)
		return true;
	if (!began_after(state, arena, m, &after, e) ||
	    !query_aimed(state, arena, m->target, &systems, &all, e))
		return false;
	*out = arena_array(arena, all, sizeof **out);
	for (size_t i = 0; i < all; i++)
		(*out)[(*count)++] = arrival_at(&systems[i], after);
	return true;
}
