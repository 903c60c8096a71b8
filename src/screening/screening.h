/*
 * screening: is a party on a list? Exact match after normalisation, on the embedded list;
 * the interface is the one that a stronger engine fills. Pure.
 */
#ifndef PROVISO_SCREENING_H
#define PROVISO_SCREENING_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "entity.h"

#define SCREENING_ENGINE "exact-1"

struct listed {
	const char *list;    /* "us-entity-list-2021-11" */
	const char *name;
	const char *const *aliases; /* NULL-terminated */
	const char *country; /* ISO 3166 */
	const char *reason;  /* what the notice gives, with its source */
};

struct screening_match {
	const struct listed *entry;
	const char          *matched; /* the name or alias that matched */
	const char          *how;     /* in words, for people */
	unsigned             score;   /* thousandths */
};

/* The list built in: facts of 86 FR 60759, in canonical bytes for its digest. */
const struct listed *screening_embedded(size_t *count);
const char          *screening_embedded_name(void);
const char          *screening_embedded_source(void);
int64_t              screening_embedded_date(void);
struct bytes         screening_embedded_bytes(struct arena *);

/* A name as it is compared: case, accents, punctuation and legal forms folded away. */
const char *screening_normalise(struct arena *, const char *name);

/* All entries that match; the count. */
size_t screening_match(struct arena *, const char *name, const char *country,
    struct screening_match **out);

/* --- Two names ------------------------------------------------------------------------------ */

/* A score from 0 to 1, and what it is made of in words; what begins with "against: " lowers it. */
struct screening_verdict {
	double             score;
	const char *const *why; /* in the arena */
	size_t             why_count;
};

/*
 * Scores two names of `type` (ENTITY_ANY: not known). The order of the two does not matter.
 * The same on every machine. Errors: screening.name-utf8, screening.name-long.
 */
bool screening_compare(struct arena *, const char *name1, const char *name2, enum entity_type type,
    struct screening_verdict *out, struct err *);

/* The score alone, without allocating. Thread safe. */
bool screening_score(struct bytes name1, struct bytes name2, enum entity_type type, double *score,
    struct err *);

/* Two names are taken for one party's from here on, and a hit is shown, unless told otherwise. */
#define SCREENING_THRESHOLD 0.5

#endif
