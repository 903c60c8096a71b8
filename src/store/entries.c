/* The entries of the log, and the tiles that they make, in the tables of sqlite.c. */
#include "internal.h"

#include <assert.h>
#include <stdio.h>

/* --- Tiles ----------------------------------------------------------------------------- */

static bool load_tile(void *ctx, unsigned level, uint64_t index, unsigned width, struct bytes *out,
                      struct err *e)
{
	struct store *s = ctx;
	struct filling *filling = &s->filling[level];
	if (s->failed) {
		*e = s->failure;
		return false;
	}
	if (s->writing && filling->index == index && filling->width >= width) {
		*out = bytes_of(filling->at, (size_t)filling->width * HASH_SIZE);
		return true;
	}
	sqlite3_stmt *st = store_ready(s, TILE, e);
	if (st == NULL)
		return false;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)level);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)index);
	int code = sqlite3_step(st);
	if (code == SQLITE_DONE)
		return err_input(e, "store.format", "%s: tile %llu of level %u is missing",
		                 store_path(s), (unsigned long long)index, level);
	if (code != SQLITE_ROW)
		return store_failed(s, "read a tile", e);
	*out = store_column(st, 0); /* good until the statement is reset, by its next use */
	return true;
}

bool store_tile(struct store *s, unsigned level, uint64_t index, unsigned width, struct bytes *out,
                struct err *e)
{
	return load_tile(s, level, index, width, out, e);
}

static bool put_tile(struct store *s, unsigned level, struct err *e)
{
	struct filling *f = &s->filling[level];
	sqlite3_stmt *st = store_ready(s, PUT_TILE, e);
	if (st == NULL)
		return store_fail_transaction(s, e);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)level);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)f->index);
	store_bind(st, 3, bytes_of(f->at, (size_t)f->width * HASH_SIZE));
	f->changed = false;
	return store_run(s, st, "write a tile", e);
}

/* --- As of a transaction --------------------------------------------------------------- */

static bool read_size(struct store *s, struct err *e)
{
	sqlite3_stmt *st = store_ready(s, SIZE, e);
	if (st == NULL)
		return false;
	int code = sqlite3_step(st);
	if (code == SQLITE_ROW)
		s->size = (uint64_t)sqlite3_column_int64(st, 0);
	else
		store_failed(s, "read", e);
	sqlite3_reset(st);
	if (s->tiles.size != s->size)
		tile_source_init(&s->tiles, s->tiles.loader, s->size);
	return code == SQLITE_ROW;
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
			                 "%s: tile %llu of level %u is too short", store_path(s),
			                 (unsigned long long)f->index, level);
		memcpy(f->at, hashes.at, (size_t)width * HASH_SIZE);
		f->width = width;
	}
	return true;
}

bool log_begin(struct store *s, bool write, struct err *e)
{
	return read_size(s, e) && (!write || restore_edge(s, e));
}

struct tile_loader log_loader(struct store *s)
{
	return (struct tile_loader){s, load_tile};
}

uint64_t store_size(struct store *s)
{
	assert(s->in_transaction);
	return s->size;
}

/* --- Appending ------------------------------------------------------------------------- */

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

static bool check_size(struct bytes entry, struct err *e)
{
	return entry.len <= UINT16_MAX ||
	       err_refused(e, "store.entry-too-large", "an entry has at most %d bytes, not %zu",
	                   UINT16_MAX, entry.len);
}

static bool transaction_holds(const struct store *s, struct err *e)
{
	if (s->failed)
		*e = s->failure;
	return !s->failed;
}

static void drop_run(struct store *s)
{
	arena_reset(&s->run.arena);
	s->run.bytes = (struct buffer){.arena = &s->run.arena};
	s->run.count = 0;
}

