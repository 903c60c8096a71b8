#include "pairs.h"

#include <stdlib.h>
#include <string.h>

static const char *keep(struct pairs *p, const char *text)
{
	if (text == NULL || *text == 0)
		return "";
	size_t len = strlen(text);
	p->bytes += len + 1;
	return arena_copy(&p->arena, text, len);
}

bool pairs_add(struct pairs *p, const char *key, const char *const values[PAIR_VALUES],
               struct err *e)
{
	if (p->count == p->room) {
		size_t room = p->room == 0 ? 256 : p->room * 2;
		struct pair *at = reallocarray(p->at, room, sizeof *at);
		if (at == NULL)
			return err_environment(e, "no memory for what the list refers to");
		p->at = at;
		p->room = room;
	}
	struct pair *pair = &p->at[p->count];
	*pair = (struct pair){.key = keep(p, key), .order = p->count};
	for (size_t i = 0; i < PAIR_VALUES; i++)
		pair->values[i] = keep(p, values[i]);
	p->count++;
	p->bytes += sizeof *pair;
	if (p->bytes > PAIRS_BYTES)
		return err_input(e, "list.too-large", "the list refers to more than 512 MiB");
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = strcmp(x->key, y->key);
	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

void pairs_sort(struct pairs *p)
{
	if (p->count > 0)
		qsort(p->at, p->count, sizeof *p->at, compare);
}

const struct pair *pairs_find(const struct pairs *p, const char *key, size_t *count)
{
	size_t low = 0, high = p->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(p->at[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (high < p->count && strcmp(p->at[high].key, key) == 0)
		high++;
	*count = high - low;
	return *count > 0 ? p->at + low : NULL;
}

const char *pairs_value(const struct pairs *p, const char *key)
{
	size_t count;
	const struct pair *found = pairs_find(p, key, &count);
	return count > 0 ? found->values[0] : "";
}

void pairs_free(struct pairs *p)
{
	free(p->at);
	arena_free(&p->arena);
	*p = (struct pairs){0};
}
