/* What is published: counts, the map, lists in use, reports and findings. */
#include "pages.h"

#include <string.h>
#include <time.h>

#include "screening/lists.h"

enum { CONDITIONS = 4, COUNTED_MAX = 200000, COUNTRIES_MAX = 256, LICENCE_SLOTS = 1 << 14 };

static const char *const conditions[CONDITIONS] = {"in-force", "restricted", "stopped-by-a-measure",
                                                   "not-in-force"};

static size_t condition_of(struct arena *arena, const struct condition *c)
{
	const char *slug = page_slug(arena, words_condition(c));
	size_t i = 0;
	while (i + 1 < CONDITIONS && strcmp(conditions[i], slug) != 0)
		i++;
	return i;
}

static json_t *counts_json(const uint64_t counts[CONDITIONS], struct arena *arena)
{
	json_t *all = json_array();
	for (size_t i = 0; i < CONDITIONS; i++)
		json_array_append_new(all,
		                      json_pack("{s:s,s:s,s:I}", "slug", conditions[i], "key",
		                                arena_printf(arena, "condition.%s", conditions[i]),
		                                "count", (json_int_t)counts[i]));
	return all;
}

/*
 * Systems of one licence are in one condition, but for those with a measure of their own: it is
 * worked out once a licence, so that many systems are counted soon.
 */
struct counting {
	struct page *page;
	struct measure_info *measures;
	size_t measure_count;
	struct of_licence {
		struct hash licence;
		bool is_known;
		size_t condition;
	} * licences; /* by the first bits of the id; one that meets another takes its place */
	struct of_country {
		const char *country;
		uint64_t counts[CONDITIONS], all;
	} * rows;
	size_t row_count;
	uint64_t *total;
};

static bool has_own_measure(const struct counting *c, const struct hash *system)
{
	const char *hex = words_hex(c->page->arena, system);
	for (size_t i = 0; i < c->measure_count; i++)
		if (strncmp(c->measures[i].target, "system/", 7) == 0 &&
		    strcmp(c->measures[i].target + 7, hex) == 0)
			return true;
	return false;
}

static bool condition_by_licence(struct counting *c, const struct system_info *s, size_t *out)
{
	struct condition condition;
	size_t slot = (size_t)(s->licence.at[0] << 8 | s->licence.at[1]) % LICENCE_SLOTS;
	struct of_licence *known = &c->licences[slot];
	bool is_own = has_own_measure(c, &s->id);
	if (!is_own && known->is_known && hash_equal(&known->licence, &s->licence)) {
		*out = known->condition;
		return true;
	}
	if (!query_condition(&c->page->state, c->page->arena, &s->id, c->page->now, &condition,
	                     c->page->err))
		return false;
	*out = condition_of(c->page->arena, &condition);
	if (!is_own)
		*known = (struct of_licence){s->licence, true, *out};
	return true;
}

static bool count_one(struct counting *c, const struct hash *id)
{
	struct system_info s;
	size_t condition, at = 0;
	if (!query_system(&c->page->state, c->page->arena, id, &s, c->page->err) ||
	    !condition_by_licence(c, &s, &condition))
		return false;
	c->total[condition]++;
	while (at < c->row_count && strcmp(c->rows[at].country, s.country) != 0)
		at++;
	if (at == COUNTRIES_MAX)
		return true;
	if (at == c->row_count)
		c->rows[c->row_count++].country = s.country;
	c->rows[at].counts[condition]++;
	c->rows[at].all++;
	return true;
}

