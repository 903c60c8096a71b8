/*
 * The one thread that writes. While it commits a round, the next one gathers: the more
 * waits, the larger the rounds, and one sync serves all of them. What it cannot write it
 * answers with the error, and opens the home anew before the next round, which publishes
 * whatever was committed and could not be published.
 */
#include "parts.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "base/rim.h"
#include "gather/gather.h"

enum { ROUND_MAX = 1024 };

struct writer {
	char *home;
	struct hub *hub;
	struct authority authority;
	bool is_open;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t come;
	struct job *first, **last;
	unsigned waiting, most;
	bool ends;
	_Atomic uint64_t rounds, failed_rounds, records, known, refused_records, leases,
	    refused_requests;
	_Atomic uint64_t most_in_round, microseconds;
	atomic_bool is_well;
	struct gatherer *gatherer;
	unsigned cosign_seconds;
	struct timespec cosign_at; /* of the monotonic clock */
	_Atomic uint64_t witnesses, cosigned;
	_Atomic int64_t quorum_time;
	atomic_bool is_witnessed;
	bool was_good[POLICY_MEMBERS]; /* as told last */
};

/* --- One round -------------------------------------------------------------------------------- */

struct gathering {
	struct arena arena;
	struct job *records[ROUND_MAX], *requests[ROUND_MAX];
	size_t record_count, request_count;
};

static struct round round_of(struct gathering *g)
{
	struct arena *arena = &g->arena;
	struct bytes *records = arena_array(arena, g->record_count, sizeof *records);
	struct bytes *requests = arena_array(arena, g->request_count, sizeof *requests);
	for (size_t i = 0; i < g->record_count; i++)
		records[i] = g->records[i]->message;
	for (size_t i = 0; i < g->request_count; i++)
		requests[i] = g->requests[i]->message;
	return (struct round){
	    .records = records,
	    .record_count = g->record_count,
	    .accepted = arena_array(arena, g->record_count, sizeof(struct accepted)),
	    .record_errs = arena_array(arena, g->record_count, sizeof(struct err)),
	    .requests = requests,
	    .request_count = g->request_count,
	    .replies = arena_array(arena, g->request_count, sizeof(struct bytes)),
	    .request_errs = arena_array(arena, g->request_count, sizeof(struct err)),
	};
}

/* Tells the hub whom the new records touched. That it cannot be read is no reason to fail. */
static void tell(struct writer *w, struct gathering *g, const struct round *r)
{
	struct state state = authority_state(&w->authority);
	struct err ignored = {0};
	if (g->record_count == 0 || !store_begin(w->authority.store, false, &ignored))
		return;
	for (size_t i = 0; i < g->record_count; i++) {
		struct record record;
		struct touched touched;
		if (r->record_errs[i].kind == ERR_NONE && !r->accepted[i].was_there &&
		    record_decode(&g->arena, r->records[i], &record, &ignored) &&
		    query_touched(&state, &g->arena, &record, &touched, &ignored) &&
		    (touched.all || touched.target != NULL))
			hub_touch(w->hub, &touched, &record.id, r->accepted[i].index);
	}
	store_rollback(w->authority.store);
}

/* Tells those who look at everything that there is more to see. */
static void tell_all(struct writer *w, const struct gathering *g, const struct round *r)
{
	bool records = false, leases = false;
	struct err ignored = {0};
	for (size_t i = 0; i < g->record_count; i++)
		records |= r->record_errs[i].kind == ERR_NONE && !r->accepted[i].was_there;
	for (size_t i = 0; i < g->request_count; i++)
		leases |= r->replies[i].len > 0;
	if ((!records && !leases) || !store_begin(w->authority.store, false, &ignored))
		return;
	hub_news(w->hub, records, store_size(w->authority.store));
	store_rollback(w->authority.store);
}

static void answer_records(struct writer *w, struct gathering *g, const struct round *r)
{
	for (size_t i = 0; i < g->record_count; i++) {
		struct job *job = g->records[i];
		job->accepted = r->accepted[i];
		job->err = r->record_errs[i];
		if (job->err.kind != ERR_NONE)
			w->refused_records++;
		else if (job->accepted.was_there)
			w->known++;
		else
			w->records++;
	}
}

