/*
 * What real faults leave: processes killed at any moment, several at once, a full disk.
 * Nothing acknowledged is lost, nothing is half done, and what is published always verifies.
 */
#include "home.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"

/* What a process says it was told: one line of a fixed size, so that a pipe keeps it whole. */
struct said {
	struct hash id;
	uint64_t index;
	uint64_t size; /* of the checkpoint it stands under; 0: not asked */
};

/* Kills are as hard in memory, and do not wait for other people's disks. */
static const char *fast_folder(void)
{
	return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NULL;
}

static const char *log_folder(struct home *h)
{
	return arena_printf(&h->w.arena, "%s/log", h->path);
}

/* --- What a child does until it is killed ------------------------------------------------------
 */

static struct bytes report_of(struct home *h, uint64_t round, uint64_t i)
{
	struct report_body body = world_report(&h->w);
	body.allegation = arena_printf(&h->w.arena, "No. %llu of round %llu", (unsigned long long)i,
	                               (unsigned long long)round);
	return world_record(&h->w, KIND_REPORT, &body, &h->w.auditor);
}

static bool child_submits(struct home *h, uint64_t round, uint64_t i, struct said *said,
                          struct err *e)
{
	struct bytes records[2];
	struct accepted out[2];
	records[0] = report_of(h, round, 2 * i);
	records[1] = report_of(h, round, 2 * i + 1);
	if (!authority_submit(&h->a, records, 1 + i % 2, h->w.now, out, NULL, e))
		return false;
	*said = (struct said){.id = out[i % 2].id, .index = out[i % 2].index};
	return true;
}

static bool child_renews(struct home *h, struct said *said, struct err *e)
{
	struct bytes request = home_request(h, &h->system), reply, entry, text;
	struct log_proof proof;
	struct checkpoint head;
	struct err refused = {0};
	if (!authority_renew(&h->a, &h->w.arena, &request, 1, h->w.now, &reply, &refused, e))
		return false;
	if (reply.len == 0)
		*e = refused;
	if (reply.len == 0 || !reply_parse(reply, &entry, &text, e) ||
	    !proof_parse(&h->w.arena, text, &proof, e) ||
	    !proof_verify(&h->w.arena, &proof, entry, &h->w.authority.public, &head, e))
		return false;
	*said = (struct said){sha256(entry), proof.index, head.size};
	return true;
}

/* Ends with a status only when something went wrong that no kill explains. */
static _Noreturn void child(struct home *h, int out, uint64_t round, uint64_t count)
{
	struct said said;
	struct err e = {0};
	if (!authority_open(&h->a, h->path, true, &e)) {
		fprintf(stderr, "# child: %s\n", e.text);
		_exit(2);
	}
	h->system.counter = round << 20;
	for (uint64_t i = 0; i < count; i++) {
		if (!(i % 3 == 2 ? child_renews(h, &said, &e)
		                 : child_submits(h, round, i, &said, &e))) {
			fprintf(stderr, "# child: %s\n", e.text);
			_exit(3);
		}
		if (write(out, &said, sizeof said) != sizeof said)
			_exit(4);
	}
	_exit(0);
}

static pid_t start(struct home *h, uint64_t round, uint64_t count, int *from)
{
	int pipes[2];
	if (pipe2(pipes, O_CLOEXEC) != 0)
		return -1;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		child(h, pipes[1], round, count);
	close(pipes[1]);
	*from = pipes[0];
	return pid;
}

/* --- What must hold after it ---------------------------------------------------------------------
 */

/* Anybody can read the published folder at any moment; it is not healed first. */
static void published_verifies(struct home *h, struct checkpoint *head)
{
	struct log_view view;
	struct log_check check;
	struct err e = {0};
	if (!log_view_directory(log_folder(h), &h->w.authority.public, &view, &e)) {
		CHECK(false, "published: %s", e.text);
		return;
	}
	CHECK(log_verify(&view, NULL, &check, &e), "published: %s", e.text);
	*head = (struct checkpoint){WORLD_ORIGIN, check.entries, check.root};
	log_view_close(&view);
}

