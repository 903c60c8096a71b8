/*
 * What a report has counted, as bytes beside the state of an audit, so that the page of a log of
 * years is written without judging all of it again. Deterministic CBOR; whoever reads it has
 * checked its tag (authority/kept.h), so what is wrong in it is a fault of ours and told as damage.
 */
#include <stdlib.h>

#include "record/cbor.h"
#include "report_data.h"

enum { PARTS = 13, SYSTEM_PARTS = 15, TARGETS = 6 };

/* --- Writing ------------------------------------------------------------------------------ */

static void put_tally(struct buffer *b, const struct tally *t)
{
	cbor_array(b, 2 * t->count);
	for (size_t i = 0; i < t->count; i++) {
		cbor_text(b, t->at[i].word);
		cbor_uint(b, t->at[i].count);
	}
}

/* The first is 1; 0: none. */
static size_t number_of(const struct report *r, const struct reach *reach)
{
	size_t number = 1;
	for (const struct reach *at = r->reaches; at != reach; at = at->next)
		number++;
	return number;
}

static void put_system(struct buffer *b, const struct report *r, const struct report_system *s)
{
	size_t pending = 0;
	cbor_array(b, SYSTEM_PARTS);
	cbor_bytes(b, hash_bytes(&s->id));
	cbor_text(b, s->serial);
	cbor_text(b, s->country);
	cbor_text(b, s->licence);
	for (size_t i = 0; i < TARGETS; i++)
		cbor_text(b, s->targets[i]);
	cbor_uint(b, s->leases);
	cbor_uint(b, s->refusals);
	cbor_int(b, s->last);
	cbor_int(b, s->expires);
	for (const struct report_pending *p = s->pending; p != NULL; p = p->next)
		pending++;
	cbor_array(b, pending);
	for (const struct report_pending *p = s->pending; p != NULL; p = p->next)
		cbor_uint(b, number_of(r, p->reach));
}

static void put_reaches(struct buffer *b, const struct report *r)
{
	size_t count = 0;
	for (const struct reach *at = r->reaches; at != NULL; at = at->next)
		count++;
	cbor_array(b, count);
	for (const struct reach *at = r->reaches; at != NULL; at = at->next) {
		cbor_array(b, 6);
		cbor_bytes(b, hash_bytes(&at->measure));
		cbor_int(b, at->began);
		cbor_int(b, at->last_answer);
		cbor_int(b, at->lease_end);
		cbor_uint(b, at->systems);
		cbor_uint(b, at->answered);
	}
}

static void put_times(struct buffer *b, const struct report_time *first)
{
	size_t count = 0;
	for (const struct report_time *at = first; at != NULL; at = at->next)
		count++;
	cbor_array(b, 2 * count);
	for (const struct report_time *at = first; at != NULL; at = at->next) {
		cbor_bytes(b, hash_bytes(&at->id));
		cbor_int(b, at->at);
	}
}

static void put_lists(struct buffer *b, const struct report *r)
{
	cbor_array(b, r->list_count);
	for (size_t i = 0; i < r->list_count; i++) {
		const struct report_list *l = &r->lists[i];
		cbor_array(b, 7);
		cbor_text(b, l->name);
		cbor_int(b, l->first);
		cbor_int(b, l->last);
		cbor_int(b, l->published);
		cbor_int(b, l->longest);
		cbor_uint(b, l->snapshots);
		cbor_uint(b, l->entries);
	}
}

static void put_silences(struct buffer *b, const struct report *r)
{
	cbor_array(b, 2 * (size_t)SILENCES);
	for (size_t i = 0; i < SILENCES; i++) {
		cbor_int(b, r->silences[i].from);
		cbor_int(b, r->silences[i].to);
	}
}

/* What report.html's charts are made of at the end (countries, purposes, ...) is not among it. */
struct bytes report_format(struct arena *arena, const struct report *r)
{
	struct buffer b = {.arena = arena};
	cbor_array(&b, PARTS);
	put_tally(&b, &r->months);
	put_tally(&b, &r->refusals);
	put_tally(&b, &r->releases);
	put_tally(&b, &r->scopes);
	put_reaches(&b, r);
	cbor_array(&b, r->system_count);
	for (size_t i = 0; i < r->system_count; i++)
		put_system(&b, r, &r->systems[i]);
	put_times(&b, r->reports);
	put_times(&b, r->findings);
	put_lists(&b, r);
	put_silences(&b, r);
	cbor_int(&b, r->first);
	cbor_int(&b, r->last);
	cbor_array(&b, 4);
	cbor_uint(&b, r->entries);
	cbor_uint(&b, r->screenings);
	cbor_uint(&b, r->screening_hits);
	cbor_uint(&b, r->clearances);
	return buffer_view(&b);
}

/* --- Reading ------------------------------------------------------------------------------ */

static const char *get_text(struct report *r, struct cbor_reader *in)
{
	struct bytes text = cbor_read_text(in);
	return arena_copy(&r->arena, in->bad ? "" : (const char *)text.at, in->bad ? 0 : text.len);
}

static struct hash get_hash(struct cbor_reader *in)
{
	struct hash out = {0};
	struct bytes at = cbor_read_bytes(in);
	if (!in->bad && at.len == HASH_SIZE)
		memcpy(out.at, at.at, HASH_SIZE);
	else
		cbor_fail(in, "audit.state", "no hash");
	return out;
}

