/* What the matching API's example entities say of a party, and entities in its words. */
#include "forms_parts.h"
#include "screening/ftm.h"

#include <string.h>

/* --- Schemas and properties ------------------------------------------------------------------ */

static const struct {
	const char *schema;
	enum entity_type type;
} schemas[] = {
    {"Person", ENTITY_PERSON},   {"Organization", ENTITY_ORGANISATION},
    {"Vessel", ENTITY_VESSEL},   {"Airplane", ENTITY_AIRCRAFT},
    {"LegalEntity", ENTITY_ANY}, {"Company", ENTITY_ORGANISATION},
    {"Thing", ENTITY_ANY},       {"PublicBody", ENTITY_ORGANISATION},
};

const char *match_schema(enum entity_type type)
{
	for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++)
		if (schemas[i].type == type)
			return schemas[i].schema;
	return "LegalEntity";
}

bool match_type(const char *schema, enum entity_type *out)
{
	for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
		if (strcmp(schemas[i].schema, schema) == 0) {
			*out = schemas[i].type;
			return true;
		}
	}
	return false;
}

static void primary(struct draft *d, const char *text)
{
	draft_name(d, NAME_PRIMARY, text);
}

/* Besides what is a fact; a name in these is as it is asked for, not as a list publishes it. */
static const struct ftm_property spellings[] = {
    {"name", primary},         {"alias", draft_alias},       {"previousName", draft_alias},
    {"weakAlias", draft_weak}, {"abbreviation", draft_weak}, {0},
};

/* A value: text, a number, or several. Whatever else stands there is no text and left out. */
static void put(struct draft *d, const struct ftm_property *property, const json_t *value)
{
	const char *text = json_string_value(value);
	if (json_is_integer(value))
		text = arena_printf(&d->arena, "%lld", (long long)json_integer_value(value));
	if (text == NULL)
		return;
	if (property->put != NULL)
		property->put(d, text);
	else
		draft_identifier(d, property->name, text, NULL);
}

static void put_all(struct draft *d, const struct ftm_property *properties, const json_t *all)
{
	for (const struct ftm_property *p = properties; p->name != NULL; p++) {
		const json_t *values = json_object_get(all, p->name);
		put(d, p, values);
		for (size_t i = 0; i < json_array_size(values); i++)
			put(d, p, json_array_get(values, i));
	}
}

/* --- Names in parts --------------------------------------------------------------------------- */

static const char *first_of(const json_t *all, const char *name)
{
	const json_t *value = json_object_get(all, name);
	const char *text =
	    json_string_value(json_is_array(value) ? json_array_get(value, 0) : value);
	return text != NULL ? text : "";
}

static void name_from_parts(struct draft *d, const json_t *all)
{
	const char *given =
	    text_join(&d->arena, " ",
	              (const char *[]){first_of(all, "firstName"), first_of(all, "secondName"),
	                               first_of(all, "middleName"), first_of(all, "fatherName")},
	              4);
	draft_name_parts(d, NAME_PRIMARY, given, first_of(all, "lastName"));
}

bool match_party(const json_t *example, struct draft *d, const char **schema, struct err *e)
{
	const json_t *all = json_object_get(example, "properties");
	enum entity_type type;
	*schema = json_string_value(json_object_get(example, "schema"));
	if (*schema == NULL || !json_is_object(all))
		return err_input(e, "match.example", "an example has `schema` and `properties`");
	if (!match_type(*schema, &type))
		return err_input(e, "match.example", "unknown schema, or none of a party: '%.80s'",
		                 *schema);
	d->type = type;
	put_all(d, spellings, all);
	put_all(d, ftm_facts, all);
	if (d->names.count == 0)
		name_from_parts(d, all);
	if (d->names.count == 0)
		return err_input(e, "match.example", "an example has a name");
	if (d->has_too_many)
		return err_input(e, "match.example", "more than %d of one thing", DRAFT_MOST);
	return true;
}

