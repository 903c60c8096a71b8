#include "advice.h"

#include <assert.h>

#include "judge.h"

const char *advice_verdict(unsigned verdict)
{
	static const char *const words[] = {"approve", "approve-with-provisos", "refuse"};
	assert(verdict < sizeof words / sizeof *words);
	return words[verdict];
}

/* --- Texts, each once ---------------------------------------------------------------------- */

struct texts {
	struct arena *arena;
	const char **at;
	size_t count, room;
};

static void add_text(struct texts *t, const char *text)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->at[i], text) == 0)
			return;
	if (t->count == t->room) {
		size_t room = t->room * 2 + 8;
		const char **more = arena_array(t->arena, room, sizeof *more);
		if (t->count > 0)
			memcpy(more, t->at, t->count * sizeof *more);
		t->at = more;
		t->room = room;
	}
	t->at[t->count++] = text;
}

/* --- What is spoken of ---------------------------------------------------------------------- */

static const char whole[] = "application";

static const struct advice_part *part_about(const struct advice_body *says, const char *about)
{
	const struct advice_part *parts = says->parts.at;
	for (size_t i = 0; i < says->parts.count; i++)
		if (strcmp(parts[i].about, about) == 0)
			return &parts[i];
	return NULL;
}

static struct advice_voice voice_of(const struct advice_body *says, const char *about)
{
	const struct advice_part *part = part_about(says, about);
	if (part != NULL)
		return (struct advice_voice){says->body, part->verdict,
		                             part->has_scope ? part->scope : NULL};
	return (struct advice_voice){says->body, says->verdict,
	                             says->has_scope ? says->scope : NULL};
}

/* The names of those who refuse, or of those who do not: "defence, justice". */
static const char *names(struct arena *arena, const struct advice_subject *s, size_t count,
                         bool refusing)
{
	struct buffer b = {.arena = arena};
	for (size_t i = 0; i < count; i++)
		if ((s->voices[i].verdict == DECISION_REFUSE) == refusing)
			buffer_printf(&b, "%s%s", b.len > 0 ? ", " : "", s->voices[i].body);
	return buffer_cstr(&b);
}

static struct advice_subject hear(struct arena *arena, const struct advice_given given[],
                                  size_t count, const char *about, struct texts *conflicts)
{
	struct advice_voice *voices = arena_array(arena, count, sizeof *voices);
	struct advice_subject out = {.about = about, .voices = voices};
	size_t refuse = 0;
	for (size_t i = 0; i < count; i++) {
		voices[i] = voice_of(given[i].says, about);
		refuse += voices[i].verdict == DECISION_REFUSE;
	}
	out.is_conflicting = refuse > 0 && refuse < count;
	if (out.is_conflicting)
		add_text(conflicts, arena_printf(arena, "%s: refused by %s, approved by %s", about,
		                                 names(arena, &out, count, true),
		                                 names(arena, &out, count, false)));
	return out;
}

static void hear_all(struct arena *arena, struct advice_summary *out, struct texts *conflicts)
{
	struct texts abouts = {.arena = arena};
	add_text(&abouts, whole);
	for (size_t i = 0; i < out->count; i++) {
		const struct advice_part *parts = out->given[i].says->parts.at;
		for (size_t k = 0; k < out->given[i].says->parts.count; k++)
			add_text(&abouts, parts[k].about);
	}
	struct advice_subject *subjects = arena_array(arena, abouts.count, sizeof *subjects);
	for (size_t i = 0; i < abouts.count; i++)
		subjects[i] = hear(arena, out->given, out->count, abouts.at[i], conflicts);
	out->subjects = subjects;
	out->subject_count = abouts.count;
}

/* --- Provisos ------------------------------------------------------------------------------- */

/* One body's provisos that are scopes, of the whole and of parts alike: a licence has one scope. */
static const struct scope *scope_of(struct arena *arena, const struct advice_body *says)
{
	const struct advice_part *parts = says->parts.at;
	const struct scope *scope = says->has_scope ? says->scope : &scope_any;
	for (size_t i = 0; i < says->parts.count; i++)
		if (parts[i].has_scope)
			scope = scope_meet(arena, scope, parts[i].scope);
	return scope;
}

/* Two that leave nothing together are named; else it is what was applied for that nothing is left
 * of. */
static void tell_nothing_left(struct arena *arena, const struct advice_summary *s,
                              const struct scope *asked, struct texts *conflicts)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct scope *one = scope_of(arena, s->given[i].says);
		if (scope_meet(arena, asked, one)->none)
			add_text(
			    conflicts,
			    arena_printf(arena,
			                 "the provisos of %s leave nothing of what is applied for",
			                 s->given[i].says->body));
		for (size_t k = 0; k < i; k++)
			if (scope_meet(arena, one, scope_of(arena, s->given[k].says))->none)
				add_text(
				    conflicts,
				    arena_printf(arena,
				                 "the provisos of %s and %s leave nothing together",
				                 s->given[k].says->body, s->given[i].says->body));
	}
	if (conflicts->count == 0)
		add_text(conflicts, "all provisos together leave nothing of what is applied for");
}

