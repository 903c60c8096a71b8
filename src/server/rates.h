/*
 * rates: how often somebody may ask, by a token bucket each. A fixed table: who has not asked
 * for long makes room, so memory does not grow with the number of those who ask.
 */
#ifndef PROVISO_SERVER_RATES_H
#define PROVISO_SERVER_RATES_H

#include "base/bytes.h"

struct rates;

/* `per_second` from now on, and twice that at once. NULL when memory runs out. */
struct rates *rates_new(unsigned per_second);
void rates_free(struct rates *);

/* `now` in microseconds on a clock that does not go back. Takes one when there is one. */
bool rates_take(struct rates *, struct bytes who, uint64_t now);
/* Whether there is one, without taking it. */
bool rates_has(struct rates *, struct bytes who, uint64_t now);

/*
 * The prefix that an address is counted under: IPv4 by 24 bits, IPv6 by 48. Empty for what
 * is no address (a socket of the machine), which is not counted.
 */
struct bytes rates_prefix(struct arena *, const char *address);

#endif
