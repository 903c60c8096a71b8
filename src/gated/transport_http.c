/* Renewal over HTTP, and the watch: server-sent events that say when to renew at once. */
#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "transport.h"

enum {
	SECONDS = 20,
	SILENCE_SECONDS = 45, /* a watch that hears nothing for so long is lost */
	AGAIN_MIN_MILLISECONDS = 500,
	AGAIN_MAX_MILLISECONDS = 30000,
	LINE_MAX_BYTES = 1024,
};

struct http {
	int socket;
	const struct transport_options *options;
	CURLM *multi;
	/* The renewal under way; NULL: none. */
	CURL *renewal;
	struct curl_slist *renewal_headers;
	uint8_t request[PROVISO_REQUEST_MAX];
	size_t request_len;
	uint8_t reply[PROVISO_REPLY_MAX + 1];
	size_t reply_len;
	/* The watch: open, or to be opened at `watch_at`. */
	CURL *watch;
	struct curl_slist *watch_headers;
	char system[65];
	unsigned long long since;
	bool is_open;
	int64_t watch_at, watch_wait; /* milliseconds */
	char line[LINE_MAX_BYTES];
	size_t line_len;
	bool changed; /* the event being read is one */
	unsigned seed;
};

static int64_t milliseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static void tell(struct http *h, enum transport_kind kind, const char *text)
{
	if (!transport_send(h->socket, kind, bytes_text(text)))
		_Exit(0);
}

/* What every exchange has in common: no other scheme, no redirection, its time. */
static CURL *open_url(struct http *h, const char *path)
{
	char url[1200];
	CURL *c = curl_easy_init();
	if (c == NULL)
		return NULL;
	snprintf(url, sizeof url, "%s%s", h->options->url, path);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 10L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "proviso-gated");
	if (h->options->ca_file != NULL)
		curl_easy_setopt(c, CURLOPT_CAINFO, h->options->ca_file);
	return c;
}

/* --- Renewal ---------------------------------------------------------------------------------- */

static size_t take_reply(char *at, size_t size, size_t count, void *ctx)
{
	struct http *h = ctx;
	size_t len = size * count;
	if (len > sizeof h->reply - h->reply_len)
		return 0;
	memcpy(h->reply + h->reply_len, at, len);
	h->reply_len += len;
	return len;
}

