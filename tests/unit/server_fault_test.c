/*
 * provisod killed at any moment under load: what it acknowledged is on the log, every lease it
 * gave is proven by it, and the next one goes on where it ended.
 *
 *     server_fault_test PROVISOD
 */
#include "home.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/rim.h"

enum { CLIENTS = 8, ACKNOWLEDGED_MAX = 200000, ANSWER_MAX = 16384 };

static const char *provisod;

/* Looking for leaks at the end takes system calls that a confined service has given up. */
#ifdef __SANITIZE_ADDRESS__
static const char confined[] = "no";
#else
static const char confined[] = "yes";
#endif
static struct home home;

struct service {
	pid_t pid;
	int port;
};

/* --- The service
 * ---------------------------------------------------------------------------------- */

static struct service start(void)
{
	struct service s = {0};
	int out[2];
	char line[256] = "";
	bool piped = pipe(out) == 0;
	assert(piped);
	fflush(stdout);
	s.pid = fork();
	if (s.pid == 0) {
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		execl(provisod, provisod, "--home", home.path, "--listen", "127.0.0.1:0", "--log",
		      "none", "--rate-address", "0", "--confined", confined, "--rate-key", "0",
		      (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	FILE *f = fdopen(out[0], "r");
	const char *got = fgets(line, sizeof line, f);
	fclose(f);
	const char *colon = got != NULL ? strrchr(line, ':') : NULL;
	CHECK(colon != NULL, "it does not start: %s", line);
	s.port = colon != NULL ? atoi(colon + 1) : 0;
	return s;
}

static int end(struct service s, int how)
{
	int status = 0;
	kill(s.pid, how);
	waitpid(s.pid, &status, 0);
	return status;
}

/* --- Clients: each its own system, and reports besides
 * ------------------------------------------------ */

struct client {
	struct home_system system;
	struct secret_key reporter;
	unsigned number, reports;
	uint64_t leases;
	int port, fd;
	struct arena arena; /* of one exchange */
	size_t count;
	struct hash *acknowledged; /* ids of records and of leases */
};

static struct client clients[CLIENTS];

static bool dial(struct client *c)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)c->port)};
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return c->fd >= 0 && connect(c->fd, (struct sockaddr *)&to, sizeof to) == 0;
}

/* The body of a whole answer, and its status; 0: none came. */
static unsigned post(struct client *c, const char *path, struct bytes body, struct bytes *out)
{
	static _Thread_local char answer[ANSWER_MAX + 1];
	struct buffer message = {.arena = &c->arena};
	size_t got = 0;
	buffer_printf(&message,
	              "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: "
	              "application/cose\r\nContent-Length: %zu\r\n\r\n",
	              path, body.len);
	buffer_bytes(&message, body);
	if (send(c->fd, message.at, message.len, MSG_NOSIGNAL) != (ssize_t)message.len)
		return 0;
	for (;;) {
		ssize_t more = recv(c->fd, answer + got, ANSWER_MAX - got, 0);
		if (more <= 0)
			return 0;
		got += (size_t)more;
		answer[got] = 0;
		const char *head = strstr(answer, "\r\n\r\n"),
		           *length = strcasestr(answer, "content-length: ");
		if (head == NULL || length == NULL)
			continue;
		*out = bytes_of(head + 4, strtoul(length + 16, NULL, 10));
		if (got >= (size_t)(head + 4 - answer) + out->len)
			return (unsigned)atoi(answer + 9);
	}
}

static void acknowledged(struct client *c, struct hash id)
{
	assert(c->count < ACKNOWLEDGED_MAX);
	c->acknowledged[c->count++] = id;
}

static bool report(struct client *c)
{
	union record_body body = {
	    .report = {
	        .subject = {.digest = sha256(bytes_text("a journalist"))},
	        .reporter = {.digest = sha256(bytes_text("a laboratory"))},
	        .allegation = arena_printf(&c->arena, "No. %u of %u.", c->reports++, c->number),
	    }};
	struct bytes record, answer;
	struct err e = {0};
	home_must(record_sign(&c->arena, KIND_REPORT, &body, WORLD_ORIGIN, rim_now(), &c->reporter,
	                      &record, &e),
	          "report", &e);
	unsigned status = post(c, "/v1/records", record, &answer);
	CHECK(status == 0 || status == 201, "report: %u", status);
	if (status == 201)
		acknowledged(c, sha256(record));
	return status == 201;
}

/* Its use log stays empty; an unanswered claim is thus made again as it was. */
static bool renew(struct client *c)
{
	struct home_system *s = &c->system;
	uint8_t nonce[RENEWAL_NONCE];
	rim_random(nonce, sizeof nonce);
	union record_body body = {.renewal = {
	                              .nonce = bytes_of(nonce, sizeof nonce),
	                              .counter = ++s->counter,
	                              .use_log = {0, sha256((struct bytes){0})},
	                              .last_sequence = s->last_sequence,
	                          }};
	struct bytes request, answer, entry, text;
	struct log_proof proof;
	struct checkpoint head;
	struct record lease;
	struct err e = {0};
	home_must(record_sign(&c->arena, KIND_RENEWAL, &body, WORLD_ORIGIN, rim_now(), &s->key,
	                      &request, &e),
	          "request", &e);
	unsigned status = post(c, "/v1/leases", request, &answer);
	CHECK(status == 0 || status == 200, "lease: %u", status);
	if (status != 200)
		return false;
	bool proven = reply_parse(answer, &entry, &text, &e) &&
	              proof_parse(&c->arena, text, &proof, &e) &&
	              proof_verify(&c->arena, &proof, entry, &home.w.authority.public, &head, &e) &&
	              record_decode(&c->arena, entry, &lease, &e);
	CHECK(proven && lease.kind == KIND_LEASE && lease.body.lease.counter == s->counter, "%s",
	      e.text);
	if (proven && lease.kind == KIND_LEASE) {
		CHECK(lease.body.lease.sequence > s->last_sequence, "sequence %llu",
		      (unsigned long long)lease.body.lease.sequence);
		s->last_sequence = lease.body.lease.sequence;
		acknowledged(c, lease.id);
		c->leases++;
	}
	return proven;
}

