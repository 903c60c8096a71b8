/*
 * Laws over generated histories: a small world, and people who do whatever comes to mind. What
 * breaks a rule is refused; whatever is accepted must leave these laws standing.
 */
#include "test.h"

#include "authority/query.h"
#include "broken_disk.h"
#include "world.h"

enum { HISTORIES = 24, STEPS = 40, MEASURES = 64 };

struct history {
	struct world w;
	uint64_t random;
	struct hash measures[MEASURES], lifts[MEASURES], systems[2];
	size_t measure_count, lift_count;
	uint64_t accepted, refused;
};

static uint64_t pick(struct history *h, uint64_t below)
{
	return test_random(&h->random) % below;
}

static const char *const remains[] = {
    "capability=capture.headers",
    "capability=capture.content",
    "purpose=terrorism",
    "purpose=serious-crime",
    "territory=XR.C",
    "limit.subjects=5",
    "limit.subjects=2",
    "subject-not=tel:+44",
    "require=second-officer",
    "until=2026-03-01T00:00:00Z",
    "from=2026-01-03T00:00:00Z",
};

static const char *random_target(struct history *h)
{
	switch (pick(h, 7)) {
	case 0:
		return world_target(&h->w, "system", &h->systems[0]);
	case 1:
		return world_target(&h->w, "system", &h->systems[1]);
	case 2:
		return world_target(&h->w, "licence", &h->w.licence);
	case 3:
		return "end-user/Ruritania-State-Police";
	case 4:
		return "exporter/Meridian-Systems";
	case 5:
		return "item/Listener";
	default:
		return "country/XR";
	}
}

/* One that the finding, which is on the first system, concerns. */
static const char *random_target_of_the_first(struct history *h)
{
	const char *target, *second = world_target(&h->w, "system", &h->systems[1]);
	do
		target = random_target(h);
	while (strcmp(target, second) == 0);
	return target;
}

static struct measure_body random_measure(struct history *h)
{
	static const unsigned actions[] = {MEASURE_RESTRICT, MEASURE_RESTRICT, MEASURE_RESTRICT,
	                                   MEASURE_SUSPEND, MEASURE_DISCONNECT};
	struct measure_body body = world_measure(&h->w, actions[pick(h, 5)]);
	body.target = random_target(h);
	if (body.has_scope)
		body.scope = world_scope(&h->w, remains[pick(h, sizeof remains / sizeof *remains)]);
	if (pick(h, 3) == 0) {
		body.has_until = true;
		body.until = h->w.now + (int64_t)pick(h, 5 * WORLD_DAY);
	}
	return body;
}

static void note(struct history *h, bool done, const struct err *e)
{
	h->accepted += done;
	h->refused += !done;
	CHECK(done || e->kind == ERR_REFUSED, "not a refusal: %s", e->text);
}

static void do_measure(struct history *h, struct err *e)
{
	struct measure_body body = random_measure(h);
	struct hash id;
	bool done = world_do(&h->w, KIND_MEASURE, &body, &h->w.officers[pick(h, 3)], &id, e);
	if (done && h->measure_count < MEASURES)
		h->measures[h->measure_count++] = id;
	note(h, done, e);
}

static void do_lift(struct history *h, struct err *e)
{
	struct lift_body body = {.reason = "Enough."};
	struct hash id;
	if (h->measure_count == 0)
		return;
	body.measure = h->measures[pick(h, h->measure_count)];
	bool done = world_do(&h->w, KIND_LIFT, &body, &h->w.officers[pick(h, 3)], &id, e);
	if (done && h->lift_count < MEASURES)
		h->lifts[h->lift_count++] = id;
	note(h, done, e);
}

static void do_approval(struct history *h, struct err *e)
{
	size_t count = h->measure_count + h->lift_count;
	if (count == 0)
		return;
	size_t i = pick(h, count);
	const struct hash *id =
	    i < h->measure_count ? &h->measures[i] : &h->lifts[i - h->measure_count];
	note(h, world_approve(&h->w, id, (int)pick(h, 3), e), e);
}

static void do_declaration(struct history *h, struct err *e)
{
	struct declaration_body body = world_declaration(&h->w);
	struct offence *offences = body.offences.at;
	offences[pick(h, 3)].maximum_years = pick(h, 10);
	body.valid_until = h->w.now + (int64_t)pick(h, 300 * WORLD_DAY);
	note(h, world_do(&h->w, KIND_DECLARATION, &body, &h->w.end_user, NULL, e), e);
}

