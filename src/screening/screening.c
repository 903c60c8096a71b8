#include "screening.h"

/* --- Letters -------------------------------------------------------------------------------- */

/* Latin letters with marks, as the letters they are written with where there are none. */
static const struct {
	uint32_t    from, to; /* code points, both included */
	const char *letters;
} folded[] = {
    {0xC0, 0xC5, "a"},    {0xC6, 0xC6, "ae"},   {0xC7, 0xC7, "c"},    {0xC8, 0xCB, "e"},
    {0xCC, 0xCF, "i"},    {0xD0, 0xD0, "d"},    {0xD1, 0xD1, "n"},    {0xD2, 0xD6, "o"},
    {0xD8, 0xD8, "o"},    {0xD9, 0xDC, "u"},    {0xDD, 0xDD, "y"},    {0xDE, 0xDE, "th"},
    {0xDF, 0xDF, "ss"},   {0xE0, 0xE5, "a"},    {0xE6, 0xE6, "ae"},   {0xE7, 0xE7, "c"},
    {0xE8, 0xEB, "e"},    {0xEC, 0xEF, "i"},    {0xF0, 0xF0, "d"},    {0xF1, 0xF1, "n"},
    {0xF2, 0xF6, "o"},    {0xF8, 0xF8, "o"},    {0xF9, 0xFC, "u"},    {0xFD, 0xFD, "y"},
    {0xFE, 0xFE, "th"},   {0xFF, 0xFF, "y"},    {0x100, 0x105, "a"},  {0x106, 0x10D, "c"},
    {0x10E, 0x111, "d"},  {0x112, 0x11B, "e"},  {0x11C, 0x123, "g"},  {0x124, 0x127, "h"},
    {0x128, 0x131, "i"},  {0x134, 0x135, "j"},  {0x136, 0x138, "k"},  {0x139, 0x142, "l"},
    {0x143, 0x14B, "n"},  {0x14C, 0x151, "o"},  {0x152, 0x153, "oe"}, {0x154, 0x159, "r"},
    {0x15A, 0x161, "s"},  {0x162, 0x167, "t"},  {0x168, 0x173, "u"},  {0x174, 0x175, "w"},
    {0x176, 0x178, "y"},  {0x179, 0x17E, "z"},  {0x300, 0x36F, ""}, /* combining marks */
    {0xFF10, 0xFF19, "0"}, {0xFF21, 0xFF3A, "A"}, {0xFF41, 0xFF5A, "a"}, /* full width */
};

enum { FULL_WIDTH = 0xFF00 };

/* The code point at the reader, of text that is UTF-8; a stray byte stands for itself. */
static uint32_t next_code_point(struct reader *r, struct bytes *as_written)
{
	size_t   start = r->offset;
	uint8_t  first = read_u8(r);
	size_t   more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
	uint32_t c = more == 0 ? first : first & (0x3Fu >> more);
	for (; more > 0 && reader_left(r) > 0; more--)
		c = c << 6 | (read_u8(r) & 0x3Fu);
	*as_written = bytes_of(r->all.at + start, r->offset - start);
	return c;
}

