#include "align_layers.h"

#include <pthread.h>
#include <string.h>

/* By trial, so that few pass that do not score enough. The first level is 0. */
enum { CHARGE = 208, MIDDLE = 350, HIGH = 600, HIGHEST = 720, UNKNOWN = INT16_MIN };

/* What does not depend on the run: of each script's letters and Latin ones. */
static struct {
	uint8_t levels[SCRIPTS][LETTERS_MOST][LATIN_LETTERS]; /* that a step is above: a bit each */
	int16_t charge_from[SCRIPTS][LETTERS_MOST], charge_to[SCRIPTS][LATIN_LETTERS];
	int16_t best_from[SCRIPTS][LETTERS_MOST], best_to[SCRIPTS][LATIN_LETTERS]; /* worth */
	align_levels lanes[16];
} known;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int higher_of(int a, int b)
{
	return a > b ? a : b;
}

static int16_t charge_of(int gap)
{
	return (int16_t)(-gap < CHARGE ? -gap : CHARGE);
}

static uint8_t levels_below(int worth)
{
	return (uint8_t)((worth > 0) | (worth > MIDDLE) << 1 | (worth > HIGH) << 2 |
	                 (worth > HIGHEST) << 3);
}

static void fill_script(const struct align_steps *steps, enum script s)
{
	for (size_t a = 0; a < LETTERS_MOST; a++)
		known.charge_from[s][a] = charge_of(steps->gap_from[s][a]);
	for (size_t b = 0; b < LATIN_LETTERS; b++)
		known.charge_to[s][b] = charge_of(steps->gap_to[s][b]);
	for (size_t a = 0; a < LETTERS_MOST; a++) {
		for (size_t b = 0; b < LATIN_LETTERS; b++) {
			int worth =
			    steps->one[s][a][b] + known.charge_from[s][a] + known.charge_to[s][b];
			known.levels[s][a][b] = levels_below(worth);
			known.best_from[s][a] = (int16_t)higher_of(known.best_from[s][a], worth);
			known.best_to[s][b] = (int16_t)higher_of(known.best_to[s][b], worth);
		}
	}
}

static void fill(void)
{
	for (size_t s = 0; s < SCRIPTS; s++)
		fill_script(align_steps(), (enum script)s);
	for (size_t i = 0; i < sizeof known.lanes / sizeof *known.lanes; i++)
		for (size_t level = 0; level < 4; level++)
			known.lanes[i][level] = (i >> level & 1) != 0 ? UINT32_MAX : 0;
}

static int charge_run(const struct align_profile *p, const struct side *run, size_t column)
{
	uint8_t letter = run->letters[column - 1];
	return run->is_from ? known.charge_from[p->way.script][letter]
	                    : known.charge_to[p->way.script][letter];
}

static int charge_other(const struct align_profile *p, const struct side *run, uint8_t letter)
{
	return run->is_from ? known.charge_to[p->way.script][letter]
	                    : known.charge_from[p->way.script][letter];
}

void align_layers_lay(struct align_profile *p, const struct side *run)
{
	struct align_layers *l = &p->layers;
	pthread_once(&once, fill);
	for (size_t i = 0; i < LETTERS_MOST; i++)
		l->charges[i] = UNKNOWN;
	for (size_t i = 0; i < STEP_PAIRS; i++)
		l->over[i] = UNKNOWN;
	l->charged = 0;
	l->top = HIGHEST;
	for (size_t j = 1; j <= p->length; j++) {
		uint8_t c = run->letters[j - 1];
		l->charged += charge_run(p, run, j);
		l->top = higher_of(l->top, run->is_from ? known.best_from[p->way.script][c]
		                                        : known.best_to[p->way.script][c]);
	}
	if (p->way.script != SCRIPT_LATIN)
		return;
	memcpy(l->special, p->steps->pairs_after, sizeof l->special);
	for (size_t j = 1; j < p->length; j++)
		l->special[run->letters[j]] |= 1ull << run->letters[j - 1];
}

/* What a step may be worth more than the top; that is then not charged. */
static int over(const struct align_layers *l, int worth)
{
	return higher_of(worth - l->top, 0);
}

/* A letter of the other with one of the run, or with two; when it is first met. */
static void make_letter(struct align_profile *p, const struct side *run, uint8_t other)
{
	struct align_layers *l = &p->layers;
	enum script s = p->way.script;
	int charge = charge_other(p, run, other), more = 0;
	align_levels row = {0};
	for (size_t j = 1; j <= p->length; j++) {
		uint8_t mine = run->letters[j - 1], pair = p->pairs[j],
		        levels = run->is_from ? known.levels[s][mine][other]
		                              : known.levels[s][other][mine];
		if (pair != 0) {
			int two = run->is_from ? p->steps->two_to_one[s][pair][other]
			                       : p->steps->one_to_two[s][other][pair],
			    worth =
			        two + charge + charge_run(p, run, j) + charge_run(p, run, j - 1);
			levels |= levels_below(worth);
			more = higher_of(more, over(l, worth));
		}
		row |= known.lanes[levels] & 1u << j;
	}
	l->near[other] = row;
	l->charges[other] = (int16_t)(charge - more);
}

