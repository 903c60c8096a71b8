/*
 * A secret for the holder of a key, for doc/protocol.md (RFC 9052 section 5, RFC 9053
 * section 6.4.1). One shape of deterministic CBOR and no other:
 *
 *     96([ << {1: 3} >>, {5: nonce}, sealed,
 *          [[ << {1: -31} >>, {4: key id, -1: ephemeral COSE_Key}, wrapped content key ]] ])
 *
 * The record layer's CBOR is above this one, hence bytes by hand.
 */
#include "key_internal.h"

#include <assert.h>
#include <sodium.h>

enum {
	WRAPPED_CONTENT_KEY = AES_KEY + AES_WRAP_MORE,
	POINT_MAX = ES256_POINT,
};
_Static_assert(KEY_WRAP_RANDOM == KEY_SEED + AES_KEY + AES_GCM_NONCE, "ephemeral, content, nonce");

/* D8 60: tag 96; 84; h'{1: 3}'; {5: a nonce of 12 bytes follows. */
static const uint8_t outer_head[] = {
    0xD8, 0x60, 0x84, 0x43, 0xA1, 0x01, 0x03, 0xA1, 0x05, 0x4C,
};
/* One recipient; h'{1: -31}'; {4: a key id of 32 bytes follows. */
static const uint8_t recipient_head[] = {
    0x81, 0x83, 0x44, 0xA1, 0x01, 0x38, 0x1E, 0xA2, 0x04, 0x58, 0x20,
};
/* -1: {1: 1 (OKP), -1: 4 (X25519), -2: 32 bytes follow. */
static const uint8_t okp_head[] = {0x20, 0xA3, 0x01, 0x01, 0x20, 0x04, 0x21, 0x58, 0x20};
/* -1: {1: 2 (EC2), -1: 1 (P-256), -2: 32 bytes follow; -3: 32 bytes follow. */
static const uint8_t ec2_head[] = {0x20, 0xA4, 0x01, 0x02, 0x20, 0x01, 0x21, 0x58, 0x20};
static const uint8_t ec2_middle[] = {0x22, 0x58, 0x20};
static const uint8_t wrapped_head[] = {0x58, WRAPPED_CONTENT_KEY};

/* Enc_structure: ["Encrypt", h'{1: 3}', h'']. */
static const uint8_t additional[] = {
    0x83, 0x67, 'E', 'n', 'c', 'r', 'y', 'p', 't', 0x43, 0xA1, 0x01, 0x03, 0x40,
};
/* COSE_KDF_Context: [-5, [null, null, null], [null, null, null], [256, h'{1: -31}']]. */
static const uint8_t kdf_context[] = {
    0x84, 0x24, 0x83, 0xF6, 0xF6, 0xF6, 0x83, 0xF6, 0xF6, 0xF6,
    0x82, 0x19, 0x01, 0x00, 0x44, 0xA1, 0x01, 0x38, 0x1E,
};

#define LITERAL(array) bytes_of((array), sizeof(array))

/* A key pair in the form that agrees: X25519 or P-256. */
struct agreement {
	enum key_algorithm algorithm;
	uint8_t scalar[KEY_SEED];
	uint8_t point[POINT_MAX];
};

static void agreement_wipe(struct agreement *a)
{
	sodium_memzero(a, sizeof *a);
}

#define owned_agreement __attribute__((cleanup(agreement_wipe))) struct agreement

bool wrap_key_of(const uint8_t shared[KEY_SHARED], uint8_t out[AES_KEY])
{
	if (sodium_is_zero(shared, KEY_SHARED))
		return false;
	hkdf_sha256((struct bytes){0}, bytes_of(shared, KEY_SHARED), LITERAL(kdf_context), out,
	            AES_KEY);
	return true;
}

/* The key under which the content key is wrapped; false when the parties cannot agree. */
static bool agree(const struct agreement *mine, const uint8_t *theirs, uint8_t out[AES_KEY])
{
	uint8_t shared[KEY_SHARED] = {0};
	bool ok = (mine->algorithm == KEY_ED25519 ? x25519_agree(mine->scalar, theirs, shared)
	                                          : es256_agree(mine->scalar, theirs, shared)) &&
	          wrap_key_of(shared, out);
	sodium_memzero(shared, sizeof shared);
	return ok;
}

/* The head of a byte string. */
static void buffer_size(struct buffer *b, size_t len)
{
	assert(len <= UINT16_MAX);
	if (len >= 256) {
		buffer_u8(b, 0x59);
		buffer_u8(b, (uint8_t)(len >> 8));
	} else if (len >= 24) {
		buffer_u8(b, 0x58);
	}
	buffer_u8(b, (uint8_t)(len >= 24 ? len : 0x40 | len));
}

