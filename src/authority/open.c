/* What still waits for somebody: one pass over the entries, each told by its own value alone. */
#include "query.h"

#include "judge.h"

struct open {
	struct arena *arena;
	enum entry_kind kind;
	struct hash *at;
	size_t count, room;
	struct err *e;
	bool ok;
};

static bool is_open(enum entry_kind kind, const void *entry)
{
	const struct application_entry *application = entry;
	const struct report_entry *report = entry;
	const struct measure_entry *measure = entry;
	switch (kind) {
	case ENTRY_APPLICATION:
		return application->stage == APPLICATION_OPEN;
	case ENTRY_REPORT:
		return !report->has_finding;
	case ENTRY_MEASURE:
		return measure->stage == MEASURE_PROPOSED || measure->stage == MEASURE_EMERGENCY;
	default:
		return false;
	}
}

static void add(struct open *o, struct bytes key)
{
	if (o->count == o->room) {
		struct hash *more = arena_array(o->arena, o->room * 2 + 16, sizeof *more);
		if (o->count > 0)
			memcpy(more, o->at, o->count * sizeof *more);
		o->at = more;
		o->room = o->room * 2 + 16;
	}
	memcpy(o->at[o->count++].at, key.at + key.len - HASH_SIZE, HASH_SIZE);
}

static bool look(void *ctx, struct bytes key, struct bytes value)
{
	struct open *o = ctx;
	owned_arena arena = {0};
	union {
		struct application_entry application;
		struct report_entry report;
		struct measure_entry measure;
	} entry;
	o->ok = entry_decode(&arena, o->kind, value, &entry, o->e);
	if (o->ok && is_open(o->kind, &entry))
		add(o, key);
	return o->ok;
}

bool query_open(const struct state *state, struct arena *arena, struct hash **out, size_t *count,
                struct err *e)
{
	static const struct {
		const char *prefix;
		enum entry_kind kind;
	} kinds[] = {{"application/", ENTRY_APPLICATION},
	             {"report/", ENTRY_REPORT},
	             {"measure/", ENTRY_MEASURE}};
	struct open o = {.arena = arena, .e = e, .ok = true};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		o.kind = kinds[i].kind;
		if (!state->scan(state->ctx, bytes_text(kinds[i].prefix), (struct bytes){0}, look,
		                 &o, e) ||
		    !o.ok)
			return false;
	}
	*out = o.at;
	*count = o.count;
	return true;
}
