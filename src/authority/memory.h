/*
 * memory: a state in memory, for replay: found by hash, walked in the order of keys.
 * Internal to the authority.
 */
#ifndef PROVISO_AUTHORITY_MEMORY_H
#define PROVISO_AUTHORITY_MEMORY_H

#include "base/hash.h"
#include "state.h"

struct memory;

/* NULL when memory runs out. */
struct memory *memory_new(void);
void           memory_free(struct memory *);

struct state memory_state(struct memory *);

/* Carries out changes, in their order. They may lie anywhere but in the memory itself. */
void memory_change(struct memory *, const struct changes *);

/* As store_digest. */
struct hash memory_digest(struct memory *);

#endif
