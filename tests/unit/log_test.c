/* The tree: hashes, proofs and tiles, held to RFC 9162's definitions written down naively. */
#include "log/merkle.h"
#include "log/tile.h"
#include "test.h"

enum { LEAVES = 600, ROUNDS = 3000 };

static struct hash leaves[LEAVES];
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
		leaves[i] = leaf_of(i);
		if (!merkle_tree_append(&tree, &leaves[i]))
			abort();
	}
}

/* --- RFC 9162, as it is written ------------------------------------------------------- */

static size_t largest_power_below(size_t n)
{
	size_t k = 1;
	while (k * 2 < n)
		k *= 2;
	return k;
}

/* Section 2.1.1. */
static struct hash naive_root(const struct hash *d, size_t n)
{
	if (n == 0)
		return sha256((struct bytes){0});
	if (n == 1)
		return d[0];
	size_t k = largest_power_below(n);
	struct hash left = naive_root(d, k), right = naive_root(d + k, n - k);
	const uint8_t one = 1;
	return sha256_parts((struct bytes[]){{&one, 1}, hash_bytes(&left), hash_bytes(&right)}, 3);
}

/* Section 2.1.3.1. */
static void naive_path(size_t m, const struct hash *d, size_t n, struct merkle_proof *out)
{
	if (n == 1)
		return;
	size_t k = largest_power_below(n);
	if (m < k)
		naive_path(m, d, k, out);
	else
		naive_path(m - k, d + k, n - k, out);
	out->at[out->count++] = m < k ? naive_root(d + k, n - k) : naive_root(d, k);
}

/* Section 2.1.4.1. */
static void naive_subproof(size_t m, const struct hash *d, size_t n, bool known,
                           struct merkle_proof *out)
{
	if (m == n) {
		if (!known)
			out->at[out->count++] = naive_root(d, n);
		return;
	}
	size_t k = largest_power_below(n);
	if (m <= k) {
		naive_subproof(m, d, k, known, out);
		out->at[out->count++] = naive_root(d + k, n - k);
	} else {
		naive_subproof(m - k, d + k, n - k, false, out);
		out->at[out->count++] = naive_root(d, k);
	}
}

static bool same_proof(const struct merkle_proof *a, const struct merkle_proof *b)
{
	return a->count == b->count && memcmp(a->at, b->at, a->count * sizeof a->at[0]) == 0;
}

/* --- Hashes and roots ------------------------------------------------------------------- */

static void hashes_are_those_of_the_rfc(void)
{
	owned_arena arena = {0};
	struct hash none = sha256((struct bytes){0}), nothing = merkle_leaf((struct bytes){0});
	struct bytes want = {0};
	CHECK(hash_equal(&merkle_empty, &none), "the empty tree");
	/* The leaf of an empty entry is SHA-256(00), a length is not hashed. */
	hex_decode(&arena, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	           &want);
	CHECK(bytes_equal(hash_bytes(&nothing), want), "the empty entry");
	/* The tree of the eight entries that RFC 6962's implementations share. */
	static const char *const entries[] = {"",
	                                      "00",
	                                      "10",
	                                      "2021",
	                                      "3031",
	                                      "40414243",
	                                      "5051525354555657",
	                                      "606162636465666768696a6b6c6d6e6f"};
	struct merkle_edge edge = {0};
	for (size_t i = 0; i < 8; i++) {
		struct bytes entry;
		hex_decode(&arena, entries[i], &entry);
		struct hash leaf = merkle_leaf(entry);
		merkle_append(&edge, &leaf, NULL, NULL);
	}
	struct hash root = merkle_edge_root(&edge);
	hex_decode(&arena, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	           &want);
	CHECK(bytes_equal(hash_bytes(&root), want), "%s", hex_encode(&arena, hash_bytes(&root)));
}

