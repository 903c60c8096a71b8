/* Keys: their making, names, lines, files; signing, verifying, wrapping. */
#include "base/file.h"
#include "base/key_internal.h"
#include "test.h"

#include <sodium.h>

static struct bytes hex(struct arena *arena, const char *digits)
{
	struct bytes out = {0};
	if (!hex_decode(arena, digits, &out))
		CHECK(false, "not hex: %s", digits);
	return out;
}

static struct secret_key key_of(enum key_algorithm algorithm, uint8_t which, const char *name)
{
	struct secret_key key;
	struct err e = {0};
	uint8_t seed[KEY_SEED] = {0, which, 3};
	if (!key_make(algorithm, name, seed, &key, &e))
		CHECK(false, "%s", e.text);
	return key;
}

static bool failed_by(bool done, const struct err *e, const char *rule)
{
	return !done && e->rule != NULL && strcmp(e->rule, rule) == 0;
}

/* RFC 8032 section 7.1. */
static void ed25519_gives_the_vectors_of_its_rfc(void)
{
	static const struct {
		const char *seed, *public, *message, *signature;
	} rows[] = {
	    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc6"
	     "1e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
	    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e45"
	     "8f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
	    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae"
	     "67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
	};
	owned_arena arena = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct secret_key key;
		struct err e = {0};
		uint8_t signature[KEY_SIGNATURE];
		struct bytes message = hex(&arena, rows[i].message);
		CHECK(key_make(KEY_ED25519, "a", hex(&arena, rows[i].seed).at, &key, &e), "%s",
		      e.text);
		CHECK(bytes_equal(key_public_bytes(&key.public), hex(&arena, rows[i].public)),
		      "%zu", i);
		CHECK(key_sign(&key, message, signature, &e), "%s", e.text);
		CHECK(memcmp(signature, hex(&arena, rows[i].signature).at, KEY_SIGNATURE) == 0,
		      "%zu", i);
		CHECK(key_verify(&key.public, message, signature), "%zu", i);
	}
}

