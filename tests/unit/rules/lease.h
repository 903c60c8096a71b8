/* Cases of rules_test.c: leases, refusals and requests for them. */
#ifndef PROVISO_TEST_RULES_LEASE_H
#define PROVISO_TEST_RULES_LEASE_H

#include "log/merkle.h"
#include "case.h"
#include "screening.h"
#include "measure.h"

/* --- Leases and refusals
 * ---------------------------------------------------------------------------------- */

static bool grant(struct world *w, const struct lease_body *body, struct err *e)
{
	return DO(KIND_LEASE, body, NULL);
}

static bool lease_system_unknown(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	body.system.at[0] ^= broken;
	return grant(w, &body, e);
}

static bool lease_device(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	body.device.at[0] ^= broken;
	return grant(w, &body, e);
}

static bool lease_sequence(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	body.sequence += broken;
	return grant(w, &body, e);
}

static bool lease_sequence_again(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	body.sequence -= broken;
	return grant(w, &body, e);
}

static bool lease_counter(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	body.counter -= broken;
	return grant(w, &body, e);
}

static bool lease_use_log_shrinks(struct world *w, bool broken, struct err *e)
{
	struct lease_body body;
	world_grant(w); /* acknowledges one entry */
	body = world_lease(w);
	body.use_log.size = broken ? 0 : 2;
	return grant(w, &body, e);
}

static bool lease_use_log_forks(struct world *w, bool broken, struct err *e)
{
	struct lease_body body;
	world_grant(w);
	body = world_lease(w);
	body.use_log.size = 1;
	if (!broken)
		body.use_log.root = sha256(bytes_of(&(uint64_t){1}, sizeof(uint64_t)));
	return grant(w, &body, e);
}

static bool lease_nothing_in_force(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	struct measure_body measure = world_measure(w, MEASURE_DISCONNECT);
	if (broken)
		world_enforce(w, &measure);
	return grant(w, &body, e);
}

static bool lease_after_the_end(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	w->now = WORLD_START + 300 * WORLD_DAY - !broken;
	return grant(w, &body, e);
}

static bool lease_widens(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	body.scope =
	    broken ? &scope_any
	           : world_scope(w, "capability=capture.headers; purpose=terrorism; territory=XR; "
	                            "subject-not=mailto:@state.gov,tel:+1; require=warrant; "
	                            "until=2026-02-01T00:00:00Z");
	return grant(w, &body, e);
}

static bool lease_widens_after_a_measure(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	struct measure_body measure = world_measure(w, MEASURE_RESTRICT);
	world_enforce(w, &measure);
	if (!broken)
		body.scope = world_lease(w).scope;
	return grant(w, &body, e);
}

static bool lease_ttl(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	body.ttl_seconds += broken;
	return grant(w, &body, e);
}

static bool lease_ttl_of_nothing(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	body.ttl_seconds = !broken;
	return grant(w, &body, e);
}

static bool lease_of_another_session(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	body.has_session = true;
	body.session = 1 + broken;
	return DO(KIND_LEASE, &body, NULL);
}

static bool lease_of_no_session(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	body.has_session = broken;
	return DO(KIND_LEASE, &body, NULL);
}

static bool lease_of_an_old_session(struct world *w, bool broken, struct err *e)
{
	w->now += broken ? SESSION_SECONDS : SESSION_SECONDS / 2;
	struct lease_body body = world_lease(w);
	body.has_session = true;
	body.session = 1;
	return DO(KIND_LEASE, &body, NULL);
}

static bool refusal_device_unknown(struct world *w, bool broken, struct err *e)
{
	struct refusal_body body = world_refusal(w);
	body.device.at[0] ^= broken;
	return DO(KIND_REFUSAL, &body, NULL);
}

static bool refusal_other_system(struct world *w, bool broken, struct err *e)
{
	struct refusal_body body = world_refusal(w);
	body.system.at[0] ^= broken;
	return DO(KIND_REFUSAL, &body, NULL);
}

static bool refusal_of_no_system(struct world *w, bool broken, struct err *e)
{
	struct refusal_body body = world_refusal(w);
	body.has_system = !broken;
	return DO(KIND_REFUSAL, &body, NULL);
}

/* --- Renewals
 * ------------------------------------------------------------------------------------------------
 */

/* A device as the gate is: it keeps a use log and asks with its head. */
struct renewer {
	struct merkle_tree uses;
	uint64_t counter, acknowledged, last_sequence;
};

static void use(struct renewer *a, uint64_t times)
{
	for (uint64_t i = 0; i < times; i++) {
		struct hash leaf = merkle_leaf(bytes_of(&a->uses.edge.size, sizeof(uint64_t)));
		bool added = merkle_tree_append(&a->uses, &leaf);
		assert(added);
	}
}

