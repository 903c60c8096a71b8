/*
 * documents: any record as an A4 document for people, set from its own bytes.
 *
 * Title, what the record says field by field, whose signature it is, its place on the log, a
 * code that leads to its receipt; in one of five languages, of which Hebrew and Arabic run
 * from right to left. The words are a function of the record and of what is in struct
 * document: no clock, no state, no confidential value. With the same libraries and fonts the
 * same record gives the same bytes, so that pages can be set again and compared. The record
 * and its proof travel in the file (carrier.h).
 */
#ifndef PROVISO_DOCUMENTS_DOCUMENTS_H
#define PROVISO_DOCUMENTS_DOCUMENTS_H

#include "carrier.h"
#include "record/record.h"

struct document {
	const struct record *record;
	uint64_t index;       /* its place on the log */
	const char *language; /* "en", "he", "ar", "fr" or "es" */
	const char *url;      /* of a provisod that has it; NULL: the code is the id alone */
};

/* Fonts and what was read of them. Thread safe: documents are set one at a time. */
struct typesetter;

/* Errors: environment, where there is no font at all. */
struct typesetter *typesetter_new(struct err *);
void typesetter_free(struct typesetter *);

/* Bad input document.language; usage, for an address that cannot stand in a code. */
bool document_check(const struct document *, struct err *);

/* The pages alone. Errors: those of document_check(); environment. */
bool document_pages(struct typesetter *, struct arena *, const struct document *,
                    struct bytes *pages, struct err *);

/* The whole file, with the record and `proof` (a tlog-proof) in it. */
bool document_make(struct typesetter *, struct arena *, const struct document *, struct bytes proof,
                   struct bytes *pdf, struct err *);

/* "licence-9f31c2aa": the name such a file is saved by, before its ".pdf". */
const char *document_name(struct arena *, const struct record *);

#endif
