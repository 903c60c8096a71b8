/* A gate beside a product: when it renews, what it gives up, and what a client believes. */
#define BESIDE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/rim.h"
#include "confine/confine.h"
#include "gate_world.h"
#include "gated/renewer.h"

/* --- When --------------------------------------------------------------------------------- */

static void systems_renew_between_half_and_three_quarters_spread_by_their_id(void)
{
	enum { SYSTEMS = 4096, PARTS = 16 };
	size_t in_part[PARTS] = {0};
	owned_arena arena = {0};
	for (uint64_t i = 0; i < SYSTEMS; i++) {
		struct hash id = sha256(bytes_of(&i, sizeof i));
		const char *digits = hex_encode(&arena, hash_bytes(&id));
		int64_t due = renewer_due(digits, 1000), again = renewer_due(digits, 1000);
		CHECK(due >= 500000 && due < 750000, "system %llu: %lld", (unsigned long long)i,
		      (long long)due);
		CHECK(due == again, "the same system, another time");
		in_part[(due - 500000) * PARTS / 250000]++;
	}
	for (size_t i = 0; i < PARTS; i++)
		CHECK(in_part[i] > SYSTEMS / PARTS / 2 && in_part[i] < SYSTEMS / PARTS * 2,
		      "part %zu has %zu", i, in_part[i]);
	CHECK(renewer_due("", 1000) == 500000, "no id yet");
	CHECK(renewer_due("ffffffff", UINT64_MAX) > 0, "for ever");
}

static void waits_double_up_to_a_limit_and_chance_leaves_out_some(void)
{
	for (int refused = 0; refused < 2; refused++) {
		int64_t most = refused ? 600000 : 60000, before = 0;
		for (uint64_t n = 1; n < 40; n++) {
			int64_t least = INT64_MAX, greatest = 0;
			for (uint32_t chance = 0; chance < UINT32_MAX - 40000000;
			     chance += 39999983) {
				int64_t wait = renewer_wait(n, refused == 1, chance);
				least = wait < least ? wait : least;
				greatest = wait > greatest ? wait : greatest;
			}
			CHECK(least >= (refused ? 5000 : 500) && greatest <= most,
			      "%llu: %lld to %lld", (unsigned long long)n, (long long)least,
			      (long long)greatest);
			CHECK(greatest >= before && greatest > least, "%llu",
			      (unsigned long long)n);
			before = greatest;
		}
		CHECK(before > most * 3 / 4, "%lld", (long long)before);
	}
}

/* --- The herd ----------------------------------------------------------------------------------
 */

enum { HERD = 10000, HERD_SECONDS = 4096 };

/* When a system whose lease began at 0 is heard, with the authority away for a while. */
static int64_t heard_at(uint64_t number, uint64_t ttl, int64_t away_from, int64_t away_until,
                        uint64_t *random)
{
	owned_arena arena = {0};
	struct hash id = sha256(bytes_of(&number, sizeof number));
	int64_t at = renewer_due(hex_encode(&arena, hash_bytes(&id)), ttl);
	for (uint64_t failures = 0; at >= away_from && at < away_until;)
		at += renewer_wait(++failures, false, (uint32_t)test_random(random));
	return at;
}

/* All leases of a fleet began in one moment; how many come in the busiest second. */
static size_t busiest_second(uint64_t ttl, int64_t away_from, int64_t away_until, int64_t *last,
                             uint64_t *random)
{
	static uint32_t in_second[HERD_SECONDS];
	size_t busiest = 0;
	memset(in_second, 0, sizeof in_second);
	*last = 0;
	for (uint64_t i = 0; i < HERD; i++) {
		int64_t at = heard_at(i, ttl, away_from, away_until, random);
		uint32_t *count = &in_second[at / 1000];
		busiest = ++*count > busiest ? *count : busiest;
		*last = at > *last ? at : *last;
	}
	return busiest;
}

