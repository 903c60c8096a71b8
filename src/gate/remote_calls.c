#include <stdio.h>

#include "parts.h"
#include "system.h"

static bool give(struct proviso_error *out, const struct proviso_error *error)
{
	if (out != NULL)
		*out = *error;
	return false;
}

/* --- Labels ------------------------------------------------------------------------------- */

static void take_label(void *ctx, const struct wire_reply *reply)
{
	*(struct wire_reply *)ctx = *reply;
}

/*
 * Kept under the number that the daemon gives: numbers are the same in process and beside. A
 * number that has a meaning here keeps it, whatever daemon answers now.
 */
static bool keep_label(struct proviso_gate *g, const char *label, uint32_t number, struct err *e)
{
	pthread_mutex_lock(&g->lock);
	char *at = g->labels.at[number - 1];
	bool is_same = *at == 0 || strcmp(at, label) == 0;
	if (*at == 0)
		strcpy(at, label);
	if (number > g->labels.count)
		g->labels.count = number;
	pthread_mutex_unlock(&g->lock);
	if (is_same)
		return true;
	err_environment(e, "another system answers now: open the gate again");
	e->rule = "gate.unreachable";
	return false;
}

/* Looking leaves no trace with the daemon: the number is this gate's own. */
static bool own_label(struct proviso_gate *g, const char *label, uint32_t *out, struct err *e)
{
	uint32_t i = 0;
	pthread_mutex_lock(&g->lock);
	while (i < g->labels.count && strcmp(g->labels.at[i], label) != 0)
		i++;
	bool room = i < PROVISO_LABELS_MAX;
	if (room && i == g->labels.count)
		strcpy(g->labels.at[g->labels.count++], label);
	pthread_mutex_unlock(&g->lock);
	*out = i + 1;
	return room || err_refused(e, "gate.too-many-labels", "%d labels have numbers already",
	                           PROVISO_LABELS_MAX);
}

/* The rule of an error from the wire; those that a label can meet. */
static bool label_error(const struct proviso_error *error, struct err *e)
{
	static const char *const rules[] = {"scope.label", "gate.too-many-labels",
	                                    "gate.use-log-full", "gate.use-log-damaged"};
	*e = (struct err){.kind = (enum err_kind)error->kind};
	snprintf(e->text, sizeof e->text, "%s", error->text);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (strcmp(rules[i], error->code) == 0)
			e->rule = rules[i];
	return false;
}

bool remote_label(struct proviso_gate *g, const char *label, uint32_t *out, struct err *e)
{
	struct wire_request q = {.operation = WIRE_LABEL, .label = label};
	struct wire_reply reply;
	if (g->read_only)
		return own_label(g, label, out, e);
	if (!remote_call(g->remote, &q, take_label, &reply, e))
		return false;
	if (!reply.has_result)
		return label_error(&reply.error, e);
	*out = reply.label;
	return keep_label(g, label, reply.label, e);
}

/* --- Deciding ------------------------------------------------------------------------------ */

static void take_answer(void *ctx, const struct wire_reply *reply)
{
	if (reply->has_result)
		*(struct proviso_answer *)ctx = reply->answer;
}

static void ask(struct proviso_gate *g, struct wire_request *q, const int64_t *at, bool real,
                struct proviso_answer *answer)
{
	struct err e = {0};
	q->operation = real ? WIRE_DECIDE : WIRE_ASK;
	q->has_at = at != NULL;
	q->at = at != NULL ? *at : 0;
	if (remote_call(g->remote, q, take_answer, answer, &e))
		return;
	answer->code = PROVISO_UNREACHABLE;
	snprintf(answer->words, sizeof answer->words, "%s", e.text);
}

