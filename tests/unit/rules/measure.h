/* Cases of rules_test.c: reports, findings and measures. */
#ifndef PROVISO_TEST_RULES_MEASURE_H
#define PROVISO_TEST_RULES_MEASURE_H

#include "case.h"

/* --- Reports and findings
 * ---------------------------------------------------------------------------- */

static bool report_system_unknown(struct world *w, bool broken, struct err *e)
{
	struct report_body body = world_report(w);
	body.system.at[0] ^= broken;
	return DO(KIND_REPORT, &body, &w->auditor);
}

static bool find(struct world *w, const struct finding_body *body, struct err *e)
{
	return DO(KIND_FINDING, body, &w->officers[0]);
}

static bool report_unknown(struct world *w, bool broken, struct err *e)
{
	struct finding_body body = world_finding(w);
	body.report.at[0] ^= broken;
	return find(w, &body, e);
}

static bool report_closed(struct world *w, bool broken, struct err *e)
{
	struct finding_body body = world_finding(w);
	return find(w, &body, e) && (!broken || find(w, &body, e));
}

static bool report_of_no_system(struct world *w, struct hash *id, struct err *e)
{
	struct report_body report = world_report(w);
	report.has_system = false;
	return world_do(w, KIND_REPORT, &report, &w->auditor, id, e);
}

static bool finding_system_unknown(struct world *w, bool broken, struct err *e)
{
	struct finding_body body = world_finding(w);
	if (!report_of_no_system(w, &body.report, e))
		return broken;
	body.system.at[0] ^= broken;
	return find(w, &body, e);
}

static bool finding_of_no_system(struct world *w, bool broken, struct err *e)
{
	struct finding_body body = world_finding(w);
	if (!broken && !report_of_no_system(w, &body.report, e))
		return false;
	body.has_system = false;
	return find(w, &body, e);
}

static struct hash enrol_second(struct world *w)
{
	struct secret_key second = world_key("S-2");
	struct enrolment_body body = world_enrolment(w);
	struct hash id;
	body.serial = "S-2";
	body.device_key = second.public;
	world_must(w, KIND_ENROLMENT, &body, &w->exporter, &id);
	return id;
}

static bool finding_other_system(struct world *w, bool broken, struct err *e)
{
	struct finding_body body = world_finding(w);
	struct hash second = enrol_second(w);
	if (broken)
		body.system = second;
	return find(w, &body, e);
}

/* --- Measures
 * ------------------------------------------------------------------------------------------ */

static bool propose(struct world *w, const struct measure_body *body, struct err *e)
{
	return DO(KIND_MEASURE, body, &w->officers[0]);
}

static const char *const malformed_targets[] = {
    "system",
    "system/",
    "system/12",
    "galaxy/milky-way",
    "end-user/",
    "country/xR",
    "country/Xr",
    "country/[R",
    "country/X[",
    "country/1R",
    "country/X1",
    "country/XRX",
    "country/",
    "licence/zz",
    "system/zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
};

static bool target_malformed(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_SUSPEND);
	body.has_finding = false;
	body.has_basis = true;
	body.basis = "Section 4.";
	body.target = "country/ZZ";
	if (!broken)
		return propose(w, &body, e);
	for (size_t i = 0; i < sizeof malformed_targets / sizeof *malformed_targets; i++) {
		body.target = malformed_targets[i];
		if (propose(w, &body, e) || strcmp(e->rule, "measure.target-malformed") != 0)
			return true;
	}
	body.target =
	    arena_printf(&w->arena, "system/%.32s%s", hex_encode(&w->arena, hash_bytes(&w->system)),
	                 "ABCDEFABCDEFABCDEFABCDEFABCDEFAB");
	return propose(w, &body, e);
}

