/* Reports, hits, records, keys, definitions, declarations. */
#include <assert.h>
#include <stdlib.h>

#include "access.h"
#include "query_parts.h"

static bool reports_of(const struct state *state, struct arena *arena, const struct query_ids *ids,
                       struct report_info *out, struct err *e)
{
	for (size_t i = 0; i < ids->count; i++) {
		struct report_entry report;
		union record_body body;
		if (!query_get_listed(state, arena, ENTRY_REPORT, "report/", &ids->at[i], &report,
		                      e) ||
		    !query_get_body(state, arena, KIND_REPORT, &ids->at[i], &body, e))
			return false;
		out[i] = (struct report_info){
		    .id = ids->at[i],
		    .system = query_hash_if(arena, report.has_system, &report.system),
		    .allegation = body.report.allegation,
		    .evidence = body.report.evidence.count,
		    .finding = query_hash_if(arena, report.has_finding, &report.finding),
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
	struct query_ids ids = {.at = arena_alloc(arena, sizeof *id), .count = 1};
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
	struct query_ids ids;
	if (!query_ids_under(state, arena, bytes_text("report/"), &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	return reports_of(state, arena, &ids, *out, e);
}

static const char *hit_stage(const struct hit_entry *hit, int64_t at)
{
	if (hit->is_gone == HIT_REPLACED)
		return "signs no more";
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
	struct query_ids ids;
	if (!query_ids_under(state, arena, bytes_text("hit/"), &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		struct hit_entry hit;
		if (!query_get_listed(state, arena, ENTRY_HIT, "hit/", &ids.at[i], &hit, e))
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
		    .clearance = query_hash_if(arena, hit.has_clearance, &hit.clearance),
		    .has_until = hit.has_until,
		    .until = hit.until,
		};
	}
	if (ids.count > 0)
		qsort(*out, ids.count, sizeof **out, compare_hits);
	return true;
}

/* --- Records as they were accepted ---------------------------------------------------------------
 */

bool query_record(const struct state *state, struct arena *arena, const struct hash *id,
                  struct record_info *out, struct err *e)
{
	struct record_entry record;
	struct key_entry key = {0};
	bool found, is_known = false;
	if (!query_get(state, arena, ENTRY_RECORD, "record/", id, &record, &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.no-such-record", "there is no record %s here",
		                   short_id(arena, id));
	if (record.has_kid &&
	    !query_get(state, arena, ENTRY_KEY, "key/", &record.kid, &key, &is_known, e))
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
	return (struct key_info){
	    .kid = *kid,
	    .record = key->record,
	    .role = access_role_name((enum role)key->role),
	    .holder = key->holder,
	    .country = key->has_country ? key->country : NULL,
	    .line = key_line(arena, &key->public),
	    .ended = query_hash_if(arena, key->has_ended, &key->ended),
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
	if (!query_get(state, arena, ENTRY_KEY, "key/", kid, &key, &found, e))
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
	struct query_ids ids;
	if (!query_ids_under(state, arena, bytes_text("key/"), &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		struct key_entry key;
		if (!query_get_listed(state, arena, ENTRY_KEY, "key/", &ids.at[i], &key, e))
			return false;
		(*out)[i] = key_info_of(arena, &ids.at[i], &key);
	}
	return true;
}

static bool collect_numbered(void *ctx, struct bytes key, struct bytes value)
{
	return query_collect(ctx, value, key);
}

bool query_definitions(const struct state *state, struct arena *arena,
                       struct definitions_info **out, size_t *count, struct err *e)
{
	struct query_ids ids = {.arena = arena};
	if (!state->scan(state->ctx, bytes_text("definitions/"), (struct bytes){0},
	                 collect_numbered, &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		struct definitions_entry entry;
		union record_body *body = arena_alloc(arena, sizeof *body);
		if (!query_get_listed(state, arena, ENTRY_DEFINITIONS, "definition/", &ids.at[i],
		                      &entry, e) ||
		    !query_get_body(state, arena, KIND_DEFINITIONS, &ids.at[i], body, e))
			return false;
		(*out)[i] = (struct definitions_info){
		    .id = ids.at[i],
		    .number = entry.number,
		    .effective = entry.effective,
		    .superseded = query_hash_if(arena, entry.has_superseded, &entry.superseded),
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
	struct query_ids ids;
	if (!query_ids_under(state, arena, bytes_text("declaration/"), &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++) {
		struct declaration_entry entry;
		struct definitions_entry definitions;
		struct holder_entry holder;
		bool found;
		if (!query_get_listed(state, arena, ENTRY_DECLARATION, "declaration/", &ids.at[i],
		                      &entry, e) ||
		    !query_get_listed(state, arena, ENTRY_DEFINITIONS, "definition/",
		                      &entry.definitions, &definitions, e) ||
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
