/*
 * Hits of an application's parties on lists: the party as applied beside all that the list says of
 * its entry, and why the two are taken for one. What is on the log is everybody's; the list's own
 * words are the office's, who must decide.
 */
#include "pages.h"

#include <string.h>

#include "casework/asked.h"
#include "screening/lists.h"
#include "screening/screening.h"

enum {
	VALUES = 200,    /* of each kind that an entry has: names, addresses, ... */
	VALUE_MAX = 800, /* bytes of one */
	LOOK_BACK = 4,   /* snapshots of a list that are looked into */
	HITS_MAX = 64,   /* with entries; a screening has no more */
};

/* A hit with what was found of it. */
struct shown {
	const struct hit_info *info;
	const struct party_hit *hit; /* in the screening that found it last, or NULL */
	uint64_t number;             /* its place there, from 1 */
	struct entity entry;
	bool is_listed;  /* the entry was found */
	bool is_changed; /* the list says something else of it than when it was screened */
};

/* --- The entry -----------------------------------------------------------------------------------
 */

struct seeking {
	struct arena *arena;
	const char *list;
	struct shown *hits;
	size_t count;
	bool is_newest;
};

static bool is_sought(const struct seeking *s, const struct shown *h, const char *id)
{
	return h->hit != NULL && h->hit->has_id && strcmp(h->hit->list, s->list) == 0 &&
	       strcmp(h->hit->id, id) == 0 && (!h->is_listed || h->is_changed);
}

/* What it was screened against; else what the list says of it last. */
static bool take_entry(void *ctx, const struct entity *entity, struct err *e)
{
	struct seeking *s = ctx;
	for (size_t i = 0; i < s->count; i++) {
		struct shown *h = &s->hits[i];
		if (!is_sought(s, h, entity->id))
			continue;
		const char *line = entity_line(s->arena, entity);
		struct hash digest = sha256(bytes_text(line));
		bool is_same = !h->hit->has_digest || hash_equal(&digest, &h->hit->digest);
		if (!is_same && !s->is_newest)
			continue;
		if (!entity_from_line(s->arena, line, strlen(line), &h->entry, e))
			return false;
		h->is_listed = true;
		h->is_changed = !is_same;
	}
	return true;
}

static bool is_any_sought(const struct seeking *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->hits[i].hit != NULL && strcmp(s->hits[i].hit->list, s->list) == 0 &&
		    (!s->hits[i].is_listed || s->hits[i].is_changed))
			return true;
	return false;
}

static bool look_into_list(struct seeking *s, const struct watched_list *list, struct err *e)
{
	s->list = list->name;
	for (size_t back = 1; back <= list->snapshot_count && back <= LOOK_BACK; back++) {
		s->is_newest = back == 1;
		if (is_any_sought(s) &&
		    !snapshot_read(list->snapshots[list->snapshot_count - back].folder, take_entry,
		                   s, e))
			return false;
	}
	return true;
}

static bool look_into_embedded(struct seeking *s, struct err *e)
{
	s->list = screening_embedded_name();
	s->is_newest = true;
	if (!is_any_sought(s))
		return true;
	struct screening_index *index = screening_index_embedded(e);
	bool ok = index != NULL;
	for (size_t i = 0; ok && i < screening_index_count(index); i++)
		ok = take_entry(s, screening_index_entity(s->arena, index, i), e);
	screening_index_close(index);
	return ok;
}

static bool find_entries(struct page *p, struct shown *hits, size_t count)
{
	struct seeking s = {.arena = p->arena, .hits = hits, .count = count};
	struct watched_list *lists;
	size_t list_count;
	if (!look_into_embedded(&s, p->err) ||
	    !lists_load(p->service->options.home, p->arena, &lists, &list_count, p->err))
		return false;
	for (size_t i = 0; i < list_count; i++)
		if (!look_into_list(&s, &lists[i], p->err))
			return false;
	return true;
}

/* --- In words
 * -------------------------------------------------------------------------------------- */

static json_t *cut(struct page *p, const char *text)
{
	size_t len = strlen(text);
	if (len <= VALUE_MAX)
		return json_string(text);
	for (len = VALUE_MAX; (text[len] & 0xC0) == 0x80; len--)
		;
	return json_string(arena_printf(p->arena, "%.*s…", (int)len, text));
}

