/* An assertion: what is read, written again, is what was read; none is good for a key it is not of.
 */
#include "record/passkey.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct secret_key key;
	struct err e = {0};
	static const uint8_t seed[KEY_SEED] = {7, 1, 2, 3};
	if (key.public.algorithm == 0 &&
	    (!key_library_start(&e) || !key_make(KEY_ED25519, "officer", seed, &key, &e)))
		abort();
	owned_arena arena = {0};
	struct passkey_assertion read;
	if (!passkey_assertion_decode(bytes_of(at, len), &read, &e)) {
		assert(e.kind == ERR_INPUT && e.rule != NULL);
		return 0;
	}
	struct buffer again = {.arena = &arena};
	passkey_assertion_encode(&again, &read);
	assert(bytes_equal(bytes_of(at, len), buffer_view(&again)));
	struct passkey passkey = {key.public, "authority.example", "https://authority.example"};
	struct hash challenge = sha256(bytes_text("a record"));
	uint32_t count;
	assert(!passkey_verify(&passkey, &challenge, &read, &count, &e) && e.kind == ERR_REFUSED);
	return 0;
}
