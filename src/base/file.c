#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void file_closep(FILE **f)
{
	if (*f != NULL)
		fclose(*f);
}

void fd_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool read_fd(struct arena *arena, int fd, const char *path, size_t limit, struct bytes *out,
                    struct err *e)
{
	struct buffer all = {.arena = arena};
	uint8_t part[8192];
	struct stat st;
	/* One room for all of it, where its size is known before; it may still grow meanwhile. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= limit) {
		all.room = (size_t)st.st_size;
		all.at = arena_alloc(arena, all.room);
	}
	for (;;) {
		ssize_t got = read(fd, part, sizeof part);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(e, "cannot read %s", path);
		if (got == 0)
			break;
		if ((size_t)got > limit - all.len)
			return err_input(e, "file.too-large", "%s is larger than %zu bytes", path,
			                 limit);
		buffer_bytes(&all, bytes_of(part, (size_t)got));
	}
	*out = buffer_view(&all);
	return true;
}

bool file_read(struct arena *arena, const char *path, size_t limit, struct bytes *out,
               struct err *e)
{
	if (strcmp(path, "-") == 0)
		return read_fd(arena, STDIN_FILENO, "standard input", limit, out, e);
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, "cannot open %s", path);
	return read_fd(arena, fd, path, limit, out, e);
}

static bool write_all(int fd, struct bytes b)
{
	while (b.len > 0) {
		ssize_t put = write(fd, b.at, b.len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		b = bytes_of(b.at + put, b.len - (size_t)put);
	}
	return true;
}

static bool sync_parent(struct arena *arena, const char *path, struct err *e)
{
	return directory_sync(dirname(arena_copy(arena, path, strlen(path))), e);
}

/* Writes a temporary file beside `path`, not synced yet; its fd, or -1. */
static int stage(struct arena *arena, const char *path, struct bytes b, mode_t mode,
                 char **temporary, struct err *e)
{
	*temporary = arena_printf(arena, "%s.XXXXXX", path);
	int fd = mkostemp(*temporary, O_CLOEXEC);
	if (fd < 0) {
		err_errno(e, "cannot create a file beside %s", path);
		return -1;
	}
	if (write_all(fd, b) && fchmod(fd, mode) == 0)
		return fd;
	err_errno(e, "cannot write %s", path);
	unlink(*temporary);
	close(fd);
	return -1;
}

static bool put(const char *path, struct bytes b, mode_t mode, bool replace, struct err *e)
{
	owned_arena arena = {0};
	char *temporary;
	owned_fd fd = stage(&arena, path, b, mode, &temporary, e);
	if (fd < 0)
		return false;
	if (fsync(fd) != 0) {
		err_errno(e, "cannot write %s", path);
		unlink(temporary);
		return false;
	}
	/* link() fails when the name is there, and so never replaces; rename() does. */
	int moved = replace ? rename(temporary, path) : link(temporary, path);
	if (moved != 0)
		err_errno(e, "cannot create %s", path);
	if (moved != 0 || !replace)
		unlink(temporary);
	return moved == 0 && sync_parent(&arena, path, e);
}

bool file_write(const char *path, struct bytes b, mode_t mode, struct err *e)
{
	return put(path, b, mode, true, e);
}

bool file_create(const char *path, struct bytes b, mode_t mode, struct err *e)
{
	return put(path, b, mode, false, e);
}

bool directory_make(const char *path, mode_t mode, struct err *e)
{
	owned_arena arena = {0};
	char *walk = arena_copy(&arena, path, strlen(path));
	for (char *slash = strchr(walk + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash != NULL)
			*slash = 0;
		if (mkdir(walk, mode) == 0) {
			if (!sync_parent(&arena, walk, e))
				return false;
		} else if (errno != EEXIST) {
			return err_errno(e, "cannot make the directory %s", walk);
		}
		if (slash == NULL)
			break;
		*slash = '/';
	}
	struct stat st;
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return err_environment(e, "%s is not a directory", path);
	return sync_parent(&arena, path, e);
}

bool directory_sync(const char *path, struct err *e)
{
	owned_fd fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		return err_errno(e, "cannot sync the directory %s", path);
	return true;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* --- Together ------------------------------------------------------------------------ */

static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? 0 : (size_t)(slash - path);
}

static bool is_beside(const char *a, const char *b)
{
	size_t len = folder_length(a);
	return len == folder_length(b) && memcmp(a, b, len) == 0;
}

/* The folder of what need not last need not either; those above it are for others too. */
static bool make_folder(struct arena *arena, char *folder, bool lasts, struct err *e)
{
	if (file_exists(folder))
		return true;
	if (lasts)
		return directory_make(folder, 0755, e);
	const char *above = dirname(arena_copy(arena, folder, strlen(folder)));
	return (file_exists(above) || directory_make(above, 0755, e)) &&
	       (mkdir(folder, 0755) == 0 || errno == EEXIST ||
	        err_errno(e, "cannot make the directory %s", folder));
}

bool file_group_add(struct file_group *g, const char *path, struct bytes b, mode_t mode, bool lasts,
                    struct err *e)
{
	if (g->count == FILE_GROUP && !file_group_finish(g, e))
		return false;
	owned_arena arena = {0};
	struct file_staged *staged = &g->staged[g->count];
	bool is_made = g->count > 0 && is_beside(path, staged[-1].path);
	char *folder = dirname(arena_copy(&arena, path, strlen(path)));
	if (!is_made && !make_folder(&arena, folder, lasts, e))
		return false;
	staged->path = path;
	staged->lasts = lasts;
	staged->fd = stage(g->arena, path, b, mode, &staged->temporary, e);
	if (staged->fd < 0)
		return false;
	g->count++;
	return true;
}

/* Once for all neighbours in one folder. */
static bool sync_folders(const struct file_group *g, struct err *e)
{
	owned_arena arena = {0};
	for (size_t i = 0; i < g->count; i++) {
		bool is_synced = !g->staged[i].lasts;
		for (size_t k = 0; k < i && !is_synced; k++)
			is_synced =
			    g->staged[k].lasts && is_beside(g->staged[i].path, g->staged[k].path);
		if (!is_synced && !sync_parent(&arena, g->staged[i].path, e))
			return false;
	}
	return true;
}

bool file_group_finish(struct file_group *g, struct err *e)
{
	/* The disk begins with all of them before it is waited for; that it fails is seen then. */
	for (size_t i = 0; i < g->count; i++)
		if (g->staged[i].lasts)
			sync_file_range(g->staged[i].fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	for (size_t i = 0; i < g->count; i++)
		if (g->staged[i].lasts && fsync(g->staged[i].fd) != 0)
			return err_errno(e, "cannot write %s", g->staged[i].path);
	for (size_t i = 0; i < g->count; i++)
		if (rename(g->staged[i].temporary, g->staged[i].path) != 0)
			return err_errno(e, "cannot create %s", g->staged[i].path);
	if (!sync_folders(g, e))
		return false;
	for (size_t i = 0; i < g->count; i++)
		close(g->staged[i].fd);
	g->count = 0;
	return true;
}

void file_group_drop(struct file_group *g)
{
	for (size_t i = 0; i < g->count; i++) {
		unlink(g->staged[i].temporary);
		close(g->staged[i].fd);
	}
	g->count = 0;
}
