/* What the files of http share; nobody else includes it. */
#ifndef PROVISO_SERVER_HTTP_PARTS_H
#define PROVISO_SERVER_HTTP_PARTS_H

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

#endif
