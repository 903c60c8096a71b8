/* What is published: lists in use, reports and findings. */
#include "pages.h"

#include <string.h>

#include "screening/lists.h"

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

static int compare_proposed(const void *a, const void *b)
{
	int64_t x = ((const struct measure_info *)a)->proposed,
	        y = ((const struct measure_info *)b)->proposed;
	return (x > y) - (x < y);
}

/* The report, its finding, and the measures that rest on the finding, in time; and its evidence. */
static bool timeline(struct page *p, const struct report_info *r, json_t *steps)
{
	struct record report, finding;
	struct measure_info *all;
	size_t count;
	if (!page_read(p, &r->id, &report))
		return false;
	json_array_append_new(
	    steps, step(p, "kind.report", &r->id, report.claims.issued_at, r->allegation));
	page_set(p, "evidence", page_evidence_files(p, &report.body.report.evidence));
	if (r->finding == NULL)
		return true;
	if (!page_read(p, r->finding, &finding) ||
	    !query_measures(&p->state, p->arena, NULL, p->now, &all, &count, p->err))
		return false;
	json_array_append_new(steps, step(p, "kind.finding", r->finding, finding.claims.issued_at,
	                                  finding.body.finding.reasons));
	if (count > 0)
		qsort(all, count, sizeof *all, compare_proposed);
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
	struct report_info report;
	json_t *steps = json_array();
	page_set(p, "steps", steps);
	if (!page_find(p, http_parameter(p->q, "id"), KIND_REPORT, &id, &index) ||
	    !query_report(&p->state, p->arena, &id, &report, p->err))
		return false;
	page_set(p, "report", report_row(p, &report));
	page_set(p, "may-find",
	         json_boolean(p->has_person && strcmp(p->person.role, "officer") == 0 &&
	                      report.finding == NULL));
	page_case(p, words_hex(p->arena, &id));
	return timeline(p, &report, steps);
}
