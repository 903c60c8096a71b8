/* Cases of rules_test.c: the key records that gates follow, and the inbox's. */
#ifndef PROVISO_TEST_RULES_AGREED_H
#define PROVISO_TEST_RULES_AGREED_H

#include "case.h"
#include "log/note.h"

static const char *witness_line(struct world *w, const char *name)
{
	struct secret_key key = world_key(name);
	return arena_printf(&w->arena, "witness %s %s\n", name,
	                    key_cosigner_line(&w->arena, &key.public));
}

/* A policy of this log: `k` of the witnesses w1, w2 and w3. */
static const char *policy_text(struct world *w, unsigned k)
{
	return arena_printf(&w->arena, "log %s\n%s%s%sgroup g %u w1 w2 w3\nquorum g\n",
	                    key_line(&w->arena, &w->authority.public), witness_line(w, "w1"),
	                    witness_line(w, "w2"), witness_line(w, "w3"), k);
}

static struct key_body witnesses(const char *policy)
{
	return (struct key_body){
	    .role = ROLE_WITNESSES, .holder = WORLD_ORIGIN, .has_policy = true, .policy = policy};
}

/* A record of officer 0, agreed to by officer 1. */
static bool agree(struct world *w, const struct key_body *body, struct err *e)
{
	struct hash id;
	return world_do(w, KIND_KEY, body, &w->officers[0], &id, e) && world_approve(w, &id, 1, e);
}

/* --- Roles ------------------------------------------------------------------------------------ */

static bool policy_is_of_the_witnesses(struct world *w, bool broken, struct err *e)
{
	struct key_body body = witnesses(policy_text(w, 2));
	body.role = broken ? ROLE_AUDITOR : ROLE_WITNESSES;
	return DO(KIND_KEY, &body, &w->officers[0]);
}

static bool witnesses_have_no_key_here(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("w1");
	struct key_body body = witnesses(policy_text(w, 2));
	body.public_key = key.public;
	body.has_public_key = broken;
	return DO(KIND_KEY, &body, &w->officers[0]);
}

static bool checkpoint_is_of_an_origin(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("officer-dunn");
	struct key_body body = world_key_body(ROLE_OFFICER, &key);
	body.has_checkpoint = broken;
	body.checkpoint = bytes_text("x");
	return DO(KIND_KEY, &body, &w->officers[0]);
}

static struct key_body inbox(const struct secret_key *key)
{
	struct key_body body = world_key_body(ROLE_INBOX, key);
	body.holder = WORLD_ORIGIN;
	return body;
}

static bool inbox_is_no_passkey(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key_of(KEY_ES256, WORLD_ORIGIN "/inbox");
	struct key_body body = inbox(&key);
	body.has_rp_id = body.has_origin = broken;
	body.rp_id = "authority.example";
	body.origin = "https://authority.example";
	return DO(KIND_KEY, &body, &w->authority);
}

static bool inbox_key_is_es256(struct world *w, bool broken, struct err *e)
{
	struct secret_key key =
	    world_key_of(broken ? KEY_ED25519 : KEY_ES256, WORLD_ORIGIN "/inbox");
	struct key_body body = inbox(&key);
	return DO(KIND_KEY, &body, &w->authority);
}

static bool inbox_is_the_logs(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key_of(KEY_ES256, WORLD_ORIGIN "/inbox");
	struct key_body body = inbox(&key);
	body.holder = broken ? "somebody" : WORLD_ORIGIN;
	return agree(w, &body, e);
}

static bool exporter_gives_no_inbox(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key_of(KEY_ES256, WORLD_ORIGIN "/inbox");
	struct key_body body = inbox(&key);
	return DO(KIND_KEY, &body, broken ? &w->exporter : &w->officers[0]);
}

static bool inbox_signs_nothing(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key_of(KEY_ES256, WORLD_ORIGIN "/inbox");
	struct key_body body = inbox(&key);
	struct report_body report = world_report(w);
	world_must(w, KIND_KEY, &body, &w->authority, NULL);
	return DO(KIND_REPORT, &report, broken ? &key : &w->auditor);
}

/* --- Witnesses -------------------------------------------------------------------------------- */

static bool authority_says_no_witnesses(struct world *w, bool broken, struct err *e)
{
	struct key_body body = witnesses(policy_text(w, 2));
	return DO(KIND_KEY, &body, broken ? &w->authority : &w->officers[0]);
}

static bool policy_is_well_formed(struct world *w, bool broken, struct err *e)
{
	struct key_body body = witnesses(broken ? "quorum q\n" : policy_text(w, 2));
	return DO(KIND_KEY, &body, &w->officers[0]);
}

static bool policy_has_this_log(struct world *w, bool broken, struct err *e)
{
	const char *text = policy_text(w, 2);
	struct key_body body = witnesses(broken ? strchr(text, '\n') + 1 : text);
	return DO(KIND_KEY, &body, &w->officers[0]);
}

static bool policy_has_a_quorum(struct world *w, bool broken, struct err *e)
{
	const char *none = arena_printf(&w->arena, "log %s\nquorum none\n",
	                                key_line(&w->arena, &w->authority.public));
	struct key_body body = witnesses(broken ? none : policy_text(w, 1));
	return DO(KIND_KEY, &body, &w->officers[0]);
}

