/*
 * OFAC's advanced XML (SanctionsData): sets of reference values by number, locations, identity
 * documents, distinct parties, and the sanctions entries that say by which programme a profile
 * is listed. Everything a party refers to is read in a first pass, the parties in a second.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pairs.h"
#include "reading.h"
#include "xml.h"

struct advanced {
	struct reading *r;
	struct pairs values;    /* "FeatureType/8": its words, and the number it refers on to */
	struct pairs locations; /* number: address, country */
	struct pairs documents; /* identity: type, number, country */
	struct pairs entries;   /* profile: what, text */
};

static const char *reference(const struct advanced *a, struct arena *arena, const char *set,
                             const char *id)
{
	return *id == 0 ? "" : pairs_value(&a->values, arena_printf(arena, "%s/%s", set, id));
}

/* --- First pass ----------------------------------------------------------------------------- */

/* <FeatureTypeValues><FeatureType ID="8">Birthdate</FeatureType>...: all of all sets */
static bool reference_sets(struct advanced *a, const struct xml_node *sets)
{
	owned_arena arena = {0};
	for (const struct xml_node *set = sets->child; set != NULL; set = set->next) {
		for (const struct xml_node *v = set->child; v != NULL; v = v->next) {
			const char *iso = xml_attribute(v, "ISO2");
			const char *onward = xml_attribute(v, "PartyTypeID");
			if (!pairs_add(
			        &a->values,
			        arena_printf(&arena, "%s/%s", v->name, xml_attribute(v, "ID")),
			        (const char *[PAIR_VALUES]){
			            *iso != 0 ? iso : text_clean(&arena, v->text), onward},
			        a->r->e))
				return false;
		}
	}
	return true;
}

static bool location(struct advanced *a, const struct xml_node *n)
{
	enum { PARTS = 32 };
	owned_arena arena = {0};
	const char *parts[PARTS];
	size_t count = 0;
	const struct xml_node *c = xml_child(n, "LocationCountry"),
	                      *area = xml_child(n, "LocationAreaCode");
	for (xml_each(part, n, "LocationPart"))
		for (xml_each(v, part, "LocationPartValue"))
			if (count < PARTS && strcmp(xml_attribute(v, "Primary"), "false") != 0)
				parts[count++] = xml_text(v, "Value");
	const char *country =
	    c != NULL ? reference(a, &arena, "Country", xml_attribute(c, "CountryID")) : "";
	if (*country == 0 && area != NULL)
		country = reference(a, &arena, "AreaCode", xml_attribute(area, "AreaCodeID"));
	if (*country == 0 && count > 0)
		country = parts[count - 1]; /* a country alone is the location's one part */
	return pairs_add(
	    &a->locations, xml_attribute(n, "ID"),
	    (const char *[PAIR_VALUES]){text_join(&arena, ", ", parts, count), country}, a->r->e);
}

static bool document(struct advanced *a, const struct xml_node *n)
{
	owned_arena arena = {0};
	const struct xml_node *by = xml_child(n, "IssuedBy");
	const char *country = xml_attribute(n, "IssuedBy-CountryID");
	if (*country == 0 && by != NULL)
		country = xml_attribute(by, "CountryID");
	return pairs_add(&a->documents, xml_attribute(n, "IdentityID"),
	                 (const char *[PAIR_VALUES]){reference(a, &arena, "IDRegDocType",
	                                                       xml_attribute(n, "IDRegDocTypeID")),
	                                             xml_text(n, "IDRegistrationNo"),
	                                             reference(a, &arena, "Country", country)},
	                 a->r->e);
}

static bool sanctions_entry(struct advanced *a, const struct xml_node *n)
{
	owned_arena arena = {0};
	const char *profile = xml_attribute(n, "ProfileID");
	const char *list = reference(a, &arena, "List", xml_attribute(n, "ListID"));
	if (!pairs_add(&a->entries, profile, (const char *[PAIR_VALUES]){"list", list}, a->r->e))
		return false;
	for (xml_each(m, n, "SanctionsMeasure"))
		if (!pairs_add(&a->entries, profile,
		               (const char *[PAIR_VALUES]){"programme", xml_text(m, "Comment")},
		               a->r->e))
			return false;
	return true;
}

