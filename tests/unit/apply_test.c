/*
 * What the rules add up to: the whole story, k of n, what is in force. Each rule by itself is in
 * rules_test.c; laws over generated histories are in history_test.c.
 */
#include "test.h"

#include "authority/query.h"
#include "world.h"

/* The scope of the lease that a system gets now, or the code of the refusal. */
static const char *renew(struct world *w)
{
	struct renewal_body body = world_renewal(w);
	struct lease_body lease = {0};
	struct err e = {0};
	if (world_renew(w, &body, &w->device, &lease, &e))
		return scope_text(&w->arena, lease.scope);
	CHECK(e.kind == ERR_REFUSED, "%s", e.text);
	return e.rule == NULL ? "no rule" : e.rule;
}

#define CHECK_TEXT(got, want)                                                                      \
	do {                                                                                       \
		const char *got_ = (got), *want_ = (want);                                         \
		CHECK(strcmp(got_, want_) == 0, "\"%s\", not \"%s\"", got_, want_);                \
	} while (0)

#define FULL_SCOPE                                                                                 \
	"capability=capture.content,capture.headers; "                                             \
	"purpose=serious-crime.kidnapping,serious-crime.trafficking,terrorism; territory=XR; "     \
	"subject-not=mailto:@state.gov,tel:+1; require=warrant; until=2026-10-28T00:00:00Z"
#define HEADERS_SCOPE                                                                              \
	"capability=capture.headers; "                                                             \
	"purpose=serious-crime.kidnapping,serious-crime.trafficking,terrorism; territory=XR; "     \
	"subject-not=mailto:@state.gov,tel:+1; require=warrant; until=2026-10-28T00:00:00Z"

/* --- The story
 * ------------------------------------------------------------------------------------ */

static void from_declaration_to_disconnection_and_back(void)
{
	struct world w;
	struct err e = {0};
	struct measure_body measure;
	struct hash restriction, disconnection;
	world_begin(&w, WORLD_FOUND);
	CHECK_TEXT(renew(&w), FULL_SCOPE);

	measure = world_measure(&w, MEASURE_RESTRICT);
	world_must(&w, KIND_MEASURE, &measure, &w.officers[0], &restriction);
	CHECK_TEXT(renew(&w), FULL_SCOPE); /* one officer changes nothing */
	CHECK(world_approve(&w, &restriction, 1, &e), "%s", e.text);
	CHECK_TEXT(renew(&w), HEADERS_SCOPE);

	measure = world_measure(&w, MEASURE_DISCONNECT);
	disconnection = world_enforce(&w, &measure);
	CHECK_TEXT(renew(&w), "renewal.measure");
	world_lift(&w, &disconnection);
	CHECK_TEXT(renew(&w), HEADERS_SCOPE);
	world_lift(&w, &restriction);
	CHECK_TEXT(renew(&w), FULL_SCOPE);

	struct definitions_body second = world_definitions(&w);
	second.number = 2;
	second.effective = w.now;
	second.has_supersedes = true;
	second.supersedes = 1;
	second.has_grace_days = true;
	second.grace_days = 30;
	world_must(&w, KIND_DEFINITIONS, &second, &w.officers[2], &w.definitions);
	CHECK(strstr(renew(&w), "until=2026-01-31T") != NULL, "the grace bounds the lease");
	w.now = second.effective + 30 * WORLD_DAY;
	CHECK_TEXT(renew(&w), "renewal.superseded");
	struct declaration_body again = world_declaration(&w);
	world_must(&w, KIND_DECLARATION, &again, &w.end_user, &w.declaration);
	CHECK_TEXT(renew(&w), FULL_SCOPE);

	struct surrender_body surrender = world_surrender(&w);
	world_must(&w, KIND_SURRENDER, &surrender, &w.end_user, NULL);
	CHECK_TEXT(renew(&w), "renewal.surrendered");
	world_end(&w);
}

static void a_measure_reaches_systems_by_whatever_they_stand_under(void)
{
	struct world w;
	struct err e = {0};
	const char *const targets[] = {"end-user/Ruritania-State-Police",
	                               "exporter/Meridian-Systems", "item/Listener", "country/XR"};
	world_begin(&w, WORLD_FOUND);
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		struct measure_body body = world_measure(&w, MEASURE_DISCONNECT);
		body.target = targets[i];
		struct hash id = world_enforce(&w, &body);
		CHECK_TEXT(renew(&w), "renewal.measure");
		world_lift(&w, &id);
		CHECK_TEXT(renew(&w), FULL_SCOPE);
	}
	struct measure_body revoke = world_measure(&w, MEASURE_REVOKE);
	world_enforce(&w, &revoke);
	CHECK_TEXT(renew(&w), "renewal.measure");
	/* Revoked again, by another finding's weight: the first stays the reason. */
	struct hash second = world_enforce(&w, &revoke);
	struct licence_info licence;
	CHECK(query_licence(&w.state, &w.arena, &w.licence, w.now, &licence, &e), "%s", e.text);
	CHECK(!hash_equal(licence.ended_by, &second), "the second revocation took its place");
	world_end(&w);
}