/* --- Entities in its words -------------------------------------------------------------------- */

static void add(json_t *all, const char *property, const char *value)
{
	json_t *values = json_object_get(all, property);
	if (value == NULL || *value == 0)
		return;
	if (values == NULL) {
		values = json_array();
		json_object_set_new(all, property, values);
	}
	for (size_t i = 0; i < json_array_size(values); i++)
		if (strcmp(json_string_value(json_array_get(values, i)), value) == 0)
			return;
	json_t *text = json_string(value);
	if (text != NULL)
		json_array_append_new(values, text);
}

static const char *identifier_property(enum entity_type type, const char *kind)
{
	static const struct {
		const char *kind, *property;
	} of[] = {{"passport", "passportNumber"},
	          {"tax", "taxNumber"},
	          {"registration", "registrationNumber"},
	          {"imo", "imoNumber"},
	          {"mmsi", "mmsi"},
	          {"call-sign", "callSign"},
	          {"lei", "leiCode"},
	          {"tail-number", "registrationNumber"}};
	for (size_t i = 0; i < sizeof of / sizeof *of; i++)
		if (strcmp(of[i].kind, kind) == 0)
			return of[i].property;
	return type == ENTITY_VESSEL || type == ENTITY_AIRCRAFT ? "registrationNumber" : "idNumber";
}

static void add_notes(struct arena *arena, json_t *all, const struct entity *x)
{
	for (size_t i = 0; i < x->note_count; i++) {
		const char *label = x->notes[i].label, *text = x->notes[i].text;
		if (strcmp(label, "topic") == 0)
			add(all, "topics", text);
		else if (strcmp(label, "programme") == 0)
			add(all, "program", text);
		else
			add(all, "notes", arena_printf(arena, "%s: %s", label, text));
	}
	if (json_object_get(all, "topics") == NULL)
		add(all, "topics", "sanction");
}

static json_t *properties_of(struct arena *arena, const struct entity *x)
{
	static const char *const births[ENTITY_TYPES] = {[ENTITY_ANY] = "incorporationDate",
	                                                 [ENTITY_PERSON] = "birthDate",
	                                                 [ENTITY_ORGANISATION] =
	                                                     "incorporationDate",
	                                                 [ENTITY_VESSEL] = "buildDate",
	                                                 [ENTITY_AIRCRAFT] = "buildDate"};
	static const char *const names[] = {
	    [NAME_PRIMARY] = "name", [NAME_ALIAS] = "alias", [NAME_WEAK] = "weakAlias"};
	json_t *all = json_object();
	for (size_t i = 0; i < x->name_count; i++)
		add(all, names[x->names[i].kind], x->names[i].text);
	for (size_t i = 0; i < x->birth_count; i++)
		add(all, births[x->type], x->births[i]);
	for (size_t i = 0; i < x->country_count; i++) {
		char code[8] = "";
		for (size_t k = 0; k < sizeof code - 1 && x->countries[i][k] != 0; k++)
			code[k] = (char)(x->countries[i][k] | 32);
		add(all, x->type == ENTITY_VESSEL ? "flag" : "country", code);
	}
	for (size_t i = 0; i < x->address_count; i++)
		add(all, "address", x->addresses[i]);
	for (size_t i = 0; i < x->identifier_count; i++)
		add(all, identifier_property(x->type, x->identifiers[i].kind),
		    x->identifiers[i].value);
	add_notes(arena, all, x);
	return all;
}

json_t *match_entity(struct arena *arena, const struct screened_list *l, const struct entity *x)
{
	return json_pack(
	    "{s:s,s:s,s:s,s:o,s:[s],s:[],s:b,s:n,s:n,s:n}", "id", forms_id(arena, l, x->id),
	    "caption", x->name_count > 0 ? x->names[0].text : x->id, "schema",
	    match_schema(x->type), "properties", properties_of(arena, x), "datasets", l->name,
	    "referents", "target", true, "first_seen", "last_seen", "last_change");
}
