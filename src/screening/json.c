#include "json.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"

static bool fail(struct json_source *s, const char *what)
{
	return err_input(s->e, "list.json", "%s: line %zu: %s", s->file->name, s->line, what);
}

void json_begin(struct json_source *s, const struct list_file *file, struct err *e)
{
	*s = (struct json_source){.file = file, .line = 1, .e = e};
	rewind(file->at);
}

static int take(struct json_source *s)
{
	int byte = getc_unlocked(s->file->at);
	if (byte != EOF)
		s->offset++;
	s->line += byte == '\n';
	return byte;
}

static void give_back(struct json_source *s, int byte)
{
	if (byte == EOF)
		return;
	ungetc(byte, s->file->at);
	s->offset--;
	s->line -= byte == '\n';
}

static int take_solid(struct json_source *s)
{
	int byte;
	do
		byte = take(s);
	while (byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t');
	return byte;
}

/* One byte a call: jansson asks for more than the value needs, and the rest would be lost. */
static size_t feed(void *at, size_t room, void *user)
{
	struct json_source *s = user;
	(void)room;
	int byte = s->bytes++ < JSON_ELEMENT ? take(s) : EOF;
	if (byte == EOF)
		return 0;
	*(char *)at = (char)byte;
	return 1;
}

static bool read_object(struct json_source *s, json_t **out)
{
	json_error_t why;
	size_t line = s->line;
	s->bytes = 0;
	*out = json_load_callback(feed, s, JSON_DISABLE_EOF_CHECK, &why);
	if (*out == NULL && s->bytes > JSON_ELEMENT)
		return err_input(s->e, "list.too-large",
		                 "%s: line %zu: an entry larger than 16 MiB", s->file->name, line);
	if (*out == NULL)
		return err_input(s->e, "list.json", "%s: line %zu: %.200s", s->file->name, s->line,
		                 why.text);
	if (!json_is_object(*out)) {
		json_decref(*out);
		*out = NULL;
		return fail(s, "not an object");
	}
	return true;
}

static bool read_failed(struct json_source *s)
{
	if (ferror(s->file->at))
		return err_errno(s->e, "cannot read %s", s->file->name);
	return true;
}

bool json_next_line(struct json_source *s, json_t **out)
{
	*out = NULL;
	int byte = take_solid(s);
	if (byte == EOF)
		return read_failed(s);
	give_back(s, byte);
	return read_object(s, out);
}

/* Over a string whose opening quote was taken; `name` gets what fits of it. */
static bool skip_string(struct json_source *s, char *name, size_t room)
{
	size_t len = 0;
	for (int byte = take(s); byte != '"'; byte = take(s)) {
		if (byte == EOF)
			return fail(s, "the file ends inside a text");
		if (len + 1 < room)
			name[len++] = (char)byte;
		if (byte == '\\')
			take(s);
	}
	if (room > 0)
		name[len] = 0;
	return true;
}

/* Over a value of a member that is not wanted; *after gets the ',' or '}' that follows it. */
static bool skip_value(struct json_source *s, int *after)
{
	size_t depth = 0;
	for (;;) {
		int byte = take(s);
		if (byte == EOF)
			return fail(s, "the file ends too soon");
		if (depth == 0 && (byte == ',' || byte == '}')) {
			*after = byte;
			return true;
		}
		if (byte == '"' && !skip_string(s, NULL, 0))
			return false;
		depth += byte == '{' || byte == '[';
		if ((byte == '}' || byte == ']') && depth-- == 0)
			return fail(s, "a bracket too many");
	}
}

bool json_enter_array(struct json_source *s, const char *name)
{
	char member[64];
	int byte = take_solid(s);
	if (byte == '[') /* the array alone */
		return true;
	if (byte != '{')
		return fail(s, "neither an object nor an array");
	do {
		if (take_solid(s) != '"' || !skip_string(s, member, sizeof member))
			return s->e->kind != ERR_NONE ? false : fail(s, "a name is expected");
		if (take_solid(s) != ':')
			return fail(s, "\":\" is expected");
		if (strcmp(member, name) == 0)
			return take_solid(s) == '[' ? true : fail(s, "an array is expected");
		if (!skip_value(s, &byte))
			return false;
	} while (byte == ',');
	return err_input(s->e, "list.json", "%s: it has no \"%s\"", s->file->name, name);
}

bool json_next_element(struct json_source *s, json_t **out)
{
	*out = NULL;
	int byte = take_solid(s);
	if (byte == ',')
		byte = take_solid(s);
	if (byte == ']')
		return true;
	if (byte == EOF)
		return fail(s, "the file ends inside the array");
	give_back(s, byte);
	return read_object(s, out);
}

bool json_seek(struct json_source *s, off_t offset, size_t line)
{
	if (fseeko(s->file->at, offset, SEEK_SET) != 0)
		return err_errno(s->e, "cannot read %s again", s->file->name);
	s->offset = offset;
	s->line = line;
	return true;
}

const char *json_text(struct arena *arena, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value))
		return arena_printf(arena, "%lld", (long long)json_integer_value(value));
	return "";
}
