/* Getting the attachment out of a PDF from anywhere. */
#include "carrier.h"

#include <zlib.h>

#include "base/hash.h"
#include "log/proof.h"
#include "pdf.h"

enum {
	DICTIONARY_MAX = 8192, /* bytes of the attachment's */
	FOUND_MAX = 16,        /* dictionaries looked at */
	DIGITS = 2 * HASH_SIZE,
};

static const char mark[] = "/ProvisoProof";

/* The dictionary of an attachment. */
struct found {
	struct bytes proof, file, set, filter; /* as in the file */
	uint64_t pages, length;
	bool has_pages, has_length;
};

static void tell(void *ctx, struct bytes name, const struct pdf_value *v)
{
	struct found *f = ctx;
	if (bytes_equal(name, bytes_text("ProvisoProof")) && v->type == '<') {
		f->proof = v->bytes;
	} else if (bytes_equal(name, bytes_text("ProvisoFile")) && v->type == '<') {
		f->file = v->bytes;
	} else if (bytes_equal(name, bytes_text("ProvisoSet")) && v->type == '(') {
		f->set = v->bytes;
	} else if (bytes_equal(name, bytes_text("ProvisoPages")) && v->type == '0') {
		f->pages = v->number;
		f->has_pages = true;
	} else if (bytes_equal(name, bytes_text("Length")) && v->type == '0') {
		f->length = v->number;
		f->has_length = true;
	} else if (bytes_equal(name, bytes_text("Filter"))) {
		f->filter = v->type == '/' ? v->bytes : bytes_text("?");
	}
}

/* At the very beginning: a record or proof may have these letters anywhere else. */
bool carrier_is_pdf(struct bytes file)
{
	static const char begin[] = "%PDF-";
	return file.len >= strlen(begin) && memcmp(file.at, begin, strlen(begin)) == 0;
}

/* --- Finding it ------------------------------------------------------------------------------ */

/* The dictionary around a mark: behind the last "obj" before it. */
static bool dictionary_around(struct bytes pdf, size_t at, struct reader *r, struct found *out)
{
	size_t from = at, least = at < DICTIONARY_MAX ? 0 : at - DICTIONARY_MAX;
	while (from > least && memcmp(pdf.at + from, "obj", 3) != 0)
		from--;
	if (from == least)
		return false;
	size_t room = pdf.len - from < 2 * DICTIONARY_MAX ? pdf.len - from : 2 * DICTIONARY_MAX;
	*r = (struct reader){.all = bytes_of(pdf.at, from + room), .offset = from + 3};
	*out = (struct found){0};
	bool is_one = pdf_dictionary(r, tell, out) && out->proof.len == DIGITS;
	r->all = pdf;
	return is_one;
}

/* The stream's bytes as they are in the file: behind "stream" and the end of its line. */
static bool stream(struct reader *r, const struct found *f, struct bytes *out, struct err *e)
{
	static const char word[] = "stream";
	pdf_space(r);
	struct bytes head = read_bytes(r, strlen(word));
	if (r->bad || !bytes_equal(head, bytes_text(word)))
		return err_input(e, "document.stream", "the record's attachment is no stream");
	if (reader_left(r) > 0 && r->all.at[r->offset] == '\r')
		r->offset++;
	if (reader_left(r) > 0 && r->all.at[r->offset] == '\n')
		r->offset++;
	/* A length elsewhere in the file is not followed: what stands before the end will do. */
	struct reader end = *r;
	size_t length = f->has_length                 ? f->length
	                : pdf_seek(&end, "endstream") ? end.offset - strlen("endstream") - r->offset
	                                              : SIZE_MAX;
	*out = read_bytes(r, length);
	return !r->bad || err_input(e, "document.stream", "the record's attachment ends too soon");
}

static bool inflated(struct arena *arena, struct bytes in, struct bytes *out, struct err *e)
{
	union {
		const uint8_t *is;
		uint8_t *may_be; /* zlib only reads it */
	} from = {.is = in.at};
	uint8_t *room = arena_alloc(arena, REPLY_MAX);
	z_stream z = {.next_in = from.may_be,
	              .avail_in = (uInt)in.len,
	              .next_out = room,
	              .avail_out = REPLY_MAX};
	if (inflateInit(&z) != Z_OK)
		return err_environment(e, "cannot begin to inflate");
	int code = inflate(&z, Z_FINISH);
	*out = bytes_of(room, REPLY_MAX - z.avail_out);
	inflateEnd(&z);
	return code == Z_STREAM_END || code == Z_BUF_ERROR ||
	       err_input(e, "document.stream", "the record's attachment cannot be inflated");
}

