/* Cases of rules_test.c: definitions and declarations. */
#ifndef PROVISO_TEST_RULES_DECLARATION_H
#define PROVISO_TEST_RULES_DECLARATION_H

#include "case.h"

/* --- Definitions ---------------------------------------------------------------------------------
 */

static bool number(struct world *w, bool broken, struct err *e)
{
	struct definitions_body body = world_definitions(w);
	body.number = broken ? 2 : 1;
	return DO(KIND_DEFINITIONS, &body, &w->officers[0]);
}

static struct definitions_body second_definitions(struct world *w)
{
	struct definitions_body body = world_definitions(w);
	body.number = 2;
	body.effective = WORLD_START + 10 * WORLD_DAY;
	body.has_supersedes = true;
	body.supersedes = 1;
	body.has_grace_days = true;
	body.grace_days = 30;
	return body;
}

static bool grace_of_nothing(struct world *w, bool broken, struct err *e)
{
	struct definitions_body body = second_definitions(w);
	body.has_supersedes = !broken;
	return DO(KIND_DEFINITIONS, &body, &w->officers[0]);
}

static bool grace_too_long(struct world *w, bool broken, struct err *e)
{
	struct definitions_body body = second_definitions(w);
	body.grace_days = 3650 + broken;
	return DO(KIND_DEFINITIONS, &body, &w->officers[0]);
}

static bool no_purpose(struct world *w, bool broken, struct err *e)
{
	struct definitions_body body = world_definitions(w);
	if (broken)
		body.purposes.count = 0;
	return DO(KIND_DEFINITIONS, &body, &w->officers[0]);
}

static bool labels_overlap(struct world *w, bool broken, struct err *e)
{
	struct definitions_body body = world_definitions(w);
	struct purpose *purposes = body.purposes.at;
	if (broken)
		purposes[0].label = "serious-crime.terrorism";
	return DO(KIND_DEFINITIONS, &body, &w->officers[0]);
}

static bool label_twice(struct world *w, bool broken, struct err *e)
{
	struct definitions_body body = world_definitions(w);
	struct purpose *purposes = body.purposes.at;
	if (broken)
		purposes[0].label = purposes[1].label;
	return DO(KIND_DEFINITIONS, &body, &w->officers[0]);
}

static bool definitions_empty(struct world *w, bool broken, struct err *e)
{
	struct definitions_body body = world_definitions(w);
	body.scope = world_scope(w, broken ? "purpose=theft" : "purpose=terrorism.bombing");
	return DO(KIND_DEFINITIONS, &body, &w->officers[0]);
}

static bool supersedes_unknown(struct world *w, bool broken, struct err *e)
{
	struct definitions_body body = second_definitions(w);
	body.supersedes = broken ? 7 : 1;
	return DO(KIND_DEFINITIONS, &body, &w->officers[0]);
}

static bool superseded_twice(struct world *w, bool broken, struct err *e)
{
	struct definitions_body body = second_definitions(w);
	if (!DO(KIND_DEFINITIONS, &body, &w->officers[0]))
		return broken;
	body.number = 3;
	body.supersedes = broken ? 1 : 2;
	return DO(KIND_DEFINITIONS, &body, &w->officers[0]);
}

static bool before_superseded(struct world *w, bool broken, struct err *e)
{
	struct definitions_body body = second_definitions(w);
	body.effective = WORLD_START - broken;
	return DO(KIND_DEFINITIONS, &body, &w->officers[0]);
}

/* --- Declarations
 * --------------------------------------------------------------------------------- */

static bool declare(struct world *w, const struct declaration_body *body, struct err *e)
{
	return DO(KIND_DECLARATION, body, &w->end_user);
}

static bool declaration_not_signatory(struct world *w, bool broken, struct err *e)
{
	struct declaration_body body = world_declaration(w);
	if (broken)
		body.end_user.name = "Somebody-Else";
	return declare(w, &body, e);
}

static bool declaration_country(struct world *w, bool broken, struct err *e)
{
	struct declaration_body body = world_declaration(w);
	body.end_user.country = broken ? "XB" : "XR";
	return declare(w, &body, e);
}

