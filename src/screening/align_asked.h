/*
 * align_asked: align_runs() for one that aligns a few runs with very many. What the steps give
 * for each letter asked for is laid out once, so that a row of the alignment is a few operations
 * on vectors. The same result, to the digit. For one thread; allocates nothing.
 */
#ifndef PROVISO_SCREENING_ALIGN_ASKED_H
#define PROVISO_SCREENING_ALIGN_ASKED_H

#include "align_steps.h"

typedef int16_t align_lanes __attribute__((vector_size(16), may_alias));
typedef uint32_t align_levels __attribute__((vector_size(16)));

/* A longer run is aligned as any other. */
enum {
	ASKED_LANES = 8,
	ASKED_BLOCKS = 4,
	ASKED_LETTERS = ASKED_LANES * ASKED_BLOCKS - 2,
	ASKED_RUNS = 64
};

/* One run asked for, laid out for one alphabet of the others. Lane j is after j letters. */
struct align_profile {
	struct align_way way;
	size_t length, blocks;
	bool is_short; /* numbers of 16 bits do */
	int usual;     /* twice what a usual rendering of it scores */
	const struct align_steps *steps;
	bool has_two;
	uint8_t pairs[ASKED_LETTERS + 1]; /* of the run's letters: where the second is */
	uint64_t follows[LATIN_LETTERS];  /* which letters follow a letter */
	uint32_t at[LATIN_LETTERS];       /* in which columns a letter is, a bit each */
	bool is_letter_made[LETTERS_MOST], is_pair_made[STEP_PAIRS]; /* when they are first met */
	/* Bounds: what letters of the other add, gaps of the run; of Latin letters, the run's with
	   what is lost where the other has not the letter. */
	int16_t most[LETTERS_MOST], gains;
	int lost[32], all_shared;
	uint32_t bag;
	struct align_layers {
		int charged, top; /* of the run's letters; the most that one of them is worth */
		int16_t charges[LETTERS_MOST], over[STEP_PAIRS]; /* INT16_MIN: not met yet */
		align_levels near[LETTERS_MOST], pair[STEP_PAIRS];
		uint64_t special[LATIN_LETTERS]; /* two of Latin letters that are more than two */
	} layers;                                /* see align_layers.h */
	/* From the run's letter alone: gaps, and the sums of 2, of 4 and of all before it in a
	 * block. */
	align_lanes first[ASKED_BLOCKS], gap[ASKED_BLOCKS], gap2[ASKED_BLOCKS], gap4[ASKED_BLOCKS],
	    gaps[ASKED_BLOCKS], rest[ASKED_BLOCKS];
	/* With a letter of the other: one of the run, two of it; and one of it with a pair of the
	 * other. */
	align_lanes one[LETTERS_MOST * ASKED_BLOCKS], two[LETTERS_MOST * ASKED_BLOCKS],
	    pair[STEP_PAIRS * ASKED_BLOCKS];
};

/* Zeroes at first. A run is known by where its letters lie. */
struct align_asked {
	size_t count, last; /* the one that was used last */
	struct align_key {
		const uint8_t *latin;
		struct align_way way;
	} keys[ASKED_RUNS];
	struct align_profile at[ASKED_RUNS];
};

/* Before other letters lie where the ones asked for did. */
static inline void align_forget(struct align_asked *p)
{
	p->count = 0;
}

/*
 * align_runs(asked, other), or less than `least` where that is less than `least`. Without
 * `profiles`, or when they are full, it is found without them.
 */
double align_asked(struct align_asked *profiles, const struct letters_run *asked,
                   const struct letters_run *other, double least);

/* The run laid out for others of a script; NULL where they must be aligned otherwise. */
struct align_profile *align_asked_profile(struct align_asked *, const struct letters_run *asked,
                                          enum script other);

/* Whether a word of that script is seen to be less alike than `least` without aligning it. */
bool align_asked_is_less(struct align_profile *, const struct letters_run *asked,
                         const struct name_word *other, double least);

#endif
