/* What is on the log: its last entries, one record, definitions, keys, and looking things up. */
#include "pages.h"

#include <string.h>

enum { ENTRIES = 50, FOUND_MAX = 20 };

/* --- The log -------------------------------------------------------------------------------- */

struct listing {
	struct page *page;
	json_t *rows;
	uint64_t index;
	bool with_leases;
};

static bool take(void *ctx, uint64_t index, struct bytes entry)
{
	struct listing *l = ctx;
	struct record record;
	struct err ignored = {0};
	struct arena *arena = l->page->arena;
	if (!record_decode(arena, entry, &record, &ignored) ||
	    (!l->with_leases && (record.kind == KIND_LEASE || record.kind == KIND_REFUSAL)))
		return true;
	const char *kind = record_kind(record.kind)->name;
	json_array_insert_new(
	    l->rows, 0,
	    json_pack("{s:s,s:s,s:I,s:s,s:s,s:s*,s:o}", "id", words_hex(arena, &record.id), "short",
	              words_short(arena, &record.id), "seq", (json_int_t)index, "kind", kind,
	              "kind-key", arena_printf(arena, "kind.%s", kind), "signed-by",
	              record.claims.issuer, "at", page_time(arena, record.claims.issued_at)));
	return true;
}

/* The newest first; `before` is the place they all come before. */
static bool entries(struct page *p, uint64_t before, size_t most, bool leases, uint64_t *from,
                    json_t *rows)
{
	struct listing l = {.page = p, .rows = rows, .with_leases = leases};
	*from = before > most ? before - most : 0;
	return *from == before ||
	       store_entries(p->authority->store, *from, before, take, &l, p->err);
}

bool page_log(struct page *p)
{
	uint64_t size = store_size(p->authority->store), before = size, from;
	const char *given = http_query(p->q, "before");
	json_t *rows = json_array();
	page_set(p, "rows", rows);
	if (given != NULL && (!decimal_parse(bytes_text(given), &before) || before > size))
		return err_input(p->err, "http.page", "before is a place on the log");
	if (!entries(p, before, ENTRIES, true, &from, rows))
		return false;
	page_set(p, "size", json_integer((json_int_t)size));
	page_set(p, "older", from > 0 ? json_integer((json_int_t)from) : json_null());
	page_set(p, "is-newest", json_boolean(before == size));
	return true;
}

/* --- A record ------------------------------------------------------------------------------- */

/* Every row says itself whether it has rows: what is not there a template looks for further out. */
static json_t *row_of(struct page *p, const char *name, json_t *value)
{
	if (json_is_object(value) || json_is_array(value))
		return json_pack("{s:s,s:b,s:o}", "name", page_field(p, name), "is-leaf", false,
		                 "rows", page_rows(p, value));
	bool is_id = json_is_string(value) && json_string_length(value) == (size_t)2 * HASH_SIZE;
	return json_pack("{s:s,s:b,s:b,s:O}", "name", page_field(p, name), "is-leaf", true, "is-id",
	                 is_id, "value", value);
}

/* What a record says, whatever its kind, as rows of names and values. */
json_t *page_rows(struct page *p, const json_t *value)
{
	json_t *rows = json_array(), *one;
	const char *name;
	size_t i;
	json_object_foreach((json_t *)(uintptr_t)value, name, one)
	    json_array_append_new(rows, row_of(p, name, one));
	json_array_foreach(value, i, one) json_array_append_new(rows, row_of(p, "", one));
	return rows;
}

/* The page that tells more about a record of this kind, or NULL. */
static const char *own_page(enum record_kind kind)
{
	return kind == KIND_ENROLMENT     ? "/systems/"
	       : kind == KIND_MEASURE     ? "/measures/"
	       : kind == KIND_LICENCE     ? "/licences/"
	       : kind == KIND_APPLICATION ? "/applications/"
	       : kind == KIND_REPORT      ? "/reports/"
	                                  : NULL;
}

