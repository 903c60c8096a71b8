/*
 * catalog: what the console says, in each language, as ICU messages in FOLDER/LANGUAGE.json:
 * one object of keys and patterns. English has every key; what another lacks is said in English.
 * Of MessageFormat there are numbered arguments that are text, number (but not integer), date,
 * time, plural, selectordinal or select; an apostrophe is written U+2019, for ICU quotes by '.
 */
#ifndef PROVISO_CONSOLE_CATALOG_H
#define PROVISO_CONSOLE_CATALOG_H

#include <jansson.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

enum { CATALOG_ARGUMENTS = 3 };

struct catalog;
struct messages; /* of one language */

/*
 * Errors: environment; bad input catalog.syntax (the file and key are named), catalog.english where
 * English is not there or has not a key that another has.
 */
struct catalog *catalog_open(const char *folder, struct err *);
struct catalog *catalog_of(struct bytes english,
                           struct err *); /* English alone, from what its file holds */
void catalog_close(struct catalog *);     /* NULL: nothing */

/* Of a language tag such as "he" or "pt-BR"; English where there is none. Never NULL. */
const struct messages *catalog_language(const struct catalog *, const char *tag);

/* The best for an Accept-Language header (RFC 9110 section 12.5.4), which may be NULL. */
const struct messages *catalog_accept(const struct catalog *, const char *header);

const char *messages_tag(const struct messages *);       /* "he" */
const char *messages_direction(const struct messages *); /* "ltr" or "rtl" */

/* Every language there is, as [{"tag", "name" (in itself)}], released by the caller. */
json_t *catalog_languages(const struct catalog *);

/*
 * The message in the arena: the key itself where no language has it. An argument is text where
 * the pattern has {0}, or a number: of {0, number}, {0, plural, ...}; seconds since 1970 of
 * {0, date} and {0, time}, or an instant's text ("2026-01-01T00:00:00Z"). What is not there is "",
 * 0.
 */
const char *messages_format(const struct messages *, struct arena *, const char *key,
                            json_t *const arguments[CATALOG_ARGUMENTS]);

#endif
