/* The store in one SQLite file. Tables: see the schema. */
#include "internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	APPLICATION_ID = 0x50525653,
	FORMAT = 3,
	FORMAT_WITHOUT_RUNS = 2,
	WAIT_MILLISECONDS = 30000
};

/*
 * Entries that nobody refers to by id (leases), which are many: up to 256 in a row, as a bundle has
 * them, and never across one's end. Those of before this table was are in `entry`, not named.
 */
#define RUN_TABLE "run(first INTEGER PRIMARY KEY, count INTEGER NOT NULL, bytes BLOB NOT NULL);"

static const char schema[] =
    "CREATE TABLE entry(seq INTEGER PRIMARY KEY, id BLOB NOT NULL, bytes BLOB NOT NULL,"
    " named INTEGER NOT NULL);"
    /* Ids are random: each is a page of its own to write, which only those pay that need it. */
    "CREATE UNIQUE INDEX entry_id ON entry(id) WHERE named;"
    "CREATE TABLE " RUN_TABLE
    /* Tiles as tlog-tiles has them, the last of each level partial. */
    "CREATE TABLE tile(level INTEGER, idx INTEGER, hashes BLOB NOT NULL,"
    " PRIMARY KEY(level, idx)) WITHOUT ROWID;"
    "CREATE TABLE state(key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "PRAGMA application_id = 0x50525653; PRAGMA user_version = 3;";

static const char *const sql[STATEMENTS] = {
    [GET] = "SELECT value FROM state WHERE key = ?1",
    [PUT] = "REPLACE INTO state VALUES(?1, ?2)",
    [DELETE] = "DELETE FROM state WHERE key = ?1",
    [SCAN] = "SELECT key, value FROM state WHERE key >= ?1 ORDER BY key",
    [ALL] = "SELECT key, value FROM state ORDER BY key",
    [SIZE] = "SELECT max(coalesce((SELECT seq + 1 FROM entry ORDER BY seq DESC LIMIT 1), 0),"
             " coalesce((SELECT first + count FROM run ORDER BY first DESC LIMIT 1), 0))",
    [APPEND] = "INSERT INTO entry VALUES(?1, ?2, ?3, 1)",
    [APPEND_RUN] = "INSERT INTO run VALUES(?1, ?2, ?3)",
    [ENTRY] = "SELECT bytes FROM entry WHERE seq = ?1",
    [ENTRIES] = "SELECT seq, bytes FROM entry WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",
    [RUN] = "SELECT first, bytes FROM run WHERE first <= ?1 ORDER BY first DESC LIMIT 1",
    [RUNS] = "SELECT first, bytes FROM run WHERE first < ?2 AND first >="
             " coalesce((SELECT max(first) FROM run WHERE first <= ?1), 0) ORDER BY first",
    [ALL_RUNS] = "SELECT first, bytes FROM run ORDER BY first",
    [FIND] = "SELECT id, seq FROM entry WHERE named AND id >= ?1 AND id <= ?2 ORDER BY id LIMIT 4",
    [FIND_UNNAMED] = "SELECT id, seq FROM entry WHERE NOT named AND id >= ?1 AND id <= ?2 LIMIT 4",
    [FIND_ID] = "SELECT seq FROM entry WHERE named AND id = ?1",
    [TILE] = "SELECT hashes FROM tile WHERE level = ?1 AND idx = ?2",
    [PUT_TILE] = "INSERT INTO tile VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET hashes = ?3",
    [VERSION] = "PRAGMA data_version",
};

const char *store_path(const struct store *s)
{
	return s->path != NULL ? s->path : "memory";
}

