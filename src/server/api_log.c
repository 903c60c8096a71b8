/* The published log as it lies in the home: C2SP tlog-tiles. */
#include "parts.h"

static void get_file(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	const char *path = http_parameter(q, "path");
	const char *folder = arena_printf(q->arena, "%s/log", s->options.home);
	bool is_checkpoint = strcmp(path, "checkpoint") == 0 || strcmp(path, "origins") == 0;
	if (!is_checkpoint && strncmp(path, "tile/", 5) != 0) {
		http_problem_status(q, r, 404, "http.no-such-file",
		                    "a log has a checkpoint and tiles");
		return;
	}
	http_file(q, r, folder, path,
	          is_checkpoint ? "text/plain; charset=utf-8" : "application/octet-stream");
	if (r->status == 200)
		http_add_header(r, "Cache-Control",
		                is_checkpoint ? "max-age=1"
		                              : "public, max-age=31536000, immutable");
}

void log_routes(struct service *s)
{
	service_route(s, (struct http_route){HTTP_GET, "/log/{path...}", get_file, NULL, 0, NULL});
}
