/* tags_cli: what the commands of subject tags share. Each fills cli->err. */
#ifndef PROVISO_CLI_TAGS_CLI_H
#define PROVISO_CLI_TAGS_CLI_H

#include "cli.h"
#include "tags/ceremony.h"
#include "tags/tags.h"

/* Whose log it is: --authority, or that of --home. */
bool cli_tags_authority(struct cli *, struct public_key *out);
/* The holder's share: --share, opened by --key. */
bool cli_tags_share(struct cli *, struct oprf_scalar *out);
/* What was sealed to a holder's key: a share, or a draft. */
bool cli_tags_unseal(struct cli *, const struct secret_key *, const char *path,
                     uint8_t out[OPRF_SIZE]);
/* A record by itself, or with its proof as proviso log prove writes it. */
bool cli_tags_record(struct cli *, const char *path, struct bytes *out);
/* --subject, and the lines of --subjects. */
bool cli_tags_subjects(struct cli *, const char *const **out, size_t *count);

/* The admission that the system of --system makes. */
bool cli_tags_ask(struct cli *, const char *const subjects[], size_t count, struct bytes *request);
/* By --home or --url. */
bool cli_tags_grant(struct cli *, struct bytes request, struct bytes *granted);
/* files[0] is granted, and behind it are evaluations. */
bool cli_tags_admit(struct cli *, const struct bytes files[], size_t count);

/* --- A ceremony's messages: a folder, an address, or one file -----------------------------------
 */

bool cli_ceremony_is_address(const char *place);
bool cli_ceremony_read(struct cli *, const char *place, struct ceremony *out);
/* What lies in a folder, as it is. */
bool cli_ceremony_pack(struct arena *, const char *folder, struct bytes *out, struct err *);
/* Puts a message into the folder for all to see, once it is known to be its party's. */
bool cli_ceremony_keep(struct ceremony *, const char *folder, struct bytes message, struct err *);
bool cli_ceremony_say(struct cli *, const char *place, struct ceremony *, struct bytes message);

#endif