bool store_failed(struct store *s, const char *what, struct err *e)
{
	int code = sqlite3_errcode(s->db);
	const char *where = store_path(s);
	if (code == SQLITE_IOERR && sqlite3_system_errno(s->db) == ENOSPC)
		code = SQLITE_FULL;
	switch (code) {
	case SQLITE_FULL:
		return err_environment(e, "%s: cannot %s: the disk is full", where, what);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_environment(e, "%s: cannot %s: another process keeps it busy", where,
		                       what);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_input(e, "store.format", "%s is damaged, or no store: %s", where,
		                 sqlite3_errmsg(s->db));
	default:
		return err_environment(e, "%s: cannot %s: %s (%s)", where, what,
		                       sqlite3_errmsg(s->db),
		                       sqlite3_errstr(sqlite3_extended_errcode(s->db)));
	}
}

sqlite3_stmt *store_ready(struct store *s, enum statement which, struct err *e)
{
	sqlite3_stmt **slot = &s->statements[which];
	if (*slot == NULL && sqlite3_prepare_v3(s->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT,
	                                        slot, NULL) != SQLITE_OK) {
		store_failed(s, "prepare", e);
		return NULL;
	}
	sqlite3_reset(*slot);
	return *slot;
}

/* An empty blob is not NULL. */
void store_bind(sqlite3_stmt *st, int at, struct bytes b)
{
	sqlite3_bind_blob64(st, at, b.len == 0 ? (const void *)"" : b.at, b.len, SQLITE_STATIC);
}

struct bytes store_column(sqlite3_stmt *st, int at)
{
	const void *blob = sqlite3_column_blob(st, at);
	return bytes_of(blob, (size_t)sqlite3_column_bytes(st, at));
}

bool store_fail_transaction(struct store *s, struct err *e)
{
	s->failed = true;
	s->failure = *e;
	return false;
}

bool store_run(struct store *s, sqlite3_stmt *st, const char *what, struct err *e)
{
	if (s->failed) {
		*e = s->failure;
		return false;
	}
	int code = sqlite3_step(st);
	if (code != SQLITE_DONE) {
		store_failed(s, what, e);
		store_fail_transaction(s, e);
	}
	sqlite3_reset(st);
	return code == SQLITE_DONE;
}

static bool execute(struct store *s, const char *text, const char *what, struct err *e)
{
	return sqlite3_exec(s->db, text, NULL, NULL, NULL) == SQLITE_OK || store_failed(s, what, e);
}

static bool pragma(struct store *s, const char *text, int *out, struct err *e)
{
	sqlite3_stmt *st;
	if (sqlite3_prepare_v2(s->db, text, -1, &st, NULL) != SQLITE_OK)
		return store_failed(s, "open", e);
	bool ok = sqlite3_step(st) == SQLITE_ROW || store_failed(s, "open", e);
	*out = ok ? sqlite3_column_int(st, 0) : 0;
	sqlite3_finalize(st);
	return ok;
}

/* An old store has no leases in runs yet: for who only reads that is an empty table of his own. */
static bool take_old(struct store *s, enum store_mode mode, struct err *e)
{
	s->is_old = mode == STORE_READ;
	return execute(s,
	               s->is_old ? "CREATE TEMP TABLE " RUN_TABLE
	                         : "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS " RUN_TABLE
	                           " PRAGMA user_version = 3; COMMIT",
	               "bring it to the present format", e);
}

static bool open_format(struct store *s, enum store_mode mode, struct err *e)
{
	int id, version;
	sqlite3_busy_timeout(s->db, WAIT_MILLISECONDS);
	if (mode == STORE_CREATE && (!execute(s, "PRAGMA journal_mode = WAL", "open", e) ||
	                             !execute(s, "BEGIN IMMEDIATE", "open", e) ||
	                             !execute(s, schema, "make the tables", e) ||
	                             !execute(s, "COMMIT", "make the tables", e)))
		return false;
	if (!execute(
	        s,
	        "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;"
	        /* Pages that every batch changes are copied back to the file so much less often. */
	        " PRAGMA wal_autocheckpoint = 8192",
	        "open", e) ||
	    !pragma(s, "PRAGMA application_id", &id, e) ||
	    !pragma(s, "PRAGMA user_version", &version, e))
		return false;
	if (id != APPLICATION_ID)
		return err_input(e, "store.format", "%s is not a proviso store", s->path);
	if (version == FORMAT_WITHOUT_RUNS) {
		if (!take_old(s, mode, e))
			return false;
	} else if (version != FORMAT)
		return err_input(e, "store.format", "%s is of format %d, and this program knows %d",
		                 s->path, version, FORMAT);
	return mode != STORE_READ || execute(s, "PRAGMA query_only = 1", "open", e);
}

