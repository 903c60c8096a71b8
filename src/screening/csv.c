#include "csv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"

static bool fail(struct csv *c, const char *what)
{
	return err_input(c->e, "list.csv", "%s: line %zu: field %zu: %s", c->file->name, c->line,
	                 c->count, what);
}

void csv_begin(struct csv *c, const struct list_file *file, char separator, struct err *e)
{
	*c = (struct csv){.file = file, .separator = separator, .next_line = 1, .e = e};
	rewind(file->at);
}

void csv_end(struct csv *c)
{
	free(c->text);
	c->text = NULL;
}

static int take(struct csv *c)
{
	int byte = getc_unlocked(c->file->at);
	if (byte != EOF)
		c->next_offset++;
	if (byte == '\n')
		c->next_line++;
	return byte;
}

static bool put(struct csv *c, int byte)
{
	if (c->len == c->room) {
		size_t room = c->room == 0 ? 4096 : c->room * 2;
		if (room > CSV_RECORD)
			return fail(c, "the record is longer than 8 MiB: is a quote missing?");
		char *text = realloc(c->text, room);
		if (text == NULL)
			return err_environment(c->e, "no memory for a record of %s", c->file->name);
		c->text = text;
		c->room = room;
	}
	c->text[c->len++] = (char)byte;
	return true;
}

static bool begin_field(struct csv *c)
{
	if (c->count == CSV_FIELDS)
		return fail(c, "more than 512 fields");
	c->starts[c->count++] = c->len;
	return true;
}

static bool end_field(struct csv *c)
{
	if (!put(c, 0))
		return false;
	size_t start = c->starts[c->count - 1];
	struct bytes field = bytes_of(c->text + start, c->len - 1 - start);
	if (memchr(field.at, 0, field.len) != NULL)
		return fail(c, "a NUL byte");
	return bytes_are_utf8(field) || fail(c, "not UTF-8");
}

/* What stands between quotes; gives what follows the closing one. */
static bool quoted(struct csv *c, int *after)
{
	for (;;) {
		int byte = take(c);
		if (byte == EOF)
			return fail(c, "the file ends inside quotes");
		if (byte == '"') {
			*after = take(c);
			if (*after != '"')
				return true;
		}
		if (!put(c, byte))
			return false;
	}
}

static bool is_line_end(struct csv *c, int *byte)
{
	if (*byte == '\r') {
		int next = take(c);
		if (next != '\n')
			return fail(c, "a carriage return alone");
		*byte = '\n';
	}
	return true;
}

/* One field; *byte gets what ended it: the separator, '\n' or EOF. */
static bool field(struct csv *c, int *byte)
{
	if (!begin_field(c))
		return false;
	*byte = take(c);
	if (*byte == '"') {
		if (!quoted(c, byte) || !is_line_end(c, byte))
			return false;
		if (*byte != c->separator && *byte != '\n' && *byte != EOF)
			return fail(c, "text after the closing quote");
		return end_field(c);
	}
	while (*byte != c->separator && *byte != '\n' && *byte != EOF) {
		if (*byte == '"')
			return fail(c, "a quote inside a field that is not quoted");
		if (*byte == '\r') {
			if (!is_line_end(c, byte))
				return false;
			break;
		}
		if (!put(c, *byte))
			return false;
		*byte = take(c);
	}
	return end_field(c);
}

static bool record(struct csv *c, bool *more)
{
	int byte = take(c);
	*more = byte != EOF && !(c->ends_at_ctrl_z && byte == 0x1A);
	if (!*more && byte == 0x1A)
		for (int after = take(c); after != EOF; after = take(c))
			if (after != '\r' && after != '\n' &&
			    after != c->separator) /* a spreadsheet's empty cells */
				return fail(c, "text after the end of the file");
	if (!*more)
		return true;
	ungetc(byte, c->file->at);
	c->next_offset--;
	c->next_line -= byte == '\n';
	do
		if (!field(c, &byte))
			return false;
	while (byte == c->separator);
	return true;
}

bool csv_next(struct csv *c, bool *more)
{
	do {
		c->line = c->next_line;
		c->offset = c->next_offset;
		c->len = c->count = 0;
		if (!record(c, more))
			return false;
		if (ferror(c->file->at))
			return err_errno(c->e, "cannot read %s", c->file->name);
	} while (*more && c->count == 1 && *csv_field(c, 0) == 0);
	return true;
}

const char *csv_field(const struct csv *c, size_t index)
{
	return index < c->count ? c->text + c->starts[index] : "";
}

/* --- Again ---------------------------------------------------------------------------------- */

