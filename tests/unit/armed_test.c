/* A gate armed with a policy: what counts is what witnesses have cosigned, at their time. */
#include "base/instant.h"
#include "gate_world.h"
#include "log/policy.h"

enum { WITNESSES = 4, YEAR = 365 * 86400 };

/* Three of the policy, and a stranger. */
static struct secret_key witnesses[WITNESSES];
static struct arena texts;

static const char *policy_of(const struct public_key *log)
{
	struct buffer text = {.arena = &texts};
	char *line = key_line(&texts, log);
	buffer_printf(&text, "log %.*s\n", (int)strcspn(line, "\n"), line);
	for (int i = 0; i < 3; i++) {
		line = key_cosigner_line(&texts, &witnesses[i].public);
		buffer_printf(&text, "witness w%d %.*s\n", i, (int)strcspn(line, "\n"), line);
	}
	buffer_text(&text, "group two 2 w0 w1 w2\nquorum two\n");
	return buffer_cstr(&text);
}

static void arm(struct world *w)
{
	struct proviso_error e = {0};
	const char *policy = policy_of(&w->office.key.public);
	world_close(w);
	CHECK(proviso_system_arm(w->dir, policy, strlen(policy), &e), "%s %s", e.code, e.text);
	if (!world_open(w, &e)) {
		printf("# %s %s\nBail out!\n", e.code, e.text);
		exit(1);
	}
}

static void make_armed(struct world *w)
{
	world_make(w, 1);
	arm(w);
}

/* The reply with the witnesses' lines at these times; -1: none of that one. */
static struct bytes cosigned(struct world *w, struct bytes reply, const int64_t times[WITNESSES])
{
	struct err e = {0};
	struct bytes entry, file, line;
	struct log_proof proof;
	struct note *note = arena_alloc(&w->arena, sizeof *note);
	struct buffer all = {.arena = &w->arena};
	must(reply_parse(reply, &entry, &file, &e) && proof_parse(&w->arena, file, &proof, &e) &&
	         note_parse(&w->arena, proof.checkpoint, note, &e),
	     &e, "reply");
	buffer_bytes(&all, proof.checkpoint);
	for (size_t i = 0; i < WITNESSES; i++) {
		if (times[i] < 0)
			continue;
		must(cosignature_sign(&w->arena, note, &witnesses[i], times[i], &line, &e), &e,
		     "cosign");
		buffer_bytes(&all, line);
	}
	proof.checkpoint = buffer_view(&all);
	return reply_format(&w->arena, entry, proof_format(&w->arena, &proof));
}

static struct bytes asked(struct world *w, const struct twist *t)
{
	return office_reply(&w->office, world_request(w, 0), t);
}

static struct bytes honest(struct world *w, const struct twist *t)
{
	int64_t now = w->office.now;
	return cosigned(w, asked(w, t), (int64_t[WITNESSES]){now, now, now, -1});
}

