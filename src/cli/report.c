/* Counting, as the entries of an audit go by. */
#include "report_data.h"

#include <stdlib.h>
#include <string.h>

#include "authority/memory.h"
#include "authority/query.h"
#include "base/instant.h"
#include "console/template.h"

extern const char report_html[];
extern const size_t report_html_size;

/* --- Words ----------------------------------------------------------------------------- */

uint64_t *tally_of(struct arena *arena, struct tally *t, const char *word)
{
	size_t low = 0, high = t->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(t->at[middle].word, word);
		if (order == 0)
			return &t->at[middle].count;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (t->count == t->room) {
		size_t room = 2 * t->room + 16;
		struct tally_word *more = arena_array(arena, room, sizeof *more);
		if (t->count > 0)
			memcpy(more, t->at, t->count * sizeof *more);
		t->at = more;
		t->room = room;
	}
	memmove(t->at + low + 1, t->at + low, (t->count - low) * sizeof *t->at);
	t->at[low] = (struct tally_word){arena_copy(arena, word, strlen(word)), 0};
	t->count++;
	return &t->at[low].count;
}

static void count_labels(struct report *r, struct tally *t, const struct scope_set *set,
                         uint64_t count)
{
	for (size_t i = 0; i < set->count; i++)
		*tally_of(&r->arena, t, set->at[i]) += count;
	if (set->count == 0)
		*tally_of(&r->arena, t, "any") += count;
}

void report_count_scopes(struct report *r)
{
	for (size_t i = 0; i < r->scopes.count; i++) {
		const struct scope *scope;
		struct err ignored;
		if (!scope_parse(&r->arena, bytes_text(r->scopes.at[i].word), &scope, &ignored))
			continue;
		count_labels(r, &r->capabilities, &scope->allow[SCOPE_CAPABILITY],
		             r->scopes.at[i].count);
		count_labels(r, &r->purposes, &scope->allow[SCOPE_PURPOSE], r->scopes.at[i].count);
	}
}

/* --- Systems --------------------------------------------------------------------------- */

static uint32_t *slot_of(const struct report *r, const struct hash *id)
{
	uint64_t start;
	memcpy(&start, id->at, sizeof start);
	size_t i = (size_t)start & (r->slot_room - 1);
	while (r->slots[i] != 0 && !hash_equal(&r->systems[r->slots[i] - 1].id, id))
		i = (i + 1) & (r->slot_room - 1);
	return &r->slots[i];
}

static void grow_systems(struct report *r)
{
	size_t room = r->system_room == 0 ? 256 : 2 * r->system_room;
	struct report_system *more = arena_array(&r->arena, room, sizeof *more);
	if (r->system_count > 0)
		memcpy(more, r->systems, r->system_count * sizeof *more);
	r->systems = more;
	r->system_room = room;
	r->slot_room = 2 * room;
	r->slots = arena_array(&r->arena, r->slot_room, sizeof *r->slots);
	for (size_t i = 0; i < r->system_count; i++)
		*slot_of(r, &r->systems[i].id) = (uint32_t)(i + 1);
}

static struct report_system *system_of(struct report *r, const struct hash *id)
{
	uint32_t at = r->system_count == 0 ? 0 : *slot_of(r, id);
	return at == 0 ? NULL : &r->systems[at - 1];
}

void report_put_system(struct report *r, const struct report_system *s)
{
	if (r->system_count == r->system_room)
		grow_systems(r);
	r->systems[r->system_count++] = *s;
	*slot_of(r, &s->id) = (uint32_t)r->system_count;
}

static const char *kept_text(struct report *r, const char *before, const char *text)
{
	return arena_printf(&r->arena, "%s%s", before, text);
}

