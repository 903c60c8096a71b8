/* Adding the attachment: what is written behind a PDF that is closed. */
#include "carrier.h"

#include <assert.h>
#include <stdio.h>

#include "base/hash.h"
#include "log/proof.h"
#include "pdf.h"

/* Where things are in the file as cairo closed it. */
struct closed {
	struct bytes all;
	uint64_t table;       /* of cross-references */
	uint64_t objects;     /* how many, the free one too */
	uint64_t root, info;  /* their numbers */
	struct bytes catalog; /* what stands between its brackets */
};

static void tell_trailer(void *ctx, struct bytes name, const struct pdf_value *v)
{
	struct closed *c = ctx;
	if (bytes_equal(name, bytes_text("Size")))
		c->objects = v->number;
	else if (bytes_equal(name, bytes_text("Root")) && v->type == 'R')
		c->root = v->number;
	else if (bytes_equal(name, bytes_text("Info")) && v->type == 'R')
		c->info = v->number;
}

static bool last_number(struct bytes all, uint64_t *out)
{
	static const char word[] = "startxref";
	size_t at = all.len < 64 ? 0 : all.len - 64;
	struct reader r = {.all = all, .offset = at};
	if (!pdf_seek(&r, word))
		return false;
	pdf_space(&r);
	size_t from = r.offset;
	while (reader_left(&r) > 0 && all.at[r.offset] >= '0' && all.at[r.offset] <= '9')
		r.offset++;
	return decimal_parse(bytes_of(all.at + from, r.offset - from), out) && *out < all.len;
}

/* An entry of the table is "0000000015 00000 n" and two bytes that end it. */
static bool place_of(const struct closed *c, uint64_t object, uint64_t *out)
{
	struct reader r = {.all = c->all, .offset = c->table};
	char first[40];
	snprintf(first, sizeof first, "xref\n0 %llu\n", (unsigned long long)c->objects);
	struct bytes head = read_bytes(&r, strlen(first));
	if (r.bad || !bytes_equal(head, bytes_text(first)) || object >= c->objects ||
	    reader_left(&r) / 20 < c->objects)
		return false;
	*out = 0;
	for (size_t i = 0; i < 10; i++)
		*out = *out * 10 + (uint64_t)(r.all.at[r.offset + object * 20 + i] - '0');
	return *out < c->all.len;
}

static bool read_closed(struct closed *c)
{
	uint64_t place;
	if (!last_number(c->all, &c->table))
		return false;
	struct reader r = {.all = c->all, .offset = c->table};
	if (!pdf_seek(&r, "trailer") || !pdf_dictionary(&r, tell_trailer, c) || c->root == 0 ||
	    !place_of(c, c->root, &place))
		return false;
	r = (struct reader){.all = c->all, .offset = place};
	if (!pdf_seek(&r, "obj"))
		return false;
	pdf_space(&r);
	size_t from = r.offset + 2;
	if (!pdf_dictionary(&r, NULL, NULL))
		return false;
	c->catalog = bytes_of(c->all.at + from, r.offset - 2 - from);
	return true;
}

/* --- Writing ------------------------------------------------------------------------------- */

enum { ADDED = 3 }; /* the catalog again, the attachment, what describes it */

struct adding {
	struct buffer out;
	uint64_t places[ADDED];
	size_t digits; /* where those of the whole file stand */
};

static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

static void add_attachment(struct adding *a, uint64_t number, const struct closed *c,
                           const struct carried *carried, struct bytes attachment)
{
	struct hash digest = sha256(attachment);
	a->places[1] = a->out.len;
	buffer_printf(&a->out,
	              "%llu 0 obj\n<< /Type /EmbeddedFile /Subtype /application#2foctet-stream\n"
	              "   /Params << /Size %zu >>\n   /ProvisoProof <%s>\n   /ProvisoFile <",
	              (unsigned long long)number, attachment.len,
	              hex_encode(a->out.arena, hash_bytes(&digest)));
	a->digits = a->out.len;
	buffer_printf(
	    &a->out,
	    "%s>\n   /ProvisoPages %zu\n   /ProvisoSet (%s %s)\n   /Length %zu >>\nstream\n", zeros,
	    c->all.len, carried->language, carried->url, attachment.len);
	buffer_bytes(&a->out, attachment);
	buffer_text(&a->out, "\nendstream\nendobj\n");
}

