/*
 * FollowTheMoney entities as OpenSanctions publishes them, an object a line: things (persons,
 * organisations, vessels, ...) and what is said of them in objects of their own (Sanction,
 * Address, Identification, Passport, CryptoWallet), which name the thing in `entity` or `holder`;
 * in the nested form they stand inside it. The first pass notes where each such object stands,
 * the second gives the things.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ftm.h"
#include "csv.h"
#include "json.h"
#include "reading.h"

static const struct {
	const char *schema;
	enum entity_type type;
} things[] = {
    {"Person", ENTITY_PERSON},        {"Organization", ENTITY_ORGANISATION},
    {"Company", ENTITY_ORGANISATION}, {"PublicBody", ENTITY_ORGANISATION},
    {"LegalEntity", ENTITY_ANY},      {"Vessel", ENTITY_VESSEL},
    {"Airplane", ENTITY_AIRCRAFT},
};

/* What is said of a thing, and the property that names it. */
static const struct {
	const char *schema, *of;
} sayings[] = {
    {"Sanction", "entity"},
    {"Identification", "holder"},
    {"Passport", "holder"},
    {"CryptoWallet", "holder"},
};

static const char *schema_of(const json_t *o)
{
	const char *schema = json_string_value(json_object_get(o, "schema"));
	return schema != NULL ? schema : "";
}

static const json_t *properties(const json_t *o)
{
	return json_object_get(o, "properties");
}

static bool thing_type(const char *schema, enum entity_type *out)
{
	for (size_t i = 0; i < sizeof things / sizeof *things; i++) {
		if (strcmp(things[i].schema, schema) == 0) {
			*out = things[i].type;
			return true;
		}
	}
	return false;
}

static const char *names_its_thing(const char *schema)
{
	for (size_t i = 0; i < sizeof sayings / sizeof *sayings; i++)
		if (strcmp(sayings[i].schema, schema) == 0)
			return sayings[i].of;
	return NULL;
}

static const char *first_text(const json_t *props, const char *name)
{
	const char *text = json_string_value(json_array_get(json_object_get(props, name), 0));
	return text != NULL ? text : "";
}

static void each(struct draft *d, const json_t *props, const char *name,
                 void (*put)(struct draft *, const char *))
{
	const json_t *values = json_object_get(props, name);
	for (size_t i = 0; i < json_array_size(values); i++)
		if (json_is_string(json_array_get(values, i)))
			put(d, json_string_value(json_array_get(values, i)));
}

static void notes(struct draft *d, const json_t *props, const char *name, const char *label)
{
	const json_t *values = json_object_get(props, name);
	for (size_t i = 0; i < json_array_size(values); i++)
		if (json_is_string(json_array_get(values, i)))
			draft_note(d, label, json_string_value(json_array_get(values, i)));
}

static void identifiers(struct draft *d, const json_t *props, const char *name, const char *country)
{
	const json_t *values = json_object_get(props, name);
	for (size_t i = 0; i < json_array_size(values); i++)
		if (json_is_string(json_array_get(values, i)))
			draft_identifier(d, name, json_string_value(json_array_get(values, i)),
			                 country);
}

/* --- What is said of a thing ---------------------------------------------------------------- */

static void say(struct draft *d, const json_t *o)
{
	const char *schema = schema_of(o);
	const json_t *p = properties(o);
	const char *country = first_text(p, "country");
	if (strcmp(schema, "Sanction") == 0) {
		notes(d, p, "program", "programme");
		notes(d, p, "programId", "programme");
		notes(d, p, "reason", "reason");
		notes(d, p, "provisions", "measures");
		notes(d, p, "authority", "list");
		notes(d, p, "startDate", "listed-on");
		notes(d, p, "listingDate", "listed-on");
		notes(d, p, "endDate", "ends-on");
		notes(d, p, "sourceUrl", "source");
	} else if (strcmp(schema, "Address") == 0) {
		const char *full = first_text(p, "full");
		draft_address(d, &full, 1);
		draft_country(d, country);
	} else if (strcmp(schema, "CryptoWallet") == 0) {
		identifiers(d, p, "publicKey", NULL);
	} else {
		const char *what =
		    strcmp(schema, "Passport") == 0 ? "passport" : first_text(p, "type");
		draft_identifier(d, what, first_text(p, "number"), country);
	}
}

/* Objects inside: properties whose values are objects. */
static void say_nested(struct draft *d, const json_t *props)
{
	static const char *const names[] = {"sanctions", "addressEntity", "passports",
	                                    "identification", "cryptoWallets"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const json_t *values = json_object_get(props, names[i]);
		for (size_t k = 0; k < json_array_size(values); k++)
			if (json_is_object(json_array_get(values, k)))
				say(d, json_array_get(values, k));
	}
}

/* --- Things --------------------------------------------------------------------------------- */

static void address(struct draft *d, const char *text)
{
	draft_address(d, &text, 1);
}

