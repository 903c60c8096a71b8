/*
 * bench: what the programs that measure share. Each prints one line of JSON a figure. A figure
 * is the median of several rounds, because other work on the machine only ever makes it worse.
 */
#ifndef PROVISO_BENCH_H
#define PROVISO_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"

static inline double bench_nanoseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The processor's time that the process has had, in all its threads. */
static inline double bench_processor(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline int bench_by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Sorts the values. */
static inline double bench_median(double values[], size_t count)
{
	qsort(values, count, sizeof *values, bench_by_value);
	return values[count / 2];
}

static inline void bench_give(const char *name, double value, const char *unit)
{
	printf("{\"name\": \"%s\", \"value\": %.1f, \"unit\": \"%s\"}\n", name, value, unit);
	fflush(stdout);
}

/* A measurement that did not do what it says is none. */
static inline void bench_must(bool done, const char *what, const struct err *e)
{
	if (done)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, e->text);
	exit(1);
}

/* A whole number from the command line; 0 is none. */
static inline size_t bench_number(const char *text)
{
	size_t number = strtoul(text, NULL, 10);
	if (number == 0) {
		fprintf(stderr, "bench: \"%s\" is no number\n", text);
		exit(2);
	}
	return number;
}

#endif
