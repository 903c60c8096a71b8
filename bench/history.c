/*
 * What a long history and many systems cost a service: how long it takes to be back, and what it
 * keeps in memory.
 *
 *     bench_history PROVISOD FOLDER SYSTEMS ENTRIES SECONDS
 *
 * Enrols SYSTEMS, then grants leases, in batches as a busy service does and with a report for
 * each hundred, until ENTRIES are on the log or SECONDS have passed. `history.start` is from the
 * start of the process to where it answers, with the files in the page cache;
 * `history.start-after-kill` the same after a SIGKILL in the midst of a renewal of every system.
 * `history.memory` is what the service has resident when it answers, `history.memory-system` what
 * each system adds once all have renewed.
 */
#include "../tests/unit/home.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/rim.h"
#include "bench.h"

enum { TOGETHER = 1000, REPORTS = TOGETHER / 100, STARTS = 5, ANSWER_MAX = 16384 };

static struct home home;
static struct home_system *systems;
static size_t system_count;
static uint64_t granted;
static pid_t service;
static int service_port;

static _Noreturn void stop(const char *what)
{
	fprintf(stderr, "bench history: %s: %s\n", what, strerror(errno));
	if (service > 0)
		kill(service, SIGKILL);
	exit(1);
}

/* --- The history --------------------------------------------------------------------------------
 */

static void license(void)
{
	struct world *w = &home.w;
	struct declaration_body declaration = world_declaration(w);
	declaration.valid_until = w->now + 700 * WORLD_DAY;
	home_done(&home, KIND_DECLARATION, &declaration, &w->end_user, &w->declaration);
	struct application_body application = world_application(w);
	application.quantity = system_count;
	home_done(&home, KIND_APPLICATION, &application, &w->exporter, &w->application);
	home_step(&home, WORLD_APPROVED);
	struct licence_body licence = world_licence(w);
	licence.quantity = system_count;
	licence.valid_until = w->now + 300 * WORLD_DAY;
	home_done(&home, KIND_LICENCE, &licence, &w->officers[0], &w->licence);
}

/* Work whose room is given back after it: the world's own arena is set aside. */
static void in_scratch(void (*work)(void))
{
	struct arena kept = home.w.arena;
	home.w.arena = (struct arena){0};
	work();
	arena_free(&home.w.arena);
	home.w.arena = kept;
}

static size_t enrolled;

static void enrol_some(void)
{
	static struct bytes records[TOGETHER];
	static struct accepted out[TOGETHER];
	struct err e = {0};
	size_t count = 0;
	for (; count < TOGETHER && enrolled < system_count; count++, enrolled++) {
		struct enrolment_body body = world_enrolment(&home.w);
		body.serial = arena_printf(&home.w.arena, "S-%zu", enrolled);
		systems[enrolled].key = world_key_of(KEY_ED25519, body.serial);
		body.device_key = systems[enrolled].key.public;
		records[count] = world_record(&home.w, KIND_ENROLMENT, &body, &home.w.exporter);
	}
	home_must(authority_submit(&home.a, records, count, home.w.now, out, NULL, &e), "enrol",
	          &e);
	if (enrolled == count)
		home.w.system = out[0].id;
}

static void report_some(void)
{
	struct bytes records[REPORTS];
	struct accepted out[REPORTS];
	struct err e = {0};
	for (size_t i = 0; i < REPORTS; i++) {
		struct report_body body = world_report(&home.w);
		body.allegation = arena_printf(&home.w.arena, "Allegation %zu after lease %llu.", i,
		                               (unsigned long long)granted);
		records[i] = world_record(&home.w, KIND_REPORT, &body, &home.w.auditor);
	}
	home_must(authority_submit(&home.a, records, REPORTS, home.w.now, out, NULL, &e), "report",
	          &e);
}

