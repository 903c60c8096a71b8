/*
 * body: what each kind of record says. Field names on the wire and in forms are those of
 * doc/records.cddl; what each means in law is in doc/rules.md. Times are seconds since
 * 1970, UTC. Strings are NUL-terminated UTF-8. `has_*` says whether an optional field is
 * there.
 */
#ifndef PROVISO_RECORD_BODY_H
#define PROVISO_RECORD_BODY_H

#include "base/hash.h"
#include "base/key.h"
#include "scope/scope.h"

struct list {
	void *at; /* elements of the size in the field's table */
	size_t count;
};

struct redactable {
	struct hash digest;
	const char *value;       /* NULL: withheld */
	struct bytes disclosure; /* empty: withheld */
};

struct party {
	const char *name;
	const char *country;
};

struct item {
	const char *name;
	const char *version;
	struct list capabilities; /* const char *: labels */
};

struct tree_head {
	uint64_t size;
	struct hash root;
};

enum role {
	ROLE_AUTHORITY,
	ROLE_OFFICER,
	ROLE_EXPORTER,
	ROLE_END_USER,
	ROLE_AUDITOR,
	ROLE_ADVISER,
	ROLE_INBOX,     /* reports of misuse are encrypted for it; it signs nothing */
	ROLE_WITNESSES, /* no key: whose cosignatures the gates of this authority demand */
	ROLE_COUNT,
	ROLE_PEOPLE = ROLE_INBOX, /* those before it are of people and bodies, who sign */
};

/* A key and whom it speaks for; without public_key, the revocation of `replaces`. */
struct key_body {
	unsigned role; /* enum role */
	const char *holder;
	bool has_country;
	const char *country;
	bool has_public_key;
	struct public_key public_key;
	bool has_replaces;
	struct hash replaces; /* id of the key record replaced or revoked */
	bool has_threshold;
	uint64_t threshold; /* authority only: officers who must agree */
	bool has_reason;
	const char *reason; /* of a revocation */
	bool has_rp_id;
	const char *rp_id; /* a passkey signs for this site */
	bool has_origin;
	const char *origin; /* and at this origin alone */
	bool has_valid_until;
	int64_t valid_until; /* from then on it signs nothing */
	bool has_policy;
	const char *policy; /* of the witnesses: a tlog-policy file */
	bool has_checkpoint;
	struct bytes checkpoint; /* the last of the origin that a new one goes on from, as signed */
};

struct purpose {
	const char *label, *title, *text;
	struct list excludes; /* const char *: what it never means */
	bool has_minimum_penalty_years;
	uint64_t minimum_penalty_years;
};

struct definitions_body {
	uint64_t number;
	int64_t effective;
	bool has_supersedes;
	uint64_t supersedes; /* the number of the definitions that end */
	bool has_grace_days;
	uint64_t grace_days;
	struct list purposes; /* struct purpose */
	const struct scope *scope;
};

struct offence {
	const char *label, *title, *statute;
	uint64_t maximum_years;
};

struct signatory {
	const char *name, *office;
};

struct declaration_body {
	struct party end_user;
	struct hash definitions;
	struct list offences; /* struct offence */
	const struct scope *scope;
	struct list undertakings; /* const char * */
	struct signatory signatory;
	int64_t valid_until;
};

enum { OTHER_PARTIES = 16 }; /* of one application at most */

/* Anyone else who has a part in an export: consignee, broker, owner, ... */
struct other_party {
	const char *role, *name;
	bool has_country;
	const char *country;
};

struct application_body {
	struct party exporter, end_user;
	struct item item;
	uint64_t quantity;
	const struct scope *scope;
	const char *purpose_of_use;
	struct list parties; /* struct other_party */
};

/* Of a decision, and of the advice before it. */
enum decision_outcome { DECISION_APPROVE, DECISION_APPROVE_WITH_PROVISOS, DECISION_REFUSE };

struct decision_body {
	struct hash application;
	unsigned outcome;
	const char *reasons;
	struct list provisos; /* const char * */
	struct list advice;   /* struct hash: what was heard */
};

/* What a body says of one party or of the item, where it is not what it says of the whole. */
struct advice_part {
	const char *about; /* "exporter", "end-user", "item", or another party's role */
	unsigned verdict;  /* enum decision_outcome */
	bool has_scope;
	const struct scope *scope; /* of an approval with provisos, as below */
	struct list provisos;
};

/* A body that must be heard advises on an application: defence, foreign affairs, justice, police.
 */
