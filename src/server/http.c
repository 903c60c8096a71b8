/*
 * The server around libmicrohttpd: connections and their deadlines, exchanges, streams.
 *
 * An exchange belongs to the library's thread of its connection, but while it is suspended:
 * for an answer that comes later, or a stream with nothing to say. `lock` guards the three
 * flags of that; whoever resumes does it under the lock, once.
 */
#include "http_parts.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

enum {
	STRIPES = 64,
	STREAM_BLOCK = 1024,
	SPARE_FILES = 128,
	GRACE_SECONDS = 10,
	SETTLE_MICROSECONDS = 20000, /* what is being accepted becomes a connection */
	LINGER_MICROSECONDS = 1000000,
	PEM_MAX = 1 << 20
};

struct connection {
	int fd;
	int64_t deadline; /* on the monotonic clock; 0: none */
	struct connection *before, *after;
	char peer[INET6_ADDRSTRLEN];
};

struct http_exchange {
	struct http_server *server;
	struct MHD_Connection *mhd;
	struct connection *connection;
	struct arena arena;
	struct http_request request;
	struct http_response response;
	const struct http_route *route;
	uint8_t *body;
	size_t body_room;
	bool has_head, is_handled, is_too_large;
	bool is_suspended, is_ready, is_woken, is_streaming;
	uint64_t began;
	struct http_exchange *before, *after; /* of those with a stream */
};

struct http_server {
	const struct http_route *routes;
	struct http_options options;
	struct MHD_Daemon *mhd;
	char address[NI_MAXHOST + 8];
	pthread_t watchdog;
	atomic_bool is_stopping, is_over;
	pthread_mutex_t lock;             /* of the two lists */
	pthread_mutex_t stripes[STRIPES]; /* of exchanges, by their address */
	struct connection *connections;
	struct http_exchange *streaming;
	atomic_uint_least64_t opened, open, cut, requests, in_work, streams, bodies;
};

static uint64_t microseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int64_t seconds(void)
{
	return (int64_t)(microseconds() / 1000000);
}

/* --- Connections and their deadlines --------------------------------------------------- */

static void name_peer(struct connection *c, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *at = info != NULL ? info->client_addr : NULL;
	socklen_t len = at == NULL                  ? 0
	                : at->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
	                                            : sizeof(struct sockaddr_in);
	if (at == NULL || (at->sa_family != AF_INET && at->sa_family != AF_INET6) ||
	    getnameinfo(at, len, c->peer, sizeof c->peer, NULL, 0, NI_NUMERICHOST) != 0)
		strcpy(c->peer, "unix");
}

static void opened(struct http_server *s, struct MHD_Connection *mhd, void **slot)
{
	struct connection *c = calloc(1, sizeof *c);
	const union MHD_ConnectionInfo *fd =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	*slot = c;
	if (c == NULL)
		return;
	c->fd = fd->connect_fd;
	c->deadline = seconds() + s->options.head_seconds;
	name_peer(c, mhd);
	atomic_fetch_add(&s->opened, 1);
	atomic_fetch_add(&s->open, 1);
	pthread_mutex_lock(&s->lock);
	c->after = s->connections;
	if (c->after != NULL)
		c->after->before = c;
	s->connections = c;
	pthread_mutex_unlock(&s->lock);
}

static void closed(struct http_server *s, struct connection *c)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	if (c->before != NULL)
		c->before->after = c->after;
	else
		s->connections = c->after;
	if (c->after != NULL)
		c->after->before = c->before;
	pthread_mutex_unlock(&s->lock);
	atomic_fetch_sub(&s->open, 1);
	free(c);
}

static void connection_changed(void *ctx, struct MHD_Connection *mhd, void **slot,
                               enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		opened(ctx, mhd, slot);
	else
		closed(ctx, *slot);
}

static void set_deadline(struct http_exchange *x, unsigned in_seconds)
{
	pthread_mutex_lock(&x->server->lock);
	x->connection->deadline = in_seconds == 0 ? 0 : seconds() + in_seconds;
	pthread_mutex_unlock(&x->server->lock);
}

/*
 * Cuts what takes too long: the library knows idle connections only, and who sends a byte
 * now and then is never idle. A connection leaves the list before its socket is closed, so
 * that no other's is cut.
 */
static void *watch_deadlines(void *ctx)
{
	struct http_server *s = ctx;
	while (!atomic_load(&s->is_over)) {
		int64_t now = seconds();
		pthread_mutex_lock(&s->lock);
		for (struct connection *c = s->connections; c != NULL; c = c->after) {
			if (c->deadline == 0 || c->deadline > now)
				continue;
			c->deadline = 0;
			shutdown(c->fd, SHUT_RDWR);
			atomic_fetch_add(&s->cut, 1);
		}
		pthread_mutex_unlock(&s->lock);
		nanosleep(&(struct timespec){.tv_nsec = 250000000}, NULL);
	}
	return NULL;
}

