#include "record/cose.h"

#include <jansson.h>

#include "base/key.h"
#include "record/cbor.h"
#include "test.h"

static const struct cose_claims claims = {"exporter.example", "authority.example/log", 1767225600};
static const struct bytes none;

static struct secret_key make_key(enum key_algorithm algorithm, uint8_t seed)
{
	struct secret_key key;
	struct err e = {0};
	uint8_t bytes[KEY_SEED] = {seed, 1, 2, 3};
	CHECK(key_make(algorithm, "exporter.example", bytes, &key, &e), "%s", e.text);
	return key;
}

/* Hexadecimal with spaces; K is the key id of `key` as a byte string, S a 64-byte one. */
static struct bytes spelled(struct arena *arena, const char *text, const struct public_key *key)
{
	struct hash id = key_id(key);
	struct buffer hex = {.arena = arena};
	struct bytes out = none;
	for (; *text != 0; text++) {
		if (*text == 'K')
			buffer_printf(&hex, "5820%s", hex_encode(arena, hash_bytes(&id)));
		else if (*text == 'S')
			buffer_printf(&hex, "5840%0128d", 0);
		else if (*text != ' ')
			buffer_u8(&hex, (uint8_t)*text);
	}
	CHECK(hex_decode(arena, buffer_cstr(&hex), &out), "%s", text);
	return out;
}

/* A message around a protected header given as it stands, signed as RFC 9052 section 4.4 has it. */
static struct bytes signed_by_hand(struct arena *arena, const struct secret_key *key,
                                   struct bytes protected, struct bytes external,
                                   struct bytes payload)
{
	struct buffer structure = {.arena = arena}, message = {.arena = arena};
	struct err e = {0};
	uint8_t signature[KEY_SIGNATURE];
	buffer_bytes(&structure, bytes_of("\x84\x6ASignature1", 12));
	cbor_bytes(&structure, protected);
	cbor_bytes(&structure, external);
	cbor_bytes(&structure, payload);
	CHECK(key_sign(key, buffer_view(&structure), signature, &e), "%s", e.text);
	buffer_bytes(&message, bytes_of("\xD2\x84", 2));
	cbor_bytes(&message, protected);
	buffer_u8(&message, 0xA0);
	cbor_bytes(&message, payload);
	cbor_bytes(&message, bytes_of(signature, sizeof signature));
	return buffer_view(&message);
}

static const enum key_algorithm algorithms[] = {KEY_ED25519, KEY_ES256};

static struct bytes sign_sample(struct arena *arena, const struct secret_key *key)
{
	struct bytes message = none;
	struct err e = {0};
	CHECK(cose_sign(arena, key, "application/vnd.proviso.licence+cbor", &claims,
	                bytes_of("\xA1\x01\x02", 3), &message, &e),
	      "%s", e.text);
	return message;
}

/* Made without the key, then signed by it elsewhere: the same bytes as signed at once. */
static void what_is_to_be_signed_elsewhere_is_what_is_signed_here(void)
{
	for (size_t i = 0; i < 2; i++) {
		owned_arena arena = {0};
		struct secret_key key = make_key(algorithms[i], 7);
		struct bytes made = cose_unsigned(&arena, &key.public, false,
		                                  "application/vnd.proviso.licence+cbor", &claims,
		                                  bytes_of("\xA1\x01\x02", 3));
		struct bytes signed_here = sign_sample(&arena, &key);
		struct cose_sign1 read, whole;
		struct err e = {0};
		uint8_t signature[KEY_SIGNATURE];
		CHECK(!cose_decode(&arena, made, &read, &e) &&
		          strcmp(e.rule, "cose.signature") == 0,
		      "an unsigned statement is none: %s", e.text);
		CHECK(!cose_decode_unsigned(&arena, signed_here, &read, &e) &&
		          strcmp(e.rule, "cose.signature") == 0,
		      "signed already: %s", e.text);
		CHECK(cose_decode_unsigned(&arena, made, &read, &e) &&
		          cose_decode(&arena, signed_here, &whole, &e),
		      "%s", e.text);
		CHECK(bytes_equal(read.protected, whole.protected) &&
		          bytes_equal(read.payload, whole.payload),
		      "other bytes");
		CHECK(key_sign(&key, cose_to_sign(&arena, read.protected, read.payload), signature,
		               &e),
		      "%s", e.text);
		whole.signature = bytes_of(signature, sizeof signature);
		CHECK(cose_verify(&whole, &key.public, &e), "%s", e.text);
		made = cose_unsigned(&arena, &key.public, true, "a/b", &claims, none);
		CHECK(cose_decode_unsigned(&arena, made, &read, &e) &&
		          read.algorithm == (i == 0 ? COSE_PASSKEY_EDDSA : COSE_PASSKEY_ES256),
		      "%d", (int)read.algorithm);
	}
}

