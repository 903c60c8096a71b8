/*
 * compare: two prepared names, word by word: which goes with which, how, how much of each name
 * that explains and what speaks against; from that the features of a fitted logistic model, and
 * a score. The score is the same on every machine: it is made of additions, multiplications
 * and divisions alone. Thread safe, allocates nothing.
 */
#ifndef PROVISO_SCREENING_COMPARE_H
#define PROVISO_SCREENING_COMPARE_H

#include "alike.h"
#include "weights.h"

/* Words of one name that go with words of the other. */
struct link {
	uint8_t a, a_count, b, b_count;
	enum link_how how;
	double similarity; /* 0 to 1 */
};

enum feature {
	FEATURE_LESS_EXPLAINED, /* the share explained of the name less explained */
	FEATURE_MORE_EXPLAINED,
	FEATURE_LESS_SQUARED,
	FEATURE_WORST_LINK,
	FEATURE_MEAN_LINK,
	FEATURE_CONFLICT, /* both have words that the other has not */
	FEATURE_MISSING,  /* words of one that the other has not */
	FEATURE_EVIDENCE, /* how much is explained, not as a share */
	FEATURE_ONE_LINK,
	FEATURE_NUMBERS_DIFFER,
	FEATURE_NUMBER_MISSING,
	FEATURE_FORMS_DIFFER,
	FEATURE_FORMS_SAME,
	FEATURE_ORDER, /* the linked words come in the same order */
	FEATURE_INITIALS,
	FEATURE_INITIALS_DIFFER,
	FEATURE_KNOWN,
	FEATURE_JOINED,
	FEATURE_FAMILIES_DIFFER,
	FEATURE_FIRST_DIFFERS,
	FEATURE_LAST_DIFFERS,
	FEATURE_EQUAL,
	FEATURE_WHOLE,   /* all letters in a row, words forgotten */
	FEATURE_GENERIC, /* the share of the evidence that any company might bear */
	FEATURE_REST,    /* how like the words are that conflict */
	FEATURE_LENGTH,
	FEATURE_ONE_WORD,
	FEATURE_CONFLICT_FAR, /* conflict, less where the words are like each other */
	FEATURE_SUPPORTED,    /* less explained x worst link */
	FEATURES
};
_Static_assert((int)FEATURES < (int)MODEL_WEIGHTS, "a weight a feature and a constant");
extern const char *const feature_names[FEATURES];

struct comparison {
	enum model model;
	double score;    /* 0 to 1 */
	double log_odds; /* what the score is made of */
	double features[FEATURES];
	struct link links[NAME_WORDS];
	size_t link_count;
	uint32_t linked_a, linked_b; /* a bit a word */
	bool forms_differ, numbers_differ;
};

void compare_names(const struct name *a, const struct name *b, struct comparison *out);

/* For one that compares `a` with many names, what it asks of each comparison. */
struct compare_need {
	struct alike_memory *memory; /* forgets before another `a` */
	double exact_from;           /* log odds below this may be told as more than they are, */
	double sides[2]; /* but not so that they are on the other side of one of these */
};

/* The same where it is needed; elsewhere the score and some of the features are left out. */
void compare_names_for(const struct compare_need *, const struct name *a, const struct name *b,
                       struct comparison *out);

/* 1 / (1 + e^-x). */
double compare_logistic(double x);

#endif
