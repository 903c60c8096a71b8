/* kept_file: what an audit leaves, in FILE, and the key of its tag, in FILE.key (0600). */
#ifndef PROVISO_CLI_KEPT_FILE_H
#define PROVISO_CLI_KEPT_FILE_H

#include "authority/kept.h"
#include "cli.h"

struct kept_file {
	const char *path;
	uint8_t key[KEPT_KEY];
	struct audit_kept kept; /* that of FILE, or one that begins */
};

/* Errors: those of audit_kept_read(), naming the file; bad input, audit.state-key. */
bool kept_file_open(struct cli *, const char *path, struct kept_file *);
bool kept_file_save(struct cli *, const struct kept_file *);
void kept_file_close(struct kept_file *);

#endif
