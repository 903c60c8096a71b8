#include <stdlib.h>

#include "log/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* A proof is taken apart and written the same, but for what is not authenticated; or refused. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	struct log_proof p;
	struct err e = {0};
	if (!proof_parse(&arena, bytes_of(at, len), &p, &e)) {
		if (e.kind != ERR_INPUT || e.rule == NULL)
			abort();
		return 0;
	}
	struct bytes again = proof_format(&arena, &p);
	/* Only a line "extra" can have been left out, behind the first line. */
	size_t tail = again.len - strlen("c2sp.org/tlog-proof@v1\n");
	if (again.len > len || memcmp(again.at + again.len - tail, at + len - tail, tail) != 0)
		abort();
	if (again.len < len && memcmp(at + strlen("c2sp.org/tlog-proof@v1\n"), "extra ", 6) != 0)
		abort();
	struct hash leaf = merkle_leaf(bytes_of(at, len)), root = {{1}};
	if (merkle_verify_inclusion(&leaf, p.index, p.index + 1 + len, p.inclusion.at,
	                            p.inclusion.count, &root, &e))
		abort();
	return 0;
}
