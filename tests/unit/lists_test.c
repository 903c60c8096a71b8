#include "test.h"

#include "base/bytes.h"
#include "base/file.h"
#include "screening/reader.h"

/* The inputs of the fuzz targets, small lists in every format. */
static const struct {
	const char *file, *format;
	uint64_t entries, persons, organisations, vessels, names, identifiers;
	const char *published;
} lists[] = {
    {"list_xml/ofac", "ofac-xml", 3, 1, 1, 1, 5, 4, "2025-03-28"},
    {"list_xml/ofac-advanced", "ofac-advanced", 3, 1, 1, 1, 5, 3, "2025-03-28"},
    {"list_xml/eu", "eu-xml", 2, 1, 1, 0, 3, 1, "2025-03-28"},
    {"list_xml/un", "un-xml", 2, 1, 1, 0, 7, 1, "2025-03-28"},
    {"list_xml/uk", "uk-xml", 2, 1, 0, 1, 4, 2, "2025-03-28"},
    {"list_xml/seco", "seco", 2, 1, 0, 1, 4, 3, "2025-03-28"},
    {"list_xml/sema", "sema", 4, 1, 2, 1, 6, 1, NULL},
    {"list_csv/ofac", "ofac-csv", 3, 1, 1, 1, 7, 6, NULL},
    {"list_csv/ofac-headed", "ofac-csv", 2, 1, 1, 0, 3, 1, NULL},
    {"list_csv/csl", "csl-csv", 2, 1, 0, 0, 5, 3, NULL},
    {"list_csv/csl-without-ids", "csl-csv", 1, 0, 0, 0, 1, 0, NULL},
    {"list_csv/dpl", "dpl", 1, 0, 0, 0, 1, 0, NULL},
    {"list_csv/eu", "eu-csv", 2, 1, 1, 0, 2, 1, "2025-03-28"},
    {"list_csv/uk", "uk-csv", 2, 1, 0, 1, 4, 3, "2025-03-28"},
    {"list_csv/conlist", "conlist", 2, 1, 1, 0, 3, 1, "2025-03-28"},
    {"list_csv/simple", "simple", 2, 1, 0, 1, 4, 4, NULL},
    {"list_csv/own", "csv", 3, 1, 2, 0, 5, 2, NULL},
    {"list_json/csl", "csl-json", 2, 1, 0, 0, 3, 1, NULL},
    {"list_json/ftm", "ftm", 2, 1, 0, 1, 4, 3, NULL},
    {"list_json/ftm-nested", "ftm", 1, 0, 1, 0, 1, 1, NULL},
    {"list_json/senzing", "senzing", 2, 1, 1, 0, 3, 1, NULL},
    {"list_zip/uk", "uk-ods", 2, 1, 0, 1, 4, 3, "2025-03-28"},
};
enum { LISTS = sizeof lists / sizeof *lists };

/* An entity's own words, one line a fact, to look for what must be in it. */
struct seen {
	struct arena arena;
	struct buffer text;
};

static bool note(void *context, const struct entity *x, struct err *e)
{
	struct seen *s = context;
	(void)e;
	if (s == NULL)
		return true;
	buffer_printf(&s->text, "\n%s %s", entity_type_name(x->type), x->id);
	for (size_t i = 0; i < x->name_count; i++)
		buffer_printf(&s->text, "\nname %u %s|%s|%s", x->names[i].kind, x->names[i].text,
		              x->names[i].given != NULL ? x->names[i].given : "",
		              x->names[i].family != NULL ? x->names[i].family : "");
	for (size_t i = 0; i < x->birth_count; i++)
		buffer_printf(&s->text, "\nborn %s", x->births[i]);
	for (size_t i = 0; i < x->country_count; i++)
		buffer_printf(&s->text, "\ncountry %s", x->countries[i]);
	for (size_t i = 0; i < x->address_count; i++)
		buffer_printf(&s->text, "\naddress %s", x->addresses[i]);
	for (size_t i = 0; i < x->identifier_count; i++)
		buffer_printf(&s->text, "\n%s %s %s", x->identifiers[i].kind,
		              x->identifiers[i].value,
		              x->identifiers[i].country != NULL ? x->identifiers[i].country : "-");
	for (size_t i = 0; i < x->note_count; i++)
		buffer_printf(&s->text, "\n%s: %s", x->notes[i].label, x->notes[i].text);
	return true;
}

