/* What a witness is asked, and what it answers: the rules in their order, and one history. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "failing_database.h"
#include "stored.h"
#include "witness/cosigner.h"

static struct secret_key log_key, other_log, witness;
static struct merkle_tree tree; /* the log's */
static struct witness_logs logs;
static struct arena forever;

enum { ENTRIES = 300, NOW = 1767225600 };

static void set_up(void)
{
	const uint8_t seeds[3][KEY_SEED] = {{1}, {2}, {3}};
	struct err e = {0};
	if (!stored_begin() || !key_library_start(&e) ||
	    !key_make(KEY_ED25519, "log.example/a", seeds[0], &log_key, &e) ||
	    !key_make(KEY_ED25519, "log.example/b", seeds[1], &other_log, &e) ||
	    !key_make(KEY_ED25519, "witness.example", seeds[2], &witness, &e)) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	for (uint64_t i = 0; i < ENTRIES; i++) {
		struct hash leaf = merkle_leaf(entry_of(&forever, i));
		merkle_tree_append(&tree, &leaf);
	}
	const char *list =
	    arena_printf(&forever, "logs/v0\n\nvkey %s\n", key_line(&forever, &log_key.public));
	if (!witness_logs_parse(&forever, bytes_text(list), &logs, &e))
		abort();
}

/* A request of the log as it is to be, for tests to make wrong in one way each. */
struct asked {
	uint64_t old_size, size;
	const struct secret_key *key;
	bool other_root, no_proof, extra_hash, extension;
};

static struct bytes request(struct arena *arena, const struct asked *a)
{
	struct merkle_source source = merkle_tree_source(&tree);
	struct checkpoint c = {.origin = log_key.public.name, .size = a->size};
	struct witness_request q = {.old_size = a->old_size};
	struct err e = {0};
	CHECK(merkle_root(&source, a->size, &c.root, &e), "%s", e.text);
	if (a->old_size <= a->size && !a->no_proof)
		CHECK(merkle_consistency(&source, a->old_size, a->size, &q.proof, &e), "%s",
		      e.text);
	if (a->extra_hash)
		q.proof.at[q.proof.count++] = merkle_empty;
	c.root.at[0] ^= a->other_root;
	struct buffer text = {.arena = arena};
	buffer_bytes(&text, checkpoint_text(arena, &c));
	if (a->extension)
		buffer_text(&text, "an extension\n");
	CHECK(note_sign(arena, buffer_view(&text), a->key != NULL ? a->key : &log_key,
	                &q.checkpoint, &e),
	      "%s", e.text);
	return witness_request_format(arena, &q);
}

/* --- Requests ----------------------------------------------------------------------------- */

static void requests_come_back_as_they_were(void)
{
	owned_arena arena = {0};
	for (uint64_t old = 0; old <= ENTRIES; old += 7) {
		struct witness_request q;
		struct err e = {0};
		struct bytes text =
		    request(&arena, &(struct asked){.old_size = old, .size = ENTRIES});
		CHECK(witness_request_parse(&arena, text, &q, &e) && q.old_size == old, "%s",
		      e.text);
		CHECK(bytes_equal(witness_request_format(&arena, &q), text), "%llu",
		      (unsigned long long)old);
	}
}

