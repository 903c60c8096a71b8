/*
 * signature: requests signed by a key of the log: HTTP message signatures (RFC 9421), by
 * Ed25519 ("ed25519") or ES256 ("ecdsa-p256-sha256", s in the lower half). A signature must
 * cover @method, @path and @query, say when it was made (created, within 300 seconds of now)
 * with a nonce, and by which key (keyid: its id, 64 hexadecimal digits). It may cover @authority
 * and header fields besides. No I/O, no clock.
 */
#ifndef PROVISO_SERVER_SIGNATURE_H
#define PROVISO_SERVER_SIGNATURE_H

#include "base/key.h"
#include "http.h"

enum { SIGNATURE_SECONDS = 300 };

struct request_signature {
	struct hash kid;
	const char *algorithm; /* or NULL */
	const char *nonce;     /* good once: for the caller to see to */
	int64_t created;
	struct bytes base; /* what is signed */
	uint8_t at[KEY_SIGNATURE];
};

/* True when the request says that it is signed; whether well is for the next two to tell. */
bool signature_is_there(const struct http_request *);

/*
 * Errors: bad input signature.form, signature.components (does not cover what it must, or
 * covers what is not there); refused signature.time.
 */
bool signature_read(const struct http_request *, int64_t now, struct request_signature *,
                    struct err *);

/* Refused: signature.bad, signature.algorithm. */
bool signature_verify(const struct request_signature *, const struct public_key *, struct err *);

/*
 * The two headers for a request that a client makes: `target` as it is sent, `nonce` drawn anew
 * for each.
 */
bool signature_make(struct arena *, const char *method, const char *target, int64_t now,
                    const char *nonce, const struct secret_key *, const char **input,
                    const char **signature, struct err *);

#endif
