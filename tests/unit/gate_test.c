/* What a gate answers, and what it takes for a lease. */
#include <sys/wait.h>

#include "base/file.h"
#include "base/instant.h"
#include "gate_world.h"

static void every_refusal_of_a_scope_has_its_code_in_order(void)
{
	static const struct {
		const char *scope, *capability, *purpose, *territory, *subject, *warrant, *with;
		const char *code, *words;
	} rows[] = {
#define C "capture.headers"
#define P "terrorism"
#define S "tel:+99955501234"
	    {GOOD_SCOPE, C, P, "XR", S, "W1", NULL, "allowed", "allowed"},
	    {GOOD_SCOPE, "capture.content", "serious-crime.kidnapping", "XR.C", S, "W1", NULL,
	     "allowed", ""},
	    {GOOD_SCOPE, "capture", P, "XR", S, "W1", NULL, "use.capability", "capture"},
	    {GOOD_SCOPE, "capture.headersx", P, "XR", S, "W1", NULL, "use.capability", ""},
	    {GOOD_SCOPE, C, "serious-crime.theft", "XR", S, "W1", NULL, "use.purpose", "theft"},
	    {GOOD_SCOPE, C, P, "UG", S, "W1", NULL, "use.territory", "UG"},
	    {GOOD_SCOPE, C, P, "XR", "tel:+12025550100", "W1", NULL, "use.subject", "tel:+1"},
	    {GOOD_SCOPE, C, P, "XR", "mailto:A@Mail.State.GOV", "W1", NULL, "use.subject",
	     "state.gov"},
	    {GOOD_SCOPE, C, P, "XR", S, NULL, NULL, "use.obligation", "warrant"},
	    {GOOD_SCOPE, C, P, "XR", S, NULL, "warrant", "use.obligation", "warrant"},
	    {GOOD_SCOPE, "x", "x", "x", "tel:+1202555", NULL, NULL, "use.capability", ""},
	    {GOOD_SCOPE, C, "x", "x", "tel:+1202555", NULL, NULL, "use.purpose", ""},
	    {GOOD_SCOPE, C, P, "x", "tel:+1202555", NULL, NULL, "use.territory", ""},
	    {GOOD_SCOPE, C, P, "XR", "tel:+1202555", NULL, NULL, "use.subject", ""},
	    {"require=second-officer,warrant", C, P, "XR", S, "W", NULL, "use.obligation",
	     "second-officer"},
	    {"require=second-officer,warrant", C, P, "XR", S, "W", "second-officer", "allowed", ""},
	    {"require=second-officer", C, P, "XR", S, NULL, "second-officer", "allowed", ""},
	    {"from=2100-01-01T00:00:00Z", C, P, "XR", S, NULL, NULL, "use.not-yet", "2100"},
	    {"until=2020-01-01T00:00:00Z", C, P, "XR", S, NULL, NULL, "use.too-late", "2020"},
	    {"from=2020-01-01T00:00:00Z; until=2100-01-01T00:00:00Z", C, P, "XR", S, NULL, NULL,
	     "allowed", ""},
	    {"until=2020-01-01T00:00:00Z; limit.zebras=1", C, P, "XR", S, NULL, NULL,
	     "use.too-late", ""},
	    {"limit.zebras=1", C, P, "XR", S, NULL, NULL, "use.limit-unknown", "limit"},
	    {"none", C, P, "XR", S, "W", NULL, "use.capability", ""},
	    {"any", "anything.at-all", "x", "x", "imsi:999011234567890", NULL, NULL, "allowed", ""},
	    {"subject-not=ip:10.0.0.0/8", C, P, "XR", "ip:10.1.2.3", NULL, NULL, "use.subject",
	     "10.0.0.0/8"},
	    {"subject-not=ip:10.0.0.0/8", C, P, "XR", "ip:11.1.2.3", NULL, NULL, "allowed", ""},
	};
	struct world w;
	world_make(&w, 1);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		world_renew(&w, rows[i].scope, 3600);
		struct proviso_use_text use = {
		    rows[i].capability, rows[i].purpose, rows[i].territory,   rows[i].subject,
		    rows[i].warrant,    &rows[i].with,   rows[i].with != NULL};
		struct proviso_answer a = decide(&w, &use);
		CHECK(strcmp(proviso_code_name(a.code), rows[i].code) == 0, "row %zu: %s, want %s",
		      i, proviso_code_name(a.code), rows[i].code);
		CHECK(strstr(a.words, rows[i].words) != NULL, "row %zu: '%s'", i, a.words);
		CHECK(a.position > 0, "row %zu is not recorded", i);

		struct proviso_error e;
		struct proviso_answer dry;
		bool would = proviso_gate_ask_text(w.gate, &use, NULL, &dry, &e);
		CHECK(would == dry.would_be_allowed && !dry.allowed && dry.position == 0, "row %zu",
		      i);
		CHECK(dry.code == a.code, "row %zu: asked dry %s", i, proviso_code_name(dry.code));
	}
	world_free(&w);
}

static void numbered_and_written_uses_get_the_same_answer(void)
{
	static const char *const words[] = {"capture",
	                                    "capture.headers",
	                                    "capture.content",
	                                    "terrorism",
	                                    "serious-crime",
	                                    "serious-crime.kidnapping",
	                                    "XR",
	                                    "XR.C",
	                                    "UG",
	                                    "second-officer",
	                                    "warrant",
	                                    "admission"};
	static const char *const scopes[] = {
	    GOOD_SCOPE,
	    "any",
	    "none",
	    "capability=capture; require=second-officer",
	    "purpose=serious-crime; territory=UG,XR.C",
	    "capability=capture.content; require=admission,warrant"};
	static const char *const subjects[] = {"tel:+12025550100", "tel:+99955501234",
	                                       "mailto:a@state.gov", "ip:2001:db8::1"};
	enum { WORDS = sizeof words / sizeof *words };
	uint64_t seed = test_seed(), checked = 0;
	struct world w;
	world_make(&w, 1);
	uint32_t numbers[WORDS];
	for (size_t i = 0; i < WORDS; i++)
		CHECK(proviso_gate_label(w.gate, words[i], &numbers[i], NULL), "%s", words[i]);
	for (size_t s = 0; s < sizeof scopes / sizeof *scopes; s++) {
		world_renew(&w, scopes[s], 3600);
		const struct scope *scope;
		must(scope_parse(&w.arena, bytes_text(scopes[s]), &scope, &(struct err){0}), NULL,
		     "scope");
		for (int i = 0; i < 2000; i++, checked++) {
			size_t c = test_random(&seed) % WORDS, p = test_random(&seed) % WORDS;
			size_t t = test_random(&seed) % WORDS, o = test_random(&seed) % 3;
			bool has_warrant = test_random(&seed) % 2;
			const char *subject = subjects[test_random(&seed) % 4];
			struct proviso_subject ready;
			struct proviso_warrant warrant;
			CHECK(proviso_gate_subject(w.gate, subject, &ready, NULL), "%s", subject);
			CHECK(proviso_gate_warrant(w.gate, "W", &warrant, NULL), "warrant");
			struct proviso_use use = {numbers[c],
			                          numbers[p],
			                          numbers[t],
			                          &ready,
			                          has_warrant ? &warrant : NULL,
			                          &numbers[9],
			                          o};
			struct proviso_use_text text = {
			    words[c],  words[p], words[t], subject, has_warrant ? "W" : NULL,
			    &words[9], o};
			struct proviso_answer a, b;
			proviso_gate_ask(w.gate, &use, NULL, &a);
			proviso_gate_ask_text(w.gate, &text, NULL, &b, NULL);
			CHECK(a.code == b.code, "%s / %s", proviso_code_name(a.code),
			      proviso_code_name(b.code));
			/* And both are what the scope itself says. */
			struct selector selector;
			must(selector_parse(bytes_text(subject), &selector, &(struct err){0}), NULL,
			     "selector");
			const char *met[3];
			size_t n = 0;
			for (size_t k = 0; k < o; k++)
				if (strcmp(words[9 + k], "warrant") != 0)
					met[n++] = words[9 + k];
			if (has_warrant)
				met[n++] = "warrant";
			struct scope_use su = {words[c], words[p], words[t], &selector,
			                       a.time,   met,      n};
			CHECK(scope_allows(scope, &su, NULL) == a.would_be_allowed, "%s: %s %s %s",
			      scopes[s], words[c], words[p], words[t]);
		}
	}
	CHECK(checked == 12000, "%llu", (unsigned long long)checked);
	world_free(&w);
}