/* Two letters of the other with one of the run. */
static void make_pair(struct align_profile *p, const struct side *run, uint8_t x, uint8_t y,
                      uint8_t pair)
{
	struct align_layers *l = &p->layers;
	enum script s = p->way.script;
	int charge = charge_other(p, run, x) + charge_other(p, run, y), more = 0;
	align_levels row = {0};
	for (size_t j = 1; j <= p->length; j++) {
		uint8_t mine = run->letters[j - 1];
		int worth = charge + charge_run(p, run, j) +
		            (run->is_from ? p->steps->one_to_two[s][mine][pair]
		                          : p->steps->two_to_one[s][pair][mine]);
		row |= known.lanes[levels_below(worth)] & 1u << j;
		more = higher_of(more, over(l, worth));
	}
	l->pair[pair] = row;
	l->over[pair] = (int16_t)more;
}

/*
 * Two letters that the run has the other way round are worth this at most, each of the two as if
 * it went with the one in its place.
 */
static int worth_turned(const struct align_profile *p, uint8_t x, uint8_t y)
{
	const int16_t(*one)[LATIN_LETTERS] = p->steps->one[SCRIPT_LATIN];
	return (one[x][x] + one[y][y] + STEP_SWAPPED + 4 * CHARGE + 1) / 2;
}

static inline align_levels count_bits(align_levels x)
{
	x -= x >> 1 & 0x55555555u;
	x = (x & 0x33333333u) + (x >> 2 & 0x33333333u);
	x = (x + (x >> 4)) & 0x0F0F0F0Fu;
	x += x >> 8;
	return (x + (x >> 16)) & 0xFFu;
}

/* What two letters of the other that have a number add to the row of the second. */
static align_levels step_pair(struct align_profile *p, const struct side *run, uint8_t x, uint8_t y,
                              uint8_t pair, int *charged)
{
	if (p->layers.over[pair] == UNKNOWN)
		make_pair(p, run, x, y, pair);
	*charged -= p->layers.over[pair];
	return p->layers.pair[pair];
}

/* And, turned, to the row of the first; a column on, to that of the second. */
static align_levels step_turned(const struct align_profile *p, uint8_t x, uint8_t y, int *charged)
{
	uint32_t columns = x == y ? 0 : p->at[y] & p->at[x] >> 1;
	int worth = worth_turned(p, x, y);
	if (columns != 0)
		*charged -= 2 * over(&p->layers, worth);
	return known.lanes[levels_below(worth)] & columns;
}

static inline int most(const struct align_layers *l, align_levels free, size_t length, int charged)
{
	align_levels n = count_bits(~free & (uint32_t)(((1ull << length) - 1) << 1));
	return (int)(n[0] * MIDDLE + n[1] * (HIGH - MIDDLE) + n[2] * (HIGHEST - HIGH)) +
	       (int)n[3] * (l->top - HIGHEST) - charged;
}

/* Rows of Latin letters, most of which are nothing but what they are. */
static int most_latin(struct align_profile *p, const struct side *run, const struct side *other)
{
	struct align_layers *l = &p->layers;
	align_levels free = ~(align_levels){0}, second = {0};
	int charged = l->charged;
	for (size_t i = 0; i < other->length; i++) {
		uint8_t letter = other->letters[i];
		if (l->charges[letter] == UNKNOWN)
			make_letter(p, run, letter);
		charged += l->charges[letter];
		align_levels row = l->near[letter] | second;
		second = (align_levels){0};
		if (i + 1 < other->length &&
		    (l->special[letter] >> other->letters[i + 1] & 1) != 0) {
			uint8_t next = other->letters[i + 1],
			        pair = p->steps->to_pair[SCRIPT_LATIN][letter][next];
			align_levels first = step_turned(p, letter, next, &charged);
			row |= first;
			second = first << 1;
			if (pair != 0)
				second |= step_pair(p, run, letter, next, pair, &charged);
		}
		free = (free + (free & row)) | (free & ~row);
	}
	return most(l, free, p->length, charged);
}

static int most_other(struct align_profile *p, const struct side *run, const struct side *other)
{
	struct align_layers *l = &p->layers;
	align_levels free = ~(align_levels){0};
	int charged = l->charged;
	for (size_t i = 0; i < other->length; i++) {
		uint8_t letter = other->letters[i],
		        pair =
		            i > 0 ? pair_of(p, other->is_from, other->letters[i - 1], letter) : 0;
		if (l->charges[letter] == UNKNOWN)
			make_letter(p, run, letter);
		charged += l->charges[letter];
		align_levels row = l->near[letter];
		if (pair != 0)
			row |= step_pair(p, run, other->letters[i - 1], letter, pair, &charged);
		free = (free + (free & row)) | (free & ~row);
	}
	return most(l, free, p->length, charged);
}

int align_layers_most(struct align_profile *p, const struct side *run, const struct side *other)
{
	return p->way.script == SCRIPT_LATIN ? most_latin(p, run, other)
	                                     : most_other(p, run, other);
}
