#include <stdio.h>

#include "base/instant.h"
#include "parts.h"

enum { CLOCK_SLACK_SECONDS = 5 };

/* --- Time ----------------------------------------------------------------------------------- */

int64_t gate_time(const struct proviso_gate *g, const struct instants *now)
{
	const struct force *f = &g->force;
	if (!f->has_clock)
		return 0;
	int64_t time = f->granted + (now->boot - f->accepted) / NANOSECONDS;
	return time > g->last_time ? time : g->last_time;
}

enum proviso_code gate_standing(const struct proviso_gate *g, const struct instants *now)
{
	const struct force *f = &g->force;
	if (f->code != PROVISO_ALLOWED)
		return f->code;
	if (now->boot >= f->expires)
		return PROVISO_EXPIRED;
	/* The boot clock itself goes back when a machine is restored from a snapshot. */
	if (now->boot < g->last_boot ||
	    now->wall - now->boot < f->wall_ahead - CLOCK_SLACK_SECONDS * NANOSECONDS)
		return PROVISO_CLOCK_BACK;
	return PROVISO_ALLOWED;
}

/* --- The question ----------------------------------------------------------------------------- */

struct question {
	struct uselog_label labels[3];
	struct mark marks[3];
	struct uselog_label with[PROVISO_WITH_MAX];
	size_t with_count, text_size;
	uint64_t met;
	const struct ready_subject *subject;
	const struct admitted_subject *admitted; /* where the scope demands it */
	const uint8_t *tag, *warrant_tag;        /* as they are recorded */
	uint8_t tag_type;
};

/* With the lock held. An admitted subject is recorded by the tag that a quorum can tell. */
static void question_subject(const struct proviso_gate *g, struct question *q,
                             const struct ready_subject *subject)
{
	const struct force *f = &g->force;
	q->subject = subject;
	q->admitted = NULL;
	q->tag = subject->tag;
	q->tag_type = PROVISO_TAG_SIPHASH;
	if (!f->admits)
		return;
	q->met |= f->admission; /* judged by itself */
	if (!f->has_tags || !g->admitted.is_whole || !hash_equal(&f->tags, &g->admitted.id))
		return;
	q->admitted = admitted_find(&g->admitted, subject->tag);
	if (q->admitted != NULL) {
		q->tag = q->admitted->tag;
		q->tag_type = PROVISO_TAG_VOPRF;
	}
}

static bool question_of(const struct proviso_gate *g, const struct proviso_use *use,
                        struct question *q)
{
	const uint32_t numbers[3] = {use->capability, use->purpose, use->territory};
	const struct ready_subject *subject = (const void *)use->subject;
	const struct ready_warrant *warrant = (const void *)use->warrant;
	if (subject == NULL || subject->gate != g->id ||
	    (warrant != NULL && warrant->gate != g->id) || use->with_count > PROVISO_WITH_MAX)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (numbers[i] - 1 >= g->labels.count)
			return false;
		q->labels[i].number = (uint16_t)numbers[i];
		q->marks[i] = g->marks[numbers[i] - 1];
	}
	q->with_count = use->with_count;
	q->text_size = 0;
	q->met = warrant != NULL ? g->force.warrant : 0;
	for (size_t i = 0; i < use->with_count; i++) {
		if (use->with[i] - 1 >= g->labels.count)
			return false;
		q->with[i].number = (uint16_t)use->with[i];
		q->met |= g->marks[use->with[i] - 1].meets;
	}
	question_subject(g, q, subject);
	q->warrant_tag = warrant != NULL ? warrant->tag : NULL;
	return true;
}

/* --- The answer ------------------------------------------------------------------------------- */

static bool window_is_open(const struct proviso_gate *g, const struct instants *now,
                           const int64_t *at, enum proviso_code *code)
{
	const struct force *f = &g->force;
	*code = PROVISO_NOT_YET;
	if (at != NULL ? *at < f->scope->from : now->boot < f->begins)
		return false;
	*code = PROVISO_TOO_LATE;
	return at != NULL ? *at < f->scope->until : now->boot < f->ends;
}

static enum proviso_code judge_limits(const struct proviso_gate *g, const struct question *q,
                                      int64_t time)
{
	const struct force *f = &g->force;
	for (size_t i = 0; i < g->system.authority_count; i++)
		if (!subjects_have_room(&g->leases[i].subjects, q->tag))
			return PROVISO_LIMIT_SUBJECTS;
	if (f->uses_per_day > 0 && time / DAY_SECONDS == g->day && g->uses_today >= f->uses_per_day)
		return PROVISO_LIMIT_USES;
	return f->unknown_limit ? PROVISO_LIMIT_UNKNOWN : PROVISO_ALLOWED;
}

