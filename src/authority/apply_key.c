/* Keys: who speaks for whom, and since when no more. */
#include <assert.h>

#include "judge.h"

static bool key_known(struct judge *j, const struct hash *kid, bool *known)
{
	bool is_key, is_device;
	if (!state_has(j->state, j->arena, key_hash(j->arena, "key/", kid), &is_key, j->e) ||
	    !state_has(j->state, j->arena, key_hash(j->arena, "device/", kid), &is_device, j->e))
		return false;
	*known = is_key || is_device;
	return true;
}

/*
 * An https origin of the site or below it (WebAuthn section 5.1.3), without what JSON escapes:
 * `authority.example` may be signed for at `https://console.authority.example:8443`. Plain HTTP
 * is for this machine alone.
 */
static bool is_origin_of(const char *origin, const char *rp_id)
{
	bool is_local = strcmp(rp_id, "localhost") == 0;
	const char *scheme = is_local ? "http://" : "https://";
	size_t site = strlen(rp_id);
	if (strncmp(origin, scheme, strlen(scheme)) != 0)
		return false;
	const char *host = origin + strlen(scheme);
	size_t len = strcspn(host, ":"), port = strlen(host) - len;
	if (strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-.") != len ||
	    (port > 0 && (port == 1 || strspn(host + len + 1, "0123456789") != port - 1)))
		return false;
	return len >= site && strncmp(host + len - site, rp_id, site) == 0 &&
	       (len == site || host[len - site - 1] == '.');
}

static bool judge_passkey(struct judge *j, const struct key_body *body)
{
	if (!body->has_rp_id && !body->has_origin)
		return true;
	bool fits = body->has_rp_id && body->has_origin && body->has_public_key &&
	            body->role != ROLE_AUTHORITY && is_origin_of(body->origin, body->rp_id);
	return fits ||
	       err_refused(j->e, "key.passkey",
	                   "a passkey has a public key, an rp-id and an https origin of that site, "
	                   "and no authority's key is one");
}

static bool judge_until(struct judge *j, const struct key_body *body)
{
	bool fits =
	    !body->has_valid_until ||
	    (body->has_public_key && body->role != ROLE_AUTHORITY && body->valid_until > j->now);
	return fits ||
	       err_refused(j->e, "key.valid-until",
	                   "an end date is of a new key, not of the authority's, and ahead");
}

static bool put_key(struct judge *j, const struct key_body *body, const struct hash *record,
                    const struct hash *kid, bool is_imposed, struct holder_entry *holder)
{
	struct key_entry key = {
	    .role = body->role,
	    .holder = body->holder,
	    .has_country = body->has_country,
	    .country = body->country,
	    .public = body->public_key,
	    .record = *record,
	    .has_rp_id = body->has_rp_id,
	    .rp_id = body->rp_id,
	    .has_origin = body->has_origin,
	    .origin = body->origin,
	    .has_until = body->has_valid_until,
	    .until = body->valid_until,
	    .has_imposed = is_imposed,
	    .imposed = is_imposed,
	};
	holder->has_kid = true;
	holder->kid = *kid;
	if (body->has_country) {
		holder->has_country = true;
		holder->country = body->country;
	}
	change_put(j->out, key_hash(j->arena, "key-record/", record),
	           bytes_copy(j->arena, hash_bytes(kid)));
	return judge_put(j, ENTRY_KEY, "key/", kid, &key) &&
	       entry_put(j->out, ENTRY_HOLDER, key_holder(j->arena, body->role, body->holder),
	                 holder, j->e);
}

/* --- The first record --------------------------------------------------------------------- */

