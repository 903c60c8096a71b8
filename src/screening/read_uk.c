/*
 * The UK sanctions list (CSV, XML; the ODS is in uk_ods.c) and the consolidated list of asset
 * freeze targets that it replaced (ConList, CSV). In the tables a row holds one name, address or
 * date of an entity, and the rows of an id belong together. Names have up to five given parts and
 * "Name 6", the family name or the whole of an entity's.
 */
#include <string.h>
#include <strings.h>

#include "reading.h"
#include "xml.h"

static enum entity_type type_of(const char *text)
{
	enum entity_type type;
	return entity_type_by_name(text, &type) ? type : ENTITY_ANY;
}

static enum name_kind kind_of(const char *type, const char *strength)
{
	if (strcasestr(strength, "low") != NULL)
		return NAME_WEAK;
	return strcasecmp(type, "Primary name") == 0 ? NAME_PRIMARY : NAME_ALIAS;
}

static void name(struct draft *d, enum name_kind kind, const char *const given[5],
                 const char *family)
{
	const char *joined = text_join(&d->arena, " ", given, 5);
	if (d->type == ENTITY_PERSON)
		draft_name_parts(d, kind, joined, family);
	else
		draft_name(d, kind, text_join(&d->arena, " ", (const char *[]){joined, family}, 2));
}

static void provision(struct draft *d, const char *text)
{
	draft_note(d, "measures", text);
}

/* "(1) Syria. (2) Lebanon": numbered, or one alone. */
static void countries(struct draft *d, const char *text)
{
	if (*text != '(') {
		draft_country(d, text);
		return;
	}
	for (const char *at = text; (at = strchr(at, ')')) != NULL;) {
		at++;
		size_t len = strcspn(at, "(");
		char *one = arena_copy(&d->arena, at, len);
		for (size_t n = strlen(one); n > 0 && (one[n - 1] == ' ' || one[n - 1] == '.'); n--)
			one[n - 1] = 0;
		draft_country(d, one);
	}
}

static void numbers(struct draft *d, const char *what, const char *text)
{
	if (*text != '(') {
		draft_identifier(d, what, text, NULL);
		return;
	}
	for (const char *at = text; (at = strchr(at, ')')) != NULL;) {
		at++;
		size_t len = strcspn(at, "(");
		char *one = arena_copy(&d->arena, at, len);
		for (size_t n = strlen(one); n > 0 && (one[n - 1] == ' ' || one[n - 1] == '.'); n--)
			one[n - 1] = 0;
		draft_identifier(d, what, one, NULL);
	}
}

/* The value after the comma or colon of a first line: "Report Date: 13-Feb-2026" */
static bool first_line(struct reading *r, const char *head)
{
	char line[256];
	rewind(r->files[0].at);
	if (fgets(line, sizeof line, r->files[0].at) == NULL)
		return false;
	char *at = strcasestr(line, head);
	if (at == NULL)
		return false;
	reading_published(r, at + strlen(head) + strspn(at + strlen(head), " :,\""), false);
	return true;
}

/* --- The UK sanctions list, CSV ------------------------------------------------------------- */

static void begin(struct reading *r, const struct csv_table *t, const char *id)
{
	draft_begin(&r->draft, id, type_of(csv_cell(t, "Designation Type")));
}

static void notes(struct draft *d, const struct csv_table *t)
{
	static const char *const columns[][2] = {
	    {"Regime Name", "programme"},
	    {"UK Statement of Reasons", "reason"},
	    {"Other Information", "remarks"},
	    {"Title", "title"},
	    {"Position", "position"},
	    {"Date Designated", "listed-on"},
	    {"UN Reference Number", "reference"},
	    {"Designation source", "source"},
	    {"Type of entity", "type"},
	    {"Type of ship", "vessel-type"},
	    {"Current owner/operator (s)", "owner"},
	    {"Parent company", "owner"},
	    {"Town of birth", "birth-place"},
	};
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		draft_note(d, columns[i][1], csv_cell(t, columns[i][0]));
	draft_each(d, csv_cell(t, "Sanctions Imposed"), "|", provision);
}

