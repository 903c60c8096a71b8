#include "session.h"

#include "cbor.h"

/* PartyInfo of RFC 9053: an identity, and neither nonce nor other. */
static void put_party(struct buffer *b, const struct hash *kid)
{
	cbor_array(b, 3);
	cbor_bytes(b, hash_bytes(kid));
	cbor_null(b);
	cbor_null(b);
}

void session_key(const uint8_t secret[KEY_SHARED_SECRET], const struct hash *device,
                 const struct hash *authority, const uint8_t nonce[RENEWAL_NONCE],
                 uint8_t out[SESSION_KEY])
{
	owned_arena arena = {0};
	struct buffer context = {.arena = &arena};
	cbor_array(&context, 4);
	cbor_uint(&context, COSE_HMAC_256);
	put_party(&context, device);
	put_party(&context, authority);
	cbor_array(&context, 2);
	cbor_uint(&context, 8 * SESSION_KEY);
	cbor_bytes(&context, (struct bytes){0});
	key_derive(bytes_of(nonce, RENEWAL_NONCE), bytes_of(secret, KEY_SHARED_SECRET),
	           buffer_view(&context), out);
}

bool session_request(struct arena *arena, const struct renewal_body *asks,
                     const struct public_key *device, const char *origin, int64_t issued_at,
                     const uint8_t key[SESSION_KEY], struct bytes *out, struct err *e)
{
	union record_body body = {.renewal = *asks};
	struct cose_claims claims = {device->name, origin, issued_at};
	struct hash kid = key_id(device);
	struct bytes payload;
	struct record again;
	return record_payload(arena, KIND_RENEWAL, &body, &payload, e) &&
	       cose_mac(arena, key, &kid, record_kind(KIND_RENEWAL)->content_type, &claims, payload,
	                out, e) &&
	       record_decode(arena, *out, &again, e);
}
