/* Cases of rules_test.c: from an application to a system enrolled. */
#ifndef PROVISO_TEST_RULES_LICENCE_H
#define PROVISO_TEST_RULES_LICENCE_H

#include "case.h"

/* --- Applications, screening, decisions ----------------------------------------------------------
 */

static bool apply_for(struct world *w, const struct application_body *body, struct err *e)
{
	return DO(KIND_APPLICATION, body, &w->exporter);
}

static bool application_not_signatory(struct world *w, bool broken, struct err *e)
{
	struct application_body body = world_application(w);
	if (broken)
		body.exporter.name = "Somebody-Else";
	return apply_for(w, &body, e);
}

static bool application_country(struct world *w, bool broken, struct err *e)
{
	struct application_body body = world_application(w);
	body.exporter.country = broken ? "XB" : "XA";
	return apply_for(w, &body, e);
}

static bool no_capability(struct world *w, bool broken, struct err *e)
{
	struct application_body body = world_application(w);
	if (broken)
		body.item.capabilities.count = 0;
	return apply_for(w, &body, e);
}

static bool application_quantity(struct world *w, bool broken, struct err *e)
{
	struct application_body body = world_application(w);
	body.quantity = !broken;
	return apply_for(w, &body, e);
}

static bool application_empty(struct world *w, bool broken, struct err *e)
{
	struct application_body body = world_application(w);
	body.scope = world_scope(w, broken ? "none" : "capability=capture.headers");
	return apply_for(w, &body, e);
}

static bool application_party_poses(struct world *w, bool broken, struct err *e)
{
	struct application_body body = world_application(w);
	struct other_party other = {.role = broken ? "exporter" : "broker",
	                            .name = "Black Michael Trading"};
	body.parties = (struct list){&other, 1};
	return apply_for(w, &body, e);
}

static bool application_has_too_many_parties(struct world *w, bool broken, struct err *e)
{
	struct application_body body = world_application(w);
	struct other_party others[OTHER_PARTIES + 1];
	for (size_t i = 0; i <= OTHER_PARTIES; i++)
		others[i] = (struct other_party){
		    .role = "owner", .name = "Black Michael", .has_country = true, .country = "XR"};
	body.parties = (struct list){others, broken ? OTHER_PARTIES + 1 : OTHER_PARTIES};
	return apply_for(w, &body, e);
}

static bool application_widens(struct world *w, bool broken, struct err *e)
{
	struct application_body body = world_application(w);
	body.scope = world_scope(w, broken ? "capability=implant" : "capability=capture.content");
	return apply_for(w, &body, e);
}

static bool application_names_capabilities(struct world *w, bool broken, struct err *e)
{
	struct application_body body = world_application(w);
	body.scope =
	    world_scope(w, broken ? "territory=XR" : "capability=capture.content; territory=XR");
	return apply_for(w, &body, e);
}

static bool listing_goes_back(struct world *w, bool broken, struct err *e)
{
	struct listing_body body = world_listing(w);
	body.date -= broken;
	body.size = 6;
	return DO(KIND_LISTING, &body, NULL);
}

static bool screening_application_unknown(struct world *w, bool broken, struct err *e)
{
	struct screening_body body = world_screening(w);
	body.application.at[0] ^= broken;
	return DO(KIND_SCREENING, &body, NULL);
}

static bool screening_refused(struct world *w, bool broken, struct err *e)
{
	struct screening_body body = world_screening(w);
	struct decision_body decision = world_decision(w);
	decision.outcome = broken ? DECISION_REFUSE : DECISION_APPROVE;
	if (!DO(KIND_DECISION, &decision, &w->officers[0]))
		return broken;
	w->now++;
	return DO(KIND_SCREENING, &body, NULL);
}

static bool no_listing(struct world *w, bool broken, struct err *e)
{
	struct screening_body body = world_screening(w);
	if (broken)
		body.listings.count = 0;
	return DO(KIND_SCREENING, &body, NULL);
}

