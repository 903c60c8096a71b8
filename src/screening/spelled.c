#include "spelled.h"

#include <string.h>
#include <uchar.h>

/* Facts of how Latin letters are called, as letters.c romanises what is written. */
struct letter_name {
	char letter;
	const char *names; /* between blanks */
};

static const struct letter_name hebrew[] = {
    {'i', "ai aii"},
    {'b', "bi"},
    {'c', "si"},
    {'d', "di"},
    {'f', "ap"},
    {'g', "ji jii"},
    {'h', "aits aich iich"},
    {'j', "jiii"},
    {'k', "kii ki"},
    {'l', "al"},
    {'m', "am"},
    {'n', "an"},
    {'o', "av"},
    {'p', "pi"},
    {'q', "kiv"},
    {'r', "ar"},
    {'s', "as"},
    {'t', "ti"},
    {'u', "iv"},
    {'v', "vi vvi"},
    {'w', "dbliv dabliv"},
    {'x', "aks"},
    {'y', "vvai vai"},
    {'z', "zi zd"},
};

static const struct letter_name arabic[] = {
    {'i', "ay"},      {'a', "ayh"},        {'b', "by"},
    {'p', "py"},      {'c', "sy"},         {'d', "dy"},
    {'f', "af"},      {'g', "jy"},         {'h', "atsh aytsh aych"},
    {'j', "jyh jay"}, {'k', "ky kyh kay"}, {'l', "al"},
    {'m', "am"},      {'n', "an"},         {'o', "aw"},
    {'q', "kyw"},     {'r', "ar"},         {'s', "as"},
    {'t', "ty"},      {'u', "yw"},         {'v', "fy vy fyh"},
    {'w', "dblyw"},   {'x', "aks"},        {'y', "way"},
    {'z', "zd zy"},
};

static const struct letter_name cyrillic[] = {
    {'a', "ey"},      {'b', "bi"},   {'c', "si"},     {'d', "di"},      {'e', "i"},
    {'f', "ef"},      {'g', "dzhi"}, {'h', "eych"},   {'i', "ay"},      {'j', "dzhey"},
    {'k', "key"},     {'l', "el"},   {'m', "em"},     {'n', "en"},      {'o', "o ou"},
    {'p', "pi"},      {'q', "kyu"},  {'r', "ar"},     {'s', "es"},      {'t', "ti"},
    {'u', "yu"},      {'v', "vi"},   {'w', "dablyu"}, {'x', "iks eks"}, {'y', "uay vay"},
    {'z', "zet zed"},
};

static const struct letter_name hangul[] = {
    {'a', "ei"},  {'b', "bi"},    {'c', "ssi si"}, {'d', "di"},   {'e', "i"},         {'f', "ep"},
    {'g', "ji"},  {'h', "eichi"}, {'i', "ai"},     {'j', "jei"},  {'k', "kei"},       {'l', "el"},
    {'m', "em"},  {'n', "en"},    {'o', "o"},      {'p', "pi"},   {'q', "kyu"},       {'r', "al"},
    {'s', "es"},  {'t', "ti"},    {'u', "yu"},     {'v', "beui"}, {'w', "deobeulyu"}, {'x', "eks"},
    {'y', "wai"}, {'z', "jet"},
};

/* Kinds of firms, as they stand in names; of scripts without vowels, where sound does not help. */
struct kind_word {
	const char *english, *words; /* between blanks */
};

static const struct kind_word hebrew_kinds[] = {
    {"group", "kbvtsh kbvtst"},
    {"company", "hbrh hbrt"},
    {"ltd", "bam"},
    {"technologies", "tknvlvgivt tknvlvgih"},
    {"systems", "marcvt markvt"},
    {"industries", "tashivt tashiivt"},
    {"international", "binlavmi binlavmit"},
    {"bank", "bnk"},
    {"ministry", "mshrd"},
    {"police", "mshtrh mshtrt"},
};

static const struct kind_word arabic_kinds[] = {
    {"group", "mjmwah grwh"},        {"company", "shrkh shrkt"},
    {"ltd", "mhdwdh mhdwd"},         {"technologies", "tknwlwjya"},
    {"international", "dwlyh dwly"}, {"trading", "tjarh lltjarh"},
    {"industries", "snaaat snaya"},  {"bank", "bnk bank msrf"},
    {"ministry", "wzarh"},           {"police", "shrth"},
    {"association", "jmayh"},
};

#define OF(table)                                                                                  \
	{                                                                                          \
		table, sizeof(table) / sizeof *(table)                                             \
	}
static const struct {
	const struct letter_name *names;
	size_t count;
} called[SCRIPTS] = {
    [SCRIPT_CYRILLIC] = OF(cyrillic),
    [SCRIPT_HEBREW] = OF(hebrew),
    [SCRIPT_ARABIC] = OF(arabic),
    [SCRIPT_HANGUL] = OF(hangul),
};

/* How much of `text` is one of the names; 0: none. */
static size_t begins_with_one(const char *text, const char *names)
{
	size_t longest = 0;
	while (*names != 0) {
		size_t length = strcspn(names, " ");
		if (length > longest && strncmp(text, names, length) == 0)
			longest = length;
		names += length + (names[length] == ' ');
	}
	return longest;
}

