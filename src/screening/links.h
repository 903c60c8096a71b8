/*
 * links: which words of two names go with which, and how: the likest first, each word once. Of
 * compare.c alone.
 */
#ifndef PROVISO_SCREENING_LINKS_H
#define PROVISO_SCREENING_LINKS_H

#include "compare.h"

/* Less alike than this is not alike; what lies above is spread over 0 to 1. */
#define LINKS_ALIKE 0.45

static inline double links_spread(double similarity)
{
	return similarity <= LINKS_ALIKE ? 0 : (similarity - LINKS_ALIKE) / (1 - LINKS_ALIKE);
}

enum { LINKS_CANDIDATES = 1200 };

struct links_candidate {
	struct link link;
	double value;
};

struct pairing {
	const struct name *a, *b;
	struct alike_memory *memory; /* NULL: none */
	struct links_candidate candidates[LINKS_CANDIDATES];
	size_t count;
	double word_similarity[NAME_WORDS][NAME_WORDS]; /* LINKS_UNKNOWN: less than LINKS_ALIKE */
};
#define LINKS_UNKNOWN (-1.0)

/* Fills in the links of `out`, and which words have one. */
void links_choose(struct pairing *, struct comparison *out);

/* How like the likest two are of the words that have no link; and that at most, found at once. */
double links_rest(const struct pairing *, const struct comparison *);
double links_rest_most(const struct pairing *, const struct comparison *);

static inline struct align_asked *links_asked(const struct pairing *p)
{
	return p->memory != NULL ? &p->memory->asked : NULL;
}

static inline double name_weight(const struct name *n, size_t from, size_t count)
{
	double weight = 0;
	for (size_t i = from; i < from + count; i++)
		weight += n->words[i]->weight / 1000.0;
	return weight;
}

static inline bool name_is_form(const struct name *n, size_t i)
{
	return (n->roles[i] & ROLE_FORM) != 0;
}

static inline uint32_t name_bits(size_t from, size_t count)
{
	return (uint32_t)(((1ull << count) - 1) << from);
}

#endif
