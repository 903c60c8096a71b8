#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"

enum {
	BACKLOG = 128,
	EVENTS = 64,
	SEND_BUFFER = 512 << 10,
	YOUNG_MILLISECONDS = 100, /* so long a client may be silent and keep its place */
};

/* --- Listening ---------------------------------------------------------------------------- */

/* A socket file that refuses connections is what a killed daemon left. */
static bool remove_left_over(const struct sockaddr_un *address, struct err *e)
{
	struct stat st;
	if (lstat(address->sun_path, &st) != 0)
		return errno == ENOENT || err_errno(e, "cannot look at %s", address->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return err_environment(e, "%s is there and is no socket", address->sun_path);
	int probe = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool answered =
	    probe >= 0 && connect(probe, (const struct sockaddr *)address, sizeof *address) == 0;
	bool refused = !answered && errno == ECONNREFUSED;
	if (probe >= 0)
		close(probe);
	if (answered)
		return err_refused(e, "gate.in-use", "somebody answers at %s", address->sun_path);
	if (!refused)
		return err_errno(e, "cannot tell who answers at %s", address->sun_path);
	return unlink(address->sun_path) == 0 ||
	       err_errno(e, "cannot remove %s", address->sun_path);
}

static bool bind_with(int fd, const struct sockaddr_un *address, mode_t mode, gid_t group,
                      struct err *e)
{
	/* Nobody may connect before owner and mode are right. */
	mode_t before = umask(0777);
	bool bound = bind(fd, (const struct sockaddr *)address, sizeof *address) == 0;
	umask(before);
	if (!bound)
		return err_errno(e, "cannot make %s", address->sun_path);
	if (group != (gid_t)-1 && chown(address->sun_path, (uid_t)-1, group) != 0)
		return err_errno(e, "cannot give %s to its group", address->sun_path);
	if (chmod(address->sun_path, mode) != 0)
		return err_errno(e, "cannot set the mode of %s", address->sun_path);
	return listen(fd, BACKLOG) == 0 || err_errno(e, "cannot listen at %s", address->sun_path);
}

bool server_listen(const char *path, mode_t mode, gid_t group, int *out, struct err *e)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof address.sun_path)
		return err_input(e, NULL, "%s: the path of a socket has at most %zu bytes", path,
		                 sizeof address.sun_path - 1);
	strcpy(address.sun_path, path);
	if (!remove_left_over(&address, e))
		return false;
	*out = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*out < 0)
		return err_errno(e, "cannot make a socket");
	if (bind_with(*out, &address, mode, group, e))
		return true;
	close(*out);
	return false;
}

/* --- Clients ------------------------------------------------------------------------------ */

/* In a ring by silence: the head's `next` spoke last, its `before` is longest silent. */
struct client {
	struct client *before, *next;
	int fd; /* -1: a free place, and `next` the next free one */
	uid_t user;
	bool manager;
	int64_t heard; /* milliseconds */
};

struct serving {
	const struct server *server;
	int epoll;
	struct client *places, ring, *free;
	unsigned limit, count;
	int64_t now;
	struct arena arena; /* of replies; they fit in `out` and never grow it */
	struct answer_room room;
	uint8_t in[WIRE_REQUEST_MAX + 1], out[WIRE_REPLY_MAX];
};

static int64_t milliseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static void ring_take(struct client *c)
{
	c->before->next = c->next;
	c->next->before = c->before;
}

static void ring_put_first(struct serving *s, struct client *c)
{
	c->next = s->ring.next;
	c->before = &s->ring;
	s->ring.next->before = c;
	s->ring.next = c;
}

static void cut(struct serving *s, struct client *c)
{
	close(c->fd);
	ring_take(c);
	c->fd = -1;
	c->next = s->free;
	s->free = c;
	s->count--;
}

static void cut_silent(struct serving *s, int64_t longer_than)
{
	while (s->ring.before != &s->ring && s->now - s->ring.before->heard >= longer_than)
		cut(s, s->ring.before);
}

static int64_t idle_milliseconds(const struct serving *s)
{
	unsigned idle = s->server->idle_seconds;
	return (idle > 0 ? idle : SERVER_IDLE_SECONDS) * INT64_C(1000);
}

static bool may_ask(const struct server *server, uid_t user)
{
	if (server->user_count == 0 || user == 0 || user == geteuid())
		return true;
	for (size_t i = 0; i < server->user_count; i++)
		if (server->users[i] == user)
			return true;
	return false;
}

