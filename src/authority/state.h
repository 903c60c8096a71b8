/*
 * state: what the log adds up to, as apply() reads and changes it.
 *
 * An ordered map from bytes to bytes behind a small interface, so that the same rules run
 * on SQLite, on memory for replay, and on a table in a test. Keys and values are described
 * beside the functions that read them (state.c); doc/protocol.md has the table of keys.
 */
#ifndef PROVISO_AUTHORITY_STATE_H
#define PROVISO_AUTHORITY_STATE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct state {
	void *ctx;
	/*
	 * As store_get and store_scan. A value lies in the arena, or in the state itself, where it
	 * stays until that changes.
	 */
	bool (*get)(void *ctx, struct bytes key, struct arena *, struct bytes *value, struct err *);
	bool (*scan)(void *ctx, struct bytes prefix, struct bytes after,
	             bool (*each)(void *ctx, struct bytes key, struct bytes value), void *each_ctx,
	             struct err *);
	struct scope_known *known; /* scopes in leases; may be NULL */
};

/* What a record changes, in the arena of the request. A later change of a key wins. */
struct change {
	struct bytes key, value; /* value.at == NULL: the key goes */
	struct change *next;
};

struct changes {
	struct arena *arena;
	struct change *first, **last;
};

/* The state with changes laid over it, for records applied one after another in a batch. */
struct state state_over(struct arena *, const struct state *below, const struct changes *above);

/* Of each key that such a state changes the last change, in no order; gives how many. */
size_t state_changed(const struct state *over, struct arena *, const struct change ***out);

#endif