static void malformed_questions_are_answered_with_their_place(void)
{
	struct world w;
	world_make(&w, 1);
	world_renew(&w, "any", 3600);
	static const struct {
		const char *capability, *subject, *warrant, *code;
		enum proviso_error_kind kind;
	} rows[] = {
	    {"a..b", "tel:+999", NULL, "scope.label", PROVISO_BAD_INPUT},
	    {"a b", "tel:+999", NULL, "scope.label", PROVISO_BAD_INPUT},
	    {"a", "+999", NULL, "scope.selector", PROVISO_BAD_INPUT},
	    {"a", "tel:999", NULL, "scope.selector", PROVISO_BAD_INPUT},
	    {"a", "tel:+999", "", "gate.warrant-empty", PROVISO_BAD_INPUT},
	    {NULL, "tel:+999", NULL, "", PROVISO_USAGE},
	    {"a", NULL, NULL, "", PROVISO_USAGE},
	};
	struct proviso_status before, after;
	proviso_gate_status(w.gate, &before);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct proviso_use_text use = {rows[i].capability, "p",  "XR", rows[i].subject,
		                               rows[i].warrant,    NULL, 0};
		struct proviso_answer a;
		struct proviso_error e;
		CHECK(!proviso_gate_decide_text(w.gate, &use, &a, &e), "row %zu allowed", i);
		CHECK(a.code == PROVISO_MALFORMED && !a.allowed && a.position == 0, "row %zu", i);
		CHECK(strcmp(e.code, rows[i].code) == 0 && e.kind == rows[i].kind, "row %zu: %s %s",
		      i, e.code, e.text);
		CHECK(!proviso_gate_decide_text(w.gate, &use, &a, NULL), "row %zu without error",
		      i);
	}
	const char *many[PROVISO_WITH_MAX + 1];
	for (size_t i = 0; i <= PROVISO_WITH_MAX; i++)
		many[i] = "o";
	struct proviso_use_text use = {"a", "p", "XR", "tel:+999", NULL, many, PROVISO_WITH_MAX};
	struct proviso_answer a;
	struct proviso_error e;
	CHECK(proviso_gate_decide_text(w.gate, &use, &a, &e), "%s", a.words);
	use.with_count++;
	CHECK(!proviso_gate_decide_text(w.gate, &use, &a, &e) && e.kind == PROVISO_USAGE, "%s",
	      e.text);
	many[0] = "o o";
	use.with_count = 1;
	CHECK(!proviso_gate_decide_text(w.gate, &use, &a, &e), "bad obligation");
	proviso_gate_status(w.gate, &after);
	CHECK(after.refused == before.refused, "a malformed question was recorded");
	world_free(&w);
}

static void numbers_of_no_meaning_are_refused(void)
{
	struct world w, other;
	world_make(&w, 1);
	world_make(&other, 1);
	world_renew(&w, "any", 3600);
	uint32_t n;
	struct proviso_subject subject, foreign;
	struct proviso_warrant warrant, foreign_warrant;
	struct proviso_answer a;
	CHECK(proviso_gate_label(w.gate, "a", &n, NULL), "label");
	proviso_gate_subject(w.gate, "tel:+999", &subject, NULL);
	proviso_gate_subject(other.gate, "tel:+999", &foreign, NULL);
	proviso_gate_warrant(w.gate, "W", &warrant, NULL);
	proviso_gate_warrant(other.gate, "W", &foreign_warrant, NULL);
	uint32_t with[PROVISO_WITH_MAX + 1] = {n, n + 1};
	struct proviso_use good = {n, n, n, &subject, &warrant, with, 1};
	CHECK(proviso_gate_decide(w.gate, &good, &a), "%s", proviso_code_name(a.code));
	struct proviso_use rows[8] = {good, good, good, good, good, good, good, good};
	rows[0].capability = 0;
	rows[1].purpose = n + 1;
	rows[2].territory = UINT32_MAX;
	rows[3].subject = NULL;
	rows[4].subject = &foreign;
	rows[5].warrant = &foreign_warrant;
	rows[6].with_count = 2;
	rows[7].with_count = PROVISO_WITH_MAX + 1;
	for (size_t i = 0; i < 8; i++) {
		CHECK(!proviso_gate_decide(w.gate, &rows[i], &a) && a.code == PROVISO_MALFORMED &&
		          a.position == 0,
		      "row %zu", i);
		proviso_gate_explain(w.gate, &rows[i], &a);
		CHECK(strstr(a.words, "not well formed") != NULL, "row %zu: %s", i, a.words);
	}
	CHECK(!proviso_gate_label(w.gate, "a b", &n, NULL), "bad label");
	CHECK(!proviso_gate_label(w.gate, NULL, &n, NULL), "no label");
	world_free(&w);
	world_free(&other);
}

static void explanations_are_of_the_numbered_use(void)
{
	struct world w;
	world_make(&w, 1);
	world_renew(&w, GOOD_SCOPE, 3600);
	uint32_t c, p, t, o;
	struct proviso_subject subject;
	struct proviso_warrant warrant;
	struct proviso_answer a;
	proviso_gate_label(w.gate, "capture.headers", &c, NULL);
	proviso_gate_label(w.gate, "terrorism", &p, NULL);
	proviso_gate_label(w.gate, "UG", &t, NULL);
	proviso_gate_label(w.gate, "second-officer", &o, NULL);
	proviso_gate_subject(w.gate, "tel:+999", &subject, NULL);
	proviso_gate_warrant(w.gate, "W", &warrant, NULL);
	struct proviso_use use = {c, p, t, &subject, &warrant, &o, 1};
	CHECK(!proviso_gate_decide(w.gate, &use, &a) && a.words[0] == 0, "decided");
	proviso_gate_explain(w.gate, &use, &a);
	CHECK(strstr(a.words, "UG") != NULL && strstr(a.words, "XR") != NULL, "%s", a.words);
	world_free(&w);
}

/* --- What is a lease ------------------------------------------------------------------------ */