static void after_an_outage_they_come_spread_and_soon(void)
{
	static const struct {
		const char *what;
		uint64_t ttl;
		int64_t from, until; /* seconds */
		size_t most;         /* of 10,000 in a second */
		int64_t last;        /* seconds after it is back */
	} rows[] = {
	    {"no outage: over a quarter of a life", 600, 0, 0, 120, 450},
	    {"shorter than a wait", 600, 350, 352, 400, 160},
	    {"a minute in the midst of it", 600, 350, 410, 800, 90},
	    {"longer than all leases", 600, 200, 1500, 450, 60},
	    {"short leases, a long outage", 60, 10, 600, 450, 60},
	};
	uint64_t random = test_seed();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t last;
		size_t busiest = busiest_second(rows[i].ttl, rows[i].from * 1000,
		                                rows[i].until * 1000, &last, &random);
		printf("# %s: %zu of %d in the busiest second, the last after %lld s\n",
		       rows[i].what, busiest, HERD,
		       (long long)last / 1000 - (long long)rows[i].until);
		CHECK(busiest <= rows[i].most, "%s: %zu in a second", rows[i].what, busiest);
		CHECK(last / 1000 - rows[i].until <= rows[i].last, "%s: the last after %lld s",
		      rows[i].what, (long long)last / 1000 - (long long)rows[i].until);
	}
}

/* --- What is given up ---------------------------------------------------------------------------
 */

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

/* In a child: confined to the system's directory, with its gate at work. 0: all held. */
static int try_everything(struct world *w, bool *landlock)
{
	struct err e = {0};
	struct proviso_error error = {0};
	struct proviso_gate_options options = {.sync_thread = true, .segment_kib = 16};
	pid_t parent = getppid();
	char outside[96], inside[96];
	snprintf(outside, sizeof outside, "%s.outside", w->dir);
	snprintf(inside, sizeof inside, "%s/inside", w->dir);
	if (!confine(CONFINE_GATE, w->dir, landlock, &e))
		return 1;
	struct proviso_gate *gate = gate_open(w->dir, &options, &w->clock, &error);
	struct proviso_use_text use = good_use();
	struct proviso_answer answer = {0};
	for (int i = 0; gate != NULL && i < 400; i++) /* over several files of the use log */
		if (!proviso_gate_decide_text(gate, &use, &answer, &error))
			return 2;
	if (gate == NULL || !proviso_gate_sync(gate, &error))
		return 3;
	uint8_t request[PROVISO_REQUEST_MAX];
	size_t size = sizeof request;
	if (!proviso_gate_request(gate, 0, request, &size, &error))
		return 4;
	if (!fails(socket(AF_INET, SOCK_STREAM, 0), EPERM) ||
	    !fails(socket(AF_UNIX, SOCK_STREAM, 0), EPERM))
		return 5;
	if (!fails(execl("/bin/true", "true", (char *)NULL), EPERM) || !fails(fork(), EPERM))
		return 6;
	if (!fails(kill(parent, 0), EPERM) ||
	    !fails(ptrace(PTRACE_ATTACH, parent, NULL, NULL), EPERM))
		return 7;
	if (!fails(open("/dev/null", O_RDONLY), EACCES) && *landlock)
		return 8;
	if (!fails(open(outside, O_WRONLY | O_CREAT, 0600), EACCES) && *landlock)
		return 9;
	if (!fails(open("/etc/passwd", O_RDONLY), EACCES) && *landlock)
		return 10;
	if (!fails(rename(inside, outside), ENOENT) && *landlock)
		return 11;
	if (open(inside, O_WRONLY | O_CREAT, 0600) < 0)
		return 12;
	if (!fails(rename(inside, outside), EXDEV) && !(errno == EACCES) && *landlock)
		return 13;
	return proviso_gate_close(gate, &error) ? 0 : 14;
}

static void confined_the_gate_works_and_nothing_else_does(void)
{
	struct world w;
	int status;
	world_make(&w, 1);
	world_renew(&w, GOOD_SCOPE, 3600);
	world_close(&w);
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		bool landlock = false;
		int what = try_everything(&w, &landlock);
		_exit(what != 0 ? what : landlock ? 0 : 100);
	}
	waitpid(child, &status, 0);
	bool holds = WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 100);
	CHECK(holds, "it ended with %d",
	      WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
	if (holds && WEXITSTATUS(status) == 100)
		printf("# this kernel has no Landlock: files were not confined\n");
	struct proviso_use_log_summary sum;
	CHECK(proviso_use_log_read(w.use_log, NULL, NULL, &sum, NULL) && sum.allowed == 400, "%llu",
	      (unsigned long long)sum.allowed);
	world_free(&w);
}

