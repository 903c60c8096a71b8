/*
 * The US Consolidated Screening List, which holds the Commerce Entity List with its licence
 * requirements and review policies (CSV, with or without a first column of ids, and JSON), and
 * the Denied Persons List (tab-separated).
 */
#include <string.h>
#include <strings.h>

#include "csv.h"
#include "json.h"
#include "reading.h"

static enum entity_type type_of(const char *text)
{
	enum entity_type type;
	return entity_type_by_name(text, &type) ? type : ENTITY_ANY;
}

static void name(struct draft *d, enum name_kind kind, const char *text)
{
	if (d->type == ENTITY_PERSON)
		draft_name_inverted(d, kind, text);
	else
		draft_name(d, kind, text);
}

static void alias(struct draft *d, const char *text)
{
	name(d, NAME_ALIAS, text);
}

static void birth(struct draft *d, const char *text)
{
	draft_birth(d, text);
}

static void country(struct draft *d, const char *text)
{
	draft_country(d, text);
}

/* Its country is the last part: "35 Pushkin St, Moscow, RU". */
static void address(struct draft *d, const char *text)
{
	const char *comma = strrchr(text, ',');
	draft_address(d, &text, 1);
	draft_country(d, comma != NULL ? comma + 1 : text);
}

/* --- CSV ------------------------------------------------------------------------------------ */

/*
 * "V.A.T. Number, CHE-267.936.404, CH" or, as it was before, "US, 80-0890696, Tax ID No.": the
 * part that names a kind, a country of two letters, and the rest.
 */
static void identifier(struct draft *d, const char *text)
{
	const char *what = NULL, *land = NULL, *value = NULL;
	char *at = arena_copy(&d->arena, text, strlen(text)), *next;
	for (at = at + strspn(at, " "); at != NULL && *at != 0; at = next) {
		next = strstr(at, ", ");
		if (next != NULL) {
			*next = 0;
			next += 2;
		}
		if (what == NULL && strcmp(identifier_kind(at), "other") != 0)
			what = at;
		else if (land == NULL && strlen(at) == 2 && country_code(at) != NULL)
			land = at;
		else if (value == NULL)
			value = at;
	}
	if (what != NULL && value != NULL)
		draft_identifier(d, what, value, land);
	else
		draft_note(d, "remarks", text);
}

static void put_notes(struct draft *d, const struct csv_table *t)
{
	static const struct {
		const char *column, *label;
	} notes[] = {
	    {"source", "list"},
	    {"programs", "programme"},
	    {"title", "title"},
	    {"federal_register_notice", "notice"},
	    {"start_date", "listed-on"},
	    {"end_date", "ends-on"},
	    {"standard_order", "standard-order"},
	    {"license_requirement", "licence-requirement"},
	    {"license_policy", "review-policy"},
	    {"vessel_type", "vessel-type"},
	    {"vessel_owner", "owner"},
	    {"remarks", "remarks"},
	    {"source_list_url", "source"},
	    {"places_of_birth", "birth-place"},
	};
	for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
		draft_note(d, notes[i].label, csv_cell(t, notes[i].column));
}

static bool csl_row(struct reading *r, const struct csv_table *t)
{
	struct draft *d = &r->draft;
	draft_begin(d, csv_cell(t, "_id"), type_of(csv_cell(t, "type")));
	if (*d->id == 0)
		d->id = text_clean(&d->arena, csv_cell(t, "entity_number"));
	if (*d->id == 0)
		d->id = reading_derive_id(
		    r,
		    (const char *[]){csv_cell(t, "source"), csv_cell(t, "name"),
		                     csv_cell(t, "addresses"), csv_cell(t, "start_date")},
		    4);
	name(d, NAME_PRIMARY, csv_cell(t, "name"));
	draft_each(d, csv_cell(t, "alt_names"), "; ", alias);
	draft_each(d, csv_cell(t, "addresses"), "; ", address);
	draft_each(d, csv_cell(t, "dates_of_birth"), "; ", birth);
	draft_each(d, csv_cell(t, "citizenships"), "; ", country);
	draft_each(d, csv_cell(t, "nationalities"), "; ", country);
	draft_country(d, csv_cell(t, "vessel_flag"));
	draft_identifier(d, "call sign", csv_cell(t, "call_sign"), NULL);
	draft_each(d, csv_cell(t, "ids"), "; ", identifier);
	put_notes(d, t);
	return reading_give(r);
}

