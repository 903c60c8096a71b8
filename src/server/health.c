/* How the service does: for supervisors, for Prometheus, for logs. */
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern const char openapi_json[];
extern const size_t openapi_json_size;

/* As screening clients expect it; a warning, or NULL, besides. */
static void healthy(struct http_request *q, struct http_response *r, const char *warning)
{
	http_json(q, r, 200, json_pack("{s:s, s:s*}", "status", "ok", "warning", warning));
	http_add_header(r, "Cache-Control", "no-store");
}

static void healthz(void *ctx, struct http_request *q, struct http_response *r)
{
	(void)ctx;
	healthy(q, r, NULL);
}

/* What is near its end although all is well: told to whoever asks, before it is no more. */
static const char *warning(struct arena *arena, const struct writer_counts *w)
{
	return w->cosigned == w->witnesses ? NULL
	                                   : arena_printf(arena, "%llu of %llu witnesses answer",
	                                                  (unsigned long long)w->cosigned,
	                                                  (unsigned long long)w->witnesses);
}

/* Ready: it reads, what it wrote last it could write, and witnesses enough cosigned it. */
static void readyz(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct authority *a = reader_take(s->readers, &e);
	struct writer_counts w = writer_counts(s->writer);
	bool ok = a != NULL && w.is_well;
	if (a != NULL)
		reader_give(s->readers, a);
	if (!ok) {
		http_again(q, r, 503, 1, "service.not-ready",
		           "the log cannot be read or written now");
		return;
	}
	if (!w.is_witnessed) {
		http_again(
		    q, r, 503, 1, "witness.quorum-missing",
		    arena_printf(q->arena,
		                 "%llu of %llu witnesses answer, which are too few: no lease "
		                 "is given, and those given end",
		                 (unsigned long long)w.cosigned, (unsigned long long)w.witnesses));
		return;
	}
	healthy(q, r, warning(q->arena, &w));
}

static void one(struct buffer *out, const char *name, const char *type, const char *help,
                double value)
{
	buffer_printf(out, "# HELP proviso_%s %s\n# TYPE proviso_%s %s\nproviso_%s %.17g\n", name,
	              help, name, type, name, value);
}

static double resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	char sizes[128] = ""; /* "ALL RESIDENT ...", in pages */
	if (f != NULL) {
		if (fgets(sizes, sizeof sizes, f) == NULL)
			sizes[0] = 0;
		fclose(f);
	}
	const char *second = strchr(sizes, ' ');
	unsigned long resident = second != NULL ? strtoul(second, NULL, 10) : 0;
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void of_writer(struct buffer *out, const struct writer_counts *w)
{
	one(out, "records_total", "counter", "Records taken in.", (double)w->records);
	one(out, "records_known_total", "counter", "Records that were on the log already.",
	    (double)w->known);
	one(out, "records_refused_total", "counter", "Records refused.",
	    (double)w->refused_records);
	one(out, "leases_total", "counter", "Requests for leases answered with an entry.",
	    (double)w->leases);
	one(out, "requests_refused_total", "counter", "Requests for leases that deserved no entry.",
	    (double)w->refused_requests);
	one(out, "rounds_total", "counter", "Commits tried.", (double)w->rounds);
	one(out, "rounds_failed_total", "counter", "Commits that failed.",
	    (double)w->failed_rounds);
	one(out, "rounds_seconds_total", "counter", "Time spent in commits.",
	    (double)w->round_microseconds / 1e6);
	one(out, "round_largest", "gauge", "The most that one commit served.",
	    (double)w->most_in_round);
	one(out, "waiting", "gauge", "Records and requests that wait for a commit.",
	    (double)w->waiting);
	one(out, "ready", "gauge", "1 when the last commit went well.", w->is_well);
	one(out, "witnesses", "gauge", "Witnesses of the policy.", (double)w->witnesses);
	one(out, "witnesses_answering", "gauge", "Witnesses that cosigned when asked last.",
	    (double)w->cosigned);
	one(out, "witnessed", "gauge", "1 when a quorum cosigned last, or none is asked for.",
	    w->is_witnessed);
	one(out, "witnessed_time_seconds", "gauge", "When a quorum cosigned last; 0: never.",
	    (double)w->quorum_time);
}

