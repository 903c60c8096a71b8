/* The office's settings, and the routes that its rules give. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "casework/keep.h"
#include "casework/routing.h"

static struct casework_settings settings_of(struct arena *arena, const char *yaml)
{
	struct casework_settings s;
	struct err e = {0};
	bool good = settings_parse(arena, bytes_text(yaml), &s, &e);
	CHECK(good, "%s", e.text);
	return s;
}

static const char office[] =
    "country: IL\n"
    "calendars:\n"
    "  - {country: IL, weekend: [friday, saturday], utc-offset: \"+02:00\", holidays: "
    "[2026-09-12]}\n"
    "  - {country: XR, weekend: [sunday]}\n"
    "days: {application: 20, hit: 3}\n"
    "teams:\n"
    "  - {name: licensing, people: [ada, ben]}\n"
    "  - {name: ruritania, people: [ben]}\n"
    "rules:\n"
    "  - {name: Ruritania, countries: [XR, XS], team: ruritania, flags: [priority]}\n"
    "  - {name: Content, kinds: [application], capabilities: [capture.content], bodies: [defence, "
    "justice],\n"
    "     checklists: [human-rights], flags: [priority, content]}\n"
    "  - {name: Found on a list, hits: 1, team: licensing, flags: [listed]}\n"
    "  - {name: The rest, team: licensing}\n";

static void a_file_says_how_an_office_works(void)
{
	owned_arena arena = {0};
	struct casework_settings s = settings_of(&arena, office);
	struct calendar own = settings_calendar(&s, NULL), theirs = settings_calendar(&s, "XR");
	CHECK(own.is_free[4] && own.is_free[5] && !own.is_free[6] && own.offset_seconds == 7200,
	      "IL");
	CHECK(own.holiday_count == 1 && own.holidays[0] == 1789171200, "%lld",
	      (long long)own.holidays[0]);
	CHECK(theirs.is_free[6] && !theirs.is_free[5] && theirs.offset_seconds == 0, "XR");
	struct calendar other = settings_calendar(&s, "XT");
	CHECK(other.is_free[4] && !other.is_free[6],
	      "a country without a calendar goes by the office's");
	CHECK(s.days.application == 20 && s.days.hit == 3 && s.days.report == 30, "days");
	CHECK(settings_is_member(&s, "licensing", "ada") &&
	          !settings_is_member(&s, "ruritania", "ada"),
	      "teams");
	CHECK(settings_checklist(&s, "human-rights") != NULL &&
	          settings_checklist(&s, "other") == NULL,
	      "lists");
}

static void an_office_that_says_nothing_has_its_weekends_free(void)
{
	owned_arena arena = {0};
	struct casework_settings s;
	struct err e = {0};
	CHECK(settings_load(&arena, "/nonexistent", &s, &e), "%s", e.text);
	struct calendar c = settings_calendar(&s, "XR");
	CHECK(c.is_free[5] && c.is_free[6] && !c.is_free[4] && s.days.application == 30,
	      "defaults");
}

static const struct {
	const char *yaml, *rule;
} bad[] = {
    {"days: {application: 4000}\n", "form.value"},
    {"days: {holiday: 4}\n", "form.field-unknown"},
    {"calendars: [{country: IL, weekend: [someday]}]\n", "form.value"},
    {"calendars: [{country: IL, weekend: [monday, tuesday, wednesday, thursday, friday, saturday, "
     "sunday]}]\n",
     "settings.value"},
    {"calendars: [{country: IL, weekend: [monday], utc-offset: \"2:00\"}]\n", "settings.value"},
    {"calendars: [{country: IL, weekend: [monday], utc-offset: \"+15:00\"}]\n", "settings.value"},
    {"calendars: [{country: IL, weekend: [monday]}, {country: IL, weekend: [monday]}]\n",
     "settings.twice"},
    {"country: XR\ncalendars: [{country: IL, weekend: [monday]}]\n", "settings.unknown"},
    {"teams: [{name: a}, {name: a}]\n", "settings.twice"},
    {"houses: [{party: a, people: [b]}, {party: c, people: [b]}]\n", "settings.twice"},
    {"houses: [{party: a, people: [b]}, {party: b}]\n", "settings.twice"},
    {"houses: [{party: a, four-eyes: sometimes}]\n", "form.value"},
    {"teams: [{name: a}]\nrules: [{name: one, team: b}]\n", "settings.unknown"},
    {"rules: [{name: one, checklists: [unheard]}]\n", "settings.unknown"},
    {"rules: [{name: one, capabilities: [\"no label\"]}]\n", "form.value"},
    {"rules: {}\n", "form.value"},
    {"", "form.syntax"},
};

static void what_makes_no_sense_is_bad_input(void)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		owned_arena arena = {0};
		struct casework_settings s;
		struct err e = {0};
		bool good = settings_parse(&arena, bytes_text(bad[i].yaml), &s, &e);
		CHECK(!good && e.kind == ERR_INPUT && strcmp(e.rule, bad[i].rule) == 0,
		      "row %zu: %s: %s", i, e.rule == NULL ? "-" : e.rule, e.text);
	}
}

/* --- Routes ---------------------------------------------------------------------------------- */

