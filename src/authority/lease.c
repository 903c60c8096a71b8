/*
 * Leases: judged when a system asks (lease_judge), and again when the lease comes to the log
 * (judge_lease). The second is what an audit replays: it believes nothing of the first.
 */
#include <assert.h>

#include "judge.h"
#include "log/merkle.h"

/* --- The scope in force, kept as text -------------------------------------------------------- */

/*
 * Brings the text in the entry up to date. It is up to date when no record that moves scopes
 * came since (the log's generation) and no restriction ended meanwhile (good_before).
 */
static bool refresh_scope(const struct state *state, const struct hash *system, int64_t now,
                          uint64_t generation, struct arena *arena, struct changes *refresh,
                          struct lease_entry *l, struct err *e)
{
	if (l->generation == generation && now < l->good_before)
		return true;
	struct bound bound;
	if (!bound_now(state, system, now, arena, refresh, &bound, e))
		return false;
	l->generation = generation;
	l->good_before = bound.good_before;
	l->lease_seconds = bound.lease_seconds;
	l->scope = bytes_text(scope_text(arena, bound.scope));
	return true;
}

static bool is_over(const struct scope *scope, int64_t now)
{
	return scope->none || now >= scope->until;
}

/* --- On the log ------------------------------------------------------------------------------ */

static bool judge_head(struct judge *j, const struct lease_entry *last)
{
	const struct lease_body *lease = &j->record->body.lease;
	if (!hash_equal(&lease->device, &last->device))
		return err_refused(j->e, "lease.device",
		                   "it is for a device that is not the system's");
	if (lease->sequence != last->sequence + 1)
		return err_refused(j->e, "lease.sequence", "lease no. %llu follows no. %llu",
		                   (unsigned long long)lease->sequence,
		                   (unsigned long long)last->sequence);
	if (lease->counter <= last->counter)
		return err_refused(j->e, "lease.counter", "counter %llu was used; the last is %llu",
		                   (unsigned long long)lease->counter,
		                   (unsigned long long)last->counter);
	bool is_same_size = lease->use_log.size == last->use_log.size;
	if (lease->use_log.size < last->use_log.size ||
	    (is_same_size && last->sequence > 0 &&
	     !hash_equal(&lease->use_log.root, &last->use_log.root)))
		return err_refused(
		    j->e, "lease.use-log",
		    "a use log of %llu entries was acknowledged; this is another, of %llu",
		    (unsigned long long)last->use_log.size,
		    (unsigned long long)lease->use_log.size);
	return true;
}

static bool judge_lease_scope(struct judge *j, const struct lease_entry *entry)
{
	const struct lease_body *lease = &j->record->body.lease;
	const struct scope *bound = lease->scope;
	/* Almost always the lease is the very scope in force: then the two texts are the same. */
	bool is_all = bytes_equal(bytes_text(scope_text(j->arena, bound)), entry->scope);
	if (!is_all) {
		struct bound worked_out;
		if (!bound_now(j->state, &lease->system, j->now, j->arena, NULL, &worked_out, j->e))
			return false;
		bound = worked_out.scope;
	}
	if (is_over(bound, j->now))
		return err_refused(j->e, "lease.nothing-in-force",
		                   "nothing is in force for the system");
	if (!is_all && !judge_within(j, "lease.widens", "what is in force", bound, lease->scope))
		return false;
	if (lease->ttl_seconds == 0 || lease->ttl_seconds > entry->lease_seconds)
		return err_refused(j->e, "lease.ttl",
		                   "it lasts %llu s; the licence gives 1 to %llu",
		                   (unsigned long long)lease->ttl_seconds,
		                   (unsigned long long)entry->lease_seconds);
	return true;
}

/*
 * A system says in each request which answer it has had last. Only the last one given can be
 * news: an older one was told of before, or was never the last that came.
 */
static bool take_heard(bool has, uint64_t counter, struct lease_entry *entry)
{
	bool is_last = has && entry->counter > 0 && counter == entry->counter;
	if (!is_last || entry->heard > entry->answer)
		return false;
	entry->heard = entry->answer + 1;
	return true;
}

static bool judge_lease_tags(struct judge *j)
{
	const struct lease_body *lease = &j->record->body.lease;
	bool has = log_has_tags(&j->log);
	if (lease->has_tags == has && (!has || hash_equal(&lease->tags, &j->log.tags)))
		return true;
	return err_refused(j->e, "lease.tags", "it names %s of tags; in force is %s",
	                   lease->has_tags ? short_id(j->arena, &lease->tags) : "no record",
	                   has ? short_id(j->arena, &j->log.tags) : "none");
}