static void put_ephemeral(struct buffer *b, const struct agreement *ephemeral)
{
	bool okp = ephemeral->algorithm == KEY_ED25519;
	buffer_bytes(b, okp ? LITERAL(okp_head) : LITERAL(ec2_head));
	buffer_bytes(b, bytes_of(ephemeral->point, 32));
	if (okp)
		return;
	buffer_bytes(b, LITERAL(ec2_middle));
	buffer_bytes(b, bytes_of(ephemeral->point + ES256_COORDINATE, ES256_COORDINATE));
}

static bool new_ephemeral(const struct public_key *to, const uint8_t random[KEY_SEED],
                          struct agreement *ephemeral, uint8_t theirs[POINT_MAX], struct err *e)
{
	ephemeral->algorithm = to->algorithm;
	memcpy(ephemeral->scalar, random, KEY_SEED);
	if (to->algorithm == KEY_ES256) {
		memcpy(theirs, to->at, ES256_POINT);
		return es256_point_of(random, ephemeral->point) ||
		       err_environment(e, "the random bytes are no scalar of P-256");
	}
	crypto_scalarmult_curve25519_base(ephemeral->point, random);
	return crypto_sign_ed25519_pk_to_curve25519(theirs, to->at) == 0 ||
	       err_input(e, "key.public",
	                 "nothing can be wrapped for this key: it is not in the "
	                 "prime-order group");
}

bool key_wrap(struct arena *arena, const struct public_key *to, struct bytes secret,
              const uint8_t random[KEY_WRAP_RANDOM], struct bytes *out, struct err *e)
{
	assert(secret.len >= 1 && secret.len <= KEY_WRAP_MAX);
	const uint8_t *content_key = random + KEY_SEED, *nonce = content_key + AES_KEY;
	owned_agreement ephemeral = {0};
	uint8_t theirs[POINT_MAX], wrap_key[AES_KEY] = {0}, wrapped[WRAPPED_CONTENT_KEY];
	uint8_t *sealed = arena_alloc(arena, secret.len + AES_GCM_TAG);
	if (!new_ephemeral(to, random, &ephemeral, theirs, e))
		return false;
	bool ok = agree(&ephemeral, theirs, wrap_key) &&
	          aes_key_wrap(wrap_key, bytes_of(content_key, AES_KEY), wrapped) &&
	          aes_gcm_seal(content_key, nonce, LITERAL(additional), secret, sealed);
	sodium_memzero(wrap_key, sizeof wrap_key);
	if (!ok)
		return err_environment(e, "libcrypto cannot wrap a key");

	struct hash id = key_id(to);
	struct buffer b = {.arena = arena};
	buffer_bytes(&b, LITERAL(outer_head));
	buffer_bytes(&b, bytes_of(nonce, AES_GCM_NONCE));
	buffer_size(&b, secret.len + AES_GCM_TAG);
	buffer_bytes(&b, bytes_of(sealed, secret.len + AES_GCM_TAG));
	buffer_bytes(&b, LITERAL(recipient_head));
	buffer_bytes(&b, hash_bytes(&id));
	put_ephemeral(&b, &ephemeral);
	buffer_bytes(&b, LITERAL(wrapped_head));
	buffer_bytes(&b, LITERAL(wrapped));
	*out = buffer_view(&b);
	return true;
}

static void read_literal(struct reader *r, struct bytes literal)
{
	if (!bytes_equal(read_bytes(r, literal.len), literal))
		r->bad = true;
}

/* The length of a byte string of what is sealed, in its shortest form. */
static size_t read_size(struct reader *r)
{
	uint8_t head = read_u8(r);
	size_t len = head == 0x59 ? read_u16be(r) : head == 0x58 ? read_u8(r) : head & 0x1Fu;
	size_t least = head == 0x59 ? 256 : head == 0x58 ? 24 : 0;
	if ((least == 0 && ((head & 0xE0) != 0x40 || len >= 24)) || len < least ||
	    len <= AES_GCM_TAG || len > KEY_WRAP_MAX + AES_GCM_TAG)
		r->bad = true;
	return len;
}

struct wrapped {
	const uint8_t *nonce, *id, *content_key;
	struct bytes sealed;
	uint8_t ephemeral[POINT_MAX];
};

static void read_into(struct reader *r, uint8_t *to)
{
	struct bytes from = read_bytes(r, 32);
	if (!r->bad)
		memcpy(to, from.at, from.len);
}

static bool parse(struct bytes all, enum key_algorithm algorithm, struct wrapped *w)
{
	struct reader r = reader_of(all);
	read_literal(&r, LITERAL(outer_head));
	w->nonce = read_bytes(&r, AES_GCM_NONCE).at;
	w->sealed = read_bytes(&r, read_size(&r));
	read_literal(&r, LITERAL(recipient_head));
	w->id = read_bytes(&r, HASH_SIZE).at;
	read_literal(&r, algorithm == KEY_ED25519 ? LITERAL(okp_head) : LITERAL(ec2_head));
	read_into(&r, w->ephemeral);
	if (algorithm == KEY_ES256) {
		read_literal(&r, LITERAL(ec2_middle));
		read_into(&r, w->ephemeral + ES256_COORDINATE);
	}
	read_literal(&r, LITERAL(wrapped_head));
	w->content_key = read_bytes(&r, WRAPPED_CONTENT_KEY).at;
	return !r.bad && reader_left(&r) == 0;
}

