/* screen_remote: what a service says of names and of its lists, where --url names one. */
#ifndef PROVISO_CLI_SCREEN_REMOTE_H
#define PROVISO_CLI_SCREEN_REMOTE_H

#include "cli.h"
#include "screening/matching.h"

/* The names of the command line; the exit status. */
int screen_remote(struct cli *, const struct screening_query *, enum entity_type);

/* `lists show [LIST]`. */
int lists_remote(struct cli *);

#endif
