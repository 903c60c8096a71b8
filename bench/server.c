/*
 * The service over loopback, from outside: a provisod of its own, and clients in this process.
 *
 *     bench_server PROVISOD FOLDER SYSTEMS REQUESTS CONNECTIONS WATCHERS
 *
 * `renew`: REQUESTS requests for leases over CONNECTIONS kept connections, each with the next
 * request as soon as it has its answer; every one is signed (before the clock starts), checked,
 * judged, on the log and proven in its answer. `routine`: the same, each with the tag of its
 * session. `records`: as many signed reports. `watch`: WATCHERS watches, then the second approval
 * of a disconnection of their country: from sending it to the event at each. Clients share the
 * machine's cores with the service.
 */
#include "../tests/unit/home.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/rim.h"
#include "bench.h"

enum { ENROL_TOGETHER = 1000, ANSWER_MAX = 16384, ADDRESS_USES = 10000, ALL_SECONDS = 300 };

static struct home home;
static struct home_system *systems;
static struct hash *system_ids;
static size_t system_count, request_count, connection_count, watcher_count;
static pid_t service;
static int service_port;

static _Noreturn void stop(const char *what)
{
	fprintf(stderr, "bench server: %s: %s\n", what, strerror(errno));
	if (service > 0)
		kill(service, SIGKILL);
	exit(1);
}

/* --- A regime of many, from today on ------------------------------------------------------------
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

static void enrol_all(void)
{
	static struct bytes records[ENROL_TOGETHER];
	static struct accepted out[ENROL_TOGETHER];
	systems = calloc(system_count, sizeof *systems);
	system_ids = calloc(system_count, sizeof *system_ids);
	for (size_t i = 0; i < system_count; i++) {
		struct enrolment_body body = world_enrolment(&home.w);
		size_t at = i % ENROL_TOGETHER;
		struct err e = {0};
		body.serial = arena_printf(&home.w.arena, "S-%zu", i);
		systems[i].key = world_key_of(KEY_ED25519, body.serial);
		body.device_key = systems[i].key.public;
		records[at] = world_record(&home.w, KIND_ENROLMENT, &body, &home.w.exporter);
		if (at + 1 < ENROL_TOGETHER && i + 1 < system_count)
			continue;
		home_must(authority_submit(&home.a, records, at + 1, home.w.now, out, NULL, &e),
		          "enrol", &e);
		for (size_t k = 0; k <= at; k++)
			system_ids[i - at + k] = out[k].id;
	}
	home.w.system = system_ids[0];
}

static void begin(const char *folder)
{
	home_begin_in(&home, folder, WORLD_DEFINED);
	home.w.now = rim_now();
	license();
	enrol_all();
	home_step(&home, WORLD_REPORTED);
	home_step(&home, WORLD_FOUND);
	home_close(&home);
}

/* --- The service
 * ---------------------------------------------------------------------------------- */

static void start_service(const char *program)
{
	int out[2];
	char line[256];
	if (pipe(out) != 0)
		stop("pipe");
	service = fork();
	if (service == 0) {
		char connections[32];
		snprintf(connections, sizeof connections, "%zu",
		         watcher_count + connection_count + 100);
		dup2(out[1], 1);
		execl(program, program, "--home", home.path, "--listen", "127.0.0.1:0",
		      "--connections", connections, "--queue", "10000", "--log", "none",
		      "--rate-address", "0", "--rate-key", "0", (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	FILE *f = fdopen(out[0], "r");
	if (f == NULL || fgets(line, sizeof line, f) == NULL || strrchr(line, ':') == NULL)
		stop(program);
	service_port = atoi(strrchr(line, ':') + 1);
	fclose(f);
}

/* Resident bytes of the service. */
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

/* --- Clients
 * ---------------------------------------------------------------------------------------- */

/* Ports run out for one address after some 28,000: loopback has many. */
static int dial(size_t number)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)service_port)};
	struct sockaddr_in from = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)(number / ADDRESS_USES));
	if (fd < 0)
		stop("socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&from, sizeof from) != 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		stop("connect");
	return fd;
}

struct client {
	int fd;
	size_t got, which;
	double sent;
	char answer[ANSWER_MAX];
};

struct load {
	const char *path;
	struct bytes *bodies;
	size_t count, next, done;
	double *took; /* milliseconds each */
};

