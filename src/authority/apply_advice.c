/* Advice of the bodies that must be heard, and that a decision names what it heard. */
#include "judge.h"

/* Whether provisos stand with an approval with provisos, and nowhere else. */
static bool judge_provisos(struct judge *j, unsigned verdict, const struct scope *scope,
                           const struct list *provisos)
{
	bool says_scope = scope != NULL,
	     is_right = !says_scope || (!scope->none && !scope_equal(scope, &scope_any));
	bool has_any = says_scope || provisos->count > 0;
	if (is_right && has_any == (verdict == DECISION_APPROVE_WITH_PROVISOS))
		return true;
	return err_refused(j->e, "advice.provisos",
	                   "provisos stand in an approval with provisos, one at least, and nowhere "
	                   "else; a scope among "
	                   "them leaves something, and less than any");
}

static bool is_known_part(const struct application_body *application, const char *about)
{
	static const char *const fixed[] = {"exporter", "end-user", "item"};
	const struct other_party *others = application->parties.at;
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (strcmp(about, fixed[i]) == 0)
			return true;
	for (size_t i = 0; i < application->parties.count; i++)
		if (strcmp(about, others[i].role) == 0)
			return true;
	return false;
}

static bool judge_parts(struct judge *j, const struct application_body *application)
{
	const struct list *list = &j->record->body.advice.parts;
	const struct advice_part *parts = list->at;
	for (size_t i = 0; i < list->count; i++) {
		if (!is_known_part(application, parts[i].about))
			return err_refused(j->e, "advice.parts", "the application has no %s",
			                   parts[i].about);
		for (size_t k = 0; k < i; k++)
			if (strcmp(parts[k].about, parts[i].about) == 0)
				return err_refused(j->e, "advice.parts",
				                   "it speaks of the %s twice", parts[i].about);
		if (!judge_provisos(j, parts[i].verdict, parts[i].has_scope ? parts[i].scope : NULL,
		                    &parts[i].provisos))
			return false;
	}
	return true;
}

/* The body's latest advice on an application; *found false: it has given none. */
static bool latest(struct judge *j, const struct hash *application, const char *body,
                   struct hash *out, bool *found)
{
	struct bytes value = {0};
	if (!j->state->get(j->state->ctx, key_advice(j->arena, application, body), j->arena, &value,
	                   j->e))
		return false;
	*found = value.at != NULL;
	if (*found)
		memcpy(out->at, value.at, HASH_SIZE);
	return true;
}

static bool judge_replaced(struct judge *j)
{
	const struct advice_body *body = &j->record->body.advice;
	struct hash last;
	bool found;
	if (!latest(j, &body->application, body->body, &last, &found))
		return false;
	if (found && !body->has_replaces)
		return err_refused(j->e, "advice.already-given",
		                   "%s has advised: say that this replaces %s", body->body,
		                   short_id(j->arena, &last));
	if (body->has_replaces && (!found || !hash_equal(&last, &body->replaces)))
		return err_refused(j->e, "advice.already-given",
		                   "%s is not the latest advice of %s",
		                   short_id(j->arena, &body->replaces), body->body);
	return true;
}

bool judge_advice(struct judge *j)
{
	const struct advice_body *body = &j->record->body.advice;
	struct application_entry application;
	union record_body applied;
	bool found;
	if (!judge_has_application(j, &body->application, "advice.application-unknown",
	                           &application))
		return false;
	if (strcmp(body->body, j->signer.holder) != 0)
		return err_refused(j->e, "advice.not-signatory",
		                   "it speaks for %s and is signed by %s", body->body,
		                   j->signer.holder);
	if (application.stage != APPLICATION_OPEN)
		return err_refused(j->e, "advice.already-decided", "it was decided by %s",
		                   short_id(j->arena, &application.decision));
	if (!judge_body(j, &body->application, KIND_APPLICATION, &applied, &found) ||
	    !judge_provisos(j, body->verdict, body->has_scope ? body->scope : NULL,
	                    &body->provisos) ||
	    !judge_parts(j, &applied.application) || !judge_replaced(j))
		return false;
	change_put(j->out, key_advice(j->arena, &body->application, body->body),
	           bytes_copy(j->arena, hash_bytes(&j->record->id)));
	return true;
}

bool judge_heard(struct judge *j, const struct hash *application, const struct list *advice)
{
	const struct hash *ids = advice->at;
	for (size_t i = 0; i < advice->count; i++) {
		union record_body heard;
		struct hash last;
		bool found;
		if (!judge_body(j, &ids[i], KIND_ADVICE, &heard, &found))
			return false;
		if (!found || !hash_equal(&heard.advice.application, application))
			return err_refused(j->e, "decision.advice",
			                   "%s is no advice on this application",
			                   short_id(j->arena, &ids[i]));
		if (!latest(j, application, heard.advice.body, &last, &found))
			return false;
		if (!hash_equal(&last, &ids[i]))
			return err_refused(j->e, "decision.advice", "%s has advised anew: %s",
			                   heard.advice.body, short_id(j->arena, &last));
		for (size_t k = 0; k < i; k++)
			if (hash_equal(&ids[k], &ids[i]))
				return err_refused(j->e, "decision.advice", "it names %s twice",
				                   short_id(j->arena, &ids[i]));
	}
	return true;
}
