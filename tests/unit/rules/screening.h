/* Cases of rules_test.c: hits on lists, and what officers say of them. */
#ifndef PROVISO_TEST_RULES_SCREENING_H
#define PROVISO_TEST_RULES_SCREENING_H

#include "case.h"

/* A screening that finds the exporter on the list; `digest` is of what the list says of it. */
static struct screening_body world_hit(struct world *w, const char *digest)
{
	struct screening_body body = world_screening(w);
	body.hits = WORLD_LIST_OF(w, struct party_hit,
	                          {.party = "exporter",
	                           .name = w->exporter.public.name,
	                           .list = WORLD_LIST,
	                           .entry = "EXAMPLE",
	                           .score = 900,
	                           .reason = "alike",
	                           .has_country = true,
	                           .country = "XA",
	                           .has_id = true,
	                           .id = "101",
	                           .has_digest = true,
	                           .digest = sha256(bytes_text(digest))});
	body.parties = WORLD_LIST_OF(w, struct screened_party,
	                             {.party = "exporter",
	                              .name = w->exporter.public.name,
	                              .has_country = true,
	                              .country = "XA"},
	                             {.party = "end-user",
	                              .name = w->end_user.public.name,
	                              .has_country = true,
	                              .country = "XR"});
	return body;
}

/* Screens and keeps the id, for the officer. */
static bool find_hit(struct world *w, const char *digest, struct err *e)
{
	struct screening_body body = world_hit(w, digest);
	w->now++;
	return world_do(w, KIND_SCREENING, &body, NULL, &w->screening, e);
}

static struct clearance_body world_clearance(struct world *w, unsigned outcome)
{
	return (struct clearance_body){.screening = w->screening,
	                               .hit = 1,
	                               .outcome = outcome,
	                               .reasons = "Another register number."};
}

static bool clear(struct world *w, unsigned outcome, struct err *e)
{
	struct clearance_body body = world_clearance(w, outcome);
	return DO(KIND_CLEARANCE, &body, &w->officers[0]);
}

/* From now on a hit on the list suspends. */
static bool list_suspends(struct world *w, struct err *e)
{
	struct listing_body body = world_listing(w);
	body.has_policy = true;
	body.policy = LISTING_SUSPEND;
	body.date = w->now;
	return world_do(w, KIND_LISTING, &body, NULL, &w->listing, e);
}

static bool list_unknown(struct world *w, bool broken, struct err *e)
{
	struct screening_body body = world_hit(w, "a");
	if (broken)
		((struct party_hit *)body.hits.at)->list = "another-list";
	w->now++;
	return DO(KIND_SCREENING, &body, NULL);
}

static bool clearance_screening_unknown(struct world *w, bool broken, struct err *e)
{
	struct clearance_body body;
	if (!find_hit(w, "a", e))
		return broken;
	body = world_clearance(w, CLEARANCE_NOT_THE_SAME);
	body.screening.at[0] ^= broken;
	return DO(KIND_CLEARANCE, &body, &w->officers[0]);
}

static bool screening_replaced(struct world *w, bool broken, struct err *e)
{
	struct hash first;
	if (!find_hit(w, "a", e))
		return broken;
	first = w->screening;
	if (!find_hit(w, "b", e))
		return broken;
	if (broken)
		w->screening = first;
	return clear(w, CLEARANCE_NOT_THE_SAME, e);
}

static bool clear_number(struct world *w, uint64_t number, struct err *e)
{
	struct clearance_body body;
	if (!find_hit(w, "a", e))
		return false;
	body = world_clearance(w, CLEARANCE_NOT_THE_SAME);
	body.hit = number;
	return DO(KIND_CLEARANCE, &body, &w->officers[0]);
}

static bool no_such_hit(struct world *w, bool broken, struct err *e)
{
	return clear_number(w, 1 + broken, e);
}

static bool hit_of_no_number(struct world *w, bool broken, struct err *e)
{
	return clear_number(w, !broken, e);
}

/* `left`: seconds from the clearance. */
static bool clear_until(struct world *w, unsigned outcome, int64_t left, struct err *e)
{
	struct clearance_body body;
	if (!find_hit(w, "a", e))
		return false;
	body = world_clearance(w, outcome);
	body.has_until = true;
	body.until = w->now + left;
	return DO(KIND_CLEARANCE, &body, &w->officers[0]);
}

static bool clearance_in_the_past(struct world *w, bool broken, struct err *e)
{
	return clear_until(w, CLEARANCE_NOT_THE_SAME, !broken, e);
}

static bool true_match_runs_out(struct world *w, bool broken, struct err *e)
{
	return clear_until(w, broken ? CLEARANCE_TRUE_MATCH : CLEARANCE_NOT_THE_SAME, WORLD_DAY, e);
}

/* --- What a hit holds ----------------------------------------------------------------------------
 */

static bool approve(struct world *w, struct err *e)
{
	struct decision_body body = world_decision(w);
	return DO(KIND_DECISION, &body, &w->officers[0]);
}

/* What waits for an officer can't be approved; cleared, it can. */
static bool held_by_a_hit(struct world *w, bool broken, struct err *e)
{
	return find_hit(w, "a", e) && (broken || clear(w, CLEARANCE_NOT_THE_SAME, e)) &&
	       approve(w, e);
}

static bool held_by_a_true_match(struct world *w, bool broken, struct err *e)
{
	return find_hit(w, "a", e) &&
	       clear(w, broken ? CLEARANCE_TRUE_MATCH : CLEARANCE_NOT_THE_SAME, e) && approve(w, e);
}

/* A clearance is remembered while the list says the same, and no longer. */
static bool held_when_the_entry_changes(struct world *w, bool broken, struct err *e)
{
	return find_hit(w, "a", e) && clear(w, CLEARANCE_NOT_THE_SAME, e) &&
	       find_hit(w, broken ? "b" : "a", e) && approve(w, e);
}

/* More hits than a screening can name hold, though those it names are cleared. */
static bool held_by_hits_not_named(struct world *w, bool broken, struct err *e)
{
	struct screening_body body = world_hit(w, "a");
	body.has_more = broken;
	body.more = broken;
	w->now++;
	return world_do(w, KIND_SCREENING, &body, NULL, &w->screening, e) &&
	       clear(w, CLEARANCE_NOT_THE_SAME, e) && approve(w, e);
}

static bool held_when_the_clearance_runs_out(struct world *w, bool broken, struct err *e)
{
	if (!clear_until(w, CLEARANCE_NOT_THE_SAME, WORLD_DAY, e))
		return broken;
	w->now += WORLD_DAY - 10 + 20 * broken;
	return approve(w, e);
}

static bool not_held_by_a_note(struct world *w, bool broken, struct err *e)
{
	struct listing_body body = world_listing(w);
	body.has_policy = true;
	body.policy = broken ? LISTING_HOLD : LISTING_NOTE;
	body.date = w->now;
	return world_do(w, KIND_LISTING, &body, NULL, &w->listing, e) && find_hit(w, "a", e) &&
	       approve(w, e);
}

static bool licence_held(struct world *w, bool broken, struct err *e)
{
	struct licence_body body = world_licence(w);
	return find_hit(w, "a", e) && (broken || clear(w, CLEARANCE_NOT_THE_SAME, e)) &&
	       DO(KIND_LICENCE, &body, &w->officers[0]);
}

#endif
