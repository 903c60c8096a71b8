/*
 * The EU's financial sanctions files (FSF 1.1): XML with an element a sanctioned entity, whose
 * facts are attributes; and CSV with semicolons, whose rows each hold one fact of an entity and
 * share its logical id.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "csv.h"
#include "reading.h"
#include "xml.h"

static enum entity_type type_of(const char *code)
{
	return strcasecmp(code, "P") == 0 || strcasecmp(code, "person") == 0 ? ENTITY_PERSON
	       : strcasecmp(code, "E") == 0 || strcasecmp(code, "enterprise") == 0
	           ? ENTITY_ORGANISATION
	           : ENTITY_ANY;
}

/* In parts where they make up the whole; as a whole otherwise. */
static void name(struct draft *d, const char *first, const char *middle, const char *last,
                 const char *whole, bool is_weak)
{
	enum name_kind kind = is_weak ? NAME_WEAK : NAME_ALIAS;
	const char *given = text_join(&d->arena, " ", (const char *[]){first, middle}, 2);
	const char *joined = text_join(&d->arena, " ", (const char *[]){given, last}, 2);
	const char *clean = text_clean(&d->arena, whole);
	if (*clean == 0 || strcmp(clean, joined) == 0)
		draft_name_parts(d, kind, given, last);
	else
		draft_name(d, kind, clean);
}

/* "00" is unknown */
static void country(struct draft *d, const char *code, const char *words)
{
	draft_country(d, country_code(code) != NULL ? code : words);
}

static void birth(struct draft *d, const char *date, const char *year, const char *from,
                  const char *to)
{
	if (*date != 0)
		draft_birth(d, date);
	else if (*year != 0)
		draft_birth(d, year);
	else if (*from != 0)
		draft_birth(d, text_join(&d->arena, " to ", (const char *[]){from, to}, 2));
}

/* --- XML ------------------------------------------------------------------------------------ */

static const char *at(const struct xml_node *n, const char *attribute)
{
	return xml_attribute(n, attribute);
}

static bool entry(struct reading *r, const struct xml_node *n)
{
	struct draft *d = &r->draft;
	const struct xml_node *subject = xml_child(n, "subjectType");
	const char *code = subject != NULL ? at(subject, "classificationCode") : "";
	if (*code == 0 && subject != NULL)
		code = at(subject, "code");
	draft_begin(d, at(n, "logicalId"), type_of(code));
	for (xml_each(x, n, "nameAlias")) {
		name(d, at(x, "firstName"), at(x, "middleName"), at(x, "lastName"),
		     at(x, "wholeName"), strcmp(at(x, "strong"), "false") == 0);
		draft_note(d, "position", at(x, "function"));
	}
	for (xml_each(x, n, "citizenship"))
		country(d, at(x, "countryIso2Code"), at(x, "countryDescription"));
	for (xml_each(x, n, "birthdate")) {
		birth(d, at(x, "birthdate"), at(x, "year"), at(x, "yearRangeFrom"),
		      at(x, "yearRangeTo"));
		draft_note(
		    d, "birth-place",
		    text_join(&d->arena, ", ",
		              (const char *[]){at(x, "city"), at(x, "place"), at(x, "region"),
		                               strcmp(at(x, "countryIso2Code"), "00") == 0
		                                   ? ""
		                                   : at(x, "countryDescription")},
		              4));
	}
	for (xml_each(x, n, "address")) {
		bool is_known = strcmp(at(x, "countryIso2Code"), "00") != 0;
		draft_address(d,
		              (const char *[]){at(x, "street"), at(x, "poBox"), at(x, "zipCode"),
		                               at(x, "city"), at(x, "place"), at(x, "region"),
		                               is_known ? at(x, "countryDescription") : ""},
		              7);
		country(d, at(x, "countryIso2Code"), is_known ? at(x, "countryDescription") : "");
	}
	for (xml_each(x, n, "identification")) {
		const char *what = at(x, "identificationTypeDescription");
		if (strcmp(identifier_kind(what), "other") == 0)
			what = at(x, "identificationTypeCode");
		if (strcmp(what, "id") == 0)
			what = "national id";
		draft_identifier(d, what, at(x, "number"), at(x, "countryIso2Code"));
	}
	for (xml_each(x, n, "regulation")) {
		draft_note(d, "programme", at(x, "programme"));
		draft_note(
		    d, "notice",
		    text_join(&d->arena, " ",
		              (const char *[]){at(x, "numberTitle"), xml_text(x, "publicationUrl")},
		              2));
	}
	for (xml_each(x, n, "remark"))
		draft_note(d, "remarks", x->text);
	draft_note(d, "reference", at(n, "euReferenceNumber"));
	draft_note(d, "reference", at(n, "unitedNationId"));
	draft_note(d, "listed-on", at(n, "designationDate"));
	draft_note(d, "reason", at(n, "designationDetails"));
	return reading_give(r);
}

