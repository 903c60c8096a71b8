#include "test.h"

#include <math.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "screening/index.h"
#include "screening/screening.h"

/* --- Two names ------------------------------------------------------------------------------ */

static const struct {
	const char *a, *b;
	enum entity_type type;
	bool same;
} pairs[] = {
    /* order, case, commas, marks, punctuation */
    {"Vladimir Putin", "PUTIN, Vladimir", ENTITY_PERSON, true},
    {"Recep Tayyip Erdoğan", "recep tayyip erdogan", ENTITY_PERSON, true},
    {"Société Générale S.A.", "SOCIETE GENERALE SA", ENTITY_ORGANISATION, true},
    /* missing and added parts, patronymics, initials, nicknames */
    {"Vladimir Vladimirovich Putin", "Vladimir Putin", ENTITY_PERSON, true},
    {"John R. Smithfield", "John Robert Smithfield", ENTITY_PERSON, true},
    {"William Gatesworth", "Bill Gatesworth", ENTITY_PERSON, true},
    {"Aleksandr Ivanov Petrovich", "Sergei Karimov Petrovich", ENTITY_PERSON, false},
    /* typos */
    {"Emmanuel Macron", "Emmanuel Marcon", ENTITY_PERSON, true},
    /* particles, joined and parted words */
    {"Ayman al-Zawahiri", "Ayman Zawahiri", ENTITY_PERSON, true},
    {"Ayman al-Zawahiri", "Aiman Alzawahiri", ENTITY_PERSON, true},
    {"Abdul Rahman Yasin", "Abdurrahman Yasin", ENTITY_PERSON, true},
    {"SEASTAR III", "SEA STAR III", ENTITY_VESSEL, true},
    {"MV Arctic Pioneer", "ARCTIC PIONEER", ENTITY_VESSEL, true},
    {"ASIA BRIDGE 1", "ASIA BRIDGE 2", ENTITY_VESSEL, false},
    {"ASIA BRIDGE 2", "ASIA BRIDGE II", ENTITY_VESSEL, true},
    /* scripts */
    {"Vladimir Putin", "Владимир Путин", ENTITY_PERSON, true},
    {"Ayman al-Zawahiri", "أيمن الظواهري", ENTITY_PERSON, true},
    {"Michael Katz", "מיכאל כץ", ENTITY_PERSON, true},
    {"John Krasinski", "존 크래신스키", ENTITY_PERSON, true},
    {"Hong Jeong-Ho", "홍정호", ENTITY_PERSON, true},
    {"Xi Jinping", "习近平", ENTITY_PERSON, true},
    {"Kyriakos Mitsotakis", "Κυριάκος Μητσοτάκης", ENTITY_PERSON, true},
    {"Mikheil Saakashvili", "მიხეილ სააკაშვილი", ENTITY_PERSON, true},
    {"Yoko Tanaka", "タナカ ヨウコ", ENTITY_PERSON, true},
    {"Ben Johnson", "브라이언 존슨", ENTITY_PERSON, false},
    {"Antonia Fraser", "דון פרייזר", ENTITY_PERSON, false},
    /* initials as they are said, kinds of firms as they are translated, gershayim */
    {"NSO Group", "אן אס או", ENTITY_ORGANISATION, true},
    {"NSO Group Technologies Limited", "קבוצת אן-אס-או", ENTITY_ORGANISATION, true},
    {"NSO Group", "مجموعة إن إس أو", ENTITY_ANY, true},
    {"NSO", "엔에스오", ENTITY_ORGANISATION, true},
    {"IBM", "אי בי אם", ENTITY_ORGANISATION, true},
    {"NSO Group", "אן אס אם", ENTITY_ORGANISATION, false},
    {"NSO Group", "אן-אס-או", ENTITY_ORGANISATION, true},
    {"NSO Group", "Эн-Эс-О", ENTITY_ORGANISATION, true},
    {"NSO Group", "ان اس او", ENTITY_ORGANISATION, true},
    {"NSO Group", "エヌエスオー", ENTITY_ORGANISATION, true},
    {"NSO Group", "エヌエスオー・グループ", ENTITY_ORGANISATION, true},
    {"NSO Group", "エムエスオー", ENTITY_ORGANISATION, false},
    {"NHK", "エヌ・エイチ・ケイ", ENTITY_ANY, true},
    {"IBM", "آي بي إم", ENTITY_ORGANISATION, true},
    {"NTV", "Εν Τι Βι", ENTITY_ORGANISATION, true},
    {"NTV", "Έν Τί Βί", ENTITY_ORGANISATION, true},
    {"Toyota", "トヨタ", ENTITY_ORGANISATION, true},
    {"Candiru Ltd", "קנדירו בע\"מ", ENTITY_ORGANISATION, true},
    /* legal forms, generic words, numbers */
    {"Romashka LLC", "ООО Ромашка", ENTITY_ORGANISATION, true},
    {"STRELA JSC", "JOINT-STOCK COMPANY STRELA", ENTITY_ORGANISATION, true},
    {"REY INVESTMENT COMPANY", "IRANIAN PETROCHEMICAL INVESTMENT GROUP COMPANY",
     ENTITY_ORGANISATION, false},
    /* one word shared is no party shared */
    {"Mercury LLC", "Mercury Jane Thornton", ENTITY_ANY, false},
    /* letters that only look alike, that cannot be seen, that run the other way */
    {"Roscosmos", "R\xD0\xBEsc\xD0\xBEsm\xD0\xBEs", ENTITY_ORGANISATION, true},
    {"Candiru",
     "C\xE2\x80\x8B"
     "an\xE2\x80\x8D"
     "di\xC2\xADru",
     ENTITY_ORGANISATION, true},
    {"Candiru",
     "\xE2\x80\xAE"
     "Candiru\xE2\x80\xAC",
     ENTITY_ORGANISATION, true},
    {"Candiru", "ＣＡＮＤＩＲＵ", ENTITY_ORGANISATION, true},
};

