/* The index of a snapshot: opened, or made from the entities that the snapshot keeps. */
#include "matching.h"

#include <string.h>

#include "base/file.h"

static bool visit(void *context, const struct entity *x, struct err *e)
{
	(void)e;
	screening_builder_each(context, x); /* what went wrong is told at the end */
	return true;
}

static bool make(const char *list, const struct list_snapshot *s, const char *path, struct err *e)
{
	struct screening_builder *b = screening_builder_new(
	    &(struct screening_source){.list = list, .date = s->retrieved, .snapshot = s->digest});
	bool ok = snapshot_read(s->folder, visit, b, e) && screening_builder_finish(b, path, e);
	screening_builder_free(b);
	return ok || err_context(e, "the index of list %s", list);
}

struct screening_index *list_index_open(const char *list, const struct list_snapshot *s,
                                        struct err *e)
{
	owned_arena arena = {0};
	const char *path = arena_printf(&arena, "%s/index", s->folder);
	if (file_exists(path)) {
		struct screening_index *x = screening_index_open(path, e);
		if (x != NULL)
			return x;
	}
	return make(list, s, path, e) ? screening_index_open(path, e) : NULL;
}
