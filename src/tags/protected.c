/* The list of protected persons. */
#include <stdlib.h>

#include "tags.h"

#define MAGIC "proviso-protected-1\n"

enum { MAGIC_SIZE = sizeof MAGIC - 1, MEMBER = 16 };

static void member_of(struct bytes salt, const uint8_t tag[TAG_SIZE], uint8_t out[MEMBER])
{
	struct hash digest =
	    sha256_parts((struct bytes[]){bytes_text(MAGIC), salt, bytes_of(tag, TAG_SIZE)}, 3);
	memcpy(out, digest.at, MEMBER);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, MEMBER);
}

struct bytes protected_make(struct arena *arena, const struct tag tags[], size_t count,
                            const uint8_t salt[PROTECTED_SALT])
{
	struct buffer b = {.arena = arena};
	uint8_t(*members)[MEMBER] = arena_array(arena, count, sizeof *members);
	for (size_t i = 0; i < count; i++)
		member_of(bytes_of(salt, PROTECTED_SALT), tags[i].at, members[i]);
	if (count > 0)
		qsort(members, count, sizeof *members, compare);
	buffer_text(&b, MAGIC);
	buffer_bytes(&b, bytes_of(salt, PROTECTED_SALT));
	for (size_t i = 0; i < count; i++)
		if (i == 0 || compare(members[i - 1], members[i]) != 0)
			buffer_bytes(&b, bytes_of(members[i], MEMBER));
	return buffer_view(&b);
}

bool protected_parse(struct bytes file, struct protected_list *out, struct err *e)
{
	struct reader r = reader_of(file);
	struct bytes magic = read_bytes(&r, MAGIC_SIZE);
	out->salt = read_bytes(&r, PROTECTED_SALT);
	if (r.bad || !bytes_equal(magic, bytes_text(MAGIC)) || reader_left(&r) % MEMBER != 0)
		return err_input(e, "tags.protected-list", "not a list of protected persons");
	out->count = reader_left(&r) / MEMBER;
	out->members = read_bytes(&r, out->count * MEMBER);
	for (size_t i = 1; i < out->count; i++)
		if (compare(out->members.at + (i - 1) * MEMBER, out->members.at + i * MEMBER) >= 0)
			return err_input(e, "tags.protected-list", "member %zu is out of order",
			                 i + 1);
	return true;
}

bool protected_has(const struct protected_list *list, const uint8_t tag[TAG_SIZE])
{
	uint8_t member[MEMBER];
	if (list->count == 0)
		return false;
	member_of(list->salt, tag, member);
	return bsearch(member, list->members.at, list->count, MEMBER, compare) != NULL;
}
