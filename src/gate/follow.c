#include "follow.h"

#include "base/file.h"
#include "log/changes.h"
#include "record/cbor.h"
#include "record/record.h"
#include "system.h"

#define FOLLOWED_KIND "proviso-followed-1"

enum { FOLLOWED_MAX = PROVISO_AUTHORITIES_MAX * (ROSTER_MAX + POLICY_MAX + 4096) };

/* --- Copies -------------------------------------------------------------------------------- */

static const char *copy_text(struct arena *arena, const char *text)
{
	return text == NULL ? NULL : arena_copy(arena, text, strlen(text));
}

/* The gate has the key from elsewhere than the policy, whose lines may name an older one. */
static bool put_policy(struct trust *t, struct bytes text, struct err *e)
{
	struct policy *policy = arena_alloc(&t->arena, sizeof *policy);
	t->policy_text = bytes_copy(&t->arena, text);
	if (!policy_parse(&t->arena, t->policy_text, policy, e))
		return err_context(e, "the policy");
	if (policy_find_log(policy, &t->key) == NULL && policy->log_count < POLICY_LOGS)
		policy->logs[policy->log_count++] = (struct policy_log){.key = t->key};
	t->policy = policy;
	return true;
}

bool trust_copy(const struct trust *from, struct trust *out, struct err *e)
{
	*out = (struct trust){.key = from->key,
	                      .has_former = from->has_former,
	                      .former = from->former,
	                      .followed = from->followed};
	if (from->roster != NULL) {
		out->roster = arena_alloc(&out->arena, sizeof *out->roster);
		*out->roster = *from->roster;
	}
	for (size_t i = 0; from->roster != NULL && i < out->roster->count; i++) {
		struct roster_officer *o = &out->roster->at[i];
		o->holder = copy_text(&out->arena, o->holder);
		o->key.rp_id = copy_text(&out->arena, o->key.rp_id);
		o->key.origin = copy_text(&out->arena, o->key.origin);
	}
	return from->policy == NULL || put_policy(out, from->policy_text, e);
}

/* --- One change ---------------------------------------------------------------------------- */

struct following {
	struct trust *t;
	const struct tree_head *seen;
	struct record *records; /* of the change at hand */
	size_t count;
	struct err *e;
};

/* The officer who has signed; NULL: nobody who is known. */
static const struct roster_officer *signer_of(const struct following *f, const struct record *r)
{
	for (size_t i = 0; i < f->t->roster->count; i++) {
		const struct roster_officer *o = &f->t->roster->at[i];
		struct hash kid = key_id(&o->key.key);
		struct err why;
		if (hash_equal(&kid, &r->cose.kid) && record_verify(r, &o->key, &why))
			return o;
	}
	return NULL;
}

static uint64_t needed(const struct roster *roster)
{
	return roster->threshold < 2 ? 2 : roster->threshold;
}

/* Whoever is in favour: each a different officer, and enough of them. */
static bool judge_agreed(const struct following *f)
{
	const struct key_body *key = &f->records[0].body.key;
	const struct roster_officer *first = signer_of(f, &f->records[0]);
	uint64_t in_favour = 0;
	for (size_t i = 0; i < f->count; i++) {
		const struct roster_officer *by = signer_of(f, &f->records[i]);
		bool is_again = by == NULL;
		for (size_t k = 0; k < i && !is_again; k++)
			is_again = by == signer_of(f, &f->records[k]);
		if (is_again)
			return err_refused(f->e, "gate.change-not-agreed",
			                   "record %zu is by no officer known here who had not "
			                   "signed already",
			                   i + 1);
		in_favour++;
	}
	/* Everybody replaces or ends his own key. */
	if (key->role == ROLE_OFFICER && key->has_replaces && f->count == 1 &&
	    strcmp(first->holder, key->holder) == 0)
		return true;
	return in_favour >= needed(f->t->roster) ||
	       err_refused(f->e, "gate.change-not-agreed",
	                   "%llu officers have signed, and %llu must",
	                   (unsigned long long)in_favour, (unsigned long long)needed(f->t->roster));
}

static bool read_records(struct following *f, const struct log_change *c)
{
	f->count = c->count;
	f->records = arena_array(&f->t->arena, c->count, sizeof *f->records);
	for (size_t i = 0; i < c->count; i++) {
		struct record *r = &f->records[i];
		if (!record_decode(&f->t->arena, c->records[i], r, f->e))
			return false;
		bool fits = r->kind == (i == 0 ? KIND_KEY : KIND_APPROVAL) &&
		            (i == 0 || hash_equal(&r->body.approval.proposal, &f->records[0].id));
		if (!fits)
			return err_refused(f->e, "gate.change-not-agreed",
			                   "record %zu is neither a key record nor agrees to it",
			                   i + 1);
		if (strcmp(r->claims.subject, f->t->key.name) != 0)
			return err_refused(f->e, "gate.change-other-origin",
			                   "it is made to %s; the log followed is %s",
			                   r->claims.subject, f->t->key.name);
	}
	return true;
}

