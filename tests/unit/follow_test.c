/* Whom a record is about, what it touched, where a measure has arrived: for those who follow. */
#include "test.h"

#include "authority/query.h"
#include "broken_disk.h"
/* Cases of rules_test.c that are not wanted here come along with those that are. */
#pragma GCC diagnostic ignored "-Wunused-function"
#include "rules/screening.h"
#include "rules/tags.h"
#include "world.h"

static struct record entry_at(struct world *w, uint64_t index)
{
	struct record record;
	struct err e = {0};
	bool decoded = record_decode(&w->arena, w->log[index], &record, &e);
	CHECK(decoded, "%s", e.text);
	return record;
}

static struct record last_entry(struct world *w)
{
	return entry_at(w, w->index - 1);
}

/* "all action target target ..." */
static const char *concerns_text(struct world *w, const struct record *record)
{
	struct concerns c;
	struct err e = {0};
	struct buffer b = {.arena = &w->arena};
	if (!query_concerns(&w->state, &w->arena, record, &c, &e))
		return arena_printf(&w->arena, "%s", e.text);
	buffer_printf(&b, "%s%s", c.all ? "all " : "", c.action != NULL ? c.action : "-");
	for (size_t i = 0; i < c.count; i++)
		buffer_printf(&b, " %s", c.at[i]);
	return buffer_cstr(&b);
}

static const char *concerns_of_last(struct world *w)
{
	struct record record = last_entry(w);
	return concerns_text(w, &record);
}

#define CHECK_TEXT(got, want)                                                                      \
	do {                                                                                       \
		const char *got_ = (got), *want_ = (want);                                         \
		CHECK(strcmp(got_, want_) == 0, "\"%s\", not \"%s\"", got_, want_);                \
	} while (0)

static const char *target(struct world *w, const char *kind, const struct hash *id)
{
	return world_target(w, kind, id);
}

/* --- Concerns ------------------------------------------------------------------------------------
 */

static const char *wanted_of(struct world *w, const struct record *r)
{
	struct arena *a = &w->arena;
	const char *system = target(w, "system", &w->system),
	           *licence = target(w, "licence", &w->licence);
	switch (r->kind) {
	case KIND_DEFINITIONS:
		return "all definitions";
	case KIND_DECLARATION:
		return "declaration end-user/Ruritania-State-Police";
	case KIND_LICENCE:
		return arena_printf(
		    a, "- %s end-user/Ruritania-State-Police exporter/Meridian-Systems", licence);
	case KIND_ENROLMENT:
		return arena_printf(a, "- %s %s", system, licence);
	case KIND_REPORT:
	case KIND_FINDING:
		return arena_printf(a, "- %s", system);
	case KIND_LISTING:
		return "- list/" WORLD_LIST;
	default:
		return "-";
	}
}

static void each_kind_of_record_concerns_whom_it_names(void)
{
	struct world w;
	world_begin(&w, WORLD_FOUND);
	for (uint64_t i = 0; i < w.index; i++) {
		struct record record = entry_at(&w, i);
		CHECK_TEXT(concerns_text(&w, &record), wanted_of(&w, &record));
	}
	struct refusal_body refusal = world_refusal(&w);
	struct measure_body measure = world_measure(&w, MEASURE_DISCONNECT);
	world_enforce(&w, &measure);
	world_must(&w, KIND_REFUSAL, &refusal, NULL, NULL);
	CHECK_TEXT(concerns_of_last(&w),
	           arena_printf(&w.arena, "- %s", target(&w, "system", &w.system)));
	struct surrender_body surrender = world_surrender(&w);
	world_must(&w, KIND_SURRENDER, &surrender, &w.end_user, NULL);
	CHECK_TEXT(concerns_of_last(&w),
	           arena_printf(&w.arena, "surrender %s", target(&w, "licence", &w.licence)));
	world_end(&w);
}

