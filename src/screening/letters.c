#include "letters.h"

#include <string.h>
#include <unicode/unorm2.h>

/* --- Alphabets: facts of how letters are written in Latin, the usual way first -------------- */

static const struct letter cyrillic[] = {
    {0x430, "a ya"},
    {0x431, "b"},
    {0x432, "v w ff f"},
    {0x433, "g h gh v"},
    {0x491, "g"},
    {0x434, "d"},
    {0x435, "e ye ie je yo"},
    {0x451, "yo e io jo o"},
    {0x454, "ye ie e je"},
    {0x436, "zh j g z"},
    {0x437, "z s"},
    {0x438, "i y ee yi"},
    {0x456, "i y"},
    {0x457, "yi i ji"},
    {0x439, "y i j iy"},
    {0x43A, "k c q ck"},
    {0x43B, "l ll"},
    {0x43C, "m"},
    {0x43D, "n"},
    {0x43E, "o a"},
    {0x43F, "p"},
    {0x440, "r"},
    {0x441, "s ss c"},
    {0x442, "t th"},
    {0x443, "u ou oo w"},
    {0x45E, "w u v"},
    {0x444, "f ph"},
    {0x445, "kh h ch x"},
    {0x446, "ts c tz s"},
    {0x447, "ch tch c"},
    {0x448, "sh sch s"},
    {0x449, "shch sch sh sc"},
    {0x44A, " y"},
    {0x44B, "y i"},
    {0x44C, " y i"},
    {0x44D, "e"},
    {0x44E, "yu iu ju u"},
    {0x44F, "ya ia ja a"},
    {0x452, "dj d j"},
    {0x458, "j y i"},
    {0x459, "lj l ly"},
    {0x45A, "nj n ny"},
    {0x45B, "c ch"},
    {0x45F, "dz j dj"},
    {0x453, "gj g"},
    {0x45C, "kj k"},
    {0x455, "dz z"},
    {0x4D9, "a e"},
    {0x493, "gh g"},
    {0x49B, "q k"},
    {0x4A3, "ng n"},
    {0x4E9, "o u"},
    {0x4B1, "u"},
    {0x4AF, "u"},
    {0x4BB, "h"},
    {0x4B3, "h kh"},
    {0x4B7, "j ch"},
};

/* The last five are letters with a geresh: j, zh, ch, th, dh. */
enum { GIMEL = 2, DALET = 3, ZAYIN = 6, TSADI = 17, TAV = 21, WITH_GERESH = 22 };
static const struct letter hebrew[] = {
    {0x5D0, "a e o i u"},
    {0x5D1, "b v bb"},
    {0x5D2, "g gh gg"},
    {0x5D3, "d dd"},
    {0x5D4, "h a e ah eh"},
    {0x5D5, "v o u w oo ou"},
    {0x5D6, "z s zz"},
    {0x5D7, "h ch kh"},
    {0x5D8, "t tt th"},
    {0x5D9, "i y e j ee ie ey ai ei"},
    {0x5DB, "k ch kh c"},
    {0x5DC, "l ll"},
    {0x5DE, "m mm"},
    {0x5E0, "n nn"},
    {0x5E1, "s c ss z"},
    {0x5E2, "a e o i"},
    {0x5E4, "p f ph pp ff"},
    {0x5E6, "ts z tz c zz cz"},
    {0x5E7, "k c q ck x"},
    {0x5E8, "r rr"},
    {0x5E9, "sh s sch ch sz"},
    {0x5EA, "t th"},
    {0, "j g dj dg"},
    {0, "dh th"},
    {0, "zh j g s z"},
    {0, "ch c cz tch"},
    {0, "th"},
};

static const struct letter arabic[] = {
    {0x627, "a e o i u"},
    {0x628, "b"},
    {0x67E, "p"},
    {0x62A, "t"},
    {0x62B, "th s"},
    {0x62C, "j g dj gh"},
    {0x686, "ch c tch"},
    {0x62D, "h"},
    {0x62E, "kh h ch x"},
    {0x62F, "d"},
    {0x630, "dh z d th"},
    {0x631, "r"},
    {0x632, "z"},
    {0x698, "zh j"},
    {0x633, "s"},
    {0x634, "sh ch s"},
    {0x635, "s"},
    {0x636, "d z dh"},
    {0x637, "t"},
    {0x638, "z dh d"},
    {0x639, "a e i o u aa"},
    {0x63A, "gh g"},
    {0x641, "f"},
    {0x642, "q k g gh c"},
    {0x643, "k c g"},
    {0x6AF, "g"},
    {0x644, "l"},
    {0x645, "m"},
    {0x646, "n"},
    {0x647, "h a ah e eh"},
    {0x648, "w u o v ou oo"},
    {0x64A, "y i e ee ai ei"},
    {0x621, " a"},
};

