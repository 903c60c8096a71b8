#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CHUNK = 4096, LARGEST_CHUNK = 1 << 20 };

struct arena_chunk {
	struct arena_chunk *before;
	size_t used, size;
	_Alignas(max_align_t) unsigned char room[];
};

static _Noreturn void out_of_memory(void)
{
	fputs("proviso: out of memory\n", stderr);
	abort();
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	if (size > SIZE_MAX - align)
		out_of_memory();
	size = (size + align - 1) & ~(align - 1);

	struct arena_chunk *chunk = arena->last;
	if (chunk == NULL || chunk->size - chunk->used < size) {
		size_t room = chunk == NULL ? FIRST_CHUNK : chunk->size * 2;
		if (room > LARGEST_CHUNK)
			room = LARGEST_CHUNK;
		if (room < size)
			room = size;
		if (room > SIZE_MAX - sizeof *chunk)
			out_of_memory();
		chunk = calloc(1, sizeof *chunk + room);
		if (chunk == NULL)
			out_of_memory();
		chunk->size = room;
		chunk->before = arena->last;
		arena->last = chunk;
	}
	void *at = chunk->room + chunk->used;
	chunk->used += size;
	return at;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(count, size, &total))
		out_of_memory();
	return arena_alloc(arena, total);
}

char *arena_copy(struct arena *arena, const void *at, size_t len)
{
	if (len == SIZE_MAX)
		out_of_memory();
	char *copy = arena_alloc(arena, len + 1);
	if (len > 0)
		memcpy(copy, at, len);
	return copy;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		out_of_memory();
	char *text = arena_alloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return text;
}

void arena_free(struct arena *arena)
{
	while (arena->last != NULL) {
		struct arena_chunk *before = arena->last->before;
		free(arena->last);
		arena->last = before;
	}
}

void arena_reset(struct arena *arena)
{
	struct arena_chunk *last = arena->last;
	if (last == NULL)
		return;
	struct arena rest = {last->before};
	arena_free(&rest);
	last->before = NULL;
	memset(last->room, 0, last->used);
	last->used = 0;
}

void arena_move(struct arena *to, struct arena *from)
{
	struct arena_chunk *first = from->last;
	if (first == NULL)
		return;
	while (first->before != NULL)
		first = first->before;
	/* Behind what is given out next, so that the room left in `to` is still used. */
	if (to->last == NULL) {
		to->last = from->last;
	} else {
		first->before = to->last->before;
		to->last->before = from->last;
	}
	from->last = NULL;
}
