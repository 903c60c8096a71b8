#include "batch.h"

#include <assert.h>
#include <stdlib.h>

#include "entries.h"

static bool get(void *ctx, struct bytes key, struct arena *arena, struct bytes *value,
                struct err *e)
{
	return store_get(ctx, key, arena, value, e);
}

static bool scan(void *ctx, struct bytes prefix, struct bytes after,
                 bool (*each)(void *ctx, struct bytes key, struct bytes value), void *each_ctx,
                 struct err *e)
{
	return store_scan(ctx, prefix, after, each, each_ctx, e);
}

struct state authority_state(struct authority *a)
{
	return (struct state){.ctx = a->store, .get = get, .scan = scan, .known = &a->known};
}

/*
 * While a batch is made: what every lease reads comes from memory, or is kept there for the next.
 * Of what nobody has (a device unknown here) nothing is kept.
 */
static bool get_recent(void *ctx, struct bytes key, struct arena *arena, struct bytes *value,
                       struct err *e)
{
	struct authority *a = ctx;
	bool is_kept = recent_keeps(key);
	if (is_kept && recent_get(&a->recent, key, value))
		return true;
	if (!store_get(a->store, key, arena, value, e))
		return false;
	if (is_kept && value->at != NULL)
		recent_put(&a->recent, key, *value);
	return true;
}

static bool scan_store(void *ctx, struct bytes prefix, struct bytes after,
                       bool (*each)(void *ctx, struct bytes key, struct bytes value),
                       void *each_ctx, struct err *e)
{
	struct authority *a = ctx;
	return store_scan(a->store, prefix, after, each, each_ctx, e);
}

/* What is in memory counts while nobody else has written to the store. */
static bool begin_recent(struct authority *a, struct err *e)
{
	uint64_t version;
	if (!store_version(a->store, &version, e))
		return false;
	if (version != a->recent.version || a->recent.count > RECENT_MAX)
		recent_forget(&a->recent);
	a->recent.version = version;
	return true;
}

const char *home_path(struct arena *arena, const struct authority *a, const char *name)
{
	return arena_printf(arena, "%s/%s", a->home, name);
}

bool check_origin(struct authority *a, struct arena *arena, struct err *e)
{
	struct state state = authority_state(a);
	struct authority_entry entry;
	struct hash kid = key_id(&a->public);
	bool found;
	if (a->goes_back)
		return true;
	if (!entry_get(&state, arena, ENTRY_AUTHORITY, bytes_text("authority"), &entry, &found, e))
		return false;
	return !found || hash_equal(&entry.kid, &kid) ||
	       err_refused(e, "authority.origin-ended",
	                   "the log goes on as %s, and nothing more is signed as %s (proviso log "
	                   "begin puts the key in place)",
	                   entry.origin, a->public.name);
}

bool batch_begin(struct batch *b, struct authority *a, struct arena *arena, int64_t now,
                 struct err *e)
{
	assert(a->writes);
	*b = (struct batch){.authority = a, .arena = arena, .now = now, .changes.arena = arena};
	b->below =
	    (struct state){.ctx = a, .get = get_recent, .scan = scan_store, .known = &a->known};
	b->state = state_over(arena, &b->below, &b->changes);
	if ((a->policy != NULL && !a->is_confirmed && !authority_cosign(a, arena, e)) ||
	    !store_begin(a->store, true, e) || !check_origin(a, arena, e))
		return false;
	b->first = store_size(a->store);
	return begin_recent(a, e);
}

bool batch_append(struct batch *b, const struct record *record, uint64_t *index, struct err *e)
{
	uint64_t next = store_size(b->authority->store);
	int64_t now;
	if (!state_time(&b->state, record, &now, e) ||
	    !apply(&b->state, record, next, now, &b->changes, e))
		return false;
	bool is_appended = record->kind == KIND_LEASE
	                       ? store_append_unnamed(b->authority->store, record->bytes, index, e)
	                       : store_append(b->authority->store, record->bytes, index, e);
	if (!is_appended)
		return false;
	assert(*index == next);
	return true;
}

bool batch_time(struct batch *b, int64_t *out, struct err *e)
{
	struct log_entry log;
	if (!log_get(&b->state, b->arena, &log, e))
		return false;
	*out = b->now > log.time ? b->now : log.time;
	return true;
}

