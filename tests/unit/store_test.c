/* The store: one transaction for entries, tiles and state; what it gives back, and when not. */
#include <sys/wait.h>

#include "stored.h"

static uint64_t state;

/* --- Transactions ----------------------------------------------------------------------- */

static void a_transaction_is_all_or_nothing(void)
{
	owned_store s = create();
	begin(s, true);
	put(s, "a", "1");
	grow(s, 3);
	commit(s);
	begin(s, true);
	put(s, "a", "2");
	put(s, "b", "2");
	grow(s, 700);
	store_rollback(s);
	store_rollback(s); /* of no effect */
	begin(s, false);
	struct hash root, want = root_of(3);
	struct err e = {0};
	CHECK(is(s, "a", "1") && is(s, "b", NULL), "the map");
	CHECK(store_size(s) == 3 && store_root(s, &root, &e) && hash_equal(&root, &want),
	      "the log");
	store_rollback(s);
	/* And on from there, with other entries than those taken back. */
	begin(s, true);
	grow(s, 5);
	want = root_of(5);
	CHECK(store_root(s, &root, &e) && hash_equal(&root, &want), "the log, later");
	commit(s);
}

static void a_reader_sees_one_moment(void)
{
	owned_store writer = create();
	begin(writer, true);
	put(writer, "a", "1");
	grow(writer, 300);
	commit(writer);
	owned_store reader = again(STORE_READ);
	begin(reader, false);
	begin(writer, true);
	put(writer, "a", "2");
	grow(writer, 600);
	commit(writer);
	struct hash root, want = root_of(300);
	struct err e = {0};
	CHECK(is(reader, "a", "1") && store_size(reader) == 300, "the moment of its beginning");
	CHECK(store_root(reader, &root, &e) && hash_equal(&root, &want), "%s", e.text);
	store_rollback(reader);
	begin(reader, false);
	want = root_of(600);
	CHECK(is(reader, "a", "2") && store_size(reader) == 600, "the next moment");
	CHECK(store_root(reader, &root, &e) && hash_equal(&root, &want), "%s", e.text);
	CHECK(store_commit(reader, &e), "%s", e.text); /* a read may be committed */
}

static void what_is_committed_is_there_when_opened_again(void)
{
	struct err e = {0};
	store_close(create());
	for (uint64_t size = 0; size < 1200; size += 1 + test_random(&state) % 300) {
		owned_store s = again(STORE_WRITE);
		begin(s, true);
		struct hash root, want = root_of(size);
		grow(s, size);
		CHECK(store_root(s, &root, &e) && hash_equal(&root, &want), "%llu",
		      (unsigned long long)size);
		put(s, "size", "x");
		commit(s);
		owned_store r = again(STORE_READ);
		begin(r, false);
		CHECK(store_size(r) == size && store_root(r, &root, &e) && hash_equal(&root, &want),
		      "%llu: %s", (unsigned long long)size, e.text);
	}
}

static void two_processes_write_in_turn(void)
{
	store_close(create());
	pid_t writers[3];
	for (int w = 0; w < 3; w++) {
		writers[w] = fork();
		if (writers[w] == 0) {
			struct err e = {0};
			struct store *s = store_open(path, STORE_WRITE, &e);
			for (int i = 0; s != NULL && i < 40; i++) {
				uint64_t index;
				owned_arena arena = {0};
				if (!store_begin(s, true, &e) ||
				    !store_append(s, entry_of(&arena, store_size(s)), &index, &e) ||
				    !store_commit(s, &e))
					_exit(1);
			}
			store_close(s);
			_exit(s == NULL);
		}
	}
	for (int w = 0; w < 3; w++) {
		int status;
		CHECK(waitpid(writers[w], &status, 0) == writers[w] && status == 0, "writer %d", w);
	}
	owned_store s = again(STORE_READ);
	struct hash root, want = root_of(120);
	struct err e = {0};
	begin(s, false);
	CHECK(store_size(s) == 120 && store_root(s, &root, &e) && hash_equal(&root, &want), "%s",
	      e.text);
}

