#include "vss.h"

#include <assert.h>
#include <sodium.h>

static const char proof_label[] = "proviso-vss-1 proof";

static bool base_times(struct oprf_element *out, const struct oprf_scalar *by)
{
	return crypto_scalarmult_ristretto255_base(out->at, by->at) == 0;
}

static struct oprf_scalar scalar_of(uint8_t index)
{
	return (struct oprf_scalar){.at = {index}};
}

bool vss_commit(const struct vss_polynomial *p, struct vss_commitment *out)
{
	bool ok = true;
	assert(p->threshold >= 1 && p->threshold <= OPRF_SHARES);
	out->threshold = p->threshold;
	for (unsigned i = 0; i < p->threshold; i++)
		ok &= base_times(&out->at[i], &p->at[i]);
	return ok;
}

/* Horner's rule, here and in the exponent. */
struct oprf_scalar vss_share(const struct vss_polynomial *p, uint8_t index)
{
	struct oprf_scalar x = scalar_of(index), sum = p->at[p->threshold - 1];
	assert(index >= 1);
	for (unsigned i = p->threshold - 1; i > 0; i--) {
		crypto_core_ristretto255_scalar_mul(sum.at, sum.at, x.at);
		crypto_core_ristretto255_scalar_add(sum.at, sum.at, p->at[i - 1].at);
	}
	return sum;
}

bool vss_public(const struct vss_commitment *c, uint8_t index, struct oprf_element *out)
{
	struct oprf_scalar x = scalar_of(index);
	*out = c->at[c->threshold - 1];
	assert(index >= 1);
	for (unsigned i = c->threshold - 1; i > 0; i--)
		if (crypto_scalarmult_ristretto255(out->at, x.at, out->at) != 0 ||
		    crypto_core_ristretto255_add(out->at, out->at, c->at[i - 1].at) != 0)
			return false;
	return !sodium_is_zero(out->at, OPRF_SIZE);
}

bool vss_fits(const struct vss_commitment *c, uint8_t index, const struct oprf_scalar *share)
{
	struct oprf_element want, is;
	struct oprf_scalar reduced;
	uint8_t wide[OPRF_RANDOM] = {0};
	memcpy(wide, share->at, OPRF_SIZE);
	crypto_core_ristretto255_scalar_reduce(reduced.at, wide);
	sodium_memzero(wide, sizeof wide);
	bool is_one = sodium_memcmp(reduced.at, share->at, OPRF_SIZE) == 0;
	sodium_memzero(&reduced, sizeof reduced);
	return is_one && vss_public(c, index, &want) && base_times(&is, share) &&
	       sodium_memcmp(want.at, is.at, OPRF_SIZE) == 0;
}

bool vss_add_element(struct oprf_element *sum, const struct oprf_scalar *weight,
                     const struct oprf_element *what)
{
	struct oprf_element term;
	return crypto_scalarmult_ristretto255(term.at, weight->at, what->at) == 0 &&
	       crypto_core_ristretto255_add(sum->at, sum->at, term.at) == 0;
}

void vss_add_scalar(struct oprf_scalar *sum, const struct oprf_scalar *weight,
                    const struct oprf_scalar *what)
{
	struct oprf_scalar term;
	crypto_core_ristretto255_scalar_mul(term.at, weight->at, what->at);
	crypto_core_ristretto255_scalar_add(sum->at, sum->at, term.at);
	sodium_memzero(&term, sizeof term);
}

/* --- Proofs of knowledge -------------------------------------------------------------------- */

static struct oprf_scalar challenge(const struct oprf_element *public, struct bytes context,
                                    const struct oprf_element *drawn)
{
	crypto_hash_sha512_state sha;
	uint8_t uniform[crypto_hash_sha512_BYTES], size[2];
	struct oprf_scalar out;
	assert(context.len <= UINT16_MAX);
	size[0] = (uint8_t)(context.len >> 8);
	size[1] = (uint8_t)context.len;
	crypto_hash_sha512_init(&sha);
	crypto_hash_sha512_update(&sha, (const uint8_t *)proof_label, sizeof proof_label);
	crypto_hash_sha512_update(&sha, size, sizeof size);
	crypto_hash_sha512_update(&sha, context.at, context.len);
	crypto_hash_sha512_update(&sha, public->at, OPRF_SIZE);
	crypto_hash_sha512_update(&sha, drawn->at, OPRF_SIZE);
	crypto_hash_sha512_final(&sha, uniform);
	crypto_core_ristretto255_scalar_reduce(out.at, uniform);
	return out;
}

void vss_prove(const struct oprf_scalar *secret, struct bytes context,
               const uint8_t random[OPRF_RANDOM], struct oprf_proof *out)
{
	struct oprf_scalar nonce = oprf_random_scalar(random), product;
	struct oprf_element public = oprf_public(secret), drawn = oprf_public(&nonce);
	out->challenge = challenge(&public, context, &drawn);
	crypto_core_ristretto255_scalar_mul(product.at, out->challenge.at, secret->at);
	crypto_core_ristretto255_scalar_sub(out->response.at, nonce.at, product.at);
	sodium_memzero(&nonce, sizeof nonce);
	sodium_memzero(&product, sizeof product);
}

bool vss_proven(const struct oprf_element *public, struct bytes context,
                const struct oprf_proof *proof)
{
	struct oprf_element drawn;
	if (!base_times(&drawn, &proof->response) ||
	    !vss_add_element(&drawn, &proof->challenge, public))
		return false;
	struct oprf_scalar want = challenge(public, context, &drawn);
	return sodium_memcmp(want.at, proof->challenge.at, OPRF_SIZE) == 0;
}
