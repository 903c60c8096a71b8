#include "name.h"

#include <assert.h>
#include <string.h>

#include "align.h"
#include "lexicon.h"
#include "spelled.h"
#include "text.h"
#include "weights.h"

/* --- One word ------------------------------------------------------------------------------- */

struct builder {
	struct prepared *out;
	struct name_word *word; /* being written; NULL between words */
	uint8_t role;           /* of the next word */
	bool is_dotted[NAME_WORDS];
};

static void begin_word(struct builder *b, enum script script)
{
	struct prepared *p = b->out;
	if (p->name.count == NAME_WORDS) {
		p->is_cut = true;
		b->word = NULL;
		return;
	}
	b->word = &p->words[p->name.count];
	memset(b->word, 0, sizeof *b->word);
	b->word->script = (uint8_t)script;
	p->name.roles[p->name.count] = b->role;
	b->is_dotted[p->name.count++] = false;
	b->role |= ROLE_JOINED;
}

static void put_letter(struct name_word *w, uint8_t letter)
{
	if (w == NULL || w->length == WORD_LETTERS)
		return;
	w->letters[w->length++] = letter;
	if (w->script == SCRIPT_LATIN) {
		w->latin[w->latin_length++] = letter;
		return;
	}
	size_t length;
	const char *r = letters_romanised(w->script, letter, &length);
	for (size_t i = 0; i < length && w->latin_length < WORD_LATIN; i++)
		w->latin[w->latin_length++] = latin_code(r[i]);
}

static void put_latin_text(struct builder *b, const char *text)
{
	b->word = NULL;
	for (; *text != 0; text++) {
		bool is_letter = (*text >= 'a' && *text <= 'z') || (*text >= '0' && *text <= '9');
		if (is_letter && b->word == NULL)
			begin_word(b, SCRIPT_LATIN);
		if (is_letter)
			put_letter(b->word, latin_code(*text));
		else if (*text == ' ')
			b->word = NULL;
	}
	b->word = NULL;
}

/* Runs of letters that have no alphabet here: how many code points from `from` on. */
static size_t other_run(const uint32_t *points, size_t count, size_t from)
{
	enum script script;
	uint8_t letters[4];
	size_t i = from;
	while (i < count && letters_of_code_point(points[i], &script, letters) < 0)
		i++;
	return i - from;
}

static void put_points(struct builder *b, const uint32_t *points, size_t count)
{
	b->word = NULL;
	for (size_t i = 0; i < count; i++) {
		enum script script;
		uint8_t letters[4];
		if (points[i] == GERESH) {
			if (b->word != NULL && b->word->length > 0) {
				uint8_t *last = &b->word->letters[b->word->length - 1];
				*last = b->word->script == SCRIPT_HEBREW
				            ? letters_with_geresh(*last)
				            : *last;
			}
			continue;
		}
		int n = letters_of_code_point(points[i], &script, letters);
		if (n < 0) {
			char romanised[512];
			size_t run = other_run(points, count, i);
			if (text_romanise(points + i, run, romanised, sizeof romanised))
				put_latin_text(b, romanised);
			i += run - 1;
			continue;
		}
		if (b->word == NULL || b->word->script != script)
			begin_word(b, script);
		for (int k = 0; k < n; k++)
			put_letter(b->word, letters[k]);
	}
	b->word = NULL;
}

/* --- Words that belong together ------------------------------------------------------------- */

static void latin_text(const struct name_word *w, char out[WORD_LATIN + 1])
{
	for (size_t i = 0; i < w->latin_length; i++)
		out[i] = latin_char(w->latin[i]);
	out[w->latin_length] = 0;
}

static void remove_word(struct builder *b, size_t at)
{
	struct prepared *p = b->out;
	size_t after = p->name.count - at - 1u;
	memmove(&p->words[at], &p->words[at + 1], after * sizeof *p->words);
	memmove(&p->name.roles[at], &p->name.roles[at + 1], after);
	memmove(&b->is_dotted[at], &b->is_dotted[at + 1], after * sizeof *b->is_dotted);
	p->name.count--;
}

