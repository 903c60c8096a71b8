#include <assert.h>
#include <stdlib.h>

#include "parts.h"

/* --- Subjects ------------------------------------------------------------------------------ */

static size_t place_of(const struct subjects *s, const uint8_t tag[PROVISO_TAG_SIZE])
{
	static const uint8_t free_place[PROVISO_TAG_SIZE];
	uint64_t spread;
	memcpy(&spread, tag, sizeof spread); /* a keyed hash: as good as random */
	size_t at = (size_t)spread & s->mask;
	while (memcmp(s->tags[at], tag, PROVISO_TAG_SIZE) != 0 &&
	       memcmp(s->tags[at], free_place, PROVISO_TAG_SIZE) != 0)
		at = (at + 1) & s->mask;
	return at;
}

bool subjects_have_room(const struct subjects *s, const uint8_t tag[PROVISO_TAG_SIZE])
{
	return s->limit == 0 || s->count < s->limit ||
	       memcmp(s->tags[place_of(s, tag)], tag, PROVISO_TAG_SIZE) == 0;
}

void subjects_add(struct subjects *s, const uint8_t tag[PROVISO_TAG_SIZE])
{
	if (s->limit == 0 || s->count >= s->limit)
		return;
	size_t at = place_of(s, tag);
	if (memcmp(s->tags[at], tag, PROVISO_TAG_SIZE) != 0) {
		memcpy(s->tags[at], tag, PROVISO_TAG_SIZE);
		s->count++;
	}
}

static uint64_t limit_of(const struct scope *scope, const char *name)
{
	for (size_t i = 0; i < scope->limit_count; i++)
		if (strcmp(scope->limits[i].name, name) == 0)
			return scope->limits[i].maximum;
	return 0;
}

static bool subjects_start(struct subjects *s, uint64_t limit, struct err *e)
{
	*s = (struct subjects){.limit = limit < SUBJECTS_MAX ? limit : SUBJECTS_MAX};
	if (s->limit == 0)
		return true;
	size_t places = 16;
	while (places < 2 * s->limit)
		places *= 2;
	s->mask = places - 1;
	s->tags = calloc(places, sizeof *s->tags); /* large ones are zero pages until touched */
	return s->tags != NULL ||
	       err_environment(e, "no memory to count %llu subjects", (unsigned long long)s->limit);
}

/* --- Replies ------------------------------------------------------------------------------- */

/* What is held already may be of the origin before today's: it ends at its own time. */
static bool find_authority(const struct system *system, const char *origin, bool is_held,
                           size_t *out, const struct public_key **key, struct err *e)
{
	for (size_t i = 0; i < system->authority_count; i++) {
		const struct trust *t = &system->trusts[i];
		bool is_former = is_held && t->has_former && strcmp(t->former.name, origin) == 0;
		if (!is_former && strcmp(system->authorities[i].name, origin) != 0)
			continue;
		*out = i;
		*key = is_former ? &t->former : &system->authorities[i];
		return true;
	}
	return err_refused(e, "gate.lease-other-authority", "%s is no authority of this system",
	                   origin);
}

/* The witnesses come on top of the authority's signature, and bring their time. */
static bool prove_witnessed(const struct system *system, struct bytes note, struct proven *out,
                            struct err *e)
{
	struct policed policed;
	const struct policy *policy = system->trusts[out->authority].policy;
	out->granted = out->late = out->record.claims.issued_at;
	if (policy == NULL)
		return true;
	if (!policy_open(&out->arena, policy, note, &policed, e)) {
		e->kind = ERR_REFUSED;
		e->rule = "gate.lease-not-witnessed";
		return err_context(e, "not witnessed as the policy asks");
	}
	if (policy->quorum != POLICY_NONE) {
		out->granted = policed.time;
		out->late = policed.late;
	}
	return true;
}

