#include "form.h"

#include <assert.h>
#include <stdio.h>

#include "base/instant.h"
#include "fields.h"
#include "form_yaml.h"

struct filling {
	struct arena *arena;
	enum record_kind kind;
	const struct form_world *world;
	struct err *e;
	char path[256]; /* of the field at hand: "item.capabilities.2" */
};

/* --- Errors ---------------------------------------------------------------------------- */

/* Puts field and place in front of what a lower layer said; false. */
static bool in_place(struct filling *f, const struct form_node *node)
{
	if (f->path[0] != 0)
		err_context(f->e, "%s", f->path);
	return form_place(node, f->e);
}

/* As in_place, where what was said is about the value itself. */
static bool bad_value(struct filling *f, const struct form_node *node)
{
	f->e->rule = "form.value";
	return in_place(f, node);
}

static bool expected(struct filling *f, const struct form_node *node, const char *what)
{
	err_input(f->e, "form.value", "expected %s", what);
	return in_place(f, node);
}

/* The path grows by a part while a value is read; gives the length to cut it back to. */
static size_t path_enter(struct filling *f, const char *part)
{
	size_t len = strlen(f->path);
	snprintf(f->path + len, sizeof f->path - len, "%s%s", len > 0 ? "." : "", part);
	return len;
}

/* --- Scalars --------------------------------------------------------------------------- */

/* Text that is handed to the world: one readable line. */
static bool line_check(struct filling *f, const struct form_node *node)
{
	static const struct field line = {.type = FIELD_TEXT, .most = FIELD_LINE_MAX};
	return field_text_check(&line, node->text, f->e) || bad_value(f, node);
}

static const char *text_of(const struct form_node *node)
{
	return (const char *)node->text.at;
}

/* What stands in the form, or in the file that it names there as "@FILE"; "@@..." is "@...". */
static bool value_of(struct filling *f, const struct field *field, const struct form_node *node,
                     struct bytes *out, bool *is_file)
{
	bool named = node->text.len > 0 && node->text.at[0] == '@' &&
	             (field->by_file || field->type == FIELD_PUBLIC_KEY);
	bool is_doubled = named && node->text.len > 1 && node->text.at[1] == '@';
	*out = node->text;
	*is_file = named;
	if (is_doubled)
		*out = bytes_of(node->text.at + 1, node->text.len - 1);
	if (!named || is_doubled)
		return true;
	if (f->world->file == NULL)
		return expected(f, node, "what the field holds, not a file");
	if (!line_check(f, node))
		return false;
	return f->world->file(f->world->ctx, f->arena, text_of(node) + 1, out, f->e) ||
	       in_place(f, node);
}

static bool fill_text(struct filling *f, const struct field *field, const struct form_node *node,
                      const char **out)
{
	struct bytes text;
	bool is_file;
	if (!value_of(f, field, node, &text, &is_file))
		return false;
	if (!field_text_check(field, text, f->e))
		return bad_value(f, node);
	*out = is_file ? arena_copy(f->arena, text.at, text.len) : text_of(node);
	if (field != &measure_fields[0] || f->world->target == NULL)
		return true;
	if (!f->world->target(f->world->ctx, f->arena, text_of(node), out, f->e))
		return in_place(f, node);
	return field_text_check(field, bytes_text(*out), f->e) || bad_value(f, node);
}

static bool fill_uint(struct filling *f, const struct field *field, const struct form_node *node,
                      uint64_t *out)
{
	if (!decimal_parse(node->text, out))
		return expected(f, node, "a number of 0 or more");
	return field_uint_check(field, *out, f->e) || bad_value(f, node);
}