static void ask(struct client *c, struct load *l)
{
	char head[256];
	c->which = l->next++;
	c->got = 0;
	int len = snprintf(head, sizeof head,
	                   "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: "
	                   "application/cose\r\nContent-Length: %zu\r\n\r\n",
	                   l->path, l->bodies[c->which].len);
	struct iovec parts[2] = {
	    {head, (size_t)len},
	    {(void *)(uintptr_t)l->bodies[c->which].at, l->bodies[c->which].len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	c->sent = bench_nanoseconds();
	if (sendmsg(c->fd, &message, MSG_NOSIGNAL) <
	    (ssize_t)((size_t)len + l->bodies[c->which].len))
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
	const char *end = strstr(c->answer, "\r\n\r\n"),
	           *length = strcasestr(c->answer, "content-length: ");
	if (end == NULL || length == NULL)
		return false;
	return c->got >= (size_t)(end - c->answer) + 4 + strtoul(length + 16, NULL, 10);
}

static _Noreturn void refused(const struct client *c)
{
	fprintf(stderr, "bench server: %s\n", c->answer);
	stop("a request was refused");
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
				refused(c);
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

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void give_quantiles(const char *what, double *values, size_t count)
{
	static const struct {
		double part;
		const char *name;
	} quantiles[] = {{0.5, "p50"}, {0.99, "p99"}, {0.999, "p99.9"}, {1, "max"}};
	char name[128];
	qsort(values, count, sizeof *values, by_value);
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
	for (size_t i = 0; i < l.count; i++) {
		struct home_system *s = &systems[i % system_count];
		l.bodies[i] = home_request(&home, s);
		s->last_sequence++;
	}
	give_load("renew", &l);
}

/* The same in the sessions that those requests began: by a tag, as a system does all day. */
static void measure_routine(void)
{
	if (request_count < system_count)
		return;
	for (size_t i = 0; i < system_count; i++)
		systems[i].in_session = true;
	struct load l = load_new("/v1/leases");
	for (size_t i = 0; i < l.count; i++) {
		struct home_system *s = &systems[i % system_count];
		l.bodies[i] = home_request(&home, s);
		s->last_sequence++;
	}
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

/* --- Watches
 * ----------------------------------------------------------------------------------------- */

static int *watches;
static int watch_poll;

/* Waits until each watch has got something that ends with an empty line. */
static void hear_all(double *took, double since)
{
	struct epoll_event events[1024];
	char room[2048];
	size_t heard = 0;
	double end = bench_nanoseconds() + ALL_SECONDS * 1e9;
	bool *done = calloc(watcher_count, sizeof *done);
	while (heard < watcher_count) {
		int ready = epoll_wait(watch_poll, events, 1024, 1000);
		for (int i = 0; i < ready; i++) {
			size_t which = events[i].data.u64;
			ssize_t got = recv(watches[which], room, sizeof room - 1, MSG_DONTWAIT);
			if (got == 0 || (got < 0 && errno != EAGAIN))
				stop("a watch was cut off");
			if (got <= 0)
				continue;
			room[got] = 0;
			if (done[which] || strstr(room, took == NULL ? "event: watching"
			                                             : "event: changed") == NULL)
				continue;
			done[which] = true;
			if (took != NULL)
				took[heard] = (bench_nanoseconds() - since) / 1e6;
			heard++;
		}
		if (bench_nanoseconds() > end)
			stop("not every watch has heard");
	}
	free(done);
}

static void watch_all(void)
{
	watches = calloc(watcher_count, sizeof *watches);
	watch_poll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < watcher_count; i++) {
		owned_arena arena = {0};
		struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
		const char *request =
		    arena_printf(&arena, "GET /v1/systems/%s/watch HTTP/1.1\r\nHost: x\r\n\r\n",
		                 hex_encode(&arena, hash_bytes(&system_ids[i % system_count])));
		watches[i] = dial(i);
		if (send(watches[i], request, strlen(request), MSG_NOSIGNAL) < 0)
			stop("watch");
		epoll_ctl(watch_poll, EPOLL_CTL_ADD, watches[i], &event);
	}
	hear_all(NULL, 0);
}

static struct hash post(struct bytes record)
{
	struct load l = {.path = "/v1/records", .bodies = &record, .count = 1};
	struct client *c = calloc(1, sizeof *c);
	c->fd = dial(0);
	ask(c, &l);
	while (!hear(c))
		;
	if (strncmp(c->answer, "HTTP/1.1 201", 12) != 0)
		refused(c);
	close(c->fd);
	free(c);
	return sha256(record);
}

/* The answer to the approval is not waited for: the watches are what is timed. */
static void send_approval(struct bytes record)
{
	struct load l = {.path = "/v1/records", .bodies = &record, .count = 1};
	struct client *c = calloc(1, sizeof *c);
	c->fd = dial(0);
	ask(c, &l);
	free(c); /* the connection stays open until the end */
}

static void measure_watches(void)
{
	char name[128];
	double *took = calloc(watcher_count, sizeof *took), before = service_memory();
	double from = bench_nanoseconds();
	watch_all();
	double connected = bench_nanoseconds();
	snprintf(name, sizeof name, "server.watch.watches-%zu", watcher_count);
	bench_give(arena_printf(&home.w.arena, "%s.opened", name),
	           1e9 * (double)watcher_count / (connected - from), "/s");
	bench_give(arena_printf(&home.w.arena, "%s.memory", name),
	           (service_memory() - before) / (double)watcher_count, "bytes");
	struct measure_body body = world_measure(&home.w, MEASURE_DISCONNECT);
	home.w.now = rim_now() - 10;
	body.target = "country/XR";
	struct approval_body approval = {
	    .proposal = post(world_record(&home.w, KIND_MEASURE, &body, &home.w.officers[0]))};
	struct bytes record = world_record(&home.w, KIND_APPROVAL, &approval, &home.w.officers[1]);
	double sent = bench_nanoseconds();
	send_approval(record);
	hear_all(took, sent);
	give_quantiles(arena_printf(&home.w.arena, "%s.disconnect", name), took, watcher_count);
	free(took);
}

static void raise_files(void)
{
	rlim_t want = watcher_count + connection_count + 200;
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
	if (argc != 7) {
		fprintf(
		    stderr,
		    "usage: bench_server PROVISOD FOLDER SYSTEMS REQUESTS CONNECTIONS WATCHERS\n");
		return 2;
	}
	system_count = bench_number(argv[3]);
	request_count = bench_number(argv[4]);
	connection_count = bench_number(argv[5]);
	watcher_count = bench_number(argv[6]);
	signal(SIGPIPE, SIG_IGN);
	raise_files();
	begin(argv[2]);
	start_service(argv[1]);
	if (request_count > 0) {
		measure_renewals();
		measure_routine();
		measure_records();
	}
	if (watcher_count > 0)
		measure_watches();
	kill(service, SIGTERM);
	waitpid(service, NULL, 0);
	home_end(&home);
	return 0;
}