/* Reads bytes that hold the files of one list, parted by "\n---\n". */
static bool read_bytes_as_list(struct bytes b, const char *format, struct seen *seen,
                               struct list_facts *facts, struct err *e)
{
	struct list_file files[LIST_FILES];
	size_t count = 0;
	*e = (struct err){0};
	while (b.len > 0 && count < LIST_FILES) {
		const uint8_t *mark = memmem(b.at, b.len, "\n---\n", 5);
		size_t part = mark != NULL ? (size_t)(mark - b.at) + 1 : b.len;
		size_t skip = mark != NULL ? part + 4 : part;
		files[count].name = "input";
		files[count++].at = fmemopen((void *)(uintptr_t)b.at, part, "rb");
		b = bytes_of(b.at + skip, b.len - skip);
	}
	if (count == 0)
		return err_input(e, "list.empty", "nothing");
	bool ok = list_read(files, count, format, note, seen, facts, e);
	for (size_t i = 0; i < count; i++)
		fclose(files[i].at);
	return ok;
}

static struct bytes load(struct arena *arena, const char *file)
{
	struct err e = {0};
	struct bytes b = {0};
	const char *path = arena_printf(arena, "%s/tests/fuzz/corpus/%s", SOURCE_ROOT, file);
	CHECK(file_read(arena, path, 1 << 20, &b, &e), "%s", e.text);
	return b;
}

static void each_format_is_found_and_read_whole(void)
{
	for (size_t i = 0; i < LISTS; i++) {
		owned_arena arena = {0};
		struct list_facts f;
		struct err e;
		bool ok = read_bytes_as_list(load(&arena, lists[i].file), NULL, NULL, &f, &e);
		CHECK(ok, "%s: %s", lists[i].file, e.text);
		if (!ok)
			continue;
		CHECK(strcmp(f.format, lists[i].format) == 0, "%s is taken for %s", lists[i].file,
		      f.format);
		CHECK(f.entries == lists[i].entries &&
		          f.by_type[ENTITY_PERSON] == lists[i].persons &&
		          f.by_type[ENTITY_ORGANISATION] == lists[i].organisations &&
		          f.by_type[ENTITY_VESSEL] == lists[i].vessels &&
		          f.names == lists[i].names && f.identifiers == lists[i].identifiers,
		      "%s: %llu entries, %llu names, %llu identifiers", lists[i].file,
		      (unsigned long long)f.entries, (unsigned long long)f.names,
		      (unsigned long long)f.identifiers);
		CHECK(f.has_published == (lists[i].published != NULL), "%s", lists[i].file);
		if (f.has_published)
			CHECK(f.published / 86400 == 20175, "%s: %lld", lists[i].file,
			      (long long)f.published);
	}
}

