/*
 * Lists, screenings, and what officers say of hits.
 *
 * A hit is a party under one name and country, and one entry of one list. It is kept by that, not
 * by the application it was found with: an officer decides it once, for every application of the
 * party, and it is open again when the entry says something else, when the clearance has run out,
 * or when the party is another. What a suspension rests on is a scope in force on the party
 * (doc/decisions/hits-are-decided-once.md).
 */
#include <assert.h>

#include "judge.h"

bool judge_listing(struct judge *j)
{
	const struct listing_body *body = &j->record->body.listing;
	struct bytes key = key_text(j->arena, "listing/", body->name), value = {0};
	union record_body last;
	bool found = false;
	struct hash id;
	if (!j->state->get(j->state->ctx, key, j->arena, &value, j->e))
		return false;
	if (value.at != NULL) {
		memcpy(id.at, value.at, HASH_SIZE);
		if (!judge_body(j, &id, KIND_LISTING, &last, &found))
			return false;
	}
	if (found && body->date < last.listing.date)
		return err_refused(j->e, "listing.goes-back", "a later listing of %s is on the log",
		                   body->name);
	change_put(j->out, key, bytes_copy(j->arena, hash_bytes(&j->record->id)));
	return true;
}

/* --- Hits ----------------------------------------------------------------------------------- */

static bool is_exporter(const char *party)
{
	return strcmp(party, "exporter") == 0;
}

struct hash hit_match(const struct party_hit *hit, const char *end_user)
{
	static const uint8_t nul[1];
	const char *texts[] = {is_exporter(hit->party) ? "" : end_user,
	                       hit->party,
	                       hit->name,
	                       hit->has_country ? hit->country : "",
	                       hit->list,
	                       hit->has_id ? hit->id : hit->entry};
	struct bytes parts[2 * sizeof texts / sizeof *texts];
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		parts[2 * i] = bytes_text(texts[i]);
		parts[2 * i + 1] = bytes_of(nul, 1); /* no text holds one */
	}
	return sha256_parts(parts, sizeof parts / sizeof *parts);
}

bool hit_is_same_entry(const struct hit_entry *known, const struct party_hit *hit)
{
	return known->has_digest == hit->has_digest &&
	       (!hit->has_digest || hash_equal(&known->digest, &hit->digest)) &&
	       strcmp(known->entry, hit->entry) == 0;
}

bool hit_is_open(const struct hit_entry *hit, int64_t at)
{
	return !hit->is_gone && (hit->stage == HIT_OPEN || (hit->has_until && hit->until <= at));
}

/* A true match is decided, and holds all the same. */
static bool hit_holds(const struct hit_entry *hit, int64_t at)
{
	return hit->policy != LISTING_NOTE && !hit->is_gone &&
	       (hit->stage == HIT_TRUE || hit_is_open(hit, at));
}

bool application_held(const struct state *state, struct arena *arena,
                      const struct application_entry *application, int64_t at, uint64_t *out,
                      struct err *e)
{
	union record_body body;
	bool found;
	*out = 0;
	if (!application->has_screening)
		return true;
	if (!entry_body(state, arena, KIND_SCREENING, &application->screening, &body, &found, e))
		return false;
	assert(found);
	if (body.screening.has_more) /* nobody has seen them; they are named when those that are
	                                here are decided */
		*out = body.screening.more;
	const struct party_hit *hits = body.screening.hits.at;
	for (size_t i = 0; i < body.screening.hits.count; i++) {
		struct hit_entry hit;
		struct hash match = hit_match(&hits[i], application->end_user);
		if (!entry_get(state, arena, ENTRY_HIT, key_hash(arena, "hit/", &match), &hit,
		               &found, e))
			return false;
		assert(found);
		*out += hit_holds(&hit, at);
	}
	return true;
}

bool judge_not_held(struct judge *j, const struct application_entry *application, const char *rule)
{
	uint64_t held;
	if (!application_held(j->state, j->arena, application, j->now, &held, j->e))
		return false;
	return held == 0 ||
	       err_refused(j->e, rule, "it is held: %llu hits of screening %s stand against it",
	                   (unsigned long long)held, short_id(j->arena, &application->screening));
}

/* What the hit leaves of the party's licences; false: all of it. */
static bool hit_force(struct judge *j, const struct hit_entry *hit, struct force_entry *out)
{
	if (hit->policy != LISTING_SUSPEND || hit->is_gone)
		return false;
	if (hit->stage == HIT_CLEARED && !hit->has_until)
		return false;
	*out = (struct force_entry){
	    .scope = hit->stage == HIT_CLEARED ? scope_until(j->arena, hit->until) : &scope_none};
	return true;
}

static bool keep_hit(struct judge *j, const struct hash *match, const struct hit_entry *hit)
{
	struct force_entry force;
	bool has_force = hit_force(j, hit, &force);
	change_mark(j->out, key_pair(j->arena, "hit-of/", hit->target, match));
	return judge_put(j, ENTRY_HIT, "hit/", match, hit) &&
	       judge_force(j, hit->target, match, has_force ? &force : NULL);
}

