/* What a gate does when processes die, disks fill, bytes change and the power fails. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "gate_world.h"

/* --- Files of a system, taken and put back ---------------------------------------------------- */

static struct bytes take_file(struct world *w, const char *name)
{
	struct err e = {0};
	struct bytes all;
	must(
	    file_read(&w->arena, arena_printf(&w->arena, "%s/%s", w->dir, name), 1 << 27, &all, &e),
	    &e, name);
	return all;
}

static void put_file(struct world *w, const char *name, struct bytes all)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", w->dir, name);
	FILE *f = fopen(path, "w");
	fwrite(all.at, 1, all.len, f);
	fclose(f);
}

static void put_byte(struct world *w, const char *name, size_t offset, uint8_t byte)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", w->dir, name);
	owned_fd fd = open(path, O_WRONLY);
	CHECK(fd >= 0 && pwrite(fd, &byte, 1, (off_t)offset) == 1, "%s", path);
}

#define FIRST "use-log/00000001.uses"

/* Closed, with some uses in small files. Ends where the use log's entries end. */
static size_t make_history(struct world *w, int uses)
{
	world_make_with(w, 1, (struct proviso_gate_options){.segment_kib = 16, .group_kib = 1});
	world_renew(w, GOOD_SCOPE, 3600);
	uint32_t number;
	CHECK(proviso_gate_label(w->gate, "capture.headers", &number, NULL), "label");
	for (int i = 0; i < uses; i++)
		code_of(w);
	size_t end = w->inside->log.offset;
	world_close(w);
	return end;
}

static size_t count_uses(const struct world *w)
{
	struct proviso_use_log_summary sum = {0};
	struct proviso_error e = {0};
	CHECK(proviso_use_log_read(w->use_log, NULL, NULL, &sum, &e), "%s %s", e.code, e.text);
	return sum.allowed + sum.refused;
}

/* --- Bytes that change ---------------------------------------------------------------------------
 */

static void any_changed_byte_of_a_use_log_is_noticed(void)
{
	struct world w;
	size_t end = make_history(&w, 40);
	struct bytes all = take_file(&w, FIRST);
	CHECK(all.len == 16384 && end < all.len / 2, "%zu of %zu", end, all.len);
	for (size_t i = 0; i < all.len; i++) {
		struct proviso_error e = {0};
		put_byte(&w, FIRST, i, all.at[i] ^ (uint8_t)(1u << i % 8));
		bool opened = world_open(&w, &e);
		/*
		 * Before the end it is damage. Behind it, it can't be told from an entry that a
		 * dying process began, as far as one entry can reach; that is cut, and the cut
		 * recorded.
		 */
		struct proviso_status s = {0};
		if (opened) {
			proviso_gate_status(w.gate, &s);
			world_close(&w);
		}
		CHECK(opened ? s.cut_bytes > 0 : strcmp(e.code, "gate.use-log-damaged") == 0,
		      "byte %zu: %s", i, e.code);
		CHECK(!opened || i >= end, "byte %zu was taken for a tail", i);
		put_file(&w, FIRST, all);
	}
	CHECK(count_uses(&w) == 40, "%zu", count_uses(&w));
	world_free(&w);
}

static void any_changed_byte_of_state_or_system_is_noticed(void)
{
	static const struct {
		const char *name, *code;
	} files[] = {
	    {"state", "gate.state-damaged"},
	    {"system", "gate.system-damaged"},
	    {"device.key", "gate.system-damaged"},
	};
	struct world w;
	make_history(&w, 3);
	for (size_t f = 0; f < 3; f++) {
		struct bytes all = take_file(&w, files[f].name);
		for (size_t i = 0; i < all.len; i++) {
			struct proviso_error e = {0};
			put_byte(&w, files[f].name, i, all.at[i] ^ (uint8_t)(1u << i % 8));
			CHECK(!world_open(&w, &e), "%s, byte %zu", files[f].name, i);
			CHECK(strcmp(e.code, files[f].code) == 0, "%s, byte %zu: %s %s",
			      files[f].name, i, e.code, e.text);
		}
		for (size_t i = 0; i < all.len; i += 5) {
			struct proviso_error e = {0};
			put_file(&w, files[f].name, bytes_of(all.at, i));
			CHECK(!world_open(&w, &e), "%s, cut at %zu", files[f].name, i);
		}
		put_file(&w, files[f].name, all);
	}
	struct proviso_error e;
	CHECK(world_open(&w, &e), "%s", e.text);
	world_free(&w);
}

