/* Definitions, and the declarations made under them. */
#include "base/instant.h"
#include "judge.h"

enum { GRACE_DAYS_MAX = 3650 };

const struct scope *scope_until(struct arena *arena, int64_t until)
{
	struct scope *s = arena_alloc(arena, sizeof *s);
	*s = scope_any;
	s->until = until;
	return s;
}

const struct scope *scope_from(struct arena *arena, int64_t from)
{
	struct scope *s = arena_alloc(arena, sizeof *s);
	*s = scope_any;
	s->from = from;
	return s;
}

const struct scope *scope_of_set(struct arena *arena, enum scope_dimension dimension,
                                 const char *const labels[], size_t count)
{
	if (count == 0)
		return &scope_none;
	struct buffer text = {.arena = arena};
	buffer_text(&text, scope_dimension_name(dimension));
	for (size_t i = 0; i < count; i++)
		buffer_printf(&text, "%c%s", i == 0 ? '=' : ',', labels[i]);
	const struct scope *out;
	struct err e;
	/* Labels were checked when their record was read; their number by its size. */
	return scope_parse(arena, buffer_view(&text), &out, &e) ? out : &scope_none;
}

/* --- Definitions -------------------------------------------------------------------------- */

static bool judge_labels(struct judge *j, const struct definitions_body *body)
{
	const struct purpose *purposes = body->purposes.at;
	if (body->purposes.count == 0)
		return err_refused(j->e, "definitions.no-purpose",
		                   "definitions define at least one purpose");
	for (size_t i = 0; i < body->purposes.count; i++)
		for (size_t k = 0; k < body->purposes.count; k++)
			if (i != k && scope_label_covers(purposes[i].label, purposes[k].label))
				return err_refused(j->e, "definitions.labels-overlap",
				                   "%s is within %s", purposes[k].label,
				                   purposes[i].label);
	return true;
}

static const struct scope *definitions_bound(struct arena *arena,
                                             const struct definitions_body *body)
{
	const struct purpose *purposes = body->purposes.at;
	const char **labels = arena_array(arena, body->purposes.count, sizeof *labels);
	for (size_t i = 0; i < body->purposes.count; i++)
		labels[i] = purposes[i].label;
	return scope_meet(arena, body->scope,
	                  scope_of_set(arena, SCOPE_PURPOSE, labels, body->purposes.count));
}

static bool find_definitions(struct judge *j, uint64_t number, struct hash *id,
                             struct definitions_entry *out, bool *found)
{
	struct bytes value = {0};
	if (!j->state->get(j->state->ctx, key_number(j->arena, "definitions/", number), j->arena,
	                   &value, j->e))
		return false;
	*found = value.at != NULL;
	if (!*found)
		return true;
	memcpy(id->at, value.at, HASH_SIZE);
	return judge_get(j, ENTRY_DEFINITIONS, "definition/", id, out, found);
}

static bool judge_supersedes(struct judge *j, const struct definitions_body *body,
                             struct hash *old_id, struct definitions_entry *old)
{
	bool found;
	if (!body->has_supersedes)
		return true;
	if (!find_definitions(j, body->supersedes, old_id, old, &found))
		return false;
	if (!found)
		return err_refused(j->e, "definitions.supersedes-unknown",
		                   "there are no definitions no. %llu",
		                   (unsigned long long)body->supersedes);
	if (old->has_superseded)
		return err_refused(j->e, "definitions.superseded-twice",
		                   "definitions no. %llu are superseded already, by %s",
		                   (unsigned long long)body->supersedes,
		                   short_id(j->arena, &old->superseded));
	if (body->effective < old->effective)
		return err_refused(j->e, "definitions.before-superseded",
		                   "they take effect before those they supersede");
	old->has_superseded = true;
	old->superseded = j->record->id;
	old->superseded_from = body->effective;
	int64_t until = body->effective + (int64_t)body->grace_days * DAY_SECONDS;
	old->until = until < INSTANT_LAST ? until : INSTANT_LAST;
	return true;
}

