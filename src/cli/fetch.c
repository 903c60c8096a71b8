#include "fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"

enum { FETCH_MAX = INT32_MAX, CONNECT_SECONDS = 30, SLOW_SECONDS = 60, SLOW_BYTES = 100 };

bool fetch_is_url(const char *source)
{
	return strstr(source, "://") != NULL;
}

static bool is_local(const char *url)
{
	static const char *const hosts[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		size_t len = strlen(hosts[i]);
		if (strncasecmp(url, hosts[i], len) == 0 && strchr(":/", url[len]) != NULL)
			return true;
	}
	return false;
}

static bool check_scheme(const char *url, struct err *e)
{
	if (strncasecmp(url, "https://", 8) == 0 || is_local(url))
		return true;
	if (strncasecmp(url, "http://", 7) == 0)
		return err_usage(e, "%s can be altered on its way: use https", url);
	return err_usage(e, "%s: only https URLs and files are fetched", url);
}

/* --- One try -------------------------------------------------------------------------------- */

struct transfer {
	const struct fetch *f;
	CURL *curl;
	FILE *part;
	uint64_t from; /* bytes that were there */
	bool is_begun;
	struct arena *arena;
	struct fetched *out;
};

static const char *header_value(struct arena *arena, const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);
	if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	const char *at = line + n + 1, *end = line + len;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && strchr("\r\n \t", end[-1]) != NULL)
		end--;
	return arena_copy(arena, at, (size_t)(end - at));
}

static size_t on_header(char *line, size_t size, size_t count, void *user)
{
	struct transfer *t = user;
	size_t len = size * count;
	const char *value;
	if (len > 5 && strncasecmp(line, "HTTP/", 5) == 0) /* of a redirection, or the answer */
		t->out->etag = t->out->last_modified = NULL;
	else if ((value = header_value(t->arena, line, len, "ETag")) != NULL)
		t->out->etag = value;
	else if ((value = header_value(t->arena, line, len, "Last-Modified")) != NULL)
		t->out->last_modified = value;
	return len;
}

/* The whole came though a part was asked for: what was there is thrown away. */
static bool begin(struct transfer *t)
{
	long status = 0;
	t->is_begun = true;
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 206)
		return true;
	t->from = 0;
	return fflush(t->part) == 0 && ftruncate(fileno(t->part), 0) == 0 &&
	       fseek(t->part, 0, SEEK_SET) == 0;
}

static size_t on_body(char *at, size_t size, size_t count, void *user)
{
	struct transfer *t = user;
	if (!t->is_begun && !begin(t))
		return 0;
	return fwrite(at, 1, size * count, t->part);
}

static int on_progress(void *user, curl_off_t total, curl_off_t done, curl_off_t up,
                       curl_off_t sent)
{
	const struct transfer *t = user;
	(void)up, (void)sent;
	if (t->f->step != NULL && done > 0)
		t->f->step(t->f->context, t->from + (uint64_t)done,
		           total > 0 ? t->from + (uint64_t)total : 0);
	return 0;
}

static struct curl_slist *headers(const struct transfer *t, struct arena *arena,
                                  const char *part_tag)
{
	struct curl_slist *list = NULL;
	if (t->from > 0 && part_tag != NULL)
		return curl_slist_append(list, arena_printf(arena, "If-Range: %s", part_tag));
	if (t->f->etag != NULL)
		list =
		    curl_slist_append(list, arena_printf(arena, "If-None-Match: %s", t->f->etag));
	else if (t->f->last_modified != NULL)
		list = curl_slist_append(
		    list, arena_printf(arena, "If-Modified-Since: %s", t->f->last_modified));
	return list;
}

static void set_options(struct transfer *t, const struct curl_slist *list,
                        char error[CURL_ERROR_SIZE])
{
	CURL *c = t->curl;
	bool is_https = strncasecmp(t->f->url, "https", 5) == 0;
	curl_easy_setopt(c, CURLOPT_URL, t->f->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, is_https ? "https" : "http,https");
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(c, CURLOPT_MAXREDIRS, 10L);
	curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
	curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)FETCH_MAX);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "proviso/" PROVISO_VERSION);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
	if (t->f->proxy != NULL)
		curl_easy_setopt(c, CURLOPT_PROXY, t->f->proxy);
	if (t->from > 0)
		curl_easy_setopt(c, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->from);
}

