/* What the files of http share; nobody else includes it. */
#ifndef PROVISO_SERVER_HTTP_PARTS_H
#define PROVISO_SERVER_HTTP_PARTS_H

#include <microhttpd.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "http.h"

/*
 * Decodes %XX. With `plus`, "+" is a space (queries). NULL: not well formed, a NUL, or not
 * UTF-8.
 */
const char *http_unescape(struct arena *, const char *at, size_t len, bool plus);

/* Splits the target: path and query of the request. Bad input: http.target. */
bool http_parse_target(struct http_request *, struct err *);

/*
 * The route for a request whose head is there, or NULL after filling the response (404, 405
 * with Allow, 413, 415). `length` is of the body as announced; 0 when it is not.
 */
const struct http_route *http_route_find(const struct http_route[], struct http_request *,
                                         struct http_response *, uint64_t length);

/* 304 where the client has it, gzip where it may and pays. */
void http_finish(struct http_request *, struct http_response *);

/*
 * Connections that come in at this socket end when the other side has not been there for so long:
 * a peer that lost its network says no goodbye, and would stay in the books for a quarter of an
 * hour and more. No effect on sockets that are no TCP.
 */
void http_end_half_open(int fd, unsigned seconds);

/* --- The server: http_start.c sets it up, http.c is what it does ----------------------------- */

enum { STRIPES = 64 };

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

uint64_t http_microseconds(void); /* of the monotonic clock */

/* What the library calls; `ctx` is the server. */
void http_connection_changed(void *ctx, struct MHD_Connection *, void **slot,
                             enum MHD_ConnectionNotificationCode);
void *http_exchange_begin(void *ctx, const char *target, struct MHD_Connection *);
enum MHD_Result http_exchange_go_on(void *ctx, struct MHD_Connection *, const char *url,
                                    const char *method, const char *version, const char *data,
                                    size_t *len, void **slot);
void http_exchange_end(void *ctx, struct MHD_Connection *, void **slot,
                       enum MHD_RequestTerminationCode);

void *http_watch_deadlines(void *server); /* a thread, until the server is over */
void http_wake_streams(struct http_server *);

#endif
