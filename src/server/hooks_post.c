/*
 * One try to tell one follower. No redirection is followed, no proxy taken from the
 * environment, no other scheme spoken, and nothing of the answer is read but its status: what a
 * receiver answers cannot send us anywhere.
 */
#include "hooks_parts.h"

#include <string.h>

#include "base/rim.h"

/* The answer's body is nothing to us; a little of it is taken so that a connection lasts. */
static size_t ignore(char *at, size_t size, size_t count, void *ctx)
{
	size_t *left = ctx;
	(void)at;
	if (size * count > *left)
		return 0;
	*left -= size * count;
	return size * count;
}

/* Whom we told and did not hear out would be told again: an answer has a little time to come. */
static int give_up(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct hooks *h = ctx;
	(void)a, (void)b, (void)c, (void)d;
	pthread_mutex_lock(&h->lock);
	bool ends = h->ends && hooks_milliseconds() > h->last;
	pthread_mutex_unlock(&h->lock);
	return ends;
}

/* Standard Webhooks: "v1a," and a signature over ID.TIMESTAMP.BODY. */
static const char *sign(const struct hooks *h, struct arena *arena, const struct message *m,
                        int64_t now)
{
	struct buffer said = {.arena = arena};
	struct err ignored = {0};
	uint8_t at[KEY_SIGNATURE];
	buffer_printf(&said, "%s.%lld.", m->id, (long long)now);
	buffer_bytes(&said, m->body);
	bool ok = key_sign(&h->key, buffer_view(&said), at, &ignored);
	return ok ? base64_encode(arena, bytes_of(at, sizeof at)) : "";
}

static struct curl_slist *headers_of(const struct follower *f, struct arena *arena,
                                     const struct message *m)
{
	int64_t now = rim_now();
	const char *const lines[] = {
	    "Content-Type: application/json",
	    "Expect:",
	    arena_printf(arena, "webhook-id: %s", m->id),
	    arena_printf(arena, "webhook-timestamp: %lld", (long long)now),
	    arena_printf(arena, "webhook-signature: v1a,%s", sign(f->hooks, arena, m, now)),
	};
	struct curl_slist *out = NULL;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		out = curl_slist_append(out, lines[i]);
	return out;
}

static void set_up(const struct follower *f, CURL *c, const struct message *m, size_t *room)
{
	bool is_https = strncmp(f->url, "https:", 6) == 0;
	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_URL, f->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, is_https ? "https" : "http");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)TOTAL_SECONDS);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "provisod");
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, m->body.at);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)m->body.len);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, room);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, give_up);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, f->hooks);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	if (f->hooks->options.authorities != NULL)
		curl_easy_setopt(c, CURLOPT_CAINFO, f->hooks->options.authorities);
}

long hooks_post(const struct follower *f, CURL *c, struct arena *arena, const struct message *m,
                const char **why, unsigned *again)
{
	char text[CURL_ERROR_SIZE] = "";
	size_t room = 64 << 10;
	long status = 0;
	curl_off_t after = 0;
	struct curl_slist *headers = headers_of(f, arena, m);
	set_up(f, c, m, &room);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, text);
	CURLcode code = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &after);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	/* Who answered and then went on for ever has answered. */
	if (code != CURLE_OK && (code != CURLE_WRITE_ERROR || status == 0)) {
		*why = arena_printf(arena, "%s", *text != 0 ? text : curl_easy_strerror(code));
		return 0;
	}
	*why = arena_printf(arena, "it answers with status %ld", status);
	*again = after > 0 && after <= RETRY_MAX_SECONDS ? (unsigned)after : 0;
	return status;
}