/* --- k of n
 * --------------------------------------------------------------------------------------- */

static void found_with(struct world *w, uint64_t threshold, int officers)
{
	world_begin(w, WORLD_EMPTY);
	struct key_body body = world_first(w);
	body.threshold = threshold;
	world_must(w, KIND_KEY, &body, &w->authority, NULL);
	for (int i = 0; i < officers; i++) {
		body = world_key_body(ROLE_OFFICER, &w->officers[i]);
		world_must(w, KIND_KEY, &body, &w->authority, &w->officer_keys[i]);
	}
	body = world_key_body(ROLE_EXPORTER, &w->exporter);
	world_must(w, KIND_KEY, &body, &w->authority, NULL);
	body = world_key_body(ROLE_END_USER, &w->end_user);
	world_must(w, KIND_KEY, &body, &w->authority, NULL);
	body = world_key_body(ROLE_AUDITOR, &w->auditor);
	world_must(w, KIND_KEY, &body, &w->authority, NULL);
	for (enum world_stage s = WORLD_DEFINED; s <= WORLD_FOUND; s++)
		world_step(w, s);
}

/* Proposes and gives how many officers it takes until the answer to a renewal changes. */
static int officers_until(struct world *w, enum record_kind kind, const void *body, struct hash *id)
{
	struct err e;
	const char *before = renew(w);
	world_must(w, kind, body, &w->officers[0], id);
	for (int officers = 1; officers <= 3; officers++) {
		if (strcmp(renew(w), before) != 0)
			return officers;
		if (officers < 3 && !world_approve(w, id, officers, &e))
			return -1;
	}
	return 0;
}

static const struct {
	uint64_t threshold;
	int officers;
	int restrict_, suspend, disconnect, revoke, lift; /* officers that it takes */
} quorums[] = {
    {1, 1, 1, 1, 1, 1, 1}, {1, 2, 1, 1, 2, 2, 2}, {1, 3, 1, 1, 2, 2, 2},
    {2, 3, 2, 1, 2, 2, 2}, {3, 3, 3, 1, 3, 3, 3},
};

static void measures_and_lifts_take_as_many_officers_as_the_rules_say(void)
{
	for (size_t i = 0; i < sizeof quorums / sizeof *quorums; i++) {
		const unsigned actions[] = {MEASURE_RESTRICT, MEASURE_SUSPEND, MEASURE_DISCONNECT,
		                            MEASURE_REVOKE};
		const int wanted[] = {quorums[i].restrict_, quorums[i].suspend,
		                      quorums[i].disconnect, quorums[i].revoke};
		for (size_t k = 0; k < 4; k++) {
			struct world w;
			struct hash id, lift_id;
			found_with(&w, quorums[i].threshold, quorums[i].officers);
			struct measure_body body = world_measure(&w, actions[k]);
			int took = officers_until(&w, KIND_MEASURE, &body, &id);
			CHECK(took == wanted[k], "row %zu, action %u: %d officers, not %d", i,
			      actions[k], took, wanted[k]);
			if (actions[k] != MEASURE_REVOKE) {
				struct lift_body lift = {.measure = id, .reason = "An error."};
				took = officers_until(&w, KIND_LIFT, &lift, &lift_id);
				CHECK(took == quorums[i].lift,
				      "row %zu, lift of %u: %d officers, not %d", i, actions[k],
				      took, quorums[i].lift);
			}
			world_end(&w);
		}
	}
}

static void end_officer(struct world *w, int officer)
{
	struct key_body body = world_key_body(ROLE_OFFICER, &w->officers[officer]);
	body.has_public_key = false;
	body.has_replaces = true;
	body.replaces = w->officer_keys[officer];
	body.has_reason = true;
	body.reason = "Left the service.";
	world_must(w, KIND_KEY, &body, &w->authority, NULL);
}

