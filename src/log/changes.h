/*
 * changes: what an authority tells those who follow its log when the rules of following it change:
 * key records with their approvals, each shown to be on the log, under one checkpoint. As it
 * travels it is deterministic CBOR,
 *
 *     [checkpoint, [* [index, [+ record], [* hash]]]]
 *
 * the checkpoint a signed note; of each change its records in the order of the log, of which the
 * last is entry `index`, and the path from there to the root. Who may say what is for who reads
 * it. Pure. doc/protocol.md, "Following a log".
 */
#ifndef PROVISO_LOG_CHANGES_H
#define PROVISO_LOG_CHANGES_H

#include "merkle.h"

enum { CHANGE_RECORDS = 32, CHANGES_MAX = 65536 };

struct log_change {
	uint64_t index;
	struct bytes records[CHANGE_RECORDS];
	size_t count; /* one at least */
	struct merkle_proof inclusion;
};

struct log_changes {
	struct bytes checkpoint;
	struct log_change *at;
	size_t count;
};

struct bytes changes_format(struct arena *, const struct log_changes *);

/* Errors are bad input: changes.malformed, changes.too-large. */
bool changes_parse(struct arena *, struct bytes, struct log_changes *out, struct err *);

/*
 * An answer with changes beside it: [answer, changes], both byte strings, so that no reply is
 * taken for one. An answer without is as it is.
 */
struct bytes changes_beside(struct arena *, struct bytes answer, struct bytes changes);
void changes_apart(struct bytes both, struct bytes *answer, struct bytes *changes);

#endif
