/*
 * apply: every rule of the regime, as one pure function.
 *
 * state' = apply(state, record). Reads no clock, no file, draws no random number: replaying
 * the log from nothing gives the same state. The rules, their order and their codes are in
 * doc/rules.md; tests/unit/apply_test.c has a case for each, kept and broken.
 */
#ifndef PROVISO_AUTHORITY_APPLY_H
#define PROVISO_AUTHORITY_APPLY_H

#include "record/session.h"
#include "state.h"

/*
 * Judges an already decoded record whose index on the log would be `index` and fills `out`
 * with what it changes. Checks the signature too, against the key the state knows. `now` is
 * the log's time for this record: state_time() gives it. Errors: refused, with the rule.
 */
bool apply(const struct state *, const struct record *, uint64_t index, int64_t now,
           struct changes *out, struct err *);

/* max(time of the log so far, issued_at of the record). */
bool state_time(const struct state *, const struct record *, int64_t *now, struct err *);

/* Every rule that apply(), effective() and lease_judge() can name, in the order in which they
 * are checked for a record: where several are broken, the first is given. doc/rules.md is
 * this list, and a test holds it to it. */
struct rule {
	const char *records; /* the kinds it judges, in words */
	const char *code;
	const char *text; /* what is demanded, one sentence */
};
extern const struct rule rules[];
extern const size_t rule_count;

/* --- What is in force ------------------------------------------------------------------ */

enum operand_kind {
	OPERAND_DEFINITIONS,
	OPERAND_SUPERSEDED,
	OPERAND_DECLARATION,
	OPERAND_OFFENCES,
	OPERAND_LICENCE,
	OPERAND_MEASURE,
	OPERAND_HIT,
	OPERAND_STATUS, /* surrendered, never approved, ... */
};

struct operand {
	enum operand_kind kind;
	struct hash id;    /* the record that says it */
	const char *title; /* "licence 3fa2b1c0", "measure 77aa...: disconnect (2 officers)" */
	const char *words; /* why, one line */
	const struct scope *scope;
};

struct effective {
	const struct scope *scope; /* the meet of all */
	uint64_t lease_seconds;
	struct hash licence;
	struct operand *operands; /* only when asked for */
	size_t operand_count;
};

/*
 * The scope in force for a system (id of its enrolment) at a time, before the time window
 * is judged. Its cost does not depend on how many records or measures there are; with
 * `explain` the operands are listed one by one. Errors: refused, state.no-such-system.
 */
bool effective(const struct state *, const struct hash *system, int64_t at, bool explain,
               struct arena *, struct effective *out, struct err *);

/* --- Leases ---------------------------------------------------------------------------- */

/* Where the keys of sessions come from: the rim holds the authority's secret. */
struct session_keys {
	void *ctx;
	bool (*key)(void *ctx, const struct public_key *device, const struct hash *kid,
	            const uint8_t nonce[RENEWAL_NONCE], uint8_t out[SESSION_KEY], struct err *);
};

struct asker {
	struct hash system;
	bool has_session; /* not signed: authenticated within a session */
	uint64_t session;
};

/*
 * Who asks: the system whose enrolled device signed the request (KIND_RENEWAL, decoded), or
 * gave it a tag under the key of the session that its last signed request began (`keys` NULL:
 * only signatures count). False for requests that deserve no entry: unknown device, bad
 * signature or tag, a signature due, no request at all. What it reads a lease changes only
 * where that begins another session, so that the requests of a batch are told apart first.
 */
bool lease_asker(const struct state *, const struct record *request, int64_t now,
                 const struct session_keys *keys, struct arena *, struct asker *out, struct err *);

/*
 * Judges what an authentic request of a system asks: counter, use log, scope in force at
 * `now`. Fills `body` with a lease (*kind KIND_LEASE) or, where a rule refuses, a refusal
 * (*kind KIND_REFUSAL). `now` is the clock, but not before the log's time; the entry must
 * carry it as issued_at. False only when the state cannot be read, or its session was ended
 * since. Pure: the entry is made and applied by the caller.
 */
bool lease_judge(const struct state *, const struct asker *, const struct renewal_body *,
                 int64_t now, struct arena *, enum record_kind *kind, union record_body *body,
                 struct err *);

#endif
