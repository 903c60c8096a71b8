/*
 * name: a name prepared for comparing: its words in the alphabets of letters.h, with what the
 * lexicon knows of them. Of fixed size and without pointers into itself, so that prepared words
 * can lie in a mapped file as they are.
 */
#ifndef PROVISO_SCREENING_NAME_H
#define PROVISO_SCREENING_NAME_H

#include "base/err.h"
#include "entity.h"
#include "letters.h"

enum {
	NAME_BYTES = 4 << 10, /* of text; a longer name is an error */
	NAME_WORDS = 32,      /* words past these are not compared */
	WORD_LETTERS = 30,    /* letters past these are not compared */
	WORD_LATIN = 40,      /* of the romanised form */
};

enum word_flag {
	FLAG_INITIAL = 1, /* one letter */
	FLAG_PARTICLE = 2,
	FLAG_TITLE = 4,
	FLAG_GENERIC = 8,
	FLAG_VESSEL = 16,
	FLAG_NUMBER = 32, /* digits, or a word for a number: `number` */
	FLAG_SERVANT = 64,
	FLAG_FORM = 128, /* alone it is a legal form */
};

/* One word. What is the same wherever it stands. */
struct name_word {
	uint8_t script; /* enum script */
	uint8_t length; /* letters of `letters` */
	uint8_t latin_length;
	uint8_t flags;
	uint8_t letters[WORD_LETTERS]; /* codes of the script's alphabet */
	uint8_t latin[WORD_LATIN];     /* romanised, as codes of Latin letters */
	uint16_t number;               /* and 1 */
	uint16_t groups[3];
	uint16_t weight; /* how much it says, in thousandths: rare words more than common ones */
	int16_t self;    /* align.h: how well it matches itself */
	uint16_t most;   /* and what its letters score at most; no hidden padding here */
	uint32_t bag;    /* which Latin letters it has */
	uint32_t hash;   /* of script and letters */
};

enum word_role {
	ROLE_FAMILY = 1, /* the name says that it is a family name: before a comma, in capitals */
	ROLE_FORM = 2,   /* part of a legal form here */
	ROLE_JOINED = 4, /* a hyphen joins it to the word before */
};

struct name {
	uint8_t type; /* enum entity_type */
	uint8_t count;
	uint8_t forms; /* a bit an enum legal_form */
	uint8_t roles[NAME_WORDS];
	const struct name_word *words[NAME_WORDS];
};

/* A name with its own words. */
struct prepared {
	struct name name;
	struct name_word words[NAME_WORDS];
	uint32_t scripts; /* a bit an enum script */
	bool is_cut;      /* it had more words than are compared */
};

/*
 * Prepares a name. A name without letters or digits has no words. Errors: screening.name-utf8,
 * screening.name-long. Thread safe; allocates only for text that is not ASCII.
 */
bool name_prepare(const char *text, size_t length, enum entity_type type, struct prepared *out,
                  struct err *e);

/* The words between blanks, romanised and without legal forms, at most `room` bytes with the NUL.
 */
void name_text(const struct name *, bool with_forms, char *out, size_t room);

static inline char name_latin(const struct name_word *w, size_t i)
{
	return latin_char(w->latin[i]);
}

#endif