static void what_is_signed_is_read_and_verified(void)
{
	for (size_t i = 0; i < 2; i++) {
		owned_arena arena = {0};
		struct secret_key key = make_key(algorithms[i], 7);
		struct hash id = key_id(&key.public);
		struct bytes message = sign_sample(&arena, &key);
		struct cose_sign1 read;
		struct err e = {0};
		CHECK(cose_decode(&arena, message, &read, &e), "%s", e.text);
		CHECK(read.algorithm == (algorithms[i] == KEY_ED25519 ? COSE_EDDSA : COSE_ES256),
		      "%d", (int)read.algorithm);
		CHECK(strcmp(read.content_type, "application/vnd.proviso.licence+cbor") == 0, "%s",
		      read.content_type);
		CHECK(hash_equal(&read.kid, &id), "kid");
		CHECK(strcmp(read.claims.issuer, claims.issuer) == 0, "%s", read.claims.issuer);
		CHECK(strcmp(read.claims.subject, claims.subject) == 0, "%s", read.claims.subject);
		CHECK(read.claims.issued_at == claims.issued_at, "iat");
		CHECK(bytes_equal(read.payload, bytes_of("\xA1\x01\x02", 3)), "payload");
		CHECK(cose_verify(&read, &key.public, &e), "%s", e.text);
		CHECK(cose_verify_any(message, &key.public, none, none, &e), "%s", e.text);
	}
}

static void every_flipped_bit_is_noticed(void)
{
	for (size_t i = 0; i < 2; i++) {
		owned_arena arena = {0};
		struct secret_key key = make_key(algorithms[i], 7);
		struct bytes message = sign_sample(&arena, &key);
		uint8_t *at = (uint8_t *)arena_copy(&arena, message.at, message.len);
		for (size_t k = 0; k < message.len * 8; k++) {
			struct cose_sign1 read;
			struct err e = {0};
			at[k / 8] ^= (uint8_t)(1 << k % 8);
			struct bytes changed = bytes_of(at, message.len);
			CHECK(!cose_decode(&arena, changed, &read, &e) ||
			          !cose_verify(&read, &key.public, &e),
			      "bit %zu of byte %zu", k % 8, k / 8);
			CHECK(e.rule != NULL, "%s", e.text);
			CHECK(!cose_verify_any(changed, &key.public, none, none, &e),
			      "bit %zu of byte %zu", k % 8, k / 8);
			at[k / 8] ^= (uint8_t)(1 << k % 8);
		}
	}
}

static void a_cut_or_longer_statement_is_refused(void)
{
	owned_arena arena = {0};
	struct secret_key key = make_key(KEY_ED25519, 7);
	struct bytes message = sign_sample(&arena, &key);
	struct cose_sign1 read;
	struct err e = {0};
	for (size_t len = 0; len < message.len; len++)
		CHECK(!cose_decode(&arena, bytes_of(message.at, len), &read, &e), "cut to %zu",
		      len);
	CHECK(!cose_decode(&arena,
	                   bytes_of(arena_copy(&arena, message.at, message.len), message.len + 1),
	                   &read, &e) &&
	          strcmp(e.rule, "cbor.trailing") == 0,
	      "%s", e.text);
}

/* Both names of an algorithm (RFC 9864), and no other key than its own. */
static void an_algorithm_goes_with_its_key(void)
{
	static const struct {
		const char *algorithm;
		enum key_algorithm key;
	} rows[] = {{"27", KEY_ED25519}, {"32", KEY_ED25519}, {"26", KEY_ES256}, {"28", KEY_ES256}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct err e = {0};
		struct cose_sign1 read;
		struct secret_key keys[] = {make_key(KEY_ED25519, 9), make_key(KEY_ES256, 9)};
		for (size_t k = 0; k < 2; k++) {
			const struct secret_key *key = &keys[k];
			const char *header = arena_printf(
			    &arena, "a401%s03617404K0fa30161610261620601", rows[i].algorithm);
			struct bytes message = signed_by_hand(
			    &arena, key, spelled(&arena, header, &key->public), none, none);
			bool good = key->public.algorithm == rows[i].key;
			CHECK(cose_decode(&arena, message, &read, &e), "%s", e.text);
			CHECK(cose_verify(&read, &key->public, &e) == good, "row %zu: %s", i,
			      e.text);
			CHECK(good ||
			          (e.kind == ERR_REFUSED && strcmp(e.rule, "cose.wrong-key") == 0),
			      "%s", e.text);
			CHECK(cose_verify_any(message, &key->public, none, none, &e) == good,
			      "row %zu: %s", i, e.text);
		}
	}
}

