/*
 * letters: the alphabets that names are compared in. Latin letters and digits are one. Scripts
 * whose spelling says something else than a romanisation of them does (Hebrew and Arabic leave
 * vowels out, Hangul writes foreign sounds with its own) keep an alphabet of their own, and how
 * its letters are rendered in Latin is a fitted table (align.h). All other scripts are romanised.
 */
#ifndef PROVISO_SCREENING_LETTERS_H
#define PROVISO_SCREENING_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum script {
	SCRIPT_LATIN, /* and all that is romanised */
	SCRIPT_CYRILLIC,
	SCRIPT_HEBREW,
	SCRIPT_ARABIC,
	SCRIPT_HANGUL,
	SCRIPTS
};

enum {
	LATIN_LETTERS = 36, /* a-z, 0-9 */
	LETTERS_MOST = 72,  /* of any alphabet */
};

/* One letter of an alphabet: how it is rendered in Latin, the usual rendering first. */
struct letter {
	uint32_t at;            /* the code point, lower case; Hangul: of the jamo */
	const char *renderings; /* "kh h ch": between blanks; "" for a letter that is silent */
};

/* The alphabet of a script; SCRIPT_LATIN has none in this form. */
const struct letter *letters_of(enum script, size_t *count);

/*
 * The letters of one code point (lower case, composed): codes into `out` (room for 4), how many.
 * -1: it is no letter of any alphabet here. `script` gets the script; Latin letters with marks
 * and letters of Greek, Georgian and Armenian come as Latin codes.
 */
int letters_of_code_point(uint32_t c, enum script *script, uint8_t out[4]);

/* Hebrew letters that a geresh changes (ג' is j): the letter with it, or the letter itself. */
uint8_t letters_with_geresh(uint8_t hebrew);

/* The usual Latin rendering of one letter. */
const char *letters_romanised(enum script, uint8_t letter, size_t *length);

static inline uint8_t latin_code(char c)
{
	return (uint8_t)(c >= 'a' ? c - 'a' : c - '0' + 26);
}

static inline char latin_char(uint8_t code)
{
	return (char)(code < 26 ? 'a' + code : '0' + (code - 26));
}

/* The bit of a Latin letter in a set of letters; digits share a few. */
static inline uint32_t letters_bag(uint8_t latin)
{
	return 1u << (latin < 26 ? latin : 26 + latin % 6);
}

/* How many: without a call, where the processor may not count. */
static inline unsigned letters_count(uint32_t bag)
{
	bag -= bag >> 1 & 0x55555555u;
	bag = (bag & 0x33333333u) + (bag >> 2 & 0x33333333u);
	return ((bag + (bag >> 4)) & 0x0F0F0F0Fu) * 0x01010101u >> 24;
}

/* A letter of one script that looks like one of another; 0 when there is none. */
uint32_t letters_look_alike(uint32_t c, bool to_latin);

#endif
