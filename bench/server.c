/*
 * The service over loopback, from outside: a provisod of its own, and clients in this process.
 *
 *     bench_server PROVISOD FOLDER SYSTEMS REQUESTS CONNECTIONS WATCHERS [SERVICES]
 *
 * `renew`: REQUESTS requests for leases over CONNECTIONS kept connections, each with the next
 * request as soon as it has its answer; every one is signed (before the clock starts), checked,
 * judged, on the log and proven in its answer. `routine`: the same, each with the tag of its
 * session. `records`: as many signed reports. `watch`:
 * WATCHERS watches, then the second approval of a disconnection of their country: from sending
 * it to the event at each. Clients share the machine's cores with the service.
 *
 * A process may have so many files open, and each watch is one: with SERVICES as many provisod at
 * the same home share the watches, each with a client process of its own; the first alone is told
 * of the approval, the others see it on the log.
 */
#include "regime.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { ALL_SECONDS = 300, SPARE_FILES = 200 };

static size_t request_count, connection_count, watcher_count, service_count = 1;

/* --- Clients ----------------------------------------------------------------------------------
 */

struct client {
	int fd;
	size_t got, which;
	double sent;
	char answer[REGIME_ANSWER];
};

struct load {
	const char *path;
	struct bytes *bodies;
	size_t count, next, done;
	double *took; /* milliseconds each */
};

static void ask(struct client *c, struct load *l)
{
	c->which = l->next++;
	c->got = 0;
	c->sent = bench_nanoseconds();
	if (!send_request(c->fd, l->path, l->bodies[c->which]))
		stop("send");
}

/* True when the whole answer is there. */
static bool hear(struct client *c)
{
	ssize_t got = recv(c->fd, c->answer + c->got, sizeof c->answer - 1 - c->got, 0);
	if (got <= 0)
		stop("an answer was cut off");
	c->got += (size_t)got;
	c->answer[c->got] = 0;
	return is_whole(c->answer, c->got);
}

static double drive(struct load *l)
{
	struct client *clients = calloc(connection_count, sizeof *clients);
	struct epoll_event events[256];
	int poll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < connection_count; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
		clients[i].fd = dial(i);
		epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].fd, &event);
	}
	double from = bench_nanoseconds();
	for (size_t i = 0; i < connection_count && l->next < l->count; i++)
		ask(&clients[i], l);
	while (l->done < l->count) {
		int ready = epoll_wait(poll, events, 256, 60000);
		if (ready <= 0)
			stop("no answer within a minute");
		for (int i = 0; i < ready; i++) {
			struct client *c = events[i].data.ptr;
			if (!hear(c))
				continue;
			l->took[l->done++] = (bench_nanoseconds() - c->sent) / 1e6;
			if (strncmp(c->answer, "HTTP/1.1 20", 11) != 0)
				refused(bytes_of(c->answer, c->got));
			if (l->next < l->count)
				ask(c, l);
		}
	}
	double took = bench_nanoseconds() - from;
	for (size_t i = 0; i < connection_count; i++)
		close(clients[i].fd);
	close(poll);
	free(clients);
	return took;
}

static void give_quantiles(const char *what, double *values, size_t count)
{
	static const struct {
		double part;
		const char *name;
	} quantiles[] = {{0.5, "p50"}, {0.99, "p99"}, {0.999, "p99.9"}, {1, "max"}};
	char name[128];
	qsort(values, count, sizeof *values, bench_by_value);
	for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
		size_t at = (size_t)(quantiles[i].part * (double)(count - 1));
		snprintf(name, sizeof name, "%s.%s", what, quantiles[i].name);
		bench_give(name, values[at], "ms");
	}
}

/* --- Renewals, records
 * ------------------------------------------------------------------------------- */

static struct load load_new(const char *path)
{
	return (struct load){
	    .path = path,
	    .count = request_count,
	    .bodies = calloc(request_count, sizeof(struct bytes)),
	    .took = calloc(request_count, sizeof(double)),
	};
}

