#include "sheet.h"

#include <assert.h>
#include <math.h>

#include "sheet_measures.h"

static const struct {
	const char *font;
	double size;
	double lead; /* between lines, beside what the font asks for */
} styles[STYLES] = {
    [STYLE_TITLE] = {FONT_TEXT " Bold", 22, 0}, [STYLE_SECTION] = {FONT_TEXT " Bold", 11.5, 0},
    [STYLE_LEAD] = {FONT_TEXT, 10, 1},          [STYLE_LABEL] = {FONT_TEXT, 8.5, 0},
    [STYLE_TEXT] = {FONT_TEXT, 9.5, 0.5},       [STYLE_CODE] = {FONT_CODE, 7.8, 1},
    [STYLE_SMALL] = {FONT_TEXT, 8, 0},
};

/* Where labels of a depth begin, how wide they are, and where the text behind them begins. */
static const struct {
	double label, width, text;
} columns[SHEET_DEPTHS] = {{0, 112, 124}, {124, 88, 220}, {220, 84, 312}};

void sheet_begin(struct sheet *s, struct arena *arena, struct typesetter *typesetter,
                 enum message_language language)
{
	*s = (struct sheet){.arena = arena,
	                    .language = language,
	                    .is_rtl = message_is_rtl(language),
	                    .y = MARGIN_TOP,
	                    .divide = NO_DIVISION};
	s->context = pango_font_map_create_context(typesetter->fonts);
	cairo_font_options_t *options = cairo_font_options_create();
	/* Nothing of a screen's: metrics are the font's own, so that pages come out the same. */
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	pango_cairo_context_set_font_options(s->context, options);
	cairo_font_options_destroy(options);
	pango_context_set_round_glyph_positions(s->context, FALSE);
	pango_context_set_language(s->context,
	                           pango_language_from_string(message_languages[language]));
	pango_context_set_base_dir(s->context,
	                           s->is_rtl ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR);
}

void sheet_end(struct sheet *s)
{
	for (size_t i = 0; i < s->count; i++)
		g_object_unref(s->pieces[i].layout);
	g_object_unref(s->context);
}

