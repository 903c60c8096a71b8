/* The fitted steps of weights.h as tables; for align.c and align_asked.c alone. */
#ifndef PROVISO_SCREENING_ALIGN_STEPS_H
#define PROVISO_SCREENING_ALIGN_STEPS_H

#include "align.h"
#include "weights.h"

/*
 * Two letters that are rendered together are few pairs of many, so pairs have numbers, 0 for
 * pairs that no step knows: a cell of the alignment then looks at one byte.
 */
enum {
	STEP_PAIRS = 160,
	STEP_NEVER = -30000,
	STEP_UNKNOWN = -450,
	STEP_SWAPPED = -250,
	RUN_LETTERS = 3 * WORD_LATIN
};

struct align_steps {
	int16_t one[SCRIPTS][LETTERS_MOST][LATIN_LETTERS];
	uint8_t to_pair[SCRIPTS][LATIN_LETTERS][LATIN_LETTERS];
	uint8_t from_pair[SCRIPTS][LETTERS_MOST][LETTERS_MOST];
	int16_t one_to_two[SCRIPTS][LETTERS_MOST][STEP_PAIRS];
	int16_t two_to_one[SCRIPTS][STEP_PAIRS][LATIN_LETTERS];
	/* The most a Latin letter adds when the other word has it, and when it has not. */
	int16_t most_shared[LATIN_LETTERS], most_other[LATIN_LETTERS];
	/* How much less at least that is, of the letters with a bit in a bag. */
	int16_t not_shared[32];
	/* The most a letter adds in a gap, or as one of two that go with one: half of that. */
	int16_t most_from[SCRIPTS][LETTERS_MOST], most_to[SCRIPTS][LATIN_LETTERS];
	/* The most a letter adds in a gap, wherever that is; what that costs, for align_layers.c.
	 */
	int16_t gap_from[SCRIPTS][LETTERS_MOST], gap_to[SCRIPTS][LATIN_LETTERS];
	uint64_t pairs_after[LATIN_LETTERS]; /* with which Latin letters a letter has a number */
	int16_t most_step[SCRIPTS], most_gap[SCRIPTS]; /* of all; a gap's not below 0 */
};

/* Filled at the first use. */
const struct align_steps *align_steps(void);

static inline enum word_place align_place(size_t i, size_t length)
{
	return i == 0 ? AT_HEAD : i + 1 == length ? AT_FOOT : WITHIN;
}

/*
 * Whether two runs of one script may score `needed`, by the letters they have in common. `most` is
 * align_most() of each.
 */
static inline bool align_bags_reach(const struct align_steps *steps, int needed, int most_a,
                                    uint32_t bag_a, int most_b, uint32_t bag_b)
{
	for (uint32_t lost = bag_a & ~bag_b; lost != 0; lost &= lost - 1)
		most_a -= steps->not_shared[__builtin_ctz(lost)];
	for (uint32_t lost = bag_b & ~bag_a; lost != 0; lost &= lost - 1)
		most_b -= steps->not_shared[__builtin_ctz(lost)];
	return most_a >= needed && most_b >= needed;
}

/* Which alphabet's steps two runs are compared by, and which run is its side, written in it. */
struct align_way {
	enum script script; /* SCRIPTS: both are left their consonants only */
	bool is_turned;     /* the second is written in it, the first in Latin letters */
};
static inline struct align_way align_way(const struct letters_run *a, const struct letters_run *b)
{
	if (a->script == b->script || (a->script == SCRIPT_LATIN && b->script == SCRIPT_LATIN))
		return (struct align_way){SCRIPT_LATIN, false};
	if (b->script == SCRIPT_LATIN ||
	    (b->script == SCRIPT_CYRILLIC && a->script != SCRIPT_LATIN))
		return (struct align_way){a->script, false};
	if (a->script == SCRIPT_LATIN || a->script == SCRIPT_CYRILLIC)
		return (struct align_way){b->script, true};
	return (struct align_way){SCRIPTS, false};
}

/* In Latin letters. */
bool align_is_same(const struct letters_run *a, const struct letters_run *b);

/* What a usual alignment scores, and what one that scores so is from 0 to 1. */
int align_usual(const struct letters_run *a, const struct letters_run *b, struct align_way);
/* Twice what the first or the second has to do with that. */
int align_usual_of(const struct letters_run *, struct align_way, bool is_first);
double align_share(struct align_way, int usual, int score);

#endif
