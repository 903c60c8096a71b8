/* Evidence: the frame of STIX bundles, by a table of faults and by published bundles. */
#include "authority/authority.h"

#include "base/file.h"
#include "test.h"

#define U            "0f14d0ab-1ec8-4c9a-9a56-869349aaa6ba"
#define BUNDLE       "{\"type\":\"bundle\",\"id\":\"bundle--" U "\",\"objects\":["
#define OBJECT(type) "{\"type\":\"" type "\",\"id\":\"" type "--" U "\"}"

static const struct {
	const char *text;
	uint64_t indicators;
} bundles[] = {
    {BUNDLE OBJECT("indicator") "]}", 1},
    {BUNDLE OBJECT("malware") "]}", 0},
    {BUNDLE OBJECT("indicator") "," OBJECT("malware") "," OBJECT("indicator") "]}", 2},
    {BUNDLE OBJECT("x-indicator") "," OBJECT("indicator2") "]}", 0},
    {" \n{\"spec_version\":\"2.0\",\"objects\":[{\"id\":\"indicator--0F14D0AB-1EC8-4C9A-9A56-"
     "869349AAA6BA\",\"spec_version\":\"2.1\",\"type\":\"indicator\",\"name\":\"\\u00e9\"}],"
     "\"id\":\"bundle--" U "\",\"type\":\"bundle\"}\n",
     1},
};

static void bundles_are_read_and_their_indicators_counted(void)
{
	for (size_t i = 0; i < sizeof bundles / sizeof *bundles; i++) {
		struct evidence out;
		struct err e = {0};
		struct bytes file = bytes_text(bundles[i].text);
		struct hash digest = sha256(file);
		CHECK(evidence_read(file, "stix-2.1", &out, &e), "row %zu: %s", i, e.text);
		CHECK(out.has_indicators && out.indicators == bundles[i].indicators,
		      "row %zu: %llu indicators", i, (unsigned long long)out.indicators);
		CHECK(out.size == file.len && hash_equal(&out.digest, &digest), "row %zu", i);
		CHECK(strcmp(out.type, "stix-2.1") == 0, "row %zu: %s", i, out.type);
	}
}

static const struct {
	const char *text, *says;
} faults[] = {
    {"", "line 1, column 0"},
    {"{", "line 1, column 1"},
    {"<stix:STIX_Package/>", "line 1"},
    {BUNDLE OBJECT("indicator") "]} x", "end of file expected"},
    {BUNDLE OBJECT("indicator") "]}\n\n{}", "line 3"},
    {"{\"type\":\"bundle\",\"type\":\"bundle\"}", "duplicate"},
    {"\"bundle\"", "'['"},
    {"[]", "the whole is not an object"},
    {"{}", "the whole has no type"},
    {"{\"type\":7}", "the whole has no type"},
    {"{\"type\":\"\"}", "the whole has no type"},
    {"{\"type\":\"Bundle\"}", "the whole has no type"},
    {"{\"type\":\"bundle\"}", "the whole has no id"},
    {"{\"type\":\"bundle\",\"id\":7}", "the whole has no id"},
    {"{\"type\":\"bundle\",\"id\":\"bundle\"}", "\"bundle\", which is not bundle--UUID"},
    {"{\"type\":\"bundle\",\"id\":\"bundle--\"}", "which is not bundle--UUID"},
    {"{\"type\":\"bundle\",\"id\":\"bundle--" U "0\"}", "which is not bundle--UUID"},
    {"{\"type\":\"bundle\",\"id\":\"bundle--0f14d0ab-1ec8-4c9a-9a56-869349aaa6b\"}",
     "not bundle--"},
    {"{\"type\":\"bundle\",\"id\":\"bundle--0f14d0abb1ec8-4c9a-9a56-869349aaa6ba\"}",
     "not bundle--"},
    {"{\"type\":\"bundle\",\"id\":\"bundle--0f14d0ag-1ec8-4c9a-9a56-869349aaa6ba\"}",
     "not bundle--"},
    {"{\"type\":\"indicator\",\"id\":\"bundle--" U "\"}", "not indicator--UUID"},
    {OBJECT("indicator"), "its type is indicator"},
    {"{\"type\":\"bundle\",\"id\":\"bundle--" U "\"}", "has no objects"},
    {"{\"type\":\"bundle\",\"id\":\"bundle--" U "\",\"objects\":{}}", "has no objects"},
    {BUNDLE "]}", "has no objects"},
    {BUNDLE "7]}", "objects[0] is not an object"},
    {BUNDLE OBJECT("malware") ",[]]}", "objects[1] is not an object"},
    {BUNDLE OBJECT("malware") ",{}]}", "objects[1] has no type"},
    {BUNDLE OBJECT("malware") "," OBJECT("malware") ",{\"type\":\"tool\"}]}",
     "objects[2] has no id"},
    {BUNDLE "{\"type\":\"tool\",\"id\":\"malware--" U "\"}]}",
     "objects[0] has the id \"malware--" U "\", which is not tool--UUID"},
    {BUNDLE "{\"type\":\"tool\",\"spec_version\":\"1.2\",\"id\":\"tool--" U "\"}]}",
     "objects[0] is of spec_version 1.2"},
};