static bool policy_is_held_by_the_log(struct world *w, bool broken, struct err *e)
{
	struct key_body body = witnesses(policy_text(w, 2));
	body.holder = broken ? "somebody" : WORLD_ORIGIN;
	return DO(KIND_KEY, &body, &w->officers[0]);
}

/* An officer whom the authority's key made when officers had begun to sign. */
static struct secret_key impose(struct world *w)
{
	struct secret_key key = world_key("officer-dunn");
	struct key_body body = world_key_body(ROLE_OFFICER, &key);
	world_must(w, KIND_KEY, &body, &w->authority, NULL);
	return key;
}

static bool imposed_officer_proposes_no_witnesses(struct world *w, bool broken, struct err *e)
{
	struct secret_key dunn = impose(w);
	struct key_body body = witnesses(policy_text(w, 2));
	return DO(KIND_KEY, &body, broken ? &dunn : &w->officers[0]);
}

static bool imposed_officer_agrees_to_no_witnesses(struct world *w, bool broken, struct err *e)
{
	struct secret_key dunn = impose(w);
	struct key_body body = witnesses(policy_text(w, 2));
	struct approval_body approval;
	world_must(w, KIND_KEY, &body, &w->officers[0], &approval.proposal);
	return DO(KIND_APPROVAL, &approval, broken ? &dunn : &w->officers[1]);
}

/* Nor does one whom such a one has voted in, or a key that he gave himself. */
static bool imposed_officer_brings_in_none(struct world *w, bool broken, struct err *e)
{
	struct secret_key dunn = impose(w), eve = world_key("officer-eve");
	struct key_body officer = world_key_body(ROLE_OFFICER, &eve);
	struct key_body body = witnesses(policy_text(w, 2));
	struct approval_body approval;
	world_must(w, KIND_KEY, &officer, &w->officers[0], &approval.proposal);
	world_must(w, KIND_APPROVAL, &approval, broken ? &dunn : &w->officers[1], NULL);
	return DO(KIND_KEY, &body, &eve);
}

static bool imposed_officer_stays_one(struct world *w, bool broken, struct err *e)
{
	struct secret_key dunn = world_key("officer-dunn"), next = world_key("officer-dunn-2");
	struct key_body first = world_key_body(ROLE_OFFICER, &dunn), second = first;
	struct key_body body = witnesses(policy_text(w, 2));
	if (broken)
		world_must(w, KIND_KEY, &first, &w->authority, &second.replaces);
	else {
		struct approval_body approval;
		world_must(w, KIND_KEY, &first, &w->officers[0], &approval.proposal);
		world_must(w, KIND_APPROVAL, &approval, &w->officers[1], NULL);
		second.replaces = approval.proposal;
	}
	second.has_replaces = true;
	second.public_key = next.public;
	world_must(w, KIND_KEY, &second, &dunn, NULL);
	return DO(KIND_KEY, &body, &next);
}

/* --- Enrolments ------------------------------------------------------------------------------- */

static struct enrolment_body demanding(struct world *w, const char *policy, bool shows)
{
	struct enrolment_body body = world_enrolment(w);
	body.has_policy = policy != NULL;
	if (policy != NULL)
		body.policy = sha256(bytes_text(policy));
	body.has_policy_file = shows;
	body.policy_file = policy;
	return body;
}

static void publish(struct world *w, unsigned k)
{
	struct key_body body = witnesses(policy_text(w, k));
	struct err e;
	bool agreed = agree(w, &body, &e);
	assert(agreed);
}

static bool enrolment_demands_witnesses(struct world *w, bool broken, struct err *e)
{
	publish(w, 2);
	struct enrolment_body body = demanding(w, broken ? NULL : policy_text(w, 2), false);
	return DO(KIND_ENROLMENT, &body, &w->exporter);
}

static bool enrolment_demands_no_fewer(struct world *w, bool broken, struct err *e)
{
	publish(w, 2);
	struct enrolment_body body = demanding(w, policy_text(w, broken ? 1 : 3), true);
	return DO(KIND_ENROLMENT, &body, &w->exporter);
}

static bool enrolment_shows_its_policy(struct world *w, bool broken, struct err *e)
{
	publish(w, 2);
	struct enrolment_body body = demanding(w, policy_text(w, 3), !broken);
	return DO(KIND_ENROLMENT, &body, &w->exporter);
}

static bool enrolment_shows_the_policy_it_names(struct world *w, bool broken, struct err *e)
{
	struct enrolment_body body = demanding(w, policy_text(w, 2), true);
	if (broken)
		body.policy_file = policy_text(w, 1);
	return DO(KIND_ENROLMENT, &body, &w->exporter);
}

/* --- Another origin --------------------------------------------------------------------------- */

#define NEXT_ORIGIN "next.example/log"

