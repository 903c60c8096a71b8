/* Proofs that travel alone, and the reply to a renewal that carries one. */
#include "log/proof.h"
#include "test.h"

static struct secret_key key, other;

static void set_up(void)
{
	struct err e = {0};
	const uint8_t seeds[2][KEY_SEED] = {{1}, {2}};
	if (!key_library_start(&e) || !key_make(KEY_ED25519, "log.example/a", seeds[0], &key, &e) ||
	    !key_make(KEY_ED25519, "log.example/b", seeds[1], &other, &e)) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
}

static bool has_rule(const struct err *e, enum err_kind kind, const char *rule)
{
	return e->kind == kind && e->rule != NULL && strcmp(e->rule, rule) == 0;
}

static struct bytes entry_of(struct arena *arena, uint64_t i)
{
	return bytes_text(arena_printf(arena, "entry %llu", (unsigned long long)i));
}

/* The proof file of an entry in a log of `size`. */
static struct bytes make(struct arena *arena, uint64_t index, uint64_t size)
{
	struct merkle_tree tree = {0};
	struct checkpoint c = {.origin = "log.example/a", .size = size};
	struct log_proof p = {.index = index};
	struct merkle_source source = merkle_tree_source(&tree);
	struct err e = {0};
	for (uint64_t i = 0; i < size; i++) {
		struct hash leaf = merkle_leaf(entry_of(arena, i));
		merkle_tree_append(&tree, &leaf);
	}
	CHECK(merkle_root(&source, size, &c.root, &e) &&
	          merkle_inclusion(&source, index, size, &p.inclusion, &e) &&
	          checkpoint_sign(arena, &c, &key, &p.checkpoint, &e),
	      "%s", e.text);
	merkle_tree_free(&tree);
	return proof_format(arena, &p);
}

static void a_proof_comes_back_and_verifies(void)
{
	for (uint64_t size = 1; size < 40; size++) {
		owned_arena arena = {0};
		uint64_t index = size % 3 == 0 ? size - 1 : size / 2;
		struct bytes text = make(&arena, index, size);
		struct log_proof p;
		struct checkpoint head;
		struct err e = {0};
		CHECK(proof_parse(&arena, text, &p, &e), "%s", e.text);
		CHECK(p.index == index && bytes_equal(proof_format(&arena, &p), text), "%llu",
		      (unsigned long long)size);
		CHECK(proof_verify(&arena, &p, entry_of(&arena, index), &key.public, &head, &e),
		      "%s", e.text);
		CHECK(head.size == size, "its checkpoint");
		CHECK(!proof_verify(&arena, &p, bytes_text("another"), &key.public, &head, &e) &&
		          has_rule(&e, ERR_REFUSED, "log.proof-root"),
		      "%s", e.text);
		CHECK(
		    !proof_verify(&arena, &p, entry_of(&arena, index), &other.public, &head, &e) &&
		        has_rule(&e, ERR_REFUSED, "checkpoint.other-origin"),
		    "%s", e.text);
	}
}