static void do_definitions(struct history *h, struct err *e)
{
	struct authority_info authority;
	struct definitions_body body = world_definitions(&h->w);
	struct hash id;
	bool read = query_authority(&h->w.state, &h->w.arena, h->w.now, &authority, e);
	CHECK(read, "%s", e->text);
	body.number = authority.definitions + pick(h, 2);
	body.effective = h->w.now + (int64_t)pick(h, WORLD_DAY);
	body.has_supersedes = body.has_grace_days = true;
	body.supersedes = authority.definitions;
	body.grace_days = pick(h, 20);
	bool done = world_do(&h->w, KIND_DEFINITIONS, &body, &h->w.officers[0], &id, e);
	if (done)
		h->w.definitions = id;
	note(h, done, e);
}

static void do_renewal(struct history *h, struct err *e)
{
	struct renewal_body body = world_renewal(&h->w);
	struct lease_body lease;
	note(h, world_renew(&h->w, &body, &h->w.device, &lease, e), e);
}

static void step(struct history *h)
{
	struct err e = {0};
	h->w.now += (int64_t)pick(h, 4) == 0 ? (int64_t)pick(h, 2 * WORLD_DAY) : 0;
	switch (pick(h, 16)) {
	case 0:
		do_declaration(h, &e);
		break;
	case 1:
		if (pick(h, 4) == 0)
			do_definitions(h, &e);
		break;
	case 2:
	case 3:
		do_lift(h, &e);
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		do_measure(h, &e);
		break;
	case 8:
	case 9:
	case 10:
	case 11:
	case 12:
		do_approval(h, &e);
		break;
	default:
		do_renewal(h, &e);
		break;
	}
}

static void history_begin(struct history *h, uint64_t seed)
{
	*h = (struct history){.random = seed};
	world_begin(&h->w, WORLD_FOUND);
	struct secret_key second = world_key("S-2");
	struct enrolment_body body = world_enrolment(&h->w);
	body.serial = "S-2";
	body.device_key = second.public;
	h->systems[0] = h->w.system;
	world_must(&h->w, KIND_ENROLMENT, &body, &h->w.exporter, &h->systems[1]);
}

static struct effective effective_of(struct world *w, const struct hash *system)
{
	struct effective out = {0};
	struct err e = {0};
	bool is = effective(&w->state, system, w->now, true, &w->arena, &out, &e);
	CHECK(is, "%s", e.text);
	return out;
}

/* --- Laws
 * ------------------------------------------------------------------------------------------ */

static void the_scope_in_force_is_the_meet_of_what_is_told(void)
{
	uint64_t seed = test_seed(), accepted = 0, refused = 0;
	for (int i = 0; i < HISTORIES; i++) {
		struct history h;
		history_begin(&h, test_random(&seed));
		for (int s = 0; s < STEPS; s++) {
			step(&h);
			for (int k = 0; k < 2; k++) {
				struct effective all = effective_of(&h.w, &h.systems[k]);
				struct scope_operand *operands =
				    arena_array(&h.w.arena, all.operand_count, sizeof *operands);
				for (size_t o = 0; o < all.operand_count; o++)
					operands[o] = (struct scope_operand){all.operands[o].title,
					                                     all.operands[o].scope};
				const struct scope *meet =
				    scope_meet_all(&h.w.arena, operands, all.operand_count);
				CHECK(scope_equal(meet, all.scope), "%s\nnot %s",
				      scope_text(&h.w.arena, meet),
				      scope_text(&h.w.arena, all.scope));
			}
		}
		accepted += h.accepted;
		refused += h.refused;
		world_end(&h.w);
	}
	CHECK(accepted > HISTORIES * STEPS / 4 && refused > HISTORIES * STEPS / 8,
	      "a dull history: %llu accepted, %llu refused", (unsigned long long)accepted,
	      (unsigned long long)refused);
}