static void roots_are_those_of_the_definition(void)
{
	struct merkle_edge edge = {0};
	struct merkle_source source = merkle_tree_source(&tree);
	struct err e = {0};
	for (size_t n = 0; n <= LEAVES; n++) {
		struct hash want = naive_root(leaves, n), root, of_edge = merkle_edge_root(&edge);
		CHECK(merkle_root(&source, n, &root, &e), "%s", e.text);
		CHECK(hash_equal(&root, &want), "root of %zu", n);
		CHECK(hash_equal(&of_edge, &want), "edge of %zu", n);
		if (n < LEAVES)
			merkle_append(&edge, &leaves[n], NULL, NULL);
	}
}

static void a_tree_has_no_subtree_that_is_not_complete(void)
{
	struct merkle_tree small = {0};
	struct merkle_source source = merkle_tree_source(&small);
	struct merkle_proof proof;
	struct hash root;
	struct err e = {0};
	for (unsigned i = 0; i < 3; i++)
		merkle_tree_append(&small, &leaves[i]);
	CHECK(!merkle_root(&source, 4, &root, &e) && e.kind == ERR_ENVIRONMENT, "%s", e.text);
	CHECK(!merkle_root(&source, 5, &root, &e), "the left of five");
	CHECK(!merkle_root(&source, (uint64_t)1 << 62, &root, &e), "a high level");
	CHECK(!source.hash(source.ctx, 64, 0, &root, &e), "no such level");
	CHECK(!merkle_inclusion(&source, 0, 4, &proof, &e), "inclusion");
	CHECK(!merkle_consistency(&source, 2, 4, &proof, &e), "consistency");
	CHECK(!merkle_consistency(&source, 3, 4, &proof, &e), "consistency on the right");
	merkle_tree_free(&small);
	/* A tree of which the old root alone is not there. */
	CHECK(small.edge.size == 0 && small.levels[0] == NULL, "freed");
}

/* Hashes that fail after some: every way to the source's error is taken. */
static uint64_t fails_after;

static bool failing_hash(void *ctx, unsigned level, uint64_t index, struct hash *out, struct err *e)
{
	if (fails_after-- == 0)
		return err_environment(e, "the disk is broken");
	struct merkle_source source = merkle_tree_source(ctx);
	return source.hash(source.ctx, level, index, out, e);
}

static void a_source_that_fails_is_told(void)
{
	struct merkle_source source = {&tree, failing_hash};
	struct merkle_proof proof;
	struct hash root;
	for (uint64_t size = 2; size < 40; size++) {
		struct err e = {0};
		for (uint64_t n = 0;; n++) {
			fails_after = n;
			if (merkle_root(&source, size, &root, &e))
				break;
			CHECK(e.kind == ERR_ENVIRONMENT, "root %s", e.text);
		}
		for (uint64_t n = 0;; n++) {
			fails_after = n;
			if (merkle_inclusion(&source, size / 3, size, &proof, &e))
				break;
			CHECK(e.kind == ERR_ENVIRONMENT, "inclusion %s", e.text);
		}
		for (uint64_t n = 0;; n++) {
			fails_after = n;
			if (merkle_consistency(&source, size / 2 | 1, size, &proof, &e))
				break;
			CHECK(e.kind == ERR_ENVIRONMENT, "consistency %s", e.text);
		}
	}
}

/* --- Proofs ------------------------------------------------------------------------------ */

static void inclusion_is_that_of_the_definition(void)
{
	struct merkle_source source = merkle_tree_source(&tree);
	for (size_t n = 1; n <= 130; n++) {
		struct hash root = naive_root(leaves, n);
		for (size_t m = 0; m < n; m++) {
			struct merkle_proof proof, want = {0};
			struct err e = {0};
			naive_path(m, leaves, n, &want);
			CHECK(merkle_inclusion(&source, m, n, &proof, &e), "%s", e.text);
			CHECK(same_proof(&proof, &want), "path of %zu in %zu", m, n);
			CHECK(merkle_verify_inclusion(&leaves[m], m, n, proof.at, proof.count,
			                              &root, &e),
			      "%zu in %zu: %s", m, n, e.text);
		}
	}
}

