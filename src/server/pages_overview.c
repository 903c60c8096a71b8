/* The overview: counts, and the tables that the map and the charts are drawn from. */
#include "pages.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rim.h"

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

static int compare_hashes(const void *a, const void *b)
{
	return memcmp(a, b, HASH_SIZE);
}

/* Systems that a measure in force aims at, which have not answered since and whose lease runs. */
static bool count_waiting(struct page *p, const struct measure_info measures[],
                          size_t measure_count)
{
	struct buffer waiting = {.arena = p->arena};
	size_t all = 0;
	for (size_t i = 0; i < measure_count; i++) {
		struct arrival *at;
		size_t count;
		if (!measures[i].is_in_force)
			continue;
		if (!query_arrivals(&p->state, p->arena, &measures[i], &at, &count, p->err))
			return false;
		for (size_t k = 0; k < count; k++)
			if (!at[k].has_it && at[k].lease_ends > p->now)
				buffer_bytes(&waiting, hash_bytes(&at[k].system.id));
	}
	size_t count = waiting.len / HASH_SIZE;
	if (count > 0)
		qsort(waiting.at, count, HASH_SIZE, compare_hashes);
	for (size_t i = 0; i < count; i++)
		all += i == 0 || memcmp(waiting.at + (i - 1) * HASH_SIZE,
		                        waiting.at + i * HASH_SIZE, HASH_SIZE) != 0;
	page_set(p, "waiting", json_integer((json_int_t)all));
	return true;
}