/* The text kept with a system's leases never lags behind what is in force. */
static void a_lease_is_accepted_exactly_within_what_is_in_force(void)
{
	uint64_t seed = test_seed();
	for (int i = 0; i < HISTORIES; i++) {
		struct history h;
		history_begin(&h, test_random(&seed));
		for (int s = 0; s < STEPS; s++) {
			step(&h);
			struct effective all = effective_of(&h.w, &h.w.system);
			struct lease_body lease = world_lease(&h.w);
			struct err e = {0};
			lease.scope =
			    world_scope(&h.w, remains[pick(&h, sizeof remains / sizeof *remains)]);
			if (pick(&h, 2) == 0)
				lease.scope = scope_meet(&h.w.arena, lease.scope, all.scope);
			bool is_live = !all.scope->none && h.w.now < all.scope->until;
			bool is_within = is_live && scope_includes(all.scope, lease.scope);
			bool done = world_do(&h.w, KIND_LEASE, &lease, NULL, NULL, &e);
			CHECK(done == is_within, "%s within %s: %d, but %s",
			      scope_text(&h.w.arena, lease.scope),
			      scope_text(&h.w.arena, all.scope), is_within,
			      done ? "accepted" : e.text);
			if (done) {
				h.w.sequence = lease.sequence;
				h.w.counter = lease.counter;
				h.w.head = lease.use_log;
			}
		}
		world_end(&h.w);
	}
}

static void replay(const struct world *w, struct memory *memory)
{
	struct state state = memory_state(memory);
	for (uint64_t i = 0; i < w->index; i++) {
		owned_arena arena = {0};
		struct changes changes = {.arena = &arena};
		struct record record;
		struct err e = {0};
		int64_t now;
		bool done = record_decode(&arena, w->log[i], &record, &e) &&
		            state_time(&state, &record, &now, &e) &&
		            apply(&state, &record, i, now, &changes, &e);
		CHECK(done, "entry %llu: %s", (unsigned long long)i, e.text);
		for (const struct change *c = changes.first; c != NULL; c = c->next)
			memory_set(memory, c->key, c->value);
	}
}

/* As a batch: each record is judged on the changes of those before it, and all are kept at once. */
static void replay_in_one_batch(const struct world *w, struct memory *memory)
{
	owned_arena arena = {0};
	struct state below = memory_state(memory);
	struct changes changes = {.arena = &arena};
	struct state state = state_over(&arena, &below, &changes);
	for (uint64_t i = 0; i < w->index; i++) {
		struct record record;
		struct err e = {0};
		int64_t now;
		bool done = record_decode(&arena, w->log[i], &record, &e) &&
		            state_time(&state, &record, &now, &e) &&
		            apply(&state, &record, i, now, &changes, &e);
		CHECK(done, "entry %llu: %s", (unsigned long long)i, e.text);
	}
	for (const struct change *c = changes.first; c != NULL; c = c->next)
		memory_set(memory, c->key, c->value);
}

static void replaying_a_log_gives_the_same_state(void)
{
	uint64_t seed = test_seed();
	for (int i = 0; i < HISTORIES / 2; i++) {
		struct history h;
		struct memory again = {0}, at_once = {0};
		history_begin(&h, test_random(&seed));
		for (int s = 0; s < STEPS; s++)
			step(&h);
		struct hash was = memory_digest(&h.w.memory), is;
		replay(&h.w, &again);
		is = memory_digest(&again);
		CHECK(hash_equal(&was, &is), "one by one");
		replay_in_one_batch(&h.w, &at_once);
		is = memory_digest(&at_once);
		CHECK(hash_equal(&was, &is), "in one batch");
		arena_free(&again.arena);
		arena_free(&at_once.arena);
		world_end(&h.w);
	}
}

/* --- Order
 * ------------------------------------------------------------------------------------------ */

enum { LOT = 6 };

/* A suspension and a disconnection that end, and restrictions of which some do. */
static void draw_lot(struct history *h, struct measure_body bodies[LOT])
{
	int64_t at = h->w.now;
	for (size_t i = 0; i < LOT; i++) {
		unsigned action = i == 0   ? MEASURE_SUSPEND
		                  : i == 1 ? MEASURE_DISCONNECT
		                           : MEASURE_RESTRICT;
		bodies[i] = world_measure(&h->w, action);
		bodies[i].target = random_target_of_the_first(h);
		if (bodies[i].has_scope)
			bodies[i].scope =
			    world_scope(&h->w, remains[pick(h, sizeof remains / sizeof *remains)]);
		bodies[i].has_until = i < 3;
		bodies[i].until = at + WORLD_DAY + (int64_t)i;
		bodies[i].reason = arena_printf(&h->w.arena, "number %zu", i);
	}
}

