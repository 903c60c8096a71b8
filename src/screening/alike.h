/*
 * alike: how like two words are, whatever stands around them, and how they go together.
 * Thread safe, allocates nothing.
 */
#ifndef PROVISO_SCREENING_ALIKE_H
#define PROVISO_SCREENING_ALIKE_H

#include "name.h"

enum link_how {
	LINK_SAME,     /* letter by letter */
	LINK_SPELLING, /* spelled otherwise */
	LINK_RENDERED, /* in another script */
	LINK_KNOWN,    /* names that go by each other */
	LINK_INITIAL,
	LINK_ARTICLE, /* but for an article in front */
	LINK_JOINED,  /* words written as one */
	LINK_ACRONYM,
	LINK_NUMBER,
};

/*
 * 0 to 1. What is less than `least` may be told as less than it is: that is seen without
 * aligning the letters. `least` is 0.8 at most.
 */
double alike_words(const struct name_word *a, const struct name_word *b, double least, enum link_how *how);

#endif
