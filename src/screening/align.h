/*
 * align: how well two words agree, letter by letter. The score of an alignment is the sum, over
 * its steps, of how much likelier the step is in spellings of one name than in two names that
 * have nothing to do with each other (in hundredths of a nat; fitted, weights.h). Two Latin
 * words are compared by one table, a word of another alphabet and a Latin one by that
 * alphabet's. Thread safe.
 */
#ifndef PROVISO_SCREENING_ALIGN_H
#define PROVISO_SCREENING_ALIGN_H

#include "name.h"

/* Letters in a row to be aligned: a word, or several run together. */
struct letters_run {
	enum script script;
	size_t length, latin_length;
	const uint8_t *letters, *latin;
	int self;     /* align_self() of its words together */
	uint32_t bag; /* of its words together; with more letters than it has the bound is worse */
};

/* 0 to 1: 1 for words spelled the same, about 1 for a usual rendering, 0 for nothing in common. */
double align_runs(const struct letters_run *a, const struct letters_run *b);

/* No less than align_runs() gives, found without aligning: 1 where nothing better is known. */
double align_bound(const struct letters_run *a, const struct letters_run *b);

/* Puts the letters of one more word behind those of a run, whose letters are in `room`. */
struct letters_room {
	uint8_t letters[3 * WORD_LETTERS], latin[3 * WORD_LATIN];
};
void align_append(struct letters_run *, struct letters_room *, const struct name_word *);

static inline struct letters_run align_run(const struct name_word *w)
{
	return (struct letters_run){w->script, w->length, w->latin_length, w->letters,
	                            w->latin,  w->self,   w->bag};
}

/* What Latin letters score against themselves; the measure of their number and rarity. */
int align_self(const uint8_t *latin, size_t length);

/* What they score at most against any others. */
int align_most(const uint8_t *latin, size_t length);

#endif
