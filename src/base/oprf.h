/*
 * oprf: a keyed function of a text that its keeper evaluates without seeing the text, whose
 * answers can be verified, and whose key can be shared so that only a quorum can evaluate.
 *
 * RFC 9497, mode VOPRF, suite ristretto255-SHA512, on libsodium's ristretto255. The key is shared
 * by Shamir's scheme over the order of the group: a partial evaluation is an evaluation under a
 * share, proven against that share's public element, and any `threshold` of them combine in the
 * exponent into the evaluation under the whole key, which nobody holds (vss.h). Randomness is
 * passed in.
 *
 * Elements and scalars are 32 bytes as RFC 9496 serialises them; one that is not canonical, or is
 * the identity, is refused (oprf.element, oprf.scalar: bad input). Pure, thread safe.
 */
#ifndef PROVISO_BASE_OPRF_H
#define PROVISO_BASE_OPRF_H

#include "bytes.h"
#include "err.h"

enum {
	OPRF_SIZE = 32,   /* an element or a scalar */
	OPRF_RANDOM = 64, /* uniform bytes that a scalar is drawn from */
	OPRF_OUTPUT = 64,
	OPRF_BATCH = 256, /* evaluations under one proof */
	OPRF_SHARES = 32,
};

struct oprf_element {
	uint8_t at[OPRF_SIZE];
};

struct oprf_scalar {
	uint8_t at[OPRF_SIZE];
};

/* That two pairs have one discrete logarithm: `challenge` and `response` of RFC 9497 section 2.2.
 */
struct oprf_proof {
	struct oprf_scalar challenge, response;
};

/* --- Keys ------------------------------------------------------------------------------ */

/* Section 3.2.1: the key that belongs to a seed of 32 bytes and a public text. */
bool oprf_derive_key(const uint8_t seed[OPRF_SIZE], struct bytes info, struct oprf_scalar *key,
                     struct err *);

struct oprf_scalar oprf_random_scalar(const uint8_t random[OPRF_RANDOM]);
struct oprf_element oprf_public(const struct oprf_scalar *key);

/* Errors: bad input, oprf.element, naming `what`. */
bool oprf_element_check(const struct oprf_element *, const char *what, struct err *);

/* --- The client: blinds, checks, finishes ---------------------------------------------------- */

/* `blind` is drawn anew for each input; blinded elements say nothing of their inputs. */
bool oprf_blind(struct bytes input, const struct oprf_scalar *blind, struct oprf_element *blinded,
                struct err *);

/* Checks that each evaluated[i] is blinded[i] under the key of `public`. Refused: oprf.proof. */
bool oprf_verify(const struct oprf_element *public, const struct oprf_element blinded[],
                 const struct oprf_element evaluated[], size_t count, const struct oprf_proof *,
                 struct err *);

/*
 * What share index[i] of `count` different ones counts for in the value at 0: the product of
 * x_k / (x_k - x_i) over the others (Lagrange).
 */
struct oprf_scalar oprf_weight(const uint8_t index[], size_t count, size_t i);

/*
 * The evaluation under the whole key from those under `count` different shares, each proven
 * before. Errors: oprf.shares (an index twice, or 0).
 */
bool oprf_combine(const uint8_t index[], const struct oprf_element evaluated[], size_t count,
                  struct oprf_element *out, struct err *);

/* Section 3.3.1: takes the blind off, and hashes. The output is the function's value. */
bool oprf_finalize(struct bytes input, const struct oprf_scalar *blind,
                   const struct oprf_element *evaluated, uint8_t output[OPRF_OUTPUT], struct err *);

/* --- The keeper of a key or a share ---------------------------------------------------------- */

/* Evaluates all, and proves it in one; count is 1 to OPRF_BATCH. */
bool oprf_evaluate(const struct oprf_scalar *key, const struct oprf_element blinded[], size_t count,
                   const uint8_t random[OPRF_RANDOM], struct oprf_element evaluated[],
                   struct oprf_proof *, struct err *);

#endif
