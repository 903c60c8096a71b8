/*
 * authority: the keeper of a log: takes records in, grants leases, publishes, proves, and
 * lets everything be checked again from the log alone. The rim around apply.h: I/O, clock.
 */
#ifndef PROVISO_AUTHORITY_H
#define PROVISO_AUTHORITY_H

#include "apply.h"
#include "recent.h"
#include "sessions.h"
#include "log/proof.h"
#include "log/witness.h"
#include "screening/lists.h"
#include "store/store.h"

struct authority {
	char *home;
	struct store *store;
	struct public_key public; /* its name is the origin */
	struct secret_key secret; /* opened for writing only */
	bool writes;
	bool goes_back;           /* it takes in what was signed under earlier origins */
	struct scope_known known; /* scopes of the last leases */
	struct sessions sessions; /* keys of systems that asked lately */
	struct recent recent;     /* and of the state what is theirs */
	/* Of HOME/policy: nothing is published that its quorum has not cosigned. NULL: there is
	 * none. */
	const struct policy *policy;
	struct arena policy_arena;
	struct cosigners cosigners;
	bool is_confirmed; /* since it was opened a quorum has cosigned what it had */
	bool is_witnessed; /* as it has what was published last */
};

struct authority_options {
	const struct secret_key *key;      /* Ed25519; its name becomes the origin */
	const struct public_key *officers; /* with their names */
	size_t officer_count;
	uint64_t threshold; /* 0: 2, or 1 where there is one officer */
};

/*
 * Makes HOME: a copy of the authority's key (0600), the authority's key record, the officers'
 * keys, the listing of the embedded screening list, a first checkpoint. All of it is built in
 * a folder beside HOME, whose parent must be there, and then renamed: HOME is there whole or
 * not at all. Refuses (authority.home-exists) a folder in use.
 */
bool authority_init(const char *home, const struct authority_options *, int64_t now, struct err *);

/*
 * `write` opens the key and the store for writing, and publishes what an earlier process
 * committed and could not publish any more. Errors: bad input authority.no-home (no
 * authority's directory), authority.damaged (its parts do not belong together, or the store
 * is behind what was published: an old copy must never sign again).
 */
bool authority_open(struct authority *, const char *home, bool write, struct err *);
void authority_close(struct authority *);

/* --- Witnesses ------------------------------------------------------------------------- */

/*
 * Who asks the witnesses of the home's policy; without it nothing can be published or taken in
 * where there is a policy. Right after authority_open().
 */
void authority_cosigned_by(struct authority *, struct cosigners);

/*
 * Has the log as it is cosigned anew, and publishes it: so the quorum's time goes on while nothing
 * happens, and what could not be published before is. Without a policy it only publishes. Errors:
 * refused witness.ahead (a witness has cosigned entries that are not here: an old copy, which
 * must not sign again); environment witness.quorum-missing.
 */
bool authority_cosign(struct authority *, struct arena *, struct err *);

/*
 * Makes this tlog-policy file the home's, HOME/policy, once its quorum has cosigned the log. Errors
 * also: those of policy_parse; bad input authority.policy (this log and its key are not in it).
 */
bool authority_set_policy(struct authority *, struct bytes policy, struct err *);

/* Who cosigned what is published, as the published checkpoint itself shows. */
struct witnessing {
	bool has_policy; /* else nothing of what follows */
	const char **names;
	bool *cosigned;
	size_t count;
	int64_t time;     /* the quorum's; 0: there is none */
	uint64_t size;    /* of what is published */
	uint64_t entries; /* of the log */
};

/* Within a read transaction of the caller. */
bool authority_witnesses(struct authority *, struct arena *, struct witnessing *, struct err *);

struct accepted {
	struct hash id;
	uint64_t index;
	bool was_there; /* submitted before: the same answer, nothing new */
};

/*
 * Takes records in, all or none, in one transaction and under one checkpoint: decoded,
 * judged, appended, durable, published. With each application its screening. `failed` (may
 * be NULL) gets the index of the record at fault, or `count` where none is. What the door
 * itself refuses, before apply(): record.from-the-future (made more than 300 s after `now`),
 * record.keeper-only (a lease, refusal, listing or screening: those are said by the
 * authority alone). Where only publishing fails the error says so: the records are on the
 * log, the next open or submit publishes them, and submitting again gives the answer.
 */
bool authority_submit(struct authority *, const struct bytes records[], size_t count, int64_t now,
                      struct accepted out[], size_t *failed, struct err *);

/*
 * Answers renewal requests in one batch under one checkpoint: replies[i] is the reply (see
 * reply_format), or empty with errs[i] filled where a request deserves none. False only when
 * the whole batch failed; nothing is then on the log.
 */
bool authority_renew(struct authority *, struct arena *, const struct bytes requests[],
                     size_t count, int64_t now, struct bytes replies[], struct err errs[],
                     struct err *);

/*
 * One round of a service: takes in each record that keeps the rules, then answers the
 * requests on the state that they leave, all in one transaction and under one checkpoint.
 * errs[i] is filled where record i was not taken. False when the round failed as a whole;
 * nothing is then on the log, unless the error says that it is and could not be published.
 */
