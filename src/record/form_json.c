#include "form_json.h"

struct converting {
	struct arena *arena;
	struct err *e;
};

static bool convert(struct converting *, unsigned depth, const json_t *, struct form_node *out);

/* Appends the node of a value to its parent. */
static bool convert_child(struct converting *c, unsigned depth, const char *key,
                          const json_t *value, struct form_node *parent, struct form_node ***link)
{
	struct form_node *node = **link = arena_alloc(c->arena, sizeof *node);
	if (!convert(c, depth - 1, value, node))
		return false;
	if (key != NULL) {
		node->key = arena_alloc(c->arena, sizeof *node->key);
		*node->key =
		    (struct form_node){.shape = FORM_SCALAR,
		                       .text = bytes_text(arena_copy(c->arena, key, strlen(key)))};
	}
	parent->count++;
	*link = &node->next;
	return true;
}

static bool convert_children(struct converting *c, unsigned depth, const json_t *json,
                             struct form_node *out)
{
	struct form_node **link = &out->first;
	if (depth == 0)
		return err_input(c->e, "form.too-large", "nested too deeply");
	if (out->shape == FORM_LIST) {
		for (size_t i = 0; i < json_array_size(json); i++)
			if (!convert_child(c, depth, NULL, json_array_get(json, i), out, &link))
				return false;
		return true;
	}
	if (json_object_size(json) > FORM_KEYS_MAX)
		return err_input(c->e, "form.too-large", "more than %d fields", FORM_KEYS_MAX);
	json_t *object = (json_t *)(uintptr_t)json, *value; /* jansson's loop takes no const */
	const char *key;
	json_object_foreach(
	    object, key, value) if (!convert_child(c, depth, key, value, out, &link)) return false;
	return true;
}

static bool convert(struct converting *c, unsigned depth, const json_t *json, struct form_node *out)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		out->shape = json_is_object(json) ? FORM_MAP : FORM_LIST;
		return convert_children(c, depth, json, out);
	case JSON_STRING:
		out->text = bytes_of(
		    arena_copy(c->arena, json_string_value(json), json_string_length(json)),
		    json_string_length(json));
		return true;
	case JSON_INTEGER:
		out->text = bytes_text(
		    arena_printf(c->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(json)));
		out->is_plain = true;
		return true;
	case JSON_NULL:
		out->text = bytes_text("");
		out->is_plain = true;
		return true;
	default:
		out->shape = FORM_OTHER;
		return true;
	}
}

bool form_of_json(struct arena *arena, const json_t *json, struct form_node **out, struct err *e)
{
	struct converting c = {arena, e};
	*out = arena_alloc(arena, sizeof **out);
	return convert(&c, FORM_DEPTH, json, *out);
}
