/*
 * words: what is on the log and in force, told to people (text) and to machines (JSON). One
 * telling for the command and for the service. Reads only.
 */
#ifndef PROVISO_WORDS_H
#define PROVISO_WORDS_H

#include <jansson.h>

#include "authority/authority.h"
#include "record/form.h"

struct words {
	struct arena *arena;
	struct authority *authority; /* open; in a read transaction of the caller */
	int64_t now;
	bool json, colour;
	bool is_public;           /* confidential values are withheld */
	struct bytes disclosures; /* an array of them that the reader brings; empty: none */
	struct err *err;
	struct buffer text; /* the answer, in the arena */
	json_t *value;      /* or the answer to a machine: the caller releases it */
	bool is_no;         /* the answer is no: exit status 1 */
};

/* False after filling words->err. `id` is the beginning of an id; NULL: everything. */
bool words_status(struct words *, const char *id);
/* The witnesses' part of it: nothing, and NULL, where the home has no policy. */
bool words_witnesses(struct words *, json_t **out);
/* `use` as in "capability=C purpose=P territory=T subject=S [with=A,B] [at=TIME]", or NULL. */
bool words_explain(struct words *, const char *system, const char *use);
bool words_show(struct words *, const char *id);
/* The same of one that was found. What may be disclosed of it is. */
bool words_show_record(struct words *, struct record *, uint64_t index);
/*
 * What somebody is asked to sign: a record that is on no log yet, with whatever of its values is
 * disclosed. Both `text` and `value` are given.
 */
bool words_statement(struct words *, const struct record *);

/*
 * The world that forms refer to, of an open authority in a transaction of the caller: ids by
 * their beginning, definitions by number, targets by a bare id. Files and randomness are the
 * caller's to add.
 */
struct form_world words_world(struct authority *);

/* --- Parts -------------------------------------------------------------------------------- */

/* A hash in full, and the eight digits that people read. */
const char *words_hex(struct arena *, const struct hash *);
const char *words_short(struct arena *, const struct hash *);
const char *words_time(struct arena *, int64_t at);          /* "2026-01-01T00:00:00Z", "-": none */
const char *words_duration(struct arena *, int64_t seconds); /* "4 min 10 s" */

/* A body by its kind's table; withheld fields are {"withheld": DIGEST}. */
json_t *words_fields(struct arena *, const struct field *, const void *in);
json_t *words_record(struct arena *, const struct record *, uint64_t index);
/* The same to people: where it is on the log, who signed it, what it says. */
void words_record_text(struct buffer *, const struct record *, uint64_t index);
json_t *words_said(struct arena *, const struct record *); /* without id and place */

/* One system, one measure, one licence, as status tells them to machines. */
struct system_info;
struct measure_info;
struct licence_info;
struct condition;
/* "in force", "restricted", "stopped by a measure" or "not in force". */
const char *words_condition(const struct condition *);
json_t *words_measure(struct arena *, const struct measure_info *);
json_t *words_licence(struct arena *, const struct licence_info *);
/* The advice on an application; as text, nothing where nobody has advised. */
struct advice_summary;
json_t *words_advice(struct arena *, const struct hash *application, const struct advice_summary *);
void words_advice_text(struct words *, const struct advice_summary *);
bool words_system(struct words *, const struct state *, const struct system_info *, json_t **out,
                  const char *cells[6]);

/*
 * What the purposes of `scope` (NULL: all) mean and never mean, by the definitions of an id
 * (NULL: the latest), each line begun with `mark`; empty when nothing is defined yet.
 */
bool words_purposes(struct arena *, const struct state *, const struct hash *definitions,
                    const struct scope *scope, const char *mark, const char **out, struct err *);

/* Columns set in line; cells are borrowed. */
struct table {
	struct arena *arena;
	const char **cells;
	size_t columns, count, room;
};
void table_row(struct table *, const char *const cells[]); /* `columns` of them */
/* `bold`: the first row, by a terminal's escapes. */
void table_text(const struct table *, bool bold, struct buffer *out);

#endif
