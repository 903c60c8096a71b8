/*
 * query: the state as plain structs, for those who show it. Reads only; what it gives lies in
 * the arena. Lists by country, end user or licence read only what they give.
 */
#ifndef PROVISO_AUTHORITY_QUERY_H
#define PROVISO_AUTHORITY_QUERY_H

#include "apply.h"

struct authority_info {
	const char *origin;
	struct hash key;                 /* key id */
	uint64_t threshold, definitions; /* definitions: the last number given */
	uint64_t officers;               /* whose keys are good at the time asked */
	int64_t few_from;                /* officers_few() */
	int64_t time;                    /* of the log */
	uint64_t entries;                /* applied */
};

/* Errors: refused, state.empty. */
bool query_authority(const struct state *, struct arena *, int64_t at, struct authority_info *,
                     struct err *);

/*
 * In words, when the keys of officers run out within 30 days, or have, so that fewer are left than
 * must agree: nothing can then be decided before others are registered. NULL: not soon.
 */
const char *officers_few(struct arena *, const struct authority_info *, int64_t at);

/* What a list is of; NULL is any. A licence alone suffices; an end user needs no country. */
struct query_filter {
	const char *country, *end_user;
	const struct hash *licence;
};

struct system_info {
	struct hash id, licence, device;
	const char *serial, *item, *version, *exporter, *end_user, *country;
	/* Its last lease; sequence 0: none yet. */
	uint64_t sequence;
	uint64_t lease_index;
	int64_t granted;
	uint64_t ttl_seconds, use_log_size;
	struct hash use_log_root; /* of the head acknowledged */
	uint64_t heard;           /* entries up to the last answer that it says it has; 0: none */
	/* Its last refusal; refusals 0: none. */
	uint64_t refusals;
	int64_t refused;
	const char *refusal_code, *refusal_reason;
};

bool query_systems(const struct state *, struct arena *, const struct query_filter *,
                   struct system_info **out, size_t *count, struct err *);
/* Errors: refused, state.no-such-system. */
bool query_system(const struct state *, struct arena *, const struct hash *id,
                  struct system_info *out, struct err *);

struct licence_info {
	struct hash id, application, declaration;
	const char *exporter, *end_user, *country, *item, *version;
	uint64_t quantity, enrolled, lease_seconds;
	const struct scope *scope; /* with its valid-until */
	int64_t valid_until;
	const char *stage; /* "in force", "ended", "surrendered", "revoked" at the time asked */
	const struct hash *ended_by; /* the surrender or measure, or NULL */
};

bool query_licences(const struct state *, struct arena *, const struct query_filter *, int64_t at,
                    struct licence_info **out, size_t *count, struct err *);
/* Errors: refused, state.no-such-licence. */
bool query_licence(const struct state *, struct arena *, const struct hash *id, int64_t at,
                   struct licence_info *out, struct err *);

struct application_info {
	struct hash id;
	const char *exporter, *exporter_country, *end_user, *end_user_country;
	const char *item, *version;
	uint64_t quantity, licensed, hits;
	uint64_t unnamed; /* hits that its screening had no room for, at least */
	/* "not screened", "held", "open", "approved", "refused" */
	const char *stage;
	const struct hash *screening, *decision; /* or NULL */
	const struct application_body *body;
};

/* Errors: refused, state.no-such-application. */
bool query_application(const struct state *, struct arena *, const struct hash *id, int64_t at,
                       struct application_info *out, struct err *);
bool query_applications(const struct state *, struct arena *, int64_t at,
                        struct application_info **out, size_t *count, struct err *);

/* A party that may be an entry of a list. */
struct hit_info {
	const char *target; /* exporter/NAME or end-user/NAME: whom it concerns */
	const char *party, *name, *country /* or NULL */, *list, *entry;
	const char *policy; /* "note", "hold", "suspend" */
	/* "open", "cleared", "true match", "not on the list any more", "signs no more" at the time
	 * asked */
	const char *stage;
	bool is_open; /* waits for an officer */
	uint64_t score;
	struct hash screening; /* that found it last */
	int64_t found;
	const struct hash *clearance; /* or NULL */
	bool has_until;
	int64_t until;
};

