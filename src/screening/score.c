/* Two names: prepared, compared, explained. */
#include "screening.h"

#include "explain.h"

bool screening_score(struct bytes name1, struct bytes name2, enum entity_type type, double *score,
                     struct err *e)
{
	struct prepared a, b;
	struct comparison c;
	if (!name_prepare((const char *)name1.at, name1.len, type, &a, e) ||
	    !name_prepare((const char *)name2.at, name2.len, type, &b, e))
		return false;
	compare_names(&a.name, &b.name, &c);
	*score = c.score;
	return true;
}

bool screening_compare(struct arena *arena, const char *name1, const char *name2,
                       enum entity_type type, struct screening_verdict *out, struct err *e)
{
	struct prepared a, b;
	struct comparison c;
	if (!name_prepare(name1, strlen(name1), type, &a, e) ||
	    !name_prepare(name2, strlen(name2), type, &b, e))
		return false;
	compare_names(&a.name, &b.name, &c);
	struct why *why = arena_alloc(arena, sizeof *why);
	explain_names(arena, &a.name, &b.name, &c, "the first", "the second", why);
	*out = (struct screening_verdict){c.score, why->texts, why->count};
	return true;
}
