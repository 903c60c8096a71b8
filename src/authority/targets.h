/*
 * targets: what a measure is aimed at. One target has one text: system/ID, licence/ID,
 * end-user/NAME, exporter/NAME, item/NAME, country/XX. Internal to the authority.
 */
#ifndef PROVISO_AUTHORITY_TARGETS_H
#define PROVISO_AUTHORITY_TARGETS_H

#include "entries.h"

enum target_kind {
	TARGET_SYSTEM,
	TARGET_LICENCE,
	TARGET_END_USER,
	TARGET_EXPORTER,
	TARGET_ITEM,
	TARGET_COUNTRY,
	TARGET_KINDS,
};

struct target {
	enum target_kind kind;
	const char *text, *name; /* name: behind the prefix */
	struct hash id;          /* systems and licences */
};

/* What is expected where a text is none. */
#define TARGET_FORMS "system/ID, licence/ID, end-user/NAME, exporter/NAME, item/NAME or country/XX"

bool target_parse(struct arena *, const char *text, struct target *out);

/* Whether it is known here. A country always is: a measure may come before its first licence. */
bool target_known(const struct state *, struct arena *, const struct target *, bool *known,
                  struct err *);

/* Whether a system, enrolled or not yet, can stand under both. */
bool targets_meet(const struct state *, struct arena *, const struct target *,
                  const struct target *, bool *meet, struct err *);

/* The targets that a system stands under: itself, licence, end user, exporter, item, country. */
void targets_of(struct arena *, const struct hash *id, const struct system_entry *,
                const char *targets[TARGET_KINDS]);

#endif
