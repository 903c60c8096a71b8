#include "gather.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	ANSWER_MAX = 16384,
	TRIES = 3, /* of one witness: it grows between two only when somebody else asks it too */
	URL_MAX_BYTES = 2048,
	PAUSE_MILLISECONDS = 100,
	KNOWN = 2 * POLICY_MEMBERS,
};

struct known {
	struct hash key;
	uint64_t size; /* cosigned last */
};

struct gatherer {
	CURLM *multi;
	unsigned milliseconds;
	struct known known[KNOWN];
	size_t known_count;
	struct gathered told[POLICY_MEMBERS];
	size_t told_count;
};

/* One witness being asked. */
struct asking {
	const struct policy_member *witness;
	struct known *known;
	struct gathered *told;
	CURL *easy; /* NULL: it is over */
	struct curl_slist *headers;
	unsigned tries;
	uint8_t answer[ANSWER_MAX];
	size_t len;
	uint64_t ahead; /* it has cosigned so much, more than we have */
	struct bytes line;
};

struct gathering {
	struct gatherer *gatherer;
	struct arena *arena;
	struct cosigning *c;
	struct asking *at;
	size_t count;
};

struct gatherer *gatherer_new(unsigned milliseconds, struct err *e)
{
	struct gatherer *g = calloc(1, sizeof *g);
	if (g != NULL && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		g->multi = curl_multi_init();
	if (g == NULL || g->multi == NULL) {
		free(g);
		err_environment(e, "cannot start libcurl");
		return NULL;
	}
	g->milliseconds = milliseconds > 0 ? milliseconds : GATHER_MILLISECONDS;
	return g;
}

void gatherer_free(struct gatherer *g)
{
	if (g == NULL)
		return;
	curl_multi_cleanup(g->multi);
	free(g);
}

size_t gatherer_told(const struct gatherer *g, const struct gathered **out)
{
	*out = g->told;
	return g->told_count;
}

static int64_t milliseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* --- A request ---------------------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3))) failed(struct asking *a, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(a->told->why, sizeof a->told->why, format, args);
	va_end(args);
}

static size_t take(char *at, size_t size, size_t count, void *ctx)
{
	struct asking *a = ctx;
	size_t len = size * count;
	if (len > sizeof a->answer - a->len)
		return 0;
	memcpy(a->answer + a->len, at, len);
	a->len += len;
	return len;
}

static bool make_request(struct gathering *g, struct asking *a, struct bytes *out)
{
	struct err e = {0};
	struct witness_request *q = arena_alloc(g->arena, sizeof *q);
	q->old_size = a->known->size;
	q->checkpoint = g->c->note;
	q->proof.count = 0;
	if (!merkle_consistency(&g->c->tree, q->old_size, g->c->head.size, &q->proof, &e)) {
		failed(a, "no proof from %llu entries: %s", (unsigned long long)q->old_size,
		       e.text);
		return false;
	}
	*out = witness_request_format(g->arena, q);
	return true;
}

static void start(struct gathering *g, struct asking *a, int64_t left)
{
	char url[URL_MAX_BYTES];
	const char *base = a->witness->witness.url;
	struct bytes request;
	a->len = 0;
	a->tries++;
	if (base == NULL) {
		failed(a, "the policy has no URL of it");
		return;
	}
	if (!make_request(g, a, &request))
		return;
	size_t len = strlen(base);
	snprintf(url, sizeof url, "%s%sadd-checkpoint", base,
	         len > 0 && base[len - 1] == '/' ? "" : "/");
	a->easy = curl_easy_init();
	if (a->easy == NULL) {
		failed(a, "no memory");
		return;
	}
	CURL *c = a->easy;
	a->headers =
	    curl_slist_append(curl_slist_append(NULL, "Content-Type: text/plain"), "Expect:");
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "proviso");
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, a->headers);
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, request.at);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)request.len);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(c, CURLOPT_PRIVATE, a);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, left > 1 ? (long)left : 1L);
	curl_multi_add_handle(g->gatherer->multi, c);
}

static void stop(struct gathering *g, struct asking *a)
{
	if (a->easy == NULL)
		return;
	curl_multi_remove_handle(g->gatherer->multi, a->easy);
	curl_easy_cleanup(a->easy);
	curl_slist_free_all(a->headers);
	a->easy = NULL;
	a->headers = NULL;
}

/* --- Its answer ---------------------------------------------------------------------------- */

/* The line of this witness among those answered, when it is good; others are nobody's. */
static void take_lines(struct gathering *g, struct asking *a)
{
	struct reader r = reader_of(bytes_of(a->answer, a->len));
	const struct public_key *key = &a->witness->witness.key;
	struct bytes begin = bytes_text(arena_printf(g->arena, "\u2014 %s ", key->name));
	struct err e = {0};
	while (reader_left(&r) > 0) {
		struct bytes line = read_line(&r);
		if (r.bad) /* the last has no end */
			break;
		if (line.len <= begin.len || memcmp(line.at, begin.at, begin.len) != 0)
			continue;
		struct buffer note = {.arena = g->arena};
		struct note *parsed = arena_alloc(g->arena, sizeof *parsed);
		int64_t time;
		buffer_bytes(&note, g->c->note);
		buffer_bytes(&note, line);
		buffer_u8(&note, '\n');
		if (note_parse(g->arena, buffer_view(&note), parsed, &e) &&
		    cosignature_verify(parsed, key, &time, &e)) {
			a->line = bytes_copy(g->arena, line);
			a->known->size = g->c->head.size;
			a->told->is_good = true;
			return;
		}
	}
	failed(a, "it answers with no good cosignature of its key%s%.120s",
	       e.text[0] != 0 ? ": " : "", e.text);
}

