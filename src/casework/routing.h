/*
 * routing: which team a case goes to, what it is flagged with and who must be heard, by the
 * rules of the settings. The first rule that fits and names a team gives the team; flags, bodies
 * and checklists are those of all that fit. Pure.
 */
#ifndef PROVISO_CASEWORK_ROUTING_H
#define PROVISO_CASEWORK_ROUTING_H

#include "settings.h"

/* What rules look at. */
struct case_facts {
	enum rule_kind kind;
	const char *country;      /* the end user's; NULL: unknown */
	const char *item;         /* or NULL */
	struct list capabilities; /* const char *: of the item */
	uint64_t hits;            /* open */
};

struct texts {
	const char **at;
	size_t count;
};

/* A rule that fits, and what of the case fits it; all else NULL, 0: it fits every case. */
struct route_match {
	const char *rule, *country, *capability, *item;
	uint64_t hits;
};

struct route {
	const char *team;                       /* NULL: no rule names one */
	struct texts flags, bodies, checklists; /* each once, in the rules' order */
	struct texts
	    because; /* "content: capability capture.content", a sentence a rule that fits */
	struct route_match *matches; /* the same, as data: one for each of because */
};

struct route route_of(struct arena *, const struct list *rules, const struct case_facts *);

bool texts_have(const struct texts *, const char *);

/* What one route has otherwise than another, in words; NULL: nothing. */
const char *route_difference(struct arena *, const struct route *before, const struct route *after);

#endif
