/*
 * Other people's logs: proofs of transparency-dev, a log of Tessera's and the mirrors of
 * Sunlight's witnesses, from the folder of larger real files.
 */
#include "base/file.h"
#include "log/note.h"
#include "log/tile.h"
#include "test.h"

#include <ftw.h>
#include <jansson.h>

#define NO_DATA "PROVISO_TEST_DATA is not set"

static bool read_vector(struct arena *arena, const char *name, struct bytes *out)
{
	struct err e = {0};
	bool done = file_read(arena, arena_printf(arena, "%s/vectors/%s", test_data(), name),
	                      1 << 24, out, &e);
	CHECK(done, "%s", e.text);
	return done;
}

/* --- Proofs, good and broken ------------------------------------------------------------ */

static struct {
	unsigned files, good, without_use, no_hashes;
	bool consistency;
} proofs;

/*
 * A hash of a vector. Some of theirs are no hashes at all, but "don't care" or nothing: these
 * are filled up with zeros, and no nothing is like another.
 */
static struct hash hash_of(const json_t *value)
{
	owned_arena arena = {0};
	struct bytes raw = {0};
	struct hash out = {0};
	CHECK(json_is_string(value) &&
	          base64_decode(&arena, bytes_text(json_string_value(value)), &raw),
	      "no base64");
	if (raw.len > 0)
		memcpy(out.at, raw.at, raw.len < HASH_SIZE ? raw.len : HASH_SIZE);
	else
		out.at[0] = (uint8_t)++proofs.no_hashes;
	return out;
}

static uint64_t number_of(const json_t *object, const char *member)
{
	/* Read as reals, for jansson knows no integer of 2^64 - 1; the others are small. */
	double value = json_real_value(json_object_get(object, member));
	return value >= 0x1p64 ? UINT64_MAX : (uint64_t)value;
}

static bool verify_vector(const json_t *v, const struct hash *proof, size_t count, struct err *e)
{
	if (proofs.consistency) {
		struct hash old = hash_of(json_object_get(v, "root1"));
		struct hash root = hash_of(json_object_get(v, "root2"));
		return merkle_verify_consistency(number_of(v, "size1"), &old, number_of(v, "size2"),
		                                 &root, proof, count, e);
	}
	struct hash leaf = hash_of(json_object_get(v, "leafHash"));
	struct hash root = hash_of(json_object_get(v, "root"));
	return merkle_verify_inclusion(&leaf, number_of(v, "leafIdx"), number_of(v, "treeSize"),
	                               proof, count, &root, e);
}

static int check_vector(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	json_error_t why;
	json_t *v = json_load_file(path, JSON_DECODE_INT_AS_REAL, &why), *member;
	CHECK(v != NULL, "%s: %s", path, why.text);
	struct hash proof[128];
	size_t count = 0, i;
	struct err e = {0};
	json_array_foreach(json_object_get(v, "proof"), i, member) if (count < 128) proof[count++] =
	    hash_of(member);
	bool good = verify_vector(v, proof, count, &e);
	bool wanted = !json_is_true(json_object_get(v, "wantErr"));
	proofs.files++;
	proofs.good += good;
	/* They refuse to ask whether a tree extends the empty one; RFC 9162 has it extended by all.
	 */
	if (good && !wanted && proofs.consistency && number_of(v, "size1") == 0 &&
	    number_of(v, "size2") > 0 && count == 0)
		proofs.without_use++;
	else
		CHECK(good == wanted, "%s: %s", path, e.text);
	CHECK(good || (e.kind == ERR_REFUSED && e.rule != NULL), "%s", path);
	json_decref(v);
	return 0;
}

static void check_vectors(const char *folder, bool consistency)
{
	owned_arena arena = {0};
	memset(&proofs, 0, sizeof proofs);
	proofs.consistency = consistency;
	nftw(arena_printf(&arena, "%s/vectors/merkle/testdata/%s", test_data(), folder),
	     check_vector, 16, FTW_PHYS);
}

static void inclusion_proofs_good_and_broken(void)
{
	if (test_data() == NULL)
		SKIP(NO_DATA);
	check_vectors("inclusion", false);
	CHECK(proofs.files >= 90 && proofs.good >= 6, "%u files, %u good", proofs.files,
	      proofs.good);
}

static void consistency_proofs_good_and_broken(void)
{
	if (test_data() == NULL)
		SKIP(NO_DATA);
	check_vectors("consistency", true);
	CHECK(proofs.files >= 90 && proofs.good - proofs.without_use >= 5, "%u files, %u good",
	      proofs.files, proofs.good);
	CHECK(proofs.without_use == 2, "%u from the empty tree", proofs.without_use);
}

