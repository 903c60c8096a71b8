#include "compare.h"

#include <string.h>

#include "align.h"

const char *const feature_names[FEATURES] = {
    "less-explained",  "more-explained", "less-squared", "worst-link",      "mean-link",
    "conflict",        "missing",        "evidence",     "one-link",        "numbers-differ",
    "number-missing",  "forms-differ",   "forms-same",   "order",           "initials",
    "initials-differ", "known",          "joined",       "families-differ", "first-differs",
    "last-differs",    "equal",          "whole",        "generic",         "rest",
    "length",          "one-word",       "conflict-far", "supported"};

/* Less alike than this is not alike; what lies above is spread over 0 to 1. */
static const double ALIKE = 0.45;
static const double UNKNOWN = -1;
/* Words written as one are as alike as this. */
static const double JOINED_LEAST = 0.7;

enum { CANDIDATES = 1200, RUN = 3 * WORD_LETTERS };

static double least(double a, double b)
{
	return a < b ? a : b;
}

static double most(double a, double b)
{
	return a > b ? a : b;
}

static double spread(double similarity)
{
	return similarity <= ALIKE ? 0 : (similarity - ALIKE) / (1 - ALIKE);
}

/* --- Words run together --------------------------------------------------------------------- */

struct candidate {
	struct link link;
	double value;
};

struct pairing {
	const struct name *a, *b;
	struct alike_memory *memory; /* NULL: none */
	struct candidate candidates[CANDIDATES];
	size_t count;
	double word_similarity[NAME_WORDS][NAME_WORDS]; /* UNKNOWN: less than ALIKE */
};

static struct align_asked *asked_of(const struct pairing *p)
{
	return p->memory != NULL ? &p->memory->asked : NULL;
}

static double weight_of(const struct name *n, size_t from, size_t count)
{
	double weight = 0;
	for (size_t i = from; i < from + count; i++)
		weight += n->words[i]->weight / 1000.0;
	return weight;
}

static bool is_form(const struct name *n, size_t i)
{
	return (n->roles[i] & ROLE_FORM) != 0;
}

static void offer(struct pairing *p, struct link link)
{
	double value = spread(link.similarity) * (weight_of(p->a, link.a, link.a_count) +
	                                          weight_of(p->b, link.b, link.b_count));
	/* Of equals, those at one place in both names. */
	value -= 0.001 * (link.a > link.b ? link.a - link.b : link.b - link.a);
	if (link.how == LINK_INITIAL)
		value *= 0.5;
	if (value <= 0 || p->count == CANDIDATES)
		return;
	p->candidates[p->count++] = (struct candidate){link, value};
}

/* Up to three words as one; false when they are not of one script or stand for a form. */
static bool run_together(const struct name *n, size_t from, size_t count, struct letters_room *room,
                         struct letters_run *out)
{
	*out = (struct letters_run){.script = n->words[from]->script};
	for (size_t i = from; i < from + count; i++) {
		const struct name_word *w = n->words[i];
		if (w->script != out->script || is_form(n, i) || (w->flags & FLAG_NUMBER) != 0)
			return false;
		align_append(out, room, w);
	}
	return true;
}

/* Some words of `many`, and one of `one`, in letters of the same kind of length. */
static bool may_be_joined(const struct name *many, size_t from, size_t count,
                          const struct name_word *one)
{
	size_t length = 0;
	for (size_t i = from; i < from + count; i++)
		length += many->words[i]->latin_length;
	if (many->words[from]->script == one->script)
		return length <= one->latin_length + 2u && one->latin_length <= length + 2;
	return length <= 3u * one->latin_length && one->latin_length <= 3 * length;
}