bool page_record(struct page *p)
{
	struct words w = {.arena = p->arena,
	                  .authority = p->authority,
	                  .now = p->now,
	                  .json = true,
	                  .is_public = true,
	                  .err = p->err};
	uint64_t index;
	struct record record;
	if (!authority_find(p->authority, p->arena, http_parameter(p->q, "id"), &record, &index,
	                    p->err) ||
	    !words_show_record(&w, &record, index))
		return false;
	const char *page = own_page(record.kind), *kind = record_kind(record.kind)->name;
	json_object_set_new(w.value, "kind-key",
	                    json_string(arena_printf(p->arena, "kind.%s", kind)));
	json_object_set_new(w.value, "short", json_string(words_short(p->arena, &record.id)));
	json_object_set_new(w.value, "rows", page_rows(p, json_object_get(w.value, "says")));
	json_object_set_new(w.value, "kid", json_string(words_short(p->arena, &record.cose.kid)));
	if (page != NULL)
		json_object_set_new(w.value, "own-page",
		                    json_string(arena_printf(p->arena, "%s%s", page,
		                                             words_hex(p->arena, &record.id))));
	page_set(p, "record", w.value);
	return true;
}

/* --- Definitions, keys ----------------------------------------------------------------------- */

static json_t *texts(const struct list *list)
{
	json_t *all = json_array();
	const char *const *at = list->at;
	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(all, json_string(at[i]));
	return all;
}

static json_t *purposes(const struct definitions_body *body)
{
	json_t *all = json_array();
	const struct purpose *at = body->purposes.at;
	for (size_t i = 0; i < body->purposes.count; i++) {
		json_t *one =
		    json_pack("{s:s,s:s,s:s,s:o}", "label", at[i].label, "title", at[i].title,
		              "text", at[i].text, "excludes", texts(&at[i].excludes));
		if (at[i].has_minimum_penalty_years)
			json_object_set_new(one, "years",
			                    json_integer((json_int_t)at[i].minimum_penalty_years));
		json_array_append_new(all, one);
	}
	return all;
}

/* Who has signed these definitions, and who has yet to sign the newest. */
static bool signatories(struct page *p, const struct declaration_info all[], size_t count,
                        const struct definitions_info *d, json_t *one)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < count; i++)
		if (all[i].definitions_number == d->number && all[i].is_latest)
			json_array_append_new(
			    rows,
			    json_pack("{s:s,s:s,s:s,s:o}", "id", words_hex(p->arena, &all[i].id),
			              "end-user", all[i].end_user, "country", all[i].country,
			              "until", page_time(p->arena, all[i].valid_until)));
	json_object_set_new(one, "signed", rows);
	return true;
}

bool page_definitions(struct page *p)
{
	struct definitions_info *all;
	struct declaration_info *declared;
	size_t count, declarations;
	json_t *rows = json_array();
	page_set(p, "rows", rows);
	if (!query_definitions(&p->state, p->arena, &all, &count, p->err) ||
	    !query_declarations(&p->state, p->arena, &declared, &declarations, p->err))
		return false;
	for (size_t i = count; i > 0; i--) {
		const struct definitions_info *d = &all[i - 1];
		json_t *one =
		    json_pack("{s:s,s:I,s:o,s:b,s:o,s:o,s:o}", "id", words_hex(p->arena, &d->id),
		              "number", (json_int_t)d->number, "effective",
		              page_time(p->arena, d->effective), "is-latest", d->superseded == NULL,
		              "until", page_time(p->arena, d->until), "purposes", purposes(d->body),
		              "rows", page_scope(p->arena, d->body->scope, NULL));
		if (!signatories(p, declared, declarations, d, one))
			return false;
		json_array_append_new(rows, one);
	}
	return true;
}