static void replies_that_are_no_lease_are_refused_by_name(void)
{
	struct world w;
	world_make(&w, 1);
	struct hash other_device = {{9}};
	struct tree_head other_head = {.size = 77};
	struct secret_key stranger;
	uint8_t seed[KEY_SEED] = {3};
	must(key_make(KEY_ED25519, "authority.example/log", seed, &stranger, &(struct err){0}),
	     NULL, "key");
	const struct {
		struct twist twist;
		const char *code;
	} rows[] = {
	    {{.kind = KIND_LISTING}, "reply.not-an-answer"},
	    {{.origin = "elsewhere.example/log"}, "gate.lease-other-authority"},
	    {{.not_logged = true}, "gate.lease-not-proven"},
	    {{.signer = &stranger}, "gate.lease-not-proven"},
	    {{.device = &other_device}, "gate.lease-other-device"},
	    {{.device = &other_device, .refusal = "x.y"}, "gate.lease-other-device"},
	    {{.nonce = "0123456789abcdef"}, "gate.reply-not-pending"},
	    {{.nonce = "0123456789abcdef", .refusal = "x.y"}, "gate.reply-not-pending"},
	    {{.counter = 1000}, "gate.reply-not-pending"},
	    {{.sequence = 1}, "gate.lease-older"},
	    {{.use_log = &other_head}, "gate.lease-other-use-log"},
	    {{0}, ""},
	};
	world_renew(&w, GOOD_SCOPE, 3600);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct proviso_error e;
		struct bytes reply = office_reply(&w.office, world_request(&w, 0), &rows[i].twist);
		bool good = world_accept(&w, reply, &e);
		CHECK(good == (*rows[i].code == 0), "row %zu", i);
		CHECK(good || strcmp(e.code, rows[i].code) == 0, "row %zu: %s (%s), want %s", i,
		      e.code, e.text, rows[i].code);
		CHECK(good || e.kind == PROVISO_REFUSED, "row %zu", i);
		/* What was in force stays in force. */
		CHECK(code_of(&w) == PROVISO_ALLOWED, "row %zu", i);
	}
	world_free(&w);
}

static void a_reply_works_once_and_only_for_the_open_request(void)
{
	struct world w;
	struct proviso_error e;
	struct twist t = {.scope = GOOD_SCOPE};
	world_make(&w, 1);
	struct bytes first = world_request(&w, 0);
	struct bytes second = world_request(&w, 0);
	struct bytes to_first = office_reply(&w.office, first, &t);
	struct bytes to_second = office_reply(&w.office, second, &t);
	CHECK(!world_accept(&w, to_first, &e) && strcmp(e.code, "gate.reply-not-pending") == 0,
	      "%s", e.code);
	CHECK(world_accept(&w, to_second, &e), "%s", e.text);
	CHECK(!world_accept(&w, to_second, &e) && strcmp(e.code, "gate.reply-not-pending") == 0,
	      "%s", e.code);
	world_reopen(&w);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "lease lost by closing");
	CHECK(!world_accept(&w, to_second, &e), "accepted twice");
	/* A request survives closing, for it may be under way as a file. */
	struct bytes third = world_request(&w, 0);
	world_reopen(&w);
	CHECK(world_accept(&w, office_reply(&w.office, third, &t), &e), "%s", e.text);
	/* But not the machine's restart: nobody knows how long that took. */
	struct bytes fourth = world_request(&w, 0);
	world_reboot(&w);
	CHECK(!world_accept(&w, office_reply(&w.office, fourth, &t), &e) &&
	          strcmp(e.code, "gate.reply-not-pending") == 0,
	      "%s", e.code);
	world_free(&w);
}

static void a_reply_held_back_gains_nothing(void)
{
	struct world w;
	struct proviso_error e;
	struct twist t = {.ttl = 100};
	world_make(&w, 1);
	struct bytes reply = office_reply(&w.office, world_request(&w, 0), &t);
	world_pass(&w, 100);
	CHECK(!world_accept(&w, reply, &e) && strcmp(e.code, "gate.lease-expired") == 0, "%s",
	      e.code);
	reply = office_reply(&w.office, world_request(&w, 0), &t);
	world_pass(&w, 60);
	CHECK(world_accept(&w, reply, &e), "%s", e.text);
	struct proviso_status s;
	proviso_gate_status(w.gate, &s);
	CHECK(s.remaining_seconds == 40, "%lld", (long long)s.remaining_seconds);
	world_pass(&w, 39);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "too early");
	world_pass(&w, 1);
	CHECK(code_of(&w) == PROVISO_EXPIRED, "too late");
	world_free(&w);
}

static void a_log_that_shrank_or_forked_is_noticed(void)
{
	struct world w, twin;
	struct proviso_error e;
	struct twist t = {0}, next = {.sequence = 50};
	world_make(&w, 1);
	for (int i = 0; i < 5; i++)
		world_renew(&w, GOOD_SCOPE, 3600);
	/* The same authority with a shorter log, then one as long and different. */
	struct office shadow;
	office_open(&shadow, "authority.example/log", 1);
	office_know(&shadow, &w.office);
	(void)twin;
	struct bytes reply = office_reply(&shadow, world_request(&w, 0), &next);
	CHECK(!world_accept(&w, reply, &e) && strcmp(e.code, "gate.checkpoint-older") == 0, "%s",
	      e.code);
	while (shadow.tree.edge.size < w.office.tree.edge.size - 1) {
		struct hash leaf = merkle_leaf(bytes_text("secret"));
		merkle_tree_append(&shadow.tree, &leaf);
	}
	reply = office_reply(&shadow, world_request(&w, 0), &next);
	CHECK(!world_accept(&w, reply, &e) && strcmp(e.code, "gate.checkpoint-forked") == 0, "%s",
	      e.code);
	/* The true log at the size last seen is no fork. */
	t.sequence = 60;
	struct record asked;
	struct bytes request = world_request(&w, 0);
	struct bytes entry = office_entry(&w.office, request, &t, &asked);
	struct hash leaf = merkle_leaf(entry);
	merkle_tree_append(&w.office.tree, &leaf);
	CHECK(
	    world_accept(
	        &w, office_prove(&w.office, entry, w.office.tree.edge.size - 1, &w.office.key), &e),
	    "%s", e.text);
	office_close(&shadow);
	world_free(&w);
}

static void bytes_that_are_no_reply_are_bad_input(void)
{
	struct world w;
	struct proviso_error e;
	struct twist t = {.scope = GOOD_SCOPE};
	world_make(&w, 1);
	struct bytes reply = office_reply(&w.office, world_request(&w, 0), &t);
	/* Any byte of it changed, or any of its end missing, and it is none. */
	for (size_t i = 0; i < reply.len; i++) {
		uint8_t *copy = (uint8_t *)arena_copy(&w.arena, reply.at, reply.len);
		copy[i] ^= (uint8_t)(1u << i % 8);
		CHECK(!world_accept(&w, bytes_of(copy, reply.len), &e), "byte %zu changed", i);
		CHECK(e.kind == PROVISO_BAD_INPUT || e.kind == PROVISO_REFUSED, "byte %zu: %s", i,
		      e.text);
		CHECK(*e.code != 0, "byte %zu: %s", i, e.text);
	}
	for (size_t i = 0; i < reply.len; i += 7)
		CHECK(!world_accept(&w, bytes_of(reply.at, i), &e) && e.kind == PROVISO_BAD_INPUT,
		      "%zu bytes", i);
	CHECK(code_of(&w) == PROVISO_NO_LEASE, "a lease from nowhere");
	CHECK(world_accept(&w, reply, &e), "%s", e.text);
	world_free(&w);
}

