/*
 * cli: what every command shares: one table, one way to parse options, one way to print.
 *
 * A command reads its arguments, calls the library once or twice, and prints. It returns an
 * exit status (design section 8): 0 done, 1 the answer is no, 2 wrong usage, 3 bad input,
 * 4 the environment failed; cli_fail() prints an error and gives the status of its kind.
 */
#ifndef PROVISO_CLI_H
#define PROVISO_CLI_H

#include <jansson.h>

#include "authority/authority.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "base/key.h"
#include "base/rim.h"
#include "log/policy.h"
#include "record/form.h"
#include "words/words.h"

struct option {
	const char *name;  /* "home", given as --home */
	const char *value; /* "DIR" in the help; NULL for a flag */
	const char *help;
};

enum { CLI_OPTIONS = 32, CLI_GIVEN = 256 };

struct cli;

/* Where a command finds the authority that it is about. */
enum command_place {
	AT_HOME_OR_URL,
	AT_HOME,    /* works on the directory itself: no service does it for others */
	AT_NEITHER, /* asks no authority, or names it in its own words */
};

struct command {
	const char *name;             /* "log prove": up to two words */
	const char *usage;            /* what follows the name */
	const char *summary;          /* one line */
	const char *help;             /* more lines, or NULL */
	const struct option *options; /* ends with {0} */
	enum command_place place;
	const char *why_home; /* of AT_HOME: why no service does it, for help and errors */
	int least, most;      /* positional arguments; most -1: any number */
	int (*run)(struct cli *);
};

struct cli {
	const struct command *command;
	struct arena arena;
	struct err err;
	char **arguments;
	int argument_count;
	bool json;
	uint64_t mirror_from; /* a copy need not have what is before this entry */
	const char *mirror;   /* a copy of a log elsewhere, to be removed */
	struct gatherer
	    *gatherer; /* of the authority that is open for writing, when it has a policy */
	struct {
		const struct option *option;
		const char *value;
	} given[CLI_GIVEN];
	size_t given_count;
};

extern const struct command *const commands[]; /* ends with NULL */

/* --home, --json and --help are every command's; they need not be in its table. */
const char *cli_option(struct cli *, const char *name); /* the last one given, or NULL */
bool cli_flag(struct cli *, const char *name);
/* All values of a repeated option, in order. */
size_t cli_values(struct cli *, const char *name, const char ***values);
/* The value of an option that must be there; NULL after filling cli->err (usage). */
const char *cli_required(struct cli *, const char *name);
/* A whole number; `otherwise` when the option was not given. */
bool cli_number(struct cli *, const char *name, uint64_t otherwise, uint64_t *out);

/* Prints cli->err as `proviso: WHAT: WHY` on standard error; gives the exit status. */
int cli_fail(struct cli *);
int cli_usage_error(struct cli *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints a JSON value on one line and releases it; 0. */
int cli_print_json(json_t *);

/* The authority's directory: --home, or PROVISO_HOME; opened. */
const char *cli_home(struct cli *);
bool cli_open(struct cli *, struct authority *, bool write);
/* For one opened for writing otherwise: who asks the witnesses of its policy. */
bool cli_cosigned(struct cli *, struct authority *);

/* Opens a secret key file, asking for its passphrase when it has one. */
bool cli_key(struct cli *, const char *path, struct secret_key *out);
/* Reads a public key: a file, or the line itself. */
bool cli_public_key(struct cli *, const char *path_or_line, struct public_key *out);
/* From --passphrase-file, PROVISO_PASSPHRASE or the terminal (twice when `confirm`). */
bool cli_passphrase(struct cli *, const char *what, bool confirm, const char **out);

/* A hash in full, and the eight digits that people read. */
const char *cli_hex(struct cli *, const struct hash *);
const char *cli_short(struct cli *, const struct hash *);
const char *cli_time(struct cli *,
                     int64_t at); /* "2026-01-01T00:00:00Z", "-" where there is none */

/* "4 min 10 s": for people. */
const char *cli_duration(struct cli *, int64_t seconds);

void table_print(struct cli *, const struct table *, bool heading);

/*
 * Opens the home for reading, lets `tell` fill the words, and prints them; with --url it is
 * `path` there that answers. The exit status.
 */
int cli_tell(struct cli *, bool (*tell)(struct cli *, struct words *), const char *path);

/* For a path or query of an address: %XX where it must be. */
const char *cli_escaped(struct cli *, const char *text);

/* A bar on a terminal's standard error for work that takes long; nothing elsewhere. */
struct progress cli_progress(struct cli *, const char *what);
void cli_progress_end(struct cli *);

/* True when standard output is a terminal that shows colour (NO_COLOR is heeded). */
bool cli_colour(void);

/* The world of forms: references from the authority's log, files, evidence, randomness. */
struct form_world cli_form_world(struct cli *, struct authority *);

/* A record or entry by id prefix. */
bool cli_find(struct cli *, struct authority *, const char *prefix, uint64_t *index,
              struct bytes *entry);

/*
 * What the pages of a PDF are worth that carries this record: "as-set" (set anew from the
 * record, they are the same), "as-written" (with other fonts or another version they are not,
 * but the file is as it was written), "changed".
 */
struct carried;
const char *cli_document_pages(struct cli *, const struct carried *, uint64_t index);

/* The tlog-policy of --policy; *out is NULL where none is given. */
bool cli_policy(struct cli *, struct policy **out);

/*
 * That the log of `now` extends the one of `old`: fills the proof. Refused: log.shrunk,
 * log.proof-root.
 */
bool cli_log_extends(const struct log_view *, const struct checkpoint *old,
                     const struct checkpoint *now, struct merkle_proof *, struct err *);

/* The log to check: that of --home, or, with --authority, of --url or of --log. */
bool cli_log_view(struct cli *, struct authority *, struct log_view *);
void cli_log_close(struct cli *, struct authority *, struct log_view *);

#endif
