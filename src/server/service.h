/*
 * service: the authority as an HTTP service (provisod). Routes under /v1, the log's tiles
 * under /log, health and metrics. doc/api.md and openapi.json are what it promises.
 *
 * One thread writes (writer.c): whatever waits on all connections is committed together.
 * Reads have a few handles of their own. Watches wait in the hub (watch.c) and are woken by
 * the writer.
 */
#ifndef PROVISO_SERVER_SERVICE_H
#define PROVISO_SERVER_SERVICE_H

#include "http.h"

struct service;

struct service_options {
	const char *home;
	unsigned readers;        /* 4 */
	unsigned queue;          /* records and requests that may wait: 4096 */
	unsigned beat_seconds;   /* a watch hears something at least so often: 15 */
	unsigned rate_address;   /* requests a second of one address prefix; 0: no limit */
	unsigned rate_key;       /* well signed messages a second of one key; 0: no limit */
	unsigned cosign_seconds; /* a quiet log is cosigned anew so often: 60 */
	unsigned session_idle_seconds,
	    session_seconds; /* 900; 28800: whoever signed in does so again */
	unsigned log_from;   /* statuses from here on are logged; 0: none */
	/* A file of software passkeys that anybody is given; NULL: none. The caller sees to it that
	 * only this machine can ask. */
	const char *demo_passkeys;
	bool screens;        /* by the lists of the home, in the forms of forms.h */
	const char *url;     /* where clients find it, for codes on documents; NULL: nowhere */
	const char *console; /* the folder that tools/console made; NULL: no pages */
	const char *version; /* told to clients */
	/* As in hooks.h; webhooks NULL: none. */
	const char *webhooks, *webhook_key, *webhook_authorities;
	unsigned webhook_retry_seconds; /* 5 */
};

struct service *service_open(const struct service_options *, struct err *);

/* Its table, as long as it is open. */
const struct http_route *service_routes(struct service *);

/* For http_options: counts and logs each request; the service is their ctx. */
void service_done(void *ctx, const struct http_done *);

/* For http_options: refuses who asks too often. */
bool service_admit(void *ctx, struct http_request *, struct http_response *);

/*
 * It is served from here on, by this server (of which the metrics tell), and tells its followers;
 * with NULL no more.
 */
bool service_serves(struct service *, struct http_server *, struct err *);

/* After http_stop(). What was taken in is finished first. */
void service_close(struct service *);

#endif