static void another_key_does_not_verify(void)
{
	for (size_t i = 0; i < 2; i++) {
		owned_arena arena = {0};
		struct secret_key key = make_key(algorithms[i], 7);
		struct secret_key other = make_key(algorithms[i], 8);
		struct bytes message = sign_sample(&arena, &key);
		struct cose_sign1 read;
		struct err e = {0};
		CHECK(cose_decode(&arena, message, &read, &e), "%s", e.text);
		CHECK(!cose_verify(&read, &other.public, &e) && e.kind == ERR_REFUSED &&
		          strcmp(e.rule, "cose.wrong-key") == 0,
		      "%s", e.text);
		CHECK(strstr(e.text, "than exporter.example") != NULL, "%s", e.text);
		other.public.name[0] = 0;
		CHECK(!cose_verify(&read, &other.public, &e) &&
		          strstr(e.text, "than the one given") != NULL,
		      "%s", e.text);
		CHECK(!cose_verify_any(message, &other.public, none, none, &e) &&
		          strcmp(e.rule, "cose.bad-signature") == 0,
		      "%s", e.text);
		/* The right key in the header does not help a signature of the other. */
		message = signed_by_hand(&arena, &other, read.protected, none, read.payload);
		CHECK(cose_decode(&arena, message, &read, &e), "%s", e.text);
		CHECK(!cose_verify(&read, &key.public, &e) && e.kind == ERR_REFUSED &&
		          strcmp(e.rule, "cose.bad-signature") == 0,
		      "%s", e.text);
	}
}

/* n of P-256. */
static const uint8_t order[32] = {0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF,
                                  0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17,
                                  0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51};

/* s becomes n - s, by which an ECDSA signature stays a signature. */
static void negate_s(uint8_t signature[KEY_SIGNATURE])
{
	int borrow = 0;
	for (int i = 31; i >= 0; i--) {
		int digit = order[i] - signature[32 + i] - borrow;
		borrow = digit < 0;
		signature[32 + i] = (uint8_t)digit;
	}
}

static void a_statement_has_one_es256_signature(void)
{
	owned_arena arena = {0};
	struct secret_key key = make_key(KEY_ES256, 7);
	struct bytes message = sign_sample(&arena, &key);
	uint8_t *at = (uint8_t *)arena_copy(&arena, message.at, message.len);
	struct cose_sign1 read;
	struct err e = {0};
	negate_s(at + message.len - KEY_SIGNATURE);
	CHECK(cose_decode(&arena, bytes_of(at, message.len), &read, &e), "%s", e.text);
	CHECK(!cose_verify(&read, &key.public, &e) && strcmp(e.rule, "cose.bad-signature") == 0,
	      "%s", e.text);
	negate_s(at + message.len - KEY_SIGNATURE);
	CHECK(cose_decode(&arena, bytes_of(at, message.len), &read, &e), "%s", e.text);
	CHECK(cose_verify(&read, &key.public, &e), "%s", e.text);
}

#define GOOD_HEADER "a4 01 27 03 6174 04 K 0f a3 01 6161 02 6162 06 01"

