/*
 * messages: the fixed words of a document, in each of its languages. One table (messages.c).
 */
#ifndef PROVISO_DOCUMENTS_MESSAGES_H
#define PROVISO_DOCUMENTS_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum message_language { ENGLISH, HEBREW, ARABIC, FRENCH, SPANISH, MESSAGE_LANGUAGES };

/* "en", "he", "ar", "fr", "es". */
extern const char *const message_languages[MESSAGE_LANGUAGES];

bool message_language(const char *code, enum message_language *out);
bool message_is_rtl(enum message_language);

/* Every key there is; NULL behind the last one. */
const char *message_key(size_t which);

/* The words of a key such as "frame.page", or NULL. */
const char *message(enum message_language, const char *key);

/*
 * The words for a name of the formats ("field", "valid-until"); where the table has none, the
 * name itself as words ("Valid until"), in English.
 */
const char *message_name(struct arena *, enum message_language, const char *group,
                         const char *name);

/* Words with %1 and %2 replaced. */
const char *message_with(struct arena *, enum message_language, const char *key, const char *first,
                         const char *second);

#endif
