/*
 * http: a small server of a table of routes. Everything that listens uses it: provisod, a
 * witness, the screening forms.
 *
 * A handler is a plain function from a request to a response, so that it can be tested
 * without a socket (http_dispatch). It runs in one of a few threads and must not wait: where
 * an answer takes another thread, it calls http_later(), and that thread http_ready().
 * Errors are RFC 9457 problem details with the rule's name. Bounded: bodies by the route and
 * together, heads, connections, and the time each may take (RFC 9110, RFC 9112).
 *
 *     static void show(void *ctx, struct http_request *q, struct http_response *r)
 *     {
 *             const char *id = http_parameter(q, "id");
 *             ...
 *             http_json(q, r, 200, answer);
 *     }
 *     static const struct http_route routes[] = {
 *             {HTTP_GET, "/v1/things/{id}", show},
 *             {0},
 *     };
 *     return http_serve(routes, &(struct http_options){.listen = "127.0.0.1:8080"}, &err);
 */
#ifndef PROVISO_SERVER_HTTP_H
#define PROVISO_SERVER_HTTP_H

#include <jansson.h>
#include <signal.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/hash.h"

enum http_method { HTTP_GET = 1, HTTP_POST, HTTP_PUT, HTTP_DELETE };

enum {
	HTTP_PARAMETERS = 4,
	HTTP_HEADERS_OUT = 12,
	HTTP_HEAD_MAX = 8192, /* bytes of a request line and its headers */
	HTTP_PAGE_MAX = 1000, /* elements of a page */
};

struct http_field {
	const char *name, *value;
};

struct http_exchange;

struct http_request {
	struct arena *arena; /* of the exchange: gone when it is answered */
	enum http_method method;
	bool is_head;       /* asked by HEAD: handled as GET, answered without a body */
	const char *target; /* as it came: path and query */
	const char *path;   /* decoded, without the query */
	struct http_field parameters[HTTP_PARAMETERS]; /* what stood for {NAME} of the pattern */
	size_t parameter_count;
	const struct http_field *query, *headers; /* query decoded; names of headers as they came */
	size_t query_count, header_count;
	struct bytes body;
	const char *peer; /* address of the client, without the port; "unix" */
	bool is_tls;
	struct http_exchange *exchange; /* NULL in tests without a socket */
};

/* The first of that name, or NULL. Names of headers in any case. */
const char *http_parameter(const struct http_request *, const char *name);
const char *http_query(const struct http_request *, const char *name);
const char *http_header(const struct http_request *, const char *name);
/* False where it is not there, or there twice: then nobody knows whose is meant. */
bool http_cookie(const struct http_request *, const char *name, struct bytes *value);

/*
 * A body that has no end yet: server-sent events. `next` gives up to `room` bytes, 0 when
 * there is nothing now (http_wake() asks again), -1 at the end. `close` is called once when
 * the client is gone or the server stops; after it http_wake() may not be called. Neither
 * may wait. Both are called by the server's threads, one at a time for a stream.
 */
struct http_stream {
	ptrdiff_t (*next)(void *ctx, char *at, size_t room);
	void (*close)(void *ctx);
	void *ctx;
};

struct http_response;

typedef void http_handler(void *ctx, struct http_request *, struct http_response *);

struct http_response {
	unsigned status;
	const char *content_type;
	struct bytes body;       /* in the exchange's arena, or static */
	struct bytes compressed; /* the same by http_compress(), where that was done before */
	const char *file;        /* or the whole of this file: a path in the arena */
	const char *etag;        /* with its quotes; If-None-Match is answered by the server */
	struct http_field headers[HTTP_HEADERS_OUT];
	size_t header_count;
	struct http_stream stream; /* next != NULL: instead of a body */
	bool is_later;
	http_handler *then; /* http_later() */
	void *then_ctx;
	const char *rule; /* of the problem, for the log */
};

/*
 * `{NAME}` stands for one segment, not empty; `{NAME...}` at the end for one or more. The
 * first route that fits is taken, and one whose pattern is "" where none does. GET answers HEAD
 * as well.
 */
struct http_route {
	enum http_method method; /* 0: the end of the table */
	const char *pattern;
	http_handler *handle;
	void *ctx;
	size_t body_max;     /* bytes; 0: takes no body */
	const char *accepts; /* media types of the body, with spaces between; NULL: any */
};

/* --- Answering -------------------------------------------------------------------------- */

void http_add_header(struct http_response *, const char *name, const char *value);

/* `text` and `bytes` must live as long as the exchange (its arena, or static). */
void http_bytes(struct http_response *, unsigned status, const char *content_type, struct bytes);
void http_text(struct http_response *, unsigned status, const char *content_type, const char *text);

/* Deflated by gzip, in the arena; the body itself where that is no shorter. */
struct bytes http_compress(struct arena *, struct bytes body);

/* A name or value of a query, percent-encoded. */
void http_escape(struct buffer *, const char *text);

/*
 * A file below a folder, by a path from outside: 404 where a segment is empty, "." or "..".
 * With an ETag by time and size.
 */
void http_file(struct http_request *, struct http_response *, const char *folder, const char *path,
               const char *content_type);

