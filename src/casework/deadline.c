#include "deadline.h"

#include <assert.h>

#include "base/instant.h"

/* Days since 1970-01-01, a Thursday. */
static int64_t day_of(int64_t at)
{
	return at >= 0 ? at / DAY_SECONDS : -((DAY_SECONDS - 1 - at) / DAY_SECONDS);
}

static bool is_working(const struct calendar *c, int64_t day)
{
	enum { THURSDAY = 3 };
	int64_t weekday = (day % WEEK_DAYS + WEEK_DAYS + THURSDAY) % WEEK_DAYS;
	if (c->is_free[weekday])
		return false;
	for (size_t i = 0; i < c->holiday_count; i++)
		if (day_of(c->holidays[i]) == day)
			return false;
	return true;
}

/* Whether the clock stands still right before `at`. */
static bool stands(const struct pause pauses[], size_t count, int64_t at)
{
	for (size_t i = 0; i < count; i++)
		if (pauses[i].from < at && at <= pauses[i].until)
			return true;
	return false;
}

/* Whether it stands still at `at` and does not go on any more. */
static bool has_stopped(const struct pause pauses[], size_t count, int64_t at)
{
	for (size_t i = 0; i < count; i++)
		if (pauses[i].from < at && pauses[i].until == INT64_MAX)
			return true;
	return false;
}

struct deadline deadline_of(const struct calendar *c, int64_t start, uint64_t days,
                            const struct pause pauses[], size_t pause_count, int64_t now)
{
	/* Where no day of a week is a working day it never ends. */
	enum { HORIZON = 20 * DEADLINE_DAYS_MAX };
	struct deadline out = {.days = days};
	assert(days <= DEADLINE_DAYS_MAX);
	uint64_t counted = 0;
	int64_t first = day_of(start + c->offset_seconds);
	for (int64_t day = first + 1; counted < days && day < first + HORIZON; day++) {
		int64_t end = (day + 1) * DAY_SECONDS - c->offset_seconds;
		if (has_stopped(pauses, pause_count, end))
			break;
		if (!is_working(c, day) || stands(pauses, pause_count, end))
			continue;
		counted++;
		out.used += end <= now;
		if (counted == days)
			out.due = end;
	}
	out.is_stopped = out.due == 0;
	out.is_overdue = out.due != 0 && out.due <= now;
	return out;
}