static bool prove(const struct system *system, struct bytes reply, bool is_held, struct proven *out,
                  struct err *e)
{
	const struct public_key *key = NULL;
	struct bytes entry, file;
	struct log_proof proof;
	out->reply = bytes_copy(&out->arena, reply);
	if (!reply_parse(out->reply, &entry, &file, e) ||
	    !proof_parse(&out->arena, file, &proof, e) ||
	    !record_decode(&out->arena, entry, &out->record, e))
		return false;
	const struct record *r = &out->record;
	if (r->kind != KIND_LEASE && r->kind != KIND_REFUSAL)
		return err_refused(e, "reply.not-an-answer",
		                   "a %s is neither a lease nor a refusal",
		                   record_kind(r->kind)->name);
	if (!find_authority(system, r->claims.subject, is_held, &out->authority, &key, e))
		return false;
	if (!proof_verify(&out->arena, &proof, entry, key, &out->checkpoint, e)) {
		e->kind = ERR_REFUSED;
		e->rule = "gate.lease-not-proven";
		return err_context(e, "not proven to be on the log of %s", r->claims.subject);
	}
	if (!prove_witnessed(system, proof.checkpoint, out, e))
		return false;
	const struct hash *device =
	    r->kind == KIND_LEASE ? &r->body.lease.device : &r->body.refusal.device;
	struct hash own = key_id(&system->device.public);
	return hash_equal(device, &own) ||
	       err_refused(e, "gate.lease-other-device", "the %s is for another device than %s",
	                   record_kind(r->kind)->name, system->serial);
}

bool reply_prove(const struct system *system, struct bytes reply, bool is_held, struct proven *out,
                 struct err *e)
{
	*out = (struct proven){0};
	if (prove(system, reply, is_held, out, e))
		return true;
	arena_free(&out->arena);
	return false;
}

/* --- A lease ------------------------------------------------------------------------------- */

bool lease_make(struct proven *p, struct lease *out, struct err *e)
{
	*out = (struct lease){
	    .arena = p->arena, .id = p->record.id, .granted = p->granted, .late = p->late};
	p->arena = (struct arena){0};
	if (p->record.kind == KIND_REFUSAL) {
		out->code = PROVISO_LEASE_REFUSED;
		out->refusal = p->record.body.refusal;
		return true;
	}
	out->body = p->record.body.lease;
	return subjects_start(&out->subjects, limit_of(out->body.scope, "subjects"), e);
}

bool lease_restore(const struct system *system, size_t authority, const struct standing *s,
                   const uint8_t boot_id[BOOT_ID], struct lease *out, struct err *e)
{
	*out = (struct lease){.code = PROVISO_NO_LEASE};
	if (s->held == HELD_NOTHING)
		return true;
	struct proven p;
	struct err why = {0};
	if (!reply_prove(system, s->reply, true, &p, &why)) {
		bool other = why.rule != NULL && strcmp(why.rule, "gate.lease-other-device") == 0;
		out->code = other ? PROVISO_OTHER_DEVICE : PROVISO_NOT_PROVEN;
		return true;
	}
	if (p.authority != authority || (p.record.kind == KIND_LEASE) != (s->held == HELD_LEASE)) {
		arena_free(&p.arena);
		out->code = PROVISO_NOT_PROVEN;
		return true;
	}
	bool good = lease_make(&p, out, e);
	if (out->code == PROVISO_ALLOWED && out->body.sequence != s->sequence)
		out->code = PROVISO_OLDER_LEASE;
	if (out->code == PROVISO_ALLOWED && memcmp(s->boot_id, boot_id, BOOT_ID) != 0)
		out->code = PROVISO_OTHER_BOOT;
	return good;
}

void lease_free(struct lease *lease)
{
	arena_free(&lease->arena);
	free(lease->subjects.tags);
	*lease = (struct lease){.code = PROVISO_NO_LEASE};
}

/* --- All leases as one ---------------------------------------------------------------------- */