/* Of all parties; those that wait for an officer first, then by target. */
bool query_hits(const struct state *, struct arena *, int64_t at, struct hit_info **out,
                size_t *count, struct err *);

struct officer_approval {
	const char *officer;
	struct hash id; /* of the approval */
};

struct measure_info {
	struct hash id;
	const char *target, *action, *reason, *proposer;
	/* "proposed", "in force for 72 hours", "in force", "ended", "lifted" at the time asked */
	const char *stage;
	bool is_in_force;
	const struct scope *scope; /* what it leaves, while in force; else NULL */
	int64_t proposed, began;   /* began: 0 before it was in force */
	bool has_until;
	int64_t until;
	struct officer_approval *approvals; /* beside the proposer */
	size_t approval_count;
	uint64_t needed;            /* officers, the proposer among them */
	const struct hash *finding; /* or NULL */
	const struct hash *lifted;  /* the lift that ended it, or NULL */
};

/* Of one target, or of all (NULL). */
bool query_measures(const struct state *, struct arena *, const char *target, int64_t at,
                    struct measure_info **out, size_t *count, struct err *);

/*
 * A measure has arrived at a system when a message of the system's own, authenticated, has
 * named a lease or refusal that was given after the measure came into force.
 */
struct arrival {
	struct system_info system;
	bool has_it;
	int64_t lease_ends; /* by then the system has stopped at the latest; 0: no lease */
};

/* The systems that a target of measures has under it. Errors: bad input, measure.target-malformed;
 * refused, state.no-such-system. */
bool query_aimed(const struct state *, struct arena *, const char *target, struct system_info **out,
                 size_t *count, struct err *);

/* At one system that it aims at. The measure is in force. */
bool query_arrival(const struct state *, struct arena *, const struct measure_info *,
                   const struct system_info *, struct arrival *out, struct err *);

/* Of the systems that a measure in force aims at; none of one that is not in force. */
bool query_arrivals(const struct state *, struct arena *, const struct measure_info *,
                    struct arrival **out, size_t *count, struct err *);

struct lift_info {
	struct hash id, measure;
	const char *proposer, *reason;
	bool is_done;
	struct officer_approval *approvals;
	size_t approval_count;
	uint64_t needed;
};

bool query_lifts(const struct state *, struct arena *, int64_t at, struct lift_info **out,
                 size_t *count, struct err *);

struct report_info {
	struct hash id;
	const struct hash *system; /* or NULL: unknown */
	const char *allegation;
	size_t evidence;
	const struct hash *finding; /* or NULL: open */
	const char *outcome;        /* "open", "upheld", "dismissed" */
};

/* Errors: refused, state.no-such-report. */
bool query_report(const struct state *, struct arena *, const struct hash *id,
                  struct report_info *out, struct err *);
bool query_reports(const struct state *, struct arena *, struct report_info **out, size_t *count,
                   struct err *);

/* Any record but a lease or refusal, as it was accepted. */
struct record_info {
	enum record_kind kind;
	uint64_t index;
	int64_t at;     /* the log's time */
	const char *by; /* the holder of the key that signed; NULL: the keeper, or a device */
};

/* Errors: refused, state.no-such-record. */
bool query_record(const struct state *, struct arena *, const struct hash *id,
                  struct record_info *out, struct err *);

struct key_info {
	struct hash kid, record;
	const char *role, *holder, *country; /* country may be NULL */
	const char *line;                    /* the public key */
	const struct hash *ended;            /* by this record, or NULL */
	const char *rp_id, *origin;          /* of a passkey; both NULL: it is none */
	bool has_until;
	int64_t until; /* from then on it signs nothing */
};

/* A key record of an officer's, that other officers have yet to agree to. */
struct key_proposal {
	struct hash id;
	const char *proposer;
	const struct key_body *body;
	struct officer_approval *approvals; /* beside the proposer */
	size_t approval_count;
	uint64_t needed; /* officers, the proposer among them */
};

bool query_key_proposals(const struct state *, struct arena *, int64_t at,
                         struct key_proposal **out, size_t *count, struct err *);