/* Parts that make no record, and the rule they break. */
static const struct {
	const char *head, *protected, *rest, *rule;
} malformed[] = {
    {"d2 84", GOOD_HEADER, "a0 40 S", NULL},
    {"d2 84", "a4 01 27 03 6174 04 K 0f a3 01 6161 02 6162 06 20", "a0 40 S", NULL},
    /* tag and shape */
    {"84", GOOD_HEADER, "a0 40 S", "cose.tag"},
    {"d1 84", GOOD_HEADER, "a0 40 S", "cose.tag"},
    {"d8 12 84", GOOD_HEADER, "a0 40 S", "cose.tag"},
    {"d9 03e6 84", GOOD_HEADER, "a0 40 S", "cose.tag"},
    {"d2 d2 84", GOOD_HEADER, "a0 40 S", "cose.shape"},
    {"d2 a2", GOOD_HEADER, "a0 40 S", "cose.shape"},
    {"d2 83", GOOD_HEADER, "a0 40 S", "cose.shape"},
    {"d2 85", GOOD_HEADER, "a0 40 S 00", "cose.shape"},
    {"d2 9f", GOOD_HEADER, "a0 40 S ff", "cbor.indefinite"},
    {"d2 84 00", "", "a0 40 S", "cose.shape"},
    {"d2 84", GOOD_HEADER, "80 40 S", "cose.shape"},
    {"d2 84", GOOD_HEADER, "a0 40 S 00", "cbor.trailing"},
    {"d2 98 04", GOOD_HEADER, "a0 40 S", "cbor.not-shortest"},
    /* the other parts */
    {"d2 84", GOOD_HEADER, "a1 04 40 40 S", "cose.unprotected"},
    {"d2 84", GOOD_HEADER, "a1 19018a 80 40 S", "cose.unprotected"},
    {"d2 84", GOOD_HEADER, "a0 f6 S", "cose.payload"},
    {"d2 84", GOOD_HEADER, "a0 60 S", "cose.payload"},
    {"d2 84", GOOD_HEADER, "a0 40 40", "cose.signature"},
    {"d2 84", GOOD_HEADER, "a0 40 f6", "cose.signature"},
    {"d2 84", GOOD_HEADER, "a0 40 4100", "cose.signature"},
    /* the protected header */
    {"d2 84", "", "a0 40 S", "cose.header"},
    {"d2 84", "a0", "a0 40 S", "cose.header"},
    {"d2 84", "80", "a0 40 S", "cose.header"},
    {"d2 84", GOOD_HEADER "00", "a0 40 S", "cbor.trailing"},
    {"d2 84", "a4 03 6174 04 K 0f a3 01 6161 02 6162 06 01 10 00", "a0 40 S", "cose.header"},
    {"d2 84", "a3 01 27 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cose.header"},
    {"d2 84", "a3 01 27 03 6174 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cose.header"},
    {"d2 84", "a3 01 27 03 6174 04 K", "a0 40 S", "cose.header"},
    {"d2 84", "a3 01 27 03 6174 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cose.header"},
    {"d2 84", "a5 01 27 03 6174 04 K 0f a3 01 6161 02 6162 06 01 10 00", "a0 40 S", "cose.header"},
    {"d2 84", "a5 01 27 03 6174 04 K 05 40 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cose.header"},
    {"d2 84", "a5 01 27 03 6174 04 K 0f a3 01 6161 02 6162 06 01 6161 00", "a0 40 S",
     "cose.header"},
    {"d2 84", "a1 6161 00", "a0 40 S", "cose.header"},
    {"d2 84", "a5 01 27 01 27 03 6174 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S",
     "cbor.key-twice"},
    {"d2 84", "a4 03 6174 01 27 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cose.header"},
    {"d2 84", "a4 01 27 04 K 03 6174 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cose.header"},
    {"d2 84", "a5 01 27 02 81 1864 03 6174 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S",
     "cose.critical"},
    {"d2 84", "a5 01 27 02 81 03 03 6174 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S",
     "cose.critical"},
    /* each value */
    {"d2 84", "a4 01 01 03 6174 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cose.algorithm"},
    {"d2 84", "a4 01 3822 03 6174 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cose.algorithm"},
    {"d2 84", "a4 01 654564445341 03 6174 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S",
     "cose.algorithm"},
    {"d2 84", "a4 01 3bffffffffffffffff 03 6174 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S",
     "cbor.range"},
    {"d2 84", "a4 01 27 03 00 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cose.header"},
    {"d2 84", "a4 01 27 03 60 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cose.header"},
    {"d2 84", "a4 01 27 03 627400 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cose.header"},
    {"d2 84", "a4 01 27 03 61ff 04 K 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cbor.utf8"},
    {"d2 84", "a4 01 27 03 6174 04 423131 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cose.header"},
    {"d2 84", "a4 01 27 03 6174 04 6131 0f a3 01 6161 02 6162 06 01", "a0 40 S", "cose.header"},
    {"d2 84", "a4 01 27 03 6174 04 K 0f 83 6161 6162 01", "a0 40 S", "cose.header"},
    {"d2 84", "a4 01 27 03 6174 04 K 0f a2 01 6161 02 6162", "a0 40 S", "cose.header"},
    {"d2 84", "a4 01 27 03 6174 04 K 0f a4 01 6161 02 6162 06 01 07 40", "a0 40 S", "cose.header"},
    {"d2 84", "a4 01 27 03 6174 04 K 0f a3 01 6161 02 6162 04 01", "a0 40 S", "cose.header"},
    {"d2 84", "a4 01 27 03 6174 04 K 0f a3 01 00 02 6162 06 01", "a0 40 S", "cose.header"},
    {"d2 84", "a4 01 27 03 6174 04 K 0f a3 01 6161 02 40 06 01", "a0 40 S", "cose.header"},
    {"d2 84", "a4 01 27 03 6174 04 K 0f a3 01 6161 02 6162 06 6131", "a0 40 S", "cose.header"},
    {"d2 84", "a4 01 27 03 6174 04 K 0f a3 01 6161 02 6162 06 f93c00", "a0 40 S", "cbor.float"},
    {"d2 84", "a4 01 27 03 6174 04 K 0f a3 01 6161 02 6162 06 1bffffffffffffffff", "a0 40 S",
     "cbor.range"},
};

