/*
 * session: people who sign in with a passkey, and are then known by a cookie for a while. Rules:
 * doc/api.md, "Signing in"; why: doc/decisions/passkeys.md.
 *
 * A challenge is not remembered: it carries its time and a MAC of this process. It is good for 300
 * seconds, in the browser that asked for it (a cookie), and once.
 */
#ifndef PROVISO_SERVER_SESSION_H
#define PROVISO_SERVER_SESSION_H

#include "authority/query.h"
#include "http.h"
#include "nonces.h"

struct signins;

struct signins_options {
	unsigned idle_seconds, most_seconds;
};

struct signins *signins_new(const struct signins_options *); /* NULL: no memory */
void signins_free(struct signins *);

/* True when the request carries a session that lives. */
bool session_is_there(struct signins *, const struct http_request *);

/* Whose session the request carries, which is used by that unless Proviso-Live says otherwise.
 * Errors: refused session.none. */
bool session_kid(struct signins *, const struct http_request *, struct hash *kid, struct err *);

/*
 * That a request which changes something was made by a page of `origin` and by nobody's link or
 * form. Errors: refused request.cross-site.
 */
bool session_same_origin(const struct http_request *, const char *origin, struct err *);

#endif
