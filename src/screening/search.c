/*
 * Searching: for each word asked for, the words of the index that are like it; for those, the
 * names that have them; the names that enough speaks for are compared in full.
 */
#include "index.h"

#include <assert.h>
#include <stdlib.h>

#include "compare.h"
#include "evidence.h"

enum {
	NAMES_SLOTS = 1 << 14,      /* names with a word in common, in one index */
	NAMES_MOST = NAMES_SLOTS / 2,
	POSTINGS_MOST = 1 << 16,    /* names looked at for one word */
	LIKE_MOST = 512,            /* words of the index like one asked for */
	SEEN_SLOTS = 4096,
	COMPARED_MOST = 256,        /* names compared in full, an index and name asked for */
	MISSES_MOST = 8,            /* those in a row that are none: less speaks for all that follow */
	HITS_MOST = 1024,
	FREQUENT = 1024,            /* names: a word in more of them only adds to what others found */
};

static const double LIKE = 0.5;               /* words less alike are not followed */
static const double WORTH_LESS = 0.2, WORTH_MORE = 0.3; /* shares explained for a full comparison */
static const double NEAR = 0.2, DEFAULT_LIMIT = 64;

struct like {
	uint32_t word;
	float    similarity;
};

struct asked_word { /* one word asked for, and what the index has for it */
	const struct name_word *word;
	double                  weight;
	size_t                  count;
	uint64_t                postings;
	struct like             like[LIKE_MOST];
};

struct found_name {
	uint32_t name;
	float    sum, last;
	uint16_t slot;
	uint8_t  last_word;
};

struct hit {
	uint32_t                 index, entity, name;
	double                   log_odds;
	const struct prepared   *asked;
};

struct screening_searcher {
	const struct screening_index *const *indexes;
	size_t                               index_count;
	struct asked_word                    words[NAME_WORDS];
	size_t                               word_count;
	uint32_t                             slots[NAMES_SLOTS]; /* of found, and 1 */
	struct found_name                    found[NAMES_MOST];
	size_t                               found_count;
	uint32_t                             seen[SEEN_SLOTS], seen_stamp[SEEN_SLOTS], stamp;
	struct hit                           hits[HITS_MOST];
	size_t                               hit_count;
	bool                                 is_cut;
};

struct screening_searcher *screening_searcher_new(const struct screening_index *const indexes[], size_t count)
{
	struct screening_searcher *s = calloc(1, sizeof *s);
	if (s == NULL)
		abort();
	s->indexes = indexes;
	s->index_count = count;
	return s;
}

void screening_searcher_free(struct screening_searcher *s)
{
	free(s);
}

/* --- Words like those asked for ------------------------------------------------------------- */

static bool is_new(struct screening_searcher *s, uint32_t word)
{
	size_t at = (word * 0x9E3779B1u) >> 20;
	for (size_t tries = 0; tries < 64; tries++, at = (at + 1) % SEEN_SLOTS) {
		if (s->seen_stamp[at] != s->stamp) {
			s->seen_stamp[at] = s->stamp;
			s->seen[at] = word;
			return true;
		}
		if (s->seen[at] == word)
			return false;
	}
	return true; /* full hereabouts: to look twice is slow, not wrong */
}

static bool shapes_agree(uint32_t a, uint32_t b, bool is_rendered)
{
	uint32_t letters = (1u << INDEX_BAG_BITS) - 1, m = a >> INDEX_BAG_BITS, n = b >> INDEX_BAG_BITS;
	int      common = __builtin_popcount(a & b & letters);
	if (is_rendered)
		return common > 0 && m <= 2 * n + 2 && n <= 2 * m + 2;
	int x = __builtin_popcount(a & letters), y = __builtin_popcount(b & letters);
	return 5 * common >= 3 * (x > y ? x : y) && 2 * m <= 3 * n + 2 && 2 * n <= 3 * m + 2;
}

static uint32_t shape_of(const struct name_word *w)
{
	return (w->bag & ((1u << INDEX_BAG_BITS) - 1)) | (uint32_t)w->latin_length << INDEX_BAG_BITS;
}

