/*
 * invitations: of people who are to have a passkey here, each in a file HOME/invitations/ID. An
 * officer makes one; whoever has its secret puts a passkey forward, once; an officer then registers
 * that by a key record, which is what counts. The secret itself is not kept. Callers see to it that
 * one of them works at a time.
 *
 * An invitation is a JSON object: id; form, the key record's fields but for the key; name, which
 * the key will have; by, whose invitation it is; made and expires, in seconds; secret, the SHA-256
 * of it; public-key, a line or null.
 */
#ifndef PROVISO_SERVER_INVITATIONS_H
#define PROVISO_SERVER_INVITATIONS_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

enum {
	INVITATION_SECONDS = 7 * 86400,
	INVITATION_KEPT_SECONDS =
	    90 * 86400, /* after it expired, for those who put a passkey forward */
	INVITATIONS_MAX = 1000,
	INVITATION_ID = 16, /* bytes */
	INVITATION_SECRET = 32,
};

/* All, in the order of their ids; released by the caller. NULL after filling the error. */
json_t *invitations_all(struct arena *, const char *home, struct err *);

/* One. Errors: refused invitation.no-such-invitation; environment. */
json_t *invitation_read(struct arena *, const char *home, const char *id, struct err *);

/* Writes it, new or changed. */
bool invitation_write(struct arena *, const char *home, json_t *invitation, struct err *);

bool invitation_remove(struct arena *, const char *home, const char *id, struct err *);

/* Removes those that are over. Refused: invitation.too-many, where as many as may be are left. */
bool invitations_sweep(struct arena *, const char *home, int64_t now, struct err *);

/* Whether it is the invitation's secret, without telling by time how much of it is right. */
bool invitation_is_secret(struct arena *, const json_t *invitation, struct bytes secret);

const char *invitation_text(const json_t *invitation, const char *member); /* NULL: null */
int64_t invitation_number(const json_t *invitation, const char *member);

#endif
