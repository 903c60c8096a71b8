/*
 * Wycheproof's vectors against the primitives as this project uses them, and COSE's for the
 * whole of wrapping. Where we take less than the vectors allow, the row says what.
 */
#include "base/file.h"
#include "base/key_internal.h"
#include "test.h"

#include <jansson.h>
#include <sodium.h>

/* One vector: its group, itself, and room that goes with it. */
struct vector {
	struct arena *arena;
	json_t *group, *test;
	bool valid; /* by its result; "acceptable" is decided by the check */
};

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));
	if (text == NULL) {
		CHECK(false, "no %s", member);
		text = "";
	}
	return text;
}

static struct bytes decode(struct arena *arena, const char *digits)
{
	struct bytes out = {0};
	CHECK(hex_decode(arena, digits, &out), "not hex: %s", digits);
	return out;
}

static struct bytes bytes_member(const struct vector *v, const char *member)
{
	return decode(v->arena, text_of(v->test, member));
}

static int id_of(const struct vector *v)
{
	return (int)json_integer_value(json_object_get(v->test, "tcId"));
}

static bool result_is(const struct vector *v, const char *result)
{
	return strcmp(text_of(v->test, "result"), result) == 0;
}

static json_t *load(struct arena *arena, const char *file)
{
	struct err e = {0};
	json_error_t why;
	struct bytes all;
	char *path = arena_printf(arena, "%s/vectors/%s", test_data(), file);
	if (!file_read(arena, path, 1 << 24, &all, &e)) {
		CHECK(false, "%s", e.text);
		return NULL;
	}
	json_t *root = json_loadb((const char *)all.at, all.len, JSON_ALLOW_NUL, &why);
	CHECK(root != NULL, "%s: %s", file, why.text);
	return root;
}

/* Runs every vector of the groups that `fits` takes; false: data is missing, skip. */
static bool each(const char *file, bool (*fits)(const json_t *group),
                 void (*check)(const struct vector *))
{
	owned_arena arena = {0};
	if (test_data() == NULL)
		return false;
	json_t *root =
	    load(&arena, arena_printf(&arena, "wycheproof/testvectors_v1/%s_test.json", file));
	json_t *group, *test;
	size_t i, k, count = 0, all = 0;
	json_array_foreach(json_object_get(root, "testGroups"), i, group)
	{
		json_array_foreach(json_object_get(group, "tests"), k, test)
		{
			owned_arena room = {0};
			struct vector v = {&room, group, test, false};
			all++;
			if (fits != NULL && !fits(group))
				continue;
			v.valid = result_is(&v, "valid");
			check(&v);
			count++;
		}
	}
	CHECK(all == (size_t)json_integer_value(json_object_get(root, "numberOfTests")), "%zu",
	      all);
	CHECK(count > 0, "no vector of %s fits", file);
	printf("# %s: %zu of %zu vectors\n", file, count, all);
	json_decref(root);
	return true;
}

static bool group_number_is(const json_t *group, const char *member, int wanted)
{
	return json_integer_value(json_object_get(group, member)) == wanted;
}

static struct bytes group_key(const struct vector *v, const char *member)
{
	return decode(v->arena, text_of(json_object_get(v->group, "publicKey"), member));
}

static void check_ed25519(const struct vector *v)
{
	struct public_key key;
	struct err e = {0};
	struct bytes signature = bytes_member(v, "sig");
	bool good = key_from_public(KEY_ED25519, group_key(v, "pk"), "", &key, &e) &&
	            signature.len == KEY_SIGNATURE &&
	            key_verify(&key, bytes_member(v, "msg"), signature.at);
	CHECK(good == v->valid, "%d: %s", id_of(v), text_of(v->test, "comment"));
}

static void ed25519_signatures(void)
{
	if (!each("ed25519", NULL, check_ed25519))
		SKIP("no PROVISO_TEST_DATA");
}

