/* remote: what commands ask of a provisod, where --url or PROVISO_URL names one. */
#ifndef PROVISO_CLI_REMOTE_H
#define PROVISO_CLI_REMOTE_H

#include "cli.h"
#include "record/cbor.h"

enum { REMOTE_MAX = 64 << 20 };

/* --url; PROVISO_URL, where no home is named; NULL: none. */
const char *cli_url(struct cli *);

struct remote {
	const char *base;                  /* NULL: cli_url() */
	const char *path;                  /* below the base, with its slash */
	const char *accept, *content_type; /* content_type: POST */
	const char *method;                /* NULL: GET or POST */
	struct bytes body;
	size_t limit; /* bytes of an answer */
	struct bytes answer;
	long status;
	bool is_no;     /* it says that the answer is no */
	int64_t date;   /* by the clock there; 0: not said */
	bool is_signed; /* by --key, where it is given */
};

/* Problems become the error of the same kind, rule and text. PROVISO_CA: file of authorities for
 * TLS. */
bool cli_remote(struct cli *, struct remote *);
json_t *cli_remote_json(struct cli *, const char *path); /* NULL after filling cli->err */

bool cli_remote_origin(struct cli *, const char **out);
/* By the beginning of an id, or the number of definitions. */
bool cli_remote_find(struct cli *, const char *prefix, bool is_number, struct hash *id,
                     const char **kind);
/* `disclosures`: an array of them in CBOR, or empty. */
bool cli_remote_submit(struct cli *, struct bytes record, struct bytes disclosures,
                       struct accepted *out);
/* Leaves evidence with the service, the request signed by --key. */
bool cli_remote_evidence(struct cli *, const struct hash *digest, struct bytes file);
bool cli_remote_renew(struct cli *, struct bytes request, struct bytes *reply);

/*
 * Copies the log at an address into a folder of its own, which the caller removes. What is not
 * there is missed by whoever reads the copy.
 */
bool cli_mirror(struct cli *, const char *base, const struct public_key *, const char **folder);
void cli_mirror_remove(const char *folder);

#endif
