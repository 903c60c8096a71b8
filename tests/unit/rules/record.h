/* Cases of rules_test.c: what every record and every key must keep. */
#ifndef PROVISO_TEST_RULES_RECORD_H
#define PROVISO_TEST_RULES_RECORD_H

#include "case.h"
#include "record/cbor.h"

/* --- Every record ----------------------------------------------------------------------------- */

static bool not_for_the_log(struct world *w, bool broken, struct err *e)
{
	struct renewal_body request = {.nonce = world_nonce(w, 1), .counter = 1};
	struct report_body report = world_report(w);
	return broken ? DO(KIND_RENEWAL, &request, &w->device)
	              : DO(KIND_REPORT, &report, &w->auditor);
}

static bool first_is_authority(struct world *w, bool broken, struct err *e)
{
	struct key_body body = world_first(w);
	if (broken)
		body.role = ROLE_OFFICER;
	return DO(KIND_KEY, &body, &w->authority);
}

static bool first_is_a_key(struct world *w, bool broken, struct err *e)
{
	struct key_body key = world_first(w);
	struct definitions_body definitions = world_definitions(w);
	return broken ? DO(KIND_DEFINITIONS, &definitions, &w->authority)
	              : DO(KIND_KEY, &key, &w->authority);
}

static bool first_names_a_key(struct world *w, bool broken, struct err *e)
{
	struct key_body body = world_first(w);
	body.has_public_key = !broken;
	return DO(KIND_KEY, &body, &w->authority);
}

static bool first_replaces_nothing(struct world *w, bool broken, struct err *e)
{
	struct key_body body = world_first(w);
	body.has_replaces = broken;
	return DO(KIND_KEY, &body, &w->authority);
}

static bool origin_is_holder(struct world *w, bool broken, struct err *e)
{
	struct key_body body = world_first(w);
	if (broken)
		body.holder = "somebody";
	return DO(KIND_KEY, &body, &w->authority);
}

static bool origin_is_ed25519(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key_of(broken ? KEY_ES256 : KEY_ED25519, WORLD_ORIGIN);
	struct key_body body = world_first(w);
	body.public_key = key.public;
	return DO(KIND_KEY, &body, &key);
}

static bool origin_is_spoken_to(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key(broken ? "other.example/log" : WORLD_ORIGIN);
	struct key_body body = world_first(w);
	body.public_key = key.public;
	body.holder = key.public.name;
	return DO(KIND_KEY, &body, &key);
}

static bool origin_is_issuer(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = w->authority;
	struct key_body body = world_first(w);
	if (broken)
		strcpy(key.public.name, "somebody");
	return DO(KIND_KEY, &body, &key);
}

static bool threshold_of_one_at_least(struct world *w, bool broken, struct err *e)
{
	struct key_body body = world_first(w);
	body.threshold = broken ? 0 : 1;
	return DO(KIND_KEY, &body, &w->authority);
}

static bool threshold_is_given(struct world *w, bool broken, struct err *e)
{
	struct key_body body = world_first(w);
	body.has_threshold = !broken;
	return DO(KIND_KEY, &body, &w->authority);
}

static bool threshold_of_the_authority_only(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("officer-dunn");
	struct key_body body = world_key_body(ROLE_OFFICER, &key);
	body.has_threshold = broken;
	body.threshold = 1;
	return DO(KIND_KEY, &body, &w->authority);
}

static bool first_signs_itself(struct world *w, bool broken, struct err *e)
{
	struct secret_key other = world_key("other-key");
	struct key_body body = world_first(w);
	strcpy(other.public.name, WORLD_ORIGIN);
	return DO(KIND_KEY, &body, broken ? &other : &w->authority);
}

static bool other_authority(struct world *w, bool broken, struct err *e)
{
	struct bytes bytes;
	union record_body body = {.report = world_report(w)};
	bool made =
	    record_sign(&w->arena, KIND_REPORT, &body, broken ? "other.example/log" : WORLD_ORIGIN,
	                w->now, &w->auditor, &bytes, e);
	return made && world_submit(w, bytes, NULL, e);
}