static double score(const char *a, const char *b, enum entity_type type)
{
	struct err e = {0};
	double s = -1;
	CHECK(screening_score(bytes_text(a), bytes_text(b), type, &s, &e), "%s, %s: %s", a, b,
	      e.text);
	return s;
}

static void a_family_name_may_come_first_or_last(void)
{
	static const char *const orders[][2] = {
	    {"Vladimir Putin", "PUTIN, Vladimir"},
	    {"Vladimir Putin", "Putin Vladimir"},
	    {"Antoinette Mauban", "MAUBAN Antoinette"},
	    {"Vladimir Vladimirovich Putin", "Putin Vladimir Vladimirovich"},
	    {"Jong Un Kim", "Kim Jong Un"}};
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		double s = score(orders[i][0], orders[i][1], ENTITY_PERSON);
		CHECK(s >= SCREENING_THRESHOLD, "%s, %s: %.3f", orders[i][0], orders[i][1], s);
	}
}

static void names_are_matched_across_spellings_and_scripts(void)
{
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		double s = score(pairs[i].a, pairs[i].b, pairs[i].type);
		CHECK((s >= SCREENING_SAME) == pairs[i].same, "%s, %s: %.3f", pairs[i].a,
		      pairs[i].b, s);
	}
}

static void check_both_ways(const char *a, const char *b, enum entity_type type)
{
	double x = score(a, b, type), y = score(b, a, type);
	CHECK(fabs(x - y) < 1e-9, "%s, %s: %.6f and %.6f", a, b, x, y);
	CHECK(x >= 0 && x < 1, "%s, %s: %.6f saturates", a, b, x);
}

/* Each name beside each, in all scripts, and two of them run together beside two others. */
static void the_order_of_two_names_does_not_matter(void)
{
	enum { COUNT = sizeof pairs / sizeof *pairs };
	owned_arena arena = {0};
	for (size_t i = 0; i < COUNT; i++) {
		for (size_t k = 0; k < COUNT; k++) {
			const char *a = pairs[i].a, *b = pairs[k].b,
			           *turned = pairs[(i + k) % COUNT].b;
			check_both_ways(a, b, pairs[i].type);
			check_both_ways(arena_printf(&arena, "%s %s", a, turned),
			                arena_printf(&arena, "%s %s", turned, b), pairs[k].type);
		}
	}
}

static void closer_names_score_higher(void)
{
	static const char *const falling[] = {"Grindavik Solutions", "Grindavik Solution",
	                                      "Grindvik Solution", "Grindavik Holdings",
	                                      "Bergen Holdings"};
	double last = 2;
	for (size_t i = 0; i < sizeof falling / sizeof *falling; i++) {
		double s = score("Grindavik Solutions", falling[i], ENTITY_ORGANISATION);
		CHECK(s < last, "%s: %.4f after %.4f", falling[i], s, last);
		last = s;
	}
}

