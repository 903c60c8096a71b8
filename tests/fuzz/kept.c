/* What an audit left, under the right tag: the key's holder may be careless, and is not feared. */
#include "authority/kept.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const uint8_t key[KEPT_KEY];
	owned_arena arena = {0};
	struct bytes all = bytes_of(at, len), again;
	struct buffer file = {.arena = &arena};
	struct audit_kept kept;
	struct err e = {0};
	struct hash tag = hmac_sha256(bytes_of(key, KEPT_KEY), &all, 1);
	buffer_bytes(&file, all);
	buffer_bytes(&file, hash_bytes(&tag));
	if (audit_kept_read(&kept, buffer_view(&file), key, "proviso", &e)) {
		audit_kept_write(&kept, &arena, key, "proviso", &again);
		/* Pairs are written in their order, and each key once; else it is as it was. */
		if (again.len > file.len)
			__builtin_trap();
	}
	audit_kept_free(&kept);
	return 0;
}
