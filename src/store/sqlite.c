/* The store in one SQLite file. Tables: see the schema. */
#include "internal.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/tile.h"

enum { APPLICATION_ID = 0x50525653, FORMAT = 2, WAIT_MILLISECONDS = 30000 };

static const char schema[] =
    "CREATE TABLE entry(seq INTEGER PRIMARY KEY, id BLOB NOT NULL, bytes BLOB NOT NULL,"
    " named INTEGER NOT NULL);"
    /* Ids are random: each is a page of its own to write, which only those pay that need it. */
    "CREATE UNIQUE INDEX entry_id ON entry(id) WHERE named;"
    /* Tiles as tlog-tiles has them, the last of each level partial. */
    "CREATE TABLE tile(level INTEGER, idx INTEGER, hashes BLOB NOT NULL,"
    " PRIMARY KEY(level, idx)) WITHOUT ROWID;"
    "CREATE TABLE state(key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "PRAGMA application_id = 0x50525653; PRAGMA user_version = 2;";

enum statement {
	GET,
	PUT,
	DELETE,
	SCAN,
	ALL,
	SIZE,
	APPEND,
	ENTRY,
	ENTRIES,
	FIND,
	FIND_UNNAMED,
	FIND_ID,
	TILE,
	PUT_TILE,
	VERSION,
	STATEMENTS,
};

static const char *const sql[STATEMENTS] = {
    [GET] = "SELECT value FROM state WHERE key = ?1",
    [PUT] = "REPLACE INTO state VALUES(?1, ?2)",
    [DELETE] = "DELETE FROM state WHERE key = ?1",
    [SCAN] = "SELECT key, value FROM state WHERE key >= ?1 ORDER BY key",
    [ALL] = "SELECT key, value FROM state ORDER BY key",
    [SIZE] = "SELECT seq FROM entry ORDER BY seq DESC LIMIT 1",
    [APPEND] = "INSERT INTO entry VALUES(?1, ?2, ?3, ?4)",
    [ENTRY] = "SELECT bytes FROM entry WHERE seq = ?1",
    [ENTRIES] = "SELECT seq, bytes FROM entry WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",
    [FIND] = "SELECT id, seq FROM entry WHERE named AND id >= ?1 AND id <= ?2 ORDER BY id LIMIT 4",
    [FIND_UNNAMED] = "SELECT id, seq FROM entry WHERE NOT named AND id >= ?1 AND id <= ?2 LIMIT 4",
    [FIND_ID] = "SELECT seq FROM entry WHERE named AND id = ?1",
    [TILE] = "SELECT hashes FROM tile WHERE level = ?1 AND idx = ?2",
    [PUT_TILE] = "INSERT INTO tile VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET hashes = ?3",
    [VERSION] = "PRAGMA data_version",
};

/* The tile of a level that is being filled. */
struct filling {
	uint64_t index;
	unsigned width;
	bool changed;
	struct hash at[TILE_WIDTH];
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	char *path;
	bool in_transaction, writing;
	uint64_t size;           /* as of the transaction */
	struct merkle_edge edge; /* good while edge.size == size and the store writes */
	struct filling filling[TILE_LEVELS];
	bool failed; /* a write of the transaction, and so all of it */
	struct err failure;
	struct tile_source tiles; /* good for tiles.size entries: a log only grows */
};

static const char *path_of(const struct store *s)
{
	return s->path != NULL ? s->path : "memory";
}