static void acknowledged_are_there(struct home *h, int from, uint64_t *count)
{
	struct said said;
	struct err e = {0};
	home_must(store_begin(h->a.store, false, &e), "begin", &e);
	while (read(from, &said, sizeof said) == sizeof said) {
		uint64_t index = 0;
		struct hash id;
		const char *text = hex_encode(&h->w.arena, hash_bytes(&said.id));
		CHECK(store_find(h->a.store, text, &id, &index, &e), "%s", e.text);
		CHECK(index == said.index, "entry %llu was acknowledged and is lost",
		      (unsigned long long)said.index);
		CHECK(said.size <= store_size(h->a.store), "a checkpoint of %llu was given away",
		      (unsigned long long)said.size);
		++*count;
	}
	store_rollback(h->a.store);
}

static void log_continues(struct home *h, const struct checkpoint *before)
{
	struct hash root = {0};
	struct err e = {0};
	home_must(store_begin(h->a.store, false, &e), "begin", &e);
	struct merkle_source source = store_merkle(h->a.store);
	CHECK(before->size <= store_size(h->a.store), "the log shrank");
	CHECK(merkle_root(&source, before->size, &root, &e) && hash_equal(&root, &before->root),
	      "two logs were published: %s", e.text);
	store_rollback(h->a.store);
}

static void all_is_well(struct home *h)
{
	struct log_view view;
	struct log_check check = {0}, audited;
	struct checkpoint head = {0};
	struct err e = {0};
	bool same = false;
	CHECK(log_view_home(&h->a, &view, &e), "%s", e.text);
	CHECK(log_audit(&view, NULL, &audited, &e), "audit: %s", e.text);
	log_view_close(&view);
	CHECK(authority_replay(&h->a, NULL, &check, &same, &e) && same, "replay: %s", e.text);
	published_verifies(h, &head);
	CHECK(head.size == check.entries && hash_equal(&head.root, &check.root),
	      "%llu of %llu entries are published", (unsigned long long)head.size,
	      (unsigned long long)check.entries);
}

/* --- Killing
 * ---------------------------------------------------------------------------------------- */

static void sleep_microseconds(uint64_t n)
{
	nanosleep(&(struct timespec){(time_t)(n / 1000000), (long)(n % 1000000) * 1000}, NULL);
}

/* A machine that others use too stalls at times: a time measured then must not set the pace. */
enum { LONGEST_WAIT = 200000 };

static uint64_t microseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* How long a child takes to open and to do its first few things, for kills to fall on all. */
static uint64_t time_of_child(struct home *h)
{
	int out = -1, status = 0;
	uint64_t from = microseconds();
	pid_t pid = start(h, 1, 12, &out);
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "it ended with %d", status);
	close(out);
	return microseconds() - from;
}

static void nothing_acknowledged_is_lost_by_a_kill(void)
{
	unsigned rounds = 0;
	struct home h;
	struct checkpoint head = {WORLD_ORIGIN, 0, merkle_empty};
	uint64_t seed = test_seed(), acknowledged = 0, unacknowledged = 0;
	home_begin_in(&h, fast_folder(), WORLD_ENROLLED);
	home_close(&h);
	uint64_t most = MIN(time_of_child(&h) * 3 / 2, LONGEST_WAIT);
	for (; test_goes_on(rounds, 300); rounds++) {
		uint64_t round = 2 + (uint64_t)rounds;
		int from = -1, status = 0;
		uint64_t before = acknowledged;
		pid_t pid = start(&h, round, UINT64_MAX, &from);
		sleep_microseconds(test_random(&seed) % most);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		CHECK(WIFSIGNALED(status), "round %llu: it ended by itself: %d",
		      (unsigned long long)round, status);
		uint64_t size = head.size;
		published_verifies(&h, &head);
		home_open(&h, true);
		acknowledged_are_there(&h, from, &acknowledged);
		log_continues(&h, &head);
		close(from);
		if (round % 10 == 0)
			all_is_well(&h);
		home_close(&h);
		unacknowledged += head.size > size && acknowledged == before;
	}
	home_open(&h, true);
	all_is_well(&h);
	printf("# %llu acknowledged in %u rounds; %llu rounds wrote and acknowledged nothing\n",
	       (unsigned long long)acknowledged, rounds, (unsigned long long)unacknowledged);
	CHECK(acknowledged > rounds, "only %llu were acknowledged",
	      (unsigned long long)acknowledged);
	home_end(&h);
}

