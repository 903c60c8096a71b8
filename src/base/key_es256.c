#include "key_internal.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <sodium.h>

/* Read only after es256_start(), and therefore shared by all threads. */
static EC_GROUP *p256;

/* (n - 1) / 2: the largest s that is accepted. */
static const uint8_t half_order[ES256_COORDINATE] = {
    0x7F, 0xFF, 0xFF, 0xFF, 0x80, 0x00, 0x00, 0x00, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xDE, 0x73, 0x7D, 0x56, 0xD3, 0x8B, 0xCF, 0x42, 0x79, 0xDC, 0xE5, 0x61, 0x7E, 0x31, 0x92, 0xA8,
};

static void bignum_freep(BIGNUM **n)
{
	BN_clear_free(*n);
}

static void point_freep(EC_POINT **p)
{
	EC_POINT_clear_free(*p);
}

static void pkey_freep(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
}

static void context_freep(EVP_PKEY_CTX **c)
{
	EVP_PKEY_CTX_free(*c);
}

static void signature_freep(ECDSA_SIG **s)
{
	ECDSA_SIG_free(*s);
}

#define owned_bignum    __attribute__((cleanup(bignum_freep))) BIGNUM *
#define owned_point     __attribute__((cleanup(point_freep))) EC_POINT *
#define owned_pkey      __attribute__((cleanup(pkey_freep))) EVP_PKEY *
#define owned_context   __attribute__((cleanup(context_freep))) EVP_PKEY_CTX *
#define owned_signature __attribute__((cleanup(signature_freep))) ECDSA_SIG *

bool es256_start(void)
{
	if (p256 == NULL)
		p256 = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	return p256 != NULL;
}

/* SEC 1 section 2.3.3: the uncompressed form. */
static void uncompressed(const uint8_t point[ES256_POINT], uint8_t out[1 + ES256_POINT])
{
	out[0] = 0x04;
	memcpy(out + 1, point, ES256_POINT);
}

/* Not EC_POINT_set_affine_coordinates(), which takes coordinates modulo the prime. */
static bool decode_point(EC_POINT *p, const uint8_t point[ES256_POINT])
{
	uint8_t octets[1 + ES256_POINT];
	uncompressed(point, octets);
	return p != NULL && EC_POINT_oct2point(p256, p, octets, sizeof octets, NULL) == 1;
}

bool es256_point_is_valid(const uint8_t point[ES256_POINT])
{
	assert(p256 != NULL);
	owned_point p = EC_POINT_new(p256);
	return decode_point(p, point);
}

/* A scalar in 1..n-1, or NULL. */
static BIGNUM *decode_scalar(const uint8_t scalar[ES256_COORDINATE])
{
	BIGNUM *n = BN_bin2bn(scalar, ES256_COORDINATE, NULL);
	if (n == NULL)
		return NULL;
	BN_set_flags(n, BN_FLG_CONSTTIME);
	if (BN_is_zero(n) || BN_cmp(n, EC_GROUP_get0_order(p256)) >= 0) {
		BN_clear_free(n);
		return NULL;
	}
	return n;
}

bool es256_point_of(const uint8_t scalar[ES256_COORDINATE], uint8_t point[ES256_POINT])
{
	assert(p256 != NULL);
	owned_bignum n = decode_scalar(scalar);
	owned_point p = EC_POINT_new(p256);
	uint8_t octets[1 + ES256_POINT];
	if (n == NULL || p == NULL || EC_POINT_mul(p256, p, n, NULL, NULL, NULL) != 1 ||
	    EC_POINT_point2oct(p256, p, POINT_CONVERSION_UNCOMPRESSED, octets, sizeof octets,
	                       NULL) != sizeof octets)
		return false;
	memcpy(point, octets + 1, ES256_POINT);
	return true;
}

bool es256_agree(const uint8_t scalar[ES256_COORDINATE], const uint8_t point[ES256_POINT],
                 uint8_t shared[KEY_SHARED])
{
	assert(p256 != NULL);
	owned_bignum n = decode_scalar(scalar);
	owned_bignum x = BN_new();
	owned_point theirs = EC_POINT_new(p256);
	owned_point product = EC_POINT_new(p256);
	return n != NULL && x != NULL && product != NULL && decode_point(theirs, point) &&
	       EC_POINT_mul(p256, product, NULL, theirs, n, NULL) == 1 &&
	       EC_POINT_get_affine_coordinates(p256, product, x, NULL, NULL) == 1 &&
	       BN_bn2binpad(x, shared, KEY_SHARED) == KEY_SHARED;
}