static void officers_who_left_do_not_count(void)
{
	struct world w;
	struct err e;
	struct hash id;
	world_begin(&w, WORLD_FOUND);
	struct measure_body body = world_measure(&w, MEASURE_DISCONNECT);
	world_must(&w, KIND_MEASURE, &body, &w.officers[0], &id);
	end_officer(&w, 0);
	CHECK(world_approve(&w, &id, 1, &e), "%s", e.text);
	CHECK_TEXT(renew(&w), FULL_SCOPE);
	CHECK(world_approve(&w, &id, 2, &e), "%s", e.text);
	CHECK_TEXT(renew(&w), "renewal.measure");
	world_end(&w);
}

static struct secret_key officer_for_an_hour(struct world *w)
{
	struct secret_key key = world_key("officer-dunn");
	struct key_body body = world_key_body(ROLE_OFFICER, &key);
	body.has_valid_until = true;
	body.valid_until = w->now + 3600;
	world_must(w, KIND_KEY, &body, &w->authority, NULL);
	return key;
}

static void officers_whose_time_is_over_are_not_waited_for(void)
{
	struct world w;
	struct hash id;
	found_with(&w, 1, 1);
	officer_for_an_hour(&w);
	struct measure_body body = world_measure(&w, MEASURE_DISCONNECT);
	CHECK(officers_until(&w, KIND_MEASURE, &body, &id) != 1, "there are two officers");
	world_end(&w);
	found_with(&w, 1, 1);
	officer_for_an_hour(&w);
	w.now += 3600;
	body = world_measure(&w, MEASURE_DISCONNECT);
	CHECK(officers_until(&w, KIND_MEASURE, &body, &id) == 1, "there is one");
	world_end(&w);
}

/* Whose key ran out counts no more; and ending that key leaves no fewer than there were. */
static void an_officers_key_that_ran_out_can_be_ended(void)
{
	struct world w;
	struct err e;
	struct hash id;
	found_with(&w, 2, 2);
	struct secret_key key = world_key("officer-dunn");
	struct key_body body = world_key_body(ROLE_OFFICER, &key);
	body.has_valid_until = true;
	body.valid_until = w.now + 3600;
	world_must(&w, KIND_KEY, &body, &w.authority, &id);
	w.now += 3600;
	body = (struct key_body){.role = ROLE_OFFICER,
	                         .holder = key.public.name,
	                         .has_replaces = true,
	                         .replaces = id,
	                         .has_reason = true,
	                         .reason = "Left the service."};
	CHECK(world_do(&w, KIND_KEY, &body, &w.authority, NULL, &e), "%s", e.text);
	world_end(&w);
}

static void an_officer_counts_once_whatever_the_key(void)
{
	struct world w;
	struct err e;
	struct hash id;
	world_begin(&w, WORLD_FOUND);
	struct measure_body body = world_measure(&w, MEASURE_DISCONNECT);
	world_must(&w, KIND_MEASURE, &body, &w.officers[0], &id);
	struct secret_key next = world_key("officer-adams-2");
	struct key_body key = world_key_body(ROLE_OFFICER, &w.officers[0]);
	key.public_key = next.public;
	key.has_replaces = true;
	key.replaces = w.officer_keys[0];
	world_must(&w, KIND_KEY, &key, &w.officers[0], NULL);
	w.officers[0] = next;
	CHECK(!world_approve(&w, &id, 0, &e) && strcmp(e.rule, "approval.same-officer") == 0, "%s",
	      e.text);
	CHECK(world_approve(&w, &id, 1, &e), "%s", e.text);
	CHECK_TEXT(renew(&w), "renewal.measure");
	world_end(&w);
}

/* Twenty officers of whom all must agree. */
static void every_officer_of_many_is_counted(void)
{
	enum { MANY = 20 };
	struct world w;
	struct err e;
	struct secret_key officers[MANY];
	struct hash id;
	world_begin(&w, WORLD_EMPTY);
	struct key_body body = world_first(&w);
	body.threshold = MANY;
	world_must(&w, KIND_KEY, &body, &w.authority, NULL);
	for (int i = 0; i < MANY; i++) {
		officers[i] = world_key(arena_printf(&w.arena, "officer-%d", i));
		body = world_key_body(ROLE_OFFICER, &officers[i]);
		world_must(&w, KIND_KEY, &body, &w.authority, NULL);
	}
	struct measure_body measure = {.target = "country/XR",
	                               .action = MEASURE_SUSPEND,
	                               .reason = "A coup.",
	                               .has_basis = true,
	                               .basis = "Section 4."};
	world_must(&w, KIND_MEASURE, &measure, &officers[0], &id);
	for (int i = 1; i < MANY; i++) {
		struct approval_body approval = {.proposal = id};
		struct measure_info *info;
		size_t count;
		CHECK(query_measures(&w.state, &w.arena, NULL, w.now, &info, &count, &e) &&
		          strcmp(info[0].stage, "in force for 72 hours") == 0 &&
		          info[0].approval_count == (size_t)i - 1,
		      "before approval %d", i);
		world_must(&w, KIND_APPROVAL, &approval, &officers[i], NULL);
		CHECK(query_measures(&w.state, &w.arena, NULL, w.now, &info, &count, &e) &&
		          (strcmp(info[0].stage, "in force") == 0) == (i == MANY - 1),
		      "approval %d", i);
	}
	world_end(&w);
}

