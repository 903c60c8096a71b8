/*
 * inbox: reports of misuse by whoever visits the console, encrypted in the browser for the
 * authority's inbox key (key_wrap), kept as they came, and followed by a code that the
 * reporter alone and whoever opens the message have.
 *
 *     HOME/inbox.key, inbox.pub      made when first needed; the secret one may be kept elsewhere
 *     HOME/inbox/ID                  the message; ID = SHA-256("proviso-inbox-1" || 0 || secret)
 *     HOME/inbox/ID.read, .answer    it was opened; what was answered, under the code
 *
 * The code is the secret's 16 bytes in base32; it is in the message too, so that an answer can
 * be sealed for who holds it: AES-256-GCM under HKDF-SHA-256 of the secret. Bounded: a message
 * by INBOX_MESSAGE_MAX, all of them by INBOX_MOST. Why: doc/decisions/inbox.md.
 */
#ifndef PROVISO_AUTHORITY_INBOX_H
#define PROVISO_AUTHORITY_INBOX_H

#include "base/key.h"

enum {
	INBOX_MESSAGE_MAX = KEY_WRAP_MAX + KEY_WRAP_MORE,
	INBOX_MOST = 4096,
	INBOX_ANSWER_MAX = 4096,
	INBOX_SECRET = 16,
};

struct inbox_message {
	struct hash id;
	int64_t received;
	size_t size; /* as it was sent */
	bool is_read, is_answered;
};

/* The inbox's public key, named ORIGIN/inbox; makes the pair where there is none. */
bool inbox_key(const char *home, const char *origin, struct public_key *out, struct err *);

/* Errors: bad input inbox.message (not for this key), refused inbox.duplicate, inbox.full. */
bool inbox_keep(const char *home, const struct public_key *, const struct hash *id,
                struct bytes message, struct err *);

/* What has become of a message. Errors: refused inbox.no-such-message. */
bool inbox_find(const char *home, const struct hash *id, struct inbox_message *out, struct err *);

/* All of them, the oldest first. */
bool inbox_list(struct arena *, const char *home, struct inbox_message **out, size_t *count,
                struct err *);

/* A message in clear, which is then marked as read. `key` NULL: HOME/inbox.key. */
bool inbox_open(struct arena *, const char *home, const struct secret_key *key,
                const struct hash *id, struct bytes *out, struct err *);

/*
 * Seals an answer for who has the code of the message, in place of one given before. Errors:
 * inbox.code (it is that of another message).
 */
bool inbox_answer(struct arena *, const char *home, const struct hash *id, const char *code,
                  struct bytes text, struct err *);

/* The sealed answer, empty where there is none. */
bool inbox_answered(struct arena *, const char *home, const struct hash *id, struct bytes *out,
                    struct err *);

#endif