static void a_killed_init_leaves_a_home_or_none(void)
{
	unsigned rounds = 0;
	struct world w;
	struct public_key officers[3];
	char folder[64];
	struct err e = {0};
	uint64_t seed = test_seed(), most = 0;
	unsigned made = 0;
	world_begin(&w, WORLD_EMPTY);
	snprintf(folder, sizeof folder, "%s/proviso-XXXXXX",
	         fast_folder() != NULL ? fast_folder() : "/tmp");
	CHECK(mkdtemp(folder) != NULL, "no folder");
	for (int i = 0; i < 3; i++)
		officers[i] = w.officers[i].public;
	struct authority_options options = {&w.authority, officers, 3, 0};
	for (; test_goes_on(rounds, 100); rounds++) {
		int status;
		const char *home = arena_printf(&w.arena, "%s/%u", folder, rounds);
		uint64_t from = microseconds();
		fflush(stdout);
		pid_t pid = fork();
		if (pid == 0)
			_exit(authority_init(home, &options, w.now, &e) ? 0 : 1);
		if (rounds > 0) { /* the first is left alone, and tells how long it takes */
			sleep_microseconds(test_random(&seed) % most);
			kill(pid, SIGKILL);
		}
		waitpid(pid, &status, 0);
		if (rounds == 0)
			most = MIN(1000 + (microseconds() - from) * 5 / 4, LONGEST_WAIT);
		if (!file_exists(home))
			continue;
		struct authority a;
		struct log_view view;
		struct log_check check;
		made++;
		CHECK(authority_open(&a, home, true, &e), "round %u: %s", rounds, e.text);
		CHECK(log_view_home(&a, &view, &e) && log_verify(&view, NULL, &check, &e),
		      "round %u: %s", rounds, e.text);
		CHECK(check.entries == 5, "round %u: %llu", rounds,
		      (unsigned long long)check.entries);
		log_view_close(&view);
		authority_close(&a);
		home_remove(home);
	}
	printf("# %u of %u were made\n", made, rounds);
	CHECK(made > 0, "none was made");
	home_remove(folder);
	world_end(&w);
}

static void processes_take_turns(void)
{
	enum { PROCESSES = 3, EACH = 60 };
	struct home h;
	pid_t pids[PROCESSES];
	int from[PROCESSES], status;
	uint64_t acknowledged = 0;
	home_begin_in(&h, fast_folder(), WORLD_ENROLLED);
	home_close(&h);
	for (uint64_t i = 0; i < PROCESSES; i++)
		pids[i] = start(&h, i + 1, EACH, &from[i]);
	for (uint64_t i = 0; i < PROCESSES; i++) {
		waitpid(pids[i], &status, 0);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "process %llu: %d",
		      (unsigned long long)i, status);
	}
	home_open(&h, true);
	for (uint64_t i = 0; i < PROCESSES; i++) {
		acknowledged_are_there(&h, from[i], &acknowledged);
		close(from[i]);
	}
	CHECK(acknowledged == EACH * PROCESSES, "%llu", (unsigned long long)acknowledged);
	all_is_well(&h);
	home_end(&h);
}

/* --- A full disk
 * --------------------------------------------------------------------------------------- */

/* A small file system of our own; false where that is not permitted. */
static bool mount_small(char folder[])
{
	if (mkdtemp(folder) == NULL)
		return false;
	if (mount("tmpfs", folder, "tmpfs", 0, "size=4m") == 0)
		return true;
	rmdir(folder);
	return false;
}

