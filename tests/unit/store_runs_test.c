/* Entries that nobody refers to by id, in runs among the others; and stores of before there were
 * any. */
#include <sqlite3.h>

#include "stored.h"

static uint64_t state;

enum { MOST = 1500 };

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

static void append_one(struct store *s, bool is_named)
{
	owned_arena arena = {0};
	struct err e = {0};
	uint64_t index, next = store_size(s);
	CHECK((is_named ? store_append : store_append_unnamed)(s, entry_of(&arena, next), &index,
	                                                       &e) &&
	          index == next,
	      "%s", e.text);
}

static void append_some(struct store *s, uint64_t most)
{
	uint64_t rest = test_random(&state) % most;
	bool is_named = test_random(&state) % 3 == 0;
	while (rest-- > 0) {
		append_one(s, is_named);
		if (test_random(&state) % 100 == 0)
			is_named = !is_named;
	}
}

static bool check_entry(void *ctx, uint64_t index, struct bytes entry)
{
	owned_arena arena = {0};
	uint64_t *next = ctx;
	CHECK(index == *next && bytes_equal(entry, entry_of(&arena, index)), "entry %llu",
	      (unsigned long long)index);
	++*next;
	return true;
}

static void check_walk(struct store *s, uint64_t from, uint64_t to)
{
	struct err e = {0};
	uint64_t next = from;
	CHECK(store_entries(s, from, to, check_entry, &next, &e) && next == to, "%llu to %llu: %s",
	      (unsigned long long)from, (unsigned long long)to, e.text);
}

static void check_one(struct store *s, uint64_t index)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes entry;
	struct hash id, want = sha256(entry_of(&arena, index));
	uint64_t at;
	CHECK(store_entry(s, index, &arena, &entry, &e) &&
	          bytes_equal(entry, entry_of(&arena, index)),
	      "%s", e.text);
	CHECK(store_find(s, hex_encode(&arena, hash_bytes(&want)), &id, &at, &e) && at == index &&
	          hash_equal(&id, &want),
	      "%llu: %s", (unsigned long long)index, e.text);
}

static void check_all(struct store *s)
{
	owned_arena arena = {0};
	struct err e = {0};
	uint64_t size = store_size(s);
	struct hash root, want = root_of(size);
	CHECK(store_root(s, &root, &e) && hash_equal(&root, &want), "%s", e.text);
	check_walk(s, 0, size);
	if (size == 0)
		return;
	uint64_t from = test_random(&state) % size;
	check_walk(s, from, from + test_random(&state) % (size - from));
	check_one(s, from);
	struct merkle_source source = store_merkle(s);
	struct merkle_proof proof;
	struct hash leaf = merkle_leaf(entry_of(&arena, from));
	CHECK(merkle_inclusion(&source, from, size, &proof, &e) &&
	          merkle_verify_inclusion(&leaf, from, size, proof.at, proof.count, &want, &e),
	      "%s", e.text);
}

static void named_and_unnamed_are_one_log(void)
{
	struct store *s = create();
	begin(s, true);
	while (store_size(s) < MOST) {
		append_some(s, 400);
		if (test_random(&state) % 2 == 0)
			check_all(s);
		if (test_random(&state) % 2 == 0) {
			commit(s);
			begin(s, false);
			check_all(s);
			store_rollback(s);
			begin(s, true);
		}
		if (test_random(&state) % 4 == 0) {
			commit(s);
			store_close(s);
			s = again(STORE_WRITE);
			begin(s, true);
		}
	}
	check_all(s);
	commit(s);
	store_close(s);
}

static void what_is_rolled_back_is_gone(void)
{
	owned_store s = create();
	begin(s, true);
	append_some(s, 100);
	append_one(s, true);
	commit(s);
	for (unsigned i = 0; i < 20; i++) {
		begin(s, true);
		uint64_t was = store_size(s);
		append_some(s, 300);
		append_one(s, false);
		store_rollback(s);
		begin(s, true);
		CHECK(store_size(s) == was, "%llu", (unsigned long long)store_size(s));
		append_some(s, 50);
		check_all(s);
		commit(s);
	}
}