/* --- Time
 * ------------------------------------------------------------------------------------------ */

static void one_officer_suspends_for_72_hours_and_two_for_longer(void)
{
	for (int approved = 0; approved < 2; approved++) {
		struct world w;
		struct err e;
		struct hash id;
		world_begin(&w, WORLD_FOUND);
		struct measure_body body = world_measure(&w, MEASURE_SUSPEND);
		int64_t begun = w.now;
		world_must(&w, KIND_MEASURE, &body, &w.officers[0], &id);
		CHECK_TEXT(renew(&w), "renewal.measure");
		if (approved)
			CHECK(world_approve(&w, &id, 1, &e), "%s", e.text);
		w.now = begun + 72 * 3600;
		CHECK((strcmp(renew(&w), "renewal.measure") == 0) == approved, "after 72 hours");
		if (!approved) { /* may still be agreed to, and then holds */
			CHECK(world_approve(&w, &id, 1, &e), "%s", e.text);
			CHECK_TEXT(renew(&w), "renewal.measure");
		}
		world_lift(&w, &id);
		CHECK_TEXT(renew(&w) + strlen("capability="),
		           "capture.content,capture.headers; "
		           "purpose=serious-crime.kidnapping,serious-crime.trafficking,terrorism; "
		           "territory=XR; "
		           "subject-not=mailto:@state.gov,tel:+1; require=warrant; "
		           "until=2026-10-28T00:00:00Z");
		world_end(&w);
	}
}

/* --- Hits --------------------------------------------------------------------------------- */

static void list_that_suspends(struct world *w)
{
	struct listing_body body = world_listing(w);
	body.has_policy = true;
	body.policy = LISTING_SUSPEND;
	body.date = w->now;
	world_must(w, KIND_LISTING, &body, NULL, &w->listing);
}

/* Who signs for the end user of an application is on the list, or (NULL) somebody else signs. */
static struct hash screen_signatory(struct world *w, const struct hash *application,
                                    const char *listed)
{
	struct hash id;
	const char *name = listed != NULL ? listed : "F. Tarlenheim";
	struct screening_body body = world_screening(w);
	body.application = *application;
	body.parties =
	    WORLD_LIST_OF(w, struct screened_party, {.party = "signatory", .name = name});
	if (listed != NULL)
		body.hits = WORLD_LIST_OF(w, struct party_hit,
		                          {.party = "signatory",
		                           .name = name,
		                           .list = WORLD_LIST,
		                           .entry = "EXAMPLE",
		                           .score = 900,
		                           .reason = "alike",
		                           .has_id = true,
		                           .id = "101"});
	w->now++;
	world_must(w, KIND_SCREENING, &body, NULL, &id);
	return id;
}

static void clear_first(struct world *w, const struct hash *screening)
{
	struct clearance_body body = {.screening = *screening,
	                              .hit = 1,
	                              .outcome = CLEARANCE_NOT_THE_SAME,
	                              .reasons = "Another date of birth."};
	world_must(w, KIND_CLEARANCE, &body, &w->officers[0], NULL);
}

static void a_hit_is_of_one_end_user(void)
{
	struct world w;
	struct hash other, ours, theirs;
	world_begin(&w, WORLD_FOUND);
	struct application_body application = world_application(&w);
	application.end_user = (struct party){"Strelsau-Guard", "XR"};
	world_must(&w, KIND_APPLICATION, &application, &w.exporter, &other);
	list_that_suspends(&w);
	ours = screen_signatory(&w, &w.application, "R. Hentzau");
	theirs = screen_signatory(&w, &other, "R. Hentzau");
	CHECK_TEXT(renew(&w), "renewal.hit");
	clear_first(&w, &ours);
	CHECK_TEXT(renew(&w), FULL_SCOPE);
	clear_first(&w, &theirs);
	CHECK_TEXT(renew(&w), FULL_SCOPE);
	world_end(&w);
}

