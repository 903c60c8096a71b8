/* Moov Watchman's v2: /v2/search and /v2/listinfo. */
#include "forms_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/rim.h"

enum { LIMIT_DEFAULT = 10, LIMIT_MOST = 100 };

static const double LEAST_MATCH = 0.05; /* without minMatch it shows the best there are */

/* Its errors have a form of their own. */
static void refuse(struct http_request *q, struct http_response *r, unsigned status,
                   const char *rule, const char *text)
{
	http_json(q, r, status, json_pack("{s:s}", "error", text));
	r->etag = NULL;
	r->rule = rule;
	http_add_header(r, "Cache-Control", "no-store");
}

/* --- What is asked for ----------------------------------------------------------------------- */

static void name(struct draft *d, const char *text)
{
	draft_name(d, NAME_PRIMARY, text);
}

static void alias(struct draft *d, const char *text)
{
	draft_name(d, NAME_ALIAS, text);
}

static void address(struct draft *d, const char *text)
{
	draft_address(d, &text, 1);
}

static void nothing(struct draft *d, const char *text)
{
	(void)d;
	(void)text;
}

/* "XBT:x123456" */
static void crypto(struct draft *d, const char *text)
{
	const char *colon = strchr(text, ':');
	draft_identifier(d, "wallet", colon != NULL ? colon + 1 : text, NULL);
}

/* Every parameter it knows; what says nothing that lists are compared by is taken and left. */
static const struct {
	const char *parameter;
	void (*put)(struct draft *, const char *); /* NULL: an identifier */
} parameters[] = {
    {"name", name},
    {"altNames", alias},
    {"birthDate", draft_birth},
    {"created", draft_birth},
    {"built", draft_birth},
    {"flag", draft_country},
    {"imoNumber", NULL},
    {"mmsi", NULL},
    {"callSign", NULL},
    {"serialNumber", NULL},
    {"cryptoAddress", crypto},
    {"cryptoAddresses", crypto},
    {"address", address},
    {"addresses", address},
    {"type", nothing},
    {"source", nothing},
    {"sourceID", nothing},
    {"limit", nothing},
    {"minMatch", nothing},
    {"requestID", nothing},
    {"debug", nothing},
    {"debugSourceIDs", nothing},
    {"format", nothing},
    {"gender", nothing},
    {"deathDate", nothing},
    {"dissolved", nothing},
    {"titles", nothing},
    {"aircraftType", nothing},
    {"icaoCode", nothing},
    {"model", nothing},
    {"vesselType", nothing},
    {"owner", nothing},
    {"tonnage", nothing},
    {"grossRegisteredTonnage", nothing},
    {"email", nothing},
    {"emailAddress", nothing},
    {"emailAddresses", nothing},
    {"phone", nothing},
    {"phoneNumber", nothing},
    {"phoneNumbers", nothing},
    {"fax", nothing},
    {"faxNumber", nothing},
    {"faxNumbers", nothing},
    {"website", nothing},
    {"websites", nothing},
};

/* gov_passport=RU:123: an identifier with its country. */
static bool government_id(struct draft *d, const struct http_field *field)
{
	const char *colon = strchr(field->value, ':');
	if (strncmp(field->name, "gov_", 4) != 0)
		return false;
	if (colon != NULL)
		draft_identifier(
		    d, field->name + 4, colon + 1,
		    arena_copy(&d->arena, field->value, (size_t)(colon - field->value)));
	return true;
}

static bool put(struct draft *d, const struct http_field *field, struct err *e)
{
	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
		if (strcmp(parameters[i].parameter, field->name) != 0)
			continue;
		if (parameters[i].put != NULL)
			parameters[i].put(d, field->value);
		else
			draft_identifier(d, field->name, field->value, NULL);
		return true;
	}
	return government_id(d, field) ||
	       err_input(e, "watchman.parameter", "extra/unused query parameters in request: %.80s",
	                 field->name);
}

static const struct {
	const char *kind;
	enum entity_type type;
} kinds[] = {
    {"person", ENTITY_PERSON},
    {"business", ENTITY_ORGANISATION},
    {"organization", ENTITY_ORGANISATION},
    {"vessel", ENTITY_VESSEL},
    {"aircraft", ENTITY_AIRCRAFT},
    {"", ENTITY_ANY},
};

