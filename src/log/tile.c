#include "tile.h"

#include <assert.h>
#include <stdio.h>

/* "x001/x234/067": groups of three digits, all but the last marked. */
static int put_index(char *to, size_t room, uint64_t index)
{
	unsigned groups[7];
	size_t count = 0;
	do {
		groups[count++] = (unsigned)(index % 1000);
		index /= 1000;
	} while (index > 0);
	size_t len = 0;
	for (size_t i = count; i > 0; i--)
		len += (size_t)snprintf(to + len, room - len, i > 1 ? "x%03u/" : "%03u",
		                        groups[i - 1]);
	return (int)len;
}

static void path(const char *prefix, uint64_t index, unsigned width, char out[TILE_PATH_MAX])
{
	assert(width >= 1 && width <= TILE_WIDTH);
	char number[48];
	put_index(number, sizeof number, index);
	if (width == TILE_WIDTH)
		snprintf(out, TILE_PATH_MAX, "tile/%s/%s", prefix, number);
	else
		snprintf(out, TILE_PATH_MAX, "tile/%s/%s.p/%u", prefix, number, width);
}

void tile_path(unsigned level, uint64_t index, unsigned width, char out[TILE_PATH_MAX])
{
	char prefix[16];
	snprintf(prefix, sizeof prefix, "%u", level);
	path(prefix, index, width, out);
}

void bundle_path(uint64_t index, unsigned width, char out[TILE_PATH_MAX])
{
	path("entries", index, width, out);
}

unsigned tile_width(unsigned level, uint64_t index, uint64_t size)
{
	if (level >= TILE_LEVELS)
		return 0;
	uint64_t hashes = size >> (8 * level);
	if (index >= hashes / TILE_WIDTH)
		return index == hashes / TILE_WIDTH ? (unsigned)(hashes % TILE_WIDTH) : 0;
	return TILE_WIDTH;
}

/* Where the subtrees of 2^depth tile hashes begin in tile_kept.at. */
static size_t depth_offset(unsigned depth)
{
	return (size_t)2 * TILE_WIDTH - ((size_t)2 * TILE_WIDTH >> depth);
}

/* The hashes of all complete subtrees within the tile. */
static void hash_within(struct tile_kept *kept)
{
	for (unsigned depth = 1; depth < 8; depth++) {
		const struct hash *below = kept->at + depth_offset(depth - 1);
		struct hash *to = kept->at + depth_offset(depth);
		merkle_nodes(below, kept->width >> depth, to);
	}
	kept->hashed = true;
}

void tile_source_init(struct tile_source *s, struct tile_loader loader, uint64_t size)
{
	s->loader = loader;
	s->size = size;
	for (unsigned level = 0; level < TILE_LEVELS; level++)
		s->kept[level].loaded = s->last[level].loaded = false;
}

static struct tile_kept *place(struct tile_source *s, unsigned level, uint64_t index)
{
	bool is_last = index == (s->size >> (8 * level)) / TILE_WIDTH;
	return is_last ? &s->last[level] : &s->kept[level];
}

static bool load(struct tile_source *s, unsigned level, uint64_t index, struct tile_kept *kept,
                 struct err *e)
{
	unsigned want = tile_width(level, index, s->size);
	struct bytes hashes;
	if (kept->loaded && kept->index == index)
		return true;
	kept->loaded = false;
	if (want == 0)
		return err_refused(e, "log.tile-short",
		                   "tile %llu of level %u is beyond a tree of %llu",
		                   (unsigned long long)index, level, (unsigned long long)s->size);
	if (!s->loader.load(s->loader.ctx, level, index, want, &hashes, e))
		return false;
	if (hashes.len < (size_t)want * HASH_SIZE || hashes.len > TILE_BYTES ||
	    hashes.len % HASH_SIZE != 0)
		return err_refused(e, "log.tile-short",
		                   "tile %llu of level %u has %zu bytes, %u wanted",
		                   (unsigned long long)index, level, hashes.len, want * HASH_SIZE);
	memcpy(kept->at, hashes.at, (size_t)want * HASH_SIZE);
	kept->index = index;
	kept->width = want;
	kept->loaded = true;
	kept->hashed = false;
	return true;
}

static bool source_hash(void *ctx, unsigned level, uint64_t index, struct hash *out, struct err *e)
{
	struct tile_source *s = ctx;
	unsigned tile_level = level / 8, depth = level % 8;
	/* The tile's hash at which the subtree begins. */
	uint64_t first = index << depth;
	if (tile_level >= TILE_LEVELS || first >> depth != index)
		return err_refused(e, "log.tile-short", "there is no level %u", level);
	struct tile_kept *kept = place(s, tile_level, first / TILE_WIDTH);
	if (!load(s, tile_level, first / TILE_WIDTH, kept, e))
		return false;
	unsigned within = (unsigned)(first % TILE_WIDTH);
	if (within + (1U << depth) > kept->width)
		return err_refused(e, "log.tile-short",
		                   "subtree %llu of level %u is beyond a tree of %llu",
		                   (unsigned long long)index, level, (unsigned long long)s->size);
	if (depth > 0 && !kept->hashed)
		hash_within(kept);
	*out = kept->at[depth_offset(depth) + (within >> depth)];
	return true;
}

struct merkle_source tile_source_as_merkle(struct tile_source *s)
{
	return (struct merkle_source){s, source_hash};
}

void bundle_add(struct buffer *b, struct bytes entry)
{
	assert(entry.len <= UINT16_MAX);
	buffer_u16be(b, (uint16_t)entry.len);
	buffer_bytes(b, entry);
}

bool bundle_next(struct reader *r, struct bytes *entry)
{
	if (r->bad || reader_left(r) == 0)
		return false;
	uint16_t len = read_u16be(r);
	*entry = read_bytes(r, len);
	return !r->bad;
}
