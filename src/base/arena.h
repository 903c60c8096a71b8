/*
 * arena: memory that lives as long as one request.
 *
 * `struct arena arena = {0};` is an empty arena. What is taken from it is freed
 * all at once by arena_free(), or by scope end with `owned_arena`. An arena is
 * not thread safe. Memory running out ends the process: every size taken from an
 * arena is bounded by the limits of the parsers, so this is not a way to fail.
 */
#ifndef PROVISO_BASE_ARENA_H
#define PROVISO_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *last;
};

/* `size` zeroed bytes, aligned for any type; never NULL. size 0 gives a valid pointer. */
void *arena_alloc(struct arena *, size_t size) __attribute__((malloc, returns_nonnull));

/* `count` zeroed elements of `size` bytes; the product is checked. */
void *arena_array(struct arena *, size_t count, size_t size)
    __attribute__((malloc, returns_nonnull));

/* A copy of `len` bytes with a NUL behind them. */
char *arena_copy(struct arena *, const void *at, size_t len) __attribute__((returns_nonnull));

char *arena_printf(struct arena *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));

void arena_free(struct arena *);

/* Empties an arena for the next of many requests; some of its memory is kept for it. */
void arena_reset(struct arena *);

/* What is in `from` lives in `to` from now on. */
void arena_move(struct arena *to, struct arena *from);

#define owned_arena __attribute__((cleanup(arena_free))) struct arena

#endif
