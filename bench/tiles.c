/*
 * Tiles served over loopback: by provisod, then by another server from the same folder. The
 * client is this process and shares the machine's cores with both. Each answer is read whole and
 * its length checked.
 *
 *     bench_tiles PROVISOD NGINX FOLDER CONNECTIONS REQUESTS      (NGINX may be -)
 */
#include "../tests/unit/home.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/rim.h"
#include "bench.h"
#include "log/tile.h"

enum { TILES = 4, ROUNDS = 5, HEAD_MAX = 4096 };

static struct home home;
static size_t connection_count, request_count;
static uint8_t sink[1 << 18];

static _Noreturn void stop(const char *what)
{
	perror(what);
	exit(1);
}

static void begin(const char *folder)
{
	enum { COUNT = TILES * TILE_WIDTH };
	static struct bytes records[COUNT];
	static struct accepted out[COUNT];
	struct err e = {0};
	home_begin_in(&home, folder, WORLD_ENROLLED);
	for (size_t i = 0; i < COUNT; i++) {
		struct report_body body = world_report(&home.w);
		body.allegation = arena_printf(&home.w.arena, "No. %zu", i);
		records[i] = world_record(&home.w, KIND_REPORT, &body, &home.w.auditor);
	}
	home_must(authority_submit(&home.a, records, COUNT, home.w.now, out, NULL, &e), "submit",
	          &e);
	home_close(&home);
}

/* --- Servers ---------------------------------------------------------------------------------- */

static pid_t start_provisod(const char *program, int *port)
{
	int out[2];
	char line[256];
	if (pipe(out) != 0)
		stop("pipe");
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out[1], 1);
		execl(program, program, "--home", home.path, "--listen", "127.0.0.1:0", "--log",
		      "none", "--connections", "1000", "--rate-address", "0", "--rate-key", "0",
		      (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	FILE *f = fdopen(out[0], "r");
	if (f == NULL || fgets(line, sizeof line, f) == NULL || strrchr(line, ':') == NULL)
		stop(program);
	*port = atoi(strrchr(line, ':') + 1);
	fclose(f);
	return pid;
}

static int dial(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		stop("socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A port that was free just now. */
static int free_port(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		stop("bind");
	close(fd);
	return ntohs(at.sin_port);
}

static pid_t start_nginx(const char *program, int *port)
{
	struct err e = {0};
	const char *path = arena_printf(&home.w.arena, "%s/nginx.conf", home.folder);
	*port = free_port();
	const char *text = arena_printf(
	    &home.w.arena,
	    "%sdaemon off; worker_processes auto; pid %s/nginx.pid; error_log /dev/null crit;\n"
	    "events { worker_connections 2048; }\n"
	    "http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;\n"
	    "open_file_cache max=1000; server { listen 127.0.0.1:%d; root %s; } }\n",
	    geteuid() == 0 ? "user root; " : "", home.folder, *port, home.path);
	home_must(file_write(path, bytes_text(text), 0600, &e), "nginx.conf", &e);
	pid_t pid = fork();
	if (pid == 0) {
		execl(program, program, "-p", home.folder, "-c", path, (char *)NULL);
		_exit(127);
	}
	for (int tries = 0; tries < 500; tries++) {
		int fd = dial(*port);
		if (fd >= 0) {
			close(fd);
			return pid;
		}
		usleep(10000);
	}
	stop(program);
}

static void end(pid_t pid)
{
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

/* --- The client ------------------------------------------------------------------------------- */

struct client {
	int fd;
	bool has_head;
	size_t got, left; /* of the head; of the body */
	char head[HEAD_MAX];
};

static size_t asked;

static void ask(struct client *c)
{
	char text[256], path[TILE_PATH_MAX];
	tile_path(0, asked++ % TILES, TILE_WIDTH, path);
	int len = snprintf(text, sizeof text, "GET /log/%s HTTP/1.1\r\nHost: x\r\n\r\n", path);
	c->has_head = false;
	c->got = 0;
	if (send(c->fd, text, (size_t)len, MSG_NOSIGNAL) != len)
		stop("send");
}

static bool hear_head(struct client *c)
{
	ssize_t got = recv(c->fd, c->head + c->got, sizeof c->head - 1 - c->got, 0);
	if (got <= 0)
		stop("an answer was cut off");
	c->got += (size_t)got;
	c->head[c->got] = 0;
	const char *over = strstr(c->head, "\r\n\r\n");
	if (over == NULL)
		return false;
	const char *length = strcasestr(c->head, "content-length: ");
	if (strncmp(c->head, "HTTP/1.1 200", 12) != 0 || length == NULL ||
	    strtoul(length + 16, NULL, 10) != TILE_BYTES)
		stop("an answer is no tile");
	c->has_head = true;
	c->left = TILE_BYTES - (c->got - (size_t)(over + 4 - c->head));
	return true;
}

/* True when the whole answer is there. */
static bool hear(struct client *c)
{
	if (!c->has_head)
		return hear_head(c) && c->left == 0;
	ssize_t got = recv(c->fd, sink, c->left, 0);
	if (got <= 0)
		stop("a tile was cut off");
	c->left -= (size_t)got;
	return c->left == 0;
}

/* Requests a second. */
static double drive(int port)
{
	struct client *clients = calloc(connection_count, sizeof *clients);
	struct epoll_event events[256];
	int poll = epoll_create1(EPOLL_CLOEXEC);
	size_t sent = 0, done = 0;
	double from = bench_nanoseconds();
	for (size_t i = 0; i < connection_count && sent < request_count; i++, sent++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
		clients[i].fd = dial(port);
		if (clients[i].fd < 0)
			stop("connect");
		epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].fd, &event);
		ask(&clients[i]);
	}
	while (done < request_count) {
		int ready = epoll_wait(poll, events, 256, 60000);
		if (ready <= 0)
			stop("no answer within a minute");
		for (int i = 0; i < ready; i++) {
			if (!hear(events[i].data.ptr))
				continue;
			done++;
			if (sent++ < request_count)
				ask(events[i].data.ptr);
		}
	}
	double took = bench_nanoseconds() - from;
	for (size_t i = 0; i < connection_count; i++)
		if (clients[i].fd > 0)
			close(clients[i].fd);
	close(poll);
	free(clients);
	return (double)request_count * 1e9 / took;
}

int main(int argc, char **argv)
{
	double ours[ROUNDS], theirs[ROUNDS];
	int port, other = 0;
	if (argc != 6) {
		fprintf(stderr, "usage: bench_tiles PROVISOD NGINX FOLDER CONNECTIONS REQUESTS\n");
		return 2;
	}
	connection_count = bench_number(argv[4]);
	request_count = bench_number(argv[5]);
	begin(argv[3]);
	bool has_other = strcmp(argv[2], "-") != 0;
	pid_t service = start_provisod(argv[1], &port),
	      nginx = has_other ? start_nginx(argv[2], &other) : 0;
	for (size_t i = 0; i < ROUNDS; i++) {
		ours[i] = drive(port);
		theirs[i] = has_other ? drive(other) : 0;
	}
	end(service);
	if (has_other)
		end(nginx);
	bench_give("tiles.served", bench_median(ours, ROUNDS), "tiles/s");
	if (has_other)
		bench_give("tiles.nginx", bench_median(theirs, ROUNDS), "tiles/s");
	home_end(&home);
	return 0;
}