/* The texts that a numbered use stands for; false when it has no meaning. */
static bool texts_of(struct proviso_gate *g, const struct proviso_use *use, struct wire_request *q)
{
	const struct ready_subject *subject = (const void *)use->subject;
	const struct ready_warrant *warrant = (const void *)use->warrant;
	const uint32_t numbers[3] = {use->capability, use->purpose, use->territory};
	const char **const texts[3] = {&q->use.capability, &q->use.purpose, &q->use.territory};
	if (subject == NULL || subject->gate != g->id ||
	    (warrant != NULL && warrant->gate != g->id) || use->with_count > PROVISO_WITH_MAX)
		return false;
	pthread_mutex_lock(&g->lock);
	bool known = true;
	for (size_t i = 0; known && i < 3; i++) {
		known = numbers[i] - 1 < g->labels.count && g->labels.at[numbers[i] - 1][0] != 0;
		if (known)
			*texts[i] = g->labels.at[numbers[i] - 1];
	}
	for (size_t i = 0; known && i < use->with_count; i++) {
		known =
		    use->with[i] - 1 < g->labels.count && g->labels.at[use->with[i] - 1][0] != 0;
		if (known)
			q->with[i] = g->labels.at[use->with[i] - 1];
	}
	pthread_mutex_unlock(&g->lock);
	q->use.subject = subject->selector.text;
	q->use.warrant = warrant != NULL ? warrant->text : NULL;
	q->use.with = q->with;
	q->use.with_count = use->with_count;
	return known;
}

void remote_decide(struct proviso_gate *g, const struct proviso_use *use, bool real,
                   const int64_t *at, struct proviso_answer *answer)
{
	struct wire_request q;
	q.use = (struct proviso_use_text){0};
	if (texts_of(g, use, &q))
		ask(g, &q, at, real, answer);
	answer->words[0] = 0;
}

/* By asking again, dry; where the answer has become another its own sentence has to do. */
void remote_explain(struct proviso_gate *g, const struct proviso_use *use,
                    struct proviso_answer *answer)
{
	struct wire_request q;
	struct proviso_answer dry = {.code = PROVISO_MALFORMED};
	const char *text = proviso_code_text(answer->code);
	q.use = (struct proviso_use_text){0};
	snprintf(answer->words, sizeof answer->words, "%s", text != NULL ? text : "");
	if (!texts_of(g, use, &q))
		return;
	ask(g, &q, NULL, false, &dry);
	if (dry.code == answer->code)
		memcpy(answer->words, dry.words, sizeof answer->words);
}

/* What a malformed question is told is told here: it is not sent. */
static bool well_formed(const struct proviso_use_text *use, struct err *e)
{
	const char *const texts[3] = {use->capability, use->purpose, use->territory};
	for (size_t i = 0; i < 3 + use->with_count; i++) {
		const char *text = i < 3 ? texts[i] : use->with[i - 3];
		if (text == NULL)
			return err_usage(
			    e, "a use has a capability, a purpose, a territory and a subject");
		if (!scope_label_check(bytes_text(text), e))
			return false;
	}
	return true;
}

bool remote_answer_text(struct proviso_gate *g, const struct proviso_use_text *use,
                        const int64_t *at, bool real, struct proviso_answer *answer,
                        struct proviso_error *error)
{
	struct err e = {0};
	struct wire_request q;
	struct proviso_subject subject;
	if (!proviso_gate_subject(g, use->subject, &subject, error))
		return false;
	if (use->warrant != NULL && !warrant_check(use->warrant, &e))
		return error_give(error, &e);
	if (!well_formed(use, &e))
		return error_give(error, &e);
	q.use = *use;
	q.use.subject = ((const struct ready_subject *)(const void *)&subject)->selector.text;
	ask(g, &q, at, real, answer);
	return answer->would_be_allowed;
}

/* --- Renewing ------------------------------------------------------------------------------ */

struct taken {
	struct proviso_error error;
	void *to;
	size_t room, size;
};

static void take_bytes(void *ctx, const struct wire_reply *reply)
{
	struct taken *t = ctx;
	t->error = reply->error;
	t->size = reply->has_result ? reply->bytes.len : 0;
	if (t->size > 0 && t->size <= t->room)
		memcpy(t->to, reply->bytes.at, t->size);
}

static void take_error(void *ctx, const struct wire_reply *reply)
{
	((struct taken *)ctx)->error = reply->error;
}