/* With `at`, as if the leases kept were renewed until then. */
static enum proviso_code judge(const struct proviso_gate *g, const struct question *q,
                               const struct instants *now, const int64_t *at, int64_t time)
{
	static const enum proviso_code outside[3] = {PROVISO_CAPABILITY, PROVISO_PURPOSE,
	                                             PROVISO_TERRITORY};
	const struct force *f = &g->force;
	enum proviso_code code = gate_standing(g, now);
	size_t which;
	if (code != PROVISO_ALLOWED && (at == NULL || code < PROVISO_OTHER_BOOT))
		return code;
	for (unsigned i = 0; i < 3; i++)
		if ((q->marks[i].allowed >> i & 1) == 0)
			return outside[i];
	if (f->scope->subject_not.count > 0 &&
	    selector_matches(&f->scope->subject_not, &q->subject->selector, &which))
		return PROVISO_SUBJECT;
	if (f->unmeetable || (f->required & ~q->met) != 0)
		return PROVISO_OBLIGATION;
	if (!window_is_open(g, now, at, &code))
		return code;
	if (f->admits && q->admitted == NULL)
		return PROVISO_NOT_ADMITTED;
	if (f->admits && q->admitted->is_protected)
		return PROVISO_PROTECTED;
	return judge_limits(g, q, time);
}

void gate_count(struct proviso_gate *g, const uint8_t tag[PROVISO_TAG_SIZE], int64_t time)
{
	int64_t day = time / DAY_SECONDS;
	if (day > g->day) {
		g->day = day;
		g->uses_today = 0;
	}
	g->uses_today++;
	for (size_t i = 0; i < g->system.authority_count; i++)
		subjects_add(&g->leases[i].subjects, tag);
}

static enum proviso_code record(struct proviso_gate *g, const struct question *q,
                                const struct instants *now, enum proviso_code code,
                                struct proviso_answer *answer)
{
	uint8_t *to = uselog_room(&g->log, USELOG_USE_MAX + q->text_size);
	if (to == NULL) {
		enum proviso_code why =
		    g->log.health == USELOG_FULL ? PROVISO_LOG_FULL : PROVISO_LOG_DAMAGED;
		return code == PROVISO_ALLOWED ? why : code;
	}
	struct uselog_use use = {
	    .code = (uint8_t)code,
	    .labels = {q->labels[0], q->labels[1], q->labels[2]},
	    .with = q->with,
	    .with_count = q->with_count,
	    .tag_type = q->tag_type,
	    .tag = q->tag,
	    .warrant_tag = q->warrant_tag,
	    .time = answer->time,
	    .wall = now->wall / NANOSECONDS,
	    .sequence = g->leases[0].body.sequence,
	};
	answer->position = uselog_commit(&g->log, uselog_body_use(to, &use));
	if (answer->time > g->last_time)
		g->last_time = answer->time;
	if (now->boot > g->last_boot)
		g->last_boot = now->boot;
	if (code == PROVISO_ALLOWED) {
		g->allowed++;
		gate_count(g, q->tag, answer->time);
	} else {
		g->refused++;
	}
	return code;
}

static void clear(struct proviso_answer *answer)
{
	answer->allowed = answer->would_be_allowed = false;
	answer->code = PROVISO_MALFORMED;
	answer->time = 0;
	answer->position = 0;
	answer->words[0] = 0;
}

/* With the lock held: a question well formed is judged, and recorded when it is `real`. */
static void answer_question(struct proviso_gate *g, const struct question *q, const int64_t *at,
                            bool real, struct proviso_answer *answer)
{
	struct instants now;
	clock_read(&g->clock, &now);
	answer->time = at != NULL ? *at : gate_time(g, &now);
	answer->code = judge(g, q, &now, at, answer->time);
	if (real)
		answer->code = record(g, q, &now, answer->code, answer);
	answer->would_be_allowed = answer->code == PROVISO_ALLOWED;
	answer->allowed = real && answer->would_be_allowed;
}