/* Boot time at which a clock that showed `shows` seconds at `at` shows `wanted`. */
static int64_t boot_when(int64_t at, int64_t shows, int64_t wanted)
{
	__extension__ typedef __int128 wide;
	wide when = at + ((wide)wanted - shows) * NANOSECONDS;
	return when > INT64_MAX ? INT64_MAX : when < INT64_MIN ? INT64_MIN : (int64_t)when;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * The lease was granted after its nonce was drawn and before its reply was accepted. So the
 * clock that began at the acceptance is never ahead, which is right for `from`, and the one
 * that began at the drawing never behind, which is right for `until` and the time to live.
 * Of an armed gate's clocks, which are the quorum's, both hold whatever the authority says.
 */
static void narrow_times(struct force *f, const struct lease *lease, const struct standing *s)
{
	const struct scope *scope = lease->body.scope;
	int64_t ttl =
	    lease->body.ttl_seconds < INT64_MAX ? (int64_t)lease->body.ttl_seconds : INT64_MAX;
	f->expires = earlier(f->expires, boot_when(s->drawn_at, 0, ttl));
	f->wall_ahead = later(f->wall_ahead, s->accepted_at.wall - s->accepted_at.boot);
	if (scope->from != SCOPE_NO_FROM)
		f->begins =
		    later(f->begins, boot_when(s->accepted_at.boot, lease->granted, scope->from));
	if (scope->until != SCOPE_NO_UNTIL)
		f->ends = earlier(f->ends, boot_when(s->drawn_at, lease->late, scope->until));
}

static void make_obligations(struct force *f)
{
	const struct scope_set *require = &f->scope->require;
	f->unmeetable |= require->count > PROVISO_WITH_MAX + 1;
	for (size_t i = 0; i < require->count && !f->unmeetable; i++) {
		f->required |= UINT64_C(1) << i;
		if (strcmp(require->at[i], "warrant") == 0)
			f->warrant = UINT64_C(1) << i;
		if (strcmp(require->at[i], "admission") == 0)
			f->admission = UINT64_C(1) << i;
	}
}

/* A subject has one tag: leases that demand it by different keys leave nothing. */
static void narrow_tags(struct force *f, const struct lease *lease)
{
	const struct scope_set *require = &lease->body.scope->require;
	bool admits = false;
	for (size_t i = 0; i < require->count; i++)
		admits |= strcmp(require->at[i], "admission") == 0;
	if (!admits)
		return;
	if (f->admits &&
	    (f->has_tags != lease->body.has_tags || !hash_equal(&f->tags, &lease->body.tags)))
		f->unmeetable = true;
	f->admits = true;
	f->has_tags = lease->body.has_tags;
	f->tags = lease->body.tags;
}

void force_make(struct force *f, const struct lease leases[], const struct standing standings[],
                size_t count, const uint8_t boot_id[BOOT_ID])
{
	*f = (struct force){.scope = count > 0 ? &scope_any : &scope_none,
	                    .expires = INT64_MAX,
	                    .begins = INT64_MIN,
	                    .ends = INT64_MAX,
	                    .wall_ahead = INT64_MIN};
	for (size_t i = 0; i < count; i++) {
		const struct lease *lease = &leases[i];
		if (lease->code != PROVISO_ALLOWED &&
		    (f->code == PROVISO_ALLOWED || lease->code < f->code))
			f->code = lease->code;
		f->scope = scope_meet(&f->arena, f->scope,
		                      lease->body.scope != NULL ? lease->body.scope : &scope_none);
		if (lease->body.scope != NULL)
			narrow_tags(f, lease);
		if (lease->body.scope != NULL &&
		    memcmp(standings[i].boot_id, boot_id, BOOT_ID) == 0)
			narrow_times(f, lease, &standings[i]);
	}
	if (leases[0].body.scope != NULL && memcmp(standings[0].boot_id, boot_id, BOOT_ID) == 0) {
		f->has_clock = true;
		f->granted = leases[0].granted;
		f->accepted = standings[0].accepted_at.boot;
	}
	make_obligations(f);
	f->uses_per_day = limit_of(f->scope, "uses-per-day");
	for (size_t i = 0; i < f->scope->limit_count; i++)
		if (strcmp(f->scope->limits[i].name, "subjects") != 0 &&
		    strcmp(f->scope->limits[i].name, "uses-per-day") != 0)
			f->unknown_limit = true;
}

void force_free(struct force *f)
{
	arena_free(&f->arena);
	*f = (struct force){.scope = &scope_none, .code = PROVISO_NO_LEASE};
}

static bool set_allows(const struct scope_set *set, const char *label)
{
	if (set->count == 0)
		return true;
	for (size_t i = 0; i < set->count; i++)
		if (scope_label_covers(set->at[i], label))
			return true;
	return false;
}

struct mark force_mark(const struct force *f, const char *label)
{
	struct mark mark = {0};
	for (unsigned i = 0; i < 3 && !f->scope->none; i++)
		if (set_allows(&f->scope->allow[i], label))
			mark.allowed |= (uint8_t)(1u << i);
	for (size_t i = 0; i < f->scope->require.count && !f->unmeetable; i++)
		if (strcmp(f->scope->require.at[i], label) == 0)
			mark.meets = UINT64_C(1) << i;
	mark.meets &= ~(f->warrant | f->admission); /* met by a warrant and a tag alone */
	return mark;
}
