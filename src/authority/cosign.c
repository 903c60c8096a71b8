/*
 * What leaves a home with a policy is cosigned. The policy is a file of the home, so that
 * whoever opens it, a service or a command, is held to the same.
 */
#include "batch.h"

#include "base/file.h"

static const char file_name[] = "policy";

static bool read_policy(struct authority *a, struct bytes text, struct arena *arena,
                        struct policy **out, struct err *e)
{
	*out = arena_alloc(arena, sizeof **out);
	return policy_parse(arena, text, *out, e) &&
	       (policy_find_log(*out, &a->public) != NULL ||
	        err_input(e, "authority.policy", "%s, with its key, is no log of the policy",
	                  a->public.name));
}

bool policy_load(struct authority *a, struct err *e)
{
	const char *path = home_path(&a->policy_arena, a, file_name);
	struct bytes text;
	struct policy *policy;
	if (!file_exists(path))
		return true;
	if (!file_read(&a->policy_arena, path, POLICY_MAX, &text, e))
		return false;
	if (!read_policy(a, text, &a->policy_arena, &policy, e))
		return err_context(e, "%s", path);
	a->policy = policy;
	return true;
}

void authority_cosigned_by(struct authority *a, struct cosigners cosigners)
{
	a->cosigners = cosigners;
}

bool is_unwitnessed(const struct err *e)
{
	return e->rule != NULL && strcmp(e->rule, "witness.quorum-missing") == 0;
}

static bool missing(struct err *e, const char *why)
{
	err_environment(e, "too few witnesses answer: %.200s", why);
	e->rule = "witness.quorum-missing";
	return false;
}

/* Ahead of this head, but not of what another process has added to the log meanwhile. */
static bool judge_ahead(struct authority *a, const struct checkpoint *head, struct err *e)
{
	struct err ignored = {0};
	if (!store_begin(a->store, false, &ignored))
		return false;
	uint64_t size = store_size(a->store);
	store_rollback(a->store);
	if (size == head->size)
		return false;
	err_environment(e, "another process has added to the log meanwhile: ask again");
	e->rule = "witness.overtaken";
	return false;
}

bool cosign(struct authority *a, struct arena *arena, const struct checkpoint *head,
            struct bytes *note, struct err *e)
{
	struct policed policed;
	struct err why = {0};
	/* Another process may have made a policy the home's meanwhile. */
	if (a->policy == NULL && !policy_load(a, e))
		return false;
	if (a->policy == NULL)
		return true;
	a->is_witnessed = false;
	if (a->cosigners.ask == NULL)
		return missing(e, "nobody here asks them");
	struct cosigning c = {
	    .policy = a->policy, .head = *head, .tree = store_merkle(a->store), .note = *note};
	if (!store_begin(a->store, false, e))
		return false;
	bool ok = a->cosigners.ask(a->cosigners.ctx, arena, &c, e);
	store_rollback(a->store);
	if (!ok)
		return judge_ahead(a, head, e);
	/* By the very function that gates judge by. */
	if (!policy_open(arena, a->policy, c.note, &policed, &why))
		return missing(e, why.text);
	*note = c.note;
	a->is_confirmed = a->is_witnessed = true;
	return true;
}

bool authority_cosign(struct authority *a, struct arena *arena, struct err *e)
{
	struct checkpoint head;
	struct bytes note;
	return authority_head(a, arena, &head, e) && authority_publish(a, arena, &head, &note, e);
}

bool authority_set_policy(struct authority *a, struct bytes text, struct err *e)
{
	owned_arena arena = {0};
	struct arena kept = {0};
	const struct policy *before = a->policy;
	struct policy *policy;
	bool ok = read_policy(a, text, &kept, &policy, e);
	if (ok) {
		a->policy = policy;
		ok = authority_cosign(a, &arena, e) &&
		     file_write(home_path(&arena, a, file_name), text, 0644, e);
	}
	if (!ok) {
		a->policy = before;
		arena_free(&kept);
		return false;
	}
	arena_free(&a->policy_arena);
	a->policy_arena = kept;
	return true;
}

/* --- Telling ---------------------------------------------------------------------------------- */

static void tell_one(struct witnessing *out, struct arena *arena, const struct policy_member *m,
                     const struct note *note)
{
	int64_t time;
	struct err why = {0};
	out->names[out->count] = arena_copy(arena, m->name.at, m->name.len);
	out->cosigned[out->count++] = cosignature_verify(note, &m->witness.key, &time, &why);
}

bool authority_witnesses(struct authority *a, struct arena *arena, struct witnessing *out,
                         struct err *e)
{
	struct bytes bytes;
	struct policed policed = {0};
	struct err why = {0};
	struct note *note = arena_alloc(arena, sizeof *note);
	*out = (struct witnessing){.entries = store_size(a->store)};
	if (a->policy == NULL && !policy_load(a, e))
		return false;
	if (a->policy == NULL)
		return true;
	out->has_policy = true;
	out->names = arena_array(arena, a->policy->member_count, sizeof *out->names);
	out->cosigned = arena_array(arena, a->policy->member_count, sizeof *out->cosigned);
	if (!file_read(arena, home_path(arena, a, "log/checkpoint"), NOTE_MAX, &bytes, e) ||
	    !note_parse(arena, bytes, note, e))
		return false;
	for (size_t i = 0; i < a->policy->member_count; i++)
		if (!a->policy->members[i].is_group)
			tell_one(out, arena, &a->policy->members[i], note);
	if (policy_open(arena, a->policy, bytes, &policed, &why))
		out->time = policed.time;
	out->size = policed.checkpoint.size;
	/* Published meanwhile, by a process whose entries this transaction does not see. */
	if (out->entries < out->size)
		out->entries = out->size;
	return true;
}
