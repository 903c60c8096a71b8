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
	b->below = authority_state(a);
	b->state = state_over(arena, &b->below, &b->changes);
	return (a->policy == NULL || a->is_confirmed || authority_cosign(a, arena, e)) &&
	       store_begin(a->store, true, e) && check_origin(a, arena, e);
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

struct put {
	const struct change *change;
	size_t order;
};

static int by_key_then_order(const void *left, const void *right)
{
	const struct put *a = left, *b = right;
	int order = bytes_compare(a->change->key, b->change->key);
	return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

static bool write_changes(struct batch *b, struct err *e)
{
	struct store *store = b->authority->store;
	size_t count = 0;
	for (const struct change *c = b->changes.first; c != NULL; c = c->next)
		count++;
	struct put *puts = arena_array(b->arena, count, sizeof *puts);
	count = 0;
	for (const struct change *c = b->changes.first; c != NULL; c = c->next, count++)
		puts[count] = (struct put){c, count};
	qsort(puts, count, sizeof *puts, by_key_then_order);
	for (size_t i = 0; i < count; i++) {
		const struct change *c = puts[i].change;
		if (i + 1 < count && bytes_equal(c->key, puts[i + 1].change->key))
			continue;
		if (c->value.at == NULL ? !store_delete(store, c->key, e)
		                        : !store_put(store, c->key, c->value, e))
			return false;
	}
	return true;
}

bool batch_commit(struct batch *b, struct checkpoint *out, struct err *e)
{
	struct store *store = b->authority->store;
	*out = (struct checkpoint){.origin = b->authority->public.name, .size = store_size(store)};
	return write_changes(b, e) && store_root(store, &out->root, e) && store_commit(store, e);
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
