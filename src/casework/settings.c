#include "settings.h"

#include <string.h>

#include "base/file.h"
#include "record/form_yaml.h"

/* --- Tables -------------------------------------------------------------------------------- */

#define AT(k, n, t, s, member)                                                                     \
	.key = (k), .name = (n), .type = (t), .offset = offsetof(struct s, member)
#define OPTIONAL(s, member) .optional = true, .present = offsetof(struct s, has_##member)
#define TEXTS               .element = FIELD_TEXT, .size = sizeof(const char *), .optional = true
#define STRUCTS(s)                                                                                 \
	.element = FIELD_STRUCT, .size = sizeof(struct s), .fields = s##_fields, .optional = true
#define END                                                                                        \
	{                                                                                          \
		.type = FIELD_END                                                                  \
	}

const char *const weekdays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                "friday", "saturday", "sunday",    NULL};
const char *const rule_kinds[] = {"application", "report", "measure", NULL};

static const struct field office_calendar_fields[] = {
    {AT(1, "country", FIELD_COUNTRY, office_calendar, country)},
    {AT(2, "weekend", FIELD_LIST, office_calendar, weekend), .element = FIELD_CHOICE,
     .size = sizeof(unsigned), .words = weekdays, .most = WEEK_DAYS},
    {AT(3, "utc-offset", FIELD_TEXT, office_calendar, utc_offset),
     OPTIONAL(office_calendar, utc_offset), .most = 6},
    {AT(4, "holidays", FIELD_LIST, office_calendar, holidays), .element = FIELD_TIME,
     .size = sizeof(int64_t), .optional = true},
    END,
};

#define DAYS(k, name_, member)                                                                     \
	{                                                                                          \
		AT(k, name_, FIELD_UINT, stage_days, member), OPTIONAL(stage_days, member),        \
		    .most = DEADLINE_DAYS_MAX                                                      \
	}

static const struct field stage_days_fields[] = {
    DAYS(1, "application", application),
    DAYS(2, "advice", advice),
    DAYS(3, "hit", hit),
    DAYS(4, "report", report),
    DAYS(5, "measure", measure),
    DAYS(6, "question", question),
    END,
};

static const struct field team_fields[] = {
    {AT(1, "name", FIELD_LABEL, team, name)},
    {AT(2, "people", FIELD_LIST, team, people), TEXTS},
    END,
};

static const struct field routing_rule_fields[] = {
    {AT(1, "name", FIELD_TEXT, routing_rule, name), .most = 200},
    {AT(2, "kinds", FIELD_LIST, routing_rule, kinds), .element = FIELD_CHOICE,
     .size = sizeof(unsigned), .words = rule_kinds, .optional = true},
    {AT(3, "countries", FIELD_LIST, routing_rule, countries), .element = FIELD_COUNTRY,
     .size = sizeof(const char *), .optional = true},
    {AT(4, "capabilities", FIELD_LIST, routing_rule, capabilities), .element = FIELD_LABEL,
     .size = sizeof(const char *), .optional = true},
    {AT(5, "items", FIELD_LIST, routing_rule, items), TEXTS},
    {AT(6, "hits", FIELD_UINT, routing_rule, hits), OPTIONAL(routing_rule, hits)},
    {AT(7, "team", FIELD_LABEL, routing_rule, team), OPTIONAL(routing_rule, team)},
    {AT(8, "flags", FIELD_LIST, routing_rule, flags), .element = FIELD_LABEL,
     .size = sizeof(const char *), .optional = true},
    {AT(9, "bodies", FIELD_LIST, routing_rule, bodies), TEXTS},
    {AT(10, "checklists", FIELD_LIST, routing_rule, checklists), .element = FIELD_LABEL,
     .size = sizeof(const char *), .optional = true},
    END,
};

static const struct field checklist_form_fields[] = {
    {AT(1, "name", FIELD_LABEL, checklist_form, name)},
    {AT(2, "questions", FIELD_LIST, checklist_form, questions), .element = FIELD_TEXT,
     .size = sizeof(const char *), .most = 100},
    END,
};

static const char *const switches[] = {"off", "on", NULL};

static const struct field house_fields[] = {
    {AT(1, "party", FIELD_TEXT, house, party), .most = 512},
    {AT(2, "people", FIELD_LIST, house, people), TEXTS},
    {AT(3, "four-eyes", FIELD_CHOICE, house, four_eyes), OPTIONAL(house, four_eyes),
     .words = switches},
    END,
};

static const struct field settings_fields[] = {
    {AT(1, "country", FIELD_COUNTRY, casework_settings, country),
     OPTIONAL(casework_settings, country)},
    {AT(2, "calendars", FIELD_LIST, casework_settings, calendars), STRUCTS(office_calendar)},
    {AT(3, "days", FIELD_STRUCT, casework_settings, days), OPTIONAL(casework_settings, days),
     .fields = stage_days_fields, .size = sizeof(struct stage_days)},
    {AT(4, "teams", FIELD_LIST, casework_settings, teams), STRUCTS(team)},
    {AT(5, "rules", FIELD_LIST, casework_settings, rules), STRUCTS(routing_rule)},
    {AT(6, "checklists", FIELD_LIST, casework_settings, checklists), STRUCTS(checklist_form)},
    {AT(7, "houses", FIELD_LIST, casework_settings, houses), STRUCTS(house)},
    END,
};