static bool visit_first(void *context, const struct xml_node *n)
{
	struct advanced *a = context;
	a->r->line = n->line;
	if (strcmp(n->name, "ReferenceValueSets") == 0) {
		bool ok = reference_sets(a, n);
		pairs_sort(&a->values); /* the rest refers to them */
		return ok;
	}
	if (strcmp(n->name, "Location") == 0)
		return location(a, n);
	if (strcmp(n->name, "IDRegDocument") == 0)
		return document(a, n);
	if (strcmp(n->name, "SanctionsEntry") == 0)
		return sanctions_entry(a, n);
	if (strcmp(n->name, "DateOfIssue") == 0) {
		int year = xml_number(xml_text(n, "Year")),
		    month = xml_number(xml_text(n, "Month")), day = xml_number(xml_text(n, "Day"));
		char date[32];
		if (year > 0 && year < 10000 && month > 0 && month < 13 && day > 0 && day < 32) {
			snprintf(date, sizeof date, "%04d-%02d-%02d", year, month, day);
			reading_published(a->r, date, false);
		}
	}
	return true;
}

/* --- Parties -------------------------------------------------------------------------------- */

static enum entity_type type_of(const struct advanced *a, struct arena *arena,
                                const struct xml_node *profile)
{
	size_t count;
	const char *id = xml_attribute(profile, "PartySubTypeID");
	const struct pair *sub =
	    pairs_find(&a->values, arena_printf(arena, "PartySubType/%s", id), &count);
	if (count == 0)
		return ENTITY_ANY;
	const char *of = reference(a, arena, "PartyType", sub->values[1]);
	return strcasecmp(sub->values[0], "Vessel") == 0     ? ENTITY_VESSEL
	       : strcasecmp(sub->values[0], "Aircraft") == 0 ? ENTITY_AIRCRAFT
	       : strcasecmp(of, "Individual") == 0           ? ENTITY_PERSON
	       : strcasecmp(of, "Entity") == 0               ? ENTITY_ORGANISATION
	                                                     : ENTITY_ANY;
}

/* "Last Name", "First Name", ... of a part: by its group, in the groups of the identity. */
static const char *part_type(const struct advanced *a, struct arena *arena,
                             const struct xml_node *identity, const char *group)
{
	for (xml_all(g, identity, "NamePartGroup"))
		if (strcmp(xml_attribute(g, "ID"), group) == 0)
			return reference(a, arena, "NamePartType",
			                 xml_attribute(g, "NamePartTypeID"));
	return "";
}

static void documented_name(struct advanced *a, const struct xml_node *identity,
                            const struct xml_node *n, enum name_kind kind)
{
	enum { PARTS = 24 };
	struct draft *d = &a->r->draft;
	const char *given[PARTS], *family[PARTS], *all[PARTS];
	size_t givens = 0, families = 0, count = 0;
	bool is_in_parts = d->type == ENTITY_PERSON;
	for (xml_all(v, n, "NamePartValue")) {
		if (count == PARTS)
			break;
		const char *type =
		    part_type(a, &d->arena, identity, xml_attribute(v, "NamePartGroupID"));
		all[count++] = v->text;
		if (strcasecmp(type, "Last Name") == 0 || strcasecmp(type, "Maiden Name") == 0)
			family[families++] = v->text;
		else if (*type != 0 && strcasecmp(type, "Nickname") != 0)
			given[givens++] = v->text;
		else
			is_in_parts = false;
	}
	if (is_in_parts && families > 0 && givens > 0)
		draft_name_parts(d, kind, text_join(&d->arena, " ", given, givens),
		                 text_join(&d->arena, " ", family, families));
	else
		draft_name(d, kind, text_join(&d->arena, " ", all, count));
}

static void identity(struct advanced *a, const struct xml_node *n)
{
	struct draft *d = &a->r->draft;
	size_t count;
	for (xml_each(alias, n, "Alias")) {
		bool is_primary = strcmp(xml_attribute(alias, "Primary"), "true") == 0;
		bool is_weak = strcmp(xml_attribute(alias, "LowQuality"), "true") == 0;
		for (xml_each(name, alias, "DocumentedName")) {
			documented_name(a, n, name,
			                is_weak      ? NAME_WEAK
			                : is_primary ? NAME_PRIMARY
			                             : NAME_ALIAS);
			is_primary = false; /* its further forms are in other scripts */
		}
	}
	const struct pair *docs = pairs_find(&a->documents, xml_attribute(n, "ID"), &count);
	for (size_t i = 0; i < count; i++)
		draft_identifier(d, docs[i].values[0], docs[i].values[1], docs[i].values[2]);
}

static const char *date_text(struct arena *arena, const struct xml_node *n)
{
	int year = xml_number(xml_text(n, "Year")), month = xml_number(xml_text(n, "Month")),
	    day = xml_number(xml_text(n, "Day"));
	if (month < 1 || month > 12)
		return arena_printf(arena, "%04d", year);
	if (day < 1 || day > 31)
		return arena_printf(arena, "%04d-%02d", year, month);
	return arena_printf(arena, "%04d-%02d-%02d", year, month, day);
}

