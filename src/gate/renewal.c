#include <stdlib.h>

#include "base/rim.h"
#include "log/changes.h"
#include "parts.h"

enum { CLOCKS_APART_SECONDS = 300 }; /* of honest witnesses, at most */

static bool may_renew(const struct proviso_gate *g, struct err *e)
{
	if (gate_usable(g) != PROVISO_ALLOWED)
		return err_refused(e, "gate.forked", "%s", proviso_code_text(PROVISO_FORKED));
	return !g->read_only || err_usage(e, "the gate was opened for looking only");
}

/* --- Asking ------------------------------------------------------------------------------------
 */

/*
 * A request without an answer is repeated with the same claim, so that what the authority has
 * acknowledged is always the last head accepted or this one, and a lost reply never looks like
 * a forked log.
 */
static bool make_claim(struct proviso_gate *g, struct standing *s, struct arena *arena,
                       struct renewal_body *body, struct err *e)
{
	struct merkle_proof proof = {0};
	if (!uselog_sync(&g->log, true, e))
		return false;
	pthread_mutex_lock(&g->lock);
	struct merkle_source source = merkle_tree_source(&g->log.tree);
	if (!s->claims) {
		s->claims = true;
		s->claim.size = g->log.tree.edge.size;
		s->claim.root = merkle_edge_root(&g->log.tree.edge);
	}
	bool good = merkle_consistency(&source, s->acknowledged.size, s->claim.size, &proof, e);
	pthread_mutex_unlock(&g->lock);
	body->use_log = s->claim;
	body->acknowledged = s->acknowledged.size;
	body->consistency.count = proof.count;
	body->consistency.at = arena_array(arena, proof.count, sizeof *proof.at);
	if (proof.count > 0)
		memcpy(body->consistency.at, proof.at, proof.count * sizeof *proof.at);
	return good;
}

/* Of the request whose answer is held; 0: none. A measure has arrived when this names its answer.
 */
static uint64_t heard(const struct proviso_gate *g, size_t authority)
{
	const struct lease *held = &g->leases[authority];
	switch (g->state.standings[authority].held) {
	case HELD_LEASE:
		return held->body.counter;
	case HELD_REFUSAL:
		return held->refusal.counter;
	default:
		return 0;
	}
}

/*
 * Whether the next request needs no signature: the last was answered with a lease, in this
 * boot, and the keys can agree. A request without an answer is always followed by a signed one,
 * so that a tag the authority does not take costs one round and nothing else.
 */
static bool has_session(const struct proviso_gate *g, const struct standing *s,
                        const struct public_key *authority)
{
	return s->session > 0 && !s->pending &&
	       memcmp(s->session_boot_id, g->clock.boot_id, BOOT_ID) == 0 &&
	       g->system.device.public.algorithm == KEY_ED25519 &&
	       authority->algorithm == KEY_ED25519;
}

static bool write_request(const struct proviso_gate *g, const struct standing *next,
                          const struct public_key *authority, const union record_body *body,
                          int64_t now, struct arena *arena, struct bytes *out, struct err *e)
{
	const struct secret_key *device = &g->system.device;
	if (next->pending_session == 0)
		return record_sign(arena, KIND_RENEWAL, body, authority->name, now, device, out, e);
	uint8_t secret[KEY_SHARED_SECRET], key[SESSION_KEY];
	struct hash own = key_id(&device->public), other = key_id(authority);
	if (!key_agree(device, authority, secret, e))
		return false;
	session_key(secret, &own, &other, next->session_nonce, key);
	bool made = session_request(arena, &body->renewal, &device->public, authority->name, now,
	                            key, out, e);
	explicit_bzero(secret, sizeof secret);
	explicit_bzero(key, sizeof key);
	return made;
}