/* "N.S.O." of an organisation is one word; of a person they are initials. */
static void join_dotted_letters(struct builder *b)
{
	struct prepared *p = b->out;
	for (size_t i = 0; i + 1 < p->name.count;) {
		struct name_word *w = &p->words[i], *next = &p->words[i + 1];
		bool is_run = b->is_dotted[i] && next->length == 1 && next->script == w->script &&
		              w->length < 5 &&
		              (w->length == 1 || (p->name.roles[i] & ROLE_FORM) != 0);
		if (!is_run) {
			i++;
			continue;
		}
		put_letter(w, next->letters[0]);
		b->is_dotted[i] = b->is_dotted[i + 1];
		p->name.roles[i] |= ROLE_FORM; /* only to say that it is a run; cleared below */
		remove_word(b, i + 1);
	}
	for (size_t i = 0; i < p->name.count; i++)
		p->name.roles[i] &= (uint8_t)~ROLE_FORM;
}

static void say_in_latin(struct name_word *w, const char *text, size_t length)
{
	*w = (struct name_word){.script = SCRIPT_LATIN};
	for (size_t i = 0; i < length; i++)
		put_letter(w, latin_code(text[i]));
}

/* How many words from `at` on are names of Latin letters in one script, and the letters. */
static size_t spelled_run(const struct prepared *p, size_t at, char letters[WORD_LETTERS],
                          size_t *count)
{
	size_t i = at;
	*count = 0;
	for (; i < p->name.count && p->words[i].script == p->words[at].script; i++) {
		char text[WORD_LATIN + 1], one[SPELLED_MOST];
		latin_text(&p->words[i], text);
		size_t n = spelled_letters(p->words[i].script, text, one);
		if (n == 0 || *count + n > WORD_LETTERS)
			break;
		memcpy(letters + *count, one, n);
		*count += n;
	}
	return i - at;
}

/* "אן אס או" is NSO. Two letters would be common words of many names. */
static void join_spelled_letters(struct builder *b)
{
	enum { FEWEST = 3 };
	struct prepared *p = b->out;
	for (size_t i = 0; i < p->name.count; i++) {
		char letters[WORD_LETTERS];
		size_t count, words = spelled_run(p, i, letters, &count);
		if (count < FEWEST)
			continue;
		for (size_t k = 1; k < words; k++)
			remove_word(b, i + 1);
		say_in_latin(&p->words[i], letters, count);
	}
}

static void translate_kinds(struct prepared *p)
{
	for (size_t i = 0; i < p->name.count; i++) {
		char text[WORD_LATIN + 1];
		latin_text(&p->words[i], text);
		const char *english = spelled_kind(p->words[i].script, text);
		if (english != NULL)
			say_in_latin(&p->words[i], english, strlen(english));
	}
}

