#include "xml.h"

#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

struct building {
	struct xml_node *node, *last_child;
	struct buffer text;
};

struct xml {
	XML_Parser parser;
	const char *name;
	const char *const *elements;
	xml_visit *visit;
	void *context;
	struct arena arena; /* of the element being built */
	struct building open[XML_DEPTH];
	size_t building; /* elements open, of the tree being built; 0: none */
	size_t depth;
	size_t bytes; /* of the tree */
	bool failed;
	struct err *e;
};

static void stop(struct xml *x)
{
	x->failed = true;
	XML_StopParser(x->parser, XML_FALSE);
}

static size_t line_of(const struct xml *x)
{
	return (size_t)XML_GetCurrentLineNumber(x->parser);
}

static void refuse(struct xml *x, const char *rule, const char *what)
{
	if (x->failed)
		return;
	err_input(x->e, rule, "%s: line %zu: %s", x->name, line_of(x), what);
	stop(x);
}

static const char *local_name(const char *name)
{
	const char *colon = strrchr(name, ':');
	return colon != NULL ? colon + 1 : name;
}

/* Counts what the tree takes; false, and the end, when it is too much. */
static bool room_for(struct xml *x, size_t bytes)
{
	x->bytes += bytes;
	if (x->bytes > XML_ELEMENT)
		refuse(x, "list.too-large", "an entry larger than 16 MiB");
	return !x->failed;
}

static const char *copy(struct xml *x, const char *text)
{
	return arena_copy(&x->arena, text, strlen(text));
}

static const char *const *copy_attributes(struct xml *x, const char **attributes)
{
	size_t count = 0, bytes = 0;
	for (; attributes[count] != NULL; count++)
		bytes += strlen(attributes[count]) + sizeof(char *);
	if (!room_for(x, bytes))
		return NULL;
	const char **out = arena_array(&x->arena, count + 1, sizeof *out);
	for (size_t i = 0; i < count; i++)
		out[i] = copy(x, i % 2 == 0 ? local_name(attributes[i]) : attributes[i]);
	return out;
}

static void open_node(struct xml *x, const char *name, const char **attributes)
{
	if (!room_for(x, sizeof(struct xml_node) + strlen(name) + 1))
		return;
	struct xml_node *node = arena_alloc(&x->arena, sizeof *node);
	node->name = copy(x, name);
	node->text = "";
	node->line = line_of(x);
	node->attributes = copy_attributes(x, attributes);
	if (x->failed)
		return;
	if (x->building > 0) {
		struct building *above = &x->open[x->building - 1];
		node->parent = above->node;
		if (above->last_child == NULL)
			above->node->child = node;
		else
			above->last_child->next = node;
		above->last_child = node;
	}
	x->open[x->building++] = (struct building){.node = node, .text = {.arena = &x->arena}};
}

static void end_tree(struct xml *x)
{
	arena_free(&x->arena);
	x->arena = (struct arena){0};
	x->bytes = 0;
}

static void visit(struct xml *x, const struct xml_node *node)
{
	if (!x->failed && !x->visit(x->context, node))
		stop(x);
	end_tree(x);
}

static void visit_root(struct xml *x, const char *name, const char **attributes)
{
	open_node(x, name, attributes);
	x->building = 0;
	if (!x->failed)
		visit(x, x->open[0].node);
}

static bool is_wanted(const struct xml *x, const char *name)
{
	for (const char *const *at = x->elements; *at != NULL; at++)
		if (strcmp(*at, name) == 0)
			return true;
	return false;
}

static void XMLCALL on_start(void *user, const char *qualified, const char **attributes)
{
	struct xml *x = user;
	const char *name = local_name(qualified);
	if (x->failed)
		return;
	if (x->depth == XML_DEPTH) {
		refuse(x, "list.xml", "nested too deep");
		return;
	}
	x->depth++;
	if (x->depth == 1)
		visit_root(x, name, attributes);
	else if (x->building > 0 || is_wanted(x, name))
		open_node(x, name, attributes);
}

static void XMLCALL on_end(void *user, const char *qualified)
{
	struct xml *x = user;
	(void)qualified;
	x->depth--;
	if (x->failed || x->building == 0)
		return;
	struct building *b = &x->open[--x->building];
	if (b->text.len > 0)
		b->node->text = buffer_cstr(&b->text);
	if (x->building == 0)
		visit(x, b->node);
}

