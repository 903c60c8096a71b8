/*
 * release: a record's confidential values as they are handed to a reader, with the proof that the
 * log says so.
 *
 * Deterministic CBOR ["proviso-release-1", reply, record, [disclosure ...]]: the reply is the
 * keeper's entry of kind `disclosure` with its proof, as a lease's (proof.h). So whoever is given
 * values can see, with the authority's key alone, that they were released, to whom and when; and
 * values without it were given past the log. What the keeper hands over without this file nobody
 * sees: doc/threat-model.md. Pure.
 */
#ifndef PROVISO_LOG_RELEASE_H
#define PROVISO_LOG_RELEASE_H

#include "proof.h"
#include "record/record.h"

enum { RELEASE_MAX = REPLY_MAX + 3 * RECORD_MAX };

struct release {
	struct record entry;  /* KIND_DISCLOSURE: record, fields, to whom */
	uint64_t index;       /* of it on the log */
	struct bytes note;    /* the checkpoint of its proof, for policy_open() */
	struct record record; /* with the values that were released */
};

/* True for what claims to be one. */
bool release_is_one(struct bytes file);

struct bytes release_format(struct arena *, struct bytes entry, struct bytes proof,
                            struct bytes record, struct bytes disclosures);

/*
 * Checks all of it. Errors: bad input, release.file; refused: release.not-on-the-log,
 * release.not-a-release (another entry, as of an erasure), release.other-record,
 * release.field (a value that the entry does not name), record.disclosure.
 */
bool release_open(struct arena *, struct bytes file, const struct public_key *authority,
                  struct release *out, struct err *);

#endif
