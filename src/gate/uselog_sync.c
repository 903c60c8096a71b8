#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "uselog_files.h"

/* Everything before this is in the log; what follows does not concern this sync. */
struct snapshot {
	uint32_t segment;
	size_t offset;
	bool grows; /* something is there to be grouped */
};

static struct snapshot take_snapshot(struct uselog *log)
{
	pthread_mutex_lock(log->lock);
	struct snapshot s = {log->now.number, log->offset, log->content_end > log->grouped};
	pthread_mutex_unlock(log->lock);
	return s;
}

/* After a failed sync the kernel may call pages clean that are not: there is no second try. */
static bool disk_failed(struct uselog *log, const char *path, struct err *e)
{
	err_errno(e, "cannot make %s durable; the use log is closed", path);
	e->rule = "gate.use-log-damaged";
	pthread_mutex_lock(log->lock);
	log->health = USELOG_DAMAGED;
	pthread_mutex_unlock(log->lock);
	return false;
}

static bool add_group(struct uselog *log, uint64_t start, uint64_t end, const struct hash *leaf,
                      struct err *e)
{
	bool good = false;
	pthread_mutex_lock(log->lock);
	uint8_t *to = uselog_room(log, 64);
	if (to == NULL) {
		err_environment(e, "no room in %s", log->path);
		e->rule = log->health == USELOG_FULL ? "gate.use-log-full" : "gate.use-log-damaged";
	} else if (!merkle_tree_append(&log->tree, leaf)) {
		err_environment(e, "no memory for the use log's tree");
	} else {
		uselog_commit_any(log,
		                  uselog_body_group(to, log->tree.edge.size - 1, start, end, leaf));
		log->grouped = end;
		if (log->groups_from == 0)
			log->groups_from = log->now.number;
		good = true;
	}
	pthread_mutex_unlock(log->lock);
	return good;
}

static size_t entry_end(struct bytes segment, size_t offset)
{
	uint32_t word;
	memcpy(&word, segment.at + offset, sizeof word);
	return offset + uselog_entry_size(le32toh(word) & 0xFFFF);
}

/* Groups of whole entries, each as large as the bound lets it be, up to `to`. */
static bool group_segment(struct uselog *log, struct bytes segment, uint32_t number, size_t to,
                          bool to_its_end, struct err *e)
{
	size_t from = (uint32_t)log->grouped;
	while (from < to && to > USELOG_HEADER) {
		size_t end = from < USELOG_HEADER ? USELOG_HEADER : from;
		do
			end = entry_end(segment, end);
		while (end < to && entry_end(segment, end) - from <= log->group_size);
		assert(end <= to);
		uint64_t behind = uselog_position(number, end);
		if (end == to && to_its_end) {
			end = segment.len;
			behind = uselog_position(number + 1, 0);
		}
		struct hash leaf = merkle_leaf(bytes_of(segment.at + from, end - from));
		if (!add_group(log, uselog_position(number, from), behind, &leaf, e))
			return false;
		from = end;
	}
	return true;
}

/* The offset behind END, which is the last entry. */
static size_t find_end(struct bytes segment, size_t from)
{
	for (size_t at = from < USELOG_HEADER ? USELOG_HEADER : from;;) {
		if (segment.at[at + USELOG_ENTRY_HEAD] == PROVISO_ENTRY_END)
			return entry_end(segment, at);
		at = entry_end(segment, at);
	}
}

static bool sync_segment(struct uselog *log, uint32_t number, const struct snapshot *s,
                         struct err *e)
{
	owned_arena arena = {0};
	char *path;
	struct stat st;
	uselog_segment_path(&arena, log->path, number, &path);
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(e, "cannot open %s", path);
	if (fdatasync(fd) != 0)
		return disk_failed(log, path, e);
	size_t size = (size_t)st.st_size;
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return err_errno(e, "cannot map %s", path);
	struct bytes segment = bytes_of(at, size);
	bool ended = number < s->segment;
	size_t to = ended ? find_end(segment, (uint32_t)log->grouped) : s->offset;
	bool good = group_segment(log, segment, number, to, ended, e);
	munmap(at, size);
	return good;
}

static bool sync_groups(struct uselog *log, struct err *e)
{
	owned_arena arena = {0};
	char *path;
	pthread_mutex_lock(log->lock);
	uint32_t from = log->groups_from, to = log->now.number;
	pthread_mutex_unlock(log->lock);
	for (uint32_t n = from; from > 0 && n <= to; n++) {
		uselog_segment_path(&arena, log->path, n, &path);
		owned_fd fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return err_errno(e, "cannot open %s", path);
		if (fdatasync(fd) != 0)
			return disk_failed(log, path, e);
	}
	pthread_mutex_lock(log->lock);
	log->groups_from = 0;
	pthread_mutex_unlock(log->lock);
	return true;
}

/* The next segment, before it is needed and outside the lock. A full disk shows in time. */
static void make_spare(struct uselog *log)
{
	owned_arena arena = {0};
	struct uselog_segment s;
	char *temporary = arena_printf(&arena, "%s/new.XXXXXX", log->path);
	pthread_mutex_lock(log->lock);
	uint32_t number = log->now.number;
	bool wanted = log->spare.number == 0 && log->offset > log->now.size / 2;
	pthread_mutex_unlock(log->lock);
	if (!wanted || !uselog_make_segment(log, number + 1, temporary, &s))
		return;
	pthread_mutex_lock(log->lock);
	bool still = log->spare.number == 0 && log->now.number == number;
	if (still && uselog_place_segment(log, &arena, temporary, &s))
		log->spare = s;
	pthread_mutex_unlock(log->lock);
	if (!still) {
		uselog_drop_segment(&s);
		unlink(temporary);
	}
	(void)directory_sync(log->path, &(struct err){0});
}

static bool sync_all(struct uselog *log, bool groups_too, struct err *e)
{
	struct snapshot s = take_snapshot(log);
	if (s.grows)
		for (uint32_t n = (uint32_t)(log->grouped >> 32); n <= s.segment; n++)
			if (!sync_segment(log, n, &s, e))
				return false;
	if (groups_too && !sync_groups(log, e))
		return false;
	make_spare(log);
	return true;
}

bool uselog_sync(struct uselog *log, bool groups_too, struct err *e)
{
	pthread_mutex_lock(&log->syncing);
	pthread_mutex_lock(log->lock);
	bool closed = log->health == USELOG_DAMAGED;
	pthread_mutex_unlock(log->lock);
	bool good = !closed && sync_all(log, groups_too, e);
	if (closed) {
		err_environment(e, "a write to %s has failed before", log->path);
		e->rule = "gate.use-log-damaged";
	}
	pthread_mutex_unlock(&log->syncing);
	return good;
}
