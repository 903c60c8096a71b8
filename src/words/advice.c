/* What the bodies that must be heard said of an application, side by side. */
#include "words.h"

#include "authority/advice.h"

static json_t *scope_json(struct arena *arena, const struct scope *scope)
{
	return scope == NULL ? NULL : json_string(scope_text(arena, scope));
}

static json_t *texts_json(const char *const at[], size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(at[i]));
	return array;
}

static json_t *given_json(struct arena *arena, const struct advice_given *g)
{
	const struct advice_body *says = g->says;
	return json_pack("{s:s,s:s,s:s,s:s,s:o*,s:o,s:s*}", "id", words_hex(arena, &g->id), "body",
	                 says->body, "given", words_time(arena, g->at), "verdict",
	                 advice_verdict(says->verdict), "scope",
	                 scope_json(arena, says->has_scope ? says->scope : NULL), "provisos",
	                 texts_json((const char *const *)says->provisos.at, says->provisos.count),
	                 "replaces", says->has_replaces ? words_hex(arena, &says->replaces) : NULL);
}

static json_t *subject_json(struct arena *arena, const struct advice_subject *s, size_t count)
{
	json_t *voices = json_array();
	for (size_t i = 0; i < count; i++) {
		const struct advice_voice *v = &s->voices[i];
		json_array_append_new(voices, json_pack("{s:s,s:s,s:o*}", "body", v->body,
		                                        "verdict", advice_verdict(v->verdict),
		                                        "scope", scope_json(arena, v->scope)));
	}
	return json_pack("{s:s,s:b,s:o}", "about", s->about, "conflicting", s->is_conflicting,
	                 "voices", voices);
}

json_t *words_advice(struct arena *arena, const struct hash *application,
                     const struct advice_summary *s)
{
	json_t *given = json_array(), *subjects = json_array();
	for (size_t i = 0; i < s->count; i++)
		json_array_append_new(given, given_json(arena, &s->given[i]));
	for (size_t i = 0; i < s->subject_count; i++)
		json_array_append_new(subjects, subject_json(arena, &s->subjects[i], s->count));
	json_t *draft =
	    json_pack("{s:s?,s:s,s:o}", "outcome", s->outcome, "scope", scope_text(arena, s->scope),
	              "provisos", texts_json(s->provisos, s->proviso_count));
	return json_pack("{s:s,s:o,s:o,s:o,s:o}", "application", words_hex(arena, application),
	                 "given", given, "subjects", subjects, "conflicts",
	                 texts_json(s->conflicts, s->conflict_count), "draft", draft);
}

/* A row for each thing spoken of, a column for each body. */
static void tell_voices(struct words *w, const struct advice_summary *s)
{
	const char **cells = arena_array(w->arena, s->count + 1, sizeof *cells);
	struct table table = {.arena = w->arena, .columns = s->count + 1};
	cells[0] = "advice on";
	for (size_t k = 0; k < s->count; k++)
		cells[k + 1] = s->given[k].says->body;
	table_row(&table, cells);
	for (size_t i = 0; i < s->subject_count; i++) {
		cells[0] = s->subjects[i].about;
		for (size_t k = 0; k < s->count; k++)
			cells[k + 1] = advice_verdict(s->subjects[i].voices[k].verdict);
		table_row(&table, cells);
	}
	table_text(&table, w->colour, &w->text);
}

void words_advice_text(struct words *w, const struct advice_summary *s)
{
	if (s->count == 0)
		return;
	buffer_text(&w->text, "\n");
	tell_voices(w, s);
	for (size_t i = 0; i < s->conflict_count; i++)
		buffer_printf(&w->text, "CONFLICT     %s\n", s->conflicts[i]);
	if (s->outcome != NULL)
		buffer_printf(&w->text, "together     %s\n", s->outcome);
	buffer_printf(&w->text, "scope        %s\n", scope_text(w->arena, s->scope));
	for (size_t i = 0; i < s->proviso_count; i++)
		buffer_printf(&w->text, "proviso      %s\n", s->provisos[i]);
}
