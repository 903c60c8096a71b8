/*
 * pdf: as much of PDF's syntax (ISO 32000-1, 7.2 and 7.3) as it takes to find one stream in a
 * file from outside, by its dictionary. Nothing is followed, so nothing can lead in circles.
 */
#ifndef PROVISO_DOCUMENTS_PDF_H
#define PROVISO_DOCUMENTS_PDF_H

#include "base/bytes.h"

enum { PDF_DEPTH = 16 }; /* of values in values */

/*
 * A value of a dictionary: '/' name, '(' text, '<' hexadecimal, '0' whole number, 'R' reference,
 * '.' anything else. `bytes` are as in the file, without brackets.
 */
struct pdf_value {
	char type;
	struct bytes bytes;
	uint64_t number; /* also of the object referred to */
};

/* One entry of the dictionary that stands at the reader. */
typedef void pdf_entry(void *ctx, struct bytes name, const struct pdf_value *);

/*
 * Reads a dictionary from its "<<" to its ">>", telling the entries of the outermost one.
 * False when it is none; the reader is then anywhere.
 */
bool pdf_dictionary(struct reader *, pdf_entry *, void *ctx);

/* Skips white space and comments. */
void pdf_space(struct reader *);

/* The place behind the next `word` from the reader on, or false. */
bool pdf_seek(struct reader *, const char *word);

#endif
