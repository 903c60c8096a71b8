#define PROVISO_ERR_ITSELF
#include "err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 0))) static bool fill(struct err *e, enum err_kind kind,
                                                       const char *rule, const char *fmt,
                                                       va_list ap)
{
	e->kind = kind;
	e->rule = rule;
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	return false;
}

bool err_refused(struct err *e, const char *rule, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fill(e, ERR_REFUSED, rule, fmt, ap);
	va_end(ap);
	return false;
}

bool err_usage(struct err *e, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fill(e, ERR_USAGE, NULL, fmt, ap);
	va_end(ap);
	return false;
}

bool err_input(struct err *e, const char *rule, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fill(e, ERR_INPUT, rule, fmt, ap);
	va_end(ap);
	return false;
}

bool err_environment(struct err *e, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fill(e, ERR_ENVIRONMENT, NULL, fmt, ap);
	va_end(ap);
	return false;
}

bool err_errno(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	va_start(ap, fmt);
	fill(e, ERR_ENVIRONMENT, NULL, fmt, ap);
	va_end(ap);
	size_t len = strlen(e->text);
	snprintf(e->text + len, sizeof e->text - len, ": %s", strerror(saved));
	return false;
}

bool err_context(struct err *e, const char *fmt, ...)
{
	char text[sizeof e->text];
	va_list ap;
	va_start(ap, fmt);
	int len = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (len > 0 && (size_t)len < sizeof text)
		snprintf(text + len, sizeof text - (size_t)len, ": %.*s",
		         (int)(sizeof text - (size_t)len - 3), e->text);
	memcpy(e->text, text, sizeof e->text);
	return false;
}
