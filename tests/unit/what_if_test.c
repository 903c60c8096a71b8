/* What a measure would do: whom it reaches, what it leaves, which uses it would have refused. */
#include "test.h"

#include "casework/what_if.h"
#include "world.h"

static struct hash add_system(struct world *w, const char *serial)
{
	struct secret_key device = world_key(serial);
	struct enrolment_body body = world_enrolment(w);
	struct hash id;
	body.serial = serial;
	body.device_key = device.public;
	world_must(w, KIND_ENROLMENT, &body, &w->exporter, &id);
	return id;
}

static const char *target_of(struct world *w, const char *word, const struct hash *id)
{
	return arena_printf(&w->arena, "%s/%s", word, hex_encode(&w->arena, hash_bytes(id)));
}

static void it_reaches_what_stands_under_the_target(void)
{
	struct world w;
	struct err e = {0};
	world_begin(&w, WORLD_ENROLLED);
	add_system(&w, "S-2");
	const struct {
		const char *target, *scope;
		size_t systems, narrowed, stopped;
	} rows[] = {
	    {target_of(&w, "system", &w.system), "capability=capture.headers", 1, 1, 0},
	    {target_of(&w, "licence", &w.licence), "none", 2, 2, 2},
	    {"country/XR", "from=2030-01-01T00:00:00Z", 2, 2, 2},
	    {"country/XS", "none", 0, 0, 0},
	    {"end-user/Ruritania-State-Police", "any", 2, 0, 0},
	    {"exporter/Meridian-Systems", "territory=XR", 2, 0, 0},
	    {"exporter/Nobody", "none", 0, 0, 0},
	    {"item/Listener", "limit.subjects=1", 2, 2, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct what_if out;
		CHECK(what_if_read(&w.state, &w.arena, rows[i].target,
		                   world_scope(&w, rows[i].scope), w.now, &out, &e),
		      "row %zu: %s", i, e.text);
		CHECK(out.count == rows[i].systems && out.in_force == rows[i].systems &&
		          out.narrowed == rows[i].narrowed && out.stopped == rows[i].stopped,
		      "row %zu: %zu systems, %zu narrowed, %zu stopped", i, out.count, out.narrowed,
		      out.stopped);
	}
	struct what_if none;
	CHECK(!what_if_read(&w.state, &w.arena, "everybody", &scope_none, w.now, &none, &e) &&
	          strcmp(e.rule, "measure.target-malformed") == 0,
	      "%s", e.text);
	CHECK(!what_if_read(&w.state, &w.arena, target_of(&w, "system", &w.licence), &scope_none,
	                    w.now, &none, &e) &&
	          strcmp(e.rule, "state.no-such-system") == 0,
	      "%s", e.text);
	world_end(&w);
}

static void it_changes_nothing_and_says_what_the_measure_then_does(void)
{
	struct world w;
	struct err e = {0};
	struct what_if before;
	struct effective after;
	world_begin(&w, WORLD_FOUND);
	struct measure_body body = world_measure(&w, MEASURE_RESTRICT);
	CHECK(what_if_read(&w.state, &w.arena, body.target, body.scope, w.now, &before, &e), "%s",
	      e.text);
	world_enforce(&w, &body);
	CHECK(effective(&w.state, &w.system, w.now, false, &w.arena, &after, &e), "%s", e.text);
	CHECK(scope_equal(before.systems[0].then, after.scope), "%s",
	      scope_text(&w.arena, before.systems[0].then));
	world_end(&w);
}

static void uses_are_judged_by_what_can_be_told_of_them(void)
{
	static const struct {
		const char *scope;
		bool has_unjudged, refuses;
		enum scope_dimension by;
	} rows[] = {
	    {"any", false, false, 0},
	    {"none", false, true, SCOPE_CAPABILITY},
	    {"capability=capture", false, false, 0},
	    {"capability=capture.headers", false, true, SCOPE_CAPABILITY},
	    {"purpose=serious-crime", false, true, SCOPE_PURPOSE},
	    {"territory=XS", false, true, SCOPE_TERRITORY},
	    {"require=warrant", false, false, 0},
	    {"require=second-officer", false, true, SCOPE_REQUIRE},
	    {"subject-not=tel:+1", true, false, 0},
	    {"until=2020-01-01T00:00:00Z", true, false, 0},
	    {"limit.subjects=1", true, false, 0},
	    {"territory=XS; limit.subjects=1", true, true, SCOPE_TERRITORY},
	};
	const char *with[] = {"warrant"};
	struct scope_use use = {.capability = "capture.content",
	                        .purpose = "terrorism",
	                        .territory = "XR",
	                        .at = WORLD_START,
	                        .with = with,
	                        .with_count = 1};
	struct world w;
	struct err e = {0};
	world_begin(&w, WORLD_ENROLLED);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct what_if out;
		struct uses_judged uses = {0};
		CHECK(what_if_read(&w.state, &w.arena, "country/XR", world_scope(&w, rows[i].scope),
		                   w.now, &out, &e),
		      "%s", e.text);
		what_if_use(&out, &use, &uses);
		CHECK(out.has_unjudged == rows[i].has_unjudged, "row %zu: unjudged %d", i,
		      out.has_unjudged);
		CHECK(uses.allowed == 1 && uses.refused == rows[i].refuses &&
		          uses.by[rows[i].by] == rows[i].refuses,
		      "row %zu: %llu refused", i, (unsigned long long)uses.refused);
	}
	world_end(&w);
}

TEST_MAIN(TEST(it_reaches_what_stands_under_the_target),
          TEST(it_changes_nothing_and_says_what_the_measure_then_does),
          TEST(uses_are_judged_by_what_can_be_told_of_them))
