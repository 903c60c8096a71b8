/*
 * proviso-http: answers nginx's auth_request (README.md): a request's X-Proviso-* headers are the
 * use, 204 is yes and 403 is no.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <proviso/gate.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	CONNECTIONS = 512,
	IDLE_SECONDS = 30,
	HEAD_BYTES = 16384,
	BACKLOG = 128,
	WITH_BYTES = 2048,
};

struct settings {
	const char *system, *listen;
	mode_t mode;
};

/* --- Answers ---------------------------------------------------------------------------------- */

static enum MHD_Result reply(struct MHD_Connection *c, unsigned status, const char *code,
                             const char *words, uint64_t position)
{
	char text[300], number[24];
	/* A header's value is one line of visible characters. */
	snprintf(text, sizeof text, "%s", words);
	for (char *at = text; *at != 0; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	struct MHD_Response *r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	if (r == NULL)
		return MHD_NO;
	MHD_add_response_header(r, "X-Proviso-Code", code);
	if (*text != 0)
		MHD_add_response_header(r, "X-Proviso-Words", text);
	if (position > 0) {
		snprintf(number, sizeof number, "%llu", (unsigned long long)position);
		MHD_add_response_header(r, "X-Proviso-Position", number);
	}
	enum MHD_Result result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

/* nginx sends a header that was set to an empty variable not at all. */
static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* "a,b" in `room`, taken apart; false when it is more than a use can name. */
static bool take_with(const char *list, char room[WITH_BYTES], const char *with[], size_t *count)
{
	*count = 0;
	if (list == NULL)
		return true;
	if (strlen(list) >= WITH_BYTES)
		return false;
	char *rest = strcpy(room, list);
	for (char *one; (one = strsep(&rest, ",")) != NULL; (*count)++) {
		if (*count == PROVISO_WITH_MAX)
			return false;
		with[*count] = one + strspn(one, " ");
	}
	return true;
}

static enum MHD_Result decide(struct proviso_gate *gate, struct MHD_Connection *c)
{
	char room[WITH_BYTES];
	const char *with[PROVISO_WITH_MAX];
	struct proviso_answer answer;
	struct proviso_error error = {0};
	struct proviso_use_text use = {.capability = header(c, "X-Proviso-Capability"),
	                               .purpose = header(c, "X-Proviso-Purpose"),
	                               .territory = header(c, "X-Proviso-Territory"),
	                               .subject = header(c, "X-Proviso-Subject"),
	                               .warrant = header(c, "X-Proviso-Warrant"),
	                               .with = with};
	if (!take_with(header(c, "X-Proviso-With"), room, with, &use.with_count))
		return reply(c, MHD_HTTP_FORBIDDEN, "gate.malformed", "too many obligations", 0);
	if (proviso_gate_decide_text(gate, &use, &answer, &error))
		return reply(c, MHD_HTTP_NO_CONTENT, "allowed", "", answer.position);
	if (error.kind != PROVISO_OK)
		return reply(c, MHD_HTTP_FORBIDDEN,
		             error.code[0] != 0 ? error.code : "gate.malformed", error.text, 0);
	bool lost = answer.code == PROVISO_UNREACHABLE;
	return reply(c, lost ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_FORBIDDEN,
	             proviso_code_name(answer.code), answer.words, answer.position);
}

/* Called first with the head alone, then with the body's pieces, then at its end. */
static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *body,
                              size_t *size, void **state)
{
	static int head_seen;
	(void)url, (void)version, (void)body;
	if (*state == NULL) {
		*state = &head_seen;
		return MHD_YES;
	}
	if (*size > 0) { /* nobody sends one; it is read over */
		*size = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		return reply(c, MHD_HTTP_METHOD_NOT_ALLOWED, "gate.malformed", "GET asks", 0);
	return decide(ctx, c);
}

/* --- Listening -------------------------------------------------------------------------------- */

static int listen_unix(const char *path, mode_t mode)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	/* What a killed one left refuses connections, and is removed; a living one is not. */
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
		close(fd);
		errno = EADDRINUSE;
		return -1;
	}
	if (errno == ECONNREFUSED)
		unlink(path);
	close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t before = umask(0777);
	bool good = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
	umask(before);
	if (good && chmod(path, mode) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The loopback interface alone: there is no authentication here. */
static int listen_loopback(const char *port)
{
	char *end;
	unsigned long number = strtoul(port, &end, 10);
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	                              .sin_port = htons((uint16_t)number)};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && *end == 0 && number > 0 && number < 65536 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
	    bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int serve(struct proviso_gate *gate, int listener, const sigset_t *stop)
{
	struct MHD_Daemon *daemon = MHD_start_daemon(
	    MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, handle, gate, MHD_OPTION_LISTEN_SOCKET,
	    listener, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_BYTES, MHD_OPTION_END);
	int signal;
	if (daemon == NULL) {
		fputs("proviso-http: the HTTP library cannot start\n", stderr);
		return PROVISO_ENVIRONMENT;
	}
	sigwait(stop, &signal);
	MHD_stop_daemon(daemon);
	return 0;
}

static bool parse(int argc, char **argv, struct settings *s)
{
	s->mode = 0660;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--system") == 0)
			s->system = argv[i + 1];
		else if (strcmp(argv[i], "--listen") == 0)
			s->listen = argv[i + 1];
		else if (strcmp(argv[i], "--mode") == 0)
			s->mode = (mode_t)strtoul(argv[i + 1], NULL, 8) & 0777;
		else
			return false;
	}
	return argc % 2 == 1 && s->system != NULL && s->listen != NULL;
}

int main(int argc, char **argv)
{
	struct settings s = {0};
	struct proviso_error error = {0};
	sigset_t stop;
	if (!parse(argc, argv, &s)) {
		fputs("usage: proviso-http --system DIR --listen (PATH | PORT) [--mode MODE]\n\n"
		      "DIR is a system's directory or a proviso-gated's socket. A PATH begins with "
		      "/;\n"
		      "a PORT is one of the loopback interface. See adapters/nginx/README.md.\n",
		      stderr);
		return PROVISO_USAGE;
	}
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	int listener = *s.listen == '/' ? listen_unix(s.listen, s.mode) : listen_loopback(s.listen);
	if (listener < 0) {
		fprintf(stderr, "proviso-http: cannot listen at %s: %s\n", s.listen,
		        strerror(errno));
		return PROVISO_ENVIRONMENT;
	}
	struct proviso_gate *gate = proviso_gate_open(s.system, NULL, &error);
	int status = gate == NULL ? (int)error.kind : serve(gate, listener, &stop);
	if (gate != NULL && !proviso_gate_close(gate, &error))
		status = (int)error.kind;
	if (error.kind != PROVISO_OK)
		fprintf(stderr, "proviso-http: %s: %s\n", error.code, error.text);
	return status;
}