bool judge_definitions(struct judge *j)
{
	const struct definitions_body *body = &j->record->body.definitions;
	uint64_t next = j->authority.definitions + 1;
	if (body->number != next)
		return err_refused(j->e, "definitions.number",
		                   "the next definitions are no. %llu, not %llu",
		                   (unsigned long long)next, (unsigned long long)body->number);
	if (body->has_grace_days && (!body->has_supersedes || body->grace_days > GRACE_DAYS_MAX))
		return err_refused(j->e, "definitions.grace",
		                   "days of grace are given to definitions superseded, %d at most",
		                   GRACE_DAYS_MAX);
	if (!judge_labels(j, body))
		return false;
	struct definitions_entry entry = {.number = body->number, .effective = body->effective};
	entry.bound = definitions_bound(j->arena, body);
	if (entry.bound->none)
		return err_refused(j->e, "definitions.empty", "scope and purposes leave nothing");
	struct hash old_id;
	struct definitions_entry old;
	if (!judge_supersedes(j, body, &old_id, &old))
		return false;

	struct authority_entry authority = j->authority;
	authority.definitions = body->number;
	change_put(j->out, key_number(j->arena, "definitions/", body->number),
	           bytes_copy(j->arena, hash_bytes(&j->record->id)));
	return entry_put(j->out, ENTRY_AUTHORITY, bytes_text("authority"), &authority, j->e) &&
	       judge_put(j, ENTRY_DEFINITIONS, "definition/", &j->record->id, &entry) &&
	       (!body->has_supersedes ||
	        judge_put(j, ENTRY_DEFINITIONS, "definition/", &old_id, &old));
}

/* --- Declarations -------------------------------------------------------------------------- */

static bool is_below(const char *wide, const char *narrow)
{
	return scope_label_covers(wide, narrow) && strcmp(wide, narrow) != 0;
}

static const struct purpose *purpose_of(const struct definitions_body *definitions,
                                        const char *label)
{
	const struct purpose *purposes = definitions->purposes.at;
	for (size_t i = 0; i < definitions->purposes.count; i++)
		if (is_below(purposes[i].label, label))
			return &purposes[i];
	return NULL;
}

const struct scope *offences_scope(struct arena *arena, const struct definitions_body *definitions,
                                   const struct declaration_body *declaration)
{
	const struct purpose *purposes = definitions->purposes.at;
	const struct offence *offences = declaration->offences.at;
	size_t most = definitions->purposes.count + declaration->offences.count;
	const char **labels = arena_array(arena, most, sizeof *labels);
	size_t count = 0;
	for (size_t i = 0; i < definitions->purposes.count; i++)
		if (!purposes[i].has_minimum_penalty_years)
			labels[count++] = purposes[i].label;
	for (size_t i = 0; i < declaration->offences.count; i++) {
		const struct purpose *purpose = purpose_of(definitions, offences[i].label);
		if (purpose != NULL && purpose->has_minimum_penalty_years &&
		    offences[i].maximum_years >= purpose->minimum_penalty_years)
			labels[count++] = offences[i].label;
	}
	return scope_of_set(arena, SCOPE_PURPOSE, labels, count);
}

static bool judge_offences(struct judge *j, const struct definitions_body *definitions,
                           const struct declaration_body *body)
{
	const struct offence *offences = body->offences.at;
	for (size_t i = 0; i < body->offences.count; i++) {
		if (purpose_of(definitions, offences[i].label) == NULL)
			return err_refused(j->e, "declaration.offence-elsewhere",
			                   "offence %s is under no purpose of these definitions",
			                   offences[i].label);
		for (size_t k = 0; k < body->offences.count; k++)
			if (i != k && scope_label_covers(offences[i].label, offences[k].label))
				return err_refused(j->e, "declaration.offences-overlap",
				                   "offence %s is within %s", offences[k].label,
				                   offences[i].label);
	}
	return true;
}