/* The log as it is, signed; to these rules the root says nothing. */
static struct bytes last_checkpoint(struct world *w, uint64_t size, const struct secret_key *by)
{
	struct checkpoint head = {
	    .origin = by->public.name, .size = size, .root = sha256(bytes_text("root"))};
	struct bytes note;
	struct err e;
	bool made = checkpoint_sign(&w->arena, &head, by, &note, &e);
	assert(made);
	return note;
}

static struct key_body next_origin(struct world *w, const struct secret_key *key)
{
	struct hash first = sha256(w->log[0]);
	struct key_body body = world_key_body(ROLE_AUTHORITY, key);
	body.has_replaces = true;
	body.replaces = first;
	body.has_checkpoint = true;
	body.checkpoint = last_checkpoint(w, w->index, &w->authority);
	return body;
}

static bool origin_begins_from_a_checkpoint(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key(NEXT_ORIGIN);
	struct key_body body = next_origin(w, &key);
	body.has_checkpoint = !broken;
	return DO(KIND_KEY, &body, &w->officers[0]);
}

static bool authority_begins_no_origin(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key(NEXT_ORIGIN);
	struct key_body body = next_origin(w, &key);
	return DO(KIND_KEY, &body, broken ? &w->authority : &w->officers[0]);
}

static bool origin_has_another_name(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key(NEXT_ORIGIN);
	if (broken)
		strcpy(key.public.name, WORLD_ORIGIN);
	struct key_body body = next_origin(w, &key);
	return DO(KIND_KEY, &body, &w->officers[0]);
}

static bool origin_is_named_by_its_key(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key(NEXT_ORIGIN);
	struct key_body body = next_origin(w, &key);
	body.holder = broken ? "somebody" : NEXT_ORIGIN;
	return DO(KIND_KEY, &body, &w->officers[0]);
}

static bool origin_begins_where_the_log_ends(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key(NEXT_ORIGIN);
	struct key_body body = next_origin(w, &key);
	body.checkpoint = last_checkpoint(w, w->index - broken, &w->authority);
	return DO(KIND_KEY, &body, &w->officers[0]);
}

static bool origin_begins_from_this_log(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key(NEXT_ORIGIN), other = world_key("other.example/log");
	struct key_body body = next_origin(w, &key);
	body.checkpoint = last_checkpoint(w, w->index, broken ? &other : &w->authority);
	return DO(KIND_KEY, &body, &w->officers[0]);
}

static bool origin_is_agreed_at_once(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key(NEXT_ORIGIN);
	struct key_body body = next_origin(w, &key);
	struct hash id;
	struct report_body between = world_report(w);
	world_must(w, KIND_KEY, &body, &w->officers[0], &id);
	if (broken)
		world_must(w, KIND_REPORT, &between, &w->auditor, NULL);
	return world_approve(w, &id, 1, e);
}

/* What comes after it is made to the new origin. */
static bool old_origin_ends(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key(NEXT_ORIGIN);
	struct key_body body = next_origin(w, &key);
	struct report_body report = world_report(w);
	struct bytes bytes;
	union record_body all = {.report = report};
	return agree(w, &body, e) &&
	       record_sign(&w->arena, KIND_REPORT, &all, broken ? WORLD_ORIGIN : NEXT_ORIGIN,
	                   w->now, &w->auditor, &bytes, e) &&
	       world_submit(w, bytes, NULL, e);
}

/* The authority's old key signs nothing more: it ended with its origin. */
static bool old_key_ends(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key(NEXT_ORIGIN), court = world_key("court");
	struct key_body body = next_origin(w, &key);
	struct bytes bytes;
	union record_body all = {.key = world_key_body(ROLE_AUDITOR, &court)};
	return agree(w, &body, e) &&
	       record_sign(&w->arena, KIND_KEY, &all, NEXT_ORIGIN, w->now,
	                   broken ? &w->authority : &key, &bytes, e) &&
	       world_submit(w, bytes, NULL, e);
}

static bool two_origins_follow_no_log(struct world *w, bool broken, struct err *e)
{
	struct secret_key one = world_key(NEXT_ORIGIN), two = world_key("second.example/log");
	struct key_body first = next_origin(w, &one), second = next_origin(w, &two);
	struct bytes bytes;
	union record_body all = {.key = second};
	if (!broken)
		return agree(w, &first, e);
	return agree(w, &first, e) &&
	       record_sign(&w->arena, KIND_KEY, &all, NEXT_ORIGIN, w->now, &w->officers[0], &bytes,
	                   e) &&
	       world_submit(w, bytes, NULL, e);
}

static bool origin_ended_for_who_asks(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key(NEXT_ORIGIN);
	struct key_body body = next_origin(w, &key);
	union record_body request = {
	    .renewal = {.nonce = world_nonce(w, w->counter + 1), .counter = w->counter + 1}};
	struct asker asker;
	struct record record;
	struct bytes bytes;
	return agree(w, &body, e) &&
	       record_sign(&w->arena, KIND_RENEWAL, &request, broken ? WORLD_ORIGIN : NEXT_ORIGIN,
	                   w->now, &w->device, &bytes, e) &&
	       record_decode(&w->arena, bytes, &record, e) &&
	       lease_asker(&w->state, &record, w->now, NULL, &w->arena, &asker, e);
}

#endif
