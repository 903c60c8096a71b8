/* Canada: the consolidated list of autonomous sanctions. It has no ids: the place tells. */
#include <string.h>

#include "reading.h"
#include "xml.h"

static void birth_or_build(struct draft *d, const struct xml_node *n)
{
	draft_birth(d, xml_text(n, "DateOfBirthOrShipBuildDate"));
	draft_birth(d, xml_text(n, "DateOfBirth"));
}

static bool entry(struct reading *r, const struct xml_node *n)
{
	struct draft *d = &r->draft;
	const char *entity = xml_text(n, "EntityOrShip"), *imo = xml_text(n, "ShipIMONumber");
	const char *country = xml_text(n, "Country"), *label = "title";
	if (*entity == 0)
		entity = xml_text(n, "Entity");
	draft_begin(d, "",
	            *imo != 0      ? ENTITY_VESSEL
	            : *entity != 0 ? ENTITY_ORGANISATION
	                           : ENTITY_PERSON);
	d->id = reading_derive_id(r,
	                          (const char *[]){country, xml_text(n, "Schedule"),
	                                           xml_text(n, "Item"), xml_text(n, "LastName"),
	                                           xml_text(n, "GivenName"), entity},
	                          6);
	if (*entity != 0)
		draft_name(d, NAME_PRIMARY, entity);
	else
		draft_name_parts(d, NAME_PRIMARY, xml_text(n, "GivenName"),
		                 xml_text(n, "LastName"));
	for (xml_each(a, n, "Aliases"))
		draft_each(d, a->text, ";", draft_alias);
	birth_or_build(d, n);
	draft_identifier(d, "imo", imo, NULL);
	draft_country(d, country);
	if (*imo != 0)
		label = "vessel-type";
	draft_note(d, label, xml_text(n, "TitleOrShip"));
	draft_note(d, "programme", country);
	draft_note(d, "schedule", xml_text(n, "Schedule"));
	draft_note(d, "item", xml_text(n, "Item"));
	draft_note(d, "listed-on", xml_text(n, "DateOfListing"));
	return reading_give(r);
}

static bool visit(void *context, const struct xml_node *n)
{
	struct reading *r = context;
	r->line = n->line;
	return strcmp(n->name, "record") != 0 || entry(r, n);
}

bool read_sema(struct reading *r)
{
	return xml_read_file(&r->files[0], (const char *[]){"record", NULL}, visit, r, r->e);
}
