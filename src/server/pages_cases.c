/* The office's work: what waits, and the papers of a case below what the log says of it. */
#include "pages.h"

#include <string.h>

#include "casework/asked.h"

/* "Content: capability capture.content": a rule, and what of the case fits it. */
static const char *page_match(struct page *p, const struct route_match *m)
{
	struct buffer b = {.arena = p->arena};
	const char *parts[] = {
	    m->country == NULL
	        ? NULL
	        : page_message(p, "routing.because-country", json_string(m->country), NULL, NULL),
	    m->capability == NULL ? NULL
	                          : page_message(p, "routing.because-capability",
	                                         json_string(m->capability), NULL, NULL),
	    m->item == NULL
	        ? NULL
	        : page_message(p, "routing.because-item", json_string(m->item), NULL, NULL),
	    m->hits == 0 ? NULL
	                 : page_message(p, "routing.because-hits",
	                                json_integer((json_int_t)m->hits), NULL, NULL)};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (parts[i] != NULL)
			buffer_printf(&b, "%s%s", b.len > 0 ? "; " : "", parts[i]);
	return arena_printf(p->arena, "\u2068%s\u2069: %s", m->rule,
	                    b.len > 0 ? buffer_cstr(&b)
	                              : page_message(p, "routing.every", NULL, NULL, NULL));
}

static json_t *slug_key(struct page *p, const char *prefix, const char *words)
{
	return json_string(arena_printf(p->arena, "%s.%s", prefix, page_slug(p->arena, words)));
}

/* Where the record that waits is to be seen. */
static const char *href_of(struct page *p, const json_t *item)
{
	static const char *const pages[][2] = {
	    {"application", "/applications/"}, {"report", "/reports/"}, {"measure", "/measures/"}};
	const char *kind = json_string_value(json_object_get(item, "kind")),
	           *subject = json_string_value(json_object_get(item, "subject"));
	for (size_t i = 0; kind != NULL && subject != NULL && i < sizeof pages / sizeof *pages; i++)
		if (strcmp(kind, pages[i][0]) == 0)
			return arena_printf(p->arena, "%s%s", pages[i][1], subject);
	return subject != NULL ? arena_printf(p->arena, "/records/%s", subject) : "/lists";
}

/* Every member stands in every row: what is not there a template looks for further out. */
static void whole(json_t *row, const char *const names[])
{
	for (; *names != NULL; names++)
		if (json_object_get(row, *names) == NULL)
			json_object_set_new(row, *names, json_null());
}

