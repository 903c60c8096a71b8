/*
 * A form for a record of any kind, made from the kind's table: what the table says of a field is
 * what the form says. What is filled in becomes bytes by POST /v1/statements.
 */
#include "pages.h"

#include <string.h>

/* The template that a field is asked by. A text that fits a line is one. */
static const char *control(const struct field *f)
{
	enum { ONE_LINE = 600 };
	switch (f->type) {
	case FIELD_STRUCT:
		return "control-group";
	case FIELD_LIST:
		return f->element == FIELD_STRUCT ? "control-list" : "control-lines";
	case FIELD_CHOICE:
		return "control-choice";
	case FIELD_SCOPE:
		return "control-scope";
	case FIELD_UINT:
		return "control-number";
	case FIELD_TIME:
		return "control-time";
	case FIELD_TEXT:
	case FIELD_REDACTABLE:
		return f->most > 0 && f->most <= ONE_LINE ? "control-line" : "control-text";
	default:
		return "control-line";
	}
}

static json_t *options(const struct field *f, const json_t *value)
{
	json_t *all = json_array();
	const char *chosen = json_string_value(value);
	for (const char *const *word = f->words; word != NULL && *word != NULL; word++)
		json_array_append_new(all, json_pack("{s:s,s:b}", "word", *word, "chosen",
		                                     chosen != NULL && strcmp(chosen, *word) == 0));
	return all;
}

/* What a control shows: lists of words a line each, the rest as it is. */
static json_t *shown(struct arena *arena, const json_t *value)
{
	struct buffer lines = {.arena = arena};
	const json_t *one;
	size_t i;
	if (!json_is_array(value))
		return json_is_object(value) ? json_null()
		                             : json_incref((json_t *)(uintptr_t)value);
	json_array_foreach(value, i, one) buffer_printf(
	    &lines, "%s%s", i > 0 ? "\n" : "", json_is_string(one) ? json_string_value(one) : "");
	return json_string(buffer_cstr(&lines));
}

static json_t *fields_of(struct page *p, const char *path, const struct field *fields,
                         const json_t *said);

static json_t *items_of(struct page *p, const char *path, const struct field *f, const json_t *said)
{
	json_t *items = json_array();
	const json_t *one;
	size_t i;
	json_array_foreach(said, i, one) json_array_append_new(
	    items,
	    json_pack("{s:o}", "fields",
	              fields_of(p, arena_printf(p->arena, "%s-%zu", path, i), f->fields, one)));
	return items;
}

/* Every key stands in every field: what is not there a template looks for further out. */
static json_t *field_of(struct page *p, const char *path, const struct field *f, const json_t *said)
{
	const json_t *value = json_object_get(said, f->name);
	const char *given = http_query(p->q, f->name),
	           *id = arena_printf(p->arena, "%s-%s", path, f->name);
	json_t *from_link =
	    value == NULL && given != NULL && said == p->data ? json_string(given) : NULL;
	const json_t *now = from_link != NULL ? from_link : value;
	bool is_struct = f->type == FIELD_STRUCT,
	     is_list = f->type == FIELD_LIST && f->element == FIELD_STRUCT;
	json_t *out = json_pack(
	    "{s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:o,s:o,s:o,s:o}", "control", control(f), "name", f->name,
	    "label", page_field(p, f->name), "id", id, "help", f->help != NULL ? f->help : "",
	    "example", f->example != NULL ? f->example : "", "is-needed", !f->optional, "value",
	    now != NULL ? shown(p->arena, now) : json_null(), "options", options(f, now), "fields",
	    is_struct || is_list ? fields_of(p, id, f->fields, is_struct ? value : NULL)
	                         : json_array(),
	    "items", is_list ? items_of(p, id, f, value) : json_array());
	json_decref(from_link);
	return out;
}

static json_t *fields_of(struct page *p, const char *path, const struct field *fields,
                         const json_t *said)
{
	json_t *all = json_array();
	for (const struct field *f = fields; f->type != FIELD_END; f++)
		json_array_append_new(all, field_of(p, path, f, said));
	return all;
}

/* What an earlier record of the kind says, to begin from; only what is public. */
static bool read_earlier(struct page *p, const char *prefix, enum record_kind kind, json_t **says)
{
	struct words w = {.arena = p->arena,
	                  .authority = p->authority,
	                  .now = p->now,
	                  .json = true,
	                  .is_public = true,
	                  .err = p->err};
	struct hash id;
	uint64_t index;
	if (!page_find(p, prefix, kind, &id, &index) || !words_show(&w, words_hex(p->arena, &id)))
		return false;
	*says = json_incref(json_object_get(w.value, "says"));
	json_decref(w.value);
	return true;
}

bool page_is_for_people(enum record_kind kind)
{
	return record_kind(kind)->is_signed && kind != KIND_RENEWAL;
}

bool page_new(struct page *p)
{
	enum record_kind kind;
	const char *name = http_parameter(p->q, "kind"), *from = http_query(p->q, "from");
	json_t *says = NULL;
	page_set(p, "draft", json_null());
	page_set(p, "house", json_null());
	if (!record_kind_by_name(name, &kind) || !page_is_for_people(kind))
		return err_refused(p->err, "state.no-such-thing",
		                   "there is no form for a \"%.40s\"", name);
	if (from != NULL && *from != 0 && !read_earlier(p, from, kind, &says))
		return false;
	json_t *draft = page_draft_form(p, kind);
	if (says == NULL)
		says = json_incref(draft);
	json_decref(draft);
	page_set(p, "kind", json_string(name));
	page_set(p, "kind-key", json_string(arena_printf(p->arena, "kind.%s", name)));
	page_set(p, "kind-help", json_string(record_kind(kind)->help));
	page_set(p, "from", json_string(from != NULL ? from : ""));
	page_set(p, "fields",
	         fields_of(p, name, record_kind(kind)->fields, says != NULL ? says : p->data));
	json_decref(says);
	return true;
}

bool page_new_kinds(struct page *p)
{
	json_t *rows = json_array();
	page_set(p, "rows", rows);
	for (enum record_kind kind = 0; kind < KIND_COUNT; kind++)
		if (page_is_for_people(kind))
			json_array_append_new(
			    rows,
			    json_pack("{s:s,s:s,s:s}", "kind", record_kind(kind)->name, "kind-key",
			              arena_printf(p->arena, "kind.%s", record_kind(kind)->name),
			              "help", record_kind(kind)->help));
	return true;
}
