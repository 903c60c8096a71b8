/*
 * weights: what was fitted on labelled pairs of names; weights.c is written by
 * tools/fit-screening and says on what and how well. Scores of steps and words are in
 * hundredths of a nat.
 */
#ifndef PROVISO_SCREENING_WEIGHTS_H
#define PROVISO_SCREENING_WEIGHTS_H

#include "letters.h"

enum { WEIGHTS_NAMES = 13000 }; /* names that weights_seen was counted on, about */

/* How often common words were seen. */
struct weights_seen {
	const char *word;
	uint16_t count;
};
extern const struct weights_seen weights_seen[];
extern const size_t weights_seen_count;

enum { NO_LETTER = 255 };

/* One step of an alignment: letters of a script's alphabet against Latin ones. */
struct weights_step {
	uint8_t script, from[2], to[2]; /* NO_LETTER where there is none */
	int16_t score;
};
extern const struct weights_step weights_steps[];
extern const size_t weights_step_count;

/* Letters that the other side has none for: at the head of a word, within it, at its foot. */
enum word_place { AT_HEAD, WITHIN, AT_FOOT, WORD_PLACES };
extern const int16_t weights_drop[SCRIPTS][WORD_PLACES][LETTERS_MOST];
extern const int16_t weights_insert[SCRIPTS][WORD_PLACES][LATIN_LETTERS];

/* What a letter scores in a usual rendering. */
extern const int16_t weights_usual_from[SCRIPTS][LETTERS_MOST];
extern const int16_t weights_usual_to[SCRIPTS][LATIN_LETTERS];

/* The logistic models over the features of compare.h: a constant, then one weight a feature. */
enum model { MODEL_PERSON, MODEL_OTHER, MODEL_CYRILLIC, MODEL_SHORTHAND, MODEL_HANGUL, MODELS };
enum { MODEL_WEIGHTS = 48 };
extern const double weights_model[MODELS][MODEL_WEIGHTS];

#endif
