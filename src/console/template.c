#include "template.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum {
	TEMPLATE_MAX_BYTES = 256 << 10,
	DEPTH = 32, /* of sections and partials in one another */
	ARGUMENTS = CATALOG_ARGUMENTS,
};

enum part_kind { TEXT, VALUE, EACH, UNLESS, PARTIAL, MESSAGE };

struct part {
	enum part_kind kind;
	struct bytes text;                /* of TEXT */
	const char *name;                 /* of the others: a path, a template, a key */
	bool is_named;                    /* the value there names the template or the key */
	const char *arguments[ARGUMENTS]; /* paths, or "text */
	size_t argument_count;
	struct part *inside, *next;
};

struct template
{
	const char *name;
	struct part *parts;
	struct template *next;
};

struct templates {
	struct arena arena;
	struct template *first;
};

/* --- Reading -------------------------------------------------------------------------------- */

struct parser {
	struct arena *arena;
	const char *file, *all, *at;
	struct err *err;
};

static bool wrong(struct parser *p, const char *at, const char *what)
{
	unsigned line = 1;
	for (const char *c = p->all; c < at; c++)
		line += *c == '\n';
	return err_input(p->err, "template.syntax", "%s:%u: %s", p->file, line, what);
}

static bool name_ends(char c)
{
	return c == 0 || c == ' ' || c == '\n';
}

/* The words of a tag: its name, and of a message what fills it. Text in quotes keeps its first. */
static bool words_of_tag(struct parser *p, struct part *part, char *tag, const char *from)
{
	tag += strspn(tag, " \n");
	part->is_named = *tag == '*';
	tag += part->is_named;
	size_t len = strcspn(tag, " \n");
	if (len == 0)
		return wrong(p, from, "a tag without a name");
	part->name = arena_copy(p->arena, tag, len);
	for (tag += len; *(tag += strspn(tag, " \n")) != 0;) {
		if (part->kind != MESSAGE || part->argument_count == ARGUMENTS)
			return wrong(p, from, "a tag has more words than it takes");
		bool quoted = *tag == '"';
		char *end = quoted ? strchr(tag + 1, '"') : tag + strcspn(tag, " \n");
		if (end == NULL)
			return wrong(p, from, "a quotation in a tag has no end");
		part->arguments[part->argument_count++] =
		    arena_copy(p->arena, tag, (size_t)(end - tag));
		tag = end + quoted;
		if (!name_ends(*tag))
			return wrong(p, from, "words of a tag are not apart");
	}
	return true;
}

static enum part_kind kind_of(char **tag)
{
	switch (**tag) {
	case '#':
		++*tag;
		return EACH;
	case '^':
		++*tag;
		return UNLESS;
	case '>':
		++*tag;
		return PARTIAL;
	case '_':
		if (name_ends((*tag)[1])) {
			++*tag;
			return MESSAGE;
		}
		return VALUE;
	default:
		return VALUE;
	}
}

static bool parse(struct parser *p, const char *until, unsigned depth, struct part **out);

/* One tag, its braces taken; `done` where it closes the section. */
static bool parse_tag(struct parser *p, const char *until, unsigned depth, struct part ***end,
                      bool *done)
{
	const char *from = p->at, *close = strstr(from, "}}");
	if (close == NULL)
		return wrong(p, from, "a tag has no end");
	char *tag = arena_copy(p->arena, from, (size_t)(close - from));
	p->at = close + 2;
	if (*tag == '!')
		return true;
	if (*tag == '/') {
		if (until == NULL || strcmp(tag + 1, until) != 0)
			return wrong(p, from, "closes no section that is open here");
		*done = true;
		return true;
	}
	struct part *part = arena_alloc(p->arena, sizeof *part);
	part->kind = kind_of(&tag);
	if (!words_of_tag(p, part, tag, from))
		return false;
	if (part->is_named && part->kind != PARTIAL && part->kind != MESSAGE)
		return wrong(p, from, "* is for templates and messages");
	**end = part;
	*end = &part->next;
	if (part->kind != EACH && part->kind != UNLESS)
		return true;
	if (depth == DEPTH)
		return wrong(p, from, "sections are too deep in one another");
	return parse(p, part->name, depth + 1, &part->inside);
}

