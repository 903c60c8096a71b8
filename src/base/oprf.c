#include "oprf.h"

#include <assert.h>
#include <openssl/sha.h>
#include <sodium.h>

#define CONTEXT "OPRFV1-\x01-ristretto255-SHA512"

enum { HASH512 = 64, BLOCK512 = 128 };

static const char group_tag[] = "HashToGroup-" CONTEXT;
static const char scalar_tag[] = "HashToScalar-" CONTEXT;
static const char seed_tag[] = "Seed-" CONTEXT;
static const char derive_tag[] = "DeriveKeyPair" CONTEXT;

_Static_assert(crypto_core_ristretto255_BYTES == OPRF_SIZE, "elements are 32 bytes");
_Static_assert(crypto_core_ristretto255_SCALARBYTES == OPRF_SIZE, "scalars are 32 bytes");
_Static_assert(crypto_core_ristretto255_NONREDUCEDSCALARBYTES == OPRF_RANDOM, "reduced from 64");

/* --- Hashing (RFC 9380 section 5.3.1, RFC 9497 section 4.1) ----------------------------------- */

static struct bytes tag(const char *text, size_t size)
{
	return bytes_of(text, size - 1);
}
#define TAG(name) tag(name, sizeof(name))

/* What is hashed, part by part, as low-level calls: there is no algorithm to fetch. */
struct transcript {
	SHA512_CTX sha;
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void begin(struct transcript *t)
{
	SHA512_Init(&t->sha);
}

static void add(struct transcript *t, struct bytes part)
{
	SHA512_Update(&t->sha, part.at, part.len);
}

static void end(struct transcript *t, uint8_t out[HASH512])
{
	SHA512_Final(out, &t->sha);
}
#pragma GCC diagnostic pop

static void add_byte(struct transcript *t, uint8_t byte)
{
	add(t, bytes_of(&byte, 1));
}

static void add_number(struct transcript *t, size_t number)
{
	uint8_t two[2] = {(uint8_t)(number >> 8), (uint8_t)number};
	assert(number <= UINT16_MAX);
	add(t, bytes_of(two, sizeof two));
}

static void add_sized(struct transcript *t, struct bytes part)
{
	add_number(t, part.len);
	add(t, part);
}

/*
 * expand_message_xmd with SHA-512 to 64 bytes is two hashes: begin_expand(), the message,
 * end_expand(). The tag is at most 255 bytes.
 */
static void begin_expand(struct transcript *t)
{
	static const uint8_t zeros[BLOCK512];
	begin(t);
	add(t, bytes_of(zeros, sizeof zeros));
}

static void end_expand(struct transcript *t, struct bytes domain, uint8_t out[HASH512])
{
	uint8_t first[HASH512];
	assert(domain.len <= UINT8_MAX);
	add_number(t, HASH512);
	add_byte(t, 0);
	add(t, domain);
	add_byte(t, (uint8_t)domain.len);
	end(t, first);
	begin(t);
	add(t, bytes_of(first, sizeof first));
	add_byte(t, 1);
	add(t, domain);
	add_byte(t, (uint8_t)domain.len);
	end(t, out);
}

static struct oprf_scalar end_scalar(struct transcript *t, struct bytes domain)
{
	uint8_t uniform[HASH512];
	struct oprf_scalar out;
	end_expand(t, domain, uniform);
	crypto_core_ristretto255_scalar_reduce(out.at, uniform);
	return out;
}

/* --- The group -------------------------------------------------------------------------- */

static struct bytes element_bytes(const struct oprf_element *element)
{
	return bytes_of(element->at, OPRF_SIZE);
}

bool oprf_element_check(const struct oprf_element *element, const char *what, struct err *e)
{
	if (!crypto_core_ristretto255_is_valid_point(element->at) ||
	    sodium_is_zero(element->at, OPRF_SIZE))
		return err_input(e, "oprf.element", "%s is no element of the group", what);
	return true;
}

/* Below the order of the group, and not zero. */
static bool scalar_check(const struct oprf_scalar *scalar, struct err *e)
{
	uint8_t wide[OPRF_RANDOM] = {0};
	struct oprf_scalar reduced;
	memcpy(wide, scalar->at, OPRF_SIZE);
	crypto_core_ristretto255_scalar_reduce(reduced.at, wide);
	if (sodium_memcmp(reduced.at, scalar->at, OPRF_SIZE) != 0 ||
	    sodium_is_zero(scalar->at, OPRF_SIZE))
		return err_input(e, "oprf.scalar",
		                 "a scalar is zero or not below the order of the group");
	return true;
}

/* False where the product is the identity, which for what was checked means a zero scalar. */
static bool multiply(struct oprf_element *out, const struct oprf_scalar *by,
                     const struct oprf_element *element)
{
	return crypto_scalarmult_ristretto255(out->at, by->at, element->at) == 0;
}

static void add_element(struct oprf_element *sum, const struct oprf_element *more)
{
	int added = crypto_core_ristretto255_add(sum->at, sum->at, more->at);
	assert(added == 0);
}

/* a * left + b * right. */
static bool combine_two(struct oprf_element *out, const struct oprf_scalar *a,
                        const struct oprf_element *left, const struct oprf_scalar *b,
                        const struct oprf_element *right)
{
	struct oprf_element other;
	if (!multiply(out, a, left) || !multiply(&other, b, right))
		return false;
	add_element(out, &other);
	return true;
}

static struct oprf_element generator(void)
{
	struct oprf_scalar one = {.at = {1}};
	struct oprf_element out;
	int failed = crypto_scalarmult_ristretto255_base(out.at, one.at);
	assert(failed == 0);
	return out;
}

/* --- Keys ------------------------------------------------------------------------------ */

struct oprf_scalar oprf_random_scalar(const uint8_t random[OPRF_RANDOM])
{
	struct oprf_scalar out;
	crypto_core_ristretto255_scalar_reduce(out.at, random);
	return out;
}

struct oprf_element oprf_public(const struct oprf_scalar *key)
{
	struct oprf_element out;
	int failed = crypto_scalarmult_ristretto255_base(out.at, key->at);
	assert(failed == 0);
	return out;
}

bool oprf_derive_key(const uint8_t seed[OPRF_SIZE], struct bytes info, struct oprf_scalar *key,
                     struct err *e)
{
	for (unsigned counter = 0; counter <= UINT8_MAX; counter++) {
		struct transcript t;
		begin_expand(&t);
		add(&t, bytes_of(seed, OPRF_SIZE));
		add_sized(&t, info);
		add_byte(&t, (uint8_t)counter);
		*key = end_scalar(&t, TAG(derive_tag));
		if (!sodium_is_zero(key->at, OPRF_SIZE))
			return true;
	}
	return err_input(e, "oprf.seed", "no key belongs to this seed");
}

/* --- The client ------------------------------------------------------------------------- */

bool oprf_blind(struct bytes input, const struct oprf_scalar *blind, struct oprf_element *blinded,
                struct err *e)
{
	struct transcript t;
	uint8_t uniform[HASH512];
	struct oprf_element element;
	if (input.len > UINT16_MAX)
		return err_input(e, "oprf.input", "an input of %zu bytes is too long", input.len);
	if (!scalar_check(blind, e))
		return false;
	begin_expand(&t);
	add(&t, input);
	end_expand(&t, TAG(group_tag), uniform);
	crypto_core_ristretto255_from_hash(element.at, uniform);
	if (!multiply(blinded, blind, &element))
		return err_input(e, "oprf.input", "the input hashes to the identity");
	return true;
}

bool oprf_finalize(struct bytes input, const struct oprf_scalar *blind,
                   const struct oprf_element *evaluated, uint8_t output[OPRF_OUTPUT], struct err *e)
{
	struct oprf_scalar inverse;
	struct oprf_element unblinded;
	struct transcript t;
	if (!scalar_check(blind, e) || !oprf_element_check(evaluated, "the evaluation", e))
		return false;
	crypto_core_ristretto255_scalar_invert(inverse.at, blind->at);
	bool multiplied = multiply(&unblinded, &inverse, evaluated);
	assert(multiplied);
	begin(&t);
	add_sized(&t, input);
	add_sized(&t, element_bytes(&unblinded));
	add(&t, bytes_text("Finalize"));
	end(&t, output);
	return true;
}

struct oprf_scalar oprf_weight(const uint8_t index[], size_t count, size_t i)
{
	struct oprf_scalar out = {.at = {1}}, mine = {.at = {index[i]}};
	for (size_t k = 0; k < count; k++) {
		struct oprf_scalar other = {.at = {index[k]}}, difference;
		if (k == i)
			continue;
		crypto_core_ristretto255_scalar_sub(difference.at, other.at, mine.at);
		crypto_core_ristretto255_scalar_invert(difference.at, difference.at);
		crypto_core_ristretto255_scalar_mul(out.at, out.at, other.at);
		crypto_core_ristretto255_scalar_mul(out.at, out.at, difference.at);
	}
	return out;
}

bool oprf_combine(const uint8_t index[], const struct oprf_element evaluated[], size_t count,
                  struct oprf_element *out, struct err *e)
{
	if (count == 0 || count > OPRF_SHARES)
		return err_input(e, "oprf.shares", "%zu shares, not 1 to %d", count, OPRF_SHARES);
	for (size_t i = 0; i < count; i++) {
		if (index[i] == 0)
			return err_input(e, "oprf.shares", "there is no share 0");
		for (size_t k = 0; k < i; k++)
			if (index[i] == index[k])
				return err_input(e, "oprf.shares", "share %u is there twice",
				                 index[i]);
		if (!oprf_element_check(&evaluated[i], "an evaluation", e))
			return false;
	}
	for (size_t i = 0; i < count; i++) {
		struct oprf_scalar weight = oprf_weight(index, count, i);
		struct oprf_element term;
		bool multiplied = multiply(i == 0 ? out : &term, &weight, &evaluated[i]);
		assert(multiplied);
		if (i > 0)
			add_element(out, &term);
	}
	return oprf_element_check(out, "what the shares combine to", e);
}

/* --- Proofs (section 2.2) ----------------------------------------------------------------- */

/* The sums of inputs and outputs under weights that depend on them all: *z NULL when not asked for.
 */
static bool composites(const struct oprf_element *public, const struct oprf_element blinded[],
                       const struct oprf_element evaluated[], size_t count, struct oprf_element *m,
                       struct oprf_element *z)
{
	struct transcript t;
	uint8_t seed[HASH512];
	begin(&t);
	add_sized(&t, element_bytes(public));
	add_sized(&t, TAG(seed_tag));
	end(&t, seed);
	for (size_t i = 0; i < count; i++) {
		struct oprf_element term;
		begin_expand(&t);
		add_sized(&t, bytes_of(seed, sizeof seed));
		add_number(&t, i);
		add_sized(&t, element_bytes(&blinded[i]));
		add_sized(&t, element_bytes(&evaluated[i]));
		add(&t, bytes_text("Composite"));
		struct oprf_scalar weight = end_scalar(&t, TAG(scalar_tag));
		if (!multiply(i == 0 ? m : &term, &weight, &blinded[i]))
			return false;
		if (i > 0)
			add_element(m, &term);
		if (z == NULL)
			continue;
		if (!multiply(i == 0 ? z : &term, &weight, &evaluated[i]))
			return false;
		if (i > 0)
			add_element(z, &term);
	}
	return true;
}

static struct oprf_scalar challenge(const struct oprf_element *const elements[5])
{
	struct transcript t;
	begin_expand(&t);
	for (size_t i = 0; i < 5; i++)
		add_sized(&t, element_bytes(elements[i]));
	add(&t, bytes_text("Challenge"));
	return end_scalar(&t, TAG(scalar_tag));
}

bool oprf_evaluate(const struct oprf_scalar *key, const struct oprf_element blinded[], size_t count,
                   const uint8_t random[OPRF_RANDOM], struct oprf_element evaluated[],
                   struct oprf_proof *proof, struct err *e)
{
	struct oprf_element m, z, left, right;
	assert(count >= 1 && count <= OPRF_BATCH);
	if (!scalar_check(key, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!oprf_element_check(&blinded[i], "a blinded element", e))
			return false;
		bool multiplied = multiply(&evaluated[i], key, &blinded[i]);
		assert(multiplied);
	}
	struct oprf_element public = oprf_public(key);
	struct oprf_scalar nonce = oprf_random_scalar(random), product;
	if (!composites(&public, blinded, evaluated, count, &m, NULL) || !multiply(&z, key, &m) ||
	    crypto_scalarmult_ristretto255_base(left.at, nonce.at) != 0 ||
	    !multiply(&right, &nonce, &m))
		return err_input(e, "oprf.random",
		                 "the random bytes or the elements make no proof");
	proof->challenge =
	    challenge((const struct oprf_element *[]){&public, &m, &z, &left, &right});
	crypto_core_ristretto255_scalar_mul(product.at, proof->challenge.at, key->at);
	crypto_core_ristretto255_scalar_sub(proof->response.at, nonce.at, product.at);
	sodium_memzero(&nonce, sizeof nonce);
	return true;
}

bool oprf_verify(const struct oprf_element *public, const struct oprf_element blinded[],
                 const struct oprf_element evaluated[], size_t count,
                 const struct oprf_proof *proof, struct err *e)
{
	struct oprf_element m, z, left, right, base = generator();
	assert(count >= 1 && count <= OPRF_BATCH);
	if (!oprf_element_check(public, "the public key", e) ||
	    !scalar_check(&proof->challenge, e) || !scalar_check(&proof->response, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!oprf_element_check(&blinded[i], "a blinded element", e) ||
		    !oprf_element_check(&evaluated[i], "an evaluation", e))
			return false;
	if (composites(public, blinded, evaluated, count, &m, &z) &&
	    combine_two(&left, &proof->response, &base, &proof->challenge, public) &&
	    combine_two(&right, &proof->response, &m, &proof->challenge, &z)) {
		struct oprf_scalar want =
		    challenge((const struct oprf_element *[]){public, &m, &z, &left, &right});
		if (sodium_memcmp(want.at, proof->challenge.at, OPRF_SIZE) == 0)
			return true;
	}
	return err_refused(
	    e, "oprf.proof",
	    "the evaluations are not proven to be under the key they are said to be under");
}
