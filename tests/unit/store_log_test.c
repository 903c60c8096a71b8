/* The log in a store: entries, ids, roots and proofs; files that are no store, and damage. */
#include <sqlite3.h>

#include "base/file.h"
#include "stored.h"

static uint64_t state;

/* --- The log ---------------------------------------------------------------------------- */

static bool count_entry(void *ctx, uint64_t index, struct bytes entry)
{
	owned_arena arena = {0};
	uint64_t *next = ctx;
	CHECK(index == *next && bytes_equal(entry, entry_of(&arena, index)), "entry %llu",
	      (unsigned long long)index);
	++*next;
	return *next != 77;
}

static void entries_come_in_order(void)
{
	owned_store s = create();
	struct err e = {0};
	begin(s, true);
	grow(s, 600);
	uint64_t next = 100;
	CHECK(store_entries(s, 100, 600, count_entry, &next, &e) && next == 600, "%s", e.text);
	next = 70;
	CHECK(store_entries(s, 70, 600, count_entry, &next, &e) && next == 77, "stopped: %s",
	      e.text);
	next = 5;
	CHECK(store_entries(s, 5, 5, count_entry, &next, &e) && next == 5, "none: %s", e.text);
	next = 590;
	CHECK(!store_entries(s, 590, 601, count_entry, &next, &e) &&
	          has_rule(&e, ERR_INPUT, "store.format"),
	      "beyond the end: %s", e.text);
	commit(s);
}

static void roots_and_proofs_of_every_size_are_there(void)
{
	owned_store s = create();
	struct err e = {0};
	begin(s, true);
	grow(s, 530);
	for (int write = 1; write >= 0; write--) {
		struct merkle_source source = store_merkle(s);
		struct hash now = root_of(store_size(s));
		for (uint64_t size = 0; size <= 530; size += 1 + test_random(&state) % 40) {
			struct hash root, want = root_of(size);
			struct merkle_proof proof;
			CHECK(merkle_root(&source, size, &root, &e) && hash_equal(&root, &want),
			      "%llu: %s", (unsigned long long)size, e.text);
			CHECK(merkle_consistency(&source, size, 530, &proof, &e) &&
			          merkle_verify_consistency(size, &root, 530, &now, proof.at,
			                                    proof.count, &e),
			      "%llu: %s", (unsigned long long)size, e.text);
		}
		if (write) {
			commit(s);
			begin(s, false);
		}
	}
}