/* --- Waking ------------------------------------------------------------------------------ */

/*
 * Locks an exchange. The lock is not the exchange's own: as soon as it is resumed it may be
 * answered and gone, before the one who resumed it has let go.
 */
static pthread_mutex_t *lock_of(struct http_exchange *x)
{
	pthread_mutex_t *lock = &x->server->stripes[((uintptr_t)x >> 6) % STRIPES];
	pthread_mutex_lock(lock);
	return lock;
}

static void resume(struct http_exchange *x)
{
	if (x->is_suspended) {
		x->is_suspended = false;
		MHD_resume_connection(x->mhd);
	}
}

/* True when the exchange was suspended; false: what it waits for has come already. */
static bool suspend_unless(struct http_exchange *x, bool *come)
{
	pthread_mutex_t *lock = lock_of(x);
	bool wait = !*come;
	*come = false;
	if (wait) {
		x->is_suspended = true;
		MHD_suspend_connection(x->mhd);
	}
	pthread_mutex_unlock(lock);
	return wait;
}

void http_later(struct http_request *q, struct http_response *r, http_handler *then, void *ctx)
{
	(void)q;
	r->is_later = true;
	r->then = then;
	r->then_ctx = ctx;
}

void http_ready(struct http_exchange *x)
{
	if (x == NULL)
		return;
	pthread_mutex_t *lock = lock_of(x);
	x->is_ready = true;
	resume(x);
	pthread_mutex_unlock(lock);
}

void http_wake(struct http_exchange *x)
{
	if (x == NULL)
		return;
	pthread_mutex_t *lock = lock_of(x);
	x->is_woken = true;
	resume(x);
	pthread_mutex_unlock(lock);
}

/* --- Streams ----------------------------------------------------------------------------- */

static void stream_begins(struct http_exchange *x)
{
	struct http_server *s = x->server;
	x->is_streaming = true;
	atomic_fetch_add(&s->streams, 1);
	pthread_mutex_lock(&s->lock);
	x->connection->deadline = 0;
	x->after = s->streaming;
	if (x->after != NULL)
		x->after->before = x;
	s->streaming = x;
	pthread_mutex_unlock(&s->lock);
}

static void stream_ends(struct http_exchange *x)
{
	struct http_server *s = x->server;
	pthread_mutex_lock(&s->lock);
	if (x->before != NULL)
		x->before->after = x->after;
	else
		s->streaming = x->after;
	if (x->after != NULL)
		x->after->before = x->before;
	pthread_mutex_unlock(&s->lock);
	atomic_fetch_sub(&s->streams, 1);
	if (x->response.stream.close != NULL)
		x->response.stream.close(x->response.stream.ctx);
}

static ssize_t read_stream(void *ctx, uint64_t at, char *out, size_t room)
{
	struct http_exchange *x = ctx;
	(void)at;
	for (;;) {
		if (atomic_load(&x->server->is_stopping))
			return MHD_CONTENT_READER_END_OF_STREAM;
		ptrdiff_t given = x->response.stream.next(x->response.stream.ctx, out, room);
		if (given != 0)
			return given < 0 ? MHD_CONTENT_READER_END_OF_STREAM : given;
		if (suspend_unless(x, &x->is_woken))
			return 0;
	}
}

/* --- Answers ------------------------------------------------------------------------------ */

/* The file of a response, or a problem in its place. */
static struct MHD_Response *file_response(struct http_exchange *x)
{
	struct http_response *r = &x->response;
	struct http_request *q = &x->request;
	struct stat st;
	int fd = open(r->file, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		const char *if_none = http_header(q, "If-None-Match");
		if (r->etag == NULL)
			r->etag = arena_printf(&x->arena, "\"%llx-%lx-%llx\"",
			                       (unsigned long long)st.st_mtim.tv_sec,
			                       st.st_mtim.tv_nsec, (unsigned long long)st.st_size);
		if (if_none == NULL || strstr(if_none, r->etag) == NULL)
			return MHD_create_response_from_fd64((uint64_t)st.st_size, fd);
		close(fd);
		r->status = 304;
		return MHD_create_response_from_buffer(0, (void *)(uintptr_t) "",
		                                       MHD_RESPMEM_PERSISTENT);
	}
	bool is_missing = fd >= 0 || errno == ENOENT || errno == ENOTDIR;
	if (fd >= 0)
		close(fd);
	r->header_count = 0;
	http_problem_status(
	    q, r, is_missing ? 404 : 503, is_missing ? "http.no-such-file" : "http.environment",
	    is_missing ? "there is no such file" : "the service cannot read it now");
	return NULL;
}

