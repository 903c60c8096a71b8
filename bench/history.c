/*
 * What a long history and many systems cost a service: how long it takes to be back, what it
 * keeps in memory and on disk, how fast it renews, how soon a disconnection holds.
 *
 *     bench_history PROVISOD FOLDER SYSTEMS ENTRIES SECONDS
 *
 * Enrols SYSTEMS, then grants leases, in large batches and with a report for each hundred, until
 * ENTRIES are on the log or SECONDS have passed. All are in this one run:
 *
 * start            from the start of the process to where it answers, files in the page cache
 * start-after-kill the same after a SIGKILL in the midst of a renewal of every system
 * memory           resident when it answers; memory-system: what each system adds, all renewed
 * renew            renewals a second through HTTP: every system once, signed, as after a restart,
 *                  over 1,024 connections; the clients sign meanwhile on the same cores
 * disconnect       from sending the second approval of a disconnection of one system to the event
 *                  at its watch; .refused: to where its renewal, sent upon that, is refused
 * disconnect-all   the same for a disconnection of the country of all systems
 */
#include "regime.h"

#include <sys/stat.h>

enum {
	TOGETHER = 10000,
	REPORTS = TOGETHER / 100,
	STARTS = 5,
	CLIENTS = 16,
	WINDOW = 64, /* connections of a client */
	DISCONNECTED = 11,
};

/* --- The history ------------------------------------------------------------------------------
 */

static struct member **by_id;
static uint64_t granted;

static int compare_ids(const void *a, const void *b)
{
	const struct member *const *x = a, *const *y = b;
	return memcmp((*x)->id.at, (*y)->id.at, HASH_SIZE);
}

/*
 * Whoever asks together is together in the store, so that making the history costs few pages; what
 * it leaves is the same in any order.
 */
static void put_in_order(void)
{
	by_id = calloc(member_count, sizeof(struct member *));
	if (by_id == NULL)
		stop("room for the systems");
	for (size_t i = 0; i < member_count; i++)
		by_id[i] = &members[i];
	qsort(by_id, member_count, sizeof(struct member *), compare_ids);
}

/* A round as a busy service has it; a second time each system asks within its session. */
static void go_on(void *ctx)
{
	static struct bytes records[REPORTS], requests[TOGETHER], replies[TOGETHER];
	static struct accepted accepted[REPORTS];
	static struct err record_errs[REPORTS], request_errs[TOGETHER];
	struct err e = {0};
	(void)ctx;
	size_t count = member_count < TOGETHER ? member_count : TOGETHER;
	for (size_t i = 0; i < REPORTS; i++) {
		struct report_body body = world_report(&home.w);
		body.allegation = arena_printf(&home.w.arena, "Allegation %zu after lease %llu.", i,
		                               (unsigned long long)granted);
		home.w.now = rim_now();
		records[i] = world_record(&home.w, KIND_REPORT, &body, &home.w.auditor);
	}
	for (size_t i = 0; i < count; i++)
		requests[i] = member_request(by_id[granted++ % member_count], true);
	struct round round = {records,  REPORTS, accepted, record_errs,
	                      requests, count,   replies,  request_errs};
	home_must(authority_round(&home.a, &home.w.arena, &round, rim_now(), &e), "round", &e);
	for (size_t i = 0; i < REPORTS; i++)
		bench_must(record_errs[i].kind == 0, "a report", &record_errs[i]);
	for (size_t i = 0; i < count; i++)
		bench_must(replies[i].len > 0, "a lease", &request_errs[i]);
}

static uint64_t entries(void)
{
	struct err e = {0};
	home_must(store_begin(home.a.store, false, &e), "begin", &e);
	uint64_t size = store_size(home.a.store);
	store_rollback(home.a.store);
	return size;
}

static double bytes_below;

static int add_bytes(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)ftw;
	if (type == FTW_F)
		bytes_below += (double)st->st_blocks * 512;
	return 0;
}

/* On disk, of a file of the home or of all below a folder of it. */
static double size_on_disk(const char *name)
{
	bytes_below = 0;
	nftw(arena_printf(&home.w.arena, "%s/%s", home.path, name), add_bytes, 8, FTW_PHYS);
	return bytes_below;
}