static void statements_are_refused_by_name(void)
{
	struct secret_key key = make_key(KEY_ED25519, 7);
	for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
		owned_arena arena = {0};
		struct buffer message = {.arena = &arena};
		buffer_bytes(&message, spelled(&arena, malformed[i].head, &key.public));
		cbor_bytes(&message, spelled(&arena, malformed[i].protected, &key.public));
		buffer_bytes(&message, spelled(&arena, malformed[i].rest, &key.public));
		struct cose_sign1 read;
		struct err e = {0};
		bool good = cose_decode(&arena, buffer_view(&message), &read, &e);
		if (malformed[i].rule == NULL)
			CHECK(good, "row %zu: %s", i, e.text);
		else
			CHECK(!good && e.kind == ERR_INPUT &&
			          strcmp(e.rule, malformed[i].rule) == 0,
			      "row %zu, %s: %s, not %s", i, malformed[i].protected,
			      good ? "good" : e.rule, malformed[i].rule);
	}
}

static void nothing_is_signed_that_would_not_be_read(void)
{
	char longest[COSE_TEXT_MAX + 1] = {0}, longer[COSE_TEXT_MAX + 2] = {0};
	memset(longest, 'a', sizeof longest - 1);
	memset(longer, 'a', sizeof longer - 1);
	const struct {
		const char *type, *issuer, *subject, *rule;
	} rows[] = {
	    {longest, longest, longest, NULL},   {"", "i", "s", "cose.header"},
	    {"t", "", "s", "cose.header"},       {"t", "i", "", "cose.header"},
	    {longer, "i", "s", "cose.header"},   {"t", longer, "s", "cose.header"},
	    {"t", "i", longer, "cose.header"},   {"\xFF", "i", "s", "cbor.utf8"},
	    {"t", "\xC3\x28", "s", "cbor.utf8"},
	};
	struct secret_key key = make_key(KEY_ED25519, 7);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct err e = {0};
		struct bytes out;
		struct cose_claims of = {rows[i].issuer, rows[i].subject, -1};
		bool good = cose_sign(&arena, &key, rows[i].type, &of, none, &out, &e);
		CHECK(good == (rows[i].rule == NULL), "row %zu: %s", i, e.text);
		CHECK(good || strcmp(e.rule, rows[i].rule) == 0, "row %zu: %s", i, e.text);
	}
}

static void a_key_that_cannot_sign_is_no_fault_of_the_input(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes out;
	struct secret_key key = make_key(KEY_ES256, 7);
	memset(key.seed, 0, sizeof key.seed); /* 0 is no scalar */
	CHECK(!cose_sign(&arena, &key, "t", &claims, none, &out, &e) && e.kind == ERR_ENVIRONMENT,
	      "%s", e.text);
}

/*
 * Foreign messages, under an Ed25519 key: what is signed is right (the header as it is
 * signed, empty for one without parameters), so that only the headers can be at fault.
 */
