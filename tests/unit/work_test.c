/* The work queue: what waits for whom, and why, at each stage of the world and with papers on it.
 */
#include "test.h"

#include "casework/work.h"
#include "world.h"

static const char office[] =
    "teams:\n"
    "  - {name: licensing, people: [officer-adams, officer-baker]}\n"
    "  - {name: reports, people: [officer-cohen]}\n"
    "rules:\n"
    "  - {name: Content, kinds: [application], capabilities: [capture.content], team: licensing,\n"
    "     flags: [content], bodies: [defence, justice], checklists: [risk]}\n"
    "  - {name: Reports, kinds: [report], team: reports}\n"
    "checklists:\n"
    "  - {name: risk, questions: [Courts?]}\n";

struct queue {
	struct world w;
	struct casework_settings settings;
	struct paper papers[16];
	struct work_world world;
	struct work_item *items;
	size_t count;
};

static void begin(struct queue *q, enum world_stage stage)
{
	struct err e = {0};
	*q = (struct queue){0};
	world_begin(&q->w, stage);
	CHECK(settings_parse(&q->w.arena, bytes_text(office), &q->settings, &e), "%s", e.text);
	q->world.settings = &q->settings;
	q->world.papers = q->papers;
}

static struct paper *paper(struct queue *q, enum paper_kind kind, enum role role,
                           const char *holder)
{
	struct paper *p = &q->papers[q->world.paper_count++];
	*p = (struct paper){.id = q->world.paper_count,
	                    .subject = q->w.application,
	                    .kind = kind,
	                    .at = q->w.now,
	                    .by = {role, holder}};
	return p;
}

static void look(struct queue *q)
{
	struct err e = {0};
	CHECK(case_world_read(&q->world.cases, &q->w.state, &q->w.arena, q->w.now, &e) &&
	          work_list(&q->world, &q->items, &q->count, &e),
	      "%s", e.text);
}

/* The reasons in their order, with who each waits for: "undecided advice-missing:defence". */
static const char *reasons(struct queue *q)
{
	struct buffer b = {.arena = &q->w.arena};
	for (size_t i = 0; i < q->count; i++)
		buffer_printf(&b, "%s%s%s%s", i > 0 ? " " : "", q->items[i].reason,
		              q->items[i].who != NULL ? ":" : "",
		              q->items[i].who != NULL ? q->items[i].who : "");
	return buffer_cstr(&b);
}

static void expect(struct queue *q, const char *want)
{
	look(q);
	CHECK(strcmp(reasons(q), want) == 0, "\"%s\", not \"%s\"", reasons(q), want);
}

static const struct work_item *item(struct queue *q, const char *reason)
{
	for (size_t i = 0; i < q->count; i++)
		if (strcmp(q->items[i].reason, reason) == 0)
			return &q->items[i];
	CHECK(false, "there is no %s among %s", reason, reasons(q));
	static const struct work_item none = {.words = ""};
	return &none;
}

static void says(struct queue *q, const char *reason, const char *words)
{
	const char *got = item(q, reason)->words;
	CHECK(strcmp(got, words) == 0, "\"%s\", not \"%s\"", got, words);
}

/* --- Applications
 * ---------------------------------------------------------------------------------- */

static void answer_the_checklist(struct queue *q)
{
	struct paper *p = paper(q, PAPER_CHECKLIST, ROLE_OFFICER, "officer-adams");
	p->value.checklist.name = "risk";
	p->value.checklist.answers =
	    WORLD_LIST_OF(&q->w, struct checklist_answer,
	                  {.question = "Courts?",
	                   .answer = "Independent.",
	                   .sources = WORLD_LIST_OF(&q->w, const char *, "A report")});
}

