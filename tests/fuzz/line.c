#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* A line is a question whose texts lie within it, or it is refused in words. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct line l;
	const char *why = NULL;
	char *text = malloc(len + 1);
	if (text == NULL)
		abort();
	memcpy(text, at, len);
	text[len] = 0;
	if (!line_parse(text, &l, &why)) {
		if (why == NULL)
			abort();
	} else if (l.use.with_count > PROVISO_WITH_MAX) {
		abort();
	}
	for (size_t i = 0; i < l.use.with_count; i++)
		if (l.with[i] < text || l.with[i] > text + len)
			abort();
	free(text);
	return 0;
}