/* Reads a table with a header, row by row. */
static bool read_rows(struct reading *r, char separator, const char *const needed[],
                      bool (*row)(struct reading *, const struct csv_table *))
{
	struct csv_table t;
	bool more = true, ok = csv_table_begin(&t, &r->files[0], separator, 0, r->e);
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

bool read_csl_csv(struct reading *r)
{
	return read_rows(r, ',', (const char *[]){"source", "name", "addresses", "alt_names", NULL},
	                 csl_row);
}

/* --- JSON ----------------------------------------------------------------------------------- */

/* Each text of an array, or the text that stands alone. */
static void each_text(struct draft *d, const json_t *object, const char *member,
                      void (*put)(struct draft *, const char *))
{
	const json_t *value = json_object_get(object, member);
	for (size_t i = 0; i < json_array_size(value); i++)
		if (json_is_string(json_array_get(value, i)))
			put(d, json_string_value(json_array_get(value, i)));
	if (json_is_string(value))
		put(d, json_string_value(value));
}

static void programme(struct draft *d, const char *text)
{
	draft_note(d, "programme", text);
}

static void json_addresses(struct draft *d, const json_t *object)
{
	const json_t *list = json_object_get(object, "addresses");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *a = json_array_get(list, i);
		const char *land = json_text(&d->arena, a, "country");
		draft_address(d,
		              (const char *[]){json_text(&d->arena, a, "address"),
		                               json_text(&d->arena, a, "city"),
		                               json_text(&d->arena, a, "state"),
		                               json_text(&d->arena, a, "postal_code"), land},
		              5);
		draft_country(d, land);
	}
}

static void json_ids(struct draft *d, const json_t *object)
{
	const json_t *list = json_object_get(object, "ids");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *id = json_array_get(list, i);
		draft_identifier(d, json_text(&d->arena, id, "type"),
		                 json_text(&d->arena, id, "number"),
		                 json_text(&d->arena, id, "country"));
	}
}

static bool csl_object(struct reading *r, const json_t *o)
{
	static const struct {
		const char *member, *label;
	} notes[] = {
	    {"source", "list"},
	    {"title", "title"},
	    {"federal_register_notice", "notice"},
	    {"start_date", "listed-on"},
	    {"end_date", "ends-on"},
	    {"license_requirement", "licence-requirement"},
	    {"license_policy", "review-policy"},
	    {"vessel_type", "vessel-type"},
	    {"vessel_owner", "owner"},
	    {"remarks", "remarks"},
	    {"source_list_url", "source"},
	};
	struct draft *d = &r->draft;
	draft_begin(d, "", ENTITY_ANY);
	d->id = text_clean(&d->arena, json_text(&d->arena, o, "id"));
	if (*d->id == 0)
		d->id = text_clean(&d->arena, json_text(&d->arena, o, "_id"));
	d->type = type_of(json_text(&d->arena, o, "type"));
	name(d, NAME_PRIMARY, json_text(&d->arena, o, "name"));
	each_text(d, o, "alt_names", alias);
	each_text(d, o, "programs", programme);
	each_text(d, o, "dates_of_birth", birth);
	each_text(d, o, "citizenships", country);
	each_text(d, o, "nationalities", country);
	json_addresses(d, o);
	json_ids(d, o);
	draft_country(d, json_text(&d->arena, o, "country"));
	draft_country(d, json_text(&d->arena, o, "vessel_flag"));
	draft_identifier(d, "call sign", json_text(&d->arena, o, "call_sign"), NULL);
	for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
		draft_note(d, notes[i].label, json_text(&d->arena, o, notes[i].member));
	return reading_give(r);
}

bool read_csl_json(struct reading *r)
{
	struct json_source s;
	json_t *object;
	json_begin(&s, &r->files[0], r->e);
	bool ok = json_enter_array(&s, "results");
	while (ok && (ok = json_next_element(&s, &object)) && object != NULL) {
		r->line = s.line;
		ok = csl_object(r, object);
		json_decref(object);
	}
	return ok;
}

/* --- Denied persons ------------------------------------------------------------------------- */

static bool dpl_row(struct reading *r, const struct csv_table *t)
{
	struct draft *d = &r->draft;
	draft_begin(d, "", ENTITY_ANY);
	d->id =
	    reading_derive_id(r,
	                      (const char *[]){csv_cell(t, "Name"), csv_cell(t, "Street_Address"),
	                                       csv_cell(t, "Effective_Date")},
	                      3);
	draft_name(d, NAME_PRIMARY, csv_cell(t, "Name"));
	draft_address(d,
	              (const char *[]){csv_cell(t, "Street_Address"), csv_cell(t, "City"),
	                               csv_cell(t, "State"), csv_cell(t, "Postal_Code"),
	                               csv_cell(t, "Country")},
	              5);
	draft_country(d, csv_cell(t, "Country"));
	draft_note(d, "listed-on", csv_cell(t, "Effective_Date"));
	draft_note(d, "ends-on", csv_cell(t, "Expiration_Date"));
	draft_note(d, "standard-order", csv_cell(t, "Standard_Order"));
	draft_note(d, "remarks", csv_cell(t, "Action"));
	draft_note(d, "notice", csv_cell(t, "FR_Citation"));
	return reading_give(r);
}

bool read_dpl(struct reading *r)
{
	return read_rows(r, '\t', (const char *[]){"Name", "Effective_Date", NULL}, dpl_row);
}