static void an_application_waits_until_all_is_there_and_it_is_decided(void)
{
	struct queue q;
	begin(&q, WORLD_APPLIED);
	expect(&q, "advice-missing:defence advice-missing:justice checklist undecided");
	says(&q, "undecided", "its parties were not screened yet");
	world_end(&q.w);

	begin(&q, WORLD_SCREENED);
	look(&q);
	says(&q, "undecided", "it waits for the advice of defence, justice");
	const struct work_item *it = item(&q, "undecided");
	CHECK(it->team != NULL && strcmp(it->team, "licensing") == 0 && it->flags.count == 1,
	      "route");
	CHECK(it->has_clock && it->days_left == 30 && !it->is_stopped && it->due > q.w.now,
	      "clock");
	struct secret_key defence = world_adviser(&q.w, "defence"),
	                  justice = world_adviser(&q.w, "justice");
	world_advise(&q.w, &defence, DECISION_APPROVE);
	expect(&q, "advice-missing:justice checklist undecided");
	world_advise(&q.w, &justice, DECISION_REFUSE);
	look(&q);
	says(&q, "advice-conflicting", "application: refused by justice, approved by defence");
	says(&q, "undecided", "the advice on it conflicts");
	answer_the_checklist(&q);
	look(&q);
	CHECK(strstr(reasons(&q), "checklist") == NULL, "%s", reasons(&q));
	struct decision_body decision = world_decision(&q.w);
	world_must(&q.w, KIND_DECISION, &decision, &q.w.officers[0], NULL);
	expect(&q, "");
	world_end(&q.w);
}

static void an_answer_without_a_source_is_none(void)
{
	struct queue q;
	begin(&q, WORLD_APPLIED);
	answer_the_checklist(&q);
	((struct checklist_answer *)q.papers[0].value.checklist.answers.at)->sources.count = 0;
	look(&q);
	says(&q, "checklist", "the checklist risk is not answered with sources");
	world_end(&q.w);
}

/* The exporter is found on the list. */
static void find_hit(struct world *w)
{
	struct screening_body body = world_screening(w);
	body.hits = WORLD_LIST_OF(w, struct party_hit,
	                          {.party = "exporter",
	                           .name = w->exporter.public.name,
	                           .list = WORLD_LIST,
	                           .entry = "EXAMPLE",
	                           .score = 900,
	                           .reason = "alike"});
	w->now++;
	world_must(w, KIND_SCREENING, &body, NULL, &w->screening);
}

static void hits_wait_to_be_decided(void)
{
	struct queue q;
	begin(&q, WORLD_SCREENED);
	find_hit(&q.w);
	look(&q);
	const struct work_item *it = item(&q, "hit");
	CHECK(strstr(it->words, "may be EXAMPLE on " WORLD_LIST) != NULL, "%s", it->words);
	CHECK(it->due > 0 && it->due == q.items[0].due, "it is the first that is due");
	says(&q, "undecided", "it is held by hits on lists (1 open)");
	struct clearance_body cleared = {.screening = q.w.screening,
	                                 .hit = 1,
	                                 .outcome = CLEARANCE_NOT_THE_SAME,
	                                 .reasons = "Another register number."};
	world_must(&q.w, KIND_CLEARANCE, &cleared, &q.w.officers[0], NULL);
	look(&q);
	CHECK(strstr(reasons(&q), "hit") == NULL, "%s", reasons(&q));
	world_end(&q.w);
}

/* --- Questions
 * -------------------------------------------------------------------------------------- */

