/*
 * Targets and headers from outside, to an answer: a target, LF, a header's name, ": ", its
 * value. Whatever comes is answered, and nothing reaches a file outside the folder.
 */
#include "server/http.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void page(void *ctx, struct http_request *q, struct http_response *r)
{
	struct http_page page;
	struct err e = {0};
	(void)ctx;
	if (http_page(q, &page, &e))
		http_json_page(q, r, json_array(), http_parameter(q, "name"));
	else
		http_problem(q, r, &e);
}

static void file(void *ctx, struct http_request *q, struct http_response *r)
{
	(void)ctx;
	http_file(q, r, "folder", http_parameter(q, "path"), "text/plain");
	assert(r->file == NULL ||
	       (strstr(r->file, "/../") == NULL && strncmp(r->file, "folder/", 7) == 0));
	r->file = NULL;
	r->body = bytes_text("");
}

static const struct http_route routes[] = {
    {HTTP_GET, "/page/{name}", page, NULL, 0, NULL},
    {HTTP_POST, "/page/{name}", page, NULL, 100, "a/b"},
    {HTTP_GET, "/file/{path...}", file, NULL, 0, NULL},
    {0},
};

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	char *text = arena_copy(&arena, at, len), *save = NULL;
	const char *target = strtok_r(text, "\n", &save), *name = strtok_r(NULL, ":", &save);
	const char *value = strtok_r(NULL, "\n", &save);
	struct http_field header = {name, value};
	struct http_response r;
	struct http_request q = {
	    .arena = &arena,
	    .method = len % 2 == 0 ? HTTP_GET : HTTP_POST,
	    .target = target != NULL ? target : "",
	    .headers = &header,
	    .header_count = name != NULL && value != NULL ? 1 : 0,
	};
	http_dispatch(routes, &q, &r);
	assert(r.status >= 200 && r.status < 600);
	return 0;
}
