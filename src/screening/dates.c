#include "draft.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const months[] = {
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
};

/* A number of one or more digits; 0 and *at where it was when there is none, or too many. */
static unsigned number(const char **at, size_t most, size_t *digits)
{
	unsigned n = 0;
	size_t i = 0;
	while (i <= most && isdigit((unsigned char)(*at)[i]))
		n = n * 10 + (unsigned)((*at)[i++] - '0');
	*digits = i > most ? 0 : i;
	if (*digits > 0)
		*at += i;
	return *digits > 0 ? n : 0;
}

static bool is_year(unsigned y)
{
	return y >= 1000 && y <= 2100;
}

static unsigned month_word(const char **at)
{
	for (unsigned m = 0; m < 12; m++) {
		if (strncasecmp(*at, months[m], 3) != 0)
			continue;
		while (isalpha((unsigned char)**at))
			++*at;
		while (**at == '.' || **at == ' ')
			++*at;
		return m + 1;
	}
	return 0;
}

static bool give(unsigned year, unsigned month, unsigned day, char out[11])
{
	static const unsigned char last[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (!is_year(year) || month > 12 || day > 31)
		return false;
	if (month == 0)
		snprintf(out, 11, "%04u", year);
	else if (day == 0 || day > last[month - 1])
		snprintf(out, 11, "%04u-%02u", year, month);
	else
		snprintf(out, 11, "%04u-%02u-%02u", year, month, day);
	return true;
}

/* "1961", "1961-03", "1961-03-07", "1961/03/07" and what follows the year. */
static bool from_year(unsigned year, const char *at, char out[11], const char **end)
{
	unsigned month = 0, day = 0;
	size_t digits;
	char mark = *at;
	if ((mark == '-' || mark == '/') && isdigit((unsigned char)at[1])) {
		const char *then = at + 1;
		month = number(&then, 2, &digits);
		if (digits == 2 && !isdigit((unsigned char)*then) && month <= 12) {
			at = then;
			if (*at == mark) {
				then = at + 1;
				day = number(&then, 2, &digits);
				at = digits > 0 ? then : at;
			}
		} else {
			month = 0; /* "1961-1963": a span */
		}
	}
	if (*at == 'T') /* a time of day */
		while (isalnum((unsigned char)*at) || *at == ':' || *at == '.' || *at == '+')
			at++;
	*end = at;
	return give(year, month, day, out);
}

/* "07/03/1961", "00/00/1961", "dd/mm/1961", "7.3.1961" */
static bool in_marks(const char *at, unsigned first, bool month_first, char out[11],
                     const char **end)
{
	char mark = *at++;
	size_t digits;
	unsigned second = 0;
	if (strncasecmp(at, "mm", 2) == 0)
		at += 2;
	else
		second = number(&at, 2, &digits);
	if (*at != mark)
		return false;
	at++;
	unsigned year = number(&at, 4, &digits);
	if (digits != 4)
		return false;
	*end = at;
	return month_first ? give(year, first, second, out) : give(year, second, first, out);
}

bool date_parse(const char *text, bool month_first, char out[11], const char **end)
{
	const char *at = text;
	size_t digits;
	if (strncasecmp(at, "dd/", 3) == 0)
		return in_marks(at + 2, 0, month_first, out, end);
	unsigned month = month_word(&at);
	unsigned first = number(&at, 4, &digits);
	if (digits == 0)
		return false;
	if (month > 0 && digits == 4) { /* "Mar 1961" */
		*end = at;
		return give(first, month, 0, out);
	}
	if (month > 0) { /* "March 7, 1961" */
		while (*at == ',' || *at == ' ')
			at++;
		unsigned year = number(&at, 4, &digits);
		*end = at;
		return digits == 4 && give(year, month, first, out);
	}
	if (digits == 4)
		return from_year(first, at, out, end);
	if (digits > 2)
		return false;
	if (*at == '/' || *at == '.')
		return in_marks(at, first, month_first, out, end);
	while (*at == ' ' || *at == '-')
		at++;
	month = month_word(&at); /* "07 Mar 1961", "07-Mar-1961" */
	if (*at == '-')
		at++;
	unsigned year = number(&at, 4, &digits);
	*end = at;
	return month > 0 && digits == 4 && give(year, month, first, out);
}
