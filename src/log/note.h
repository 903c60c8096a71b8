/*
 * note: C2SP signed notes, and checkpoints (C2SP tlog-checkpoint) as notes.
 * Pure; times and keys are arguments. Bytes: doc/protocol.md, "Log".
 */
#ifndef PROVISO_LOG_NOTE_H
#define PROVISO_LOG_NOTE_H

#include "base/key.h"

enum {
	NOTE_MAX = 65536,     /* bytes of a whole note */
	NOTE_SIGNATURES = 64, /* signature lines read; more is bad input */
	NOTE_ED25519 = 0x01,  /* signature types */
	NOTE_COSIGNATURE = 0x04,
};

struct note_signature {
	struct bytes name;
	uint32_t key_id;
	struct bytes blob; /* what follows the key id */
};

struct note {
	struct bytes text; /* what is signed, with its last LF */
	struct note_signature signatures[NOTE_SIGNATURES];
	size_t signature_count;
};

/*
 * Errors are bad input naming the line: note.too-large, note.utf8, note.control (with a
 * hint at CR LF), note.separator, note.signature, note.too-many-signatures.
 */
bool note_parse(struct arena *, struct bytes, struct note *out, struct err *);

/*
 * True when a line of the key's name and id verifies. A line of the key that does not
 * verify refuses the whole note (note.bad-signature), no such line: note.unsigned.
 */
bool note_verify(const struct note *, const struct public_key *, struct err *);

/*
 * `text`, which ends in LF, a blank line and one signature line. Ed25519 keys only
 * (note.algorithm). Errors also: note.too-large, note.control, note.utf8, key.name.
 */
bool note_sign(struct arena *, struct bytes text, const struct secret_key *, struct bytes *out,
               struct err *);

struct checkpoint {
	const char *origin;
	uint64_t size;
	struct hash root;
};

/* The text of a checkpoint, without signatures. */
struct bytes checkpoint_text(struct arena *, const struct checkpoint *);

/*
 * Parses the text of a note; extension lines are allowed and not kept. Errors are bad
 * input: checkpoint.origin, checkpoint.size, checkpoint.root, checkpoint.extension.
 */
bool checkpoint_parse(struct arena *, struct bytes text, struct checkpoint *out, struct err *);

/* What no log can mean: an empty tree with another root than that. Error: checkpoint.root. */
bool checkpoint_check(const struct checkpoint *, struct err *);

/*
 * A signed checkpoint whole: parsed, signed by `log` (whose name is the origin:
 * checkpoint.other-origin), and so trusted.
 */
bool checkpoint_open(struct arena *, struct bytes note, const struct public_key *log,
                     struct checkpoint *out, struct err *);

bool checkpoint_sign(struct arena *, const struct checkpoint *, const struct secret_key *log,
                     struct bytes *out, struct err *);

/*
 * A witness's cosignature/v1 (C2SP tlog-cosignature, Ed25519) on a parsed note: when it is
 * there and good gives the time it states (of several the latest), otherwise note.unsigned
 * or note.bad-signature.
 */
bool cosignature_verify(const struct note *, const struct public_key *witness, int64_t *time,
                        struct err *);

/* A signature line to put behind a checkpoint's note. */
bool cosignature_sign(struct arena *, const struct note *, const struct secret_key *witness,
                      int64_t time, struct bytes *line, struct err *);

#endif
