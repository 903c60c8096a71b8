/* Licences and applications. */
#include "pages.h"

#include <string.h>

#include "scope/scope.h"

static json_t *licence_row(struct page *p, const struct licence_info *l)
{
	json_t *row = words_licence(p->arena, l);
	const char *slug = page_slug(p->arena, l->stage);
	json_object_set_new(row, "short", json_string(words_short(p->arena, &l->id)));
	json_object_set_new(row, "country", json_string(l->country));
	json_object_set_new(row, "version", json_string(l->version));
	json_object_set_new(row, "slug", json_string(slug));
	json_object_set_new(row, "stage-key",
	                    json_string(arena_printf(p->arena, "stage.%s", slug)));
	return row;
}

bool page_licences(struct page *p)
{
	struct licence_info *all;
	size_t count;
	const char *query = page_query(p);
	json_t *rows = json_array();
	page_set(p, "rows", rows);
	if (!query_licences(&p->state, p->arena, &(struct query_filter){0}, p->now, &all, &count,
	                    p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (page_has(all[i].end_user, query) || page_has(all[i].exporter, query) ||
		    page_has(all[i].item, query) || page_has(all[i].country, query))
			json_array_append_new(rows, licence_row(p, &all[i]));
	return true;
}

static bool systems_of(struct page *p, const struct hash *licence, json_t *rows)
{
	struct words w = {.arena = p->arena,
	                  .authority = p->authority,
	                  .now = p->now,
	                  .json = true,
	                  .err = p->err};
	struct system_info *all;
	size_t count;
	if (!query_systems(&p->state, p->arena, &(struct query_filter){.licence = licence}, &all,
	                   &count, p->err))
		return false;
	for (size_t i = 0; i < count && i < 200; i++) {
		const char *cells[6];
		json_t *row;
		if (!words_system(&w, &p->state, &all[i], &row, cells))
			return false;
		page_system_row(p, row, &all[i], cells);
		json_array_append_new(rows, row);
	}
	return true;
}

static bool measures_on(struct page *p, const char *const targets[], size_t count, json_t *rows)
{
	for (size_t t = 0; t < count; t++) {
		struct measure_info *all;
		size_t found;
		if (!query_measures(&p->state, p->arena, targets[t], p->now, &all, &found, p->err))
			return false;
		for (size_t i = 0; i < found; i++)
			json_array_append_new(rows, page_measure_row(p, &all[i]));
	}
	return true;
}

bool page_licence(struct page *p)
{
	struct hash id;
	uint64_t index;
	struct licence_info l;
	json_t *systems = json_array(), *measures = json_array();
	page_set(p, "systems", systems);
	page_set(p, "measures", measures);
	if (!page_find(p, http_parameter(p->q, "id"), KIND_LICENCE, &id, &index) ||
	    !query_licence(&p->state, p->arena, &id, p->now, &l, p->err) ||
	    !systems_of(p, &id, systems))
		return false;
	const char *const targets[] = {
	    arena_printf(p->arena, "licence/%s", words_hex(p->arena, &id)),
	    arena_printf(p->arena, "end-user/%s", l.end_user),
	    arena_printf(p->arena, "exporter/%s", l.exporter),
	    arena_printf(p->arena, "country/%s", l.country)};
	json_t *row = licence_row(p, &l);
	json_object_set_new(row, "seq", json_integer((json_int_t)index));
	json_object_set_new(row, "application", json_string(words_hex(p->arena, &l.application)));
	json_object_set_new(row, "declaration", json_string(words_hex(p->arena, &l.declaration)));
	json_object_set_new(row, "until", page_time(p->arena, l.valid_until));
	page_set(p, "licence", row);
	page_set(p, "rows", page_scope(p->arena, l.scope, NULL));
	return measures_on(p, targets, sizeof targets / sizeof *targets, measures);
}

/* --- Applications --------------------------------------------------------------------------- */

static json_t *application_row(struct page *p, const struct application_info *a)
{
	const char *slug = page_slug(p->arena, a->stage);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:s,s:s,s:s?,s:s?}", "id",
	                 words_hex(p->arena, &a->id), "short", words_short(p->arena, &a->id),
	                 "exporter", a->exporter, "exporter-country", a->exporter_country,
	                 "end-user", a->end_user, "country", a->end_user_country, "item", a->item,
	                 "version", a->version, "quantity", (json_int_t)a->quantity, "hits",
	                 (json_int_t)a->hits, "stage", a->stage, "slug", slug, "stage-key",
	                 arena_printf(p->arena, "stage.%s", slug), "screening",
	                 a->screening != NULL ? words_hex(p->arena, a->screening) : NULL,
	                 "decision", a->decision != NULL ? words_hex(p->arena, a->decision) : NULL);
}

