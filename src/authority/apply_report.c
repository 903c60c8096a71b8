/* Reports, and the findings that conclude them. */
#include "judge.h"

static bool judge_has_system(struct judge *j, bool names_one, const struct hash *id,
                             const char *rule)
{
	bool found;
	if (!names_one)
		return true;
	if (!state_has(j->state, j->arena, key_hash(j->arena, "system/", id), &found, j->e))
		return false;
	return found || err_refused(j->e, rule, "there is no system %s", short_id(j->arena, id));
}

bool judge_report(struct judge *j)
{
	const struct report_body *body = &j->record->body.report;
	if (!judge_has_system(j, body->has_system, &body->system, "report.system-unknown"))
		return false;
	struct report_entry entry = {.has_system = body->has_system, .system = body->system};
	return judge_put(j, ENTRY_REPORT, "report/", &j->record->id, &entry);
}

bool judge_finding(struct judge *j)
{
	const struct finding_body *body = &j->record->body.finding;
	struct report_entry report;
	bool found;
	if (!judge_get(j, ENTRY_REPORT, "report/", &body->report, &report, &found))
		return false;
	if (!found)
		return err_refused(j->e, "finding.report-unknown", "there is no report %s",
		                   short_id(j->arena, &body->report));
	if (report.has_finding)
		return err_refused(j->e, "finding.report-closed", "finding %s concluded it",
		                   short_id(j->arena, &report.finding));
	if (!judge_has_system(j, body->has_system, &body->system, "finding.system-unknown"))
		return false;
	if (report.has_system && (!body->has_system || !hash_equal(&report.system, &body->system)))
		return err_refused(j->e, "finding.other-system", "the report is of system %s",
		                   short_id(j->arena, &report.system));
	struct report_entry finding = {
	    .has_system = body->has_system,
	    .system = body->system,
	    .has_finding = true,
	    .finding = j->record->id,
	    .outcome = body->outcome,
	};
	report.has_finding = true;
	report.finding = j->record->id;
	report.outcome = body->outcome;
	return judge_put(j, ENTRY_REPORT, "report/", &body->report, &report) &&
	       judge_put(j, ENTRY_REPORT, "finding/", &j->record->id, &finding);
}
