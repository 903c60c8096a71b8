#include "align_layers.h"

#include <string.h>

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

static void lay_pairs(struct align_profile *p, const struct side *run)
{
	p->has_two = false;
	p->pairs[0] = p->pairs[1] = 0;
	for (size_t j = 2; j <= p->length; j++) {
		p->pairs[j] = pair_of(p, run->is_from, run->letters[j - 2], run->letters[j - 1]);
		p->has_two |= p->pairs[j] != 0;
	}
}

int align_reach(enum script s, size_t length)
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
		rest[j] = (int16_t)(is_latin || j > p->length
		                        ? left
		                        : align_reach(p->way.script, p->length - j));
		if (is_latin && j > 0 && j <= p->length)
			left += p->steps->most_shared[run->letters[j - 1]];
	}
}

static void lay_latin(struct align_profile *p, const struct side *run)
{
	memset(p->follows, 0, sizeof p->follows);
	memset(p->lost, 0, sizeof p->lost);
	memset(p->at, 0, sizeof p->at);
	p->all_shared = 0;
	p->bag = 0;
	for (size_t j = 0; j < p->length; j++) {
		uint8_t c = run->letters[j];
		int lost = p->steps->most_shared[c] - p->steps->most_other[c];
		p->lost[__builtin_ctz(letters_bag(c))] += lost > 0 ? lost : 0;
		p->all_shared += p->steps->most_shared[c];
		p->bag |= letters_bag(c);
		p->at[c] |= 1u << (j + 1);
		if (j > 0)
			p->follows[run->letters[j - 1]] |= 1ull << c;
	}
}

void align_profile_lay(struct align_profile *p, const struct letters_run *asked,
                       struct align_way way)
{
	struct side run = side_of(asked, way, true);
	p->way = way;
	p->length = run.length;
	p->blocks = run.length / ASKED_LANES + 1;
	p->steps = align_steps();
	p->is_short = run.length <= ASKED_LETTERS && align_reach(way.script, run.length) < -FLOOR;
	p->usual = align_usual_of(asked, way, true);
	if (!p->is_short)
		return;
	memset(p->is_pair_made, 0, sizeof p->is_pair_made);
	memset(p->is_letter_made, 0, sizeof p->is_letter_made);
	lay_gaps(p, &run);
	lay_pairs(p, &run);
	lay_rest(p, &run);
	align_layers_lay(p, &run);
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

void align_profile_letter(struct align_profile *p, const struct side *run, uint8_t other)
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

void align_profile_pair(struct align_profile *p, const struct side *run, uint8_t x, uint8_t y)
{
	enum script s = p->way.script;
	uint8_t pair = pair_of(p, !run->is_from, x, y);
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
