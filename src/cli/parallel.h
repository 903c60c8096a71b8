/*
 * parallel: a table read line by line, worked on by all cores, written in order. Memory is
 * bounded: a block of lines at a time.
 */
#ifndef PROVISO_CLI_PARALLEL_H
#define PROVISO_CLI_PARALLEL_H

#include "cli.h"

struct parallel_line {
	char *text; /* without its line end */
	size_t length;
	uint64_t number;      /* in the file, from 1 */
	struct buffer answer; /* what is written for it; in the arena of its thread */
	struct err err;
	size_t worker; /* which thread works on it: below PARALLEL_WORKERS */
};

enum { PARALLEL_WORKERS = 64 };

struct parallel {
	void *ctx;
	/* Works on one line, on any thread; false with line->err filled. */
	bool (*work)(void *ctx, struct parallel_line *line);
	/* Takes the answers in order, on the calling thread. */
	bool (*take)(void *ctx, const struct parallel_line *line, struct err *);
	const struct progress *progress; /* in bytes read; may be NULL */
	uint64_t size;                   /* of the file, for the progress; 0: not known */
};

/* Errors name the file and line; those of reading and taking too. */
bool parallel_lines(const struct parallel *, FILE *in, const char *path, uint64_t first_line,
                    struct err *);

#endif