static void a_fault_is_told_with_its_place(void)
{
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		struct evidence out;
		struct err e = {0};
		CHECK(!evidence_read(bytes_text(faults[i].text), "stix-2.1", &out, &e), "row %zu",
		      i);
		CHECK(e.kind == ERR_INPUT && e.rule != NULL && strcmp(e.rule, "evidence.stix") == 0,
		      "row %zu: %s", i, e.rule == NULL ? "no rule" : e.rule);
		CHECK(strstr(e.text, faults[i].says) != NULL, "row %zu: %s", i, e.text);
	}
}

static void zeros_and_broken_text_are_refused(void)
{
	static const char zero[] = BUNDLE OBJECT("tool") "]}\0";
	static const char broken[] = BUNDLE "{\"type\":\"tool\",\"id\":\"tool--\xC0\x80\"}]}";
	struct evidence out;
	struct err e = {0};
	CHECK(!evidence_read(bytes_of(zero, sizeof zero - 1), "stix-2.1", &out, &e), "a zero byte");
	CHECK(!evidence_read(bytes_of(broken, sizeof broken - 1), "stix-2.1", &out, &e), "UTF-8");
}

static void deep_nesting_is_refused(void)
{
	enum { DEEP = 1 << 20 };
	char *text = malloc(DEEP);
	memset(text, '[', DEEP);
	struct evidence out;
	struct err e = {0};
	CHECK(!evidence_read(bytes_of(text, DEEP), "stix-2.1", &out, &e), "accepted");
	CHECK(e.kind == ERR_INPUT, "%s", e.text);
	free(text);
}

static void other_evidence_is_a_digest_and_a_media_type(void)
{
	static const struct {
		const char *type;
		bool ok;
	} types[] = {
	    {"application/pdf", true},
	    {"application/vnd.ms-excel", true},
	    {"image/svg+xml", true},
	    {"text/plain; charset=utf-8", false},
	    {"stix-2.0", false},
	    {"stix", false},
	    {"", false},
	    {"application/", false},
	    {"/pdf", false},
	    {"a/b/c", false},
	    {"Text/Plain", false},
	};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct evidence out = {0};
		struct err e = {0};
		bool ok = evidence_read(bytes_text("%PDF"), types[i].type, &out, &e);
		CHECK(ok == types[i].ok, "%s: %s", types[i].type, e.text);
		CHECK(ok ? !out.has_indicators && out.size == 4
		         : strcmp(e.rule, "evidence.type") == 0,
		      "%s", types[i].type);
	}
	char long_type[160] = "text/";
	memset(long_type + 5, 'a', 130);
	struct evidence out;
	struct err e = {0};
	CHECK(!evidence_read(bytes_text("x"), long_type, &out, &e), "accepted 135 letters");
}

static void too_much_is_refused(void)
{
	/* Only the length is looked at. */
	struct bytes much = bytes_of("x", (size_t)EVIDENCE_MAX + 1);
	struct evidence out;
	struct err e = {0};
	CHECK(!evidence_read(much, "application/pdf", &out, &e), "accepted");
	CHECK(e.rule != NULL && strcmp(e.rule, "evidence.too-large") == 0, "%s", e.text);
}

static void published_bundles_are_read(void)
{
	static const struct {
		const char *path;
		uint64_t indicators;
	} published[] = {
	    {"2021-07-18_nso/pegasus.stix2", 1549},
	    {"2021-12-16_cytrox/cytrox.stix2", 343},
	    {"2024-12-16_serbia_novispy/novispy.stix2", 18},
	    {"tests/artifacts/stix2/638cd3ee5e5f019f84f9e0ea.json", 69},
	};
	if (test_data() == NULL)
		SKIP("PROVISO_TEST_DATA is not set");
	for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
		owned_arena arena = {0};
		struct bytes file = {0};
		struct evidence out = {0};
		struct err e = {0};
		const char *path =
		    arena_printf(&arena, "%s/vectors/stix/%s", test_data(), published[i].path);
		CHECK(file_read(&arena, path, EVIDENCE_MAX, &file, &e), "%s", e.text);
		CHECK(evidence_read(file, "stix-2.1", &out, &e), "%s: %s", path, e.text);
		CHECK(out.indicators == published[i].indicators, "%s: %llu", path,
		      (unsigned long long)out.indicators);
	}
}

TEST_MAIN(TEST(bundles_are_read_and_their_indicators_counted), TEST(a_fault_is_told_with_its_place),
          TEST(zeros_and_broken_text_are_refused), TEST(deep_nesting_is_refused),
          TEST(other_evidence_is_a_digest_and_a_media_type), TEST(too_much_is_refused),
          TEST(published_bundles_are_read))