bool proviso_gate_decide(struct proviso_gate *g, const struct proviso_use *use,
                         struct proviso_answer *answer)
{
	struct question q;
	clear(answer);
	enum proviso_code code = gate_usable(g);
	if (code == PROVISO_ALLOWED && g->read_only)
		code = PROVISO_READ_ONLY;
	if (code != PROVISO_ALLOWED) {
		answer->code = code;
		return false;
	}
	if (g->remote != NULL) {
		remote_decide(g, use, true, NULL, answer);
		return answer->allowed;
	}
	pthread_mutex_lock(&g->lock);
	if (question_of(g, use, &q))
		answer_question(g, &q, NULL, true, answer);
	pthread_mutex_unlock(&g->lock);
	return answer->allowed;
}

bool proviso_gate_ask(struct proviso_gate *g, const struct proviso_use *use, const int64_t *at,
                      struct proviso_answer *answer)
{
	struct question q;
	clear(answer);
	enum proviso_code code = gate_usable(g);
	if (code != PROVISO_ALLOWED) {
		answer->code = code;
		return false;
	}
	if (g->remote != NULL) {
		remote_decide(g, use, false, at, answer);
		return answer->would_be_allowed;
	}
	pthread_mutex_lock(&g->lock);
	if (question_of(g, use, &q))
		answer_question(g, &q, at, false, answer);
	pthread_mutex_unlock(&g->lock);
	return answer->would_be_allowed;
}

/* --- In words --------------------------------------------------------------------------------- */

static bool dimension_of(enum proviso_code code, enum scope_dimension *out)
{
	static const struct {
		enum proviso_code code;
		enum scope_dimension dimension;
	} pairs[] = {
	    {PROVISO_CAPABILITY, SCOPE_CAPABILITY}, {PROVISO_PURPOSE, SCOPE_PURPOSE},
	    {PROVISO_TERRITORY, SCOPE_TERRITORY},   {PROVISO_SUBJECT, SCOPE_SUBJECT_NOT},
	    {PROVISO_OBLIGATION, SCOPE_REQUIRE},    {PROVISO_NOT_YET, SCOPE_FROM},
	    {PROVISO_TOO_LATE, SCOPE_UNTIL},
	};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (pairs[i].code == code) {
			*out = pairs[i].dimension;
			return true;
		}
	return false;
}

static void refused_words(const struct proviso_gate *g, struct proviso_answer *answer)
{
	for (size_t i = 0; i < g->system.authority_count; i++)
		if (g->leases[i].code == PROVISO_LEASE_REFUSED) {
			snprintf(answer->words, sizeof answer->words,
			         "%s refused to renew: %s (%s)", g->system.authorities[i].name,
			         g->leases[i].refusal.reason, g->leases[i].refusal.code);
			return;
		}
}

/* With the lock held. `texts` are the three labels', `with` the obligations'. */
static void fill_words(const struct proviso_gate *g, const struct question *q,
                       const char *const texts[3], const char *const with[],
                       struct proviso_answer *answer)
{
	owned_arena arena = {0};
	enum scope_dimension which;
	const char *met[PROVISO_WITH_MAX + 2];
	size_t met_count = 0;
	const char *text = proviso_code_text(answer->code);
	snprintf(answer->words, sizeof answer->words, "%s", text != NULL ? text : "");
	if (answer->code == PROVISO_LEASE_REFUSED)
		refused_words(g, answer);
	if (q == NULL || !dimension_of(answer->code, &which) || g->force.unmeetable)
		return;
	for (size_t i = 0; i < q->with_count; i++)
		if (strcmp(with[i], "warrant") != 0 && strcmp(with[i], "admission") != 0)
			met[met_count++] = with[i];
	if (g->force.admits)
		met[met_count++] = "admission";
	if (q->warrant_tag != NULL)
		met[met_count++] = "warrant";
	struct scope_use use = {.capability = texts[0],
	                        .purpose = texts[1],
	                        .territory = texts[2],
	                        .subject = &q->subject->selector,
	                        .at = answer->time,
	                        .with = met,
	                        .with_count = met_count};
	snprintf(answer->words, sizeof answer->words, "%s",
	         scope_refusal(&arena, g->force.scope, &use, which));
}

