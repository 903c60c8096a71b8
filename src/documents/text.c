/* Text by its characters: which way it runs, and what of it would not be seen. */
#include <unicode/uchar.h>

#include "sheet.h"
#include "sheet_measures.h"

static size_t length_of(const char *at)
{
	return (size_t)g_utf8_skip[(unsigned char)*at];
}

bool text_is_rtl(const char *text, bool otherwise)
{
	for (; *text != 0; text += length_of(text)) {
		UCharDirection direction = u_charDirection((UChar32)g_utf8_get_char(text));
		if (direction == U_LEFT_TO_RIGHT)
			return false;
		if (direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC)
			return true;
	}
	return otherwise;
}

/*
 * Controls, overrides, and what is no character and cairo would not take. Isolates stay: nothing
 * outside them, nor outside a paragraph, is moved by them.
 */
static bool hides(gunichar c)
{
	return (c < ' ' && c != '\n') || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 ||
	       (c >= 0x202A && c <= 0x202E) || (c & 0xFFFE) == 0xFFFE ||
	       (c >= 0xFDD0 && c <= 0xFDEF);
}

const char *text_visible(struct arena *arena, const char *text)
{
	struct buffer out = {.arena = arena};
	for (; *text != 0; text += length_of(text)) {
		gunichar c = g_utf8_get_char(text);
		if (hides(c))
			buffer_printf(&out, "[U+%04X]", c);
		else
			buffer_bytes(&out, bytes_of(text, length_of(text)));
	}
	return buffer_cstr(&out);
}

/* A paragraph of a layout's text, `at` behind its beginning. */
static void mirror_paragraph(PangoAttrList *attributes, const char *text, size_t at, size_t len,
                             bool is_rtl)
{
	PangoDirection direction = is_rtl ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR;
	guint8 *levels = pango_log2vis_get_embedding_levels(text + at, (int)len, &direction);
	size_t end = at + len;
	for (size_t i = 0; at < end; i++, at += length_of(text + at)) {
		if (levels[i] % 2 == 0 || !u_isMirrored((UChar32)g_utf8_get_char(text + at)))
			continue;
		PangoAttribute *other = pango_attr_family_new(FONT_MIRRORED);
		other->start_index = (guint)at;
		other->end_index = (guint)(at + length_of(text + at));
		pango_attr_list_insert(attributes, other);
	}
	g_free(levels);
}

void text_mirrored(PangoAttrList *attributes, const char *text, bool otherwise)
{
	for (size_t at = 0; text[at] != 0;) {
		size_t len = strcspn(text + at, "\n");
		char *paragraph = g_strndup(text + at, len);
		if (len > 0)
			mirror_paragraph(attributes, text, at, len,
			                 text_is_rtl(paragraph, otherwise));
		g_free(paragraph);
		at += len + (text[at + len] == '\n');
	}
}