static void a_proven_refusal_ends_the_lease(void)
{
	struct world w;
	struct proviso_error e;
	struct twist t = {.refusal = "measure.disconnected"};
	world_make(&w, 1);
	world_renew(&w, GOOD_SCOPE, 3600);
	CHECK(!world_accept(&w, office_reply(&w.office, world_request(&w, 0), &t), &e), "accepted");
	CHECK(strcmp(e.code, "gate.lease-refused") == 0 && e.kind == PROVISO_REFUSED &&
	          strstr(e.text, "measure.disconnected") != NULL,
	      "%s %s", e.code, e.text);
	for (int round = 0; round < 2; round++) {
		struct proviso_use_text use = good_use();
		struct proviso_answer a = decide(&w, &use);
		struct proviso_lease_status s;
		CHECK(a.code == PROVISO_LEASE_REFUSED &&
		          strstr(a.words, "measure.disconnected") != NULL,
		      "%s", a.words);
		CHECK(proviso_gate_lease(w.gate, 0, &s) && s.code == PROVISO_LEASE_REFUSED &&
		          strcmp(s.refusal_code, "measure.disconnected") == 0,
		      "%s", s.refusal_code);
		world_reopen(&w);
	}
	world_renew(&w, GOOD_SCOPE, 3600);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "lifted");
	world_free(&w);
}

/* The authority must see the same claim until it has answered, with ever new numbers. */
static void an_unanswered_request_repeats_its_claim(void)
{
	struct world w;
	struct record one, two, three;
	struct err e = {0};
	world_make(&w, 1);
	world_renew(&w, GOOD_SCOPE, 3600);
	code_of(&w);
	must(record_decode(&w.arena, world_request(&w, 0), &one, &e), &e, "one");
	code_of(&w);
	world_reopen(&w);
	struct bytes again = world_request(&w, 0);
	must(record_decode(&w.arena, again, &two, &e), &e, "two");
	const struct renewal_body *a = &one.body.renewal, *b = &two.body.renewal,
	                          *c = &three.body.renewal;
	CHECK(a->use_log.size == b->use_log.size && hash_equal(&a->use_log.root, &b->use_log.root),
	      "claim");
	CHECK(b->counter == a->counter + 1 && !bytes_equal(a->nonce, b->nonce), "nonce");
	struct proviso_error pe;
	CHECK(world_accept(&w, office_reply(&w.office, again, &(struct twist){0}), &pe), "%s",
	      pe.text);
	must(record_decode(&w.arena, world_request(&w, 0), &three, &e), &e, "three");
	CHECK(c->use_log.size > b->use_log.size && c->acknowledged == b->use_log.size,
	      "%llu after %llu", (unsigned long long)c->use_log.size,
	      (unsigned long long)b->use_log.size);
	CHECK(c->last_sequence == w.office.sequence && c->counter > b->counter, "sequence");
	CHECK(merkle_verify_consistency(c->acknowledged, &b->use_log.root, c->use_log.size,
	                                &c->use_log.root, c->consistency.at, c->consistency.count,
	                                &e),
	      "%s", e.text);
	struct public_key device;
	must(key_line_parse(bytes_text(w.enrolment.device_key), &device, &e), &e, "device key");
	CHECK(cose_verify(&two.cose, &device, &e), "what follows no answer is signed: %s", e.text);
	CHECK(three.cose.algorithm == COSE_HMAC_256, "and what follows a lease is not");
	world_free(&w);
}

/* Signed first, after a reboot and after no answer; a tag under the session's key between. */
static void a_request_is_signed_where_no_session_is_open(void)
{
	struct world w;
	struct proviso_error pe;
	world_make(&w, 1);
	for (int boot = 0; boot < 2; boot++) {
		struct record asked;
		struct err e = {0};
		for (int i = 0; i < 3; i++) {
			struct bytes request = world_request(&w, 0);
			must(record_decode(&w.arena, request, &asked, &e), &e, "request");
			CHECK((asked.cose.algorithm == COSE_HMAC_256) == (i > 0),
			      "boot %d, request %d", boot, i);
			CHECK(world_accept(&w, office_reply(&w.office, request, &(struct twist){0}),
			                   &pe),
			      "%s", pe.text);
		}
		world_request(&w, 0); /* lost */
		must(record_decode(&w.arena, world_request(&w, 0), &asked, &e), &e, "request");
		CHECK(asked.cose.algorithm != COSE_HMAC_256, "signed after one that was lost");
		world_reboot(&w);
	}
	world_free(&w);
}

/* A lease says how its request was authenticated; the system knows better. */
static void a_lease_says_truly_how_it_was_asked_for(void)
{
	const struct twist twists[] = {{.session = 7}, {.says_signed = true}, {.session = 99}};
	struct world w;
	world_make(&w, 1);
	for (size_t i = 0; i < sizeof twists / sizeof *twists; i++) {
		struct proviso_error pe;
		if (i > 0)
			world_renew(&w, GOOD_SCOPE, 3600);
		CHECK(!world_accept(&w, office_reply(&w.office, world_request(&w, 0), &twists[i]),
		                    &pe) &&
		          strcmp(pe.code, "gate.lease-other-session") == 0,
		      "%zu: %s", i, pe.code);
	}
	world_free(&w);
}

/* --- Clocks --------------------------------------------------------------------------------- */

/* What memory was restored to an earlier moment has a boot clock that the disk knows to be past. */
static void a_boot_clock_before_the_last_reply_is_one_moved_back(void)
{
	struct world w;
	struct proviso_lease_status s;
	world_make(&w, 1);
	world_renew(&w, GOOD_SCOPE, 1000);
	w.now.boot -= 10 * NANOSECONDS;
	world_reopen(&w);
	CHECK(code_of(&w) == PROVISO_CLOCK_BACK, "the lease would last ten seconds longer");
	CHECK(proviso_gate_lease(w.gate, 0, &s) && s.code == PROVISO_CLOCK_BACK, "status");
	w.now.boot += 10 * NANOSECONDS;
	CHECK(code_of(&w) == PROVISO_ALLOWED, "where it was");
	world_free(&w);
}

static void clocks_only_ever_take_away(void)
{
	struct world w;
	world_make(&w, 1);
	CHECK(code_of(&w) == PROVISO_NO_LEASE, "without a lease");
	world_renew(&w, GOOD_SCOPE, 1000);
	w.now.wall -= 4 * NANOSECONDS;
	CHECK(code_of(&w) == PROVISO_ALLOWED, "four seconds are slack");
	w.now.wall -= 2 * NANOSECONDS;
	CHECK(code_of(&w) == PROVISO_CLOCK_BACK, "six are not");
	w.now.wall += 6 * NANOSECONDS;
	CHECK(code_of(&w) == PROVISO_ALLOWED, "set right");
	w.now.wall += 100000 * NANOSECONDS;
	CHECK(code_of(&w) == PROVISO_ALLOWED, "a wall clock ahead is no harm");
	w.now.boot -= 10 * NANOSECONDS;
	CHECK(code_of(&w) == PROVISO_CLOCK_BACK, "restored from a snapshot");
	w.now.boot += 10 * NANOSECONDS;
	world_pass(&w, 999);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "the last second");
	world_pass(&w, 1);
	CHECK(code_of(&w) == PROVISO_EXPIRED, "expired");
	w.now.wall -= 2000 * NANOSECONDS;
	CHECK(code_of(&w) == PROVISO_EXPIRED, "the first reason is given");
	struct proviso_lease_status s;
	CHECK(proviso_gate_lease(w.gate, 0, &s) && s.code == PROVISO_EXPIRED &&
	          s.remaining_seconds == 0,
	      "status");
	world_renew(&w, GOOD_SCOPE, 1000);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "renewed");
	w.now.wall -= 10 * NANOSECONDS;
	CHECK(proviso_gate_lease(w.gate, 0, &s) && s.code == PROVISO_CLOCK_BACK, "status");
	w.now.wall += 10 * NANOSECONDS;
	CHECK(proviso_gate_lease(w.gate, 0, &s) && s.code == PROVISO_ALLOWED &&
	          s.remaining_seconds == 1000,
	      "status");
	CHECK(!proviso_gate_lease(w.gate, 1, &s), "there is but one");
	world_reboot(&w);
	CHECK(code_of(&w) == PROVISO_OTHER_BOOT, "restarted");
	world_renew(&w, GOOD_SCOPE, 1000);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "renewed");
	world_free(&w);
}