/* Whose passkeys may sign in. */
bool page_sign_in(struct page *p)
{
	struct key_info *all;
	size_t count;
	json_t *rows = json_array();
	page_set(p, "passkeys", rows);
	if (!query_keys(&p->state, p->arena, &all, &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (all[i].rp_id != NULL && all[i].ended == NULL)
			json_array_append_new(
			    rows,
			    json_pack("{s:s,s:s,s:s}", "kid", words_hex(p->arena, &all[i].kid),
			              "holder", all[i].holder, "role-key",
			              arena_printf(p->arena, "role.%s", all[i].role)));
	return true;
}

/* --- Search ----------------------------------------------------------------------------------- */

static void found(json_t *rows, const char *key, const char *href, const char *words,
                  const char *more)
{
	if (json_array_size(rows) < FOUND_MAX)
		json_array_append_new(rows, json_pack("{s:s,s:s,s:s,s:s}", "kind-key", key, "href",
		                                      href, "words", words, "more", more));
}

static bool search_systems(struct page *p, const char *q, json_t *rows)
{
	struct hash *ids;
	size_t count;
	if (!query_ids(&p->state, p->arena, "system/", NULL, 20000, &ids, &count, p->err))
		return false;
	for (size_t i = 0; i < count && json_array_size(rows) < FOUND_MAX; i++) {
		struct system_info s;
		if (!query_system(&p->state, p->arena, &ids[i], &s, p->err))
			return false;
		if (page_has(s.serial, q) || page_has(s.end_user, q))
			found(rows, "kind.enrolment",
			      arena_printf(p->arena, "/systems/%s", words_hex(p->arena, &ids[i])),
			      s.serial, arena_printf(p->arena, "%s, %s", s.end_user, s.country));
	}
	return true;
}

static bool search_files(struct page *p, const char *q, json_t *rows)
{
	struct licence_info *licences;
	struct application_info *applications;
	struct report_info *reports;
	size_t i, count;
	if (!query_licences(&p->state, p->arena, &(struct query_filter){0}, p->now, &licences,
	                    &count, p->err))
		return false;
	for (i = 0; i < count; i++)
		if (page_has(licences[i].end_user, q) || page_has(licences[i].exporter, q) ||
		    page_has(licences[i].item, q))
			found(rows, "kind.licence",
			      arena_printf(p->arena, "/licences/%s",
			                   words_hex(p->arena, &licences[i].id)),
			      arena_printf(p->arena, "%s → %s", licences[i].exporter,
			                   licences[i].end_user),
			      licences[i].stage);
	if (!query_applications(&p->state, p->arena, p->now, &applications, &count, p->err))
		return false;
	for (i = 0; i < count; i++)
		if (page_has(applications[i].end_user, q) || page_has(applications[i].exporter, q))
			found(rows, "kind.application",
			      arena_printf(p->arena, "/applications/%s",
			                   words_hex(p->arena, &applications[i].id)),
			      arena_printf(p->arena, "%s → %s", applications[i].exporter,
			                   applications[i].end_user),
			      applications[i].stage);
	if (!query_reports(&p->state, p->arena, &reports, &count, p->err))
		return false;
	for (i = 0; i < count; i++)
		if (page_has(reports[i].allegation, q))
			found(rows, "kind.report",
			      arena_printf(p->arena, "/reports/%s",
			                   words_hex(p->arena, &reports[i].id)),
			      reports[i].allegation, reports[i].outcome);
	return true;
}

bool page_search(struct page *p)
{
	const char *q = page_query(p);
	struct hash id;
	uint64_t index;
	struct err ignored = {0};
	json_t *rows = json_array();
	page_set(p, "rows", rows);
	if (*q == 0)
		return true;
	if (strspn(q, "0123456789abcdef") == strlen(q) && strlen(q) >= 4 &&
	    store_find(p->authority->store, q, &id, &index, &ignored))
		found(rows, "nav.log",
		      arena_printf(p->arena, "/records/%s", words_hex(p->arena, &id)),
		      words_hex(p->arena, &id), "");
	return search_systems(p, q, rows) && search_files(p, q, rows);
}