void proviso_gate_explain(struct proviso_gate *g, const struct proviso_use *use,
                          struct proviso_answer *answer)
{
	struct question q;
	if (gate_usable(g) != PROVISO_ALLOWED) {
		fill_words(g, NULL, NULL, NULL, answer);
		return;
	}
	if (g->remote != NULL) {
		remote_explain(g, use, answer);
		return;
	}
	pthread_mutex_lock(&g->lock);
	const char *texts[3] = {"", "", ""}, *with[PROVISO_WITH_MAX];
	bool known = question_of(g, use, &q);
	for (size_t i = 0; known && i < 3; i++)
		texts[i] = g->labels.at[q.labels[i].number - 1];
	for (size_t i = 0; known && i < q.with_count; i++)
		with[i] = g->labels.at[q.with[i].number - 1];
	fill_words(g, known ? &q : NULL, texts, with, answer);
	pthread_mutex_unlock(&g->lock);
}

/* --- From text -------------------------------------------------------------------------------- */

/* The label's number where it has one: what is asked for once is no reason to give it one. */
static bool text_label(const struct proviso_gate *g, const char *text, struct uselog_label *label,
                       struct mark *mark, struct err *e)
{
	if (text == NULL)
		return err_usage(e, "a use has a capability, a purpose, a territory and a subject");
	if (!scope_label_check(bytes_text(text), e))
		return false;
	*mark = force_mark(&g->force, text);
	*label = (struct uselog_label){.text = text};
	for (uint32_t i = 0; i < g->labels.count && label->number == 0; i++)
		if (strcmp(g->labels.at[i], text) == 0)
			label->number = (uint16_t)(i + 1);
	return true;
}

static bool text_question(const struct proviso_gate *g, const struct proviso_use_text *use,
                          const struct ready_subject *subject, const struct ready_warrant *warrant,
                          struct question *q, struct err *e)
{
	const char *const texts[3] = {use->capability, use->purpose, use->territory};
	struct mark mark;
	*q = (struct question){.with_count = use->with_count,
	                       .warrant_tag = use->warrant != NULL ? warrant->tag : NULL,
	                       .met = use->warrant != NULL ? g->force.warrant : 0};
	for (size_t i = 0; i < 3; i++)
		if (!text_label(g, texts[i], &q->labels[i], &q->marks[i], e))
			return false;
	for (size_t i = 0; i < use->with_count; i++) {
		if (!text_label(g, use->with[i], &q->with[i], &mark, e))
			return false;
		q->met |= mark.meets;
	}
	q->text_size = (3 + use->with_count) * PROVISO_LABEL_MAX;
	question_subject(g, q, subject);
	return true;
}

static bool answer_text(struct proviso_gate *g, const struct proviso_use_text *use,
                        const int64_t *at, bool real, struct proviso_answer *answer,
                        struct proviso_error *error)
{
	struct proviso_subject subject;
	struct proviso_warrant warrant;
	struct err e = {0};
	struct question q;
	clear(answer);
	if (error != NULL)
		*error = (struct proviso_error){0};
	enum proviso_code code = gate_usable(g);
	if (code == PROVISO_ALLOWED && real && g->read_only)
		code = PROVISO_READ_ONLY;
	if (code != PROVISO_ALLOWED) {
		answer->code = code;
		fill_words(g, NULL, NULL, NULL, answer);
		return false;
	}
	if (use->with_count > PROVISO_WITH_MAX) {
		err_usage(&e, "%zu obligations are more than %d", use->with_count,
		          PROVISO_WITH_MAX);
		return error_give(error, &e);
	}
	if (g->remote != NULL)
		return remote_answer_text(g, use, at, real, answer, error);
	if (!proviso_gate_subject(g, use->subject, &subject, error) ||
	    (use->warrant != NULL && !proviso_gate_warrant(g, use->warrant, &warrant, error)))
		return false;
	pthread_mutex_lock(&g->lock);
	bool good = text_question(g, use, (const void *)&subject, (const void *)&warrant, &q, &e);
	if (good) {
		answer_question(g, &q, at, real, answer);
		fill_words(g, &q,
		           (const char *const[]){use->capability, use->purpose, use->territory},
		           use->with, answer);
	}
	pthread_mutex_unlock(&g->lock);
	return good ? answer->would_be_allowed : error_give(error, &e);
}

bool proviso_gate_decide_text(struct proviso_gate *g, const struct proviso_use_text *use,
                              struct proviso_answer *answer, struct proviso_error *error)
{
	return answer_text(g, use, NULL, true, answer, error);
}

bool proviso_gate_ask_text(struct proviso_gate *g, const struct proviso_use_text *use,
                           const int64_t *at, struct proviso_answer *answer,
                           struct proviso_error *error)
{
	return answer_text(g, use, at, false, answer, error);
}
