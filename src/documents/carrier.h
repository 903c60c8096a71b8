/*
 * carrier: the record's own bytes inside a PDF, and out of it again.
 *
 * To the pages that were drawn an incremental update (ISO 32000-1, 7.5.6) adds an attachment:
 * the very file that `proviso log prove` writes, CBOR [record, tlog-proof], as any viewer saves
 * it. Its stream's dictionary has four entries of ours:
 *
 *     /ProvisoProof <SHA-256 of the attachment>    by it the attachment is found, and checked
 *     /ProvisoFile <SHA-256 of the whole file>     taken with these digits as zeros
 *     /ProvisoPages N                              the pages as drawn are the first N bytes
 *     /ProvisoSet (LANGUAGE URL)                   what they were drawn with
 *
 * The digests find damage and careless edits. They are nobody's signature: what holds is the
 * record, under its proof (why: doc/decisions/documents-carry-records.md). No I/O.
 */
#ifndef PROVISO_DOCUMENTS_CARRIER_H
#define PROVISO_DOCUMENTS_CARRIER_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
	CARRIER_MAX = 16 << 20, /* bytes of a PDF */
	CARRIER_URL_MAX = 512,
	CARRIER_LANGUAGE_MAX = 8, /* letters */
};

struct carried {
	struct bytes attachment; /* reply_parse() takes it apart */
	struct bytes record, proof;
	const char *language, *url; /* what the pages were set with; "" where there is none */
	struct bytes pages;         /* as drawn, before the attachment was added */
	bool is_as_written;         /* no byte of the file was changed or added since */
};

/* True for what begins as a PDF does. */
bool carrier_is_pdf(struct bytes);

/*
 * Adds the attachment to `pages`, a PDF with a classic cross-reference table as cairo
 * closes it. Of `carried`, record, proof, language and url are read. `name` is the attachment's
 * file name, ASCII. Errors: environment document.pages, when the pages are not of that form.
 */
bool carrier_add(struct arena *, struct bytes pages, const char *name, const struct carried *,
                 struct bytes *pdf, struct err *);

/*
 * What a PDF carries, also when another program has written it anew since. The proof is not
 * checked here. Errors: bad input document.not-pdf, document.too-large, document.no-record
 * (nothing is in it), document.two-records, document.stream (its form cannot be read);
 * refused document.altered (its digest is another); those of reply_parse().
 */
bool document_record(struct arena *, struct bytes pdf, struct carried *out, struct err *);

#endif
