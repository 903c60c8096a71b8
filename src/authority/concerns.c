/* Whom a record is about, whether or not it changed what is in force. */
#include "query.h"

#include <assert.h>

#include "judge.h"

static void add(struct concerns *c, const char *target)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->at[i], target) == 0)
			return;
	if (c->count < CONCERNS_MAX)
		c->at[c->count++] = target;
}

static void add_id(struct concerns *c, struct arena *arena, const char *word, const struct hash *id)
{
	add(c, arena_printf(arena, "%s/%s", word, hex_encode(arena, hash_bytes(id))));
}

static void add_party(struct concerns *c, struct arena *arena, const char *word,
                      const struct party *party)
{
	add(c, arena_printf(arena, "%s/%s", word, party->name));
}

static bool of_measure(const struct state *state, struct arena *arena, const struct hash *id,
                       struct concerns *c, struct err *e)
{
	struct measure_entry m;
	bool found;
	if (!entry_get(state, arena, ENTRY_MEASURE, key_hash(arena, "measure/", id), &m, &found, e))
		return false;
	if (found)
		add(c, m.target);
	return true;
}

static bool of_proposal(const struct state *state, struct arena *arena, const struct hash *id,
                        struct concerns *c, struct err *e)
{
	struct lift_entry lift;
	bool found;
	if (!entry_get(state, arena, ENTRY_LIFT, key_hash(arena, "lift/", id), &lift, &found, e))
		return false;
	return of_measure(state, arena, found ? &lift.measure : id, c, e);
}

static void of_enrolment(const struct record *record, struct arena *arena, struct concerns *c)
{
	const struct hash *licences = record->body.enrolment.licences.at;
	add_id(c, arena, "system", &record->id);
	for (size_t i = 0; i < record->body.enrolment.licences.count; i++)
		add_id(c, arena, "licence", &licences[i]);
}

/* What a record says of itself; false: more than that has to be looked up. */
static bool by_itself(const struct record *record, struct arena *arena, struct concerns *c)
{
	const union record_body *b = &record->body;
	switch (record->kind) {
	case KIND_LICENCE:
		add_id(c, arena, "licence", &record->id);
		add_party(c, arena, "end-user", &b->licence.end_user);
		add_party(c, arena, "exporter", &b->licence.exporter);
		return true;
	case KIND_ENROLMENT:
		of_enrolment(record, arena, c);
		return true;
	case KIND_SURRENDER:
		add_id(c, arena, "licence", &b->surrender.licence);
		return true;
	case KIND_REFUSAL:
		if (b->refusal.has_system)
			add_id(c, arena, "system", &b->refusal.system);
		return true;
	case KIND_REPORT:
		if (b->report.has_system)
			add_id(c, arena, "system", &b->report.system);
		return true;
	case KIND_FINDING:
		if (b->finding.has_system)
			add_id(c, arena, "system", &b->finding.system);
		return true;
	case KIND_MEASURE:
		add(c, b->measure.target);
		return true;
	case KIND_LISTING:
		add(c, arena_printf(arena, "list/%s", b->listing.name));
		return true;
	default:
		return false;
	}
}

bool query_concerns(const struct state *state, struct arena *arena, const struct record *record,
                    struct concerns *out, struct err *e)
{
	struct touched touched;
	*out = (struct concerns){0};
	if (!by_itself(record, arena, out)) {
		if (record->kind == KIND_APPROVAL &&
		    !of_proposal(state, arena, &record->body.approval.proposal, out, e))
			return false;
		if (record->kind == KIND_LIFT &&
		    !of_measure(state, arena, &record->body.lift.measure, out, e))
			return false;
	}
	if (!query_touched(state, arena, record, &touched, e))
		return false;
	out->all = touched.all;
	out->action = touched.action;
	if (touched.target != NULL)
		add(out, touched.target);
	return true;
}

bool query_stands_under(const struct state *state, struct arena *arena, const char *target,
                        struct concerns *out, struct err *e)
{
	const char *slash = strchr(target, '/');
	struct bytes digits;
	struct hash id;
	*out = (struct concerns){0};
	add(out, target);
	if (slash == NULL || !hex_decode(arena, slash + 1, &digits) || digits.len != HASH_SIZE)
		return true;
	memcpy(id.at, digits.at, HASH_SIZE);
	if (strncmp(target, "system/", 7) == 0) {
		struct system_info s;
		if (!query_system(state, arena, &id, &s, e))
			return false;
		add_id(out, arena, "licence", &s.licence);
		add(out, arena_printf(arena, "end-user/%s", s.end_user));
		add(out, arena_printf(arena, "exporter/%s", s.exporter));
		add(out, arena_printf(arena, "item/%s", s.item));
		add(out, arena_printf(arena, "country/%s", s.country));
	} else if (strncmp(target, "licence/", 8) == 0) {
		struct licence_info l;
		if (!query_licence(state, arena, &id, 0, &l, e))
			return false;
		add(out, arena_printf(arena, "end-user/%s", l.end_user));
		add(out, arena_printf(arena, "exporter/%s", l.exporter));
		add(out, arena_printf(arena, "item/%s", l.item));
		add(out, arena_printf(arena, "country/%s", l.country));
	}
	return true;
}
