/*
 * Key records of what is more than a person's key: whose cosignatures gates demand, under which
 * origin the log goes on, and for which key reports are encrypted.
 */
#include "judge.h"

#include "log/policy.h"

bool is_followed(const struct key_body *body)
{
	return body->role == ROLE_AUTHORITY || body->role == ROLE_WITNESSES;
}

/* A role has what it needs and nothing of another's. */
bool judge_role(struct judge *j, const struct key_body *body)
{
	bool is_witnesses = body->role == ROLE_WITNESSES, is_origin = body->role == ROLE_AUTHORITY;
	bool fits = body->has_policy == is_witnesses && (!body->has_checkpoint || is_origin);
	if (is_witnesses)
		fits = fits && !body->has_public_key && !body->has_replaces;
	if (is_witnesses || body->role == ROLE_INBOX)
		fits = fits && !body->has_rp_id && !body->has_origin && !body->has_valid_until;
	return fits ||
	       err_refused(
	           j->e, "key.not-of-role",
	           "a policy is the witnesses', who have no key here; a checkpoint is a new "
	           "origin's; the inbox has a key and no more");
}

static bool is_of_log(struct judge *j, const struct key_body *body)
{
	return bytes_equal(bytes_text(body->holder), j->log.origin);
}

/* --- Witnesses ------------------------------------------------------------------------------ */

static bool judge_policy_text(struct judge *j, const char *text, struct policy *out)
{
	struct err why;
	if (policy_parse(j->arena, bytes_text(text), out, &why))
		return true;
	return err_refused(j->e, "key.policy", "%.400s", why.text);
}

static bool authority_key(struct judge *j, struct key_entry *out)
{
	bool found;
	return judge_get(j, ENTRY_KEY, "key/", &j->authority.kid, out, &found);
}

bool judge_witnesses(struct judge *j, const struct key_body *body)
{
	struct policy *policy = arena_alloc(j->arena, sizeof *policy);
	struct key_entry own;
	struct err why;
	if (!is_of_log(j, body))
		return err_refused(j->e, "key.policy", "its holder is the log's origin");
	if (!judge_policy_text(j, body->policy, policy) || !authority_key(j, &own))
		return false;
	if (policy_find_log(policy, &own.public) == NULL)
		return err_refused(j->e, "key.policy", "this log, with its key, is none of it");
	if (policy->quorum == POLICY_NONE)
		return err_refused(j->e, "key.policy", "it demands no witness");
	/* So that every later policy can be compared with it. */
	return policy_is_as_strict(policy, policy, &why) ||
	       err_refused(j->e, "key.policy", "%.400s", why.text);
}

void put_witnesses(struct judge *j, const struct hash *record)
{
	change_put(j->out, bytes_text("witnesses"), bytes_copy(j->arena, hash_bytes(record)));
}

/* The policy published last; *found false: none. */
static bool find_least(struct judge *j, struct key_body *out, bool *found)
{
	struct bytes value = {0};
	struct hash id;
	union record_body body;
	if (!j->state->get(j->state->ctx, bytes_text("witnesses"), j->arena, &value, j->e))
		return false;
	*found = value.at != NULL;
	if (!*found)
		return true;
	memcpy(id.at, value.at, HASH_SIZE);
	if (!judge_body(j, &id, KIND_KEY, &body, found))
		return false;
	*out = body.key;
	return true;
}

static bool is_hash_of(const struct hash *hash, const char *text)
{
	struct hash is = sha256(bytes_text(text));
	return hash_equal(hash, &is);
}