static void add_like(const struct screening_index *x, struct asked_word *a, uint32_t word, double similarity)
{
	if (a->count == LIKE_MOST)
		return;
	a->like[a->count++] = (struct like){word, (float)similarity};
	a->postings += x->postings_at[word + 1] - x->postings_at[word];
}

static void look_up(struct screening_searcher *s, const struct screening_index *x, struct asked_word *a,
    const uint32_t keys[], size_t count)
{
	uint32_t shape = shape_of(a->word);
	bool     is_rendered = a->word->script != SCRIPT_LATIN;
	for (size_t i = 0; i < count; i++) {
		size_t bucket = keys[i] >> x->keys_shift;
		for (uint32_t k = x->keys_at[bucket]; k < x->keys_at[bucket + 1]; k++) {
			const struct index_key *key = &x->keys[k];
			enum link_how           how;
			if (key->key != keys[i])
				continue;
			/* Of another script the letters say less; how it is written is seen when it is compared. */
			if (!shapes_agree(shape, key->shape, is_rendered || x->words[key->word].script != SCRIPT_LATIN) ||
			    !is_new(s, key->word))
				continue;
			double similarity = compare_words(a->word, &x->words[key->word], &how);
			if (similarity >= LIKE)
				add_like(x, a, key->word, similarity);
		}
	}
}

static void find_like(struct screening_searcher *s, const struct screening_index *x, struct asked_word *a)
{
	uint32_t keys[KEYS_MOST];
	s->stamp++;
	a->count = 0;
	a->postings = 0;
	enum key_space space = a->word->script == SCRIPT_HANGUL ? KEYS_HANGUL : KEYS_GENERAL;
	look_up(s, x, a, keys, keys_of_word(a->word, space, keys));
	if (space == KEYS_GENERAL && x->has_hangul)
		look_up(s, x, a, keys, keys_of_word(a->word, KEYS_HANGUL, keys));
}

/* --- Names that have them ------------------------------------------------------------------- */

static struct found_name *name_slot(struct screening_searcher *s, uint32_t name, bool may_add)
{
	size_t at = (name * 0x9E3779B1u) >> 18;
	for (; s->slots[at] != 0; at = (at + 1) % NAMES_SLOTS)
		if (s->found[s->slots[at] - 1].name == name)
			return &s->found[s->slots[at] - 1];
	if (!may_add || s->found_count == NAMES_MOST)
		return NULL;
	s->found[s->found_count] = (struct found_name){.name = name, .slot = (uint16_t)at, .last_word = UINT8_MAX};
	s->slots[at] = (uint32_t)++s->found_count;
	return &s->found[s->found_count - 1];
}

static void forget_names(struct screening_searcher *s)
{
	for (size_t i = 0; i < s->found_count; i++)
		s->slots[s->found[i].slot] = 0;
}

static void credit(struct found_name *f, uint8_t word, float value)
{
	if (f->last_word == word) { /* two words of the name are like this one: the better counts */
		if (value > f->last) {
			f->sum += value - f->last;
			f->last = value;
		}
		return;
	}
	f->sum += value;
	f->last = value;
	f->last_word = word;
}

static void follow(struct screening_searcher *s, const struct screening_index *x, uint8_t number)
{
	struct asked_word *a = &s->words[number];
	uint64_t           left = POSTINGS_MOST;
	for (size_t i = 0; i < a->count && left > 0; i++) {
		uint32_t from = x->postings_at[a->like[i].word], to = x->postings_at[a->like[i].word + 1];
		float    value = (float)(a->like[i].similarity * a->weight);
		for (; from < to && left > 0; from++, left--) {
			struct found_name *f = name_slot(s, x->postings[from], true);
			if (f != NULL)
				credit(f, number, value);
		}
	}
}

