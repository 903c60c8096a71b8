/*
 * what_if: what a measure would do, before anybody proposes it: which systems it reaches, what it
 * would leave of what is in force for each, and which uses of the past it would have refused.
 *
 * The authority does not hold the uses. It has the heads of use logs, and of a use log that was
 * handed in the uses themselves, where the subject is a tag: so what a scope says of subjects, its
 * limits and its window are not judged on them, and a use counts as refused only for what can be
 * told. Pure.
 */
#ifndef PROVISO_CASEWORK_WHAT_IF_H
#define PROVISO_CASEWORK_WHAT_IF_H

#include "authority/query.h"

/* Uses of one system since some day. */
struct uses_judged {
	uint64_t allowed;              /* that the gate allowed */
	uint64_t refused;              /* of those, that would have been refused */
	uint64_t by[SCOPE_DIMENSIONS]; /* of those, by the first dimension that refuses */
};

struct touched_system {
	struct system_info system;
	const struct scope *now, *then;            /* in force without and with it */
	bool is_in_force, is_narrowed, is_stopped; /* stopped: nothing is left at `at` */
};

struct what_if {
	const char *target;
	const struct scope *scope;  /* what the measure would leave */
	const struct scope *judged; /* the part of it that uses can be judged by */
	bool has_unjudged;          /* there is more of it */
	struct touched_system *systems;
	size_t count, in_force, narrowed, stopped;
};

/* Errors: those of query_aimed() and effective(). */
bool what_if_read(const struct state *, struct arena *, const char *target, const struct scope *,
                  int64_t at, struct what_if *out, struct err *);

/* One use that was allowed; its subject is not known. */
void what_if_use(const struct what_if *, const struct scope_use *, struct uses_judged *);

#endif