static bool target_unknown(struct world *w, bool broken, struct err *e)
{
	static const char *const unknown[] = {"end-user/Nobody", "exporter/Nobody", "item/Nothing"};
	static const char *const known[] = {"end-user/Ruritania-State-Police",
	                                    "exporter/Meridian-Systems", "item/Listener",
	                                    "country/XR"};
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	for (size_t i = 0; !broken && i < sizeof known / sizeof *known; i++) {
		body.target = known[i];
		if (!propose(w, &body, e))
			return false;
	}
	for (size_t i = 0; broken && i < sizeof unknown / sizeof *unknown; i++) {
		body.target = unknown[i];
		if (propose(w, &body, e) || strcmp(e->rule, "measure.target-unknown") != 0)
			return true;
	}
	if (broken)
		body.target = world_target(w, "system", &w->licence);
	return propose(w, &body, e);
}

static bool measure_scope(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_RESTRICT);
	body.has_scope = !broken;
	return propose(w, &body, e);
}

static bool measure_scope_any(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_RESTRICT);
	body.scope = world_scope(w, broken ? "any" : "limit.subjects=1");
	return propose(w, &body, e);
}

static bool measure_scope_out_of_place(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	body.has_scope = broken;
	body.scope = &scope_none;
	return propose(w, &body, e);
}

static bool revoke_licence(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_REVOKE);
	if (broken)
		body.target = world_target(w, "system", &w->system);
	return propose(w, &body, e);
}

static bool revoke_is_final(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_REVOKE);
	body.has_until = broken;
	body.until = w->now + WORLD_DAY;
	return propose(w, &body, e);
}

static bool measure_until(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	body.has_until = true;
	body.until = w->now + !broken;
	return propose(w, &body, e);
}

static bool needs_finding(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	body.has_finding = !broken;
	body.has_basis = true;
	body.basis = "Section 4.";
	return propose(w, &body, e);
}

static bool needs_basis(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_SUSPEND);
	body.has_finding = false;
	body.has_basis = !broken;
	body.basis = "Section 4.";
	return propose(w, &body, e);
}

static bool finding_unknown(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	body.finding.at[0] ^= broken;
	return propose(w, &body, e);
}

static bool finding_dismissed(struct world *w, bool broken, struct err *e)
{
	struct finding_body finding = world_finding(w);
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	finding.outcome = broken ? FINDING_DISMISSED : FINDING_UPHELD;
	return world_do(w, KIND_FINDING, &finding, &w->officers[0], &body.finding, e) &&
	       propose(w, &body, e);
}

static bool finding_elsewhere(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	struct hash second = enrol_second(w);
	body.target =
	    broken ? world_target(w, "system", &second) : world_target(w, "licence", &w->licence);
	return propose(w, &body, e);
}

static bool finding_of_nothing_concerns_nothing(struct world *w, bool broken, struct err *e)
{
	struct finding_body finding = world_finding(w);
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	if (!broken)
		return propose(w, &body, e);
	finding.has_system = false;
	return report_of_no_system(w, &finding.report, e) &&
	       world_do(w, KIND_FINDING, &finding, &w->officers[0], &body.finding, e) &&
	       propose(w, &body, e);
}

static bool emergency_again(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_SUSPEND);
	int64_t first = w->now;
	if (!propose(w, &body, e))
		return broken;
	w->now = first + 30 * WORLD_DAY - broken;
	return DO(KIND_MEASURE, &body, &w->officers[1]);
}

static bool emergency_by_another_name(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_SUSPEND);
	if (!propose(w, &body, e))
		return broken;
	w->now += 29 * WORLD_DAY;
	body.target = broken ? "country/XR" : "country/XS";
	body.has_finding = false;
	body.has_basis = true;
	body.basis = "Act 12/2007, section 5.";
	return propose(w, &body, e);
}

static bool proposal_unknown(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	struct hash id;
	return world_do(w, KIND_MEASURE, &body, &w->officers[0], &id, e) &&
	       world_approve(w, broken ? &w->finding : &id, 1, e);
}

static bool closed_in_force(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	struct hash id = world_enforce(w, &body);
	return !broken || world_approve(w, &id, 2, e);
}

