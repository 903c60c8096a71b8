/*
 * session_table: who has signed in. In memory alone, and bounded: where room runs out, whoever has
 * been idle longest must sign in again. A token is known by its hash only. Thread safe; times are
 * seconds of a clock that does not go back.
 */
#ifndef PROVISO_SERVER_SESSION_TABLE_H
#define PROVISO_SERVER_SESSION_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"

struct session_table;

/* A session ends `idle` seconds after it was used last, and `most` after it began. NULL: no memory.
 */
struct session_table *session_table_new(int64_t idle, int64_t most);
void session_table_free(struct session_table *);

void session_table_begin(struct session_table *, struct bytes token, const struct hash *kid,
                         int64_t now);

/*
 * Whose it is, and when it ends at the latest; false where there is none, or none any more.
 * `is_use`: it was used, and is not idle.
 */
bool session_table_find(struct session_table *, struct bytes token, bool is_use, int64_t now,
                        struct hash *kid, int64_t *ends);

void session_table_end(struct session_table *, struct bytes token);

#endif
