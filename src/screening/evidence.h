/*
 * evidence: what speaks for or against two parties being one besides their names: births,
 * countries, identifiers, types. In natural logarithms of odds, added to those of the names.
 */
#ifndef PROVISO_SCREENING_EVIDENCE_H
#define PROVISO_SCREENING_EVIDENCE_H

#include "entity.h"
#include "explain.h"

struct evidence {
	double log_odds;
	bool same_identifier;
};

/* `why` may be NULL; otherwise each piece is added in words. */
struct evidence evidence_weigh(struct arena *, const struct entity *asked,
                               const struct entity *listed, struct why *why);

/* The most that evidence can speak for a party, whoever is listed. */
double evidence_most(const struct entity *asked);

/* Letters and digits of two identifiers are the same. */
bool evidence_same_identifier(const char *a, const char *b);

#endif