/* One officer touches nothing in force; who follows the target hears of it all the same. */
static void a_measure_touches_its_target_from_the_second_officer_on(void)
{
	struct world w;
	struct err e = {0};
	struct hash id, lift;
	world_begin(&w, WORLD_FOUND);
	const char *at = target(&w, "system", &w.system);
	struct measure_body body = world_measure(&w, MEASURE_DISCONNECT);
	body.target = at;
	world_must(&w, KIND_MEASURE, &body, &w.officers[0], &id);
	struct touched touched;
	struct record proposal = last_entry(&w);
	CHECK(query_touched(&w.state, &w.arena, &proposal, &touched, &e) &&
	          touched.target == NULL && !touched.all,
	      "a proposal touched %s", touched.target);
	CHECK_TEXT(concerns_of_last(&w), arena_printf(&w.arena, "- %s", at));
	CHECK(world_approve(&w, &id, 1, &e), "%s", e.text);
	CHECK_TEXT(concerns_of_last(&w), arena_printf(&w.arena, "disconnect %s", at));
	struct lift_body lifts = {.measure = id, .reason = "Enough."};
	world_must(&w, KIND_LIFT, &lifts, &w.officers[0], &lift);
	CHECK_TEXT(concerns_of_last(&w), arena_printf(&w.arena, "- %s", at));
	CHECK(world_approve(&w, &lift, 2, &e), "%s", e.text);
	CHECK_TEXT(concerns_of_last(&w), arena_printf(&w.arena, "lift %s", at));
	world_end(&w);
}

static void tags_in_force_touch_all_and_proposed_ones_nobody(void)
{
	struct world w;
	struct hash id;
	struct err e = {0};
	world_begin(&w, WORLD_FOUND);
	struct tags_body body = tags_of(&w, 1, 1);
	world_must(&w, KIND_TAGS, &body, &w.officers[0], &id);
	CHECK_TEXT(concerns_of_last(&w), "-");
	struct record proposal = last_entry(&w);
	CHECK(world_approve(&w, &id, 1, &e), "%s", e.text);
	CHECK_TEXT(concerns_of_last(&w), "all tags");
	CHECK_TEXT(concerns_text(&w, &proposal), "all tags");
	world_end(&w);
}

/* Only a list that suspends touches whoever is on it, and an officer's word does again. */
static void a_hit_touches_where_the_list_suspends(void)
{
	struct world w;
	struct err e = {0};
	world_begin(&w, WORLD_ENROLLED);
	CHECK(find_hit(&w, "a", &e), "%s", e.text);
	CHECK_TEXT(concerns_of_last(&w), "-");
	CHECK(list_suspends(&w, &e) && find_hit(&w, "b", &e), "%s", e.text);
	CHECK_TEXT(concerns_of_last(&w), "screening exporter/Meridian-Systems");
	CHECK(clear(&w, CLEARANCE_NOT_THE_SAME, &e), "%s", e.text);
	CHECK_TEXT(concerns_of_last(&w), "screening exporter/Meridian-Systems");
	struct screening_body both = world_hit(&w, "c");
	const struct party_hit *one = both.hits.at;
	struct party_hit other = *one;
	other.party = "end-user";
	other.name = w.end_user.public.name;
	other.country = "XR";
	both.hits = WORLD_LIST_OF(&w, struct party_hit, *one, other);
	w.now++;
	world_must(&w, KIND_SCREENING, &both, NULL, NULL);
	CHECK_TEXT(concerns_of_last(&w), "all screening");
	world_end(&w);
}

/* --- What one stands under
 * ------------------------------------------------------------------------
 */

static const char *stands_under(struct world *w, const char *at)
{
	struct concerns c;
	struct err e = {0};
	struct buffer b = {.arena = &w->arena};
	if (!query_stands_under(&w->state, &w->arena, at, &c, &e))
		return e.rule != NULL ? e.rule : "-";
	for (size_t i = 0; i < c.count; i++)
		buffer_printf(&b, "%s%s", i > 0 ? " " : "", c.at[i]);
	return buffer_cstr(&b);
}