/* One day; a year given as its first and last day; or a span of years. */
static void birth(struct draft *d, const struct xml_node *period)
{
	const struct xml_node *from = xml_child(xml_child(period, "Start"), "From");
	const struct xml_node *to = xml_child(xml_child(period, "End"), "To");
	if (from == NULL)
		return;
	const char *first = date_text(&d->arena, from);
	const char *last = to != NULL ? date_text(&d->arena, to) : first;
	if (strcmp(first, last) == 0)
		draft_birth(d, first);
	else if (strncmp(first, last, 4) == 0)
		draft_birth(d, arena_copy(&d->arena, first, 4));
	else
		draft_birth(d, arena_printf(&d->arena, "%.4s to %.4s", first, last));
}

/* What a feature says in words: a text of its own, or one of the reference values. */
static const char *detail(struct advanced *a, const struct xml_node *version)
{
	const struct xml_node *n = xml_child(version, "VersionDetail");
	if (n == NULL)
		return "";
	const char *text = text_clean(&a->r->draft.arena, n->text);
	return *text != 0 ? text
	                  : reference(a, &a->r->draft.arena, "DetailReference",
	                              xml_attribute(n, "DetailReferenceID"));
}

static void place(struct advanced *a, const char *type, const struct xml_node *version)
{
	struct draft *d = &a->r->draft;
	const struct xml_node *at = xml_child(version, "VersionLocation");
	size_t count = 0;
	const struct pair *found =
	    at == NULL ? NULL : pairs_find(&a->locations, xml_attribute(at, "LocationID"), &count);
	if (count == 0)
		return;
	if (strcasecmp(type, "Place of Birth") == 0) {
		draft_note(d, "birth-place", found->values[0]);
		return;
	}
	if (strcasecmp(type, "Location") == 0)
		draft_address(d, (const char *[]){found->values[0]}, 1);
	draft_country(d, found->values[1]);
}

static void feature(struct advanced *a, const struct xml_node *n)
{
	struct draft *d = &a->r->draft;
	const char *type =
	    reference(a, &d->arena, "FeatureType", xml_attribute(n, "FeatureTypeID"));
	for (xml_each(v, n, "FeatureVersion")) {
		const char *text = detail(a, v);
		if (strcasecmp(type, "Birthdate") == 0)
			birth(d, xml_child(v, "DatePeriod"));
		else if (strcasecmp(type, "Place of Birth") == 0)
			draft_note(d, "birth-place", text);
		else if (strcmp(identifier_kind(type), "other") != 0)
			draft_identifier(d, type, text, NULL);
		else if (strcasestr(type, "Vessel Type") != NULL)
			draft_note(d, "vessel-type", text);
		else if (strcasecmp(type, "Title") == 0)
			draft_note(d, "title", text);
		else if (*text != 0)
			draft_note(d, "remarks",
			           text_join(&d->arena, " ", (const char *[]){type, text}, 2));
		place(a, type, v);
	}
}

static bool visit_party(void *context, const struct xml_node *n)
{
	struct advanced *a = context;
	struct reading *r = a->r;
	struct draft *d = &r->draft;
	const struct xml_node *profile = xml_child(n, "Profile");
	r->line = n->line;
	if (strcmp(n->name, "DistinctParty") != 0)
		return true;
	if (profile == NULL)
		return reading_fail(r, "Profile", "party %s has none",
		                    xml_attribute(n, "FixedRef"));
	draft_begin(d, xml_attribute(n, "FixedRef"), ENTITY_ANY);
	d->type = type_of(a, &d->arena, profile);
	for (xml_all(x, n, "Identity"))
		identity(a, x);
	for (xml_all(x, n, "Feature"))
		feature(a, x);
	size_t count;
	const struct pair *entries = pairs_find(&a->entries, xml_attribute(profile, "ID"), &count);
	for (size_t i = 0; i < count; i++)
		draft_note(d, entries[i].values[0], entries[i].values[1]);
	return reading_give(r);
}

bool read_ofac_advanced(struct reading *r)
{
	struct advanced a = {.r = r};
	static const char *const first[] = {"DateOfIssue",   "ReferenceValueSets", "Location",
	                                    "IDRegDocument", "SanctionsEntry",     NULL};
	bool ok = xml_read_file(&r->files[0], first, visit_first, &a, r->e);
	pairs_sort(&a.locations);
	pairs_sort(&a.documents);
	pairs_sort(&a.entries);
	ok = ok && xml_read_file(&r->files[0], (const char *[]){"DistinctParty", NULL}, visit_party,
	                         &a, r->e);
	struct pairs *all[] = {&a.values, &a.locations, &a.documents, &a.entries};
	for (size_t i = 0; i < 4; i++)
		pairs_free(all[i]);
	return ok;
}