static void metrics(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct buffer out = {.arena = q->arena};
	struct writer_counts w = writer_counts(s->writer);
	struct hub_counts h = hub_counts(s->hub);
	metrics_text(s->metrics, &out);
	of_writer(&out, &w);
	one(&out, "watches", "gauge", "Watches open.", (double)h.watches);
	one(&out, "events_total", "counter", "Events given to watches.", (double)h.events);
	if (s->hooks != NULL)
		hooks_metrics(s->hooks, &out);
	if (s->http != NULL) {
		struct http_counts c = http_counts(s->http);
		one(&out, "connections", "gauge", "Connections open.", (double)c.open);
		one(&out, "connections_total", "counter", "Connections ever made.",
		    (double)c.connections);
		one(&out, "connections_cut_total", "counter",
		    "Connections cut because they were late.", (double)c.cut);
		one(&out, "body_bytes", "gauge", "Memory of bodies being taken in.",
		    (double)c.body_bytes);
	}
	buffer_printf(
	    &out,
	    "# HELP process_resident_memory_bytes Memory in use.\n"
	    "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %.0f\n",
	    resident_bytes());
	http_text(r, 200, "text/plain; version=0.0.4; charset=utf-8", buffer_cstr(&out));
	http_add_header(r, "Cache-Control", "no-store");
}

static void openapi(void *ctx, struct http_request *q, struct http_response *r)
{
	(void)ctx;
	http_bytes(r, 200, "application/json", bytes_of(openapi_json, openapi_json_size));
	struct hash digest = sha256(r->body);
	r->etag = arena_printf(q->arena, "\"%.16s\"", hex_encode(q->arena, hash_bytes(&digest)));
}

void health_routes(struct service *s)
{
	service_route(s, (struct http_route){HTTP_GET, "/healthz", healthz, NULL, 0, NULL});
	service_route(s, (struct http_route){HTTP_GET, "/readyz", readyz, NULL, 0, NULL});
	service_route(s, (struct http_route){HTTP_GET, "/metrics", metrics, NULL, 0, NULL});
	service_route(s, (struct http_route){HTTP_GET, "/v1/openapi.json", openapi, NULL, 0, NULL});
}

/* --- Logs: one JSON object a line
 * --------------------------------------------------------------------- */

void service_log(const char *event, json_t *more)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	json_t *line = json_pack("{s:f,s:s}", "time",
	                         (double)now.tv_sec + (double)now.tv_nsec / 1e9, "event", event);
	if (more != NULL)
		json_object_update(line, more);
	char *text = json_dumps(line, JSON_COMPACT);
	if (text != NULL)
		fprintf(stderr, "%s\n", text);
	free(text);
	json_decref(line);
	json_decref(more);
}

static const char *method_name(const struct http_request *q)
{
	static const char *const names[] = {"?", "GET", "POST", "PUT", "DELETE"};
	return q->is_head ? "HEAD" : names[q->method];
}

/* Without what was asked for where that is a name to be screened, which is nobody's to keep. */
static const char *target_of(struct service *s, const struct http_done *done)
{
	const char *target = done->request->target;
	bool screens = done->route != NULL && done->route->ctx != s;
	return screens ? arena_copy(done->request->arena, target, strcspn(target, "?")) : target;
}

void service_done(void *ctx, const struct http_done *done)
{
	struct service *s = ctx;
	unsigned status = done->response->status;
	size_t which = done->route != NULL ? (size_t)(done->route - s->routes) + 1 : 0;
	metrics_count(s->metrics, done->route, which, status, done->microseconds);
	if (s->options.log_from == 0 || status < s->options.log_from)
		return;
	service_log("request",
	            json_pack("{s:s,s:s,s:i,s:I,s:s,s:s*}", "method", method_name(done->request),
	                      "target", target_of(s, done), "status", (int)status, "microseconds",
	                      (json_int_t)done->microseconds, "peer", done->request->peer, "rule",
	                      done->response->rule));
}