static void shuffle(size_t order[], size_t count, uint64_t *seed)
{
	for (size_t i = count - 1; i > 0; i--) {
		size_t k = test_random(seed) % (i + 1), held = order[i];
		order[i] = order[k];
		order[k] = held;
	}
}

/*
 * The lot of one seed proposed and approved in the order of another, with leases in between;
 * a proposal first, of course, comes before its approval. The scope in force, as text.
 */
static char *in_some_order(uint64_t lot_seed, uint64_t order_seed)
{
	struct history h;
	struct measure_body bodies[LOT];
	struct hash ids[LOT];
	bool is_proposed[LOT] = {false};
	size_t order[2 * LOT];
	history_begin(&h, lot_seed);
	int64_t at = h.w.now;
	draw_lot(&h, bodies);
	for (size_t i = 0; i < 2 * LOT; i++)
		order[i] = i / 2;
	shuffle(order, 2 * LOT, &order_seed);
	for (size_t i = 0; i < 2 * LOT; i++) {
		size_t m = order[i];
		struct err e = {0};
		bool done = is_proposed[m] ? world_approve(&h.w, &ids[m], 1, &e)
		                           : world_do(&h.w, KIND_MEASURE, &bodies[m],
		                                      &h.w.officers[0], &ids[m], &e);
		CHECK(done, "%s", e.text);
		is_proposed[m] = true;
		if (test_random(&order_seed) % 4 == 0)
			do_renewal(&h, &e);
	}
	h.w.now = at + WORLD_DAY / 2;
	char *out = strdup(scope_text(&h.w.arena, effective_of(&h.w, &h.w.system).scope));
	world_end(&h.w);
	return out;
}

static void the_order_of_measures_and_approvals_does_not_matter(void)
{
	uint64_t seed = test_seed(), nones = 0;
	for (int i = 0; i < HISTORIES; i++) {
		uint64_t lot = test_random(&seed);
		char *one = in_some_order(lot, test_random(&seed));
		char *two = in_some_order(lot, test_random(&seed));
		CHECK(strcmp(one, two) == 0, "%s\nbut %s", one, two);
		nones += strcmp(one, "none") == 0;
		free(one);
		free(two);
	}
	CHECK(nones < HISTORIES / 2, "little but none: %llu", (unsigned long long)nones);
}

static void a_further_measure_never_widens(void)
{
	uint64_t seed = test_seed();
	for (int i = 0; i < HISTORIES; i++) {
		struct history h;
		history_begin(&h, test_random(&seed));
		for (int s = 0; s < STEPS / 2; s++) {
			struct effective before[2], after[2];
			struct err e = {0};
			struct hash id;
			for (int k = 0; k < 2; k++)
				before[k] = effective_of(&h.w, &h.systems[k]);
			int64_t at = h.w.now;
			struct measure_body body = random_measure(&h);
			if (world_do(&h.w, KIND_MEASURE, &body, &h.w.officers[0], &id, &e) &&
			    pick(&h, 2) == 0)
				world_approve(&h.w, &id, 1, &e);
			h.w.now = at;
			for (int k = 0; k < 2; k++) {
				after[k] = effective_of(&h.w, &h.systems[k]);
				CHECK(scope_includes(before[k].scope, after[k].scope),
				      "%s, then %s", scope_text(&h.w.arena, before[k].scope),
				      scope_text(&h.w.arena, after[k].scope));
			}
		}
		world_end(&h.w);
	}
}

static void a_lift_restores_what_the_other_measures_leave(void)
{
	uint64_t seed = test_seed();
	for (int i = 0; i < HISTORIES; i++) {
		struct history h;
		history_begin(&h, test_random(&seed));
		for (int s = 0; s < STEPS / 2; s++)
			step(&h);
		struct measure_body body = world_measure(&h.w, MEASURE_RESTRICT);
		body.target = random_target_of_the_first(&h);
		body.scope = world_scope(&h.w, "territory=XR.Q");
		int64_t later = h.w.now + 10;
		const char *before, *after;
		h.w.now = later;
		before = scope_text(&h.w.arena, effective_of(&h.w, &h.w.system).scope);
		h.w.now = later - 10;
		struct hash id = world_enforce(&h.w, &body);
		world_lift(&h.w, &id);
		h.w.now = later;
		after = scope_text(&h.w.arena, effective_of(&h.w, &h.w.system).scope);
		CHECK(strcmp(before, after) == 0, "%s, then %s", before, after);
		world_end(&h.w);
	}
}

