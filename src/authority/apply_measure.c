/* Measures: proposed, agreed, lifted. */
#include <assert.h>

#include "judge.h"
#include "targets.h"

static bool judge_target(struct judge *j, struct target *out)
{
	const char *text = j->record->body.measure.target;
	bool known;
	if (!target_parse(j->arena, text, out))
		return err_refused(j->e, "measure.target-malformed", "\"%s\" is not " TARGET_FORMS,
		                   text);
	if (!target_known(j->state, j->arena, out, &known, j->e))
		return false;
	return known ||
	       err_refused(j->e, "measure.target-unknown", "there is no %.100s here", text);
}

/* A finding concerns a target when the system it names stands under that target. */
static bool finding_concerns(struct judge *j, const struct report_entry *finding,
                             const struct target *target, bool *concerns)
{
	struct system_entry system;
	const char *targets[TARGET_KINDS];
	bool found;
	*concerns = false;
	if (!finding->has_system)
		return true;
	if (!judge_get(j, ENTRY_SYSTEM, "system/", &finding->system, &system, &found))
		return false;
	assert(found);
	targets_of(j->arena, &finding->system, &system, targets);
	*concerns = strcmp(targets[target->kind], target->text) == 0;
	return true;
}

/* --- Proposing a measure -------------------------------------------------------------------- */

static bool judge_shape(struct judge *j, const struct target *target)
{
	const struct measure_body *body = &j->record->body.measure;
	bool restricts = body->action == MEASURE_RESTRICT;
	bool leaves_less = body->has_scope && !scope_equal(body->scope, &scope_any);
	if (restricts && !leaves_less)
		return err_refused(j->e, "measure.scope", "a restriction says what scope remains");
	if (!restricts && body->has_scope)
		return err_refused(j->e, "measure.scope", "only a restriction leaves a scope");
	if (body->action == MEASURE_REVOKE && target->kind != TARGET_LICENCE)
		return err_refused(j->e, "measure.revoke-licence", "only a licence is revoked");
	if (body->action == MEASURE_REVOKE && body->has_until)
		return err_refused(j->e, "measure.revoke-is-final", "a revocation has no end");
	if (body->has_until && body->until <= j->now)
		return err_refused(j->e, "measure.until", "it has ended before it begins");
	return true;
}

static bool judge_grounds(struct judge *j, const struct target *target)
{
	const struct measure_body *body = &j->record->body.measure;
	struct report_entry finding;
	bool found, concerns;
	if (!body->has_finding) {
		if (body->action != MEASURE_SUSPEND)
			return err_refused(j->e, "measure.needs-finding", "it rests on no finding");
		return body->has_basis ||
		       err_refused(j->e, "measure.needs-basis",
		                   "a suspension rests on a finding or says its basis in law");
	}
	if (!judge_get(j, ENTRY_REPORT, "finding/", &body->finding, &finding, &found))
		return false;
	if (!found)
		return err_refused(j->e, "measure.finding-unknown", "there is no finding %s",
		                   short_id(j->arena, &body->finding));
	if (finding.outcome != FINDING_UPHELD)
		return err_refused(j->e, "measure.finding-dismissed", "finding %s upheld nothing",
		                   short_id(j->arena, &body->finding));
	if (!finding_concerns(j, &finding, target, &concerns))
		return false;
	return concerns ||
	       err_refused(j->e, "measure.finding-elsewhere", "finding %s does not concern %.100s",
	                   short_id(j->arena, &body->finding), target->text);
}

/* --- Coming into force and ending ----------------------------------------------------------- */

static bool revoke_licence(struct judge *j, const struct hash *id, const char *target)
{
	struct target t;
	struct licence_entry licence;
	bool found;
	bool parsed = target_parse(j->arena, target, &t);
	assert(parsed && t.kind == TARGET_LICENCE);
	if (!judge_get(j, ENTRY_LICENCE, "licence/", &t.id, &licence, &found))
		return false;
	assert(found);
	if (licence.has_revoked) /* by an earlier measure: it stays the reason */
		return true;
	licence.has_revoked = true;
	licence.revoked = *id;
	return judge_put(j, ENTRY_LICENCE, "licence/", &t.id, &licence);
}

static bool begin(struct judge *j, const struct hash *id, enum measure_stage stage,
                  struct measure_entry *entry, const struct measure_body *body)
{
	entry->stage = stage;
	if (!entry->has_began) {
		entry->has_began = true;
		entry->began = j->now;
	}
	return judge_enforce(j, id, entry, body) &&
	       (entry->action != MEASURE_REVOKE || revoke_licence(j, id, entry->target));
}

bool judge_measure(struct judge *j)
{
	const struct measure_body *body = &j->record->body.measure;
	const struct hash *id = &j->record->id;
	struct target target;
	if (!judge_target(j, &target) || !judge_shape(j, &target) || !judge_grounds(j, &target))
		return false;
	struct measure_entry entry = {
	    .target = body->target,
	    .action = body->action,
	    .stage = MEASURE_PROPOSED,
	    .proposer = j->signer.holder,
	    .proposed = j->now,
	    .has_until = body->has_until,
	    .until = body->until,
	};
	bool is_enough = measure_officers_needed(&j->authority, body->action) <= 1;
	bool is_alone = !is_enough && body->action == MEASURE_SUSPEND;
	if (is_alone && !judge_emergency(j, &target))
		return false;
	if ((is_enough || is_alone) &&
	    !begin(j, id, is_enough ? MEASURE_IN_FORCE : MEASURE_EMERGENCY, &entry, body))
		return false;
	change_mark(j->out, key_pair(j->arena, "aimed/", body->target, id));
	return judge_put(j, ENTRY_MEASURE, "measure/", id, &entry);
}

