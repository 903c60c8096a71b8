#include "uselog.h"

#include <assert.h>
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "uselog_files.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* --- Segments ---------------------------------------------------------------------------- */

void uselog_drop_segment(struct uselog_segment *s)
{
	if (s->at != NULL)
		munmap(s->at, s->size);
	*s = (struct uselog_segment){0};
}

static bool map_segment(struct uselog *log, int fd, uint32_t number, size_t size,
                        struct uselog_segment *out)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return false;
	/* The first touch of each page costs more than a decision; where unknown it stays so. */
	(void)madvise(at, size, MADV_POPULATE_WRITE);
	*out = (struct uselog_segment){number, at, size, uselog_seed(&log->crc, log->id, number)};
	return true;
}

bool uselog_make_segment(struct uselog *log, uint32_t number, char *temporary,
                         struct uselog_segment *out)
{
	uint8_t header[USELOG_HEADER];
	owned_fd fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return false;
	uselog_header(&log->crc, header, log->id, number, log->segment_size);
	int failed = posix_fallocate(fd, 0, (off_t)log->segment_size);
	if (failed != 0)
		errno = failed;
	if (failed == 0 && pwrite(fd, header, sizeof header, 0) == (ssize_t)sizeof header &&
	    fsync(fd) == 0 && map_segment(log, fd, number, log->segment_size, out))
		return true;
	failed = errno;
	unlink(temporary);
	errno = failed;
	return false;
}

bool uselog_place_segment(struct uselog *log, struct arena *arena, const char *temporary,
                          struct uselog_segment *s)
{
	char *path;
	uselog_segment_path(arena, log->path, s->number, &path);
	if (rename(temporary, path) == 0)
		return true;
	unlink(temporary);
	uselog_drop_segment(s);
	return false;
}

/* With the lock held: the next segment now, because the spare is not there. */
static bool make_next(struct uselog *log)
{
	owned_arena arena = {0};
	struct uselog_segment s;
	char *temporary = arena_printf(&arena, "%s/new.XXXXXX", log->path);
	if (uselog_make_segment(log, log->now.number + 1, temporary, &s) &&
	    uselog_place_segment(log, &arena, temporary, &s) &&
	    directory_sync(log->path, &(struct err){0})) {
		log->spare = s;
		return true;
	}
	/* Anything but a broken disk may pass, and is tried again with the next use. */
	log->health = errno == EIO ? USELOG_DAMAGED : USELOG_FULL;
	return false;
}

/* --- Entries ----------------------------------------------------------------------------- */

uint64_t uselog_commit_any(struct uselog *log, size_t len)
{
	uint8_t *at = log->now.at + log->offset;
	size_t size = uselog_entry_size(len);
	assert(len > 0 && len <= USELOG_BODY_MAX && size <= log->now.size - log->offset);
	struct bytes body = bytes_of(at + USELOG_ENTRY_HEAD, len);
	memset(at + USELOG_ENTRY_HEAD + len, 0, size - USELOG_ENTRY_HEAD - len);
	uint32_t sum = htole32(uselog_checksum(&log->crc, log->now.seed, log->offset, body));
	memcpy(at + 4, &sum, sizeof sum);
	/* Stored last: from here on the entry is there, whatever becomes of this process. */
	uint32_t word = htole32((uint32_t)len | (~(uint32_t)len & 0xFFFF) << 16);
	__atomic_store_n((uint32_t *)(void *)at, word, __ATOMIC_RELEASE);
	uint64_t position = uselog_position(log->now.number, log->offset);
	log->offset += size;
	log->entries++;
	return position;
}

static bool roll_over(struct uselog *log)
{
	if (log->spare.number == 0 && !make_next(log))
		return false;
	uselog_commit_any(log, uselog_body_end(log->now.at + log->offset + USELOG_ENTRY_HEAD));
	uselog_drop_segment(&log->now);
	log->now = log->spare;
	log->spare = (struct uselog_segment){0};
	log->offset = USELOG_HEADER;
	return true;
}

uint8_t *uselog_room(struct uselog *log, size_t len)
{
	if (log->health == USELOG_DAMAGED)
		return NULL;
	if (log->now.size - log->offset < uselog_entry_size(len) + USELOG_END_SIZE &&
	    !roll_over(log))
		return NULL;
	log->health = USELOG_GOOD;
	return log->now.at + log->offset + USELOG_ENTRY_HEAD;
}

uint64_t uselog_commit(struct uselog *log, size_t len)
{
	uint64_t position = uselog_commit_any(log, len);
	log->content_end = uselog_position(log->now.number, log->offset);
	return position;
}

/* --- Opening ----------------------------------------------------------------------------- */

