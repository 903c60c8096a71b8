/*
 * Switzerland's SECO (swiss-sanctions-list): programmes and places first, then targets. A target
 * that was taken off the list stays in the file with its history; its latest modification, the
 * first one given, says "de-listed". The `added` and `removed` of modifications repeat parts of
 * targets and are not read. Names come in parts, each with spellings in other scripts.
 */
#include <stdlib.h>
#include <string.h>

#include "pairs.h"
#include "reading.h"
#include "xml.h"

struct seco {
	struct reading *r;
	struct pairs programmes, places; /* by the id of the sanctions set; of the place */
};

static bool programme(struct seco *s, const struct xml_node *n)
{
	const char *name = "";
	for (xml_each(p, n, "program-name"))
		if (*name == 0 || strcmp(xml_attribute(p, "lang"), "eng") == 0)
			name = p->text;
	for (xml_each(set, n, "sanctions-set"))
		if (!pairs_add(&s->programmes, xml_attribute(set, "ssid"),
		               (const char *[PAIR_VALUES]){name}, s->r->e))
			return false;
	return true;
}

static bool place(struct seco *s, const struct xml_node *n)
{
	const char *country = xml_text(n, "country");
	owned_arena arena = {0};
	const char *whole =
	    text_join(&arena, ", ",
	              (const char *[]){xml_text(n, "location"), xml_text(n, "area"), country}, 3);
	return pairs_add(&s->places, xml_attribute(n, "ssid"),
	                 (const char *[PAIR_VALUES]){whole, country}, s->r->e);
}

/* --- Names ---------------------------------------------------------------------------------- */

enum { PARTS = 32 };

static int order_of(const struct xml_node *part)
{
	return xml_number(xml_attribute(part, "order"));
}

static bool is_family(const char *type)
{
	return strcmp(type, "family-name") == 0 || strcmp(type, "maiden-name") == 0;
}

/* The parts of a name in order, each in the script asked for, else as it is; then put together. */
static void put_name(struct draft *d, enum name_kind kind, const struct xml_node *const parts[],
                     size_t count, const char *script)
{
	const char *given[PARTS], *family[PARTS], *all[PARTS];
	size_t givens = 0, families = 0;
	bool has_script = script == NULL, has_other = false;
	for (size_t i = 0; i < count; i++) {
		const char *type = xml_attribute(parts[i], "name-part-type"),
		           *text = xml_text(parts[i], "value");
		for (xml_each(v, parts[i], "spelling-variant")) {
			if (script != NULL && strcmp(xml_attribute(v, "script"), script) == 0) {
				text = v->text;
				has_script = true;
				break;
			}
		}
		all[i] = text;
		if (is_family(type))
			family[families++] = text;
		else if (strstr(type, "given-name") != NULL)
			given[givens++] = text;
		else
			has_other = true;
	}
	if (!has_script)
		return;
	if (has_other || families == 0 || givens == 0)
		draft_name(d, kind, text_join(&d->arena, " ", all, count));
	else
		draft_name_parts(d, kind, text_join(&d->arena, " ", given, givens),
		                 text_join(&d->arena, " ", family, families));
}

static void name(struct draft *d, const struct xml_node *n)
{
	const struct xml_node *parts[PARTS] = {0};
	size_t count = 0;
	for (xml_each(part, n, "name-part")) {
		if (strcmp(xml_attribute(part, "name-part-type"), "title") == 0 || count == PARTS)
			continue;
		size_t k = count++;
		for (; k > 0 && order_of(parts[k - 1]) > order_of(part); k--)
			parts[k] = parts[k - 1];
		parts[k] = part;
	}
	enum name_kind kind = strcmp(xml_attribute(n, "quality"), "low") == 0 ? NAME_WEAK
	                      : strcmp(xml_attribute(n, "name-type"), "primary-name") == 0
	                          ? NAME_PRIMARY
	                          : NAME_ALIAS;
	put_name(d, kind, parts, count, NULL);
	/* Other spellings, one name a script. */
	const char *done[8];
	size_t scripts = 0;
	for (size_t i = 0; i < count; i++) {
		for (xml_each(v, parts[i], "spelling-variant")) {
			const char *script = xml_attribute(v, "script");
			bool seen = scripts == 8;
			for (size_t k = 0; k < scripts; k++)
				seen = seen || strcmp(done[k], script) == 0;
			if (seen)
				continue;
			done[scripts++] = script;
			put_name(d, kind == NAME_PRIMARY ? NAME_ALIAS : kind, parts, count, script);
		}
	}
}

/* --- Targets -------------------------------------------------------------------------------- */

static void address(struct seco *s, const struct xml_node *n)
{
	struct draft *d = &s->r->draft;
	size_t count;
	const struct pair *p = pairs_find(&s->places, xml_attribute(n, "place-id"), &count);
	if (count == 0)
		p = NULL;
	draft_address(d,
	              (const char *[]){xml_text(n, "c-o"), xml_text(n, "address-details"),
	                               xml_text(n, "p-o-box"), xml_text(n, "zip-code"),
	                               p != NULL ? p->values[0] : ""},
	              5);
	draft_country(d, p != NULL ? p->values[1] : "");
}

