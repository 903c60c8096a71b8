/*
 * file: whole small files, read with a limit and written atomically. I/O: for the rim.
 */
#ifndef PROVISO_BASE_FILE_H
#define PROVISO_BASE_FILE_H

#include <stdio.h>
#include <sys/types.h>

#include "bytes.h"
#include "err.h"

/* Reads all of a file of at most `limit` bytes; "-" is standard input. */
bool file_read(struct arena *, const char *path, size_t limit, struct bytes *out, struct err *);

/*
 * Puts a file in place whole or not at all: temporary file beside it, sync, rename,
 * sync of the directory. `mode` is exact, whatever the umask.
 */
bool file_write(const char *path, struct bytes, mode_t mode, struct err *);

/* As file_write, but fails when the path is already there. */
bool file_create(const char *path, struct bytes, mode_t mode, struct err *);

/* Makes a directory and what is missing above it; one that is there is no error. */
bool directory_make(const char *path, mode_t mode, struct err *);

/* Makes the names in a directory durable. */
bool directory_sync(const char *path, struct err *);

bool file_exists(const char *path);

/*
 * Files put in place together: each whole or not at all as file_write does, and those that last
 * durable when file_group_finish() returns true, in any order before. One that need not last is
 * there for all to read, and may be lost, or a part of it, when the machine falls. The folders
 * they are in are made. Waits for the disk once for many, not three times for each. {.arena = a} is
 * empty.
 */
enum { FILE_GROUP = 64 };

struct file_group {
	struct arena *arena;
	size_t count;
	struct file_staged {
		int fd;
		char *temporary;
		const char *path;
		bool lasts;
	} staged[FILE_GROUP];
};

bool file_group_add(struct file_group *, const char *path, struct bytes, mode_t mode, bool lasts,
                    struct err *);
bool file_group_finish(struct file_group *, struct err *);
void file_group_drop(struct file_group *); /* what is not in place yet */

void file_closep(FILE **);
void fd_closep(int *);

/* Locals that close themselves at the end of their scope. */
#define owned_file __attribute__((cleanup(file_closep))) FILE *
#define owned_fd   __attribute__((cleanup(fd_closep))) int

#endif