/* Jamo: 19 at the head of a syllable, 21 vowels, 27 at its foot. */
enum { HEADS = 19, VOWELS = 21, FEET = 27 };
static const struct letter hangul[] = {
    {0x1100, "g k c"},
    {0x1101, "kk k g gg"},
    {0x1102, "n"},
    {0x1103, "d t"},
    {0x1104, "tt t dd d"},
    {0x1105, "r l ll rr"},
    {0x1106, "m"},
    {0x1107, "b p v"},
    {0x1108, "pp p bb b"},
    {0x1109, "s sh c z"},
    {0x110A, "ss s"},
    {0x110B, ""},
    {0x110C, "j z ch g"},
    {0x110D, "jj j"},
    {0x110E, "ch c tch z ts"},
    {0x110F, "k c q ck ch"},
    {0x1110, "t th tt"},
    {0x1111, "p f ph pp"},
    {0x1112, "h f"},
    {0x1161, "a"},
    {0x1162, "ae a e ai"},
    {0x1163, "ya ia ja"},
    {0x1164, "yae ya"},
    {0x1165, "eo o u e a er"},
    {0x1166, "e a ay"},
    {0x1167, "yeo yo ye you"},
    {0x1168, "ye ie je"},
    {0x1169, "o au oh aw"},
    {0x116A, "wa ua oa"},
    {0x116B, "wae wa we"},
    {0x116C, "oe we oi o"},
    {0x116D, "yo io"},
    {0x116E, "u oo w ou woo"},
    {0x116F, "wo weo ua wa"},
    {0x1170, "we ue"},
    {0x1171, "wi ui u y"},
    {0x1172, "yu u eu iu ju ew"},
    {0x1173, " eu u e"},
    {0x1174, "ui eui i"},
    {0x1175, "i e y ee ea ie"},
    {0x11A8, "k g c ck"},
    {0x11A9, "k kk"},
    {0x11AA, "k x"},
    {0x11AB, "n nn"},
    {0x11AC, "n"},
    {0x11AD, "n"},
    {0x11AE, "t d"},
    {0x11AF, "l r ll"},
    {0x11B0, "k lk"},
    {0x11B1, "m lm"},
    {0x11B2, "l lb"},
    {0x11B3, "l"},
    {0x11B4, "l"},
    {0x11B5, "p"},
    {0x11B6, "l"},
    {0x11B7, "m mm"},
    {0x11B8, "p b pp"},
    {0x11B9, "p"},
    {0x11BA, "t s tt d"},
    {0x11BB, "t ss"},
    {0x11BC, "ng n"},
    {0x11BD, "t j"},
    {0x11BE, "t ch"},
    {0x11BF, "k"},
    {0x11C0, "t"},
    {0x11C1, "p"},
    {0x11C2, "h"},
};

static const struct {
	const struct letter *letters;
	size_t count;
} alphabets[SCRIPTS] = {
    [SCRIPT_CYRILLIC] = {cyrillic, sizeof cyrillic / sizeof *cyrillic},
    [SCRIPT_HEBREW] = {hebrew, sizeof hebrew / sizeof *hebrew},
    [SCRIPT_ARABIC] = {arabic, sizeof arabic / sizeof *arabic},
    [SCRIPT_HANGUL] = {hangul, sizeof hangul / sizeof *hangul},
};
_Static_assert(sizeof hangul / sizeof *hangul <= LETTERS_MOST, "hangul");
_Static_assert(sizeof cyrillic / sizeof *cyrillic <= LETTERS_MOST, "cyrillic");

const struct letter *letters_of(enum script script, size_t *count)
{
	*count = alphabets[script].count;
	return alphabets[script].letters;
}

const char *letters_romanised(enum script script, uint8_t letter, size_t *length)
{
	const char *r = alphabets[script].letters[letter].renderings;
	*length = strcspn(r, " ");
	return r;
}

uint8_t letters_with_geresh(uint8_t letter)
{
	switch (letter) {
	case GIMEL:
		return WITH_GERESH;
	case DALET:
		return WITH_GERESH + 1;
	case ZAYIN:
		return WITH_GERESH + 2;
	case TSADI:
		return WITH_GERESH + 3;
	case TAV:
		return WITH_GERESH + 4;
	default:
		return letter;
	}
}

/* --- Romanised alphabets -------------------------------------------------------------------- */

/* Greek U+03B1..U+03C9 without marks, Armenian U+0561..U+0587, Georgian U+10D0..U+10F5. */
static const char *const greek[] = {"a", "v", "g", "d", "e",  "z",  "i", "th", "i",
                                    "k", "l", "m", "n", "x",  "o",  "p", "r",  "s",
                                    "s", "t", "y", "f", "ch", "ps", "o"};
