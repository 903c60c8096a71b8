/* Measures, and how they arrive. */
#include "pages.h"

#include <string.h>

bool page_measures(struct page *p)
{
	struct measure_info *all;
	size_t count;
	json_t *rows = json_array();
	page_set(p, "rows", rows);
	if (!query_measures(&p->state, p->arena, NULL, p->now, &all, &count, p->err))
		return false;
	for (size_t i = count; i > 0; i--)
		json_array_append_new(rows, page_measure_row(p, &all[i - 1]));
	return true;
}

/*
 * What a system has yet to do that has not confirmed: it was told when it asked for its lease, and
 * says that it knows when it asks again.
 */
static const char *waits_for(const struct arrival *a, const struct measure_info *m)
{
	const struct system_info *s = &a->system;
	bool told = (s->sequence > 0 && s->granted >= m->began) ||
	            (s->refusals > 0 && s->refused >= m->began);
	return s->sequence == 0                                     ? "measure.waits-first"
	       : !told                                              ? "measure.waits-ask"
	       : s->granted >= m->began && s->granted >= s->refused ? "measure.waits-confirm"
	                                                            : "measure.waits-told";
}

static json_t *arrivals(struct page *p, const struct measure_info *m, const struct arrival all[],
                        size_t count, uint64_t *obeyed)
{
	json_t *rows = json_array();
	*obeyed = 0;
	for (size_t i = 0; i < count; i++) {
		const struct arrival *a = &all[i];
		bool ended = a->lease_ends <= p->now;
		*obeyed += a->has_it || ended;
		json_array_append_new(
		    rows,
		    json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:b,s:o}", "waits-key", waits_for(a, m),
		              "id", words_hex(p->arena, &a->system.id), "short",
		              words_short(p->arena, &a->system.id), "serial", a->system.serial,
		              "end-user", a->system.end_user, "country", a->system.country,
		              "has-it", a->has_it, "ended", !a->has_it && ended, "ends",
		              page_time(p->arena, a->lease_ends)));
	}
	return rows;
}

static json_t *lifts(struct page *p, const struct hash *measure)
{
	struct lift_info *all;
	size_t count;
	json_t *rows = json_array();
	if (!query_lifts(&p->state, p->arena, p->now, &all, &count, p->err))
		return rows;
	for (size_t i = 0; i < count; i++)
		if (hash_equal(&all[i].measure, measure))
			json_array_append_new(rows,
			                      json_pack("{s:s,s:s,s:s,s:s,s:b,s:I,s:I}", "id",
			                                words_hex(p->arena, &all[i].id), "short",
			                                words_short(p->arena, &all[i].id), "reason",
			                                all[i].reason, "proposer", all[i].proposer,
			                                "is-done", all[i].is_done, "agreed",
			                                (json_int_t)all[i].approval_count + 1,
			                                "needed", (json_int_t)all[i].needed));
	return rows;
}

/* Whoever is signed in has agreed already: nobody counts twice. */
static bool has_agreed(struct page *p, const struct measure_info *m)
{
	bool agreed = strcmp(m->proposer, p->person.holder) == 0;
	for (size_t i = 0; i < m->approval_count; i++)
		agreed |= strcmp(m->approvals[i].officer, p->person.holder) == 0;
	return agreed;
}

static json_t *officers(struct page *p, const struct measure_info *m)
{
	json_t *all = json_array();
	json_array_append_new(all, json_pack("{s:s,s:s,s:b}", "name", m->proposer, "id",
	                                     words_hex(p->arena, &m->id), "proposed", true));
	for (size_t i = 0; i < m->approval_count; i++)
		json_array_append_new(
		    all, json_pack("{s:s,s:s,s:b}", "name", m->approvals[i].officer, "id",
		                   words_hex(p->arena, &m->approvals[i].id), "proposed", false));
	return all;
}

bool page_measure(struct page *p)
{
	struct hash id;
	uint64_t index, obeyed;
	struct measure_info m;
	struct arrival *all = NULL;
	size_t count = 0;
	if (!page_find(p, http_parameter(p->q, "id"), KIND_MEASURE, &id, &index) ||
	    !query_measure(&p->state, p->arena, &id, p->now, &m, p->err) ||
	    (m.is_in_force && !query_arrivals(&p->state, p->arena, &m, &all, &count, p->err)))
		return false;
	json_t *row = page_measure_row(p, &m);
	json_object_set_new(row, "seq", json_integer((json_int_t)index));
	page_set(p, "measure", row);
	page_set(p, "officers", officers(p, &m));
	page_set(p, "lifts", lifts(p, &id));
	page_set(p, "systems", arrivals(p, &m, all, count, &obeyed));
	page_set(p, "obeyed", json_integer((json_int_t)obeyed));
	page_set(p, "reached", json_integer((json_int_t)count));
	page_set(p, "pending", json_boolean(m.is_in_force && obeyed < count));
	page_set(
	    p, "is-live",
	    json_boolean(strcmp(m.stage, "proposed") == 0 || (m.is_in_force && obeyed < count)));
	page_set(p, "is-in-force", json_boolean(m.is_in_force));
	bool officer = p->has_person && strcmp(p->person.role, "officer") == 0;
	page_set(p, "may-approve",
	         json_boolean(officer && !has_agreed(p, &m) && m.approval_count + 1 < m.needed));
	page_set(p, "may-lift", json_boolean(officer && m.is_in_force));
	page_case(p, words_hex(p->arena, &id));
	return p->err->kind == ERR_NONE;
}
