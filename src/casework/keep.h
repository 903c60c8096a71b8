/*
 * keep: other settings in the place of a home's casework.yaml, and the way back. What stood there
 * before lies beside it as casework.previous.yaml; who put the file there stands in its first line.
 * I/O. Two who change it at once are the caller's to keep apart.
 */
#ifndef PROVISO_CASEWORK_KEEP_H
#define PROVISO_CASEWORK_KEEP_H

#include "base/hash.h"
#include "settings.h"

struct kept_settings {
	const char
	    *yaml; /* without its first line where that says who; "" where there is no file */
	struct hash digest;  /* of the file as it is */
	const char *applied; /* "ada, 2026-01-01T00:00:00Z"; NULL: nobody who is known */
	bool has_previous;
};

/* Errors: environment. */
bool keep_read(struct arena *, const char *home, struct kept_settings *out, struct err *);

/*
 * Puts `yaml` in place of what has this digest. Errors: those of settings_parse(); refused
 * settings.changed (somebody else was quicker); environment.
 */
bool keep_apply(struct arena *, const char *home, struct bytes yaml, const struct hash *over,
                const char *by, int64_t now, struct err *);

/* Back to what was there before, which is then what was before. Errors: also settings.no-previous.
 */
bool keep_undo(struct arena *, const char *home, const struct hash *over, const char *by,
               int64_t now, struct err *);

#endif