static void enrol(struct report *r, const struct record *record, const struct state *state)
{
	owned_arena arena = {0};
	struct system_info s;
	struct err ignored;
	if (!query_system(state, &arena, &record->id, &s, &ignored))
		return;
	const char *licence = words_short(&arena, &s.licence);
	struct report_system system = {
	    .id = record->id,
	    .serial = kept_text(r, "", s.serial),
	    .country = kept_text(r, "", s.country),
	    .licence = arena_printf(&r->arena, "%s %s to %s", licence, s.item, s.end_user),
	    .targets = {kept_text(r, "system/", hex_encode(&arena, hash_bytes(&s.id))),
	                kept_text(r, "licence/", hex_encode(&arena, hash_bytes(&s.licence))),
	                kept_text(r, "end-user/", s.end_user),
	                kept_text(r, "exporter/", s.exporter), kept_text(r, "item/", s.item),
	                kept_text(r, "country/", s.country)}};
	report_put_system(r, &system);
}

/* --- Answers, and how measures reach systems ---------------------------------------------- */

static void answered(struct report_system *s, int64_t at)
{
	for (struct report_pending *p = s->pending; p != NULL; p = p->next) {
		p->reach->answered++;
		p->reach->last_answer = at;
	}
	s->pending = NULL;
}

static void count_month(struct report *r, int64_t at)
{
	char text[INSTANT_TEXT + 1];
	/* Tallies move as they grow: a place in one is good only while nothing is added. */
	if (at < r->month_until && r->month != NULL) {
		++*r->month;
		return;
	}
	instant_format(at, text);
	text[7] = 0; /* 2026-01 */
	r->month = tally_of(&r->arena, &r->months, text);
	r->month_until = at - at % 86400 + 86400; /* the same day has the same month */
	++*r->month;
}

static void count_lease(struct report *r, const struct lease_body *lease, int64_t at)
{
	struct report_system *s = system_of(r, &lease->system);
	owned_arena arena = {0};
	if (s == NULL)
		return;
	s->leases++;
	s->last = at;
	s->expires = at + (int64_t)lease->ttl_seconds;
	answered(s, at);
	count_month(r, at);
	const char *scope = scope_text(&arena, lease->scope);
	if (r->scope == NULL || strcmp(r->scope, scope) != 0) {
		r->scope_count = tally_of(&r->arena, &r->scopes, scope);
		r->scope = arena_copy(&r->arena, scope, strlen(scope));
	}
	++*r->scope_count;
}

static void count_refusal(struct report *r, const struct refusal_body *refusal, int64_t at)
{
	struct report_system *s = refusal->has_system ? system_of(r, &refusal->system) : NULL;
	++*tally_of(&r->arena, &r->refusals, refusal->code);
	if (s == NULL)
		return;
	s->refusals++;
	answered(s, at);
}

static bool is_aimed_at(const struct report_system *s, const char *target)
{
	for (size_t i = 0; i < sizeof s->targets / sizeof *s->targets; i++)
		if (strcmp(s->targets[i], target) == 0)
			return true;
	return false;
}

/* A measure has come into force: which systems does it still have to reach? */
static void begin_reach(struct report *r, const struct hash *measure, const char *target,
                        int64_t at)
{
	struct reach *reach = arena_alloc(&r->arena, sizeof *reach);
	*reach = (struct reach){.measure = *measure, .began = at, .next = r->reaches};
	r->reaches = reach;
	for (size_t i = 0; i < r->system_count; i++) {
		struct report_system *s = &r->systems[i];
		if (!is_aimed_at(s, target) || s->expires <= at)
			continue;
		struct report_pending *p = arena_alloc(&r->arena, sizeof *p);
		*p = (struct report_pending){reach, s->pending};
		s->pending = p;
		reach->systems++;
		if (s->expires > reach->lease_end)
			reach->lease_end = s->expires;
	}
}

static void look_at_measure(struct report *r, const struct record *record, int64_t at,
                            const struct state *state)
{
	owned_arena arena = {0};
	struct touched touched;
	struct err ignored;
	const struct hash *id =
	    record->kind == KIND_APPROVAL ? &record->body.approval.proposal : &record->id;
	if (!query_touched(state, &arena, record, &touched, &ignored) || touched.target == NULL ||
	    strcmp(touched.action, "lift") == 0)
		return;
	for (const struct reach *known = r->reaches; known != NULL; known = known->next)
		if (hash_equal(&known->measure, id))
			return;
	begin_reach(r, id, touched.target, at);
}

