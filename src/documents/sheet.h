/*
 * sheet: rows of text flow over A4 pages; nobody but this layer includes it.
 *
 * Positions are from the side where reading starts: all is mirrored where that is the right.
 * What is too long goes on on the next page; nothing is cut off, hyphenated or abbreviated.
 */
#ifndef PROVISO_DOCUMENTS_SHEET_H
#define PROVISO_DOCUMENTS_SHEET_H

#include <pango/pangocairo.h>
#include <pthread.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "messages.h"

struct typesetter {
	PangoFontMap *fonts;
	pthread_mutex_t lock; /* one font map is one thread's at a time */
};

enum style {
	STYLE_TITLE,
	STYLE_SECTION,
	STYLE_LEAD,
	STYLE_LABEL,
	STYLE_TEXT,
	STYLE_CODE,
	STYLE_SMALL,
	STYLES
};

enum { SHEET_DEPTHS = 3 };

/* One line of text at its place. */
struct piece {
	unsigned page;
	double x, y; /* of the baseline's left end */
	PangoLayoutLine *line;
	PangoLayout *layout; /* kept for it */
	enum style style;
	size_t block; /* pieces of one row have one */
	bool is_tall; /* its ink leaves its line: clipped to it */
};

struct rule {
	unsigned page;
	double y, start;
};

struct sheet {
	struct arena *arena;
	PangoContext *context;
	enum message_language language;
	bool is_rtl;
	struct piece *pieces;
	size_t count, room;
	struct rule *rules;
	size_t rule_count, rule_room;
	unsigned page; /* from 0 */
	double y;      /* where the next goes */
	size_t block;
	const char *waiting[SHEET_DEPTHS]; /* labels that the next row begins with */
	double divide; /* where a line above the next row begins, or NO_DIVISION */
	const char *code, *code_words, *code_link; /* of the QR code; set before drawing */
	const char *foot;                          /* at the foot of each page */
};

void sheet_begin(struct sheet *, struct arena *, struct typesetter *, enum message_language);
void sheet_end(struct sheet *);

/* The head of the first page: leaves room for the code beside it. */
void sheet_title(struct sheet *, const char *title, const char *const lines[], size_t count);
void sheet_section(struct sheet *, const char *text);
/* What follows, of this height, is on one page. */
void sheet_keep(struct sheet *, double height);
void sheet_note(struct sheet *, const char *text, enum style);

/* A row: labels stand in columns before the text, deeper ones further in. */
void sheet_label(struct sheet *, unsigned depth, const char *label);
/* The next row begins another of several things that are alike. */
void sheet_divide(struct sheet *, unsigned depth);
void sheet_row(struct sheet *, unsigned depth, const char *text, enum style);

/* A layout whose text runs one way stands on one side. */
void sheet_align(const struct sheet *, PangoLayout *, bool text_is_rtl, bool on_right);

/* All of it as a PDF. */
struct sheet_about {
	const char *title, *author, *subject, *date; /* date: RFC 3339 */
};
bool sheet_draw(struct sheet *, const struct sheet_about *, struct bytes *pdf, struct err *);

/* Whether a text's first letter of a direction runs to the left; `otherwise`: it has none. text.c
 */
bool text_is_rtl(const char *text, bool otherwise);

/* Characters that show nothing and change how others are shown are spelled out, "[U+202E]". */
const char *text_visible(struct arena *, const char *text);

/*
 * Brackets and the like that run to the left get a font of their own: in a PDF a sign stands for
 * one text, and the sign of a bracket from right to left is that of the other one.
 */
void text_mirrored(PangoAttrList *, const char *text, bool otherwise);

/* The code, black on its quiet white, in a square of `size` points at x, y. qr.c */
bool qr_draw(cairo_t *, const char *text, double x, double y, double size, struct err *);

#endif
