/* Drawing: what flowed over pages becomes a PDF, its paragraphs tagged for those who hear it. */
#include "sheet.h"

#include <cairo-pdf.h>
#include <stdlib.h>

#include "sheet_measures.h"

static const struct {
	const char *tag;
	double red, green, blue;
} looks[STYLES] = {
    [STYLE_TITLE] = {"H1", 0.05, 0.20, 0.32}, [STYLE_SECTION] = {"H2", 0.05, 0.20, 0.32},
    [STYLE_LEAD] = {"P", 0.15, 0.15, 0.15},   [STYLE_LABEL] = {"P", 0.30, 0.34, 0.38},
    [STYLE_TEXT] = {"P", 0.05, 0.05, 0.05},   [STYLE_CODE] = {"P", 0.05, 0.05, 0.05},
    [STYLE_SMALL] = {"P", 0.30, 0.34, 0.38},
};

/* A run of one direction and font in a line. */
struct run {
	PangoGlyphItem *item;
	int x; /* from the left end of its line */
};

static int by_place_in_text(const void *a, const void *b)
{
	const struct run *one = a, *other = b;
	return one->item->item->offset < other->item->item->offset ? -1 : 1;
}

/*
 * Pango would draw from left to right. Whoever takes the text out of a PDF, or has it read
 * aloud, gets it in the order in which it was drawn: so each run is drawn when its turn in the
 * text comes, at its place.
 */
static void show_line(cairo_t *cr, struct arena *arena, const struct piece *p)
{
	size_t count = g_slist_length(p->line->runs);
	struct run *runs = arena_array(arena, count, sizeof *runs);
	int x = 0;
	size_t i = 0;
	for (GSList *l = p->line->runs; l != NULL; l = l->next) {
		PangoGlyphItem *item = l->data;
		runs[i++] = (struct run){item, x + item->start_x_offset};
		x += item->start_x_offset + pango_glyph_string_get_width(item->glyphs) +
		     item->end_x_offset;
	}
	if (count > 0)
		qsort(runs, count, sizeof *runs, by_place_in_text);
	for (i = 0; i < count; i++) {
		cairo_move_to(cr, p->x + (double)runs[i].x / PANGO_SCALE, p->y);
		pango_cairo_show_glyph_item(cr, pango_layout_get_text(p->layout), runs[i].item);
	}
}

static void show(cairo_t *cr, struct arena *arena, const struct piece *p)
{
	cairo_save(cr);
	if (p->is_tall) {
		PangoRectangle logical;
		pango_layout_line_get_extents(p->line, NULL, &logical);
		cairo_rectangle(cr, 0, p->y + (double)logical.y / PANGO_SCALE - TALL, PAGE_WIDTH,
		                (double)logical.height / PANGO_SCALE + 2 * TALL);
		cairo_clip(cr);
	}
	cairo_set_source_rgb(cr, looks[p->style].red, looks[p->style].green, looks[p->style].blue);
	show_line(cr, arena, p);
	cairo_restore(cr);
}

/* What is one paragraph on one page. */
static size_t show_block(cairo_t *cr, const struct sheet *s, size_t from)
{
	const struct piece *first = &s->pieces[from];
	size_t i = from;
	cairo_tag_begin(cr, looks[first->style].tag, NULL);
	for (; i < s->count; i++) {
		const struct piece *p = &s->pieces[i];
		if (p->page != first->page || p->block != first->block ||
		    p->layout != first->layout)
			break;
		show(cr, s->arena, p);
	}
	cairo_tag_end(cr, looks[first->style].tag);
	return i;
}

static void show_rules(cairo_t *cr, const struct sheet *s, unsigned page)
{
	cairo_set_source_rgb(cr, 0.80, 0.83, 0.86);
	cairo_set_line_width(cr, 0.5);
	for (size_t i = 0; i < s->rule_count; i++) {
		double width = CONTENT_WIDTH - s->rules[i].start;
		double x = s->is_rtl ? MARGIN_SIDE : MARGIN_SIDE + s->rules[i].start;
		if (s->rules[i].page != page)
			continue;
		cairo_move_to(cr, x, s->rules[i].y);
		cairo_rel_line_to(cr, width, 0);
		cairo_stroke(cr);
	}
}

/* A line of its own in a box, at its middle or on one side. */
static void show_small(cairo_t *cr, struct sheet *s, const char *text, const char *font,
                       double left, double width, double y, PangoAlignment align)
{
	PangoLayout *layout = pango_layout_new(s->context);
	PangoFontDescription *description = pango_font_description_from_string(font);
	pango_layout_set_font_description(layout, description);
	pango_font_description_free(description);
	pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
	if (align == PANGO_ALIGN_CENTER)
		pango_layout_set_alignment(layout, align);
	else
		sheet_align(s, layout, text_is_rtl(text, s->is_rtl), align == PANGO_ALIGN_RIGHT);
	pango_layout_set_text(layout, text, -1);
	cairo_set_source_rgb(cr, looks[STYLE_SMALL].red, looks[STYLE_SMALL].green,
	                     looks[STYLE_SMALL].blue);
	cairo_move_to(cr, left, y);
	pango_cairo_show_layout(cr, layout);
	g_object_unref(layout);
}

