#include "test.h"

#include "authority/query.h"
#include "base/instant.h"
#include "broken_disk.h"
#include "world.h"

#define CHECK_TEXT(got, want)                                                                      \
	do {                                                                                       \
		const char *got_ = (got), *want_ = (want);                                         \
		CHECK(strcmp(got_, want_) == 0, "\"%s\", not \"%s\"", got_, want_);                \
	} while (0)

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

/* A second state with a licence of its own for one system, from an application anew. */
static struct hash add_state(struct world *w, struct hash *licence)
{
	struct secret_key police = world_key("Syldavian-Police"), was = w->end_user;
	struct key_body key = world_key_body(ROLE_END_USER, &police);
	struct hash declaration, application, screening, decision, system;
	key.country = "XS";
	world_must(w, KIND_KEY, &key, &w->officers[0], NULL);
	w->end_user = police;
	struct declaration_body declares = world_declaration(w);
	declares.end_user.country = "XS";
	world_must(w, KIND_DECLARATION, &declares, &police, &declaration);
	struct application_body applies = world_application(w);
	applies.end_user.country = "XS";
	world_must(w, KIND_APPLICATION, &applies, &w->exporter, &application);
	struct screening_body screens = world_screening(w);
	screens.application = application;
	world_must(w, KIND_SCREENING, &screens, NULL, &screening);
	struct decision_body decides = world_decision(w);
	decides.application = application;
	world_must(w, KIND_DECISION, &decides, &w->officers[0], &decision);
	struct licence_body licenses = world_licence(w);
	licenses.application = application;
	licenses.declaration = declaration;
	licenses.end_user.country = "XS";
	world_must(w, KIND_LICENCE, &licenses, &w->officers[0], licence);
	struct hash first = w->licence;
	w->licence = *licence;
	system = add_system(w, "Y-1");
	w->licence = first;
	w->end_user = was;
	return system;
}

