#include "test.h"

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "casework/said.h"
#include "console/console.h"

#define MESSAGES SOURCE_ROOT "/console/messages"
#define PAGES    SOURCE_ROOT "/console/pages"

#define CHECK_TEXT(got, want)                                                                      \
	do {                                                                                       \
		const char *got_ = (got), *want_ = (want);                                         \
		CHECK(strcmp(got_, want_) == 0, "\"%s\", not \"%s\"", got_, want_);                \
	} while (0)

/* A folder that ends with the test. */
struct folder {
	char path[64];
};

static struct folder folder_new(void)
{
	struct folder f = {"/tmp/console_test_XXXXXX"};
	CHECK(mkdtemp(f.path) != NULL, "no folder");
	return f;
}

static void folder_put(const struct folder *f, const char *name, const char *text)
{
	char path[PATH_MAX];
	struct err e = {0};
	snprintf(path, sizeof path, "%s/%s", f->path, name);
	CHECK(file_write(path, bytes_text(text), 0600, &e), "%s", e.text);
}

static void folder_end(const struct folder *f)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir = opendir(f->path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", f->path, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(f->path);
}

/* --- Templates ------------------------------------------------------------------------------ */

static struct catalog *said(const char *english)
{
	struct err e = {0};
	struct catalog *c = catalog_of(bytes_text(english), &e);
	CHECK(c != NULL, "%s", e.text);
	return c;
}

static const char *render(struct arena *arena, const char *template, const char *data)
{
	static const char english[] = "{\"hello\": \"Hello {0}\", \"count\": \"{0, plural, one {# "
	                              "key of {1}} other {# keys of {1}}}\","
	                              "\"plain\": \"<b> & co\"}";
	struct err e = {0};
	struct buffer out = {.arena = arena};
	struct catalog *c = said(english);
	struct templates *t = templates_of("page", bytes_text(template), &e);
	json_t *value = json_loads(data, 0, NULL);
	CHECK(value != NULL, "no JSON: %s", data);
	bool ok =
	    t != NULL && templates_render(t, "page", catalog_language(c, "en"), value, &out, &e);
	json_decref(value);
	templates_close(t);
	catalog_close(c);
	return ok ? buffer_cstr(&out) : arena_printf(arena, "%s: %s", e.rule, e.text);
}

static const struct {
	const char *template, *data, *html;
} filled[] = {
    {"<p>{{a}}</p>", "{\"a\": \"x\"}", "<p>x</p>"},
    {"{{a.b}} {{ a.c }}", "{\"a\": {\"b\": 1, \"c\": 2.5}}", "1 2.5"},
    {"{{a}}{{b.c}}{{a.b}}", "{\"a\": \"x\"}", "x"},
    {"{{a}}", "{\"a\": null}", ""},
    {"{{a}}", "{\"a\": [1, 2]}", ""},
    {"{{a}}", "{\"a\": {\"b\": 1}}", ""},
    {"{{a}}", "{\"a\": true}", ""},
    {"{{a}}", "{\"a\": \"<script>&\\\"'\"}", "&lt;script&gt;&amp;&quot;&#39;"},
    {"<a href=\"{{a}}\">", "{\"a\": \"\\\" onclick=\\\"x\"}",
     "<a href=\"&quot; onclick=&quot;x\">"},
    {"{{a}}", "{\"a\": \"{{b}}\", \"b\": \"no\"}", "{{b}}"},
    {"{{a}}", "{\"a\": \"é\\u202eא\"}", "é\xE2\x80\xAEא"},
    {"{{#a}}[{{.}}]{{/a}}", "{\"a\": [1, \"<\", null]}", "[1][&lt;][]"},
    {"{{#a}}{{b}};{{/a}}", "{\"a\": [{\"b\": 1}, {}], \"b\": 9}", "1;9;"},
    {"{{#a}}{{b}}{{/a}}", "{\"a\": {\"b\": 1}}", "1"},
    {"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\": true}", "yes"},
    {"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\": 0}", "yes"},
    {"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\": \"\"}", "no"},
    {"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\": []}", "no"},
    {"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\": false}", "no"},
    {"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{}", "no"},
    {"{{#a}}{{#a}}{{.}}{{/a}}{{/a}}", "{\"a\": [[1], [2, 3]]}",
     ""}, /* what a list is in has no names */
    {"a{{! {{ nothing }}b", "{}", "ab"},
    {"{{_ hello a}}", "{\"a\": \"<b>\"}", "Hello &lt;b&gt;"},
    {"{{_ hello \"you & me\"}}", "{}", "Hello you &amp; me"},
    {"{{_ hello}}", "{}", "Hello "},
    {"{{_ plain}}", "{}", "&lt;b&gt; &amp; co"},
    {"{{_ count n \"it\"}}", "{\"n\": 1}", "1 key of it"},
    {"{{_ count n who.name}}", "{\"n\": 1234, \"who\": {\"name\": \"A\"}}", "1,234 keys of A"},
    {"{{_ *k a}}", "{\"k\": \"hello\", \"a\": 7}", "Hello 7"},
    {"{{_ *k}}", "{}", ""},
    {"{{_ <nothing>}}", "{}", "&lt;nothing&gt;"},
    {"{{_x}}", "{\"_x\": 1}", "1"},
    {"{{>page}}", "{}", "template.syntax: templates are too deep in one another"},
    {"{{>*k}}", "{\"k\": \"nobody\"}", "template.unknown: there is no template nobody"},
    {"{{>*k}}", "{\"k\": \"../page\"}", "template.unknown: there is no template ../page"},
};

