#include "likes.h"

#include "alike.h"

static bool is_new(struct likes_room *room, uint32_t word)
{
	size_t at = (word * 0x9E3779B1u) >> 20;
	for (size_t tries = 0; tries < 64; tries++, at = (at + 1) % LIKES_SEEN) {
		if (room->stamps[at] != room->stamp) {
			room->stamps[at] = room->stamp;
			room->seen[at] = word;
			return true;
		}
		if (room->seen[at] == word)
			return false;
	}
	return true; /* full hereabouts: to look twice is slow, not wrong */
}

struct shape { /* which letters a word has, how many of them, and how many letters in all */
	uint32_t bag, length;
	unsigned count;
};

static inline struct shape shape_of(uint32_t bag, uint32_t length)
{
	bag &= (1u << INDEX_BAG_BITS) - 1;
	return (struct shape){bag, length, letters_count(bag)};
}

/* Of another script the letters say less; how it is written is seen when it is compared. */
static inline bool shapes_agree(const struct shape *a, uint32_t packed, bool is_rendered)
{
	uint32_t bag = packed & ((1u << INDEX_BAG_BITS) - 1), m = a->length,
	         n = packed >> INDEX_BAG_BITS;
	if (is_rendered)
		return (a->bag & bag) != 0 && m <= 2 * n + 2 && n <= 2 * m + 2;
	if (2 * m > 3 * n + 2 || 2 * n > 3 * m + 2)
		return false;
	unsigned common = letters_count(a->bag & bag);
	return 5 * common >= 3 * a->count && 5 * common >= 3 * letters_count(bag);
}

/* Those that come near by their keys and shapes, to be compared when they have come from memory. */
struct near {
	uint32_t words[64];
	size_t count;
};

static size_t compare_near(const struct screening_index *x, struct alike_asked *asked,
                           struct near *near, struct index_like out[LIKES_MOST], size_t count)
{
	for (size_t i = 0; i < near->count; i++) {
		enum link_how how;
		const struct name_word *other = &x->words[near->words[i]];
		if (alike_is_less(asked, other, LIKES_LEAST))
			continue;
		double similarity =
		    alike_words(asked->profiles, asked->word, other, LIKES_LEAST, &how);
		if (similarity >= LIKES_LEAST && count < LIKES_MOST)
			out[count++] =
			    (struct index_like){similarity, near->words[i], (uint8_t)how, {0}};
	}
	near->count = 0;
	return count;
}

static size_t look_up(const struct screening_index *x, const struct name_word *w,
                      const uint32_t keys[], size_t key_count, struct likes_room *room,
                      struct align_asked *asked, struct index_like out[LIKES_MOST])
{
	size_t count = 0;
	struct shape shape = shape_of(w->bag, w->latin_length);
	bool is_rendered = w->script != SCRIPT_LATIN;
	struct near near = {.count = 0};
	struct alike_asked a;
	alike_ask(&a, w, asked);
	room->stamp++;
	for (size_t i = 0; i < key_count; i++) {
		size_t bucket = keys[i] >> x->keys_shift;
		for (uint32_t k = x->keys_at[bucket]; k < x->keys_at[bucket + 1]; k++) {
			const struct index_key *key = &x->keys[k];
			uint32_t word = key->word & INDEX_WORD_MASK;
			if (key->key != keys[i] ||
			    !shapes_agree(&shape, key->shape, is_rendered || word != key->word) ||
			    !is_new(room, word))
				continue;
			__builtin_prefetch(&x->words[word]);
			__builtin_prefetch((const char *)&x->words[word] + 64);
			near.words[near.count++] = word;
			if (near.count == sizeof near.words / sizeof *near.words)
				count = compare_near(x, &a, &near, out, count);
		}
	}
	return compare_near(x, &a, &near, out, count);
}

/* The keys of a word of another script are those of Hangul, too, where the index has Hangul. */
static size_t all_keys(const struct screening_index *x, const struct name_word *w,
                       uint32_t keys[2 * KEYS_MOST])
{
	enum key_space space = w->script == SCRIPT_HANGUL ? KEYS_HANGUL : KEYS_GENERAL;
	size_t count = keys_of_word(w, space, keys);
	return space == KEYS_GENERAL && x->has_hangul
	           ? count + keys_of_word(w, KEYS_HANGUL, keys + count)
	           : count;
}

size_t likes_scan(const struct screening_index *x, const struct name_word *w)
{
	uint32_t keys[2 * KEYS_MOST];
	size_t scanned = 0, count = all_keys(x, w, keys);
	for (size_t i = 0; i < count; i++)
		scanned += x->keys_at[(keys[i] >> x->keys_shift) + 1] -
		           x->keys_at[keys[i] >> x->keys_shift];
	return scanned;
}

size_t likes_find(const struct screening_index *x, const struct name_word *w,
                  struct likes_room *room, struct align_asked *asked,
                  struct index_like out[LIKES_MOST])
{
	uint32_t keys[2 * KEYS_MOST];
	return look_up(x, w, keys, all_keys(x, w, keys), room, asked, out);
}

size_t likes_find_by(const struct screening_index *x, const struct name_word *w, uint32_t key,
                     struct likes_room *room, struct align_asked *asked,
                     struct index_like out[LIKES_MOST])
{
	return look_up(x, w, &key, 1, room, asked, out);
}

const struct index_like *likes_known(const struct screening_index *x, const struct name_word *w,
                                     size_t *count)
{
	for (size_t tries = 0, at = w->hash; tries < x->slot_count; tries++, at++) {
		uint32_t slot = x->slots[at & (x->slot_count - 1)];
		if (slot == 0)
			return NULL;
		if (memcmp(&x->words[slot - 1], w, sizeof *w) != 0)
			continue;
		*count = x->likes_at[slot] - x->likes_at[slot - 1];
		return *count > 0 ? x->likes + x->likes_at[slot - 1] : NULL;
	}
	return NULL;
}