bool batch_say(struct batch *b, enum record_kind kind, const union record_body *body,
               struct bytes *entry, uint64_t *index, struct err *e)
{
	struct record record;
	int64_t at;
	bool was_said = false;
	if (!batch_time(b, &at, e) || !record_say(b->arena, b->state.known, kind, body,
	                                          b->authority->public.name, at, &record, e))
		return false;
	*entry = record.bytes;
	/* A lease has a number of its own and is never said twice. */
	if (kind != KIND_LEASE &&
	    !store_find_id(b->authority->store, &record.id, index, &was_said, e))
		return false;
	return was_said || batch_append(b, &record, index, e);
}

/* --- Writing the state: of each key its last change, in the order of keys --------------- */

/* The beginning of a key as numbers, for most are told apart by it. */
struct put {
	uint64_t lead[2];
	const struct change *change;
};

static struct put put_of(const struct change *change)
{
	struct put out = {.change = change};
	size_t len = change->key.len < sizeof out.lead ? change->key.len : sizeof out.lead;
	memcpy(out.lead, change->key.at, len);
	out.lead[0] = be64toh(out.lead[0]);
	out.lead[1] = be64toh(out.lead[1]);
	return out;
}

static int by_key(const void *left, const void *right)
{
	const struct put *a = left, *b = right;
	for (size_t i = 0; i < 2; i++)
		if (a->lead[i] != b->lead[i])
			return a->lead[i] < b->lead[i] ? -1 : 1;
	return bytes_compare(a->change->key, b->change->key);
}

static bool write_changes(struct batch *b, struct put **puts, size_t *count, struct err *e)
{
	struct store *store = b->authority->store;
	const struct change **changes;
	*count = state_changed(&b->state, b->arena, &changes);
	*puts = arena_array(b->arena, *count, sizeof **puts);
	for (size_t i = 0; i < *count; i++)
		(*puts)[i] = put_of(changes[i]);
	qsort(*puts, *count, sizeof **puts, by_key);
	for (size_t i = 0; i < *count; i++) {
		const struct change *c = (*puts)[i].change;
		if (c->value.at == NULL ? !store_delete(store, c->key, e)
		                        : !store_put(store, c->key, c->value, e))
			return false;
	}
	return true;
}

static void keep_recent(struct authority *a, const struct put puts[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct change *c = puts[i].change;
		if (!recent_keeps(c->key))
			continue;
		if (c->value.at == NULL)
			recent_forget(&a->recent); /* no record does it, and none need know */
		else
			recent_put(&a->recent, c->key, c->value);
	}
}

bool batch_commit(struct batch *b, struct checkpoint *out, struct err *e)
{
	struct store *store = b->authority->store;
	struct put *puts;
	size_t count;
	*out = (struct checkpoint){.origin = b->authority->public.name, .size = store_size(store)};
	if (!write_changes(b, &puts, &count, e) || !store_root(store, &out->root, e) ||
	    !store_commit(store, e))
		return false;
	keep_recent(b->authority, puts, count);
	return true;
}

void batch_abandon(struct batch *b)
{
	store_rollback(b->authority->store);
}

/* --- Publishing ------------------------------------------------------------------------ */

bool authority_head(struct authority *a, struct arena *arena, struct checkpoint *out, struct err *e)
{
	if (!store_begin(a->store, false, e))
		return false;
	*out = (struct checkpoint){
	    .origin = arena_copy(arena, a->public.name, strlen(a->public.name)),
	    .size = store_size(a->store),
	};
	bool ok = store_root(a->store, &out->root, e);
	store_rollback(a->store);
	return ok;
}

bool authority_publish(struct authority *a, struct arena *arena, const struct checkpoint *head,
                       struct bytes *signed_checkpoint, struct err *e)
{
	if (!store_begin(a->store, false, e))
		return false;
	bool is_ours = check_origin(a, arena, e);
	store_rollback(a->store);
	if (!is_ours || !checkpoint_sign(arena, head, &a->secret, signed_checkpoint, e) ||
	    !cosign(a, arena, head, signed_checkpoint, e) || !store_begin(a->store, false, e))
		return false;
	bool ok = store_publish(a->store, home_path(arena, a, "log"), *signed_checkpoint, head, e);
	store_rollback(a->store);
	return ok;
}
