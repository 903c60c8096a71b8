#include <stdlib.h>

#include "tags/ceremony.h"
#include "tags/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void refused(const struct err *e)
{
	if ((e->kind != ERR_INPUT && e->kind != ERR_REFUSED) || e->rule == NULL)
		abort();
}

/* Every file of subject tags: taken apart and put together the same, or refused. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct public_key nobody = {.algorithm = KEY_ED25519, .name = "nobody"};
	owned_arena arena = {0};
	struct bytes file = bytes_of(at, len);
	struct tag_blind *blinds;
	struct hash request;
	struct evaluation evaluation;
	struct protected_list list;
	struct tags_request granted;
	struct transcript transcript;
	struct tags_body key = {.threshold = 2};
	const char *origin;
	size_t count;
	struct err e = {0};
	if (!blinds_parse(&arena, file, &request, &blinds, &count, &e))
		refused(&e);
	else if (!bytes_equal(blinds_format(&arena, &request, blinds, count), file))
		abort();
	e = (struct err){0};
	if (!evaluation_parse(&arena, file, &evaluation, &e))
		refused(&e);
	e = (struct err){0};
	if (!protected_parse(file, &list, &e))
		refused(&e);
	e = (struct err){0};
	if (!granted_origin(&arena, file, &origin, &e))
		refused(&e);
	/* Nothing is proven by nobody's key. */
	e = (struct err){0};
	if (granted_open(&arena, file, &nobody, &granted, &e))
		abort();
	refused(&e);
	e = (struct err){0};
	if (transcript_open(&arena, file, &nobody, &transcript, &e))
		abort();
	refused(&e);
	e = (struct err){0};
	struct ceremony *ceremony = arena_alloc(&arena, sizeof *ceremony);
	if (!ceremony_parse(&arena, file, ceremony, &e))
		refused(&e);
	else if (!ceremony_conclude(ceremony, &key, &e))
		refused(&e);
	key = (struct tags_body){.threshold = 2};
	e = (struct err){0};
	if (tag_proofs_verify(&key, &request, file, &e))
		abort();
	return 0;
}
