/*
 * deadline: how many working days a thing may take, by a calendar, with the days on which its
 * clock stood still left out. Pure: all times are arguments.
 *
 * A working day counts when the clock runs at its end, midnight by the calendar's own time. The
 * day on which something begins does not count. So a question to the exporter that is answered
 * on the same day costs nothing, and one that is answered the next morning one day.
 */
#ifndef PROVISO_CASEWORK_DEADLINE_H
#define PROVISO_CASEWORK_DEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEEK_DAYS = 7, DEADLINE_DAYS_MAX = 3660 };

struct calendar {
	bool is_free[WEEK_DAYS]; /* Monday first: the days that are no working days */
	int64_t offset_seconds;  /* of its midnight, east of UTC */
	const int64_t *holidays; /* each at midnight UTC of its date */
	size_t holiday_count;
};

/* The clock stands still in [from, until); INT64_MAX: it does so still. */
struct pause {
	int64_t from, until;
};

struct deadline {
	uint64_t days, used; /* working days: allowed, gone by */
	bool is_stopped;     /* the clock stands still now: `due` is not known */
	int64_t due;         /* the end of the last day; 0 when stopped */
	bool is_overdue;
};

/* `days` of at most DEADLINE_DAYS_MAX, from `start`; as it stands at `now`. */
struct deadline deadline_of(const struct calendar *, int64_t start, uint64_t days,
                            const struct pause[], size_t pause_count, int64_t now);

#endif