/* A key that says no country: the first declaration says it. */
static bool declaration_country_again(struct world *w, bool broken, struct err *e)
{
	struct secret_key police = world_key("Syldavian-Police");
	struct key_body key = world_key_body(ROLE_END_USER, &police);
	struct declaration_body body = world_declaration(w);
	key.has_country = false;
	body.end_user = (struct party){police.public.name, "XS"};
	if (!DO(KIND_KEY, &key, &w->officers[0]) || !DO(KIND_DECLARATION, &body, &police))
		return broken;
	body.end_user.country = broken ? "XB" : "XS";
	return DO(KIND_DECLARATION, &body, &police);
}

static bool declaration_definitions_unknown(struct world *w, bool broken, struct err *e)
{
	struct declaration_body body = world_declaration(w);
	body.definitions.at[0] ^= broken;
	return declare(w, &body, e);
}

static bool declaration_definitions_not_yet(struct world *w, bool broken, struct err *e)
{
	struct definitions_body second = second_definitions(w);
	struct declaration_body body = world_declaration(w);
	if (!world_do(w, KIND_DEFINITIONS, &second, &w->officers[0], &body.definitions, e))
		return broken;
	w->now = second.effective - broken;
	return declare(w, &body, e);
}

static bool declaration_definitions_superseded(struct world *w, bool broken, struct err *e)
{
	struct definitions_body second = second_definitions(w);
	struct declaration_body body = world_declaration(w);
	if (!DO(KIND_DEFINITIONS, &second, &w->officers[0]))
		return broken;
	w->now = second.effective - !broken;
	return declare(w, &body, e);
}

static bool needs_undertakings(struct world *w, bool broken, struct err *e)
{
	struct declaration_body body = world_declaration(w);
	if (broken)
		body.undertakings.count = 0;
	return declare(w, &body, e);
}

static bool declaration_valid_until(struct world *w, bool broken, struct err *e)
{
	struct declaration_body body = world_declaration(w);
	body.valid_until = w->now + !broken;
	return declare(w, &body, e);
}

static bool declaration_widens(struct world *w, bool broken, struct err *e)
{
	struct declaration_body body = world_declaration(w);
	body.scope = world_scope(w, broken ? "purpose=terrorism,theft; require=warrant"
	                                   : "purpose=terrorism; require=warrant");
	return declare(w, &body, e);
}

static bool declaration_drops_an_obligation(struct world *w, bool broken, struct err *e)
{
	struct declaration_body body = world_declaration(w);
	body.scope =
	    world_scope(w, broken ? "purpose=terrorism" : "purpose=terrorism; require=warrant");
	return declare(w, &body, e);
}

static bool offence_elsewhere(struct world *w, bool broken, struct err *e)
{
	struct declaration_body body = world_declaration(w);
	struct offence *offences = body.offences.at;
	offences[0].label = broken ? "theft.of-fruit" : "terrorism.bombing";
	return declare(w, &body, e);
}

static bool offence_is_the_purpose(struct world *w, bool broken, struct err *e)
{
	struct declaration_body body = world_declaration(w);
	struct offence *offences = body.offences.at;
	offences[0].label = broken ? "serious-crime" : "serious-crime.arson";
	return declare(w, &body, e);
}

static bool offences_overlap(struct world *w, bool broken, struct err *e)
{
	struct declaration_body body = world_declaration(w);
	struct offence *offences = body.offences.at;
	offences[1].label = broken ? "serious-crime.kidnapping.of-children" : "serious-crime.arson";
	return declare(w, &body, e);
}

static bool declaration_empty(struct world *w, bool broken, struct err *e)
{
	struct declaration_body body = world_declaration(w);
	struct offence *offences = body.offences.at;
	body.scope = world_scope(w, "purpose=serious-crime; require=warrant");
	for (size_t i = 0; broken && i < body.offences.count; i++)
		offences[i].maximum_years = 5;
	return declare(w, &body, e);
}

static bool declaration_without_offences(struct world *w, bool broken, struct err *e)
{
	struct declaration_body body = world_declaration(w);
	body.scope = world_scope(w, "purpose=serious-crime; require=warrant");
	if (broken)
		body.offences.count = 0;
	return declare(w, &body, e);
}

#endif
