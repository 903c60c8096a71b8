#include "hooks_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/rim.h"
#include "words/words.h"

enum { LOOK_MILLISECONDS = 500, SKIPPED_MAX = 4096 };

/* --- Waiting -------------------------------------------------------------------------------- */

uint64_t hooks_milliseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static struct timespec in_milliseconds(uint64_t milliseconds)
{
	uint64_t then = hooks_milliseconds() + milliseconds;
	return (struct timespec){(time_t)(then / 1000), (long)(then % 1000) * 1000000};
}

/* True until it ends. */
static bool wait_for(struct hooks *h, uint64_t milliseconds)
{
	struct timespec until = in_milliseconds(milliseconds);
	pthread_mutex_lock(&h->lock);
	while (!h->ends && pthread_cond_timedwait(&h->news, &h->lock, &until) == 0)
		;
	bool goes_on = !h->ends;
	pthread_mutex_unlock(&h->lock);
	return goes_on;
}

/* True when the log is larger than `next`; false when it ends. */
static bool wait_for_more(struct hooks *h, uint64_t next)
{
	pthread_mutex_lock(&h->lock);
	while (!h->ends && h->size <= next)
		pthread_cond_wait(&h->news, &h->lock);
	bool goes_on = !h->ends;
	pthread_mutex_unlock(&h->lock);
	return goes_on;
}

/* The log grows by commands too, not through this process alone: so it is looked at. */
static void *look(void *ctx)
{
	struct hooks *h = ctx;
	do {
		struct err ignored = {0};
		struct authority *a = reader_take(h->readers, &ignored);
		if (a == NULL)
			continue;
		uint64_t size = store_size(a->store);
		reader_give(h->readers, a);
		pthread_mutex_lock(&h->lock);
		if (size > h->size) {
			h->size = size;
			pthread_cond_broadcast(&h->news);
		}
		pthread_mutex_unlock(&h->lock);
	} while (wait_for(h, LOOK_MILLISECONDS));
	return NULL;
}

/* --- What is next ----------------------------------------------------------------------------
 */

struct event {
	uint64_t index;
	struct bytes entry;
	struct message message; /* body empty: nothing to tell of it */
};

struct search {
	struct arena *arena;
	struct event *out;
	uint64_t next;
	bool found;
};

/* The first entry that is no lease; leases are most of a log, and about nobody. */
static bool first_record(void *ctx, uint64_t index, struct bytes entry)
{
	struct search *s = ctx;
	struct record record;
	struct err ignored = {0};
	owned_arena arena = {0};
	s->next = index + 1;
	if (!record_decode(&arena, entry, &record, &ignored) || record.kind == KIND_LEASE)
		return true;
	s->out->index = index;
	s->out->entry = bytes_copy(s->arena, entry);
	s->found = true;
	return false;
}

static bool follows(const struct follower *f, const struct concerns *c)
{
	if (f->is_all || c->all)
		return true;
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < f->target_count; k++)
			if (strcmp(c->at[i], f->targets[k]) == 0)
				return true;
	return false;
}

static struct bytes body_of(const struct follower *f, struct arena *arena,
                            const struct record *record, uint64_t index, const struct concerns *c)
{
	json_t *concerns = json_array();
	for (size_t i = 0; i < c->count; i++)
		json_array_append_new(concerns, json_string(c->at[i]));
	json_t *json =
	    json_pack("{s:s,s:s,s:{s:s,s:s,s:I,s:s,s:o,s:b,s:s?}}", "type",
	              arena_printf(arena, "record.%s", record_kind(record->kind)->name),
	              "timestamp", words_time(arena, record->claims.issued_at), "data", "authority",
	              f->hooks->origin, "record", words_hex(arena, &record->id), "seq",
	              (json_int_t)index, "kind", record_kind(record->kind)->name, "concerns",
	              concerns, "concerns-all", (int)c->all, "action", c->action);
	char *text = json_dumps(json, JSON_COMPACT);
	assert(text != NULL);
	struct bytes out = bytes_copy(arena, bytes_text(text));
	free(text);
	json_decref(json);
	return out;
}

