#include "papers.h"

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { APPLICATION_ID = 0x50525657, FORMAT = 1, WAIT_MILLISECONDS = 10000 };

static const char schema[] =
    "CREATE TABLE paper(id INTEGER PRIMARY KEY AUTOINCREMENT, subject BLOB NOT NULL,"
    " kind INTEGER NOT NULL, at INTEGER NOT NULL, role INTEGER NOT NULL, holder TEXT NOT NULL,"
    " shared INTEGER, name TEXT, size INTEGER NOT NULL, value BLOB NOT NULL);"
    "CREATE INDEX paper_subject ON paper(subject, id);"
    "CREATE TABLE file(digest BLOB PRIMARY KEY, bytes BLOB NOT NULL);"
    "CREATE TRIGGER paper_stays BEFORE UPDATE ON paper BEGIN SELECT RAISE(ABORT, 'papers stay'); "
    "END;"
    "CREATE TRIGGER paper_is_kept BEFORE DELETE ON paper WHEN OLD.name IS NULL"
    " BEGIN SELECT RAISE(ABORT, 'papers stay'); END;"
    "CREATE TRIGGER file_stays BEFORE UPDATE ON file BEGIN SELECT RAISE(ABORT, 'files stay'); END;"
    "CREATE TRIGGER file_is_kept BEFORE DELETE ON file BEGIN SELECT RAISE(ABORT, 'files stay'); "
    "END;"
    "PRAGMA application_id = 0x50525657; PRAGMA user_version = 1;";

enum statement { ADD, DROP, COUNT, LIST, GET, KEEP, FILE_OF, STATEMENTS };

#define COLUMNS "id, subject, kind, at, role, holder, shared, value"

static const char *const sql[STATEMENTS] = {
    [ADD] = "INSERT INTO paper(subject, kind, at, role, holder, shared, name, size, value)"
            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [DROP] = "DELETE FROM paper WHERE subject = ?1 AND role = ?2 AND holder = ?3 AND name = ?4",
    [COUNT] = "SELECT count(*), coalesce(sum(size), 0) FROM paper WHERE subject = ?1 AND"
              " CASE WHEN ?2 IS NULL THEN name IS NULL ELSE name NOT NULL AND role = ?2 AND holder "
              "= ?3 END",
    /* The kinds are bits; no subject is one of no bytes. */
    [LIST] = "SELECT " COLUMNS " FROM paper WHERE (length(?1) = 0 OR subject = ?1) AND id > ?2"
             " AND (?3 >> kind) & 1 AND (?5 = '' OR holder = ?5) ORDER BY id LIMIT ?4",
    [GET] = "SELECT " COLUMNS " FROM paper WHERE id = ?1",
    [KEEP] = "INSERT OR IGNORE INTO file VALUES(?1, ?2)",
    [FILE_OF] = "SELECT bytes FROM file WHERE digest = ?1",
};

struct papers {
	pthread_mutex_t lock;
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
};

static struct papers *lock(struct papers *p)
{
	pthread_mutex_lock(&p->lock);
	return p;
}

static void unlockp(struct papers **p)
{
	pthread_mutex_unlock(&(*p)->lock);
}

/* Until the end of the function nobody else uses the handle. */
#define held __attribute__((cleanup(unlockp), unused)) struct papers *

/* --- SQLite -------------------------------------------------------------------------------- */

static bool failed(struct papers *p, const char *what, struct err *e)
{
	int code = sqlite3_errcode(p->db);
	if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
		return err_input(e, "papers.format", "casework.db is damaged: %s",
		                 sqlite3_errmsg(p->db));
	return err_environment(e, "casework.db: cannot %s: %s", what, sqlite3_errmsg(p->db));
}

static bool execute(struct papers *p, const char *text, const char *what, struct err *e)
{
	return sqlite3_exec(p->db, text, NULL, NULL, NULL) == SQLITE_OK || failed(p, what, e);
}

static sqlite3_stmt *ready(struct papers *p, enum statement which, struct err *e)
{
	sqlite3_stmt **slot = &p->statements[which];
	if (*slot == NULL && sqlite3_prepare_v3(p->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT,
	                                        slot, NULL) != SQLITE_OK) {
		failed(p, "prepare", e);
		return NULL;
	}
	sqlite3_reset(*slot);
	sqlite3_clear_bindings(*slot);
	return *slot;
}

