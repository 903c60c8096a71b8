/*
 * receipt: that an entry is on the log, for those who speak COSE: a COSE receipt of the
 * profile for RFC 9162 trees (COSE Receipts, RFC 9942), and the transparent statement of SCITT
 * (RFC 9943) that carries one. A gate asks for a proof under a checkpoint instead (proof.h): a
 * receipt signs the bare root and no witness has seen it.
 *
 *     18([ <<{1: alg, 4: kid, 15: {1: origin}, 395: 1}>>,
 *          {396: {-1: [ <<[tree size, leaf index, [hash, ...]]>> ]}},
 *          null,                              the root: recomputed from the proof
 *          signature ])
 *
 * Signed by the authority's key. What else that key signs can't be taken for a receipt nor
 * a receipt for it: checkpoints are text and no CBOR, records have another protected header.
 * Deterministic CBOR throughout, and so a receipt has one encoding. A tree of one leaf has no
 * receipt (its path is empty, which the profile forbids).
 */
#ifndef PROVISO_LOG_RECEIPT_H
#define PROVISO_LOG_RECEIPT_H

#include "base/key.h"
#include "merkle.h"

enum { RECEIPT_MAX = 8192 };

struct receipt {
	const char *origin;
	uint64_t index, size;
	struct merkle_proof inclusion;
};

/* Signs `root`, of `r->size` entries, which the proof must lead to (not checked here). */
bool receipt_sign(struct arena *, const struct receipt *r, const struct hash *root,
                  const struct secret_key *, struct bytes *out, struct err *);

/*
 * True when `entry` is on the log of `authority` by this receipt. The signature is over the
 * bare root, so `out->size` is what the receipt says and no more: another size with a path of
 * the same shape passes too. Errors: bad input
 * receipt.malformed, receipt.too-long; refused receipt.origin, log.proof-*, cose.*.
 */
bool receipt_verify(struct arena *, struct bytes receipt, struct bytes entry,
                    const struct public_key *authority, struct receipt *out, struct err *);

/*
 * A signed record with its receipt in the unprotected header (394), and the two apart again.
 * Errors are bad input: receipt.statement.
 */
bool statement_join(struct arena *, struct bytes record, struct bytes receipt, struct bytes *out,
                    struct err *);
bool statement_split(struct arena *, struct bytes statement, struct bytes *record,
                     struct bytes *receipt, struct err *);

/* Whether bytes begin as a transparent statement does, and not as a record. */
bool statement_is(struct bytes);

#endif
