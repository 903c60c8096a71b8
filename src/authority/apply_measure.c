/* Reports, findings, and the measures that follow: proposed, agreed, lifted. */
#include <assert.h>

#include "base/instant.h"
#include "judge.h"

enum {
	EMERGENCY_SECONDS = 72 * 3600,
	EMERGENCY_PAUSE = 30 * DAY_SECONDS, /* before one officer may suspend the same again */
};

/* --- Reports and findings ----------------------------------------------------------------- */

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

/* --- Targets ------------------------------------------------------------------------------- */

enum target_kind {
	TARGET_SYSTEM,
	TARGET_LICENCE,
	TARGET_END_USER,
	TARGET_EXPORTER,
	TARGET_ITEM,
	TARGET_COUNTRY,
};

static const char *const target_prefixes[TARGET_KINDS] = {
    "system/", "licence/", "end-user/", "exporter/", "item/", "country/",
};

struct target {
	enum target_kind kind;
	const char *text, *name; /* name: behind the prefix */
	struct hash id;          /* systems and licences */
};

static bool parse_hex_id(struct arena *arena, const char *text, struct hash *out)
{
	struct bytes at;
	if (strlen(text) != 2 * HASH_SIZE || !hex_decode(arena, text, &at) ||
	    strcmp(hex_encode(arena, at), text) != 0) /* one target has one text: lower case */
		return false;
	memcpy(out->at, at.at, HASH_SIZE);
	return true;
}

static bool parse_target(struct arena *arena, const char *text, struct target *out)
{
	for (unsigned kind = 0; kind < TARGET_KINDS; kind++) {
		size_t len = strlen(target_prefixes[kind]);
		if (strncmp(text, target_prefixes[kind], len) != 0)
			continue;
		*out = (struct target){.kind = kind, .text = text, .name = text + len};
		if (kind == TARGET_SYSTEM || kind == TARGET_LICENCE)
			return parse_hex_id(arena, out->name, &out->id);
		if (kind == TARGET_COUNTRY)
			return strlen(out->name) == 2 && out->name[0] >= 'A' &&
			       out->name[0] <= 'Z' && out->name[1] >= 'A' && out->name[1] <= 'Z';
		return out->name[0] != 0;
	}
	return false;
}

static bool target_known(struct judge *j, const struct target *t, bool *known)
{
	struct bytes key = {0};
	switch (t->kind) {
	case TARGET_SYSTEM:
	case TARGET_LICENCE:
		key = key_hash(j->arena, target_prefixes[t->kind], &t->id);
		break;
	case TARGET_END_USER:
		key = key_holder(j->arena, ROLE_END_USER, t->name);
		break;
	case TARGET_EXPORTER:
		key = key_holder(j->arena, ROLE_EXPORTER, t->name);
		break;
	case TARGET_ITEM:
		key = key_text(j->arena, "item/", t->name);
		break;
	case TARGET_COUNTRY:
		*known = true; /* a measure may come before the first licence for a country */
		return true;
	}
	return state_has(j->state, j->arena, key, known, j->e);
}

static bool judge_target(struct judge *j, struct target *out)
{
	const char *text = j->record->body.measure.target;
	bool known;
	if (!parse_target(j->arena, text, out))
		return err_refused(j->e, "measure.target-malformed",
		                   "\"%s\" is not system/ID, licence/ID, end-user/NAME, "
		                   "exporter/NAME, item/NAME or "
		                   "country/XX",
		                   text);
	if (!target_known(j, out, &known))
		return false;
	return known ||
	       err_refused(j->e, "measure.target-unknown", "there is no %.100s here", text);
}

