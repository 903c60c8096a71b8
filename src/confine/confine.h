/*
 * confine: gives up what a daemon never needs, so that a fault in it is worth less to whoever
 * finds one. What each of them keeps is a row of one table.
 */
#ifndef PROVISO_CONFINE_CONFINE_H
#define PROVISO_CONFINE_CONFINE_H

#include "base/err.h"

/*
 * From root to this user, with the groups that the user has and none of root's; no effect for
 * others than root, or NULL. Errors: usage (no such user); environment.
 */
bool confine_user(const char *name, struct err *);

enum confinement {
	/* Holds a device's key: opens no file, to read or to write, but below its directory (and
	 * the kernel's boot id), and makes no connection. */
	CONFINE_GATE,
	/* Serves: reads what its user may read, writes, makes and removes files below its
	 * directory alone, and answers connections that others make. */
	CONFINE_SERVICE,
	/* The same, and makes connections as well. */
	CONFINE_SERVICE_THAT_CONNECTS,
};

/*
 * From here on, for this thread and those made later: no new privileges; the files of the row
 * (Landlock, where the kernel has it: *landlock says whether); no program is run, no process
 * made, traced or signalled, and no system call made but those of the row (seccomp): such calls
 * fail with EPERM. Errors: environment.
 *
 * A build with AddressSanitizer looks for no leaks at the end of a process that is confined: that
 * takes another process. `--confined no` looks for them.
 */
bool confine(enum confinement, const char *directory, bool *landlock, struct err *);

#endif
