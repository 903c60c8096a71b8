/*
 * Renewals in batches, from request to durable, published and proven reply, with SYSTEMS
 * enrolled, MEASURES in force on all of them, and LEASES granted before. `renew` is all that
 * authority_renew() does; `issue` is the same without telling who asks (the request's
 * signature); `asker` is that alone. `routine` and `tag` are `renew` and `asker` of requests
 * within a session, authenticated by a tag; the `part`s are where their time goes, one after the
 * other. `worked` is what of it the processor worked, in all threads: the rest waits for the disk.
 * Then the log that came of it is audited from its entries, by one thread: `audit` is all of it for
 * each lease, and `audit-more` what leases add to a log of the same enrolments without any, which
 * are signed, in the processor's time.
 *
 *     bench_lease FOLDER SYSTEMS MEASURES BATCH LEASES...
 */
#include "../tests/unit/home.h"

#include "authority/renewals.h"
#include "base/rim.h"
#include "bench.h"

enum { ENROL_TOGETHER = 1000, ROUNDS = 11, AUDITS = 5 };

static struct home home;
static struct home_system *systems;
static size_t system_count, measure_count, batch_size;
static uint64_t granted;

/* --- A regime of many ------------------------------------------------------------------------- */

static void submit_together(struct bytes records[], size_t count, struct hash ids[])
{
	static struct accepted out[ENROL_TOGETHER];
	struct err e = {0};
	home_must(authority_submit(&home.a, records, count, home.w.now, out, NULL, &e), "submit",
	          &e);
	for (size_t i = 0; i < count && ids != NULL; i++)
		ids[i] = out[i].id;
}

static void license(void)
{
	struct world *w = &home.w;
	struct application_body application = world_application(w);
	struct licence_body licence;
	application.quantity = system_count;
	home_done(&home, KIND_APPLICATION, &application, &w->exporter, &w->application);
	home_step(&home, WORLD_APPROVED);
	licence = world_licence(w);
	licence.quantity = system_count;
	home_done(&home, KIND_LICENCE, &licence, &w->officers[0], &w->licence);
}

static void enrol_all(void)
{
	static struct bytes records[ENROL_TOGETHER];
	static struct hash ids[ENROL_TOGETHER];
	systems = calloc(system_count, sizeof *systems);
	for (size_t i = 0; i < system_count; i++) {
		struct enrolment_body body = world_enrolment(&home.w);
		body.serial = arena_printf(&home.w.arena, "S-%zu", i);
		systems[i].key = world_key_of(KEY_ED25519, body.serial);
		body.device_key = systems[i].key.public;
		size_t at = i % ENROL_TOGETHER;
		records[at] = world_record(&home.w, KIND_ENROLMENT, &body, &home.w.exporter);
		if (at + 1 == ENROL_TOGETHER || i + 1 == system_count)
			submit_together(records, at + 1, ids);
	}
	home.w.system = ids[0];
}

/* Measures on the licence: every renewal must heed all of them. */
static void enforce_all(void)
{
	static struct bytes records[ENROL_TOGETHER], approvals[ENROL_TOGETHER];
	static struct hash ids[ENROL_TOGETHER];
	for (size_t done = 0; done < measure_count;) {
		size_t count = 0;
		for (; count < ENROL_TOGETHER && done < measure_count; count++, done++) {
			struct measure_body body = world_measure(&home.w, MEASURE_RESTRICT);
			body.target = world_target(&home.w, "licence", &home.w.licence);
			body.reason = arena_printf(&home.w.arena, "No. %zu.", done);
			records[count] =
			    world_record(&home.w, KIND_MEASURE, &body, &home.w.officers[0]);
		}
		submit_together(records, count, ids);
		for (size_t i = 0; i < count; i++) {
			struct approval_body body = {.proposal = ids[i]};
			approvals[i] =
			    world_record(&home.w, KIND_APPROVAL, &body, &home.w.officers[1]);
		}
		submit_together(approvals, count, NULL);
	}
}

static void begin(const char *folder)
{
	home_begin_in(&home, folder, WORLD_DECLARED);
	license();
	enrol_all();
	home_step(&home, WORLD_REPORTED);
	home_step(&home, WORLD_FOUND);
	enforce_all();
}

/* --- Renewing --------------------------------------------------------------------------------- */

/* What a batch goes through, in order. */
enum part { ASK, JUDGE, COMMIT, PUBLISH, REPLY, PARTS };

static const char *const part_names[PARTS] = {
    [ASK] = "ask", [JUDGE] = "judge", [COMMIT] = "commit", [PUBLISH] = "publish", [REPLY] = "reply",
};