static void what_is_no_proof_is_refused_by_name(void)
{
#define HEAD "c2sp.org/tlog-proof@v1\n"
#define HASH "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
	static const struct {
		const char *text, *rule, *told;
	} rows[] = {
	    {HEAD "index 0\n\n", NULL, ""},
	    {HEAD "index 9223372036854775807\n" HASH HASH "\nx", NULL, ""},
	    {HEAD "extra AAAA\nindex 0\n\n", NULL, ""},
	    {"", "proof.header", "line 1"},
	    {"c2sp.org/tlog-proof@v2\nindex 0\n\n", "proof.header", "line 1"},
	    {"c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\n", "proof.header", "CR LF"},
	    {"c2sp.org/tlog-proof@v1", "proof.header", "line 1"},
	    {HEAD, "proof.index", "line 2"},
	    {HEAD "index \n\n", "proof.index", "line 2"},
	    {HEAD "index 01\n\n", "proof.index", "line 2"},
	    {HEAD "index -1\n\n", "proof.index", "line 2"},
	    {HEAD "index 9223372036854775808\n\n", "proof.index", "line 2"},
	    {HEAD "Index 1\n\n", "proof.index", "line 2"},
	    {HEAD "extra \nindex 0\n\n", "proof.index", "line 2"},
	    {HEAD "extra A\nindex 0\n\n", "proof.header", "line 2"},
	    {HEAD "extra AAAA\nextra AAAA\nindex 0\n\n", "proof.index", "line 3"},
	    {HEAD "index 0\n", "proof.hash", "line 3"},
	    {HEAD "index 0", "proof.index", "line 2"},
	    {HEAD "index 0\n" HASH, "proof.hash", "line 4"},
	    {HEAD "index 0\nAAAA\n\n", "proof.hash", "line 3"},
	    {HEAD "extra AAAA\nindex 0\n" HASH "x\n\n", "proof.hash", "line 5"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct log_proof p;
		struct err e = {0};
		bool good = proof_parse(&arena, bytes_text(rows[i].text), &p, &e);
		CHECK(good == (rows[i].rule == NULL), "row %zu: %s", i, e.text);
		CHECK(good || (has_rule(&e, ERR_INPUT, rows[i].rule) &&
		               strstr(e.text, rows[i].told) != NULL),
		      "row %zu: %s", i, e.text);
	}
}

static void its_size_is_capped(void)
{
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	struct log_proof p;
	struct err e = {0};
	buffer_text(&b, HEAD "index 0\n");
	for (unsigned i = 0; i < MERKLE_PROOF_MAX - 1; i++)
		buffer_text(&b, HASH);
	size_t most = b.len;
	buffer_text(&b, "\n");
	CHECK(proof_parse(&arena, buffer_view(&b), &p, &e), "%s", e.text);
	CHECK(p.inclusion.count == MERKLE_PROOF_MAX - 1, "%zu", p.inclusion.count);
	b.len = most;
	buffer_text(&b, HASH "\n");
	CHECK(!proof_parse(&arena, buffer_view(&b), &p, &e) &&
	          has_rule(&e, ERR_INPUT, "proof.too-long"),
	      "%s", e.text);
	b.len = 0;
	buffer_text(&b, HEAD "index 0\n\n");
	while (b.len < PROOF_MAX)
		buffer_u8(&b, 'a');
	CHECK(proof_parse(&arena, buffer_view(&b), &p, &e), "%s", e.text);
	buffer_u8(&b, 'a');
	CHECK(!proof_parse(&arena, buffer_view(&b), &p, &e) &&
	          has_rule(&e, ERR_INPUT, "proof.too-long"),
	      "%s", e.text);
}

static void every_flipped_bit_of_a_proof_is_noticed(void)
{
	owned_arena arena = {0};
	struct bytes text = make(&arena, 11, 15);
	uint8_t *copy = arena_alloc(&arena, text.len);
	for (size_t i = 0; i < text.len * 8; i++) {
		struct log_proof p;
		struct checkpoint head;
		struct err e = {0};
		memcpy(copy, text.at, text.len);
		copy[i / 8] ^= (uint8_t)(1u << i % 8);
		CHECK(!(proof_parse(&arena, bytes_of(copy, text.len), &p, &e) &&
		        proof_verify(&arena, &p, entry_of(&arena, 11), &key.public, &head, &e)) &&
		          e.rule != NULL,
		      "bit %zu", i);
	}
}

/* --- Replies ---------------------------------------------------------------------------- */

static void a_reply_comes_back(void)
{
	static const uint8_t large[65535];
	static const size_t sizes[] = {0, 1, 23, 24, 255, 256, 65535};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		owned_arena arena = {0};
		struct bytes proof = make(&arena, 2, 5), entry, back;
		struct bytes reply = reply_format(&arena, bytes_of(large, sizes[i]), proof);
		struct err e = {0};
		CHECK(reply_parse(reply, &entry, &back, &e), "%s", e.text);
		CHECK(bytes_equal(entry, bytes_of(large, sizes[i])) && bytes_equal(back, proof),
		      "%zu", i);
		for (size_t len = 0; len < reply.len; len += 1 + len / 7) {
			CHECK(!reply_parse(bytes_of(reply.at, len), &entry, &back, &e) &&
			          has_rule(&e, ERR_INPUT, "reply.malformed"),
			      "cut to %zu", len);
		}
	}
}

static void what_is_no_reply_is_refused_by_name(void)
{
	static const struct {
		const char *hex, *rule;
	} rows[] = {
	    {"82414160", NULL},
	    {"", "reply.malformed"},
	    {"80", "reply.malformed"},
	    {"814141", "reply.malformed"},
	    {"8341416041", "reply.malformed"},
	    {"8241414160", "reply.malformed"}, /* bytes where text is due */
	    {"82616160", "reply.malformed"},   /* text where bytes are due */
	    {"8241416000", "reply.malformed"}, /* something left over */
	    {"9f414160ff", "reply.malformed"}, /* of no stated length */
	    {"82414161ff", "reply.malformed"}, /* not UTF-8 */
	    {"8258014160", "reply.malformed"}, /* not the shortest head */
	    {"a1414160", "reply.malformed"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct bytes all = {0}, entry, proof;
		struct err e = {0};
		hex_decode(&arena, rows[i].hex, &all);
		bool good = reply_parse(all, &entry, &proof, &e);
		CHECK(good == (rows[i].rule == NULL), "row %zu: %s", i, e.text);
		CHECK(good || has_rule(&e, ERR_INPUT, rows[i].rule), "row %zu: %s", i, e.text);
	}
	owned_arena arena = {0};
	struct bytes entry, proof;
	struct err e = {0};
	const uint8_t *large = arena_alloc(&arena, REPLY_MAX + 1);
	CHECK(!reply_parse(bytes_of(large, REPLY_MAX + 1), &entry, &proof, &e) &&
	          has_rule(&e, ERR_INPUT, "reply.too-large"),
	      "%s", e.text);
	CHECK(!reply_parse(bytes_of(large, REPLY_MAX), &entry, &proof, &e) &&
	          has_rule(&e, ERR_INPUT, "reply.malformed"),
	      "%s", e.text);
}

int main(void)
{
	set_up();
	static const struct test tests[] = {
	    TEST(a_proof_comes_back_and_verifies),
	    TEST(what_is_no_proof_is_refused_by_name),
	    TEST(its_size_is_capped),
	    TEST(every_flipped_bit_of_a_proof_is_noticed),
	    TEST(a_reply_comes_back),
	    TEST(what_is_no_reply_is_refused_by_name),
	};
	return test_main(tests, sizeof tests / sizeof *tests);
}
