/*
 * roster: an authority's officers, as a gate is given them when it is set up: text, of which log,
 * how many must agree, the entries up to the last change that is in it, and a line an officer:
 *
 *     officers of licensing.example.org
 *     threshold 2
 *     followed 117
 *     officer ada+530d903a+Aek... - - ada
 *     officer ben+03b3ab51+Awk... authority.example https://authority.example Ben Bell
 *
 * (key, a passkey's site and origin or "-", and the holder's name to the end of the line). Pure.
 */
#ifndef PROVISO_RECORD_ROSTER_H
#define PROVISO_RECORD_ROSTER_H

#include "passkey.h"

enum { ROSTER_OFFICERS = 64, ROSTER_MAX = 65536 };

struct roster_officer {
	struct passkey key; /* rp_id NULL: a plain key */
	const char *holder;
};

struct roster {
	uint64_t threshold;
	struct roster_officer at[ROSTER_OFFICERS];
	size_t count;
};

/* Errors are bad input: roster.line, and those of keys. `origin` is whose officers they are. */
bool roster_parse(struct arena *, struct bytes, const char **origin, struct roster *out,
                  uint64_t *followed, struct err *);
struct bytes roster_format(struct arena *, const char *origin, const struct roster *,
                           uint64_t followed);

#endif