static bool failed(struct store *s, const char *what, struct err *e)
{
	int code = sqlite3_errcode(s->db);
	const char *where = path_of(s);
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

/* A statement made ready, its parameters empty; NULL after filling `e`. */
static sqlite3_stmt *ready(struct store *s, enum statement which, struct err *e)
{
	sqlite3_stmt **slot = &s->statements[which];
	if (*slot == NULL && sqlite3_prepare_v3(s->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT,
	                                        slot, NULL) != SQLITE_OK) {
		failed(s, "prepare", e);
		return NULL;
	}
	sqlite3_reset(*slot);
	return *slot;
}

/* An empty blob is not NULL. */
static void bind(sqlite3_stmt *st, int at, struct bytes b)
{
	sqlite3_bind_blob64(st, at, b.len == 0 ? (const void *)"" : b.at, b.len, SQLITE_STATIC);
}

static struct bytes column(sqlite3_stmt *st, int at)
{
	const void *blob = sqlite3_column_blob(st, at);
	return bytes_of(blob, (size_t)sqlite3_column_bytes(st, at));
}

static bool fail_transaction(struct store *s, struct err *e)
{
	s->failed = true;
	s->failure = *e;
	return false;
}

/*
 * Runs a statement that writes. The first that fails makes the transaction fail: SQLite may
 * have rolled it back by itself, and what came after would be durable alone.
 */
static bool run(struct store *s, sqlite3_stmt *st, const char *what, struct err *e)
{
	if (s->failed) {
		*e = s->failure;
		return false;
	}
	int code = sqlite3_step(st);
	if (code != SQLITE_DONE) {
		failed(s, what, e);
		fail_transaction(s, e);
	}
	sqlite3_reset(st);
	return code == SQLITE_DONE;
}

static bool execute(struct store *s, const char *text, const char *what, struct err *e)
{
	return sqlite3_exec(s->db, text, NULL, NULL, NULL) == SQLITE_OK || failed(s, what, e);
}

static bool pragma(struct store *s, const char *text, int *out, struct err *e)
{
	sqlite3_stmt *st;
	if (sqlite3_prepare_v2(s->db, text, -1, &st, NULL) != SQLITE_OK)
		return failed(s, "open", e);
	bool ok = sqlite3_step(st) == SQLITE_ROW || failed(s, "open", e);
	*out = ok ? sqlite3_column_int(st, 0) : 0;
	sqlite3_finalize(st);
	return ok;
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
	        "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536",
	        "open", e) ||
	    !pragma(s, "PRAGMA application_id", &id, e) ||
	    !pragma(s, "PRAGMA user_version", &version, e))
		return false;
	if (id != APPLICATION_ID)
		return err_input(e, "store.format", "%s is not a proviso store", s->path);
	if (version != FORMAT)
		return err_input(e, "store.format", "%s is of format %d, and this program knows %d",
		                 s->path, version, FORMAT);
	return mode != STORE_READ || execute(s, "PRAGMA query_only = 1", "open", e);
}

static bool load_tile(void *ctx, unsigned level, uint64_t index, unsigned width, struct bytes *out,
                      struct err *e)
{
	struct store *s = ctx;
	struct filling *filling = &s->filling[level];
	if (s->writing && filling->index == index && filling->width >= width) {
		*out = bytes_of(filling->at, (size_t)filling->width * HASH_SIZE);
		return true;
	}
	sqlite3_stmt *st = ready(s, TILE, e);
	if (st == NULL)
		return false;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)level);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)index);
	int code = sqlite3_step(st);
	if (code == SQLITE_DONE)
		return err_input(e, "store.format", "%s: tile %llu of level %u is missing",
		                 path_of(s), (unsigned long long)index, level);
	if (code != SQLITE_ROW)
		return failed(s, "read a tile", e);
	*out = column(st, 0); /* good until the statement is reset, by its next use */
	return true;
}

bool store_tile(struct store *s, unsigned level, uint64_t index, unsigned width, struct bytes *out,
                struct err *e)
{
	return load_tile(s, level, index, width, out, e);
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
	if (code != SQLITE_OK ? !failed(s, "open", e) : !open_format(s, mode, e)) {
		store_close(s);
		if (exclusive != NULL)
			remove_files(path);
		return NULL;
	}
	tile_source_init(&s->tiles, (struct tile_loader){s, load_tile}, 0);
	return s;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	free(s->path);
	free(s);
}

void store_closep(struct store **s)
{
	store_close(*s);
}

/* --- Transactions -------------------------------------------------------------------- */

static bool read_size(struct store *s, struct err *e)
{
	sqlite3_stmt *st = ready(s, SIZE, e);
	if (st == NULL)
		return false;
	int code = sqlite3_step(st);
	if (code == SQLITE_ROW)
		s->size = (uint64_t)sqlite3_column_int64(st, 0) + 1;
	else if (code == SQLITE_DONE)
		s->size = 0;
	else
		failed(s, "read", e);
	sqlite3_reset(st);
	if (s->tiles.size != s->size)
		tile_source_init(&s->tiles, s->tiles.loader, s->size);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* The right edge and the tiles being filled, as the entries so far have made them. */
static bool restore_edge(struct store *s, struct err *e)
{
	struct merkle_source source = tile_source_as_merkle(&s->tiles);
	size_t count = 0;
	if (s->edge.size == s->size && s->size > 0)
		return true;
	s->edge.size = s->size;
	for (unsigned bit = 64; bit > 0; bit--) {
		unsigned level = bit - 1;
		if ((s->size >> level & 1) == 0)
			continue;
		uint64_t index = (s->size >> level) - 1;
		if (!source.hash(source.ctx, level, index, &s->edge.at[count++], e))
			return false;
	}
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		struct filling *f = &s->filling[level];
		struct bytes hashes;
		uint64_t all = s->size >> (8 * level);
		f->index = all / TILE_WIDTH;
		f->width = 0;
		f->changed = false;
		unsigned width = (unsigned)(all % TILE_WIDTH);
		if (width == 0)
			continue;
		if (!load_tile(s, level, f->index, width, &hashes, e))
			return false;
		if (hashes.len < (size_t)width * HASH_SIZE)
			return err_input(e, "store.format",
			                 "%s: tile %llu of level %u is too short", path_of(s),
			                 (unsigned long long)f->index, level);
		memcpy(f->at, hashes.at, (size_t)width * HASH_SIZE);
		f->width = width;
	}
	return true;
}