/* --- What a client believes
 * ----------------------------------------------------------------------- */

/* A daemon of the test's own: answers what it is told to, whatever is asked. */
struct liar {
	char path[80];
	int listener;
	pthread_t thread;
	const uint8_t *reply; /* the id of the request is put at its third byte */
	size_t len;
	int delay_milliseconds;
	bool right_id;
};

static void *lie(void *arg)
{
	struct liar *liar = arg;
	uint8_t in[65536], out[4096];
	for (int fd; (fd = accept(liar->listener, NULL, NULL)) >= 0; close(fd))
		for (ssize_t got; (got = recv(fd, in, sizeof in, 0)) > 0;) {
			usleep((unsigned)liar->delay_milliseconds * 1000);
			memcpy(out, liar->reply, liar->len);
			if (liar->right_id && liar->len > 2)
				out[2] = in[2];
			if (send(fd, out, liar->len, MSG_NOSIGNAL) < 0)
				break;
		}
	return NULL;
}

static void liar_start(struct liar *liar)
{
	struct err e = {0};
	snprintf(liar->path, sizeof liar->path, "/tmp/liar.%d", (int)getpid());
	must(server_listen(liar->path, 0600, (gid_t)-1, &liar->listener, &e), &e, "listen");
	fcntl(liar->listener, F_SETFL, 0);
	pthread_create(&liar->thread, NULL, lie, liar);
}

static void liar_stop(struct liar *liar)
{
	shutdown(liar->listener, SHUT_RDWR);
	pthread_join(liar->thread, NULL);
	close(liar->listener);
	unlink(liar->path);
}

static void a_client_believes_no_answer_that_is_not_one(void)
{
#define ALLOWED 0x86, 0xF5, 0xF5, 0x00, 0x01, 0x18, 0x40, 0x60
	static const struct {
		const char *what;
		uint8_t reply[24];
		size_t len;
		bool wrong_id, believed;
	} rows[] = {
	    {"allowed, recorded", {0x84, 1, 0, 0xF6, ALLOWED}, 12, false, true},
	    {"of another question", {0x84, 1, 23, 0xF6, ALLOWED}, 12, true, false},
	    {"of another version", {0x84, 2, 0, 0xF6, ALLOWED}, 12, false, false},
	    {"allowed and not recorded",
	     {0x84, 1, 0, 0xF6, 0x86, 0xF5, 0xF5, 0x00, 0x01, 0x00, 0x60},
	     11,
	     false,
	     false},
	    {"allowed with a refusal's code",
	     {0x84, 1, 0, 0xF6, 0x86, 0xF5, 0xF5, 0x18, 40, 0x01, 0x18, 0x40, 0x60},
	     13,
	     false,
	     false},
	    {"allowed that would not be",
	     {0x84, 1, 0, 0xF6, 0x86, 0xF5, 0xF4, 0x00, 0x01, 0x18, 0x40, 0x60},
	     12,
	     false,
	     false},
	    {"with a code of no meaning",
	     {0x84, 1, 0, 0xF6, 0x86, 0xF4, 0xF4, 0x18, 199, 0x01, 0x18, 0x40, 0x60},
	     13,
	     false,
	     false},
	    {"something behind", {0x84, 1, 0, 0xF6, ALLOWED, 0}, 13, false, false},
	    {"cut off", {0x84, 1, 0, 0xF6, ALLOWED}, 11, false, false},
	    {"no result", {0x84, 1, 0, 0xF6, 0xF6}, 5, false, false},
	    {"nonsense", {0xFF, 0xFF, 0xFF}, 3, false, false},
	};
	struct proviso_use_text use = good_use();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct liar liar = {
		    .reply = rows[i].reply, .len = rows[i].len, .right_id = !rows[i].wrong_id};
		struct proviso_error e = {0};
		struct proviso_answer a = {.allowed = true};
		liar_start(&liar);
		struct proviso_gate *gate = proviso_gate_open(liar.path, NULL, &e);
		CHECK(gate != NULL, "%s: %s", rows[i].what, e.text);
		bool allowed = gate != NULL && proviso_gate_decide_text(gate, &use, &a, &e);
		CHECK(allowed == rows[i].believed && a.allowed == allowed, "%s", rows[i].what);
		CHECK(allowed || a.code == PROVISO_UNREACHABLE || a.code == PROVISO_MALFORMED,
		      "%s: %s", rows[i].what, proviso_code_name(a.code));
		proviso_gate_close(gate, NULL);
		liar_stop(&liar);
	}
}

