/*
 * keys: what words that may be alike have in common, for looking them up: the classes of their
 * consonants in a row (a skeleton), and the skeletons with one class left out, so that one
 * difference is bridged. Words of all scripts have skeletons in one space; Hangul, which leaves
 * out an r that is not followed by a vowel, has a space of its own.
 */
#ifndef PROVISO_SCREENING_KEYS_H
#define PROVISO_SCREENING_KEYS_H

#include "align.h"

enum key_space {
	KEYS_GENERAL = 1,
	KEYS_HANGUL,
	KEYS_WORD,   /* the letters themselves: of short words, numbers */
	KEYS_JOINED, /* two neighbours written as one: finds names, not words */
};

enum { SKELETON_MOST = 8, KEYS_MOST = SKELETON_MOST + 2 };

/*
 * The key of words written as one: consonant classes and where vowels are. 0: too few letters.
 * Filed by names, of which there are many more than words, and so without a difference bridged.
 */
uint32_t keys_joined(const struct letters_run *);

/* The keys of a run of letters, as of a word that is not filed. */
size_t keys_of_run(const struct letters_run *, enum key_space, uint32_t keys[KEYS_MOST]);

/* The keys a word is filed and looked for under: KEYS_MOST at most; how many. */
size_t keys_of_word(const struct name_word *, enum key_space, uint32_t keys[KEYS_MOST]);

uint32_t keys_of_letters(const struct name_word *);

#endif