static void what_is_no_request_is_refused_by_name(void)
{
#define HASH "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
	static const struct {
		const char *text, *told;
	} rows[] = {
	    {"", "line 1"},
	    {"old 1", "line 1"},
	    {"old\n\n", "line 1"},
	    {"old \n\n", "line 1"},
	    {"old 01\n\n", "line 1"},
	    {"old 1 \n\n", "line 1"},
	    {"old 9223372036854775808\n\n", "line 1"},
	    {"new 1\n\n", "line 1"},
	    {"old 1\r\n\r\n", "line 1"},
	    {"old 1\n", "line 2"},
	    {"old 1\n" HASH, "line 3"},
	    {"old 1\n" HASH "AAAA\n\n", "line 3"},
	    {"old 1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n\n", "line 2"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct witness_request q;
		struct err e = {0};
		CHECK(!witness_request_parse(&arena, bytes_text(rows[i].text), &q, &e) &&
		          has_rule(&e, ERR_INPUT, "witness.request") &&
		          strstr(e.text, rows[i].told) != NULL,
		      "row %zu: %s", i, e.text);
	}
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	struct witness_request q;
	struct err e = {0};
	buffer_text(&b, "old 1\n");
	for (unsigned i = 0; i < WITNESS_PROOF_MAX; i++)
		buffer_text(&b, HASH);
	size_t most = b.len;
	buffer_text(&b, "\n");
	CHECK(witness_request_parse(&arena, buffer_view(&b), &q, &e), "%s", e.text);
	b.len = most;
	buffer_text(&b, HASH "\n");
	CHECK(!witness_request_parse(&arena, buffer_view(&b), &q, &e), "a hash too many");
	while (b.len <= WITNESS_REQUEST_MAX)
		buffer_text(&b, "a");
	CHECK(!witness_request_parse(&arena, buffer_view(&b), &q, &e) &&
	          has_rule(&e, ERR_INPUT, "witness.too-large"),
	      "%s", e.text);
}

/* --- Lists of logs ------------------------------------------------------------------------ */

static void lists_of_logs_are_read(void)
{
	owned_arena arena = {0};
	struct witness_logs list;
	struct err e = {0};
	const char *text =
	    arena_printf(&arena,
	                 "# mine\nlogs/v0\n\nvkey %s\nqpd 24\ncontact a@b\n\n"
	                 "vkey %s\norigin some other origin\n\n# and a second key\n"
	                 "vkey %s\norigin log.example/a\n",
	                 key_line(&arena, &log_key.public), key_line(&arena, &other_log.public),
	                 key_line(&arena, &other_log.public));
	CHECK(witness_logs_parse(&arena, bytes_text(text), &list, &e), "%s", e.text);
	CHECK(list.count == 2 && list.at[0].key_count == 2 && list.at[0].growths_a_day == 24,
	      "first");
	const struct witness_log *log = witness_logs_find(&list, "some other origin");
	CHECK(log != NULL && log->key_count == 1 && log->growths_a_day == 0, "second");
	CHECK(witness_logs_find(&list, "log.example/b") == NULL,
	      "the name of a key is not looked at");
}

static void what_is_no_list_is_refused_by_name(void)
{
	static const char *const rows[] = {
	    "",
	    "logs/v0\n",
	    "logs/v1\nvkey %s\n",
	    "vkey %s\n",
	    "logs/v0\norigin a\nvkey %s\n",
	    "logs/v0\nvkey %s\nqpd many\n",
	    "logs/v0\nvkey %s\nqpd \n",
	    "logs/v0\nvkey %s\nbastion x\n",
	    "logs/v0\nvkey %s\norigin \n",
	    "logs/v0\nvkey %s",
	    "logs/v0\nvkey x%s\n",
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct witness_logs list;
		struct err e = {0};
		struct buffer text = {.arena = &arena};
		const char *hole = strstr(rows[i], "%s");
		buffer_bytes(&text, bytes_of(rows[i], hole == NULL ? strlen(rows[i])
		                                                   : (size_t)(hole - rows[i])));
		if (hole != NULL) {
			buffer_text(&text, key_line(&arena, &log_key.public));
			buffer_text(&text, hole + 2);
		}
		CHECK(!witness_logs_parse(&arena, buffer_view(&text), &list, &e) &&
		          e.kind == ERR_INPUT && e.rule != NULL,
		      "row %zu: %s", i, e.text);
	}
}

/* --- Answers ------------------------------------------------------------------------------ */

static struct cosigner *begin_witness(bool is_new)
{
	struct err e = {0};
	if (is_new) {
		static int number;
		snprintf(path, sizeof path, "%s/w%d.db", folder, ++number);
	}
	struct cosigner *c = cosigner_open(path, is_new, &witness, &logs, &e);
	if (c == NULL) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	return c;
}

static unsigned ask(struct cosigner *c, const struct asked *a, int64_t now,
                    struct cosigner_answer *out)
{
	owned_arena arena = {0};
	struct err e = {0};
	bool done = cosigner_add(c, &forever, request(&arena, a), now, out, &e);
	CHECK(done == (out->status == 200), "%u: %s", out->status, e.text);
	CHECK(done || witness_status(&e) == out->status, "%s", e.text);
	return out->status;
}

/* The line verifies under the checkpoint that was sent. */
static void is_cosigned(const struct asked *a, const struct cosigner_answer *answer, int64_t at)
{
	owned_arena arena = {0};
	struct witness_request q;
	struct note *note = arena_alloc(&arena, sizeof *note);
	struct buffer all = {.arena = &arena};
	struct err e = {0};
	int64_t time = 0;
	CHECK(witness_request_parse(&arena, request(&arena, a), &q, &e), "%s", e.text);
	buffer_bytes(&all, q.checkpoint);
	buffer_bytes(&all, answer->body);
	CHECK(note_parse(&arena, buffer_view(&all), note, &e) && note->signature_count == 2 &&
	          cosignature_verify(note, &witness.public, &time, &e) && time == at,
	      "%lld: %s", (long long)time, e.text);
}

static void the_checks_are_made_in_their_order(void)
{
	static const struct {
		struct asked asked;
		unsigned status;
	} rows[] = {
	    {{.old_size = 5, .size = 9}, 409},
	    {{.size = 9, .extra_hash = true}, 422},
	    {{.size = 9, .key = &other_log}, 403},
	    {{.size = 0, .other_root = true}, 422},
	    {{.size = 0}, 200},
	    {{.size = 0}, 200},
	    {{.size = 9}, 200},
	    {{.size = 9}, 409},
	    {{.old_size = 9, .size = 9}, 200}, /* again: a later time */
	    {{.old_size = 9, .size = 9, .other_root = true}, 422},
	    {{.old_size = 9, .size = 9, .extra_hash = true}, 422},
	    {{.old_size = 9, .size = 8}, 400},
	    {{.old_size = 9, .size = 8, .key = &other_log}, 400},
	    {{.old_size = 8, .size = 20}, 409},
	    {{.old_size = 8, .size = 20, .key = &other_log}, 403},
	    {{.old_size = 9, .size = 20, .no_proof = true}, 422},
	    {{.old_size = 9, .size = 20, .extra_hash = true}, 422},
	    {{.old_size = 9, .size = 20, .other_root = true}, 422},
	    {{.old_size = 9, .size = 20, .extension = true}, 200},
	    {{.old_size = 9, .size = 20}, 409},
	    {{.old_size = 20, .size = ENTRIES}, 200},
	};
	struct cosigner *c = begin_witness(true);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cosigner_answer answer;
		unsigned status = ask(c, &rows[i].asked, NOW + (int64_t)i, &answer);
		CHECK(status == rows[i].status, "row %zu: %u: %.*s", i, status,
		      (int)answer.body.len, (const char *)answer.body.at);
		if (status == 200)
			is_cosigned(&rows[i].asked, &answer, NOW + (int64_t)i);
		CHECK((status == 409) == (strcmp(answer.content_type, "text/x.tlog.size") == 0),
		      "row %zu", i);
	}
	struct cosigner_answer answer;
	CHECK(ask(c, &(struct asked){.size = 3}, NOW, &answer) == 409 &&
	          bytes_equal(answer.body, bytes_text("300\n")),
	      "the size in the answer");
	cosigner_close(c);
}

