/*
 * Selectors: what parses has one form, which parses to itself; and a pattern written from
 * it excludes it, alone and among others.
 */
#include "scope/scope.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void excluded_by_itself(struct arena *arena, const struct selector *s)
{
	const struct scope *scope, *meet;
	const char *text = arena_printf(arena, "subject-not=%s", s->text);
	struct err e = {0};
	/* ',' and ';' can stand in a selector of an unknown scheme, but not in a set. */
	if (strpbrk(s->text, ",;") != NULL)
		return;
	bool parsed = scope_parse(arena, bytes_text(text), &scope, &e);
	assert(parsed && selector_matches(&scope->subject_not, s, NULL));
	parsed = scope_parse(
	    arena,
	    bytes_text(
	        "subject-not=tel:+1,tel:+44,imsi:00,mailto:@a.b,mailto:c@d,mailto:e@f,ip:10.0.0.0/"
	        "8,"
	        "ip:192.0.2.0/24,ip:198.51.100.7,ip:2001:db8::/32,ip:64:ff9b::/96,ip:::1,x:a"),
	    &meet, &e);
	assert(parsed);
	meet = scope_meet(arena, meet, scope);
	size_t which;
	assert(selector_matches(&meet->subject_not, s, &which));
	assert(which < meet->subject_not.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	struct selector s, again;
	struct err e = {0};
	if (!selector_parse(bytes_of(at, len), &s, &e)) {
		assert(e.kind == ERR_INPUT && strcmp(e.rule, "scope.selector") == 0);
		return 0;
	}
	assert(s.len <= SCOPE_SELECTOR_MAX && strlen(s.text) == s.len && s.scheme_len < s.len);
	bool parsed = selector_parse(bytes_of(s.text, s.len), &again, &e);
	assert(parsed && again.scheme == s.scheme && strcmp(again.text, s.text) == 0);
	assert(again.ip_len == s.ip_len && memcmp(again.ip, s.ip, s.ip_len) == 0);
	excluded_by_itself(&arena, &s);
	return 0;
}
