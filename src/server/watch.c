/*
 * The hub: topics are the targets of measures ("system/ID", "licence/ID", "end-user/NAME",
 * ...); a watch is in the six of its system, and in "" for what touches all. Whoever looks at
 * everything is in "*", which is touched once a round.
 *
 * A watch that has not yet sent an event keeps the newest only: an event says "ask again",
 * and once is enough. So a slow client costs no memory. Topics that were touched are kept
 * without a watch too, so that whoever comes back learns what it missed; when they are too
 * many they go, and everybody who knows less than now is told to ask.
 */
#include "parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* No target of measures is called so. */
#define EVERYTHING "*"

enum { TOPICS_OF_ONE = 7, EVENT_MAX = 512, BUCKETS = 1 << 16, IDLE_TOPICS_MAX = 1 << 16 };

struct event {
	atomic_uint references;
	size_t len;
	char text[];
};

struct topic {
	struct topic *next; /* in its bucket */
	struct link *first;
	uint64_t last; /* entries on the log after the last touch; 0: none */
	struct event *event;
	char name[];
};

/* A watch in a topic. */
struct link {
	struct topic *topic;
	struct watch *watch;
	struct link *before, *after;
};

struct watch {
	struct hub *hub;
	struct http_exchange *exchange;
	struct link links[TOPICS_OF_ONE];
	size_t link_count;
	_Atomic(struct event *) pending;
	atomic_bool beats;
	atomic_uint beat_at; /* second of the beat */
	size_t greeting_len;
	char greeting[80];
	struct watch *before, *after;
};

struct hub {
	pthread_mutex_t lock;
	pthread_t thread;
	atomic_bool ends;
	unsigned beat_seconds;
	uint64_t known_from; /* who knows no more than this is told to ask */
	struct topic *buckets[BUCKETS];
	size_t idle;
	struct watch *watches;
	_Atomic uint64_t watching, events, records, news;
};

/* --- Events ------------------------------------------------------------------------------------
 */

static struct event *event_new(uint64_t size, const char *action, const char *record)
{
	char text[EVENT_MAX];
	int len = snprintf(text, sizeof text,
	                   "event: changed\nid: %llu\ndata: "
	                   "{\"entries\":%llu,\"action\":\"%s\",\"record\":%s%s%s}\n\n",
	                   (unsigned long long)size, (unsigned long long)size, action,
	                   record != NULL ? "\"" : "", record != NULL ? record : "null",
	                   record != NULL ? "\"" : "");
	assert(len > 0 && len < EVENT_MAX);
	struct event *event = malloc(sizeof *event + (size_t)len);
	if (event == NULL)
		abort();
	event->references = 1;
	event->len = (size_t)len;
	memcpy(event->text, text, (size_t)len);
	return event;
}

static void event_drop(struct event *event)
{
	if (event != NULL && atomic_fetch_sub(&event->references, 1) == 1)
		free(event);
}

static void set_pending(struct watch *w, struct event *event)
{
	atomic_fetch_add(&event->references, 1);
	event_drop(atomic_exchange(&w->pending, event));
}

/* --- Topics ------------------------------------------------------------------------------------
 */

static struct topic **slot_of(struct hub *h, const char *name)
{
	uint64_t hash = 0xCBF29CE484222325u;
	for (const char *c = name; *c != 0; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001B3u;
	struct topic **slot = &h->buckets[(hash ^ hash >> 32) % BUCKETS];
	while (*slot != NULL && strcmp((*slot)->name, name) != 0)
		slot = &(*slot)->next;
	return slot;
}

static struct topic *topic_get(struct hub *h, const char *name)
{
	struct topic **slot = slot_of(h, name);
	if (*slot == NULL) {
		size_t len = strlen(name);
		*slot = calloc(1, sizeof **slot + len + 1);
		if (*slot == NULL)
			abort();
		memcpy((*slot)->name, name, len + 1);
		h->idle++;
	}
	return *slot;
}

static void topic_drop(struct hub *h, struct topic *topic)
{
	struct topic **slot = slot_of(h, topic->name);
	*slot = topic->next;
	event_drop(topic->event);
	free(topic);
	h->idle--;
}

static void link_in(struct hub *h, struct watch *w, size_t which, const char *name)
{
	struct topic *topic = topic_get(h, name);
	struct link *link = &w->links[which];
	h->idle -= topic->first == NULL;
	*link = (struct link){.topic = topic, .watch = w, .after = topic->first};
	if (topic->first != NULL)
		topic->first->before = link;
	topic->first = link;
}

static void link_out(struct hub *h, struct link *link)
{
	if (link->before != NULL)
		link->before->after = link->after;
	else
		link->topic->first = link->after;
	if (link->after != NULL)
		link->after->before = link->before;
	if (link->topic->first != NULL)
		return;
	h->idle++;
	if (link->topic->last == 0)
		topic_drop(h, link->topic);
}

/* Forgets what was touched where nobody watches. */
static void forget(struct hub *h, uint64_t size)
{
	h->known_from = size;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct topic *topic = h->buckets[i], *next; topic != NULL; topic = next) {
			next = topic->next;
			if (topic->first == NULL)
				topic_drop(h, topic);
		}
}

