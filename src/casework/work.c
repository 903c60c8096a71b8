#include "work.h"

#include <stdlib.h>
#include <string.h>

#include "words/words.h"

struct working {
	const struct work_world *w;
	struct arena *arena;
	const struct paper *papers; /* by their cases */
	struct work_item *at;
	size_t count, room;
	struct err *e;
};

static struct work_item *add(struct working *k, const char *reason)
{
	if (k->count == k->room) {
		size_t room = k->room * 2 + 32;
		struct work_item *more = arena_array(k->arena, room, sizeof *more);
		if (k->count > 0)
			memcpy(more, k->at, k->count * sizeof *more);
		k->at = more;
		k->room = room;
	}
	struct work_item *item = &k->at[k->count++];
	*item = (struct work_item){.reason = reason};
	return item;
}

static struct work_item *add_case(struct working *k, const char *reason, const struct case_file *c,
                                  const struct case_desk *d)
{
	struct work_item *item = add(k, reason);
	item->has_subject = true;
	item->subject = c->subject;
	item->kind = c->kind;
	item->title = c->title;
	item->team = d->team;
	item->person = d->person;
	item->flags = d->route.flags;
	item->since = c->opened;
	return item;
}

static void say(struct working *k, struct work_item *item, struct said said)
{
	item->said = said;
	item->words = said_words(k->arena, &said);
}

static void say_title(struct working *k, struct work_item *item, const char *key, const char *name)
{
	item->title_said = (struct said){key, {name}};
	item->title = said_words(k->arena, &item->title_said);
}

static const char *decimal(struct working *k, uint64_t number)
{
	return arena_printf(k->arena, "%llu", (unsigned long long)number);
}

static void set_deadline(struct work_item *item, const struct deadline *d)
{
	item->has_clock = true;
	item->due = d->due;
	item->is_stopped = d->is_stopped;
	item->is_overdue = d->is_overdue;
	item->days_left = d->days - d->used;
}

/* Counted from `since` by the office's calendar, and standing still for nobody. */
static void set_days(struct working *k, struct work_item *item, uint64_t days)
{
	struct calendar calendar = settings_calendar(k->w->settings, NULL);
	struct deadline d = deadline_of(&calendar, item->since, days, NULL, 0, k->w->cases.now);
	set_deadline(item, &d);
}

static void set_moment(struct working *k, struct work_item *item, int64_t due)
{
	item->due = due;
	item->is_overdue = due <= k->w->cases.now;
}

static const char *joined(struct arena *arena, const struct texts *t)
{
	struct buffer b = {.arena = arena};
	for (size_t i = 0; i < t->count; i++)
		buffer_printf(&b, "%s%s", i > 0 ? ", " : "", t->at[i]);
	return buffer_cstr(&b);
}

/* --- Every case ------------------------------------------------------------------------------ */

static int compare_hashes(const struct hash *a, const struct hash *b)
{
	return memcmp(a->at, b->at, HASH_SIZE);
}

static int compare_papers(const void *a, const void *b)
{
	const struct paper *x = a, *y = b;
	int order = compare_hashes(&x->subject, &y->subject);
	return order != 0 ? order : x->id < y->id ? -1 : x->id > y->id;
}

/* The papers by their cases, each case's in their order. */
static const struct paper *sorted(struct arena *arena, const struct work_world *w)
{
	struct paper *out = arena_array(arena, w->paper_count, sizeof *out);
	if (w->paper_count > 0) {
		memcpy(out, w->papers, w->paper_count * sizeof *out);
		qsort(out, w->paper_count, sizeof *out, compare_papers);
	}
	return out;
}

/* The papers on a case. */
static const struct paper *papers_on(struct working *k, const struct hash *subject, size_t *count)
{
	size_t low = 0, high = k->w->paper_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_hashes(&k->papers[middle].subject, subject) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (high = low; high < k->w->paper_count && hash_equal(&k->papers[high].subject, subject);)
		high++;
	*count = high - low;
	return k->papers + low;
}

static const char *party_of(const struct case_file *c, const struct paper *question)
{
	const char *name = question->shared == ROLE_END_USER ? c->end_user : c->exporter;
	return name != NULL ? name : "the party";
}

/* Whether somebody of the office has written on the case after this. */
static bool was_taken_up(const struct paper papers[], size_t count, const struct paper *reply)
{
	for (size_t i = 0; i < count; i++)
		if (papers[i].id > reply->id && papers[i].by.role == ROLE_OFFICER)
			return true;
	return false;
}

