/*
 * confine: gives up what a service never needs, so that a fault in it is worth less to
 * whoever finds one.
 */
#ifndef PROVISO_SERVER_CONFINE_H
#define PROVISO_SERVER_CONFINE_H

#include "base/err.h"

/* From root to this user and its group; no effect for others than root, or NULL. */
bool confine_user(const char *name, struct err *);

/*
 * From here on, and for every thread made later: no new privileges; no writing, making or
 * removing of files anywhere but below `directory`, and no running of programs (Landlock,
 * where the kernel has it: *landlock says whether); no system call but those that serving
 * takes (seccomp): others fail with EPERM. `connects`: connections may be made as well.
 */
bool confine(const char *directory, bool connects, bool *landlock, struct err *);

#endif