/* From the second time on each asks within its session, as systems do. */
static void renew_some(void)
{
	static struct bytes requests[TOGETHER], replies[TOGETHER];
	static struct home_system *askers[TOGETHER];
	static struct err errs[TOGETHER];
	struct err e = {0};
	size_t count = system_count < TOGETHER ? system_count : TOGETHER;
	home.w.now++;
	for (size_t i = 0; i < count; i++) {
		askers[i] = &systems[granted++ % system_count];
		requests[i] = home_request(&home, askers[i]);
	}
	home_must(
	    authority_renew(&home.a, &home.w.arena, requests, count, home.w.now, replies, errs, &e),
	    "renew", &e);
	for (size_t i = 0; i < count; i++) {
		bench_must(replies[i].len > 0, "a lease", &errs[i]);
		askers[i]->last_sequence++;
		askers[i]->in_session = true;
	}
}

static uint64_t entries(void)
{
	struct err e = {0};
	home_must(store_begin(home.a.store, false, &e), "begin", &e);
	uint64_t size = store_size(home.a.store);
	store_rollback(home.a.store);
	return size;
}

static int64_t bytes_of_file(const char *name)
{
	struct stat st;
	return stat(arena_printf(&home.w.arena, "%s/%s", home.path, name), &st) == 0 ? st.st_size
	                                                                             : 0;
}

static void make_history(const char *folder, uint64_t wanted, double seconds)
{
	double from = bench_nanoseconds();
	home_begin_in(&home, folder, WORLD_DEFINED);
	home.w.now = rim_now();
	license();
	systems = calloc(system_count, sizeof *systems);
	while (enrolled < system_count)
		in_scratch(enrol_some);
	home_step(&home, WORLD_REPORTED);
	/* The service will judge by the real time: the history lies before it. */
	home.w.now = rim_now();
	while (entries() < wanted && bench_nanoseconds() - from < seconds * 1e9) {
		in_scratch(renew_some);
		in_scratch(report_some);
		home.w.now = rim_now();
	}
	bench_give("history.entries", (double)entries(), "entries");
	bench_give("history.systems", (double)system_count, "systems");
	bench_give("history.made-in", (bench_nanoseconds() - from) / 1e9, "s");
	home_close(&home);
	bench_give("history.store", (double)bytes_of_file("store.db"), "bytes");
}

/* --- The service -------------------------------------------------------------------------------
 */

/* Nanoseconds from the start of the process to where it listens, its home opened. */
static double start_service(const char *program)
{
	int out[2];
	char line[256];
	if (pipe(out) != 0)
		stop("pipe");
	const char *const words[] = {program,       "--home",     home.path, "--listen",
	                             "127.0.0.1:0", "--log",      "none",    "--rate-address",
	                             "0",           "--rate-key", "0",       NULL};
	posix_spawn_file_actions_t files;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, out[1], 1);
	double from = bench_nanoseconds();
	/* Not fork(): this process is large, and to copy it would be measured too. */
	if (posix_spawn(&service, program, &files, NULL, (char **)(uintptr_t)words, environ) != 0)
		stop(program);
	posix_spawn_file_actions_destroy(&files);
	close(out[1]);
	FILE *f = fdopen(out[0], "r");
	if (f == NULL || fgets(line, sizeof line, f) == NULL || strrchr(line, ':') == NULL)
		stop(program);
	double took = bench_nanoseconds() - from;
	service_port = (int)strtol(strrchr(line, ':') + 1, NULL, 10);
	fclose(f);
	return took;
}

