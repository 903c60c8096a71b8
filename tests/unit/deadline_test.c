/* Working days: weekends, holidays, and questions that stop the clock. */
#include "test.h"

#include "base/bytes.h"
#include "base/instant.h"
#include "casework/deadline.h"

static int64_t at(const char *text)
{
	int64_t out;
	bool good = instant_parse(bytes_text(text), &out);
	CHECK(good, "%s", text);
	return out;
}

#define OPEN "-"

/* 2026-01-01 is a Thursday. */
static const struct {
	const char *weekend; /* S: free; Monday first */
	int offset_hours;
	const char *holiday, *start;
	uint64_t days;
	const char *from, *until; /* of a pause, or NULL */
	const char *now;
	const char *due; /* NULL: stopped */
	uint64_t used;
	bool is_overdue;
} rows[] = {
    {"-----SS", 0, NULL, "2026-01-05T09:00:00Z", 1, NULL, NULL, "2026-01-05T10:00:00Z",
     "2026-01-07T00:00:00Z", 0, false},
    {"-----SS", 0, NULL, "2026-01-05T09:00:00Z", 4, NULL, NULL, "2026-01-07T10:00:00Z",
     "2026-01-10T00:00:00Z", 1, false},
    {"-----SS", 0, NULL, "2026-01-05T09:00:00Z", 5, NULL, NULL, "2026-01-14T10:00:00Z",
     "2026-01-13T00:00:00Z", 5, true},
    {"-----SS", 0, NULL, "2026-01-09T23:00:00Z", 1, NULL, NULL, "2026-01-10T00:00:00Z",
     "2026-01-13T00:00:00Z", 0, false},
    /* Friday and Saturday are the weekend; Sunday is a working day. */
    {"----SS-", 2, NULL, "2026-01-08T09:00:00Z", 1, NULL, NULL, "2026-01-08T10:00:00Z",
     "2026-01-11T22:00:00Z", 0, false},
    /* 23:00 UTC on Monday is Tuesday there. */
    {"----SS-", 2, NULL, "2026-01-05T23:00:00Z", 1, NULL, NULL, "2026-01-05T23:30:00Z",
     "2026-01-07T22:00:00Z", 0, false},
    {"-----SS", -5, NULL, "2026-01-06T03:00:00Z", 1, NULL, NULL, "2026-01-06T04:00:00Z",
     "2026-01-07T05:00:00Z", 0, false},
    {"-----SS", 0, "2026-01-06T00:00:00Z", "2026-01-05T09:00:00Z", 1, NULL, NULL,
     "2026-01-05T10:00:00Z", "2026-01-08T00:00:00Z", 0, false},
    /* Asked and answered on one day: nothing stops. */
    {"-----SS", 0, NULL, "2026-01-05T09:00:00Z", 2, "2026-01-06T09:00:00Z", "2026-01-06T15:00:00Z",
     "2026-01-06T16:00:00Z", "2026-01-08T00:00:00Z", 0, false},
    /* Answered the next morning: one day. */
    {"-----SS", 0, NULL, "2026-01-05T09:00:00Z", 2, "2026-01-06T09:00:00Z", "2026-01-07T08:00:00Z",
     "2026-01-07T09:00:00Z", "2026-01-09T00:00:00Z", 0, false},
    /* Answered at midnight: that day was lost. */
    {"-----SS", 0, NULL, "2026-01-05T09:00:00Z", 2, "2026-01-06T09:00:00Z", "2026-01-07T00:00:00Z",
     "2026-01-07T09:00:00Z", "2026-01-09T00:00:00Z", 0, false},
    /* Over a weekend nothing is lost but the Friday. */
    {"-----SS", 0, NULL, "2026-01-07T09:00:00Z", 2, "2026-01-09T09:00:00Z", "2026-01-12T08:00:00Z",
     "2026-01-12T09:00:00Z", "2026-01-13T00:00:00Z", 1, false},
    {"-----SS", 0, NULL, "2026-01-05T09:00:00Z", 3, "2026-01-07T09:00:00Z", OPEN,
     "2026-02-01T09:00:00Z", NULL, 1, false},
    /* A question that comes after the end changes nothing. */
    {"-----SS", 0, NULL, "2026-01-05T09:00:00Z", 1, "2026-01-09T09:00:00Z", OPEN,
     "2026-01-12T09:00:00Z", "2026-01-07T00:00:00Z", 1, true},
    {"SSSSSSS", 0, NULL, "2026-01-05T09:00:00Z", 1, NULL, NULL, "2026-01-05T10:00:00Z", NULL, 0,
     false},
    {"-----SS", 0, NULL, "1969-12-31T09:00:00Z", 1, NULL, NULL, "1970-01-05T10:00:00Z",
     "1970-01-02T00:00:00Z", 1, true},
};

static void working_days_are_counted(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t holiday = rows[i].holiday != NULL ? at(rows[i].holiday) : 0;
		struct calendar c = {.offset_seconds = rows[i].offset_hours * 3600,
		                     .holidays = &holiday,
		                     .holiday_count = rows[i].holiday != NULL};
		for (size_t d = 0; d < WEEK_DAYS; d++)
			c.is_free[d] = rows[i].weekend[d] == 'S';
		struct pause pause = {0};
		if (rows[i].from != NULL)
			pause = (struct pause){at(rows[i].from), strcmp(rows[i].until, OPEN) == 0
			                                             ? INT64_MAX
			                                             : at(rows[i].until)};
		struct deadline d = deadline_of(&c, at(rows[i].start), rows[i].days, &pause,
		                                rows[i].from != NULL, at(rows[i].now));
		int64_t due = rows[i].due != NULL ? at(rows[i].due) : 0;
		CHECK(d.due == due && d.is_stopped == (due == 0), "row %zu: due %lld, not %lld", i,
		      (long long)d.due, (long long)due);
		CHECK(d.used == rows[i].used, "row %zu: used %llu", i, (unsigned long long)d.used);
		CHECK(d.is_overdue == rows[i].is_overdue, "row %zu: overdue %d", i, d.is_overdue);
	}
}

static void pauses_only_ever_move_the_end_back(void)
{
	struct calendar c = {.is_free = {[5] = true, [6] = true}};
	uint64_t seed = test_seed();
	for (int i = 0; i < 2000; i++) {
		struct pause pauses[3];
		int64_t start = (int64_t)(test_random(&seed) % 100000000), last = 0;
		uint64_t days = 1 + test_random(&seed) % 40;
		for (size_t k = 0; k < 3; k++) {
			pauses[k].from = start + (int64_t)(test_random(&seed) % 4000000);
			pauses[k].until = pauses[k].from + (int64_t)(test_random(&seed) % 400000);
		}
		for (size_t k = 0; k <= 3; k++) {
			struct deadline d = deadline_of(&c, start, days, pauses, k, start);
			CHECK(d.due >= last && d.due > start && d.used == 0, "%d with %zu pauses",
			      i, k);
			last = d.due;
		}
	}
}

TEST_MAIN(TEST(working_days_are_counted), TEST(pauses_only_ever_move_the_end_back))
