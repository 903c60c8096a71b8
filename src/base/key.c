#include "key_internal.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>

_Static_assert(KEY_SEED == crypto_sign_SEEDBYTES, "an Ed25519 seed");
_Static_assert(KEY_SIGNATURE == crypto_sign_BYTES, "an Ed25519 signature");

enum { ED25519_PUBLIC = crypto_sign_PUBLICKEYBYTES };

/* Types of signed-note keys, as far as they are lines of keys. */
enum { NOTE_ED25519 = 0x01, NOTE_ECDSA = 0x02, NOTE_COSIGNER = 0x04 };

bool key_library_start(struct err *e)
{
	if (sodium_init() < 0)
		return err_environment(e, "libsodium cannot start");
	if (!es256_start())
		return err_environment(e, "libcrypto has no P-256");
	return true;
}

size_t key_public_size(enum key_algorithm algorithm)
{
	assert(algorithm == KEY_ED25519 || algorithm == KEY_ES256);
	return algorithm == KEY_ED25519 ? ED25519_PUBLIC : ES256_POINT;
}

bool key_equal(const struct public_key *a, const struct public_key *b)
{
	return a->algorithm == b->algorithm &&
	       bytes_equal(key_public_bytes(a), key_public_bytes(b));
}

void key_wipe(struct secret_key *key)
{
	sodium_memzero(key, sizeof *key);
}

bool coordinate_is_canonical(const uint8_t at[X25519_SIZE])
{
	if (at[0] < 0xED || (at[31] & 0x7F) != 0x7F)
		return true;
	for (size_t i = 1; i < 31; i++)
		if (at[i] != 0xFF)
			return true;
	return false;
}

/* The y coordinates of the eight points whose order divides 8, canonical forms. */
static const uint8_t small_order[][ED25519_PUBLIC] = {
    {1},
    {0},
    {0xEC, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
     0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
     0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F},
    {0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4,
     0x89, 0xF2, 0xEF, 0x98, 0xF0, 0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6,
     0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05},
    {0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B,
     0x76, 0x0D, 0x10, 0x67, 0x0F, 0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39,
     0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A},
};

static bool ed25519_has_small_order(const uint8_t at[ED25519_PUBLIC])
{
	for (size_t i = 0; i < sizeof small_order / sizeof *small_order; i++)
		if (memcmp(at, small_order[i], ED25519_PUBLIC - 1) == 0 &&
		    (at[ED25519_PUBLIC - 1] & 0x7F) == small_order[i][ED25519_PUBLIC - 1])
			return true;
	return false;
}

/*
 * As crypto_sign_verify_detached() judges the key. crypto_core_ed25519_is_valid_point() is
 * another rule (it wants the prime-order subgroup) and costs ten times as much.
 */
static bool ed25519_is_valid(const uint8_t at[ED25519_PUBLIC])
{
	static const uint8_t identity[ED25519_PUBLIC] = {1};
	uint8_t sum[ED25519_PUBLIC];
	return coordinate_is_canonical(at) && !ed25519_has_small_order(at) &&
	       crypto_core_ed25519_add(sum, at, identity) == 0;
}

static bool set_name(struct public_key *key, const char *name, struct err *e)
{
	if (name == NULL || *name == 0)
		return true;
	if (!key_name_check(name, e))
		return false;
	memcpy(key->name, name, strlen(name));
	return true;
}

/* `is_checked`: it has been found before to be a point of its curve, which takes arithmetic. */
static bool take_public(enum key_algorithm algorithm, struct bytes raw, const char *name,
                        bool is_checked, struct public_key *out, struct err *e)
{
	struct public_key key = {.algorithm = algorithm};
	if (algorithm != KEY_ED25519 && algorithm != KEY_ES256)
		return err_input(e, "key.algorithm", "%d is no key algorithm", (int)algorithm);
	if (raw.len != key_public_size(algorithm))
		return err_input(e, "key.public", "a public key of %zu bytes, not %zu", raw.len,
		                 key_public_size(algorithm));
	memcpy(key.at, raw.at, raw.len);
	if (!is_checked &&
	    !(algorithm == KEY_ED25519 ? ed25519_is_valid(key.at) : es256_point_is_valid(key.at)))
		return err_input(e, "key.public", "the public key is no usable point of its curve");
	if (!set_name(&key, name, e))
		return false;
	*out = key;
	return true;
}