static void templates_are_filled_and_values_escaped(void)
{
	owned_arena arena = {0};
	for (size_t i = 0; i < sizeof filled / sizeof *filled; i++)
		CHECK_TEXT(render(&arena, filled[i].template, filled[i].data), filled[i].html);
}

static const struct {
	const char *template, *says;
} refused[] = {
    {"a\n{{b", "page:2: a tag has no end"},
    {"{{}}", "page:1: a tag without a name"},
    {"\n\n{{#a}}x", "page:3: a section has no end"},
    {"{{/a}}", "page:1: closes no section that is open here"},
    {"{{#a}}\n{{/b}}{{/a}}", "page:2: closes no section that is open here"},
    {"{{a b}}", "page:1: a tag has more words than it takes"},
    {"{{_ k a b c d}}", "page:1: a tag has more words than it takes"},
    {"{{_ k \"a}}", "page:1: a quotation in a tag has no end"},
    {"{{_ k \"a\"b}}", "page:1: words of a tag are not apart"},
    {"{{*a}}", "page:1: * is for templates and messages"},
    {"{{>nobody}}", "page.html names a template nobody that is not there"},
    {"\xFF", "page is not text in UTF-8"},
};

static void wrong_templates_are_refused_with_file_and_line(void)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct err e = {0};
		struct templates *t = templates_of("page", bytes_text(refused[i].template), &e);
		CHECK(t == NULL, "taken: %s", refused[i].template);
		CHECK(e.kind == ERR_INPUT, "%d", e.kind);
		CHECK_TEXT(e.text, refused[i].says);
		templates_close(t);
	}
}

static void sections_are_not_without_end_in_one_another(void)
{
	owned_arena arena = {0};
	struct buffer text = {.arena = &arena};
	struct err e = {0};
	for (int i = 0; i < 33; i++)
		buffer_text(&text, "{{#a}}");
	for (int i = 0; i < 33; i++)
		buffer_text(&text, "{{/a}}");
	struct templates *t = templates_of("page", buffer_view(&text), &e);
	CHECK(t == NULL, "taken");
	CHECK_TEXT(e.text, "page:1: sections are too deep in one another");
	templates_close(t);
}

