#include "parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rim.h"

void service_route(struct service *s, struct http_route route)
{
	assert(s->route_count < ROUTES_MAX);
	route.ctx = s;
	s->routes[s->route_count++] = route;
}

const struct http_route *service_routes(struct service *s)
{
	return s->routes;
}

void service_read(struct service *s, struct http_request *q, struct http_response *r,
                  bool (*read)(struct authority *, struct http_request *, struct http_response *,
                               struct err *))
{
	struct err e = {0};
	struct authority *a = reader_take(s->readers, &e);
	bool ok = a != NULL && read(a, q, r, &e);
	if (a != NULL)
		reader_give(s->readers, a);
	if (!ok)
		http_problem(q, r, &e);
}

static bool size_of(struct readers *readers, uint64_t *size, struct err *e)
{
	struct authority *a = reader_take(readers, e);
	if (a == NULL)
		return false;
	*size = store_size(a->store);
	reader_give(readers, a);
	return true;
}

static bool open_parts(struct service *s, struct err *e)
{
	struct service_options *o = &s->options;
	uint64_t size;
	s->readers = readers_new(o->home, o->readers, e);
	if (s->readers == NULL || !size_of(s->readers, &size, e))
		return false;
	s->hub = hub_new(size, o->beat_seconds);
	s->metrics = metrics_new();
	if (s->hub == NULL || s->metrics == NULL)
		return err_environment(e, "out of memory");
	s->writer = writer_new(o->home, s->hub, o->queue, e);
	return s->writer != NULL;
}

struct service *service_open(const struct service_options *options, struct err *e)
{
	struct service *s = calloc(1, sizeof *s);
	if (s == NULL) {
		err_environment(e, "out of memory");
		return NULL;
	}
	s->options = *options;
	struct service_options *o = &s->options;
	o->readers = o->readers == 0 ? 4 : o->readers;
	o->queue = o->queue == 0 ? 4096 : o->queue;
	o->beat_seconds = o->beat_seconds == 0 ? 15 : o->beat_seconds;
	if (!open_parts(s, e)) {
		service_close(s);
		return NULL;
	}
	records_routes(s);
	state_routes(s);
	log_routes(s);
	health_routes(s);
	return s;
}

void service_serves(struct service *s, struct http_server *http)
{
	s->http = http;
}

void service_close(struct service *s)
{
	if (s->writer != NULL)
		writer_free(s->writer);
	if (s->hub != NULL)
		hub_free(s->hub);
	if (s->readers != NULL)
		readers_free(s->readers);
	metrics_free(s->metrics);
	free(s);
}