/* The key itself; *out is good for a passkey's where rp_id is not NULL. Errors: key.line. */
bool query_passkey(const struct key_info *, struct passkey *out, struct err *);

/* Whether the key signed it, as apply() judges that. Errors: those of cose_verify(). */
bool query_signed_by(const struct key_info *, const struct cose_sign1 *, struct err *);

bool query_keys(const struct state *, struct arena *, struct key_info **out, size_t *count,
                struct err *);

struct definitions_info {
	struct hash id;
	uint64_t number;
	int64_t effective;
	const struct hash *superseded; /* or NULL */
	int64_t until;                 /* when superseded: with the grace */
	const struct definitions_body *body;
};

/* In the order of their numbers. */
bool query_definitions(const struct state *, struct arena *, struct definitions_info **out,
                       size_t *count, struct err *);
/* The id of definitions by number. Errors: refused, state.no-such-definitions. */
bool query_definitions_id(const struct state *, uint64_t number, struct hash *out, struct err *);

struct declaration_info {
	struct hash id, definitions;
	uint64_t definitions_number;
	const char *end_user, *country;
	int64_t valid_until;
	bool is_latest;
	const struct scope *bound; /* all that it can ever allow */
};

bool query_declarations(const struct state *, struct arena *, struct declaration_info **out,
                        size_t *count, struct err *);

/* One system's full condition. */
struct condition {
	struct system_info system;
	struct licence_info licence;
	struct effective effective;    /* with operands */
	bool is_in_force;              /* it would get a lease that allows something now */
	struct measure_info *measures; /* of its six targets, in force or not */
	size_t measure_count;
};

bool query_condition(const struct state *, struct arena *, const struct hash *system, int64_t at,
                     struct condition *out, struct err *);

/* The record of the key of tags in force. Errors: refused, state.no-tags. */
bool query_tags(const struct state *, struct arena *, struct hash *id, struct err *);

/* Whether a confidential value of a record was erased. */
bool query_erased(const struct state *, struct arena *, const struct hash *record, const char *path,
                  bool *out, struct err *);

/* --- For those who follow ---------------------------------------------------------------- */

/*
 * Which systems an accepted record has put in another condition: those of a target, as
 * measures name it, or all; none where it changed nothing in force (a proposal that waits, a
 * report, a lease).
 */
struct touched {
	bool all;
	const char *target; /* NULL: none, or all */
	const char *action; /* "disconnect", "lift", "definitions", "declaration", ... */
};
bool query_touched(const struct state *, struct arena *, const struct record *, struct touched *out,
                   struct err *);

/*
 * Whom a record is about, as targets ("system/ID", "licence/ID", "list/NAME", ...), whether or
 * not it changed what is in force; `action` and `all` as in `touched`. A routine lease is about
 * nobody. Not judged at the time of the record but on the state as it is now.
 */
enum { CONCERNS_MAX = 8 };
struct concerns {
	bool all;
	const char *at[CONCERNS_MAX], *action;
	size_t count;
};
bool query_concerns(const struct state *, struct arena *, const struct record *,
                    struct concerns *out, struct err *);

/* The targets whose measures reach a system or a licence, itself first; of others, itself. */
bool query_stands_under(const struct state *, struct arena *, const char *target,
                        struct concerns *out, struct err *);

/*
 * The ids that come after `after` (NULL: from the first), in bytewise order, `limit` at most:
 * of "system/", "licence/", "measure/", "application/".
 */
bool query_ids(const struct state *, struct arena *, const char *prefix, const struct hash *after,
               size_t limit, struct hash **out, size_t *count, struct err *);

/*
 * Applications that are not decided, reports without a finding, and measures that wait for
 * approvals or are one officer's alone (which may have ended by now: query_measure() tells), in
 * this order.
 */
bool query_open(const struct state *, struct arena *, struct hash **out, size_t *count,
                struct err *);

/* Errors: refused, state.no-such-measure. */
bool query_measure(const struct state *, struct arena *, const struct hash *id, int64_t at,
                   struct measure_info *out, struct err *);

/* The key of an id: errors refused, state.no-such-key. */
bool query_key(const struct state *, struct arena *, const struct hash *kid, struct key_info *out,
               struct err *);

#endif
