/* An index as a file: mapped, checked whole, and what its entities say. */
#include "index.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "index files are little endian");
_Static_assert(sizeof(struct name_word) == 96, "the layout of index files");

/* --- Damage --------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9E3779B97F4A7C15u;
	return h ^ h >> 29;
}

static uint64_t index_checksum(const void *bytes, size_t size)
{
	/* Four lanes, so that the processor multiplies four words at a time. */
	const uint8_t *at = bytes;
	uint64_t lanes[4] = {1, 2, 3, 4}, words[4];
	size_t i = 0;
	for (; i + sizeof words <= size; i += sizeof words) {
		memcpy(words, at + i, sizeof words);
		for (size_t k = 0; k < 4; k++)
			lanes[k] = mix(lanes[k], words[k]);
	}
	uint64_t h = mix(mix(mix(mix(size, lanes[0]), lanes[1]), lanes[2]), lanes[3]);
	for (; i < size; i++)
		h = mix(h, at[i]);
	return h;
}

uint64_t index_file_checksum(const struct index_header *head, const void *rest, size_t rest_size)
{
	struct index_header copy = *head;
	copy.checksum = 0;
	return mix(index_checksum(&copy, sizeof copy), index_checksum(rest, rest_size));
}

/* --- Is every reference within? ------------------------------------------------------------- */

static const size_t widths[SECTIONS] = {[SECTION_ENTITIES] = sizeof(struct index_entity),
                                        [SECTION_NAMES] = sizeof(struct index_name),
                                        [SECTION_NAME_WORDS] = 4,
                                        [SECTION_WORDS] = sizeof(struct name_word),
                                        [SECTION_POSTINGS_AT] = 4,
                                        [SECTION_POSTINGS] = 4,
                                        [SECTION_KEYS_AT] = 4,
                                        [SECTION_KEYS] = sizeof(struct index_key),
                                        [SECTION_JOINED_AT] = 4,
                                        [SECTION_JOINED] = sizeof(struct index_pair),
                                        [SECTION_IDS_AT] = 4,
                                        [SECTION_IDS] = sizeof(struct index_pair),
                                        [SECTION_SLOTS] = 4,
                                        [SECTION_LIKES_AT] = 4,
                                        [SECTION_LIKES] = sizeof(struct index_like),
                                        [SECTION_TEXT] = 1};

static uint64_t count_of(const struct screening_index *x, enum index_section s)
{
	return x->header->sections[s].count;
}

static bool sections_fit(const struct index_header *h, size_t size)
{
	if (h->size != size || memchr(h->list, 0, sizeof h->list) == NULL)
		return false;
	for (size_t i = 0; i < SECTIONS; i++) {
		uint64_t at = h->sections[i].at, count = h->sections[i].count;
		if (at % 8 != 0 || at < sizeof *h || at > size || count > (size - at) / widths[i] ||
		    count > UINT32_MAX)
			return false;
	}
	return true;
}

static bool starts_fit(const uint32_t *starts, uint64_t count, uint64_t rows)
{
	if (count == 0 || starts[0] != 0 || starts[count - 1] != rows)
		return false;
	for (uint64_t i = 1; i < count; i++)
		if (starts[i] < starts[i - 1])
			return false;
	return true;
}

static bool buckets_fit(const uint32_t *starts, uint64_t count, uint64_t rows, unsigned *shift)
{
	uint64_t buckets = count - 1;
	if (count < 3 || (buckets & (buckets - 1)) != 0 || buckets > 1u << 26)
		return false;
	*shift = 32 - (unsigned)__builtin_ctzll(buckets);
	return starts_fit(starts, count, rows);
}

static bool words_fit(struct screening_index *x)
{
	for (uint64_t i = 0; i < count_of(x, SECTION_WORDS); i++) {
		const struct name_word *w = &x->words[i];
		size_t alphabet = LATIN_LETTERS;
		if (w->script >= SCRIPTS || w->length > WORD_LETTERS ||
		    w->latin_length > WORD_LATIN)
			return false;
		if (w->script != SCRIPT_LATIN)
			letters_of(w->script, &alphabet);
		for (size_t k = 0; k < w->length; k++)
			if (w->letters[k] >= alphabet)
				return false;
		for (size_t k = 0; k < w->latin_length; k++)
			if (w->latin[k] >= LATIN_LETTERS)
				return false;
		x->has_hangul |= w->script == SCRIPT_HANGUL;
	}
	return true;
}

