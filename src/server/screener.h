/*
 * screener: the lists of a home, ready to be searched by the threads of a server.
 *
 * A set holds the current snapshot of every list. When a list has changed a new set is opened
 * whole before it replaces the old; whoever searches goes on with the one they entered. The
 * home is looked at once a second at most. A set that cannot be opened whole leaves the one
 * there is, until its lists are stale and screening fails closed.
 */
#ifndef PROVISO_SERVER_SCREENER_H
#define PROVISO_SERVER_SCREENER_H

#include "screening/screening.h"

struct screened_list {
	const char *name, *format, *title;
	const struct screening_index *index;
	int64_t date;    /* of publication, or when it was fetched */
	int64_t checked; /* when its source was last looked at; 0 for what is built in */
	uint64_t max_age;
	struct hash digest;
};

struct screened {
	const struct screened_list *lists;
	size_t count;
};

struct screener;

/*
 * Errors: those of opening the first set. `waits`: begins without a list where it cannot be
 * opened, and tries again at each look, so that a service does not end by a list.
 */
struct screener *screener_open(const char *home, bool waits, struct err *);
void screener_close(struct screener *);

/* The current set, to be given back by screener_leave(). */
const struct screened *screener_enter(struct screener *, int64_t now);
void screener_leave(struct screener *, const struct screened *);

/* Not looked at within its limit: what it says no more is not known. */
bool screened_is_stale(const struct screened_list *, int64_t now);

/* Searches all lists of the set. Errors: those of screening_search. */
bool screener_search(struct screener *, const struct screened *, struct arena *,
                     const struct screening_query *, struct screening_answer *, struct err *);

#endif