static void an_explanation_names_the_parts(void)
{
	owned_arena arena = {0};
	struct screening_verdict v;
	struct err e = {0};
	CHECK(screening_compare(&arena, "Vladimir Putin", "Владимир Владимирович Путин",
	                        ENTITY_PERSON, &v, &e),
	      "%s", e.text);
	bool links = false, misses = false;
	for (size_t i = 0; i < v.why_count; i++) {
		links |= strstr(v.why[i], "putin") != NULL && strstr(v.why[i], "rendering") != NULL;
		misses |= strncmp(v.why[i], "against: ", 9) == 0 &&
		          strstr(v.why[i], "vladimirovich") != NULL;
	}
	CHECK(links && misses, "links %d, misses %d", links, misses);
}

static void bad_names_are_clear_errors(void)
{
	double s;
	struct err e = {0};
	size_t size = 10 << 20;
	char *large = malloc(size);
	memset(large, 'a', size);
	CHECK(!screening_score(bytes_text("\xFF\xFE"), bytes_text("a"), ENTITY_ANY, &s, &e),
	      "taken");
	CHECK(e.kind == ERR_INPUT && strcmp(e.rule, "screening.name-utf8") == 0, "%s", e.text);
	CHECK(!screening_score(bytes_of(large, size), bytes_text("a"), ENTITY_ANY, &s, &e),
	      "taken");
	CHECK(e.kind == ERR_INPUT && strcmp(e.rule, "screening.name-long") == 0, "%s", e.text);
	free(large);
	CHECK(score("", "", ENTITY_ANY) < 0.01 && score("...", "...", ENTITY_ANY) < 0.01,
	      "nothing is something");
}

/* --- The list built in ---------------------------------------------------------------------- */

static size_t look(struct screening_index *x, const char *text, const char *country,
                   struct arena *arena, struct screening_answer *out, struct err *e)
{
	const struct screening_index *indexes[] = {x};
	struct screening_searcher *s = screening_searcher_new(indexes, 1);
	struct entity_name name = {.text = text};
	struct entity party = {.names = &name,
	                       .name_count = 1,
	                       .countries = &country,
	                       .country_count = country != NULL};
	bool ok = screening_search(
	    s, arena, &(struct screening_query){.party = &party, .explain = true}, out, e);
	screening_searcher_free(s);
	return ok ? out->count : SIZE_MAX;
}

static const struct {
	const char *name, *country, *entity; /* entity NULL: no hit */
} looks[] = {
    {"NSO Group", "IL", "2"},
    {"nso group ltd", NULL, "2"},
    {"NSO GROUP", "LU", "2"},
    {"N.S.O. Group", NULL, "2"},
    {"NSO Group Technologies", NULL, "2"},
    {"NSO", "IL", "2"},
    {"אן-אס-או", NULL, "2"},
    {"אן אס או", NULL, "2"},
    {"קבוצת אן.אס.או", NULL, "2"},
    {"مجموعة إن إس أو", NULL, "2"},
    {"إن. إس. أو", NULL, "2"},
    {"Candiru Ltd", "IL", "1"},
    {"Kandiru", NULL, "1"},
    {"Candirú", NULL, "1"},
    {"קנדירו", NULL, "1"},
    {"كانديرو", NULL, "1"},
    {"قاندیرو", NULL, "1"},
    {"کاندیرو", NULL, "1"},
    {"Saito Tech", "IL", "1"},
    {"Saito Tech (Candiru)", NULL, "1"},
    {"D.F. Associates Ltd.", "IL", "1"},
    {"Grindavik Solutions", NULL, "1"},
    {"TAVETA LTD", "IL", "1"},
    {"Taveta", NULL, "1"},
    {"Positive Technologies JSC", "RU", "3"},
    {"Coseinc", "SG", "4"},
    {"Computer Security Initiative Consultancy", "SG", "4"},
    {"Meridian Systems", "XA", NULL},
    {"Harbour Optics Ltd", NULL, NULL},
    {"Ruritanian Police", NULL, NULL},
    {"Ltd.", "IL", NULL},
};

