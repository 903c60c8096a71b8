/* Measures of a page, in points; for sheet.c and sheet_draw.c. */
#ifndef PROVISO_DOCUMENTS_SHEET_MEASURES_H
#define PROVISO_DOCUMENTS_SHEET_MEASURES_H

/* A4 (ISO 216). */
#define PAGE_WIDTH    595.276
#define PAGE_HEIGHT   841.890
#define MARGIN_SIDE   56.0
#define MARGIN_TOP    46.0
#define BOTTOM        (PAGE_HEIGHT - 56.0)
#define FOOT          (PAGE_HEIGHT - 38.0)
#define CONTENT_WIDTH (PAGE_WIDTH - 2 * MARGIN_SIDE)
#define CODE_SIZE     96.0
#define LINE_MOST     1.6 /* of a letter's size */
#define NO_DIVISION   (-1.0)
#define ROW_GAP       2.0
#define KEPT_LINES    3
#define TALL          4 /* ink may leave its line so far */

/* The first family that has a letter sets it. */
#define FONT_TEXT     "Noto Sans,Noto Sans Hebrew,Noto Sans Arabic,DejaVu Sans"
#define FONT_CODE     "DejaVu Sans Mono"
#define FONT_MIRRORED "DejaVu Sans"

#endif
