#include "keep.h"

#include <string.h>

#include "base/file.h"
#include "base/instant.h"

#define APPLIED "# applied by "

enum { MODE = 0600, FIRST_LINE = 512 };

static const char *path_of(struct arena *arena, const char *home, const char *name)
{
	return arena_printf(arena, "%s/%s", home, name);
}

static const char *path_now(struct arena *arena, const char *home)
{
	return path_of(arena, home, "casework.yaml");
}

static const char *path_before(struct arena *arena, const char *home)
{
	return path_of(arena, home, "casework.previous.yaml");
}

static bool read_file(struct arena *arena, const char *path, struct bytes *out, struct err *e)
{
	*out = bytes_of("", 0);
	return !file_exists(path) || file_read(arena, path, SETTINGS_MAX + FIRST_LINE, out, e);
}

/* What stands behind the line that says who applied it; `*applied` (may be NULL) gets that. */
static struct bytes without_line(struct arena *arena, struct bytes file, const char **applied)
{
	size_t mark = strlen(APPLIED);
	const char *text = (const char *)file.at,
	           *end = file.len > mark ? memchr(text, '\n', file.len) : NULL;
	if (end == NULL || (size_t)(end - text) < mark || memcmp(text, APPLIED, mark) != 0)
		return file;
	if (applied != NULL)
		*applied = arena_copy(arena, text + mark, (size_t)(end - text) - mark);
	return bytes_of(end + 1, file.len - (size_t)(end + 1 - text));
}

bool keep_read(struct arena *arena, const char *home, struct kept_settings *out, struct err *e)
{
	struct bytes file;
	*out = (struct kept_settings){0};
	if (!read_file(arena, path_now(arena, home), &file, e))
		return false;
	struct bytes yaml = without_line(arena, file, &out->applied);
	out->digest = sha256(file);
	out->yaml = arena_copy(arena, (const char *)yaml.at, yaml.len);
	out->has_previous = file_exists(path_before(arena, home));
	return true;
}

/* No file is as good as one that says nothing, and can be gone back to. */
static struct bytes at_least_empty(struct bytes yaml)
{
	return yaml.len > 0 ? yaml : bytes_text("{}\n");
}

bool keep_apply(struct arena *arena, const char *home, struct bytes yaml, const struct hash *over,
                const char *by, int64_t now, struct err *e)
{
	struct casework_settings settings;
	struct bytes before;
	char at[INSTANT_TEXT + 1];
	yaml = without_line(arena, yaml, NULL);
	if (!settings_parse(arena, yaml, &settings, e) ||
	    !read_file(arena, path_now(arena, home), &before, e))
		return false;
	struct hash is = sha256(before);
	if (!hash_equal(&is, over))
		return err_refused(
		    e, "settings.changed",
		    "somebody has changed the rules since you looked at them: look at "
		    "them again");
	struct buffer file = {.arena = arena};
	instant_format(now, at);
	buffer_printf(&file, APPLIED "%s, %s\n", by, at);
	buffer_bytes(&file, yaml);
	return file_write(path_before(arena, home), at_least_empty(before), MODE, e) &&
	       file_write(path_now(arena, home), buffer_view(&file), MODE, e);
}

bool keep_undo(struct arena *arena, const char *home, const struct hash *over, const char *by,
               int64_t now, struct err *e)
{
	struct bytes before;
	if (!file_exists(path_before(arena, home)))
		return err_refused(e, "settings.no-previous", "there are no rules to go back to");
	return read_file(arena, path_before(arena, home), &before, e) &&
	       keep_apply(arena, home, before, over, by, now, e);
}
