#include "authority.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "batch.h"
#include "entries.h"
#include "log/receipt.h"
#include "renewals.h"
#include "screen.h"

enum {
	DOOR_SECONDS = 300, /* how far a signer's clock may run ahead of ours */
};

/* --- Opening --------------------------------------------------------------------------- */

bool read_public(struct authority *a, struct arena *arena, struct err *e)
{
	const char *path = home_path(arena, a, "authority.pub");
	struct bytes line;
	if (!file_exists(path))
		return err_input(e, "authority.no-home",
		                 "%s is not an authority's directory: it has no authority.pub "
		                 "(proviso init makes one)",
		                 a->home);
	if (!file_read(arena, path, KEY_LINE_MAX, &line, e))
		return false;
	return key_line_parse(line, &a->public, e) || err_context(e, "%s", path);
}

static bool read_secret(struct authority *a, struct arena *arena, struct err *e)
{
	const char *path = home_path(arena, a, "authority.key");
	struct bytes text;
	if (!file_read(arena, path, KEY_FILE_MAX, &text, e))
		return false;
	if (!key_file_parse(text, NULL, &a->secret, e))
		return err_context(e, "%s", path);
	if (!key_equal(&a->secret.public, &a->public) ||
	    strcmp(a->secret.public.name, a->public.name) != 0)
		return err_input(e, "authority.damaged",
		                 "%s is not the secret key of %s's authority.pub", path, a->home);
	return true;
}

static bool origin_ended(const struct authority_entry *now, struct err *e)
{
	return err_refused(e, "authority.origin-ended",
	                   "the log goes on as %s: proviso log begin puts its key in place",
	                   now->origin);
}

/* The store's log must begin with the key that is in authority.pub. */
static bool check_store(struct authority *a, struct arena *arena, struct err *e)
{
	struct state state = authority_state(a);
	struct authority_entry entry;
	bool found;
	struct hash kid = key_id(&a->public);
	if (!store_begin(a->store, false, e))
		return false;
	bool ok =
	    entry_get(&state, arena, ENTRY_AUTHORITY, bytes_text("authority"), &entry, &found, e);
	store_rollback(a->store);
	if (ok && found && entry.has_began && !hash_equal(&entry.kid, &kid))
		return origin_ended(&entry, e);
	if (ok &&
	    (!found || !hash_equal(&entry.kid, &kid) || strcmp(entry.origin, a->public.name) != 0))
		return err_input(
		    e, "authority.damaged",
		    "the log in %s/store.db is not that of %s, the key in authority.pub", a->home,
		    a->public.name);
	return ok;
}

/*
 * Two logs must never be signed: where the store is an old copy, and what was published goes
 * beyond it or says otherwise, nothing more is signed. The checkpoint is read before the
 * store, which can only have grown meanwhile.
 */
bool check_published(struct authority *a, struct arena *arena, struct checkpoint *published,
                     struct err *e)
{
	const char *path = home_path(arena, a, "log/checkpoint");
	struct merkle_source source;
	struct bytes note;
	struct hash root;
	*published = (struct checkpoint){0};
	if (!file_exists(path))
		return true;
	if (!file_read(arena, path, NOTE_MAX, &note, e))
		return false;
	if (!checkpoint_open(arena, note, &a->public, published, e))
		return err_context(e, "%s", path);
	if (!store_begin(a->store, false, e))
		return false;
	bool ok = true;
	if (published->size > store_size(a->store)) {
		ok = err_input(e, "authority.damaged",
		               "%llu entries were published and the store has %llu: it is an old "
		               "copy, and must "
		               "not sign again",
		               (unsigned long long)published->size,
		               (unsigned long long)store_size(a->store));
	} else {
		source = store_merkle(a->store);
		ok = merkle_root(&source, published->size, &root, e);
		if (ok && !hash_equal(&root, &published->root))
			ok = err_input(
			    e, "authority.damaged",
			    "the first %llu entries of the store are not those that were published",
			    (unsigned long long)published->size);
	}
	store_rollback(a->store);
	return ok;
}

static bool mend_published(struct authority *a, struct arena *arena,
                           const struct checkpoint *published, struct err *e)
{
	if (published->size == 0)
		return true;
	if (!store_begin(a->store, false, e))
		return false;
	bool ok = store_mend(a->store, home_path(arena, a, "log"), published, e);
	store_rollback(a->store);
	return ok;
}

