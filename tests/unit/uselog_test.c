/* What reading a use log takes for damage, entry by entry, where every checksum is good. */
#include "gate_world.h"

/* --- A file of given bodies ------------------------------------------------------------------- */

struct file {
	uint8_t at[USELOG_SEGMENT_MIN];
	size_t offset;
	uint32_t seed;
	struct crc32c crc;
};

struct files {
	struct file file[2];
	uint32_t last;
	bool fails;
};

static bool segment(void *ctx, uint32_t number, struct bytes *out, struct err *e)
{
	struct files *f = ctx;
	*out = number <= f->last ? bytes_of(f->file[number - 1].at, USELOG_SEGMENT_MIN)
	                         : (struct bytes){0};
	return !f->fails || err_environment(e, "cannot read");
}

static void start(struct files *f, uint32_t number)
{
	struct file *file = &f->file[number - 1];
	static const uint8_t id[USELOG_ID] = {5};
	*file = (struct file){.offset = USELOG_HEADER};
	crc32c_start(&file->crc, number % 2 == 0); /* by either way the same */
	uselog_header(&file->crc, file->at, id, number, USELOG_SEGMENT_MIN);
	file->seed = uselog_seed(&file->crc, id, number);
	f->last = number;
}

static void put(struct file *f, const void *body, size_t len)
{
	uint8_t *to = f->at + f->offset;
	uint32_t sum = uselog_checksum(&f->crc, f->seed, f->offset, bytes_of(body, len));
	uint16_t words[2] = {(uint16_t)len, (uint16_t)~len};
	memcpy(to, words, sizeof words);
	memcpy(to + 4, &sum, sizeof sum);
	memcpy(to + 8, body, len);
	f->offset += uselog_entry_size(len);
}

static bool scan(struct files *f, bool power, struct uselog_scan *out, struct err *e)
{
	struct uselog_source source = {.ctx = f, .segment = segment, .last = f->last};
	*e = (struct err){0};
	return uselog_scan(&source, power, NULL, out, e);
}

/* With the proofs of one share. */
static size_t admission_body(uint8_t *to)
{
	static const uint8_t tag[PROVISO_TAG_SIZE] = {1};
	uint8_t proofs[98] = {1, 4};
	struct hash request = {{3}}, blinded = {{5}};
	return uselog_body_admission(to, &request, 300, tag, &blinded,
	                             bytes_of(proofs, sizeof proofs));
}

static size_t good_body(uint8_t *to)
{
	static const uint8_t tag[PROVISO_TAG_SIZE] = {1}, warrant[PROVISO_TAG_SIZE] = {2};
	static const struct uselog_label with[] = {{0, "second-officer"}, {1, NULL}};
	struct uselog_use use = {.code = PROVISO_TERRITORY,
	                         .labels = {{1, NULL}, {0, "terrorism"}, {0, "UG"}},
	                         .with = with,
	                         .with_count = 2,
	                         .tag_type = PROVISO_TAG_SIPHASH,
	                         .tag = tag,
	                         .warrant_tag = warrant,
	                         .time = 1800000000,
	                         .wall = 1800000001,
	                         .sequence = 9};
	return uselog_body_use(to, &use);
}

static void entries_read_as_they_were_written(void)
{
	uint8_t body[USELOG_BODY_MAX];
	char labels_at[1][PROVISO_LABEL_MAX] = {"capture"};
	struct uselog_labels labels = {labels_at, 1};
	struct uselog_text text;
	struct proviso_entry e;
	struct hash id = {{3}};
	CHECK(uselog_decode(bytes_of(body, good_body(body)), &labels, &text, &e), "use");
	CHECK(e.kind == PROVISO_ENTRY_USE && e.code == PROVISO_TERRITORY && e.time == 1800000000 &&
	          e.wall == 1800000001 && e.sequence == 9 && e.has_warrant && e.tag[0] == 1 &&
	          e.warrant_tag[0] == 2 && e.with_count == 2,
	      "numbers");
	CHECK(strcmp(e.capability, "capture") == 0 && strcmp(e.purpose, "terrorism") == 0 &&
	          strcmp(e.territory, "UG") == 0 && strcmp(e.with[0], "second-officer") == 0 &&
	          strcmp(e.with[1], "capture") == 0,
	      "labels");
	CHECK(
	    uselog_decode(bytes_of(body, uselog_body_lease(body, 3, 7, &id)), &labels, &text, &e) &&
	        e.authority == 3 && e.sequence == 7 && e.id[0] == 3,
	    "lease");
	CHECK(
	    uselog_decode(bytes_of(body, uselog_body_refusal(body, 2, &id)), &labels, &text, &e) &&
	        e.authority == 2 && e.id[0] == 3,
	    "refusal");
	CHECK(
	    uselog_decode(bytes_of(body, uselog_body_label(body, 2, "a.b")), &labels, &text, &e) &&
	        e.number == 2 && strcmp(e.label, "a.b") == 0,
	    "label");
	CHECK(uselog_decode(bytes_of(body, uselog_body_group(body, 1, 2, 3, &id)), &labels, &text,
	                    &e) &&
	          e.leaf == 1 && e.start == 2 && e.end == 3 && e.hash[0] == 3,
	      "group");
	CHECK(uselog_decode(bytes_of(body, admission_body(body)), &labels, &text, &e) &&
	          e.place == 300 && e.id[0] == 3 && e.blinded[0] == 5 && e.tag[0] == 1 &&
	          e.tag_type == PROVISO_TAG_VOPRF && e.proofs_size == 98 && e.proofs[1] == 4,
	      "admission");
	CHECK(uselog_decode(bytes_of(body, uselog_body_cut(body, 41)), &labels, &text, &e) &&
	          e.cut_bytes == 41,
	      "cut");
	CHECK(uselog_decode(bytes_of(body, uselog_body_end(body)), &labels, &text, &e), "end");
}

