/*
 * One officer's suspension, in an emergency: in force at once, for 72 hours. That an officer alone
 * cannot stretch it by suspending anew, by another name of the target, or what the target is a part
 * of, is judged by what he suspended alone in the last 30 days.
 */
#include <assert.h>

#include "base/instant.h"
#include "judge.h"
#include "targets.h"

enum { EMERGENCY_PAUSE = 30 * DAY_SECONDS };

/* When the target was last suspended so, by whomever; *is_recent: too lately to be so again. */
static bool was_suspended(struct judge *j, struct bytes key, bool *is_recent)
{
	struct bytes value = {0};
	if (!j->state->get(j->state->ctx, key, j->arena, &value, j->e))
		return false;
	struct reader r = reader_of(value);
	*is_recent = value.at != NULL && j->now < (int64_t)read_u64be(&r) + EMERGENCY_PAUSE;
	return true;
}

/* What an officer suspended alone: the targets, as they end the keys. */
struct suspended {
	struct arena *arena;
	size_t skip; /* bytes of the key before the target */
	const char **at;
	int64_t *when;
	size_t count, room;
};

static bool collect(void *ctx, struct bytes key, struct bytes value)
{
	struct suspended *s = ctx;
	struct reader r = reader_of(value);
	if (s->count == s->room) {
		size_t room = s->room * 2 + 8;
		const char **at = arena_array(s->arena, room, sizeof *at);
		int64_t *when = arena_array(s->arena, room, sizeof *when);
		if (s->count > 0) {
			memcpy(at, s->at, s->count * sizeof *at);
			memcpy(when, s->when, s->count * sizeof *when);
		}
		s->at = at;
		s->when = when;
		s->room = room;
	}
	s->when[s->count] = (int64_t)read_u64be(&r);
	s->at[s->count++] = arena_copy(s->arena, key.at + s->skip, key.len - s->skip);
	return true;
}

static struct bytes key_alone(struct arena *arena, const char *officer, const char *target)
{
	struct buffer b = {.arena = arena};
	buffer_bytes(&b, key_pair(arena, "alone/", officer, NULL));
	buffer_text(&b, target);
	return buffer_view(&b);
}

/* Forgets what is longer ago. */
static bool judge_common(struct judge *j, const struct target *target)
{
	struct bytes prefix = key_alone(j->arena, j->signer.holder, "");
	struct suspended s = {.arena = j->arena, .skip = prefix.len};
	if (!j->state->scan(j->state->ctx, prefix, (struct bytes){0}, collect, &s, j->e))
		return false;
	for (size_t i = 0; i < s.count; i++) {
		struct target before;
		bool parsed = target_parse(j->arena, s.at[i], &before), meet;
		assert(parsed);
		if (j->now >= s.when[i] + EMERGENCY_PAUSE) {
			change_delete(j->out, key_alone(j->arena, j->signer.holder, s.at[i]));
			continue;
		}
		if (!targets_meet(j->state, j->arena, target, &before, &meet, j->e))
			return false;
		if (meet)
			return err_refused(
			    j->e, "measure.emergency-again",
			    "%s suspended %.100s alone less than 30 days ago, and the two have "
			    "systems in common; others may approve that",
			    j->signer.holder, s.at[i]);
	}
	return true;
}

static struct bytes instant_value(struct arena *arena, int64_t at)
{
	struct buffer b = {.arena = arena};
	buffer_u64be(&b, (uint64_t)at);
	return buffer_view(&b);
}

bool judge_emergency(struct judge *j, const struct target *target)
{
	struct bytes key = key_text(j->arena, "emergency/", target->text);
	bool is_recent;
	if (!was_suspended(j, key, &is_recent))
		return false;
	if (is_recent)
		return err_refused(
		    j->e, "measure.emergency-again",
		    "one officer suspended it less than 30 days ago; others may approve that");
	if (!judge_common(j, target))
		return false;
	change_put(j->out, key, instant_value(j->arena, j->now));
	change_put(j->out, key_alone(j->arena, j->signer.holder, target->text),
	           instant_value(j->arena, j->now));
	return true;
}
