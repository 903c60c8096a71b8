/* Cases of rules_test.c: the advice of the bodies that must be heard. */
#ifndef PROVISO_TEST_RULES_ADVICE_H
#define PROVISO_TEST_RULES_ADVICE_H

#include "case.h"

static struct advice_body first_advice(struct world *w, struct secret_key *by, unsigned verdict)
{
	*by = world_adviser(w, "defence");
	return world_advice(w, by, verdict);
}

static bool advice_application_unknown(struct world *w, bool broken, struct err *e)
{
	struct secret_key by;
	struct advice_body body = first_advice(w, &by, DECISION_APPROVE);
	body.application.at[0] ^= broken;
	return DO(KIND_ADVICE, &body, &by);
}

static bool advice_not_signatory(struct world *w, bool broken, struct err *e)
{
	struct secret_key by, other = world_adviser(w, "justice");
	struct advice_body body = first_advice(w, &by, DECISION_APPROVE);
	return DO(KIND_ADVICE, &body, broken ? &other : &by);
}

static bool advice_is_an_advisers(struct world *w, bool broken, struct err *e)
{
	struct secret_key by;
	struct advice_body body = first_advice(w, &by, DECISION_APPROVE);
	body.body = broken ? w->officers[0].public.name : body.body;
	return DO(KIND_ADVICE, &body, broken ? &w->officers[0] : &by);
}

static bool officer_registers_no_adviser(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("defence");
	struct key_body body = world_key_body(ROLE_ADVISER, &key);
	return DO(KIND_KEY, &body, broken ? &w->officers[0] : &w->authority);
}

static bool advice_after_the_decision(struct world *w, bool broken, struct err *e)
{
	struct secret_key by;
	struct advice_body body = first_advice(w, &by, DECISION_REFUSE);
	struct decision_body decision = world_decision(w);
	if (broken)
		world_must(w, KIND_DECISION, &decision, &w->officers[0], NULL);
	return DO(KIND_ADVICE, &body, &by);
}

static bool advice_without_its_provisos(struct world *w, bool broken, struct err *e)
{
	struct secret_key by;
	struct advice_body body = first_advice(w, &by, DECISION_APPROVE_WITH_PROVISOS);
	if (broken)
		body.provisos.count = 0;
	return DO(KIND_ADVICE, &body, &by);
}

static bool advice_refuses_with_provisos(struct world *w, bool broken, struct err *e)
{
	struct secret_key by;
	struct advice_body body = first_advice(w, &by, DECISION_REFUSE);
	if (broken)
		body.provisos = WORLD_LIST_OF(w, const char *, "A yearly account.");
	return DO(KIND_ADVICE, &body, &by);
}

static bool advice_scope(struct world *w, const char *scope, struct err *e)
{
	struct secret_key by;
	struct advice_body body = first_advice(w, &by, DECISION_APPROVE_WITH_PROVISOS);
	body.has_scope = true;
	body.scope = world_scope(w, scope);
	return DO(KIND_ADVICE, &body, &by);
}

static bool advice_scope_is_a_limit(struct world *w, bool broken, struct err *e)
{
	return advice_scope(w, broken ? "any" : "territory=XR.C", e);
}

static bool advice_scope_leaves_something(struct world *w, bool broken, struct err *e)
{
	return advice_scope(w, broken ? "none" : "territory=XR.C", e);
}

static bool advice_with_parts(struct world *w, struct advice_part one, struct advice_part two,
                              struct err *e)
{
	struct secret_key by;
	struct advice_body body = first_advice(w, &by, DECISION_APPROVE);
	body.parts = WORLD_LIST_OF(w, struct advice_part, one, two);
	return DO(KIND_ADVICE, &body, &by);
}

static bool advice_part_unknown(struct world *w, bool broken, struct err *e)
{
	return advice_with_parts(w,
	                         (struct advice_part){.about = "item", .verdict = DECISION_APPROVE},
	                         (struct advice_part){.about = broken ? "broker" : "end-user",
	                                              .verdict = DECISION_REFUSE},
	                         e);
}

