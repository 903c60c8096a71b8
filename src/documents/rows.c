#include "rows.h"

#include "place.h"
#include "record/fields.h"

static void value(struct sheet *s, const struct field *f, enum field_type type, const void *at,
                  unsigned depth);

static unsigned deeper(unsigned depth)
{
	return depth + 1 < SHEET_DEPTHS ? depth + 1 : depth;
}

static bool is_plain(enum field_type type)
{
	return type == FIELD_LABEL || type == FIELD_COUNTRY;
}

/* Labels stand in one line one after the other; everything else has a row each. */
static void labels(struct sheet *s, const struct list *list, unsigned depth)
{
	const char *const *at = list->at;
	struct buffer text = {.arena = s->arena};
	for (size_t i = 0; i < list->count; i++)
		buffer_printf(&text, "%s%s", i > 0 ? ", " : "", at[i]);
	sheet_row(s, depth,
	          list->count > 0 ? buffer_cstr(&text) : message(s->language, "frame.none"),
	          STYLE_TEXT);
}

static void list(struct sheet *s, const struct field *f, const struct list *list, unsigned depth)
{
	if (is_plain(f->element) || list->count == 0) {
		labels(s, list, depth);
		return;
	}
	struct field element = field_element(f);
	for (size_t i = 0; i < list->count; i++) {
		const char *at = (const char *)list->at + i * f->size;
		if (f->element == FIELD_STRUCT && i > 0)
			sheet_divide(s, depth);
		if (f->element == FIELD_TEXT && list->count > 1)
			sheet_row(
			    s, depth,
			    arena_printf(s->arena, "%zu. %s", i + 1, *(const char *const *)at),
			    STYLE_TEXT);
		else
			value(s, &element, f->element, at, depth);
	}
}

static void redactable(struct sheet *s, const struct redactable *r, unsigned depth)
{
	if (r->value != NULL) {
		sheet_row(s, depth, r->value, STYLE_TEXT);
		return;
	}
	sheet_row(s, depth, message(s->language, "frame.withheld"), STYLE_TEXT);
	sheet_row(s, depth, hex_encode(s->arena, hash_bytes(&r->digest)), STYLE_CODE);
}

static void number(struct sheet *s, const struct field *f, uint64_t n, unsigned depth)
{
	bool is_life = strcmp(f->name, "maximum-years") == 0 && n == 1000; /* as its table has it */
	sheet_row(s, depth,
	          is_life ? message(s->language, "frame.life")
	                  : arena_printf(s->arena, "%llu", (unsigned long long)n),
	          STYLE_TEXT);
}

static const char *key_text(struct sheet *s, const struct public_key *key)
{
	char *line = key_line(s->arena, key);
	line[strcspn(line, "\n")] = 0;
	return line;
}

static void value(struct sheet *s, const struct field *f, enum field_type type, const void *at,
                  unsigned depth)
{
	switch (type) {
	case FIELD_TEXT:
	case FIELD_LABEL:
		sheet_row(s, depth, *(const char *const *)at, STYLE_TEXT);
		break;
	case FIELD_COUNTRY:
		sheet_row(s, depth, place_name(s->arena, s->language, *(const char *const *)at),
		          STYLE_TEXT);
		break;
	case FIELD_UINT:
		number(s, f, *(const uint64_t *)at, depth);
		break;
	case FIELD_TIME:
		sheet_row(s, depth, place_time(s->arena, s->language, *(const int64_t *)at),
		          STYLE_TEXT);
		break;
	case FIELD_BYTES:
		sheet_row(s, depth, hex_encode(s->arena, *(const struct bytes *)at), STYLE_CODE);
		break;
	case FIELD_HASH:
	case FIELD_REFERENCE:
		sheet_row(s, depth, hex_encode(s->arena, hash_bytes(at)), STYLE_CODE);
		break;
	case FIELD_SCOPE:
		rows_scope(s, *(const struct scope *const *)at, deeper(depth));
		break;
	case FIELD_PUBLIC_KEY:
		sheet_row(s, depth, key_text(s, at), STYLE_CODE);
		break;
	case FIELD_CHOICE:
		sheet_row(
		    s, depth,
		    message_name(s->arena, s->language, "choice", f->words[*(const unsigned *)at]),
		    STYLE_TEXT);
		break;
	case FIELD_REDACTABLE:
		redactable(s, at, depth);
		break;
	case FIELD_STRUCT:
		rows_fields(s, f->fields, at, deeper(depth));
		break;
	case FIELD_LIST:
		list(s, f, at, depth);
		break;
	case FIELD_END:
		break;
	}
}

void rows_fields(struct sheet *s, const struct field *fields, const void *in, unsigned depth)
{
	for (const struct field *f = fields; f->type != FIELD_END; f++) {
		if (!field_is_present(f, in))
			continue;
		sheet_label(s, depth, message_name(s->arena, s->language, "field", f->name));
		value(s, f, f->type, (const char *)in + f->offset, depth);
	}
}
