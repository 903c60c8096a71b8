#include "text.h"

#include <pthread.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>
#include <unicode/utrans.h>

#include "base/bytes.h"

/* --- Code points ---------------------------------------------------------------------------- */

enum {
	CAPITAL = 1 << 24,
	POINT = CAPITAL - 1
}; /* what was a capital keeps a mark until words are cut */

static bool read_ascii(const char *name, size_t length, struct text *out)
{
	for (size_t i = 0; i < length; i++) {
		uint8_t c = (uint8_t)name[i];
		if (c >= 0x80)
			return false;
		out->points[i] = c >= 'A' && c <= 'Z' ? (uint32_t)(c | 0x20) | CAPITAL : c;
	}
	out->point_count = length;
	return true;
}

static bool read_unicode(const char *name, size_t length, struct text *out, struct err *e)
{
	UChar raw[NAME_BYTES], composed[NAME_BYTES];
	int32_t count;
	UErrorCode status = U_ZERO_ERROR;
	u_strFromUTF8(raw, NAME_BYTES, &count, name, (int32_t)length, &status);
	const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&status);
	if (U_SUCCESS(status))
		count = unorm2_normalize(nfkc, raw, count, composed, NAME_BYTES, &status);
	if (status == U_BUFFER_OVERFLOW_ERROR)
		return err_input(e, "screening.name-long", "the name is longer than %d letters",
		                 NAME_BYTES);
	if (U_FAILURE(status))
		return err_environment(e, "cannot normalise the name: %s", u_errorName(status));
	out->point_count = 0;
	for (int32_t i = 0; i < count;) {
		uint32_t c = composed[i++], folded;
		if (U16_IS_LEAD(c) && i < count)
			c = 0x10000u + ((c - 0xD800u) << 10) + (composed[i++] - 0xDC00u);
		folded = (uint32_t)u_foldCase((UChar32)c, U_FOLD_CASE_DEFAULT);
		out->points[out->point_count++] = folded | (folded != c ? (uint32_t)CAPITAL : 0);
	}
	return true;
}

/* --- Words ---------------------------------------------------------------------------------- */

enum place { IN_WORD, UNSEEN, JOINS, HYPHEN, STOP, COMMA, AND, BETWEEN };

static bool is_apostrophe(uint32_t c)
{
	return c == '\'' || c == '`' || c == 0xB4 || c == 0x2018 || c == 0x2019 || c == 0x201B ||
	       (c >= 0x2B9 && c <= 0x2BF) || c == 0x2C8 || c == 0x2CA || c == 0x2CB ||
	       c == GERESH || c == 0xA78C || c == 0x2032;
}

static bool is_hyphen(uint32_t c)
{
	return c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x5BE || c == 0x2212 || c == 0x30A0;
}

static enum place place_of(uint32_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return IN_WORD;
	if (is_apostrophe(c))
		return JOINS;
	if (is_hyphen(c))
		return HYPHEN;
	if (c == '.' || c == 0x3002 || c == 0x2024)
		return STOP;
	if (c == ',' || c == 0x60C || c == 0x3001)
		return COMMA;
	if (c == '&' || c == '+')
		return AND;
	if (c < 0x80)
		return c == 0x7F || (c < ' ' && c != '\t' && c != '\n' && c != '\r') ? UNSEEN
		                                                                     : BETWEEN;
	switch (u_charType((UChar32)c)) {
	case U_FORMAT_CHAR:
	case U_CONTROL_CHAR:
	case U_UNASSIGNED:
	case U_PRIVATE_USE_CHAR:
	case U_SURROGATE:
		return UNSEEN;
	case U_NON_SPACING_MARK:
	case U_ENCLOSING_MARK:
	case U_COMBINING_SPACING_MARK:
		return IN_WORD;
	default:
		break;
	}
	if (c == 0x640) /* tatweel only stretches */
		return UNSEEN;
	return u_isalnum((UChar32)c) ? IN_WORD : BETWEEN;
}

/* Vowel points and accents: left out where the alphabets here know no marks. */
static bool is_mark_to_drop(uint32_t c)
{
	return (c >= 0x300 && c <= 0x36F) || (c >= 0x591 && c <= 0x5C7 && c != 0x5BE) ||
	       (c >= 0x610 && c <= 0x61A) || (c >= 0x64B && c <= 0x65F) || c == 0x670 ||
	       (c >= 0x6D6 && c <= 0x6ED) || (c >= 0xFE00 && c <= 0xFE0F);
}

static bool is_hebrew(uint32_t c)
{
	return c >= 0x5D0 && c <= 0x5F2;
}

/* Gershayim stand within a Hebrew abbreviation, often typed as quotation marks: בע"מ. */
static bool is_gershayim(const struct text *t, size_t at, size_t count)
{
	uint32_t c = t->points[at] & POINT;
	bool may_be = c == '"' || c == 0x5F4 || c == 0x201C || c == 0x201D || c == 0x2033;
	return may_be && at > 0 && at + 1 < count && is_hebrew(t->points[at - 1] & POINT) &&
	       is_hebrew(t->points[at + 1] & POINT);
}

struct cutter {
	struct text *text;
	size_t kept; /* points kept so far; never more than were read */
	struct text_word word;
	size_t letters, capitals;
	bool after_hyphen;
};

static void end_word(struct cutter *c)
{
	struct text *t = c->text;
	if (c->word.length > 0 && t->word_count == TEXT_WORDS)
		t->is_cut = true;
	else if (c->word.length > 0) {
		c->word.is_capitals = c->letters > 1 && c->capitals == c->letters;
		t->words[t->word_count++] = c->word;
	}
	c->word = (struct text_word){.from = (uint16_t)c->kept};
	c->letters = c->capitals = 0;
}