/* --- What an office has that says nothing ----------------------------------------------------- */

/* After the UN Guiding Principles: what must be known of a state that is to get such a system. */
static const char *const human_rights[] = {
    "Which acts of the end user, in the last five years, are of concern?",
    "Are the courts that give warrants independent, in law and in fact?",
    "Who oversees the end user, and what does it publish?",
    "Who is most at risk: journalists, lawyers, opposition, minorities?",
    "What remedy has a person who was targeted without grounds?",
    "Which conditions would lessen the risks that remain?",
};

static const struct checklist_form built_in = {
    "human-rights", {(void *)(uintptr_t)human_rights, sizeof human_rights / sizeof *human_rights}};

static void fill_days(struct stage_days *d)
{
	d->application = d->has_application ? d->application : 30;
	d->advice = d->has_advice ? d->advice : 15;
	d->hit = d->has_hit ? d->hit : 5;
	d->report = d->has_report ? d->report : 30;
	d->measure = d->has_measure ? d->measure : 2;
	d->question = d->has_question ? d->question : 10;
}

/* --- Checks ----------------------------------------------------------------------------------- */

/* "+02:00" */
static bool parse_offset(const char *text, int64_t *out)
{
	static const char form[] = "?00:00";
	if (strlen(text) != sizeof form - 1 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
		return false;
	for (size_t i = 1; i < sizeof form - 1; i++)
		if (i != 3 && (text[i] < '0' || text[i] > '9'))
			return false;
	int hours = (text[1] - '0') * 10 + text[2] - '0',
	    minutes = (text[4] - '0') * 10 + text[5] - '0';
	*out = (text[0] == '-' ? -1 : 1) * (int64_t)(hours * 3600 + minutes * 60);
	return hours <= 14 && minutes < 60;
}

static bool is_all_free(const struct office_calendar *c)
{
	const unsigned *days = c->weekend.at;
	unsigned seen = 0;
	for (size_t i = 0; i < c->weekend.count; i++)
		seen |= 1u << days[i];
	return seen == (1u << WEEK_DAYS) - 1;
}

static const struct office_calendar *find_calendar(const struct casework_settings *s,
                                                   const char *country)
{
	const struct office_calendar *c = s->calendars.at;
	for (size_t i = 0; i < s->calendars.count; i++)
		if (strcmp(c[i].country, country) == 0)
			return &c[i];
	return NULL;
}

/* Says on which line the element stands that an error is about; false. */
static bool at_element(const struct form_node *root, const char *list, size_t which, struct err *e)
{
	const struct form_node *all = form_find(root, list), *one = all != NULL ? all->first : NULL;
	for (size_t i = 0; one != NULL && i < which; i++)
		one = one->next;
	if (one != NULL)
		form_place(one, e);
	return false;
}

static bool check_calendar(const struct casework_settings *s, size_t i, struct err *e)
{
	const struct office_calendar *c = (const struct office_calendar *)s->calendars.at + i;
	int64_t offset;
	if (c->has_utc_offset && !parse_offset(c->utc_offset, &offset))
		return err_input(e, "settings.value",
		                 "calendars.%zu: expected an offset such as \"+02:00\"", i);
	if (is_all_free(c))
		return err_input(e, "settings.value", "calendars.%zu: a week has a working day", i);
	return find_calendar(s, c->country) == c ||
	       err_input(e, "settings.twice", "calendars.%zu: %s stands here a second time", i,
	                 c->country);
}

static const struct team *find_team(const struct casework_settings *s, const char *name)
{
	const struct team *teams = s->teams.at;
	for (size_t i = 0; i < s->teams.count; i++)
		if (strcmp(teams[i].name, name) == 0)
			return &teams[i];
	return NULL;
}

static bool check_team(const struct casework_settings *s, size_t i, struct err *e)
{
	const struct team *team = (const struct team *)s->teams.at + i;
	return find_team(s, team->name) == team ||
	       err_input(e, "settings.twice", "teams.%zu: %s stands here a second time", i,
	                 team->name);
}

static bool check_rule(const struct casework_settings *s, size_t i, struct err *e)
{
	const struct routing_rule *rule = (const struct routing_rule *)s->rules.at + i;
	const char *const *lists = (const char *const *)rule->checklists.at;
	if (rule->has_team && s->teams.count > 0 && find_team(s, rule->team) == NULL)
		return err_input(e, "settings.unknown", "rules.%zu: there is no team %s", i,
		                 rule->team);
	for (size_t k = 0; k < rule->checklists.count; k++)
		if (settings_checklist(s, lists[k]) == NULL)
			return err_input(e, "settings.unknown",
			                 "rules.%zu: there is no checklist %s", i, lists[k]);
	return true;
}

/* Everybody is of one house. */
static bool check_house(const struct casework_settings *s, size_t i, struct err *e)
{
	const struct house *house = (const struct house *)s->houses.at + i;
	const char *const *people = (const char *const *)house->people.at;
	bool is_once = settings_house(s, house->party) == house;
	for (size_t k = 0; k < house->people.count; k++)
		is_once &= settings_house(s, people[k]) == house;
	return is_once ||
	       err_input(e, "settings.twice",
	                 "houses.%zu: %s, or somebody there, is of another house", i, house->party);
}

typedef bool check_element(const struct casework_settings *, size_t which, struct err *);

static bool check_all(const struct casework_settings *s, const struct form_node *root,
                      const char *name, size_t count, check_element *check, struct err *e)
{
	for (size_t i = 0; i < count; i++)
		if (!check(s, i, e))
			return at_element(root, name, i, e);
	return true;
}

static bool check(const struct casework_settings *s, const struct form_node *root, struct err *e)
{
	if (!check_all(s, root, "calendars", s->calendars.count, check_calendar, e) ||
	    !check_all(s, root, "teams", s->teams.count, check_team, e) ||
	    !check_all(s, root, "rules", s->rules.count, check_rule, e) ||
	    !check_all(s, root, "houses", s->houses.count, check_house, e))
		return false;
	return !s->has_country || s->calendars.count == 0 || find_calendar(s, s->country) != NULL ||
	       err_input(e, "settings.unknown", "country: there is no calendar of %s", s->country);
}

/* --- Reading ---------------------------------------------------------------------------------- */

bool settings_parse(struct arena *arena, struct bytes yaml, struct casework_settings *out,
                    struct err *e)
{
	static const struct form_world nothing = {0};
	struct form_node *root;
	*out = (struct casework_settings){0};
	if (!form_read(arena, yaml, &root, e) ||
	    !form_fields(arena, settings_fields, root, &nothing, out, e))
		return false;
	fill_days(&out->days);
	return check(out, root, e);
}

bool settings_load(struct arena *arena, const char *home, struct casework_settings *out,
                   struct err *e)
{
	const char *path = arena_printf(arena, "%s/casework.yaml", home);
	struct bytes yaml;
	struct err why;
	*out = (struct casework_settings){0};
	fill_days(&out->days);
	if (!file_exists(path))
		return true;
	/* A file that is bad is the keeper's to mend: whoever asks did nothing wrong. */
	return file_read(arena, path, SETTINGS_MAX, &yaml, e) &&
	       (settings_parse(arena, yaml, out, &why) ||
	        err_environment(e, "%s: %s", path, why.text));
}

/* --- Asking ----------------------------------------------------------------------------------- */

struct calendar settings_calendar(const struct casework_settings *s, const char *country)
{
	struct calendar out = {.is_free = {[5] = true, [6] = true}};
	const struct office_calendar *c = country != NULL ? find_calendar(s, country) : NULL;
	if (c == NULL && s->has_country)
		c = find_calendar(s, s->country);
	if (c == NULL)
		return out;
	const unsigned *days = c->weekend.at;
	out = (struct calendar){.holidays = c->holidays.at, .holiday_count = c->holidays.count};
	for (size_t i = 0; i < c->weekend.count; i++)
		out.is_free[days[i]] = true;
	if (c->has_utc_offset)
		parse_offset(c->utc_offset, &out.offset_seconds);
	return out;
}

const struct checklist_form *settings_checklist(const struct casework_settings *s, const char *name)
{
	const struct checklist_form *forms = s->checklists.at;
	for (size_t i = 0; i < s->checklists.count; i++)
		if (strcmp(forms[i].name, name) == 0)
			return &forms[i];
	return strcmp(name, built_in.name) == 0 ? &built_in : NULL;
}

bool settings_is_member(const struct casework_settings *s, const char *name, const char *person)
{
	const struct team *team = find_team(s, name);
	const char *const *people = team != NULL ? (const char *const *)team->people.at : NULL;
	for (size_t i = 0; team != NULL && i < team->people.count; i++)
		if (strcmp(people[i], person) == 0)
			return true;
	return false;
}

bool house_has(const struct house *h, const char *holder)
{
	const char *const *people = (const char *const *)h->people.at;
	for (size_t i = 0; i < h->people.count; i++)
		if (strcmp(people[i], holder) == 0)
			return true;
	return strcmp(h->party, holder) == 0;
}

const struct house *settings_house(const struct casework_settings *s, const char *holder)
{
	const struct house *houses = s->houses.at;
	for (size_t i = 0; i < s->houses.count; i++)
		if (house_has(&houses[i], holder))
			return &houses[i];
	return NULL;
}