static bool duplicate(struct world *w, bool broken, struct err *e)
{
	struct report_body body = world_report(w);
	struct bytes bytes = world_record(w, KIND_REPORT, &body, &w->auditor);
	if (!broken)
		return world_submit(w, bytes, NULL, e);
	return world_submit(w, bytes, NULL, e) && world_submit(w, bytes, NULL, e);
}

static bool unknown_signer(struct world *w, bool broken, struct err *e)
{
	struct secret_key stranger = world_key("stranger");
	struct report_body body = world_report(w);
	return DO(KIND_REPORT, &body, broken ? &stranger : &w->auditor);
}

static bool end_key(struct world *w, const struct secret_key *key, unsigned role,
                    const struct hash *record, struct err *e)
{
	struct key_body body = world_key_body(role, key);
	body.has_public_key = false;
	body.has_replaces = true;
	body.replaces = *record;
	body.has_reason = true;
	body.reason = "It was lost.";
	return DO(KIND_KEY, &body, &w->authority);
}

static bool key_ended_by_revocation(struct world *w, bool broken, struct err *e)
{
	struct report_body body = world_report(w);
	if (broken && !end_key(w, &w->exporter, ROLE_EXPORTER, &w->exporter_key, e))
		return true;
	return DO(KIND_REPORT, &body, &w->exporter);
}

static bool key_ended_by_replacement(struct world *w, bool broken, struct err *e)
{
	struct secret_key next = world_key("Meridian-Systems-2");
	struct key_body body = world_key_body(ROLE_EXPORTER, &w->exporter);
	struct report_body report = world_report(w);
	body.public_key = next.public;
	body.has_replaces = true;
	body.replaces = w->exporter_key;
	return DO(KIND_KEY, &body, &w->exporter) &&
	       DO(KIND_REPORT, &report, broken ? &w->exporter : &next);
}

static bool other_issuer(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = w->auditor;
	struct report_body body = world_report(w);
	if (broken)
		strcpy(key.public.name, "Somebody-Else");
	return DO(KIND_REPORT, &body, &key);
}

static bool wrong_role(struct world *w, bool broken, struct err *e)
{
	struct definitions_body body = world_definitions(w);
	return DO(KIND_DEFINITIONS, &body, broken ? &w->exporter : &w->officers[0]);
}

static bool bad_signature(struct world *w, bool broken, struct err *e)
{
	struct report_body body = world_report(w);
	struct bytes bytes = world_record(w, KIND_REPORT, &body, &w->auditor);
	uint8_t *at = (uint8_t *)arena_copy(&w->arena, bytes.at, bytes.len);
	if (broken)
		at[bytes.len - 1] ^= 1; /* the signature stands last */
	return world_submit(w, bytes_of(at, bytes.len), NULL, e);
}

static bool time_goes_back(struct world *w, bool broken, struct err *e)
{
	struct listing_body body = world_listing(w);
	w->now -= broken ? 2 : 1; /* the last record was a second ago */
	return DO(KIND_LISTING, &body, NULL);
}

/* --- Keys ---------------------------------------------------------------------------------------
 */

static bool says_nothing(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("officer-dunn");
	struct key_body body = world_key_body(ROLE_OFFICER, &key);
	body.has_public_key = !broken;
	return DO(KIND_KEY, &body, &w->authority);
}

static bool authority_is_fixed(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("officer-dunn");
	struct key_body body = world_key_body(broken ? ROLE_AUTHORITY : ROLE_OFFICER, &key);
	return DO(KIND_KEY, &body, &w->authority);
}

static bool key_unknown(struct world *w, bool broken, struct err *e)
{
	struct hash nothing = {0};
	return end_key(w, &w->exporter, ROLE_EXPORTER, broken ? &nothing : &w->exporter_key, e);
}

