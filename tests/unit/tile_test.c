/* Tiles and bundles: their names, their widths, and the tree that is read from them. */
#include "log/merkle.h"
#include "log/tile.h"
#include "test.h"

enum { LEAVES = 600 };

static struct merkle_tree tree;
static uint64_t state;

static struct hash leaf_of(uint64_t i)
{
	uint8_t entry[8];
	for (unsigned k = 0; k < 8; k++)
		entry[k] = (uint8_t)(i >> (56 - 8 * k));
	return merkle_leaf(bytes_of(entry, i % 9)); /* some of them short, or alike */
}

static void set_up(void)
{
	state = test_seed();
	for (uint64_t i = 0; i < LEAVES; i++) {
		struct hash leaf = leaf_of(i);
		if (!merkle_tree_append(&tree, &leaf))
			abort();
	}
}

/* --- Tiles ------------------------------------------------------------------------------ */

static void tiles_are_named_as_tlog_tiles_says(void)
{
	static const struct {
		unsigned level;
		uint64_t index;
		unsigned width;
		const char *path;
	} rows[] = {
	    {0, 0, 256, "tile/0/000"},
	    {0, 0, 1, "tile/0/000.p/1"},
	    {0, 999, 256, "tile/0/999"},
	    {1, 1000, 256, "tile/1/x001/000"},
	    {0, 1234067, 256, "tile/0/x001/x234/067"},
	    {7, 1234067, 112, "tile/7/x001/x234/067.p/112"},
	    {0, UINT64_MAX, 255, "tile/0/x018/x446/x744/x073/x709/x551/615.p/255"},
	};
	char path[TILE_PATH_MAX];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tile_path(rows[i].level, rows[i].index, rows[i].width, path);
		CHECK(strcmp(path, rows[i].path) == 0, "%s, not %s", path, rows[i].path);
	}
	bundle_path(1234067, 256, path);
	CHECK(strcmp(path, "tile/entries/x001/x234/067") == 0, "%s", path);
	bundle_path(273, 112, path);
	CHECK(strcmp(path, "tile/entries/273.p/112") == 0, "%s", path);
}