bool store_begin(struct store *s, bool write, struct err *e)
{
	assert(!s->in_transaction);
	if (!execute(s, write ? "BEGIN IMMEDIATE" : "BEGIN", "begin", e))
		return false;
	s->in_transaction = true;
	s->failed = false;
	/* The first read is what fixes the moment that a read transaction sees. */
	if (!read_size(s, e) || (write && !restore_edge(s, e))) {
		store_rollback(s);
		return false;
	}
	s->writing = write;
	return true;
}

static bool put_tile(struct store *s, unsigned level, struct err *e)
{
	struct filling *f = &s->filling[level];
	sqlite3_stmt *st = ready(s, PUT_TILE, e);
	if (st == NULL)
		return fail_transaction(s, e);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)level);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)f->index);
	bind(st, 3, bytes_of(f->at, (size_t)f->width * HASH_SIZE));
	f->changed = false;
	return run(s, st, "write a tile", e);
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
	for (unsigned level = 0; ok && s->writing && level < TILE_LEVELS; level++)
		ok = !s->filling[level].changed || put_tile(s, level, e);
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
	/* What was kept may have been of entries that are not there now. */
	s->edge.size = 0;
	tile_source_init(&s->tiles, s->tiles.loader, 0);
}

bool store_version(struct store *s, uint64_t *out, struct err *e)
{
	sqlite3_stmt *st = ready(s, VERSION, e);
	if (st == NULL)
		return false;
	bool ok = sqlite3_step(st) == SQLITE_ROW || failed(s, "read", e);
	*out = ok ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return ok;
}

/* --- The map ------------------------------------------------------------------------- */