static const char *const armenian[] = {"a", "b", "g",  "d",  "e",  "z", "e",  "y",  "t",  "zh",
                                       "i", "l", "kh", "ts", "k",  "h", "dz", "gh", "ch", "m",
                                       "y", "n", "sh", "o",  "ch", "p", "j",  "r",  "s",  "v",
                                       "t", "r", "ts", "u",  "p",  "k", "o",  "f",  "ev"};
static const char *const georgian[] = {"a",  "b", "g",  "d", "e",  "v",  "z",  "t",  "i",  "k",
                                       "l",  "m", "n",  "o", "p",  "zh", "r",  "s",  "t",  "u",
                                       "p",  "k", "gh", "q", "sh", "ch", "ts", "dz", "ts", "ch",
                                       "kh", "j", "h",  "e", "y",  "w",  "kh", "o"};

/* Latin letters that do not decompose into one of a-z and marks. */
static const struct {
	uint32_t at;
	const char *letters;
} latin_letters[] = {
    {0xDF, "ss"}, {0xE6, "ae"}, {0xF0, "d"},  {0xF8, "o"},  {0xFE, "th"},  {0x111, "d"},
    {0x127, "h"}, {0x131, "i"}, {0x138, "k"}, {0x142, "l"}, {0x14B, "ng"}, {0x153, "oe"},
    {0x167, "t"}, {0x180, "b"}, {0x199, "k"}, {0x1A1, "o"}, {0x1B0, "u"},  {0x1DD, "e"},
    {0x253, "b"}, {0x254, "o"}, {0x257, "d"}, {0x259, "a"}, {0x25B, "e"},  {0x268, "i"},
    {0x269, "i"}, {0x272, "n"}, {0x289, "u"}, {0x28B, "v"},
};

static int put_latin(const char *letters, uint8_t out[4])
{
	int count = 0;
	for (; letters[count] != 0; count++)
		out[count] = latin_code(letters[count]);
	return count;
}

static int latin_of(uint32_t c, uint8_t out[4])
{
	if (c < 0x80) {
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
			return -1;
		out[0] = latin_code((char)c);
		return 1;
	}
	for (size_t i = 0; i < sizeof latin_letters / sizeof *latin_letters; i++)
		if (latin_letters[i].at == c)
			return put_latin(latin_letters[i].letters, out);
	if (c >= 0x3B1 && c <= 0x3C9)
		return put_latin(greek[c - 0x3B1], out);
	if (c >= 0x561 && c <= 0x587)
		return put_latin(armenian[c - 0x561], out);
	if (c >= 0x10D0 && c <= 0x10F5)
		return put_latin(georgian[c - 0x10D0], out);
	return -1;
}

/* A letter with marks is the letter: the first code point of its full decomposition. */
static uint32_t without_marks(uint32_t c)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&status);
	UChar parts[32];
	if (U_FAILURE(status))
		return c;
	int32_t count = unorm2_getDecomposition(nfkd, (UChar32)c, parts, 32, &status);
	if (U_FAILURE(status) || count <= 0)
		return c;
	return parts[0];
}

/* --- By script ------------------------------------------------------------------------------ */

static int search(enum script script, uint32_t c, uint8_t out[4])
{
	for (size_t i = 0; i < alphabets[script].count; i++) {
		if (alphabets[script].letters[i].at == c) {
			out[0] = (uint8_t)i;
			return 1;
		}
	}
	return -1;
}

/* Final forms are the letters; so are the digraphs of Yiddish. */
static int hebrew_of(uint32_t c, uint8_t out[4])
{
	switch (c) {
	case 0x5DA:
	case 0x5DD:
	case 0x5DF:
	case 0x5E3:
	case 0x5E5:
		c++;
		break;
	case 0x5F0:
		return out[0] = out[1] = 5, 2;
	case 0x5F1:
		return out[0] = 5, out[1] = 9, 2;
	case 0x5F2:
		return out[0] = out[1] = 9, 2;
	default:
		break;
	}
	return search(SCRIPT_HEBREW, c, out);
}