static bool already_ended(struct world *w, bool broken, struct err *e)
{
	bool ended = end_key(w, &w->exporter, ROLE_EXPORTER, &w->exporter_key, e);
	return broken && ended ? end_key(w, &w->exporter, ROLE_EXPORTER, &w->exporter_key, e)
	                       : ended;
}

static bool replace_exporter(struct world *w, const struct key_body *changed,
                             const struct secret_key *signer, struct err *e)
{
	struct key_body body = *changed;
	body.has_replaces = true;
	body.replaces = w->exporter_key;
	return DO(KIND_KEY, &body, signer);
}

static struct key_body next_exporter(struct world *w)
{
	struct secret_key next = world_key("Meridian-Systems-2");
	struct key_body body = world_key_body(ROLE_EXPORTER, &w->exporter);
	body.public_key = next.public;
	return body;
}

static bool changes_holder(struct world *w, bool broken, struct err *e)
{
	struct key_body body = next_exporter(w);
	if (broken)
		body.holder = "Somebody Else";
	return replace_exporter(w, &body, &w->authority, e);
}

static bool changes_role(struct world *w, bool broken, struct err *e)
{
	struct key_body body = next_exporter(w);
	if (broken)
		body.role = ROLE_AUDITOR;
	return replace_exporter(w, &body, &w->authority, e);
}

static bool changes_country(struct world *w, bool broken, struct err *e)
{
	struct key_body body = next_exporter(w);
	if (broken)
		body.country = "XB";
	return replace_exporter(w, &body, &w->authority, e);
}

static bool drops_country(struct world *w, bool broken, struct err *e)
{
	struct key_body body = next_exporter(w);
	body.has_country = !broken;
	return replace_exporter(w, &body, &w->authority, e);
}

static bool changes_country_after_revocation(struct world *w, bool broken, struct err *e)
{
	struct key_body body = next_exporter(w);
	if (broken)
		body.country = "XB";
	return end_key(w, &w->exporter, ROLE_EXPORTER, &w->exporter_key, e) &&
	       DO(KIND_KEY, &body, &w->authority);
}

static bool drops_country_after_revocation(struct world *w, bool broken, struct err *e)
{
	struct key_body body = next_exporter(w);
	body.has_country = !broken;
	return end_key(w, &w->exporter, ROLE_EXPORTER, &w->exporter_key, e) &&
	       DO(KIND_KEY, &body, &w->authority);
}

/* Where a lone officer is all that has to agree, two are needed all the same. */
static bool lone_officer_registers_no_officer(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("officer-dunn");
	struct key_body body = world_first(w);
	body.threshold = 1;
	world_must(w, KIND_KEY, &body, &w->authority, NULL);
	for (int i = 0; i < 2 - broken; i++) {
		body = world_key_body(ROLE_OFFICER, &w->officers[i]);
		world_must(w, KIND_KEY, &body, &w->authority, NULL);
	}
	body = world_key_body(ROLE_OFFICER, &key);
	return DO(KIND_KEY, &body, &w->officers[0]);
}

/* Officers agree on officers, and on nobody above them or beside. */
static bool others_propose_no_officer(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("officer-dunn");
	struct key_body body = world_key_body(ROLE_OFFICER, &key);
	return DO(KIND_KEY, &body, broken ? &w->auditor : &w->officers[0]);
}

/* Proposed by the first, agreed to by the second: then the key is an officer's. */
static struct hash propose_officer(struct world *w, const struct secret_key *key)
{
	struct key_body body = world_key_body(ROLE_OFFICER, key);
	struct hash id;
	world_must(w, KIND_KEY, &body, &w->officers[0], &id);
	return id;
}

static bool proposed_officer_is_none_yet(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("officer-dunn");
	struct hash id = propose_officer(w, &key);
	struct definitions_body body = world_definitions(w);
	return (broken || world_approve(w, &id, 1, e)) && DO(KIND_DEFINITIONS, &body, &key);
}

