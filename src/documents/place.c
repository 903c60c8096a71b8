#include "place.h"

#include <string.h>
#include <unicode/ucal.h>
#include <unicode/udat.h>
#include <unicode/uloc.h>
#include <unicode/ustring.h>

#include "base/instant.h"

enum { NAME_MAX_UNITS = 256 };

/* Days first, and digits as in ids and keys beside them. */
static const char *const locales[MESSAGE_LANGUAGES] = {"en_GB", "he", "ar@numbers=latn", "fr",
                                                       "es"};

/* Something of ours in brackets, kept together where it runs to the right in a line to the left. */
static const char *in_brackets(struct arena *arena, enum message_language language,
                               const char *what)
{
	return arena_printf(arena, message_is_rtl(language) ? "\u2066(%s)\u2069" : "(%s)", what);
}

static const char *to_utf8(struct arena *arena, const UChar *units, int32_t len)
{
	char text[NAME_MAX_UNITS * 4];
	int32_t bytes = 0;
	UErrorCode code = U_ZERO_ERROR;
	u_strToUTF8(text, sizeof text, &bytes, units, len, &code);
	return U_FAILURE(code) ? NULL : arena_copy(arena, text, (size_t)bytes);
}

const char *place_name(struct arena *arena, enum message_language language, const char *label)
{
	char locale[16] = "und_";
	UChar units[NAME_MAX_UNITS];
	UErrorCode code = U_ZERO_ERROR;
	if (strlen(label) < 2 || (label[2] != 0 && label[2] != '.'))
		return label;
	memcpy(locale + 4, label, 2);
	int32_t len = uloc_getDisplayCountry(locale, message_languages[language], units,
	                                     NAME_MAX_UNITS, &code);
	const char *name =
	    U_FAILURE(code) || len >= NAME_MAX_UNITS ? NULL : to_utf8(arena, units, len);
	if (name == NULL || strlen(name) <= 2)
		return label;
	return arena_printf(arena, "%s %s", name, in_brackets(arena, language, label));
}

const char *place_day(struct arena *arena, enum message_language language, int64_t at)
{
	static const UChar utc[] = {'U', 'T', 'C', 0};
	UErrorCode code = U_ZERO_ERROR;
	UChar units[NAME_MAX_UNITS];
	if (at < INSTANT_FIRST || at > INSTANT_LAST)
		return "-";
	UDateFormat *format =
	    udat_open(UDAT_NONE, UDAT_LONG, locales[language], utc, -1, NULL, 0, &code);
	int32_t len = U_FAILURE(code) ? 0
	                              : udat_format(format, (UDate)at * 1000, units, NAME_MAX_UNITS,
	                                            NULL, &code);
	const char *day =
	    U_FAILURE(code) || len >= NAME_MAX_UNITS ? NULL : to_utf8(arena, units, len);
	udat_close(format);
	if (day != NULL)
		return day;
	char text[INSTANT_TEXT + 1];
	instant_format(at, text);
	return arena_copy(arena, text, strlen("2026-01-01"));
}

const char *place_time(struct arena *arena, enum message_language language, int64_t at)
{
	char text[INSTANT_TEXT + 1];
	if (at < INSTANT_FIRST || at > INSTANT_LAST)
		return "-";
	instant_format(at, text);
	return arena_printf(arena, "%s %s", place_day(arena, language, at),
	                    in_brackets(arena, language, text));
}
