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
void memory_free(struct memory *);

struct state memory_state(struct memory *);

/* Carries out changes, in their order. They may lie anywhere but in the memory itself. */
void memory_change(struct memory *, const struct changes *);

/*
 * The leases of these systems will be asked for soon: brings them into the processor's cache, all
 * on their way at once.
 */
enum { MEMORY_EXPECTED = 8 };
void memory_expect(const struct memory *, const struct hash *const systems[], size_t count);

/* As store_digest. */
struct hash memory_digest(struct memory *);

#endif
