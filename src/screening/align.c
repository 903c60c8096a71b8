#include "align.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "align_steps.h"

static struct align_steps steps;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint8_t number_of(uint8_t *number, size_t *last)
{
	if (*number == 0) {
		assert(*last + 1 < STEP_PAIRS);
		*number = (uint8_t)++ * last;
	}
	return *number;
}

static void fill_never(void)
{
	for (size_t s = 0; s < SCRIPTS; s++) {
		for (size_t a = 0; a < LETTERS_MOST; a++) {
			for (size_t b = 0; b < LATIN_LETTERS; b++)
				steps.one[s][a][b] = STEP_UNKNOWN;
			for (size_t p = 0; p < STEP_PAIRS; p++)
				steps.one_to_two[s][a][p] = STEP_NEVER;
		}
		for (size_t p = 0; p < STEP_PAIRS; p++)
			for (size_t b = 0; b < LATIN_LETTERS; b++)
				steps.two_to_one[s][p][b] = STEP_NEVER;
	}
}

static void raise(int16_t *most, int score)
{
	if (score > *most)
		*most = (int16_t)score;
}

/*
 * Of an alignment of two Latin words each step's score is counted for the letters it takes from
 * the second: what they add up to is then no less than the whole, for a letter that only the
 * first word loses never adds anything.
 */
static void fill_bounds(void)
{
	for (size_t b = 0; b < LATIN_LETTERS; b++) {
		int16_t *shared = &steps.most_shared[b], *other = &steps.most_other[b];
		*shared = *other = STEP_NEVER;
		for (size_t p = 0; p < WORD_PLACES; p++) {
			assert(weights_drop[SCRIPT_LATIN][p][b] <= 0);
			assert(weights_insert[SCRIPT_LATIN][p][b] <= 0);
			raise(other, weights_insert[SCRIPT_LATIN][p][b]);
		}
		for (size_t a = 0; a < LATIN_LETTERS; a++)
			raise(a == b ? shared : other, steps.one[SCRIPT_LATIN][a][b]);
	}
	for (size_t i = 0; i < weights_step_count; i++) {
		const struct weights_step *w = &weights_steps[i];
		if (w->script != SCRIPT_LATIN || (w->from[1] == NO_LETTER && w->to[1] == NO_LETTER))
			continue;
		for (size_t k = 0; k < 2 && w->to[k] != NO_LETTER; k++) {
			uint8_t b = w->to[k];
			bool is_shared = w->from[0] == b || w->from[1] == b;
			int share = w->to[1] == NO_LETTER ? w->score : (w->score + 1) / 2;
			raise(is_shared ? &steps.most_shared[b] : &steps.most_other[b], share);
		}
	}
	memset(steps.not_shared, INT8_MAX, sizeof steps.not_shared); /* much */
	for (size_t b = 0; b < LATIN_LETTERS; b++) {
		raise(&steps.most_shared[b], steps.most_other[b]);
		int16_t *least = &steps.not_shared[__builtin_ctz(letters_bag((uint8_t)b))];
		int lost = steps.most_shared[b] - steps.most_other[b];
		*least = (int16_t)(lost < *least ? lost : *least);
	}
}

static void fill_gaps(size_t s)
{
	for (size_t a = 0; a < LETTERS_MOST; a++)
		steps.gap_from[s][a] = STEP_NEVER;
	for (size_t b = 0; b < LATIN_LETTERS; b++)
		steps.gap_to[s][b] = STEP_NEVER;
	for (size_t p = 0; p < WORD_PLACES; p++) {
		for (size_t a = 0; a < LETTERS_MOST; a++)
			raise(&steps.gap_from[s][a], weights_drop[s][p][a]);
		for (size_t b = 0; b < LATIN_LETTERS; b++)
			raise(&steps.gap_to[s][b], weights_insert[s][p][b]);
	}
	for (size_t a = 0; a < LETTERS_MOST; a++)
		raise(&steps.most_gap[s], steps.gap_from[s][a]);
	for (size_t b = 0; b < LATIN_LETTERS; b++)
		raise(&steps.most_gap[s], steps.gap_to[s][b]);
}