/*
 * Which request was the last to be signed stands on the log: a lease whose request was not
 * names it, and any other begins a session anew.
 */
static bool judge_session(struct judge *j, struct lease_entry *entry)
{
	const struct lease_body *lease = &j->record->body.lease;
	int64_t at = j->record->claims.issued_at;
	if (!lease->has_session) {
		entry->session = lease->sequence;
		entry->session_began = at;
		memcpy(entry->session_nonce, lease->nonce.at, RENEWAL_NONCE);
		return true;
	}
	if (entry->session == 0 || lease->session != entry->session)
		return err_refused(j->e, "lease.session",
		                   "its request was not signed, and is of session %llu; the last "
		                   "was begun by lease "
		                   "no. %llu",
		                   (unsigned long long)lease->session,
		                   (unsigned long long)entry->session);
	return at - entry->session_began <= SESSION_SECONDS ||
	       err_refused(j->e, "lease.session", "its session is older than %d s",
	                   SESSION_SECONDS);
}

bool judge_lease(struct judge *j)
{
	const struct lease_body *lease = &j->record->body.lease;
	struct lease_entry entry;
	bool found;
	if (!lease_get(j->state, j->arena, &lease->system, &entry, &found, j->e))
		return false;
	if (!found)
		return err_refused(j->e, "lease.system-unknown", "no system %s is enrolled here",
		                   short_id(j->arena, &lease->system));
	if (!judge_head(j, &entry) ||
	    !refresh_scope(j->state, &lease->system, j->now, j->log.generation, j->arena, j->out,
	                   &entry, j->e) ||
	    !judge_lease_scope(j, &entry) || !judge_session(j, &entry) || !judge_lease_tags(j))
		return false;
	take_heard(lease->has_heard, lease->heard, &entry);
	entry.sequence = lease->sequence;
	entry.counter = lease->counter;
	entry.use_log = lease->use_log;
	entry.granted = j->record->claims.issued_at;
	entry.ttl_seconds = lease->ttl_seconds;
	entry.index = entry.answer = j->index;
	lease_put(j->out, &lease->system, &entry);
	return true;
}

bool judge_refusal(struct judge *j)
{
	const struct refusal_body *body = &j->record->body.refusal;
	struct device_entry device;
	struct refused_entry entry;
	struct lease_entry lease;
	bool found;
	if (!device_get(j->state, j->arena, &body->device, &device, &found, j->e))
		return false;
	if (!found)
		return err_refused(j->e, "refusal.device-unknown", "no device %s is enrolled here",
		                   short_id(j->arena, &body->device));
	if (!body->has_system || !hash_equal(&device.system, &body->system))
		return err_refused(j->e, "refusal.other-system", "the device is of another system");
	if (!lease_get(j->state, j->arena, &body->system, &lease, &found, j->e))
		return false;
	assert(found);
	if (!judge_get(j, ENTRY_REFUSED, "refused/", &body->system, &entry, &found))
		return false;
	bool is_news = take_heard(body->has_heard, body->heard, &lease);
	/* A request is answered once: refused today, it is granted nothing when it is sent again.
	 */
	if (body->counter > lease.counter) {
		lease.counter = body->counter;
		lease.answer = j->index;
		is_news = true;
	}
	if (is_news)
		lease_put(j->out, &body->system, &lease);
	entry = (struct refused_entry){
	    .id = j->record->id,
	    .code = body->code,
	    .reason = body->reason,
	    .at = j->now,
	    .count = found ? entry.count + 1 : 1,
	};
	return judge_put(j, ENTRY_REFUSED, "refused/", &body->system, &entry);
}

/* --- When a system asks ----------------------------------------------------------------------- */

struct asking {
	const struct state *state;
	struct arena *arena;
	const struct renewal_body *body;
	int64_t now;
	struct hash system_id;
	const struct asker *asker;
	struct lease_entry last;
	const struct scope *scope;
	struct err *e;
};

static bool needs_signature(struct err *e, const char *why)
{
	return err_refused(e, "renewal.needs-signature", "%s: ask again with a signature", why);
}

