/* Working papers: a cell of the tables of rights a row, and that what is written stays. */
#include "test.h"

#include <ftw.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "casework/papers.h"
#include "record/form_json.h"

/* --- Rights ---------------------------------------------------------------------------------- */

/*
 * A column a role, in the order of enum role; in each the papers of a case that it reads and
 * writes: a: of all cases   h: where its body is heard   s: of its own cases, where shared with it
 *   o: what it wrote itself   r: that, and what its house has put up   -: none
 */
static const struct {
	enum paper_kind kind;
	const char *reads, *writes;
} cells[] = {
    {PAPER_COMMENT, "aa--a-", "aa----"},   {PAPER_QUESTION, "aassah", "aa----"},
    {PAPER_REPLY, "aassah", "aass--"},     {PAPER_ATTACHMENT, "aassah", "aass--"},
    {PAPER_CHECKLIST, "aa--ah", "aa----"}, {PAPER_ASSIGNMENT, "aa--a-", "aa----"},
    {PAPER_FLAG, "aa--a-", "aa----"},      {PAPER_DRAFT, "oorroo", "oooooo"},
    {PAPER_REVIEW, "--rr--", "--rr--"},
};

/* Whether somebody reads a paper of another's, which is shared with `shared` (or nobody). */
static bool reads(enum role role, enum paper_kind kind, struct standing standing,
                  const char *author, bool has_shared, enum role shared)
{
	struct person who = {role, "Ann"};
	struct paper paper = {
	    .kind = kind, .by = {role, author}, .has_shared = has_shared, .shared = shared};
	paper.value.draft.has_review = kind == PAPER_DRAFT;
	return paper_may_read(&who, &standing, &paper);
}

static bool writes(enum role role, enum paper_kind kind, struct standing standing)
{
	struct person who = {role, "Ann"};
	struct err e = {0};
	bool may = paper_may_write(&who, &standing, kind, &e);
	CHECK(may || strcmp(e.rule, "paper.not-entitled") == 0, "%s", e.text);
	return may;
}

static const char *const colleagues[] = {"Ann", "Bob"};
static const struct house house = {"The house", {(void *)(uintptr_t)colleagues, 2}};
static const struct standing stranger = {0}, party = {.is_party = true}, heard = {.is_heard = true},
                             housed = {.house = &house};

static void check_reading(enum role role, enum paper_kind kind, char cell)
{
	bool all = cell == 'a', shares = cell == 's';
	const char *name = paper_kind_name(kind);
	CHECK(reads(role, kind, stranger, "Bob", true, role) == all, "%s, role %d: a stranger",
	      name, role);
	CHECK(reads(role, kind, stranger, "Ann", false, role) ==
	          (all || cell == 'o' || cell == 'r'),
	      "%s, role %d: his own", name, role);
	CHECK(reads(role, kind, party, "Bob", true, role) == (all || shares),
	      "%s, role %d: a party", name, role);
	CHECK(reads(role, kind, party, "Bob", false, role) == all,
	      "%s, role %d: a party, not shared", name, role);
	CHECK(reads(role, kind, party, "Bob", true, ROLE_OFFICER) ==
	          (all || (shares && role == ROLE_OFFICER)),
	      "%s, role %d: shared with others", name, role);
	CHECK(reads(role, kind, housed, "Bob", false, role) == (all || cell == 'r'),
	      "%s, role %d: his house's", name, role);
	CHECK(reads(role, kind, housed, "Eve", false, role) == all, "%s, role %d: another house's",
	      name, role);
	CHECK(reads(role, kind, heard, "Bob", false, role) == (all || cell == 'h'),
	      "%s, role %d: heard", name, role);
}

static void every_cell_says_who_may_read_and_write(void)
{
	CHECK(sizeof cells / sizeof *cells == PAPER_KINDS, "a row a kind");
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
		for (enum role role = ROLE_AUTHORITY; role < ROLE_PEOPLE; role++) {
			char may = cells[i].writes[role];
			check_reading(role, cells[i].kind, cells[i].reads[role]);
			CHECK(writes(role, cells[i].kind, stranger) == (may == 'a' || may == 'o'),
			      "%s, role %d: a stranger", paper_kind_name(cells[i].kind), role);
			CHECK(writes(role, cells[i].kind, housed) ==
			          (may == 'a' || may == 'o' || may == 'r'),
			      "%s, role %d: of a house", paper_kind_name(cells[i].kind), role);
			CHECK(writes(role, cells[i].kind, party) == (may != '-' && may != 'r'),
			      "%s, role %d: a party", paper_kind_name(cells[i].kind), role);
		}
}

