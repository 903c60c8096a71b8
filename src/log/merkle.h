/*
 * merkle: the tree of RFC 9162 section 2.1 (the same as RFC 6962's): leaf SHA-256(0x00 || d),
 * node SHA-256(0x01 || left || right), split at the largest power of two below n; the root
 * of the empty tree is SHA-256(""). Pure: hashes of complete subtrees come from a source.
 */
#ifndef PROVISO_LOG_MERKLE_H
#define PROVISO_LOG_MERKLE_H

#include "base/err.h"
#include "base/hash.h"

enum { MERKLE_PROOF_MAX = 64 };
#define MERKLE_SIZE_MAX ((uint64_t)INT64_MAX) /* leaves; sizes are read as such (decimal_parse) */

struct hash merkle_leaf(struct bytes entry);
struct hash merkle_node(const struct hash *left, const struct hash *right);
/* The same for many; leaves[i] is that of entries[i], out[i] the node over below[2i] and its next.
 */
void merkle_leaves(const struct bytes entries[], size_t count, struct hash leaves[]);
void merkle_nodes(const struct hash below[], size_t count, struct hash out[]);
extern const struct hash merkle_empty; /* SHA-256("") */

/*
 * Where hashes of complete subtrees come from: `hash` gives the one of 2^level leaves that
 * begins at leaf index * 2^level. It fails with its own error.
 */
struct merkle_source {
	void *ctx;
	bool (*hash)(void *ctx, unsigned level, uint64_t index, struct hash *out, struct err *);
};

bool merkle_root(const struct merkle_source *, uint64_t size, struct hash *out, struct err *);

struct merkle_proof {
	size_t count;
	struct hash at[MERKLE_PROOF_MAX];
};

/* index < size. The leaf's sibling comes first. */
bool merkle_inclusion(const struct merkle_source *, uint64_t index, uint64_t size,
                      struct merkle_proof *out, struct err *);

/*
 * The same for all leaves from `first` on at once, first < size: what their paths have in common
 * is worked out once. out[i] is that of leaf first + i; the hashes are in the arena.
 */
struct merkle_path {
	size_t count;
	const struct hash *at;
};

bool merkle_paths(const struct merkle_source *, struct arena *, uint64_t first, uint64_t size,
                  struct merkle_path out[], struct err *);

/* 0 <= old_size <= size; empty for 0 and for equal sizes. */
bool merkle_consistency(const struct merkle_source *, uint64_t old_size, uint64_t size,
                        struct merkle_proof *out, struct err *);

/* The root that a proof leads to. Errors are refusals: log.proof-index, log.proof-length. */
bool merkle_inclusion_root(const struct hash *leaf, uint64_t index, uint64_t size,
                           const struct hash proof[], size_t count, struct hash *root,
                           struct err *);

/* As above, and log.proof-root where that is another root. RFC 9162 section 2.1.3.2. */
bool merkle_verify_inclusion(const struct hash *leaf, uint64_t index, uint64_t size,
                             const struct hash proof[], size_t count, const struct hash *root,
                             struct err *);

/* Errors as above; old size 0 takes an empty proof only. RFC 9162 2.1.4.2. */
bool merkle_verify_consistency(uint64_t old_size, const struct hash *old_root, uint64_t size,
                               const struct hash *root, const struct hash proof[], size_t count,
                               struct err *);

/*
 * The right edge of a growing tree: the roots of its complete subtrees, largest first. All
 * that is needed to append and to know the root; 64 hashes at most. {0} is the empty tree.
 */
struct merkle_edge {
	uint64_t size;
	struct hash at[64];
};

/*
 * Appends a leaf hash. `emit` (may be NULL) is called for every subtree that the leaf
 * completes, the leaf itself first (level 0).
 */
void merkle_append(struct merkle_edge *, const struct hash *leaf,
                   void (*emit)(void *ctx, unsigned level, uint64_t index, const struct hash *),
                   void *ctx);

/* The same for a complete subtree of 2^level leaves, of whose inside nothing is emitted. */
void merkle_append_subtree(struct merkle_edge *, unsigned level, const struct hash *,
                           void (*emit)(void *ctx, unsigned level, uint64_t index,
                                        const struct hash *),
                           void *ctx);

struct hash merkle_edge_root(const struct merkle_edge *);

/* A whole tree in memory, as a source; for use logs and tests. {0} is empty. */
struct merkle_tree {
	struct merkle_edge edge;
	struct hash *levels[64];
	uint64_t counts[64], rooms[64];
};

/* False when memory runs out; the tree is then unchanged. */
bool merkle_tree_append(struct merkle_tree *, const struct hash *leaf);
struct merkle_source merkle_tree_source(const struct merkle_tree *);
void merkle_tree_free(struct merkle_tree *);

#endif
