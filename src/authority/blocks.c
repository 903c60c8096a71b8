#include "blocks.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "keyring.h"

enum { JOBS_MOST = 256 };

/*
 * Blocks go round: read, claimed by whoever is free, taken in order. All counts only rise; a
 * block's place is its number modulo `room`.
 */
struct crew {
	const struct blocks *how;
	struct keyring      *keys;
	struct block       **ring;
	size_t               room;

	pthread_mutex_t lock;
	pthread_cond_t  is_given, is_ready;
	uint64_t        given, claimed; /* under the lock, when there are others */
	bool            ends;
	pthread_t       threads[JOBS_MOST];
	unsigned        others;

	uint64_t taken; /* of the reading thread alone, as what follows */
	bool     goes_on;
};

/* --- One block ------------------------------------------------------------------------- */

static struct hash subtree_of(const struct hash leaves[TILE_WIDTH])
{
	struct hash level[TILE_WIDTH / 2];
	for (unsigned i = 0; i < TILE_WIDTH / 2; i++)
		level[i] = merkle_node(&leaves[2 * i], &leaves[2 * i + 1]);
	for (unsigned width = TILE_WIDTH / 4; width > 0; width /= 2)
		for (unsigned i = 0; i < width; i++)
			level[i] = merkle_node(&level[2 * i], &level[2 * i + 1]);
	return level[0];
}

static void hash_block(struct block *b)
{
	for (unsigned i = 0; i < b->count; i++)
		b->leaves[i] = merkle_leaf(b->entries[i].bytes);
	if (block_is_whole(b))
		b->subtree = subtree_of(b->leaves);
}

static void decode(struct crew *crew, struct block *b, struct block_entry *entry)
{
	struct err     e = {0};
	struct record *record = &entry->record;
	entry->fault = NULL;
	if (!record_decode_known(&b->decoded, &b->known, entry->bytes, record, &e)) {
		struct err *kept = arena_alloc(&b->decoded, sizeof *kept);
		*kept = e;
		entry->fault = kept;
		return;
	}
	if (record->kind == KIND_KEY)
		keyring_add(crew->keys, &record->body.key);
	/* Alone there is nothing to be gained by looking ahead. */
	if (crew->others > 0 && record_kind(record->kind)->is_signed)
		keyring_verify(crew->keys, record);
}

static void work(struct crew *crew, struct block *b)
{
	if (crew->how->hashes)
		hash_block(b);
	arena_reset(&b->decoded);
	arena_free(&b->scopes);
	b->known.displaced = &b->scopes;
	for (unsigned i = 0; crew->how->decodes && i < b->count; i++)
		decode(crew, b, &b->entries[i]);
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

static bool read_one(void *ctx, uint64_t index, struct bytes entry)
{
	struct crew  *crew = ctx;
	struct block *b = place(crew, crew->given);
	if (b->is_ready) {
		b->is_ready = false;
		b->count = 0;
		arena_reset(&b->copies);
	}
	if (b->count == 0)
		b->first = index;
	assert(index == b->first + b->count);
	b->entries[b->count++].bytes = bytes_copy(&b->copies, entry);
	if ((index + 1) % TILE_WIDTH == 0)
		give(crew);
	return crew->goes_on;
}

static void take_rest(struct crew *crew)
{
	if (crew->goes_on && !place(crew, crew->given)->is_ready && place(crew, crew->given)->count > 0)
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
	arena_free(&b->copies);
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
	bool        ok = crew_begin(&crew, e);
	if (ok) {
		ok = source(source_ctx, from, to, read_one, &crew, e);
		take_rest(&crew); /* what was read before a failure, too */
	}
	crew_end(&crew);
	return ok;
}
