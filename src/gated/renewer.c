#include "renewer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/rim.h"
#include "say.h"

enum {
	REPLY_MILLISECONDS = 60000, /* the transport gives up before */
	FAILED_MIN_MILLISECONDS = 1000,
	FAILED_MAX_MILLISECONDS = 60000,
	REFUSED_MIN_MILLISECONDS = 10000, /* each answer is an entry on the log */
	REFUSED_MAX_MILLISECONDS = 600000,
	DOUBLINGS_MAX = 10,
};

/* Through suspends: a lease's life goes on then. */
static int64_t milliseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* --- When ------------------------------------------------------------------------------------- */

int64_t renewer_due(const char *system, uint64_t ttl_seconds)
{
	/* The id is a digest: its beginning is as good a hash of the system as any. */
	char digits[9] = "0";
	snprintf(digits, sizeof digits, "%.8s", system);
	/* A century is for ever here. */
	int64_t ttl =
	    ttl_seconds < UINT32_MAX ? (int64_t)ttl_seconds * 1000 : UINT32_MAX * INT64_C(1000);
	int64_t spread = (int64_t)(strtoul(digits, NULL, 16) >> 16); /* of 65536 */
	return ttl / 2 + ttl / 4 * spread / 65536;
}

int64_t renewer_wait(uint64_t in_a_row, bool refused, uint32_t chance)
{
	int64_t most = refused ? REFUSED_MAX_MILLISECONDS : FAILED_MAX_MILLISECONDS;
	int64_t wait = refused ? REFUSED_MIN_MILLISECONDS : FAILED_MIN_MILLISECONDS;
	for (uint64_t i = 1; i < in_a_row && i < DOUBLINGS_MAX; i++)
		wait *= 2;
	if (wait > most)
		wait = most;
	return wait / 2 + chance % (wait / 2 + 1);
}

static uint32_t chance(void)
{
	uint32_t number;
	rim_random(&number, sizeof number);
	return number;
}

static void next_in(struct renewer *r, int64_t wait)
{
	pthread_mutex_lock(&r->lock);
	r->next = milliseconds() + wait;
	pthread_mutex_unlock(&r->lock);
}

/* When the lease that is in force, if any, wants renewing. */
static void next_of_lease(struct renewer *r, const struct proviso_lease_status *l)
{
	if (l->code != PROVISO_ALLOWED) {
		next_in(r, 0);
		return;
	}
	int64_t age = ((int64_t)l->ttl_seconds - l->remaining_seconds) * 1000;
	int64_t wait = renewer_due(l->system, l->ttl_seconds) - age;
	next_in(r, wait > 0 ? wait : 0);
}

/* --- Saying how it goes -------------------------------------------------------------------------
 */

static void say_how_long(const struct renewer *r, const char *why, int64_t wait)
{
	struct proviso_lease_status l;
	char left[64] = "there is no lease in force";
	if (proviso_gate_lease(r->gate, r->authority, &l) && l.code == PROVISO_ALLOWED)
		snprintf(left, sizeof left, "the lease still lasts %lld s",
		         (long long)l.remaining_seconds);
	say(SAY_WARNING, "%s: not renewed: %s; %s; again in %lld.%lld s", l.authority, why, left,
	    (long long)wait / 1000, (long long)wait % 1000 / 100);
	say_status(left);
}

static void failed(struct renewer *r, const char *why, int64_t not_before)
{
	pthread_mutex_lock(&r->lock);
	struct proviso_renewal_status *s = &r->status;
	s->reachable = false;
	s->failures++;
	if (s->failing_since == 0)
		s->failing_since = rim_now();
	snprintf(s->why, sizeof s->why, "%s", why);
	int64_t wait = renewer_wait(s->failures, false, chance());
	if (wait < not_before)
		wait = not_before + chance() % 1000;
	r->next = milliseconds() + wait;
	pthread_mutex_unlock(&r->lock);
	say_how_long(r, why, wait);
}

