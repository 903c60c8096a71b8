/*
 * paper: the office's confidential working papers on a case: comments, questions to the exporter
 * and replies, attachments, checklists, assignments, flags, drafts. Each says who wrote it and
 * when; none is changed afterwards, but a person's own draft. What somebody must answer for is a
 * record on the log instead (doc/decisions/casework.md).
 *
 * A kind of paper is a table of fields, as a kind of record is. Who may read and write which is a
 * table too, with a test a cell. Pure.
 */
#ifndef PROVISO_CASEWORK_PAPER_H
#define PROVISO_CASEWORK_PAPER_H

#include "base/arena.h"
#include "base/err.h"
#include "record/form_yaml.h"
#include "settings.h"

enum paper_kind {
	PAPER_COMMENT,
	PAPER_QUESTION,
	PAPER_REPLY,
	PAPER_ATTACHMENT,
	PAPER_CHECKLIST,
	PAPER_ASSIGNMENT,
	PAPER_FLAG,
	PAPER_DRAFT,
	PAPER_REVIEW,
	PAPER_KINDS,
};

enum {
	PAPER_TEXT_MAX = 16384,
	PAPER_DRAFT_MAX = 65535,
	REVIEW_TEXT_MAX = 2000,
	PAPER_FORM_MAX = 1 << 18, /* of one paper as it comes in */
	QUESTION_DAYS_MAX = 365,
	ATTACHMENT_MAX = 16 << 20,   /* bytes of a file */
	ATTACHMENTS_MAX = 256 << 20, /* of all files of a case together */
	PAPERS_MAX = 10000,          /* of a case */
	DRAFTS_MAX = 100,            /* of a person on it */
};

/* Somebody who asks: the holder of a key, in its role. */
struct person {
	enum role role;
	const char *holder;
};

struct comment_paper {
	const char *text;
};

enum asked { ASKED_EXPORTER, ASKED_END_USER };

struct question_paper {
	const char *text;
	bool has_to;
	unsigned to; /* enum asked; absent: the exporter */
	bool has_days;
	uint64_t days; /* working days to reply in; absent or 0: as the settings say */
};

struct reply_paper {
	uint64_t question; /* the paper answered */
	const char *text;
};

/* The file lies beside it, by its digest; it is given as a download alone. */
struct attachment_paper {
	const char *name, *media_type;
	struct hash digest;
	uint64_t size;
	bool has_question;
	uint64_t question; /* it goes with this question or its reply, and those asked see it */
};

struct checklist_answer {
	const char *question, *answer;
	struct list sources; /* const char * */
};

struct checklist_paper {
	const char *name;
	struct list
	    answers; /* struct checklist_answer; a later paper takes the place of an earlier one */
};

/* Neither: nobody has it any more, and it goes where the rules send it. */
struct assignment_paper {
	bool has_team, has_person;
	const char *team, *person;
};

enum flag_state { FLAG_SET, FLAG_CLEARED };

struct flag_paper {
	const char *flag;
	unsigned state; /* enum flag_state */
};

/* A form that somebody has not sent yet. A later one of the same name takes its place. */
struct draft_paper {
	const char *name;
	const char *form; /* as the page has it: JSON */
	bool has_review;
	unsigned review; /* there: the house may read it */
};

enum review_verdict { REVIEW_AGREED, REVIEW_CHANGE };

/* What somebody of the house says of another's draft, as it stood: of this form and no other. */
struct review_paper {
	const char *draft, *by; /* its name, and who wrote it */
	struct hash digest;     /* of the form: house.h */
	unsigned verdict;       /* enum review_verdict */
	bool has_text;
	const char *text;
};

union paper_value {
	struct comment_paper comment;
	struct question_paper question;
	struct reply_paper reply;
	struct attachment_paper attachment;
	struct checklist_paper checklist;
	struct assignment_paper assignment;
	struct flag_paper flag;
	struct draft_paper draft;
	struct review_paper review;
};

struct paper {
	uint64_t id;         /* rises with each */
	struct hash subject; /* the record that the case is about; zeros: none yet (drafts) */
	enum paper_kind kind;
	int64_t at;
	struct person by;
	bool has_shared;
	enum role shared; /* a party of the case in this role sees it too: paper_share() */
	union paper_value value;
};

const char *paper_kind_name(enum paper_kind);
bool paper_kind_by_name(const char *, enum paper_kind *out);
const struct field *paper_fields(enum paper_kind);

/* A paper's value from a form (form_json.h, form_yaml.h), and as bytes. Errors: those of form.h. */
bool paper_fill(struct arena *, enum paper_kind, const struct form_node *, union paper_value *out,
                struct err *);
bool paper_encode(struct arena *, enum paper_kind, const union paper_value *, struct bytes *out,
                  struct err *);
bool paper_decode(struct arena *, enum paper_kind, struct bytes, union paper_value *out,
                  struct err *);

/* --- Who may what -------------------------------------------------------------------------- */

/* Of papers: none, his own, his own and what his house has put up for reading, those shared with
 * his role on his own cases, all of cases he is heard on, all. */
enum reach { REACH_NONE, REACH_OWN, REACH_HOUSE, REACH_SHARED, REACH_HEARD, REACH_ALL };

enum reach paper_reads(enum role, enum paper_kind);
enum reach paper_writes(enum role, enum paper_kind);

/* What somebody has to do with a case. */
struct standing {
	bool is_party;             /* it is his export, or his system */
	bool is_heard;             /* his body must be heard on it, or has advised */
	const struct house *house; /* his, or NULL */
};

/* One row of what somebody may read. */
bool paper_may_read(const struct person *, const struct standing *, const struct paper *);

/* Refused: paper.not-entitled. */
bool paper_may_write(const struct person *, const struct standing *, enum paper_kind, struct err *);

/*
 * With which party a new paper is shared. `question` is the paper that it answers or goes with
 * (NULL: none). Refused: paper.no-such-question (there is none, or none to him),
 * paper.not-entitled.
 */
bool paper_share(struct paper *, const struct paper *question, struct err *);

#endif