/* --- Agreeing ------------------------------------------------------------------------------ */

static bool approve_measure(struct judge *j, const struct hash *id, struct measure_entry *entry)
{
	union record_body body;
	bool found;
	uint64_t in_favour;
	if (entry->stage != MEASURE_PROPOSED && entry->stage != MEASURE_EMERGENCY)
		return err_refused(j->e, "approval.closed", "the measure is %s already",
		                   entry->stage == MEASURE_IN_FORCE ? "in force" : "lifted");
	if (entry->has_until && entry->until <= j->now)
		return err_refused(j->e, "approval.closed", "the measure has ended by itself");
	if (!judge_not_twice(j, id, entry->proposer) ||
	    !judge_in_favour(j, id, entry->proposer, &in_favour))
		return false;
	if (in_favour < measure_officers_needed(&j->authority, (unsigned)entry->action))
		return true;
	if (!judge_body(j, id, KIND_MEASURE, &body, &found))
		return false;
	assert(found);
	return begin(j, id, MEASURE_IN_FORCE, entry, &body.measure) &&
	       judge_put(j, ENTRY_MEASURE, "measure/", id, entry);
}

static bool finish_lift(struct judge *j, const struct hash *lift_id, struct lift_entry *lift,
                        struct measure_entry *measure)
{
	lift->done = 1;
	measure->stage = MEASURE_LIFTED;
	measure->has_lifted = true;
	measure->lifted = *lift_id;
	return judge_release(j, &lift->measure, measure) &&
	       judge_put(j, ENTRY_MEASURE, "measure/", &lift->measure, measure);
}

static bool approve_lift(struct judge *j, const struct hash *id, struct lift_entry *lift)
{
	struct measure_entry measure;
	bool found;
	uint64_t in_favour;
	if (!judge_get(j, ENTRY_MEASURE, "measure/", &lift->measure, &measure, &found))
		return false;
	assert(found);
	if (measure.stage == MEASURE_LIFTED)
		return err_refused(j->e, "approval.closed", "the measure was lifted by %s",
		                   short_id(j->arena, &measure.lifted));
	if (!judge_not_twice(j, id, lift->proposer) ||
	    !judge_in_favour(j, id, lift->proposer, &in_favour))
		return false;
	if (in_favour < officers_needed_for_two(&j->authority))
		return true;
	return finish_lift(j, id, lift, &measure) && judge_put(j, ENTRY_LIFT, "lift/", id, lift);
}

bool judge_approval(struct judge *j)
{
	const struct hash *id = &j->record->body.approval.proposal;
	struct measure_entry measure;
	struct lift_entry lift;
	struct tags_entry tags;
	struct proposal_entry key;
	bool is_measure, is_lift = false, is_tags = false, is_key = false;
	if (!judge_get(j, ENTRY_MEASURE, "measure/", id, &measure, &is_measure) ||
	    (!is_measure && !judge_get(j, ENTRY_LIFT, "lift/", id, &lift, &is_lift)) ||
	    (!is_measure && !is_lift && !judge_get(j, ENTRY_TAGS, "tags/", id, &tags, &is_tags)) ||
	    (!is_measure && !is_lift && !is_tags &&
	     !judge_get(j, ENTRY_PROPOSAL, "key-proposal/", id, &key, &is_key)))
		return false;
	if (!is_measure && !is_lift && !is_tags && !is_key)
		return err_refused(
		    j->e, "approval.proposal-unknown",
		    "%s is no measure, no lift, no key of tags and no officer's key that waits",
		    short_id(j->arena, id));
	if (is_measure ? !approve_measure(j, id, &measure)
	    : is_lift  ? !approve_lift(j, id, &lift)
	    : is_tags  ? !approve_tags(j, id, &tags)
	               : !approve_key(j, id, &key))
		return false;
	change_put(j->out, key_approval(j->arena, id, j->signer.holder),
	           bytes_copy(j->arena, hash_bytes(&j->record->id)));
	return true;
}

/* --- Lifting -------------------------------------------------------------------------------- */

bool judge_lift(struct judge *j)
{
	const struct hash *id = &j->record->body.lift.measure;
	struct measure_entry measure;
	bool found;
	if (!judge_get(j, ENTRY_MEASURE, "measure/", id, &measure, &found))
		return false;
	if (!found)
		return err_refused(j->e, "lift.measure-unknown", "there is no measure %s",
		                   short_id(j->arena, id));
	if (measure.action == MEASURE_REVOKE)
		return err_refused(j->e, "lift.revoke-is-final",
		                   "a revocation is final; a new licence needs a new application");
	if (measure.stage == MEASURE_PROPOSED || measure.stage == MEASURE_LIFTED ||
	    (measure.has_until && measure.until <= j->now))
		return err_refused(j->e, "lift.not-in-force", "the measure is not in force");
	struct lift_entry lift = {.measure = *id, .proposer = j->signer.holder};
	if (officers_needed_for_two(&j->authority) <= 1 &&
	    !finish_lift(j, &j->record->id, &lift, &measure))
		return false;
	return judge_put(j, ENTRY_LIFT, "lift/", &j->record->id, &lift);
}