static bool closed_lifted(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	struct hash id = world_enforce(w, &body);
	world_lift(w, &id);
	return !broken || world_approve(w, &id, 2, e);
}

static bool closed_by_time(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	struct hash id;
	body.has_until = true;
	body.until = w->now + WORLD_DAY;
	if (!world_do(w, KIND_MEASURE, &body, &w->officers[0], &id, e))
		return broken;
	w->now = body.until - !broken;
	return world_approve(w, &id, 1, e);
}

static bool closed_lift(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	struct hash id = world_enforce(w, &body), lift = world_lift(w, &id);
	return !broken || world_approve(w, &lift, 0, e);
}

static bool same_officer_as_proposed(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	struct hash id;
	return world_do(w, KIND_MEASURE, &body, &w->officers[0], &id, e) &&
	       world_approve(w, &id, broken ? 0 : 1, e);
}

static bool same_officer_twice(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	struct hash id = world_enforce(w, &body), lift_id;
	struct lift_body lift = {.measure = id, .reason = "An error."};
	return world_do(w, KIND_LIFT, &lift, &w->officers[0], &lift_id, e) &&
	       world_approve(w, &lift_id, broken ? 0 : 1, e);
}

/* With four to agree, so that approvals are counted before it is in force. */
static bool same_approver_twice(struct world *w, bool broken, struct err *e)
{
	struct key_body first = world_first(w), key;
	struct measure_body body;
	struct hash id;
	first.threshold = 4;
	world_must(w, KIND_KEY, &first, &w->authority, NULL);
	for (int i = 0; i < 3; i++) {
		key = world_key_body(ROLE_OFFICER, &w->officers[i]);
		world_must(w, KIND_KEY, &key, &w->authority, NULL);
	}
	body = (struct measure_body){.target = "country/XR",
	                             .action = MEASURE_SUSPEND,
	                             .reason = "A coup.",
	                             .has_basis = true,
	                             .basis = "Section 4."};
	return world_do(w, KIND_MEASURE, &body, &w->officers[0], &id, e) &&
	       world_approve(w, &id, 1, e) && world_approve(w, &id, broken ? 1 : 2, e);
}

static const struct scope *many_patterns(struct world *w, char mark)
{
	struct buffer b = {.arena = &w->arena};
	for (int i = 0; i < 400; i++)
		buffer_printf(&b, "%sx%c:%048d", i == 0 ? "subject-not=" : ",", mark, i);
	return world_scope(w, buffer_cstr(&b));
}

static bool too_large(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_RESTRICT);
	struct hash id;
	body.scope = many_patterns(w, 'a');
	world_enforce(w, &body);
	body.scope = many_patterns(w, broken ? 'b' : 'a');
	return world_do(w, KIND_MEASURE, &body, &w->officers[0], &id, e) &&
	       world_approve(w, &id, 1, e);
}

static bool lift(struct world *w, const struct hash *id, struct err *e)
{
	struct lift_body body = {.measure = *id, .reason = "The cause is gone."};
	return DO(KIND_LIFT, &body, &w->officers[0]);
}

static bool measure_unknown(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	struct hash id = world_enforce(w, &body);
	return lift(w, broken ? &w->finding : &id, e);
}

static bool lift_revoke(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, broken ? MEASURE_REVOKE : MEASURE_DISCONNECT);
	struct hash id = world_enforce(w, &body);
	return lift(w, &id, e);
}

static bool lift_proposed(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	struct hash id;
	return world_do(w, KIND_MEASURE, &body, &w->officers[0], &id, e) &&
	       (broken || world_approve(w, &id, 1, e)) && lift(w, &id, e);
}

static bool lift_twice(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	struct hash id = world_enforce(w, &body);
	world_lift(w, &id);
	return !broken || lift(w, &id, e);
}

static bool lift_ended(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_DISCONNECT);
	body.has_until = true;
	body.until = w->now + WORLD_DAY;
	struct hash id = world_enforce(w, &body);
	w->now = body.until - !broken;
	return lift(w, &id, e);
}

#endif