/* Whoever can write the state with a good checksum still needs the authority's log. */
static void a_forged_state_does_not_make_a_lease(void)
{
	struct world w;
	struct err e = {0};
	owned_system system;
	struct state_file good, forged;
	make_history(&w, 1);
	must(system_load(w.dir, &system, &e), &e, "system");
	must(state_read(w.dir, &system, &w.arena, &good, &e), &e, "state");
	struct hash other = {{4}};
	struct bytes reply = good.standings[0].reply;
	struct world second;
	make_history(&second, 1);
	struct state_file theirs;
	owned_system their_system;
	must(system_load(second.dir, &their_system, &e) &&
	         state_read(second.dir, &their_system, &second.arena, &theirs, &e),
	     &e, "state");
	for (int row = 0; row < 8; row++) {
		static const enum proviso_code codes[] = {PROVISO_NOT_PROVEN,  PROVISO_OTHER_DEVICE,
		                                          PROVISO_OLDER_LEASE, PROVISO_NOT_PROVEN,
		                                          PROVISO_OTHER_BOOT,  PROVISO_NO_LEASE,
		                                          PROVISO_ALLOWED,     PROVISO_ALLOWED};
		struct proviso_error pe = {0};
		forged = good;
		struct standing *s = &forged.standings[0];
		uint8_t *copy = (uint8_t *)arena_copy(&w.arena, reply.at, reply.len);
		if (row == 0) {
			copy[reply.len - 20] ^= 1; /* in the signature */
			s->reply = bytes_of(copy, reply.len);
		} else if (row == 1) {
			s->reply = theirs.standings[0].reply;
		} else if (row == 2) {
			s->sequence++;
		} else if (row == 3) {
			s->held = HELD_REFUSAL;
		} else if (row == 4) {
			s->boot_id[0]++;
		} else if (row == 5) {
			s->held = HELD_NOTHING;
		} else if (row == 6) {
			s->acknowledged.root = other;
		} else {
			s->claims = true;
			s->claim.size = 1000;
		}
		must(state_write(w.dir, &system, &forged, &e), &e, "write");
		bool opened = world_open(&w, &pe);
		CHECK(opened == (row < 6), "row %d: %s", row, pe.text);
		CHECK(opened || strcmp(pe.code, "gate.use-log-damaged") == 0, "row %d: %s", row,
		      pe.code);
		if (opened) {
			CHECK(code_of(&w) == codes[row], "row %d: %s", row,
			      proviso_code_name(code_of(&w)));
			world_close(&w);
		}
	}
	world_free(&w);
	world_free(&second);
}

