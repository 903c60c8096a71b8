/* uselog_files: what the use log's reader and writer share about its files. */
#ifndef PROVISO_GATE_USELOG_FILES_H
#define PROVISO_GATE_USELOG_FILES_H

#include "uselog.h"

void uselog_segment_path(struct arena *, const char *folder, uint32_t number, char **out);

/*
 * A new segment under a temporary name (mkstemp's), its room taken on the disk: a write to the
 * mapping of a file without room would end the process. errno says why not.
 */
bool uselog_make_segment(struct uselog *, uint32_t number, char *temporary,
                         struct uselog_segment *out);

/* Gives it its name, or takes it away. */
bool uselog_place_segment(struct uselog *, struct arena *, const char *temporary,
                          struct uselog_segment *);

void uselog_drop_segment(struct uselog_segment *);

/* As uselog_commit, for entries that alone are no reason for another group. */
uint64_t uselog_commit_any(struct uselog *, size_t len);

#endif