static bool call_for_error(struct proviso_gate *g, struct wire_request *q,
                           struct proviso_error *error)
{
	struct err e = {0};
	struct taken t = {0};
	if (!remote_call(g->remote, q, take_error, &t, &e))
		return error_give(error, &e);
	return t.error.kind == PROVISO_OK || give(error, &t.error);
}

bool remote_request(struct proviso_gate *g, size_t authority, void *to, size_t *size,
                    struct proviso_error *error)
{
	struct err e = {0};
	struct wire_request q = {.operation = WIRE_REQUEST, .authority = authority};
	struct taken t = {.to = to, .room = *size};
	if (!remote_call(g->remote, &q, take_bytes, &t, &e))
		return error_give(error, &e);
	if (t.error.kind != PROVISO_OK)
		return give(error, &t.error);
	if (t.size > t.room) {
		err_usage(&e, "a request of %zu bytes has no room in %zu", t.size, t.room);
		return error_give(error, &e);
	}
	*size = t.size;
	return true;
}

bool remote_accept(struct proviso_gate *g, struct bytes reply, struct proviso_error *error)
{
	struct wire_request q = {.operation = WIRE_ACCEPT, .reply = reply};
	struct err e = {0};
	if (reply.len > PROVISO_REPLY_MAX) {
		err_input(&e, "reply.too-large", "a reply has at most %d bytes", PROVISO_REPLY_MAX);
		return error_give(error, &e);
	}
	return call_for_error(g, &q, error);
}

bool remote_sync(struct proviso_gate *g, struct proviso_error *error)
{
	struct wire_request q = {.operation = WIRE_SYNC};
	return call_for_error(g, &q, error);
}

/* --- Looking ------------------------------------------------------------------------------- */

static void take_status(void *ctx, const struct wire_reply *reply)
{
	if (reply->has_result)
		*(struct proviso_status *)ctx = reply->status;
}

static void take_lease(void *ctx, const struct wire_reply *reply)
{
	if (reply->has_result)
		*(struct proviso_lease_status *)ctx = reply->lease;
}

void remote_status(struct proviso_gate *g, struct proviso_status *out)
{
	struct err e = {0};
	struct wire_request q = {.operation = WIRE_STATUS};
	out->code = PROVISO_UNREACHABLE;
	remote_call(g->remote, &q, take_status, out, &e);
}

bool remote_lease(struct proviso_gate *g, size_t authority, struct proviso_lease_status *out)
{
	struct err e = {0};
	struct wire_request q = {.operation = WIRE_LEASE, .authority = authority};
	return remote_call(g->remote, &q, take_lease, out, &e) && out->authority[0] != 0;
}

struct renewal_taken {
	bool there;
	struct proviso_renewal_status *out;
};

static void take_renewal(void *ctx, const struct wire_reply *reply)
{
	struct renewal_taken *t = ctx;
	t->there = reply->has_result;
	if (t->there)
		*t->out = reply->renewal;
}

bool remote_renewal(struct proviso_gate *g, size_t authority, struct proviso_renewal_status *out)
{
	struct err e = {0};
	struct wire_request q = {.operation = WIRE_RENEWAL, .authority = authority};
	struct renewal_taken t = {.out = out};
	return remote_call(g->remote, &q, take_renewal, &t, &e) && t.there;
}

bool remote_scope(struct proviso_gate *g, char *to, size_t room, struct proviso_error *error)
{
	struct err e = {0};
	struct wire_request q = {.operation = WIRE_SCOPE};
	struct taken t = {.to = to, .room = room > 0 ? room - 1 : 0};
	if (!remote_call(g->remote, &q, take_bytes, &t, &e))
		return error_give(error, &e);
	if (t.error.kind != PROVISO_OK)
		return give(error, &t.error);
	if (t.size > t.room) {
		err_environment(&e, "a scope of %zu bytes has no room in %zu", t.size, room);
		return error_give(error, &e);
	}
	to[t.size] = 0;
	return true;
}
