/* A store's log as static files (C2SP tlog-tiles). */
#include "internal.h"
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "log/tile.h"

struct publishing {
	struct store *store;
	const char *directory;
	struct arena *arena;
	struct file_group files;
	uint64_t size;
	struct buffer bundle;
	uint64_t bundle_index;
	unsigned in_bundle;
	bool ok;
	struct err *err;
};

/* What was published before; false when nothing that can be read is there. */
static bool read_published(struct arena *arena, const char *path, struct bytes *bytes,
                           struct checkpoint *out)
{
	struct note *note = arena_alloc(arena, sizeof *note);
	struct err ignored;
	return file_read(arena, path, NOTE_MAX, bytes, &ignored) &&
	       note_parse(arena, *bytes, note, &ignored) &&
	       checkpoint_parse(arena, note->text, out, &ignored);
}

static bool put(struct publishing *p, const char *path, struct bytes bytes, bool lasts)
{
	const char *full = arena_printf(p->arena, "%s/%s", p->directory, path);
	return file_group_add(&p->files, full, bytes, 0644, lasts, p->err);
}

static bool put_bundle(struct publishing *p)
{
	char path[TILE_PATH_MAX];
	bundle_path(p->bundle_index, p->in_bundle, path);
	bool ok = put(p, path, buffer_view(&p->bundle), p->in_bundle == TILE_WIDTH);
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
			unsigned width = tile_width(level, index, p->size);
			struct bytes hashes;
			if (width == 0)
				break;
			if (!store_tile(p->store, level, index, width, &hashes, p->err))
				return false;
			if (hashes.len < (size_t)width * HASH_SIZE)
				return err_input(p->err, "store.format",
				                 "tile %llu of level %u is too short",
				                 (unsigned long long)index, level);
			tile_path(level, index, width, path);
			if (!put(p, path, bytes_of(hashes.at, (size_t)width * HASH_SIZE),
			         width == TILE_WIDTH))
				return false;
		}
	}
	return true;
}

static void drop_partials_of(struct publishing *p, const char *full_path)
{
	const char *folder = arena_printf(p->arena, "%s/%s.p", p->directory, full_path);
	DIR *all = opendir(folder);
	if (all == NULL)
		return;
	for (struct dirent *one; (one = readdir(all)) != NULL;)
		if (one->d_name[0] != '.')
			unlinkat(dirfd(all), one->d_name, 0);
	closedir(all);
	rmdir(folder);
}

/*
 * Partial tiles of one that is full now, and in place, are of no use any more; that they
 * stay, after a crash here, is no fault.
 */
static void drop_partials(struct publishing *p, uint64_t old_size)
{
	char path[TILE_PATH_MAX];
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		uint64_t was = old_size >> (8 * level);
		if (was % TILE_WIDTH == 0 ||
		    tile_width(level, was / TILE_WIDTH, p->size) < TILE_WIDTH)
			continue;
		tile_path(level, was / TILE_WIDTH, TILE_WIDTH, path);
		drop_partials_of(p, path);
		if (level == 0) {
			bundle_path(was / TILE_WIDTH, TILE_WIDTH, path);
			drop_partials_of(p, path);
		}
	}
}

/* One of the same size: the same tree signed again, by more or later. */
static bool replace_checkpoint(const char *path, const struct checkpoint *there,
                               const struct checkpoint *checkpoint, struct bytes old_note,
                               struct bytes note, struct err *e)
{
	if (!hash_equal(&there->root, &checkpoint->root) ||
	    strcmp(there->origin, checkpoint->origin) != 0)
		return err_refused(e, "store.published-other",
		                   "%s has another tree of %llu entries: a log has one history",
		                   path, (unsigned long long)there->size);
	return bytes_equal(old_note, note) || file_write(path, note, 0644, e);
}

/* One process at a time; -1 after filling the error. */
static int lock_directory(struct arena *arena, const char *directory, struct err *e)
{
	const char *path = arena_printf(arena, "%s/.lock", directory);
	owned_fd lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (lock < 0)
		err_errno(e, "cannot open %s", path);
	while (lock >= 0 && flock(lock, LOCK_EX) != 0)
		if (errno != EINTR) {
			err_errno(e, "cannot lock %s", path);
			return -1;
		}
	int out = lock;
	lock = -1;
	return out;
}

