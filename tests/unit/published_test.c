/* Somebody's published log, read back: compressed bundles, partial files that are gone, lies. */
#include <zlib.h>

#include "base/file.h"
#include "log/tile.h"
#include "stored.h"

#define NO_DATA "PROVISO_TEST_DATA is not set"

static const char *at(struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s/log/%s", folder, name);
}

static void put_file(const char *name, struct bytes content)
{
	owned_arena arena = {0};
	struct err e = {0};
	char *parent = arena_printf(&arena, "%s", at(&arena, name));
	*strrchr(parent, '/') = 0;
	CHECK(directory_make(parent, 0755, &e) && file_write(at(&arena, name), content, 0644, &e),
	      "%s", e.text);
}

static struct bytes compress_with(struct arena *arena, struct bytes in, int window)
{
	z_stream z = {0};
	size_t room = in.len + in.len / 100 + 64;
	uint8_t *out = arena_alloc(arena, room);
	union {
		const uint8_t *in;
		Bytef *out;
	} next = {in.at};
	CHECK(deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
	z.next_in = next.out;
	z.avail_in = (uInt)in.len;
	z.next_out = out;
	z.avail_out = (uInt)room;
	CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END, "zlib");
	struct bytes done = bytes_of(out, room - z.avail_out);
	deflateEnd(&z);
	return done;
}

static struct bytes gzip(struct arena *arena, struct bytes in)
{
	return compress_with(arena, in, 16 + MAX_WBITS);
}

static struct bytes bundle(struct arena *arena, uint64_t from, uint64_t to)
{
	struct buffer b = {.arena = arena};
	for (uint64_t i = from; i < to; i++)
		bundle_add(&b, entry_of(arena, i));
	return buffer_view(&b);
}

struct reading {
	uint64_t next;
	size_t bytes;
	bool any; /* entries of other content */
};

static bool read_one(void *ctx, uint64_t index, struct bytes entry)
{
	struct reading *r = ctx;
	owned_arena arena = {0};
	CHECK(index == r->next, "%llu", (unsigned long long)index);
	CHECK(r->any || bytes_equal(entry, entry_of(&arena, index)), "%llu",
	      (unsigned long long)index);
	r->bytes += entry.len;
	return ++r->next != 1000;
}

static bool read_all(uint64_t from, uint64_t to, struct reading *r, struct err *e)
{
	owned_arena arena = {0};
	struct published *p = published_open(arena_printf(&arena, "%s/log", folder), e);
	CHECK(p != NULL, "%s", e->text);
	r->next = from;
	bool done = p != NULL && published_entries(p, from, to, read_one, r, e);
	published_close(p);
	return done;
}