static void a_failed_write_fails_the_transaction(void)
{
	owned_arena arena = {0};
	owned_store s = create();
	struct err e = {0};
	uint64_t index;
	begin(s, true);
	grow(s, 2);
	put(s, "a", "1");
	/* The same bytes again are the same id. */
	CHECK(!store_append(s, entry_of(&arena, 1), &index, &e) && e.kind == ERR_ENVIRONMENT,
	      "twice");
	CHECK(!store_put(s, bytes_text("b"), bytes_text("1"), &e), "put after");
	CHECK(!store_delete(s, bytes_text("a"), &e), "delete after");
	CHECK(!store_append(s, entry_of(&arena, 9), &index, &e), "append after");
	CHECK(!store_commit(s, &e) && strstr(e.text, "append") != NULL, "%s", e.text);
	begin(s, false);
	CHECK(store_size(s) == 0 && is(s, "a", NULL), "nothing is there");
}

static void an_entry_has_at_most_65535_bytes(void)
{
	static const uint8_t large[65536];
	owned_store s = create();
	struct err e = {0};
	uint64_t index;
	begin(s, true);
	CHECK(store_append(s, bytes_of(large, 65535), &index, &e), "%s", e.text);
	CHECK(store_append(s, bytes_of(large, 0), &index, &e), "an empty one: %s", e.text);
	CHECK(!store_append(s, bytes_of(large, 65536), &index, &e) &&
	          has_rule(&e, ERR_REFUSED, "store.entry-too-large"),
	      "%s", e.text);
	commit(s);
	owned_arena arena = {0};
	struct bytes entry;
	begin(s, false);
	CHECK(store_entry(s, 0, &arena, &entry, &e) && entry.len == 65535, "%s", e.text);
	CHECK(store_entry(s, 1, &arena, &entry, &e) && entry.len == 0, "%s", e.text);
	CHECK(!store_entry(s, 2, &arena, &entry, &e) && e.kind == ERR_ENVIRONMENT, "%s", e.text);
}

/* --- The map ---------------------------------------------------------------------------- */

struct seen {
	char keys[512];
	size_t count, stop_after;
};

static bool see(void *ctx, struct bytes key, struct bytes value)
{
	struct seen *seen = ctx;
	size_t len = strlen(seen->keys);
	snprintf(seen->keys + len, sizeof seen->keys - len, "%.*s=%.*s ", (int)key.len,
	         (const char *)key.at, (int)value.len, (const char *)value.at);
	return ++seen->count != seen->stop_after;
}

static void a_walk_is_in_bytewise_order(void)
{
	static const struct {
		const char *prefix, *after, *keys;
		size_t stop_after;
	} rows[] = {
	    {"", "", "A=7 a=1 aa=2 aab=3 ab=4 a\xff=6 b=5 \xff=8 ",
	     0}, /* 0xff is behind every letter */
	    {"a", "", "a=1 aa=2 aab=3 ab=4 a\xff=6 ", 0},
	    {"aa", "", "aa=2 aab=3 ", 0},
	    {"aa", "aa", "aab=3 ", 0},
	    {"aa", "aab", "", 0},
	    {"a", "aa", "aab=3 ab=4 a\xff=6 ", 0},
	    {"a", "A", "a=1 aa=2 aab=3 ab=4 a\xff=6 ", 0}, /* before the prefix */
	    {"a", "b", "", 0},                             /* behind it */
	    {"c", "", "", 0},
	    {"\xff", "", "\xff=8 ", 0},
	    {"", "b", "\xff=8 ", 0},
	    {"a", "", "a=1 aa=2 ", 2},
	};
	owned_store s = create();
	begin(s, true);
	put(s, "ab", "4");
	put(s, "b", "5");
	put(s, "aa", "2");
	put(s, "a", "0");
	put(s, "A", "7");
	put(s, "aab", "3");
	put(s, "\xff", "8");
	put(s, "a\xff", "6");
	put(s, "a", "1"); /* again */
	commit(s);
	begin(s, false);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct seen seen = {.stop_after = rows[i].stop_after};
		struct err e = {0};
		CHECK(store_scan(s, bytes_text(rows[i].prefix), bytes_text(rows[i].after), see,
		                 &seen, &e),
		      "%s", e.text);
		CHECK(strcmp(seen.keys, rows[i].keys) == 0, "row %zu: %s", i, seen.keys);
	}
}

/* A walk within a walk: neither is disturbed. */
struct nested {
	struct store *store;
	unsigned count;
};

