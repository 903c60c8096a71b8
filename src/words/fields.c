/* A record's fields as JSON, by the table of its kind. */
#include "words.h"

#include "record/fields.h"

#include "scope/scope.h"

static json_t *value_json(struct arena *arena, const struct field *f, enum field_type type,
                          const void *at);

static json_t *list_json(struct arena *arena, const struct field *f, const struct list *list)
{
	json_t *array = json_array();
	for (size_t i = 0; i < list->count; i++) {
		const char *element = (const char *)list->at + i * f->size;
		json_array_append_new(array, value_json(arena, f, f->element, element));
	}
	return array;
}

static json_t *value_json(struct arena *arena, const struct field *f, enum field_type type,
                          const void *at)
{
	switch (type) {
	case FIELD_TEXT:
	case FIELD_LABEL:
	case FIELD_COUNTRY:
		return json_string(*(const char *const *)at);
	case FIELD_UINT:
		return json_integer((json_int_t) * (const uint64_t *)at);
	case FIELD_TIME:
		return json_string(words_time(arena, *(const int64_t *)at));
	case FIELD_BYTES:
		return json_string(hex_encode(arena, *(const struct bytes *)at));
	case FIELD_HASH:
	case FIELD_REFERENCE:
		return json_string(words_hex(arena, at));
	case FIELD_SCOPE:
		return json_string(scope_text(arena, *(const struct scope *const *)at));
	case FIELD_PUBLIC_KEY: {
		char *line = key_line(arena, at);
		line[strcspn(line, "\n")] = 0;
		return json_string(line);
	}
	case FIELD_CHOICE:
		return json_string(f->words[*(const unsigned *)at]);
	case FIELD_REDACTABLE: {
		const struct redactable *r = at;
		if (r->value != NULL)
			return json_string(r->value);
		return json_pack("{s:s}", "withheld", words_hex(arena, &r->digest));
	}
	case FIELD_STRUCT:
		return words_fields(arena, f->fields, at);
	case FIELD_LIST:
		return list_json(arena, f, at);
	case FIELD_END:
		break;
	}
	return json_null();
}

json_t *words_fields(struct arena *arena, const struct field *fields, const void *in)
{
	json_t *object = json_object();
	for (const struct field *f = fields; f->type != FIELD_END; f++) {
		const char *base = in;
		if (!field_is_present(f, in))
			continue;
		json_object_set_new(object, f->name,
		                    value_json(arena, f, f->type, base + f->offset));
	}
	return object;
}

json_t *words_said(struct arena *arena, const struct record *record)
{
	const struct kind *kind = record_kind(record->kind);
	return json_pack("{s:s,s:s*,s:s,s:s,s:o}", "kind", kind->name, "signed-by",
	                 record->claims.issuer, "made-to", record->claims.subject, "issued-at",
	                 words_time(arena, record->claims.issued_at), "says",
	                 words_fields(arena, kind->fields, &record->body));
}

json_t *words_record(struct arena *arena, const struct record *record, uint64_t index)
{
	json_t *value =
	    json_pack("{s:s,s:I}", "id", words_hex(arena, &record->id), "seq", (json_int_t)index);
	json_t *said = words_said(arena, record);
	json_object_update(value, said);
	json_decref(said);
	return value;
}
