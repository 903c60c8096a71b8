#include "align_asked.h"

#include <string.h>
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

/* --- Laying out ----------------------------------------------------------------------------- */

struct side { /* of an alignment: letters and which alphabet they are of */
	const uint8_t *letters;
	size_t length;
	bool is_from; /* the side whose alphabet the steps are of */
};

static struct side side_of(const struct letters_run *run, struct align_way way, bool is_asked)
{
	bool is_from = is_asked != way.is_turned;
	bool is_latin = !is_from || way.script == SCRIPT_LATIN;
	return (struct side){is_latin ? run->latin : run->letters,
	                     is_latin ? run->latin_length : run->length, is_from};
}

static int gap_of(const struct align_way *way, bool is_from, size_t at, size_t length,
                  uint8_t letter)
{
	enum word_place place = align_place(at, length);
	return is_from ? weights_drop[way->script][place][letter]
	               : weights_insert[way->script][place][letter];
}

static int16_t within(int step)
{
	return (int16_t)(step < OUT_OF_REACH ? OUT_OF_REACH : step);
}

static int16_t *lane(align_lanes *rows, size_t row, size_t blocks, size_t at)
{
	return (int16_t *)&rows[row * blocks] + at;
}

/* The letters of the run alone; columns 1 to its length, and 0 before all. */
static void lay_gaps(struct align_profile *p, const struct side *run)
{
	int16_t *first = (int16_t *)p->first, *gap = (int16_t *)p->gap, *gap2 = (int16_t *)p->gap2,
	        *gap4 = (int16_t *)p->gap4, *gaps = (int16_t *)p->gaps;
	p->gains = 0;
	for (size_t j = 0; j < p->blocks * ASKED_LANES; j++) {
		bool is_letter = j > 0 && j <= p->length;
		int here =
		    is_letter ? gap_of(&p->way, run->is_from, j - 1, p->length, run->letters[j - 1])
		              : 0;
		size_t in_block = j % ASKED_LANES;
		gap[j] = (int16_t)here;
		p->gains = (int16_t)(p->gains + (here > 0 ? here : 0));
		first[j] = (int16_t)(j == 0 ? 0 : is_letter ? first[j - 1] + here : FLOOR);
		gap2[j] = (int16_t)(here + (in_block >= 1 ? gap[j - 1] : 0));
		gap4[j] = (int16_t)(gap2[j] + (in_block >= 2 ? gap2[j - 2] : 0));
		gaps[j] = (int16_t)(here + (in_block >= 1 ? gaps[j - 1] : 0));
	}
}

static uint8_t pair_of(const struct align_profile *p, bool is_from, uint8_t x, uint8_t y)
{
	enum script s = p->way.script;
	return is_from ? p->steps->from_pair[s][x][y] : p->steps->to_pair[s][x][y];
}

static void lay_pairs(struct align_profile *p, const struct side *run)
{
	p->has_two = false;
	for (size_t j = 2; j <= p->length; j++) {
		p->pairs[j] = pair_of(p, run->is_from, run->letters[j - 2], run->letters[j - 1]);
		p->has_two |= p->pairs[j] != 0;
	}
}

/* The most that any alignment with `length` letters of the run scores. */
static int reach(enum script s, size_t length)
{
	const struct align_steps *steps = align_steps();
	return (int)length * steps->most_step[s] +
	       (int)(length + OTHER_LETTERS) * steps->most_gap[s];
}

/* What is left to win after each column, at most. */
static void lay_rest(struct align_profile *p, const struct side *run)
{
	int16_t *rest = (int16_t *)p->rest;
	bool is_latin = p->way.script == SCRIPT_LATIN;
	int left = 0;
	for (size_t j = p->blocks * ASKED_LANES; j-- > 0;) {
		rest[j] =
		    (int16_t)(is_latin || j > p->length ? left
		                                        : reach(p->way.script, p->length - j));
		if (is_latin && j > 0 && j <= p->length)
			left += p->steps->most_shared[run->letters[j - 1]];
	}
}

