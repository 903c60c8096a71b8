/* Renewal by a command: the request on its standard input, the reply on its standard output. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "transport.h"

enum { SECONDS = 20 };

struct run {
	pid_t pid;
	int in, out;   /* its ends, here */
	int64_t until; /* milliseconds */
	size_t len;
	uint8_t reply[PROVISO_REPLY_MAX + 1];
};

static int64_t milliseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static bool start(struct run *r, const char *command)
{
	int in[2], out[2];
	if (pipe2(in, O_CLOEXEC) != 0)
		return false;
	if (pipe2(out, O_CLOEXEC) != 0) {
		close(in[0]);
		close(in[1]);
		return false;
	}
	r->pid = fork();
	if (r->pid == 0) {
		setpgid(0, 0);
		signal(SIGPIPE, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		signal(SIGINT, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		if (dup2(in[0], STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0)
			execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	r->in = in[1];
	r->out = out[0];
	fcntl(r->in, F_SETFL, O_NONBLOCK);
	return r->pid > 0;
}

/* A request is smaller than a pipe; a command that does not read it does not need it. */
static void feed(struct run *r, struct bytes request)
{
	struct pollfd writable = {.fd = r->in, .events = POLLOUT};
	while (request.len > 0 && milliseconds() < r->until && poll(&writable, 1, 100) >= 0) {
		ssize_t put = write(r->in, request.at, request.len);
		if (put < 0 && errno != EAGAIN && errno != EINTR)
			break;
		if (put > 0)
			request = bytes_of(request.at + put, request.len - (size_t)put);
	}
	close(r->in);
}

static void collect(struct run *r)
{
	struct pollfd readable = {.fd = r->out, .events = POLLIN};
	for (int64_t left; (left = r->until - milliseconds()) > 0 && r->len < sizeof r->reply;) {
		if (poll(&readable, 1, (int)left) <= 0)
			continue;
		ssize_t got = read(r->out, r->reply + r->len, sizeof r->reply - r->len);
		if (got == 0)
			break;
		if (got > 0)
			r->len += (size_t)got;
	}
	close(r->out);
}

/* Its exit status, after it was killed where its time is over. -1: it had to be. */
static int finish(struct run *r)
{
	int status;
	while (waitpid(r->pid, &status, WNOHANG) == 0) {
		if (milliseconds() >= r->until) {
			kill(-r->pid, SIGKILL);
			waitpid(r->pid, &status, 0);
			return -1;
		}
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void failed(int socket, const char *why)
{
	char text[256];
	int len = snprintf(text, sizeof text, "0 %s", why);
	transport_send(socket, TRANSPORT_FAILED, bytes_of(text, (size_t)len));
}

/* A refusal is a reply as well, whatever the command's exit status says of it. */
static void renew(int socket, const struct transport_options *o, struct bytes request)
{
	static struct run r;
	char why[96];
	r.len = 0;
	r.until = milliseconds() + (o->seconds > 0 ? o->seconds : SECONDS) * INT64_C(1000);
	if (!start(&r, o->command)) {
		failed(socket, "the command cannot be started");
		return;
	}
	feed(&r, request);
	collect(&r);
	int status = finish(&r);
	if (status >= 0 && r.len > 0 && r.len <= PROVISO_REPLY_MAX) {
		transport_send(socket, TRANSPORT_REPLY, bytes_of(r.reply, r.len));
		return;
	}
	if (status < 0)
		snprintf(why, sizeof why, "the command took too long");
	else
		snprintf(why, sizeof why, "the command gave no reply (exit status %d)", status);
	failed(socket, why);
}

void transport_command(int socket, const struct transport_options *o)
{
	static uint8_t room[TRANSPORT_MESSAGE_MAX];
	enum transport_kind kind;
	struct bytes content;
	while (transport_receive(socket, room, &kind, &content))
		if (kind == TRANSPORT_RENEW)
			renew(socket, o, content);
}