/* It has cosigned another size than we thought: more than there is, or to be asked again. */
static bool take_conflict(struct gathering *g, struct asking *a)
{
	uint64_t size;
	size_t len = a->len;
	if (len > 0 && a->answer[len - 1] == '\n')
		len--;
	if (!decimal_parse(bytes_of(a->answer, len), &size)) {
		failed(a, "it answers 409 without a size");
		return false;
	}
	if (size > g->c->head.size) {
		a->ahead = size;
		failed(a, "it has cosigned %llu entries; here are %llu", (unsigned long long)size,
		       (unsigned long long)g->c->head.size);
		return false;
	}
	a->known->size = size;
	if (a->tries < TRIES)
		return true;
	failed(a, "it answers 409 again and again");
	return false;
}

static const char *first_line(struct gathering *g, struct asking *a)
{
	size_t len = 0;
	while (len < a->len && len < 120 && a->answer[len] >= 0x20 && a->answer[len] < 0x7F)
		len++;
	return arena_copy(g->arena, a->answer, len);
}

static void take_answer(struct gathering *g, struct asking *a, CURLcode code, int64_t deadline)
{
	long status = 0;
	curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status);
	stop(g, a);
	if (code != CURLE_OK)
		failed(a, "%s", curl_easy_strerror(code));
	else if (status == 200)
		take_lines(g, a);
	else if (status != 409)
		failed(a, "it answers %ld: %s", status, first_line(g, a));
	else if (take_conflict(g, a))
		start(g, a, deadline - milliseconds());
}

static void run(struct gathering *g, int64_t deadline)
{
	CURLM *multi = g->gatherer->multi;
	for (int running = 1; running > 0;) {
		CURLMsg *message;
		int left;
		if (curl_multi_perform(multi, &running) != CURLM_OK)
			return;
		while ((message = curl_multi_info_read(multi, &left)) != NULL) {
			struct asking *a;
			if (message->msg != CURLMSG_DONE)
				continue;
			CURLcode code = message->data.result;
			curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&a);
			take_answer(g, a, code, deadline);
			running = 1; /* perhaps it was asked again: the next turn says */
		}
		if (running > 0)
			curl_multi_poll(multi, NULL, 0, PAUSE_MILLISECONDS, NULL);
	}
}

/* --- All of them ----------------------------------------------------------------------------- */

static struct known *known_of(struct gatherer *g, const struct public_key *key, uint64_t size)
{
	struct hash id = key_id(key);
	for (size_t i = 0; i < g->known_count; i++)
		if (hash_equal(&g->known[i].key, &id)) {
			if (g->known[i].size > size)
				g->known[i].size = size;
			return &g->known[i];
		}
	g->known[g->known_count] = (struct known){id, size};
	return &g->known[g->known_count++];
}

static void begin(struct gathering *g, int64_t deadline)
{
	const struct policy *policy = g->c->policy;
	g->gatherer->told_count = 0;
	if (g->gatherer->known_count + policy->member_count >
	    KNOWN) /* of policies before this one */
		g->gatherer->known_count = 0;
	g->at = arena_array(g->arena, policy->member_count, sizeof *g->at);
	for (size_t i = 0; i < policy->member_count; i++) {
		const struct policy_member *m = &policy->members[i];
		if (m->is_group)
			continue;
		struct asking *a = &g->at[g->count++];
		*a = (struct asking){
		    .witness = m,
		    .known = known_of(g->gatherer, &m->witness.key, g->c->head.size),
		    .told = &g->gatherer->told[g->gatherer->told_count++],
		};
		*a->told = (struct gathered){0};
		snprintf(a->told->name, sizeof a->told->name, "%.*s", (int)m->name.len,
		         (const char *)m->name.at);
		start(g, a, deadline - milliseconds());
	}
}

static bool ask(void *ctx, struct arena *arena, struct cosigning *c, struct err *e)
{
	struct gathering g = {.gatherer = ctx, .arena = arena, .c = c};
	int64_t deadline = milliseconds() + g.gatherer->milliseconds;
	begin(&g, deadline);
	run(&g, deadline);
	struct buffer note = {.arena = arena};
	buffer_bytes(&note, c->note);
	const struct asking *ahead = NULL;
	for (size_t i = 0; i < g.count; i++) {
		stop(&g, &g.at[i]);
		if (g.at[i].line.len > 0) {
			buffer_bytes(&note, g.at[i].line);
			buffer_u8(&note, '\n');
		}
		if (g.at[i].ahead > 0)
			ahead = &g.at[i];
	}
	c->note = buffer_view(&note);
	if (ahead == NULL)
		return true;
	return err_refused(
	    e, "witness.ahead",
	    "witness %s has cosigned %llu entries of %s, and here are %llu: it is an "
	    "old copy, and must not sign again (proviso restore --log)",
	    ahead->told->name, (unsigned long long)ahead->ahead, c->head.origin,
	    (unsigned long long)c->head.size);
}

struct cosigners gatherer_cosigners(struct gatherer *g)
{
	return (struct cosigners){ask, g};
}