bool watchman_party(const struct http_request *q, struct draft *d, const char **kind, struct err *e)
{
	const char *type = http_query(q, "type"), *format = http_query(q, "format");
	bool known = false;
	type = type != NULL ? type : "";
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcasecmp(kinds[i].kind, type) != 0)
			continue;
		*kind = kinds[i].kind;
		d->type = kinds[i].type;
		known = true;
	}
	if (!known)
		return err_input(e, "watchman.type", "unknown type %.40s", type);
	if (format != NULL && *format != 0 && strcmp(format, "watchman") != 0)
		return err_input(e, "watchman.format", "the format is watchman, not %.40s", format);
	for (size_t i = 0; i < q->query_count; i++)
		if (!put(d, &q->query[i], e))
			return false;
	return !d->has_too_many ||
	       err_input(e, "watchman.parameter", "more than %d of one thing", DRAFT_MOST);
}

/* --- Entities in its words -------------------------------------------------------------------- */

static json_t *moment(const char *date)
{
	size_t len = date != NULL ? strlen(date) : 0;
	return len < 4 ? json_null()
	               : json_sprintf("%s%sT00:00:00Z", date,
	                              len < 7    ? "-01-01"
	                              : len < 10 ? "-01"
	                                         : "");
}

static json_t *other_names(const struct entity *x)
{
	json_t *all = json_array();
	for (size_t i = 1; i < x->name_count; i++)
		json_array_append_new(all, json_string(x->names[i].text));
	return all;
}

static const char *identifier(const struct entity *x, const char *kind)
{
	for (size_t i = 0; i < x->identifier_count; i++)
		if (strcmp(x->identifiers[i].kind, kind) == 0)
			return x->identifiers[i].value;
	return "";
}

static json_t *government_ids(const struct entity *x)
{
	static const char *const types[][2] = {{"passport", "passport"},
	                                       {"national-id", "national-id"},
	                                       {"tax", "tax-id"},
	                                       {"registration", "business-registration"}};
	json_t *all = json_array();
	for (size_t i = 0; i < x->identifier_count; i++)
		for (size_t k = 0; k < sizeof types / sizeof *types; k++)
			if (strcmp(x->identifiers[i].kind, types[k][0]) == 0)
				json_array_append_new(
				    all, json_pack("{s:s,s:s,s:s,s:s}", "name", "", "type",
				                   types[k][1], "country",
				                   x->identifiers[i].country != NULL
				                       ? x->identifiers[i].country
				                       : "",
				                   "identifier", x->identifiers[i].value));
	return all;
}

/* The member that has the particulars of its type. */
static json_t *particulars(const struct entity *x, const char *name_of)
{
	const char *born = x->birth_count > 0 ? x->births[0] : NULL;
	const char *country = x->country_count > 0 ? x->countries[0] : "";
	json_t *o = json_pack("{s:s,s:o}", "name", name_of, "altNames", other_names(x));
	if (x->type == ENTITY_PERSON) {
		json_object_set_new(o, "gender", json_string("unknown"));
		json_object_set_new(o, "birthDate", moment(born));
		json_object_set_new(o, "deathDate", json_null());
		json_object_set_new(o, "titles", json_array());
	} else if (x->type == ENTITY_VESSEL || x->type == ENTITY_AIRCRAFT) {
		json_object_set_new(o, "type", json_string("unknown"));
		json_object_set_new(o, "flag", json_string(country));
		json_object_set_new(o, "built", moment(born));
		json_object_set_new(o, "imoNumber", json_string(identifier(x, "imo")));
		json_object_set_new(o, "mmsi", json_string(identifier(x, "mmsi")));
		json_object_set_new(o, "callSign", json_string(identifier(x, "call-sign")));
		json_object_set_new(o, "serialNumber", json_string(identifier(x, "tail-number")));
	} else {
		json_object_set_new(o, "created", moment(born));
		json_object_set_new(o, "dissolved", json_null());
	}
	if (x->type != ENTITY_VESSEL && x->type != ENTITY_AIRCRAFT)
		json_object_set_new(o, "governmentIDs", government_ids(x));
	return o;
}

static const char *kind_of(enum entity_type type, const char *asked)
{
	if (type == ENTITY_ORGANISATION)
		return strcmp(asked, "organization") == 0 ? asked : "business";
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].type == type && *kinds[i].kind != 0)
			return kinds[i].kind;
	return "business";
}

