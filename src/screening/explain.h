/* explain: a comparison in words that a person can check. Results live in the arena. */
#ifndef PROVISO_SCREENING_EXPLAIN_H
#define PROVISO_SCREENING_EXPLAIN_H

#include "base/bytes.h"
#include "compare.h"

enum { WHY_MOST = 48 };

struct why {
	const char *texts[WHY_MOST];
	size_t count;
};

/* Adds what links the two names and what does not; "the query", "the list" say which is which. */
void explain_names(struct arena *, const struct name *a, const struct name *b,
                   const struct comparison *, const char *which_a, const char *which_b,
                   struct why *);

#endif
