/* Systems: all of them, one with what narrows it, and the form of a measure on it. */
#include "pages.h"

#include <string.h>

#include "scope/scope.h"

enum {
	ROWS = 50,         /* of a page without a script */
	LOOKED_AT = 20000, /* systems that one request looks through for a filter */
	STEP = 500,
	COUNTED = 1000000,
};

struct looking {
	struct page *page;
	const char *query, *condition; /* condition: a slug, "" for all */
	json_t *rows;
	struct hash last;
	bool more;
};

static bool has_words(const struct looking *l, const struct system_info *s)
{
	const char *id = words_hex(l->page->arena, &s->id);
	return page_has(s->serial, l->query) || page_has(s->end_user, l->query) ||
	       strcasecmp(s->country, l->query) == 0 ||
	       strncmp(id, l->query, strlen(l->query)) == 0;
}

void page_system_row(struct page *p, json_t *row, const struct system_info *s,
                     const char *const cells[6])
{
	const char *slug = page_slug(p->arena, cells[4]);
	json_object_set_new(row, "short", json_string(cells[2]));
	json_object_set_new(row, "slug", json_string(slug));
	json_object_set_new(row, "condition-key",
	                    json_string(arena_printf(p->arena, "condition.%s", slug)));
	int64_t ends = s->granted + (int64_t)s->ttl_seconds;
	bool refused = s->refusals > 0 && (s->sequence == 0 || s->refused > s->granted);
	json_object_set_new(row, "lease-key",
	                    json_string(refused            ? "lease.refused"
	                                : s->sequence == 0 ? "lease.none"
	                                : ends <= p->now   ? "lease.ended"
	                                                   : "lease.runs"));
	json_object_set_new(row, "lease-time",
	                    page_time(p->arena, refused            ? s->refused
	                                        : s->sequence == 0 ? 0
	                                                           : ends));
	json_object_set_new(row, "number", json_integer((json_int_t)s->sequence));
	json_object_set_new(row, "licence-short", json_string(words_short(p->arena, &s->licence)));
}

static bool look_at(struct looking *l, const struct hash ids[], size_t count)
{
	struct page *p = l->page;
	struct words w = {.arena = p->arena,
	                  .authority = p->authority,
	                  .now = p->now,
	                  .json = true,
	                  .err = p->err};
	for (size_t i = 0; i < count; i++) {
		struct system_info s;
		const char *cells[6];
		json_t *row;
		if (json_array_size(l->rows) == ROWS) {
			l->more = true;
			return true;
		}
		l->last = ids[i];
		if (!query_system(&p->state, p->arena, &ids[i], &s, p->err))
			return false;
		if (!has_words(l, &s))
			continue;
		if (!words_system(&w, &p->state, &s, &row, cells))
			return false;
		if (*l->condition == 0 ||
		    strcmp(page_slug(p->arena, cells[4]), l->condition) == 0) {
			page_system_row(p, row, &s, cells);
			json_array_append_new(l->rows, row);
		} else {
			json_decref(row);
		}
	}
	return true;
}

static const char *next_page(const struct looking *l)
{
	struct buffer href = {.arena = l->page->arena};
	buffer_text(&href, "/systems?q=");
	http_escape(&href, l->query);
	buffer_text(&href, "&condition=");
	http_escape(&href, l->condition);
	buffer_printf(&href, "&after=%s", words_hex(l->page->arena, &l->last));
	return buffer_cstr(&href);
}

/* How many there are: a script shows them all, of which only those in sight are fetched. */
static bool count_all(struct page *p)
{
	struct hash *ids;
	size_t count;
	if (!query_ids(&p->state, p->arena, "system/", NULL, COUNTED, &ids, &count, p->err))
		return false;
	page_set(p, "total", json_integer((json_int_t)count));
	return true;
}

bool page_systems(struct page *p)
{
	const char *condition = http_query(p->q, "condition"), *given = http_query(p->q, "after");
	struct looking l = {p, page_query(p), condition != NULL ? condition : "", json_array()};
	struct bytes digits;
	page_set(p, "rows", l.rows);
	page_set(p, "condition", json_string(l.condition));
	if (*l.condition != 0)
		page_set(p, arena_printf(p->arena, "only-%s", l.condition), json_true());
	bool begun = given != NULL && *given != 0;
	if (begun && (!hex_decode(p->arena, given, &digits) || digits.len != HASH_SIZE))
		return err_input(p->err, "http.page", "after is the id that a page ended with");
	if (begun)
		memcpy(l.last.at, digits.at, HASH_SIZE);
	for (size_t looked = 0; !l.more; looked += STEP) {
		struct hash *ids;
		size_t count;
		if (!query_ids(&p->state, p->arena, "system/", begun ? &l.last : NULL, STEP, &ids,
		               &count, p->err) ||
		    !look_at(&l, ids, count))
			return false;
		begun = true;
		if (count < STEP)
			break;
		l.more |= looked + STEP >= LOOKED_AT;
	}
	page_set(p, "next", l.more ? json_string(next_page(&l)) : json_null());
	return !l.more || given != NULL || *l.query != 0 || *l.condition != 0 || count_all(p);
}

