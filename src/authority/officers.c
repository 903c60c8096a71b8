/*
 * Officers: how many there are, how many must agree, and who counts. Whoever holds an officer's key
 * that has neither ended nor passed its end date is one; nothing is kept that would have to be
 * brought up to date when a key runs out.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/instant.h"
#include "judge.h"
#include "query.h"

/* --- Who is one ------------------------------------------------------------------------------ */

struct names {
	struct arena *arena;
	size_t skip; /* bytes of the key before the name */
	const char **at;
	size_t count, room;
};

static bool collect_name(void *ctx, struct bytes key, struct bytes value)
{
	struct names *n = ctx;
	(void)value;
	if (n->count == n->room) {
		size_t room = n->room * 2 + 8;
		const char **more = arena_array(n->arena, room, sizeof *more);
		if (n->count > 0)
			memcpy(more, n->at, n->count * sizeof *more);
		n->at = more;
		n->room = room;
	}
	n->at[n->count++] = arena_copy(n->arena, key.at + n->skip, key.len - n->skip);
	return true;
}

static bool names_under(const struct state *state, struct arena *arena, struct bytes prefix,
                        struct names *out, struct err *e)
{
	*out = (struct names){.arena = arena, .skip = prefix.len};
	return state->scan(state->ctx, prefix, (struct bytes){0}, collect_name, out, e);
}

/* Until when the holder's key is an officer's; `at` or before: it is none any more. */
static bool officer_until(const struct state *state, struct arena *arena, const char *name,
                          int64_t *out, struct err *e)
{
	struct holder_entry holder;
	struct key_entry key;
	bool found;
	*out = INT64_MIN;
	if (!entry_get(state, arena, ENTRY_HOLDER, key_holder(arena, ROLE_OFFICER, name), &holder,
	               &found, e))
		return false;
	if (!found || !holder.has_kid)
		return true;
	if (!entry_get(state, arena, ENTRY_KEY, key_hash(arena, "key/", &holder.kid), &key, &found,
	               e))
		return false;
	assert(found);
	*out = key.has_until ? key.until : INT64_MAX;
	return true;
}

static bool is_officer(struct judge *j, const char *name, bool *is)
{
	int64_t until;
	if (!officer_until(j->state, j->arena, name, &until, j->e))
		return false;
	*is = until > j->now;
	return true;
}

static int latest_first(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x < *y) - (*x > *y);
}

bool officers_at(const struct state *state, struct arena *arena, int64_t at, uint64_t enough,
                 struct officers *out, struct err *e)
{
	struct names names;
	if (!names_under(state, arena, key_holder(arena, ROLE_OFFICER, ""), &names, e))
		return false;
	int64_t *until = arena_array(arena, names.count, sizeof *until);
	*out = (struct officers){.few_from = INT64_MIN};
	for (size_t i = 0; i < names.count; i++) {
		if (!officer_until(state, arena, names.at[i], &until[i], e))
			return false;
		out->count += until[i] > at;
	}
	if (names.count > 0)
		qsort(until, names.count, sizeof *until, latest_first);
	if (enough > 0 && enough <= names.count)
		out->few_from = until[enough - 1];
	return true;
}

bool authority_at(const struct state *state, struct arena *arena, int64_t at,
                  struct authority_entry *out, bool *found, struct err *e)
{
	struct officers officers;
	if (!entry_get(state, arena, ENTRY_AUTHORITY, bytes_text("authority"), out, found, e))
		return false;
	if (!*found)
		return true;
	if (!officers_at(state, arena, at, out->threshold, &officers, e))
		return false;
	out->officers = officers.count;
	return true;
}

/* --- How many must agree --------------------------------------------------------------------- */

uint64_t officers_needed_for_two(const struct authority_entry *authority)
{
	return authority->threshold < 2 && authority->officers >= 2 ? 2 : authority->threshold;
}

uint64_t measure_officers_needed(const struct authority_entry *authority, unsigned action)
{
	/* A revocation weighs no less than a disconnection: nothing lifts it. */
	bool is_grave = action == MEASURE_DISCONNECT || action == MEASURE_REVOKE;
	return is_grave ? officers_needed_for_two(authority) : authority->threshold;
}

/* --- Who is in favour ------------------------------------------------------------------------ */

bool judge_in_favour(struct judge *j, const struct hash *proposal, const char *proposer,
                     uint64_t *out)
{
	struct names names;
	bool is;
	if (!names_under(j->state, j->arena, key_approval(j->arena, proposal, ""), &names, j->e) ||
	    !is_officer(j, proposer, &is))
		return false;
	*out = 1 + (uint64_t)is;
	for (size_t i = 0; i < names.count; i++) {
		if (!is_officer(j, names.at[i], &is))
			return false;
		*out += is;
	}
	return true;
}

bool judge_not_twice(struct judge *j, const struct hash *proposal, const char *proposer)
{
	bool has_approved;
	if (!state_has(j->state, j->arena, key_approval(j->arena, proposal, j->signer.holder),
	               &has_approved, j->e))
		return false;
	if (has_approved || strcmp(proposer, j->signer.holder) == 0)
		return err_refused(j->e, "approval.same-officer", "%s is in favour already",
		                   j->signer.holder);
	return true;
}

/* --- When too few are left ------------------------------------------------------------------- */

const char *officers_few(struct arena *arena, const struct authority_info *info, int64_t at)
{
	enum { AHEAD = 30 * DAY_SECONDS };
	char text[INSTANT_TEXT + 1];
	if (info->few_from > at + AHEAD)
		return NULL;
	if (info->few_from <= at)
		return arena_printf(
		    arena, "the keys of %llu officers are good, and %llu must agree",
		    (unsigned long long)info->officers, (unsigned long long)info->threshold);
	instant_format(info->few_from, text);
	return arena_printf(arena,
	                    "fewer than the %llu officers who must agree hold a key after %s",
	                    (unsigned long long)info->threshold, text);
}