static void bind(sqlite3_stmt *st, int at, struct bytes b)
{
	sqlite3_bind_blob64(st, at, b.len == 0 ? (const void *)"" : b.at, b.len, SQLITE_STATIC);
}

static void bind_text(sqlite3_stmt *st, int at, const char *text)
{
	sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC);
}

/* Runs a statement that gives nothing. */
static bool run(struct papers *p, sqlite3_stmt *st, const char *what, struct err *e)
{
	bool ok = sqlite3_step(st) == SQLITE_DONE || failed(p, what, e);
	sqlite3_reset(st);
	return ok;
}

static struct bytes column(struct arena *arena, sqlite3_stmt *st, int at)
{
	const void *blob = sqlite3_column_blob(st, at);
	return bytes_copy(arena, bytes_of(blob, (size_t)sqlite3_column_bytes(st, at)));
}

/* --- Opening ------------------------------------------------------------------------------- */

static bool number_of(struct papers *p, const char *pragma, int *out, struct err *e)
{
	sqlite3_stmt *st;
	if (sqlite3_prepare_v2(p->db, pragma, -1, &st, NULL) != SQLITE_OK)
		return failed(p, "open", e);
	bool ok = sqlite3_step(st) == SQLITE_ROW || failed(p, "open", e);
	*out = ok ? sqlite3_column_int(st, 0) : 0;
	sqlite3_finalize(st);
	return ok;
}

/* Two that begin at once make the tables once. */
static bool make(struct papers *p, struct err *e)
{
	int id;
	if (!execute(p, "BEGIN IMMEDIATE", "begin", e))
		return false;
	bool ok = number_of(p, "PRAGMA application_id", &id, e) &&
	          (id != 0 || execute(p, schema, "make the tables", e));
	return execute(p, ok ? "COMMIT" : "ROLLBACK", "make the tables", e) && ok;
}

static bool open_format(struct papers *p, bool is_new, struct err *e)
{
	int id, version;
	sqlite3_busy_timeout(p->db, WAIT_MILLISECONDS);
	if ((is_new && (!execute(p, "PRAGMA journal_mode = WAL", "open", e) || !make(p, e))) ||
	    !execute(p, "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY", "open", e) ||
	    !number_of(p, "PRAGMA application_id", &id, e) ||
	    !number_of(p, "PRAGMA user_version", &version, e))
		return false;
	if (id != APPLICATION_ID || version != FORMAT)
		return err_input(e, "papers.format",
		                 "casework.db is of no format that this program knows");
	return true;
}