static void a_reply_counts_only_with_the_quorum_of_the_policy(void)
{
	static const struct {
		const char *what;
		int64_t at[WITNESSES]; /* seconds from now, -1: none */
		const char *code;      /* NULL: taken */
	} rows[] = {
	    {"all", {0, 0, 0, -1}, NULL},
	    {"all and a stranger", {0, 0, 0, 0}, NULL},
	    {"one missing", {-1, 0, 0, -1}, NULL},
	    {"none", {-1, -1, -1, -1}, "gate.lease-not-witnessed"},
	    {"one", {0, -1, -1, -1}, "gate.lease-not-witnessed"},
	    {"one and a stranger", {-1, 0, -1, 0}, "gate.lease-not-witnessed"},
	    {"a stranger", {-1, -1, -1, 0}, "gate.lease-not-witnessed"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct world w;
		struct proviso_error e;
		int64_t times[WITNESSES];
		make_armed(&w);
		for (size_t k = 0; k < WITNESSES; k++)
			times[k] = rows[i].at[k] < 0 ? -1 : w.office.now + rows[i].at[k];
		bool good = world_accept(
		    &w, cosigned(&w, asked(&w, &(struct twist){.scope = GOOD_SCOPE}), times), &e);
		CHECK(good == (rows[i].code == NULL), "%s: %s %s", rows[i].what, e.code, e.text);
		CHECK(good || strcmp(e.code, rows[i].code) == 0, "%s: %s", rows[i].what, e.code);
		CHECK(code_of(&w) == (good ? PROVISO_ALLOWED : PROVISO_NO_LEASE), "%s",
		      rows[i].what);
		world_reopen(&w);
		CHECK(code_of(&w) == (good ? PROVISO_ALLOWED : PROVISO_NO_LEASE), "again: %s",
		      rows[i].what);
		world_free(&w);
	}
}

/* Also a refusal: nothing of an authority counts that was not shown to others. */
static void a_refusal_counts_no_sooner(void)
{
	struct world w;
	struct proviso_error e;
	struct twist no = {.refusal = "renewal.measure"};
	make_armed(&w);
	CHECK(world_accept(&w, honest(&w, &(struct twist){.scope = GOOD_SCOPE}), &e), "%s", e.text);
	CHECK(!world_accept(&w, asked(&w, &no), &e) &&
	          strcmp(e.code, "gate.lease-not-witnessed") == 0,
	      "%s", e.code);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "in secret");
	CHECK(!world_accept(&w, honest(&w, &no), &e) && strcmp(e.code, "gate.lease-refused") == 0,
	      "%s", e.code);
	CHECK(code_of(&w) == PROVISO_LEASE_REFUSED, "in public");
	world_free(&w);
}

/* What witnesses said of another tree, or at another time, is worth nothing under this one. */
static void cosignatures_of_another_checkpoint_are_refused(void)
{
	struct world w;
	struct proviso_error e;
	struct err why = {0};
	struct bytes entry, file;
	struct log_proof old, new;
	make_armed(&w);
	struct bytes first = honest(&w, &(struct twist){.scope = GOOD_SCOPE});
	CHECK(world_accept(&w, first, &e), "%s", e.text);
	must(reply_parse(first, &entry, &file, &why) && proof_parse(&w.arena, file, &old, &why),
	     &why, "old");
	struct bytes second = asked(&w, &(struct twist){.scope = GOOD_SCOPE});
	must(reply_parse(second, &entry, &file, &why) && proof_parse(&w.arena, file, &new, &why),
	     &why, "new");
	/* The lines behind the log's own, moved. */
	struct buffer note = {.arena = &w.arena};
	const char *lines =
	    memmem(old.checkpoint.at, old.checkpoint.len, "\u2014 w0", strlen("\u2014 w0"));
	size_t from = (size_t)((const uint8_t *)lines - old.checkpoint.at);
	buffer_bytes(&note, new.checkpoint);
	buffer_bytes(&note, bytes_of(old.checkpoint.at + from, old.checkpoint.len - from));
	new.checkpoint = buffer_view(&note);
	CHECK(!world_accept(&w, reply_format(&w.arena, entry, proof_format(&w.arena, &new)), &e) &&
	          strcmp(e.code, "gate.lease-not-witnessed") == 0,
	      "%s", e.code);
	/* And the old reply as it was, cosigned anew or not, answers nothing that is open. */
	CHECK(!world_accept(&w, first, &e) && strcmp(e.code, "gate.reply-not-pending") == 0, "%s",
	      e.code);
	world_free(&w);
}

/* A quorum that signs an old time: what it said before stands against it. */
static void the_witnesses_time_does_not_go_back(void)
{
	struct world w;
	struct proviso_error e;
	make_armed(&w);
	CHECK(world_accept(&w, honest(&w, &(struct twist){.scope = GOOD_SCOPE}), &e), "%s", e.text);
	int64_t then = w.office.now;
	world_pass(&w, 100);
	struct bytes reply = asked(&w, &(struct twist){.scope = GOOD_SCOPE});
	int64_t back = then - 301, near = then - 300;
	CHECK(!world_accept(&w, cosigned(&w, reply, (int64_t[]){back, back, back, -1}), &e) &&
	          strcmp(e.code, "gate.quorum-time-older") == 0,
	      "%s", e.code);
	CHECK(world_accept(&w, cosigned(&w, reply, (int64_t[]){near, near, near, -1}), &e), "%s",
	      e.text);
	world_free(&w);
}

