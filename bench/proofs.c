/*
 * Proofs over a log of LEAVES in memory: made, and verified, nanoseconds each; the median of
 * several rounds over the same places. bench/peers/tlog does the same with Go's tlog.
 *
 *     bench_proofs LEAVES ROUND
 */
#include "log/merkle.h"

#include "bench.h"

enum { ROUNDS = 11 };

static struct merkle_tree tree;
static struct merkle_source source;
static struct hash root;
static struct merkle_proof *proofs;
static struct hash *old_roots;
static uint64_t leaves;
static size_t count;

/* The same places in both programs; never the whole tree. */
static uint64_t place(size_t i)
{
	return 1 + (uint64_t)i * 7919 % (leaves - 1);
}

static struct hash leaf_of(uint64_t index)
{
	uint8_t text[8];
	for (unsigned i = 0; i < 8; i++)
		text[i] = (uint8_t)(index >> (56 - 8 * i));
	return merkle_leaf(bytes_of(text, sizeof text));
}

static void make(void)
{
	struct err e = {0};
	for (uint64_t i = 0; i < leaves; i++) {
		struct hash leaf = leaf_of(i);
		bench_must(merkle_tree_append(&tree, &leaf), "append", &e);
	}
	source = merkle_tree_source(&tree);
	bench_must(merkle_root(&source, leaves, &root, &e), "root", &e);
	proofs = calloc(count, sizeof *proofs);
	old_roots = calloc(count, sizeof *old_roots);
	for (size_t i = 0; i < count; i++)
		bench_must(merkle_root(&source, place(i), &old_roots[i], &e), "root", &e);
}

static bool prove_inclusion(size_t i, struct err *e)
{
	return merkle_inclusion(&source, place(i), leaves, &proofs[i], e);
}

static bool verify_inclusion(size_t i, struct err *e)
{
	struct hash leaf = tree.levels[0][place(i)];
	return merkle_verify_inclusion(&leaf, place(i), leaves, proofs[i].at, proofs[i].count,
	                               &root, e);
}

static bool prove_consistency(size_t i, struct err *e)
{
	return merkle_consistency(&source, place(i), leaves, &proofs[i], e);
}

static bool verify_consistency(size_t i, struct err *e)
{
	return merkle_verify_consistency(place(i), &old_roots[i], leaves, &root, proofs[i].at,
	                                 proofs[i].count, e);
}

static void measure(const char *name, bool (*once)(size_t, struct err *))
{
	double took[ROUNDS];
	struct err e = {0};
	for (unsigned round = 0; round < ROUNDS; round++) {
		double from = bench_nanoseconds();
		for (size_t i = 0; i < count; i++)
			bench_must(once(i, &e), name, &e);
		took[round] = (bench_nanoseconds() - from) / (double)count;
	}
	bench_give(name, bench_median(took, ROUNDS), "ns");
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: bench_proofs LEAVES ROUND\n");
		return 2;
	}
	leaves = bench_number(argv[1]);
	count = bench_number(argv[2]);
	make();
	measure("proof.inclusion", prove_inclusion);
	measure("proof.inclusion.verify", verify_inclusion);
	measure("proof.consistency", prove_consistency);
	measure("proof.consistency.verify", verify_consistency);
	merkle_tree_free(&tree);
	free(proofs);
	free(old_roots);
	return 0;
}