/* --- Tessera's log of 0 to 15 entries --------------------------------------------------- */

static void the_note_of_the_specification(void)
{
	if (test_data() == NULL)
		SKIP(NO_DATA);
	owned_arena arena = {0};
	struct bytes text, line;
	struct public_key key;
	struct note note;
	struct err e = {0};
	if (!read_vector(&arena, "tlog/note-example.txt", &text) ||
	    !read_vector(&arena, "tlog/note-example.vkey", &line))
		return;
	CHECK(key_line_parse(line, &key, &e) && note_parse(&arena, text, &note, &e) &&
	          note_verify(&note, &key, &e),
	      "%s", e.text);
}

/* The checkpoint of a size, verified; with "" the latest. */
static bool open_tessera(struct arena *arena, const char *file, struct checkpoint *out)
{
	struct bytes line, note;
	struct public_key key;
	struct err e = {0};
	bool done = read_vector(arena, "tlog/tessera-log/log.vkey", &line) &&
	            read_vector(arena, file, &note) && key_line_parse(line, &key, &e) &&
	            checkpoint_open(arena, note, &key, out, &e);
	CHECK(done, "%s: %s", file, e.text);
	return done;
}

static void tessera_s_tree_is_rebuilt_at_each_size(void)
{
	if (test_data() == NULL)
		SKIP(NO_DATA);
	struct merkle_tree tree = {0};
	struct merkle_source source = merkle_tree_source(&tree);
	struct checkpoint heads[16];
	owned_arena arena = {0};
	for (unsigned size = 0; size < 16; size++) {
		struct bytes bundle, tile, entry;
		struct buffer hashes = {.arena = &arena}, again = {.arena = &arena};
		struct err e = {0};
		struct hash root;
		if (!open_tessera(&arena,
		                  arena_printf(&arena, "tlog/tessera-log/checkpoint.%u", size),
		                  &heads[size]))
			return;
		CHECK(heads[size].size == size, "checkpoint %u", size);
		char path[TILE_PATH_MAX];
		if (size > 0) {
			bundle_path(0, size, path);
			if (!read_vector(&arena, arena_printf(&arena, "tlog/tessera-log/%s", path),
			                 &bundle))
				return;
			struct reader r = reader_of(bundle);
			for (unsigned i = 0; bundle_next(&r, &entry); i++) {
				struct hash leaf = merkle_leaf(entry);
				if (i == size - 1)
					merkle_tree_append(&tree, &leaf);
				buffer_bytes(&hashes, hash_bytes(&leaf));
				bundle_add(&again, entry);
			}
			CHECK(!r.bad && bytes_equal(buffer_view(&again), bundle), "bundle of %u",
			      size);
			tile_path(0, 0, size, path);
			if (!read_vector(&arena, arena_printf(&arena, "tlog/tessera-log/%s", path),
			                 &tile))
				return;
			CHECK(bytes_equal(buffer_view(&hashes), tile), "tile of %u", size);
		}
		CHECK(merkle_root(&source, size, &root, &e) && hash_equal(&root, &heads[size].root),
		      "root of %u: %s", size, e.text);
	}
	/* Every checkpoint extends every one before it, and no other order does. */
	for (unsigned from = 0; from < 16; from++) {
		for (unsigned to = from; to < 16; to++) {
			struct merkle_proof p;
			struct err e = {0};
			CHECK(merkle_consistency(&source, from, to, &p, &e) &&
			          merkle_verify_consistency(from, &heads[from].root, to,
			                                    &heads[to].root, p.at, p.count, &e),
			      "%u to %u: %s", from, to, e.text);
		}
	}
	merkle_tree_free(&tree);
}

/* --- Sunlight's witnesses and mirrors ----------------------------------------------------- */

#define ROME "000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706"

/*
 * The key of a witness from its JSON: a verifier key of type 4, read here by hand and checked
 * by the id that it states.
 */