static void an_answer_that_comes_too_late_is_never_that_of_the_next_question(void)
{
	static const uint8_t allowed[] = {0x84, 1, 0, 0xF6, ALLOWED};
	struct liar liar = {
	    .reply = allowed, .len = sizeof allowed, .right_id = true, .delay_milliseconds = 300};
	struct proviso_gate_options options = {.wait_milliseconds = 60};
	struct proviso_use_text use = good_use();
	struct proviso_answer a;
	struct proviso_error e = {0};
	liar_start(&liar);
	struct proviso_gate *gate = proviso_gate_open(liar.path, &options, &e);
	for (int i = 0; i < 3; i++) {
		CHECK(!proviso_gate_decide_text(gate, &use, &a, &e) &&
		          a.code == PROVISO_UNREACHABLE && strstr(a.words, "too long") != NULL,
		      "%s", a.words);
		usleep(100000);
	}
	proviso_gate_close(gate, NULL);
	liar_stop(&liar);
}

static void a_child_of_fork_is_refused_and_the_parent_goes_on(void)
{
	struct world w;
	int status;
	world_make(&w, 1);
	world_renew(&w, GOOD_SCOPE, 3600);
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		struct proviso_use_text use = good_use();
		struct proviso_answer a;
		struct proviso_error e;
		uint32_t n;
		bool good = !proviso_gate_decide_text(w.gate, &use, &a, &e) &&
		            a.code == PROVISO_FORKED && !proviso_gate_label(w.gate, "x", &n, &e) &&
		            strcmp(e.code, "gate.forked") == 0 && !proviso_gate_sync(w.gate, &e);
		_exit(good ? 0 : 1);
	}
	waitpid(child, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%d", status);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "the parent");
	world_free(&w);
}

static void looking_through_a_socket_leaves_no_trace(void)
{
	struct world w;
	struct proviso_error e;
	struct proviso_answer a;
	struct proviso_status before, after;
	struct proviso_subject subject;
	uint32_t n, again;
	world_make(&w, 1);
	world_renew(&w, GOOD_SCOPE, 3600);
	proviso_gate_status(w.inside, &before);
	struct proviso_gate_options look = {.read_only = true};
	struct proviso_gate *gate = proviso_gate_open(w.socket, &look, &e);
	struct proviso_use_text use = good_use();
	CHECK(!proviso_gate_decide_text(gate, &use, &a, &e) && a.code == PROVISO_READ_ONLY, "%s",
	      a.words);
	CHECK(proviso_gate_ask_text(gate, &use, NULL, &a, &e), "%s", a.words);
	CHECK(proviso_gate_label(gate, "capture.headers", &n, &e) &&
	          proviso_gate_label(gate, "capture.headers", &again, &e) && n == again,
	      "labels");
	proviso_gate_subject(gate, "tel:+999", &subject, NULL);
	struct proviso_use numbered = {n, n, n, &subject, NULL, NULL, 0};
	CHECK(!proviso_gate_ask(gate, &numbered, NULL, &a) && a.code == PROVISO_PURPOSE, "%s",
	      proviso_code_name(a.code));
	uint8_t room[8];
	size_t size = sizeof room;
	CHECK(!proviso_gate_request(gate, 0, room, &size, &e) && e.kind == PROVISO_USAGE, "%s",
	      e.text);
	CHECK(!proviso_gate_accept(gate, room, 8, &e) && !proviso_gate_sync(gate, &e), "%s",
	      e.text);
	struct proviso_renewal_status renewal;
	CHECK(!proviso_gate_renewal(gate, 0, &renewal) &&
	          !proviso_gate_renewal(w.inside, 0, &renewal),
	      "nobody renews here");
	proviso_gate_close(gate, NULL);
	proviso_gate_status(w.inside, &after);
	CHECK(after.waiting_bytes == before.waiting_bytes && after.leaves == before.leaves,
	      "a trace");
	world_free(&w);
}

