/* What was counted, as the values that report.html asks for. */
#include "report_data.h"

#include <string.h>

#include "authority/query.h"
#include "log/note.h"

enum { BARS = 12, LABEL_BYTES = 34, BAR_WIDTH = 420, BAR_STEP = 26, ROWS = 200 };

struct telling {
	struct cli *cli;
	struct report *r;
	const struct report_about *about;
	const struct state *state;
	json_t *data;
};

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *moment(struct cli *cli, int64_t at)
{
	return json_string(cli_time(cli, at));
}

static json_t *span(struct cli *cli, int64_t seconds)
{
	return json_string(seconds <= 0 ? "at once" : words_duration(&cli->arena, seconds));
}

/* --- Charts ------------------------------------------------------------------------------ */

static int by_count(const void *a, const void *b)
{
	const struct tally_word *one = a, *other = b;
	if (one->count != other->count)
		return one->count < other->count ? 1 : -1;
	return strcmp(one->word, other->word);
}

/* As much of a text as a bar has room for, cut between characters; the table has all of it. */
static json_t *short_label(struct cli *cli, const char *text)
{
	size_t len = strlen(text);
	if (len <= LABEL_BYTES)
		return json_string(text);
	for (len = LABEL_BYTES - 3; len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80;)
		len--;
	return json_string(arena_printf(&cli->arena, "%.*s\u2026", (int)len, text));
}

static json_t *bar(struct cli *cli, size_t place, const struct tally_word *w, uint64_t most)
{
	uint64_t width = most == 0 ? 0 : w->count * BAR_WIDTH / most;
	size_t y = place * BAR_STEP;
	return json_pack("{s:I,s:I,s:I,s:o,s:o,s:I}", "y", (json_int_t)(y + 4), "base",
	                 (json_int_t)(y + 17), "width", (json_int_t)(width > 0 ? width : 1),
	                 "label", short_label(cli, w->word), "value", number(w->count), "after",
	                 (json_int_t)(256 + width));
}

/* `in_order`: as they are, the last so many; else the largest first, and the rest together. */
static void chart(struct telling *t, const char *id, const char *title, const char *what,
                  const struct tally *tally, bool in_order)
{
	struct cli *cli = t->cli;
	struct tally_word *at = arena_array(&cli->arena, tally->count + 1, sizeof *at);
	json_t *bars = json_array(), *rows = json_array();
	uint64_t most = 0, total = 0;
	if (tally->count > 0)
		memcpy(at, tally->at, tally->count * sizeof *at);
	if (!in_order && tally->count > 0)
		qsort(at, tally->count, sizeof *at, by_count);
	size_t first = in_order && tally->count > 24 ? tally->count - 24 : 0;
	size_t shown = in_order ? tally->count - first : tally->count < BARS ? tally->count : BARS;
	for (size_t i = 0; i < tally->count; i++)
		total += at[i].count;
	for (size_t i = first; i < first + shown; i++)
		most = at[i].count > most ? at[i].count : most;
	for (size_t i = 0; i < shown; i++)
		json_array_append_new(bars, bar(cli, i, &at[first + i], most));
	for (size_t i = 0; i < tally->count && i < ROWS; i++)
		json_array_append_new(
		    rows, json_pack("{s:s,s:o}", "name", at[i].word, "value", number(at[i].count)));
	json_t *charts = json_object_get(t->data, "charts");
	json_array_append_new(
	    charts, json_pack("{s:s,s:s,s:s,s:I,s:o,s:o,s:o,s:b,s:b}", "id", id, "title", title,
	                      "what", what, "height", (json_int_t)(shown * BAR_STEP + 8), "bars",
	                      bars, "rows", rows, "total", number(total), "none", tally->count == 0,
	                      "cut", tally->count > ROWS || shown < tally->count));
}

static void tell_charts(struct telling *t)
{
	struct report *r = t->r;
	for (size_t i = 0; i < r->system_count; i++) {
		const struct report_system *s = &r->systems[i];
		*tally_of(&r->arena, &r->countries, s->country) += s->leases;
		*tally_of(&r->arena, &r->licences, s->licence) += s->leases;
	}
	report_count_scopes(r);
	chart(t, "months", "Leases by month", "leases granted", &r->months, true);
	chart(t, "countries", "Leases by country", "leases granted", &r->countries, false);
	chart(t, "licences", "Leases by licence", "leases granted", &r->licences, false);
	chart(t, "capabilities", "What leases allowed", "leases that allowed a capability",
	      &r->capabilities, false);
	chart(t, "purposes", "For which purposes", "leases that allowed a purpose", &r->purposes,
	      false);
	chart(t, "refusals", "Renewals refused, by reason", "refusals", &r->refusals, false);
}