static void identity(struct seco *s, const struct xml_node *n)
{
	struct draft *d = &s->r->draft;
	for (xml_each(x, n, "name"))
		name(d, x);
	for (xml_each(x, n, "address"))
		address(s, x);
	for (xml_each(x, n, "day-month-year")) {
		const char *year = xml_attribute(x, "year");
		int month = xml_number(xml_attribute(x, "month")),
		    day = xml_number(xml_attribute(x, "day"));
		if (month >= 1 && month <= 12 && day >= 1 && day <= 31)
			draft_birth(d, arena_printf(&d->arena, "%s-%02d-%02d", year, month, day));
		else
			draft_birth(d, year);
	}
	for (xml_each(x, n, "nationality")) {
		const struct xml_node *c = xml_child(x, "country");
		if (c != NULL)
			draft_country(d, *xml_attribute(c, "iso-code") != 0
			                     ? xml_attribute(c, "iso-code")
			                     : c->text);
	}
	for (xml_each(x, n, "place-of-birth"))
		draft_note(d, "birth-place", pairs_value(&s->places, xml_attribute(x, "place-id")));
	for (xml_each(x, n, "identification-document"))
		draft_identifier(d, xml_attribute(x, "document-type"), xml_text(x, "number"),
		                 xml_text(x, "issuer"));
}

/* "IMO number: 9187629", "Tax registration number: 77..." */
static void other_information(struct draft *d, const char *text)
{
	const char *clean = text_clean(&d->arena, text), *colon = strchr(clean, ':');
	draft_note(d, "remarks", clean);
	if (colon == NULL || colon - clean > 60)
		return;
	const char *what = arena_copy(&d->arena, clean, (size_t)(colon - clean));
	const char *value = colon + 1 + strspn(colon + 1, " ");
	size_t len = strcspn(value, " ,;");
	bool is_number = strcspn(value, "0123456789") < len;
	if (strcmp(identifier_kind(what), "other") != 0 && is_number)
		draft_identifier(
		    d, what, arena_copy(&d->arena, value, len - (len > 0 && value[len - 1] == '.')),
		    NULL);
}

static bool target(struct seco *s, const struct xml_node *n)
{
	struct reading *r = s->r;
	struct draft *d = &r->draft;
	const struct xml_node *latest = xml_child(n, "modification");
	if (latest != NULL && strcmp(xml_attribute(latest, "modification-type"), "de-listed") == 0)
		return true;
	const struct xml_node *who = xml_child(n, "individual");
	enum entity_type type = ENTITY_PERSON;
	if (who == NULL) {
		who = xml_child(n, "entity");
		type = ENTITY_ORGANISATION;
	}
	if (who == NULL) {
		who = xml_child(n, "object");
		type = who != NULL && strcmp(xml_attribute(who, "object-type"), "aircraft") == 0
		           ? ENTITY_AIRCRAFT
		           : ENTITY_VESSEL;
	}
	if (who == NULL)
		return reading_fail(r, "target", "it is no individual, entity or object");
	draft_begin(d, xml_attribute(n, "ssid"), type);
	for (xml_each(x, who, "identity"))
		identity(s, x);
	for (xml_each(x, n, "sanctions-set-id"))
		draft_note(d, "programme",
		           pairs_value(&s->programmes, text_clean(&d->arena, x->text)));
	for (xml_each(x, who, "justification"))
		draft_note(d, "reason", x->text);
	for (xml_each(x, who, "other-information"))
		other_information(d, x->text);
	draft_note(d, "reference", xml_text(n, "foreign-identifier"));
	if (latest != NULL)
		draft_note(d, "listed-on", xml_attribute(latest, "effective-date"));
	return reading_give(r);
}

/* --- Two passes: places may stand behind the targets --------------------------------------- */

static bool visit_first(void *context, const struct xml_node *n)
{
	struct seco *s = context;
	s->r->line = n->line;
	if (strcmp(n->name, "sanctions-program") == 0)
		return programme(s, n);
	if (strcmp(n->name, "place") == 0)
		return place(s, n);
	reading_published(s->r, xml_attribute(n, "date"), false);
	return true;
}

static bool visit_target(void *context, const struct xml_node *n)
{
	struct seco *s = context;
	s->r->line = n->line;
	return strcmp(n->name, "target") != 0 || target(s, n);
}

bool read_seco(struct reading *r)
{
	struct seco s = {.r = r};
	bool ok = xml_read_file(&r->files[0], (const char *[]){"sanctions-program", "place", NULL},
	                        visit_first, &s, r->e);
	pairs_sort(&s.programmes);
	pairs_sort(&s.places);
	ok = ok &&
	     xml_read_file(&r->files[0], (const char *[]){"target", NULL}, visit_target, &s, r->e);
	pairs_free(&s.programmes);
	pairs_free(&s.places);
	return ok;
}