/* Puts what is in the run into the table and the tree. */
static bool close_run(struct store *s, struct err *e)
{
	struct bytes entries[TILE_WIDTH];
	struct hash leaves[TILE_WIDTH];
	unsigned count = 0;
	if (!s->writing || s->run.count == 0)
		return !s->writing || transaction_holds(s, e);
	sqlite3_stmt *st = store_ready(s, APPEND_RUN, e);
	if (st == NULL)
		return store_fail_transaction(s, e);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)s->run.first);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)s->run.count);
	store_bind(st, 3, buffer_view(&s->run.bytes));
	struct reader r = reader_of(buffer_view(&s->run.bytes));
	while (bundle_next(&r, &entries[count]))
		count++;
	assert(count == s->run.count && s->edge.size == s->run.first);
	merkle_leaves(entries, count, leaves);
	if (!store_run(s, st, "append", e))
		return false;
	for (unsigned i = 0; i < count; i++)
		merkle_append(&s->edge, &leaves[i], emitted, s);
	drop_run(s);
	return transaction_holds(s, e);
}

bool store_append(struct store *s, struct bytes entry, uint64_t *index, struct err *e)
{
	assert(s->writing);
	if (!check_size(entry, e) || !close_run(s, e))
		return false;
	struct hash id = sha256(entry), leaf = merkle_leaf(entry);
	sqlite3_stmt *st = store_ready(s, APPEND, e);
	if (st == NULL)
		return false;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)s->size);
	store_bind(st, 2, hash_bytes(&id));
	store_bind(st, 3, entry);
	if (!store_run(s, st, "append", e))
		return false;
	*index = s->size++;
	merkle_append(&s->edge, &leaf, emitted, s);
	return transaction_holds(s, e);
}

bool store_append_unnamed(struct store *s, struct bytes entry, uint64_t *index, struct err *e)
{
	assert(s->writing);
	if (!check_size(entry, e) || !transaction_holds(s, e))
		return false;
	if (s->run.count == 0) {
		drop_run(s);
		s->run.first = s->size;
	}
	bundle_add(&s->run.bytes, entry);
	s->run.count++;
	*index = s->size++;
	return s->size % TILE_WIDTH != 0 || close_run(s, e);
}

bool log_flush(struct store *s, struct err *e)
{
	bool ok = close_run(s, e);
	for (unsigned level = 0; ok && level < TILE_LEVELS; level++)
		ok = !s->filling[level].changed || put_tile(s, level, e);
	return ok;
}

void log_forget(struct store *s)
{
	/* What was kept may have been of entries that are not there now. */
	drop_run(s);
	s->edge.size = 0;
	tile_source_init(&s->tiles, s->tiles.loader, 0);
}

/* --- Reading --------------------------------------------------------------------------- */

static bool missing(const struct store *s, uint64_t index, struct err *e)
{
	return err_input(e, "store.format", "%s: entry %llu is missing", store_path(s),
	                 (unsigned long long)index);
}

/* An entry that is in no run. */
static bool read_row(struct store *s, uint64_t index, struct arena *arena, struct bytes *entry,
                     bool *found, struct err *e)
{
	sqlite3_stmt *st = store_ready(s, ENTRY, e);
	if (st == NULL)
		return false;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)index);
	int code = sqlite3_step(st);
	*found = code == SQLITE_ROW;
	if (*found)
		*entry = bytes_copy(arena, store_column(st, 0));
	else if (code != SQLITE_DONE)
		store_failed(s, "read", e);
	sqlite3_reset(st);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

static bool read_from_run(struct store *s, uint64_t index, struct arena *arena, struct bytes *entry,
                          bool *found, struct err *e)
{
	sqlite3_stmt *st = store_ready(s, RUN, e);
	if (st == NULL)
		return false;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)index);
	int code = sqlite3_step(st);
	*found = false;
	if (code == SQLITE_ROW) {
		uint64_t at = (uint64_t)sqlite3_column_int64(st, 0);
		struct reader r = reader_of(store_column(st, 1));
		struct bytes one;
		while (!*found && bundle_next(&r, &one))
			*found = at++ == index;
		if (*found)
			*entry = bytes_copy(arena, one);
	} else if (code != SQLITE_DONE) {
		store_failed(s, "read", e);
	}
	sqlite3_reset(st);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool store_entry(struct store *s, uint64_t index, struct arena *arena, struct bytes *entry,
                 struct err *e)
{
	bool found;
	if (!close_run(s, e) || !read_row(s, index, arena, entry, &found, e) ||
	    (!found && !read_from_run(s, index, arena, entry, &found, e)))
		return false;
	return found || err_environment(e, "%s: there is no entry %llu", store_path(s),
	                                (unsigned long long)index);
}

