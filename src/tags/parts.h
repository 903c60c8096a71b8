/* What the files of this layer share. */
#ifndef PROVISO_TAGS_PARTS_H
#define PROVISO_TAGS_PARTS_H

#include "record/cbor.h"
#include "tags.h"

struct oprf_element element_of(const struct hash *);
struct hash element_hash(const struct oprf_element *);

/* Reads a byte string of OPRF_SIZE bytes into `to`; otherwise the reader is bad. */
void read_fixed(struct cbor_reader *, uint8_t to[OPRF_SIZE]);
/* The array of a file's parts, of which the first is `magic`. */
void read_magic(struct cbor_reader *, const char *magic, size_t parts);

/* The file's form is wrong: bad input, tags.file. */
bool file_done(struct cbor_reader *, const char *what, struct err *why, struct err *);

void blinds_put(struct buffer *, const struct tag_blind[], size_t count);
void blinds_get(struct cbor_reader *, struct arena *, struct tag_blind **out, size_t *count);

/* What one holder answered, its form checked alone. */
struct evaluation {
	struct hash request;
	uint8_t index;
	size_t count;
	struct {
		struct oprf_element element;
		struct oprf_proof proof;
	} * at;
};
bool evaluation_parse(struct arena *, struct bytes, struct evaluation *out, struct err *);

#endif
