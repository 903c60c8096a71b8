/*
 * store: one durable place for the entries of a log, its tiles, and the state that is
 * folded from them, all changed in one transaction.
 *
 * The state is an ordered map from bytes to bytes (doc/decisions: "The state is an ordered
 * map"). SQLite in WAL mode with synchronous=FULL is the default; the interface is what
 * another database has to offer. One writer at a time, any number of readers, across
 * processes. A handle is not thread safe. I/O: every function may fail with
 * ERR_ENVIRONMENT; a failed write transaction leaves nothing behind.
 */
#ifndef PROVISO_STORE_H
#define PROVISO_STORE_H

#include "base/err.h"
#include "base/hash.h"
#include "log/merkle.h"
#include "log/note.h"

struct store;

enum store_mode {
	STORE_CREATE, /* must not be there */
	STORE_WRITE,
	STORE_READ,
};

/* `path` NULL: in memory, for replay and tests. Errors also: store.format (refused input). */
struct store *store_open(const char *path, enum store_mode, struct err *);
void store_close(struct store *);
void store_closep(struct store **);
#define owned_store __attribute__((cleanup(store_closep))) struct store *

/*
 * A write transaction excludes other writers from its beginning (waiting for them up to
 * 30 seconds); a read transaction sees one moment. Commit returns when all is durable.
 * After a failed commit the transaction is over and nothing of it is there; a write that
 * failed makes the commit fail.
 */
bool store_begin(struct store *, bool write, struct err *);
bool store_commit(struct store *, struct err *);
void store_rollback(struct store *); /* no effect outside a transaction */

/* Another number once somebody else has written: what was read before counts no more. */
bool store_version(struct store *, uint64_t *out, struct err *);

/* --- The map ------------------------------------------------------------------------- */

/* *value is empty with at == NULL when the key is not there. */
bool store_get(struct store *, struct bytes key, struct arena *, struct bytes *value, struct err *);
bool store_put(struct store *, struct bytes key, struct bytes value, struct err *);
bool store_delete(struct store *, struct bytes key, struct err *);

/*
 * Calls `each` for the keys that begin with `prefix` and come after `after` (empty: all), in
 * bytewise order, until it returns false. Slices given are valid during the call only; `each`
 * must not write.
 */
bool store_scan(struct store *, struct bytes prefix, struct bytes after,
                bool (*each)(void *ctx, struct bytes key, struct bytes value), void *ctx,
                struct err *);

/*
 * A digest of every key and value in order: h(0) = SHA-256(""), h(i) = SHA-256(h(i-1) || u32be
 * length || key || u32be length || value). Equal states have equal digests.
 */
bool store_digest(struct store *, struct hash *out, struct err *);

/* --- The log ------------------------------------------------------------------------- */

uint64_t store_size(struct store *); /* entries, as of the transaction */

/*
 * Appends an entry: its bytes, its id (SHA-256 of the bytes) and the tiles it changes. Errors
 * also: refused store.entry-too-large (over 65,535 bytes, which tlog-tiles cannot hold).
 */
bool store_append(struct store *, struct bytes entry, uint64_t *index, struct err *);

/*
 * The same for one of the many that nobody refers to by id (leases): its id is in no index,
 * so that appending does not grow with the log. store_find() looks through all of them where
 * nothing else has the id; store_find_id() does not.
 */
bool store_append_unnamed(struct store *, struct bytes entry, uint64_t *index, struct err *);

/* The entry at an index below the size. */
bool store_entry(struct store *, uint64_t index, struct arena *, struct bytes *entry, struct err *);

/* Entries [from, to) in order, until `each` returns false. Slices are valid during the call. */
bool store_entries(struct store *, uint64_t from, uint64_t to,
                   bool (*each)(void *ctx, uint64_t index, struct bytes entry), void *ctx,
                   struct err *);

/*
 * The entry whose id begins with the hexadecimal prefix (4 to 64 digits). Errors: refused
 * store.no-such-id, store.ambiguous-id (naming the first few).
 */
bool store_find(struct store *, const char *prefix, struct hash *id, uint64_t *index, struct err *);

/* Exactly this id; *found false when it is not there, or appended unnamed. */
bool store_find_id(struct store *, const struct hash *id, uint64_t *index, bool *found,
                   struct err *);

/* Subtree hashes of the log as of the transaction, for roots and proofs. */
bool store_root(struct store *, struct hash *root, struct err *);
struct merkle_source store_merkle(struct store *);

/* --- Publishing ------------------------------------------------------------------------ */

/*
 * Writes the tiles and bundles of the first `checkpoint size` entries that are not in the
 * directory yet (C2SP tlog-tiles), then the signed checkpoint, each file whole by rename,
 * the checkpoint last. Full tiles and bundles, and the checkpoint, are durable then. Safe to repeat
 * after a crash at any point, and by several processes (a lock file). An older checkpoint than the
 * one there is left out without error; one of the same size replaces it, and with another root is
 * refused: store.published-other. Within a read transaction of the caller.
 */
bool store_publish(struct store *, const char *directory, struct bytes signed_checkpoint,
                   const struct checkpoint *, struct err *);

/*
 * Partial tiles and bundles are read by all and soon gone: store_publish() does not wait until the
 * disk has them. When the machine fell, those of the checkpoint that was published last may be
 * missing or torn. This makes them anew where they are not as the store has them. Within a read
 * transaction of the caller, before anything is published.
 */
bool store_mend(struct store *, const char *directory, const struct checkpoint *published,
                struct err *);

/*
 * --- A published log, read back from a directory --------------------------------------
 *
 * Errors also: refused log.missing (a tile or bundle that a checkpoint of this size promises is not
 * there), log.bundle (a bundle that is not one, or not of as many entries).
 */

struct published; /* checkpoint and tiles of a directory, unverified */

struct published *published_open(const char *directory, struct err *);
void published_close(struct published *);
struct bytes published_checkpoint(struct published *); /* the signed note */
struct merkle_source published_merkle(struct published *, uint64_t size);
bool published_entries(struct published *, uint64_t from, uint64_t to,
                       bool (*each)(void *ctx, uint64_t index, struct bytes entry), void *ctx,
                       struct err *);

#endif
