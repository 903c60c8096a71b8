/*
 * confine: gives up what the process that holds the key never needs.
 */
#ifndef PROVISO_GATED_CONFINE_H
#define PROVISO_GATED_CONFINE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* From root to this user and its groups; nothing for others than root. */
bool confine_user(const char *name, struct err *);

/*
 * From here on, for this thread and those made later: no new privileges; no file is opened but
 * below `directory` (and the kernel's boot id), to read or to write (Landlock, where the kernel
 * has it: *landlock says whether); no connection is made, no program run, no process made or
 * signalled (seccomp): such calls fail with EPERM.
 */
bool confine(const char *directory, bool *landlock, struct err *);

#endif