static void listed_parties_are_found_as_the_press_spells_them(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct screening_index *x = screening_index_embedded(&e);
	CHECK(x != NULL, "%s", e.text);
	for (size_t i = 0; x != NULL && i < sizeof looks / sizeof *looks; i++) {
		struct screening_answer out;
		size_t count = look(x, looks[i].name, looks[i].country, &arena, &out, &e);
		bool found = count != SIZE_MAX && count > 0;
		CHECK(found == (looks[i].entity != NULL), "%s: %zu hits %s", looks[i].name, count,
		      count == SIZE_MAX ? e.text : "");
		if (found && looks[i].entity != NULL)
			CHECK(strcmp(out.at[0].id, looks[i].entity) == 0, "%s: %s", looks[i].name,
			      out.at[0].id);
	}
	screening_index_close(x);
}

static void screening_fails_closed(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct screening_answer out;
	struct screening_searcher *s = screening_searcher_new(NULL, 0);
	struct entity_name name = {.text = "NSO"};
	struct entity party = {.names = &name, .name_count = 1};
	CHECK(!screening_search(s, &arena, &(struct screening_query){.party = &party}, &out, &e) &&
	          strcmp(e.rule, "screening.no-list") == 0,
	      "%s", e.text);
	screening_searcher_free(s);
	struct screening_index *x = screening_index_embedded(&e);
	CHECK(look(x, "...", NULL, &arena, &out, &e) == SIZE_MAX &&
	          strcmp(e.rule, "screening.name-empty") == 0,
	      "%s", e.text);
	screening_index_close(x);
}

static void the_embedded_list_is_the_notice_of_november_2021(void)
{
	static const char *const notice[][2] = {
	    {"Candiru", "IL"},
	    {"NSO Group", "IL"},
	    {"Positive Technologies", "RU"},
	    {"Computer Security Initiative Consultancy PTE. LTD.", "SG"}};
	owned_arena arena = {0};
	size_t count;
	const struct listed *list = screening_embedded(&count);
	struct bytes bytes = screening_embedded_bytes(&arena);
	const char *text = arena_copy(&arena, bytes.at, bytes.len);
	CHECK(count == sizeof notice / sizeof *notice, "%zu", count);
	for (size_t i = 0; i < count; i++) {
		CHECK(strcmp(list[i].name, notice[i][0]) == 0 &&
		          strcmp(list[i].country, notice[i][1]) == 0,
		      "%s", list[i].name);
		CHECK(strstr(list[i].reason, "86 FR 60759") != NULL, "%s", list[i].reason);
		CHECK(strstr(text, list[i].name) != NULL, "%s", list[i].name);
		for (size_t k = 0; list[i].aliases[k] != NULL; k++)
			CHECK(strstr(text, list[i].aliases[k]) != NULL, "%s", list[i].aliases[k]);
	}
	CHECK(screening_embedded_date() == 1635984000, "date");
}

/* --- Index files ---------------------------------------------------------------------------- */

static struct screening_builder *built(void)
{
	static const char *const births[] = {"1961-03-07"}, *const countries[] = {"RU"};
	static const struct entity_name names[] = {{.text = "Ivan Petrovich Sidorenko",
	                                            .given = "Ivan",
	                                            .family = "Sidorenko"},
	                                           {.text = "Іван Сидоренко", .kind = NAME_ALIAS},
	                                           {.text = "Vanya", .kind = NAME_WEAK}},
	                                ship[] = {{.text = "SEA STAR III"}};
	static const struct entity_identifier ids[] = {{"passport", "AB 123-456", "RU"}},
	                                      imo[] = {{"imo", "IMO 9187629", NULL}};
	static const struct entity_note notes[] = {{"programme", "EXAMPLE"}};
	struct screening_builder *b =
	    screening_builder_new(&(struct screening_source){.list = "example", .date = 1});
	bool ok = screening_builder_each(b, &(struct entity){.id = "p1",
	                                                     .type = ENTITY_PERSON,
	                                                     .names = names,
	                                                     .name_count = 3,
	                                                     .births = births,
	                                                     .birth_count = 1,
	                                                     .countries = countries,
	                                                     .country_count = 1,
	                                                     .identifiers = ids,
	                                                     .identifier_count = 1,
	                                                     .notes = notes,
	                                                     .note_count = 1});
	ok = ok && screening_builder_each(b, &(struct entity){.id = "v1",
	                                                      .type = ENTITY_VESSEL,
	                                                      .names = ship,
	                                                      .name_count = 1,
	                                                      .identifiers = imo,
	                                                      .identifier_count = 1});
	CHECK(ok, "not built");
	return b;
}