/* Whether there is a record between `f->next` and the end of the log, and what to say of it. */
static bool next_record(struct follower *f, struct authority *a, struct arena *arena,
                        struct event *out, bool *found, struct err *e)
{
	struct search s = {.arena = arena, .out = out, .next = f->next};
	struct state state = authority_state(a);
	struct record record;
	struct concerns concerns;
	uint64_t size = store_size(a->store),
	         to = size - f->next > SKIPPED_MAX ? f->next + SKIPPED_MAX : size;
	if (f->next < to && !store_entries(a->store, f->next, to, first_record, &s, e))
		return false;
	*found = s.found;
	f->next = s.found ? out->index : s.next;
	if (!s.found)
		return true;
	if (!record_decode(arena, out->entry, &record, e) ||
	    !query_concerns(&state, arena, &record, &concerns, e))
		return false;
	if (follows(f, &concerns))
		out->message = (struct message){words_hex(arena, &record.id),
		                                body_of(f, arena, &record, out->index, &concerns)};
	return true;
}

/* --- Telling -------------------------------------------------------------------------------- */

static void keep(struct follower *f)
{
	struct err e = {0};
	char text[32];
	int len = snprintf(text, sizeof text, "%llu\n", (unsigned long long)f->next);
	if (f->kept == f->next)
		return;
	if (file_write(f->cursor, bytes_of(text, (size_t)len), 0600, &e))
		f->kept = f->next;
	else
		service_log("webhook-not-kept",
		            json_pack("{s:s,s:s}", "name", f->name, "text", e.text));
}

static void failed(struct follower *f, unsigned times, const char *why)
{
	f->failed++;
	if (times == 1)
		service_log("webhook-failed", json_pack("{s:s,s:s}", "name", f->name, "text", why));
}

/* Doubled by each failure; a little less or more, so that many do not come back at once. */
static uint64_t pause_of(const struct follower *f, unsigned times, unsigned asked)
{
	uint64_t seconds = f->hooks->options.retry_seconds;
	uint8_t random; /* of 255: ten per cent either way */
	for (unsigned i = 1; i < times && seconds < RETRY_MAX_SECONDS; i++)
		seconds *= 2;
	seconds = asked > seconds ? asked : seconds;
	seconds = seconds > RETRY_MAX_SECONDS ? RETRY_MAX_SECONDS : seconds;
	rim_random(&random, 1);
	return seconds * (900u + random * 200u / 255u);
}

/* Tells it until it is heard; false: it ends, or he wants to hear no more. */
static bool tell(struct follower *f, CURL *curl, const struct message *m)
{
	for (unsigned times = 1;; times++) {
		owned_arena arena = {0};
		const char *why = "";
		unsigned asked = 0;
		long status = hooks_post(f, curl, &arena, m, &why, &asked);
		if (status >= 200 && status < 300) {
			f->delivered++;
			if (times > 1)
				service_log("webhook-heard", json_pack("{s:s,s:i}", "name", f->name,
				                                       "tries", (int)times));
			return true;
		}
		failed(f, times, why);
		if (status == 410) {
			f->is_gone = true;
			return false;
		}
		if (!wait_for(f->hooks, pause_of(f, times, asked)))
			return false;
	}
}

/* One record; false: it ends. */
static bool step(struct follower *f, CURL *curl)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct event event = {0};
	bool found = false;
	struct authority *a = reader_take(f->hooks->readers, &e);
	bool ok = a != NULL && next_record(f, a, &arena, &event, &found, &e);
	if (a != NULL)
		reader_give(f->hooks->readers, a);
	if (!ok) /* the store cannot be read now */
		return wait_for(f->hooks, 1000);
	if (found) {
		if (event.message.body.len > 0 && !tell(f, curl, &event.message))
			return false;
		f->next = event.index + 1;
	}
	f->looked = f->next;
	if (event.message.body.len > 0 || f->kept == UINT64_MAX || f->next - f->kept > SKIPPED_MAX)
		keep(f);
	return wait_for_more(f->hooks, f->next);
}

