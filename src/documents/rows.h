/* rows: what a record says, as rows on a sheet; nobody but this layer includes it. */
#ifndef PROVISO_DOCUMENTS_ROWS_H
#define PROVISO_DOCUMENTS_ROWS_H

#include "record/record.h"
#include "sheet.h"

/* Every field that is there, by the table. */
void rows_fields(struct sheet *, const struct field *, const void *in, unsigned depth);

/* A scope in words, a row a dimension. */
void rows_scope(struct sheet *, const struct scope *, unsigned depth);

#endif