/* "+02:00" in seconds. */
static bool parse_offset(const uint8_t at[6], int64_t *out)
{
	uint64_t hours, minutes;
	bool hour_tens = at[1] != '0', minute_tens = at[4] != '0';
	if ((at[0] != '+' && at[0] != '-') || at[3] != ':' ||
	    !decimal_parse(bytes_of(at + 2 - hour_tens, hour_tens ? 2 : 1), &hours) ||
	    !decimal_parse(bytes_of(at + 5 - minute_tens, minute_tens ? 2 : 1), &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*out = (int64_t)(hours * 3600 + minutes * 60) * (at[0] == '-' ? -1 : 1);
	return true;
}

/* RFC 3339 to the second in any zone, or a date: its midnight, UTC. */
static bool parse_time(struct bytes text, int64_t *out)
{
	enum { DATE = 10, LOCAL = 19, ZONED = 25 };
	uint8_t utc[INSTANT_TEXT];
	int64_t offset = 0;
	memcpy(utc, "0000-00-00T00:00:00Z", sizeof utc);
	if (text.len == ZONED && !parse_offset(text.at + LOCAL, &offset))
		return false;
	if (text.len != DATE && text.len != INSTANT_TEXT && text.len != ZONED)
		return false;
	memcpy(utc, text.at, text.len == ZONED ? LOCAL : text.len);
	if (!instant_parse(bytes_of(utc, sizeof utc), out))
		return false;
	*out -= offset;
	return true;
}

static bool fill_time(struct filling *f, const struct form_node *node, int64_t *out)
{
	if (!parse_time(node->text, out))
		return expected(f, node, "a time such as 2026-01-01T00:00:00Z, or a date");
	return field_time_check(*out, f->e) || bad_value(f, node);
}

static bool fill_bytes(struct filling *f, const struct field *field, const struct form_node *node,
                       struct bytes *out)
{
	bool is_file;
	if (!value_of(f, field, node, out, &is_file))
		return false;
	if (!is_file && !base64_decode(f->arena, node->text, out))
		return expected(f, node, "bytes in base64");
	return field_bytes_check(field, out->len, f->e) || bad_value(f, node);
}

static bool parse_hash(struct filling *f, const struct form_node *node, struct hash *out)
{
	struct bytes bytes;
	if (node->text.len != 2 * (size_t)HASH_SIZE || !hex_decode(f->arena, text_of(node), &bytes))
		return false;
	memcpy(out->at, bytes.at, HASH_SIZE);
	return true;
}

static bool fill_reference(struct filling *f, const struct field *field,
                           const struct form_node *node, struct hash *out)
{
	if (parse_hash(f, node, out))
		return true;
	if (f->world->reference == NULL)
		return expected(f, node, "the 64 hexadecimal digits of an id");
	if (!line_check(f, node))
		return false;
	return f->world->reference(f->world->ctx, field->name, text_of(node), out, f->e) ||
	       in_place(f, node);
}

/* A scope as a map of its dimensions, a value or a list of values each, as the text it stands for.
 */
static bool scope_of_map(struct filling *f, const struct form_node *map, struct bytes *out)
{
	struct buffer b = {.arena = f->arena};
	for (const struct form_node *n = map->first; n != NULL; n = n->next) {
		const struct form_node *value = n->shape == FORM_LIST ? n->first : n;
		buffer_bytes(&b, n->key->text);
		for (bool first = true; value != NULL;
		     value = n->shape == FORM_LIST ? value->next : NULL) {
			if (value->shape != FORM_SCALAR ||
			    memchr(value->text.at, ';', value->text.len) != NULL)
				return expected(f, value, "a value of the scope's dimension");
			buffer_text(&b, first ? "=" : ",");
			buffer_bytes(&b, value->text);
			first = false;
		}
		buffer_text(&b, ";");
	}
	*out = buffer_view(&b);
	return true;
}

static bool fill_scope(struct filling *f, const struct form_node *node, const struct scope **out)
{
	struct bytes text = node->text;
	if (node->shape != FORM_SCALAR && node->shape != FORM_MAP)
		return expected(f, node, "a scope");
	if (node->shape == FORM_MAP && !scope_of_map(f, node, &text))
		return false;
	if (scope_parse(f->arena, text, out, f->e))
		return true;
	err_context(f->e, "in the scope");
	return bad_value(f, node);
}

static bool fill_public_key(struct filling *f, const struct field *field,
                            const struct form_node *node, struct public_key *out)
{
	struct bytes line;
	bool is_file;
	if (!value_of(f, field, node, &line, &is_file))
		return false;
	if (is_file && line.len > 0 && line.at[line.len - 1] == '\n')
		line.len--;
	return field_public_key(line, out, f->e) || bad_value(f, node);
}

static bool fill_redactable(struct filling *f, const struct field *field,
                            const struct form_node *node, struct redactable *out)
{
	uint8_t salt[16];
	if (!field_text_check(field, node->text, f->e))
		return bad_value(f, node);
	f->world->random(f->world->ctx, salt, sizeof salt);
	bool made = redactable_make(f->arena, f->kind, f->path, text_of(node), salt, out);
	assert(made);
	return made;
}

/* --- Maps and lists -------------------------------------------------------------------- */

static bool fill_map(struct filling *, const struct field *, const struct form_node *, void *out);
static bool fill_value(struct filling *, const struct field *, const struct form_node *, void *at);

/* Evidence is named by its file: the digest and what else is said of it are the world's. */
static bool fill_evidence(struct filling *f, const struct form_node *node, struct evidence *out)
{
	const struct form_node *file = form_find(node, "file"), *type = form_find(node, "type");
	if (f->world->evidence == NULL)
		return expected(f, file, "no file, but its digest and size");
	if (type == NULL || node->count != 2)
		return expected(f, node, "the fields file and type, and no others");
	size_t len = path_enter(f, "file");
	if (file->shape != FORM_SCALAR || type->shape != FORM_SCALAR)
		return expected(f, node, "the name of a file and a type");
	if (!line_check(f, file) || !line_check(f, type))
		return false;
	if (!f->world->evidence(f->world->ctx, text_of(file), text_of(type), out, f->e))
		return in_place(f, file);
	f->path[len] = 0;
	return true;
}

static bool fill_list(struct filling *f, const struct field *field, const struct form_node *node,
                      struct list *out)
{
	if (node->shape != FORM_LIST)
		return expected(f, node, "a list");
	if (!field_list_check(field, node->count, f->e))
		return bad_value(f, node);
	struct field element = field_element(field);
	uint8_t *at = arena_array(f->arena, node->count, field->size);
	*out = (struct list){at, node->count};
	size_t index = 0;
	for (const struct form_node *n = node->first; n != NULL; n = n->next, at += field->size) {
		char part[24];
		snprintf(part, sizeof part, "%zu", index++);
		size_t len = path_enter(f, part);
		if (!fill_value(f, &element, n, at))
			return false;
		f->path[len] = 0;
	}
	return true;
}

static bool fill_scalar(struct filling *f, const struct field *field, const struct form_node *node,
                        void *at)
{
	if (node->shape != FORM_SCALAR)
		return expected(f, node, "a single value");
	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_LABEL:
	case FIELD_COUNTRY:
		return fill_text(f, field, node, at);
	case FIELD_UINT:
		return fill_uint(f, field, node, at);
	case FIELD_TIME:
		return fill_time(f, node, at);
	case FIELD_BYTES:
		return fill_bytes(f, field, node, at);
	case FIELD_HASH:
		return parse_hash(f, node, at) || expected(f, node, "64 hexadecimal digits");
	case FIELD_REFERENCE:
		return fill_reference(f, field, node, at);
	case FIELD_PUBLIC_KEY:
		return fill_public_key(f, field, node, at);
	case FIELD_CHOICE:
		return field_word(field, node->text, at, f->e) || bad_value(f, node);
	case FIELD_REDACTABLE:
		return fill_redactable(f, field, node, at);
	case FIELD_SCOPE:
	case FIELD_STRUCT:
	case FIELD_LIST:
	case FIELD_END:
		break;
	}
	assert(false && "a field of no scalar type");
	return false;
}

static bool fill_value(struct filling *f, const struct field *field, const struct form_node *node,
                       void *at)
{
	if (field->type == FIELD_LIST)
		return fill_list(f, field, node, at);
	if (field->type == FIELD_SCOPE)
		return fill_scope(f, node, at);
	if (field->type != FIELD_STRUCT)
		return fill_scalar(f, field, node, at);
	if (field->fields == evidence_fields && form_find(node, "file") != NULL)
		return fill_evidence(f, node, at);
	return fill_map(f, field->fields, node, at);
}

/* Left empty, or a system that is said to be unknown. */
static bool is_left_out(const struct field *field, const struct form_node *node)
{
	if (!field->optional || node->shape != FORM_SCALAR || !node->is_plain)
		return false;
	return node->text.len == 0 ||
	       (field->type == FIELD_REFERENCE && bytes_equal(node->text, bytes_text("unknown")));
}

static bool check_names(struct filling *f, const struct field *fields, const struct form_node *map)
{
	for (const struct form_node *n = map->first; n != NULL; n = n->next) {
		const struct field *field = fields;
		while (field->type != FIELD_END &&
		       !bytes_equal(n->key->text, bytes_text(field->name)))
			field++;
		if (field->type != FIELD_END)
			continue;
		struct buffer known = {.arena = f->arena};
		for (field = fields; field->type != FIELD_END; field++)
			buffer_printf(&known, "%s%s", field == fields ? "" : ", ", field->name);
		err_input(f->e, "form.field-unknown", "there is no field %s; there are: %s",
		          form_shown(f->arena, n->key), buffer_cstr(&known));
		in_place(f, n->key);
		path_enter(f, text_of(n->key));
		return false;
	}
	return true;
}

static bool fill_map(struct filling *f, const struct field *fields, const struct form_node *map,
                     void *out)
{
	if (map->shape != FORM_MAP)
		return expected(f, map, "fields and their values");
	if (!check_names(f, fields, map))
		return false;
	for (const struct field *field = fields; field->type != FIELD_END; field++) {
		const struct form_node *value = form_find(map, field->name);
		if (value == NULL && !field->optional) {
			err_input(f->e, "form.field-missing", "%s is missing", field->name);
			in_place(f, map);
			path_enter(f, field->name);
			return false;
		}
		if (value == NULL || is_left_out(field, value))
			continue;
		size_t len = path_enter(f, field->name);
		if (!fill_value(f, field, value, (uint8_t *)out + field->offset))
			return false;
		f->path[len] = 0;
		if (field->optional && field->type != FIELD_LIST)
			*(bool *)((uint8_t *)out + field->present) = true;
	}
	return true;
}

bool form_fields(struct arena *arena, const struct field *fields, const struct form_node *root,
                 const struct form_world *world, void *out, struct err *e)
{
	struct filling f = {.arena = arena, .kind = KIND_COUNT, .world = world, .e = e};
	return fill_map(&f, fields, root, out);
}

bool form_fill(struct arena *arena, enum record_kind kind, const struct form_node *root,
               const struct form_world *world, union record_body *out, const char **field,
               struct err *e)
{
	struct filling f = {.arena = arena, .kind = kind, .world = world, .e = e};
	memset(out, 0, sizeof *out);
	bool filled = fill_map(&f, record_kind(kind)->fields, root, out);
	if (!filled && field != NULL)
		*field = arena_copy(arena, f.path, strlen(f.path));
	return filled;
}

bool form_parse(struct arena *arena, enum record_kind kind, struct bytes yaml,
                const struct form_world *world, union record_body *out, struct err *e)
{
	struct form_node *root;
	memset(out, 0, sizeof *out);
	return form_read(arena, yaml, &root, e) &&
	       form_fill(arena, kind, root, world, out, NULL, e);
}