bool key_is_wrapped_for(const struct public_key *key, struct bytes wrapped)
{
	struct wrapped w = {0};
	struct hash id = key_id(key);
	return parse(wrapped, key->algorithm, &w) && memcmp(w.id, id.at, HASH_SIZE) == 0;
}

static void to_agreement(const struct secret_key *key, struct agreement *mine)
{
	mine->algorithm = key->public.algorithm;
	memcpy(mine->scalar, key->seed, KEY_SEED);
	if (mine->algorithm == KEY_ES256)
		return;
	uint8_t both[crypto_sign_SECRETKEYBYTES];
	memcpy(both, key->seed, KEY_SEED);
	memcpy(both + KEY_SEED, key->public.at, crypto_sign_PUBLICKEYBYTES);
	crypto_sign_ed25519_sk_to_curve25519(mine->scalar, both);
	sodium_memzero(both, sizeof both);
}

bool key_unwrap(struct arena *arena, const struct secret_key *key, struct bytes wrapped,
                struct bytes *out, struct err *e)
{
	struct wrapped w = {0};
	struct hash id = key_id(&key->public);
	owned_agreement mine = {0};
	if (!parse(wrapped, key->public.algorithm, &w))
		return err_input(e, "key.wrapped", "this is no wrapped key for a key of this kind");
	if (memcmp(w.id, id.at, HASH_SIZE) != 0)
		return err_refused(e, "key.unwrap", "wrapped for another key");
	/* X25519 would take u modulo 2^255 and modulo the prime: let a key have one form. */
	if (key->public.algorithm == KEY_ED25519 &&
	    (w.ephemeral[X25519_SIZE - 1] > 0x7F || !coordinate_is_canonical(w.ephemeral)))
		return err_refused(e, "key.unwrap",
		                   "the ephemeral key is not in its canonical form");
	to_agreement(key, &mine);
	uint8_t wrap_key[AES_KEY] = {0}, content_key[AES_KEY] = {0};
	size_t len = w.sealed.len - AES_GCM_TAG;
	char *secret = arena_alloc(arena, len);
	bool ok =
	    agree(&mine, w.ephemeral, wrap_key) &&
	    aes_key_unwrap(wrap_key, bytes_of(w.content_key, WRAPPED_CONTENT_KEY), content_key) &&
	    aes_gcm_open(content_key, w.nonce, LITERAL(additional), w.sealed, (uint8_t *)secret);
	sodium_memzero(wrap_key, sizeof wrap_key);
	sodium_memzero(content_key, sizeof content_key);
	if (!ok)
		return err_refused(e, "key.unwrap", "not wrapped for this key, or changed since");
	*out = bytes_of(secret, len);
	return true;
}

bool key_seal(struct arena *arena, const uint8_t key[KEY_SEAL], const uint8_t nonce[KEY_SEAL_NONCE],
              struct bytes plain, struct bytes *out, struct err *e)
{
	_Static_assert((int)KEY_SEAL == (int)AES_KEY && (int)KEY_SEAL_NONCE == (int)AES_GCM_NONCE,
	               "AES-256-GCM");
	uint8_t *at = arena_alloc(arena, plain.len + KEY_SEAL_MORE);
	memcpy(at, nonce, KEY_SEAL_NONCE);
	*out = bytes_of(at, plain.len + KEY_SEAL_MORE);
	return aes_gcm_seal(key, nonce, bytes_text(""), plain, at + KEY_SEAL_NONCE) ||
	       err_environment(e, "libcrypto cannot seal");
}

/* --- A secret shared by two keys ---------------------------------------------------------- */

bool key_agree(const struct secret_key *mine, const struct public_key *theirs,
               uint8_t out[KEY_SHARED_SECRET], struct err *e)
{
	owned_agreement own = {0};
	uint8_t point[X25519_SIZE];
	if (mine->public.algorithm != KEY_ED25519 || theirs->algorithm != KEY_ED25519)
		return err_input(e, "key.agree", "only Ed25519 keys agree on a secret");
	to_agreement(mine, &own);
	/* Refuses points of small order and those outside the prime-order group. */
	if (crypto_sign_ed25519_pk_to_curve25519(point, theirs->at) == 0 &&
	    x25519_agree(own.scalar, point, out))
		return true;
	return err_input(e, "key.agree", "no secret can be agreed with this key");
}

void key_derive(struct bytes salt, struct bytes secret, struct bytes info, uint8_t out[32])
{
	hkdf_sha256(salt, secret, info, out, 32);
}
