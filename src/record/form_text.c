#include "form.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "base/instant.h"
#include "fields.h"

/*
 * One writer for both: a body as YAML, and the template, which is the same with examples
 * for values and a comment before each field.
 */
struct writing {
	struct buffer b;
	unsigned indent;
	bool dash;      /* the next line begins an element of a list */
	bool is_unused; /* the lines are of a field that the template leaves out */
};

/* --- Lines ----------------------------------------------------------------------------- */

static void begin_line(struct writing *w)
{
	for (unsigned i = w->dash ? 2 : 0; i < w->indent; i++)
		buffer_u8(&w->b, ' ');
	if (w->is_unused)
		buffer_u8(&w->b, '#');
	if (w->dash)
		buffer_text(&w->b, "- ");
	w->dash = false;
}

static void comment_line(struct writing *w, const char *text)
{
	for (unsigned i = w->dash ? 2 : 0; i < w->indent; i++)
		buffer_u8(&w->b, ' ');
	buffer_printf(&w->b, "# %s\n", text);
}

/* --- Scalars --------------------------------------------------------------------------- */

/*
 * True for text that every YAML reader takes for just this text. Words and numbers that some
 * readers give a meaning (`NO` is false to YAML 1.1) are quoted, though form_parse is not
 * one of them.
 */
static bool is_plain(const char *text)
{
	static const char *const meant[] = {"y",   "n",    "yes",   "no",  "on",
	                                    "off", "true", "false", "null"};
	if (!isalpha((unsigned char)text[0]) || text[strlen(text) - 1] == ' ')
		return false;
	for (const char *c = text; *c != 0; c++)
		if (!isalnum((unsigned char)*c) && strchr(" ._/+=-,()", *c) == NULL)
			return false;
	for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
		if (strcasecmp(text, meant[i]) == 0)
			return false;
	return true;
}

/* Characters that readers of YAML do not take as they are: U+FEFF, U+FFFE, U+FFFF. */
static const char *escape_of(const char *at)
{
	static const struct {
		const char *utf8, *escape;
	} escapes[] = {
	    {"\"", "\\\""},
	    {"\\", "\\\\"},
	    {"\n", "\\n"},
	    {"\xEF\xBB\xBF", "\\uFEFF"},
	    {"\xEF\xBF\xBE", "\\uFFFE"},
	    {"\xEF\xBF\xBF", "\\uFFFF"},
	};
	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
		if (strncmp(at, escapes[i].utf8, strlen(escapes[i].utf8)) == 0)
			return escapes[i].escape;
	return NULL;
}

static void write_quoted(struct writing *w, const char *text)
{
	buffer_u8(&w->b, '"');
	for (const char *c = text; *c != 0; c++) {
		const char *escape = escape_of(c);
		if (escape == NULL) {
			buffer_u8(&w->b, (uint8_t)*c);
			continue;
		}
		buffer_text(&w->b, escape);
		c += escape[1] == 'u' ? 2 : 0; /* of three bytes */
	}
	buffer_text(&w->b, "\"\n");
}

/* True for lines that a literal block gives back as they are. */
static bool is_block(const char *text)
{
	size_t len = strlen(text);
	bool ends_in_lines = len > 1 && text[len - 1] == '\n' && text[len - 2] == '\n';
	if (strchr(text, '\n') == NULL || text[0] == ' ' || text[0] == '\n' || ends_in_lines)
		return false;
	for (const char *c = text; *c != 0; c++) {
		const char *escape = escape_of(c);
		if (escape != NULL && escape[1] == 'u')
			return false;
	}
	return true;
}

static void write_block(struct writing *w, const char *text)
{
	size_t len = strlen(text);
	buffer_text(&w->b, text[len - 1] == '\n' ? "|\n" : "|-\n");
	w->indent += 2;
	while (*text != 0) {
		size_t line = strcspn(text, "\n");
		begin_line(w);
		buffer_bytes(&w->b, bytes_of(text, line));
		buffer_u8(&w->b, '\n');
		text += line + (text[line] == '\n');
	}
	w->indent -= 2;
}

static void write_text(struct writing *w, const char *text)
{
	if (is_block(text))
		write_block(w, text);
	else if (is_plain(text))
		buffer_printf(&w->b, "%s\n", text);
	else
		write_quoted(w, text);
}

/* A dimension a line, where there are several. */
static void write_scope(struct writing *w, const char *text)
{
	struct buffer lines = {.arena = w->b.arena};
	for (const char *c = text; *c != 0; c++) {
		bool cut = *c == ';'; /* and a blank: the text is canonical */
		buffer_u8(&lines, cut ? '\n' : (uint8_t)*c);
		c += cut;
	}
	write_text(w, buffer_cstr(&lines));
}

static const char *time_text(struct arena *arena, int64_t at)
{
	char text[INSTANT_TEXT + 1];
	instant_format(at, text);
	return arena_copy(arena, text, INSTANT_TEXT);
}

