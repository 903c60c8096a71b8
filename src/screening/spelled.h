/*
 * spelled: words of other scripts that stand for Latin ones by something else than their sound.
 * A firm known by its initials is written in Hebrew as "en es o" is said: אן אס או; and what
 * kind of firm it is is not transliterated but translated.
 */
#ifndef PROVISO_SCREENING_SPELLED_H
#define PROVISO_SCREENING_SPELLED_H

#include "letters.h"

enum { SPELLED_MOST = 8 }; /* letters of one word */

/*
 * The Latin letters whose names a word is made of, by its usual romanisation; 0: it is another
 * word, or its script writes Latin letters as they are. Where one name is that of several
 * letters (Arabic has no P, and b and p are called alike) the letter is the commonest in names.
 */
size_t spelled_letters(enum script, const char *romanised, char out[SPELLED_MOST]);

/*
 * The same of a word as it is written, folded, in a script that is only romanised: Greek, and
 * kana, which writes the names of several letters as one word.
 */
size_t spelled_points(const uint32_t *points, size_t count, char out[SPELLED_MOST]);

/* The English of a word for a kind of firm, such as "group"; NULL: none is known. */
const char *spelled_kind(enum script, const char *romanised);

#endif
