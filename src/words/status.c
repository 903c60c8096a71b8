/* What is in force, by country, end user, system. */
#include "words.h"

#include "authority/advice.h"
#include "authority/query.h"
#include "scope/scope.h"

/* The answer to a machine, where one asked. */
static bool give(struct words *w, json_t *value, bool ok)
{
	if (ok && w->json)
		w->value = value;
	else
		json_decref(value);
	return ok;
}

static const char *lease_words(struct words *w, const struct system_info *s)
{
	if (s->sequence == 0)
		return s->refusals > 0 ? arena_printf(w->arena, "none (%s)", s->refusal_code)
		                       : "none yet";
	int64_t left = s->granted + (int64_t)s->ttl_seconds - w->now;
	if (s->refusals > 0 && s->refused > s->granted)
		return arena_printf(w->arena, "no. %llu, refused since: %s",
		                    (unsigned long long)s->sequence, s->refusal_code);
	return left > 0
	           ? arena_printf(w->arena, "no. %llu, %s left", (unsigned long long)s->sequence,
	                          words_duration(w->arena, left))
	           : arena_printf(w->arena, "no. %llu, ran out", (unsigned long long)s->sequence);
}

const char *words_condition(const struct condition *c)
{
	bool narrowed = false;
	for (size_t i = 0; i < c->measure_count; i++)
		narrowed |= c->measures[i].is_in_force;
	if (!c->is_in_force)
		return narrowed ? "stopped by a measure" : "not in force";
	return narrowed ? "restricted" : "in force";
}

static const char *scope_words(struct arena *arena, const struct scope *scope)
{
	return scope == NULL ? "-" : scope_text(arena, scope);
}

/* --- Everything ---------------------------------------------------------------------- */

bool words_system(struct words *w, const struct state *state, const struct system_info *s,
                  json_t **out, const char *cells[6])
{
	struct condition c;
	if (!query_condition(state, w->arena, &s->id, w->now, &c, w->err))
		return false;
	const char *words = words_condition(&c);
	memcpy(cells,
	       (const char *[]){s->country, s->end_user, words_short(w->arena, &s->id), s->serial,
	                        words, lease_words(w, s)},
	       6 * sizeof *cells);
	*out =
	    json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:s}", "country", s->country, "end-user",
	              s->end_user, "system", words_hex(w->arena, &s->id), "serial", s->serial,
	              "licence", words_hex(w->arena, &s->licence), "condition", words, "sequence",
	              (json_int_t)s->sequence, "scope", scope_text(w->arena, c.effective.scope));
	return true;
}

static bool list_systems(struct words *w, const struct state *state, json_t *json)
{
	struct query_filter any = {0};
	struct system_info *systems;
	size_t count;
	struct table table = {.arena = w->arena, .columns = 6};
	if (!query_systems(state, w->arena, &any, &systems, &count, w->err))
		return false;
	table_row(&table, (const char *[]){"country", "end user", "system", "serial", "condition",
	                                   "lease"});
	for (size_t i = 0; i < count; i++) {
		const char *cells[6];
		json_t *one;
		if (!words_system(w, state, &systems[i], &one, cells))
			return false;
		table_row(&table, cells);
		json_array_append_new(json, one);
	}
	if (count > 0)
		table_text(&table, w->colour, &w->text);
	else
		buffer_text(&w->text, "no systems\n");
	return true;
}

static void measure_row(struct words *w, struct table *table, const struct measure_info *m)
{
	const char *officers = m->proposer;
	for (size_t i = 0; i < m->approval_count; i++)
		officers = arena_printf(w->arena, "%s, %s", officers, m->approvals[i].officer);
	/* An id in a target is told by its first digits, as everywhere. */
	const char *slash = strchr(m->target, '/'), *target = m->target;
	if (slash != NULL && strlen(slash + 1) == (size_t)2 * HASH_SIZE)
		target = arena_printf(w->arena, "%.*s", (int)(slash - m->target) + 9, m->target);
	table_row(table,
	          (const char *[]){words_short(w->arena, &m->id), m->action, target, m->stage,
	                           arena_printf(w->arena, "%zu of %llu: %s", m->approval_count + 1,
	                                        (unsigned long long)m->needed, officers),
	                           m->reason});
}

