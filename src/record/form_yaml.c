#include "form_yaml.h"

#include <yaml.h>

#include "fields.h"

struct reading {
	struct arena *arena;
	struct bytes yaml;
	yaml_parser_t parser;
	yaml_event_t event;
	struct err *e;
};

bool form_place(const struct form_node *node, struct err *e)
{
	return node->line != 0 && err_context(e, "line %zu, column %zu", node->line, node->column);
}

const struct form_node *form_find(const struct form_node *map, const char *key)
{
	const struct form_node *n = map->shape == FORM_MAP ? map->first : NULL;
	while (n != NULL && !bytes_equal(n->key->text, bytes_text(key)))
		n = n->next;
	return n;
}

const char *form_shown(struct arena *arena, const struct form_node *node)
{
	static const struct field line = {.type = FIELD_TEXT, .most = 64};
	struct err why;
	if (!field_text_check(&line, node->text, &why))
		return "(unreadable)";
	return arena_printf(arena, "'%s'", (const char *)node->text.at);
}

static bool fail(struct reading *r, const char *rule, yaml_mark_t at, const char *why)
{
	return err_input(r->e, rule, "line %zu, column %zu: %s", at.line + 1, at.column + 1, why);
}

/* libyaml gives characters it cannot read by their offset, and everything else by a mark. */
static bool fail_syntax(struct reading *r)
{
	const yaml_parser_t *p = &r->parser;
	yaml_mark_t at = p->problem_mark;
	if (p->error == YAML_MEMORY_ERROR)
		return err_environment(r->e, "out of memory");
	if (p->error == YAML_READER_ERROR)
		for (size_t i = at.line = at.column = 0; i < p->problem_offset && i < r->yaml.len;
		     i++) {
			at.column = r->yaml.at[i] == '\n' ? 0 : at.column + 1;
			at.line += r->yaml.at[i] == '\n';
		}
	bool at_sign = at.index < r->yaml.len && r->yaml.at[at.index] == '@';
	return fail(r, "form.syntax", at,
	            p->error == YAML_SCANNER_ERROR && at_sign ? "write \"@FILE\" in quotes"
	            : p->problem != NULL                      ? p->problem
	                                                      : "this is no YAML");
}

/* Moves to the next event; the last one goes. */
static bool next(struct reading *r)
{
	yaml_event_delete(&r->event);
	return yaml_parser_parse(&r->parser, &r->event) == 1 || fail_syntax(r);
}

static bool read_node(struct reading *, unsigned depth, struct form_node *out);

/* The name of a field, which must be new to its map. */
static bool read_key(struct reading *r, unsigned depth, const struct form_node *map,
                     struct form_node **out)
{
	struct form_node *key = *out = arena_alloc(r->arena, sizeof *key);
	if (!read_node(r, depth, key))
		return false;
	if (key->shape != FORM_SCALAR) {
		err_input(r->e, "form.syntax", "a field's name is a word");
		return form_place(key, r->e);
	}
	if (map->count == FORM_KEYS_MAX) {
		err_input(r->e, "form.too-large", "more than %d fields", FORM_KEYS_MAX);
		return form_place(key, r->e);
	}
	for (const struct form_node *n = map->first; n != NULL; n = n->next)
		if (bytes_equal(n->key->text, key->text)) {
			err_input(r->e, "form.field-twice", "%s stands here a second time",
			          form_shown(r->arena, key));
			return form_place(key, r->e);
		}
	return true;
}

static bool read_children(struct reading *r, unsigned depth, struct form_node *parent)
{
	bool is_map = parent->shape == FORM_MAP;
	yaml_event_type_t end = is_map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	struct form_node **link = &parent->first;
	if (depth == 0)
		return fail(r, "form.too-large", r->event.start_mark, "nested too deeply");
	for (; next(r); parent->count++, link = &(*link)->next) {
		struct form_node *key = NULL;
		if (r->event.type == end)
			return true;
		if (is_map && (!read_key(r, depth - 1, parent, &key) || !next(r)))
			return false;
		*link = arena_alloc(r->arena, sizeof **link);
		if (!read_node(r, depth - 1, *link))
			return false;
		(*link)->key = key;
	}
	return false;
}

/* The node the current event begins. */
static bool read_node(struct reading *r, unsigned depth, struct form_node *out)
{
	const yaml_event_t *event = &r->event;
	const yaml_char_t *anchor = NULL, *tag = NULL;
	*out = (struct form_node){.line = event->start_mark.line + 1,
	                          .column = event->start_mark.column + 1};
	if (event->type == YAML_ALIAS_EVENT)
		return fail(r, "form.alias", event->start_mark, "a form has no aliases");
	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		out->shape = FORM_SCALAR;
		out->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		out->text = bytes_of(
		    arena_copy(r->arena, event->data.scalar.value, event->data.scalar.length),
		    event->data.scalar.length);
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		out->shape = FORM_LIST;
	} else {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		out->shape = FORM_MAP;
	}
	if (anchor != NULL || tag != NULL)
		return fail(r, "form.alias", event->start_mark, "a form has no anchors and tags");
	return out->shape == FORM_SCALAR || read_children(r, depth, out);
}

static bool read_document(struct reading *r, struct form_node *out)
{
	for (int begun = 0; begun < 2; begun++) /* the stream, the document */
		if (!next(r))
			return false;
	if (r->event.type == YAML_STREAM_END_EVENT)
		return fail(r, "form.syntax", r->event.start_mark, "the form is empty");
	if (!next(r) || !read_node(r, FORM_DEPTH, out) || !next(r) || !next(r))
		return false;
	if (r->event.type != YAML_STREAM_END_EVENT)
		return fail(r, "form.syntax", r->event.start_mark, "a form is one document");
	return true;
}

bool form_read(struct arena *arena, struct bytes yaml, struct form_node **out, struct err *e)
{
	struct reading r = {.arena = arena, .yaml = yaml, .e = e};
	if (yaml.len > FORM_MAX)
		return err_input(e, "form.too-large", "a form of %zu bytes; at most %d fit",
		                 yaml.len, FORM_MAX);
	if (yaml_parser_initialize(&r.parser) == 0)
		return err_environment(e, "out of memory");
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	/* An empty file has no bytes at all, and the library asserts some. */
	yaml_parser_set_input_string(&r.parser, yaml.len > 0 ? yaml.at : (const uint8_t *)"",
	                             yaml.len);
	*out = arena_alloc(arena, sizeof **out);
	bool good = read_document(&r, *out);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	return good;
}
