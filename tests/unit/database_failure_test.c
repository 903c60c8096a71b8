/*
 * A database that fails at any statement, at its making ready, its beginning or in its midst:
 * each is told as a failure of the environment, and leaves a home that is whole and has all that
 * was acknowledged. The statements are SQLite's own; they are refused or interrupted from outside.
 */
#include "authority/query.h"
#include "failing_database.h"
#include "home.h"
/* Cases of rules_test.c that are not wanted here come along with those that are. */
#pragma GCC diagnostic ignored "-Wunused-function"
#include "rules/disclosure.h"
#include "rules/tags.h"

/* --- What is done meanwhile --------------------------------------------------------------------
 */

struct work {
	struct home h;
	struct hash told; /* the last record acknowledged */
	bool has_told;
};

static struct bytes report(struct work *k)
{
	struct report_body body = world_report(&k->h.w);
	body.allegation = arena_printf(&k->h.w.arena, "fault %d at %llu, %lld", (int)plan.fault,
	                               (unsigned long long)plan.at, (long long)k->h.w.now);
	return world_record(&k->h.w, KIND_REPORT, &body, &k->h.w.auditor);
}

static bool submits(struct work *k, struct arena *arena, struct err *e)
{
	(void)arena;
	struct bytes record = report(k);
	struct accepted out;
	if (!authority_submit(&k->h.a, &record, 1, k->h.w.now, &out, NULL, e))
		return false;
	k->told = out.id;
	k->has_told = true;
	return true;
}

static bool renews(struct work *k, struct arena *arena, struct err *e)
{
	struct bytes request = home_request(&k->h, &k->h.system), reply;
	struct err refused = {0};
	(void)arena;
	if (!authority_renew(&k->h.a, &k->h.w.arena, &request, 1, k->h.w.now, &reply, &refused, e))
		return false;
	if (reply.len == 0)
		*e = refused;
	return reply.len > 0;
}

static bool goes_round(struct work *k, struct arena *arena, struct err *e)
{
	struct bytes records[2] = {report(k), bytes_text("no record")};
	struct bytes requests[2] = {home_request(&k->h, &k->h.system), bytes_text("no request")};
	struct bytes replies[2];
	struct accepted accepted[2];
	struct err record_errs[2], request_errs[2];
	struct round round = {records,  2, accepted, record_errs,
	                      requests, 2, replies,  request_errs};
	if (!authority_round(&k->h.a, arena, &round, k->h.w.now, e))
		return false;
	CHECK(record_errs[0].kind == ERR_NONE && record_errs[1].kind == ERR_INPUT, "%s; %s",
	      record_errs[0].text, record_errs[1].text);
	CHECK(replies[1].len == 0 && request_errs[1].kind == ERR_INPUT, "%s", request_errs[1].text);
	CHECK(replies[0].len > 0, "%s", request_errs[0].text);
	k->told = accepted[0].id;
	k->has_told = true;
	return true;
}

static bool proves(struct work *k, struct arena *arena, struct err *e)
{
	struct bytes proof;
	return authority_prove(&k->h.a, arena, 1, &proof, e) &&
	       authority_receipt(&k->h.a, arena, 1, &proof, e);
}

static bool screens(struct work *k, struct arena *arena, struct err *e)
{
	struct lists_outcome out;
	return authority_lists(&k->h.a, arena, NULL, 0, k->h.w.now, &out, e);
}

static bool discloses(struct work *k, struct arena *arena, struct err *e)
{
	(void)arena;
	struct disclosure_body body = disclosure_of(&k->h.w, "subject");
	body.has_to = true;
	body.to = key_id(&k->h.w.officers[0].public);
	uint64_t index;
	return authority_say_disclosure(&k->h.a, &body, k->h.w.now, &index, e);
}

static bool asks_for_tags(struct work *k, struct arena *arena, struct err *e)
{
	struct hash tags;
	struct inquiry_body body = {.blinded = blinded_of(&k->h.w, 1), .reason = "A complaint"};
	struct state state = authority_state(&k->h.a);
	struct bytes granted;
	if (!store_begin(k->h.a.store, false, e))
		return false;
	bool has = query_tags(&state, arena, &tags, e);
	store_rollback(k->h.a.store);
	body.tags = tags;
	return has && authority_tags(&k->h.a, arena,
	                             world_record(&k->h.w, KIND_INQUIRY, &body, &k->h.w.auditor),
	                             k->h.w.now, &granted, e);
}

static bool any_entry(void *ctx, uint64_t index, struct bytes entry)
{
	(void)index, (void)entry;
	++*(uint64_t *)ctx;
	return true;
}

static bool any_pair(void *ctx, struct bytes key, struct bytes value)
{
	return any_entry(ctx, key.len, value);
}

static bool reads(struct work *k, struct arena *arena, struct err *e)
{
	struct store *s = k->h.a.store;
	uint64_t count = 0, index = 0;
	struct hash id, root;
	struct bytes bytes;
	bool found;
	const char *prefix = hex_encode(arena, hash_bytes(&k->h.w.report));
	if (!store_begin(s, false, e))
		return false;
	bool done = store_entries(s, 0, store_size(s), any_entry, &count, e) &&
	            store_scan(s, bytes_text("key/"), (struct bytes){0}, any_pair, &count, e) &&
	            store_entry(s, 0, arena, &bytes, e) && store_root(s, &root, e) &&
	            store_find(s, prefix, &id, &index, e) &&
	            store_find(s, hex_encode(arena, hash_bytes(&k->h.w.lease)), &id, &index, e) &&
	            store_find_id(s, &k->h.w.report, &index, &found, e);
	store_rollback(s);
	return done;
}

