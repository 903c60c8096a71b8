/*
 * entries: what the keys of the state hold, and how they are written. The table of keys is
 * at the head of state.c. Internal to the authority; others read the state by query.h.
 *
 * Flags are told by the id of the record that set them, so that the state always says why.
 */
#ifndef PROVISO_AUTHORITY_ENTRIES_H
#define PROVISO_AUTHORITY_ENTRIES_H

#include "record/record.h"
#include "state.h"

enum entry_kind {
	ENTRY_AUTHORITY,
	ENTRY_RECORD,
	ENTRY_KEY,
	ENTRY_HOLDER,
	ENTRY_DEFINITIONS,
	ENTRY_DECLARATION,
	ENTRY_APPLICATION,
	ENTRY_LICENCE,
	ENTRY_SYSTEM,
	ENTRY_REPORT,
	ENTRY_MEASURE,
	ENTRY_LIFT,
	ENTRY_FORCE,
	ENTRY_TARGET,
	ENTRY_REFUSED,
	ENTRY_HIT,
	ENTRY_TAGS,
	ENTRY_PROPOSAL,
	ENTRY_KIND_COUNT,
};

struct authority_entry {
	const char *origin;
	struct hash kid;
	uint64_t threshold;   /* officers who must agree */
	uint64_t definitions; /* the last number given */
	bool has_began;
	uint64_t began; /* entries that stand under the origins before this one */
	bool has_followed;
	uint64_t followed; /* entries up to the last that gates follow: see followed/NUMBER */
	uint64_t officers; /* not kept: counted by authority_at() */
};

/* A record as it was accepted. */
struct record_entry {
	uint64_t kind; /* enum record_kind */
	uint64_t index;
	int64_t at; /* the log's time */
	bool has_kid;
	struct hash kid; /* who signed */
	struct bytes payload;
};

struct key_entry {
	uint64_t role; /* enum role */
	const char *holder;
	bool has_country;
	const char *country;
	struct public_key public;
	struct hash record; /* the key record */
	bool has_ended;
	struct hash ended; /* the key record that replaced or revoked it */
	bool has_rp_id;    /* it is a passkey */
	const char *rp_id;
	bool has_origin;
	const char *origin;
	bool has_until;
	int64_t until; /* from then on it signs nothing */
	/*
	 * An officer's, registered by the authority's key alone after officers had begun to sign,
	 * or with the vote of such a one: whoever holds the authority's key can make many.
	 */
	bool has_imposed;
	uint64_t imposed;
};

/* Refused, record.key-expired. */
bool key_expired(const char *holder, int64_t until, struct err *);

struct holder_entry {
	bool has_kid; /* false: its last key was revoked */
	struct hash kid;
	bool has_country; /* of the key, or of the first declaration */
	const char *country;
	bool has_declaration;
	struct hash declaration; /* an end user's latest */
};

struct definitions_entry {
	uint64_t number;
	int64_t effective;
	const struct scope *bound; /* scope and the purposes' labels */
	bool has_superseded;
	struct hash superseded;  /* by these definitions */
	int64_t superseded_from; /* their `effective` */
	int64_t until;           /* with the grace */
};

struct declaration_entry {
	const char *end_user, *country;
	struct hash definitions;
	const struct scope *bound; /* all that it can ever allow: see declaration_bound() */
	int64_t valid_until;
};

enum application_stage { APPLICATION_OPEN, APPLICATION_APPROVED, APPLICATION_REFUSED };

struct application_entry {
	const char *exporter, *end_user;
	uint64_t stage;
	bool has_screening;
	struct hash screening; /* the latest */
	uint64_t hits;         /* of it */
	bool has_decision;
	struct hash decision;
	uint64_t licensed; /* systems, by all licences issued on it */
};

