/*
 * console: the web console's pages, made on the server from templates and messages, so that
 * they can be read without a script. What is on a page (the JSON value) is the server's.
 */
#ifndef PROVISO_CONSOLE_CONSOLE_H
#define PROVISO_CONSOLE_CONSOLE_H

#include "template.h"

struct console;

/* DIR: what tools/console made, with pages/, messages/ and static/. Errors as of its parts. */
struct console *console_open(const char *dir, struct err *);
void console_close(struct console *); /* NULL: nothing */

const struct catalog *console_catalog(const struct console *);
const char *console_static(const struct console *); /* the folder of files to serve as they are */

/*
 * The page PAGE.html within layout.html, HTML in the arena. `data` gets "page", "lang", "dir"
 * and "languages", and stays the caller's.
 */
bool console_page(const struct console *, const char *page, const struct messages *, json_t *data,
                  struct arena *, struct bytes *out, struct err *);

#endif