static bool checks(struct work *k, struct arena *arena, struct err *e)
{
	struct log_view view;
	struct log_check check;
	bool same = false;
	(void)arena;
	if (!authority_replay(&k->h.a, NULL, &check, &same, e) || !log_view_home(&k->h.a, &view, e))
		return false;
	bool done = log_audit(&view, NULL, &check, e) && log_verify(&view, NULL, &check, e);
	log_view_close(&view);
	CHECK(same, "it replays to another state");
	return done;
}

static bool restores(struct work *k, struct arena *arena, struct err *e)
{
	struct log_view view;
	struct log_check check;
	const char *path = arena_printf(arena, "%s/again", k->h.folder),
	           *log = arena_printf(arena, "%s/log", k->h.path);
	if (!log_view_directory(log, &k->h.w.authority.public, &view, e))
		return false;
	bool done = authority_restore(path, &k->h.w.authority, &view, NULL, &check, e);
	log_view_close(&view);
	CHECK(done == (access(path, F_OK) == 0), "it is half there");
	if (done)
		home_remove(path);
	return done;
}

/* --- The loop --------------------------------------------------------------------------------- */

/* Opens the home, does the work, closes it: with the fault somewhere in it. */
static bool attempt(struct work *k, bool (*work)(struct work *, struct arena *, struct err *),
                    struct err *e)
{
	owned_arena arena = {0};
	if (!authority_open(&k->h.a, k->h.path, true, e))
		return false;
	k->h.is_open = true;
	bool done = work(k, &arena, e);
	home_close(&k->h);
	k->h.w.now++;
	return done;
}

static void acknowledged_is_there(struct work *k)
{
	uint64_t index;
	bool found = false;
	struct err e = {0};
	home_open(&k->h, false);
	if (k->has_told) {
		home_must(store_begin(k->h.a.store, false, &e), "begin", &e);
		CHECK(store_find_id(k->h.a.store, &k->told, &index, &found, &e) && found,
		      "what was acknowledged is lost: %s", e.text);
		store_rollback(k->h.a.store);
	}
	home_close(&k->h);
}

/* SQLite says that it was refused or interrupted; a caller reads it as what it is. */
static uint64_t each_statement_fails(struct work *k, const char *name, enum fault fault,
                                     bool (*work)(struct work *, struct arena *, struct err *))
{
	uint64_t failed = 0;
	plan.fault = fault;
	uint64_t skip = test_soaks() ? UINT64_MAX : 20; /* a soak leaves none out */
	for (uint64_t at = 1;; at += 1 + at / skip) {
		struct err e = {0};
		plan.at = at;
		plan.seen = 0;
		plan.has_failed = false;
		bool done = attempt(k, work, &e), was_reached = plan.seen >= at;
		plan.at = 0;
		failed += !done;
		CHECK(done || (e.kind == ERR_ENVIRONMENT && plan.has_failed),
		      "%s, fault %d at %llu: %s: %s", name, (int)fault, (unsigned long long)at,
		      e.rule != NULL ? e.rule : "-", e.text);
		if (!done)
			acknowledged_is_there(k);
		if (!was_reached)
			break;
	}
	return failed;
}

static const struct {
	const char *name;
	bool (*work)(struct work *, struct arena *, struct err *);
} works[] = {
    {"submit", submits}, {"renew", renews},         {"round", goes_round},   {"prove", proves},
    {"lists", screens},  {"disclosure", discloses}, {"tags", asks_for_tags}, {"read", reads},
    {"check", checks},   {"restore", restores},
};

static void work_begin(struct work *k)
{
	const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NULL;
	*k = (struct work){0};
	home_begin_in(&k->h, memory, WORLD_FOUND);
	struct tags_body tags = tags_of(&k->h.w, 1, 1);
	struct hash id;
	home_done(&k->h, KIND_TAGS, &tags, &k->h.w.officers[0], &id);
	struct approval_body approval = {.proposal = id};
	home_done(&k->h, KIND_APPROVAL, &approval, &k->h.w.officers[1], NULL);
	home_close(&k->h);
}

static void a_failing_statement_is_told_and_loses_nothing(void)
{
	struct work k;
	struct err e = {0};
	work_begin(&k);
	for (int fault = 0; fault < FAULTS; fault++) {
		uint64_t failed = 0;
		for (size_t i = 0; i < sizeof works / sizeof *works; i++)
			failed += each_statement_fails(&k, works[i].name, (enum fault)fault,
			                               works[i].work);
		CHECK(failed > sizeof works / sizeof *works, "fault %d failed %llu times", fault,
		      (unsigned long long)failed);
	}
	CHECK(attempt(&k, checks, &e), "in the end: %s", e.text);
	home_end(&k.h);
}

int main(void)
{
	static const struct test tests[] = {TEST(a_failing_statement_is_told_and_loses_nothing)};
	failing_database_begin();
	return test_main(tests, sizeof tests / sizeof *tests);
}