void sheet_align(const struct sheet *s, PangoLayout *layout, bool text_is_rtl, bool on_right)
{
	/* Pango swaps the sides of a text that runs against its context. */
	bool is_swapped = text_is_rtl != s->is_rtl;
	pango_layout_set_alignment(layout,
	                           on_right != is_swapped ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
}

/* --- Text ---------------------------------------------------------------------------------- */

/* The side that lines stand on: the document's, but a paragraph of the other direction has its own.
 */
static void align(const struct sheet *s, PangoLayout *layout, const char *text, enum style style)
{
	bool is_rtl = text_is_rtl(text, s->is_rtl);
	bool is_paragraph = style != STYLE_CODE && pango_layout_get_line_count(layout) > 1;
	sheet_align(s, layout, is_rtl, is_paragraph ? is_rtl : s->is_rtl);
}

static PangoLayout *layout_new(struct sheet *s, const char *text, enum style style, double width)
{
	PangoLayout *layout = pango_layout_new(s->context);
	PangoFontDescription *font = pango_font_description_from_string(styles[style].font);
	PangoAttrList *attributes = pango_attr_list_new();
	const char *shown = text_visible(s->arena, text);
	pango_font_description_set_size(font, (int)(styles[style].size * PANGO_SCALE));
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_spacing(layout, (int)(styles[style].lead * PANGO_SCALE));
	/* A hyphen that nobody wrote would become part of an id. */
	pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
	/* Nor two letters one sign that a search does not find; scripts that need theirs have them.
	 */
	pango_attr_list_insert(attributes, pango_attr_font_features_new("liga=0, clig=0"));
	text_mirrored(attributes, shown, s->is_rtl);
	pango_layout_set_attributes(layout, attributes);
	pango_attr_list_unref(attributes);
	pango_layout_set_text(layout, shown, -1);
	align(s, layout, shown, style);
	return layout;
}

/*
 * What a line is given less than its font asks for: fonts of Arabic keep room for marks that only
 * the Quran has, twice the height of the letters. It is taken from above and from below.
 */
static double spared(enum style style, const PangoRectangle *line)
{
	return fmax(0, (double)line->height / PANGO_SCALE - LINE_MOST * styles[style].size);
}

static double height_of(PangoLayout *layout, enum style style)
{
	PangoLayoutIter *iter = pango_layout_get_iter(layout);
	double height = 0;
	do {
		PangoRectangle line;
		pango_layout_iter_get_line_extents(iter, NULL, &line);
		height +=
		    (double)line.height / PANGO_SCALE - spared(style, &line) + styles[style].lead;
	} while (pango_layout_iter_next_line(iter));
	pango_layout_iter_free(iter);
	return height;
}

/* Of the first line; how far below its top the letters stand. */
static double first_line(PangoLayout *layout, enum style style, double *baseline)
{
	PangoRectangle line;
	pango_layout_line_get_extents(pango_layout_get_line_readonly(layout, 0), NULL, &line);
	*baseline = -(double)line.y / PANGO_SCALE - spared(style, &line) / 2;
	return (double)line.height / PANGO_SCALE - spared(style, &line);
}

/* --- Pages --------------------------------------------------------------------------------- */

static void next_page(struct sheet *s)
{
	s->page++;
	s->y = MARGIN_TOP;
}

static void need(struct sheet *s, double height)
{
	if (s->y + height > BOTTOM && s->y > MARGIN_TOP)
		next_page(s);
}

static struct piece *add_piece(struct sheet *s)
{
	if (s->count == s->room) {
		size_t room = s->room == 0 ? 128 : s->room * 2;
		struct piece *more = arena_array(s->arena, room, sizeof *more);
		if (s->count > 0)
			memcpy(more, s->pieces, s->count * sizeof *more);
		s->pieces = more;
		s->room = room;
	}
	return &s->pieces[s->count++];
}

static void add_rule(struct sheet *s, double start)
{
	if (s->rule_count == s->rule_room) {
		size_t room = s->rule_room == 0 ? 64 : s->rule_room * 2;
		struct rule *more = arena_array(s->arena, room, sizeof *more);
		if (s->rule_count > 0)
			memcpy(more, s->rules, s->rule_count * sizeof *more);
		s->rules = more;
		s->rule_room = room;
	}
	s->rules[s->rule_count++] = (struct rule){s->page, s->y, start};
}

static double left_of(const struct sheet *s, double start, double width)
{
	return s->is_rtl ? PAGE_WIDTH - MARGIN_SIDE - start - width : MARGIN_SIDE + start;
}

/*
 * Puts the lines of a layout one below the other from s->y on, over pages where it may, and
 * leaves s->y below them. Takes the layout.
 */
static void flow(struct sheet *s, PangoLayout *layout, enum style style, double start, double width,
                 bool may_break)
{
	PangoLayoutIter *iter = pango_layout_get_iter(layout);
	do {
		PangoRectangle ink, logical;
		pango_layout_iter_get_line_extents(iter, &ink, &logical);
		double spare = spared(style, &logical);
		double height = (double)logical.height / PANGO_SCALE - spare;
		if (may_break)
			need(s, height);
		struct piece *p = add_piece(s);
		*p = (struct piece){
		    .page = s->page,
		    .x = left_of(s, start, width) + (double)logical.x / PANGO_SCALE,
		    .y = s->y - spare / 2 +
		         (double)(pango_layout_iter_get_baseline(iter) - logical.y) / PANGO_SCALE,
		    .line = pango_layout_iter_get_line_readonly(iter),
		    .layout = g_object_ref(layout),
		    .style = style,
		    .block = s->block,
		    .is_tall = ink.y < logical.y - TALL * PANGO_SCALE ||
		               ink.y + ink.height > logical.y + logical.height + TALL * PANGO_SCALE,
		};
		s->y += height + styles[style].lead;
	} while (pango_layout_iter_next_line(iter));
	pango_layout_iter_free(iter);
	g_object_unref(layout);
}

/* --- Paragraphs ----------------------------------------------------------------------------- */

void sheet_title(struct sheet *s, const char *title, const char *const lines[], size_t count)
{
	double width = CONTENT_WIDTH - CODE_SIZE - 12;
	flow(s, layout_new(s, title, STYLE_TITLE, width), STYLE_TITLE, 0, width, true);
	s->y += 4;
	for (size_t i = 0; i < count; i++) {
		s->block++;
		flow(s, layout_new(s, lines[i], STYLE_LEAD, width), STYLE_LEAD, 0, width, true);
	}
	s->block++;
	if (s->page == 0 && s->y < MARGIN_TOP + CODE_SIZE + 16)
		s->y = MARGIN_TOP + CODE_SIZE + 16;
}

void sheet_section(struct sheet *s, const char *text)
{
	need(s, 64);
	if (s->y > MARGIN_TOP)
		s->y += 9;
	flow(s, layout_new(s, text, STYLE_SECTION, CONTENT_WIDTH), STYLE_SECTION, 0, CONTENT_WIDTH,
	     true);
	s->y += 3;
	s->block++;
}

void sheet_keep(struct sheet *s, double height)
{
	need(s, height);
}

void sheet_note(struct sheet *s, const char *text, enum style style)
{
	s->y += 5;
	flow(s, layout_new(s, text, style, CONTENT_WIDTH), style, 0, CONTENT_WIDTH, true);
	s->block++;
}

void sheet_label(struct sheet *s, unsigned depth, const char *label)
{
	assert(depth < SHEET_DEPTHS);
	s->waiting[depth] = label;
}

void sheet_divide(struct sheet *s, unsigned depth)
{
	s->divide = columns[depth].text;
}

/* Where rows that belong together begin, a line is drawn above them. */
static void rule_above(struct sheet *s)
{
	double start = s->waiting[0] != NULL ? columns[0].label : s->divide;
	if (start >= 0) {
		add_rule(s, start);
		s->y += ROW_GAP;
	}
	s->divide = NO_DIVISION;
}

/* The labels that wait, one beside the other on the baseline at `y`; how far down they reach. */
static double flow_labels(struct sheet *s, PangoLayout *labels[SHEET_DEPTHS], double y)
{
	double bottom = 0, baseline;
	for (unsigned d = 0; d < SHEET_DEPTHS; d++) {
		if (labels[d] == NULL)
			continue;
		first_line(labels[d], STYLE_LABEL, &baseline);
		s->y = y - baseline;
		flow(s, labels[d], STYLE_LABEL, columns[d].label, columns[d].width, false);
		bottom = fmax(bottom, s->y);
		s->waiting[d] = NULL;
	}
	return bottom;
}

void sheet_row(struct sheet *s, unsigned depth, const char *text, enum style style)
{
	PangoLayout *labels[SHEET_DEPTHS] = {NULL};
	double start = columns[depth].text, width = CONTENT_WIDTH - start, own, ascent, other;
	PangoLayout *layout = layout_new(s, text, style, width);
	double room = first_line(layout, style, &own);
	ascent = own;
	for (unsigned d = 0; d < SHEET_DEPTHS; d++)
		if (s->waiting[d] != NULL) {
			labels[d] = layout_new(s, s->waiting[d], STYLE_LABEL, columns[d].width);
			first_line(labels[d], STYLE_LABEL, &other);
			room = fmax(room, height_of(labels[d], STYLE_LABEL));
			ascent = fmax(ascent, other);
		}
	if (pango_layout_get_line_count(layout) <= KEPT_LINES) /* not torn apart for so little */
		room = fmax(room, height_of(layout, style));
	need(s, 2 * ROW_GAP + room);
	rule_above(s);
	double baseline = s->y + ascent;
	unsigned page = s->page;
	double bottom = flow_labels(s, labels, baseline);
	s->y = baseline - own;
	flow(s, layout, style, start, width, true);
	if (s->page == page)
		s->y = fmax(s->y, bottom);
	s->y += ROW_GAP;
	s->block++;
}