static void *follow(void *ctx)
{
	struct follower *f = ctx;
	CURL *curl = curl_easy_init();
	f->looked = f->next;
	keep(f); /* he follows from now on, whatever becomes of us */
	if (curl != NULL)
		while (step(f, curl))
			;
	keep(f);
	curl_easy_cleanup(curl);
	return NULL;
}

/* --- Starting and stopping ------------------------------------------------------------------ */

struct hooks *hooks_open(const struct hooks_options *options, struct readers *readers,
                         struct err *e)
{
	struct hooks *h = calloc(1, sizeof *h);
	pthread_condattr_t monotonic;
	if (h == NULL) {
		err_environment(e, "out of memory");
		return NULL;
	}
	h->options = *options;
	h->readers = readers;
	pthread_mutex_init(&h->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&h->news, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (hooks_read(h, e))
		return h;
	hooks_close(h);
	return NULL;
}

bool hooks_start(struct hooks *h, struct err *e)
{
	const char *folder = arena_printf(&h->arena, "%s/webhooks", h->options.home);
	if (!directory_make(folder, 0700, e))
		return false;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_environment(e, "the HTTP library cannot start");
	h->is_looking = pthread_create(&h->looker, NULL, look, h) == 0;
	bool ok = h->is_looking;
	for (size_t i = 0; ok && i < h->count; i++) {
		struct follower *f = &h->followers[i];
		ok = f->is_running = pthread_create(&f->thread, NULL, follow, f) == 0;
	}
	return ok || err_environment(e, "cannot start a thread");
}

void hooks_stop(struct hooks *h)
{
	pthread_mutex_lock(&h->lock);
	h->ends = true;
	h->last = hooks_milliseconds() + END_MILLISECONDS;
	pthread_cond_broadcast(&h->news);
	pthread_mutex_unlock(&h->lock);
	if (h->is_looking)
		pthread_join(h->looker, NULL);
	for (size_t i = 0; i < h->count; i++)
		if (h->followers[i].is_running)
			pthread_join(h->followers[i].thread, NULL);
	h->is_looking = false;
	for (size_t i = 0; i < h->count; i++)
		h->followers[i].is_running = false;
}

void hooks_close(struct hooks *h)
{
	hooks_stop(h);
	pthread_mutex_destroy(&h->lock);
	pthread_cond_destroy(&h->news);
	key_wipe(&h->key);
	arena_free(&h->arena);
	free(h);
}

const char *hooks_public_key(const struct hooks *h)
{
	return h->public_key;
}

/* --- Metrics -------------------------------------------------------------------------------- */

static void series(struct buffer *out, const char *name, const char *type, const char *help)
{
	buffer_printf(out, "# HELP proviso_webhook_%s %s\n# TYPE proviso_webhook_%s %s\n", name,
	              help, name, type);
}

void hooks_metrics(struct hooks *h, struct buffer *out)
{
	pthread_mutex_lock(&h->lock);
	uint64_t size = h->size;
	pthread_mutex_unlock(&h->lock);
	series(out, "delivered_total", "counter", "Records that a follower was told of.");
	for (size_t i = 0; i < h->count; i++)
		buffer_printf(out, "proviso_webhook_delivered_total{name=\"%s\"} %llu\n",
		              h->followers[i].name, (unsigned long long)h->followers[i].delivered);
	series(out, "failed_total", "counter", "Tries that were not heard.");
	for (size_t i = 0; i < h->count; i++)
		buffer_printf(out, "proviso_webhook_failed_total{name=\"%s\"} %llu\n",
		              h->followers[i].name, (unsigned long long)h->followers[i].failed);
	series(out, "behind", "gauge", "Entries of the log that a follower is behind.");
	for (size_t i = 0; i < h->count; i++) {
		uint64_t looked = h->followers[i].looked;
		buffer_printf(out, "proviso_webhook_behind{name=\"%s\"} %llu\n",
		              h->followers[i].name,
		              (unsigned long long)(size > looked ? size - looked : 0));
	}
	series(out, "gone", "gauge", "1 when a follower wants to hear no more (410).");
	for (size_t i = 0; i < h->count; i++)
		buffer_printf(out, "proviso_webhook_gone{name=\"%s\"} %d\n", h->followers[i].name,
		              (int)h->followers[i].is_gone);
}