/* Files that a process was making when it died. */
static bool remove_unfinished_files(const char *path, struct err *e)
{
	DIR *dir = opendir(path);
	if (dir == NULL)
		return err_errno(e, "cannot open %s", path);
	bool good = true;
	for (struct dirent *entry; good && (entry = readdir(dir)) != NULL;)
		if (strncmp(entry->d_name, "new.", 4) == 0 &&
		    unlinkat(dirfd(dir), entry->d_name, 0) != 0)
			good = err_errno(e, "cannot remove %s/%s", path, entry->d_name);
	closedir(dir);
	return good;
}

static bool map_last(struct uselog *log, const struct uselog_scan *scan, struct err *e)
{
	owned_arena arena = {0};
	char *path;
	uselog_segment_path(&arena, log->path, scan->segment, &path);
	owned_fd fd = open(path, O_RDWR | O_CLOEXEC);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	if (size < 0)
		return err_errno(e, "cannot open %s", path);
	/* A copy may have holes, and a hole has no room on a full disk. */
	int failed = posix_fallocate(fd, 0, size);
	if (failed != 0) {
		errno = failed;
		return err_errno(e, "cannot take room for %s", path);
	}
	if (!map_segment(log, fd, scan->segment, (size_t)size, &log->now))
		return err_errno(e, "cannot map %s", path);
	log->offset = scan->offset;
	return true;
}

/* What the power or a death left behind the last entry is overwritten, and that is recorded. */
static bool cut_tail(struct uselog *log, const struct uselog_scan *scan, uint32_t last,
                     struct err *e)
{
	owned_arena arena = {0};
	for (uint32_t number = last; number > scan->segment; number--) {
		char *path;
		uselog_segment_path(&arena, log->path, number, &path);
		if (unlink(path) != 0)
			return err_errno(e, "cannot remove %s", path);
	}
	if (scan->tail == USELOG_TAIL_CLEAN)
		return true;
	memset(log->now.at + log->offset, 0, scan->tail_bytes);
	uint8_t *to = uselog_room(log, USELOG_BODY_MAX);
	if (to == NULL)
		return err_environment(e, "no room in %s to record a cut", log->path);
	uselog_commit(log, uselog_body_cut(to, scan->tail_bytes));
	log->cut_bytes += scan->tail_bytes;
	return true;
}

static bool make_first(struct uselog *log, struct err *e)
{
	if (!make_next(log)) {
		err_errno(e, "cannot make the first file of %s", log->path);
		if (log->health == USELOG_FULL)
			e->rule = "gate.use-log-full";
		return false;
	}
	log->now = log->spare;
	log->spare = (struct uselog_segment){0};
	log->offset = USELOG_HEADER;
	return true;
}

bool uselog_open(struct uselog *log, const char *path, const uint8_t id[USELOG_ID],
                 struct uselog_scan *scan, uint32_t last, size_t segment_size, size_t group_size,
                 pthread_mutex_t *lock, struct err *e)
{
	*log = (struct uselog){
	    .segment_size = segment_size,
	    .group_size = group_size,
	    .lock = lock,
	    .content_end = scan->content_end,
	    .entries = scan->entries,
	    .grouped = scan->grouped,
	    .cut_bytes = scan->cut_bytes,
	    .groups_from = 1, /* who knows what the last process left undone */
	    .tree = scan->tree,
	};
	scan->tree = (struct merkle_tree){0};
	pthread_mutex_init(&log->syncing, NULL);
	crc32c_start(&log->crc, false);
	memcpy(log->id, id, USELOG_ID);
	log->path = strdup(path);
	if (log->path == NULL)
		return err_environment(e, "no memory");
	if (!remove_unfinished_files(path, e))
		return false;
	if (scan->segment == 0)
		return make_first(log, e);
	return map_last(log, scan, e) && cut_tail(log, scan, last, e);
}

void uselog_look(struct uselog *log, struct uselog_scan *scan)
{
	*log = (struct uselog){
	    .segment_size = USELOG_SEGMENT_MIN,
	    .content_end = scan->content_end,
	    .entries = scan->entries,
	    .grouped = scan->grouped,
	    .cut_bytes = scan->cut_bytes,
	    .tree = scan->tree,
	};
	scan->tree = (struct merkle_tree){0};
}

uint64_t uselog_waiting(const struct uselog *log)
{
	if (log->content_end <= log->grouped)
		return 0;
	uint64_t files = (log->content_end >> 32) - (log->grouped >> 32);
	return files * log->segment_size + (uint32_t)log->content_end - (uint32_t)log->grouped;
}

void uselog_close(struct uselog *log)
{
	uselog_drop_segment(&log->now);
	uselog_drop_segment(&log->spare);
	merkle_tree_free(&log->tree);
	free(log->path);
	log->path = NULL;
}