/* A frequent word is looked for in the names that rarer ones have found, not in all that have it. */
static void look_back(struct screening_searcher *s, const struct screening_index *x, uint8_t number)
{
	struct asked_word *a = &s->words[number];
	for (size_t i = 0; i < s->found_count; i++) {
		const struct index_name *n = &x->names[s->found[i].name];
		for (size_t k = 0; k < n->count; k++) {
			uint32_t word = x->name_words[n->words + k] & INDEX_WORD_MASK;
			for (size_t l = 0; l < a->count; l++)
				if (a->like[l].word == word)
					credit(&s->found[i], number, (float)(a->like[l].similarity * a->weight));
		}
	}
}

static void sort_words(struct screening_searcher *s, uint8_t order[NAME_WORDS])
{
	for (size_t i = 0; i < s->word_count; i++) {
		size_t k = i;
		for (; k > 0 && s->words[order[k - 1]].postings > s->words[i].postings; k--)
			order[k] = order[k - 1];
		order[k] = (uint8_t)i;
	}
}

static void gather(struct screening_searcher *s, const struct screening_index *x)
{
	uint8_t order[NAME_WORDS] = {0};
	for (size_t i = 0; i < s->word_count; i++)
		find_like(s, x, &s->words[i]);
	sort_words(s, order);
	double followed = 0, all = 0;
	for (size_t i = 0; i < s->word_count; i++)
		all += s->words[i].weight;
	for (size_t i = 0; i < s->word_count; i++) {
		const struct asked_word *a = &s->words[order[i]];
		/* What has none of the words followed so far cannot be explained enough by the rest. */
		if (a->postings > FREQUENT && (followed > (1 - WORTH_LESS) * all ||
		                                  (s->found_count > 0 && followed >= 0.5 * all)))
			look_back(s, x, order[i]);
		else
			follow(s, x, order[i]);
		if (a->count > 0)
			followed += a->weight;
	}
}

/* --- Words written as one, and apart -------------------------------------------------------- */

static void add_joined(struct screening_searcher *s, const struct screening_index *x, uint32_t key, float value)
{
	size_t bucket = key >> x->joined_shift;
	for (uint32_t i = x->joined_at[bucket]; i < x->joined_at[bucket + 1]; i++) {
		if (x->joined[i].key != key)
			continue;
		struct found_name *f = name_slot(s, x->joined[i].value, true);
		if (f != NULL)
			credit(f, NAME_WORDS, value);
	}
}

static void gather_joined(struct screening_searcher *s, const struct screening_index *x, const struct name *asked)
{
	for (size_t i = 0; i < s->word_count; i++) {
		struct letters_run run = align_run(s->words[i].word);
		uint32_t           key = keys_joined(&run);
		if (key != 0)
			add_joined(s, x, key, (float)s->words[i].weight);
	}
	for (size_t i = 0; i + 1 < asked->count; i++) {
		const struct name_word *a = asked->words[i], *b = asked->words[i + 1];
		if (a->script != b->script || a->number != 0 || b->number != 0 ||
		    ((asked->roles[i] | asked->roles[i + 1]) & ROLE_FORM) != 0 ||
		    a->length + b->length > WORD_LETTERS || a->latin_length + b->latin_length > WORD_LATIN)
			continue;
		struct name_word both = *a;
		memcpy(both.letters + a->length, b->letters, b->length);
		memcpy(both.latin + a->latin_length, b->latin, b->latin_length);
		both.length = (uint8_t)(a->length + b->length);
		both.latin_length = (uint8_t)(a->latin_length + b->latin_length);
		both.bag |= b->bag;
		both.flags = 0;
		struct letters_run run = align_run(&both);
		uint32_t           keys[KEYS_MOST];
		struct asked_word *spare = &s->words[s->word_count];
		if (s->word_count == NAME_WORDS || keys_of_run(&run, KEYS_GENERAL, keys) == 0)
			continue;
		*spare = (struct asked_word){.word = &both, .weight = (a->weight + b->weight) / 1000.0};
		s->stamp++;
		look_up(s, x, spare, keys, 1);
		if (spare->postings <= FREQUENT)
			follow(s, x, (uint8_t)s->word_count);
	}
}

/* --- Hits ----------------------------------------------------------------------------------- */

