#include "asked.h"

#include <string.h>

#include "authority/access.h"
#include "house.h"

struct person person_of(const struct key_info *key)
{
	return (struct person){access_role(key->role), key->holder};
}

bool person_is_office(const struct person *who)
{
	return who->role == ROLE_AUTHORITY || who->role == ROLE_OFFICER ||
	       who->role == ROLE_AUDITOR;
}

/* --- A case -------------------------------------------------------------------------------- */

static bool read_case(struct authority *a, struct asked_case *c, const char *subject, struct err *e)
{
	struct state state = authority_state(a);
	struct case_world world;
	struct hash id;
	uint64_t index;
	return store_find(a->store, subject, &id, &index, e) &&
	       case_world_read(&world, &state, c->arena, c->now, e) &&
	       case_read(&world, &id, &c->file, e);
}

static const struct house *house_of(const struct asked_case *c)
{
	bool is_party = c->person.role == ROLE_EXPORTER || c->person.role == ROLE_END_USER;
	return is_party ? settings_house(&c->settings, c->person.holder) : NULL;
}

static bool add_papers(struct asked_case *c, const struct papers_wanted *wanted, struct err *e)
{
	struct paper *more;
	size_t count;
	if (!papers_list(c->store, c->arena, wanted, &more, &count, e))
		return false;
	struct paper *all = arena_array(c->arena, c->paper_count + count, sizeof *all);
	if (c->paper_count > 0)
		memcpy(all, c->papers, c->paper_count * sizeof *all);
	if (count > 0)
		memcpy(all + c->paper_count, more, count * sizeof *all);
	c->papers = all;
	c->paper_count += count;
	return true;
}

static bool add_reviews(struct asked_case *c, struct err *e)
{
	struct hash place = house_subject(c->standing.house);
	struct papers_wanted wanted = {.subject = &place, .kinds = 1u << PAPER_REVIEW};
	return add_papers(c, &wanted, e);
}

/* Drafts on a subject (NULL: on any) by him and those of his house; and its reviews. */
static bool add_house(struct asked_case *c, const struct hash *subject, struct err *e)
{
	const struct house *house = c->standing.house;
	struct papers_wanted wanted = {.subject = subject, .kinds = 1u << PAPER_DRAFT};
	wanted.holder = c->person.holder;
	if (!add_papers(c, &wanted, e))
		return false;
	if (house == NULL)
		return true;
	const char *const *people = (const char *const *)house->people.at;
	for (size_t i = 0; i <= house->people.count; i++) {
		wanted.holder = i < house->people.count ? people[i] : house->party;
		if (strcmp(wanted.holder, c->person.holder) != 0 && !add_papers(c, &wanted, e))
			return false;
	}
	return add_reviews(c, e);
}

static bool open_new(struct asked_case *out, struct authority *a, struct papers *store,
                     struct arena *arena, const struct person *who, struct err *e)
{
	*out = (struct asked_case){.arena = arena, .store = store, .person = *who, .is_new = true};
	if (!settings_load(arena, a->home, &out->settings, e))
		return false;
	out->standing.house = house_of(out);
	return true;
}

bool asked_reviews(struct authority *a, struct papers *store, struct arena *arena,
                   const struct person *who, struct asked_case *out, struct err *e)
{
	return open_new(out, a, store, arena, who, e) &&
	       (out->standing.house == NULL || add_reviews(out, e));
}

bool asked_drafts(struct authority *a, struct papers *store, struct arena *arena,
                  const struct person *who, struct asked_case *out, struct err *e)
{
	return open_new(out, a, store, arena, who, e) && add_house(out, NULL, e);
}

bool asked_open(struct asked_case *c, struct authority *a, struct papers *store,
                struct arena *arena, const struct person *who, const char *subject, int64_t now,
                struct err *e)
{
	*c = (struct asked_case){.arena = arena,
	                         .store = store,
	                         .person = *who,
	                         .is_new = strcmp(subject, "new") == 0,
	                         .now = now};
	if (!settings_load(arena, a->home, &c->settings, e) ||
	    (!c->is_new && !read_case(a, c, subject, e)) ||
	    (!c->is_new &&
	     !add_papers(
	         c, &(struct papers_wanted){.subject = &c->file.subject, .kinds = PAPERS_ANY}, e)))
		return false;
	if (c->is_new) {
		c->standing.house = house_of(c);
		return add_house(c, &c->file.subject, e);
	}
	case_desk_of(arena, &c->settings, &c->file, c->papers, c->paper_count, now, &c->desk);
	c->standing = case_standing(&c->file, &c->desk.route, who);
	return person_is_office(who) || c->standing.is_party || c->standing.is_heard ||
	       err_refused(e, "case.not-entitled", "%s has nothing to do with this case",
	                   who->holder);
}

json_t *asked_json(const struct asked_case *c)
{
	return case_json(c->arena, &c->file, &c->desk, person_is_office(&c->person));
}