/* --- Screenings ----------------------------------------------------------------------------- */

struct screened {
	const struct screening_body *body;
	union record_body application;
	union record_body *listings; /* as many as the screening names */
};

static bool judge_listings(struct judge *j, struct screened *s)
{
	const struct hash *ids = s->body->listings.at;
	if (s->body->listings.count == 0)
		return err_refused(j->e, "screening.no-listing", "it was screened against no list");
	s->listings = arena_array(j->arena, s->body->listings.count, sizeof *s->listings);
	for (size_t i = 0; i < s->body->listings.count; i++) {
		bool found;
		if (!judge_body(j, &ids[i], KIND_LISTING, &s->listings[i], &found))
			return false;
		if (!found)
			return err_refused(j->e, "screening.listing-unknown",
			                   "there is no listing %s", short_id(j->arena, &ids[i]));
	}
	return true;
}

static const struct listing_body *listing_of(const struct screened *s, const char *list)
{
	for (size_t i = 0; i < s->body->listings.count; i++)
		if (strcmp(s->listings[i].listing.name, list) == 0)
			return &s->listings[i].listing;
	return NULL;
}

static bool judge_lists(struct judge *j, const struct screened *s)
{
	const struct party_hit *hits = s->body->hits.at;
	for (size_t i = 0; i < s->body->hits.count; i++)
		if (listing_of(s, hits[i].list) == NULL)
			return err_refused(j->e, "screening.list-unknown",
			                   "a hit is on %s, which it was not screened against",
			                   hits[i].list);
	return true;
}

/* A signatory signs for the end user, and the other parties serve its purchase. */
static const char *target_of(struct judge *j, const struct screened *s, const char *party)
{
	const struct application_body *a = &s->application.application;
	if (is_exporter(party))
		return arena_printf(j->arena, "exporter/%s", a->exporter.name);
	return arena_printf(j->arena, "end-user/%s", a->end_user.name);
}

static bool take_hit(struct judge *j, const struct screened *s, const struct party_hit *hit)
{
	const struct listing_body *listing = listing_of(s, hit->list);
	struct hash match = hit_match(hit, s->application.application.end_user.name);
	struct hit_entry known, entry = {
	                            .target = target_of(j, s, hit->party),
	                            .party = hit->party,
	                            .name = hit->name,
	                            .has_country = hit->has_country,
	                            .country = hit->country,
	                            .list = hit->list,
	                            .entry = hit->entry,
	                            .has_digest = hit->has_digest,
	                            .digest = hit->digest,
	                            .policy = listing->has_policy ? listing->policy : LISTING_HOLD,
	                            .screening = j->record->id,
	                            .score = hit->score,
	                            .found = j->now,
	                        };
	bool found;
	if (!judge_get(j, ENTRY_HIT, "hit/", &match, &known, &found))
		return false;
	if (found && hit_is_same_entry(&known, hit)) {
		entry.stage = known.stage;
		entry.has_clearance = known.has_clearance;
		entry.clearance = known.clearance;
		entry.has_until = known.has_until;
		entry.until = known.until;
		entry.found = known.found;
	}
	return keep_hit(j, &match, &entry);
}

/* --- Hits that are no more ------------------------------------------------------------------ */

struct match_list {
	struct arena *arena;
	struct hash *at;
	size_t count, room;
};

static bool note_match(void *ctx, struct bytes key, struct bytes value)
{
	struct match_list *m = ctx;
	(void)value;
	if (m->count == m->room) {
		struct hash *more = arena_array(m->arena, m->room * 2 + 8, sizeof *more);
		if (m->count > 0)
			memcpy(more, m->at, m->count * sizeof *more);
		m->at = more;
		m->room = m->room * 2 + 8;
	}
	memcpy(m->at[m->count++].at, key.at + key.len - HASH_SIZE, HASH_SIZE);
	return true;
}

static bool was_looked_up(const struct screened *s, const struct hit_entry *hit)
{
	const struct screened_party *parties = s->body->parties.at;
	for (size_t i = 0; i < s->body->parties.count; i++)
		if (strcmp(parties[i].party, hit->party) == 0 &&
		    strcmp(parties[i].name, hit->name) == 0 &&
		    strcmp(parties[i].has_country ? parties[i].country : "",
		           hit->has_country ? hit->country : "") == 0)
			return true;
	return false;
}

static bool is_found(const struct screened *s, const struct hash *match)
{
	const struct party_hit *hits = s->body->hits.at;
	for (size_t i = 0; i < s->body->hits.count; i++) {
		struct hash one = hit_match(&hits[i], s->application.application.end_user.name);
		if (hash_equal(&one, match))
			return true;
	}
	return false;
}

/* An end user has one signatory, and what the last one did counts no more. */
static bool signs_no_more(const struct screened *s, const struct hit_entry *hit)
{
	const struct screened_party *parties = s->body->parties.at;
	bool another_signs = false;
	for (size_t i = 0; i < s->body->parties.count; i++)
		another_signs |= strcmp(parties[i].party, "signatory") == 0;
	return another_signs && strcmp(hit->party, "signatory") == 0 && !was_looked_up(s, hit);
}