/* The topic has this event, which is its own from now on, `size` being the entries then. */
static void touch(struct hub *h, const char *name, struct event *event, uint64_t size)
{
	pthread_mutex_lock(&h->lock);
	struct topic *topic = topic_get(h, name);
	if (topic->last >= size) { /* who was told of this or of what came later asks anyway */
		pthread_mutex_unlock(&h->lock);
		event_drop(event);
		return;
	}
	topic->last = size;
	event_drop(topic->event);
	topic->event = event;
	for (struct link *link = topic->first; link != NULL; link = link->after) {
		set_pending(link->watch, event);
		http_wake(link->watch->exchange);
	}
	if (h->idle > IDLE_TOPICS_MAX)
		forget(h, size);
	pthread_mutex_unlock(&h->lock);
}

void hub_touch(struct hub *h, const struct touched *touched, const struct hash *record,
               uint64_t index)
{
	owned_arena arena = {0};
	touch(h, touched->all ? "" : touched->target,
	      event_new(index + 1, touched->action, hex_encode(&arena, hash_bytes(record))),
	      index + 1);
}

void hub_news(struct hub *h, bool records, uint64_t size)
{
	if (records)
		atomic_fetch_add(&h->records, 1);
	atomic_fetch_add(&h->news, 1);
	touch(h, EVERYTHING, event_new(size, records ? "record" : "lease", NULL), size);
}

struct hub_version hub_version(const struct hub *h)
{
	return (struct hub_version){atomic_load(&h->records), atomic_load(&h->news)};
}

/* --- Watches ------------------------------------------------------------------------------------
 */

static ptrdiff_t next_event(void *ctx, char *at, size_t room)
{
	struct watch *w = ctx;
	assert(room >= EVENT_MAX);
	if (w->greeting_len > 0) {
		size_t len = w->greeting_len;
		memcpy(at, w->greeting, len);
		w->greeting_len = 0;
		return (ptrdiff_t)len;
	}
	struct event *event = atomic_exchange(&w->pending, NULL);
	if (event != NULL) {
		size_t len = event->len;
		memcpy(at, event->text, len);
		event_drop(event);
		atomic_fetch_add(&w->hub->events, 1);
		return (ptrdiff_t)len;
	}
	if (atomic_exchange(&w->beats, false)) {
		memcpy(at, ":\n\n", 3);
		return 3;
	}
	return 0;
}

static void watch_closed(void *ctx)
{
	struct watch *w = ctx;
	struct hub *h = w->hub;
	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < w->link_count; i++)
		link_out(h, &w->links[i]);
	if (w->before != NULL)
		w->before->after = w->after;
	else
		h->watches = w->after;
	if (w->after != NULL)
		w->after->before = w->before;
	pthread_mutex_unlock(&h->lock);
	event_drop(atomic_exchange(&w->pending, NULL));
	atomic_fetch_sub(&h->watching, 1);
	free(w);
}

static unsigned second(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned)t.tv_sec;
}

