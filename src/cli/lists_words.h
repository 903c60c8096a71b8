/* lists_words: entities of lists, and what changed between two, in words and as JSON. */
#ifndef PROVISO_CLI_LISTS_WORDS_H
#define PROVISO_CLI_LISTS_WORDS_H

#include "cli.h"
#include "screening/lists.h"

/* An entity as a snapshot keeps it. */
json_t *entity_json(struct cli *, const struct entity *);

/* For people: all that a list says of it. */
void entity_print(struct cli *, const struct entity *);

/* One change: a line or more for people, an object for machines. */
void change_print(struct cli *, const struct list_change *);
json_t *change_json(struct cli *, const struct list_change *);

/* "Rupert [-von-] {+of+} Hentzau": which words of one name are not the other's. */
const char *name_difference(struct arena *, const char *before, const char *after);

/* An option that is a date, "2026-01-31", or an instant; *has says whether it was given. */
bool lists_date(struct cli *, const char *option, bool *has, int64_t *out);

#endif