static void a_log_that_is_not_known_is_404(void)
{
	owned_arena arena = {0};
	struct cosigner *c = begin_witness(true);
	struct cosigner_answer answer;
	struct witness_request q = {0};
	struct checkpoint other = {.origin = "log.example/b", .size = 1, .root = {{1}}};
	struct err e = {0};
	CHECK(checkpoint_sign(&arena, &other, &other_log, &q.checkpoint, &e), "%s", e.text);
	CHECK(!cosigner_add(c, &arena, witness_request_format(&arena, &q), NOW, &answer, &e) &&
	          answer.status == 404 && has_rule(&e, ERR_REFUSED, "witness.unknown-log"),
	      "%u: %s", answer.status, e.text);
	CHECK(!cosigner_add(c, &arena, bytes_text("old 0\n\nno note\n"), NOW, &answer, &e) &&
	          answer.status == 400,
	      "%u: %s", answer.status, e.text);
	cosigner_close(c);
}

/* The same name and id with another signature: refused, whatever else is on the note. */
static void a_bad_signature_beside_a_good_one_is_403(void)
{
	owned_arena arena = {0};
	struct cosigner *c = begin_witness(true);
	struct cosigner_answer answer;
	struct err e = {0};
	struct bytes good = request(&arena, &(struct asked){.size = 3}), other;
	struct witness_request q, of_other;
	struct buffer both = {.arena = &arena};
	other = request(&arena, &(struct asked){.size = 4});
	CHECK(witness_request_parse(&arena, good, &q, &e) &&
	          witness_request_parse(&arena, other, &of_other, &e),
	      "%s", e.text);
	buffer_bytes(&both, good);
	const uint8_t *line = memmem(of_other.checkpoint.at, of_other.checkpoint.len, "\n\n", 2);
	buffer_bytes(&both, bytes_of(line + 2, (size_t)(of_other.checkpoint.at +
	                                                of_other.checkpoint.len - line - 2)));
	CHECK(!cosigner_add(c, &arena, buffer_view(&both), NOW, &answer, &e) &&
	          answer.status == 403 && has_rule(&e, ERR_REFUSED, "note.bad-signature"),
	      "%u: %s", answer.status, e.text);
	cosigner_close(c);
}

