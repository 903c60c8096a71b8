/* The server around libmicrohttpd: set up, started, stopped. */
#include "http_parts.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

enum {
	SPARE_FILES = 128,
	GRACE_SECONDS = 10,
	SETTLE_MICROSECONDS = 20000, /* what is being accepted becomes a connection */
	LINGER_MICROSECONDS = 1000000,
	PEM_MAX = 1 << 20
};

/* Targets are decoded by route.c, which tells separators from what stands in a segment. */
static size_t leave_escaped(void *ctx, struct MHD_Connection *mhd, char *text)
{
	(void)ctx, (void)mhd;
	return strlen(text);
}

static void set_defaults(struct http_options *o)
{
	o->threads = o->threads == 0 ? 2 : o->threads;
	o->connections = o->connections == 0 ? 10000 : o->connections;
	o->head_seconds = o->head_seconds == 0 ? 10 : o->head_seconds;
	o->idle_seconds = o->idle_seconds == 0 ? 30 : o->idle_seconds;
	o->total_seconds = o->total_seconds == 0 ? 120 : o->total_seconds;
	o->bodies = o->bodies == 0 ? (size_t)64 << 20 : o->bodies;
}

/* Each connection is a file; as many as the machine lets us have. */
static void raise_files(struct http_options *o)
{
	struct rlimit files;
	rlim_t want = (rlim_t)o->connections + SPARE_FILES;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	if (files.rlim_cur < want) {
		struct rlimit more = {want, files.rlim_max < want ? want : files.rlim_max};
		if (setrlimit(RLIMIT_NOFILE, &more) != 0) {
			more = (struct rlimit){files.rlim_max < want ? files.rlim_max : want,
			                       files.rlim_max};
			setrlimit(RLIMIT_NOFILE, &more);
		}
		getrlimit(RLIMIT_NOFILE, &files);
	}
	if (files.rlim_cur < want && files.rlim_cur > SPARE_FILES)
		o->connections = (unsigned)(files.rlim_cur - SPARE_FILES);
	if (o->connections < o->threads)
		o->connections = o->threads;
}

