/*
 * What is in force for a system: the meet of what the definitions, the declaration, the
 * licence and the measures leave. All that depends on time is a window (from, until) in one
 * of the scopes, so that the meet holds until a record changes it; but for restrictions that
 * end by themselves, whose targets know when the first of them does.
 */
#include <assert.h>

#include "base/instant.h"
#include "judge.h"
#include "targets.h"

/* What a system hangs on, read in one go. */
struct standing {
	struct system_entry system;
	struct licence_entry licence;
	struct hash declaration_id;
	struct declaration_entry declaration;
	struct definitions_entry definitions;
	const char *targets[TARGET_KINDS];
};

static bool get(const struct state *state, struct arena *arena, enum entry_kind kind,
                const char *prefix, const struct hash *id, void *out, bool *found, struct err *e)
{
	return entry_get(state, arena, kind, key_hash(arena, prefix, id), out, found, e);
}

static bool standing_of(const struct state *state, struct arena *arena, const struct hash *id,
                        struct standing *s, struct err *e)
{
	struct holder_entry end_user;
	bool found;
	if (!get(state, arena, ENTRY_SYSTEM, "system/", id, &s->system, &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.no-such-system", "no system %s is enrolled here",
		                   short_id(arena, id));
	/* The rest is there: apply() enrolled no system without it. */
	if (!get(state, arena, ENTRY_LICENCE, "licence/", &s->system.licence, &s->licence, &found,
	         e))
		return false;
	assert(found);
	if (!entry_get(state, arena, ENTRY_HOLDER,
	               key_holder(arena, ROLE_END_USER, s->system.end_user), &end_user, &found, e))
		return false;
	assert(found && end_user.has_declaration);
	s->declaration_id = end_user.declaration;
	if (!get(state, arena, ENTRY_DECLARATION, "declaration/", &s->declaration_id,
	         &s->declaration, &found, e))
		return false;
	assert(found);
	if (!get(state, arena, ENTRY_DEFINITIONS, "definition/", &s->declaration.definitions,
	         &s->definitions, &found, e))
		return false;
	assert(found);
	targets_of(arena, id, &s->system, s->targets);
	return true;
}

/* --- The meet ------------------------------------------------------------------------------ */

static bool meet_target(const struct state *state, const char *target, int64_t at,
                        struct arena *arena, struct changes *refresh, struct bound *out,
                        struct err *e)
{
	struct target_entry entry;
	struct bytes key = key_text(arena, "target/", target);
	bool found;
	if (!entry_get(state, arena, ENTRY_TARGET, key, &entry, &found, e))
		return false;
	if (!found)
		return true;
	if (entry.has_next && entry.next <= at) {
		if (!target_meet(state, target, at, arena, NULL, &entry, e) ||
		    (refresh != NULL && !entry_put(refresh, ENTRY_TARGET, key, &entry, e)))
			return false;
	}
	out->scope = scope_meet(arena, out->scope, entry.scope);
	if (entry.has_next && entry.next < out->good_before)
		out->good_before = entry.next;
	return true;
}

static bool bound_of(const struct state *state, const struct standing *s, int64_t at,
                     struct arena *arena, struct changes *refresh, struct bound *out, struct err *e)
{
	*out = (struct bound){
	    .scope = scope_meet(arena, s->declaration.bound, s->licence.scope),
	    .lease_seconds = s->licence.lease_seconds,
	    .licence = s->system.licence,
	    .good_before = INT64_MAX,
	};
	if (s->definitions.has_superseded)
		out->scope =
		    scope_meet(arena, out->scope, scope_until(arena, s->definitions.until));
	if (s->licence.has_surrendered)
		out->scope = &scope_none;
	for (size_t i = 0; i < TARGET_KINDS; i++)
		if (!meet_target(state, s->targets[i], at, arena, refresh, out, e))
			return false;
	return true;
}

bool bound_now(const struct state *state, const struct hash *system, int64_t at,
               struct arena *arena, struct changes *refresh, struct bound *out, struct err *e)
{
	struct standing s;
	return standing_of(state, arena, system, &s, e) &&
	       bound_of(state, &s, at, arena, refresh, out, e);
}

/* --- One by one, for people ----------------------------------------------------------------- */

struct listing {
	const struct state *state;
	struct arena *arena;
	int64_t at;
	struct operand *operands;
	size_t count, room;
	struct err *e;
	bool failed;
};

static void add(struct listing *l, struct operand operand)
{
	if (l->count == l->room) {
		size_t room = l->room * 2 + 8;
		struct operand *more = arena_array(l->arena, room, sizeof *more);
		if (l->count > 0)
			memcpy(more, l->operands, l->count * sizeof *more);
		l->operands = more;
		l->room = room;
	}
	l->operands[l->count++] = operand;
}

static const char *instant_words(struct arena *arena, int64_t at)
{
	char text[INSTANT_TEXT + 1];
	instant_format(at, text);
	return arena_copy(arena, text, INSTANT_TEXT);
}

static const char *title(struct listing *l, const char *what, const struct hash *id)
{
	return arena_printf(l->arena, "%s %s", what, short_id(l->arena, id));
}

static const char *definitions_title(struct listing *l, uint64_t number, const struct hash *id)
{
	return title(l, arena_printf(l->arena, "definitions no. %llu", (unsigned long long)number),
	             id);
}

static bool body_of(struct listing *l, const struct hash *id, enum record_kind kind,
                    union record_body *out)
{
	bool found;
	if (!entry_body(l->state, l->arena, kind, id, out, &found, l->e))
		return false;
	assert(found);
	return true;
}

static bool list_definitions(struct listing *l, const struct standing *s)
{
	const struct definitions_entry *d = &s->definitions;
	struct hash id = s->declaration.definitions;
	add(l, (struct operand){
	           .kind = OPERAND_DEFINITIONS,
	           .id = id,
	           .title = definitions_title(l, d->number, &id),
	           .words = "the purposes the authority has defined, and their bounds",
	           .scope = d->bound,
	       });
	if (!d->has_superseded)
		return true;
	union record_body sharper;
	if (!body_of(l, &d->superseded, KIND_DEFINITIONS, &sharper))
		return false;
	add(l, (struct operand){
	           .kind = OPERAND_SUPERSEDED,
	           .id = d->superseded,
	           .title = definitions_title(l, sharper.definitions.number, &d->superseded),
	           .words = arena_printf(
	               l->arena,
	               "they supersede no. %llu; a declaration under no. %llu holds until %s",
	               (unsigned long long)d->number, (unsigned long long)d->number,
	               instant_words(l->arena, d->until)),
	           .scope = scope_until(l->arena, d->until),
	       });
	return true;
}

/* In words, which declared offences reach the penalty their purpose asks for. */
static const char *offence_words(struct listing *l, const struct definitions_body *definitions,
                                 const struct declaration_body *declaration)
{
	const struct offence *offences = declaration->offences.at;
	const struct scope *within = offences_scope(l->arena, definitions, declaration);
	struct buffer b = {.arena = l->arena};
	if (declaration->offences.count == 0)
		return "no offence is declared: of purposes with a minimum penalty nothing is in "
		       "scope";
	for (size_t i = 0; i < declaration->offences.count; i++) {
		const char *label = offences[i].label;
		const struct scope *one = scope_of_set(l->arena, SCOPE_PURPOSE, &label, 1);
		buffer_printf(&b, "%s%s (%s, %llu years)%s", i == 0 ? "" : "; ", label,
		              offences[i].statute, (unsigned long long)offences[i].maximum_years,
		              scope_includes(within, one) ? ""
		                                          : ": below the minimum, not in scope");
	}
	return buffer_cstr(&b);
}

static bool list_declaration(struct listing *l, const struct standing *s)
{
	union record_body declared, defined;
	if (!body_of(l, &s->declaration_id, KIND_DECLARATION, &declared) ||
	    !body_of(l, &s->declaration.definitions, KIND_DEFINITIONS, &defined))
		return false;
	const struct declaration_body *d = &declared.declaration;
	add(l,
	    (struct operand){
	        .kind = OPERAND_DECLARATION,
	        .id = s->declaration_id,
	        .title = title(l, "declaration", &s->declaration_id),
	        .words = arena_printf(l->arena, "%s (%s), signed by %s, %s, holds until %s",
	                              d->end_user.name, d->end_user.country, d->signatory.name,
	                              d->signatory.office, instant_words(l->arena, d->valid_until)),
	        .scope = scope_meet(l->arena, d->scope, scope_until(l->arena, d->valid_until)),
	    });
	add(l, (struct operand){
	           .kind = OPERAND_OFFENCES,
	           .id = s->declaration_id,
	           .title = title(l, "offences of declaration", &s->declaration_id),
	           .words = offence_words(l, &defined.definitions, d),
	           .scope = offences_scope(l->arena, &defined.definitions, d),
	       });
	return true;
}

static bool list_licence(struct listing *l, const struct standing *s)
{
	const struct licence_entry *licence = &s->licence;
	add(l, (struct operand){
	           .kind = OPERAND_LICENCE,
	           .id = s->system.licence,
	           .title = title(l, "licence", &s->system.licence),
	           .words =
	               arena_printf(l->arena, "%s to %s: %s %s, holds until %s", licence->exporter,
	                            licence->end_user, licence->item, licence->version,
	                            instant_words(l->arena, licence->valid_until)),
	           .scope = licence->scope,
	       });
	if (licence->has_surrendered)
		add(l, (struct operand){
		           .kind = OPERAND_STATUS,
		           .id = licence->surrendered,
		           .title = title(l, "surrender", &licence->surrendered),
		           .words = "the licence was given back",
		           .scope = &scope_none,
		       });
	return true;
}

static bool count_one(void *ctx, struct bytes key, struct bytes value)
{
	(void)key;
	(void)value;
	++*(uint64_t *)ctx;
	return true;
}

/* *is_hit says whether what is in force is a hit, and then it is listed. */
static bool list_hit(struct listing *l, const struct hash *id, const struct force_entry *force,
                     bool *is_hit)
{
	struct hit_entry hit;
	if (!get(l->state, l->arena, ENTRY_HIT, "hit/", id, &hit, is_hit, l->e))
		return false;
	if (!*is_hit)
		return true;
	const char *decided = hit.stage == HIT_TRUE ? "an officer found it a true match"
	                      : hit.stage == HIT_CLEARED
	                          ? arena_printf(l->arena, "an officer cleared it until %s",
	                                         instant_words(l->arena, hit.until))
	                          : "no officer has decided it yet";
	add(l, (struct operand){
	           .kind = OPERAND_HIT,
	           .id = hit.screening,
	           .title = arena_printf(l->arena, "hit of %s: %s",
	                                 title(l, "screening", &hit.screening), hit.list),
	           .words = arena_printf(l->arena, "%s %s may be %s on %s; %s", hit.party, hit.name,
	                                 hit.entry, hit.list, decided),
	           .scope = force->scope,
	       });
	return true;
}

static bool list_measure(struct listing *l, const struct hash *id, const struct force_entry *force)
{
	static const char *const actions[] = {"restrict", "suspend", "disconnect", "revoke"};
	struct measure_entry measure;
	union record_body body;
	uint64_t officers = 1;
	bool found;
	if (!get(l->state, l->arena, ENTRY_MEASURE, "measure/", id, &measure, &found, l->e) ||
	    !body_of(l, id, KIND_MEASURE, &body) ||
	    !l->state->scan(l->state->ctx, key_approval(l->arena, id, ""), (struct bytes){0},
	                    count_one, &officers, l->e))
		return false;
	const char *by = measure.stage == MEASURE_EMERGENCY
	                     ? "one officer, for 72 hours"
	                     : arena_printf(l->arena, "%llu officer%s",
	                                    (unsigned long long)officers, officers == 1 ? "" : "s");
	add(l, (struct operand){
	           .kind = OPERAND_MEASURE,
	           .id = *id,
	           .title = arena_printf(l->arena, "%s: %s (%s)", title(l, "measure", id),
	                                 actions[measure.action], by),
	           .words = measure.has_until
	                        ? arena_printf(l->arena, "%s; until %s", body.measure.reason,
	                                       instant_words(l->arena, measure.until))
	                        : body.measure.reason,
	           .scope = force->scope,
	       });
	return true;
}

static bool list_force(struct listing *l, const struct hash *id, const struct force_entry *force)
{
	bool is_hit;
	return list_hit(l, id, force, &is_hit) && (is_hit || list_measure(l, id, force));
}

struct found_force {
	struct hash id;
	struct force_entry force;
	struct found_force *next;
};

struct gather {
	struct listing *l;
	struct found_force *first, **last;
};

static bool gather_one(void *ctx, struct bytes key, struct bytes value)
{
	struct gather *g = ctx;
	struct found_force *one = arena_alloc(g->l->arena, sizeof *one);
	memcpy(one->id.at, key.at + key.len - HASH_SIZE, HASH_SIZE);
	g->l->failed = !entry_decode(g->l->arena, ENTRY_FORCE, bytes_copy(g->l->arena, value),
	                             &one->force, g->l->e);
	if (g->l->failed)
		return false;
	if (one->force.has_until && one->force.until <= g->l->at)
		return true;
	*g->last = one;
	g->last = &one->next;
	return true;
}

static bool list_measures(struct listing *l, const char *target)
{
	struct gather g = {.l = l};
	g.last = &g.first;
	if (!l->state->scan(l->state->ctx, key_pair(l->arena, "in-force/", target, NULL),
	                    (struct bytes){0}, gather_one, &g, l->e) ||
	    l->failed)
		return false;
	for (const struct found_force *one = g.first; one != NULL; one = one->next)
		if (!list_force(l, &one->id, &one->force))
			return false;
	return true;
}

bool effective(const struct state *state, const struct hash *system, int64_t at, bool explain,
               struct arena *arena, struct effective *out, struct err *e)
{
	struct standing s;
	struct bound bound;
	if (!standing_of(state, arena, system, &s, e) ||
	    !bound_of(state, &s, at, arena, NULL, &bound, e))
		return false;
	*out = (struct effective){
	    .scope = bound.scope, .lease_seconds = bound.lease_seconds, .licence = bound.licence};
	if (!explain)
		return true;
	struct listing l = {.state = state, .arena = arena, .at = at, .e = e};
	if (!list_definitions(&l, &s) || !list_declaration(&l, &s) || !list_licence(&l, &s))
		return false;
	for (size_t i = 0; i < TARGET_KINDS; i++)
		if (!list_measures(&l, s.targets[i]))
			return false;
	out->operands = l.operands;
	out->operand_count = l.count;
	return true;
}