json_t *words_measure(struct arena *arena, const struct measure_info *m)
{
	json_t *approvals = json_array();
	for (size_t i = 0; i < m->approval_count; i++)
		json_array_append_new(approvals, json_string(m->approvals[i].officer));
	return json_pack("{s:s,s:s,s:s,s:s,s:b,s:s,s:o,s:I,s:s,s:s}", "id",
	                 words_hex(arena, &m->id), "action", m->action, "target", m->target,
	                 "stage", m->stage, "in-force", m->is_in_force, "proposer", m->proposer,
	                 "approvals", approvals, "needed", (json_int_t)m->needed, "reason",
	                 m->reason, "scope", scope_words(arena, m->scope));
}

/*
 * Who has a measure in force and who has not heard of it: a row each, in a table of six columns,
 * and for machines. Those whose lease is over have stopped all the same.
 */
static void tell_arrivals(struct words *w, const struct measure_info *m,
                          const struct arrival arrivals[], size_t count, struct table *table,
                          json_t *measure)
{
	json_t *json = json_array();
	json_object_set_new(measure, "systems", json);
	for (size_t i = 0; i < count; i++) {
		const struct arrival *a = &arrivals[i];
		const char *time = a->lease_ends > 0 ? words_time(w->arena, a->lease_ends) : NULL;
		const char *ends = time == NULL ? "no lease"
		                   : a->lease_ends <= w->now
		                       ? arena_printf(w->arena, "ended %s", time)
		                       : time;
		table_row(table,
		          (const char *[]){words_short(w->arena, &m->id), m->action,
		                           words_short(w->arena, &a->system.id), a->system.serial,
		                           a->has_it ? "has it" : "not yet", ends});
		json_array_append_new(json, json_pack("{s:s,s:s,s:b,s:s?}", "system",
		                                      words_hex(w->arena, &a->system.id), "serial",
		                                      a->system.serial, "has-it", a->has_it,
		                                      "lease-ends", time));
	}
}

static void start_arrivals(struct words *w, struct table *table)
{
	*table = (struct table){.arena = w->arena, .columns = 6};
	table_row(table, (const char *[]){"measure", "action", "system", "serial", "has it",
	                                  "lease ends"});
}

static void print_arrivals(struct words *w, const struct table *table)
{
	if (table->count <= table->columns)
		return;
	buffer_text(&w->text, "\n");
	table_text(table, w->colour, &w->text);
}

static bool list_measures(struct words *w, const struct state *state, json_t *json)
{
	struct measure_info *measures;
	struct arrival *list;
	size_t count, arrived;
	struct table table = {.arena = w->arena, .columns = 6}, arrivals;
	start_arrivals(w, &arrivals);
	if (!query_measures(state, w->arena, NULL, w->now, &measures, &count, w->err))
		return false;
	table_row(&table,
	          (const char *[]){"measure", "action", "target", "stage", "officers", "reason"});
	for (size_t i = 0; i < count; i++) {
		json_t *one = words_measure(w->arena, &measures[i]);
		measure_row(w, &table, &measures[i]);
		json_array_append_new(json, one);
		if (!query_arrivals(state, w->arena, &measures[i], &list, &arrived, w->err))
			return false;
		tell_arrivals(w, &measures[i], list, arrived, &arrivals, one);
	}
	if (count > 0) {
		buffer_text(&w->text, "\n");
		table_text(&table, w->colour, &w->text);
	}
	print_arrivals(w, &arrivals);
	return true;
}

/* What a screening found and did not name holds an application just as what it did. */
static void tell_unnamed(struct words *w, const struct application_info *applications, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (applications[i].unnamed > 0)
			buffer_printf(
			    &w->text,
			    "WARNING: the screening of %s found at least %llu more than it "
			    "names: they are named when those that it does are decided\n",
			    words_short(w->arena, &applications[i].id),
			    (unsigned long long)applications[i].unnamed);
}