static void a_draft_is_its_authors_in_that_role_alone(void)
{
	struct person ann = {ROLE_EXPORTER, "Ann"};
	struct paper draft = {.kind = PAPER_DRAFT, .by = {ROLE_OFFICER, "Ann"}};
	CHECK(!paper_may_read(&ann, &party, &draft), "the same name in another role");
}

static void papers_are_shared_with_whom_they_are_for(void)
{
	static const struct {
		enum paper_kind kind;
		enum role by;
		bool asks_end_user, goes_with;
		bool of_end_user;   /* the question that it goes with */
		bool is_there;      /* it is on this case */
		const char *shared; /* NULL: refused; "": nobody */
	} rows[] = {
	    {PAPER_COMMENT, ROLE_OFFICER, false, false, false, true, ""},
	    {PAPER_QUESTION, ROLE_OFFICER, false, false, false, true, "exporter"},
	    {PAPER_QUESTION, ROLE_OFFICER, true, false, false, true, "end user"},
	    {PAPER_REPLY, ROLE_EXPORTER, false, true, false, true, "exporter"},
	    {PAPER_REPLY, ROLE_OFFICER, false, true, true, true, "end user"},
	    {PAPER_REPLY, ROLE_EXPORTER, false, true, true, true, NULL},
	    {PAPER_REPLY, ROLE_EXPORTER, false, true, false, false, NULL},
	    {PAPER_ATTACHMENT, ROLE_OFFICER, false, false, false, true, ""},
	    {PAPER_ATTACHMENT, ROLE_OFFICER, false, true, false, true, "exporter"},
	    {PAPER_ATTACHMENT, ROLE_END_USER, false, false, false, true, "end user"},
	    {PAPER_ATTACHMENT, ROLE_END_USER, false, true, false, true, NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct paper question = {
		    .kind = PAPER_QUESTION,
		    .value.question = {.has_to = true, .to = rows[i].of_end_user}};
		struct paper paper = {.kind = rows[i].kind, .by = {rows[i].by, "Ann"}};
		struct err e = {0};
		paper_share(&question, NULL, &e);
		question.subject.at[0] = !rows[i].is_there;
		if (paper.kind == PAPER_QUESTION)
			paper.value.question =
			    (struct question_paper){.has_to = true, .to = rows[i].asks_end_user};
		if (paper.kind == PAPER_ATTACHMENT)
			paper.value.attachment.has_question = rows[i].goes_with;
		bool ok = paper_share(&paper, rows[i].goes_with ? &question : NULL, &e);
		CHECK(ok == (rows[i].shared != NULL), "row %zu: %s", i, e.text);
		if (ok)
			CHECK(paper.has_shared == (*rows[i].shared != 0) &&
			          (!paper.has_shared ||
			           (paper.shared == ROLE_END_USER) ==
			               (strcmp(rows[i].shared, "end user") == 0)),
			      "row %zu: shared with %d", i,
			      paper.has_shared ? (int)paper.shared : -1);
	}
}

/* --- Papers from forms -------------------------------------------------------------------------
 */

static void papers_are_read_from_json_by_their_tables(void)
{
	static const struct {
		enum paper_kind kind;
		const char *json, *rule; /* NULL: taken */
	} rows[] = {
	    {PAPER_COMMENT, "{\"text\":\"As \\\"said\\\" before.\\nTwice.\"}", NULL},
	    {PAPER_COMMENT, "{}", "form.field-missing"},
	    {PAPER_COMMENT, "{\"text\":\"a\",\"by\":\"me\"}", "form.field-unknown"},
	    {PAPER_COMMENT, "{\"text\":\"a\\u0007b\"}", "form.value"},
	    {PAPER_QUESTION, "{\"text\":\"Who is the broker?\",\"to\":\"exporter\"}", NULL},
	    {PAPER_QUESTION, "{\"text\":\"Who?\",\"to\":\"officer\"}", "form.value"},
	    {PAPER_REPLY, "{\"question\":7,\"text\":\"He.\"}", NULL},
	    {PAPER_REPLY, "{\"question\":-7,\"text\":\"He.\"}", "form.value"},
	    {PAPER_FLAG, "{\"flag\":\"priority\",\"state\":\"set\"}", NULL},
	    {PAPER_FLAG, "{\"flag\":\"two words\",\"state\":\"set\"}", "form.value"},
	    {PAPER_ASSIGNMENT, "{\"team\":\"licensing\",\"person\":\"Ada\"}", NULL},
	    {PAPER_ASSIGNMENT, "{}", NULL},
	    {PAPER_CHECKLIST,
	     "{\"name\":\"human-rights\",\"answers\":[{\"question\":\"Courts?\",\"answer\":\"No.\","
	     "\"sources\":[\"A\"]}]}",
	     NULL},
	    {PAPER_DRAFT, "{\"name\":\"application\",\"form\":\"{\\\"quantity\\\":2}\"}", NULL},
	    {PAPER_COMMENT, "{\"text\":\"\\ud83d\\ude00\"}", NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		union paper_value value, again;
		struct bytes bytes;
		struct form_node *root;
		struct err e = {0};
		json_t *json = json_loads(rows[i].json, 0, NULL);
		CHECK(json != NULL, "row %zu is no JSON", i);
		bool ok = form_of_json(&arena, json, &root, &e) &&
		          paper_fill(&arena, rows[i].kind, root, &value, &e);
		json_decref(json);
		CHECK(ok == (rows[i].rule == NULL) && (ok || strcmp(e.rule, rows[i].rule) == 0),
		      "row %zu: %s: %s", i, e.rule == NULL ? "-" : e.rule, e.text);
		if (ok)
			CHECK(paper_encode(&arena, rows[i].kind, &value, &bytes, &e) &&
			          paper_decode(&arena, rows[i].kind, bytes, &again, &e),
			      "row %zu: %s", i, e.text);
	}
}

/* --- The store -----------------------------------------------------------------------------------
 */

static char folder[] = "/tmp/proviso-papers-XXXXXX";
static const struct hash one = {{1}}, two = {{2}};

static uint64_t put(struct papers *p, struct paper paper, const char *file)
{
	struct err e = {0};
	uint64_t id = 0;
	struct bytes bytes = file != NULL ? bytes_text(file) : (struct bytes){0};
	paper.by = paper.by.holder != NULL ? paper.by : (struct person){ROLE_OFFICER, "Ada"};
	CHECK(papers_add(p, &paper, bytes, &id, &e), "%s", e.text);
	return id;
}

static struct paper comment(const struct hash *subject, const char *text)
{
	return (struct paper){
	    .subject = *subject, .kind = PAPER_COMMENT, .at = 100, .value.comment = {text}};
}

static struct paper draft(const char *holder, const char *name, const char *form)
{
	return (struct paper){.subject = one,
	                      .kind = PAPER_DRAFT,
	                      .by = {ROLE_OFFICER, holder},
	                      .value.draft = {name, form}};
}

static size_t count(struct papers *p, const struct hash *subject, unsigned kinds, uint64_t after)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct paper *papers;
	size_t n;
	struct papers_wanted wanted = {.subject = subject, .kinds = kinds, .after = after};
	CHECK(papers_list(p, &arena, &wanted, &papers, &n, &e), "%s", e.text);
	return n;
}

static struct papers *open_papers(bool write)
{
	struct err e = {0};
	struct papers *p = papers_open(folder, write, &e);
	if (p == NULL) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	return p;
}

static void papers_come_back_as_they_were_written(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct stat st;
	owned_papers none = open_papers(false);
	CHECK(count(none, NULL, PAPERS_ANY, 0) == 0, "a home without papers has none");
	owned_papers p = open_papers(true);
	CHECK(stat(arena_printf(&arena, "%s/casework.db", folder), &st) == 0 &&
	          (st.st_mode & 0777) == 0600,
	      "mode");
	uint64_t first = put(p, comment(&one, "First."), NULL);
	struct paper question = {.subject = one,
	                         .kind = PAPER_QUESTION,
	                         .at = 200,
	                         .has_shared = true,
	                         .shared = ROLE_EXPORTER,
	                         .value.question = {.text = "Who?"}};
	uint64_t second = put(p, question, NULL);
	put(p, comment(&two, "Elsewhere."), NULL);
	CHECK(second > first, "ids rise");
	CHECK(count(p, &one, PAPERS_ANY, 0) == 2 && count(p, NULL, PAPERS_ANY, 0) == 3,
	      "by subject");
	CHECK(count(p, &one, 1 << PAPER_QUESTION, 0) == 1 && count(p, &one, PAPERS_ANY, first) == 1,
	      "by kind, after");
	struct paper back;
	CHECK(papers_get(p, &arena, second, &back, &e), "%s", e.text);
	CHECK(back.at == 200 && back.has_shared && back.shared == ROLE_EXPORTER &&
	          back.by.role == ROLE_OFFICER && strcmp(back.by.holder, "Ada") == 0 &&
	          strcmp(back.value.question.text, "Who?") == 0,
	      "as written");
	CHECK(!papers_get(p, &arena, 99, &back, &e) && strcmp(e.rule, "paper.no-such-paper") == 0,
	      "%s", e.text);
}

static void files_are_kept_once_by_their_digest(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes back;
	owned_papers p = open_papers(true);
	struct paper paper = {.subject = one,
	                      .kind = PAPER_ATTACHMENT,
	                      .value.attachment = {.name = "a.pdf",
	                                           .media_type = "application/pdf",
	                                           .digest = sha256(bytes_text("bytes")),
	                                           .size = 5}};
	put(p, paper, "bytes");
	put(p, paper, "bytes");
	CHECK(papers_file(p, &arena, &paper.value.attachment.digest, &back, &e) &&
	          bytes_equal(back, bytes_text("bytes")),
	      "%s", e.text);
}

static void drafts_take_the_place_of_those_before_and_nobody_elses(void)
{
	struct err e = {0};
	owned_papers p = open_papers(true);
	struct person ada = {ROLE_OFFICER, "Ada"};
	put(p, draft("Ada", "decision", "{}"), NULL);
	put(p, draft("Ada", "decision", "{\"outcome\":\"approve\"}"), NULL);
	put(p, draft("Ada", "measure", "{}"), NULL);
	put(p, draft("Ben", "decision", "{}"), NULL);
	CHECK(count(p, &one, 1 << PAPER_DRAFT, 0) == 3, "%zu", count(p, &one, 1 << PAPER_DRAFT, 0));
	CHECK(papers_drop(p, &one, &ada, "decision", &e), "%s", e.text);
	CHECK(!papers_drop(p, &one, &ada, "decision", &e) &&
	          strcmp(e.rule, "paper.no-such-draft") == 0,
	      "%s", e.text);
	CHECK(count(p, &one, 1 << PAPER_DRAFT, 0) == 2, "dropped");
	for (int i = 0; i < DRAFTS_MAX - 1; i++) {
		char name[16];
		snprintf(name, sizeof name, "d%d", i);
		put(p, draft("Ada", name, "{}"), NULL);
	}
	struct paper more = draft("Ada", "more", "{}");
	uint64_t id;
	CHECK(!papers_add(p, &more, (struct bytes){0}, &id, &e) &&
	          strcmp(e.rule, "paper.too-many") == 0,
	      "%s", e.text);
	put(p, draft("Ben", "more", "{}"), NULL);
}

static void what_is_written_stays(void)
{
	static const char *const tries[] = {"UPDATE paper SET value = x'00'",
	                                    "DELETE FROM paper WHERE kind = 0",
	                                    "UPDATE file SET bytes = x'00'", "DELETE FROM file",
	                                    "UPDATE paper SET name = 'x' WHERE kind = 0"};
	char path[64];
	sqlite3 *db;
	snprintf(path, sizeof path, "%s/casework.db", folder);
	bool opened = sqlite3_open(path, &db) == SQLITE_OK;
	CHECK(opened, "%s", path);
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
		CHECK(sqlite3_exec(db, tries[i], NULL, NULL, NULL) == SQLITE_CONSTRAINT, "%s",
		      tries[i]);
	sqlite3_close(db);
}

static void what_is_no_casework_is_refused(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	char other[] = "/tmp/proviso-papers-XXXXXX";
	CHECK(mkdtemp(other) != NULL, "a folder");
	const char *path = arena_printf(&arena, "%s/casework.db", other);
	CHECK(file_write(
	          path,
	          bytes_text(
	              "this is no database, and is long enough to be read as one all the same"),
	          0600, &e),
	      "%s", e.text);
	struct papers *p = papers_open(other, false, &e);
	CHECK(p == NULL && e.kind == ERR_INPUT && strcmp(e.rule, "papers.format") == 0, "%s",
	      e.text);
	papers_close(p);
	unlink(path);
	rmdir(other);
}

static int remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(name);
}

int main(void)
{
	static const struct test tests[] = {
	    TEST(every_cell_says_who_may_read_and_write),
	    TEST(a_draft_is_its_authors_in_that_role_alone),
	    TEST(papers_are_shared_with_whom_they_are_for),
	    TEST(papers_are_read_from_json_by_their_tables),
	    TEST(papers_come_back_as_they_were_written),
	    TEST(files_are_kept_once_by_their_digest),
	    TEST(drafts_take_the_place_of_those_before_and_nobody_elses),
	    TEST(what_is_written_stays),
	    TEST(what_is_no_casework_is_refused),
	};
	if (mkdtemp(folder) == NULL)
		return 1;
	int status = test_main(tests, sizeof tests / sizeof *tests);
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return status;
}