static void a_use_log_of_another_system_or_without_its_files_is_damaged(void)
{
	struct world w, other;
	struct proviso_error e = {0};
	make_history(&w, 500);
	make_history(&other, 3);
	struct bytes first = take_file(&w, FIRST), second = take_file(&w, "use-log/00000002.uses");
	struct bytes third = take_file(&w, "use-log/00000003.uses");
	char path[3][128];
	for (int i = 0; i < 3; i++)
		snprintf(path[i], sizeof path[i], "%s/0000000%d.uses", w.use_log, i + 1);

	put_file(&w, FIRST, take_file(&other, FIRST));
	CHECK(!world_open(&w, &e) && strcmp(e.code, "gate.use-log-damaged") == 0, "%s", e.text);
	put_file(&w, FIRST, bytes_of(first.at, first.len - 8));
	CHECK(!world_open(&w, &e) && strcmp(e.code, "gate.use-log-damaged") == 0, "%s", e.text);
	put_file(&w, FIRST, bytes_of(first.at, 10));
	CHECK(!world_open(&w, &e) && strcmp(e.code, "gate.use-log-damaged") == 0, "%s", e.text);
	put_file(&w, FIRST, second);
	CHECK(!world_open(&w, &e) && strcmp(e.code, "gate.use-log-damaged") == 0, "%s", e.text);
	put_file(&w, FIRST, first);

	unlink(path[1]);
	CHECK(!world_open(&w, &e) && strstr(e.text, "missing") != NULL, "%s", e.text);
	put_file(&w, "use-log/00000002.uses", second);
	unlink(path[2]);
	CHECK(!world_open(&w, &e) && strstr(e.text, "missing") != NULL, "%s", e.text);
	for (int i = 0; i < 3; i++)
		unlink(path[i]);
	CHECK(!world_open(&w, &e) && strcmp(e.code, "gate.use-log-damaged") == 0, "%s", e.text);
	put_file(&w, FIRST, first);
	put_file(&w, "use-log/00000002.uses", second);
	put_file(&w, "use-log/00000003.uses", third);
	CHECK(world_open(&w, &e) && code_of(&w) == PROVISO_ALLOWED, "all put back: %s", e.text);
	world_free(&w);
	world_free(&other);
}

/* --- The power fails
 * -------------------------------------------------------------------------------- */

static void after_a_power_failure_only_what_was_not_durable_is_cut(void)
{
	struct world w;
	make_history(&w, 20);
	struct proviso_error e = {0};
	CHECK(world_open(&w, &e), "%s", e.text);
	struct proviso_status s;
	size_t durable = w.inside->log.offset;
	for (int i = 0; i < 5; i++)
		code_of(&w);
	struct bytes alive =
	    take_file(&w, FIRST); /* the file as the kernel has it, five not hashed */
	size_t end = w.inside->log.offset;
	world_close(&w);
	for (size_t i = durable - 200; i < end; i++) {
		put_file(&w, FIRST, alive);
		put_byte(&w, FIRST, i, alive.at[i] ^ 0x10);
		/* In the same boot nothing but a hand can have done this. */
		CHECK(!world_open(&w, &e) && strcmp(e.code, "gate.use-log-damaged") == 0,
		      "byte %zu", i);
		struct bytes state = take_file(&w, "state");
		w.clock.boot_id[0] ^= 0x80;
		bool opened = world_open(&w, &e);
		CHECK(opened || i < durable, "byte %zu: %s", i, e.text);
		if (opened) {
			proviso_gate_status(w.gate, &s);
			CHECK(s.allowed >= 20 && s.allowed < 25 && s.cut_bytes > 0,
			      "byte %zu: %llu left", i, (unsigned long long)s.allowed);
			CHECK(code_of(&w) == PROVISO_OTHER_BOOT, "byte %zu", i);
			world_close(&w);
			CHECK(count_uses(&w) == s.allowed + 1, "byte %zu", i);
		}
		w.clock.boot_id[0] ^= 0x80;
		put_file(&w, "state", state);
	}
	world_free(&w);
}

static void what_was_hashed_is_never_cut(void)
{
	struct world w;
	size_t end = make_history(&w, 40);
	struct bytes all = take_file(&w, FIRST);
	w.clock.boot_id[0]++; /* the power may have failed */
	/* The last group's own entry may be lost with the power; nothing that it covers may. */
	for (size_t i = 0; i < end; i++) {
		struct proviso_error e = {0};
		put_byte(&w, FIRST, i, all.at[i] ^ 4);
		CHECK(!world_open(&w, &e), "byte %zu", i);
		put_file(&w, FIRST, all);
	}
	world_free(&w);
}