/* `scalar` is NULL for a key that only verifies. */
static EVP_PKEY *new_pkey(const uint8_t point[ES256_POINT], const uint8_t *scalar)
{
	char group[] = "P-256";
	uint8_t octets[1 + ES256_POINT], native[ES256_COORDINATE] = {0};
	owned_bignum n = NULL;
	OSSL_PARAM params[4], *param = params;
	uncompressed(point, octets);
	*param++ = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	*param++ =
	    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, sizeof octets);
	if (scalar != NULL) {
		n = decode_scalar(scalar);
		if (n == NULL || BN_bn2nativepad(n, native, sizeof native) < 0)
			return NULL;
		*param++ = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native, sizeof native);
	}
	*param = OSSL_PARAM_construct_end();

	EVP_PKEY *pkey = NULL;
	owned_context context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	int selection = scalar != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
	if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &pkey, selection, params) != 1)
		pkey = NULL;
	sodium_memzero(native, sizeof native);
	return pkey;
}

/* Takes DER apart and s to the lower half: (r, s) and (r, n - s) are signatures both. */
static bool signature_to_raw(const uint8_t *der, size_t len, uint8_t out[KEY_SIGNATURE])
{
	owned_signature signature = d2i_ECDSA_SIG(NULL, &der, (long)len);
	owned_bignum s = BN_new();
	if (signature == NULL || s == NULL || BN_copy(s, ECDSA_SIG_get0_s(signature)) == NULL ||
	    BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, ES256_COORDINATE) < 0 ||
	    BN_bn2binpad(s, out + ES256_COORDINATE, ES256_COORDINATE) < 0)
		return false;
	if (memcmp(out + ES256_COORDINATE, half_order, sizeof half_order) <= 0)
		return true;
	return BN_sub(s, EC_GROUP_get0_order(p256), s) == 1 &&
	       BN_bn2binpad(s, out + ES256_COORDINATE, ES256_COORDINATE) >= 0;
}

bool es256_sign(const struct secret_key *key, struct bytes message, uint8_t out[KEY_SIGNATURE])
{
	struct hash digest = sha256(message);
	owned_pkey pkey = new_pkey(key->public.at, key->seed);
	owned_context context = pkey == NULL ? NULL : EVP_PKEY_CTX_new(pkey, NULL);
	uint8_t der[80];
	size_t len = sizeof der;
	return context != NULL && EVP_PKEY_sign_init(context) == 1 &&
	       EVP_PKEY_sign(context, der, &len, digest.at, sizeof digest.at) == 1 &&
	       signature_to_raw(der, len, out);
}

/* DER of an unsigned integer of 32 bytes: tag, length, no leading zeros but for the sign. */
static size_t put_integer(const uint8_t at[ES256_COORDINATE], uint8_t *out)
{
	size_t skip = 0, len = 2;
	while (skip < ES256_COORDINATE - 1 && at[skip] == 0)
		skip++;
	if (at[skip] & 0x80)
		out[len++] = 0;
	memcpy(out + len, at + skip, ES256_COORDINATE - skip);
	len += ES256_COORDINATE - skip;
	out[0] = 0x02;
	out[1] = (uint8_t)(len - 2);
	return len;
}

bool es256_verify(const uint8_t point[ES256_POINT], struct bytes message,
                  const uint8_t signature[KEY_SIGNATURE])
{
	const uint8_t *r = signature, *s = signature + ES256_COORDINATE;
	if (memcmp(s, half_order, sizeof half_order) > 0)
		return false;
	uint8_t der[80];
	size_t len = 2;
	len += put_integer(r, der + len);
	len += put_integer(s, der + len);
	der[0] = 0x30;
	der[1] = (uint8_t)(len - 2);

	struct hash digest = sha256(message);
	owned_pkey pkey = new_pkey(point, NULL);
	owned_context context = pkey == NULL ? NULL : EVP_PKEY_CTX_new(pkey, NULL);
	return context != NULL && EVP_PKEY_verify_init(context) == 1 &&
	       EVP_PKEY_verify(context, der, len, digest.at, sizeof digest.at) == 1;
}
