/*
 * index: one list's entities in a file that is mapped and searched as it lies, by any number of
 * processes. Made once for a snapshot (index_build.c), checked whole when it is opened
 * (index_file.c), searched with others (search.c). Little endian; the layout is this header's.
 */
#ifndef PROVISO_SCREENING_INDEX_H
#define PROVISO_SCREENING_INDEX_H

#include "keys.h"
#include "screening.h"

enum {
	INDEX_VERSION = 2,
	INDEX_LIST = 96,       /* bytes of the list's name, with the NUL */
	INDEX_ROLE_SHIFT = 24, /* name_words: the word's number below, its role above */
	INDEX_WORD_MASK = (1 << INDEX_ROLE_SHIFT) - 1,
	INDEX_BAG_BITS = 26, /* key entries: letters below, length above */
};

#define INDEX_MAGIC "PROVIDX\x01"

/*
 * What prepares words: raised with every change of names, letters, the lexicon or weights, for an
 * index holds words as they were prepared then.
 */
enum { INDEX_ENGINE = 5 };

enum index_section {
	SECTION_ENTITIES,    /* struct index_entity */
	SECTION_NAMES,       /* struct index_name, an entity's together, the primary first */
	SECTION_NAME_WORDS,  /* uint32_t */
	SECTION_WORDS,       /* struct name_word: every word of the list once */
	SECTION_POSTINGS_AT, /* uint32_t, words + 1: where a word's postings begin */
	SECTION_POSTINGS,    /* uint32_t: names, ascending */
	SECTION_KEYS_AT,     /* uint32_t, a power of two + 1: buckets by the top bits of the key */
	SECTION_KEYS,        /* struct index_key: words by key */
	SECTION_JOINED_AT,   /* the same for names by neighbours written as one */
	SECTION_JOINED,      /* struct index_pair */
	SECTION_IDS_AT,      /* the same for entities by identifier */
	SECTION_IDS,         /* struct index_pair */
	SECTION_SLOTS,       /* uint32_t, a power of two: words and 1, by hash */
	SECTION_LIKES_AT, /* uint32_t, words + 1: where the words like a word begin; none: not known
	                   */
	SECTION_LIKES,    /* struct index_like */
	SECTION_TEXT,     /* bytes; every text ends in NUL; the first is empty */
	SECTIONS
};

struct index_entity {
	uint32_t id, details; /* in the text */
	uint32_t name, name_count;
	uint8_t type, unused[3];
};

struct index_name {
	uint32_t entity, text, words;
	uint8_t count, kind, forms, unused;
	uint16_t weight; /* of its words that are no legal forms, in hundredths */
	uint16_t spare;
};

enum { INDEX_OTHER_SCRIPT = 1 << 30 };

struct index_key {
	uint32_t key, word; /* the number, and INDEX_OTHER_SCRIPT unless it is in Latin letters */
	uint32_t shape;     /* which letters the word has, and how many */
};

struct index_like {
	double similarity; /* of 0.5 and more */
	uint32_t word;
	uint8_t how, unused[3]; /* enum link_how */
};

struct index_pair {
	uint32_t key, value;
};

struct index_header {
	char magic[8];
	uint32_t version, engine; /* of the file and of what prepares the words */
	uint64_t size, checksum;  /* of all but itself */
	int64_t date;
	uint8_t snapshot[HASH_SIZE];
	char list[INDEX_LIST];
	struct {
		uint64_t at, count;
	} sections[SECTIONS];
};

struct screening_index {
	const uint8_t *at;
	size_t size;
	bool is_mapped;
	const struct index_header *header;
	const struct index_entity *entities;
	const struct index_name *names;
	const uint32_t *name_words;
	const struct name_word *words;
	const uint32_t *postings_at, *postings;
	const uint32_t *keys_at, *joined_at, *ids_at;
	const struct index_key *keys;
	const struct index_pair *joined, *ids;
	const uint32_t *slots, *likes_at;
	const struct index_like *likes;
	size_t slot_count;
	const char *text;
	unsigned keys_shift, joined_shift, ids_shift;
	bool has_hangul;
};

/* Details of an entity in the text: a tag, a text, NUL, and so on; a NUL instead of a tag ends. */
enum detail {
	DETAIL_BIRTH = 'b',
	DETAIL_COUNTRY = 'c',
	DETAIL_ADDRESS = 'a',
	DETAIL_IDENTIFIER = 'i', /* kind, 0x1F, value, 0x1F, country */
	DETAIL_NOTE = 'n',       /* label, 0x1F, text */
	DETAIL_GIVEN = 'g',      /* number of the name from 0, 0x1F, given, 0x1F, family */
	DETAIL_PART = 0x1F,
};

/* A fast checksum against damage, not against malice. */
uint64_t index_file_checksum(const struct index_header *, const void *rest, size_t rest_size);

/* Identifiers are compared by letters and digits alone; 0 when there are too few. */
uint32_t index_identifier_key(const char *value);

/* Attaches to bytes already in memory, checks them whole. Errors: screening.index. */
bool index_attach(const void *at, size_t size, bool with_checksum, struct screening_index *,
                  struct err *);

/* The file's bytes, for what is kept in memory. */
bool index_bytes(struct screening_builder *, struct arena *, struct bytes *out, struct err *);

/* The name as the matcher compares it. */
void index_name(const struct screening_index *, uint32_t name, struct name *out);

#endif