/* --- Faults
 * ------------------------------------------------------------------------------------------ */

/* One of each kind, each stage of a measure among them. */
static void full_history(struct world *w)
{
	struct err e;
	world_begin(w, WORLD_FOUND);
	struct measure_body body = world_measure(w, MEASURE_RESTRICT);
	body.has_until = true;
	body.until = w->now + WORLD_DAY;
	world_enforce(w, &body);
	world_grant(w);
	w->now = body.until;
	world_grant(w);
	body = world_measure(w, MEASURE_SUSPEND);
	struct hash suspension;
	world_must(w, KIND_MEASURE, &body, &w->officers[0], &suspension);
	bool approved = world_approve(w, &suspension, 1, &e);
	assert(approved);
	struct refusal_body refusal = world_refusal(w);
	world_must(w, KIND_REFUSAL, &refusal, NULL, NULL);
	world_lift(w, &suspension);
	struct definitions_body second = world_definitions(w);
	second.number = 2;
	second.has_supersedes = true;
	second.supersedes = 1;
	world_must(w, KIND_DEFINITIONS, &second, &w->officers[0], NULL);
	struct listing_body listing = world_listing(w);
	world_must(w, KIND_LISTING, &listing, NULL, NULL);
	struct key_body key = world_key_body(ROLE_EXPORTER, &w->exporter);
	key.has_public_key = false;
	key.has_replaces = true;
	key.replaces = w->exporter_key;
	key.has_reason = true;
	key.reason = "Lost.";
	struct surrender_body surrender = world_surrender(w);
	world_must(w, KIND_SURRENDER, &surrender, &w->end_user, NULL);
	world_must(w, KIND_KEY, &key, &w->authority, NULL);
	key = world_key_body(ROLE_OFFICER, &w->officers[2]);
	struct secret_key next = world_key("officer-cohen-2");
	key.public_key = next.public;
	key.has_replaces = true;
	key.replaces = w->officer_keys[2];
	world_must(w, KIND_KEY, &key, &w->authority, NULL);
}

static void a_failing_disk_is_told_and_changes_nothing(void)
{
	struct world w;
	struct memory memory = {0};
	full_history(&w);
	for (uint64_t i = 0; i < w.index; i++)
		broken_disk_apply(&memory, w.log[i], i);
	struct hash was = memory_digest(&w.memory), is = memory_digest(&memory);
	CHECK(hash_equal(&was, &is), "the state differs");
	arena_free(&memory.arena);
	world_end(&w);
}

static void a_failing_disk_gives_no_lease_and_no_refusal(void)
{
	for (int disconnected = 0; disconnected < 2; disconnected++) {
		struct world w;
		world_begin(&w, WORLD_FOUND);
		struct measure_body body = world_measure(&w, MEASURE_DISCONNECT);
		if (disconnected)
			world_enforce(&w, &body);
		struct renewal_body asks = world_renewal(&w);
		struct bytes request = world_record(&w, KIND_RENEWAL, &asks, &w.device);
		struct record record;
		struct err e = {0};
		bool done = record_decode(&w.arena, request, &record, &e);
		CHECK(done, "%s", e.text);
		done = false;
		for (uint64_t n = 1; !done; n++) {
			enum record_kind kind = KIND_COUNT;
			union record_body answer;
			w.memory.reads = 0;
			w.memory.breaks_after = n;
			done = world_judge(&w, &record, &kind, &answer, &e);
			w.memory.breaks_after = 0;
			CHECK(done || e.kind == ERR_ENVIRONMENT, "read %llu: %s",
			      (unsigned long long)n, e.text);
			CHECK(!done || w.memory.reads < n, "a failed read was passed over");
			CHECK(!done || kind == (disconnected ? KIND_REFUSAL : KIND_LEASE),
			      "the answer");
		}
		world_end(&w);
	}
}