static void XMLCALL on_text(void *user, const char *text, int len)
{
	struct xml *x = user;
	if (x->building > 0 && !x->failed && room_for(x, (size_t)len))
		buffer_bytes(&x->open[x->building - 1].text, bytes_of(text, (size_t)len));
}

static void XMLCALL on_doctype(void *user, const char *name, const char *system, const char *public,
                               int internal)
{
	(void)name, (void)system, (void)public, (void)internal;
	refuse(user, "list.xml", "a document type: lists have none");
}

static bool parse(struct xml *x, xml_take *take, void *from)
{
	char part[65536];
	for (;;) {
		long got = take(from, part, sizeof part);
		if (got < 0)
			return false;
		if (XML_Parse(x->parser, part, (int)got, got == 0) != XML_STATUS_OK)
			break;
		if (got == 0)
			return true;
	}
	if (x->failed)
		return false;
	enum XML_Error code = XML_GetErrorCode(x->parser);
	return err_input(x->e, "list.xml", "%s: line %zu: %s", x->name, line_of(x),
	                 code == XML_ERROR_NO_ELEMENTS ? "the file ends too soon"
	                                               : XML_ErrorString(code));
}

bool xml_read(const char *name, xml_take *take, void *from, const char *const elements[],
              xml_visit *visitor, void *context, struct err *e)
{
	struct xml x = {
	    .name = name, .elements = elements, .visit = visitor, .context = context, .e = e};
	x.parser = XML_ParserCreate(NULL);
	if (x.parser == NULL)
		return err_environment(e, "no memory to read %s", name);
	XML_SetUserData(x.parser, &x);
	XML_SetElementHandler(x.parser, on_start, on_end);
	XML_SetCharacterDataHandler(x.parser, on_text);
	XML_SetStartDoctypeDeclHandler(x.parser, on_doctype);
	bool ok = parse(&x, take, from) && !x.failed;
	XML_ParserFree(x.parser);
	arena_free(&x.arena);
	return ok;
}

struct file_source {
	const struct list_file *file;
	struct err *e;
};

static long take_file(void *from, void *at, size_t room)
{
	struct file_source *s = from;
	size_t got = fread(at, 1, room, s->file->at);
	if (got == 0 && ferror(s->file->at)) {
		err_errno(s->e, "cannot read %s", s->file->name);
		return -1;
	}
	return (long)got;
}

bool xml_read_file(const struct list_file *file, const char *const elements[], xml_visit *visitor,
                   void *context, struct err *e)
{
	rewind(file->at);
	return xml_read(file->name, take_file, &(struct file_source){file, e}, elements, visitor,
	                context, e);
}

/* --- Trees ---------------------------------------------------------------------------------- */

const struct xml_node *xml_child(const struct xml_node *node, const char *name)
{
	node = node != NULL ? node->child : NULL;
	while (node != NULL && strcmp(node->name, name) != 0)
		node = node->next;
	return node;
}

const struct xml_node *xml_again(const struct xml_node *node)
{
	const char *name = node->name;
	do
		node = node->next;
	while (node != NULL && strcmp(node->name, name) != 0);
	return node;
}

const char *xml_text(const struct xml_node *node, const char *path)
{
	char name[64];
	while (node != NULL && *path != 0) {
		size_t len = strcspn(path, "/");
		snprintf(name, sizeof name, "%.*s", (int)len, path);
		node = xml_child(node, name);
		path += len + (path[len] == '/');
	}
	return node != NULL ? node->text : "";
}

const char *xml_attribute(const struct xml_node *node, const char *name)
{
	for (const char *const *at = node->attributes; *at != NULL; at += 2)
		if (strcmp(at[0], name) == 0)
			return at[1];
	return "";
}

int xml_number(const char *text)
{
	long number = strtol(text, NULL, 10); /* at its limits where the text is beyond them */
	return number < INT_MIN ? INT_MIN : number > INT_MAX ? INT_MAX : (int)number;
}

const struct xml_node *xml_below(const struct xml_node *root, const struct xml_node *after,
                                 const char *name)
{
	const struct xml_node *at = after != NULL ? after : root;
	for (;;) {
		if (at->child != NULL) {
			at = at->child;
		} else {
			while (at != root && at->next == NULL)
				at = at->parent;
			if (at == root)
				return NULL;
			at = at->next;
		}
		if (strcmp(at->name, name) == 0)
			return at;
	}
}
