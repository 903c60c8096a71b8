#define OPENSSL_SUPPRESS_DEPRECATED /* the low-level calls are the fast ones, see hash.h */
#include "hash.h"

#include <openssl/sha.h>

struct hash sha256(struct bytes b)
{
	return sha256_parts(&b, 1);
}

struct hash sha256_parts(const struct bytes parts[], size_t count)
{
	SHA256_CTX  ctx;
	struct hash out;
	SHA256_Init(&ctx);
	for (size_t i = 0; i < count; i++)
		SHA256_Update(&ctx, parts[i].at, parts[i].len);
	SHA256_Final(out.at, &ctx);
	return out;
}