static void tell_questions(struct working *k, const struct case_file *c, const struct case_desk *d,
                           const struct paper papers[], size_t count)
{
	for (size_t i = 0; i < d->question_count; i++) {
		const struct case_question *q = &d->questions[i];
		const char *party = party_of(c, q->question);
		if (q->reply == NULL && q->deadline.is_overdue) {
			struct work_item *item = add_case(k, "no-reply", c, d);
			item->who = party;
			item->since = q->question->at;
			say(k, item,
			    (struct said){"not-answered",
			                  {party, q->question->by.holder,
			                   words_time(k->arena, q->deadline.due)}});
			set_deadline(item, &q->deadline);
		} else if (q->reply == NULL) {
			struct work_item *item = add_case(k, "question", c, d);
			item->waits_for = WORK_PARTY;
			item->who = party;
			item->since = q->question->at;
			say(k, item, (struct said){"asked", {party, q->question->by.holder}});
			set_deadline(item, &q->deadline);
		} else if (!was_taken_up(papers, count, q->reply)) {
			struct work_item *item = add_case(k, "answered", c, d);
			item->since = q->reply->at;
			say(k, item, (struct said){"answered", {party}});
			set_days(k, item, k->w->settings->days.hit);
		}
	}
}

static void tell_checklists(struct working *k, const struct case_file *c, const struct case_desk *d)
{
	for (size_t i = 0; i < d->unanswered.count; i++) {
		struct work_item *item = add_case(k, "checklist", c, d);
		say(k, item, (struct said){"checklist", {d->unanswered.at[i]}});
		set_deadline(item, &d->deadline);
	}
}

/* --- Applications ---------------------------------------------------------------------------- */

static void tell_hits(struct working *k, const struct case_file *c, const struct case_desk *d)
{
	const struct case_world *w = &k->w->cases;
	for (size_t i = 0; c->application.screening != NULL && i < w->hit_count; i++) {
		const struct hit_info *h = &w->hits[i];
		if (!h->is_open || !hash_equal(&h->screening, c->application.screening))
			continue;
		struct work_item *item = add_case(k, "hit", c, d);
		item->since = h->found;
		say(k, item,
		    (struct said){
		        arena_printf(k->arena, "hit-%s", h->policy),
		        {arena_printf(k->arena, "%s (%s)", h->name, h->party), h->entry, h->list}});
		set_days(k, item, k->w->settings->days.hit);
	}
}

static void tell_advice(struct working *k, const struct case_file *c, const struct case_desk *d)
{
	for (size_t i = 0; i < d->missing.count; i++) {
		struct work_item *item = add_case(k, "advice-missing", c, d);
		item->waits_for = WORK_BODY;
		item->who = d->missing.at[i];
		say(k, item, (struct said){"advice-missing", {d->missing.at[i]}});
		set_days(k, item, k->w->settings->days.advice);
	}
	for (size_t i = 0; i < c->advice.conflict_count; i++) {
		struct work_item *item = add_case(k, "advice-conflicting", c, d);
		for (size_t g = 0; g < c->advice.count; g++)
			item->since = c->advice.given[g].at > item->since ? c->advice.given[g].at
			                                                  : item->since;
		say(k, item, (struct said){NULL, {c->advice.conflicts[i]}});
		set_deadline(item, &d->deadline);
	}
}

static struct said why_undecided(struct working *k, const struct case_file *c,
                                 const struct case_desk *d)
{
	if (strcmp(c->stage, "not screened") == 0)
		return (struct said){"not-screened", {0}};
	if (strcmp(c->stage, "held") == 0)
		return (struct said){"held", {decimal(k, c->facts.hits)}};
	if (d->is_with_party)
		return (struct said){"with-party", {0}};
	if (d->missing.count > 0)
		return (struct said){"advice-awaited", {joined(k->arena, &d->missing)}};
	if (c->advice.conflict_count > 0)
		return (struct said){"advice-conflicts", {0}};
	return (struct said){"decidable", {0}};
}

static void tell_application(struct working *k, const struct case_file *c,
                             const struct case_desk *d)
{
	struct work_item *item = add_case(k, "undecided", c, d);
	say(k, item, why_undecided(k, c, d));
	set_deadline(item, &d->deadline);
	tell_hits(k, c, d);
	tell_advice(k, c, d);
}

/* --- Measures, reports ------------------------------------------------------------------------ */

static struct texts who_agreed(struct arena *arena, const char *proposer,
                               const struct officer_approval at[], size_t count)
{
	struct texts out = {arena_array(arena, count + 1, sizeof(const char *)), 1};
	out.at[0] = proposer;
	for (size_t i = 0; i < count; i++)
		out.at[out.count++] = at[i].officer;
	return out;
}

static uint64_t still_needed(uint64_t needed, size_t approvals)
{
	return needed > approvals + 1 ? needed - approvals - 1 : 0;
}