static json_t *addresses(const struct entity *x)
{
	json_t *all = json_array();
	for (size_t i = 0; i < x->address_count; i++)
		json_array_append_new(all, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "line1",
		                                     x->addresses[i], "line2", "", "city", "",
		                                     "postalCode", "", "state", "", "country", ""));
	return all;
}

static json_t *sanctions(const struct entity *x)
{
	json_t *programs = json_array();
	const char *reason = "";
	for (size_t i = 0; i < x->note_count; i++) {
		if (strcmp(x->notes[i].label, "programme") == 0)
			json_array_append_new(programs, json_string(x->notes[i].text));
		else if (strcmp(x->notes[i].label, "reason") == 0)
			reason = x->notes[i].text;
	}
	return json_pack("{s:o,s:b,s:s}", "programs", programs, "secondary", false, "description",
	                 reason);
}

static json_t *notes(const struct entity *x)
{
	json_t *all = json_array();
	for (size_t i = 0; i < x->note_count; i++)
		json_array_append_new(all, json_pack("{s:s,s:s}", "label", x->notes[i].label,
		                                     "text", x->notes[i].text));
	return json_pack("{s:o}", "notes", all);
}

static json_t *entity_json(const struct entity *x, const char *list, const char *asked)
{
	static const char *const members[] = {"person", "business", "organization", "aircraft",
	                                      "vessel"};
	const char *kind = kind_of(x->type, asked),
	           *first = x->name_count > 0 ? x->names[0].text : "";
	json_t *o = json_pack("{s:s,s:s,s:s,s:s}", "name", first, "entityType", kind, "sourceList",
	                      list, "sourceID", x->id);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		json_object_set_new(o, members[i],
		                    strcmp(members[i], kind) == 0 ? particulars(x, first)
		                                                  : json_null());
	json_object_set_new(o, "contact",
	                    json_pack("{s:[],s:[],s:[],s:[]}", "emailAddresses", "phoneNumbers",
	                              "faxNumbers", "websites"));
	json_object_set_new(o, "addresses", addresses(x));
	json_object_set_new(o, "cryptoAddresses", json_array());
	json_object_set_new(o, "affiliations", json_array());
	json_object_set_new(o, "sanctionsInfo", sanctions(x));
	json_object_set_new(o, "historicalInfo", json_array());
	json_object_set_new(o, "sourceData", notes(x));
	return o;
}

/* --- /v2/search ---------------------------------------------------------------------------------
 */

struct looking {
	struct forms *forms;
	struct http_request *q;
	struct http_response *r;
	const struct screened *set;
	bool *lists;
	int64_t now;
	double limit, least;
	const char *kind;
};

static bool choose_lists(struct looking *l)
{
	const char *source = http_query(l->q, "source"), *why;
	l->lists = arena_array(l->q->arena, l->set->count, sizeof *l->lists);
	bool any = l->set->count == 0;
	for (size_t i = 0; i < l->set->count; i++) {
		l->lists[i] = source == NULL || *source == 0 ||
		              strcmp(source, "api-request") == 0 ||
		              strcasecmp(source, l->set->lists[i].name) == 0;
		any |= l->lists[i];
	}
	if (!any) {
		refuse(l->q, l->r, 400, "watchman.parameter", "source is the name of a list");
		return false;
	}
	if (forms_are_fresh(l->q, l->r, &(struct wanted){l->set, l->lists}, l->now, &why))
		return true;
	*l->r = (struct http_response){0};
	refuse(l->q, l->r, 503, "screening.no-list", why);
	return false;
}

static json_t *found(const struct looking *l, const struct screening_answer *hits)
{
	json_t *all = json_array();
	for (size_t i = 0; i < hits->count && (double)json_array_size(all) < l->limit; i++) {
		const struct screening_found *hit = &hits->at[i];
		const struct screened_list *list = forms_list_of(l->set, hit);
		if (list == NULL || !l->lists[list - l->set->lists])
			continue;
		const struct entity *x =
		    screening_index_entity(l->q->arena, hit->index, hit->entity);
		json_t *o = entity_json(x, list->name, l->kind);
		json_object_set_new(o, "match", json_real(hit->score));
		json_array_append_new(all, o);
	}
	return all;
}