/* What must be in what each says: text after a line feed. */
static const struct {
	const char *file, *says;
} facts[] = {
    {"list_xml/ofac", "\nname 0 Rupert HENTZAU|Rupert|HENTZAU"},
    {"list_xml/ofac", "\nname 2 The Duellist||"},
    {"list_xml/ofac", "\nwallet 1ExampleExampleExampleExample -"},
    {"list_xml/ofac", "\nimo 9187629 -"},
    {"list_xml/ofac", "\ncountry KP"},
    {"list_xml/ofac-advanced", "\nname 0 Rupert HENTZAU|Rupert|HENTZAU"},
    {"list_xml/ofac-advanced", "\nname 1 Хентцау Руперт||"},
    {"list_xml/ofac-advanced", "\naddress 1 Castle Street, Isfahan"},
    {"list_xml/ofac-advanced", "\npassport XR1234567 IR"},
    {"list_xml/ofac-advanced", "\nprogramme: XR-1"},
    {"list_xml/eu", "\nborn 1959\nborn 1960"},
    {"list_xml/eu", "\nname 2 The Duellist||"},
    {"list_xml/eu", "\nnotice: 2022/1 (OJ L1) https://eur-lex.example/1"},
    {"list_xml/un", "\nname 2 The Duellist||"},
    {"list_xml/un", "\nname 1 Rupert von Hentzau||"},
    {"list_xml/uk", "\nmeasures: Travel Ban"},
    {"list_xml/uk", "\nborn 1961-03-07\nborn 1962"},
    {"list_xml/seco", "\nname 1 Руперт Хентцау|Руперт|Хентцау"},
    {"list_xml/seco", "\nprogramme: Ordinance of 9 March 2022 on Ruritania"},
    {"list_xml/seco", "\nvessel 103"},
    {"list_xml/sema", "\nprogramme: Belarus / Bélarus"},
    {"list_csv/ofac", "\nname 2 The Duellist||"},
    {"list_csv/ofac", "\nname 2 THE CAPTAIN||"},
    {"list_csv/ofac", "\ntax 7707083893 RU"},
    {"list_csv/ofac", "\npassport XR1234567 IR"},
    {"list_csv/ofac", "\nborn 1961-03-07\nborn 1960\nborn 1961\nborn 1962"},
    {"list_csv/csl", "\nlicence-requirement: For all items subject to the EAR."},
    {"list_csv/csl", "\nreview-policy: Presumption of denial"},
    {"list_csv/csl", "\nregistration 99 RU"},
    {"list_csv/csl", "\ntax 7707083893 -"},
    {"list_csv/dpl", "\nends-on: 10/13/2030"},
    {"list_csv/eu", "\npassport XR1234567 DE"},
    {"list_csv/uk", "\npassport XR7654321 -"},
    {"list_csv/conlist", "\nname 2 The Duellist||"},
    {"list_csv/conlist", "\nborn 1961"},
    {"list_csv/simple", "\nlei 253400WSS48YWMBUA688 -"},
    {"list_csv/own", "\nreason: Did not pay, twice"},
    {"list_json/csl", "\nlicence-requirement: For all items subject to the EAR."},
    {"list_json/ftm", "\nwallet 1ExampleExampleExampleExample -"},
    {"list_json/ftm", "\nreason: Abducted a king."},
    {"list_json/ftm-nested", "\naddress 1 Castle Street, Strelsau"},
    {"list_json/senzing", "\nname 1 Rupert von Hentzau|Rupert|von Hentzau"},
    {"list_zip/uk", "\nreason: Abducted a king, \"they say\"."},
};

static void what_a_list_says_is_kept(void)
{
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		owned_arena arena = {0};
		struct seen seen = {.text = {.arena = &arena}};
		struct list_facts f;
		struct err e;
		CHECK(read_bytes_as_list(load(&arena, facts[i].file), NULL, &seen, &f, &e), "%s",
		      e.text);
		const char *all = buffer_cstr(&seen.text);
		CHECK(strstr(all, facts[i].says) != NULL, "%s does not say %s, but%s",
		      facts[i].file, facts[i].says, all);
	}
}

static void delisted_targets_are_left_out(void)
{
	owned_arena arena = {0};
	struct seen seen = {.text = {.arena = &arena}};
	struct list_facts f;
	struct err e;
	CHECK(read_bytes_as_list(load(&arena, "list_xml/seco"), NULL, &seen, &f, &e), "%s", e.text);
	CHECK(strstr(buffer_cstr(&seen.text), "Gone Trading") == NULL, "it is there");
}

/* --- Damaged -------------------------------------------------------------------------------- */

static void files_cut_short_are_refused(void)
{
	for (size_t i = 0; i < LISTS; i++) {
		owned_arena arena = {0};
		struct bytes b = load(&arena, lists[i].file);
		bool has_an_end = strncmp(lists[i].file, "list_csv", 8) != 0 &&
		                  strcmp(lists[i].format, "ftm") != 0 &&
		                  strcmp(lists[i].format, "senzing") != 0;
		size_t step = b.len > 4000 ? 7 : 1;
		for (size_t len = 0; len + 4 < b.len; len += step) {
			struct list_facts f;
			struct err e;
			bool ok =
			    read_bytes_as_list(bytes_of(b.at, len), lists[i].format, NULL, &f, &e);
			CHECK(!ok || !has_an_end, "%s cut to %zu bytes is taken", lists[i].file,
			      len);
			CHECK(ok || (e.kind == ERR_INPUT && e.rule != NULL), "%s at %zu: %s",
			      lists[i].file, len, e.text);
			CHECK(!ok || f.entries <= lists[i].entries, "%s at %zu", lists[i].file,
			      len);
		}
	}
}