static const struct {
	const char *protected, *unprotected, *rule;
} foreign[] = {
    {"a1 01 27", "a0", NULL},
    {"a1 01 27", "a1 04 423131", NULL},
    {"a2 01 27 03 00", "a0", NULL},
    {"a2 01 27 6178 82 01 a0", "a1 617a f6", NULL},
    {"", "a1 01 27", NULL},
    {"a0", "a1 01 32", NULL},
    {"", "a0", "cose.algorithm"},
    {"a1 04 40", "a0", "cose.algorithm"},
    {"a1 01 01", "a0", "cose.algorithm"},
    {"a1 01 26", "a0", "cose.wrong-key"},
    {"a1 01 27", "a1 01 27", "cose.header"},
    {"a2 01 27 04 40", "a1 04 40", "cose.header"},
    {"a2 01 27 6161 00", "a1 6161 00", "cose.header"},
    {"80", "a0", "cose.shape"},
    {"a1 01 27 00", "a0", "cbor.trailing"},
    {"a1 01 f97e00", "a0", "cbor.float"},
    {"a2 01 27 01 27", "a0", "cbor.key-twice"},
    {"a1 01 27", "80", "cose.shape"},
    {"a1 01 27", "a2 04 40 04 40", "cbor.key-twice"},
    {"a1 01 27", "a2 09 40 04 40", "cbor.key-order"},
    {"a2 01 27 18 20 c1 00", "a0", "cbor.tag"},
    /* crit: an array of labels that are there, protected and understood */
    {"a2 01 27 02 81 01", "a0", NULL},
    {"a3 01 27 02 82 01 03 03 00", "a0", NULL},
    {"a2 01 27 02 80", "a0", "cose.critical"},
    {"a2 01 27 02 01", "a0", "cose.critical"},
    {"a2 01 27 02 81 00", "a0", "cose.critical"},
    {"a2 01 27 02 81 03", "a0", "cose.critical"},
    {"a2 01 27 02 81 04", "a1 04 40", "cose.critical"},
    {"a3 01 27 02 81 05 05 40", "a0", "cose.critical"},
    {"a3 01 27 02 81 1864 1864 00", "a0", "cose.critical"},
    {"a3 01 27 02 82 01 1864 1864 00", "a0", "cose.critical"},
    {"a3 01 27 02 81 6161 6161 00", "a0", "cose.critical"},
    {"a1 01 27", "a1 02 81 01", "cose.critical"},
};

static struct bytes foreign_message(struct arena *arena, const struct secret_key *key,
                                    struct bytes protected, struct bytes unprotected)
{
	bool is_empty = protected.len == 0 || bytes_equal(protected, bytes_text("\xA0"));
	struct bytes inner =
	    signed_by_hand(arena, key, is_empty ? none : protected, none, bytes_text("content"));
	struct buffer message = {.arena = arena};
	buffer_bytes(&message, bytes_of("\xD2\x84", 2));
	cbor_bytes(&message, protected);
	buffer_bytes(&message, unprotected);
	cbor_bytes(&message, bytes_text("content"));
	buffer_bytes(&message,
	             bytes_of(inner.at + inner.len - KEY_SIGNATURE - 2, KEY_SIGNATURE + 2));
	return buffer_view(&message);
}

static void foreign_headers_are_judged_by_rfc_9052(void)
{
	struct secret_key key = make_key(KEY_ED25519, 7);
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		owned_arena arena = {0};
		struct err e = {0};
		struct bytes message = foreign_message(
		    &arena, &key, spelled(&arena, foreign[i].protected, &key.public),
		    spelled(&arena, foreign[i].unprotected, &key.public));
		bool good = cose_verify_any(message, &key.public, none, none, &e);
		CHECK(good == (foreign[i].rule == NULL), "row %zu: %s", i, good ? "good" : e.text);
		CHECK(good || strcmp(e.rule, foreign[i].rule) == 0, "row %zu: %s, not %s", i,
		      e.rule, foreign[i].rule);
	}
}

static void a_foreign_header_has_an_end(void)
{
	struct secret_key key = make_key(KEY_ED25519, 7);
	for (size_t count = 32; count <= 33; count++) {
		owned_arena arena = {0};
		struct err e = {0};
		struct buffer header = {.arena = &arena};
		cbor_map(&header, count);
		for (size_t i = 0; i < count; i++) {
			cbor_uint(&header, 100 + i);
			cbor_null(&header);
		}
		struct bytes message =
		    foreign_message(&arena, &key, bytes_text("\xA1\x01\x27"), buffer_view(&header));
		bool good = cose_verify_any(message, &key.public, none, none, &e);
		CHECK(good == (count == 32), "%zu: %s", count, e.text);
		CHECK(good || strcmp(e.rule, "cose.header") == 0, "%s", e.text);
	}
}

