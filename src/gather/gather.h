/*
 * gather: a log's side of C2SP tlog-witness: asks all witnesses of a policy at once to cosign a
 * checkpoint, over HTTP, within a bounded time. It remembers what each has cosigned last, and so
 * asks with the right old size; where it is wrong the witness says (409), and is asked again.
 * I/O; not thread safe.
 */
#ifndef PROVISO_GATHER_GATHER_H
#define PROVISO_GATHER_GATHER_H

#include "log/witness.h"

struct gatherer;

enum { GATHER_MILLISECONDS = 5000 };

/* `milliseconds`: for all witnesses together; 0: GATHER_MILLISECONDS. NULL without memory. */
struct gatherer *gatherer_new(unsigned milliseconds, struct err *);
void gatherer_free(struct gatherer *);

/* To be called as log/witness.h says: `ctx` is the gatherer. */
struct cosigners gatherer_cosigners(struct gatherer *);

/* How a witness did when it was asked last. */
struct gathered {
	char name[128]; /* within the policy */
	bool is_good;
	char why[192]; /* it did not cosign */
};

/* Of the last call; the count is that of the policy's witnesses. */
size_t gatherer_told(const struct gatherer *, const struct gathered **out);

#endif