static json_t *texts(struct page *p, const char *const at[], size_t count)
{
	json_t *all = json_array();
	for (size_t i = 0; i < count && i < VALUES; i++)
		json_array_append_new(all, cut(p, at[i]));
	return all;
}

static json_t *names_of(struct page *p, const struct shown *h)
{
	static const char *const keys[] = {"entry.primary", "entry.alias", "entry.weak"};
	json_t *all = json_array();
	for (size_t i = 0; i < h->entry.name_count && i < VALUES; i++) {
		const struct entity_name *n = &h->entry.names[i];
		json_array_append_new(all, json_pack("{s:o,s:s,s:b,s:b}", "text", cut(p, n->text),
		                                     "kind-key", keys[n->kind], "is-weak",
		                                     n->kind == NAME_WEAK, "is-matched",
		                                     strcmp(n->text, h->info->entry) == 0));
	}
	return all;
}

static json_t *identifiers_of(struct page *p, const struct entity *e)
{
	json_t *all = json_array();
	for (size_t i = 0; i < e->identifier_count && i < VALUES; i++)
		json_array_append_new(
		    all,
		    json_pack("{s:s,s:o,s:s}", "kind", e->identifiers[i].kind, "value",
		              cut(p, e->identifiers[i].value), "of",
		              e->identifiers[i].country != NULL ? e->identifiers[i].country : ""));
	return all;
}

static json_t *notes_of(struct page *p, const struct entity *e)
{
	static const char *const known[] = {"programme",     "reason", "licence-requirement",
	                                    "review-policy", "notice", "remarks"};
	json_t *all = json_array();
	for (size_t i = 0; i < e->note_count && i < VALUES; i++) {
		const char *label = e->notes[i].label, *key = "";
		for (size_t k = 0; k < sizeof known / sizeof *known; k++)
			if (strcmp(label, known[k]) == 0)
				key = arena_printf(p->arena, "entry.%s", label);
		json_array_append_new(all,
		                      json_pack("{s:s,s:o,s:o}", "label-key", key, "label",
		                                cut(p, label), "text", cut(p, e->notes[i].text)));
	}
	return all;
}

static json_t *listed_json(struct page *p, const struct shown *h)
{
	const struct entity *e = &h->entry;
	if (!h->is_listed)
		return json_null();
	return json_pack("{s:b,s:s,s:s,s:b,s:b,s:b,s:o,s:o,s:o,s:o,s:o,s:o}", "is-changed",
	                 h->is_changed, "id", e->id, "type-key",
	                 arena_printf(p->arena, "entry.%s", entity_type_name(e->type)),
	                 "has-births", e->birth_count > 0, "has-addresses", e->address_count > 0,
	                 "has-identifiers", e->identifier_count > 0, "names", names_of(p, h),
	                 "births", texts(p, e->births, e->birth_count), "countries",
	                 texts(p, e->countries, e->country_count), "addresses",
	                 texts(p, e->addresses, e->address_count), "identifiers",
	                 identifiers_of(p, e), "notes", notes_of(p, e));
}

/* What the screening says of why, but for what the list says anyway; what speaks against apart. */
static void set_why(struct page *p, json_t *row, const struct shown *h)
{
	static const char against[] = "against: ";
	json_t *why = json_array(), *not = json_array();
	const char *at = h->hit != NULL ? h->hit->reason : "";
	const char *end = at + strlen(at);
	for (size_t i = 0; i < h->entry.note_count; i++) {
		const char *note =
		    strstr(at, arena_printf(p->arena, "; %s: ", h->entry.notes[i].label));
		end = note != NULL && note < end ? note : end;
	}
	while (at < end) {
		const char *next = strstr(at, "; ");
		next = next != NULL && next < end ? next : end;
		size_t skip =
		    strncmp(at, against, sizeof against - 1) == 0 ? sizeof against - 1 : 0;
		json_array_append_new(skip > 0 ? not : why,
		                      json_stringn(at + skip, (size_t)(next - at) - skip));
		at = next < end ? next + 2 : end;
	}
	json_object_set_new(row, "why", why);
	json_object_set_new(row, "against", not );
}

