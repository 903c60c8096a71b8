#include "remote.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MILLISECONDS = 5000, SEND_BUFFER = 512 << 10 };

struct remote {
	pthread_mutex_t lock;
	struct sockaddr_un address;
	int socket; /* -1: not connected */
	int wait_milliseconds;
	uint64_t id; /* of the last request */
	struct wire_reply reply;
	uint8_t request[WIRE_REQUEST_MAX], room[WIRE_REPLY_MAX];
};

bool path_is_socket(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static bool unreachable(const struct remote *r, struct err *e, const char *why)
{
	err_environment(e, "no answer at %s: %s", r->address.sun_path, why);
	e->rule = "gate.unreachable";
	return false;
}

static void disconnect(struct remote *r)
{
	if (r->socket >= 0)
		close(r->socket);
	r->socket = -1;
}

static bool reconnect(struct remote *r, struct err *e)
{
	/* Connecting waits where the daemon's queue is full, but no longer than an answer. */
	struct timeval wait = {r->wait_milliseconds / 1000, r->wait_milliseconds % 1000 * 1000};
	int room = SEND_BUFFER;
	r->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (r->socket < 0)
		return unreachable(r, e, strerror(errno));
	setsockopt(r->socket, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	setsockopt(r->socket, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	if (connect(r->socket, (struct sockaddr *)&r->address, sizeof r->address) == 0)
		return true;
	unreachable(r, e, strerror(errno));
	disconnect(r);
	return false;
}

bool remote_open(const char *path, const struct proviso_gate_options *o, struct remote **out,
                 struct err *e)
{
	struct remote *r = calloc(1, sizeof *r);
	if (r == NULL)
		return err_environment(e, "no memory");
	r->socket = -1;
	r->address.sun_family = AF_UNIX;
	r->wait_milliseconds = WAIT_MILLISECONDS;
	if (o->wait_milliseconds > 0)
		r->wait_milliseconds =
		    o->wait_milliseconds < INT32_MAX ? (int)o->wait_milliseconds : INT32_MAX;
	pthread_mutex_init(&r->lock, NULL);
	bool fits = strlen(path) < sizeof r->address.sun_path;
	if (fits)
		strcpy(r->address.sun_path, path);
	else
		err_environment(e, "the path of a socket has at most %zu bytes",
		                sizeof r->address.sun_path - 1);
	if (fits && reconnect(r, e)) {
		*out = r;
		return true;
	}
	remote_close(r);
	return false;
}

void remote_close(struct remote *r)
{
	disconnect(r);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/*
 * A daemon that was stopped since the last call took nothing of what is sent now: then, and
 * then only, it is sent again. Once a message is under way nothing is repeated.
 */
static bool send_request(struct remote *r, struct bytes request, struct err *e)
{
	bool was_connected = r->socket >= 0;
	if (!was_connected && !reconnect(r, e))
		return false;
	if (send(r->socket, request.at, request.len, MSG_NOSIGNAL) == (ssize_t)request.len)
		return true;
	int error = errno;
	disconnect(r);
	if (!was_connected || (error != EPIPE && error != ECONNRESET))
		return unreachable(r, e, strerror(error));
	return send_request(r, request, e);
}

static int64_t milliseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static bool receive_reply(struct remote *r, enum wire_operation operation, struct err *e)
{
	int64_t end = milliseconds() + r->wait_milliseconds;
	struct pollfd readable = {.fd = r->socket, .events = POLLIN};
	int ready;
	do {
		int64_t left = end - milliseconds();
		ready = poll(&readable, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		return unreachable(r, e, ready == 0 ? "it takes too long" : strerror(errno));
	ssize_t got = recv(r->socket, r->room, sizeof r->room, MSG_DONTWAIT | MSG_TRUNC);
	if (got < 0)
		return unreachable(r, e, strerror(errno));
	if (got == 0)
		return unreachable(r, e, "the connection was closed");
	struct err why;
	if ((size_t)got > sizeof r->room ||
	    !wire_reply_read(bytes_of(r->room, (size_t)got), operation, &r->reply, &why) ||
	    r->reply.id != r->id)
		return unreachable(r, e, "it is not a reply");
	return true;
}

bool remote_call(struct remote *r, struct wire_request *request,
                 void (*take)(void *ctx, const struct wire_reply *), void *ctx, struct err *e)
{
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena, .room = sizeof r->request};
	pthread_mutex_lock(&r->lock);
	b.at = r->request;
	request->id = ++r->id;
	wire_request_write(&b, request);
	bool good = send_request(r, buffer_view(&b), e);
	if (good && !receive_reply(r, request->operation, e)) {
		/* An answer that comes yet must never be taken for that of a later question. */
		disconnect(r);
		good = false;
	}
	if (good && take != NULL)
		take(ctx, &r->reply);
	pthread_mutex_unlock(&r->lock);
	return good;
}
