/* place: countries and days by name, as each language has them (ICU's CLDR). */
#ifndef PROVISO_DOCUMENTS_PLACE_H
#define PROVISO_DOCUMENTS_PLACE_H

#include <stdint.h>

#include "messages.h"

/* "Israel (IL)", "Uganda (UG.C)"; what has no name there is its code. */
const char *place_name(struct arena *, enum message_language, const char *label);

/* "1 January 2026 (2026-01-01T00:00:00Z)": the day for people, and the very second. */
const char *place_time(struct arena *, enum message_language, int64_t at);
/* The day alone. */
const char *place_day(struct arena *, enum message_language, int64_t at);

#endif