static void lay_latin(struct align_profile *p, const struct side *run)
{
	memset(p->follows, 0, sizeof p->follows);
	memset(p->lost, 0, sizeof p->lost);
	p->all_shared = 0;
	p->bag = 0;
	for (size_t j = 0; j < p->length; j++) {
		uint8_t c = run->letters[j];
		int lost = p->steps->most_shared[c] - p->steps->most_other[c];
		p->lost[__builtin_ctz(letters_bag(c))] += lost > 0 ? lost : 0;
		p->all_shared += p->steps->most_shared[c];
		p->bag |= letters_bag(c);
		if (j > 0)
			p->follows[run->letters[j - 1]] |= 1ull << c;
	}
}

static void lay_out(struct align_profile *p, const struct letters_run *asked, struct align_way way)
{
	struct side run = side_of(asked, way, true);
	p->way = way;
	p->length = run.length;
	p->blocks = run.length / ASKED_LANES + 1;
	p->steps = align_steps();
	memset(p->is_pair_made, 0, sizeof p->is_pair_made);
	memset(p->is_letter_made, 0, sizeof p->is_letter_made);
	lay_gaps(p, &run);
	lay_pairs(p, &run);
	lay_rest(p, &run);
	if (way.script == SCRIPT_LATIN)
		lay_latin(p, &run);
}

static int highest(lanes x)
{
	x = higher(x, after4(x, x));
	x = higher(x, after2(x, x));
	return higher(x, after1(x, x))[ASKED_LANES - 1];
}

/* The most a letter of the other adds, whatever it is aligned with; of two together half each. */
static int16_t most_of(const struct align_profile *p, const struct side *run, uint8_t other,
                       const lanes *one, const lanes *two)
{
	enum script s = p->way.script;
	lanes most =
	    all(run->is_from ? p->steps->most_to[s][other] : p->steps->most_from[s][other]);
	for (size_t k = 0; k < p->blocks; k++)
		most = higher(most, higher(one[k], two[k]));
	return (int16_t)highest(most);
}

/* What a letter of the other adds, with each letter of the run and each two; when it is first met.
 */
static void make_letter(struct align_profile *p, const struct side *run, uint8_t other)
{
	enum script s = p->way.script;
	int16_t *one = lane(p->one, other, p->blocks, 0), *two = lane(p->two, other, p->blocks, 0);
	lanes none = all(OUT_OF_REACH);
	for (size_t k = 0; k < p->blocks; k++)
		((lanes *)one)[k] = ((lanes *)two)[k] = none;
	for (size_t j = 1; j <= p->length; j++) {
		uint8_t mine = run->letters[j - 1], pair = p->pairs[j];
		one[j] =
		    run->is_from ? p->steps->one[s][mine][other] : p->steps->one[s][other][mine];
		if (p->has_two && j > 1 && pair != 0)
			two[j] = within(run->is_from ? p->steps->two_to_one[s][pair][other]
			                             : p->steps->one_to_two[s][other][pair]);
	}
	p->most[other] = most_of(p, run, other, (const lanes *)one, (const lanes *)two);
	p->is_letter_made[other] = true;
}

/* The same for two of its letters together. */
static void make_pair(struct align_profile *p, const struct side *run, uint8_t pair)
{
	enum script s = p->way.script;
	int16_t *row = lane(p->pair, pair, p->blocks, 0);
	for (size_t k = 0; k < p->blocks; k++)
		((lanes *)row)[k] = all(OUT_OF_REACH);
	for (size_t j = 1; j <= p->length; j++) {
		uint8_t mine = run->letters[j - 1];
		row[j] = within(run->is_from ? p->steps->one_to_two[s][mine][pair]
		                             : p->steps->two_to_one[s][pair][mine]);
	}
	p->is_pair_made[pair] = true;
}

/* --- Aligning ------------------------------------------------------------------------------- */