struct round {
	const struct bytes *records;
	size_t record_count;
	struct accepted *accepted;
	struct err *record_errs;
	const struct bytes *requests;
	size_t request_count;
	struct bytes *replies; /* as authority_renew; in the arena */
	struct err *request_errs;
};
bool authority_round(struct authority *, struct arena *, const struct round *, int64_t now,
                     struct err *);

/*
 * The record whose id begins with the hexadecimal prefix, decoded, and its place on the log. Within
 * a transaction of the caller. Errors: those of store_find() and record_decode(); where a kind is
 * asked for refused, state.no-such-thing: the record is of another.
 */
bool authority_find(struct authority *, struct arena *, const char *prefix, struct record *,
                    uint64_t *index, struct err *);
bool authority_find_kind(struct authority *, struct arena *, enum record_kind, const char *prefix,
                         struct record *, uint64_t *index, struct err *);

/* The state of an open store, for apply.h's functions. Within a transaction of the caller. */
struct state authority_state(struct authority *);

/* What changed in a list, for its listing. */
struct list_told {
	const char *name;
	struct list_counts counts;
};

struct lists_outcome {
	uint64_t listings;            /* said */
	uint64_t applications;        /* screened: all that are live */
	uint64_t screenings;          /* said: whose result is new */
	uint64_t open_hits, new_hits; /* that wait for an officer */
	const char *not_screened;     /* NULL, or why nothing was: a list is stale, ... */
};

/*
 * Brings the log up to date with the lists of the home: a listing for each snapshot that it
 * does not have, and then every party of every live application and licence screened again.
 * Safe to repeat: what the log says already is not said again.
 */
bool authority_lists(struct authority *, struct arena *, const struct list_told[], size_t count,
                     int64_t now, struct lists_outcome *out, struct err *);

/* A proof file for the entry at `index` under the current checkpoint. */
bool authority_prove(struct authority *, struct arena *, uint64_t index, struct bytes *proof,
                     struct err *);

/*
 * A COSE receipt for the entry at `index` (log/receipt.h), under the tree published now; the
 * authority must be open for writing, since its key signs.
 */
bool authority_receipt(struct authority *, struct arena *, uint64_t index, struct bytes *receipt,
                       struct err *);

/*
 * Takes a request for tags, an admission or an inquiry, to the log, and gives what holders are
 * shown (tags/tags.h, granted). Given again it is answered again. Errors: those of
 * authority_submit(); refused, tags.not-a-request.
 */
bool authority_tags(struct authority *, struct arena *, struct bytes request, int64_t now,
                    struct bytes *granted, struct err *);

/* Confidential values that travel beside records. */
/*
 * Kept encrypted (XChaCha20-Poly1305) in HOME/disclosures, each under its digest. The key is in
 * HOME/disclosures.key, which is drawn when it is first needed and may be a link to elsewhere.
 * What the log says was erased is not kept again, whoever hands it in. Errors: bad input,
 * disclosures.damaged, disclosures.key; environment.
 */
bool authority_keep_disclosures(struct authority *, struct record *, struct err *);

/* Fits what is kept to the record: for those who may read it, and after the release is logged. */
bool authority_disclose(struct authority *, struct arena *, struct record *, struct err *);

/* An entry of kind disclosure, *index: what is released, or was erased, is on the log first. */
bool authority_say_disclosure(struct authority *, const struct disclosure_body *, int64_t now,
                              uint64_t *index, struct err *);

/* Removes what is kept of one field of a record; *was_there says whether anything was. */
bool authority_erase(struct authority *, const struct redactable *, bool *was_there, struct err *);
bool authority_keeps(struct authority *, const struct redactable *);

/* --- Checking from the log alone ------------------------------------------------------ */

/* Where entries come from: a home's store, a published folder, or a test. */
struct log_view {
	void *ctx;
	struct public_key authority; /* whom the checkpoint must be signed by */
	/*
	 * Where the log has gone on under another origin since `authority`: its key, as the folder
	 * says; an audit believes it when the entries say so by the rules. Otherwise `authority`.
	 */
	struct public_key signer;
	struct bytes checkpoint;     /* signed note */
	uint64_t size;               /* of the checkpoint, as it says itself */
	struct merkle_source merkle; /* of that size, to tell which entry is not the one promised */
	bool (*entries)(void *ctx, uint64_t from, uint64_t to,
	                bool (*each)(void *ctx, uint64_t index, struct bytes entry), void *each_ctx,
	                struct err *);
	void (*close)(void *ctx); /* may be NULL */
	struct arena arena;       /* the view's own */
	unsigned jobs;            /* threads that work on it when it is checked; 0: one */
};

/*
 * The log of an open home under the checkpoint it published, in a read transaction that
 * lasts until log_view_close(): the authority does nothing else meanwhile.
 */
bool log_view_home(struct authority *, struct log_view *out, struct err *);

/* A published directory, whoever serves it; nothing in it is trusted but by `authority`. */
bool log_view_directory(const char *directory, const struct public_key *authority,
                        struct log_view *out, struct err *);

