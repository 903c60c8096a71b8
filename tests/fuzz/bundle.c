#include <stdlib.h>

#include "log/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static bool load(void *ctx, unsigned level, uint64_t index, unsigned width, struct bytes *out,
                 struct err *e)
{
	(void)level;
	(void)index;
	(void)width;
	(void)e;
	*out = *(const struct bytes *)ctx;
	return true;
}

/*
 * Bytes as a bundle: entries read are written the same. As a tile of whatever size: hashes of
 * the tree are given, or it is refused.
 */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct tile_source tiles;
	owned_arena arena = {0};
	struct buffer again = {.arena = &arena};
	struct bytes all = bytes_of(at, len), entry;
	struct reader r = reader_of(all);
	while (bundle_next(&r, &entry))
		bundle_add(&again, entry);
	if (again.len > len || (again.len > 0 && memcmp(again.at, at, again.len) != 0) ||
	    (!r.bad && again.len != len))
		abort();

	struct hash root;
	struct merkle_proof proof;
	struct merkle_source source = tile_source_as_merkle(&tiles);
	uint64_t size = len == 0 ? 0 : (uint64_t)at[0] + (len > 1 ? (uint64_t)at[1] << 8 : 0);
	struct err e = {0};
	tile_source_init(&tiles, (struct tile_loader){&all, load}, size);
	if (!merkle_root(&source, size, &root, &e) && e.rule == NULL)
		abort();
	if (size > 0 && !merkle_inclusion(&source, size / 2, size, &proof, &e) && e.rule == NULL)
		abort();
	return 0;
}
