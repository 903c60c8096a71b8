#include "links.h"

#include "align_steps.h"

/* Words written as one are as alike as this. */
static const double JOINED_LEAST = 0.7;

/* --- Words run together --------------------------------------------------------------------- */

static void offer(struct pairing *p, struct link link)
{
	double value = links_spread(link.similarity) * (name_weight(p->a, link.a, link.a_count) +
	                                                name_weight(p->b, link.b, link.b_count));
	/* Of equals, those at one place in both names. */
	value -= 0.001 * (link.a > link.b ? link.a - link.b : link.b - link.a);
	if (link.how == LINK_INITIAL)
		value *= 0.5;
	if (value <= 0 || p->count == LINKS_CANDIDATES)
		return;
	p->candidates[p->count++] = (struct links_candidate){link, value};
}

/* The letters of words of one script. */
static void run_together(const struct name *n, size_t from, size_t count, struct letters_room *room,
                         struct letters_run *out)
{
	*out = (struct letters_run){.script = n->words[from]->script};
	for (size_t i = from; i < from + count; i++)
		align_append(out, room, n->words[i]);
}

/* Words that follow each other as one, without their letters. */
struct together {
	enum script script;
	uint8_t from, count;
	unsigned length; /* in Latin letters */
	int self, most;
	uint32_t bag;
};

/* Two or three words of one script that are no form or number. */
static size_t lay_together(const struct name *n, struct together out[2 * NAME_WORDS])
{
	size_t made = 0;
	for (uint8_t from = 0; from + 1 < n->count; from++) {
		struct together t = {.script = n->words[from]->script, .from = from};
		for (; t.count < 3 && from + t.count < n->count; t.count++) {
			const struct name_word *w = n->words[from + t.count];
			if (w->script != t.script || name_is_form(n, from + t.count) ||
			    (w->flags & FLAG_NUMBER) != 0)
				break;
			t.length += w->latin_length;
			t.self += w->self;
			t.most += w->most;
			t.bag |= w->bag;
			if (t.count > 0) {
				out[made] = t;
				out[made++].count++;
			}
		}
	}
	return made;
}

/* Some words, and one: in letters of the same kind of length and the same letters. */
static inline bool may_be_joined(const struct align_steps *steps, const struct together *t,
                                 const struct name_word *one)
{
	unsigned length = one->latin_length;
	if (t->script != one->script)
		return t->length <= 3 * length && length <= 3 * t->length;
	return t->length + 2 - length <= 4 &&
	       align_bags_reach(steps, (int)(JOINED_LEAST * ((t->self + one->self) / 2)) - 1,
	                        t->most, t->bag, one->most, one->bag);
}

/* Words `from`... of `many` as one, against word `at` of `one`. */
static double joined(const struct pairing *p, bool a_is_many, size_t from, size_t count, size_t at)
{
	const struct name *many = a_is_many ? p->a : p->b, *one = a_is_many ? p->b : p->a;
	struct alike_run here, *x = &here;
	struct letters_run y = align_run(one->words[at]);
	here.is_made = false;
	if (a_is_many && p->memory != NULL)
		x = &p->memory->together[count - 2][from];
	if (!x->is_made)
		run_together(many, from, count, &x->room, &x->run);
	x->is_made = true;
	return a_is_many ? align_asked(links_asked(p), &x->run, &y, JOINED_LEAST)
	                 : align_asked(links_asked(p), &y, &x->run, JOINED_LEAST);
}

static void offer_joined(struct pairing *p, bool a_is_many)
{
	const struct name *many = a_is_many ? p->a : p->b, *one = a_is_many ? p->b : p->a;
	const struct align_steps *steps = align_steps();
	struct together together[2 * NAME_WORDS];
	size_t made = lay_together(many, together);
	for (uint8_t at = 0; at < one->count; at++) {
		const struct name_word *w = one->words[at];
		if (name_is_form(one, at) || w->latin_length < 3 || (w->flags & FLAG_NUMBER) != 0)
			continue;
		for (size_t i = 0; i < made; i++) {
			uint8_t from = together[i].from, count = together[i].count;
			if (!may_be_joined(steps, &together[i], w))
				continue;
			double s = joined(p, a_is_many, from, count, at);
			if (s >= JOINED_LEAST)
				offer(p, a_is_many
				             ? (struct link){from, count, at, 1, LINK_JOINED, s}
				             : (struct link){at, 1, from, count, LINK_JOINED, s});
		}
	}
}

/* --- Acronyms ------------------------------------------------------------------------------- */