/* A walk over rows and runs at once: each index is in one of them. */
struct entries_walk {
	struct store *store;
	sqlite3_stmt *rows, *runs;
	int row, run; /* what the last step of each gave */
	uint64_t next, to;
	bool (*each)(void *ctx, uint64_t index, struct bytes entry);
	void *ctx;
	bool goes_on;
};

static bool is_at(sqlite3_stmt *st, int code, uint64_t index)
{
	return code == SQLITE_ROW && (uint64_t)sqlite3_column_int64(st, 0) == index;
}

static void give(struct entries_walk *w, struct bytes entry)
{
	w->goes_on = w->each(w->ctx, w->next, entry);
	w->next++;
}

/* All of the present run that comes next; false where it has nothing of it. */
static bool give_run(struct entries_walk *w)
{
	uint64_t index = (uint64_t)sqlite3_column_int64(w->runs, 0);
	struct reader r = reader_of(store_column(w->runs, 1));
	struct bytes entry;
	bool is_any = false;
	while (w->goes_on && w->next < w->to && bundle_next(&r, &entry)) {
		if (index++ != w->next)
			continue;
		give(w, entry);
		is_any = true;
	}
	return is_any;
}

static bool give_next(struct entries_walk *w, struct err *e)
{
	if (is_at(w->rows, w->row, w->next)) {
		give(w, store_column(w->rows, 1));
		w->row = sqlite3_step(w->rows);
		return true;
	}
	while (w->run == SQLITE_ROW) {
		if ((uint64_t)sqlite3_column_int64(w->runs, 0) > w->next)
			break;
		bool is_any = give_run(w);
		if (w->goes_on && w->next < w->to)
			w->run = sqlite3_step(w->runs);
		if (is_any)
			return true;
	}
	if ((w->row != SQLITE_ROW && w->row != SQLITE_DONE) ||
	    (w->run != SQLITE_ROW && w->run != SQLITE_DONE))
		return store_failed(w->store, "read", e);
	return missing(w->store, w->next, e);
}

static sqlite3_stmt *walk_between(struct store *s, enum statement which, uint64_t from, uint64_t to,
                                  struct err *e)
{
	sqlite3_stmt *st = store_walk(s, which, e);
	if (st == NULL)
		return NULL;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)from);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)to);
	return st;
}

bool store_entries(struct store *s, uint64_t from, uint64_t to,
                   bool (*each)(void *ctx, uint64_t index, struct bytes entry), void *ctx,
                   struct err *e)
{
	struct entries_walk w = {
	    .store = s, .next = from, .to = to, .each = each, .ctx = ctx, .goes_on = true};
	if (!close_run(s, e) || (w.rows = walk_between(s, ENTRIES, from, to, e)) == NULL)
		return false;
	w.runs = walk_between(s, RUNS, from, to, e);
	bool ok = w.runs != NULL;
	if (ok) {
		w.row = sqlite3_step(w.rows);
		w.run = sqlite3_step(w.runs);
	}
	while (ok && w.goes_on && w.next < to)
		ok = give_next(&w, e);
	sqlite3_finalize(w.rows);
	sqlite3_finalize(w.runs);
	return ok;
}

/* --- By id ----------------------------------------------------------------------------- */

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

static void found(int *count, const struct hash *this, uint64_t at, struct buffer *names,
                  struct hash *id, uint64_t *index)
{
	if ((*count)++ == 0) {
		*id = *this;
		*index = at;
	}
	buffer_printf(names, " %.16s", hex_encode(names->arena, hash_bytes(this)));
}