static void renew(struct http *h, struct bytes request)
{
	if (h->renewal != NULL || request.len > sizeof h->request)
		return;
	memcpy(h->request, request.at, request.len);
	h->request_len = request.len;
	h->reply_len = 0;
	h->renewal = open_url(h, "/v1/leases");
	if (h->renewal == NULL) {
		tell(h, TRANSPORT_FAILED, "0 no memory");
		return;
	}
	unsigned seconds = h->options->seconds > 0 ? h->options->seconds : SECONDS;
	h->renewal_headers =
	    curl_slist_append(curl_slist_append(NULL, "Content-Type: application/cose"), "Expect:");
	curl_easy_setopt(h->renewal, CURLOPT_HTTPHEADER, h->renewal_headers);
	curl_easy_setopt(h->renewal, CURLOPT_POST, 1L);
	curl_easy_setopt(h->renewal, CURLOPT_POSTFIELDS, h->request);
	curl_easy_setopt(h->renewal, CURLOPT_POSTFIELDSIZE, (long)h->request_len);
	curl_easy_setopt(h->renewal, CURLOPT_WRITEFUNCTION, take_reply);
	curl_easy_setopt(h->renewal, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(h->renewal, CURLOPT_TIMEOUT, (long)seconds);
	curl_multi_add_handle(h->multi, h->renewal);
}

static void renewed(struct http *h, CURLcode result)
{
	long status = 0;
	curl_off_t again = 0;
	char text[256];
	curl_easy_getinfo(h->renewal, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(h->renewal, CURLINFO_RETRY_AFTER, &again);
	if (result != CURLE_OK)
		snprintf(text, sizeof text, "0 %s: %s", h->options->url,
		         curl_easy_strerror(result));
	else
		snprintf(text, sizeof text, "%lld %s answers %ld: %.120s", (long long)again,
		         h->options->url, status,
		         h->reply_len < sizeof h->reply
		             ? (h->reply[h->reply_len] = 0, (char *)h->reply)
		             : "");
	curl_multi_remove_handle(h->multi, h->renewal);
	curl_easy_cleanup(h->renewal);
	curl_slist_free_all(h->renewal_headers);
	h->renewal = NULL;
	h->renewal_headers = NULL;
	if (result != CURLE_OK || status != 200 || h->reply_len > PROVISO_REPLY_MAX)
		tell(h, TRANSPORT_FAILED, text);
	else if (!transport_send(h->socket, TRANSPORT_REPLY, bytes_of(h->reply, h->reply_len)))
		_Exit(0);
}

/* --- The watch ---------------------------------------------------------------------------------
 */

/* A line of the stream (WHATWG HTML, "Server-sent events"). An empty one ends the event. */
static void take_line(struct http *h)
{
	h->line[h->line_len] = 0;
	if (h->line_len == 0) {
		if (h->changed)
			tell(h, TRANSPORT_CHANGED, "");
		h->changed = false;
	} else if (strcmp(h->line, "event: changed") == 0 ||
	           strcmp(h->line, "event:changed") == 0) {
		h->changed = true;
	} else if (strncmp(h->line, "id:", 3) == 0) {
		char *end;
		unsigned long long id = strtoull(h->line + 3, &end, 10);
		if (*end == 0 && id > h->since)
			h->since = id;
	}
	h->line_len = 0;
}

static size_t take_events(char *at, size_t size, size_t count, void *ctx)
{
	struct http *h = ctx;
	size_t len = size * count;
	long status = 0;
	curl_easy_getinfo(h->watch, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return len;
	if (!h->is_open) {
		h->is_open = true;
		h->watch_wait = AGAIN_MIN_MILLISECONDS;
		tell(h, TRANSPORT_WATCHING, "");
	}
	for (size_t i = 0; i < len; i++) {
		if (at[i] == '\n')
			take_line(h);
		else if (at[i] != '\r' && h->line_len < sizeof h->line - 1)
			h->line[h->line_len++] = at[i];
	}
	return len;
}

static void open_watch(struct http *h)
{
	char path[128], last[64];
	snprintf(path, sizeof path, "/v1/systems/%s/watch", h->system);
	snprintf(last, sizeof last, "Last-Event-ID: %llu", h->since);
	h->watch = open_url(h, path);
	if (h->watch == NULL)
		return;
	h->watch_headers =
	    curl_slist_append(curl_slist_append(NULL, "Accept: text/event-stream"), last);
	h->line_len = 0;
	h->changed = h->is_open = false;
	curl_easy_setopt(h->watch, CURLOPT_HTTPHEADER, h->watch_headers);
	curl_easy_setopt(h->watch, CURLOPT_WRITEFUNCTION, take_events);
	curl_easy_setopt(h->watch, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(h->watch, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(h->watch, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_SECONDS);
	curl_easy_setopt(h->watch, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_multi_add_handle(h->multi, h->watch);
}

/* Opened again after a wait that doubles, of which a random half is left out. */
static void watch_lost(struct http *h, const char *why)
{
	curl_multi_remove_handle(h->multi, h->watch);
	curl_easy_cleanup(h->watch);
	curl_slist_free_all(h->watch_headers);
	h->watch = NULL;
	h->watch_headers = NULL;
	tell(h, TRANSPORT_LOST, why);
	int64_t half = h->watch_wait / 2;
	h->watch_at = milliseconds() + half + rand_r(&h->seed) % (half + 1);
	h->watch_wait *= 2;
	if (h->watch_wait > AGAIN_MAX_MILLISECONDS)
		h->watch_wait = AGAIN_MAX_MILLISECONDS;
}

static void watch_ended(struct http *h, CURLcode result)
{
	long status = 0;
	char why[160];
	curl_easy_getinfo(h->watch, CURLINFO_RESPONSE_CODE, &status);
	if (result == CURLE_OK)
		snprintf(why, sizeof why, status == 200 ? "it was closed" : "the answer is %ld",
		         status);
	else if (result == CURLE_OPERATION_TIMEDOUT && h->is_open)
		snprintf(why, sizeof why, "nothing was heard for %d s", SILENCE_SECONDS);
	else
		snprintf(why, sizeof why, "%s", curl_easy_strerror(result));
	watch_lost(h, why);
}

/* "SYSTEM SIZE". A watch that is open goes on; what it is told from is for the next one. */
static void start_watch(struct http *h, struct bytes content)
{
	char system[65] = "";
	uint64_t since;
	const uint8_t *space = content.len > 0 ? memchr(content.at, ' ', content.len) : NULL;
	size_t digits = space != NULL ? (size_t)(space - content.at) : 0;
	if (digits == 0 || digits >= sizeof system ||
	    !decimal_parse(bytes_of(space + 1, content.len - digits - 1), &since))
		return;
	memcpy(system, content.at, digits);
	if (strspn(system, "0123456789abcdef") != digits)
		return;
	if (since > h->since)
		h->since = since;
	if (h->system[0] == 0)
		h->watch_at = milliseconds();
	memcpy(h->system, system, sizeof system);
}

/* --- The loop ------------------------------------------------------------------------------------
 */

static void take_messages(struct http *h)
{
	static uint8_t room[TRANSPORT_MESSAGE_MAX];
	enum transport_kind kind;
	struct bytes content;
	if (!transport_receive(h->socket, room, &kind, &content))
		_Exit(0);
	if (kind == TRANSPORT_RENEW)
		renew(h, content);
	else if (kind == TRANSPORT_WATCH)
		start_watch(h, content);
}

static void take_results(struct http *h)
{
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &left)) != NULL;) {
		if (m->msg != CURLMSG_DONE)
			continue;
		if (m->easy_handle == h->renewal)
			renewed(h, m->data.result);
		else if (m->easy_handle == h->watch)
			watch_ended(h, m->data.result);
	}
}

void transport_http(int socket, const struct transport_options *o)
{
	static struct http h;
	h = (struct http){.socket = socket,
	                  .options = o,
	                  .watch_wait = AGAIN_MIN_MILLISECONDS,
	                  .seed = (unsigned)milliseconds()};
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || (h.multi = curl_multi_init()) == NULL)
		return;
	for (int running;;) {
		struct curl_waitfd message = {.fd = socket, .events = CURL_WAIT_POLLIN};
		if (h.system[0] != 0 && h.watch == NULL && milliseconds() >= h.watch_at)
			open_watch(&h);
		curl_multi_perform(h.multi, &running);
		take_results(&h);
		int timeout = 1000;
		if (h.system[0] != 0 && h.watch == NULL) {
			int64_t wait = h.watch_at - milliseconds();
			timeout = wait < 0 ? 0 : wait < timeout ? (int)wait : timeout;
		}
		curl_multi_poll(h.multi, &message, 1, timeout, NULL);
		if ((message.revents & CURL_WAIT_POLLIN) != 0)
			take_messages(&h);
	}
}