/* `from` by the clock that is never ahead, `until` by the one that is never behind. */
static void a_window_is_judged_against_the_slow_and_the_fast_clock(void)
{
	struct world w;
	struct proviso_error e;
	world_make(&w, 1);
	int64_t granted = w.office.now;
	char from[INSTANT_TEXT + 1], until[INSTANT_TEXT + 1], scope[128];
	instant_format(granted + 100, from);
	instant_format(granted + 200, until);
	snprintf(scope, sizeof scope, "from=%s; until=%s", from, until);
	struct twist t = {.scope = scope};
	struct bytes reply = office_reply(&w.office, world_request(&w, 0), &t);
	world_pass(&w, 30); /* on its way */
	CHECK(world_accept(&w, reply, &e), "%s", e.text);
	world_pass(&w, 99);
	CHECK(code_of(&w) == PROVISO_NOT_YET, "99 s after it came");
	world_pass(&w, 1);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "100 s after it came");
	world_pass(&w, 69);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "199 s after it was asked for");
	world_pass(&w, 1);
	CHECK(code_of(&w) == PROVISO_TOO_LATE, "200 s after it was asked for");
	world_free(&w);
}

static void a_dry_question_may_bring_its_own_time(void)
{
	struct world w;
	world_make(&w, 1);
	world_renew(
	    &w, "from=2026-01-01T00:00:00Z; until=2028-01-01T00:00:00Z; limit.uses-per-day=1", 10);
	static const struct {
		int64_t at;
		enum proviso_code code;
	} rows[] = {
	    {1767225599, PROVISO_NOT_YET},
	    {1767225600, PROVISO_ALLOWED},
	    {1830297599, PROVISO_ALLOWED},
	    {1830297600, PROVISO_TOO_LATE},
	};
	struct proviso_use_text use = good_use();
	struct proviso_answer a;
	CHECK(decide(&w, &use).allowed, "first today");
	CHECK(decide(&w, &use).code == PROVISO_LIMIT_USES, "second today");
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			bool would = proviso_gate_ask_text(w.gate, &use, &rows[i].at, &a, NULL);
			CHECK(a.code == rows[i].code && would == (a.code == PROVISO_ALLOWED) &&
			          !a.allowed && a.time == rows[i].at,
			      "round %d row %zu: %s", round, i, proviso_code_name(a.code));
		}
		if (round == 0)
			world_pass(&w, 20); /* expired */
		else
			world_reboot(&w);
		CHECK(!proviso_gate_ask_text(w.gate, &use, NULL, &a, NULL), "now");
		CHECK(a.code == (round == 0 ? PROVISO_EXPIRED : PROVISO_OTHER_BOOT), "%s", a.words);
	}
	world_free(&w);
}

/* --- Several authorities --------------------------------------------------------------------- */

static bool renew_second(struct world *w, const char *scope)
{
	struct proviso_error e;
	struct twist t = {.scope = scope};
	bool good = world_accept(w, office_reply(&w->second, world_request(w, 1), &t), &e);
	CHECK(good, "%s", e.text);
	return good;
}

static void with_two_authorities_both_must_allow(void)
{
	struct world w;
	world_make(&w, 2);
	CHECK(code_of(&w) == PROVISO_NO_LEASE, "none");
	world_renew(&w, GOOD_SCOPE, 1000);
	CHECK(code_of(&w) == PROVISO_NO_LEASE, "one of two");
	renew_second(&w, "capability=capture; limit.subjects=1; until=2100-01-01T00:00:00Z");
	CHECK(code_of(&w) == PROVISO_ALLOWED, "both");
	struct proviso_use_text use = good_use();
	use.subject = "tel:+99955509999";
	CHECK(decide(&w, &use).code == PROVISO_LIMIT_SUBJECTS, "the second's limit");
	char scope[PROVISO_SCOPE_MAX];
	CHECK(proviso_gate_scope(w.gate, scope, sizeof scope, NULL), "scope");
	CHECK(strcmp(
	          scope,
	          "capability=capture.content,capture.headers; purpose=serious-crime.kidnapping,"
	          "terrorism; territory=XR; subject-not=mailto:@state.gov,tel:+1; require=warrant; "
	          "until=2100-01-01T00:00:00Z; limit.subjects=1") == 0,
	      "%s", scope);
	struct proviso_error e;
	CHECK(!proviso_gate_scope(w.gate, scope, 10, &e) && e.kind == PROVISO_ENVIRONMENT,
	      "no room");
	renew_second(&w, "capability=telemetry");
	CHECK(code_of(&w) == PROVISO_CAPABILITY, "nothing in common");
	CHECK(!world_accept(&w,
	                    office_reply(&w.second, world_request(&w, 1),
	                                 &(struct twist){.refusal = "state.no-such-system"}),
	                    &e),
	      "refused");
	CHECK(code_of(&w) == PROVISO_LEASE_REFUSED, "one refuses");
	CHECK(!world_accept(&w, office_reply(&w.office, world_request(&w, 1), &(struct twist){0}),
	                    &e) &&
	          strcmp(e.code, "gate.reply-not-pending") == 0,
	      "the other's nonce: %s", e.code);
	struct proviso_status s;
	proviso_gate_status(w.gate, &s);
	CHECK(s.authority_count == 2 && s.code == PROVISO_LEASE_REFUSED && s.remaining_seconds == 0,
	      "status");
	world_free(&w);
}

/* --- Limits ---------------------------------------------------------------------------------- */

static enum proviso_code use_against(struct world *w, unsigned number)
{
	char subject[64];
	struct proviso_use_text use = good_use();
	snprintf(subject, sizeof subject, "tel:+999555%05u", number);
	use.subject = subject;
	return decide(w, &use).code;
}

static void subjects_are_counted_in_a_lease_s_life(void)
{
	struct world w;
	world_make(&w, 1);
	world_renew(&w, "limit.subjects=20", 3600);
	for (unsigned i = 0; i < 20; i++)
		CHECK(use_against(&w, i) == PROVISO_ALLOWED, "subject %u", i);
	for (int round = 0; round < 3; round++) {
		CHECK(use_against(&w, 20) == PROVISO_LIMIT_SUBJECTS, "one more, round %d", round);
		CHECK(use_against(&w, 7) == PROVISO_ALLOWED, "a known one, round %d", round);
		struct proviso_status s;
		proviso_gate_status(w.gate, &s);
		CHECK(s.subjects == 20, "%llu", (unsigned long long)s.subjects);
		world_reopen(&w);
	}
	world_renew(&w, "limit.subjects=20", 3600);
	CHECK(use_against(&w, 21) == PROVISO_ALLOWED, "a new life");
	world_reopen(&w);
	struct proviso_status s;
	proviso_gate_status(w.gate, &s);
	CHECK(s.subjects == 1, "%llu", (unsigned long long)s.subjects);
	world_free(&w);
}

