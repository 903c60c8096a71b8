/*
 * case: what the office has open: an application, a report, a measure, by the id of its record;
 * whom it is about, where it stands, and (with the papers on it) who has it, which flags it has,
 * and how much of its time is gone. All of it is worked out from the state and the papers, and
 * nothing of it is kept. Pure: reads no file and no clock.
 */
#ifndef PROVISO_CASEWORK_CASE_H
#define PROVISO_CASEWORK_CASE_H

#include "authority/advice.h"
#include "authority/query.h"
#include "paper.h"
#include "routing.h"

/* What is asked of the state once for many cases. */
struct case_world {
	const struct state *state;
	struct arena *arena;
	int64_t now;
	struct hit_info *hits;
	size_t hit_count;
};

bool case_world_read(struct case_world *, const struct state *, struct arena *, int64_t now,
                     struct err *);

struct case_file {
	struct hash subject;
	enum record_kind kind;
	const char *title; /* "Harbour Optics Ltd to Ruritanian Police: lens 1.0" */
	const char *stage; /* as the state words it: "open", "held", "proposed", ... */
	bool is_open;      /* it waits for somebody of the office */
	int64_t opened;
	const char *exporter, *exporter_country, *end_user, *country; /* or NULL */
	struct case_facts facts; /* of applications, reports and measures */
	/* Of an application: */
	struct application_info application;
	struct advice_summary advice;
	/* Of a measure: */
	struct measure_info measure;
};

/* Of any record. Errors: refused, state.no-such-record. */
bool case_read(const struct case_world *, const struct hash *subject, struct case_file *out,
               struct err *);

/* One question, with how it stands. */
struct case_question {
	const struct paper *question, *reply; /* the first; NULL: none yet */
	/* By the calendar of who is asked; as it stood when the reply came, or stands now. */
	struct deadline deadline;
};

/* The case with the papers on it. */
struct case_desk {
	struct route route; /* by the rules; its flags with those set, without those cleared */
	const char *team, *person; /* who has it: as assigned, or else as the rules say; or NULL */
	struct case_question *questions;
	size_t question_count;
	const char *stage;  /* as the state has it, or "with the other side" */
	bool is_with_party; /* a question waits for its reply, in time: the clock stands still */
	bool
	    is_unanswered; /* a reply is late: the case is the office's again, and the clock goes */
	bool has_clock;
	const char *clock; /* "application", "report", "measure" */
	struct deadline deadline;
	struct texts missing;    /* bodies that must be heard and have not advised */
	struct texts unanswered; /* checklists that must be answered, and are not wholly */
};

/* `papers`: those on this case, in their order. */
void case_desk_of(struct arena *, const struct casework_settings *, const struct case_file *,
                  const struct paper papers[], size_t count, int64_t now, struct case_desk *out);

/* What somebody has to do with a case. */
struct standing case_standing(const struct case_file *, const struct route *,
                              const struct person *);

/* Whose turn it is, in words for the exporter: "the office (licensing)", "Harbour Optics Ltd". */
const char *case_holder(struct arena *, const struct case_file *, const struct case_desk *);

#endif
