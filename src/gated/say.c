#include "say.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Set once at the start and only read then: the socket of systemd, and whether it keeps the log. */
static int systemd = -1;
static bool keeps_log;

void say(enum say_level level, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	/* One write: lines of several threads do not mix. */
	if (keeps_log)
		dprintf(STDERR_FILENO, "<%d>%s\n", level, text);
	else
		dprintf(STDERR_FILENO, "proviso-gated: %s\n", text);
}

void say_start(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	keeps_log = getenv("JOURNAL_STREAM") != NULL;
	if (path == NULL || (*path != '/' && *path != '@') || strlen(path) >= sizeof to.sun_path)
		return;
	size_t len = strlen(path);
	memcpy(to.sun_path, path, len);
	if (*path == '@')
		to.sun_path[0] = 0;
	systemd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (systemd >= 0 && connect(systemd, (struct sockaddr *)&to, size) != 0) {
		close(systemd);
		systemd = -1;
	}
}

static void notify(const char *text)
{
	if (systemd >= 0)
		send(systemd, text, strlen(text), MSG_NOSIGNAL);
}

void say_ready(const char *status)
{
	char text[512];
	snprintf(text, sizeof text, "READY=1\nSTATUS=%s", status);
	notify(text);
}

void say_status(const char *status)
{
	char text[512];
	snprintf(text, sizeof text, "STATUS=%s", status);
	notify(text);
}

void say_stopping(void)
{
	notify("STOPPING=1");
}
