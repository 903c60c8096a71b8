/* The UN Security Council's consolidated list (sc-sanctions.xsd). */
#include <string.h>
#include <strings.h>

#include "reading.h"
#include "xml.h"

static void aliases(struct draft *d, const struct xml_node *n, const char *element)
{
	for (xml_each(a, n, element)) {
		bool is_weak = strcasecmp(xml_text(a, "QUALITY"), "Low") == 0;
		draft_each(d, xml_text(a, "ALIAS_NAME"), ";", is_weak ? draft_weak : draft_alias);
		draft_birth(d, xml_text(a, "DATE_OF_BIRTH"));
	}
}

static void addresses(struct draft *d, const struct xml_node *n, const char *element)
{
	for (xml_each(a, n, element)) {
		draft_address(d,
		              (const char *[]){xml_text(a, "STREET"), xml_text(a, "CITY"),
		                               xml_text(a, "STATE_PROVINCE"),
		                               xml_text(a, "ZIP_CODE"), xml_text(a, "COUNTRY")},
		              5);
		draft_country(d, xml_text(a, "COUNTRY"));
	}
}

static void births(struct draft *d, const struct xml_node *n)
{
	for (xml_each(b, n, "INDIVIDUAL_DATE_OF_BIRTH")) {
		draft_birth(d, xml_text(b, "DATE"));
		draft_birth(d, xml_text(b, "YEAR"));
		if (*xml_text(b, "FROM_YEAR") != 0)
			draft_birth(d, text_join(&d->arena, " to ",
			                         (const char *[]){xml_text(b, "FROM_YEAR"),
			                                          xml_text(b, "TO_YEAR")},
			                         2));
	}
	for (xml_each(p, n, "INDIVIDUAL_PLACE_OF_BIRTH"))
		draft_note(
		    d, "birth-place",
		    text_join(&d->arena, ", ",
		              (const char *[]){xml_text(p, "CITY"), xml_text(p, "STATE_PROVINCE"),
		                               xml_text(p, "COUNTRY")},
		              3));
}

static void documents(struct draft *d, const struct xml_node *n)
{
	for (xml_each(doc, n, "INDIVIDUAL_DOCUMENT")) {
		const char *type = xml_text(doc, "TYPE_OF_DOCUMENT"),
		           *country = xml_text(doc, "ISSUING_COUNTRY");
		if (strncasecmp(type, "Num", 3) == 0 || strstr(type, "passe") != NULL ||
		    strstr(type, "pasa") != NULL)
			type = "passport"; /* in French and Spanish */
		draft_identifier(d, type, xml_text(doc, "NUMBER"),
		                 *country != 0 ? country : xml_text(doc, "COUNTRY_OF_ISSUE"));
	}
}

static void values(struct draft *d, const struct xml_node *n, const char *element,
                   const char *label)
{
	for (xml_each(v, xml_child(n, element), "VALUE"))
		draft_note(d, label, v->text);
}

static bool entry(struct reading *r, const struct xml_node *n, bool is_person)
{
	struct draft *d = &r->draft;
	draft_begin(d, xml_text(n, "DATAID"), is_person ? ENTITY_PERSON : ENTITY_ORGANISATION);
	draft_name(
	    d, NAME_PRIMARY,
	    text_join(&d->arena, " ",
	              (const char *[]){xml_text(n, "FIRST_NAME"), xml_text(n, "SECOND_NAME"),
	                               xml_text(n, "THIRD_NAME"), xml_text(n, "FOURTH_NAME")},
	              4));
	draft_name(d, NAME_ALIAS, xml_text(n, "NAME_ORIGINAL_SCRIPT"));
	aliases(d, n, is_person ? "INDIVIDUAL_ALIAS" : "ENTITY_ALIAS");
	addresses(d, n, is_person ? "INDIVIDUAL_ADDRESS" : "ENTITY_ADDRESS");
	births(d, n);
	documents(d, n);
	for (xml_each(v, xml_child(n, "NATIONALITY"), "VALUE"))
		draft_country(d, v->text);
	draft_note(d, "programme", xml_text(n, "UN_LIST_TYPE"));
	draft_note(d, "reference", xml_text(n, "REFERENCE_NUMBER"));
	draft_note(d, "listed-on", xml_text(n, "LISTED_ON"));
	values(d, n, "TITLE", "title");
	values(d, n, "DESIGNATION", "position");
	draft_note(d, "remarks", xml_text(n, "COMMENTS1"));
	return reading_give(r);
}

static bool visit(void *context, const struct xml_node *n)
{
	struct reading *r = context;
	r->line = n->line;
	if (strcmp(n->name, "INDIVIDUAL") == 0)
		return entry(r, n, true);
	if (strcmp(n->name, "ENTITY") == 0)
		return entry(r, n, false);
	reading_published(r, xml_attribute(n, "dateGenerated"), false);
	return true;
}

bool read_un_xml(struct reading *r)
{
	return xml_read_file(&r->files[0], (const char *[]){"INDIVIDUAL", "ENTITY", NULL}, visit, r,
	                     r->e);
}