bool store_get(struct store *s, struct bytes key, struct arena *arena, struct bytes *value,
               struct err *e)
{
	sqlite3_stmt *st = ready(s, GET, e);
	if (st == NULL)
		return false;
	bind(st, 1, key);
	int code = sqlite3_step(st);
	*value = code == SQLITE_ROW ? bytes_copy(arena, column(st, 0)) : (struct bytes){0};
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		failed(s, "read", e);
	sqlite3_reset(st);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool store_put(struct store *s, struct bytes key, struct bytes value, struct err *e)
{
	assert(s->writing);
	sqlite3_stmt *st = ready(s, PUT, e);
	if (st == NULL)
		return false;
	bind(st, 1, key);
	bind(st, 2, value);
	return run(s, st, "write", e);
}

bool store_delete(struct store *s, struct bytes key, struct err *e)
{
	assert(s->writing);
	sqlite3_stmt *st = ready(s, DELETE, e);
	if (st == NULL)
		return false;
	bind(st, 1, key);
	return run(s, st, "write", e);
}

/*
 * A statement of its own for each walk: `each` may read and walk the store itself, and a
 * shared one would be reset under its feet.
 */
static sqlite3_stmt *walk(struct store *s, enum statement which, struct err *e)
{
	sqlite3_stmt *st;
	if (sqlite3_prepare_v2(s->db, sql[which], -1, &st, NULL) == SQLITE_OK)
		return st;
	failed(s, "prepare", e);
	return NULL;
}

bool store_scan(struct store *s, struct bytes prefix, struct bytes after,
                bool (*each)(void *ctx, struct bytes key, struct bytes value), void *ctx,
                struct err *e)
{
	owned_arena arena = {0};
	struct buffer next = {.arena = &arena};
	sqlite3_stmt *st = walk(s, SCAN, e);
	if (st == NULL)
		return false;
	/* One bound, or the walk would begin at the prefix and step over what is before `after`. */
	if (after.len > 0) {
		buffer_bytes(&next, after);
		buffer_u8(&next, 0); /* the least key after it */
	}
	bind(st, 1, bytes_compare(prefix, buffer_view(&next)) < 0 ? buffer_view(&next) : prefix);
	int code;
	while ((code = sqlite3_step(st)) == SQLITE_ROW) {
		struct bytes key = column(st, 0);
		if (key.len < prefix.len || !bytes_equal(bytes_of(key.at, prefix.len), prefix) ||
		    !each(ctx, key, column(st, 1))) {
			code = SQLITE_DONE;
			break;
		}
	}
	if (code != SQLITE_DONE)
		failed(s, "read", e);
	sqlite3_finalize(st);
	return code == SQLITE_DONE;
}

bool store_digest(struct store *s, struct hash *out, struct err *e)
{
	/* Chained, so that a state of any size takes no room: H(i) = SHA-256(H(i-1) || pair). */
	sqlite3_stmt *st = walk(s, ALL, e);
	struct hash hash = merkle_empty;
	int code = SQLITE_ERROR;
	if (st == NULL)
		return false;
	while ((code = sqlite3_step(st)) == SQLITE_ROW) {
		struct bytes key = column(st, 0), value = column(st, 1);
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
		failed(s, "read", e);
	sqlite3_finalize(st);
	*out = hash;
	return code == SQLITE_DONE;
}

/* --- The log ------------------------------------------------------------------------- */

uint64_t store_size(struct store *s)
{
	assert(s->in_transaction);
	return s->size;
}

static void emitted(void *ctx, unsigned level, uint64_t index, const struct hash *hash)
{
	struct store *s = ctx;
	if (level % 8 != 0)
		return;
	struct filling *f = &s->filling[level / 8];
	assert(index == f->index * TILE_WIDTH + f->width);
	f->at[f->width++] = *hash;
	f->changed = true;
	if (f->width < TILE_WIDTH)
		return;
	struct err ignored; /* kept as the transaction's failure */
	put_tile(s, level / 8, &ignored);
	f->index++;
	f->width = 0;
	f->changed = false;
}

static bool append(struct store *s, struct bytes entry, bool is_named, uint64_t *index,
                   struct err *e)
{
	assert(s->writing);
	if (entry.len > UINT16_MAX)
		return err_refused(e, "store.entry-too-large",
		                   "an entry has at most %d bytes, not %zu", UINT16_MAX, entry.len);
	struct hash id = sha256(entry), leaf = merkle_leaf(entry);
	sqlite3_stmt *st = ready(s, APPEND, e);
	if (st == NULL)
		return false;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)s->size);
	bind(st, 2, hash_bytes(&id));
	bind(st, 3, entry);
	sqlite3_bind_int(st, 4, is_named);
	if (!run(s, st, "append", e))
		return false;
	*index = s->size++;
	merkle_append(&s->edge, &leaf, emitted, s);
	if (s->failed)
		*e = s->failure;
	return !s->failed;
}

bool store_append(struct store *s, struct bytes entry, uint64_t *index, struct err *e)
{
	return append(s, entry, true, index, e);
}

bool store_append_unnamed(struct store *s, struct bytes entry, uint64_t *index, struct err *e)
{
	return append(s, entry, false, index, e);
}

bool store_entry(struct store *s, uint64_t index, struct arena *arena, struct bytes *entry,
                 struct err *e)
{
	sqlite3_stmt *st = ready(s, ENTRY, e);
	if (st == NULL)
		return false;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)index);
	int code = sqlite3_step(st);
	if (code == SQLITE_ROW)
		*entry = bytes_copy(arena, column(st, 0));
	else if (code == SQLITE_DONE)
		err_environment(e, "%s: there is no entry %llu", path_of(s),
		                (unsigned long long)index);
	else
		failed(s, "read", e);
	sqlite3_reset(st);
	return code == SQLITE_ROW;
}

bool store_entries(struct store *s, uint64_t from, uint64_t to,
                   bool (*each)(void *ctx, uint64_t index, struct bytes entry), void *ctx,
                   struct err *e)
{
	sqlite3_stmt *st = walk(s, ENTRIES, e);
	if (st == NULL)
		return false;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)from);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)to);
	int code;
	uint64_t next = from;
	bool ok = true;
	while (ok && (code = sqlite3_step(st)) == SQLITE_ROW) {
		uint64_t index = (uint64_t)sqlite3_column_int64(st, 0);
		if (index != next++)
			ok = err_input(e, "store.format", "%s: entry %llu is missing", path_of(s),
			               (unsigned long long)(next - 1));
		else if (!each(ctx, index, column(st, 1)))
			break;
	}
	if (ok && code != SQLITE_ROW && code != SQLITE_DONE)
		ok = failed(s, "read", e);
	if (ok && code == SQLITE_DONE && next < to)
		ok = err_input(e, "store.format", "%s: entry %llu is missing", path_of(s),
		               (unsigned long long)next);
	sqlite3_finalize(st);
	return ok;
}

