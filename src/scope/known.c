#include "scope.h"

/* Where a text has its place: most differ somewhere in the middle, in a label or a pattern. */
static struct scope_slot *slot_of(struct scope_known *known, struct bytes text)
{
	const uint64_t odd = 0x9E3779B97F4A7C15u;
	uint64_t h = text.len * odd;
	for (size_t i = 0; i < text.len; i += sizeof h) {
		uint64_t word = 0;
		memcpy(&word, text.at + i, text.len - i < sizeof word ? text.len - i : sizeof word);
		h = (h ^ word) * odd;
		h ^= h >> 29;
	}
	return &known->slots[h % SCOPE_KNOWN];
}

static bool is_of(const struct scope_slot *slot, struct bytes text)
{
	return slot->scope != NULL && bytes_equal(text, bytes_of(slot->scope->text, slot->length));
}

const struct scope *scope_known_find(struct scope_known *known, struct bytes text)
{
	if (known->last == NULL || !is_of(known->last, text))
		known->last = slot_of(known, text);
	return is_of(known->last, text) ? known->last->scope : NULL;
}

bool scope_parse_known(struct scope_known *known, struct bytes text, const struct scope **out,
                       struct err *e)
{
	const struct scope *found = scope_known_find(known, text);
	if (found == NULL) {
		struct arena arena = {0};
		struct scope_slot *slot = slot_of(known, text);
		if (!scope_parse(&arena, text, &found, e)) {
			arena_free(&arena);
			return false;
		}
		struct scope *kept = arena_alloc(&arena, sizeof *kept);
		*kept = *found;
		kept->text = scope_text(&arena, found);
		/* Of a text that is not canonical the scope is good for this once. */
		if (known->displaced != NULL)
			arena_move(known->displaced, &slot->arena);
		arena_free(&slot->arena);
		*slot = (struct scope_slot){arena, kept, strlen(kept->text)};
		found = kept;
	}
	*out = found;
	return true;
}

void scope_known_free(struct scope_known *known)
{
	for (size_t i = 0; i < SCOPE_KNOWN; i++)
		arena_free(&known->slots[i].arena);
	*known = (struct scope_known){0};
}
