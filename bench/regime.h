/*
 * regime: what the programs that measure a service share: a regime of many systems, licensed from
 * today on, a provisod of its own on its home, and connections to that.
 *
 * One home and one service a program. What fails ends the program: a measurement that did not do
 * what it says is none.
 */
#ifndef PROVISO_BENCH_REGIME_H
#define PROVISO_BENCH_REGIME_H

#include "../tests/unit/home.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/rim.h"
#include "bench.h"

enum { REGIME_ENROL = 10000, REGIME_ANSWER = 16384, REGIME_FLAGS = 16, ADDRESS_USES = 10000 };

/* What an authority can see of a system, and no more: there may be a million. */
struct member {
	struct secret_key key;
	struct hash id;
	uint64_t counter, last_sequence;
	bool in_session;
	uint8_t nonce[RENEWAL_NONCE], session_key[SESSION_KEY];
};

static struct home home;
static struct member *members;
static size_t member_count;
static pid_t service;
static uint16_t service_port;

__attribute__((unused)) static _Noreturn void stop(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	if (service > 0)
		kill(service, SIGKILL);
	exit(1);
}

/* --- The regime -------------------------------------------------------------------------------
 */

/* Work whose room is given back after it: the world's own arena is set aside. */
__attribute__((unused)) static void in_scratch(void (*work)(void *ctx), void *ctx)
{
	struct arena kept = home.w.arena;
	home.w.arena = (struct arena){0};
	work(ctx);
	arena_free(&home.w.arena);
	home.w.arena = kept;
}

static void regime_license(void)
{
	struct world *w = &home.w;
	struct declaration_body declaration = world_declaration(w);
	declaration.valid_until = w->now + 700 * WORLD_DAY;
	home_done(&home, KIND_DECLARATION, &declaration, &w->end_user, &w->declaration);
	struct application_body application = world_application(w);
	application.quantity = member_count;
	home_done(&home, KIND_APPLICATION, &application, &w->exporter, &w->application);
	home_step(&home, WORLD_APPROVED);
	struct licence_body licence = world_licence(w);
	licence.quantity = member_count;
	licence.valid_until = w->now + 300 * WORLD_DAY;
	home_done(&home, KIND_LICENCE, &licence, &w->officers[0], &w->licence);
}

/* `ctx` is how many are enrolled. */
static void regime_enrol_some(void *ctx)
{
	static struct bytes records[REGIME_ENROL];
	static struct accepted out[REGIME_ENROL];
	size_t *enrolled = ctx, count = 0;
	struct err e = {0};
	for (; count < REGIME_ENROL && *enrolled + count < member_count; count++) {
		struct enrolment_body body = world_enrolment(&home.w);
		struct member *m = &members[*enrolled + count];
		body.serial = arena_printf(&home.w.arena, "S-%zu", *enrolled + count);
		m->key = world_key_of(KEY_ED25519, body.serial);
		body.device_key = m->key.public;
		home.w.now = rim_now(); /* each record is made a second after the one before */
		records[count] = world_record(&home.w, KIND_ENROLMENT, &body, &home.w.exporter);
	}
	home_must(authority_submit(&home.a, records, count, rim_now(), out, NULL, &e), "enrol", &e);
	for (size_t i = 0; i < count; i++)
		members[*enrolled + i].id = out[i].id;
	*enrolled += count;
}

/*
 * A home in a temporary folder in `folder`, with `systems` enrolled and a finding on the first.
 * Its time is the real one, by which the service will judge.
 */
__attribute__((unused)) static void regime_begin(const char *folder, size_t systems)
{
	size_t enrolled = 0;
	member_count = systems;
	members = calloc(systems, sizeof *members);
	if (members == NULL)
		stop("room for the systems");
	home_begin_in(&home, folder, WORLD_DEFINED);
	home.w.now = rim_now();
	regime_license();
	while (enrolled < member_count)
		in_scratch(regime_enrol_some, &enrolled);
	home.w.system = members[0].id;
	home.w.now = rim_now();
	home_step(&home, WORLD_REPORTED);
	home_step(&home, WORLD_FOUND);
}

static void begin_session(struct member *m)
{
	uint8_t secret[KEY_SHARED_SECRET];
	struct hash own = key_id(&m->key.public), other = key_id(&home.w.authority.public);
	struct err e = {0};
	bench_must(key_agree(&m->key, &home.w.authority.public, secret, &e), "agree", &e);
	session_key(secret, &own, &other, m->nonce, m->session_key);
	m->in_session = true;
}

/*
 * The next request of a system that uses nothing: signed, or within its session from the second
 * on where `routine`. It is taken for answered by a lease.
 */