static void damaged_files_give_an_error_or_an_answer(void)
{
	uint64_t seed = test_seed();
	for (size_t i = 0; i < LISTS; i++) {
		owned_arena arena = {0};
		struct bytes b = load(&arena, lists[i].file);
		for (int round = 0; round < 200; round++) {
			uint8_t *copy = arena_alloc(&arena, b.len);
			memcpy(copy, b.at, b.len);
			for (int k = 0; k < 3; k++)
				copy[test_random(&seed) % b.len] = (uint8_t)test_random(&seed);
			struct list_facts f;
			struct err e;
			bool ok = read_bytes_as_list(bytes_of(copy, b.len), lists[i].format, NULL,
			                             &f, &e);
			CHECK(ok || (e.kind == ERR_INPUT && e.rule != NULL && e.text[0] != 0),
			      "%s: %d %s", lists[i].file, e.kind, e.text);
		}
	}
}

/* What is wrong, and what the error must name. */
static const struct {
	const char *text, *format, *rule, *names;
} bad[] = {
    {"name,type\nA,person\nB\n", "csv", "list.csv",
     "input: line 3: 1 fields where the header has 2"},
    {"name,type\nA,person\nB,spaceship\n", "csv", "list.field",
     "input: line 3: type: \"spaceship\""},
    {"name,country\nA,Ruritania\n", "csv", "list.field", "input: line 2: country: \"Ruritania\""},
    {"name,birth\nA,soon\n", "csv", "list.field", "input: line 2: birth: \"soon\""},
    {"title\nA\n", "csv", "list.field", "its header has no name"},
    {"name\n\"A\n", "csv", "list.csv", "the file ends inside quotes"},
    {"name\n\"A\"B\n", "csv", "list.csv", "line 2: field 1: text after the closing quote"},
    {"name\nA\"B\n", "csv", "list.csv", "a quote inside a field"},
    {"name\nA\xFF\n", "csv", "list.csv", "not UTF-8"},
    {"id,name\n1,A\n1,B\n", "csv", "list.duplicate", "line 3: id 1 is there twice"},
    {"id,name\n1,\n", "csv", "list.field", "line 2: name: entry 1 has none"},
    {"id,name\n", "csv", "list.empty", "input holds no entry"},
    {"nothing known", NULL, "list.format", "say which with --format"},
    {"x,\"A\",-0- ,\"B\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n", "ofac-csv", "list.field",
     "line 1: ent_num: \"x\" is not a number"},
    {"1,\"A\",-0- ,\"B\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n2,\"B\"\n", "ofac-csv",
     "list.field", "line 2: 2 fields, not 12"},
    {"1,2,\"aka\",\"A\",-0- \n", "ofac-csv", "list.field", "the list itself"},
    {"1,\"A\",-0- ,\"B\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \nid,a,b,c,d,e,f,g,h,i,j,k\n",
     "ofac-csv", "list.field", "line 2: ent_num: \"id\" is not a number"},
    {"1,\"A\",-0- ,\"B\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n\x1a,,\nx", "ofac-csv",
     "list.csv", "text after the end of the file"},
    {"<sdnList><publshInformation><Record_Count>2</Record_Count></publshInformation><sdnEntry>"
     "<uid>1</uid><lastName>A</lastName></sdnEntry></sdnList>",
     "ofac-xml", "list.count", "says it holds 2 entries and holds 1"},
    {"<sdnList><sdnEntry><uid>1</uid></sdnEntry></sdnList>", "ofac-xml", "list.field",
     "name: entry 1 has none"},
    {"<!DOCTYPE a [<!ENTITY b \"c\">]><sdnList/>", "ofac-xml", "list.xml", "a document type"},
    {"<sdnList>\n<sdnEntry></sdnList>", "ofac-xml", "list.xml", "line 2: mismatched tag"},
    {"<sdnList>", "ofac-xml", "list.xml", "line 1"},
    {"<swiss-sanctions-list><target ssid=\"1\"/></swiss-sanctions-list>", "seco", "list.field",
     "target: it is no individual"},
    {"{\"id\":\"1\",\"schema\":\"Person\"}", "ftm", "list.field", "properties: they are missing"},
    {"{\"id\":\"1\",\"properties\":{}}", "ftm", "list.field", "schema: it is missing"},
    {"{\"id\":\"1\",\n\"schema\"}", "ftm", "list.json", "line 2"},
    {"[1]", "csl-json", "list.json", ""},
    {"{\"x\":1}", "csl-json", "list.json", "it has no \"results\""},
    {"PK\003\004", "uk-ods", "list.zip", "no whole zip"},
};

