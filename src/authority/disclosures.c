/* Confidential values: each in a file named by its digest, which is what the log holds. */
#include "authority.h"

#include "base/file.h"
#include "batch.h"

struct work {
	struct arena     arena;
	struct authority *authority;
	struct arena     *into; /* where disclosed values go */
	struct record    *record;
	bool              ok;
	struct err       *e;
};

static const char *path_of(struct work *w, const struct redactable *value)
{
	return arena_printf(&w->arena, "%s/disclosures/%s", w->authority->home,
	    hex_encode(&w->arena, hash_bytes(&value->digest)));
}

static void keep(void *ctx, const char *path, struct redactable *value)
{
	struct work *w = ctx;
	(void)path;
	const char *file = path_of(w, value);
	if (w->ok && value->disclosure.len > 0 && !file_exists(file))
		w->ok = file_write(file, value->disclosure, 0600, w->e);
}

bool authority_keep_disclosures(struct authority *a, struct record *record, struct err *e)
{
	struct work w = {.authority = a, .e = e};
	w.ok = directory_make(home_path(&w.arena, a, "disclosures"), 0700, e);
	record_redactables(record, keep, &w);
	arena_free(&w.arena);
	return w.ok;
}

static void fit(void *ctx, const char *path, struct redactable *value)
{
	struct work *w = ctx;
	struct bytes disclosure;
	(void)path;
	const char *file = path_of(w, value);
	if (!w->ok || !file_exists(file))
		return;
	w->ok = file_read(w->into, file, RECORD_MAX, &disclosure, w->e) &&
	        (record_disclose(w->into, w->record, disclosure, w->e) || err_context(w->e, "%s", file));
}

bool authority_disclose(struct authority *a, struct arena *arena, struct record *record,
    struct err *e)
{
	struct work w = {.authority = a, .into = arena, .record = record, .ok = true, .e = e};
	record_redactables(record, fit, &w);
	arena_free(&w.arena);
	return w.ok;
}
