/*
 * batch: records taken in together: one write transaction, one checkpoint. Each is judged
 * on the state that those before it leave. Internal to the authority's rim.
 */
#ifndef PROVISO_AUTHORITY_BATCH_H
#define PROVISO_AUTHORITY_BATCH_H

#include "authority.h"

/* Must stay where it is while it is open: `state` points into it. */
struct batch {
	struct authority *authority;
	struct arena *arena; /* all that is taken in lives there until the end */
	int64_t now;         /* by the door's clock */
	uint64_t first;      /* entries before the batch */
	struct state below, state;
	struct changes changes;
};

/*
 * Waits for other writers. Where there is a policy a quorum must first have cosigned what is here,
 * for an old copy would give an index out twice: errors of authority_cosign().
 */
bool batch_begin(struct batch *, struct authority *, struct arena *, int64_t now, struct err *);

/* Judges and appends. Refused: the batch is as it was. Other errors: abandon it. */
bool batch_append(struct batch *, const struct record *, uint64_t *index, struct err *);

/*
 * Decodes, judges at the door and appends; one that is there already is not appended again.
 * Refused and bad input: the batch is as it was.
 */
bool batch_take(struct batch *, struct bytes record, struct accepted *out, struct err *);

/* What the authority itself says is dated: the door's clock, but never before the log's. */
bool batch_time(struct batch *, int64_t *out, struct err *);

/*
 * Appends what the authority itself says: an unsigned entry. The very same said again (a
 * request refused twice within a second) gives the entry that is there.
 */
bool batch_say(struct batch *, enum record_kind, const union record_body *, struct bytes *entry,
               uint64_t *index, struct err *);

/* Writes the changed state and makes all durable; gives what the log then is. */
bool batch_commit(struct batch *, struct checkpoint *out, struct err *);

/* No effect once committed. */
void batch_abandon(struct batch *);

/*
 * Signs the checkpoint of a committed log, has it cosigned as the policy asks, and publishes up to
 * it. Safe to repeat. Errors also those of authority_cosign().
 */
bool authority_publish(struct authority *, struct arena *, const struct checkpoint *,
                       struct bytes *signed_checkpoint, struct err *);

/* The log as it is now, in a read transaction of its own. */
bool authority_head(struct authority *, struct arena *, struct checkpoint *out, struct err *);

/* HOME/authority.pub. */
bool read_public(struct authority *, struct arena *, struct err *);
/* That the store has what was published; gives it. */
bool check_published(struct authority *, struct arena *, struct checkpoint *published,
                     struct err *);

/* HOME/log/origins: the keys of all origins that the log had, a hint for who looks for them. */
bool publish_origins(struct authority *, struct err *);

/*
 * Refused, authority.origin-ended: the log goes on under another origin, whose key this is not.
 * Within a transaction of the caller.
 */
bool check_origin(struct authority *, struct arena *, struct err *);

/* cosign.c: reads HOME/policy, if there is one. */
bool policy_load(struct authority *, struct err *);

/* Adds to a checkpoint signed by the authority what its policy asks for. */
bool cosign(struct authority *, struct arena *, const struct checkpoint *, struct bytes *note,
            struct err *);

/* Whether it failed for want of witnesses alone: what was to be published is on the log. */
bool is_unwitnessed(const struct err *);

/* What a new home is made of: `fill` begins with an empty store. */
struct home_filling {
	bool (*fill)(void *ctx, struct authority *, struct err *);
	void *ctx;
	bool without_key; /* only its public key is known */
};

/* Makes a home whole or not at all. Refuses (authority.home-exists) a folder in use. */
bool home_make(const char *home, const struct secret_key *, const struct home_filling *,
               struct err *);

const char *home_path(struct arena *, const struct authority *, const char *name);

enum { PUBLISHED_MODE = 0755 };

#endif
