/*
 * align_profile: a run that many others are aligned with, laid out once for one alphabet of theirs:
 * what the steps give for each letter of another, and bounds. Of align_asked.c alone.
 */
#ifndef PROVISO_SCREENING_ALIGN_PROFILE_H
#define PROVISO_SCREENING_ALIGN_PROFILE_H

#include "align_asked.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * Numbers of 16 bits do for short runs. What falls below FLOOR is lost for good: all that the
 * rest of an alignment can add (reach()) does not bring it above 0, and less than 0 is 0.
 */
enum { FLOOR = -24000, OUT_OF_REACH = -8000, OTHER_LETTERS = 60 };

typedef align_lanes lanes;

static inline lanes all(int value)
{
	int16_t v = (int16_t)value;
	return (lanes){v, v, v, v, v, v, v, v};
}

static inline lanes lower(lanes a, lanes b)
{
#ifdef __SSE2__
	return (lanes)_mm_min_epi16((__m128i)a, (__m128i)b);
#else
	lanes a_is = (lanes)(a < b);
	return (a & a_is) | (b & ~a_is);
#endif
}

static inline lanes higher(lanes a, lanes b)
{
#ifdef __SSE2__
	return (lanes)_mm_max_epi16((__m128i)a, (__m128i)b);
#else
	lanes a_is = (lanes)(a > b);
	return (a & a_is) | (b & ~a_is);
#endif
}

/* Whether a lane is not 0. */
static inline bool is_any(lanes x)
{
	typedef uint64_t halves __attribute__((vector_size(16), may_alias));
	halves h = (halves)x;
	return (h[0] | h[1]) != 0;
}

/* The lanes of `b` one, two, four places on, the last of `a` before them. */
#ifdef __SSE2__ /* which gcc does not make of the other */
#define AFTER(a, b, places)                                                                        \
	((lanes)_mm_or_si128(_mm_slli_si128((__m128i)(b), 2 * (places)),                           \
	                     _mm_srli_si128((__m128i)(a), 16 - 2 * (places))))
#else
#define AFTER(a, b, places)                                                                        \
	__builtin_shufflevector(a, b, 8 - (places), 9 - (places), 10 - (places), 11 - (places),    \
	                        12 - (places), 13 - (places), 14 - (places), 15 - (places))
#endif

static inline lanes after1(lanes a, lanes b)
{
	return AFTER(a, b, 1);
}

static inline lanes after2(lanes a, lanes b)
{
	return AFTER(a, b, 2);
}

static inline lanes after4(lanes a, lanes b)
{
	return AFTER(a, b, 4);
}

struct side { /* of an alignment: letters and which alphabet they are of */
	const uint8_t *letters;
	size_t length;
	bool is_from; /* the side whose alphabet the steps are of */
};

static inline struct side side_of(const struct letters_run *run, struct align_way way,
                                  bool is_asked)
{
	bool is_from = is_asked != way.is_turned;
	bool is_latin = !is_from || way.script == SCRIPT_LATIN;
	return (struct side){is_latin ? run->latin : run->letters,
	                     is_latin ? run->latin_length : run->length, is_from};
}

static inline int gap_of(const struct align_way *way, bool is_from, size_t at, size_t length,
                         uint8_t letter)
{
	enum word_place place = align_place(at, length);
	return is_from ? weights_drop[way->script][place][letter]
	               : weights_insert[way->script][place][letter];
}

static inline uint8_t pair_of(const struct align_profile *p, bool is_from, uint8_t x, uint8_t y)
{
	enum script s = p->way.script;
	return is_from ? p->steps->from_pair[s][x][y] : p->steps->to_pair[s][x][y];
}

/* The most that any alignment with `length` letters of the run scores. */
int align_reach(enum script s, size_t length);

void align_profile_lay(struct align_profile *, const struct letters_run *asked, struct align_way);

/* What a letter of the other adds, with each letter of the run and each two; when it is first met.
 */
void align_profile_letter(struct align_profile *, const struct side *run, uint8_t other);

/* The same for two of its letters, one after the other. */
void align_profile_pair(struct align_profile *, const struct side *run, uint8_t x, uint8_t y);

#endif
