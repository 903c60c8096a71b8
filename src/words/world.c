/* The world that forms refer to, as the log of an authority has it. */
#include "words.h"

#include "authority/query.h"

static bool reference(void *ctx, const char *field, const char *text, struct hash *out,
                      struct err *e)
{
	struct authority *a = ctx;
	uint64_t index, number;
	struct state state = authority_state(a);
	/* Too short for the beginning of an id: definitions go by their number too. */
	if (strcmp(field, "definitions") == 0 && strlen(text) < 4 &&
	    decimal_parse(bytes_text(text), &number))
		return query_definitions_id(&state, number, out, e);
	return store_find(a->store, text, out, &index, e);
}

/* `ID` alone means the system or licence of that id. */
static bool target(void *ctx, struct arena *arena, const char *text, const char **out,
                   struct err *e)
{
	struct authority *a = ctx;
	const char *slash = strchr(text, '/'), *digits = slash != NULL ? slash + 1 : text;
	const char *word = slash != NULL ? arena_copy(arena, text, (size_t)(slash - text)) : NULL;
	uint64_t index;
	struct record record;
	*out = text;
	if (word != NULL && strcmp(word, "system") != 0 && strcmp(word, "licence") != 0)
		return true;
	if (!authority_find(a, arena, digits, &record, &index, e))
		return false;
	const char *is = record.kind == KIND_ENROLMENT ? "system"
	                 : record.kind == KIND_LICENCE ? "licence"
	                                               : NULL;
	if (is == NULL || (word != NULL && strcmp(word, is) != 0))
		return err_input(e, "form.value", "target: %s is a record of kind %s, not a %s",
		                 digits, record_kind(record.kind)->name,
		                 word != NULL ? word : "system or a licence");
	*out = arena_printf(arena, "%s/%s", is, words_hex(arena, &record.id));
	return true;
}

struct form_world words_world(struct authority *authority)
{
	return (struct form_world){.ctx = authority, .reference = reference, .target = target};
}
