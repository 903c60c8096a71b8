/* COSE receipts and transparent statements: what they show, and that nothing else passes. */
#include "log/receipt.h"

#include "base/file.h"
#include "record/cbor.h"
#include "record/cose.h"
#include "test.h"

enum { ENTRIES = 70 };

static struct secret_key authority, other;
static struct merkle_tree tree;

static struct bytes entry_of(struct arena *arena, uint64_t index)
{
	struct buffer b = {.arena = arena};
	buffer_printf(&b, "entry %llu", (unsigned long long)index);
	return buffer_view(&b);
}

static struct bytes receipt_of(struct arena *arena, uint64_t index, uint64_t size,
                               const struct secret_key *key)
{
	struct merkle_source source = merkle_tree_source(&tree);
	struct receipt r = {.origin = key->public.name, .index = index, .size = size};
	struct bytes out = {0};
	struct hash root;
	struct err e = {0};
	CHECK(merkle_root(&source, size, &root, &e) &&
	          merkle_inclusion(&source, index, size, &r.inclusion, &e) &&
	          receipt_sign(arena, &r, &root, key, &out, &e),
	      "%s", e.text);
	return out;
}

static void every_entry_of_every_tree_has_one(void)
{
	for (uint64_t size = 2; size <= ENTRIES; size++) {
		owned_arena arena = {0};
		for (uint64_t index = 0; index < size; index++) {
			struct receipt got;
			struct err e = {0};
			struct bytes receipt = receipt_of(&arena, index, size, &authority);
			CHECK(receipt_verify(&arena, receipt, entry_of(&arena, index),
			                     &authority.public, &got, &e),
			      "%llu of %llu: %s", (unsigned long long)index,
			      (unsigned long long)size, e.text);
			CHECK(got.index == index && got.size == size &&
			          strcmp(got.origin, "log.example") == 0,
			      "read");
			CHECK(cbor_diagnostic(&arena, receipt) != NULL, "not deterministic");
		}
	}
}

/*
 * The profile signs the bare root. So a size that gives a path of the same shape passes, and
 * nothing else does: the size is told by the header not to be relied on.
 */
static void another_entry_key_or_byte_is_refused(void)
{
	owned_arena arena = {0};
	struct receipt got;
	struct err e = {0};
	struct bytes receipt = receipt_of(&arena, 5, ENTRIES, &authority),
	             entry = entry_of(&arena, 5);
	CHECK(!receipt_verify(&arena, receipt, entry_of(&arena, 6), &authority.public, &got, &e) &&
	          strcmp(e.rule, "cose.bad-signature") == 0,
	      "another entry: %s", e.text);
	CHECK(!receipt_verify(&arena, receipt, entry, &other.public, &got, &e) &&
	          strcmp(e.rule, "receipt.origin") == 0,
	      "another key: %s", e.text);
	for (size_t i = 0; i < receipt.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			owned_arena own = {0};
			struct bytes bent = bytes_copy(&own, receipt);
			((uint8_t *)(uintptr_t)bent.at)[i] ^= (uint8_t)(1 << bit);
			bool passes =
			    receipt_verify(&own, bent, entry, &authority.public, &got, &e);
			CHECK(!passes || (got.index == 5 && got.size != ENTRIES), "byte %zu", i);
		}
	for (size_t len = 0; len < receipt.len; len++)
		CHECK(!receipt_verify(&arena, bytes_of(receipt.at, len), entry, &authority.public,
		                      &got, &e),
		      "%zu", len);
}