static void drop_officer(struct roster *roster, const char *holder)
{
	for (size_t i = 0; i < roster->count; i++)
		if (strcmp(roster->at[i].holder, holder) == 0) {
			roster->at[i] = roster->at[--roster->count];
			return;
		}
}

static bool take_officer(struct following *f, const struct key_body *key)
{
	struct roster *roster = f->t->roster;
	drop_officer(roster, key->holder);
	if (!key->has_public_key)
		return true;
	if (roster->count == ROSTER_OFFICERS)
		return err_refused(f->e, "gate.change-not-agreed", "there are too many officers");
	roster->at[roster->count++] = (struct roster_officer){
	    .key = {key->public_key, key->has_rp_id ? key->rp_id : NULL,
	            key->has_rp_id ? key->origin : NULL},
	    .holder = key->holder,
	};
	return true;
}

/* The old origin's end: signed, witnessed as it was demanded, and no less than was seen of it. */
static bool judge_end(const struct following *f, struct bytes note)
{
	struct trust *t = f->t;
	struct checkpoint end;
	struct policed policed;
	struct err why = {0};
	if (!checkpoint_open(&t->arena, note, &t->key, &end, &why))
		return err_refused(f->e, "gate.change-not-proven", "the end of %s: %.300s",
		                   t->key.name, why.text);
	if (t->policy != NULL && !policy_open(&t->arena, t->policy, note, &policed, &why))
		return err_refused(f->e, "gate.change-not-witnessed", "the end of %s: %.300s",
		                   t->key.name, why.text);
	if (end.size < f->seen->size ||
	    (end.size == f->seen->size && !hash_equal(&end.root, &f->seen->root)))
		return err_refused(f->e, "gate.origin-behind",
		                   "%s had %llu entries here, and is said to have ended at %llu "
		                   "or otherwise",
		                   t->key.name, (unsigned long long)f->seen->size,
		                   (unsigned long long)end.size);
	return true;
}

static bool take_origin(struct following *f, const struct key_body *key)
{
	struct trust *t = f->t;
	if (!key->has_public_key || !key->has_checkpoint ||
	    key->public_key.algorithm != KEY_ED25519 ||
	    strcmp(key->public_key.name, t->key.name) == 0)
		return err_refused(f->e, "gate.change-not-proven", "it begins no other origin");
	if (!judge_end(f, key->checkpoint))
		return false;
	t->has_former = true;
	t->former = t->key;
	t->key = key->public_key;
	return t->policy == NULL || put_policy(t, t->policy_text, f->e);
}

static bool take_change(struct following *f, const struct log_change *c)
{
	if (c->index < f->t->followed)
		return err_refused(f->e, "gate.change-older",
		                   "entry %llu is no news: changes up to entry %llu are known",
		                   (unsigned long long)c->index,
		                   (unsigned long long)f->t->followed);
	if (!read_records(f, c) || !judge_agreed(f))
		return false;
	const struct key_body *key = &f->records[0].body.key;
	f->t->followed = c->index + 1;
	switch (key->role) {
	case ROLE_OFFICER:
		return take_officer(f, key);
	case ROLE_AUTHORITY:
		return take_origin(f, key);
	case ROLE_WITNESSES:
		if (key->has_policy)
			return put_policy(f->t, bytes_text(key->policy), f->e);
		break;
	default:
		break;
	}
	return err_refused(f->e, "gate.change-not-agreed", "it is nothing that a gate follows");
}

/* --- All of them --------------------------------------------------------------------------- */