static void systems_and_licences_are_listed_by_where_they_are(void)
{
	struct world w;
	struct hash syldavian;
	world_begin(&w, WORLD_ENROLLED);
	add_system(&w, "S-2");
	add_state(&w, &syldavian);
	const struct {
		struct query_filter filter;
		size_t systems, licences;
	} rows[] = {
	    {{NULL, NULL, NULL}, 3, 2},
	    {{"XR", NULL, NULL}, 2, 1},
	    {{"XS", NULL, NULL}, 1, 1},
	    {{"XT", NULL, NULL}, 0, 0},
	    {{NULL, "Ruritania-State-Police", NULL}, 2, 1},
	    {{"XR", "Ruritania-State-Police", NULL}, 2, 1},
	    {{"XS", "Ruritania-State-Police", NULL}, 0, 0},
	    {{NULL, "Nobody", NULL}, 0, 0},
	    {{NULL, NULL, &w.licence}, 2, 1},
	    {{NULL, NULL, &syldavian}, 1, 1},
	    {{"XR", NULL, &syldavian}, 0, 0},
	    {{NULL, "Ruritania-State-Police", &syldavian}, 0, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct system_info *systems;
		struct licence_info *licences;
		size_t count;
		struct err e = {0};
		CHECK(query_systems(&w.state, &w.arena, &rows[i].filter, &systems, &count, &e),
		      "%s", e.text);
		CHECK(count == rows[i].systems, "row %zu: %zu systems", i, count);
		CHECK(query_licences(&w.state, &w.arena, &rows[i].filter, w.now, &licences, &count,
		                     &e),
		      "%s", e.text);
		CHECK(count == rows[i].licences, "row %zu: %zu licences", i, count);
	}
	world_end(&w);
}

static void a_system_is_told_with_its_last_lease_and_refusal(void)
{
	struct world w;
	struct system_info info;
	struct err e = {0};
	world_begin(&w, WORLD_LEASED);
	CHECK(query_system(&w.state, &w.arena, &w.system, &info, &e), "%s", e.text);
	CHECK_TEXT(info.serial, "S-1");
	CHECK_TEXT(info.item, "Listener");
	CHECK_TEXT(info.version, "2.1");
	CHECK_TEXT(info.end_user, "Ruritania-State-Police");
	CHECK_TEXT(info.country, "XR");
	CHECK(info.sequence == 1 && info.lease_index + 1 == w.index && info.granted == w.now - 1,
	      "the lease");
	CHECK(info.refusals == 0, "refused");
	struct refusal_body refusal = world_refusal(&w);
	world_must(&w, KIND_REFUSAL, &refusal, NULL, NULL);
	world_must(&w, KIND_REFUSAL, &refusal, NULL, NULL);
	CHECK(query_system(&w.state, &w.arena, &w.system, &info, &e), "%s", e.text);
	CHECK(info.refusals == 2 && info.refused == w.now - 1, "%llu",
	      (unsigned long long)info.refusals);
	CHECK_TEXT(info.refusal_code, "renewal.measure");
	CHECK(!query_system(&w.state, &w.arena, &w.licence, &info, &e), "a licence is no system");
	CHECK_TEXT(e.rule, "state.no-such-system");
	world_end(&w);
}

static const char *licence_stage(struct world *w)
{
	struct licence_info info;
	struct err e = {0};
	CHECK(query_licence(&w->state, &w->arena, &w->licence, w->now, &info, &e), "%s", e.text);
	CHECK((info.ended_by != NULL) ==
	          (strcmp(info.stage, "revoked") == 0 || strcmp(info.stage, "surrendered") == 0),
	      "%s", info.stage);
	return info.stage;
}

static void licences_are_told_with_how_they_ended(void)
{
	struct world w;
	struct err e;
	world_begin(&w, WORLD_FOUND);
	CHECK_TEXT(licence_stage(&w), "in force");
	w.now = WORLD_START + 300 * WORLD_DAY;
	CHECK_TEXT(licence_stage(&w), "ended");
	struct surrender_body surrender = world_surrender(&w);
	world_must(&w, KIND_SURRENDER, &surrender, &w.exporter, NULL);
	CHECK_TEXT(licence_stage(&w), "surrendered");
	struct measure_body revoke = world_measure(&w, MEASURE_REVOKE);
	world_enforce(&w, &revoke);
	CHECK_TEXT(licence_stage(&w), "revoked");
	struct licence_info info;
	CHECK(!query_licence(&w.state, &w.arena, &w.system, w.now, &info, &e),
	      "a system is no licence");
	CHECK_TEXT(e.rule, "state.no-such-licence");
	world_end(&w);
}

static const char *application_stage(struct world *w)
{
	struct application_info *info;
	size_t count;
	struct err e = {0};
	CHECK(query_applications(&w->state, &w->arena, w->now, &info, &count, &e), "%s", e.text);
	CHECK(count == 1, "%zu", count);
	CHECK_TEXT(info[0].exporter, "Meridian-Systems");
	CHECK(info[0].quantity == 2, "quantity");
	return info[0].stage;
}

static void applications_are_told_with_their_stage(void)
{
	struct world w;
	world_begin(&w, WORLD_APPLIED);
	CHECK_TEXT(application_stage(&w), "not screened");
	world_step(&w, WORLD_SCREENED);
	CHECK_TEXT(application_stage(&w), "open");
	struct screening_body screening = world_screening(&w);
	screening.hits = WORLD_LIST_OF(
	    &w, struct party_hit,
	    {"exporter", "NSO Group", WORLD_LIST, "NSO Group", 1000, "the same name"});
	world_must(&w, KIND_SCREENING, &screening, NULL, NULL);
	CHECK_TEXT(application_stage(&w), "held");
	struct decision_body decision = world_decision(&w);
	decision.outcome = DECISION_REFUSE;
	world_must(&w, KIND_DECISION, &decision, &w.officers[0], NULL);
	CHECK_TEXT(application_stage(&w), "refused");
	world_end(&w);
	world_begin(&w, WORLD_APPROVED);
	CHECK_TEXT(application_stage(&w), "approved");
	world_end(&w);
}

static struct measure_info measure_told(struct world *w, const struct hash *id)
{
	struct measure_info *info;
	size_t count;
	struct err e = {0};
	CHECK(query_measures(&w->state, &w->arena, NULL, w->now, &info, &count, &e), "%s", e.text);
	for (size_t i = 0; i < count; i++)
		if (hash_equal(&info[i].id, id))
			return info[i];
	CHECK(false, "not listed");
	return (struct measure_info){.stage = "?"};
}

static void measures_are_told_with_approvals_and_whether_in_force(void)
{
	struct world w;
	struct err e;
	struct hash id;
	struct measure_info info;
	world_begin(&w, WORLD_FOUND);
	struct measure_body body = world_measure(&w, MEASURE_RESTRICT);
	body.has_until = true;
	body.until = w.now + WORLD_DAY;
	world_must(&w, KIND_MEASURE, &body, &w.officers[0], &id);
	info = measure_told(&w, &id);
	CHECK_TEXT(info.stage, "proposed");
	CHECK_TEXT(info.action, "restrict");
	CHECK_TEXT(info.proposer, "officer-adams");
	CHECK(!info.is_in_force && info.scope == NULL && info.approval_count == 0 &&
	          info.needed == 2,
	      "a proposal");
	CHECK(world_approve(&w, &id, 1, &e), "%s", e.text);
	info = measure_told(&w, &id);
	CHECK_TEXT(info.stage, "in force");
	CHECK(info.is_in_force && info.approval_count == 1 && hash_equal(info.finding, &w.finding),
	      "in force");
	CHECK_TEXT(info.approvals[0].officer, "officer-baker");
	CHECK_TEXT(scope_text(&w.arena, info.scope), "capability=capture.headers");
	w.now = body.until;
	info = measure_told(&w, &id);
	CHECK_TEXT(info.stage, "ended");
	CHECK(!info.is_in_force && info.scope == NULL, "ended");

	body = world_measure(&w, MEASURE_SUSPEND);
	int64_t begun = w.now;
	world_must(&w, KIND_MEASURE, &body, &w.officers[0], &id);
	CHECK_TEXT(measure_told(&w, &id).stage, "in force for 72 hours");
	CHECK(measure_told(&w, &id).is_in_force, "an emergency is in force");
	w.now = begun + 72 * 3600;
	CHECK_TEXT(measure_told(&w, &id).stage, "ended");
	CHECK(world_approve(&w, &id, 1, &e), "%s", e.text);
	CHECK_TEXT(measure_told(&w, &id).stage, "in force");
	struct hash lift = world_lift(&w, &id);
	info = measure_told(&w, &id);
	CHECK_TEXT(info.stage, "lifted");
	CHECK(hash_equal(info.lifted, &lift), "by the lift");

	struct lift_info *lifts;
	size_t count;
	CHECK(query_lifts(&w.state, &w.arena, w.now, &lifts, &count, &e), "%s", e.text);
	CHECK(count == 1 && lifts[0].is_done && lifts[0].approval_count == 1 &&
	          lifts[0].needed == 2 && hash_equal(&lifts[0].measure, &id),
	      "the lift");

	struct measure_info *of_target;
	CHECK(query_measures(&w.state, &w.arena, world_target(&w, "system", &w.system), w.now,
	                     &of_target, &count, &e) &&
	          count == 2,
	      "%zu", count);
	CHECK(query_measures(&w.state, &w.arena, "country/XR", w.now, &of_target, &count, &e) &&
	          count == 0,
	      "%zu", count);
	world_end(&w);
}

static void reports_are_told_with_what_was_found(void)
{
	struct world w;
	struct err e = {0};
	struct report_info *info;
	size_t count;
	world_begin(&w, WORLD_REPORTED);
	CHECK(query_reports(&w.state, &w.arena, &info, &count, &e) && count == 1, "%s", e.text);
	CHECK_TEXT(info[0].outcome, "open");
	CHECK(info[0].finding == NULL && hash_equal(info[0].system, &w.system) &&
	          info[0].evidence == 1,
	      "the report");
	struct finding_body finding = world_finding(&w);
	finding.outcome = FINDING_DISMISSED;
	world_must(&w, KIND_FINDING, &finding, &w.officers[0], &w.finding);
	CHECK(query_reports(&w.state, &w.arena, &info, &count, &e) && count == 1, "%s", e.text);
	CHECK_TEXT(info[0].outcome, "dismissed");
	CHECK(hash_equal(info[0].finding, &w.finding), "the finding");
	world_end(&w);
	world_begin(&w, WORLD_FOUND);
	struct report_body report = world_report(&w);
	report.has_system = false;
	CHECK(query_reports(&w.state, &w.arena, &info, &count, &e) && count == 1, "%s", e.text);
	CHECK_TEXT(info[0].outcome, "upheld");
	world_must(&w, KIND_REPORT, &report, &w.auditor, NULL);
	CHECK(query_reports(&w.state, &w.arena, &info, &count, &e) && count == 2, "%s", e.text);
	CHECK((info[0].system == NULL) != (info[1].system == NULL), "one is of an unknown system");
	world_end(&w);
}

static void keys_definitions_and_declarations_are_listed(void)
{
	struct world w;
	struct err e = {0};
	struct key_info *keys;
	struct definitions_info *definitions;
	struct declaration_info *declarations;
	struct authority_info authority;
	struct hash id, second_id;
	size_t count, ended = 0;
	world_begin(&w, WORLD_DECLARED);
	struct key_body revocation = world_key_body(ROLE_EXPORTER, &w.exporter);
	revocation.has_public_key = false;
	revocation.has_replaces = revocation.has_reason = true;
	revocation.replaces = w.exporter_key;
	revocation.reason = "Lost.";
	world_must(&w, KIND_KEY, &revocation, &w.exporter, NULL);
	CHECK(query_keys(&w.state, &w.arena, &keys, &count, &e) && count == 7, "%zu", count);
	for (size_t i = 0; i < count; i++) {
		ended += keys[i].ended != NULL;
		CHECK((keys[i].country != NULL) == (strcmp(keys[i].role, "exporter") == 0 ||
		                                    strcmp(keys[i].role, "end-user") == 0),
		      "%s", keys[i].holder);
	}
	CHECK(ended == 1, "%zu ended", ended);

	struct definitions_body second = world_definitions(&w);
	second.number = 2;
	second.has_supersedes = true;
	second.supersedes = 1;
	world_must(&w, KIND_DEFINITIONS, &second, &w.officers[0], &second_id);
	struct declaration_body again = world_declaration(&w);
	again.definitions = second_id;
	world_must(&w, KIND_DECLARATION, &again, &w.end_user, NULL);
	CHECK(query_definitions(&w.state, &w.arena, &definitions, &count, &e) && count == 2, "%zu",
	      count);
	CHECK(definitions[0].number == 1 && hash_equal(definitions[0].superseded, &second_id) &&
	          definitions[1].number == 2 && definitions[1].superseded == NULL &&
	          definitions[1].body->purposes.count == 2,
	      "the definitions");
	CHECK(query_definitions_id(&w.state, 1, &id, &e) && hash_equal(&id, &w.definitions),
	      "no. 1");
	CHECK(!query_definitions_id(&w.state, 3, &id, &e), "no. 3");
	CHECK_TEXT(e.rule, "state.no-such-definitions");
	CHECK(query_declarations(&w.state, &w.arena, &declarations, &count, &e) && count == 2,
	      "%zu", count);
	CHECK(declarations[0].is_latest != declarations[1].is_latest, "which is the latest");
	for (size_t i = 0; i < count; i++)
		CHECK(declarations[i].definitions_number == (declarations[i].is_latest ? 2 : 1),
		      "%zu", i);
	CHECK(query_authority(&w.state, &w.arena, w.now, &authority, &e), "%s", e.text);
	CHECK(authority.threshold == 2 && authority.officers == 3 && authority.definitions == 2 &&
	          authority.entries == w.index && authority.time == w.now - 1,
	      "the authority");
	CHECK_TEXT(authority.origin, WORLD_ORIGIN);
	world_end(&w);
	world_begin(&w, WORLD_EMPTY);
	CHECK(!query_authority(&w.state, &w.arena, w.now, &authority, &e), "nothing is there");
	CHECK_TEXT(e.rule, "state.empty");
	world_end(&w);
}

static void few(struct world *w, int64_t at, uint64_t officers, const char *words)
{
	struct authority_info info;
	struct err e;
	CHECK(query_authority(&w->state, &w->arena, at, &info, &e), "%s", e.text);
	CHECK(info.officers == officers, "%llu officers", (unsigned long long)info.officers);
	const char *told = officers_few(&w->arena, &info, at);
	CHECK_TEXT(told == NULL ? "enough" : told, words);
}

static void officers_are_missed_before_too_few_are_left(void)
{
	struct world w;
	int64_t end;
	world_begin(&w, WORLD_FOUNDED);
	end = w.now + 100 * WORLD_DAY;
	few(&w, end, 3, "enough");
	for (int i = 0; i < 2; i++) {
		struct secret_key next = world_key(i == 0 ? "officer-dunn" : "officer-evans");
		struct key_body key = world_key_body(ROLE_OFFICER, &w.officers[i]);
		key.public_key = next.public;
		key.has_replaces = key.has_valid_until = true;
		key.replaces = w.officer_keys[i];
		key.valid_until = end + i;
		world_must(&w, KIND_KEY, &key, &w.authority, NULL);
	}
	char text[INSTANT_TEXT + 1];
	instant_format(end + 1, text);
	few(&w, end - 30 * WORLD_DAY, 3, "enough");
	few(&w, end + 1 - 30 * WORLD_DAY, 3,
	    arena_printf(&w.arena, "fewer than the 2 officers who must agree hold a key after %s",
	                 text));
	few(&w, end, 2,
	    arena_printf(&w.arena, "fewer than the 2 officers who must agree hold a key after %s",
	                 text));
	few(&w, end + 1, 1, "the keys of 1 officers are good, and 2 must agree");
	world_end(&w);
}

static void a_systems_condition_is_told_whole(void)
{
	struct world w;
	struct err e = {0};
	struct condition c;
	world_begin(&w, WORLD_FOUND);
	CHECK(query_condition(&w.state, &w.arena, &w.system, w.now, &c, &e), "%s", e.text);
	CHECK(c.is_in_force && c.measure_count == 0 && c.effective.operand_count == 4, "in force");
	struct measure_body body = world_measure(&w, MEASURE_DISCONNECT);
	world_enforce(&w, &body);
	body.target = "country/XR";
	world_must(&w, KIND_MEASURE, &body, &w.officers[0], NULL);
	CHECK(query_condition(&w.state, &w.arena, &w.system, w.now, &c, &e), "%s", e.text);
	CHECK(!c.is_in_force && c.measure_count == 2 && c.effective.operand_count == 5,
	      "disconnected");
	CHECK(!query_condition(&w.state, &w.arena, &w.licence, w.now, &c, &e),
	      "a licence is no system");
	world_end(&w);
}

/* --- Faults
 * ------------------------------------------------------------------------------------------ */

static bool ask_all(struct world *w, struct arena *arena, struct err *e)
{
	const struct query_filter any = {0}, police = {.end_user = "Ruritania-State-Police"},
	                          licensed = {.licence = &w->licence};
	struct authority_info authority;
	struct system_info *systems;
	struct licence_info *licences;
	struct application_info *applications;
	struct measure_info *measures;
	struct lift_info *lifts;
	struct report_info *reports;
	struct key_info *keys;
	struct definitions_info *definitions;
	struct declaration_info *declarations;
	struct condition condition;
	struct hash id;
	size_t n;
	const struct state *s = &w->state;
	return query_authority(s, arena, w->now, &authority, e) &&
	       query_systems(s, arena, &any, &systems, &n, e) &&
	       query_systems(s, arena, &police, &systems, &n, e) &&
	       query_systems(s, arena, &licensed, &systems, &n, e) &&
	       query_licences(s, arena, &police, w->now, &licences, &n, e) &&
	       query_licences(s, arena, &any, w->now, &licences, &n, e) &&
	       query_applications(s, arena, 0, &applications, &n, e) &&
	       query_measures(s, arena, NULL, w->now, &measures, &n, e) &&
	       query_lifts(s, arena, w->now, &lifts, &n, e) &&
	       query_reports(s, arena, &reports, &n, e) && query_keys(s, arena, &keys, &n, e) &&
	       query_definitions(s, arena, &definitions, &n, e) &&
	       query_definitions_id(s, 1, &id, e) &&
	       query_declarations(s, arena, &declarations, &n, e) &&
	       query_condition(s, arena, &w->system, w->now, &condition, e);
}

static void a_failing_disk_is_told(void)
{
	struct world w;
	world_begin(&w, WORLD_FOUND);
	struct measure_body body = world_measure(&w, MEASURE_DISCONNECT);
	struct hash id = world_enforce(&w, &body);
	world_lift(&w, &id);
	world_enforce(&w, &body);
	broken_disk_ask(&w, ask_all);
	world_end(&w);
}

/* Values cut short. */
static void a_damaged_entry_is_told(void)
{
	struct world w;
	uint64_t random = test_seed(), told = 0;
	world_begin(&w, WORLD_FOUND);
	struct measure_body body = world_measure(&w, MEASURE_DISCONNECT);
	world_enforce(&w, &body);
	for (size_t i = 0; i < w.memory.count; i++) {
		struct memory_pair *pair = &w.memory.pairs[i];
		struct bytes was = pair->value;
		pair->value = bytes_of(was.at, was.len - 1 - test_random(&random) % was.len);
		if (was.len < 2 || pair->value.len == 0 || was.len == HASH_SIZE) {
			pair->value = was; /* marks and ids have no form to break */
			continue;
		}
		owned_arena arena = {0};
		struct err e = {0};
		if (!ask_all(&w, &arena, &e)) {
			told++;
			CHECK(e.kind == ERR_ENVIRONMENT, "%s", e.text);
		}
		pair->value = was;
	}
	CHECK(told > 5, "%llu", (unsigned long long)told);
	world_end(&w);
}

TEST_MAIN(TEST(systems_and_licences_are_listed_by_where_they_are),
          TEST(a_system_is_told_with_its_last_lease_and_refusal),
          TEST(licences_are_told_with_how_they_ended), TEST(applications_are_told_with_their_stage),
          TEST(measures_are_told_with_approvals_and_whether_in_force),
          TEST(reports_are_told_with_what_was_found),
          TEST(keys_definitions_and_declarations_are_listed),
          TEST(a_systems_condition_is_told_whole),
          TEST(officers_are_missed_before_too_few_are_left), TEST(a_failing_disk_is_told),
          TEST(a_damaged_entry_is_told))