/* Only Hangul writes the names of several letters as one word. */
static size_t spell(enum script script, const char *text, size_t at, char out[SPELLED_MOST])
{
	if (*text == 0)
		return at;
	if (at == SPELLED_MOST || (at > 0 && script != SCRIPT_HANGUL))
		return 0;
	for (size_t i = 0; i < called[script].count; i++) {
		size_t length = begins_with_one(text, called[script].names[i].names);
		out[at] = called[script].names[i].letter;
		size_t all = length > 0 ? spell(script, text + length, at + 1, out) : 0;
		if (all > 0)
			return all;
	}
	return 0;
}

size_t spelled_letters(enum script script, const char *romanised, char out[SPELLED_MOST])
{
	return *romanised == 0 ? 0 : spell(script, romanised, 0, out);
}

static const char *kind_of(const struct kind_word *kinds, size_t count, const char *word)
{
	size_t length = strlen(word);
	for (size_t i = 0; i < count; i++)
		if (length > 0 && begins_with_one(word, kinds[i].words) == length)
			return kinds[i].english;
	return NULL;
}

const char *spelled_kind(enum script script, const char *romanised)
{
	switch (script) {
	case SCRIPT_HEBREW:
		return kind_of(hebrew_kinds, sizeof hebrew_kinds / sizeof *hebrew_kinds, romanised);
	case SCRIPT_ARABIC:
		return kind_of(arabic_kinds, sizeof arabic_kinds / sizeof *arabic_kinds, romanised);
	default:
		return NULL;
	}
}

/* --- Scripts that have no alphabet here ------------------------------------------------------ */

/*
 * Greek and kana come romanised, which forgets what they were and how long a vowel was, so their
 * names of letters are found as they are written: of a to z, between blanks.
 */
struct written {
	char32_t first, last; /* of the script */
	bool is_joined;       /* the names of several letters are written as one word */
	const char32_t *names[26];
};

static const struct written writtens[] = {
    {0x370, 0x3FF, false, {U"ει",    U"μπι",        U"σι",   U"ντι",   U"ι",  U"εφ", U"τζι",
                           U"ειτσ",  U"αι",         U"τζει", U"κει",   U"ελ", U"εμ", U"εν",
                           U"ο οου", U"πι",         U"κιου", U"αρ",    U"εσ", U"τι", U"γιου",
                           U"βι",    U"νταμπλγιου", U"εξ",   U"γουαι", U"ζετ"}},
    {0x30A1, 0x30FF, true, {U"エー エイ", U"ビー",          U"シー",       U"ディー",
                            U"イー",      U"エフ",          U"ジー",       U"エイチ エッチ",
                            U"アイ",      U"ジェイ ジェー", U"ケー ケイ",  U"エル",
                            U"エム",      U"エヌ エン",     U"オー",       U"ピー",
                            U"キュー",    U"アール",        U"エス",       U"ティー",
                            U"ユー",      U"ブイ ヴィー",   U"ダブリュー", U"エックス",
                            U"ワイ",      U"ゼット ズィー"}},
};

struct spelling {
	char letters[SPELLED_MOST];
	size_t count;
};

/* The same but for marks: Greek puts an accent on a word, wherever the letter stands. */
static bool same_letter(char32_t a, char32_t b)
{
	enum script script;
	uint8_t x[4] = {0}, y[4] = {0};
	if (a == b)
		return true;
	return b >= 0x370 && b <= 0x3FF && letters_of_code_point(a, &script, x) > 0 &&
	       letters_of_code_point(b, &script, y) > 0 && memcmp(x, y, sizeof x) == 0;
}

/* How many points one of the names takes of those that begin here; 0: none. */
static size_t takes(const char32_t *names, const uint32_t *points, size_t count)
{
	size_t most = 0;
	while (*names != 0) {
		size_t n = 0;
		while (names[n] != 0 && names[n] != ' ' && n < count &&
		       same_letter(points[n], names[n]))
			n++;
		if ((names[n] == 0 || names[n] == ' ') && n > most)
			most = n;
		while (*names != 0 && *names != ' ')
			names++;
		names += *names == ' ';
	}
	return most;
}

/* The longest name first, and a shorter one when what it leaves is no name. */
static bool spell_points(const struct written *w, const uint32_t *points, size_t count,
                         struct spelling *s)
{
	enum { LONGEST = 10 };
	if (count == 0)
		return true;
	for (size_t length = count < LONGEST ? count : LONGEST; length > 0; length--) {
		if (!w->is_joined && length < count)
			return false;
		for (size_t i = 0; i < 26 && s->count < SPELLED_MOST; i++) {
			struct spelling tried = *s;
			if (takes(w->names[i], points, length) != length)
				continue;
			tried.letters[tried.count++] = (char)('a' + i);
			if (spell_points(w, points + length, count - length, &tried))
				return *s = tried, true;
		}
	}
	return false;
}

size_t spelled_points(const uint32_t *points, size_t count, char out[SPELLED_MOST])
{
	for (size_t i = 0; count > 0 && i < sizeof writtens / sizeof *writtens; i++) {
		struct spelling s = {0};
		if (points[0] < writtens[i].first || points[0] > writtens[i].last ||
		    !spell_points(&writtens[i], points, count, &s))
			continue;
		memcpy(out, s.letters, s.count);
		return s.count;
	}
	return 0;
}
