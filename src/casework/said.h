/*
 * said: a sentence as its key and what it is about, so that a page says it in its own language
 * ("said.KEY" of the catalogues) and everybody else in English (said.c's table). Pure.
 */
#ifndef PROVISO_CASEWORK_SAID_H
#define PROVISO_CASEWORK_SAID_H

#include <stddef.h>

#include "base/arena.h"

enum { SAID_ABOUT = 3 };

struct said {
	const char *key; /* of the table; NULL: `about[0]` is the sentence */
	const char
	    *about[SAID_ABOUT]; /* names, numbers in decimal, instants; NULL behind the last */
};

/* In English. Where there is no such key it is a mistake of the caller's. */
const char *said_words(struct arena *, const struct said *);

/* Every key there is; NULL behind the last one. */
const char *said_key(size_t which);

#endif