static bool is_ascii_letter_or_digit(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void put_lower(struct buffer *b, uint32_t c)
{
	buffer_u8(b, (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
}

/* True when the character was a letter or a mark of the table. */
static bool put_folded(struct buffer *b, uint32_t c)
{
	for (size_t i = 0; i < sizeof folded / sizeof *folded; i++) {
		if (c < folded[i].from || c > folded[i].to)
			continue;
		if (c >= FULL_WIDTH)
			put_lower(b, (uint8_t)folded[i].letters[0] + (c - folded[i].from));
		else
			buffer_text(b, folded[i].letters);
		return true;
	}
	return false;
}

/* Dots and apostrophes join (D.F. is df); whatever else is no letter parts words. */
static bool joins(uint32_t c)
{
	return c == '.' || c == '\'' || c == '`' || c == 0x2019 || c == 0xB4;
}

static bool parts_words(uint32_t c)
{
	return c < 0x80 || c == 0xA0 || (c >= 0x2000 && c <= 0x206F) || c == 0x3000 ||
	       (c >= 0xA1 && c <= 0xBF);
}

static struct bytes fold_letters(struct arena *arena, const char *name)
{
	struct buffer b = {.arena = arena};
	struct reader r = reader_of(bytes_text(name));
	while (reader_left(&r) > 0) {
		struct bytes as_written;
		uint32_t     c = next_code_point(&r, &as_written);
		if (is_ascii_letter_or_digit(c))
			put_lower(&b, c);
		else if (joins(c) || put_folded(&b, c))
			continue;
		else if (c == '&')
			buffer_text(&b, " and ");
		else if (parts_words(c))
			buffer_u8(&b, ' ');
		else
			buffer_bytes(&b, as_written);
	}
	return buffer_view(&b);
}

/* --- Words ---------------------------------------------------------------------------------- */

/* Legal forms say how a company is organised, not which one it is. */
static const char *const legal_forms[] = {
    "ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "doo", "gmbh", "inc",
    "incorporated", "jsc", "kft", "limited", "llc", "llp", "ltd", "nv", "ooo", "oy", "oyj", "pao",
    "plc", "private", "pte", "pty", "pvt", "sa", "sarl", "sas", "spa", "sro", "srl", "zao",
};

static bool is_legal_form(struct bytes word)
{
	for (size_t i = 0; i < sizeof legal_forms / sizeof *legal_forms; i++)
		if (bytes_equal(word, bytes_text(legal_forms[i])))
			return true;
	return false;
}

static struct bytes next_word(struct reader *r)
{
	while (reader_left(r) > 0 && r->all.at[r->offset] == ' ')
		r->offset++;
	size_t start = r->offset;
	while (reader_left(r) > 0 && r->all.at[r->offset] != ' ')
		r->offset++;
	return bytes_of(r->all.at + start, r->offset - start);
}

static const char *join_words(struct arena *arena, struct bytes folded_name, bool with_forms)
{
	struct buffer b = {.arena = arena};
	struct reader r = reader_of(folded_name);
	for (struct bytes word = next_word(&r); word.len > 0; word = next_word(&r)) {
		if (!with_forms && is_legal_form(word))
			continue;
		if (b.len > 0)
			buffer_u8(&b, ' ');
		buffer_bytes(&b, word);
	}
	return buffer_cstr(&b);
}

const char *screening_normalise(struct arena *arena, const char *name)
{
	struct bytes letters = fold_letters(arena, name);
	const char  *without = join_words(arena, letters, false);
	/* A name made of nothing but legal forms is still a name. */
	return *without != 0 ? without : join_words(arena, letters, true);
}

/* --- Matching ------------------------------------------------------------------------------- */

static const char *match_entry(struct arena *arena, const char *normal, const struct listed *entry)
{
	if (strcmp(normal, screening_normalise(arena, entry->name)) == 0)
		return entry->name;
	for (size_t i = 0; entry->aliases[i] != NULL; i++)
		if (strcmp(normal, screening_normalise(arena, entry->aliases[i])) == 0)
			return entry->aliases[i];
	return NULL;
}

/* Another country lowers no score: companies move, and a name held back is looked at. */
static const char *explain(struct arena *arena, const char *name, const char *normal,
    const char *country, const struct listed *entry, const char *matched)
{
	const char *as = matched == entry->name ? "the name" : "another name";
	const char *where = country == NULL || *country == 0 ? ""
	                    : strcmp(country, entry->country) == 0
	                        ? arena_printf(arena, "; the country (%s) is the same", country)
	                        : arena_printf(arena, "; the country differs (%s, listed for %s)",
	                              country, entry->country);
	return arena_printf(arena, "\"%s\" is, compared as \"%s\", %s of %s on %s%s", name, normal, as,
	    entry->name, entry->list, where);
}

size_t screening_match(struct arena *arena, const char *name, const char *country,
    struct screening_match **out)
{
	size_t               count, hits = 0;
	const struct listed *list = screening_embedded(&count);
	const char          *normal = screening_normalise(arena, name);
	*out = arena_array(arena, count, sizeof **out);
	if (*normal == 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		const char *matched = match_entry(arena, normal, &list[i]);
		if (matched == NULL)
			continue;
		(*out)[hits++] = (struct screening_match){
		    .entry = &list[i],
		    .matched = matched,
		    .how = explain(arena, name, normal, country, &list[i], matched),
		    .score = 1000,
		};
	}
	return hits;
}