static void a_system_and_a_licence_stand_under_all_that_can_be_aimed_at(void)
{
	struct world w;
	struct hash nobody = {{1}};
	world_begin(&w, WORLD_ENROLLED);
	const char *above = "end-user/Ruritania-State-Police exporter/Meridian-Systems "
	                    "item/Listener country/XR",
	           *system = target(&w, "system", &w.system),
	           *licence = target(&w, "licence", &w.licence);
	CHECK_TEXT(stands_under(&w, system),
	           arena_printf(&w.arena, "%s %s %s", system, licence, above));
	CHECK_TEXT(stands_under(&w, licence), arena_printf(&w.arena, "%s %s", licence, above));
	CHECK_TEXT(stands_under(&w, "country/XR"), "country/XR");
	CHECK_TEXT(stands_under(&w, "system"), "system");
	CHECK_TEXT(stands_under(&w, "system/12"), "system/12");
	CHECK_TEXT(stands_under(&w, "list/eu"), "list/eu");
	const char *record = target(&w, "record", &w.system);
	CHECK_TEXT(stands_under(&w, record), record);
	CHECK_TEXT(stands_under(&w, target(&w, "system", &nobody)), "state.no-such-system");
	CHECK_TEXT(stands_under(&w, target(&w, "licence", &nobody)), "state.no-such-licence");
	world_end(&w);
}

/* --- Arrival
 * ---------------------------------------------------------------------------------------
 */

struct reached {
	size_t systems, have_it;
};

static struct reached reached_by(struct world *w, const struct hash *measure)
{
	struct measure_info info;
	struct arrival *at;
	size_t count = 0;
	struct err e = {0};
	struct reached out = {0};
	bool asked = query_measure(&w->state, &w->arena, measure, w->now, &info, &e) &&
	             query_arrivals(&w->state, &w->arena, &info, &at, &count, &e);
	CHECK(asked, "%s", e.text);
	for (size_t i = 0; i < count; i++) {
		struct arrival one;
		bool same = query_arrival(&w->state, &w->arena, &info, &at[i].system, &one, &e) &&
		            one.has_it == at[i].has_it && one.lease_ends == at[i].lease_ends;
		CHECK(same, "asked for by itself: %s", e.text);
		CHECK((one.lease_ends > 0) == (at[i].system.sequence > 0), "%lld",
		      (long long)one.lease_ends);
		out.have_it += one.has_it;
	}
	out.systems = count;
	return out;
}

static void add_system(struct world *w, const char *serial)
{
	struct secret_key device = world_key(serial);
	struct enrolment_body body = world_enrolment(w);
	body.serial = serial;
	body.device_key = device.public;
	world_must(w, KIND_ENROLMENT, &body, &w->exporter, NULL);
}

/* A request that says which answer was the last to come. */
static void renew(struct world *w)
{
	struct renewal_body body = world_renewal(w);
	struct lease_body lease;
	struct err e = {0};
	body.has_heard = w->counter > 0;
	body.heard = w->counter;
	CHECK(world_renew(w, &body, &w->device, &lease, &e), "%s", e.text);
}

static void a_measure_has_arrived_when_the_system_has_named_what_came_after_it(void)
{
	struct world w;
	struct err e = {0};
	world_begin(&w, WORLD_FOUND);
	add_system(&w, "S-2");
	const struct {
		const char *target;
		size_t systems;
	} rows[] = {{target(&w, "system", &w.system), 1},
	            {target(&w, "licence", &w.licence), 2},
	            {"end-user/Ruritania-State-Police", 2},
	            {"exporter/Meridian-Systems", 2},
	            {"item/Listener", 2},
	            {"country/XR", 2}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct measure_body body = world_measure(&w, MEASURE_RESTRICT);
		struct hash id;
		body.target = rows[i].target;
		world_must(&w, KIND_MEASURE, &body, &w.officers[0], &id);
		CHECK(reached_by(&w, &id).systems == 0, "%s: proposed only", body.target);
		CHECK(world_approve(&w, &id, 1, &e), "%s", e.text);
		struct reached before = reached_by(&w, &id);
		CHECK(before.systems == rows[i].systems && before.have_it == 0, "%s: %zu, %zu",
		      body.target, before.systems, before.have_it);
		renew(&w); /* carries it; the next request says that it came */
		CHECK(reached_by(&w, &id).have_it == 0, "%s: given is not heard", body.target);
		renew(&w);
		CHECK(reached_by(&w, &id).have_it == 1, "%s: not heard", body.target);
		world_lift(&w, &id);
	}
	world_end(&w);
}