uint64_t csv_key(const char *field)
{
	uint64_t h = 0xCBF29CE484222325u;
	for (; *field != 0; field++)
		h = (h ^ (unsigned char)*field) * 0x100000001B3u;
	return h ^ h >> 29;
}

bool csv_seek(struct csv *c, const struct csv_place *place)
{
	if (fseeko(c->file->at, place->offset, SEEK_SET) != 0)
		return err_errno(c->e, "cannot read %s again", c->file->name);
	c->next_offset = place->offset;
	c->next_line = place->line;
	return true;
}

bool csv_index_add(struct csv_index *x, const struct csv *c, const char *key, struct err *e)
{
	if (x->count == x->room) {
		size_t room = x->room == 0 ? 1024 : x->room * 2;
		struct csv_place *at = reallocarray(x->at, room, sizeof *at);
		if (at == NULL)
			return err_environment(e, "no memory for the rows of %s", c->file->name);
		x->at = at;
		x->room = room;
	}
	x->at[x->count++] = (struct csv_place){csv_key(key), c->offset, c->line};
	return true;
}

static int compare_places(const void *a, const void *b)
{
	const struct csv_place *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

void csv_index_sort(struct csv_index *x)
{
	if (x->count > 0)
		qsort(x->at, x->count, sizeof *x->at, compare_places);
}

void csv_index_free(struct csv_index *x)
{
	free(x->at);
	*x = (struct csv_index){0};
}

size_t csv_index_find(const struct csv_index *x, uint64_t key, size_t *first)
{
	size_t low = 0, high = x->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (x->at[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	*first = low;
	while (high < x->count && x->at[high].key == key)
		high++;
	return high - low;
}

/* --- Records with a header ------------------------------------------------------------------ */

static int compare_names(const void *a, const void *b)
{
	return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* The header's names sorted, each with its column. */
static bool keep_header(struct csv_table *t)
{
	struct csv *c = &t->csv;
	t->columns = c->count;
	t->names = malloc(c->len);
	if (t->names == NULL)
		return err_environment(c->e, "no memory for the header of %s", c->file->name);
	memcpy(t->names, c->text, c->len);
	for (size_t i = 0; i < c->count; i++) {
		const char *name = t->names + c->starts[i];
		name += strspn(name, " ");
		t->by_name[i] = name;
	}
	/* Of two columns with one name the first counts: sort stably, by insertion. */
	for (size_t i = 0; i < c->count; i++) {
		const char *name = t->by_name[i];
		size_t k = i;
		for (; k > 0 && compare_names(&t->by_name[k - 1], &name) > 0; k--) {
			t->by_name[k] = t->by_name[k - 1];
			t->index[k] = t->index[k - 1];
		}
		t->by_name[k] = name;
		t->index[k] = i;
	}
	return true;
}

bool csv_table_begin(struct csv_table *t, const struct list_file *file, char separator,
                     size_t preamble, struct err *e)
{
	bool more;
	*t = (struct csv_table){0};
	csv_begin(&t->csv, file, separator, e);
	static const char mark[] = "\xEF\xBB\xBF";
	for (size_t i = 0; i < 3; i++) {
		int byte = getc_unlocked(file->at);
		if (byte != (unsigned char)mark[i]) {
			rewind(file->at);
			t->csv.next_offset = 0;
			break;
		}
		t->csv.next_offset++;
	}
	for (size_t i = 0; i <= preamble; i++) {
		if (!csv_next(&t->csv, &more))
			return false;
		if (!more)
			return err_input(e, "list.csv", "%s: there is no header", file->name);
	}
	return keep_header(t);
}

void csv_table_end(struct csv_table *t)
{
	csv_end(&t->csv);
	free(t->names);
	t->names = NULL;
}

bool csv_table_next(struct csv_table *t, bool *more)
{
	struct csv *c = &t->csv;
	if (!csv_next(c, more))
		return false;
	if (*more && c->count != t->columns)
		return err_input(c->e, "list.csv",
		                 "%s: line %zu: %zu fields where the header has %zu", c->file->name,
		                 c->line, c->count, t->columns);
	return true;
}

static bool find_column(const struct csv_table *t, const char *column, size_t *out)
{
	size_t low = 0, high = t->columns;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcasecmp(t->by_name[middle], column) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == t->columns || strcasecmp(t->by_name[low], column) != 0)
		return false;
	*out = t->index[low];
	return true;
}

const char *csv_cell(const struct csv_table *t, const char *column)
{
	size_t index;
	return find_column(t, column, &index) ? csv_field(&t->csv, index) : "";
}

bool csv_has(const struct csv_table *t, const char *column)
{
	size_t index;
	return find_column(t, column, &index);
}
