/* A case with the papers on it: who has it, what it waits for, how much of its time is gone. */
#include "case.h"

#include <string.h>

/* --- Questions ------------------------------------------------------------------------------ */

static const struct paper *reply_to(const struct paper papers[], size_t count, uint64_t question)
{
	for (size_t i = 0; i < count; i++)
		if (papers[i].kind == PAPER_REPLY && papers[i].value.reply.question == question)
			return &papers[i];
	return NULL;
}

static struct deadline asked_until(const struct casework_settings *s, const struct case_file *c,
                                   const struct paper *question, int64_t now)
{
	const char *country = question->shared == ROLE_END_USER ? c->country : c->exporter_country;
	const struct question_paper *asked = &question->value.question;
	struct calendar calendar = settings_calendar(s, country);
	uint64_t days = asked->has_days && asked->days > 0 ? asked->days : s->days.question;
	return deadline_of(&calendar, question->at, days, NULL, 0, now);
}

static void read_questions(struct arena *arena, const struct casework_settings *s,
                           const struct case_file *c, const struct paper papers[], size_t count,
                           int64_t now, struct case_desk *out)
{
	out->questions = arena_array(arena, count, sizeof *out->questions);
	for (size_t i = 0; i < count; i++) {
		if (papers[i].kind != PAPER_QUESTION)
			continue;
		struct case_question *q = &out->questions[out->question_count++];
		*q = (struct case_question){.question = &papers[i],
		                            .reply = reply_to(papers, count, papers[i].id)};
		q->deadline = asked_until(s, c, &papers[i], q->reply != NULL ? q->reply->at : now);
		if (q->reply == NULL && c->is_open) {
			out->is_with_party |= !q->deadline.is_overdue;
			out->is_unanswered |= q->deadline.is_overdue;
		}
	}
}

/* --- Clocks --------------------------------------------------------------------------------- */

static const struct {
	enum record_kind kind;
	const char *name;
	size_t days; /* offset in struct stage_days */
} clocks[] = {
    {KIND_APPLICATION, "application", offsetof(struct stage_days, application)},
    {KIND_REPORT, "report", offsetof(struct stage_days, report)},
    {KIND_MEASURE, "measure", offsetof(struct stage_days, measure)},
};

/* The clock stands still for a question until it is answered, or until it should have been: nobody
 * holds up a case by saying nothing. */
static struct pause pause_of(const struct case_question *q)
{
	int64_t until = q->reply != NULL ? q->reply->at : INT64_MAX;
	if (q->deadline.is_overdue && q->deadline.due < until)
		until = q->deadline.due;
	return (struct pause){q->question->at, until};
}

static void read_clock(struct arena *arena, const struct casework_settings *s,
                       const struct case_file *c, int64_t now, struct case_desk *out)
{
	struct calendar calendar = settings_calendar(s, NULL);
	struct pause *pauses = arena_array(arena, out->question_count, sizeof *pauses);
	for (size_t i = 0; i < out->question_count; i++)
		pauses[i] = pause_of(&out->questions[i]);
	for (size_t i = 0; c->is_open && i < sizeof clocks / sizeof *clocks; i++) {
		if (clocks[i].kind != c->kind)
			continue;
		uint64_t days;
		memcpy(&days, (const char *)&s->days + clocks[i].days, sizeof days);
		out->has_clock = true;
		out->clock = clocks[i].name;
		out->deadline =
		    deadline_of(&calendar, c->opened, days, pauses, out->question_count, now);
	}
}

/* --- Who has it, and how it is flagged -------------------------------------------------------- */

static const struct paper *last_of(const struct paper papers[], size_t count, enum paper_kind kind)
{
	for (size_t i = count; i > 0; i--)
		if (papers[i - 1].kind == kind)
			return &papers[i - 1];
	return NULL;
}

static void remove_text(struct texts *t, const char *text)
{
	size_t kept = 0;
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->at[i], text) != 0)
			t->at[kept++] = t->at[i];
	t->count = kept;
}

/* A flag that somebody set or cleared stays as he left it, whatever the rules say. */
static void read_flags(struct arena *arena, const struct paper papers[], size_t count,
                       struct texts *flags)
{
	const char **at = arena_array(arena, flags->count + count, sizeof *at);
	if (flags->count > 0)
		memcpy(at, flags->at, flags->count * sizeof *at);
	flags->at = at;
	for (size_t i = 0; i < count; i++) {
		const struct flag_paper *f = &papers[i].value.flag;
		if (papers[i].kind != PAPER_FLAG)
			continue;
		remove_text(flags, f->flag);
		if (f->state == FLAG_SET)
			flags->at[flags->count++] = f->flag;
	}
}