/* Two neighbours of the run stand the other way round in the other. */
static void swap(const struct align_profile *p, const struct side *run, uint8_t last,
                 uint8_t letter, const lanes *before, lanes *row)
{
	int adds = p->steps->one[SCRIPT_LATIN][last][last] +
	           p->steps->one[SCRIPT_LATIN][letter][letter] + STEP_SWAPPED;
	for (size_t j = 2; j <= p->length; j++) {
		int16_t *cell = (int16_t *)row + j, from = ((const int16_t *)before)[j - 2];
		if (run->letters[j - 2] == letter && run->letters[j - 1] == last &&
		    from + adds > *cell)
			*cell = (int16_t)(from + adds);
	}
}

/*
 * A row is aligned over its blocks, one or two for most words: a constant here, so that a short
 * row never leaves the registers.
 */
#define BLOCKS_INLINE static inline __attribute__((always_inline))

/* Letters of the run that the other has nothing for: from each column on to those after it. */
BLOCKS_INLINE void spread(const struct align_profile *p, lanes *row, size_t blocks)
{
	lanes floor = all(FLOOR), carried = floor;
	for (size_t k = 0; k < blocks; k++) {
		lanes x = row[k];
		x = higher(x, after1(floor, x) + p->gap[k]);
		x = higher(x, after2(floor, x) + p->gap2[k]);
		x = higher(x, after4(floor, x) + p->gap4[k]);
		if (k > 0)
			x = higher(x, carried + p->gaps[k]);
		row[k] = x = higher(x, floor);
		if (k + 1 < blocks)
			carried = all(x[ASKED_LANES - 1]);
	}
}

/* Whether no cell of a row leads to as much as is needed; `left` is what the rows after it add at
 * most. */
BLOCKS_INLINE bool is_lost(const struct align_profile *p, const lanes *row, size_t blocks, int left,
                           int needed)
{
	lanes reached = all(0), less = all(needed - 1), others = all(left);
	for (size_t k = 0; k < blocks; k++)
		reached |= (lanes)(row[k] + lower(p->rest[k], others) > less);
	return !is_any(reached);
}

/* A letter of the other with one of the run, or none, or two. */
BLOCKS_INLINE void step_letter(const struct align_profile *p, uint8_t letter, lanes gap,
                               const lanes *above, lanes *row, size_t blocks)
{
	const lanes *one = &p->one[letter * blocks], *two = &p->two[letter * blocks];
	lanes before = all(FLOOR);
	for (size_t k = 0; k < blocks; k++) {
		lanes x = above[k], y = higher(x + gap, after1(before, x) + one[k]);
		if (p->has_two)
			y = higher(y, after2(before, x) + two[k]);
		row[k] = y;
		before = x;
	}
}

/* Two letters of the other with one of the run. */
BLOCKS_INLINE void step_pair(const struct align_profile *p, uint8_t pair, const lanes *above,
                             lanes *row, size_t blocks)
{
	lanes before = all(FLOOR);
	for (size_t k = 0; k < blocks; k++) {
		row[k] = higher(row[k], after1(before, above[k]) + p->pair[pair * blocks + k]);
		before = above[k];
	}
}

BLOCKS_INLINE int align_blocks(struct align_profile *p, const struct side *run,
                               const struct side *other, const int16_t left[], int needed,
                               size_t blocks)
{
	lanes before[ASKED_BLOCKS], above[ASKED_BLOCKS], row[ASKED_BLOCKS];
	bool is_latin = p->way.script == SCRIPT_LATIN, was_lost = false;
	uint8_t last = 0;
	for (size_t k = 0; k < blocks; k++)
		above[k] = before[k] = p->first[k];
	for (size_t i = 0; i < other->length; i++) {
		uint8_t letter = other->letters[i],
		        pair = i > 0 ? pair_of(p, other->is_from, last, letter) : 0;
		lanes gap = all(gap_of(&p->way, other->is_from, i, other->length, letter));
		step_letter(p, letter, gap, above, row, blocks);
		if (pair != 0 && !p->is_pair_made[pair])
			make_pair(p, run, pair);
		if (pair != 0)
			step_pair(p, pair, before, row, blocks);
		if (is_latin && i > 0 && letter != last && (p->follows[letter] >> last & 1) != 0)
			swap(p, run, last, letter, before, row);
		spread(p, row, blocks);
		/* A step of two letters passes over a row, but never over two. */
		bool is_now = is_lost(p, row, blocks, left[i + 1], needed);
		if (is_now && was_lost)
			return FLOOR;
		was_lost = is_now;
		for (size_t k = 0; k < blocks; k++)
			before[k] = above[k], above[k] = row[k];
		last = letter;
	}
	return above[p->length / ASKED_LANES][p->length % ASKED_LANES];
}