static bool parse(struct parser *p, const char *until, unsigned depth, struct part **out)
{
	const char *from = p->at;
	for (bool done = false; !done;) {
		const char *open = strstr(p->at, "{{");
		size_t len = open != NULL ? (size_t)(open - p->at) : strlen(p->at);
		if (len > 0) {
			struct part *text = arena_alloc(p->arena, sizeof *text);
			*text = (struct part){.kind = TEXT, .text = bytes_of(p->at, len)};
			*out = text;
			out = &text->next;
		}
		p->at += len;
		if (open == NULL)
			return until == NULL || wrong(p, from, "a section has no end");
		p->at += 2;
		if (!parse_tag(p, until, depth, &out, &done))
			return false;
	}
	return true;
}

static const struct template *find(const struct templates *t, const char *name)
{
	for (const struct template *at = t->first; at != NULL; at = at->next)
		if (strcmp(at->name, name) == 0)
			return at;
	return NULL;
}

static bool partials_are_there(const struct templates *t, const char *in, const struct part *part,
                               struct err *e)
{
	for (; part != NULL; part = part->next)
		if ((part->kind == PARTIAL && !part->is_named && find(t, part->name) == NULL &&
		     !err_input(e, "template.unknown",
		                "%s.html names a template %s that is not there", in, part->name)) ||
		    !partials_are_there(t, in, part->inside, e))
			return false;
	return true;
}

static bool add(struct templates *t, const char *name, const char *path, struct bytes text,
                struct err *e)
{
	if (memchr(text.at, 0, text.len) != NULL || !bytes_are_utf8(text))
		return err_input(e, "template.syntax", "%s is not text in UTF-8", path);
	struct template *one = arena_alloc(&t->arena, sizeof *one);
	const char *all = arena_copy(&t->arena, text.at, text.len);
	struct parser p = {&t->arena, path, all, all, e};
	*one = (struct template){.name = name, .next = t->first};
	t->first = one;
	return parse(&p, NULL, 0, &one->parts);
}

static bool read_one(struct templates *t, const char *folder, const char *file, struct err *e)
{
	size_t len = strlen(file);
	struct bytes text;
	const char *path = arena_printf(&t->arena, "%s/%s", folder, file);
	if (len <= 5 || strcmp(file + len - 5, ".html") != 0)
		return true;
	return file_read(&t->arena, path, TEMPLATE_MAX_BYTES, &text, e) &&
	       add(t, arena_copy(&t->arena, file, len - 5), path, text, e);
}

static bool all_partials_are_there(const struct templates *t, struct err *e)
{
	for (const struct template *at = t->first; at != NULL; at = at->next)
		if (!partials_are_there(t, at->name, at->parts, e))
			return false;
	return true;
}

static bool read_all(struct templates *t, const char *folder, struct err *e)
{
	DIR *dir = opendir(folder);
	if (dir == NULL)
		return err_errno(e, "cannot read the folder %s", folder);
	bool ok = true;
	for (struct dirent *entry; ok && (entry = readdir(dir)) != NULL;)
		ok = read_one(t, folder, entry->d_name, e);
	closedir(dir);
	return ok && all_partials_are_there(t, e);
}

static struct templates *begin(struct err *e)
{
	struct templates *t = calloc(1, sizeof *t);
	if (t == NULL)
		err_environment(e, "out of memory");
	return t;
}

static struct templates *closed_unless(struct templates *t, bool ok)
{
	if (ok)
		return t;
	templates_close(t);
	return NULL;
}

struct templates *templates_open(const char *folder, struct err *e)
{
	struct templates *t = begin(e);
	return closed_unless(t, t != NULL && read_all(t, folder, e));
}

struct templates *templates_of(const char *name, struct bytes text, struct err *e)
{
	struct templates *t = begin(e);
	return closed_unless(
	    t, t != NULL && add(t, arena_copy(&t->arena, name, strlen(name)), name, text, e) &&
	           all_partials_are_there(t, e));
}

void templates_close(struct templates *t)
{
	if (t == NULL)
		return;
	arena_free(&t->arena);
	free(t);
}

/* --- Filling -------------------------------------------------------------------------------- */

struct filling {
	const struct templates *templates;
	const struct messages *messages;
	struct buffer *out;
	json_t *stack[2 * DEPTH];
	size_t depth;
	struct err *err;
};

static json_t *member(json_t *in, const char *path, size_t len)
{
	return json_is_object(in) ? json_object_getn(in, path, len) : NULL;
}