/* "ada proposed it; one more officer must agree" */
static struct said proposed(struct working *k, const char *proposer, uint64_t more)
{
	return more == 1 ? (struct said){"proposed-one", {proposer}}
	                 : (struct said){"proposed", {proposer, decimal(k, more)}};
}

static struct said suspended(struct working *k, const struct measure_info *m, uint64_t more)
{
	const char *until = words_time(k->arena, m->scope->from);
	return more == 1 ? (struct said){"suspended-one", {m->proposer, until}}
	                 : (struct said){"suspended", {m->proposer, until, decimal(k, more)}};
}

static void tell_measure(struct working *k, const struct case_file *c, const struct case_desk *d)
{
	const struct measure_info *m = &c->measure;
	bool is_emergency = m->scope != NULL;
	struct work_item *item = add_case(k, is_emergency ? "emergency-ends" : "approval", c, d);
	uint64_t more = still_needed(m->needed, m->approval_count);
	item->done_by = who_agreed(k->arena, m->proposer, m->approvals, m->approval_count);
	if (!is_emergency) {
		say(k, item, proposed(k, m->proposer, more));
		set_deadline(item, &d->deadline);
		return;
	}
	/* One officer's suspension leaves nothing before its end. */
	say(k, item, suspended(k, m, more));
	set_moment(k, item, m->scope->from);
}

static void tell_report(struct working *k, const struct case_file *c, const struct case_desk *d)
{
	struct work_item *item = add_case(k, "report", c, d);
	say(k, item,
	    (struct said){d->is_with_party   ? "with-party"
	                  : d->is_unanswered ? "no-reply"
	                                     : "no-finding",
	                  {0}});
	set_deadline(item, &d->deadline);
}

static bool tell_case(struct working *k, const struct hash *subject)
{
	struct case_file c;
	struct case_desk d;
	size_t count;
	if (!case_read(&k->w->cases, subject, &c, k->e))
		return false;
	if (!c.is_open)
		return true;
	const struct paper *papers = papers_on(k, subject, &count);
	case_desk_of(k->arena, k->w->settings, &c, papers, count, k->w->cases.now, &d);
	if (c.kind == KIND_APPLICATION)
		tell_application(k, &c, &d);
	else if (c.kind == KIND_MEASURE)
		tell_measure(k, &c, &d);
	else
		tell_report(k, &c, &d);
	tell_questions(k, &c, &d, papers, count);
	tell_checklists(k, &c, &d);
	return true;
}