enum outcome { DONE, AGAIN, NEVER };

/* Some failures pass by themselves: the network's, and a server that is busy. */
static enum outcome judge(struct transfer *t, CURLcode code, const char *error, struct err *e)
{
	long status = 0;
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK)
		return DONE;
	if (code == CURLE_HTTP_RETURNED_ERROR) {
		err_refused(e, "fetch.status", "%s answers with status %ld", t->f->url, status);
		return status == 408 || status == 429 || status >= 500 || status == 416 ? AGAIN
		                                                                        : NEVER;
	}
	err_environment(e, "cannot fetch %s: %s", t->f->url,
	                *error != 0 ? error : curl_easy_strerror(code));
	bool is_final = code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT ||
	                code == CURLE_PEER_FAILED_VERIFICATION ||
	                code == CURLE_TOO_MANY_REDIRECTS || code == CURLE_FILESIZE_EXCEEDED ||
	                code == CURLE_WRITE_ERROR;
	return is_final ? NEVER : AGAIN;
}

static const char *tag_of_part(struct arena *arena, const char *path)
{
	struct bytes tag;
	return file_read(arena, path, 4096, &tag, &(struct err){0}) && tag.len > 0
	           ? arena_copy(arena, tag.at, tag.len)
	           : NULL;
}

/* The part goes on only when it can be told to be of the same file: by its tag. */
static enum outcome try_once(const struct fetch *f, struct arena *arena, struct fetched *out,
                             struct err *e)
{
	const char *part = arena_printf(arena, "%s.part", f->path);
	const char *tag_path = arena_printf(arena, "%s.part.etag", f->path);
	const char *tag = tag_of_part(arena, tag_path);
	owned_file file = fopen(part, tag != NULL ? "abe" : "wbe");
	struct transfer t = {.f = f, .part = file, .arena = arena, .out = out};
	char error[CURL_ERROR_SIZE] = "";
	struct stat st;
	*out = (struct fetched){0};
	if (file == NULL || fstat(fileno(file), &st) != 0) {
		err_errno(e, "cannot write %s", part);
		return NEVER;
	}
	t.from = (uint64_t)st.st_size;
	t.curl = curl_easy_init();
	if (t.curl == NULL) {
		err_environment(e, "no memory to fetch %s", f->url);
		return NEVER;
	}
	struct curl_slist *list = headers(&t, arena, tag);
	set_options(&t, list, error);
	CURLcode code = curl_easy_perform(t.curl);
	long status = 0;
	enum outcome outcome = judge(&t, code, error, e);
	curl_easy_getinfo(t.curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(list);
	curl_easy_cleanup(t.curl);
	out->is_changed = status != 304;
	bool is_kept = fflush(file) == 0 && fsync(fileno(file)) == 0;
	if (outcome == DONE && !is_kept) {
		err_errno(e, "cannot write %s", part);
		return NEVER;
	}
	if (outcome == AGAIN && code != CURLE_HTTP_RETURNED_ERROR && out->etag != NULL &&
	    strncmp(out->etag, "W/", 2) != 0)
		file_write(tag_path, bytes_text(out->etag), 0644, &(struct err){0});
	else if (outcome != AGAIN || status == 416)
		unlink(tag_path);
	if (outcome == DONE && (out->is_changed ? rename(part, f->path) : unlink(part)) != 0) {
		err_errno(e, "cannot put %s in place", f->path);
		return NEVER;
	}
	if (outcome == NEVER)
		unlink(part);
	return outcome;
}

/* Half a second, then twice as long each time, up to half a minute. */
static void pause_before(unsigned attempt)
{
	unsigned milliseconds = 500u << (attempt < 6 ? attempt : 6);
	struct timespec t = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
	nanosleep(&t, NULL);
}

bool fetch(const struct fetch *f, struct arena *arena, struct fetched *out, struct err *e)
{
	if (!check_scheme(f->url, e))
		return false;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_environment(e, "cannot start libcurl");
	enum outcome outcome = AGAIN;
	for (unsigned attempt = 0; outcome == AGAIN && attempt <= f->retries; attempt++) {
		if (attempt > 0)
			pause_before(attempt - 1);
		outcome = try_once(f, arena, out, e);
	}
	if (outcome == AGAIN)
		return err_context(e, "after %u tries", f->retries + 1);
	if (outcome == DONE)
		*e = (struct err){0};
	return outcome == DONE;
}
