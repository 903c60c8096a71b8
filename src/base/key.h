/*
 * key: signing keys, their files, and the one rule by which all parties verify.
 *
 * Algorithms are COSE's (RFC 9053): Ed25519 (EdDSA) and ES256 on P-256. Ed25519 is
 * libsodium's: cofactorless, S below the group order, canonical encodings, no points
 * of small order. ES256 signatures are 64 bytes r||s with s in the lower half of the
 * group order, so that one statement has one signature.
 *
 * A key's id is its COSE key thumbprint (RFC 9679): the SHA-256 of the deterministic
 * CBOR of its required parameters. Its name is what people call it; for a log it is
 * the origin. Thread safe: keys are values.
 */
#ifndef PROVISO_BASE_KEY_H
#define PROVISO_BASE_KEY_H

#include "err.h"
#include "hash.h"

enum key_algorithm { KEY_ED25519 = 1, KEY_ES256 = 2 };

enum {
	KEY_SEED = 32,       /* random bytes a key is made of */
	KEY_SIGNATURE = 64,  /* both algorithms */
	KEY_PUBLIC_MAX = 64, /* Ed25519: 32; ES256: x||y, 64 */
	KEY_NAME_MAX = 255,
	KEY_LINE_MAX = 512,  /* a public key line, with its LF */
	KEY_FILE_MAX = 4096, /* a secret key file */
};

struct public_key {
	enum key_algorithm algorithm;
	uint8_t at[KEY_PUBLIC_MAX];
	char name[KEY_NAME_MAX + 1]; /* may be empty: name and key travel apart */
};

struct secret_key {
	struct public_key public;
	uint8_t seed[KEY_SEED]; /* Ed25519 seed, or the P-256 scalar */
};

/* Once per process before anything else of this header; false when a library will not start. */
bool key_library_start(struct err *);

/* 32 for Ed25519, 64 for ES256. */
size_t key_public_size(enum key_algorithm);

static inline struct bytes key_public_bytes(const struct public_key *k)
{
	return bytes_of(k->at, key_public_size(k->algorithm));
}

/* Same algorithm and same key; names are not compared. */
bool key_equal(const struct public_key *, const struct public_key *);

/* From raw public bytes; a point that is not on the curve or of small order is bad input. */
bool key_from_public(enum key_algorithm, struct bytes, const char *name, struct public_key *out,
                     struct err *);

/* From SubjectPublicKeyInfo (RFC 5480, RFC 8410), as browsers give a passkey's. Error: key.spki. */
bool key_from_spki(struct bytes der, const char *name, struct public_key *out, struct err *);

/* RFC 9679 thumbprint. */
struct hash key_id(const struct public_key *);

/*
 * Names are 1 to KEY_NAME_MAX bytes of UTF-8 without white space, control characters
 * or '+' (C2SP signed-note).
 */
bool key_name_check(const char *name, struct err *);

/*
 * Somebody else's name in a signed note: of any length, UTF-8 without white space or '+';
 * control characters that are no white space are his affair (C2SP signed-note).
 */
bool key_name_is_foreign(struct bytes name);

/*
 * Makes a key of 32 random bytes given by the caller. For ES256 a seed that is no scalar
 * of the curve (odds 2^-32) is refused: draw again.
 */
bool key_make(enum key_algorithm, const char *name, const uint8_t seed[KEY_SEED],
              struct secret_key *out, struct err *);

/* Overwrites a secret key with zeros. */
void key_wipe(struct secret_key *);

/* A local that wipes itself at the end of its scope. */
#define owned_secret_key __attribute__((cleanup(key_wipe))) struct secret_key

bool key_sign(const struct secret_key *, struct bytes message, uint8_t out[KEY_SIGNATURE],
              struct err *);

/* One answer for every party: see the head of this file. */
bool key_verify(const struct public_key *, struct bytes message,
                const uint8_t signature[KEY_SIGNATURE]);