/* What the application says of the party that was looked for. */
static json_t *applied_json(struct page *p, const struct application_body *body,
                            const struct hit_info *h)
{
	const struct other_party *others = body->parties.at;
	const char *country = h->country, *key = "";
	if (strcmp(h->party, "exporter") == 0 || strcmp(h->party, "end-user") == 0 ||
	    strcmp(h->party, "signatory") == 0)
		key = arena_printf(p->arena, "party.%s", h->party);
	for (size_t i = 0; i < body->parties.count; i++)
		if (strcmp(others[i].role, h->party) == 0 && strcmp(others[i].name, h->name) == 0)
			country = others[i].has_country ? others[i].country : NULL;
	return json_pack("{s:s,s:s,s:s?,s:s}", "name", h->name, "role", h->party, "country",
	                 country, "role-key", key);
}

static json_t *hit_json(struct page *p, const struct application_body *body,
                        const struct shown *shown, bool may_decide)
{
	const struct hit_info *h = shown->info;
	json_t *row = json_pack(
	    "{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:f,s:s,s:o,s:s?,s:s?,s:s?}", "party", h->party,
	    "name", h->name, "list", h->list, "entry", h->entry, "policy-key",
	    arena_printf(p->arena, "policy.%s", h->policy), "slug", page_slug(p->arena, h->stage),
	    "stage-key", arena_printf(p->arena, "stage.%s", page_slug(p->arena, h->stage)),
	    "is-open", h->is_open, "score", (double)h->score / 1000, "screening",
	    words_hex(p->arena, &h->screening), "found", page_time(p->arena, h->found), "country",
	    h->country, "clearance",
	    h->clearance != NULL ? words_hex(p->arena, h->clearance) : NULL, "number",
	    shown->number > 0 ? arena_printf(p->arena, "%llu", (unsigned long long)shown->number)
	                      : NULL);
	json_object_set_new(row, "applied", applied_json(p, body, h));
	json_object_set_new(row, "listed", listed_json(p, shown));
	json_object_set_new(row, "may-clear",
	                    json_boolean(may_decide && h->is_open && shown->number > 0));
	set_why(p, row, shown);
	return row;
}

/* --- All of them --------------------------------------------------------------------------------
 */

/* A hit's place in the screening that found it. */
static bool find_place(struct page *p, struct shown *h)
{
	struct hash id;
	uint64_t index;
	struct bytes entry;
	struct record *record = arena_alloc(p->arena, sizeof *record);
	if (!page_find(p, words_hex(p->arena, &h->info->screening), KIND_SCREENING, &id, &index) ||
	    !store_entry(p->authority->store, index, p->arena, &entry, p->err) ||
	    !record_decode(p->arena, entry, record, p->err))
		return false;
	const struct list *list = &record->body.screening.hits;
	const struct party_hit *hits = list->at;
	for (size_t i = 0; i < list->count && h->hit == NULL; i++)
		if (strcmp(hits[i].party, h->info->party) == 0 &&
		    strcmp(hits[i].name, h->info->name) == 0 &&
		    strcmp(hits[i].list, h->info->list) == 0 &&
		    strcmp(hits[i].entry, h->info->entry) == 0) {
			h->hit = &hits[i];
			h->number = i + 1;
		}
	return true;
}

static bool is_of(struct page *p, const struct application_body *body, const struct hit_info *h)
{
	return strcmp(h->target, arena_printf(p->arena, "exporter/%s", body->exporter.name)) == 0 ||
	       strcmp(h->target, arena_printf(p->arena, "end-user/%s", body->end_user.name)) == 0;
}

bool page_hits(struct page *p, const struct application_body *body, json_t *rows)
{
	struct hit_info *all;
	size_t count, kept = 0;
	struct person who = p->has_person ? person_of(&p->person) : (struct person){0};
	bool is_office = p->has_person && person_is_office(&who),
	     may_decide = p->has_person && who.role == ROLE_OFFICER;
	if (!query_hits(&p->state, p->arena, p->now, &all, &count, p->err))
		return false;
	struct shown *hits = arena_array(p->arena, HITS_MAX, sizeof *hits);
	for (size_t i = 0; i < count && kept < HITS_MAX; i++) {
		if (!is_of(p, body, &all[i]))
			continue;
		hits[kept] = (struct shown){.info = &all[i]};
		if (!find_place(p, &hits[kept++]))
			return false;
	}
	if (is_office && !find_entries(p, hits, kept))
		return false;
	for (size_t i = 0; i < kept; i++)
		json_array_append_new(rows, hit_json(p, body, &hits[i], may_decide));
	return true;
}