struct papers *papers_open(const char *home, bool write, struct err *e)
{
	owned_arena arena = {0};
	const char *path = arena_printf(&arena, "%s/casework.db", home);
	bool is_there = file_exists(path);
	/* Another process may be a moment ahead. */
	if (!is_there && write && !file_create(path, (struct bytes){0}, 0600, e) &&
	    !file_exists(path))
		return NULL;
	struct papers *p = calloc(1, sizeof *p);
	if (p == NULL) {
		err_environment(e, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	bool in_memory = !is_there && !write;
	int code = sqlite3_open_v2(in_memory ? ":memory:" : path, &p->db,
	                           SQLITE_OPEN_READWRITE |
	                               (in_memory ? SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY : 0),
	                           NULL);
	if (code != SQLITE_OK ? !failed(p, "open", e) : !open_format(p, write || in_memory, e)) {
		papers_close(p);
		return NULL;
	}
	return p;
}

void papers_close(struct papers *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(p->statements[i]);
	sqlite3_close(p->db);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void papers_closep(struct papers **p)
{
	papers_close(*p);
}

/* --- Writing ------------------------------------------------------------------------------- */

/* What a case has already, or a person's drafts: nobody fills the disk with one, or others' room.
 */
static bool has_room(struct papers *p, const struct paper *paper, struct bytes file, struct err *e)
{
	sqlite3_stmt *st = ready(p, COUNT, e);
	if (st == NULL)
		return false;
	bool is_draft = paper->kind == PAPER_DRAFT;
	bind(st, 1, hash_bytes(&paper->subject));
	if (is_draft) {
		sqlite3_bind_int(st, 2, (int)paper->by.role);
		bind_text(st, 3, paper->by.holder);
	}
	if (sqlite3_step(st) != SQLITE_ROW)
		return failed(p, "count", e);
	int64_t count = sqlite3_column_int64(st, 0), size = sqlite3_column_int64(st, 1);
	sqlite3_reset(st);
	if (count >= (is_draft ? DRAFTS_MAX : PAPERS_MAX))
		return err_refused(e, "paper.too-many",
		                   "a case has %d papers at most, and a person %d drafts on it",
		                   PAPERS_MAX, DRAFTS_MAX);
	if (size + (int64_t)file.len > ATTACHMENTS_MAX)
		return err_refused(e, "paper.attachments-too-large",
		                   "all files of a case have %d bytes at most", ATTACHMENTS_MAX);
	return true;
}

static bool keep(struct papers *p, const struct hash *digest, struct bytes file, struct err *e)
{
	sqlite3_stmt *st = ready(p, KEEP, e);
	if (st == NULL)
		return false;
	bind(st, 1, hash_bytes(digest));
	bind(st, 2, file);
	return run(p, st, "keep a file", e);
}

static bool drop(struct papers *p, const struct hash *subject, const struct person *by,
                 const char *name, struct err *e)
{
	sqlite3_stmt *st = ready(p, DROP, e);
	if (st == NULL)
		return false;
	bind(st, 1, hash_bytes(subject));
	sqlite3_bind_int(st, 2, (int)by->role);
	bind_text(st, 3, by->holder);
	bind_text(st, 4, name);
	return run(p, st, "drop a draft", e);
}

static bool insert(struct papers *p, const struct paper *paper, struct bytes value, size_t size,
                   struct err *e)
{
	sqlite3_stmt *st = ready(p, ADD, e);
	if (st == NULL)
		return false;
	bind(st, 1, hash_bytes(&paper->subject));
	sqlite3_bind_int(st, 2, (int)paper->kind);
	sqlite3_bind_int64(st, 3, paper->at);
	sqlite3_bind_int(st, 4, (int)paper->by.role);
	bind_text(st, 5, paper->by.holder);
	if (paper->has_shared)
		sqlite3_bind_int(st, 6, (int)paper->shared);
	if (paper->kind == PAPER_DRAFT)
		bind_text(st, 7, paper->value.draft.name);
	sqlite3_bind_int64(st, 8, (sqlite3_int64)size);
	bind(st, 9, value);
	return run(p, st, "add a paper", e);
}

static bool add(struct papers *p, const struct paper *paper, struct bytes value, struct bytes file,
                struct err *e)
{
	bool is_draft = paper->kind == PAPER_DRAFT, is_file = paper->kind == PAPER_ATTACHMENT;
	return (!is_draft || drop(p, &paper->subject, &paper->by, paper->value.draft.name, e)) &&
	       has_room(p, paper, file, e) &&
	       (!is_file || keep(p, &paper->value.attachment.digest, file, e)) &&
	       insert(p, paper, value, file.len, e);
}

bool papers_add(struct papers *p, const struct paper *paper, struct bytes file, uint64_t *id,
                struct err *e)
{
	held only = lock(p);
	owned_arena arena = {0};
	struct bytes value;
	struct err unheard;
	if (!paper_encode(&arena, paper->kind, &paper->value, &value, e) ||
	    !execute(p, "BEGIN IMMEDIATE", "begin", e))
		return false;
	if (!add(p, paper, value, file, e)) {
		execute(p, "ROLLBACK", "roll back", &unheard);
		return false;
	}
	*id = (uint64_t)sqlite3_last_insert_rowid(p->db);
	if (execute(p, "COMMIT", "commit", e))
		return true;
	execute(p, "ROLLBACK", "roll back", &unheard);
	return false;
}

bool papers_drop(struct papers *p, const struct hash *subject, const struct person *by,
                 const char *name, struct err *e)
{
	held only = lock(p);
	if (!drop(p, subject, by, name, e))
		return false;
	return sqlite3_changes(p->db) > 0 ||
	       err_refused(e, "paper.no-such-draft", "there is no draft %s of yours here", name);
}

/* --- Reading ------------------------------------------------------------------------------- */

static bool paper_of(struct papers *p, struct arena *arena, sqlite3_stmt *st, struct paper *out,
                     struct err *e)
{
	struct bytes subject = column(arena, st, 1), value = column(arena, st, 7);
	int kind = sqlite3_column_int(st, 2), role = sqlite3_column_int(st, 4);
	struct bytes holder = column(arena, st, 5);
	if (subject.len != HASH_SIZE || kind < 0 || kind >= PAPER_KINDS || role < 0 ||
	    role >= ROLE_COUNT)
		return err_input(e, "papers.format", "casework.db is damaged: a paper is none");
	*out = (struct paper){
	    .id = (uint64_t)sqlite3_column_int64(st, 0),
	    .kind = (enum paper_kind)kind,
	    .at = sqlite3_column_int64(st, 3),
	    .by = {(enum role)role, arena_copy(arena, holder.at, holder.len)},
	    .has_shared = sqlite3_column_type(st, 6) != SQLITE_NULL,
	    .shared = (enum role)sqlite3_column_int(st, 6),
	};
	(void)p;
	memcpy(out->subject.at, subject.at, HASH_SIZE);
	return paper_decode(arena, out->kind, value, &out->value, e);
}

bool papers_list(struct papers *p, struct arena *arena, const struct papers_wanted *wanted,
                 struct paper **out, size_t *count, struct err *e)
{
	held only = lock(p);
	sqlite3_stmt *st = ready(p, LIST, e);
	size_t room = 0;
	int code;
	*out = NULL;
	*count = 0;
	if (st == NULL)
		return false;
	bind(st, 1, wanted->subject != NULL ? hash_bytes(wanted->subject) : (struct bytes){0});
	sqlite3_bind_int64(st, 2, (sqlite3_int64)wanted->after);
	sqlite3_bind_int(st, 3, (int)wanted->kinds);
	sqlite3_bind_int64(st, 4, wanted->limit > 0 ? (sqlite3_int64)wanted->limit : -1);
	bind_text(st, 5, wanted->holder != NULL ? wanted->holder : "");
	bool ok = true;
	while (ok && (code = sqlite3_step(st)) == SQLITE_ROW) {
		if (*count == room) {
			struct paper *more = arena_array(arena, room * 2 + 16, sizeof *more);
			if (*count > 0)
				memcpy(more, *out, *count * sizeof *more);
			*out = more;
			room = room * 2 + 16;
		}
		ok = paper_of(p, arena, st, &(*out)[(*count)++], e);
	}
	ok = ok && (code == SQLITE_DONE || failed(p, "read", e));
	sqlite3_reset(st);
	return ok;
}

bool papers_get(struct papers *p, struct arena *arena, uint64_t id, struct paper *out,
                struct err *e)
{
	held only = lock(p);
	sqlite3_stmt *st = ready(p, GET, e);
	if (st == NULL)
		return false;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)id);
	int code = sqlite3_step(st);
	bool ok = code == SQLITE_ROW ? paper_of(p, arena, st, out, e)
	          : code == SQLITE_DONE
	              ? err_refused(e, "paper.no-such-paper", "there is no paper %llu",
	                            (unsigned long long)id)
	              : failed(p, "read", e);
	sqlite3_reset(st);
	return ok;
}

bool papers_file(struct papers *p, struct arena *arena, const struct hash *digest,
                 struct bytes *out, struct err *e)
{
	held only = lock(p);
	sqlite3_stmt *st = ready(p, FILE_OF, e);
	if (st == NULL)
		return false;
	bind(st, 1, hash_bytes(digest));
	bool ok = sqlite3_step(st) == SQLITE_ROW || failed(p, "read a file", e);
	if (ok)
		*out = column(arena, st, 0);
	sqlite3_reset(st);
	if (!ok)
		return false;
	struct hash is = sha256(*out);
	return hash_equal(&is, digest) ||
	       err_input(e, "papers.format",
	                 "casework.db is damaged: a file is another than its digest says");
}
