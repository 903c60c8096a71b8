/*
 * Searching: for each word asked for, the words of the index that are like it; for those, the
 * names that have them; the names that enough speaks for are compared in full.
 */
#include "index.h"

#include <assert.h>
#include <stdlib.h>

#include "compare.h"
#include "evidence.h"
#include "likes.h"

enum {
	NAMES_MOST = 1 << 13,    /* names with a word in common, in one index */
	POSTINGS_MOST = 1 << 16, /* names looked at for one word */
	COMPARED_MOST = 256,     /* names compared in full, an index and name asked for */
	MISSES_MOST = 8,         /* those in a row that are none: less speaks for all that follow */
	HITS_MOST = 1024,
	FREQUENT = 1024, /* names: a word in more of them only adds to what others found */
};

static const double WORTH_LESS = 0.2, WORTH_MORE = 0.3; /* shares explained for a full comparison */
static const double NEVER = 64;                         /* log odds that there are none beyond of */
static const double LOWEST = -1.6; /* the log odds of NEAR, before other evidence: about */
static const double NEAR = 0.2, DEFAULT_LIMIT = 64;

struct asked_word { /* one word asked for, and what the index has for it */
	const struct name_word *word;
	double weight;
	const struct index_like *like; /* `found`, or in the index */
	size_t count;
	uint64_t postings;
	struct index_like found[LIKES_MOST];
};

struct found_name {
	uint32_t name, slot;
	float sum, last;
	uint8_t last_word;
};

struct hit {
	uint32_t index, entity, name;
	double log_odds;
	const struct prepared *asked;
};

struct screening_searcher {
	const struct screening_index *const *indexes;
	size_t index_count;
	struct asked_word words[NAME_WORDS];
	size_t word_count;
	struct name_word joined[NAME_WORDS]; /* each with the next as one */
	uint32_t *slots;                     /* of found, and 1: twice as many */
	struct found_name *found;
	size_t found_count, found_most;
	struct likes_room likes_room;
	struct alike_memory memory; /* of the name that is being looked for */
	struct hit *hits;
	size_t hit_count, hit_most;
	bool is_cut, is_thorough;
	const struct entity *party;
	double useful; /* log odds of names and evidence, of a hit at least */
};

static void make_hits(struct screening_searcher *s, size_t most)
{
	s->hits = realloc(s->hits, most * sizeof *s->hits);
	if (s->hits == NULL)
		abort(); /* as arenas do */
	s->hit_most = most;
}

static size_t first_slot(const struct screening_searcher *s, uint32_t name)
{
	return (name * 0x9E3779B1u >> 6) & (2 * s->found_most - 1);
}

/* Room for `most` names found, a power of two; those found so far stay. */
static void make_room(struct screening_searcher *s, size_t most)
{
	free(s->slots);
	s->slots = calloc(2 * most, sizeof *s->slots);
	s->found = realloc(s->found, most * sizeof *s->found);
	s->found_most = most;
	if (s->slots == NULL || s->found == NULL)
		abort();
	for (size_t i = 0; i < s->found_count; i++) {
		size_t at = first_slot(s, s->found[i].name);
		while (s->slots[at] != 0)
			at = (at + 1) & (2 * most - 1);
		s->slots[at] = (uint32_t)i + 1;
		s->found[i].slot = (uint32_t)at;
	}
}

struct screening_searcher *screening_searcher_new(const struct screening_index *const indexes[],
                                                  size_t count)
{
	struct screening_searcher *s = calloc(1, sizeof *s);
	if (s == NULL)
		abort();
	s->indexes = indexes;
	s->index_count = count;
	make_room(s, NAMES_MOST);
	make_hits(s, HITS_MOST);
	return s;
}

void screening_searcher_free(struct screening_searcher *s)
{
	if (s == NULL)
		return;
	free(s->slots);
	free(s->found);
	free(s->hits);
	free(s);
}

/* --- Words like those asked for ------------------------------------------------------------- */

static void count_postings(const struct screening_index *x, struct asked_word *a)
{
	a->postings = 0;
	for (size_t i = 0; i < a->count; i++)
		a->postings +=
		    x->postings_at[a->like[i].word + 1] - x->postings_at[a->like[i].word];
}