static void whoever_signs_no_more_is_no_hit(void)
{
	struct world w;
	world_begin(&w, WORLD_FOUND);
	list_that_suspends(&w);
	screen_signatory(&w, &w.application, "R. Hentzau");
	CHECK_TEXT(renew(&w), "renewal.hit");
	screen_signatory(&w, &w.application, NULL);
	CHECK_TEXT(renew(&w), FULL_SCOPE);
	screen_signatory(&w, &w.application, "R. Hentzau");
	CHECK_TEXT(renew(&w), "renewal.hit");
	world_end(&w);
}

/* Whether one officer alone suspends one target and, a week after, another. */
static bool suspends_both(struct world *w, const char *one, const char *other, struct err *e)
{
	struct measure_body body = world_measure(w, MEASURE_SUSPEND);
	body.has_finding = false;
	body.has_basis = true;
	body.basis = "Act 12/2007, section 5.";
	body.target = one;
	world_must(w, KIND_MEASURE, &body, &w->officers[0], NULL);
	w->now += 7 * WORLD_DAY;
	body.target = other;
	return world_do(w, KIND_MEASURE, &body, &w->officers[0], NULL, e);
}

static void nobody_alone_suspends_a_system_by_one_name_after_another(void)
{
	enum { NAMES = 6 };
	for (int i = 0; i < NAMES * NAMES; i++) {
		struct world w;
		struct err e;
		world_begin(&w, WORLD_FOUND);
		const char *const names[NAMES] = {world_target(&w, "system", &w.system),
		                                  world_target(&w, "licence", &w.licence),
		                                  "end-user/Ruritania-State-Police",
		                                  "exporter/Meridian-Systems",
		                                  "item/Listener",
		                                  "country/XR"};
		const char *one = names[i / NAMES], *other = names[i % NAMES];
		CHECK(!suspends_both(&w, one, other, &e) &&
		          strcmp(e.rule, "measure.emergency-again") == 0,
		      "%s, then %s: %s", one, other, e.text);
		world_end(&w);
	}
}

static void an_officer_alone_suspends_what_has_nothing_in_common(void)
{
	struct world w;
	struct err e;
	struct hash second;
	world_begin(&w, WORLD_FOUND);
	struct secret_key device = world_key("RSP-0002");
	struct enrolment_body body = world_enrolment(&w);
	body.serial = "RSP-0002";
	body.device_key = device.public;
	world_must(&w, KIND_ENROLMENT, &body, &w.exporter, &second);
	CHECK(suspends_both(&w, world_target(&w, "system", &w.system),
	                    world_target(&w, "system", &second), &e),
	      "%s", e.text);
	w.now += 30 * WORLD_DAY;
	CHECK(suspends_both(&w, "country/XS", "exporter/Meridian-Systems", &e), "%s", e.text);
	w.now += 30 * WORLD_DAY;
	for (char last = 'A'; last < 'K'; last++) {
		struct measure_body one = world_measure(&w, MEASURE_SUSPEND);
		one.target = arena_printf(&w.arena, "country/Y%c", last);
		one.has_finding = false;
		one.has_basis = true;
		one.basis = "Act 12/2007, section 5.";
		world_must(&w, KIND_MEASURE, &one, &w.officers[0], NULL);
	}
	CHECK(suspends_both(&w, "country/XT", world_target(&w, "system", &w.system), &e), "%s",
	      e.text);
	world_end(&w);
}

static void an_emergency_ends_when_it_says_if_that_is_sooner(void)
{
	struct world w;
	world_begin(&w, WORLD_FOUND);
	struct measure_body body = world_measure(&w, MEASURE_SUSPEND);
	int64_t begun = w.now;
	body.has_until = true;
	body.until = begun + WORLD_DAY;
	world_must(&w, KIND_MEASURE, &body, &w.officers[0], NULL);
	CHECK_TEXT(renew(&w), "renewal.measure");
	w.now = begun + WORLD_DAY;
	CHECK(strstr(renew(&w), "from=2026-01-02T") != NULL, "in force after its end");
	world_end(&w);
}

