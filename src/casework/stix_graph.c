/* What a bundle says: its objects and what links them. */
#include "stix_graph.h"

#include <stdlib.h>
#include <string.h>

#include "authority/stix.h"
#include "base/instant.h"

struct reading {
	struct arena *arena;
	struct stix_graph *g;
	struct named_link {
		const char *from, *to, *words;
	} * links;
	size_t count, room;
	struct entry {
		const char *id;
		size_t at;
	} * index; /* of the objects that are there, by id */
	size_t indexed;
};

/* At most STIX_WORDS_MAX bytes, no character cut in two. */
static const char *cut(struct arena *arena, const char *text)
{
	size_t len = strlen(text);
	if (len <= STIX_WORDS_MAX)
		return arena_copy(arena, text, len);
	for (len = STIX_WORDS_MAX; (text[len] & 0xC0) == 0x80; len--)
		;
	return arena_printf(arena, "%.*s…", (int)len, text);
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text != NULL && *text != 0 ? text : NULL;
}

/* --- Objects --------------------------------------------------------------------------------- */

/* What says most of an object comes first. */
static const char *words_of(const json_t *object)
{
	static const char *const members[] = {
	    "name",         "value",   "pattern",      "abstract", "content",     "path",   "key",
	    "display_name", "user_id", "command_line", "subject",  "description", "opinion"};
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (text_of(object, members[i]) != NULL)
			return text_of(object, members[i]);
	return "";
}

/* STIX's times have parts of a second; ours have none. */
static int64_t time_of(struct arena *arena, const json_t *object)
{
	enum { SECONDS = 19 };
	static const char *const members[] = {"first_observed", "first_seen", "valid_from",
	                                      "published", "created"};
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const char *text = text_of(object, members[i]);
		int64_t at;
		if (text != NULL && strlen(text) > SECONDS &&
		    instant_parse(bytes_text(arena_printf(arena, "%.*sZ", SECONDS, text)), &at))
			return at;
	}
	return 0;
}

static bool is_relationship(const json_t *object)
{
	return strcmp(text_of(object, "type"), "relationship") == 0;
}

static void read_object(struct reading *r, const json_t *object)
{
	const char *by = text_of(object, "created_by_ref");
	r->g->objects[r->g->object_count++] =
	    (struct stix_object){.type = cut(r->arena, text_of(object, "type")),
	                         .id = cut(r->arena, text_of(object, "id")),
	                         .words = cut(r->arena, words_of(object)),
	                         .at = time_of(r->arena, object),
	                         .by = by != NULL ? cut(r->arena, by) : NULL,
	                         .is_there = true,
	                         .is_link = is_relationship(object)};
}

/* --- Links ------------------------------------------------------------------------------------ */

/* `from` is cut already. */
static void add_link(struct reading *r, const char *from, const char *words, const char *to)
{
	if (from == NULL || to == NULL)
		return;
	if (r->count == STIX_LINKS_MAX) {
		r->g->is_cut = true;
		return;
	}
	if (r->count == r->room) {
		size_t room = r->room * 2 + 64;
		struct named_link *more = arena_array(r->arena, room, sizeof *more);
		if (r->count > 0)
			memcpy(more, r->links, r->count * sizeof *more);
		r->links = more;
		r->room = room;
	}
	r->links[r->count++] = (struct named_link){from, cut(r->arena, to), cut(r->arena, words)};
}

/* "sighting_of_ref" says "sighting-of"; NULL where a member refers to nothing. Who made an object
 * is told beside it, and how it may be handed on is no part of what it says. */
static const char *reference_of(struct arena *arena, const char *member)
{
	size_t len = strlen(member);
	bool one = len > 4 && strcmp(member + len - 4, "_ref") == 0,
	     many = len > 5 && strcmp(member + len - 5, "_refs") == 0;
	if ((!one && !many) || strcmp(member, "created_by_ref") == 0 ||
	    strcmp(member, "object_marking_refs") == 0)
		return NULL;
	char *words = arena_copy(arena, member, len - (one ? 4 : 5));
	for (char *c = words; *c != 0; c++)
		*c = *c == '_' ? '-' : *c;
	return words;
}

static void read_references(struct reading *r, const json_t *object, const char *id)
{
	const char *member;
	json_t *value, *one;
	size_t i;
	id = cut(r->arena, id);
	json_object_foreach((json_t *)(uintptr_t)object, member, value)
	{
		const char *words = reference_of(r->arena, member);
		if (words == NULL)
			continue;
		if (json_is_string(value))
			add_link(r, id, words, json_string_value(value));
		json_array_foreach(value, i, one) add_link(r, id, words, json_string_value(one));
	}
}

