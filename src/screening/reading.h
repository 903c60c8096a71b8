/*
 * reading: a list being read: where it stands, for messages, and the one way an entity leaves a
 * reader. Each read_*.c is a format or a family of them. Internal to the readers.
 */
#ifndef PROVISO_SCREENING_READING_H
#define PROVISO_SCREENING_READING_H

#include "csv.h"
#include "draft.h"
#include "reader.h"

struct id_set {
	uint64_t *at;
	size_t count, room;
};

struct reading {
	const struct list_file *files;
	size_t count;
	entity_visit *visit;
	void *context;
	struct list_facts *facts;
	bool has_declared;
	uint64_t declared; /* how many entries the file says it holds */
	struct id_set ids;
	bool derives_ids; /* the list has none: like entries get "-2", "-3", ... */
	const char *file; /* where the reader stands */
	size_t line;
	struct draft draft;
	struct err *e;
};

/* "FILE: line N: FIELD: ..."; `field` may be NULL. Rule list.field. Returns false. */
bool reading_fail(struct reading *, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Hands the draft on and ends it: it must have an id of its own and a name. */
bool reading_give(struct reading *);

/* An id for an entry of a list that has none: a digest of what tells it from others. */
const char *reading_derive_id(struct reading *, const char *const parts[], size_t count);

/* The list says when it was published; text of any form that date_parse() knows, or RFC 3339. */
void reading_published(struct reading *, const char *text, bool month_first);
/* The list says how many entries it holds. */
void reading_declared(struct reading *, const char *number);

/* A table in which the rows of one id make up an entity. */
struct csv_group {
	char separator;
	size_t preamble; /* lines before the header */
	const char *id;  /* the column */
	void (*begin)(struct reading *, const struct csv_table *,
	              const char *id); /* draft_begin() */
	void (*row)(struct draft *, const struct csv_table *);
};
bool csv_read_groups(struct reading *, const struct csv_group *);

bool read_ofac_csv(struct reading *);
bool read_ofac_xml(struct reading *);
bool read_ofac_advanced(struct reading *);
bool read_csl_csv(struct reading *);
bool read_csl_json(struct reading *);
bool read_dpl(struct reading *);
bool read_eu_xml(struct reading *);
bool read_eu_csv(struct reading *);
bool read_un_xml(struct reading *);
bool read_uk_csv(struct reading *);
bool read_uk_xml(struct reading *);
bool read_uk_ods(struct reading *);
bool read_conlist(struct reading *);
bool read_seco(struct reading *);
bool read_sema(struct reading *);
bool read_ftm(struct reading *);
bool read_senzing(struct reading *);
bool read_simple(struct reading *);
bool read_own(struct reading *);

#endif