static double best(struct screening_index *x, struct entity *party, struct arena *arena,
                   const char **id)
{
	const struct screening_index *indexes[] = {x};
	struct screening_searcher *s = screening_searcher_new(indexes, 1);
	struct screening_answer out = {0};
	struct err e = {0};
	CHECK(screening_search(s, arena,
	                       &(struct screening_query){.party = party, .threshold = 0.0001}, &out,
	                       &e),
	      "%s", e.text);
	screening_searcher_free(s);
	*id = out.count > 0 ? out.at[0].id : "";
	return out.count > 0 ? out.at[0].score : 0;
}

static void births_countries_and_identifiers_are_evidence(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes all;
	struct screening_index x;
	struct screening_builder *b = built();
	const char *id, *same = "1961-07-03", *other = "1987", *abroad = "BR", *home = "RU";
	CHECK(index_bytes(b, &arena, &all, &e) && index_attach(all.at, all.len, true, &x, &e), "%s",
	      e.text);
	screening_builder_free(b);
	struct entity_name name = {.text = "Ivan Sidorenko"};
	struct entity plain = {.type = ENTITY_PERSON, .names = &name, .name_count = 1},
	              born = plain, moved = plain;
	double without = best(&x, &plain, &arena, &id);
	CHECK(strcmp(id, "p1") == 0 && without >= SCREENING_THRESHOLD, "%s %.3f", id, without);
	born.births = &same, born.birth_count = 1;
	CHECK(best(&x, &born, &arena, &id) > without, "a birth that fits, day and month swapped");
	born.births = &other;
	CHECK(best(&x, &born, &arena, &id) < without, "another birth");
	moved.countries = &home, moved.country_count = 1;
	CHECK(best(&x, &moved, &arena, &id) > without, "the same country");
	moved.countries = &abroad;
	CHECK(best(&x, &moved, &arena, &id) < without, "another country");
	struct entity_name renamed = {.text = "Boundless Horizon"};
	struct entity_identifier imo = {"imo", "9187629", NULL}, full = {"imo", "IMO9187629", NULL};
	struct entity ship = {.type = ENTITY_VESSEL,
	                      .names = &renamed,
	                      .name_count = 1,
	                      .identifiers = &full,
	                      .identifier_count = 1};
	CHECK(best(&x, &ship, &arena, &id) > 0.5 && strcmp(id, "v1") == 0,
	      "a renamed ship keeps its number: %s", id);
	(void)imo;
	const struct entity *kept = screening_index_entity(&arena, &x, 0);
	CHECK(kept->name_count == 3 && strcmp(kept->names[0].family, "Sidorenko") == 0 &&
	          kept->names[2].kind == NAME_WEAK && strcmp(kept->births[0], "1961-03-07") == 0 &&
	          strcmp(kept->identifiers[0].value, "AB 123-456") == 0 &&
	          strcmp(kept->notes[0].text, "EXAMPLE") == 0,
	      "what the list says is kept");
}

static void a_damaged_byte_of_an_index_is_noticed(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes all;
	struct screening_index x;
	struct screening_builder *b = built();
	CHECK(index_bytes(b, &arena, &all, &e), "%s", e.text);
	screening_builder_free(b);
	uint8_t *copy = (uint8_t *)arena_copy(&arena, all.at, all.len);
	for (size_t i = 0; i < all.len; i += i < 4096 ? 1 : 97) {
		copy[i] ^= 0x10;
		CHECK(!index_attach(copy, all.len, true, &x, &e) && e.rule != NULL, "byte %zu", i);
		copy[i] ^= 0x10;
	}
	for (size_t cut = 0; cut < all.len; cut += 131)
		CHECK(!index_attach(copy, cut, true, &x, &e), "cut at %zu", cut);
	CHECK(index_attach(copy, all.len, true, &x, &e), "%s", e.text);
}