struct licence_entry {
	struct hash application;
	const char *exporter, *end_user, *country, *item, *version;
	uint64_t quantity, enrolled;
	const struct scope *scope; /* with its valid-until */
	uint64_t lease_seconds;
	int64_t valid_until;
	bool has_surrendered;
	struct hash surrendered;
	bool has_revoked;
	struct hash revoked; /* the measure */
};

struct system_entry {
	struct hash licence;
	const char *exporter, *end_user, *country, *item, *serial;
	struct public_key device;
};

struct report_entry {
	bool has_system;
	struct hash system;
	bool has_finding;
	struct hash finding;
	uint64_t outcome; /* enum finding_outcome */
};

enum measure_stage {
	MEASURE_PROPOSED,
	MEASURE_EMERGENCY, /* one officer's suspension, for 72 hours */
	MEASURE_IN_FORCE,
	MEASURE_LIFTED,
};

struct measure_entry {
	const char *target;
	uint64_t action; /* enum measure_action */
	uint64_t stage;
	const char *proposer;
	int64_t proposed; /* the log's time */
	bool has_until;
	int64_t until;
	bool has_began;
	int64_t began;
	bool has_lifted;
	struct hash lifted; /* the lift */
};

struct lift_entry {
	struct hash measure;
	const char *proposer;
	uint64_t done;
};

/* A record of the key of tags, which officers must agree to. */
struct tags_entry {
	const char *proposer;
	uint64_t number;
	uint64_t done;
};

/* A key record that takes effect when officers agree to it. */
struct proposal_entry {
	const char *proposer;
	uint64_t done;
	bool has_imposed; /* an officer of that sort is in favour */
	uint64_t imposed;
};

/* One measure in force, under its target. */
struct force_entry {
	const struct scope *scope;
	bool has_until; /* from then on it does not count */
	int64_t until;
};

/* All measures in force on a target. */
struct target_entry {
	const struct scope *scope; /* their meet, good until `next` */
	bool has_next;
	int64_t next; /* when the first of them ends */
};

struct refused_entry {
	struct hash id;
	const char *code, *reason;
	int64_t at;
	uint64_t count;
};

enum hit_stage { HIT_OPEN, HIT_CLEARED, HIT_TRUE };
/* The party is not on that list any more; or another signs for the end user. */
enum hit_gone { HIT_STAYS, HIT_LEFT, HIT_REPLACED };

/* A party and an entry of a list that it may be, by hit_match(). */
struct hit_entry {
	const char *target;       /* what a suspension is put on: exporter/NAME, end-user/NAME */
	const char *party, *name; /* as screened */
	bool has_country;
	const char *country;
	const char *list, *entry;
	bool has_digest;
	struct hash digest;
	uint64_t policy; /* enum listing_policy, of the listing it was last found on */
	uint64_t score;
	struct hash screening; /* that found it last */
	int64_t found;         /* since when it is the same */
	uint64_t stage;        /* enum hit_stage */
	uint64_t is_gone;      /* enum hit_gone: it counts no more */
	bool has_clearance;
	struct hash clearance; /* the officer's decision */
	bool has_until;
	int64_t until; /* from then on it is open again */
};

/*
 * What tells one hit from others: party, name, country, list, the list's id of the entry; and of
 * whoever signs for an end user or serves its purchase, the end user.
 */
struct hash hit_match(const struct party_hit *, const char *end_user);
/* Whether the list says what it said when the hit was decided. */
bool hit_is_same_entry(const struct hit_entry *known, const struct party_hit *);
/* Waits for an officer. */
bool hit_is_open(const struct hit_entry *, int64_t at);
/* How many hits of its latest screening hold an application. */
bool application_held(const struct state *, struct arena *, const struct application_entry *,
                      int64_t at, uint64_t *out, struct err *);

/* --- Generic access ------------------------------------------------------------------ */

/* Decodes the entry at `key` into the struct of its kind. *found false: not there. */
bool entry_get(const struct state *, struct arena *, enum entry_kind, struct bytes key, void *out,
               bool *found, struct err *);