/* The least and the greatest id that begins with the digits. */
static bool id_range(const char *prefix, uint8_t low[HASH_SIZE], uint8_t high[HASH_SIZE])
{
	owned_arena arena = {0};
	size_t len = strlen(prefix);
	struct bytes from, to;
	if (len < 4 || len > (size_t)2 * HASH_SIZE)
		return false;
	char text[2 * HASH_SIZE + 1];
	memset(text, '0', 2 * HASH_SIZE);
	text[2 * HASH_SIZE] = 0;
	memcpy(text, prefix, len);
	if (!hex_decode(&arena, text, &from))
		return false;
	memset(text + len, 'f', 2 * HASH_SIZE - len);
	if (!hex_decode(&arena, text, &to))
		return false;
	memcpy(low, from.at, HASH_SIZE);
	memcpy(high, to.at, HASH_SIZE);
	return true;
}

/* How many ids lie in the range, 4 for more; -1 where it cannot be told. The first is given. */
static int find_in(struct store *s, enum statement which, const uint8_t low[HASH_SIZE],
                   const uint8_t high[HASH_SIZE], struct buffer *names, struct hash *id,
                   uint64_t *index, struct err *e)
{
	sqlite3_stmt *st = ready(s, which, e);
	int code, count = 0;
	if (st == NULL)
		return -1;
	bind(st, 1, bytes_of(low, HASH_SIZE));
	bind(st, 2, bytes_of(high, HASH_SIZE));
	while ((code = sqlite3_step(st)) == SQLITE_ROW) {
		struct bytes found = column(st, 0);
		if (found.len != HASH_SIZE)
			continue;
		if (count++ == 0) {
			memcpy(id->at, found.at, HASH_SIZE);
			*index = (uint64_t)sqlite3_column_int64(st, 1);
		}
		buffer_printf(names, " %.16s", hex_encode(names->arena, found));
	}
	if (code != SQLITE_DONE)
		failed(s, "read", e);
	sqlite3_reset(st);
	return code == SQLITE_DONE ? count : -1;
}

bool store_find(struct store *s, const char *prefix, struct hash *id, uint64_t *index,
                struct err *e)
{
	uint8_t low[HASH_SIZE], high[HASH_SIZE];
	if (!id_range(prefix, low, high))
		return err_input(e, "store.id",
		                 "\"%.70s\" is no id: 4 to 64 hexadecimal digits are", prefix);
	owned_arena arena = {0};
	struct buffer names = {.arena = &arena};
	int count = find_in(s, FIND, low, high, &names, id, index, e);
	if (count == 0)
		count = find_in(s, FIND_UNNAMED, low, high, &names, id, index, e);
	if (count < 0)
		return false;
	if (count == 0)
		return err_refused(e, "store.no-such-id",
		                   "nothing on the log has an id that begins with %s", prefix);
	return count == 1 || err_refused(e, "store.ambiguous-id", "%s begins several ids:%s%s",
	                                 prefix, buffer_cstr(&names), count == 4 ? " ..." : "");
}

bool store_find_id(struct store *s, const struct hash *id, uint64_t *index, bool *found,
                   struct err *e)
{
	sqlite3_stmt *st = ready(s, FIND_ID, e);
	if (st == NULL)
		return false;
	bind(st, 1, hash_bytes(id));
	int code = sqlite3_step(st);
	*found = code == SQLITE_ROW;
	if (*found)
		*index = (uint64_t)sqlite3_column_int64(st, 0);
	else if (code != SQLITE_DONE)
		failed(s, "read", e);
	sqlite3_reset(st);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool store_root(struct store *s, struct hash *root, struct err *e)
{
	if (s->writing) {
		*root = merkle_edge_root(&s->edge);
		return true;
	}
	struct merkle_source source = store_merkle(s);
	return merkle_root(&source, s->size, root, e);
}

struct merkle_source store_merkle(struct store *s)
{
	/* The tiles kept are of as many entries as there were when they were loaded. */
	if (s->tiles.size != s->size)
		tile_source_init(&s->tiles, s->tiles.loader, s->size);
	return tile_source_as_merkle(&s->tiles);
}