/* Nanoseconds: as they pass, and of the processor in all threads. */
struct spent {
	double passed[PARTS], worked[PARTS];
};

struct moment {
	double passed, worked;
};

struct renewals {
	struct arena arena;
	size_t count;
	struct home_system **askers;
	struct bytes *requests, *replies;
	struct asked *asked;
	struct err *errs;
};

/* The systems are taken in strides, so that neighbours in the store are not neighbours in time. */
static struct home_system *next_system(void)
{
	static const uint64_t stride = 7919; /* a prime: every system comes once before any twice */
	return &systems[granted++ * stride % system_count];
}

/* Each system has used its item once since, and proves that its use log only grew. */
static void prepare(struct renewals *r)
{
	*r = (struct renewals){.count = batch_size};
	r->askers = arena_array(&r->arena, r->count, sizeof *r->askers);
	r->requests = arena_array(&r->arena, r->count, sizeof *r->requests);
	r->replies = arena_array(&r->arena, r->count, sizeof *r->replies);
	r->asked = arena_array(&r->arena, r->count, sizeof *r->asked);
	r->errs = arena_array(&r->arena, r->count, sizeof *r->errs);
	home.w.now++;
	for (size_t i = 0; i < r->count; i++) {
		r->askers[i] = next_system();
		home_use(r->askers[i]);
		r->requests[i] = home_request(&home, r->askers[i]);
	}
}

/* From the end of the part before. */
static void part_ends(struct spent *spent, enum part part, struct moment *from)
{
	struct moment now = {bench_nanoseconds(), bench_processor()};
	spent->passed[part] = (now.passed - from->passed) / (double)batch_size;
	spent->worked[part] = (now.worked - from->worked) / (double)batch_size;
	*from = now;
}

/* What authority_renew() does, each part timed. */
static struct spent renew_all(struct renewals *r)
{
	struct err e = {0};
	struct batch batch;
	struct checkpoint head;
	struct bytes note;
	struct spent spent;
	struct moment from = {bench_nanoseconds(), bench_processor()};
	home_must(batch_begin(&batch, &home.a, &r->arena, home.w.now, &e) &&
	              authenticate_all(&batch, r->requests, r->count, r->asked, r->errs, &e),
	          "ask", &e);
	part_ends(&spent, ASK, &from);
	home_must(answer_all(&batch, r->asked, r->count, r->errs, &e), "answer", &e);
	part_ends(&spent, JUDGE, &from);
	home_must(batch_commit(&batch, &head, &e), "commit", &e);
	part_ends(&spent, COMMIT, &from);
	home_must(authority_publish(&home.a, &r->arena, &head, &note, &e), "publish", &e);
	part_ends(&spent, PUBLISH, &from);
	for (size_t i = 0; i < r->count; i++) {
		home_must(r->asked[i].entry.len > 0, "request", &r->errs[i]);
		r->replies[i] = answer_reply(&r->arena, &r->asked[i], note);
	}
	part_ends(&spent, REPLY, &from);
	return spent;
}

/* Each reply is a lease; the first of a batch is checked as a system checks it. */
static void accept_all(struct renewals *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct record lease;
		struct checkpoint head;
		struct bytes entry, proof;
		struct err e = {0};
		home_must(i == 0 ? home_reply(&home, r->replies[i], &lease, &head, &e)
		                 : reply_parse(r->replies[i], &entry, &proof, &e) &&
		                       record_decode(&home.w.arena, entry, &lease, &e),
		          "reply", &e);
		assert(lease.kind == KIND_LEASE &&
		       lease.body.lease.counter == r->askers[i]->counter);
		home_accept(r->askers[i], &lease);
	}
}

static struct spent renew(void)
{
	struct arena kept = home.w.arena;
	struct renewals r;
	home.w.arena = (struct arena){0}; /* of this batch alone */
	prepare(&r);
	struct spent spent = renew_all(&r);
	accept_all(&r);
	arena_free(&home.w.arena);
	home.w.arena = kept;
	arena_free(&r.arena);
	return spent;
}

static void give_as(const char *what, double value, const char *unit)
{
	char name[128];
	snprintf(name, sizeof name, "lease.%s.systems-%zu.measures-%zu.leases-%llu", what,
	         system_count, measure_count, (unsigned long long)granted);
	bench_give(name, value, unit);
}

static void give(const char *what, double nanoseconds)
{
	give_as(what, 1e9 / nanoseconds, "leases/s");
}

