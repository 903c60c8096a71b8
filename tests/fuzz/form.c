/*
 * Forms: the first byte names the kind. What is taken comes back from its own text. What is JSON is
 * read as that too.
 */
#include "record/form_json.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static bool reference(void *ctx, const char *field, const char *text, struct hash *out,
                      struct err *e)
{
	(void)ctx;
	if (*text == 0)
		return err_refused(e, "reference.unknown", "%s", field);
	*out = sha256(bytes_text(text));
	return true;
}

static bool file(void *ctx, struct arena *arena, const char *path, struct bytes *out, struct err *e)
{
	(void)ctx;
	(void)e;
	*out = bytes_text(arena_printf(arena, "%s", path));
	return true;
}

static bool evidence(void *ctx, const char *path, const char *type, struct evidence *out,
                     struct err *e)
{
	(void)ctx;
	(void)e;
	*out = (struct evidence){.type = type, .digest = sha256(bytes_text(path)), .size = 1};
	return true;
}

static void salt(void *ctx, void *at, size_t len)
{
	(void)ctx;
	memset(at, 1, len);
}

static void read_json(enum record_kind kind, struct bytes text, const struct form_world *world)
{
	owned_arena arena = {0};
	struct form_node *root;
	union record_body body;
	struct bytes payload;
	struct err e = {0};
	const char *field = NULL;
	json_t *json = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, NULL);
	if (json == NULL)
		return;
	bool read = form_of_json(&arena, json, &root, &e);
	json_decref(json);
	if (!read || !form_fill(&arena, kind, root, world, &body, &field, &e))
		assert(e.rule != NULL && (!read || field != NULL));
	else if (!record_payload(&arena, kind, &body, &payload, &e))
		assert(strcmp(e.rule, "record.too-large") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct form_world world = {NULL, reference, NULL, file, evidence, salt};
	static const struct form_world lone = {.random = salt};
	owned_arena arena = {0};
	union record_body body;
	struct bytes payload, again;
	struct err e = {0};
	if (!key_library_start(&e))
		abort();
	if (len == 0)
		return 0;
	enum record_kind kind = (enum record_kind)(at[0] % KIND_COUNT);
	/* Nothing is NULL, as an empty file is. */
	struct bytes form = len > 1 ? bytes_of(at + 1, len - 1) : (struct bytes){0};
	read_json(kind, form, &world);
	if (!form_parse(&arena, kind, form, &world, &body, &e)) {
		assert(e.rule != NULL);
		return 0;
	}
	if (!record_payload(&arena, kind, &body, &payload, &e)) {
		assert(strcmp(e.rule, "record.too-large") == 0);
		return 0;
	}
	const char *text = form_text(&arena, kind, &body);
	bool ok = strlen(text) > FORM_MAX ||
	          (form_parse(&arena, kind, bytes_text(text), &lone, &body, &e) &&
	           record_payload(&arena, kind, &body, &again, &e) && bytes_equal(payload, again));
	assert(ok);
	return 0;
}
