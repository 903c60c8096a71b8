/*
 * report: what an audit saw, as one HTML page for people: an auditor, a journalist, a court.
 *
 * It counts as entries go by (report_entry), reads the state at the end, and fills
 * report.html (console/template.h, which escapes every value). The page needs no script and asks
 * for nothing from elsewhere.
 */
#ifndef PROVISO_CLI_REPORT_H
#define PROVISO_CLI_REPORT_H

#include "authority/kept.h"
#include "cli.h"

struct report;

struct report *report_begin(void);
void report_end(struct report *);

/* Of each entry that keeps the rules: struct audit's `entry`. */
void report_entry(struct report *, uint64_t index, const struct record *, int64_t at,
                  const struct state *);

/*
 * What was counted so far, and the same read again, to be counted on. Before report_write(), which
 * adds up some of it. Errors: bad input, audit.state.
 */
struct bytes report_format(struct arena *, const struct report *);
bool report_parse(struct report *, struct bytes, struct err *);

struct report_about {
	const char *log, *policy; /* as given to the command; policy may be NULL */
	const char *origin;
	const char *key; /* the authority's, as a line */
	struct bytes checkpoint;
	const struct log_check *check;
	const struct err *broken;      /* why the log does not verify; NULL: it does */
	const struct policed *policed; /* NULL: no policy was given, or no quorum has cosigned */
	const char *unwitnessed;       /* why not, where a policy was given */
	json_t *faults;                /* as the audit tells them */
	int64_t made;
};

/* Writes the page. `kept` has the state that the entries added up to. */
bool report_write(struct cli *, struct report *, const struct report_about *,
                  const struct audit_kept *kept, const char *path);

#endif