static void lost_pages_in_the_middle_are_a_lost_tail(void)
{
	struct world w;
	make_history(&w, 5);
	struct proviso_error e = {0};
	CHECK(world_open(&w, &e), "%s", e.text);
	size_t durable = w.inside->log.offset;
	for (int i = 0; i < 400; i++)
		code_of(&w);
	CHECK(w.inside->log.now.number == 3, "%u", w.inside->log.now.number);
	struct bytes first = take_file(&w, FIRST), second = take_file(&w, "use-log/00000002.uses");
	struct bytes third = take_file(&w, "use-log/00000003.uses");
	world_close(&w);
	/* Zeros from the durable end on, while later pages reached the disk. */
	uint8_t *copy = (uint8_t *)arena_copy(&w.arena, first.at, first.len);
	memset(copy + durable, 0, 4096);
	put_file(&w, FIRST, bytes_of(copy, first.len));
	put_file(&w, "use-log/00000002.uses", second);
	put_file(&w, "use-log/00000003.uses", third);
	CHECK(!world_open(&w, &e) && strcmp(e.code, "gate.use-log-damaged") == 0, "same boot: %s",
	      e.code);
	w.clock.boot_id[0]++;
	CHECK(world_open(&w, &e), "%s", e.text);
	struct proviso_status s;
	proviso_gate_status(w.gate, &s);
	CHECK(s.allowed == 5 && s.cut_bytes > 0, "%llu", (unsigned long long)s.allowed);
	world_close(&w);
	CHECK(count_uses(&w) == 5, "%zu", count_uses(&w));
	world_free(&w);
}

/* --- Processes die
 * ------------------------------------------------------------------------------------ */

/* A child uses, tells each allowed use's position through a pipe, syncs and renews, until killed.
 */
static void live(struct world *w, int to, bool with_thread)
{
	struct proviso_error e = {0};
	w->options.sync_thread = with_thread;
	if (!world_open(w, &e)) {
		fprintf(stderr, "# child: %s %s\n", e.code, e.text);
		_exit(2);
	}
	/* Unanswered, so that the next is signed: this process's authority forgot the last session.
	 */
	world_request(w, 0);
	struct proviso_use_text use = good_use();
	for (unsigned i = 0;; i++) {
		struct proviso_answer a;
		if (!proviso_gate_decide_text(w->gate, &use, &a, &e))
			_exit(3);
		if (write(to, &a.position, sizeof a.position) != sizeof a.position)
			_exit(4);
		if (i % 50 == 7)
			proviso_gate_sync(w->gate, NULL);
		if (i % 20 == 3) {
			struct twist t = {.scope = GOOD_SCOPE};
			struct bytes reply = office_reply(&w->office, world_request(w, 0), &t);
			if (!world_accept(w, reply, &e))
				_exit(5);
		}
	}
}

struct told {
	uint64_t *at;
	size_t count, found;
};

static bool find_told(void *ctx, const struct proviso_entry *entry)
{
	struct told *told = ctx;
	if (told->found < told->count && entry->position == told->at[told->found]) {
		CHECK(entry->kind == PROVISO_ENTRY_USE && entry->code == PROVISO_ALLOWED,
		      "another entry");
		told->found++;
	}
	return true;
}

