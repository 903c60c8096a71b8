/*
 * csv: strict reading of separated values (RFC 4180), record by record. A quote stands only at
 * the head of a field, is closed, and is followed by a separator or the end of the line; text is
 * UTF-8 without NUL. A record and its line and place in the file are kept until the next one, so
 * that a record can be found again. Internal to the readers.
 */
#ifndef PROVISO_SCREENING_CSV_H
#define PROVISO_SCREENING_CSV_H

#include <sys/types.h>

#include "base/err.h"
#include "reader.h"

enum { CSV_RECORD = 8 << 20, CSV_FIELDS = 512 };

struct csv {
	const struct list_file *file;
	char separator;
	bool ends_at_ctrl_z; /* as files that OFAC writes do */
	size_t line;         /* where the record begins; from 1 */
	off_t offset;
	size_t next_line;
	off_t next_offset;
	char *text;
	size_t len, room;
	size_t starts[CSV_FIELDS];
	size_t count; /* fields of the record */
	struct err *e;
};

void csv_begin(struct csv *, const struct list_file *, char separator, struct err *);
void csv_end(struct csv *);
/* The next record that is not an empty line; *more false at the end of the file. */
bool csv_next(struct csv *, bool *more);
/* "" past the last field. */
const char *csv_field(const struct csv *, size_t index);

/* Where a record begins, to read it again. */
struct csv_place {
	uint64_t key; /* hash of its key field */
	off_t offset;
	size_t line;
};
bool csv_seek(struct csv *, const struct csv_place *);

/* All records by the hash of a field, those of one key in the order of the file. */
struct csv_index {
	struct csv_place *at;
	size_t count, room;
};
uint64_t csv_key(const char *field);
bool csv_index_add(struct csv_index *, const struct csv *, const char *key, struct err *);
void csv_index_sort(struct csv_index *);
void csv_index_free(struct csv_index *);
/* The first place of a key, and how many there are. */
size_t csv_index_find(const struct csv_index *, uint64_t key, size_t *first);

/* --- Records with a header ------------------------------------------------------------------ */

struct csv_table {
	struct csv csv;
	size_t columns;
	char *names; /* the header's text */
	const char *by_name[CSV_FIELDS];
	size_t index[CSV_FIELDS]; /* of by_name[i] */
};

/* Reads the header; `preamble` lines before it are skipped. */
bool csv_table_begin(struct csv_table *, const struct list_file *, char separator, size_t preamble,
                     struct err *);
void csv_table_end(struct csv_table *);
/* The next record; it must have as many fields as the header. */
bool csv_table_next(struct csv_table *, bool *more);
/* A cell by its column's name, whatever the case; "" where there is no such column. */
const char *csv_cell(const struct csv_table *, const char *column);
bool csv_has(const struct csv_table *, const char *column);

#endif
