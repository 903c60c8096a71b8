/*
 * ftm: what the properties of FollowTheMoney (the model that OpenSanctions publishes in) say of
 * a thing besides its names: in lists, and in what clients of the matching API ask for.
 */
#ifndef PROVISO_SCREENING_FTM_H
#define PROVISO_SCREENING_FTM_H

#include "draft.h"

struct ftm_property {
	const char *name;
	void (*put)(struct draft *,
	            const char *); /* NULL: an identifier, of the kind of its name */
};

extern const struct ftm_property ftm_facts[]; /* ends with {0} */

#endif
