#include "fields.h"

#include <assert.h>
#include <stdio.h>

enum { SALT_SIZE = 16, PATH_MAX_BYTES = 256 };

/* --- Walking --------------------------------------------------------------------------- */

struct walk {
	void (*each)(void *ctx, const char *path, struct redactable *);
	void *ctx;
	char path[PATH_MAX_BYTES];
};

static void walk_fields(struct walk *, size_t path_len, const struct field *, void *in);

/* Appends a part to the path; gives its new length. Paths are as deep as the tables. */
static size_t path_add(struct walk *w, size_t len, const char *part)
{
	int added = snprintf(w->path + len, sizeof w->path - len, "%s%s", len > 0 ? "." : "", part);
	assert(added > 0 && len + (size_t)added < sizeof w->path);
	return len + (size_t)added;
}

static void walk_list(struct walk *w, size_t path_len, const struct field *f,
                      const struct list *list)
{
	if (f->element != FIELD_STRUCT)
		return; /* a list of redactables would need names for its elements: none has it */
	for (size_t i = 0; i < list->count; i++) {
		char index[24];
		snprintf(index, sizeof index, "%zu", i);
		walk_fields(w, path_add(w, path_len, index), f->fields,
		            (uint8_t *)list->at + i * f->size);
	}
}

static void walk_fields(struct walk *w, size_t path_len, const struct field *f, void *in)
{
	for (; f->type != FIELD_END; f++) {
		if (!field_is_present(f, in))
			continue;
		void *at = (uint8_t *)in + f->offset;
		size_t len = path_add(w, path_len, f->name);
		if (f->type == FIELD_REDACTABLE)
			w->each(w->ctx, w->path, at);
		else if (f->type == FIELD_STRUCT)
			walk_fields(w, len, f->fields, at);
		else if (f->type == FIELD_LIST)
			walk_list(w, len, f, at);
		w->path[path_len] = 0;
	}
}

void fields_redactables(const struct field *fields, void *in,
                        void (*each)(void *ctx, const char *path, struct redactable *), void *ctx)
{
	struct walk w = {.each = each, .ctx = ctx};
	walk_fields(&w, 0, fields, in);
}

void record_redactables(struct record *record,
                        void (*each)(void *ctx, const char *path, struct redactable *), void *ctx)
{
	fields_redactables(record_kind(record->kind)->fields, &record->body, each, ctx);
}

/* --- Disclosures ----------------------------------------------------------------------- */

static const struct field value_field = {.type = FIELD_REDACTABLE};

bool redactable_make(struct arena *arena, enum record_kind kind, const char *path,
                     const char *value, const uint8_t salt[SALT_SIZE], struct redactable *out)
{
	struct err why;
	if (!field_text_check(&value_field, bytes_text(value), &why))
		return false;
	struct buffer b = {.arena = arena};
	cbor_array(&b, 4);
	cbor_bytes(&b, bytes_of(salt, SALT_SIZE));
	cbor_text(&b, record_kind(kind)->name);
	cbor_text(&b, path);
	cbor_text(&b, value);
	*out = (struct redactable){.digest = sha256(buffer_view(&b)),
	                           .value = arena_copy(arena, value, strlen(value)),
	                           .disclosure = buffer_view(&b)};
	return true;
}

struct disclosure {
	struct bytes kind, path, value;
};

static bool disclosure_decode(struct bytes bytes, struct disclosure *out, struct err *e)
{
	struct cbor_reader r = cbor_reader(bytes, e);
	if (cbor_read_array(&r) != 4)
		return cbor_fail(&r, "record.disclosure",
		                 "a disclosure is [salt, kind, path, value]");
	struct bytes salt = cbor_read_bytes(&r);
	out->kind = cbor_read_text(&r);
	out->path = cbor_read_text(&r);
	out->value = cbor_read_text(&r);
	if (!cbor_done(&r))
		return false;
	if (salt.len != SALT_SIZE)
		return err_input(e, "record.disclosure", "the salt has %zu bytes, not %d", salt.len,
		                 SALT_SIZE);
	return field_text_check(&value_field, out->value, e);
}

struct wanted {
	struct bytes path;
	struct redactable *found;
};

static void find_path(void *ctx, const char *path, struct redactable *r)
{
	struct wanted *wanted = ctx;
	if (bytes_equal(bytes_text(path), wanted->path))
		wanted->found = r;
}

/*
 * The digest binds salt, kind, path and value; that it stands in this very field of this
 * record is what is left to compare.
 */
bool record_disclose(struct arena *arena, struct record *record, struct bytes bytes, struct err *e)
{
	struct disclosure d;
	if (!disclosure_decode(bytes, &d, e)) {
		e->rule = "record.disclosure";
		return err_context(e, "disclosure");
	}
	const char *kind = record_kind(record->kind)->name;
	if (!bytes_equal(d.kind, bytes_text(kind)))
		return err_input(e, "record.disclosure", "the disclosure is not of a %s", kind);
	struct wanted wanted = {.path = d.path};
	record_redactables(record, find_path, &wanted);
	if (wanted.found == NULL)
		return err_input(e, "record.disclosure",
		                 "the disclosure is of a field that this %s does not have", kind);
	struct hash digest = sha256(bytes);
	if (!hash_equal(&digest, &wanted.found->digest))
		return err_input(e, "record.disclosure",
		                 "the disclosure does not fit the digest in the record");
	wanted.found->value = arena_copy(arena, d.value.at, d.value.len);
	wanted.found->disclosure = bytes_copy(arena, bytes);
	return true;
}

bool record_disclose_all(struct arena *arena, struct record *record, struct bytes all,
                         struct err *e)
{
	struct cbor_reader r = cbor_reader(all, e);
	for (size_t left = cbor_read_array(&r); left > 0 && !r.bad; left--) {
		struct bytes one = cbor_read_bytes(&r);
		if (!r.bad && !record_disclose(arena, record, one, e))
			return false;
	}
	return cbor_done(&r);
}

struct collecting {
	struct buffer items;
	size_t count;
};

static void collect(void *ctx, const char *path, struct redactable *field)
{
	struct collecting *c = ctx;
	(void)path;
	if (field->disclosure.len > 0) {
		cbor_bytes(&c->items, field->disclosure);
		c->count++;
	}
}

struct bytes record_disclosures(struct arena *arena, struct record *record)
{
	struct collecting c = {.items = {.arena = arena}};
	struct buffer all = {.arena = arena};
	record_redactables(record, collect, &c);
	cbor_array(&all, c.count);
	buffer_bytes(&all, buffer_view(&c.items));
	return c.count == 0 ? (struct bytes){0} : buffer_view(&all);
}
