/* Sockets that listen. */
#include "http_parts.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(int fd, const char *what, const char *listen, struct err *e)
{
	err_errno(e, "cannot %s %s", what, listen);
	if (fd >= 0)
		close(fd);
	return -1;
}

static int listen_unix(const char *listen_at, char *address, size_t room, struct err *e)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const char *path = listen_at + 5;
	struct stat st;
	if (*path == 0 || strlen(path) >= sizeof at.sun_path) {
		err_usage(e, "\"%s\": a socket's path has 1 to %zu bytes", listen_at,
		          sizeof at.sun_path - 1);
		return -1;
	}
	strcpy(at.sun_path, path);
	/* What a process before us left; a file that is no socket stays. */
	if (stat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
	    listen(fd, SOMAXCONN) != 0)
		return fail(fd, "listen at", listen_at, e);
	snprintf(address, room, "%s", listen_at);
	return fd;
}

/* "PORT", ":PORT": loopback; "HOST:PORT"; "[V6]:PORT". */
static struct addrinfo *resolve(const char *listen_at, struct err *e)
{
	char host[256] = "127.0.0.1";
	const char *colon = strrchr(listen_at, ':'), *port = colon != NULL ? colon + 1 : listen_at;
	size_t len = colon != NULL ? (size_t)(colon - listen_at) : 0;
	uint64_t number;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
	bool bracketed = len > 2 && listen_at[0] == '[' && listen_at[len - 1] == ']';
	if (!decimal_parse(bytes_text(port), &number) || number > 65535 || len >= sizeof host ||
	    (!bracketed && memchr(listen_at, ':', len) != NULL)) {
		err_usage(e,
		          "\"%s\" is no address to listen at: PORT, HOST:PORT, [::1]:PORT or "
		          "unix:PATH is",
		          listen_at);
		return NULL;
	}
	if (len > 0)
		snprintf(host, sizeof host, "%.*s", (int)(bracketed ? len - 2 : len),
		         listen_at + bracketed);
	int code = getaddrinfo(host, port, &hints, &found);
	if (code != 0)
		err_usage(e, "cannot listen at \"%s\": %s", listen_at, gai_strerror(code));
	return code == 0 ? found : NULL;
}

static void name_address(int fd, char *out, size_t room)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof at;
	char host[NI_MAXHOST] = "?", port[NI_MAXSERV] = "?";
	if (getsockname(fd, (struct sockaddr *)&at, &len) == 0)
		getnameinfo((struct sockaddr *)&at, len, host, sizeof host, port, sizeof port,
		            NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(out, room, strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host, port);
}

bool http_is_loopback(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage room;
	} at = {0};
	socklen_t len = sizeof at;
	if (getsockname(fd, &at.any, &len) != 0)
		return false;
	if (at.any.sa_family == AF_INET)
		return ntohl(at.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	const uint8_t *v6 = at.v6.sin6_addr.s6_addr;
	return at.any.sa_family == AF_INET6 &&
	       (IN6_IS_ADDR_LOOPBACK(&at.v6.sin6_addr) ||
	        (IN6_IS_ADDR_V4MAPPED(&at.v6.sin6_addr) && v6[12] == IN_LOOPBACKNET));
}

void http_end_half_open(int fd, unsigned seconds)
{
	/* A connection takes these over from the socket that it came in at. */
	const struct {
		int level, name, value;
	} options[] = {
	    {SOL_SOCKET, SO_KEEPALIVE, 1},
	    {IPPROTO_TCP, TCP_KEEPIDLE, (int)(seconds < 3 ? 1 : seconds / 3)},
	    {IPPROTO_TCP, TCP_KEEPINTVL, (int)(seconds < 3 ? 1 : seconds / 3)},
	    {IPPROTO_TCP, TCP_USER_TIMEOUT, (int)(seconds * 1000)},
	};
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value,
		           sizeof options[i].value);
}

int http_listen(const char *listen_at, char *address, size_t room, struct err *e)
{
	if (strncmp(listen_at, "unix:", 5) == 0)
		return listen_unix(listen_at, address, room, e);
	struct addrinfo *at = resolve(listen_at, e);
	if (at == NULL)
		return -1;
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	}
	bool ok =
	    fd >= 0 && bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0;
	freeaddrinfo(at);
	if (!ok)
		return fail(fd, "listen at", listen_at, e);
	name_address(fd, address, room);
	return fd;
}
