/*
 * A secret key's file, for doc/protocol.md:
 *
 *     proviso-key-v1 NAME ALGORITHM open LF
 *     base64(seed[32] || check[32]) LF
 *
 *     proviso-key-v1 NAME ALGORITHM argon2id:PASSES:KIBIBYTES LF
 *     base64(salt[16] || nonce[24] || sealed[48]) LF
 *
 * ALGORITHM is `ed25519` or `es256`. The seed is the Ed25519 seed of RFC 8032 or the P-256
 * scalar, big endian; the public key is derived from it, never read. Items are separated by
 * one space, numbers are decimal without leading zeros, nothing follows the second LF.
 *
 * `check` is SHA-256(first line with its LF || seed): an open file is damaged noticeably, not
 * protected. `sealed` is XChaCha20-Poly1305 of the seed under the 32-byte Argon2id (version
 * 0x13, one lane) hash of the passphrase's bytes with `salt`; the first line with its LF is
 * the additional data. Written are 3 passes over 262144 KiB; read are 1 to 16 passes and 8 to
 * 1048576 KiB, so that a file from a stranger takes seconds at worst.
 */
#include "key_internal.h"

#include <sodium.h>
#include <stdio.h>

enum {
	SALT = crypto_pwhash_SALTBYTES,
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	SEALED = SALT + NONCE + KEY_SEED + TAG,
	OPEN = KEY_SEED + HASH_SIZE,
	LARGEST = SEALED,
	PASSES_MAX = 16,
	KIBIBYTES_MIN = crypto_pwhash_MEMLIMIT_MIN / 1024,
	KIBIBYTES_MAX = 1024 * 1024,
};
_Static_assert(KEY_SALT == SALT + NONCE, "what the caller brings");
_Static_assert(LARGEST >= OPEN, "one buffer for both forms");

static const char magic[] = "proviso-key-v1";

/* What the first line says. */
struct header {
	struct bytes line; /* with its LF */
	struct bytes body; /* the second line, without it */
	char name[KEY_NAME_MAX + 1];
	enum key_algorithm algorithm;
	bool sealed;
	struct key_cost cost;
};

static const char *algorithm_name(enum key_algorithm algorithm)
{
	return algorithm == KEY_ES256 ? "es256" : "ed25519";
}

/* The bytes before the next `end`, or all that is left when `end` is 0. */
static struct bytes read_item(struct reader *r, char end)
{
	size_t len = 0;
	while (len < reader_left(r) && (end == 0 || r->all.at[r->offset + len] != (uint8_t)end))
		len++;
	struct bytes item = read_bytes(r, len);
	if (end != 0)
		read_u8(r);
	return item;
}

static bool parse_cost(struct bytes text, struct key_cost *cost)
{
	struct reader r = reader_of(text);
	struct bytes scheme = read_item(&r, ':'), passes = read_item(&r, ':');
	return bytes_equal(scheme, bytes_text("argon2id")) &&
	       decimal_parse(passes, &cost->passes) &&
	       decimal_parse(read_item(&r, 0), &cost->kibibytes) && !r.bad;
}

static bool parse_header(struct bytes text, struct header *h, struct err *e)
{
	*h = (struct header){0};
	if (text.len > KEY_FILE_MAX)
		return err_input(e, "key.file", "larger than %d bytes", KEY_FILE_MAX);
	struct reader lines = reader_of(text);
	struct bytes first = read_line(&lines);
	h->line = bytes_of(text.at, lines.offset);
	h->body = read_line(&lines);
	struct reader r = reader_of(first);
	if (!bytes_equal(read_item(&r, ' '), bytes_text(magic)))
		return err_input(e, "key.file", "this is no key file (it would begin with %s)",
		                 magic);
	if (lines.bad || reader_left(&lines) != 0)
		return err_input(e, "key.file", "a key file has two lines");

	struct bytes name = read_item(&r, ' '), algorithm = read_item(&r, ' ');
	struct bytes protection = read_item(&r, 0);
	if (r.bad || name.len > KEY_NAME_MAX || memchr(first.at, 0, first.len) != NULL)
		return err_input(e, "key.file",
		                 "the first line is not %s NAME ALGORITHM PROTECTION", magic);
	memcpy(h->name, name.at, name.len);
	if (!key_name_check(h->name, e))
		return false;
	h->algorithm = bytes_equal(algorithm, bytes_text("es256")) ? KEY_ES256 : KEY_ED25519;
	if (!bytes_equal(algorithm, bytes_text(algorithm_name(h->algorithm))))
		return err_input(e, "key.file", "the algorithm is neither ed25519 nor es256");
	if (bytes_equal(protection, bytes_text("open")))
		return true;
	h->sealed = true;
	if (!parse_cost(protection, &h->cost))
		return err_input(e, "key.file",
		                 "the protection is neither open nor argon2id:PASSES:KIBIBYTES");
	if (h->cost.passes < 1 || h->cost.passes > PASSES_MAX ||
	    h->cost.kibibytes < KIBIBYTES_MIN || h->cost.kibibytes > KIBIBYTES_MAX)
		return err_input(e, "key.file",
		                 "the cost of the passphrase is outside 1-%d passes, %d-%d KiB",
		                 PASSES_MAX, KIBIBYTES_MIN, KIBIBYTES_MAX);
	return true;
}

