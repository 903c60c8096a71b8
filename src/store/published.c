/* A published log, read back from a folder: anyone's tlog-tiles, not only ours. */
#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"
#include "log/tile.h"

struct published {
	struct arena arena, tile, bundle; /* the last two hold one each */
	const char *directory;
	const char *path; /* of the file read last, in the arena that holds it */
	struct bytes checkpoint;
	struct tile_source tiles;
};

/* Bundles may come compressed without asking (tlog-tiles); bounded before it is inflated. */
static bool inflate_all(struct arena *arena, struct bytes in, struct bytes *out, const char *path,
                        struct err *e)
{
	z_stream z = {0};
	uint8_t *room = arena_alloc(arena, BUNDLE_MAX);
	union {
		const uint8_t *in;
		Bytef *out;
	} next = {in.at};
	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return err_environment(e, "out of memory");
	z.next_in = next.out;
	z.avail_in = (uInt)in.len;
	z.next_out = room;
	z.avail_out = BUNDLE_MAX;
	int code = inflate(&z, Z_FINISH);
	*out = bytes_of(room, BUNDLE_MAX - z.avail_out);
	bool all = code == Z_STREAM_END && z.avail_in == 0;
	inflateEnd(&z);
	return all ||
	       err_input(e, "log.bundle", "%s is not whole, or larger than a bundle can be", path);
}

/* Some server's tile file; the full one where the partial one is gone, even meanwhile. */
static bool read_tile(struct published *p, struct arena *arena, const char *partial,
                      const char *full, size_t limit, struct bytes *out, struct err *e)
{
	arena_free(arena);
	p->path = arena_printf(arena, "%s/%s", p->directory, partial);
	if (file_read(arena, p->path, limit, out, e))
		return true;
	if (file_exists(p->path))
		return false;
	p->path = arena_printf(arena, "%s/%s", p->directory, full);
	if (access(p->path, F_OK) != 0 && errno == ENOENT)
		return err_refused(e, "log.missing",
		                   "%s is not there, and the checkpoint signs what is in it",
		                   partial);
	return file_read(arena, p->path, limit, out, e);
}

static unsigned count_entries(struct bytes bundle)
{
	struct reader r = reader_of(bundle);
	struct bytes entry;
	unsigned count = 0;
	while (bundle_next(&r, &entry))
		count++;
	return r.bad ? 0 : count;
}

/* A bundle of `width` entries, or of all where the full one stands in. */
static bool read_bundle(struct published *p, uint64_t index, unsigned width, struct bytes *out,
                        struct err *e)
{
	char partial[TILE_PATH_MAX], full[TILE_PATH_MAX];
	bundle_path(index, width, partial);
	bundle_path(index, TILE_WIDTH, full);
	if (!read_tile(p, &p->bundle, partial, full, BUNDLE_MAX, out, e))
		return false;
	unsigned count = count_entries(*out);
	/* The head of gzip is also that of a bundle whose first entry has 8,075 bytes. */
	if (count == 0 && out->len > 2 && out->at[0] == 0x1F && out->at[1] == 0x8B) {
		if (!inflate_all(&p->bundle, *out, out, p->path, e))
			return false;
		count = count_entries(*out);
	}
	if (count == width || count == TILE_WIDTH)
		return true;
	return err_refused(e, "log.bundle", "%s is not a bundle of %u entries", p->path, width);
}

static bool load(void *ctx, unsigned level, uint64_t index, unsigned width, struct bytes *out,
                 struct err *e)
{
	char partial[TILE_PATH_MAX], full[TILE_PATH_MAX];
	tile_path(level, index, width, partial);
	tile_path(level, index, TILE_WIDTH, full);
	struct published *p = ctx;
	return read_tile(p, &p->tile, partial, full, TILE_BYTES, out, e);
}

struct published *published_open(const char *directory, struct err *e)
{
	struct published *p = calloc(1, sizeof *p);
	if (p == NULL) {
		err_environment(e, "out of memory");
		return NULL;
	}
	p->directory = arena_printf(&p->arena, "%s", directory);
	if (!file_read(&p->arena, arena_printf(&p->arena, "%s/checkpoint", directory), NOTE_MAX,
	               &p->checkpoint, e)) {
		published_close(p);
		return NULL;
	}
	return p;
}

void published_close(struct published *p)
{
	if (p == NULL)
		return;
	arena_free(&p->arena);
	arena_free(&p->tile);
	arena_free(&p->bundle);
	free(p);
}

struct bytes published_checkpoint(struct published *p)
{
	return p->checkpoint;
}

struct merkle_source published_merkle(struct published *p, uint64_t size)
{
	tile_source_init(&p->tiles, (struct tile_loader){p, load}, size);
	return tile_source_as_merkle(&p->tiles);
}

bool published_entries(struct published *p, uint64_t from, uint64_t to,
                       bool (*each)(void *ctx, uint64_t index, struct bytes entry), void *ctx,
                       struct err *e)
{
	for (uint64_t bundle = from / TILE_WIDTH; bundle * TILE_WIDTH < to; bundle++) {
		unsigned width = tile_width(0, bundle, to);
		struct bytes bytes, entry;
		if (!read_bundle(p, bundle, width, &bytes, e))
			return false;
		struct reader r = reader_of(bytes);
		uint64_t index = bundle * TILE_WIDTH, end = index + width;
		for (; index < end && bundle_next(&r, &entry); index++)
			if (index >= from && !each(ctx, index, entry))
				return true;
	}
	return true;
}