void log_view_close(struct log_view *);

/*
 * The key that a checkpoint may be signed by: `authority`, or where it is of another origin the key
 * of that name in `origins` (HOME/log/origins), if there is one. Nothing of it is trusted.
 */
void log_signer(struct arena *, struct bytes checkpoint, struct bytes origins,
                const struct public_key *authority, struct public_key *out);

struct progress {
	void (*step)(void *ctx, uint64_t done, uint64_t total); /* may be NULL */
	void *ctx;
};

struct log_check {
	uint64_t entries, leases, refusals, records;
	struct hash root, state_digest;
	uint64_t faults; /* how many were reported */
};

/*
 * Log verification: the checkpoint's signature, and that its root is the hash of the
 * entries. Errors: those of checkpoint_open; refused log.root, log.short,
 * log.tile (a tile that is not of the entries).
 */
bool log_verify(const struct log_view *, const struct progress *, struct log_check *out,
                struct err *);

/*
 * Audit: log_verify, and replays every entry by apply() in memory, so that each lease is shown
 * to be within what was in force when it was granted, each measure approved or within its 72
 * hours, each rule kept. `fault` is called for every entry that breaks a rule
 * (record NULL: where it can't even be read), and the audit goes on as if the entry were not
 * there. Where the log has gone on under other origins, `authority` may be any of them: the key
 * that signs must be the one that the entries name by the rules, and each origin must end with the
 * tree whose checkpoint its successor names; refused log.other-key, log.origin-root. Gives the
 * digest of the state. True when there was no fault; refused audit.faults tells how many entries
 * there are, and where the log does not verify either, that comes first.
 */
struct audit_kept;

struct audit {
	const struct progress *progress; /* any of these may be NULL */
	void (*fault)(void *ctx, uint64_t index, const struct record *, const struct err *);
	/* Told of each entry that keeps the rules, of the log's time then, and of the state after
	 * it. */
	void (*entry)(void *ctx, uint64_t index, const struct record *, int64_t at,
	              const struct state *);
	void *ctx;
	/*
	 * Where an earlier audit ended (kept.h): goes on from there, and where the log is verified
	 * leaves what the next goes on from. Faults of before are counted, and not told again.
	 * Errors also: refused audit.state-foreign (of another log), log.shrunk, log.forked.
	 */
	struct audit_kept *kept;
};
bool log_audit(const struct log_view *, const struct audit *, struct log_check *out, struct err *);

/*
 * Replay: rebuilds the state of a home from its log and compares; *same says whether equal.
 * Errors: refused, the rule of the first entry that does not keep it.
 */
bool authority_replay(struct authority *, const struct progress *, struct log_check *out,
                      bool *same, struct err *);

/*
 * Makes HOME anew from a published log, when a disk or a machine is lost: the same entries, judged
 * again, the same tree, the same state. `key` is the authority's; what is not on the log
 * (disclosures, evidence, lists) comes from a backup. Refused: what log_verify() refuses,
 * authority.home-exists, restore.other-key, and the rule of the first entry that does not keep it.
 * The log given must be the longest that anybody has seen: a shorter one would fork. Without the
 * key (NULL) the home can be read, and its log go on under another origin: authority_begin().
 */
bool authority_restore(const char *home, const struct secret_key *key, const struct log_view *,
                       const struct progress *, struct log_check *out, struct err *);

/* --- Another origin ------------------------------------------------------------------- */

struct next_origin {
	const struct secret_key *key; /* of the new origin, whose name it has */
	/* The officers' proposal, a key record, and the approvals: on the log next, in this order.
	 */
	const struct bytes *records;
	size_t count;
	struct bytes policy; /* the home's from then on; empty: it has none */
};

/*
 * The log of HOME goes on under another origin. Its entries stay what they are and where they are;
 * the records given are the next, and from then on the new key signs and the old one nothing. The
 * old key is not needed. No process may have the home open for writing. Killed at any point and
 * called again it goes on. Errors, refused: the rules of the records; origin.checkpoint (it is not
 * of these entries, or of more than are here), origin.not-agreed (the records do not put this key
 * in place); authority.damaged; those of authority_set_policy().
 */
bool authority_begin(const char *home, const struct next_origin *, struct cosigners, int64_t now,
                     struct err *);

/* The officers whose keys are good now and whom gates may follow, for proviso_system_init():
 * record/roster.h. */
bool authority_officers(struct authority *, struct arena *, int64_t now, struct bytes *out,
                        struct err *);

/* --- Evidence ------------------------------------------------------------------------ */

enum { EVIDENCE_MAX = 64 << 20 };

/*
 * Reads an evidence file: its digest and size; for type "stix-2.1" checks that it is a STIX
 * 2.x bundle (type, id, objects with type and id) and counts its indicator objects. Any
 * other type is a media type. Errors: bad input, evidence.too-large, evidence.type,
 * evidence.stix, naming line and column or the object.
 */
bool evidence_read(struct bytes file, const char *type, struct evidence *out, struct err *);

#endif