static void a_question_stops_the_clock_and_waits_for_the_exporter(void)
{
	struct queue q;
	begin(&q, WORLD_SCREENED);
	q.w.now += 3 * WORLD_DAY;
	struct paper *question = paper(&q, PAPER_QUESTION, ROLE_OFFICER, "officer-adams");
	question->has_shared = true;
	question->shared = ROLE_EXPORTER;
	question->value.question.text = "Who is the broker?";
	q.w.now += 5 * WORLD_DAY;
	look(&q);
	const struct work_item *it = item(&q, "undecided");
	CHECK(it->is_stopped && it->due == 0 && !it->is_overdue, "the clock goes on");
	it = item(&q, "question");
	CHECK(it->waits_for == WORK_PARTY && strcmp(it->who, "Meridian-Systems") == 0 &&
	          !it->is_overdue,
	      "%s", it->who);
	says(&q, "question", "Meridian-Systems was asked by officer-adams and has not answered");

	struct paper *reply = paper(&q, PAPER_REPLY, ROLE_EXPORTER, "Meridian-Systems");
	reply->value.reply.question = question->id;
	look(&q);
	it = item(&q, "undecided");
	CHECK(!it->is_stopped && it->due > q.w.now, "the clock stands still");
	CHECK(strstr(reasons(&q), "question") == NULL, "%s", reasons(&q));
	says(&q, "answered",
	     "Meridian-Systems has answered a question, and nobody has taken it up");
	paper(&q, PAPER_COMMENT, ROLE_OFFICER, "officer-adams");
	look(&q);
	CHECK(strstr(reasons(&q), "answered") == NULL, "%s", reasons(&q));
	world_end(&q.w);
}

/* The case of a queue as it stands, with its papers or the first of them. */
static struct case_desk desk_of(struct queue *q, struct case_file *c, size_t papers)
{
	struct case_desk out;
	struct err e = {0};
	look(q);
	CHECK(case_read(&q->world.cases, &q->w.application, c, &e), "%s", e.text);
	case_desk_of(&q->w.arena, &q->settings, c, q->papers, papers, q->w.now, &out);
	return out;
}

static struct case_desk desk(struct queue *q, struct case_file *c)
{
	return desk_of(q, c, q->world.paper_count);
}

static void who_does_not_reply_in_time_holds_nothing_up(void)
{
	enum { WEEK = 7 };
	struct queue q;
	struct case_file c;
	begin(&q, WORLD_SCREENED);
	struct paper *question = paper(&q, PAPER_QUESTION, ROLE_OFFICER, "officer-adams");
	question->has_shared = true;
	question->shared = ROLE_EXPORTER;
	question->value.question =
	    (struct question_paper){.text = "Who is the broker?", .has_days = true, .days = 5};
	struct case_desk d = desk(&q, &c);
	CHECK(strcmp(d.stage, "with the other side") == 0 && d.is_with_party, "%s", d.stage);
	CHECK(d.questions[0].deadline.days == 5, "its own deadline holds");
	CHECK(strcmp(case_holder(&q.w.arena, &c, &d), "Meridian-Systems") == 0, "holder");

	q.w.now += 3 * WEEK * WORLD_DAY;
	d = desk(&q, &c);
	CHECK(!d.is_with_party && d.is_unanswered && strcmp(d.stage, c.stage) == 0, "%s", d.stage);
	CHECK(strcmp(case_holder(&q.w.arena, &c, &d), "the office (licensing)") == 0, "holder");
	uint64_t without = desk_of(&q, &c, 0).deadline.used;
	CHECK(without > 10 && d.deadline.used == without - 5 && !d.deadline.is_stopped,
	      "%llu days are used", (unsigned long long)d.deadline.used);
	const struct work_item *late = item(&q, "no-reply");
	CHECK(late->waits_for == WORK_OFFICE && strcmp(late->team, "licensing") == 0 &&
	          late->is_overdue && strcmp(late->who, "Meridian-Systems") == 0,
	      "it is the office's");
	CHECK(late == &q.items[0], "what is late comes first: %s", reasons(&q));
	CHECK(strstr(late->words, "asked by officer-adams, to reply by") != NULL, "%s",
	      late->words);

	/* A reply that comes late is a reply, and has cost no more than its time. */
	struct paper *reply = paper(&q, PAPER_REPLY, ROLE_EXPORTER, "Meridian-Systems");
	reply->value.reply.question = question->id;
	d = desk(&q, &c);
	CHECK(!d.is_unanswered && d.deadline.used == without - 5 &&
	          d.questions[0].deadline.is_overdue,
	      "%llu days are used", (unsigned long long)d.deadline.used);
	CHECK(strstr(reasons(&q), "no-reply") == NULL && item(&q, "answered") != NULL, "%s",
	      reasons(&q));
	world_end(&q.w);
}

