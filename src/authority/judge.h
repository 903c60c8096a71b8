/*
 * judge: one record being judged, as the files behind apply() hand it around. Each
 * judge_KIND() first checks every rule of its kind, in the order of rules.c, and then writes
 * what the record changes. Internal to the authority.
 */
#ifndef PROVISO_AUTHORITY_JUDGE_H
#define PROVISO_AUTHORITY_JUDGE_H

#include "apply.h"
#include "entries.h"

struct judge {
	const struct state *state;
	struct arena *arena;
	struct changes *out;
	const struct record *record;
	uint64_t index;
	int64_t now;
	struct log_entry log;
	struct authority_entry authority; /* signed kinds only */
	struct key_entry signer;          /* signed kinds only */
	struct hash asking;               /* the system whose device signed an admission */
	struct hash tags;                 /* the record of the key of tags, after this one */
	bool moves_scopes;                /* this record did, though its kind need not */
	struct err *e;
};

bool judge_first(struct judge *); /* the authority's own key, which begins a log */
bool judge_key(struct judge *);
bool judge_definitions(struct judge *);
bool judge_declaration(struct judge *);
bool judge_application(struct judge *);
bool judge_screening(struct judge *);
bool judge_listing(struct judge *);
bool judge_clearance(struct judge *);
bool judge_advice(struct judge *);
bool judge_decision(struct judge *);

/* The advice that a decision names: each on its application, the latest of its body, and once. */
bool judge_heard(struct judge *, const struct hash *application, const struct list *advice);
bool judge_licence(struct judge *);
bool judge_surrender(struct judge *);
bool judge_enrolment(struct judge *);
bool judge_report(struct judge *);
bool judge_finding(struct judge *);
bool judge_measure(struct judge *);
bool judge_approval(struct judge *);
bool judge_lift(struct judge *);
bool judge_lease(struct judge *);
bool judge_refusal(struct judge *);
bool judge_tags(struct judge *);
bool judge_admission(struct judge *);
bool judge_inquiry(struct judge *);
bool judge_disclosure(struct judge *);

/* An officer agrees to a record of the key of tags. */
bool approve_tags(struct judge *, const struct hash *id, struct tags_entry *);

/* Another officer agrees to an officer's key. */
bool approve_key(struct judge *, const struct hash *id, struct proposal_entry *);

/* --- Key records that gates follow, and others that are no person's (apply_agreed.c) ------- */

/* A new origin, or whose cosignatures gates demand: officers alone say so. */
bool is_followed(const struct key_body *);
bool judge_role(struct judge *, const struct key_body *);
bool judge_inbox(struct judge *, const struct key_body *);
bool judge_witnesses(struct judge *, const struct key_body *);
void put_witnesses(struct judge *, const struct hash *record);
/* An enrolment's policy is no weaker than the one published. */
bool judge_demands(struct judge *, const struct enrolment_body *);
/* `old` is the key that it replaces, `from` the number of the entry that proposes it. */
bool judge_next_origin(struct judge *, const struct key_body *, const struct key_entry *old,
                       uint64_t from);
void put_next_origin(struct judge *, const struct key_body *, const struct hash *kid);
/* This entry put the key record in force, and gates are to hear of it. Changes `authority`. */
void put_followed(struct judge *, const struct hash *record);
bool judge_founded(struct judge *, bool *founded);
/* The signer is no officer by the authority's key alone. */
bool judge_imposed(struct judge *);

/* Nobody counts twice: the proposer, those who approved, and who signs this. */
bool judge_not_twice(struct judge *, const struct hash *proposal, const char *proposer);
/* Officers in favour, with the one who signs this, as far as they hold an officer's key today. */
bool judge_in_favour(struct judge *, const struct hash *proposal, const char *proposer,
                     uint64_t *out);

/* As the signature of a person is judged, that of a system's device. Fills `asking`. */
bool judge_device_signer(struct judge *);

/* The first eight digits of an id: how people are told of a record. */
const char *short_id(struct arena *, const struct hash *);