static void bodies_cut_short_or_too_long_mean_nothing(void)
{
	uint8_t bodies[8][USELOG_BODY_MAX];
	size_t sizes[8];
	char labels_at[1][PROVISO_LABEL_MAX] = {"capture"};
	struct uselog_labels labels = {labels_at, 1};
	struct uselog_text text;
	struct proviso_entry e;
	struct hash id = {{3}};
	sizes[0] = good_body(bodies[0]);
	sizes[1] = uselog_body_lease(bodies[1], 3, 7, &id);
	sizes[2] = uselog_body_refusal(bodies[2], 2, &id);
	sizes[3] = uselog_body_group(bodies[3], 1, 2, 3, &id);
	sizes[4] = uselog_body_cut(bodies[4], 41);
	sizes[5] = admission_body(bodies[5]);
	sizes[6] = uselog_body_end(bodies[6]);
	sizes[7] = 3;
	bodies[7][0] = PROVISO_ENTRY_LABEL;
	for (size_t i = 0; i < 7; i++) {
		for (size_t len = 0; len < sizes[i]; len++)
			CHECK(!uselog_decode(bytes_of(bodies[i], len), &labels, &text, &e),
			      "body %zu, %zu bytes", i, len);
		bodies[i][sizes[i]] = 0;
		CHECK(!uselog_decode(bytes_of(bodies[i], sizes[i] + 1), &labels, &text, &e),
		      "body %zu, one more", i);
	}
	for (size_t len = 0; len <= 3; len++)
		CHECK(!uselog_decode(bytes_of(bodies[7], len), &labels, &text, &e),
		      "a label of %zu bytes", len);
	memset(bodies[7] + 3, 'a', 200);
	CHECK(uselog_decode(bytes_of(bodies[7], 3 + 127), &labels, &text, &e), "the longest label");
	CHECK(!uselog_decode(bytes_of(bodies[7], 3 + 128), &labels, &text, &e), "too long a label");
	bodies[7][5] = ' ';
	CHECK(!uselog_decode(bytes_of(bodies[7], 3 + 10), &labels, &text, &e),
	      "a label of two words");
	bodies[6][0] = 99;
	CHECK(!uselog_decode(bytes_of(bodies[6], 1), &labels, &text, &e), "another kind");
}

static void uses_of_no_meaning_are_damage(void)
{
	static const struct {
		size_t at;
		uint8_t byte;
		const char *what;
	} rows[] = {
	    {1, 199, "code"},
	    {2, 2, "flags"},
	    {3, 17, "more obligations than may be"},
	    {4, 2, "a label's number that is not given"},
	    {10, 0, "no tag"},
	    {10, 3, "a tag of another type"},
	    {11, 1, "a reserved byte"},
	    {70, 9, "an obligation's number"},
	};
	char labels_at[1][PROVISO_LABEL_MAX] = {"capture"};
	struct uselog_labels labels = {labels_at, 1};
	struct uselog_text text;
	struct proviso_entry e;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t body[USELOG_BODY_MAX];
		size_t len = good_body(body);
		body[rows[i].at] = rows[i].byte;
		CHECK(!uselog_decode(bytes_of(body, len), &labels, &text, &e), "%s", rows[i].what);
	}
	uint8_t body[USELOG_BODY_MAX];
	size_t len = good_body(body);
	*(uint8_t *)memmem(body, len, "terrorism", 9) = 0;
	CHECK(!uselog_decode(bytes_of(body, len), &labels, &text, &e), "a NUL in a label");
	len = good_body(body);
	((uint8_t *)memmem(body, len, "terrorism", 9))[-1] = 128;
	memset(body + len, 'a', 200);
	CHECK(!uselog_decode(bytes_of(body, len + 200), &labels, &text, &e), "too long a label");
}

