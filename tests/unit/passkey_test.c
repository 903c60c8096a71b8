#include "record/passkey.h"

#include "record/cbor.h"
#include "test.h"

/*
 * Made with python-fido2 (client and authenticator data) and pyca/cryptography: seed 00..1f
 * (Ed25519), scalar 01..20 (P-256); the challenge is SHA-256("a record").
 */
static const char client_data[] =
    "{\"type\":\"webauthn.get\",\"challenge\":\"m3AM6CmNvwdQsdg_NrBzNCTW_M6V-GvFpFa16wKWaX4\","
    "\"origin\":\"https://authority.example\",\"crossOrigin\":false}";
static const char authenticator_data[] =
    "ce03480cc8328c74265286cf764d107b63976d05c3db33c28df5634cddca37d30500000007";
static const struct {
	enum key_algorithm algorithm;
	const char *key, *signature;
} vectors[] = {
    {KEY_ED25519, "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
     "41fecc44dca0af07996d9ad95970c07044fa0670bdcbd838fa8ddc62c4f0e82d"
     "ae222a0a3bea0cbe083766103b84d5d8c71406e6f5819ca36bd345bdca8efb0e"},
    {KEY_ES256,
     "515c3d6eb9e396b904d3feca7f54fdcd0cc1e997bf375dca515ad0a6c3b4035f"
     "4536be3a50f318fbf9a5475902a221502bef0d57e08c53b2cc0a56f17d9f9354",
     "c92236d8ee901054aba52920e1d965b4fab0ca1ede1fab6b7f3144c8e2179870"
     "2560f805187f93d581566db4170afbe5d40f3ca82b28877efc9cbb575cdf903d"},
};

static struct bytes hex(struct arena *arena, const char *text)
{
	struct bytes out = {0};
	CHECK(hex_decode(arena, text, &out), "%s", text);
	return out;
}

static struct passkey passkey_of(const struct public_key *key)
{
	return (struct passkey){*key, "authority.example", "https://authority.example"};
}

static struct hash challenge_of(const char *record)
{
	return sha256(bytes_text(record));
}

static void assertions_of_a_peer_are_good(void)
{
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		owned_arena arena = {0};
		struct err e = {0};
		struct public_key key;
		uint32_t count = 0;
		CHECK(key_from_public(vectors[i].algorithm, hex(&arena, vectors[i].key), "", &key,
		                      &e),
		      "%s", e.text);
		struct passkey passkey = passkey_of(&key);
		struct passkey_assertion sent = {hex(&arena, authenticator_data),
		                                 bytes_text(client_data),
		                                 hex(&arena, vectors[i].signature)},
		                         came;
		struct buffer b = {.arena = &arena};
		passkey_assertion_encode(&b, &sent);
		CHECK(passkey_assertion_decode(buffer_view(&b), &came, &e), "%s", e.text);
		struct hash record = challenge_of("a record"), other = challenge_of("another");
		CHECK(passkey_verify(&passkey, &record, &came, &count, &e), "%zu: %s", i, e.text);
		CHECK(count == 7, "%u", count);
		CHECK(!passkey_verify(&passkey, &other, &came, &count, &e) &&
		          strcmp(e.rule, "passkey.client-data") == 0,
		      "replayed for another record: %s", e.rule);
	}
}

/* What an attacker's authenticator or page may say, each signed well. */
static const struct {
	const char *what, *client_data, *rp_id;
	uint8_t flags;
	const char *rule; /* NULL: it is good */
} said[] = {
#define CHALLENGE "\"challenge\":\"m3AM6CmNvwdQsdg_NrBzNCTW_M6V-GvFpFa16wKWaX4\""
#define GET       "{\"type\":\"webauthn.get\"," CHALLENGE ","
#define HERE      "\"origin\":\"https://authority.example\""
#define DATA      "passkey.client-data"
    {"plain", GET HERE ",\"crossOrigin\":false}", "authority.example", 0x05, NULL},
    {"backed up", GET HERE ",\"crossOrigin\":false}", "authority.example", 0x1D, NULL},
    {"more members", GET HERE ",\"crossOrigin\":false,\"extra\":1}", "authority.example", 0x05,
     NULL},
    {"user absent", GET HERE ",\"crossOrigin\":false}", "authority.example", 0x04,
     "passkey.user-absent"},
    {"user unverified", GET HERE ",\"crossOrigin\":false}", "authority.example", 0x01,
     "passkey.user-unverified"},
    {"extensions", GET HERE ",\"crossOrigin\":false}", "authority.example", 0x85,
     "passkey.authenticator-data"},
    {"a credential", GET HERE ",\"crossOrigin\":false}", "authority.example", 0x45,
     "passkey.authenticator-data"},
    {"backed up, not eligible", GET HERE ",\"crossOrigin\":false}", "authority.example", 0x15,
     "passkey.authenticator-data"},
    {"other site", GET HERE ",\"crossOrigin\":false}", "evil.example", 0x05, "passkey.rp-id"},
    {"subdomain's id", GET HERE ",\"crossOrigin\":false}", "a.authority.example", 0x05,
     "passkey.rp-id"},
    {"framed", GET HERE ",\"crossOrigin\":true}", "authority.example", 0x05, DATA},
    {"framed, said twice", GET HERE ",\"crossOrigin\":falsetrue}", "authority.example", 0x05, DATA},
    {"cut short", GET HERE ",\"crossOrigin\":false", "authority.example", 0x05, DATA},
    {"not ended", GET HERE ",\"crossOrigin\":false,", "authority.example", 0x05, DATA},
    {"other origin", GET "\"origin\":\"https://evil.example\",\"crossOrigin\":false}",
     "authority.example", 0x05, DATA},
    {"longer origin", GET "\"origin\":\"https://authority.example.evil\",\"crossOrigin\":false}",
     "authority.example", 0x05, DATA},
    {"no TLS", GET "\"origin\":\"http://authority.example\",\"crossOrigin\":false}",
     "authority.example", 0x05, DATA},
    {"other port", GET "\"origin\":\"https://authority.example:8443\",\"crossOrigin\":false}",
     "authority.example", 0x05, DATA},
    {"a registration",
     "{\"type\":\"webauthn.create\"," CHALLENGE "," HERE ",\"crossOrigin\":false}",
     "authority.example", 0x05, DATA},
    {"padded challenge",
     "{\"type\":\"webauthn.get\",\"challenge\":\"m3AM6CmNvwdQsdg_NrBzNCTW_M6V-GvFpFa16wKWaX4="
     "\"," HERE ",\"crossOrigin\":false}",
     "authority.example", 0x05, DATA},
    {"nothing", "", "authority.example", 0x05, DATA},
};