static void add_description(struct adding *a, uint64_t number, const char *name)
{
	a->places[2] = a->out.len;
	buffer_printf(&a->out,
	              "%llu 0 obj\n<< /Type /Filespec /F (%s) /UF (%s) /AFRelationship /Source\n"
	              "   /Desc (The record itself and the proof that it is on the log)\n"
	              "   /EF << /F %llu 0 R >> >>\nendobj\n",
	              (unsigned long long)number, name, name, (unsigned long long)number - 1);
}

/* The catalog as it was, and in it: the language, and where the attachment is. */
static void add_catalog(struct adding *a, const struct closed *c, const char *language,
                        const char *name)
{
	bool is_rtl = strcmp(language, "he") == 0 || strcmp(language, "ar") == 0;
	a->places[0] = a->out.len;
	buffer_printf(&a->out, "%llu 0 obj\n<<", (unsigned long long)c->root);
	buffer_bytes(&a->out, c->catalog);
	buffer_printf(
	    &a->out,
	    "   /Version /1.7 /Lang (%s) /ViewerPreferences << /DisplayDocTitle true%s >>\n"
	    "   /AF [ %llu 0 R ] /Names << /EmbeddedFiles << /Names [ (%s) %llu 0 R ] >> "
	    ">>\n>>\nendobj\n",
	    language, is_rtl ? " /Direction /R2L" : "", (unsigned long long)c->objects + 1, name,
	    (unsigned long long)c->objects + 1);
}

static void add_table(struct adding *a, const struct closed *c)
{
	size_t table = a->out.len;
	struct hash id = sha256(c->all);
	const char *hex = hex_encode(a->out.arena, bytes_of(id.at, 16));
	buffer_printf(&a->out, "xref\n0 1\n0000000000 65535 f \n%llu 1\n%010llu 00000 n \n%llu 2\n",
	              (unsigned long long)c->root, (unsigned long long)a->places[0],
	              (unsigned long long)c->objects);
	buffer_printf(&a->out, "%010llu 00000 n \n%010llu 00000 n \n",
	              (unsigned long long)a->places[1], (unsigned long long)a->places[2]);
	buffer_printf(&a->out, "trailer\n<< /Size %llu /Root %llu 0 R",
	              (unsigned long long)c->objects + 2, (unsigned long long)c->root);
	if (c->info != 0)
		buffer_printf(&a->out, " /Info %llu 0 R", (unsigned long long)c->info);
	buffer_printf(&a->out, " /Prev %llu\n   /ID [ <%s> <%s> ] >>\nstartxref\n%zu\n%%%%EOF\n",
	              (unsigned long long)c->table, hex, hex, table);
}

bool carrier_add(struct arena *arena, struct bytes pages, const char *name,
                 const struct carried *carried, struct bytes *pdf, struct err *e)
{
	struct closed c = {.all = pages};
	struct adding a = {.out = {.arena = arena}};
	assert(strlen(carried->url) <= CARRIER_URL_MAX && strpbrk(carried->url, " ()\\") == NULL);
	if (!read_closed(&c))
		return err_environment(e, "the pages were not closed with a cross-reference table");
	buffer_bytes(&a.out, pages);
	add_attachment(&a, c.objects, &c, carried,
	               reply_format(arena, carried->record, carried->proof));
	add_description(&a, c.objects + 1, name);
	add_catalog(&a, &c, carried->language, name);
	add_table(&a, &c);
	struct hash digest = sha256(buffer_view(&a.out));
	memcpy(a.out.at + a.digits, hex_encode(arena, hash_bytes(&digest)), (size_t)2 * HASH_SIZE);
	*pdf = buffer_view(&a.out);
	return true;
}
