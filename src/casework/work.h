/*
 * work: what waits for whom, since when, until when and why, in words. Derived from the state and
 * the papers each time it is asked for; nothing of it is stored. Pure: what is at the rim (lists,
 * witnesses, papers, the clock) comes in as arguments.
 */
#ifndef PROVISO_CASEWORK_WORK_H
#define PROVISO_CASEWORK_WORK_H

#include "authority/authority.h"
#include "case.h"
#include "said.h"

struct work_world {
	struct case_world cases;
	const struct casework_settings *settings;
	const struct paper *papers; /* all but drafts, in their order */
	size_t paper_count;
	const struct watched_list *lists;
	size_t list_count;
	const struct witnessing *witnessing; /* or NULL */
};

/* Reads what the home says of its state, lists and witnesses; settings and papers are the caller's.
 * In a read transaction of the caller. I/O: for the rim. */
bool work_world_read(struct work_world *, struct authority *, struct arena *, int64_t now,
                     struct err *);

/* Whom an item waits for. */
enum work_for {
	WORK_OFFICE, /* officers: of the team or person named, or any */
	WORK_BODY,   /* a body that must be heard */
	WORK_PARTY,  /* an exporter or end user */
	WORK_KEEPER, /* who keeps the service */
};

struct work_item {
	const char *reason; /* "undecided", "hit", "advice-missing", ...: see work.c */
	struct said said;
	const char *words; /* the same in English */
	bool has_subject;
	struct hash subject;
	enum record_kind kind; /* of the subject */
	const char *title;
	struct said title_said; /* of what is no case */
	enum work_for waits_for;
	const char *who;           /* the body, exporter or end user; also who is late; or NULL */
	const char *team, *person; /* of the office, who has the case; or NULL */
	struct texts done_by;      /* officers who have done their part: it waits for others */
	int64_t since;
	int64_t due; /* 0: no date */
	bool is_stopped, is_overdue;
	uint64_t days_left; /* working days; when there is a clock */
	bool has_clock;
	struct texts flags;
};

/* The soonest due first, then the oldest. */
bool work_list(const struct work_world *, struct work_item **out, size_t *count, struct err *);

/* Of a list, what concerns a team, a person (what is his, and his teams'), a body; NULL: any. */
struct work_filter {
	const char *team, *person, *body;
};
bool work_concerns(const struct casework_settings *, const struct work_filter *,
                   const struct work_item *);

#endif
