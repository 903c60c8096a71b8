#include "tile.h"

#include <assert.h>
#include <stdio.h>

/* "x001/x234/067": groups of three digits, all but the last marked. */
static int put_index(char *to, size_t room, uint64_t index)
{
	unsigned groups[7];
	size_t   count = 0;
	do {
		groups[count++] = (unsigned)(index % 1000);
		index /= 1000;
	} while (index > 0);
	size_t len = 0;
	for (size_t i = count; i > 0; i--)
		len += (size_t)snprintf(to + len, room - len, i > 1 ? "x%03u/" : "%03u", groups[i - 1]);
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

struct hash tile_subtree(const struct hash at[], unsigned depth, unsigned index)
{
	assert(depth <= 8 && (index + 1) << depth <= TILE_WIDTH);
	struct hash work[TILE_WIDTH / 2];
	unsigned    count = 1U << depth;
	const struct hash *from = at + ((size_t)index << depth);
	if (depth == 0)
		return *from;
	for (unsigned i = 0; i < count / 2; i++)
		work[i] = merkle_node(&from[2 * i], &from[2 * i + 1]);
	for (count /= 2; count > 1; count /= 2)
		for (unsigned i = 0; i < count / 2; i++)
			work[i] = merkle_node(&work[2 * i], &work[2 * i + 1]);
	return work[0];
}

void tile_source_init(struct tile_source *s, struct tile_loader loader, uint64_t size)
{
	s->loader = loader;
	s->size = size;
	for (unsigned level = 0; level < TILE_LEVELS; level++)
		s->kept[level].loaded = false;
}

static bool load(struct tile_source *s, unsigned level, uint64_t index, struct err *e)
{
	unsigned     want = tile_width(level, index, s->size);
	struct bytes hashes;
	if (s->kept[level].loaded && s->kept[level].index == index && s->kept[level].width >= want)
		return true;
	s->kept[level].loaded = false;
	if (want == 0 || !s->loader.load(s->loader.ctx, level, index, want, &hashes, e))
		return want == 0 ? err_refused(e, "log.tile-short", "tile %llu of level %u is beyond a tree of %llu",
		                       (unsigned long long)index, level, (unsigned long long)s->size)
		                 : false;
	if (hashes.len < (size_t)want * HASH_SIZE || hashes.len > TILE_BYTES)
		return err_refused(e, "log.tile-short", "tile %llu of level %u has %zu bytes, %u wanted",
		    (unsigned long long)index, level, hashes.len, want * HASH_SIZE);
	memcpy(s->kept[level].at, hashes.at, (size_t)want * HASH_SIZE);
	s->kept[level].index = index;
	s->kept[level].width = want;
	s->kept[level].loaded = true;
	return true;
}

static bool source_hash(void *ctx, unsigned level, uint64_t index, struct hash *out, struct err *e)
{
	struct tile_source *s = ctx;
	unsigned            tile_level = level / 8, depth = level % 8;
	/* The tile's hash at which the subtree begins. */
	uint64_t first = index << depth;
	if (tile_level >= TILE_LEVELS || first >> depth != index)
		return err_refused(e, "log.tile-short", "there is no level %u", level);
	if (!load(s, tile_level, first / TILE_WIDTH, e))
		return false;
	unsigned within = (unsigned)(first % TILE_WIDTH);
	if (within + (1U << depth) > s->kept[tile_level].width)
		return err_refused(e, "log.tile-short", "subtree %llu of level %u is beyond a tree of %llu",
		    (unsigned long long)index, level, (unsigned long long)s->size);
	*out = tile_subtree(s->kept[tile_level].at, depth, within >> depth);
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