static void who_was_given_a_case_has_it(void)
{
	struct queue q;
	begin(&q, WORLD_SCREENED);
	look(&q);
	struct work_filter ada = {.person = "officer-adams"}, clark = {.person = "officer-cohen"},
	                   team = {.team = "licensing"}, defence = {.body = "defence"};
	const struct work_item *it = item(&q, "undecided"), *missing = item(&q, "advice-missing");
	CHECK(work_concerns(&q.settings, &ada, it) && !work_concerns(&q.settings, &clark, it),
	      "by team");
	CHECK(work_concerns(&q.settings, &team, it) && !work_concerns(&q.settings, &defence, it),
	      "team");
	CHECK(work_concerns(&q.settings, &defence, missing) !=
	          (strcmp(missing->who, "defence") != 0),
	      "body");
	CHECK(!work_concerns(&q.settings, &ada, missing), "what waits for a body is no officer's");
	struct paper *given = paper(&q, PAPER_ASSIGNMENT, ROLE_OFFICER, "officer-adams");
	given->value.assignment =
	    (struct assignment_paper){.has_person = true, .person = "officer-cohen"};
	struct paper *flag = paper(&q, PAPER_FLAG, ROLE_OFFICER, "officer-adams");
	flag->value.flag = (struct flag_paper){"priority", FLAG_SET};
	flag = paper(&q, PAPER_FLAG, ROLE_OFFICER, "officer-adams");
	flag->value.flag = (struct flag_paper){"content", FLAG_CLEARED};
	look(&q);
	it = item(&q, "undecided");
	CHECK(!work_concerns(&q.settings, &ada, it) && work_concerns(&q.settings, &clark, it),
	      "by person");
	CHECK(it->flags.count == 1 && strcmp(it->flags.at[0], "priority") == 0, "%zu flags",
	      it->flags.count);
	world_end(&q.w);
}

/* --- Measures, reports, definitions
 * ----------------------------------------------------------------- */

static void reports_wait_for_a_finding(void)
{
	struct queue q;
	begin(&q, WORLD_REPORTED);
	expect(&q, "report");
	says(&q, "report", "no finding has been made on it");
	CHECK(strcmp(q.items[0].team, "reports") == 0, "%s", q.items[0].team);
	world_end(&q.w);
	begin(&q, WORLD_FOUND);
	expect(&q, "");
	world_end(&q.w);
}

static void measures_wait_for_officers_who_have_not_agreed(void)
{
	struct queue q;
	struct err e = {0};
	struct hash id;
	begin(&q, WORLD_FOUND);
	struct measure_body body = world_measure(&q.w, MEASURE_RESTRICT);
	world_must(&q.w, KIND_MEASURE, &body, &q.w.officers[0], &id);
	expect(&q, "approval");
	says(&q, "approval",
	     arena_printf(&q.w.arena, "%s proposed it; one more officer must agree",
	                  q.w.officers[0].public.name));
	struct work_filter proposer = {.person = q.w.officers[0].public.name},
	                   other = {.person = q.w.officers[1].public.name};
	CHECK(!work_concerns(&q.settings, &proposer, &q.items[0]) &&
	          work_concerns(&q.settings, &other, &q.items[0]),
	      "it waits for another officer");
	CHECK(world_approve(&q.w, &id, 1, &e), "%s", e.text);
	expect(&q, "");
	struct lift_body lift = {.measure = id, .reason = "The cause is gone."};
	world_must(&q.w, KIND_LIFT, &lift, &q.w.officers[0], NULL);
	expect(&q, "approval");
	world_end(&q.w);
}