static void bundles_may_be_compressed_and_partial_ones_gone(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct reading r = {0};
	put_file("checkpoint", bytes_text("not looked at here"));
	put_file("tile/entries/000", gzip(&arena, bundle(&arena, 0, 256)));
	put_file("tile/entries/001", bundle(&arena, 256, 512));
	put_file("tile/entries/002.p/10", gzip(&arena, bundle(&arena, 512, 522)));
	static const struct {
		uint64_t from, to;
	} rows[] = {{0, 522},   {0, 0}, {100, 300}, {255, 257},
	            {300, 301}, {0, 3}, {521, 522}, {512, 522}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK(read_all(rows[i].from, rows[i].to, &r, &e) && r.next == rows[i].to,
		      "row %zu: %s", i, e.text);
	CHECK(!read_all(0, 523, &r, &e) && e.kind == ERR_REFUSED &&
	          strcmp(e.rule, "log.missing") == 0 && strstr(e.text, "002") != NULL,
	      "%s", e.text);
}

static void bundles_that_are_none_are_refused(void)
{
	owned_arena arena = {0};
	struct bytes good = bundle(&arena, 0, 10), zipped = gzip(&arena, good),
	             raw = compress_with(&arena, good, MAX_WBITS);
	struct buffer bad = {.arena = &arena};
	struct reading r = {0};
	const struct {
		const char *what;
		struct bytes content;
		enum err_kind kind;
	} rows[] = {
	    {"too few", bundle(&arena, 0, 9), ERR_REFUSED},
	    {"too many", bundle(&arena, 0, 11), ERR_REFUSED},
	    {"none", {0}, ERR_REFUSED},
	    {"cut", bytes_of(good.at, good.len - 1), ERR_REFUSED},
	    {"compressed and cut", bytes_of(zipped.at, zipped.len - 1), ERR_INPUT},
	    {"the head alone", bytes_of(zipped.at, 3), ERR_INPUT},
	    {"compressed with too few", gzip(&arena, bundle(&arena, 0, 9)), ERR_REFUSED},
	    {"twice compressed", gzip(&arena, zipped), ERR_REFUSED},
	    {"another compression", raw, ERR_REFUSED},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err e = {0};
		put_file("tile/entries/000.p/10", rows[i].content);
		CHECK(!read_all(0, 10, &r, &e) && e.kind == rows[i].kind &&
		          strcmp(e.rule, "log.bundle") == 0,
		      "%s: %s", rows[i].what, e.text);
	}
	/* Two compressed files in one, as gzip allows and nobody asks for. */
	struct err e = {0};
	buffer_bytes(&bad, zipped);
	buffer_bytes(&bad, zipped);
	put_file("tile/entries/000.p/10", buffer_view(&bad));
	CHECK(!read_all(0, 10, &r, &e) && strcmp(e.rule, "log.bundle") == 0, "%s", e.text);
	/* Any changed byte of a compressed bundle: refused, or another content, which the tree
	 * tells. */
	uint8_t *copy = arena_alloc(&arena, zipped.len);
	for (size_t n = 0; n < zipped.len; n++) {
		memcpy(copy, zipped.at, zipped.len);
		copy[n] ^= 0x55;
		put_file("tile/entries/000.p/10", bytes_of(copy, zipped.len));
		e = (struct err){0};
		CHECK(read_all(0, 10, &r, &e) || e.kind != ERR_NONE, "byte %zu", n);
	}
}

/* A bomb: a file of 20 KiB that would be 20 MiB. */
static void what_is_larger_than_a_bundle_is_not_inflated(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct reading r = {0};
	struct bytes zeros = bytes_of(arena_alloc(&arena, BUNDLE_MAX + 1), BUNDLE_MAX + 1);
	put_file("tile/entries/000.p/10", gzip(&arena, zeros));
	CHECK(!read_all(0, 10, &r, &e) && e.kind == ERR_INPUT && strcmp(e.rule, "log.bundle") == 0,
	      "%s", e.text);
}

/* The head of gzip, 1f 8b, is also the length of an entry. */
static void an_entry_of_8075_bytes_is_no_compression(void)
{
	static uint8_t large[0x1F8B] = {8};
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	struct reading r = {.any = true};
	struct err e = {0};
	bundle_add(&b, bytes_of(large, sizeof large));
	bundle_add(&b, bytes_text("x"));
	put_file("tile/entries/000.p/2", buffer_view(&b));
	CHECK(read_all(0, 2, &r, &e) && r.bytes == sizeof large + 1, "%s", e.text);
	put_file("tile/entries/000.p/2", gzip(&arena, buffer_view(&b)));
	CHECK(read_all(0, 2, &r, &e) && r.bytes == 2 * (sizeof large + 1), "compressed: %s",
	      e.text);
}

static void the_largest_bundle_is_read(void)
{
	static uint8_t large[UINT16_MAX];
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	struct reading r = {.any = true};
	struct err e = {0};
	for (unsigned i = 0; i < TILE_WIDTH; i++)
		bundle_add(&b, bytes_of(large, sizeof large));
	CHECK(b.len == BUNDLE_MAX, "%zu", b.len);
	put_file("tile/entries/000", buffer_view(&b));
	CHECK(read_all(0, 256, &r, &e) && r.next == 256, "%s", e.text);
	put_file("tile/entries/000", gzip(&arena, buffer_view(&b)));
	CHECK(read_all(0, 256, &r, &e) && r.next == 256, "compressed: %s", e.text);
	buffer_u8(&b, 0);
	put_file("tile/entries/000", buffer_view(&b));
	CHECK(!read_all(0, 256, &r, &e) && e.kind == ERR_INPUT, "%s", e.text);
}

static void tiles_fall_back_to_full_ones(void)
{
	struct merkle_tree tree = {0};
	owned_arena arena = {0};
	struct buffer tile = {.arena = &arena};
	struct err e = {0};
	for (uint64_t i = 0; i < 256; i++) {
		struct hash leaf = merkle_leaf(entry_of(&arena, i));
		merkle_tree_append(&tree, &leaf);
		buffer_bytes(&tile, hash_bytes(&leaf));
	}
	put_file("tile/0/000", buffer_view(&tile));
	struct published *p = published_open(arena_printf(&arena, "%s/log", folder), &e);
	CHECK(p != NULL, "%s", e.text);
	if (p == NULL)
		return;
	for (uint64_t size = 1; size < 256; size += 13) {
		struct merkle_source source = published_merkle(p, size),
		                     memory = merkle_tree_source(&tree);
		struct hash root, want;
		CHECK(merkle_root(&source, size, &root, &e) &&
		          merkle_root(&memory, size, &want, &e) && hash_equal(&root, &want),
		      "%llu: %s", (unsigned long long)size, e.text);
	}
	struct merkle_source source = published_merkle(p, 256);
	struct hash root;
	CHECK(!merkle_root(&source, 256, &root, &e) && e.kind == ERR_REFUSED &&
	          strcmp(e.rule, "log.missing") == 0,
	      "no level 1: %s", e.text);
	published_close(p);
	merkle_tree_free(&tree);
}

static void no_log_is_no_log(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	CHECK(published_open(arena_printf(&arena, "%s/nowhere", folder), &e) == NULL &&
	          e.kind == ERR_ENVIRONMENT,
	      "%s", e.text);
	published_close(NULL);
}

/* --- Other people's folders ------------------------------------------------------------- */

struct hashing {
	struct merkle_edge edge;
};

static bool hash_one(void *ctx, uint64_t index, struct bytes entry)
{
	struct hashing *h = ctx;
	(void)index;
	struct hash leaf = merkle_leaf(entry);
	merkle_append(&h->edge, &leaf, NULL, NULL);
	return true;
}

static void sunlight_s_mirror_is_read(void)
{
	if (test_data() == NULL)
		SKIP(NO_DATA);
	owned_arena arena = {0};
	struct err e = {0};
	struct hashing h = {0};
	struct note note;
	struct checkpoint c = {0};
	struct published *p = published_open(
	    arena_printf(&arena,
	                 "%s/vectors/tlog/sunlight/witness/mirror/"
	                 "000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706",
	                 test_data()),
	    &e);
	CHECK(p != NULL, "%s", e.text);
	if (p == NULL)
		return;
	CHECK(note_parse(&arena, published_checkpoint(p), &note, &e) &&
	          checkpoint_parse(&arena, note.text, &c, &e),
	      "%s", e.text);
	/* Inflated, what they put there for their own tests is a line of text and no bundle. */
	CHECK(!published_entries(p, 0, c.size, hash_one, &h, &e) && e.kind == ERR_REFUSED &&
	          strcmp(e.rule, "log.bundle") == 0 && h.edge.size == 0,
	      "%s", e.text);
	struct merkle_source source = published_merkle(p, c.size);
	struct hash of_tiles;
	CHECK(merkle_root(&source, c.size, &of_tiles, &e) && hash_equal(&of_tiles, &c.root),
	      "tiles: %s", e.text);
	published_close(p);
}

static void tessera_s_log_is_read(void)
{
	if (test_data() == NULL)
		SKIP(NO_DATA);
	owned_arena arena = {0};
	struct err e = {0};
	struct published *p =
	    published_open(arena_printf(&arena, "%s/vectors/tlog/tessera-log", test_data()), &e);
	CHECK(p != NULL, "%s", e.text);
	if (p == NULL)
		return;
	for (uint64_t size = 1; size < 16; size++) {
		struct hashing h = {0};
		struct merkle_source source = published_merkle(p, size);
		struct hash root, want;
		CHECK(published_entries(p, 0, size, hash_one, &h, &e), "%s", e.text);
		want = merkle_edge_root(&h.edge);
		CHECK(merkle_root(&source, size, &root, &e) && hash_equal(&root, &want), "%llu: %s",
		      (unsigned long long)size, e.text);
	}
	published_close(p);
}

int main(void)
{
	if (!stored_begin())
		return 1;
	static const struct test tests[] = {
	    TEST(bundles_may_be_compressed_and_partial_ones_gone),
	    TEST(bundles_that_are_none_are_refused),
	    TEST(what_is_larger_than_a_bundle_is_not_inflated),
	    TEST(an_entry_of_8075_bytes_is_no_compression),
	    TEST(the_largest_bundle_is_read),
	    TEST(tiles_fall_back_to_full_ones),
	    TEST(no_log_is_no_log),
	    TEST(sunlight_s_mirror_is_read),
	    TEST(tessera_s_log_is_read),
	};
	int status = test_main(tests, sizeof tests / sizeof *tests);
	stored_end();
	return status;
}
