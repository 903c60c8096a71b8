/* Any record, in words. */
#include "words.h"

#include "authority/query.h"

/* The definitions and the scope that a record's purposes are to be read by; NULL: none. */
static bool read_by(struct words *w, const struct record *record, struct hash *definitions,
                    const struct scope **scope)
{
	const struct hash *declaration = NULL;
	uint64_t index;
	bool found;
	struct bytes entry;
	struct record declared;
	*scope = NULL;
	if (record->kind == KIND_DECLARATION) {
		*definitions = record->body.declaration.definitions;
		*scope = record->body.declaration.scope;
	} else if (record->kind == KIND_LICENCE) {
		declaration = &record->body.licence.declaration;
		*scope = record->body.licence.scope;
	}
	if (declaration == NULL)
		return true;
	if (!store_find_id(w->authority->store, declaration, &index, &found, w->err) ||
	    !store_entry(w->authority->store, index, w->arena, &entry, w->err) ||
	    !record_decode(w->arena, entry, &declared, w->err))
		return false;
	*definitions = declared.body.declaration.definitions;
	return true;
}

static bool is_told(struct words *w, const struct record *record)
{
	struct hash definitions;
	const struct scope *scope;
	const char *purposes = "";
	struct state state = authority_state(w->authority);
	if (!read_by(w, record, &definitions, &scope) ||
	    (scope != NULL &&
	     !words_purposes(w->arena, &state, &definitions, scope, "", &purposes, w->err)))
		return false;
	buffer_printf(&w->text, "%s%s", *purposes != 0 ? "\n" : "", purposes);
	return true;
}

struct withheld {
	struct words *w;
	const struct record *record;
	const struct state *state;
	json_t *array;
	bool ok;
};

/* What is not shown, and whether it ever can be. */
static void tell_withheld(void *ctx, const char *path, struct redactable *field)
{
	struct withheld *t = ctx;
	bool erased;
	if (field->value != NULL || !t->ok)
		return;
	t->ok = query_erased(t->state, t->w->arena, &t->record->id, path, &erased, t->w->err);
	if (!t->ok)
		return;
	const char *why = erased ? "erased" : "confidential";
	if (t->array != NULL)
		json_array_append_new(t->array, json_pack("{s:s,s:s}", "field", path, "why", why));
	else
		buffer_printf(&t->w->text, "withheld     %s: %s\n", path,
		              erased ? "erased for good" : "confidential (proviso disclose)");
}

static bool tell_all_withheld(struct words *w, struct record *record, json_t *array)
{
	struct state state = authority_state(w->authority);
	struct withheld t = {w, record, &state, array, true};
	record_redactables(record, tell_withheld, &t);
	return t.ok;
}

static void tell_signer(struct buffer *out, const char *by, const struct record *record)
{
	buffer_printf(out, "%s%s (key %s), %s\n", by, record->claims.issuer,
	              words_short(out->arena, &record->cose.kid),
	              words_time(out->arena, record->claims.issued_at));
}

bool words_statement(struct words *w, const struct record *record)
{
	const struct kind *kind = record_kind(record->kind);
	w->text.arena = w->arena;
	buffer_printf(&w->text, "%s to %s\n", kind->name, record->claims.subject);
	tell_signer(&w->text, "to sign      ", record);
	buffer_printf(&w->text, "\n%s", form_text(w->arena, record->kind, &record->body));
	if (!is_told(w, record))
		return false;
	w->value = words_said(w->arena, record);
	return true;
}

void words_record_text(struct buffer *out, const struct record *record, uint64_t index)
{
	const struct kind *kind = record_kind(record->kind);
	buffer_printf(out, "%s %s\non the log   entry %llu of %s\n", kind->name,
	              words_hex(out->arena, &record->id), (unsigned long long)index,
	              record->claims.subject);
	if (kind->is_signed)
		tell_signer(out, "signed by    ", record);
	else
		buffer_printf(out, "entered by   the keeper of the log, %s\n",
		              words_time(out->arena, record->claims.issued_at));
	buffer_printf(out, "\n%s", form_text(out->arena, record->kind, &record->body));
}

bool words_show(struct words *w, const char *prefix)
{
	uint64_t index;
	struct record record;
	return authority_find(w->authority, w->arena, prefix, &record, &index, w->err) &&
	       words_show_record(w, &record, index);
}

bool words_show_record(struct words *w, struct record *record, uint64_t index)
{
	w->text.arena = w->arena;
	if ((!w->is_public && !authority_disclose(w->authority, w->arena, record, w->err)) ||
	    (w->disclosures.len > 0 &&
	     !record_disclose_all(w->arena, record, w->disclosures, w->err)))
		return false;
	if (w->json) {
		json_t *withheld = json_array();
		w->value = words_record(w->arena, record, index);
		bool told = tell_all_withheld(w, record, withheld);
		if (json_array_size(withheld) > 0)
			json_object_set(w->value, "withheld", withheld);
		json_decref(withheld);
		return told;
	}
	words_record_text(&w->text, record, index);
	return tell_all_withheld(w, record, NULL) && is_told(w, record);
}