struct advice_body {
	struct hash application;
	const char *body;
	unsigned verdict; /* enum decision_outcome: of all that no part speaks of */
	struct redactable reasons;
	bool has_scope;
	const struct scope *scope; /* a proviso as a scope: the most that may be licensed */
	struct list provisos;      /* const char *: what no scope says */
	struct list parts;         /* struct advice_part */
	bool has_replaces;
	struct hash replaces; /* the body's own advice before this */
};

struct licence_body {
	struct hash application;
	struct party exporter, end_user;
	struct hash declaration;
	struct item item;
	uint64_t quantity;
	const struct scope *scope;
	uint64_t lease_seconds;
	int64_t valid_until;
};

struct surrender_body {
	struct hash licence;
	const char *reason;
};

struct enrolment_body {
	struct list licences; /* struct hash: one an authority */
	const char *serial;
	struct public_key device_key;
	const char *item_version;
	bool has_audit_key;
	struct bytes audit_key; /* the system's tag key, wrapped to the auditors (key_wrap) */
	bool has_policy;
	struct hash policy; /* SHA-256 of the tlog-policy that its gate enforces */
	bool has_policy_file;
	const char *policy_file; /* that policy */
};

struct lease_body {
	struct hash system; /* id of the enrolment */
	struct hash device; /* key id of the device key */
	uint64_t sequence;
	const struct scope *scope;
	uint64_t ttl_seconds;     /* from the moment the nonce was drawn */
	struct bytes nonce;       /* echoed */
	uint64_t counter;         /* echoed */
	struct tree_head use_log; /* the head acknowledged */
	bool has_heard;
	uint64_t heard;   /* echoed */
	bool has_session; /* its request was not signed: see session.h */
	uint64_t session; /* sequence of the lease whose request was */
	bool has_tags;
	struct hash tags; /* the record of the key of tags and the protected persons */
};

struct refusal_body {
	bool has_system;
	struct hash system;
	struct hash device;
	const char *code, *reason;
	struct bytes nonce;
	uint64_t counter;
	bool has_heard;
	uint64_t heard; /* echoed */
};

struct evidence {
	const char *type; /* "stix-2.1", or a media type */
	struct hash digest;
	uint64_t size;
	bool has_indicators;
	uint64_t indicators; /* of a STIX bundle */
};

struct report_body {
	struct redactable subject; /* who was targeted */
	bool has_system;
	struct hash system; /* absent: unknown */
	const char *allegation;
	struct list evidence; /* struct evidence */
	struct redactable reporter;
};

enum finding_outcome { FINDING_UPHELD, FINDING_DISMISSED };

/* Whether the other side, the end user or exporter, was heard. */
enum finding_reply { FINDING_REPLY_CAME, FINDING_REPLY_NONE, FINDING_NOT_ASKED };

struct finding_body {
	struct hash report;
	bool has_system;
	struct hash system;
	unsigned outcome;
	const char *reasons;
	bool has_reply;
	unsigned reply; /* enum finding_reply */
};

enum measure_action { MEASURE_RESTRICT, MEASURE_SUSPEND, MEASURE_DISCONNECT, MEASURE_REVOKE };

/*
 * `target` is `system/ID`, `licence/ID`, `end-user/NAME`, `exporter/NAME`, `item/NAME` or
 * `country/XX`; forms may give a bare id or prefix of an enrolment or licence.
 */
struct measure_body {
	const char *target;
	unsigned action;
	bool has_scope;
	const struct scope *scope; /* restrict: what remains */
	bool has_finding;
	struct hash finding;
	const char *reason;
	bool has_basis;
	const char *basis; /* in law, where there is no finding */
	bool has_until;
	int64_t until; /* when it ends by itself */
};

struct approval_body {
	struct hash proposal; /* a measure or a lift */
};

struct lift_body {
	struct hash measure;
	const char *reason;
};

/* What a hit on a list does until an officer decides it: nothing, or the application is held,
 * or the party's licences are suspended as well. */
enum listing_policy { LISTING_NOTE, LISTING_HOLD, LISTING_SUSPEND };

struct listing_body {
	const char *name, *source;
	int64_t date;
	uint64_t size; /* bytes */
	struct hash digest;
	uint64_t entries;
	bool has_policy;
	unsigned policy; /* enum listing_policy; absent: hold */
	bool has_published;
	int64_t published; /* as the list itself says */
	bool has_added, has_changed, has_removed;
	uint64_t added, changed, removed; /* entries, since the listing before */
};

/* One who was looked up: the roles are those of party_hit. */
struct screened_party {
	const char *party, *name;
	bool has_country;
	const char *country;
};