static void uses_are_counted_by_the_lease_s_day(void)
{
	struct world w;
	world_make(&w, 1);
	/* 1800000000 is 08:00 UTC. */
	world_renew(&w, "limit.uses-per-day=3", 200000);
	for (unsigned i = 0; i < 3; i++)
		CHECK(use_against(&w, i) == PROVISO_ALLOWED, "use %u", i);
	CHECK(use_against(&w, 1) == PROVISO_LIMIT_USES, "the fourth");
	world_reopen(&w);
	CHECK(use_against(&w, 1) == PROVISO_LIMIT_USES, "the fourth, reopened");
	world_renew(&w, "limit.uses-per-day=3", 200000);
	CHECK(use_against(&w, 1) == PROVISO_LIMIT_USES, "a new lease is no new day");
	world_pass(&w, 16 * 3600 - 1);
	CHECK(use_against(&w, 1) == PROVISO_LIMIT_USES, "the day's last second");
	w.now.wall -= 3 * NANOSECONDS;
	world_pass(&w, 1);
	CHECK(use_against(&w, 1) == PROVISO_ALLOWED, "midnight, whatever the wall says");
	/* A reply that was slow sets the slow clock back; the day does not go back. */
	struct proviso_error e;
	struct twist t = {.scope = "limit.uses-per-day=3", .granted = w.office.now - 3600};
	CHECK(world_accept(&w, office_reply(&w.office, world_request(&w, 0), &t), &e), "%s",
	      e.text);
	CHECK(use_against(&w, 1) == PROVISO_ALLOWED && use_against(&w, 1) == PROVISO_ALLOWED,
	      "two more");
	CHECK(use_against(&w, 1) == PROVISO_LIMIT_USES, "three in all");
	world_free(&w);
}

static void more_obligations_than_a_use_can_name_are_never_met(void)
{
	struct world w;
	struct buffer scope = {.arena = &(struct arena){0}};
	world_make(&w, 1);
	scope.arena = &w.arena;
	buffer_text(&scope, "require=o0");
	for (int i = 1; i < PROVISO_WITH_MAX + 2; i++)
		buffer_printf(&scope, ",o%d", i);
	world_renew(&w, buffer_cstr(&scope), 3600);
	CHECK(code_of(&w) == PROVISO_OBLIGATION, "unmeetable");
	world_free(&w);
}

/* --- What is kept ----------------------------------------------------------------------------- */

struct seen {
	size_t uses, leases, refusals, labels, groups, tagged, warrants, texts;
	uint8_t tag[PROVISO_TAG_SIZE], warrant[PROVISO_TAG_SIZE];
	uint64_t last;
	struct proviso_entry first_use;
	char capability[128], with[128];
	size_t stop_after;
};

static bool see(void *ctx, const struct proviso_entry *e)
{
	struct seen *s = ctx;
	CHECK(e->position > s->last, "positions rise");
	s->last = e->position;
	s->leases += e->kind == PROVISO_ENTRY_LEASE;
	s->refusals += e->kind == PROVISO_ENTRY_REFUSAL;
	s->labels += e->kind == PROVISO_ENTRY_LABEL;
	s->groups += e->kind == PROVISO_ENTRY_GROUP;
	if (e->kind == PROVISO_ENTRY_USE) {
		if (s->uses++ == 0) {
			s->first_use = *e;
			snprintf(s->capability, sizeof s->capability, "%s", e->capability);
			if (e->with_count > 0)
				snprintf(s->with, sizeof s->with, "%s", e->with[0]);
		}
		s->tagged += memcmp(e->tag, s->tag, sizeof s->tag) == 0;
		s->warrants +=
		    e->has_warrant && memcmp(e->warrant_tag, s->warrant, sizeof s->warrant) == 0;
	}
	return s->stop_after == 0 || s->uses < s->stop_after;
}

static void an_auditor_finds_whom_a_system_was_used_against(void)
{
	struct world w;
	struct proviso_error e = {0};
	world_make(&w, 1);
	world_renew(&w, GOOD_SCOPE, 3600);
	static const char *const with[] = {"second-officer"};
	struct proviso_use_text use = good_use();
	use.with = with;
	use.with_count = 1;
	struct proviso_answer a = decide(&w, &use);
	use.subject = "tel:+12025550100";
	decide(&w, &use);
	use.subject = "TEL:+1 (202) 555-0100";
	decide(&w, &use);
	world_close(&w);

	/* The auditor is the authority here: none was named. */
	char path[128];
	struct err err = {0};
	snprintf(path, sizeof path, "%s/auditor.key", w.dir);
	uint8_t salt[KEY_SALT] = {0};
	char *text = key_file(&w.arena, &w.office.key, NULL, salt, &err);
	FILE *f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	struct proviso_audit_key key;
	CHECK(proviso_audit_key_open(w.enrolment.audit_key, w.enrolment.audit_key_size, path, NULL,
	                             &key, &e),
	      "%s %s", e.code, e.text);
	struct seen seen = {0};
	CHECK(proviso_audit_subject_tag(&key, "tel:+12025550100", seen.tag, &e), "%s", e.text);
	CHECK(proviso_audit_warrant_tag(&key, "XR-2026/17", seen.warrant, &e), "%s", e.text);
	struct proviso_use_log_summary sum;
	CHECK(proviso_use_log_read(w.use_log, see, &seen, &sum, &e), "%s", e.text);
	CHECK(seen.uses == 3 && seen.tagged == 2 && seen.warrants == 3 && seen.leases == 1,
	      "%zu %zu %zu", seen.uses, seen.tagged, seen.warrants);
	CHECK(sum.allowed == 1 && sum.refused == 2 && sum.waiting_bytes == 0 &&
	          sum.leaves == seen.groups,
	      "%llu %llu", (unsigned long long)sum.allowed, (unsigned long long)sum.refused);
	CHECK(seen.first_use.code == PROVISO_ALLOWED && seen.first_use.position == a.position &&
	          seen.first_use.time == a.time && seen.first_use.sequence == 1 &&
	          strcmp(seen.capability, "capture.headers") == 0 &&
	          strcmp(seen.with, "second-officer") == 0,
	      "%s", seen.capability);
	seen = (struct seen){.stop_after = 2};
	CHECK(proviso_use_log_read(w.use_log, see, &seen, NULL, &e) && seen.uses == 2,
	      "stopped early");

	CHECK(!proviso_audit_subject_tag(&key, "nothing", seen.tag, &e), "bad selector");
	CHECK(!proviso_audit_warrant_tag(&key, "", seen.tag, &e), "no warrant");
	CHECK(!proviso_audit_key_open(w.enrolment.audit_key, 5, path, NULL, &key, &e), "short");
	CHECK(!proviso_audit_key_open(w.enrolment.audit_key, w.enrolment.audit_key_size, w.dir,
	                              NULL, &key, &e),
	      "no file");
	text = key_file(&w.arena, &w.second.key, NULL, salt, &err);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	CHECK(!proviso_audit_key_open(w.enrolment.audit_key, w.enrolment.audit_key_size, path, NULL,
	                              &key, &e) &&
	          strcmp(e.code, "key.unwrap") == 0,
	      "another's key: %s", e.code);
	f = fopen(path, "w");
	fputs("no key", f);
	fclose(f);
	CHECK(!proviso_audit_key_open(w.enrolment.audit_key, w.enrolment.audit_key_size, path, NULL,
	                              &key, &e),
	      "not a key");
	proviso_audit_key_wipe(&key);
	CHECK(!proviso_use_log_read("/nonexistent", NULL, NULL, NULL, &e) &&
	          e.kind == PROVISO_ENVIRONMENT,
	      "no folder");
	world_free(&w);
}