/* Words `from`... of `many` as one, against word `at` of `one`. */
static double joined(const struct pairing *p, bool a_is_many, size_t from, size_t count, size_t at)
{
	const struct name *many = a_is_many ? p->a : p->b, *one = a_is_many ? p->b : p->a;
	struct alike_run here, *x = &here;
	struct letters_run y = align_run(one->words[at]);
	if (!may_be_joined(many, from, count, one->words[at]))
		return 0;
	if (a_is_many && p->memory != NULL)
		x = &p->memory->together[count - 2][from];
	if (x == &here || !x->is_made)
		x->is_run = run_together(many, from, count, &x->room, &x->run);
	x->is_made = true;
	if (!x->is_run)
		return 0;
	return a_is_many ? align_asked(asked_of(p), &x->run, &y, JOINED_LEAST)
	                 : align_asked(asked_of(p), &y, &x->run, JOINED_LEAST);
}

static void offer_joined(struct pairing *p, bool a_is_many)
{
	const struct name *many = a_is_many ? p->a : p->b, *one = a_is_many ? p->b : p->a;
	for (uint8_t at = 0; at < one->count; at++) {
		const struct name_word *w = one->words[at];
		if (is_form(one, at) || w->latin_length < 3 || (w->flags & FLAG_NUMBER) != 0)
			continue;
		for (uint8_t from = 0; from + 1 < many->count; from++) {
			for (uint8_t count = 2; count <= 3 && from + count <= many->count;
			     count++) {
				double s = joined(p, a_is_many, from, count, at);
				if (s < JOINED_LEAST)
					continue;
				struct link link =
				    a_is_many ? (struct link){from, count, at, 1, LINK_JOINED, s}
				              : (struct link){at, 1, from, count, LINK_JOINED, s};
				offer(p, link);
			}
		}
	}
}

/* --- Acronyms ------------------------------------------------------------------------------- */

static void offer_acronyms(struct pairing *p, bool a_is_many)
{
	const struct name *many = a_is_many ? p->a : p->b, *one = a_is_many ? p->b : p->a;
	for (uint8_t at = 0; at < one->count; at++) {
		const struct name_word *w = one->words[at];
		if (w->latin_length < 3 || w->latin_length > 8 || is_form(one, at))
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
			if (is_form(p->a, i) || is_form(p->b, k))
				continue;
			const struct name_word *x = p->a->words[i], *y = p->b->words[k];
			double s = p->memory != NULL ? alike_again(p->memory, x, y, ALIKE, &how)
			                             : alike_words(NULL, x, y, ALIKE, &how);
			p->word_similarity[i][k] = s < ALIKE ? UNKNOWN : s;
			offer(p, (struct link){i, 1, k, 1, how, s});
		}
	}
}

/* Of equals those at the front, whichever of the names is the first: the order of two says nothing.
 */
static bool comes_before(const struct candidate *x, const struct candidate *y)
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
		struct candidate c = p->candidates[i];
		size_t k = i;
		for (; k > 0 && comes_before(&c, &p->candidates[k - 1]); k--)
			p->candidates[k] = p->candidates[k - 1];
		p->candidates[k] = c;
	}
}

static uint32_t bits(size_t from, size_t count)
{
	return (uint32_t)(((1ull << count) - 1) << from);
}

static void choose_links(struct pairing *p, struct comparison *out)
{
	sort_candidates(p);
	for (size_t i = 0; i < p->count && out->link_count < NAME_WORDS; i++) {
		const struct link *l = &p->candidates[i].link;
		uint32_t a = bits(l->a, l->a_count), b = bits(l->b, l->b_count);
		if ((out->linked_a & a) != 0 || (out->linked_b & b) != 0)
			continue;
		out->links[out->link_count++] = *l;
		out->linked_a |= a;
		out->linked_b |= b;
	}
}

/* --- Features ------------------------------------------------------------------------------- */

struct side {
	const struct name *name;
	uint32_t linked;
	double all, explained, missing; /* weights */
	size_t words;                   /* that are no forms, titles, particles */
	uint32_t content;
};

static struct side side_of(const struct name *n, uint32_t linked)
{
	struct side s = {.name = n, .linked = linked};
	for (size_t i = 0; i < n->count; i++) {
		if (is_form(n, i))
			continue;
		double w = n->words[i]->weight / 1000.0;
		s.all += w;
		if ((linked & 1u << i) == 0)
			s.missing += w;
		if (w >= 0.15) {
			s.words++;
			s.content |= 1u << i;
		}
	}
	return s;
}

