/*
 * tile: C2SP tlog-tiles: names, widths, bundles of entries, and a source of subtree hashes
 * over tiles. Tiles are 256 hashes of one level (0, 8, 16, ... of the tree); L in names
 * counts such levels. Pure: tiles come from a loader.
 */
#ifndef PROVISO_LOG_TILE_H
#define PROVISO_LOG_TILE_H

#include "merkle.h"

enum {
	TILE_WIDTH = 256,
	TILE_BYTES = TILE_WIDTH * HASH_SIZE,
	TILE_LEVELS = 8, /* 256^8 leaves */
	TILE_PATH_MAX = 96,
	BUNDLE_MAX = TILE_WIDTH * (2 + 65535),
};

/* "tile/0/x001/x234/067" or, width below 256, "tile/0/x001/x234/067.p/112". */
void tile_path(unsigned level, uint64_t index, unsigned width, char out[TILE_PATH_MAX]);

/* "tile/entries/..." likewise. */
void bundle_path(uint64_t index, unsigned width, char out[TILE_PATH_MAX]);

/* The width of tile `index` of `level` in a tree of `size`: 0 (not there) to 256. */
unsigned tile_width(unsigned level, uint64_t index, uint64_t size);

/*
 * Loads the hashes of a tile; `width` at least are wanted. The loader may give more. The
 * bytes must stay valid until the next call. It fails with its own error.
 */
struct tile_loader {
	void *ctx;
	bool (*load)(void *ctx, unsigned level, uint64_t index, unsigned width, struct bytes *out,
	             struct err *);
};

/*
 * A source over tiles of a tree of `size`. Two tiles a level are kept, with the hashes of the
 * subtrees within them: the last of the level, which every proof needs, and the one used
 * last, so that walks along the tree load and hash each tile once. About 260 KiB: not for
 * the stack. Errors of its own: log.tile-short.
 */
struct tile_source {
	struct tile_loader loader;
	uint64_t size;
	struct tile_kept {
		bool loaded, hashed; /* hashed: the subtrees too */
		uint64_t index;
		unsigned width;
		struct hash at[2 * TILE_WIDTH]; /* the tile, then its halves, quarters, ... */
	} kept[TILE_LEVELS], last[TILE_LEVELS];
};

void tile_source_init(struct tile_source *, struct tile_loader, uint64_t size);
struct merkle_source tile_source_as_merkle(struct tile_source *);

/* Bundles: u16be length and entry, up to 256 of them. */
void bundle_add(struct buffer *, struct bytes entry);

/* The next entry; false at the end (then reader.bad says whether it was clean). */
bool bundle_next(struct reader *, struct bytes *entry);

#endif
