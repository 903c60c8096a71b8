/*
 * template: a page as text with holes, filled from a JSON value; a small part of Mustache
 * (its specification, version 1.4), and one tag of our own for messages.
 *
 *     {{name}} {{a.b}} {{.}}       a value, always escaped for HTML; nothing if it is not there
 *     {{#name}}...{{/name}}        for each element; once where it is there and not false
 *     {{^name}}...{{/name}}        where it is not there, false, null, "" or an empty list
 *     {{>name}} {{>*name}}         another template; the one that the value names
 *     {{_ key a.b "text"}}         a message of the catalogue, with up to three arguments
 *     {{_ *name}}                  the message whose key is the value
 *     {{! words }}                 nothing
 *
 * There is no tag that puts a value in unescaped: a template can't be written that lets
 * script through. Names are looked for in the innermost section first. No I/O but opening.
 */
#ifndef PROVISO_CONSOLE_TEMPLATE_H
#define PROVISO_CONSOLE_TEMPLATE_H

#include <jansson.h>

#include "catalog.h"

struct templates;

/*
 * Reads FOLDER/NAME.html. Errors: environment; bad input template.syntax, which names file and
 * line, and template.unknown where a partial names none.
 */
struct templates *templates_open(const char *folder, struct err *);
struct templates *templates_of(const char *name, struct bytes text,
                               struct err *); /* one alone, from what its file holds */
void templates_close(struct templates *);     /* NULL: nothing */

/* Errors: bad input template.unknown. */
bool templates_render(const struct templates *, const char *name, const struct messages *,
                      json_t *data, struct buffer *out, struct err *);

#endif