bool key_from_public(enum key_algorithm algorithm, struct bytes raw, const char *name,
                     struct public_key *out, struct err *e)
{
	return take_public(algorithm, raw, name, false, out, e);
}

struct hash key_id(const struct public_key *key)
{
	/* {1: 1 (OKP), -1: 6 (Ed25519), -2: x} and {1: 2 (EC2), -1: 1 (P-256), -2: x, -3: y} */
	static const uint8_t okp[] = {0xA3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20};
	static const uint8_t ec2[] = {0xA4, 0x01, 0x02, 0x20, 0x01, 0x21, 0x58, 0x20};
	static const uint8_t ec2_y[] = {0x22, 0x58, 0x20};
	if (key->algorithm == KEY_ED25519)
		return sha256_parts(
		    (struct bytes[]){bytes_of(okp, sizeof okp), key_public_bytes(key)}, 2);
	return sha256_parts(
	    (struct bytes[]){
	        bytes_of(ec2, sizeof ec2),
	        bytes_of(key->at, ES256_COORDINATE),
	        bytes_of(ec2_y, sizeof ec2_y),
	        bytes_of(key->at + ES256_COORDINATE, ES256_COORDINATE),
	    },
	    4);
}

/* White_Space of Unicode, by code point. */
static bool is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
	       c == 0x205F || c == 0x3000;
}

/* The code point at `at` of well-formed UTF-8; moves `at` behind it. */
static uint32_t next_code_point(const uint8_t **at)
{
	uint32_t lead = *(*at)++;
	if (lead < 0x80)
		return lead;
	int more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
	uint32_t c = lead & (0x3Fu >> more);
	while (more-- > 0)
		c = c << 6 | (*(*at)++ & 0x3Fu);
	return c;
}

bool key_name_is_foreign(struct bytes name)
{
	if (name.len == 0 || !bytes_are_utf8(name))
		return false;
	for (const uint8_t *at = name.at; at < name.at + name.len;) {
		uint32_t c = next_code_point(&at);
		if (c == '+' || is_space(c))
			return false;
	}
	return true;
}

/* Almost all are: nothing in them but ASCII that is seen. */
static bool is_plain_name(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '+')
			return false;
	return len > 0 && len <= KEY_NAME_MAX;
}

bool key_name_check(const char *name, struct err *e)
{
	size_t len = strnlen(name, KEY_NAME_MAX + 1);
	if (is_plain_name(name, len))
		return true;
	if (len == 0)
		return err_input(e, "key.name", "the name of a key is empty");
	if (len > KEY_NAME_MAX)
		return err_input(e, "key.name", "the name of a key is longer than %d bytes",
		                 KEY_NAME_MAX);
	if (!bytes_are_utf8(bytes_of(name, len)))
		return err_input(e, "key.name", "the name of a key is not UTF-8");
	const uint8_t *at = (const uint8_t *)name;
	while (*at != 0) {
		uint32_t c = next_code_point(&at);
		if (c == '+' || c <= ' ' || (c >= 0x7F && c <= 0x9F) || is_space(c))
			return err_input(e, "key.name",
			                 "the name of a key may not hold U+%04X (no white space, "
			                 "control characters or '+')",
			                 (unsigned)c);
	}
	return true;
}

bool key_make(enum key_algorithm algorithm, const char *name, const uint8_t seed[KEY_SEED],
              struct secret_key *out, struct err *e)
{
	*out = (struct secret_key){.public.algorithm = algorithm};
	if (!set_name(&out->public, name, e))
		return false;
	if (algorithm == KEY_ED25519) {
		uint8_t both[crypto_sign_SECRETKEYBYTES];
		crypto_sign_seed_keypair(out->public.at, both, seed);
		sodium_memzero(both, sizeof both);
	} else if (algorithm != KEY_ES256) {
		return err_input(e, "key.algorithm", "%d is no key algorithm", (int)algorithm);
	} else if (!es256_point_of(seed, out->public.at)) {
		return err_input(e, "key.seed", "the seed is no scalar of P-256");
	}
	memcpy(out->seed, seed, KEY_SEED);
	return true;
}

