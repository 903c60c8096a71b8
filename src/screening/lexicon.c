#include "lexicon.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "lexicon_words.h"
#include "weights.h"

enum { WORDS_ROOM = 8192, PHRASES_ROOM = 1024, TEXT_ROOM = 64 << 10 };

static struct {
	struct word words[WORDS_ROOM]; /* hashed openly; text NULL where there is none */
	size_t word_count;
	struct {
		const char *words[PHRASE_WORDS];
		uint8_t count, form;
	} phrases[PHRASES_ROOM];
	size_t phrase_count;
	uint16_t phrases_from[WORDS_ROOM]; /* first phrase and 1 that begins with the word */
	uint16_t phrase_next[PHRASES_ROOM];
	char text[TEXT_ROOM];
	size_t text_length;
} lexicon;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t hash_of(const char *word, size_t length)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < length; i++)
		h = (h ^ (uint8_t)word[i]) * 16777619u;
	return h ^ h >> 15;
}

static struct word *slot_of(const char *word, size_t length)
{
	size_t at = hash_of(word, length) % WORDS_ROOM;
	while (lexicon.words[at].text != NULL) {
		const char *have = lexicon.words[at].text;
		if (strncmp(have, word, length) == 0 && have[length] == 0)
			break;
		at = (at + 1) % WORDS_ROOM;
	}
	return &lexicon.words[at];
}

static struct word *add(const char *word, size_t length)
{
	struct word *w = slot_of(word, length);
	if (w->text != NULL)
		return w;
	lexicon.word_count++;
	assert(lexicon.word_count < WORDS_ROOM / 2 && lexicon.text_length + length < TEXT_ROOM);
	char *text = lexicon.text + lexicon.text_length;
	memcpy(text, word, length);
	lexicon.text_length += length + 1;
	w->text = text;
	return w;
}

/* The next word of a list between blanks; false at its end or at a bar. */
static bool next_word(const char **list, const char **word, size_t *length)
{
	*list += strspn(*list, " ");
	*word = *list;
	*length = strcspn(*list, " |");
	*list += *length;
	return *length > 0;
}

static void add_kind(const char *list, enum word_kind kind)
{
	const char *word;
	size_t length;
	while (next_word(&list, &word, &length))
		add(word, length)->kinds |= (uint8_t)kind;
}

static void join_group(struct word *w, uint16_t group)
{
	size_t i = 0;
	while (i < WORD_GROUPS && w->groups[i] != 0 && w->groups[i] != group)
		i++;
	if (i < WORD_GROUPS)
		w->groups[i] = group;
}

static void add_groups(void)
{
	uint16_t group = 1;
	for (size_t i = 0; i < sizeof name_groups / sizeof *name_groups; i++) {
		const char *list = name_groups[i], *word;
		size_t length;
		for (; *list != 0; group++, list += *list == '|')
			while (next_word(&list, &word, &length))
				join_group(add(word, length), group);
	}
}

static void add_numbers(void)
{
	const char *list = numbers, *word;
	size_t length;
	for (uint16_t value = 0; *list != 0; value++, list += *list == '|') {
		while (next_word(&list, &word, &length)) {
			struct word *w = add(word, length);
			w->kinds |= WORD_NUMBER;
			w->number = (uint16_t)(value + 1);
		}
	}
}

static void add_phrase(const char **list, enum legal_form form)
{
	const char *word;
	size_t length, p = lexicon.phrase_count++;
	assert(p < PHRASES_ROOM);
	lexicon.phrases[p].form = (uint8_t)form;
	while (next_word(list, &word, &length)) {
		assert(lexicon.phrases[p].count < PHRASE_WORDS);
		lexicon.phrases[p].words[lexicon.phrases[p].count++] = add(word, length)->text;
	}
	struct word *first =
	    slot_of(lexicon.phrases[p].words[0], strlen(lexicon.phrases[p].words[0]));
	if (lexicon.phrases[p].count == 1) {
		first->kinds |= WORD_FORM;
		first->form = (uint8_t)form;
	}
	uint16_t *from = &lexicon.phrases_from[first - lexicon.words];
	lexicon.phrase_next[p] = *from;
	*from = (uint16_t)(p + 1);
}

static void fill(void)
{
	add_kind(particles, WORD_PARTICLE);
	add_kind(titles, WORD_TITLE);
	add_kind(generics, WORD_GENERIC);
	add_kind(vessels, WORD_VESSEL);
	add_kind("abd abdul abdel abdal abdur abdoul abdol abdus abdu abdool abed", WORD_SERVANT);
	add_groups();
	add_numbers();
	for (size_t i = 0; i < sizeof form_phrases / sizeof *form_phrases; i++)
		for (const char *list = form_phrases[i].phrases; *list != 0; list += *list == '|')
			add_phrase(&list, form_phrases[i].form);
	for (size_t i = 0; i < weights_seen_count; i++)
		add(weights_seen[i].word, strlen(weights_seen[i].word))->seen =
		    weights_seen[i].count;
}

const struct word *lexicon_find(const char *word, size_t length)
{
	pthread_once(&once, fill);
	const struct word *w = slot_of(word, length);
	return w->text != NULL ? w : NULL;
}

size_t lexicon_form(const char *const words[], size_t count, enum legal_form *form)
{
	const struct word *first = lexicon_find(words[0], strlen(words[0]));
	size_t longest = 0;
	if (first == NULL)
		return 0;
	for (size_t p = lexicon.phrases_from[first - lexicon.words]; p != 0;
	     p = lexicon.phrase_next[p - 1]) {
		size_t length = lexicon.phrases[p - 1].count, i = 1;
		if (length > count || length <= longest)
			continue;
		while (i < length && strcmp(words[i], lexicon.phrases[p - 1].words[i]) == 0)
			i++;
		if (i < length)
			continue;
		longest = length;
		*form = lexicon.phrases[p - 1].form;
	}
	return longest;
}

bool lexicon_same_group(const struct word *a, const struct word *b)
{
	for (size_t i = 0; i < WORD_GROUPS && a->groups[i] != 0; i++)
		for (size_t k = 0; k < WORD_GROUPS && b->groups[k] != 0; k++)
			if (a->groups[i] == b->groups[k])
				return true;
	return false;
}