static void what_was_cosigned_is_there_when_opened_again(void)
{
	owned_arena arena = {0};
	struct cosigner *c = begin_witness(true);
	struct cosigner_answer answer;
	struct bytes note;
	struct err e = {0};
	struct hash origin = sha256(bytes_text("log.example/a"));
	const char *hash = hex_encode(&arena, hash_bytes(&origin));
	CHECK(cosigner_latest(c, &arena, hash, &note, &e) && note.len == 0, "nothing yet: %s",
	      e.text);
	CHECK(ask(c, &(struct asked){.size = 7}, NOW, &answer) == 200, "7");
	CHECK(ask(c, &(struct asked){.old_size = 7, .size = 9}, NOW + 1, &answer) == 200, "9");
	cosigner_close(c);
	c = begin_witness(false);
	CHECK(ask(c, &(struct asked){.old_size = 7, .size = 10}, NOW + 2, &answer) == 409 &&
	          bytes_equal(answer.body, bytes_text("9\n")),
	      "9 is remembered");
	CHECK(cosigner_latest(c, &arena, hash, &note, &e) && note.len > 0, "%s", e.text);
	struct note *read = arena_alloc(&arena, sizeof *read);
	struct checkpoint head;
	int64_t time = 0;
	CHECK(note_parse(&arena, note, read, &e) &&
	          checkpoint_parse(&arena, read->text, &head, &e) &&
	          note_verify(read, &log_key.public, &e) &&
	          cosignature_verify(read, &witness.public, &time, &e),
	      "%s", e.text);
	CHECK(head.size == 9 && time == NOW + 1 && read->signature_count == 2, "%lld",
	      (long long)time);
	CHECK(cosigner_latest(c, &arena, "00", &note, &e) && note.len == 0, "of no log");
	cosigner_close(c);

	struct secret_key another = other_log;
	CHECK(cosigner_open(path, false, &another, &logs, &e) == NULL &&
	          has_rule(&e, ERR_REFUSED, "cosigner.other-key"),
	      "%s", e.text);
	CHECK(cosigner_open(path, true, &witness, &logs, &e) == NULL && e.kind == ERR_ENVIRONMENT,
	      "a new state over an old one: %s", e.text);
	snprintf(path, sizeof path, "%s/nowhere.db", folder);
	CHECK(cosigner_open(path, false, &witness, &logs, &e) == NULL && e.kind == ERR_ENVIRONMENT,
	      "a state that is lost is not begun anew: %s", e.text);
	another.public.algorithm = KEY_ES256;
	CHECK(cosigner_open(path, true, &another, &logs, &e) == NULL &&
	          has_rule(&e, ERR_REFUSED, "note.algorithm"),
	      "%s", e.text);
}

