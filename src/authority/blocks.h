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
	struct bytes      bytes;
	const struct err *fault; /* why it cannot be read; NULL: it is `record` */
	struct record     record;
};

/* As many entries as a tile has hashes; fewer at either end of what is read. */
struct block {
	uint64_t           first;
	unsigned           count;
	struct hash        leaves[TILE_WIDTH];
	struct hash        subtree; /* of a whole block */
	struct block_entry entries[TILE_WIDTH];

	struct arena       copies, decoded, scopes; /* what the entries lie in, until it is reused */
	struct scope_known known;
	bool               is_ready;
};

static inline bool block_is_whole(const struct block *b)
{
	return b->count == TILE_WIDTH;
}

struct blocks {
	unsigned jobs;  /* threads in all; 0 and 1: the one that calls */
	bool     hashes, decodes;
	/* Takes a block, in order, on the thread that calls; false ends the reading. */
	bool (*take)(void *ctx, struct block *);
	void *ctx;
};

typedef bool (*blocks_source)(void *ctx, uint64_t from, uint64_t to,
    bool (*each)(void *ctx, uint64_t index, struct bytes entry), void *each_ctx, struct err *);

/* Entries [from, to) of a source as struct log_view has it. Errors: the source's. */
bool blocks_read(const struct blocks *, blocks_source, void *source_ctx, uint64_t from,
    uint64_t to, struct err *);

#endif