static struct MHD_Response *make_response(struct http_exchange *x)
{
	struct http_response *r = &x->response;
	struct MHD_Response *out = NULL;
	if (r->stream.next != NULL) {
		stream_begins(x);
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK,
		                                         read_stream, x, NULL);
	}
	if (r->file != NULL)
		out = file_response(x);
	if (out == NULL)
		out = MHD_create_response_from_buffer(r->body.len, (void *)(uintptr_t)r->body.at,
		                                      MHD_RESPMEM_PERSISTENT);
	return out;
}

static enum MHD_Result answer(struct http_exchange *x)
{
	struct http_response *r = &x->response;
	struct MHD_Response *out = make_response(x);
	if (out == NULL)
		return MHD_NO;
	if (r->content_type != NULL)
		MHD_add_response_header(out, "Content-Type", r->content_type);
	if (r->etag != NULL)
		MHD_add_response_header(out, "ETag", r->etag);
	MHD_add_response_header(out, "X-Content-Type-Options", "nosniff");
	if (atomic_load(&x->server->is_stopping)) /* the next request is another process's */
		MHD_add_response_header(out, "Connection", "close");
	for (size_t i = 0; i < r->header_count; i++)
		MHD_add_response_header(out, r->headers[i].name, r->headers[i].value);
	enum MHD_Result queued = MHD_queue_response(x->mhd, r->status, out);
	MHD_destroy_response(out);
	return queued;
}

/* --- Exchanges ---------------------------------------------------------------------------- */

/* The library's first word on a request: its target, as it came. */
static void *exchange_begin(void *ctx, const char *target, struct MHD_Connection *mhd)
{
	struct http_server *s = ctx;
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct http_exchange *x = info->socket_context == NULL ? NULL : calloc(1, sizeof *x);
	if (x == NULL)
		return NULL;
	x->server = s;
	x->mhd = mhd;
	x->connection = info->socket_context;
	x->began = microseconds();
	x->request = (struct http_request){
	    .arena = &x->arena,
	    .target = arena_copy(&x->arena, target, strlen(target)),
	    .peer = x->connection->peer,
	    .is_tls = s->options.certificate != NULL,
	    .exchange = x,
	};
	atomic_fetch_add(&s->requests, 1);
	atomic_fetch_add(&s->in_work, 1);
	return x;
}

static void exchange_end(void *ctx, struct MHD_Connection *mhd, void **slot,
                         enum MHD_RequestTerminationCode code)
{
	struct http_server *s = ctx;
	struct http_exchange *x = *slot;
	(void)mhd;
	(void)code;
	*slot = NULL;
	if (x == NULL)
		return;
	if (x->is_streaming)
		stream_ends(x);
	struct http_done done = {&x->request, &x->response, x->route, microseconds() - x->began};
	if (s->options.done != NULL && x->has_head)
		s->options.done(s->options.ctx, &done);
	set_deadline(x, s->options.idle_seconds);
	atomic_fetch_sub(&s->bodies, x->body_room);
	atomic_fetch_sub(&s->in_work, 1);
	pthread_mutex_unlock(lock_of(x)); /* whoever resumed it has let go */
	free(x->body);
	arena_free(&x->arena);
	free(x);
}

struct fields {
	struct http_exchange *x;
	struct http_field *at;
	size_t count;
};

static enum MHD_Result take_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
	struct fields *f = ctx;
	(void)kind;
	if (f->at != NULL)
		f->at[f->count] = (struct http_field){
		    arena_copy(&f->x->arena, name, strlen(name)),
		    value != NULL ? arena_copy(&f->x->arena, value, strlen(value)) : ""};
	f->count++;
	return MHD_YES;
}

static void take_headers(struct http_exchange *x)
{
	struct fields f = {.x = x};
	MHD_get_connection_values(x->mhd, MHD_HEADER_KIND, take_header, &f);
	f.at = arena_array(&x->arena, f.count, sizeof *f.at);
	f.count = 0;
	MHD_get_connection_values(x->mhd, MHD_HEADER_KIND, take_header, &f);
	x->request.headers = f.at;
	x->request.header_count = f.count;
}

static bool method_of(const char *name, struct http_request *q)
{
	static const char *const names[] = {
	    [HTTP_GET] = "GET", [HTTP_POST] = "POST", [HTTP_PUT] = "PUT", [HTTP_DELETE] = "DELETE"};
	q->is_head = strcmp(name, "HEAD") == 0;
	q->method = HTTP_GET;
	for (size_t m = HTTP_GET; m <= HTTP_DELETE && !q->is_head; m++)
		if (strcmp(name, names[m]) == 0) {
			q->method = (enum http_method)m;
			return true;
		}
	return q->is_head;
}