bool store_publish(struct store *s, const char *directory, struct bytes signed_checkpoint,
                   const struct checkpoint *checkpoint, struct err *e)
{
	owned_arena arena = {0};
	if (!file_exists(directory) && !directory_make(directory, 0755, e))
		return false;
	owned_fd lock = lock_directory(&arena, directory, e);
	if (lock < 0)
		return false;
	const char *path = arena_printf(&arena, "%s/checkpoint", directory);
	struct checkpoint there = {0};
	struct bytes note;
	if (read_published(&arena, path, &note, &there)) {
		if (there.size > checkpoint->size)
			return true;
		if (there.size == checkpoint->size)
			return replace_checkpoint(path, &there, checkpoint, note, signed_checkpoint,
			                          e);
	}
	struct publishing p = {
	    .store = s,
	    .directory = directory,
	    .arena = &arena,
	    .files = {.arena = &arena},
	    .size = checkpoint->size,
	    .bundle = {.arena = &arena},
	    .bundle_index = there.size / TILE_WIDTH,
	    .ok = true,
	    .err = e,
	};
	bool ok = put_tiles(&p, there.size) &&
	          store_entries(s, p.bundle_index * TILE_WIDTH, p.size, each_entry, &p, e) &&
	          p.ok && file_group_finish(&p.files, e) &&
	          file_write(path, signed_checkpoint, 0644, e);
	if (ok)
		drop_partials(&p, there.size);
	file_group_drop(&p.files);
	return ok;
}

/* --- Mending --------------------------------------------------------------------------- */

struct mending {
	struct store *store;
	const char *directory;
	struct arena *arena;
	struct file_group files;
	struct buffer bundle;
	size_t ends[TILE_WIDTH]; /* of the entries in it */
	unsigned in_bundle;
	struct err *err;
};

static bool mend_file(struct mending *m, const char *path, struct bytes bytes)
{
	owned_arena arena = {0};
	struct bytes there;
	struct err ignored;
	return (file_read(&arena, path, bytes.len, &there, &ignored) &&
	        bytes_equal(there, bytes)) ||
	       file_group_add(&m->files, path, bytes, 0644, true, m->err);
}

/* The beginning of a tile or bundle, up to its hash or entry number `width`. */
static struct bytes up_to(const struct mending *m, struct bytes hashes, unsigned width)
{
	return hashes.at != NULL ? bytes_of(hashes.at, (size_t)width * HASH_SIZE)
	                         : bytes_of(m->bundle.at, m->ends[width - 1]);
}

/* All partial ones of a tile or (no hashes) of the bundle: each is the beginning of the last. */
static bool mend_partials(struct mending *m, const char *last_path, struct bytes hashes,
                          unsigned width)
{
	const char *last = arena_printf(m->arena, "%s/%s", m->directory, last_path);
	char *folder = arena_copy(m->arena, last, (size_t)(strrchr(last, '/') - last));
	if (!directory_make(folder, 0755, m->err) || !mend_file(m, last, up_to(m, hashes, width)))
		return false;
	DIR *all = opendir(folder);
	bool ok = all != NULL || err_errno(m->err, "cannot read %s", folder);
	for (struct dirent *one; ok && (one = readdir(all)) != NULL;) {
		uint64_t number;
		if (decimal_parse(bytes_text(one->d_name), &number) && number > 0 && number < width)
			ok = mend_file(m, arena_printf(m->arena, "%s/%s", folder, one->d_name),
			               up_to(m, hashes, (unsigned)number));
	}
	if (all != NULL)
		closedir(all);
	return ok;
}

static bool mend_tiles(struct mending *m, uint64_t size)
{
	char path[TILE_PATH_MAX];
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		uint64_t index = (size >> (8 * level)) / TILE_WIDTH;
		unsigned width = tile_width(level, index, size);
		struct bytes hashes;
		if (width == 0)
			continue;
		if (!store_tile(m->store, level, index, width, &hashes, m->err))
			return false;
		if (hashes.len < (size_t)width * HASH_SIZE)
			return err_input(m->err, "store.format",
			                 "tile %llu of level %u is too short",
			                 (unsigned long long)index, level);
		tile_path(level, index, width, path);
		if (!mend_partials(m, path, hashes, width))
			return false;
	}
	return true;
}

static bool gather_entry(void *ctx, uint64_t index, struct bytes entry)
{
	struct mending *m = ctx;
	(void)index;
	bundle_add(&m->bundle, entry);
	m->ends[m->in_bundle++] = m->bundle.len;
	return true;
}

static bool mend_bundle(struct mending *m, uint64_t size)
{
	char path[TILE_PATH_MAX];
	unsigned width = (unsigned)(size % TILE_WIDTH);
	if (width == 0)
		return true;
	bundle_path(size / TILE_WIDTH, width, path);
	return store_entries(m->store, size - width, size, gather_entry, m, m->err) &&
	       mend_partials(m, path, (struct bytes){0}, width);
}

bool store_mend(struct store *s, const char *directory, const struct checkpoint *published,
                struct err *e)
{
	owned_arena arena = {0};
	struct mending m = {
	    .store = s,
	    .directory = directory,
	    .arena = &arena,
	    .files = {.arena = &arena},
	    .bundle = {.arena = &arena},
	    .err = e,
	};
	owned_fd lock = lock_directory(&arena, directory, e);
	if (lock < 0)
		return false;
	bool ok = mend_tiles(&m, published->size) && mend_bundle(&m, published->size) &&
	          file_group_finish(&m.files, e);
	file_group_drop(&m.files);
	return ok;
}