/* A store as it was before runs: unnamed entries are rows like the others. */
static void make_old(uint64_t size)
{
	owned_store s = create();
	begin(s, true);
	grow(s, size);
	commit(s);
	run_sql("UPDATE entry SET named = 0 WHERE seq % 3 > 0; DROP TABLE run;"
	        " PRAGMA user_version = 2");
}

static void an_old_store_is_read_as_it_is(void)
{
	make_old(700);
	owned_store s = again(STORE_READ);
	begin(s, false);
	check_all(s);
	check_one(s, 0);
	check_one(s, 1);
	store_rollback(s);
	store_close(again(STORE_WRITE));
	struct err e = {0};
	CHECK(!store_begin(s, false, &e) && e.kind == ERR_ENVIRONMENT &&
	          strstr(e.text, "newer format") != NULL,
	      "%s", e.text);
}

static void an_old_store_goes_on_in_the_new_format(void)
{
	make_old(700);
	struct store *s = again(STORE_WRITE);
	begin(s, true);
	check_all(s);
	append_some(s, 600);
	append_one(s, false);
	check_all(s);
	commit(s);
	store_close(s);
	s = again(STORE_READ);
	begin(s, false);
	check_all(s);
	check_one(s, 1);
	check_one(s, store_size(s) - 1);
	store_close(s);
}

static bool walks(struct store *s, struct err *e)
{
	uint64_t next = 0;
	return store_entries(s, 0, store_size(s), check_entry, &next, e);
}

static void a_damaged_run_is_told(void)
{
	static const char *const damages[] = {
	    "DELETE FROM run WHERE first = 256",
	    "UPDATE run SET bytes = substr(bytes, 1, 40) WHERE first = 256",
	    "UPDATE run SET bytes = x'FFFF' WHERE first = 256",
	    "UPDATE run SET bytes = x'' WHERE first = 256",
	};
	for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
		owned_arena arena = {0};
		struct err e = {0};
		struct bytes entry;
		struct store *s = create();
		begin(s, true);
		while (store_size(s) < 600)
			append_one(s, false);
		commit(s);
		store_close(s);
		run_sql(damages[i]);
		s = again(STORE_READ);
		begin(s, false);
		CHECK(!walks(s, &e) && has_rule(&e, ERR_INPUT, "store.format"), "%zu: %s", i,
		      e.text);
		CHECK(!store_entry(s, 400, &arena, &entry, &e), "%zu", i);
		store_close(s);
	}
}

/* What others have written shows; what one has written oneself does not. */
static void a_version_tells_of_others(void)
{
	owned_store s = create();
	owned_store other = again(STORE_WRITE);
	struct err e = {0};
	uint64_t first, then;
	begin(s, true);
	CHECK(store_version(s, &first, &e), "%s", e.text);
	put(s, "a", "1");
	commit(s);
	begin(s, true);
	CHECK(store_version(s, &then, &e) && then == first, "by itself");
	store_rollback(s);
	begin(other, true);
	put(other, "a", "2");
	commit(other);
	begin(s, true);
	CHECK(store_version(s, &then, &e) && then != first, "by another");
	store_rollback(s);
}

int main(void)
{
	state = test_seed();
	if (!stored_begin())
		return 1;
	static const struct test tests[] = {
	    TEST(named_and_unnamed_are_one_log), TEST(what_is_rolled_back_is_gone),
	    TEST(an_old_store_is_read_as_it_is), TEST(an_old_store_goes_on_in_the_new_format),
	    TEST(a_damaged_run_is_told),         TEST(a_version_tells_of_others),
	};
	int status = test_main(tests, sizeof tests / sizeof *tests);
	stored_end();
	return status;
}
