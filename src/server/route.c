/* Routes: from a target to a handler. */
#include "http_parts.h"

#include <assert.h>
#include <stdio.h>
#include <strings.h>

static const struct {
	const char *name;
	unsigned method;
} methods[] = {{"GET", HTTP_GET}, {"POST", HTTP_POST}, {"PUT", HTTP_PUT}, {"DELETE", HTTP_DELETE}};

/* --- Targets ------------------------------------------------------------------------------ */

static int digit(char c)
{
	return c >= '0' && c <= '9'                 ? c - '0'
	       : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
	                                            : -1;
}

const char *http_unescape(struct arena *arena, const char *at, size_t len, bool plus)
{
	char *out = arena_alloc(arena, len + 1);
	size_t to = 0;
	for (size_t i = 0; i < len; i++) {
		int byte = (unsigned char)at[i];
		if (byte == '+' && plus)
			byte = ' ';
		if (byte == '%') {
			int high = len - i > 2 ? digit(at[i + 1]) : -1;
			int low = high >= 0 ? digit(at[i + 2]) : -1;
			if (high < 0 || low < 0)
				return NULL;
			byte = high << 4 | low;
			i += 2;
		}
		if (byte == 0)
			return NULL;
		out[to++] = (char)byte;
	}
	return bytes_are_utf8(bytes_of(out, to)) ? out : NULL;
}

static bool parse_query(struct http_request *q, const char *text, struct err *e)
{
	size_t count = 1;
	for (const char *c = text; *c != 0; c++)
		count += *c == '&';
	struct http_field *fields = arena_array(q->arena, count, sizeof *fields);
	q->query = fields;
	q->query_count = 0;
	while (*text != 0) {
		size_t len = strcspn(text, "&");
		const char *is = memchr(text, '=', len);
		size_t name = is != NULL ? (size_t)(is - text) : len;
		struct http_field field = {
		    http_unescape(q->arena, text, name, true),
		    is != NULL ? http_unescape(q->arena, is + 1, len - name - 1, true) : ""};
		if (field.name == NULL || field.value == NULL)
			return err_input(e, "http.target", "the query is not well formed: %.80s",
			                 text);
		if (len > 0)
			fields[q->query_count++] = field;
		text += len + (text[len] == '&');
	}
	return true;
}

bool http_parse_target(struct http_request *q, struct err *e)
{
	size_t len = strcspn(q->target, "?");
	q->path = http_unescape(q->arena, q->target, len, false);
	if (q->target[0] != '/' || q->path == NULL)
		return err_input(e, "http.target", "the target is not a path in UTF-8: %.80s",
		                 q->target);
	return parse_query(q, q->target[len] == '?' ? q->target + len + 1 : "", e);
}

/* --- Patterns ----------------------------------------------------------------------------- */

/* Matches raw segments, so that %2F in one is no separator; decodes what stands for a name. */
static bool fits(const char *pattern, struct http_request *q)
{
	const char *at = q->target, *end = at + strcspn(at, "?");
	q->parameter_count = 0;
	while (*pattern != 0) {
		if (*pattern != '{') {
			if (at == end || *at != *pattern)
				return false;
			at++, pattern++;
			continue;
		}
		const char *close = strchr(pattern, '}');
		assert(close != NULL && q->parameter_count < HTTP_PARAMETERS);
		bool rest = close - pattern > 4 && memcmp(close - 3, "...", 3) == 0;
		size_t len = rest ? (size_t)(end - at) : strcspn(at, "/?");
		size_t name = (size_t)(close - pattern) - 1 - (rest ? 3 : 0);
		const char *value = len == 0 ? NULL : http_unescape(q->arena, at, len, false);
		if (value == NULL)
			return false;
		q->parameters[q->parameter_count++] =
		    (struct http_field){arena_copy(q->arena, pattern + 1, name), value};
		at += len;
		pattern = close + 1;
	}
	return at == end;
}

static const char *find(const struct http_field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(fields[i].name, name) == 0)
			return fields[i].value;
	return NULL;
}

