/*
 * papers: where the working papers lie: one SQLite file beside the log's store, HOME/casework.db
 * (0600; WAL, synchronous FULL). Append only, and the database itself holds to it: nothing but a
 * draft is ever deleted and nothing changed. No rules here: who may what is paper.h's.
 *
 * A handle serves any number of threads, one at a time. I/O: errors are environment, and bad input
 * papers.format.
 */
#ifndef PROVISO_CASEWORK_PAPERS_H
#define PROVISO_CASEWORK_PAPERS_H

#include "paper.h"

struct papers;

/*
 * Of a home. For reading alone a home without papers is one with none; for writing the file is made
 * where there is none.
 */
struct papers *papers_open(const char *home, bool write, struct err *);
void papers_close(struct papers *);
void papers_closep(struct papers **);
#define owned_papers __attribute__((cleanup(papers_closep))) struct papers *

/*
 * Adds a paper, durable when it returns, and gives its id; of a draft, those of the same name by
 * the same person on the same subject are gone then. `file` is an attachment's (else empty).
 * Refused: paper.too-many, paper.attachments-too-large.
 */
bool papers_add(struct papers *, const struct paper *, struct bytes file, uint64_t *id,
                struct err *);

/* A person's draft is thrown away. Refused: paper.no-such-draft. */
bool papers_drop(struct papers *, const struct hash *subject, const struct person *,
                 const char *name, struct err *);

#define PAPERS_ANY ((1u << PAPER_KINDS) - 1)

/* Which papers: of a subject (NULL: of all), of these kinds (1 << kind), after an id. */
struct papers_wanted {
	const struct hash *subject;
	unsigned kinds;
	const char *holder; /* who wrote them; NULL: anybody */
	uint64_t after;
	size_t limit; /* 0: all */
};

/* In the order they came. */
bool papers_list(struct papers *, struct arena *, const struct papers_wanted *, struct paper **out,
                 size_t *count, struct err *);

/* Refused: paper.no-such-paper. */
bool papers_get(struct papers *, struct arena *, uint64_t id, struct paper *out, struct err *);

/* The file of an attachment, its digest checked. */
bool papers_file(struct papers *, struct arena *, const struct hash *digest, struct bytes *out,
                 struct err *);

#endif
