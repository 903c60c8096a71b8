/*
 * cosigner: a witness at work. It keeps, in a store of its own, what it cosigned last of each
 * log, and reads it, judges and replaces it in one transaction before it answers; so two
 * requests at once, in threads or processes, or a death at any point, never make it sign two
 * histories of one log. The rules are log/witness.h's. I/O; thread safe.
 */
#ifndef PROVISO_WITNESS_COSIGNER_H
#define PROVISO_WITNESS_COSIGNER_H

#include "log/witness.h"

struct cosigner;

/*
 * `path` is the store: made when `is_new` (it must not be there then), and otherwise there. One
 * that is lost must not be replaced by a new one under the same key, for it would have
 * forgotten what it signed. `logs` must stay. Errors also: refused cosigner.other-key (the
 * store is another key's), note.algorithm.
 */
struct cosigner *cosigner_open(const char *path, bool is_new, const struct secret_key *,
                               const struct witness_logs *logs, struct err *);
void cosigner_close(struct cosigner *);

struct cosigner_answer {
	unsigned status;          /* of HTTP */
	const char *content_type; /* static */
	struct bytes body;
};

/*
 * An add-checkpoint request as it came, at the time `now`. A log that grows more often than its
 * list says is asked to wait (witness.too-often, 429); the same tree asked for again within
 * a second gets the same answer. True when it cosigned; otherwise `e` says why not, and the
 * answer has it in words.
 */
bool cosigner_add(struct cosigner *, struct arena *, struct bytes request, int64_t now,
                  struct cosigner_answer *, struct err *e);

/*
 * The last checkpoint of the log whose origin has this SHA-256, in lower-case hexadecimal, with the
 * log's signature and ours; empty where there is none.
 */
bool cosigner_latest(struct cosigner *, struct arena *, const char *origin_hash, struct bytes *note,
                     struct err *);

#endif