static void external_and_detached_are_signed(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct secret_key key = make_key(KEY_ED25519, 7);
	struct bytes header = bytes_text("\xA1\x01\x27"), content = bytes_text("content");
	struct bytes aad = bytes_text("external");
	struct bytes whole = signed_by_hand(&arena, &key, header, aad, content);
	CHECK(cose_verify_any(whole, &key.public, aad, none, &e), "%s", e.text);
	CHECK(!cose_verify_any(whole, &key.public, none, none, &e) &&
	          strcmp(e.rule, "cose.bad-signature") == 0,
	      "%s", e.text);
	CHECK(!cose_verify_any(whole, &key.public, aad, content, &e) &&
	          strcmp(e.rule, "cose.payload") == 0,
	      "%s", e.text);

	struct buffer detached = {.arena = &arena};
	buffer_bytes(&detached, bytes_of("\xD2\x84", 2));
	cbor_bytes(&detached, header);
	buffer_bytes(&detached, bytes_of("\xA0\xF6", 2));
	buffer_bytes(&detached,
	             bytes_of(whole.at + whole.len - KEY_SIGNATURE - 2, KEY_SIGNATURE + 2));
	struct bytes message = buffer_view(&detached);
	CHECK(cose_verify_any(message, &key.public, aad, content, &e), "%s", e.text);
	CHECK(!cose_verify_any(message, &key.public, aad, none, &e) &&
	          strcmp(e.rule, "cose.payload") == 0,
	      "%s", e.text);
	CHECK(!cose_verify_any(message, &key.public, aad, bytes_text("other"), &e) &&
	          strcmp(e.rule, "cose.bad-signature") == 0,
	      "%s", e.text);
	CHECK(!cose_verify_any(message, &key.public, aad, bytes_text(""), &e) &&
	          strcmp(e.rule, "cose.bad-signature") == 0,
	      "%s", e.text);
}

/*
 * cose-wg/Examples: all single-signer files. `rule` is the one by which a message is
 * refused; where its authors accept it, the reason follows.
 */
static const struct {
	const char *file, *rule;
	bool negated; /* with n - s for its s, which then is low */
} examples[] = {
    {"sign1-tests/sign-pass-01.json", NULL},
    {"sign1-tests/sign-pass-02.json", NULL},
    {"sign1-tests/sign-pass-03.json", NULL},
    {"sign1-tests/sign-fail-01.json", "cose.tag"},
    {"sign1-tests/sign-fail-02.json", "cose.bad-signature"},
    {"sign1-tests/sign-fail-03.json", "cose.algorithm"},
    {"sign1-tests/sign-fail-04.json", "cose.algorithm"},
    {"sign1-tests/sign-fail-06.json", "cose.bad-signature"},
    /* Its s is high as well, so that it is tried with a low one too. */
    {"sign1-tests/sign-fail-07.json", "cose.bad-signature"},
    {"sign1-tests/sign-fail-07.json", "cose.bad-signature", true},
    {"eddsa-examples/eddsa-sig-01.json", NULL},
    /* Ed448, whose signature has 114 bytes. */
    {"eddsa-examples/eddsa-sig-02.json", "cose.signature"},
    /* High s; with n - s it is good. */
    {"ecdsa-examples/ecdsa-sig-01.json", "cose.bad-signature"},
    {"ecdsa-examples/ecdsa-sig-01.json", NULL, true},
    /* P-384, P-521: signatures of 96 and 132 bytes. */
    {"ecdsa-examples/ecdsa-sig-02.json", "cose.signature"},
    {"ecdsa-examples/ecdsa-sig-03.json", "cose.signature"},
    /* ES512 with a key on P-256. */
    {"ecdsa-examples/ecdsa-sig-04.json", "cose.algorithm"},
    {"RFC8152/Appendix_C_2_1.json", NULL},
    {"CWT/A_3.json", NULL},
    /* The unprotected header's labels are 9, 4: not deterministic. */
    {"countersign1/signed1-01.json", "cbor.key-order"},
    /* COSE_Sign, of several signers, has another tag. */
    {"eddsa-examples/eddsa-01.json", "cose.tag"},
    {"ecdsa-examples/ecdsa-01.json", "cose.tag"},
};

