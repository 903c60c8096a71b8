/*
 * kept: what an audit leaves for the next, so that a log is not judged from its beginning each
 * time: how far it came, the edge of the tree there, the state that the rules had added up to.
 *
 * The tree shows that the log goes on from what was audited: its edge, with the entries since, must
 * lead to the root that is signed now. The state nobody can check but by judging all again. So it
 * carries a tag under a key of the auditor's own, and whoever could write both could make an audit
 * believe anything: it is kept as one keeps one's notes, and an audit without it is always
 * possible.
 */
#ifndef PROVISO_AUTHORITY_KEPT_H
#define PROVISO_AUTHORITY_KEPT_H

#include "authority.h"

enum { KEPT_KEY = 32 };
#define KEPT_MAX ((size_t)4 << 30) /* bytes of a state */

struct memory;

struct audit_kept {
	struct memory *memory;
	struct merkle_edge edge; /* its size: entries audited */
	struct log_check check;  /* counts so far, faults too */
	struct public_key authority;
	struct bytes note;  /* the signed checkpoint that was audited */
	struct bytes words; /* the caller's own, such as the faults so far */
	struct arena arena; /* of the note and what was read */
};

/* One that begins at the beginning. */
bool audit_kept_begin(struct audit_kept *, struct err *);
void audit_kept_free(struct audit_kept *);

/*
 * `made_by` names the program that judges: another's rules may be others. Errors of reading: bad
 * input audit.state (no state of an audit); refused audit.state-forged (the tag is not under the
 * key: it was altered, or the key is another's), audit.state-program (left by another program),
 * audit.state-log (its tree is not that of the checkpoint in it).
 */
bool audit_kept_read(struct audit_kept *, struct bytes file, const uint8_t key[KEPT_KEY],
                     const char *made_by, struct err *);
void audit_kept_write(const struct audit_kept *, struct arena *, const uint8_t key[KEPT_KEY],
                      const char *made_by, struct bytes *file);

#endif