static bool count_files(struct page *p)
{
	struct licence_info *licences;
	struct application_info *applications;
	struct measure_info *measures;
	struct report_info *reports;
	size_t count, measure_count, licensed = 0, open = 0, in_force = 0, proposed = 0,
	                             unanswered = 0;
	if (!query_licences(&p->state, p->arena, &(struct query_filter){0}, p->now, &licences,
	                    &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		licensed += strcmp(licences[i].stage, "in force") == 0;
	if (!query_applications(&p->state, p->arena, p->now, &applications, &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		open += applications[i].decision == NULL;
	if (!query_measures(&p->state, p->arena, NULL, p->now, &measures, &measure_count, p->err))
		return false;
	for (size_t i = 0; i < measure_count; i++) {
		in_force += measures[i].is_in_force;
		proposed += strcmp(measures[i].stage, "proposed") == 0;
	}
	if (!query_reports(&p->state, p->arena, &reports, &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		unanswered += reports[i].finding == NULL;
	if (!count_waiting(p, measures, measure_count))
		return false;
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
		if (!page_read(p, &licences[i].id, &record))
			return false;
		tally(t, licences[i].country, record.claims.issued_at);
	}
	set_tally(t, "licences-by-year");
	if (!query_reports(&p->state, p->arena, &reports, &count, p->err))
		return false;
	for (i = 0; i < count && i < TALLIED_MAX; i++) {
		if (reports[i].finding == NULL || reports[i].system == NULL)
			continue;
		if (!page_read(p, reports[i].finding, &record))
			return false;
		tally(t, country_of_system(p, reports[i].system), record.claims.issued_at);
	}
	set_tally(t, "findings-by-year");
	return true;
}

/* --- The page --------------------------------------------------------------------------------- */

static bool fill(struct page *p)
{
	uint64_t total[CONDITIONS] = {0};
	json_t *countries = json_array();
	page_set(p, "countries", countries);
	if (!count_systems(p, total, countries) || !count_files(p) || !page_count_keys(p) ||
	    !by_year(p))
		return false;
	uint64_t all = total[0] + total[1] + total[2] + total[3];
	page_set(p, "systems", json_integer((json_int_t)all));
	page_set(p, "counts", counts_json(total, p->arena));
	page_set(p, "size", json_integer((json_int_t)store_size(p->authority->store)));
	return true;
}

/*
 * What was counted last. It is good while no record has come and it is not old, by what it costs:
 * leases and time change it too. Where counting takes long, a thread does it, and who asks
 * meanwhile gets what was counted before, and is told to ask again.
 */
struct overview {
	struct service *service;
	pthread_mutex_t counting, reading;
	/* Under `reading`: */
	json_t *counts;
	struct hub_version version;
	uint64_t counted, cost;
	pthread_t thread;
	bool has_thread, is_counting; /* the thread, which is still to be joined; at work */
};

enum { COSTS = 10, FRESH_MICROSECONDS = 500000, LONG_MICROSECONDS = 50000 };

struct overview *overview_new(struct service *s)
{
	struct overview *o = calloc(1, sizeof *o);
	if (o == NULL)
		return NULL;
	o->service = s;
	pthread_mutex_init(&o->counting, NULL);
	pthread_mutex_init(&o->reading, NULL);
	return o;
}

void overview_free(struct overview *o)
{
	if (o == NULL)
		return;
	if (o->has_thread)
		pthread_join(o->thread, NULL);
	json_decref(o->counts);
	pthread_mutex_destroy(&o->counting);
	pthread_mutex_destroy(&o->reading);
	free(o);
}

/*
 * To the page what was counted last: a copy, for pages are filled by several threads. Leases that
 * have come since make it no other at once, but whoever looks on is told to ask again.
 */
static bool give(struct overview *o, struct page *p, bool must_be_fresh)
{
	pthread_mutex_lock(&o->reading);
	uint64_t age = service_microseconds() - o->counted;
	bool is_fresh = o->version.records == p->version.records &&
	                (age < FRESH_MICROSECONDS || age < COSTS * o->cost),
	     is_last = is_fresh && o->version.all == p->version.all,
	     gives = o->counts != NULL && (is_fresh || !must_be_fresh);
	json_t *copy = gives ? json_deep_copy(o->counts) : NULL;
	pthread_mutex_unlock(&o->reading);
	if (gives)
		json_object_update(p->data, copy);
	json_decref(copy);
	page_set(p, "is-stale", json_boolean(!is_last));
	return gives;
}

static bool count(struct overview *o, struct page *p)
{
	uint64_t from = service_microseconds();
	json_t *page = p->data, *counts = json_object();
	p->data = counts;
	bool ok = fill(p);
	p->data = page;
	if (!ok) {
		json_decref(counts);
		return false;
	}
	pthread_mutex_lock(&o->reading);
	json_decref(o->counts);
	o->counts = counts;
	o->version = p->version;
	o->counted = service_microseconds();
	o->cost = o->counted - from;
	pthread_mutex_unlock(&o->reading);
	return give(o, p, false);
}

static bool count_once(struct overview *o, struct page *p)
{
	pthread_mutex_lock(&o->counting);
	/* Who waited for the lock may find it done. */
	bool ok = give(o, p, true) || count(o, p);
	pthread_mutex_unlock(&o->counting);
	return ok;
}

static void *count_behind(void *ctx)
{
	struct overview *o = ctx;
	struct err e = {0};
	owned_arena arena = {0};
	struct page p = {.service = o->service,
	                 .arena = &arena,
	                 .now = rim_now(),
	                 .version = hub_version(o->service->hub),
	                 .data = json_object(),
	                 .err = &e};
	p.authority = reader_take(o->service->readers, &e);
	if (p.authority != NULL) {
		p.state = authority_state(p.authority);
		count_once(o, &p);
		reader_give(o->service->readers, p.authority);
	}
	json_decref(p.data);
	pthread_mutex_lock(&o->reading);
	o->is_counting = false;
	pthread_mutex_unlock(&o->reading);
	return NULL;
}

/* False where it must be counted at once: it is soon done, or nothing was counted yet. */
static bool is_counted_behind(struct overview *o)
{
	pthread_mutex_lock(&o->reading);
	bool is_long = o->counts != NULL && o->cost > LONG_MICROSECONDS;
	if (is_long && !o->is_counting) {
		if (o->has_thread)
			pthread_join(o->thread, NULL);
		o->has_thread = pthread_create(&o->thread, NULL, count_behind, o) == 0;
		o->is_counting = is_long = o->has_thread;
	}
	pthread_mutex_unlock(&o->reading);
	return is_long;
}

bool page_overview(struct page *p)
{
	struct overview *o = p->service->overview;
	return give(o, p, true) || (is_counted_behind(o) ? give(o, p, false) : count_once(o, p));
}
