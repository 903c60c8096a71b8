/*
 * failing_database: SQLite's statements, refused or interrupted from outside, one at a time.
 *
 *     failing_database_begin();
 *     plan.fault = INTERRUPTED_AT_ONCE;
 *     plan.at = 7;     the seventh statement from now on; 0: none
 *     plan.seen = 0;
 */
#ifndef PROVISO_TEST_FAILING_DATABASE_H
#define PROVISO_TEST_FAILING_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum fault { REFUSED_TO_PREPARE, INTERRUPTED_AT_ONCE, INTERRUPTED_LATER, FAULTS };

enum { LATER = 12 }; /* steps of the machine that runs a statement */

static struct {
	enum fault fault;
	uint64_t at; /* the statement that fails; 0: none */
	uint64_t seen;
	int steps; /* of the statement that runs */
	bool is_exempt, has_failed;
} plan;

static bool is_due(void)
{
	return plan.at > 0 && plan.seen == plan.at && !plan.is_exempt;
}

/* Asked several times a statement; once is enough to count it. */
static int authorize(void *ctx, int action, const char *what, const char *b, const char *c,
                     const char *d)
{
	(void)ctx, (void)b, (void)c, (void)d;
	/* A transaction is ended whatever happens: no disk can prevent that. */
	bool is_rollback = action == SQLITE_TRANSACTION && strcmp(what, "ROLLBACK") == 0;
	if (plan.fault != REFUSED_TO_PREPARE || is_rollback)
		return SQLITE_OK;
	plan.seen++;
	if (!is_due())
		return SQLITE_OK;
	plan.has_failed = true;
	return SQLITE_DENY;
}

static int begins(unsigned event, void *ctx, void *statement, void *text)
{
	(void)event, (void)ctx, (void)text;
	const char *sql = sqlite3_sql(statement);
	plan.is_exempt = sql != NULL && strncmp(sql, "ROLLBACK", 8) == 0;
	plan.steps = 0;
	if (plan.fault != REFUSED_TO_PREPARE)
		plan.seen++;
	return 0;
}

static int goes_on(void *ctx)
{
	(void)ctx;
	plan.steps++;
	if (plan.fault == REFUSED_TO_PREPARE || !is_due() ||
	    (plan.fault == INTERRUPTED_LATER && plan.steps < LATER))
		return 0;
	plan.has_failed = true;
	return 1;
}

static int opened(sqlite3 *db, char **message, const sqlite3_api_routines *api)
{
	(void)message, (void)api;
	sqlite3_set_authorizer(db, authorize, NULL);
	sqlite3_trace_v2(db, SQLITE_TRACE_STMT, begins, NULL);
	sqlite3_progress_handler(db, 1, goes_on, NULL);
	return SQLITE_OK;
}

/* For every database opened from now on. */
__attribute__((unused)) static void failing_database_begin(void)
{
	sqlite3_auto_extension((void (*)(void))opened);
}

#endif