static void make_history(const char *folder, size_t systems, uint64_t wanted, double seconds)
{
	double from = bench_nanoseconds();
	regime_begin(folder, systems);
	bench_give("history.systems", (double)member_count, "systems");
	bench_give("history.enrolled-in", (bench_nanoseconds() - from) / 1e9, "s");
	put_in_order();
	while (entries() < wanted && bench_nanoseconds() - from < seconds * 1e9)
		in_scratch(go_on, NULL);
	bench_give("history.entries", (double)entries(), "entries");
	bench_give("history.made-in", (bench_nanoseconds() - from) / 1e9, "s");
	home_close(&home);
	bench_give("history.store", size_on_disk("store.db"), "bytes");
	bench_give("history.log", size_on_disk("log"), "bytes");
}

/* --- Renewing through HTTP --------------------------------------------------------------------
 */

/* Renews up to WINDOW systems, each over a connection of its own; false: the service is gone. */
static bool renew_some(const int fds[], struct member *some, size_t count)
{
	struct bytes answer;
	for (size_t i = 0; i < count; i++)
		if (!send_request(fds[i], "/v1/leases", member_request(&some[i], false)))
			return false;
	for (size_t i = 0; i < count; i++) {
		if ((answer = hear_answer(fds[i])).len == 0)
			return false;
		if (!is_of_kind(answer, KIND_LEASE))
			refused(answer);
	}
	return true;
}

/* Each of these processes has its part of the systems, that no page of them is copied twice. */
static _Noreturn void renew_part(size_t which)
{
	int fds[WINDOW];
	size_t from = member_count * which / CLIENTS, to = member_count * (which + 1) / CLIENTS;
	for (size_t i = 0; i < WINDOW; i++)
		fds[i] = dial(which * WINDOW + i);
	while (from < to) {
		size_t count = to - from < WINDOW ? to - from : WINDOW;
		home.w.arena = (struct arena){0};
		if (!renew_some(fds, &members[from], count))
			_exit(1);
		arena_free(&home.w.arena);
		from += count;
	}
	_exit(0);
}

static void start_clients(pid_t clients[])
{
	for (size_t i = 0; i < CLIENTS; i++) {
		fflush(stdout);
		clients[i] = fork();
		if (clients[i] == 0)
			renew_part(i);
	}
}

static void end_clients(const pid_t clients[], bool must_be_done)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		int status;
		waitpid(clients[i], &status, 0);
		if (must_be_done && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
			stop("a client was not answered");
	}
	/* What the clients' processes counted on is theirs; here it is caught up with. A number of
	 * a lease that was not granted would be refused, one that is too low is not. */
	for (size_t i = 0; i < member_count; i++)
		members[i].counter++;
}

/* --- Measures ---------------------------------------------------------------------------------
 */

static void measure_starts(const char *program)
{
	double took[STARTS];
	pid_t clients[CLIENTS];
	for (size_t i = 0; i < STARTS; i++) {
		took[i] = service_start(program, NULL);
		service_end(SIGTERM);
	}
	bench_give("history.start", bench_median(took, STARTS) / 1e6, "ms");
	for (size_t i = 0; i < STARTS; i++) {
		service_start(program, NULL);
		start_clients(clients);
		nanosleep(&(struct timespec){1, 0}, NULL);
		service_end(SIGKILL);
		end_clients(clients, false);
		took[i] = service_start(program, NULL);
		service_end(SIGTERM);
	}
	bench_give("history.start-after-kill", bench_median(took, STARTS) / 1e6, "ms");
}

static void measure_renewals(void)
{
	pid_t clients[CLIENTS];
	double before = service_memory();
	bench_give("history.memory", before, "bytes");
	double from = bench_nanoseconds();
	start_clients(clients);
	end_clients(clients, true);
	bench_give("history.renew", 1e9 * (double)member_count / (bench_nanoseconds() - from),
	           "/s");
	bench_give("history.memory-renewed", service_memory(), "bytes");
	bench_give("history.memory-system", (service_memory() - before) / (double)member_count,
	           "bytes");
}

