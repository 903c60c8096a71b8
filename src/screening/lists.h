/*
 * lists: the lists a home keeps, and every snapshot that was ever taken of them.
 *
 *     HOME/lists/NAME/list.json        what is fetched, how, and the history of snapshots
 *     HOME/lists/NAME/DIGEST/          one snapshot: never changed, never removed
 *         source-0, source-1, ...      the files as published
 *         entities.jsonl               what the reader gave, an entity a line
 *         index                        for the matcher
 *
 * A snapshot is made in a folder of its own and renamed when all of it is there and checked;
 * then list.json is replaced. Whoever reads meanwhile goes on with the snapshot they have. A
 * file that is damaged, or holds far fewer entries than the last, replaces nothing.
 *
 * I/O: for the rim. No clock: the time comes in as an argument.
 */
#ifndef PROVISO_SCREENING_LISTS_H
#define PROVISO_SCREENING_LISTS_H

#include "base/hash.h"
#include "reader.h"

/* What a hit on the list does to an application or licence, until an officer decides. */
enum list_policy { POLICY_NOTE, POLICY_HOLD, POLICY_SUSPEND, LIST_POLICIES };

const char *list_policy_name(enum list_policy);
bool list_policy_by_name(const char *, enum list_policy *out);

enum { LIST_NAME_MAX = 64, LIST_SHRINK_PERCENT = 10 };

struct list_source {
	const char *at;                   /* a URL, or the absolute path of a file */
	const char *etag, *last_modified; /* as the server last gave them, or NULL */
};

struct list_snapshot {
	struct hash digest; /* of the file; of the files' digests where there are several */
	const char *folder;
	int64_t retrieved; /* when it was taken */
	uint64_t size;     /* bytes of the files */
	struct list_facts facts;
};

struct watched_list {
	const char *name;
	struct list_source *sources;
	size_t source_count;
	const char *format;      /* NULL: found from the file each time */
	uint64_t max_age;        /* seconds since it was last looked at; 0: no limit */
	uint64_t shrink_percent; /* more than this fewer entries: refused */
	enum list_policy policy;
	int64_t checked;                 /* when the source was last seen, changed or not */
	struct list_snapshot *snapshots; /* oldest first */
	size_t snapshot_count;
};

/* True when a name can be a folder's: letters, digits, - and _, at most 64. */
bool list_name_is_good(const char *name);

/* Errors: input lists.no-such-list, lists.damaged. */
bool list_load(const char *home, const char *name, struct arena *, struct watched_list *out,
               struct err *);
/* All lists of a home, by name; none where there is no folder. */
bool lists_load(const char *home, struct arena *, struct watched_list **out, size_t *count,
                struct err *);
bool list_save(const char *home, const struct watched_list *, struct err *);

/* The current snapshot, or the one that said what the list said then; NULL where there is none. */
const struct list_snapshot *list_current(const struct watched_list *);
const struct list_snapshot *list_as_of(const struct watched_list *, int64_t at);

/* Not looked at within its limit, or never: it can't be screened against. */
bool list_is_stale(const struct watched_list *, int64_t now);

/* One updater a list: waits for the other. -1 after filling the error; close() releases. */
int list_lock(const char *home, const char *name, struct err *);

struct list_taking {
	const char *const *paths; /* of the files fetched, in the order of the sources */
	size_t count;
	int64_t now;
	bool has_date;
	int64_t date; /* of publication, when the files do not say */
	bool may_shrink;
	bool is_dry; /* reads and checks, keeps nothing */
};

/*
 * Takes a snapshot: reads the files, keeps them, makes it the current one and says so in
 * list->snapshots (in the arena). *is_new false: it is the current one already, and only
 * `checked` moves. The caller holds the lock. Errors: those of list_read; refused lists.shrank,
 * lists.goes-back; environment.
 */
bool list_take(const char *home, struct watched_list *, const struct list_taking *, struct arena *,
               bool *is_new, struct err *);

/* --- Entities kept ------------------------------------------------------------------------- */

/* An entity as a line of JSON without line feed, and back (borrowing from the arena). */
const char *entity_line(struct arena *, const struct entity *);
bool entity_from_line(struct arena *, const char *line, size_t len, struct entity *out,
                      struct err *);

/* All entities of a snapshot's folder. */
bool snapshot_read(const char *folder, entity_visit *, void *context, struct err *);
/* One entity by its id. *found false: there is none. */
bool snapshot_entity(const char *folder, const char *id, struct arena *, struct entity *out,
                     bool *found, struct err *);

/* --- Differences --------------------------------------------------------------------------- */

enum list_change_kind { LIST_ADDED, LIST_CHANGED, LIST_REMOVED };

struct list_change {
	enum list_change_kind kind;
	const struct entity *before, *after; /* NULL where there is none */
};

struct list_counts {
	uint64_t added, changed, removed;
};

/* Visits in the order of the later snapshot, what was removed last. `before` NULL: all is new. */
bool list_diff(const char *before, const char *after,
               bool (*visit)(void *context, const struct list_change *, struct err *),
               void *context, struct list_counts *out, struct err *);

#endif
