/* What those who follow a system or page through lists need of the state. */
#include "query.h"

#include <assert.h>

#include "judge.h"

/* --- What a record touched --------------------------------------------------------------- */

static const char *const actions[] = {"restrict", "suspend", "disconnect", "revoke"};

static bool by_measure(const struct state *state, struct arena *arena, const struct hash *id,
                       bool is_lift, struct touched *out, struct err *e)
{
	struct measure_entry m;
	bool found;
	if (!entry_get(state, arena, ENTRY_MEASURE, key_hash(arena, "measure/", id), &m, &found, e))
		return false;
	if (!found || (!is_lift && m.stage == MEASURE_PROPOSED))
		return true;
	out->target = m.target;
	out->action = is_lift ? "lift" : actions[m.action];
	return true;
}

static bool by_lift(const struct state *state, struct arena *arena, const struct hash *id,
                    struct touched *out, struct err *e)
{
	struct lift_entry lift;
	bool found;
	if (!entry_get(state, arena, ENTRY_LIFT, key_hash(arena, "lift/", id), &lift, &found, e))
		return false;
	return !found || !lift.done || by_measure(state, arena, &lift.measure, true, out, e);
}

/* What a screening found on a list that suspends, or an officer decided of it. */
static bool by_hits(const struct state *state, struct arena *arena, const struct hash *screening,
                    struct touched *out, struct err *e)
{
	union record_body body;
	struct application_entry application;
	bool found;
	if (!entry_body(state, arena, KIND_SCREENING, screening, &body, &found, e) ||
	    (found && !entry_get(state, arena, ENTRY_APPLICATION,
	                         key_hash(arena, "application/", &body.screening.application),
	                         &application, &found, e)))
		return false;
	const struct party_hit *hits = found ? body.screening.hits.at : NULL;
	for (size_t i = 0; found && i < body.screening.hits.count; i++) {
		struct hit_entry hit;
		struct hash match = hit_match(&hits[i], application.end_user);
		bool is_there;
		if (!entry_get(state, arena, ENTRY_HIT, key_hash(arena, "hit/", &match), &hit,
		               &is_there, e))
			return false;
		if (!is_there || hit.policy != LISTING_SUSPEND)
			continue;
		if (out->target != NULL && strcmp(out->target, hit.target) != 0) {
			*out = (struct touched){.all = true, .action = "screening"};
			return true;
		}
		out->target = hit.target;
		out->action = "screening";
	}
	return true;
}

/* Every gate is to have the key and the list that came into force. */
static bool by_tags(const struct state *state, struct arena *arena, const struct hash *id,
                    struct touched *out, struct err *e)
{
	struct log_entry log;
	if (!log_get(state, arena, &log, e))
		return false;
	if (hash_equal(&log.tags, id))
		*out = (struct touched){.all = true, .action = "tags"};
	return true;
}

bool query_touched(const struct state *state, struct arena *arena, const struct record *record,
                   struct touched *out, struct err *e)
{
	*out = (struct touched){0};
	switch (record->kind) {
	case KIND_MEASURE:
		return by_measure(state, arena, &record->id, false, out, e);
	case KIND_LIFT:
		return by_lift(state, arena, &record->id, out, e);
	case KIND_APPROVAL:
		return by_measure(state, arena, &record->body.approval.proposal, false, out, e) &&
		       by_lift(state, arena, &record->body.approval.proposal, out, e) &&
		       by_tags(state, arena, &record->body.approval.proposal, out, e);
	case KIND_SCREENING:
		return by_hits(state, arena, &record->id, out, e);
	case KIND_CLEARANCE:
		return by_hits(state, arena, &record->body.clearance.screening, out, e);
	case KIND_TAGS:
		return by_tags(state, arena, &record->id, out, e);
	case KIND_DEFINITIONS:
		*out = (struct touched){.all = true, .action = "definitions"};
		return true;
	case KIND_DECLARATION:
		out->target =
		    arena_printf(arena, "end-user/%s", record->body.declaration.end_user.name);
		out->action = "declaration";
		return true;
	case KIND_SURRENDER:
		out->target =
		    arena_printf(arena, "licence/%s",
		                 hex_encode(arena, hash_bytes(&record->body.surrender.licence)));
		out->action = "surrender";
		return true;
	default:
		return true;
	}
}

/* --- Pages of ids ------------------------------------------------------------------------- */

struct page {
	struct hash *at;
	size_t count, limit;
};

static bool collect(void *ctx, struct bytes key, struct bytes value)
{
	struct page *page = ctx;
	(void)value;
	assert(key.len >= HASH_SIZE);
	memcpy(page->at[page->count++].at, key.at + key.len - HASH_SIZE, HASH_SIZE);
	return page->count < page->limit;
}

bool query_ids(const struct state *state, struct arena *arena, const char *prefix,
               const struct hash *after, size_t limit, struct hash **out, size_t *count,
               struct err *e)
{
	struct page page = {.at = arena_array(arena, limit, sizeof *page.at), .limit = limit};
	struct bytes from = after != NULL ? key_hash(arena, prefix, after) : (struct bytes){0};
	assert(limit > 0);
	if (!state->scan(state->ctx, bytes_text(prefix), from, collect, &page, e))
		return false;
	*out = page.at;
	*count = page.count;
	return true;
}