/* What a creation that failed has left. */
static void remove_files(const char *path)
{
	owned_arena arena = {0};
	unlink(path);
	unlink(arena_printf(&arena, "%s-wal", path));
	unlink(arena_printf(&arena, "%s-shm", path));
}

struct store *store_open(const char *path, enum store_mode mode, struct err *e)
{
	int flags = mode == STORE_CREATE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
	                                 : SQLITE_OPEN_READWRITE;
	if (path == NULL)
		mode = STORE_CREATE;
	FILE *exclusive = path != NULL && mode == STORE_CREATE ? fopen(path, "wxe") : NULL;
	if (path != NULL && mode == STORE_CREATE && exclusive == NULL) {
		err_errno(e, "cannot create %s", path);
		return NULL;
	}
	if (exclusive != NULL)
		fclose(exclusive);
	struct store *s = calloc(1, sizeof *s);
	if (s == NULL || (path != NULL && (s->path = strdup(path)) == NULL)) {
		free(s);
		err_environment(e, "out of memory");
		return NULL;
	}
	int code = sqlite3_open_v2(
	    path != NULL ? path : ":memory:", &s->db,
	    path != NULL ? flags : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY,
	    NULL);
	/* Someone may look at a store that is not his to write. */
	if (code != SQLITE_OK && mode == STORE_READ) {
		sqlite3_close(s->db);
		code = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READONLY, NULL);
	}
	if (code != SQLITE_OK ? !store_failed(s, "open", e) : !open_format(s, mode, e)) {
		store_close(s);
		if (exclusive != NULL)
			remove_files(path);
		return NULL;
	}
	tile_source_init(&s->tiles, log_loader(s), 0);
	return s;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	arena_free(&s->run.arena);
	free(s->path);
	free(s);
}

void store_closep(struct store **s)
{
	store_close(*s);
}

/* --- Transactions -------------------------------------------------------------------- */

static bool still_old(struct store *s, struct err *e)
{
	int version = FORMAT_WITHOUT_RUNS;
	return !s->is_old || (pragma(s, "PRAGMA user_version", &version, e) &&
	                      (version == FORMAT_WITHOUT_RUNS ||
	                       err_environment(e, "%s was brought to a newer format: open it again",
	                                       store_path(s))));
}

bool store_begin(struct store *s, bool write, struct err *e)
{
	assert(!s->in_transaction);
	if (!execute(s, write ? "BEGIN IMMEDIATE" : "BEGIN", "begin", e))
		return false;
	s->in_transaction = true;
	s->failed = false;
	/* The first read is what fixes the moment that a read transaction sees. */
	if (!still_old(s, e) || !log_begin(s, write, e)) {
		store_rollback(s);
		return false;
	}
	s->writing = write;
	return true;
}

static void reset_all(struct store *s)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		if (s->statements[i] != NULL)
			sqlite3_reset(s->statements[i]);
}

bool store_commit(struct store *s, struct err *e)
{
	assert(s->in_transaction);
	bool ok = !s->failed;
	if (!ok)
		*e = s->failure;
	ok = ok && (!s->writing || log_flush(s, e));
	reset_all(s);
	if (!ok || !execute(s, "COMMIT", "commit", e)) {
		store_rollback(s);
		return false;
	}
	s->in_transaction = s->writing = false;
	return true;
}

void store_rollback(struct store *s)
{
	if (!s->in_transaction)
		return;
	reset_all(s);
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL); /* a failed commit may have done it */
	s->in_transaction = s->writing = false;
	log_forget(s);
}

bool store_version(struct store *s, uint64_t *out, struct err *e)
{
	sqlite3_stmt *st = store_ready(s, VERSION, e);
	if (st == NULL)
		return false;
	bool ok = sqlite3_step(st) == SQLITE_ROW || store_failed(s, "read", e);
	*out = ok ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return ok;
}