static struct bytes hex_member(struct arena *arena, const json_t *object, const char *name)
{
	struct bytes out = none;
	const char *hex = json_string_value(json_object_get(object, name));
	CHECK(hex == NULL || hex_decode(arena, hex, &out), "%s", hex);
	return out;
}

/* A coordinate of a key, in hexadecimal or in base64url without padding. */
static struct bytes coordinate(struct arena *arena, const json_t *key, const char *name)
{
	struct bytes out = hex_member(arena, key, arena_printf(arena, "%s_hex", name));
	const char *text = json_string_value(json_object_get(key, name));
	if (text == NULL)
		return out;
	struct buffer base64 = {.arena = arena};
	for (; *text != 0; text++)
		buffer_u8(&base64, (uint8_t)(*text == '-' ? '+' : *text == '_' ? '/' : *text));
	while (base64.len % 4 != 0)
		buffer_u8(&base64, '=');
	CHECK(base64_decode(arena, buffer_view(&base64), &out), "%s", buffer_cstr(&base64));
	return out;
}

/* The example's key; one of ours where we have no such algorithm, or several signers. */
static struct public_key example_key(struct arena *arena, const json_t *input)
{
	const json_t *key = json_object_get(json_object_get(input, "sign0"), "key");
	const char *curve = json_string_value(json_object_get(key, "crv"));
	struct public_key out = make_key(KEY_ED25519, 7).public;
	struct buffer point = {.arena = arena};
	struct err e = {0};
	buffer_bytes(&point, coordinate(arena, key, "x"));
	if (curve != NULL && strcmp(curve, "Ed25519") == 0) {
		CHECK(key_from_public(KEY_ED25519, buffer_view(&point), "", &out, &e), "%s",
		      e.text);
	} else if (curve != NULL && strcmp(curve, "P-256") == 0) {
		buffer_bytes(&point, coordinate(arena, key, "y"));
		CHECK(key_from_public(KEY_ES256, buffer_view(&point), "", &out, &e), "%s", e.text);
	}
	return out;
}

static void the_examples_of_cose_wg_are_judged_right(void)
{
	if (test_data() == NULL)
		SKIP("no PROVISO_TEST_DATA");
	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
		owned_arena arena = {0};
		json_error_t problem;
		struct err e = {0};
		const char *file = examples[i].file;
		json_t *example = json_load_file(
		    arena_printf(&arena, "%s/vectors/cose/%s", test_data(), file), 0, &problem);
		CHECK(example != NULL, "%s: %s", file, problem.text);
		if (example == NULL)
			continue;
		const json_t *input = json_object_get(example, "input");
		struct public_key key = example_key(&arena, input);
		struct bytes message =
		    hex_member(&arena, json_object_get(example, "output"), "cbor");
		struct bytes external =
		    hex_member(&arena, json_object_get(input, "sign0"), "external");
		if (examples[i].negated)
			negate_s((uint8_t *)(uintptr_t)message.at + message.len - KEY_SIGNATURE);
		bool good = cose_verify_any(message, &key, external, none, &e);
		CHECK(good == (examples[i].rule == NULL), "%s: %s", file, good ? "good" : e.text);
		CHECK(good || strcmp(e.rule, examples[i].rule) == 0, "%s: %s, not %s", file, e.rule,
		      examples[i].rule);
		/* None of them is a record, whose header has four parameters. */
		struct cose_sign1 read;
		CHECK(!cose_decode(&arena, message, &read, &e), "%s", file);
		json_decref(example);
	}
}

static const struct test tests[] = {
    TEST(what_is_signed_is_read_and_verified),
    TEST(every_flipped_bit_is_noticed),
    TEST(a_cut_or_longer_statement_is_refused),
    TEST(an_algorithm_goes_with_its_key),
    TEST(what_is_to_be_signed_elsewhere_is_what_is_signed_here),
    TEST(another_key_does_not_verify),
    TEST(a_statement_has_one_es256_signature),
    TEST(statements_are_refused_by_name),
    TEST(nothing_is_signed_that_would_not_be_read),
    TEST(a_key_that_cannot_sign_is_no_fault_of_the_input),
    TEST(foreign_headers_are_judged_by_rfc_9052),
    TEST(a_foreign_header_has_an_end),
    TEST(external_and_detached_are_signed),
    TEST(the_examples_of_cose_wg_are_judged_right),
};

int main(void)
{
	struct err e = {0};
	if (!key_library_start(&e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	return test_main(tests, sizeof tests / sizeof *tests);
}
