/*
 * Senzing's generic entity specification, an object a line: the record's own members, and lists
 * of features (NAMES, DATES, COUNTRIES, ADDRESSES, IDENTIFIERS, ...) or one list FEATURES.
 */
#include <string.h>
#include <strings.h>

#include "json.h"
#include "reading.h"

static const char *text(struct draft *d, const json_t *o, const char *name)
{
	return json_text(&d->arena, o, name);
}

static void name(struct draft *d, const json_t *o)
{
	bool is_primary = strcasecmp(text(d, o, "NAME_TYPE"), "PRIMARY") == 0;
	enum name_kind kind = is_primary ? NAME_PRIMARY : NAME_ALIAS;
	draft_name(d, kind, text(d, o, "NAME_FULL"));
	draft_name(d, kind, text(d, o, "NAME_ORG"));
	draft_name_parts(
	    d, kind,
	    text_join(&d->arena, " ",
	              (const char *[]){text(d, o, "NAME_FIRST"), text(d, o, "NAME_MIDDLE")}, 2),
	    text(d, o, "NAME_LAST"));
}

static void address(struct draft *d, const json_t *o)
{
	draft_address(d,
	              (const char *[]){text(d, o, "ADDR_FULL"), text(d, o, "ADDR_LINE1"),
	                               text(d, o, "ADDR_LINE2"), text(d, o, "ADDR_CITY"),
	                               text(d, o, "ADDR_STATE"), text(d, o, "ADDR_POSTAL_CODE"),
	                               text(d, o, "ADDR_COUNTRY")},
	              7);
	draft_country(d, text(d, o, "ADDR_COUNTRY"));
}

static void identifiers(struct draft *d, const json_t *o)
{
	static const char *const members[][3] = {
	    {"PASSPORT_NUMBER", "passport", "PASSPORT_COUNTRY"},
	    {"NATIONAL_ID_NUMBER", "national id", "NATIONAL_ID_COUNTRY"},
	    {"SSN_NUMBER", "ssn", ""},
	    {"TAX_ID_NUMBER", "tax", "TAX_ID_COUNTRY"},
	    {"LEI_NUMBER", "lei", ""},
	    {"DRIVERS_LICENSE_NUMBER", "drivers license", ""},
	    {"DUNS_NUMBER", "d-u-n-s", ""},
	    {"IMO_NUMBER", "imo", ""},
	    {"MMSI_NUMBER", "mmsi", ""},
	    {"CALL_SIGN", "call sign", ""},
	};
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		draft_identifier(d, members[i][1], text(d, o, members[i][0]),
		                 text(d, o, members[i][2]));
	/* The publisher's own ids are no identifiers of the party. */
	const char *type = text(d, o, "OTHER_ID_TYPE");
	if (strcasecmp(type, "OPEN_SANCTIONS") != 0)
		draft_identifier(d, type, text(d, o, "OTHER_ID_NUMBER"),
		                 text(d, o, "OTHER_ID_COUNTRY"));
}

static void feature(struct draft *d, const json_t *o)
{
	static const char *const dates[] = {"DATE_OF_BIRTH", "REGISTRATION_DATE"};
	static const char *const countries[] = {"NATIONALITY", "CITIZENSHIP",
	                                        "COUNTRY_OF_ASSOCIATION", "REGISTRATION_COUNTRY"};
	if (!json_is_object(o))
		return;
	name(d, o);
	address(d, o);
	identifiers(d, o);
	for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
		draft_birth(d, text(d, o, dates[i]));
	for (size_t i = 0; i < sizeof countries / sizeof *countries; i++)
		draft_country(d, text(d, o, countries[i]));
	draft_note(d, "topic", text(d, o, "TOPIC"));
	draft_note(d, "birth-place", text(d, o, "PLACE_OF_BIRTH"));
}

static bool record(struct reading *r, const json_t *o)
{
	struct draft *d = &r->draft;
	enum entity_type type = ENTITY_ANY;
	draft_begin(d, json_string_value(json_object_get(o, "RECORD_ID")), ENTITY_ANY);
	const char *word = text(d, o, "RECORD_TYPE");
	if (entity_type_by_name(word, &type))
		d->type = type;
	feature(d, o);
	const char *member;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)o, member,
	                    value) for (size_t i = 0; i < json_array_size(value); i++)
	    feature(d, json_array_get(value, i));
	draft_note(d, "list", text(d, o, "DATA_SOURCE"));
	draft_note(d, "source", text(d, o, "URL"));
	return reading_give(r);
}

bool read_senzing(struct reading *r)
{
	struct json_source s;
	json_t *o;
	json_begin(&s, &r->files[0], r->e);
	bool ok;
	while ((ok = json_next_line(&s, &o)) && o != NULL) {
		r->line = s.line;
		ok = record(r, o);
		json_decref(o);
		if (!ok)
			break;
	}
	return ok;
}
