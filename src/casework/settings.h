/*
 * settings: how an office does its casework, as HOME/casework.yaml says it: working days by
 * country, how many of them each stage may take, who is in which team, the rules of routing, and
 * the questions of its checklists. None of it binds a gate, and so none of it is on the log.
 *
 *     country: IL                       # the office's own calendar, among those below
 *     calendars:
 *       - {country: IL, weekend: [friday, saturday], utc-offset: "+02:00", holidays: [2026-09-12]}
 *     days: {application: 20, advice: 10, hit: 3, report: 15, measure: 2, question: 10}
 *     teams:
 *       - {name: licensing, people: [ada, ben]}
 *     rules:
 *       - {name: content, capabilities: [capture.content], team: licensing, bodies: [defence]}
 *     checklists:
 *       - {name: human-rights, questions: ["Are the courts independent?"]}
 *     houses:
 *       - {party: "Harbour Optics Ltd", people: ["Miriam Levi"], four-eyes: on}
 *
 * All of it may be left out. The file is a form (record/form.h), read by tables. Pure but for
 * settings_load().
 */
#ifndef PROVISO_CASEWORK_SETTINGS_H
#define PROVISO_CASEWORK_SETTINGS_H

#include "base/arena.h"
#include "base/err.h"
#include "deadline.h"
#include "record/record.h"

enum { SETTINGS_MAX = 262144 };

struct office_calendar {
	const char *country;
	struct list weekend; /* unsigned: 0 Monday */
	bool has_utc_offset;
	const char *utc_offset; /* "+02:00" */
	struct list holidays;   /* int64_t */
};

/* Working days; a stage that is left out has the number of the comment. */
struct stage_days {
	bool has_application, has_advice, has_hit, has_report, has_measure, has_question;
	uint64_t application; /* 30: decided */
	uint64_t advice;      /* 15: each body has advised */
	uint64_t hit;         /* 5: decided by an officer */
	uint64_t report;      /* 30: concluded */
	uint64_t measure;     /* 2: approved by all who must */
	uint64_t question;    /* 10: answered, by the calendar of who is asked */
};

struct team {
	const char *name;
	struct list people; /* const char *: holders of keys */
};

enum rule_kind { RULE_APPLICATION, RULE_REPORT, RULE_MEASURE };

/*
 * All conditions that a rule has must hold; of a list one element suffices. Capabilities are those
 * of the item, each of which holds for all below it.
 */
struct routing_rule {
	const char *name;
	struct list kinds;        /* unsigned: enum rule_kind */
	struct list countries;    /* const char *: the end user's */
	struct list capabilities; /* const char *: labels */
	struct list items;        /* const char *: names */
	bool has_hits;
	uint64_t hits; /* open hits at least */
	bool has_team;
	const char *team;
	struct list flags;      /* const char *: labels */
	struct list bodies;     /* const char *: holders of advisers' keys who must be heard */
	struct list checklists; /* const char *: that must be answered */
};

struct checklist_form {
	const char *name;
	struct list questions; /* const char * */
};

/*
 * An exporter or end user with those who work there: holders of keys of the same role, under their
 * own names. They read each other's drafts that are put up for it; with four eyes the console makes
 * nothing of the party's for signing that no second person of the house has agreed to (house.h).
 */
struct house {
	const char *party;
	struct list people; /* const char * */
	bool has_four_eyes;
	unsigned four_eyes; /* enum four_eyes */
};

enum four_eyes { FOUR_EYES_OFF, FOUR_EYES_ON };

struct casework_settings {
	bool has_country;
	const char *country;
	struct list calendars; /* struct office_calendar */
	bool has_days;
	struct stage_days days;
	struct list teams;      /* struct team */
	struct list rules;      /* struct routing_rule */
	struct list checklists; /* struct checklist_form */
	struct list houses;     /* struct house */
};

/*
 * Errors: bad input, those of form.h; settings.value (an offset, a weekend of seven days, too many
 * days), settings.unknown (a calendar or checklist that is named and not there), settings.twice.
 */
bool settings_parse(struct arena *, struct bytes yaml, struct casework_settings *out, struct err *);

/* Of a home; the defaults where there is no file. Errors: environment, also of a file that is bad.
 */
bool settings_load(struct arena *, const char *home, struct casework_settings *out, struct err *);

/* The calendar of a country (NULL: the office's), or else the office's, or else Saturday and
 * Sunday. */
struct calendar settings_calendar(const struct casework_settings *, const char *country);

/* NULL: there is none of that name. */
const struct checklist_form *settings_checklist(const struct casework_settings *, const char *name);

/* Whether somebody is in the team. */
bool settings_is_member(const struct casework_settings *, const char *team, const char *person);

/* The house whose party or one of whose people somebody is; NULL: none. */
const struct house *settings_house(const struct casework_settings *, const char *holder);
bool house_has(const struct house *, const char *holder);

/* In JSON's and forms' words. */
extern const char *const rule_kinds[], *const weekdays[];

#endif