/* Fills the disk but for so many bytes. */
static void fill(const char *path, size_t leave)
{
	static const char zeros[4096];
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	off_t len = 0;
	assert(fd >= 0);
	for (ssize_t put; (put = write(fd, zeros, sizeof zeros)) > 0;)
		len += put;
	len = len > (off_t)leave ? len - (off_t)leave : 0;
	int cut = ftruncate(fd, len);
	assert(cut == 0);
	close(fd);
}

static void told_of_the_disk(const struct err *e, size_t leave)
{
	CHECK(e->kind == ERR_ENVIRONMENT, "%zu left: %d: %s", leave, (int)e->kind, e->text);
	CHECK(strstr(e->text, "disk is full") != NULL || strstr(e->text, "No space left") != NULL,
	      "%zu left: %s", leave, e->text);
}

static void a_full_disk_loses_nothing(void)
{
	char folder[] = "/tmp/proviso-XXXXXX";
	struct home h;
	unsigned failures = 0;
	if (!mount_small(folder))
		SKIP("mounting a small tmpfs is not permitted");
	home_begin_in(&h, folder, WORLD_ENROLLED);
	const char *filler = arena_printf(&h.w.arena, "%s/filler", folder);
	for (size_t leave = 0; leave <= 160 << 10; leave += leave < 64 << 10 ? 4096 : 16384) {
		struct accepted out;
		struct bytes record = {0};
		struct err e = {0};
		struct record lease;
		fill(filler, leave);
		bool failed = false;
		uint64_t taken = 0;
		for (uint64_t i = 0; i < 100 && !failed; i++) {
			record = report_of(&h, leave, i);
			failed = !authority_submit(&h.a, &record, 1, h.w.now, &out, NULL, &e);
			taken += !failed;
		}
		failures += failed;
		if (failed)
			told_of_the_disk(&e, leave);
		if (failed && !home_renew(&h, &h.system, &lease, &e))
			told_of_the_disk(&e, leave);
		/* What was published stays good, also before there is room again. */
		struct checkpoint head;
		published_verifies(&h, &head);
		unlink(filler);
		CHECK(authority_submit(&h.a, &record, 1, h.w.now, &out, NULL, &e),
		      "%zu left: then: %s", leave, e.text);
		CHECK(home_renew(&h, &h.system, &lease, &e) && lease.kind == KIND_LEASE, "%s",
		      e.text);
		all_is_well(&h);
	}
	CHECK(failures > 10, "the disk was full %u times only", failures);
	home_end(&h);
	umount(folder);
	rmdir(folder);
}

static void init_on_a_full_disk_leaves_nothing(void)
{
	char folder[] = "/tmp/proviso-XXXXXX";
	struct world w;
	struct public_key officer;
	if (!mount_small(folder))
		SKIP("mounting a small tmpfs is not permitted");
	world_begin(&w, WORLD_EMPTY);
	officer = w.officers[0].public;
	struct authority_options options = {&w.authority, &officer, 1, 0};
	const char *filler = arena_printf(&w.arena, "%s/filler", folder);
	const char *home = arena_printf(&w.arena, "%s/home", folder);
	bool made = false;
	size_t leave = 0;
	for (; !made && leave < 2 << 20; leave += 8192) {
		struct err e = {0};
		fill(filler, leave);
		made = authority_init(home, &options, w.now, &e);
		if (!made) {
			told_of_the_disk(&e, leave);
			unlink(filler);
			CHECK(rmdir(folder) != 0 && errno == EBUSY,
			      "%zu left: something is there: %s", leave, strerror(errno));
		}
	}
	CHECK(made && leave > 8192, "made at once, or never");
	home_remove(home);
	unlink(filler);
	umount(folder);
	rmdir(folder);
	world_end(&w);
}

TEST_MAIN(TEST(nothing_acknowledged_is_lost_by_a_kill), TEST(a_killed_init_leaves_a_home_or_none),
          TEST(processes_take_turns), TEST(a_full_disk_loses_nothing),
          TEST(init_on_a_full_disk_leaves_nothing))