/* How many ids lie in the range, 4 for more; -1 where it cannot be told. The first is given. */
static int find_in(struct store *s, enum statement which, const uint8_t low[HASH_SIZE],
                   const uint8_t high[HASH_SIZE], struct buffer *names, struct hash *id,
                   uint64_t *index, struct err *e)
{
	sqlite3_stmt *st = store_ready(s, which, e);
	int code, count = 0;
	if (st == NULL)
		return -1;
	store_bind(st, 1, bytes_of(low, HASH_SIZE));
	store_bind(st, 2, bytes_of(high, HASH_SIZE));
	while ((code = sqlite3_step(st)) == SQLITE_ROW) {
		struct bytes there = store_column(st, 0);
		if (there.len != HASH_SIZE)
			continue;
		struct hash this;
		memcpy(this.at, there.at, HASH_SIZE);
		found(&count, &this, (uint64_t)sqlite3_column_int64(st, 1), names, id, index);
	}
	if (code != SQLITE_DONE)
		store_failed(s, "read", e);
	sqlite3_reset(st);
	return code == SQLITE_DONE ? count : -1;
}

/* The same among those in runs, whose ids are nowhere but in their bytes. */
static int find_in_runs(struct store *s, const uint8_t low[HASH_SIZE],
                        const uint8_t high[HASH_SIZE], struct buffer *names, struct hash *id,
                        uint64_t *index, struct err *e)
{
	enum { MOST = 4 };
	sqlite3_stmt *st = store_walk(s, ALL_RUNS, e);
	int code = SQLITE_DONE, count = 0;
	while (st != NULL && count < MOST && (code = sqlite3_step(st)) == SQLITE_ROW) {
		uint64_t at = (uint64_t)sqlite3_column_int64(st, 0);
		struct reader r = reader_of(store_column(st, 1));
		struct bytes entry;
		for (; count < MOST && bundle_next(&r, &entry); at++) {
			struct hash this = sha256(entry);
			if (memcmp(this.at, low, HASH_SIZE) >= 0 &&
			    memcmp(this.at, high, HASH_SIZE) <= 0)
				found(&count, &this, at, names, id, index);
		}
	}
	bool ok =
	    st != NULL && (code == SQLITE_ROW || code == SQLITE_DONE || store_failed(s, "read", e));
	sqlite3_finalize(st);
	return ok ? count : -1;
}

bool store_find(struct store *s, const char *prefix, struct hash *id, uint64_t *index,
                struct err *e)
{
	uint8_t low[HASH_SIZE], high[HASH_SIZE];
	if (!id_range(prefix, low, high))
		return err_input(e, "store.id",
		                 "\"%.70s\" is no id: 4 to 64 hexadecimal digits are", prefix);
	if (!close_run(s, e))
		return false;
	owned_arena arena = {0};
	struct buffer names = {.arena = &arena};
	int count = find_in(s, FIND, low, high, &names, id, index, e);
	if (count == 0)
		count = find_in(s, FIND_UNNAMED, low, high, &names, id, index, e);
	if (count == 0)
		count = find_in_runs(s, low, high, &names, id, index, e);
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
	sqlite3_stmt *st = store_ready(s, FIND_ID, e);
	if (st == NULL)
		return false;
	store_bind(st, 1, hash_bytes(id));
	int code = sqlite3_step(st);
	*found = code == SQLITE_ROW;
	if (*found)
		*index = (uint64_t)sqlite3_column_int64(st, 0);
	else if (code != SQLITE_DONE)
		store_failed(s, "read", e);
	sqlite3_reset(st);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool store_root(struct store *s, struct hash *root, struct err *e)
{
	if (s->writing) {
		if (!close_run(s, e))
			return false;
		*root = merkle_edge_root(&s->edge);
		return true;
	}
	struct merkle_source source = store_merkle(s);
	return merkle_root(&source, s->size, root, e);
}

struct merkle_source store_merkle(struct store *s)
{
	struct err ignored; /* kept as the transaction's failure */
	close_run(s, &ignored);
	/* The tiles kept are of as many entries as there were when they were loaded. */
	if (s->tiles.size != s->size)
		tile_source_init(&s->tiles, s->tiles.loader, s->size);
	return tile_source_as_merkle(&s->tiles);
}
