/* What was done with confidential values: who may read them, and that the erased stay erased. */
#include "access.h"
#include "judge.h"
#include "query.h"

static struct bytes key_erased(struct arena *arena, const char *path, const struct hash *record)
{
	return key_pair(arena, "erased/", path, record);
}

bool query_erased(const struct state *state, struct arena *arena, const struct hash *record,
                  const char *path, bool *out, struct err *e)
{
	return state_has(state, arena, key_erased(arena, path, record), out, e);
}

struct search {
	const char *path;
	bool found;
};

static void compare(void *ctx, const char *path, struct redactable *field)
{
	struct search *s = ctx;
	(void)field;
	s->found |= strcmp(path, s->path) == 0;
}

static bool judge_fields(struct judge *j, const struct record_entry *entry)
{
	const struct disclosure_body *body = &j->record->body.disclosure;
	const char *const *paths = body->fields.at;
	struct record record = {.kind = (enum record_kind)entry->kind};
	bool erased;
	if (!record_body_decode(j->arena, record.kind, entry->payload, &record.body, j->e))
		return false;
	if (body->fields.count == 0)
		return err_refused(j->e, "disclosure.no-field", "it names no field");
	for (size_t i = 0; i < body->fields.count; i++) {
		struct search s = {.path = paths[i]};
		record_redactables(&record, compare, &s);
		if (!s.found)
			return err_refused(j->e, "disclosure.no-field",
			                   "the %s has no confidential field %.100s",
			                   record_kind(record.kind)->name, paths[i]);
		if (!query_erased(j->state, j->arena, &body->record, paths[i], &erased, j->e))
			return false;
		if (erased)
			return err_refused(j->e, "disclosure.erased", "%.100s was erased before",
			                   paths[i]);
	}
	return true;
}

static bool judge_reader(struct judge *j, const struct record_entry *entry)
{
	struct key_entry reader, signer;
	bool found;
	if (!judge_get(j, ENTRY_KEY, "key/", &j->record->body.disclosure.to, &reader, &found))
		return false;
	if (!found || reader.has_ended || (reader.has_until && reader.until <= j->now))
		return err_refused(j->e, "disclosure.key-unknown",
		                   "no key %s is registered and in use here",
		                   short_id(j->arena, &j->record->body.disclosure.to));
	/* What has confidential fields is signed by a person. */
	if (!judge_get(j, ENTRY_KEY, "key/", &entry->kid, &signer, &found))
		return false;
	return (found && access_allows((enum role)reader.role, reader.holder,
	                               (enum record_kind)entry->kind, signer.holder)) ||
	       err_refused(j->e, "disclosure.not-entitled", "%s may not read values of a %s",
	                   reader.holder, record_kind((enum record_kind)entry->kind)->name);
}

bool judge_disclosure(struct judge *j)
{
	const struct disclosure_body *body = &j->record->body.disclosure;
	const char *const *paths = body->fields.at;
	bool released = body->action == DISCLOSURE_RELEASED, found;
	struct record_entry entry;
	if (!judge_get(j, ENTRY_RECORD, "record/", &body->record, &entry, &found))
		return false;
	if (!found)
		return err_refused(j->e, "disclosure.record-unknown", "no record %s is on the log",
		                   short_id(j->arena, &body->record));
	if (!judge_fields(j, &entry))
		return false;
	if (body->has_to != released || body->has_reason == released)
		return err_refused(
		    j->e, "disclosure.form",
		    "a release says to whom, an erasure why, and neither says the other");
	if (released)
		return judge_reader(j, &entry);
	for (size_t i = 0; i < body->fields.count; i++)
		change_mark(j->out, key_erased(j->arena, paths[i], &body->record));
	return true;
}