static void measures_with_an_end_end(void)
{
	struct world w;
	world_begin(&w, WORLD_FOUND);
	struct measure_body headers = world_measure(&w, MEASURE_RESTRICT);
	struct measure_body terror = headers, short_one = headers;
	int64_t begun = w.now;
	headers.has_until = terror.has_until = short_one.has_until = true;
	headers.until = begun + 2 * WORLD_DAY;
	terror.until = begun + 4 * WORLD_DAY;
	terror.scope = world_scope(&w, "purpose=terrorism");
	short_one.until = begun + 3 * WORLD_DAY;
	short_one.scope = world_scope(&w, "limit.subjects=3");
	world_enforce(&w, &terror);
	world_enforce(&w, &headers);
	world_enforce(&w, &short_one);
	const char *all = renew(&w);
	CHECK(strstr(all, "capability=capture.headers; purpose=terrorism;") != NULL &&
	          strstr(all, "limit.subjects=3") != NULL,
	      "%s", all);
	w.now = headers.until - 1; /* judged a second later */
	const char *two = renew(&w);
	CHECK(strstr(two, "capability=capture.content,capture.headers; purpose=terrorism;") !=
	              NULL &&
	          strstr(two, "limit.subjects=3") != NULL,
	      "%s", two);
	w.now = short_one.until - 1; /* judged a second later */
	const char *one = renew(&w);
	CHECK(strstr(one, "purpose=terrorism;") != NULL && strstr(one, "limit") == NULL, "%s", one);
	w.now = terror.until - 1; /* judged a second later */
	CHECK_TEXT(renew(&w), FULL_SCOPE);
	struct effective told;
	struct err e = {0};
	CHECK(effective(&w.state, &w.system, terror.until, true, &w.arena, &told, &e), "%s",
	      e.text);
	CHECK(told.operand_count == 4, "%zu operands", told.operand_count);
	world_end(&w);
}

static void the_log_time_never_goes_back(void)
{
	struct world w;
	struct record record;
	struct err e;
	int64_t now;
	world_begin(&w, WORLD_ENROLLED);
	int64_t last = w.now - 1;
	struct report_body body = world_report(&w);
	w.now -= 1000;
	struct bytes bytes = world_record(&w, KIND_REPORT, &body, &w.auditor);
	CHECK(record_decode(&w.arena, bytes, &record, &e), "%s", e.text);
	CHECK(state_time(&w.state, &record, &now, &e) && now == last, "an older record moved it");
	record.claims.issued_at = last + 5;
	CHECK(state_time(&w.state, &record, &now, &e) && now == last + 5, "a later one did not");
	world_end(&w);
}

/* --- Limits
 * --------------------------------------------------------------------------------------- */

static const struct scope *long_scope(struct world *w, const char *start, int patterns)
{
	struct buffer b = {.arena = &w->arena};
	buffer_printf(&b, "%s; subject-not=", start);
	for (int i = 0; i < patterns; i++)
		buffer_printf(&b, "%sx:%075d", i == 0 ? "" : ",", i);
	return world_scope(w, buffer_cstr(&b));
}

/* Each scope fits in a record; what it makes with the others would not fit in the state. */
static void a_bound_that_cannot_be_written_is_bad_input_and_changes_nothing(void)
{
	struct world w;
	struct err e = {0};
	world_begin(&w, WORLD_FOUNDED);
	struct definitions_body body = world_definitions(&w);
	struct purpose *purposes = body.purposes.at;
	char label[121];
	memset(label, 'a', 120);
	label[120] = 0;
	purposes[0].label = label;
	body.scope = long_scope(&w, "require=warrant", 419);
	struct hash was = memory_digest(&w.memory);
	CHECK(!world_do(&w, KIND_DEFINITIONS, &body, &w.officers[0], NULL, &e), "accepted");
	CHECK(e.kind == ERR_INPUT && strcmp(e.rule, "scope.too-large") == 0, "%s", e.text);
	struct hash is = memory_digest(&w.memory);
	CHECK(hash_equal(&was, &is), "something changed");
	body.scope = long_scope(&w, "require=warrant", 400);
	CHECK(world_do(&w, KIND_DEFINITIONS, &body, &w.officers[0], NULL, &e), "%s", e.text);
	world_end(&w);
}

static void a_grace_beyond_the_calendar_ends_with_it(void)
{
	struct world w;
	struct err e = {0};
	struct definitions_info *info;
	size_t count;
	world_begin(&w, WORLD_DEFINED);
	struct definitions_body body = world_definitions(&w);
	body.number = 2;
	body.effective = 253402300799 - WORLD_DAY; /* in the last year that can be written */
	body.has_supersedes = body.has_grace_days = true;
	body.supersedes = 1;
	body.grace_days = 3650;
	CHECK(world_do(&w, KIND_DEFINITIONS, &body, &w.officers[0], NULL, &e), "%s", e.text);
	CHECK(query_definitions(&w.state, &w.arena, &info, &count, &e) &&
	          info[0].until == 253402300799,
	      "%lld", (long long)info[0].until);
	world_end(&w);
}

