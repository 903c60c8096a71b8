/*
 * DIR/admitted is CBOR [record of the key, [[local tag, tag] ...]] and DIR/protected the list of
 * protected persons as it was published, both under a checksum. A system that was never
 * given a tag has neither.
 */
#include <stdlib.h>

#include "base/file.h"
#include "parts.h"
#include "record/cbor.h"

#define ADMITTED_KIND  "proviso-admitted-1"
#define PROTECTED_KIND "proviso-protected-file-1"

enum { ADMITTED_FILE_MAX = 256 << 20 };

_Static_assert((int)TAG_SIZE == (int)PROVISO_TAG_SIZE, "tags go into the use log");

/* --- The table ------------------------------------------------------------------------- */

static size_t place_of(const uint8_t local[PROVISO_TAG_SIZE])
{
	size_t place;
	memcpy(&place, local, sizeof place); /* the output of a keyed hash already */
	return place;
}

/* Where a subject is, or where it would go. */
static struct admitted_subject *look(const struct admitted *a,
                                     const uint8_t local[PROVISO_TAG_SIZE])
{
	static const uint8_t none[PROVISO_TAG_SIZE];
	size_t i = place_of(local) & a->mask;
	while (memcmp(a->at[i].local, none, sizeof none) != 0 &&
	       memcmp(a->at[i].local, local, sizeof none) != 0)
		i = (i + 1) & a->mask;
	return &a->at[i];
}

const struct admitted_subject *admitted_find(const struct admitted *a,
                                             const uint8_t local[PROVISO_TAG_SIZE])
{
	if (a->at == NULL)
		return NULL;
	const struct admitted_subject *found = look(a, local);
	return memcmp(found->local, local, PROVISO_TAG_SIZE) == 0 ? found : NULL;
}

void admitted_add(struct admitted *a, const uint8_t local[PROVISO_TAG_SIZE],
                  const uint8_t tag[PROVISO_TAG_SIZE])
{
	struct admitted_subject *to = look(a, local);
	if (memcmp(to->local, local, PROVISO_TAG_SIZE) != 0)
		a->count++;
	memcpy(to->local, local, PROVISO_TAG_SIZE);
	memcpy(to->tag, tag, PROVISO_TAG_SIZE);
	to->is_protected = protected_has(&a->list, tag);
}

static bool make_room(struct admitted *a, size_t subjects, struct err *e)
{
	size_t places = 16;
	while (places < 2 * subjects + 2)
		places *= 2;
	a->at = calloc(places, sizeof *a->at);
	a->mask = places - 1;
	return a->at != NULL || err_environment(e, "no memory for %zu subjects", subjects);
}

void admitted_free(struct admitted *a)
{
	arena_free(&a->arena);
	free(a->at);
	*a = (struct admitted){0};
}

/* --- Key and list ----------------------------------------------------------------------- */

static bool take_record(struct admitted *a, struct bytes record, struct err *e)
{
	struct record decoded;
	a->record = bytes_copy(&a->arena, record);
	if (!record_decode(&a->arena, a->record, &decoded, e))
		return false;
	if (decoded.kind != KIND_TAGS)
		return err_input(e, "record.kind", "a %s is no record of the key of tags",
		                 record_kind(decoded.kind)->name);
	a->id = decoded.id;
	a->key = decoded.body.tags;
	return true;
}

/* The list counts when it is the one that the record names. */
static bool take_list(struct admitted *a, struct bytes file, struct err *e)
{
	struct hash digest = sha256(file);
	a->is_whole = !a->key.has_protected;
	if (file.len == 0 || !a->key.has_protected ||
	    !hash_equal(&digest, &a->key.protected.digest))
		return true;
	a->list_file = bytes_copy(&a->arena, file);
	a->is_whole = protected_parse(a->list_file, &a->list, e);
	return a->is_whole;
}