static void a_measure_on_another_item_or_exporter_reaches_nobody_here(void)
{
	struct world w;
	struct err e = {0};
	struct hash id;
	struct measure_info info;
	struct arrival *at;
	size_t count = 9;
	world_begin(&w, WORLD_FOUND);
	struct measure_body body = world_measure(&w, MEASURE_DISCONNECT);
	body.target = "item/Listener";
	id = world_enforce(&w, &body);
	CHECK(query_measure(&w.state, &w.arena, &id, w.now, &info, &e), "%s", e.text);
	static const char *const others[] = {"item/Watcher", "exporter/Another"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		info.target = others[i];
		CHECK(query_arrivals(&w.state, &w.arena, &info, &at, &count, &e) && count == 0,
		      "%s: %zu", others[i], count);
	}
	static const char *const none[] = {"item",       "exporterMeridian", "item/",
	                                   "country/xr", "system/00",        ""};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		info.target = none[i];
		CHECK(!query_arrivals(&w.state, &w.arena, &info, &at, &count, &e) && count == 0 &&
		          strcmp(e.rule, "measure.target-malformed") == 0,
		      "%s: %zu", none[i], count);
	}
	world_end(&w);
}

/* --- By id
 * -----------------------------------------------------------------------------------------
 */

static void ids_come_in_pages_and_unknown_ones_are_named(void)
{
	struct world w;
	struct err e = {0};
	struct hash nobody = {{1}}, *ids;
	struct measure_info measure;
	struct key_info key;
	size_t count = 0, pages = 0, seen = 0;
	world_begin(&w, WORLD_ENROLLED);
	add_system(&w, "S-2");
	const struct hash *after = NULL;
	do {
		CHECK(query_ids(&w.state, &w.arena, "system/", after, 1, &ids, &count, &e), "%s",
		      e.text);
		after = count > 0 ? &ids[0] : NULL;
		seen += count;
	} while (count > 0 && ++pages < 9);
	CHECK(seen == 2, "%zu", seen);
	CHECK(!query_measure(&w.state, &w.arena, &nobody, w.now, &measure, &e) &&
	          strcmp(e.rule, "state.no-such-measure") == 0,
	      "%s", e.text);
	CHECK(!query_key(&w.state, &w.arena, &nobody, &key, &e) &&
	          strcmp(e.rule, "state.no-such-key") == 0,
	      "%s", e.text);
	struct hash kid = key_id(&w.exporter.public);
	CHECK(query_key(&w.state, &w.arena, &kid, &key, &e) && strcmp(key.role, "exporter") == 0,
	      "%s", e.text);
	world_end(&w);
}

/* --- Hits
 * -------------------------------------------------------------------------------------------
 */