static void keep(struct cutter *c, uint32_t point)
{
	if (c->word.length == 0) {
		c->word.is_joined = c->after_hyphen;
		c->after_hyphen = false;
	}
	c->text->points[c->kept++] = point & POINT;
	c->word.length++;
	c->letters++;
	c->capitals += (point & CAPITAL) != 0;
}

static void mark_comma(struct text *t)
{
	for (size_t i = 0; i < t->word_count; i++)
		t->words[i].before_comma = true;
}

static void put_and(struct cutter *c)
{
	/* "&" alone is one point; the word it stands for is known to the lexicon as "n": see name.c
	 */
	end_word(c);
	keep(c, '&');
	end_word(c);
}

static void cut_words(struct text *t)
{
	struct cutter c = {.text = t};
	for (size_t i = 0, count = t->point_count; i < count; i++) {
		uint32_t point = t->points[i], plain = point & POINT;
		if (is_mark_to_drop(plain) || is_gershayim(t, i, count))
			continue;
		switch (place_of(plain)) {
		case IN_WORD:
			keep(&c, point);
			break;
		case JOINS:
			if (c.word.length > 0 && is_hebrew(t->points[c.kept - 1]))
				keep(&c, GERESH);
			break;
		case HYPHEN:
			end_word(&c);
			c.after_hyphen =
			    t->word_count > 0 && i > 0 && (t->points[i - 1] & POINT) != ' ';
			break;
		case STOP:
			end_word(&c);
			if (t->word_count > 0)
				t->words[t->word_count - 1].is_dotted = true;
			break;
		case COMMA:
			end_word(&c);
			mark_comma(t);
			break;
		case AND:
			put_and(&c);
			break;
		case BETWEEN:
			end_word(&c);
			c.after_hyphen = false;
			break;
		case UNSEEN:
			break;
		}
	}
	end_word(&c);
	t->point_count = c.kept;
}

/* --- Letters that look alike ---------------------------------------------------------------- */

static bool is_latin(uint32_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_cyrillic_or_greek(uint32_t c)
{
	return (c >= 0x370 && c <= 0x52F);
}

/* A word of two scripts is of the one that has more of its letters, if the others pass for it. */
static void mend_look_alikes(struct text *t, const struct text_word *w)
{
	uint32_t *points = t->points + w->from;
	size_t latin = 0, other = 0;
	for (size_t i = 0; i < w->length; i++) {
		latin += is_latin(points[i]) && letters_look_alike(points[i], false) == 0
		             ? 2
		             : is_latin(points[i]);
		other += is_cyrillic_or_greek(points[i]) && letters_look_alike(points[i], true) == 0
		             ? 2
		             : is_cyrillic_or_greek(points[i]);
	}
	if (latin == 0 || other == 0)
		return;
	for (size_t i = 0; i < w->length; i++) {
		bool is_foreign =
		    latin >= other ? is_cyrillic_or_greek(points[i]) : is_latin(points[i]);
		uint32_t mended = is_foreign ? letters_look_alike(points[i], latin >= other) : 0;
		if (mended != 0)
			points[i] = mended;
	}
}

bool text_read(const char *name, size_t length, struct text *out, struct err *e)
{
	out->word_count = 0;
	out->point_count = 0;
	out->is_cut = false;
	if (length > NAME_BYTES)
		return err_input(e, "screening.name-long",
		                 "the name has %zu bytes; at most %d are compared", length,
		                 NAME_BYTES);
	if (!read_ascii(name, length, out)) {
		if (!bytes_are_utf8(bytes_of(name, length)))
			return err_input(e, "screening.name-utf8", "the name is not UTF-8");
		if (!read_unicode(name, length, out, e))
			return false;
	}
	cut_words(out);
	for (size_t i = 0; i < out->word_count; i++)
		mend_look_alikes(out, &out->words[i]);
	return true;
}

/* --- Other scripts -------------------------------------------------------------------------- */

static struct {
	pthread_mutex_t lock;
	UTransliterator *to_latin; /* opened when first needed: that takes longer than its use */
	bool has_failed;
} others = {.lock = PTHREAD_MUTEX_INITIALIZER};

static UTransliterator *to_latin(void)
{
	static const char id[] = "Any-Latin; NFD; [:Nonspacing Mark:] Remove; Latin-ASCII; Lower";
	if (others.to_latin == NULL && !others.has_failed) {
		UChar wide[sizeof id];
		UErrorCode status = U_ZERO_ERROR;
		u_uastrcpy(wide, id);
		others.to_latin = utrans_openU(wide, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
		others.has_failed = U_FAILURE(status);
	}
	return others.to_latin;
}

bool text_romanise(const uint32_t *points, size_t count, char *out, size_t room)
{
	enum { ROOM = 1024 };
	UChar wide[ROOM];
	int32_t length = 0, limit;
	UErrorCode status = U_ZERO_ERROR;
	for (size_t i = 0; i < count && length < ROOM / 8; i++)
		U16_APPEND_UNSAFE(wide, length, points[i]);
	limit = length;
	pthread_mutex_lock(&others.lock);
	UTransliterator *t = to_latin();
	if (t != NULL)
		utrans_transUChars(t, wide, &length, ROOM, 0, &limit, &status);
	pthread_mutex_unlock(&others.lock);
	if (t == NULL || U_FAILURE(status))
		return false;
	size_t kept = 0;
	for (int32_t i = 0; i < length && kept + 1 < room; i++)
		if (wide[i] < 0x80)
			out[kept++] = (char)wide[i];
	out[kept] = 0;
	return kept > 0;
}
