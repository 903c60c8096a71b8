#include "key_internal.h"

#include <assert.h>
#include <openssl/evp.h>
#include <sodium.h>

static void context_freep(EVP_CIPHER_CTX **c)
{
	EVP_CIPHER_CTX_free(*c);
}

#define owned_context __attribute__((cleanup(context_freep))) EVP_CIPHER_CTX *

bool x25519_agree(const uint8_t scalar[X25519_SIZE], const uint8_t point[X25519_SIZE],
                  uint8_t shared[KEY_SHARED])
{
	return crypto_scalarmult_curve25519(shared, scalar, point) == 0;
}

void hkdf_sha256(struct bytes salt, struct bytes secret, struct bytes info, uint8_t *out,
                 size_t len)
{
	static const uint8_t no_salt[HASH_SIZE];
	assert(len <= 255 * HASH_SIZE);
	if (salt.len == 0)
		salt = bytes_of(no_salt, sizeof no_salt);
	crypto_auth_hmacsha256_state state;
	uint8_t extracted[HASH_SIZE], block[HASH_SIZE];
	crypto_auth_hmacsha256_init(&state, salt.at, salt.len);
	crypto_auth_hmacsha256_update(&state, secret.at, secret.len);
	crypto_auth_hmacsha256_final(&state, extracted);
	for (uint8_t counter = 1; len > 0; counter++) {
		crypto_auth_hmacsha256_init(&state, extracted, sizeof extracted);
		crypto_auth_hmacsha256_update(&state, block, counter == 1 ? 0 : sizeof block);
		crypto_auth_hmacsha256_update(&state, info.at, info.len);
		crypto_auth_hmacsha256_update(&state, &counter, 1);
		crypto_auth_hmacsha256_final(&state, block);
		size_t part = len < sizeof block ? len : sizeof block;
		memcpy(out, block, part);
		out += part;
		len -= part;
	}
	sodium_memzero(&state, sizeof state);
	sodium_memzero(extracted, sizeof extracted);
	sodium_memzero(block, sizeof block);
}

/* Both directions of RFC 3394 with the default initial value; libcrypto checks the lengths. */
static bool key_wrap_cipher(const uint8_t key[AES_KEY], struct bytes in, uint8_t *out,
                            size_t out_len, bool wrap)
{
	int len = 0, more = 0;
	owned_context context = EVP_CIPHER_CTX_new();
	if (context == NULL)
		return false;
	EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	return EVP_CipherInit_ex(context, EVP_aes_256_wrap(), NULL, key, NULL, wrap) == 1 &&
	       EVP_CipherUpdate(context, out, &len, in.at, (int)in.len) == 1 &&
	       EVP_CipherFinal_ex(context, out + len, &more) == 1 &&
	       (size_t)len + (size_t)more == out_len;
}

bool aes_key_wrap(const uint8_t key[AES_KEY], struct bytes secret, uint8_t *out)
{
	assert(secret.len >= 16 && secret.len % 8 == 0 && secret.len <= AES_IN_MAX);
	return key_wrap_cipher(key, secret, out, secret.len + AES_WRAP_MORE, true);
}

bool aes_key_unwrap(const uint8_t key[AES_KEY], struct bytes wrapped, uint8_t *out)
{
	if (wrapped.len < 16 + AES_WRAP_MORE || wrapped.len % 8 != 0 || wrapped.len > AES_IN_MAX)
		return false;
	return key_wrap_cipher(key, wrapped, out, wrapped.len - AES_WRAP_MORE, false);
}

/* Feeds the key, the nonce and the additional data. */
static bool gcm_start(EVP_CIPHER_CTX *context, const uint8_t key[AES_KEY],
                      const uint8_t nonce[AES_GCM_NONCE], struct bytes additional, bool encrypt)
{
	int len;
	return context != NULL &&
	       EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce, encrypt) == 1 &&
	       EVP_CipherUpdate(context, NULL, &len, additional.at, (int)additional.len) == 1;
}

bool aes_gcm_seal(const uint8_t key[AES_KEY], const uint8_t nonce[AES_GCM_NONCE],
                  struct bytes additional, struct bytes plain, uint8_t *out)
{
	assert(plain.len <= AES_IN_MAX && additional.len <= AES_IN_MAX);
	int len = 0, more = 0;
	owned_context context = EVP_CIPHER_CTX_new();
	return gcm_start(context, key, nonce, additional, true) &&
	       EVP_CipherUpdate(context, out, &len, plain.at, (int)plain.len) == 1 &&
	       EVP_CipherFinal_ex(context, out + len, &more) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, AES_GCM_TAG, out + plain.len) ==
	           1;
}

bool aes_gcm_open(const uint8_t key[AES_KEY], const uint8_t nonce[AES_GCM_NONCE],
                  struct bytes additional, struct bytes sealed, uint8_t *out)
{
	if (sealed.len < AES_GCM_TAG || sealed.len > AES_IN_MAX || additional.len > AES_IN_MAX)
		return false;
	int len = 0, more = 0;
	struct bytes text = bytes_of(sealed.at, sealed.len - AES_GCM_TAG);
	uint8_t tag[AES_GCM_TAG];
	owned_context context = EVP_CIPHER_CTX_new();
	memcpy(tag, sealed.at + text.len, sizeof tag);
	bool ok = gcm_start(context, key, nonce, additional, false) &&
	          EVP_CipherUpdate(context, out, &len, text.at, (int)text.len) == 1 &&
	          EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
	          EVP_CipherFinal_ex(context, out + len, &more) == 1;
	if (!ok)
		sodium_memzero(out, text.len); /* decrypted, and not authentic */
	return ok;
}
