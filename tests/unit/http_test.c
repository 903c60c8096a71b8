/* src/server/http: routes and answers without a socket, then deadlines and streams with one. */
#include "server/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "test.h"

/* --- Without a socket ---------------------------------------------------------------------- */

static void echo(void *ctx, struct http_request *q, struct http_response *r)
{
	(void)ctx;
	const char *id = http_parameter(q, "id"), *word = http_query(q, "word");
	http_json(q, r, 200,
	          json_pack("{s:s?,s:s?,s:i}", "id", id, "word", word, "body", (int)q->body.len));
}

static void refuse(void *ctx, struct http_request *q, struct http_response *r)
{
	(void)ctx;
	struct err e = {0};
	err_refused(&e, "licence.widens", "it is wider than the declaration");
	http_problem(q, r, &e);
}

static void list(void *ctx, struct http_request *q, struct http_response *r)
{
	(void)ctx;
	struct http_page page;
	struct err e = {0};
	if (!http_page(q, &page, &e)) {
		http_problem(q, r, &e);
		return;
	}
	json_t *items = json_array();
	for (size_t i = 0; i < page.limit; i++)
		json_array_append_new(items, json_sprintf("item %zu", i));
	http_json_page(q, r, items, "a/b c");
}

static void file(void *ctx, struct http_request *q, struct http_response *r)
{
	http_file(q, r, ctx, http_parameter(q, "path"), "application/octet-stream");
}

static const struct http_route plain[] = {
    {HTTP_GET, "/things", echo, NULL, 0, NULL},
    {HTTP_GET, "/things/{id}", echo, NULL, 0, NULL},
    {HTTP_POST, "/things/{id}", echo, NULL, 16, "application/cose application/octet-stream"},
    {HTTP_GET, "/things/{id}/more", refuse, NULL, 0, NULL},
    {HTTP_GET, "/list", list, NULL, 0, NULL},
    {HTTP_GET, "/files/{path...}", file, (void *)(uintptr_t) "/nowhere", 0, NULL},
    {0},
};

static struct http_response ask(struct arena *arena, enum http_method method, const char *target,
                                size_t body, const char *header, const char *value)
{
	struct http_field *fields = arena_array(arena, 1, sizeof *fields);
	struct http_response r;
	fields[0] =
	    (struct http_field){header != NULL ? header : "Host", value != NULL ? value : "x"};
	struct http_request *q = arena_alloc(arena, sizeof *q);
	*q = (struct http_request){
	    .arena = arena,
	    .method = method,
	    .target = target,
	    .headers = fields,
	    .header_count = 1,
	    .body = {(const uint8_t *)"0123456789012345678901234567890", body}};
	http_dispatch(plain, q, &r);
	return r;
}

static const char *text_of(struct arena *arena, const struct http_response *r)
{
	return arena_copy(arena, r->body.at, r->body.len);
}

