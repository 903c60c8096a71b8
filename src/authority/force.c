/* Scopes in force on a target: what each measure leaves, and the meet of them all. */
#include "judge.h"

enum { EMERGENCY_SECONDS = 72 * 3600 };

/* What a measure leaves while it is in force. */
static struct force_entry force_of(struct arena *arena, const struct measure_entry *entry,
                                   const struct measure_body *body)
{
	if (entry->action == MEASURE_RESTRICT)
		return (struct force_entry){body->scope, entry->has_until, entry->until};
	int64_t end = entry->until;
	bool has_end = entry->has_until;
	if (entry->stage == MEASURE_EMERGENCY) {
		int64_t lapse = entry->proposed + EMERGENCY_SECONDS;
		end = has_end && end < lapse ? end : lapse;
		has_end = true;
	}
	return (struct force_entry){.scope = has_end ? scope_from(arena, end) : &scope_none};
}

struct meeting {
	struct arena *arena;
	const struct hash *without;
	int64_t at;
	struct target_entry out;
	struct err *e;
	bool failed;
};

static bool meet_one(void *ctx, struct bytes key, struct bytes value)
{
	struct meeting *m = ctx;
	struct force_entry force;
	const uint8_t *id = key.at + key.len - HASH_SIZE;
	if (m->without != NULL && memcmp(id, m->without->at, HASH_SIZE) == 0)
		return true;
	m->failed = !entry_decode(m->arena, ENTRY_FORCE, bytes_copy(m->arena, value), &force, m->e);
	if (m->failed)
		return false;
	if (force.has_until && force.until <= m->at)
		return true;
	m->out.scope = scope_meet(m->arena, m->out.scope, force.scope);
	if (force.has_until && (!m->out.has_next || force.until < m->out.next)) {
		m->out.has_next = true;
		m->out.next = force.until;
	}
	return true;
}

bool target_meet(const struct state *state, const char *target, int64_t at, struct arena *arena,
                 const struct hash *without, struct target_entry *out, struct err *e)
{
	struct meeting m = {.arena = arena, .without = without, .at = at, .e = e};
	m.out.scope = &scope_any;
	if (!state->scan(state->ctx, key_pair(arena, "in-force/", target, NULL), (struct bytes){0},
	                 meet_one, &m, e) ||
	    m.failed)
		return false;
	*out = m.out;
	return true;
}

static bool judge_size(struct judge *j, const struct scope *scope)
{
	if (strlen(scope_text(j->arena, scope)) <= SCOPE_TEXT_MAX)
		return true;
	return err_refused(
	    j->e, "measure.too-large",
	    "together with the measures in force it would need more than %d bytes of text",
	    SCOPE_TEXT_MAX);
}

/*
 * The meet of what is in force on a target but for one measure. That of all is kept with the
 * target; it is worked out again only where this measure, or one that has ended, is in it.
 */
static bool target_without(struct judge *j, const char *target, const struct hash *id,
                           struct target_entry *out)
{
	bool is_in, found;
	if (!state_has(j->state, j->arena, key_pair(j->arena, "in-force/", target, id), &is_in,
	               j->e) ||
	    !entry_get(j->state, j->arena, ENTRY_TARGET, key_text(j->arena, "target/", target), out,
	               &found, j->e))
		return false;
	if (!found)
		*out = (struct target_entry){.scope = &scope_any};
	bool is_good = !is_in && (!out->has_next || out->next > j->now);
	return is_good || target_meet(j->state, target, j->now, j->arena, id, out, j->e);
}

/* Puts a measure, or what it has become, in force on its target. */
bool judge_enforce(struct judge *j, const struct hash *id, const struct measure_entry *entry,
                   const struct measure_body *body)
{
	struct force_entry force = force_of(j->arena, entry, body);
	struct target_entry target;
	if (!target_without(j, entry->target, id, &target))
		return false;
	target.scope = scope_meet(j->arena, target.scope, force.scope);
	if (force.has_until && (!target.has_next || force.until < target.next)) {
		target.has_next = true;
		target.next = force.until;
	}
	return judge_size(j, target.scope) &&
	       entry_put(j->out, ENTRY_FORCE, key_pair(j->arena, "in-force/", entry->target, id),
	                 &force, j->e) &&
	       entry_put(j->out, ENTRY_TARGET, key_text(j->arena, "target/", entry->target),
	                 &target, j->e);
}

bool judge_release(struct judge *j, const struct hash *id, const struct measure_entry *entry)
{
	struct target_entry target;
	if (!target_meet(j->state, entry->target, j->now, j->arena, id, &target, j->e))
		return false;
	change_delete(j->out, key_pair(j->arena, "in-force/", entry->target, id));
	return entry_put(j->out, ENTRY_TARGET, key_text(j->arena, "target/", entry->target),
	                 &target, j->e);
}

bool judge_force(struct judge *j, const char *target, const struct hash *id,
                 const struct force_entry *force)
{
	struct bytes key = key_pair(j->arena, "in-force/", target, id);
	struct target_entry entry;
	bool was_there;
	if (!state_has(j->state, j->arena, key, &was_there, j->e))
		return false;
	if (force == NULL && !was_there)
		return true;
	j->moves_scopes = true;
	if (force == NULL)
		change_delete(j->out, key);
	else if (!entry_put(j->out, ENTRY_FORCE, key, force, j->e))
		return false;
	if (!target_meet(j->state, target, j->now, j->arena, id, &entry, j->e))
		return false;
	if (force != NULL)
		entry.scope = scope_meet(j->arena, entry.scope, force->scope);
	return judge_size(j, entry.scope) &&
	       entry_put(j->out, ENTRY_TARGET, key_text(j->arena, "target/", target), &entry, j->e);
}