static void add_hit(struct screening_searcher *s, struct hit hit)
{
	for (size_t i = 0; i < s->hit_count; i++) {
		if (s->hits[i].index != hit.index || s->hits[i].entity != hit.entity)
			continue;
		if (hit.log_odds > s->hits[i].log_odds)
			s->hits[i] = hit;
		return;
	}
	if (s->hit_count < HITS_MOST)
		s->hits[s->hit_count++] = hit;
	else
		s->is_cut = true;
}

static double log_odds_of(const struct screening_index *x, uint32_t name, const struct name *asked)
{
	struct name       listed;
	struct comparison c;
	index_name(x, name, &listed);
	compare_names(asked, &listed, &c);
	double weak = x->names[name].kind == NAME_WEAK ? 0.7 : 0;
	return c.link_count == 0 ? -40 : c.log_odds - weak;
}

/* By how much of the two names is explained; those at the front are compared first. */
static int by_sum(const void *a, const void *b)
{
	const struct found_name *x = a, *y = b;
	if (x->sum != y->sum)
		return x->sum > y->sum ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

static void compare_found(struct screening_searcher *s, uint32_t index, const struct prepared *asked, double all)
{
	const struct screening_index *x = s->indexes[index];
	size_t                        worth = 0;
	static const double           lowest = -1.6; /* the log odds of NEAR, before other evidence: about */
	for (size_t i = 0; i < s->found_count; i++) {
		struct found_name *f = &s->found[i];
		double theirs = x->names[f->name].weight / 100.0, a = f->sum / all, b = theirs > 0 ? f->sum / theirs : 0;
		if ((a < b ? a : b) < WORTH_LESS || (a > b ? a : b) < WORTH_MORE)
			continue;
		struct found_name kept = *f;
		kept.sum = (float)((a < 1 ? a : 1) + (b < 1 ? b : 1));
		s->found[worth++] = kept; /* never ahead of i; the slots are forgotten, see below */
	}
	qsort(s->found, worth, sizeof *s->found, by_sum);
	size_t misses = 0, below = 0; /* in a row: nothing near, and no hit by the names alone */
	for (size_t i = 0; i < worth && i < COMPARED_MOST && misses < MISSES_MOST; i++) {
		double log_odds = log_odds_of(x, s->found[i].name, &asked->name);
		misses = log_odds > lowest ? 0 : misses + 1;
		below = log_odds > 0 ? 0 : below + 1;
		if (log_odds > lowest - 3)
			add_hit(s, (struct hit){index, x->names[s->found[i].name].entity, s->found[i].name, log_odds, asked});
	}
	if (worth > COMPARED_MOST && misses < MISSES_MOST && below < COMPARED_MOST / 4)
		s->is_cut = true;
}

static void search_index(struct screening_searcher *s, uint32_t index, const struct prepared *asked)
{
	double all = 0;
	s->word_count = 0;
	for (size_t i = 0; i < asked->name.count; i++) {
		const struct name_word *w = asked->name.words[i];
		if ((asked->name.roles[i] & ROLE_FORM) != 0)
			continue;
		all += w->weight / 1000.0;
		if (w->weight < 150 && asked->name.count > 1)
			continue;
		s->words[s->word_count].word = w;
		s->words[s->word_count++].weight = w->weight / 1000.0;
	}
	if (all <= 0)
		return;
	gather(s, s->indexes[index]);
	gather_joined(s, s->indexes[index], &asked->name);
	forget_names(s);
	compare_found(s, index, asked, all);
	s->found_count = 0;
}

/* An identifier finds its entity whatever the name. */
static void search_identifiers(struct screening_searcher *s, uint32_t index, const struct entity *party,
    const struct prepared *asked)
{
	const struct screening_index *x = s->indexes[index];
	for (size_t i = 0; i < party->identifier_count; i++) {
		uint32_t key = party->identifiers[i].value == NULL ? 0 : index_identifier_key(party->identifiers[i].value);
		if (key == 0)
			continue;
		size_t bucket = key >> x->ids_shift;
		for (uint32_t k = x->ids_at[bucket]; k < x->ids_at[bucket + 1]; k++) {
			if (x->ids[k].key != key)
				continue;
			const struct index_entity *en = &x->entities[x->ids[k].value];
			double log_odds = log_odds_of(x, en->name, &asked->name);
			add_hit(s, (struct hit){index, x->ids[k].value, en->name, log_odds < -6 ? -6 : log_odds, asked});
		}
	}
}

/* --- The answer ----------------------------------------------------------------------------- */

static void explain(struct arena *arena, const struct screening_index *x, const struct hit *h,
    struct why *why)
{
	struct name       listed;
	struct comparison c;
	index_name(x, h->name, &listed);
	compare_names(&h->asked->name, &listed, &c);
	explain_names(arena, &h->asked->name, &listed, &c, "the query", "the list", why);
	if (x->names[h->name].kind == NAME_WEAK)
		why->texts[why->count++] = "against: the list itself calls this name a weak one";
}

static int by_score(const void *a, const void *b)
{
	const struct screening_found *x = a, *y = b;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	int list = strcmp(x->list, y->list);
	return list != 0 ? list : strcmp(x->id, y->id);
}

static void make_hit(struct screening_searcher *s, struct arena *arena, const struct screening_query *q,
    const struct hit *h, struct screening_found *out)
{
	const struct screening_index *x = s->indexes[h->index];
	const struct entity          *listed = screening_index_entity(arena, x, h->entity);
	struct why                   *why = q->explain ? arena_alloc(arena, sizeof *why) : NULL;
	if (why != NULL)
		explain(arena, x, h, why);
	struct evidence ev = evidence_weigh(arena, q->party, listed, why);
	*out = (struct screening_found){
	    .index = x, .entity = h->entity, .list = x->header->list, .id = listed->id,
	    .name = x->text + x->names[h->name].text, .type = listed->type,
	    .score = compare_logistic(h->log_odds + ev.log_odds),
	    .why = why != NULL ? why->texts : NULL, .why_count = why != NULL ? why->count : 0};
}

static void answer(struct screening_searcher *s, struct arena *arena, const struct screening_query *q,
    struct screening_answer *out)
{
	double                threshold = q->threshold > 0 ? q->threshold : SCREENING_THRESHOLD;
	size_t                limit = q->limit > 0 ? q->limit : (size_t)DEFAULT_LIMIT;
	struct screening_found *hits = arena_array(arena, s->hit_count, sizeof *hits);
	size_t                kept = 0;
	for (size_t i = 0; i < s->hit_count; i++) {
		make_hit(s, arena, q, &s->hits[i], &hits[kept]);
		if (hits[kept].score >= (q->near ? (NEAR < threshold ? NEAR : threshold) : threshold))
			kept++;
	}
	qsort(hits, kept, sizeof *hits, by_score);
	*out = (struct screening_answer){.at = hits, .count = kept < limit ? kept : limit,
	    .is_cut = s->is_cut || kept > limit};
	while (out->at_or_over < out->count && hits[out->at_or_over].score >= threshold)
		out->at_or_over++;
}

bool screening_search(struct screening_searcher *s, struct arena *arena, const struct screening_query *q,
    struct screening_answer *out, struct err *e)
{
	const struct entity *party = q->party;
	struct prepared     *asked = arena_array(arena, party->name_count, sizeof *asked);
	bool                 has_words = false;
	if (s->index_count == 0)
		return err_refused(e, "screening.no-list", "no list is loaded, so nothing was screened");
	s->hit_count = 0;
	s->is_cut = false;
	for (size_t i = 0; i < party->name_count; i++) {
		if (!name_prepare(party->names[i].text, strlen(party->names[i].text), party->type, &asked[i], e))
			return false;
		has_words |= asked[i].name.count > 0;
	}
	if (!has_words)
		return err_input(e, "screening.name-empty", "the name has no letters, so nothing was screened");
	for (uint32_t x = 0; x < s->index_count; x++) {
		for (size_t i = 0; i < party->name_count; i++)
			search_index(s, x, &asked[i]);
		search_identifiers(s, x, party, &asked[0]);
	}
	answer(s, arena, q, out);
	return true;
}
