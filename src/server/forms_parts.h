/* What the files of the forms share; nobody else includes it. */
#ifndef PROVISO_SERVER_FORMS_PARTS_H
#define PROVISO_SERVER_FORMS_PARTS_H

#include "forms.h"
#include "screening/draft.h"

enum { FORMS_ROUTES = 12, FORMS_BODY = 8 << 20, FORMS_HITS = 1024 };

struct forms {
	struct screener *screener;
	const char *version;
	int64_t started;
	struct http_route routes[FORMS_ROUTES + 1];
	size_t without_health; /* where those begin */
};

/* --- Which lists and hits are wanted -------------------------------------------------------- */

struct wanted {
	const struct screened *set;
	const bool *lists; /* one of the set each */
};

/* The list of the set that a hit is of. */
const struct screened_list *forms_list_of(const struct screened *, const struct screening_found *);

/* False after answering 503: no list, or a stale one, among those wanted. */
bool forms_are_fresh(struct http_request *, struct http_response *, const struct wanted *,
                     int64_t now, const char **why);

/*
 * An entity's id outside: lists in OpenSanctions' form have ids that are unique everywhere,
 * those of other lists get the list's name before them.
 */
const char *forms_id(struct arena *, const struct screened_list *, const char *id);
/* By that id; NULL when there is none. *list gets the list it is of. */
const struct entity *forms_entity(struct arena *, const struct screened *, const char *id,
                                  const struct screened_list **list);

/* --- Queries -------------------------------------------------------------------------------- */

/* True when the query of the request has `name`; the value of one given more than once in turn. */
const char *forms_next(const struct http_request *, const char *name, size_t *at);

/* A number of the query from `least` to `most`; false when it is none. */
bool forms_number(const struct http_request *, const char *name, double least, double most,
                  double otherwise, double *out);

/* --- The two forms -------------------------------------------------------------------------- */

/*
 * A party from an example entity of the matching API; schemas and properties that say nothing
 * of a party are an error and left out. Errors: input match.example.
 */
bool match_party(const json_t *example, struct draft *, const char **schema, struct err *);

/* A party from the query of /v2/search; `kind` gets the type as asked. Errors: input watchman.* */
bool watchman_party(const struct http_request *, struct draft *, const char **kind, struct err *);

/* The schema of an entity's type, and the other way; false: no schema of a party. */
const char *match_schema(enum entity_type);
bool match_type(const char *schema, enum entity_type *out);

/* An entity as the API gives it; a new reference. */
json_t *match_entity(struct arena *, const struct screened_list *, const struct entity *);

void match_routes(struct forms *, size_t *count);
void match_health_routes(struct forms *, size_t *count);
void watchman_routes(struct forms *, size_t *count);

#endif
