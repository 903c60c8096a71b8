/* screen: what `proviso screen` of names and of tables share. */
#ifndef PROVISO_CLI_SCREEN_H
#define PROVISO_CLI_SCREEN_H

#include "cli.h"
#include "screening/matching.h"

/* One query with its hits, in the form that design and API give. */
json_t *screen_json(struct arena *, const char *id, const struct screening_query *,
                    const struct screening_answer *);

/* Screens each row of a CSV table; the exit status. */
int screen_batch(struct cli *, struct list_screener *, const struct screening_query *,
                 enum entity_type type, const char *path);

bool screen_open(struct cli *, struct list_screener *out);
bool screen_settings(struct cli *, struct screening_query *, enum entity_type *type);

/* The forms of screening clients on the lists of --home, until SIGTERM or SIGINT; exit status. */
int screen_serve(struct cli *, const char *listen);

#endif