static void errors_name_file_line_and_field(void)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct list_facts f;
		struct err e;
		bool ok = read_bytes_as_list(bytes_text(bad[i].text), bad[i].format, NULL, &f, &e);
		CHECK(!ok, "row %zu is taken", i);
		CHECK(e.kind == ERR_INPUT && e.rule != NULL && strcmp(e.rule, bad[i].rule) == 0 &&
		          strstr(e.text, bad[i].names) != NULL,
		      "row %zu: %s: %s", i, e.rule != NULL ? e.rule : "", e.text);
	}
}

static void control_characters_are_left_out(void)
{
	owned_arena arena = {0};
	struct seen seen = {.text = {.arena = &arena}};
	struct list_facts f;
	struct err e;
	struct bytes list =
	    bytes_text("id,name,note\n1,A\033[31mB\xC2\x9B \x7F C,\tx\x01y\xC2\xA0z\n");
	CHECK(read_bytes_as_list(list, "csv", &seen, &f, &e), "%s", e.text);
	const char *all = buffer_cstr(&seen.text);
	CHECK(strstr(all, "\nname 0 A[31mB C||") != NULL && strstr(all, "\nnote: xy z") != NULL,
	      "%s", all);
}

static void deep_and_large_entries_are_refused(void)
{
	owned_arena arena = {0};
	struct buffer deep = {.arena = &arena}, large = {.arena = &arena};
	struct list_facts f;
	struct err e;
	buffer_text(&deep, "<sdnList><sdnEntry>");
	for (int i = 0; i < 100; i++)
		buffer_text(&deep, "<a>");
	CHECK(!read_bytes_as_list(buffer_view(&deep), "ofac-xml", NULL, &f, &e), "taken");
	CHECK(strstr(e.text, "nested too deep") != NULL, "%s", e.text);
	buffer_text(&large, "{\"id\":\"1\",\"schema\":\"Person\",\"properties\":{\"name\":[\"a\"");
	for (int i = 0; i < 500000; i++)
		buffer_printf(&large, ",\"alias %d\"", i);
	buffer_text(&large, "]}}");
	CHECK(!read_bytes_as_list(buffer_view(&large), "ftm", NULL, &f, &e), "taken");
	CHECK(strstr(e.text, "more than 4096 of one thing") != NULL, "%s", e.text);
}

/* --- Words ---------------------------------------------------------------------------------- */

static void types_have_the_names_that_lists_and_clients_use(void)
{
	static const struct {
		const char *name;
		enum entity_type type;
	} names[] = {
	    {"person", ENTITY_PERSON},
	    {"Individual", ENTITY_PERSON},
	    {"org", ENTITY_ORGANISATION},
	    {"company", ENTITY_ORGANISATION},
	    {"Entity", ENTITY_ORGANISATION},
	    {"SHIP", ENTITY_VESSEL},
	    {"vessel", ENTITY_VESSEL},
	    {"Airplane", ENTITY_AIRCRAFT},
	    {"any", ENTITY_ANY},
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		enum entity_type type;
		CHECK(entity_type_by_name(names[i].name, &type) && type == names[i].type, "%s",
		      names[i].name);
	}
	enum entity_type type;
	CHECK(!entity_type_by_name("spaceship", &type), "taken");
	for (unsigned t = 0; t < ENTITY_TYPES; t++)
		CHECK(entity_type_by_name(entity_type_name(t), &type) && type == t, "%u", t);
}

