#include "query.h"

#include <assert.h>
#include <stdlib.h>

#include "judge.h"

/* --- Lists of ids: the last 32 bytes of the keys under a prefix ------------------------------- */

struct ids {
	struct arena *arena;
	struct hash *at;
	size_t count, room;
};

static bool collect_id(void *ctx, struct bytes key, struct bytes value)
{
	struct ids *ids = ctx;
	(void)value;
	assert(key.len >= HASH_SIZE);
	if (ids->count == ids->room) {
		size_t room = ids->room * 2 + 16;
		struct hash *more = arena_array(ids->arena, room, sizeof *more);
		if (ids->count > 0)
			memcpy(more, ids->at, ids->count * sizeof *more);
		ids->at = more;
		ids->room = room;
	}
	memcpy(ids->at[ids->count++].at, key.at + key.len - HASH_SIZE, HASH_SIZE);
	return true;
}

static bool ids_under(const struct state *state, struct arena *arena, struct bytes prefix,
                      struct ids *out, struct err *e)
{
	*out = (struct ids){.arena = arena};
	return state->scan(state->ctx, prefix, (struct bytes){0}, collect_id, out, e);
}

static bool get(const struct state *state, struct arena *arena, enum entry_kind kind,
                const char *prefix, const struct hash *id, void *out, bool *found, struct err *e)
{
	return entry_get(state, arena, kind, key_hash(arena, prefix, id), out, found, e);
}

/* What is listed is there. */
static bool get_listed(const struct state *state, struct arena *arena, enum entry_kind kind,
                       const char *prefix, const struct hash *id, void *out, struct err *e)
{
	bool found;
	if (!get(state, arena, kind, prefix, id, out, &found, e))
		return false;
	assert(found);
	return true;
}

static bool get_body(const struct state *state, struct arena *arena, enum record_kind kind,
                     const struct hash *id, union record_body *out, struct err *e)
{
	bool found;
	if (!entry_body(state, arena, kind, id, out, &found, e))
		return false;
	assert(found);
	return true;
}

static const struct hash *hash_if(struct arena *arena, bool has, const struct hash *id)
{
	return has ? (const struct hash *)bytes_copy(arena, hash_bytes(id)).at : NULL;
}

/*
 * Ids under country and end user. Where only the end user is known its country is that of
 * its declarations.
 */
static bool ids_at(const struct state *state, struct arena *arena, const char *prefix,
                   const struct query_filter *filter, struct ids *out, struct err *e)
{
	const char *country = filter->country;
	struct holder_entry holder;
	bool found;
	if (country == NULL && filter->end_user != NULL) {
		if (!entry_get(state, arena, ENTRY_HOLDER,
		               key_holder(arena, ROLE_END_USER, filter->end_user), &holder, &found,
		               e))
			return false;
		*out = (struct ids){.arena = arena};
		if (!found || !holder.has_country)
			return true;
		country = holder.country;
	}
	return ids_under(state, arena, key_place(arena, prefix, country, filter->end_user, NULL),
	                 out, e);
}

/* --- The authority -----------------------------------------------------------------------------
 */

