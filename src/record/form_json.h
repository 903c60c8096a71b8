/*
 * form_json: a form that comes as JSON, as the same tree that YAML gives (form_yaml.h): an object
 * of the kind's field names. null is a field left out. No I/O.
 */
#ifndef PROVISO_RECORD_FORM_JSON_H
#define PROVISO_RECORD_FORM_JSON_H

#include <jansson.h>

#include "form_yaml.h"

/* Errors: bad input form.too-large. */
bool form_of_json(struct arena *, const json_t *, struct form_node **out, struct err *);

#endif
