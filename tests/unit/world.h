/*
 * world: a small regime in memory, for tests: an authority at "proviso.example/log" with three
 * officers of whom two must agree, an exporter, an end user in XR, an auditor, a system. A
 * test takes it to a stage, changes the next record, and sees what apply() says.
 *
 *     struct world w;
 *     world_begin(&w, WORLD_LICENSED);
 *     struct enrolment_body body = world_enrolment(&w);
 *     body.serial = "S-2";
 *     CHECK(world_enrol(&w, &body, &id, &e), "%s", e.text);
 *     world_end(&w);
 */
#ifndef PROVISO_TEST_WORLD_H
#define PROVISO_TEST_WORLD_H

#include <assert.h>
#include <stdio.h>

#include "authority/apply.h"
#include "memory.h"

#define WORLD_ORIGIN "proviso.example/log"
#define WORLD_LIST   "us-entity-list-2021-11"

enum { WORLD_START = 1767225600 /* 2026-01-01 */, WORLD_DAY = 86400 };

/* --- The world ---------------------------------------------------------------------------------
 */

enum world_stage {
	WORLD_EMPTY,
	WORLD_FOUNDED, /* the authority's key, officers, parties */
	WORLD_DEFINED, /* definitions no. 1 */
	WORLD_DECLARED,
	WORLD_APPLIED,
	WORLD_SCREENED, /* a listing, and no hit */
	WORLD_APPROVED,
	WORLD_LICENSED, /* two systems */
	WORLD_ENROLLED, /* one of them */
	WORLD_LEASED,
	WORLD_REPORTED,
	WORLD_FOUND, /* a finding upholds the report on the system */
};

struct world {
	struct arena arena;
	struct memory memory;
	struct state state;
	int64_t now;       /* issued_at of what comes next */
	uint64_t index;    /* on the log */
	struct bytes *log; /* entries accepted */
	struct secret_key authority, officers[3], exporter, end_user, auditor, device, audit;
	struct hash officer_keys[3], exporter_key, end_user_key; /* key records */
	struct hash definitions, declaration, application, listing, screening, decision, licence,
	    system, lease, report, finding;
	uint64_t sequence, counter; /* of the last lease, of the last request answered */
	struct tree_head head;      /* of the use log, as it acknowledged it */
};

__attribute__((unused)) static struct secret_key world_key_of(enum key_algorithm algorithm,
                                                              const char *name)
{
	struct secret_key key;
	struct err e;
	struct hash seed = sha256(bytes_text(name));
	bool made = key_make(algorithm, name, seed.at, &key, &e);
	assert(made);
	return key;
}

__attribute__((unused)) static struct secret_key world_key(const char *name)
{
	return world_key_of(KEY_ED25519, name);
}

__attribute__((unused)) static const struct scope *world_scope(struct world *w, const char *text)
{
	const struct scope *scope;
	struct err e;
	bool parsed = scope_parse(&w->arena, bytes_text(text), &scope, &e);
	assert(parsed);
	return scope;
}

__attribute__((unused)) static struct list world_list(struct world *w, const void *at, size_t count,
                                                      size_t size)
{
	return (struct list){count == 0 ? NULL : arena_copy(&w->arena, at, count * size), count};
}

#define WORLD_LIST_OF(w, type, ...)                                                                \
	world_list((w), (type const[]){__VA_ARGS__},                                               \
	           sizeof((type const[]){__VA_ARGS__}) / sizeof(type), sizeof(type))

/* Gives an entry to apply() as the door does, and puts what it changes into the state. */
__attribute__((unused)) static bool world_submit(struct world *w, struct bytes entry,
                                                 struct hash *id, struct err *e)
{
	owned_arena arena = {0};
	struct record record;
	struct changes changes = {.arena = &arena};
	int64_t now;
	if (!record_decode(&arena, entry, &record, e) || !state_time(&w->state, &record, &now, e) ||
	    !apply(&w->state, &record, w->index, now, &changes, e))
		return false;
	for (const struct change *change = changes.first; change != NULL; change = change->next)
		memory_set(&w->memory, change->key, change->value);
	if ((w->index & (w->index - 1)) == 0) { /* room doubles at powers of two */
		struct bytes *more = arena_array(&w->arena, w->index * 2 + 2, sizeof *more);
		if (w->index > 0)
			memcpy(more, w->log, w->index * sizeof *more);
		w->log = more;
	}
	w->log[w->index++] = bytes_copy(&w->arena, entry);
	if (id != NULL)
		*id = record.id;
	return true;
}

