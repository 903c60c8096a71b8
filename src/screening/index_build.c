/* Building an index: words once, names as rows of them, and the tables that find both. */
#include "index.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "likes.h"

struct list { /* that grows; elements of `width` bytes */
	uint8_t *at;
	size_t count, room, width;
};

struct screening_builder {
	struct index_header header;
	struct list entities, names, name_words, words, joined, ids, text;
	uint32_t *slots; /* words by hash: number and 1 */
	size_t slot_count;
	struct err err;
};

/* --- Lists ---------------------------------------------------------------------------------- */

static void *list_add(struct list *l, size_t count)
{
	if (l->count + count > l->room) {
		size_t room = l->room == 0 ? 1024 : l->room;
		while (room < l->count + count)
			room += room / 2;
		l->at = realloc(l->at, room * l->width);
		if (l->at == NULL)
			abort(); /* as arenas do: sizes are bounded by the limits of names and files
			          */
		l->room = room;
	}
	void *added = l->at + l->count * l->width;
	if (count > 0) /* which may be nothing added to nothing */
		memset(added, 0, count * l->width);
	l->count += count;
	return added;
}

static bool is_large(struct screening_builder *b)
{
	return b->text.count > UINT32_MAX - (1u << 24) ||
	       b->name_words.count > UINT32_MAX - NAME_WORDS || b->words.count >= INDEX_WORD_MASK;
}

static uint32_t add_text(struct screening_builder *b, const char *text)
{
	size_t length = text == NULL ? 0 : strlen(text);
	if (length == 0)
		return 0;
	uint32_t at = (uint32_t)b->text.count;
	memcpy(list_add(&b->text, length + 1), text, length);
	return at;
}

/* --- Words ---------------------------------------------------------------------------------- */

static const struct name_word *word_at(const struct screening_builder *b, size_t i)
{
	return (const struct name_word *)(const void *)b->words.at + i;
}

static void grow_slots(struct screening_builder *b)
{
	size_t count = b->slot_count == 0 ? 4096 : b->slot_count * 2;
	uint32_t *slots = calloc(count, sizeof *slots);
	if (slots == NULL)
		abort();
	for (size_t i = 0; i < b->words.count; i++) {
		size_t at = word_at(b, i)->hash & (count - 1);
		while (slots[at] != 0)
			at = (at + 1) & (count - 1);
		slots[at] = (uint32_t)i + 1;
	}
	free(b->slots);
	b->slots = slots;
	b->slot_count = count;
}

static uint32_t add_word(struct screening_builder *b, const struct name_word *w)
{
	if (2 * (b->words.count + 1) > b->slot_count)
		grow_slots(b);
	size_t at = w->hash & (b->slot_count - 1);
	for (; b->slots[at] != 0; at = (at + 1) & (b->slot_count - 1))
		if (memcmp(word_at(b, b->slots[at] - 1), w, sizeof *w) == 0)
			return b->slots[at] - 1;
	memcpy(list_add(&b->words, 1), w, sizeof *w);
	b->slots[at] = (uint32_t)b->words.count;
	return (uint32_t)b->words.count - 1;
}

/* --- Entities ------------------------------------------------------------------------------- */

static void add_joined(struct screening_builder *b, const struct name *n, uint32_t number)
{
	for (size_t i = 0; i + 1 < n->count; i++) {
		const struct name_word *x = n->words[i], *y = n->words[i + 1];
		if (((n->roles[i] | n->roles[i + 1]) & ROLE_FORM) != 0 || x->number != 0 ||
		    y->number != 0)
			continue;
		uint8_t latin[2 * WORD_LATIN];
		memcpy(latin, x->latin, x->latin_length);
		memcpy(latin + x->latin_length, y->latin, y->latin_length);
		struct letters_run run = {
		    .latin = latin, .latin_length = (size_t)x->latin_length + y->latin_length};
		uint32_t key = keys_joined(&run);
		if (key != 0)
			*(struct index_pair *)list_add(&b->joined, 1) =
			    (struct index_pair){key, number};
	}
}

static bool add_name(struct screening_builder *b, const struct entity_name *name, uint32_t entity,
                     enum entity_type type, struct err *e)
{
	struct prepared p;
	unsigned weight = 0;
	if (!name_prepare(name->text, strlen(name->text), type, &p, e))
		return false;
	uint32_t number = (uint32_t)b->names.count;
	struct index_name row = {.entity = entity,
	                         .text = add_text(b, name->text),
	                         .words = (uint32_t)b->name_words.count,
	                         .count = p.name.count,
	                         .kind = (uint8_t)name->kind,
	                         .forms = p.name.forms};
	uint32_t *words = list_add(&b->name_words, p.name.count);
	for (size_t i = 0; i < p.name.count; i++) {
		words[i] = add_word(b, p.name.words[i]) | (uint32_t)p.name.roles[i]
		                                              << INDEX_ROLE_SHIFT;
		if ((p.name.roles[i] & ROLE_FORM) == 0)
			weight += p.name.words[i]->weight;
	}
	row.weight = (uint16_t)(weight / 10);
	memcpy(list_add(&b->names, 1), &row, sizeof row);
	add_joined(b, &p.name, number);
	return true;
}

