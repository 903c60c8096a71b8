/*
 * crc32c: the Castagnoli checksum of the use log's entries, by the processor's instruction
 * where there is one, otherwise by a table. Finds accidents; forgeries are the tree's to find.
 */
#ifndef PROVISO_GATE_CRC32C_H
#define PROVISO_GATE_CRC32C_H

#include "base/bytes.h"

struct crc32c {
	bool by_processor;
	uint32_t table[256];
};

/* `portable` takes the table whatever the processor can do. */
void crc32c_start(struct crc32c *, bool portable);

/* The checksum of the bytes behind those whose checksum is `before`; 0 to begin. */
uint32_t crc32c(const struct crc32c *, uint32_t before, struct bytes);

#endif