/* RFC 6979 appendix A.2.5, SHA-256: of "sample" s is high, of "test" it is low. */
static void es256_verifies_the_low_s_of_a_vector_and_not_the_high(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct secret_key key;
	struct bytes seed =
	    hex(&arena, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
	struct bytes public =
	    hex(&arena, "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
	                "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299");
	CHECK(key_make(KEY_ES256, "a", seed.at, &key, &e), "%s", e.text);
	CHECK(bytes_equal(key_public_bytes(&key.public), public), "the public key");
	static const struct {
		const char *message, *signature;
		bool good;
	} rows[] = {
	    {"test",
	     "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
	     "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
	     true},
	    {"sample",
	     "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
	     "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
	     false},
	    /* the same with n - s */
	    {"sample",
	     "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
	     "0834E36AD29A83BF2BC9385E491D6099C8FDF9D1ED67AA7EA5F51F93782857A9",
	     true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK(key_verify(&key.public, bytes_text(rows[i].message),
		                 hex(&arena, rows[i].signature).at) == rows[i].good,
		      "%zu", i);
}

/* n - s for P-256, big endian. */
static void negate_s(uint8_t s[32])
{
	static const uint8_t order[32] = {
	    0xFF, 0xFF, 0xFF, 0xFF, 0,    0,    0,    0,    0xFF, 0xFF, 0xFF,
	    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17,
	    0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
	};
	int borrow = 0;
	for (int i = 31; i >= 0; i--) {
		int difference = order[i] - s[i] - borrow;
		borrow = difference < 0;
		s[i] = (uint8_t)(difference & 0xFF);
	}
}

static void es256_has_one_s_for_a_statement(void)
{
	uint64_t state = test_seed();
	for (int round = 0; round < 60; round++) {
		struct secret_key key = key_of(KEY_ES256, (uint8_t)round, "a");
		struct err e = {0};
		uint8_t message[100], signature[KEY_SIGNATURE];
		size_t len = test_random(&state) % sizeof message;
		for (size_t i = 0; i < len; i++)
			message[i] = (uint8_t)test_random(&state);
		CHECK(key_sign(&key, bytes_of(message, len), signature, &e), "%s", e.text);
		CHECK(signature[32] <= 0x7F, "s begins with %02x", signature[32]);
		CHECK(key_verify(&key.public, bytes_of(message, len), signature), "round %d",
		      round);
		negate_s(signature + 32);
		CHECK(!key_verify(&key.public, bytes_of(message, len), signature), "high s, %d",
		      round);
	}
}

static void a_changed_signature_message_or_key_is_noticed(void)
{
	for (enum key_algorithm a = KEY_ED25519; a <= KEY_ES256; a++) {
		struct secret_key key = key_of(a, 1, "a"), other = key_of(a, 2, "a");
		struct err e = {0};
		uint8_t message[] = "a message of thirty-one bytes..", signature[KEY_SIGNATURE];
		struct bytes all = bytes_of(message, sizeof message);
		CHECK(key_sign(&key, all, signature, &e), "%s", e.text);
		CHECK(key_verify(&key.public, all, signature), "%d", a);
		CHECK(!key_verify(&other.public, all, signature), "another key, %d", a);
		for (size_t bit = 0; bit < KEY_SIGNATURE * 8; bit++) {
			signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
			CHECK(!key_verify(&key.public, all, signature), "%d, bit %zu", a, bit);
			signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		for (size_t i = 0; i < sizeof message; i++) {
			message[i] ^= 1;
			CHECK(!key_verify(&key.public, all, signature), "%d, byte %zu", a, i);
			message[i] ^= 1;
		}
		CHECK(!key_verify(&key.public, bytes_of(message, sizeof message - 1), signature),
		      "cut");
		CHECK(key_sign(&key, (struct bytes){0}, signature, &e) &&
		          key_verify(&key.public, (struct bytes){0}, signature),
		      "nothing can be signed too");
	}
}

static void seeds_that_are_no_scalars_are_refused(void)
{
	static const struct {
		const char *seed;
		bool good;
	} rows[] = {
	    {"0000000000000000000000000000000000000000000000000000000000000000", false},
	    {"0000000000000000000000000000000000000000000000000000000000000001", true},
	    {"FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550", true},
	    {"FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", false},
	    {"FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632552", false},
	    {"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", false},
	};
	owned_arena arena = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct secret_key key;
		struct err e = {0};
		CHECK(key_make(KEY_ES256, "a", hex(&arena, rows[i].seed).at, &key, &e) ==
		          rows[i].good,
		      "%s", rows[i].seed);
		CHECK(key_make(KEY_ED25519, "a", hex(&arena, rows[i].seed).at, &key, &e),
		      "any for Ed25519");
	}
}

static void public_keys_are_usable_points(void)
{
	static const struct {
		enum key_algorithm algorithm;
		const char *public;
		bool good;
		const char *what;
	} rows[] = {
	    {KEY_ED25519, "5866666666666666666666666666666666666666666666666666666666666666", true,
	     "the base point"},
	    {KEY_ED25519, "0100000000000000000000000000000000000000000000000000000000000000", false,
	     "order 1"},
	    {KEY_ED25519, "0100000000000000000000000000000000000000000000000000000000000080", false,
	     "order 1, -0"},
	    {KEY_ED25519, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false,
	     "order 2"},
	    {KEY_ED25519, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false,
	     "order 2, -0"},
	    {KEY_ED25519, "0000000000000000000000000000000000000000000000000000000000000000", false,
	     "order 4"},
	    {KEY_ED25519, "0000000000000000000000000000000000000000000000000000000000000080", false,
	     "order 4"},
	    {KEY_ED25519, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", false,
	     "order 8"},
	    {KEY_ED25519, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", false,
	     "order 8"},
	    {KEY_ED25519, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", false,
	     "order 8"},
	    {KEY_ED25519, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", false,
	     "order 8"},
	    {KEY_ED25519, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false,
	     "0 as p"},
	    {KEY_ED25519, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false,
	     "1 as p + 1"},
	    {KEY_ED25519, "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false,
	     "3 as p + 3"},
	    {KEY_ED25519, "0300000000000000000000000000000000000000000000000000000000000000", true,
	     "3"},
	    {KEY_ED25519, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false,
	     "18 as 2^255 - 1"},
	    {KEY_ED25519, "0200000000000000000000000000000000000000000000000000000000000000", false,
	     "not on the curve"},
	    {KEY_ED25519, "58666666666666666666666666666666666666666666666666666666666666", false,
	     "31 bytes"},
	    {KEY_ED25519, "586666666666666666666666666666666666666666666666666666666666666600",
	     false, "33 bytes"},
	    {KEY_ED25519, "", false, "nothing"},
	    {KEY_ES256,
	     "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
	     "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5",
	     true, "the base point"},
	    {KEY_ES256,
	     "0000000000000000000000000000000000000000000000000000000000000000"
	     "66485C780E2F83D72433BD5D84A06BB6541C2AF31DAE871728BF856A174F93F4",
	     true, "x is 0"},
	    {KEY_ES256,
	     "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF"
	     "66485C780E2F83D72433BD5D84A06BB6541C2AF31DAE871728BF856A174F93F4",
	     false, "x is 0, as p"},
	    {KEY_ES256,
	     "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
	     "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F4",
	     false, "not on the curve"},
	    {KEY_ES256,
	     "0000000000000000000000000000000000000000000000000000000000000000"
	     "0000000000000000000000000000000000000000000000000000000000000000",
	     false, "zeros"},
	    {KEY_ES256, "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296", false,
	     "half a point"},
	    {(enum key_algorithm)3, "6B17", false, "no algorithm"},
	};
	owned_arena arena = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct public_key key;
		struct err e = {0};
		bool good =
		    key_from_public(rows[i].algorithm, hex(&arena, rows[i].public), "", &key, &e);
		CHECK(good == rows[i].good, "%s", rows[i].what);
		CHECK(good || e.kind == ERR_INPUT, "%s: %d", rows[i].what, e.kind);
	}
}

/* k of a signature's equation, the way verifiers compute it. */
static void challenge(const uint8_t r[32], const uint8_t a[32], struct bytes message,
                      uint8_t out[32])
{
	crypto_hash_sha512_state state;
	uint8_t wide[64];
	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, r, 32);
	crypto_hash_sha512_update(&state, a, 32);
	crypto_hash_sha512_update(&state, message.at, message.len);
	crypto_hash_sha512_final(&state, wide);
	crypto_core_ed25519_scalar_reduce(out, wide);
}

/* A generator of the eight points of small order. */
static const uint8_t torsion[32] = {
    0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
    0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
};

/* base * scalar + torsion * times */
static void mixed_point(const uint8_t scalar[32], int times, uint8_t out[32])
{
	static const uint8_t zero[32];
	static const uint8_t identity[32] = {1};
	if (memcmp(scalar, zero, 32) == 0)
		memcpy(out, identity, 32);
	else if (crypto_scalarmult_ed25519_base_noclamp(out, scalar) != 0)
		CHECK(false, "no multiple of the base");
	for (int i = 0; i < times; i++)
		if (crypto_core_ed25519_add(out, out, torsion) != 0)
			CHECK(false, "no sum");
}

/*
 * The cases on which verifiers differ ("Taming the many EdDSAs", section 5): with a torsion
 * part in A or R the cofactored equation always holds; ours is the cofactorless one with no
 * point of small order, on every message.
 */
static void ed25519_has_the_cofactorless_rule(void)
{
	static const uint8_t zero[32];
	uint64_t state = test_seed();
	int accepted = 0, refused = 0;
	for (int round = 0; round < 400; round++) {
		uint8_t wide[64] = {0}, a[32], r[32], k[32], s[32], signature[64], message[8],
		        point[32];
		for (size_t i = 0; i < sizeof wide; i++)
			wide[i] = (uint8_t)test_random(&state);
		crypto_core_ed25519_scalar_reduce(a, wide);
		memcpy(r, wide + 32, 31);
		r[31] = 0;
		for (size_t i = 0; i < sizeof message; i++)
			message[i] = (uint8_t)test_random(&state);
		/* what share of the torsion A and R have; every fifth R is of small order */
		int in_a = (int)(test_random(&state) % 8), in_r = (int)(test_random(&state) % 8);
		bool small_r = round % 5 == 0;
		if (small_r)
			memcpy(r, zero, 32);

		mixed_point(a, in_a, point);
		mixed_point(r, in_r, signature);
		challenge(signature, point, bytes_of(message, sizeof message), k);
		crypto_core_ed25519_scalar_mul(s, k, a);
		crypto_core_ed25519_scalar_add(signature + 32, s, r);

		/* s B = R + k A once the torsion parts cancel: in_r + k in_a = 0 mod 8 */
		bool cancels = (in_r + k[0] % 8 * in_a) % 8 == 0;
		struct public_key key;
		struct err e = {0};
		CHECK(key_from_public(KEY_ED25519, bytes_of(point, 32), "", &key, &e), "%s",
		      e.text);
		bool good = key_verify(&key, bytes_of(message, sizeof message), signature);
		CHECK(good == (cancels && !small_r), "A + %d, R + %d, small R %d, k %d: %d", in_a,
		      in_r, small_r, k[0] % 8, good);
		accepted += good;
		refused += !good;
	}
	CHECK(accepted > 20 && refused > 200, "%d accepted, %d refused", accepted, refused);
}

/* Each of these satisfies the equation of some verifier in use, or did. */
static void ed25519_refuses_small_order_and_other_encodings(void)
{
	/* canonical or not, every encoding of a point of small order */
	static const char *const small[] = {
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000080",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0000000000000000000000000000000000000000000000000000000000000080",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	};
	enum { COUNT = sizeof small / sizeof *small };
	owned_arena arena = {0};
	for (size_t a = 0; a < COUNT; a++)
		for (size_t r = 0; r < COUNT; r++)
			for (uint8_t m = 0; m < 8; m++) {
				struct public_key key = {.algorithm = KEY_ED25519};
				uint8_t signature[KEY_SIGNATURE] = {0};
				memcpy(key.at, hex(&arena, small[a]).at, 32);
				memcpy(signature, hex(&arena, small[r]).at, 32);
				CHECK(!key_verify(&key, bytes_of(&m, 1), signature), "A %zu, R %zu",
				      a, r);
			}

	/* a good key, R of small order in any encoding, s = k a: the equation holds without r */
	struct secret_key key = key_of(KEY_ED25519, 9, "a");
	uint8_t wide[64], scalar[32];
	crypto_hash_sha512(wide, key.seed, KEY_SEED);
	wide[0] &= 0xF8;
	wide[31] = (uint8_t)((wide[31] & 0x3F) | 0x40);
	memset(wide + 32, 0, 32);
	crypto_core_ed25519_scalar_reduce(scalar, wide);
	for (size_t r = 0; r < COUNT; r++)
		for (uint8_t m = 0; m < 8; m++) {
			uint8_t signature[KEY_SIGNATURE], k[32];
			memcpy(signature, hex(&arena, small[r]).at, 32);
			challenge(signature, key.public.at, bytes_of(&m, 1), k);
			crypto_core_ed25519_scalar_mul(signature + 32, k, scalar);
			CHECK(!key_verify(&key.public, bytes_of(&m, 1), signature), "R %zu", r);
		}
}

static void ed25519_takes_s_below_the_order_only(void)
{
	static const uint8_t order[32] = {
	    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58,        0xD6,
	    0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, [31] = 0x10,
	};
	for (uint8_t which = 0; which < 8; which++) {
		struct secret_key key = key_of(KEY_ED25519, which, "a");
		struct err e = {0};
		uint8_t signature[KEY_SIGNATURE];
		CHECK(key_sign(&key, bytes_text("m"), signature, &e), "%s", e.text);
		for (int times = 1; times <= 15; times++) {
			unsigned carry = 0;
			for (size_t i = 0; i < 32; i++) {
				carry += signature[32 + i] + order[i];
				signature[32 + i] = (uint8_t)carry;
				carry >>= 8;
			}
			if (carry != 0)
				break;
			CHECK(!key_verify(&key.public, bytes_text("m"), signature), "s + %d L",
			      times);
		}
	}
}

/* RFC 9679 section 6, and the same rule by hand for OKP. */
static void ids_are_cose_key_thumbprints(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct public_key key;
	struct bytes point =
	    hex(&arena, "65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"
	                "1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c");
	CHECK(key_from_public(KEY_ES256, point, "whoever", &key, &e), "%s", e.text);
	struct hash id = key_id(&key);
	CHECK(strcmp(hex_encode(&arena, hash_bytes(&id)),
	             "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec") == 0,
	      "%s", hex_encode(&arena, hash_bytes(&id)));
	struct secret_key okp = key_of(KEY_ED25519, 1, "a"), renamed = key_of(KEY_ED25519, 1, "b");
	struct bytes encoded =
	    hex(&arena, arena_printf(&arena, "a301012006215820%s",
	                             hex_encode(&arena, key_public_bytes(&okp.public))));
	struct hash by_hand = sha256(encoded);
	id = key_id(&okp.public);
	CHECK(hash_equal(&id, &by_hand), "OKP");
	id = key_id(&renamed.public);
	CHECK(hash_equal(&id, &by_hand), "a name is no part of the id");
	CHECK(key_equal(&okp.public, &renamed.public), "nor of the key");
	struct secret_key other = key_of(KEY_ED25519, 2, "a"), es256 = key_of(KEY_ES256, 1, "a");
	CHECK(!key_equal(&okp.public, &other.public) && !key_equal(&okp.public, &es256.public),
	      "others");
}

static void names_are_those_of_signed_notes(void)
{
	char longest[KEY_NAME_MAX + 2];
	memset(longest, 'n', sizeof longest);
	longest[KEY_NAME_MAX + 1] = 0;
	const struct {
		const char *name;
		bool good;
	} rows[] = {
	    {"example.com/log", true},
	    {"n", true},
	    {"-", true},
	    {"a=b:c@d~!\"#", true},
	    {"\xE4\xBE\x8B.example", true},
	    {"\xF0\x9F\x94\x91", true},
	    {"\xEF\xBF\xBF", true},
	    {longest + 1, true},
	    {longest, false},
	    {"", false},
	    {" ", false},
	    {"a b", false},
	    {"a+b", false},
	    {"+", false},
	    {"a\tb", false},
	    {"a\nb", false},
	    {"a\r", false},
	    {"a\x01", false},
	    {"a\x7F", false},
	    {"a\xC2\x80", false},    /* a C1 control */
	    {"a\xC2\x85", false},    /* next line */
	    {"a\xC2\xA0", false},    /* no-break space */
	    {"\xE1\x9A\x80", false}, /* ogham space */
	    {"\xE2\x80\x80", false}, /* en quad */
	    {"\xE2\x80\x8A", false}, /* hair space */
	    {"\xE2\x80\x8B", true},  /* zero width space: no White_Space by Unicode */
	    {"\xE2\x80\xA8", false}, /* line separator */
	    {"\xE2\x80\xA9", false}, /* paragraph separator */
	    {"\xE2\x80\xAF", false}, /* narrow no-break space */
	    {"\xE2\x81\x9F", false}, /* mathematical space */
	    {"\xE3\x80\x80", false}, /* ideographic space */
	    {"\xC0\xAB", false},     /* '+', overlong */
	    {"a\xFF", false},
	};
	uint8_t seed[KEY_SEED] = {1};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err e = {0};
		struct secret_key key;
		bool good = key_name_check(rows[i].name, &e);
		CHECK(good == rows[i].good, "row %zu: %s", i, rows[i].name);
		CHECK(good || (e.kind == ERR_INPUT && strcmp(e.rule, "key.name") == 0), "row %zu",
		      i);
		CHECK(key_make(KEY_ED25519, rows[i].name, seed, &key, &e) ==
		          (good || !*rows[i].name),
		      "a key named by row %zu", i);
	}
}