static void no_use_is_allowed_unrecorded_when_processes_are_killed(void)
{
	unsigned rounds = 0;
	struct world w;
	struct proviso_error e;
	uint64_t seed = test_seed();
	struct told told = {0};
	size_t room = 1 << 20;
	told.at = malloc(room * sizeof *told.at);
	world_make_with(&w, 1, (struct proviso_gate_options){.segment_kib = 16, .group_kib = 2});
	world_renew(&w, GOOD_SCOPE, 36000);
	world_close(&w);
	for (; test_goes_on(rounds, 220) && told.count < room; rounds++) {
		int pipes[2];
		CHECK(pipe(pipes) == 0, "pipe");
		w.office.sequence = (uint64_t)(rounds + 2) * 10000;
		fflush(stdout);
		pid_t child = fork();
		if (child == 0) {
			close(pipes[0]);
			live(&w, pipes[1], rounds % 2 == 1);
		}
		close(pipes[1]);
		size_t goal = told.count + 1 + test_random(&seed) % 60;
		for (ssize_t got = 1; got > 0 && told.count < goal && told.count < room;) {
			got = read(pipes[0], &told.at[told.count], sizeof *told.at);
			told.count += got == sizeof *told.at;
		}
		kill(child, SIGKILL);
		int status;
		waitpid(child, &status, 0);
		CHECK(WIFSIGNALED(status), "round %u: the child ended with %d", rounds,
		      WEXITSTATUS(status));
		/* What was told before it died counts too. */
		while (told.count < room &&
		       read(pipes[0], &told.at[told.count], sizeof *told.at) == sizeof *told.at)
			told.count++;
		close(pipes[0]);
		/* The log that the child's authority had is gone with it: begin with one as large.
		 */
		owned_system system;
		struct state_file state;
		struct err err = {0};
		owned_arena arena = {0};
		must(system_load(w.dir, &system, &err) &&
		         state_read(w.dir, &system, &arena, &state, &err),
		     &err, "state after a kill");
		while (w.office.tree.edge.size < state.standings[0].checkpoint.size) {
			struct hash leaf = {{1}};
			merkle_tree_append(&w.office.tree, &leaf);
		}
	}
	struct proviso_use_log_summary sum;
	CHECK(proviso_use_log_read(w.use_log, find_told, &told, &sum, &e), "%s", e.text);
	CHECK(told.found == told.count && told.count >= rounds, "%zu of %zu found", told.found,
	      told.count);
	CHECK(sum.allowed >= told.count && sum.allowed <= told.count + rounds,
	      "%llu recorded, %zu told", (unsigned long long)sum.allowed, told.count);
	printf("# %zu uses told by %u killed processes\n", told.count, rounds);
	free(told.at);
	world_free(&w);
}

static void an_unfinished_entry_is_cut_and_the_cut_recorded(void)
{
	struct world w;
	struct proviso_error e;
	size_t end = make_history(&w, 3);
	struct bytes all = take_file(&w, FIRST);
	end = all.len;
	while (all.at[end - 1] == 0)
		end--;
	end = (end + 7) & ~(size_t)7;
	/* The body is there and the first word is not. */
	put_byte(&w, FIRST, end + 8, PROVISO_ENTRY_USE);
	put_byte(&w, FIRST, end + 40, 0xAA);
	struct proviso_gate_options look = {.read_only = true};
	struct proviso_gate *g = gate_open(w.dir, &look, &w.clock, &e);
	CHECK(g != NULL, "%s", e.text);
	struct proviso_status s;
	proviso_gate_status(g, &s);
	CHECK(s.cut_bytes == 0 && s.allowed == 3, "looking cuts nothing");
	proviso_gate_close(g, NULL);
	CHECK(world_open(&w, &e), "%s", e.text);
	proviso_gate_status(w.gate, &s);
	CHECK(s.cut_bytes == 41 && s.allowed == 3, "%llu", (unsigned long long)s.cut_bytes);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "goes on");
	world_reopen(&w);
	proviso_gate_status(w.gate, &s);
	CHECK(s.cut_bytes == 41 && s.allowed == 4, "%llu", (unsigned long long)s.cut_bytes);
	world_free(&w);
}

