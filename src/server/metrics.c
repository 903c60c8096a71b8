/* Counts of requests by route and status, and their durations: Prometheus text. */
#include "parts.h"

#include <stdlib.h>

enum { BOUNDS = 12, STATUSES = 5 };

static const uint64_t bounds[BOUNDS] = {500,   1000,   2500,   5000,   10000,   25000,
                                        50000, 100000, 250000, 500000, 1000000, 5000000};

struct of_route {
	const struct http_route *route;
	_Atomic uint64_t by_status[STATUSES]; /* 1xx .. 5xx */
	_Atomic uint64_t within[BOUNDS + 1], microseconds;
};

struct metrics {
	struct of_route routes[ROUTES_MAX + 1]; /* the first: no route */
};

struct metrics *metrics_new(void)
{
	return calloc(1, sizeof(struct metrics));
}

void metrics_free(struct metrics *m)
{
	free(m);
}

void metrics_count(struct metrics *m, const struct http_route *route, size_t which, unsigned status,
                   uint64_t microseconds)
{
	struct of_route *r = &m->routes[which];
	size_t bound = 0;
	r->route = route;
	r->by_status[status >= 100 && status < 600 ? status / 100 - 1 : STATUSES - 1]++;
	r->microseconds += microseconds;
	while (bound < BOUNDS && microseconds > bounds[bound])
		bound++;
	r->within[bound]++;
}

static void write_route(struct buffer *out, const struct of_route *r)
{
	static const char *const methods[] = {"", "GET", "POST", "PUT", "DELETE"};
	const char *path = r->route != NULL ? r->route->pattern : "";
	const char *method = r->route != NULL ? methods[r->route->method] : "";
	uint64_t total = 0;
	for (size_t s = 0; s < STATUSES; s++)
		if (r->by_status[s] > 0)
			buffer_printf(out,
			              "proviso_http_requests_total{method=\"%s\",route=\"%s\","
			              "status=\"%zuxx\"} %llu\n",
			              method, path, s + 1, (unsigned long long)r->by_status[s]);
	for (size_t b = 0; b <= BOUNDS; b++) {
		total += r->within[b];
		if (b < BOUNDS)
			buffer_printf(out,
			              "proviso_http_seconds_bucket{method=\"%s\",route=\"%s\",le="
			              "\"%g\"} %llu\n",
			              method, path, (double)bounds[b] / 1e6,
			              (unsigned long long)total);
	}
	buffer_printf(out,
	              "proviso_http_seconds_bucket{method=\"%s\",route=\"%s\",le=\"+Inf\"} %llu\n"
	              "proviso_http_seconds_sum{method=\"%s\",route=\"%s\"} %.6f\n"
	              "proviso_http_seconds_count{method=\"%s\",route=\"%s\"} %llu\n",
	              method, path, (unsigned long long)total, method, path,
	              (double)r->microseconds / 1e6, method, path, (unsigned long long)total);
}

void metrics_text(struct metrics *m, struct buffer *out)
{
	buffer_text(out, "# HELP proviso_http_requests_total Requests answered.\n"
	                 "# TYPE proviso_http_requests_total counter\n"
	                 "# HELP proviso_http_seconds Time from a request's first line to the end "
	                 "of its answer.\n"
	                 "# TYPE proviso_http_seconds histogram\n");
	for (size_t i = 0; i <= ROUTES_MAX; i++) {
		bool any = false;
		for (size_t s = 0; s < STATUSES; s++)
			any |= m->routes[i].by_status[s] > 0;
		if (any)
			write_route(out, &m->routes[i]);
	}
}