/* Everything that can be said before the body comes. */
static bool judge_head(struct http_exchange *x, const char *method)
{
	struct http_request *q = &x->request;
	struct http_options *o = &x->server->options;
	struct err e = {0};
	uint64_t length = 0;
	const char *announced;
	take_headers(x);
	if (!method_of(method, q)) {
		http_problem_status(q, &x->response, 405, "http.method",
		                    "no such method is known here");
		http_add_header(&x->response, "Allow", "GET, HEAD, POST, PUT, DELETE");
		return false;
	}
	announced = http_header(q, "Content-Length");
	if (!http_parse_target(q, &e) ||
	    (announced != NULL && !decimal_parse(bytes_text(announced), &length) &&
	     !err_input(&e, "http.length", "the length of the body is no number"))) {
		http_problem(q, &x->response, &e);
		return false;
	}
	x->route = http_route_find(x->server->routes, q, &x->response, length);
	if (x->route == NULL)
		return false;
	return o->admit == NULL || o->admit(o->ctx, q, &x->response);
}

/* Room for more of the body, within what the route and all bodies together may have. */
static bool body_room(struct http_exchange *x, size_t more)
{
	struct http_server *s = x->server;
	size_t need = x->request.body.len + more, room = x->body_room < 4096 ? 4096 : x->body_room;
	if (need <= x->body_room)
		return true;
	while (room < need)
		room *= 2;
	if (atomic_fetch_add(&s->bodies, room - x->body_room) + room - x->body_room >
	    s->options.bodies) {
		atomic_fetch_sub(&s->bodies, room - x->body_room);
		return false;
	}
	uint8_t *at = realloc(x->body, room);
	if (at == NULL) {
		atomic_fetch_sub(&s->bodies, room - x->body_room);
		return false;
	}
	x->body = at;
	x->body_room = room;
	return true;
}

/* More of the body. One that is too large is read on a little, so that the answer is heard. */
static enum MHD_Result take_body(struct http_exchange *x, const char *at, size_t *len)
{
	struct bytes *body = &x->request.body;
	if (body->len + *len > x->route->body_max || x->is_too_large) {
		x->is_too_large = true;
		body->len += *len;
		if (body->len > 2 * x->route->body_max + HTTP_HEAD_MAX)
			return MHD_NO;
	} else if (body_room(x, *len)) {
		memcpy(x->body + body->len, at, *len);
		*body = bytes_of(x->body, body->len + *len);
	} else {
		return MHD_NO;
	}
	*len = 0;
	return MHD_YES;
}

static enum MHD_Result complete(struct http_exchange *x)
{
	if (x->response.is_later && x->response.then != NULL)
		x->response.then(x->response.then_ctx, &x->request, &x->response);
	http_finish(&x->request, &x->response);
	return answer(x);
}

static enum MHD_Result handle(struct http_exchange *x)
{
	struct http_request *q = &x->request;
	struct http_response *r = &x->response;
	x->is_handled = true;
	if (x->is_too_large)
		http_problem_status(q, r, 413, "http.body-too-large",
		                    arena_printf(&x->arena, "the body has more than %zu bytes",
		                                 x->route->body_max));
	else
		x->route->handle(x->route->ctx, q, r);
	return r->is_later && suspend_unless(x, &x->is_ready) ? MHD_YES : complete(x);
}

static enum MHD_Result access_handler(void *ctx, struct MHD_Connection *mhd, const char *url,
                                      const char *method, const char *version, const char *data,
                                      size_t *len, void **slot)
{
	struct http_exchange *x = *slot;
	(void)ctx, (void)mhd, (void)url, (void)version;
	if (x == NULL)
		return MHD_NO;
	if (x->is_handled) /* suspended, and now resumed */
		return complete(x);
	if (!x->has_head) {
		x->has_head = true;
		set_deadline(x, x->server->options.total_seconds);
		if (judge_head(x, method))
			return MHD_YES;
		return answer(x);
	}
	return *len > 0 ? take_body(x, data, len) : handle(x);
}

/* --- Starting and stopping ------------------------------------------------------------------ */

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
	    flags, 0, NULL, NULL, access_handler, s, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_LIMIT, o->connections, MHD_OPTION_CONNECTION_TIMEOUT,
	    o->idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_HEAD_MAX,
	    MHD_OPTION_NOTIFY_CONNECTION, connection_changed, s, MHD_OPTION_NOTIFY_COMPLETED,
	    exchange_end, s, MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, s,
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
	return pthread_create(&s->watchdog, NULL, watch_deadlines, s) == 0 ||
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
	uint64_t from = microseconds(), most = (uint64_t)grace_seconds * 1000000;
	for (uint64_t waited = 0; waited < most; waited = microseconds() - from) {
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
	pthread_mutex_lock(&s->lock);
	for (struct http_exchange *x = s->streaming; x != NULL; x = x->after)
		http_wake(x);
	pthread_mutex_unlock(&s->lock);
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
