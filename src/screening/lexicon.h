/*
 * lexicon: words that mean something to the matching besides their letters: legal forms,
 * particles, titles, words any company may bear, numbers, and the names that go by each other
 * (nicknames, translations). Facts in compact tables (lexicon_words.c), looked up by romanised
 * word. Thread safe; the tables are hashed at the first use.
 */
#ifndef PROVISO_SCREENING_LEXICON_H
#define PROVISO_SCREENING_LEXICON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum word_kind {
	WORD_FORM = 1,     /* a legal form: `form` says which */
	WORD_PARTICLE = 2, /* al, bin, van, of, the: says little by itself */
	WORD_TITLE = 4,    /* mr, dr, haji */
	WORD_GENERIC = 8,  /* company, trading, international: any organisation may bear it */
	WORD_VESSEL = 16,  /* mv, mt, ss */
	WORD_NUMBER = 32,  /* `number` says which */
	WORD_SERVANT = 64, /* abd, abdul: "servant of", belongs to the next word */
};

/* Families of legal forms; within one, the words are translations or near to it. */
enum legal_form {
	FORM_NONE,
	FORM_LIMITED,
	FORM_STOCK,
	FORM_CORPORATION,
	FORM_PARTNERSHIP,
	FORM_SOLE,
	FORM_STATE,
	FORM_NONPROFIT,
	FORMS
};

enum { WORD_GROUPS = 3, PHRASE_WORDS = 8 };

struct word {
	const char *text;
	uint8_t kinds, form;
	uint16_t number;              /* and 1, for 0 is none */
	uint16_t groups[WORD_GROUPS]; /* of names that go by each other; 0 is none */
	uint16_t seen;                /* how often among the names the weights were fitted on */
};

/* NULL when nothing is known of the word (romanised, lower case). */
const struct word *lexicon_find(const char *word, size_t length);

/*
 * The legal form that begins at words[0], over as many words as it has ("limited liability
 * company" is three); the number of words, 0 when there is none.
 */
size_t lexicon_form(const char *const words[], size_t count, enum legal_form *form);

bool lexicon_same_group(const struct word *a, const struct word *b);

#endif
