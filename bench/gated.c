/*
 * What a decision costs through a proviso-gated, beside the same call in process, and beside
 * what the socket alone costs: a message of that size to another process and back. The daemon
 * is the real one, confined as always, a process of its own.
 *
 *     bench_gated DAEMON [CALLS]
 */
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../tests/unit/gate_world.h"

#include "bench.h"

enum { CLIENTS_MAX = 8, MESSAGE = 96 };

static size_t calls = 100000;
static double *single;

static void demand(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench gated: %s\n", what);
	exit(1);
}

/* --- A use, made ready ------------------------------------------------------------------------ */

struct ready {
	struct proviso_gate *gate;
	struct proviso_use use;
	struct proviso_subject subject;
	struct proviso_warrant warrant;
};

static void make_ready(struct ready *r, struct proviso_gate *gate)
{
	*r = (struct ready){.gate = gate, .use = {.subject = &r->subject, .warrant = &r->warrant}};
	demand(gate != NULL &&
	           proviso_gate_label(gate, "capture.headers", &r->use.capability, NULL) &&
	           proviso_gate_label(gate, "terrorism", &r->use.purpose, NULL) &&
	           proviso_gate_label(gate, "XR", &r->use.territory, NULL) &&
	           proviso_gate_warrant(gate, "XR-2026/17", &r->warrant, NULL) &&
	           proviso_gate_subject(gate, "tel:+99955501234", &r->subject, NULL),
	       "no gate");
}

static void decide_once(void *ctx)
{
	struct ready *r = ctx;
	struct proviso_answer answer;
	demand(proviso_gate_decide(r->gate, &r->use, &answer), "refused");
}

static void measure(const char *name, void (*once)(void *), void *ctx)
{
	char full[96];
	double from = bench_nanoseconds();
	for (size_t i = 0; i < calls / 10; i++)
		once(ctx);
	from = bench_nanoseconds();
	for (size_t i = 0; i < calls; i++) {
		double start = bench_nanoseconds();
		once(ctx);
		single[i] = bench_nanoseconds() - start;
	}
	double rate = (double)calls / ((bench_nanoseconds() - from) / 1e9);
	bench_give(name, bench_median(single, calls), "ns");
	snprintf(full, sizeof full, "%s.p99", name);
	bench_give(full, single[calls - calls / 100 - 1], "ns");
	snprintf(full, sizeof full, "%s.p99.9", name);
	bench_give(full, single[calls - calls / 1000 - 1], "ns");
	snprintf(full, sizeof full, "%s.rate", name);
	bench_give(full, rate, "decisions/s");
}

/* --- The daemon ---------------------------------------------------------------------------------
 */

static pid_t start_daemon(const char *daemon, const struct world *w, const char *path)
{
	pid_t pid = fork();
	if (pid == 0) {
		execl(daemon, daemon, "--system", w->dir, "--socket", path, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 1000 && access(path, F_OK) != 0; i++)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	return pid;
}

/* Connecting may come before the daemon listens. */
static struct proviso_gate *connect_to(const char *path)
{
	struct proviso_gate *gate = NULL;
	for (int i = 0; i < 1000 && gate == NULL; i++) {
		gate = proviso_gate_open(path, NULL, NULL);
		if (gate == NULL)
			nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	return gate;
}

static void *be_client(void *arg)
{
	for (size_t i = 0; i < calls / 4; i++)
		decide_once(arg);
	return NULL;
}

static void measure_clients(const char *path, size_t count)
{
	static struct ready clients[CLIENTS_MAX];
	pthread_t threads[CLIENTS_MAX];
	char name[64];
	for (size_t i = 0; i < count; i++)
		make_ready(&clients[i], connect_to(path));
	double from = bench_nanoseconds();
	for (size_t i = 0; i < count; i++)
		demand(pthread_create(&threads[i], NULL, be_client, &clients[i]) == 0, "no thread");
	for (size_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	double seconds = (bench_nanoseconds() - from) / 1e9;
	for (size_t i = 0; i < count; i++)
		proviso_gate_close(clients[i].gate, NULL);
	snprintf(name, sizeof name, "gated.decision.rate.clients-%zu", count);
	bench_give(name, (double)(calls / 4 * count) / seconds, "decisions/s");
}

/* --- The socket alone ----------------------------------------------------------------------------
 */

static void send_and_receive(void *ctx)
{
	char message[MESSAGE] = {0};
	int fd = *(const int *)ctx;
	demand(send(fd, message, sizeof message, 0) == MESSAGE &&
	           recv(fd, message, sizeof message, 0) == MESSAGE,
	       "no echo");
}

static void measure_socket(void)
{
	int pair[2];
	char message[MESSAGE];
	demand(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0, "no sockets");
	pid_t pid = fork();
	if (pid == 0) {
		close(pair[0]);
		while (recv(pair[1], message, sizeof message, 0) == MESSAGE)
			send(pair[1], message, sizeof message, 0);
		_exit(0);
	}
	close(pair[1]);
	measure("gated.socket", send_and_receive, &pair[0]);
	close(pair[0]);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	static struct world w;
	static struct ready r;
	struct err e = {0};
	struct proviso_error error = {0};
	char path[96];
	demand(argc == 2 || argc == 3, "usage: bench_gated DAEMON [CALLS]");
	if (argc == 3)
		calls = bench_number(argv[2]);
	demand(calls >= 1000, "fewer than 1000 calls measure nothing");
	single = calloc(calls, sizeof *single);
	demand(single != NULL, "no memory");
	measure_socket();
	/* A system with a lease by the machine's clock, as the daemon has. */
	world_make(&w, 1);
	world_close(&w);
	must(clock_of_machine(&w.clock, &e), &e, "clock");
	w.office.now = time(NULL);
	w.options.sync_thread = true;
	demand(world_open(&w, &error), error.text);
	world_renew(&w, GOOD_SCOPE, 36000);
	make_ready(&r, w.gate);
	measure("gated.in-process", decide_once, &r);
	world_close(&w);
	snprintf(path, sizeof path, "%s.socket", w.dir);
	pid_t daemon = start_daemon(argv[1], &w, path);
	make_ready(&r, connect_to(path));
	measure("gated.decision", decide_once, &r);
	proviso_gate_close(r.gate, NULL);
	for (size_t count = 1; count <= CLIENTS_MAX; count *= 2)
		measure_clients(path, count);
	kill(daemon, SIGTERM);
	waitpid(daemon, NULL, 0);
	unlink(path);
	world_free(&w);
	free(single);
	return 0;
}