static void a_folder_of_templates_knows_its_partials(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct buffer out = {.arena = &arena};
	struct folder f = folder_new();
	folder_put(&f, "page.html", "<{{>part}}|{{>*which}}>");
	folder_put(&f, "part.html", "{{a}}");
	folder_put(&f, "notes.txt", "{{");
	struct templates *t = templates_open(f.path, &e);
	struct catalog *c = said("{}");
	json_t *data = json_pack("{s:s,s:s}", "a", "&", "which", "part");
	CHECK(t != NULL, "%s", e.text);
	CHECK(templates_render(t, "page", catalog_language(c, "en"), data, &out, &e), "%s", e.text);
	CHECK_TEXT(buffer_cstr(&out), "<&amp;|&amp;>");
	templates_close(t);
	folder_put(&f, "other.html", "\n{{a b}}");
	t = templates_open(f.path, &e);
	CHECK(t == NULL, "taken");
	CHECK(strstr(e.text, "/other.html:2: ") != NULL, "%s", e.text);
	catalog_close(c);
	json_decref(data);
	folder_end(&f);
	CHECK(templates_open(f.path, &e) == NULL && e.kind == ERR_ENVIRONMENT, "%d", e.kind);
}

/* --- The catalogue -------------------------------------------------------------------------- */

static const char *say(const struct messages *m, struct arena *arena, const char *key, json_t *a,
                       json_t *b)
{
	const char *words =
	    messages_format(m, arena, key, (json_t *const[CATALOG_ARGUMENTS]){a, b, NULL});
	json_decref(a);
	json_decref(b);
	return words;
}

static struct catalog *real(void)
{
	struct err e = {0};
	struct catalog *c = catalog_open(MESSAGES, &e);
	CHECK(c != NULL, "%s", e.text);
	return c;
}

/* One message as a language writes it; it must be there in the file. */
static void check_language(const char *tag, const char *key, int a, const char *want)
{
	owned_arena arena = {0};
	struct catalog *c = real();
	CHECK_TEXT(say(catalog_language(c, tag), &arena, key, json_integer(a), NULL), want);
	catalog_close(c);
}

static void plural_forms_follow_the_language(void)
{
	check_language("en", "definitions.years", 1, "Only offences punished with 1 year or more.");
	check_language("en", "definitions.years", 4,
	               "Only offences punished with 4 years or more.");
	check_language("fr", "definitions.years", 1,
	               "Seulement les infractions punies d’au moins 1 an.");
	check_language("es", "definitions.years", 4, "Solo delitos castigados con 4 años o más.");
	check_language("he", "definitions.years", 2, "רק עבירות שעונשן שנתיים או יותר.");
	check_language("ar", "log.lead", 0, "لا قيود.");
	check_language("ar", "log.lead", 1, "قيد واحد. لا يمكن تغييره أو حذفه.");
	check_language("ar", "log.lead", 2, "قيدان. لا يمكن تغييرهما أو حذفهما.");
	check_language("ar", "log.lead", 3, "٣ قيود. لا يمكن تغييرها أو حذفها.");
	check_language("ar", "log.lead", 11, "١١ قيدًا. لا يمكن تغييرها أو حذفها.");
	check_language("ar", "log.lead", 100, "١٠٠ قيد. لا يمكن تغييرها أو حذفها.");
}

static const char *at(const char *tag, struct arena *arena)
{
	struct catalog *c = real();
	const char *words = say(catalog_language(c, tag), arena, "time.at",
	                        json_string("2026-11-25T15:04:05Z"), NULL);
	catalog_close(c);
	return words;
}