static void answered(struct renewer *r, const char *why)
{
	pthread_mutex_lock(&r->lock);
	r->status.reachable = true;
	r->status.failures = 0;
	r->status.failing_since = 0;
	snprintf(r->status.why, sizeof r->status.why, "%s", why);
	pthread_mutex_unlock(&r->lock);
}

/* --- Renewing -----------------------------------------------------------------------------------
 */

static void ask(struct renewer *r)
{
	static _Thread_local uint8_t request[PROVISO_REQUEST_MAX];
	struct proviso_error e = {0};
	size_t size = sizeof request;
	if (!proviso_gate_request(r->gate, r->authority, request, &size, &e)) {
		failed(r, e.text, 0);
		return;
	}
	if (!transport_send(r->transport.socket, TRANSPORT_RENEW, bytes_of(request, size))) {
		r->lost = true;
		return;
	}
	r->waits = true;
	r->waits_until = milliseconds() + REPLY_MILLISECONDS;
	next_in(r, REPLY_MILLISECONDS);
}

/* From the log's size under this lease on: what came before is in it. */
static void watch(struct renewer *r, const struct proviso_lease_status *l)
{
	char text[128];
	if (l->system[0] == 0)
		return;
	int len =
	    snprintf(text, sizeof text, "%s %llu", l->system, (unsigned long long)l->log_size);
	transport_send(r->transport.socket, TRANSPORT_WATCH, bytes_of(text, (size_t)len));
}

static void accepted(struct renewer *r)
{
	struct proviso_lease_status l;
	proviso_gate_lease(r->gate, r->authority, &l);
	r->refusals = 0;
	answered(r, "");
	next_of_lease(r, &l);
	watch(r, &l);
	say(SAY_INFO, "%s: lease %llu, good for %lld s", l.authority,
	    (unsigned long long)l.sequence, (long long)l.remaining_seconds);
	say_status("renewed");
}

static void refused(struct renewer *r, const struct proviso_error *e)
{
	int64_t wait = renewer_wait(++r->refusals, true, chance());
	answered(r, e->text);
	next_in(r, wait);
	say(SAY_WARNING, "%s; nothing is allowed from now on; again in %lld s", e->text,
	    (long long)wait / 1000);
	say_status("the authority refused to renew: nothing is allowed");
}

static void take_reply(struct renewer *r, struct bytes reply)
{
	struct proviso_error e = {0};
	if (!r->waits)
		return;
	r->waits = false;
	if (proviso_gate_accept(r->gate, reply.at, reply.len, &e))
		accepted(r);
	else if (strcmp(e.code, "gate.lease-refused") == 0)
		refused(r, &e);
	else
		failed(r, e.text, 0);
}

