#include "keys.h"

#include <string.h>

enum class { NOTHING, P, K, T, S, M, N, L, R };

/* --- Skeletons ------------------------------------------------------------------------------ */

struct skeleton {
	uint8_t classes[SKELETON_MOST];
	size_t length;
	bool after_same; /* the last letter was of the last class: written twice */
};

static void put(struct skeleton *s, enum class c)
{
	if (c == NOTHING) {
		s->after_same = false;
		return;
	}
	bool again = s->after_same && s->length > 0 && s->classes[s->length - 1] == c;
	if (!again && s->length < SKELETON_MOST)
		s->classes[s->length++] = (uint8_t)c;
	s->after_same = true;
}

static const uint8_t latin_classes[26] = {
    ['b' - 'a'] = P, ['p' - 'a'] = P, ['f' - 'a'] = P, ['v' - 'a'] = P, ['k' - 'a'] = K,
    ['g' - 'a'] = K, ['q' - 'a'] = K, ['c' - 'a'] = K, ['x' - 'a'] = K, ['t' - 'a'] = T,
    ['d' - 'a'] = T, ['s' - 'a'] = S, ['z' - 'a'] = S, ['j' - 'a'] = S, ['m' - 'a'] = M,
    ['n' - 'a'] = N, ['l' - 'a'] = L, ['r' - 'a'] = R,
};

static char at(const struct letters_run *w, size_t i)
{
	return i < w->latin_length ? latin_char(w->latin[i]) : ' ';
}

static bool is_front(char c)
{
	return c == 'e' || c == 'i' || c == 'y';
}

static bool is_vowel(char c)
{
	return c == 'a' || c == 'o' || c == 'u' || is_front(c) || c == 'w' || c == 'h';
}

/* The class of the letter at *i, with those after it that belong to it. */
static enum class latin_class(const struct letters_run *w, size_t *i, enum key_space space) {
	char c = at(w, *i), next = at(w, *i + 1); switch (c){case 'c' : if (next == 'h'){
	    (*i)++; return at(w, *i + 1) == 'r' || at(w, *i + 1) == 'l' ? K : S;}
return next == 'z' || is_front(next) ? S : K;
case 's':
if (next == 'c' && at(w, *i + 2) == 'h')
	*i += 2;
else if (next == 'h' || next == 'z')
	(*i)++;
return S;
case 't':
if (next == 's' || next == 'z' || (next == 'c' && at(w, *i + 2) == 'h'))
	return *i += next == 'c' ? 2 : 1, S;
return next == 'h' && space == KEYS_HANGUL ? S : T;
case 'd':
return next == 'j' || next == 'z' ? ((*i)++, S) : T;
case 'n':
if (next == 'g' && !is_vowel(at(w, *i + 2)))
	(*i)++;
return N;
case 'p':
return P;
case 'r':
if (space == KEYS_HANGUL)
	return is_vowel(next) || next == 'r' ? L : NOTHING;
return R;
default:
return c >= 'a' && c <= 'z' ? latin_classes[c - 'a'] : NOTHING;
}
}

static void latin_skeleton(const struct letters_run *w, enum key_space space, struct skeleton *s)
{
	for (size_t i = 0; i < w->latin_length; i++) {
		bool is_x = at(w, i) == 'x';
		put(s, latin_class(w, &i, space));
		if (is_x)
			put(s, S);
	}
}

/* By the codes of letters.c. */
static const uint8_t hebrew_classes[] = {NOTHING, P, K, T, NOTHING, NOTHING, S,       NOTHING, T,
                                         NOTHING, K, L, M, N,       S,       NOTHING, P,       S,
                                         K,       R, S, T, S,       T,       S,       S,       T};
static const uint8_t arabic_classes[] = {
    NOTHING, P, P, T,       T, S, S, NOTHING, K, T, T, R, S, S,       S,       S,       S,
    T,       T, S, NOTHING, T, K, P, K,       K, K, L, M, N, NOTHING, NOTHING, NOTHING, NOTHING};