static void routes_find_their_handler(void)
{
	static const struct {
		enum http_method method;
		const char *target;
		size_t body;
		unsigned status;
		const char *holds;
	} rows[] = {
	    {HTTP_GET, "/things", 0, 200, "\"id\":null"},
	    {HTTP_GET, "/things/7", 0, 200, "\"id\":\"7\""},
	    {HTTP_GET, "/things/a%2Fb?word=x+y%21&z", 0, 200, "\"id\":\"a/b\",\"word\":\"x y!\""},
	    {HTTP_GET, "/things/", 0, 404, "http.no-such-path"},
	    {HTTP_GET, "/things/7/", 0, 404, "http.no-such-path"},
	    {HTTP_GET, "/things/7/more", 0, 422, "licence.widens"},
	    {HTTP_GET, "/things/%00", 0, 400, "http.target"},
	    {HTTP_GET, "/things/%zz", 0, 400, "http.target"},
	    {HTTP_GET, "/things/%4", 0, 400, "http.target"},
	    {HTTP_GET, "/things/%ff", 0, 400, "http.target"},
	    {HTTP_GET, "/things?word=%00", 0, 400, "http.target"},
	    {HTTP_GET, "*", 0, 400, "http.target"},
	    {HTTP_GET, "/files/../etc/passwd", 0, 404, "http.no-such-file"},
	    {HTTP_GET, "/files/a/%2e%2e/b", 0, 404, "http.no-such-file"},
	    {HTTP_GET, "/files/..%2fb", 0, 404, "http.no-such-file"},
	    {HTTP_GET, "/files/a//b", 0, 404, "http.no-such-file"},
	    {HTTP_GET, "/files/a/", 0, 404, "http.no-such-file"},
	    {HTTP_GET, "/files/.", 0, 404, "http.no-such-file"},
	    {HTTP_DELETE, "/things/7", 0, 405, "http.method"},
	    {HTTP_POST, "/things/7", 16, 200, "\"body\":16"},
	    {HTTP_POST, "/things/7", 17, 413, "http.body-too-large"},
	    {HTTP_GET, "/things/7", 1, 413, "http.body-too-large"},
	    {HTTP_GET, "/list?limit=0", 0, 400, "http.page"},
	    {HTTP_GET, "/list?limit=1001", 0, 400, "http.page"},
	    {HTTP_GET, "/list?limit=2", 0, 200,
	     "{\"items\":[\"item 0\",\"item 1\"],\"next\":\"a/b c\"}"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct http_response r =
		    ask(&arena, rows[i].method, rows[i].target, rows[i].body, "Content-Type",
		        "Application/COSE; cose-type=\"cose-sign1\"");
		CHECK(r.status == rows[i].status, "%s: %u", rows[i].target, r.status);
		CHECK(strstr(text_of(&arena, &r), rows[i].holds) != NULL, "%s: %s", rows[i].target,
		      text_of(&arena, &r));
	}
}

static void a_cookie_is_read_where_it_is_there_once(void)
{
	static const struct {
		const char *first, *second, *value;
	} rows[] = {
	    {"a=1", "x=2", "1"},      {"b=2; a=1", "", "1"},
	    {"b=2;a=1;c=3", "", "1"}, {"x=1", "a=", ""},
	    {"aa=1; ba=2", "", NULL}, {"a", "", NULL},
	    {"a=1; a=1", "", NULL},   {"a=1", "a=2", NULL},
	    {"; ;a=x y", "", "x y"},  {"b=a=1; a=\"1\"", "", "\"1\""},
	    {"", "", NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_field fields[] = {
		    {"Cookie", rows[i].first}, {"Accept", "a=3"}, {"cookie", rows[i].second}};
		struct http_request q = {.headers = fields, .header_count = 3};
		struct bytes value;
		bool found = http_cookie(&q, "a", &value);
		CHECK(found == (rows[i].value != NULL) &&
		          (!found || bytes_equal(value, bytes_text(rows[i].value))),
		      "%s, %s", rows[i].first, rows[i].second);
	}
}

static void other_media_types_are_refused(void)
{
	owned_arena arena = {0};
	CHECK(ask(&arena, HTTP_POST, "/things/7", 3, "Content-Type", "text/plain").status == 415,
	      "type");
	CHECK(ask(&arena, HTTP_POST, "/things/7", 3, NULL, NULL).status == 415, "none");
}

static const char *header_of(const struct http_response *r, const char *name)
{
	for (size_t i = 0; i < r->header_count; i++)
		if (strcmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	return "";
}

static void what_the_client_has_is_not_sent_again(void)
{
	owned_arena arena = {0};
	struct http_response first = ask(&arena, HTTP_GET, "/things", 0, NULL, NULL);
	const char *weak = arena_printf(&arena, "\"x\", W/%s", first.etag);
	CHECK(first.etag != NULL && first.etag[0] == '"', "no etag");
	CHECK(ask(&arena, HTTP_GET, "/things", 0, "If-None-Match", first.etag).status == 304,
	      "same");
	CHECK(ask(&arena, HTTP_GET, "/things", 0, "If-None-Match", weak).status == 304, "weak");
	CHECK(ask(&arena, HTTP_GET, "/things", 0, "If-None-Match", "*").status == 304, "any");
	CHECK(ask(&arena, HTTP_GET, "/things", 0, "If-None-Match", "\"y\"").status == 200, "other");
	CHECK(ask(&arena, HTTP_GET, "/things/1", 0, "If-None-Match", first.etag).status == 200,
	      "elsewhere");
}

static void long_text_is_compressed_where_asked(void)
{
	static const struct {
		const char *accept;
		bool compressed;
	} rows[] = {{"gzip", true},      {"deflate, gzip;q=0.5", true}, {"br", false},
	            {"gzip;q=0", false}, {"gzip; q=0.000", false},      {"identity", false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct http_response r =
		    ask(&arena, HTTP_GET, "/list?limit=500", 0, "Accept-Encoding", rows[i].accept);
		bool gzip = strcmp(header_of(&r, "Content-Encoding"), "gzip") == 0;
		CHECK(gzip == rows[i].compressed, "%s", rows[i].accept);
		CHECK(strcmp(header_of(&r, "Vary"), "Accept-Encoding") == 0, "%s", rows[i].accept);
		CHECK(!gzip || (r.body.at[0] == 0x1f && r.body.at[1] == 0x8b && r.body.len < 4000),
		      "%zu", r.body.len);
		CHECK(!gzip || strncmp(r.etag, "W/\"", 3) == 0, "%s", r.etag);
	}
}

static void pages_link_to_the_next(void)
{
	owned_arena arena = {0};
	struct http_response r =
	    ask(&arena, HTTP_GET, "/list?limit=1&after=x&country=X%26Y", 0, NULL, NULL);
	CHECK(strcmp(header_of(&r, "Link"),
	             "</list?limit=1&country=X%26Y&after=a%2Fb%20c>; rel=\"next\"") == 0,
	      "%s", header_of(&r, "Link"));
}

static void kinds_of_errors_have_their_status(void)
{
	static const struct {
		enum err_kind kind;
		const char *rule;
		unsigned status;
	} rows[] = {
	    {ERR_REFUSED, "record.bad-signature", 403},
	    {ERR_REFUSED, "declaration.not-signatory", 403},
	    {ERR_REFUSED, "approval.same-officer", 409},
	    {ERR_REFUSED, "application.quantity", 422},
	    {ERR_REFUSED, "store.no-such-id", 404},
	    {ERR_INPUT, "cbor.key-order", 400},
	    {ERR_USAGE, NULL, 400},
	    {ERR_ENVIRONMENT, NULL, 503},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK(http_status(&(struct err){rows[i].kind, rows[i].rule, ""}) == rows[i].status,
		      "%s", rows[i].rule);
	/* What failed inside is not told outside. */
	owned_arena arena = {0};
	struct http_request q = {.arena = &arena, .target = "/"};
	struct http_response r = {0};
	http_problem(&q, &r,
	             &(struct err){ERR_ENVIRONMENT, NULL, "HOME-X/store.db: the disk is full"});
	CHECK(strstr(text_of(&arena, &r), "HOME-X") == NULL, "%s", text_of(&arena, &r));
	CHECK(strcmp(header_of(&r, "Retry-After"), "5") == 0, "%s", header_of(&r, "Retry-After"));
	/* A detail that was cut within a letter, or is none of UTF-8, is told all the same. */
	r = (struct http_response){0};
	http_problem(&q, &r, &(struct err){ERR_INPUT, "x.y", "no \xC3\xBC\xE4\xBD"});
	CHECK(strstr(text_of(&arena, &r), "no \xC3\xBC\"") != NULL, "%s", text_of(&arena, &r));
	r = (struct http_response){0};
	http_problem(&q, &r, &(struct err){ERR_INPUT, "x.y", "no \xFF here"});
	CHECK(strstr(text_of(&arena, &r), "no ? here") != NULL, "%s", text_of(&arena, &r));
}

/* --- With a socket ------------------------------------------------------------------------- */

struct live {
	struct http_server *server;
	pthread_t other;
	struct http_exchange *asked;
	struct http_response *answer;
	int events, closed;
	pthread_mutex_t lock;
};

static struct live live;

static void *answer_later(void *ctx)
{
	(void)ctx;
	usleep(20000);
	http_text(live.answer, 200, "text/plain", "later");
	http_ready(live.asked);
	return NULL;
}

static void later(void *ctx, struct http_request *q, struct http_response *r)
{
	(void)ctx;
	http_later(q, r, NULL, NULL);
	live.asked = q->exchange;
	live.answer = r;
	pthread_create(&live.other, NULL, answer_later, NULL);
}

static void say_at_once(void *ctx, struct http_request *q, struct http_response *r)
{
	(void)ctx, (void)q;
	http_text(r, 200, "text/plain", "at once");
}

/* Ready before the handler has returned. */
static void at_once(void *ctx, struct http_request *q, struct http_response *r)
{
	(void)ctx;
	http_later(q, r, say_at_once, NULL);
	http_ready(q->exchange);
}

static ptrdiff_t next_event(void *ctx, char *at, size_t room)
{
	(void)ctx;
	pthread_mutex_lock(&live.lock);
	int len = live.events > 0 ? snprintf(at, room, "data: %d\n\n", live.events--) : 0;
	pthread_mutex_unlock(&live.lock);
	return len;
}

static void stream_closed(void *ctx)
{
	(void)ctx;
	pthread_mutex_lock(&live.lock);
	live.closed++;
	pthread_mutex_unlock(&live.lock);
}

static void watch(void *ctx, struct http_request *q, struct http_response *r)
{
	(void)ctx;
	live.asked = q->exchange;
	r->status = 200;
	r->content_type = "text/event-stream";
	r->stream = (struct http_stream){next_event, stream_closed, NULL};
}

static struct http_route routes[] = {
    {HTTP_POST, "/echo", echo, NULL, 5000, NULL},        {HTTP_GET, "/later", later, NULL, 0, NULL},
    {HTTP_GET, "/at-once", at_once, NULL, 0, NULL},      {HTTP_GET, "/watch", watch, NULL, 0, NULL},
    {HTTP_GET, "/files/{path...}", file, NULL, 0, NULL}, {0},
};

static void begin(struct http_options options)
{
	struct err e = {0};
	live = (struct live){0};
	pthread_mutex_init(&live.lock, NULL);
	options.listen = "127.0.0.1:0";
	live.server = http_start(routes, &options, &e);
	if (live.server == NULL) {
		fprintf(stderr, "http: %s\n", e.text);
		exit(1);
	}
}

static int dial(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	at.sin_port = htons((uint16_t)atoi(strrchr(http_address(live.server), ':') + 1));
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(fd, (struct sockaddr *)&at, sizeof at) == 0, "connect");
	struct timeval wait = {.tv_sec = 20};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	return fd;
}

static void say(int fd, const char *text)
{
	CHECK(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text), "send");
}

/* Reads until `until` came, or the end; gives what came. */
static const char *hear(int fd, const char *until)
{
	static char all[65536];
	size_t len = 0;
	ssize_t got;
	all[0] = 0;
	while ((until == NULL || strstr(all, until) == NULL) &&
	       (got = recv(fd, all + len, sizeof all - 1 - len, 0)) > 0) {
		len += (size_t)got;
		all[len] = 0;
	}
	return all;
}

static void answers_come_later(void)
{
	begin((struct http_options){0});
	int fd = dial();
	say(fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(strstr(hear(fd, "later"), "200 OK") != NULL, "later");
	pthread_join(live.other, NULL);
	say(fd, "GET /at-once HTTP/1.1\r\nHost: x\r\n\r\n"); /* on the same connection */
	CHECK(strstr(hear(fd, "at once"), "200 OK") != NULL, "at once");
	close(fd);
	http_stop(live.server, 5);
}

static void stopping_waits_for_answers(void)
{
	begin((struct http_options){0});
	int fd = dial();
	say(fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
	while (live.asked == NULL)
		usleep(1000);
	http_stop(live.server, 5);
	CHECK(strstr(hear(fd, "later"), "200 OK") != NULL, "later");
	pthread_join(live.other, NULL);
	close(fd);
}

static void streams_are_woken_and_ended(void)
{
	begin((struct http_options){0});
	int fd = dial();
	say(fd, "GET /watch HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(strstr(hear(fd, "\r\n\r\n"), "text/event-stream") != NULL, "head");
	for (int i = 1; i <= 3; i++) {
		pthread_mutex_lock(&live.lock);
		live.events = i;
		pthread_mutex_unlock(&live.lock);
		http_wake(live.asked);
		CHECK(strstr(hear(fd, "data: 1\n\n"), "data: 1\n\n") != NULL, "event %d", i);
	}
	CHECK(http_counts(live.server).streams == 1, "streams");
	http_stop(live.server, 5);
	hear(fd, NULL);
	CHECK(live.closed == 1, "closed %d times", live.closed);
	close(fd);
}

static void a_gone_watcher_is_closed_at_its_next_event(void)
{
	begin((struct http_options){0});
	int fd = dial();
	say(fd, "GET /watch HTTP/1.1\r\nHost: x\r\n\r\n");
	hear(fd, "\r\n\r\n");
	close(fd);
	for (int i = 0; i < 500 && live.closed == 0; i++) {
		pthread_mutex_lock(&live.lock);
		live.events = live.closed == 0 ? 1 : 0;
		bool gone = live.closed > 0;
		pthread_mutex_unlock(&live.lock);
		if (!gone && http_counts(live.server).streams > 0)
			http_wake(live.asked);
		usleep(10000);
	}
	CHECK(live.closed == 1, "closed %d times", live.closed);
	http_stop(live.server, 5);
}

static void slow_heads_and_bodies_are_cut(void)
{
	static const char *const starts[] = {
	    "", "GET /la", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n"};
	begin((struct http_options){.head_seconds = 1, .total_seconds = 1});
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		int fd = dial();
		say(fd, starts[i]);
		/* A byte now and then: never idle, and cut all the same. */
		for (int byte = 0; byte < 300 && send(fd, "a", 1, MSG_NOSIGNAL) == 1; byte++)
			usleep(100000);
		CHECK(recv(fd, (char[1]){0}, 1, 0) <= 0, "row %zu is still open", i);
		close(fd);
	}
	CHECK(http_counts(live.server).cut == 3, "%llu",
	      (unsigned long long)http_counts(live.server).cut);
	http_stop(live.server, 5);
}

static void bodies_are_bounded_without_a_length(void)
{
	static const struct {
		int chunks;
		const char *status;
	} rows[] = {{50, " 200 "}, {51, " 413 "}, {100, " 413 "}};
	begin((struct http_options){0});
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int fd = dial();
		say(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
		for (int c = 0; c < rows[i].chunks; c++) {
			char chunk[128];
			snprintf(chunk, sizeof chunk, "64\r\n%0100d\r\n", c);
			say(fd, chunk);
		}
		say(fd, "0\r\n\r\n");
		const char *answer = hear(fd, "\r\n\r\n");
		CHECK(strstr(answer, rows[i].status) != NULL, "row %zu: %s", i, answer);
		close(fd);
	}
	/* Endless: cut off. */
	int fd = dial();
	say(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	int sent = 0;
	for (char chunk[128]; sent < 100000; sent++) {
		snprintf(chunk, sizeof chunk, "64\r\n%0100d\r\n", sent);
		if (send(fd, chunk, strlen(chunk), MSG_NOSIGNAL) < 0)
			break;
	}
	CHECK(sent < 100000, "%d", sent);
	CHECK(http_counts(live.server).body_bytes <= 8192, "%llu",
	      (unsigned long long)http_counts(live.server).body_bytes);
	close(fd);
	http_stop(live.server, 5);
}

static void malformed_heads_are_answered_or_cut(void)
{
	static const char *const rows[] = {
	    "\r\n\r\n",
	    "GET\r\n\r\n",
	    "GET /watch\r\n\r\n",
	    "GET /watch HTTP/1.1\r\n\r\n",
	    "BREW /watch HTTP/1.1\r\nHost: x\r\n\r\n",
	    "GET /watch HTTP/9.9\r\nHost: x\r\n\r\n",
	    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
	    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
	    "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
	    "chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
	    "GET http://x/watch HTTP/1.1\r\nHost: x\r\n\r\n",
	    "GET /\x01\x02 HTTP/1.1\r\nHost: x\r\n\r\n",
	    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	};
	begin((struct http_options){.head_seconds = 1});
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int fd = dial();
		say(fd, rows[i]);
		shutdown(fd, SHUT_WR);
		const char *answer = hear(fd, NULL);
		CHECK(answer[0] == 0 || strstr(answer, " 40") != NULL ||
		          strstr(answer, " 413 ") != NULL || strstr(answer, " 505 ") != NULL,
		      "row %zu: %s", i, answer);
		close(fd);
	}
	/* A head without an end. */
	int fd = dial();
	char line[1100];
	memset(line, 'a', sizeof line);
	memcpy(line, "X-Long: ", 8);
	memcpy(line + sizeof line - 3, "\r\n", 3);
	say(fd, "GET /watch HTTP/1.1\r\nHost: x\r\n");
	for (int i = 0; i < 100; i++)
		if (send(fd, line, sizeof line - 1, MSG_NOSIGNAL) < 0)
			break;
	const char *answer = hear(fd, NULL);
	CHECK(answer[0] == 0 || strstr(answer, " 431 ") != NULL, "%s", answer);
	close(fd);
	http_stop(live.server, 5);
}

static void files_are_sent_and_confined_to_their_folder(void)
{
	char folder[] = "/tmp/proviso-XXXXXX";
	struct err e = {0};
	owned_arena arena = {0};
	CHECK(mkdtemp(folder) != NULL, "folder");
	const char *path = arena_printf(&arena, "%s/one", folder);
	CHECK(file_write(path, bytes_text("of a file"), 0644, &e), "%s", e.text);
	for (size_t i = 0; routes[i].method != 0; i++)
		if (routes[i].handle == file)
			routes[i].ctx = folder;
	begin((struct http_options){0});
	int fd = dial();
	say(fd, "GET /files/one HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(strstr(hear(fd, "of a file"), "ETag: \"") != NULL, "file");
	say(fd, "GET /files/two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	CHECK(strstr(hear(fd, NULL), "404") != NULL, "no file");
	close(fd);
	http_stop(live.server, 5);
	unlink(path);
	rmdir(folder);
}

static void addresses_are_read(void)
{
	static const char *const wrong[] = {
	    "", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "unix:", "1:2:3"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct err e = {0};
		struct http_options options = {.listen = wrong[i]};
		CHECK(http_start(plain, &options, &e) == NULL && e.kind == ERR_USAGE, "%s: %s",
		      wrong[i], e.text);
	}
	static const char *const good[] = {"0", ":0", "localhost:0",
	                                   "unix:/tmp/proviso-http-test.sock"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct err e = {0};
		struct http_server *s =
		    http_start(plain, &(struct http_options){.listen = good[i]}, &e);
		CHECK(s != NULL, "%s: %s", good[i], e.text);
		CHECK(s == NULL || strncmp(http_address(s), "127.0.0.1:", 10) == 0 ||
		          strncmp(http_address(s), "unix:", 5) == 0,
		      "%s", http_address(s));
		if (s != NULL)
			http_stop(s, 1);
	}
	unlink("/tmp/proviso-http-test.sock");
}

TEST_MAIN(TEST(routes_find_their_handler), TEST(a_cookie_is_read_where_it_is_there_once),
          TEST(other_media_types_are_refused), TEST(what_the_client_has_is_not_sent_again),
          TEST(long_text_is_compressed_where_asked), TEST(pages_link_to_the_next),
          TEST(kinds_of_errors_have_their_status), TEST(answers_come_later),
          TEST(stopping_waits_for_answers), TEST(streams_are_woken_and_ended),
          TEST(a_gone_watcher_is_closed_at_its_next_event), TEST(slow_heads_and_bodies_are_cut),
          TEST(bodies_are_bounded_without_a_length), TEST(malformed_heads_are_answered_or_cut),
          TEST(files_are_sent_and_confined_to_their_folder), TEST(addresses_are_read))