static void a_colleagues_key_waits_for_another_officer(void)
{
	struct queue q;
	struct err e = {0};
	struct hash id;
	begin(&q, WORLD_FOUNDED);
	struct secret_key dora = world_key("officer-dora");
	struct key_body body = world_key_body(ROLE_OFFICER, &dora);
	world_must(&q.w, KIND_KEY, &body, &q.w.officers[0], &id);
	expect(&q, "approval");
	CHECK(strcmp(q.items[0].title, "key of officer-dora") == 0, "%s", q.items[0].title);
	CHECK(world_approve(&q.w, &id, 1, &e), "%s", e.text);
	expect(&q, "");
	world_end(&q.w);
}

static void an_emergency_is_due_when_it_ends(void)
{
	struct queue q;
	begin(&q, WORLD_FOUND);
	struct measure_body body = world_measure(&q.w, MEASURE_SUSPEND);
	int64_t at = q.w.now;
	world_must(&q.w, KIND_MEASURE, &body, &q.w.officers[0], NULL);
	expect(&q, "emergency-ends");
	CHECK(q.items[0].due == at + 72 * 3600, "%lld", (long long)(q.items[0].due - at));
	q.w.now = at + 72 * 3600;
	expect(&q, "");
	world_end(&q.w);
}

static void declarations_under_superseded_definitions_must_be_signed_again(void)
{
	struct queue q;
	begin(&q, WORLD_DECLARED);
	struct definitions_body second = world_definitions(&q.w);
	second.number = 2;
	second.effective = q.w.now;
	second.has_supersedes = true;
	second.supersedes = 1;
	second.has_grace_days = true;
	second.grace_days = 30;
	world_must(&q.w, KIND_DEFINITIONS, &second, &q.w.officers[0], NULL);
	expect(&q, "redeclare:Ruritania-State-Police");
	CHECK(q.items[0].due == second.effective + 30 * WORLD_DAY, "%lld",
	      (long long)q.items[0].due);
	world_end(&q.w);
}

/* --- What is at the rim
 * -------------------------------------------------------------------------------- */

static void stale_lists_and_missing_witnesses_wait_for_the_keeper(void)
{
	struct queue q;
	begin(&q, WORLD_FOUNDED);
	struct list_snapshot snapshot = {0};
	struct watched_list lists[] = {{.name = "fresh",
	                                .max_age = 86400,
	                                .checked = q.w.now,
	                                .snapshots = &snapshot,
	                                .snapshot_count = 1},
	                               {.name = "old",
	                                .max_age = 86400,
	                                .checked = q.w.now - 2 * WORLD_DAY,
	                                .snapshots = &snapshot,
	                                .snapshot_count = 1},
	                               {.name = "never", .max_age = 86400}};
	const char *names[] = {"witness.example", "other.example"};
	bool cosigned[] = {true, false};
	struct witnessing witnessing = {
	    .has_policy = true, .names = names, .cosigned = cosigned, .count = 2};
	q.world.lists = lists;
	q.world.list_count = 3;
	q.world.witnessing = &witnessing;
	expect(&q, "list-stale list-stale witness-missing");
	CHECK(strcmp(q.items[0].title, "list old") == 0 && q.items[0].is_overdue, "%s",
	      q.items[0].title);
	CHECK(strcmp(q.items[2].title, "witness other.example") == 0, "%s", q.items[2].title);
	world_end(&q.w);
}

TEST_MAIN(TEST(an_application_waits_until_all_is_there_and_it_is_decided),
          TEST(an_answer_without_a_source_is_none), TEST(hits_wait_to_be_decided),
          TEST(a_question_stops_the_clock_and_waits_for_the_exporter),
          TEST(who_does_not_reply_in_time_holds_nothing_up), TEST(who_was_given_a_case_has_it),
          TEST(reports_wait_for_a_finding), TEST(measures_wait_for_officers_who_have_not_agreed),
          TEST(a_colleagues_key_waits_for_another_officer), TEST(an_emergency_is_due_when_it_ends),
          TEST(declarations_under_superseded_definitions_must_be_signed_again),
          TEST(stale_lists_and_missing_witnesses_wait_for_the_keeper))