static bool list_applications(struct words *w, const struct state *state, json_t *json)
{
	struct application_info *applications;
	size_t count;
	struct table table = {.arena = w->arena, .columns = 5};
	if (!query_applications(state, w->arena, w->now, &applications, &count, w->err))
		return false;
	table_row(&table, (const char *[]){"application", "exporter", "end user", "item", "stage"});
	for (size_t i = 0; i < count; i++) {
		const struct application_info *a = &applications[i];
		table_row(&table, (const char *[]){words_short(w->arena, &a->id), a->exporter,
		                                   a->end_user, a->item, a->stage});
		json_array_append_new(json, json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "id",
		                                      words_hex(w->arena, &a->id), "exporter",
		                                      a->exporter, "end-user", a->end_user, "item",
		                                      a->item, "stage", a->stage, "unnamed-hits",
		                                      (json_int_t)a->unnamed));
	}
	if (count > 0) {
		buffer_text(&w->text, "\n");
		table_text(&table, w->colour, &w->text);
	}
	tell_unnamed(w, applications, count);
	return true;
}

/* Parties that may be on a list; those that an officer must decide come first. */
static bool list_hits(struct words *w, const struct state *state, json_t *json)
{
	struct hit_info *hits;
	size_t count;
	struct table table = {.arena = w->arena, .columns = 6};
	if (!query_hits(state, w->arena, w->now, &hits, &count, w->err))
		return false;
	table_row(&table,
	          (const char *[]){"hit", "party", "may be", "list", "it does", "screening"});
	for (size_t i = 0; i < count; i++) {
		const struct hit_info *h = &hits[i];
		table_row(&table, (const char *[]){h->stage, h->name, h->entry, h->list, h->policy,
		                                   words_short(w->arena, &h->screening)});
		json_array_append_new(
		    json, json_pack("{s:s,s:b,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:s}", "stage", h->stage,
		                    "open", h->is_open, "target", h->target, "party", h->party,
		                    "name", h->name, "entry", h->entry, "list", h->list, "policy",
		                    h->policy, "score", (json_int_t)h->score, "screening",
		                    words_hex(w->arena, &h->screening)));
	}
	if (count > 0) {
		buffer_text(&w->text, "\n");
		table_text(&table, w->colour, &w->text);
	}
	return true;
}

static bool all(struct words *w, const struct state *state)
{
	struct authority_info info;
	json_t *systems = json_array(), *measures = json_array(), *applications = json_array();
	json_t *hits = json_array(), *witnesses = NULL;
	bool ok = query_authority(state, w->arena, w->now, &info, w->err);
	if (ok)
		buffer_printf(
		    &w->text,
		    "%s  %llu officers, %llu must agree; definitions no. %llu; %llu entries\n\n",
		    info.origin, (unsigned long long)info.officers,
		    (unsigned long long)info.threshold, (unsigned long long)info.definitions,
		    (unsigned long long)info.entries);
	const char *few = ok ? officers_few(w->arena, &info, w->now) : NULL;
	if (few != NULL)
		buffer_printf(&w->text, "WARNING: %s; register others\n\n", few);
	ok = ok && words_witnesses(w, &witnesses) && list_systems(w, state, systems) &&
	     list_measures(w, state, measures) && list_applications(w, state, applications) &&
	     list_hits(w, state, hits);
	json_t *answer =
	    json_pack("{s:s,s:I,s:I,s:s*,s:I,s:o,s:o,s:o,s:o,s:o*}", "origin",
	              ok ? info.origin : "", "threshold", (json_int_t)(ok ? info.threshold : 0),
	              "officers", (json_int_t)(ok ? info.officers : 0), "warning", few, "entries",
	              (json_int_t)(ok ? info.entries : 0), "systems", systems, "measures", measures,
	              "applications", applications, "hits", hits, "witnesses", witnesses);
	return give(w, answer, ok);
}

/* --- One thing ------------------------------------------------------------------------- */

