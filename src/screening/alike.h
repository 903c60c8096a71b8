/*
 * alike: how like two words are, whatever stands around them, and how they go together.
 * Thread safe, allocates nothing.
 */
#ifndef PROVISO_SCREENING_ALIKE_H
#define PROVISO_SCREENING_ALIKE_H

#include "align_asked.h"

enum link_how {
	LINK_SAME,     /* letter by letter */
	LINK_SPELLING, /* spelled otherwise */
	LINK_RENDERED, /* in another script */
	LINK_KNOWN,    /* names that go by each other */
	LINK_INITIAL,
	LINK_ARTICLE, /* but for an article in front */
	LINK_JOINED,  /* words written as one */
	LINK_ACRONYM,
	LINK_NUMBER,
};

/*
 * 0 to 1. What is less than `least` may be told as less than it is: that is seen without
 * aligning the letters. `least` is 0.8 at most. `asked` is for one that compares `a` with many,
 * or NULL.
 */
double alike_words(struct align_asked *asked, const struct name_word *a, const struct name_word *b,
                   double least, enum link_how *how);

/* A word that is compared with very many, hardly any of which are alike. */
struct alike_asked {
	const struct name_word *word;
	struct letters_run run;
	struct align_asked *profiles;
	struct align_profile *at[SCRIPTS]; /* by the script of the others; made when one comes */
	bool is_made[SCRIPTS], is_plain;
};
void alike_ask(struct alike_asked *, const struct name_word *, struct align_asked *profiles);

/* Whether another is seen at once to be less alike than `least`, which is above 0 and 0.5 at most.
 */
bool alike_is_less(struct alike_asked *, const struct name_word *other, double least);

/*
 * What one that compares many names with one remembers of their words: room for one thread,
 * zeroes at first. Words are known by where they lie, so that it forgets before others lie there.
 */
enum { ALIKE_SLOTS = 512 };
struct alike_memory {
	uint32_t stamp;
	struct alike_slot {
		const struct name_word *a, *b;
		double similarity;
		uint32_t stamp;
		enum link_how how;
	} slots[ALIKE_SLOTS];
	struct align_asked asked;
	/* The name's letters in a row, and its words run together by twos and threes: compare.c. */
	struct alike_run {
		bool is_made, is_run;
		struct letters_room room;
		struct letters_run run;
	} whole, together[2][NAME_WORDS];
};
void alike_forget(struct alike_memory *);
void alike_remember(struct alike_memory *, const struct name_word *a, const struct name_word *b,
                    double similarity, enum link_how how);

/* The same as alike_words(), `least` being one and the same for all until it forgets. */
double alike_again(struct alike_memory *, const struct name_word *a, const struct name_word *b,
                   double least, enum link_how *how);

#endif
