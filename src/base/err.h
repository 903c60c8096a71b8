/*
 * err: what went wrong, why, and by which rule.
 *
 * A function that can fail returns bool (or a pointer) and fills a struct err.
 * The message is made where the knowledge is; callers add context in front,
 * never replace it. The kinds are the exit statuses of the commands.
 */
#ifndef PROVISO_BASE_ERR_H
#define PROVISO_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

enum err_kind {
	ERR_NONE = 0,
	ERR_REFUSED = 1,     /* the answer is no: a rule, a scope or a check says so */
	ERR_USAGE = 2,       /* wrong usage of a command */
	ERR_INPUT = 3,       /* malformed input */
	ERR_ENVIRONMENT = 4, /* I/O, storage, memory, network */
};

struct err {
	enum err_kind kind;
	/* A stable code such as "measure.needs-approvals", of static lifetime, or NULL. */
	const char *rule;
	char text[512];
};

/* Each fills `e` and returns false, so that failing is one line. `e` may not be NULL. */
bool err_refused(struct err *e, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool err_usage(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool err_input(struct err *e, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool err_environment(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* As err_environment, with ": " and the text of the current errno at the end. */
bool err_errno(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts context and ": " in front of the text; kind and rule stay. Returns false. */
bool err_context(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#if defined __clang_analyzer__ && !defined PROVISO_ERR_ITSELF
/* An analyzer reads one file at a time: that they return false is said to it here. */
static inline bool err_false(bool said)
{
	(void)said;
	return false;
}
#define err_refused(...)     err_false(err_refused(__VA_ARGS__))
#define err_usage(...)       err_false(err_usage(__VA_ARGS__))
#define err_input(...)       err_false(err_input(__VA_ARGS__))
#define err_environment(...) err_false(err_environment(__VA_ARGS__))
#define err_errno(...)       err_false(err_errno(__VA_ARGS__))
#define err_context(...)     err_false(err_context(__VA_ARGS__))
#endif

#endif