static void label_numbers_never_change_their_meaning_under_a_client(void)
{
	struct world w, other;
	struct proviso_error e = {0};
	uint32_t n;
	world_make(&w, 1);
	world_make(&other, 1);
	CHECK(proviso_gate_label(w.gate, "first", &n, &e) && n == 1, "%s", e.text);
	CHECK(proviso_gate_label(other.gate, "another", &n, &e) && n == 1, "%s", e.text);
	/* The other system's daemon takes the first one's place. */
	uint64_t one = 1;
	CHECK(write(w.server.stop, &one, sizeof one) == sizeof one, "stop");
	pthread_join(w.serving, NULL);
	close(w.server.listener);
	struct err why = {0};
	struct server usurper = {.gate = other.inside, .stop = eventfd(0, EFD_CLOEXEC)};
	must(server_listen(w.socket, 0600, (gid_t)-1, &usurper.listener, &why), &why, "listen");
	pthread_t thread;
	pthread_create(&thread, NULL, world_serve, &usurper);
	CHECK(proviso_gate_label(other.gate, "second", &n, &e) && n == 2, "%s", e.text);
	CHECK(!proviso_gate_label(w.gate, "another", &n, &e) &&
	          strcmp(e.code, "gate.unreachable") == 0,
	      "number 1 is \"first\" here: %s", e.text);
	CHECK(proviso_gate_label(w.gate, "second", &n, &e) && n == 2, "%s", e.text);
	CHECK(write(usurper.stop, &one, sizeof one) == sizeof one, "stop");
	pthread_join(thread, NULL);
	close(usurper.listener);
	close(usurper.stop);
	/* As the world expects to find it. */
	w.server.stop = eventfd(0, EFD_CLOEXEC);
	must(server_listen(w.socket, 0600, (gid_t)-1, &w.server.listener, &why), &why, "listen");
	pthread_create(&w.serving, NULL, world_serve, &w.server);
	world_free(&w);
	world_free(&other);
}

/* --- Many
 * ------------------------------------------------------------------------------------------- */

enum { THREADS = 6, USES = 400 };

static void *use_often(void *arg)
{
	struct world *w = arg;
	struct proviso_error e = {0};
	struct proviso_use_text use = good_use();
	size_t allowed = 0;
	struct proviso_gate *gate = proviso_gate_open(w->socket, NULL, &e);
	for (unsigned i = 0; gate != NULL && i < USES; i++) {
		struct proviso_answer a;
		char subject[40];
		snprintf(subject, sizeof subject, "tel:+99955%05u", i);
		use.subject = subject;
		allowed += proviso_gate_decide_text(gate, &use, &a, &e);
	}
	proviso_gate_close(gate, NULL);
	return (void *)(uintptr_t)allowed;
}

static void many_clients_share_the_limits_of_one_lease(void)
{
	struct world w;
	pthread_t threads[THREADS];
	size_t allowed = 0;
	world_make(&w, 1);
	world_renew(&w, GOOD_SCOPE "; limit.subjects=100", 3600);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, use_often, &w);
	for (int i = 0; i < 20; i++) { /* while it is asked by hand as well */
		struct proviso_status s;
		proviso_gate_status(w.gate, &s);
		world_request(&w, 0);
	}
	for (int i = 0; i < THREADS; i++) {
		void *result;
		pthread_join(threads[i], &result);
		allowed += (uintptr_t)result;
	}
	CHECK(allowed == THREADS * 100, "%zu", allowed);
	struct proviso_status s;
	proviso_gate_status(w.gate, &s);
	CHECK(s.allowed == allowed && s.refused == THREADS * USES - allowed && s.subjects == 100,
	      "%llu", (unsigned long long)s.allowed);
	world_free(&w);
}

TEST_MAIN(TEST(systems_renew_between_half_and_three_quarters_spread_by_their_id),
          TEST(waits_double_up_to_a_limit_and_chance_leaves_out_some),
          TEST(after_an_outage_they_come_spread_and_soon),
          TEST(confined_the_gate_works_and_nothing_else_does),
          TEST(a_client_believes_no_answer_that_is_not_one),
          TEST(an_answer_that_comes_too_late_is_never_that_of_the_next_question),
          TEST(a_child_of_fork_is_refused_and_the_parent_goes_on),
          TEST(looking_through_a_socket_leaves_no_trace),
          TEST(label_numbers_never_change_their_meaning_under_a_client),
          TEST(many_clients_share_the_limits_of_one_lease))