static void widths_follow_the_size(void)
{
	/* The example of tlog-tiles: 70,000 entries. */
	static const struct {
		unsigned level;
		uint64_t index, size;
		unsigned width;
	} rows[] = {
	    {0, 0, 70000, 256},
	    {0, 272, 70000, 256},
	    {0, 273, 70000, 112},
	    {0, 274, 70000, 0},
	    {1, 0, 70000, 256},
	    {1, 1, 70000, 17},
	    {1, 2, 70000, 0},
	    {2, 0, 70000, 1},
	    {2, 1, 70000, 0},
	    {3, 0, 70000, 0},
	    {0, 0, 256, 256},
	    {0, 1, 256, 0},
	    {1, 0, 256, 1},
	    {0, 0, 0, 0},
	    {0, 0, 1, 1},
	    {1, 0, 255, 0},
	    {7, 0, MERKLE_SIZE_MAX, 127},
	    {8, 0, MERKLE_SIZE_MAX, 0},
	    {63, 0, MERKLE_SIZE_MAX, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK(tile_width(rows[i].level, rows[i].index, rows[i].size) == rows[i].width,
		      "level %u, %llu of %llu: %u", rows[i].level,
		      (unsigned long long)rows[i].index, (unsigned long long)rows[i].size,
		      tile_width(rows[i].level, rows[i].index, rows[i].size));
}

/* Tiles made of a tree in memory; they can be spoiled on the way. */
static struct {
	unsigned give; /* bytes more than asked for, or fewer */
	bool less, fail;
	unsigned loads;
	struct hash at[TILE_WIDTH + 8];
} loading;

static bool load_tile(void *ctx, unsigned level, uint64_t index, unsigned width, struct bytes *out,
                      struct err *e)
{
	struct merkle_source source = merkle_tree_source(ctx);
	loading.loads++;
	if (loading.fail)
		return err_environment(e, "the disk is broken");
	for (unsigned i = 0; i < width; i++)
		if (!source.hash(source.ctx, 8 * level, index * TILE_WIDTH + i, &loading.at[i], e))
			return false;
	size_t len = (size_t)width * HASH_SIZE;
	*out = bytes_of(loading.at, loading.less ? len - loading.give : len + loading.give);
	return true;
}

static struct tile_source of_tiles;

/* The tree in memory is held to the definition by log_test.c. */
static void tiles_give_the_tree(void)
{
	struct merkle_source source = tile_source_as_merkle(&of_tiles),
	                     memory = merkle_tree_source(&tree);
	for (uint64_t size = 1; size <= LEAVES; size += 1 + test_random(&state) % 5) {
		struct hash root, want;
		struct merkle_proof proof, wanted;
		struct err e = {0};
		uint64_t index = test_random(&state) % size;
		tile_source_init(&of_tiles, (struct tile_loader){&tree, load_tile}, size);
		CHECK(merkle_root(&source, size, &root, &e) &&
		          merkle_root(&memory, size, &want, &e) && hash_equal(&root, &want),
		      "%llu: %s", (unsigned long long)size, e.text);
		CHECK(merkle_inclusion(&source, index, size, &proof, &e) &&
		          merkle_inclusion(&memory, index, size, &wanted, &e),
		      "%s", e.text);
		CHECK(proof.count == wanted.count &&
		          memcmp(proof.at, wanted.at, proof.count * HASH_SIZE) == 0,
		      "%llu in %llu", (unsigned long long)index, (unsigned long long)size);
	}
}

static void a_walk_loads_each_tile_once(void)
{
	struct merkle_source source = tile_source_as_merkle(&of_tiles);
	struct hash out;
	struct err e = {0};
	tile_source_init(&of_tiles, (struct tile_loader){&tree, load_tile}, LEAVES);
	loading.loads = 0;
	for (unsigned level = 0; level < 8; level++)
		for (uint64_t i = 0; i < 512u >> level; i++)
			CHECK(source.hash(source.ctx, level, i, &out, &e), "%s", e.text);
	CHECK(loading.loads == 2 * 8, "%u loads", loading.loads);
}

static void a_tile_that_is_not_one_is_refused(void)
{
	static const struct {
		unsigned give;
		bool less, fail, good;
		const char *rule;
	} rows[] = {
	    {0, false, false, true, NULL},
	    {HASH_SIZE, false, false, true, NULL}, /* a later, wider one */
	    {1, false, false, false, "log.tile-short"},
	    {1, true, false, false, "log.tile-short"},
	    {HASH_SIZE, true, false, false, "log.tile-short"},
	    {0, false, true, false, NULL},
	};
	struct merkle_source source = tile_source_as_merkle(&of_tiles);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hash out;
		struct err e = {0};
		loading.give = rows[i].give;
		loading.less = rows[i].less;
		loading.fail = rows[i].fail;
		tile_source_init(&of_tiles, (struct tile_loader){&tree, load_tile}, 300);
		bool done = source.hash(source.ctx, 0, 299, &out, &e);
		CHECK(done == rows[i].good, "row %zu: %s", i, e.text);
		CHECK(done || rows[i].rule == NULL || strcmp(e.rule, rows[i].rule) == 0, "row %zu",
		      i);
	}
	/* More than a tile can hold. */
	struct hash out;
	struct err e = {0};
	loading.give = HASH_SIZE;
	loading.less = loading.fail = false;
	CHECK(!source.hash(source.ctx, 0, 0, &out, &e) && strcmp(e.rule, "log.tile-short") == 0,
	      "wide");
	loading.give = 0;
}

static void what_is_beyond_the_size_is_not_given(void)
{
	static const struct {
		unsigned level;
		uint64_t index;
	} rows[] = {{0, 300}, {0, 512}, {1, 150}, {8, 1}, {64, 0}, {7, (uint64_t)1 << 60}, {16, 0}};
	struct merkle_source source = tile_source_as_merkle(&of_tiles);
	tile_source_init(&of_tiles, (struct tile_loader){&tree, load_tile}, 300);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hash out;
		struct err e = {0};
		CHECK(!source.hash(source.ctx, rows[i].level, rows[i].index, &out, &e) &&
		          strcmp(e.rule, "log.tile-short") == 0,
		      "row %zu: %s", i, e.text);
	}
}

static void bundles_come_back_as_they_were(void)
{
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	static uint8_t large[UINT16_MAX];
	static const size_t sizes[] = {0, 1, 255, 256, UINT16_MAX, 0};
	memset(large, 0xAB, sizeof large);
	for (size_t i = 0; i < 6; i++)
		bundle_add(&b, bytes_of(large, sizes[i]));
	struct reader r = reader_of(buffer_view(&b));
	struct bytes entry;
	for (size_t i = 0; i < 6; i++)
		CHECK(bundle_next(&r, &entry) && bytes_equal(entry, bytes_of(large, sizes[i])),
		      "%zu", i);
	CHECK(!bundle_next(&r, &entry) && !r.bad, "the end");
	CHECK(!bundle_next(&r, &entry), "the end, again");
	/* Cut anywhere it is either shorter by whole entries or not clean. */
	for (size_t len = 0; len < b.len; len++) {
		struct reader cut = reader_of(bytes_of(b.at, len));
		size_t read = 0;
		while (bundle_next(&cut, &entry))
			read += 2 + entry.len;
		CHECK(cut.bad == (read != len), "cut to %zu", len);
		CHECK(!bundle_next(&cut, &entry), "and nothing comes after");
		if (len > 600 && len < b.len - 600)
			len += test_random(&state) % 500;
	}
}

int main(void)
{
	set_up();
	static const struct test tests[] = {
	    TEST(tiles_are_named_as_tlog_tiles_says),
	    TEST(widths_follow_the_size),
	    TEST(tiles_give_the_tree),
	    TEST(a_walk_loads_each_tile_once),
	    TEST(a_tile_that_is_not_one_is_refused),
	    TEST(what_is_beyond_the_size_is_not_given),
	    TEST(bundles_come_back_as_they_were),
	};
	int status = test_main(tests, sizeof tests / sizeof *tests);
	merkle_tree_free(&tree);
	return status;
}
