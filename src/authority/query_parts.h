/* query_parts: what the files behind query.h share. */
#ifndef PROVISO_AUTHORITY_QUERY_PARTS_H
#define PROVISO_AUTHORITY_QUERY_PARTS_H

#include "judge.h"
#include "query.h"
#include "targets.h"

/* Ids: the last 32 bytes of the keys under a prefix. */
struct query_ids {
	struct arena *arena;
	struct hash *at;
	size_t count, room;
};

/* Takes one key of a scan; `ctx` is a struct query_ids. */
bool query_collect(void *ctx, struct bytes key, struct bytes value);
bool query_ids_under(const struct state *, struct arena *, struct bytes prefix, struct query_ids *,
                     struct err *);

/* The entry of a kind under PREFIX and an id. */
bool query_get(const struct state *, struct arena *, enum entry_kind, const char *prefix,
               const struct hash *id, void *out, bool *found, struct err *);
/* The same of one that is listed, and so is there; and the body of a record that is. */
bool query_get_listed(const struct state *, struct arena *, enum entry_kind, const char *prefix,
                      const struct hash *id, void *out, struct err *);
bool query_get_body(const struct state *, struct arena *, enum record_kind, const struct hash *id,
                    union record_body *out, struct err *);

/* A copy in the arena, or NULL. */
const struct hash *query_hash_if(struct arena *, bool has, const struct hash *id);

#endif
