#include "compare.h"

#include <string.h>

#include "links.h"

const char *const feature_names[FEATURES] = {
    "less-explained",  "more-explained", "less-squared", "worst-link",      "mean-link",
    "conflict",        "missing",        "evidence",     "one-link",        "numbers-differ",
    "number-missing",  "forms-differ",   "forms-same",   "order",           "initials",
    "initials-differ", "known",          "joined",       "families-differ", "first-differs",
    "last-differs",    "equal",          "whole",        "generic",         "rest",
    "length",          "one-word",       "conflict-far", "supported"};

enum { RUN = 3 * WORD_LETTERS };

static double least(double a, double b)
{
	return a < b ? a : b;
}

static double most(double a, double b)
{
	return a > b ? a : b;
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
		if (name_is_form(n, i))
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
		if ((name_bits(c->links[i].a, c->links[i].a_count) & x) != 0 &&
		    (name_bits(c->links[i].b, c->links[i].b_count) & y) != 0)
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
		if (name_is_form(n, i))
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

/* Or less than `least`, where it is less. */
static double whole(const struct pairing *p, double least_whole)
{
	struct alike_run here, *x = p->memory != NULL ? &p->memory->whole : &here, y;
	if (x == &here || !x->is_made)
		x->is_run = run_whole(p->a, &x->room, &x->run);
	x->is_made = true;
	return x->is_run && run_whole(p->b, &y.room, &y.run)
	           ? align_asked(links_asked(p), &x->run, &y.run, least_whole)
	           : 0;
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
		double x = name_weight(a->name, l->a, l->a_count),
		       y = name_weight(b->name, l->b, l->b_count);
		double s = links_spread(l->similarity), both = (x + y) / 2;
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
	f[FEATURE_REST] = f[FEATURE_CONFLICT] > 0 ? links_rest(p, c) : 0;
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
		rest_adds = links_rest_most(p, c) * (weights[FEATURE_REST + 1] -
		                                     weights[FEATURE_CONFLICT_FAR + 1] * conflict);
	double least_odds = log_odds_of(p, c) - slack, most_odds = least_odds + 2 * slack;
	least_odds += least(whole_adds, 0) + least(rest_adds, 0);
	most_odds += most(whole_adds, 0) + most(rest_adds, 0);
	for (size_t i = 0; i < sizeof need->sides / sizeof *need->sides; i++)
		if (least_odds <= need->sides[i] && need->sides[i] <= most_odds)
			return false;
	c->log_odds = most_odds;
	return most_odds < need->exact_from;
}

/*
 * How much the whole must be for more log odds than `odds`, beyond which the next thing lies that
 * is needed: with less they need not be known better.
 */
static double whole_needed(const struct compare_need *need, const struct pairing *p,
                           const struct comparison *c, double *odds)
{
	enum { SIDES = sizeof need->sides / sizeof *need->sides };
	double weight = weights_model[c->model][FEATURE_WHOLE + 1], now = log_odds_of(p, c),
	       next = need->exact_from;
	const double slack = 1e-6;
	for (size_t i = 0; i < SIDES; i++)
		if (need->sides[i] > now - slack && need->sides[i] < next)
			next = need->sides[i];
	*odds = next - slack;
	return weight > 0 && *odds > now ? (*odds - now) / weight : 0;
}

void compare_names_for(const struct compare_need *need, const struct name *a, const struct name *b,
                       struct comparison *out)
{
	struct pairing p;
	p.a = a, p.b = b, p.memory = need != NULL ? need->memory : NULL;
	memset(out, 0, sizeof *out);
	links_choose(&p, out);
	set_features(&p, out);
	out->model = model_of(a, b);
	if (need != NULL && is_decided(need, &p, out, false))
		return;
	set_rest(&p, out);
	if (need != NULL && is_decided(need, &p, out, true))
		return;
	double odds = 0, least_whole = need != NULL ? whole_needed(need, &p, out, &odds) : 0;
	out->features[FEATURE_WHOLE] = whole(&p, least_whole);
	if (out->features[FEATURE_WHOLE] < least_whole) {
		out->log_odds = odds;
		return;
	}
	out->log_odds = log_odds_of(&p, out);
	out->score = out->link_count == 0 ? 0 : compare_logistic(out->log_odds);
}

void compare_names(const struct name *a, const struct name *b, struct comparison *out)
{
	compare_names_for(NULL, a, b, out);
}
