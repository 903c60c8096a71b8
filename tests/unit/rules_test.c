/*
 * Every rule of src/authority/rules.c, kept and broken: a row takes a world to a stage and then
 * runs its case twice. doc/rules.md lists the same rules in the same order.
 */
#include "test.h"

#include "base/file.h"
#include "rules/advice.h"
#include "rules/agreed.h"
#include "broken_disk.h"
#include "rules/declaration.h"
#include "rules/disclosure.h"
#include "rules/lease.h"
#include "rules/licence.h"
#include "rules/measure.h"
#include "rules/record.h"
#include "rules/screening.h"
#include "rules/tags.h"

static const struct row {
	const char *rule;
	enum world_stage stage;
	bool (*run)(struct world *, bool broken, struct err *);
} rows[] = {
    {"record.not-for-the-log", WORLD_ENROLLED, not_for_the_log},
    {"record.first-is-authority", WORLD_EMPTY, first_is_authority},
    {"record.first-is-authority", WORLD_EMPTY, first_is_a_key},
    {"record.first-is-authority", WORLD_EMPTY, first_names_a_key},
    {"record.first-is-authority", WORLD_EMPTY, first_replaces_nothing},
    {"key.origin", WORLD_EMPTY, origin_is_holder},
    {"key.origin", WORLD_EMPTY, origin_is_ed25519},
    {"key.origin", WORLD_EMPTY, origin_is_spoken_to},
    {"key.origin", WORLD_EMPTY, origin_is_issuer},
    {"key.threshold", WORLD_EMPTY, threshold_of_one_at_least},
    {"key.threshold", WORLD_EMPTY, threshold_is_given},
    {"key.threshold", WORLD_FOUNDED, threshold_of_the_authority_only},
    {"record.other-authority", WORLD_ENROLLED, other_authority},
    {"record.other-authority", WORLD_ENROLLED, renewal_to_another},
    {"record.duplicate", WORLD_ENROLLED, duplicate},
    {"record.unknown-signer", WORLD_ENROLLED, unknown_signer},
    {"record.unknown-signer", WORLD_FOUNDED, proposed_officer_is_none_yet},
    {"record.key-ended", WORLD_ENROLLED, key_ended_by_revocation},
    {"record.key-ended", WORLD_ENROLLED, key_ended_by_replacement},
    {"record.key-ended", WORLD_ENROLLED, officer_ends_an_auditors_key_alone},
    {"record.key-ended", WORLD_FOUNDED, lost_key_ends_when_others_agree},
    {"record.key-expired", WORLD_ENROLLED, key_expired_at_its_end},
    {"record.key-expired", WORLD_ENROLLED, key_expired_and_dated_back},
    {"record.other-issuer", WORLD_ENROLLED, other_issuer},
    {"record.wrong-role", WORLD_FOUNDED, wrong_role},
    {"record.bad-signature", WORLD_EMPTY, first_signs_itself},
    {"record.bad-signature", WORLD_ENROLLED, bad_signature},
    {"record.bad-signature", WORLD_FOUNDED, passkey_signs_by_assertion_only},
    {"record.bad-signature", WORLD_FOUNDED, passkey_signs_at_its_origin_only},
    {"record.bad-signature", WORLD_FOUNDED, other_keys_sign_by_no_assertion},
    {"record.bad-signature", WORLD_ENROLLED, renewal_bad_signature},
    {"entry.time-goes-back", WORLD_FOUNDED, time_goes_back},
    {"key.says-nothing", WORLD_FOUNDED, says_nothing},
    {"key.authority-is-fixed", WORLD_FOUNDED, authority_is_fixed},
    {"key.unknown", WORLD_FOUNDED, key_unknown},
    {"key.already-ended", WORLD_FOUNDED, already_ended},
    {"key.changes-holder", WORLD_FOUNDED, changes_holder},
    {"key.changes-holder", WORLD_FOUNDED, changes_role},
    {"key.changes-holder", WORLD_FOUNDED, changes_country},
    {"key.changes-holder", WORLD_FOUNDED, drops_country},
    {"key.changes-holder", WORLD_FOUNDED, changes_country_after_revocation},
    {"key.changes-holder", WORLD_FOUNDED, drops_country_after_revocation},
    {"key.not-entitled", WORLD_EMPTY, lone_officer_registers_no_officer},
    {"key.not-entitled", WORLD_FOUNDED, others_propose_no_officer},
    {"key.not-entitled", WORLD_FOUNDED, exporter_registers_none_but_its_own},
    {"key.not-entitled", WORLD_FOUNDED, nobody_ends_anothers_key},
    {"key.not-entitled", WORLD_FOUNDED, officer_registers_no_adviser},
    {"key.in-use", WORLD_FOUNDED, key_in_use},
    {"key.in-use", WORLD_ENROLLED, key_in_use_by_a_system},
    {"key.holder-has-key", WORLD_FOUNDED, holder_has_key},
    {"key.passkey", WORLD_FOUNDED, passkey_has_an_origin},
    {"key.passkey", WORLD_FOUNDED, passkey_has_a_site},
    {"key.passkey", WORLD_FOUNDED, passkey_signs_at_its_site},
    {"key.passkey", WORLD_FOUNDED, passkey_on_this_machine},
    {"key.passkey", WORLD_EMPTY, authority_is_no_passkey},
    {"key.valid-until", WORLD_FOUNDED, end_date_is_ahead},
    {"key.valid-until", WORLD_FOUNDED, end_date_is_of_a_new_key},
    {"key.valid-until", WORLD_EMPTY, authority_has_no_end_date},
    {"key.valid-until", WORLD_FOUNDED, nobody_outlasts_their_own_end_date},
    {"key.valid-until", WORLD_FOUNDED, nobody_drops_their_own_end_date},
    {"key.needs-reason", WORLD_FOUNDED, needs_reason},
    {"key.too-few-officers", WORLD_FOUNDED, too_few_officers},
    {"key.too-few-officers", WORLD_FOUNDED, officer_whose_time_is_over_is_not_left},
    {"key.too-few-officers", WORLD_FOUNDED, officers_end_no_officer_too_many},
    {"key.not-of-role", WORLD_FOUNDED, policy_is_of_the_witnesses},
    {"key.not-of-role", WORLD_FOUNDED, witnesses_have_no_key_here},
    {"key.not-of-role", WORLD_FOUNDED, checkpoint_is_of_an_origin},
    {"key.not-of-role", WORLD_FOUNDED, inbox_is_no_passkey},
    {"key.inbox", WORLD_FOUNDED, inbox_key_is_es256},
    {"key.inbox", WORLD_FOUNDED, inbox_is_the_logs},
    {"record.wrong-role", WORLD_ENROLLED, inbox_signs_nothing},
    {"key.not-entitled", WORLD_FOUNDED, exporter_gives_no_inbox},
    {"key.not-entitled", WORLD_FOUNDED, authority_says_no_witnesses},
    {"key.not-entitled", WORLD_FOUNDED, authority_begins_no_origin},
    {"key.policy", WORLD_FOUNDED, policy_is_well_formed},
    {"key.policy", WORLD_FOUNDED, policy_has_this_log},
    {"key.policy", WORLD_FOUNDED, policy_has_a_quorum},
    {"key.policy", WORLD_FOUNDED, policy_is_held_by_the_log},
    {"key.officer-imposed", WORLD_FOUNDED, imposed_officer_proposes_no_witnesses},
    {"key.officer-imposed", WORLD_FOUNDED, imposed_officer_agrees_to_no_witnesses},
    {"key.officer-imposed", WORLD_FOUNDED, imposed_officer_brings_in_none},
    {"key.officer-imposed", WORLD_FOUNDED, imposed_officer_stays_one},
    {"enrolment.policy", WORLD_LICENSED, enrolment_demands_witnesses},
    {"enrolment.policy", WORLD_LICENSED, enrolment_demands_no_fewer},
    {"enrolment.policy", WORLD_LICENSED, enrolment_shows_its_policy},
    {"enrolment.policy", WORLD_LICENSED, enrolment_shows_the_policy_it_names},
    {"key.authority-is-fixed", WORLD_FOUNDED, origin_begins_from_a_checkpoint},
    {"key.origin", WORLD_FOUNDED, origin_has_another_name},
    {"key.origin", WORLD_FOUNDED, origin_is_named_by_its_key},
    {"key.checkpoint", WORLD_FOUNDED, origin_begins_where_the_log_ends},
    {"key.checkpoint", WORLD_FOUNDED, origin_begins_from_this_log},
    {"approval.closed", WORLD_ENROLLED, origin_is_agreed_at_once},
    {"record.other-authority", WORLD_ENROLLED, old_origin_ends},
    {"record.key-ended", WORLD_FOUNDED, old_key_ends},
    {"key.already-ended", WORLD_FOUNDED, two_origins_follow_no_log},
    {"renewal.origin-ended", WORLD_ENROLLED, origin_ended_for_who_asks},
    {"definitions.number", WORLD_FOUNDED, number},
    {"definitions.grace", WORLD_DEFINED, grace_of_nothing},
    {"definitions.grace", WORLD_DEFINED, grace_too_long},
    {"definitions.no-purpose", WORLD_FOUNDED, no_purpose},
    {"definitions.labels-overlap", WORLD_FOUNDED, labels_overlap},
    {"definitions.labels-overlap", WORLD_FOUNDED, label_twice},
    {"definitions.empty", WORLD_FOUNDED, definitions_empty},
    {"definitions.supersedes-unknown", WORLD_DEFINED, supersedes_unknown},
    {"definitions.superseded-twice", WORLD_DEFINED, superseded_twice},
    {"definitions.before-superseded", WORLD_DEFINED, before_superseded},
    {"declaration.not-signatory", WORLD_DEFINED, declaration_not_signatory},
    {"declaration.country", WORLD_DEFINED, declaration_country},
    {"declaration.country", WORLD_DEFINED, declaration_country_again},
    {"declaration.definitions-unknown", WORLD_DEFINED, declaration_definitions_unknown},
    {"declaration.definitions-not-yet", WORLD_DEFINED, declaration_definitions_not_yet},
    {"declaration.definitions-superseded", WORLD_DEFINED, declaration_definitions_superseded},
    {"declaration.needs-undertakings", WORLD_DEFINED, needs_undertakings},
    {"declaration.valid-until", WORLD_DEFINED, declaration_valid_until},
    {"declaration.widens", WORLD_DEFINED, declaration_widens},
    {"declaration.widens", WORLD_DEFINED, declaration_drops_an_obligation},
    {"declaration.offence-elsewhere", WORLD_DEFINED, offence_elsewhere},
    {"declaration.offence-elsewhere", WORLD_DEFINED, offence_is_the_purpose},
    {"declaration.offences-overlap", WORLD_DEFINED, offences_overlap},
    {"declaration.empty", WORLD_DEFINED, declaration_empty},
    {"declaration.empty", WORLD_DEFINED, declaration_without_offences},
    {"application.not-signatory", WORLD_DECLARED, application_not_signatory},
    {"application.country", WORLD_DECLARED, application_country},
    {"application.no-capability", WORLD_DECLARED, no_capability},
    {"application.quantity", WORLD_DECLARED, application_quantity},
    {"application.empty", WORLD_DECLARED, application_empty},
    {"application.parties", WORLD_DECLARED, application_party_poses},
    {"application.parties", WORLD_DECLARED, application_has_too_many_parties},
    {"application.widens", WORLD_DECLARED, application_widens},
    {"application.widens", WORLD_DECLARED, application_names_capabilities},
    {"listing.goes-back", WORLD_SCREENED, listing_goes_back},
    {"screening.application-unknown", WORLD_SCREENED, screening_application_unknown},
    {"screening.refused", WORLD_SCREENED, screening_refused},
    {"screening.no-listing", WORLD_SCREENED, no_listing},
    {"screening.listing-unknown", WORLD_SCREENED, listing_unknown},
    {"screening.list-unknown", WORLD_SCREENED, list_unknown},
    {"clearance.screening-unknown", WORLD_SCREENED, clearance_screening_unknown},
    {"clearance.screening-replaced", WORLD_SCREENED, screening_replaced},
    {"clearance.no-such-hit", WORLD_SCREENED, no_such_hit},
    {"clearance.no-such-hit", WORLD_SCREENED, hit_of_no_number},
    {"clearance.until", WORLD_SCREENED, clearance_in_the_past},
    {"clearance.until", WORLD_SCREENED, true_match_runs_out},
    {"advice.application-unknown", WORLD_APPLIED, advice_application_unknown},
    {"advice.not-signatory", WORLD_APPLIED, advice_not_signatory},
    {"record.wrong-role", WORLD_APPLIED, advice_is_an_advisers},
    {"advice.already-decided", WORLD_SCREENED, advice_after_the_decision},
    {"advice.provisos", WORLD_APPLIED, advice_without_its_provisos},
    {"advice.provisos", WORLD_APPLIED, advice_refuses_with_provisos},
    {"advice.provisos", WORLD_APPLIED, advice_scope_is_a_limit},
    {"advice.provisos", WORLD_APPLIED, advice_scope_leaves_something},
    {"advice.provisos", WORLD_APPLIED, advice_part_without_its_provisos},
    {"advice.parts", WORLD_APPLIED, advice_part_unknown},
    {"advice.parts", WORLD_APPLIED, advice_part_twice},
    {"advice.already-given", WORLD_APPLIED, advice_again},
    {"advice.already-given", WORLD_APPLIED, advice_replaces_anothers},
    {"advice.already-given", WORLD_APPLIED, advice_replaces_nothing},
    {"decision.application-unknown", WORLD_SCREENED, decision_application_unknown},
    {"decision.already-decided", WORLD_SCREENED, already_decided},
    {"decision.provisos", WORLD_SCREENED, provisos_missing},
    {"decision.provisos", WORLD_SCREENED, provisos_out_of_place},
    {"decision.not-screened", WORLD_APPLIED, not_screened},
    {"decision.application-held", WORLD_SCREENED, held_by_a_hit},
    {"decision.application-held", WORLD_SCREENED, held_by_a_true_match},
    {"decision.application-held", WORLD_SCREENED, held_when_the_entry_changes},
    {"decision.application-held", WORLD_SCREENED, held_by_hits_not_named},
    {"decision.application-held", WORLD_SCREENED, held_when_the_clearance_runs_out},
    {"decision.application-held", WORLD_SCREENED, not_held_by_a_note},
    {"decision.advice", WORLD_SCREENED, decision_hears_twice},
    {"decision.advice", WORLD_SCREENED, decision_hears_no_advice},
    {"decision.advice", WORLD_SCREENED, decision_hears_of_another_application},
    {"decision.advice", WORLD_SCREENED, decision_hears_what_was_replaced},
    {"licence.application-unknown", WORLD_APPROVED, licence_application_unknown},
    {"licence.not-approved", WORLD_SCREENED, not_approved},
    {"licence.not-approved", WORLD_SCREENED, refused_is_not_approved},
    {"licence.application-held", WORLD_APPROVED, licence_held},
    {"licence.parties-differ", WORLD_APPROVED, exporters_differ},
    {"licence.parties-differ", WORLD_APPROVED, end_users_countries_differ},
    {"licence.item-differs", WORLD_APPROVED, items_differ},
    {"licence.item-differs", WORLD_APPROVED, versions_differ},
    {"licence.item-differs", WORLD_APPROVED, capabilities_differ},
    {"licence.quantity", WORLD_APPROVED, quantity_of_all},
    {"licence.quantity", WORLD_APPROVED, quantity_of_none},
    {"licence.declaration-unknown", WORLD_APPROVED, declaration_unknown},
    {"licence.declaration-of-another", WORLD_APPROVED, declaration_of_another},
    {"licence.declaration-replaced", WORLD_APPROVED, declaration_replaced},
    {"licence.valid-until", WORLD_APPROVED, licence_valid_until},
    {"licence.outlives-declaration", WORLD_APPROVED, outlives_declaration},
    {"licence.lease-seconds", WORLD_APPROVED, lease_seconds},
    {"licence.lease-seconds", WORLD_APPROVED, lease_of_no_second},
    {"licence.empty", WORLD_APPROVED, licence_empty},
    {"licence.widens", WORLD_APPROVED, licence_widens_item},
    {"licence.widens", WORLD_APPROVED, licence_widens_application},
    {"licence.widens", WORLD_APPROVED, licence_widens_declaration},
    {"surrender.licence-unknown", WORLD_LICENSED, surrender_licence_unknown},
    {"surrender.not-entitled", WORLD_LICENSED, surrender_not_entitled},
    {"surrender.already-ended", WORLD_LICENSED, surrendered_already},
    {"surrender.already-ended", WORLD_FOUND, revoked_already},
    {"enrolment.licence-unknown", WORLD_LICENSED, enrolment_licence_unknown},
    {"enrolment.licences-several", WORLD_APPROVED, licences_several},
    {"enrolment.not-entitled", WORLD_LICENSED, enrolment_not_entitled},
    {"enrolment.licence-ended", WORLD_LICENSED, licence_surrendered},
    {"enrolment.licence-ended", WORLD_FOUND, licence_revoked},
    {"enrolment.licence-ended", WORLD_LICENSED, licence_over},
    {"enrolment.quantity", WORLD_LICENSED, enrolment_quantity},
    {"enrolment.item-version", WORLD_LICENSED, item_version},
    {"enrolment.serial-taken", WORLD_ENROLLED, serial_taken},
    {"enrolment.device-key-taken", WORLD_ENROLLED, device_key_taken},
    {"enrolment.device-key-taken", WORLD_LICENSED, device_key_is_a_persons},
    {"report.system-unknown", WORLD_ENROLLED, report_system_unknown},
    {"finding.report-unknown", WORLD_REPORTED, report_unknown},
    {"finding.report-closed", WORLD_REPORTED, report_closed},
    {"finding.system-unknown", WORLD_ENROLLED, finding_system_unknown},
    {"finding.other-system", WORLD_REPORTED, finding_other_system},
    {"finding.other-system", WORLD_REPORTED, finding_of_no_system},
    {"measure.target-malformed", WORLD_FOUND, target_malformed},
    {"measure.target-unknown", WORLD_FOUND, target_unknown},
    {"measure.scope", WORLD_FOUND, measure_scope},
    {"measure.scope", WORLD_FOUND, measure_scope_any},
    {"measure.scope", WORLD_FOUND, measure_scope_out_of_place},
    {"measure.revoke-licence", WORLD_FOUND, revoke_licence},
    {"measure.revoke-is-final", WORLD_FOUND, revoke_is_final},
    {"measure.until", WORLD_FOUND, measure_until},
    {"measure.needs-finding", WORLD_FOUND, needs_finding},
    {"measure.needs-basis", WORLD_FOUND, needs_basis},
    {"measure.finding-unknown", WORLD_FOUND, finding_unknown},
    {"measure.finding-dismissed", WORLD_REPORTED, finding_dismissed},
    {"measure.finding-elsewhere", WORLD_FOUND, finding_elsewhere},
    {"measure.finding-elsewhere", WORLD_FOUND, finding_of_nothing_concerns_nothing},
    {"measure.emergency-again", WORLD_FOUND, emergency_again},
    {"measure.emergency-again", WORLD_FOUND, emergency_by_another_name},
    {"approval.proposal-unknown", WORLD_FOUND, proposal_unknown},
    {"approval.closed", WORLD_FOUND, closed_in_force},
    {"approval.closed", WORLD_FOUND, closed_lifted},
    {"approval.closed", WORLD_FOUND, closed_by_time},
    {"approval.closed", WORLD_FOUND, closed_lift},
    {"approval.closed", WORLD_FOUNDED, officer_agreed_already},
    {"approval.closed", WORLD_FOUNDED, officer_is_there_already},
    {"approval.same-officer", WORLD_FOUND, same_officer_as_proposed},
    {"approval.same-officer", WORLD_FOUNDED, officer_agrees_once},
    {"approval.same-officer", WORLD_FOUND, same_officer_twice},
    {"approval.same-officer", WORLD_EMPTY, same_approver_twice},
    {"measure.too-large", WORLD_FOUND, too_large},
    {"lift.measure-unknown", WORLD_FOUND, measure_unknown},
    {"lift.revoke-is-final", WORLD_FOUND, lift_revoke},
    {"lift.not-in-force", WORLD_FOUND, lift_proposed},
    {"lift.not-in-force", WORLD_FOUND, lift_twice},
    {"lift.not-in-force", WORLD_FOUND, lift_ended},
    {"lift.not-in-force", WORLD_FOUND, officer_for_a_time_counts_for_it_only},
    {"lease.system-unknown", WORLD_LEASED, lease_system_unknown},
    {"lease.device", WORLD_LEASED, lease_device},
    {"lease.sequence", WORLD_LEASED, lease_sequence},
    {"lease.sequence", WORLD_LEASED, lease_sequence_again},
    {"lease.counter", WORLD_LEASED, lease_counter},
    {"lease.use-log", WORLD_LEASED, lease_use_log_shrinks},
    {"lease.use-log", WORLD_LEASED, lease_use_log_forks},
    {"lease.nothing-in-force", WORLD_FOUND, lease_nothing_in_force},
    {"lease.nothing-in-force", WORLD_LEASED, lease_after_the_end},
    {"lease.widens", WORLD_LEASED, lease_widens},
    {"lease.widens", WORLD_FOUND, lease_widens_after_a_measure},
    {"lease.ttl", WORLD_LEASED, lease_ttl},
    {"lease.ttl", WORLD_LEASED, lease_ttl_of_nothing},
    {"lease.session", WORLD_LEASED, lease_of_another_session},
    {"lease.session", WORLD_ENROLLED, lease_of_no_session},
    {"lease.session", WORLD_LEASED, lease_of_an_old_session},
    {"record.other-issuer", WORLD_FOUND, admission_other_issuer},
    {"record.bad-signature", WORLD_FOUND, admission_bad_signature},
    {"record.wrong-role", WORLD_FOUND, inquiry_by_an_end_user},
    {"tags.number", WORLD_FOUNDED, tags_first_number},
    {"tags.number", WORLD_FOUNDED, tags_next_number},
    {"tags.threshold", WORLD_FOUNDED, tags_threshold_of_one},
    {"tags.threshold", WORLD_FOUNDED, tags_threshold_of_more_than_all},
    {"tags.holder-twice", WORLD_FOUNDED, tags_holder_twice},
    {"tags.holder-twice", WORLD_FOUNDED, tags_share_twice},
    {"tags.another-key", WORLD_FOUNDED, tags_another_key},
    {"tags.shares-differ", WORLD_FOUNDED, tags_foreign_share},
    {"tags.shares-differ", WORLD_FOUNDED, tags_threshold_too_low},
    {"tags.shares-differ", WORLD_FOUNDED, tags_whole_no_element},
    {"admission.unknown-device", WORLD_FOUND, admission_unknown_device},
    {"tags.not-in-force", WORLD_FOUND, admission_older_tags},
    {"tags.not-in-force", WORLD_FOUND, admission_without_tags},
    {"tags.not-in-force", WORLD_FOUND, admission_by_proposed_tags},
    {"approval.closed", WORLD_FOUNDED, approval_of_tags_too_late},
    {"approval.same-officer", WORLD_FOUNDED, approval_of_tags_twice},
    {"tags.not-in-force", WORLD_FOUND, inquiry_without_tags},
    {"tags.nothing-asked", WORLD_FOUND, admission_of_nobody},
    {"tags.not-an-element", WORLD_FOUND, admission_not_an_element},
    {"admission.nothing-in-force", WORLD_FOUND, admission_when_disconnected},
    {"admission.no-limit", WORLD_FOUND, admission_without_limit},
    {"admission.over-limit", WORLD_FOUND, admission_over_limit},
    {"admission.over-limit", WORLD_FOUND, admission_over_lowered_limit},
    {"disclosure.record-unknown", WORLD_FOUND, disclosure_record_unknown},
    {"disclosure.no-field", WORLD_FOUND, disclosure_no_such_field},
    {"disclosure.no-field", WORLD_FOUND, disclosure_of_no_field},
    {"disclosure.no-field", WORLD_FOUND, disclosure_of_a_finding},
    {"disclosure.erased", WORLD_FOUND, released_after_erasure},
    {"disclosure.erased", WORLD_FOUND, erased_twice},
    {"disclosure.form", WORLD_FOUND, release_says_to_whom},
    {"disclosure.form", WORLD_FOUND, erasure_says_why},
    {"disclosure.form", WORLD_FOUND, erasure_says_no_reader},
    {"disclosure.key-unknown", WORLD_FOUND, disclosure_key_unknown},
    {"disclosure.key-unknown", WORLD_FOUND, disclosure_key_ended},
    {"disclosure.key-unknown", WORLD_FOUND, disclosure_key_expired},
    {"disclosure.not-entitled", WORLD_FOUND, disclosure_to_the_accused},
    {"disclosure.not-entitled", WORLD_FOUND, disclosure_to_the_exporter},
    {"lease.tags", WORLD_ENROLLED, lease_names_tags},
    {"lease.tags", WORLD_ENROLLED, lease_names_no_tags},
    {"lease.tags", WORLD_ENROLLED, lease_names_older_tags},
    {"refusal.device-unknown", WORLD_ENROLLED, refusal_device_unknown},
    {"refusal.other-system", WORLD_ENROLLED, refusal_other_system},
    {"refusal.other-system", WORLD_ENROLLED, refusal_of_no_system},
    {"renewal.not-a-request", WORLD_ENROLLED, not_a_request},
    {"renewal.unknown-device", WORLD_ENROLLED, unknown_device},
    {"renewal.needs-signature", WORLD_LICENSED, session_before_any},
    {"renewal.needs-signature", WORLD_LICENSED, session_of_yesterday},
    {"renewal.bad-tag", WORLD_LICENSED, session_bad_tag},
    {"renewal.counter-reused", WORLD_ENROLLED, counter_reused},
    {"renewal.lease-unknown", WORLD_ENROLLED, lease_unknown},
    {"renewal.use-log-shrank", WORLD_ENROLLED, use_log_shrank},
    {"renewal.use-log-forked", WORLD_ENROLLED, use_log_forked_at_one_size},
    {"renewal.use-log-forked", WORLD_ENROLLED, use_log_forked},
    {"renewal.use-log-forked", WORLD_ENROLLED, use_log_skips},
    {"renewal.too-large", WORLD_FOUND, renewal_too_large},
    {"renewal.surrendered", WORLD_ENROLLED, renewal_surrendered},
    {"renewal.measure", WORLD_FOUND, renewal_disconnected},
    {"renewal.measure", WORLD_FOUND, renewal_suspended},
    {"renewal.hit", WORLD_ENROLLED, renewal_hit},
    {"renewal.hit", WORLD_ENROLLED, renewal_clearance_ran_out},
    {"renewal.superseded", WORLD_ENROLLED, renewal_superseded},
    {"renewal.out-of-time", WORLD_ENROLLED, renewal_out_of_time},
    {"renewal.nothing-in-force", WORLD_FOUND, nothing_in_common},
    {"state.no-such-system", WORLD_ENROLLED, no_such_system},
};