static json_t *look_up(const struct filling *f, const char *path)
{
	if (strcmp(path, ".") == 0)
		return f->stack[f->depth - 1];
	size_t len = strcspn(path, ".");
	json_t *value = NULL;
	for (size_t i = f->depth; i > 0 && value == NULL; i--)
		value = member(f->stack[i - 1], path, len);
	while (value != NULL && path[len] == '.') {
		path += len + 1;
		len = strcspn(path, ".");
		value = member(value, path, len);
	}
	return value;
}

static bool is_there(const json_t *value)
{
	return value != NULL && !json_is_null(value) && !json_is_false(value) &&
	       !(json_is_string(value) && json_string_length(value) == 0) &&
	       !(json_is_array(value) && json_array_size(value) == 0);
}

static void put_escaped(struct buffer *out, const char *text)
{
	for (size_t plain; *text != 0; text += plain) {
		plain = strcspn(text, "&<>\"'");
		buffer_bytes(out, bytes_of(text, plain));
		switch (text[plain]) {
		case '&':
			buffer_text(out, "&amp;");
			break;
		case '<':
			buffer_text(out, "&lt;");
			break;
		case '>':
			buffer_text(out, "&gt;");
			break;
		case '"':
			buffer_text(out, "&quot;");
			break;
		case '\'':
			buffer_text(out, "&#39;");
			break;
		default:
			continue;
		}
		plain++;
	}
}

static void put_value(struct buffer *out, const json_t *value)
{
	if (json_is_string(value))
		put_escaped(out, json_string_value(value));
	else if (json_is_integer(value))
		buffer_printf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		buffer_printf(out, "%.6g", json_real_value(value));
}

static bool fill(struct filling *, const struct part *);

static bool fill_in(struct filling *f, json_t *value, const struct part *inside)
{
	if (f->depth == sizeof f->stack / sizeof *f->stack)
		return err_input(f->err, "template.syntax",
		                 "templates are too deep in one another");
	f->stack[f->depth++] = value;
	bool ok = fill(f, inside);
	f->depth--;
	return ok;
}

static bool fill_each(struct filling *f, json_t *value, const struct part *inside)
{
	size_t i;
	json_t *one;
	if (!is_there(value))
		return true;
	if (!json_is_array(value))
		return fill_in(f, value, inside);
	json_array_foreach(value, i, one) if (!fill_in(f, one, inside)) return false;
	return true;
}

/* The name that a tag gives: itself, or the value it names. NULL where that is no text. */
static const char *named(const struct filling *f, const struct part *part)
{
	return part->is_named ? json_string_value(look_up(f, part->name)) : part->name;
}

static bool fill_partial(struct filling *f, const struct part *part)
{
	const char *name = named(f, part);
	const struct template *template = name != NULL ? find(f->templates, name) : NULL;
	if (template == NULL)
		return err_input(f->err, "template.unknown", "there is no template %s",
		                 name != NULL ? name : part->name);
	return fill_in(f, f->stack[f->depth - 1], template->parts);
}

static void fill_message(struct filling *f, const struct part *part)
{
	json_t *arguments[ARGUMENTS] = {0}, *quoted[ARGUMENTS] = {0};
	const char *key = named(f, part);
	if (key == NULL)
		return;
	for (size_t i = 0; i < part->argument_count; i++)
		if (part->arguments[i][0] == '"')
			arguments[i] = quoted[i] = json_string(part->arguments[i] + 1);
		else
			arguments[i] = look_up(f, part->arguments[i]);
	put_escaped(f->out, messages_format(f->messages, f->out->arena, key, arguments));
	for (size_t i = 0; i < ARGUMENTS; i++)
		json_decref(quoted[i]);
}

static bool fill(struct filling *f, const struct part *part)
{
	bool ok = true;
	for (; ok && part != NULL; part = part->next)
		switch (part->kind) {
		case TEXT:
			buffer_bytes(f->out, part->text);
			break;
		case VALUE:
			put_value(f->out, look_up(f, part->name));
			break;
		case EACH:
			ok = fill_each(f, look_up(f, part->name), part->inside);
			break;
		case UNLESS:
			ok = is_there(look_up(f, part->name)) || fill(f, part->inside);
			break;
		case PARTIAL:
			ok = fill_partial(f, part);
			break;
		case MESSAGE:
			fill_message(f, part);
			break;
		}
	return ok;
}

bool templates_render(const struct templates *t, const char *name, const struct messages *messages,
                      json_t *data, struct buffer *out, struct err *e)
{
	struct filling f = {t, messages, out, {data}, 1, e};
	return fill_partial(&f, &(struct part){.kind = PARTIAL, .name = name});
}
