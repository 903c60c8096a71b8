#include "transport.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

bool transport_send(int socket, enum transport_kind kind, struct bytes content)
{
	uint8_t head = (uint8_t)kind;
	union {
		const void *from;
		void *to;
	} content_at = {content.at};
	struct iovec parts[] = {{&head, 1}, {content_at.to, content.len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t sent;
	do
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)content.len + 1;
}

bool transport_receive(int socket, uint8_t room[TRANSPORT_MESSAGE_MAX], enum transport_kind *kind,
                       struct bytes *content)
{
	ssize_t got;
	do
		got = recv(socket, room, TRANSPORT_MESSAGE_MAX, MSG_TRUNC);
	while (got < 0 && errno == EINTR);
	if (got < 1 || got > TRANSPORT_MESSAGE_MAX)
		return false;
	*kind = (enum transport_kind)room[0];
	*content = bytes_of(room + 1, (size_t)got - 1);
	return true;
}

static void child(int socket, const struct transport_options *o)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_NAME, "gated-transport");
	sigset_t none;
	/* The daemon tells its end by closing the socket, the terminal does not. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (o->url != NULL)
		transport_http(socket, o);
	else
		transport_command(socket, o);
	_exit(0);
}

bool transport_start(const struct transport_options *o, struct transport *out, struct err *e)
{
	int pair[2], room = 2 * TRANSPORT_MESSAGE_MAX;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return err_errno(e, "cannot make a pair of sockets");
	for (int i = 0; i < 2; i++)
		setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	pid_t pid = fork();
	if (pid == 0) {
		close(pair[0]);
		child(pair[1], o);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_errno(e, "cannot start a process");
	}
	*out = (struct transport){pair[0], pid};
	return true;
}
