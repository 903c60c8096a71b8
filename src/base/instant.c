#include "instant.h"

#include <assert.h>

/* Days since 1970-01-01 of a proleptic Gregorian date; years run from March to February. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t day_of_era = days - era * 146097;
	int64_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t shifted = (5 * day_of_year + 2) / 153;
	*day = day_of_year - (153 * shifted + 2) / 5 + 1;
	*month = shifted < 10 ? shifted + 3 : shifted - 9;
	*year = year_of_era + era * 400 + (*month <= 2);
}

static bool digits(const uint8_t *at, size_t count, int64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < count; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
		*out = *out * 10 + (at[i] - '0');
	}
	return true;
}

bool instant_parse(struct bytes text, int64_t *out)
{
	static const char form[] = "....-..-..T..:..:..Z";
	int64_t year, month, day, hour, minute, second;
	if (text.len != INSTANT_TEXT)
		return false;
	for (size_t i = 0; i < INSTANT_TEXT; i++)
		if (form[i] != '.' && text.at[i] != (uint8_t)form[i])
			return false;
	if (!digits(text.at, 4, &year) || !digits(text.at + 5, 2, &month) ||
	    !digits(text.at + 8, 2, &day) || !digits(text.at + 11, 2, &hour) ||
	    !digits(text.at + 14, 2, &minute) || !digits(text.at + 17, 2, &second))
		return false;
	if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59)
		return false;
	int64_t days = days_from_civil(year, month, day), y, m, d;
	civil_from_days(days, &y, &m, &d);
	if (y != year || m != month || d != day)
		return false; /* 30 February */
	*out = days * DAY_SECONDS + hour * 3600 + minute * 60 + second;
	return true;
}

/* By hand: every record that is decoded has its scope's instants written again. */
static void put(char *to, uint64_t number, size_t digits)
{
	for (size_t i = digits; i > 0; i--, number /= 10)
		to[i - 1] = (char)('0' + number % 10);
}

void instant_format(int64_t at, char text[INSTANT_TEXT + 1])
{
	assert(at >= INSTANT_FIRST && at <= INSTANT_LAST);
	int64_t days = at / DAY_SECONDS, rest = at % DAY_SECONDS, year, month, day;
	if (rest < 0) {
		rest += DAY_SECONDS;
		days--;
	}
	civil_from_days(days, &year, &month, &day);
	put(text, (uint64_t)year, 4);
	put(text + 5, (uint64_t)month, 2);
	put(text + 8, (uint64_t)day, 2);
	put(text + 11, (uint64_t)(rest / 3600), 2);
	put(text + 14, (uint64_t)(rest / 60 % 60), 2);
	put(text + 17, (uint64_t)(rest % 60), 2);
	text[4] = text[7] = '-';
	text[10] = 'T';
	text[13] = text[16] = ':';
	text[19] = 'Z';
	text[20] = 0;
}