/*
 * It is saved under this name (ASCII, no quotes) and not shown; and should a browser show it all
 * the same, then as a page that may do nothing and is nobody's frame or image.
 */
void http_download(struct http_request *, struct http_response *, const char *name);

/* One JSON value, released; with an ETag, the digest of its bytes. */
void http_json(struct http_request *, struct http_response *, unsigned status, json_t *);

/*
 * The problem as application/problem+json: type, title, status, detail, rule. The status
 * is that of the rule (http_status). Where the environment failed the detail stays in the log.
 */
void http_problem(struct http_request *, struct http_response *, const struct err *);
void http_problem_status(struct http_request *, struct http_response *, unsigned status,
                         const char *rule, const char *detail);

/* The same with this status, and with `field` where one of the body is at fault (or NULL). */
void http_problem_field(struct http_request *, struct http_response *, unsigned status,
                        const struct err *, const char *field);

/* 429 or 503, to be tried again after so many seconds. */
void http_again(struct http_request *, struct http_response *, unsigned status,
                unsigned after_seconds, const char *rule, const char *detail);

/*
 * A request that is not signed well: 401. Refused: 404 where there is no such thing, 403 where the
 * signer may not, 409 where it was already, else 422. Usage and bad input: 400. Environment: 503.
 */
unsigned http_status(const struct err *);

/* ?limit=N (1 to HTTP_PAGE_MAX; 100 when not given) and ?after=TEXT (NULL: the beginning). */
struct http_page {
	size_t limit;
	const char *after;
};
bool http_page(const struct http_request *, struct http_page *, struct err *);

/* {"items": [...], "next": TEXT or null}, with a Link header when there is a next page. */
void http_json_page(struct http_request *, struct http_response *, json_t *items, const char *next);

/* --- Later, from another thread ----------------------------------------------------------- */

/*
 * To be called in the handler; request and response are then another thread's, until
 * http_ready(). After it `then` makes the answer, in a thread of the server's (NULL: it is
 * made already). http_ready() may come before the handler has returned.
 */
void http_later(struct http_request *, struct http_response *, http_handler *then, void *ctx);
void http_ready(struct http_exchange *);

/* There may be more of the stream that this exchange is being answered with. */
void http_wake(struct http_exchange *);

/* --- Serving ------------------------------------------------------------------------------ */

/* Without a socket: finds the route, checks the body against it, calls the handler. */
void http_dispatch(const struct http_route routes[], struct http_request *, struct http_response *);

/* What became of a request, for logs and metrics. */
struct http_done {
	const struct http_request *request;
	const struct http_response *response;
	const struct http_route *route; /* NULL: none fitted */
	uint64_t microseconds;
};

/* Every number that is 0 takes its default, given behind it. */
struct http_options {
	const char *listen; /* "PORT" or ":PORT" (loopback), "HOST:PORT", "[::1]:PORT", "unix:PATH";
	                       port 0: any free one */
	int socket;         /* one that listens already (not 0), instead of `listen` */
	const char *certificate, *key; /* PEM files: TLS 1.3 */
	unsigned threads;              /* 2 */
	unsigned connections;          /* 10000, all threads together */
	unsigned connections_each;     /* of one address; no limit */
	unsigned head_seconds;         /* from connecting, or the first byte, to a whole head: 10 */
	unsigned idle_seconds;         /* between two requests, and without a byte: 30 */
	unsigned total_seconds;        /* from a whole head to the end of the answer: 120 */
	size_t bodies;                 /* bytes of all bodies being taken in: 64 MiB */
	/* Called before the handler, which is left out when it gives false after filling the
	 * response. */
	bool (*admit)(void *ctx, struct http_request *, struct http_response *);
	void (*done)(void *ctx, const struct http_done *);
	void *ctx;
	/* http_serve() alone: called when it listens, and before it waits for the last answers. */
	void (*listening)(void *ctx, const char *address);
	void (*stopping)(void *ctx);
};

struct http_server;

/*
 * A socket that listens, for http_options.socket: for those who give up rights between
 * listening and serving. `address` gets what to connect to. -1 after filling the error.
 */
int http_listen(const char *listen, char *address, size_t room, struct err *);

/*
 * `routes` must stay. Errors: usage http.listen (no such address), environment, input
 * http.certificate.
 */
struct http_server *http_start(const struct http_route routes[], const struct http_options *,
                               struct err *);

/* True when only programs of this machine can reach it; not of a socket file, which a proxy may. */
bool http_is_loopback(int socket);

/* As it can be connected to, e.g. "127.0.0.1:43211". */
const char *http_address(const struct http_server *);

struct http_counts {
	uint64_t connections, open, cut, requests, in_work, streams, body_bytes;
};
struct http_counts http_counts(struct http_server *);

/*
 * Takes no more connections, ends the streams, waits up to `grace_seconds` for the answers
 * under way and, of that, a second for requests that are on their way on connections that are
 * open, and closes. Those who answer later must still be at work.
 */
void http_stop(struct http_server *, unsigned grace_seconds);

/* Serves until SIGTERM or SIGINT, then stops with 10 seconds of grace. */
bool http_serve(const struct http_route routes[], const struct http_options *, struct err *);

#endif