/* A lost device: the officer's new key takes the place of the old once others agree. */
static bool lost_key_ends_when_others_agree(struct world *w, bool broken, struct err *e)
{
	struct secret_key next = world_key("officer-cole-2");
	struct key_body body = world_key_body(ROLE_OFFICER, &w->officers[2]);
	struct definitions_body definitions = world_definitions(w);
	struct hash id;
	body.public_key = next.public;
	body.has_replaces = true;
	body.replaces = w->officer_keys[2];
	world_must(w, KIND_KEY, &body, &w->officers[0], &id);
	bool waits = world_do(w, KIND_APPROVAL, &(struct approval_body){.proposal = id},
	                      &w->officers[1], NULL, e);
	return waits && DO(KIND_DEFINITIONS, &definitions, broken ? &w->officers[2] : &next);
}

static bool officer_agrees_once(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("officer-dunn");
	struct hash id = propose_officer(w, &key);
	return world_approve(w, &id, broken ? 0 : 1, e);
}

static bool officer_agreed_already(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("officer-dunn");
	struct hash id = propose_officer(w, &key);
	return (!broken || world_approve(w, &id, 1, e)) && world_approve(w, &id, 2, e);
}

/* Meanwhile the authority has done it, in another way. */
static bool officer_is_there_already(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("officer-dunn"), other = world_key("officer-dunn-2");
	struct hash id = propose_officer(w, &key);
	struct key_body body = world_key_body(ROLE_OFFICER, &other);
	body.holder = key.public.name;
	if (broken)
		world_must(w, KIND_KEY, &body, &w->authority, NULL);
	return world_approve(w, &id, 1, e);
}

static bool officers_end_no_officer_too_many(struct world *w, bool broken, struct err *e)
{
	struct hash id;
	for (int i = 2; i >= 2 - broken; i--) {
		struct key_body body = world_key_body(ROLE_OFFICER, &w->officers[i]);
		body.has_public_key = false;
		body.has_replaces = body.has_reason = true;
		body.replaces = w->officer_keys[i];
		body.reason = "Left.";
		if (!world_do(w, KIND_KEY, &body, &w->officers[0], &id, e) ||
		    !world_approve(w, &id, 1, e))
			return false;
	}
	return true;
}

static bool exporter_registers_none_but_its_own(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("Another-Exporter");
	struct key_body body = broken ? world_key_body(ROLE_EXPORTER, &key) : next_exporter(w);
	return broken ? DO(KIND_KEY, &body, &w->exporter)
	              : replace_exporter(w, &body, &w->exporter, e);
}

static bool nobody_ends_anothers_key(struct world *w, bool broken, struct err *e)
{
	struct key_body body = next_exporter(w);
	return replace_exporter(w, &body, broken ? &w->end_user : &w->officers[1], e);
}

/* Of another officer's it is a proposal. */
static bool officer_ends_an_auditors_key_alone(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("Somebody");
	struct key_body body = world_key_body(broken ? ROLE_AUDITOR : ROLE_OFFICER, &key);
	struct report_body report = world_report(w);
	struct hash id;
	world_must(w, KIND_KEY, &body, &w->authority, &id);
	body.has_public_key = false;
	body.has_replaces = true;
	body.replaces = id;
	body.has_reason = true;
	body.reason = "Left.";
	return DO(KIND_KEY, &body, &w->officers[0]) && DO(KIND_REPORT, &report, &key);
}

static bool key_in_use(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("Another-Exporter");
	struct key_body body = world_key_body(ROLE_EXPORTER, &key);
	if (broken)
		body.public_key = w->auditor.public;
	return DO(KIND_KEY, &body, &w->authority);
}

static bool key_in_use_by_a_system(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = broken ? w->device : world_key("Another-Exporter");
	struct key_body body = world_key_body(ROLE_EXPORTER, &key);
	return DO(KIND_KEY, &body, &w->authority);
}

static bool holder_has_key(struct world *w, bool broken, struct err *e)
{
	struct key_body body = next_exporter(w);
	return broken ? DO(KIND_KEY, &body, &w->authority)
	              : replace_exporter(w, &body, &w->authority, e);
}