/* --- Real files ----------------------------------------------------------------------------- */

static const struct {
	const char *files[4], *format;
	uint64_t entries;
} real[] = {
    {{"ofac/sdn-2021-07.csv", "ofac/alt-2021-07.csv", "ofac/add-2021-07.csv"}, "ofac-csv", 8976},
    {{"ofac/cons_prim.csv", "ofac/cons_alt.csv", "ofac/cons_add.csv", "ofac/cons_comments.csv"},
     "ofac-csv",
     442},
    {{"ofac/consolidated-2025-03.xml"}, "ofac-xml", 443},
    {{"un/consolidated-2020.xml"}, "un-xml", 1018},
    {{"un/consolidated-2025-04.xml"}, "un-xml", 877},
    {{"un/consolidated-watchman.xml"}, "un-xml", 1003},
    {{"ca/sema-2025.xml"}, "sema", 4759},
    {{"us-dpl/dpl.txt"}, "dpl", 581},
    {{"us-csl/consolidated-sample.csv"}, "csl-csv", 13},
    {{"us-csl/csl-2019-sample.csv"}, "csl-csv", 115},
    {{"opensanctions/targets-2026-03.simple.csv"}, "simple", 5600},
    {{"opensanctions/us_congress_senzing.json"}, "senzing", 1319},
};

static void read_real(const char *folder, size_t i)
{
	struct list_file files[4];
	struct list_facts f;
	struct err e = {0};
	char path[4096];
	size_t count = 0;
	for (; count < 4 && real[i].files[count] != NULL; count++) {
		snprintf(path, sizeof path, "%s/lists/%s", folder, real[i].files[count]);
		files[count].name = real[i].files[count];
		files[count].at = fopen(path, "rb");
		if (files[count].at == NULL) {
			CHECK(false, "no %s", path);
			break;
		}
	}
	bool ok = list_read(files, count, NULL, note, NULL, &f, &e);
	CHECK(ok, "%s", e.text);
	CHECK(!ok || (strcmp(f.format, real[i].format) == 0 && f.entries == real[i].entries),
	      "%s: %s, %llu", real[i].files[0], f.format, (unsigned long long)f.entries);
	for (size_t k = 0; k < count; k++)
		fclose(files[k].at);
}

static void published_files_have_the_entries_they_are_said_to(void)
{
	const char *folder = test_data();
	if (folder == NULL)
		SKIP("no PROVISO_TEST_DATA");
	for (size_t i = 0; i < sizeof real / sizeof *real; i++)
		read_real(folder, i);
}

/* As a spreadsheet keeps it: OFAC's own table, under a line that names its columns. */
static void an_official_table_under_a_header_is_read(void)
{
	const char *folder = test_data();
	if (folder == NULL)
		SKIP("no PROVISO_TEST_DATA");
	owned_arena arena = {0};
	struct bytes b;
	struct list_facts f;
	struct err e = {0};
	const char *path = arena_printf(&arena, "%s/lists/ofac/sdn-2023-11-relabelled.csv", folder);
	CHECK(file_read(&arena, path, 1 << 24, &b, &e), "%s", e.text);
	CHECK(read_bytes_as_list(b, NULL, NULL, &f, &e), "%s", e.text);
	CHECK(strcmp(f.format, "ofac-csv") == 0 && f.entries == 11443, "%s: %llu", f.format,
	      (unsigned long long)f.entries);
}

TEST_MAIN(TEST(each_format_is_found_and_read_whole), TEST(what_a_list_says_is_kept),
          TEST(delisted_targets_are_left_out), TEST(files_cut_short_are_refused),
          TEST(damaged_files_give_an_error_or_an_answer), TEST(errors_name_file_line_and_field),
          TEST(control_characters_are_left_out), TEST(deep_and_large_entries_are_refused),
          TEST(types_have_the_names_that_lists_and_clients_use),
          TEST(published_files_have_the_entries_they_are_said_to),
          TEST(an_official_table_under_a_header_is_read))