static void run_row(const struct row *row, bool broken)
{
	struct world w;
	struct err e = {0};
	world_begin(&w, row->stage);
	bool done = row->run(&w, broken, &e);
	if (!broken)
		CHECK(done, "%s kept (row %td): %s: %s", row->rule, row - rows,
		      e.rule == NULL ? "-" : e.rule, e.text);
	else
		CHECK(!done && e.kind == ERR_REFUSED && strcmp(e.rule, row->rule) == 0,
		      "%s broken (row %td): %s: %s", row->rule, row - rows,
		      done             ? "accepted"
		      : e.rule == NULL ? "-"
		                       : e.rule,
		      e.text);
	world_end(&w);
}

static void each_rule_accepts_what_keeps_it(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		run_row(&rows[i], false);
}

static void each_rule_refuses_what_breaks_it_by_its_name(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		run_row(&rows[i], true);
}

/* What a case puts on the log, once more on a disk that fails at every read in turn. */
static void each_kind_of_record_tells_of_a_failing_disk(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct world w;
		struct memory memory = {0};
		struct err e = {0};
		world_begin(&w, rows[i].stage);
		uint64_t before = w.index;
		rows[i].run(&w, false, &e);
		for (uint64_t k = 0; k < before; k++)
			broken_disk_keep(&memory, w.log[k], k);
		for (uint64_t k = before; k < w.index; k++)
			broken_disk_apply(&memory, w.log[k], k);
		struct hash was = memory_digest(&w.memory), is = memory_digest(&memory);
		CHECK(hash_equal(&was, &is), "%s (row %zu): the state differs", rows[i].rule, i);
		arena_free(&memory.arena);
		world_end(&w);
	}
}