/* --- Findings ---------------------------------------------------------------------------- */

static const char *demanded(const char *code)
{
	for (size_t i = 0; code != NULL && i < rule_count; i++)
		if (strcmp(rules[i].code, code) == 0)
			return rules[i].text;
	return NULL;
}

static void tell_findings(struct telling *t)
{
	const struct report_about *about = t->about;
	json_t *faults = json_array(), *each;
	size_t i;
	json_array_foreach(about->faults, i, each)
	{
		if (i == ROWS)
			break;
		const char *rule = json_string_value(json_object_get(each, "rule"));
		json_t *told = json_copy(each);
		json_object_set_new(told, "rule", json_string(rule != NULL ? rule : "unreadable"));
		if (demanded(rule) != NULL)
			json_object_set_new(told, "demanded", json_string(demanded(rule)));
		json_array_append_new(faults, told);
	}
	uint64_t count = about->check->faults;
	json_object_set_new(t->data, "faults", faults);
	json_object_set_new(t->data, "has_faults", json_boolean(json_array_size(faults) > 0));
	json_object_set_new(t->data, "fault_count", number(count));
	json_object_set_new(t->data, "more_faults", json_boolean(count > json_array_size(faults)));
	json_object_set_new(t->data, "is_clean", json_boolean(about->broken == NULL && count == 0));
	if (about->broken != NULL)
		json_object_set_new(
		    t->data, "broken",
		    json_pack("{s:s,s:s}", "rule",
		              about->broken->rule != NULL ? about->broken->rule : "unreadable",
		              "why", about->broken->text));
}

/* --- Measures ----------------------------------------------------------------------------- */

static const struct reach *reach_of(const struct report *r, const struct hash *id)
{
	const struct reach *at = r->reaches;
	while (at != NULL && !hash_equal(&at->measure, id))
		at = at->next;
	return at;
}

static json_t *tell_reach(struct telling *t, const struct reach *reach)
{
	struct cli *cli = t->cli;
	if (reach == NULL)
		return json_string("");
	if (reach->systems == 0)
		return json_string("no system had a lease then");
	const char *text =
	    arena_printf(&cli->arena, "%llu of %llu systems that had a lease answered since",
	                 (unsigned long long)reach->answered, (unsigned long long)reach->systems);
	if (reach->answered == reach->systems)
		text = arena_printf(&cli->arena, "%s, the last %s later", text,
		                    words_duration(&cli->arena, reach->last_answer - reach->began));
	else
		text = arena_printf(&cli->arena, "%s; the leases of the others ended by %s", text,
		                    cli_time(cli, reach->lease_end));
	return json_string(text);
}

/* A target as people read it: of an id its first eight digits. */
static const char *target_words(struct cli *cli, const char *target)
{
	enum { DIGITS = 8 };
	const char *id = strchr(target, '/');
	bool is_id = strncmp(target, "system/", 7) == 0 || strncmp(target, "licence/", 8) == 0;
	return is_id && id != NULL && strlen(id + 1) > DIGITS
	           ? arena_printf(&cli->arena, "%.*s", (int)(id + 1 - target) + DIGITS, target)
	           : target;
}

static json_t *tell_measure(struct telling *t, const struct measure_info *m)
{
	struct cli *cli = t->cli;
	json_t *told =
	    json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:o}", "id", words_short(&cli->arena, &m->id),
	              "action", m->action, "target", target_words(cli, m->target), "stage",
	              m->stage, "reason", m->reason, "proposed", moment(cli, m->proposed), "reach",
	              tell_reach(t, reach_of(t->r, &m->id)));
	json_object_set_new(
	    told, "officers",
	    json_string(arena_printf(&cli->arena, "%zu of %llu", m->approval_count + 1,
	                             (unsigned long long)m->needed)));
	if (m->began > 0) {
		json_object_set_new(told, "began", moment(cli, m->began));
		json_object_set_new(
		    told, "delay",
		    json_string(
		        m->began == m->proposed
		            ? "at once"
		            : arena_printf(&cli->arena, "after %s",
		                           words_duration(&cli->arena, m->began - m->proposed))));
	}
	return told;
}

