/*
 * follow: how a gate goes with its authority's log when that log's officers, its witnesses or its
 * origin change. It knows the officers it was given when it was set up (a *roster*) and takes
 * what enough of them have signed, in the order of the log and once, shown to be on the log under
 * the witnesses that it demanded before. The authority's key alone changes nothing here.
 *
 * DIR/followed keeps what was taken, written whole by rename before it takes effect.
 */
#ifndef PROVISO_GATE_FOLLOW_H
#define PROVISO_GATE_FOLLOW_H

#include "log/policy.h"
#include "record/body.h"
#include "record/roster.h"

/* What a gate knows of one authority's log. Everything lies in its arena. */
struct trust {
	struct arena arena;
	struct public_key key; /* of today's origin */
	bool has_former;
	struct public_key former;    /* of the one before: what is held may still be of it */
	struct bytes policy_text;    /* empty: it demands no witness */
	const struct policy *policy; /* NULL then */
	struct roster *roster;       /* NULL: it follows nobody */
	uint64_t followed;           /* entries up to the last change taken */
};

/*
 * What becomes of `now` by the changes in `file`, of which `seen` is the largest tree known. `next`
 * has an arena of its own and is empty where the answer is no. Errors: bad input changes.*, those
 * of records, notes and policies; refused, gate.change-older, gate.change-other-origin,
 * gate.change-not-agreed, gate.change-not-proven, gate.change-not-witnessed, gate.origin-behind.
 */
bool trust_follow(const struct trust *now, const struct tree_head *seen, struct bytes file,
                  struct trust *next, struct err *);

/* A copy with an arena of its own. */
bool trust_copy(const struct trust *, struct trust *out, struct err *);

/* Of DIR/followed, of `count` authorities; where there is none nothing changes. */
bool trusts_load(const char *dir, struct trust trusts[], size_t count, struct err *);
bool trusts_write(const char *dir, const struct trust trusts[], size_t count, struct err *);

#endif
