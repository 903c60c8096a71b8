/* Scope text: what parses has one canonical text, which parses to the same scope. */
#include "scope/scope.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	const struct scope *scope, *again;
	struct err e = {0};
	if (!scope_parse(&arena, bytes_of(at, len), &scope, &e)) {
		assert(e.kind == ERR_INPUT && e.rule != NULL);
		return 0;
	}
	const char *text = scope_text(&arena, scope);
	bool parsed = scope_parse(&arena, bytes_text(text), &again, &e);
	assert(parsed && scope_equal(scope, again));
	assert(strcmp(scope_text(&arena, again), text) == 0);
	assert(scope_equal(scope_meet(&arena, scope, again), scope));
	assert(scope_includes(scope, again) && scope_includes(&scope_any, scope));
	return 0;
}
