#include "parts.h"

#include <assert.h>

/* <0, 0, >0, as bytes; the key has no NUL. */
static int compare(const char *member, struct bytes key)
{
	int order = strncmp(member, (const char *)key.at, key.len);
	return order != 0 ? order : member[key.len] != 0;
}

size_t set_lower_bound(const struct scope_set *set, struct bytes key)
{
	size_t low = 0, high = set->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(set->at[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool set_find_same(const struct scope_set *set, const char *text)
{
	size_t i = set_lower_bound(set, bytes_text(text));
	return i < set->count && strcmp(set->at[i], text) == 0;
}

bool scope_label_covers(const char *wide, const char *narrow)
{
	size_t len = strlen(wide);
	return strncmp(wide, narrow, len) == 0 && (narrow[len] == 0 || narrow[len] == '.');
}

/*
 * What covers a label begins it, so it stands before it in the set, and everything between
 * begins with it too (`capture` < `capture-all` < `capture.content`). So when the member
 * next below the label does not cover it, only what that member and the label have in
 * common can: the search goes on from there and is done after one step mostly.
 */
bool set_find_label(const struct scope_set *set, const char *label)
{
	size_t len = strlen(label);
	for (;;) {
		size_t i = set_lower_bound(set, bytes_of(label, len));
		if (i < set->count && compare(set->at[i], bytes_of(label, len)) == 0)
			return true;
		if (i == 0)
			return false;
		const char *below = set->at[i - 1];
		size_t common = 0;
		/* They differ within len, or this member would not be below. */
		while (below[common] == label[common])
			common++;
		if (below[common] == 0 && label[common] == '.')
			return true;
		while (common > 0 && label[common] != '.')
			common--;
		if (common == 0)
			return false;
		len = common;
	}
}

size_t set_merge(const struct scope_set *a, const struct scope_set *b, set_find *find,
                 enum set_keep keep, const char **out)
{
	size_t count = 0, i = 0, j = 0;
	while (i < a->count || j < b->count) {
		int order = i == a->count ? 1 : j == b->count ? -1 : strcmp(a->at[i], b->at[j]);
		if (order == 0) {
			out[count++] = a->at[i];
			i++;
			j++;
			continue;
		}
		const char *member = order < 0 ? a->at[i++] : b->at[j++];
		bool covered = find(order < 0 ? b : a, member);
		if (covered == (keep == SET_KEEP_NARROW))
			out[count++] = member;
	}
	return count;
}

/* A merge sort whose merge drops what is covered. */
size_t set_canonical(const char **items, size_t count, const char **spare, set_find *find)
{
	if (count < 2)
		return count;
	size_t half = count / 2;
	struct scope_set a = {items, set_canonical(items, half, spare, find)};
	struct scope_set b = {items + half, set_canonical(items + half, count - half, spare, find)};
	size_t left = set_merge(&a, &b, find, SET_KEEP_WIDE, spare);
	memcpy(items, spare, left * sizeof *items);
	return left;
}
