/* Where a case stands by the state alone. */
#include "case.h"

#include <string.h>

#include "words/words.h"

enum { TITLE_MAX = 120 };

bool case_world_read(struct case_world *w, const struct state *state, struct arena *arena,
                     int64_t now, struct err *e)
{
	*w = (struct case_world){.state = state, .arena = arena, .now = now};
	return query_hits(state, arena, now, &w->hits, &w->hit_count, e);
}

/* --- Applications --------------------------------------------------------------------------- */

static uint64_t open_hits(const struct case_world *w, const struct hash *screening)
{
	uint64_t count = 0;
	for (size_t i = 0; screening != NULL && i < w->hit_count; i++)
		count += w->hits[i].is_open && hash_equal(&w->hits[i].screening, screening);
	return count;
}

static bool of_application(const struct case_world *w, struct case_file *c, struct err *e)
{
	struct application_info *a = &c->application;
	if (!query_application(w->state, w->arena, &c->subject, w->now, a, e) ||
	    !query_advice(w->state, w->arena, &c->subject, &c->advice, e))
		return false;
	c->title = arena_printf(w->arena, "%s to %s: %s %s", a->exporter, a->end_user, a->item,
	                        a->version);
	c->stage = a->stage;
	c->is_open = a->decision == NULL;
	c->exporter = a->exporter;
	c->exporter_country = a->exporter_country;
	c->end_user = a->end_user;
	c->country = a->end_user_country;
	c->facts = (struct case_facts){RULE_APPLICATION, c->country, a->item,
	                               a->body->item.capabilities, open_hits(w, a->screening)};
	return true;
}

/* --- What systems it is about ---------------------------------------------------------------- */

/* Whose a licence is, and what its item can do. */
static bool of_licence(const struct case_world *w, const struct hash *id, struct case_file *c,
                       struct err *e)
{
	struct licence_info licence;
	struct application_info applied;
	if (!query_licence(w->state, w->arena, id, w->now, &licence, e) ||
	    !query_application(w->state, w->arena, &licence.application, w->now, &applied, e))
		return false;
	c->exporter = licence.exporter;
	c->exporter_country = applied.exporter_country;
	c->end_user = licence.end_user;
	c->country = licence.country;
	c->facts.item = licence.item;
	c->facts.country = licence.country;
	c->facts.capabilities = applied.body->item.capabilities;
	return true;
}

static bool of_system(const struct case_world *w, const struct hash *id, struct case_file *c,
                      struct err *e)
{
	struct system_info system;
	return query_system(w->state, w->arena, id, &system, e) &&
	       of_licence(w, &system.licence, c, e);
}

static const char *shortened(struct arena *arena, const char *text)
{
	size_t len = strcspn(text, "\n");
	if (len <= TITLE_MAX)
		return arena_copy(arena, text, len);
	for (len = TITLE_MAX; (text[len] & 0xC0) == 0x80; len--) /* no character is cut in two */
		;
	return arena_printf(arena, "%.*s…", (int)len, text);
}

static bool of_report(const struct case_world *w, struct case_file *c, struct err *e)
{
	struct report_info r;
	if (!query_report(w->state, w->arena, &c->subject, &r, e))
		return false;
	c->title = shortened(w->arena, r.allegation);
	c->stage = r.outcome;
	c->is_open = r.finding == NULL;
	c->facts.kind = RULE_REPORT;
	return r.system == NULL || of_system(w, r.system, c, e);
}

/* Parties of a measure's target; a target that is a country or an item has none. */
static bool of_target(const struct case_world *w, const char *target, struct case_file *c,
                      struct err *e)
{
	const char *slash = strchr(target, '/'), *name = slash + 1;
	struct bytes digits;
	struct hash id;
	if (strncmp(target, "end-user/", 9) == 0)
		c->end_user = name;
	else if (strncmp(target, "exporter/", 9) == 0)
		c->exporter = name;
	else if (strncmp(target, "country/", 8) == 0)
		c->country = c->facts.country = name;
	else if (strncmp(target, "item/", 5) == 0)
		c->facts.item = name;
	else if (hex_decode(w->arena, name, &digits) && digits.len == HASH_SIZE) {
		memcpy(id.at, digits.at, HASH_SIZE);
		return strncmp(target, "system/", 7) == 0 ? of_system(w, &id, c, e)
		                                          : of_licence(w, &id, c, e);
	}
	return true;
}

static bool of_measure(const struct case_world *w, struct case_file *c, struct err *e)
{
	struct measure_info *m = &c->measure;
	if (!query_measure(w->state, w->arena, &c->subject, w->now, m, e))
		return false;
	const char *slash = strchr(m->target, '/');
	c->title = strlen(slash + 1) == (size_t)2 * HASH_SIZE
	               ? arena_printf(w->arena, "%s %.*s", m->action, (int)(slash - m->target) + 9,
	                              m->target)
	               : arena_printf(w->arena, "%s %s", m->action, m->target);
	c->stage = m->stage;
	c->is_open =
	    strcmp(m->stage, "proposed") == 0 || strcmp(m->stage, "in force for 72 hours") == 0;
	c->facts.kind = RULE_MEASURE;
	return of_target(w, m->target, c, e);
}

bool case_read(const struct case_world *w, const struct hash *subject, struct case_file *c,
               struct err *e)
{
	struct record_info record;
	*c = (struct case_file){.subject = *subject};
	if (!query_record(w->state, w->arena, subject, &record, e))
		return false;
	c->kind = record.kind;
	c->opened = record.at;
	c->stage = "on the log";
	c->title = arena_printf(w->arena, "%s %s", record_kind(record.kind)->name,
	                        words_short(w->arena, subject));
	switch (record.kind) {
	case KIND_APPLICATION:
		return of_application(w, c, e);
	case KIND_REPORT:
		return of_report(w, c, e);
	case KIND_MEASURE:
		return of_measure(w, c, e);
	case KIND_LICENCE:
		return of_licence(w, subject, c, e);
	case KIND_ENROLMENT:
		return of_system(w, subject, c, e);
	default:
		return true;
	}
}
