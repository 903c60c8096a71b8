/* Where a log is read from when it is checked: a home's store, or a published folder. */
#include "authority.h"

#include <assert.h>
#include <stdlib.h>

#include "base/file.h"
#include "batch.h"

enum { ORIGINS_MAX = 65536 };

static bool read_checkpoint(struct log_view *view, struct err *e)
{
	struct note note;
	struct checkpoint checkpoint;
	if (!note_parse(&view->arena, view->checkpoint, &note, e) ||
	    !checkpoint_parse(&view->arena, note.text, &checkpoint, e))
		return err_context(e, "checkpoint");
	view->size = checkpoint.size;
	return true;
}

void log_signer(struct arena *arena, struct bytes checkpoint, struct bytes origins,
                const struct public_key *authority, struct public_key *out)
{
	struct note *note = arena_alloc(arena, sizeof *note);
	struct checkpoint head;
	struct err why;
	*out = *authority;
	if (!note_parse(arena, checkpoint, note, &why) ||
	    !checkpoint_parse(arena, note->text, &head, &why) ||
	    strcmp(head.origin, authority->name) == 0)
		return;
	struct reader r = reader_of(origins);
	while (reader_left(&r) > 0 && !r.bad) {
		struct public_key key;
		if (key_line_parse(read_line(&r), &key, &why) && strcmp(key.name, head.origin) == 0)
			*out = key;
	}
}

void log_view_close(struct log_view *view)
{
	if (view->close != NULL)
		view->close(view->ctx);
	arena_free(&view->arena);
	*view = (struct log_view){0};
}

/* --- A home ---------------------------------------------------------------------------- */

static bool home_entries(void *ctx, uint64_t from, uint64_t to,
                         bool (*each)(void *ctx, uint64_t index, struct bytes entry),
                         void *each_ctx, struct err *e)
{
	return store_entries(ctx, from, to, each, each_ctx, e);
}

static void home_close(void *ctx)
{
	store_rollback(ctx);
}

bool log_view_home(struct authority *a, struct log_view *out, struct err *e)
{
	*out = (struct log_view){
	    .ctx = a->store, .authority = a->public, .signer = a->public, .entries = home_entries};
	const char *path = home_path(&out->arena, a, "log/checkpoint");
	/* The checkpoint first: the store can only have grown since. */
	if (file_read(&out->arena, path, NOTE_MAX, &out->checkpoint, e) &&
	    read_checkpoint(out, e) && store_begin(a->store, false, e)) {
		out->close = home_close;
		out->merkle = store_merkle(a->store);
		if (store_size(a->store) >= out->size)
			return true;
		err_refused(e, "log.short", "%llu entries were published and the store has %llu",
		            (unsigned long long)out->size,
		            (unsigned long long)store_size(a->store));
	}
	log_view_close(out);
	return false;
}

/* --- A published folder ------------------------------------------------------------------ */

static bool directory_entries(void *ctx, uint64_t from, uint64_t to,
                              bool (*each)(void *ctx, uint64_t index, struct bytes entry),
                              void *each_ctx, struct err *e)
{
	return published_entries(ctx, from, to, each, each_ctx, e);
}

static void directory_close(void *ctx)
{
	published_close(ctx);
}

bool log_view_directory(const char *directory, const struct public_key *authority,
                        struct log_view *out, struct err *e)
{
	*out = (struct log_view){
	    .ctx = published_open(directory, e),
	    .authority = *authority,
	    .entries = directory_entries,
	    .close = directory_close,
	};
	if (out->ctx == NULL)
		return false;
	out->checkpoint = published_checkpoint(out->ctx);
	struct bytes origins = {0};
	const char *path = arena_printf(&out->arena, "%s/origins", directory);
	if (file_exists(path) && !file_read(&out->arena, path, ORIGINS_MAX, &origins, e)) {
		log_view_close(out);
		return false;
	}
	log_signer(&out->arena, out->checkpoint, origins, authority, &out->signer);
	if (read_checkpoint(out, e)) {
		out->merkle = published_merkle(out->ctx, out->size);
		return true;
	}
	log_view_close(out);
	return false;
}