bool judge_demands(struct judge *j, const struct enrolment_body *body)
{
	struct policy *own, *least;
	struct key_body published;
	struct err why;
	bool found;
	if (body->has_policy_file &&
	    (!body->has_policy || !is_hash_of(&body->policy, body->policy_file)))
		return err_refused(j->e, "enrolment.policy",
		                   "its digest is not that of the policy that it shows");
	if (!find_least(j, &published, &found))
		return false;
	if (!found || (body->has_policy && is_hash_of(&body->policy, published.policy)))
		return true;
	if (!body->has_policy_file)
		return err_refused(j->e, "enrolment.policy",
		                   "this authority's systems demand its witnesses; it shows no "
		                   "policy that does");
	own = arena_alloc(j->arena, sizeof *own);
	least = arena_alloc(j->arena, sizeof *least);
	if (!policy_parse(j->arena, bytes_text(body->policy_file), own, &why) ||
	    !policy_parse(j->arena, bytes_text(published.policy), least, &why) ||
	    !policy_is_as_strict(own, least, &why))
		return err_refused(j->e, "enrolment.policy",
		                   "its policy is weaker than this authority's: %.400s", why.text);
	return true;
}

/* --- The inbox ------------------------------------------------------------------------------ */

bool judge_inbox(struct judge *j, const struct key_body *body)
{
	if (body->role != ROLE_INBOX)
		return true;
	if (is_of_log(j, body) &&
	    (!body->has_public_key || body->public_key.algorithm == KEY_ES256))
		return true;
	return err_refused(j->e, "key.inbox",
	                   "the inbox's key is ES256, and its holder the log's origin");
}

/* --- Another origin ------------------------------------------------------------------------- */

/*
 * The old origin ends at the checkpoint; the proposal and its approvals are the next entries, and
 * nothing is between: so an index is of one origin alone, and whoever has seen more of the old one
 * knows that this is not how it went on. That the root is that of the entries is for those who
 * have them: home_begin(), log_audit().
 */
static bool judge_checkpoint(struct judge *j, const struct key_body *body,
                             const struct key_entry *old, uint64_t from)
{
	struct checkpoint last;
	struct err why;
	if (!checkpoint_open(j->arena, body->checkpoint, &old->public, &last, &why))
		return err_refused(j->e, "key.checkpoint", "%.400s", why.text);
	return last.size == from ||
	       err_refused(j->e, "key.checkpoint",
	                   "it is of %llu entries, and before the proposal there are %llu",
	                   (unsigned long long)last.size, (unsigned long long)from);
}

bool judge_next_origin(struct judge *j, const struct key_body *body, const struct key_entry *old,
                       uint64_t from)
{
	const char *name = body->public_key.name;
	bool was_before;
	if (!state_has(j->state, j->arena, key_text(j->arena, "origin/", name), &was_before, j->e))
		return false;
	if (body->public_key.algorithm != KEY_ED25519 || strcmp(name, body->holder) != 0 ||
	    is_of_log(j, body) || was_before)
		return err_refused(j->e, "key.origin",
		                   "a new origin has a name that the log never had, and an Ed25519 "
		                   "key of that name");
	return judge_checkpoint(j, body, old, from);
}

void put_next_origin(struct judge *j, const struct key_body *body, const struct hash *kid)
{
	change_mark(j->out, key_text(j->arena, "origin/", j->authority.origin));
	j->authority.origin = body->public_key.name;
	j->authority.kid = *kid;
	j->authority.has_began = true;
	j->authority.began = j->index + 1;
	j->log.origin = bytes_text(body->public_key.name);
}

/* --- What gates follow ---------------------------------------------------------------------- */

void put_followed(struct judge *j, const struct hash *record)
{
	change_put(j->out, key_number(j->arena, "followed/", j->index),
	           bytes_copy(j->arena, hash_bytes(record)));
	j->authority.has_followed = true;
	j->authority.followed = j->index + 1;
}

bool judge_founded(struct judge *j, bool *founded)
{
	return state_has(j->state, j->arena, bytes_text("founded"), founded, j->e);
}

bool judge_imposed(struct judge *j)
{
	return !j->signer.has_imposed ||
	       err_refused(j->e, "key.officer-imposed",
	                   "%s was made an officer by the authority's key alone: gates follow "
	                   "officers who others have agreed to",
	                   j->signer.holder);
}