static const char order_hex[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
static const char half_hex[] = "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8";

/* s -> n - s, big endian */
static void negate(struct arena *arena, uint8_t s[32])
{
	struct bytes order = decode(arena, order_hex);
	int borrow = 0;
	for (size_t i = 32; i-- > 0;) {
		int difference = order.at[i] - s[i] - borrow;
		borrow = difference < 0;
		s[i] = (uint8_t)(difference & 0xFF);
	}
}

static unsigned high_and_valid;

/* A valid signature whose s is high is the other form of one that we take. */
static void check_es256(const struct vector *v)
{
	struct public_key key;
	struct err e = {0};
	struct bytes point = group_key(v, "uncompressed"), message = bytes_member(v, "msg");
	struct bytes signature = bytes_member(v, "sig");
	CHECK(point.len == 65 &&
	          key_from_public(KEY_ES256, bytes_of(point.at + 1, 64), "", &key, &e),
	      "%d: %s", id_of(v), e.text);
	if (signature.len != KEY_SIGNATURE) {
		CHECK(!v->valid, "%d: valid, of %zu bytes", id_of(v), signature.len);
		return;
	}
	bool high = memcmp(signature.at + 32, decode(v->arena, half_hex).at, 32) > 0;
	CHECK(key_verify(&key, message, signature.at) == (v->valid && !high), "%d: %s", id_of(v),
	      text_of(v->test, "comment"));
	if (!high)
		return;
	uint8_t *other = (uint8_t *)arena_copy(v->arena, signature.at, signature.len);
	negate(v->arena, other + 32);
	CHECK(!v->valid || key_verify(&key, message, other), "%d: with n - s", id_of(v));
	high_and_valid += v->valid;
}

static void es256_signatures_with_low_s(void)
{
	high_and_valid = 0;
	if (!each("ecdsa_secp256r1_sha256_p1363", NULL, check_es256))
		SKIP("no PROVISO_TEST_DATA");
	CHECK(high_and_valid > 0, "no valid vector had a high s");
	printf("# %u valid vectors have a high s and are refused\n", high_and_valid);
}

/* Non-canonical and twisted points are X25519's to take; shared zeros are ours to refuse. */
static void check_x25519(const struct vector *v)
{
	uint8_t shared[KEY_SHARED];
	struct bytes wanted = bytes_member(v, "shared"), public = bytes_member(v, "public");
	struct bytes private = bytes_member(v, "private");
	if (public.len != X25519_SIZE || private.len != X25519_SIZE) {
		CHECK(!v->valid, "%d: other lengths", id_of(v));
		return;
	}
	bool good = x25519_agree(private.at, public.at, shared);
	bool zero = sodium_is_zero(wanted.at, wanted.len);
	CHECK(good == !zero, "%d: %s", id_of(v), text_of(v->test, "comment"));
	CHECK(!good || bytes_equal(bytes_of(shared, sizeof shared), wanted), "%d", id_of(v));
}

static void x25519_agreements(void)
{
	if (!each("x25519", NULL, check_x25519))
		SKIP("no PROVISO_TEST_DATA");
}

/* A scalar in hexadecimal of any length, to 32 bytes. */
static bool scalar_of(struct bytes from, uint8_t to[32])
{
	while (from.len > 32 && from.at[0] == 0)
		from = bytes_of(from.at + 1, from.len - 1);
	memset(to, 0, 32);
	if (from.len > 32)
		return false;
	memcpy(to + 32 - from.len, from.at, from.len);
	return true;
}

/* Compressed points are no form of ours. */
static void check_ecdh(const struct vector *v)
{
	uint8_t scalar[32], shared[KEY_SHARED];
	struct bytes public = bytes_member(v, "public");
	CHECK(scalar_of(bytes_member(v, "private"), scalar), "%d: a long scalar", id_of(v));
	bool ours = public.len == 65 && public.at[0] == 4;
	if (!ours) {
		CHECK(!v->valid, "%d: valid in a form that we do not read", id_of(v));
		return;
	}
	bool good = es256_agree(scalar, public.at + 1, shared);
	CHECK(good == v->valid, "%d: %s", id_of(v), text_of(v->test, "comment"));
	CHECK(!good || bytes_equal(bytes_of(shared, sizeof shared), bytes_member(v, "shared")),
	      "%d", id_of(v));
}

static void p256_agreements(void)
{
	if (!each("ecdh_secp256r1_ecpoint", NULL, check_ecdh))
		SKIP("no PROVISO_TEST_DATA");
}

static bool gcm_fits(const json_t *group)
{
	return group_number_is(group, "keySize", 256) && group_number_is(group, "ivSize", 96) &&
	       group_number_is(group, "tagSize", 128);
}

static void check_gcm(const struct vector *v)
{
	struct bytes plain = bytes_member(v, "msg"), additional = bytes_member(v, "aad");
	struct bytes key = bytes_member(v, "key"), nonce = bytes_member(v, "iv");
	struct buffer sealed = {.arena = v->arena};
	buffer_bytes(&sealed, bytes_member(v, "ct"));
	buffer_bytes(&sealed, bytes_member(v, "tag"));
	uint8_t *out = arena_alloc(v->arena, sealed.len);
	bool good = aes_gcm_open(key.at, nonce.at, additional, buffer_view(&sealed), out);
	CHECK(good == v->valid, "%d: %s", id_of(v), text_of(v->test, "comment"));
	CHECK(!good || memcmp(out, plain.at, plain.len) == 0, "%d: opened", id_of(v));
	CHECK(good || sodium_is_zero(out, sealed.len - AES_GCM_TAG), "%d: plain text left",
	      id_of(v));
	if (!good)
		return;
	CHECK(aes_gcm_seal(key.at, nonce.at, additional, plain, out) &&
	          memcmp(out, sealed.at, sealed.len) == 0,
	      "%d: sealed", id_of(v));
}

static void aes_256_gcm(void)
{
	if (!each("aes_gcm", gcm_fits, check_gcm))
		SKIP("no PROVISO_TEST_DATA");
}

static bool wrap_fits(const json_t *group)
{
	return group_number_is(group, "keySize", 256);
}

static void check_wrap(const struct vector *v)
{
	struct bytes key = bytes_member(v, "key"), secret = bytes_member(v, "msg");
	struct bytes wrapped = bytes_member(v, "ct");
	uint8_t *out = arena_alloc(v->arena, wrapped.len + secret.len + AES_WRAP_MORE);
	bool good = aes_key_unwrap(key.at, wrapped, out);
	CHECK(good == v->valid, "%d: %s", id_of(v), text_of(v->test, "comment"));
	if (!good)
		return;
	CHECK(memcmp(out, secret.at, secret.len) == 0, "%d: unwrapped", id_of(v));
	CHECK(aes_key_wrap(key.at, secret, out) && memcmp(out, wrapped.at, wrapped.len) == 0,
	      "%d: wrapped", id_of(v));
}

static void aes_256_key_wrap(void)
{
	if (!each("aes_wrap", wrap_fits, check_wrap))
		SKIP("no PROVISO_TEST_DATA");
}

/* RFC 5869 bounds the output; so does our assertion, and such a vector is not run. */
static void check_hkdf(const struct vector *v)
{
	size_t size = (size_t)json_integer_value(json_object_get(v->test, "size"));
	uint8_t *out = arena_alloc(v->arena, size);
	CHECK(v->valid == (size <= 255 * HASH_SIZE), "%d: %zu bytes", id_of(v), size);
	if (!v->valid)
		return;
	hkdf_sha256(bytes_member(v, "salt"), bytes_member(v, "ikm"), bytes_member(v, "info"), out,
	            size);
	CHECK(bytes_equal(bytes_of(out, size), bytes_member(v, "okm")), "%d: %s", id_of(v),
	      text_of(v->test, "comment"));
}

static void hkdf_with_sha256(void)
{
	if (!each("hkdf_sha256", NULL, check_hkdf))
		SKIP("no PROVISO_TEST_DATA");
}

/* libsodium's, as HKDF calls it; tags may be cut short. */
static void check_hmac(const struct vector *v)
{
	struct bytes key = bytes_member(v, "key"), message = bytes_member(v, "msg");
	struct bytes tag = bytes_member(v, "tag");
	uint8_t out[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_state state;
	crypto_auth_hmacsha256_init(&state, key.at, key.len);
	crypto_auth_hmacsha256_update(&state, message.at, message.len);
	crypto_auth_hmacsha256_final(&state, out);
	bool good = tag.len <= sizeof out && memcmp(out, tag.at, tag.len) == 0;
	CHECK(good == v->valid, "%d: %s", id_of(v), text_of(v->test, "comment"));
}

static void hmac_with_sha256(void)
{
	if (!each("hmac_sha256", NULL, check_hmac))
		SKIP("no PROVISO_TEST_DATA");
}

/*
 * cose-wg/Examples p256-wrap-256-02 has our algorithms in a map order of its own; what lies
 * in the message is taken by where it stands, and run through every step of unwrapping.
 */
static void cose_example_of_a_wrapped_key(void)
{
	if (test_data() == NULL)
		SKIP("no PROVISO_TEST_DATA");
	owned_arena arena = {0};
	json_t *root = load(&arena, "cose/ecdh-wrap-examples/p256-wrap-256-02.json"), *steps,
	       *input;
	steps = json_object_get(root, "intermediates");
	input = json_object_get(root, "input");
	json_t *recipient = json_array_get(json_object_get(steps, "recipients"), 0);
	json_t *to =
	    json_array_get(json_object_get(json_object_get(input, "enveloped"), "recipients"), 0);
	struct bytes message = decode(&arena, text_of(json_object_get(root, "output"), "cbor"));
	struct bytes secret = decode(&arena, text_of(recipient, "Secret_hex"));
	struct bytes wrap_key = decode(&arena, text_of(recipient, "KEK_hex"));
	struct bytes content_key = decode(&arena, text_of(steps, "CEK_hex"));
	struct bytes additional = decode(&arena, text_of(steps, "AAD_hex"));

	/* d is base64url without padding */
	uint8_t scalar[32] = {0}, shared[KEY_SHARED] = {0}, key[AES_KEY] = {0}, plain[64] = {0};
	const char *d = text_of(json_object_get(to, "key"), "d");
	size_t len = 0;
	CHECK(sodium_base642bin(scalar, sizeof scalar, d, strlen(d), NULL, &len, NULL,
	                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	          len == 32,
	      "%s", d);

	uint8_t point[ES256_POINT] = {0};
	static const uint8_t x_head[] = {0x20, 0x01, 0x21, 0x58, 0x20};
	const uint8_t *ephemeral = memmem(message.at, message.len, x_head, sizeof x_head);
	CHECK(ephemeral != NULL, "no ephemeral key");
	if (ephemeral != NULL) {
		memcpy(point, ephemeral + sizeof x_head, 32);
		memcpy(point + 32, ephemeral + sizeof x_head + 32 + 3, 32);
	}
	CHECK(es256_agree(scalar, point, shared) &&
	          bytes_equal(bytes_of(shared, sizeof shared), secret),
	      "the shared secret");
	CHECK(wrap_key_of(shared, key) && bytes_equal(bytes_of(key, sizeof key), wrap_key),
	      "the KEK");
	CHECK(aes_key_unwrap(key, bytes_of(message.at + message.len - 40, 40), key) &&
	          bytes_equal(bytes_of(key, sizeof key), content_key),
	      "the content key");
	CHECK(
	    aes_gcm_open(key, message.at + 10, additional, bytes_of(message.at + 24, 36), plain) &&
	        strcmp((const char *)plain, text_of(input, "plaintext")) == 0,
	    "the content: %s", plain);
	json_decref(root);
}

static void the_library_starts(void)
{
	struct err e = {0};
	CHECK(key_library_start(&e), "%s", e.text);
}

TEST_MAIN(TEST(the_library_starts), TEST(ed25519_signatures), TEST(es256_signatures_with_low_s),
          TEST(x25519_agreements), TEST(p256_agreements), TEST(aes_256_gcm), TEST(aes_256_key_wrap),
          TEST(hkdf_with_sha256), TEST(hmac_with_sha256), TEST(cose_example_of_a_wrapped_key))
