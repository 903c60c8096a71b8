/* report_data: what a report counts, between the file that counts and the one that tells. */
#ifndef PROVISO_CLI_REPORT_DATA_H
#define PROVISO_CLI_REPORT_DATA_H

#include "report.h"

/* Words, and how often each came; in the order of the words. */
struct tally {
	struct tally_word {
		const char *word;
		uint64_t count;
	} * at;
	size_t count, room;
};

/* How a measure came to the systems that it aims at. */
struct reach {
	struct hash measure;
	int64_t began, last_answer, lease_end; /* the last lease given before ran until then */
	uint64_t systems, answered;
	struct reach *next;
};

struct report_pending {
	struct reach *reach;
	struct report_pending *next;
};

struct report_system {
	struct hash id;
	const char *serial, *country, *licence, *targets[6];
	uint64_t leases, refusals;
	int64_t last, expires;          /* of its last lease */
	struct report_pending *pending; /* measures since its last answer */
};

struct report_time {
	struct hash id;
	int64_t at;
	struct report_time *next;
};

struct report_list {
	const char *name;
	int64_t first, last, published, longest; /* longest: between two snapshots */
	uint64_t snapshots, entries;
};

enum { SILENCES = 10 };

struct report {
	struct arena arena;
	struct report_system *systems;
	size_t system_count, system_room;
	uint32_t *slots; /* systems by id: their place and one */
	size_t slot_room;
	struct tally months, countries, licences, capabilities, purposes, refusals, releases;
	struct tally scopes; /* texts of scopes leased */
	struct reach *reaches;
	struct report_time *reports, *findings;
	struct report_list *lists;
	size_t list_count;
	uint64_t screenings, screening_hits, clearances, entries;
	int64_t first, last;
	int64_t month_until;
	uint64_t *month;
	const char *scope; /* of the last lease, and its count */
	uint64_t *scope_count;
	struct silence {
		int64_t from, to;
	} silences[SILENCES];
};

uint64_t *tally_of(struct arena *, struct tally *, const char *word);
void report_put_system(struct report *, const struct report_system *);
/* What leases allowed, of the texts of their scopes. */
void report_count_scopes(struct report *);
json_t *report_data(struct cli *, struct report *, const struct report_about *,
                    const struct state *);

#endif