static bool make_request(struct proviso_gate *g, size_t authority, struct arena *arena,
                         struct bytes *out, struct err *e)
{
	const struct public_key *to = &g->system.authorities[authority];
	struct standing *s = &g->state.standings[authority], next = *s;
	union record_body body = {0};
	struct instants now;
	if (!make_claim(g, &next, arena, &body.renewal, e))
		return false;
	clock_read(&g->clock, &now);
	rim_random(next.nonce, sizeof next.nonce);
	memcpy(next.pending_boot_id, g->clock.boot_id, BOOT_ID);
	next.pending_drawn_at = now.boot;
	next.pending_session = has_session(g, s, to) ? s->session : 0;
	next.pending = true;
	next.counter++;
	body.renewal.nonce = bytes_of(next.nonce, sizeof next.nonce);
	body.renewal.counter = next.counter;
	body.renewal.last_sequence = next.sequence;
	body.renewal.heard = heard(g, authority);
	body.renewal.has_heard = body.renewal.heard > 0;
	body.renewal.has_followed = g->system.trusts[authority].roster != NULL;
	body.renewal.followed = g->system.trusts[authority].followed;
	if (!write_request(g, &next, to, &body, now.wall / NANOSECONDS, arena, out, e))
		return false;
	struct state_file file = g->state;
	file.standings[authority] = next;
	if (!state_write(g->dir, &g->system, &file, e))
		return false;
	pthread_mutex_lock(&g->lock);
	*s = next;
	pthread_mutex_unlock(&g->lock);
	return true;
}

bool request_give(struct bytes request, void *to, size_t *size, struct err *e)
{
	if (request.len > *size)
		return err_usage(e, "a request of %zu bytes has no room in %zu", request.len,
		                 *size);
	memcpy(to, request.at, request.len);
	*size = request.len;
	return true;
}

bool proviso_gate_request(struct proviso_gate *g, size_t authority, void *to, size_t *size,
                          struct proviso_error *error)
{
	struct err e = {0};
	owned_arena arena = {0};
	struct bytes request;
	if (!may_renew(g, &e))
		return error_give(error, &e);
	if (g->remote != NULL)
		return remote_request(g, authority, to, size, error);
	if (authority >= g->system.authority_count) {
		err_usage(&e, "there is no authority number %zu", authority);
		return error_give(error, &e);
	}
	pthread_mutex_lock(&g->renewing);
	bool good = make_request(g, authority, &arena, &request, &e);
	pthread_mutex_unlock(&g->renewing);
	return (good && request_give(request, to, size, &e)) || error_give(error, &e);
}

/* --- Taking the answer ---------------------------------------------------------------------------
 */

static bool answers_request(const struct proviso_gate *g, const struct standing *s,
                            const struct record *r, struct err *e)
{
	bool is_lease = r->kind == KIND_LEASE;
	struct bytes nonce = is_lease ? r->body.lease.nonce : r->body.refusal.nonce;
	uint64_t counter = is_lease ? r->body.lease.counter : r->body.refusal.counter;
	if (s->pending && memcmp(s->pending_boot_id, g->clock.boot_id, BOOT_ID) == 0 &&
	    bytes_equal(nonce, bytes_of(s->nonce, sizeof s->nonce)) && counter == s->counter)
		return true;
	return err_refused(e, "gate.reply-not-pending",
	                   "it answers a request that is not open: renew again");
}

/* The log may only have grown since it was last seen. Between sizes: consistency, by witnesses. */
static bool log_has_grown(const struct standing *s, const struct checkpoint *now, struct err *e)
{
	if (now->size < s->checkpoint.size)
		return err_refused(e, "gate.checkpoint-older",
		                   "the log of %s had %llu entries, now %llu", now->origin,
		                   (unsigned long long)s->checkpoint.size,
		                   (unsigned long long)now->size);
	if (now->size == s->checkpoint.size && !hash_equal(&now->root, &s->checkpoint.root))
		return err_refused(e, "gate.checkpoint-forked",
		                   "the log of %s had another root at the same size", now->origin);
	return true;
}

/* The witnesses' time goes on. That of another quorum may be a little behind the last one's. */
static bool time_has_gone_on(const struct lease *last, const struct proven *p, struct err *e)
{
	if (p->granted >= last->granted - CLOCKS_APART_SECONDS)
		return true;
	return err_refused(e, "gate.quorum-time-older",
	                   "the witnesses' time was %lld s later when they were last heard",
	                   (long long)(last->granted - p->granted));
}

