#include "blocks.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "keyring.h"

enum { JOBS_MOST = 256 };

/*
 * Blocks go round: read, claimed by whoever is free, taken in order. All counts only rise; a
 * block's place is its number modulo `room`.
 */
struct crew {
	const struct blocks *how;
	struct keyring *keys;
	struct block **ring;
	size_t room;

	pthread_mutex_t lock;
	pthread_cond_t is_given, is_ready;
	uint64_t given, claimed; /* under the lock, when there are others */
	bool ends;
	pthread_t threads[JOBS_MOST];
	unsigned others;

	uint64_t taken; /* of the reading thread alone, as what follows */
	bool goes_on;
};

/* --- One block ------------------------------------------------------------------------- */

static struct hash subtree_of(const struct hash leaves[TILE_WIDTH])
{
	struct hash level[TILE_WIDTH / 2];
	merkle_nodes(leaves, TILE_WIDTH / 2, level);
	for (unsigned width = TILE_WIDTH / 4; width > 0; width /= 2)
		merkle_nodes(level, width, level);
	return level[0];
}

static void hash_block(struct block *b)
{
	struct bytes entries[TILE_WIDTH];
	for (unsigned i = 0; i < b->count; i++)
		entries[i] = b->entries[i].bytes;
	merkle_leaves(entries, b->count, b->leaves);
	if (block_is_whole(b))
		b->subtree = subtree_of(b->leaves);
}

static void decode(struct crew *crew, struct block *b, const struct block_entry *from,
                   struct block_entry *entry)
{
	struct err e;
	struct record *record = &entry->record;
	entry->bytes = from->bytes;
	entry->fault = NULL;
	if (!record_decode_known(&b->decoded, &b->known, entry->bytes, record, &e)) {
		struct err *kept = arena_alloc(&b->decoded, sizeof *kept);
		*kept = e;
		entry->fault = kept;
		return;
	}
	if (b->is_lazy)
		return;
	if (record->kind == KIND_KEY)
		keyring_add(crew->keys, &record->body.key);
	if (record_kind(record->kind)->is_signed)
		keyring_verify(crew->keys, record);
}

static void work(struct crew *crew, struct block *b)
{
	size_t at = 0;
	for (unsigned i = 0; i < b->count; at += b->entries[i++].bytes.len)
		b->entries[i].bytes.at = b->copies + at;
	if (crew->how->hashes)
		hash_block(b);
	arena_reset(&b->decoded);
	arena_free(&b->scopes);
	/* Alone there is nothing to be gained by working ahead. */
	b->is_lazy = crew->others == 0;
	b->crew = crew;
	b->known.displaced = &b->scopes;
	for (unsigned i = 0; crew->how->decodes && !b->is_lazy && i < b->count; i++)
		decode(crew, b, &b->entries[i], &b->entries[i]);
}

struct block_entry *block_run(struct block *b, unsigned first, unsigned *count)
{
	*count = b->count - first < BLOCK_RUN ? b->count - first : BLOCK_RUN;
	if (!b->is_lazy)
		return b->entries + first;
	arena_reset(&b->decoded);
	arena_free(&b->scopes);
	for (unsigned i = 0; i < *count; i++)
		decode(b->crew, b, &b->entries[first + i], &b->entries[i]);
	return b->entries;
}

/* --- Many ------------------------------------------------------------------------------ */

static struct block *place(const struct crew *crew, uint64_t number)
{
	return crew->ring[number % crew->room];
}

/* Under the lock, which is let go for the work. */
static void work_on_next(struct crew *crew)
{
	struct block *b = place(crew, crew->claimed++);
	pthread_mutex_unlock(&crew->lock);
	work(crew, b);
	pthread_mutex_lock(&crew->lock);
	b->is_ready = true;
	pthread_cond_signal(&crew->is_ready);
}