static bool one_system(struct words *w, const struct state *state, const struct hash *id)
{
	struct condition c;
	if (!query_condition(state, w->arena, id, w->now, &c, w->err))
		return false;
	const char *lease = lease_words(w, &c.system);
	json_t *measures = json_array();
	struct arrival arrival;
	struct table table = {.arena = w->arena, .columns = 6}, arrivals;
	start_arrivals(w, &arrivals);
	table_row(&table,
	          (const char *[]){"measure", "action", "target", "stage", "officers", "reason"});
	for (size_t i = 0; i < c.measure_count; i++) {
		json_t *one = words_measure(w->arena, &c.measures[i]);
		measure_row(w, &table, &c.measures[i]);
		json_array_append_new(measures, one);
		if (c.measures[i].is_in_force &&
		    !query_arrival(state, w->arena, &c.measures[i], &c.system, &arrival, w->err)) {
			json_decref(measures);
			return false;
		}
		tell_arrivals(w, &c.measures[i], &arrival, c.measures[i].is_in_force, &arrivals,
		              one);
	}
	if (w->json)
		return give(
		    w,
		    json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:s,s:I,s:s,s:o}", "system",
		              words_hex(w->arena, id), "serial", c.system.serial, "end-user",
		              c.system.end_user, "country", c.system.country, "licence",
		              words_hex(w->arena, &c.system.licence), "sequence",
		              (json_int_t)c.system.sequence, "condition", words_condition(&c),
		              "use-log-size", (json_int_t)c.system.use_log_size, "scope",
		              scope_text(w->arena, c.effective.scope), "measures", measures),
		    true);
	json_decref(measures);
	buffer_printf(
	    &w->text,
	    "system     %s  %s (%s %s)\nend user   %s (%s)\nexporter   %s\nlicence    %s, %s, "
	    "until %s\n"
	    "condition  %s\nlease      %s\nuse log    %llu leaves acknowledged\nin force   %s\n",
	    words_short(w->arena, id), c.system.serial, c.system.item, c.system.version,
	    c.system.end_user, c.system.country, c.system.exporter,
	    words_short(w->arena, &c.system.licence), c.licence.stage,
	    words_time(w->arena, c.licence.valid_until), words_condition(&c), lease,
	    (unsigned long long)c.system.use_log_size, scope_text(w->arena, c.effective.scope));
	if (c.measure_count > 0) {
		buffer_text(&w->text, "\n");
		table_text(&table, w->colour, &w->text);
	}
	print_arrivals(w, &arrivals);
	return true;
}

json_t *words_licence(struct arena *arena, const struct licence_info *l)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:s,s:s}", "licence",
	                 words_hex(arena, &l->id), "stage", l->stage, "exporter", l->exporter,
	                 "end-user", l->end_user, "item", l->item, "quantity",
	                 (json_int_t)l->quantity, "enrolled", (json_int_t)l->enrolled,
	                 "lease-seconds", (json_int_t)l->lease_seconds, "valid-until",
	                 words_time(arena, l->valid_until), "scope", scope_text(arena, l->scope));
}

static bool one_licence(struct words *w, const struct state *state, const struct hash *id)
{
	struct licence_info l;
	if (!query_licence(state, w->arena, id, w->now, &l, w->err))
		return false;
	const char *scope = scope_text(w->arena, l.scope);
	if (w->json)
		return give(w, words_licence(w->arena, &l), true);
	buffer_printf(&w->text,
	              "licence    %s, %s\nexporter   %s\nend user   %s (%s)\nitem       %s %s, "
	              "%llu of %llu systems enrolled\n"
	              "leases     of %s\nuntil      %s\nscope      %s\n",
	              words_short(w->arena, id), l.stage, l.exporter, l.end_user, l.country, l.item,
	              l.version, (unsigned long long)l.enrolled, (unsigned long long)l.quantity,
	              words_duration(w->arena, (int64_t)l.lease_seconds),
	              words_time(w->arena, l.valid_until), scope);
	return true;
}

