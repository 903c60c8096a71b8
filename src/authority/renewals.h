/* renewals: requests for leases answered in a batch. Internal to the authority's rim. */
#ifndef PROVISO_AUTHORITY_RENEWALS_H
#define PROVISO_AUTHORITY_RENEWALS_H

#include "batch.h"

/* A lease or a refusal, and its way to the root of the batch's log; empty: no entry. */
struct answer {
	struct bytes        entry;
	uint64_t            index;
	struct merkle_proof inclusion;
};

/* Where a request deserves no entry errs[i] says why. False when the batch must be abandoned. */
bool answer_all(struct batch *, const struct bytes requests[], size_t count, struct answer out[],
    struct err errs[], struct err *);

struct bytes answer_reply(struct arena *, const struct answer *, struct bytes signed_checkpoint);

#endif
