/*
 * passkey: what a WebAuthn authenticator signs (W3C Web Authentication level 3), judged from
 * its bytes alone, so that an assertion can be verified for ever and without its maker.
 *
 * An assertion travels as deterministic CBOR, [authenticatorData, clientDataJSON, signature],
 * the signature as everywhere: 64 bytes, and of ES256 with s in the lower half. The client
 * data is not parsed as JSON: section 5.8.1.1 says how it is written, byte for byte, and
 * section 5.8.1.2 how it is compared. No I/O, no clock.
 * Why: doc/decisions/passkeys.md.
 */
#ifndef PROVISO_RECORD_PASSKEY_H
#define PROVISO_RECORD_PASSKEY_H

#include "base/key.h"

enum {
	PASSKEY_AUTHENTICATOR_DATA =
	    37, /* hash of the RP id, flags, count: nothing more is asked */
	PASSKEY_CLIENT_DATA_MAX = 2048,
};

struct passkey {
	struct public_key key;
	const char *rp_id;  /* `authority.example` */
	const char *origin; /* `https://authority.example`: the one place it may sign at */
};

struct passkey_assertion {
	struct bytes authenticator_data, client_data, signature; /* borrowed from the input */
};

/* Errors are bad input: passkey.assertion, and those of the CBOR reader. */
bool passkey_assertion_decode(struct bytes, struct passkey_assertion *out, struct err *);
void passkey_assertion_encode(struct buffer *, const struct passkey_assertion *);

/*
 * True when the holder of the passkey was there, was verified by the authenticator, and signed
 * this very `challenge` at the passkey's origin, not framed by another. `count` is the
 * authenticator's counter of signatures, 0 where it keeps none. Errors are refusals:
 * passkey.client-data (another challenge, origin, type, or framed), passkey.authenticator-data,
 * passkey.rp-id, passkey.user-absent, passkey.user-unverified, passkey.signature.
 */
bool passkey_verify(const struct passkey *, const struct hash *challenge,
                    const struct passkey_assertion *, uint32_t *count, struct err *);

#endif
