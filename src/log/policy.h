/*
 * policy: which logs and witnesses a party trusts, as a C2SP tlog-policy file, and whether
 * a checkpoint satisfies it:
 *
 *     log agency.example+530d903a+Aek... [url]
 *     witness W1 witness.example/w1+b8a2cf20+BFL... [url]
 *     group two-of-three 2 W1 W2 W3
 *     quorum two-of-three
 *
 * Cosignatures carry times, and so a quorum has two, between which the true one lies. A
 * witness's are both the one it signed. `time` of a group of k is the k-th latest of its members',
 * `late` the k-th earliest of those that signed. While fewer than k lie, one that does not is
 * among the k latest and one among the k earliest: so `time` is not after a moment at which an
 * honest witness signed, and `late` not before one (doc/decisions/the-quorum-s-time.md). Pure.
 */
#ifndef PROVISO_LOG_POLICY_H
#define PROVISO_LOG_POLICY_H

#include "note.h"

enum {
	POLICY_MAX = 65536, /* bytes of a file */
	POLICY_LOGS = 64,
	POLICY_MEMBERS = 128, /* witnesses and groups together */
};

struct policy_log {
	struct public_key key; /* its name is the origin */
	const char *url;       /* NULL: none given */
};

/* A witness, or a group of those before it. */
struct policy_member {
	struct bytes name; /* within the file */
	bool is_group;
	bool is_taken; /* a member of some group: of one at most */
	union {
		struct {
			struct public_key key;
			const char *url;
		} witness;
		struct {
			size_t threshold, count;
			const uint8_t *members; /* their places in the table */
		} group;
	};
};

struct policy {
	struct policy_log logs[POLICY_LOGS];
	size_t log_count;
	struct policy_member members[POLICY_MEMBERS];
	size_t member_count;
	int quorum; /* its place in the table; POLICY_NONE: no cosignature is needed */
};

enum { POLICY_NONE = -1 };

/*
 * About 100 KiB: not for the stack. Errors are bad input naming the line: policy.too-large,
 * policy.character, policy.line, policy.name, policy.duplicate, policy.reference,
 * policy.threshold, policy.quorum, and those of keys.
 */
bool policy_parse(struct arena *, struct bytes, struct policy *out, struct err *);

/* What a policy makes of a checkpoint. */
struct policed {
	struct checkpoint checkpoint;
	const struct policy_log *log;
	size_t cosignatures; /* of its witnesses, and good */
	int64_t time, late;  /* the quorum's; 0 with `quorum none` */
};

/*
 * A signed checkpoint whole: parsed, of one of the policy's logs and signed by it, with
 * cosignatures of the quorum. A bad signature of a log or witness that the policy knows refuses
 * it, even where enough others are good. Errors: those of note_parse and checkpoint_parse;
 * refused policy.unknown-log, note.unsigned, note.bad-signature, policy.quorum-missing.
 */
bool policy_open(struct arena *, const struct policy *, struct bytes note, struct policed *out,
                 struct err *);

/*
 * The same of cosignatures alone, where the log is known and its signature checked already:
 * fills the last three of `out`.
 * Errors: refused note.bad-signature, policy.quorum-missing.
 */
bool policy_quorum(const struct policy *, const struct note *, struct policed *out, struct err *);

enum { POLICY_COMPARED = 16 }; /* witnesses of a policy that another is compared with */

/*
 * Whether whoever satisfies `policy` satisfies `least`, with whichever of the witnesses cosigning;
 * logs and addresses are not looked at. Errors: refused policy.weaker (naming witnesses who satisfy
 * the one alone); bad input policy.too-large (more than POLICY_COMPARED).
 */
bool policy_is_as_strict(const struct policy *policy, const struct policy *least, struct err *);

/* The policy's log of this origin and key; NULL: none. */
const struct policy_log *policy_find_log(const struct policy *, const struct public_key *);

#endif