static void the_same_within_a_second_is_the_same_answer(void)
{
	struct cosigner *c = begin_witness(true);
	struct cosigner_answer first, second;
	struct asked a = {.old_size = 0, .size = 9}, again = {.old_size = 9, .size = 9};
	struct asked extended = {.old_size = 9, .size = 9, .extension = true};
	CHECK(ask(c, &a, NOW, &first) == 200 && ask(c, &again, NOW, &second) == 200 &&
	          bytes_equal(first.body, second.body),
	      "the same line");
	CHECK(ask(c, &extended, NOW, &second) == 200 && !bytes_equal(first.body, second.body),
	      "another text");
	is_cosigned(&extended, &second, NOW);
	CHECK(ask(c, &again, NOW + 1, &second) == 200, "a second later");
	is_cosigned(&again, &second, NOW + 1);
	cosigner_close(c);
}

static void a_log_that_grows_too_often_waits(void)
{
	owned_arena arena = {0};
	struct witness_logs limited = logs;
	struct witness_log log = logs.at[0];
	struct cosigner_answer answer;
	struct err e = {0};
	log.growths_a_day = 3;
	limited.at = &log;
	snprintf(path, sizeof path, "%s/limited.db", folder);
	struct cosigner *c = cosigner_open(path, true, &witness, &limited, &e);
	CHECK(c != NULL, "%s", e.text);
	if (c == NULL)
		return;
	uint64_t size = 0;
	for (int64_t day = 0; day < 3; day++) {
		for (unsigned i = 0; i < 5; i++) {
			int64_t now = NOW + day * 86400 + i;
			unsigned status = ask(
			    c, &(struct asked){.old_size = size, .size = size + 1}, now, &answer);
			CHECK(status == (i < 3 ? 200 : 429), "day %d, %u: %u", (int)day, i, status);
			size += status == 200;
			/* To say again what was said costs a log nothing. */
			CHECK(ask(c, &(struct asked){.old_size = size, .size = size}, now,
			          &answer) == 200,
			      "again");
		}
	}
	cosigner_close(c);
}

/* --- One history, whoever asks at once ------------------------------------------------------ */

/* Two trees that are alike up to COMMON entries; threads and processes ask for either. */
enum { COMMON = 100, THREADS = 4, EACH = 40 };

static struct merkle_tree fork_tree;

struct racer {
	struct cosigner *cosigner;
	uint64_t seed;
	unsigned signed_a, signed_b;
};

static struct bytes race_request(struct arena *arena, const struct merkle_tree *of, uint64_t old,
                                 uint64_t size)
{
	struct merkle_source source = merkle_tree_source(of);
	struct checkpoint c = {.origin = log_key.public.name, .size = size};
	struct witness_request q = {.old_size = old};
	struct err e = {0};
	if (!merkle_root(&source, size, &c.root, &e) ||
	    !merkle_consistency(&source, old, size, &q.proof, &e) ||
	    !checkpoint_sign(arena, &c, &log_key, &q.checkpoint, &e))
		abort();
	return witness_request_format(arena, &q);
}

static void *race(void *ctx)
{
	struct racer *r = ctx;
	uint64_t old = COMMON;
	for (unsigned i = 0; i < EACH; i++) {
		owned_arena arena = {0};
		struct cosigner_answer answer;
		struct err e = {0};
		bool fork = test_random(&r->seed) % 2 == 0;
		uint64_t size = old + 1 + test_random(&r->seed) % 3;
		if (size > ENTRIES)
			break;
		if (cosigner_add(r->cosigner, &arena,
		                 race_request(&arena, fork ? &fork_tree : &tree, old, size),
		                 NOW + i, &answer, &e)) {
			*(fork ? &r->signed_b : &r->signed_a) += 1;
			old = size;
		} else if (answer.status == 409) {
			old =
			    strtoull(arena_copy(&arena, answer.body.at, answer.body.len), NULL, 10);
		} else if (answer.status != 422) {
			fprintf(stderr, "%u: %s\n", answer.status, e.text);
			abort();
		}
	}
	return NULL;
}