static void answer_requests(struct writer *w, struct gathering *g, const struct round *r)
{
	for (size_t i = 0; i < g->request_count; i++) {
		struct job *job = g->requests[i];
		/* A refusal that is on the log is a reply, whatever the error says beside it. */
		job->err = r->replies[i].len > 0 ? (struct err){0} : r->request_errs[i];
		job->reply = bytes_copy(job->arena, r->replies[i]);
		if (job->err.kind != ERR_NONE)
			w->refused_requests++;
		else
			w->leases++;
	}
}

static void fail_all(struct gathering *g, const struct err *e)
{
	for (size_t i = 0; i < g->record_count; i++)
		g->records[i]->err = *e;
	for (size_t i = 0; i < g->request_count; i++)
		g->requests[i]->err = *e;
}

/* --- Witnesses -------------------------------------------------------------------------------- */

static bool open_home(struct writer *w, struct err *e)
{
	if (!w->is_open && !authority_open(&w->authority, w->home, true, e))
		return false;
	w->is_open = true;
	authority_cosigned_by(&w->authority, gatherer_cosigners(w->gatherer));
	return true;
}

/* Who stops to answer, or does again, is told once: before the quorum is gone, not after. */
static void tell_witnesses(struct writer *w)
{
	const struct gathered *told;
	size_t count = gatherer_told(w->gatherer, &told), good = 0;
	for (size_t i = 0; i < count; i++) {
		good += told[i].is_good;
		if (told[i].is_good != w->was_good[i])
			service_log(
			    told[i].is_good ? "witness-answers" : "witness-missing",
			    json_pack("{s:s,s:s}", "witness", told[i].name, "text", told[i].why));
		w->was_good[i] = told[i].is_good;
	}
	bool is_witnessed = w->authority.policy == NULL || w->authority.is_witnessed;
	if (is_witnessed != w->is_witnessed)
		service_log(is_witnessed ? "quorum-answers" : "quorum-missing",
		            json_pack("{s:i,s:i}", "cosigned", (int)good, "witnesses", (int)count));
	w->witnesses = count;
	w->cosigned = good;
	w->is_witnessed = is_witnessed;
	if (is_witnessed && w->authority.policy != NULL)
		w->quorum_time = rim_now();
}

/* While nothing happens the quorum's time goes on all the same. */
static void cosign_again(struct writer *w)
{
	owned_arena arena = {0};
	struct err e = {0};
	bool ok = open_home(w, &e) &&
	          (w->authority.policy == NULL || authority_cosign(&w->authority, &arena, &e));
	if (!ok)
		service_log("cosigning-failed",
		            json_pack("{s:s*,s:s}", "rule", e.rule, "text", e.text));
	tell_witnesses(w);
}

static bool is_time(struct writer *w)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > w->cosign_at.tv_sec ||
	       (now.tv_sec == w->cosign_at.tv_sec && now.tv_nsec >= w->cosign_at.tv_nsec);
}

static void set_next(struct writer *w)
{
	clock_gettime(CLOCK_MONOTONIC, &w->cosign_at);
	w->cosign_at.tv_sec += w->cosign_seconds;
}

/* ---------------------------------------------------------------------------------------------- */

static bool try_round(struct writer *w, struct gathering *g, struct err *e)
{
	struct round r = round_of(g);
	if (!open_home(w, e))
		return false;
	bool ok = authority_round(&w->authority, &g->arena, &r, rim_now(), e);
	if (w->authority.policy != NULL)
		tell_witnesses(w);
	if (!ok) {
		authority_close(&w->authority);
		w->is_open = false;
		return false;
	}
	tell(w, g, &r);
	tell_all(w, g, &r);
	answer_records(w, g, &r);
	answer_requests(w, g, &r);
	return true;
}