static void give_parts(const struct spent *spent)
{
	char what[32];
	for (enum part part = ASK; part < PARTS; part++) {
		snprintf(what, sizeof what, "part.%s", part_names[part]);
		give_as(what, spent->passed[part], "ns");
		snprintf(what, sizeof what, "part.%s-worked", part_names[part]);
		give_as(what, spent->worked[part], "ns");
	}
}

/* Medians, nanoseconds a lease. */
struct rounds {
	struct spent spent;
	double issue, both, worked_issue, worked;
};

static double sum(const double of[PARTS], enum part first)
{
	double all = 0;
	for (enum part part = first; part < PARTS; part++)
		all += of[part];
	return all;
}

static struct rounds measure_rounds(void)
{
	struct rounds out;
	double passed[PARTS][ROUNDS], worked[PARTS][ROUNDS];
	double issue[ROUNDS], both[ROUNDS], worked_issue[ROUNDS], worked_all[ROUNDS];
	for (size_t i = 0; i < ROUNDS; i++) {
		struct spent spent = renew();
		issue[i] = sum(spent.passed, JUDGE);
		both[i] = sum(spent.passed, ASK);
		worked_issue[i] = sum(spent.worked, JUDGE);
		worked_all[i] = sum(spent.worked, ASK);
		for (enum part part = ASK; part < PARTS; part++) {
			passed[part][i] = spent.passed[part];
			worked[part][i] = spent.worked[part];
		}
	}
	for (enum part part = ASK; part < PARTS; part++) {
		out.spent.passed[part] = bench_median(passed[part], ROUNDS);
		out.spent.worked[part] = bench_median(worked[part], ROUNDS);
	}
	out.issue = bench_median(issue, ROUNDS);
	out.both = bench_median(both, ROUNDS);
	out.worked_issue = bench_median(worked_issue, ROUNDS);
	out.worked = bench_median(worked_all, ROUNDS);
	return out;
}

static void ask_in_session(bool in_session)
{
	for (size_t i = 0; i < system_count; i++)
		systems[i].in_session = in_session;
}

/* With `before` leases on the log. */
static void measure_renewals(uint64_t before)
{
	/* The first lease of each system has no scope kept from before. */
	while (granted < before || granted < system_count)
		renew();
	uint64_t at = granted;
	struct rounds by_signature = measure_rounds();
	/* Nor has its first request in a session a key. */
	ask_in_session(true);
	for (uint64_t all = granted + system_count; granted < all;)
		renew();
	struct rounds by_tag = measure_rounds();
	ask_in_session(false);
	uint64_t now = granted;
	granted = at;
	give("renew", by_signature.both);
	give("issue", by_signature.issue);
	give("asker", by_signature.spent.passed[ASK]);
	give("routine", by_tag.both);
	give("tag", by_tag.spent.passed[ASK]);
	give("issue-worked", by_tag.worked_issue);
	give("routine-worked", by_tag.worked);
	give_parts(&by_tag.spent);
	granted = now;
}

/* The processor's nanoseconds for the log as it is, the least of a few rounds; on one core. */
static double audit(void)
{
	double least = 0;
	for (int i = 0; i < AUDITS; i++) {
		struct log_view view;
		struct log_check check;
		struct err e = {0};
		const char *published = arena_printf(&home.w.arena, "%s/log", home.path);
		home_must(log_view_directory(published, &home.w.authority.public, &view, &e),
		          "view", &e);
		double from = bench_processor();
		home_must(log_audit(&view, NULL, &check, &e), "audit", &e);
		double took = bench_processor() - from;
		log_view_close(&view);
		assert(check.leases == granted);
		least = i == 0 || took < least ? took : least;
	}
	return least;
}

/* All of the log, and what the leases alone add to it. */
static void measure_audit(double without_leases)
{
	double took = audit();
	give("audit", took / (double)granted);
	give("audit-more", (took - without_leases) / (double)granted);
}

int main(int argc, char **argv)
{
	if (argc < 6) {
		fprintf(stderr, "usage: bench_lease FOLDER SYSTEMS MEASURES BATCH LEASES...\n");
		return 2;
	}
	rim_keep_memory(); /* as provisod does */
	system_count = bench_number(argv[2]);
	measure_count = bench_number(argv[3]);
	batch_size = bench_number(argv[4]);
	if (batch_size > system_count)
		batch_size = system_count;
	begin(argv[1]);
	double without_leases = audit();
	for (int i = 5; i < argc; i++)
		measure_renewals(bench_number(argv[i]));
	measure_audit(without_leases);
	for (size_t i = 0; i < system_count; i++)
		merkle_tree_free(&systems[i].uses);
	free(systems);
	home_end(&home);
	return 0;
}
