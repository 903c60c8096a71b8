/* A party of a ceremony: what it draws, says and gets. */
#include <assert.h>
#include <sodium.h>

#include "ceremony_parts.h"

/* All that a party draws. Wiped when it was used. */
struct drawn {
	struct oprf_scalar decrypts, encrypts; /* of its two elements */
	uint8_t proof[OPRF_RANDOM];
	struct vss_polynomial deals;
};

/*
 * From the seed, this plan and this party: another plan draws otherwise, and so no nonce
 * is ever used for two statements.
 */
static struct drawn draw(const struct ceremony *c, const struct ceremony_self *self, size_t me)
{
	enum { FIXED = 3, MOST = FIXED + OPRF_SHARES };
	struct saying saying = saying_of(&c->plan, me);
	struct hash seed = sha256_parts((struct bytes[]){bytes_text("proviso-ceremony-1 drawn"),
	                                                 bytes_of(self->seed, CEREMONY_SEED),
	                                                 bytes_of(saying.at, sizeof saying.at)},
	                                3);
	uint8_t random[MOST * OPRF_RANDOM];
	struct drawn out = {.deals.threshold = (unsigned)c->plan.threshold};
	_Static_assert(randombytes_SEEDBYTES == HASH_SIZE, "a seed is a hash");
	randombytes_buf_deterministic(random, sizeof random, seed.at);
	out.decrypts = oprf_random_scalar(random);
	out.encrypts = oprf_random_scalar(random + OPRF_RANDOM);
	memcpy(out.proof, random + 2 * OPRF_RANDOM, OPRF_RANDOM);
	for (unsigned i = 0; i < out.deals.threshold; i++)
		out.deals.at[i] = oprf_random_scalar(random + OPRF_RANDOM * (size_t)(FIXED + i));
	if (c->plan.parties[me].share > 0)
		out.deals.at[0] = self->share;
	sodium_memzero(random, sizeof random);
	sodium_memzero(&seed, sizeof seed);
	return out;
}

static bool sign(const struct ceremony *c, const struct ceremony_self *self, const struct buffer *b,
                 struct ceremony_step *out, struct err *e)
{
	struct cose_claims claims = {
	    .issuer = self->key->public.name,
	    .subject = c->plan.origin,
	    .issued_at = c->plan.made_at,
	};
	out->has_message = true;
	return cose_sign(c->arena, self->key, CEREMONY_TYPE, &claims, buffer_view(b), &out->message,
	                 e);
}

/* --- Rounds 1 and 2 ----------------------------------------------------------------------------
 */

static bool commit(const struct ceremony *c, size_t me, const struct drawn *d,
                   struct vss_commitment *out, struct err *e)
{
	const struct ceremony_party *party = &c->plan.parties[me];
	if (!vss_commit(&d->deals, out) ||
	    (party->share > 0 && memcmp(out->at[0].at, party->public.at, OPRF_SIZE) != 0))
		return err_refused(
		    e, "ceremony.no-such-share",
		    "the share given is not the one that %.200s has by the key's record",
		    party->key.name);
	return true;
}

static bool first(const struct ceremony *c, size_t me, const struct drawn *d, struct buffer *b,
                  struct err *e)
{
	struct oprf_element to = oprf_public(&d->decrypts), from = oprf_public(&d->encrypts);
	struct vss_commitment commitment;
	struct hash digest;
	bool deals = c->plan.parties[me].deals;
	if (deals) {
		if (!commit(c, me, d, &commitment, e))
			return false;
		digest = commitment_digest(&c->plan, me, &commitment);
	}
	message_begin(b, &c->plan, 1, me, 6);
	cbor_bytes(b, bytes_of(to.at, OPRF_SIZE));
	cbor_bytes(b, bytes_of(from.at, OPRF_SIZE));
	cbor_bytes(b, deals ? hash_bytes(&digest) : (struct bytes){0});
	return true;
}

/* The share goes to whoever can make the common secret: he who deals it, and he who gets it. */
static bool encrypt(const struct ceremony *c, size_t me, const struct drawn *d, size_t holder,
                    uint8_t out[OPRF_SIZE])
{
	struct oprf_element common;
	struct oprf_scalar share = vss_share(&d->deals, (uint8_t)(holder + 1));
	bool ok = crypto_scalarmult_ristretto255(common.at, d->encrypts.at, c->to[holder].at) == 0;
	if (ok)
		share_crypt(&c->plan, me, holder, &common, share.at, out);
	sodium_memzero(&share, sizeof share);
	sodium_memzero(&common, sizeof common);
	return ok;
}

