#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/file.h"
#include "uselog_files.h"

void uselog_segment_path(struct arena *arena, const char *folder, uint32_t number, char **out)
{
	*out = arena_printf(arena, "%s/%08u.uses", folder, number);
}

/* "00000012.uses" is 12; anything else 0. */
static uint32_t segment_number(const char *name)
{
	char again[32];
	unsigned number = (unsigned)strtoul(name, NULL, 10);
	snprintf(again, sizeof again, "%08u.uses", number);
	return strcmp(again, name) == 0 ? number : 0;
}

static bool map_file(const char *path, struct bytes *out, struct err *e)
{
	*out = (struct bytes){0};
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return true;
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(e, "cannot open %s", path);
	if (st.st_size < USELOG_HEADER || st.st_size > USELOG_SEGMENT_MAX)
		return err_refused(e, "gate.use-log-damaged", "%s is %lld bytes long", path,
		                   (long long)st.st_size);
	void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return err_errno(e, "cannot map %s", path);
	*out = bytes_of(at, (size_t)st.st_size);
	return true;
}

static void unmap(struct bytes *map)
{
	if (map->at != NULL)
		munmap((void *)(uintptr_t)map->at, map->len);
	*map = (struct bytes){0};
}

static bool folder_segment(void *ctx, uint32_t number, struct bytes *out, struct err *e)
{
	struct uselog_folder *f = ctx;
	for (size_t i = 0; i < 2; i++)
		if (f->mapped[i].number == number && f->mapped[i].map.at != NULL) {
			*out = f->mapped[i].map;
			f->next = 1 - (unsigned)i;
			return true;
		}
	owned_arena arena = {0};
	char *path;
	unsigned slot = f->next;
	uselog_segment_path(&arena, f->path, number, &path);
	unmap(&f->mapped[slot].map);
	f->mapped[slot].number = number;
	if (!map_file(path, &f->mapped[slot].map, e))
		return false;
	*out = f->mapped[slot].map;
	f->next = 1 - slot;
	return true;
}

bool uselog_folder_open(struct uselog_folder *f, const char *path, struct uselog_source *out,
                        struct err *e)
{
	*f = (struct uselog_folder){.path = path};
	*out = (struct uselog_source){.ctx = f, .segment = folder_segment};
	DIR *dir = opendir(path);
	if (dir == NULL)
		return err_errno(e, "cannot open %s", path);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		uint32_t number = segment_number(entry->d_name);
		if (number > out->last)
			out->last = number;
	}
	closedir(dir);
	return true;
}

void uselog_folder_close(struct uselog_folder *f)
{
	unmap(&f->mapped[0].map);
	unmap(&f->mapped[1].map);
}