static void add_detail(struct screening_builder *b, enum detail tag, const char *const parts[],
                       size_t count)
{
	if (count == 1 && parts[0] == NULL)
		return;
	*(char *)list_add(&b->text, 1) = (char)tag;
	for (size_t i = 0; i < count; i++) {
		size_t length = parts[i] == NULL ? 0 : strlen(parts[i]);
		if (i > 0)
			*(char *)list_add(&b->text, 1) = DETAIL_PART;
		if (length > 0)
			memcpy(list_add(&b->text, length), parts[i], length);
	}
	list_add(&b->text, 1);
}

static uint32_t add_details(struct screening_builder *b, const struct entity *en)
{
	uint32_t at = (uint32_t)b->text.count;
	for (size_t i = 0; i < en->birth_count; i++)
		add_detail(b, DETAIL_BIRTH, &en->births[i], 1);
	for (size_t i = 0; i < en->country_count; i++)
		add_detail(b, DETAIL_COUNTRY, &en->countries[i], 1);
	for (size_t i = 0; i < en->address_count; i++)
		add_detail(b, DETAIL_ADDRESS, &en->addresses[i], 1);
	for (size_t i = 0; i < en->identifier_count; i++) {
		const struct entity_identifier *id = &en->identifiers[i];
		add_detail(b, DETAIL_IDENTIFIER,
		           (const char *const[]){id->kind, id->value, id->country}, 3);
		uint32_t key = id->value == NULL ? 0 : index_identifier_key(id->value);
		if (key != 0)
			*(struct index_pair *)list_add(&b->ids, 1) =
			    (struct index_pair){key, (uint32_t)b->entities.count};
	}
	for (size_t i = 0; i < en->note_count; i++)
		add_detail(b, DETAIL_NOTE,
		           (const char *const[]){en->notes[i].label, en->notes[i].text}, 2);
	for (size_t i = 0; i < en->name_count; i++) {
		char number[24];
		snprintf(number, sizeof number, "%zu", i);
		if (en->names[i].given != NULL || en->names[i].family != NULL)
			add_detail(
			    b, DETAIL_GIVEN,
			    (const char *const[]){number, en->names[i].given, en->names[i].family},
			    3);
	}
	list_add(&b->text, 1);
	return at;
}

static bool add_entity(struct screening_builder *b, const struct entity *en, struct err *e)
{
	if (en->id == NULL || en->name_count == 0)
		return err_input(e, "screening.entity", "entity %zu has no %s",
		                 b->entities.count + 1, en->id == NULL ? "id" : "name");
	if (is_large(b))
		return err_input(e, "screening.index-large",
		                 "the list has more text or words than an index holds");
	struct index_entity row = {.id = add_text(b, en->id),
	                           .name = (uint32_t)b->names.count,
	                           .name_count = (uint32_t)en->name_count,
	                           .type = (uint8_t)en->type};
	row.details = add_details(b, en);
	for (size_t i = 0; i < en->name_count; i++)
		if (!add_name(b, &en->names[i], (uint32_t)b->entities.count, en->type, e))
			return err_context(e, "entity %s, name %zu", en->id, i + 1);
	memcpy(list_add(&b->entities, 1), &row, sizeof row);
	return true;
}

bool screening_builder_each(void *ctx, const struct entity *en)
{
	struct screening_builder *b = ctx;
	return b->err.kind == ERR_NONE && add_entity(b, en, &b->err);
}

struct screening_builder *screening_builder_new(const struct screening_source *source)
{
	struct screening_builder *b = calloc(1, sizeof *b);
	if (b == NULL)
		abort();
	b->entities.width = sizeof(struct index_entity);
	b->names.width = sizeof(struct index_name);
	b->name_words.width = sizeof(uint32_t);
	b->words.width = sizeof(struct name_word);
	b->joined.width = b->ids.width = sizeof(struct index_pair);
	b->text.width = 1;
	list_add(&b->text, 1);
	memcpy(b->header.magic, INDEX_MAGIC, sizeof b->header.magic);
	b->header.version = INDEX_VERSION;
	b->header.engine = INDEX_ENGINE;
	b->header.date = source->date;
	memcpy(b->header.snapshot, source->snapshot.at, HASH_SIZE);
	assert(strlen(source->list) < INDEX_LIST);
	strcpy(b->header.list, source->list);
	return b;
}