static void give_load(const char *what, struct load *l)
{
	char name[128];
	double took = drive(l);
	snprintf(name, sizeof name, "server.%s.connections-%zu", what, connection_count);
	bench_give(name, 1e9 * (double)l->count / took, "/s");
	give_quantiles(name, l->took, l->count);
	free(l->bodies);
	free(l->took);
}

/*
 * A system has one request under way at a time: there are more systems than connections, and
 * they are asked for in turn.
 */
static void measure_renewals(void)
{
	struct load l = load_new("/v1/leases");
	for (size_t i = 0; i < l.count; i++)
		l.bodies[i] = member_request(&members[i % member_count], false);
	give_load("renew", &l);
}

/* The same in the sessions that those requests began: by a tag, as a system does all day. */
static void measure_routine(void)
{
	if (request_count < member_count)
		return;
	struct load l = load_new("/v1/leases");
	for (size_t i = 0; i < l.count; i++)
		l.bodies[i] = member_request(&members[i % member_count], true);
	give_load("routine", &l);
}

static void measure_records(void)
{
	struct load l = load_new("/v1/records");
	for (size_t i = 0; i < l.count; i++) {
		struct report_body body = world_report(&home.w);
		home.w.now = rim_now(); /* each record is made a second after the one before */
		body.allegation = arena_printf(&home.w.arena, "Allegation no. %zu.", i);
		l.bodies[i] = world_record(&home.w, KIND_REPORT, &body, &home.w.auditor);
	}
	give_load("records", &l);
}

/* --- Watches ----------------------------------------------------------------------------------
 */

/* What the processes that watch say to the one that disconnects. */
struct told {
	double sent;          /* the approval was */
	double opened, added; /* watches a second, and bytes of memory each; of the first */
	double took[];        /* milliseconds, of each watch */
};

/* Of one process: its watches, from `first` on of all. */
struct watches {
	size_t first, count;
	int *fds, poll;
	struct told *told;
};

/* Waits until each watch has got something that ends with an empty line. */
static void hear_all(struct watches *w, const char *said)
{
	struct epoll_event events[1024];
	char room[2048];
	size_t heard = 0;
	double end = bench_nanoseconds() + ALL_SECONDS * 1e9;
	bool *done = calloc(w->count, sizeof *done);
	while (heard < w->count) {
		int ready = epoll_wait(w->poll, events, 1024, 1000);
		for (int i = 0; i < ready; i++) {
			size_t which = events[i].data.u64;
			ssize_t got = recv(w->fds[which], room, sizeof room - 1, MSG_DONTWAIT);
			if (got == 0 || (got < 0 && errno != EAGAIN))
				stop("a watch was cut off");
			if (got <= 0)
				continue;
			room[got] = 0;
			if (done[which] || strstr(room, said) == NULL)
				continue;
			done[which] = true;
			heard++;
			w->told->took[w->first + which] =
			    (bench_nanoseconds() - w->told->sent) / 1e6;
		}
		if (bench_nanoseconds() > end)
			stop("not every watch has heard");
	}
	free(done);
}

static void watch_all(struct watches *w)
{
	w->fds = calloc(w->count, sizeof *w->fds);
	w->poll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < w->count; i++) {
		owned_arena arena = {0};
		struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
		const struct hash *id = &members[(w->first + i) % member_count].id;
		const char *request =
		    arena_printf(&arena, "GET /v1/systems/%s/watch HTTP/1.1\r\nHost: x\r\n\r\n",
		                 hex_encode(&arena, hash_bytes(id)));
		w->fds[i] = dial(w->first + i);
		if (send(w->fds[i], request, strlen(request), MSG_NOSIGNAL) < 0)
			stop("watch");
		epoll_ctl(w->poll, EPOLL_CTL_ADD, w->fds[i], &event);
	}
	hear_all(w, "event: watching");
}

static void start(const char *program)
{
	const char *flags[] = {"--connections",
	                       arena_printf(&home.w.arena, "%zu",
	                                    watcher_count / service_count + connection_count + 100),
	                       "--queue", "10000", NULL};
	service_start(program, flags);
}