static bool lease_is_current(const struct standing *s, const struct lease_body *lease,
                             const struct instants *now, struct err *e)
{
	if (lease->use_log.size != s->claim.size ||
	    !hash_equal(&lease->use_log.root, &s->claim.root))
		return err_refused(e, "gate.lease-other-use-log",
		                   "it acknowledges another use log than was claimed");
	/* What is on the log for all to see must not claim a signature that was not given. */
	if ((lease->has_session ? lease->session : 0) != s->pending_session)
		return err_refused(e, "gate.lease-other-session",
		                   "it says another of how its request was authenticated");
	if ((now->boot - s->pending_drawn_at) / NANOSECONDS >= 0 &&
	    (uint64_t)((now->boot - s->pending_drawn_at) / NANOSECONDS) >= lease->ttl_seconds)
		return err_refused(e, "gate.lease-expired",
		                   "it came after its %llu seconds: renew again",
		                   (unsigned long long)lease->ttl_seconds);
	return true;
}

static bool judge(const struct proviso_gate *g, const struct proven *p, const struct instants *now,
                  struct err *e)
{
	const struct standing *s = &g->state.standings[p->authority];
	const struct record *r = &p->record;
	if (!answers_request(g, s, r, e))
		return false;
	if (r->kind == KIND_LEASE && r->body.lease.sequence <= s->sequence)
		return err_refused(e, "gate.lease-older", "lease %llu is not after lease %llu",
		                   (unsigned long long)r->body.lease.sequence,
		                   (unsigned long long)s->sequence);
	return log_has_grown(s, &p->checkpoint, e) &&
	       (g->system.trusts[p->authority].policy == NULL ||
	        time_has_gone_on(&g->leases[p->authority], p, e)) &&
	       (r->kind != KIND_LEASE || lease_is_current(s, &r->body.lease, now, e));
}

/* What is remembered when the reply is taken. */
static void step(struct proviso_gate *g, const struct proven *p, const struct instants *now,
                 struct standing *s)
{
	s->pending = false;
	s->checkpoint.size = p->checkpoint.size;
	s->checkpoint.root = p->checkpoint.root;
	s->reply = p->reply;
	s->drawn_at = s->pending_drawn_at;
	s->accepted_at = *now;
	memcpy(s->boot_id, g->clock.boot_id, BOOT_ID);
	s->held = HELD_REFUSAL;
	if (p->record.kind != KIND_LEASE) {
		s->session = 0;
		return;
	}
	s->held = HELD_LEASE;
	if (s->pending_session == 0) {
		s->session = p->record.body.lease.sequence;
		memcpy(s->session_nonce, s->nonce, RENEWAL_NONCE);
		memcpy(s->session_boot_id, g->clock.boot_id, BOOT_ID);
	}
	s->sequence = p->record.body.lease.sequence;
	s->acknowledged = s->claim;
	s->claims = false;
}

/* The use log says it first: counting begins there when it is read again. */
static bool record_reply(struct proviso_gate *g, const struct proven *p, struct err *e)
{
	pthread_mutex_lock(&g->lock);
	uint8_t *to = uselog_room(&g->log, USELOG_USE_MAX);
	if (to != NULL && p->record.kind == KIND_LEASE)
		uselog_commit(&g->log,
		              uselog_body_lease(to, p->authority, p->record.body.lease.sequence,
		                                &p->record.id));
	else if (to != NULL)
		uselog_commit(&g->log, uselog_body_refusal(to, p->authority, &p->record.id));
	enum uselog_health health = g->log.health;
	pthread_mutex_unlock(&g->lock);
	if (to != NULL)
		return true;
	err_environment(e, "the reply cannot be recorded in the use log");
	e->rule = health == USELOG_FULL ? "gate.use-log-full" : "gate.use-log-damaged";
	return false;
}

static void put_in_force(struct proviso_gate *g, size_t authority, struct lease *lease,
                         const struct standing *s)
{
	struct lease old = g->leases[authority];
	struct force before = g->force;
	pthread_mutex_lock(&g->lock);
	g->leases[authority] = *lease;
	g->state.standings[authority] = *s;
	force_make(&g->force, g->leases, g->state.standings, g->system.authority_count,
	           g->clock.boot_id);
	for (uint32_t i = 0; i < g->labels.count; i++)
		g->marks[i] = force_mark(&g->force, g->labels.at[i]);
	pthread_mutex_unlock(&g->lock);
	force_free(&before);
	lease_free(&old);
}

