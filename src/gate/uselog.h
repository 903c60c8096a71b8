/*
 * uselog: a system's append-only record of every use, in files mapped into memory.
 *
 * A file ("segment", use-log/00000001.uses, ...) is a header of 64 bytes and entries, each on
 * a multiple of 8:
 *
 *     u16 length | u16 ~length | u32 CRC-32C | body | zeros to the next multiple of 8
 *
 * all little endian. The checksum covers the entry's offset and body and begins with a seed
 * of the log's id and the segment's number, so that an entry is good in its own place only.
 * The first four bytes are stored last: an entry is there whole or not at all, whenever the
 * process dies. A position is segment << 32 | offset.
 *
 * Leaves of the log's tree are groups: the bytes of consecutive entries of one segment, made
 * durable first, then hashed, then named by a GROUP entry. So whatever lies before the end of
 * a group was on the disk, and damage there is damage; what comes after the last group may be
 * lost with the power, and only then, and is cut. A group that reaches the end of a segment
 * ends at the start of the next and includes the zeros behind END. doc/protocol.md, "Use log", has
 * the bodies.
 */
#ifndef PROVISO_GATE_USELOG_H
#define PROVISO_GATE_USELOG_H

#include <pthread.h>

#include "crc32c.h"
#include "log/merkle.h"
#include "proviso/gate.h"

enum {
	USELOG_ID = 16,
	USELOG_HEADER = 64,    /* of a segment */
	USELOG_ENTRY_HEAD = 8, /* of an entry */
	USELOG_BODY_MAX = 4064,
	USELOG_ENTRY_MAX = USELOG_BODY_MAX + USELOG_ENTRY_HEAD,
	USELOG_END_SIZE = 16, /* kept free at a segment's end for its END entry */
	USELOG_SEGMENT_MIN = 16 << 10,
	USELOG_SEGMENT_MAX = 64 << 20,
};

static inline uint64_t uselog_position(uint32_t segment, size_t offset)
{
	return (uint64_t)segment << 32 | offset;
}

/* --- Reading (uselog_scan.c): pure, over segments that come from a source ---------------- */

struct uselog_source {
	void *ctx;
	/* Segment `number` (from 1) until the next call but one; at == NULL when there is none. */
	bool (*segment)(void *ctx, uint32_t number, struct bytes *out, struct err *);
	uint32_t last; /* the highest number there is, 0 for none */
};

struct uselog_labels {
	char (*at)[PROVISO_LABEL_MAX]; /* at[i] has the number i + 1 */
	uint32_t count;
};

enum uselog_tail {
	USELOG_TAIL_CLEAN,      /* zeros follow the last entry */
	USELOG_TAIL_UNFINISHED, /* an entry whose length was never stored: the process died */
	USELOG_TAIL_TORN,       /* anything else: the power failed */
};

/* What reading from the beginning adds up to. Freed by uselog_scan_free(). */
struct uselog_scan {
	uint8_t id[USELOG_ID];
	uint32_t segment; /* the last with an entry or a header, 0 for none */
	size_t offset;    /* behind its last entry */
	bool ended;       /* its last entry is END */
	enum uselog_tail tail;
	size_t tail_bytes;    /* what is to be cut */
	uint64_t grouped;     /* position where the next group begins */
	uint64_t content_end; /* behind the last entry that is no group */
	struct merkle_tree tree;
	struct uselog_labels labels;
	uint64_t entries, allowed, refused, cut_bytes;
	int64_t last_time; /* greatest time of a use */
};

struct uselog_visitor {
	bool (*entry)(void *ctx, const struct proviso_entry *); /* false ends the reading */
	void *ctx;
};

/*
 * `power_may_have_failed`: a torn tail behind the last group is tolerated, as the end of the
 * log. Otherwise it is damage, as it always is before. Errors: refused, gate.use-log-damaged.
 */
bool uselog_scan(const struct uselog_source *, bool power_may_have_failed,
                 const struct uselog_visitor *, struct uselog_scan *out, struct err *);
void uselog_scan_free(struct uselog_scan *);

/* A folder as a source. The folder's name is borrowed. */
struct uselog_folder {
	const char *path;
	struct {
		uint32_t number;
		struct bytes map;
	} mapped[2];
	unsigned next;
};
bool uselog_folder_open(struct uselog_folder *, const char *path, struct uselog_source *,
                        struct err *);
void uselog_folder_close(struct uselog_folder *);

/* Decodes one body; false when it is malformed. Labels of an entry point into `labels` or `text`.
 */
struct uselog_text {
	char at[3 + PROVISO_WITH_MAX][PROVISO_LABEL_MAX];
};
bool uselog_decode(struct bytes body, const struct uselog_labels *, struct uselog_text *,
                   struct proviso_entry *out);

