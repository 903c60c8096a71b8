/* What the files of the service share; nobody else includes it. */
#ifndef PROVISO_SERVER_PARTS_H
#define PROVISO_SERVER_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "authority/authority.h"
#include "authority/query.h"
#include "forms.h"
#include "hooks.h"
#include "nonces.h"
#include "rates.h"
#include "service.h"
#include "session.h"

/* --- Readers: open homes, each used by one thread at a time --------------------------------- */

struct readers;

struct readers *readers_new(const char *home, unsigned most, struct err *);
void readers_free(struct readers *);

/* Waits for a free one; in a read transaction. NULL after filling the error. */
struct authority *reader_take(struct readers *, struct err *);
void reader_give(struct readers *, struct authority *);

/* --- The hub: who watches what --------------------------------------------------------------- */

struct hub;

/* `size`: entries on the log when it starts. */
struct hub *hub_new(uint64_t size, unsigned beat_seconds);
void hub_free(struct hub *); /* after the last watch has closed */

/*
 * Answers with server-sent events for a system. `since`: entries that the client knows of;
 * what touched the system after them is told at once.
 */
void hub_watch(struct hub *, const struct system_info *, uint64_t since, struct http_request *,
               struct http_response *);

/* By the writer and the looker: entry `index` with this record touched somebody. */
void hub_touch(struct hub *, const struct touched *, const struct hash *record, uint64_t index);

/* Server-sent events for whoever looks at all of it: whenever there are records or leases more. */
void hub_watch_all(struct hub *, uint64_t since, struct http_request *, struct http_response *);

/* By them too, once a round: there are records, or leases alone, more. */
void hub_news(struct hub *, bool records, uint64_t size);

/* Other numbers whenever records, or anything, has come. */
struct hub_version {
	uint64_t records, all;
};
struct hub_version hub_version(const struct hub *);

/*
 * Tells the hub of what comes on the log from here on through other processes: commands, and other
 * services at this home. The hub must outlive it.
 */
struct looker;
struct looker *looker_new(const char *home, struct hub *, uint64_t from, struct err *);
void looker_free(struct looker *);

struct hub_counts {
	uint64_t watches, events;
};
struct hub_counts hub_counts(struct hub *);

/* --- The writer ------------------------------------------------------------------------------ */

struct writer;

/* Of one request; in the arena of its exchange. */
struct job {
	struct job *next;
	bool is_renewal;
	struct bytes message; /* the record or the request for a lease */
	struct accepted accepted;
	struct bytes reply; /* in the exchange's arena */
	struct err err;     /* kind ERR_NONE: it went well */
	struct arena *arena;
	struct service *service;
	struct hash kid; /* who signed it, as it says */
	struct http_exchange *exchange;
};

struct writer_counts {
	uint64_t rounds, failed_rounds, records, known, refused_records, leases, refused_requests;
	uint64_t waiting, most_in_round, round_microseconds;
	bool is_well;                 /* the last round was written */
	uint64_t witnesses, cosigned; /* of the policy; of those, who answered last */
	int64_t quorum_time;          /* when a quorum answered last; 0: never */
	bool is_witnessed;            /* a quorum answered last, or none is asked for */
};

/* `cosign_seconds`: so often a log is cosigned anew, where the home has a policy. */
struct writer *writer_new(const char *home, struct hub *, unsigned queue, unsigned cosign_seconds,
                          struct err *);
void writer_free(struct writer *); /* finishes what waits */

/* False when too many wait. Else http_ready() of the exchange follows. */
bool writer_take(struct writer *, struct job *);

struct writer_counts writer_counts(struct writer *);

/* --- The service ------------------------------------------------------------------------------ */

enum { ROUTES_MAX = 192 };

struct metrics;
struct papers;