/* Signs (or, for the keeper's kinds, with key NULL, writes) a record; time goes on by a second. */
__attribute__((unused)) static struct bytes world_record(struct world *w, enum record_kind kind,
                                                         const void *body,
                                                         const struct secret_key *key)
{
	struct bytes out;
	struct err e;
	union record_body all = {0};
	memcpy(&all, body, record_kind(kind)->size);
	bool made = key != NULL
	                ? record_sign(&w->arena, kind, &all, WORLD_ORIGIN, w->now, key, &out, &e)
	                : record_entry(&w->arena, kind, &all, WORLD_ORIGIN, w->now, &out, &e);
	if (!made)
		fprintf(stderr, "world: %s: %s\n", record_kind(kind)->name, e.text);
	assert(made);
	w->now++;
	return out;
}

__attribute__((unused)) static bool world_do(struct world *w, enum record_kind kind,
                                             const void *body, const struct secret_key *key,
                                             struct hash *id, struct err *e)
{
	return world_submit(w, world_record(w, kind, body, key), id, e);
}

__attribute__((unused)) static void world_must(struct world *w, enum record_kind kind,
                                               const void *body, const struct secret_key *key,
                                               struct hash *id)
{
	struct err e;
	bool done = world_do(w, kind, body, key, id, &e);
	if (!done)
		fprintf(stderr, "world: %s: %s\n", e.rule, e.text);
	assert(done);
}

/* --- Bodies that are right at their stage -------------------------------------------------------
 */

__attribute__((unused)) static struct key_body world_key_body(unsigned role,
                                                              const struct secret_key *key)
{
	return (struct key_body){
	    .role = role,
	    .holder = key->public.name,
	    .has_country = role == ROLE_EXPORTER || role == ROLE_END_USER,
	    .country = role == ROLE_EXPORTER ? "XA" : "XR",
	    .has_public_key = true,
	    .public_key = key->public,
	};
}

__attribute__((unused)) static struct key_body world_first(struct world *w)
{
	struct key_body body = world_key_body(ROLE_AUTHORITY, &w->authority);
	body.has_threshold = true;
	body.threshold = 2;
	return body;
}

__attribute__((unused)) static struct definitions_body world_definitions(struct world *w)
{
	struct list excludes = WORLD_LIST_OF(w, const char *, "an opinion or criticism by itself");
	return (struct definitions_body){
	    .number = 1,
	    .effective = WORLD_START,
	    .purposes = WORLD_LIST_OF(w, struct purpose,
	                              {.label = "terrorism",
	                               .title = "Terrorist act",
	                               .text = "An act meant to frighten a population.",
	                               .excludes = excludes},
	                              {.label = "serious-crime",
	                               .title = "Serious crime",
	                               .text = "An offence punished with six years or more.",
	                               .excludes = excludes,
	                               .has_minimum_penalty_years = true,
	                               .minimum_penalty_years = 6}),
	    .scope = world_scope(w, "require=warrant"),
	};
}

__attribute__((unused)) static struct declaration_body world_declaration(struct world *w)
{
	return (struct declaration_body){
	    .end_user = {w->end_user.public.name, "XR"},
	    .definitions = w->definitions,
	    .offences = WORLD_LIST_OF(
	        w, struct offence, {"serious-crime.kidnapping", "Kidnapping", "Penal code 210", 15},
	        {"serious-crime.trafficking", "Trafficking", "Penal code 301", 6},
	        {"serious-crime.libel", "Libel", "Penal code 12", 2}),
	    .scope =
	        world_scope(w, "purpose=serious-crime,terrorism; territory=XR; require=warrant"),
	    .undertakings = WORLD_LIST_OF(w, const char *, "We consent to every measure."),
	    .signatory = {"R. Minister", "Minister of the Interior"},
	    .valid_until = WORLD_START + 365 * WORLD_DAY,
	};
}