static bool about_system(struct page *p, struct condition *c)
{
	struct words w = {.arena = p->arena,
	                  .authority = p->authority,
	                  .now = p->now,
	                  .json = true,
	                  .err = p->err};
	struct hash id;
	uint64_t index;
	const char *cells[6];
	json_t *row;
	if (!page_find(p, http_parameter(p->q, "id"), KIND_ENROLMENT, &id, &index) ||
	    !query_condition(&p->state, p->arena, &id, p->now, c, p->err) ||
	    !words_system(&w, &p->state, &c->system, &row, cells))
		return false;
	page_system_row(p, row, &c->system, cells);
	const struct system_info *s = &c->system;
	json_object_set_new(row, "item",
	                    json_string(arena_printf(p->arena, "%s %s", s->item, s->version)));
	json_object_set_new(row, "exporter", json_string(s->exporter));
	json_object_set_new(row, "enrolled-at", json_integer((json_int_t)index));
	json_object_set_new(row, "granted", page_time(p->arena, s->sequence > 0 ? s->granted : 0));
	json_object_set_new(
	    row, "ends",
	    page_time(p->arena, s->sequence > 0 ? s->granted + (int64_t)s->ttl_seconds : 0));
	json_object_set_new(row, "uses", json_integer((json_int_t)s->use_log_size));
	if (s->refusals > 0 && (s->sequence == 0 || s->refused > s->granted))
		json_object_set_new(row, "refusal",
		                    json_pack("{s:s,s:s,s:o,s:I}", "code", s->refusal_code,
		                              "reason", s->refusal_reason, "at",
		                              page_time(p->arena, s->refused), "count",
		                              (json_int_t)s->refusals));
	page_set(p, "system", row);
	return true;
}

bool page_system(struct page *p)
{
	struct condition c;
	if (!about_system(p, &c))
		return false;
	json_t *measures = json_array();
	for (size_t i = c.measure_count; i > 0; i--)
		json_array_append_new(measures, page_measure_row(p, &c.measures[i - 1]));
	page_set(p, "measures", measures);
	page_set(p, "left",
	         json_pack("{s:o}", "rows", page_scope(p->arena, c.effective.scope, NULL)));
	page_set(p, "scope", json_string(scope_text(p->arena, c.effective.scope)));
	return page_operands(p, &c);
}

/* The targets that reach this system, from the narrowest to the widest. */
static json_t *targets(struct page *p, const struct system_info *s)
{
	json_t *all = json_array();
	const struct {
		const char *kind, *name;
	} rows[] = {{"system", words_hex(p->arena, &s->id)},
	            {"licence", words_hex(p->arena, &s->licence)},
	            {"end-user", s->end_user},
	            {"exporter", s->exporter},
	            {"country", s->country}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool is_id = i < 2;
		json_array_append_new(
		    all, json_pack("{s:s,s:s,s:b,s:s}", "value",
		                   arena_printf(p->arena, "%s/%s", rows[i].kind, rows[i].name),
		                   "key", arena_printf(p->arena, "target.%s", rows[i].kind),
		                   "chosen", i == 0, "words",
		                   is_id ? (i == 0 ? s->serial : words_short(p->arena, &s->licence))
		                         : rows[i].name));
	}
	return all;
}

/* What a measure on this system can rest on: findings that upheld a report on it. */
static bool findings(struct page *p, const struct hash *system)
{
	struct report_info *all;
	size_t count;
	json_t *rows = json_array();
	page_set(p, "findings", rows);
	if (!query_reports(&p->state, p->arena, &all, &count, p->err))
		return false;
	for (size_t i = count; i > 0; i--) {
		const struct report_info *r = &all[i - 1];
		if (r->finding != NULL && strcmp(r->outcome, "upheld") == 0 && r->system != NULL &&
		    hash_equal(r->system, system))
			json_array_append_new(
			    rows, json_pack("{s:s,s:s,s:s}", "id", words_hex(p->arena, r->finding),
			                    "short", words_short(p->arena, r->finding),
			                    "allegation", r->allegation));
	}
	return true;
}

bool page_new_measure(struct page *p)
{
	struct condition c;
	struct authority_info info;
	if (!about_system(p, &c) || !query_authority(&p->state, p->arena, p->now, &info, p->err))
		return false;
	page_set(p, "threshold", json_integer((json_int_t)info.threshold));
	page_set(p, "targets", targets(p, &c.system));
	page_set(p, "scope", json_string(scope_text(p->arena, c.effective.scope)));
	return findings(p, &c.system.id);
}