bool key_sign(const struct secret_key *key, struct bytes message, uint8_t out[KEY_SIGNATURE],
              struct err *e)
{
	if (key->public.algorithm == KEY_ES256)
		return es256_sign(key, message, out) ||
		       err_environment(e, "libcrypto cannot sign with %s", key->public.name);
	/* libsodium's secret key is seed || public key: no need to derive the latter again. */
	uint8_t both[crypto_sign_SECRETKEYBYTES];
	memcpy(both, key->seed, KEY_SEED);
	memcpy(both + KEY_SEED, key->public.at, ED25519_PUBLIC);
	crypto_sign_detached(out, NULL, message.at, message.len, both);
	sodium_memzero(both, sizeof both);
	return true;
}

bool key_verify(const struct public_key *key, struct bytes message,
                const uint8_t signature[KEY_SIGNATURE])
{
	if (key->algorithm == KEY_ES256)
		return es256_verify(key->at, message, signature);
	return crypto_sign_verify_detached(signature, message.at, message.len, key->at) == 0;
}

/* SubjectPublicKeyInfo of a P-256 key up to its x coordinate (RFC 5480). */
static const uint8_t spki_head[] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06,
    0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
};

/* And all of an Ed25519 key's but the key (RFC 8410). */
static const uint8_t ed25519_head[] = {
    0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
};

static bool begins_with(struct bytes all, const void *at, size_t len, struct bytes *rest)
{
	if (all.len < len || memcmp(all.at, at, len) != 0)
		return false;
	*rest = bytes_of(all.at + len, all.len - len);
	return true;
}

bool key_from_spki(struct bytes der, const char *name, struct public_key *out, struct err *e)
{
	struct bytes key;
	if (begins_with(der, spki_head, sizeof spki_head, &key))
		return key_from_public(KEY_ES256, key, name, out, e);
	if (begins_with(der, ed25519_head, sizeof ed25519_head, &key))
		return key_from_public(KEY_ED25519, key, name, out, e);
	return err_input(e, "key.spki",
	                 "it is neither an uncompressed P-256 key nor an Ed25519 key");
}

uint32_t key_note_id(const struct public_key *key, uint8_t type)
{
	const uint8_t separator[] = {'\n', type};
	struct hash h;
	if (type == NOTE_ECDSA)
		h = sha256_parts(
		    (struct bytes[]){bytes_of(spki_head, sizeof spki_head), key_public_bytes(key)},
		    2);
	else
		h = sha256_parts((struct bytes[]){bytes_text(key->name),
		                                  bytes_of(separator, sizeof separator),
		                                  key_public_bytes(key)},
		                 3);
	return (uint32_t)h.at[0] << 24 | (uint32_t)h.at[1] << 16 | (uint32_t)h.at[2] << 8 | h.at[3];
}

static uint8_t note_type(const struct public_key *key)
{
	return key->algorithm == KEY_ES256 ? NOTE_ECDSA : NOTE_ED25519;
}

char *key_line(struct arena *arena, const struct public_key *key)
{
	assert(key->name[0] != 0);
	struct buffer encoded = {.arena = arena};
	buffer_u8(&encoded, note_type(key));
	if (key->algorithm == KEY_ES256)
		buffer_bytes(&encoded, bytes_of(spki_head, sizeof spki_head));
	buffer_bytes(&encoded, key_public_bytes(key));
	return arena_printf(arena, "%s+%08x+%s", key->name, key_note_id(key, note_type(key)),
	                    base64_encode(arena, buffer_view(&encoded)));
}

