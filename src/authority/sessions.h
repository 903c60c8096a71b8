/*
 * sessions: the keys of the sessions that systems have with the authority, worked out once
 * each: agreeing on the secret costs as much as checking a signature. In memory alone; what
 * is forgotten is worked out again. The rim's.
 */
#ifndef PROVISO_AUTHORITY_SESSIONS_H
#define PROVISO_AUTHORITY_SESSIONS_H

#include "apply.h"

enum { SESSIONS_MAX = 1 << 20 }; /* then all are forgotten: 162 MiB at most */

/* {0} is empty. */
struct sessions {
	struct session_slot {
		bool taken;
		struct hash kid;
		uint8_t nonce[RENEWAL_NONCE], key[SESSION_KEY];
	} * slots;
	size_t room, count; /* room: a power of two */
	const struct secret_key *authority;
};

/* Both must stay where they are while the keys are asked for. */
struct session_keys session_keys_of(struct sessions *, const struct secret_key *authority);

void sessions_free(struct sessions *);

#endif