static void two_at_once_make_one_history(void)
{
	merkle_tree_free(&fork_tree);
	for (uint64_t i = 0; i < ENTRIES; i++) {
		owned_arena arena = {0};
		struct hash leaf = merkle_leaf(entry_of(&arena, i < COMMON ? i : 10000 + i));
		merkle_tree_append(&fork_tree, &leaf);
	}
	uint64_t seed = test_seed();
	struct cosigner *c = begin_witness(true);
	struct cosigner_answer answer;
	CHECK(ask(c, &(struct asked){.size = COMMON}, NOW, &answer) == 200, "the common part");
	/* Two processes of some threads each; what each signed comes back by a pipe. */
	int from[2];
	CHECK(pipe(from) == 0, "pipe");
	cosigner_close(c);
	fflush(stdout);
	pid_t children[2];
	for (uint64_t p = 0; p < 2; p++) {
		children[p] = fork();
		if (children[p] != 0)
			continue;
		struct cosigner *mine = begin_witness(false);
		struct racer racers[THREADS] = {0};
		pthread_t threads[THREADS];
		for (uint64_t t = 0; t < THREADS; t++) {
			racers[t] =
			    (struct racer){.cosigner = mine, .seed = seed + p * THREADS + t};
			if (pthread_create(&threads[t], NULL, race, &racers[t]) != 0)
				_exit(1);
		}
		for (uint64_t t = 0; t < THREADS; t++)
			pthread_join(threads[t], NULL);
		cosigner_close(mine);
		for (uint64_t t = 0; t < THREADS; t++)
			if (write(from[1], &racers[t], sizeof racers[t]) != sizeof racers[t])
				_exit(1);
		_exit(0);
	}
	close(from[1]);
	unsigned a = 0, b = 0;
	struct racer told;
	while (read(from[0], &told, sizeof told) == sizeof told) {
		a += told.signed_a;
		b += told.signed_b;
	}
	close(from[0]);
	for (int p = 0; p < 2; p++) {
		int status;
		CHECK(waitpid(children[p], &status, 0) == children[p] && status == 0, "process %d",
		      p);
	}
	CHECK(a + b > 0 && (a == 0 || b == 0), "%u of one history and %u of the other", a, b);
	merkle_tree_free(&fork_tree);
}

/* Killed at any moment: what was answered is remembered. */
static void nothing_answered_is_forgotten_when_killed(void)
{
	cosigner_close(begin_witness(true));
	uint64_t seed = test_seed(), acknowledged = 0, kills = 0;
	for (unsigned round = 0; round < 25; round++) {
		int from[2];
		CHECK(pipe(from) == 0, "pipe");
		fflush(stdout);
		pid_t child = fork();
		if (child == 0) {
			struct cosigner *mine = begin_witness(false);
			for (uint64_t size = acknowledged; size < ENTRIES; size++) {
				owned_arena arena = {0};
				struct cosigner_answer answer;
				struct err e = {0};
				uint64_t old = size;
				/* The first may find that more was stored than told. */
				while (!cosigner_add(mine, &arena,
				                     race_request(&arena, &tree, old, size + 1),
				                     NOW, &answer, &e)) {
					if (answer.status != 409)
						_exit(2);
					old = strtoull(
					    arena_copy(&arena, answer.body.at, answer.body.len),
					    NULL, 10);
					size = old;
					if (size >= ENTRIES)
						_exit(0);
				}
				uint64_t done = size + 1;
				if (write(from[1], &done, sizeof done) != sizeof done)
					_exit(1);
			}
			_exit(0);
		}
		close(from[1]);
		uint64_t limit = test_random(&seed) % 12, done;
		for (uint64_t i = 0; i < limit && read(from[0], &done, sizeof done) == sizeof done;
		     i++)
			acknowledged = done;
		kill(child, SIGKILL);
		int status;
		waitpid(child, &status, 0);
		CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "status %d", status);
		kills += WIFSIGNALED(status);
		while (read(from[0], &done, sizeof done) == sizeof done)
			acknowledged = done;
		close(from[0]);
		struct cosigner *c = begin_witness(false);
		owned_arena arena = {0};
		struct cosigner_answer answer;
		struct err e = {0};
		/* Nothing else of that size or below is signed any more. */
		if (acknowledged > 0)
			CHECK(!cosigner_add(c, &arena, race_request(&arena, &tree, 0, acknowledged),
			                    NOW, &answer, &e) &&
			          answer.status == 409 &&
			          strtoull(arena_copy(&arena, answer.body.at, answer.body.len),
			                   NULL, 10) >= acknowledged,
			      "%llu acknowledged: %.*s", (unsigned long long)acknowledged,
			      (int)answer.body.len, (const char *)answer.body.at);
		cosigner_close(c);
	}
	CHECK(kills > 5, "killed %llu times only", (unsigned long long)kills);
}

