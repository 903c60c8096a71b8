/*
 * access: who may read the confidential values of which records. Everything else is on the
 * public log and anybody's to read.
 */
#ifndef PROVISO_AUTHORITY_ACCESS_H
#define PROVISO_AUTHORITY_ACCESS_H

#include "record/record.h"

/* A key's role, as what is asked of the state names it. */
const char *access_role_name(enum role);
enum role access_role(const char *name);

enum access { ACCESS_NONE, ACCESS_OWN, ACCESS_ALL }; /* own: what the same holder signed */

/* One row a role, one column a kind that has confidential values. */
enum access access_of(enum role, enum record_kind);

/* May the holder of a key in `role` read the values of a record signed by `signer`? */
bool access_allows(enum role, const char *holder, enum record_kind, const char *signer);

#endif