/* The entry of a kind under PREFIX and an id. */
bool judge_get(struct judge *, enum entry_kind, const char *prefix, const struct hash *, void *out,
               bool *found);
bool judge_put(struct judge *, enum entry_kind, const char *prefix, const struct hash *,
               const void *entry);

/* The record with this id, decoded again, when it is of the kind. */
bool judge_body(struct judge *, const struct hash *id, enum record_kind, union record_body *out,
                bool *found);

/* A party's country must be that of its holder's key, where that says one. */
bool judge_party(struct judge *, const struct party *, const char *rule_signatory,
                 const char *rule_country);

/* The first rule of `widens`: `narrow` must lie within `wide`; says which dimension does not. */
bool judge_within(struct judge *, const char *rule, const char *what, const struct scope *wide,
                  const struct scope *narrow);

struct officers {
	uint64_t count;   /* whose key is good at the time */
	int64_t few_from; /* from then on fewer than enough, as far as is known; INT64_MAX: never */
};
bool officers_at(const struct state *, struct arena *, int64_t at, uint64_t enough,
                 struct officers *, struct err *);

/* The authority's entry, with the officers of the time. */
bool authority_at(const struct state *, struct arena *, int64_t at, struct authority_entry *,
                  bool *found, struct err *);

/* Officers who must agree to something that always needs two, where there are two. */
uint64_t officers_needed_for_two(const struct authority_entry *);
/* Officers, the proposer among them, who put a measure of this action in force. */
uint64_t measure_officers_needed(const struct authority_entry *, unsigned action);

/* The application with this id, or refused by the rule. */
bool judge_has_application(struct judge *, const struct hash *id, const char *rule,
                           struct application_entry *out);
/* No hit that holds stands against the application now. */
bool judge_not_held(struct judge *, const struct application_entry *, const char *rule);

/*
 * Puts a scope in force on a target under an id, or (NULL) takes it away: what does not come
 * from a measure. Refused: measure.too-large.
 */
bool judge_force(struct judge *, const char *target, const struct hash *id,
                 const struct force_entry *);

/* Puts a measure, or what it has become, in force on its target; and ends it. Refused: the same. */
bool judge_enforce(struct judge *, const struct hash *id, const struct measure_entry *,
                   const struct measure_body *);
bool judge_release(struct judge *, const struct hash *id, const struct measure_entry *);

/* One officer alone suspends the target. Refused: measure.emergency-again. */
struct target;
bool judge_emergency(struct judge *, const struct target *);

/* A scope of nothing but a window. */
const struct scope *scope_until(struct arena *, int64_t until);
const struct scope *scope_from(struct arena *, int64_t from);
/* A scope of nothing but one allow-set; an empty set allows nothing. */
const struct scope *scope_of_set(struct arena *, enum scope_dimension, const char *const labels[],
                                 size_t count);

/* --- What is in force (effective.c) ----------------------------------------------------- */

struct bound {
	const struct scope *scope;
	uint64_t lease_seconds;
	struct hash licence;
	int64_t good_before; /* a measure ends then: INT64_MAX when none does */
};

/*
 * The meet of all that holds for a system. With `refresh` (may be NULL), targets of which a
 * measure has ended are brought up to date in the changes.
 */
bool bound_now(const struct state *, const struct hash *system, int64_t at, struct arena *,
               struct changes *refresh, struct bound *out, struct err *);

/* The meet of the measures in force on a target at `at`, worked out from each. */
bool target_meet(const struct state *, const char *target, int64_t at, struct arena *,
                 const struct hash *without, struct target_entry *out, struct err *);

/* --- Declarations (apply_definitions.c) -------------------------------------------------- */

/*
 * What a declaration's offences leave of the purposes: a purpose with a minimum penalty is
 * its declared offences that reach it, any other is itself.
 */
const struct scope *offences_scope(struct arena *, const struct definitions_body *,
                                   const struct declaration_body *);

/* Whether a record is made to the authority of this log. */
bool is_made_here(const struct log_entry *, const struct record *, struct err *);

bool rule_is_listed(const char *code);

#endif