static bool attachment(struct arena *arena, struct reader *r, const struct found *f,
                       struct bytes *out, struct err *e)
{
	struct bytes is;
	if (!stream(r, f, out, e))
		return false;
	if (bytes_equal(f->filter, bytes_text("FlateDecode"))) {
		if (!inflated(arena, *out, out, e))
			return false;
	} else if (f->filter.len != 0) {
		return err_input(e, "document.stream",
		                 "the record's attachment is packed in a way not known here");
	}
	struct hash digest = sha256(*out);
	const char *text = arena_copy(arena, f->proof.at, f->proof.len);
	return (hex_decode(arena, text, &is) && bytes_equal(is, hash_bytes(&digest))) ||
	       err_refused(
	           e, "document.altered",
	           "the record in this PDF was altered or damaged: it is not what was put into it");
}

/* --- What the rest of the file is worth ------------------------------------------------------- */

static bool is_as_written(struct arena *arena, struct bytes pdf, const struct found *f)
{
	uint8_t zeros[DIGITS];
	memset(zeros, '0', sizeof zeros);
	if (f->file.len != DIGITS)
		return false;
	size_t before = (size_t)(f->file.at - pdf.at), after = before + DIGITS;
	struct bytes parts[] = {bytes_of(pdf.at, before), bytes_of(zeros, DIGITS),
	                        bytes_of(pdf.at + after, pdf.len - after)};
	struct hash digest = sha256_parts(parts, 3);
	return bytes_equal(f->file, bytes_text(hex_encode(arena, hash_bytes(&digest))));
}

/* "LANGUAGE URL", each of few letters: anything else says nothing. */
static void set_with(struct arena *arena, struct bytes set, struct carried *out)
{
	const uint8_t *space = set.len == 0 ? NULL : memchr(set.at, ' ', set.len);
	out->language = out->url = "";
	if (space == NULL || space - set.at > CARRIER_LANGUAGE_MAX ||
	    set.len > CARRIER_URL_MAX + CARRIER_LANGUAGE_MAX)
		return;
	for (size_t i = 0; i < set.len; i++)
		if (set.at[i] < ' ' || set.at[i] > '~')
			return;
	size_t language = (size_t)(space - set.at);
	out->language = arena_copy(arena, set.at, language);
	out->url = arena_copy(arena, space + 1, set.len - language - 1);
}

static bool take(struct arena *arena, struct bytes pdf, struct reader *r, const struct found *f,
                 struct carried *out, struct err *e)
{
	struct carried now = {0};
	if (!attachment(arena, r, f, &now.attachment, e) ||
	    !reply_parse(now.attachment, &now.record, &now.proof, e))
		return false;
	if (out->attachment.len > 0 && !bytes_equal(out->attachment, now.attachment))
		return err_input(e, "document.two-records",
		                 "more than one record is in this PDF: it is nobody's document");
	now.is_as_written = is_as_written(arena, pdf, f);
	if (now.is_as_written && f->has_pages && f->pages <= pdf.len)
		now.pages = bytes_of(pdf.at, f->pages);
	set_with(arena, f->set, &now);
	*out = now;
	return true;
}

bool document_record(struct arena *arena, struct bytes pdf, struct carried *out, struct err *e)
{
	struct reader r = reader_of(pdf), at;
	struct found f;
	size_t found = 0;
	*out = (struct carried){0};
	if (pdf.len > CARRIER_MAX)
		return err_input(e, "document.too-large", "%zu bytes are more than %d", pdf.len,
		                 CARRIER_MAX);
	if (!carrier_is_pdf(pdf))
		return err_input(e, "document.not-pdf", "this is no PDF");
	while (pdf_seek(&r, mark)) {
		if (!dictionary_around(pdf, r.offset - strlen(mark), &at, &f))
			continue;
		if (++found > FOUND_MAX)
			return err_input(e, "document.two-records",
			                 "more than %d records are in this PDF", FOUND_MAX);
		if (!take(arena, pdf, &at, &f, out, e))
			return false;
		r.offset = at.offset; /* a record may say anything, this mark too */
	}
	return found > 0 ||
	       err_input(e, "document.no-record",
	                 "no record is in this PDF: it was not made by Proviso, or printed anew");
}
