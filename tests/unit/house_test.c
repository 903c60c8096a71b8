/* Four eyes in a house: what is agreed to is a form and no other, by somebody else than who wrote
 * it. */
#include "casework/house.h"

#include "test.h"

static const char *const people[] = {"Miriam"};
static const struct house harbour = {
    .party = "Harbour", .people = {(void *)(uintptr_t)people, 1}, .four_eyes = FOUR_EYES_ON};

static struct hash digest_of(const char *form)
{
	struct hash digest = {0};
	struct paper draft = {.kind = PAPER_DRAFT, .value.draft.form = form};
	json_t *json = draft_form(&draft, &digest);
	CHECK(json != NULL, "%s is no form", form);
	json_decref(json);
	return digest;
}

static void the_same_form_has_the_same_digest_however_it_is_written(void)
{
	struct hash
	    a = digest_of("{\"quantity\":2,\"item\":{\"name\":\"lens\",\"version\":\"1\"}}"),
	    b = digest_of(
	        " {\"item\": {\"version\": \"1\", \"name\": \"l\\u0065ns\"}, \"quantity\": 2}"),
	    c = digest_of("{\"quantity\":\"2\",\"item\":{\"name\":\"lens\",\"version\":\"1\"}}");
	CHECK(hash_equal(&a, &b), "order and spaces");
	CHECK(!hash_equal(&a, &c), "a text is no number");
}

static void what_is_no_object_is_no_form(void)
{
	static const char *const texts[] = {"", "7", "[]", "{", "{\"a\":1,\"a\":2}", "null"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct hash digest;
		struct paper draft = {.kind = PAPER_DRAFT, .value.draft.form = texts[i]};
		json_t *json = draft_form(&draft, &digest);
		CHECK(json == NULL, "%s", texts[i]);
		json_decref(json);
	}
}

static struct paper review_of(const char *by, const char *author, const char *form,
                              unsigned verdict)
{
	struct paper p = {.kind = PAPER_REVIEW, .by = {ROLE_EXPORTER, by}};
	p.value.review = (struct review_paper){
	    .draft = "application.1", .by = author, .digest = digest_of(form), .verdict = verdict};
	return p;
}

static void a_review_is_of_anothers_draft_as_it_stands(void)
{
	struct paper draft = {.kind = PAPER_DRAFT, .by = {ROLE_EXPORTER, "Harbour"}};
	draft.value.draft =
	    (struct draft_paper){.name = "application.1", .form = "{\"quantity\":3}"};
	const struct {
		struct paper review;
		bool is_there;
		const char *rule;
	} rows[] = {
	    {review_of("Miriam", "Harbour", "{\"quantity\":3}", REVIEW_AGREED), true, NULL},
	    {review_of("Miriam", "Harbour", "{\"quantity\":2}", REVIEW_AGREED), true,
	     "review.draft-changed"},
	    {review_of("Harbour", "Harbour", "{\"quantity\":3}", REVIEW_AGREED), true,
	     "review.own-draft"},
	    {review_of("Miriam", "Harbour", "{\"quantity\":3}", REVIEW_AGREED), false,
	     "paper.no-such-draft"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err e = {0};
		bool may = house_review(&rows[i].review, rows[i].is_there ? &draft : NULL, &e);
		CHECK(may == (rows[i].rule == NULL) && (may || strcmp(e.rule, rows[i].rule) == 0),
		      "row %zu: %s", i, may ? "taken" : e.text);
	}
}

static bool agrees(const struct paper papers[], size_t count, const char *form)
{
	struct hash digest = digest_of(form);
	struct err e = {0};
	bool ok = house_must_agree(&harbour, papers, count, &digest, &e);
	CHECK(ok || strcmp(e.rule, "review.needed") == 0, "%s", e.text);
	return ok;
}

static void what_was_said_last_of_a_form_counts_for_it_alone(void)
{
	struct paper papers[] = {
	    review_of("Miriam", "Harbour", "{\"quantity\":3}", REVIEW_AGREED),
	    review_of("Miriam", "Harbour", "{\"quantity\":4}", REVIEW_CHANGE),
	    review_of("Miriam", "Harbour", "{\"quantity\":3}", REVIEW_CHANGE),
	};
	for (size_t i = 0; i < 3; i++)
		papers[i].id = i + 1;
	CHECK(!agrees(papers, 0, "{\"quantity\":3}"), "nobody has read it");
	CHECK(agrees(papers, 2, "{\"quantity\":3}"), "it was agreed to");
	CHECK(!agrees(papers, 2, "{\"quantity\":4}"), "another form was not");
	CHECK(!agrees(papers, 2, "{\"quantity\":5}"), "nor one that nobody has seen");
	CHECK(!agrees(papers, 3, "{\"quantity\":3}"), "who agreed thought better of it");
}

static void houses_lie_apart(void)
{
	struct house other = {.party = "Harbour2"};
	struct hash a = house_subject(&harbour), b = house_subject(&other), none = {0};
	CHECK(!hash_equal(&a, &b) && !hash_equal(&a, &none), "one place");
}

TEST_MAIN(TEST(the_same_form_has_the_same_digest_however_it_is_written),
          TEST(what_is_no_object_is_no_form), TEST(a_review_is_of_anothers_draft_as_it_stands),
          TEST(what_was_said_last_of_a_form_counts_for_it_alone), TEST(houses_lie_apart))
