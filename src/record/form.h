/*
 * form: records as YAML for people (libyaml). A library of its own beside the record
 * layer, so that the gate does not link a YAML parser.
 *
 * A form has the field names of the kind's table. References are an id or an unambiguous
 * prefix, `definitions:` may also be a number; times are RFC 3339 or a date; scopes the
 * text form, on one line, as a block of lines, or as a map of its dimensions; public keys
 * a line or `"@FILE"`; evidence is {file, type}, or its fields in full; an optional field
 * left empty, and a system that is `unknown`, are absent. Resolving any of these needs the world,
 * so it is the caller's (struct form_world): the parser itself does no I/O.
 */
#ifndef PROVISO_RECORD_FORM_H
#define PROVISO_RECORD_FORM_H

#include "record.h"

enum { FORM_MAX = 262144, FORM_DEPTH = 8 };

struct form_world {
	void *ctx;
	/* An id from a prefix or other name, for a reference in field `field`; NULL: full ids only.
	 */
	bool (*reference)(void *ctx, const char *field, const char *text, struct hash *out,
	                  struct err *);
	/* A measure's target in canonical form; NULL: taken as it is. */
	bool (*target)(void *ctx, struct arena *, const char *text, const char **out, struct err *);
	/* A small file named in a form (public keys). */
	bool (*file)(void *ctx, struct arena *, const char *path, struct bytes *out, struct err *);
	/* An evidence file: its digest, size and, for STIX, the count of its indicators. */
	bool (*evidence)(void *ctx, const char *path, const char *type, struct evidence *out,
	                 struct err *);
	/* Fills random bytes, for the salts of redactable fields; NULL where a kind has none. */
	void (*random)(void *ctx, void *at, size_t len);
};

/*
 * Errors are bad input and name line and column: form.syntax, form.field-unknown,
 * form.field-missing, form.field-twice, form.value, form.too-large, form.alias.
 */
bool form_parse(struct arena *, enum record_kind, struct bytes yaml, const struct form_world *,
                union record_body *out, struct err *);

/*
 * A valid body as YAML, which form_parse takes back. Withheld fields come out as comments.
 */
const char *form_text(struct arena *, enum record_kind, const union record_body *);

/*
 * `proviso template`: every field with a comment and an example; valid as it stands once
 * references name real records. What is rarely needed is there behind a '#'.
 */
const char *form_template(struct arena *, enum record_kind);

#endif
