/* A store's log as static files (C2SP tlog-tiles). */
#include "internal.h"
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "log/tile.h"

struct publishing {
	struct store *store;
	const char   *directory;
	uint64_t      size;
	struct buffer bundle;
	uint64_t      bundle_index;
	unsigned      in_bundle;
	bool          ok;
	struct err   *err;
};

/* What was published before; false when nothing that can be read is there. */
static bool read_published(struct arena *arena, const char *path, struct bytes *bytes,
    struct checkpoint *out)
{
	struct note *note = arena_alloc(arena, sizeof *note);
	struct err   ignored;
	return file_read(arena, path, NOTE_MAX, bytes, &ignored) &&
	       note_parse(arena, *bytes, note, &ignored) &&
	       checkpoint_parse(arena, note->text, out, &ignored);
}

static bool put(struct publishing *p, const char *path, struct bytes bytes)
{
	owned_arena arena = {0};
	const char *full = arena_printf(&arena, "%s/%s", p->directory, path);
	char       *folder = arena_printf(&arena, "%s", full);
	*strrchr(folder, '/') = 0;
	return directory_make(folder, 0755, p->err) && file_write(full, bytes, 0644, p->err);
}

/* Partial tiles of a full one are of no use any more; that they stay would be no fault. */
static void drop_partials(struct publishing *p, const char *full_path)
{
	owned_arena arena = {0};
	const char *folder = arena_printf(&arena, "%s/%s.p", p->directory, full_path);
	if (!file_exists(folder))
		return;
	for (unsigned width = 1; width < TILE_WIDTH; width++)
		unlink(arena_printf(&arena, "%s/%u", folder, width));
	rmdir(folder);
}

static bool put_bundle(struct publishing *p)
{
	char path[TILE_PATH_MAX];
	bundle_path(p->bundle_index, p->in_bundle, path);
	bool ok = put(p, path, buffer_view(&p->bundle));
	if (ok && p->in_bundle == TILE_WIDTH)
		drop_partials(p, path);
	p->bundle.len = 0;
	p->in_bundle = 0;
	p->bundle_index++;
	return ok;
}

static bool each_entry(void *ctx, uint64_t index, struct bytes entry)
{
	struct publishing *p = ctx;
	bundle_add(&p->bundle, entry);
	p->in_bundle++;
	if (p->in_bundle == TILE_WIDTH || index + 1 == p->size)
		p->ok = put_bundle(p);
	return p->ok;
}

static bool put_tiles(struct publishing *p, uint64_t old_size)
{
	char path[TILE_PATH_MAX];
	for (unsigned level = 0; level < TILE_LEVELS && p->size >> (8 * level) > 0; level++) {
		uint64_t first = (old_size >> (8 * level)) / TILE_WIDTH;
		for (uint64_t index = first;; index++) {
			unsigned     width = tile_width(level, index, p->size);
			struct bytes hashes;
			if (width == 0)
				break;
			if (!store_tile(p->store, level, index, width, &hashes, p->err))
				return false;
			if (hashes.len < (size_t)width * HASH_SIZE)
				return err_input(p->err, "store.format", "tile %llu of level %u is too short",
				    (unsigned long long)index, level);
			tile_path(level, index, width, path);
			if (!put(p, path, bytes_of(hashes.at, (size_t)width * HASH_SIZE)))
				return false;
			if (width == TILE_WIDTH)
				drop_partials(p, path);
		}
	}
	return true;
}

/* One of the same size: the same tree signed again, by more or later. */
static bool replace_checkpoint(const char *path, const struct checkpoint *there,
    const struct checkpoint *checkpoint, struct bytes old_note, struct bytes note, struct err *e)
{
	if (!hash_equal(&there->root, &checkpoint->root) ||
	    strcmp(there->origin, checkpoint->origin) != 0)
		return err_refused(e, "store.published-other",
		    "%s has another tree of %llu entries: a log has one history", path,
		    (unsigned long long)there->size);
	return bytes_equal(old_note, note) || file_write(path, note, 0644, e);
}

bool store_publish(struct store *s, const char *directory, struct bytes signed_checkpoint,
    const struct checkpoint *checkpoint, struct err *e)
{
	owned_arena arena = {0};
	if (!directory_make(directory, 0755, e))
		return false;
	const char *lock_path = arena_printf(&arena, "%s/.lock", directory);
	owned_fd    lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	while (lock >= 0 && flock(lock, LOCK_EX) != 0)
		if (errno != EINTR)
			return err_errno(e, "cannot lock %s", lock_path);
	if (lock < 0)
		return err_errno(e, "cannot open %s", lock_path);

	const char       *path = arena_printf(&arena, "%s/checkpoint", directory);
	struct checkpoint there = {0};
	struct bytes      note;
	if (read_published(&arena, path, &note, &there)) {
		if (there.size > checkpoint->size)
			return true;
		if (there.size == checkpoint->size)
			return replace_checkpoint(path, &there, checkpoint, note, signed_checkpoint, e);
	}
	struct publishing p = {
	    .store = s,
	    .directory = directory,
	    .size = checkpoint->size,
	    .bundle = {.arena = &arena},
	    .bundle_index = there.size / TILE_WIDTH,
	    .ok = true,
	    .err = e,
	};
	return put_tiles(&p, there.size) &&
	       store_entries(s, p.bundle_index * TILE_WIDTH, p.size, each_entry, &p, e) && p.ok &&
	       file_write(path, signed_checkpoint, 0644, e);
}