static void ids_are_found_by_their_beginning(void)
{
	owned_arena arena = {0};
	owned_store s = create();
	struct err e = {0};
	struct hash id, want = sha256(entry_of(&arena, 17));
	const char *hex = hex_encode(&arena, hash_bytes(&want));
	uint64_t index;
	bool found;
	begin(s, true);
	grow(s, 4000); /* among which some share four digits */
	CHECK(store_find(s, hex, &id, &index, &e) && index == 17 && hash_equal(&id, &want), "%s",
	      e.text);
	CHECK(store_find(s, arena_printf(&arena, "%.11s", hex), &id, &index, &e) && index == 17,
	      "%s", e.text);
	CHECK(store_find_id(s, &want, &index, &found, &e) && found && index == 17, "%s", e.text);
	want.at[31] ^= 1;
	CHECK(store_find_id(s, &want, &index, &found, &e) && !found, "%s", e.text);
	CHECK(!store_find(s, "00000000", &id, &index, &e) &&
	          has_rule(&e, ERR_REFUSED, "store.no-such-id"),
	      "%s", e.text);
	static const char *const wrong[] = {
	    "",      "abc",  "abcg",
	    "abcd ", "-bcd", "00000000000000000000000000000000000000000000000000000000000000000"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CHECK(!store_find(s, wrong[i], &id, &index, &e) &&
		          has_rule(&e, ERR_INPUT, "store.id"),
		      "%s: %s", wrong[i], e.text);
	unsigned ambiguous = 0;
	for (uint64_t i = 0; i < 4000; i++) {
		struct hash one = sha256(entry_of(&arena, i));
		const char *all = hex_encode(&arena, hash_bytes(&one));
		if (store_find(s, arena_printf(&arena, "%.4s", all), &id, &index, &e)) {
			CHECK(index == i, "%s", all);
			continue;
		}
		CHECK(has_rule(&e, ERR_REFUSED, "store.ambiguous-id") &&
		          strstr(e.text, arena_printf(&arena, "%.16s", all)) != NULL,
		      "%s", e.text);
		ambiguous++;
	}
	CHECK(ambiguous > 0, "no two ids of 4,000 began alike");
	commit(s);
}

/* --- Files that are no store, or a damaged one -------------------------------------------- */

static void run_sql(const char *text)
{
	sqlite3 *db;
	char *why = NULL;
	CHECK(sqlite3_open(path, &db) == SQLITE_OK &&
	          sqlite3_exec(db, text, NULL, NULL, &why) == SQLITE_OK,
	      "%s", why);
	sqlite3_free(why);
	sqlite3_close(db);
}

static void refuses_to_open(enum store_mode mode, enum err_kind kind, const char *told)
{
	struct err e = {0};
	struct store *s = store_open(path, mode, &e);
	CHECK(s == NULL && e.kind == kind && strstr(e.text, told) != NULL, "kind %d: %s",
	      (int)e.kind, e.text);
	store_close(s);
}

static void what_is_no_store_is_not_opened(void)
{
	struct err e = {0};
	store_close(create());
	refuses_to_open(STORE_CREATE, ERR_ENVIRONMENT, "cannot create");
	run_sql("PRAGMA user_version = 99");
	refuses_to_open(STORE_WRITE, ERR_INPUT, "format 99");
	run_sql("PRAGMA application_id = 7");
	refuses_to_open(STORE_READ, ERR_INPUT, "not a proviso store");
	CHECK(
	    file_write(path, bytes_text("This is some other file, and not a small one."), 0600, &e),
	    "%s", e.text);
	refuses_to_open(STORE_READ, ERR_INPUT, "no store");
	unlink(path);
	refuses_to_open(STORE_READ, ERR_ENVIRONMENT, "open");
	refuses_to_open(STORE_WRITE, ERR_ENVIRONMENT, "open");
	CHECK(!file_exists(path), "an attempt to open makes nothing");
	snprintf(path, sizeof path, "%s/no/x.db", folder);
	refuses_to_open(STORE_CREATE, ERR_ENVIRONMENT, "cannot create");
}

static void a_store_opened_to_read_writes_nothing(void)
{
	store_close(create());
	owned_store s = again(STORE_READ);
	struct err e = {0};
	CHECK(!store_begin(s, true, &e) || !store_put(s, bytes_text("a"), bytes_text("1"), &e),
	      "written");
	CHECK(e.kind == ERR_ENVIRONMENT, "%s", e.text);
	store_rollback(s);
}

static void damage_is_told(void)
{
	static const struct {
		const char *sql;
		bool begins; /* it shows when read, not before */
	} rows[] = {
	    {"DELETE FROM entry WHERE seq = 100", true},
	    {"DELETE FROM tile WHERE level = 0 AND idx = 0", true},
	    {"UPDATE tile SET hashes = substr(hashes, 1, 32) WHERE level = 1", false},
	    {"DELETE FROM tile WHERE level = 0 AND idx = 2", false},
	    {"UPDATE tile SET hashes = x'00' WHERE level = 0 AND idx = 2", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_store first = create();
		begin(first, true);
		grow(first, 600);
		commit(first);
		run_sql(rows[i].sql);
		owned_store s = again(STORE_WRITE);
		struct err e = {0};
		struct hash root;
		struct merkle_proof proof;
		uint64_t next = 0;
		bool begun = store_begin(s, true, &e);
		CHECK(begun == rows[i].begins, "row %zu: %s", i, e.text);
		CHECK(begun || has_rule(&e, ERR_INPUT, "store.format") ||
		          has_rule(&e, ERR_REFUSED, "log.tile-short"),
		      "row %zu: %s", i, e.text);
		if (begun) {
			struct merkle_source source = store_merkle(s);
			CHECK(!(store_entries(s, 78, 600, count_entry, (next = 78, &next), &e) &&
			        merkle_root(&source, 200, &root, &e) &&
			        merkle_inclusion(&source, 3, 600, &proof, &e)) &&
			          e.rule != NULL,
			      "row %zu", i);
		}
	}
}

static void a_store_in_memory_is_one_too(void)
{
	struct err e = {0};
	owned_arena arena = {0};
	owned_store s = store_open(NULL, STORE_READ, &e);
	CHECK(s != NULL, "%s", e.text);
	begin(s, true);
	grow(s, 3);
	put(s, "a", "1");
	commit(s);
	begin(s, false);
	struct bytes entry;
	CHECK(is(s, "a", "1") && store_size(s) == 3, "its content");
	CHECK(!store_entry(s, 3, &arena, &entry, &e) && strstr(e.text, "memory") != NULL, "%s",
	      e.text);
}

int main(void)
{
	state = test_seed();
	if (!stored_begin())
		return 1;
	static const struct test tests[] = {
	    TEST(entries_come_in_order),
	    TEST(roots_and_proofs_of_every_size_are_there),
	    TEST(ids_are_found_by_their_beginning),
	    TEST(what_is_no_store_is_not_opened),
	    TEST(a_store_opened_to_read_writes_nothing),
	    TEST(damage_is_told),
	    TEST(a_store_in_memory_is_one_too),
	};
	int status = test_main(tests, sizeof tests / sizeof *tests);
	stored_end();
	return status;
}