/* The last record of a case, judged while one entry of the state is cut short: for each of them. */
static size_t judge_on_damage(struct memory *memory, struct bytes entry, uint64_t index,
                              const char *rule)
{
	struct state state = memory_state(memory);
	size_t told = 0;
	for (size_t i = 0; i < memory->count; i++) {
		struct memory_pair *pair = &memory->pairs[i];
		struct bytes was = pair->value;
		owned_arena arena = {0};
		struct changes changes = {.arena = &arena};
		struct err e = {0};
		if (was.len < 2 || was.len == HASH_SIZE) /* marks and ids have no form to break */
			continue;
		/* The end of the log's entry is its name, of any length. */
		pair->value.len = bytes_equal(pair->key, bytes_text("log")) ? 9 : was.len - 1;
		bool done = broken_disk_judge(&state, entry, index, &changes, &e);
		pair->value = was;
		CHECK(done || e.kind == ERR_ENVIRONMENT, "%s, %.*s: %s: %s", rule,
		      (int)pair->key.len, (const char *)pair->key.at, e.rule == NULL ? "-" : e.rule,
		      e.text);
		CHECK(done || changes.first == NULL, "%s: it changes something", rule);
		told += !done;
	}
	return told;
}

static void each_kind_of_record_tells_of_a_damaged_state(void)
{
	size_t told = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct world w;
		struct memory memory = {0};
		struct err e = {0};
		world_begin(&w, rows[i].stage);
		rows[i].run(&w, false, &e);
		for (uint64_t k = 0; k + 1 < w.index; k++)
			broken_disk_keep(&memory, w.log[k], k);
		if (w.index > 0)
			told +=
			    judge_on_damage(&memory, w.log[w.index - 1], w.index - 1, rows[i].rule);
		arena_free(&memory.arena);
		world_end(&w);
	}
	CHECK(told > sizeof rows / sizeof *rows, "%zu", told);
}