static void find_like(struct screening_searcher *s, const struct screening_index *x,
                      struct asked_word *a)
{
	a->like = likes_known(x, a->word, &a->count);
	if (a->like == NULL) {
		a->count = likes_find(x, a->word, &s->likes_room, &s->memory.asked, a->found);
		a->like = a->found;
	}
	count_postings(x, a);
	for (size_t i = 0; i < a->count; i++)
		alike_remember(&s->memory, a->word, &x->words[a->like[i].word],
		               a->like[i].similarity, a->like[i].how);
}

/* --- Names that have them ------------------------------------------------------------------- */

static struct found_name *name_slot(struct screening_searcher *s, const struct screening_index *x,
                                    uint32_t name)
{
	size_t at = first_slot(s, name);
	for (; s->slots[at] != 0; at = (at + 1) & (2 * s->found_most - 1))
		if (s->found[s->slots[at] - 1].name == name)
			return &s->found[s->slots[at] - 1];
	if (s->found_count >= NAMES_MOST && !s->is_thorough) {
		s->is_cut = true;
		return NULL;
	}
	if (s->found_count == s->found_most) {
		make_room(s, 2 * s->found_most);
		return name_slot(s, x, name);
	}
	__builtin_prefetch(&x->names[name]);
	s->found[s->found_count] =
	    (struct found_name){.name = name, .slot = (uint32_t)at, .last_word = UINT8_MAX};
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

/* What a word like one asked for says for a name that has it. */
static float value_of(const struct asked_word *a, const struct index_like *like)
{
	return (float)((float)like->similarity * a->weight);
}

static void follow(struct screening_searcher *s, const struct screening_index *x, uint8_t number)
{
	struct asked_word *a = &s->words[number];
	uint64_t left = s->is_thorough ? UINT64_MAX : POSTINGS_MOST;
	for (size_t i = 0; i < a->count && left > 0; i++) {
		uint32_t from = x->postings_at[a->like[i].word],
		         to = x->postings_at[a->like[i].word + 1];
		float value = value_of(a, &a->like[i]);
		for (; from < to && left > 0; from++, left--) {
			struct found_name *f = name_slot(s, x, x->postings[from]);
			if (f != NULL)
				credit(f, number, value);
		}
	}
}

/* A frequent word is looked for in the names that rarer ones have found, not in all that have it.
 */
static void look_back(struct screening_searcher *s, const struct screening_index *x, uint8_t number)
{
	struct asked_word *a = &s->words[number];
	for (size_t i = 0; i < s->found_count; i++) {
		const struct index_name *n = &x->names[s->found[i].name];
		for (size_t k = 0; k < n->count; k++) {
			uint32_t word = x->name_words[n->words + k] & INDEX_WORD_MASK;
			for (size_t l = 0; l < a->count; l++)
				if (a->like[l].word == word)
					credit(&s->found[i], number, value_of(a, &a->like[l]));
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
		/* What has none of the words followed so far cannot be explained enough by the
		 * rest. */
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

static void add_joined(struct screening_searcher *s, const struct screening_index *x, uint32_t key,
                       float value)
{
	size_t bucket = key >> x->joined_shift;
	for (uint32_t i = x->joined_at[bucket]; i < x->joined_at[bucket + 1]; i++) {
		if (x->joined[i].key != key)
			continue;
		struct found_name *f = name_slot(s, x, x->joined[i].value);
		if (f != NULL)
			credit(f, NAME_WORDS, value);
	}
}

/* Two neighbours of the name asked for as one word; false when they cannot be. */
static bool join_words(const struct name *asked, size_t at, struct name_word *both)
{
	const struct name_word *a = asked->words[at], *b = asked->words[at + 1];
	if (a->script != b->script || a->number != 0 || b->number != 0 ||
	    ((asked->roles[at] | asked->roles[at + 1]) & ROLE_FORM) != 0 ||
	    a->length + b->length > WORD_LETTERS || a->latin_length + b->latin_length > WORD_LATIN)
		return false;
	*both = *a;
	memcpy(both->letters + a->length, b->letters, b->length);
	memcpy(both->latin + a->latin_length, b->latin, b->latin_length);
	both->length = (uint8_t)(a->length + b->length);
	both->latin_length = (uint8_t)(a->latin_length + b->latin_length);
	both->bag |= b->bag;
	both->self = (int16_t)(a->self + b->self);
	both->most = (uint16_t)(a->most + b->most);
	both->flags = 0;
	return true;
}

static void gather_joined(struct screening_searcher *s, const struct screening_index *x,
                          const struct name *asked)
{
	for (size_t i = 0; i < s->word_count; i++) {
		struct letters_run run = align_run(s->words[i].word);
		uint32_t key = keys_joined(&run);
		if (key != 0)
			add_joined(s, x, key, (float)s->words[i].weight);
	}
	for (size_t i = 0; i + 1 < asked->count && s->word_count < NAME_WORDS; i++) {
		struct name_word *both = &s->joined[i];
		struct asked_word *spare = &s->words[s->word_count];
		uint32_t keys[KEYS_MOST];
		if (!join_words(asked, i, both))
			continue;
		struct letters_run run = align_run(both);
		if (keys_of_run(&run, KEYS_GENERAL, keys) == 0)
			continue;
		spare->word = both;
		spare->weight = (asked->words[i]->weight + asked->words[i + 1]->weight) / 1000.0;
		spare->like = spare->found;
		spare->count =
		    likes_find_by(x, both, keys[0], &s->likes_room, &s->memory.asked, spare->found);
		count_postings(x, spare);
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
	if (s->hit_count >= HITS_MOST && !s->is_thorough) {
		s->is_cut = true;
		return;
	}
	if (s->hit_count == s->hit_most)
		make_hits(s, 2 * s->hit_most);
	s->hits[s->hit_count++] = hit;
}

/* What an entity has by another of its names. */
static double best_of(const struct screening_searcher *s, uint32_t index, uint32_t entity)
{
	for (size_t i = 0; i < s->hit_count; i++)
		if (s->hits[i].index == index && s->hits[i].entity == entity)
			return s->hits[i].log_odds;
	return -NEVER;
}

static double weakness_of(const struct screening_index *x, uint32_t name)
{
	return x->names[name].kind == NAME_WEAK ? 0.7 : 0;
}

static double log_odds_of(const struct screening_index *x, uint32_t name, const struct name *asked,
                          const struct compare_need *need)
{
	struct name listed;
	struct comparison c;
	index_name(x, name, &listed);
	compare_names_for(need, asked, &listed, &c);
	return c.link_count == 0 ? -40 : c.log_odds - weakness_of(x, name);
}

/* What an entity's births, countries and type add; its identifiers as if they were the same. */
static double evidence_of(const struct screening_index *x, uint32_t entity,
                          const struct entity *party)
{
	enum { ROOM = 16 };
	const char *births[ROOM], *countries[ROOM];
	struct entity asked = *party, listed = {.type = x->entities[entity].type,
	                                        .births = births,
	                                        .countries = countries};
	for (const char *at = x->text + x->entities[entity].details; *at != 0;
	     at += strlen(at) + 1) {
		if (listed.birth_count == ROOM || listed.country_count == ROOM)
			return evidence_most(party);
		if (*at == DETAIL_BIRTH)
			births[listed.birth_count++] = at + 1;
		else if (*at == DETAIL_COUNTRY)
			countries[listed.country_count++] = at + 1;
		else
			break; /* they come first */
	}
	asked.birth_count = asked.country_count = 0;
	double identifiers = evidence_most(&asked);
	asked = *party;
	asked.identifier_count = 0;
	return identifiers + evidence_weigh(NULL, &asked, &listed, NULL).log_odds;
}

/*
 * Compares one of those found: exactly if a hit may come of it, or a better one than by another of
 * the entity's names, and so that its log odds are on their side of what is counted.
 */
static double weigh_found(struct screening_searcher *s, uint32_t index, uint32_t name,
                          const struct prepared *asked, const double sides[2])
{
	const struct screening_index *x = s->indexes[index];
	uint32_t entity = x->names[name].entity;
	double weak = weakness_of(x, name), useful = s->useful - evidence_of(x, entity, s->party),
	       best = best_of(s, index, entity);
	struct compare_need need = {
	    &s->memory, (best > useful ? best : useful) + weak, {sides[0] + weak, sides[1] + weak}};
	double log_odds = log_odds_of(x, name, &asked->name, &need);
	if (log_odds >= useful && log_odds > LOWEST - 3)
		add_hit(s, (struct hit){index, entity, name, log_odds, asked});
	return log_odds;
}

/* By how much of the two names is explained; those at the front are compared first. */
static int by_sum(const void *a, const void *b)
{
	const struct found_name *x = a, *y = b;
	if (x->sum != y->sum)
		return x->sum > y->sum ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* What the comparison of a name that soon comes reads, a step each time: the row, then what it
 * leads to. */
static void fetch_soon(const struct screening_searcher *s, const struct screening_index *x,
                       size_t at, size_t count)
{
	enum { ROWS = 6, TEXTS = 4, WORDS = 2 };
	if (at + ROWS < count) {
		const struct index_name *n = &x->names[s->found[at + ROWS].name];
		__builtin_prefetch(&x->entities[n->entity]);
		__builtin_prefetch(&x->name_words[n->words]);
	}
	if (at + TEXTS < count)
		__builtin_prefetch(x->text +
		                   x->entities[x->names[s->found[at + TEXTS].name].entity].details);
	if (at + WORDS < count) {
		const struct index_name *n = &x->names[s->found[at + WORDS].name];
		for (size_t i = 0; i < n->count; i++) {
			const struct name_word *w =
			    &x->words[x->name_words[n->words + i] & INDEX_WORD_MASK];
			__builtin_prefetch(w);
			__builtin_prefetch((const char *)w + 64);
		}
	}
}

static void compare_found(struct screening_searcher *s, uint32_t index,
                          const struct prepared *asked, double all)
{
	const struct screening_index *x = s->indexes[index];
	size_t worth = 0;
	for (size_t i = 0; i < s->found_count; i++) {
		struct found_name *f = &s->found[i];
		double theirs = x->names[f->name].weight / 100.0, a = f->sum / all,
		       b = theirs > 0 ? f->sum / theirs : 0;
		if ((a < b ? a : b) < WORTH_LESS || (a > b ? a : b) < WORTH_MORE)
			continue;
		struct found_name kept = *f;
		kept.sum = (float)((a < 1 ? a : 1) + (b < 1 ? b : 1));
		s->found[worth++] = kept; /* never ahead of i; the slots are forgotten, see below */
	}
	qsort(s->found, worth, sizeof *s->found, by_sum);
	size_t most = s->is_thorough ? worth : COMPARED_MOST,
	       misses_most = s->is_thorough ? worth : MISSES_MOST;
	/* Whether a name is a miss or below counts only where that may end the comparing, or cut
	 * the answer. */
	double sides[] = {s->is_thorough ? -NEVER : LOWEST, worth > most ? 0 : -NEVER};
	size_t misses = 0, below = 0; /* in a row: nothing near, and no hit by the names alone */
	for (size_t i = 0; i < worth && i < most && misses < misses_most; i++) {
		fetch_soon(s, x, i, worth < most ? worth : most);
		double log_odds = weigh_found(s, index, s->found[i].name, asked, sides);
		misses = log_odds > LOWEST ? 0 : misses + 1;
		below = log_odds > 0 ? 0 : below + 1;
	}
	if (worth > most && misses < misses_most && below < COMPARED_MOST / 4)
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
static void search_identifiers(struct screening_searcher *s, uint32_t index,
                               const struct entity *party, const struct prepared *asked)
{
	const struct screening_index *x = s->indexes[index];
	for (size_t i = 0; i < party->identifier_count; i++) {
		uint32_t key = party->identifiers[i].value == NULL
		                   ? 0
		                   : index_identifier_key(party->identifiers[i].value);
		if (key == 0)
			continue;
		size_t bucket = key >> x->ids_shift;
		for (uint32_t k = x->ids_at[bucket]; k < x->ids_at[bucket + 1]; k++) {
			if (x->ids[k].key != key)
				continue;
			const struct index_entity *en = &x->entities[x->ids[k].value];
			double log_odds = log_odds_of(x, en->name, &asked->name, NULL);
			add_hit(s, (struct hit){index, x->ids[k].value, en->name,
			                        log_odds < -6 ? -6 : log_odds, asked});
		}
	}
}

/* --- The answer ----------------------------------------------------------------------------- */

static void explain(struct arena *arena, const struct screening_index *x, const struct hit *h,
                    struct why *why)
{
	struct name listed;
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

static void make_hit(struct screening_searcher *s, struct arena *arena,
                     const struct screening_query *q, const struct hit *h,
                     struct screening_found *out)
{
	const struct screening_index *x = s->indexes[h->index];
	const struct entity *listed = screening_index_entity(arena, x, h->entity);
	struct why *why = q->explain ? arena_alloc(arena, sizeof *why) : NULL;
	if (why != NULL)
		explain(arena, x, h, why);
	struct evidence ev = evidence_weigh(arena, q->party, listed, why);
	*out = (struct screening_found){.index = x,
	                                .entity = h->entity,
	                                .list = x->header->list,
	                                .id = listed->id,
	                                .name = x->text + x->names[h->name].text,
	                                .type = listed->type,
	                                .score = compare_logistic(h->log_odds + ev.log_odds),
	                                .why = why != NULL ? why->texts : NULL,
	                                .why_count = why != NULL ? why->count : 0};
}

/* What scores less is not told. */
static double least_score(const struct screening_query *q)
{
	double threshold = q->threshold > 0 ? q->threshold : SCREENING_THRESHOLD;
	return q->near && NEAR < threshold ? NEAR : threshold;
}

/* Log odds of names and evidence together that a hit has at least; a little less. */
static double useful_from(const struct screening_query *q)
{
	double low = -NEVER, high = NEVER, least = least_score(q);
	for (int i = 0; i < 24; i++) {
		double middle = (low + high) / 2;
		*(compare_logistic(middle) < least ? &low : &high) = middle;
	}
	return low;
}

static void answer(struct screening_searcher *s, struct arena *arena,
                   const struct screening_query *q, struct screening_answer *out)
{
	double threshold = q->threshold > 0 ? q->threshold : SCREENING_THRESHOLD;
	size_t limit = q->limit > 0 ? q->limit : (size_t)DEFAULT_LIMIT;
	struct screening_found *hits = arena_array(arena, s->hit_count, sizeof *hits);
	size_t kept = 0;
	for (size_t i = 0; i < s->hit_count; i++) {
		make_hit(s, arena, q, &s->hits[i], &hits[kept]);
		kept += hits[kept].score >= least_score(q);
	}
	qsort(hits, kept, sizeof *hits, by_score);
	*out = (struct screening_answer){
	    .at = hits, .count = kept < limit ? kept : limit, .is_cut = s->is_cut || kept > limit};
	while (out->at_or_over < out->count && hits[out->at_or_over].score >= threshold)
		out->at_or_over++;
}

bool screening_search(struct screening_searcher *s, struct arena *arena,
                      const struct screening_query *q, struct screening_answer *out, struct err *e)
{
	const struct entity *party = q->party;
	struct prepared *asked = arena_array(arena, party->name_count, sizeof *asked);
	bool has_words = false;
	if (s->index_count == 0)
		return err_refused(e, "screening.no-list",
		                   "no list is loaded, so nothing was screened");
	s->hit_count = 0;
	s->is_cut = false;
	s->is_thorough = q->thorough;
	s->party = party;
	s->useful = useful_from(q);
	for (size_t i = 0; i < party->name_count; i++) {
		if (!name_prepare(party->names[i].text, strlen(party->names[i].text), party->type,
		                  &asked[i], e))
			return false;
		has_words |= asked[i].name.count > 0;
	}
	if (!has_words)
		return err_input(e, "screening.name-empty",
		                 "the name has no letters, so nothing was screened");
	for (size_t i = 0; i < party->name_count; i++) {
		alike_forget(&s->memory);
		for (uint32_t x = 0; x < s->index_count; x++)
			search_index(s, x, &asked[i]);
	}
	for (uint32_t x = 0; x < s->index_count; x++)
		search_identifiers(s, x, party, &asked[0]);
	answer(s, arena, q, out);
	return true;
}