json_t *asked_papers(const struct asked_case *c, unsigned kinds, uint64_t after)
{
	json_t *out = json_array();
	for (size_t i = 0; i < c->paper_count; i++) {
		const struct paper *p = &c->papers[i];
		if (p->id > after && (kinds >> p->kind & 1) != 0 &&
		    paper_may_read(&c->person, &c->standing, p))
			json_array_append_new(out, paper_json(c->arena, p));
	}
	return out;
}

/* --- Papers -------------------------------------------------------------------------------- */

static const struct paper *find_paper(const struct asked_case *c, uint64_t id)
{
	for (size_t i = 0; i < c->paper_count; i++)
		if (c->papers[i].id == id &&
		    paper_may_read(&c->person, &c->standing, &c->papers[i]))
			return &c->papers[i];
	return NULL;
}

/* A question has somebody to answer it. */
static bool has_party(const struct asked_case *c, const struct paper *p, struct err *e)
{
	if (p->kind != PAPER_QUESTION)
		return true;
	bool asks_end_user = p->shared == ROLE_END_USER,
	     is_application = c->file.kind == KIND_APPLICATION;
	bool is_there =
	    asks_end_user ? c->file.end_user != NULL && !is_application : c->file.exporter != NULL;
	return is_there ||
	       err_refused(e, "paper.no-such-party", "this case has no %s who can be asked",
	                   asks_end_user ? "end user" : "exporter");
}

const struct paper *asked_draft(const struct asked_case *c, const char *name, const char *by)
{
	for (size_t i = 0; i < c->paper_count; i++) {
		const struct paper *p = &c->papers[i];
		if (p->kind == PAPER_DRAFT && paper_may_read(&c->person, &c->standing, p) &&
		    strcmp(p->value.draft.name, name) == 0 && strcmp(p->by.holder, by) == 0)
			return p;
	}
	return NULL;
}

static uint64_t question_of(const struct paper *p)
{
	if (p->kind == PAPER_REPLY)
		return p->value.reply.question;
	return p->kind == PAPER_ATTACHMENT && p->value.attachment.has_question
	           ? p->value.attachment.question
	           : 0;
}

bool asked_write(struct asked_case *c, struct paper *p, struct bytes file, struct err *e)
{
	p->subject = c->file.subject;
	p->by = c->person;
	p->at = c->now;
	if (c->is_new && p->kind != PAPER_DRAFT && p->kind != PAPER_REVIEW)
		return err_refused(e, "case.no-such-case",
		                   "only drafts are kept before there is a record");
	if (!paper_may_write(&c->person, &c->standing, p->kind, e) ||
	    !paper_share(p, find_paper(c, question_of(p)), e) || !has_party(c, p, e))
		return false;
	if (p->kind == PAPER_REVIEW) {
		const struct paper *draft =
		    asked_draft(c, p->value.review.draft, p->value.review.by);
		if (!house_review(p, draft, e))
			return false;
		p->subject = house_subject(c->standing.house);
	}
	return papers_add(c->store, p, file, &p->id, e);
}

bool asked_drop_draft(struct asked_case *c, const char *name, struct err *e)
{
	return papers_drop(c->store, &c->file.subject, &c->person, name, e);
}

bool asked_attachment(const struct asked_case *c, uint64_t id, const struct paper **out,
                      struct bytes *file, struct err *e)
{
	*out = find_paper(c, id);
	if (*out == NULL || (*out)->kind != PAPER_ATTACHMENT)
		return err_refused(e, "paper.no-such-paper",
		                   "there is no such attachment on this case");
	return papers_file(c->store, c->arena, &(*out)->value.attachment.digest, file, e);
}

/* --- Work ---------------------------------------------------------------------------------- */

/* What an item waits for is told to whom it waits for, and to the office. */
static bool is_his(const struct person *who, const struct work_item *item)
{
	if (person_is_office(who))
		return true;
	bool is_named = item->who != NULL && strcmp(item->who, who->holder) == 0;
	if (who->role == ROLE_ADVISER)
		return is_named && item->waits_for == WORK_BODY;
	/* Who is late with a reply can give it still. */
	return is_named && (item->waits_for == WORK_PARTY || strcmp(item->reason, "no-reply") == 0);
}

bool asked_work(struct authority *a, struct papers *store, struct arena *arena,
                const struct person *who, const struct work_filter *filter, int64_t now,
                struct work_item **out, size_t *count, struct err *e)
{
	struct papers_wanted wanted = {.kinds = PAPERS_ANY & ~(1u << PAPER_DRAFT)};
	struct casework_settings settings;
	struct work_world w = {.settings = &settings};
	struct paper *papers;
	size_t all;
	*count = 0;
	if (!settings_load(arena, a->home, &settings, e) ||
	    !papers_list(store, arena, &wanted, &papers, &w.paper_count, e))
		return false;
	w.papers = papers;
	if (!work_world_read(&w, a, arena, now, e) || !work_list(&w, out, &all, e))
		return false;
	for (size_t i = 0; i < all; i++)
		if (is_his(who, &(*out)[i]) && work_concerns(&settings, filter, &(*out)[i]))
			(*out)[(*count)++] = (*out)[i];
	return true;
}
