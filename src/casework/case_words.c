#include "case_words.h"

#include <string.h>

#include "words/words.h"

static const char *const role_words[] = {"authority", "officer", "exporter", "end-user",
                                         "auditor",   "adviser", "inbox",    "witnesses"};

static json_t *texts_json(const struct texts *t)
{
	json_t *array = json_array();
	for (size_t i = 0; i < t->count; i++)
		json_array_append_new(array, json_string(t->at[i]));
	return array;
}

/* null where there is no date. */
static json_t *time_json(struct arena *arena, int64_t at)
{
	return at == 0 ? json_null() : json_string(words_time(arena, at));
}

json_t *paper_json(struct arena *arena, const struct paper *p)
{
	return json_pack("{s:I,s:s,s:s,s:{s:s,s:s},s:s*,s:o}", "id", (json_int_t)p->id, "kind",
	                 paper_kind_name(p->kind), "at", words_time(arena, p->at), "by", "role",
	                 role_words[p->by.role], "holder", p->by.holder, "shared-with",
	                 p->has_shared ? role_words[p->shared] : NULL, "says",
	                 words_fields(arena, paper_fields(p->kind), &p->value));
}

/* --- Cases --------------------------------------------------------------------------------- */

static json_t *matches_json(const struct route *r)
{
	json_t *all = json_array();
	for (size_t i = 0; i < r->because.count; i++) {
		const struct route_match *m = &r->matches[i];
		json_array_append_new(all,
		                      json_pack("{s:s,s:s?,s:s?,s:s?,s:I}", "rule", m->rule,
		                                "country", m->country, "capability", m->capability,
		                                "item", m->item, "hits", (json_int_t)m->hits));
	}
	return all;
}

json_t *route_json(const struct route *r)
{
	return json_pack("{s:s?,s:o,s:o,s:o,s:o,s:o}", "team", r->team, "flags",
	                 texts_json(&r->flags), "bodies", texts_json(&r->bodies), "checklists",
	                 texts_json(&r->checklists), "because", texts_json(&r->because), "matches",
	                 matches_json(r));
}

static json_t *deadline_json(struct arena *arena, const char *clock, const struct deadline *d)
{
	return json_pack("{s:s,s:I,s:I,s:I,s:b,s:b,s:o}", "clock", clock, "days",
	                 (json_int_t)d->days, "used", (json_int_t)d->used, "left",
	                 (json_int_t)(d->days - d->used), "stopped", d->is_stopped, "overdue",
	                 d->is_overdue, "due", time_json(arena, d->due));
}

json_t *case_json(struct arena *arena, const struct case_file *c, const struct case_desk *d,
                  bool all)
{
	json_t *out = json_pack(
	    "{s:s,s:s,s:s,s:s,s:b,s:s,s:s?,s:s?,s:s?,s:s,s:o}", "subject",
	    words_hex(arena, &c->subject), "kind", record_kind(c->kind)->name, "title", c->title,
	    "stage", d->stage, "open", c->is_open, "opened", words_time(arena, c->opened),
	    "exporter", c->exporter, "end-user", c->end_user, "country", c->country, "held-by",
	    case_holder(arena, c, d), "clock",
	    d->has_clock ? deadline_json(arena, d->clock, &d->deadline) : json_null());
	if (!all)
		return out;
	json_object_set_new(out, "route", route_json(&d->route));
	json_object_set_new(out, "team", d->team != NULL ? json_string(d->team) : json_null());
	json_object_set_new(out, "person",
	                    d->person != NULL ? json_string(d->person) : json_null());
	json_object_set_new(out, "advice-missing", texts_json(&d->missing));
	json_object_set_new(out, "checklists-missing", texts_json(&d->unanswered));
	if (c->kind == KIND_APPLICATION)
		json_object_set_new(out, "advice", words_advice(arena, &c->subject, &c->advice));
	return out;
}

static json_t *checklist_json(const struct checklist_form *form)
{
	json_t *questions = json_array();
	for (size_t i = 0; i < form->questions.count; i++)
		json_array_append_new(questions,
		                      json_string(((const char *const *)form->questions.at)[i]));
	return json_pack("{s:s,s:o}", "name", form->name, "questions", questions);
}

json_t *checklists_json(const struct casework_settings *s)
{
	json_t *out = json_array();
	const struct checklist_form *forms = s->checklists.at,
	                            *built_in = settings_checklist(s, "human-rights");
	bool is_there = false;
	for (size_t i = 0; i < s->checklists.count; i++) {
		is_there |= &forms[i] == built_in;
		json_array_append_new(out, checklist_json(&forms[i]));
	}
	if (!is_there)
		json_array_append_new(out, checklist_json(built_in));
	return out;
}

/* --- Work ---------------------------------------------------------------------------------- */

json_t *work_json(struct arena *arena, const struct work_item *i)
{
	static const char *const whom[] = {"office", "body", "party", "keeper"};
	json_t *out =
	    json_pack("{s:s,s:s,s:s,s:s,s:s*,s:s*,s:s*,s:s*,s:s*,s:s,s:o,s:b,s:b,s:o}", "reason",
	              i->reason, "words", i->words, "title", i->title, "waits-for",
	              whom[i->waits_for], "who", i->who, "team", i->team, "person", i->person,
	              "subject", i->has_subject ? words_hex(arena, &i->subject) : NULL, "kind",
	              i->has_subject ? record_kind(i->kind)->name : NULL, "since",
	              words_time(arena, i->since), "due", time_json(arena, i->due), "stopped",
	              i->is_stopped, "overdue", i->is_overdue, "flags", texts_json(&i->flags));
	if (i->has_clock)
		json_object_set_new(out, "days-left", json_integer((json_int_t)i->days_left));
	return out;
}