static bool open_for_writing(struct authority *a, struct arena *arena, struct err *e)
{
	struct checkpoint published, head;
	struct bytes note;
	if (!read_secret(a, arena, e) || !policy_load(a, e) ||
	    !check_published(a, arena, &published, e) || !mend_published(a, arena, &published, e) ||
	    !authority_head(a, arena, &head, e))
		return false;
	/* With a policy nothing is published before somebody can ask the witnesses. */
	return published.size == head.size || a->policy != NULL ||
	       authority_publish(a, arena, &head, &note, e);
}

bool authority_open(struct authority *a, const char *home, bool write, struct err *e)
{
	owned_arena arena = {0};
	*a = (struct authority){.home = strdup(home), .writes = write};
	if (a->home == NULL)
		return err_environment(e, "out of memory");
	if (read_public(a, &arena, e)) {
		a->store = store_open(home_path(&arena, a, "store.db"),
		                      write ? STORE_WRITE : STORE_READ, e);
		if (a->store != NULL && check_store(a, &arena, e) &&
		    (!write || open_for_writing(a, &arena, e)))
			return true;
		err_context(e, "cannot open the authority in %s", home);
	}
	authority_close(a);
	return false;
}

void authority_close(struct authority *a)
{
	if (a->store != NULL)
		store_close(a->store);
	free(a->home);
	scope_known_free(&a->known);
	sessions_free(&a->sessions);
	recent_forget(&a->recent);
	arena_free(&a->policy_arena);
	key_wipe(&a->secret);
	*a = (struct authority){0};
}

/* --- Finding ----------------------------------------------------------------------------- */

bool authority_find(struct authority *a, struct arena *arena, const char *prefix,
                    struct record *record, uint64_t *index, struct err *e)
{
	struct hash id;
	struct bytes entry;
	return store_find(a->store, prefix, &id, index, e) &&
	       store_entry(a->store, *index, arena, &entry, e) &&
	       record_decode(arena, entry, record, e);
}

bool authority_find_kind(struct authority *a, struct arena *arena, enum record_kind kind,
                         const char *prefix, struct record *record, uint64_t *index, struct err *e)
{
	if (!authority_find(a, arena, prefix, record, index, e))
		return false;
	return record->kind == kind ||
	       err_refused(e, "state.no-such-thing", "%s is a record of kind %s, not of kind %s",
	                   hex_encode(arena, bytes_of(record->id.at, 4)),
	                   record_kind(record->kind)->name, record_kind(kind)->name);
}

/* --- Taking records in ----------------------------------------------------------------- */

static bool judge_door(const struct record *record, int64_t now, struct err *e)
{
	if (!record_kind(record->kind)->is_signed)
		return err_refused(e, "record.keeper-only",
		                   "a %s is said by the authority itself and not submitted",
		                   record_kind(record->kind)->name);
	if (record->claims.issued_at > now + DOOR_SECONDS)
		return err_refused(
		    e, "record.from-the-future",
		    "it was made %lld s after now; %d s are allowed (which clock is wrong?)",
		    (long long)(record->claims.issued_at - now), DOOR_SECONDS);
	return true;
}

/*
 * A key's end date is judged by the log's time, which a quiet log does not move and a record that
 * is dated back does not either: here it is judged by the clock as well.
 */
static bool judge_key_at_door(struct batch *b, const struct record *record, struct err *e)
{
	struct key_entry key;
	bool found;
	if (!entry_get(&b->state, b->arena, ENTRY_KEY,
	               key_hash(b->arena, "key/", &record->cose.kid), &key, &found, e))
		return false;
	return !found || !key.has_until || key.until > b->now ||
	       key_expired(key.holder, key.until, e);
}

/*
 * Screening goes with an application: there is no moment in which one is unscreened. The record is
 * in the batch already, and what cannot be said of it stands as not screened, which holds.
 */
static bool screen_with(struct batch *b, const struct record *record, struct err *e)
{
	bool ok = true;
	if (record->kind == KIND_APPLICATION)
		ok = screen_new(b, record, e);
	else if (record->kind == KIND_CLEARANCE)
		ok = screen_next(b, &record->body.clearance.screening, e);
	else if (record->kind == KIND_DECLARATION)
		ok = screen_end_user(b, record->body.declaration.end_user.name, e);
	if (ok || e->kind == ERR_ENVIRONMENT)
		return ok;
	*e = (struct err){0};
	return true;
}

bool batch_take(struct batch *b, struct bytes bytes, struct accepted *out, struct err *e)
{
	struct record record;
	if (!record_decode(b->arena, bytes, &record, e))
		return false;
	*out = (struct accepted){.id = record.id};
	if (!store_find_id(b->authority->store, &record.id, &out->index, &out->was_there, e))
		return false;
	if (out->was_there)
		return true;
	return judge_door(&record, b->now, e) && judge_key_at_door(b, &record, e) &&
	       batch_append(b, &record, &out->index, e) && screen_with(b, &record, e);
}