static void get_array(struct cbor_reader *in, size_t want)
{
	if (cbor_read_array(in) != want)
		cbor_fail(in, "audit.state", "not %zu values", want);
}

static void get_tally(struct report *r, struct cbor_reader *in, struct tally *t)
{
	for (size_t i = cbor_read_array(in) / 2; i > 0 && !in->bad; i--) {
		const char *word = get_text(r, in);
		*tally_of(&r->arena, t, word) = cbor_read_uint(in);
	}
}

static struct reach **get_reaches(struct report *r, struct cbor_reader *in, size_t *count)
{
	struct reach **last = &r->reaches, **all;
	*count = cbor_read_array(in);
	all = arena_array(&r->arena, *count + 1, sizeof(struct reach *));
	for (size_t i = 0; i < *count && !in->bad; i++) {
		struct reach *reach = all[i] = *last = arena_alloc(&r->arena, sizeof *reach);
		get_array(in, 6);
		*reach = (struct reach){.measure = get_hash(in)};
		reach->began = cbor_read_int(in);
		reach->last_answer = cbor_read_int(in);
		reach->lease_end = cbor_read_int(in);
		reach->systems = cbor_read_uint(in);
		reach->answered = cbor_read_uint(in);
		last = &reach->next;
	}
	return all;
}

static void get_pending(struct report *r, struct cbor_reader *in, struct report_system *s,
                        struct reach *const all[], size_t reaches)
{
	struct report_pending **last = &s->pending;
	for (size_t i = cbor_read_array(in); i > 0 && !in->bad; i--) {
		uint64_t number = cbor_read_uint(in);
		if (in->bad || number == 0 || number > reaches) {
			cbor_fail(in, "audit.state", "no such measure");
			return;
		}
		*last = arena_alloc(&r->arena, sizeof **last);
		**last = (struct report_pending){all[number - 1], NULL};
		last = &(*last)->next;
	}
}

static void get_systems(struct report *r, struct cbor_reader *in, struct reach *const all[],
                        size_t reaches)
{
	size_t count = cbor_read_array(in);
	for (size_t i = 0; i < count && !in->bad; i++) {
		struct report_system s = {0};
		get_array(in, SYSTEM_PARTS);
		s.id = get_hash(in);
		s.serial = get_text(r, in);
		s.country = get_text(r, in);
		s.licence = get_text(r, in);
		for (size_t k = 0; k < TARGETS; k++)
			s.targets[k] = get_text(r, in);
		s.leases = cbor_read_uint(in);
		s.refusals = cbor_read_uint(in);
		s.last = cbor_read_int(in);
		s.expires = cbor_read_int(in);
		get_pending(r, in, &s, all, reaches);
		report_put_system(r, &s);
	}
}

static void get_times(struct report *r, struct cbor_reader *in, struct report_time **last)
{
	for (size_t i = cbor_read_array(in) / 2; i > 0 && !in->bad; i--) {
		*last = arena_alloc(&r->arena, sizeof **last);
		(*last)->id = get_hash(in);
		(*last)->at = cbor_read_int(in);
		(*last)->next = NULL;
		last = &(*last)->next;
	}
}

static void get_lists(struct report *r, struct cbor_reader *in)
{
	size_t count = cbor_read_array(in);
	r->lists = arena_array(&r->arena, count + 1, sizeof *r->lists);
	for (; r->list_count < count && !in->bad; r->list_count++) {
		struct report_list *l = &r->lists[r->list_count];
		get_array(in, 7);
		l->name = get_text(r, in);
		l->first = cbor_read_int(in);
		l->last = cbor_read_int(in);
		l->published = cbor_read_int(in);
		l->longest = cbor_read_int(in);
		l->snapshots = cbor_read_uint(in);
		l->entries = cbor_read_uint(in);
	}
}

bool report_parse(struct report *r, struct bytes counts, struct err *e)
{
	struct err why = {0};
	struct cbor_reader in = cbor_reader(counts, &why);
	size_t reaches;
	get_array(&in, PARTS);
	get_tally(r, &in, &r->months);
	get_tally(r, &in, &r->refusals);
	get_tally(r, &in, &r->releases);
	get_tally(r, &in, &r->scopes);
	struct reach **all = get_reaches(r, &in, &reaches);
	get_systems(r, &in, all, reaches);
	get_times(r, &in, &r->reports);
	get_times(r, &in, &r->findings);
	get_lists(r, &in);
	get_array(&in, 2 * (size_t)SILENCES);
	for (size_t i = 0; i < SILENCES; i++) {
		r->silences[i].from = cbor_read_int(&in);
		r->silences[i].to = cbor_read_int(&in);
	}
	r->first = cbor_read_int(&in);
	r->last = cbor_read_int(&in);
	get_array(&in, 4);
	r->entries = cbor_read_uint(&in);
	r->screenings = cbor_read_uint(&in);
	r->screening_hits = cbor_read_uint(&in);
	r->clearances = cbor_read_uint(&in);
	return cbor_done(&in) ||
	       err_input(e, "audit.state", "what was counted for the report is damaged: %s",
	                 why.text);
}
