/*
 * cose: COSE_Sign1 (RFC 9052 section 4.2), tag 18, as records use it.
 *
 * Protected header, exactly: 1 alg, 3 content type (text), 4 kid (the 32-byte key id),
 * 15 CWT claims {1: iss, 2: sub, 6: iat} (RFC 9597). The unprotected header is empty.
 * Deterministic CBOR throughout, so that a signed statement has one encoding.
 */
#ifndef PROVISO_RECORD_COSE_H
#define PROVISO_RECORD_COSE_H

#include "passkey.h"

enum { COSE_EDDSA = -8, COSE_ES256 = -7, COSE_ED25519 = -19, COSE_ESP256 = -9 };
/*
 * Signed by a passkey: the signature is an assertion (passkey.h) whose challenge is the SHA-256
 * of the Sig_structure. Of COSE's range for private use.
 */
enum { COSE_PASSKEY_EDDSA = -65808, COSE_PASSKEY_ES256 = -65807 };
enum { COSE_HMAC_256 = 5 };    /* of a request that is authenticated and not signed */
enum { COSE_TEXT_MAX = 1024 }; /* bytes of content type, iss, sub */

struct cose_claims {
	const char *issuer;  /* the signer's key name */
	const char *subject; /* the origin of the authority the statement is made to */
	int64_t issued_at;   /* seconds */
};

struct cose_sign1 {
	int64_t algorithm; /* one of those above */
	const char *content_type;
	struct hash kid;
	struct cose_claims claims;
	struct bytes protected, payload, signature; /* borrowed from the input */
};

/*
 * Errors are bad input: cose.tag, cose.shape, cose.algorithm, cose.critical (an unknown
 * label in crit), cose.header (unknown, missing or twice), cose.unprotected, cose.payload,
 * cose.signature, and those of the CBOR reader. The signature is not checked here.
 */
bool cose_decode(struct arena *, struct bytes, struct cose_sign1 *out, struct err *);

/* The same of one that is not signed yet: its signature is empty. */
bool cose_decode_unsigned(struct arena *, struct bytes, struct cose_sign1 *out, struct err *);

/*
 * The same for a COSE_Mac0 (RFC 9052 section 6.2) of the same headers and HMAC 256/256, whose
 * tag of 32 bytes is in `signature`. The tag is not checked here.
 */
bool cose_mac_decode(struct arena *, struct bytes, struct cose_sign1 *out, struct err *);

/* True when the tag is that of `key`. Errors: cose.wrong-key, cose.bad-tag (refused). */
enum { COSE_MAC_KEY = 32, COSE_MAC_TAG = HASH_SIZE };
bool cose_mac_verify(const struct cose_sign1 *, const uint8_t key[COSE_MAC_KEY], struct err *);

/* `kid` names whose key it is; the result is checked by cose_mac_decode before it is given. */
bool cose_mac(struct arena *, const uint8_t key[COSE_MAC_KEY], const struct hash *kid,
              const char *content_type, const struct cose_claims *, struct bytes payload,
              struct bytes *out, struct err *);

/*
 * True when `key` is the one named by kid, of the algorithm the header names, and the
 * signature is good. Errors: cose.wrong-key, cose.bad-signature (refused).
 */
bool cose_verify(const struct cose_sign1 *, const struct public_key *, struct err *);

/*
 * The same for a statement signed by a passkey; cose_verify() takes none of those, and this
 * takes no other. Errors: cose.wrong-key, those of passkey_assertion_decode and passkey_verify.
 */
bool cose_verify_passkey(const struct cose_sign1 *, const struct passkey *, struct err *);

/* The Sig_structure of a protected header and payload: the very bytes that are signed. */
struct bytes cose_to_sign(struct arena *, struct bytes protected, struct bytes payload);

/* What a passkey is asked to sign: the challenge for a protected header and payload. */
struct hash cose_challenge(struct bytes protected, struct bytes payload);

/* Signs `payload`; the result is checked by cose_decode before it is given. */
bool cose_sign(struct arena *, const struct secret_key *, const char *content_type,
               const struct cose_claims *, struct bytes payload, struct bytes *out, struct err *);

/*
 * All but the signature, for a key that is elsewhere: where `is_passkey` under the algorithm of
 * its assertions.
 */
struct bytes cose_unsigned(struct arena *, const struct public_key *, bool is_passkey,
                           const char *content_type, const struct cose_claims *,
                           struct bytes payload);

/*
 * Signs what stands in a message of another profile: a protected header as it is encoded and
 * a payload that may be detached. Ends in the bare signature.
 */
bool cose_sign_any(const struct secret_key *, struct bytes protected, struct bytes payload,
                   uint8_t signature[KEY_SIGNATURE], struct err *);

/*
 * Any COSE_Sign1 of RFC 9052, not only a record's: for foreign messages and test vectors.
 * Verifies with external additional data; `detached` replaces a null payload.
 */
bool cose_verify_any(struct bytes message, const struct public_key *, struct bytes external,
                     struct bytes detached, struct err *);

#endif
