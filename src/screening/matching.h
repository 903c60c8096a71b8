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
#include "screening.h"

struct list_hit {
	const char *list;
	const struct entity *entity;
	struct hash digest;  /* SHA-256 of entity_line() */
	const char *matched; /* the name that matched, as listed */
	unsigned score;      /* thousandths */
	const char *why;
};

struct list_screener {
	struct arena arena;
	struct watched_list *lists;
	size_t list_count;
	const struct list_snapshot **snapshots; /* screened against, a list's each */
	struct screening_index **indexes;       /* of them, and last that of the list built in */
	size_t index_count;
	struct screening_searcher *searcher;
};

/* The name of what compares, for the record; and what scores less is no hit, in thousandths. */
const char *list_engine(void);
unsigned list_threshold(void);

/* Opens the current snapshots of a home. Errors: refused lists.stale, and those of lists_load. */
bool list_screener_open(struct list_screener *, const char *home, int64_t now, struct err *);

struct list_choice {
	const char *only; /* one list's name; NULL: all */
	bool has_as_of;
	int64_t as_of; /* what the lists said then; none of them is stale for that */
};

/* The same, chosen. Errors: lists.no-such-list; lists.no-snapshot: there is none so old. */
bool list_screener_open_chosen(struct list_screener *, const char *home, int64_t now,
                               const struct list_choice *, struct err *);
void list_screener_close(struct list_screener *);

struct list_hits {
	struct list_hit *at;
	size_t count;
	bool is_cut; /* there may be more: these are not all */
};

/* All hits of a party, however many, the best first; in the arena. */
bool list_screener_look(struct list_screener *, const struct entity *party, struct arena *,
                        struct list_hits *out, struct err *);

/*
 * The index in a snapshot's folder; made when it is not there or another engine's. A damaged one
 * is made again from the entities kept.
 */
struct screening_index *list_index_open(const char *list, const struct list_snapshot *,
                                        struct err *);

#endif