static void labels_keep_their_numbers(void)
{
	struct world w;
	uint32_t a, b, again;
	world_make(&w, 1);
	CHECK(proviso_gate_label(w.gate, "a", &a, NULL) &&
	          proviso_gate_label(w.gate, "b", &b, NULL),
	      "two");
	CHECK(a == 1 && b == 2, "%u %u", a, b);
	world_reopen(&w);
	CHECK(proviso_gate_label(w.gate, "b", &again, NULL) && again == b, "%u", again);
	char name[32];
	struct proviso_error e;
	for (unsigned i = 3; i <= PROVISO_LABELS_MAX; i++) {
		snprintf(name, sizeof name, "label.%u", i);
		CHECK(proviso_gate_label(w.gate, name, &again, &e) && again == i, "%s", e.text);
	}
	CHECK(!proviso_gate_label(w.gate, "one-more", &again, &e) &&
	          strcmp(e.code, "gate.too-many-labels") == 0,
	      "%s", e.code);
	world_reopen(&w);
	world_renew(&w, "capability=label", 60);
	struct proviso_use_text use = good_use();
	use.capability = "label.4096";
	CHECK(decide(&w, &use).allowed, "with a number");
	use.capability = "label.4097";
	CHECK(decide(&w, &use).allowed, "without");
	world_free(&w);
}

static void a_gate_for_looking_decides_nothing_and_disturbs_nobody(void)
{
	struct world w;
	struct proviso_error e;
	world_make(&w, 1);
	world_renew(&w, GOOD_SCOPE, 3600);
	code_of(&w);
	struct proviso_gate_options look = {.read_only = true};
	struct proviso_gate *g = gate_open(w.dir, &look, &w.clock, &e);
	CHECK(g != NULL, "%s", e.text);
	struct proviso_use_text use = good_use();
	struct proviso_answer a;
	CHECK(proviso_gate_ask_text(g, &use, NULL, &a, &e), "%s", a.words);
	CHECK(!proviso_gate_decide_text(g, &use, &a, &e) && a.code == PROVISO_READ_ONLY, "%s",
	      a.words);
	uint32_t n;
	struct proviso_subject subject;
	CHECK(proviso_gate_label(g, "x", &n, &e), "%s", e.text);
	proviso_gate_subject(g, "tel:+999", &subject, NULL);
	struct proviso_use numbered = {n, n, n, &subject, NULL, NULL, 0};
	CHECK(!proviso_gate_decide(g, &numbered, &a) && a.code == PROVISO_READ_ONLY, "numbered");
	CHECK(!proviso_gate_ask(g, &numbered, NULL, &a) && a.code == PROVISO_CAPABILITY,
	      "numbered, dry");
	uint8_t request[8];
	size_t size = sizeof request;
	CHECK(!proviso_gate_request(g, 0, request, &size, &e) && e.kind == PROVISO_USAGE,
	      "request");
	CHECK(!proviso_gate_accept(g, request, 1, &e) && e.kind == PROVISO_USAGE, "accept");
	CHECK(!proviso_gate_sync(g, &e) && e.kind == PROVISO_USAGE, "sync");
	struct proviso_status s;
	proviso_gate_status(g, &s);
	CHECK(s.allowed == 1 && s.code == PROVISO_ALLOWED && strcmp(s.serial, "XR-0001") == 0,
	      "status");
	CHECK(proviso_gate_close(g, &e), "close");
	struct proviso_gate *both = gate_open(w.dir, NULL, &w.clock, &e);
	CHECK(both == NULL && strcmp(e.code, "gate.in-use") == 0, "%s", e.code);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "undisturbed");
	CHECK(!proviso_gate_request(w.gate, 0, request, &size, &e) && e.kind == PROVISO_USAGE,
	      "room: %s", e.text);
	CHECK(!proviso_gate_request(w.gate, 1, request, &size, &e) && e.kind == PROVISO_USAGE,
	      "authority");
	world_free(&w);
}

static bool is_forked(bool done, const struct proviso_error *e)
{
	return !done && strcmp(e->code, "gate.forked") == 0;
}

/* In a child, which has the gate of its parent: each call of the header; 0: none did anything. */
static int use_all_of(struct proviso_gate *g)
{
	struct proviso_use_text use = good_use();
	struct proviso_subject subject;
	struct proviso_use numbered = {1, 1, 1, &subject, NULL, NULL, 0};
	struct proviso_answer a = {0};
	struct proviso_error e = {0};
	struct proviso_status status;
	struct proviso_lease_status lease;
	struct proviso_renewal_status renewal;
	static uint8_t room[PROVISO_REQUEST_MAX];
	char text[64];
	size_t size = sizeof room;
	uint32_t n;
	const struct proviso_bytes some = {room, 8};
	const char *subjects[] = {"tel:+999"};
	proviso_gate_subject(g, "tel:+999", &subject, NULL);
	if (proviso_gate_decide(g, &numbered, &a) || a.code != PROVISO_FORKED)
		return 1;
	if (proviso_gate_ask(g, &numbered, NULL, &a) || a.code != PROVISO_FORKED)
		return 2;
	if (proviso_gate_decide_text(g, &use, &a, &e) || a.code != PROVISO_FORKED)
		return 3;
	if (proviso_gate_ask_text(g, &use, NULL, &a, &e) || a.code != PROVISO_FORKED)
		return 4;
	if (!is_forked(proviso_gate_label(g, "x", &n, &e), &e))
		return 5;
	if (!is_forked(proviso_gate_request(g, 0, room, &size, &e), &e))
		return 6;
	if (!is_forked(proviso_gate_accept(g, room, 8, &e), &e))
		return 7;
	if (!is_forked(proviso_gate_sync(g, &e), &e))
		return 8;
	if (!is_forked(proviso_gate_admission_request(g, 0, subjects, 1, room, &size, &e), &e))
		return 9;
	if (!is_forked(proviso_gate_admission_accept(g, some, &some, 1, &e), &e))
		return 10;
	if (!is_forked(proviso_gate_tags_install(g, some, some, &e), &e))
		return 11;
	proviso_gate_status(g, &status);
	if (status.code != PROVISO_FORKED)
		return 12;
	if (proviso_gate_lease(g, 0, &lease) && lease.code != PROVISO_FORKED)
		return 13;
	if (proviso_gate_renewal(g, 0, &renewal))
		return 14;
	if (!is_forked(proviso_gate_scope(g, text, sizeof text, &e), &e))
		return 15;
	a = (struct proviso_answer){0};
	proviso_gate_explain(g, &numbered, &a);
	return a.allowed || a.would_be_allowed ? 16 : 0;
}

static void a_child_of_fork_can_do_nothing_with_the_gate(void)
{
	struct world w;
	int status;
	world_make(&w, 1);
	world_renew(&w, GOOD_SCOPE, 3600);
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		_exit(use_all_of(w.gate));
	waitpid(child, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "call %d did something",
	      WEXITSTATUS(status));
	CHECK(code_of(&w) == PROVISO_ALLOWED, "the parent");
	world_free(&w);
}