static bool advice_part_twice(struct world *w, bool broken, struct err *e)
{
	return advice_with_parts(
	    w, (struct advice_part){.about = "item", .verdict = DECISION_APPROVE},
	    (struct advice_part){.about = broken ? "item" : "exporter", .verdict = DECISION_REFUSE},
	    e);
}

static bool advice_part_without_its_provisos(struct world *w, bool broken, struct err *e)
{
	struct advice_part two = {.about = "end-user", .verdict = DECISION_APPROVE_WITH_PROVISOS};
	if (!broken) {
		two.has_scope = true;
		two.scope = world_scope(w, "territory=XR.C");
	}
	return advice_with_parts(
	    w, (struct advice_part){.about = "item", .verdict = DECISION_APPROVE}, two, e);
}

static bool advice_again(struct world *w, bool broken, struct err *e)
{
	struct secret_key by = world_adviser(w, "defence"), other = world_adviser(w, "justice");
	struct hash first = world_advise(w, &by, DECISION_APPROVE);
	struct advice_body body = world_advice(w, &by, DECISION_REFUSE);
	world_advise(w, &other, DECISION_APPROVE);
	body.has_replaces = !broken;
	body.replaces = first;
	return DO(KIND_ADVICE, &body, &by);
}

static bool advice_replaces_anothers(struct world *w, bool broken, struct err *e)
{
	struct secret_key by = world_adviser(w, "defence"), other = world_adviser(w, "justice");
	struct hash first = world_advise(w, &by, DECISION_APPROVE),
	            others = world_advise(w, &other, DECISION_APPROVE);
	struct advice_body body = world_advice(w, &by, DECISION_REFUSE);
	body.has_replaces = true;
	body.replaces = broken ? others : first;
	return DO(KIND_ADVICE, &body, &by);
}

static bool advice_replaces_nothing(struct world *w, bool broken, struct err *e)
{
	struct secret_key by;
	struct advice_body body = first_advice(w, &by, DECISION_REFUSE);
	body.has_replaces = broken;
	body.replaces = w->application;
	return DO(KIND_ADVICE, &body, &by);
}

static bool decide_hearing(struct world *w, struct hash one, struct hash two, struct err *e)
{
	struct decision_body decision = world_decision(w);
	decision.advice = WORLD_LIST_OF(w, struct hash, one, two);
	return DO(KIND_DECISION, &decision, &w->officers[0]);
}

static bool decision_hears_twice(struct world *w, bool broken, struct err *e)
{
	struct secret_key by = world_adviser(w, "defence"), other = world_adviser(w, "justice");
	struct hash one = world_advise(w, &by, DECISION_APPROVE),
	            two = world_advise(w, &other, DECISION_APPROVE);
	return decide_hearing(w, one, broken ? one : two, e);
}

static bool decision_hears_no_advice(struct world *w, bool broken, struct err *e)
{
	struct secret_key by = world_adviser(w, "defence"), other = world_adviser(w, "justice");
	struct hash one = world_advise(w, &by, DECISION_APPROVE),
	            two = world_advise(w, &other, DECISION_APPROVE);
	return decide_hearing(w, one, broken ? w->screening : two, e);
}

static bool decision_hears_of_another_application(struct world *w, bool broken, struct err *e)
{
	struct secret_key by = world_adviser(w, "defence"), other = world_adviser(w, "justice");
	struct hash one = world_advise(w, &by, DECISION_APPROVE), two;
	struct application_body again = world_application(w);
	struct hash first = w->application;
	again.quantity++;
	if (broken)
		world_must(w, KIND_APPLICATION, &again, &w->exporter, &w->application);
	two = world_advise(w, &other, DECISION_APPROVE);
	w->application = first;
	return decide_hearing(w, one, two, e);
}

static bool decision_hears_what_was_replaced(struct world *w, bool broken, struct err *e)
{
	struct secret_key by = world_adviser(w, "defence"), other = world_adviser(w, "justice");
	struct hash one = world_advise(w, &by, DECISION_APPROVE),
	            two = world_advise(w, &other, DECISION_APPROVE), three;
	struct advice_body body = world_advice(w, &by, DECISION_REFUSE);
	body.has_replaces = true;
	body.replaces = one;
	world_must(w, KIND_ADVICE, &body, &by, &three);
	return decide_hearing(w, broken ? one : three, two, e);
}

#endif
