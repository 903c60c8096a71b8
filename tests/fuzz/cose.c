/* A signed statement: what is read, written again, is what was read. */
#include "record/cose.h"

#include <assert.h>
#include <stdlib.h>

#include "record/cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static struct bytes written_again(struct arena *arena, const struct cose_sign1 *s)
{
	struct buffer header = {.arena = arena}, message = {.arena = arena};
	cbor_map(&header, 4);
	cbor_uint(&header, 1);
	cbor_int(&header, s->algorithm);
	cbor_uint(&header, 3);
	cbor_text(&header, s->content_type);
	cbor_uint(&header, 4);
	cbor_bytes(&header, hash_bytes(&s->kid));
	cbor_uint(&header, 15);
	cbor_map(&header, 3);
	cbor_uint(&header, 1);
	cbor_text(&header, s->claims.issuer);
	cbor_uint(&header, 2);
	cbor_text(&header, s->claims.subject);
	cbor_uint(&header, 6);
	cbor_int(&header, s->claims.issued_at);
	cbor_tag(&message, 18);
	cbor_array(&message, 4);
	cbor_bytes(&message, buffer_view(&header));
	cbor_map(&message, 0);
	cbor_bytes(&message, s->payload);
	cbor_bytes(&message, s->signature);
	return buffer_view(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct secret_key keys[2];
	struct err e = {0};
	if (keys[0].public.algorithm == 0) {
		static const uint8_t seed[KEY_SEED] = {7, 1, 2, 3};
		if (!key_library_start(&e) ||
		    !key_make(KEY_ED25519, "exporter.example", seed, &keys[0], &e) ||
		    !key_make(KEY_ES256, "exporter.example", seed, &keys[1], &e))
			abort();
	}
	owned_arena arena = {0};
	struct bytes in = bytes_of(at, len);
	struct cose_sign1 read;
	bool ok = cose_decode(&arena, in, &read, &e);
	assert(ok || (e.kind == ERR_INPUT && e.rule != NULL));
	if (ok)
		assert(bytes_equal(in, written_again(&arena, &read)));
	for (size_t i = 0; i < 2; i++) {
		struct bytes none = {0}, detached = bytes_text("content");
		bool verified = ok && cose_verify(&read, &keys[i].public, &e);
		bool foreign = cose_verify_any(in, &keys[i].public, none, none, &e);
		assert(foreign || (!verified && e.rule != NULL));
		cose_verify_any(in, &keys[i].public, in, detached, &e);
	}
	return 0;
}