/* --- Explaining
 * ------------------------------------------------------------------------------------ */

static const struct operand *operand_of(const struct effective *all, enum operand_kind kind)
{
	for (size_t i = 0; i < all->operand_count; i++)
		if (all->operands[i].kind == kind)
			return &all->operands[i];
	return NULL;
}

static void each_statement_is_told_with_its_id_and_why(void)
{
	struct world w;
	struct err e = {0};
	struct effective all;
	world_begin(&w, WORLD_FOUND);
	struct measure_body measure = world_measure(&w, MEASURE_DISCONNECT);
	measure.has_until = true;
	measure.until = w.now + WORLD_DAY;
	struct hash disconnection = world_enforce(&w, &measure);
	struct definitions_body second = world_definitions(&w);
	second.number = 2;
	second.effective = w.now;
	second.has_supersedes = true;
	second.supersedes = 1;
	struct hash superseding;
	world_must(&w, KIND_DEFINITIONS, &second, &w.officers[0], &superseding);
	struct surrender_body surrender = world_surrender(&w);
	struct hash surrendered;
	world_must(&w, KIND_SURRENDER, &surrender, &w.exporter, &surrendered);

	const struct {
		enum operand_kind kind;
		struct hash id;
		const char *title, *words, *scope;
	} wanted[] = {
	    {OPERAND_DEFINITIONS, w.definitions, "definitions no. 1 ", "purposes",
	     "purpose=serious-crime,terrorism; require=warrant"},
	    {OPERAND_SUPERSEDED, superseding, "definitions ", "they supersede no. 1",
	     "until=2026-01-01T"},
	    {OPERAND_DECLARATION, w.declaration, "declaration ",
	     "Ruritania-State-Police (XR), signed by R. Minister, Minister of the Interior",
	     "until=2027-01-01T00:00:00Z"},
	    {OPERAND_OFFENCES, w.declaration, "offences of declaration ",
	     "serious-crime.libel (Penal code 12, 2 years): below the minimum, not in scope",
	     "purpose=serious-crime.kidnapping,serious-crime.trafficking,terrorism"},
	    {OPERAND_LICENCE, w.licence, "licence ",
	     "Meridian-Systems to Ruritania-State-Police: "
	     "Listener 2.1",
	     "subject-not=mailto:@state.gov,tel:+1"},
	    {OPERAND_STATUS, surrendered, "surrender ", "given back", "none"},
	    {OPERAND_MEASURE, disconnection, ": disconnect (2 officers)",
	     "The finding shows misuse.; until 2026-01-02T", "from=2026-01-02T"},
	};
	CHECK(effective(&w.state, &w.system, w.now, true, &w.arena, &all, &e), "%s", e.text);
	CHECK(all.operand_count == sizeof wanted / sizeof *wanted, "%zu", all.operand_count);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		const struct operand *o = operand_of(&all, wanted[i].kind);
		CHECK(o != NULL, "no operand %zu", i);
		if (o == NULL)
			continue;
		const char *text = scope_text(&w.arena, o->scope);
		const char *id = hex_encode(&w.arena, bytes_of(wanted[i].id.at, 4));
		CHECK(hash_equal(&o->id, &wanted[i].id), "%s", o->title);
		CHECK(strstr(o->title, wanted[i].title) != NULL && strstr(o->title, id) != NULL,
		      "%s", o->title);
		CHECK(strstr(o->words, wanted[i].words) != NULL, "%s", o->words);
		CHECK(strstr(text, wanted[i].scope) != NULL, "%s: %s", o->title, text);
	}
	CHECK(all.scope->none && all.lease_seconds == 3600 && hash_equal(&all.licence, &w.licence),
	      "the meet");
	world_end(&w);
}

static void an_emergency_is_told_as_one(void)
{
	struct world w;
	struct err e = {0};
	struct effective all;
	world_begin(&w, WORLD_FOUND);
	struct measure_body measure = world_measure(&w, MEASURE_SUSPEND);
	world_must(&w, KIND_MEASURE, &measure, &w.officers[0], NULL);
	CHECK(effective(&w.state, &w.system, w.now, true, &w.arena, &all, &e), "%s", e.text);
	const struct operand *o = operand_of(&all, OPERAND_MEASURE);
	CHECK(o != NULL && strstr(o->title, ": suspend (one officer, for 72 hours)") != NULL, "%s",
	      o == NULL ? "-" : o->title);
	world_end(&w);
}