/* Reads on until a watch has said this. */
static void await(int fd, const char *said)
{
	char room[4096];
	size_t got = 0;
	do {
		ssize_t more = recv(fd, room + got, sizeof room - 1 - got, 0);
		if (more <= 0)
			stop("a watch was cut off");
		got += (size_t)more;
		room[got] = 0;
	} while (strstr(room, said) == NULL);
}

static int open_watch(const struct member *m)
{
	int fd = dial(0);
	const char *request =
	    arena_printf(&home.w.arena, "GET /v1/systems/%s/watch HTTP/1.1\r\nHost: x\r\n\r\n",
	                 hex_encode(&home.w.arena, hash_bytes(&m->id)));
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		stop("watch");
	await(fd, "event: watching");
	return fd;
}

static struct hash find_misuse(const struct member *m)
{
	struct report_body report = world_report(&home.w);
	struct finding_body finding = world_finding(&home.w);
	home.w.now = rim_now() - 10; /* each record is made a second after the one before */
	report.system = finding.system = m->id;
	finding.report = post(world_record(&home.w, KIND_REPORT, &report, &home.w.auditor));
	return post(world_record(&home.w, KIND_FINDING, &finding, &home.w.officers[0]));
}

/* Nanoseconds from the second approval of a disconnection to the event, and to the refusal. */
static void disconnect(const char *target, struct member *m, double *heard, double *refused_at)
{
	struct measure_body body = world_measure(&home.w, MEASURE_DISCONNECT);
	int watch = open_watch(m), asks = dial(0), approves = dial(0);
	body.target = target;
	body.finding = find_misuse(m);
	struct approval_body approval = {
	    .proposal = post(world_record(&home.w, KIND_MEASURE, &body, &home.w.officers[0]))};
	struct bytes record = world_record(&home.w, KIND_APPROVAL, &approval, &home.w.officers[1]);
	struct bytes request = member_request(m, false);
	double from = bench_nanoseconds();
	if (!send_request(approves, "/v1/records", record))
		stop("approve");
	await(watch, "event: changed");
	*heard = bench_nanoseconds() - from;
	if (!send_request(asks, "/v1/leases", request))
		stop("renew");
	struct bytes answer = hear_answer(asks);
	*refused_at = bench_nanoseconds() - from;
	if (!is_of_kind(answer, KIND_REFUSAL))
		stop("it was renewed in spite of a disconnection");
	close(watch);
	close(asks);
	close(approves);
}

static void measure_disconnections(void)
{
	double heard[DISCONNECTED], refused_at[DISCONNECTED];
	for (size_t i = 0; i < DISCONNECTED; i++) {
		struct member *m = &members[member_count * i / DISCONNECTED];
		disconnect(world_target(&home.w, "system", &m->id), m, &heard[i], &refused_at[i]);
	}
	bench_give("history.disconnect", bench_median(heard, DISCONNECTED) / 1e6, "ms");
	bench_give("history.disconnect.refused", bench_median(refused_at, DISCONNECTED) / 1e6,
	           "ms");
	bench_give("history.disconnect.refused.max", refused_at[DISCONNECTED - 1] / 1e6, "ms");
	disconnect("country/XR", &members[1], heard, refused_at);
	bench_give("history.disconnect-all", heard[0] / 1e6, "ms");
	bench_give("history.disconnect-all.refused", refused_at[0] / 1e6, "ms");
}

int main(int argc, char **argv)
{
	static const char *const flags[] = {"--connections", "2000", "--queue", "10000", NULL};
	if (argc != 6) {
		fprintf(stderr, "usage: bench_history PROVISOD FOLDER SYSTEMS ENTRIES SECONDS\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	make_history(argv[2], bench_number(argv[3]), bench_number(argv[4]),
	             (double)bench_number(argv[5]));
	measure_starts(argv[1]);
	service_start(argv[1], flags);
	measure_renewals();
	measure_disconnections();
	service_end(SIGTERM);
	home_end(&home);
	free(by_id);
	free(members);
	return 0;
}