static void offer_acronyms(struct pairing *p, bool a_is_many)
{
	const struct name *many = a_is_many ? p->a : p->b, *one = a_is_many ? p->b : p->a;
	for (uint8_t at = 0; at < one->count; at++) {
		const struct name_word *w = one->words[at];
		if (w->latin_length < 3 || w->latin_length > 8 || name_is_form(one, at))
			continue;
		for (uint8_t from = 0; from < many->count; from++) {
			uint8_t letters = 0, count = 0;
			for (; from + count < many->count && letters < w->latin_length; count++) {
				const struct name_word *m = many->words[from + count];
				if (m->latin_length > 1 && m->latin[0] == w->latin[letters])
					letters++;
				else if ((m->flags & FLAG_PARTICLE) == 0 || count == 0)
					break;
			}
			if (letters < w->latin_length)
				continue;
			struct link link =
			    a_is_many ? (struct link){from, count, at, 1, LINK_ACRONYM, 0.9}
			              : (struct link){at, 1, from, count, LINK_ACRONYM, 0.9};
			offer(p, link);
		}
	}
}

/* --- Which goes with which ------------------------------------------------------------------ */

static void offer_words(struct pairing *p)
{
	for (uint8_t i = 0; i < p->a->count; i++) {
		for (uint8_t k = 0; k < p->b->count; k++) {
			enum link_how how;
			p->word_similarity[i][k] = 0;
			if (name_is_form(p->a, i) || name_is_form(p->b, k))
				continue;
			const struct name_word *x = p->a->words[i], *y = p->b->words[k];
			double s = p->memory != NULL
			               ? alike_again(p->memory, x, y, LINKS_ALIKE, &how)
			               : alike_words(NULL, x, y, LINKS_ALIKE, &how);
			p->word_similarity[i][k] = s < LINKS_ALIKE ? LINKS_UNKNOWN : s;
			offer(p, (struct link){i, 1, k, 1, how, s});
		}
	}
}

/* Of equals those at the front, whichever of the names is the first: the order of two says nothing.
 */
static bool comes_before(const struct links_candidate *x, const struct links_candidate *y)
{
	if (x->value != y->value)
		return x->value > y->value;
	int places = x->link.a + x->link.b - y->link.a - y->link.b;
	int words = x->link.a_count + x->link.b_count - y->link.a_count - y->link.b_count;
	return places != 0 ? places < 0 : words < 0;
}

static void sort_candidates(struct pairing *p)
{
	for (size_t i = 1; i < p->count; i++) {
		struct links_candidate c = p->candidates[i];
		size_t k = i;
		for (; k > 0 && comes_before(&c, &p->candidates[k - 1]); k--)
			p->candidates[k] = p->candidates[k - 1];
		p->candidates[k] = c;
	}
}

static void choose(struct pairing *p, struct comparison *out)
{
	sort_candidates(p);
	for (size_t i = 0; i < p->count && out->link_count < NAME_WORDS; i++) {
		const struct link *l = &p->candidates[i].link;
		uint32_t a = name_bits(l->a, l->a_count), b = name_bits(l->b, l->b_count);
		if ((out->linked_a & a) != 0 || (out->linked_b & b) != 0)
			continue;
		out->links[out->link_count++] = *l;
		out->linked_a |= a;
		out->linked_b |= b;
	}
}

void links_choose(struct pairing *p, struct comparison *out)
{
	p->count = 0;
	offer_words(p);
	offer_joined(p, true);
	offer_joined(p, false);
	if (p->a->type != ENTITY_PERSON && p->b->type != ENTITY_PERSON) {
		offer_acronyms(p, true);
		offer_acronyms(p, false);
	}
	choose(p, out);
}

double links_rest_most(const struct pairing *p, const struct comparison *c)
{
	double most = 0;
	for (size_t i = 0; i < p->a->count; i++) {
		for (size_t k = 0; k < p->b->count && (c->linked_a & 1u << i) == 0; k++) {
			double s = p->word_similarity[i][k];
			if ((c->linked_b & 1u << k) != 0)
				continue;
			s = s == LINKS_UNKNOWN ? LINKS_ALIKE : s;
			most = s > most ? s : most;
		}
	}
	return most;
}

double links_rest(const struct pairing *p, const struct comparison *c)
{
	double best = 0;
	enum link_how how;
	for (size_t i = 0; i < p->a->count; i++) {
		for (size_t k = 0; k < p->b->count; k++) {
			if ((c->linked_a & 1u << i) != 0 || (c->linked_b & 1u << k) != 0)
				continue;
			/* Of all words: NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) */
			double s = p->word_similarity[i][k];
			if (s == LINKS_UNKNOWN && best < LINKS_ALIKE)
				s = alike_words(links_asked(p), p->a->words[i], p->b->words[k],
				                best, &how);
			best = s > best ? s : best;
		}
	}
	return best;
}