/* The first watches at the service that is there, each other at one of its own. */
static _Noreturn void watch_part(const char *program, size_t part, struct told *told, int ready)
{
	size_t from = watcher_count * part / service_count,
	       to = watcher_count * (part + 1) / service_count;
	struct watches w = {.first = from, .count = to - from, .told = told};
	if (part > 0)
		start(program);
	double before = service_memory(), began = bench_nanoseconds();
	watch_all(&w);
	if (part == 0) {
		told->opened = 1e9 * (double)w.count / (bench_nanoseconds() - began);
		told->added = (service_memory() - before) / (double)w.count;
	}
	if (write(ready, "+", 1) != 1)
		stop("write");
	hear_all(&w, "event: changed");
	if (part > 0) {
		for (size_t i = 0; i < w.count; i++)
			close(w.fds[i]);
		service_end(SIGTERM);
	}
	_exit(0);
}

static struct bytes propose_disconnection(void)
{
	struct measure_body body = world_measure(&home.w, MEASURE_DISCONNECT);
	home.w.now = rim_now() - 10;
	body.target = "country/XR";
	struct approval_body approval = {
	    .proposal = post(world_record(&home.w, KIND_MEASURE, &body, &home.w.officers[0]))};
	return world_record(&home.w, KIND_APPROVAL, &approval, &home.w.officers[1]);
}

/* The answer to the approval is not waited for: the watches are what is timed. */
static void approve(struct told *told, struct bytes approval)
{
	int fd = dial(0); /* it stays open until the end */
	told->sent = bench_nanoseconds();
	if (!send_request(fd, "/v1/records", approval))
		stop("approve");
}

static void await_parts(void)
{
	for (size_t i = 0; i < service_count; i++) {
		int status;
		if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
			stop("a part of the watches did not hear");
	}
}

static void measure_watches(const char *program)
{
	int ready[2];
	char byte;
	size_t size = sizeof(struct told) + watcher_count * sizeof(double);
	struct told *told =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *name = arena_printf(
	    &home.w.arena, "server.watch.watches-%zu%s", watcher_count,
	    service_count == 1 ? "" : arena_printf(&home.w.arena, ".services-%zu", service_count));
	if (told == MAP_FAILED || pipe(ready) != 0)
		stop("watches");
	for (size_t part = 0; part < service_count; part++) {
		fflush(stdout);
		pid_t child = fork();
		if (child == 0)
			watch_part(program, part, told, ready[1]);
	}
	close(ready[1]);
	for (size_t part = 0; part < service_count; part++)
		if (read(ready[0], &byte, 1) != 1)
			stop("read");
	bench_give(arena_printf(&home.w.arena, "%s.opened", name), told->opened, "/s");
	bench_give(arena_printf(&home.w.arena, "%s.memory", name), told->added, "bytes");
	approve(told, propose_disconnection());
	await_parts();
	give_quantiles(arena_printf(&home.w.arena, "%s.disconnect", name), told->took,
	               watcher_count);
	munmap(told, size);
}

static void raise_files(void)
{
	rlim_t want = watcher_count / service_count + connection_count + SPARE_FILES;
	struct rlimit files = {want, want};
	if (setrlimit(RLIMIT_NOFILE, &files) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur < want)
		stop("too few files may be open (ulimit -n)");
}

int main(int argc, char **argv)
{
	if (argc != 7 && argc != 8) {
		fprintf(stderr, "usage: bench_server PROVISOD FOLDER SYSTEMS REQUESTS CONNECTIONS "
		                "WATCHERS [SERVICES]\n");
		return 2;
	}
	request_count = bench_number(argv[4]);
	connection_count = bench_number(argv[5]);
	watcher_count = bench_number(argv[6]);
	if (argc == 8)
		service_count = bench_number(argv[7]);
	signal(SIGPIPE, SIG_IGN);
	raise_files();
	regime_begin(argv[2], bench_number(argv[3]));
	home_close(&home);
	start(argv[1]);
	if (request_count > 0) {
		measure_renewals();
		measure_routine();
		measure_records();
	}
	if (watcher_count > 0)
		measure_watches(argv[1]);
	service_end(SIGTERM);
	home_end(&home);
	free(members);
	return 0;
}