struct service {
	struct service_options options;
	struct readers *readers;
	struct hub *hub;
	struct looker *looker;
	struct writer *writer;
	struct authority signer; /* of receipts; under `signing` */
	pthread_mutex_t signing;
	bool signs;
	struct press *press; /* sets documents */
	struct metrics *metrics;
	struct forms *forms;   /* NULL: does not screen */
	struct nonces *nonces; /* of signed requests */
	struct signins *signins;
	pthread_mutex_t inviting, routing;
	json_t *demo;                      /* software passkeys, each an object; NULL: none */
	struct hooks *hooks;               /* NULL: nobody follows */
	struct papers *papers;             /* of the office's cases: see casework/asked.h */
	struct rates *by_address, *by_key; /* NULL: no limit */
	struct rates *by_inbox;            /* messages of one address prefix; NULL: no limit */
	struct http_server *http;          /* NULL: not served yet */
	struct console *console;           /* NULL: no pages */
	struct overview *overview;         /* what its page has counted */
	struct page_route *page_routes;
	struct statics *statics;
	struct http_route routes[ROUTES_MAX + 1];
	size_t route_count;
};

/* Each adds its routes. */
void records_routes(struct service *);
void document_routes(struct service *);
void state_routes(struct service *);
void log_routes(struct service *);
void evidence_routes(struct service *);
void cases_routes(struct service *);
void routing_routes(struct service *);
void inbox_routes(struct service *);
void what_if_routes(struct service *); /* before state_routes(): /v1/measures/what-if is no id */
void health_routes(struct service *);
/* The console of this folder. Errors: those of console.h. */
bool pages_routes(struct service *, const char *dir, struct err *);
void pages_close(struct service *);
/* What is in this folder as it is, below /console/; and /preferences. Errors: environment. */
bool static_routes(struct service *, const char *folder, struct err *);
void static_close(struct statics *);             /* NULL: nothing */
struct overview *overview_new(struct service *); /* NULL: no memory */
void overview_free(struct overview *);           /* before the readers; NULL: nothing */
void session_routes(struct service *);
void people_routes(struct service *);
void invitations_routes(struct service *);
void demo_routes(struct service *);
void statements_routes(struct service *);

void service_route(struct service *, struct http_route);

/* Takes a reader, calls `read` with it, gives it back; a false answer becomes the problem. */
void service_read(struct service *, struct http_request *, struct http_response *,
                  bool (*read)(struct authority *, struct http_request *, struct http_response *,
                               struct err *));

/*
 * Who asks: by a request that is signed (signature.h), or by a session (session.h); then what
 * changes something must come from a page of the passkey's own origin. A key of this log, that has
 * not ended. Errors: those of both; refused signature.unknown-key, signature.key-ended,
 * signature.passkey (a passkey signs no requests), signature.replayed, session.key-ended.
 */
bool service_person(struct service *, struct authority *, struct http_request *, struct key_info *,
                    struct err *);

/* Whether the request is signed, or carries a session that lives: else whoever asks is the public.
 */
bool service_is_person(struct service *, const struct http_request *);

/* What somebody asks who is known by a session or a signature; confidential. */
typedef bool person_handler(struct service *, struct authority *, struct http_request *,
                            const struct key_info *, struct http_response *, struct err *);
void cases_answer(struct service *, struct http_request *, struct http_response *,
                  person_handler *);
#define CASES_SERVE(name, function)                                                                \
	static void name(void *ctx, struct http_request *q, struct http_response *r)               \
	{                                                                                          \
		cases_answer(ctx, q, r, function);                                                 \
	}

/* Whether how the office works is his to see. Errors: refused case.not-entitled. */
bool cases_office(const struct key_info *, struct err *);

/* Whether the key may still speak; else refused, `rule`. */
bool service_key_lives(const struct key_info *, const char *rule, struct err *);

/* Whether the client accepts this media type by name. */
bool wants(const struct http_request *, const char *type);

/* A line of the log: a JSON object, released; time and event are put in front. */
void service_log(const char *event, json_t *);

/* Of the monotonic clock. */
uint64_t service_microseconds(void);

/* 429: this key, or those at this address, ask too often. */
void service_too_often(struct http_request *, struct http_response *, const char *who);

/* Reads a file of software passkeys. Errors: bad input demo.passkeys; environment. */
json_t *demo_read(const char *path, struct err *);

/* Counts of requests and their durations. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *);
/* `which`: the place of the route in the table, from 1; 0: none fitted. */
void metrics_count(struct metrics *, const struct http_route *, size_t which, unsigned status,
                   uint64_t microseconds);
void metrics_text(struct metrics *, struct buffer *);

#endif