static void row(struct draft *d, const struct csv_table *t)
{
	name(d, kind_of(csv_cell(t, "Name type"), csv_cell(t, "Alias strength")),
	     (const char *[]){csv_cell(t, "Name 1"), csv_cell(t, "Name 2"), csv_cell(t, "Name 3"),
	                      csv_cell(t, "Name 4"), csv_cell(t, "Name 5")},
	     csv_cell(t, "Name 6"));
	draft_name(d, NAME_ALIAS, csv_cell(t, "Name non-latin script"));
	draft_address(d,
	              (const char *[]){csv_cell(t, "Address Line 1"), csv_cell(t, "Address Line 2"),
	                               csv_cell(t, "Address Line 3"), csv_cell(t, "Address Line 4"),
	                               csv_cell(t, "Address Line 5"), csv_cell(t, "Address Line 6"),
	                               csv_cell(t, "Address Postal Code"),
	                               csv_cell(t, "Address Country")},
	              8);
	draft_country(d, csv_cell(t, "Address Country"));
	countries(d, csv_cell(t, "Nationality(/ies)"));
	draft_country(d, csv_cell(t, "Current believed flag of ship"));
	draft_birth(d, csv_cell(t, "D.O.B"));
	draft_birth(d, csv_cell(t, "Year Built"));
	numbers(d, "passport", csv_cell(t, "Passport number"));
	numbers(d, "national id", csv_cell(t, "National Identifier number"));
	numbers(d, "registration", csv_cell(t, "Business registration number (s)"));
	numbers(d, "imo", csv_cell(t, "IMO number"));
	numbers(d, "hull", csv_cell(t, "Hull identification number (HIN)"));
	notes(d, t);
}

bool read_uk_csv(struct reading *r)
{
	struct csv_group group = {
	    .separator = ',',
	    .id = "Unique ID",
	    .begin = begin,
	    .row = row,
	    .preamble = first_line(r, "Report Date"),
	};
	return csv_read_groups(r, &group);
}

/* --- ConList -------------------------------------------------------------------------------- */

static void conlist_begin(struct reading *r, const struct csv_table *t, const char *id)
{
	draft_begin(&r->draft, id, type_of(csv_cell(t, "Group Type")));
}

static void conlist_row(struct draft *d, const struct csv_table *t)
{
	static const char *const columns[][2] = {
	    {"Regime", "programme"},
	    {"Other Information", "remarks"},
	    {"Title", "title"},
	    {"Position", "position"},
	    {"Listed On", "listed-on"},
	    {"Town of Birth", "birth-place"},
	    {"Country of Birth", "birth-place"},
	};
	name(d, kind_of(csv_cell(t, "Alias Type"), csv_cell(t, "Alias Quality")),
	     (const char *[]){csv_cell(t, "Name 1"), csv_cell(t, "Name 2"), csv_cell(t, "Name 3"),
	                      csv_cell(t, "Name 4"), csv_cell(t, "Name 5")},
	     csv_cell(t, "Name 6"));
	draft_name(d, NAME_ALIAS, csv_cell(t, "Name Non-Latin Script"));
	draft_address(d,
	              (const char *[]){csv_cell(t, "Address 1"), csv_cell(t, "Address 2"),
	                               csv_cell(t, "Address 3"), csv_cell(t, "Address 4"),
	                               csv_cell(t, "Address 5"), csv_cell(t, "Address 6"),
	                               csv_cell(t, "Post/Zip Code"), csv_cell(t, "Country")},
	              8);
	countries(d, csv_cell(t, "Country"));
	countries(d, csv_cell(t, "Nationality"));
	draft_birth(d, csv_cell(t, "DOB"));
	numbers(d, "passport", csv_cell(t, "Passport Number"));
	numbers(d, "national id", csv_cell(t, "National Identification Number"));
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		draft_note(d, columns[i][1], csv_cell(t, columns[i][0]));
}

bool read_conlist(struct reading *r)
{
	struct csv_group group = {
	    .separator = ',',
	    .id = "Group ID",
	    .begin = conlist_begin,
	    .row = conlist_row,
	    .preamble = first_line(r, "Last Updated,"),
	};
	return csv_read_groups(r, &group);
}

