/* Requests for subjects' tags: on the log first, and then what a holder of a share is shown. */
#include "authority.h"
#include "entries.h"
#include "query.h"
#include "tags/tags.h"

bool query_tags(const struct state *state, struct arena *arena, struct hash *id, struct err *e)
{
	struct log_entry log;
	if (!log_get(state, arena, &log, e))
		return false;
	*id = log.tags;
	return log_has_tags(&log) ||
	       err_refused(e, "state.no-tags", "no key of tags is in force: proviso tags publish");
}

/* The record of the key that the request names, as it is on the log. */
static bool find_key(struct authority *a, struct arena *arena, struct bytes request,
                     struct bytes *out, struct err *e)
{
	struct record record;
	uint64_t index;
	bool found;
	if (!record_decode(arena, request, &record, e))
		return false;
	if (record.kind != KIND_ADMISSION && record.kind != KIND_INQUIRY)
		return err_refused(e, "tags.not-a-request", "a %s asks for no tags",
		                   record_kind(record.kind)->name);
	const struct hash *tags =
	    record.kind == KIND_ADMISSION ? &record.body.admission.tags : &record.body.inquiry.tags;
	if (!store_find_id(a->store, tags, &index, &found, e))
		return false;
	if (!found)
		return err_refused(e, "tags.not-in-force",
		                   "the key of tags that it names is not on this log");
	return store_entry(a->store, index, arena, out, e);
}

bool authority_tags(struct authority *a, struct arena *arena, struct bytes request, int64_t now,
                    struct bytes *granted, struct err *e)
{
	struct accepted accepted;
	struct bytes key, proof;
	if (!find_key(a, arena, request, &key, e) ||
	    !authority_submit(a, &request, 1, now, &accepted, NULL, e) ||
	    !authority_prove(a, arena, accepted.index, &proof, e))
		return false;
	*granted = granted_format(arena, reply_format(arena, request, proof), key);
	return true;
}