static void show_foot(cairo_t *cr, struct sheet *s, unsigned page)
{
	const char *words = message_with(s->arena, s->language, "frame.page",
	                                 arena_printf(s->arena, "%u", page + 1),
	                                 arena_printf(s->arena, "%u", s->page + 1));
	double number = 110, rest = CONTENT_WIDTH - number;
	cairo_set_source_rgb(cr, 0.05, 0.20, 0.32);
	cairo_set_line_width(cr, 0.75);
	cairo_move_to(cr, MARGIN_SIDE, FOOT - 5);
	cairo_rel_line_to(cr, CONTENT_WIDTH, 0);
	cairo_stroke(cr);
	show_small(cr, s, s->foot, FONT_CODE " 7", s->is_rtl ? MARGIN_SIDE + number : MARGIN_SIDE,
	           rest, FOOT, s->is_rtl ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
	show_small(cr, s, words, FONT_TEXT " 8", s->is_rtl ? MARGIN_SIDE : MARGIN_SIDE + rest,
	           number, FOOT, s->is_rtl ? PANGO_ALIGN_LEFT : PANGO_ALIGN_RIGHT);
}

/* At the end of the first page's head, and a link where there is somewhere to go. */
static bool show_code(cairo_t *cr, struct sheet *s, struct err *e)
{
	double x = s->is_rtl ? MARGIN_SIDE : PAGE_WIDTH - MARGIN_SIDE - CODE_SIZE;
	if (s->code_link != NULL)
		cairo_tag_begin(cr, CAIRO_TAG_LINK,
		                arena_printf(s->arena, "rect=[%d %d %d %d] uri='%s'", (int)x,
		                             (int)MARGIN_TOP, (int)CODE_SIZE, (int)CODE_SIZE,
		                             s->code_link));
	bool ok = qr_draw(cr, s->code, x, MARGIN_TOP, CODE_SIZE, e);
	if (s->code_link != NULL)
		cairo_tag_end(cr, CAIRO_TAG_LINK);
	if (ok)
		show_small(cr, s, s->code_words, FONT_TEXT " 7.5", x - 12, CODE_SIZE + 24,
		           MARGIN_TOP + CODE_SIZE - 4, PANGO_ALIGN_CENTER);
	return ok;
}

static bool show_pages(cairo_t *cr, struct sheet *s, struct err *e)
{
	size_t at = 0;
	for (unsigned page = 0; page <= s->page; page++) {
		show_rules(cr, s, page);
		while (at < s->count && s->pieces[at].page == page)
			at = show_block(cr, s, at);
		if (page == 0 && !show_code(cr, s, e))
			return false;
		show_foot(cr, s, page);
		cairo_show_page(cr);
	}
	return true;
}

static cairo_status_t take(void *ctx, const unsigned char *at, unsigned len)
{
	buffer_bytes(ctx, bytes_of(at, len));
	return CAIRO_STATUS_SUCCESS;
}

static void tell_about(cairo_surface_t *surface, struct arena *arena,
                       const struct sheet_about *about)
{
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE,
	                               text_visible(arena, about->title));
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR,
	                               text_visible(arena, about->author));
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, about->subject);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Proviso");
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, about->date);
}

bool sheet_draw(struct sheet *s, const struct sheet_about *about, struct bytes *pdf, struct err *e)
{
	struct buffer out = {.arena = s->arena};
	cairo_surface_t *surface =
	    cairo_pdf_surface_create_for_stream(take, &out, PAGE_WIDTH, PAGE_HEIGHT);
	/* A classic cross-reference table: what is added behind it (carrier.c) continues that. */
	cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_4);
	tell_about(surface, s->arena, about);
	cairo_t *cr = cairo_create(surface);
	cairo_tag_begin(cr, "Document", NULL);
	bool ok = show_pages(cr, s, e);
	cairo_tag_end(cr, "Document");
	cairo_surface_finish(surface);
	cairo_status_t status = cairo_status(cr) != CAIRO_STATUS_SUCCESS
	                            ? cairo_status(cr)
	                            : cairo_surface_status(surface);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	if (!ok)
		return false;
	if (status != CAIRO_STATUS_SUCCESS)
		return err_environment(e, "the pages could not be drawn: %s",
		                       cairo_status_to_string(status));
	*pdf = buffer_view(&out);
	return true;
}