static void fill_most(void)
{
	for (size_t s = 0; s < SCRIPTS; s++) {
		fill_gaps(s);
		for (size_t a = 0; a < LETTERS_MOST; a++)
			steps.most_from[s][a] = steps.most_gap[s];
		for (size_t b = 0; b < LATIN_LETTERS; b++)
			steps.most_to[s][b] = steps.most_gap[s];
	}
	for (size_t i = 0; i < weights_step_count; i++) {
		const struct weights_step *w = &weights_steps[i];
		int half = (w->score + 1) / 2;
		raise(&steps.most_step[w->script], w->score);
		for (size_t k = 0; k < 2 && w->from[1] != NO_LETTER; k++)
			raise(&steps.most_from[w->script][w->from[k]], half);
		for (size_t k = 0; k < 2 && w->to[1] != NO_LETTER; k++)
			raise(&steps.most_to[w->script][w->to[k]], half);
	}
}

static void fill(void)
{
	size_t to_last[SCRIPTS] = {0}, from_last[SCRIPTS] = {0};
	fill_never();
	for (size_t i = 0; i < weights_step_count; i++) {
		const struct weights_step *w = &weights_steps[i];
		uint8_t s = w->script;
		if (w->from[1] == NO_LETTER && w->to[1] == NO_LETTER)
			steps.one[s][w->from[0]][w->to[0]] = w->score;
		else if (w->from[1] == NO_LETTER)
			steps.one_to_two[s][w->from[0]][number_of(
			    &steps.to_pair[s][w->to[0]][w->to[1]], &to_last[s])] = w->score;
		else
			steps.two_to_one[s][number_of(&steps.from_pair[s][w->from[0]][w->from[1]],
			                              &from_last[s])][w->to[0]] = w->score;
	}
	for (size_t a = 0; a < LATIN_LETTERS; a++)
		for (size_t b = 0; b < LATIN_LETTERS; b++)
			if (steps.to_pair[SCRIPT_LATIN][a][b] != 0)
				steps.pairs_after[a] |= 1ull << b;
	fill_bounds();
	fill_most();
}

const struct align_steps *align_steps(void)
{
	pthread_once(&once, fill);
	return &steps;
}

static int max(int a, int b)
{
	return a > b ? a : b;
}

/* The best alignment of letters of `script` with Latin ones. */
static int align(enum script s, const uint8_t *from, size_t m, const uint8_t *to, size_t n)
{
	int rows[3][RUN_LETTERS + 1];
	uint8_t pairs[RUN_LETTERS + 1] = {0};
	int *before = rows[0], *above = rows[1], *row = rows[2];
	assert(m <= RUN_LETTERS && n <= RUN_LETTERS);
	for (size_t j = 1; j < n; j++)
		pairs[j + 1] = steps.to_pair[s][to[j - 1]][to[j]];
	above[0] = 0;
	for (size_t j = 1; j <= n; j++)
		above[j] = above[j - 1] + weights_insert[s][align_place(j - 1, n)][to[j - 1]];
	for (size_t i = 1; i <= m; i++) {
		uint8_t a = from[i - 1], pair = i > 1 ? steps.from_pair[s][from[i - 2]][a] : 0;
		const int16_t *one = steps.one[s][a], *two = steps.one_to_two[s][a];
		int drop = weights_drop[s][align_place(i - 1, m)][a];
		row[0] = above[0] + drop;
		for (size_t j = 1; j <= n; j++) {
			uint8_t b = to[j - 1];
			int best = above[j - 1] + one[b];
			best = max(best, above[j] + drop);
			best = max(best, row[j - 1] + weights_insert[s][align_place(j - 1, n)][b]);
			if (pairs[j] != 0)
				best = max(best, above[j - 2] + two[pairs[j]]);
			if (pair != 0)
				best = max(best, before[j - 1] + steps.two_to_one[s][pair][b]);
			if (s == SCRIPT_LATIN && i > 1 && j > 1 && a != b && a == to[j - 2] &&
			    from[i - 2] == b)
				best = max(best, before[j - 2] + one[a] + steps.one[s][b][b] +
				                     STEP_SWAPPED);
			row[j] = best;
		}
		int *spare = before;
		before = above, above = row, row = spare;
	}
	return above[n];
}

int align_self(const uint8_t *latin, size_t length)
{
	int self = 0;
	pthread_once(&once, fill);
	for (size_t i = 0; i < length; i++)
		self += steps.one[SCRIPT_LATIN][latin[i]][latin[i]];
	return self;
}

int align_most(const uint8_t *latin, size_t length)
{
	int most = 0;
	pthread_once(&once, fill);
	for (size_t i = 0; i < length; i++)
		most += steps.most_shared[latin[i]];
	return most;
}

