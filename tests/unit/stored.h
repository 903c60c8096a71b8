/*
 * stored: stores in a folder of their own, and the entries that tests put into them.
 */
#ifndef PROVISO_TEST_STORED_H
#define PROVISO_TEST_STORED_H

#include <ftw.h>
#include <unistd.h>

#include "store/store.h"
#include "test.h"

__attribute__((unused)) static char folder[] = "/tmp/proviso-store-XXXXXX";
__attribute__((unused)) static char path[sizeof folder + 16];

__attribute__((unused)) static int remove_one(const char *name, const struct stat *st, int type,
                                              struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(name);
}

/* A new store in a file of its own. */
__attribute__((unused)) static struct store *create(void)
{
	struct err e = {0};
	static int number;
	snprintf(path, sizeof path, "%s/%d.db", folder, ++number);
	struct store *s = store_open(path, STORE_CREATE, &e);
	if (s == NULL) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	return s;
}

__attribute__((unused)) static struct store *again(enum store_mode mode)
{
	struct err e = {0};
	struct store *s = store_open(path, mode, &e);
	CHECK(s != NULL, "%s", e.text);
	return s;
}

__attribute__((unused)) static void begin(struct store *s, bool write)
{
	struct err e = {0};
	CHECK(store_begin(s, write, &e), "%s", e.text);
}

__attribute__((unused)) static void commit(struct store *s)
{
	struct err e = {0};
	CHECK(store_commit(s, &e), "%s", e.text);
}

__attribute__((unused)) static void put(struct store *s, const char *key, const char *value)
{
	struct err e = {0};
	CHECK(store_put(s, bytes_text(key), bytes_text(value), &e), "%s", e.text);
}

__attribute__((unused)) static bool is(struct store *s, const char *key, const char *value)
{
	owned_arena arena = {0};
	struct bytes found;
	struct err e = {0};
	CHECK(store_get(s, bytes_text(key), &arena, &found, &e), "%s", e.text);
	return value == NULL ? found.at == NULL
	                     : found.at != NULL && bytes_equal(found, bytes_text(value));
}

__attribute__((unused)) static struct bytes entry_of(struct arena *arena, uint64_t i)
{
	return bytes_text(arena_printf(arena, "entry %llu", (unsigned long long)i));
}

/* Appends entries until there are so many. */
__attribute__((unused)) static void grow(struct store *s, uint64_t size)
{
	owned_arena arena = {0};
	while (store_size(s) < size) {
		uint64_t index, next = store_size(s);
		struct err e = {0};
		CHECK(store_append(s, entry_of(&arena, next), &index, &e) && index == next, "%s",
		      e.text);
	}
}

/* The root that the first entries make, whatever a store says. */
__attribute__((unused)) static struct hash root_of(uint64_t size)
{
	owned_arena arena = {0};
	struct merkle_edge edge = {0};
	for (uint64_t i = 0; i < size; i++) {
		struct hash leaf = merkle_leaf(entry_of(&arena, i));
		merkle_append(&edge, &leaf, NULL, NULL);
	}
	return merkle_edge_root(&edge);
}

__attribute__((unused)) static bool has_rule(const struct err *e, enum err_kind kind,
                                             const char *rule)
{
	return e->kind == kind && e->rule != NULL && strcmp(e->rule, rule) == 0;
}

/* The folder for what a test program writes; goes with stored_end(). */
__attribute__((unused)) static bool stored_begin(void)
{
	return mkdtemp(folder) != NULL;
}

__attribute__((unused)) static void stored_end(void)
{
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