void targets_of(struct arena *arena, const struct hash *id, const struct system_entry *system,
                const char *targets[TARGET_KINDS])
{
	targets[TARGET_SYSTEM] =
	    arena_printf(arena, "system/%s", hex_encode(arena, hash_bytes(id)));
	targets[TARGET_LICENCE] =
	    arena_printf(arena, "licence/%s", hex_encode(arena, hash_bytes(&system->licence)));
	targets[TARGET_END_USER] = arena_printf(arena, "end-user/%s", system->end_user);
	targets[TARGET_EXPORTER] = arena_printf(arena, "exporter/%s", system->exporter);
	targets[TARGET_ITEM] = arena_printf(arena, "item/%s", system->item);
	targets[TARGET_COUNTRY] = arena_printf(arena, "country/%s", system->country);
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

/* What a measure leaves while it is in force. */
static struct force_entry force_of(struct arena *arena, const struct measure_entry *entry,
                                   const struct measure_body *body)
{
	if (entry->action == MEASURE_RESTRICT)
		return (struct force_entry){body->scope, entry->has_until, entry->until};
	int64_t end = entry->until;
	bool has_end = entry->has_until;
	if (entry->stage == MEASURE_EMERGENCY) {
		int64_t lapse = entry->proposed + EMERGENCY_SECONDS;
		end = has_end && end < lapse ? end : lapse;
		has_end = true;
	}
	return (struct force_entry){.scope = has_end ? scope_from(arena, end) : &scope_none};
}

struct meeting {
	struct arena *arena;
	const struct hash *without;
	int64_t at;
	struct target_entry out;
	struct err *e;
	bool failed;
};

static bool meet_one(void *ctx, struct bytes key, struct bytes value)
{
	struct meeting *m = ctx;
	struct force_entry force;
	const uint8_t *id = key.at + key.len - HASH_SIZE;
	if (m->without != NULL && memcmp(id, m->without->at, HASH_SIZE) == 0)
		return true;
	m->failed = !entry_decode(m->arena, ENTRY_FORCE, bytes_copy(m->arena, value), &force, m->e);
	if (m->failed)
		return false;
	if (force.has_until && force.until <= m->at)
		return true;
	m->out.scope = scope_meet(m->arena, m->out.scope, force.scope);
	if (force.has_until && (!m->out.has_next || force.until < m->out.next)) {
		m->out.has_next = true;
		m->out.next = force.until;
	}
	return true;
}

bool target_meet(const struct state *state, const char *target, int64_t at, struct arena *arena,
                 const struct hash *without, struct target_entry *out, struct err *e)
{
	struct meeting m = {.arena = arena, .without = without, .at = at, .e = e};
	m.out.scope = &scope_any;
	if (!state->scan(state->ctx, key_pair(arena, "in-force/", target, NULL), (struct bytes){0},
	                 meet_one, &m, e) ||
	    m.failed)
		return false;
	*out = m.out;
	return true;
}

static bool judge_size(struct judge *j, const struct scope *scope)
{
	if (strlen(scope_text(j->arena, scope)) <= SCOPE_TEXT_MAX)
		return true;
	return err_refused(
	    j->e, "measure.too-large",
	    "together with the measures in force it would need more than %d bytes of text",
	    SCOPE_TEXT_MAX);
}

/*
 * The meet of what is in force on a target but for one measure. That of all is kept with the
 * target; it is worked out again only where this measure, or one that has ended, is in it.
 */
static bool target_without(struct judge *j, const char *target, const struct hash *id,
                           struct target_entry *out)
{
	bool is_in, found;
	if (!state_has(j->state, j->arena, key_pair(j->arena, "in-force/", target, id), &is_in,
	               j->e) ||
	    !entry_get(j->state, j->arena, ENTRY_TARGET, key_text(j->arena, "target/", target), out,
	               &found, j->e))
		return false;
	if (!found)
		*out = (struct target_entry){.scope = &scope_any};
	bool is_good = !is_in && (!out->has_next || out->next > j->now);
	return is_good || target_meet(j->state, target, j->now, j->arena, id, out, j->e);
}

/* Puts a measure, or what it has become, in force on its target. */
static bool enforce(struct judge *j, const struct hash *id, const struct measure_entry *entry,
                    const struct measure_body *body)
{
	struct force_entry force = force_of(j->arena, entry, body);
	struct target_entry target;
	if (!target_without(j, entry->target, id, &target))
		return false;
	target.scope = scope_meet(j->arena, target.scope, force.scope);
	if (force.has_until && (!target.has_next || force.until < target.next)) {
		target.has_next = true;
		target.next = force.until;
	}
	return judge_size(j, target.scope) &&
	       entry_put(j->out, ENTRY_FORCE, key_pair(j->arena, "in-force/", entry->target, id),
	                 &force, j->e) &&
	       entry_put(j->out, ENTRY_TARGET, key_text(j->arena, "target/", entry->target),
	                 &target, j->e);
}

static bool release(struct judge *j, const struct hash *id, const struct measure_entry *entry)
{
	struct target_entry target;
	if (!target_meet(j->state, entry->target, j->now, j->arena, id, &target, j->e))
		return false;
	change_delete(j->out, key_pair(j->arena, "in-force/", entry->target, id));
	return entry_put(j->out, ENTRY_TARGET, key_text(j->arena, "target/", entry->target),
	                 &target, j->e);
}

bool judge_force(struct judge *j, const char *target, const struct hash *id,
                 const struct force_entry *force)
{
	struct bytes key = key_pair(j->arena, "in-force/", target, id);
	struct target_entry entry;
	bool was_there;
	if (!state_has(j->state, j->arena, key, &was_there, j->e))
		return false;
	if (force == NULL && !was_there)
		return true;
	j->moves_scopes = true;
	if (force == NULL)
		change_delete(j->out, key);
	else if (!entry_put(j->out, ENTRY_FORCE, key, force, j->e))
		return false;
	if (!target_meet(j->state, target, j->now, j->arena, id, &entry, j->e))
		return false;
	if (force != NULL)
		entry.scope = scope_meet(j->arena, entry.scope, force->scope);
	return judge_size(j, entry.scope) &&
	       entry_put(j->out, ENTRY_TARGET, key_text(j->arena, "target/", target), &entry, j->e);
}

static bool revoke_licence(struct judge *j, const struct hash *id, const char *target)
{
	struct target t;
	struct licence_entry licence;
	bool found;
	bool parsed = parse_target(j->arena, target, &t);
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

static bool begin(struct judge *j, const struct hash *id, struct measure_entry *entry,
                  const struct measure_body *body)
{
	entry->stage = MEASURE_IN_FORCE;
	if (!entry->has_began) {
		entry->has_began = true;
		entry->began = j->now;
	}
	return enforce(j, id, entry, body) &&
	       (entry->action != MEASURE_REVOKE || revoke_licence(j, id, entry->target));
}

/* --- One officer's suspension --------------------------------------------------------------- */

static bool judge_emergency(struct judge *j, struct measure_entry *entry,
                            const struct measure_body *body)
{
	struct bytes key = key_text(j->arena, "emergency/", entry->target), value = {0};
	if (!j->state->get(j->state->ctx, key, j->arena, &value, j->e))
		return false;
	if (value.at != NULL) {
		struct reader r = reader_of(value);
		int64_t last = (int64_t)read_u64be(&r);
		if (j->now < last + EMERGENCY_PAUSE)
			return err_refused(j->e, "measure.emergency-again",
			                   "one officer suspended it less than 30 days ago; others "
			                   "may approve that");
	}
	struct buffer at = {.arena = j->arena};
	buffer_u64be(&at, (uint64_t)j->now);
	change_put(j->out, key, buffer_view(&at));
	entry->stage = MEASURE_EMERGENCY;
	entry->has_began = true;
	entry->began = j->now;
	return enforce(j, &j->record->id, entry, body);
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
	if (is_enough ? !begin(j, id, &entry, body)
	              : body->action == MEASURE_SUSPEND && !judge_emergency(j, &entry, body))
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
	return begin(j, id, entry, &body.measure) &&
	       judge_put(j, ENTRY_MEASURE, "measure/", id, entry);
}

static bool finish_lift(struct judge *j, const struct hash *lift_id, struct lift_entry *lift,
                        struct measure_entry *measure)
{
	lift->done = 1;
	measure->stage = MEASURE_LIFTED;
	measure->has_lifted = true;
	measure->lifted = *lift_id;
	return release(j, &lift->measure, measure) &&
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