static bool listing_unknown(struct world *w, bool broken, struct err *e)
{
	struct screening_body body = world_screening(w);
	if (broken)
		*(struct hash *)body.listings.at = w->application;
	return DO(KIND_SCREENING, &body, NULL);
}

static bool decide(struct world *w, const struct decision_body *body, struct err *e)
{
	return DO(KIND_DECISION, body, &w->officers[0]);
}

static bool decision_application_unknown(struct world *w, bool broken, struct err *e)
{
	struct decision_body body = world_decision(w);
	body.application.at[0] ^= broken;
	return decide(w, &body, e);
}

static bool already_decided(struct world *w, bool broken, struct err *e)
{
	struct decision_body body = world_decision(w);
	return decide(w, &body, e) && (!broken || decide(w, &body, e));
}

static bool provisos_missing(struct world *w, bool broken, struct err *e)
{
	struct decision_body body = world_decision(w);
	body.outcome = DECISION_APPROVE_WITH_PROVISOS;
	if (!broken)
		body.provisos = WORLD_LIST_OF(w, const char *, "Only for the capital.");
	return decide(w, &body, e);
}

static bool provisos_out_of_place(struct world *w, bool broken, struct err *e)
{
	struct decision_body body = world_decision(w);
	if (broken)
		body.provisos = WORLD_LIST_OF(w, const char *, "Only for the capital.");
	return decide(w, &body, e);
}

/* What is not screened can't be approved, but it can be turned down. */
static bool not_screened(struct world *w, bool broken, struct err *e)
{
	struct decision_body body = world_decision(w);
	body.outcome = broken ? DECISION_APPROVE : DECISION_REFUSE;
	return decide(w, &body, e);
}

/* --- Licences
 * -------------------------------------------------------------------------------------- */

static bool license(struct world *w, const struct licence_body *body, struct err *e)
{
	return DO(KIND_LICENCE, body, &w->officers[0]);
}

static bool licence_application_unknown(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	body.application.at[0] ^= broken;
	return license(w, &body, e);
}

static bool not_approved(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	struct decision_body decision = world_decision(w);
	return (broken || decide(w, &decision, e)) && license(w, &body, e);
}

static bool refused_is_not_approved(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	struct decision_body decision = world_decision(w);
	decision.outcome = broken ? DECISION_REFUSE : DECISION_APPROVE;
	return decide(w, &decision, e) && license(w, &body, e);
}

static bool exporters_differ(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	if (broken)
		body.exporter.name = "Somebody-Else";
	return license(w, &body, e);
}

static bool end_users_countries_differ(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	body.end_user.country = broken ? "XB" : "XR";
	return license(w, &body, e);
}

static bool versions_differ(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	body.item.version = broken ? "2.2" : "2.1";
	return license(w, &body, e);
}

static bool items_differ(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	body.item.name = broken ? "Reader" : "Listener";
	return license(w, &body, e);
}

static bool capabilities_differ(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	if (broken)
		body.item.capabilities = WORLD_LIST_OF(w, const char *, "capture", "implant");
	return license(w, &body, e);
}

static bool quantity_of_all(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	body.quantity = 1;
	if (!license(w, &body, e))
		return broken;
	body.quantity += broken;
	return license(w, &body, e);
}

static bool quantity_of_none(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	body.quantity = !broken;
	return license(w, &body, e);
}

static bool declaration_unknown(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	body.declaration.at[0] ^= broken;
	return license(w, &body, e);
}

static bool declaration_of_another(struct world *w, bool broken, struct err *e)
{
	struct secret_key police = world_key("Syldavian-Police");
	struct key_body key = world_key_body(ROLE_END_USER, &police);
	struct declaration_body body = world_declaration(w);
	struct licence_body licence = world_licence(w);
	struct hash theirs;
	body.end_user.name = police.public.name;
	if (!DO(KIND_KEY, &key, &w->officers[0]) ||
	    !world_do(w, KIND_DECLARATION, &body, &police, &theirs, e))
		return broken;
	if (broken)
		licence.declaration = theirs;
	return license(w, &licence, e);
}

