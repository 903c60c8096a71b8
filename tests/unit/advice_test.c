/* Advice laid side by side: where bodies conflict, and what they would let be licensed. */
#include "test.h"

#include "authority/advice.h"
#include "world.h"

static const char *const bodies[] = {"defence", "foreign-affairs", "justice"};

enum {
	APPROVE = DECISION_APPROVE,
	PROVISOS = DECISION_APPROVE_WITH_PROVISOS,
	REFUSE = DECISION_REFUSE
};

/* A body's advice in a row: the verdict, a scope or NULL; of one party too, where `about` is there.
 */
struct said {
	unsigned verdict;
	const char *scope, *about;
	unsigned about_verdict;
};

static const struct row {
	size_t count;
	struct said said[3];
	const char *outcome, *scope, *conflict; /* NULL: none */
} rows[] = {
    {0, {{0}}, NULL, "capability=capture; territory=XR", NULL},
    {1, {{APPROVE, NULL, NULL, 0}}, "approve", "capability=capture; territory=XR", NULL},
    {2,
     {{APPROVE, NULL, NULL, 0}, {REFUSE, NULL, NULL, 0}},
     NULL,
     "capability=capture; territory=XR",
     "application: refused by foreign-affairs, approved by defence"},
    {2,
     {{REFUSE, NULL, NULL, 0}, {REFUSE, NULL, NULL, 0}},
     "refuse",
     "capability=capture; territory=XR",
     NULL},
    {2,
     {{APPROVE, NULL, NULL, 0}, {PROVISOS, "capability=capture.headers", NULL, 0}},
     "approve-with-provisos",
     "capability=capture.headers; territory=XR",
     NULL},
    {3,
     {{PROVISOS, "capability=capture.headers", NULL, 0},
      {PROVISOS, "require=warrant", NULL, 0},
      {PROVISOS, "limit.subjects=25", NULL, 0}},
     "approve-with-provisos",
     "capability=capture.headers; territory=XR; require=warrant; limit.subjects=25",
     NULL},
    {2,
     {{PROVISOS, "capability=capture.headers", NULL, 0},
      {PROVISOS, "capability=capture.content", NULL, 0}},
     NULL,
     "none",
     "the provisos of defence and foreign-affairs leave nothing together"},
    {1,
     {{PROVISOS, "territory=XS", NULL, 0}},
     NULL,
     "none",
     "the provisos of defence leave nothing of what is applied for"},
    /* Of the broker both speak: one by a part, the other by its advice of the whole. */
    {2,
     {{APPROVE, NULL, "broker", REFUSE}, {APPROVE, NULL, NULL, 0}},
     NULL,
     "capability=capture; territory=XR",
     "broker: refused by defence, approved by foreign-affairs"},
    {2,
     {{APPROVE, NULL, "broker", REFUSE}, {APPROVE, NULL, "broker", REFUSE}},
     "refuse",
     "capability=capture; territory=XR",
     NULL},
};

static const struct advice_body *body_of(struct world *w, size_t i, const struct said *said)
{
	struct advice_body *body = arena_alloc(&w->arena, sizeof *body);
	*body = (struct advice_body){.body = bodies[i], .verdict = said->verdict};
	body->has_scope = said->scope != NULL;
	body->scope = said->scope != NULL ? world_scope(w, said->scope) : NULL;
	if (said->about != NULL)
		body->parts = WORLD_LIST_OF(w, struct advice_part,
		                            {.about = said->about, .verdict = said->about_verdict});
	return body;
}