/* --- The map ------------------------------------------------------------------------- */

bool store_get(struct store *s, struct bytes key, struct arena *arena, struct bytes *value,
               struct err *e)
{
	sqlite3_stmt *st = store_ready(s, GET, e);
	if (st == NULL)
		return false;
	store_bind(st, 1, key);
	int code = sqlite3_step(st);
	*value = code == SQLITE_ROW ? bytes_copy(arena, store_column(st, 0)) : (struct bytes){0};
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		store_failed(s, "read", e);
	sqlite3_reset(st);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool store_put(struct store *s, struct bytes key, struct bytes value, struct err *e)
{
	assert(s->writing);
	sqlite3_stmt *st = store_ready(s, PUT, e);
	if (st == NULL)
		return false;
	store_bind(st, 1, key);
	store_bind(st, 2, value);
	return store_run(s, st, "write", e);
}

bool store_delete(struct store *s, struct bytes key, struct err *e)
{
	assert(s->writing);
	sqlite3_stmt *st = store_ready(s, DELETE, e);
	if (st == NULL)
		return false;
	store_bind(st, 1, key);
	return store_run(s, st, "write", e);
}

sqlite3_stmt *store_walk(struct store *s, enum statement which, struct err *e)
{
	sqlite3_stmt *st;
	if (sqlite3_prepare_v2(s->db, sql[which], -1, &st, NULL) == SQLITE_OK)
		return st;
	store_failed(s, "prepare", e);
	return NULL;
}

bool store_scan(struct store *s, struct bytes prefix, struct bytes after,
                bool (*each)(void *ctx, struct bytes key, struct bytes value), void *ctx,
                struct err *e)
{
	owned_arena arena = {0};
	struct buffer next = {.arena = &arena};
	sqlite3_stmt *st = store_walk(s, SCAN, e);
	if (st == NULL)
		return false;
	/* One bound, or the walk would begin at the prefix and step over what is before `after`. */
	if (after.len > 0) {
		buffer_bytes(&next, after);
		buffer_u8(&next, 0); /* the least key after it */
	}
	store_bind(st, 1,
	           bytes_compare(prefix, buffer_view(&next)) < 0 ? buffer_view(&next) : prefix);
	int code;
	while ((code = sqlite3_step(st)) == SQLITE_ROW) {
		struct bytes key = store_column(st, 0);
		if (key.len < prefix.len || !bytes_equal(bytes_of(key.at, prefix.len), prefix) ||
		    !each(ctx, key, store_column(st, 1))) {
			code = SQLITE_DONE;
			break;
		}
	}
	if (code != SQLITE_DONE)
		store_failed(s, "read", e);
	sqlite3_finalize(st);
	return code == SQLITE_DONE;
}

bool store_digest(struct store *s, struct hash *out, struct err *e)
{
	/* Chained, so that a state of any size takes no room: H(i) = SHA-256(H(i-1) || pair). */
	sqlite3_stmt *st = store_walk(s, ALL, e);
	struct hash hash = merkle_empty;
	int code = SQLITE_ERROR;
	if (st == NULL)
		return false;
	while ((code = sqlite3_step(st)) == SQLITE_ROW) {
		struct bytes key = store_column(st, 0), value = store_column(st, 1);
		uint8_t lengths[2][4];
		for (unsigned i = 0; i < 4; i++) {
			lengths[0][i] = (uint8_t)(key.len >> (24 - 8 * i));
			lengths[1][i] = (uint8_t)(value.len >> (24 - 8 * i));
		}
		hash = sha256_parts(
		    (struct bytes[]){
		        hash_bytes(&hash), {lengths[0], 4}, key, {lengths[1], 4}, value},
		    5);
	}
	if (code != SQLITE_DONE)
		store_failed(s, "read", e);
	sqlite3_finalize(st);
	*out = hash;
	return code == SQLITE_DONE;
}
