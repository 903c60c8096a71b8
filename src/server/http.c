/*
 * Connections and their deadlines, exchanges, streams, as libmicrohttpd tells of them.
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
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { STREAM_BLOCK = 1024 };

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

uint64_t http_microseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int64_t seconds(void)
{
	return (int64_t)(http_microseconds() / 1000000);
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

void http_connection_changed(void *ctx, struct MHD_Connection *mhd, void **slot,
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
void *http_watch_deadlines(void *ctx)
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

void http_wake_streams(struct http_server *s)
{
	pthread_mutex_lock(&s->lock);
	for (struct http_exchange *x = s->streaming; x != NULL; x = x->after)
		http_wake(x);
	pthread_mutex_unlock(&s->lock);
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
void *http_exchange_begin(void *ctx, const char *target, struct MHD_Connection *mhd)
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
	x->began = http_microseconds();
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

void http_exchange_end(void *ctx, struct MHD_Connection *mhd, void **slot,
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
	struct http_done done = {&x->request, &x->response, x->route,
	                         http_microseconds() - x->began};
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

enum MHD_Result http_exchange_go_on(void *ctx, struct MHD_Connection *mhd, const char *url,
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