static void an_index_file_is_the_same_twice_and_shared(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes one, two;
	char path[] = "/tmp/screening-index-XXXXXX";
	int fd = mkstemp(path);
	close(fd);
	struct screening_builder *a = built(), *b = built();
	CHECK(index_bytes(a, &arena, &one, &e) && screening_builder_finish(b, path, &e), "%s",
	      e.text);
	CHECK(file_read(&arena, path, 1 << 24, &two, &e) && one.len <= two.len, "%s", e.text);
	screening_builder_free(a);
	screening_builder_free(b);
	struct screening_index *x = screening_index_open(path, &e),
	                       *y = screening_index_open(path, &e);
	size_t number = 9;
	CHECK(x != NULL && y != NULL && screening_index_count(x) == 2 &&
	          strcmp(screening_index_list(y), "example") == 0,
	      "%s", e.text);
	CHECK(screening_index_find(x, "v1", &number) && number == 1 &&
	          !screening_index_find(x, "v2", &number),
	      "find");
	CHECK(bytes_equal(one, two), "two builds differ");
	screening_index_close(x);
	screening_index_close(y);
	unlink(path);
}

static void half_a_million_aliases_are_searched_in_bounded_room(void)
{
	enum { ALIASES = 500000 };
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes all;
	struct screening_index x;
	struct screening_builder *b =
	    screening_builder_new(&(struct screening_source){.list = "many"});
	struct entity_name *names = arena_array(&arena, ALIASES, sizeof *names);
	for (size_t i = 0; i < ALIASES; i++)
		names[i].text = arena_printf(&arena, "Muhammad Ali Name%zu", i % 1000);
	screening_builder_each(
	    b, &(struct entity){
	           .id = "m", .type = ENTITY_PERSON, .names = names, .name_count = ALIASES});
	CHECK(index_bytes(b, &arena, &all, &e) && index_attach(all.at, all.len, true, &x, &e), "%s",
	      e.text);
	screening_builder_free(b);
	struct entity_name name = {.text = "Muhammad Ali"};
	struct entity party = {.type = ENTITY_PERSON, .names = &name, .name_count = 1};
	const char *id;
	CHECK(best(&x, &party, &arena, &id) > 0.3 && strcmp(id, "m") == 0, "%s", id);
}

static void a_thorough_search_compares_all_candidates(void)
{
	enum { NAMESAKES = 9000 };
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes all;
	struct screening_index x;
	struct screening_builder *b =
	    screening_builder_new(&(struct screening_source){.list = "namesakes"});
	struct entity_name name = {.text = "Ivan Sidorenko"};
	for (size_t i = 0; i < NAMESAKES; i++)
		screening_builder_each(b, &(struct entity){.id = arena_printf(&arena, "%zu", i),
		                                           .type = ENTITY_PERSON,
		                                           .names = &name,
		                                           .name_count = 1});
	CHECK(index_bytes(b, &arena, &all, &e) && index_attach(all.at, all.len, true, &x, &e), "%s",
	      e.text);
	screening_builder_free(b);
	const struct screening_index *indexes[] = {&x};
	struct screening_searcher *s = screening_searcher_new(indexes, 1);
	struct entity party = {.type = ENTITY_PERSON, .names = &name, .name_count = 1};
	struct screening_query query = {.party = &party, .limit = NAMESAKES};
	struct screening_answer out = {0};
	CHECK(screening_search(s, &arena, &query, &out, &e) && out.is_cut && out.count < NAMESAKES,
	      "%zu", out.count);
	query.thorough = true;
	CHECK(screening_search(s, &arena, &query, &out, &e) && !out.is_cut &&
	          out.count == NAMESAKES,
	      "%zu", out.count);
	query.limit = NAMESAKES - 1;
	CHECK(screening_search(s, &arena, &query, &out, &e) && out.is_cut &&
	          out.count == NAMESAKES - 1,
	      "%zu", out.count);
	screening_searcher_free(s);
}

TEST_MAIN(TEST(a_family_name_may_come_first_or_last),
          TEST(names_are_matched_across_spellings_and_scripts),
          TEST(the_order_of_two_names_does_not_matter), TEST(closer_names_score_higher),
          TEST(an_explanation_names_the_parts), TEST(bad_names_are_clear_errors),
          TEST(listed_parties_are_found_as_the_press_spells_them), TEST(screening_fails_closed),
          TEST(the_embedded_list_is_the_notice_of_november_2021),
          TEST(births_countries_and_identifiers_are_evidence),
          TEST(a_damaged_byte_of_an_index_is_noticed),
          TEST(an_index_file_is_the_same_twice_and_shared),
          TEST(half_a_million_aliases_are_searched_in_bounded_room),
          TEST(a_thorough_search_compares_all_candidates))
