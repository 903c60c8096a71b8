/* Why a system may do what it may do: each statement in the page's language, read from its record.
 */
#include "pages.h"

#include <string.h>

#include "scope/scope.h"

struct saying {
	struct page *page;
	const struct condition *condition;
	const struct operand *operand;
	struct record record; /* the statement itself */
	const char *title, *why;
};

static json_t *text(const char *words)
{
	return json_string(words);
}

static json_t *instant(struct saying *s, int64_t at)
{
	return json_string(words_time(s->page->arena, at));
}

static json_t *short_id(struct saying *s)
{
	return json_string(words_short(s->page->arena, &s->operand->id));
}

static const char *say(struct saying *s, const char *key, json_t *a, json_t *b, json_t *c)
{
	return page_message(s->page, arena_printf(s->page->arena, "operand.%s", key), a, b, c);
}

static void definitions(struct saying *s)
{
	s->title =
	    say(s, "definitions", json_integer((json_int_t)s->record.body.definitions.number),
	        short_id(s), NULL);
	s->why = s->operand->kind == OPERAND_DEFINITIONS
	             ? say(s, "definitions-why", NULL, NULL, NULL)
	             : say(s, "superseded-why",
	                   json_integer((json_int_t)s->record.body.definitions.supersedes),
	                   instant(s, s->operand->scope->until), NULL);
}

static void declaration(struct saying *s)
{
	const struct declaration_body *d = &s->record.body.declaration;
	struct arena *arena = s->page->arena;
	s->title = say(s, "declaration", short_id(s), NULL, NULL);
	s->why = say(s, "declaration-why",
	             text(arena_printf(arena, "%s (%s)", d->end_user.name, d->end_user.country)),
	             text(arena_printf(arena, "%s, %s", d->signatory.name, d->signatory.office)),
	             instant(s, d->valid_until));
}

/* Which declared offences reach the penalty that their purpose asks for. */
static void offences(struct saying *s)
{
	const struct declaration_body *d = &s->record.body.declaration;
	const struct offence *all = d->offences.at;
	struct buffer b = {.arena = s->page->arena};
	for (size_t i = 0; i < d->offences.count; i++) {
		const char *label = all[i].label;
		const char *purpose = arena_printf(s->page->arena, "purpose=%s", label);
		const struct scope *one;
		struct err ignored = {0};
		bool is_within = scope_parse(s->page->arena, bytes_text(purpose), &one, &ignored) &&
		                 scope_includes(s->operand->scope, one);
		buffer_printf(&b, "%s%s", i > 0 ? "; " : "",
		              say(s, is_within ? "offence" : "offence-below", text(label),
		                  text(all[i].statute),
		                  json_integer((json_int_t)all[i].maximum_years)));
	}
	s->title = say(s, "offences", short_id(s), NULL, NULL);
	s->why = b.len > 0 ? buffer_cstr(&b) : say(s, "offences-none", NULL, NULL, NULL);
}

static void licence(struct saying *s)
{
	const struct licence_info *l = &s->condition->licence;
	struct arena *arena = s->page->arena;
	s->title = say(s, "licence", short_id(s), NULL, NULL);
	s->why =
	    say(s, "licence-why", text(arena_printf(arena, "%s → %s", l->exporter, l->end_user)),
	        text(arena_printf(arena, "%s %s", l->item, l->version)),
	        instant(s, s->record.body.licence.valid_until));
}

static void measure(struct saying *s)
{
	const struct measure_info *m = s->condition->measures;
	size_t i = 0;
	while (i < s->condition->measure_count && !hash_equal(&m[i].id, &s->operand->id))
		i++;
	if (i == s->condition->measure_count)
		return;
	m += i;
	const char *action = page_message(
	    s->page, arena_printf(s->page->arena, "action.%s", m->action), NULL, NULL, NULL);
	bool is_emergency = strcmp(m->stage, "in force for 72 hours") == 0;
	s->title = say(s, is_emergency ? "measure-alone" : "measure", text(action), short_id(s),
	               json_integer((json_int_t)m->approval_count + 1));
	/* What officers wrote stays as they wrote it. */
	s->why = m->has_until ? say(s, "measure-until", text(m->reason), instant(s, m->until), NULL)
	                      : m->reason;
}

static void hit(struct saying *s)
{
	struct page *p = s->page;
	struct hit_info *all;
	size_t count;
	struct err ignored = {0};
	if (!query_hits(&p->state, p->arena, p->now, &all, &count, &ignored))
		return;
	for (size_t i = 0; i < count; i++) {
		const struct hit_info *h = &all[i];
		if (!hash_equal(&h->screening, &s->operand->id) ||
		    strstr(s->operand->words, h->entry) == NULL ||
		    strstr(s->operand->words, h->name) == NULL)
			continue;
		s->title = say(s, "hit", text(h->list), short_id(s), NULL);
		s->why =
		    say(s, "hit-why", text(h->name), text(h->entry),
		        text(page_message(
		            p, arena_printf(p->arena, "stage.%s", page_slug(p->arena, h->stage)),
		            NULL, NULL, NULL)));
		return;
	}
}

static void say_operand(struct saying *s)
{
	switch (s->operand->kind) {
	case OPERAND_DEFINITIONS:
	case OPERAND_SUPERSEDED:
		definitions(s);
		break;
	case OPERAND_DECLARATION:
		declaration(s);
		break;
	case OPERAND_OFFENCES:
		offences(s);
		break;
	case OPERAND_LICENCE:
		licence(s);
		break;
	case OPERAND_MEASURE:
		measure(s);
		break;
	case OPERAND_HIT:
		hit(s);
		break;
	case OPERAND_STATUS:
		s->title = say(s, "surrender", short_id(s), NULL, NULL);
		s->why = say(s, "surrender-why", NULL, NULL, NULL);
		break;
	}
}

/* What could not be said in the page's language is said in English, and marked so. */
bool page_operands(struct page *p, const struct condition *c)
{
	json_t *all = json_array();
	const struct scope *meet = NULL;
	page_set(p, "operands", all);
	for (size_t i = 0; i < c->effective.operand_count; i++) {
		const struct operand *o = &c->effective.operands[i];
		struct saying s = {.page = p, .condition = c, .operand = o};
		if (!page_read(p, &o->id, &s.record))
			return false;
		say_operand(&s);
		bool is_said = s.title != NULL && s.why != NULL;
		const struct scope *then =
		    meet != NULL ? scope_meet(p->arena, meet, o->scope) : o->scope;
		json_array_append_new(
		    all,
		    json_pack("{s:s,s:s,s:s,s:s,s:o,s:b,s:b}", "id", words_hex(p->arena, &o->id),
		              "title", is_said ? s.title : o->title, "why",
		              is_said ? s.why : o->words, "said-in", is_said ? p->language : "en",
		              "rows", page_scope(p->arena, o->scope, NULL), "narrows",
		              meet != NULL && !scope_equal(meet, then), "is-measure",
		              o->kind == OPERAND_MEASURE));
		meet = then;
	}
	return true;
}
