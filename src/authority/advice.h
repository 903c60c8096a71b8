/*
 * advice: what the bodies that must be heard said of an application, laid beside one another:
 * where they conflict, and what licence all of them together would let be issued.
 *
 * The provisos that are scopes meet, so that the order of the bodies does not matter and none can
 * widen what another narrowed. Where bodies conflict nothing is drafted of the outcome: that is
 * for an officer. Pure; what it gives lies in the arena.
 */
#ifndef PROVISO_AUTHORITY_ADVICE_H
#define PROVISO_AUTHORITY_ADVICE_H

#include "apply.h"

/* One body's latest advice. */
struct advice_given {
	struct hash id;
	int64_t at;
	const struct advice_body *says;
};

/* What one body says of one thing: by a part of its advice, or by its advice of the whole. */
struct advice_voice {
	const char *body;
	unsigned verdict;          /* enum decision_outcome */
	const struct scope *scope; /* its proviso, or NULL */
};

/* The whole, a party or the item; a row of voices, as many as there are bodies. */
struct advice_subject {
	const char *about; /* "application", "exporter", "item", ... */
	const struct advice_voice *voices;
	bool is_conflicting; /* one refuses what another approves */
};

struct advice_summary {
	const struct advice_given *given;
	size_t count;
	const struct advice_subject *subjects; /* the application first, then what parts speak of */
	size_t subject_count;
	const char *outcome;       /* all agree on it; NULL: nobody has advised, or they conflict */
	const struct scope *scope; /* what was applied for, within all provisos that are scopes */
	const char *const *provisos; /* those in words, each once, with who says it behind it */
	size_t proviso_count;
	const char *const *conflicts; /* a sentence each */
	size_t conflict_count;
};

/* "approve", "approve-with-provisos", "refuse". */
const char *advice_verdict(unsigned);

/* Pure: of these pieces of advice, one a body, on this application. */
void advice_summarize(struct arena *, const struct application_body *, const struct advice_given[],
                      size_t count, struct advice_summary *out);

/* Of an application as the state has it. Errors: refused, state.no-such-application. */
bool query_advice(const struct state *, struct arena *, const struct hash *application,
                  struct advice_summary *out, struct err *);

#endif
