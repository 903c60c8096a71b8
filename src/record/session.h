/*
 * session: requests for leases that are authenticated and not signed. A system and an
 * authority share a secret (key_agree); each lease whose request was signed begins a session,
 * and the requests that follow it carry a tag under the session's key. Rules and argument:
 * doc/protocol.md, "Leases". Pure.
 */
#ifndef PROVISO_RECORD_SESSION_H
#define PROVISO_RECORD_SESSION_H

#include "record.h"

/* A day: then the device signs again, whatever happens. By the authority's clock. */
enum { SESSION_SECONDS = 86400, SESSION_KEY = 32 };

/*
 * The key of the session that the signed request with `nonce` began: HKDF-SHA-256 of the
 * secret, salted with the nonce, for HMAC 256/256 between these two keys (COSE_KDF_Context,
 * RFC 9053 section 5.2).
 */
void session_key(const uint8_t secret[KEY_SHARED_SECRET], const struct hash *device,
                 const struct hash *authority, const uint8_t nonce[RENEWAL_NONCE],
                 uint8_t out[SESSION_KEY]);

/* Makes a request under a session's key; decodes it again before giving it. */
bool session_request(struct arena *, const struct renewal_body *, const struct public_key *device,
                     const char *origin, int64_t issued_at, const uint8_t key[SESSION_KEY],
                     struct bytes *out, struct err *);

#endif
