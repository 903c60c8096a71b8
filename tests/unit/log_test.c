/* The tree: hashes, roots and proofs, held to RFC 9162's definitions written down naively. */
#include "log/merkle.h"
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

struct emitted {
	uint64_t count;
	struct hash all; /* of what was emitted above the leaves of a block */
};

static void note_high(void *ctx, unsigned level, uint64_t index, const struct hash *hash)
{
	struct emitted *seen = ctx;
	if (level < 4)
		return;
	uint8_t place[] = {(uint8_t)level, (uint8_t)index};
	seen->count++;
	seen->all = sha256_parts(
	    (struct bytes[]){hash_bytes(&seen->all), {place, sizeof place}, hash_bytes(hash)}, 3);
}

/* A whole subtree appended is its leaves appended. */
static void subtrees_are_appended_as_their_leaves_are(void)
{
	enum { LEVEL = 4, WIDTH = 1 << LEVEL };
	struct merkle_edge by_leaf = {0}, by_block = {0};
	struct emitted leaf_wise = {0}, block_wise = {0};
	for (size_t n = 0; n + WIDTH <= LEAVES; n += WIDTH) {
		struct hash level[WIDTH];
		memcpy(level, leaves + n, sizeof level);
		for (unsigned width = WIDTH / 2; width > 0; width /= 2)
			merkle_nodes(level, width, level);
		for (size_t i = 0; i < WIDTH; i++)
			merkle_append(&by_leaf, &leaves[n + i], note_high, &leaf_wise);
		merkle_append_subtree(&by_block, LEVEL, &level[0], note_high, &block_wise);
		struct hash a = merkle_edge_root(&by_leaf), b = merkle_edge_root(&by_block);
		CHECK(hash_equal(&a, &b) && by_leaf.size == by_block.size, "%zu leaves", n + WIDTH);
		CHECK(leaf_wise.count == block_wise.count &&
		          hash_equal(&leaf_wise.all, &block_wise.all),
		      "%zu leaves: what is emitted", n + WIDTH);
	}
	CHECK(leaf_wise.count > 1, "%d leaves are too few", LEAVES);
}

static void many_leaves_are_hashed_as_one_is(void)
{
	struct bytes entries[7];
	struct hash out[7], nodes[3];
	for (unsigned i = 0; i < 7; i++)
		entries[i] = bytes_of(&"a log of many entries"[i], (size_t)i * 2);
	for (size_t count = 0; count <= 7; count++) {
		merkle_leaves(entries, count, out);
		merkle_nodes(out, count / 2, nodes);
		for (size_t i = 0; i < count; i++) {
			struct hash want = merkle_leaf(entries[i]);
			CHECK(hash_equal(&out[i], &want), "leaf %zu of %zu", i, count);
		}
		for (size_t i = 0; i < count / 2; i++) {
			struct hash want = merkle_node(&out[2 * i], &out[2 * i + 1]);
			CHECK(hash_equal(&nodes[i], &want), "node %zu of %zu", i, count / 2);
		}
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
			owned_arena arena = {0};
			struct merkle_path paths[40];
			fails_after = n;
			if (merkle_paths(&source, &arena, size / 3, size, paths, &e))
				break;
			CHECK(e.kind == ERR_ENVIRONMENT, "paths %s", e.text);
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

static void paths_of_many_are_those_of_each(void)
{
	struct merkle_source source = merkle_tree_source(&tree);
	for (size_t n = 1; n <= 130; n++) {
		for (size_t first = 0; first < n; first += 1 + n / 7) {
			owned_arena arena = {0};
			struct merkle_path paths[130];
			struct merkle_proof want;
			struct err e = {0};
			CHECK(merkle_paths(&source, &arena, first, n, paths, &e), "%s", e.text);
			for (size_t m = first; m < n; m++) {
				CHECK(merkle_inclusion(&source, m, n, &want, &e), "%s", e.text);
				CHECK(paths[m - first].count == want.count &&
				          memcmp(paths[m - first].at, want.at,
				                 want.count * sizeof *want.at) == 0,
				      "path of %zu in %zu, asked from %zu", m, n, first);
			}
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

int main(void)
{
	set_up();
	static const struct test tests[] = {
	    TEST(hashes_are_those_of_the_rfc),
	    TEST(roots_are_those_of_the_definition),
	    TEST(subtrees_are_appended_as_their_leaves_are),
	    TEST(many_leaves_are_hashed_as_one_is),
	    TEST(a_tree_has_no_subtree_that_is_not_complete),
	    TEST(a_source_that_fails_is_told),
	    TEST(inclusion_is_that_of_the_definition),
	    TEST(paths_of_many_are_those_of_each),
	    TEST(consistency_is_that_of_the_definition),
	    TEST(a_wrong_inclusion_is_refused),
	    TEST(a_wrong_consistency_is_refused),
	    TEST(the_empty_tree_is_extended_by_every_tree),
	    TEST(the_largest_trees_have_proofs),
	};
	int status = test_main(tests, sizeof tests / sizeof *tests);
	merkle_tree_free(&tree);
	return status;
}