bool judge_first(struct judge *j)
{
	const struct record *r = j->record;
	const struct key_body *key = &r->body.key;
	if (r->kind != KIND_KEY || key->role != ROLE_AUTHORITY || !key->has_public_key ||
	    key->has_replaces)
		return err_refused(j->e, "record.first-is-authority",
		                   "a log begins with the key of its authority");
	const char *origin = key->public_key.name;
	if (key->public_key.algorithm != KEY_ED25519 || strcmp(origin, key->holder) != 0 ||
	    strcmp(origin, r->claims.subject) != 0 || strcmp(origin, r->claims.issuer) != 0)
		return err_refused(j->e, "key.origin",
		                   "the authority's key is an Ed25519 key with the log's origin as "
		                   "its name and holder");
	if (!key->has_threshold || key->threshold == 0)
		return err_refused(
		    j->e, "key.threshold",
		    "the authority's key says how many officers must agree, one at least");
	if (!cose_verify(&r->cose, &key->public_key, j->e))
		return err_refused(j->e, "record.bad-signature",
		                   "the authority's key signs itself");
	if (!judge_role(j, key) || !judge_passkey(j, key) || !judge_until(j, key))
		return false;
	struct hash kid = key_id(&key->public_key);
	struct holder_entry holder = {0};
	struct authority_entry authority = {
	    .origin = origin, .kid = kid, .threshold = key->threshold};
	return put_key(j, key, &r->id, &kid, false, &holder) &&
	       entry_put(j->out, ENTRY_AUTHORITY, bytes_text("authority"), &authority, j->e);
}

/* --- Keys after it ------------------------------------------------------------------------ */

struct key_change {
	const struct key_body *body;
	const struct hash *record; /* that says so: this one, or what it approves */
	uint64_t from;             /* the number of the entry that says so */
	bool is_imposed;           /* not all who are in favour are officers by others' consent */
	struct hash kid, old_kid;
	struct key_entry old; /* where the record replaces one */
	struct holder_entry holder;
};

/* Whoever has said a country keeps to it. */
static bool leaves_country(const struct key_body *now, bool had, const char *country)
{
	return had && (!now->has_country || strcmp(country, now->country) != 0);
}

static bool find_replaced(struct judge *j, struct key_change *c)
{
	bool found;
	struct bytes kid = {0};
	if (!c->body->has_replaces)
		return true;
	if (!j->state->get(j->state->ctx, key_hash(j->arena, "key-record/", &c->body->replaces),
	                   j->arena, &kid, j->e))
		return false;
	if (kid.at == NULL)
		return err_refused(j->e, "key.unknown", "no key record %s",
		                   short_id(j->arena, &c->body->replaces));
	memcpy(c->old_kid.at, kid.at, HASH_SIZE);
	if (!judge_get(j, ENTRY_KEY, "key/", &c->old_kid, &c->old, &found))
		return false;
	assert(found);
	if (c->old.has_ended)
		return err_refused(j->e, "key.already-ended", "that key was ended by record %s",
		                   short_id(j->arena, &c->old.ended));
	bool is_renamed =
	    c->body->role != ROLE_AUTHORITY && strcmp(c->old.holder, c->body->holder) != 0;
	if (c->old.role != c->body->role || is_renamed ||
	    leaves_country(c->body, c->old.has_country, c->old.country))
		return err_refused(j->e, "key.changes-holder",
		                   "the key it replaces is of another role, holder or country (%s)",
		                   c->old.holder);
	return true;
}

/* Whether the signer may say this of a key: doc/rules.md, "Who may sign what". */
static bool is_entitled(const struct judge *j, const struct key_change *c)
{
	return (j->signer.role == ROLE_AUTHORITY && !is_followed(c->body)) ||
	       (j->signer.role == ROLE_OFFICER &&
	        (c->body->role == ROLE_EXPORTER || c->body->role == ROLE_END_USER ||
	         c->body->role == ROLE_AUDITOR));
}

static bool is_own(const struct judge *j, const struct key_change *c)
{
	return c->body->has_replaces && hash_equal(&c->old_kid, &j->record->cose.kid);
}

/*
 * What else is the authority's alone, whose key is in a safe: as many officers as lift a measure
 * may register a colleague, give one who lost a device another key, or end one, and give the inbox
 * its key. What gates follow is theirs and not the authority's. A lone officer may none of it.
 */
static bool is_for_officers(const struct judge *j, const struct key_change *c)
{
	return j->signer.role == ROLE_OFFICER && !is_own(j, c) &&
	       (c->body->role == ROLE_OFFICER || c->body->role == ROLE_INBOX ||
	        is_followed(c->body)) &&
	       officers_needed_for_two(&j->authority) >= 2;
}