static bool derive(uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES], const char *passphrase,
                   const uint8_t salt[SALT], const struct key_cost *cost, struct err *e)
{
	if (crypto_pwhash(key, crypto_aead_xchacha20poly1305_ietf_KEYBYTES, passphrase,
	                  strlen(passphrase), salt, cost->passes, (size_t)cost->kibibytes * 1024,
	                  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_environment(e, "no %llu KiB of memory for the passphrase",
		                       (unsigned long long)cost->kibibytes);
	return true;
}

static struct hash check_of(struct bytes line, const uint8_t seed[KEY_SEED])
{
	return sha256_parts((struct bytes[]){line, bytes_of(seed, KEY_SEED)}, 2);
}

/* The file of a first line and a body, which is wiped. */
static char *put_together(struct arena *arena, const char *line, uint8_t *body, size_t len)
{
	char text[sodium_base64_ENCODED_LEN(LARGEST, sodium_base64_VARIANT_ORIGINAL)];
	sodium_bin2base64(text, sizeof text, body, len, sodium_base64_VARIANT_ORIGINAL);
	char *file = arena_printf(arena, "%s%s\n", line, text);
	sodium_memzero(text, sizeof text);
	sodium_memzero(body, len);
	return file;
}

char *key_file_costing(struct arena *arena, const struct secret_key *key, const char *passphrase,
                       const uint8_t salt[KEY_SALT], const struct key_cost *cost, struct err *e)
{
	if (!key_name_check(key->public.name, e))
		return NULL;
	if (*passphrase == 0) {
		err_refused(e, "key.passphrase-empty", "an empty passphrase protects nothing");
		return NULL;
	}
	char *line =
	    arena_printf(arena, "%s %s %s argon2id:%llu:%llu\n", magic, key->public.name,
	                 algorithm_name(key->public.algorithm), (unsigned long long)cost->passes,
	                 (unsigned long long)cost->kibibytes);
	uint8_t sealing_key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES], body[SEALED];
	if (!derive(sealing_key, passphrase, salt, cost, e))
		return NULL;
	memcpy(body, salt, KEY_SALT);
	crypto_aead_xchacha20poly1305_ietf_encrypt(body + KEY_SALT, NULL, key->seed, KEY_SEED,
	                                           (const uint8_t *)line, strlen(line), NULL,
	                                           salt + SALT, sealing_key);
	sodium_memzero(sealing_key, sizeof sealing_key);
	return put_together(arena, line, body, sizeof body);
}

char *key_file(struct arena *arena, const struct secret_key *key, const char *passphrase,
               const uint8_t salt[KEY_SALT], struct err *e)
{
	static const struct key_cost moderate = {
	    .passes = crypto_pwhash_OPSLIMIT_MODERATE,
	    .kibibytes = crypto_pwhash_MEMLIMIT_MODERATE / 1024,
	};
	if (passphrase != NULL)
		return key_file_costing(arena, key, passphrase, salt, &moderate, e);
	if (!key_name_check(key->public.name, e))
		return NULL;
	char *line = arena_printf(arena, "%s %s %s open\n", magic, key->public.name,
	                          algorithm_name(key->public.algorithm));
	struct hash check = check_of(bytes_text(line), key->seed);
	uint8_t body[OPEN];
	memcpy(body, key->seed, KEY_SEED);
	memcpy(body + KEY_SEED, check.at, sizeof check.at);
	return put_together(arena, line, body, sizeof body);
}

/* Not sodium_base642bin(), which takes some bytes above 0x7F for digits. */
static bool decode_body(struct bytes text, uint8_t *body, size_t size, struct err *e)
{
	owned_arena arena = {0};
	struct bytes decoded;
	if (!base64_decode(&arena, text, &decoded) || decoded.len != size)
		return err_input(e, "key.file", "the second line is not base64 of %zu bytes", size);
	memcpy(body, decoded.at, size);
	sodium_memzero((void *)(uintptr_t)decoded.at, decoded.len);
	return true;
}

static bool open_seed(const struct header *h, uint8_t seed[KEY_SEED], struct err *e)
{
	uint8_t body[OPEN];
	bool ok = decode_body(h->body, body, sizeof body, e);
	if (ok) {
		struct hash check = check_of(h->line, body);
		ok = memcmp(check.at, body + KEY_SEED, sizeof check.at) == 0 ||
		     err_input(e, "key.file", "the file is damaged: its check does not fit");
		memcpy(seed, body, KEY_SEED);
	}
	sodium_memzero(body, sizeof body);
	return ok;
}

static bool unseal_seed(const struct header *h, const char *passphrase, uint8_t seed[KEY_SEED],
                        struct err *e)
{
	uint8_t body[SEALED], sealing_key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
	if (!decode_body(h->body, body, sizeof body, e))
		return false;
	if (passphrase == NULL)
		return err_refused(e, "key.passphrase-needed",
		                   "the key %s is sealed by a passphrase", h->name);
	if (!derive(sealing_key, passphrase, body, &h->cost, e))
		return false;
	int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
	    seed, NULL, NULL, body + KEY_SALT, KEY_SEED + TAG, h->line.at, h->line.len, body + SALT,
	    sealing_key);
	sodium_memzero(sealing_key, sizeof sealing_key);
	return opened == 0 ||
	       err_refused(e, "key.passphrase-wrong",
	                   "wrong passphrase for the key %s, or a damaged file", h->name);
}

bool key_file_parse(struct bytes text, const char *passphrase, struct secret_key *out,
                    struct err *e)
{
	struct header h;
	uint8_t seed[KEY_SEED];
	if (!parse_header(text, &h, e))
		return false;
	bool ok = h.sealed ? unseal_seed(&h, passphrase, seed, e) : open_seed(&h, seed, e);
	ok = ok && key_make(h.algorithm, h.name, seed, out, e);
	sodium_memzero(seed, sizeof seed);
	return ok;
}

bool key_file_is_sealed(struct bytes text)
{
	struct header h;
	struct err e;
	return parse_header(text, &h, &e) && h.sealed;
}