/* The party was looked up on that list again and is not on it any more. */
static bool left_the_list(const struct screened *s, const struct hit_entry *hit,
                          const struct hash *match)
{
	/* What is not named may be there all the same; what was cleared for good may only have been
	 * left out. */
	bool has_more = s->body->has_more && s->body->more > 0;
	bool is_left_out = s->body->has_cleared && hit->stage == HIT_CLEARED && !hit->has_until;
	return !has_more && !is_left_out && was_looked_up(s, hit) &&
	       listing_of(s, hit->list) != NULL && !is_found(s, match);
}

/* Hits that are none any more. What was decided stays. */
static bool let_go(struct judge *j, const struct screened *s, const char *target)
{
	struct match_list m = {.arena = j->arena};
	if (!j->state->scan(j->state->ctx, key_pair(j->arena, "hit-of/", target, NULL),
	                    (struct bytes){0}, note_match, &m, j->e))
		return false;
	for (size_t i = 0; i < m.count; i++) {
		struct hit_entry hit;
		bool found;
		if (!judge_get(j, ENTRY_HIT, "hit/", &m.at[i], &hit, &found))
			return false;
		assert(found);
		if (hit.is_gone != HIT_STAYS)
			continue;
		hit.is_gone = signs_no_more(s, &hit)             ? HIT_REPLACED
		              : left_the_list(s, &hit, &m.at[i]) ? HIT_LEFT
		                                                 : HIT_STAYS;
		if (hit.is_gone != HIT_STAYS && !keep_hit(j, &m.at[i], &hit))
			return false;
	}
	return true;
}

static bool take_all(struct judge *j, const struct screened *s)
{
	const struct party_hit *hits = s->body->hits.at;
	for (size_t i = 0; i < s->body->hits.count; i++)
		if (!take_hit(j, s, &hits[i]))
			return false;
	return let_go(j, s, target_of(j, s, "exporter")) &&
	       let_go(j, s, target_of(j, s, "end-user"));
}

bool judge_screening(struct judge *j)
{
	struct screened s = {.body = &j->record->body.screening};
	struct application_entry application;
	bool found;
	if (!judge_has_application(j, &s.body->application, "screening.application-unknown",
	                           &application))
		return false;
	if (application.stage == APPLICATION_REFUSED)
		return err_refused(j->e, "screening.refused", "the application is refused");
	if (!judge_listings(j, &s) || !judge_lists(j, &s) ||
	    !judge_body(j, &s.body->application, KIND_APPLICATION, &s.application, &found))
		return false;
	assert(found);
	/* Several hits change one party: each is judged on what those before it leave. */
	struct state over = state_over(j->arena, j->state, j->out);
	j->state = &over;
	application.has_screening = true;
	application.screening = j->record->id;
	application.hits = s.body->hits.count;
	return take_all(j, &s) &&
	       judge_put(j, ENTRY_APPLICATION, "application/", &s.body->application, &application);
}

/* --- An officer decides --------------------------------------------------------------------- */

bool judge_clearance(struct judge *j)
{
	const struct clearance_body *body = &j->record->body.clearance;
	union record_body screening;
	struct application_entry application;
	struct hit_entry hit;
	bool found;
	if (!judge_body(j, &body->screening, KIND_SCREENING, &screening, &found))
		return false;
	if (!found)
		return err_refused(j->e, "clearance.screening-unknown", "there is no screening %s",
		                   short_id(j->arena, &body->screening));
	if (!judge_get(j, ENTRY_APPLICATION, "application/", &screening.screening.application,
	               &application, &found))
		return false;
	assert(found);
	if (!hash_equal(&application.screening, &body->screening))
		return err_refused(j->e, "clearance.screening-replaced",
		                   "the parties were screened again: see screening %s",
		                   short_id(j->arena, &application.screening));
	if (body->hit == 0 || body->hit > screening.screening.hits.count)
		return err_refused(j->e, "clearance.no-such-hit", "the screening has %zu hits",
		                   screening.screening.hits.count);
	if (body->has_until && (body->outcome != CLEARANCE_NOT_THE_SAME || body->until <= j->now))
		return err_refused(
		    j->e, "clearance.until",
		    "only that a party is not the same runs out, and not before it begins");
	const struct party_hit *hits = screening.screening.hits.at;
	struct hash match = hit_match(&hits[body->hit - 1], application.end_user);
	if (!judge_get(j, ENTRY_HIT, "hit/", &match, &hit, &found))
		return false;
	assert(found);
	hit.stage = body->outcome == CLEARANCE_TRUE_MATCH ? HIT_TRUE : HIT_CLEARED;
	hit.has_clearance = true;
	hit.clearance = j->record->id;
	hit.has_until = body->has_until;
	hit.until = body->until;
	return keep_hit(j, &match, &hit);
}