/* Everybody replaces or ends their own, but nobody gives himself more time. */
static bool judge_own(struct judge *j, const struct key_change *c)
{
	if (!is_own(j, c) || is_followed(c->body))
		return err_refused(j->e, "key.not-entitled",
		                   "%s may register or end no key of this role but its own",
		                   j->signer.holder);
	bool keeps = !c->old.has_until || !c->body->has_public_key ||
	             (c->body->has_valid_until && c->body->valid_until <= c->old.until);
	return keeps ||
	       err_refused(
	           j->e, "key.valid-until",
	           "the key that it replaces has an end date, and this one a later or none");
}

static bool judge_new_key(struct judge *j, struct key_change *c)
{
	bool known;
	c->kid = key_id(&c->body->public_key);
	if (!key_known(j, &c->kid, &known))
		return false;
	if (known)
		return err_refused(j->e, "key.in-use",
		                   "the key is registered already; a new one is needed");
	if (c->holder.has_kid && !c->body->has_replaces)
		return err_refused(j->e, "key.holder-has-key",
		                   "%s has a key; say which one this replaces", c->body->holder);
	if (leaves_country(c->body, c->holder.has_country, c->holder.country))
		return err_refused(j->e, "key.changes-holder", "%s is of %s, not of %s",
		                   c->body->holder, c->holder.country,
		                   c->body->has_country ? c->body->country : "no country");
	return true;
}

static bool judge_revocation(struct judge *j, const struct key_change *c)
{
	if (!c->body->has_reason)
		return err_refused(j->e, "key.needs-reason", "a revocation says why");
	bool counts = c->body->role == ROLE_OFFICER && (!c->old.has_until || c->old.until > j->now);
	if (counts && j->authority.officers <= j->authority.threshold)
		return err_refused(
		    j->e, "key.too-few-officers",
		    "%llu officers must be able to agree; register another one first",
		    (unsigned long long)j->authority.threshold);
	return true;
}

/* An officer's key that others than the authority's own have agreed to. */
static bool is_followed_officer(const struct judge *j, const struct key_change *c)
{
	return c->body->role == ROLE_OFFICER && !c->is_imposed && j->signer.role == ROLE_OFFICER;
}

static bool write_key(struct judge *j, struct key_change *c)
{
	if (c->body->role == ROLE_WITNESSES)
		put_witnesses(j, c->record);
	if (c->body->role == ROLE_AUTHORITY)
		put_next_origin(j, c->body, &c->kid);
	if (is_followed(c->body) || is_followed_officer(j, c))
		put_followed(j, c->record);
	if (c->body->has_replaces) {
		c->old.has_ended = true;
		c->old.ended = *c->record;
		if (!judge_put(j, ENTRY_KEY, "key/", &c->old_kid, &c->old))
			return false;
	}
	if ((is_followed(c->body) || is_followed_officer(j, c)) &&
	    !entry_put(j->out, ENTRY_AUTHORITY, bytes_text("authority"), &j->authority, j->e))
		return false;
	if (c->body->role == ROLE_WITNESSES)
		return true;
	if (c->body->has_public_key)
		return put_key(j, c->body, c->record, &c->kid, c->is_imposed, &c->holder);
	c->holder.has_kid = false;
	return entry_put(j->out, ENTRY_HOLDER, key_holder(j->arena, c->body->role, c->body->holder),
	                 &c->holder, j->e);
}

/* What must be so when it takes effect. */
static bool judge_effect(struct judge *j, struct key_change *c)
{
	bool found;
	if (c->body->role == ROLE_WITNESSES)
		return judge_witnesses(j, c->body);
	if (!judge_inbox(j, c->body) ||
	    (c->body->role == ROLE_AUTHORITY && !judge_next_origin(j, c->body, &c->old, c->from)))
		return false;
	if (!entry_get(j->state, j->arena, ENTRY_HOLDER,
	               key_holder(j->arena, c->body->role, c->body->holder), &c->holder, &found,
	               j->e))
		return false;
	return c->body->has_public_key ? judge_new_key(j, c) : judge_revocation(j, c);
}

