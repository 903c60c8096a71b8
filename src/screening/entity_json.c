/* Entities as lines of JSON: what a snapshot keeps, and what anybody can read. */
#include <jansson.h>
#include <string.h>

#include "base/bytes.h"
#include "lists.h"

static const char *const name_kinds[] = {"primary", "alias", "weak"};

/* Members without text are left out. */
static void put(json_t *o, const char *member, const char *text)
{
	if (text != NULL && *text != 0)
		json_object_set_new(o, member, json_string(text));
}

static void put_array(json_t *o, const char *member, json_t *array)
{
	if (json_array_size(array) > 0)
		json_object_set_new(o, member, array);
	else
		json_decref(array);
}

static json_t *texts(const char *const *at, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(at[i]));
	return array;
}

static json_t *to_json(const struct entity *x)
{
	json_t *o = json_object(), *names = json_array(), *ids = json_array(),
	       *notes = json_array();
	put(o, "id", x->id);
	put(o, "type", entity_type_name(x->type));
	for (size_t i = 0; i < x->name_count; i++) {
		json_t *name = json_object();
		put(name, "text", x->names[i].text);
		put(name, "given", x->names[i].given);
		put(name, "family", x->names[i].family);
		put(name, "kind", name_kinds[x->names[i].kind]);
		json_array_append_new(names, name);
	}
	for (size_t i = 0; i < x->identifier_count; i++) {
		json_t *id = json_object();
		put(id, "kind", x->identifiers[i].kind);
		put(id, "value", x->identifiers[i].value);
		put(id, "country", x->identifiers[i].country);
		json_array_append_new(ids, id);
	}
	for (size_t i = 0; i < x->note_count; i++) {
		json_t *note = json_object();
		put(note, "label", x->notes[i].label);
		put(note, "text", x->notes[i].text);
		json_array_append_new(notes, note);
	}
	put_array(o, "names", names);
	put_array(o, "births", texts(x->births, x->birth_count));
	put_array(o, "countries", texts(x->countries, x->country_count));
	put_array(o, "addresses", texts(x->addresses, x->address_count));
	put_array(o, "identifiers", ids);
	put_array(o, "notes", notes);
	return o;
}

const char *entity_line(struct arena *arena, const struct entity *x)
{
	json_t *o = to_json(x);
	char *text = json_dumps(o, JSON_COMPACT);
	const char *line = text != NULL ? arena_copy(arena, text, strlen(text)) : "";
	free(text);
	json_decref(o);
	return line;
}

/* --- Back ----------------------------------------------------------------------------------- */

static const char *text(struct arena *arena, const json_t *o, const char *member)
{
	const char *value = json_string_value(json_object_get(o, member));
	return value != NULL ? arena_copy(arena, value, strlen(value)) : NULL;
}

static const char *const *text_array(struct arena *arena, const json_t *o, const char *member,
                                     size_t *count)
{
	const json_t *array = json_object_get(o, member);
	*count = json_array_size(array);
	const char **out = arena_array(arena, *count, sizeof *out);
	for (size_t i = 0; i < *count; i++) {
		const char *value = json_string_value(json_array_get(array, i));
		out[i] = value != NULL ? arena_copy(arena, value, strlen(value)) : "";
	}
	return out;
}

static void names_from(struct arena *arena, const json_t *array, struct entity *out)
{
	out->name_count = json_array_size(array);
	struct entity_name *names = arena_array(arena, out->name_count, sizeof *names);
	for (size_t i = 0; i < out->name_count; i++) {
		const json_t *o = json_array_get(array, i);
		const char *kind = json_string_value(json_object_get(o, "kind"));
		names[i].text = text(arena, o, "text");
		names[i].given = text(arena, o, "given");
		names[i].family = text(arena, o, "family");
		for (unsigned k = 0; k < 3; k++)
			if (kind != NULL && strcmp(kind, name_kinds[k]) == 0)
				names[i].kind = k;
		if (names[i].text == NULL)
			names[i].text = "";
	}
	out->names = names;
}

static void details_from(struct arena *arena, const json_t *o, struct entity *out)
{
	const json_t *ids = json_object_get(o, "identifiers"), *notes = json_object_get(o, "notes");
	out->identifier_count = json_array_size(ids);
	out->note_count = json_array_size(notes);
	struct entity_identifier *id = arena_array(arena, out->identifier_count, sizeof *id);
	struct entity_note *note = arena_array(arena, out->note_count, sizeof *note);
	for (size_t i = 0; i < out->identifier_count; i++) {
		const json_t *one = json_array_get(ids, i);
		id[i].kind = text(arena, one, "kind");
		id[i].value = text(arena, one, "value");
		id[i].country = text(arena, one, "country");
		if (id[i].kind == NULL)
			id[i].kind = "other";
		if (id[i].value == NULL)
			id[i].value = "";
	}
	for (size_t i = 0; i < out->note_count; i++) {
		const json_t *one = json_array_get(notes, i);
		note[i].label = text(arena, one, "label");
		note[i].text = text(arena, one, "text");
		if (note[i].label == NULL)
			note[i].label = "";
		if (note[i].text == NULL)
			note[i].text = "";
	}
	out->identifiers = id;
	out->notes = note;
}

bool entity_from_line(struct arena *arena, const char *line, size_t len, struct entity *out,
                      struct err *e)
{
	json_error_t why;
	json_t *o = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
	*out = (struct entity){0};
	if (!json_is_object(o)) {
		json_decref(o);
		return err_input(e, "lists.damaged", "not an entity: %.200s", why.text);
	}
	const char *type = json_string_value(json_object_get(o, "type"));
	out->id = text(arena, o, "id");
	if (type != NULL)
		entity_type_by_name(type, &out->type);
	names_from(arena, json_object_get(o, "names"), out);
	out->births = text_array(arena, o, "births", &out->birth_count);
	out->countries = text_array(arena, o, "countries", &out->country_count);
	out->addresses = text_array(arena, o, "addresses", &out->address_count);
	details_from(arena, o, out);
	json_decref(o);
	if (out->id == NULL || out->name_count == 0)
		return err_input(e, "lists.damaged", "an entity without id or name");
	return true;
}