static void systems_are_made_once_and_from_good_keys(void)
{
	struct world w;
	struct proviso_error e;
	world_make(&w, 1);
	const char *line = key_line(&w.arena, &w.office.key.public);
	const char *lines[9] = {line, line, line, line, line, line, line, line, line};
	const char *bad = "no key";
	char dir[96];
	const struct {
		struct proviso_system_options o;
		enum proviso_error_kind kind;
		const char *code;
	} rows[] = {
	    {{.serial = NULL, .authorities = lines, .authority_count = 1}, PROVISO_USAGE, ""},
	    {{.serial = "a", .authorities = NULL, .authority_count = 1}, PROVISO_USAGE, ""},
	    {{.serial = "a", .authorities = lines, .authority_count = 0}, PROVISO_USAGE, ""},
	    {{.serial = "a", .authorities = lines, .authority_count = 9}, PROVISO_USAGE, ""},
	    {{.serial = "a", .authorities = lines, .authority_count = 2}, PROVISO_USAGE, ""},
	    {{.serial = "a b", .authorities = lines, .authority_count = 1},
	     PROVISO_BAD_INPUT,
	     "key.name"},
	    {{.serial = "a", .authorities = &bad, .authority_count = 1},
	     PROVISO_BAD_INPUT,
	     "key.line"},
	    {{.serial = "a", .authorities = lines, .authority_count = 1, .auditor = bad},
	     PROVISO_BAD_INPUT,
	     "key.line"},
	};
	snprintf(dir, sizeof dir, "%s/further/down", w.dir);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK(!proviso_system_init(dir, &rows[i].o, NULL, &e), "row %zu", i);
		CHECK(e.kind == rows[i].kind && strcmp(e.code, rows[i].code) == 0, "row %zu: %s %s",
		      i, e.code, e.text);
		CHECK(access(dir, F_OK) != 0, "row %zu left something", i);
	}
	struct proviso_system_options good = {.serial = "B-2",
	                                      .authorities = lines,
	                                      .authority_count = 1,
	                                      .auditor = key_line(&w.arena, &w.second.key.public),
	                                      .es256 = true};
	struct proviso_enrolment made, again;
	CHECK(!proviso_system_init(w.dir, &good, &made, &e) &&
	          strcmp(e.code, "gate.system-exists") == 0,
	      "%s", e.code);
	CHECK(!proviso_system_init(NULL, &good, &made, &e), "nowhere");
	CHECK(!proviso_system_init("/dev/null/x", &good, &made, &e) &&
	          e.kind == PROVISO_ENVIRONMENT,
	      "no folder");
	CHECK(proviso_system_init(dir, &good, &made, &e), "%s", e.text);
	CHECK(proviso_system_enrolment(dir, &again, &e) && memcmp(&made, &again, sizeof made) == 0,
	      "%s", e.text);
	CHECK(strchr(made.device_key, '\n') == NULL && strncmp(made.device_key, "B-2+", 4) == 0,
	      "%s", made.device_key);
	CHECK(!proviso_system_enrolment("/nonexistent", &again, &e) &&
	          e.kind == PROVISO_ENVIRONMENT,
	      "%s", e.text);
	struct proviso_gate *g = gate_open(dir, NULL, &w.clock, &e);
	CHECK(g != NULL, "%s", e.text);
	uint8_t *request = arena_alloc(&w.arena, PROVISO_REQUEST_MAX);
	size_t size = PROVISO_REQUEST_MAX;
	CHECK(proviso_gate_request(g, 0, request, &size, &e), "es256: %s", e.text);
	struct bytes reply = office_reply(&w.office, bytes_of(request, size), &(struct twist){0});
	CHECK(proviso_gate_accept(g, reply.at, reply.len, &e), "es256: %s", e.text);
	CHECK(proviso_gate_close(g, NULL) && proviso_gate_close(NULL, NULL), "close");
	static const struct proviso_gate_options silly[] = {
	    {.segment_kib = 15}, {.segment_kib = 65537}, {.group_kib = 65537}};
	for (size_t i = 0; i < 3; i++)
		CHECK(proviso_gate_open(dir, &silly[i], &e) == NULL && e.kind == PROVISO_USAGE,
		      "option %zu", i);
	CHECK(proviso_gate_open(NULL, NULL, &e) == NULL && e.kind == PROVISO_USAGE, "nowhere");
	g = proviso_gate_open(dir, NULL, &e);
	CHECK(g != NULL, "by the machine's clock: %s", e.text);
	struct proviso_status s;
	proviso_gate_status(g, &s);
	CHECK(s.code == PROVISO_OTHER_BOOT, "%s", proviso_code_name(s.code));
	proviso_gate_close(g, NULL);
	world_free(&w);
}

static void codes_are_listed_in_the_order_they_are_judged(void)
{
	int last = -1;
	for (size_t i = 0; proviso_code_at(i) >= 0; i++) {
		int code = proviso_code_at(i);
		CHECK(code > last, "%d after %d", code, last);
		CHECK(proviso_code_name((enum proviso_code)code) != NULL &&
		          proviso_code_text((enum proviso_code)code) != NULL,
		      "%d", code);
		last = code;
	}
	CHECK(last == PROVISO_LOG_FULL, "%d", last);
	CHECK(proviso_code_name((enum proviso_code)199) == NULL &&
	          proviso_code_text((enum proviso_code)199) == NULL,
	      "199");
}

/* The table of doc/rules.md, as the list makes it. */
static void the_document_lists_exactly_these_codes_in_this_order(void)
{
	owned_arena arena = {0};
	struct bytes file;
	struct err e = {0};
	struct buffer b = {.arena = &arena};
	buffer_text(&b, "| code | number | why the use is refused |\n| --- | --- | --- |\n");
	for (size_t i = 1; proviso_code_at(i) >= 0; i++) {
		enum proviso_code code = (enum proviso_code)proviso_code_at(i);
		buffer_printf(&b, "| `%s` | %d | %s |\n", proviso_code_name(code), (int)code,
		              proviso_code_text(code));
	}
	const char *table = buffer_cstr(&b);
	if (getenv("PROVISO_PRINT_RULES") != NULL) /* to paste into the document */
		fprintf(stderr, "%s", table);
	must(file_read(&arena, SOURCE_ROOT "/doc/rules.md", 1 << 20, &file, &e), &e,
	     "doc/rules.md");
	CHECK(strstr(arena_copy(&arena, file.at, file.len), table) != NULL,
	      "doc/rules.md differs from codes.c: print the table with PROVISO_PRINT_RULES=1");
}

TEST_MAIN(TEST(every_refusal_of_a_scope_has_its_code_in_order),
          TEST(numbered_and_written_uses_get_the_same_answer),
          TEST(malformed_questions_are_answered_with_their_place),
          TEST(numbers_of_no_meaning_are_refused), TEST(explanations_are_of_the_numbered_use),
          TEST(replies_that_are_no_lease_are_refused_by_name),
          TEST(a_reply_works_once_and_only_for_the_open_request),
          TEST(a_reply_held_back_gains_nothing), TEST(a_log_that_shrank_or_forked_is_noticed),
          TEST(bytes_that_are_no_reply_are_bad_input), TEST(a_proven_refusal_ends_the_lease),
          TEST(a_request_is_signed_where_no_session_is_open),
          TEST(a_lease_says_truly_how_it_was_asked_for),
          TEST(an_unanswered_request_repeats_its_claim), TEST(clocks_only_ever_take_away),
          TEST(a_boot_clock_before_the_last_reply_is_one_moved_back),
          TEST(a_window_is_judged_against_the_slow_and_the_fast_clock),
          TEST(a_dry_question_may_bring_its_own_time), TEST(with_two_authorities_both_must_allow),
          TEST(subjects_are_counted_in_a_lease_s_life), TEST(uses_are_counted_by_the_lease_s_day),
          TEST(more_obligations_than_a_use_can_name_are_never_met),
          TEST(an_auditor_finds_whom_a_system_was_used_against), TEST(labels_keep_their_numbers),
          TEST(a_gate_for_looking_decides_nothing_and_disturbs_nobody),
          TEST(a_child_of_fork_can_do_nothing_with_the_gate),
          TEST(systems_are_made_once_and_from_good_keys),
          TEST(codes_are_listed_in_the_order_they_are_judged),
          TEST(the_document_lists_exactly_these_codes_in_this_order))
