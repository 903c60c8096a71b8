/*
 * tags: what goes between those who want a subject's tag and the holders of the shared key.
 *
 * A tag is the first 16 bytes of a VOPRF (base/oprf.h) of the normalised selector. It is asked for
 * by a record, an admission or an inquiry, that holds blinded selectors; a holder answers
 * only what it is shown to be on the log, and proves its answer; a quorum of answers and the
 * blinds give the tags. Every message is a file of deterministic CBOR:
 *
 *     granted      [reply, record]                     reply: the request on the log, with its
 *                                                      proof (log/proof.h); record: of the key
 *     evaluation   ["proviso-evaluation-1", request's id, share's number,
 *                   [[element, challenge, response] ...]]
 *     blinds       ["proviso-blinds-1", request's id, [[selector, blind] ...]]     secret
 *     transcript   ["proviso-tags-1", granted, [evaluation ...], [[selector, blind] ...]]
 *
 * The transcript shows to anyone who trusts the authority's key what tags the selectors have.
 * doc/subject-tags.md says who learns what. Pure: randomness comes in.
 */
#ifndef PROVISO_TAGS_H
#define PROVISO_TAGS_H

#include "base/oprf.h"
#include "log/policy.h"
#include "log/proof.h"
#include "record/record.h"

enum {
	TAG_SIZE = 16,
	TAG_PROOF = 1 + 3 * OPRF_SIZE,                /* of one share */
	TAG_PROOFS_MAX = 1 + TAG_HOLDERS * TAG_PROOF, /* of one tag */
	GRANTED_MAX = REPLY_MAX + RECORD_MAX + 16,
	EVALUATION_MAX = 64 + TAG_BATCH * (3 * OPRF_SIZE + 16),
	TRANSCRIPT_MAX = GRANTED_MAX + TAG_HOLDERS * (EVALUATION_MAX + 8) + TAG_BATCH * 4096,
};

_Static_assert((int)TAG_HOLDERS == (int)OPRF_SHARES, "a share for each holder");
_Static_assert((int)TAG_BATCH <= (int)OPRF_BATCH, "as many as can be proven");
_Static_assert((int)HASH_SIZE == (int)OPRF_SIZE, "elements stand in fields of 32 bytes");

/* --- Selectors and blinds ----------------------------------------------------------------- */

struct tag_blind {
	const char *selector; /* normalised */
	struct oprf_scalar blind;
};

/* Errors: bad input, scope.selector. `random` is drawn anew for each. */
bool tag_blind(struct arena *, const char *selector, const uint8_t random[OPRF_RANDOM],
               struct tag_blind *out, struct hash *blinded, struct err *);

struct bytes blinds_format(struct arena *, const struct hash *request, const struct tag_blind[],
                           size_t count);
bool blinds_parse(struct arena *, struct bytes, struct hash *request, struct tag_blind **out,
                  size_t *count, struct err *);

/* --- The request, granted ------------------------------------------------------------------- */

struct bytes granted_format(struct arena *, struct bytes reply, struct bytes tags_record);

struct tags_request {
	struct record record; /* KIND_ADMISSION or KIND_INQUIRY */
	const struct hash *blinded;
	size_t count;
	struct record key; /* KIND_TAGS: the one the request names */
	struct bytes key_bytes;
};

/* Whom a granted request is made to: which authority's key must prove it. */
bool granted_origin(struct arena *, struct bytes, const char **origin, struct err *);

/*
 * Checks that the request is on the log of `authority`, and that the key's record is the one it
 * names. Errors: bad input, tags.file; refused, tags.not-a-request, tags.not-on-the-log,
 * tags.other-key.
 */
bool granted_open(struct arena *, struct bytes, const struct public_key *authority,
                  struct tags_request *out, struct err *);

/*
 * That the checkpoint under which the request is proven has the witnesses of a policy: so that
 * it is the log that everybody sees. For a holder, who looks at one branch alone. Errors: bad
 * input, tags.file; refused, tags.not-witnessed.
 */
bool granted_witnessed(struct arena *, struct bytes, const struct policy *, struct err *);

/* --- A holder -------------------------------------------------------------------------------- */

/* Which holder's a share is, from 1. Refused: tags.no-such-share. */
bool tags_share_index(const struct tags_body *, const struct oprf_scalar *share, uint8_t *out,
                      struct err *);

/* Evaluates and proves each. `random` is OPRF_RANDOM bytes for each of the request's count. */
bool tags_evaluate(struct arena *, const struct tags_request *, const struct oprf_scalar *share,
                   const uint8_t random[], struct bytes *evaluation, struct err *);

/* --- Tags ------------------------------------------------------------------------------------- */

struct tag {
	uint8_t at[TAG_SIZE];
	struct hash blinded;
	struct bytes proofs; /* count, then for each share: number, element, challenge, response */
};

/*
 * Checks every evaluation and makes the tags. `out` has room for the request's count. Errors: bad
 * input, tags.file, oprf.*; refused: tags.other-request (an evaluation of another request),
 * tags.no-such-share, tags.share-twice, tags.count, tags.too-few, oprf.proof (naming the holder),
 * tags.other-subject (a selector and blind that are not what was blinded).
 */
bool tags_combine(struct arena *, const struct tags_request *, const struct bytes evaluations[],
                  size_t evaluation_count, const struct tag_blind blinds[], size_t blind_count,
                  struct tag out[], struct err *);

/*
 * That the proofs kept beside a tag are of a quorum of the key's holders, for what was blinded.
 * (That the tag comes of it is known to whoever has selector and blind.) Errors as tags_combine().
 */
bool tag_proofs_verify(const struct tags_body *, const struct hash *blinded, struct bytes proofs,
                       struct err *);

struct bytes transcript_format(struct arena *, struct bytes granted,
                               const struct bytes evaluations[], size_t evaluation_count,
                               const struct tag_blind blinds[], size_t blind_count);

struct transcript {
	struct tags_request request;
	struct tag_blind *blinds; /* as many as the request has */
	struct tag *tags;
};

/* Checks all of it. Errors: those of granted_open() and tags_combine(). */
bool transcript_open(struct arena *, struct bytes, const struct public_key *authority,
                     struct transcript *out, struct err *);
/* As granted_origin(). */
bool transcript_origin(struct arena *, struct bytes, const char **origin, struct err *);

/* --- Protected persons --------------------------------------------------------------------------
 */

/*
 * A list for gates: "proviso-protected-1\n", 16 bytes of salt, then for each person the first 16
 * bytes of SHA-256("proviso-protected-1\n" || salt || tag), sorted, none twice. Who has it and no
 * tag can neither read nor try it: tags are evaluated by the quorum alone.
 */
enum { PROTECTED_MAX = 16 << 20, PROTECTED_SALT = 16 };

struct protected_list {
	struct bytes salt, members;
	size_t count;
};

struct bytes protected_make(struct arena *, const struct tag tags[], size_t count,
                            const uint8_t salt[PROTECTED_SALT]);
/* Errors: bad input, tags.protected-list. */
bool protected_parse(struct bytes, struct protected_list *out, struct err *);
bool protected_has(const struct protected_list *, const uint8_t tag[TAG_SIZE]);

#endif