bool admitted_renew(const struct admitted *old, struct bytes record, struct bytes list, size_t more,
                    struct admitted *out, struct err *e)
{
	*out = (struct admitted){0};
	if (record.len == 0) {
		record = old->record;
		list = old->list_file;
	}
	bool good = take_record(out, record, e) && take_list(out, list, e) &&
	            make_room(out, old->count + more, e);
	for (size_t i = 0; good && old->at != NULL && i <= old->mask; i++) {
		static const uint8_t none[PROVISO_TAG_SIZE];
		if (memcmp(old->at[i].local, none, sizeof none) != 0)
			admitted_add(out, old->at[i].local, old->at[i].tag);
	}
	if (!good)
		admitted_free(out);
	return good;
}

/* --- Files ------------------------------------------------------------------------------- */

static void read_tag(struct cbor_reader *r, uint8_t to[PROVISO_TAG_SIZE])
{
	struct bytes at = cbor_read_bytes(r);
	if (r->bad || at.len != PROVISO_TAG_SIZE)
		cbor_fail(r, "gate.tags-damaged", "not a tag");
	else
		memcpy(to, at.at, PROVISO_TAG_SIZE);
}

/* False without memory; what is wrong with the file is in the reader. */
static bool decode(struct cbor_reader *r, struct bytes list, struct admitted *out, struct err *e)
{
	struct err why = {0};
	if (cbor_read_array(r) != 2)
		cbor_fail(r, "gate.tags-damaged", "not a record and subjects");
	struct bytes record = cbor_read_bytes(r);
	size_t count = cbor_read_array(r);
	if (r->bad)
		return true;
	if (!take_record(out, record, &why) || !take_list(out, list, &why)) {
		cbor_fail(r, "gate.tags-damaged", "%s", why.text);
		return true;
	}
	if (!make_room(out, count, e))
		return false;
	for (size_t i = 0; i < count && !r->bad; i++) {
		uint8_t local[PROVISO_TAG_SIZE], tag[PROVISO_TAG_SIZE];
		if (cbor_read_array(r) != 2)
			cbor_fail(r, "gate.tags-damaged", "not two tags");
		read_tag(r, local);
		read_tag(r, tag);
		if (!r->bad)
			admitted_add(out, local, tag);
	}
	return true;
}

static bool load(const char *dir, struct admitted *out, struct arena *arena, struct err *e)
{
	struct bytes content, list = {0};
	struct err why = {0};
	if (!file_exists(arena_printf(arena, "%s/admitted", dir)))
		return true;
	if (!sealed_read(arena, dir, "admitted", ADMITTED_KIND, ADMITTED_FILE_MAX,
	                 "gate.tags-damaged", &content, e))
		return false;
	if (file_exists(arena_printf(arena, "%s/protected", dir)) &&
	    !sealed_read(arena, dir, "protected", PROTECTED_KIND, PROTECTED_MAX + 256,
	                 "gate.tags-damaged", &list, e))
		return false;
	struct cbor_reader r = cbor_reader(content, &why);
	if (!decode(&r, list, out, e))
		return false;
	return cbor_done(&r) ||
	       err_refused(e, "gate.tags-damaged", "%s/admitted: %s", dir, why.text);
}

bool admitted_load(const char *dir, struct admitted *out, struct err *e)
{
	owned_arena arena = {0};
	*out = (struct admitted){0};
	if (load(dir, out, &arena, e))
		return true;
	admitted_free(out);
	return false;
}

/* The list first: a record whose list is not here admits nobody. */
bool admitted_save(const char *dir, const struct admitted *a, struct err *e)
{
	static const uint8_t none[PROVISO_TAG_SIZE];
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	cbor_array(&b, 2);
	cbor_bytes(&b, a->record);
	cbor_array(&b, a->count);
	for (size_t i = 0; a->at != NULL && i <= a->mask; i++) {
		if (memcmp(a->at[i].local, none, sizeof none) == 0)
			continue;
		cbor_array(&b, 2);
		cbor_bytes(&b, bytes_of(a->at[i].local, PROVISO_TAG_SIZE));
		cbor_bytes(&b, bytes_of(a->at[i].tag, PROVISO_TAG_SIZE));
	}
	return (a->list_file.len == 0 ||
	        sealed_write(dir, "protected", PROTECTED_KIND, a->list_file, e)) &&
	       sealed_write(dir, "admitted", ADMITTED_KIND, buffer_view(&b), e);
}
