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

/* The last moment of the day that a deadline is the end of. */
static json_t *last_moment(struct page *p, const struct deadline *d)
{
	return page_time(p->arena, d->due > 0 ? d->due - 1 : 0);
}

static json_t *deadline_of_page(struct page *p, const struct deadline *d)
{
	return json_pack("{s:b,s:b,s:I,s:o}", "is-stopped", d->is_stopped, "is-late", d->is_overdue,
	                 "left", (json_int_t)(d->days - d->used), "until", last_moment(p, d));
}

/* Questions that wait for a reply, of those that he may read: what the other side answers. */
static json_t *open_questions(struct page *p, const struct asked_case *c)
{
	const struct case_desk *d = &c->desk;
	json_t *all = json_array();
	for (size_t i = 0; c->file.is_open && i < d->question_count; i++) {
		const struct case_question *q = &d->questions[i];
		if (q->reply != NULL || !paper_may_read(&c->person, &c->standing, q->question))
			continue;
		const char *party =
		    q->question->shared == ROLE_END_USER ? c->file.end_user : c->file.exporter;
		json_t *row = deadline_of_page(p, &q->deadline);
		json_object_set_new(row, "question", json_integer((json_int_t)q->question->id));
		json_object_set_new(row, "text", json_string(q->question->value.question.text));
		json_object_set_new(row, "party", json_string(party != NULL ? party : ""));
		json_array_append_new(all, row);
	}
	return all;
}

/* Whether the other side was heard, as a finding says it: what the papers say is chosen. */
static const char *reply_of(const struct asked_case *c)
{
	const char *word = c->desk.question_count > 0 ? "came" : "not-asked";
	for (size_t i = 0; i < c->desk.question_count; i++)
		if (c->desk.questions[i].reply == NULL)
			word = "none-came";
	return word;
}

static json_t *replies(struct page *p, const struct asked_case *c)
{
	static const char *const words[] = {"came", "none-came", "not-asked"};
	json_t *all = json_array();
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		json_array_append_new(all, json_pack("{s:s,s:s,s:b}", "word", words[i], "key",
		                                     arena_printf(p->arena, "reply.%s", words[i]),
		                                     "chosen", strcmp(words[i], reply_of(c)) == 0));
	return all;
}

/* Who holds it: a party, a team, the office, or nobody. */
static void set_holder(json_t *out, const struct asked_case *c)
{
	const char *party = NULL;
	for (size_t i = 0; c->desk.is_with_party && i < c->desk.question_count; i++) {
		const struct case_question *q = &c->desk.questions[i];
		if (q->reply == NULL && !q->deadline.is_overdue)
			party = q->question->shared == ROLE_END_USER ? c->file.end_user
			                                             : c->file.exporter;
	}
	json_object_set_new(out, "held-party", party != NULL ? json_string(party) : json_null());
	json_object_set_new(out, "is-decided", json_boolean(!c->file.is_open));
}

static void set_whom_to_ask(json_t *out, const struct asked_case *c)
{
	bool end_user = c->file.end_user != NULL && c->file.kind != KIND_APPLICATION,
	     exporter = c->file.exporter != NULL;
	json_object_set_new(out, "asks-end-user", json_boolean(end_user));
	json_object_set_new(out, "asks-exporter", json_boolean(exporter));
	json_object_set_new(out, "may-ask",
	                    json_boolean(c->file.is_open && (end_user || exporter)));
	json_object_set_new(out, "question-days",
	                    json_integer((json_int_t)c->settings.days.question));
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
	json_object_set_new(out, "clock-now",
	                    c.desk.has_clock ? deadline_of_page(p, &c.desk.deadline) : json_null());
	json_object_set_new(out, "replies", replies(p, &c));
	set_holder(out, &c);
	set_whom_to_ask(out, &c);
	page_set(p, "case", out);
}