static bool declaration_replaced(struct world *w, bool broken, struct err *e)
{
	struct declaration_body body = world_declaration(w);
	struct licence_body licence = world_licence(w);
	struct hash again;
	if (!world_do(w, KIND_DECLARATION, &body, &w->end_user, &again, e))
		return broken;
	if (!broken)
		licence.declaration = again;
	return license(w, &licence, e);
}

static bool licence_valid_until(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	body.valid_until = w->now + !broken;
	return license(w, &body, e);
}

static bool outlives_declaration(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	body.valid_until = WORLD_START + 365 * WORLD_DAY + broken;
	return license(w, &body, e);
}

static bool lease_seconds(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	body.lease_seconds = 30 * WORLD_DAY + broken;
	return license(w, &body, e);
}

static bool lease_of_no_second(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	body.lease_seconds = !broken;
	return license(w, &body, e);
}

static bool licence_empty(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	if (broken)
		body.scope = &scope_none;
	return license(w, &body, e);
}

static bool licence_widens_item(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	body.item.capabilities = WORLD_LIST_OF(w, const char *, "capture.headers");
	if (!broken)
		body.scope =
		    world_scope(w, "capability=capture.headers; purpose=terrorism; territory=XR; "
		                   "require=warrant");
	return license(w, &body, e);
}

static bool licence_widens_application(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	body.scope =
	    world_scope(w, broken ? "capability=capture.headers; purpose=terrorism; territory=XB; "
	                            "require=warrant"
	                          : "capability=capture.headers; purpose=terrorism; "
	                            "territory=XR.C; require=warrant");
	return license(w, &body, e);
}

/* The application may ask for more than the state has declared; the licence may not. */
static bool licence_widens_declaration(struct world *w, bool broken, struct err *e)
{
	struct application_body body = world_application(w);
	struct screening_body screening;
	struct decision_body decision;
	struct licence_body licence;
	body.scope = world_scope(w, "capability=capture.headers; purpose=serious-crime,terrorism; "
	                            "territory=XR; require=warrant");
	if (!world_do(w, KIND_APPLICATION, &body, &w->exporter, &w->application, e))
		return broken;
	screening = world_screening(w);
	decision = world_decision(w);
	licence = world_licence(w);
	licence.scope = world_scope(
	    w, broken
	           ? "capability=capture.headers; purpose=serious-crime.libel; territory=XR; "
	             "require=warrant"
	           : "capability=capture.headers; purpose=serious-crime.kidnapping; territory=XR; "
	             "require=warrant");
	return DO(KIND_SCREENING, &screening, NULL) && decide(w, &decision, e) &&
	       license(w, &licence, e);
}

/* --- Surrender, enrolment
 * --------------------------------------------------------------------------- */

static bool surrender_licence_unknown(struct world *w, bool broken, struct err *e)
{
	struct surrender_body body = world_surrender(w);
	body.licence.at[0] ^= broken;
	return DO(KIND_SURRENDER, &body, &w->exporter);
}

static bool surrender_not_entitled(struct world *w, bool broken, struct err *e)
{
	struct secret_key other = world_key("Another-Exporter");
	struct key_body key = world_key_body(ROLE_EXPORTER, &other);
	struct surrender_body body = world_surrender(w);
	return DO(KIND_KEY, &key, &w->officers[0]) &&
	       DO(KIND_SURRENDER, &body, broken ? &other : &w->end_user);
}

static bool surrendered_already(struct world *w, bool broken, struct err *e)
{
	struct surrender_body body = world_surrender(w);
	return DO(KIND_SURRENDER, &body, &w->exporter) &&
	       (!broken || DO(KIND_SURRENDER, &body, &w->end_user));
}

static bool revoked_already(struct world *w, bool broken, struct err *e)
{
	struct surrender_body body = world_surrender(w);
	struct measure_body revoke = world_measure(w, MEASURE_REVOKE);
	if (broken)
		world_enforce(w, &revoke);
	return DO(KIND_SURRENDER, &body, &w->exporter);
}

