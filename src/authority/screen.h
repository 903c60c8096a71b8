/*
 * screen: the parties of applications against the lists of the home, as the keeper of the log
 * says it: a listing for each snapshot, a screening for each application whose result is new.
 * The rim: I/O, clock.
 */
#ifndef PROVISO_AUTHORITY_SCREEN_H
#define PROVISO_AUTHORITY_SCREEN_H

#include "batch.h"

/*
 * Screens an application that has just come. Where a list is stale, damaged or not on the log
 * yet nothing is said: the application then stands as not screened, and can't be approved.
 */
bool screen_new(struct batch *, const struct record *application, struct err *);

/* Screens what hangs on an end user's new declaration: its signatory. */
bool screen_end_user(struct batch *, const char *end_user, struct err *);

/*
 * After a clearance: a screening names so many hits and counts the rest. When those it names are
 * decided, the application is screened anew, and what has not been decided yet is named.
 */
bool screen_next(struct batch *, const struct hash *screening, struct err *);

#endif