__attribute__((unused)) static struct item world_item(struct world *w)
{
	return (struct item){"Listener", "2.1",
	                     WORLD_LIST_OF(w, const char *, "capture.content", "capture.headers")};
}

__attribute__((unused)) static struct application_body world_application(struct world *w)
{
	return (struct application_body){
	    .exporter = {w->exporter.public.name, "XA"},
	    .end_user = {w->end_user.public.name, "XR"},
	    .item = world_item(w),
	    .quantity = 2,
	    .scope = world_scope(
	        w, "capability=capture.content,capture.headers; "
	           "purpose=serious-crime.kidnapping,serious-crime.trafficking,terrorism; "
	           "territory=XR; require=warrant"),
	    .purpose_of_use = "To investigate serious crime.",
	};
}

__attribute__((unused)) static struct listing_body world_listing(struct world *w)
{
	(void)w;
	return (struct listing_body){
	    .name = WORLD_LIST,
	    .source = "https://list.example/",
	    .date = WORLD_START - WORLD_DAY,
	    .size = 5,
	    .digest = sha256(bytes_text("list\n")),
	    .entries = 4,
	};
}

__attribute__((unused)) static struct screening_body world_screening(struct world *w)
{
	return (struct screening_body){
	    .application = w->application,
	    .listings = WORLD_LIST_OF(w, struct hash, w->listing),
	    .engine = "exact-1",
	};
}

__attribute__((unused)) static struct decision_body world_decision(struct world *w)
{
	return (struct decision_body){
	    .application = w->application,
	    .outcome = DECISION_APPROVE,
	    .reasons = "Nothing speaks against it.",
	};
}

__attribute__((unused)) static struct licence_body world_licence(struct world *w)
{
	return (struct licence_body){
	    .application = w->application,
	    .exporter = {w->exporter.public.name, "XA"},
	    .end_user = {w->end_user.public.name, "XR"},
	    .declaration = w->declaration,
	    .item = world_item(w),
	    .quantity = 2,
	    .scope = world_scope(
	        w, "capability=capture.content,capture.headers; "
	           "purpose=serious-crime.kidnapping,serious-crime.trafficking,terrorism; "
	           "territory=XR; subject-not=mailto:@state.gov,tel:+1; "
	           "require=warrant"),
	    .lease_seconds = 3600,
	    .valid_until = WORLD_START + 300 * WORLD_DAY,
	};
}

__attribute__((unused)) static struct surrender_body world_surrender(struct world *w)
{
	return (struct surrender_body){.licence = w->licence, .reason = "No longer needed."};
}

__attribute__((unused)) static struct enrolment_body world_enrolment(struct world *w)
{
	return (struct enrolment_body){
	    .licences = WORLD_LIST_OF(w, struct hash, w->licence),
	    .serial = "S-1",
	    .device_key = w->device.public,
	    .item_version = "2.1",
	};
}

__attribute__((unused)) static struct bytes world_nonce(struct world *w, uint64_t n)
{
	struct buffer b = {.arena = &w->arena};
	buffer_u64be(&b, 0);
	buffer_u64be(&b, n);
	return buffer_view(&b);
}

/* A lease of all that is in force, over a use log that grows by one entry with each. */
__attribute__((unused)) static struct lease_body world_lease(struct world *w)
{
	struct effective now;
	struct err e;
	struct lease_body body = {
	    .system = w->system,
	    .device = key_id(&w->device.public),
	    .sequence = w->sequence + 1,
	    .ttl_seconds = 3600,
	    .nonce = world_nonce(w, w->counter + 1),
	    .counter = w->counter + 1,
	    .use_log = {w->sequence, sha256(bytes_of(&w->sequence, sizeof w->sequence))},
	};
	bool is = effective(&w->state, &w->system, w->now, false, &w->arena, &now, &e);
	assert(is);
	body.scope = now.scope;
	return body;
}