static bool check_tag(const struct state *state, const struct record *request,
                      const struct device_entry *device, int64_t now,
                      const struct session_keys *keys, struct arena *arena, struct asker *out,
                      struct err *e)
{
	struct lease_entry last;
	uint8_t key[SESSION_KEY];
	bool found;
	if (!lease_get(state, arena, &device->system, &last, &found, e))
		return false;
	assert(found);
	if (last.session == 0 || keys == NULL || device->key.algorithm != KEY_ED25519)
		return needs_signature(e, "the system has no session");
	if (now - last.session_began > SESSION_SECONDS)
		return needs_signature(e, "its session has lasted a day");
	if (!keys->key(keys->ctx, &device->key, &request->cose.kid, last.session_nonce, key, e))
		return false;
	out->has_session = true;
	out->session = last.session;
	bool is_good = cose_mac_verify(&request->cose, key, e);
	memset(key, 0, sizeof key);
	return is_good || err_refused(e, "renewal.bad-tag",
	                              "the tag is not under the key of the session of system %s",
	                              short_id(arena, &device->system));
}

/* It was made under an origin that the log had before: whoever asks has to be told. */
static bool is_made_before(const struct state *state, const struct log_entry *log,
                           const struct record *request, struct arena *arena, struct err *e)
{
	bool was_before;
	if (!state_has(state, arena, key_text(arena, "origin/", request->claims.subject),
	               &was_before, e))
		return false;
	return was_before ? err_refused(e, "renewal.origin-ended", "the log of %s goes on as %.*s",
	                                request->claims.subject, (int)log->origin.len,
	                                (const char *)log->origin.at)
	                  : is_made_here(log, request, e);
}

bool lease_asker(const struct state *state, const struct record *request, int64_t now,
                 const struct session_keys *keys, struct arena *arena, struct asker *out,
                 struct err *e)
{
	struct log_entry log;
	struct device_entry device;
	bool found;
	if (request->kind != KIND_RENEWAL)
		return err_refused(e, "renewal.not-a-request", "a %s asks for no lease",
		                   record_kind(request->kind)->name);
	if (!log_get(state, arena, &log, e) ||
	    !device_get(state, arena, &request->cose.kid, &device, &found, e))
		return false;
	if (!found)
		return err_refused(e, "renewal.unknown-device", "no device %s is enrolled here",
		                   short_id(arena, &request->cose.kid));
	*out = (struct asker){.system = device.system};
	if (!is_made_here(&log, request, e))
		return is_made_before(state, &log, request, arena, e);
	if (request->cose.algorithm == COSE_HMAC_256)
		return check_tag(state, request, &device, now, keys, arena, out, e);
	return cose_verify(&request->cose, &device.key, e) ||
	       err_refused(e, "record.bad-signature",
	                   "the signature is not by the device of system %s",
	                   short_id(arena, &device.system));
}

/*
 * The use log only grows. A request repeated because its answer was lost shows the head that
 * was acknowledged; otherwise the proof leads from that head to the one shown.
 */
static bool judge_use_log(struct asking *a)
{
	const struct renewal_body *body = a->body;
	const struct tree_head *known = &a->last.use_log;
	struct err why;
	if (body->use_log.size < known->size)
		return err_refused(a->e, "renewal.use-log-shrank",
		                   "%llu entries were acknowledged; the use log has %llu",
		                   (unsigned long long)known->size,
		                   (unsigned long long)body->use_log.size);
	if (a->last.sequence == 0)
		return true;
	bool grew = body->use_log.size > known->size;
	if (!grew ? !hash_equal(&body->use_log.root, &known->root)
	          : body->acknowledged != known->size ||
	                !merkle_verify_consistency(known->size, &known->root, body->use_log.size,
	                                           &body->use_log.root, body->consistency.at,
	                                           body->consistency.count, &why))
		return err_refused(a->e, "renewal.use-log-forked",
		                   "the use log does not continue the %llu entries acknowledged",
		                   (unsigned long long)known->size);
	return true;
}

static bool judge_continuity(struct asking *a)
{
	if (a->body->counter <= a->last.counter)
		return err_refused(
		    a->e, "renewal.counter-reused",
		    "counter %llu was used; the last is %llu (a copy of the system?)",
		    (unsigned long long)a->body->counter, (unsigned long long)a->last.counter);
	if (a->body->last_sequence > a->last.sequence)
		return err_refused(a->e, "renewal.lease-unknown",
		                   "it says it holds lease no. %llu; the last granted is no. %llu",
		                   (unsigned long long)a->body->last_sequence,
		                   (unsigned long long)a->last.sequence);
	return judge_use_log(a);
}

