#include "align.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "weights.h"

/*
 * The steps as tables. Two letters that are rendered together are few pairs of many, so pairs
 * have numbers, 0 for pairs that no step knows: a cell of the alignment then looks at one byte.
 */
enum { PAIRS = 160, NEVER = -30000, UNKNOWN = -450, SWAPPED = -250, RUN_LETTERS = 3 * WORD_LATIN };

static struct {
	int16_t one[SCRIPTS][LETTERS_MOST][LATIN_LETTERS];
	uint8_t to_pair[SCRIPTS][LATIN_LETTERS][LATIN_LETTERS];
	uint8_t from_pair[SCRIPTS][LETTERS_MOST][LETTERS_MOST];
	int16_t one_to_two[SCRIPTS][LETTERS_MOST][PAIRS];
	int16_t two_to_one[SCRIPTS][PAIRS][LATIN_LETTERS];
} steps;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint8_t number_of(uint8_t *number, size_t *last)
{
	if (*number == 0) {
		assert(*last + 1 < PAIRS);
		*number = (uint8_t)++ * last;
	}
	return *number;
}

static void fill_never(void)
{
	for (size_t s = 0; s < SCRIPTS; s++) {
		for (size_t a = 0; a < LETTERS_MOST; a++) {
			for (size_t b = 0; b < LATIN_LETTERS; b++)
				steps.one[s][a][b] = UNKNOWN;
			for (size_t p = 0; p < PAIRS; p++)
				steps.one_to_two[s][a][p] = NEVER;
		}
		for (size_t p = 0; p < PAIRS; p++)
			for (size_t b = 0; b < LATIN_LETTERS; b++)
				steps.two_to_one[s][p][b] = NEVER;
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
}

static enum word_place place(size_t i, size_t length)
{
	return i == 0 ? AT_HEAD : i + 1 == length ? AT_FOOT : WITHIN;
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
		above[j] = above[j - 1] + weights_insert[s][place(j - 1, n)][to[j - 1]];
	for (size_t i = 1; i <= m; i++) {
		uint8_t a = from[i - 1], pair = i > 1 ? steps.from_pair[s][from[i - 2]][a] : 0;
		const int16_t *one = steps.one[s][a], *two = steps.one_to_two[s][a];
		int drop = weights_drop[s][place(i - 1, m)][a];
		row[0] = above[0] + drop;
		for (size_t j = 1; j <= n; j++) {
			uint8_t b = to[j - 1];
			int best = above[j - 1] + one[b];
			best = max(best, above[j] + drop);
			best = max(best, row[j - 1] + weights_insert[s][place(j - 1, n)][b]);
			if (pairs[j] != 0)
				best = max(best, above[j - 2] + two[pairs[j]]);
			if (pair != 0)
				best = max(best, before[j - 1] + steps.two_to_one[s][pair][b]);
			if (s == SCRIPT_LATIN && i > 1 && j > 1 && a != b && a == to[j - 2] &&
			    from[i - 2] == b)
				best = max(best,
				           before[j - 2] + one[a] + steps.one[s][b][b] + SWAPPED);
			row[j] = best;
		}
		int *spare = before;
		before = above, above = row, row = spare;
	}
	return above[n];
}

static int self_of(const uint8_t *latin, size_t length)
{
	int self = 0;
	for (size_t i = 0; i < length; i++)
		self += steps.one[SCRIPT_LATIN][latin[i]][latin[i]];
	return self;
}

int align_self(const struct name_word *w)
{
	pthread_once(&once, fill);
	return self_of(w->latin, w->latin_length);
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

static double align_latin(const uint8_t *a, size_t m, const uint8_t *b, size_t n)
{
	if (m == n && memcmp(a, b, m) == 0)
		return m > 0 ? 1 : 0;
	int usual = (self_of(a, m) + self_of(b, n)) / 2;
	/* Not quite the same is never the same. */
	double s = share(align(SCRIPT_LATIN, a, m, b, n), usual);
	return s > 0.99 ? 0.99 : s;
}

static double align_rendered(const struct letters_run *from, const struct letters_run *to)
{
	enum script s = from->script;
	int usual = 0;
	for (size_t i = 0; i < from->length; i++)
		usual += weights_usual_from[s][from->letters[i]];
	for (size_t i = 0; i < to->latin_length; i++)
		usual += weights_usual_to[s][to->latin[i]];
	return share(align(s, from->letters, from->length, to->latin, to->latin_length), usual / 2);
}

double align_runs(const struct letters_run *a, const struct letters_run *b)
{
	pthread_once(&once, fill);
	if (a->script == b->script || (a->script == SCRIPT_LATIN && b->script == SCRIPT_LATIN))
		return align_latin(a->latin, a->latin_length, b->latin, b->latin_length);
	if (b->script == SCRIPT_LATIN ||
	    (b->script == SCRIPT_CYRILLIC && a->script != SCRIPT_LATIN))
		return align_rendered(a, b);
	if (a->script == SCRIPT_LATIN || a->script == SCRIPT_CYRILLIC)
		return align_rendered(b, a);
	/* Two alphabets, one or both without vowels: what is left are consonants. */
	uint8_t x[RUN_LETTERS], y[RUN_LETTERS];
	size_t m = skeleton(a, x), n = skeleton(b, y);
	return 0.95 * align_latin(x, m, y, n);
}

struct letters_run align_run(const struct name_word *w)
{
	return (struct letters_run){w->script, w->length, w->latin_length, w->letters, w->latin};
}
