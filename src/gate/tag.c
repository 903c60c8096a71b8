#include "tag.h"

#include <sodium.h>

_Static_assert(crypto_shorthash_siphashx24_BYTES == PROVISO_TAG_SIZE, "tags are whole hashes");
_Static_assert(2 * crypto_shorthash_siphashx24_KEYBYTES == AUDIT_KEY, "a key has two halves");

void tag_subject(const uint8_t key[AUDIT_KEY], struct bytes selector, uint8_t out[PROVISO_TAG_SIZE])
{
	crypto_shorthash_siphashx24(out, selector.at, selector.len, key);
}

void tag_warrant(const uint8_t key[AUDIT_KEY], struct bytes text, uint8_t out[PROVISO_TAG_SIZE])
{
	crypto_shorthash_siphashx24(out, text.at, text.len, key + AUDIT_KEY / 2);
}
