/* An authority whose log is witnessed: what goes on, and what waits, when witnesses are missing. */
#include "home.h"

#include "base/file.h"

enum { WITNESSES = 3 };

/* Who answers of the three, and how. */
static struct {
	struct secret_key keys[WITNESSES];
	unsigned answering;
	uint64_t asked;
	bool is_ahead; /* one has cosigned more than is here */
	int64_t time;
} witnesses;

static bool ask(void *ctx, struct arena *arena, struct cosigning *c, struct err *e)
{
	struct note note;
	struct buffer out = {.arena = arena};
	(void)ctx;
	witnesses.asked++;
	if (witnesses.is_ahead)
		return err_refused(e, "witness.ahead", "a witness has cosigned more");
	if (!note_parse(arena, c->note, &note, e))
		return false;
	buffer_bytes(&out, c->note);
	for (unsigned i = 0; i < witnesses.answering; i++) {
		struct bytes line;
		bool cosigned =
		    cosignature_sign(arena, &note, &witnesses.keys[i], witnesses.time, &line, e);
		CHECK(cosigned, "%s", e->text);
		buffer_bytes(&out, line);
	}
	c->note = buffer_view(&out);
	return true;
}

static const struct cosigners cosigners = {.ask = ask};

static struct bytes policy_of(struct home *h, const struct public_key *log)
{
	struct buffer b = {.arena = &h->w.arena};
	buffer_printf(&b, "log %s\n", key_line(&h->w.arena, log));
	for (int i = 0; i < WITNESSES; i++)
		buffer_printf(&b, "witness w%d %s\n", i,
		              key_cosigner_line(&h->w.arena, &witnesses.keys[i].public));
	buffer_text(&b, "group two 2 w0 w1 w2\nquorum two\n");
	return buffer_view(&b);
}

static void witnesses_begin(struct home *h, enum world_stage stage)
{
	home_begin(h, stage);
	memset(&witnesses, 0, sizeof witnesses);
	witnesses.answering = WITNESSES;
	witnesses.time = h->w.now;
	for (int i = 0; i < WITNESSES; i++)
		witnesses.keys[i] = world_key(arena_printf(&h->w.arena, "w%d.example", i));
	authority_cosigned_by(&h->a, cosigners);
}

static void set_policy(struct home *h)
{
	struct err e = {0};
	home_must(authority_set_policy(&h->a, policy_of(h, &h->w.authority.public), &e), "policy",
	          &e);
}

static void reopen(struct home *h)
{
	home_close(h);
	home_open(h, true);
	authority_cosigned_by(&h->a, cosigners);
}

static bool is_rule(const struct err *e, enum err_kind kind, const char *rule)
{
	return e->kind == kind && e->rule != NULL && strcmp(e->rule, rule) == 0;
}

static uint64_t published_size(struct home *h)
{
	struct checkpoint c;
	struct note note;
	struct bytes text;
	struct err e = {0};
	const char *path = arena_printf(&h->w.arena, "%s/log/checkpoint", h->path);
	home_must(file_read(&h->w.arena, path, NOTE_MAX, &text, &e) &&
	              note_parse(&h->w.arena, text, &note, &e) &&
	              checkpoint_parse(&h->w.arena, note.text, &c, &e),
	          "published", &e);
	return c.size;
}

static uint64_t log_size(struct home *h)
{
	struct err e = {0};
	home_must(store_begin(h->a.store, false, &e), "begin", &e);
	uint64_t size = store_size(h->a.store);
	store_rollback(h->a.store);
	return size;
}

/* One record and one request, as a service has them in a round. */
static bool go_round(struct home *h, struct err *record_err, struct err *request_err,
                     bool *is_answered, struct err *e)
{
	struct report_body body = world_report(&h->w);
	body.allegation = arena_printf(&h->w.arena, "at %lld", (long long)h->w.now);
	struct bytes record = world_record(&h->w, KIND_REPORT, &body, &h->w.auditor),
	             request = home_request(h, &h->system), reply = {0};
	struct accepted accepted;
	const struct round round = {&record,  1, &accepted, record_err,
	                            &request, 1, &reply,    request_err};
	*record_err = *request_err = (struct err){0};
	bool done = authority_round(&h->a, &h->w.arena, &round, h->w.now, e);
	*is_answered = reply.len > 0;
	return done;
}