/* --- The overlay, against a map
 * --------------------------------------------------------------------- */

struct seen {
	struct buffer b;
	uint64_t left;
};

static bool see(void *ctx, struct bytes key, struct bytes value)
{
	struct seen *seen = ctx;
	buffer_bytes(&seen->b, key);
	buffer_u8(&seen->b, '=');
	buffer_bytes(&seen->b, value);
	buffer_u8(&seen->b, '\n');
	return --seen->left > 0;
}

static void add_change(struct changes *changes, struct bytes key, struct bytes value)
{
	struct change *change = arena_alloc(changes->arena, sizeof *change);
	*change = (struct change){.key = key, .value = value};
	*(changes->first == NULL ? &changes->first : changes->last) = change;
	changes->last = &change->next;
}

static void changes_laid_over_a_state_read_as_if_they_were_made(void)
{
	uint64_t random = test_seed();
	for (int round = 0; round < 300; round++) {
		owned_arena arena = {0};
		struct memory below_memory = {0}, both = {0};
		struct changes changes = {.arena = &arena};
		struct state below = memory_state(&below_memory), wanted = memory_state(&both);
		struct state over = state_over(&arena, &below, &changes);
		struct err e = {0};
		for (int i = 0; i < 120; i++) {
			char text[3] = {(char)('a' + test_random(&random) % 3),
			                (char)('a' + test_random(&random) % 9), 0};
			struct bytes key = bytes_text(
			    arena_copy(&arena, text, test_random(&random) % 8 == 0 ? 1 : 2));
			struct bytes value = bytes_text(arena_printf(&arena, "%d", i));
			if (test_random(&random) % 3 == 0)
				value = (struct bytes){0};
			memory_set(&both, key, value);
			if (i < 30)
				memory_set(&below_memory, key, value);
			else
				add_change(&changes, key, value);
			struct bytes one = {0}, two = {0};
			over.get(over.ctx, key, &arena, &one, &e);
			wanted.get(wanted.ctx, key, &arena, &two, &e);
			CHECK(bytes_equal(one, two) && (one.at == NULL) == (two.at == NULL),
			      "get %s", text);
			if (i % 10 != 0)
				continue;
			struct bytes after =
			    test_random(&random) % 2 == 0 ? key : (struct bytes){0};
			uint64_t most = test_random(&random) % 6 == 0 ? 2 : UINT64_MAX;
			struct bytes prefix = bytes_of(key.at, test_random(&random) % 2);
			struct seen got = {{.arena = &arena}, most},
			            want = {{.arena = &arena}, most};
			over.scan(over.ctx, prefix, after, see, &got, &e);
			wanted.scan(wanted.ctx, prefix, after, see, &want, &e);
			CHECK(bytes_equal(buffer_view(&got.b), buffer_view(&want.b)),
			      "scan:\n%s\nnot\n%s", buffer_cstr(&got.b), buffer_cstr(&want.b));
		}
		arena_free(&below_memory.arena);
		arena_free(&both.arena);
	}
}

static void a_scan_of_a_failing_disk_fails(void)
{
	owned_arena arena = {0};
	struct memory memory = {.breaks = true};
	struct changes changes = {.arena = &arena};
	struct state below = memory_state(&memory), over = state_over(&arena, &below, &changes);
	struct seen seen = {{.arena = &arena}, 1};
	struct err e = {0};
	CHECK(!over.scan(over.ctx, bytes_text("a"), (struct bytes){0}, see, &seen, &e),
	      "it went on");
	CHECK(e.kind == ERR_ENVIRONMENT, "%s", e.text);
}

TEST_MAIN(TEST(the_scope_in_force_is_the_meet_of_what_is_told),
          TEST(a_lease_is_accepted_exactly_within_what_is_in_force),
          TEST(replaying_a_log_gives_the_same_state),
          TEST(the_order_of_measures_and_approvals_does_not_matter),
          TEST(a_further_measure_never_widens), TEST(a_lift_restores_what_the_other_measures_leave),
          TEST(a_failing_disk_is_told_and_changes_nothing),
          TEST(a_failing_disk_gives_no_lease_and_no_refusal),
          TEST(changes_laid_over_a_state_read_as_if_they_were_made),
          TEST(a_scan_of_a_failing_disk_fails))
