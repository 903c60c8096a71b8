#include "base/key.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* One pass over 8 KiB: more than that may be asked for, but not a thousand times a second. */
static bool is_cheap(struct bytes text)
{
	static const char cheap[] = " argon2id:1:8\n";
	return !key_file_is_sealed(text) ||
	       memmem(text.at, text.len, cheap, sizeof cheap - 1) != NULL;
}

/* What opens without a passphrase is written back as it was read. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	struct secret_key key, again;
	struct err e = {0};
	if (!key_library_start(&e))
		abort();
	struct bytes text = bytes_of(at, len);
	if (is_cheap(text))
		key_file_parse(text, "passphrase", &key, &e);
	if (!key_file_parse(text, NULL, &key, &e))
		return 0;
	uint8_t salt[KEY_SALT] = {0};
	char *written = key_file(&arena, &key, NULL, salt, &e);
	if (written == NULL || !bytes_equal(bytes_text(written), text) ||
	    !key_file_parse(text, NULL, &again, &e) || memcmp(&key, &again, sizeof key) != 0)
		abort();
	return 0;
}
