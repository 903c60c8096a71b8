/*
 * bench_screening HOME FILE: each query of a table (name, type, country, birth between tabs) by
 * itself over all lists of the home, in one thread, and again until a second has gone by; prints
 * queries a second of CPU time, and the median and the 99th percentile of one, in microseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/file.h"
#include "screening/matching.h"

enum { QUERIES_MAX = 1 << 16, SAMPLES_MAX = 1 << 22, TABLE_MAX = 64 << 20 };

struct asked {
	struct entity_name name;
	struct entity party;
	const char *country, *birth;
};

static double seconds(clockid_t clock)
{
	struct timespec at;
	clock_gettime(clock, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static int ascending(const void *a, const void *b)
{
	const float *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static size_t read_queries(struct arena *arena, char *text, struct asked *out)
{
	size_t count = 0;
	for (char *line; (line = strsep(&text, "\n")) != NULL && count < QUERIES_MAX;) {
		const char *name = strsep(&line, "\t"), *type = strsep(&line, "\t");
		struct asked *a = &out[count];
		enum entity_type is = ENTITY_ANY;
		if (type == NULL || *name == 0)
			continue;
		entity_type_by_name(type, &is);
		a->country = strsep(&line, "\t");
		a->birth = strsep(&line, "\t");
		a->name = (struct entity_name){.text = name};
		a->party = (struct entity){.type = is, .names = &a->name, .name_count = 1};
		if (a->country != NULL && *a->country != 0) {
			char *upper = arena_copy(arena, a->country, strlen(a->country));
			for (char *c = upper; *c != 0; c++)
				*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
			a->country = upper;
			a->party.countries = &a->country;
			a->party.country_count = 1;
		}
		if (a->birth != NULL && *a->birth != 0) {
			a->party.births = &a->birth;
			a->party.birth_count = 1;
		}
		count++;
	}
	return count;
}

static bool one(struct list_screener *s, const struct asked *a, struct err *e)
{
	static struct arena arena;
	struct screening_query query = {.party = &a->party};
	struct screening_answer answer;
	bool ok = screening_search(s->searcher, &arena, &query, &answer, e);
	arena_reset(&arena);
	return ok;
}

static bool measure(struct list_screener *s, const struct asked *all, size_t count, struct err *e)
{
	float *took = calloc(SAMPLES_MAX, sizeof *took);
	size_t n = 0;
	if (took == NULL)
		return err_environment(e, "out of memory");
	for (size_t i = 0; i < count; i++) /* warm */
		if (!one(s, &all[i], e))
			return false;
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), began = seconds(CLOCK_MONOTONIC);
	while (seconds(CLOCK_MONOTONIC) - began < 1 && n + count < SAMPLES_MAX) {
		for (size_t i = 0; i < count; i++) {
			double at = seconds(CLOCK_MONOTONIC);
			if (!one(s, &all[i], e))
				return false;
			took[n++] = (float)((seconds(CLOCK_MONOTONIC) - at) * 1e6);
		}
	}
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	qsort(took, n, sizeof *took, ascending);
	printf("{\"queries_a_second_a_core\": %.1f, \"median_us\": %.2f, \"p99_us\": %.2f, "
	       "\"open_ms\": ",
	       (double)n / cpu, (double)took[n / 2], (double)took[n * 99 / 100]);
	free(took);
	return true;
}

int main(int argc, char **argv)
{
	owned_arena arena = {0};
	struct list_screener s;
	struct err e = {0};
	struct bytes text;
	if (argc != 3) {
		fprintf(stderr, "usage: bench_screening HOME QUERIES.tsv\n");
		return 2;
	}
	struct asked *all = arena_array(&arena, QUERIES_MAX, sizeof *all);
	double began = seconds(CLOCK_MONOTONIC);
	bool ok = list_screener_open(&s, argv[1], time(NULL), &e);
	double opened = (seconds(CLOCK_MONOTONIC) - began) * 1e3;
	ok = ok && file_read(&arena, argv[2], TABLE_MAX, &text, &e);
	if (ok) {
		char *table = arena_copy(&arena, text.at, text.len);
		ok = measure(&s, all, read_queries(&arena, table, all), &e);
	}
	if (!ok) {
		fprintf(stderr, "bench_screening: %s\n", e.text);
		return 4;
	}
	printf("%.2f}\n", opened);
	list_screener_close(&s);
	return 0;
}