static void *load(void *ctx)
{
	struct client *c = ctx;
	bool goes_on = dial(c);
	while (goes_on) {
		goes_on = c->count % 2 == 0 ? report(c) : renew(c);
		arena_free(&c->arena);
	}
	close(c->fd);
	return NULL;
}

static void begin(void)
{
	struct world *w = &home.w;
	home_begin(&home, WORLD_DEFINED);
	w->now = rim_now();
	struct declaration_body declaration = world_declaration(w);
	declaration.valid_until = w->now + 700 * WORLD_DAY;
	home_done(&home, KIND_DECLARATION, &declaration, &w->end_user, &w->declaration);
	struct application_body application = world_application(w);
	application.quantity = CLIENTS;
	home_done(&home, KIND_APPLICATION, &application, &w->exporter, &w->application);
	home_step(&home, WORLD_APPROVED);
	struct licence_body licence = world_licence(w);
	licence.quantity = CLIENTS;
	licence.valid_until = w->now + 300 * WORLD_DAY;
	home_done(&home, KIND_LICENCE, &licence, &w->officers[0], &w->licence);
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct enrolment_body body = world_enrolment(w);
		body.serial = arena_printf(&w->arena, "S-%u", i);
		clients[i].system.key = world_key_of(KEY_ED25519, body.serial);
		body.device_key = clients[i].system.key.public;
		home_done(&home, KIND_ENROLMENT, &body, &w->exporter, NULL);
		clients[i].reporter = w->auditor;
		clients[i].number = i;
		clients[i].acknowledged = calloc(ACKNOWLEDGED_MAX, sizeof(struct hash));
	}
	home_close(&home);
}

static void finish(void)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		free(clients[i].acknowledged);
	home_end(&home);
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, HASH_SIZE);
}

/* Leases are in no index of ids: all ids there are, sorted. */
struct ids {
	struct hash *at;
	size_t count;
};

static bool add_id(void *ctx, uint64_t index, struct bytes entry)
{
	struct ids *ids = ctx;
	ids->at[index] = sha256(entry);
	ids->count++;
	return true;
}

static void all_are_on_the_log(size_t *count)
{
	struct err e = {0};
	struct ids ids = {0};
	home_open(&home, false);
	home_must(store_begin(home.a.store, false, &e), "read", &e);
	uint64_t size = store_size(home.a.store);
	ids.at = calloc(size, sizeof *ids.at);
	home_must(store_entries(home.a.store, 0, size, add_id, &ids, &e), "read all", &e);
	qsort(ids.at, ids.count, sizeof *ids.at, by_bytes);
	*count = 0;
	for (unsigned i = 0; i < CLIENTS; i++)
		for (size_t k = 0; k < clients[i].count; k++, (*count)++)
			CHECK(bsearch(&clients[i].acknowledged[k], ids.at, ids.count,
			              sizeof *ids.at, by_bytes) != NULL,
			      "what client %u was told is not there: no. %zu", i, k);
	free(ids.at);
	store_rollback(home.a.store);
	home_close(&home);
}

static void the_log_audits(void)
{
	struct log_view view;
	struct log_check check = {0};
	struct err e = {0};
	home_open(&home, true);
	home_must(log_view_home(&home.a, &view, &e), "view", &e);
	CHECK(log_audit(&view, NULL, &check, &e), "%s", e.text);
	log_view_close(&view);
	home_close(&home);
}

static void killed_at_any_moment_nothing_acknowledged_is_lost(void)
{
	uint64_t seed = test_seed();
	unsigned rounds = 0;
	size_t count = 0;
	begin();
	for (; test_goes_on(rounds, 6); rounds++) {
		struct service s = start();
		pthread_t threads[CLIENTS];
		for (unsigned i = 0; i < CLIENTS; i++) {
			clients[i].port = s.port;
			pthread_create(&threads[i], NULL, load, &clients[i]);
		}
		usleep((useconds_t)(20000 + test_random(&seed) % 400000));
		end(s, SIGKILL);
		for (unsigned i = 0; i < CLIENTS; i++)
			pthread_join(threads[i], NULL);
		all_are_on_the_log(&count);
	}
	printf("# %zu acknowledged in %u lives\n", count, rounds);
	CHECK(count > rounds, "the load was none");
	the_log_audits();
	/* A graceful end answers all, and leaves nothing to mend. */
	struct service s = start();
	clients[0].port = s.port;
	CHECK(dial(&clients[0]) && report(&clients[0]) && renew(&clients[0]),
	      "after the last restart");
	close(clients[0].fd);
	CHECK(end(s, SIGTERM) == 0, "it does not end well");
	arena_free(&clients[0].arena);
	all_are_on_the_log(&count);
	finish();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
	    TEST(killed_at_any_moment_nothing_acknowledged_is_lost)};
	if (argc != 2)
		return 2;
	provisod = argv[1];
	signal(SIGPIPE, SIG_IGN);
	return test_main(tests, sizeof tests / sizeof *tests);
}
