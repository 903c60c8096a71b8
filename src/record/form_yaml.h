/*
 * form_yaml: the part of YAML that forms are written in, as a tree. One document of maps,
 * lists and scalars; no aliases, anchors, tags, or keys that stand twice. What a scalar
 * means is the reader's to say: `no` is two letters.
 */
#ifndef PROVISO_RECORD_FORM_YAML_H
#define PROVISO_RECORD_FORM_YAML_H

#include "form.h"

enum { FORM_KEYS_MAX = 256 /* of one map */ };

/* FORM_OTHER: a value that no field has (of JSON: true, false, 1.5). */
enum form_shape { FORM_SCALAR, FORM_LIST, FORM_MAP, FORM_OTHER };

struct form_node {
	enum form_shape shape;
	size_t line, column;            /* from 1; 0: it was not written in lines */
	struct bytes text;              /* of a scalar; a NUL stands behind it */
	bool is_plain;                  /* a scalar without quotes */
	struct form_node *key;          /* of a value in a map: a scalar */
	struct form_node *first, *next; /* elements, or values of a map in their order */
	size_t count;
};

/* Errors: form.syntax, form.alias, form.field-twice, form.too-large. */
bool form_read(struct arena *, struct bytes yaml, struct form_node **out, struct err *);

/* The value at a key of a map; NULL where there is none, or no map. */
const struct form_node *form_find(const struct form_node *map, const char *key);

/* The text of a scalar for a message: quoted, or what can be said of one that is not readable. */
const char *form_shown(struct arena *, const struct form_node *);

/*
 * Fills a body from a tree, as form_parse() does. `*field` (may be NULL) gets the path of the field
 * at fault: "offences.1.title", or "" for the form as a whole.
 */
bool form_fill(struct arena *, enum record_kind, const struct form_node *root,
               const struct form_world *, union record_body *out, const char **field, struct err *);

/* The same of any struct (zeroed) described by a table, none of whose fields is redactable. */
bool form_fields(struct arena *, const struct field *, const struct form_node *root,
                 const struct form_world *, void *out, struct err *);

/* Puts the node's place, where it has one, in front of an error; false. */
bool form_place(const struct form_node *, struct err *);

#endif