static void a_child_of_fork_is_refused_everything(void)
{
	struct world w;
	world_make(&w, 1);
	w.options.sync_thread = true;
	world_reopen(&w);
	world_renew(&w, GOOD_SCOPE, 3600);
	uint32_t n;
	struct proviso_subject subject;
	proviso_gate_label(w.gate, "capture.headers", &n, NULL);
	proviso_gate_subject(w.gate, "tel:+999", &subject, NULL);
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		struct proviso_use_text use = good_use();
		struct proviso_use numbered = {n, n, n, &subject, NULL, NULL, 0};
		struct proviso_answer a;
		struct proviso_error e;
		struct proviso_status s;
		struct proviso_lease_status l;
		uint8_t room[8];
		size_t size = sizeof room;
		bool good = !proviso_gate_decide_text(w.gate, &use, &a, &e) &&
		            a.code == PROVISO_FORKED && strstr(a.words, "child") != NULL;
		good &= !proviso_gate_decide(w.gate, &numbered, &a) && a.code == PROVISO_FORKED;
		good &= !proviso_gate_ask(w.gate, &numbered, NULL, &a) && a.code == PROVISO_FORKED;
		proviso_gate_explain(w.gate, &numbered, &a);
		good &= strstr(a.words, "child") != NULL;
		good &= !proviso_gate_label(w.gate, "new", &n, &e) &&
		        strcmp(e.code, "gate.forked") == 0;
		good &= !proviso_gate_request(w.gate, 0, room, &size, &e) &&
		        strcmp(e.code, "gate.forked") == 0;
		good &=
		    !proviso_gate_accept(w.gate, room, 1, &e) && strcmp(e.code, "gate.forked") == 0;
		good &= !proviso_gate_sync(w.gate, &e) && strcmp(e.code, "gate.forked") == 0;
		good &= !proviso_gate_scope(w.gate, (char *)room, 8, &e) &&
		        strcmp(e.code, "gate.forked") == 0;
		good &= !proviso_gate_lease(w.gate, 0, &l);
		proviso_gate_status(w.gate, &s);
		good &= s.code == PROVISO_FORKED && proviso_gate_close(w.gate, &e);
		_exit(good ? 0 : 1);
	}
	int status;
	waitpid(child, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child was not refused: %d",
	      status);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "the parent goes on");
	world_close(&w);
	CHECK(count_uses(&w) == 1, "the child recorded");
	world_free(&w);
}

/* --- Threads
 * -------------------------------------------------------------------------------------------- */

enum { THREADS = 4, USES = 3000 };

static void *use_often(void *arg)
{
	struct world *w = arg;
	struct proviso_use use = {.with = NULL};
	struct proviso_subject subject;
	struct proviso_warrant warrant;
	size_t allowed = 0;
	char text[40];
	proviso_gate_label(w->gate, "capture.headers", &use.capability, NULL);
	proviso_gate_label(w->gate, "terrorism", &use.purpose, NULL);
	proviso_gate_label(w->gate, "XR", &use.territory, NULL);
	proviso_gate_warrant(w->gate, "W", &warrant, NULL);
	use.subject = &subject;
	use.warrant = &warrant;
	for (unsigned i = 0; i < USES; i++) {
		struct proviso_answer a;
		snprintf(text, sizeof text, "tel:+99955%05u", i);
		proviso_gate_subject(w->gate, text, &subject, NULL);
		allowed += proviso_gate_decide(w->gate, &use, &a);
	}
	return (void *)(uintptr_t)allowed;
}

static void threads_share_a_gate(void)
{
	struct world w;
	world_make(&w, 1);
	w.options = (struct proviso_gate_options){.sync_thread = true, .segment_kib = 64};
	world_reopen(&w);
	world_renew(&w, GOOD_SCOPE "; limit.subjects=1000", 3600);
	pthread_t threads[THREADS];
	size_t allowed = 0;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, use_often, &w);
	for (int i = 0; i < 20; i++) {
		struct proviso_status s;
		proviso_gate_status(w.gate, &s);
		proviso_gate_sync(w.gate, NULL);
		world_request(&w, 0);
	}
	for (int i = 0; i < THREADS; i++) {
		void *result;
		pthread_join(threads[i], &result);
		allowed += (uintptr_t)result;
	}
	CHECK(allowed == THREADS * 1000, "%zu", allowed);
	world_reopen(&w);
	struct proviso_status s;
	proviso_gate_status(w.gate, &s);
	CHECK(s.allowed == allowed && s.refused == THREADS * USES - allowed && s.subjects == 1000,
	      "%llu", (unsigned long long)s.allowed);
	CHECK(s.durable && s.waiting_bytes == 0, "%llu wait", (unsigned long long)s.waiting_bytes);
	world_free(&w);
}

static void a_sync_thread_makes_uses_durable_soon(void)
{
	struct world w;
	world_make(&w, 1);
	w.options.sync_thread = true;
	world_reopen(&w);
	world_renew(&w, GOOD_SCOPE, 3600);
	code_of(&w);
	struct proviso_status s = {0};
	for (int i = 0; i < 400 && !s.durable; i++) {
		usleep(5000);
		proviso_gate_status(w.gate, &s);
	}
	CHECK(s.durable && s.leaves > 0, "never durable");
	uint64_t leaves = s.leaves;
	usleep(50000);
	proviso_gate_status(w.gate, &s);
	CHECK(s.leaves == leaves, "groups without uses");
	world_free(&w);
}