static bool names_fit(const struct screening_index *x)
{
	uint64_t text = count_of(x, SECTION_TEXT), words = count_of(x, SECTION_WORDS);
	for (uint64_t i = 0; i < count_of(x, SECTION_NAMES); i++) {
		const struct index_name *n = &x->names[i];
		if (n->entity >= count_of(x, SECTION_ENTITIES) || n->text >= text ||
		    n->count > NAME_WORDS || n->words > count_of(x, SECTION_NAME_WORDS) ||
		    n->count > count_of(x, SECTION_NAME_WORDS) - n->words)
			return false;
	}
	for (uint64_t i = 0; i < count_of(x, SECTION_NAME_WORDS); i++)
		if ((x->name_words[i] & INDEX_WORD_MASK) >= words)
			return false;
	for (uint64_t i = 0; i < count_of(x, SECTION_POSTINGS); i++)
		if (x->postings[i] >= count_of(x, SECTION_NAMES))
			return false;
	return true;
}

static bool entities_fit(const struct screening_index *x)
{
	uint64_t text = count_of(x, SECTION_TEXT), names = count_of(x, SECTION_NAMES);
	for (uint64_t i = 0; i < count_of(x, SECTION_ENTITIES); i++) {
		const struct index_entity *en = &x->entities[i];
		if (en->id >= text || en->details >= text || en->name_count == 0 ||
		    en->name >= names || en->name_count > names - en->name ||
		    en->type >= ENTITY_TYPES)
			return false;
	}
	return true;
}

static bool pairs_fit(const struct index_pair *pairs, uint64_t count, uint64_t values)
{
	for (uint64_t i = 0; i < count; i++)
		if (pairs[i].value >= values)
			return false;
	return true;
}

static bool keys_fit(const struct screening_index *x)
{
	for (uint64_t i = 0; i < count_of(x, SECTION_KEYS); i++)
		if ((x->keys[i].word & ~(uint32_t)INDEX_OTHER_SCRIPT) >= count_of(x, SECTION_WORDS))
			return false;
	return pairs_fit(x->joined, count_of(x, SECTION_JOINED), count_of(x, SECTION_NAMES)) &&
	       pairs_fit(x->ids, count_of(x, SECTION_IDS), count_of(x, SECTION_ENTITIES));
}

static bool likes_fit(const struct screening_index *x)
{
	uint64_t words = count_of(x, SECTION_WORDS);
	if (count_of(x, SECTION_LIKES_AT) != words + 1 ||
	    (x->slot_count & (x->slot_count - 1)) != 0 ||
	    !starts_fit(x->likes_at, words + 1, count_of(x, SECTION_LIKES)))
		return false;
	for (size_t i = 0; i < x->slot_count; i++)
		if (x->slots[i] > words)
			return false;
	for (uint64_t i = 0; i < count_of(x, SECTION_LIKES); i++)
		if (x->likes[i].word >= words ||
		    !(x->likes[i].similarity >= 0 && x->likes[i].similarity <= 1))
			return false;
	return true;
}

static bool all_fits(struct screening_index *x)
{
	uint64_t text = count_of(x, SECTION_TEXT);
	/* Two NULs at the end: no text and no row of details runs out of the file. */
	if (text < 2 || x->text[0] != 0 || x->text[text - 1] != 0 || x->text[text - 2] != 0)
		return false;
	return starts_fit(x->postings_at, count_of(x, SECTION_POSTINGS_AT),
	                  count_of(x, SECTION_POSTINGS)) &&
	       count_of(x, SECTION_POSTINGS_AT) == count_of(x, SECTION_WORDS) + 1 &&
	       buckets_fit(x->keys_at, count_of(x, SECTION_KEYS_AT), count_of(x, SECTION_KEYS),
	                   &x->keys_shift) &&
	       buckets_fit(x->joined_at, count_of(x, SECTION_JOINED_AT),
	                   count_of(x, SECTION_JOINED), &x->joined_shift) &&
	       buckets_fit(x->ids_at, count_of(x, SECTION_IDS_AT), count_of(x, SECTION_IDS),
	                   &x->ids_shift) &&
	       words_fit(x) && names_fit(x) && entities_fit(x) && keys_fit(x) && likes_fit(x);
}

