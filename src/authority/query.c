/* The authority, systems, licences, applications. */
#include <assert.h>
#include <stdlib.h>

#include "query_parts.h"

/* --- Lists of ids: the last 32 bytes of the keys under a prefix ------------------------------- */

bool query_collect(void *ctx, struct bytes key, struct bytes value)
{
	struct query_ids *ids = ctx;
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

bool query_ids_under(const struct state *state, struct arena *arena, struct bytes prefix,
                     struct query_ids *out, struct err *e)
{
	*out = (struct query_ids){.arena = arena};
	return state->scan(state->ctx, prefix, (struct bytes){0}, query_collect, out, e);
}

bool query_get(const struct state *state, struct arena *arena, enum entry_kind kind,
               const char *prefix, const struct hash *id, void *out, bool *found, struct err *e)
{
	return entry_get(state, arena, kind, key_hash(arena, prefix, id), out, found, e);
}

/* What is listed is there. */
bool query_get_listed(const struct state *state, struct arena *arena, enum entry_kind kind,
                      const char *prefix, const struct hash *id, void *out, struct err *e)
{
	bool found;
	if (!query_get(state, arena, kind, prefix, id, out, &found, e))
		return false;
	assert(found);
	return true;
}

bool query_get_body(const struct state *state, struct arena *arena, enum record_kind kind,
                    const struct hash *id, union record_body *out, struct err *e)
{
	bool found;
	if (!entry_body(state, arena, kind, id, out, &found, e))
		return false;
	assert(found);
	return true;
}

const struct hash *query_hash_if(struct arena *arena, bool has, const struct hash *id)
{
	return has ? (const struct hash *)bytes_copy(arena, hash_bytes(id)).at : NULL;
}

/*
 * Ids under country and end user. Where only the end user is known its country is that of
 * its declarations.
 */
static bool ids_at(const struct state *state, struct arena *arena, const char *prefix,
                   const struct query_filter *filter, struct query_ids *out, struct err *e)
{
	const char *country = filter->country;
	struct holder_entry holder;
	bool found;
	if (country == NULL && filter->end_user != NULL) {
		if (!entry_get(state, arena, ENTRY_HOLDER,
		               key_holder(arena, ROLE_END_USER, filter->end_user), &holder, &found,
		               e))
			return false;
		*out = (struct query_ids){.arena = arena};
		if (!found || !holder.has_country)
			return true;
		country = holder.country;
	}
	return query_ids_under(state, arena,
	                       key_place(arena, prefix, country, filter->end_user, NULL), out, e);
}

/* --- The authority -----------------------------------------------------------------------------
 */

bool query_authority(const struct state *state, struct arena *arena, int64_t at,
                     struct authority_info *out, struct err *e)
{
	struct authority_entry entry;
	struct officers officers;
	struct log_entry log;
	bool found;
	if (!log_get(state, arena, &log, e) ||
	    !entry_get(state, arena, ENTRY_AUTHORITY, bytes_text("authority"), &entry, &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.empty", "the log has no first record yet");
	if (!officers_at(state, arena, at, entry.threshold, &officers, e))
		return false;
	*out = (struct authority_info){
	    .origin = entry.origin,
	    .key = entry.kid,
	    .threshold = entry.threshold,
	    .officers = officers.count,
	    .few_from = officers.few_from,
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
	if (!query_get(state, arena, ENTRY_SYSTEM, "system/", id, &system, &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.no-such-system", "no system %s is enrolled here",
		                   short_id(arena, id));
	if (!query_get_listed(state, arena, ENTRY_LICENCE, "licence/", &system.licence, &licence,
	                      e) ||
	    !lease_get(state, arena, id, &lease, &found, e) ||
	    !query_get(state, arena, ENTRY_REFUSED, "refused/", id, &refused, &was_refused, e))
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
	struct query_ids ids;
	*count = 0;
	if (filter->licence != NULL
	        ? !query_ids_under(state, arena, key_hash(arena, "licensed/", filter->licence),
	                           &ids, e)
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
	if (!query_get(state, arena, ENTRY_LICENCE, "licence/", id, &licence, &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.no-such-licence", "there is no licence %s here",
		                   short_id(arena, id));
	if (!query_get_body(state, arena, KIND_LICENCE, id, &body, e))
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
	                    ? query_hash_if(arena, true, &licence.revoked)
	                    : query_hash_if(arena, licence.has_surrendered, &licence.surrendered),
	};
	return true;
}

bool query_licences(const struct state *state, struct arena *arena,
                    const struct query_filter *filter, int64_t at, struct licence_info **out,
                    size_t *count, struct err *e)
{
	struct query_ids ids = {.arena = arena};
	*count = 0;
	if (filter->licence != NULL)
		query_collect(&ids, hash_bytes(filter->licence), (struct bytes){0});
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

static bool unnamed_hits(const struct state *state, struct arena *arena,
                         const struct application_entry *entry, uint64_t *out, struct err *e)
{
	union record_body body;
	*out = 0;
	if (!entry->has_screening)
		return true;
	if (!query_get_body(state, arena, KIND_SCREENING, &entry->screening, &body, e))
		return false;
	*out = body.screening.has_more ? body.screening.more : 0;
	return true;
}

bool query_application(const struct state *state, struct arena *arena, const struct hash *id,
                       int64_t at, struct application_info *out, struct err *e)
{
	struct application_entry entry;
	union record_body *body = arena_alloc(arena, sizeof *body);
	const char *stage;
	bool found;
	if (!query_get(state, arena, ENTRY_APPLICATION, "application/", id, &entry, &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.no-such-application",
		                   "there is no application %s here", short_id(arena, id));
	uint64_t unnamed = 0;
	if (!application_stage(state, arena, &entry, at, &stage, e) ||
	    !unnamed_hits(state, arena, &entry, &unnamed, e) ||
	    !query_get_body(state, arena, KIND_APPLICATION, id, body, e))
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
	    .unnamed = unnamed,
	    .licensed = entry.licensed,
	    .hits = entry.hits,
	    .stage = stage,
	    .screening = query_hash_if(arena, entry.has_screening, &entry.screening),
	    .decision = query_hash_if(arena, entry.has_decision, &entry.decision),
	    .body = a,
	};
	return true;
}

bool query_applications(const struct state *state, struct arena *arena, int64_t at,
                        struct application_info **out, size_t *count, struct err *e)
{
	struct query_ids ids;
	if (!query_ids_under(state, arena, bytes_text("application/"), &ids, e))
		return false;
	*count = ids.count;
	*out = arena_array(arena, ids.count, sizeof **out);
	for (size_t i = 0; i < ids.count; i++)
		if (!query_application(state, arena, &ids.at[i], at, &(*out)[i], e))
			return false;
	return true;
}