static void every_rule_has_a_row(void)
{
	for (size_t i = 0; i < rule_count; i++) {
		size_t seen = 0;
		for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
			seen += strcmp(rows[k].rule, rules[i].code) == 0;
		CHECK(seen > 0, "%s is broken by no row", rules[i].code);
		for (size_t k = 0; k < i; k++)
			CHECK(strcmp(rules[k].code, rules[i].code) != 0, "%s is listed twice",
			      rules[i].code);
	}
}

/* The table of doc/rules.md, as the list makes it. */
static const char *table_of_rules(struct arena *arena)
{
	struct buffer b = {.arena = arena};
	buffer_text(&b, "| code | judges | what is demanded |\n| --- | --- | --- |\n");
	for (size_t i = 0; i < rule_count; i++)
		buffer_printf(&b, "| `%s` | %s | %s |\n", rules[i].code, rules[i].records,
		              rules[i].text);
	return buffer_cstr(&b);
}

static void the_document_lists_exactly_these_rules_in_this_order(void)
{
	owned_arena arena = {0};
	struct bytes file;
	struct err e = {0};
	const char *table = table_of_rules(&arena);
	if (getenv("PROVISO_PRINT_RULES") != NULL) /* to paste into the document */
		fprintf(stderr, "%s", table);
	bool read = file_read(&arena, SOURCE_ROOT "/doc/rules.md", 1 << 20, &file, &e);
	CHECK(read, "%s", e.text);
	if (read)
		CHECK(strstr(arena_copy(&arena, file.at, file.len), table) != NULL,
		      "doc/rules.md differs from rules.c: print the table with "
		      "PROVISO_PRINT_RULES=1");
}

TEST_MAIN(TEST(each_rule_accepts_what_keeps_it), TEST(each_rule_refuses_what_breaks_it_by_its_name),
          TEST(each_kind_of_record_tells_of_a_failing_disk),
          TEST(each_kind_of_record_tells_of_a_damaged_state), TEST(every_rule_has_a_row),
          TEST(the_document_lists_exactly_these_rules_in_this_order))
