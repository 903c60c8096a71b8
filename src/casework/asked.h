/*
 * asked: somebody's view of a case, and what he does with it: the one place where the tables of
 * paper.h are applied. The command, the API and the pages all go through it, so that none of them
 * can show what another would not. The rim: reads a home, draws no conclusions of its own.
 *
 *     struct asked_case c;
 *     if (!asked_open(&c, authority, papers, arena, &person, "3fa2b1c0", rim_now(), e))
 *             return false;
 *     json_t *value = asked_json(&c);
 */
#ifndef PROVISO_CASEWORK_ASKED_H
#define PROVISO_CASEWORK_ASKED_H

#include "case_words.h"
#include "papers.h"

struct asked_case {
	struct arena *arena;
	struct papers *store;
	struct person person;
	bool is_new; /* no case yet: a place for drafts */
	int64_t now;
	struct casework_settings settings;
	struct case_file file;
	struct case_desk desk;
	struct standing standing;
	struct paper *papers; /* all on it; see paper_may_read() */
	size_t paper_count;
};

/* In which role the holder of a key asks. */
struct person person_of(const struct key_info *);

/* Whether the office's own work is his to see: officers, the authority, auditors. */
bool person_is_office(const struct person *);

/*
 * The case of a record by the beginning of its id; "new" is a place for drafts of what is no record
 * yet. In a read transaction of the caller. Errors: those of store_find() and settings_load();
 * refused, case.not-entitled (it is none of his).
 */
bool asked_open(struct asked_case *, struct authority *, struct papers *, struct arena *,
                const struct person *, const char *subject, int64_t now, struct err *);

/* As he may see it; of its papers those of these kinds (1 << kind), after an id, that he may read.
 */
json_t *asked_json(const struct asked_case *);
json_t *asked_papers(const struct asked_case *, unsigned kinds, uint64_t after);

/* The reviews of his house alone, where he is of one: see house_must_agree(). */
bool asked_reviews(struct authority *, struct papers *, struct arena *, const struct person *,
                   struct asked_case *out, struct err *);

/*
 * Every draft that he may read: his own on any case, and what his house has put up; with each the
 * house's reviews.
 */
bool asked_drafts(struct authority *, struct papers *, struct arena *, const struct person *,
                  struct asked_case *out, struct err *);

/* A draft that he may read, by its name and who wrote it; NULL: none. */
const struct paper *asked_draft(const struct asked_case *, const char *name, const char *by);

/*
 * Writes a paper of his: kind and value are the caller's, the rest is filled in; `file` is an
 * attachment's, else empty. Errors: those of paper_may_write(), paper_share(), papers_add();
 * refused, paper.no-such-party (nobody to ask), case.no-such-case, those of house_review().
 */
bool asked_write(struct asked_case *, struct paper *, struct bytes file, struct err *);
bool asked_drop_draft(struct asked_case *, const char *name, struct err *);

/* Refused: paper.no-such-paper, also where he may not read it. */
bool asked_attachment(const struct asked_case *, uint64_t id, const struct paper **out,
                      struct bytes *file, struct err *);

/* What waits, as he may see it; `filter` narrows it further. */
bool asked_work(struct authority *, struct papers *, struct arena *, const struct person *,
                const struct work_filter *filter, int64_t now, struct work_item **out,
                size_t *count, struct err *);

#endif
