/* internal: what the files of the store share and nobody else sees. */
#ifndef PROVISO_STORE_INTERNAL_H
#define PROVISO_STORE_INTERNAL_H

#include "store.h"

/* The hashes of a tile, `width` at least; good until the next call. */
bool store_tile(struct store *, unsigned level, uint64_t index, unsigned width, struct bytes *out,
                struct err *);

#endif
