/* What those who follow the log are told: other officers, witnesses, another origin. */
#include "renewals.h"

#include "entries.h"
#include "record/roster.h"

static bool authority_get(const struct state *state, struct arena *arena,
                          struct authority_entry *out, struct err *e)
{
	bool found;
	*out = (struct authority_entry){0};
	return entry_get(state, arena, ENTRY_AUTHORITY, bytes_text("authority"), out, &found, e);
}

/* --- One change ----------------------------------------------------------------------------- */

struct collecting {
	struct batch *b;
	uint64_t size;
	struct log_changes *out;
	struct hash *proposals;
	uint64_t *numbers;
	size_t room;
};

struct approval_ids {
	struct hash at[CHANGE_RECORDS];
	size_t count;
	bool too_many;
};

static bool each_approval(void *ctx, struct bytes key, struct bytes value)
{
	struct approval_ids *ids = ctx;
	(void)key;
	if (ids->count == CHANGE_RECORDS - 1) {
		ids->too_many = true;
		return false;
	}
	memcpy(ids->at[ids->count++].at, value.at, HASH_SIZE);
	return true;
}

/* The records in the order of the log: the proposal first, since approvals name it. */
static bool add_record(struct collecting *c, const struct hash *id, uint64_t numbers[],
                       struct log_change *out, struct err *e)
{
	struct store *store = c->b->authority->store;
	struct bytes entry;
	uint64_t index;
	bool found;
	if (!store_find_id(store, id, &index, &found, e) ||
	    !store_entry(store, index, c->b->arena, &entry, e))
		return false;
	size_t at = out->count++;
	for (; at > 0 && numbers[at - 1] > index; at--) {
		numbers[at] = numbers[at - 1];
		out->records[at] = out->records[at - 1];
	}
	numbers[at] = index;
	out->records[at] = entry;
	return true;
}

static bool collect(struct collecting *c, const struct hash *proposal, uint64_t number,
                    struct log_change *out, struct err *e)
{
	const struct state *state = &c->b->state;
	struct merkle_source source = store_merkle(c->b->authority->store);
	struct bytes prefix = key_approval(c->b->arena, proposal, "");
	struct approval_ids ids = {0};
	uint64_t numbers[CHANGE_RECORDS];
	*out = (struct log_change){.index = number};
	if (!state->scan(state->ctx, prefix, (struct bytes){0}, each_approval, &ids, e) ||
	    !add_record(c, proposal, numbers, out, e))
		return false;
	for (size_t i = 0; i < ids.count; i++)
		if (!add_record(c, &ids.at[i], numbers, out, e))
			return false;
	return merkle_inclusion(&source, number, c->size, &out->inclusion, e);
}

static bool each_followed(void *ctx, struct bytes key, struct bytes value)
{
	struct collecting *c = ctx;
	if (c->out->count == c->room) {
		size_t room = c->room * 2 + 16;
		struct hash *proposals = arena_array(c->b->arena, room, sizeof *proposals);
		uint64_t *numbers = arena_array(c->b->arena, room, sizeof *numbers);
		for (size_t i = 0; i < c->out->count; i++) {
			proposals[i] = c->proposals[i];
			numbers[i] = c->numbers[i];
		}
		c->proposals = proposals;
		c->numbers = numbers;
		c->room = room;
	}
	struct reader r = reader_of(bytes_of(key.at + key.len - 8, 8));
	c->numbers[c->out->count] = read_u64be(&r);
	memcpy(c->proposals[c->out->count++].at, value.at, HASH_SIZE);
	return true;
}

bool changes_since(struct batch *b, uint64_t followed, const struct log_changes **out,
                   struct err *e)
{
	struct log_changes *changes = arena_alloc(b->arena, sizeof *changes);
	struct collecting c = {.b = b, .size = store_size(b->authority->store), .out = changes};
	struct authority_entry authority;
	struct bytes after =
	    followed == 0 ? (struct bytes){0} : key_number(b->arena, "followed/", followed - 1);
	*changes = (struct log_changes){0};
	*out = NULL;
	if (!authority_get(&b->state, b->arena, &authority, e))
		return false;
	if (!authority.has_followed || authority.followed <= followed)
		return true;
	if (!b->state.scan(b->state.ctx, bytes_text("followed/"), after, each_followed, &c, e))
		return false;
	changes->at = arena_array(b->arena, changes->count, sizeof *changes->at);
	for (size_t i = 0; i < changes->count; i++)
		if (!collect(&c, &c.proposals[i], c.numbers[i], &changes->at[i], e))
			return false;
	*out = changes;
	return true;
}

/* --- Officers ------------------------------------------------------------------------------- */

struct officers {
	struct arena *arena;
	struct roster *out;
	int64_t at;
	bool ok;
	struct err *e;
};

static bool each_key(void *ctx, struct bytes key, struct bytes value)
{
	struct officers *o = ctx;
	struct key_entry entry;
	(void)key;
	o->ok = entry_decode(o->arena, ENTRY_KEY, value, &entry, o->e);
	if (!o->ok || entry.role != ROLE_OFFICER || entry.has_ended || entry.has_imposed ||
	    (entry.has_until && entry.until <= o->at))
		return o->ok;
	if (o->out->count == ROSTER_OFFICERS) {
		o->ok = err_refused(o->e, "roster.too-many", "a gate knows %d officers at most",
		                    ROSTER_OFFICERS);
		return false;
	}
	o->out->at[o->out->count++] = (struct roster_officer){
	    .key = {entry.public, entry.has_rp_id ? entry.rp_id : NULL,
	            entry.has_rp_id ? entry.origin : NULL},
	    .holder = entry.holder,
	};
	return true;
}

bool authority_officers(struct authority *a, struct arena *arena, int64_t now, struct bytes *out,
                        struct err *e)
{
	struct state state = authority_state(a);
	struct authority_entry authority;
	struct roster *roster = arena_alloc(arena, sizeof *roster);
	struct officers o = {.arena = arena, .out = roster, .at = now, .ok = true, .e = e};
	*roster = (struct roster){0};
	if (!store_begin(a->store, false, e))
		return false;
	bool ok = authority_get(&state, arena, &authority, e) &&
	          state.scan(state.ctx, bytes_text("key/"), (struct bytes){0}, each_key, &o, e) &&
	          o.ok;
	store_rollback(a->store);
	roster->threshold = authority.threshold;
	if (ok)
		*out = roster_format(arena, a->public.name, roster,
		                     authority.has_followed ? authority.followed : 0);
	return ok;
}