static void read_assignment(const struct paper papers[], size_t count, struct case_desk *out)
{
	const struct paper *last = last_of(papers, count, PAPER_ASSIGNMENT);
	out->team = out->route.team;
	if (last == NULL)
		return;
	if (last->value.assignment.has_team)
		out->team = last->value.assignment.team;
	if (last->value.assignment.has_person)
		out->person = last->value.assignment.person;
}

/* --- What is missing -------------------------------------------------------------------------- */

static bool has_advised(const struct advice_summary *advice, const char *body)
{
	for (size_t i = 0; i < advice->count; i++)
		if (strcmp(advice->given[i].says->body, body) == 0)
			return true;
	return false;
}

static void read_missing(struct arena *arena, const struct case_file *c, struct case_desk *out)
{
	out->missing.at = arena_array(arena, out->route.bodies.count, sizeof *out->missing.at);
	for (size_t i = 0; i < out->route.bodies.count; i++)
		if (c->kind == KIND_APPLICATION &&
		    !has_advised(&c->advice, out->route.bodies.at[i]))
			out->missing.at[out->missing.count++] = out->route.bodies.at[i];
}

/* An answer counts with a source: what is only believed is no answer. */
static bool is_answered(const struct checklist_paper *paper, const char *question)
{
	const struct checklist_answer *answers = paper->answers.at;
	for (size_t i = 0; i < paper->answers.count; i++)
		if (strcmp(answers[i].question, question) == 0)
			return answers[i].sources.count > 0;
	return false;
}

static bool is_complete(const struct checklist_form *form, const struct paper papers[],
                        size_t count)
{
	const char *const *questions = (const char *const *)form->questions.at;
	const struct paper *last = NULL;
	for (size_t i = 0; i < count; i++)
		if (papers[i].kind == PAPER_CHECKLIST &&
		    strcmp(papers[i].value.checklist.name, form->name) == 0)
			last = &papers[i];
	for (size_t i = 0; last != NULL && i < form->questions.count; i++)
		if (!is_answered(&last->value.checklist, questions[i]))
			return false;
	return last != NULL;
}

static void read_unanswered(struct arena *arena, const struct casework_settings *s,
                            const struct paper papers[], size_t count, struct case_desk *out)
{
	out->unanswered.at =
	    arena_array(arena, out->route.checklists.count, sizeof *out->unanswered.at);
	for (size_t i = 0; i < out->route.checklists.count; i++) {
		const struct checklist_form *form =
		    settings_checklist(s, out->route.checklists.at[i]);
		if (form != NULL && !is_complete(form, papers, count))
			out->unanswered.at[out->unanswered.count++] = form->name;
	}
}

/* --- The desk --------------------------------------------------------------------------------- */

static bool has_route(const struct case_file *c)
{
	return c->kind == KIND_APPLICATION || c->kind == KIND_REPORT || c->kind == KIND_MEASURE;
}

void case_desk_of(struct arena *arena, const struct casework_settings *s, const struct case_file *c,
                  const struct paper papers[], size_t count, int64_t now, struct case_desk *out)
{
	static const struct list none = {0};
	*out = (struct case_desk){0};
	out->route = route_of(arena, has_route(c) ? &s->rules : &none, &c->facts);
	read_flags(arena, papers, count, &out->route.flags);
	read_assignment(papers, count, out);
	read_questions(arena, s, c, papers, count, now, out);
	out->stage = out->is_with_party ? "with the other side" : c->stage;
	read_clock(arena, s, c, now, out);
	read_missing(arena, c, out);
	read_unanswered(arena, s, papers, count, out);
}

static bool is_called(const char *name, const struct person *who)
{
	return name != NULL && strcmp(name, who->holder) == 0;
}

struct standing case_standing(const struct case_file *c, const struct route *route,
                              const struct person *who)
{
	struct standing out = {0};
	/* What is asked for is the exporter's affair; what was delivered is the end user's too. */
	out.is_party = (who->role == ROLE_EXPORTER && is_called(c->exporter, who)) ||
	               (who->role == ROLE_END_USER && c->kind != KIND_APPLICATION &&
	                is_called(c->end_user, who));
	out.is_heard =
	    who->role == ROLE_ADVISER && c->kind == KIND_APPLICATION &&
	    (texts_have(&route->bodies, who->holder) || has_advised(&c->advice, who->holder));
	return out;
}

const char *case_holder(struct arena *arena, const struct case_file *c,
                        const struct case_desk *desk)
{
	for (size_t i = 0; c->is_open && i < desk->question_count; i++) {
		const struct case_question *q = &desk->questions[i];
		const char *name = q->question->shared == ROLE_END_USER ? c->end_user : c->exporter;
		if (q->reply == NULL && !q->deadline.is_overdue && name != NULL)
			return name;
	}
	if (!c->is_open)
		return "nobody: it is decided";
	return desk->team != NULL ? arena_printf(arena, "the office (%s)", desk->team)
	                          : "the office";
}