char *key_cosigner_line(struct arena *arena, const struct public_key *key)
{
	assert(key->algorithm == KEY_ED25519 && key->name[0] != 0);
	struct buffer encoded = {.arena = arena};
	buffer_u8(&encoded, NOTE_COSIGNER);
	buffer_bytes(&encoded, key_public_bytes(key));
	return arena_printf(arena, "%s+%08x+%s", key->name, key_note_id(key, NOTE_COSIGNER),
	                    base64_encode(arena, buffer_view(&encoded)));
}

/* The bytes before the next '+'; goes over it. No '+' left: bad. */
static struct bytes read_until_plus(struct reader *r)
{
	for (size_t len = 0; len < reader_left(r); len++) {
		if (r->all.at[r->offset + len] != '+')
			continue;
		struct bytes part = read_bytes(r, len);
		read_u8(r);
		return part;
	}
	r->bad = true;
	return (struct bytes){0};
}

/* Type byte and key, as they stand in the base64 of a line. */
static bool decode_typed(struct bytes typed, const char *name, bool is_checked,
                         struct public_key *out, struct err *e)
{
	struct reader r = reader_of(typed);
	uint8_t type = read_u8(&r);
	if (type == NOTE_ED25519 || type == NOTE_COSIGNER)
		return take_public(KEY_ED25519, read_bytes(&r, reader_left(&r)), name, is_checked,
		                   out, e);
	if (type != NOTE_ECDSA)
		return err_input(e, "key.line", "key type 0x%02x is not known", type);
	if (!bytes_equal(read_bytes(&r, sizeof spki_head), bytes_of(spki_head, sizeof spki_head)))
		return err_input(e, "key.line", "the key is not an uncompressed P-256 key");
	return take_public(KEY_ES256, read_bytes(&r, reader_left(&r)), name, is_checked, out, e);
}

/* A line of a key's own type, or (`cosigner`) of the one for cosignatures alone. */
static bool parse_line(struct bytes line, bool cosigner, bool is_checked, struct public_key *out,
                       struct err *e)
{
	static const char form[] = "a public key is NAME+ID+BASE64 in one line";
	if (line.len > KEY_LINE_MAX)
		return err_input(e, "key.line", "the line is longer than %d bytes", KEY_LINE_MAX);
	if (line.len > 0 && line.at[line.len - 1] == '\n')
		line.len--;
	struct reader r = reader_of(line);
	struct bytes part = read_until_plus(&r), id = read_until_plus(&r);
	struct bytes base64 = read_bytes(&r, reader_left(&r)), typed;
	if (r.bad || part.len > KEY_NAME_MAX || (part.len > 0 && memchr(part.at, 0, part.len)))
		return err_input(e, "key.line", "%s", form);
	char name[KEY_NAME_MAX + 1] = {0};
	if (part.len > 0)
		memcpy(name, part.at, part.len);
	if (!key_name_check(name, e))
		return false;
	owned_arena arena = {0};
	if (!base64_decode(&arena, base64, &typed))
		return err_input(e, "key.line", "%s: this is no base64", form);
	if (typed.len > 0 && (typed.at[0] == NOTE_COSIGNER) != cosigner)
		return err_input(e, "key.line",
		                 cosigner ? "%s's key is not one that cosigns (type 0x04)"
		                          : "%s's key cosigns, and signs nothing else",
		                 name);
	if (!decode_typed(typed, name, is_checked, out, e))
		return false;
	char expected[9];
	uint8_t type = cosigner ? NOTE_COSIGNER : note_type(out);
	snprintf(expected, sizeof expected, "%08x", key_note_id(out, type));
	if (!bytes_equal(id, bytes_text(expected)))
		return err_input(e, "key.line", "the id %.*s is not that of the key, %s",
		                 (int)(id.len < 16 ? id.len : 16), (const char *)id.at, expected);
	return true;
}

bool key_line_parse(struct bytes line, struct public_key *out, struct err *e)
{
	return parse_line(line, false, false, out, e);
}

bool key_line_read(struct bytes line, struct public_key *out, struct err *e)
{
	return parse_line(line, false, true, out, e);
}

bool key_cosigner_parse(struct bytes line, struct public_key *out, struct err *e)
{
	return parse_line(line, true, false, out, e);
}