/*
 * A scope of a window 100 to 200 s from now, under an authority that says it is `shift` seconds
 * later, or earlier, than it is; how a use is answered `after` so many seconds.
 */
static enum proviso_code in_window(bool is_armed, int64_t shift, const int64_t off[WITNESSES],
                                   int64_t after)
{
	struct world w;
	struct proviso_error e;
	char from[INSTANT_TEXT + 1], until[INSTANT_TEXT + 1], scope[128];
	world_make(&w, 1);
	if (is_armed)
		arm(&w);
	int64_t now = w.office.now, times[WITNESSES];
	instant_format(now + 100, from);
	instant_format(now + 200, until);
	snprintf(scope, sizeof scope, "from=%s; until=%s", from, until);
	for (size_t i = 0; i < WITNESSES; i++)
		times[i] = i == 3 ? -1 : now + off[i];
	struct bytes reply = asked(&w, &(struct twist){.scope = scope, .granted = now + shift});
	CHECK(world_accept(&w, cosigned(&w, reply, times), &e), "%s %s", e.code, e.text);
	world_pass(&w, after);
	enum proviso_code code = code_of(&w);
	world_free(&w);
	return code;
}

static void an_authority_that_lies_about_the_time_gains_nothing(void)
{
	static const int64_t honestly[WITNESSES] = {0};
	/* Unarmed it does: that is what witnesses are for. */
	CHECK(in_window(false, 150, honestly, 0) == PROVISO_ALLOWED, "postdated, unarmed");
	CHECK(in_window(false, -150, honestly, 300) == PROVISO_ALLOWED, "backdated, unarmed");
	static const int64_t shifts[] = {0, 150, -150, YEAR, -YEAR};
	for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
		int64_t shift = shifts[i];
		CHECK(in_window(true, shift, honestly, 0) == PROVISO_NOT_YET, "%lld",
		      (long long)shift);
		CHECK(in_window(true, shift, honestly, 99) == PROVISO_NOT_YET, "%lld",
		      (long long)shift);
		CHECK(in_window(true, shift, honestly, 100) == PROVISO_ALLOWED, "%lld",
		      (long long)shift);
		CHECK(in_window(true, shift, honestly, 199) == PROVISO_ALLOWED, "%lld",
		      (long long)shift);
		CHECK(in_window(true, shift, honestly, 200) == PROVISO_TOO_LATE, "%lld",
		      (long long)shift);
	}
}

/* Fewer than the quorum that lie, with the authority or against it, move nothing. */
static void witnesses_that_lie_gain_nothing_as_long_as_they_are_too_few(void)
{
	static const int64_t lies[] = {150, -150, YEAR, -YEAR};
	for (size_t liar = 0; liar < 3; liar++)
		for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
			int64_t off[WITNESSES] = {0};
			off[liar] = lies[i];
			CHECK(in_window(true, lies[i], off, 99) == PROVISO_NOT_YET, "%zu %zu", liar,
			      i);
			CHECK(in_window(true, lies[i], off, 100) == PROVISO_ALLOWED, "%zu %zu",
			      liar, i);
			CHECK(in_window(true, lies[i], off, 199) == PROVISO_ALLOWED, "%zu %zu",
			      liar, i);
			CHECK(in_window(true, lies[i], off, 200) == PROVISO_TOO_LATE, "%zu %zu",
			      liar, i);
		}
}