/* The machine's zone must not tell: instants are UTC and say so. */
static void instants_are_told_in_utc_in_each_language(void)
{
	owned_arena arena = {0};
	setenv("TZ", "Asia/Jerusalem", 1);
	static const struct {
		const char *tag, *day, *time;
	} rows[] = {{"en", "Nov 25, 2026", "3:04"},
	            {"he", "25 בנוב׳ 2026", "15:04"},
	            {"fr", "25 nov. 2026", "15:04"},
	            {"es", "25 nov 2026", "15:04"},
	            {"ar", "٢٥", "٣:٠٤"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *words = at(rows[i].tag, &arena);
		CHECK(strstr(words, rows[i].day) != NULL && strstr(words, rows[i].time) != NULL &&
		          strstr(words, "UTC") != NULL,
		      "%s: %s", rows[i].tag, words);
	}
	unsetenv("TZ");
}

static void what_is_not_there_is_said_as_nothing(void)
{
	owned_arena arena = {0};
	struct catalog *c =
	    said("{\"a\": \"[{0}|{1, number}|{2, plural, other {#}}]\", \"b\": \"{0}\"}");
	const struct messages *m = catalog_language(c, "en");
	CHECK_TEXT(say(m, &arena, "a", NULL, NULL), "[|0|0]");
	CHECK_TEXT(say(m, &arena, "a", json_null(), json_string("no number")), "[|0|0]");
	CHECK_TEXT(say(m, &arena, "b", json_integer(7), NULL), "7");
	CHECK_TEXT(say(m, &arena, "b", json_string("{1}{"), NULL), "{1}{");
	CHECK_TEXT(say(m, &arena, "no.such", NULL, NULL), "no.such");
	catalog_close(c);
}

/* A Latin name in a Hebrew sentence, and the other way round, must not turn what is around it. */
static void what_runs_the_other_way_is_isolated(void)
{
	owned_arena arena = {0};
	struct catalog *c = real();
	const struct messages *english = catalog_language(c, "en"),
	                      *hebrew = catalog_language(c, "he");
	CHECK_TEXT(
	    say(english, &arena, "application.title", json_string("A (B)"), json_string("דן")),
	    "A (B) → ⁨דן⁩");
	CHECK_TEXT(
	    say(hebrew, &arena, "application.title", json_string("A (B)"), json_string("דן")),
	    "⁨A (B)⁩ ← דן");
	catalog_close(c);
}

static void english_is_said_where_a_language_lacks_it(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct folder f = folder_new();
	folder_put(&f, "en.json",
	           "{\"language\": \"English\", \"a\": \"one\", \"b\": \"{0, plural, one {# thing} "
	           "other {# things}}\"}");
	folder_put(&f, "fr.json", "{\"language\": \"Français\", \"a\": \"un\"}");
	struct catalog *c = catalog_open(f.path, &e);
	CHECK(c != NULL, "%s", e.text);
	const struct messages *french = catalog_language(c, "fr-CA");
	CHECK_TEXT(messages_tag(french), "fr");
	CHECK_TEXT(say(french, &arena, "a", NULL, NULL), "un");
	CHECK_TEXT(say(french, &arena, "b", json_integer(2), NULL), "2 things");
	CHECK_TEXT(messages_tag(catalog_language(c, "tlh")), "en");
	catalog_close(c);
	folder_put(&f, "fr.json", "{\"c\": \"quoi\"}");
	CHECK(catalog_open(f.path, &e) == NULL, "taken");
	CHECK_TEXT(e.rule, "catalog.english");
	CHECK(strstr(e.text, "en.json lacks c, which fr.json has") != NULL, "%s", e.text);
	folder_end(&f);
}

static void the_best_language_for_a_browser_is_taken(void)
{
	static const char *const rows[][2] = {
	    {NULL, "en"},           {"", "en"},
	    {"he", "he"},           {"he-IL,he;q=0.9,en;q=0.8", "he"},
	    {"de, fr;q=0.5", "fr"}, {"fr;q=0.3, ar;q=0.7", "ar"},
	    {"es;q=0", "en"},       {"*", "en"},
	    {"FR-be", "fr"},        {",,;q=,", "en"},
	    {"fr;q=nan", "en"},
	};
	struct catalog *c = real();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_TEXT(messages_tag(catalog_accept(c, rows[i][0])), rows[i][1]);
	CHECK_TEXT(messages_direction(catalog_language(c, "he")), "rtl");
	CHECK_TEXT(messages_direction(catalog_language(c, "ar")), "rtl");
	CHECK_TEXT(messages_direction(catalog_language(c, "fr")), "ltr");
	json_t *all = catalog_languages(c);
	CHECK(json_array_size(all) == 5, "%zu languages", json_array_size(all));
	json_decref(all);
	catalog_close(c);
}

static void messages_that_can_not_be_said_are_refused(void)
{
	static const char *const patterns[] = {
	    "{0, number, integer}",
	    "{0, number,integer}",
	    "{0} {0, number}",
	    "{0, date} {0, number}",
	    "{3}",
	    "{name}",
	    "{ 0}",
	    "{00}",
	    "{0number} {1}",
	    "{0 ,number} {1}",
	    "{0",
	    "{0, plural, one {a}}",
	    "{0, plural}",
	    "{0, choice, 0#a}",
	    "{0, spellout}",
	    "it's",
	    "'{0, number}' {0}",
	    "}",
	    "{0, number",
	    "{0, plural, other {{0}}",
	    "{0, plural, other {{0}}}",
	    "{",
	    "{0, date, {1}}",
	    "{",
	};
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		struct err e = {0};
		json_t *all = json_pack("{s:s,s:s,s:s,s:s}", "a", "fine", "wrong", patterns[i], "b",
		                        "fine", "c", "fine");
		char *text = json_dumps(all, 0);
		struct catalog *c = catalog_of(bytes_text(text), &e);
		CHECK(c == NULL, "taken: %s", patterns[i]);
		CHECK(c != NULL || (e.kind == ERR_INPUT && strcmp(e.rule, "catalog.syntax") == 0),
		      "%s: %s", patterns[i], e.text);
		CHECK(strstr(e.text, "en.json: wrong") == e.text, "%s: %s", patterns[i], e.text);
		catalog_close(c);
		free(text);
		json_decref(all);
	}
}

