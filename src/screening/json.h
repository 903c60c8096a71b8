/*
 * json: streaming reading of JSON (jansson): one object at a time, of a file of lines or of an
 * array inside a larger object. An object larger than 16 MiB is refused. Internal to the readers.
 */
#ifndef PROVISO_SCREENING_JSON_H
#define PROVISO_SCREENING_JSON_H

#include <jansson.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "reader.h"

enum { JSON_ELEMENT = 16 << 20 };

struct json_source {
	const struct list_file *file;
	size_t line;
	off_t offset; /* of what comes next */
	size_t bytes; /* of the object being read */
	struct err *e;
};

void json_begin(struct json_source *, const struct list_file *, struct err *);
/* The next object of a file of lines; *out NULL at the end. The caller releases it. */
bool json_next_line(struct json_source *, json_t **out);
/* Goes to the array `name` of the object the file holds. */
bool json_enter_array(struct json_source *, const char *name);
/* The next object of the array entered; *out NULL at its end. */
bool json_next_element(struct json_source *, json_t **out);
/* Goes to a place noted earlier. */
bool json_seek(struct json_source *, off_t offset, size_t line);

/* The text of a member, "" where there is none; of a number too. */
const char *json_text(struct arena *, const json_t *object, const char *name);

#endif