static bool needs_reason(struct world *w, bool broken, struct err *e)
{
	struct key_body body = world_key_body(ROLE_EXPORTER, &w->exporter);
	body.has_public_key = false;
	body.has_reason = !broken;
	body.reason = "It was lost.";
	return replace_exporter(w, &body, &w->exporter, e);
}

/* --- End dates ---------------------------------------------------------------------------- */

/* A further auditor, for an hour. */
static struct secret_key auditor_for_an_hour(struct world *w, struct hash *id)
{
	struct secret_key key = world_key("Second-Auditor");
	struct key_body body = world_key_body(ROLE_AUDITOR, &key);
	body.has_valid_until = true;
	body.valid_until = w->now + 3600;
	world_must(w, KIND_KEY, &body, &w->officers[0], id);
	return key;
}

static bool key_expired_at_its_end(struct world *w, bool broken, struct err *e)
{
	struct hash id;
	struct secret_key key = auditor_for_an_hour(w, &id);
	struct report_body body = world_report(w);
	w->now += broken ? 3599 : 3598;
	return DO(KIND_REPORT, &body, &key);
}

/* Dated back, it is judged by the log's time, which others have moved. */
static bool key_expired_and_dated_back(struct world *w, bool broken, struct err *e)
{
	struct hash id;
	struct secret_key key = auditor_for_an_hour(w, &id);
	struct report_body body = world_report(w);
	int64_t before = w->now;
	if (broken) {
		w->now += 7200;
		world_must(w, KIND_REPORT, &body, &w->auditor, NULL);
	}
	w->now = before;
	body.allegation = "Another one.";
	return DO(KIND_REPORT, &body, &key);
}

static bool end_date_is_ahead(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("Second-Auditor");
	struct key_body body = world_key_body(ROLE_AUDITOR, &key);
	body.has_valid_until = true;
	body.valid_until = w->now + !broken;
	return DO(KIND_KEY, &body, &w->officers[0]);
}

static bool end_date_is_of_a_new_key(struct world *w, bool broken, struct err *e)
{
	struct key_body body = world_key_body(ROLE_EXPORTER, &w->exporter);
	body.has_public_key = false;
	body.has_replaces = body.has_reason = true;
	body.replaces = w->exporter_key;
	body.reason = "It was lost.";
	body.has_valid_until = broken;
	body.valid_until = w->now + 3600;
	return DO(KIND_KEY, &body, &w->authority);
}

static bool authority_has_no_end_date(struct world *w, bool broken, struct err *e)
{
	struct key_body body = world_first(w);
	body.has_valid_until = broken;
	body.valid_until = w->now + 3600;
	return DO(KIND_KEY, &body, &w->authority);
}

static bool replace_own(struct world *w, bool has_until, int64_t until, struct err *e)
{
	struct hash id;
	struct secret_key key = auditor_for_an_hour(w, &id), next = world_key("Third-Auditor");
	struct key_body body = world_key_body(ROLE_AUDITOR, &key);
	body.public_key = next.public;
	body.has_replaces = true;
	body.replaces = id;
	body.has_valid_until = has_until;
	body.valid_until = until;
	return DO(KIND_KEY, &body, &key);
}

static bool nobody_outlasts_their_own_end_date(struct world *w, bool broken, struct err *e)
{
	return replace_own(w, true, w->now + 3600 + broken, e);
}

static bool nobody_drops_their_own_end_date(struct world *w, bool broken, struct err *e)
{
	return replace_own(w, !broken, w->now + 60, e);
}

/* An officer whose time is over is in favour of nothing. */
static bool officer_for_a_time_counts_for_it_only(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("officer-dunn");
	struct key_body officer = world_key_body(ROLE_OFFICER, &key);
	struct measure_body measure = world_measure(w, MEASURE_DISCONNECT);
	struct hash id;
	officer.has_valid_until = true;
	officer.valid_until = w->now + 3600;
	world_must(w, KIND_KEY, &officer, &w->authority, NULL);
	world_must(w, KIND_MEASURE, &measure, &key, &id);
	w->now += broken ? 7200 : 60;
	struct lift_body lift = {.measure = id, .reason = "It is in force."};
	return world_approve(w, &id, 0, e) && DO(KIND_LIFT, &lift, &w->officers[1]);
}