/* One officer's suspension that no other confirmed. */
static void tell_alone(struct telling *t, const struct measure_info *m, json_t *alone)
{
	enum { EMERGENCY_SECONDS = 72 * 3600 };
	struct cli *cli = t->cli;
	if (m->began == 0 || m->approval_count + 1 >= m->needed)
		return;
	int64_t end = m->began + EMERGENCY_SECONDS;
	const char *how = m->lifted != NULL  ? "lifted"
	                  : end > t->r->last ? "still within its 72 hours"
	                                     : "ended by itself, confirmed by nobody";
	json_array_append_new(
	    alone, json_pack("{s:s,s:s,s:s,s:o,s:o,s:s}", "id", words_short(&cli->arena, &m->id),
	                     "target", target_words(cli, m->target), "officer", m->proposer,
	                     "began", moment(cli, m->began), "end", moment(cli, end), "how", how));
}

static bool tell_measures(struct telling *t)
{
	struct measure_info *all;
	size_t count;
	json_t *list = json_array(), *alone = json_array();
	json_object_set_new(t->data, "measures", list);
	json_object_set_new(t->data, "alone", alone);
	if (!query_measures(t->state, &t->cli->arena, NULL, t->r->last, &all, &count, &t->cli->err))
		return false;
	for (size_t i = 0; i < count; i++) {
		json_array_append_new(list, tell_measure(t, &all[i]));
		tell_alone(t, &all[i], alone);
	}
	return true;
}

static int64_t time_of(const struct report_time *list, const struct hash *id)
{
	while (list != NULL && !hash_equal(&list->id, id))
		list = list->next;
	return list != NULL ? list->at : 0;
}

/* The first measure that came into force on a finding. */
static const struct measure_info *measure_on(const struct measure_info *all, size_t count,
                                             const struct hash *finding)
{
	const struct measure_info *first = NULL;
	for (size_t i = 0; i < count; i++)
		if (all[i].finding != NULL && hash_equal(all[i].finding, finding) &&
		    all[i].began > 0 && (first == NULL || all[i].began < first->began))
			first = &all[i];
	return first;
}

static bool tell_reports(struct telling *t)
{
	struct cli *cli = t->cli;
	struct report_info *all;
	struct measure_info *measures;
	size_t count, measure_count;
	json_t *list = json_array();
	json_object_set_new(t->data, "reports", list);
	if (!query_reports(t->state, &cli->arena, &all, &count, &cli->err) ||
	    !query_measures(t->state, &cli->arena, NULL, t->r->last, &measures, &measure_count,
	                    &cli->err))
		return false;
	for (size_t i = 0; i < count && i < ROWS; i++) {
		int64_t at = time_of(t->r->reports, &all[i].id);
		json_t *told =
		    json_pack("{s:s,s:o,s:s,s:I}", "id", words_short(&cli->arena, &all[i].id), "at",
		              moment(cli, at), "outcome", all[i].outcome, "evidence",
		              (json_int_t)all[i].evidence);
		if (all[i].finding != NULL) {
			int64_t found = time_of(t->r->findings, all[i].finding);
			const struct measure_info *m =
			    measure_on(measures, measure_count, all[i].finding);
			json_object_set_new(told, "to_finding", span(cli, found - at));
			if (m != NULL)
				json_object_set_new(told, "to_measure",
				                    span(cli, m->began - found));
		}
		json_array_append_new(list, told);
	}
	return true;
}

/* --- Screening, witnesses, gaps ------------------------------------------------------------ */

static bool tell_screening(struct telling *t)
{
	struct cli *cli = t->cli;
	struct hit_info *hits;
	size_t count, open = 0;
	json_t *lists = json_array();
	json_object_set_new(t->data, "lists", lists);
	if (!query_hits(t->state, &cli->arena, t->r->last, &hits, &count, &cli->err))
		return false;
	for (size_t i = 0; i < count; i++)
		open += hits[i].is_open;
	for (size_t i = 0; i < t->r->list_count; i++) {
		const struct report_list *l = &t->r->lists[i];
		json_array_append_new(
		    lists,
		    json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "name", l->name, "entries",
		              number(l->entries), "snapshots", number(l->snapshots), "published",
		              moment(cli, l->published), "last", moment(cli, l->last), "age",
		              span(cli, t->r->last - l->last), "longest", span(cli, l->longest)));
	}
	json_object_set_new(
	    t->data, "screening",
	    json_pack("{s:o,s:o,s:o,s:I,s:o}", "screenings", number(t->r->screenings), "hits",
	              number(t->r->screening_hits), "clearances", number(t->r->clearances), "open",
	              (json_int_t)open, "waits", json_boolean(open > 0)));
	return true;
}