static const uint8_t hangul_heads[] = {K, K,       N, T, T, L, M, P, P,      S,
                                       S, NOTHING, S, S, S, K, T, P, NOTHING};
static const uint8_t hangul_feet[] = {K, K, K, N, N, N, T, L, K, M, L, L, L,      P,
                                      L, M, P, P, T, T, N, T, T, K, T, P, NOTHING};

enum { HANGUL_FEET_FROM = 40, VAV = 5 };

static void skeleton_of(const struct letters_run *w, enum key_space space, struct skeleton *s)
{
	*s = (struct skeleton){0};
	if (w->script == SCRIPT_LATIN || w->script == SCRIPT_CYRILLIC) {
		latin_skeleton(w, space, s);
		return;
	}
	for (size_t i = 0; i < w->length; i++) {
		uint8_t c = w->letters[i];
		s->after_same = false;
		if (w->script == SCRIPT_HEBREW && c == VAV && i == 0 && w->length > 1 &&
		    w->letters[1] != VAV)
			put(s, P);
		else if (w->script == SCRIPT_HEBREW && c < sizeof hebrew_classes)
			put(s, hebrew_classes[c]);
		else if (w->script == SCRIPT_ARABIC && c < sizeof arabic_classes)
			put(s, arabic_classes[c]);
		else if (w->script == SCRIPT_HANGUL && c < sizeof hangul_heads)
			put(s, hangul_heads[c]);
		else if (w->script == SCRIPT_HANGUL && c >= HANGUL_FEET_FROM &&
		         c < HANGUL_FEET_FROM + sizeof hangul_feet)
			put(s, hangul_feet[c - HANGUL_FEET_FROM]);
	}
}

/* --- Keys ----------------------------------------------------------------------------------- */

static uint32_t key_of(const uint8_t *classes, size_t length, size_t skip, enum key_space space)
{
	uint32_t h = 2166136261u ^ (uint32_t)space * 0x9E3779B9u;
	for (size_t i = 0; i < length; i++)
		if (i != skip)
			h = (h ^ classes[i]) * 16777619u;
	h ^= h >> 15;
	h *= 0x2C1B3C6Du;
	h ^= h >> 13;
	return h == 0 ? 1 : h;
}

uint32_t keys_joined(const struct letters_run *w)
{
	enum { VOWEL = 20, LEAST = 5 };
	uint8_t pattern[4 * WORD_LATIN];
	size_t length = 0;
	for (size_t i = 0; i < w->latin_length && length < sizeof pattern; i++) {
		char c = at(w, i);
		enum class class = c == 'h' ? NOTHING : latin_class(w, &i, KEYS_GENERAL);
		uint8_t sign = class != NOTHING ? (uint8_t) class : c == 'h' ? 0 : VOWEL;
		if (sign != 0 && (length == 0 || pattern[length - 1] != sign))
			pattern[length++] = sign;
	}
	return length < LEAST ? 0 : key_of(pattern, length, sizeof pattern, KEYS_JOINED);
}

uint32_t keys_of_letters(const struct name_word *w)
{
	return key_of(w->latin, w->latin_length, WORD_LATIN, KEYS_WORD);
}

size_t keys_of_run(const struct letters_run *run, enum key_space space, uint32_t keys[KEYS_MOST])
{
	struct skeleton s;
	size_t count = 0;
	skeleton_of(run, space, &s);
	if (s.length < 2)
		return 0;
	keys[count++] = key_of(s.classes, s.length, SKELETON_MOST, space);
	for (size_t i = 0; i < s.length && s.length >= 3; i++)
		if (i == 0 || s.classes[i] !=
		                  s.classes[i - 1]) /* else the key of leaving out the one before */
			keys[count++] = key_of(s.classes, s.length, i, space);
	return count;
}

size_t keys_of_word(const struct name_word *w, enum key_space space, uint32_t keys[KEYS_MOST])
{
	struct letters_run run = align_run(w);
	size_t count = w->number != 0 ? 0 : keys_of_run(&run, space, keys);
	if (count == 0)
		keys[count++] = keys_of_letters(w);
	return count;
}