bool query_authority(const struct state *state, struct arena *arena, struct authority_info *out,
                     struct err *e)
{
	struct authority_entry entry;
	struct log_entry log;
	bool found;
	if (!log_get(state, arena, &log, e) ||
	    !entry_get(state, arena, ENTRY_AUTHORITY, bytes_text("authority"), &entry, &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.empty", "the log has no first record yet");
	*out = (struct authority_info){
	    .origin = entry.origin,
	    .key = entry.kid,
	    .threshold = entry.threshold,
	    .officers = entry.officers,
	    .definitions = entry.definitions,
	    .time = log.time,
	    .entries = log.size,
	};
	return true;
}

/* --- Systems -----------------------------------------------------------------------------------
 */

bool query_system(const struct state *state, struct arena *arena, const struct hash *id,
                  struct system_info *out, struct err *e)
{
	struct system_entry system;
	struct licence_entry licence;
	struct lease_entry lease;
	struct refused_entry refused;
	bool found, was_refused;
	if (!get(state, arena, ENTRY_SYSTEM, "system/", id, &system, &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.no-such-system", "no system %s is enrolled here",
		                   short_id(arena, id));
	if (!get_listed(state, arena, ENTRY_LICENCE, "licence/", &system.licence, &licence, e) ||
	    !lease_get(state, arena, id, &lease, &found, e) ||
	    !get(state, arena, ENTRY_REFUSED, "refused/", id, &refused, &was_refused, e))
		return false;
	assert(found);
	*out = (struct system_info){
	    .id = *id,
	    .licence = system.licence,
	    .device = lease.device,
	    .serial = system.serial,
	    .item = system.item,
	    .version = licence.version,
	    .exporter = system.exporter,
	    .end_user = system.end_user,
	    .country = system.country,
	    .sequence = lease.sequence,
	    .lease_index = lease.index,
	    .granted = lease.granted,
	    .ttl_seconds = lease.ttl_seconds,
	    .use_log_size = lease.use_log.size,
	    .use_log_root = lease.use_log.root,
	    .heard = lease.heard,
	};
	if (was_refused) {
		out->refusals = refused.count;
		out->refused = refused.at;
		out->refusal_code = refused.code;
		out->refusal_reason = refused.reason;
	}
	return true;
}

static bool fits(const struct query_filter *f, const char *country, const char *end_user)
{
	return (f->country == NULL || strcmp(f->country, country) == 0) &&
	       (f->end_user == NULL || strcmp(f->end_user, end_user) == 0);
}

bool query_systems(const struct state *state, struct arena *arena,
                   const struct query_filter *filter, struct system_info **out, size_t *count,
                   struct err *e)
{
	struct ids ids;
	*count = 0;
	if (filter->licence != NULL
	        ? !ids_under(state, arena, key_hash(arena, "licensed/", filter->licence), &ids, e)
	        : !ids_at(state, arena, "system-at/", filter, &ids, e))
		return false;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		if (!query_system(state, arena, &ids.at[i], &(*out)[*count], e))
			return false;
		*count += fits(filter, (*out)[*count].country, (*out)[*count].end_user);
	}
	return true;
}

/* --- Licences and applications ------------------------------------------------------------------
 */

static const char *licence_stage(const struct licence_entry *licence, int64_t at)
{
	if (licence->has_revoked)
		return "revoked";
	if (licence->has_surrendered)
		return "surrendered";
	return licence->valid_until <= at ? "ended" : "in force";
}

bool query_licence(const struct state *state, struct arena *arena, const struct hash *id,
                   int64_t at, struct licence_info *out, struct err *e)
{
	struct licence_entry licence;
	union record_body body;
	bool found;
	if (!get(state, arena, ENTRY_LICENCE, "licence/", id, &licence, &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.no-such-licence", "there is no licence %s here",
		                   short_id(arena, id));
	if (!get_body(state, arena, KIND_LICENCE, id, &body, e))
		return false;
	*out = (struct licence_info){
	    .id = *id,
	    .application = licence.application,
	    .declaration = body.licence.declaration,
	    .exporter = licence.exporter,
	    .end_user = licence.end_user,
	    .country = licence.country,
	    .item = licence.item,
	    .version = licence.version,
	    .quantity = licence.quantity,
	    .enrolled = licence.enrolled,
	    .lease_seconds = licence.lease_seconds,
	    .scope = licence.scope,
	    .valid_until = licence.valid_until,
	    .stage = licence_stage(&licence, at),
	    .ended_by = licence.has_revoked
	                    ? hash_if(arena, true, &licence.revoked)
	                    : hash_if(arena, licence.has_surrendered, &licence.surrendered),
	};
	return true;
}

bool query_licences(const struct state *state, struct arena *arena,
                    const struct query_filter *filter, int64_t at, struct licence_info **out,
                    size_t *count, struct err *e)
{
	struct ids ids = {.arena = arena};
	*count = 0;
	if (filter->licence != NULL)
		collect_id(&ids, hash_bytes(filter->licence), (struct bytes){0});
	else if (!ids_at(state, arena, "licence-at/", filter, &ids, e))
		return false;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		if (!query_licence(state, arena, &ids.at[i], at, &(*out)[*count], e))
			return false;
		*count += fits(filter, (*out)[*count].country, (*out)[*count].end_user);
	}
	return true;
}

static bool application_stage(const struct state *state, struct arena *arena,
                              const struct application_entry *entry, int64_t at, const char **out,
                              struct err *e)
{
	uint64_t held = 0;
	if (entry->stage == APPLICATION_OPEN &&
	    !application_held(state, arena, entry, at, &held, e))
		return false;
	*out = entry->stage == APPLICATION_APPROVED  ? "approved"
	       : entry->stage == APPLICATION_REFUSED ? "refused"
	       : !entry->has_screening               ? "not screened"
	       : held > 0                            ? "held"
	                                             : "open";
	return true;
}

bool query_application(const struct state *state, struct arena *arena, const struct hash *id,
                       int64_t at, struct application_info *out, struct err *e)
{
	struct application_entry entry;
	union record_body *body = arena_alloc(arena, sizeof *body);
	const char *stage;
	bool found;
	if (!get(state, arena, ENTRY_APPLICATION, "application/", id, &entry, &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.no-such-application",
		                   "there is no application %s here", short_id(arena, id));
	if (!application_stage(state, arena, &entry, at, &stage, e) ||
	    !get_body(state, arena, KIND_APPLICATION, id, body, e))
		return false;
	const struct application_body *a = &body->application;
	*out = (struct application_info){
	    .id = *id,
	    .exporter = a->exporter.name,
	    .exporter_country = a->exporter.country,
	    .end_user = a->end_user.name,
	    .end_user_country = a->end_user.country,
	    .item = a->item.name,
	    .version = a->item.version,
	    .quantity = a->quantity,
	    .licensed = entry.licensed,
	    .hits = entry.hits,
	    .stage = stage,
	    .screening = hash_if(arena, entry.has_screening, &entry.screening),
	    .decision = hash_if(arena, entry.has_decision, &entry.decision),
	    .body = a,
	};
	return true;
}

bool query_applications(const struct state *state, struct arena *arena, int64_t at,
                        struct application_info **out, size_t *count, struct err *e)
{
	struct ids ids;
	if (!ids_under(state, arena, bytes_text("application/"), &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++)
		if (!query_application(state, arena, &ids.at[i], at, &(*out)[i], e))
			return false;
	return true;
}

static const char *hit_stage(const struct hit_entry *hit, int64_t at)
{
	if (hit->is_gone)
		return "not on the list any more";
	if (hit_is_open(hit, at))
		return "open";
	return hit->stage == HIT_TRUE ? "true match" : "cleared";
}

static int compare_hits(const void *a, const void *b)
{
	const struct hit_info *x = a, *y = b;
	if (x->is_open != y->is_open)
		return x->is_open ? -1 : 1;
	int order = strcmp(x->target, y->target);
	return order != 0 ? order : strcmp(x->list, y->list);
}

bool query_hits(const struct state *state, struct arena *arena, int64_t at, struct hit_info **out,
                size_t *count, struct err *e)
{
	static const char *const policies[] = {"note", "hold", "suspend"};
	struct ids ids;
	if (!ids_under(state, arena, bytes_text("hit/"), &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		struct hit_entry hit;
		if (!get_listed(state, arena, ENTRY_HIT, "hit/", &ids.at[i], &hit, e))
			return false;
		(*out)[i] = (struct hit_info){
		    .target = hit.target,
		    .party = hit.party,
		    .name = hit.name,
		    .country = hit.has_country ? hit.country : NULL,
		    .list = hit.list,
		    .entry = hit.entry,
		    .policy = policies[hit.policy],
		    .stage = hit_stage(&hit, at),
		    .is_open = hit_is_open(&hit, at),
		    .score = hit.score,
		    .screening = hit.screening,
		    .found = hit.found,
		    .clearance = hash_if(arena, hit.has_clearance, &hit.clearance),
		    .has_until = hit.has_until,
		    .until = hit.until,
		};
	}
	if (ids.count > 0)
		qsort(*out, ids.count, sizeof **out, compare_hits);
	return true;
}

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
	if (!get_listed(state, arena, ENTRY_MEASURE, "measure/", id, &m, e) ||
	    !get_body(state, arena, KIND_MEASURE, id, &body, e) ||
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
	    .finding = hash_if(arena, body.measure.has_finding, &body.measure.finding),
	    .lifted = hash_if(arena, m.has_lifted, &m.lifted),
	};
	out->is_in_force = is_enforced && strncmp(out->stage, "in force", 8) == 0;
	out->scope = out->is_in_force ? force.scope : NULL;
	return true;
}

static bool measures_of(const struct state *state, struct arena *arena, const struct ids *ids,
                        int64_t at, struct measure_info *out, struct err *e)
{
	struct authority_entry authority;
	bool found;
	if (!entry_get(state, arena, ENTRY_AUTHORITY, bytes_text("authority"), &authority, &found,
	               e))
		return false;
	for (size_t i = 0; i < ids->count; i++)
		if (!measure_info_of(state, arena, &ids->at[i], at, &authority, &out[i], e))
			return false;
	return true;
}

bool query_measure(const struct state *state, struct arena *arena, const struct hash *id,
                   int64_t at, struct measure_info *out, struct err *e)
{
	struct ids ids = {.at = arena_alloc(arena, sizeof *id), .count = 1};
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
	struct ids ids;
	struct bytes prefix =
	    target == NULL ? bytes_text("measure/") : key_pair(arena, "aimed/", target, NULL);
	if (!ids_under(state, arena, prefix, &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	return measures_of(state, arena, &ids, at, *out, e);
}

bool query_lifts(const struct state *state, struct arena *arena, struct lift_info **out,
                 size_t *count, struct err *e)
{
	struct ids ids;
	struct authority_entry authority;
	bool found;
	if (!ids_under(state, arena, bytes_text("lift/"), &ids, e) ||
	    !entry_get(state, arena, ENTRY_AUTHORITY, bytes_text("authority"), &authority, &found,
	               e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		struct lift_entry lift;
		struct approvals approvals;
		union record_body body;
		if (!get_listed(state, arena, ENTRY_LIFT, "lift/", &ids.at[i], &lift, e) ||
		    !get_body(state, arena, KIND_LIFT, &ids.at[i], &body, e) ||
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

static bool reports_of(const struct state *state, struct arena *arena, const struct ids *ids,
                       struct report_info *out, struct err *e)
{
	for (size_t i = 0; i < ids->count; i++) {
		struct report_entry report;
		union record_body body;
		if (!get_listed(state, arena, ENTRY_REPORT, "report/", &ids->at[i], &report, e) ||
		    !get_body(state, arena, KIND_REPORT, &ids->at[i], &body, e))
			return false;
		out[i] = (struct report_info){
		    .id = ids->at[i],
		    .system = hash_if(arena, report.has_system, &report.system),
		    .allegation = body.report.allegation,
		    .evidence = body.report.evidence.count,
		    .finding = hash_if(arena, report.has_finding, &report.finding),
		    .outcome = !report.has_finding                ? "open"
		               : report.outcome == FINDING_UPHELD ? "upheld"
		                                                  : "dismissed",
		};
	}
	return true;
}

bool query_report(const struct state *state, struct arena *arena, const struct hash *id,
                  struct report_info *out, struct err *e)
{
	struct ids ids = {.at = arena_alloc(arena, sizeof *id), .count = 1};
	bool found;
	ids.at[0] = *id;
	if (!state_has(state, arena, key_hash(arena, "report/", id), &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.no-such-report", "there is no report %s here",
		                   short_id(arena, id));
	return reports_of(state, arena, &ids, out, e);
}

bool query_reports(const struct state *state, struct arena *arena, struct report_info **out,
                   size_t *count, struct err *e)
{
	struct ids ids;
	if (!ids_under(state, arena, bytes_text("report/"), &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	return reports_of(state, arena, &ids, *out, e);
}
/* --- Records as they were accepted ---------------------------------------------------------------
 */

bool query_record(const struct state *state, struct arena *arena, const struct hash *id,
                  struct record_info *out, struct err *e)
{
	struct record_entry record;
	struct key_entry key = {0};
	bool found, is_known = false;
	if (!get(state, arena, ENTRY_RECORD, "record/", id, &record, &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.no-such-record", "there is no record %s here",
		                   short_id(arena, id));
	if (record.has_kid &&
	    !get(state, arena, ENTRY_KEY, "key/", &record.kid, &key, &is_known, e))
		return false;
	*out = (struct record_info){(enum record_kind)record.kind, record.index, record.at,
	                            is_known ? key.holder : NULL};
	return true;
}

/* --- Keys, definitions, declarations -------------------------------------------------------------
 */

static struct key_info key_info_of(struct arena *arena, const struct hash *kid,
                                   const struct key_entry *key)
{
	static const char *const roles[] = {"authority", "officer", "exporter", "end-user",
	                                    "auditor",   "adviser", "inbox",    "witnesses"};
	return (struct key_info){
	    .kid = *kid,
	    .record = key->record,
	    .role = roles[key->role],
	    .holder = key->holder,
	    .country = key->has_country ? key->country : NULL,
	    .line = key_line(arena, &key->public),
	    .ended = hash_if(arena, key->has_ended, &key->ended),
	    .rp_id = key->has_rp_id ? key->rp_id : NULL,
	    .origin = key->has_origin ? key->origin : NULL,
	    .has_until = key->has_until,
	    .until = key->until,
	};
}

bool query_passkey(const struct key_info *key, struct passkey *out, struct err *e)
{
	*out = (struct passkey){.rp_id = key->rp_id, .origin = key->origin};
	return key_line_parse(bytes_text(key->line), &out->key, e);
}

bool query_signed_by(const struct key_info *key, const struct cose_sign1 *statement, struct err *e)
{
	struct passkey passkey;
	if (!query_passkey(key, &passkey, e))
		return false;
	return key->rp_id != NULL ? cose_verify_passkey(statement, &passkey, e)
	                          : cose_verify(statement, &passkey.key, e);
}

bool query_key(const struct state *state, struct arena *arena, const struct hash *kid,
               struct key_info *out, struct err *e)
{
	struct key_entry key;
	bool found;
	if (!get(state, arena, ENTRY_KEY, "key/", kid, &key, &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.no-such-key", "there is no key %s here",
		                   short_id(arena, kid));
	*out = key_info_of(arena, kid, &key);
	return true;
}

bool query_keys(const struct state *state, struct arena *arena, struct key_info **out,
                size_t *count, struct err *e)
{
	struct ids ids;
	if (!ids_under(state, arena, bytes_text("key/"), &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		struct key_entry key;
		if (!get_listed(state, arena, ENTRY_KEY, "key/", &ids.at[i], &key, e))
			return false;
		(*out)[i] = key_info_of(arena, &ids.at[i], &key);
	}
	return true;
}

bool query_key_proposals(const struct state *state, struct arena *arena, struct key_proposal **out,
                         size_t *count, struct err *e)
{
	struct ids ids;
	struct authority_entry authority;
	bool found;
	if (!ids_under(state, arena, bytes_text("key-proposal/"), &ids, e) ||
	    !entry_get(state, arena, ENTRY_AUTHORITY, bytes_text("authority"), &authority, &found,
	               e))
		return false;
	*count = 0;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		struct proposal_entry proposal;
		struct approvals approvals;
		union record_body *body = arena_alloc(arena, sizeof *body);
		if (!get_listed(state, arena, ENTRY_PROPOSAL, "key-proposal/", &ids.at[i],
		                &proposal, e))
			return false;
		if (proposal.done)
			continue;
		if (!get_body(state, arena, KIND_KEY, &ids.at[i], body, e) ||
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

static bool collect_numbered(void *ctx, struct bytes key, struct bytes value)
{
	return collect_id(ctx, value, key);
}

bool query_definitions(const struct state *state, struct arena *arena,
                       struct definitions_info **out, size_t *count, struct err *e)
{
	struct ids ids = {.arena = arena};
	if (!state->scan(state->ctx, bytes_text("definitions/"), (struct bytes){0},
	                 collect_numbered, &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		struct definitions_entry entry;
		union record_body *body = arena_alloc(arena, sizeof *body);
		if (!get_listed(state, arena, ENTRY_DEFINITIONS, "definition/", &ids.at[i], &entry,
		                e) ||
		    !get_body(state, arena, KIND_DEFINITIONS, &ids.at[i], body, e))
			return false;
		(*out)[i] = (struct definitions_info){
		    .id = ids.at[i],
		    .number = entry.number,
		    .effective = entry.effective,
		    .superseded = hash_if(arena, entry.has_superseded, &entry.superseded),
		    .until = entry.until,
		    .body = &body->definitions,
		};
	}
	return true;
}

bool query_definitions_id(const struct state *state, uint64_t number, struct hash *out,
                          struct err *e)
{
	owned_arena arena = {0};
	struct bytes value = {0};
	if (!state->get(state->ctx, key_number(&arena, "definitions/", number), &arena, &value, e))
		return false;
	if (value.at == NULL)
		return err_refused(e, "state.no-such-definitions",
		                   "there are no definitions no. %llu here",
		                   (unsigned long long)number);
	memcpy(out->at, value.at, HASH_SIZE);
	return true;
}

bool query_declarations(const struct state *state, struct arena *arena,
                        struct declaration_info **out, size_t *count, struct err *e)
{
	struct ids ids;
	if (!ids_under(state, arena, bytes_text("declaration/"), &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		struct declaration_entry entry;
		struct definitions_entry definitions;
		struct holder_entry holder;
		bool found;
		if (!get_listed(state, arena, ENTRY_DECLARATION, "declaration/", &ids.at[i], &entry,
		                e) ||
		    !get_listed(state, arena, ENTRY_DEFINITIONS, "definition/", &entry.definitions,
		                &definitions, e) ||
		    !entry_get(state, arena, ENTRY_HOLDER,
		               key_holder(arena, ROLE_END_USER, entry.end_user), &holder, &found,
		               e))
			return false;
		assert(found);
		(*out)[i] = (struct declaration_info){
		    .id = ids.at[i],
		    .definitions = entry.definitions,
		    .definitions_number = definitions.number,
		    .end_user = entry.end_user,
		    .country = entry.country,
		    .valid_until = entry.valid_until,
		    .is_latest = hash_equal(&holder.declaration, &ids.at[i]),
		    .bound = entry.bound,
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
	struct ids ids = {.arena = arena};
	const char *targets[TARGET_KINDS];
	*out = (struct condition){0};
	if (!query_system(state, arena, id, &out->system, e) ||
	    !query_licence(state, arena, &out->system.licence, at, &out->licence, e) ||
	    !effective(state, id, at, true, arena, &out->effective, e) ||
	    !get_listed(state, arena, ENTRY_SYSTEM, "system/", id, &system, e))
		return false;
	const struct scope *scope = out->effective.scope;
	out->is_in_force = !scope->none && at >= scope->from && at < scope->until;
	targets_of(arena, id, &system, targets);
	for (size_t i = 0; i < TARGET_KINDS; i++)
		if (!state->scan(state->ctx, key_pair(arena, "aimed/", targets[i], NULL),
		                 (struct bytes){0}, collect_id, &ids, e))
			return false;
	out->measure_count = ids.count;
	out->measures = arena_array(arena, ids.count, sizeof *out->measures);
	return measures_of(state, arena, &ids, at, out->measures, e);
}