static const struct {
	enum rule_kind kind;
	const char *country, *capability;
	uint64_t hits;
	const char *team, *flags, *bodies, *because; /* each in order, with commas between */
} routes[] = {
    {RULE_APPLICATION, "XR", "capture.content", 0, "ruritania", "priority,content",
     "defence,justice",
     "Ruritania: end user in XR,Content: capability capture.content,The rest: every case"},
    {RULE_APPLICATION, "XT", "capture.content.voice", 0, "licensing", "priority,content",
     "defence,justice", "Content: capability capture.content.voice,The rest: every case"},
    {RULE_APPLICATION, "XT", "capture", 2, "licensing", "listed", "",
     "Found on a list: 2 open hits,The rest: every case"},
    {RULE_REPORT, "XS", "capture.content", 0, "ruritania", "priority", "",
     "Ruritania: end user in XS,The rest: every case"},
    {RULE_REPORT, NULL, NULL, 0, "licensing", "", "", "The rest: every case"},
};

static const char *joined(struct arena *arena, const struct texts *t)
{
	struct buffer b = {.arena = arena};
	for (size_t i = 0; i < t->count; i++)
		buffer_printf(&b, "%s%s", i > 0 ? "," : "", t->at[i]);
	return buffer_cstr(&b);
}

static struct case_facts facts_of(size_t row, const char **capability)
{
	*capability = routes[row].capability;
	return (struct case_facts){.kind = routes[row].kind,
	                           .country = routes[row].country,
	                           .capabilities = {capability, *capability != NULL},
	                           .hits = routes[row].hits};
}

static void the_first_rule_that_fits_gives_the_team_and_all_give_flags(void)
{
	owned_arena arena = {0};
	struct casework_settings s = settings_of(&arena, office);
	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
		const char *capability;
		struct case_facts facts = facts_of(i, &capability);
		struct route r = route_of(&arena, &s.rules, &facts);
		CHECK(r.team != NULL && strcmp(r.team, routes[i].team) == 0, "row %zu: %s", i,
		      r.team);
		CHECK(strcmp(joined(&arena, &r.flags), routes[i].flags) == 0, "row %zu: %s", i,
		      joined(&arena, &r.flags));
		CHECK(strcmp(joined(&arena, &r.bodies), routes[i].bodies) == 0, "row %zu: %s", i,
		      joined(&arena, &r.bodies));
		CHECK(strcmp(joined(&arena, &r.because), routes[i].because) == 0, "row %zu: %s", i,
		      joined(&arena, &r.because));
	}
	struct list none = {0};
	struct route nowhere = route_of(&arena, &none, &(struct case_facts){.kind = RULE_REPORT});
	CHECK(nowhere.team == NULL && nowhere.because.count == 0, "no rule, no team");
}

static void what_moves_is_told(void)
{
	owned_arena arena = {0};
	struct casework_settings
	    s = settings_of(&arena, office),
	    other = settings_of(
	        &arena,
	        "rules:\n  - {name: One desk, team: desk, flags: [priority], bodies: [police]}\n");
	const char *capability;
	struct case_facts facts = facts_of(0, &capability);
	struct route before = route_of(&arena, &s.rules, &facts),
	             after = route_of(&arena, &other.rules, &facts);
	const char *difference = route_difference(&arena, &before, &after);
	CHECK(difference != NULL &&
	          strcmp(difference,
	                 "from ruritania to desk; flag content is gone; body police is new; body "
	                 "defence is "
	                 "gone; body justice is gone; checklist human-rights is gone") == 0,
	      "%s", difference);
	CHECK(route_difference(&arena, &before, &before) == NULL, "nothing moves");
}

