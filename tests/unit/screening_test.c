#include "test.h"

#include "base/arena.h"
#include "screening/screening.h"

static const struct {
	const char *name, *normal;
} normals[] = {
    {"Candiru", "candiru"},
    {"  CANDIRU,  Ltd. ", "candiru"},
    {"D.F. Associates", "df associates"},
    {"N.S.O. Group", "nso group"},
    {"nso\tgroup", "nso group"},
    {"Computer Security Initiative Consultancy PTE. LTD.", "computer security initiative consultancy"},
    {"Computer-Security Initiative/Consultancy Private Limited",
     "computer security initiative consultancy"},
    {"Société Générale S.A.", "societe generale"},
    {"Société", "societe"},
    {"Straße & Söhne GmbH", "strasse and sohne"},
    {"Łódź Æther Œuvre Þór", "lodz aether oeuvre thor"},
    {"Ｃａｎｄｉｒｕ　ＬＴＤ １２", "candiru 12"},
    {"Позитив Текнолоджиз", "Позитив Текнолоджиз"},
    {"O’Hara “Co” – 7", "ohara 7"},
    {"Ltd", "ltd"},
    {"Co. Ltd.", "co ltd"},
    {"...", ""},
    {"", ""},
    {"\xE2\x82", "\xE2\x82"}, /* cut short: kept as it is */
    {"𐍈 ltd", "𐍈"},
};

static void names_are_compared_without_case_marks_and_legal_forms(void)
{
	owned_arena arena = {0};
	for (size_t i = 0; i < sizeof normals / sizeof *normals; i++) {
		const char *got = screening_normalise(&arena, normals[i].name);
		CHECK(strcmp(got, normals[i].normal) == 0, "%s: \"%s\", not \"%s\"", normals[i].name, got,
		    normals[i].normal);
		CHECK(strcmp(screening_normalise(&arena, got), got) == 0, "%s: again differs", got);
	}
}

static const struct {
	const char *name, *country, *entry; /* entry NULL: no hit */
} matches[] = {
    {"NSO Group", "IL", "NSO Group"},
    {"nso group ltd", NULL, "NSO Group"},
    {"NSO GROUP", "LU", "NSO Group"},
    {"NSO", "IL", NULL},
    {"Candiru Ltd", "IL", "Candiru"},
    {"Saito Tech", "IL", "Candiru"},
    {"D.F. Associates Ltd.", "IL", "Candiru"},
    {"Grindavik Solutions", "", "Candiru"},
    {"TAVETA LTD", "IL", "Candiru"},
    {"Positive Technologies JSC", "RU", "Positive Technologies"},
    {"Coseinc", "SG", "Computer Security Initiative Consultancy PTE. LTD."},
    {"Computer Security Initiative Consultancy", "SG",
     "Computer Security Initiative Consultancy PTE. LTD."},
    {"Positive Technology", "RU", NULL},
    {"Meridian Systems", "XA", NULL},
    {"", "IL", NULL},
    {"Ltd.", "IL", NULL},
};

static void listed_parties_are_found_by_any_of_their_names(void)
{
	owned_arena arena = {0};
	for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
		struct screening_match *out;
		size_t count = screening_match(&arena, matches[i].name, matches[i].country, &out);
		CHECK(count == (matches[i].entry != NULL), "%s: %zu", matches[i].name, count);
		if (count == 0 || matches[i].entry == NULL)
			continue;
		CHECK(strcmp(out[0].entry->name, matches[i].entry) == 0, "%s: %s", matches[i].name,
		    out[0].entry->name);
		CHECK(out[0].score == 1000, "%u", out[0].score);
		CHECK(strstr(out[0].how, matches[i].entry) != NULL, "%s", out[0].how);
	}
}

static void a_match_says_how_and_whether_the_country_fits(void)
{
	owned_arena             arena = {0};
	struct screening_match *out;
	screening_match(&arena, "Saito Tech", "IL", &out);
	CHECK(strcmp(out[0].matched, "Saito Tech Ltd.") == 0, "%s", out[0].matched);
	CHECK(strstr(out[0].how, "another name of Candiru") != NULL &&
	          strstr(out[0].how, "the country (IL) is the same") != NULL, "%s", out[0].how);
	screening_match(&arena, "Candiru", "CY", &out);
	CHECK(strstr(out[0].how, "the name of Candiru") != NULL &&
	          strstr(out[0].how, "the country differs (CY, listed for IL)") != NULL, "%s",
	    out[0].how);
	screening_match(&arena, "Candiru", NULL, &out);
	CHECK(strstr(out[0].how, "country") == NULL, "%s", out[0].how);
}

static void the_embedded_list_is_the_notice_of_november_2021(void)
{
	static const struct {
		const char *name, *country, *ground;
	} notice[] = {
	    {"Candiru", "IL", "journalists"},
	    {"NSO Group", "IL", "journalists"},
	    {"Positive Technologies", "RU", "unauthorised access"},
	    {"Computer Security Initiative Consultancy PTE. LTD.", "SG", "unauthorised access"},
	};
	size_t               count;
	const struct listed *list = screening_embedded(&count);
	CHECK(count == sizeof notice / sizeof *notice, "%zu", count);
	for (size_t i = 0; i < count; i++) {
		CHECK(strcmp(list[i].name, notice[i].name) == 0, "%s", list[i].name);
		CHECK(strcmp(list[i].country, notice[i].country) == 0, "%s", list[i].country);
		CHECK(strcmp(list[i].list, screening_embedded_name()) == 0, "%s", list[i].list);
		CHECK(strstr(list[i].reason, notice[i].ground) != NULL &&
		          strstr(list[i].reason, "86 FR 60759") != NULL, "%s", list[i].reason);
	}
	CHECK(screening_embedded_date() == 1635984000, "date");
	CHECK(strstr(screening_embedded_source(), "86-FR-60759") != NULL, "source");
}

static void the_bytes_of_the_list_hold_every_name(void)
{
	owned_arena          arena = {0};
	size_t               count;
	const struct listed *list = screening_embedded(&count);
	struct bytes         bytes = screening_embedded_bytes(&arena);
	const char          *text = arena_copy(&arena, bytes.at, bytes.len);
	size_t               lines = 0;
	for (size_t i = 0; i < bytes.len; i++)
		lines += text[i] == '\n';
	CHECK(lines == count, "%zu lines", lines);
	for (size_t i = 0; i < count; i++) {
		CHECK(strstr(text, list[i].name) != NULL, "%s", list[i].name);
		for (size_t k = 0; list[i].aliases[k] != NULL; k++)
			CHECK(strstr(text, list[i].aliases[k]) != NULL, "%s", list[i].aliases[k]);
	}
	CHECK(bytes_equal(bytes, screening_embedded_bytes(&arena)), "not the same twice");
}

TEST_MAIN(TEST(names_are_compared_without_case_marks_and_legal_forms),
    TEST(listed_parties_are_found_by_any_of_their_names),
    TEST(a_match_says_how_and_whether_the_country_fits),
    TEST(the_embedded_list_is_the_notice_of_november_2021),
    TEST(the_bytes_of_the_list_hold_every_name))