__attribute__((unused)) static struct refusal_body world_refusal(struct world *w)
{
	return (struct refusal_body){
	    .has_system = true,
	    .system = w->system,
	    .device = key_id(&w->device.public),
	    .code = "renewal.measure",
	    .reason = "a measure is in force",
	    .nonce = world_nonce(w, w->counter + 1),
	    .counter = w->counter + 1,
	};
}

__attribute__((unused)) static struct report_body world_report(struct world *w)
{
	return (struct report_body){
	    .subject = {.digest = sha256(bytes_text("a journalist"))},
	    .has_system = true,
	    .system = w->system,
	    .allegation = "A journalist was targeted.",
	    .evidence = WORLD_LIST_OF(w, struct evidence,
	                              {.type = "stix-2.1",
	                               .digest = sha256(bytes_text("bundle")),
	                               .size = 6,
	                               .has_indicators = true,
	                               .indicators = 3}),
	    .reporter = {.digest = sha256(bytes_text("a laboratory"))},
	};
}

__attribute__((unused)) static struct finding_body world_finding(struct world *w)
{
	return (struct finding_body){
	    .report = w->report,
	    .has_system = true,
	    .system = w->system,
	    .outcome = FINDING_UPHELD,
	    .reasons = "The indicators fit the system's use log.",
	};
}

__attribute__((unused)) static const char *world_target(struct world *w, const char *what,
                                                        const struct hash *id)
{
	return arena_printf(&w->arena, "%s/%s", what, hex_encode(&w->arena, hash_bytes(id)));
}

__attribute__((unused)) static struct measure_body world_measure(struct world *w, unsigned action)
{
	return (struct measure_body){
	    .target = action == MEASURE_REVOKE ? world_target(w, "licence", &w->licence)
	                                       : world_target(w, "system", &w->system),
	    .action = action,
	    .has_scope = action == MEASURE_RESTRICT,
	    .scope =
	        action == MEASURE_RESTRICT ? world_scope(w, "capability=capture.headers") : NULL,
	    .has_finding = true,
	    .finding = w->finding,
	    .reason = "The finding shows misuse.",
	};
}

__attribute__((unused)) static bool world_approve(struct world *w, const struct hash *proposal,
                                                  int officer, struct err *e)
{
	struct approval_body body = {.proposal = *proposal};
	return world_do(w, KIND_APPROVAL, &body, &w->officers[officer], NULL, e);
}

/* Officer 0 proposes, officer 1 approves. */
__attribute__((unused)) static struct hash world_enforce(struct world *w,
                                                         const struct measure_body *body)
{
	struct hash id;
	struct err e;
	world_must(w, KIND_MEASURE, body, &w->officers[0], &id);
	bool done = world_approve(w, &id, 1, &e);
	assert(done);
	return id;
}

__attribute__((unused)) static struct hash world_lift(struct world *w, const struct hash *measure)
{
	struct lift_body body = {.measure = *measure, .reason = "The cause is gone."};
	struct hash id;
	struct err e;
	world_must(w, KIND_LIFT, &body, &w->officers[1], &id);
	bool done = world_approve(w, &id, 2, &e);
	assert(done);
	return id;
}

/* --- Advice --------------------------------------------------------------------------------------
 */

/* The key of a body, registered by the authority. */
__attribute__((unused)) static struct secret_key world_adviser(struct world *w, const char *name)
{
	struct secret_key key = world_key(name);
	struct key_body body = world_key_body(ROLE_ADVISER, &key);
	world_must(w, KIND_KEY, &body, &w->authority, NULL);
	return key;
}

__attribute__((unused)) static struct advice_body world_advice(struct world *w,
                                                               const struct secret_key *by,
                                                               unsigned verdict)
{
	struct advice_body body = {
	    .application = w->application, .body = by->public.name, .verdict = verdict};
	uint8_t salt[16] = {(uint8_t)w->now};
	bool made = redactable_make(&w->arena, KIND_ADVICE, "reasons", "The courts are free.", salt,
	                            &body.reasons);
	assert(made);
	if (verdict == DECISION_APPROVE_WITH_PROVISOS)
		body.provisos = WORLD_LIST_OF(w, const char *, "A yearly account.");
	return body;
}