/* --- Policies ----------------------------------------------------------------------------------
 */

static void a_policy_becomes_the_homes_once_its_quorum_has_cosigned(void)
{
	struct home h;
	struct err e = {0};
	owned_arena arena = {0};
	struct witnessing who;
	witnesses_begin(&h, WORLD_FOUNDED);
	const char *path = arena_printf(&h.w.arena, "%s/policy", h.path);
	CHECK(!authority_set_policy(&h.a, policy_of(&h, &h.w.officers[0].public), &e) &&
	          is_rule(&e, ERR_INPUT, "authority.policy"),
	      "another log's: %s", e.text);
	witnesses.answering = 1;
	CHECK(!authority_set_policy(&h.a, policy_of(&h, &h.w.authority.public), &e) &&
	          is_rule(&e, ERR_ENVIRONMENT, "witness.quorum-missing"),
	      "one of two: %s", e.text);
	CHECK(!file_exists(path), "it is there all the same");
	home_must(store_begin(h.a.store, false, &e), "begin", &e);
	CHECK(authority_witnesses(&h.a, &arena, &who, &e) && !who.has_policy, "%s", e.text);
	store_rollback(h.a.store);
	witnesses.answering = 2;
	set_policy(&h);
	home_must(store_begin(h.a.store, false, &e), "begin", &e);
	CHECK(authority_witnesses(&h.a, &arena, &who, &e) && who.has_policy && who.count == 3 &&
	          who.cosigned[0] && who.cosigned[1] && !who.cosigned[2] &&
	          who.time == witnesses.time && who.size == who.entries,
	      "%s", e.text);
	store_rollback(h.a.store);
	home_end(&h);
}

static void a_damaged_policy_keeps_the_home_shut(void)
{
	struct home h;
	struct authority again;
	struct err e = {0};
	witnesses_begin(&h, WORLD_FOUNDED);
	set_policy(&h);
	home_close(&h);
	const char *path = arena_printf(&h.w.arena, "%s/policy", h.path);
	home_must(file_write(path, bytes_text("quorum nonsense\n"), 0644, &e), "write", &e);
	CHECK(!authority_open(&again, h.path, true, &e) && e.kind == ERR_INPUT, "%s", e.text);
	home_must(file_write(path, policy_of(&h, &h.w.officers[0].public), 0644, &e), "write", &e);
	CHECK(!authority_open(&again, h.path, true, &e) &&
	          is_rule(&e, ERR_INPUT, "authority.policy"),
	      "%s", e.text);
	home_end(&h);
}

/* --- With and without witnesses
 * -------------------------------------------------------------------
 */

static void with_its_quorum_a_round_takes_and_answers(void)
{
	struct home h;
	struct err e = {0}, record, request;
	bool answered;
	witnesses_begin(&h, WORLD_ENROLLED);
	set_policy(&h);
	witnesses.answering = 2; /* one of three may be away */
	CHECK(go_round(&h, &record, &request, &answered, &e) && answered, "%s; %s; %s", e.text,
	      record.text, request.text);
	CHECK(published_size(&h) == log_size(&h), "published");
	uint64_t before = witnesses.asked;
	CHECK(go_round(&h, &record, &request, &answered, &e) && answered, "%s", e.text);
	CHECK(witnesses.asked == before + 1, "witnesses are asked once a round: %llu",
	      (unsigned long long)(witnesses.asked - before));
	home_end(&h);
}

static void without_its_quorum_records_go_on_the_log_and_no_lease_is_given(void)
{
	struct home h;
	struct err e = {0}, record, request;
	bool answered;
	witnesses_begin(&h, WORLD_ENROLLED);
	set_policy(&h);
	witnesses.answering = 1;
	/* It learns in the midst of the round, when it publishes. */
	CHECK(go_round(&h, &record, &request, &answered, &e), "%s", e.text);
	CHECK(record.kind == ERR_NONE && !answered &&
	          is_rule(&request, ERR_ENVIRONMENT, "witness.quorum-missing"),
	      "%s; %s", record.text, request.text);
	uint64_t published = published_size(&h), size = log_size(&h);
	CHECK(published < size, "%llu of %llu", (unsigned long long)published,
	      (unsigned long long)size);
	/* And from then on before it begins: a lease that nobody could get would use up its number.
	 */
	h.w.now++;
	CHECK(go_round(&h, &record, &request, &answered, &e), "%s", e.text);
	CHECK(record.kind == ERR_NONE && !answered &&
	          is_rule(&request, ERR_ENVIRONMENT, "witness.quorum-missing"),
	      "%s; %s", record.text, request.text);
	CHECK(published_size(&h) == published && log_size(&h) == size + 1,
	      "the record alone came to the log");
	witnesses.answering = 3;
	h.w.now++;
	CHECK(go_round(&h, &record, &request, &answered, &e) && answered, "%s; %s", e.text,
	      request.text);
	CHECK(published_size(&h) == log_size(&h), "all is published now");
	home_end(&h);
}