/* A measure, and every system that it aims at. */
static bool one_measure(struct words *w, const struct state *state, const struct hash *id)
{
	struct measure_info m;
	struct arrival *list;
	struct table table = {.arena = w->arena, .columns = 6}, arrivals;
	size_t count;
	if (!query_measure(state, w->arena, id, w->now, &m, w->err) ||
	    !query_arrivals(state, w->arena, &m, &list, &count, w->err))
		return false;
	json_t *measure = words_measure(w->arena, &m);
	start_arrivals(w, &arrivals);
	table_row(&table,
	          (const char *[]){"measure", "action", "target", "stage", "officers", "reason"});
	measure_row(w, &table, &m);
	table_text(&table, w->colour, &w->text);
	tell_arrivals(w, &m, list, count, &arrivals, measure);
	print_arrivals(w, &arrivals);
	return give(w, measure, true);
}

/* Why an application is where it is, with what its screening found. */
static bool one_application(struct words *w, const struct state *state, const struct hash *id)
{
	struct application_info *applications, *a = NULL;
	size_t count;
	if (!query_applications(state, w->arena, w->now, &applications, &count, w->err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (hash_equal(&applications[i].id, id))
			a = &applications[i];
	if (a == NULL) {
		err_refused(w->err, "state.no-such-application",
		            "the state has no such application");
		return false;
	}
	struct advice_summary advice;
	if (!query_advice(state, w->arena, id, &advice, w->err))
		return false;
	json_t *hits = json_array();
	if (!w->json)
		buffer_printf(&w->text,
		              "application  %s, %s\nexporter     %s (%s)\nend user     %s "
		              "(%s)\nitem         %s %s, %llu\n",
		              words_short(w->arena, id), a->stage, a->exporter, a->exporter_country,
		              a->end_user, a->end_user_country, a->item, a->version,
		              (unsigned long long)a->quantity);
	if (a->screening != NULL) {
		uint64_t index;
		bool found;
		struct bytes entry;
		struct record record;
		if (!store_find_id(w->authority->store, a->screening, &index, &found, w->err) ||
		    !store_entry(w->authority->store, index, w->arena, &entry, w->err) ||
		    !record_decode(w->arena, entry, &record, w->err)) {
			json_decref(hits);
			return false;
		}
		const struct party_hit *hit = record.body.screening.hits.at;
		for (size_t i = 0; i < record.body.screening.hits.count; i++) {
			if (!w->json)
				buffer_printf(&w->text,
				              "HIT          no. %zu of screening %s: %s \"%s\" is "
				              "\"%s\" on %s: %s\n",
				              i + 1, words_short(w->arena, a->screening),
				              hit[i].party, hit[i].name, hit[i].entry, hit[i].list,
				              hit[i].reason);
			json_array_append_new(hits, json_pack("{s:s,s:s,s:s,s:s,s:s}", "party",
			                                      hit[i].party, "name", hit[i].name,
			                                      "entry", hit[i].entry, "list",
			                                      hit[i].list, "why", hit[i].reason));
		}
	}
	if (w->json)
		return give(
		    w,
		    json_pack("{s:s,s:s,s:s,s:s,s:o,s:o*}", "id", words_hex(w->arena, id), "stage",
		              a->stage, "exporter", a->exporter, "end-user", a->end_user, "hits",
		              hits, "advice",
		              advice.count > 0 ? words_advice(w->arena, id, &advice) : NULL),
		    true);
	json_decref(hits);
	words_advice_text(w, &advice);
	return true;
}

bool words_status(struct words *w, const char *prefix)
{
	struct state state = authority_state(w->authority);
	uint64_t index;
	struct record record;
	w->text.arena = w->arena;
	if (prefix == NULL)
		return all(w, &state);
	if (!authority_find(w->authority, w->arena, prefix, &record, &index, w->err))
		return false;
	switch (record.kind) {
	case KIND_ENROLMENT:
		return one_system(w, &state, &record.id);
	case KIND_LICENCE:
		return one_licence(w, &state, &record.id);
	case KIND_APPLICATION:
		return one_application(w, &state, &record.id);
	case KIND_MEASURE:
		return one_measure(w, &state, &record.id);
	default:
		return err_usage(
		    w->err,
		    "%s is a record of kind %s; status is of a system, a licence, a measure or "
		    "an application "
		    "(proviso show %s says what it is)",
		    prefix, record_kind(record.kind)->name, prefix);
	}
}