/* Positions in groups are attacks on the reader: every one of them is checked before it is used. */
static void groups_of_no_meaning_are_damage(void)
{
	uint8_t body[USELOG_BODY_MAX];
	struct files *f = calloc(1, sizeof *f);
	struct err e;
	for (size_t i = 0; i < 9; i++) {
		struct uselog_scan s;
		start(f, 1);
		put(&f->file[0], body, uselog_body_cut(body, 1));
		size_t end = f->file[0].offset;
		struct hash leaf = merkle_leaf(bytes_of(f->file[0].at, end));
		uint64_t at = uselog_position(1, 0), to = uselog_position(1, end), number = 0;
		const char *words = "";
		switch (i) {
		case 1:
			number = 1, words = "out of order";
			break;
		case 2:
			at += 8, words = "out of order";
			break;
		case 3:
			to = at, words = "out of order";
			break;
		case 4:
			to += 8, words = "out of order";
			break; /* covers itself */
		case 5:
			leaf.at[31] ^= 1, words = "another";
			break;
		case 6:
			to -= 8, words = "another";
			break;
		case 7:
			to = uselog_position(2, 0), words = "out of order";
			break;
		case 8:
			to = UINT64_MAX, words = "out of order";
			break;
		default:
			break;
		}
		put(&f->file[0], body, uselog_body_group(body, number, at, to, &leaf));
		bool good = scan(f, true, &s, &e);
		CHECK(good == (i == 0), "row %zu", i);
		CHECK(good || (strcmp(e.rule, "gate.use-log-damaged") == 0 &&
		               strstr(e.text, words) != NULL),
		      "row %zu: %s", i, e.text);
		if (good) {
			CHECK(s.tree.edge.size == 1 && s.grouped == to, "row %zu", i);
			uselog_scan_free(&s);
		}
	}
	/* In the second file: over the end of the first, and over more than one. */
	for (size_t i = 0; i < 3; i++) {
		struct uselog_scan s;
		start(f, 1);
		put(&f->file[0], body, uselog_body_end(body));
		start(f, 2);
		put(&f->file[1], body, uselog_body_cut(body, 1));
		struct hash leaf = merkle_leaf(bytes_of(f->file[0].at, USELOG_SEGMENT_MIN));
		uint64_t to = uselog_position(2, i == 0 ? 0 : 64);
		if (i == 2)
			to = uselog_position(1, USELOG_SEGMENT_MIN + 8);
		put(&f->file[1], body,
		    uselog_body_group(body, 0, uselog_position(1, 0), to, &leaf));
		bool good = scan(f, true, &s, &e);
		CHECK(good == (i == 0), "row %zu: %s", i, e.text);
		if (good)
			uselog_scan_free(&s);
	}
	free(f);
}

static void files_out_of_place_are_damage(void)
{
	uint8_t body[USELOG_BODY_MAX];
	struct files *f = calloc(1, sizeof *f);
	struct uselog_scan s;
	struct err e;
	start(f, 1);
	put(&f->file[0], body, uselog_body_label(body, 2, "second"));
	CHECK(!scan(f, false, &s, &e) && strstr(e.text, "label out of order") != NULL, "%s",
	      e.text);

	start(f, 1);
	put(&f->file[0], body, uselog_body_end(body));
	CHECK(!scan(f, true, &s, &e) && strstr(e.text, "missing") != NULL, "%s", e.text);
	f->file[0].at[f->file[0].offset + 100] = 1;
	CHECK(!scan(f, true, &s, &e) && strstr(e.text, "behind the end") != NULL, "%s", e.text);

	/* A file made ready and not begun is no damage; one begun is, unless the power failed. */
	start(f, 1);
	put(&f->file[0], body, uselog_body_cut(body, 1));
	start(f, 2);
	CHECK(scan(f, false, &s, &e) && s.segment == 1 && s.tail == USELOG_TAIL_CLEAN, "%s",
	      e.text);
	uselog_scan_free(&s);
	put(&f->file[1], body, uselog_body_cut(body, 1));
	CHECK(!scan(f, false, &s, &e) && strstr(e.text, "missing") != NULL, "%s", e.text);
	CHECK(scan(f, true, &s, &e) && s.tail == USELOG_TAIL_TORN, "%s", e.text);
	uselog_scan_free(&s);
	f->file[1].at[3] ^= 1;
	CHECK(!scan(f, false, &s, &e), "a header changed");
	struct uselog_source more = {.ctx = f, .segment = segment, .last = 3};
	CHECK(!uselog_scan(&more, false, NULL, &s, &e), "a third file");

	f->fails = true;
	CHECK(!scan(f, true, &s, &e) && e.kind == ERR_ENVIRONMENT, "%s", e.text);
	free(f);
}

