/*
 * proof: C2SP tlog-proof files: an inclusion proof and the checkpoint it leads to, as text
 * that travels alone. The leaf is not in it: the verifier has the record.
 */
#ifndef PROVISO_LOG_PROOF_H
#define PROVISO_LOG_PROOF_H

#include "merkle.h"
#include "note.h"

enum { PROOF_MAX = NOTE_MAX + 8192 };

struct log_proof {
	uint64_t index;
	struct merkle_proof inclusion;
	struct bytes checkpoint; /* the signed note, verbatim */
};

struct bytes proof_format(struct arena *, const struct log_proof *);

/* The same into a buffer, and how long it is. */
size_t proof_length(const struct log_proof *);
void proof_put(struct buffer *, const struct log_proof *);

/* Errors are bad input naming the line: proof.header, proof.index, proof.hash, proof.too-long. */
bool proof_parse(struct arena *, struct bytes, struct log_proof *out, struct err *);

/*
 * True when `entry` is on the log of `authority`: signature, then path. Gives the
 * checkpoint. Errors: those of note.h and merkle.h.
 */
bool proof_verify(struct arena *, const struct log_proof *, struct bytes entry,
                  const struct public_key *authority, struct checkpoint *out, struct err *);

/*
 * The reply to a renewal, as it travels: deterministic CBOR [entry, proof file], for a lease
 * and a refusal alike (doc/protocol.md, "Renewal"). Only the envelope is checked here.
 * Errors are bad input: reply.too-large, reply.malformed.
 */
enum { REPLY_MAX = PROOF_MAX + 65535 + 16 };
struct bytes reply_format(struct arena *, struct bytes entry, struct bytes proof);
struct bytes reply_with_proof(struct arena *, struct bytes entry, const struct log_proof *);
bool reply_parse(struct bytes reply, struct bytes *entry, struct bytes *proof, struct err *);

#endif
