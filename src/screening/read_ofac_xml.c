/*
 * OFAC's XML (sdnList): an sdnEntry each, with lists of programmes, ids, aliases, addresses,
 * nationalities, dates of birth and vessel details. Schema: sdn.xsd of OFAC.
 */
#include <string.h>
#include <strings.h>

#include "reading.h"
#include "xml.h"

static enum entity_type type_of(const char *text)
{
	return strcasecmp(text, "Individual") == 0 ? ENTITY_PERSON
	       : strcasecmp(text, "Vessel") == 0   ? ENTITY_VESSEL
	       : strcasecmp(text, "Aircraft") == 0 ? ENTITY_AIRCRAFT
	                                           : ENTITY_ORGANISATION;
}

static void identifiers(struct draft *d, const struct xml_node *entry)
{
	for (xml_each(id, xml_child(entry, "idList"), "id")) {
		const char *type = xml_text(id, "idType"), *number = xml_text(id, "idNumber");
		if (strcmp(identifier_kind(type), "other") != 0 || *xml_text(id, "idCountry") != 0)
			draft_identifier(d, type, number, xml_text(id, "idCountry"));
		else /* gender, directives, sanctions risk: what the list says */
			draft_note(d, "remarks",
			           text_join(&d->arena, " ", (const char *[]){type, number}, 2));
	}
}

static void addresses(struct draft *d, const struct xml_node *entry)
{
	for (xml_each(a, xml_child(entry, "addressList"), "address")) {
		draft_address(d,
		              (const char *[]){xml_text(a, "address1"), xml_text(a, "address2"),
		                               xml_text(a, "address3"), xml_text(a, "city"),
		                               xml_text(a, "stateOrProvince"),
		                               xml_text(a, "postalCode"), xml_text(a, "country")},
		              7);
		draft_country(d, xml_text(a, "country"));
	}
}

static void vessel(struct draft *d, const struct xml_node *v)
{
	draft_identifier(d, "call sign", xml_text(v, "callSign"), NULL);
	draft_country(d, xml_text(v, "vesselFlag"));
	draft_note(d, "vessel-type", xml_text(v, "vesselType"));
	draft_note(d, "owner", xml_text(v, "vesselOwner"));
}

static bool entry(struct reading *r, const struct xml_node *n)
{
	struct draft *d = &r->draft;
	draft_begin(d, xml_text(n, "uid"), type_of(xml_text(n, "sdnType")));
	draft_name_parts(d, NAME_PRIMARY, xml_text(n, "firstName"), xml_text(n, "lastName"));
	for (xml_each(aka, xml_child(n, "akaList"), "aka"))
		draft_name_parts(
		    d, strcasecmp(xml_text(aka, "category"), "weak") == 0 ? NAME_WEAK : NAME_ALIAS,
		    xml_text(aka, "firstName"), xml_text(aka, "lastName"));
	for (xml_each(p, xml_child(n, "programList"), "program"))
		draft_note(d, "programme", p->text);
	draft_note(d, "title", xml_text(n, "title"));
	draft_note(d, "remarks", xml_text(n, "remarks"));
	for (xml_each(b, xml_child(n, "dateOfBirthList"), "dateOfBirthItem"))
		draft_birth(d, xml_text(b, "dateOfBirth"));
	for (xml_each(b, xml_child(n, "placeOfBirthList"), "placeOfBirthItem"))
		draft_note(d, "birth-place", xml_text(b, "placeOfBirth"));
	for (xml_each(c, xml_child(n, "nationalityList"), "nationality"))
		draft_country(d, xml_text(c, "country"));
	for (xml_each(c, xml_child(n, "citizenshipList"), "citizenship"))
		draft_country(d, xml_text(c, "country"));
	identifiers(d, n);
	addresses(d, n);
	vessel(d, xml_child(n, "vesselInfo"));
	return reading_give(r);
}

static bool visit(void *context, const struct xml_node *n)
{
	struct reading *r = context;
	r->line = n->line;
	if (strcmp(n->name, "sdnEntry") == 0)
		return entry(r, n);
	if (strcmp(n->name, "publshInformation") == 0) {
		reading_published(r, xml_text(n, "Publish_Date"), true);
		reading_declared(r, xml_text(n, "Record_Count"));
	}
	return true;
}

bool read_ofac_xml(struct reading *r)
{
	return xml_read_file(&r->files[0], (const char *[]){"publshInformation", "sdnEntry", NULL},
	                     visit, r, r->e);
}
