/*
 * reader: the files that authorities publish their lists in, one entity at a time.
 *
 * A reader is given open files that can be read twice (regular files, or memory), and hands each
 * entity to a callback as it goes: memory is bounded by the largest entry and, where an entry is
 * spread over the file, by a few words a row. It gives all of a list or fails: an entry that
 * cannot be read, an id twice, a file that ends too soon or that counts its entries otherwise is
 * an error (input, "list.…") that names file, line and field.
 *
 * What the entity points to lives until the callback returns.
 */
#ifndef PROVISO_SCREENING_READER_H
#define PROVISO_SCREENING_READER_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "entity.h"

/* An opened file of a list; `name` is for messages. */
struct list_file {
	const char *name;
	FILE *at;
};

/* The files one list is published in: OFAC's CSV is three or four. */
enum { LIST_FILES = 8 };

typedef bool entity_visit(void *context, const struct entity *, struct err *);

struct list_facts {
	const char *format;
	bool has_published;
	int64_t published; /* as the list itself says */
	uint64_t entries;
	uint64_t by_type[ENTITY_TYPES];
	uint64_t names, identifiers;
};

/*
 * Reads a list. `format` is the name of a format, or NULL: found from the files. Errors: input
 * (list.format, list.csv, list.xml, list.json, list.zip, list.field, list.duplicate, list.count,
 * list.empty, list.too-large), environment, or what the callback gave.
 */
bool list_read(const struct list_file files[], size_t count, const char *format, entity_visit *,
               void *context, struct list_facts *out, struct err *);

/* The formats, for help and checks; ends with a NULL name. */
struct list_format {
	const char *name, *title;
	uint64_t max_age; /* seconds after which a list of this format is stale; 0: never */
};
const struct list_format *list_formats(void);
/* NULL when there is none of this name. */
const struct list_format *list_format(const char *name);

#endif