static void checksums_are_the_same_with_and_without_the_processor(void)
{
	struct crc32c by_processor, by_table;
	uint64_t seed = test_seed();
	crc32c_start(&by_processor, false);
	crc32c_start(&by_table, true);
	CHECK(crc32c(&by_table, 0, bytes_text("123456789")) == 0xE3069283,
	      "the check value of RFC 3720");
	CHECK(!by_table.by_processor, "a table");
	for (int i = 0; i < 20000; i++) {
		uint8_t at[64];
		uint32_t before = (uint32_t)test_random(&seed);
		size_t len = test_random(&seed) % (sizeof at + 1);
		for (size_t k = 0; k < len; k++)
			at[k] = (uint8_t)test_random(&seed);
		CHECK(crc32c(&by_processor, before, bytes_of(at, len)) ==
		          crc32c(&by_table, before, bytes_of(at, len)),
		      "%zu bytes", len);
	}
}

/* --- Files under a checksum whose content means nothing ------------------------------------------
 */

static void states_and_systems_of_no_meaning_are_damage(void)
{
	static const struct {
		const char *name, *kind, *hex, *code;
	} rows[] = {
	    {"state", "proviso-state-2", "", "gate.state-damaged"},
	    {"state", "proviso-state-2", "80", "gate.state-damaged"},
	    {"state", "proviso-state-2", "824100f6", "gate.state-damaged"},
	    {"state", "proviso-state-2",
	     "825000000000000000000000000000000000"
	     "80",
	     "gate.state-damaged"},
	    {"state", "proviso-state-2",
	     "825000000000000000000000000000000000"
	     "8180",
	     "gate.state-damaged"},
	    {"state", "proviso-state-1", "80", "gate.state-damaged"},
	    {"system", "proviso-system-1", "80", "gate.system-damaged"},
	    {"system", "proviso-system-1", "85616180404040", "gate.system-damaged"},
	    {"system", "proviso-system-1", "856161816161404040", "gate.system-damaged"},
	    {"system", "proviso-system-2", "80", "gate.system-damaged"},
	};
	struct world w;
	struct err e = {0};
	world_make(&w, 1);
	world_close(&w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct proviso_error pe = {0};
		struct bytes content;
		char kept[128], path[128];
		snprintf(path, sizeof path, "%s/%s", w.dir, rows[i].name);
		snprintf(kept, sizeof kept, "%s/kept", w.dir);
		CHECK(hex_decode(&w.arena, rows[i].hex, &content), "row %zu", i);
		CHECK(rename(path, kept) == 0, "row %zu", i);
		must(sealed_write(w.dir, rows[i].name, rows[i].kind, content, &e), &e, "write");
		CHECK(!world_open(&w, &pe) && strcmp(pe.code, rows[i].code) == 0, "row %zu: %s %s",
		      i, pe.code, pe.text);
		CHECK(rename(kept, path) == 0, "row %zu", i);
	}
	/* A standing of the right shape and impossible numbers. */
	owned_system system;
	struct state_file state;
	must(system_load(w.dir, &system, &e) && state_read(w.dir, &system, &w.arena, &state, &e),
	     &e, "state");
	for (int i = 0; i < 3; i++) {
		struct proviso_error pe = {0};
		struct state_file bad = state;
		*(i == 0   ? &bad.standings[0].held
		  : i == 1 ? &bad.standings[0].pending
		           : &bad.standings[0].claims) = 3;
		must(state_write(w.dir, &system, &bad, &e), &e, "write");
		CHECK(!world_open(&w, &pe) && strcmp(pe.code, "gate.state-damaged") == 0,
		      "row %d: %s", i, pe.code);
	}
	world_free(&w);
}

TEST_MAIN(TEST(entries_read_as_they_were_written), TEST(bodies_cut_short_or_too_long_mean_nothing),
          TEST(uses_of_no_meaning_are_damage), TEST(groups_of_no_meaning_are_damage),
          TEST(files_out_of_place_are_damage),
          TEST(checksums_are_the_same_with_and_without_the_processor),
          TEST(states_and_systems_of_no_meaning_are_damage))