static const char *blame_code(enum operand_kind kind)
{
	switch (kind) {
	case OPERAND_STATUS:
		return "renewal.surrendered";
	case OPERAND_MEASURE:
		return "renewal.measure";
	case OPERAND_HIT:
		return "renewal.hit";
	case OPERAND_SUPERSEDED:
		return "renewal.superseded";
	case OPERAND_DEFINITIONS:
	case OPERAND_DECLARATION:
	case OPERAND_OFFENCES:
	case OPERAND_LICENCE:
		break;
	}
	return "renewal.out-of-time";
}

/* Which statement leaves nothing: the first of the kind that is named first. */
static bool refuse_by_blame(struct asking *a, int64_t usable_before)
{
	static const enum operand_kind order[] = {
	    OPERAND_STATUS,     OPERAND_MEASURE,     OPERAND_HIT,
	    OPERAND_SUPERSEDED, OPERAND_DECLARATION, OPERAND_LICENCE,
	};
	struct effective all;
	if (!effective(a->state, &a->system_id, a->now, true, a->arena, &all, a->e))
		return false;
	for (size_t k = 0; k < sizeof order / sizeof *order; k++)
		for (size_t i = 0; i < all.operand_count; i++) {
			const struct operand *o = &all.operands[i];
			if (o->kind != order[k])
				continue;
			if (is_over(o->scope, a->now) || o->scope->from >= usable_before)
				return err_refused(a->e, blame_code(o->kind), "%.80s: %.350s",
				                   o->title, o->words);
		}
	return err_refused(a->e, "renewal.nothing-in-force",
	                   "the statements in force leave nothing in common now");
}

static bool judge_in_force(struct asking *a, uint64_t generation)
{
	if (!refresh_scope(a->state, &a->system_id, a->now, generation, a->arena, NULL, &a->last,
	                   a->e))
		return false;
	if (a->last.scope.len > SCOPE_TEXT_MAX)
		return err_refused(a->e, "renewal.too-large",
		                   "the scope in force needs more than %d bytes of text",
		                   SCOPE_TEXT_MAX);
	struct scope_known *known = a->state->known;
	if (!(known != NULL ? scope_parse_known(known, a->last.scope, &a->scope, a->e)
	                    : scope_parse(a->arena, a->last.scope, &a->scope, a->e)))
		return false;
	int64_t usable_before = a->now + (int64_t)a->last.lease_seconds;
	if (is_over(a->scope, a->now) || a->scope->from >= usable_before)
		return refuse_by_blame(a, usable_before);
	return true;
}

static void fill_lease(const struct asking *a, const struct log_entry *log, struct lease_body *out)
{
	*out = (struct lease_body){
	    .system = a->system_id,
	    .device = a->last.device,
	    .sequence = a->last.sequence + 1,
	    .scope = a->scope,
	    .ttl_seconds = a->last.lease_seconds,
	    .nonce = a->body->nonce,
	    .counter = a->body->counter,
	    .use_log = a->body->use_log,
	    .has_heard = a->body->has_heard,
	    .heard = a->body->heard,
	    .has_session = a->asker->has_session,
	    .session = a->asker->session,
	    .has_tags = log_has_tags(log),
	    .tags = log->tags,
	};
}

bool lease_judge(const struct state *state, const struct asker *asker,
                 const struct renewal_body *asked, int64_t now, struct arena *arena,
                 enum record_kind *kind, union record_body *body, struct err *e)
{
	struct asking a = {
	    .state = state, .arena = arena, .asker = asker, .body = asked, .now = now, .e = e};
	struct log_entry log;
	bool found;
	a.system_id = asker->system;
	if (!log_get(state, arena, &log, e) ||
	    !lease_get(state, arena, &a.system_id, &a.last, &found, e))
		return false;
	assert(found);
	if (asker->has_session && asker->session != a.last.session)
		return needs_signature(e, "another session was begun meanwhile");
	if (judge_continuity(&a) && judge_in_force(&a, log.generation)) {
		*kind = KIND_LEASE;
		fill_lease(&a, &log, &body->lease);
		return true;
	}
	if (e->kind != ERR_REFUSED)
		return false;
	*kind = KIND_REFUSAL;
	body->refusal = (struct refusal_body){
	    .has_system = true,
	    .system = a.system_id,
	    .device = a.last.device,
	    .code = e->rule,
	    .reason = arena_copy(arena, e->text, strlen(e->text)),
	    .nonce = a.body->nonce,
	    .counter = a.body->counter,
	    .has_heard = a.body->has_heard,
	    .heard = a.body->heard,
	};
	return true;
}
