/*
 * draft: an entity as a reader puts it together from a list's own fields. Text is trimmed and
 * its runs of white space are one space; empty text is left out, and so is what is there
 * already. Internal to the readers.
 */
#ifndef PROVISO_SCREENING_DRAFT_H
#define PROVISO_SCREENING_DRAFT_H

#include "base/bytes.h"
#include "entity.h"

/* The most of one thing (names, notes, ...) that an entity may have. */
enum { DRAFT_MOST = 4096 };

struct draft_list {
	void *at;
	uint64_t *hashes; /* of each element's text, to see what is there already */
	size_t count, room;
};

struct draft {
	struct arena arena; /* of this entity alone */
	const char *id;
	enum entity_type type;
	struct draft_list names, births, countries, addresses, identifiers, notes;
	bool has_too_many;
};

void draft_begin(struct draft *, const char *id, enum entity_type);
void draft_end(struct draft *);

void draft_name(struct draft *, enum name_kind, const char *text);
void draft_alias(struct draft *, const char *text);
void draft_weak(struct draft *, const char *text); /* an alias that says little */
/* In parts, each may be NULL; `text` becomes "given family". */
void draft_name_parts(struct draft *, enum name_kind, const char *given, const char *family);
/* "HANIYA, Ismail" as "Ismail HANIYA", with its parts; without a comma as draft_name(). */
void draft_name_inverted(struct draft *, enum name_kind, const char *text);
/* A date, or several, or a span of years, as lists write them; what is no date is left out. */
void draft_birth(struct draft *, const char *text);
/* A country by code or by any name that lists use; what is none is left out. */
void draft_country(struct draft *, const char *text);
/* Parts in order, joined by ", ". */
void draft_address(struct draft *, const char *const parts[], size_t count);
/* `what` is the list's own word for the kind ("V.A.T. Number"); `country` as draft_country(). */
void draft_identifier(struct draft *, const char *what, const char *value, const char *country);
void draft_note(struct draft *, const char *label, const char *text);

/* The parts of `text` between separators, each trimmed, handed on one by one. */
void draft_each(struct draft *, const char *text, const char *separator,
                void (*put)(struct draft *, const char *part));

/* Copies trimmed text, runs of white space as one space; NULL and empty give "". */
const char *text_clean(struct arena *, const char *text);
/* Joins what is not empty. */
const char *text_join(struct arena *, const char *separator, const char *const parts[],
                      size_t count);

/* The entity so far; the primary name first. Borrowed from the draft. */
struct entity draft_entity(struct draft *);

/* --- What the words of lists mean (countries.c, dates.c) ---------------------------------- */

/* ISO 3166 alpha-2 of a code or name, any case; NULL when it is none. */
const char *country_code(const char *text);

/*
 * A date at the head of text as "1961", "1961-03" or "1961-03-07": ISO, "07 Mar 1961",
 * "Mar 1961", "07/03/1961" (day first unless `month_first`), "00/00/1961", "dd/mm/1961".
 * *end gets what follows. False: no date there.
 */
bool date_parse(const char *text, bool month_first, char out[11], const char **end);

/* The kind of an identifier by the list's own words, as in entity.h. */
const char *identifier_kind(const char *what);

#endif