static void tell_witnesses(struct telling *t)
{
	struct cli *cli = t->cli;
	const struct report_about *about = t->about;
	json_t *signers = json_array();
	struct note note;
	struct err ignored;
	if (note_parse(&cli->arena, about->checkpoint, &note, &ignored))
		for (size_t i = 0; i < note.signature_count; i++)
			json_array_append_new(signers,
			                      json_stringn((const char *)note.signatures[i].name.at,
			                                   note.signatures[i].name.len));
	json_object_set_new(t->data, "signers", signers);
	if (about->policed != NULL)
		json_object_set_new(t->data, "quorum",
		                    json_pack("{s:I,s:o,s:o}", "count",
		                              (json_int_t)about->policed->cosignatures, "time",
		                              moment(cli, about->policed->time), "behind",
		                              span(cli, about->policed->time - t->r->last)));
	else if (about->unwitnessed != NULL)
		json_object_set_new(t->data, "unwitnessed", json_string(about->unwitnessed));
	else
		json_object_set_new(t->data, "no_policy", json_true());
}

static void tell_gaps(struct telling *t)
{
	struct cli *cli = t->cli;
	json_t *silences = json_array(), *silent = json_array();
	uint64_t silent_count = 0;
	for (size_t i = 0; i < SILENCES && t->r->silences[i].to > 0; i++) {
		const struct silence *s = &t->r->silences[i];
		json_array_append_new(
		    silences, json_pack("{s:o,s:o,s:o}", "from", moment(cli, s->from), "to",
		                        moment(cli, s->to), "length", span(cli, s->to - s->from)));
	}
	for (size_t i = 0; i < t->r->system_count; i++) {
		const struct report_system *s = &t->r->systems[i];
		if (s->expires > t->r->last || ++silent_count > ROWS)
			continue;
		json_array_append_new(
		    silent,
		    json_pack("{s:s,s:s,s:s,s:s,s:o,s:s}", "id", words_short(&cli->arena, &s->id),
		              "serial", s->serial, "country", s->country, "licence", s->licence,
		              "leases", number(s->leases), "ended",
		              s->leases == 0 ? "never had one" : cli_time(cli, s->expires)));
	}
	json_object_set_new(t->data, "silences", silences);
	json_object_set_new(t->data, "silent", silent);
	json_object_set_new(t->data, "silent_count", number(silent_count));
}

static void tell_rows(struct telling *t, const char *name, const struct tally *tally)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < tally->count && i < ROWS; i++)
		json_array_append_new(rows, json_pack("{s:s,s:o}", "name", tally->at[i].word,
		                                      "value", number(tally->at[i].count)));
	json_object_set_new(t->data, name, rows);
}

json_t *report_data(struct cli *cli, struct report *r, const struct report_about *about,
                    const struct state *state)
{
	const struct log_check *c = about->check;
	struct telling t = {cli, r, about, state, json_object()};
	json_t *counts = json_pack("{s:o,s:o,s:o,s:o,s:I}", "entries", number(c->entries), "leases",
	                           number(c->leases), "refusals", number(c->refusals), "records",
	                           number(c->records), "systems", (json_int_t)r->system_count);
	json_object_set_new(t.data, "counts", counts);
	json_object_set_new(t.data, "charts", json_array());
	json_object_set_new(t.data, "origin", json_string(about->origin));
	json_object_set_new(t.data, "key", json_string(about->key));
	json_object_set_new(t.data, "log", json_string(about->log));
	if (about->policy != NULL)
		json_object_set_new(t.data, "policy", json_string(about->policy));
	json_object_set_new(t.data, "program", json_string("proviso " PROVISO_VERSION));
	json_object_set_new(t.data, "made", moment(cli, about->made));
	json_object_set_new(t.data, "first", moment(cli, r->first));
	json_object_set_new(t.data, "last", moment(cli, r->last));
	json_object_set_new(t.data, "root", json_string(cli_hex(cli, &c->root)));
	json_object_set_new(t.data, "state", json_string(cli_hex(cli, &c->state_digest)));
	json_object_set_new(
	    t.data, "checkpoint",
	    json_stringn((const char *)about->checkpoint.at, about->checkpoint.len));
	tell_findings(&t);
	tell_charts(&t);
	tell_witnesses(&t);
	tell_gaps(&t);
	tell_rows(&t, "releases", &r->releases);
	if (tell_measures(&t) && tell_reports(&t) && tell_screening(&t))
		return t.data;
	json_decref(t.data);
	return NULL;
}
