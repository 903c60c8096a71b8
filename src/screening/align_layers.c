#include "align_layers.h"

#include <string.h>

/* By trial, so that few pass that do not score enough. The first level is 0. */
enum { CHARGE = 208, MIDDLE = 350, HIGH = 600, HIGHEST = 720, UNKNOWN = INT16_MIN };

static int charge_of(int gap)
{
	return -gap < CHARGE ? -gap : CHARGE;
}

static inline align_levels levels_below(int worth, uint32_t columns)
{
	typedef int32_t numbers __attribute__((vector_size(16)));
	numbers w = {worth, worth, worth, worth};
	return (align_levels)(w > (numbers){0, MIDDLE, HIGH, HIGHEST}) & columns;
}

static inline int higher_of(int a, int b)
{
	return a > b ? a : b;
}

void align_layers_lay(struct align_profile *p, const struct side *run)
{
	struct align_layers *l = &p->layers;
	const int16_t(*one)[LATIN_LETTERS] = p->steps->one[SCRIPT_LATIN];
	bool is_latin = p->way.script == SCRIPT_LATIN;
	for (size_t i = 0; i < LETTERS_MOST; i++)
		l->charge[i] = UNKNOWN;
	for (size_t i = 0; i < STEP_PAIRS; i++)
		l->over[i] = UNKNOWN;
	memcpy(l->special, p->steps->pairs_after, sizeof l->special);
	l->charged = 0;
	l->top = HIGHEST;
	for (size_t j = 1; j <= p->length; j++) {
		uint8_t c = run->letters[j - 1];
		int gap = gap_of(&p->way, run->is_from, j - 1, p->length, c);
		l->charges[j] = (int16_t)charge_of(gap);
		l->charged += l->charges[j];
		if (is_latin)
			l->top = higher_of(l->top, one[c][c] + l->charges[j] + CHARGE);
		if (is_latin && j > 1)
			l->special[c] |= 1ull << run->letters[j - 2];
	}
}

/* Of a letter of the other. */
static int charge_other(const struct align_profile *p, const struct side *run, uint8_t letter)
{
	enum script s = p->way.script;
	return charge_of(run->is_from ? p->steps->gap_to[s][letter]
	                              : p->steps->gap_from[s][letter]);
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
	int charge = charge_other(p, run, other), most = 0;
	align_levels row = {0};
	for (size_t j = 1; j <= p->length; j++) {
		uint8_t mine = run->letters[j - 1], pair = p->pairs[j];
		int worth = charge + l->charges[j];
		worth +=
		    run->is_from ? p->steps->one[s][mine][other] : p->steps->one[s][other][mine];
		if (j > 1 && pair != 0) {
			int two = run->is_from ? p->steps->two_to_one[s][pair][other]
			                       : p->steps->one_to_two[s][other][pair];
			worth = higher_of(worth, two + charge + l->charges[j] + l->charges[j - 1]);
		}
		row |= levels_below(worth, 1u << j);
		most = higher_of(most, worth);
	}
	l->near[other] = row;
	l->charge[other] = (int16_t)(charge - over(l, most));
}

/* Two letters of the other with one of the run. */
static void make_pair(struct align_profile *p, const struct side *run, uint8_t x, uint8_t y,
                      uint8_t pair)
{
	struct align_layers *l = &p->layers;
	enum script s = p->way.script;
	int charge = charge_other(p, run, x) + charge_other(p, run, y), most = 0;
	align_levels row = {0};
	for (size_t j = 1; j <= p->length; j++) {
		uint8_t mine = run->letters[j - 1];
		int worth = charge + l->charges[j];
		worth += run->is_from ? p->steps->one_to_two[s][mine][pair]
		                      : p->steps->two_to_one[s][pair][mine];
		row |= levels_below(worth, 1u << j);
		most = higher_of(most, worth);
	}
	l->pair[pair] = row;
	l->over[pair] = (int16_t)over(l, most);
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

/* What two letters of the other add to the row of the second. */
static align_levels step_pair(struct align_profile *p, const struct side *run, uint8_t x, uint8_t y,
                              int *charged)
{
	uint8_t pair = pair_of(p, !run->is_from, x, y);
	if (pair == 0)
		return (align_levels){0};
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
	return levels_below(worth, columns);
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
		if (l->charge[letter] == UNKNOWN)
			make_letter(p, run, letter);
		charged += l->charge[letter];
		align_levels row = l->near[letter] | second;
		second = (align_levels){0};
		if (i + 1 < other->length &&
		    (l->special[letter] >> other->letters[i + 1] & 1) != 0) {
			align_levels first =
			    step_turned(p, letter, other->letters[i + 1], &charged);
			row |= first;
			second = first << 1 |
			         step_pair(p, run, letter, other->letters[i + 1], &charged);
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
		uint8_t letter = other->letters[i];
		if (l->charge[letter] == UNKNOWN)
			make_letter(p, run, letter);
		charged += l->charge[letter];
		align_levels row = l->near[letter];
		if (i > 0)
			row |= step_pair(p, run, other->letters[i - 1], letter, &charged);
		free = (free + (free & row)) | (free & ~row);
	}
	return most(l, free, p->length, charged);
}

int align_layers_most(struct align_profile *p, const struct side *run, const struct side *other)
{
	return p->way.script == SCRIPT_LATIN ? most_latin(p, run, other)
	                                     : most_other(p, run, other);
}