/* --- The UK sanctions list, XML ------------------------------------------------------------- */

static void xml_names(struct draft *d, const struct xml_node *n)
{
	for (xml_each(x, xml_child(n, "Names"), "Name"))
		name(d, kind_of(xml_text(x, "NameType"), xml_text(x, "AliasStrength")),
		     (const char *[]){xml_text(x, "Name1"), xml_text(x, "Name2"),
		                      xml_text(x, "Name3"), xml_text(x, "Name4"),
		                      xml_text(x, "Name5")},
		     xml_text(x, "Name6"));
	for (xml_all(x, n, "NameNonLatinScript"))
		draft_name(d, NAME_ALIAS, x->text);
}

static void xml_addresses(struct draft *d, const struct xml_node *n)
{
	for (xml_each(x, xml_child(n, "Addresses"), "Address")) {
		draft_address(d,
		              (const char *[]){
		                  xml_text(x, "AddressLine1"), xml_text(x, "AddressLine2"),
		                  xml_text(x, "AddressLine3"), xml_text(x, "AddressLine4"),
		                  xml_text(x, "AddressLine5"), xml_text(x, "AddressLine6"),
		                  xml_text(x, "AddressPostalCode"), xml_text(x, "AddressCountry")},
		              8);
		draft_country(d, xml_text(x, "AddressCountry"));
	}
}

static void xml_identifiers(struct draft *d, const struct xml_node *n)
{
	static const char *const elements[][2] = {
	    {"PassportNumber", "passport"},
	    {"NationalIdentifierNumber", "national id"},
	    {"BusinessRegistrationNumber", "registration"},
	    {"IMONumber", "imo"},
	    {"HullIdentificationNumber", "hull"},
	};
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		for (xml_all(x, n, elements[i][0]))
			draft_identifier(d, elements[i][1], x->text, NULL);
}

static void xml_notes(struct draft *d, const struct xml_node *n)
{
	static const char *const elements[][2] = {
	    {"RegimeName", "programme"},        {"UKStatementofReasons", "reason"},
	    {"OtherInformation", "remarks"},    {"Title", "title"},
	    {"Position", "position"},           {"DateDesignated", "listed-on"},
	    {"UNReferenceNumber", "reference"}, {"DesignationSource", "source"},
	    {"TypeOfEntity", "type"},           {"TypeOfShip", "vessel-type"},
	    {"CurrentOwnerOperator", "owner"},  {"ParentCompany", "owner"},
	    {"TownOfBirth", "birth-place"},     {"CountryOfBirth", "birth-place"},
	};
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		for (xml_all(x, n, elements[i][0]))
			draft_note(d, elements[i][1], x->text);
	draft_each(d, xml_text(n, "SanctionsImposed"), "|", provision);
}

static bool designation(struct reading *r, const struct xml_node *n)
{
	struct draft *d = &r->draft;
	draft_begin(d, xml_text(n, "UniqueID"), type_of(xml_text(n, "IndividualEntityShip")));
	xml_names(d, n);
	xml_addresses(d, n);
	for (xml_all(x, n, "DOB"))
		draft_birth(d, x->text);
	for (xml_all(x, n, "YearBuilt"))
		draft_birth(d, x->text);
	for (xml_all(x, n, "Nationality"))
		countries(d, x->text);
	for (xml_all(x, n, "CurrentBelievedFlagOfShip"))
		draft_country(d, x->text);
	xml_identifiers(d, n);
	xml_notes(d, n);
	return reading_give(r);
}

static bool visit(void *context, const struct xml_node *n)
{
	struct reading *r = context;
	r->line = n->line;
	if (strcmp(n->name, "Designation") == 0)
		return designation(r, n);
	if (strcmp(n->name, "DateGenerated") == 0)
		reading_published(r, n->text, false);
	return true;
}

bool read_uk_xml(struct reading *r)
{
	return xml_read_file(&r->files[0], (const char *[]){"Designation", "DateGenerated", NULL},
	                     visit, r, r->e);
}
