/* A log goes on under another origin: the same entries, another key, and no index twice. */
#include "batch.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/rim.h"
#include "entries.h"

/* --- Of which origins ------------------------------------------------------------------------ */

struct lines {
	struct arena arena;
	struct buffer text;
	size_t count;
};

static bool each_key(void *ctx, struct bytes key, struct bytes value)
{
	struct lines *l = ctx;
	struct key_entry entry;
	struct err why;
	(void)key;
	if (!entry_decode(&l->arena, ENTRY_KEY, value, &entry, &why) ||
	    entry.role != ROLE_AUTHORITY)
		return true;
	const char *line = key_line(&l->arena, &entry.public);
	buffer_printf(&l->text, "%.*s\n", (int)strcspn(line, "\n"), line);
	l->count++;
	return true;
}

bool publish_origins(struct authority *a, struct err *e)
{
	struct lines l = {0};
	struct state state = authority_state(a);
	l.text.arena = &l.arena;
	bool ok = store_begin(a->store, false, e);
	if (ok) {
		ok = state.scan(state.ctx, bytes_text("key/"), (struct bytes){0}, each_key, &l, e);
		store_rollback(a->store);
	}
	if (ok && l.count > 1)
		ok = file_write(home_path(&l.arena, a, "log/origins"), buffer_view(&l.text), 0644,
		                e);
	arena_free(&l.arena);
	return ok;
}

/* --- Taking the records in ------------------------------------------------------------------- */

static bool current_key(const struct state *state, struct arena *arena, struct hash *out,
                        struct err *e)
{
	struct authority_entry entry = {0};
	bool found;
	if (!entry_get(state, arena, ENTRY_AUTHORITY, bytes_text("authority"), &entry, &found, e))
		return false;
	*out = entry.kid;
	return true;
}

/* The rules cannot see the tree: that the checkpoint is of these entries is looked at here. */
static bool check_root(struct batch *b, struct bytes bytes, struct err *e)
{
	struct record record;
	struct note note;
	struct checkpoint end;
	struct hash root;
	struct merkle_source tree = store_merkle(b->authority->store);
	if (!record_decode(b->arena, bytes, &record, e))
		return false;
	if (record.kind != KIND_KEY || !record.body.key.has_checkpoint)
		return true;
	if (!note_parse(b->arena, record.body.key.checkpoint, &note, e) ||
	    !checkpoint_parse(b->arena, note.text, &end, e))
		return false;
	if (end.size > store_size(b->authority->store))
		return err_refused(e, "origin.checkpoint",
		                   "the old origin ended at %llu entries and %llu are here: fetch "
		                   "the rest first (proviso restore)",
		                   (unsigned long long)end.size,
		                   (unsigned long long)store_size(b->authority->store));
	return merkle_root(&tree, end.size, &root, e) &&
	       (hash_equal(&root, &end.root) ||
	        err_refused(e, "origin.checkpoint",
	                    "the first %llu entries here are not those of the checkpoint",
	                    (unsigned long long)end.size));
}

static bool take_all(struct batch *b, const struct next_origin *how, struct err *e)
{
	struct hash now, wanted = key_id(&how->key->public);
	for (size_t i = 0; i < how->count; i++) {
		struct accepted accepted;
		if (!check_root(b, how->records[i], e) ||
		    !batch_take(b, how->records[i], &accepted, e))
			return err_context(e, "record %zu", i + 1);
	}
	if (!current_key(&b->state, b->arena, &now, e))
		return false;
	return hash_equal(&now, &wanted) ||
	       err_refused(e, "origin.not-agreed",
	                   "by these %zu records the log does not go on as %s: too few officers "
	                   "agree, or it is not their proposal",
	                   how->count, how->key->public.name);
}

static bool move(struct authority *a, const struct next_origin *how, int64_t now, struct err *e)
{
	owned_arena arena = {0};
	struct batch batch;
	struct checkpoint head;
	bool ok = batch_begin(&batch, a, &arena, now, e) && take_all(&batch, how, e) &&
	          batch_commit(&batch, &head, e);
	if (!ok)
		batch_abandon(&batch);
	return ok;
}

/* --- The key in its place -------------------------------------------------------------------- */

static bool put_key(struct authority *a, struct arena *arena, const struct secret_key *key,
                    struct err *e)
{
	uint8_t salt[KEY_SALT];
	rim_random(salt, sizeof salt);
	const char *secret = key_file(arena, key, NULL, salt, e);
	if (secret == NULL ||
	    !file_write(home_path(arena, a, "authority.key"), bytes_text(secret), 0600, e) ||
	    !file_write(home_path(arena, a, "authority.pub"),
	                bytes_text(key_line(arena, &key->public)), 0644, e))
		return false;
	a->public = key->public;
	a->secret = *key;
	a->goes_back = false;
	return true;
}

static bool publish(struct authority *a, struct arena *arena, const struct next_origin *how,
                    struct err *e)
{
	if (!publish_origins(a, e))
		return false;
	return how->policy.len > 0 ? authority_set_policy(a, how->policy, e)
	                           : authority_cosign(a, arena, e);
}

/* Killed between, it goes on where it was: the state says whose the log is. */
static bool begin(struct authority *a, struct arena *arena, const struct next_origin *how,
                  int64_t now, struct err *e)
{
	struct state state = authority_state(a);
	struct checkpoint published;
	struct hash is, wanted = key_id(&how->key->public);
	if (!store_begin(a->store, false, e))
		return false;
	bool ok = current_key(&state, arena, &is, e);
	store_rollback(a->store);
	if (!ok)
		return false;
	if (!hash_equal(&is, &wanted) &&
	    (!check_published(a, arena, &published, e) || !move(a, how, now, e)))
		return false;
	return put_key(a, arena, how->key, e) && publish(a, arena, how, e);
}

bool authority_begin(const char *home, const struct next_origin *how, struct cosigners cosigners,
                     int64_t now, struct err *e)
{
	owned_arena arena = {0};
	struct authority a = {.home = strdup(home), .writes = true, .goes_back = true};
	bool ok = a.home != NULL || err_environment(e, "out of memory");
	ok = ok && read_public(&a, &arena, e);
	if (ok && how->policy.len == 0 && file_exists(home_path(&arena, &a, "policy")))
		ok = err_usage(e, "%s has a policy: give the one with the new origin's key", home);
	if (ok) {
		a.store = store_open(home_path(&arena, &a, "store.db"), STORE_WRITE, e);
		authority_cosigned_by(&a, cosigners);
		ok = a.store != NULL && begin(&a, &arena, how, now, e);
	}
	authority_close(&a);
	return ok;
}