/* The proof says where the entry is; what it says there must be the tree that was signed. */
static void a_root_of_another_tree_is_refused(void)
{
	owned_arena arena = {0};
	struct merkle_source source = merkle_tree_source(&tree);
	struct receipt r = {.origin = "log.example", .index = 5, .size = ENTRIES}, got;
	struct bytes out;
	struct hash root;
	struct err e = {0};
	CHECK(merkle_root(&source, ENTRIES - 1, &root, &e) &&
	          merkle_inclusion(&source, 5, ENTRIES, &r.inclusion, &e) &&
	          receipt_sign(&arena, &r, &root, &authority, &out, &e),
	      "%s", e.text);
	CHECK(!receipt_verify(&arena, out, entry_of(&arena, 5), &authority.public, &got, &e),
	      "another root");
	r.inclusion.count--;
	CHECK(receipt_sign(&arena, &r, &root, &authority, &out, &e), "%s", e.text);
	CHECK(!receipt_verify(&arena, out, entry_of(&arena, 5), &authority.public, &got, &e) &&
	          strcmp(e.rule, "log.proof-length") == 0,
	      "a shorter path: %s", e.text);
}

static struct bytes record(struct arena *arena)
{
	struct cose_claims claims = {.issuer = "ada", .subject = "log.example", .issued_at = 1};
	struct bytes out = {0};
	struct err e = {0};
	CHECK(cose_sign(arena, &other, "application/vnd.proviso.test+cbor", &claims,
	                bytes_text("payload"), &out, &e),
	      "%s", e.text);
	return out;
}

static void a_statement_comes_apart_again(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes bytes = record(&arena), receipt = receipt_of(&arena, 3, 9, &authority);
	struct bytes statement, apart, taken;
	CHECK(!statement_is(bytes), "a record");
	CHECK(statement_join(&arena, bytes, receipt, &statement, &e), "%s", e.text);
	CHECK(statement_is(statement), "a statement");
	CHECK(cose_verify_any(statement, &other.public, (struct bytes){0}, (struct bytes){0}, &e),
	      "the signer's signature still holds: %s", e.text);
	CHECK(statement_split(&arena, statement, &apart, &taken, &e), "%s", e.text);
	CHECK(bytes_equal(apart, bytes) && bytes_equal(taken, receipt), "other parts");
	CHECK(!statement_join(&arena, statement, receipt, &apart, &e) &&
	          strcmp(e.rule, "receipt.statement") == 0,
	      "twice");
	CHECK(!statement_split(&arena, bytes, &apart, &taken, &e), "no receipt in it");
	CHECK(!statement_join(&arena, bytes_text("no record"), receipt, &apart, &e), "no record");
}

/* The draft's examples hold their header's labels in another order than RFC 8949 4.2.1 asks. */
static void receipts_in_another_encoding_are_refused_by_name(void)
{
	owned_arena arena = {0};
	struct receipt got;
	struct err e = {0};
	struct bytes file;
	if (test_data() == NULL)
		SKIP("PROVISO_TEST_DATA is not set");
	const char *path =
	    arena_printf(&arena, "%s/vectors/receipts/inclusion-receipt.cbor", test_data());
	CHECK(file_read(&arena, path, RECEIPT_MAX, &file, &e), "%s", e.text);
	CHECK(!receipt_verify(&arena, file, bytes_text("x"), &authority.public, &got, &e) &&
	          strcmp(e.rule, "receipt.origin") == 0,
	      "%s", e.text);
	CHECK(got.size == 5 && got.index == 3 && got.inclusion.count == 3,
	      "its proof is read as it is");
}

int main(void)
{
	static const struct test tests[] = {
	    TEST(every_entry_of_every_tree_has_one),
	    TEST(another_entry_key_or_byte_is_refused),
	    TEST(a_root_of_another_tree_is_refused),
	    TEST(a_statement_comes_apart_again),
	    TEST(receipts_in_another_encoding_are_refused_by_name),
	};
	struct err e = {0};
	if (!key_library_start(&e) ||
	    !key_make(KEY_ED25519, "log.example", (uint8_t[KEY_SEED]){1}, &authority, &e) ||
	    !key_make(KEY_ED25519, "log.example", (uint8_t[KEY_SEED]){2}, &other, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	for (uint64_t i = 0; i < ENTRIES; i++) {
		owned_arena arena = {0};
		struct hash leaf = merkle_leaf(entry_of(&arena, i));
		if (!merkle_tree_append(&tree, &leaf))
			return 1;
	}
	int status = test_main(tests, sizeof tests / sizeof *tests);
	merkle_tree_free(&tree);
	return status;
}
