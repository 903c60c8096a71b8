/*
 * likes: the words of an index that are like a word asked for. What has a key in common is
 * compared, unless its letters say that it cannot be alike. For the words that an index has
 * itself the answer is in it (index_build.c), the same as looking would give.
 */
#ifndef PROVISO_SCREENING_LIKES_H
#define PROVISO_SCREENING_LIKES_H

#include "align_asked.h"
#include "index.h"

enum { LIKES_MOST = 512, LIKES_SEEN = 4096 };

/* Words less alike are not followed. */
#define LIKES_LEAST 0.5

/* Room to look in, for one thread: zeroes at first. */
struct likes_room {
	uint32_t seen[LIKES_SEEN], stamps[LIKES_SEEN], stamp;
};

/* How many keys are read to find them. */
size_t likes_scan(const struct screening_index *, const struct name_word *);

/* By the word's own keys; how many. `asked` may know the word, if no other has lain there since. */
size_t likes_find(const struct screening_index *, const struct name_word *, struct likes_room *,
                  struct align_asked *asked, struct index_like out[LIKES_MOST]);

/* By one key, for what is no word of its own. */
size_t likes_find_by(const struct screening_index *, const struct name_word *, uint32_t key,
                     struct likes_room *, struct align_asked *asked,
                     struct index_like out[LIKES_MOST]);

/* What the index says of a word it has; NULL: it does not have it, or does not say. */
const struct index_like *likes_known(const struct screening_index *, const struct name_word *,
                                     size_t *count);

#endif