/* By the list's own id: it is the one, whatever its name. */
static json_t *by_id(const struct looking *l, const char *id)
{
	json_t *all = json_array();
	for (size_t i = 0; i < l->set->count; i++) {
		const struct screened_list *list = &l->set->lists[i];
		size_t number;
		if (!l->lists[i] || !screening_index_find(list->index, id, &number))
			continue;
		json_t *o = entity_json(screening_index_entity(l->q->arena, list->index, number),
		                        list->name, l->kind);
		json_object_set_new(o, "match", json_real(1));
		json_array_append_new(all, o);
	}
	return all;
}

static void answer(const struct looking *l, const struct entity *party, json_t *entities)
{
	json_t *query = entity_json(party, "api-request", l->kind);
	json_object_set_new(query, "sourceID", json_string(""));
	json_object_set_new(query, "sourceData", json_null());
	http_json(l->q, l->r, 200, json_pack("{s:o,s:o}", "query", query, "entities", entities));
	http_add_header(l->r, "Cache-Control", "no-store");
}

static void look_up(struct looking *l, struct draft *d)
{
	struct err e = {0};
	struct entity party;
	struct screening_answer hits;
	const char *id = http_query(l->q, "sourceID");
	if (!watchman_party(l->q, d, &l->kind, &e)) {
		refuse(l->q, l->r, 400, e.rule, e.text);
		return;
	}
	party = draft_entity(d);
	if (id != NULL && *id != 0) {
		answer(l, &party, by_id(l, id));
		return;
	}
	struct screening_query query = {
	    .party = &party, .threshold = l->least, .limit = FORMS_HITS};
	if (party.name_count == 0)
		refuse(l->q, l->r, 400, "screening.name-empty", "name is needed, or sourceID");
	else if (screener_search(l->forms->screener, l->set, l->q->arena, &query, &hits, &e))
		answer(l, &party, found(l, &hits));
	else
		refuse(l->q, l->r, e.kind == ERR_INPUT ? 400 : 503, e.rule, e.text);
}

static void search(void *ctx, struct http_request *q, struct http_response *r)
{
	struct forms *f = ctx;
	struct looking l = {.forms = f, .q = q, .r = r, .now = rim_now()};
	struct draft draft;
	if (!forms_number(q, "limit", 1, 1e9, LIMIT_DEFAULT, &l.limit) ||
	    !forms_number(q, "minMatch", 0, 1, 0, &l.least)) {
		refuse(q, r, 400, "watchman.parameter",
		       "limit is a number over 0, minMatch is from 0 to 1");
		return;
	}
	l.limit = l.limit > LIMIT_MOST ? LIMIT_MOST : l.limit;
	l.least = l.least > LEAST_MATCH ? l.least : LEAST_MATCH;
	l.set = screener_enter(f->screener, l.now);
	draft_begin(&draft, "query", ENTITY_ANY);
	if (choose_lists(&l))
		look_up(&l, &draft);
	draft_end(&draft);
	screener_leave(f->screener, l.set);
}

/* --- /v2/listinfo --------------------------------------------------------------------------------
 */

static void listinfo(void *ctx, struct http_request *q, struct http_response *r)
{
	struct forms *f = ctx;
	char started[INSTANT_TEXT + 1], ended[INSTANT_TEXT + 1];
	const struct screened *set = screener_enter(f->screener, rim_now());
	json_t *lists = json_object(), *hashes = json_object();
	int64_t checked = 0;
	for (size_t i = 0; i < set->count; i++) {
		const struct screened_list *l = &set->lists[i];
		json_object_set_new(lists, l->name,
		                    json_integer((json_int_t)screening_index_count(l->index)));
		json_object_set_new(hashes, l->name,
		                    json_string(hex_encode(q->arena, hash_bytes(&l->digest))));
		checked = l->checked > checked ? l->checked : checked;
	}
	screener_leave(f->screener, set);
	checked = checked == 0 ? f->started : checked;
	instant_format(checked, started);
	instant_format(checked, ended);
	http_json(q, r, 200,
	          json_pack("{s:o,s:o,s:s,s:s,s:s}", "lists", lists, "listHashes", hashes,
	                    "startedAt", started, "endedAt", ended, "version", f->version));
}

void watchman_routes(struct forms *f, size_t *count)
{
	f->routes[(*count)++] = (struct http_route){HTTP_GET, "/v2/search", search, f, 0, NULL};
	f->routes[(*count)++] = (struct http_route){HTTP_GET, "/v2/listinfo", listinfo, f, 0, NULL};
}