static void count_numbers(const struct side *a, const struct side *b, double features[FEATURES])
{
	uint32_t unlinked[2] = {0};
	for (int s = 0; s < 2; s++) {
		const struct side *side = s == 0 ? a : b;
		for (size_t i = 0; i < side->name->count; i++)
			if ((side->name->words[i]->flags & FLAG_NUMBER) != 0 &&
			    (side->linked & 1u << i) == 0)
				unlinked[s]++;
	}
	features[FEATURE_NUMBERS_DIFFER] = unlinked[0] > 0 && unlinked[1] > 0;
	features[FEATURE_NUMBER_MISSING] = (unlinked[0] > 0) != (unlinked[1] > 0);
}

static void count_initials(const struct side *a, const struct side *b, double features[FEATURES])
{
	double missing[2] = {0};
	for (int s = 0; s < 2; s++) {
		const struct side *side = s == 0 ? a : b;
		for (size_t i = 0; i < side->name->count; i++)
			if ((side->name->words[i]->flags & FLAG_INITIAL) != 0 &&
			    (side->linked & 1u << i) == 0 &&
			    (side->name->words[i]->flags & FLAG_PARTICLE) == 0)
				missing[s]++;
	}
	bool differ = (missing[0] > 0 && b->missing > 0.2) || (missing[1] > 0 && a->missing > 0.2);
	features[FEATURE_INITIALS_DIFFER] = differ;
}

static bool family_of(const struct side *s, uint32_t *family)
{
	*family = 0;
	for (size_t i = 0; i < s->name->count; i++)
		if ((s->name->roles[i] & ROLE_FAMILY) != 0 && (s->content & 1u << i) != 0)
			*family |= 1u << i;
	return *family != 0 && (s->content & ~*family) != 0;
}

/* Each says which is the family name, and the two go with other words or with none. */
static bool families_differ(const struct side *a, const struct side *b, const struct comparison *c)
{
	uint32_t x, y;
	if (!family_of(a, &x) || !family_of(b, &y))
		return false;
	for (size_t i = 0; i < c->link_count; i++)
		if ((bits(c->links[i].a, c->links[i].a_count) & x) != 0 &&
		    (bits(c->links[i].b, c->links[i].b_count) & y) != 0)
			return false;
	return true;
}

static const double TURNED = 0.6;

/* Where a word stands when family names that the name marks as such come last. */
static unsigned place_of(const struct name *n, unsigned at)
{
	return at + ((n->roles[at] & ROLE_FAMILY) != 0 ? NAME_WORDS : 0);
}

/* Whether the words of one name come in the other's order when some go from its front to its end.
 */
static bool is_turned(const struct comparison *c)
{
	size_t falls = 0;
	for (size_t i = 0; i < c->link_count; i++) {
		/* Links in a ring by the place of their first word: how often the second falls
		 * back. */
		const struct link *x = &c->links[i], *next = NULL, *first = x;
		for (size_t k = 0; k < c->link_count; k++) {
			const struct link *l = &c->links[k];
			if (l->a > x->a && (next == NULL || l->a < next->a))
				next = l;
			if (l->a < first->a)
				first = l;
		}
		falls += (next != NULL ? next : first)->b < x->b;
	}
	return c->link_count > 1 && falls == 1;
}

static double in_order(const struct pairing *p, const struct comparison *c)
{
	size_t pairs = 0, kept = 0, placed = 0;
	for (size_t i = 0; i < c->link_count; i++) {
		for (size_t k = i + 1; k < c->link_count; k++) {
			const struct link *x = &c->links[i], *y = &c->links[k];
			pairs++;
			kept += (x->a < y->a) == (x->b < y->b);
			placed += (place_of(p->a, x->a) < place_of(p->a, y->a)) ==
			          (place_of(p->b, x->b) < place_of(p->b, y->b));
		}
	}
	/* "PUTIN Vladimir" is in order beside "Vladimir Putin", and "KIM Jong Un" beside "Kim Jong
	 * Un". */
	double best = pairs == 0 ? 1 : (double)(placed > kept ? placed : kept) / (double)pairs;
	/* Where no name says which is the family's, half the world writes it first. */
	return best < TURNED && is_turned(c) ? TURNED : best;
}