/* "SECONDS WHY" */
static void take_failure(struct renewer *r, struct bytes content)
{
	char text[256];
	char *why;
	if (!r->waits)
		return;
	r->waits = false;
	snprintf(text, sizeof text, "%.*s", (int)content.len, (const char *)content.at);
	for (char *c = text; *c != 0; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	long long seconds = strtoll(text, &why, 10);
	if (seconds < 0 || seconds > 3600)
		seconds = seconds < 0 ? 0 : 3600;
	failed(r, *why == ' ' ? why + 1 : why, seconds * 1000);
}

static void set_watching(struct renewer *r, bool watching)
{
	pthread_mutex_lock(&r->lock);
	bool was = r->status.watching;
	r->status.watching = watching;
	pthread_mutex_unlock(&r->lock);
	if (was != watching)
		say(watching ? SAY_INFO : SAY_NOTICE, "%s",
		    watching ? "the authority tells of changes at once"
		             : "the watch is lost: changes are learned by renewing");
}

static void take_message(struct renewer *r)
{
	enum transport_kind kind;
	struct bytes content;
	if (!transport_receive(r->transport.socket, r->room, &kind, &content)) {
		r->lost = true;
		return;
	}
	switch (kind) {
	case TRANSPORT_REPLY:
		take_reply(r, content);
		return;
	case TRANSPORT_FAILED:
		take_failure(r, content);
		return;
	case TRANSPORT_CHANGED:
		say(SAY_INFO, "the authority tells of a change: renewing");
		renewer_now(r);
		return;
	case TRANSPORT_WATCHING:
	case TRANSPORT_LOST:
		set_watching(r, kind == TRANSPORT_WATCHING);
		return;
	case TRANSPORT_RENEW:
	case TRANSPORT_WATCH:
		return;
	}
}

/* --- The thread ---------------------------------------------------------------------------------
 */

/* Milliseconds until something is due, 0 for now; false to stop. */
static bool due(struct renewer *r, int64_t *wait)
{
	pthread_mutex_lock(&r->lock);
	bool stops = r->stops;
	*wait = r->next - milliseconds();
	if (r->now && !r->waits) {
		r->now = false;
		*wait = 0;
	}
	pthread_mutex_unlock(&r->lock);
	if (*wait < 0)
		*wait = 0;
	return !stops;
}

static void *run(void *arg)
{
	struct renewer *r = arg;
	uint64_t count;
	for (int64_t wait; !r->lost && due(r, &wait);) {
		if (wait == 0 && r->waits) {
			r->waits = false;
			failed(r, "no reply came", 0);
			continue;
		}
		if (wait == 0) {
			ask(r);
			continue;
		}
		struct pollfd ready[] = {{.fd = r->transport.socket, .events = POLLIN},
		                         {.fd = r->wake, .events = POLLIN}};
		/* Not too long at once: a suspended machine's clock has moved when it wakes. */
		if (poll(ready, 2, wait < 10000 ? (int)wait : 10000) <= 0)
			continue;
		if (ready[1].revents != 0 && read(r->wake, &count, sizeof count) < 0)
			continue;
		if (ready[0].revents != 0)
			take_message(r);
	}
	if (r->lost) {
		say(SAY_ERROR, "the process that reaches the authority is gone: stopping");
		count = 1;
		if (write(r->gone, &count, sizeof count) < 0)
			abort();
	}
	return NULL;
}

bool renewer_start(struct renewer *r, struct err *e)
{
	struct proviso_lease_status l;
	r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->wake < 0)
		return err_errno(e, "cannot make an eventfd");
	pthread_mutex_init(&r->lock, NULL);
	r->status.reachable = true;
	if (proviso_gate_lease(r->gate, r->authority, &l)) {
		next_of_lease(r, &l);
		watch(r, &l);
	}
	int failure = pthread_create(&r->thread, NULL, run, r);
	return failure == 0 || err_environment(e, "cannot start a thread: %s", strerror(failure));
}

static void wake(struct renewer *r)
{
	uint64_t one = 1;
	/* An eventfd that is full wakes as well. */
	if (write(r->wake, &one, sizeof one) < 0 && errno != EAGAIN)
		abort();
}

void renewer_now(struct renewer *r)
{
	pthread_mutex_lock(&r->lock);
	r->now = true;
	pthread_mutex_unlock(&r->lock);
	wake(r);
}

void renewer_stop(struct renewer *r)
{
	pthread_mutex_lock(&r->lock);
	r->stops = true;
	pthread_mutex_unlock(&r->lock);
	wake(r);
	pthread_join(r->thread, NULL);
	close(r->wake);
	pthread_mutex_destroy(&r->lock);
}

void renewer_status(struct renewer *r, struct proviso_renewal_status *out)
{
	pthread_mutex_lock(&r->lock);
	*out = r->status;
	int64_t wait = r->next - milliseconds();
	pthread_mutex_unlock(&r->lock);
	out->next_seconds = wait > 0 ? wait / 1000 : 0;
}