static struct renewal_body ask(struct world *w, struct renewer *a)
{
	struct merkle_source source = merkle_tree_source(&a->uses);
	struct merkle_proof proof = {0};
	struct err e;
	struct renewal_body body = {
	    .nonce = world_nonce(w, a->counter + 1),
	    .counter = ++a->counter,
	    .use_log = {a->uses.edge.size, merkle_edge_root(&a->uses.edge)},
	    .acknowledged = a->acknowledged,
	    .last_sequence = a->last_sequence,
	};
	bool made = merkle_consistency(&source, a->acknowledged, a->uses.edge.size, &proof, &e);
	assert(made);
	body.consistency = world_list(w, proof.at, proof.count, sizeof *proof.at);
	return body;
}

static bool renew(struct world *w, const struct renewal_body *body, const struct secret_key *key,
                  struct err *e)
{
	struct lease_body lease;
	return world_renew(w, body, key, &lease, e);
}

/* One lease over a use log of three, so that what follows continues it. */
static bool renew_once(struct world *w, struct renewer *a, struct err *e)
{
	struct renewal_body body;
	use(a, 3);
	body = ask(w, a);
	if (!renew(w, &body, &w->device, e))
		return false;
	a->acknowledged = 3;
	a->last_sequence = 1;
	return true;
}

static bool not_a_request(struct world *w, bool broken, struct err *e)
{
	struct renewer a = {0};
	struct report_body report = world_report(w);
	struct record record;
	enum record_kind kind;
	union record_body answer;
	if (!broken) {
		bool done = renew_once(w, &a, e);
		merkle_tree_free(&a.uses);
		return done;
	}
	struct bytes bytes = world_record(w, KIND_REPORT, &report, &w->auditor);
	return record_decode(&w->arena, bytes, &record, e) &&
	       world_judge(w, &record, &kind, &answer, e);
}

static bool renew_by(struct world *w, struct secret_key *key, struct err *e)
{
	struct renewal_body body = world_renewal(w);
	return renew(w, &body, key, e);
}

static bool unknown_device(struct world *w, bool broken, struct err *e)
{
	return renew_by(w, broken ? &w->auditor : &w->device, e);
}

static bool renewal_to_another(struct world *w, bool broken, struct err *e)
{
	union record_body body = {
	    .renewal = {.nonce = world_nonce(w, 1), .counter = 1, .use_log = {0, merkle_empty}}};
	struct bytes bytes;
	struct record record;
	enum record_kind kind;
	union record_body answer;
	return record_sign(&w->arena, KIND_RENEWAL, &body,
	                   broken ? "other.example/log" : WORLD_ORIGIN, w->now, &w->device, &bytes,
	                   e) &&
	       record_decode(&w->arena, bytes, &record, e) &&
	       world_judge(w, &record, &kind, &answer, e);
}

/* A second system, whose key can agree on a secret with the authority's. */
static struct secret_key enrol_for_sessions(struct world *w)
{
	struct secret_key device = world_key("S-2");
	struct enrolment_body body = world_enrolment(w);
	body.serial = "S-2";
	body.device_key = device.public;
	world_must(w, KIND_ENROLMENT, &body, &w->exporter, &w->system);
	return device;
}

/* Asks with a signature, then within the session that it began. */
static bool ask_in_session(struct world *w, const struct secret_key *device, int64_t later,
                           bool flips, struct err *e)
{
	struct renewal_body body = world_renewal(w);
	struct lease_body lease;
	const uint8_t *nonce = body.nonce.at;
	if (!world_renew(w, &body, device, &lease, e))
		return false;
	w->now += later;
	body = world_renewal(w);
	struct bytes request = world_session_request(w, &body, device, nonce);
	uint8_t *at = (uint8_t *)arena_copy(&w->arena, request.at, request.len);
	at[request.len - 1] ^= flips;
	return world_ask(w, bytes_of(at, request.len), &lease, e) && lease.has_session &&
	       lease.session == lease.sequence - 1;
}

static bool session_before_any(struct world *w, bool broken, struct err *e)
{
	static const uint8_t nonce[RENEWAL_NONCE];
	struct secret_key device = enrol_for_sessions(w);
	struct renewal_body body = world_renewal(w);
	struct lease_body lease;
	if (!broken)
		return ask_in_session(w, &device, 0, false, e);
	return world_ask(w, world_session_request(w, &body, &device, nonce), &lease, e);
}

static bool session_of_yesterday(struct world *w, bool broken, struct err *e)
{
	struct secret_key device = enrol_for_sessions(w);
	return ask_in_session(w, &device, broken ? SESSION_SECONDS : SESSION_SECONDS - 10, false,
	                      e);
}

static bool session_bad_tag(struct world *w, bool broken, struct err *e)
{
	struct secret_key device = enrol_for_sessions(w);
	return ask_in_session(w, &device, 0, broken, e);
}

static bool renewal_bad_signature(struct world *w, bool broken, struct err *e)
{
	struct renewal_body body = {
	    .nonce = world_nonce(w, 1), .counter = 1, .use_log = {0, merkle_empty}};
	struct bytes bytes = world_record(w, KIND_RENEWAL, &body, &w->device);
	uint8_t *at = (uint8_t *)arena_copy(&w->arena, bytes.at, bytes.len);
	struct record record;
	enum record_kind kind;
	union record_body answer;
	if (broken)
		at[bytes.len - 1] ^= 1;
	return record_decode(&w->arena, bytes_of(at, bytes.len), &record, e) &&
	       world_judge(w, &record, &kind, &answer, e);
}