static void consistency_is_that_of_the_definition(void)
{
	struct merkle_source source = merkle_tree_source(&tree);
	for (size_t n = 0; n <= 130; n++) {
		struct hash root = naive_root(leaves, n);
		for (size_t m = 0; m <= n; m++) {
			struct merkle_proof proof, want = {0};
			struct hash old = naive_root(leaves, m);
			struct err e = {0};
			if (m > 0)
				naive_subproof(m, leaves, n, true, &want);
			CHECK(merkle_consistency(&source, m, n, &proof, &e), "%s", e.text);
			CHECK(same_proof(&proof, &want), "proof of %zu to %zu", m, n);
			CHECK(
			    merkle_verify_consistency(m, &old, n, &root, proof.at, proof.count, &e),
			    "%zu to %zu: %s", m, n, e.text);
		}
	}
}

static void flip(struct hash *h)
{
	h->at[test_random(&state) % HASH_SIZE] ^= (uint8_t)(1u << test_random(&state) % 8);
}

static bool is_refusal(const struct err *e)
{
	return e->kind == ERR_REFUSED && e->rule != NULL && strncmp(e->rule, "log.proof-", 10) == 0;
}

/* Proofs made wrong in one way each. */
static bool spoil_proof(struct merkle_proof *p)
{
	size_t at = p->count == 0 ? 0 : test_random(&state) % p->count;
	switch (test_random(&state) % 4) {
	case 0:
		p->at[p->count++] = leaves[test_random(&state) % LEAVES];
		return true;
	case 1:
		memmove(&p->at[1], &p->at[0], p->count * sizeof p->at[0]);
		p->count++;
		return true;
	case 2:
		if (p->count == 0)
			return false;
		memmove(&p->at[at], &p->at[at + 1], (--p->count - at) * sizeof p->at[0]);
		return true;
	default:
		if (p->count == 0)
			return false;
		flip(&p->at[at]);
		return true;
	}
}

static void a_wrong_inclusion_is_refused(void)
{
	struct merkle_source source = merkle_tree_source(&tree);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t size = 1 + test_random(&state) % LEAVES,
		         index = test_random(&state) % size;
		struct hash root = naive_root(leaves, size), leaf = leaves[index];
		struct merkle_proof proof;
		struct err e = {0};
		CHECK(merkle_inclusion(&source, index, size, &proof, &e), "%s", e.text);
		switch (test_random(&state) % 4) {
		case 0:
			flip(&root);
			break;
		case 1:
			flip(&leaf);
			break;
		case 2:
			index += size;
			break;
		default:
			if (!spoil_proof(&proof))
				continue;
		}
		CHECK(!merkle_verify_inclusion(&leaf, index, size, proof.at, proof.count, &root,
		                               &e) &&
		          is_refusal(&e),
		      "%llu in %llu", (unsigned long long)index, (unsigned long long)size);
	}
}

static void a_wrong_consistency_is_refused(void)
{
	struct merkle_source source = merkle_tree_source(&tree);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t size = 1 + test_random(&state) % LEAVES,
		         from = 1 + test_random(&state) % size;
		struct hash old = naive_root(leaves, from), root = naive_root(leaves, size);
		struct merkle_proof proof;
		struct err e = {0};
		CHECK(merkle_consistency(&source, from, size, &proof, &e), "%s", e.text);
		switch (test_random(&state) % 4) {
		case 0:
			flip(&root);
			break;
		case 1:
			flip(&old);
			break;
		case 2:
			from += size;
			break;
		default:
			if (!spoil_proof(&proof))
				continue;
		}
		CHECK(!merkle_verify_consistency(from, &old, size, &root, proof.at, proof.count,
		                                 &e) &&
		          is_refusal(&e),
		      "%llu to %llu", (unsigned long long)from, (unsigned long long)size);
	}
}

