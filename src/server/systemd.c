#include "systemd.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bytes.h"

enum { FIRST_PASSED = 3 };

static int notify_socket = -1;

void systemd_begin(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    strlen(path) >= sizeof at.sun_path)
		return;
	strcpy(at.sun_path, path);
	if (path[0] == '@') /* a name that is in no file system */
		at.sun_path[0] = 0;
	notify_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (notify_socket >= 0 && connect(notify_socket, (struct sockaddr *)&at, len) != 0) {
		close(notify_socket);
		notify_socket = -1;
	}
}

void systemd_notify(const char *state)
{
	if (notify_socket >= 0)
		send(notify_socket, state, strlen(state), MSG_NOSIGNAL);
}

int systemd_socket(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	uint64_t for_whom = 0, sockets = 0;
	if (pid == NULL || count == NULL || !decimal_parse(bytes_text(pid), &for_whom) ||
	    !decimal_parse(bytes_text(count), &sockets) || for_whom != (uint64_t)getpid() ||
	    sockets < 1)
		return 0;
	fcntl(FIRST_PASSED, F_SETFD, FD_CLOEXEC);
	fcntl(FIRST_PASSED, F_SETFL, O_NONBLOCK | fcntl(FIRST_PASSED, F_GETFL));
	return FIRST_PASSED;
}