static bool propose_key(struct judge *j)
{
	struct proposal_entry entry = {.proposer = j->signer.holder,
	                               .has_imposed = j->signer.has_imposed,
	                               .imposed = j->signer.has_imposed};
	return judge_put(j, ENTRY_PROPOSAL, "key-proposal/", &j->record->id, &entry);
}

/* The approvals of a new origin follow its proposal without anything between. */
static bool judge_unbroken(struct judge *j, const struct key_change *c, uint64_t in_favour)
{
	return c->body->role != ROLE_AUTHORITY || j->index == c->from + in_favour - 1 ||
	       err_refused(j->e, "key.checkpoint",
	                   "between the proposal and this approval something else was added");
}

static bool effect_key(struct judge *j, struct key_change *c, uint64_t in_favour)
{
	struct record_entry proposed;
	bool found;
	if (!judge_get(j, ENTRY_RECORD, "record/", c->record, &proposed, &found))
		return false;
	assert(found);
	c->from = proposed.index;
	if (judge_until(j, c->body) && find_replaced(j, c) && judge_unbroken(j, c, in_favour) &&
	    judge_effect(j, c))
		return write_key(j, c);
	struct err why = *j->e;
	return why.kind == ERR_REFUSED &&
	       err_refused(j->e, "approval.closed", "it is no longer to be done: %.400s", why.text);
}

bool approve_key(struct judge *j, const struct hash *id, struct proposal_entry *entry)
{
	union record_body body;
	uint64_t in_favour;
	bool found;
	if (entry->done)
		return err_refused(j->e, "approval.closed", "enough officers have agreed already");
	if (!judge_not_twice(j, id, entry->proposer) || !judge_body(j, id, KIND_KEY, &body, &found))
		return false;
	assert(found);
	if ((is_followed(&body.key) && !judge_imposed(j)) ||
	    !judge_in_favour(j, id, entry->proposer, &in_favour))
		return false;
	if (j->signer.has_imposed) {
		entry->has_imposed = true;
		entry->imposed = true;
	}
	struct key_change c = {.body = &body.key, .record = id, .is_imposed = entry->has_imposed};
	if (in_favour >= officers_needed_for_two(&j->authority)) {
		if (!effect_key(j, &c, in_favour))
			return false;
		entry->done = 1;
	}
	return judge_put(j, ENTRY_PROPOSAL, "key-proposal/", id, entry);
}

/* Who may sign it, and whether it waits for others. */
static bool judge_entitled(struct judge *j, struct key_change *c, bool *for_officers)
{
	bool founded;
	*for_officers = is_for_officers(j, c);
	if (!is_entitled(j, c) && !*for_officers && !judge_own(j, c))
		return false;
	if (!judge_founded(j, &founded))
		return false;
	c->is_imposed = c->body->role == ROLE_OFFICER &&
	                (j->signer.has_imposed || (j->signer.role == ROLE_AUTHORITY && founded));
	return !is_followed(c->body) || judge_imposed(j);
}

bool judge_key(struct judge *j)
{
	struct key_change c = {
	    .body = &j->record->body.key, .record = &j->record->id, .from = j->index};
	bool for_officers, is_origin = c.body->role == ROLE_AUTHORITY;
	if (!c.body->has_public_key && !c.body->has_replaces && !c.body->has_policy)
		return err_refused(j->e, "key.says-nothing",
		                   "it names neither a new key nor one that ends");
	if (is_origin &&
	    (!c.body->has_public_key || !c.body->has_replaces || !c.body->has_checkpoint))
		return err_refused(
		    j->e, "key.authority-is-fixed",
		    "the authority's key is the log's; another key is another origin, "
		    "and says from where the log goes on");
	if (c.body->has_threshold)
		return err_refused(j->e, "key.threshold",
		                   "only the authority's first key has a threshold");
	if (!judge_role(j, c.body) || !judge_passkey(j, c.body) || !judge_until(j, c.body) ||
	    !find_replaced(j, &c) || !judge_entitled(j, &c, &for_officers) || !judge_effect(j, &c))
		return false;
	return for_officers ? propose_key(j) : write_key(j, &c);
}
