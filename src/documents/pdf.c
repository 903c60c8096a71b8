#include "pdf.h"

static bool is_space(uint8_t c)
{
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static bool is_regular(uint8_t c)
{
	return !is_space(c) && memchr("()<>[]{}/%", c, 10) == NULL;
}

static int next(const struct reader *r)
{
	return reader_left(r) > 0 ? r->all.at[r->offset] : -1;
}

static int after_next(const struct reader *r)
{
	return reader_left(r) > 1 ? r->all.at[r->offset + 1] : -1;
}

void pdf_space(struct reader *r)
{
	for (;;) {
		while (next(r) >= 0 && is_space((uint8_t)next(r)))
			r->offset++;
		if (next(r) != '%')
			return;
		while (next(r) >= 0 && next(r) != '\n' && next(r) != '\r')
			r->offset++;
	}
}

bool pdf_seek(struct reader *r, const char *word)
{
	const uint8_t *from = r->all.at + r->offset;
	const uint8_t *at =
	    reader_left(r) == 0 ? NULL : memmem(from, reader_left(r), word, strlen(word));
	if (at == NULL)
		return false;
	r->offset = (size_t)(at - r->all.at) + strlen(word);
	return true;
}

static struct bytes regular(struct reader *r)
{
	size_t from = r->offset;
	while (next(r) >= 0 && is_regular((uint8_t)next(r)))
		r->offset++;
	return bytes_of(r->all.at + from, r->offset - from);
}

/* Brackets in a text are balanced or escaped. */
static bool text(struct reader *r, struct pdf_value *out)
{
	size_t from = ++r->offset, open = 1;
	for (int c; (c = next(r)) >= 0; r->offset++) {
		if (c == '\\' && reader_left(r) > 1) {
			r->offset++;
			continue;
		}
		open += c == '(';
		open -= c == ')';
		if (open == 0)
			break;
	}
	if (next(r) != ')')
		return false;
	*out =
	    (struct pdf_value){.type = '(', .bytes = bytes_of(r->all.at + from, r->offset - from)};
	r->offset++;
	return true;
}

static bool hexadecimal(struct reader *r, struct pdf_value *out)
{
	size_t from = ++r->offset;
	while (next(r) >= 0 && next(r) != '>')
		r->offset++;
	if (next(r) != '>')
		return false;
	*out =
	    (struct pdf_value){.type = '<', .bytes = bytes_of(r->all.at + from, r->offset - from)};
	r->offset++;
	return true;
}

static bool value(struct reader *, unsigned depth, struct pdf_value *);

static bool dictionary(struct reader *r, unsigned depth, pdf_entry *tell, void *ctx)
{
	struct pdf_value v;
	if (depth > PDF_DEPTH || next(r) != '<' || after_next(r) != '<')
		return false;
	r->offset += 2;
	for (;;) {
		pdf_space(r);
		if (next(r) == '>' && after_next(r) == '>') {
			r->offset += 2;
			return true;
		}
		if (next(r) != '/')
			return false;
		r->offset++;
		struct bytes name = regular(r);
		pdf_space(r);
		if (!value(r, depth + 1, &v))
			return false;
		if (tell != NULL)
			tell(ctx, name, &v);
	}
}

static bool array(struct reader *r, unsigned depth, struct pdf_value *out)
{
	struct pdf_value v = {0};
	size_t count = 0;
	if (depth > PDF_DEPTH)
		return false;
	r->offset++;
	for (;;) {
		pdf_space(r);
		if (next(r) == ']')
			break;
		if (!value(r, depth + 1, &v))
			return false;
		count++;
	}
	r->offset++;
	/* An array of one is as good as its one: filters are written either way. */
	*out = count == 1 ? v : (struct pdf_value){.type = '.'};
	return true;
}

/* "12 0 R" is one value and no number. */
static void reference(struct reader *r, struct pdf_value *v)
{
	struct reader ahead = *r;
	uint64_t generation;
	pdf_space(&ahead);
	struct bytes second = regular(&ahead);
	pdf_space(&ahead);
	struct bytes third = regular(&ahead);
	if (!decimal_parse(second, &generation) || !bytes_equal(third, bytes_text("R")))
		return;
	v->type = 'R';
	*r = ahead;
}

static bool value(struct reader *r, unsigned depth, struct pdf_value *v)
{
	*v = (struct pdf_value){.type = '.'};
	switch (next(r)) {
	case '(':
		return text(r, v);
	case '[':
		return array(r, depth, v);
	case '<':
		return after_next(r) == '<' ? dictionary(r, depth, NULL, NULL) : hexadecimal(r, v);
	case '/':
		r->offset++;
		v->type = '/';
		v->bytes = regular(r);
		return true;
	default:
		v->bytes = regular(r);
		if (v->bytes.len == 0)
			return false;
		if (decimal_parse(v->bytes, &v->number)) {
			v->type = '0';
			reference(r, v);
		}
		return true;
	}
}

bool pdf_dictionary(struct reader *r, pdf_entry *tell, void *ctx)
{
	pdf_space(r);
	return dictionary(r, 0, tell, ctx);
}
