/*
 * matching: a party against all lists of a home at once, and the list that is built in. What is
 * found is told with all that the list says of it.
 *
 * Screening fails closed: a list that was never fetched, is stale or damaged, is an error, never
 * "no hit". I/O: for the rim.
 */
#ifndef PROVISO_SCREENING_MATCHING_H
#define PROVISO_SCREENING_MATCHING_H

#include "lists.h"

struct list_hit {
	const char          *list;
	const struct entity *entity;
	struct hash          digest;  /* SHA-256 of entity_line() */
	const char          *matched; /* the name that matched, as listed */
	unsigned             score;   /* thousandths */
	const char          *why;
};

struct list_screener {
	struct arena         arena;
	struct watched_list *lists;
	size_t               list_count;
};

/* The name of what compares, for the record; and what scores less is no hit, in thousandths. */
const char *list_engine(void);
unsigned    list_threshold(void);

/* Opens the current snapshots of a home. Errors: refused lists.stale, and those of lists_load. */
bool list_screener_open(struct list_screener *, const char *home, int64_t now, struct err *);
void list_screener_close(struct list_screener *);

/* All hits of a party, in the order of lists and scores; in the arena. */
bool list_screener_look(struct list_screener *, const struct entity *party, struct arena *,
    struct list_hit **out, size_t *count, struct err *);

#endif
