/* Which systems have a measure, and which have not heard of it yet. */
#include "query.h"

#include <assert.h>

#include "judge.h"

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

/* The part behind `kind/` where the target is of that kind; else NULL. */
static const char *of_kind(const char *target, const char *kind)
{
	size_t len = strlen(kind);
	return strncmp(target, kind, len) == 0 && target[len] == '/' ? target + len + 1 : NULL;
}

static bool id_of(struct arena *arena, const char *digits, struct hash *out)
{
	struct bytes bytes;
	if (digits == NULL || !hex_decode(arena, digits, &bytes) || bytes.len != HASH_SIZE)
		return false;
	memcpy(out->at, bytes.at, HASH_SIZE);
	return true;
}

static bool aims_at(const char *target, const struct system_info *s)
{
	const char *exporter = of_kind(target, "exporter"), *item = of_kind(target, "item");
	return (exporter == NULL || strcmp(exporter, s->exporter) == 0) &&
	       (item == NULL || strcmp(item, s->item) == 0);
}

bool query_aimed(const struct state *state, struct arena *arena, const char *target,
                 struct system_info **out, size_t *count, struct err *e)
{
	struct hash id;
	size_t all;
	struct query_filter filter = {.country = of_kind(target, "country"),
	                              .end_user = of_kind(target, "end-user")};
	*count = 0;
	if (id_of(arena, of_kind(target, "system"), &id)) {
		*out = arena_alloc(arena, sizeof **out);
		*count = 1;
		return query_system(state, arena, &id, *out, e);
	}
	if (id_of(arena, of_kind(target, "licence"), &id))
		filter.licence = &id;
	if (!query_systems(state, arena, &filter, out, &all, e))
		return false;
	for (size_t i = 0; i < all; i++)
		if (aims_at(target, &(*out)[i]))
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
