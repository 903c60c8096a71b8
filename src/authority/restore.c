/* A home from its published log. */
#include "batch.h"

#include "base/rim.h"

enum { ENTRIES_A_BATCH = 4096 };

struct restoring {
	const struct log_view *view;
	const struct progress *progress;
	struct authority *authority;
	struct arena arena; /* of one batch */
	struct batch batch;
	uint64_t done;
	bool without_key;
	struct checkpoint head;
	bool ok;
	struct err e;
};

static bool next_batch(struct restoring *r)
{
	arena_free(&r->arena);
	return batch_begin(&r->batch, r->authority, &r->arena, rim_now(), &r->e);
}

static bool take(struct restoring *r, struct bytes entry)
{
	struct record record;
	uint64_t index;
	return record_decode(&r->arena, bytes_copy(&r->arena, entry), &record, &r->e) &&
	       batch_append(&r->batch, &record, &index, &r->e);
}

static bool each_entry(void *ctx, uint64_t index, struct bytes entry)
{
	struct restoring *r = ctx;
	r->ok = take(r, entry);
	if (!r->ok) {
		err_context(&r->e, "entry %llu", (unsigned long long)index);
		return false;
	}
	r->done++;
	if (r->done % ENTRIES_A_BATCH != 0)
		return true;
	if (r->progress != NULL && r->progress->step != NULL)
		r->progress->step(r->progress->ctx, r->done, r->view->size);
	r->ok = batch_commit(&r->batch, &r->head, &r->e) && next_batch(r);
	return r->ok;
}

/* Without the key what others have is published as it was signed. */
static bool publish(struct restoring *r, struct err *e)
{
	struct authority *a = r->authority;
	struct bytes note;
	a->goes_back = false;
	if (!r->without_key)
		return authority_publish(a, &r->arena, &r->head, &note, e) && publish_origins(a, e);
	if (!store_begin(a->store, false, e))
		return false;
	bool ok = store_publish(a->store, home_path(&r->arena, a, "log"), r->view->checkpoint,
	                        &r->head, e);
	store_rollback(a->store);
	return ok && publish_origins(a, e);
}

static bool fill(void *ctx, struct authority *a, struct err *e)
{
	struct restoring *r = ctx;
	r->authority = a;
	a->goes_back = true;
	r->ok = next_batch(r);
	bool read = r->ok && r->view->entries(r->view->ctx, 0, r->view->size, each_entry, r, e);
	bool good = read && r->ok && batch_commit(&r->batch, &r->head, &r->e);
	if (!good)
		batch_abandon(&r->batch);
	if (!good && (read || !r->ok))
		*e = r->e;
	good = good && publish(r, e);
	arena_free(&r->arena);
	return good;
}

bool authority_restore(const char *home, const struct secret_key *key, const struct log_view *view,
                       const struct progress *progress, struct log_check *out, struct err *e)
{
	struct restoring r = {.view = view, .progress = progress, .without_key = key == NULL};
	struct secret_key public_only = {.public = view->authority};
	struct home_filling filling = {fill, &r, r.without_key};
	if (key != NULL && (!key_equal(&key->public, &view->authority) ||
	                    strcmp(key->public.name, view->authority.name) != 0))
		return err_refused(e, "restore.other-key",
		                   "the log is %s's; the key given is another",
		                   view->authority.name);
	/* First that it is the log which its checkpoint signs, then its rules one by one. */
	return log_verify(view, progress, out, e) &&
	       home_make(home, key != NULL ? key : &public_only, &filling, e);
}