/* Advises, and gives the id. */
__attribute__((unused)) static struct hash world_advise(struct world *w,
                                                        const struct secret_key *by,
                                                        unsigned verdict)
{
	struct advice_body body = world_advice(w, by, verdict);
	struct hash id;
	world_must(w, KIND_ADVICE, &body, by, &id);
	return id;
}

/* --- Stages --------------------------------------------------------------------------------------
 */

__attribute__((unused)) static void world_found(struct world *w)
{
	struct key_body first = world_first(w), body;
	world_must(w, KIND_KEY, &first, &w->authority, NULL);
	for (int i = 0; i < 3; i++) {
		body = world_key_body(ROLE_OFFICER, &w->officers[i]);
		world_must(w, KIND_KEY, &body, &w->authority, &w->officer_keys[i]);
	}
	body = world_key_body(ROLE_EXPORTER, &w->exporter);
	world_must(w, KIND_KEY, &body, &w->officers[0], &w->exporter_key);
	body = world_key_body(ROLE_END_USER, &w->end_user);
	world_must(w, KIND_KEY, &body, &w->officers[0], &w->end_user_key);
	body = world_key_body(ROLE_AUDITOR, &w->auditor);
	world_must(w, KIND_KEY, &body, &w->officers[0], NULL);
}

__attribute__((unused)) static void world_grant(struct world *w)
{
	struct lease_body body = world_lease(w);
	world_must(w, KIND_LEASE, &body, NULL, &w->lease);
	w->sequence = body.sequence;
	w->counter = body.counter;
	w->head = body.use_log;
}

/* What a system asks that was not used since its last lease. */
__attribute__((unused)) static struct renewal_body world_renewal(struct world *w)
{
	return (struct renewal_body){
	    .nonce = world_nonce(w, w->counter + 1),
	    .counter = w->counter + 1,
	    .use_log = w->head,
	    .acknowledged = w->head.size,
	    .last_sequence = w->sequence,
	};
}

/* As the authority's rim works out a session's key. */
__attribute__((unused)) static bool world_session_key(void *ctx, const struct public_key *device,
                                                      const struct hash *kid,
                                                      const uint8_t nonce[RENEWAL_NONCE],
                                                      uint8_t out[SESSION_KEY], struct err *e)
{
	const struct world *w = ctx;
	uint8_t secret[KEY_SHARED_SECRET];
	struct hash own = key_id(&w->authority.public);
	if (!key_agree(&w->authority, device, secret, e))
		return false;
	session_key(secret, kid, &own, nonce, out);
	return true;
}

/* A request within the session that the request with `nonce` began, by the device's side. */
__attribute__((unused)) static struct bytes world_session_request(
    struct world *w, const struct renewal_body *body, const struct secret_key *device,
    const uint8_t nonce[RENEWAL_NONCE])
{
	uint8_t secret[KEY_SHARED_SECRET], key[SESSION_KEY];
	struct hash own = key_id(&device->public), other = key_id(&w->authority.public);
	struct bytes out;
	struct err e = {0};
	bool agreed = key_agree(device, &w->authority.public, secret, &e);
	assert(agreed);
	session_key(secret, &own, &other, nonce, key);
	bool made = session_request(&w->arena, body, &device->public, WORLD_ORIGIN, w->now++, key,
	                            &out, &e);
	assert(made);
	return out;
}

/* Who asks, and what is answered. */
__attribute__((unused)) static bool world_judge(struct world *w, const struct record *request,
                                                enum record_kind *kind, union record_body *answer,
                                                struct err *e)
{
	struct asker asker;
	struct session_keys keys = {w, world_session_key};
	return lease_asker(&w->state, request, w->now, &keys, &w->arena, &asker, e) &&
	       lease_judge(&w->state, &asker, &request->body.renewal, w->now, &w->arena, kind,
	                   answer, e);
}

/*
 * Judges a request and puts the answer on the log. True for a lease; a refusal is the error,
 * with its code.
 */
