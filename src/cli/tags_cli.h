/* tags_cli: what the commands of subject tags share. Each fills cli->err. */
#ifndef PROVISO_CLI_TAGS_CLI_H
#define PROVISO_CLI_TAGS_CLI_H

#include "cli.h"
#include "tags/tags.h"

/* Whose log it is: --authority, or that of --home. */
bool cli_tags_authority(struct cli *, struct public_key *out);
/* The holder's share: --share, opened by --key. */
bool cli_tags_share(struct cli *, struct oprf_scalar *out);
/* Of --policy; *out NULL: none is demanded. */
/* --subject, and the lines of --subjects. */
bool cli_tags_subjects(struct cli *, const char *const **out, size_t *count);

/* The admission that the system of --system makes. */
bool cli_tags_ask(struct cli *, const char *const subjects[], size_t count, struct bytes *request);
/* By --home or --url. */
bool cli_tags_grant(struct cli *, struct bytes request, struct bytes *granted);
/* files[0] is granted, and behind it are evaluations. */
bool cli_tags_admit(struct cli *, const struct bytes files[], size_t count);

#endif