void screening_builder_free(struct screening_builder *b)
{
	if (b == NULL)
		return;
	struct list *lists[] = {&b->entities, &b->names, &b->name_words, &b->words,
	                        &b->joined,   &b->ids,   &b->text};
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		free(lists[i]->at);
	free(b->slots);
	free(b);
}

/* --- Tables --------------------------------------------------------------------------------- */

static unsigned shift_of(size_t entries)
{
	unsigned bits = 1;
	while (bits < 26 && (size_t)1 << (bits + 2) < entries)
		bits++;
	return 32 - bits;
}

/* Sorts rows that begin with a key into buckets by its top bits; the buckets' starts. */
static void bucket(const struct list *rows, struct list *sorted, struct list *starts)
{
	unsigned shift = shift_of(rows->count);
	size_t buckets = (size_t)1 << (32 - shift);
	*starts = (struct list){.width = sizeof(uint32_t)};
	*sorted = (struct list){.width = rows->width};
	uint32_t *start = list_add(starts, buckets + 1);
	uint8_t *out = list_add(sorted, rows->count);
	for (size_t i = 0; i < rows->count; i++) {
		uint32_t key;
		memcpy(&key, rows->at + i * rows->width, sizeof key);
		start[(key >> shift) + 1]++;
	}
	for (size_t i = 0; i < buckets; i++)
		start[i + 1] += start[i];
	assert(buckets > 0);
	uint32_t *next = malloc(buckets * sizeof *next);
	if (next == NULL)
		abort();
	memcpy(next, start, buckets * sizeof *next);
	for (size_t i = 0; i < rows->count; i++) {
		uint32_t key;
		memcpy(&key, rows->at + i * rows->width, sizeof key);
		memcpy(out + next[key >> shift]++ * rows->width, rows->at + i * rows->width,
		       rows->width);
	}
	free(next);
}

static void list_words_keys(const struct screening_builder *b, struct list *keys)
{
	*keys = (struct list){.width = sizeof(struct index_key)};
	for (size_t i = 0; i < b->words.count; i++) {
		const struct name_word *w = word_at(b, i);
		for (enum key_space space = KEYS_GENERAL; space <= KEYS_HANGUL; space++) {
			uint32_t found[KEYS_MOST];
			if (space == KEYS_HANGUL && w->script != SCRIPT_HANGUL &&
			    w->script != SCRIPT_LATIN)
				continue;
			size_t count = keys_of_word(w, space, found);
			for (size_t k = 0; k < count; k++)
				*(struct index_key *)list_add(keys, 1) = (struct index_key){
				    found[k],
				    (uint32_t)i |
				        (w->script != SCRIPT_LATIN ? INDEX_OTHER_SCRIPT : 0u),
				    (w->bag & ((1u << INDEX_BAG_BITS) - 1)) |
				        (uint32_t)w->latin_length << INDEX_BAG_BITS};
		}
	}
}

static void list_postings(const struct screening_builder *b, struct list *starts,
                          struct list *postings)
{
	const struct index_name *names = (const void *)b->names.at;
	const uint32_t *words = (const void *)b->name_words.at;
	*starts = (struct list){.width = sizeof(uint32_t)};
	*postings = (struct list){.width = sizeof(uint32_t)};
	uint32_t *start = list_add(starts, b->words.count + 2);
	uint32_t *out = list_add(postings, b->name_words.count);
	for (size_t i = 0; i < b->name_words.count; i++)
		start[(words[i] & INDEX_WORD_MASK) + 2]++;
	for (size_t i = 0; i <= b->words.count; i++)
		start[i + 1] += start[i];
	for (size_t n = 0; n < b->names.count; n++)
		for (size_t i = 0; i < names[n].count; i++)
			out[start[(words[names[n].words + i] & INDEX_WORD_MASK) + 1]++] =
			    (uint32_t)n;
	starts->count--;
}

/*
 * The words like each word, as a search would find them. Where very many have a key in common a
 * search looks for itself: that work is bounded here, and not multiplied by the words.
 */