/* The primary name is the caption, which OpenSanctions picks among the names. */
static void names(struct draft *d, const json_t *o)
{
	const json_t *p = properties(o), *list = json_object_get(p, "name");
	const char *caption = json_string_value(json_object_get(o, "caption"));
	const char *first =
	    json_string_value(json_object_get(p, "firstName") != NULL
	                          ? json_array_get(json_object_get(p, "firstName"), 0)
	                          : NULL);
	bool is_named = false;
	for (size_t i = 0; caption != NULL && i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		is_named = is_named || (name != NULL && strcmp(name, caption) == 0);
	}
	if (is_named)
		draft_name(d, NAME_PRIMARY, caption);
	each(d, p, "name", draft_alias);
	each(d, p, "alias", draft_alias);
	each(d, p, "previousName", draft_alias);
	each(d, p, "weakAlias", draft_weak);
	if (d->names.count == 0 && first != NULL)
		draft_name_parts(d, NAME_PRIMARY, first, first_text(p, "lastName"));
}

const struct ftm_property ftm_facts[] = {
    {"birthDate", draft_birth},
    {"incorporationDate", draft_birth},
    {"buildDate", draft_birth},
    {"nationality", draft_country},
    {"citizenship", draft_country},
    {"country", draft_country},
    {"jurisdiction", draft_country},
    {"mainCountry", draft_country},
    {"flag", draft_country},
    {"passportNumber", NULL},
    {"idNumber", NULL},
    {"registrationNumber", NULL},
    {"taxNumber", NULL},
    {"vatCode", NULL},
    {"innCode", NULL},
    {"ogrnCode", NULL},
    {"okpoCode", NULL},
    {"kppCode", NULL},
    {"leiCode", NULL},
    {"imoNumber", NULL},
    {"mmsi", NULL},
    {"callSign", NULL},
    {"dunsCode", NULL},
    {"uscCode", NULL},
    {"swiftBic", NULL},
    {"publicKey", NULL},
    {"socialSecurityNumber", NULL},
    {"address", address},
    {0},
};

static void facts(struct draft *d, const json_t *p)
{
	for (const struct ftm_property *f = ftm_facts; f->name != NULL; f++)
		if (f->put != NULL)
			each(d, p, f->name, f->put);
		else
			identifiers(d, p, f->name, NULL);
	notes(d, p, "topics", "topic");
	notes(d, p, "position", "position");
	notes(d, p, "title", "title");
	notes(d, p, "notes", "remarks");
	notes(d, p, "programId", "programme");
	notes(d, p, "program", "programme");
	notes(d, p, "sourceUrl", "source");
	notes(d, p, "birthPlace", "birth-place");
}

struct ftm {
	struct reading *r;
	struct json_source source;
	struct csv_index said; /* by the id of the thing */
};

static bool thing(struct ftm *f, const json_t *o, enum entity_type type)
{
	struct reading *r = f->r;
	struct draft *d = &r->draft;
	const char *id = json_string_value(json_object_get(o, "id"));
	draft_begin(d, id, type);
	names(d, o);
	facts(d, properties(o));
	say_nested(d, properties(o));
	draft_note(d, "schema", schema_of(o));
	off_t offset = f->source.offset;
	size_t line = f->source.line, first = 0;
	size_t count = csv_index_find(&f->said, csv_key(d->id), &first);
	for (size_t i = 0; i < count; i++) {
		json_t *saying = NULL;
		if (!json_seek(&f->source, f->said.at[first + i].offset,
		               f->said.at[first + i].line) ||
		    !json_next_line(&f->source, &saying))
			return false;
		const char *of = saying != NULL ? names_its_thing(schema_of(saying)) : NULL;
		if (of != NULL && strcmp(first_text(properties(saying), of), d->id) == 0)
			say(d, saying);
		json_decref(saying);
	}
	if (count > 0 && !json_seek(&f->source, offset, line))
		return false;
	r->line = line;
	return reading_give(r);
}

static bool note_saying(struct ftm *f, const json_t *o, off_t offset, size_t line)
{
	const char *of = names_its_thing(schema_of(o));
	if (of == NULL)
		return true;
	struct csv at = {.file = f->source.file, .offset = offset, .line = line};
	return csv_index_add(&f->said, &at, first_text(properties(o), of), f->r->e);
}

static bool check(struct reading *r, const json_t *o)
{
	if (*schema_of(o) == 0)
		return reading_fail(r, "schema", "it is missing");
	if (!json_is_object(properties(o)))
		return reading_fail(r, "properties", "they are missing");
	return true;
}

static bool pass(struct ftm *f, bool is_second)
{
	json_begin(&f->source, &f->r->files[0], f->r->e);
	for (;;) {
		off_t offset = f->source.offset;
		size_t line = f->source.line;
		json_t *o;
		if (!json_next_line(&f->source, &o))
			return false;
		if (o == NULL)
			return true;
		f->r->line = f->source.line;
		enum entity_type type;
		bool ok = check(f->r, o) &&
		          (is_second ? !thing_type(schema_of(o), &type) || thing(f, o, type)
		                     : note_saying(f, o, offset, line));
		json_decref(o);
		if (!ok)
			return false;
	}
}

bool read_ftm(struct reading *r)
{
	struct ftm f = {.r = r};
	bool ok = pass(&f, false);
	csv_index_sort(&f.said);
	ok = ok && pass(&f, true);
	csv_index_free(&f.said);
	return ok;
}