static void end_service(int how)
{
	int status;
	kill(service, how);
	waitpid(service, &status, 0);
	service = 0;
	if (how == SIGTERM && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		stop("it did not end well");
}

static double service_memory(void)
{
	char path[64];
	unsigned long all = 0, resident = 0;
	snprintf(path, sizeof path, "/proc/%d/statm", (int)service);
	FILE *f = fopen(path, "re");
	if (f == NULL || fscanf(f, "%lu %lu", &all, &resident) != 2)
		stop(path);
	fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static int dial(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	                         .sin_port = htons((uint16_t)service_port),
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		stop("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

/* One renewal over a kept connection; false when the service is gone. */
static bool renew_over(int fd, struct bytes request)
{
	static char answer[ANSWER_MAX];
	size_t got = 0;
	char head[256];
	int len = snprintf(head, sizeof head,
	                   "POST /v1/leases HTTP/1.1\r\nHost: x\r\nContent-Type: "
	                   "application/cose\r\nContent-Length: %zu\r\n\r\n",
	                   request.len);
	if (send(fd, head, (size_t)len, MSG_NOSIGNAL | MSG_MORE) < 0 ||
	    send(fd, request.at, request.len, MSG_NOSIGNAL) < 0)
		return false;
	for (;;) {
		ssize_t more = recv(fd, answer + got, sizeof answer - 1 - got, 0);
		if (more <= 0)
			return false;
		got += (size_t)more;
		answer[got] = 0;
		const char *end = strstr(answer, "\r\n\r\n"),
		           *length = strcasestr(answer, "content-length: ");
		if (end != NULL && length != NULL &&
		    got >= (size_t)(end - answer) + 4 + strtoul(length + 16, NULL, 10))
			break;
	}
	if (strncmp(answer, "HTTP/1.1 20", 11) != 0) {
		fprintf(stderr, "bench history: %s\n", answer);
		stop("a renewal was refused");
	}
	return true;
}

enum { CLIENTS = 32 };

/* Each of these processes renews its share of the systems, signed: as after a restart. */
static void renew_share(size_t which)
{
	int fd = dial();
	home.w.now = rim_now();
	for (size_t i = which; i < system_count; i += CLIENTS) {
		struct arena kept = home.w.arena;
		home.w.arena = (struct arena){0};
		systems[i].in_session = false;
		bool heard = renew_over(fd, home_request(&home, &systems[i]));
		arena_free(&home.w.arena);
		home.w.arena = kept;
		if (!heard)
			_exit(1);
	}
	_exit(0);
}

/* Starts the clients; with `most` seconds, kills the service in the midst of it. */
static void renew_all(double most)
{
	pid_t clients[CLIENTS];
	for (size_t i = 0; i < CLIENTS; i++) {
		fflush(stdout);
		clients[i] = fork();
		if (clients[i] == 0)
			renew_share(i);
	}
	if (most > 0) {
		nanosleep(
		    &(struct timespec){(time_t)most, (long)((most - (double)(time_t)most) * 1e9)},
		    NULL);
		end_service(SIGKILL);
	}
	for (size_t i = 0; i < CLIENTS; i++) {
		int status;
		waitpid(clients[i], &status, 0);
		if (most == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
			stop("a client was not answered");
	}
	/* What the clients' processes counted on is theirs; here it is caught up with. */
	for (size_t i = 0; i < system_count; i++)
		systems[i].counter++;
}

static void measure_starts(const char *program)
{
	double took[STARTS];
	for (size_t i = 0; i < STARTS; i++) {
		took[i] = start_service(program);
		end_service(SIGTERM);
	}
	bench_give("history.start", bench_median(took, STARTS) / 1e6, "ms");
	for (size_t i = 0; i < STARTS; i++) {
		start_service(program);
		renew_all(0.5);
		took[i] = start_service(program);
		end_service(SIGTERM);
	}
	bench_give("history.start-after-kill", bench_median(took, STARTS) / 1e6, "ms");
}

static void measure_memory(const char *program)
{
	start_service(program);
	double before = service_memory();
	bench_give("history.memory", before, "bytes");
	double from = bench_nanoseconds();
	renew_all(0);
	bench_give("history.renewed-in", (bench_nanoseconds() - from) / 1e9, "s");
	bench_give("history.memory-renewed", service_memory(), "bytes");
	bench_give("history.memory-system", (service_memory() - before) / (double)system_count,
	           "bytes");
	end_service(SIGTERM);
}

int main(int argc, char **argv)
{
	if (argc != 6) {
		fprintf(stderr, "usage: bench_history PROVISOD FOLDER SYSTEMS ENTRIES SECONDS\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	system_count = bench_number(argv[3]);
	make_history(argv[2], bench_number(argv[4]), (double)bench_number(argv[5]));
	measure_starts(argv[1]);
	measure_memory(argv[1]);
	home_end(&home);
	free(systems);
	return 0;
}