static double share(int score, int usual)
{
	double s = usual > 0 ? (double)score / usual : 0;
	return s < 0 ? 0 : s > 1 ? 1 : s;
}

static bool is_vowel(uint8_t latin)
{
	return latin == 0 || latin == 4 || latin == 8 || latin == 14 || latin == 20;
}

static size_t skeleton(const struct letters_run *run, uint8_t out[RUN_LETTERS])
{
	size_t n = 0;
	for (size_t i = 0; i < run->latin_length; i++)
		if (!is_vowel(run->latin[i]))
			out[n++] = run->latin[i];
	return n;
}

int align_usual_of(const struct letters_run *run, struct align_way way, bool is_asked)
{
	int usual = 0;
	if (way.script == SCRIPT_LATIN)
		return run->self;
	if (is_asked != way.is_turned)
		for (size_t i = 0; i < run->length; i++)
			usual += weights_usual_from[way.script][run->letters[i]];
	else
		for (size_t i = 0; i < run->latin_length; i++)
			usual += weights_usual_to[way.script][run->latin[i]];
	return usual;
}

int align_usual(const struct letters_run *a, const struct letters_run *b, struct align_way way)
{
	return (align_usual_of(a, way, true) + align_usual_of(b, way, false)) / 2;
}

double align_share(struct align_way way, int usual, int score)
{
	double s = share(score, usual);
	/* Not quite the same is never the same. */
	return way.script == SCRIPT_LATIN && s > 0.99 ? 0.99 : s;
}

static int most_of(const struct letters_run *b, uint32_t bag)
{
	int most = 0;
	for (size_t i = 0; i < b->latin_length; i++) {
		uint8_t letter = b->latin[i];
		most += (bag & letters_bag(letter)) != 0 ? steps.most_shared[letter]
		                                         : steps.most_other[letter];
	}
	return most;
}

double align_bound(const struct letters_run *a, const struct letters_run *b)
{
	pthread_once(&once, fill);
	if (align_way(a, b).script != SCRIPT_LATIN)
		return 1;
	int usual = (a->self + b->self) / 2, x = most_of(b, a->bag);
	if (x > 0) {
		int y = most_of(a, b->bag);
		x = x < y ? x : y;
	}
	return share(x, usual);
}

/* Two alphabets, one or both without vowels: what is left are consonants. */
static double align_skeletons(const struct letters_run *a, const struct letters_run *b)
{
	uint8_t x[RUN_LETTERS], y[RUN_LETTERS];
	struct letters_run c = {.latin = x, .latin_length = skeleton(a, x)},
	                   d = {.latin = y, .latin_length = skeleton(b, y)};
	c.self = align_self(x, c.latin_length);
	d.self = align_self(y, d.latin_length);
	return 0.95 * align_runs(&c, &d);
}

bool align_is_same(const struct letters_run *a, const struct letters_run *b)
{
	return a->latin_length == b->latin_length &&
	       memcmp(a->latin, b->latin, a->latin_length) == 0;
}

double align_runs(const struct letters_run *a, const struct letters_run *b)
{
	struct align_way way = align_way(a, b);
	pthread_once(&once, fill);
	if (way.script == SCRIPTS)
		return align_skeletons(a, b);
	if (way.script == SCRIPT_LATIN && align_is_same(a, b))
		return a->latin_length > 0 ? 1 : 0;
	const struct letters_run *from = way.is_turned ? b : a, *to = way.is_turned ? a : b;
	bool is_latin = way.script == SCRIPT_LATIN;
	int score =
	    align(way.script, is_latin ? from->latin : from->letters,
	          is_latin ? from->latin_length : from->length, to->latin, to->latin_length);
	return align_share(way, align_usual(a, b, way), score);
}

void align_append(struct letters_run *run, struct letters_room *room, const struct name_word *w)
{
	assert(run->length + w->length <= sizeof room->letters);
	assert(run->latin_length + w->latin_length <= sizeof room->latin);
	memcpy(room->letters + run->length, w->letters, w->length);
	memcpy(room->latin + run->latin_length, w->latin, w->latin_length);
	run->letters = room->letters;
	run->latin = room->latin;
	run->length += w->length;
	run->latin_length += w->latin_length;
	run->self += w->self;
	run->bag |= w->bag;
}