/* --- A store that fails ------------------------------------------------------------------- */

/* One more entry cosigned, with the fault somewhere in it; true when it was answered so. */
static bool grow_by_one(uint64_t *size, int64_t now)
{
	owned_arena arena = {0};
	struct cosigner_answer answer = {0};
	struct bytes note;
	struct err e = {0};
	struct hash origin = sha256(bytes_text("log.example/a"));
	struct asked a = {.old_size = *size, .size = *size + 1};
	struct cosigner *c = cosigner_open(path, false, &witness, &logs, &e);
	if (c == NULL) {
		CHECK(e.kind == ERR_ENVIRONMENT, "%s", e.text);
		return false;
	}
	bool done = cosigner_add(c, &arena, request(&arena, &a), now, &answer, &e);
	CHECK(done ? answer.status == 200 : answer.status == 503 && e.kind == ERR_ENVIRONMENT,
	      "%u: %s", answer.status, e.text);
	*size += done;
	e = (struct err){0};
	CHECK(cosigner_latest(c, &arena, hex_encode(&arena, hash_bytes(&origin)), &note, &e) ||
	          e.kind == ERR_ENVIRONMENT,
	      "%s", e.text);
	cosigner_close(c);
	return done;
}

/* What the store has, asked with no fault: exactly what was answered. */
static uint64_t remembered(int64_t now)
{
	owned_arena arena = {0};
	struct cosigner_answer answer;
	struct cosigner *c = begin_witness(false);
	uint64_t size = 0;
	CHECK(ask(c, &(struct asked){.old_size = ENTRIES - 1, .size = ENTRIES}, now, &answer) ==
	          409,
	      "%u", answer.status);
	bool parsed = decimal_parse(bytes_of(answer.body.at, answer.body.len - 1), &size);
	CHECK(parsed, "%.*s", (int)answer.body.len, (const char *)answer.body.at);
	cosigner_close(c);
	return size;
}

static void a_store_that_fails_cosigns_nothing_and_forgets_nothing(void)
{
	uint64_t size = 1, failed = 0;
	int64_t now = NOW;
	struct cosigner_answer answer;
	struct cosigner *c = begin_witness(true);
	CHECK(ask(c, &(struct asked){.size = 1}, now, &answer) == 200, "%u", answer.status);
	cosigner_close(c);
	for (int fault = 0; fault < FAULTS; fault++) {
		plan.fault = (enum fault)fault;
		for (uint64_t at = 1; size + 2 < ENTRIES; at++) {
			plan.at = at;
			plan.seen = 0;
			bool done = grow_by_one(&size, ++now), was_reached = plan.seen >= at;
			plan.at = 0;
			failed += !done;
			CHECK(done || remembered(++now) == size, "fault %d at %llu", fault,
			      (unsigned long long)at);
			if (!was_reached)
				break;
		}
	}
	CHECK(failed > 10 && size > 3, "%llu failed, %llu cosigned", (unsigned long long)failed,
	      (unsigned long long)size);
}

int main(void)
{
	failing_database_begin();
	set_up();
	static const struct test tests[] = {
	    TEST(requests_come_back_as_they_were),
	    TEST(what_is_no_request_is_refused_by_name),
	    TEST(lists_of_logs_are_read),
	    TEST(what_is_no_list_is_refused_by_name),
	    TEST(the_checks_are_made_in_their_order),
	    TEST(a_log_that_is_not_known_is_404),
	    TEST(a_bad_signature_beside_a_good_one_is_403),
	    TEST(what_was_cosigned_is_there_when_opened_again),
	    TEST(the_same_within_a_second_is_the_same_answer),
	    TEST(a_log_that_grows_too_often_waits),
	    TEST(two_at_once_make_one_history),
	    TEST(nothing_answered_is_forgotten_when_killed),
	    TEST(a_store_that_fails_cosigns_nothing_and_forgets_nothing),
	};
	int status = test_main(tests, sizeof tests / sizeof *tests);
	merkle_tree_free(&tree);
	arena_free(&forever);
	stored_end();
	return status;
}