static void hits_are_told_with_what_an_officer_said(void)
{
	static const struct {
		unsigned outcome;
		const char *stage;
	} rows[] = {{CLEARANCE_NOT_THE_SAME, "cleared"}, {CLEARANCE_TRUE_MATCH, "true match"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct world w;
		struct err e = {0};
		struct hit_info *hits;
		size_t count = 0;
		world_begin(&w, WORLD_ENROLLED);
		struct screening_body both = world_hit(&w, "a");
		struct party_hit first = *(struct party_hit *)both.hits.at, second = first;
		second.entry = "ANOTHER";
		second.id = "102";
		both.hits = WORLD_LIST_OF(&w, struct party_hit, first, second);
		w.now++;
		world_must(&w, KIND_SCREENING, &both, NULL, &w.screening);
		CHECK(clear(&w, rows[i].outcome, &e), "%s", e.text);
		CHECK(query_hits(&w.state, &w.arena, w.now, &hits, &count, &e) && count == 2,
		      "%zu: %s", count, e.text);
		CHECK(hits[0].is_open && !hits[1].is_open, "who waits comes first");
		CHECK_TEXT(hits[0].stage, "open");
		CHECK_TEXT(hits[1].stage, rows[i].stage);
		struct screening_body none = both;
		none.hits = (struct list){0};
		w.now++;
		world_must(&w, KIND_SCREENING, &none, NULL, NULL);
		CHECK(query_hits(&w.state, &w.arena, w.now, &hits, &count, &e), "%s", e.text);
		for (size_t k = 0; k < count; k++)
			CHECK_TEXT(hits[k].stage, "not on the list any more");
		world_end(&w);
	}
}

/* --- Faults
 * -----------------------------------------------------------------------------------------
 */

static bool ask_of_every_entry(struct world *w, struct arena *arena, struct err *e)
{
	for (uint64_t i = 0; i < w->index; i++) {
		struct record record;
		struct concerns concerns;
		if (!record_decode(arena, w->log[i], &record, e) ||
		    !query_concerns(&w->state, arena, &record, &concerns, e))
			return false;
	}
	return true;
}

static bool ask_of_ids(struct world *w, struct arena *arena, struct err *e)
{
	struct concerns under;
	struct hash *ids, tags;
	struct hit_info *hits;
	struct key_info key;
	struct hash kid = key_id(&w->exporter.public);
	size_t count;
	bool erased;
	return query_stands_under(&w->state, arena, target(w, "system", &w->system), &under, e) &&
	       query_stands_under(&w->state, arena, target(w, "licence", &w->licence), &under, e) &&
	       query_ids(&w->state, arena, "system/", NULL, 9, &ids, &count, e) &&
	       query_hits(&w->state, arena, w->now, &hits, &count, e) &&
	       query_key(&w->state, arena, &kid, &key, e) &&
	       query_tags(&w->state, arena, &tags, e) &&
	       query_erased(&w->state, arena, &w->report, "allegation", &erased, e);
}

static bool ask_of_measures(struct world *w, struct arena *arena, struct err *e)
{
	struct measure_info *measures, one;
	struct arrival *at, again;
	size_t count, systems;
	if (!query_measures(&w->state, arena, NULL, w->now, &measures, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!query_measure(&w->state, arena, &measures[i].id, w->now, &one, e) ||
		    !query_arrivals(&w->state, arena, &one, &at, &systems, e))
			return false;
		for (size_t k = 0; k < systems; k++)
			if (!query_arrival(&w->state, arena, &one, &at[k].system, &again, e))
				return false;
	}
	return true;
}

static void a_failing_disk_is_told(void)
{
	struct world w;
	struct err e = {0};
	struct hash id;
	world_begin(&w, WORLD_FOUND);
	struct measure_body body = world_measure(&w, MEASURE_RESTRICT);
	world_lift(&w, (id = world_enforce(&w, &body), &id));
	body.target = target(&w, "system", &w.system);
	world_enforce(&w, &body);
	body.target = "country/XR";
	world_enforce(&w, &body);
	tags_begin(&w);
	CHECK(list_suspends(&w, &e) && find_hit(&w, "a", &e) &&
	          clear(&w, CLEARANCE_NOT_THE_SAME, &e),
	      "%s", e.text);
	broken_disk_ask(&w, ask_of_every_entry);
	broken_disk_ask(&w, ask_of_ids);
	broken_disk_ask(&w, ask_of_measures);
	world_end(&w);
}

TEST_MAIN(TEST(each_kind_of_record_concerns_whom_it_names),
          TEST(a_measure_touches_its_target_from_the_second_officer_on),
          TEST(tags_in_force_touch_all_and_proposed_ones_nobody),
          TEST(a_hit_touches_where_the_list_suspends),
          TEST(a_system_and_a_licence_stand_under_all_that_can_be_aimed_at),
          TEST(a_measure_has_arrived_when_the_system_has_named_what_came_after_it),
          TEST(a_measure_on_another_item_or_exporter_reaches_nobody_here),
          TEST(ids_come_in_pages_and_unknown_ones_are_named),
          TEST(hits_are_told_with_what_an_officer_said), TEST(a_failing_disk_is_told))
