#include "align_layers.h"

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
			align_profile_pair(p, run, last, letter);
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

static inline bool is_key(const struct align_key *k, const struct letters_run *asked,
                          struct align_way way)
{
	return k->latin == asked->latin && k->way.script == way.script &&
	       k->way.is_turned == way.is_turned;
}

static struct align_profile *profile_of(struct align_asked *all_of, const struct letters_run *asked,
                                        struct align_way way)
{
	if (all_of->last < all_of->count && is_key(&all_of->keys[all_of->last], asked, way))
		return &all_of->at[all_of->last];
	for (size_t i = 0; i < all_of->count; i++) {
		if (is_key(&all_of->keys[i], asked, way)) {
			all_of->last = i;
			return &all_of->at[i];
		}
	}
	if (all_of->count == ASKED_RUNS)
		return NULL;
	all_of->keys[all_of->count] = (struct align_key){asked->latin, way};
	align_profile_lay(&all_of->at[all_of->count], asked, way);
	all_of->last = all_of->count;
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
			align_profile_letter(p, run, letter);
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
	int usual = (p->usual + align_usual_of(other, p->way, false)) / 2,
	    needed = (int)(least * usual) - 1;
	if (p->way.script == SCRIPT_LATIN && bound_columns(p, other->bag) < needed)
		return 0;
	/* What scores nothing is 0, whatever is asked. */
	if (align_layers_most(p, &run, &rows) < (needed > 1 ? needed : 1))
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
	if (profiles != NULL && way.script != SCRIPTS &&
	    side_of(other, way, false).length <= OTHER_LETTERS)
		p = profile_of(profiles, asked, way);
	if (p != NULL && p->is_short)
		return align_by(p, asked, other, least);
	return align_bound(asked, other) < least ? 0 : align_runs(asked, other);
}

struct align_profile *align_asked_profile(struct align_asked *profiles,
                                          const struct letters_run *asked, enum script other)
{
	struct align_way way = align_way(asked, &(struct letters_run){.script = other});
	struct align_profile *p =
	    profiles == NULL || way.script == SCRIPTS ? NULL : profile_of(profiles, asked, way);
	return p != NULL && p->is_short ? p : NULL;
}

bool align_asked_is_less(struct align_profile *p, const struct letters_run *asked,
                         const struct name_word *other, double least)
{
	struct letters_run run = align_run(other);
	struct side mine = side_of(asked, p->way, true), its = side_of(&run, p->way, false);
	int usual =
	    (p->usual +
	     (p->way.script == SCRIPT_LATIN ? run.self : align_usual_of(&run, p->way, false))) /
	    2;
	return its.length <= OTHER_LETTERS &&
	       align_layers_most(p, &mine, &its) < (int)(least * usual) - 1;
}
