/*
 * The UK sanctions list as an OpenDocument spreadsheet: a zip whose content.xml holds the same
 * table as the CSV. It is written out as CSV into a file without a name, and read as that.
 */
#include <minizip/unzip.h>
#include <stdlib.h>
#include <string.h>

#include "reading.h"
#include "xml.h"

/* --- minizip on an open file ---------------------------------------------------------------- */

static voidpf zip_open(voidpf file, const void *name, int mode)
{
	(void)name, (void)mode;
	return file;
}

static uLong zip_read(voidpf file, voidpf stream, void *at, uLong size)
{
	(void)file;
	return fread(at, 1, size, stream);
}

static ZPOS64_T zip_tell(voidpf file, voidpf stream)
{
	(void)file;
	return (ZPOS64_T)ftello(stream);
}

static long zip_seek(voidpf file, voidpf stream, ZPOS64_T offset, int origin)
{
	(void)file;
	int from = origin == ZLIB_FILEFUNC_SEEK_CUR   ? SEEK_CUR
	           : origin == ZLIB_FILEFUNC_SEEK_END ? SEEK_END
	                                              : SEEK_SET;
	return fseeko(stream, (off_t)offset, from);
}

static int zip_close(voidpf file, voidpf stream)
{
	(void)file, (void)stream;
	return 0;
}

static int zip_error(voidpf file, voidpf stream)
{
	(void)file;
	return ferror((FILE *)stream);
}

static unzFile open_zip(FILE *file)
{
	zlib_filefunc64_def functions = {
	    .zopen64_file = zip_open,
	    .zread_file = zip_read,
	    .ztell64_file = zip_tell,
	    .zseek64_file = zip_seek,
	    .zclose_file = zip_close,
	    .zerror_file = zip_error,
	    .opaque = file,
	};
	return unzOpen2_64("list", &functions);
}

/* --- Rows ----------------------------------------------------------------------------------- */

enum { CONTENT = 1 << 30 }; /* unpacked: a list is some tens of MB */

struct sheet {
	struct reading *r;
	unzFile zip;
	uint64_t unpacked;
	FILE *csv;
	size_t columns; /* of the first row that has more than one; later rows are cut to it */
};

static long take(void *from, void *at, size_t room)
{
	struct sheet *s = from;
	int got = unzReadCurrentFile(s->zip, at, (unsigned)room);
	s->unpacked += got > 0 ? (uint64_t)got : 0;
	if (got >= 0 && s->unpacked <= CONTENT)
		return got;
	err_input(s->r->e, got < 0 ? "list.zip" : "list.too-large", "%s: content.xml: %s",
	          s->r->files[0].name, got < 0 ? "it is damaged" : "more than 1 GiB");
	return -1;
}

static void put_cell(struct sheet *s, const struct xml_node *cell)
{
	fputc('"', s->csv);
	bool begun = false;
	for (xml_each(p, cell, "p")) {
		if (begun)
			fputc(' ', s->csv);
		begun = true;
		for (const char *at = p->text; *at != 0; at++) {
			if (*at == '"')
				fputc('"', s->csv);
			fputc(*at == '\n' || *at == '\r' ? ' ' : *at, s->csv);
		}
	}
	fputc('"', s->csv);
}

static size_t repeats(const struct xml_node *cell)
{
	long n = strtol(xml_attribute(cell, "number-columns-repeated"), NULL, 10);
	return n < 1 ? 1 : n > CSV_FIELDS ? CSV_FIELDS : (size_t)n;
}

static bool has_text(const struct xml_node *cell)
{
	for (xml_each(p, cell, "p"))
		if (*p->text != 0)
			return true;
	return false;
}

static bool is_cell(const struct xml_node *n)
{
	return strcmp(n->name, "table-cell") == 0 || strcmp(n->name, "covered-table-cell") == 0;
}

/* Up to the last cell that holds text. */
static size_t used_columns(const struct xml_node *row)
{
	size_t used = 0, at = 0;
	for (const struct xml_node *c = row->child; c != NULL; c = c->next) {
		if (!is_cell(c))
			continue;
		at += repeats(c);
		if (has_text(c))
			used = at;
	}
	return used < CSV_FIELDS ? used : CSV_FIELDS;
}

static bool put_row(void *context, const struct xml_node *row)
{
	struct sheet *s = context;
	size_t used = strcmp(row->name, "table-row") == 0 ? used_columns(row) : 0, at = 0;
	if (used == 0)
		return true;
	if (s->columns == 0 && used > 1)
		s->columns = used;
	size_t want = s->columns > 0 ? s->columns : used;
	for (const struct xml_node *c = row->child; c != NULL && at < want; c = c->next) {
		for (size_t i = is_cell(c) ? repeats(c) : 0; i > 0 && at < want; i--) {
			if (at++ > 0)
				fputc(',', s->csv);
			put_cell(s, c);
		}
	}
	for (; at < want; at++)
		fputs(at > 0 ? ",\"\"" : "\"\"", s->csv);
	fputc('\n', s->csv);
	return true;
}

static bool unpack(struct sheet *s)
{
	struct reading *r = s->r;
	if (unzLocateFile(s->zip, "content.xml", 1) != UNZ_OK ||
	    unzOpenCurrentFile(s->zip) != UNZ_OK)
		return err_input(r->e, "list.zip", "%s: it holds no content.xml", r->file);
	bool ok = xml_read(r->file, take, s, (const char *[]){"table-row", NULL}, put_row, s, r->e);
	bool whole = unzCloseCurrentFile(s->zip) == UNZ_OK;
	if (ok && !whole)
		return err_input(r->e, "list.zip", "%s: content.xml: it is damaged", r->file);
	if (ok && fflush(s->csv) != 0)
		return err_errno(r->e, "cannot write a temporary file");
	return ok;
}

bool read_uk_ods(struct reading *r)
{
	struct sheet s = {.r = r, .csv = tmpfile()};
	if (s.csv == NULL)
		return err_errno(r->e, "cannot make a temporary file");
	rewind(r->files[0].at);
	s.zip = open_zip(r->files[0].at);
	bool ok = s.zip != NULL
	              ? unpack(&s)
	              : err_input(r->e, "list.zip", "%s: it is no whole zip file", r->file);
	if (s.zip != NULL)
		unzClose(s.zip);
	if (ok) {
		const struct list_file *before = r->files;
		struct list_file table = {.name = before[0].name, .at = s.csv};
		r->files = &table;
		ok = read_uk_csv(r);
		r->files = before;
	}
	fclose(s.csv);
	return ok;
}
