#include "lists.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/instant.h"

enum { SETTINGS_MAX = 16 << 20 };

static const char *const policies[LIST_POLICIES] = {"note", "hold", "suspend"};

const char *list_policy_name(enum list_policy policy)
{
	return policies[policy];
}

bool list_policy_by_name(const char *name, enum list_policy *out)
{
	for (unsigned i = 0; i < LIST_POLICIES; i++) {
		if (strcmp(policies[i], name) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

bool list_name_is_good(const char *name)
{
	size_t len = strlen(name);
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
			return false;
	return len > 0 && len <= LIST_NAME_MAX;
}

/* --- list.json, written --------------------------------------------------------------------- */

static json_t *time_json(int64_t at)
{
	char text[INSTANT_TEXT + 1];
	instant_format(at, text);
	return json_string(text);
}

static json_t *sources_json(const struct watched_list *l)
{
	json_t *array = json_array();
	for (size_t i = 0; i < l->source_count; i++)
		json_array_append_new(array, json_pack("{s:s,s:s*,s:s*}", "at", l->sources[i].at,
		                                       "etag", l->sources[i].etag, "last-modified",
		                                       l->sources[i].last_modified));
	return array;
}

static json_t *snapshot_json(const struct list_snapshot *s)
{
	owned_arena arena = {0};
	json_t *types = json_object();
	for (unsigned t = 0; t < ENTITY_TYPES; t++)
		json_object_set_new(types, entity_type_name(t),
		                    json_integer((json_int_t)s->facts.by_type[t]));
	json_t *o =
	    json_pack("{s:s,s:s,s:o,s:I,s:I,s:o,s:I,s:I}", "digest",
	              hex_encode(&arena, hash_bytes(&s->digest)), "format", s->facts.format,
	              "retrieved", time_json(s->retrieved), "size", (json_int_t)s->size, "entries",
	              (json_int_t)s->facts.entries, "types", types, "names",
	              (json_int_t)s->facts.names, "identifiers", (json_int_t)s->facts.identifiers);
	if (s->facts.has_published)
		json_object_set_new(o, "published", time_json(s->facts.published));
	return o;
}

static const char *list_path(struct arena *arena, const char *home, const char *name)
{
	return arena_printf(arena, "%s/lists/%s", home, name);
}

bool list_save(const char *home, const struct watched_list *l, struct err *e)
{
	owned_arena arena = {0};
	json_t *snapshots = json_array();
	for (size_t i = 0; i < l->snapshot_count; i++)
		json_array_append_new(snapshots, snapshot_json(&l->snapshots[i]));
	json_t *o = json_pack("{s:s,s:o,s:s*,s:I,s:I,s:s,s:o,s:o}", "name", l->name, "sources",
	                      sources_json(l), "format", l->format, "max-age",
	                      (json_int_t)l->max_age, "shrink-percent",
	                      (json_int_t)l->shrink_percent, "policy", policies[l->policy],
	                      "checked", time_json(l->checked), "snapshots", snapshots);
	char *text = json_dumps(o, JSON_INDENT(1));
	json_decref(o);
	if (text == NULL)
		return err_environment(e, "no memory for list %s", l->name);
	const char *folder = list_path(&arena, home, l->name);
	bool ok =
	    directory_make(folder, 0755, e) &&
	    file_write(arena_printf(&arena, "%s/list.json", folder), bytes_text(text), 0644, e);
	free(text);
	return ok;
}

/* --- list.json, read ------------------------------------------------------------------------ */

struct loading {
	struct arena *arena;
	const char *path;
	struct err *e;
	bool bad;
};

static bool damaged(struct loading *l, const char *member)
{
	if (!l->bad)
		err_input(l->e, "lists.damaged", "%s: %s is missing or malformed", l->path, member);
	l->bad = true;
	return false;
}

static const char *optional_text(struct loading *l, const json_t *o, const char *member)
{
	const char *text = json_string_value(json_object_get(o, member));
	return text != NULL ? arena_copy(l->arena, text, strlen(text)) : NULL;
}

static const char *needed_text(struct loading *l, const json_t *o, const char *member)
{
	const char *text = optional_text(l, o, member);
	if (text == NULL)
		damaged(l, member);
	return text != NULL ? text : "";
}

static uint64_t needed_number(struct loading *l, const json_t *o, const char *member)
{
	const json_t *value = json_object_get(o, member);
	if (!json_is_integer(value) || json_integer_value(value) < 0) {
		damaged(l, member);
		return 0;
	}
	return (uint64_t)json_integer_value(value);
}

static int64_t needed_time(struct loading *l, const json_t *o, const char *member)
{
	int64_t at = 0;
	if (!instant_parse(bytes_text(needed_text(l, o, member)), &at))
		damaged(l, member);
	return at;
}

static void load_snapshot(struct loading *l, const json_t *o, const char *folder,
                          struct list_snapshot *out)
{
	struct bytes digest = {0};
	const char *hex = needed_text(l, o, "digest");
	const struct list_format *format = list_format(needed_text(l, o, "format"));
	const json_t *types = json_object_get(o, "types");
	if (!hex_decode(l->arena, hex, &digest) || digest.len != HASH_SIZE)
		damaged(l, "digest");
	else
		memcpy(out->digest.at, digest.at, HASH_SIZE);
	if (format == NULL)
		damaged(l, "format");
	out->folder = arena_printf(l->arena, "%s/%s", folder, hex);
	out->retrieved = needed_time(l, o, "retrieved");
	out->size = needed_number(l, o, "size");
	out->facts.format = format != NULL ? format->name : NULL;
	out->facts.entries = needed_number(l, o, "entries");
	out->facts.names = needed_number(l, o, "names");
	out->facts.identifiers = needed_number(l, o, "identifiers");
	for (unsigned t = 0; t < ENTITY_TYPES; t++)
		out->facts.by_type[t] = needed_number(l, types, entity_type_name(t));
	out->facts.has_published = json_object_get(o, "published") != NULL;
	if (out->facts.has_published)
		out->facts.published = needed_time(l, o, "published");
}

static void load_settings(struct loading *l, const json_t *o, struct watched_list *out)
{
	const json_t *sources = json_object_get(o, "sources");
	out->format = optional_text(l, o, "format");
	out->max_age = needed_number(l, o, "max-age");
	out->shrink_percent = needed_number(l, o, "shrink-percent");
	out->checked = needed_time(l, o, "checked");
	if (!list_policy_by_name(needed_text(l, o, "policy"), &out->policy))
		damaged(l, "policy");
	out->source_count = json_array_size(sources);
	if (out->source_count == 0 || out->source_count > LIST_FILES)
		damaged(l, "sources");
	out->sources = arena_array(l->arena, out->source_count, sizeof *out->sources);
	for (size_t i = 0; i < out->source_count; i++) {
		const json_t *source = json_array_get(sources, i);
		out->sources[i] = (struct list_source){needed_text(l, source, "at"),
		                                       optional_text(l, source, "etag"),
		                                       optional_text(l, source, "last-modified")};
	}
}

bool list_load(const char *home, const char *name, struct arena *arena, struct watched_list *out,
               struct err *e)
{
	*out = (struct watched_list){.name = arena_copy(arena, name, strlen(name))};
	if (!list_name_is_good(name))
		return err_usage(
		    e, "\"%.80s\" is no list's name: letters, digits, - and _, at most %d", name,
		    LIST_NAME_MAX);
	const char *folder = list_path(arena, home, name);
	struct loading l = {
	    .arena = arena, .path = arena_printf(arena, "%s/list.json", folder), .e = e};
	struct bytes text;
	json_error_t why;
	if (!file_exists(l.path))
		return err_input(e, "lists.no-such-list",
		                 "there is no list %s (proviso lists show names them)", name);
	if (!file_read(arena, l.path, SETTINGS_MAX, &text, e))
		return false;
	json_t *o = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(o)) {
		json_decref(o);
		return err_input(e, "lists.damaged", "%s: line %d: %.200s", l.path, why.line,
		                 why.text);
	}
	load_settings(&l, o, out);
	const json_t *snapshots = json_object_get(o, "snapshots");
	out->snapshot_count = json_array_size(snapshots);
	out->snapshots = arena_array(arena, out->snapshot_count, sizeof *out->snapshots);
	for (size_t i = 0; i < out->snapshot_count; i++)
		load_snapshot(&l, json_array_get(snapshots, i), folder, &out->snapshots[i]);
	json_decref(o);
	return !l.bad;
}

static int is_list(const struct dirent *entry)
{
	return list_name_is_good(entry->d_name);
}

bool lists_load(const char *home, struct arena *arena, struct watched_list **out, size_t *count,
                struct err *e)
{
	struct dirent **names;
	const char *folder = arena_printf(arena, "%s/lists", home);
	int found = scandir(folder, &names, is_list, alphasort);
	*count = 0;
	*out = NULL;
	if (found < 0)
		return errno == ENOENT || err_errno(e, "cannot read %s", folder);
	*out = arena_array(arena, (size_t)found, sizeof **out);
	bool ok = true;
	for (int i = 0; i < found; i++) {
		const char *path = arena_printf(arena, "%s/%s/list.json", folder, names[i]->d_name);
		if (ok && file_exists(path))
			ok = list_load(home, names[i]->d_name, arena, &(*out)[(*count)++], e);
		free(names[i]);
	}
	free(names);
	return ok;
}

/* --- In time -------------------------------------------------------------------------------- */

const struct list_snapshot *list_current(const struct watched_list *l)
{
	return l->snapshot_count > 0 ? &l->snapshots[l->snapshot_count - 1] : NULL;
}

const struct list_snapshot *list_as_of(const struct watched_list *l, int64_t at)
{
	const struct list_snapshot *found = NULL;
	int64_t since = INT64_MIN;
	for (size_t i = 0; i < l->snapshot_count; i++) {
		const struct list_snapshot *s = &l->snapshots[i];
		/* What was published counts from then on, though it was fetched later. */
		int64_t from = s->facts.has_published && s->facts.published < s->retrieved
		                   ? s->facts.published
		                   : s->retrieved;
		if (from <= at && from >= since) {
			found = s;
			since = from;
		}
	}
	return found;
}

bool list_is_stale(const struct watched_list *l, int64_t now)
{
	return l->snapshot_count == 0 || (l->max_age > 0 && now - l->checked > (int64_t)l->max_age);
}

int list_lock(const char *home, const char *name, struct err *e)
{
	owned_arena arena = {0};
	const char *folder = list_path(&arena, home, name);
	if (!directory_make(folder, 0755, e))
		return -1;
	int fd = open(arena_printf(&arena, "%s/.lock", folder), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || flock(fd, LOCK_EX) != 0) {
		err_errno(e, "cannot lock list %s", name);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}