static struct MHD_Daemon *start_daemon(struct http_server *s, int fd, const char *certificate,
                                       const char *key)
{
	struct http_options *o = &s->options;
	struct MHD_OptionItem more[8];
	size_t count = 0;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
	                 (certificate != NULL ? MHD_USE_TLS : 0);
	if (o->threads > 1)
		more[count++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE,
		                                        (intptr_t)o->threads, NULL};
	if (o->connections_each > 0)
		more[count++] = (struct MHD_OptionItem){MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		                                        (intptr_t)o->connections_each, NULL};
	if (certificate != NULL) {
		more[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
		                                        (void *)(uintptr_t)certificate};
		more[count++] =
		    (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key};
		more[count++] =
		    (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
		                            (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3"};
	}
	more[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	return MHD_start_daemon(
	    flags, 0, NULL, NULL, http_exchange_go_on, s, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_LIMIT, o->connections, MHD_OPTION_CONNECTION_TIMEOUT,
	    o->idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_HEAD_MAX,
	    MHD_OPTION_NOTIFY_CONNECTION, http_connection_changed, s, MHD_OPTION_NOTIFY_COMPLETED,
	    http_exchange_end, s, MHD_OPTION_URI_LOG_CALLBACK, http_exchange_begin, s,
	    MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, s, MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_ARRAY, more, MHD_OPTION_END);
}

static bool read_pem(struct arena *arena, const char *path, const char **out, struct err *e)
{
	struct bytes pem;
	*out = NULL;
	if (path == NULL)
		return true;
	if (!file_read(arena, path, PEM_MAX, &pem, e))
		return false;
	*out = arena_copy(arena, pem.at, pem.len);
	return true;
}

static bool start(struct http_server *s, struct err *e)
{
	owned_arena arena = {0};
	struct http_options *o = &s->options;
	const char *certificate, *key;
	if ((o->certificate == NULL) != (o->key == NULL))
		return err_usage(e, "TLS takes a certificate and its key");
	if (!read_pem(&arena, o->certificate, &certificate, e) ||
	    !read_pem(&arena, o->key, &key, e))
		return false;
	int fd = o->socket;
	if (fd == 0)
		fd = http_listen(o->listen, s->address, sizeof s->address, e);
	if (fd < 0)
		return false;
	http_end_half_open(fd, o->idle_seconds);
	s->mhd = start_daemon(s, fd, certificate, key);
	if (s->mhd == NULL) {
		close(fd);
		return certificate != NULL
		           ? err_input(e, "http.certificate",
		                       "%s and %s are no certificate and its key, in PEM",
		                       o->certificate, o->key)
		           : err_environment(e, "the HTTP library cannot start");
	}
	return pthread_create(&s->watchdog, NULL, http_watch_deadlines, s) == 0 ||
	       err_environment(e, "cannot start a thread");
}

struct http_server *http_start(const struct http_route routes[], const struct http_options *options,
                               struct err *e)
{
	struct http_server *s = calloc(1, sizeof *s);
	if (s == NULL) {
		err_environment(e, "out of memory");
		return NULL;
	}
	s->routes = routes;
	s->options = *options;
	set_defaults(&s->options);
	raise_files(&s->options);
	pthread_mutex_init(&s->lock, NULL);
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_init(&s->stripes[i], NULL);
	snprintf(s->address, sizeof s->address, "%s",
	         options->listen != NULL ? options->listen : "socket");
	if (start(s, e))
		return s;
	if (s->mhd != NULL)
		MHD_stop_daemon(s->mhd);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return NULL;
}

const char *http_address(const struct http_server *s)
{
	return s->address;
}

struct http_counts http_counts(struct http_server *s)
{
	return (struct http_counts){
	    .connections = atomic_load(&s->opened),
	    .open = atomic_load(&s->open),
	    .cut = atomic_load(&s->cut),
	    .requests = atomic_load(&s->requests),
	    .in_work = atomic_load(&s->in_work),
	    .streams = atomic_load(&s->streams),
	    .body_bytes = atomic_load(&s->bodies),
	};
}

/*
 * A request may be on its way on a connection that is open and says nothing: it is waited for a
 * little, and told to come again on another connection. Whoever was cut here would not know
 * whether he was heard.
 */
static void wait_for_answers(struct http_server *s, unsigned grace_seconds)
{
	uint64_t from = http_microseconds(), most = (uint64_t)grace_seconds * 1000000;
	for (uint64_t waited = 0; waited < most; waited = http_microseconds() - from) {
		bool works = atomic_load(&s->in_work) > 0, is_open = atomic_load(&s->open) > 0;
		if (!works && waited > (is_open ? LINGER_MICROSECONDS : SETTLE_MICROSECONDS))
			return;
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
}

void http_stop(struct http_server *s, unsigned grace_seconds)
{
	int fd = MHD_quiesce_daemon(s->mhd);
	atomic_store(&s->is_stopping, true);
	http_wake_streams(s);
	wait_for_answers(s, grace_seconds);
	atomic_store(&s->is_over, true);
	pthread_join(s->watchdog, NULL);
	/* A suspended connection must not be there any more; see the grace of those who answer. */
	MHD_stop_daemon(s->mhd);
	if (fd >= 0)
		close(fd);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

bool http_serve(const struct http_route routes[], const struct http_options *options, struct err *e)
{
	sigset_t ends, before;
	int which;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	/* Before the threads are made, so that they have it blocked too. */
	pthread_sigmask(SIG_BLOCK, &ends, &before);
	struct http_server *s = http_start(routes, options, e);
	if (s != NULL) {
		if (options->listening != NULL)
			options->listening(options->ctx, http_address(s));
		sigwait(&ends, &which);
		if (options->stopping != NULL)
			options->stopping(options->ctx);
		http_stop(s, GRACE_SECONDS);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return s != NULL;
}