static void list_likes(const struct screening_builder *b, const struct list *keys,
                       const struct list *keys_at, struct list *starts, struct list *likes)
{
	enum { SCANNED_MOST = 1 << 14, SCANNED_USUALLY = 2048, SCANNED_ALWAYS = 1 << 22 };
	struct screening_index x = {.words = (const void *)b->words.at,
	                            .keys = (const void *)keys->at,
	                            .keys_at = (const void *)keys_at->at,
	                            .keys_shift = shift_of(keys->count)};
	struct likes_room *room = calloc(1, sizeof *room);
	struct align_asked *asked = calloc(1, sizeof *asked);
	struct index_like found[LIKES_MOST];
	size_t left = SCANNED_ALWAYS + b->words.count * SCANNED_USUALLY;
	if (room == NULL || asked == NULL)
		abort();
	*starts = (struct list){.width = sizeof(uint32_t)};
	*likes = (struct list){.width = sizeof(struct index_like)};
	for (size_t i = 0; i < b->words.count; i++)
		x.has_hangul |= word_at(b, i)->script == SCRIPT_HANGUL;
	uint32_t *start = list_add(starts, b->words.count + 1);
	for (size_t i = 0; i < b->words.count; i++) {
		size_t scanned = likes_scan(&x, word_at(b, i)), count = 0;
		if (scanned <= SCANNED_MOST && scanned <= left) {
			count = likes_find(&x, word_at(b, i), room, asked, found);
			left -= scanned;
			align_forget(asked);
		}
		memcpy(list_add(likes, count), found, count * sizeof *found);
		start[i + 1] = (uint32_t)likes->count;
	}
	free(room);
	free(asked);
}

/* --- The file ------------------------------------------------------------------------------- */

enum { ALIGNMENT = 64 };

static void put_sections(struct screening_builder *b, struct list sections[SECTIONS],
                         struct buffer *out)
{
	static const uint8_t zeros[ALIGNMENT];
	buffer_bytes(out, bytes_of(&b->header, sizeof b->header));
	for (size_t i = 0; i < SECTIONS; i++) {
		buffer_bytes(out, bytes_of(zeros, (ALIGNMENT - out->len % ALIGNMENT) % ALIGNMENT));
		b->header.sections[i].at = out->len;
		b->header.sections[i].count = sections[i].count;
		if (sections[i].count > 0)
			buffer_bytes(
			    out, bytes_of(sections[i].at, sections[i].count * sections[i].width));
	}
	b->header.size = out->len;
	b->header.checksum = index_file_checksum(&b->header, out->at + sizeof b->header,
	                                         out->len - sizeof b->header);
	memcpy(out->at, &b->header, sizeof b->header);
}

bool index_bytes(struct screening_builder *b, struct arena *arena, struct bytes *out, struct err *e)
{
	struct list starts[5], keys, sorted[4], postings, likes;
	struct buffer all = {.arena = arena};
	if (b->err.kind != ERR_NONE) {
		*e = b->err;
		return false;
	}
	list_add(&b->text, 2); /* so that no text runs out of the file: index_file.c */
	list_postings(b, &starts[0], &postings);
	list_words_keys(b, &keys);
	bucket(&keys, &sorted[1], &starts[1]);
	bucket(&b->joined, &sorted[2], &starts[2]);
	bucket(&b->ids, &sorted[3], &starts[3]);
	list_likes(b, &sorted[1], &starts[1], &starts[4], &likes);
	put_sections(b,
	             (struct list[SECTIONS]){[SECTION_ENTITIES] = b->entities,
	                                     [SECTION_NAMES] = b->names,
	                                     [SECTION_NAME_WORDS] = b->name_words,
	                                     [SECTION_WORDS] = b->words,
	                                     [SECTION_POSTINGS_AT] = starts[0],
	                                     [SECTION_POSTINGS] = postings,
	                                     [SECTION_KEYS_AT] = starts[1],
	                                     [SECTION_KEYS] = sorted[1],
	                                     [SECTION_JOINED_AT] = starts[2],
	                                     [SECTION_JOINED] = sorted[2],
	                                     [SECTION_IDS_AT] = starts[3],
	                                     [SECTION_IDS] = sorted[3],
	                                     [SECTION_SLOTS] = {.at = (uint8_t *)b->slots,
	                                                        .count = b->slot_count,
	                                                        .width = sizeof *b->slots},
	                                     [SECTION_LIKES_AT] = starts[4],
	                                     [SECTION_LIKES] = likes,
	                                     [SECTION_TEXT] = b->text},
	             &all);
	free(postings.at);
	free(keys.at);
	free(likes.at);
	free(starts[0].at);
	free(starts[4].at);
	for (size_t i = 1; i < 4; i++) {
		free(starts[i].at);
		free(sorted[i].at);
	}
	*out = buffer_view(&all);
	return true;
}

bool screening_builder_finish(struct screening_builder *b, const char *path, struct err *e)
{
	owned_arena arena = {0};
	struct bytes all;
	return index_bytes(b, &arena, &all, e) && file_write(path, all, 0644, e);
}