const char *http_parameter(const struct http_request *q, const char *name)
{
	return find(q->parameters, q->parameter_count, name);
}

const char *http_query(const struct http_request *q, const char *name)
{
	return find(q->query, q->query_count, name);
}

const char *http_header(const struct http_request *q, const char *name)
{
	for (size_t i = 0; i < q->header_count; i++)
		if (strcasecmp(q->headers[i].name, name) == 0)
			return q->headers[i].value;
	return NULL;
}

bool http_cookie(const struct http_request *q, const char *name, struct bytes *value)
{
	size_t len = strlen(name), count = 0;
	for (size_t i = 0; i < q->header_count; i++) {
		const char *at =
		    strcasecmp(q->headers[i].name, "Cookie") == 0 ? q->headers[i].value : "";
		while (*at != 0) {
			at += strspn(at, " ;");
			size_t whole = strcspn(at, ";");
			if (whole > len && memcmp(at, name, len) == 0 && at[len] == '=') {
				*value = bytes_of(at + len + 1, whole - len - 1);
				count++;
			}
			at += whole;
		}
	}
	return count == 1;
}

/* --- Dispatch ----------------------------------------------------------------------------- */

/* Media types are compared without their parameters, in any case. */
static bool accepts(const struct http_route *route, const char *type)
{
	size_t len = type != NULL ? strcspn(type, "; \t") : 0;
	if (route->accepts == NULL)
		return true;
	for (const char *one = route->accepts; *one != 0;) {
		size_t is = strcspn(one, " ");
		if (is == len && (len == 0 || strncasecmp(one, type, len) == 0))
			return true;
		one += is + (one[is] == ' ');
	}
	return false;
}

static void not_allowed(const struct http_route routes[], struct http_request *q,
                        struct http_response *r)
{
	struct buffer allow = {.arena = q->arena};
	for (size_t m = 0; m < sizeof methods / sizeof *methods; m++)
		for (const struct http_route *route = routes; route->method != 0; route++)
			if (route->method == methods[m].method && fits(route->pattern, q)) {
				buffer_printf(&allow, "%s%s%s", allow.len > 0 ? ", " : "",
				              methods[m].name,
				              methods[m].method == HTTP_GET ? ", HEAD" : "");
				break;
			}
	http_problem_status(q, r, 405, "http.method", "this is not done here: Allow tells what is");
	http_add_header(r, "Allow", buffer_cstr(&allow));
}

const struct http_route *http_route_find(const struct http_route routes[], struct http_request *q,
                                         struct http_response *r, uint64_t length)
{
	bool is_known = false;
	for (const struct http_route *route = routes; route->method != 0; route++) {
		if (!fits(route->pattern, q))
			continue;
		is_known = true;
		if (route->method != q->method)
			continue;
		if (length > route->body_max)
			http_problem_status(q, r, 413, "http.body-too-large",
			                    arena_printf(q->arena,
			                                 "the body has more than %zu bytes",
			                                 route->body_max));
		else if (route->body_max > 0 && !accepts(route, http_header(q, "Content-Type")))
			http_problem_status(
			    q, r, 415, "http.media-type",
			    arena_printf(q->arena, "the body is to be of type %s", route->accepts));
		else
			return route;
		return NULL;
	}
	for (const struct http_route *route = routes; !is_known && route->method != 0; route++)
		if (*route->pattern == 0 && route->method == q->method && length == 0)
			return route;
	if (is_known)
		not_allowed(routes, q, r);
	else
		http_problem_status(q, r, 404, "http.no-such-path",
		                    arena_printf(q->arena, "there is nothing at %.200s", q->path));
	return NULL;
}

void http_dispatch(const struct http_route routes[], struct http_request *q,
                   struct http_response *r)
{
	struct err e = {0};
	*r = (struct http_response){0};
	if (!http_parse_target(q, &e)) {
		http_problem(q, r, &e);
	} else {
		const struct http_route *route = http_route_find(routes, q, r, q->body.len);
		if (route != NULL)
			route->handle(route->ctx, q, r);
	}
	if (!r->is_later)
		http_finish(q, r);
}
