/*
 * press: the one thread that sets documents. A long one takes a second, and the threads that
 * serve must not wait. Fonts are read when the first is asked for: most services never set any.
 */
#ifndef PROVISO_SERVER_PRESS_H
#define PROVISO_SERVER_PRESS_H

#include "documents/documents.h"
#include "http.h"

enum { PRESS_WAITING = 32 }; /* documents that may wait */

/* In the arena of its exchange, which nobody else may use until http_ready(). */
struct press_job {
	struct press_job *next;
	struct document document;
	struct record record;
	struct bytes proof, pdf;
	const char *etag;
	struct err err; /* kind ERR_NONE: it went well */
	struct arena *arena;
	struct http_exchange *exchange;
};

struct press;

struct press *press_new(struct err *);
void press_free(struct press *); /* finishes what waits; NULL is nothing */

/* False when too many wait. Else http_ready() of the exchange follows. */
bool press_take(struct press *, struct press_job *);

#endif