static void a_file_that_is_no_catalogue_is_refused_with_its_line(void)
{
	static const char *const rows[][2] = {
	    {"{\n\"a\": \"b\"\n\"c\": \"d\"}", "en.json:3: "},
	    {"[]", "en.json:"},
	    {"", "en.json:"},
	    {"{\"a\": 1}", "en.json: a is not a message"},
	    {"{\"a\": \"b\", \"a\": \"c\"}", "en.json:1: duplicate object key"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err e = {0};
		struct catalog *c = catalog_of(bytes_text(rows[i][0]), &e);
		CHECK(c == NULL, "taken: %s", rows[i][0]);
		CHECK(strstr(e.text, rows[i][1]) == e.text, "%s", e.text);
		catalog_close(c);
	}
}

/* --- The console as it is ------------------------------------------------------------------- */

static json_t *file_of(const char *tag)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, MESSAGES "/%s.json", tag);
	return json_load_file(path, 0, NULL);
}

/* Which of {0}, {1}, {2} a pattern has, and as what: "0:plural 1:". */
static const char *arguments_of(struct arena *arena, const char *pattern)
{
	struct buffer out = {.arena = arena};
	for (char n = '0'; n < '0' + CATALOG_ARGUMENTS; n++) {
		const char head[] = {'{', n, 0}, *found = strstr(pattern, head);
		if (found != NULL)
			buffer_printf(&out, "%c ", n);
	}
	return buffer_cstr(&out);
}

static void every_language_says_everything_with_the_same_arguments(void)
{
	static const char *const tags[] = {"he", "ar", "fr", "es"};
	owned_arena arena = {0};
	json_t *english = file_of("en"), *pattern;
	const char *key;
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		json_t *all = file_of(tags[i]);
		CHECK(all != NULL, "no %s.json", tags[i]);
		json_object_foreach(english, key, pattern)
		{
			const char *said_as = json_string_value(json_object_get(all, key));
			CHECK(said_as != NULL && *said_as != 0, "%s.json lacks %s", tags[i], key);
			if (said_as != NULL)
				CHECK(strcmp(arguments_of(&arena, said_as),
				             arguments_of(&arena, json_string_value(pattern))) == 0,
				      "%s.json: %s has other arguments: %s", tags[i], key, said_as);
		}
		json_decref(all);
	}
	json_decref(english);
}