/* The score, or less than `needed` where it is less. `left`: see bound_rows(). */
static int align(struct align_profile *p, const struct side *run, const struct side *other,
                 const int16_t left[], int needed)
{
	switch (p->blocks) {
	case 1:
		return align_blocks(p, run, other, left, needed, 1);
	case 2:
		return align_blocks(p, run, other, left, needed, 2);
	default:
		return align_blocks(p, run, other, left, needed, p->blocks);
	}
}

/* Whether numbers of 16 bits do: see FLOOR. */
static bool is_short(const struct side *run, const struct side *other, enum script s)
{
	return run->length <= ASKED_LETTERS && other->length <= OTHER_LETTERS &&
	       reach(s, run->length) < -FLOOR;
}

static struct align_profile *profile_of(struct align_asked *all_of, const struct letters_run *asked,
                                        struct align_way way)
{
	for (size_t i = all_of->count; i-- > 0;) {
		const struct align_key *k = &all_of->keys[i];
		if (k->latin == asked->latin && k->way.script == way.script &&
		    k->way.is_turned == way.is_turned)
			return &all_of->at[i];
	}
	if (all_of->count == ASKED_RUNS)
		return NULL;
	all_of->keys[all_of->count] = (struct align_key){asked->latin, way};
	lay_out(&all_of->at[all_of->count], asked, way);
	return &all_of->at[all_of->count++];
}

/* What the other's letters from each on add at most, and with that what all do. */
static int bound_rows(struct align_profile *p, const struct side *run, const struct side *other,
                      int16_t left[])
{
	int most = p->gains;
	left[other->length] = p->gains;
	for (size_t i = other->length; i-- > 0;) {
		uint8_t letter = other->letters[i];
		if (!p->is_letter_made[letter])
			make_letter(p, run, letter);
		most += p->most[letter];
		left[i] = (int16_t)(most < -FLOOR ? most : -FLOOR);
	}
	return most;
}

/* The same by the run's letters: those that the other has not are lost. */
static int bound_columns(const struct align_profile *p, uint32_t bag)
{
	int most = p->all_shared;
	for (uint32_t lost = p->bag & ~bag; lost != 0; lost &= lost - 1)
		most -= p->lost[__builtin_ctz(lost)];
	return most;
}

static double align_by(struct align_profile *p, const struct letters_run *asked,
                       const struct letters_run *other, double least)
{
	struct side run = side_of(asked, p->way, true), rows = side_of(other, p->way, false);
	int16_t left[OTHER_LETTERS + 1];
	int usual = align_usual(asked, other, p->way), needed = (int)(least * usual) - 1;
	if (p->way.script == SCRIPT_LATIN && bound_columns(p, other->bag) < needed)
		return 0;
	if (bound_rows(p, &run, &rows, left) < needed)
		return 0;
	return align_share(p->way, usual, align(p, &run, &rows, left, needed));
}

double align_asked(struct align_asked *profiles, const struct letters_run *asked,
                   const struct letters_run *other, double least)
{
	struct align_way way = align_way(asked, other);
	struct align_profile *p = NULL;
	if (way.script == SCRIPT_LATIN && align_is_same(asked, other))
		return asked->latin_length > 0 ? 1 : 0;
	if (profiles != NULL && way.script != SCRIPTS) {
		struct side run = side_of(asked, way, true), rows = side_of(other, way, false);
		if (is_short(&run, &rows, way.script))
			p = profile_of(profiles, asked, way);
	}
	if (p != NULL)
		return align_by(p, asked, other, least);
	return align_bound(asked, other) < least ? 0 : align_runs(asked, other);
}
