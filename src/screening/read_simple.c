/*
 * Tables with a row an entity: OpenSanctions' targets.simple.csv, whose cells hold several
 * values with ";" between, and a list of one's own. Of the latter `name` alone must be there;
 * id, type, aliases, weak-aliases, country, birth, address, identifiers ("passport:AB12 (IR)")
 * are read when they are; any other column is a note of its name.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "reading.h"

static void address(struct draft *d, const char *text)
{
	draft_address(d, &text, 1);
}

static void programme(struct draft *d, const char *text)
{
	draft_note(d, "programme", text);
}

/* Without a kind beside it: IMO numbers say what they are, an LEI has its length. */
static void bare_identifier(struct draft *d, const char *text)
{
	const char *clean = text_clean(&d->arena, text);
	bool is_lei = strlen(clean) == 20 &&
	              strspn(clean, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 20 &&
	              isdigit((unsigned char)clean[18]) && isdigit((unsigned char)clean[19]) &&
	              strspn(clean, "0123456789") < 18;
	const char *what = strncmp(clean, "IMO", 3) == 0 && isdigit((unsigned char)clean[3]) ? "imo"
	                   : is_lei                                                          ? "lei"
	                            : "other";
	draft_identifier(d, what, clean, NULL);
}

static bool each_row(struct reading *r, bool (*row)(struct reading *, const struct csv_table *),
                     const char *const needed[])
{
	struct csv_table t;
	bool more = true, ok = csv_table_begin(&t, &r->files[0], ',', 0, r->e);
	for (size_t i = 0; ok && needed[i] != NULL; i++)
		if (!csv_has(&t, needed[i]))
			ok = err_input(r->e, "list.field", "%s: its header has no %s", r->file,
			               needed[i]);
	while (ok && (ok = csv_table_next(&t, &more)) && more) {
		r->line = t.csv.line;
		ok = row(r, &t);
	}
	csv_table_end(&t);
	return ok;
}

/* --- targets.simple.csv --------------------------------------------------------------------- */

static bool simple_row(struct reading *r, const struct csv_table *t)
{
	struct draft *d = &r->draft;
	enum entity_type type = ENTITY_ANY;
	entity_type_by_name(csv_cell(t, "schema"), &type);
	draft_begin(d, csv_cell(t, "id"), type);
	draft_name(d, NAME_PRIMARY, csv_cell(t, "name"));
	draft_each(d, csv_cell(t, "aliases"), ";", draft_alias);
	draft_each(d, csv_cell(t, "birth_date"), ";", draft_birth);
	draft_each(d, csv_cell(t, "countries"), ";", draft_country);
	draft_each(d, csv_cell(t, "addresses"), ";", address);
	draft_each(d, csv_cell(t, "identifiers"), ";", bare_identifier);
	draft_each(d, csv_cell(t, "program_ids"), ";", programme);
	const char *reason = csv_cell(t, "sanctions");
	draft_note(d, "reason",
	           strcmp(reason, "\"\"") != 0 ? reason : ""); /* an empty one, as it is written */
	draft_note(d, "list", csv_cell(t, "dataset"));
	draft_note(d, "schema", csv_cell(t, "schema"));
	return reading_give(r);
}

bool read_simple(struct reading *r)
{
	return each_row(r, simple_row,
	                (const char *[]){"id", "schema", "name", "identifiers", NULL});
}

/* --- One's own ------------------------------------------------------------------------------ */

/* Columns by any of the names people give them. */
enum column {
	COLUMN_ID,
	COLUMN_NAME,
	COLUMN_TYPE,
	COLUMN_ALIASES,
	COLUMN_WEAK,
	COLUMN_COUNTRY,
	COLUMN_BIRTH,
	COLUMN_ADDRESS,
	COLUMN_IDENTIFIERS,
	COLUMNS
};

static const char *const names[COLUMNS][5] = {
    [COLUMN_ID] = {"id"},
    [COLUMN_NAME] = {"name"},
    [COLUMN_TYPE] = {"type", "schema"},
    [COLUMN_ALIASES] = {"aliases", "alias", "aka"},
    [COLUMN_WEAK] = {"weak-aliases", "weak_aliases"},
    [COLUMN_COUNTRY] = {"country", "countries", "nationality"},
    [COLUMN_BIRTH] = {"birth", "birth_date", "birth-date", "dob"},
    [COLUMN_ADDRESS] = {"address", "addresses"},
    [COLUMN_IDENTIFIERS] = {"identifiers", "identifier"},
};

static const char *own(const struct csv_table *t, enum column column)
{
	for (size_t i = 0; i < 5 && names[column][i] != NULL; i++)
		if (csv_has(t, names[column][i]))
			return csv_cell(t, names[column][i]);
	return "";
}

static bool is_own(const char *name)
{
	for (size_t c = 0; c < COLUMNS; c++)
		for (size_t i = 0; i < 5 && names[c][i] != NULL; i++)
			if (strcasecmp(names[c][i], name) == 0)
				return true;
	return false;
}

/* "passport:AB123 (IR)", "imo:9187629", or a number alone */
static void own_identifier(struct draft *d, const char *text)
{
	const char *clean = text_clean(&d->arena, text), *colon = strchr(clean, ':');
	if (colon == NULL) {
		bare_identifier(d, clean);
		return;
	}
	const char *open = strrchr(colon, '('), *close = open != NULL ? strchr(open, ')') : NULL;
	size_t len = open != NULL ? (size_t)(open - colon) - 1 : strlen(colon + 1);
	draft_identifier(d, arena_copy(&d->arena, clean, (size_t)(colon - clean)),
	                 arena_copy(&d->arena, colon + 1, len),
	                 close != NULL ? arena_copy(&d->arena, open + 1, (size_t)(close - open - 1))
	                               : NULL);
}

static bool check_countries(struct reading *r, const char *text)
{
	struct arena *arena = &r->draft.arena;
	for (const char *at = text; *at != 0;) {
		size_t len = strcspn(at, ";");
		const char *one = text_clean(arena, arena_copy(arena, at, len));
		if (*one != 0 && country_code(one) == NULL)
			return reading_fail(r, "country", "\"%.60s\" is no country", one);
		at += len + (at[len] == ';');
	}
	return true;
}

static bool own_row(struct reading *r, const struct csv_table *t)
{
	struct draft *d = &r->draft;
	enum entity_type type = ENTITY_ANY;
	const char *word = own(t, COLUMN_TYPE), *birth = own(t, COLUMN_BIRTH);
	if (*word != 0 && !entity_type_by_name(word, &type))
		return reading_fail(
		    r, "type", "\"%.60s\" is not person, organisation, vessel or aircraft", word);
	draft_begin(d, own(t, COLUMN_ID), type);
	if (!check_countries(r, own(t, COLUMN_COUNTRY)))
		return false;
	if (*d->id == 0)
		d->id = reading_derive_id(r, (const char *[]){own(t, COLUMN_NAME), word, birth}, 3);
	draft_name(d, NAME_PRIMARY, own(t, COLUMN_NAME));
	draft_each(d, own(t, COLUMN_ALIASES), ";", draft_alias);
	draft_each(d, own(t, COLUMN_WEAK), ";", draft_weak);
	draft_each(d, own(t, COLUMN_COUNTRY), ";", draft_country);
	draft_each(d, birth, ";", draft_birth);
	draft_each(d, own(t, COLUMN_ADDRESS), ";", address);
	draft_each(d, own(t, COLUMN_IDENTIFIERS), ";", own_identifier);
	if (*birth != 0 && d->births.count == 0)
		return reading_fail(r, "birth", "\"%.60s\" is no date", birth);
	for (size_t i = 0; i < t->columns; i++)
		if (!is_own(t->by_name[i]) && *t->by_name[i] != 0)
			draft_note(d, t->by_name[i], csv_field(&t->csv, t->index[i]));
	return reading_give(r);
}

bool read_own(struct reading *r)
{
	return each_row(r, own_row, (const char *[]){"name", NULL});
}