/* All letters in a row, as far as they are of one script; false when there are none. */
static bool run_whole(const struct name *n, struct letters_room *room, struct letters_run *out)
{
	*out = (struct letters_run){.script = SCRIPTS};
	for (size_t i = 0; i < n->count; i++) {
		const struct name_word *w = n->words[i];
		if (is_form(n, i))
			continue;
		if (out->script == SCRIPTS)
			out->script = w->script;
		if (w->script != out->script || out->length + w->length > RUN ||
		    out->latin_length + w->latin_length > RUN)
			break;
		align_append(out, room, w);
	}
	return out->length > 0;
}

static double whole(const struct pairing *p)
{
	struct alike_run here, *x = p->memory != NULL ? &p->memory->whole : &here, y;
	if (x == &here || !x->is_made)
		x->is_run = run_whole(p->a, &x->room, &x->run);
	x->is_made = true;
	return x->is_run && run_whole(p->b, &y.room, &y.run)
	           ? align_asked(asked_of(p), &x->run, &y.run, 0)
	           : 0;
}

/* How like the likest two are of the words that have no link. */
static double rest(const struct pairing *p, const struct comparison *c)
{
	double best = 0;
	enum link_how how;
	for (size_t i = 0; i < p->a->count; i++) {
		for (size_t k = 0; k < p->b->count; k++) {
			if ((c->linked_a & 1u << i) != 0 || (c->linked_b & 1u << k) != 0)
				continue;
			/* Of all words: NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) */
			double s = p->word_similarity[i][k];
			if (s == UNKNOWN && best < ALIKE)
				s = alike_words(asked_of(p), p->a->words[i], p->b->words[k], best,
				                &how);
			best = most(best, s);
		}
	}
	return best;
}

static int first_of(uint32_t content)
{
	return content == 0 ? -1 : __builtin_ctz(content);
}

static int last_of(uint32_t content)
{
	return content == 0 ? -1 : 31 - __builtin_clz(content);
}

static bool both_unlinked(const struct side *a, int i, const struct side *b, int k)
{
	return i >= 0 && k >= 0 && (a->linked & 1u << i) == 0 && (b->linked & 1u << k) == 0;
}

static bool is_generic(const struct name_word *w)
{
	return (w->flags & (FLAG_GENERIC | FLAG_NUMBER)) != 0;
}

static void weigh_links(struct comparison *c, struct side *a, struct side *b)
{
	double *f = c->features, weight = 0, generic = 0, mean = 0;
	f[FEATURE_WORST_LINK] = c->link_count > 0 ? 1 : 0;
	for (size_t i = 0; i < c->link_count; i++) {
		const struct link *l = &c->links[i];
		double x = weight_of(a->name, l->a, l->a_count),
		       y = weight_of(b->name, l->b, l->b_count);
		double s = spread(l->similarity), both = (x + y) / 2;
		a->explained += x * s;
		b->explained += y * s;
		weight += both;
		mean += both * l->similarity;
		if (both >= 0.15)
			f[FEATURE_WORST_LINK] = least(f[FEATURE_WORST_LINK], l->similarity);
		generic += (is_generic(a->name->words[l->a]) ? x / 2 : 0) +
		           (is_generic(b->name->words[l->b]) ? y / 2 : 0);
		f[FEATURE_INITIALS] += l->how == LINK_INITIAL;
		f[FEATURE_KNOWN] += l->how == LINK_KNOWN || l->how == LINK_ACRONYM;
		f[FEATURE_JOINED] += l->how == LINK_JOINED;
	}
	f[FEATURE_MEAN_LINK] = weight > 0 ? mean / weight : 0;
	f[FEATURE_GENERIC] = weight > 0 ? generic / weight : 0;
	f[FEATURE_EVIDENCE] = least((a->explained + b->explained) / 2, 4) / 4;
	f[FEATURE_ONE_LINK] = c->link_count == 1;
}

