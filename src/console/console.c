#include "console.h"

#include <stdlib.h>
#include <string.h>

struct console {
	struct arena arena;
	struct catalog *catalog;
	struct templates *templates;
	const char *static_folder;
};

struct console *console_open(const char *dir, struct err *e)
{
	struct console *c = calloc(1, sizeof *c);
	if (c == NULL) {
		err_environment(e, "out of memory");
		return NULL;
	}
	c->static_folder = arena_printf(&c->arena, "%s/static", dir);
	c->catalog = catalog_open(arena_printf(&c->arena, "%s/messages", dir), e);
	if (c->catalog != NULL)
		c->templates = templates_open(arena_printf(&c->arena, "%s/pages", dir), e);
	if (c->templates == NULL) {
		err_context(e, "the console (tools/console makes it)");
		console_close(c);
		return NULL;
	}
	return c;
}

void console_close(struct console *c)
{
	if (c == NULL)
		return;
	templates_close(c->templates);
	catalog_close(c->catalog);
	arena_free(&c->arena);
	free(c);
}

const struct catalog *console_catalog(const struct console *c)
{
	return c->catalog;
}

const char *console_static(const struct console *c)
{
	return c->static_folder;
}

/* The languages to choose from, the one in use marked. */
static json_t *languages(const struct console *c, const struct messages *m)
{
	json_t *all = catalog_languages(c->catalog), *one;
	size_t i;
	json_array_foreach(all, i, one)
	    json_object_set_new(one, "chosen",
	                        json_boolean(strcmp(json_string_value(json_object_get(one, "tag")),
	                                            messages_tag(m)) == 0));
	return all;
}

bool console_page(const struct console *c, const char *page, const struct messages *m, json_t *data,
                  struct arena *arena, struct bytes *out, struct err *e)
{
	struct buffer html = {.arena = arena};
	json_object_set_new(data, "page", json_string(page));
	json_object_set_new(data, "lang", json_string(messages_tag(m)));
	json_object_set_new(data, "dir", json_string(messages_direction(m)));
	json_object_set_new(data, "languages", languages(c, m));
	if (!templates_render(c->templates, "layout", m, data, &html, e))
		return false;
	*out = buffer_view(&html);
	return true;
}