static void add_provisos(struct texts *t, const char *body, const char *about,
                         const struct list *provisos)
{
	const char *const *at = (const char *const *)provisos->at;
	for (size_t i = 0; i < provisos->count; i++)
		add_text(t, about == NULL
		                ? arena_printf(t->arena, "%s (%s)", at[i], body)
		                : arena_printf(t->arena, "%s: %s (%s)", about, at[i], body));
}

static void draft(struct arena *arena, const struct scope *asked, struct advice_summary *out,
                  struct texts *conflicts)
{
	struct texts provisos = {.arena = arena};
	out->scope = asked;
	for (size_t i = 0; i < out->count; i++) {
		const struct advice_body *says = out->given[i].says;
		const struct advice_part *parts = says->parts.at;
		out->scope = scope_meet(arena, out->scope, scope_of(arena, says));
		add_provisos(&provisos, says->body, NULL, &says->provisos);
		for (size_t k = 0; k < says->parts.count; k++)
			add_provisos(&provisos, says->body, parts[k].about, &parts[k].provisos);
	}
	if (out->scope->none)
		tell_nothing_left(arena, out, asked, conflicts);
	out->provisos = provisos.at;
	out->proviso_count = provisos.count;
}

/* Where none conflict: the worst verdict on anything is refused by all, or is provisos. */
static const char *outcome_of(const struct advice_summary *s)
{
	unsigned worst = DECISION_APPROVE;
	if (s->count == 0 || s->conflict_count > 0)
		return NULL;
	for (size_t i = 0; i < s->subject_count; i++)
		for (size_t k = 0; k < s->count; k++)
			if (s->subjects[i].voices[k].verdict > worst)
				worst = s->subjects[i].voices[k].verdict;
	return advice_verdict(worst);
}

void advice_summarize(struct arena *arena, const struct application_body *application,
                      const struct advice_given given[], size_t count, struct advice_summary *out)
{
	struct texts conflicts = {.arena = arena};
	*out = (struct advice_summary){.given = given, .count = count};
	hear_all(arena, out, &conflicts);
	draft(arena, application->scope, out, &conflicts);
	out->conflicts = conflicts.at;
	out->conflict_count = conflicts.count;
	out->outcome = outcome_of(out);
}

/* --- From the state ------------------------------------------------------------------------- */

struct gathering {
	struct arena *arena;
	struct advice_given *at;
	size_t count, room;
};

static bool gather(void *ctx, struct bytes key, struct bytes value)
{
	struct gathering *g = ctx;
	(void)key;
	assert(value.len == HASH_SIZE);
	if (g->count == g->room) {
		size_t room = g->room * 2 + 8;
		struct advice_given *more = arena_array(g->arena, room, sizeof *more);
		if (g->count > 0)
			memcpy(more, g->at, g->count * sizeof *more);
		g->at = more;
		g->room = room;
	}
	memcpy(g->at[g->count++].id.at, value.at, HASH_SIZE);
	return true;
}

static bool read_given(const struct state *state, struct arena *arena, struct advice_given *one,
                       struct err *e)
{
	union record_body *body = arena_alloc(arena, sizeof *body);
	struct record_entry entry;
	bool found, is_there;
	if (!entry_body(state, arena, KIND_ADVICE, &one->id, body, &found, e) ||
	    !entry_get(state, arena, ENTRY_RECORD, key_hash(arena, "record/", &one->id), &entry,
	               &is_there, e))
		return false;
	assert(found && is_there);
	one->at = entry.at;
	one->says = &body->advice;
	return true;
}

bool query_advice(const struct state *state, struct arena *arena, const struct hash *application,
                  struct advice_summary *out, struct err *e)
{
	union record_body *applied = arena_alloc(arena, sizeof *applied);
	struct gathering g = {.arena = arena};
	bool found;
	if (!entry_body(state, arena, KIND_APPLICATION, application, applied, &found, e))
		return false;
	if (!found)
		return err_refused(e, "state.no-such-application",
		                   "there is no application %s here", short_id(arena, application));
	if (!state->scan(state->ctx, key_advice(arena, application, ""), (struct bytes){0}, gather,
	                 &g, e))
		return false;
	for (size_t i = 0; i < g.count; i++)
		if (!read_given(state, arena, &g.at[i], e))
			return false;
	advice_summarize(arena, &applied->application, g.at, g.count, out);
	return true;
}
