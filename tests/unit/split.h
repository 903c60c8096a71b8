/* A key of tags as one dealer would share it: no product code ever has a whole key. */
#ifndef PROVISO_TEST_SPLIT_H
#define PROVISO_TEST_SPLIT_H

#include "base/vss.h"

struct key_share {
	uint8_t index;
	struct oprf_scalar key;
};

/* `random` is OPRF_RANDOM * (threshold - 1) bytes. */
__attribute__((unused)) static void split_key(const struct oprf_scalar *key, unsigned threshold,
                                              unsigned count, const uint8_t random[],
                                              struct key_share shares[])
{
	struct vss_polynomial p = {threshold, {*key}};
	for (unsigned i = 1; i < threshold; i++)
		p.at[i] = oprf_random_scalar(random + (size_t)OPRF_RANDOM * (i - 1));
	for (unsigned i = 0; i < count; i++)
		shares[i] = (struct key_share){(uint8_t)(i + 1), vss_share(&p, (uint8_t)(i + 1))};
}

#endif
