/*
 * text: a name as published, as words of code points: composed, case folded, without what
 * cannot be seen, letters that only look like those of their word's script put right.
 */
#ifndef PROVISO_SCREENING_TEXT_H
#define PROVISO_SCREENING_TEXT_H

#include "base/err.h"
#include "name.h"

struct text_word {
	uint16_t from, length; /* in text.points */
	bool is_joined;        /* a hyphen stands before it */
	bool is_dotted;        /* a full stop stands behind it */
	bool is_capitals;      /* it was written in capitals */
	bool before_comma;     /* a comma stands somewhere behind it */
};

enum { TEXT_WORDS = 64 };

struct text {
	uint32_t points[NAME_BYTES];
	size_t point_count;
	struct text_word words[TEXT_WORDS];
	size_t word_count;
	bool is_cut; /* it had more words */
};

/* Errors: screening.name-utf8, screening.name-long. */
bool text_read(const char *text, size_t length, struct text *out, struct err *e);

enum { GERESH = 0x5F3 };

/*
 * Romanises letters of scripts without an alphabet here (Han, kana, Thai, ...): lower case
 * ASCII, syllables or words between blanks. False when it cannot be.
 */
bool text_romanise(const uint32_t *points, size_t count, char *out, size_t room);

#endif