static bool take_all(struct batch *b, const struct bytes records[], size_t count,
                     struct accepted out[], size_t *failed, struct err *e)
{
	for (size_t i = 0; i < count; i++)
		if (!batch_take(b, records[i], &out[i], e)) {
			*failed = i;
			return false;
		}
	return true;
}

/* What was there already may be from a process that died before it published. */
static bool publish_taken(struct batch *b, const struct checkpoint *head, struct err *e)
{
	struct bytes note;
	return authority_publish(b->authority, b->arena, head, &note, e) ||
	       err_context(e, "the log has them, but they are not published yet");
}

bool authority_submit(struct authority *a, const struct bytes records[], size_t count, int64_t now,
                      struct accepted out[], size_t *failed, struct err *e)
{
	owned_arena arena = {0};
	struct batch batch;
	struct checkpoint head;
	size_t at_fault = count;
	bool ok = batch_begin(&batch, a, &arena, now, e) &&
	          take_all(&batch, records, count, out, &at_fault, e) &&
	          batch_commit(&batch, &head, e);
	if (failed != NULL)
		*failed = at_fault;
	if (!ok)
		batch_abandon(&batch);
	return ok && publish_taken(&batch, &head, e);
}

/* --- Renewals -------------------------------------------------------------------------- */

static bool has_answers(const struct asked asked[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (has_answer(&asked[i]))
			return true;
	return false;
}

bool authority_renew(struct authority *a, struct arena *arena, const struct bytes requests[],
                     size_t count, int64_t now, struct bytes replies[], struct err errs[],
                     struct err *e)
{
	owned_arena scratch = {0};
	struct batch batch;
	struct checkpoint head;
	struct bytes note;
	struct asked *asked = arena_array(&scratch, count, sizeof *asked);
	for (size_t i = 0; i < count; i++)
		replies[i] = (struct bytes){0};
	if (!batch_begin(&batch, a, &scratch, now, e) ||
	    !authenticate_all(&batch, requests, count, asked, errs, e) ||
	    !answer_all(&batch, asked, count, errs, e) || !batch_commit(&batch, &head, e)) {
		batch_abandon(&batch);
		return false;
	}
	if (!has_answers(asked, count))
		return true;
	if (!authority_publish(a, &scratch, &head, &note, e))
		return err_context(e, "the log has the answers, but they are not published yet");
	for (size_t i = 0; i < count; i++)
		if (has_answer(&asked[i]))
			replies[i] = answer_reply(arena, &asked[i], note);
	return true;
}

/* --- Proving --------------------------------------------------------------------------- */

/* The published tree, and the path in it to the entry at `index`. */
static bool published_path(struct authority *a, struct arena *arena, uint64_t index,
                           struct bytes *note, struct checkpoint *head, struct merkle_proof *path,
                           struct err *e)
{
	const char *file = home_path(arena, a, "log/checkpoint");
	if (!file_read(arena, file, NOTE_MAX, note, e))
		return false;
	if (!checkpoint_open(arena, *note, &a->public, head, e))
		return err_context(e, "%s", file);
	if (index >= head->size)
		return err_refused(e, "log.proof-index",
		                   "%llu entries are published; there is no entry %llu",
		                   (unsigned long long)head->size, (unsigned long long)index);
	if (!store_begin(a->store, false, e))
		return false;
	struct merkle_source source = store_merkle(a->store);
	bool ok = merkle_inclusion(&source, index, head->size, path, e);
	store_rollback(a->store);
	return ok;
}

bool authority_prove(struct authority *a, struct arena *arena, uint64_t index, struct bytes *proof,
                     struct err *e)
{
	struct log_proof out = {.index = index};
	struct checkpoint head;
	if (!published_path(a, arena, index, &out.checkpoint, &head, &out.inclusion, e))
		return false;
	*proof = proof_format(arena, &out);
	return true;
}

bool authority_receipt(struct authority *a, struct arena *arena, uint64_t index,
                       struct bytes *receipt, struct err *e)
{
	struct receipt out = {.origin = a->public.name, .index = index};
	struct checkpoint head;
	struct bytes note;
	assert(a->writes);
	if (!published_path(a, arena, index, &note, &head, &out.inclusion, e))
		return false;
	out.size = head.size;
	return receipt_sign(arena, &out, &head.root, &a->secret, receipt, e);
}
