/* case_words: papers, cases and work, told to machines. One telling for the command and the
 * service. */
#ifndef PROVISO_CASEWORK_CASE_WORDS_H
#define PROVISO_CASEWORK_CASE_WORDS_H

#include <jansson.h>

#include "work.h"

json_t *paper_json(struct arena *, const struct paper *);

/* `all`: what the office knows; else what the exporter, end user or body is to see. */
json_t *case_json(struct arena *, const struct case_file *, const struct case_desk *, bool all);

json_t *work_json(struct arena *, const struct work_item *);

json_t *route_json(const struct route *);

/* The office's checklists: those of the settings, and the one that is built in. */
json_t *checklists_json(const struct casework_settings *);

#endif
