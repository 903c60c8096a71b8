/*
 * recent: entries of the state that every lease reads and writes, of the systems that asked lately,
 * as the store has them: so that a lease reads nothing there. In memory alone; what is forgotten is
 * read again. The rim's.
 */
#ifndef PROVISO_AUTHORITY_RECENT_H
#define PROVISO_AUTHORITY_RECENT_H

#include "base/bytes.h"
#include "base/err.h"

enum { RECENT_MAX = 1 << 19 }; /* two for a system; then all are forgotten */

/* {0} is empty. */
struct recent {
	struct recent_slot {
		uint64_t hash;
		uint8_t *at; /* key, then value; NULL: free */
		uint32_t key_len, len, room;
	} * slots;
	size_t room, count; /* room: a power of two */
	uint64_t version;   /* of the store, as store_version() tells it */
};

/* Whether an entry is of those that are kept here. */
bool recent_keeps(struct bytes key);

/* False when it is not here. The value is good until it is put again or all is forgotten. */
bool recent_get(const struct recent *, struct bytes key, struct bytes *value);

/*
 * Entries that will soon be asked for: brings those that are here into the processor's cache, all
 * on their way at once.
 */
enum { RECENT_EXPECTED = 8 };
void recent_expect(const struct recent *, const struct bytes keys[], size_t count);

void recent_put(struct recent *, struct bytes key, struct bytes value);

void recent_forget(struct recent *);

#endif