/* --- Opening -------------------------------------------------------------------------------- */

static void place_sections(struct screening_index *x)
{
	const void *at[SECTIONS];
	for (size_t i = 0; i < SECTIONS; i++)
		at[i] = x->at + x->header->sections[i].at;
	x->entities = at[SECTION_ENTITIES];
	x->names = at[SECTION_NAMES];
	x->name_words = at[SECTION_NAME_WORDS];
	x->words = at[SECTION_WORDS];
	x->postings_at = at[SECTION_POSTINGS_AT];
	x->postings = at[SECTION_POSTINGS];
	x->keys_at = at[SECTION_KEYS_AT];
	x->keys = at[SECTION_KEYS];
	x->joined_at = at[SECTION_JOINED_AT];
	x->joined = at[SECTION_JOINED];
	x->ids_at = at[SECTION_IDS_AT];
	x->ids = at[SECTION_IDS];
	x->slots = at[SECTION_SLOTS];
	x->slot_count = (size_t)x->header->sections[SECTION_SLOTS].count;
	x->likes_at = at[SECTION_LIKES_AT];
	x->likes = at[SECTION_LIKES];
	x->text = at[SECTION_TEXT];
}

static bool damaged(struct err *e, const char *how)
{
	return err_input(e, "screening.index-damaged", "it is no whole index: %s (build it again)",
	                 how);
}

bool index_attach(const void *at, size_t size, bool with_checksum, struct screening_index *x,
                  struct err *e)
{
	const struct index_header *h = at;
	if (size < sizeof *h || memcmp(h->magic, INDEX_MAGIC, sizeof h->magic) != 0)
		return damaged(e, "its head is not an index's");
	if (h->version != INDEX_VERSION || h->engine != INDEX_ENGINE)
		return err_input(e, "screening.index-version",
		                 "it was built by version %u.%u and this is %d.%d (build it again)",
		                 h->version, h->engine, INDEX_VERSION, INDEX_ENGINE);
	if (!sections_fit(h, size))
		return damaged(e, "its parts do not fit it");
	if (with_checksum && index_file_checksum(h, h + 1, size - sizeof *h) != h->checksum)
		return damaged(e, "its checksum is not that of its bytes");
	*x = (struct screening_index){.at = at, .size = size, .header = h};
	place_sections(x);
	return all_fits(x) || damaged(e, "a reference leads out of it");
}

struct screening_index *screening_index_open(const char *path, struct err *e)
{
	struct stat about;
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &about) != 0) {
		err_errno(e, "cannot open %s", path);
		return NULL;
	}
	if (about.st_size < (off_t)sizeof(struct index_header)) {
		damaged(e, "it is too short");
		err_context(e, "%s", path);
		return NULL;
	}
	size_t size = (size_t)about.st_size;
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	struct screening_index *x = at == MAP_FAILED ? NULL : calloc(1, sizeof *x);
	if (x == NULL) {
		err_errno(e, "cannot map %s", path);
		return NULL;
	}
	if (!index_attach(at, size, true, x, e)) {
		err_context(e, "%s", path);
		munmap(at, size);
		free(x);
		return NULL;
	}
	x->is_mapped = true;
	return x;
}

void screening_index_close(struct screening_index *x)
{
	if (x == NULL)
		return;
	void *at = (void *)(uintptr_t)x->at;
	if (x->is_mapped)
		munmap(at, x->size);
	else
		free(at);
	free(x);
}

/* --- What it says --------------------------------------------------------------------------- */

const char *screening_index_list(const struct screening_index *x)
{
	return x->header->list;
}

int64_t screening_index_date(const struct screening_index *x)
{
	return x->header->date;
}

size_t screening_index_count(const struct screening_index *x)
{
	return (size_t)count_of(x, SECTION_ENTITIES);
}

struct hash screening_index_snapshot(const struct screening_index *x)
{
	struct hash h;
	memcpy(h.at, x->header->snapshot, HASH_SIZE);
	return h;
}

void index_name(const struct screening_index *x, uint32_t number, struct name *out)
{
	const struct index_name *n = &x->names[number];
	out->type = x->entities[n->entity].type;
	out->count = n->count;
	out->forms = n->forms;
	for (size_t i = 0; i < n->count; i++) {
		uint32_t word = x->name_words[n->words + i];
		out->words[i] = &x->words[word & INDEX_WORD_MASK];
		out->roles[i] = (uint8_t)(word >> INDEX_ROLE_SHIFT);
	}
}