/* An officer whose time is over is none that is left. */
static bool officer_whose_time_is_over_is_not_left(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("officer-dunn");
	struct key_body officer = world_key_body(ROLE_OFFICER, &key);
	officer.has_valid_until = true;
	officer.valid_until = w->now + 3600;
	world_must(w, KIND_KEY, &officer, &w->authority, NULL);
	w->now += broken ? 7200 : 60;
	return end_key(w, &w->officers[0], ROLE_OFFICER, &w->officer_keys[0], e) &&
	       end_key(w, &w->officers[1], ROLE_OFFICER, &w->officer_keys[1], e);
}

/* --- Passkeys ----------------------------------------------------------------------------- */

static struct key_body passkey_body(const struct secret_key *key)
{
	struct key_body body = world_key_body(ROLE_EXPORTER, key);
	body.has_rp_id = body.has_origin = true;
	body.rp_id = "authority.example";
	body.origin = "https://console.authority.example:8443";
	return body;
}

static bool passkey_has_an_origin(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("Another-Exporter");
	struct key_body body = passkey_body(&key);
	body.has_origin = !broken;
	return DO(KIND_KEY, &body, &w->authority);
}

static bool passkey_has_a_site(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("Another-Exporter");
	struct key_body body = passkey_body(&key);
	body.has_rp_id = !broken;
	return DO(KIND_KEY, &body, &w->authority);
}

/* Each of a registration of its own, so that a good one shows that the name was not the fault. */
static bool passkey_signs_at_its_site(struct world *w, bool broken, struct err *e)
{
	static const char *const others[] = {"http://authority.example",
	                                     "https://evilauthority.example",
	                                     "https://authority.example.evil",
	                                     "https://authority.example/",
	                                     "https://authority.example:",
	                                     "https://authority.example:8x",
	                                     "https://a\"authority.example",
	                                     "https://AUTHORITY.EXAMPLE",
	                                     "https://"};
	struct secret_key key = world_key("Another-Exporter");
	struct key_body body = passkey_body(&key);
	if (!broken)
		return DO(KIND_KEY, &body, &w->authority);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		body.origin = others[i];
		if (DO(KIND_KEY, &body, &w->authority))
			return true;
		CHECK(strcmp(e->rule, "key.passkey") == 0, "%s: %s", others[i], e->rule);
	}
	body.origin = others[0];
	return DO(KIND_KEY, &body, &w->authority);
}

/* Plain HTTP is for this machine, and nothing else is. */
static bool passkey_on_this_machine(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("Another-Exporter");
	struct key_body body = passkey_body(&key);
	body.rp_id = "localhost";
	body.origin = broken ? "https://localhost:8470" : "http://localhost:8470";
	return DO(KIND_KEY, &body, &w->authority);
}

static bool authority_is_no_passkey(struct world *w, bool broken, struct err *e)
{
	struct key_body body = world_first(w);
	body.has_rp_id = body.has_origin = broken;
	body.rp_id = "authority.example";
	body.origin = "https://authority.example";
	return DO(KIND_KEY, &body, &w->authority);
}