static void set_features(const struct pairing *p, struct comparison *c)
{
	double *f = c->features;
	struct side a = side_of(p->a, c->linked_a), b = side_of(p->b, c->linked_b);
	weigh_links(c, &a, &b);
	double x = a.all > 0 ? a.explained / a.all : 0, y = b.all > 0 ? b.explained / b.all : 0;
	f[FEATURE_LESS_EXPLAINED] = least(x, y);
	f[FEATURE_MORE_EXPLAINED] = most(x, y);
	f[FEATURE_LESS_SQUARED] = f[FEATURE_LESS_EXPLAINED] * f[FEATURE_LESS_EXPLAINED];
	f[FEATURE_CONFLICT] = least(least(a.missing, b.missing), 2);
	f[FEATURE_MISSING] = least(most(a.missing, b.missing), 3);
	count_numbers(&a, &b, f);
	f[FEATURE_FORMS_DIFFER] =
	    p->a->forms != 0 && p->b->forms != 0 && (p->a->forms & p->b->forms) == 0;
	f[FEATURE_FORMS_SAME] = (p->a->forms & p->b->forms) != 0;
	f[FEATURE_ORDER] = in_order(p, c);
	count_initials(&a, &b, f);
	f[FEATURE_FAMILIES_DIFFER] = families_differ(&a, &b, c);
	f[FEATURE_FIRST_DIFFERS] = both_unlinked(&a, first_of(a.content), &b, first_of(b.content));
	f[FEATURE_LAST_DIFFERS] = both_unlinked(&a, last_of(a.content), &b, last_of(b.content));
	f[FEATURE_EQUAL] = f[FEATURE_LESS_EXPLAINED] > 0.9999;
	f[FEATURE_LENGTH] = least((double)(a.words + b.words), 12) / 12;
	f[FEATURE_ONE_WORD] = a.words <= 1 || b.words <= 1;
	f[FEATURE_SUPPORTED] = f[FEATURE_LESS_EXPLAINED] * f[FEATURE_WORST_LINK];
	c->forms_differ = f[FEATURE_FORMS_DIFFER] > 0;
	c->numbers_differ = f[FEATURE_NUMBERS_DIFFER] > 0;
	f[FEATURE_CONFLICT_FAR] = f[FEATURE_CONFLICT];
}

/* This and the whole are what letters must be aligned for: from 0 to 1, and 0 before. */
static void set_rest(const struct pairing *p, struct comparison *c)
{
	double *f = c->features;
	f[FEATURE_REST] = f[FEATURE_CONFLICT] > 0 ? rest(p, c) : 0;
	f[FEATURE_CONFLICT_FAR] = f[FEATURE_CONFLICT] * (1 - f[FEATURE_REST]);
}

/* --- The score ------------------------------------------------------------------------------ */

/* e^x for -40 <= x <= 0, by halving and squaring. */
static double exponential(double x)
{
	double y = x / 256, e = 1 + y * (1 + y / 2 * (1 + y / 3 * (1 + y / 4)));
	for (int i = 0; i < 8; i++)
		e *= e;
	return e;
}