/* --- The disk is full
 * -------------------------------------------------------------------------------------- */

static void a_full_disk_refuses_and_loses_nothing(void)
{
	char folder[] = "/tmp/gate-full.XXXXXX";
	if (mkdtemp(folder) == NULL || mount("tmpfs", folder, "tmpfs", 0, "size=160k") != 0) {
		rmdir(folder);
		SKIP("no tmpfs of our own may be mounted here");
	}
	struct world w;
	struct proviso_error e = {0};
	struct proviso_use_text use = good_use();
	struct proviso_answer a = {.allowed = true};
	setenv("TMPDIR", folder, 1);
	world_make_with(&w, 1, (struct proviso_gate_options){.segment_kib = 16});
	unsetenv("TMPDIR");
	world_renew(&w, GOOD_SCOPE, 3600);
	size_t allowed = 0;
	for (; a.allowed && allowed < 10000; allowed += a.allowed)
		proviso_gate_decide_text(w.gate, &use, &a, &e);
	CHECK(a.code == PROVISO_LOG_FULL && a.position == 0, "%s after %zu",
	      proviso_code_name(a.code), allowed);
	use.territory = "UG";
	proviso_gate_decide_text(w.gate, &use, &a, &e);
	CHECK(a.code == PROVISO_TERRITORY && a.position == 0, "the scope's reason comes first: %s",
	      a.words);
	use.territory = "XR";
	CHECK(!proviso_gate_sync(w.gate, &e) || true, "sync");
	uint32_t n;
	CHECK(!proviso_gate_label(w.gate, "a-new-label", &n, &e) && e.kind == PROVISO_ENVIRONMENT &&
	          strcmp(e.code, "gate.use-log-full") == 0,
	      "%s %s", e.code, e.text);
	uint8_t *request = arena_alloc(&w.arena, PROVISO_REQUEST_MAX);
	size_t size = PROVISO_REQUEST_MAX;
	CHECK(!proviso_gate_request(w.gate, 0, request, &size, &e) && e.kind == PROVISO_ENVIRONMENT,
	      "%s", e.text);
	CHECK(count_uses(&w) == allowed, "%zu of %zu", count_uses(&w), allowed);
	/* Room again, and it goes on without being opened anew. */
	CHECK(mount("tmpfs", folder, "tmpfs", MS_REMOUNT, "size=1m") == 0, "remount");
	proviso_gate_decide_text(w.gate, &use, &a, &e);
	CHECK(a.allowed, "%s", a.words);
	world_reopen(&w);
	struct proviso_status s;
	proviso_gate_status(w.gate, &s);
	CHECK(s.allowed == allowed + 1 && s.code == PROVISO_ALLOWED, "%llu",
	      (unsigned long long)s.allowed);
	/* And no system is left where there was no room to make one. */
	CHECK(mount("tmpfs", folder, "tmpfs", MS_REMOUNT, "size=164k") == 0 || true, "remount");
	world_free(&w);
	umount(folder);
	rmdir(folder);
}

TEST_MAIN(TEST(any_changed_byte_of_a_use_log_is_noticed),
          TEST(any_changed_byte_of_state_or_system_is_noticed),
          TEST(a_forged_state_does_not_make_a_lease),
          TEST(a_use_log_of_another_system_or_without_its_files_is_damaged),
          TEST(after_a_power_failure_only_what_was_not_durable_is_cut),
          TEST(what_was_hashed_is_never_cut), TEST(lost_pages_in_the_middle_are_a_lost_tail),
          TEST(no_use_is_allowed_unrecorded_when_processes_are_killed),
          TEST(an_unfinished_entry_is_cut_and_the_cut_recorded),
          TEST(a_child_of_fork_is_refused_everything), TEST(threads_share_a_gate),
          TEST(a_sync_thread_makes_uses_durable_soon), TEST(a_full_disk_refuses_and_loses_nothing))
