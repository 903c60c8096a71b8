/* pairs: `proviso match --pairs`: a table of pairs of names, copied with their scores. */
#ifndef PROVISO_CLI_PAIRS_H
#define PROVISO_CLI_PAIRS_H

#include "cli.h"
#include "screening/entity.h"

bool pairs_score(struct cli *cli, const char *in, const char *out, enum entity_type type);

#endif