bool entry_decode(struct arena *, enum entry_kind, struct bytes value, void *out, struct err *);
bool entry_put(struct changes *, enum entry_kind, struct bytes key, const void *entry,
               struct err *);
/* The body of the record with this id, when there is one of the kind. */
bool entry_body(const struct state *, struct arena *, enum record_kind, const struct hash *id,
                union record_body *out, bool *found, struct err *);
bool state_has(const struct state *, struct arena *, struct bytes key, bool *found, struct err *);

/* Keys and values must outlive the changes: both lie in the request's arena. */
void change_put(struct changes *, struct bytes key, struct bytes value);
void change_mark(struct changes *, struct bytes key); /* a key that says all by being there */
void change_delete(struct changes *, struct bytes key);
/* Moves all of `from` behind `to`. */
void changes_append(struct changes *to, const struct changes *from);

/* --- Keys: see the table in state.c --------------------------------------------------- */

struct bytes key_text(struct arena *, const char *prefix, const char *text);
struct bytes key_hash(struct arena *, const char *prefix, const struct hash *);
struct bytes key_pair(struct arena *, const char *prefix, const char *text, const struct hash *);
struct bytes key_holder(struct arena *, uint64_t role, const char *name);
struct bytes key_number(struct arena *, const char *prefix, uint64_t);
/* place/COUNTRY 0 END-USER 0 ID: what is where, for status */
struct bytes key_place(struct arena *, const char *prefix, const char *country,
                       const char *end_user, const struct hash *);
struct bytes key_approval(struct arena *, const struct hash *proposal, const char *holder);
struct bytes key_advice(struct arena *, const struct hash *application, const char *body);

/* --- The three entries that every lease touches, in fixed form ------------------------- */

/* Whose device a key is. The key has no name; being named by its hash, it is what it was. */
struct device_entry {
	struct hash system;
	struct public_key key;
};

bool device_get(const struct state *, struct arena *, const struct hash *kid, struct device_entry *,
                bool *found, struct err *);
void device_put(struct changes *, const struct device_entry *);

struct log_entry {
	int64_t time;
	uint64_t generation; /* rises with every record that can change a scope in force */
	uint64_t size;       /* entries applied; 0: nothing yet */
	struct hash tags;    /* the record of the key of tags in force; zeros: none */
	struct bytes origin; /* the authority's, here too so that a lease need read no more */
};

bool log_has_tags(const struct log_entry *);
bool log_get(const struct state *, struct arena *, struct log_entry *, struct err *);
void log_put(struct changes *, const struct log_entry *);

/*
 * A system's leases: the last one, and the scope in force as text so that the next lease is
 * judged by comparing text. The text counts while `generation` is the log's and the time is
 * before `good_before`; otherwise it is worked out again.
 */
struct lease_entry {
	struct hash device;
	uint64_t sequence; /* 0: no lease yet */
	uint64_t counter;  /* of the last request answered, by a lease or a refusal */
	struct tree_head use_log;
	int64_t granted;
	uint64_t ttl_seconds;
	uint64_t index;   /* of the last lease, on the log */
	uint64_t answer;  /* of the last answer, a lease or a refusal, on the log */
	uint64_t heard;   /* entries up to the last answer that the system says it has; 0: none */
	uint64_t session; /* sequence of the last lease whose request was signed; 0: none */
	int64_t session_began;
	uint8_t session_nonce[RENEWAL_NONCE]; /* of that request */
	uint64_t generation;                  /* 0: nothing worked out yet */
	int64_t good_before;
	uint64_t lease_seconds;
	struct bytes scope; /* canonical text */
};

bool lease_get(const struct state *, struct arena *, const struct hash *system,
               struct lease_entry *, bool *found, struct err *);
bool lease_read(struct bytes value, struct lease_entry *, struct err *);
void lease_put(struct changes *, const struct hash *system, const struct lease_entry *);

#endif