static void what_is_bad_is_named_by_its_line(void)
{
	static const struct {
		const char *yaml, *line;
	} rows[] = {
	    {"rules:\n  - {name: a}\n  - {name: b, teem: c}\n", "line 3, column 15"},
	    {"teams:\n  - {name: one}\nrules:\n  - {name: a, team: one}\n  - name: b\n"
	     "    team: two\n",
	     "line 5, column 5"},
	    {"rules:\n  - {name: a, checklists: [nowhere]}\n", "line 2, column 5"},
	    {"teams:\n  - {name: one}\n  - {name: one}\n", "line 3, column 5"},
	    {"rules: [\n", "line 2"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct casework_settings s;
		struct err e = {0};
		CHECK(!settings_parse(&arena, bytes_text(rows[i].yaml), &s, &e) &&
		          strstr(e.text, rows[i].line) != NULL,
		      "row %zu: %s", i, e.text);
	}
}

static bool team_is(const struct kept_settings *k, const char *team)
{
	return strstr(k->yaml, team) != NULL && strstr(k->yaml, "applied") == NULL;
}

static void other_rules_take_the_place_and_go_back(void)
{
	owned_arena arena = {0};
	char home[] = "/tmp/routing-XXXXXX";
	struct kept_settings k, seen;
	struct err e = {0};
	struct bytes one = bytes_text("rules:\n  - {name: a, team: one}\n"),
	             two = bytes_text("# applied by nobody\nrules:\n  - {name: a, team: two}\n");
	CHECK(mkdtemp(home) != NULL && keep_read(&arena, home, &k, &e) && *k.yaml == 0 &&
	          !k.has_previous && k.applied == NULL,
	      "%s", e.text);
	CHECK(!keep_undo(&arena, home, &k.digest, "ada", 0, &e) &&
	          strcmp(e.rule, "settings.no-previous") == 0,
	      "%s", e.text);
	CHECK(keep_apply(&arena, home, one, &k.digest, "ada", 86400, &e), "%s", e.text);
	CHECK(keep_read(&arena, home, &seen, &e) && team_is(&seen, "one") && seen.has_previous &&
	          strcmp(seen.applied, "ada, 1970-01-02T00:00:00Z") == 0,
	      "%s", seen.applied);
	/* Who looked before she did does not write over it; nor does what is bad. */
	CHECK(!keep_apply(&arena, home, two, &k.digest, "ben", 0, &e) &&
	          strcmp(e.rule, "settings.changed") == 0,
	      "%s", e.text);
	CHECK(!keep_apply(&arena, home, bytes_text("rules: 7\n"), &seen.digest, "ben", 0, &e) &&
	          keep_read(&arena, home, &k, &e) && hash_equal(&k.digest, &seen.digest),
	      "what is bad changes nothing");
	CHECK(keep_apply(&arena, home, two, &seen.digest, "ben", 0, &e) &&
	          keep_read(&arena, home, &k, &e) && team_is(&k, "two"),
	      "%s", e.text);
	CHECK(keep_undo(&arena, home, &k.digest, "chen", 0, &e) &&
	          keep_read(&arena, home, &k, &e) && team_is(&k, "one") &&
	          strncmp(k.applied, "chen", 4) == 0,
	      "%s", e.text);
	CHECK(keep_undo(&arena, home, &k.digest, "chen", 0, &e) &&
	          keep_read(&arena, home, &k, &e) && team_is(&k, "two"),
	      "back is not gone: %s", e.text);
}

TEST_MAIN(TEST(a_file_says_how_an_office_works),
          TEST(an_office_that_says_nothing_has_its_weekends_free),
          TEST(what_makes_no_sense_is_bad_input),
          TEST(the_first_rule_that_fits_gives_the_team_and_all_give_flags),
          TEST(what_moves_is_told), TEST(what_is_bad_is_named_by_its_line),
          TEST(other_rules_take_the_place_and_go_back))