static bool begins_with(const struct name_word *w, const char *text)
{
	size_t length = strlen(text);
	if (w->script != SCRIPT_LATIN || w->length < length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (w->letters[i] != latin_code(text[i]))
			return false;
	return true;
}

static void insert_word(struct builder *b, size_t at, const struct name_word *word, uint8_t role)
{
	struct prepared *p = b->out;
	if (p->name.count == NAME_WORDS) {
		p->is_cut = true;
		return;
	}
	size_t after = p->name.count - at;
	memmove(&p->words[at + 1], &p->words[at], after * sizeof *p->words);
	memmove(&p->name.roles[at + 1], &p->name.roles[at], after);
	memmove(&b->is_dotted[at + 1], &b->is_dotted[at], after * sizeof *b->is_dotted);
	p->words[at] = *word;
	p->name.roles[at] = role;
	b->is_dotted[at] = false;
	p->name.count++;
}

static void cut_front(struct name_word *w, size_t letters)
{
	struct name_word rest = {.script = w->script};
	for (size_t i = letters; i < w->length; i++)
		put_letter(&rest, w->letters[i]);
	*w = rest;
}

static void shorten(struct name_word *w, size_t letters)
{
	struct name_word rest = {.script = w->script};
	for (size_t i = 0; i < letters; i++)
		put_letter(&rest, w->letters[i]);
	*w = rest;
}

/* abdulrahman, abdelrahman, abdurrahman: abd and rahman. Not Abdullah, not Abdulayev. */
static void split_servants(struct builder *b)
{
	static const char *const servants[] = {"abdoul", "abdul", "abdel", "abdal",
	                                       "abdol",  "abdur", "abdus", "abdun",
	                                       "abdush", "abd",   NULL};
	struct prepared *p = b->out;
	for (size_t i = 0; i < p->name.count; i++) {
		struct name_word *w = &p->words[i];
		for (size_t k = 0; servants[k] != NULL; k++) {
			size_t length = strlen(servants[k]);
			if (!begins_with(w, servants[k]))
				continue;
			if (w->length == length) {
				shorten(w, 3);
				break;
			}
			bool is_slavic =
			    w->length > 2 && w->letters[w->length - 1] == latin_code('v');
			if (length == 3 || w->length < length + 4 || is_slavic)
				continue;
			struct name_word servant = *w;
			shorten(&servant, 3);
			cut_front(w, length);
			insert_word(b, i, &servant, p->name.roles[i]);
			i++;
			break;
		}
	}
}

/* The Arabic article is written with its word; Latin parts them. */
static void split_articles(struct builder *b)
{
	enum { ALEF = 0, LAM = 26 };
	struct prepared *p = b->out;
	for (size_t i = 0; i < p->name.count; i++) {
		struct name_word *w = &p->words[i];
		if (w->script != SCRIPT_ARABIC || w->length < 5 || w->letters[0] != ALEF ||
		    w->letters[1] != LAM)
			continue;
		struct name_word article = *w;
		shorten(&article, 2);
		cut_front(w, 2);
		insert_word(b, i, &article, p->name.roles[i]);
		i++;
	}
}

/* The family names of one syllable that most Koreans bear, as syllables. */
static bool is_korean_family(const struct name_word *w, size_t *letters)
{
	static const char *const families[] = {
	    "gim",   "i",     "bak",    "choe", "jeong", "gang",  "jo",    "yun",  "jang", "im",
	    "han",   "o",     "seo",    "sin",  "gwon",  "hwang", "an",    "song", "ryu",  "yu",
	    "hong",  "jeon",  "go",     "mun",  "son",   "yang",  "bae",   "baek", "heo",  "nam",
	    "sim",   "no",    "ha",     "gwak", "seong", "cha",   "ju",    "u",    "gu",   "na",
	    "min",   "jin",   "ji",     "eom",  "chae",  "won",   "cheon", "bang", "gong", "hyeon",
	    "ham",   "byeon", "yeom",   "yeo",  "chu",   "do",    "so",    "seok", "ma",   "gil",
	    "wi",    "pyo",   "myeong", "gi",   "ban",   "wang",  "ra",    "rim",  "ri",   "ro",
	    "ryang", "tae",   "bin",    NULL};
	enum { FIRST_VOWEL = 19, FIRST_FOOT = 40 };
	size_t n = 0;
	while (n < w->length && w->letters[n] < FIRST_VOWEL)
		n++;
	n += n < w->length;
	n += n < w->length && w->letters[n] >= FIRST_FOOT;
	struct name_word first = *w;
	char text[WORD_LATIN + 1];
	shorten(&first, n);
	latin_text(&first, text);
	*letters = n;
	for (size_t i = 0; families[i] != NULL; i++)
		if (strcmp(text, families[i]) == 0)
			return n < w->length;
	return false;
}

static void split_korean(struct builder *b)
{
	struct prepared *p = b->out;
	struct name_word *w = &p->words[0];
	size_t letters;
	if (p->name.count != 1 || w->script != SCRIPT_HANGUL || w->length > 12 ||
	    !is_korean_family(w, &letters))
		return;
	struct name_word family = *w;
	shorten(&family, letters);
	cut_front(w, letters);
	insert_word(b, 0, &family, ROLE_FAMILY);
	p->name.roles[1] = ROLE_JOINED;
}

/* --- What a word says ----------------------------------------------------------------------- */

/* Thousandths of a binary logarithm, the same on every machine. */
static unsigned log2_milli(unsigned x)
{
	unsigned whole = 31 - (unsigned)__builtin_clz(x);
	return whole * 1000 + (unsigned)(((uint64_t)x * 1000 >> whole) - 1000);
}

static unsigned weight_of(const struct name_word *w, const struct word *known)
{
	static const unsigned by_length[] = {0, 250, 600, 800};
	unsigned seen = known != NULL ? known->seen : 0;
	unsigned all = log2_milli(WEIGHTS_NAMES),
	         weight = 1000 * (all - log2_milli(seen + 1)) / all;
	if (w->latin_length < 4 && w->script == SCRIPT_LATIN)
		weight = weight * by_length[w->latin_length] / 1000;
	if ((w->flags & FLAG_GENERIC) != 0 && weight > 450)
		weight = 450;
	if ((w->flags & (FLAG_PARTICLE | FLAG_VESSEL)) != 0 && weight > 100)
		weight = 100;
	if ((w->flags & (FLAG_TITLE | FLAG_SERVANT)) != 0 && weight > 200)
		weight = 200;
	if ((w->flags & FLAG_NUMBER) != 0)
		weight = 600;
	return weight < 20 ? 20 : weight;
}

static void set_number(struct name_word *w)
{
	unsigned value = 0;
	for (size_t i = 0; i < w->length; i++) {
		if (w->script != SCRIPT_LATIN || w->letters[i] < 26)
			return;
		value = (value * 10 + (w->letters[i] - 26u)) % 60000;
	}
	w->number = (uint16_t)(value + 1);
	w->flags |= FLAG_NUMBER;
}

/* The lexicon is of Latin spellings; a romanisation without vowels only looks like its words. */
static bool is_known_so(const struct name_word *w, const char *text)
{
	static const char *const shorthand[] = {"al", "bn", "abn", "bnt"};
	if (w->script == SCRIPT_LATIN || w->script == SCRIPT_CYRILLIC)
		return true;
	for (size_t i = 0; i < sizeof shorthand / sizeof *shorthand; i++)
		if (w->script != SCRIPT_HANGUL && strcmp(text, shorthand[i]) == 0)
			return true;
	return false;
}

static void finish_word(struct name_word *w)
{
	char text[WORD_LATIN + 1];
	latin_text(w, text);
	const struct word *known = lexicon_find(text, w->latin_length);
	w->hash = 2166136261u ^ w->script;
	for (size_t i = 0; i < w->length; i++)
		w->hash = (w->hash ^ w->letters[i]) * 16777619u;
	for (size_t i = 0; i < w->latin_length; i++)
		w->bag |= letters_bag(w->latin[i]);
	w->flags |= w->latin_length == 1 && w->script != SCRIPT_HANGUL ? FLAG_INITIAL : 0;
	set_number(w);
	if (known != NULL && is_known_so(w, text)) {
		static const struct {
			uint8_t kind, flag;
		} flags[] = {{WORD_PARTICLE, FLAG_PARTICLE}, {WORD_TITLE, FLAG_TITLE},
		             {WORD_GENERIC, FLAG_GENERIC},   {WORD_VESSEL, FLAG_VESSEL},
		             {WORD_NUMBER, FLAG_NUMBER},     {WORD_SERVANT, FLAG_SERVANT},
		             {WORD_FORM, FLAG_FORM}};
		for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
			w->flags |= (known->kinds & flags[i].kind) != 0 ? flags[i].flag : 0;
		memcpy(w->groups, known->groups, sizeof w->groups);
		if (known->number != 0)
			w->number = known->number;
	}
	w->weight = (uint16_t)weight_of(w, known != NULL && is_known_so(w, text) ? known : NULL);
	w->self = (int16_t)align_self(w->latin, w->latin_length);
	w->most = (uint16_t)align_most(w->latin, w->latin_length);
}

/* --- Legal forms ---------------------------------------------------------------------------- */

static void mark_form(struct name *name, size_t from, size_t count, enum legal_form form)
{
	for (size_t i = from; i < from + count; i++)
		name->roles[i] |= ROLE_FORM;
	name->forms |= (uint8_t)(1u << form);
}

static void find_forms(struct prepared *p)
{
	char texts[NAME_WORDS][WORD_LATIN + 1];
	const char *words[NAME_WORDS];
	struct name *name = &p->name;
	size_t marked = 0, count = name->count;
	if (name->type == ENTITY_PERSON || name->type == ENTITY_VESSEL ||
	    name->type == ENTITY_AIRCRAFT)
		return;
	for (size_t i = 0; i < count; i++) {
		latin_text(&p->words[i], texts[i]);
		words[i] = texts[i];
	}
	for (size_t i = 0; i < count;) {
		enum legal_form form = FORM_NONE;
		size_t length = lexicon_form(words + i, count - i, &form);
		/* Not knowing what it is, only what stands where forms stand. */
		bool is_in_place = name->type == ENTITY_ORGANISATION || i == 0 ||
		                   i + length == count || length > 1;
		if (length > 0 && is_in_place) {
			mark_form(name, i, length, form);
			marked += length;
		}
		i += length > 0 ? length : 1;
	}
	if (marked < count)
		return;
	/* A name made of nothing but legal forms is still a name. */
	for (size_t i = 0; i < count; i++)
		name->roles[i] &= (uint8_t)~ROLE_FORM;
	name->forms = 0;
}

/* --- The whole ------------------------------------------------------------------------------ */

/* Words from `from` on that are names of letters in a script that is only romanised; how many. */
static size_t put_spelled(struct builder *b, const struct text *text, size_t from)
{
	enum { FEWEST = 3 };
	char letters[WORD_LETTERS + 1];
	size_t words = 0, count = 0, points = 0;
	for (; from + words < text->word_count; words++) {
		const struct text_word *w = &text->words[from + words];
		char some[SPELLED_MOST];
		size_t n = spelled_points(text->points + w->from, w->length, some);
		if (n == 0 || count + n > WORD_LETTERS)
			break;
		memcpy(letters + count, some, n);
		count += n;
		points += w->length;
	}
	if (count < FEWEST || points == count) /* single letters are initials in any script */
		return 0;
	letters[count] = 0;
	put_latin_text(b, letters);
	return words;
}

static void put_words(struct builder *b, const struct text *text)
{
	bool has_lower = false, has_comma = false;
	for (size_t i = 0; i < text->word_count; i++) {
		has_lower |= !text->words[i].is_capitals && text->words[i].length > 2;
		has_comma |= text->words[i].before_comma;
	}
	for (size_t i = 0; i < text->word_count; i++) {
		const struct text_word *w = &text->words[i];
		bool is_family = has_comma ? w->before_comma : has_lower && w->is_capitals;
		b->role =
		    (uint8_t)((is_family ? ROLE_FAMILY : 0) | (w->is_joined ? ROLE_JOINED : 0));
		size_t spelled = b->out->name.type == ENTITY_PERSON ? 0 : put_spelled(b, text, i);
		if (spelled > 0)
			i += spelled - 1;
		else if (w->length == 1 && text->points[w->from] == '&')
			put_latin_text(b, "and");
		else
			put_points(b, text->points + w->from, w->length);
		if (b->out->name.count > 0)
			b->is_dotted[b->out->name.count - 1] = w->is_dotted && spelled == 0;
	}
}

bool name_prepare(const char *name, size_t length, enum entity_type type, struct prepared *out,
                  struct err *e)
{
	struct text text;
	struct builder b = {.out = out};
	if (!text_read(name, length, &text, e))
		return false;
	out->name = (struct name){.type = (uint8_t)type};
	out->scripts = 0;
	out->is_cut = text.is_cut;
	put_words(&b, &text);
	if (type != ENTITY_PERSON) {
		join_dotted_letters(&b);
		join_spelled_letters(&b);
	}
	split_servants(&b);
	split_articles(&b);
	if (type != ENTITY_PERSON)
		translate_kinds(out);
	split_korean(&b);
	for (size_t i = 0; i < out->name.count; i++) {
		finish_word(&out->words[i]);
		out->name.words[i] = &out->words[i];
		out->scripts |= 1u << out->words[i].script;
	}
	find_forms(out);
	return true;
}

void name_text(const struct name *name, bool with_forms, char *out, size_t room)
{
	size_t kept = 0;
	assert(room > 0);
	for (size_t i = 0; i < name->count; i++) {
		if (!with_forms && (name->roles[i] & ROLE_FORM) != 0)
			continue;
		if (kept > 0 && kept + 1 < room)
			out[kept++] = ' ';
		for (size_t k = 0; k < name->words[i]->latin_length && kept + 1 < room; k++)
			out[kept++] = name_latin(name->words[i], k);
	}
	out[kept] = 0;
}