uint32_t index_identifier_key(const char *value)
{
	uint32_t h = 2166136261u;
	size_t kept = 0;
	for (; *value != 0; value++) {
		char c = *value;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
			continue;
		h = (h ^ (uint8_t)c) * 16777619u;
		kept++;
	}
	h ^= h >> 15;
	return kept < 4 ? 0 : h == 0 ? 1 : h;
}

/* --- Details -------------------------------------------------------------------------------- */

static size_t count_details(const char *at, enum detail tag)
{
	size_t count = 0;
	for (; *at != 0; at += strlen(at) + 1)
		count += *at == (char)tag;
	return count;
}

/* The parts of one detail, copied apart; "" is NULL. */
static const char *part(struct arena *arena, const char **at)
{
	size_t length = strcspn(*at, "\x1f");
	char *text = length == 0 ? NULL : arena_copy(arena, *at, length);
	*at += length + ((*at)[length] != 0);
	return text;
}

static const char *const *texts_of(struct arena *arena, const char *at, enum detail tag,
                                   size_t *count)
{
	*count = count_details(at, tag);
	const char **out = arena_array(arena, *count, sizeof *out);
	for (size_t i = 0; *at != 0; at += strlen(at) + 1)
		if (*at == (char)tag)
			out[i++] = at + 1;
	return out;
}

static void read_identifiers(struct arena *arena, const char *at, struct entity *en)
{
	en->identifier_count = count_details(at, DETAIL_IDENTIFIER);
	struct entity_identifier *out = arena_array(arena, en->identifier_count, sizeof *out);
	en->identifiers = out;
	for (; *at != 0; at += strlen(at) + 1) {
		const char *text = at + 1;
		if (*at != DETAIL_IDENTIFIER)
			continue;
		out->kind = part(arena, &text);
		out->value = part(arena, &text);
		(out++)->country = part(arena, &text);
	}
}

static void read_notes(struct arena *arena, const char *at, struct entity *en)
{
	en->note_count = count_details(at, DETAIL_NOTE);
	struct entity_note *out = arena_array(arena, en->note_count, sizeof *out);
	en->notes = out;
	for (; *at != 0; at += strlen(at) + 1) {
		const char *text = at + 1;
		if (*at != DETAIL_NOTE)
			continue;
		out->label = part(arena, &text);
		(out++)->text = text;
	}
}

static void read_given(struct arena *arena, const char *at, struct entity_name *names, size_t count)
{
	for (; *at != 0; at += strlen(at) + 1) {
		const char *text = at + 1, *number;
		if (*at != DETAIL_GIVEN || (number = part(arena, &text)) == NULL)
			continue;
		size_t i = strtoul(number, NULL, 10);
		if (i >= count)
			continue;
		names[i].given = part(arena, &text);
		names[i].family = part(arena, &text);
	}
}

const struct entity *screening_index_entity(struct arena *arena, const struct screening_index *x,
                                            size_t number)
{
	const struct index_entity *row = &x->entities[number];
	struct entity *en = arena_alloc(arena, sizeof *en);
	struct entity_name *names = arena_array(arena, row->name_count, sizeof *names);
	const char *details = x->text + row->details;
	*en = (struct entity){.id = x->text + row->id,
	                      .type = row->type,
	                      .names = names,
	                      .name_count = row->name_count};
	for (uint32_t i = 0; i < row->name_count; i++) {
		names[i].text = x->text + x->names[row->name + i].text;
		names[i].kind = x->names[row->name + i].kind;
	}
	en->births = texts_of(arena, details, DETAIL_BIRTH, &en->birth_count);
	en->countries = texts_of(arena, details, DETAIL_COUNTRY, &en->country_count);
	en->addresses = texts_of(arena, details, DETAIL_ADDRESS, &en->address_count);
	read_identifiers(arena, details, en);
	read_notes(arena, details, en);
	read_given(arena, details, names, row->name_count);
	return en;
}

bool screening_index_find(const struct screening_index *x, const char *id, size_t *number)
{
	for (size_t i = 0; i < screening_index_count(x); i++) {
		if (strcmp(x->text + x->entities[i].id, id) == 0) {
			*number = i;
			return true;
		}
	}
	return false;
}
