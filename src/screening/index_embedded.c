/* The list that is built in, as an index in memory. */
#include "index.h"

#include <stdlib.h>

static bool add(struct screening_builder *b, struct arena *arena, const struct listed *l,
                size_t number)
{
	size_t aliases = 0;
	while (l->aliases[aliases] != NULL)
		aliases++;
	struct entity_name *names = arena_array(arena, aliases + 1, sizeof *names);
	names[0].text = l->name;
	for (size_t i = 0; i < aliases; i++)
		names[i + 1] = (struct entity_name){.text = l->aliases[i], .kind = NAME_ALIAS};
	return screening_builder_each(
	    b, &(struct entity){.id = arena_printf(arena, "%zu", number + 1),
	                        .type = ENTITY_ORGANISATION,
	                        .names = names,
	                        .name_count = aliases + 1,
	                        .countries = &l->country,
	                        .country_count = 1,
	                        .notes = &(struct entity_note){"reason", l->reason},
	                        .note_count = 1});
}

struct screening_index *screening_index_embedded(struct err *e)
{
	owned_arena arena = {0};
	struct bytes source = screening_embedded_bytes(&arena), all;
	struct screening_builder *b =
	    screening_builder_new(&(struct screening_source){.list = screening_embedded_name(),
	                                                     .date = screening_embedded_date(),
	                                                     .snapshot = sha256(source)});
	struct screening_index *x = calloc(1, sizeof *x);
	size_t count;
	const struct listed *list = screening_embedded(&count);
	bool ok = x != NULL || err_environment(e, "out of memory");
	for (size_t i = 0; ok && i < count; i++)
		ok = add(b, &arena, &list[i], i) ||
		     true; /* what went wrong is told when the bytes are asked for */
	ok = ok && index_bytes(b, &arena, &all, e);
	screening_builder_free(b);
	uint8_t *kept = ok ? malloc(all.len) : NULL;
	ok = ok && (kept != NULL || err_environment(e, "out of memory"));
	if (ok)
		memcpy(kept, all.at, all.len);
	if (!ok || !index_attach(kept, all.len, false, x, e)) {
		free(kept);
		free(x);
		return NULL;
	}
	/* It keeps the bytes: NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	return x;
}
