/*
 * vss: a scalar shared so that whoever gets a share can see that it is one.
 *
 * Feldman's verifiable secret sharing ("A practical scheme for non-interactive verifiable secret
 * sharing", 1987) on ristretto255: the dealer draws a polynomial whose value at 0 is the secret,
 * publishes each coefficient in the exponent, and gives share i the value at i; what is published
 * says what every share's public element must be. A dealer shows besides that he knows the secret
 * (Schnorr's proof, as Komlo and Goldberg, "FROST", 2020, figure 1, demand), so that nobody deals
 * in terms of what others dealt. Elements and scalars as in oprf.h. Pure, thread safe.
 */
#ifndef PROVISO_BASE_VSS_H
#define PROVISO_BASE_VSS_H

#include "oprf.h"

/* at[0] is the secret; as many coefficients as shares it takes. Secret: wipe it. */
struct vss_polynomial {
	unsigned threshold;
	struct oprf_scalar at[OPRF_SHARES];
};

struct vss_commitment {
	unsigned threshold;
	struct oprf_element at[OPRF_SHARES];
};

/* False where a coefficient is zero, which random ones are not. */
bool vss_commit(const struct vss_polynomial *, struct vss_commitment *out);

/* Share `index`, from 1. */
struct oprf_scalar vss_share(const struct vss_polynomial *, uint8_t index);

/* The public element of share `index`; false where there is none. */
bool vss_public(const struct vss_commitment *, uint8_t index, struct oprf_element *out);
bool vss_fits(const struct vss_commitment *, uint8_t index, const struct oprf_scalar *share);

/*
 * sum += weight * what. Elements: from the identity, which is all zeros. False where an element
 * or a weight is none.
 */
bool vss_add_element(struct oprf_element *sum, const struct oprf_scalar *weight,
                     const struct oprf_element *what);
void vss_add_scalar(struct oprf_scalar *sum, const struct oprf_scalar *weight,
                    const struct oprf_scalar *what);

/*
 * That the prover knows the secret of `public`, said in one context. `random` is OPRF_RANDOM
 * bytes, never the same for two contexts of one secret.
 */
void vss_prove(const struct oprf_scalar *secret, struct bytes context,
               const uint8_t random[OPRF_RANDOM], struct oprf_proof *out);
bool vss_proven(const struct oprf_element *public, struct bytes context, const struct oprf_proof *);

#endif