static void what_was_never_compared_takes_nothing_in(void)
{
	struct home h;
	struct err e = {0}, record, request;
	bool answered;
	witnesses_begin(&h, WORLD_ENROLLED);
	set_policy(&h);
	reopen(&h);
	witnesses.answering = 0;
	uint64_t size = log_size(&h);
	CHECK(!go_round(&h, &record, &request, &answered, &e) &&
	          is_rule(&e, ERR_ENVIRONMENT, "witness.quorum-missing"),
	      "%s", e.text);
	struct bytes bytes = world_record(&h.w, KIND_REPORT,
	                                  (struct report_body[]){world_report(&h.w)}, &h.w.auditor);
	struct accepted accepted;
	CHECK(!authority_submit(&h.a, &bytes, 1, h.w.now, &accepted, NULL, &e) &&
	          is_rule(&e, ERR_ENVIRONMENT, "witness.quorum-missing"),
	      "%s", e.text);
	CHECK(log_size(&h) == size, "something came to the log");
	witnesses.answering = 3;
	CHECK(go_round(&h, &record, &request, &answered, &e) && answered, "%s", e.text);
	home_end(&h);
}

static void an_old_copy_that_witnesses_know_better_never_signs_again(void)
{
	struct home h;
	struct err e = {0}, record, request;
	owned_arena arena = {0};
	bool answered;
	witnesses_begin(&h, WORLD_ENROLLED);
	set_policy(&h);
	uint64_t size = log_size(&h);
	witnesses.is_ahead = true;
	CHECK(!authority_cosign(&h.a, &arena, &e) && is_rule(&e, ERR_REFUSED, "witness.ahead"),
	      "%s", e.text);
	CHECK(!go_round(&h, &record, &request, &answered, &e) &&
	          is_rule(&e, ERR_REFUSED, "witness.ahead"),
	      "%s", e.text);
	CHECK(log_size(&h) == size, "something came to the log");
	home_end(&h);
}

static void where_nobody_asks_witnesses_nothing_is_published(void)
{
	struct home h;
	struct err e = {0};
	owned_arena arena = {0};
	witnesses_begin(&h, WORLD_ENROLLED);
	set_policy(&h);
	home_close(&h);
	home_open(&h, true);
	CHECK(!authority_cosign(&h.a, &arena, &e) &&
	          is_rule(&e, ERR_ENVIRONMENT, "witness.quorum-missing"),
	      "%s", e.text);
	home_end(&h);
}

/* A second process that had the home open before there was a policy is held to it too. */
static void a_policy_that_came_meanwhile_holds(void)
{
	struct home h;
	struct authority other;
	struct err e = {0};
	owned_arena arena = {0};
	witnesses_begin(&h, WORLD_ENROLLED);
	home_must(authority_open(&other, h.path, true, &e), "open", &e);
	set_policy(&h);
	CHECK(!authority_cosign(&other, &arena, &e) &&
	          is_rule(&e, ERR_ENVIRONMENT, "witness.quorum-missing"),
	      "%s", e.text);
	authority_close(&other);
	home_end(&h);
}

TEST_MAIN(TEST(a_policy_becomes_the_homes_once_its_quorum_has_cosigned),
          TEST(a_damaged_policy_keeps_the_home_shut),
          TEST(with_its_quorum_a_round_takes_and_answers),
          TEST(without_its_quorum_records_go_on_the_log_and_no_lease_is_given),
          TEST(what_was_never_compared_takes_nothing_in),
          TEST(an_old_copy_that_witnesses_know_better_never_signs_again),
          TEST(where_nobody_asks_witnesses_nothing_is_published),
          TEST(a_policy_that_came_meanwhile_holds))
