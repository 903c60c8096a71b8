#include "alike.h"

#include <string.h>

#include "align.h"

static bool same_letters(const struct name_word *a, const struct name_word *b)
{
	return a->hash == b->hash && a->script == b->script && a->length == b->length &&
	       memcmp(a->letters, b->letters, a->length) == 0;
}

static bool same_group(const struct name_word *a, const struct name_word *b)
{
	for (size_t i = 0; i < 3 && a->groups[i] != 0; i++)
		for (size_t k = 0; k < 3 && b->groups[k] != 0; k++)
			if (a->groups[i] == b->groups[k])
				return true;
	return false;
}

/* Seen by the letters that they have in common. */
static bool is_less(const struct name_word *a, const struct name_word *b, double least)
{
	return a->script == b->script &&
	       !align_bags_reach(align_steps(), (int)(least * ((a->self + b->self) / 2)) - 1,
	                         a->most, a->bag, b->most, b->bag);
}

/* Two Latin words with too few letters in common are not worth aligning. */
static bool too_far(const struct name_word *a, const struct name_word *b)
{
	unsigned common = letters_count(a->bag & b->bag);
	if (a->script != SCRIPT_LATIN && b->script != SCRIPT_LATIN && a->script != b->script)
		return false;
	if (a->script == SCRIPT_HANGUL || b->script == SCRIPT_HANGUL ||
	    a->script == SCRIPT_HEBREW || b->script == SCRIPT_HEBREW ||
	    a->script == SCRIPT_ARABIC || b->script == SCRIPT_ARABIC)
		return common == 0;
	return 2 * common < letters_count(a->bag) || 2 * common < letters_count(b->bag);
}

static bool has_article(const struct name_word *w)
{
	bool is_a = w->latin_length > 4 && (w->latin[0] == 0 || w->latin[0] == 4);
	return is_a && w->latin[1] == latin_code('l') && w->script == SCRIPT_LATIN;
}

static struct letters_run without_article(const struct name_word *w)
{
	return (struct letters_run){
	    w->script,      w->length - 2u, w->latin_length - 2u,
	    w->letters + 2, w->latin + 2,   align_self(w->latin + 2, w->latin_length - 2u),
	    w->bag};
}

double alike_words(struct align_asked *asked, const struct name_word *a, const struct name_word *b,
                   double least, enum link_how *how)
{
	*how = LINK_SAME;
	if (same_letters(a, b))
		return 1;
	if (a->number != 0 && b->number != 0) {
		*how = LINK_NUMBER;
		return a->number == b->number ? 1 : 0;
	}
	if ((a->flags & FLAG_INITIAL) != 0 || (b->flags & FLAG_INITIAL) != 0) {
		*how = LINK_INITIAL;
		return a->latin[0] == b->latin[0] && a->latin_length > 0 && b->latin_length > 0
		           ? 0.75
		           : 0;
	}
	*how = a->script == b->script ? LINK_SPELLING : LINK_RENDERED;
	struct letters_run x = align_run(a), y = align_run(b);
	double s = too_far(a, b) || is_less(a, b, least) ? 0 : align_asked(asked, &x, &y, least);
	if (s < 0.93 && same_group(a, b))
		return *how = LINK_KNOWN, 0.93;
	if (has_article(a) != has_article(b)) {
		if (has_article(a))
			x = without_article(a);
		else
			y = without_article(b);
		double without = 0.95 * align_asked(asked, &x, &y, 0.8);
		if (without > s && without > 0.8)
			return *how = LINK_ARTICLE, without;
	}
	return s;
}

/* --- Asked of very many --------------------------------------------------------------------- */

void alike_ask(struct alike_asked *asked, const struct name_word *word,
               struct align_asked *profiles)
{
	*asked = (struct alike_asked){.word = word, .run = align_run(word), .profiles = profiles};
	asked->is_plain = (word->flags & FLAG_INITIAL) == 0 && !has_article(word);
}

bool alike_is_less(struct alike_asked *asked, const struct name_word *other, double least)
{
	const struct name_word *w = asked->word;
	enum script script = (enum script)other->script;
	if (!asked->is_plain || (other->flags & FLAG_INITIAL) != 0 || has_article(other) ||
	    (w->number != 0 && other->number != 0) || (w->groups[0] != 0 && other->groups[0] != 0))
		return false;
	if (!asked->is_made[script])
		asked->at[script] = align_asked_profile(asked->profiles, &asked->run, script);
	asked->is_made[script] = true;
	return asked->at[script] != NULL &&
	       align_asked_is_less(asked->at[script], &asked->run, other, least);
}

/* --- Remembered ----------------------------------------------------------------------------- */

void alike_forget(struct alike_memory *m)
{
	m->stamp++;
	m->whole.is_made = false;
	for (size_t i = 0; i < NAME_WORDS; i++)
		m->together[0][i].is_made = m->together[1][i].is_made = false;
	align_forget(&m->asked);
}

static struct alike_slot *slot_of(struct alike_memory *m, const struct name_word *a,
                                  const struct name_word *b)
{
	uint64_t at = (uintptr_t)a * 0x9E3779B97F4A7C15u ^ (uintptr_t)b * 0xC2B2AE3D27D4EB4Fu;
	return &m->slots[(at * 0x9E3779B97F4A7C15u >> 48) % ALIKE_SLOTS];
}

void alike_remember(struct alike_memory *m, const struct name_word *a, const struct name_word *b,
                    double similarity, enum link_how how)
{
	*slot_of(m, a, b) = (struct alike_slot){a, b, similarity, m->stamp, how};
}

double alike_again(struct alike_memory *m, const struct name_word *a, const struct name_word *b,
                   double least, enum link_how *how)
{
	struct alike_slot *s = slot_of(m, a, b);
	if (s->stamp != m->stamp || s->a != a || s->b != b) {
		double similarity = alike_words(&m->asked, a, b, least, how);
		*s = (struct alike_slot){a, b, similarity, m->stamp, *how};
	}
	*how = s->how;
	return s->similarity;
}