bool page_work(struct page *p)
{
	static const char *const members[] = {"who",     "team",      "person",
	                                      "subject", "days-left", NULL};
	struct work_filter filter = {http_query(p->q, "team"), http_query(p->q, "person"),
	                             http_query(p->q, "body")};
	struct work_item *items;
	size_t count;
	json_t *rows = json_array();
	page_set(p, "rows", rows);
	page_set(p, "team", json_string(filter.team != NULL ? filter.team : ""));
	filter.team = filter.team != NULL && *filter.team == 0 ? NULL : filter.team;
	if (!p->has_person)
		return true;
	struct person who = person_of(&p->person);
	if (!asked_work(p->authority, p->service->papers, p->arena, &who, &filter, p->now, &items,
	                &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++) {
		json_t *row = work_json(p->arena, &items[i]);
		const struct said *said = &items[i].said, *title = &items[i].title_said;
		json_object_set_new(row, "words", json_string(page_said(p, said)));
		json_object_set_new(row, "words-lang",
		                    json_string(said->key == NULL ? "en" : p->language));
		if (title->key != NULL)
			json_object_set_new(row, "title", json_string(page_said(p, title)));
		whole(row, members);
		json_object_set_new(row, "href", json_string(href_of(p, row)));
		json_object_set_new(row, "reason-key", slug_key(p, "work", items[i].reason));
		json_array_append_new(rows, row);
	}
	return true;
}

/* --- A case ---------------------------------------------------------------------------------- */

static json_t *papers_of(struct page *p, const struct asked_case *c)
{
	json_t *all = asked_papers(c, PAPERS_ANY & ~(1u << PAPER_DRAFT), 0), *one;
	size_t i;
	json_array_foreach(all, i, one)
	{
		const char *kind = json_string_value(json_object_get(one, "kind"));
		json_object_set_new(one, "template",
		                    json_string(arena_printf(p->arena, "paper-%s", kind)));
		json_object_set_new(one, "kind-key", slug_key(p, "paper", kind));
		if (json_object_get(one, "shared-with") == NULL)
			json_object_set_new(one, "shared-with", json_null());
	}
	return all;
}

static const char *clock_of(struct page *p, const struct deadline *d)
{
	struct said said = deadline_said(p->arena, d);
	return page_said(p, &said);
}

/* Questions that wait for a reply, of those that he may read: what the exporter answers. */
static json_t *open_questions(struct page *p, const struct asked_case *c)
{
	const struct case_desk *d = &c->desk;
	json_t *all = json_array();
	for (size_t i = 0; i < d->question_count; i++)
		if (d->questions[i].reply == NULL &&
		    paper_may_read(&c->person, &c->standing, d->questions[i].question))
			json_array_append_new(
			    all, json_pack("{s:I,s:s,s:s}", "question",
			                   (json_int_t)d->questions[i].question->id, "text",
			                   d->questions[i].question->value.question.text, "left",
			                   clock_of(p, &d->questions[i].deadline)));
	return all;
}

static json_t *checklists(const struct asked_case *c)
{
	json_t *all = json_array(), *known = checklists_json(&c->settings), *one;
	size_t i;
	json_array_foreach(known, i, one) json_array_append(all, one);
	json_decref(known);
	return all;
}

/* Why the case is where it is, in the page's language. */
static void say_why(struct page *p, const struct route *route, json_t *out)
{
	json_t *because = json_array();
	for (size_t i = 0; i < route->because.count; i++)
		json_array_append_new(because, json_string(page_match(p, &route->matches[i])));
	if (json_is_object(out))
		json_object_set(out, "because", because);
	json_decref(because);
}

/* What a signed-in person may see of the case on a record; nothing where he may see nothing. */
void page_case(struct page *p, const char *subject)
{
	struct err ignored = {0};
	struct asked_case c;
	page_set(p, "case", json_null());
	struct person who = p->has_person ? person_of(&p->person) : (struct person){0};
	if (!p->has_person || !asked_open(&c, p->authority, p->service->papers, p->arena, &who,
	                                  subject, p->now, &ignored))
		return;
	static const char *const members[] = {
	    "route",  "team",  "person", "advice-missing", "checklists-missing",
	    "advice", "clock", NULL};
	json_t *out = asked_json(&c);
	struct said holder = case_holder(&c.file, &c.desk);
	json_object_set_new(out, "held-by", json_string(page_said(p, &holder)));
	say_why(p, &c.desk.route, json_object_get(out, "route"));
	whole(out, members);
	bool office = person_is_office(&c.person);
	json_object_set_new(out, "is-office", json_boolean(office));
	json_object_set_new(
	    out, "is-party",
	    json_boolean(c.person.role == ROLE_EXPORTER || c.person.role == ROLE_END_USER));
	json_object_set_new(out, "is-adviser", json_boolean(c.person.role == ROLE_ADVISER));
	json_object_set_new(out, "is-application", json_boolean(c.file.kind == KIND_APPLICATION));
	json_object_set_new(out, "papers", papers_of(p, &c));
	json_object_set_new(out, "questions", open_questions(p, &c));
	json_object_set_new(out, "checklists", office ? checklists(&c) : json_array());
	if (c.desk.has_clock)
		json_object_set_new(out, "clock-words", json_string(clock_of(p, &c.desk.deadline)));
	else
		json_object_set_new(out, "clock-words", json_null());
	page_set(p, "case", out);
}