static void only_this_record_at_this_origin_by_a_verified_user_is_good(void)
{
	static const uint8_t seed[KEY_SEED] = {1, 2, 3};
	struct hash challenge = challenge_of("a record");
	for (size_t i = 0; i < 2 * (sizeof said / sizeof *said); i++) {
		owned_arena arena = {0};
		size_t row = i / 2;
		struct err e = {0};
		struct secret_key key;
		CHECK(key_make(i % 2 ? KEY_ES256 : KEY_ED25519, "officer", seed, &key, &e), "%s",
		      e.text);
		struct passkey passkey = passkey_of(&key.public);
		struct hash rp = sha256(bytes_text(said[row].rp_id));
		struct hash data = sha256(bytes_text(said[row].client_data));
		struct buffer b = {.arena = &arena};
		uint8_t signature[KEY_SIGNATURE];
		uint32_t count;
		buffer_bytes(&b, hash_bytes(&rp));
		buffer_u8(&b, said[row].flags);
		buffer_u32be(&b, 0);
		struct bytes authenticator = bytes_copy(&arena, buffer_view(&b));
		buffer_bytes(&b, hash_bytes(&data));
		CHECK(key_sign(&key, buffer_view(&b), signature, &e), "%s", e.text);
		struct passkey_assertion assertion = {authenticator,
		                                      bytes_text(said[row].client_data),
		                                      bytes_of(signature, sizeof signature)};
		bool good = passkey_verify(&passkey, &challenge, &assertion, &count, &e);
		CHECK(good == (said[row].rule == NULL), "%s: %d", said[row].what, good);
		CHECK(good || (e.kind == ERR_REFUSED && strcmp(e.rule, said[row].rule) == 0),
		      "%s: %s, not %s", said[row].what, e.rule, said[row].rule);
	}
}

static void no_bit_of_an_assertion_can_change(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct hash challenge = challenge_of("a record");
	struct public_key key;
	CHECK(key_from_public(KEY_ES256, hex(&arena, vectors[1].key), "", &key, &e), "%s", e.text);
	struct passkey passkey = passkey_of(&key);
	struct bytes authenticator = hex(&arena, authenticator_data);
	struct bytes signature = hex(&arena, vectors[1].signature);
	struct buffer b = {.arena = &arena};
	struct passkey_assertion sent = {authenticator, bytes_text(client_data), signature}, came;
	passkey_assertion_encode(&b, &sent);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		uint32_t count;
		b.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK(!passkey_assertion_decode(buffer_view(&b), &came, &e) ||
		          !passkey_verify(&passkey, &challenge, &came, &count, &e),
		      "bit %zu changed", bit);
		b.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t len = 0; len < b.len; len++)
		CHECK(!passkey_assertion_decode(bytes_of(b.at, len), &came, &e), "cut to %zu", len);
}

static void another_key_or_algorithm_is_refused(void)
{
	owned_arena arena = {0};
	struct hash challenge = challenge_of("a record");
	for (size_t i = 0; i < 2; i++) {
		struct err e = {0};
		struct public_key key;
		uint32_t count;
		CHECK(key_from_public(vectors[i].algorithm, hex(&arena, vectors[i].key), "", &key,
		                      &e),
		      "%s", e.text);
		struct passkey passkey = passkey_of(&key);
		struct passkey_assertion crossed = {hex(&arena, authenticator_data),
		                                    bytes_text(client_data),
		                                    hex(&arena, vectors[1 - i].signature)};
		CHECK(!passkey_verify(&passkey, &challenge, &crossed, &count, &e) &&
		          strcmp(e.rule, "passkey.signature") == 0,
		      "%zu: %s", i, e.rule);
	}
}

int main(void)
{
	struct err e = {0};
	static const struct test tests[] = {
	    TEST(assertions_of_a_peer_are_good),
	    TEST(only_this_record_at_this_origin_by_a_verified_user_is_good),
	    TEST(no_bit_of_an_assertion_can_change),
	    TEST(another_key_or_algorithm_is_refused),
	};
	return key_library_start(&e) ? test_main(tests, sizeof tests / sizeof *tests) : 4;
}