static bool tell_cases(struct working *k)
{
	struct hash *ids;
	size_t count;
	if (!query_open(k->w->cases.state, k->arena, &ids, &count, k->e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!tell_case(k, &ids[i]))
			return false;
	return true;
}

/* --- What is no case of its own ----------------------------------------------------------------
 */

struct proposal {
	struct hash id;
	enum record_kind kind;
	const char *title_key, *about, *proposer;
	const struct officer_approval *approvals;
	size_t approval_count;
	uint64_t needed;
};

static bool tell_proposal(struct working *k, const struct proposal *p)
{
	struct record_info record;
	if (!query_record(k->w->cases.state, k->arena, &p->id, &record, k->e))
		return false;
	struct work_item *item = add(k, "approval");
	item->has_subject = true;
	item->subject = p->id;
	item->kind = p->kind;
	say_title(k, item, p->title_key, p->about);
	item->done_by = who_agreed(k->arena, p->proposer, p->approvals, p->approval_count);
	item->since = record.at;
	say(k, item, proposed(k, p->proposer, still_needed(p->needed, p->approval_count)));
	set_days(k, item, k->w->settings->days.measure);
	return true;
}

static bool tell_lifts(struct working *k)
{
	struct lift_info *l;
	size_t count;
	if (!query_lifts(k->w->cases.state, k->arena, k->w->cases.now, &l, &count, k->e))
		return false;
	for (; count > 0; count--, l++) {
		struct proposal p = {l->id,
		                     KIND_LIFT,
		                     "title-lift",
		                     words_short(k->arena, &l->measure),
		                     l->proposer,
		                     l->approvals,
		                     l->approval_count,
		                     l->needed};
		if (!l->is_done && !tell_proposal(k, &p))
			return false;
	}
	return true;
}

static bool tell_keys(struct working *k)
{
	struct key_proposal *o;
	size_t count;
	if (!query_key_proposals(k->w->cases.state, k->arena, k->w->cases.now, &o, &count, k->e))
		return false;
	for (; count > 0; count--, o++) {
		struct proposal p = {o->id,
		                     KIND_KEY,
		                     o->body->has_public_key ? "title-key" : "title-key-end",
		                     o->body->holder,
		                     o->proposer,
		                     o->approvals,
		                     o->approval_count,
		                     o->needed};
		if (!tell_proposal(k, &p))
			return false;
	}
	return true;
}

/* End users whose declaration is under definitions that are superseded. */
static bool tell_declarations(struct working *k)
{
	const struct state *state = k->w->cases.state;
	struct declaration_info *declarations;
	struct definitions_info *definitions;
	size_t count, all;
	if (!query_declarations(state, k->arena, &declarations, &count, k->e) ||
	    !query_definitions(state, k->arena, &definitions, &all, k->e))
		return false;
	for (size_t i = 0; i < count; i++)
		for (size_t n = 0; declarations[i].is_latest && n < all; n++) {
			const struct definitions_info *d = &definitions[n];
			if (d->number != declarations[i].definitions_number ||
			    d->superseded == NULL)
				continue;
			struct work_item *item = add(k, "redeclare");
			struct record_info record;
			if (!query_record(state, k->arena, d->superseded, &record, k->e))
				return false;
			item->has_subject = true;
			item->subject = declarations[i].id;
			item->kind = KIND_DECLARATION;
			say_title(k, item, "title-declaration", declarations[i].end_user);
			item->waits_for = WORK_PARTY;
			item->who = declarations[i].end_user;
			item->since = record.at;
			say(k, item,
			    (struct said){"sign-again",
			                  {decimal(k, d->number), words_time(k->arena, d->until)}});
			set_moment(k, item, d->until);
		}
	return true;
}

static void tell_lists(struct working *k)
{
	for (size_t i = 0; i < k->w->list_count; i++) {
		const struct watched_list *l = &k->w->lists[i];
		if (!list_is_stale(l, k->w->cases.now))
			continue;
		struct work_item *item = add(k, "list-stale");
		say_title(k, item, "title-list", l->name);
		item->waits_for = WORK_KEEPER;
		item->since =
		    l->snapshot_count > 0 ? l->checked + (int64_t)l->max_age : k->w->cases.now;
		say(k, item,
		    l->snapshot_count > 0
		        ? (struct said){"list-stale", {words_time(k->arena, l->checked)}}
		        : (struct said){"list-never", {0}});
		set_moment(k, item, item->since);
	}
}

static void tell_witnesses(struct working *k)
{
	const struct witnessing *w = k->w->witnessing;
	for (size_t i = 0; w != NULL && w->has_policy && i < w->count; i++) {
		if (w->cosigned[i])
			continue;
		struct work_item *item = add(k, "witness-missing");
		say_title(k, item, "title-witness", w->names[i]);
		item->waits_for = WORK_KEEPER;
		item->since = w->time > 0 ? w->time : k->w->cases.now;
		say(k, item, (struct said){"witness", {0}});
	}
}

/* --- The list -----------------------------------------------------------------------------------
 */

static int compare(const void *a, const void *b)
{
	const struct work_item *x = a, *y = b;
	if ((x->due == 0) != (y->due == 0))
		return x->due == 0 ? 1 : -1;
	if (x->due != y->due)
		return x->due < y->due ? -1 : 1;
	if (x->since != y->since)
		return x->since < y->since ? -1 : 1;
	int order = compare_hashes(&x->subject, &y->subject);
	return order != 0 ? order : strcmp(x->reason, y->reason);
}

bool work_list(const struct work_world *w, struct work_item **out, size_t *count, struct err *e)
{
	struct working k = {.w = w, .arena = w->cases.arena, .e = e};
	k.papers = sorted(k.arena, w);
	if (!tell_cases(&k) || !tell_lifts(&k) || !tell_keys(&k) || !tell_declarations(&k))
		return false;
	tell_lists(&k);
	tell_witnesses(&k);
	if (k.count > 0)
		qsort(k.at, k.count, sizeof *k.at, compare);
	*out = k.at;
	*count = k.count;
	return true;
}

/* What nobody was given is everybody's. */
static bool concerns_person(const struct casework_settings *s, const char *person,
                            const struct work_item *item)
{
	if (item->waits_for != WORK_OFFICE || texts_have(&item->done_by, person))
		return false;
	if (item->person != NULL)
		return strcmp(item->person, person) == 0;
	return item->team == NULL || settings_is_member(s, item->team, person);
}

bool work_concerns(const struct casework_settings *s, const struct work_filter *f,
                   const struct work_item *item)
{
	if (f->team != NULL && (item->team == NULL || strcmp(item->team, f->team) != 0))
		return false;
	if (f->body != NULL &&
	    (item->waits_for != WORK_BODY || item->who == NULL || strcmp(item->who, f->body) != 0))
		return false;
	return f->person == NULL || concerns_person(s, f->person, item);
}