static void run(struct world *w, const struct row *row)
{
	struct application_body application = {
	    .scope = world_scope(w, "capability=capture; territory=XR")};
	struct advice_given given[3] = {0};
	struct advice_summary s;
	for (size_t i = 0; i < row->count; i++)
		given[i].says = body_of(w, i, &row->said[i]);
	advice_summarize(&w->arena, &application, given, row->count, &s);
	long at = row - rows;
	CHECK((s.outcome == NULL) == (row->outcome == NULL) &&
	          (s.outcome == NULL || strcmp(s.outcome, row->outcome) == 0),
	      "row %ld: outcome %s", at, s.outcome == NULL ? "none" : s.outcome);
	CHECK(strcmp(scope_text(&w->arena, s.scope), row->scope) == 0, "row %ld: %s", at,
	      scope_text(&w->arena, s.scope));
	CHECK((s.conflict_count > 0) == (row->conflict != NULL), "row %ld: %zu conflicts", at,
	      s.conflict_count);
	if (s.conflict_count > 0)
		CHECK(strcmp(s.conflicts[0], row->conflict) == 0, "row %ld: %s", at,
		      s.conflicts[0]);
}

static void bodies_agree_or_conflict(void)
{
	struct world w;
	world_begin(&w, WORLD_EMPTY);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		run(&w, &rows[i]);
	world_end(&w);
}

static void provisos_in_words_are_drafted_once_with_who_says_them(void)
{
	struct world w;
	struct advice_summary s;
	struct advice_given given[2] = {0};
	struct application_body application = {.scope = &scope_any};
	world_begin(&w, WORLD_EMPTY);
	struct list same =
	    WORLD_LIST_OF(&w, const char *, "A yearly account.", "A yearly account.");
	struct advice_body one = {.body = "defence", .verdict = PROVISOS, .provisos = same},
	                   two = one;
	two.body = "justice";
	two.provisos = (struct list){0};
	two.verdict = APPROVE;
	two.parts = WORLD_LIST_OF(&w, struct advice_part,
	                          {.about = "broker",
	                           .verdict = PROVISOS,
	                           .provisos = WORLD_LIST_OF(&w, const char *, "Another one.")});
	given[0].says = &one;
	given[1].says = &two;
	advice_summarize(&w.arena, &application, given, 2, &s);
	CHECK(s.proviso_count == 2, "%zu", s.proviso_count);
	CHECK(strcmp(s.provisos[0], "A yearly account. (defence)") == 0, "%s", s.provisos[0]);
	CHECK(strcmp(s.provisos[1], "broker: Another one. (justice)") == 0, "%s", s.provisos[1]);
	world_end(&w);
}

static void what_counts_is_each_bodys_latest(void)
{
	struct world w;
	struct err e = {0};
	struct advice_summary s;
	world_begin(&w, WORLD_SCREENED);
	CHECK(query_advice(&w.state, &w.arena, &w.application, &s, &e) && s.count == 0, "%s",
	      e.text);
	struct secret_key defence = world_adviser(&w, "defence"),
	                  justice = world_adviser(&w, "justice");
	struct hash first = world_advise(&w, &defence, REFUSE);
	struct advice_body again = world_advice(&w, &defence, PROVISOS);
	world_advise(&w, &justice, APPROVE);
	CHECK(query_advice(&w.state, &w.arena, &w.application, &s, &e) && s.conflict_count == 1,
	      "%s", e.text);
	again.has_replaces = true;
	again.replaces = first;
	world_must(&w, KIND_ADVICE, &again, &defence, NULL);
	CHECK(query_advice(&w.state, &w.arena, &w.application, &s, &e), "%s", e.text);
	CHECK(s.count == 2 && s.conflict_count == 0 &&
	          strcmp(s.outcome, "approve-with-provisos") == 0,
	      "%zu, %zu", s.count, s.conflict_count);
	CHECK(!query_advice(&w.state, &w.arena, &w.listing, &s, &e) &&
	          strcmp(e.rule, "state.no-such-application") == 0,
	      "%s", e.text);
	world_end(&w);
}

TEST_MAIN(TEST(bodies_agree_or_conflict),
          TEST(provisos_in_words_are_drafted_once_with_who_says_them),
          TEST(what_counts_is_each_bodys_latest))