static void do_round(struct writer *w, struct gathering *g)
{
	struct timespec from, to;
	struct err e = {0};
	uint64_t count = g->record_count + g->request_count;
	clock_gettime(CLOCK_MONOTONIC, &from);
	bool ok = try_round(w, g, &e);
	atomic_store(&w->is_well, ok);
	w->rounds++;
	if (!ok) {
		w->failed_rounds++;
		service_log("round-failed", json_pack("{s:s}", "text", e.text));
		fail_all(g, &e);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	w->microseconds +=
	    (uint64_t)((to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000);
	if (count > w->most_in_round)
		w->most_in_round = count;
	/* From here on the jobs are their exchanges' again. */
	for (size_t i = 0; i < g->record_count; i++)
		http_ready(g->records[i]->exchange);
	for (size_t i = 0; i < g->request_count; i++)
		http_ready(g->requests[i]->exchange);
	arena_free(&g->arena);
	g->record_count = g->request_count = 0;
}

/* --- The thread ------------------------------------------------------------------------------- */

/* Waits for jobs, or for the time to cosign, and takes up to a round of them; false: none will
 * come. */
static bool gather(struct writer *w, struct gathering *g)
{
	pthread_mutex_lock(&w->lock);
	while (w->first == NULL && !w->ends && !is_time(w))
		pthread_cond_timedwait(&w->come, &w->lock, &w->cosign_at);
	while (w->first != NULL && g->record_count + g->request_count < ROUND_MAX) {
		struct job *job = w->first;
		w->first = job->next;
		w->waiting--;
		if (job->is_renewal)
			g->requests[g->request_count++] = job;
		else
			g->records[g->record_count++] = job;
	}
	if (w->first == NULL)
		w->last = &w->first;
	bool ends = w->ends;
	pthread_mutex_unlock(&w->lock);
	return g->record_count + g->request_count > 0 || !ends;
}

static void *work(void *ctx)
{
	struct writer *w = ctx;
	struct gathering *g = calloc(1, sizeof *g);
	assert(g != NULL);
	while (gather(w, g)) {
		if (g->record_count + g->request_count > 0)
			do_round(w, g);
		if (is_time(w)) {
			cosign_again(w);
			set_next(w);
		}
	}
	free(g);
	return NULL;
}

static void start_condition(struct writer *w)
{
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&w->come, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

struct writer *writer_new(const char *home, struct hub *hub, unsigned queue,
                          unsigned cosign_seconds, struct err *e)
{
	struct writer *w = calloc(1, sizeof *w);
	if (w == NULL || (w->home = strdup(home)) == NULL) {
		free(w);
		err_environment(e, "out of memory");
		return NULL;
	}
	w->hub = hub;
	w->most = queue;
	w->last = &w->first;
	w->is_well = true;
	pthread_mutex_init(&w->lock, NULL);
	start_condition(w);
	w->cosign_seconds = cosign_seconds;
	w->is_witnessed = true;
	for (size_t i = 0; i < POLICY_MEMBERS; i++)
		w->was_good[i] = true;
	/* At once: what is here is compared with what the witnesses have seen before anybody asks.
	 */
	clock_gettime(CLOCK_MONOTONIC, &w->cosign_at);
	w->gatherer = gatherer_new(0, e);
	bool ready = w->gatherer != NULL && open_home(w, e);
	if (ready && pthread_create(&w->thread, NULL, work, w) == 0)
		return w;
	if (w->is_open) {
		err_environment(e, "cannot start a thread");
		authority_close(&w->authority);
	}
	gatherer_free(w->gatherer);
	free(w->home);
	free(w);
	return NULL;
}

void writer_free(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->ends = true;
	pthread_cond_signal(&w->come);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	if (w->is_open)
		authority_close(&w->authority);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->come);
	gatherer_free(w->gatherer);
	free(w->home);
	free(w);
}

bool writer_take(struct writer *w, struct job *job)
{
	pthread_mutex_lock(&w->lock);
	bool room = w->waiting < w->most && !w->ends;
	if (room) {
		job->next = NULL;
		*w->last = job;
		w->last = &job->next;
		w->waiting++;
		pthread_cond_signal(&w->come);
	}
	pthread_mutex_unlock(&w->lock);
	return room;
}

struct writer_counts writer_counts(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	unsigned waiting = w->waiting;
	pthread_mutex_unlock(&w->lock);
	return (struct writer_counts){
	    .rounds = w->rounds,
	    .failed_rounds = w->failed_rounds,
	    .records = w->records,
	    .known = w->known,
	    .refused_records = w->refused_records,
	    .leases = w->leases,
	    .refused_requests = w->refused_requests,
	    .waiting = waiting,
	    .most_in_round = w->most_in_round,
	    .round_microseconds = w->microseconds,
	    .is_well = w->is_well,
	    .witnesses = w->witnesses,
	    .cosigned = w->cosigned,
	    .quorum_time = w->quorum_time,
	    .is_witnessed = w->is_witnessed,
	};
}