/* Systems by country and condition: the table that the map is drawn from. */
static bool count_systems(struct page *p, uint64_t total[CONDITIONS], json_t *countries)
{
	struct hash *ids;
	size_t count;
	struct counting c = {.page = p,
	                     .total = total,
	                     .licences = arena_array(p->arena, LICENCE_SLOTS, sizeof *c.licences),
	                     .rows = arena_array(p->arena, COUNTRIES_MAX, sizeof *c.rows)};
	if (!query_measures(&p->state, p->arena, NULL, p->now, &c.measures, &c.measure_count,
	                    p->err) ||
	    !query_ids(&p->state, p->arena, "system/", NULL, COUNTED_MAX, &ids, &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!count_one(&c, &ids[i]))
			return false;
	for (size_t i = 0; i < c.row_count; i++)
		json_array_append_new(countries,
		                      json_pack("{s:s,s:I,s:o}", "country", c.rows[i].country,
		                                "all", (json_int_t)c.rows[i].all, "counts",
		                                counts_json(c.rows[i].counts, p->arena)));
	page_set(p, "is-cut", json_boolean(count == COUNTED_MAX));
	return true;
}

static bool count_files(struct page *p)
{
	struct licence_info *licences;
	struct application_info *applications;
	struct measure_info *measures;
	struct report_info *reports;
	size_t count, licensed = 0, open = 0, in_force = 0, proposed = 0, unanswered = 0;
	if (!query_licences(&p->state, p->arena, &(struct query_filter){0}, p->now, &licences,
	                    &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		licensed += strcmp(licences[i].stage, "in force") == 0;
	if (!query_applications(&p->state, p->arena, p->now, &applications, &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		open += applications[i].decision == NULL;
	if (!query_measures(&p->state, p->arena, NULL, p->now, &measures, &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++) {
		in_force += measures[i].is_in_force;
		proposed += strcmp(measures[i].stage, "proposed") == 0;
	}
	if (!query_reports(&p->state, p->arena, &reports, &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		unanswered += reports[i].finding == NULL;
	page_set(p, "licensed", json_integer((json_int_t)licensed));
	page_set(p, "open", json_integer((json_int_t)open));
	page_set(p, "in-force", json_integer((json_int_t)in_force));
	page_set(p, "proposed", json_integer((json_int_t)proposed));
	page_set(p, "unanswered", json_integer((json_int_t)unanswered));
	return true;
}

/* --- By country and year ------------------------------------------------------------------- */

enum { TALLIES = 1024, TALLIED_MAX = 2000 };

struct tally {
	struct page *page;
	size_t count;
	struct {
		const char *country;
		int year;
		uint64_t count;
	} rows[TALLIES];
};

static void tally(struct tally *t, const char *country, int64_t at)
{
	struct tm when;
	time_t seconds = (time_t)at;
	size_t i = 0;
	if (country == NULL || gmtime_r(&seconds, &when) == NULL)
		return;
	while (i < t->count &&
	       (t->rows[i].year != when.tm_year + 1900 || strcmp(t->rows[i].country, country) != 0))
		i++;
	if (i == TALLIES)
		return;
	if (i == t->count) {
		t->rows[i].country = country;
		t->rows[i].year = when.tm_year + 1900;
		t->rows[i].count = 0;
		t->count++;
	}
	t->rows[i].count++;
}

static void set_tally(struct tally *t, const char *name)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < t->count; i++)
		json_array_append_new(rows, json_pack("{s:s,s:i,s:I}", "country",
		                                      t->rows[i].country, "year", t->rows[i].year,
		                                      "count", (json_int_t)t->rows[i].count));
	page_set(t->page, name, rows);
	t->count = 0;
}

static bool read_record(struct page *p, const struct hash *id, struct record *out)
{
	uint64_t index;
	return authority_find(p->authority, p->arena, words_hex(p->arena, id), out, &index, p->err);
}

static const char *country_of_system(struct page *p, const struct hash *id)
{
	struct system_info system;
	struct err ignored = {0};
	return query_system(&p->state, p->arena, id, &system, &ignored) ? system.country : NULL;
}

/* Where a target of measures is; NULL where it is in several states, or none. */
static const char *country_of_target(struct page *p, const char *target,
                                     const struct licence_info licences[], size_t count)
{
	const char *slash = strchr(target, '/'), *name = slash != NULL ? slash + 1 : target;
	struct bytes digits;
	struct hash id;
	if (strncmp(target, "country/", 8) == 0)
		return name;
	bool is_id = hex_decode(p->arena, name, &digits) && digits.len == HASH_SIZE;
	if (is_id)
		memcpy(id.at, digits.at, HASH_SIZE);
	if (is_id && strncmp(target, "system/", 7) == 0)
		return country_of_system(p, &id);
	for (size_t i = 0; i < count; i++)
		if ((is_id && strncmp(target, "licence/", 8) == 0 &&
		     hash_equal(&licences[i].id, &id)) ||
		    (strncmp(target, "end-user/", 9) == 0 &&
		     strcmp(licences[i].end_user, name) == 0))
			return licences[i].country;
	return NULL;
}

static bool by_year(struct page *p)
{
	struct tally *t = arena_alloc(p->arena, sizeof *t);
	struct licence_info *licences;
	struct measure_info *measures;
	struct report_info *reports;
	struct record record;
	size_t licensed, i, count;
	t->page = p;
	if (!query_licences(&p->state, p->arena, &(struct query_filter){0}, p->now, &licences,
	                    &licensed, p->err) ||
	    !query_measures(&p->state, p->arena, NULL, p->now, &measures, &count, p->err))
		return false;
	for (i = 0; i < count; i++)
		if (measures[i].began != 0)
			tally(t, country_of_target(p, measures[i].target, licences, licensed),
			      measures[i].began);
	set_tally(t, "measures-by-year");
	for (i = 0; i < licensed && i < TALLIED_MAX; i++) {
		if (!read_record(p, &licences[i].id, &record))
			return false;
		tally(t, licences[i].country, record.claims.issued_at);
	}
	set_tally(t, "licences-by-year");
	if (!query_reports(&p->state, p->arena, &reports, &count, p->err))
		return false;
	for (i = 0; i < count && i < TALLIED_MAX; i++) {
		if (reports[i].finding == NULL || reports[i].system == NULL)
			continue;
		if (!read_record(p, reports[i].finding, &record))
			return false;
		tally(t, country_of_system(p, reports[i].system), record.claims.issued_at);
	}
	set_tally(t, "findings-by-year");
	return true;
}

bool page_overview(struct page *p)
{
	uint64_t total[CONDITIONS] = {0};
	json_t *countries = json_array();
	page_set(p, "countries", countries);
	if (!count_systems(p, total, countries) || !count_files(p) || !by_year(p))
		return false;
	uint64_t all = total[0] + total[1] + total[2] + total[3];
	page_set(p, "systems", json_integer((json_int_t)all));
	page_set(p, "counts", counts_json(total, p->arena));
	page_set(p, "size", json_integer((json_int_t)store_size(p->authority->store)));
	return true;
}

bool page_lists(struct page *p)
{
	struct watched_list *all;
	size_t count;
	json_t *rows = json_array();
	page_set(p, "rows", rows);
	if (!lists_load(p->service->options.home, p->arena, &all, &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct list_snapshot *now = list_current(&all[i]);
		json_array_append_new(
		    rows, json_pack("{s:s,s:o,s:o,s:I,s:b}", "name", all[i].name, "checked",
		                    page_time(p->arena, all[i].checked), "retrieved",
		                    page_time(p->arena, now != NULL ? now->retrieved : 0),
		                    "snapshots", (json_int_t)all[i].snapshot_count, "is-stale",
		                    list_is_stale(&all[i], p->now)));
	}
	return true;
}

/* --- Reports --------------------------------------------------------------------------------- */

static json_t *report_row(struct page *p, const struct report_info *r)
{
	json_t *row = json_pack("{s:s,s:s,s:s,s:I,s:s,s:s}", "id", words_hex(p->arena, &r->id),
	                        "short", words_short(p->arena, &r->id), "allegation", r->allegation,
	                        "evidence", (json_int_t)r->evidence, "outcome", r->outcome,
	                        "outcome-key", arena_printf(p->arena, "outcome.%s", r->outcome));
	json_object_set_new(row, "system",
	                    r->system != NULL ? json_string(words_hex(p->arena, r->system))
	                                      : json_null());
	if (r->system != NULL)
		json_object_set_new(row, "at",
		                    page_target(p, arena_printf(p->arena, "system/%s",
		                                                words_hex(p->arena, r->system))));
	if (r->finding != NULL)
		json_object_set_new(row, "finding", json_string(words_hex(p->arena, r->finding)));
	return row;
}

bool page_reports(struct page *p)
{
	struct report_info *all;
	size_t count;
	json_t *rows = json_array();
	page_set(p, "rows", rows);
	if (!query_reports(&p->state, p->arena, &all, &count, p->err))
		return false;
	for (size_t i = count; i > 0; i--)
		json_array_append_new(rows, report_row(p, &all[i - 1]));
	return true;
}

static json_t *step(struct page *p, const char *key, const struct hash *id, int64_t at,
                    const char *words)
{
	return json_pack("{s:s,s:s,s:o,s:s}", "key", key, "id", words_hex(p->arena, id), "at",
	                 page_time(p->arena, at), "words", words);
}

/* The report, its finding, and the measures that rest on the finding, in time; and its evidence. */
static bool timeline(struct page *p, const struct report_info *r, json_t *steps)
{
	struct record report, finding;
	struct measure_info *all;
	size_t count;
	if (!read_record(p, &r->id, &report))
		return false;
	json_array_append_new(
	    steps, step(p, "kind.report", &r->id, report.claims.issued_at, r->allegation));
	page_set(p, "evidence", page_evidence_files(p, &report.body.report.evidence));
	if (r->finding == NULL)
		return true;
	if (!read_record(p, r->finding, &finding) ||
	    !query_measures(&p->state, p->arena, NULL, p->now, &all, &count, p->err))
		return false;
	json_array_append_new(steps, step(p, "kind.finding", r->finding, finding.claims.issued_at,
	                                  finding.body.finding.reasons));
	for (size_t i = 0; i < count; i++)
		if (all[i].finding != NULL && hash_equal(all[i].finding, r->finding))
			json_array_append_new(
			    steps, step(p, arena_printf(p->arena, "action.%s", all[i].action),
			                &all[i].id, all[i].proposed, all[i].reason));
	return true;
}

bool page_report(struct page *p)
{
	struct hash id;
	uint64_t index;
	struct report_info *all;
	size_t count;
	json_t *steps = json_array();
	page_set(p, "steps", steps);
	if (!page_find(p, http_parameter(p->q, "id"), KIND_REPORT, &id, &index) ||
	    !query_reports(&p->state, p->arena, &all, &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (hash_equal(&all[i].id, &id)) {
			page_set(p, "report", report_row(p, &all[i]));
			page_set(p, "may-find",
			         json_boolean(p->has_person &&
			                      strcmp(p->person.role, "officer") == 0 &&
			                      all[i].finding == NULL));
			page_case(p, words_hex(p->arena, &id));
			return timeline(p, &all[i], steps);
		}
	return err_refused(p->err, "state.no-such-thing", "there is no such report");
}