static bool renew_again(struct world *w, uint64_t more, void (*change)(struct renewal_body *),
                        struct err *e)
{
	struct renewer a = {0};
	bool done = false;
	if (renew_once(w, &a, e)) {
		use(&a, more);
		struct renewal_body body = ask(w, &a);
		if (change != NULL)
			change(&body);
		done = renew(w, &body, &w->device, e);
	}
	merkle_tree_free(&a.uses);
	return done;
}

static void reuse_counter(struct renewal_body *body)
{
	body->counter = 1;
}

static bool counter_reused(struct world *w, bool broken, struct err *e)
{
	return renew_again(w, 2, broken ? reuse_counter : NULL, e);
}

static void claim_a_lease(struct renewal_body *body)
{
	body->last_sequence = 2;
}

static bool lease_unknown(struct world *w, bool broken, struct err *e)
{
	return renew_again(w, 2, broken ? claim_a_lease : NULL, e);
}

static void shrink(struct renewal_body *body)
{
	body->use_log.size = 2;
	body->consistency.count = 0;
}

static bool use_log_shrank(struct world *w, bool broken, struct err *e)
{
	return renew_again(w, 0, broken ? shrink : NULL, e);
}

static void other_root(struct renewal_body *body)
{
	body->use_log.root.at[0] ^= 1;
}

static bool use_log_forked_at_one_size(struct world *w, bool broken, struct err *e)
{
	return renew_again(w, 0, broken ? other_root : NULL, e);
}

static bool use_log_forked(struct world *w, bool broken, struct err *e)
{
	return renew_again(w, 4, broken ? other_root : NULL, e);
}

static void other_start(struct renewal_body *body)
{
	body->acknowledged = 0;
}

static bool use_log_skips(struct world *w, bool broken, struct err *e)
{
	return renew_again(w, 4, broken ? other_start : NULL, e);
}

static bool renewal_too_large(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_RESTRICT);
	body.scope = many_patterns(w, 'a');
	world_enforce(w, &body);
	body.target = world_target(w, "licence", &w->licence);
	body.scope = many_patterns(w, broken ? 'b' : 'a');
	world_enforce(w, &body);
	return renew_by(w, &w->device, e);
}

static bool renewal_surrendered(struct world *w, bool broken, struct err *e)
{
	struct surrender_body body = world_surrender(w);
	return (!broken || DO(KIND_SURRENDER, &body, &w->exporter)) && renew_by(w, &w->device, e);
}

static bool renewal_disconnected(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, broken ? MEASURE_DISCONNECT : MEASURE_RESTRICT);
	world_enforce(w, &body);
	return renew_by(w, &w->device, e);
}

/* A suspension that ends within the lease's life is a window in the lease. */
static bool renewal_suspended(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_SUSPEND);
	int64_t begun = w->now;
	if (!propose(w, &body, e))
		return broken;
	w->now = begun + 72 * 3600 - 3600 - 1 + !broken;
	return renew_by(w, &w->device, e);
}

/* A hit on a list that suspends stops the party's systems until an officer clears it. */
static bool renewal_hit(struct world *w, bool broken, struct err *e)
{
	return list_suspends(w, e) && find_hit(w, "a", e) &&
	       (broken || clear(w, CLEARANCE_NOT_THE_SAME, e)) && renew_by(w, &w->device, e);
}

static bool renewal_clearance_ran_out(struct world *w, bool broken, struct err *e)
{
	if (!list_suspends(w, e) || !clear_until(w, CLEARANCE_NOT_THE_SAME, WORLD_DAY, e))
		return broken;
	w->now += WORLD_DAY - 10 + 20 * broken;
	return renew_by(w, &w->device, e);
}

static bool renewal_superseded(struct world *w, bool broken, struct err *e)
{
	struct definitions_body body = second_definitions(w);
	if (!DO(KIND_DEFINITIONS, &body, &w->officers[0]))
		return broken;
	w->now = body.effective + 30 * WORLD_DAY - 1 - !broken;
	return renew_by(w, &w->device, e);
}

static bool renewal_out_of_time(struct world *w, bool broken, struct err *e)
{
	w->now = WORLD_START + 300 * WORLD_DAY - 1 - !broken;
	return renew_by(w, &w->device, e);
}

/* Each statement leaves something; together they leave nothing. */
static bool nothing_in_common(struct world *w, bool broken, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_RESTRICT);
	body.scope = world_scope(w, "capability=capture.headers");
	world_enforce(w, &body);
	body.target = world_target(w, "licence", &w->licence);
	body.scope = world_scope(w, broken ? "capability=capture.content" : "capability=capture");
	world_enforce(w, &body);
	return renew_by(w, &w->device, e);
}

static bool no_such_system(struct world *w, bool broken, struct err *e)
{
	struct effective out;
	struct hash id = w->system;
	id.at[0] ^= broken;
	return effective(&w->state, &id, w->now, true, &w->arena, &out, e);
}

#endif
