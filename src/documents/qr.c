/* QR codes (ISO 18004), drawn as paths so that any printer has them sharp. */
#include <qrencode.h>
#include <stdlib.h>

#include "sheet.h"

enum { QUIET = 4 }; /* modules left white around it */

static void draw_row(cairo_t *cr, const unsigned char *row, int width, double x, double y,
                     double module)
{
	for (int c = 0; c < width; c++) {
		int from = c;
		while (c < width && (row[c] & 1))
			c++;
		if (c > from)
			cairo_rectangle(cr, x + from * module, y, (c - from) * module, module);
	}
}

bool qr_draw(cairo_t *cr, const char *text, double x, double y, double size, struct err *e)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (code == NULL)
		return err_environment(e, "no QR code can be made of %zu bytes", strlen(text));
	double module = size / (code->width + 2 * QUIET);
	cairo_set_source_rgb(cr, 0, 0, 0);
	for (int r = 0; r < code->width; r++)
		draw_row(cr, code->data + (ptrdiff_t)r * code->width, code->width,
		         x + QUIET * module, y + (QUIET + r) * module, module);
	cairo_fill(cr);
	QRcode_free(code);
	return true;
}
