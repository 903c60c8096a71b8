/*
 * fields: what the files of this layer share about field tables. What a value may be is
 * judged here once, for decoding, encoding and forms alike.
 */
#ifndef PROVISO_RECORD_FIELDS_H
#define PROVISO_RECORD_FIELDS_H

#include "cbor.h"
#include "record.h"

enum {
	FIELD_TEXT_MAX = 4096, /* bytes of a text or byte string whose table says nothing */
	FIELD_LINE_MAX = 600,  /* a text that may be no longer than this is one line */
	FIELD_LIST_MAX = 1000, /* elements of a list whose table says nothing */
};

/* The largest number of a field whose table says nothing: what JSON readers keep exact. */
#define FIELD_UINT_MAX ((1ull << 53) - 1)

/* Tables that are more than a list of fields to a form. */
extern const struct field evidence_fields[], measure_fields[], report_fields[];

bool kind_by_content_type(struct bytes type, enum record_kind *out);

/* The limit of a text, byte string, number or list. */
uint64_t field_most(const struct field *);

/* The elements of a list, as a field by itself at offset 0. */
struct field field_element(const struct field *list);

/* False for an optional field that is absent, and for an optional list that is empty. */
bool field_is_present(const struct field *, const void *in);

/*
 * Whether a value may stand in the field. Errors are bad input, record.field-value, without
 * the field's name. The text is for FIELD_TEXT, FIELD_LABEL, FIELD_COUNTRY and
 * FIELD_REDACTABLE.
 */
bool field_text_check(const struct field *, struct bytes, struct err *);
bool field_uint_check(const struct field *, uint64_t, struct err *);
bool field_time_check(int64_t at, struct err *);
bool field_bytes_check(const struct field *, size_t len, struct err *);
bool field_list_check(const struct field *, size_t count, struct err *);
bool field_word(const struct field *, struct bytes, unsigned *out, struct err *);

/* A public key's line whose name may be shown to people. Errors: key.*, record.field-value. */
bool field_public_key(struct bytes line, struct public_key *out, struct err *);

/* record_redactables() of any struct described by a table. */
void fields_redactables(const struct field *, void *in,
                        void (*each)(void *ctx, const char *path, struct redactable *), void *ctx);

/* fields_decode() of the map that comes next. `out` is filled but for absent fields. */
bool fields_read(struct cbor_reader *, struct arena *, const struct field *, void *out);

/* As fields_encode(), into a buffer, for who checks what was made by decoding it. */
bool fields_put(struct buffer *, const struct field *, const void *in, struct err *);

#endif
