/*
 * blocks: the entries of a log, hashed and decoded ahead of the rules. What depends on no other
 * entry (leaves, the tree of 256 of them, decoding, signatures) is done by as many threads as are
 * wished, while the one that reads takes what is ready, in order. Internal to the authority's rim.
 */
#ifndef PROVISO_AUTHORITY_BLOCKS_H
#define PROVISO_AUTHORITY_BLOCKS_H

#include "authority.h"
#include "log/tile.h"

struct block_entry {
	struct bytes bytes;
	const struct err *fault; /* why it cannot be read; NULL: it is `record` */
	struct record record;
};

/* As many entries as a tile has hashes; fewer at either end of what is read. */
struct block {
	uint64_t first;
	unsigned count;
	struct hash leaves[TILE_WIDTH];
	struct hash subtree;                    /* of a whole block */
	struct block_entry entries[TILE_WIDTH]; /* by block_run() */

	uint8_t *copies; /* of the entries, one behind the other */
	size_t copied, room;
	struct arena decoded, scopes; /* all these until it is reused */
	struct scope_known known;
	bool is_ready;
	bool is_lazy; /* decoded one by one, as they are asked for */
	struct crew *crew;
};

static inline bool block_is_whole(const struct block *b)
{
	return b->count == TILE_WIDTH;
}

struct blocks {
	unsigned jobs; /* threads in all; 0 and 1: the one that calls */
	bool hashes, decodes;
	/* Takes a block, in order, on the thread that calls; false ends the reading. */
	bool (*take)(void *ctx, struct block *);
	void *ctx;
};

/*
 * Entries [first, first + BLOCK_RUN), as far as there are, decoded; run by run, each once. Where
 * one thread does all they are decoded only now, and go with the next run: what is used at once is
 * still at hand.
 */
enum { BLOCK_RUN = 8 };
struct block_entry *block_run(struct block *, unsigned first, unsigned *count);

typedef bool (*blocks_source)(void *ctx, uint64_t from, uint64_t to,
                              bool (*each)(void *ctx, uint64_t index, struct bytes entry),
                              void *each_ctx, struct err *);

/* Entries [from, to) of a source as struct log_view has it. Errors: the source's. */
bool blocks_read(const struct blocks *, blocks_source, void *source_ctx, uint64_t from, uint64_t to,
                 struct err *);

#endif
