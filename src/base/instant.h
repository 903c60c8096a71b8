/*
 * instant: points in time as seconds since 1970-01-01T00:00:00Z, and their text
 * (RFC 3339, UTC, to the second). Calendar years 0000 to 9999.
 */
#ifndef PROVISO_BASE_INSTANT_H
#define PROVISO_BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

enum { INSTANT_TEXT = 20 }; /* "2026-01-01T00:00:00Z" */

#define INSTANT_FIRST (-62167219200) /* 0000-01-01T00:00:00Z */
#define INSTANT_LAST  253402300799   /* 9999-12-31T23:59:59Z */

enum { DAY_SECONDS = 86400 };

/* Exactly `YYYY-MM-DDTHH:MM:SSZ`, a day that exists, no leap second; false otherwise. */
bool instant_parse(struct bytes text, int64_t *out);

/* Writes the text and a NUL. `at` must lie in INSTANT_FIRST..INSTANT_LAST. */
void instant_format(int64_t at, char text[INSTANT_TEXT + 1]);

#endif