static void *run_other(void *ctx)
{
	struct crew *crew = ctx;
	pthread_mutex_lock(&crew->lock);
	while (!crew->ends) {
		if (crew->claimed < crew->given)
			work_on_next(crew);
		else
			pthread_cond_wait(&crew->is_given, &crew->lock);
	}
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

/* The oldest block; this thread works too until it is ready. */
static void take_oldest(struct crew *crew)
{
	struct block *b = place(crew, crew->taken);
	pthread_mutex_lock(&crew->lock);
	while (!b->is_ready) {
		if (crew->claimed < crew->given)
			work_on_next(crew);
		else
			pthread_cond_wait(&crew->is_ready, &crew->lock);
	}
	pthread_mutex_unlock(&crew->lock);
	crew->taken++;
	crew->goes_on = crew->goes_on && crew->how->take(crew->how->ctx, b);
}

static void give(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	crew->given++;
	pthread_cond_signal(&crew->is_given);
	pthread_mutex_unlock(&crew->lock);
	while (crew->given - crew->taken == crew->room)
		take_oldest(crew);
}

/* --- Reading --------------------------------------------------------------------------- */

static _Noreturn void out_of_memory(void)
{
	fputs("proviso: out of memory\n", stderr);
	abort();
}

/* Where the entry lies is known when all are there: the copies may move until then. */
static void copy_entry(struct block *b, struct bytes entry)
{
	if (b->room - b->copied < entry.len) {
		b->room = 2 * b->room + entry.len;
		b->copies = realloc(b->copies, b->room);
		if (b->copies == NULL)
			out_of_memory();
	}
	if (entry.len > 0)
		memcpy(b->copies + b->copied, entry.at, entry.len);
	b->copied += entry.len;
	b->entries[b->count++].bytes.len = entry.len;
}

static bool read_one(void *ctx, uint64_t index, struct bytes entry)
{
	struct crew *crew = ctx;
	struct block *b = place(crew, crew->given);
	if (b->is_ready) {
		b->is_ready = false;
		b->count = 0;
		b->copied = 0;
	}
	if (b->count == 0)
		b->first = index;
	assert(index == b->first + b->count);
	copy_entry(b, entry);
	if ((index + 1) % TILE_WIDTH == 0)
		give(crew);
	return crew->goes_on;
}

static void take_rest(struct crew *crew)
{
	if (crew->goes_on && !place(crew, crew->given)->is_ready &&
	    place(crew, crew->given)->count > 0)
		give(crew);
	while (crew->taken < crew->given)
		take_oldest(crew);
}

static void block_free(struct block *b)
{
	if (b == NULL)
		return;
	scope_known_free(&b->known);
	arena_free(&b->scopes);
	free(b->copies);
	arena_free(&b->decoded);
	free(b);
}

static bool crew_begin(struct crew *crew, struct err *e)
{
	unsigned jobs = crew->how->jobs > JOBS_MOST ? JOBS_MOST : crew->how->jobs;
	crew->room = jobs < 2 ? 1 : 2 * (size_t)jobs;
	crew->keys = keyring_new();
	crew->ring = calloc(crew->room, sizeof *crew->ring);
	bool ok = crew->keys != NULL && crew->ring != NULL;
	for (size_t i = 0; ok && i < crew->room; i++)
		ok = (crew->ring[i] = calloc(1, sizeof **crew->ring)) != NULL;
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->is_given, NULL);
	pthread_cond_init(&crew->is_ready, NULL);
	if (!ok)
		return err_environment(e, "out of memory");
	/* With fewer threads than were asked for it only takes longer. */
	while (crew->others + 1 < jobs &&
	       pthread_create(&crew->threads[crew->others], NULL, run_other, crew) == 0)
		crew->others++;
	return true;
}

static void crew_end(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	crew->ends = true;
	pthread_cond_broadcast(&crew->is_given);
	pthread_mutex_unlock(&crew->lock);
	for (unsigned i = 0; i < crew->others; i++)
		pthread_join(crew->threads[i], NULL);
	pthread_cond_destroy(&crew->is_given);
	pthread_cond_destroy(&crew->is_ready);
	pthread_mutex_destroy(&crew->lock);
	for (size_t i = 0; crew->ring != NULL && i < crew->room; i++)
		block_free(crew->ring[i]);
	free(crew->ring);
	keyring_free(crew->keys);
}

bool blocks_read(const struct blocks *how, blocks_source source, void *source_ctx, uint64_t from,
                 uint64_t to, struct err *e)
{
	struct crew crew = {.how = how, .goes_on = true};
	bool ok = crew_begin(&crew, e);
	if (ok) {
		ok = source(source_ctx, from, to, read_one, &crew, e);
		take_rest(&crew); /* what was read before a failure, too */
	}
	crew_end(&crew);
	return ok;
}