static void read_links(struct reading *r, const json_t *object)
{
	const char *words = text_of(object, "relationship_type"),
	           *from = text_of(object, "source_ref");
	if (is_relationship(object))
		add_link(r, from != NULL ? cut(r->arena, from) : NULL,
		         words != NULL ? words : "related-to", text_of(object, "target_ref"));
	else
		read_references(r, object, text_of(object, "id"));
}

/* --- Whom a link leads to --------------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->id, y->id);
	return order != 0 ? order : x->at < y->at ? -1 : x->at > y->at;
}

/* The first of the id: an object may stand there in several versions. */
static const struct entry *find(const struct reading *r, const char *id)
{
	size_t low = 0, high = r->indexed;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(r->index[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < r->indexed && strcmp(r->index[low].id, id) == 0 ? &r->index[low] : NULL;
}

static void make_index(struct reading *r)
{
	r->index = arena_array(r->arena, r->g->object_count, sizeof *r->index);
	r->indexed = r->g->object_count;
	for (size_t i = 0; i < r->indexed; i++)
		r->index[i] = (struct entry){r->g->objects[i].id, i};
	if (r->indexed > 0)
		qsort(r->index, r->indexed, sizeof *r->index, compare_entries);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What is referred to and is not there becomes an object that says so, once. */
static void add_missing(struct reading *r)
{
	const char **ids = arena_array(r->arena, r->count * 2, sizeof *ids);
	size_t count = 0;
	for (size_t i = 0; i < r->count; i++) {
		if (find(r, r->links[i].from) == NULL)
			ids[count++] = r->links[i].from;
		if (find(r, r->links[i].to) == NULL)
			ids[count++] = r->links[i].to;
	}
	if (count == 0)
		return;
	qsort(ids, count, sizeof *ids, compare_texts);
	struct stix_object *all = arena_array(r->arena, r->g->object_count + count, sizeof *all);
	memcpy(all, r->g->objects, r->g->object_count * sizeof *all);
	r->g->objects = all;
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(ids[i], ids[i - 1]) != 0)
			all[r->g->object_count++] = (struct stix_object){
			    .type = arena_printf(r->arena, "%.*s",
			                         (int)(strstr(ids[i], "--") != NULL
			                                   ? strstr(ids[i], "--") - ids[i]
			                                   : 0),
			                         ids[i]),
			    .id = ids[i],
			    .words = ""};
	make_index(r);
}

static void resolve(struct reading *r)
{
	struct stix_graph *g = r->g;
	g->links = arena_array(r->arena, r->count, sizeof *g->links);
	for (size_t i = 0; i < r->count; i++) {
		size_t from = find(r, r->links[i].from)->at, to = find(r, r->links[i].to)->at;
		g->links[g->link_count++] = (struct stix_link){from, to, r->links[i].words};
		g->objects[from].links++;
		g->objects[to].links += from != to;
	}
}

/* --- The whole ---------------------------------------------------------------------------------
 */

bool stix_graph_read(struct arena *arena, struct bytes file, struct stix_graph *g, struct err *e)
{
	*g = (struct stix_graph){0};
	if (file.len > STIX_SHOWN_BYTES)
		return err_input(e, "evidence.too-large", "%zu bytes are more than %d", file.len,
		                 STIX_SHOWN_BYTES);
	json_t *bundle = stix_open(file, e), *object;
	if (bundle == NULL)
		return false;
	const json_t *objects = json_object_get(bundle, "objects");
	size_t i, all = json_array_size(objects);
	struct reading r = {.arena = arena, .g = g};
	g->is_cut = all > STIX_OBJECTS_MAX;
	g->objects = arena_array(arena, all, sizeof *g->objects);
	json_array_foreach(objects, i, object)
	{
		if (i == STIX_OBJECTS_MAX)
			break;
		read_object(&r, object);
		read_links(&r, object);
	}
	json_decref(bundle);
	g->there_count = g->object_count;
	make_index(&r);
	add_missing(&r);
	resolve(&r);
	stix_graph_lay_out(arena, g);
	return true;
}

const struct stix_object *stix_graph_find(const struct stix_graph *g, const char *id)
{
	for (size_t i = 0; i < g->object_count; i++)
		if (g->objects[i].is_there && strcmp(g->objects[i].id, id) == 0)
			return &g->objects[i];
	return NULL;
}