/* What stands in the form for a value; texts are quoted where it needs that. */
static const char *value_text(struct arena *arena, const struct field *f, const void *at)
{
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_LABEL:
	case FIELD_COUNTRY: {
		const char *text = *(const char *const *)at;
		bool as_file = f->by_file && text[0] == '@';
		return as_file ? arena_printf(arena, "@%s", text) : text;
	}
	case FIELD_UINT:
		return arena_printf(arena, "%llu", (unsigned long long)*(const uint64_t *)at);
	case FIELD_TIME:
		return time_text(arena, *(const int64_t *)at);
	case FIELD_BYTES:
		return base64_encode(arena, *(const struct bytes *)at);
	case FIELD_HASH:
	case FIELD_REFERENCE:
		return hex_encode(arena, hash_bytes(at));
	case FIELD_SCOPE:
		return scope_text(arena, *(const struct scope *const *)at);
	case FIELD_PUBLIC_KEY:
		return key_line(arena, at);
	case FIELD_CHOICE:
		return f->words[*(const unsigned *)at];
	case FIELD_REDACTABLE:
		return ((const struct redactable *)at)->value;
	case FIELD_STRUCT:
	case FIELD_LIST:
	case FIELD_END:
		break;
	}
	assert(false && "a field of no scalar type");
	return NULL;
}

static void write_scalar(struct writing *w, const struct field *f, const char *text)
{
	bool is_word = f->type == FIELD_UINT || f->type == FIELD_TIME || f->type == FIELD_HASH ||
	               f->type == FIELD_REFERENCE || f->type == FIELD_CHOICE;
	if (f->type == FIELD_SCOPE)
		write_scope(w, text);
	else if (is_word)
		buffer_printf(&w->b, "%s\n", text);
	else
		write_text(w, text);
}

/* --- Maps and lists -------------------------------------------------------------------- */

/* `in`, `at` and `list` are NULL in a template: the table's examples stand for the values. */
static void write_fields(struct writing *, const struct field *, const void *in);

static size_t example_count(const struct field *f)
{
	size_t count = 1;
	for (const char *c = f->element == FIELD_STRUCT ? "" : f->example; *c != 0; c++)
		count += *c == '\n';
	return count;
}

static const char *example_line(struct arena *arena, const char *lines, size_t index)
{
	for (; index > 0; index--)
		lines = strchr(lines, '\n') + 1;
	return arena_copy(arena, lines, strcspn(lines, "\n"));
}

static void write_element(struct writing *w, const struct field *f, const void *at, size_t index)
{
	struct field element = field_element(f);
	w->dash = true;
	if (f->element == FIELD_STRUCT) {
		write_fields(w, f->fields, at);
		return;
	}
	begin_line(w);
	write_scalar(w, &element,
	             at != NULL ? value_text(w->b.arena, &element, at)
	                        : example_line(w->b.arena, f->example, index));
}

static void write_list(struct writing *w, const struct field *f, const struct list *list)
{
	size_t count = list != NULL ? list->count : example_count(f);
	buffer_text(&w->b, count > 0 ? "\n" : " []\n");
	w->indent += 4;
	for (size_t i = 0; i < count; i++)
		write_element(w, f, list != NULL ? (const uint8_t *)list->at + i * f->size : NULL,
		              i);
	w->indent -= 4;
}

static void write_value(struct writing *w, const struct field *f, const void *at)
{
	begin_line(w);
	buffer_printf(&w->b, "%s:", f->name);
	if (f->type == FIELD_LIST) {
		write_list(w, f, at);
	} else if (f->type == FIELD_STRUCT) {
		buffer_text(&w->b, "\n");
		w->indent += 2;
		write_fields(w, f->fields, at);
		w->indent -= 2;
	} else {
		buffer_u8(&w->b, ' ');
		write_scalar(w, f, at != NULL ? value_text(w->b.arena, f, at) : f->example);
	}
}

/* In a form evidence is named by its file; digest and size follow from it. */
static const struct field evidence_form[] = {
    {.name = "file", .type = FIELD_TEXT, .help = "The file", .example = "evidence.json"},
    {.name = "type",
     .type = FIELD_TEXT,
     .help = "stix-2.1, or a media type",
     .example = "stix-2.1"},
    {.type = FIELD_END},
};

static void write_example(struct writing *w, const struct field *f)
{
	bool was_unused = w->is_unused, left_out = f->optional && !f->usual;
	comment_line(w, !f->optional ? f->help
	                             : arena_printf(w->b.arena, "%s (may be left out)", f->help));
	w->is_unused = was_unused || left_out;
	write_value(w, f, NULL);
	w->is_unused = was_unused;
}

static bool is_withheld(const struct field *f, const void *at)
{
	return f->type == FIELD_REDACTABLE && ((const struct redactable *)at)->value == NULL;
}

static void write_fields(struct writing *w, const struct field *f, const void *in)
{
	if (in == NULL && f == evidence_fields)
		f = evidence_form;
	for (; f->type != FIELD_END; f++) {
		const uint8_t *at = in != NULL ? (const uint8_t *)in + f->offset : NULL;
		if (in == NULL)
			write_example(w, f);
		else if (field_is_present(f, in) && !is_withheld(f, at))
			write_value(w, f, at);
		else if (field_is_present(f, in))
			comment_line(
			    w, arena_printf(w->b.arena, "%s: withheld, digest %s", f->name,
			                    hex_encode(w->b.arena, hash_bytes((const void *)at))));
	}
}

const char *form_text(struct arena *arena, enum record_kind kind, const union record_body *body)
{
	struct writing w = {.b = {.arena = arena}};
	write_fields(&w, record_kind(kind)->fields, body);
	return buffer_cstr(&w.b);
}

const char *form_template(struct arena *arena, enum record_kind kind)
{
	struct writing w = {.b = {.arena = arena}};
	comment_line(
	    &w, arena_printf(arena, "%s: %s.", record_kind(kind)->name, record_kind(kind)->help));
	comment_line(&w,
	             "Fields behind a '#' without a blank are not used until it is taken away.");
	buffer_text(&w.b, "\n");
	write_fields(&w, record_kind(kind)->fields, NULL);
	return buffer_cstr(&w.b);
}
