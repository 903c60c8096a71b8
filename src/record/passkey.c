#include "passkey.h"

#include "cbor.h"

/* Section 6.1. */
enum {
	USER_PRESENT = 0x01,
	USER_VERIFIED = 0x04,
	BACKUP_ELIGIBLE = 0x08,
	BACKED_UP = 0x10,
	HAS_CREDENTIAL = 0x40,
	HAS_EXTENSIONS = 0x80,
};

bool passkey_assertion_decode(struct bytes message, struct passkey_assertion *out, struct err *e)
{
	*out = (struct passkey_assertion){0};
	struct cbor_reader r = cbor_reader(message, e);
	if (cbor_peek(&r) != CBOR_ARRAY || cbor_read_array(&r) != 3)
		return cbor_fail(&r, "passkey.assertion", "an assertion is an array of three");
	out->authenticator_data = cbor_read_bytes(&r);
	out->client_data = cbor_read_bytes(&r);
	out->signature = cbor_read_bytes(&r);
	if (!r.bad &&
	    (out->authenticator_data.len != PASSKEY_AUTHENTICATOR_DATA ||
	     out->client_data.len > PASSKEY_CLIENT_DATA_MAX || out->signature.len != KEY_SIGNATURE))
		cbor_fail(&r, "passkey.assertion",
		          "it is %d bytes of authenticator data, at most %d of client data and a "
		          "signature of %d",
		          PASSKEY_AUTHENTICATOR_DATA, PASSKEY_CLIENT_DATA_MAX, KEY_SIGNATURE);
	return cbor_done(&r);
}

void passkey_assertion_encode(struct buffer *b, const struct passkey_assertion *assertion)
{
	cbor_array(b, 3);
	cbor_bytes(b, assertion->authenticator_data);
	cbor_bytes(b, assertion->client_data);
	cbor_bytes(b, assertion->signature);
}

/* Section 5.8.1.1. An origin is ASCII without what JSON escapes, or it fits no client data. */
static struct bytes client_data_start(struct arena *arena, const struct passkey *passkey,
                                      const struct hash *challenge)
{
	struct buffer b = {.arena = arena};
	buffer_printf(&b,
	              "{\"type\":\"webauthn.get\",\"challenge\":\"%s\",\"origin\":\"%s\","
	              "\"crossOrigin\":false",
	              base64url_encode(arena, hash_bytes(challenge)), passkey->origin);
	return buffer_view(&b);
}

/* Section 5.8.1.2. */
static bool check_client_data(const struct passkey *passkey, const struct hash *challenge,
                              struct bytes found, struct err *e)
{
	owned_arena arena = {0};
	struct bytes due = client_data_start(&arena, passkey, challenge);
	if (found.len <= due.len || !bytes_equal(bytes_of(found.at, due.len), due) ||
	    found.at[found.len - 1] != '}' || (found.len > due.len + 1 && found.at[due.len] != ','))
		return err_refused(e, "passkey.client-data",
		                   "it was not made for this record at %s", passkey->origin);
	return true;
}

static bool check_flags(uint8_t flags, struct err *e)
{
	if (flags & (HAS_CREDENTIAL | HAS_EXTENSIONS) ||
	    (flags & BACKED_UP && !(flags & BACKUP_ELIGIBLE)))
		return err_refused(e, "passkey.authenticator-data",
		                   "flags 0x%02x do not fit an assertion without extensions",
		                   flags);
	if (!(flags & USER_PRESENT))
		return err_refused(e, "passkey.user-absent", "nobody was at the authenticator");
	return flags & USER_VERIFIED ||
	       err_refused(e, "passkey.user-unverified",
	                   "the authenticator did not verify who was there (PIN, biometric)");
}

static bool check_authenticator_data(const struct passkey *passkey, struct bytes data,
                                     uint32_t *count, struct err *e)
{
	struct reader r = reader_of(data);
	struct bytes rp_id_hash = read_bytes(&r, HASH_SIZE);
	uint8_t flags = read_u8(&r);
	*count = read_u32be(&r);
	if (r.bad || reader_left(&r) != 0)
		return err_refused(e, "passkey.authenticator-data", "%zu bytes, not %d", data.len,
		                   PASSKEY_AUTHENTICATOR_DATA);
	struct hash due = sha256(bytes_text(passkey->rp_id));
	if (!bytes_equal(rp_id_hash, hash_bytes(&due)))
		return err_refused(e, "passkey.rp-id", "it was made for another site than %s",
		                   passkey->rp_id);
	return check_flags(flags, e);
}

bool passkey_verify(const struct passkey *passkey, const struct hash *challenge,
                    const struct passkey_assertion *assertion, uint32_t *count, struct err *e)
{
	if (!check_client_data(passkey, challenge, assertion->client_data, e) ||
	    !check_authenticator_data(passkey, assertion->authenticator_data, count, e))
		return false;
	uint8_t message[PASSKEY_AUTHENTICATOR_DATA + HASH_SIZE];
	struct hash client_data = sha256(assertion->client_data);
	memcpy(message, assertion->authenticator_data.at, PASSKEY_AUTHENTICATOR_DATA);
	memcpy(message + PASSKEY_AUTHENTICATOR_DATA, client_data.at, HASH_SIZE);
	return (assertion->signature.len == KEY_SIGNATURE &&
	        key_verify(&passkey->key, bytes_of(message, sizeof message),
	                   assertion->signature.at)) ||
	       err_refused(e, "passkey.signature", "the signature is not good");
}