#define NOTE_EXAMPLE "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

static void lines_are_verifier_keys(void)
{
	static const struct {
		const char *line, *rule;
	} rows[] = {
	    {NOTE_EXAMPLE, NULL},
	    {NOTE_EXAMPLE "\n", NULL},
	    {NOTE_EXAMPLE "\n\n", "key.line"},
	    {NOTE_EXAMPLE "\r\n", "key.line"},
	    {NOTE_EXAMPLE " ", "key.line"},
	    {" " NOTE_EXAMPLE, "key.name"},
	    {"", "key.line"},
	    {"\n", "key.line"},
	    {"+", "key.line"},
	    {"++", "key.name"},
	    {"a++", "key.line"},
	    {"example.com/foo", "key.line"},
	    {"example.com/foo+530d903a", "key.line"},
	    {"example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "key.line"},
	    {"example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "key.line"},
	    {"example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "key.line"},
	    {"example.com/foo+0530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "key.line"},
	    {"example.com/foo++AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "key.line"},
	    {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2", "key.line"},
	    {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3Q==", "key.public"},
	    {"example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "key.line"},
	    {"example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "key.line"},
	    {"example.com/foo+530d903a+", "key.line"},
	    {"a+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "key.public"},
	};
	owned_arena arena = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct public_key key;
		struct err e = {0};
		bool good = key_line_parse(bytes_text(rows[i].line), &key, &e);
		CHECK(rows[i].rule == NULL ? good : failed_by(good, &e, rows[i].rule),
		      "%s: %s (%s)", rows[i].line, e.text, e.rule);
		if (good)
			CHECK(strcmp(key_line(&arena, &key), NOTE_EXAMPLE) == 0 &&
			          strcmp(key.name, "example.com/foo") == 0,
			      "%s", key_line(&arena, &key));
	}
	struct public_key key;
	struct err e = {0};
	CHECK(!key_line_parse(bytes_of("a\0b+0+AA==", 10), &key, &e), "a NUL in the name");
}

/* Names of every length and both algorithms; base64 that holds '+' comes up by itself. */
static void lines_lead_back_to_the_key(void)
{
	int with_plus = 0;
	for (enum key_algorithm a = KEY_ED25519; a <= KEY_ES256; a++)
		for (int len = 1; len <= KEY_NAME_MAX; len += 2) {
			owned_arena arena = {0};
			struct err e = {0};
			char name[KEY_NAME_MAX + 1] = {0};
			memset(name, 'k', (size_t)len);
			struct secret_key key = key_of(a, (uint8_t)len, name);
			struct public_key back;
			char *line = key_line(&arena, &key.public);
			CHECK(strlen(line) < KEY_LINE_MAX, "%zu bytes", strlen(line));
			CHECK(key_line_parse(bytes_text(line), &back, &e), "%s: %s", line, e.text);
			CHECK(key_equal(&back, &key.public) && strcmp(back.name, name) == 0, "%s",
			      line);
			with_plus += strchr(line + len + 10, '+') != NULL;
		}
	CHECK(with_plus > 20, "only %d lines with '+' in their base64", with_plus);
}

/* A line of Ed25519 has its name and its key in its id; one of ES256 its key alone. */
static void a_changed_line_is_noticed(void)
{
	for (enum key_algorithm a = KEY_ED25519; a <= KEY_ES256; a++) {
		owned_arena arena = {0};
		struct secret_key key = key_of(a, 5, "example.com/k");
		char *line = key_line(&arena, &key.public);
		size_t from = a == KEY_ED25519 ? 0 : strlen("example.com/k");
		for (size_t i = from; line[i] != 0; i++)
			for (int change = 1; change < 256; change++) {
				struct public_key back;
				struct err e = {0};
				size_t len = strlen(line);
				char *other = arena_copy(&arena, line, len);
				other[i] = (char)(other[i] ^ change);
				CHECK(!key_line_parse(bytes_of(other, len), &back, &e), "%s",
				      other);
			}
	}
}

static void the_example_of_signed_note_verifies(void)
{
	const char *data = test_data();
	if (data == NULL)
		SKIP("no PROVISO_TEST_DATA");
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes line, note, blob;
	struct public_key key;
	bool there =
	    file_read(&arena, arena_printf(&arena, "%s/vectors/tlog/note-example.vkey", data), 1000,
	              &line, &e) &&
	    file_read(&arena, arena_printf(&arena, "%s/vectors/tlog/note-example.txt", data), 1000,
	              &note, &e) &&
	    key_line_parse(line, &key, &e);
	CHECK(there, "%s", e.text);
	if (!there)
		return;
	const char *whole = arena_copy(&arena, note.at, note.len);
	const char *blank = strstr(whole, "\n\n"), *signature = strrchr(whole, ' ');
	CHECK(blank != NULL && signature != NULL, "no note: %s", whole);
	CHECK(base64_decode(&arena, bytes_of(signature + 1, strlen(signature + 1) - 1), &blob) &&
	          blob.len == 4 + KEY_SIGNATURE,
	      "%s", signature);
	struct reader r = reader_of(blob);
	CHECK(read_u32be(&r) == key_note_id(&key, 0x01), "the id");
	CHECK(key_verify(&key, bytes_of(whole, (size_t)(blank + 1 - whole)), blob.at + 4),
	      "signature");
}

static const struct key_cost cheap = {.passes = 1, .kibibytes = 8};
static const uint8_t salt[KEY_SALT] = {7, 7, 7, [39] = 7};

static void files_lead_back_to_the_key(void)
{
	for (enum key_algorithm a = KEY_ED25519; a <= KEY_ES256; a++)
		for (int sealed = 0; sealed <= 1; sealed++) {
			owned_arena arena = {0};
			struct err e = {0};
			struct secret_key key = key_of(a, 3, "a.example/\xC3\xA4"), back;
			char *file =
			    sealed ? key_file_costing(&arena, &key, "p\xC3\xA4ss", salt, &cheap, &e)
			           : key_file(&arena, &key, NULL, salt, &e);
			CHECK(file != NULL && strlen(file) <= KEY_FILE_MAX, "%s", e.text);
			CHECK(key_file_is_sealed(bytes_text(file)) == sealed, "%s", file);
			CHECK(key_file_parse(bytes_text(file), sealed ? "p\xC3\xA4ss" : NULL, &back,
			                     &e),
			      "%s", e.text);
			CHECK(memcmp(&back, &key, sizeof key) == 0, "another key");
			CHECK(key_file_parse(bytes_text(file), "p\xC3\xA4ss", &back, &e),
			      "open ones too: %s", e.text);
			struct err wrong = {0};
			CHECK(!sealed ||
			          failed_by(key_file_parse(bytes_text(file), NULL, &back, &wrong),
			                    &wrong, "key.passphrase-needed"),
			      "%s", wrong.text);
			CHECK(!sealed ||
			          failed_by(key_file_parse(bytes_text(file), "pass", &back, &wrong),
			                    &wrong, "key.passphrase-wrong"),
			      "%s", wrong.text);
			CHECK(!sealed ||
			          failed_by(key_file_parse(bytes_text(file), "", &back, &wrong),
			                    &wrong, "key.passphrase-wrong"),
			      "%s", wrong.text);
		}
}

/* The words that a file is written with, once at the cost of real use. */
static void a_real_file_costs_what_protocol_says(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct secret_key key = key_of(KEY_ED25519, 3, "a.example"), back;
	char *file = key_file(&arena, &key, "correct horse", salt, &e);
	CHECK(file != NULL, "%s", e.text);
	if (file == NULL)
		return;
	CHECK(strncmp(file, "proviso-key-v1 a.example ed25519 argon2id:3:262144\n", 51) == 0, "%s",
	      file);
	CHECK(key_file_parse(bytes_text(file), "correct horse", &back, &e), "%s", e.text);
	CHECK(memcmp(&back, &key, sizeof key) == 0, "another key");
	CHECK(key_file(&arena, &key, "", salt, &e) == NULL && e.kind == ERR_REFUSED,
	      "empty passphrase");
	key.public.name[0] = 0;
	CHECK(key_file(&arena, &key, NULL, salt, &e) == NULL && e.kind == ERR_INPUT, "no name");
}

static void a_changed_file_is_noticed(void)
{
	for (int sealed = 0; sealed <= 1; sealed++) {
		owned_arena arena = {0};
		struct err e = {0};
		struct secret_key key = key_of(KEY_ED25519, 3, "a.example"), back;
		char *file = sealed ? key_file_costing(&arena, &key, "pass", salt, &cheap, &e)
		                    : key_file(&arena, &key, NULL, salt, &e);
		size_t len = strlen(file);
		char *changed = arena_copy(&arena, file, len);
		for (size_t i = 0; i < len; i++) {
			for (int change = 1; change < 256; change++) {
				changed[i] = (char)(file[i] ^ change);
				CHECK(!key_file_parse(bytes_of(changed, len), "pass", &back, &e),
				      "byte %zu by %02x", i, change);
			}
			changed[i] = file[i];
			CHECK(!key_file_parse(bytes_of(file, i), "pass", &back, &e), "cut at %zu",
			      i);
		}
		CHECK(!key_file_parse(bytes_text(arena_printf(&arena, "%s\n", file)), "pass", &back,
		                      &e),
		      "a third line");
	}
}

static void files_ask_for_no_more_than_is_bearable(void)
{
	static const struct {
		const char *protection;
		bool sealed;
	} rows[] = {
	    {"argon2id:1:8", true},
	    {"argon2id:16:1048576", true},
	    {"argon2id:0:8", false},
	    {"argon2id:17:8", false},
	    {"argon2id:1:7", false},
	    {"argon2id:1:1048577", false},
	    {"argon2id:1:1073741824", false},
	    {"argon2id:1:9223372036854775807", false},
	    {"argon2id:1:18446744073709551624", false},
	    {"argon2id:4294967297:8", false},
	    {"argon2id:01:8", false},
	    {"argon2id:1:08", false},
	    {"argon2id:1:+8", false},
	    {"argon2id:1:-8", false},
	    {"argon2id:1:8:", false},
	    {"argon2id:1:8 ", false},
	    {"argon2id:1", false},
	    {"argon2id", false},
	    {"argon2i:1:8", false},
	    {"Argon2id:1:8", false},
	    {"scrypt:1:8", false},
	    {"OPEN", false},
	    {"", false},
	};
	owned_arena arena = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *file =
		    arena_printf(&arena, "proviso-key-v1 a ed25519 %s\nAAAA\n", rows[i].protection);
		struct secret_key key;
		struct err e = {0};
		CHECK(key_file_is_sealed(bytes_text(file)) == rows[i].sealed, "%s",
		      rows[i].protection);
		CHECK(failed_by(key_file_parse(bytes_text(file), "p", &key, &e), &e, "key.file"),
		      "%s: %s", rows[i].protection, e.text);
	}
}

static void fill(uint8_t *at, size_t len, uint64_t *state)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)test_random(state);
	at[0] &= 0x7F; /* surely a scalar of P-256 */
}

static void what_is_wrapped_is_unwrapped_by_its_key_alone(void)
{
	uint64_t state = test_seed();
	for (enum key_algorithm a = KEY_ED25519; a <= KEY_ES256; a++)
		for (size_t len = 1; len <= 64; len++) {
			owned_arena arena = {0};
			struct err e = {0};
			struct secret_key key = key_of(a, (uint8_t)len, "a"),
			                  other = key_of(a, 99, "a");
			struct secret_key alien =
			    key_of(a == KEY_ES256 ? KEY_ED25519 : KEY_ES256, 1, "a");
			uint8_t secret[64], random[KEY_WRAP_RANDOM];
			struct bytes wrapped, out;
			fill(secret, len, &state);
			fill(random, sizeof random, &state);
			CHECK(key_wrap(&arena, &key.public, bytes_of(secret, len), random, &wrapped,
			               &e),
			      "%s", e.text);
			CHECK(key_unwrap(&arena, &key, wrapped, &out, &e) &&
			          bytes_equal(out, bytes_of(secret, len)),
			      "%zu bytes: %s", len, e.text);
			CHECK(failed_by(key_unwrap(&arena, &other, wrapped, &out, &e), &e,
			                "key.unwrap"),
			      "%s", e.text);
			CHECK(failed_by(key_unwrap(&arena, &alien, wrapped, &out, &e), &e,
			                "key.wrapped"),
			      "%s", e.text);
		}
}

static void messages_of_any_length_are_wrapped_in_their_shortest_form(void)
{
	static const size_t lengths[] = {65, 239, 240, 255, 256, 4096, KEY_WRAP_MAX};
	uint64_t state = test_seed();
	for (enum key_algorithm a = KEY_ED25519; a <= KEY_ES256; a++)
		for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
			owned_arena arena = {0};
			struct err e = {0};
			struct secret_key key = key_of(a, 1, "a"), other = key_of(a, 2, "a");
			uint8_t random[KEY_WRAP_RANDOM], *message = arena_alloc(&arena, lengths[i]);
			struct bytes plain = bytes_of(message, lengths[i]), wrapped, out;
			fill(message, lengths[i], &state);
			fill(random, sizeof random, &state);
			CHECK(key_wrap(&arena, &key.public, plain, random, &wrapped, &e), "%s",
			      e.text);
			CHECK(wrapped.len <= lengths[i] + KEY_WRAP_MORE, "%zu", wrapped.len);
			CHECK(key_unwrap(&arena, &key, wrapped, &out, &e) &&
			          bytes_equal(out, plain),
			      "%zu bytes: %s", lengths[i], e.text);
			CHECK(key_is_wrapped_for(&key.public, wrapped) &&
			          !key_is_wrapped_for(&other.public, wrapped),
			      "%zu bytes", lengths[i]);
		}
}

static void a_changed_wrapping_is_noticed(void)
{
	uint64_t state = test_seed();
	for (enum key_algorithm a = KEY_ED25519; a <= KEY_ES256; a++) {
		owned_arena arena = {0};
		struct err e = {0};
		struct secret_key key = key_of(a, 1, "a");
		uint8_t secret[32], random[KEY_WRAP_RANDOM];
		struct bytes wrapped, out;
		fill(secret, sizeof secret, &state);
		fill(random, sizeof random, &state);
		CHECK(key_wrap(&arena, &key.public, bytes_of(secret, 32), random, &wrapped, &e),
		      "%s", e.text);
		uint8_t *changed = malloc(wrapped.len);
		if (changed == NULL)
			return;
		memcpy(changed, wrapped.at, wrapped.len);
		for (size_t i = 0; i < wrapped.len; i++) {
			for (int bit = 0; bit < 8; bit++) {
				changed[i] ^= (uint8_t)(1 << bit);
				CHECK(!key_unwrap(&arena, &key, bytes_of(changed, wrapped.len),
				                  &out, &e),
				      "byte %zu, bit %d", i, bit);
				changed[i] ^= (uint8_t)(1 << bit);
			}
			CHECK(failed_by(key_unwrap(&arena, &key, bytes_of(wrapped.at, i), &out, &e),
			                &e, "key.wrapped"),
			      "cut at %zu", i);
		}
		free(changed);
		struct bytes longer =
		    bytes_of(arena_copy(&arena, wrapped.at, wrapped.len), wrapped.len + 1);
		CHECK(failed_by(key_unwrap(&arena, &key, longer, &out, &e), &e, "key.wrapped"),
		      "a byte more");
	}
}

/* An ephemeral key of small order makes the shared secret all zeros, known to everybody. */
static void ephemeral_keys_of_small_order_are_refused(void)
{
	static const char *const points[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	owned_arena arena = {0};
	struct err e = {0};
	struct secret_key key = key_of(KEY_ED25519, 1, "a");
	uint8_t random[KEY_WRAP_RANDOM] = {1}, shared[KEY_SHARED], scalar[32] = {8};
	struct bytes wrapped, out;
	CHECK(key_wrap(&arena, &key.public, bytes_text("s"), random, &wrapped, &e), "%s", e.text);
	uint8_t *changed = (uint8_t *)arena_copy(&arena, wrapped.at, wrapped.len);
	for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
		struct bytes point = hex(&arena, points[i]);
		CHECK(!x25519_agree(scalar, point.at, shared), "%s", points[i]);
		memcpy(changed + wrapped.len - 42 - 32, point.at, 32);
		CHECK(failed_by(key_unwrap(&arena, &key, bytes_of(changed, wrapped.len), &out, &e),
		                &e, "key.unwrap"),
		      "%s", points[i]);
	}
	CHECK(!wrap_key_of((const uint8_t[KEY_SHARED]){0}, shared), "zeros as a shared secret");

	/* nor is anything wrapped for a key with a torsion part */
	struct public_key mixed;
	uint8_t sum[32];
	CHECK(crypto_core_ed25519_add(sum, key.public.at, torsion) == 0 &&
	          key_from_public(KEY_ED25519, bytes_of(sum, 32), "", &mixed, &e),
	      "%s", e.text);
	CHECK(!key_wrap(&arena, &mixed, bytes_text("s"), random, &wrapped, &e), "wrapped");
}

/* With u = 9, the base point, the shared secret is the recipient's X25519 public key. */
static void a_wrapping_has_one_form(void)
{
	enum { HEAD = 10, TAIL = 42, EPHEMERAL = 32 };
	owned_arena arena = {0};
	struct err e = {0};
	struct secret_key key = key_of(KEY_ED25519, 1, "a");
	uint8_t random[KEY_WRAP_RANDOM] = {1}, shared[KEY_SHARED], wrap_key[AES_KEY];
	struct bytes wrapped, out;
	CHECK(key_wrap(&arena, &key.public, bytes_text("s"), random, &wrapped, &e), "%s", e.text);

	/* the length of what is sealed, 17, in two bytes */
	struct buffer longer = {.arena = &arena};
	const size_t length_at = HEAD + AES_GCM_NONCE;
	CHECK(wrapped.at[length_at] == 0x51, "%02x", wrapped.at[length_at]);
	buffer_bytes(&longer, bytes_of(wrapped.at, length_at));
	buffer_u16be(&longer, 0x5811);
	buffer_bytes(&longer, bytes_of(wrapped.at + length_at + 1, wrapped.len - length_at - 1));
	CHECK(
	    failed_by(key_unwrap(&arena, &key, buffer_view(&longer), &out, &e), &e, "key.wrapped"),
	    "a longer length");

	uint8_t *forged = (uint8_t *)arena_copy(&arena, wrapped.at, wrapped.len);
	uint8_t *ephemeral = forged + wrapped.len - TAIL - EPHEMERAL;
	CHECK(crypto_sign_ed25519_pk_to_curve25519(shared, key.public.at) == 0 &&
	          wrap_key_of(shared, wrap_key) &&
	          aes_key_wrap(wrap_key, bytes_of(random + KEY_SEED, AES_KEY),
	                       forged + wrapped.len - 40),
	      "by hand");
	memset(ephemeral, 0, EPHEMERAL);
	ephemeral[0] = 9;
	CHECK(key_unwrap(&arena, &key, bytes_of(forged, wrapped.len), &out, &e) &&
	          bytes_equal(out, bytes_text("s")),
	      "u = 9: %s", e.text);
	memset(ephemeral, 0xFF, EPHEMERAL);
	ephemeral[0] = 0xED + 9;
	ephemeral[EPHEMERAL - 1] = 0x7F;
	CHECK(failed_by(key_unwrap(&arena, &key, bytes_of(forged, wrapped.len), &out, &e), &e,
	                "key.unwrap"),
	      "u = p + 9");
}

static void wiped_keys_are_gone(void)
{
	struct secret_key key = key_of(KEY_ES256, 1, "a");
	key_wipe(&key);
	CHECK(sodium_is_zero((const uint8_t *)&key, sizeof key), "something is left");
}

static bool start(void)
{
	struct err e = {0};
	return key_library_start(&e) && key_library_start(&e);
}

static void library_starts_as_often_as_asked(void)
{
	CHECK(start(), "no library");
}

TEST_MAIN(TEST(library_starts_as_often_as_asked), TEST(ed25519_gives_the_vectors_of_its_rfc),
          TEST(es256_verifies_the_low_s_of_a_vector_and_not_the_high),
          TEST(es256_has_one_s_for_a_statement),
          TEST(a_changed_signature_message_or_key_is_noticed),
          TEST(seeds_that_are_no_scalars_are_refused), TEST(public_keys_are_usable_points),
          TEST(ed25519_has_the_cofactorless_rule),
          TEST(ed25519_refuses_small_order_and_other_encodings),
          TEST(ed25519_takes_s_below_the_order_only), TEST(ids_are_cose_key_thumbprints),
          TEST(names_are_those_of_signed_notes), TEST(lines_are_verifier_keys),
          TEST(lines_lead_back_to_the_key), TEST(a_changed_line_is_noticed),
          TEST(the_example_of_signed_note_verifies), TEST(files_lead_back_to_the_key),
          TEST(a_real_file_costs_what_protocol_says), TEST(a_changed_file_is_noticed),
          TEST(files_ask_for_no_more_than_is_bearable),
          TEST(what_is_wrapped_is_unwrapped_by_its_key_alone),
          TEST(messages_of_any_length_are_wrapped_in_their_shortest_form),
          TEST(a_changed_wrapping_is_noticed), TEST(ephemeral_keys_of_small_order_are_refused),
          TEST(a_wrapping_has_one_form), TEST(wiped_keys_are_gone))
