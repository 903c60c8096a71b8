/*
 * screening: is a party on a list? Two names are compared, whatever their spelling, script or
 * order; a party is looked up in the indexes of many lists at once. The same input and indexes
 * give the same answer, to the digit, on every machine. No I/O but the files of indexes; no clock.
 */
#ifndef PROVISO_SCREENING_H
#define PROVISO_SCREENING_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "entity.h"

/* Raised with every change of what scores. */
#define SCREENING_ENGINE "fitted-2"

struct listed {
	const char *list; /* "us-entity-list-2021-11" */
	const char *name;
	const char *const *aliases; /* NULL-terminated */
	const char *country;        /* ISO 3166 */
	const char *reason;         /* what the notice gives, with its source */
};

/* The list built in: facts of 86 FR 60759, in canonical bytes for its digest. */
const struct listed *screening_embedded(size_t *count);
const char *screening_embedded_name(void);
const char *screening_embedded_source(void);
int64_t screening_embedded_date(void);
struct bytes screening_embedded_bytes(struct arena *);

/* --- Two names ------------------------------------------------------------------------------ */

/* A score from 0 to 1, and what it is made of in words; what begins with "against: " lowers it. */
struct screening_verdict {
	double score;
	const char *const *why; /* in the arena */
	size_t why_count;
};

/*
 * Scores two names of `type` (ENTITY_ANY: not known). The order of the two does not matter.
 * The same on every machine. Errors: screening.name-utf8, screening.name-long.
 */
bool screening_compare(struct arena *, const char *name1, const char *name2, enum entity_type type,
                       struct screening_verdict *out, struct err *);

/* The score alone, without allocating. Thread safe. */
bool screening_score(struct bytes name1, struct bytes name2, enum entity_type type, double *score,
                     struct err *);

/* --- Lists as indexes ----------------------------------------------------------------------- */

/*
 * An index is one list's entities in a file that is mapped and searched as it lies. It is built
 * once for a snapshot, from the entities that a reader gives one by one.
 */
struct screening_source {
	const char *list;     /* its name, shorter than 96 bytes */
	int64_t date;         /* of the snapshot */
	struct hash snapshot; /* digest of what the list was read from */
};

struct screening_builder;
struct screening_builder *screening_builder_new(const struct screening_source *);
/* Takes a copy. A reader's callback: `ctx` is the builder; false after an error, which finish
 * tells. */
bool screening_builder_each(void *ctx, const struct entity *);
/* Writes the file whole or not at all. Errors: those of names, naming the entity;
 * screening.index-large. */
bool screening_builder_finish(struct screening_builder *, const char *path, struct err *);
void screening_builder_free(struct screening_builder *);

struct screening_index;
/*
 * Maps a file and checks all of it: a damaged byte is an error, and so is a file that another
 * version of the engine built. Errors: screening.index-damaged, screening.index-version.
 */
struct screening_index *screening_index_open(const char *path, struct err *);
/* The list built in, as an index. */
struct screening_index *screening_index_embedded(struct err *);
void screening_index_close(struct screening_index *);

const char *screening_index_list(const struct screening_index *);
int64_t screening_index_date(const struct screening_index *);
size_t screening_index_count(const struct screening_index *); /* entities */
struct hash screening_index_snapshot(const struct screening_index *);
/* Entity `number` with all its list says of it, in the arena. */
const struct entity *screening_index_entity(struct arena *, const struct screening_index *,
                                            size_t number);
/* The entity of an id; false when there is none. */
bool screening_index_find(const struct screening_index *, const char *id, size_t *number);

/* --- Searching ------------------------------------------------------------------------------ */

/* Who is looked for. What is not known is NULL or 0. */
struct screening_query {
	const struct entity
	    *party;       /* names (each is looked for), type, births, countries, identifiers */
	double threshold; /* 0: SCREENING_THRESHOLD */
	bool thorough; /* all candidates are compared, however many, not the most promising alone */
	size_t limit;  /* of hits; 0: 64 */
	bool near;     /* those below the threshold too, that come near */
	bool explain;
};

struct screening_found {
	const struct screening_index *index;
	size_t entity;
	const char *list, *id, *name; /* name: the one that matched, as listed */
	enum entity_type type;
	double score;
	const char *const *why; /* in the arena; NULL unless asked for */
	size_t why_count;
};

struct screening_answer {
	const struct screening_found *at; /* by score, the highest first */
	size_t count;
	size_t at_or_over; /* how many of them reach the threshold */
	bool is_cut;       /* there were, or may be, more: these are not all */
};

/* Room to search in, for one thread. The indexes are borrowed and may be shared by threads. */
struct screening_searcher;
struct screening_searcher *screening_searcher_new(const struct screening_index *const indexes[],
                                                  size_t count);
void screening_searcher_free(struct screening_searcher *);

/*
 * Looks a party up in all indexes at once. Screening fails closed: without an index it is an
 * error and not "no hit". Errors: screening.no-list, screening.name-empty and those of names.
 */
bool screening_search(struct screening_searcher *, struct arena *, const struct screening_query *,
                      struct screening_answer *out, struct err *);

/*
 * From here on two names are taken for one party's: even odds. Among the many names of a list one
 * that comes near by chance is likelier, so there a hit asks for more, unless told otherwise.
 */
#define SCREENING_SAME      0.5
#define SCREENING_THRESHOLD 0.7

#endif
