/* renewals: requests for leases answered in a batch. Internal to the authority's rim. */
#ifndef PROVISO_AUTHORITY_RENEWALS_H
#define PROVISO_AUTHORITY_RENEWALS_H

#include "batch.h"
#include "log/changes.h"

/* A request, and what became of it. */
struct asked {
	bool is_authentic; /* else its error says why it deserves no entry */
	struct asker asker;
	struct renewal_body body;
	/* A lease or a refusal, and its way to the root of the batch's log; empty: no entry. */
	struct bytes entry;
	uint64_t index;
	struct merkle_path inclusion;
	bool is_ended; /* it is made under an origin that the log had before */
	/* What the system has to follow first, under the checkpoint of the answer; NULL: nothing.
	 */
	const struct log_changes *changes;
};

/*
 * First who asks, then what is answered. Where a request deserves no entry errs[i] says why.
 * False when the batch must be abandoned.
 */
bool authenticate_all(struct batch *, const struct bytes requests[], size_t count,
                      struct asked out[], struct err errs[], struct err *);
bool answer_all(struct batch *, struct asked[], size_t count, struct err errs[], struct err *);

/* The changes behind the first `followed` entries, within the batch; NULL: there are none. */
bool changes_since(struct batch *, uint64_t followed, const struct log_changes **out, struct err *);

bool has_answer(const struct asked *);
struct bytes answer_reply(struct arena *, const struct asked *, struct bytes signed_checkpoint);

#endif