static bool second(const struct ceremony *c, size_t me, const struct drawn *d, struct buffer *b,
                   struct err *e)
{
	struct saying saying = saying_of(&c->plan, me);
	struct vss_commitment commitment;
	struct oprf_proof proof;
	if (!commit(c, me, d, &commitment, e))
		return false;
	vss_prove(&d->deals.at[0], bytes_of(saying.at, sizeof saying.at), d->proof, &proof);
	message_begin(b, &c->plan, 2, me, 8);
	cbor_array(b, c->plan.party_count);
	for (size_t i = 0; i < c->plan.party_count; i++)
		cbor_bytes(b, hash_bytes(&said(c, 1, i)->digest));
	cbor_array(b, commitment.threshold);
	for (unsigned i = 0; i < commitment.threshold; i++)
		cbor_bytes(b, bytes_of(commitment.at[i].at, OPRF_SIZE));
	cbor_bytes(b, bytes_of(proof.challenge.at, OPRF_SIZE));
	cbor_bytes(b, bytes_of(proof.response.at, OPRF_SIZE));
	cbor_array(b, c->plan.holder_count);
	for (size_t i = 0; i < c->plan.holder_count; i++) {
		uint8_t encrypted[OPRF_SIZE];
		if (!encrypt(c, me, d, i, encrypted))
			return err_refused(e, "ceremony.commitment",
			                   "nothing can be encrypted to %.200s",
			                   party_name(&c->plan, i));
		cbor_bytes(b, bytes_of(encrypted, OPRF_SIZE));
	}
	return true;
}

/* --- Round 3 ------------------------------------------------------------------------------------
 */

/* What the dealers gave, summed; *cheats: the first whose share does not fit, or none. */
static bool collect(const struct ceremony *c, size_t me, const struct drawn *d,
                    struct oprf_scalar *sum, size_t *cheats)
{
	*sum = (struct oprf_scalar){0};
	for (size_t i = 0; i < c->plan.party_count; i++) {
		struct oprf_element common;
		struct oprf_scalar share, weight;
		if (!c->plan.parties[i].deals)
			continue;
		int made = crypto_scalarmult_ristretto255(common.at, d->decrypts.at, c->from[i].at);
		assert(made == 0); /* both were checked */
		share_crypt(&c->plan, i, me, &common, c->encrypted[i][me].at, share.at);
		bool fits = vss_fits(&c->commitments[i], (uint8_t)(me + 1), &share);
		weight = dealer_weight(&c->plan, i);
		vss_add_scalar(sum, &weight, &share);
		sodium_memzero(&share, sizeof share);
		sodium_memzero(&common, sizeof common);
		if (!fits) {
			*cheats = i;
			return false;
		}
	}
	return true;
}

/* The common secret with one dealer, opened: it decrypts this one share and nothing else. */
static bool complain(const struct ceremony *c, const struct drawn *d, size_t dealer,
                     const uint8_t random[], struct buffer *b, struct err *e)
{
	struct oprf_element common;
	struct oprf_proof proof;
	if (!oprf_evaluate(&d->decrypts, &c->from[dealer], 1, random, &common, &proof, e))
		return false;
	cbor_uint(b, dealer);
	cbor_bytes(b, bytes_of(common.at, OPRF_SIZE));
	cbor_bytes(b, bytes_of(proof.challenge.at, OPRF_SIZE));
	cbor_bytes(b, bytes_of(proof.response.at, OPRF_SIZE));
	return true;
}

static bool third(const struct ceremony *c, size_t me, const struct drawn *d,
                  const uint8_t random[], struct buffer *b, struct ceremony_step *out,
                  struct err *e)
{
	struct hash digest = ceremony_digest(c);
	size_t cheats = 0;
	out->has_share = collect(c, me, d, &out->share, &cheats);
	message_begin(b, &c->plan, 3, me, out->has_share ? 4 : 8);
	cbor_bytes(b, hash_bytes(&digest));
	if (out->has_share)
		return true;
	sodium_memzero(&out->share, sizeof out->share);
	return complain(c, d, cheats, random, b, e);
}

/* --- In turn -------------------------------------------------------------------------------------
 */

/* What stands there under one's name must be what one says. */
static bool is_mine(const struct ceremony *c, size_t me, const struct drawn *d, struct err *e)
{
	struct buffer b = {.arena = c->arena};
	if (said(c, 1, me)->file.at == NULL)
		return true;
	if (!first(c, me, d, &b, e))
		return false;
	return bytes_equal(buffer_view(&b), said(c, 1, me)->payload) ||
	       err_refused(e, "ceremony.not-mine",
	                   "what %.200s said first was not said with this draft: make a new plan",
	                   party_name(&c->plan, me));
}

static bool speak(const struct ceremony *c, const struct ceremony_self *self, size_t me,
                  const struct drawn *d, const uint8_t random[], struct ceremony_step *out,
                  struct err *e)
{
	struct buffer b = {.arena = c->arena};
	unsigned round = 1;
	while (round <= CEREMONY_ROUNDS &&
	       (!has_part(&c->plan, round, me) || said(c, round, me)->file.at != NULL))
		round++;
	if (round > CEREMONY_ROUNDS || (round > 1 && !round_is_whole(c, round - 1)))
		return true;
	bool ok = round == 1   ? first(c, me, d, &b, e)
	          : round == 2 ? second(c, me, d, &b, e)
	                       : third(c, me, d, random, &b, out, e);
	return ok && sign(c, self, &b, out, e);
}

bool ceremony_next(const struct ceremony *c, const struct ceremony_self *self,
                   const uint8_t random[], struct ceremony_step *out, struct err *e)
{
	size_t me;
	*out = (struct ceremony_step){0};
	if (!ceremony_party(&c->plan, &self->key->public, &me, e))
		return false;
	struct drawn d = draw(c, self, me);
	bool ok = is_mine(c, me, &d, e) && speak(c, self, me, &d, random, out, e);
	sodium_memzero(&d, sizeof d);
	return ok;
}
