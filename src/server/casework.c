#include "casework.h"

#include <stdlib.h>

#include "authority/access.h"
#include "base/rim.h"

struct caseload {
	struct papers *papers;
	pthread_mutex_t lock; /* a handle is one thread's at a time */
};

struct caseload *caseload_open(const char *home, struct err *e)
{
	struct caseload *c = calloc(1, sizeof *c);
	if (c == NULL) {
		err_environment(e, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&c->lock, NULL);
	c->papers = papers_open(home, true, e);
	if (c->papers == NULL) {
		caseload_close(c);
		return NULL;
	}
	return c;
}

void caseload_close(struct caseload *c)
{
	papers_close(c->papers);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

bool casework_settings(struct service *s, struct arena *arena, struct casework_settings *out,
                       struct err *e)
{
	/* A file that is bad is the keeper's to mend: whoever asks did nothing wrong. */
	struct err why;
	return settings_load(arena, s->options.home, out, &why) ||
	       err_environment(e, "%s", why.text);
}

struct person casework_person(const struct key_info *key)
{
	return (struct person){access_role(key->role), key->holder};
}

bool casework_is_office(const struct person *who)
{
	return who->role == ROLE_AUTHORITY || who->role == ROLE_OFFICER ||
	       who->role == ROLE_AUDITOR;
}

static bool list_papers(struct service *s, struct arena *arena, const struct papers_wanted *wanted,
                        struct paper **out, size_t *count, struct err *e)
{
	pthread_mutex_lock(&s->caseload->lock);
	bool ok = papers_list(s->caseload->papers, arena, wanted, out, count, e);
	pthread_mutex_unlock(&s->caseload->lock);
	return ok;
}

/* --- A case -------------------------------------------------------------------------------- */

static bool read_case(struct authority *a, struct asked_case *c, const char *subject, struct err *e)
{
	struct state state = authority_state(a);
	struct case_world world;
	struct hash id;
	uint64_t index;
	return store_find(a->store, subject, &id, &index, e) &&
	       case_world_read(&world, &state, c->request->arena, c->now, e) &&
	       case_read(&world, &id, &c->file, e);
}

bool casework_ask(struct service *s, struct authority *a, struct http_request *q,
                  const struct key_info *key, const char *subject, struct asked_case *c,
                  struct err *e)
{
	*c = (struct asked_case){.service = s,
	                         .request = q,
	                         .person = casework_person(key),
	                         .is_new = strcmp(subject, "new") == 0,
	                         .now = rim_now()};
	struct papers_wanted wanted = {.subject = &c->file.subject, .kinds = PAPERS_ANY};
	if (!casework_settings(s, q->arena, &c->settings, e) ||
	    (!c->is_new && !read_case(a, c, subject, e)) ||
	    !list_papers(s, q->arena, &wanted, &c->papers, &c->paper_count, e))
		return false;
	if (c->is_new)
		return true;
	case_desk_of(q->arena, &c->settings, &c->file, c->papers, c->paper_count, c->now, &c->desk);
	c->standing = case_standing(&c->file, &c->desk.route, &c->person);
	return casework_is_office(&c->person) || c->standing.is_party || c->standing.is_heard ||
	       err_refused(e, "case.not-entitled", "%s has nothing to do with this case",
	                   key->holder);
}

json_t *casework_case(const struct asked_case *c)
{
	return case_json(c->request->arena, &c->file, &c->desk, casework_is_office(&c->person));
}

json_t *casework_papers(const struct asked_case *c, unsigned kinds, uint64_t after)
{
	json_t *out = json_array();
	for (size_t i = 0; i < c->paper_count; i++) {
		const struct paper *p = &c->papers[i];
		if (p->id > after && (kinds >> p->kind & 1) != 0 &&
		    paper_may_read(&c->person, &c->standing, p))
			json_array_append_new(out, paper_json(c->request->arena, p));
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

static uint64_t question_of(const struct paper *p)
{
	if (p->kind == PAPER_REPLY)
		return p->value.reply.question;
	return p->kind == PAPER_ATTACHMENT && p->value.attachment.has_question
	           ? p->value.attachment.question
	           : 0;
}

bool casework_write(struct asked_case *c, struct paper *p, struct bytes file, struct err *e)
{
	struct caseload *load = c->service->caseload;
	p->subject = c->file.subject;
	p->by = c->person;
	p->at = c->now;
	if (c->is_new && p->kind != PAPER_DRAFT)
		return err_refused(e, "case.no-such-case",
		                   "only drafts are kept before there is a record");
	if (!paper_may_write(&c->person, &c->standing, p->kind, e) ||
	    !paper_share(p, find_paper(c, question_of(p)), e) || !has_party(c, p, e))
		return false;
	pthread_mutex_lock(&load->lock);
	bool ok = papers_add(load->papers, p, file, &p->id, e);
	pthread_mutex_unlock(&load->lock);
	return ok;
}

bool casework_drop_draft(struct asked_case *c, const char *name, struct err *e)
{
	struct caseload *load = c->service->caseload;
	pthread_mutex_lock(&load->lock);
	bool ok = papers_drop(load->papers, &c->file.subject, &c->person, name, e);
	pthread_mutex_unlock(&load->lock);
	return ok;
}

bool casework_attachment(const struct asked_case *c, uint64_t id, const struct paper **out,
                         struct bytes *file, struct err *e)
{
	struct caseload *load = c->service->caseload;
	*out = find_paper(c, id);
	if (*out == NULL || (*out)->kind != PAPER_ATTACHMENT)
		return err_refused(e, "paper.no-such-paper",
		                   "there is no such attachment on this case");
	pthread_mutex_lock(&load->lock);
	bool ok =
	    papers_file(load->papers, c->request->arena, &(*out)->value.attachment.digest, file, e);
	pthread_mutex_unlock(&load->lock);
	return ok;
}

/* --- Work ---------------------------------------------------------------------------------- */

/* What an item waits for is told to whom it waits for, and to the office. */
static bool is_his(const struct person *who, const struct work_item *item)
{
	if (casework_is_office(who))
		return true;
	bool is_named = item->who != NULL && strcmp(item->who, who->holder) == 0;
	if (who->role == ROLE_ADVISER)
		return is_named && item->waits_for == WORK_BODY;
	return is_named && item->waits_for == WORK_PARTY;
}

bool casework_work(struct service *s, struct authority *a, struct http_request *q,
                   const struct key_info *key, const struct work_filter *filter,
                   struct work_item **out, size_t *count, struct err *e)
{
	struct person who = casework_person(key);
	struct papers_wanted wanted = {.kinds = PAPERS_ANY & ~(1u << PAPER_DRAFT)};
	struct casework_settings settings;
	struct work_world w = {.settings = &settings};
	struct paper *papers;
	size_t all;
	*count = 0;
	if (!casework_settings(s, q->arena, &settings, e) ||
	    !list_papers(s, q->arena, &wanted, &papers, &w.paper_count, e))
		return false;
	w.papers = papers;
	if (!work_world_read(&w, a, q->arena, rim_now(), e) || !work_list(&w, out, &all, e))
		return false;
	for (size_t i = 0; i < all; i++)
		if (is_his(&who, &(*out)[i]) && work_concerns(&settings, filter, &(*out)[i]))
			(*out)[(*count)++] = (*out)[i];
	return true;
}
