/*
 * pages: the console's pages on the service's data. A page is a template and a function that
 * makes the JSON value it is filled from; one table has them all (pages.c). Only GET: whatever
 * changes something is a record, sent to /v1.
 */
#ifndef PROVISO_SERVER_PAGES_H
#define PROVISO_SERVER_PAGES_H

#include "casework/said.h"
#include "console/console.h"
#include "parts.h"
#include "words/words.h"

struct page {
	struct service *service;
	struct authority *authority; /* in a read transaction */
	struct http_request *q;
	struct arena *arena;
	struct state state;
	int64_t now;
	struct hub_version version; /* of what is on the log, from before it was read */
	const struct messages *messages;
	const char *language; /* "he" */
	bool has_person;
	struct key_info person; /* who is signed in */
	json_t *data;           /* to be filled; released by the frame */
	struct err *err;
};

/* False after filling the error: then the page is the problem's. */
typedef bool page_fill(struct page *);

page_fill page_overview, page_systems, page_system, page_new_measure, page_measures, page_measure,
    page_licences, page_licence, page_applications, page_application, page_reports, page_report,
    page_log, page_record, page_definitions, page_lists, page_search, page_keys, page_new,
    page_new_kinds, page_sign_in, page_work, page_evidence, page_routing, page_drafts, page_draft;

/* --- What pages share ------------------------------------------------------------------------ */

/* Sets a member; the value is released. */
void page_set(struct page *, const char *name, json_t *value);

/* The id of a record of this kind (0: of any) that a prefix begins. Errors: as store_find;
 * state.no-such-thing. */
bool page_find(struct page *, const char *prefix, enum record_kind, struct hash *, uint64_t *index);

/* A canonical scope as [{"dimension", "key", "values": [...], "narrows"}]: narrows what is not so
 * in `before`. */
json_t *page_scope(struct arena *, const struct scope *, const struct scope *before);

/* "2026-01-01T00:00:00Z" for the template's messages; null where there is none. */
json_t *page_time(struct arena *, int64_t at);

/* Where a target of measures is to be seen, as {"words", "href"}. */
json_t *page_target(struct page *, const char *target);

json_t *page_measure_row(struct page *, const struct measure_info *);

/* What a record or a draft says, whatever its kind, as rows of names and values. */
json_t *page_rows(struct page *, const json_t *says);

/* The form of ?draft=NAME&by=HOLDER that he may read, released by the caller; NULL: none is asked
 * for, or there is none. Sets "draft", and "house" where he is of one. */
json_t *page_draft_form(struct page *, enum record_kind);

/* Whether people sign records of this kind. */
bool page_is_for_people(enum record_kind);

/* Hits on the parties of an application, each with its entry where the reader is of the office. */
bool page_hits(struct page *, const struct application_body *, json_t *rows);

/* What is named as evidence (struct evidence), with what may be seen of it. */
json_t *page_evidence_files(struct page *, const struct list *);

/* Sets "case": what the person may see of the papers on a record, null where that is nothing. */
void page_case(struct page *, const char *subject);

/* To a row of words_system() with its cells: what templates say of a system. */
void page_system_row(struct page *, json_t *row, const struct system_info *,
                     const char *const cells[6]);

/* A message in the page's language; the arguments are released. NULL: none. */
const char *page_message(struct page *, const char *key, json_t *, json_t *, json_t *);

/* A sentence of the casework in the page's language. */
const char *page_said(struct page *, const struct said *);

/* Sets "operands": what narrows a system, each statement with what it takes away. */
bool page_operands(struct page *, const struct condition *);

/* Sets "keys-waiting" and "keys-ending": of officers; null where there are none. */
bool page_count_keys(struct page *);

/* Reads a record of the log. */
bool page_read(struct page *, const struct hash *id, struct record *out);

/* A field's name as words of the page's language. */
const char *page_field(struct page *, const char *name);

/* A name for classes and messages: "in force for 72 hours" is "in-force-for-72-hours". */
const char *page_slug(struct arena *, const char *words);

/* The headers that hold a page to what is served from here. */
void page_guard(struct http_response *);

/* ?q= in lower case, "" where there is none; whether a text has it. */
const char *page_query(struct page *);
bool page_has(const char *text, const char *query);

#endif
