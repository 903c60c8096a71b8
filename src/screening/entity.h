/*
 * entity: a party as a list names it, or as somebody asks about it. What every reader of a
 * list gives, what the index holds, what the matcher compares. Plain data, borrowed from
 * whoever made it; text is UTF-8 as published, and nothing is folded or normalised yet.
 * Absent text is NULL, absent lists have a count of 0.
 */
#ifndef PROVISO_SCREENING_ENTITY_H
#define PROVISO_SCREENING_ENTITY_H

#include <stdbool.h>
#include <stddef.h>

enum entity_type {
	ENTITY_ANY, /* not said: compared with all */
	ENTITY_PERSON,
	ENTITY_ORGANISATION,
	ENTITY_VESSEL,
	ENTITY_AIRCRAFT,
	ENTITY_TYPES
};

enum name_kind {
	NAME_PRIMARY,
	NAME_ALIAS, /* also known as; former names too */
	NAME_WEAK,  /* the list itself says so: "weak aka", "low quality" */
};

struct entity_name {
	const char *text; /* in the order of reading: "Given Family" where the list has parts */
	const char *given, *family; /* where the list says which is which */
	enum name_kind kind;
};

struct entity_identifier {
	const char *kind;    /* "passport", "national-id", "tax", "registration", "imo", "mmsi",
	                        "call-sign",    "lei", "wallet", "tail-number", "other" */
	const char *value;   /* as published */
	const char *country; /* ISO 3166 alpha-2 of the issuer */
};

/* What a list says beyond the name: programme, reason, licence requirement, review policy... */
struct entity_note {
	const char *label; /* "programme", "reason", "licence-requirement", "review-policy",
	                      "notice", "remarks" */
	const char *text;
};

struct entity {
	const char *id; /* the list's own, unique in it */
	enum entity_type type;
	const struct entity_name *names; /* the primary one first */
	size_t name_count;
	const char *const *births; /* "1961", "1961-03", "1961-03-07"; of founding or building */
	size_t birth_count;
	const char *const
	    *countries; /* ISO 3166 alpha-2; nationality, residence, flag, registration */
	size_t country_count;
	const char *const *addresses; /* one line each */
	size_t address_count;
	const struct entity_identifier *identifiers;
	size_t identifier_count;
	const struct entity_note *notes;
	size_t note_count;
};

/* "person", "organisation", "vessel", "aircraft", "any". */
const char *entity_type_name(enum entity_type);
/* Also "org", "company", "individual", "entity", "ship" as clients and lists write them. */
bool entity_type_by_name(const char *name, enum entity_type *out);

#endif