static void the_empty_tree_is_extended_by_every_tree(void)
{
	struct err e = {0};
	struct hash root = naive_root(leaves, 3);
	CHECK(merkle_verify_consistency(0, &merkle_empty, 3, &root, NULL, 0, &e), "%s", e.text);
	CHECK(merkle_verify_consistency(0, &merkle_empty, 0, &merkle_empty, NULL, 0, &e), "%s",
	      e.text);
	CHECK(!merkle_verify_consistency(0, &merkle_empty, 3, &root, &root, 1, &e) &&
	          is_refusal(&e),
	      "a proof where there is nothing to prove");
	CHECK(!merkle_verify_consistency(0, &root, 0, &root, NULL, 0, &e) && is_refusal(&e),
	      "an empty tree with a root of its own");
}

/* Sizes at the edge of what is read: a proof has no more than MERKLE_PROOF_MAX hashes. */
static bool any_hash(void *ctx, unsigned level, uint64_t index, struct hash *out, struct err *e)
{
	(void)ctx;
	(void)e;
	*out = sha256_parts(
	    (struct bytes[]){bytes_of(&level, sizeof level), bytes_of(&index, sizeof index)}, 2);
	return true;
}

static void the_largest_trees_have_proofs(void)
{
	struct merkle_source source = {NULL, any_hash};
	static const uint64_t froms[] = {1,
	                                 2,
	                                 3,
	                                 ((uint64_t)1 << 62) - 1,
	                                 ((uint64_t)1 << 62) + 1,
	                                 MERKLE_SIZE_MAX - 2,
	                                 MERKLE_SIZE_MAX - 1};
	for (size_t i = 0; i < sizeof froms / sizeof *froms; i++) {
		struct merkle_proof proof;
		struct err e = {0};
		CHECK(merkle_consistency(&source, froms[i], MERKLE_SIZE_MAX, &proof, &e), "%s",
		      e.text);
		CHECK(proof.count > 0 && proof.count <= MERKLE_PROOF_MAX, "%zu", proof.count);
		CHECK(merkle_inclusion(&source, froms[i], MERKLE_SIZE_MAX, &proof, &e), "%s",
		      e.text);
		CHECK(proof.count < MERKLE_PROOF_MAX, "%zu", proof.count);
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

static void tiles_give_the_tree(void)
{
	struct merkle_source source = tile_source_as_merkle(&of_tiles);
	for (uint64_t size = 0; size <= LEAVES; size += 1 + test_random(&state) % 5) {
		struct hash root, want = naive_root(leaves, size);
		struct err e = {0};
		tile_source_init(&of_tiles, (struct tile_loader){&tree, load_tile}, size);
		CHECK(merkle_root(&source, size, &root, &e) && hash_equal(&root, &want), "%llu: %s",
		      (unsigned long long)size, e.text);
		if (size == 0)
			continue;
		uint64_t index = test_random(&state) % size;
		struct merkle_proof proof, wanted = {0};
		naive_path(index, leaves, size, &wanted);
		CHECK(merkle_inclusion(&source, index, size, &proof, &e), "%s", e.text);
		CHECK(same_proof(&proof, &wanted), "%llu in %llu", (unsigned long long)index,
		      (unsigned long long)size);
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
		if (len > 600 && len < b.len - 600)
			len += test_random(&state) % 500;
	}
}

int main(void)
{
	set_up();
	static const struct test tests[] = {
	    TEST(hashes_are_those_of_the_rfc),
	    TEST(roots_are_those_of_the_definition),
	    TEST(a_tree_has_no_subtree_that_is_not_complete),
	    TEST(a_source_that_fails_is_told),
	    TEST(inclusion_is_that_of_the_definition),
	    TEST(consistency_is_that_of_the_definition),
	    TEST(a_wrong_inclusion_is_refused),
	    TEST(a_wrong_consistency_is_refused),
	    TEST(the_empty_tree_is_extended_by_every_tree),
	    TEST(the_largest_trees_have_proofs),
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