/* By the log's key after them, and by the witnesses demanded before. */
static bool judge_proven(const struct trust *before, struct trust *t, const struct tree_head *seen,
                         const struct log_changes *changes, struct err *e)
{
	struct checkpoint head;
	struct policed policed;
	struct note *note = arena_alloc(&t->arena, sizeof *note);
	struct err why = {0};
	if (!checkpoint_open(&t->arena, changes->checkpoint, &t->key, &head, &why) ||
	    !note_parse(&t->arena, changes->checkpoint, note, &why))
		return err_refused(e, "gate.change-not-proven", "%.400s", why.text);
	if (before->policy != NULL && !policy_quorum(before->policy, note, &policed, &why))
		return err_refused(e, "gate.change-not-witnessed", "%.400s", why.text);
	if (head.size < seen->size ||
	    (head.size == seen->size && !hash_equal(&head.root, &seen->root)))
		return err_refused(e, "gate.change-not-proven", "the log was longer, or another");
	for (size_t i = 0; i < changes->count; i++) {
		const struct log_change *c = &changes->at[i];
		struct hash leaf = merkle_leaf(c->records[c->count - 1]);
		if (!merkle_verify_inclusion(&leaf, c->index, head.size, c->inclusion.at,
		                             c->inclusion.count, &head.root, &why))
			return err_refused(e, "gate.change-not-proven", "entry %llu: %.300s",
			                   (unsigned long long)c->index, why.text);
	}
	return true;
}

static bool follow_all(const struct trust *now, const struct tree_head *seen, struct bytes file,
                       struct trust *next, struct err *e)
{
	struct log_changes changes;
	struct following f = {.t = next, .seen = seen, .e = e};
	if (now->roster == NULL)
		return err_refused(e, "gate.change-not-agreed",
		                   "this system was given no officers whom it could follow");
	if (!trust_copy(now, next, e) ||
	    !changes_parse(&next->arena, bytes_copy(&next->arena, file), &changes, e))
		return false;
	for (size_t i = 0; i < changes.count; i++)
		if (!take_change(&f, &changes.at[i]))
			return false;
	return judge_proven(now, next, seen, &changes, e);
}

bool trust_follow(const struct trust *now, const struct tree_head *seen, struct bytes file,
                  struct trust *next, struct err *e)
{
	struct trust made = {0};
	*next = (struct trust){0};
	/* What the judging needed is left behind. */
	bool good = follow_all(now, seen, file, &made, e) && trust_copy(&made, next, e);
	arena_free(&made.arena);
	if (!good)
		arena_free(&next->arena);
	return good;
}

/* --- The file ------------------------------------------------------------------------------ */

static void put_trust(struct buffer *b, struct arena *arena, const struct trust *t)
{
	cbor_array(b, 4);
	cbor_text(b, key_line(arena, &t->key));
	cbor_text(b, t->has_former ? key_line(arena, &t->former) : "");
	cbor_bytes(b, t->policy_text);
	cbor_bytes(b, t->roster == NULL
	                  ? (struct bytes){0}
	                  : roster_format(arena, t->key.name, t->roster, t->followed));
}

bool trusts_write(const char *dir, const struct trust trusts[], size_t count, struct err *e)
{
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	cbor_array(&b, count);
	for (size_t i = 0; i < count; i++)
		put_trust(&b, &arena, &trusts[i]);
	return sealed_write(dir, "followed", FOLLOWED_KIND, buffer_view(&b), e);
}

static bool take_trust(struct cbor_reader *r, struct trust *t, struct err *e)
{
	const char *origin;
	if (cbor_read_array(r) != 4)
		return cbor_fail(r, "gate.system-damaged", "not what was followed");
	struct bytes key = cbor_read_text(r), former = cbor_read_text(r),
	             policy = cbor_read_bytes(r), roster = cbor_read_bytes(r);
	if (r->bad)
		return false;
	t->has_former = former.len > 0;
	if (!key_line_parse(key, &t->key, e) ||
	    (t->has_former && !key_line_parse(former, &t->former, e)))
		return false;
	if (roster.len > 0) {
		t->roster = arena_alloc(&t->arena, sizeof *t->roster);
		if (!roster_parse(&t->arena, roster, &origin, t->roster, &t->followed, e))
			return false;
	}
	/* Where none was written then, that of the system's own file is what it demands. */
	return policy.len == 0 || put_policy(t, policy, e);
}

bool trusts_load(const char *dir, struct trust trusts[], size_t count, struct err *e)
{
	owned_arena arena = {0};
	struct bytes content;
	if (!file_exists(arena_printf(&arena, "%s/followed", dir)))
		return true;
	if (!sealed_read(&arena, dir, "followed", FOLLOWED_KIND, FOLLOWED_MAX,
	                 "gate.system-damaged", &content, e))
		return false;
	struct cbor_reader r = cbor_reader(content, e);
	if (cbor_read_array(&r) != count)
		return cbor_fail(&r, "gate.system-damaged", "of another number of authorities");
	for (size_t i = 0; i < count; i++)
		if (!take_trust(&r, &trusts[i], e))
			return false;
	return cbor_done(&r);
}
