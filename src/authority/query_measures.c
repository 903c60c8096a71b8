/* Measures, and what else officers agree to: proposals, and who is in favour. */
#include <assert.h>
#include <stdlib.h>

#include "query_parts.h"

/* --- Measures -----------------------------------------------------------------------------------
 */

struct approvals {
	struct arena *arena;
	size_t skip, count, room;
	struct officer_approval *at;
};

static bool collect_approval(void *ctx, struct bytes key, struct bytes value)
{
	struct approvals *a = ctx;
	assert(value.len == HASH_SIZE);
	if (a->count == a->room) {
		size_t room = a->room * 2 + 4;
		struct officer_approval *more = arena_array(a->arena, room, sizeof *more);
		if (a->count > 0)
			memcpy(more, a->at, a->count * sizeof *more);
		a->at = more;
		a->room = room;
	}
	struct officer_approval *one = &a->at[a->count++];
	one->officer = arena_copy(a->arena, key.at + a->skip, key.len - a->skip);
	memcpy(one->id.at, value.at, HASH_SIZE);
	return true;
}

static bool approvals_of(const struct state *state, struct arena *arena,
                         const struct hash *proposal, struct approvals *out, struct err *e)
{
	struct bytes prefix = key_approval(arena, proposal, "");
	*out = (struct approvals){.arena = arena, .skip = prefix.len};
	return state->scan(state->ctx, prefix, (struct bytes){0}, collect_approval, out, e);
}

static const char *measure_stage(const struct measure_entry *m, const struct force_entry *force,
                                 int64_t at)
{
	if (m->stage == MEASURE_LIFTED)
		return "lifted";
	if (m->has_until && m->until <= at)
		return "ended";
	if (m->stage == MEASURE_PROPOSED)
		return "proposed";
	if (m->stage == MEASURE_IN_FORCE)
		return "in force";
	return force->scope->from <= at ? "ended" : "in force for 72 hours";
}

static bool measure_info_of(const struct state *state, struct arena *arena, const struct hash *id,
                            int64_t at, const struct authority_entry *authority,
                            struct measure_info *out, struct err *e)
{
	static const char *const actions[] = {"restrict", "suspend", "disconnect", "revoke"};
	struct measure_entry m;
	struct force_entry force;
	struct approvals approvals;
	union record_body body;
	bool is_enforced;
	if (!query_get_listed(state, arena, ENTRY_MEASURE, "measure/", id, &m, e) ||
	    !query_get_body(state, arena, KIND_MEASURE, id, &body, e) ||
	    !approvals_of(state, arena, id, &approvals, e) ||
	    !entry_get(state, arena, ENTRY_FORCE, key_pair(arena, "in-force/", m.target, id),
	               &force, &is_enforced, e))
		return false;
	*out = (struct measure_info){
	    .id = *id,
	    .target = m.target,
	    .action = actions[m.action],
	    .reason = body.measure.reason,
	    .proposer = m.proposer,
	    .stage = measure_stage(&m, &force, at),
	    .proposed = m.proposed,
	    .began = m.has_began ? m.began : 0,
	    .has_until = m.has_until,
	    .until = m.until,
	    .approvals = approvals.at,
	    .approval_count = approvals.count,
	    .needed = measure_officers_needed(authority, (unsigned)m.action),
	    .finding = query_hash_if(arena, body.measure.has_finding, &body.measure.finding),
	    .lifted = query_hash_if(arena, m.has_lifted, &m.lifted),
	};
	out->is_in_force = is_enforced && strncmp(out->stage, "in force", 8) == 0;
	out->scope = out->is_in_force ? force.scope : NULL;
	return true;
}

static bool measures_of(const struct state *state, struct arena *arena, const struct query_ids *ids,
                        int64_t at, struct measure_info *out, struct err *e)
{
	struct authority_entry authority;
	bool found;
	if (!authority_at(state, arena, at, &authority, &found, e))
		return false;
	for (size_t i = 0; i < ids->count; i++)
		if (!measure_info_of(state, arena, &ids->at[i], at, &authority, &out[i], e))
			return false;
	return true;
}