double compare_logistic(double x)
{
	double e = exponential(-least(x < 0 ? -x : x, 40));
	return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

static uint32_t scripts_of(const struct name *n)
{
	uint32_t scripts = 0;
	for (size_t i = 0; i < n->count; i++)
		scripts |= 1u << n->words[i]->script;
	return scripts;
}

static enum model model_of(const struct name *a, const struct name *b)
{
	uint32_t x = scripts_of(a), y = scripts_of(b), differ = x ^ y;
	if ((differ & 1u << SCRIPT_HANGUL) != 0)
		return MODEL_HANGUL;
	if ((differ & (1u << SCRIPT_HEBREW | 1u << SCRIPT_ARABIC)) != 0)
		return MODEL_SHORTHAND;
	if ((differ & 1u << SCRIPT_CYRILLIC) != 0)
		return MODEL_CYRILLIC;
	return a->type == ENTITY_PERSON || b->type == ENTITY_PERSON ? MODEL_PERSON : MODEL_OTHER;
}

/*
 * One word shared with a longer name is little, however well it fits: a firm called Mercury is
 * not everybody called Mercury. By judgement; pairs of this kind are few among the labelled.
 */
static double single_word_penalty(const struct name *a, const struct name *b,
                                  const struct comparison *c)
{
	bool is_person = a->type <= ENTITY_PERSON || b->type <= ENTITY_PERSON;
	return is_person && c->features[FEATURE_ONE_WORD] > 0
	           ? 3 * least(c->features[FEATURE_MISSING], 1)
	           : 0;
}

/*
 * "Asia Bridge 1" is not "Asia Bridge 2": ships of one owner are told apart by nothing else. By
 * judgement; pairs of this kind are few among the labelled.
 */
static double hull_penalty(const struct name *a, const struct name *b, const struct comparison *c)
{
	bool is_craft = a->type >= ENTITY_VESSEL || b->type >= ENTITY_VESSEL;
	return is_craft && c->numbers_differ ? 1.5 : 0;
}

static double log_odds_of(const struct pairing *p, const struct comparison *c)
{
	const double *weights = weights_model[c->model];
	double sum = weights[0];
	for (size_t i = 0; i < FEATURES; i++)
		sum += weights[i + 1] * c->features[i];
	return sum - single_word_penalty(p->a, p->b, c) - hull_penalty(p->a, p->b, c);
}

/*
 * Whether what is not known yet can't change what is needed; then the log odds are the most it
 * can make of them.
 */
static bool is_decided(const struct compare_need *need, const struct pairing *p,
                       struct comparison *c, bool knows_rest)
{
	const double *weights = weights_model[c->model], slack = 1e-9,
	             conflict = c->features[FEATURE_CONFLICT];
	double whole_adds = weights[FEATURE_WHOLE + 1], rest_adds = 0;
	if (!knows_rest && conflict > 0)
		rest_adds =
		    weights[FEATURE_REST + 1] - weights[FEATURE_CONFLICT_FAR + 1] * conflict;
	double least_odds = log_odds_of(p, c) - slack, most_odds = least_odds + 2 * slack;
	least_odds += least(whole_adds, 0) + least(rest_adds, 0);
	most_odds += most(whole_adds, 0) + most(rest_adds, 0);
	for (size_t i = 0; i < sizeof need->sides / sizeof *need->sides; i++)
		if (least_odds <= need->sides[i] && need->sides[i] <= most_odds)
			return false;
	c->log_odds = most_odds;
	return most_odds < need->exact_from;
}

void compare_names_for(const struct compare_need *need, const struct name *a, const struct name *b,
                       struct comparison *out)
{
	struct pairing p;
	p.a = a, p.b = b, p.count = 0, p.memory = need != NULL ? need->memory : NULL;
	memset(out, 0, sizeof *out);
	offer_words(&p);
	offer_joined(&p, true);
	offer_joined(&p, false);
	if (a->type != ENTITY_PERSON && b->type != ENTITY_PERSON) {
		offer_acronyms(&p, true);
		offer_acronyms(&p, false);
	}
	choose_links(&p, out);
	set_features(&p, out);
	out->model = model_of(a, b);
	if (need != NULL && is_decided(need, &p, out, false))
		return;
	set_rest(&p, out);
	if (need != NULL && is_decided(need, &p, out, true))
		return;
	out->features[FEATURE_WHOLE] = whole(&p);
	out->log_odds = log_odds_of(&p, out);
	out->score = out->link_count == 0 ? 0 : compare_logistic(out->log_odds);
}

void compare_names(const struct name *a, const struct name *b, struct comparison *out)
{
	compare_names_for(NULL, a, b, out);
}