static bool judge_definitions_named(struct judge *j, const struct hash *id,
                                    struct definitions_entry *entry)
{
	bool found;
	if (!judge_get(j, ENTRY_DEFINITIONS, "definition/", id, entry, &found))
		return false;
	if (!found)
		return err_refused(j->e, "declaration.definitions-unknown",
		                   "there are no definitions %s", short_id(j->arena, id));
	if (j->now < entry->effective)
		return err_refused(j->e, "declaration.definitions-not-yet",
		                   "definitions no. %llu are not in effect yet",
		                   (unsigned long long)entry->number);
	if (entry->has_superseded && j->now >= entry->superseded_from)
		return err_refused(j->e, "declaration.definitions-superseded",
		                   "definitions no. %llu are superseded by %s",
		                   (unsigned long long)entry->number,
		                   short_id(j->arena, &entry->superseded));
	return true;
}

static bool write_declaration(struct judge *j, struct holder_entry *holder,
                              const struct declaration_entry *entry)
{
	holder->has_country = true;
	holder->country = entry->country;
	holder->has_declaration = true;
	holder->declaration = j->record->id;
	return judge_put(j, ENTRY_DECLARATION, "declaration/", &j->record->id, entry) &&
	       entry_put(j->out, ENTRY_HOLDER, key_holder(j->arena, ROLE_END_USER, entry->end_user),
	                 holder, j->e);
}

static bool judge_declaration_scope(struct judge *j, const struct declaration_body *body,
                                    const struct definitions_entry *definitions,
                                    const struct definitions_body *texts,
                                    struct declaration_entry *out)
{
	if (!judge_within(j, "declaration.widens", "the definitions", definitions->bound,
	                  body->scope) ||
	    !judge_offences(j, texts, body))
		return false;
	const struct scope *bound =
	    scope_meet(j->arena, body->scope, offences_scope(j->arena, texts, body));
	bound = scope_meet(j->arena, bound, scope_until(j->arena, body->valid_until));
	if (bound->none)
		return err_refused(j->e, "declaration.empty",
		                   "scope, offences and time leave nothing that may be done");
	*out = (struct declaration_entry){
	    .end_user = body->end_user.name,
	    .country = body->end_user.country,
	    .definitions = body->definitions,
	    .bound = bound,
	    .valid_until = body->valid_until,
	};
	return true;
}

bool judge_declaration(struct judge *j)
{
	const struct declaration_body *body = &j->record->body.declaration;
	struct holder_entry holder;
	struct definitions_entry definitions;
	union record_body texts;
	struct declaration_entry entry;
	bool found;
	if (!judge_party(j, &body->end_user, "declaration.not-signatory", "declaration.country") ||
	    !entry_get(j->state, j->arena, ENTRY_HOLDER,
	               key_holder(j->arena, ROLE_END_USER, body->end_user.name), &holder, &found,
	               j->e))
		return false;
	if (holder.has_country && strcmp(holder.country, body->end_user.country) != 0)
		return err_refused(j->e, "declaration.country", "%s declared for %s before",
		                   body->end_user.name, holder.country);
	if (!judge_definitions_named(j, &body->definitions, &definitions) ||
	    !judge_body(j, &body->definitions, KIND_DEFINITIONS, &texts, &found))
		return false;
	if (body->undertakings.count == 0)
		return err_refused(
		    j->e, "declaration.needs-undertakings",
		    "a declaration undertakes something, its consent to measures at least");
	if (body->valid_until <= j->now)
		return err_refused(j->e, "declaration.valid-until",
		                   "it has ended before it begins");
	return judge_declaration_scope(j, body, &definitions, &texts.definitions, &entry) &&
	       write_declaration(j, &holder, &entry);
}