static void a_liar_beside_one_honest_witness_can_only_take_away(void)
{
	static const int64_t lies[] = {150, -150, YEAR, -YEAR};
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		struct world w;
		struct proviso_error e;
		char from[INSTANT_TEXT + 1], until[INSTANT_TEXT + 1], scope[128];
		make_armed(&w);
		int64_t now = w.office.now;
		instant_format(now + 100, from);
		instant_format(now + 200, until);
		snprintf(scope, sizeof scope, "from=%s; until=%s", from, until);
		struct bytes reply =
		    asked(&w, &(struct twist){.scope = scope, .granted = now + lies[i]});
		int64_t times[WITNESSES] = {now + lies[i], now, -1, -1};
		CHECK(world_accept(&w, cosigned(&w, reply, times), &e), "%s", e.text);
		for (int64_t at = 0; at < 400; at++, world_pass(&w, 1))
			CHECK(code_of(&w) != PROVISO_ALLOWED || (at >= 100 && at < 200),
			      "%lld: %lld", (long long)lies[i], (long long)at);
		world_free(&w);
	}
}

static void arming_is_once_and_for_the_right_log(void)
{
	struct world w;
	struct proviso_error e = {0};
	struct proviso_enrolment enrolment;
	world_make(&w, 1);
	world_renew(&w, GOOD_SCOPE, 1000);
	const char *policy = policy_of(&w.office.key.public),
	           *other = policy_of(&w.second.key.public);
	CHECK(!proviso_system_arm(w.dir, policy, strlen(policy), &e) &&
	          strcmp(e.code, "gate.in-use") == 0,
	      "%s", e.code);
	world_close(&w);
	CHECK(!proviso_system_arm(w.dir, other, strlen(other), &e) &&
	          strcmp(e.code, "gate.policy-other-log") == 0,
	      "%s", e.code);
	CHECK(!proviso_system_arm(w.dir, "nonsense\n", 9, &e) && strcmp(e.code, "policy.line") == 0,
	      "%s", e.code);
	CHECK(proviso_system_enrolment(w.dir, &enrolment, &e) && enrolment.policy[0] == 0,
	      "unarmed");
	CHECK(proviso_system_arm(w.dir, policy, strlen(policy), &e), "%s", e.text);
	CHECK(proviso_system_arm(w.dir, policy, strlen(policy), &e), "again: %s", e.text);
	CHECK(!proviso_system_arm(w.dir, other, strlen(other), &e) &&
	          strcmp(e.code, "gate.policy-armed") == 0,
	      "%s", e.code);
	struct hash digest = sha256(bytes_text(policy));
	CHECK(proviso_system_enrolment(w.dir, &enrolment, &e) &&
	          strcmp(enrolment.policy, hex_encode(&w.arena, hash_bytes(&digest))) == 0,
	      "%s", enrolment.policy);
	/* The lease from before was shown to nobody. */
	CHECK(world_open(&w, &e), "%s", e.text);
	CHECK(code_of(&w) == PROVISO_NOT_PROVEN, "held from before");
	CHECK(world_accept(&w, honest(&w, &(struct twist){.scope = GOOD_SCOPE}), &e), "%s", e.text);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "witnessed");
	world_free(&w);
}

static void set_up(void)
{
	struct err e = {0};
	must(key_library_start(&e), &e, "library");
	for (size_t i = 0; i < WITNESSES; i++) {
		uint8_t seed[KEY_SEED];
		char name[8];
		memset(seed, 0x40 + (int)i, sizeof seed);
		snprintf(name, sizeof name, "w%zu", i);
		must(key_make(KEY_ED25519, name, seed, &witnesses[i], &e), &e, "witness");
	}
}

int main(void)
{
	set_up();
	static const struct test tests[] = {
	    TEST(a_reply_counts_only_with_the_quorum_of_the_policy),
	    TEST(a_refusal_counts_no_sooner),
	    TEST(cosignatures_of_another_checkpoint_are_refused),
	    TEST(the_witnesses_time_does_not_go_back),
	    TEST(an_authority_that_lies_about_the_time_gains_nothing),
	    TEST(witnesses_that_lie_gain_nothing_as_long_as_they_are_too_few),
	    TEST(a_liar_beside_one_honest_witness_can_only_take_away),
	    TEST(arming_is_once_and_for_the_right_log),
	};
	int status = test_main(tests, sizeof tests / sizeof *tests);
	arena_free(&texts);
	return status;
}