static bool visit(void *context, const struct xml_node *n)
{
	struct reading *r = context;
	r->line = n->line;
	if (strcmp(n->name, "sanctionEntity") == 0)
		return entry(r, n);
	reading_published(r, at(n, "generationDate"), false);
	return true;
}

bool read_eu_xml(struct reading *r)
{
	return xml_read_file(&r->files[0], (const char *[]){"sanctionEntity", NULL}, visit, r,
	                     r->e);
}

/* --- CSV ------------------------------------------------------------------------------------ */

static void row(struct draft *d, const struct csv_table *t)
{
	name(d, csv_cell(t, "NameAlias_FirstName"), csv_cell(t, "NameAlias_MiddleName"),
	     csv_cell(t, "NameAlias_LastName"), csv_cell(t, "NameAlias_WholeName"), false);
	draft_note(d, "position", csv_cell(t, "NameAlias_Function"));
	country(d, csv_cell(t, "Citizenship_CountryIso2Code"),
	        csv_cell(t, "Citizenship_CountryDescription"));
	birth(d, csv_cell(t, "BirthDate_BirthDate"), csv_cell(t, "BirthDate_Year"),
	      csv_cell(t, "BirthDate_YearRangeFrom"), csv_cell(t, "BirthDate_YearRangeTo"));
	draft_address(d,
	              (const char *[]){csv_cell(t, "Address_Street"), csv_cell(t, "Address_PoBox"),
	                               csv_cell(t, "Address_ZipCode"), csv_cell(t, "Address_City"),
	                               csv_cell(t, "Address_Place"), csv_cell(t, "Address_Region"),
	                               strcmp(csv_cell(t, "Address_CountryIso2Code"), "00") == 0
	                                   ? ""
	                                   : csv_cell(t, "Address_CountryDescription")},
	              7);
	country(d, csv_cell(t, "Address_CountryIso2Code"),
	        csv_cell(t, "Address_CountryDescription"));
	const char *what = csv_cell(t, "Identification_TypeDescription");
	if (strcmp(identifier_kind(what), "other") == 0)
		what = csv_cell(t, "Identification_TypeCode");
	draft_identifier(d, strcmp(what, "id") == 0 ? "national id" : what,
	                 csv_cell(t, "Identification_Number"),
	                 csv_cell(t, "Identification_CountryIso2Code"));
	draft_note(d, "programme", csv_cell(t, "Entity_Regulation_Programme"));
	draft_note(d, "notice", csv_cell(t, "Entity_Regulation_NumberTitle"));
	draft_note(d, "remarks", csv_cell(t, "Entity_Remark"));
	draft_note(d, "reference", csv_cell(t, "Entity_EU_ReferenceNumber"));
	draft_note(d, "listed-on", csv_cell(t, "Entity_DesignationDate"));
}

static void begin(struct reading *r, const struct csv_table *t, const char *id)
{
	const char *code = csv_cell(t, "Entity_SubjectType_ClassificationCode");
	draft_begin(&r->draft, id, type_of(*code != 0 ? code : csv_cell(t, "Entity_SubjectType")));
	if (!r->facts->has_published)
		reading_published(r, csv_cell(t, "fileGenerationDate"), false);
}

bool read_eu_csv(struct reading *r)
{
	static const struct csv_group group = {
	    .separator = ';',
	    .id = "Entity_LogicalId",
	    .begin = begin,
	    .row = row,
	};
	return csv_read_groups(r, &group);
}