static const struct {
	uint16_t from, to;
} arabic_variants[] = {
    {0x622, 0x627}, {0x623, 0x627}, {0x625, 0x627}, {0x671, 0x627}, {0x624, 0x648}, {0x626, 0x64A},
    {0x629, 0x647}, {0x649, 0x64A}, {0x679, 0x62A}, {0x67C, 0x62A}, {0x681, 0x62D}, {0x685, 0x62E},
    {0x688, 0x62F}, {0x689, 0x62F}, {0x691, 0x631}, {0x693, 0x631}, {0x696, 0x698}, {0x69A, 0x634},
    {0x6A4, 0x641}, {0x6A9, 0x643}, {0x6AA, 0x643}, {0x6AD, 0x643}, {0x6AB, 0x6AF}, {0x6BA, 0x646},
    {0x6BC, 0x646}, {0x6BE, 0x647}, {0x6C0, 0x647}, {0x6C1, 0x647}, {0x6C3, 0x647}, {0x6C6, 0x648},
    {0x6C7, 0x648}, {0x6CB, 0x648}, {0x6CC, 0x64A}, {0x6CD, 0x64A}, {0x6CE, 0x64A}, {0x6D0, 0x64A},
    {0x6D2, 0x64A}, {0x6D3, 0x64A}, {0x6D5, 0x647},
};

static int arabic_of(uint32_t c, uint8_t out[4])
{
	if (c >= 0x660 && c <= 0x669)
		return out[0] = (uint8_t)(26 + c - 0x660), 1;
	for (size_t i = 0; i < sizeof arabic_variants / sizeof *arabic_variants; i++)
		if (arabic_variants[i].from == c)
			return search(SCRIPT_ARABIC, arabic_variants[i].to, out);
	return search(SCRIPT_ARABIC, c, out);
}

enum { SYLLABLES = 0xAC00, SYLLABLES_END = 0xD7A3, MUTE = 11 /* the head that is not spoken */ };

static int hangul_of(uint32_t c, uint8_t out[4])
{
	uint32_t s = c - SYLLABLES, head = s / (VOWELS * (FEET + 1)), foot = s % (FEET + 1);
	int count = 0;
	if (head != MUTE)
		out[count++] = (uint8_t)head;
	out[count++] = (uint8_t)(HEADS + s / (FEET + 1) % VOWELS);
	if (foot > 0)
		out[count++] = (uint8_t)(HEADS + VOWELS + foot - 1);
	return count;
}

int letters_of_code_point(uint32_t c, enum script *script, uint8_t out[4])
{
	*script = SCRIPT_LATIN;
	int count = latin_of(c, out);
	if (count >= 0)
		return count;
	if (c >= SYLLABLES && c <= SYLLABLES_END)
		return *script = SCRIPT_HANGUL, hangul_of(c, out);
	if (c >= 0x5D0 && c <= 0x5F2)
		return *script = SCRIPT_HEBREW, hebrew_of(c, out);
	if (c >= 0x620 && c <= 0x6D5) {
		count = arabic_of(c, out);
		*script = c >= 0x660 && c <= 0x669 ? SCRIPT_LATIN : SCRIPT_ARABIC;
		return count;
	}
	if (c >= 0x400 && c <= 0x52F) {
		*script = SCRIPT_CYRILLIC;
		count = search(SCRIPT_CYRILLIC, c, out);
		return count >= 0 ? count : search(SCRIPT_CYRILLIC, without_marks(c), out);
	}
	uint32_t plain = without_marks(c);
	return plain != c ? latin_of(plain, out) : -1;
}

/* --- Letters that look alike ---------------------------------------------------------------- */

/* Cyrillic and Greek small letters (of capitals too) and the Latin ones they pass for. */
static const struct {
	uint16_t other;
	char latin;
} alike[] = {
    {0x430, 'a'}, {0x432, 'b'}, {0x435, 'e'}, {0x43A, 'k'}, {0x43C, 'm'}, {0x43D, 'h'},
    {0x43E, 'o'}, {0x440, 'p'}, {0x441, 'c'}, {0x442, 't'}, {0x443, 'y'}, {0x445, 'x'},
    {0x456, 'i'}, {0x458, 'j'}, {0x455, 's'}, {0x4BB, 'h'}, {0x501, 'd'}, {0x51B, 'q'},
    {0x51D, 'w'}, {0x3B1, 'a'}, {0x3B5, 'e'}, {0x3B9, 'i'}, {0x3BA, 'k'}, {0x3BD, 'v'},
    {0x3BF, 'o'}, {0x3C1, 'p'}, {0x3C4, 't'}, {0x3C5, 'u'}, {0x3C7, 'x'}, {0x3B2, 'b'},
    {0x3B6, 'z'}, {0x3BC, 'm'}, {0x3B7, 'n'}, {0x3C5, 'y'},
};

uint32_t letters_look_alike(uint32_t c, bool to_latin)
{
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
		if (to_latin && alike[i].other == c)
			return (uint8_t)alike[i].latin;
		if (!to_latin && (uint8_t)alike[i].latin == c && alike[i].other < 0x530 &&
		    alike[i].other >= 0x400)
			return alike[i].other;
	}
	return 0;
}
