/* A page's template: read or refused, and what it is filled with never gets out of its text. */
#include "console/template.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static const char values[] = "{\"a\": \"<b>\\\"'&\", \"b\": {\"a\": 1, \"c\": [\"<\", \"'\"]}, "
                             "\"c\": [{\"a\": \"x\"}, {\"b\": null}, 2.5], \"d\": [],"
                             " \"e\": \"page\", \"k\": \"m\", \"t\": true, \"f\": false}";
static const char english[] = "{\"m\": \"a {0} b\", \"n\": \"{0, plural, one {#} other {#s of "
                              "{1}}}\", \"d\": \"{0, date, long} {1, number}\"}";

static const struct messages *messages(void)
{
	static struct catalog *made;
	struct err e = {0};
	if (made == NULL)
		made = catalog_of(bytes_text(english), &e);
	return catalog_language(made, "en");
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	struct buffer html = {.arena = &arena};
	struct err e = {0};
	struct templates *t = templates_of("page", bytes_of(at, len), &e);
	if (t == NULL) {
		assert(e.kind == ERR_INPUT && e.rule != NULL && e.text[0] != 0);
		return 0;
	}
	json_t *data = json_loads(values, 0, NULL);
	if (templates_render(t, "page", messages(), data, &html, &e)) {
		struct bytes out = buffer_view(&html);
		for (const char *c = "<>'\""; *c != 0; c++)
			assert(memchr(at, *c, len) != NULL || out.len == 0 ||
			       memchr(out.at, *c, out.len) == NULL);
	} else {
		assert(e.kind == ERR_INPUT && e.rule != NULL);
	}
	json_decref(data);
	templates_close(t);
	return 0;
}