bool query_measure(const struct state *state, struct arena *arena, const struct hash *id,
                   int64_t at, struct measure_info *out, struct err *e)
{
	struct query_ids ids = {.at = arena_alloc(arena, sizeof *id), .count = 1};
	bool found;
	ids.at[0] = *id;
	if (!state_has(state, arena, key_hash(arena, "measure/", id), &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.no-such-measure", "there is no measure %s here",
		                   short_id(arena, id));
	return measures_of(state, arena, &ids, at, out, e);
}

bool query_measures(const struct state *state, struct arena *arena, const char *target, int64_t at,
                    struct measure_info **out, size_t *count, struct err *e)
{
	struct query_ids ids;
	struct bytes prefix =
	    target == NULL ? bytes_text("measure/") : key_pair(arena, "aimed/", target, NULL);
	if (!query_ids_under(state, arena, prefix, &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	return measures_of(state, arena, &ids, at, *out, e);
}

bool query_lifts(const struct state *state, struct arena *arena, int64_t at, struct lift_info **out,
                 size_t *count, struct err *e)
{
	struct query_ids ids;
	struct authority_entry authority;
	bool found;
	if (!query_ids_under(state, arena, bytes_text("lift/"), &ids, e) ||
	    !authority_at(state, arena, at, &authority, &found, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		struct lift_entry lift;
		struct approvals approvals;
		union record_body body;
		if (!query_get_listed(state, arena, ENTRY_LIFT, "lift/", &ids.at[i], &lift, e) ||
		    !query_get_body(state, arena, KIND_LIFT, &ids.at[i], &body, e) ||
		    !approvals_of(state, arena, &ids.at[i], &approvals, e))
			return false;
		(*out)[i] = (struct lift_info){
		    .id = ids.at[i],
		    .measure = lift.measure,
		    .proposer = lift.proposer,
		    .reason = body.lift.reason,
		    .is_done = lift.done != 0,
		    .approvals = approvals.at,
		    .approval_count = approvals.count,
		    .needed = officers_needed_for_two(&authority),
		};
	}
	return true;
}

bool query_key_proposals(const struct state *state, struct arena *arena, int64_t at,
                         struct key_proposal **out, size_t *count, struct err *e)
{
	struct query_ids ids;
	struct authority_entry authority;
	bool found;
	if (!query_ids_under(state, arena, bytes_text("key-proposal/"), &ids, e) ||
	    !authority_at(state, arena, at, &authority, &found, e))
		return false;
	*count = 0;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		struct proposal_entry proposal;
		struct approvals approvals;
		union record_body *body = arena_alloc(arena, sizeof *body);
		if (!query_get_listed(state, arena, ENTRY_PROPOSAL, "key-proposal/", &ids.at[i],
		                      &proposal, e))
			return false;
		if (proposal.done)
			continue;
		if (!query_get_body(state, arena, KIND_KEY, &ids.at[i], body, e) ||
		    !approvals_of(state, arena, &ids.at[i], &approvals, e))
			return false;
		(*out)[(*count)++] = (struct key_proposal){
		    .id = ids.at[i],
		    .proposer = proposal.proposer,
		    .body = &body->key,
		    .approvals = approvals.at,
		    .approval_count = approvals.count,
		    .needed = officers_needed_for_two(&authority),
		};
	}
	return true;
}

/* --- One system ---------------------------------------------------------------------------------
 */

bool query_condition(const struct state *state, struct arena *arena, const struct hash *id,
                     int64_t at, struct condition *out, struct err *e)
{
	struct system_entry system;
	struct query_ids ids = {.arena = arena};
	const char *targets[TARGET_KINDS];
	*out = (struct condition){0};
	if (!query_system(state, arena, id, &out->system, e) ||
	    !query_licence(state, arena, &out->system.licence, at, &out->licence, e) ||
	    !effective(state, id, at, true, arena, &out->effective, e) ||
	    !query_get_listed(state, arena, ENTRY_SYSTEM, "system/", id, &system, e))
		return false;
	const struct scope *scope = out->effective.scope;
	out->is_in_force = !scope->none && at >= scope->from && at < scope->until;
	targets_of(arena, id, &system, targets);
	for (size_t i = 0; i < TARGET_KINDS; i++)
		if (!state->scan(state->ctx, key_pair(arena, "aimed/", targets[i], NULL),
		                 (struct bytes){0}, query_collect, &ids, e))
			return false;
	out->measure_count = ids.count;
	out->measures = arena_array(arena, ids.count, sizeof *out->measures);
	return measures_of(state, arena, &ids, at, out->measures, e);
}
