/* internal: what the files of the store share and nobody else sees. */
#ifndef PROVISO_STORE_INTERNAL_H
#define PROVISO_STORE_INTERNAL_H

#include <sqlite3.h>

#include "log/tile.h"
#include "store.h"

enum statement {
	GET,
	PUT,
	DELETE,
	SCAN,
	ALL,
	SIZE,
	APPEND,
	APPEND_RUN,
	ENTRY,
	ENTRIES,
	RUN,
	RUNS,
	ALL_RUNS,
	FIND,
	FIND_UNNAMED,
	FIND_ID,
	TILE,
	PUT_TILE,
	VERSION,
	STATEMENTS,
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
	struct merkle_edge edge; /* good while the store writes and what is not in `run` is in it */
	struct filling filling[TILE_LEVELS];
	bool failed; /* a write of the transaction, and so all of it */
	struct err failure;
	/* Unnamed entries at the end, not in the table and the tree yet. */
	struct filling_run {
		struct arena arena;
		struct buffer bytes; /* a bundle */
		uint64_t first;
		unsigned count;
	} run;
	bool is_old;              /* of a format without runs, and only read */
	struct tile_source tiles; /* good for tiles.size entries: a log only grows */
};

/* --- Statements (sqlite.c) --------------------------------------------------------------- */

const char *store_path(const struct store *);

/* Always false: why SQLite could not do what was asked. */
bool store_failed(struct store *, const char *what, struct err *);

/* A statement made ready, its parameters empty; NULL after filling the error. */
sqlite3_stmt *store_ready(struct store *, enum statement, struct err *);

/*
 * A statement of its own for each walk: what is called on the way may read and walk the store
 * itself, and a shared one would be reset under its feet.
 */
sqlite3_stmt *store_walk(struct store *, enum statement, struct err *);

void store_bind(sqlite3_stmt *, int at, struct bytes);
struct bytes store_column(sqlite3_stmt *, int at);

/*
 * Runs a statement that writes. The first that fails makes the transaction fail: SQLite may
 * have rolled it back by itself, and what came after would be durable alone.
 */
bool store_run(struct store *, sqlite3_stmt *, const char *what, struct err *);
bool store_fail_transaction(struct store *, struct err *);

/* --- The log, within a transaction (entries.c) ------------------------------------------- */

bool log_begin(struct store *, bool write, struct err *);
bool log_flush(struct store *, struct err *); /* before a commit */
void log_forget(struct store *);              /* after a rollback */
struct tile_loader log_loader(struct store *);

/* The hashes of a tile, `width` at least; good until the next call. */
bool store_tile(struct store *, unsigned level, uint64_t index, unsigned width, struct bytes *out,
                struct err *);

#endif