__attribute__((unused)) static struct bytes member_request(struct member *m, bool routine)
{
	static struct merkle_edge no_uses;
	struct arena *arena = &home.w.arena;
	struct bytes out;
	struct err e = {0};
	union record_body body = {.renewal = {
	                              .nonce = world_nonce(&home.w, ++m->counter),
	                              .counter = m->counter,
	                              .use_log = {0, merkle_edge_root(&no_uses)},
	                              .last_sequence = m->last_sequence++,
	                          }};
	bool is_signed = !routine || m->counter == 1;
	if (!is_signed && !m->in_session)
		begin_session(m);
	if (is_signed) {
		memcpy(m->nonce, body.renewal.nonce.at, RENEWAL_NONCE);
		m->in_session = false;
	}
	bench_must(is_signed ? record_sign(arena, KIND_RENEWAL, &body, WORLD_ORIGIN, rim_now(),
	                                   &m->key, &out, &e)
	                     : session_request(arena, &body.renewal, &m->key.public, WORLD_ORIGIN,
	                                       rim_now(), m->session_key, &out, &e),
	           "request", &e);
	return out;
}

/* --- The service ------------------------------------------------------------------------------
 */

/*
 * Starts it on the home, with no limits and no log, and with `flags` (up to NULL) more.
 * Nanoseconds from the start of the process to where it listens, its home opened.
 */
__attribute__((unused)) static double service_start(const char *program, const char *const flags[])
{
	const char *words[16 + REGIME_FLAGS] = {
	    program, "--home",         home.path, "--listen",   "127.0.0.1:0", "--log",
	    "none",  "--rate-address", "0",       "--rate-key", "0",
	};
	char line[256];
	int out[2];
	for (size_t at = 11, i = 0; flags != NULL && flags[i] != NULL && i < REGIME_FLAGS; i++)
		words[at++] = flags[i];
	if (pipe(out) != 0)
		stop("pipe");
	posix_spawn_file_actions_t files;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, out[1], 1);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
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
	service_port = (uint16_t)strtol(strrchr(line, ':') + 1, NULL, 10);
	fclose(f);
	return took;
}

__attribute__((unused)) static void service_end(int how)
{
	int status;
	kill(service, how);
	waitpid(service, &status, 0);
	service = 0;
	if (how == SIGTERM && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		stop("the service did not end well");
}

/* Resident bytes. */
__attribute__((unused)) static double service_memory(void)
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

/* Ports run out for one address after some 28,000: loopback has many. */
__attribute__((unused)) static int dial(size_t number)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(service_port)};
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

__attribute__((unused)) static bool send_request(int fd, const char *path, struct bytes body)
{
	char head[256];
	int len = snprintf(head, sizeof head,
	                   "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: "
	                   "application/cose\r\nContent-Length: %zu\r\n\r\n",
	                   path, body.len);
	struct iovec parts[2] = {{head, (size_t)len}, {(void *)(uintptr_t)body.at, body.len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	return sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)((size_t)len + body.len);
}

/* True when the whole answer is there. */
__attribute__((unused)) static bool is_whole(const char *answer, size_t got)
{
	const char *end = strstr(answer, "\r\n\r\n"),
	           *length = strcasestr(answer, "content-length: ");
	return end != NULL && length != NULL &&
	       got >= (size_t)(end - answer) + 4 + strtoul(length + 16, NULL, 10);
}

/*
 * The answer to what was sent, with a 0 behind it; empty when the service is gone. Good until
 * the next.
 */
__attribute__((unused)) static struct bytes hear_answer(int fd)
{
	static char answer[REGIME_ANSWER];
	size_t got = 0;
	do {
		ssize_t more = recv(fd, answer + got, sizeof answer - 1 - got, 0);
		if (more <= 0)
			return (struct bytes){0};
		got += (size_t)more;
		answer[got] = 0;
	} while (!is_whole(answer, got));
	return bytes_of(answer, got);
}

__attribute__((unused)) static bool is_of_kind(struct bytes answer, enum record_kind kind)
{
	const char *type = record_kind(kind)->content_type;
	return memmem(answer.at, answer.len, type, strlen(type)) != NULL;
}

__attribute__((unused)) static _Noreturn void refused(struct bytes answer)
{
	fprintf(stderr, "bench: %s\n", (const char *)answer.at);
	stop("a request was refused");
}

/* Submits a record; its id. */
__attribute__((unused)) static struct hash post(struct bytes record)
{
	int fd = dial(0);
	struct bytes answer = {0};
	if (!send_request(fd, "/v1/records", record) || (answer = hear_answer(fd)).len == 0)
		stop("post");
	if (strncmp((const char *)answer.at, "HTTP/1.1 201", 12) != 0)
		refused(answer);
	close(fd);
	return sha256(record);
}

#endif