/* What an authenticator makes of a statement: the same one under another algorithm. */
static struct bytes by_passkey(struct world *w, struct bytes plain, const struct secret_key *key,
                               const char *origin)
{
	struct arena *arena = &w->arena;
	struct cose_sign1 cose;
	struct err e;
	struct buffer protected = {.arena = arena}, client = {.arena = arena};
	struct buffer data = {.arena = arena}, assertion = {.arena = arena};
	struct buffer message = {.arena = arena};
	uint8_t signature[KEY_SIGNATURE];
	static const uint8_t head[] = {0xA4, 0x01, 0x3A, 0x00, 0x01, 0x01, 0x0F}; /* alg: -65808 */
	CHECK(cose_decode(arena, plain, &cose, &e), "%s", e.text);
	buffer_bytes(&protected, bytes_of(head, sizeof head));
	buffer_bytes(&protected, bytes_of(cose.protected.at + 3, cose.protected.len - 3));
	struct hash challenge = cose_challenge(buffer_view(&protected), cose.payload);
	buffer_text(&client, "{\"type\":\"webauthn.get\",\"challenge\":\"");
	for (const char *c = base64_encode(arena, hash_bytes(&challenge)); *c != '='; c++)
		buffer_u8(&client, *c == '+' ? '-' : *c == '/' ? '_' : (uint8_t)*c);
	buffer_printf(&client, "\",\"origin\":\"%s\",\"crossOrigin\":false}", origin);
	struct hash site = sha256(bytes_text("authority.example"));
	struct hash said = sha256(buffer_view(&client));
	buffer_bytes(&data, hash_bytes(&site));
	buffer_u8(&data, 0x05);
	buffer_u32be(&data, 0);
	struct bytes authenticator = bytes_copy(arena, buffer_view(&data));
	buffer_bytes(&data, hash_bytes(&said));
	CHECK(key_sign(key, buffer_view(&data), signature, &e), "%s", e.text);
	passkey_assertion_encode(
	    &assertion, &(struct passkey_assertion){authenticator, buffer_view(&client),
	                                            bytes_of(signature, sizeof signature)});
	cbor_tag(&message, 18);
	cbor_array(&message, 4);
	cbor_bytes(&message, buffer_view(&protected));
	cbor_map(&message, 0);
	cbor_bytes(&message, cose.payload);
	cbor_bytes(&message, buffer_view(&assertion));
	return buffer_view(&message);
}

/* A passkey ends itself: a record of its own, as its holder would sign it. */
static struct bytes passkey_ends_itself(struct world *w, struct secret_key *key)
{
	struct hash id;
	struct key_body body;
	*key = world_key("Another-Exporter");
	body = passkey_body(key);
	world_must(w, KIND_KEY, &body, &w->authority, &id);
	body = world_key_body(ROLE_EXPORTER, key);
	body.has_public_key = false;
	body.has_replaces = body.has_reason = true;
	body.replaces = id;
	body.reason = "It was lost.";
	return world_record(w, KIND_KEY, &body, key);
}

static bool passkey_signs_by_assertion_only(struct world *w, bool broken, struct err *e)
{
	struct secret_key key;
	struct bytes plain = passkey_ends_itself(w, &key);
	struct bytes asserted =
	    by_passkey(w, plain, &key, "https://console.authority.example:8443");
	return world_submit(w, broken ? plain : asserted, NULL, e);
}

static bool passkey_signs_at_its_origin_only(struct world *w, bool broken, struct err *e)
{
	struct secret_key key;
	struct bytes plain = passkey_ends_itself(w, &key);
	return world_submit(w,
	                    by_passkey(w, plain, &key,
	                               broken ? "https://authority.example"
	                                      : "https://console.authority.example:8443"),
	                    NULL, e);
}

static bool other_keys_sign_by_no_assertion(struct world *w, bool broken, struct err *e)
{
	struct secret_key key = world_key("Another-Exporter");
	struct key_body body = world_key_body(ROLE_EXPORTER, &key);
	struct bytes plain = world_record(w, KIND_KEY, &body, &w->officers[0]);
	return world_submit(
	    w, broken ? by_passkey(w, plain, &w->officers[0], "https://authority.example") : plain,
	    NULL, e);
}

static bool too_few_officers(struct world *w, bool broken, struct err *e)
{
	return end_key(w, &w->officers[0], ROLE_OFFICER, &w->officer_keys[0], e) &&
	       (!broken || end_key(w, &w->officers[1], ROLE_OFFICER, &w->officer_keys[1], e));
}

#endif