/* One user's clients take at most half of the places, so that none can keep the others out. */
static bool has_place(struct serving *s, uid_t user)
{
	unsigned of_user = 0;
	for (struct client *c = s->ring.next; c != &s->ring; c = c->next)
		of_user += c->user == user;
	if (of_user >= (s->limit + 1) / 2 || s->free == NULL) {
		struct client *c = s->ring.before;
		while (c != &s->ring && of_user >= (s->limit + 1) / 2 && c->user != user)
			c = c->before;
		if (c != &s->ring && s->now - c->heard >= YOUNG_MILLISECONDS)
			cut(s, c);
		else
			return false;
	}
	return s->free != NULL;
}

static void admit(struct serving *s, int fd)
{
	struct ucred who;
	socklen_t size = sizeof who;
	int room = SEND_BUFFER;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 ||
	    !may_ask(s->server, who.uid) || !has_place(s, who.uid)) {
		close(fd);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	struct client *c = s->free;
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		close(fd);
		return;
	}
	s->free = c->next;
	s->count++;
	*c = (struct client){.fd = fd,
	                     .user = who.uid,
	                     .manager = who.uid == 0 || who.uid == geteuid(),
	                     .heard = s->now};
	ring_put_first(s, c);
}

static void admit_all(struct serving *s)
{
	for (int i = 0; i < EVENTS; i++) {
		int fd = accept4(s->server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		admit(s, fd);
	}
}

/* One message a turn, so that a client who asks without end does not keep others waiting. */
static void hear(struct serving *s, struct client *c)
{
	ssize_t got = recv(c->fd, s->in, sizeof s->in, MSG_DONTWAIT | MSG_TRUNC);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		cut(s, c);
		return;
	}
	c->heard = s->now;
	ring_take(c);
	ring_put_first(s, c);
	struct buffer out = {.arena = &s->arena, .at = s->out, .room = sizeof s->out};
	struct bytes message = bytes_of(s->in, (size_t)got < sizeof s->in ? (size_t)got : 0);
	bool good = answer(s->server, c->manager, message, &s->room, &out);
	ssize_t sent = send(c->fd, out.at, out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (!good || sent != (ssize_t)out.len)
		cut(s, c);
}

/* --- Serving ------------------------------------------------------------------------------ */

static bool watch(struct serving *s, int fd, void *mark, struct err *e)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = mark};
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ||
	       err_errno(e, "cannot watch the sockets");
}

/*
 * An event may be of a client that was cut earlier in the same turn and whose place another
 * has since: accepting comes last, so that its place is still free then.
 */
static bool turn(struct serving *s, struct err *e)
{
	struct epoll_event events[EVENTS];
	bool stop = false, callers = false;
	int timeout = s->count > 0 ? 1000 : -1;
	int count = epoll_wait(s->epoll, events, EVENTS, timeout);
	if (count < 0 && errno != EINTR)
		return err_errno(e, "cannot wait for clients");
	s->now = milliseconds();
	for (int i = 0; i < count; i++) {
		void *mark = events[i].data.ptr;
		if (mark == &s->server->stop)
			stop = true;
		else if (mark == &s->server->listener)
			callers = true;
		else if (((struct client *)mark)->fd >= 0)
			hear(s, mark);
	}
	cut_silent(s, idle_milliseconds(s));
	if (callers)
		admit_all(s);
	return !stop;
}

static bool start(struct serving *s, const struct server *server, struct err *e)
{
	s->server = server;
	s->limit = server->clients > 0 ? server->clients : SERVER_CLIENTS;
	s->ring.next = s->ring.before = &s->ring;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->places = calloc(s->limit, sizeof *s->places);
	if (s->epoll < 0 || s->places == NULL)
		return err_environment(e, "no memory for clients");
	for (unsigned i = 0; i < s->limit; i++) {
		s->places[i].fd = -1;
		s->places[i].next = s->free;
		s->free = &s->places[i];
	}
	union {
		const int *at;
		void *mark;
	} stop = {&server->stop}, listener = {&server->listener};
	return watch(s, server->stop, stop.mark, e) && watch(s, server->listener, listener.mark, e);
}

bool server_run(const struct server *server, struct err *e)
{
	struct serving *s = calloc(1, sizeof *s);
	if (s == NULL)
		return err_environment(e, "no memory");
	s->epoll = -1;
	*e = (struct err){0};
	bool good = start(s, server, e);
	while (good && turn(s, e))
		;
	while (s->ring.next != NULL && s->ring.next != &s->ring)
		cut(s, s->ring.next);
	if (s->epoll >= 0)
		close(s->epoll);
	free(s->places);
	arena_free(&s->arena);
	free(s);
	return e->kind == ERR_NONE;
}
