/*
 * pairs: what a list says in one place of its file and refers to in another: keys with values,
 * several values a key. Added in a first pass, then sorted, then found. Internal to the readers.
 */
#ifndef PROVISO_SCREENING_PAIRS_H
#define PROVISO_SCREENING_PAIRS_H

#include "base/arena.h"
#include "base/err.h"

/* The most text that a list may refer to: some ten times what the largest has. */
enum { PAIRS_BYTES = 512 << 20, PAIR_VALUES = 4 };

struct pair {
	const char *key;
	const char *values[PAIR_VALUES]; /* never NULL */
	size_t order;                    /* as added */
};

struct pairs {
	struct arena arena;
	struct pair *at;
	size_t count, room, bytes;
};

/* Key and values are copied. Errors: list.too-large. */
bool pairs_add(struct pairs *, const char *key, const char *const values[PAIR_VALUES],
               struct err *);
void pairs_sort(struct pairs *);
/* The pairs of a key, in the order added. */
const struct pair *pairs_find(const struct pairs *, const char *key, size_t *count);
/* The first value of a key, or "". */
const char *pairs_value(const struct pairs *, const char *key);
void pairs_free(struct pairs *);

#endif