static bool walk_again(void *ctx, struct bytes key, struct bytes value)
{
	struct nested *n = ctx;
	struct seen seen = {0};
	struct err e = {0};
	(void)value;
	CHECK(store_scan(n->store, key, (struct bytes){0}, see, &seen, &e) && seen.count == 1, "%s",
	      seen.keys);
	CHECK(is(n->store, "a", "1"), "a read within a walk");
	n->count++;
	return true;
}

static void walks_may_be_nested(void)
{
	owned_store s = create();
	struct nested n = {.store = s};
	struct err e = {0};
	begin(s, true);
	put(s, "a", "1");
	put(s, "b", "2");
	put(s, "c", "");
	CHECK(store_scan(s, (struct bytes){0}, (struct bytes){0}, walk_again, &n, &e) &&
	          n.count == 3,
	      "%u", n.count);
	commit(s);
}

static void empty_values_are_there_and_deleted_ones_are_not(void)
{
	owned_store s = create();
	struct err e = {0};
	begin(s, true);
	put(s, "empty", "");
	put(s, "gone", "1");
	CHECK(store_delete(s, bytes_text("gone"), &e), "%s", e.text);
	CHECK(store_delete(s, bytes_text("never"), &e), "%s", e.text);
	CHECK(is(s, "empty", "") && is(s, "gone", NULL) && is(s, "never", NULL), "within");
	commit(s);
	begin(s, false);
	CHECK(is(s, "empty", "") && is(s, "gone", NULL), "after");
}

static struct hash digest(struct store *s)
{
	struct hash out = {0};
	struct err e = {0};
	begin(s, false);
	CHECK(store_digest(s, &out, &e), "%s", e.text);
	store_rollback(s);
	return out;
}

static void equal_states_have_equal_digests(void)
{
	owned_store a = create();
	owned_store b = create();
	struct hash first = digest(a), second;
	CHECK(hash_equal(&first, &merkle_empty), "of nothing");
	begin(a, true);
	put(a, "k", "v");
	put(a, "kk", "");
	commit(a);
	begin(b, true);
	put(b, "kk", "x");
	put(b, "k", "v");
	put(b, "z", "z");
	commit(b);
	first = digest(a);
	second = digest(b);
	CHECK(!hash_equal(&first, &second), "different states");
	begin(b, true);
	struct err e = {0};
	put(b, "kk", "");
	CHECK(store_delete(b, bytes_text("z"), &e), "%s", e.text);
	commit(b);
	second = digest(b);
	CHECK(hash_equal(&first, &second), "the same by another way");
	/* As store.h writes it. */
	static const uint8_t one[] = {0, 0, 0, 1, 'k', 0, 0, 0, 1, 'v'},
	                     two[] = {0, 0, 0, 2, 'k', 'k', 0, 0, 0, 0};
	struct hash want =
	    sha256_parts((struct bytes[]){hash_bytes(&merkle_empty), bytes_of(one, sizeof one)}, 2);
	want = sha256_parts((struct bytes[]){hash_bytes(&want), bytes_of(two, sizeof two)}, 2);
	CHECK(hash_equal(&first, &want), "by hand");
	/* Where a key ends and its value begins is part of it. */
	begin(b, true);
	CHECK(store_delete(b, bytes_text("k"), &e), "%s", e.text);
	put(b, "kv", "");
	commit(b);
	second = digest(b);
	CHECK(!hash_equal(&first, &second), "kv");
}

int main(void)
{
	state = test_seed();
	if (!stored_begin())
		return 1;
	static const struct test tests[] = {
	    TEST(a_transaction_is_all_or_nothing),
	    TEST(a_reader_sees_one_moment),
	    TEST(what_is_committed_is_there_when_opened_again),
	    TEST(two_processes_write_in_turn),
	    TEST(a_failed_write_fails_the_transaction),
	    TEST(an_entry_has_at_most_65535_bytes),
	    TEST(a_walk_is_in_bytewise_order),
	    TEST(walks_may_be_nested),
	    TEST(empty_values_are_there_and_deleted_ones_are_not),
	    TEST(equal_states_have_equal_digests),
	};
	int status = test_main(tests, sizeof tests / sizeof *tests);
	stored_end();
	return status;
}
