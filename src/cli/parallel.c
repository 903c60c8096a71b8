#include "parallel.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
	LINES = 8192,
	STRIDE = 32,
	THREADS_MOST = PARALLEL_WORKERS,
	LINE_BYTES = 16 << 20,
	BLOCK_BYTES = 32 << 20
};

struct block {
	const struct parallel *work;
	struct parallel_line lines[LINES];
	size_t count;
	atomic_size_t next;
	atomic_bool has_failed;
};

struct worker {
	struct block *block;
	struct arena arena;
	pthread_t thread;
	size_t number;
};

static void *run_worker(void *ctx)
{
	struct worker *w = ctx;
	struct block *b = w->block;
	for (;;) {
		size_t from = atomic_fetch_add(&b->next, STRIDE);
		if (from >= b->count)
			return NULL;
		for (size_t i = from; i < from + STRIDE && i < b->count; i++) {
			b->lines[i].answer = (struct buffer){.arena = &w->arena};
			b->lines[i].worker = w->number;
			if (!b->work->work(b->work->ctx, &b->lines[i]))
				atomic_store(&b->has_failed, true);
		}
	}
}

static bool run_block(struct block *b, size_t threads, const char *path, struct err *e)
{
	struct worker workers[THREADS_MOST] = {0};
	size_t started = 0;
	bool ok = true;
	atomic_store(&b->next, 0);
	for (size_t i = 0; i < threads; i++)
		workers[i] = (struct worker){.block = b, .number = i};
	while (started + 1 < threads && pthread_create(&workers[started + 1].thread, NULL,
	                                               run_worker, &workers[started + 1]) == 0)
		started++;
	run_worker(&workers[0]); /* this thread works too, and alone when there is no other */
	for (size_t i = 1; i <= started; i++)
		pthread_join(workers[i].thread, NULL);
	for (size_t i = 0; ok && i < b->count; i++) {
		struct parallel_line *line = &b->lines[i];
		if (line->err.kind != ERR_NONE) {
			*e = line->err;
			ok = err_context(e, "%s line %llu", path, (unsigned long long)line->number);
		} else {
			ok = b->work->take(b->work->ctx, line, e);
		}
	}
	for (size_t i = 0; i < threads; i++)
		arena_free(&workers[i].arena);
	return ok;
}

/* Fills a block; false at the end of the file or on an error in `e`. */
static bool read_block(struct block *b, FILE *in, const char *path, uint64_t *number,
                       uint64_t *bytes, struct err *e)
{
	size_t block_bytes = 0;
	b->count = 0;
	while (b->count < LINES && block_bytes < BLOCK_BYTES) {
		struct parallel_line *line = &b->lines[b->count];
		size_t room = 0;
		line->text = NULL;
		errno = 0;
		ssize_t got = getline(&line->text, &room, in);
		if (got < 0) {
			free(line->text);
			line->text = NULL;
			return !ferror(in) || err_errno(e, "cannot read %s", path);
		}
		*bytes += (uint64_t)got;
		block_bytes += (size_t)got;
		while (got > 0 && (line->text[got - 1] == '\n' || line->text[got - 1] == '\r'))
			line->text[--got] = 0;
		line->length = (size_t)got;
		line->number = (*number)++;
		line->err = (struct err){0};
		b->count++;
		if (got > LINE_BYTES)
			return err_input(e, "table.line-long",
			                 "%s line %llu is longer than %d bytes", path,
			                 (unsigned long long)line->number, LINE_BYTES);
	}
	return true;
}

bool parallel_lines(const struct parallel *work, FILE *in, const char *path, uint64_t first_line,
                    struct err *e)
{
	struct block *b = calloc(1, sizeof *b);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t threads = cores < 1 ? 1 : cores > THREADS_MOST ? THREADS_MOST : (size_t)cores;
	uint64_t number = first_line, bytes = 0;
	bool ok = b != NULL || err_environment(e, "out of memory");
	if (ok)
		b->work = work;
	while (ok) {
		ok = read_block(b, in, path, &number, &bytes, e);
		size_t count = b->count;
		ok = ok && run_block(b, count < 2 * STRIDE ? 1 : threads, path, e);
		for (size_t i = 0; i < count; i++) {
			free(b->lines[i].text);
			b->lines[i].text = NULL;
		}
		if (work->progress != NULL && work->progress->step != NULL)
			work->progress->step(work->progress->ctx, bytes, work->size);
		if (count == 0)
			break;
	}
	free(b);
	return ok;
}