bool page_applications(struct page *p)
{
	struct application_info *all;
	size_t count;
	const char *query = page_query(p);
	json_t *rows = json_array();
	page_set(p, "rows", rows);
	if (!query_applications(&p->state, p->arena, p->now, &all, &count, p->err))
		return false;
	for (size_t i = count; i > 0; i--)
		if (page_has(all[i - 1].end_user, query) || page_has(all[i - 1].exporter, query))
			json_array_append_new(rows, application_row(p, &all[i - 1]));
	return true;
}

/* What is asked for beside what the end user has declared: what is more than that is marked. */
static bool against_declaration(struct page *p, const struct application_body *body)
{
	struct declaration_info *all;
	size_t count;
	if (!query_declarations(&p->state, p->arena, &all, &count, p->err))
		return false;
	for (size_t i = count; i > 0; i--) {
		const struct declaration_info *d = &all[i - 1];
		if (strcmp(d->end_user, body->end_user.name) != 0 || !d->is_latest)
			continue;
		const struct scope *left = scope_meet(p->arena, body->scope, d->bound);
		page_set(p, "declaration",
		         json_pack("{s:s,s:s,s:I,s:o,s:b,s:o,s:{s:o}}", "id",
		                   words_hex(p->arena, &d->id), "short",
		                   words_short(p->arena, &d->id), "definitions",
		                   (json_int_t)d->definitions_number, "until",
		                   page_time(p->arena, d->valid_until), "is-exceeded",
		                   !scope_equal(left, body->scope), "rows",
		                   page_scope(p->arena, d->bound, NULL), "left", "rows",
		                   page_scope(p->arena, left, body->scope)));
		return true;
	}
	return true;
}

static const char *labels(struct page *p, const struct list *list)
{
	struct buffer out = {.arena = p->arena};
	const char *const *at = list->at;
	for (size_t i = 0; i < list->count; i++)
		buffer_printf(&out, "%s%s", i == 0 ? "" : ", ", at[i]);
	return buffer_cstr(&out);
}

static bool find_application(struct page *p, const struct hash *id, struct application_info *out)
{
	struct application_info *all;
	size_t count;
	if (!query_applications(&p->state, p->arena, p->now, &all, &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (hash_equal(&all[i].id, id)) {
			*out = all[i];
			return true;
		}
	return err_refused(p->err, "state.no-such-application", "there is no such application");
}

bool page_application(struct page *p)
{
	struct hash id;
	uint64_t index;
	struct bytes entry;
	struct record record;
	struct application_info info;
	json_t *hits = json_array(), *parties = json_array();
	page_set(p, "hits-of", hits);
	page_set(p, "parties", parties);
	if (!page_find(p, http_parameter(p->q, "id"), KIND_APPLICATION, &id, &index) ||
	    !store_entry(p->authority->store, index, p->arena, &entry, p->err) ||
	    !record_decode(p->arena, entry, &record, p->err) || !find_application(p, &id, &info))
		return false;
	const struct application_body *body = &record.body.application;
	const struct other_party *others = body->parties.at;
	json_t *row = application_row(p, &info);
	json_object_set_new(row, "seq", json_integer((json_int_t)index));
	json_object_set_new(row, "signed-by", json_string(record.claims.issuer));
	json_object_set_new(row, "at", page_time(p->arena, record.claims.issued_at));
	json_object_set_new(row, "purpose", json_string(body->purpose_of_use));
	json_object_set_new(row, "capabilities", json_string(labels(p, &body->item.capabilities)));
	page_set(p, "application", row);
	page_set(p, "rows", page_scope(p->arena, body->scope, NULL));
	for (size_t i = 0; i < body->parties.count; i++)
		json_array_append_new(parties,
		                      json_pack("{s:s,s:s,s:s?}", "role", others[i].role, "name",
		                                others[i].name, "country",
		                                others[i].has_country ? others[i].country : NULL));
	page_set(p, "may-decide",
	         json_boolean(p->has_person && strcmp(p->person.role, "officer") == 0 &&
	                      info.decision == NULL));
	page_case(p, words_hex(p->arena, &id));
	return page_hits(p, body, hits) && against_declaration(p, body);
}