/* Headers and entries, as both sides see them. */
uint32_t uselog_seed(const struct crc32c *, const uint8_t id[USELOG_ID], uint32_t segment);
uint32_t uselog_checksum(const struct crc32c *, uint32_t seed, size_t offset, struct bytes body);
void uselog_header(const struct crc32c *, uint8_t to[USELOG_HEADER], const uint8_t id[USELOG_ID],
                   uint32_t segment, size_t size);

static inline size_t uselog_entry_size(size_t body)
{
	return (USELOG_ENTRY_HEAD + body + 7) & ~(size_t)7;
}

/* --- Bodies (uselog_body.c) --------------------------------------------------------------- */

/* A label in an entry: a number, or, when that is 0, its text. */
struct uselog_label {
	uint16_t number;
	const char *text;
};

struct uselog_use {
	uint8_t code;
	struct uselog_label labels[3]; /* capability, purpose, territory */
	const struct uselog_label *with;
	size_t with_count;
	uint8_t tag_type;
	const uint8_t *tag;
	const uint8_t *warrant_tag; /* NULL for none */
	int64_t time, wall;
	uint64_t sequence;
};

/* Each writes a body into room for USELOG_BODY_MAX and returns its length. */
size_t uselog_body_use(uint8_t *to, const struct uselog_use *);
size_t uselog_body_lease(uint8_t *to, size_t authority, uint64_t sequence, const struct hash *id);
size_t uselog_body_refusal(uint8_t *to, size_t authority, const struct hash *id);
size_t uselog_body_label(uint8_t *to, uint16_t number, const char *text);
size_t uselog_body_group(uint8_t *to, uint64_t leaf, uint64_t start, uint64_t end,
                         const struct hash *);
size_t uselog_body_admission(uint8_t *to, const struct hash *request, uint16_t place,
                             const uint8_t tag[PROVISO_TAG_SIZE], const struct hash *blinded,
                             struct bytes proofs);
size_t uselog_body_cut(uint8_t *to, uint64_t bytes);
size_t uselog_body_end(uint8_t *to);

/* The most a use without label texts can need. */
enum { USELOG_USE_MAX = 72 + 2 * PROVISO_WITH_MAX };

/* --- Writing (uselog.c) ------------------------------------------------------------------- */

enum uselog_health { USELOG_GOOD, USELOG_FULL, USELOG_DAMAGED };

struct uselog_segment {
	uint32_t number; /* 0: none */
	uint8_t *at;
	size_t size;
	uint32_t seed;
};

/*
 * `lock` belongs to the owner and guards all but what `syncing` guards; functions say which
 * they want held. Lock order: syncing, then lock.
 */
struct uselog {
	struct crc32c crc;
	char *path; /* the folder */
	uint8_t id[USELOG_ID];
	size_t segment_size, group_size;
	struct uselog_segment now, spare;
	size_t offset; /* where the next entry goes */
	enum uselog_health health;
	uint64_t content_end; /* as in struct uselog_scan */
	uint64_t entries, cut_bytes;
	uint32_t groups_from; /* GROUP entries from here on may not be durable; 0: all are */

	pthread_mutex_t *lock;
	pthread_mutex_t syncing; /* one sync at a time; guards the two below */
	uint64_t grouped;
	struct merkle_tree tree; /* changed with both held, so either is enough to read */
};

/*
 * Takes over what a scan of the folder found: cuts the tail (and says so in the log), makes the
 * first segment of an empty log. `scan`'s tree moves here. `last` is the highest segment there
 * is. Neither lock held. On failure uselog_close() is due all the same.
 */
bool uselog_open(struct uselog *, const char *path, const uint8_t id[USELOG_ID],
                 struct uselog_scan *, uint32_t last, size_t segment_size, size_t group_size,
                 pthread_mutex_t *lock, struct err *);

/* For reading only: the numbers and the tree of a scan, nothing to write to. */
void uselog_look(struct uselog *, struct uselog_scan *);

/* Bytes behind the last group, when there is anything but groups. With `lock` held. */
uint64_t uselog_waiting(const struct uselog *);

/* Frees it; of the files nothing changes. */
void uselog_close(struct uselog *);

/*
 * Room for a body of up to `len` bytes in the current segment, or the next; NULL when there is
 * none (health says why). With `lock` held.
 */
uint8_t *uselog_room(struct uselog *, size_t len);

/* Makes the body just written to the room an entry; returns its position. With `lock` held. */
uint64_t uselog_commit(struct uselog *, size_t len);

/*
 * Makes all entries durable and hashes them into the tree; with `groups_too` also makes the
 * GROUP entries durable, without which a head must not be told to anybody. Neither held.
 * Errors: environment, gate.use-log-full, gate.use-log-damaged.
 */
bool uselog_sync(struct uselog *, bool groups_too, struct err *);

#endif