/* --- The rest ---------------------------------------------------------------------------- */

static void note_time(struct report *r, struct report_time **list, const struct hash *id,
                      int64_t at)
{
	struct report_time *t = arena_alloc(&r->arena, sizeof *t);
	*t = (struct report_time){*id, at, *list};
	*list = t;
}

static void note_listing(struct report *r, const struct listing_body *l, int64_t at)
{
	struct report_list *list = NULL;
	for (size_t i = 0; i < r->list_count && list == NULL; i++)
		if (strcmp(r->lists[i].name, l->name) == 0)
			list = &r->lists[i];
	if (list == NULL) {
		struct report_list *more = arena_array(&r->arena, r->list_count + 1, sizeof *more);
		if (r->list_count > 0)
			memcpy(more, r->lists, r->list_count * sizeof *more);
		r->lists = more;
		list = &r->lists[r->list_count++];
		*list = (struct report_list){
		    .name = kept_text(r, "", l->name), .first = at, .last = at};
	}
	if (at - list->last > list->longest)
		list->longest = at - list->last;
	list->last = at;
	list->snapshots++;
	list->entries = l->entries;
	list->published = l->has_published ? l->published : l->date;
}

/* The ten longest times in which nothing was added to the log, the longest first. */
static void note_silence(struct report *r, int64_t at)
{
	struct silence one = {r->last, at};
	if (r->entries++ == 0) {
		r->first = r->last = at;
		return;
	}
	for (size_t i = 0; i < SILENCES && one.to - one.from > 0; i++)
		if (one.to - one.from > r->silences[i].to - r->silences[i].from) {
			struct silence shorter = r->silences[i];
			r->silences[i] = one;
			one = shorter;
		}
	r->last = at;
}

void report_entry(struct report *r, uint64_t index, const struct record *record, int64_t at,
                  const struct state *state)
{
	(void)index;
	if (at != r->last || r->entries == 0)
		note_silence(r, at);
	switch (record->kind) {
	case KIND_LEASE:
		count_lease(r, &record->body.lease, at);
		break;
	case KIND_REFUSAL:
		count_refusal(r, &record->body.refusal, at);
		break;
	case KIND_ENROLMENT:
		enrol(r, record, state);
		break;
	case KIND_MEASURE:
	case KIND_APPROVAL:
		look_at_measure(r, record, at, state);
		break;
	case KIND_REPORT:
		note_time(r, &r->reports, &record->id, at);
		break;
	case KIND_FINDING:
		note_time(r, &r->findings, &record->id, at);
		break;
	case KIND_LISTING:
		note_listing(r, &record->body.listing, at);
		break;
	case KIND_SCREENING:
		r->screenings++;
		r->screening_hits += record->body.screening.hits.count;
		break;
	case KIND_CLEARANCE:
		r->clearances++;
		break;
	case KIND_DISCLOSURE:
		++*tally_of(&r->arena, &r->releases,
		            record->body.disclosure.action == DISCLOSURE_ERASED ? "erased"
		            : record->body.disclosure.has_to ? "released to a named key"
		                                             : "released");
		break;
	default:
		break;
	}
}

struct report *report_begin(void)
{
	return calloc(1, sizeof(struct report));
}

void report_end(struct report *r)
{
	if (r == NULL)
		return;
	arena_free(&r->arena);
	free(r);
}

bool report_write(struct cli *cli, struct report *r, const struct report_about *about,
                  const struct audit_kept *kept, const char *path)
{
	struct state state = memory_state(kept->memory);
	struct buffer page = {.arena = &cli->arena};
	struct templates *t =
	    templates_of("report", bytes_of(report_html, report_html_size), &cli->err);
	if (t == NULL)
		return false;
	json_t *data = report_data(cli, r, about, &state);
	bool ok = data != NULL && templates_render(t, "report", NULL, data, &page, &cli->err) &&
	          file_write(path, buffer_view(&page), 0644, &cli->err);
	json_decref(data);
	templates_close(t);
	return ok;
}
