/* A catalogue of messages: refused, or each says something in UTF-8 whatever it is filled with. */
#include "console/catalog.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void say_all(const struct messages *m, const json_t *all,
                    json_t *const arguments[CATALOG_ARGUMENTS])
{
	owned_arena arena = {0};
	const char *key;
	json_t *pattern;
	json_object_foreach((json_t *)(uintptr_t)all, key, pattern)
	    assert(bytes_are_utf8(bytes_text(messages_format(m, &arena, key, arguments))));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct err e = {0};
	struct catalog *c = catalog_of(bytes_of(at, len), &e);
	if (c == NULL) {
		assert(e.kind == ERR_INPUT && e.rule != NULL && e.text[0] != 0);
		return 0;
	}
	json_t *all = json_loadb((const char *)at, len, 0, NULL);
	json_t *count = json_integer(3), *text = json_string("<a'{0}>"),
	       *day = json_string("2026-01-01T00:00:00Z");
	const struct messages *m = catalog_language(c, "en");
	say_all(m, all, (json_t *const[]){count, text, day});
	say_all(m, all, (json_t *const[]){day, count, text});
	say_all(m, all, (json_t *const[]){NULL, NULL, NULL});
	json_decref(count);
	json_decref(text);
	json_decref(day);
	json_decref(all);
	catalog_close(c);
	return 0;
}