static void every_plural_in_arabic_has_its_six_forms(void)
{
	static const char *const forms[] = {"zero {", "one {",  "two {",
	                                    "few {",  "many {", "other {"};
	json_t *all = file_of("ar"), *pattern;
	const char *key;
	json_object_foreach(all, key, pattern) for (size_t i = 0; i < sizeof forms / sizeof *forms;
	                                            i++)
	    CHECK(strstr(json_string_value(pattern), ", plural,") == NULL ||
	              strstr(json_string_value(pattern), forms[i]) != NULL,
	          "%s has no \"%s\"", key, forms[i]);
	json_decref(all);
}

static void each_page(void (*check)(const char *name, const char *text, void *ctx), void *ctx)
{
	owned_arena arena = {0};
	struct dirent *entry;
	DIR *dir = opendir(PAGES);
	CHECK(dir != NULL, "no folder of pages");
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		struct bytes text;
		struct err e = {0};
		if (entry->d_name[0] == '.')
			continue;
		bool read = file_read(&arena, arena_printf(&arena, PAGES "/%s", entry->d_name),
		                      1 << 20, &text, &e);
		CHECK(read, "%s", e.text);
		if (read)
			check(entry->d_name, arena_copy(&arena, text.at, text.len), ctx);
	}
	if (dir != NULL)
		closedir(dir);
}

static void check_keys(const char *name, const char *text, void *english)
{
	owned_arena arena = {0};
	for (const char *c = text; (c = strstr(c, "{{_ ")) != NULL;) {
		c += 4;
		const char *key = arena_copy(&arena, c, strcspn(c, " }"));
		CHECK(*key == '*' || json_object_get(english, key) != NULL, "%s: %s", name, key);
	}
}

/* {{_ key}} that no catalogue has would be shown as the key. */
static void every_message_that_a_page_names_is_there(void)
{
	json_t *english = file_of("en");
	each_page(check_keys, english);
	json_decref(english);
}

/* What the casework says in English, pages say in their language. */
static void every_sentence_of_the_casework_is_there(void)
{
	owned_arena arena = {0};
	json_t *english = file_of("en");
	for (size_t i = 0; said_key(i) != NULL; i++)
		CHECK(json_object_get(english, arena_printf(&arena, "said.%s", said_key(i))) !=
		          NULL,
		      "said.%s", said_key(i));
	json_decref(english);
}

static void check_foreign(const char *name, const char *text, void *ctx)
{
	static const char *const never[] = {"style=\"",    "onclick", "onload",  "onerror",
	                                    "javascript:", "<style",  "http://", "https://"};
	(void)ctx;
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		CHECK(strcasestr(text, never[i]) == NULL, "%s has %s", name, never[i]);
	for (const char *c = text; (c = strstr(c, "<script")) != NULL; c++)
		CHECK(strncmp(c, "<script type=\"module\" src=\"/console/", 35) == 0, "%s: %.60s",
		      name, c);
}

/* A script in a page is a file of its own: the policy lets no other run. */
static void pages_have_no_script_or_style_within(void)
{
	each_page(check_foreign, NULL);
}

TEST_MAIN(TEST(templates_are_filled_and_values_escaped),
          TEST(wrong_templates_are_refused_with_file_and_line),
          TEST(sections_are_not_without_end_in_one_another),
          TEST(a_folder_of_templates_knows_its_partials), TEST(plural_forms_follow_the_language),
          TEST(instants_are_told_in_utc_in_each_language),
          TEST(what_is_not_there_is_said_as_nothing), TEST(what_runs_the_other_way_is_isolated),
          TEST(english_is_said_where_a_language_lacks_it),
          TEST(the_best_language_for_a_browser_is_taken),
          TEST(messages_that_can_not_be_said_are_refused),
          TEST(a_file_that_is_no_catalogue_is_refused_with_its_line),
          TEST(every_language_says_everything_with_the_same_arguments),
          TEST(every_plural_in_arabic_has_its_six_forms),
          TEST(every_message_that_a_page_names_is_there),
          TEST(every_sentence_of_the_casework_is_there), TEST(pages_have_no_script_or_style_within))