struct party_hit {
	const char *party; /* "exporter", "end-user", "signatory" of its declaration, or a role */
	const char *name;  /* as screened */
	const char *list;
	const char *entry;  /* the name on the list that matched */
	uint64_t score;     /* thousandths */
	const char *reason; /* why it matched, and why it is listed */
	bool has_country;
	const char *country; /* as screened */
	bool has_id;
	const char *id; /* the list's own of the entry */
	bool has_digest;
	struct hash
	    digest; /* SHA-256 of all that the list says of the entry, as a snapshot keeps it */
};

struct screening_body {
	struct hash application;
	struct list listings; /* struct hash: the listing entries screened against */
	const char *engine;
	struct list hits;    /* struct party_hit */
	struct list parties; /* struct screened_party */
	bool has_threshold;
	uint64_t threshold; /* thousandths: what scores less is no hit */
	bool has_more;
	uint64_t more; /* hits that did not fit here: the application is held by them too */
	bool has_cleared;
	uint64_t cleared; /* hits left out because an officer cleared them for good */
};

enum clearance_outcome { CLEARANCE_TRUE_MATCH, CLEARANCE_NOT_THE_SAME };

/* What an officer says of one hit of a screening. */
struct clearance_body {
	struct hash screening;
	uint64_t hit; /* its place in the screening, from 1 */
	unsigned outcome;
	const char *reasons;
	bool has_until;
	int64_t until; /* from then on it is open again */
};

/* Who holds a share of the key of subject tags, and what proves evaluations by it. */
struct tag_holder {
	const char *name;   /* of the key that the share was sealed to */
	struct hash public; /* the share's element of ristretto255 */
};

struct protected_persons {
	struct hash digest; /* SHA-256 of the list (tags/protected.h) */
	uint64_t count;
};

/* The key of subject tags, shared; a later record has the same key. doc/subject-tags.md. */
struct tags_body {
	uint64_t number;
	uint64_t threshold;  /* holders whose evaluations make a tag */
	struct hash public;  /* the whole key's element */
	struct list holders; /* struct tag_holder: share 1, 2, ... */
	bool has_protected;
	struct protected_persons protected;
	bool has_ceremony;
	struct hash ceremony; /* how holders made their shares together (tags/ceremony.h) */
};

/* A system asks for the tags of subjects that it does not show. */
struct admission_body {
	struct hash tags;    /* the record of the key */
	struct list blinded; /* struct hash: blinded selectors */
};

/* An auditor or officer asks what tags selectors have. */
struct inquiry_body {
	struct hash tags;
	struct list blinded; /* struct hash */
	const char *reason;
};

enum { TAG_BATCH = 256, TAG_HOLDERS = 32 };

enum disclosure_action { DISCLOSURE_RELEASED, DISCLOSURE_ERASED };

/* What the keeper did with confidential values: the entry says which, never what. */
struct disclosure_body {
	struct hash record;
	unsigned action;
	struct list fields; /* const char *: paths */
	bool has_to;
	struct hash to; /* id of the key of whom they were released to */
	bool has_reason;
	const char *reason; /* of an erasure */
};

struct renewal_body {
	struct bytes nonce; /* 16 bytes */
	uint64_t counter;
	struct tree_head use_log;
	uint64_t acknowledged;   /* size of the head of the last lease accepted */
	struct list consistency; /* struct hash: from `acknowledged` to use_log */
	uint64_t last_sequence;  /* of the last lease accepted, 0 for none */
	bool has_measurement;
	struct bytes measurement; /* of the software that asks */
	bool has_heard;
	uint64_t heard; /* counter of the last request whose answer, lease or refusal, came */
	bool has_followed;
	uint64_t
	    followed; /* entries up to the last change of the log that it follows; absent: none */
};

enum { RENEWAL_NONCE = 16 };

union record_body {
	struct key_body key;
	struct definitions_body definitions;
	struct declaration_body declaration;
	struct application_body application;
	struct decision_body decision;
	struct advice_body advice;
	struct licence_body licence;
	struct surrender_body surrender;
	struct enrolment_body enrolment;
	struct lease_body lease;
	struct refusal_body refusal;
	struct report_body report;
	struct finding_body finding;
	struct measure_body measure;
	struct approval_body approval;
	struct lift_body lift;
	struct listing_body listing;
	struct screening_body screening;
	struct clearance_body clearance;
	struct tags_body tags;
	struct admission_body admission;
	struct inquiry_body inquiry;
	struct disclosure_body disclosure;
	struct renewal_body renewal;
};

#endif