/* The newest event after `since` in the topics of the watch. */
static void catch_up(struct hub *h, struct watch *w, uint64_t since)
{
	struct topic *newest = NULL;
	for (size_t i = 0; i < w->link_count; i++)
		if (w->links[i].topic->last > since &&
		    (newest == NULL || w->links[i].topic->last > newest->last))
			newest = w->links[i].topic;
	if (newest != NULL) {
		set_pending(w, newest->event);
	} else if (since < h->known_from) {
		struct event *event = event_new(h->known_from, "unknown", NULL);
		set_pending(w, event);
		event_drop(event);
	}
}

/* `spread`: so that not all beat in the same second. */
static void begin(struct hub *h, const char *const topics[], size_t count, unsigned spread,
                  uint64_t since, struct http_request *q, struct http_response *r)
{
	struct watch *w = calloc(1, sizeof *w);
	if (w == NULL) {
		http_again(q, r, 503, 5, "http.environment",
		           "there is no memory for one more watch");
		return;
	}
	w->hub = h;
	w->exchange = q->exchange;
	w->link_count = count;
	w->beat_at = second() + 1 + spread % h->beat_seconds;
	w->greeting_len = (size_t)snprintf(w->greeting, sizeof w->greeting,
	                                   "retry: 3000\nevent: watching\nid: %llu\ndata: {}\n\n",
	                                   (unsigned long long)since);
	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < count; i++)
		link_in(h, w, i, topics[i]);
	w->after = h->watches;
	if (w->after != NULL)
		w->after->before = w;
	h->watches = w;
	catch_up(h, w, since);
	pthread_mutex_unlock(&h->lock);
	atomic_fetch_add(&h->watching, 1);
	r->status = 200;
	r->content_type = "text/event-stream";
	http_add_header(r, "Cache-Control", "no-store");
	r->stream = (struct http_stream){next_event, watch_closed, w};
}

void hub_watch(struct hub *h, const struct system_info *s, uint64_t since, struct http_request *q,
               struct http_response *r)
{
	owned_arena arena = {0};
	const char *topics[TOPICS_OF_ONE] = {
	    arena_printf(&arena, "system/%s", hex_encode(&arena, hash_bytes(&s->id))),
	    arena_printf(&arena, "licence/%s", hex_encode(&arena, hash_bytes(&s->licence))),
	    arena_printf(&arena, "end-user/%s", s->end_user),
	    arena_printf(&arena, "exporter/%s", s->exporter),
	    arena_printf(&arena, "item/%s", s->item),
	    arena_printf(&arena, "country/%s", s->country),
	    "",
	};
	begin(h, topics, TOPICS_OF_ONE, (unsigned)(s->id.at[0] | s->id.at[1] << 8), since, q, r);
}

void hub_watch_all(struct hub *h, uint64_t since, struct http_request *q, struct http_response *r)
{
	static const char *const everything[] = {EVERYTHING};
	begin(h, everything, 1, (unsigned)h->watching, since, q, r);
}

/* --- Beats ---------------------------------------------------------------------------------------
 */

static void *beat(void *ctx)
{
	struct hub *h = ctx;
	while (!atomic_load(&h->ends)) {
		unsigned now = second();
		pthread_mutex_lock(&h->lock);
		for (struct watch *w = h->watches; w != NULL; w = w->after) {
			if ((int)(now - w->beat_at) < 0)
				continue;
			w->beat_at = now + h->beat_seconds;
			atomic_store(&w->beats, true);
			http_wake(w->exchange);
		}
		pthread_mutex_unlock(&h->lock);
		for (unsigned i = 0; i < 10 && !atomic_load(&h->ends); i++)
			nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	}
	return NULL;
}

struct hub *hub_new(uint64_t size, unsigned beat_seconds)
{
	struct hub *h = calloc(1, sizeof *h);
	if (h == NULL)
		return NULL;
	h->beat_seconds = beat_seconds;
	h->known_from = size;
	pthread_mutex_init(&h->lock, NULL);
	if (pthread_create(&h->thread, NULL, beat, h) == 0)
		return h;
	free(h);
	return NULL;
}

void hub_free(struct hub *h)
{
	atomic_store(&h->ends, true);
	pthread_join(h->thread, NULL);
	assert(h->watches == NULL);
	forget(h, 0);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

struct hub_counts hub_counts(struct hub *h)
{
	return (struct hub_counts){.watches = h->watching, .events = h->events};
}
