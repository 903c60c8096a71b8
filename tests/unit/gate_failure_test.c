/*
 * Each call to the operating system fails in turn (the linker puts ours in front of them), all
 * through the life of a system. Whatever fails, the gate says so, allows nothing that is not
 * in the log, and what it has promised before is there when it is opened again.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "gate_world.h"

/* --- The calls that fail ------------------------------------------------------------------------
 */

static long calls, fail_at; /* fail_at 0: none */
static int fail_with;

static bool fails(void)
{
	if (fail_at == 0 || ++calls != fail_at)
		return false;
	errno = fail_with;
	return true;
}

#define WRAP(type, name, bad, params, args)                                                        \
	type __real_##name params;                                                                 \
	type __wrap_##name params;                                                                 \
	type __wrap_##name params                                                                  \
	{                                                                                          \
		return fails() ? (bad) : __real_##name args;                                       \
	}

WRAP(void *, mmap64, MAP_FAILED, (void *at, size_t n, int p, int f, int fd, off_t o),
     (at, n, p, f, fd, o))
WRAP(int, madvise, -1, (void *at, size_t n, int advice), (at, n, advice))
WRAP(int, open64, -1, (const char *path, int flags, mode_t mode), (path, flags, mode))
WRAP(int, mkostemp64, -1, (char *path, int flags), (path, flags))
WRAP(int, posix_fallocate64, fail_with, (int fd, off_t from, off_t n), (fd, from, n))
WRAP(ssize_t, pwrite64, -1, (int fd, const void *at, size_t n, off_t o), (fd, at, n, o))
WRAP(ssize_t, read, -1, (int fd, void *at, size_t n), (fd, at, n))
WRAP(ssize_t, write, -1, (int fd, const void *at, size_t n), (fd, at, n))
WRAP(int, fsync, -1, (int fd), (fd))
WRAP(int, fdatasync, -1, (int fd), (fd))
WRAP(int, rename, -1, (const char *from, const char *to), (from, to))
WRAP(int, unlinkat, -1, (int fd, const char *name, int flags), (fd, name, flags))
WRAP(int, flock, -1, (int fd, int how), (fd, how))
WRAP(int, fstat64, -1, (int fd, struct stat *st), (fd, st))
WRAP(off_t, lseek64, -1, (int fd, off_t o, int whence), (fd, o, whence))
WRAP(void *, opendir, NULL, (const char *path), (path))
WRAP(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
WRAP(void *, realloc, NULL, (void *at, size_t n), (at, n))
WRAP(char *, strdup, NULL, (const char *text), (text))
WRAP(int, pthread_create, fail_with,
     (pthread_t * t, const pthread_attr_t *a, void *(*f)(void *), void *arg), (t, a, f, arg))

/* --- A life
 * --------------------------------------------------------------------------------------- */

struct life {
	struct world w;
	bool failed, made;
	uint64_t told[400];
	size_t count;
};

static bool note(struct life *l, bool good, const struct proviso_error *e)
{
	if (!good) {
		l->failed = true;
		CHECK(e->kind == PROVISO_ENVIRONMENT || e->kind == PROVISO_REFUSED ||
		          e->kind == PROVISO_BAD_INPUT,
		      "call %ld: kind %d", fail_at, e->kind);
		CHECK(e->text[0] != 0, "call %ld fails without a word", fail_at);
	}
	return good;
}

static void use_some(struct life *l, int count)
{
	struct proviso_use_text use = good_use();
	for (int i = 0; i < count; i++) {
		struct proviso_answer a;
		struct proviso_error e;
		if (proviso_gate_decide_text(l->w.gate, &use, &a, &e)) {
			CHECK(a.position != 0, "call %ld: allowed unrecorded", fail_at);
			l->told[l->count++] = a.position;
		} else {
			CHECK(a.code == PROVISO_LOG_FULL || a.code == PROVISO_LOG_DAMAGED ||
			          a.code == PROVISO_NO_LEASE,
			      "call %ld: %s", fail_at, a.words);
			l->failed |= a.code != PROVISO_NO_LEASE;
		}
	}
}

static void renew(struct life *l)
{
	struct proviso_error e = {0};
	static uint8_t request[PROVISO_REQUEST_MAX];
	size_t size = sizeof request;
	if (!note(l, proviso_gate_request(l->w.gate, 0, request, &size, &e), &e))
		return;
	long before = fail_at; /* the authority's own calls do not fail */
	fail_at = 0;
	struct bytes reply = office_reply(&l->w.office, bytes_of(request, size),
	                                  &(struct twist){.scope = GOOD_SCOPE});
	fail_at = before;
	note(l, proviso_gate_accept(l->w.gate, reply.at, reply.len, &e), &e);
}

static bool open_again(struct life *l, bool with_thread)
{
	struct proviso_error e = {0};
	l->w.options = (struct proviso_gate_options){
	    .segment_kib = 16, .group_kib = 1, .sync_thread = with_thread};
	return note(l, world_open(&l->w, &e), &e);
}

static void shut(struct life *l)
{
	struct proviso_error e = {0};
	note(l, proviso_gate_close(l->w.gate, &e), &e);
	l->w.gate = NULL;
}

static void live(struct life *l)
{
	struct proviso_error e = {0};
	uint32_t label;
	const char *line = key_line(&l->w.arena, &l->w.office.key.public);
	struct proviso_system_options o = {
	    .serial = "XR-0001", .authorities = &line, .authority_count = 1};
	l->made = note(l, proviso_system_init(l->w.dir, &o, &l->w.enrolment, &e), &e);
	if (!l->made || !open_again(l, false))
		return;
	l->w.office.device = l->w.gate->system.device.public;
	renew(l);
	note(l, proviso_gate_label(l->w.gate, "capture.headers", &label, &e), &e);
	use_some(l, 150); /* more than half a file */
	note(l, proviso_gate_sync(l->w.gate, &e), &e);
	use_some(l, 100); /* over its end, into the spare */
	use_some(l, 150); /* over the end of that, without one */
	renew(l);
	shut(l);
	/* Another boot: the tail is cut, the state is written. */
	l->w.clock.boot_id[0]++;
	if (open_again(l, false))
		shut(l);
	struct proviso_gate_options look = {.read_only = true};
	struct proviso_gate *g = gate_open(l->w.dir, &look, &l->w.clock, &e);
	if (note(l, g != NULL, &e))
		note(l, proviso_gate_close(g, &e), &e);
	note(l, proviso_use_log_read(l->w.use_log, NULL, NULL, NULL, &e), &e);
}

struct finding {
	const struct life *life;
	size_t found;
};

static bool find(void *ctx, const struct proviso_entry *entry)
{
	struct finding *f = ctx;
	f->found += f->found < f->life->count && entry->position == f->life->told[f->found];
	return true;
}

static void begin(struct life *l)
{
	*l = (struct life){.w.now = {1000 * NANOSECONDS, 1800000000 * NANOSECONDS}};
	snprintf(l->w.dir, sizeof l->w.dir, "/tmp/gate.XXXXXX");
	office_open(&l->w.office, "authority.example/log", 1);
	office_open(&l->w.second, "second.example/log", 2);
	l->w.clock = (struct gate_clock){world_clock, &l->w.now, {7}};
	if (mkdtemp(l->w.dir) == NULL)
		abort();
	snprintf(l->w.use_log, sizeof l->w.use_log, "%s/use-log", l->w.dir);
}

static long live_through(int with)
{
	struct life *l = malloc(sizeof *l);
	long at = 1, made = 0;
	for (bool over = false; !over; at++) {
		begin(l);
		calls = 0;
		fail_with = with;
		fail_at = at;
		live(l);
		over = calls < at;
		fail_at = 0;
		if (!l->failed && !over)
			made++; /* what failed was no need, such as a spare file */
		if (l->made) {
			struct proviso_error e = {0};
			struct finding f = {l, 0};
			if (l->w.gate != NULL)
				shut(l);
			bool opened = world_open(&l->w, &e);
			CHECK(opened, "call %ld failed with %d, then: %s %s", at, with, e.code,
			      e.text);
			if (opened)
				world_close(&l->w);
			CHECK(proviso_use_log_read(l->w.use_log, find, &f, NULL, &e),
			      "call %ld: %s", at, e.text);
			CHECK(f.found == l->count, "call %ld: %zu of %zu uses", at, f.found,
			      l->count);
		}
		world_free(&l->w);
	}
	free(l);
	printf("# %ld calls failed with \"%s\", %ld of them to no harm\n", at - 2, strerror(with),
	       made);
	return at - 2;
}

static void whatever_call_fails_no_use_is_lost_and_the_gate_opens_again(void)
{
	long full = live_through(ENOSPC), broken = live_through(EIO);
	CHECK(full > 100 && broken > 100, "%ld, %ld", full, broken);
}

static void a_disk_that_broke_is_not_tried_again(void)
{
	struct world w;
	struct proviso_error e;
	world_make(&w, 1);
	world_renew(&w, GOOD_SCOPE, 3600);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "before");
	calls = 0;
	fail_with = EIO;
	for (fail_at = 1; fail_at < 5; fail_at++) {
		calls = 0;
		if (!proviso_gate_sync(w.gate, &e) && strcmp(e.code, "gate.use-log-damaged") == 0)
			break;
		code_of(&w);
	}
	CHECK(fail_at < 5, "no sync failed");
	fail_at = 0;
	CHECK(code_of(&w) == PROVISO_LOG_DAMAGED, "%s", proviso_code_name(code_of(&w)));
	CHECK(!proviso_gate_sync(w.gate, &e) && strcmp(e.code, "gate.use-log-damaged") == 0, "%s",
	      e.code);
	uint32_t n;
	CHECK(!proviso_gate_label(w.gate, "new", &n, &e) &&
	          strcmp(e.code, "gate.use-log-damaged") == 0,
	      "%s", e.code);
	CHECK(!proviso_gate_close(w.gate, &e), "closed in good order");
	w.gate = NULL;
	world_free(&w);
}

static void a_sync_thread_that_does_not_start_is_an_error(void)
{
	struct world w;
	struct proviso_error e;
	world_make(&w, 1);
	world_close(&w);
	w.options.sync_thread = true;
	fail_with = EAGAIN;
	bool seen = false;
	for (long at = 1; at < 200 && !seen; at++) {
		calls = 0;
		fail_at = at;
		bool opened = world_open(&w, &e);
		fail_at = 0;
		seen = !opened && strstr(e.text, "thread") != NULL;
		if (opened)
			world_close(&w);
	}
	CHECK(seen, "no word of the thread");
	world_free(&w);
}

TEST_MAIN(TEST(whatever_call_fails_no_use_is_lost_and_the_gate_opens_again),
          TEST(a_disk_that_broke_is_not_tried_again),
          TEST(a_sync_thread_that_does_not_start_is_an_error))