static void purposes_with_a_minimum_and_no_offence_are_not_in_scope(void)
{
	struct world w;
	struct err e = {0};
	struct effective all;
	world_begin(&w, WORLD_LEASED);
	struct declaration_body body = world_declaration(&w);
	body.offences = (struct list){0};
	world_must(&w, KIND_DECLARATION, &body, &w.end_user, &w.declaration);
	CHECK(strstr(renew(&w), "purpose=terrorism;") != NULL, "the latest declaration counts");
	CHECK(effective(&w.state, &w.system, w.now, true, &w.arena, &all, &e), "%s", e.text);
	const struct operand *o = operand_of(&all, OPERAND_OFFENCES);
	CHECK(strstr(o->words, "no offence is declared") != NULL, "%s", o->words);
	world_end(&w);
}

/* --- Cost
 * -------------------------------------------------------------------------------------------- */

static uint64_t reads_of_a_renewal(struct world *w)
{
	uint64_t before = w->memory.reads;
	struct effective out;
	struct err e;
	bool is = effective(&w->state, &w->system, w->now, false, &w->arena, &out, &e);
	CHECK(is, "%s", e.text);
	return w->memory.reads - before;
}

static void a_renewal_reads_no_more_for_many_measures(void)
{
	struct world w;
	world_begin(&w, WORLD_FOUND);
	struct measure_body body = world_measure(&w, MEASURE_RESTRICT);
	world_enforce(&w, &body);
	uint64_t few = reads_of_a_renewal(&w);
	for (int i = 0; i < 50; i++)
		world_enforce(&w, &body);
	uint64_t many = reads_of_a_renewal(&w);
	CHECK(few == many && many == 11, "%llu reads, then %llu", (unsigned long long)few,
	      (unsigned long long)many);

	/* A lease after the first reads the log's entry (for the time, and to apply) and its own.
	 */
	renew(&w);
	struct lease_body lease = world_lease(&w);
	uint64_t before = w.memory.reads;
	world_must(&w, KIND_LEASE, &lease, NULL, NULL);
	CHECK(w.memory.reads - before == 3, "%llu reads",
	      (unsigned long long)(w.memory.reads - before));
	world_end(&w);
}

static void an_ended_restriction_is_worked_out_once(void)
{
	struct world w;
	world_begin(&w, WORLD_FOUND);
	struct measure_body body = world_measure(&w, MEASURE_RESTRICT);
	body.has_until = true;
	body.until = w.now + WORLD_DAY;
	for (int i = 0; i < 20; i++)
		world_enforce(&w, &body);
	w.now = body.until;
	uint64_t before = w.memory.reads;
	world_grant(&w);
	uint64_t first = w.memory.reads - before;
	before = w.memory.reads;
	world_grant(&w);
	CHECK(w.memory.reads - before < first, "%llu reads, then %llu", (unsigned long long)first,
	      (unsigned long long)(w.memory.reads - before));
	world_end(&w);
}

TEST_MAIN(TEST(from_declaration_to_disconnection_and_back),
          TEST(a_measure_reaches_systems_by_whatever_they_stand_under),
          TEST(measures_and_lifts_take_as_many_officers_as_the_rules_say),
          TEST(officers_who_left_do_not_count),
          TEST(officers_whose_time_is_over_are_not_waited_for),
          TEST(an_officers_key_that_ran_out_can_be_ended),
          TEST(an_officer_counts_once_whatever_the_key), TEST(every_officer_of_many_is_counted),
          TEST(one_officer_suspends_for_72_hours_and_two_for_longer),
          TEST(a_hit_is_of_one_end_user), TEST(whoever_signs_no_more_is_no_hit),
          TEST(nobody_alone_suspends_a_system_by_one_name_after_another),
          TEST(an_officer_alone_suspends_what_has_nothing_in_common),
          TEST(an_emergency_ends_when_it_says_if_that_is_sooner), TEST(measures_with_an_end_end),
          TEST(the_log_time_never_goes_back),
          TEST(a_bound_that_cannot_be_written_is_bad_input_and_changes_nothing),
          TEST(a_grace_beyond_the_calendar_ends_with_it),
          TEST(each_statement_is_told_with_its_id_and_why), TEST(an_emergency_is_told_as_one),
          TEST(purposes_with_a_minimum_and_no_offence_are_not_in_scope),
          TEST(a_renewal_reads_no_more_for_many_measures),
          TEST(an_ended_restriction_is_worked_out_once))