__attribute__((unused)) static bool world_ask(struct world *w, struct bytes request,
                                              struct lease_body *lease, struct err *e)
{
	struct record record;
	enum record_kind kind;
	union record_body answer = {0};
	if (!record_decode(&w->arena, request, &record, e) ||
	    !world_judge(w, &record, &kind, &answer, e))
		return false;
	world_must(w, kind, &answer, NULL, kind == KIND_LEASE ? &w->lease : NULL);
	if (record.body.renewal.counter > w->counter)
		w->counter = record.body.renewal.counter;
	if (kind == KIND_REFUSAL)
		return err_refused(e, answer.refusal.code, "%s", answer.refusal.reason);
	*lease = answer.lease;
	w->sequence = lease->sequence;
	w->head = lease->use_log;
	return true;
}

__attribute__((unused)) static bool world_renew(struct world *w, const struct renewal_body *body,
                                                const struct secret_key *key,
                                                struct lease_body *lease, struct err *e)
{
	return world_ask(w, world_record(w, KIND_RENEWAL, body, key), lease, e);
}

__attribute__((unused)) static void world_step(struct world *w, enum world_stage stage)
{
	union record_body b = {0};
	switch (stage) {
	case WORLD_EMPTY:
		break;
	case WORLD_FOUNDED:
		world_found(w);
		break;
	case WORLD_DEFINED:
		b.definitions = world_definitions(w);
		world_must(w, KIND_DEFINITIONS, &b, &w->officers[0], &w->definitions);
		break;
	case WORLD_DECLARED:
		b.declaration = world_declaration(w);
		world_must(w, KIND_DECLARATION, &b, &w->end_user, &w->declaration);
		break;
	case WORLD_APPLIED:
		b.application = world_application(w);
		world_must(w, KIND_APPLICATION, &b, &w->exporter, &w->application);
		break;
	case WORLD_SCREENED:
		b.listing = world_listing(w);
		world_must(w, KIND_LISTING, &b, NULL, &w->listing);
		b.screening = world_screening(w);
		world_must(w, KIND_SCREENING, &b, NULL, &w->screening);
		break;
	case WORLD_APPROVED:
		b.decision = world_decision(w);
		world_must(w, KIND_DECISION, &b, &w->officers[0], &w->decision);
		break;
	case WORLD_LICENSED:
		b.licence = world_licence(w);
		world_must(w, KIND_LICENCE, &b, &w->officers[0], &w->licence);
		break;
	case WORLD_ENROLLED:
		b.enrolment = world_enrolment(w);
		world_must(w, KIND_ENROLMENT, &b, &w->exporter, &w->system);
		break;
	case WORLD_LEASED:
		world_grant(w);
		break;
	case WORLD_REPORTED:
		b.report = world_report(w);
		world_must(w, KIND_REPORT, &b, &w->auditor, &w->report);
		break;
	case WORLD_FOUND:
		b.finding = world_finding(w);
		world_must(w, KIND_FINDING, &b, &w->officers[0], &w->finding);
		break;
	}
}

__attribute__((unused)) static void world_begin(struct world *w, enum world_stage stage)
{
	struct err e;
	*w = (struct world){.now = WORLD_START};
	w->head.root = sha256((struct bytes){0}); /* of the empty tree */
	bool started = key_library_start(&e);
	assert(started);
	w->state = memory_state(&w->memory);
	w->authority = world_key(WORLD_ORIGIN);
	w->officers[0] = world_key("officer-adams");
	w->officers[1] = world_key("officer-baker");
	w->officers[2] = world_key("officer-cohen");
	w->exporter = world_key("Meridian-Systems");
	w->end_user = world_key("Ruritania-State-Police");
	w->auditor = world_key("Auditor-General");
	w->device = world_key_of(KEY_ES256, "S-1");
	for (enum world_stage s = WORLD_EMPTY; s <= stage; s++)
		world_step(w, s);
}

__attribute__((unused)) static void world_end(struct world *w)
{
	arena_free(&w->memory.arena);
	arena_free(&w->arena);
}

#endif