static bool enrol(struct world *w, const struct enrolment_body *body, struct err *e)
{
	return DO(KIND_ENROLMENT, body, &w->exporter);
}

static bool enrolment_licence_unknown(struct world *w, bool broken, struct err *e)
{
	struct enrolment_body body = world_enrolment(w);
	struct hash foreign = sha256(bytes_text("of another log"));
	body.licences = broken ? WORLD_LIST_OF(w, struct hash, foreign)
	                       : WORLD_LIST_OF(w, struct hash, foreign, w->licence);
	return enrol(w, &body, e);
}

static bool licences_several(struct world *w, bool broken, struct err *e)
{
	struct licence_body licence = world_licence(w);
	struct hash one, two;
	struct enrolment_body body;
	licence.quantity = 1;
	if (!world_do(w, KIND_LICENCE, &licence, &w->officers[0], &one, e) ||
	    !world_do(w, KIND_LICENCE, &licence, &w->officers[1], &two, e))
		return broken;
	body = world_enrolment(w);
	body.licences =
	    broken ? WORLD_LIST_OF(w, struct hash, one, two) : WORLD_LIST_OF(w, struct hash, one);
	return enrol(w, &body, e);
}

static bool enrolment_not_entitled(struct world *w, bool broken, struct err *e)
{
	struct secret_key other = world_key("Another-Exporter");
	struct key_body key = world_key_body(ROLE_EXPORTER, &other);
	struct enrolment_body body = world_enrolment(w);
	return DO(KIND_KEY, &key, &w->officers[0]) &&
	       DO(KIND_ENROLMENT, &body, broken ? &other : &w->officers[1]);
}

static bool licence_surrendered(struct world *w, bool broken, struct err *e)
{
	struct enrolment_body body = world_enrolment(w);
	struct surrender_body surrender = world_surrender(w);
	return (!broken || DO(KIND_SURRENDER, &surrender, &w->exporter)) && enrol(w, &body, e);
}

static bool licence_revoked(struct world *w, bool broken, struct err *e)
{
	struct secret_key second = world_key("S-2");
	struct enrolment_body body = world_enrolment(w);
	struct measure_body revoke = world_measure(w, MEASURE_REVOKE);
	body.serial = "S-2";
	body.device_key = second.public;
	if (broken)
		world_enforce(w, &revoke);
	return enrol(w, &body, e);
}

static bool licence_over(struct world *w, bool broken, struct err *e)
{
	struct enrolment_body body = world_enrolment(w);
	w->now = WORLD_START + 300 * WORLD_DAY - !broken;
	return enrol(w, &body, e);
}

static bool enrolment_quantity(struct world *w, bool broken, struct err *e)
{
	const char *const serials[] = {"S-1", "S-2", "S-3"};
	bool done = true;
	for (int i = 0; done && i < 2 + broken; i++) {
		struct secret_key device = world_key(serials[i]);
		struct enrolment_body body = world_enrolment(w);
		body.serial = serials[i];
		body.device_key = device.public;
		done = enrol(w, &body, e);
	}
	return done;
}

static bool item_version(struct world *w, bool broken, struct err *e)
{
	struct enrolment_body body = world_enrolment(w);
	body.item_version = broken ? "2.0" : "2.1";
	return enrol(w, &body, e);
}

static bool serial_taken(struct world *w, bool broken, struct err *e)
{
	struct secret_key second = world_key("S-2");
	struct enrolment_body body = world_enrolment(w);
	body.device_key = second.public;
	body.serial = broken ? "S-1" : "S-2";
	return enrol(w, &body, e);
}

static bool device_key_taken(struct world *w, bool broken, struct err *e)
{
	struct secret_key second = world_key("S-2");
	struct enrolment_body body = world_enrolment(w);
	body.serial = "S-2";
	body.device_key = broken ? w->device.public : second.public;
	return enrol(w, &body, e);
}

static bool device_key_is_a_persons(struct world *w, bool broken, struct err *e)
{
	struct enrolment_body body = world_enrolment(w);
	if (broken)
		body.device_key = w->auditor.public;
	return enrol(w, &body, e);
}

#endif
