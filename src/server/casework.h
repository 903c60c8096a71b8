/*
 * casework: the office's cases and papers, for the API (api_cases.c) and for pages. Who asks is
 * judged here, by the tables of casework/paper.h, so that a page cannot show what the API would
 * not.
 *
 *     struct asked_case c;
 *     if (!casework_ask(s, authority, q, &person, "3fa2b1c0", &c, e))
 *             return false;
 *     value = casework_case(&c);
 */
#ifndef PROVISO_SERVER_CASEWORK_H
#define PROVISO_SERVER_CASEWORK_H

#include "casework/case_words.h"
#include "casework/papers.h"
#include "parts.h"

struct caseload; /* papers of a home, for all threads */

struct caseload *caseload_open(const char *home, struct err *);
void caseload_close(struct caseload *);

/* Somebody's view of a case. */
struct asked_case {
	struct service *service;
	struct http_request *request;
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

/* Of a key: in which role it asks, and for whom. */
struct person casework_person(const struct key_info *);

/*
 * The case of a record by the beginning of its id; "new" is a place for drafts of what is no record
 * yet. Errors: those of store_find(); refused, case.not-entitled (it is none of his).
 */
bool casework_ask(struct service *, struct authority *, struct http_request *,
                  const struct key_info *, const char *subject, struct asked_case *out,
                  struct err *);

/* As he may see it; the papers of these kinds (1 << kind) that he may read, after an id. */
json_t *casework_case(const struct asked_case *);
json_t *casework_papers(const struct asked_case *, unsigned kinds, uint64_t after);

/*
 * Writes a paper of his on it; `file` is an attachment's, else empty. What the paper is shared with
 * is filled in. Errors: those of paper_may_write(), paper_share(), papers_add(); refused,
 * paper.no-such-party (nobody to ask).
 */
bool casework_write(struct asked_case *, struct paper *, struct bytes file, struct err *);
bool casework_drop_draft(struct asked_case *, const char *name, struct err *);
/* Refused: paper.no-such-paper, also where he may not read it. */
bool casework_attachment(const struct asked_case *, uint64_t id, const struct paper **out,
                         struct bytes *file, struct err *);

/* What waits, as he may see it; `filter` narrows it further. */
bool casework_work(struct service *, struct authority *, struct http_request *,
                   const struct key_info *, const struct work_filter *filter,
                   struct work_item **out, size_t *count, struct err *);

/* The settings as they are now. */
bool casework_settings(struct service *, struct arena *, struct casework_settings *, struct err *);

/* Whether the office's own work is his to see. */
bool casework_is_office(const struct person *);

#endif