static bool witness_key(struct arena *arena, const char *file, struct public_key *out)
{
	struct bytes all, raw;
	struct err e = {0};
	if (!read_vector(arena, file, &all))
		return false;
	json_t *root = json_loadb((const char *)all.at, all.len, 0, NULL);
	const char *line =
	    json_string_value(json_array_get(json_object_get(root, "verifier_keys"), 0));
	char name[64];
	unsigned id;
	int at = 0;
	bool good = line != NULL && sscanf(line, "%63[^+]+%8x+%n", name, &id, &at) == 2 &&
	            base64_decode(arena, bytes_text(line + at), &raw) && raw.len == 33 &&
	            raw.at[0] == NOTE_COSIGNATURE &&
	            key_from_public(KEY_ED25519, bytes_of(raw.at + 1, 32), name, out, &e);
	CHECK(good && key_note_id(out, NOTE_COSIGNATURE) == id, "%s: %s", file, e.text);
	json_decref(root);
	return good;
}

static void sunlight_s_cosignatures_are_good(void)
{
	if (test_data() == NULL)
		SKIP(NO_DATA);
	static const struct {
		const char *key, *checkpoint, *origin;
		uint64_t size;
	} rows[] = {
	    {"witness/witness.v0.json", "witness/" ROME "/checkpoint", "rome2026h1.example.org",
	     300},
	    {"witness/mirror/mirror.v0.json", "witness/mirror/" ROME "/checkpoint",
	     "rome2026h1.example.org", 300},
	    {"witness2/witness.v0.json",
	     "witness2/88ad7a28caeb0b2aa890fdf0304c2fcaf59fca2ee140134ff8c1300bac493482/checkpoint",
	     "milan2026h1.example.org", 300},
	};
	for (size_t i = 0; i < 3; i++) {
		owned_arena arena = {0};
		struct public_key key;
		struct bytes text;
		struct note note;
		struct checkpoint c;
		struct err e = {0};
		int64_t time = 0;
		if (!witness_key(&arena, arena_printf(&arena, "tlog/sunlight/%s", rows[i].key),
		                 &key) ||
		    !read_vector(&arena,
		                 arena_printf(&arena, "tlog/sunlight/%s", rows[i].checkpoint),
		                 &text))
			return;
		CHECK(note_parse(&arena, text, &note, &e) &&
		          checkpoint_parse(&arena, note.text, &c, &e) &&
		          cosignature_verify(&note, &key, &time, &e),
		      "row %zu: %s", i, e.text);
		CHECK(strcmp(c.origin, rows[i].origin) == 0 && c.size == rows[i].size, "row %zu",
		      i);
		CHECK(time == 0x69546780, "row %zu: %lld", i, (long long)time);
		/* The folder's name is the hash of the origin. */
		struct hash origin = sha256(bytes_text(c.origin));
		CHECK(strstr(rows[i].checkpoint, hex_encode(&arena, hash_bytes(&origin))) != NULL,
		      "row %zu", i);
	}
}

struct mirrored {
	struct arena *arena;
	const char *folder;
};

static bool load_mirrored(void *ctx, unsigned level, uint64_t index, unsigned width,
                          struct bytes *out, struct err *e)
{
	const struct mirrored *m = ctx;
	char path[TILE_PATH_MAX];
	tile_path(level, index, width, path);
	return file_read(m->arena, arena_printf(m->arena, "%s/%s", m->folder, path), TILE_BYTES,
	                 out, e);
}

static void a_mirror_s_tiles_lead_to_its_root(void)
{
	if (test_data() == NULL)
		SKIP(NO_DATA);
	static struct tile_source tiles;
	owned_arena arena = {0};
	struct mirrored m = {
	    &arena,
	    arena_printf(&arena, "%s/vectors/tlog/sunlight/witness/mirror/" ROME, test_data())};
	struct merkle_source source = tile_source_as_merkle(&tiles);
	struct bytes text;
	struct note note;
	struct checkpoint c = {0};
	struct hash root;
	struct err e = {0};
	if (!read_vector(&arena, "tlog/sunlight/witness/mirror/" ROME "/checkpoint", &text))
		return;
	CHECK(note_parse(&arena, text, &note, &e) && checkpoint_parse(&arena, note.text, &c, &e),
	      "%s", e.text);
	tile_source_init(&tiles, (struct tile_loader){&m, load_mirrored}, c.size);
	CHECK(merkle_root(&source, c.size, &root, &e) && hash_equal(&root, &c.root), "%s", e.text);
}

TEST_MAIN(TEST(inclusion_proofs_good_and_broken), TEST(consistency_proofs_good_and_broken),
          TEST(the_note_of_the_specification), TEST(tessera_s_tree_is_rebuilt_at_each_size),
          TEST(sunlight_s_cosignatures_are_good), TEST(a_mirror_s_tiles_lead_to_its_root))