/*
 * A public key's line, `NAME+8 hex+BASE64` (C2SP signed-note verifier key: type 1 for
 * Ed25519; type 2 with SubjectPublicKeyInfo for ES256). Parsing takes the line with or
 * without its LF, and checks that the id fits. Errors: key.line, key.name.
 */
char *key_line(struct arena *, const struct public_key *);
bool key_line_parse(struct bytes line, struct public_key *out, struct err *);
/* A line that oneself wrote, of a key that was parsed once: its point is not asked for again. */
bool key_line_read(struct bytes line, struct public_key *out, struct err *);

/* The same for a witness's key, an Ed25519 one that cosigns (type 4, C2SP tlog-cosignature). */
char *key_cosigner_line(struct arena *, const struct public_key *);
bool key_cosigner_parse(struct bytes line, struct public_key *out, struct err *);

/* The four bytes that name a key in a signed note, for a note signature of `type`. */
uint32_t key_note_id(const struct public_key *, uint8_t type);

/*
 * A secret key's file: text, in the two lines described in doc/protocol.md. With a
 * passphrase the seed is sealed (Argon2id, XChaCha20-Poly1305); NULL leaves it open.
 * `salt` is 40 random bytes from the caller (16 for Argon2id, 24 for the nonce).
 */
enum { KEY_SALT = 40 };
char *key_file(struct arena *, const struct secret_key *, const char *passphrase,
               const uint8_t salt[KEY_SALT], struct err *);

/* `passphrase` may be NULL. Errors: key.file, key.passphrase-needed, key.passphrase-wrong. */
bool key_file_parse(struct bytes text, const char *passphrase, struct secret_key *out,
                    struct err *);

/* True when the file needs a passphrase to open it. */
bool key_file_is_sealed(struct bytes text);

/*
 * Wraps 1 to KEY_WRAP_MAX bytes for the holder of `to` (COSE_Encrypt, ECDH-ES+A256KW, A256GCM:
 * RFC 9052 section 5, RFC 9053 section 6.4.1; for an Ed25519 key its X25519 form).
 * `random` is 32 (ephemeral key) + 32 (content key) + 12 (nonce) bytes from the caller.
 */
enum {
	KEY_WRAP_RANDOM = 76,
	KEY_WRAP_MAX = 61440,
	KEY_WRAP_MORE = 256 /* that it adds, at most */
};
bool key_wrap(struct arena *, const struct public_key *to, struct bytes secret,
              const uint8_t random[KEY_WRAP_RANDOM], struct bytes *out, struct err *);

/*
 * The secret that the holders of two Ed25519 keys share, in their X25519 forms (RFC 7748):
 * 32 bytes, for a key derivation and for nothing else; not yet uniform. ES256 keys agree with
 * none. Errors: bad input, key.agree.
 */
enum { KEY_SHARED_SECRET = 32 };
bool key_agree(const struct secret_key *mine, const struct public_key *theirs,
               uint8_t out[KEY_SHARED_SECRET], struct err *);

/*
 * The nonce, and behind it AES-256-GCM of what is `plain` under a key that is used for nothing
 * else, without additional data.
 */
enum { KEY_SEAL = 32, KEY_SEAL_NONCE = 12, KEY_SEAL_MORE = KEY_SEAL_NONCE + 16 };
bool key_seal(struct arena *, const uint8_t key[KEY_SEAL], const uint8_t nonce[KEY_SEAL_NONCE],
              struct bytes plain, struct bytes *out, struct err *);

/* RFC 5869, SHA-256: a key of 32 bytes. */
void key_derive(struct bytes salt, struct bytes secret, struct bytes info, uint8_t out[32]);

/* Whether it has the form of what is wrapped for this key: no more can be told without it. */
bool key_is_wrapped_for(const struct public_key *, struct bytes wrapped);

/* Errors: key.wrapped (malformed), key.unwrap (not for this key, or changed). */
bool key_unwrap(struct arena *, const struct secret_key *, struct bytes wrapped, struct bytes *out,
                struct err *);

#endif