static bool take_reply(struct proviso_gate *g, struct proven *p, struct err *e)
{
	struct instants now;
	size_t authority = p->authority;
	struct standing next = g->state.standings[authority];
	struct state_file file = g->state;
	struct lease lease = {0};
	clock_read(&g->clock, &now);
	if (!judge(g, p, &now, e) || !record_reply(g, p, e))
		return false;
	step(g, p, &now, &next);
	file.standings[authority] = next;
	if (!lease_make(p, &lease, e) || !state_write(g->dir, &g->system, &file, e)) {
		lease_free(&lease);
		return false;
	}
	put_in_force(g, authority, &lease, &next);
	if (next.held == HELD_LEASE)
		return true;
	const struct refusal_body *refusal = &g->leases[authority].refusal;
	return err_refused(e, "gate.lease-refused", "%s refused to renew: %s (%s)",
	                   g->system.authorities[authority].name, refusal->reason, refusal->code);
}

/* --- What comes beside an answer ---------------------------------------------------------------
 */

static bool changes_authority(const struct proviso_gate *g, struct bytes changes, size_t *out,
                              struct err *e)
{
	owned_arena arena = {0};
	struct log_changes parsed;
	struct record first;
	if (!changes_parse(&arena, changes, &parsed, e) ||
	    !record_decode(&arena, parsed.at[0].records[0], &first, e))
		return false;
	for (*out = 0; *out < g->system.authority_count; (*out)++)
		if (strcmp(g->system.authorities[*out].name, first.claims.subject) == 0)
			return true;
	return err_refused(e, "gate.change-other-origin", "%s is no authority of this system",
	                   first.claims.subject);
}

/* On the disk before it counts. */
static bool take_changes(struct proviso_gate *g, struct bytes changes, struct err *e)
{
	struct trust all[PROVISO_AUTHORITIES_MAX], next, before;
	size_t at;
	if (!changes_authority(g, changes, &at, e) ||
	    !trust_follow(&g->system.trusts[at], &g->state.standings[at].checkpoint, changes, &next,
	                  e))
		return false;
	memcpy(all, g->system.trusts, sizeof all);
	all[at] = next;
	if (!trusts_write(g->dir, all, g->system.authority_count, e)) {
		arena_free(&next.arena);
		return false;
	}
	before = g->system.trusts[at];
	pthread_mutex_lock(&g->lock);
	g->system.trusts[at] = next;
	g->system.authorities[at] = next.key;
	pthread_mutex_unlock(&g->lock);
	arena_free(&before.arena);
	return true;
}

/*
 * Changes first: the answer may be by what they say. Where they do not hold they change nothing,
 * and the answer is judged as ever.
 */
static bool take_both(struct proviso_gate *g, struct bytes both, struct err *e)
{
	struct bytes reply, changes;
	struct proven p;
	struct err why = {0};
	changes_apart(both, &reply, &changes);
	bool changed = changes.len > 0 && take_changes(g, changes, &why);
	if (changed && reply.len == 0)
		return err_refused(
		    e, "gate.renew-again",
		    "the log goes on under another origin, which was followed: renew "
		    "again");
	bool is_answered = reply.len > 0 || changes.len == 0;
	bool good = is_answered && reply_prove(&g->system, reply, false, &p, e);
	if (good) {
		good = take_reply(g, &p, e);
		arena_free(&p.arena);
	}
	if (!good && changes.len > 0 && !changed)
		*e = why;
	return good;
}

bool proviso_gate_accept(struct proviso_gate *g, const void *reply, size_t size,
                         struct proviso_error *error)
{
	struct err e = {0};
	if (!may_renew(g, &e))
		return error_give(error, &e);
	if (g->remote != NULL)
		return remote_accept(g, bytes_of(reply, size), error);
	pthread_mutex_lock(&g->renewing);
	bool good = take_both(g, bytes_of(reply, size), &e);
	pthread_mutex_unlock(&g->renewing);
	return good || error_give(error, &e);
}
