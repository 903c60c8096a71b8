/* Drafts that are kept here: one's own, and those that one's house has put up for reading. */
#include "pages.h"

#include <string.h>

#include "casework/asked.h"
#include "casework/house.h"

/* A draft is of the kind that its name begins with: "application.3fa2b1c0". */
static bool kind_of(struct arena *arena, const struct paper *draft, enum record_kind *kind)
{
	const char *name = draft->value.draft.name;
	return record_kind_by_name(arena_copy(arena, name, strcspn(name, ".")), kind) &&
	       page_is_for_people(*kind);
}

static bool is_on_case(const struct paper *draft)
{
	static const struct hash none;
	return !hash_equal(&draft->subject, &none);
}

/* "draft=NAME&by=HOLDER" */
static const char *query_of(struct page *p, const struct paper *draft)
{
	struct buffer b = {.arena = p->arena};
	buffer_text(&b, "draft=");
	http_escape(&b, draft->value.draft.name);
	buffer_text(&b, "&by=");
	http_escape(&b, draft->by.holder);
	return buffer_cstr(&b);
}

/* Every member stands in every row. */
static json_t *review_json(struct page *p, const struct paper *said)
{
	if (said == NULL)
		return json_null();
	const struct review_paper *r = &said->value.review;
	bool agreed = r->verdict == REVIEW_AGREED;
	return json_pack("{s:s,s:o,s:s,s:b,s:s}", "by", said->by.holder, "at",
	                 page_time(p->arena, said->at), "text", r->has_text ? r->text : "",
	                 "is-agreed", agreed, "verdict-key",
	                 agreed ? "draft.agreed" : "draft.change");
}

/* What was said of the draft as it stands; the digest of its form, where it is a form. */
static const struct paper *said_of(const struct asked_case *c, const struct paper *draft,
                                   struct hash *digest)
{
	json_t *form = draft_form(draft, digest);
	const struct paper *said =
	    form != NULL ? house_said(c->papers, c->paper_count, digest) : NULL;
	json_decref(form);
	return said;
}

static json_t *draft_json(struct page *p, const struct asked_case *c, const struct paper *draft)
{
	enum record_kind kind;
	struct hash digest = {0};
	const struct paper *said = said_of(c, draft, &digest);
	bool is_form = !is_on_case(draft) && kind_of(p->arena, draft, &kind),
	     is_own = strcmp(draft->by.holder, c->person.holder) == 0,
	     is_asked = draft->value.draft.has_review;
	const char *state = said == NULL ? is_asked ? "asked" : "kept"
	                    : said->value.review.verdict == REVIEW_AGREED ? "agreed"
	                                                                  : "change",
	           *subject = is_on_case(draft) ? words_hex(p->arena, &draft->subject) : "new";
	return json_pack(
	    "{s:s,s:s,s:o,s:b,s:b,s:s,s:s,s:s,s:s,s:s,s:s?,s:s,s:o,s:s}", "name",
	    draft->value.draft.name, "by", draft->by.holder, "at", page_time(p->arena, draft->at),
	    "is-own", is_own, "is-asked", is_asked, "state", state, "state-key",
	    arena_printf(p->arena, "draft.%s", state), "kind",
	    is_form ? record_kind(kind)->name : "", "kind-key",
	    is_form ? arena_printf(p->arena, "kind.%s", record_kind(kind)->name) : "draft.other",
	    "query", query_of(p, draft), "case",
	    is_on_case(draft) ? arena_printf(p->arena, "/records/%s", subject) : NULL, "subject",
	    subject, "said", review_json(p, said), "digest", words_hex(p->arena, &digest));
}

static json_t *house_json(const struct house *h, const struct person *who)
{
	if (h == NULL)
		return json_null();
	return json_pack("{s:s,s:b,s:b}", "party", h->party, "has-four-eyes",
	                 h->four_eyes == FOUR_EYES_ON, "is-signer",
	                 strcmp(h->party, who->holder) == 0);
}

static bool open_drafts(struct page *p, struct asked_case *c)
{
	struct person who = person_of(&p->person);
	if (!asked_drafts(p->authority, p->service->papers, p->arena, &who, c, p->err))
		return false;
	page_set(p, "house", house_json(c->standing.house, &who));
	return true;
}

bool page_drafts(struct page *p)
{
	struct asked_case c;
	json_t *own = json_array(), *others = json_array();
	page_set(p, "own", own);
	page_set(p, "others", others);
	page_set(p, "house", json_null());
	if (!p->has_person)
		return true;
	if (!open_drafts(p, &c))
		return false;
	for (size_t i = c.paper_count; i > 0; i--) {
		const struct paper *draft = &c.papers[i - 1];
		if (draft->kind != PAPER_DRAFT || !paper_may_read(&c.person, &c.standing, draft))
			continue;
		bool is_own = strcmp(draft->by.holder, c.person.holder) == 0;
		json_array_append_new(is_own ? own : others, draft_json(p, &c, draft));
	}
	return true;
}

static const struct paper *find_draft(const struct asked_case *c, const char *name, const char *by)
{
	return name != NULL ? asked_draft(c, name, by != NULL ? by : c->person.holder) : NULL;
}

/* What was said of a draft, of this form of it and of earlier ones. */
static json_t *reviews_of(struct page *p, const struct asked_case *c, const struct paper *draft)
{
	json_t *all = json_array();
	struct hash digest = {0};
	said_of(c, draft, &digest);
	for (size_t i = 0; i < c->paper_count; i++) {
		const struct review_paper *r = &c->papers[i].value.review;
		if (c->papers[i].kind != PAPER_REVIEW ||
		    strcmp(r->draft, draft->value.draft.name) != 0 ||
		    strcmp(r->by, draft->by.holder) != 0)
			continue;
		json_t *row = review_json(p, &c->papers[i]);
		json_object_set_new(row, "is-earlier",
		                    json_boolean(!hash_equal(&r->digest, &digest)));
		json_array_append_new(all, row);
	}
	return all;
}

bool page_draft(struct page *p)
{
	struct asked_case c;
	struct hash digest;
	page_set(p, "draft", json_null());
	page_set(p, "house", json_null());
	if (!p->has_person)
		return true;
	if (!open_drafts(p, &c))
		return false;
	const struct paper *draft =
	    find_draft(&c, http_parameter(p->q, "name"), http_query(p->q, "by"));
	json_t *form = draft != NULL ? draft_form(draft, &digest) : NULL;
	if (form == NULL)
		return err_refused(p->err, "paper.no-such-draft", "there is no such draft for you");
	json_t *row = draft_json(p, &c, draft);
	json_object_set_new(row, "rows", page_rows(p, form));
	json_object_set_new(row, "reviews", reviews_of(p, &c, draft));
	json_object_set_new(row, "may-review",
	                    json_boolean(c.standing.house != NULL &&
	                                 strcmp(draft->by.holder, c.person.holder) != 0));
	json_decref(form);
	page_set(p, "draft", row);
	return true;
}

json_t *page_draft_form(struct page *p, enum record_kind kind)
{
	struct asked_case c;
	struct hash digest;
	enum record_kind of;
	if (!p->has_person || !open_drafts(p, &c))
		return NULL;
	const struct paper *draft =
	    find_draft(&c, http_query(p->q, "draft"), http_query(p->q, "by"));
	json_t *form = draft != NULL && kind_of(p->arena, draft, &of) && of == kind
	                   ? draft_form(draft, &digest)
	                   : NULL;
	if (!house_reads(kind))
		page_set(p, "house", json_null());
	if (form != NULL)
		page_set(p, "draft", draft_json(p, &c, draft));
	return form;
}
